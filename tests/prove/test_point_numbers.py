"""The numbers of the second evaluation beside many digits, and its values where gates close: on both sides of every limit."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import mpmath
import pytest
from mpmath import iv  # type: ignore[import-untyped]

from derivations.claims import SignAssumption, Statement, Variable
from derivations.expr import SCALAR, Builtin, BuiltinName, Expr, Map, Power, number
from derivations.prove import points
from derivations.prove.points import PointError, exp_of, log_of, read_number, reevaluate, root_of, sign_of, values_at
from derivations.verdicts import Counterexample, Exact, Point
from tests.prove.identities import at, context, dims, index, minus, mm, neg, over, plus, sym, t, times
from tests.prove.test_points import exacts, same

F = Fraction
LOG2, LOG3, SQRT2, E, PI = log_of(F(2)), log_of(F(3)), root_of(F(2), 2), exp_of(F(1)), points.PI
HALF = number(F(1, 2))
n, m = dims("n m")
u, v, w, S = sym("u"), sym("v"), sym("w"), sym("S", n, n)


@pytest.fixture(autouse=True)
def digits() -> Iterator[None]:
    with mpmath.workdps(50):
        yield


def add(*terms: Any) -> Any:
    total: Any = F(0)
    for term in terms:
        total = points._add(total, term)
    return total


def multiply(*factors: Any) -> Any:
    total: Any = F(1)
    for factor in factors:
        total = points._multiply(total, factor)
    return total


def less(one: Any, two: Any) -> Any:
    return add(one, multiply(F(-1), two))


def near(real: Any, places: int) -> Fraction:
    """A real number, cut off after so many decimal places."""
    with mpmath.workdps(places + 20):
        return F(int(mpmath.floor(real() * mpmath.mpf(10) ** places)), 10**places)


def refused(call: Any) -> str:
    with pytest.raises(PointError) as caught:
        call()
    return caught.value.where


# ----------------------------------------------------------------- the field


NAMED = {
    **{f"log{p}": (lambda p=p: mpmath.log(p)) for p in (2, 3, 5, 7, 11, 13)},
    **{f"root{p}": (lambda p=p: mpmath.root(p, 12)) for p in (2, 3, 5, 7, 11, 13)},
    "e": lambda: mpmath.exp(mpmath.mpf(1) / 12), "sqrtpi": lambda: mpmath.sqrt(mpmath.pi), "logpi": lambda: mpmath.log(mpmath.pi),
}  # fmt: skip


@pytest.mark.parametrize("name", NAMED)
def test_every_named_number_is_enclosed(name: str) -> None:
    """Sixty digits below it and above it tell its sign: 12th roots of primes and of e, logs, √π and log π."""
    value, below = points._BY_NAME[name], near(NAMED[name], 60)
    assert same(value, NAMED[name]())
    assert (sign_of(less(value, below)), sign_of(less(value, below + F(1, 10**60)))) == (1, -1)
    assert set(points.NAMES) == set(NAMED)


def test_signs_are_told_by_up_to_5120_bits() -> None:
    """1,500 digits (4,983 bits) are told from log 2, 1,600 (5,315 bits) are too close; no precision is left changed."""
    before = iv.prec
    close, closer = (near(lambda: mpmath.log(2), places) for places in (1500, 1600))
    assert sign_of(less(LOG2, close)) == 1
    assert sign_of(less(close, LOG2)) == -1
    assert refused(lambda: sign_of(less(LOG2, closer))) == "sign"
    assert iv.prec == before


def test_one_transcendental_number_needs_no_digits() -> None:
    """A polynomial in log 2 is 0 only where it cancels; with a second one, and below the line too, digits have to confirm it."""
    log2, root2 = near(lambda: mpmath.log(2), 1600), near(lambda: mpmath.sqrt(2), 1600)
    assert points._differ(LOG2, log2)
    assert points._differ(SQRT2, root2)
    assert points._differ(multiply(SQRT2, LOG2), multiply(SQRT2, log2))
    assert points._differ(LOG2, LOG3)
    assert not points._differ(LOG2, LOG2)
    assert points._differ(F(1), F(2))
    assert points._differ(F(2), F(1))
    assert not points._differ(F(3, 2), F(3, 2))
    ratio = near(lambda: mpmath.log(3) / mpmath.log(2), 1600)
    tiny = less(LOG3, multiply(LOG2, ratio))
    assert refused(lambda: points._differ(LOG3, multiply(LOG2, ratio))) == "sign"
    assert refused(lambda: points._differ(points._power(tiny, -1), points._power(multiply(tiny, F(1, 2)), -1))) == "sign"


def test_numbers_are_in_normal_form() -> None:
    """What cancels is a fraction again; twelfth powers of twelfth roots are primes, below the line too."""
    for value in (LOG2, SQRT2, add(LOG2, F(1)), add(SQRT2, LOG3), multiply(PI, E)):
        for one in (multiply(value, points._power(value, -1)), points._power(value, 0), add(F(1), less(value, value))):
            assert isinstance(one, Fraction)
            assert one == 1
    assert less(multiply(SQRT2, LOG3, SQRT2), multiply(F(2), LOG3)) == 0
    assert points._power(add(SQRT2, F(1)), 2) == add(F(3), multiply(F(2), SQRT2))
    below = points._power(multiply(SQRT2, add(SQRT2, LOG2)), -1)
    assert same(below, 1 / (2 + mpmath.sqrt(2) * mpmath.log(2)))
    assert all(exponent < 12 for part in (below.numer, below.denom) for monomial in part.monoms() for exponent in monomial)
    assert points._power(SQRT2, 1000) == F(2) ** 500
    assert not points._differ(points._power(SQRT2, -999), multiply(F(1, 2**500), SQRT2))
    assert same(points._power(add(LOG2, F(1)), -3), 1 / (1 + mpmath.log(2)) ** 3)


@pytest.mark.parametrize("exponent", [F(1, 2), F(-1, 2), F(3, 2), F(-2, 3), F(5, 6), F(7, 12), F(-13, 12)])
def test_fractional_powers(exponent: Fraction) -> None:
    for base in (F(2), F(9, 8), F(1), F(625, 6)):
        assert same(points._power(base, exponent), (mpmath.mpf(base.numerator) / base.denominator) ** exponent)


@pytest.mark.parametrize(
    ("call", "where"),
    [
        (lambda: points._power(F(0), F(-1, 2)), "domain"), (lambda: points._power(F(-4), F(1, 2)), "domain"),
        (lambda: points._power(LOG2, 1001), "power"), (lambda: points._power(LOG2, -1001), "power"),
        (lambda: points._power(F(2), F(1001, 2)), "power"), (lambda: root_of(F(2), 24), "root"),
        (lambda: root_of(F(2), 8), "root"),
        (lambda: root_of(PI, 3), "root"), (lambda: root_of(multiply(F(-1), PI), 2), "domain"),
        (lambda: root_of(F(1009), 2), "root"),
        (lambda: root_of(F(1, 1009**2), 3), "root"), (lambda: root_of(F(17**2), 4), "root"),
        (lambda: root_of(F(3, 17), 2), "root"),
        (lambda: log_of(multiply(F(-1), PI)), "domain"), (lambda: log_of(multiply(PI, PI)), "log"),
        (lambda: log_of(F(2, 17)), "log"),
        (lambda: log_of(multiply(LOG2, PI)), "log"), (lambda: exp_of(multiply(LOG2, LOG3)), "exp"), (lambda: exp_of(PI), "exp"),
        (lambda: exp_of(E), "exp"), (lambda: exp_of(multiply(SQRT2, LOG2)), "exp"),
        (lambda: exp_of(multiply(F(1, 24), LOG2)), "exp"),
        (lambda: exp_of(multiply(F(1, 4), log_of(PI))), "exp"), (lambda: exp_of(F(12001, 12)), "exp"),
        (lambda: exp_of(multiply(F(-12001, 12), LOG2)), "exp"), (lambda: exp_of(add(LOG2, multiply(F(1, 5), LOG3))), "exp"),
    ],
)  # fmt: skip
def test_what_has_no_name_is_refused(call: Any, where: str) -> None:
    assert refused(call) == where


def test_what_has_a_name() -> None:
    """Each next to one that is refused."""
    mp = mpmath
    pairs = (
        (points._power(F(2), F(999, 2)), mp.mpf(2) ** 499 * mp.sqrt(2)), (root_of(F(2), 12), mp.root(2, 12)),
        (root_of(F(27, 4), 12), mp.root(mp.mpf(27) / 4, 12)), (root_of(multiply(F(9, 8), PI), 2), mp.sqrt(9 * mp.pi / 8)),
        (root_of(F(1009**2, 3), 2), 1009 / mp.sqrt(3)), (root_of(F(2, (1009 * 1013) ** 3), 3), mp.cbrt(2) / (1009 * 1013)),
        (root_of(F(17**4 * 5), 4), 17 * mp.root(5, 4)), (root_of(F(1, 1009**2), 2), mp.mpf(1) / 1009),
        (log_of(multiply(F(3, 4), PI)), mp.log(3 * mp.pi / 4)), (exp_of(F(-11999, 12)), mp.exp(-mp.mpf(11999) / 12)),
        (exp_of(F(-1, 12)), mp.exp(-mp.mpf(1) / 12)), (exp_of(multiply(F(3, 2), log_of(PI))), mp.pi ** mp.mpf("1.5")),
        (exp_of(multiply(F(-2), log_of(PI))), 1 / mp.pi**2), (exp_of(multiply(F(1, 3), log_of(F(8)))), 2),
        (exp_of(add(F(1, 2), multiply(F(-3), LOG2), multiply(F(5, 4), LOG3))), mp.exp(0.5) / 8 * mp.mpf(3) ** mp.mpf("1.25")),
        (exp_of(multiply(F(1000), LOG2)), mp.mpf(2) ** 1000), (exp_of(multiply(F(-12000, 12), LOG2)), mp.mpf(2) ** -1000),
    )  # fmt: skip
    for found, wanted in pairs:
        assert same(found, wanted), wanted


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("4^(1/2)", F(2)), ("4^(-1/2)", F(1, 2)), ("8^(2/3)/4", F(1)), ("-2*3 - -4", F(-2)), ("2^-1", None), ("1/0", None),
        ("(-8)^(1/3)", None), ("2^3^2", None), ("1 - (2 - (3 - 4))", F(-2)), ("6/2*3", F(9)), ("6/(2*3)", F(1)),
        ("-(1 + 2)", F(-3)),
        ("sqrt(9/4) + log(1)", F(3, 2)), ("exp(log(2))^3", F(8)), ("exp(-log(4)/2)", F(1, 2)), ("   ", None), ("2 +", None),
        ("+2", None),
        ("()", None), ("2(3)", None), ("(2", None), ("log()", None), ("exp(2", None), ("\t7 ", F(7)), ("12 345", None),
        ("pi/pi", F(1)),
        ("--2", F(2)), ("1 + 2 3", None), ("2)", None), ("(1))", None), ("log(8) - 3*log(2)", F(0)), ("2e", None),
    ],
)  # fmt: skip
def test_the_grammar_of_numbers(text: str, wanted: Fraction | None) -> None:
    """Sums of products of powers; what is no number has none."""
    if wanted is None:
        with pytest.raises(PointError):
            read_number(text)
    else:
        found = read_number(text)
        assert isinstance(found, Fraction)
        assert found == wanted


# --------------------------------------------------------------- determinants


def permuted(rows: list[list[Fraction]]) -> Fraction:
    """The determinant by Leibniz: a product for every permutation, with the sign of its inversions."""
    total = F(0)
    for order in itertools.permutations(range(len(rows))):
        term = F((-1) ** sum(a > b for a, b in itertools.combinations(order, 2)))
        for row, column in zip(rows, order, strict=True):
            term *= row[column]
        total += term
    return total


def test_determinants() -> None:
    rng = random.Random(4)
    for size in (1, 2, 3, 4):
        for _ in range(5):
            rows = [[F(rng.randint(-5, 5), rng.randint(1, 3)) for _ in range(size)] for _ in range(size)]
            assert points._determinant(rows) == permuted(rows)
    assert points._determinant([[LOG2, F(2)], [F(3), LOG2]]) == less(multiply(LOG2, LOG2), F(6))


# -------------------------------------------------------------------- at points


def step(e: Expr) -> Expr:
    return Map(Builtin("step"), e)


def relu(e: Expr) -> Expr:
    return Map(Builtin("relu"), e)


def log(e: Expr) -> Expr:
    return Map(Builtin("log"), e)


def sine(name: BuiltinName, e: Expr) -> Expr:
    return Map(Builtin(name), e)


def value(e: Expr, **numbers: Any) -> Any:
    """The value, or the part that refuses the point."""
    arrays = {name: (x if isinstance(x, Exact) else Exact(F(x)),) for name, x in numbers.items()}
    try:
        ((left, _),) = values_at(Statement(e, e, context(u, v, w)), Point({}, arrays)).values()
    except PointError as error:
        return error.where
    return left


LN2 = Exact(F(0), F(1))


@pytest.mark.parametrize(
    ("e", "numbers", "wanted"),
    [
        # a closed gate hides a kink in its product, an open one does not, nor does a sum
        (times(step(u), step(v)), (-1, 0), 0), (times(step(u), step(v)), (1, 0), "kink"), (times(step(v), step(u)), (-1, 0), 0),
        (plus(step(u), step(v)), (-1, 0), "kink"), (times(Power(step(u), number(2)), step(v)), (-1, 0), 0),
        (times(number(3), step(u), step(v)), (1, 2), 3), (times(step(u), step(v)), (0, -1), 0), (times(step(u), step(v)),
        (0, 1), "kink"),
        # an argument that closed gates make 0 all around is no kink
        (relu(relu(u)), (-1, 0), 0), (relu(relu(u)), (3, 0), 3), (relu(relu(u)), (0, 0), "kink"),
        (relu(plus(relu(u), v)), (-1, 0), "kink"), (relu(plus(relu(u), v)), (-1, 2), 2), (relu(plus(relu(u), v)),
        (2, -2), "kink"),
        (relu(times(relu(u), v)), (-1, 5), 0), (relu(times(relu(u), v)), (2, 5), 10), (relu(times(relu(u), v)), (2, 0), "kink"),
        (relu(plus(relu(u), relu(v))), (-1, -2), 0), (relu(plus(relu(u), relu(v))), (-1, 2), 2),
        (relu(minus(times(step(u), w), times(step(v), w))), (1, 1), 0), (relu(minus(times(step(u), w), times(step(v), w))),
        (1, -1), 4),
        (relu(minus(times(step(u), w), times(step(v), w))), (-1, 1), 0), (relu(minus(times(step(u), w), times(step(v), w))),
        (0, 1), "kink"),
        (relu(plus(times(step(u), w), times(step(v), minus(w, number(8))))), (1, 1), "kink"),
        (step(plus(relu(u), relu(v))), (-1, -2), 0), (step(plus(relu(u), relu(v))), (-1, 2), 1), (step(u), (-1, 0), 0),
        # of angles only 0 has a sine and a cosine here
        (sine("sin", v), (1, 0), 0), (sine("cos", v), (1, 0), 1), (sine("sin", v), (1, 1), "sin"), (sine("cos", v),
        (1, 1), "cos"),
        # conditions hold behind closed gates too
        (times(step(u), over(number(1), v)), (-1, 0), "domain"), (times(step(u), over(number(1), v)), (-1, 2), 0),
        (times(step(u), over(number(1), v)), (-1, -2), 0), (times(step(u), log(v)), (-1, 0), "domain"),
        (times(step(u), log(v)), (-1, -1), "domain"), (times(step(u), log(v)), (-1, 1), 0),
        (times(step(u), Power(v, HALF)), (-1, 0), 0), (times(step(u), Power(v, HALF)), (-1, 1), 0),
        (times(step(u), Power(v, HALF)), (-1, -1), "domain"),
        # exponents
        (Power(u, v), (1, LN2), 1), (Power(u, over(number(1), v)), (2, LN2), "E"), (Power(u, v), (2, LN2), "exp"),
        (Power(u, v), (4, F(3, 2)), 8), (Power(u, v), (-4, 1), "domain"), (Power(u, v), (2, 1001), "power"),
    ],
)  # fmt: skip
def test_gates_conditions_and_exponents(e: Expr, numbers: tuple[Any, Any], wanted: Any) -> None:
    found = value(e, u=numbers[0], v=numbers[1], w=4)
    if wanted == "E":
        assert abs(mpmath.mpf(found.evalf(40)) - mpmath.e) < 1e-30
    else:
        assert found == wanted


def test_statements_without_a_value_are_refused() -> None:
    """A division by what is 0 throughout, a number of too many digits, nesting without end."""
    deep: Expr = u
    for _ in range(3000):
        deep = plus(deep, u)
    for e in (over(number(1), minus(u, u)), Power(number(3), number(10**9)), deep):
        assert value(e, u=1) == "statement"


@pytest.mark.parametrize(("domain", "good", "bad"), [("real", (2, -1, 0), ()), ("definite", (2,), (0, -1))])
def test_numbers_as_matrices(domain: str, good: tuple[int, ...], bad: tuple[int, ...]) -> None:
    """A 1 × 1 matrix, written as a number, is symmetric, and definite where it is positive."""
    world = context(Variable("u", SCALAR, symmetric=True, definite=domain == "definite"))
    for x in (*good, *bad):
        statement = Statement(u, u, world)
        point = Point({}, {"u": exacts(x)})
        if x in good:
            assert values_at(statement, point) == {(): (x, x)}
        else:
            assert refused(lambda statement=statement, point=point: values_at(statement, point)) == "u"


def test_symmetric_in_every_entry() -> None:
    """One entry of a 3 × 3 matrix changed, or of its differential: off the diagonal it is refused, on it not."""
    fine = [F(v) for v in (4, 1, 2, 1, 5, 1, 2, 1, 6)]
    world = context(Variable("S", (n, n), symmetric=True))
    for place in range(9):
        changed = exacts(*(x + (k == place) for k, x in enumerate(fine)))
        for point in (
            Point({"n": 3}, {"S": changed}, {"S": exacts(*fine)}),
            Point({"n": 3}, {"S": exacts(*fine)}, {"S": changed}),
        ):
            if place in (0, 4, 8):
                assert len(values_at(Statement(S, S, world), point)) == 9
            else:
                assert refused(lambda point=point: values_at(Statement(S, S, world), point)) == "S"


def test_definite_by_its_leading_minors() -> None:
    """3 × 3: with minors 2, 3, 4; with the second, and with the last of them negative or 0."""
    world = context(Variable("S", (n, n), definite=True))
    for values, definite in (
        ((2, 1, 0, 1, 2, 1, 0, 1, 2), True), ((1, 2, 0, 2, 1, 0, 0, 0, -1), False), ((2, 1, 0, 1, 2, 1, 0, 1, F(2, 3)), False),
        ((2, 1, 0, 1, 2, 1, 0, 1, F(5, 7)), True), ((2, 1, 0, 1, 2, 1, 0, 1, F(3, 5)), False),
        ((0, 0, 0, 0, 1, 0, 0, 0, 1), False),
    ):  # fmt: skip
        point = Point({"n": 3}, {"S": exacts(*values)})
        if definite:
            assert values_at(Statement(S, S, world), point)
        else:
            assert refused(lambda point=point: values_at(Statement(S, S, world), point)) == "S"


@pytest.mark.parametrize("count", [0, 1, 3, 4])
def test_points_have_an_entry_for_every_symbol(count: int) -> None:
    x = sym("x", n)
    statement = Statement(mm(t(x), x), u, context(x, u))
    for tangents in ({}, {"x": exacts(*range(count))}):
        point = Point({"n": 2}, {"x": exacts(*range(count)), "u": exacts(1)}, tangents)
        assert refused(lambda point=point: values_at(statement, point)) == "x"


def test_signs_assumed_of_every_entry() -> None:
    x = sym("x", n)
    for sign, values, holds in (
        (">", (1, 2), True), (">", (1, 0), False), ("≥", (0, 2), True), ("≥", (2, -1), False), ("≠", (1, -1), True),
        ("≠", (-1, 0), False),
    ):  # fmt: skip
        world = context(x, assumptions=(SignAssumption(x, sign),))  # type: ignore[arg-type]
        point = Point({"n": 2}, {"x": exacts(*values)})
        if holds:
            assert len(values_at(Statement(x, neg(x), world), point)) == 2
        else:
            assert refused(lambda point=point, world=world: values_at(Statement(x, neg(x), world), point)) == "assumption"


def test_counterexamples_are_looked_up_by_index_and_place() -> None:
    """For numbers by the free index alone, for arrays by the last of their places."""
    x, i = sym("x", n), index("i", n)
    point = Point({"n": 3}, {"x": exacts(1, 2, 4)})
    entry = Statement(at(x, i), times(number(2), at(x, i)), context(x))
    assert reevaluate(entry, Counterexample(point, {"i": 3}, (3,), "4", "8", 1, 1)) is None
    assert reevaluate(entry, Counterexample(point, {"i": 2}, (2,), "4", "8", 1, 1)) == "the second evaluation gives 2 and 4"
    assert reevaluate(entry, Counterexample(point, {"i": 2}, (2,), "2", "8", 1, 1)) == "the second evaluation gives 2 and 4"
    outer = Statement(times(at(x, i), mm(x, t(x))), neg(mm(x, t(x))), context(x))
    assert reevaluate(outer, Counterexample(point, {"i": 2}, (2, 1, 3), "8", "-4", 1, 1)) is None
    assert reevaluate(outer, Counterexample(point, {"i": 2}, (2, 3, 2), "16", "-8", 1, 1)) is None
    zero = Point({"n": 3}, {"x": exacts(0, 2, 4)})
    assert reevaluate(entry, Counterexample(zero, {"i": 1}, (1,), "0", "1", 1, 1)) == "both sides are equal there"


def test_the_constants_are_shown_as_they_are() -> None:
    """Every named number, as the number that SymPy writes it as."""
    assert all(same(points._BY_NAME[name], NAMED[name]()) for name in points.NAMES)
    assert str(points._shown(add(F(1, 2), multiply(F(3), LOG2)))) == "1/2 + 3*log(2)"
    assert points._shown(F(-3, 7)) == -points._shown(F(3, 7))
