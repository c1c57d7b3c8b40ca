"""What the zero test makes of an expression has its value: generators beside plain numbers, limits and bounds as stated."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import FrozenInstanceError
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from derivations.claims import Context, Statement
from derivations.expr import Add, Num, Power, Sym, Times
from derivations.prove import zero
from derivations.prove.entrywise import CannotTell, Equal, check
from derivations.prove.zero import Algebra, Budget, Generator, Limit, Measure, Poly, Trial, Vanishing, random_prime, small_factors

import sympy  # isort: skip
from sympy import Pow, Rational, Symbol, exp, log

from tests.prove.test_zero import EQUAL, MORE

F = Fraction
x, y, z, h, k, a, b, s, t = (Symbol(name) for name in ("s1", "s2", "s3", "s4", "s5", "s6", "s7", "s8", "s9"))
half, third = Rational(1, 2), Rational(1, 3)
POINT = {x: Rational(37, 11), y: Rational(19, 13), z: Rational(5, 17)}


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    with mpmath.workdps(40):
        yield


def plain(e: Any, values: dict[Any, Any]) -> Any:
    """The value of a SymPy tree; logs are log|v|."""
    if isinstance(e, Symbol):
        return plain(values[e], values)
    if isinstance(e, Rational):
        return mpmath.mpf(int(e.p)) / int(e.q)
    if isinstance(e, sympy.Add):
        return mpmath.fsum(plain(part, values) for part in e.args)
    if isinstance(e, sympy.Mul):
        return mpmath.fprod(plain(part, values) for part in e.args)
    if e is sympy.S.Exp1:
        return +mpmath.e
    if isinstance(e, exp):
        return mpmath.exp(plain(e.args[0], values))
    if isinstance(e, log):
        return mpmath.log(abs(plain(e.args[0], values)))
    assert isinstance(e, Pow)
    base, exponent = plain(e.base, values), plain(e.exp, values)
    assert base >= 0 or exponent == int(exponent)
    return base**exponent


def meaning(algebra: Algebra, poly: Poly, values: dict[Any, Any]) -> Any:
    """The value of a polynomial in the generators, each as its kind and body say."""
    total = mpmath.mpf(0)
    for monomial, c in poly.items():
        term = mpmath.mpf(c.numerator) / c.denominator
        for number, exponent in monomial:
            generator = algebra.generators[number]
            power = mpmath.mpf(exponent.numerator) / exponent.denominator
            if generator.kind == "leaf":
                term *= plain(generator.body, values) ** power
                continue
            inner = meaning(algebra, generator.body, values)
            if generator.kind == "exp":
                term *= mpmath.exp(inner * power)
            elif generator.kind == "log":
                term *= mpmath.log(abs(inner)) ** power
            else:
                assert generator.kind in ("inverse", "root")
                term *= inner ** (-power if generator.kind == "inverse" else power / generator.degree)
        total += term
    return total


def close(one: Any, two: Any) -> bool:
    return bool(abs(one - two) <= mpmath.mpf(10) ** -25 * (1 + abs(one)))


def drawn(rng: random.Random, depth: int, positive: bool = True) -> Any:
    """A random expression, > 0 at positive points if so wanted."""
    if not positive:
        one, two = drawn(rng, depth - 1), drawn(rng, depth - 1, depth < 2)
        return rng.choice((lambda: log(one), lambda: one - two, lambda: two * log(one), lambda: Rational(-2, 3) * two))()
    if depth <= 0:
        return rng.choice((x, y, z, a, b, sympy.Integer(3), Rational(5, 6)))
    one, two = drawn(rng, depth - 1), drawn(rng, depth - 1)
    ways = (
        lambda: one + two, lambda: one * two, lambda: one / two, lambda: one**-2, lambda: Pow(one, half),
        lambda: Pow(one, -third), lambda: one**2 + two, lambda: exp(drawn(rng, depth - 1, False)), lambda: 1 / (one + two),
        lambda: Pow(one * two, half),
        lambda: one ** (two / 2),
    )  # fmt: skip
    return rng.choice(ways)()


VALUES = {a: x * y + 2, b: exp(x - y) / z}


def test_polynomials_have_the_values_of_their_expressions() -> None:
    """At a point, with every generator's value worked out from its kind and its body."""
    rng = random.Random(5)
    values = {**POINT, **VALUES}
    compared = 0
    for count in range(120):
        e = drawn(rng, 2 + count % 2, positive=count % 5 > 0)
        algebra = Algebra(values=dict(VALUES), positive={z})
        try:
            found = algebra.expand(e)
        except Limit:
            continue
        assert close(plain(e, values), meaning(algebra, found, values)), e
        compared += 1
    assert compared > 100


