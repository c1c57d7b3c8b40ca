"""Inverse, determinant and linear systems over exact numbers."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from derivations.prove.dual import FLAT, Flat, Value, primal, quotient, reciprocal
from derivations.prove.exactnumber import Number, OffDomain, nonzero


def dot(left: Sequence[Value], right: Sequence[Value]) -> Value:
    """Σ aᵢbᵢ; zeros are common, and skipping them is the cheapest arithmetic."""
    total: Value = 0
    for a, b in zip(left, right, strict=True):
        if a and b:
            total = total + a * b
    if not total and all(type(a) is Flat or type(b) is Flat for a, b in zip(left, right, strict=True)):
        return FLAT
    return total


def inverse(entries: Sequence[Value], n: int) -> list[Value]:
    """By elimination; ``OffDomain`` for a singular matrix."""
    rows = [[*entries[i * n : (i + 1) * n], *(int(i == j) for j in range(n))] for i in range(n)]
    for column in range(n):
        _pivot(rows, column)
        _clear(rows, column, column)
    return [v for row in rows for v in row[n:]]


def _pivot(rows: list[list[Value]], column: int) -> None:
    """Bring a row to the diagonal whose number there, derivatives aside, is not 0."""
    for i in range(column, len(rows)):
        if nonzero(primal(rows[i][column])):
            rows[column], rows[i] = rows[i], rows[column]
            return
    raise OffDomain("a singular matrix")


def _clear(rows: list[list[Value]], place: int, column: int) -> None:
    """Make the column 1 in the row at ``place`` and 0 in all others."""
    scale = reciprocal(rows[place][column])
    rows[place] = [v * scale for v in rows[place]]
    for i, row in enumerate(rows):
        if i != place and row[column]:
            rows[i] = _reduced(row, rows[place], row[column])


def _reduced(row: list[Value], other: list[Value], factor: Value) -> list[Value]:
    return [a - factor * b if b else a for a, b in zip(row, other, strict=True)]


def determinant(entries: Sequence[Value], n: int) -> Value:
    """Without division up to 4×4, so that singular matrices have derivatives too."""
    if n <= 4:
        return _leibniz(entries, n)
    rows = [list(entries[i * n : (i + 1) * n]) for i in range(n)]
    total: Value = 1
    for column in range(n):
        before = rows[column]
        _pivot(rows, column)
        total = total * rows[column][column] * (1 if rows[column] is before else -1)
        for i in range(column + 1, n):
            if rows[i][column]:
                rows[i] = _reduced(rows[i], rows[column], quotient(rows[i][column], rows[column][column]))
    return total


def _leibniz(entries: Sequence[Value], n: int) -> Value:
    total: Value = 0
    for order in permutations(range(n)):
        inversions = sum(order[i] > order[j] for i in range(n) for j in range(i + 1, n))
        term: Value = -1 if inversions % 2 else 1
        for i, j in enumerate(order):
            term = term * entries[i * n + j]
        total = total + term
    return total


def particular_solution(rows: Sequence[Sequence[Number]], right: Sequence[Number], order: Sequence[int]) -> list[Number] | None:
    """Some x with rows·x = right, free unknowns 0; unknowns early in ``order`` are solved for first."""
    system: list[list[Value]] = [[*row, value] for row, value in zip(rows, right, strict=True)]
    width, pivots = len(order), list[int]()
    for column in order:
        found = next((i for i in range(len(pivots), len(system)) if nonzero(primal(system[i][column]))), None)
        if found is None:
            continue
        place = len(pivots)
        system[place], system[found] = system[found], system[place]
        _clear(system, place, column)
        pivots.append(column)
    if any(nonzero(primal(row[width])) for row in system[len(pivots) :]):
        return None
    solution: list[Number] = [0] * width
    for i, column in enumerate(pivots):
        solution[column] = primal(system[i][width])
    return solution
