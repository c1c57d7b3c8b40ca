"""Combinations of polynomials that are zero: found where there is one, never where a common zero says no."""

from __future__ import annotations

import itertools

import pytest

from derivations.prove import ideal
from derivations.prove.ideal import is_combination
from derivations.prove.zero import Algebra, Limit, Poly

import sympy  # isort: skip
from sympy import Symbol, exp, sqrt

x, y, z, t, u, v, w = (Symbol(f"s{k}") for k in range(7))  # type: ignore[no-untyped-call]


def found(e: sympy.Expr, *zeros: sympy.Expr) -> bool:
    algebra = Algebra()
    return is_combination(algebra.expand(e), [algebra.expand(f) for f in zeros], algebra.multiply)


COMBINATIONS = {
    "nothing": (sympy.Integer(0), ()),
    "zero itself": (x + y - 1, (x + y - 1,)),
    "a rational multiple": (x / 3 + y / 2, (2 * x + 3 * y,)),
    "multiples by entries": (x * y * z - z, (x * y - 1,)),
    "squares": (x**2 - y**2, (x - y,)),
    "lower degrees, too": (x**2 - 1, (x - 1,)),
    "two of them": (x * z - y * t, (x - y, z - t)),
    "three of them": (x - u, (x - y, y - 2 * z, 2 * z - u)),
    "a unit": (x * y + t, (x * y - 1, t + 1)),
    "both branches": (x * y * z + 5 * y * z, (y * z,)),
    "sums of multiples with fractions": (2 * x * t - 3 * y * t / 5, (10 * x - 3 * y,)),
    "under an exponential": (exp(x) * y - exp(x) * z, (y - z,)),
    "under a root": (sqrt(x + 1) * y - sqrt(x + 1), (y - 1,)),
}
NONE = {  # each with a common zero of the assumed where the first is not 0
    "nothing assumed": (x, (), {x: 1}),
    "one more": (x + y, (x + y - 1,), {x: 1, y: 0}),
    "another factor": (2 * x + y, (2 * x + 3 * y,), {x: 3, y: -2}),
    "the other branch": (x, (x * y,), {x: 1, y: 0}),
    "the other root": (x - 1, (x**2 - 1,), {x: -1}),
    "too few": (x - u, (x - y, 2 * z - u), {x: 1, y: 1, z: 0, u: 0}),
    "a sign": (x * z + y * t, (x - y, z - t), {x: 1, y: 1, z: 1, t: 1}),
    "a unit of another sign": (x * y + t + 2, (x * y - 1, t + 1), {x: 1, y: 1, t: -1}),
}


@pytest.mark.parametrize("name", COMBINATIONS)
def test_combinations_are_found(name: str) -> None:
    e, zeros = COMBINATIONS[name]
    assert found(e, *zeros)
    assert found(e, *reversed(zeros))
    assert found(-3 * e, *(z / 7 for z in zeros))
    assert not found(e + 11, *zeros)


@pytest.mark.parametrize("name", NONE)
def test_what_does_not_vanish_with_the_assumed_is_none(name: str) -> None:
    e, zeros, point = NONE[name]
    assert all(zero.subs(point) == 0 for zero in zeros)
    assert e.subs(point) != 0
    assert not found(e, *zeros)


@pytest.mark.parametrize(("links", "wanted"), [(1, True), (2, True), (5, True), (6, True), (7, False), (8, False)])
def test_three_rounds_are_looked_for(links: int, wanted: bool) -> None:
    """x₀ = x₁ = … = xₖ: each round takes the chain up at both of its ends."""
    chain = [Symbol(f"c{k}") for k in range(links + 1)]  # type: ignore[no-untyped-call]
    assert found(chain[0] - chain[-1], *(a - b for a, b in itertools.pairwise(chain))) is wanted


def test_multiples_of_a_higher_degree_are_none_of_it() -> None:
    """x − y = (x − t²) − (y − t²) would be one; with x·t − y·t it is of the degree of the assumed."""
    assert not found(x - y, x - t**2, y - t**2)
    assert found(x * z - y * z, x * z - t**2, y * z - t**2)


def test_the_number_of_multiples_is_limited() -> None:
    """As many products of y as are allowed, and one more."""

    def product(size: int) -> Poly:
        return {((0, 1), (k, 1)): 1 for k in range(1, size + 1)}

    multiply = Algebra().multiply
    assert ideal.MAX_MULTIPLES == 1500
    assert is_combination(product(1500), [{((0, 1),): 1}], multiply)
    with pytest.raises(Limit, match="multiples"):
        is_combination(product(1501), [{((0, 1),): 1}], multiply)
