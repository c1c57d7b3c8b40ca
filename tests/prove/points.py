"""Random points for statements, and whether two expressions agree there."""

from __future__ import annotations

import random
from dataclasses import replace
from itertools import product
from typing import Any

import mpmath

from derivations.claims import Context, Statement
from derivations.expr import (
    Delta,
    Differential,
    Dim,
    Entry,
    Expr,
    Index,
    IndexTerm,
    LabelOf,
    Shape,
    Sym,
    Tangent,
    free_indices,
    walk,
)
from derivations.prove.render import Condition
from derivations.shapes import shape
from tests.prove.plain import Array, Undefined, World, determinant, matrix, value

SIZES = (2, 3, 4, 2, 3)


def sizes(statement: Statement) -> dict[str, int]:
    """Small sizes, different for different names as far as they reach."""
    names = sorted({n for dim in _dims(statement) for n in dim.names})
    return {n: SIZES[k % len(SIZES)] for k, n in enumerate(names)}


def _roots(statement: Statement) -> list[Expr]:
    assumed = [e for a in statement.context.assumptions for e in (getattr(a, "left", None), getattr(a, "right", None)) if e]
    return [statement.left, statement.right, *statement.guards, *statement.context.definitions.values(), *assumed]


def _dims(statement: Statement) -> set[Dim]:
    found: set[Dim] = set()
    for root in _roots(statement):
        for node in walk(root):
            found.update(shape(node))
            for name in ("dim", "index"):
                part = getattr(node, name, None)
                found.update([part] if isinstance(part, Dim) else [part.dim] if isinstance(part, Index) else [])
    for variable in statement.context.variables.values():
        found.update(variable.shape)
    return found


def _symbols(statement: Statement) -> dict[str, Shape]:
    found: dict[str, Shape] = {v.name: v.shape for v in statement.context.variables.values()}
    for root in _roots(statement):
        for node in walk(root):
            if isinstance(node, Sym):
                found[node.name] = node.shape
            if isinstance(node, Tangent):
                found[f"d{node.name}"] = node.shape
            if isinstance(node, Differential):
                found |= {f"d{v.name}": v.shape for v in node.variables}
            by = getattr(node, "by", None)
            if isinstance(by, Sym):
                found[by.name] = by.shape
    return found


def _labels(statement: Statement) -> dict[str, tuple[Dim | None, Dim]]:
    found: dict[str, tuple[Dim | None, Dim]] = {}

    def note(t: IndexTerm) -> None:
        if isinstance(t, LabelOf):
            found[t.label] = (None if t.row is None else t.row.dim, t.dim)

    for root in _roots(statement):
        for node in walk(root):
            if isinstance(node, Entry):
                for t in node.indices:
                    note(t)
            if isinstance(node, Delta):
                note(node.left)
                note(node.right)
    return found


def world(statement: Statement, seed: int, positive: bool = False) -> World:
    """Random numbers for everything free."""
    chance = random.Random(seed)
    context: Context = statement.context
    frame = World(sizes(statement), {}, {}, context)
    arrays: dict[str, Array] = {}
    for name, axes in sorted(_symbols(statement).items()):
        variable = context.variables.get(
            name.removeprefix("d") if name.startswith("d") and name[1:] in context.variables else name
        )
        domain = variable.domain if variable and variable.name == name else "real"
        array = {p: _draw(chance, domain, positive) for p in frame.places(axes)}
        if variable and (variable.symmetric or variable.definite) and len(axes) == 2:
            array = {p: array[tuple(sorted(p))] + (9 if variable.definite and p[0] == p[1] else 0) for p in array}
        arrays[name] = array
    labels = {
        name: {p: chance.randint(1, frame.size(classes)) for p in frame.places(() if rows is None else (rows,))}
        for name, (rows, classes) in sorted(_labels(statement).items())
    }
    return World(frame.sizes, arrays, labels, context)


def _draw(chance: random.Random, domain: str, positive: bool) -> Any:
    number = mpmath.mpf(chance.randint(1, 40)) / chance.randint(7, 23)
    if domain == "binary":
        return mpmath.mpf(chance.randint(0, 1))
    if domain == "sign":
        return mpmath.mpf(chance.choice((-1, 1)))
    if positive or domain in ("positive", "nonnegative"):
        return number
    return number * chance.choice((-1, 1))


def assignments(e: tuple[Expr, ...], w: World) -> list[World]:
    """The world at every value of the free indices."""
    free = sorted({i for part in e for i in free_indices(part)}, key=lambda i: (i.name, str(i.dim)))
    ranges = [range(1, w.size(i.dim) + 1) for i in free]
    return [replace(w, indices={**w.indices, **dict(zip(free, chosen, strict=True))}) for chosen in product(*ranges)]


def agree(left: Expr, right: Expr, w: World, guards: tuple[Expr, ...] = ()) -> bool:
    """Whether both sides have the same entries here, to 10 digits."""
    for here in assignments((left, right, *guards), w):
        if any(not value(g, here)[()] for g in guards):
            continue
        one, two = value(left, here), value(right, here)
        if any(abs(one[p] - two[p]) > 1e-10 * (1 + abs(one[p])) for p in one):
            return False
    return True


def holds(condition: Condition, w: World) -> bool:
    """Whether a condition of a proof is met at this point."""
    assert condition.term is not None
    for here in assignments((condition.term,), w):
        try:
            if condition.kind == "invertible":
                if abs(determinant(matrix(condition.term, here))) < 1e-9:
                    return False
                continue
            number = value(condition.term, here)[()]
        except Undefined:
            return False
        good = {"positive": number > 0, "nonnegative": number >= 0}.get(condition.kind, abs(number) > 1e-9)
        if not good:
            return False
    return True