@pytest.mark.parametrize("name", [*EQUAL, *MORE])
def test_both_sides_have_their_values(name: str) -> None:
    """Of known identities and their twins."""
    for e in {**EQUAL, **MORE}[name]:
        algebra = Algebra(positive={z})
        assert close(plain(e, POINT), meaning(algebra, algebra.expand(e), POINT))


ZERO = {
    "log of one root": log(Pow(x + y, half) + s),
    "log of a cube root": log(3 * Pow(x + y, third) + s),
    "log of shared fractions": log(x / (x + y) + z / (x + y)),
    "log of a negative sum": log(-2 * x - 2 * y / 3),
    "log of shared exponentials": log(exp(x) * y + exp(x) * z),
    "log of shared logs": log(log(y) * y + log(y) * z),
    "log of two denominators": log(1 + 1 / (x + y) + 1 / (x + y + z) ** 2),
    "log of two powers of one denominator": log(1 + 1 / (x + y) + 1 / (x + y) ** 3),
    "log of inner denominators": log(2 + 1 / (1 + x / (x + y))),
    "root of a symbol's reciprocal": Pow(1 / x, half),
    "root of a reciprocal and an exponential": Pow(exp(y) / (4 * x), half),
    "cube root of a symbol's reciprocal": Pow(1 / x, third),
    "root of a reciprocal's reciprocal": Pow(1 / t, half),
    "root of a quotient": Pow(x / y, half),
    "root of a product of reciprocals": Pow(1 / (x**3 * (x + y) ** 2), half),
    "root of one reciprocal of two": Pow(x / (y * (x + y)), half),
    "root of a fraction": Pow(Rational(8, 27) * z**2, half),
    "cube root of a fraction": Pow(Rational(16, 81) * z**-3, third),
    "sixth root": Pow(96 * z**6, Rational(1, 6)),
    "root of zero": Pow(s, half) + x,
    "root of a negative multiple": Pow(Rational(2, 3) * y - 5 * x + 6 * x, -3 * half),
}
ZERO_VALUES = {s: sympy.Integer(0), t: 1 / (x + y)}


@pytest.mark.parametrize("name", ZERO)
def test_logs_and_roots_have_their_values(name: str) -> None:
    """Also where a symbol turns out to be 0, so that a sum has one term."""
    algebra = Algebra(values=dict(ZERO_VALUES), positive={z})
    assert close(plain(ZERO[name], {**POINT, **ZERO_VALUES}), meaning(algebra, algebra.expand(ZERO[name]), POINT))


def test_roots_of_reciprocals_are_reciprocals_of_roots() -> None:
    """√(1/u) = 1/√u wherever one of them is defined, whatever u is."""
    algebra = Algebra(values={t: 1 / (x + y)})
    for u in (x, x * y, x**3, 2 * x, x + y, x * (x + y), exp(y) * x, 1 / t):
        assert algebra.vanishes(Pow(1 / u, half) * Pow(u, half), sympy.S.One), u
        assert algebra.vanishes(Pow(1 / u, half) * u, Pow(u, half)), u
        assert not algebra.vanishes(Pow(1 / u, half), Pow(u, half)), u


