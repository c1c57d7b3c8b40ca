"""Equations solved for an entry: what is given to it makes them true, and nothing else does; what has cases is not solved."""

from __future__ import annotations

from fractions import Fraction
from random import Random

import pytest

from derivations.prove.scalars import written
from derivations.prove.solving import leaves, one_hot_group, solution
from derivations.prove.zero import UNIT, Algebra

import sympy  # isort: skip
from sympy import Pow, Rational, Symbol, exp, log, sqrt

x, y, z, t, h, k, j, m = (Symbol(f"s{n}") for n in range(8))  # type: ignore[no-untyped-call]


def close(a: sympy.Expr, b: sympy.Expr) -> bool:
    """Equal at random points > 0, to 40 digits."""
    rng = Random(7)
    for _ in range(3):
        here = {s: Rational(rng.randint(1, 30), rng.randint(2, 9)) for s in (x, y, z, t)}
        one, two = (sympy.N(e.subs(here), 50) for e in (a, b))
        if abs(one - two) > Pow(10, -40) * (1 + abs(two)):
            return False
    return True


@pytest.mark.parametrize(
    "e",
    [
        sympy.Integer(0), Rational(-7, 3), x, -x, 2 * x * y**3 - z / 5, x / y, x**-2, (x + y) ** 2, 1 / (x + y),
        x / (2 * x + 3 * y) ** 2, exp(x), exp(-2 * x * y) * z, exp(x / 3 + y / 2), exp(1 + x), x * exp(exp(x)), 1 / (1 + exp(-x)),
        exp(1 / (x + y)) - y, 1 / (1 + 1 / (x + y)), exp(x) / (exp(x) + exp(y)) - t,
    ],
)  # fmt: skip
def test_polynomials_are_written_down_again(e: sympy.Expr) -> None:
    algebra = Algebra()
    again = written(algebra, algebra.expand(e))
    assert again is not None
    assert close(again, e)


@pytest.mark.parametrize(
    "e", [log(x), x + y * log(x + y), sqrt(x + y), x * sqrt(2), exp(x * log(y)), 1 / (1 + log(x)), exp(sqrt(x + 1)) + 1, log(2)]
)
def test_logarithms_and_roots_are_not_written(e: sympy.Expr) -> None:
    algebra = Algebra()
    assert written(algebra, algebra.expand(e)) is None


def test_roots_of_positive_entries_are_powers() -> None:
    algebra = Algebra(positive={x})
    again = written(algebra, {((algebra.generator("leaf", x, x), Fraction(3, 2)),): Fraction(1, 2)})
    assert again == Pow(x, Rational(3, 2)) / 2


def test_leaves_are_the_entries_of_a_polynomial() -> None:
    """Not those that stand in an exponential or a denominator only."""
    algebra = Algebra()
    poly = algebra.expand(x * y + exp(z) / (1 + t) - 3)
    found = leaves(algebra, poly)
    assert found.keys() == {x, y}
    assert all(algebra.generators[number].body == symbol for symbol, number in found.items())


