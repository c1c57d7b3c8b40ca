"""Inverses, determinants and linear systems, beside cofactors in plain Python, also of entries that carry derivatives."""

from __future__ import annotations

import random
from collections.abc import Sequence
from fractions import Fraction

import pytest

from derivations.prove.dual import FLAT, Dual, Flat, Value, primal, tangent
from derivations.prove.exactmatrix import determinant, dot, inverse, particular_solution
from derivations.prove.exactnumber import LOG_PI, TWO_LOG, Number, OffDomain, Unrepresentable, _enclosure, generator, quotient

F = Fraction
Rows = list[list[Fraction]]


def expanded(rows: Rows) -> Fraction:
    """The determinant by its first row."""
    if not rows:
        return F(1)
    minors = ([r[:j] + r[j + 1 :] for r in rows[1:]] for j in range(len(rows)))
    return sum(((-1) ** j * a * expanded(minor) for j, (a, minor) in enumerate(zip(rows[0], minors, strict=True))), F(0))


def cofactor(rows: Rows, i: int, j: int) -> Fraction:
    return (-1) ** (i + j) * expanded([r[:j] + r[j + 1 :] for k, r in enumerate(rows) if k != i])


def drawn(rng: random.Random, n: int, of: Sequence[int] = (-3, -2, -1, 0, 0, 0, 1, 2, 5)) -> Rows:
    """Many zeros, so that rows have to be exchanged."""
    return [[F(rng.choice(of)) for _ in range(n)] for _ in range(n)]


def flattened(rows: Sequence[Sequence[Value]]) -> list[Value]:
    return [v for row in rows for v in row]


@pytest.mark.parametrize("n", range(7))
def test_determinants_and_inverses_are_those_of_cofactors(n: int) -> None:
    rng = random.Random(n)
    for _ in range(10 if n < 5 else 4 if n < 6 else 1):
        rows = drawn(rng, n)
        det = expanded(rows)
        entries = flattened(rows)
        if det or n <= 4:
            assert determinant(entries, n) == det
        if det:
            assert inverse(entries, n) == [cofactor(rows, j, i) / det for i in range(n) for j in range(n)]
        else:
            for refused in (inverse, *([determinant] if n > 4 else [])):
                with pytest.raises(OffDomain):
                    refused(entries, n)


@pytest.mark.parametrize("n", [1, 2, 3, 4, 5])
def test_derivatives_of_determinants_and_inverses(n: int) -> None:
    """d det A = Σ cofactor·dA, also of a singular A up to 4×4; d A⁻¹ = -A⁻¹·dA·A⁻¹."""
    rng = random.Random(10 + n)
    for singular in (False, True):
        rows, change = drawn(rng, n), drawn(rng, n)
        while bool(expanded(rows)) == singular:
            rows = drawn(rng, n)
        entries: list[Value] = [Dual(1, a, {0: d}) if d else a for a, d in zip(flattened(rows), flattened(change), strict=True)]
        if not singular or n <= 4:
            wanted = sum(cofactor(rows, i, j) * change[i][j] for i in range(n) for j in range(n))
            assert primal(determinant(entries, n)) == expanded(rows)
            assert tangent(determinant(entries, n), 1, 0) == wanted
        if singular:
            with pytest.raises(OffDomain):
                inverse(entries, n)
            continue
        turned = [[cofactor(rows, j, i) / expanded(rows) for j in range(n)] for i in range(n)]
        for place, v in enumerate(inverse(entries, n)):
            i, j = divmod(place, n)
            assert primal(v) == turned[i][j]
            change_ij = -sum(turned[i][k] * change[k][m] * turned[m][j] for k in range(n) for m in range(n))
            assert tangent(v, 1, 0) == change_ij


def test_a_pivot_is_a_number_that_is_not_zero_derivatives_aside() -> None:
    """[[ε, 1], [1, ε]] has determinant -1 + ε², and its inverse begins [[-ε, 1], …]."""
    e = Dual(1, 0, {0: 1})
    found = inverse([e, 1, 1, e], 2)
    assert [primal(v) for v in found] == [0, 1, 1, 0]
    assert [tangent(v, 1, 0) for v in found] == [-1, 0, 0, -1]
    shifted = [e if i == j else int(j == (i + 1) % 5) for i in range(5) for j in range(5)]
    assert primal(determinant(shifted, 5)) == 1  # five cyclic exchanges are even
    with pytest.raises(OffDomain):
        inverse([e, 0, 0, 1], 2)