def test_what_is_not_understood_is_a_limit() -> None:
    for e in (sympy.sin(x), sympy.Abs(x), x + sympy.pi):
        with pytest.raises(Limit):
            Algebra().expand(e)
        with pytest.raises(Limit):
            Trial(Algebra(), "a").value(e)


def test_logs_and_reciprocals_of_zero_have_no_value() -> None:
    algebra = Algebra(values={s: sympy.Integer(0)})
    for e in (log(s), log(x * s), 1 / s, 1 / (s * x), Pow(s, -half)):
        with pytest.raises(Vanishing):
            algebra.expand(e)
    assert algebra.expand(s**2) == algebra.expand(Pow(s, half)) == algebra.expand(s * x) == {}


# ----------------------------------------------------------------- polynomials


def test_polynomials_multiply_as_written_out() -> None:
    """(x + 2)(x − 2) = x² − 4, what cancels is gone; powers are repeated products, the zeroth is 1."""
    algebra = Algebra()
    X, Y = (next(iter(algebra.expand(v))) for v in (x, y))
    ((gx, _),), ((gy, _),) = X, Y
    assert algebra.multiply({X: 1, (): 2}, {X: 1, (): -2}) == {((gx, 2),): 1, (): -4}
    assert algebra.multiply({X: 1, Y: F(1, 2)}, {Y: 4}) == {((gx, 1), (gy, 1)): 4, ((gy, 2),): 2}
    assert algebra.multiply({X: 3}, {((gx, -1),): F(1, 3)}) == {(): 1}
    assert algebra.multiply({X: 3}, {}) == {}
    assert algebra.power({X: 1, (): 1}, 3) == {((gx, 3),): 1, ((gx, 2),): 3, X: 3, (): 1}
    assert algebra.power({X: 2}, -3) == {((gx, -3),): F(1, 8)}
    assert algebra.power({}, 0) == {(): 1}
    assert zero.shared_powers({((0, 2), (1, 1)): 5, ((0, 3),): 1}) == {0: 2}
    assert zero.shared_powers({((0, -1),): 1, (): 1}) == {0: -1}
    assert zero.shared_powers({((0, 1), (2, F(1, 2))): 1, ((0, 1), (2, F(1, 3))): 1}) == {0: 1, 2: F(1, 3)}
    assert zero.shared_powers({}) == {}


def test_reciprocals_share_a_generator_up_to_content() -> None:
    """1/(2xz + 4yz) is 1/(2z) times 1/(x + 2y)."""
    algebra = Algebra()
    one, two = algebra.expand(1 / (x + 2 * y)), algebra.expand(1 / (2 * x * z + 4 * y * z))
    assert sum(g.kind == "inverse" for g in algebra.generators) == 1
    assert algebra.multiply(two, algebra.expand(2 * z)) == one


@pytest.mark.parametrize("exponents", [(1,), (0, 1), (0, 3), (1, 2), (2, 5), (-1, 0), (-2, 1), (-1,)])
def test_denominators_are_cleared(exponents: tuple[int, ...]) -> None:
    """Σ P_k/B^k, times B to the highest k; exactly, and without the generator for 1/B."""
    algebra = Algebra()
    poly: Poly = {}
    ((inverse, _),) = next(iter(algebra.expand(1 / (x + y))))
    for exponent in exponents:
        for factor, c in (((), 3 + exponent), *((m, 2) for m in algebra.expand(z))):
            poly[tuple(sorted((*factor, (inverse, exponent)))) if exponent else factor] = c
    cleared = algebra._clear(poly, inverse)
    assert all(g != inverse for m in cleared for g, _ in m)
    power = plain(x + y, POINT) ** max(exponents)
    assert close(meaning(algebra, poly, POINT) * power, meaning(algebra, cleared, POINT))


