"""Exact numbers agree with floats, decide what is decidable, and refuse the rest."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath
import pytest

from derivations.prove import exactnumber as exact
from derivations.prove.dual import Dual, Functions, Value, primal, reciprocal, tangent
from derivations.prove.exactmatrix import determinant, inverse, particular_solution
from derivations.prove.exactnumber import (
    LOG2,
    LOG_PI,
    PI,
    TWO_LOG,
    E,
    Element,
    Generator,
    Number,
    OffDomain,
    OnKink,
    Unrepresentable,
    exponential,
    generator,
    logarithm,
    nonzero,
    power,
    quotient,
    sign,
    text,
)

F = Fraction
VALUES = {LOG2: math.log(2), PI: math.pi, LOG_PI: math.log(math.pi), E: math.e}


def as_float(x: Number) -> float:
    """Straight from the sums, without the enclosures under test."""
    if not isinstance(x, Element):
        return float(x)
    return _poly(x.num) / _poly(x.den)


def _poly(p: exact.Poly) -> float:
    return sum(float(c) * math.prod(_generator(g) ** float(e) for g, e in m) for m, c in p.items())


def _generator(g: Generator) -> float:
    if g.kind == "log":
        return math.log(g.number)
    return float(g.number) if g.kind == "root" else VALUES[g]


@pytest.mark.parametrize("g", [LOG2, PI, LOG_PI, E, Generator("log", 3), Generator("log", 1_000_003)])
def test_enclosures_hold_the_number_and_are_narrow(g: Generator) -> None:
    low, high = exact._enclosure(g, 64)
    assert low < high
    assert high - low < F(1, 2**60)
    assert abs(float(low) - _generator(g)) < 1e-14 * max(1.0, _generator(g))


def test_finer_enclosures_lie_inside_coarser_ones() -> None:
    for g in (LOG2, PI, LOG_PI, E, Generator("log", 7)):
        (a, b), (c, d) = exact._enclosure(g, 64), exact._enclosure(g, 192)
        assert a <= c < d <= b


def test_the_enclosure_of_log_two_is_right_to_sixty_digits() -> None:
    """ln 2 to 60 decimals, from the tables."""
    digits = F(693147180559945309417232121458176568075500134360255254120680, 10**60)
    low, high = exact._enclosure(LOG2, 192)
    assert low < digits + F(1, 10**59)
    assert high > digits - F(1, 10**59)
    assert not low <= digits + F(1, 10**40) <= high


def test_arithmetic_agrees_with_floats() -> None:
    rng = random.Random(11)
    irrational = (TWO_LOG, logarithm(3), power(2, F(1, 2), True), generator(PI), exponential(F(1, 2), True))
    atoms: list[Number] = [F(1, 3), 2, -1, *irrational]
    for _ in range(300):
        x, y = rng.choice(atoms), rng.choice(atoms)
        for _ in range(3):
            op = rng.choice("+-*/")
            z = rng.choice(atoms)
            x, y = (y, x + z) if op == "+" else (y, x - z) if op == "-" else (y, x * z) if op == "*" else (y, quotient(x, z))
        total = x + y
        assert as_float(total) == pytest.approx(as_float(x) + as_float(y), rel=1e-9, abs=1e-9)
        if nonzero(y):
            assert as_float(quotient(x, y)) == pytest.approx(as_float(x) / as_float(y), rel=1e-9)


def test_equal_numbers_written_differently_are_equal() -> None:
    t = TWO_LOG
    assert quotient(t * t - 1, t - 1) == t + 1
    assert quotient(t, t) == 1
    assert t - t == 0
    assert power(8, F(1, 2), True) == power(2, F(1, 2), True) * 2
    assert power(2, F(1, 3), True) * power(2, F(2, 3), True) == 2
    assert logarithm(12) == t * 2 + logarithm(3)
    assert exponential(logarithm(F(9, 14)), False) == F(9, 14)


def test_unequal_numbers_are_told_apart() -> None:
    assert nonzero(TWO_LOG - F(6931471805599453, 10**16))
    assert nonzero(logarithm(3) - TWO_LOG * F(3, 2))
    assert nonzero(generator(PI) - F(355, 113))
    assert not nonzero(logarithm(6) - TWO_LOG - logarithm(3))


def test_signs_are_those_of_the_reals() -> None:
    assert sign(TWO_LOG - F(6931471805599453, 10**16)) == 1
    assert sign(TWO_LOG - F(6931471805599454, 10**16)) == -1
    assert sign(quotient(TWO_LOG - 1, TWO_LOG - 2)) == 1
    assert sign(power(2, F(1, 2), True) - F(141421356237, 10**11)) == 1
    assert sign(0) == 0


def test_what_cannot_be_decided_is_refused() -> None:
    """log 2·log 3 against a rational that agrees with it to 300 digits: closer than the enclosures reach."""
    product = logarithm(2) * logarithm(3)
    low, _ = exact._poly_enclosure(product.num, 2000) if isinstance(product, Element) else (F(0), F(0))
    with pytest.raises(Unrepresentable):
        nonzero(product - low)


def test_exponentials_of_whole_multiples_of_log_two_are_powers_of_two() -> None:
    assert exponential(TWO_LOG * 5, False) == 32
    assert exponential(TWO_LOG * -2, False) == F(1, 4)
    assert exponential(0, False) == 1
    for refused in (1, F(1, 2), TWO_LOG * F(1, 2), TWO_LOG + 1, TWO_LOG * TWO_LOG, quotient(1, TWO_LOG)):
        with pytest.raises(Unrepresentable):
            exponential(refused, False)


def test_roots_are_exact_or_refused() -> None:
    assert power(F(9, 4), F(1, 2), False) == F(3, 2)
    assert power(8, F(-2, 3), False) == F(1, 4)
    assert power(TWO_LOG * TWO_LOG * 4, F(1, 2), False) == TWO_LOG * 2
    assert power(0, F(1, 2), False) == 0
    with pytest.raises(Unrepresentable):
        power(2, F(1, 2), False)
    with pytest.raises(OffDomain):
        power(-1, F(1, 2), True)
    with pytest.raises(OffDomain):
        power(0, F(-1, 2), True)


def test_huge_powers_are_refused_before_they_are_computed() -> None:
    with pytest.raises(Unrepresentable):
        power(3, 10**9, False)
    with pytest.raises(Unrepresentable):
        exponential(TWO_LOG * 10**9, True)


def test_integer_roots_are_floors() -> None:
    rng = random.Random(5)
    for _ in range(2000):
        degree, n = rng.choice((2, 3, 7, 85)), rng.getrandbits(rng.choice((3, 30, 600)))
        root = exact.integer_root(n, degree)
        assert root**degree <= n < (root + 1) ** degree


def test_domains() -> None:
    for undefined in (0, -1, TWO_LOG - 1):
        with pytest.raises(OffDomain):
            logarithm(undefined)
    with pytest.raises(OffDomain):
        quotient(1, 0)


def test_a_carried_logarithm_has_the_right_sign() -> None:
    """log(1 + ln 2) > 0 > log(ln 2): carried for their derivatives, and still real numbers."""
    assert sign(logarithm(TWO_LOG + 1)) == 1
    assert sign(logarithm(TWO_LOG)) == -1
    assert logarithm(TWO_LOG) + logarithm(quotient(1, TWO_LOG)) == 0


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (F(3, 7), "3/7"),
        (TWO_LOG, "log(2)"),
        (TWO_LOG * 3 + F(1, 2), "1/2 + 3*log(2)"),
        (quotient(TWO_LOG + 1, 2 - TWO_LOG), "(1 + log(2))/(2 - log(2))"),
        (power(F(1, 2), F(1, 2), True), "sqrt(2)/2"),
        (exponential(F(-1, 2), True), "exp(-1/2)"),
        (-logarithm(3), "-log(3)"),
    ],
)
def test_text(number: Number, written: str) -> None:
    assert text(number) == written


# ------------------------------------------------------------------- duals


def derivative(name: str, at: Value) -> Value:
    return tangent(Functions(True).table[name](Dual(1, at, {0: 1})), 1, 0)


@pytest.mark.parametrize("name", ["exp", "log", "tanh", "sigmoid", "relu", "abs"])
def test_derivatives_agree_with_differences(name: str) -> None:
    plain = {
        "exp": math.exp, "log": math.log, "tanh": math.tanh, "sigmoid": lambda u: 1 / (1 + math.exp(-u)),
        "relu": lambda u: max(u, 0.0), "abs": abs,
    }[name]  # fmt: skip
    u, h = 2 * math.log(2), 1e-5
    expected = (plain(u + h) - plain(u - h)) / (2 * h)
    assert as_float(primal(derivative(name, TWO_LOG * 2))) == pytest.approx(expected, rel=1e-6)


def test_nested_directions_are_not_confused() -> None:
    """d/dx (x · d/dy (x + y)) = 1, where a single tangent would give 2."""
    x = Dual(1, 3, {0: 1})
    inner = tangent(x + Dual(2, 5, {0: 1}), 2, 0)
    assert tangent(x * inner, 1, 0) == 1


def test_gates_have_no_value_at_their_kink() -> None:
    for name in ("relu", "step", "abs", "sign"):
        with pytest.raises(OnKink):
            Functions(True).table[name](TWO_LOG - TWO_LOG)


def test_reciprocal_of_zero_with_a_derivative_is_off_the_domain() -> None:
    with pytest.raises(OffDomain):
        reciprocal(Dual(1, 0, {0: 1}))


# ---------------------------------------------------------------- matrices


def test_inverse_and_determinant() -> None:
    entries: list[Value] = [0, 1, 2, 1, 0, 3, 4, -3, 8]
    assert determinant(entries, 3) == -2
    found = inverse(entries, 3)
    product = [sum(primal(entries[3 * i + k]) * primal(found[3 * k + j]) for k in range(3)) for i in range(3) for j in range(3)]
    assert product == [1, 0, 0, 0, 1, 0, 0, 0, 1]
    with pytest.raises(OffDomain):
        inverse([1, 2, 2, 4], 2)


def test_large_determinants_keep_the_sign_of_the_exchanges() -> None:
    shift: list[Value] = [int(j == (i + 1) % 5) for i in range(5) for j in range(5)]
    swap: list[Value] = [int(j == (1 - i if i < 2 else i)) for i in range(5) for j in range(5)]
    assert determinant(shift, 5) == 1
    assert determinant(swap, 5) == -1


def test_linear_systems_are_solved_or_declined() -> None:
    assert particular_solution([[1, 1], [1, -1]], [3, 1], [0, 1]) == [2, 1]
    assert particular_solution([[1, 1], [2, 2]], [3, 1], [0, 1]) is None
    assert particular_solution([[1, 1]], [3], [1, 0]) == [0, 3]


# --------------------------------------------- arithmetic, beside ninety digits

MP = mpmath.mp.clone()  # other tests set the precision of the one that all share
MP.dps = 90
LOG3 = Generator("log", 3)
LOGSUM = Generator("logsum", argument=((((), 1), (((LOG2, 1),), 1)), (((), 1),)))  # log(1 + log 2)
BELOW = Generator("logsum", argument=((((), 1), (((LOG3, 1),), -3)), (((), 1), (((LOG2, 1),), -2))))  # both sums negative
GENERATORS = {
    LOG2: MP.log(2), LOG3: MP.log(3), PI: +MP.pi, LOG_PI: MP.log(MP.pi), E: +MP.e,
    Generator("root", 2): MP.mpf(2), Generator("root", 5): MP.mpf(5), LOGSUM: MP.log(1 + MP.log(2)),
    BELOW: MP.log((3 * MP.log(3) - 1) / (2 * MP.log(2) - 1)),
}  # fmt: skip


def digits(x: Number) -> Any:
    """The number to 60 digits, straight from its sums."""
    return _digits(x.num) / _digits(x.den) if isinstance(x, Element) else MP.mpf(x.numerator) / x.denominator


def _digits(p: exact.Poly) -> Any:
    terms = [c * MP.mpf(1) if isinstance(c, int) else MP.mpf(c.numerator) / c.denominator for c in p.values()]
    return sum(t * MP.fprod(_digit_power(g, e) for g, e in m) for t, m in zip(terms, p, strict=True))


def _digit_power(g: Generator, e: exact.Rational) -> Any:
    if g.kind == "logsum":
        above, below = (_digits(dict(items)) for items in g.argument)
        base = MP.log(above / below)
    else:
        base = GENERATORS[g] if g in GENERATORS else MP.log(g.number) if g.kind == "log" else MP.mpf(g.number)
    return base ** (MP.mpf(e.numerator) / e.denominator)


def close(x: Any, y: Any) -> bool:
    return abs(x - y) < MP.mpf(10) ** -45 * (1 + abs(x))


def normal(x: Number) -> bool:
    """No zero coefficient or exponent, sorted generators, fractional powers of primes in (0, 1), no lone denominator.

    A denominator begins with 1.
    """
    if not isinstance(x, Element):
        return True
    monomials = [m for p in (x.num, x.den) for m in p]
    return (
        all(c for p in (x.num, x.den) for c in p.values())
        and all(list(m) == sorted(m) and all(e for _, e in m) for m in monomials)
        and all(0 < e < 1 for m in monomials for g, e in m if g.kind == "root")
        and (len(x.den) > 1 or x.den == exact.UNIT_POLY)
        and x.den[min(x.den)] == 1
    )


SMALL: list[Number] = [
    TWO_LOG, logarithm(3), generator(PI), generator(E), generator(E, F(1, 2)), power(2, F(1, 2), True), power(5, F(2, 3), True),
    TWO_LOG + 1, logarithm(TWO_LOG + 1), 2, -3, F(1, 3), F(-5, 2), 1, 0,
]  # fmt: skip


@pytest.mark.parametrize("seed", range(8))
def test_field_operations(seed: int) -> None:
    """Sums, differences, products, quotients and powers of random numbers have the values that they should, in normal form."""
    rng = random.Random(seed)
    for _ in range(60):
        x, y, z = (rng.choice(SMALL) for _ in range(3))
        a, b = x * y + z, y - z * rng.choice((1, 2, F(1, 2)))
        for got, wanted in ((a + b, digits(a) + digits(b)), (a - b, digits(a) - digits(b)), (a * b, digits(a) * digits(b)),
                            (-b, -digits(b)), (1 - b, 1 - digits(b)), (F(1, 2) + b, 0.5 + digits(b)), (b - 2, digits(b) - 2),
                            (3 * a, 3 * digits(a)), (a * F(-2, 3), digits(a) * -2 / 3)):  # fmt: skip
            assert close(digits(got), wanted)
            assert normal(got)
        assert sign(a) == MP.sign(digits(a)) if abs(digits(a)) > 1e-30 else not nonzero(a)
        if abs(digits(b)) > 1e-30:
            assert close(digits(quotient(a, b)), digits(a) / digits(b))
            assert normal(quotient(a, b))
            assert close(digits(exact.whole_power(b, -2)), digits(b) ** -2)
        assert close(digits(exact.whole_power(b, 3)), digits(b) ** 3)


def test_foreign_operands_are_refused() -> None:
    for operation in (lambda: TWO_LOG + "1", lambda: TWO_LOG * "1", lambda: TWO_LOG - "1", lambda: hash(TWO_LOG)):  # type: ignore[operator]
        with pytest.raises(TypeError):
            operation()
    assert TWO_LOG != "log(2)"
    assert TWO_LOG * 0 == 0 == 0 * TWO_LOG
    assert TWO_LOG + 0 is TWO_LOG


def polynomial(coefficients: list[int], x: Number) -> Number:
    total: Number = 0
    for c in reversed(coefficients):
        total = total * x + c
    return total


def test_common_factors_are_divided_out() -> None:
    """P·G / Q·G is written like P / Q: polynomials in one number, with negative powers as well; P / cP is a rational."""
    rng = random.Random(3)
    for _ in range(60):
        x = rng.choice((TWO_LOG, generator(PI), quotient(1, TWO_LOG)))
        p, q, g = (polynomial([rng.randint(-3, 3) for _ in range(rng.randint(1, 3))] + [1], x) for _ in range(3))
        assert text(quotient(p * g, q * g)) == text(quotient(p, q))
        assert quotient(p, p * F(-2, 3)) == F(-3, 2)
    both = TWO_LOG + logarithm(3) + 1
    assert quotient(both * 6, both * 4) == F(3, 2)
    assert isinstance(quotient(both * 6, both * 3), int)
    assert isinstance(quotient(both + 1, both), Element)
    assert text(quotient(1, 2 * both)) == "1/(2 + 2*log(2) + 2*log(3))"


@pytest.mark.parametrize("seed", range(3))
def test_polynomials_are_divided_with_a_shorter_remainder(seed: int) -> None:
    """a = q·b + r, the leading coefficient of r not 0."""
    rng = random.Random(seed)
    for _ in range(40):
        a, b = (
            [F(rng.randint(-3, 3), rng.choice((1, 2))) for _ in range(rng.randint(0, 6))] + [F(rng.choice((-2, 1, 3)))]
            for _ in "ab"
        )
        q, r = exact._divide_dense(a, b)
        assert len(r) < len(b)
        assert not r or r[-1]
        product_ = [sum((q[i] * b[k - i] for i in range(len(q)) if 0 <= k - i < len(b)), F(0)) for k in range(len(a))]
        assert [c + (r[k] if k < len(r) else 0) for k, c in enumerate(product_)] == a
        assert len(q) <= max(len(a) - len(b) + 1, 0)


def roots(*of: int) -> list[Number]:
    return [power(n, F(1, 2), True) for n in of]


def test_identities_of_radicals() -> None:
    r2, r3, r6 = roots(2, 3, 6)
    third, ninth = power(2, F(1, 3), True), power(4, F(1, 3), True)
    assert (1 + r2) * (1 - r2) == -1
    assert (1 + r2 + r3) * (1 + r2 + r3) == 6 + 2 * r2 + 2 * r3 + 2 * r6
    assert exact.whole_power(r2 + r3, 4) == 49 + 20 * r6
    assert (third - 1) * (ninth + third + 1) == 1
    assert exact.whole_power(third + 1, 3) == 3 + 3 * third + 3 * ninth
    assert quotient(1, 1 + r2) == r2 - 1
    assert quotient(1, r2 + r3) == r3 - r2
    assert quotient(6, r6) == r6
    assert quotient(r2 + r6, r2) == 1 + r3
    assert quotient(r2 + r6, 1 + r3) == r2
    assert (1 + r2) * quotient(1, 1 + r3) != r2
    assert quotient(r3, 1 + r2) != quotient(r2, 1 + r3)
    for whole in (quotient(3 + 3 * r2, 1 + r2), (1 + r2) * (1 - r2), r6 * r6, quotient(r2 * r3, r6)):
        assert isinstance(whole, int)


def test_identities_with_logarithms_and_powers_of_e() -> None:
    t, u, half = TWO_LOG, logarithm(3), generator(E, F(1, 2))
    assert (half + quotient(1, half)) * (half - quotient(1, half)) == generator(E) - generator(E, -1)
    assert exact.whole_power(t + u, 2) == t * t + 2 * t * u + u * u
    assert quotient(1, t) + quotient(1, u) == quotient(t + u, t * u)
    assert quotient(t, t + 1) + quotient(1, t + 1) == 1
    assert quotient(t, u + 1) - quotient(1, u + 2) == quotient(t * u + 2 * t - u - 1, (u + 1) * (u + 2))
    assert quotient(quotient(t, u), quotient(t + 1, u)) == quotient(t, t + 1)
    assert exponential(2 * t + 3 * u - 1, True) == 108 * generator(E, -1)
    assert logarithm(generator(E, F(3, 2)) * roots(2)[0] * t * quotient(5, generator(PI) * generator(PI))) == F(3, 2) + t * F(
        1, 2
    ) + logarithm(t) + logarithm(5) - 2 * generator(LOG_PI)


@pytest.mark.parametrize(
    "work",
    [
        lambda k: sum(map(logarithm, PRIMES[: 119 + k]), start=0),  # 119 terms above the bar, one below
        lambda k: quotient(1, sum(map(logarithm, PRIMES[: 119 + k]), start=0)),
        lambda k: polynomial([1] * 60, TWO_LOG) * polynomial([1] * (50 + k), TWO_LOG),  # 3000 products
        lambda k: exact.whole_power(TWO_LOG, 32 + k),
        lambda k: exact.whole_power(5, 2730 + k),  # three binary digits each
        lambda k: exact.whole_power(F(2, 5), 2730 + k),
        lambda k: exact.whole_power(F(5, 2), -2730 - k),
        lambda k: exponential(logarithm(5) * (2730 + k), False),
        lambda k: exponential(logarithm(F(1, 5)) * (2730 + k), False),
        lambda k: exponential(64 + F(k, 3), True),
        lambda k: exponential(-64 - F(k, 3), True),
        lambda k: power(999_983 + k * 20, F(1, 2), True),  # the last prime below 10⁶, the first above
    ],
)
def test_the_largest_numbers(work: Callable[[int], Number]) -> None:
    """At the limit there is an exact number, beyond it a refusal."""
    assert nonzero(work(0))
    with pytest.raises(Unrepresentable):
        work(1)


PRIMES = [p for p in range(2, 1000) if all(p % d for d in range(2, math.isqrt(p) + 1))]


def test_common_factors_are_looked_for_up_to_degree_thirty() -> None:
    """(tⁿ - 1)/(t - 1) is a sum of powers; beyond, it stays a quotient, and the number is the same."""
    for n, found in ((2, True), (29, True), (30, False)):
        for t in (TWO_LOG, quotient(1, TWO_LOG)):
            q = quotient(exact.whole_power(t, n) - 1, t - 1)
            assert isinstance(q, Element)
            assert (len(q.den) == 1) is found
            assert q == polynomial([1] * n, t)


def test_what_is_known_not_to_be_zero() -> None:
    """A polynomial in one transcendental over roots of primes, whatever it is near; of log π nothing is known."""
    for number in (TWO_LOG, generator(PI), generator(E)):
        assert isinstance(number, Element)
        near = exact._poly_enclosure(number.num, 2000)[0]
        assert nonzero(number - near)
        assert nonzero(roots(2)[0] * number - near * roots(3)[0])
        assert nonzero(exact.whole_power(number - near, 2))
    for number in (generator(LOG_PI), TWO_LOG * logarithm(3), TWO_LOG + generator(PI), logarithm(1 + TWO_LOG)):
        assert isinstance(number, Element)
        unknown = number - exact._poly_enclosure(number.num, 2000)[0]
        for question in (nonzero, sign, lambda x: quotient(1, x), logarithm):
            with pytest.raises(Unrepresentable):
                question(unknown)
        assert nonzero(number)
        assert nonzero(-number * 3)
        assert sign(-number) == -1
    for number in (0, F(0), TWO_LOG - TWO_LOG):
        assert nonzero(number) is False
    for number in (1, F(-1, 2)):
        assert nonzero(number) is True


NEAR_ZERO: list[Number] = [TWO_LOG - F(1, 2), TWO_LOG * F(1, 2) - F(1, 3), F(1, 3) - TWO_LOG * F(1, 2), 1 - TWO_LOG * 2]
ONE_SIGN: list[Number] = [TWO_LOG, -TWO_LOG, TWO_LOG * F(-1, 2) - F(1, 3), TWO_LOG * F(1, 2) + F(1, 3)]


@pytest.mark.parametrize("x", [3, -3, F(1, 2), F(-1, 2), *NEAR_ZERO, *ONE_SIGN])
@pytest.mark.parametrize("y", [2, -2, 1 - 3 * TWO_LOG, 3 * TWO_LOG - 1, 2 + TWO_LOG, -2 - TWO_LOG])
def test_signs_of_quotients(x: Number, y: Number) -> None:
    assert sign(quotient(x, y)) == (1 if (digits(x) > 0) == (digits(y) > 0) else -1)


@pytest.mark.parametrize("x", [F(4, 3), F(3, 4), F(8, 25), F(49, 2), 12, F(1, 12)])
def test_a_root_above_or_below_the_bar_alone_is_none(x: exact.Rational) -> None:
    with pytest.raises(Unrepresentable):
        power(x, F(1, 2), False)
    root = power(x, F(1, 2), True)
    assert root * root == x
    assert isinstance(root, Element)
    assert list(root.den) == [()]


def test_zero_has_powers_above_zero_only() -> None:
    for q in (F(1, 2), F(7, 3)):
        for extended in (True, False):
            assert power(0, q, extended) == 0
            with pytest.raises(OffDomain):
                power(0, -q, extended)
    with pytest.raises(OffDomain):
        exact.whole_power(0, -1)
    for negative in (-4, F(-1, 9), TWO_LOG - 1):
        with pytest.raises(OffDomain):
            power(negative, F(1, 2), True)


# ------------------------------------------------------------- enclosures


GIVEN = [g for g in GENERATORS if g.kind != "root"]


@pytest.mark.parametrize("bits", [8, 64, 112, 192])
def test_every_enclosure_holds_its_number(bits: int) -> None:
    """And is as narrow as asked for; where no enclosure is put into another, its middle is much nearer."""
    width = MP.mpf(2) ** -bits
    for g in GIVEN:
        low, high = map(digits, exact._enclosure(g, bits))
        assert 0 < low < GENERATORS[g] < high < low + (16 if g.kind == "logsum" else 4) * width
        if g.kind in ("log", "pi", "e"):
            assert abs((low + high) / 2 - GENERATORS[g]) < width / 2**50
    for q in (F(1), F(4, 3), F(3, 2), F(2), F(1999, 1000), F(5, 2), F(1023), F(1024), F(10**9 + 7, 13), F(2**200 + 1, 3)):
        low, high = map(digits, exact._log_enclosure(q, bits))
        assert low <= MP.log(digits(q)) < high <= low + 2 * width
        assert high - MP.log(digits(q)) - width < width / 2**50


@pytest.mark.parametrize("places", [0, 1, 5, 20, 64])
def test_series_in_fixed_point(places: int) -> None:
    """All are sums of terms that are rounded down: of atanh z never above it, of e exactly that."""
    assert exact._e(places) == sum(2**places // math.factorial(k) for k in range(40))
    for turn, function in ((1, MP.atanh), (-1, MP.atan)):
        assert exact._arc(F(0), turn, places) == 0
        for z in (F(1, 3), F(1, 5), F(2, 7), F(1, 239)):
            lost = function(digits(z)) * 2**places - exact._arc(z, turn, places)
            assert abs(lost) < places + 9
            assert lost >= 0 or turn == -1


def test_a_tiny_logarithm_has_a_reciprocal() -> None:
    """1/log(1 + t) lies between 1/t and 1/t + 1; also where log(1 + t) is far below the coarsest enclosures' width."""
    for places in (3, 30, 100):
        t = TWO_LOG * F(1, 10**places)
        above = quotient(1, logarithm(1 + t)) - quotient(1, t)
        assert (sign(above), sign(above - 1)) == (1, -1)
        assert sign(power(logarithm(1 + t), F(-3, 2), True) - 10**places) == 1
        assert sign(power(logarithm(1 + t), F(1, 2), True) * 10**places - 1) == 1


