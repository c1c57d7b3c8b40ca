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
    "log of a sum of fractions": (z * log(1 - 1 / (1 + exp(-x))), -z * log(1 + exp(x))),
    "log of a sum of fractions of fractions": (z * log(1 + 1 / (1 + 1 / x)), z * log(2 * x + 1) - z * log(x + 1)),
    "log of a sum of squares of fractions": (z * log(1 - 1 / (1 + x) ** 2), z * log(x) + z * log(x + 2) - 2 * z * log(1 + x)),
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
    "log of a sum of fractions, its denominator lost": (z * log(1 - 1 / (1 + exp(-x))), -z * x),
    "log of a sum of squares of fractions, once": (z * log(1 - 1 / (1 + x) ** 2), z * log(x) + z * log(x + 2) - z * log(1 + x)),
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
    signs |= {1 / (x + y): False, 1 / (x + y) ** 2: True, 1 / (x + y) ** 3: False}
    signs |= {1 / (x**2 + z): True, 1 / (x**2 + z) ** 3: True}
    for e, wanted in signs.items():
        assert algebra.is_positive(algebra.expand(e)) is wanted


def test_fractions_stay_exact() -> None:
    """No rounding anywhere: 1/3 is 1/3."""
    assert Algebra().expand(x / 3 + x / 6) == {((0, 1),): Fraction(1, 2)}


# ------------------------------------------------- more identities, under more kinds of generators

third = Rational(1, 3)
s3 = Pow(x + y, third)
MORE = {
    "cube root": (s3**3, x + y, 2 * x),
    "fourth power of a cube root": (Pow(s3, 4), (x + y) * s3, s3),
    "reciprocal of a cube root": (1 / s3, s3**2 / (x + y), s3),
    "cube root of a multiple": (Pow(8 * x + 8 * y, third), 2 * s3, 8 * s3),
    "cube root of a fraction": (Pow(Rational(27, 4), third), 3 * Pow(2, third) / 2, Rational(3, 2)),
    "negative power of a root": (Pow(x + y, -3 * half), 1 / ((x + y) * Pow(x + y, half)), Pow(x + y, -half)),
    "root of a positive square": (Pow(z**2, half), z, -z),
    "root of a positive product": (Pow(4 * z**4 * exp(x), half), 2 * z**2 * exp(x / 2), 2 * z * exp(x / 2)),
    "root of a reciprocal square": (Pow(1 / (4 * z**2), half), 1 / (2 * z), 1 / (4 * z)),
    "root times its reciprocal": (Pow(1 / (x + y), half) * Pow(x + y, half), sympy.Integer(1), x + y),
    "log of a root": (log(Pow(x + y, half)), log(x + y) / 2, log(x + y)),
    "log of a cube root": (log(s3), log(x + y) / 3, log(x + y) / 2),
    "log of a reciprocal": (log(1 / (x + y)), -log(x + y), log(x + y)),
    "log of a reciprocal sum": (log(2 / (3 * x + 3 * y)), log(2) - log(3) - log(x + y), log(2) + log(3) - log(x + y)),
    "log of a power with an unknown exponent": (log(x**y), y * log(x), log(x)),
    "log of a power of e": (log(exp(1) * x), 1 + log(x), log(x)),
    "log of a symbol": (log(z * z), 2 * log(z), log(z)),
    "exp of twice a log": (exp(2 * log(x) + y), x**2 * exp(y), x * exp(y)),
    "exp of half a log": (exp(half * log(x + y)), Pow(x + y, half), x + y),
    "exp of minus a log": (exp(-log(x + y)), 1 / (x + y), x + y),
    "exp of a product with a log": (exp(y * log(x)), x**y, x * y),
    "exp of a sum times a log": (exp((y + 2) * log(x)), x**2 * x**y, x**y),
    "powers add": (x**y * x**z, x ** (y + z), x ** (y * z)),
    "powers with halves": (Pow(x, y / 2) ** 2, x**y, x ** (y / 2)),
    "powers of e": (exp(2), exp(1) ** 2, exp(1)),
    "e to a half": (exp(half) * exp(half), exp(1), exp(half)),
    "sums of three reciprocals": (1 / x + 1 / y + 1 / z, (x * y + y * z + z * x) / (x * y * z), 3 / (x + y + z)),
    "nested sums of reciprocals": (1 / (1 / x + 1 / y), x * y / (x + y), x + y),
    "reciprocal of a product of sums": (1 / ((x + y) * (x - y)), 1 / (x**2 - y**2), 1 / (x**2 + y**2)),
    "reciprocal with content": (1 / (2 * x * z + 4 * y * z), half / (z * (x + 2 * y)), 2 / (z * (x + 2 * y))),
    "square of a reciprocal": (Pow(1 / (x + y), 2), 1 / (x**2 + 2 * x * y + y**2), 1 / (x**2 + y**2)),
}  # fmt: skip