def test_exponentials_are_powers_of_a_basis() -> None:
    """Σ exponent · argument of the basis gives the argument back, over ℚ, whatever came before."""
    rng = random.Random(3)
    algebra = Algebra()
    monomials = [next(iter(algebra.expand(e))) for e in (x, y, z, x * y)]
    for _ in range(40):
        poly = {m: F(rng.randint(-4, 4), rng.randint(1, 3)) for m in rng.sample(monomials, rng.randint(1, 4))}
        poly = {m: c for m, c in poly.items() if c}
        total: dict[Any, Any] = {}
        for number, power in algebra._in_basis(poly):
            assert power != 0
            assert algebra.generators[number].kind == "exp"
            for m, c in algebra.generators[number].body.items():
                total[m] = total.get(m, 0) + c * power
        assert {m: c for m, c in total.items() if c} == poly
    assert sum(g.kind == "exp" for g in algebra.generators) == 4


def test_whole_numbers_are_ints() -> None:
    """Coefficients and exponents of whole powers, which are many, are no fractions."""
    for value, kind in ((F(3), int), (F(-3), int), (F(1, 2), Fraction)):
        assert type(zero._tidy(value)) is kind
    assert type(zero._ratio(6, F(3))) is int
    assert zero._ratio(3, F(2)) == F(3, 2)
    assert type(zero._number(sympy.Integer(-4))) is int
    assert zero._number(Rational(-3, 4)) == F(-3, 4)


def test_symbols_that_stand_for_numbers_are_known() -> None:
    algebra = Algebra(values={s: x - x + 3, t: a - a * 1, a: Rational(-2, 3), b: x + 1, h: 2 * x})
    wanted = {s: 3, a: Rational(-2, 3), b: None, h: None, x: None, Rational(1, 2): Rational(1, 2), x + 1: None}
    assert {e: algebra.rational(e) for e in wanted} == wanted
    assert Algebra(values={s: y, y: sympy.S.Zero}).rational(s) == 0
    assert algebra.vanishes(x**s, x**3)
    assert algebra.vanishes((x + y) ** a * (x + y), Pow(x + y, third))
    assert not algebra.vanishes(x**b, x)
    assert Trial(algebra, "a").value(x**s) == Trial(algebra, "a").value(x**3)
    assert algebra.measure(x**s) == Measure(3, 0, 0)


def test_logs_on_the_other_side_with_fractions() -> None:
    """log(x)/2 + z/3 = 0 as x = exp(−2z/3); the coefficients of logs become whole, no others."""
    assert Algebra().without_logs(log(x) / 2 + z / 3, sympy.S.Zero) == (x, exp(Rational(-2, 3) * z))
    assert Algebra().without_logs(y, log(x) / 3 - log(z) / 2) == (z**3 / x**2, exp(-6 * y))
    assert Algebra().without_logs(z * (log(x) + 1), y) is None
    assert Algebra(values={s: z}).without_logs(3 * (s + log(x)), y) == (x**3, exp(y - 3 * z))
    assert Algebra(values={s: 2 * y, y: sympy.Integer(2)}).without_logs(s * log(x) * z, log(z)) == (1 / z, exp(-4 * z * log(x)))


def test_what_is_visibly_positive() -> None:
    algebra = Algebra(positive={z})
    signs = {
        sympy.S.Zero: False, sympy.S.One: True, Rational(-1, 2): False, z: True, z**3: True, -z: False, x**2: True, x**-2: True,
        x**3: False, exp(x): True, exp(-x / 2): True, log(x) ** 2: True, log(x) ** 3: False, Pow(x + y, half): True,
        x * Pow(x + y, half): False, z - x**2: False, z + x: False, 1 / (x**2 - z): False, 1 / (x - y) ** 2: True,
        Pow(x + y, -half): False,
    }  # fmt: skip
    for e, wanted in signs.items():
        assert algebra.is_positive(algebra.expand(e)) is wanted, e