def test_what_an_enclosure_does_not_decide_is_refused() -> None:
    """The sum below the bar, then the quotient less 1: of a size that 64 bits do not tell from 0, and 192 do."""
    near = F(int(MP.floor(MP.log(2) * MP.log(3) * 10**30)), 10**30)
    one, little = ((), 1), (((), -near), (((LOG2, 1), (LOG3, 1)), 1))
    for argument in (((one,), little), ((((), 1 - near), little[1]), (one,))):
        g = Generator("logsum", argument=argument)
        with pytest.raises(Unrepresentable):
            exact._enclosure(g, 64)
        low, high = map(digits, exact._enclosure(g, 192))
        value = MP.log(_digits(dict(argument[0])) / _digits(dict(argument[1])))
        assert low < value < high < low + MP.mpf(2) ** -80


POWERS = [1, 2, -1, -3, F(1, 2), F(2, 3), F(-1, 2), F(-7, 5), F(3, 16), F(1, 5000), F(-5000, 4999)]


@pytest.mark.parametrize("exponent", POWERS)
def test_powers_are_rounded_outwards(exponent: exact.Rational) -> None:
    """To multiples of 2^-bits, the next ones: m/2^bits ≤ x^(a/b) means m^b ≤ x^a·2^(b·bits)."""
    a, b = abs(exponent.numerator), exponent.denominator
    for bits, low, high in ((0, F(3, 2), F(8, 5)), (9, F(4), F(9)), (24, F(1, 100), F(1, 3)), (40, F(7), F(7))):
        if b > 100 and bits > 9:
            continue
        least, most = exact._power_enclosure(low, high, exponent, bits)
        x, y = (low**a, high**a) if exponent > 0 else (1 / high**a, 1 / low**a)
        if b == 1:
            assert (least, most) == (x, y)
        else:
            assert least.denominator <= 2**bits >= most.denominator
            step = F(1, 2**bits)
            assert least**b <= x < (least + step) ** b
            assert (most - step) ** b <= y < most**b