@pytest.mark.parametrize("name", MORE)
def test_more_identities_and_their_twins(name: str) -> None:
    left, right, twin = MORE[name]
    assert Algebra(positive={z}).vanishes(left, right)
    assert Algebra(positive={z}).vanishes(right, left)
    assert not Algebra(positive={z}).vanishes(left, twin)
    assert not Algebra(positive={z}).vanishes(twin, left)


def test_roots_of_what_may_be_negative_are_no_powers() -> None:
    """√x² is |x|, √(x²z) is no x·√z unless x is positive; √(−x) is no multiple of √x."""
    for left, right in ((Pow(x**2, half), x), (Pow(x**2 * exp(y), half), x * exp(y / 2)), (Pow(x**4, Rational(1, 4)), x)):
        assert not Algebra(positive={z}).vanishes(left, right)
        assert Algebra(positive={x}).vanishes(left, right)
    assert not Algebra(positive={x}).vanishes(Pow(-x, half), Pow(x, half))
    assert Algebra().vanishes(Pow(-x, half) ** 2, -x)


def test_groups_and_gates_in_products() -> None:
    """Of one group at most one is 1; a gate to any power is the gate; different groups are free of one another."""
    a, b, c = (Symbol(name) for name in ("g1", "g2", "g3"))
    algebra = Algebra(switches={a, b, c, h}, groups={a: (a, b), b: (a, b), c: (c,)})
    assert algebra.vanishes((a + b) ** 2, a + b)
    assert algebra.vanishes(a * b * x, sympy.Integer(0))
    assert algebra.vanishes((a * x + b * y) ** 3, a * x**3 + b * y**3)
    assert algebra.vanishes((1 + h * x) ** 2, 1 + h * (2 * x + x**2))
    assert not algebra.vanishes(a * c, sympy.Integer(0))
    assert not algebra.vanishes(a * h, a)
    assert not algebra.vanishes(a**2, a * x)


def test_logs_are_taken_to_the_other_side() -> None:
    """Σ c·log v + w = 0 as Π v^c = exp(−w): whole powers, nothing where there is no log."""
    assert Algebra().without_logs(x, y) is None
    left, right = Algebra().without_logs(log(x) - 2 * log(y), z)  # type: ignore[misc]
    assert (left, right) == (x / y**2, exp(z))
    left, right = Algebra().without_logs(log(x) / 2 + z, log(y) / 3)  # type: ignore[misc]
    assert (left, right) == (x**3 / y**2, exp(-6 * z))
    algebra = Algebra(values={z: 2 * log(x)})
    assert algebra.without_logs(z * 3, y) == (x**6, exp(y))
    assert Algebra(values={z: sympy.Integer(0)}).without_logs(z * log(x), y) is None


# ------------------------------------------------------------- degrees and heights


def test_measures_bound_the_fractions() -> None:
    """Degrees of numerator and denominator of random rational functions, beside those that SymPy finds."""
    rng = random.Random(8)
    for _ in range(40):
        e = rng.choice((x, y, Rational(3, 7)))
        for _ in range(4):
            other = rng.choice((x, y, z, x + 2, Rational(-5, 3), x * y))
            e = rng.choice((e + other, e * other, e**2, 1 / (e + other), e / other, e - 1 / other))
        top, bottom = (sympy.Poly(part, x, y, z) for part in sympy.fraction(sympy.together(e)))
        found = Algebra().measure(e)
        assert found.numerator >= top.total_degree()
        assert found.denominator >= bottom.total_degree()


