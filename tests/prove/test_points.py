"""The second evaluation: its numbers beside many digits, its values beside plain ones, and which points it accepts."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import mpmath
import pytest
import sympy

from derivations.claims import Context, Equation, Labels, SignAssumption, Statement, Variable
from derivations.expr import Delta, Expr, LabelOf, Position
from derivations.prove import points
from derivations.prove.points import PointError, exp_of, log_of, read_number, reevaluate, root_of, sign_of, values_at
from derivations.verdicts import Counterexample, Exact, Point
from tests.prove.identities import at, claim, context, d, dims, index, minus, mm, neg, number, ones, plus, sym, t, times
from tests.prove.test_evaluation import CONTEXT, EXPRESSIONS, plain_values, random_point

F = Fraction
n, m = dims("n m")
x, y, s, S, A = sym("x", n), sym("y", n), sym("s"), sym("S", n, n), sym("A", n, n)
i, a = index("i", n), index("a", m)
one = number(1)


def digits(value: Any) -> Any:
    """A number of the field to 30 digits, through SymPy."""
    return mpmath.mpf(sympy.N(points._shown(value), 40))


def same(value: Any, wanted: Any) -> bool:
    return bool(abs(digits(value) - wanted) < 1e-25 * (1 + abs(wanted)))


# ------------------------------------------------------------------ numbers


LOG2, SQRT2 = log_of(F(2)), root_of(F(2), 2)


@pytest.mark.parametrize("q", [F(1), F(2), F(3, 4), F(50, 27), F(143, 49), F(1, 13)])
def test_logarithms_of_smooth_numbers(q: Fraction) -> None:
    assert same(log_of(q), mpmath.log(mpmath.mpf(q.numerator) / q.denominator))
    assert same(log_of(points._multiply(q, points.PI)), mpmath.log(mpmath.pi * q.numerator / q.denominator))
    assert exp_of(log_of(q)) == q
    assert exp_of(points._multiply(F(-2), log_of(q))) == 1 / q**2
    assert log_of(q) == points._multiply(F(-1), log_of(1 / q))


@pytest.mark.parametrize(
    ("terms", "wanted"),
    [
        ([(F(1), F(1))], mpmath.e), ([(F(-1, 2), F(1))], 1 / mpmath.sqrt(mpmath.e)), ([(F(1, 2), LOG2)], mpmath.sqrt(2)),
        ([(F(-1, 3), LOG2)], 1 / mpmath.cbrt(2)), ([(F(5, 12), log_of(F(3)))], mpmath.mpf(3) ** (mpmath.mpf(5) / 12)),
        ([(F(3), LOG2), (F(2), F(1))], 8 * mpmath.e**2), ([(F(1), log_of(points.PI))], mpmath.pi),
        ([(F(-1, 2), log_of(points.PI))], 1 / mpmath.sqrt(mpmath.pi)), ([(F(1, 2), log_of(F(6)))], mpmath.sqrt(6)),
        ([(F(7, 6), log_of(F(1, 5)))], mpmath.mpf(5) ** (-mpmath.mpf(7) / 6)),
    ],
)  # fmt: skip
def test_exponentials(terms: list[tuple[Fraction, Any]], wanted: Any) -> None:
    total: Any = F(0)
    for c, term in terms:
        total = points._add(total, points._multiply(c, term))
    assert same(exp_of(total), wanted)
    assert exp_of(F(0)) == 1


@pytest.mark.parametrize("q", [2, 3, 4, 6])
def test_roots(q: int) -> None:
    for number_ in (F(2), F(8), F(9, 4), F(32, 27), F(5, 6), F(0), F(1), F(17) ** q, F(3 * 101**q, 2), F(1, 19**q)):
        root = root_of(number_, q)
        assert points._power(root, q) == number_
        assert number_ == 0 or same(root, mpmath.root(mpmath.mpf(number_.numerator) / number_.denominator, q))
    assert same(root_of(points._multiply(F(2), points.PI), 2), mpmath.sqrt(2 * mpmath.pi))


@pytest.mark.parametrize(
    "unnamed",
    [
        lambda: log_of(F(17)), lambda: log_of(F(0)), lambda: log_of(F(-2)), lambda: log_of(LOG2), lambda: log_of(SQRT2),
        lambda: exp_of(LOG2 * LOG2), lambda: exp_of(SQRT2), lambda: exp_of(F(1, 5)), lambda: exp_of(1 / LOG2),
        lambda: exp_of(points._multiply(F(1, 3), log_of(points.PI))), lambda: exp_of(F(1001)), lambda: exp_of(F(-1001)),
        lambda: root_of(F(17), 2), lambda: root_of(F(-1), 2), lambda: root_of(F(2), 5), lambda: root_of(LOG2, 2),
        lambda: points._power(F(0), -1), lambda: points._power(F(2), 1001), lambda: points._power(F(2), -1001),
    ],
)  # fmt: skip
def test_numbers_without_a_name_are_refused(unnamed: Any) -> None:
    with pytest.raises(PointError):
        unnamed()


def test_the_largest_exponents() -> None:
    assert points._power(F(2), 1000) == F(2) ** 1000
    assert points._power(F(2), -1000) == F(1, 2**1000)
    assert same(exp_of(F(1000)), mpmath.exp(1000))


def test_signs_of_irrational_numbers() -> None:
    """Against their digits, and where they cancel."""
    for number_ in (LOG2, SQRT2, exp_of(F(1)), points.PI, points._add(LOG2, points._multiply(F(-1), log_of(F(3)))), 1 / LOG2):
        near = F(int(mpmath.floor(digits(number_) * 10**30)), 10**30)
        assert sign_of(points._add(number_, -near)) == 1
        assert sign_of(points._add(number_, -near - F(1, 10**30))) == -1
        assert points._differ(number_, near)
        assert not points._differ(number_, number_)
        assert sign_of(points._multiply(F(-1), 1 / points._add(number_, -near))) == -1
    assert sign_of(F(0)) == 0
    assert points._multiply(SQRT2, SQRT2) == 2
    assert not points._differ(log_of(F(6)), points._add(LOG2, log_of(F(3))))
    assert points._differ(log_of(F(6)), points._add(LOG2, log_of(F(5))))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("3/7", F(3, 7)), ("-2", F(-2)), ("1/2 + 3*log(2)", F(1, 2) + 3 * mpmath.log(2)), ("-log(2) - 1", -mpmath.log(2) - 1),
        ("2 - 3 - 4", F(-5)), ("12/2/3", F(2)), ("2*3^2", F(18)), ("-3^2", F(-9)), ("2^(-1)", F(1, 2)),
        ("sqrt(2)/2", mpmath.sqrt(2) / 2),
        ("2^(1/3)", mpmath.cbrt(2)), ("exp(1/2)", mpmath.sqrt(mpmath.e)), ("pi^2", mpmath.pi**2),
        ("log(pi)", mpmath.log(mpmath.pi)),
        ("(1 + log(2))/(2 - log(2))", (1 + mpmath.log(2)) / (2 - mpmath.log(2))), ("2*(1 - -3)", F(8)), (" 5 ", F(5)),
    ],
)  # fmt: skip
def test_numbers_are_read(text: str, wanted: Any) -> None:
    found = read_number(text)
    assert found == wanted if isinstance(wanted, Fraction) else same(found, wanted)


@pytest.mark.parametrize("text", ["", "x", "1 +", "(1", "1)", "1 2", "log 2", "log(2", "2^log(2)", "nan", "1..2", "sin(1)", "*2"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(PointError):
        read_number(text)


# ------------------------------------------------------------------- values


REFUSED = 12  # at most: powers of e beyond the field, logarithms of large primes


@pytest.mark.parametrize("part", range(4))
def test_values_are_those_of_plain_numbers(part: int) -> None:
    refused = 0
    for e in EXPRESSIONS[part::4]:
        point, world = random_point(3)
        used = Point(point.sizes, point.arrays, point.tangents, point.labels)
        try:
            found = values_at(Statement(e, e, CONTEXT), used)
        except PointError:
            refused += 1
            continue
        wanted = {free + place: v for (free, place), v in plain_values(e, world).items()}
        assert found.keys() == wanted.keys()
        for key, number_ in wanted.items():
            assert abs(mpmath.mpf(sympy.N(found[key][0], 40)) - number_) < 1e-12 * (1 + abs(number_)), e
    assert refused <= REFUSED // 4


def exacts(*values: Fraction | int) -> tuple[Exact, ...]:
    return tuple(Exact(F(v)) for v in values)


def told(
    point: Point, left: str = "3", right: str = "1", entry: tuple[int, ...] = (2,), free: dict[str, int] | None = None
) -> Counterexample:
    return Counterexample(point, free or {}, entry, left, right, 1, 1)


TWO = Point({"n": 2}, {"x": exacts(1, 2), "y": exacts(1, -1)})
SUM = Statement(plus(x, ones(n)), neg(y), context(x, y))


@pytest.mark.parametrize(
    ("found", "confirmed"),
    [
        (told(TWO), True), (told(TWO, left="2 + 1"), True), (told(TWO, left="4"), False), (told(TWO, right="-1"), False),
        (told(TWO, "2", "-1", (1,)), True), (told(TWO, entry=(1,)), False), (told(TWO, entry=(3,)), False),
        (told(Point({"n": 2}, {"x": exacts(1, -2), "y": exacts(1, 1)}), "-1", "-1"), False),  # equal there
        (told(Point({"n": 2}, {"x": exacts(1, 2)})), False),
        (told(Point({"n": 2}, {"x": exacts(1, 2), "y": exacts(1)})), False),
        (told(TWO, left="x"), False),
    ],
)  # fmt: skip
def test_a_counterexample_is_confirmed_with_both_values(found: Counterexample, confirmed: bool) -> None:
    assert (reevaluate(SUM, found) is None) is confirmed


def test_entries_are_those_of_the_free_indices_that_the_guards_leave() -> None:
    X = sym("X", n, m)
    e = times(at(X, i, a), x)
    guard = minus(one, Delta(i, Position(2, n)))
    statement = claim(e, times(number(2), e), context(X, x), guard)
    point = Point({"n": 2, "m": 3}, {"X": exacts(1, 2, 3, 4, 5, 6), "x": exacts(1, 10)})
    found = {key: left for key, (left, _) in values_at(statement, point).items()}
    assert found == {(k, 1, p): k * 10 ** (p - 1) for k in (1, 2, 3) for p in (1, 2)}  # by name: a before i
    assert reevaluate(statement, told(point, "30", "60", (3, 1, 2), {"a": 3, "i": 1})) is None
    assert "exclude" in str(reevaluate(statement, told(point, "60", "120", (3, 2, 2), {"a": 3, "i": 2})))


def accepted(e: Expr, world: Context, point: Point) -> bool:
    try:
        values_at(Statement(e, e, world), point)
    except PointError:
        return False
    return True


@pytest.mark.parametrize(
    ("domain", "good", "bad"),
    [
        ("positive", (1, F(1, 2)), (0, -1)), ("nonnegative", (0, 1), (-1,)), ("nonzero", (1, -1), (0,)),
        ("binary", (0, 1), (-1, 2, F(1, 2))), ("sign", (-1, 1), (0, 2)), ("real", (0, -1), ()),
    ],
)  # fmt: skip
def test_declared_domains(domain: str, good: tuple[int, ...], bad: tuple[int, ...]) -> None:
    world = context(Variable("x", (n,), domain=domain))  # type: ignore[arg-type]
    assert accepted(x, world, Point({"n": 2}, {"x": exacts(*good)}))
    assert not any(accepted(x, world, Point({"n": 2}, {"x": exacts(good[0], value)})) for value in bad)


@pytest.mark.parametrize(
    ("values", "symmetric", "definite"),
    [
        ((2, 1, 1, 2), True, True), ((1, 2, 2, 1), True, False), ((2, 1, 0, 2), False, False), ((-1, 0, 0, 2), True, False),
        ((1, 1, 1, 1), True, False), ((2, 1, 0, 1, 2, 1, 0, 1, 2), True, True), ((2, 0, 1, 0, 2, 0, 0, 0, 2), False, False),
        ((1, 0, 2, 0, 1, 0, 2, 0, 1), True, False), ((1, 0, 0, 0, 1, 3, 0, 3, 1), True, False), ((4,), True, True),
        ((-4,), True, False),
    ],
)  # fmt: skip
def test_symmetry_and_definiteness(values: tuple[int, ...], symmetric: bool, definite: bool) -> None:
    point = Point({"n": round(len(values) ** 0.5)}, {"S": exacts(*values)})
    assert accepted(S, context(Variable("S", (n, n), symmetric=True)), point) is symmetric
    assert accepted(S, context(Variable("S", (n, n), definite=True)), point) is definite


def test_differentials_of_symmetric_matrices_are_symmetric() -> None:
    world = context(Variable("S", (n, n), symmetric=True))
    for values, wanted in (((1, 2, 2, 5), True), ((1, 2, 3, 5), False)):
        point = Point({"n": 2}, {"S": exacts(2, 1, 1, 2)}, {"S": exacts(*values)})
        assert accepted(d(mm(S, S), S), world, point) is wanted
        assert accepted(d(mm(A, A), A), context(A), Point({"n": 2}, {"A": exacts(2, 1, 1, 2)}, {"A": exacts(*values)}))


@pytest.mark.parametrize(("sign", "good", "bad"), [(">", (1, 2), (0, -1)), ("≥", (0, 1), (-1,)), ("≠", (-1, 1), (0,))])
def test_assumed_signs(sign: str, good: tuple[int, ...], bad: tuple[int, ...]) -> None:
    world = context(x, assumptions=(SignAssumption(x, sign),))  # type: ignore[arg-type]
    assert accepted(x, world, Point({"n": 2}, {"x": exacts(*good)[:1] * 2}))
    assert all(accepted(x, world, Point({"n": 1}, {"x": exacts(value)})) for value in good)
    assert not any(accepted(x, world, Point({"n": 2}, {"x": exacts(good[0], value)})) for value in bad)


def test_assumed_equations_and_labels() -> None:
    world = context(x, assumptions=(Equation(mm(t(ones(n)), x), one),))
    assert accepted(x, world, Point({"n": 2}, {"x": exacts(F(1, 3), F(2, 3))}))
    assert not accepted(x, world, Point({"n": 2}, {"x": exacts(F(1, 3), F(1, 3))}))
    world = context(x, labels=(Labels("c", None, n),))
    label = at(x, LabelOf("c", None, n))
    for value, wanted in ((1, True), (2, True), (0, False), (3, False)):
        assert accepted(label, world, Point({"n": 2}, {"x": exacts(1, 2)}, labels={"c": (value,)})) is wanted
    picked = Delta(Position(1, n), LabelOf("c", None, n))  # 0 for a label out of range, were it not refused
    for value, wanted in ((1, True), (2, True), (0, False), (3, False)):
        assert accepted(picked, world, Point({"n": 2}, {"x": exacts(1, 2)}, labels={"c": (value,)})) is wanted
