"""A polynomial that is assumed to be zero, solved for one entry.

Only what holds without cases is solved: the entry stands in one term alone, what multiplies it there is not 0.
"""

from __future__ import annotations

from collections.abc import Sequence, Set
from dataclasses import dataclass

from derivations.prove.zero import UNIT, Algebra, Poly

from sympy import Symbol  # isort: skip  (zero.py chooses the ground types first)

from derivations.prove.scalars import Scalar, written


@dataclass(frozen=True, slots=True)
class Solution:
    """symbol^degree = value."""

    symbol: Symbol
    degree: int
    value: Scalar


def leaves(algebra: Algebra, poly: Poly) -> dict[Symbol, int]:
    """The symbols that a polynomial is one in, with their numbers as generators."""
    numbers = {g for m in poly for g, _ in m}
    return {algebra.generators[g].body: g for g in sorted(numbers) if algebra.generators[g].kind == "leaf"}


def solution(algebra: Algebra, poly: Poly, candidates: Sequence[Symbol], nonzero: Set[Symbol]) -> Solution | None:
    """``poly`` = 0 as a value of the first candidate, of its leaves, that can carry it, linear ones before squares."""
    numbers = leaves(algebra, poly)
    for degree in (1, 2):
        for symbol in candidates:
            value = _solved_for(algebra, poly, numbers[symbol], degree, nonzero)
            if value is not None:
                return Solution(symbol, degree, value)
    return None


def _solved_for(algebra: Algebra, poly: Poly, number: int, degree: int, nonzero: Set[Symbol]) -> Scalar | None:
    """−rest/c where the polynomial is c·x^degree + rest and c is a number or a product of what is not 0."""
    tops = [m for m in poly if number in dict(m)]
    if len(tops) != 1 or any(_mentions(algebra, g, number) for m in poly for g, _ in m if g != number):
        return None
    (top,) = tops
    if dict(top)[number] != degree:
        return None
    others = tuple((g, e) for g, e in top if g != number)
    if not all(_is_nonzero(algebra, g, nonzero) for g, _ in others):
        return None
    rest, factor = written(algebra, {m: c for m, c in poly.items() if m != top}), written(algebra, {others: poly[top]})
    return None if rest is None or factor is None else -rest / factor


def _is_nonzero(algebra: Algebra, number: int, nonzero: Set[Symbol]) -> bool:
    generator = algebra.generators[number]
    match generator.kind:
        case "exp":
            return True
        case "leaf":
            return generator.body in nonzero | algebra.positive
        case _:
            return False


def _mentions(algebra: Algebra, number: int, leaf: int) -> bool:
    """Whether a generator is this leaf, or something of it."""
    body = algebra.generators[number].body
    return number == leaf or (isinstance(body, dict) and any(_mentions(algebra, g, leaf) for m in body for g, _ in m))


def one_hot_group(algebra: Algebra, poly: Poly) -> tuple[Symbol, ...]:
    """The switches of Σ = 1, none of which is in a group yet; empty where ``poly`` = 0 does not say that."""
    numbers = {s: g for s, g in leaves(algebra, poly).items() if s in algebra.switches and s not in algebra.groups}
    c = poly.get(UNIT, 0)
    wanted: Poly = {UNIT: c, **{((g, 1),): -c for g in numbers.values()}}
    return tuple(numbers) if len(numbers) > 1 and poly == wanted else ()