def test_entries_that_are_no_rationals() -> None:
    """[[t, 1], [1, t]]: its determinant is t² - 1, its inverse [[t, -1], [-1, t]] / (t² - 1)."""
    t = TWO_LOG
    assert determinant([t, 1, 1, t], 2) == t * t - 1
    assert inverse([t, 1, 1, t], 2) == [quotient(v, t * t - 1) for v in (t, -1, -1, t)]
    with pytest.raises(OffDomain):
        inverse([t, t * t, 1, t], 2)
    assert particular_solution([[t, 1], [1, t]], [t + 1, t + 1], [0, 1]) == [1, 1]
    assert particular_solution([[t, t * t], [1, t]], [1, 1], [0, 1]) is None
    assert particular_solution([[t, t * t], [1, t]], [t, 1], [0, 1]) == [1, 0]


def test_products_of_rows() -> None:
    x = Dual(1, 3, {0: 1})
    assert dot([1, 2, 0, F(1, 2)], [3, -1, 7, 4]) == 3
    assert tangent(dot([x, 2], [x, x]), 1, 0) == 8
    with pytest.raises(ValueError, match="zip"):
        dot([1], [1, 2])


@pytest.mark.parametrize(
    ("left", "right", "flat"),
    [
        ([], [], True), ([FLAT], [3], True), ([3], [FLAT], True), ([FLAT, 2], [5, FLAT], True),
        ([FLAT, FLAT], [0, TWO_LOG], True),
        ([0], [3], False), ([FLAT, 0], [5, 1], False), ([0, FLAT], [1, 5], False), ([FLAT, 1], [5, 0], False),
        ([1, 1], [2, -2], False), ([F(1, 2), 1], [2, -1], False), ([FLAT, 1], [5, 2], False),
        ([FLAT, Dual(1, 0, {0: 1})], [5, 2], False),
    ],
)  # fmt: skip
def test_a_sum_of_products_is_flat_where_every_product_is(left: list[Value], right: list[Value], flat: bool) -> None:
    assert (type(dot(left, right)) is Flat) is flat


def solutions(rows: Sequence[Sequence[Number]], right: Sequence[Number]) -> bool:
    """Whether rows·x = right has a solution: the ranks, by minors, are equal."""
    return _rank(rows) == _rank([[*row, b] for row, b in zip(rows, right, strict=True)])


def _rank(rows: Sequence[Sequence[Number]]) -> int:
    work = [[F(v) for v in row] for row in rows if any(row)]  # type: ignore[arg-type]
    if not work:
        return 0
    head = work[0]
    at = next(i for i, v in enumerate(head) if v)
    return 1 + _rank([[v - row[at] / head[at] * h for v, h in zip(row, head, strict=True)] for row in work[1:]])


@pytest.mark.parametrize("seed", range(3))
def test_systems_of_any_shape(seed: int) -> None:
    """What is found solves them, what is declined has no solution, and what comes late in the order is 0 where it may be."""
    rng = random.Random(seed)
    for _ in range(60):
        height, width = rng.randint(1, 4), rng.randint(1, 4)
        rows = [[rng.choice((0, 0, 0, 1, 1, 2, -1)) for _ in range(width)] for _ in range(height)]
        right = [rng.choice((0, 1, 3)) for _ in range(height)]
        order = rng.sample(range(width), width)
        found = particular_solution(rows, right, order)
        assert (found is not None) == solutions(rows, right)
        if found is None:
            continue
        assert [sum(a * x for a, x in zip(row, found, strict=True)) for row in rows] == right  # type: ignore[misc]
        for k, column in enumerate(order):
            before = [[row[c] for c in order[:k]] for row in rows]
            if _rank([[*b, row[column]] for b, row in zip(before, rows, strict=True)]) == _rank(before):
                assert found[column] == 0  # a combination of columns before it


def test_what_may_be_zero_is_no_pivot() -> None:
    """log π less a rational that agrees with it to 300 digits: nobody knows that it is not 0."""
    unknown = generator(LOG_PI) - _enclosure(LOG_PI, 1000)[0]
    for work in (lambda: inverse([unknown], 1), lambda: particular_solution([[unknown]], [1], [0])):
        with pytest.raises(Unrepresentable):
            work()