@pytest.mark.parametrize(
    ("e", "numerator", "denominator"),
    [
        (x * y, 2, 0), (x + y * z, 2, 0), (1 / x, 0, 1), (x / y, 1, 1), (1 / x + 1 / y, 1, 2), (x + 1 / y, 2, 1),
        ((x + y) ** 3, 3, 0), ((x + y) ** -2, 0, 2), ((1 + 1 / x) ** 2, 2, 2), (exp(x), 60, 0), (exp(x) + exp(-x), 120, 60),

        (exp(x) * y, 61, 0), (exp(x + 1), 120, 0), (exp(2 * log(x) + y), 62, 0), (log(x), 1, 0), (x * log(x), 2, 0),
        (Rational(3, 4), 0, 0), (r, 2, 0),
    ],
)  # fmt: skip
def test_measures_are_those_of_the_rules(e: object, numerator: float, denominator: float) -> None:
    """An exponential counts 60, for its 60th roots; a root counts as its radicand."""
    found = Algebra().measure(e)
    assert (found.numerator, found.denominator) == (numerator, denominator)


def test_heights_grow_with_the_numbers() -> None:
    """At least the bits of ‖numerator‖₁ and ‖denominator‖₁ together, for polynomials at random."""
    rng = random.Random(9)
    for _ in range(40):
        coefficients = [rng.randint(-(10**6), 10**6) or 1 for _ in range(4)]
        e = sum(c * x**k for k, c in enumerate(coefficients)) * Rational(1, rng.randint(1, 99))
        top, bottom = sympy.fraction(sympy.together(e))
        norm = sum(abs(c) for c in sympy.Poly(top, x).coeffs())
        assert Algebra().measure(e).bits >= float(sympy.log(norm * bottom, 2))
        assert Algebra().measure(e**3).bits >= float(sympy.log(norm, 2))
    assert Algebra().measure(Rational(7, 4)).bits == 3 + 3
    assert Algebra().measure(x).bits == 0


# ------------------------------------------------------------------------- trials


def test_trials_are_ring_homomorphisms() -> None:
    """Modulo the prime, values add, multiply and divide; exponentials turn sums into products; roots square."""
    algebra = Algebra(positive={z})
    trial = Trial(algebra, "homomorphism")
    p, value = trial.prime, trial.value
    X, Y, Z = value(x), value(y), value(z)
    assert len({X, Y, Z}) == 3
    assert all(0 < v < p for v in (X, Y, Z))
    assert value(x + y * z) == (X + Y * Z) % p
    assert value(Rational(2, 3) * x - 5) * 3 % p == (2 * X - 15) % p
    assert value(1 / (x + y)) * (X + Y) % p == 1
    assert value(x**-3) * X**3 % p == 1
    assert value(exp(x + y)) == value(exp(x)) * value(exp(y)) % p
    assert value(exp(x / 3)) ** 3 % p == value(exp(x))
    assert value(exp(2 * x + 1)) == value(exp(x)) ** 2 * value(exp(1)) % p
    assert value(exp(2 * log(x + y))) == (X + Y) ** 2 % p
    assert value(log(x * y)) == (value(log(x)) + value(log(y))) % p
    assert value(exp(x / 2)) * value(exp(-x / 2)) % p == 1
    with pytest.raises(Limit):
        value(exp(x / 7))


def test_square_roots_and_their_signs() -> None:
    """A root squares to its radicand; the other sign gives the negative; without a root the point is rejected."""
    roots, without = 0, 0
    for k in range(12):
        trial = Trial(Algebra(), f"root {k}")
        try:
            found = trial.value(Pow(x + y, half))
        except NoRoot:
            without += 1
            continue
        roots += 1
        square = trial.value(x + y)
        assert found * found % trial.prime == square
        assert list(trial.roots.values()) == [square]
        flipped = trial.sibling(signs=dict.fromkeys(trial.roots, -1))
        assert flipped.value(Pow(x + y, half)) == trial.prime - found
        assert flipped.value(x) == trial.value(x)
        assert trial.sibling().value(Pow(x + y, half)) == found
    assert roots
    assert without


def test_switches_can_be_fixed() -> None:
    algebra = Algebra(switches={h})
    trial = Trial(algebra, "cells").sibling(fixed={h: 1})
    other = trial.sibling(fixed={h: 0})
    assert trial.value(h * x + 1) == (trial.value(x) + 1) % trial.prime
    assert other.value(h * x + 1) == 1
    assert other.value(x) == trial.value(x)
    assert trial.sibling().value(h) == 1