def test_powers_of_switches() -> None:
    """h to any positive power is h; of a group products vanish, but no quotient does that has no value."""
    g = [Symbol(f"g{n}") for n in range(3)]
    algebra = Algebra(switches={h, *g}, groups=dict.fromkeys(g, tuple(g)))
    nothing = sympy.S.Zero
    assert algebra.vanishes(h**5 * x, h * x)
    assert algebra.vanishes(g[0] * g[2], nothing)
    assert algebra.vanishes(g[1] ** 3 * h * g[2] * x, nothing)
    assert not algebra.vanishes(h**2 * g[0] ** 2, nothing)
    assert not algebra.vanishes(1 / (g[0] * g[1]), nothing)
    assert not algebra.vanishes(g[0] * h, g[0])
    assert algebra.vanishes(Pow(x + y, half) ** 2 * h**2, h * x + h * y)
    assert algebra.vanishes(Pow(x + y, half) ** 3 * g[0] * g[0], g[0] * (x + y) * Pow(x + y, half))


def test_data_cannot_be_changed() -> None:
    algebra = Algebra()
    for data in (Generator("leaf", x), algebra.exp_form(exp(x)), Measure(1.0, 0.0, 0.0)):
        assert not hasattr(data, "__dict__")
        with pytest.raises(FrozenInstanceError):
            setattr(data, next(iter(type(data).__slots__)), None)


# ---------------------------------------------------------------------- limits


def test_the_budget_counts_products_of_terms() -> None:
    """3 · 2 products for (a + b + c)(x + y): with 6 left it is multiplied, with 5 it is not."""
    one, two = {((n, 1),): 1 for n in range(3)}, {((n, 1),): 1 for n in (3, 4)}
    for left, enough in ((6, True), (5, False), (7, True)):
        algebra = Algebra(budget=Budget(total=100, left=left))
        if enough:
            assert len(algebra.multiply(one, two)) == 6
            assert algebra.budget.left == left - 6
        else:
            with pytest.raises(Limit):
                algebra.multiply(one, two)
        algebra.budget.restart()
        assert algebra.budget.left == 100


def test_the_budget_counts_nodes_evaluated() -> None:
    """x·y + x has five nodes, of which x is evaluated once."""
    for left, enough in ((4, True), (3, False)):
        trial = Trial(Algebra(budget=Budget(left=left)), "nodes")
        if enough:
            assert trial.value(x * y + x) == trial.value(x) * (trial.value(y) + 1) % trial.prime
        else:
            with pytest.raises(Limit):
                trial.value(x * y + x)


def test_the_budget_of_terms_is_that_of_a_product() -> None:
    one, two = {((n, 1),): 1 for n in range(3)}, {((n, 1),): 1 for n in (3, 4)}
    assert len(Algebra(term_budget=6).multiply(one, two)) == 6
    with pytest.raises(Limit, match="too many terms"):
        Algebra(term_budget=5).multiply(one, two)


def test_copies_share_what_does_not_depend_on_values() -> None:
    algebra = Algebra(values={s: x}, switches={h}, groups={h: (h, k)}, positive={z}, budget=Budget(left=10), term_budget=7)
    algebra.expand(s)
    copied = algebra.copy({s: y})
    assert copied.expand(s) != {}
    assert copied.vanishes(s, y)
    assert not algebra.vanishes(s, y)
    assert copied.budget is algebra.budget
    assert (copied.switches, copied.groups, copied.positive, copied.term_budget) == ({h}, {h: (h, k)}, {z}, 7)


# -------------------------------------------------------------- primes, trials


