"""The zero test: what cancels is seen to cancel, what does not is not; exactly and modulo random primes."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest

from derivations.prove.zero import (
    Algebra,
    Budget,
    Limit,
    NoRoot,
    Trial,
    Vanishing,
    random_prime,
    small_factors,
)

import sympy  # isort: skip
from sympy import Pow, Rational, Symbol, exp, log

x, y, z, h, k = (Symbol(name) for name in ("s1", "s2", "s3", "s4", "s5"))
half = Rational(1, 2)
r = Pow(x**2 + y**2, half)

EQUAL = {
    "distributive law": ((x + y) * z, x * z + y * z),
    "partial fractions": (1 / (x + y) + 1 / (x - y), 2 * x / ((x + y) * (x - y))),
    "nested fractions": (1 / (1 + 1 / (1 + x)), (1 + x) / (2 + x)),
    "exp of a sum": (exp(x + y), exp(x) * exp(y)),
    "exp of a half": (exp(x / 2) ** 2, exp(x)),
    "exp of thirds": (exp(x / 3) * exp(x / 6), exp(x / 2)),
    "dependent arguments": (exp(x - y) * exp(y - z), exp(x - z)),
    "exp of expanded arguments": (exp((x + y) ** 2), exp(x**2) * exp(2 * x * y) * exp(y**2)),
    "exp of rational functions": (exp(x / (x + y)) * exp(2 * x / (x + y)), exp(3 * x / (x + y))),
    "exp and a constant": (exp(x + 1), exp(1) * exp(x)),
    "exp of a log": (exp(y - log(x)), exp(y) / x),
    "nested exp": (exp(2 * exp(x)), exp(exp(x)) ** 2),
    "symbolic powers": ((x * z) ** y, x**y * z**y),
    "log of a product": (log(x * y / z**2), log(x) + log(y) - 2 * log(z)),
    "log with a number": (log(6 * x + 6 * y), log(2) + log(3) + log(x + y)),
    "log of an exponential": (log(exp(x) / (exp(x) + exp(y))), x - log(exp(x) + exp(y))),
    "log with common factor": (log(x * y + x * z), log(x) + log(y + z)),
    "softmax sums to 1": (exp(x) / (exp(x) + exp(y)) + exp(y) / (exp(x) + exp(y)), sympy.Integer(1)),
    "square of a root": (r * r, x**2 + y**2),
    "rationalised denominator": (1 / (1 + r), (1 - r) / (1 - x**2 - y**2)),
    "root of a reciprocal": (Pow(1 / (x**2 + y**2), half), 1 / r),
    "root of a multiple": (Pow(4 * x**2 + 4 * y**2, half), 2 * r),
    "root of a number": (Pow(2 * x + 2 * y, half), Pow(2, half) * Pow(x + y, half)),
    "powers of roots": (Pow(x + y, 3 * half), (x + y) * Pow(x + y, half)),
    "root of exp": (Pow(exp(x), half), exp(x / 2)),
}

DIFFERENT = {
    "distributive law": ((x + y) * z, x * z + y),
    "partial fractions": (1 / (x + y) + 1 / (x - y), 2 * y / ((x + y) * (x - y))),
    "exp of a product": (exp(x * y), exp(x) * exp(y)),
    "exp of a sum": (exp(x + y), exp(x) + exp(y)),
    "exp without its constant": (exp(x + 1), exp(x)),
    "exp of a half": (exp(x / 2), exp(x)),
    "log of a sum": (log(x + y), log(x) + log(y)),
    "log loses its number": (log(2 * x), log(x)),
    "log loses its power": (log(x**2), log(x)),
    "softmax": (exp(x) / (exp(x) + exp(y)), exp(x) / (exp(x) + exp(z))),
    "root of a square": (Pow(x**2, half), x),
    "root of a square by log": (exp(half * log(x**2)), x),
    "norm": (r, x + y),
    "root of a sum": (Pow(x + y, half), Pow(x, half) + Pow(y, half)),
    "root of a number": (Pow(2 * x + 2 * y, half), 2 * Pow(x + y, half)),
}


def modular(algebra: Algebra, left: object, right: object) -> bool:
    """Equal at random points, under every choice of signs of the roots."""
    for attempt in range(200):
        try:
            trial = Trial(algebra, f"test {attempt}")
            same = trial.value(left) == trial.value(right)
        except NoRoot:
            continue
        flipped = trial.sibling(signs=dict.fromkeys(trial.roots, -1))
        return same and flipped.value(left) == flipped.value(right)
    raise AssertionError("no point found")


@pytest.mark.parametrize("name", EQUAL)
def test_true_identities_vanish(name: str) -> None:
    """An identity is zero exactly and modulo random primes."""
    assert Algebra().vanishes(*EQUAL[name])
    assert modular(Algebra(), *EQUAL[name])


@pytest.mark.parametrize("name", DIFFERENT)
def test_false_twins_do_not_vanish(name: str) -> None:
    """A false line is never zero, in either mode."""
    assert not Algebra().vanishes(*DIFFERENT[name])
    assert not modular(Algebra(), *DIFFERENT[name])


@pytest.mark.parametrize("name", EQUAL)
def test_adding_a_symbol_spoils_an_identity(name: str) -> None:
    """What is zero no longer is with one symbol more."""
    left, right = EQUAL[name]
    assert not Algebra().vanishes(left + z, right)
    assert not modular(Algebra(), left + z, right)


def test_the_order_of_meeting_exponentials_does_not_matter() -> None:
    """The basis grows with what comes first; the answer stays."""
    arguments = [x - y, y, x, 2 * x - 3 * y, (x + y) / 2]
    for seed in range(6):
        order = random.Random(seed).sample(arguments, len(arguments))
        algebra = Algebra()
        for u in order:
            algebra.expand(exp(u))
        assert algebra.vanishes(exp(2 * x - 3 * y), exp(x - y) ** 2 / exp(y)), f"seed {seed}"
        assert algebra.vanishes(exp((x + y) / 2) ** 2, exp(x) * exp(y)), f"seed {seed}"
        assert not algebra.vanishes(exp(2 * x - 3 * y), exp(x - y) ** 2 / exp(x)), f"seed {seed}"


def test_a_symbol_with_a_value_stands_for_it() -> None:
    """Values are used everywhere, in exponents and logs too."""
    algebra = Algebra(values={z: x + y})
    assert algebra.vanishes(exp(z), exp(x) * exp(y))
    assert algebra.vanishes(log(z), log(x + y))
    assert modular(algebra, exp(z) * z, exp(x) * exp(y) * (x + y))
    assert not algebra.vanishes(exp(z), exp(x))


def test_a_symbol_may_stand_for_the_exponent() -> None:
    """x^s with s = 2 is x², which a general power is not."""
    assert Algebra(values={z: sympy.Integer(2)}).vanishes(x**z, x**2)
    assert not Algebra().vanishes(x**z, x**2)


def test_switches_are_idempotent_and_groups_exclusive() -> None:
    """h² = h; of a group with one 1, products of two are 0."""
    algebra = Algebra(switches={h, k})
    assert algebra.vanishes(h**2, h)
    assert algebra.vanishes(h * (1 - h), sympy.Integer(0))
    assert not algebra.vanishes(h * k, sympy.Integer(0))
    assert not Algebra().vanishes(h**2, h)
    assert Algebra(switches={h, k}, groups={h: (h, k), k: (h, k)}).vanishes(h * k, sympy.Integer(0))


def test_primes_are_random_so_that_no_prime_is_zero() -> None:
    """p·x = 0 holds modulo p only; another trial has another prime."""
    p = Trial(Algebra(), "one").prime
    assert p.bit_length() == 61
    assert p % 4 == 3
    assert sympy.isprime(p)
    assert Trial(Algebra(), "one").value(p * x) == 0
    assert Trial(Algebra(), "two").value(p * x) != 0
    assert len({random_prime(random.Random(seed)) for seed in range(20)}) == 20


def test_trials_are_reproducible() -> None:
    """The same seed, the same numbers."""
    e = exp(x) / (exp(x) + y)
    assert Trial(Algebra(), "a").value(e) == Trial(Algebra(), "a").value(e)
    assert Trial(Algebra(), "a").value(e) != Trial(Algebra(), "b").value(e)


def test_an_identically_vanishing_denominator_is_told() -> None:
    """1/(x − x) in disguise is no number."""
    disguised = Pow((x + y) ** 2 - x**2 - 2 * x * y - y**2, -1)
    with pytest.raises(Vanishing):
        Algebra().vanishes(disguised, x)
    with pytest.raises(Vanishing):
        Trial(Algebra(), "a").value(disguised)


def test_the_term_budget_ends_an_expansion() -> None:
    """Too many terms: a limit, never an answer."""
    symbols = [Symbol(f"s{i}") for i in range(100, 130)]
    with pytest.raises(Limit):
        Algebra(term_budget=1000).vanishes(sum(symbols) ** 6, x)
    with pytest.raises(Limit):
        Algebra(budget=Budget(left=1000)).vanishes(sum(symbols) ** 3, x)
    with pytest.raises(Limit):
        Trial(Algebra(budget=Budget(left=5)), "a").value(sum(symbols) ** 3)


def test_the_degree_bound_is_no_smaller_than_the_degree() -> None:
    """Known degrees: (x+y)³ has 3; 1/(x+y) + 1/(x−y) at most (1, 2)."""
    assert Algebra().measure((x + y) ** 3).numerator >= 3
    both = Algebra().measure(1 / (x + y) + 1 / (x - y))
    assert (both.numerator, both.denominator) == (1.0, 2.0)
    assert Algebra().measure(Rational(7, 5) * x).bits >= 6


@pytest.mark.parametrize(("n", "factors"), [(1, []), (12, [(2, 2), (3, 1)]), (1009 * 2, [(2, 1), (1009, 1)])])
def test_small_factors(n: int, factors: list[tuple[int, int]]) -> None:
    """Trial division by small primes."""
    assert small_factors(n) == factors


def test_visible_positivity_is_cautious() -> None:
    """Sums of exponentials and squares are > 0, differences may be anything."""
    algebra = Algebra(positive={z})
    signs = {exp(x) + z: True, x**2 + exp(y): True, exp(x) - exp(y): False, x: False, z * x: False, log(x): False}
    for e, wanted in signs.items():
        assert algebra.is_positive(algebra.expand(e)) is wanted


def test_fractions_stay_exact() -> None:
    """No rounding anywhere: 1/3 is 1/3."""
    assert Algebra().expand(x / 3 + x / 6) == {((0, 1),): Fraction(1, 2)}
