"""Exact numbers agree with floats, decide what is decidable, and refuse the rest."""

from __future__ import annotations

import math
import random
from fractions import Fraction

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