@pytest.mark.parametrize("exponent", [5001, -5001, F(1, 5001), F(-1, 5001), F(5001, 2)])
def test_powers_too_fine_to_enclose(exponent: exact.Rational) -> None:
    with pytest.raises(Unrepresentable):
        exact._power_enclosure(F(3, 2), F(8, 5), exponent, 8)


def test_sums_are_enclosed() -> None:
    """Also where coefficients are negative and enclosures are multiplied: a product is as wide as its factors are large."""
    numbers = (
        TWO_LOG * -3 + generator(PI), generator(PI) * TWO_LOG - logarithm(3) * F(1, 2), power(2, F(-1, 2), True),
        generator(E) * generator(PI) * -2 - 5, generator(E, -2) * 7 - power(2, F(1, 2), True) * TWO_LOG, generator(BELOW) - 2,
        generator(LOGSUM, F(-1, 2)) - generator(LOG_PI),
    )  # fmt: skip
    for number in numbers:
        assert isinstance(number, Element)
        for bits in (64, 112, 192):
            x, y = map(digits, exact._poly_enclosure(number.num, bits))
            assert x < digits(number) < y < x + MP.mpf(2) ** (6 - bits)


def test_signs_of_near_zeros() -> None:
    """A number against its own first 40 and 100 digits: both signs, above and below the fraction bar."""
    for number in (TWO_LOG * logarithm(3), generator(PI) * generator(E), logarithm(TWO_LOG + 1) - TWO_LOG):
        for places in (10, 50):
            near = F(int(MP.floor(digits(number) * 10**places)), 10**places)
            assert (sign(number - near), sign(near - number)) == (1, -1)
            assert (sign(number - near - F(1, 10**places)), nonzero(number - near)) == (-1, True)
            if places == 10:
                assert sign(quotient(1, near - number)) == -1
                assert sign(quotient(near - number, near - number - 1)) == 1


