"""Numbers that carry derivatives, beside the derivatives of polynomials written out."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import pytest

from derivations.prove.dual import (
    FLAT,
    Dual,
    Flat,
    Functions,
    Value,
    absolute,
    bent,
    cos,
    dual,
    primal,
    quotient,
    reciprocal,
    relu,
    sign,
    sign_function,
    sin,
    step,
    tangent,
)
from derivations.prove.exactnumber import TWO_LOG, E, OffDomain, OnKink, Unrepresentable, generator, logarithm

F = Fraction
Terms = Mapping[tuple[int, int], int]  # of x and y: exponents to coefficient
KNOWN = Functions(True)


def at(p: Terms, x: Any, y: Any) -> Any:
    """The polynomial at numbers of any kind; coefficients and variables on either side, so that every operator has its turn."""
    total: Any = 0
    for (a, b), c in p.items():
        term: Any = c
        for factor in (x,) * a + (y,) * b:
            term = factor * term if (a + c) % 2 else term * factor
        total = total - -term if b % 2 else term + total
    return total


def diff(p: Terms, by: int) -> dict[tuple[int, int], int]:
    return {(a - 1 + by, b - by): c * (a, b)[by] for (a, b), c in p.items() if (a, b)[by]}


def drawn(rng: random.Random) -> Terms:
    return {(rng.randint(0, 3), rng.randint(0, 2)): rng.choice((-3, -2, -1, 1, 2, 4)) for _ in range(4)}


def number(value: Value) -> Any:
    assert not isinstance(value, Dual)
    return value


@pytest.mark.parametrize("seed", range(4))
def test_polynomials_and_their_quotients_have_the_derivatives_written_out(seed: int) -> None:
    """First ones in two directions at once, and (P/Q)′ = (P′Q - PQ′)/Q²."""
    rng = random.Random(seed)
    for _ in range(25):
        p, q = drawn(rng), drawn(rng)
        x, y = F(rng.randint(-4, 4), rng.choice((1, 2, 3))), F(rng.randint(-4, 4))
        at_p, at_q = (at(r, Dual(1, x, {0: 1}), Dual(1, y, {1: 1})) for r in (p, q))
        assert primal(at_p) == at(p, x, y)
        assert [tangent(at_p, 1, k) for k in (0, 1, 2)] == [at(diff(p, 0), x, y), at(diff(p, 1), x, y), 0]
        value = at(q, x, y)
        if not value:
            continue
        for k in (0, 1):
            slope = F(at(diff(p, k), x, y) * value - at(p, x, y) * at(diff(q, k), x, y)) / value**2
            assert tangent(quotient(at_p, at_q), 1, k) == slope
            assert tangent(quotient(3, at_q), 1, k) == F(-3 * at(diff(q, k), x, y)) / value**2
            assert tangent(quotient(at_p, value), 1, k) == F(at(diff(p, k), x, y)) / value
        assert primal(quotient(at_p, at_q)) == F(at(p, x, y)) / value


@pytest.mark.parametrize("seed", range(4))
def test_differentiations_nest_in_either_order(seed: int) -> None:
    """∂²/∂x∂y, ∂²/∂x² and ∂³/∂x²∂y; a variable of the outer differentiation meets duals of the inner one on both sides."""
    rng = random.Random(seed)
    for _ in range(20):
        p, x, y = drawn(rng), rng.randint(-3, 3), rng.randint(-3, 3)
        for one, other in ((1, 2), (2, 1)):
            mixed = at(p, Dual(one, x, {0: 1}), Dual(other, y, {5: 1}))
            inner = tangent(mixed, 2, 0 if one == 2 else 5)
            assert number(tangent(inner, 1, 0 if one == 1 else 5)) == at(diff(diff(p, 0), 1), x, y)
            assert tangent(mixed, 3, 0) == 0
        twice = Dual(2, Dual(1, x, {0: 1}), {0: 1})
        assert number(tangent(tangent(at(p, twice, y), 2, 0), 1, 0)) == at(diff(diff(p, 0), 0), x, y)
        thrice = tangent(tangent(tangent(at(p, twice, Dual(3, y, {0: 1})), 3, 0), 2, 0), 1, 0)
        assert number(thrice) == at(diff(diff(diff(p, 0), 0), 1), x, y)


def test_a_dual_without_derivatives_is_its_primal() -> None:
    assert dual(1, 7, {}) == 7
    assert dual(1, 7, {0: 0, 1: F(0)}) == 7
    kept = dual(1, 7, {0: 0, 1: 2})
    assert isinstance(kept, Dual)
    assert kept.tangents == {1: 2}
    x, y = Dual(1, 3, {0: 1, 1: 5}), Dual(1, 0, {0: 1, 2: 4})
    assert (x - x, x + -x, -x + x) == (0, 0, 0)
    product = y * y  # 0, and its derivatives as well
    assert product == 0
    assert not isinstance(product, Dual)
    some = y * x
    assert isinstance(some, Dual)
    assert some.tangents == {0: 3, 2: 12}
    assert (primal(Dual(2, x, {0: 1})), primal(4), sign(Dual(1, -3, {0: 1})), sign(y)) == (3, 4, -1, 0)
    assert [tangent(v, t, k) for v, t, k in ((x, 1, 1), (x, 1, 2), (x, 2, 0), (5, 1, 0))] == [5, 0, 0, 0]


@pytest.mark.parametrize("undefined", [0, F(0), FLAT, Dual(1, 0, {0: 1}), Dual(2, Dual(1, 0, {0: 1}), {0: 1})])
def test_nothing_is_divided_by_zero(undefined: Value) -> None:
    for work in (lambda: quotient(1, undefined), lambda: quotient(Dual(1, 2, {0: 1}), undefined), lambda: reciprocal(undefined)):
        with pytest.raises(OffDomain):
            work()


# ----------------------------------------------------------------- powers


@pytest.mark.parametrize("exponent", [0, 1, 2, 5, -1, -3, F(1, 2), F(3, 2), F(-5, 2)])
def test_powers_and_two_derivatives(exponent: int | Fraction) -> None:
    """Of 9/4, whose powers with halves are rational: a·x^(a-1) and a(a-1)·x^(a-2)."""
    x, root = F(9, 4), F(3, 2)

    def raised(a: int | Fraction) -> Fraction:
        return root ** int(2 * a)

    for function in (KNOWN.power, KNOWN.general_power, Functions(False).power):
        found = function(Dual(2, Dual(1, x, {0: 1}), {0: 1}), exponent)
        assert primal(found) == raised(exponent)
        assert primal(tangent(found, 2, 0)) == exponent * raised(exponent - 1)
        assert tangent(tangent(found, 2, 0), 1, 0) == exponent * (exponent - 1) * raised(exponent - 2)


def test_powers_of_zero() -> None:
    """x² has a derivative at 0, √x and 1/x have none; 0⁰ is 1 as a constant power and nothing as a varying one."""
    x = Dual(1, 0, {0: 1})
    assert [KNOWN.power(x, k) for k in (0, 2, 3)] == [1, 0, 0]
    assert KNOWN.power(x, 1) is x
    twice = KNOWN.power(Dual(2, x, {0: 1}), 2)
    assert tangent(tangent(twice, 2, 0), 1, 0) == 2
    for exponent in (-1, F(1, 2), F(3, 2), F(-1, 2)):
        for base in (x, 0) if exponent != -1 else (x, 0, FLAT):
            with pytest.raises(OffDomain):
                KNOWN.power(base, exponent)
    free = Functions(True, differentiated=False)
    assert [free.power(0, a) for a in (F(1, 2), F(3, 2))] == [0, 0]
    with pytest.raises(OffDomain):
        free.power(0, F(-1, 2))
    for base in (0, x):
        with pytest.raises(OffDomain):
            KNOWN.general_power(base, 0)
    assert KNOWN.general_power(3, 0) == 1
    assert KNOWN.general_power(0, 2) == 0


def test_a_first_power_keeps_what_is_flat() -> None:
    assert KNOWN.power(FLAT, 1) is FLAT
    assert KNOWN.power(FLAT, F(1)) is FLAT


def test_varying_powers() -> None:
    """(2^a)″ = log²2·2^a; (x^x)′ = x^x(log x + 1), (x^x)″ = x^x((log x + 1)² + 1/x); (x^x at e)′ = 2e^e is not written."""
    exponent = Dual(2, Dual(1, 3, {0: 1}), {0: 1})
    found = KNOWN.general_power(2, exponent)
    assert (primal(found), tangent(tangent(found, 2, 0), 1, 0)) == (8, TWO_LOG * TWO_LOG * 8)
    x = Dual(2, Dual(1, 2, {0: 1}), {0: 1})
    found = KNOWN.general_power(x, x)
    assert primal(tangent(found, 2, 0)) == (TWO_LOG + 1) * 4
    assert tangent(tangent(found, 2, 0), 1, 0) == (TWO_LOG + 1) * (TWO_LOG + 1) * 4 + 2
    assert KNOWN.general_power(generator(E), TWO_LOG) == 2
    whole = KNOWN.general_power(Dual(1, 3, {0: 1}), Dual(1, 2, {1: 1}))
    assert [tangent(whole, 1, k) for k in (0, 1)] == [6, logarithm(3) * 9]
    for base in (0, -2, Dual(1, -2, {0: 1}), Dual(1, 0, {0: 1})):
        for varying in (Dual(1, 2, {0: 1}), TWO_LOG):
            with pytest.raises(OffDomain):
                KNOWN.general_power(base, varying)


# ------------------------------------------------------- functions at points


@pytest.mark.parametrize(
    ("name", "u", "derivatives"),
    [
        ("exp", TWO_LOG, [2, 2, 2]), ("exp", TWO_LOG * -3, [F(1, 8)] * 3), ("exp", 0, [1, 1, 1]),
        ("log", 2, [TWO_LOG, F(1, 2), F(-1, 4)]), ("log", F(1, 2), [-TWO_LOG, 2, -4]),
        ("tanh", TWO_LOG, [F(3, 5), F(16, 25), F(-96, 125)]), ("tanh", -TWO_LOG, [F(-3, 5), F(16, 25), F(96, 125)]),
        ("tanh", 0, [0, 1, 0]),
        ("sigmoid", TWO_LOG, [F(2, 3), F(2, 9), F(-2, 27)]), ("sigmoid", -TWO_LOG, [F(1, 3), F(2, 9), F(2, 27)]),
        ("sigmoid", 0, [F(1, 2), F(1, 4), 0]),
        ("relu", 3, [3, 1, 0]), ("relu", F(-1, 2), [0, 0, 0]), ("step", 3, [1, 0, 0]), ("step", -3, [0, 0, 0]),
        ("sign", F(1, 3), [1, 0, 0]), ("sign", -2, [-1, 0, 0]), ("abs", 3, [3, 1, 0]), ("abs", -3, [3, -1, 0]),
        ("sin", 0, [0, 1, 0]), ("cos", 0, [1, 0, -1]),
    ],
)  # fmt: skip
def test_functions_and_two_derivatives(name: str, u: Value, derivatives: list[Value]) -> None:
    """tanh″ = -2 tanh(1 - tanh²), σ″ = σ(1 - σ)(1 - 2σ); tanh log 2 = 3/5, σ(log 2) = 2/3."""
    for known in (KNOWN, Functions(False)):
        found = known.table[name](Dual(2, Dual(1, u, {0: 1}), {0: 1}))
        first = tangent(found, 2, 0)
        assert [primal(found), primal(first), tangent(first, 1, 0)] == derivatives
        assert known.table[name](u) == derivatives[0]


@pytest.mark.parametrize("work", [lambda: sin(1), lambda: cos(1), lambda: sin(TWO_LOG), lambda: cos(Dual(1, 2, {0: 1}))])
def test_sines_elsewhere_are_not_represented(work: Callable[[], Value]) -> None:
    with pytest.raises(Unrepresentable):
        work()


# ------------------------------------------------------------------ flat zeros


def test_gates_of_what_is_flat_are_closed_and_of_what_is_zero_at_a_kink() -> None:
    for gate in (relu, step, sign_function, absolute):
        assert gate(FLAT) is FLAT
        for kink in (0, F(0), Dual(1, 0, {0: 1}), TWO_LOG - TWO_LOG):
            with pytest.raises(OnKink):
                gate(kink)
    assert relu(-1) is FLAT
    assert step(-1) is FLAT
    assert relu(Dual(1, -1, {0: 1})) is FLAT
    assert (relu(2), step(F(1, 2)), sign_function(-TWO_LOG), absolute(-TWO_LOG)) == (2, 1, -1, TWO_LOG)


def test_products_of_what_is_flat_are_flat_and_sums_are_not() -> None:
    for other in (3, F(1, 2), TWO_LOG, Dual(1, 2, {0: 1}), FLAT):
        assert other * FLAT is FLAT
        assert FLAT * other is FLAT
        assert FLAT + other is other
        assert other + FLAT is other or isinstance(other, Dual)
        assert tangent(other + FLAT, 1, 0) == tangent(other, 1, 0)
        assert primal(other + FLAT) == primal(other)
        assert primal(other - FLAT) == primal(other)
        assert primal(FLAT - other) == primal(-other)
    assert -FLAT is FLAT
    assert not FLAT
    assert type(bent(FLAT)) is int
    assert [bent(v) for v in (FLAT, 0, 3, F(1, 2))] == [0, 0, 3, F(1, 2)]
    half = F(1, 2)
    assert bent(half) is half
    assert type(FLAT) is Flat