@pytest.mark.parametrize(
    ("n", "factors"),
    [
        (1, []), (2, [(2, 1)]), (4, [(2, 2)]), (9, [(3, 2)]), (25, [(5, 2)]), (77, [(7, 1), (11, 1)]),
        (360, [(2, 3), (3, 2), (5, 1)]), (961, [(31, 2)]), (997, [(997, 1)]), (2 * 997**2, [(2, 1), (997, 2)]),
        (991 * 997, [(991, 1), (997, 1)]),
        (1009, [(1009, 1)]), (1009**2, [(1009**2, 1)]), (3 * 1009 * 1013, [(3, 1), (1009 * 1013, 1)]), (2**70, [(2, 70)]),
    ],
)  # fmt: skip
def test_factors(n: int, factors: list[tuple[int, int]]) -> None:
    assert small_factors(n) == factors


def test_every_bit_of_a_prime_is_random() -> None:
    """But for the highest and the lowest two, which make it one of 61 bits and ≡ 3 (mod 4)."""
    primes = [random_prime(random.Random(seed)) for seed in range(60)]
    assert all(p.bit_length() == 61 and p % 4 == 3 for p in primes)
    assert all(pow(2, p - 1, p) == 1 for p in primes)
    assert [bit for bit in range(64) if len({p >> bit & 1 for p in primes}) > 1] == list(range(2, 60))


def test_there_are_as_many_primes_as_the_error_bound_counts_on() -> None:
    """Half of the primes between 2^60 and 2^61, by the prime number theorem; no more than twice as many."""
    about = (mpmath.li(2**61) - mpmath.li(2**60)) / 2
    assert zero.PRIMES < about < 2 * zero.PRIMES


def test_square_roots_are_found_where_there_are_any() -> None:
    """By Euler: squares have a root that is +r or −r, all others have none."""
    for seed in range(12):
        trial = Trial(Algebra(), f"square {seed}")
        p = trial.prime
        for which in range(4):
            r = trial._draw(which)
            assert trial._square_root(which, r * r % p) in (r, p - r)
            assert trial.sibling(signs={which: -1})._square_root(which, r * r % p) == p - trial._square_root(which, r * r % p)
            with pytest.raises(zero.NoRoot):  # p ≡ 3 (mod 4): −1 is no square
                trial._square_root(which, -r * r % p)


@pytest.mark.parametrize(("count", "decided"), [(6, True), (7, False)])
def test_the_number_of_roots_is_limited(count: int, decided: bool) -> None:
    """Every choice of signs is tried: 64 for six roots, and seven are too many; exactly there is no such limit."""
    roots = [Power(Add((Sym(f"s{n}", ()), Sym("t", ()))), Num(F(1, 2))) for n in range(count)]
    twice = Statement(Times(Num(F(2)), Add(tuple(roots))), Add(tuple(Times(Num(F(2)), root) for root in roots)), Context())
    assert isinstance(check(twice, {}, exact=True), Equal)
    answer = check(twice, {}, exact=False)
    assert isinstance(answer, Equal) if decided else isinstance(answer, CannotTell) and answer.limit


def test_values_are_drawn_from_all_but_zero() -> None:
    """1..p−1: all of them for p = 5, never 0."""
    trial = Trial(Algebra(), "small")
    trial.prime = 5
    assert {trial.value(Symbol(f"x{n}")) for n in range(60)} == {1, 2, 3, 4}
    assert {trial._draw(n) for n in range(60)} == {1, 2, 3, 4}


def test_polynomials_and_expressions_have_one_value_modulo_p() -> None:
    """Rational functions, exponentials and logs: by nodes, and by the polynomial in the generators."""
    rng = random.Random(6)
    for _ in range(30):
        e = rng.choice((x, y, log(x * y), exp(x - y)))
        for _ in range(3):
            other = rng.choice((x, y + 1, Rational(-5, 3), exp(x / 2 + 1), log(y + 2), exp(3 * y) * z, s))
            e = rng.choice((e + other, e * other, e**2, e / other, 1 / (e + other), exp(-other) * e))
        algebra = Algebra(values={s: x * y - 2})
        trial = Trial(algebra, "both")
        assert trial.value(e) == trial.poly(algebra.expand(e)), e