def test_integer_roots_beside_perfect_powers() -> None:
    for degree, base in product((2, 3, 5, 64), (1, 2, 3, 10, 2**31 - 1, 2**53 + 1, 10**40 + 7)):
        for n, wanted in ((base**degree - 1, base - 1), (base**degree, base), (base**degree + 1, base)):
            assert exact.integer_root(n, degree) == wanted
    assert [exact.integer_root(n, 3) for n in (0, 1, 7, 8, 26, 27)] == [0, 1, 1, 2, 2, 3]
    assert [exact.integer_root(n, 10**9) for n in (0, 1, 2, 2**60)] == [0, 1, 1, 1]


@pytest.mark.parametrize("degree", [3, 4, 7, 64, 500])
def test_newtons_steps_begin_a_little_above_the_root(degree: int) -> None:
    """By no more than its 2^-29th part and 2: few steps are left to go."""
    rng = random.Random(degree)
    for length in (1, 2, 5, 30, 52, 53, 54, 60, 200, 800):
        root = rng.getrandbits(length) | 1 << length
        for n in (root**degree, root**degree + 1, (root + 1) ** degree - 1):
            assert root < exact._above_root(n, degree) <= root + (root >> 29) + 3


# ----------------------------------------------------------------- operations


def test_factorisation() -> None:
    rng = random.Random(2)
    for _ in range(300):
        x = F(rng.randint(1, 10**6), rng.randint(1, 10**6))
        found = exact.factorise(x)
        assert math.prod(F(p) ** k for p, k in found) == x
        assert all(k and all(p % d for d in range(2, math.isqrt(p) + 1)) for p, k in found)
    for p in PRIMES:
        assert exact.factorise(F(p * p, 1)) == ((p, 2),)
        assert exact.factorise(F(1, p)) == ((p, -1),)
    assert exact.factorise(F(1)) == ()
    assert exact.factorise(F(997 * 1009 * 1013, 12)) == ((2, -2), (3, -1), (997, 1), (1009 * 1013, 1))