SOLVED = {  # equation = 0, the entries to solve for, which are not 0, then entry, power and value
    "a multiple": (2 * x + 3 * y - 6, (x, y), (), (x, 1, 3 - 3 * y / 2)),
    "the first asked for": (2 * x + 3 * y - 6, (y, x), (), (y, 1, 2 - 2 * x / 3)),
    "a negative multiple": (5 - x / 3, (x,), (), (x, 1, sympy.Integer(15))),
    "nothing else": (7 * x, (x,), (), (x, 1, sympy.Integer(0))),
    "no factor unknown": (x * y - z, (x, y, z), (), (z, 1, x * y)),
    "a factor that is not 0": (x * y + z, (x, z), (y,), (x, 1, -z / y)),
    "two factors": (x * y * z**2 - 4, (x,), (z, y), (x, 1, 4 / (y * z**2))),
    "a denominator": (x / y - 2, (x,), (y,), (x, 1, 2 * y)),
    "a square": (x**2 * y - z, (x,), (y,), (x, 2, z / y)),
    "a square beside others": (9 * x**2 + y**2 - 1, (x, y), (), (x, 2, (1 - y**2) / 9)),
    "linear before a square": (x**2 + 2 * y - 1, (x, y), (), (y, 1, (1 - x**2) / 2)),
    "powers of others": (x - y**3 + y, (x,), (), (x, 1, y**3 - y)),
    "an exponential before it": (x * exp(y) - 1, (x,), (), (x, 1, exp(-y))),
    "an exponential beside it": (x - 2 * exp(y), (x,), (), (x, 1, 2 * exp(y))),
    "a fraction": (x * 3 - 1 / (1 + y), (x, y), (), (x, 1, 1 / (3 + 3 * y))),
}
UNSOLVED = {
    "a factor that may be 0": (x * y - z, (x,), ()),
    "one of two that may be 0": (x * y * z - 1, (x,), (y,)),
    "a cube": (x**3 - y, (x,), ()),
    "two terms": (x**2 + x - y, (x,), ()),
    "two terms with factors": (x * y + x - z, (x,), (y,)),
    "a sum before it": (x * y + x * z - 1, (x,), (y, z)),
    "in its own exponential": (x * exp(x) - 1, (x,), ()),
    "in an exponential beside it": (x - exp(x + y), (x,), ()),
    "in a denominator": (x - 1 / (x + y), (x,), ()),
    "deep inside": (x - exp(1 / (1 + exp(x))), (x,), ()),
    "as a denominator": (y / x - 2, (x,), (y,)),
    "a logarithm before it": (x * log(y) - 1, (x,), (y,)),
    "a logarithm beside it": (x - log(y), (x,), (y,)),
    "a root beside it": (x - sqrt(y + 1), (x,), (y,)),
    "no one asked for": (x - y, (), ()),
}


@pytest.mark.parametrize("name", SOLVED)
def test_equations_are_solved(name: str) -> None:
    e, candidates, nonzero, (symbol, degree, value) = SOLVED[name]
    for algebra, known in ((Algebra(), set(nonzero)), (Algebra(positive=set(nonzero)), set())):
        found = solution(algebra, algebra.expand(e), candidates, known)
        assert found is not None
        assert (found.symbol, found.degree) == (symbol, degree)
        assert close(found.value, value)
        assert close(e.subs(symbol, Pow(found.value, Rational(1, degree))), sympy.Integer(0))


@pytest.mark.parametrize("name", UNSOLVED)
def test_what_has_cases_is_not_solved(name: str) -> None:
    e, candidates, nonzero = UNSOLVED[name]
    algebra = Algebra()
    assert solution(algebra, algebra.expand(e), candidates, set(nonzero)) is None


@pytest.mark.parametrize(
    ("e", "group"),
    [
        (h + k - 1, {h, k}), (1 - h - k, {h, k}), (3 * h + 3 * k + 3 * j - 3, {h, k, j}), ((h + k) / 2 - Rational(1, 2), {h, k}),
        (h - 1, set()), (h + k, set()), (h + k - 2, set()), (h + k + 1, set()), (h - k - 1, set()), (h + 2 * k - 1, set()),
        (2 * h + k - 1, set()), (2 * h + 2 * k - 1, set()), (h + k + x - 1, set()), (h + x - 1, set()), (x + y - 1, set()),
        (h + k + h * k - 1, set()), (h + k + h * j - 1, set()), (h * k - 1, set()), (h + m - 1, set()), (h + k + m - 1, set()),
        (h + k + exp(x) - 1, set()), (1 / (1 + x) + 1 / (1 + y) - 1, set()), (1 / x + h - 1, set()),
    ],
)  # fmt: skip
def test_switches_that_sum_to_1(e: sympy.Expr, group: set[Symbol]) -> None:
    """Two or more of them, all with one factor, and none that has a group already, as m has."""
    algebra = Algebra(switches={h, k, j, m}, groups={m: (m, t)})
    poly = algebra.expand(e)
    found = one_hot_group(algebra, poly)
    assert set(found) == group
    assert len(found) == len(group)


def test_squares_of_entries_are_no_switches() -> None:
    """h² + k² = 1 with the powers as they stand."""
    algebra = Algebra(switches={h, k})
    one, two = (algebra.generator("leaf", s, s) for s in (h, k))
    assert set(one_hot_group(algebra, {((one, 1),): 1, ((two, 1),): 1, UNIT: -1})) == {h, k}
    assert not one_hot_group(algebra, {((one, 2),): 1, ((two, 1),): 1, UNIT: -1})