def test_fixed_symbols_and_signs_are_handed_on() -> None:
    """A sibling keeps what is not given anew; drawn values are shared, evaluated ones are not."""
    algebra = Algebra(switches={h})
    for n in range(20):
        trial = Trial(algebra, f"signs {n}")
        root = Pow(x + y, half)
        try:
            plus = trial.value(root)
        except zero.NoRoot:
            continue
        minus = trial.sibling(fixed={h: 1}, signs=dict.fromkeys(trial.roots, -1))
        assert (minus.value(root), minus.value(h)) == (trial.prime - plus, 1)
        again = minus.sibling(fixed={h: 0})
        assert (again.value(root), again.value(h)) == (trial.prime - plus, 0)
        other = minus.sibling(signs=dict.fromkeys(trial.roots, 1))
        assert (other.value(root), other.value(h), other.value(x)) == (plus, 1, trial.value(x))
        return
    raise AssertionError("no point found")


def test_roots_of_other_degrees_are_free() -> None:
    """Modulo p a cube root is any number, the same wherever it occurs."""
    algebra = Algebra()
    trial = Trial(algebra, "cube")
    r = trial.value(Pow(x + y, third))
    assert trial.value(Pow(x + y, 2 * third)) == r * r % trial.prime
    assert trial.value(Pow(x + y, 4 * third)) == r * trial.value(x + y) % trial.prime
    assert trial.value(Pow(x + z, third)) != r


# ----------------------------------------------------------- degrees, heights


LOG3 = mpmath.log(3, 2)


@pytest.mark.parametrize(
    ("e", "numerator", "denominator", "bits"),
    [
        (x, 1, 0, 0), (3 * x, 1, 0, 3), (Rational(-5, 8) * x, 1, 0, 3 + 4), (x + y, 1, 0, LOG3), (x + y + z, 1, 0, 2),
        (3 * x + 4, 1, 0, (2 + 1) + (3 + 1) + LOG3), ((x + y) ** 2, 2, 0, 2 * LOG3), ((x + y) ** -3, 0, 3, 3 * LOG3),
        (1 / x + 1 / y**2, 2, 3, LOG3), (x / y + y / x, 2, 2, LOG3), (1 / x + 1 / y + 1 / z, 2, 3, 2),
        (exp(-3 * x) * y, 61, 0, 0), (exp(x) ** 2 * y**-3, 60, 3, 0), (exp(third), 20, 0, 0), (exp(-third), 20, 0, 0),
        (exp(y - 2 * log(x)), 60, 2, 0),
        (exp(x - 2), 60 + 120, 0, 0),
    ],
)  # fmt: skip
def test_measures_by_hand(e: Any, numerator: float, denominator: float, bits: Any) -> None:
    """A sum's bits are those of its terms and of their number plus 1; a generator's are those of its body."""
    found = Algebra().measure(e)
    assert (found.numerator, found.denominator) == (numerator, denominator)
    if bits is not None:
        assert found.bits == pytest.approx(float(bits), abs=1e-9)


def test_norms_are_bounded() -> None:
    """Numerator and denominator of random rational functions have ℓ₁-norms of at most 2^bits, and degrees as told."""
    rng = random.Random(12)
    for _ in range(25):
        e = rng.choice((x, y, Rational(3, 7)))
        for _ in range(4):
            other = rng.choice((x, y, Rational(-17, 12), x + 2, x * y - 3, 5 * y, x / 9))
            e = rng.choice((e + other, e * other, e**2, 1 / (e + other), e / other, e - 1 / other, e**-1))
        found = Algebra().measure(e)
        for part, degree in zip(sympy.fraction(sympy.together(e)), (found.numerator, found.denominator), strict=True):
            poly = sympy.Poly(part, x, y)
            assert poly.total_degree() <= degree
            assert sum(abs(int(c)) for c in poly.coeffs()) <= 2**found.bits