@pytest.mark.parametrize(
    ("number", "same"),
    [
        (logarithm(F(18, 5)), TWO_LOG + 2 * logarithm(3) - logarithm(5)),
        (logarithm(generator(PI) * generator(PI) * 2), 2 * generator(LOG_PI) + TWO_LOG),
        (logarithm(power(2, F(1, 2), True)), TWO_LOG * F(1, 2)),
        (logarithm(generator(E, F(3, 2)) * 3), logarithm(3) + F(3, 2)),
        (logarithm(TWO_LOG * logarithm(3)), logarithm(TWO_LOG) + logarithm(logarithm(3))),
        (logarithm(quotient(1, TWO_LOG * TWO_LOG)), -2 * logarithm(TWO_LOG)),
        (exponential(generator(LOG_PI) * -2, False), quotient(1, generator(PI) * generator(PI))),
        (exponential(generator(LOG_PI) * F(1, 2), True), generator(PI, F(1, 2))),
        (exponential(TWO_LOG * F(1, 2) + 3, True), power(2, F(1, 2), True) * generator(E, 3)),
        (exponential(64, True), generator(E, 64)),
        (exponential(-64, True), generator(E, -64)),
        (power(F(8, 27), F(2, 3), False), F(4, 9)),
        (power(F(9, 4), F(-3, 2), False), F(8, 27)),
        (power(12, F(1, 2), True), 2 * power(3, F(1, 2), True)),
        (power(F(1, 2), F(1, 3), True), power(4, F(1, 3), True) * F(1, 2)),
        (power(generator(PI) * generator(PI) * 4, F(1, 2), False), 2 * generator(PI)),
        (power(generator(PI) * 9, F(1, 2), True), 3 * generator(PI, F(1, 2))),
        (power(generator(PI), F(-1, 2), True) * generator(PI), generator(PI, F(1, 2))),
        (power(0, F(3, 2), False), 0),
        (power(2, F(3, 2), True), 2 * power(2, F(1, 2), True)),
        (exact.whole_power(F(-2, 3), 3), F(-8, 27)),
        (exact.whole_power(F(2, 3), -2), F(9, 4)),
        (exact.whole_power(5, 0), 1),
        (exact.whole_power(F(1, 2), -1), 2),
        (exponential(TWO_LOG * 4096, False), 2**4096),
        (exact.whole_power(2, 4096), 2**4096),
        (exact.whole_power(F(1, 2), 4096), F(1, 2**4096)),
        (quotient(6, 3), 2),
        (quotient(7, 3), F(7, 3)),
        (quotient(F(1, 2), F(1, 4)), 2),
        (quotient(TWO_LOG * 6, 4), TWO_LOG * F(3, 2)),
        (quotient(1, quotient(2, TWO_LOG + 1)), TWO_LOG * F(1, 2) + F(1, 2)),
        (quotient(3, quotient(F(1, 2), TWO_LOG + 1)), TWO_LOG * 6 + 6),
    ],
)  # fmt: skip
def test_known_values(number: Number, same: Number) -> None:
    assert number == same
    assert normal(number)
    assert type(number) is type(same)


@pytest.mark.parametrize(
    "refused",
    [
        lambda: exponential(65, True), lambda: exponential(-65, True), lambda: exponential(1, False),
        lambda: exponential(generator(LOG_PI) * F(1, 2), False), lambda: exponential(TWO_LOG * F(1, 2), False),
        lambda: exponential(TWO_LOG * logarithm(3), True), lambda: exponential(TWO_LOG * TWO_LOG, True),
        lambda: exponential(quotient(1, TWO_LOG + 1), True), lambda: exponential(generator(PI), True),
        lambda: exponential(TWO_LOG * 4097, False), lambda: exponential(TWO_LOG * -4097, False),
        lambda: exact.whole_power(2, 4097), lambda: exact.whole_power(F(1, 2), 4097), lambda: exact.whole_power(TWO_LOG, 33),
        lambda: power(12, F(1, 2), False), lambda: power(generator(PI), F(1, 2), False),
        lambda: power(TWO_LOG + 1, F(1, 2), True),
        lambda: power(quotient(1, TWO_LOG + 1), F(1, 2), True), lambda: power(1009 * 1013, F(1, 2), True),
    ],
)  # fmt: skip
def test_what_is_not_represented(refused: Callable[[], Number]) -> None:
    with pytest.raises(Unrepresentable):
        refused()


def test_the_edges_of_what_is_written() -> None:
    assert not exact.too_long(2**8191)
    assert exact.too_long(2**8192)
    assert exact.too_long(F(1, 2**8192))
    assert not exact.too_long(F(1, 2**8191))
    assert not exact.writable(TWO_LOG * 2**8192)
    assert not exact.writable(TWO_LOG + 2**8192)
    assert exact.writable(TWO_LOG * 2**8191)
    assert exact.whole_power(TWO_LOG, 32) == exact.whole_power(TWO_LOG, 16) * exact.whole_power(TWO_LOG, 16)
    assert power(1009, F(1, 2), True) * power(1009, F(1, 2), True) == 1009


@pytest.mark.parametrize(
    ("number", "written"),
    [
        (TWO_LOG * TWO_LOG * F(3, 2) - TWO_LOG, "-log(2) + 3*log(2)^2/2"),
        (quotient(5, TWO_LOG), "5*log(2)^(-1)"),
        (quotient(1 - TWO_LOG * F(1, 2), 1 + TWO_LOG), "(2 - log(2))/(2 + 2*log(2))"),
        (quotient(TWO_LOG, TWO_LOG + 1), "log(2)/(1 + log(2))"),
        (power(2, F(1, 3), True), "2^(1/3)"),
        (generator(PI) * generator(PI) - generator(LOG_PI), "-log(pi) + pi^2"),
        (generator(E), "exp(1)"),
        (generator(PI, F(1, 2)), "sqrt(pi)"),
        (logarithm(TWO_LOG + 1), "log(1 + log(2))"),
        (logarithm(TWO_LOG + 1) * logarithm(TWO_LOG + 1), "log(1 + log(2))^(2)"),
        (quotient(F(1, 2) + TWO_LOG * F(1, 3), 1 + TWO_LOG * F(1, 4)), "(6 + 4*log(2))/(12 + 3*log(2))"),
        (quotient(1, 1 + TWO_LOG), "1/(1 + log(2))"),
        (quotient(1, -2 - 3 * TWO_LOG), "-1/(2 + 3*log(2))"),
        (TWO_LOG * TWO_LOG + quotient(1, TWO_LOG * TWO_LOG * TWO_LOG), "log(2)^2 + log(2)^(-3)"),
        (1 - logarithm(3) * TWO_LOG * F(2, 7), "1 - 2*log(2)*log(3)/7"),
        (-TWO_LOG * F(1, 5), "-log(2)/5"),
        (power(2, F(1, 2), True) * power(3, F(2, 3), True), "sqrt(2)*3^(2/3)"),
        (generator(LOG_PI) - generator(PI) * generator(E, 2) * -3, "log(pi) + 3*exp(2)*pi"),
        (logarithm(TWO_LOG + 1) * 2 - 1, "-1 + 2*log(1 + log(2))"),
        (quotient(1, logarithm(TWO_LOG + 1)), "log(1 + log(2))^(-1)"),
        (F(-1, 3), "-1/3"),
        (0, "0"),
        (logarithm(quotient(3, 1 + TWO_LOG)), "log(3/(1 + log(2)))"),
    ],
)
def test_written_numbers(number: Number, written: str) -> None:
    assert text(number) == written


# ------------------------------------------------------------- duals beside differences


FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "exp": MP.exp, "log": MP.log, "tanh": MP.tanh, "sigmoid": lambda u: 1 / (1 + MP.exp(-u)),
    "relu": lambda u: max(u, MP.mpf(0)), "abs": abs, "step": lambda u: MP.mpf(u > 0), "sign": MP.sign,
}  # fmt: skip
POINTS: dict[str, tuple[Number, ...]] = {
    "log": (2, F(1, 3), TWO_LOG),
    "relu": (2, -3),
    "abs": (2, -3),
    "step": (2, -3),
    "sign": (2, -3),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("order", [0, 1, 2])
def test_functions_and_their_derivatives(name: str, order: int) -> None:
    for at in POINTS.get(name, (TWO_LOG, -2 * TWO_LOG, 3 * TWO_LOG)):
        x: Value = at
        for tag in range(1, order + 1):
            x = Dual(tag, x, {0: 1})
        found = Functions(True).table[name](x)
        for tag in range(order, 0, -1):
            found = tangent(found, tag, 0)
        assert abs(digits(primal(found)) - MP.diff(FUNCTIONS[name], digits(at), order)) < 1e-15


@pytest.mark.parametrize("exponent", [2, 3, -1, -2, F(1, 2), F(-1, 2), F(3, 2)])
def test_powers_and_their_derivatives(exponent: exact.Rational) -> None:
    functions = Functions(True)
    for at in (4, F(9, 4)):
        q = digits(exponent)
        assert close(digits(primal(functions.power(at, exponent))), digits(at) ** q)
        assert close(digits(primal(tangent(functions.power(Dual(1, at, {0: 1}), exponent), 1, 0))), q * digits(at) ** (q - 1))
        varying = functions.general_power(at, Dual(1, exponent, {0: 1}))
        assert close(digits(primal(tangent(varying, 1, 0))), digits(at) ** q * MP.log(digits(at)))
        both = functions.general_power(Dual(1, at, {0: 1}), Dual(1, 2, {0: 1}))
        assert close(digits(primal(tangent(both, 1, 0))), digits(at) ** 2 * (MP.log(digits(at)) + 2 / digits(at)))


def test_powers_at_the_edges() -> None:
    functions = Functions(True)
    assert functions.power(5, 0) == 1 == functions.power(0, 0)
    assert functions.power(0, 1) == 0
    assert functions.power(0, 2) == 0
    assert Functions(True, differentiated=False).power(0, F(1, 2)) == 0
    assert functions.general_power(TWO_LOG, TWO_LOG - TWO_LOG) == 1
    for wrong in (lambda: functions.power(0, F(1, 2)), lambda: functions.general_power(0, 0),
                  lambda: functions.general_power(-2, TWO_LOG), lambda: functions.general_power(0, TWO_LOG)):  # fmt: skip
        with pytest.raises(OffDomain):
            wrong()


def test_sine_and_cosine_have_derivatives_at_zero() -> None:
    """sin′ 0 = 1, sin″ 0 = 0, cos′ 0 = 0, cos″ 0 = −1; elsewhere they are not represented."""
    once, twice = Dual(1, 0, {0: 1}), Dual(2, Dual(1, 0, {0: 1}), {0: 1})
    table = Functions(True).table
    assert [table[name](0) for name in ("sin", "cos")] == [0, 1]
    assert [tangent(table[name](once), 1, 0) for name in ("sin", "cos")] == [1, 0]
    assert [tangent(tangent(table[name](twice), 2, 0), 1, 0) for name in ("sin", "cos")] == [0, -1]
    for name in ("sin", "cos"):
        with pytest.raises(Unrepresentable):
            table[name](1)


def test_duals_are_a_ring_of_truncated_series() -> None:
    """(a + bε)(c + dε) = ac + (ad + bc)ε, directions apart, in whatever order."""
    x, y = Dual(1, 3, {0: 1, 1: 5}), Dual(1, 4, {1: 2, 2: 7})
    both = x * y
    assert (primal(both), [tangent(both, 1, k) for k in range(4)]) == (12, [4, 20 + 6, 21, 0])
    assert [tangent(x + y, 1, k) for k in range(3)] == [1, 7, 7]
    assert [tangent(x - y, 1, k) for k in range(3)] == [1, 3, -7]
    assert [tangent(5 - x, 1, k) for k in range(2)] == [-1, -5]
    assert [tangent(x * 2, 1, k) for k in range(2)] == [2, 10]
    assert x * 0 == 0 == 0 * x
    assert x + -x == 0
    assert isinstance(x - Dual(1, 1, {0: 1, 1: 5}), int)
    inner = Dual(2, x, {0: 1})
    for product_ in (inner * x, x * inner):
        assert tangent(tangent(product_, 2, 0), 1, 0) == 1
        assert tangent(product_, 1, 0) == 0  # of the innermost differentiation only
    for sum_ in (inner + x, x + inner):
        assert tangent(sum_, 2, 0) == 1
        assert primal(sum_) == 6


# ---------------------------------------------------------------- matrices at random


def test_matrices_with_random_entries() -> None:
    """A·A⁻¹ = I; det is multiplicative, also above 4×4, and 0 for a repeated row below."""
    rng = random.Random(4)
    for n in (1, 2, 3, 4, 5, 6):
        a, b = ([rng.randint(-3, 3) + 7 * (i == j) for i in range(n) for j in range(n)] for _ in range(2))
        ab = [sum(a[i * n + k] * b[k * n + j] for k in range(n)) for i in range(n) for j in range(n)]
        assert determinant(ab, n) == determinant(a, n) * determinant(b, n)  # type: ignore[operator]
        found = inverse(a, n)
        unit = [sum(a[i * n + k] * primal(found[k * n + j]) for k in range(n)) for i in range(n) for j in range(n)]
        assert unit == [int(i == j) for i in range(n) for j in range(n)]
        wanted = [rng.randint(-3, 3) for _ in range(n)]
        right = [sum(a[i * n + k] * wanted[k] for k in range(n)) for i in range(n)]
        order = rng.sample(range(n), n)
        assert particular_solution([a[i * n : (i + 1) * n] for i in range(n)], right, order) == wanted
    assert determinant([1, 2, 3, 1, 2, 3, 4, 5, 7], 3) == 0
    with pytest.raises(OffDomain):
        determinant([int(i == j and i != 4) for i in range(5) for j in range(5)], 5)
    with pytest.raises(OffDomain):
        inverse([1, 2, 3, 4, 5, 6, 7, 8, 9], 3)


def test_underdetermined_systems_solve_for_the_first_in_order() -> None:
    rows: list[list[Number]] = [[1, 1, 1], [0, 1, 2]]
    for order in ([0, 1, 2], [2, 0, 1], [1, 2, 0]):
        found = particular_solution(rows, [6, 8], order)
        assert found is not None
        assert found[order[2]] == 0
        assert [sum(a * x for a, x in zip(row, found, strict=True)) for row in rows] == [6, 8]
    assert particular_solution([[1, 1], [1, 1]], [2, 3], [0, 1]) is None
    assert particular_solution([[1, 1], [1, 1]], [2, 2], [0, 1]) == [2, 0]
