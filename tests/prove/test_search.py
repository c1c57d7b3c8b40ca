"""What a search for counterexamples promises: the order, the limits, and the smallest and plainest point in the end."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import chain, combinations, islice, product
from math import prod
from pathlib import Path
from typing import Any

import pytest

from derivations.claims import Context, Equation, FreeFunction, SignAssumption, Statement, Variable
from derivations.expr import Delta, Dim, Expr, Position, Power, Size, Sym
from derivations.prove import witness
from derivations.prove.exactnumber import TWO_LOG, Number
from derivations.prove.pointwise import Draft, Question
from derivations.prove.sampling import GENERIC, NESTED, probes, slow_probes, sparse_probes
from derivations.prove.witness import Budget, NoPoint, Survived, admits, search, telling_point, values_of
from derivations.verdicts import Counterexample, Exact, Point, Polynomial
from tests.prove.identities import (
    at,
    claim,
    context,
    dims,
    f,
    index,
    mm,
    neg,
    number,
    ones,
    over,
    plus,
    square,
    sym,
    t,
    times,
)

n, m = dims("n m")
r, s, q = sym("r"), sym("s"), sym("q")
x, y, z = sym("x", n), sym("y", n), sym("z", n)
zero, one = number(0), number(1)
HALF = Fraction(1, 2)
TRUE = claim(plus(x, y), plus(y, x), context(x, y))  # every point counts, and none differs
v, w = sym("v", Dim(20)), sym("w", Dim(20))
LARGE = claim(plus(v, w), plus(w, v), context(v, w))  # no two points alike
SEVEN = [sym(f"s{k}") for k in range(7)]
POWERS = plus(*(f("exp", one_) for one_ in SEVEN))  # seven exponentials need seven multiples of ln 2, or powers of e
NOTHING = frozenset[str]()


def searching(statement: Statement, budget: Budget | None = None) -> Any:
    return witness._Search(Question(statement), budget or Budget())


def found_at(
    search_: Any, *, extended: bool = False, functions: Mapping[str, Polynomial] | None = None, **arrays: Sequence[Number]
) -> Any:
    """The difference at a point given by hand."""
    size = max(len(v) for v in arrays.values())
    chosen = {name: (p,) for name, p in (functions or {}).items()}
    hit = search_._judge(Draft({"n": size}, {name: list(v) for name, v in sorted(arrays.items())}, functions=chosen), extended)
    assert hit is not None
    return hit


@pytest.fixture
def tried(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Every point that is drawn."""
    drawn = list[dict[str, Any]]()

    def noted(question: Question, sizes: Mapping[str, int], attempt: int, scaled: frozenset[str], style: int = 0,
              zero: frozenset[str] = NOTHING) -> Draft:  # fmt: skip
        drawn.append({"sizes": dict(sizes), "attempt": attempt, "scaled": scaled, "style": style, "zero": zero})
        return draft(question, sizes, attempt, scaled, style, zero)

    draft = witness.draft
    monkeypatch.setattr(witness, "draft", noted)
    return drawn


# -------------------------------------------------------------------- order


def test_the_first_two_sizes_are_tried_at_length_and_the_first_four_again() -> None:
    a, b, c, d, e = ({"n": k} for k in range(5))
    plan = list(islice(probes([a, b, c, d, e], 5), 21))
    assert plan[:10] == [(s, k) for s in (a, b) for k in range(5)]
    assert plan[10:16] == [(s, k) for s in (c, d, e) for k in range(2)]
    assert plan[16:] == [(a, 5), (b, 5), (c, 5), (d, 5), (a, 6)]
    assert list(islice(probes([a], 2), 5)) == [(a, k) for k in range(5)]


def test_slow_points_begin_with_telling_sizes() -> None:
    a, b, c, d = ({"n": k} for k in range(4))
    plan = list(slow_probes([a, b], [c, d]))
    assert plan[:8] == [(a, 5), (b, 5), (d, 5), (c, 5), (d, 1), (c, 1), (d, 2), (c, 2)]
    assert len(plan) == len({(s["n"], k) for s, k in plan[2:]}) + 2  # none twice
    assert {k for _, k in plan} >= set(range(1, 30))


def test_one_or_two_arrays_are_zero_and_one_other_is_scaled() -> None:
    a, b = {"n": 2}, {"n": 1}
    plan = list(sparse_probes([a, b], ["x", "y", "z"]))
    assert plan[:6] == [(size, frozenset("z"), frozenset(more)) for size in (a, b) for more in ("", "x", "y")]
    zeros = list(dict.fromkeys(gone for _, gone, _ in plan))
    assert zeros == [frozenset(gone) for gone in ("z", "y", "x", "yz", "xz", "xy")]
    assert plan[-4:] == [(size, frozenset("xy"), frozenset(more)) for size in (a, b) for more in ("", "z")]
    assert len(plan) == 2 * (3 * 3 + 3 * 2)


def test_sets_that_are_scaled_come_in_order() -> None:
    """Of few names all sets, the smallest first, beyond ln 2 the largest; of many those of vectors first."""
    matrices = [sym(name, n, n) for name in "ABCD"]
    e = mm(t(x), *matrices, times(s, plus(y, z)))
    search_ = searching(claim(e, zero, context(s, x, y, z, *matrices)))

    def sets(names: str, extended: bool = False) -> list[str]:
        return ["".join(sorted(c)) for c in search_._subsets(list(names), extended)]

    def some(names: str, *counts: int) -> list[str]:
        return ["".join(c) for k in counts for c in combinations(names, k)]

    assert sets("") == [""]
    assert sets("sx") == ["", "s", "x", "sx"]
    assert sets("sx", extended=True) == ["", "sx", "s", "x"]
    assert sets("ABsxy") == ["", *some("ABsxy", 1, 2, 3, 4, 5)]
    assert sets("ABCsxy") == ["", *some("sxy", 1, 2, 3), *some("ABCsxy", 1, 2, 3, 4, 5)]
    assert sets("ABCDsxyz", extended=True) == ["", *some("sxyz", 1, 2, 3), *some("ABCDsxyz", 5, 4, 3, 2, 1)]


def test_each_pass_follows_its_plan(tried: list[dict[str, Any]]) -> None:
    """Sizes alone, of three names: telling ones first, then the first sixteen in order, from the last to the first."""
    e = times(Size(n), Size(m), Size(Dim(1, ("k",))))
    search(claim(e, e, Context()), Budget(points=10**4, attempts=80, each_size=3))
    order = sorted(product((1, 2, 3), repeat=3), key=lambda c: (prod(c), max(c), c))
    telling = list(dict.fromkeys([(2, 2, 2), (2, 3, 2), (1, 1, 1), (3, 2, 3), *order]))
    plans = chain(islice(probes(telling, 3), 80), islice(slow_probes(telling[:2], order[:16]), 20))  # type: ignore[type-var]
    assert [((d["sizes"]["k"], d["sizes"]["m"], d["sizes"]["n"]), d["attempt"]) for d in tried] == list(plans)


def test_sparse_points_follow_their_plan(tried: list[dict[str, Any]]) -> None:
    """Arrays of real numbers alone are made 0: neither scalars nor what is declared otherwise; eight attempts in turn."""
    kinds = [Variable(f"v{k}", (n,), domain=d) for k, d in enumerate(("positive", "nonnegative", "nonzero", "binary", "sign"))]  # type: ignore[arg-type]
    P = Variable("P", (n, n), definite=True)
    e = plus(x, y, mm(sym("P", n, n), times(s, z)), *(sym(v.name, n) for v in kinds))
    search(claim(e, e, context(s, x, y, z, P, *kinds)), Budget(points=1, attempts=3, sparse=1000))
    drawn = [d for d in tried if d["zero"]]
    plan = sparse_probes([{"n": 2}, {"n": 1}], ["x", "y", "z"])
    assert [(d["sizes"], d["zero"], d["scaled"]) for d in drawn] == list(plan)
    assert [d["attempt"] for d in drawn] == [k % 8 for k in range(len(drawn))]


def test_the_budget_is_the_documented_one() -> None:
    text = (Path(__file__).resolve().parents[2] / "docs" / "limits.md").read_text(encoding="utf-8")
    paragraph = text[text.index("A witness is looked for") : text.index("- Witnesses consist")]
    wanted = Budget()
    numbers = [wanted.attempts, wanted.points, wanted.points // 4, wanted.sparse, wanted.entries, wanted.steps]
    numbers += [wanted.smaller, wanted.rational, wanted.plainer, wanted.shortening]
    assert [int(word) for word in re.findall(r"\b\d{2,}\b", paragraph)] == numbers


# ------------------------------------------------------------------- limits


def survived(statement: Statement, **budget: int) -> int:
    found = search(statement, Budget(**budget))
    assert isinstance(found, Survived), found
    return found.points


def test_different_points_are_counted_and_no_more_than_wanted() -> None:
    assert survived(claim(one, one, context())) == 1
    bit = Variable("s", (), domain="binary")
    assert survived(claim(square(s), s, context(bit))) == 2
    assert survived(LARGE, points=7, sparse=0) == 7
    assert survived(LARGE, points=100, attempts=9, sparse=0) == 9  # a second pass meets them again


def test_as_many_points_are_drawn_as_the_budget_says(tried: list[dict[str, Any]]) -> None:
    """A second pass, of a quarter, only where fewer than a quarter of the wanted points were met; then sparse points."""

    def drawn(points: int, attempts: int, sparse: int = 0) -> int:
        tried.clear()
        search(LARGE, Budget(points=points, attempts=attempts, sparse=sparse))
        return len(tried)

    assert [drawn(0, 10), drawn(1, 10), drawn(10, 10), drawn(40, 10), drawn(43, 10)] == [0, 1, 10, 10, 10]
    assert [drawn(44, 10), drawn(44, 11), drawn(48, 11), drawn(60, 12), drawn(1000, 12)] == [12, 11, 13, 15, 15]
    assert [drawn(1, 5, k) for k in (1, 2, 7)] == [2, 3, 6]
    assert drawn(40, 0, 5) == 0
    assert drawn(40, 15) == 15  # more than a quarter, fewer than half


def test_the_slow_pass_asks_for_half_the_points() -> None:
    statement = claim(POWERS, POWERS, context(*SEVEN))
    e = times(POWERS, x)  # no radicals at sparse points
    assert isinstance(search(claim(plus(e, y), plus(e, y), context(*SEVEN, x, y)), Budget(attempts=3, sparse=1)), NoPoint)
    assert [survived(statement, points=p, sparse=0) for p in (4, 9)] == [2, 4]


def test_no_point_is_drawn_once_the_steps_are_spent(tried: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch) -> None:
    def drawn(spent: int, points: int = 4, attempts: int = 10, sparse: int = 0) -> int:
        tried.clear()
        monkeypatch.setattr(Question, "spent", property(lambda _: spent))
        search(TRUE, Budget(points=points, attempts=attempts, sparse=sparse, steps=5))
        return len(tried)

    assert [drawn(0), drawn(5), drawn(6), drawn(10)] == [4, 4, 0, 0]
    assert [drawn(k, sparse=3) for k in (6, 9, 10, 11, 12)] == [3, 3, 3, 0, 0]
    monkeypatch.undo()
    assert survived(TRUE, steps=1, sparse=0) == 1


def test_points_with_too_many_entries_are_not_drawn() -> None:
    def large(count: int, *more: Sym) -> Statement:
        v = sym("v", Dim(count))
        each = [plus(times(zero, mm(t(v), v)), *(mm(t(ones(n)), w) for w in more))] * 2
        return claim(*each, context(v, *more))

    assert survived(large(150), points=1, sparse=0) == 1
    assert search(large(151)) == NoPoint("no sizes small enough", "limit")
    assert telling_point(large(151), Budget()) is None
    assert survived(large(148, x, y), attempts=3, sparse=0) == 3
    assert survived(large(7), entries=7, points=1, sparse=0) == 1
    assert isinstance(search(large(7), Budget(entries=6)), NoPoint)


def test_too_many_entries_under_an_exponential_are_no_verdict() -> None:
    """Before any point is drawn, too: where no sizes are small enough, none is tried."""
    v = sym("v", Dim(200))
    statement = claim(plus(mm(t(ones(Dim(200))), f("exp", v)), mm(t(ones(n)), x)), one, context(v, x))
    assert search(statement) == NoPoint("no sizes small enough", "limit")


def test_assumptions_that_fail_are_tried_in_three_styles(tried: list[dict[str, Any]]) -> None:
    never = Equation(mm(t(x), x), number(-1))
    search(claim(x, y, context(x, y, assumptions=(never,))), Budget(attempts=4, sparse=0))
    assert [d["style"] for d in tried] == [0, 1, 2] * 4 + [0, 1, 2]
    tried.clear()
    search(TRUE, Budget(attempts=4, sparse=0))
    assert {d["style"] for d in tried} == {0}
    tried.clear()
    holds = Equation(mm(t(x), y), zero)  # linear: solved at the first style
    assert isinstance(search(claim(mm(t(y), x), zero, context(x, y, assumptions=(holds,))), Budget(points=3)), Survived)
    assert [d["style"] for d in tried[:3]] == [0, 0, 0]


def test_at_first_one_set_is_scaled_and_three_after_twelve_points(tried: list[dict[str, Any]]) -> None:
    """e^{rs·xᵀy}: any one of the four may be a multiple of ln 2, no two of them."""
    e = f("exp", times(r, s, mm(t(x), y)))
    search_ = searching(claim(e, e, context(r, s, x, y)), Budget(points=40, sparse=0))
    counted, real = list[int](), search_._try

    def noted(*given: Any) -> Any:
        counted.append(search_.points)
        return real(*given)

    search_._try = noted
    assert search_.run() == Survived(40)
    probed = [d for d in tried if d["attempt"] < NESTED]
    assert len(probed) == len(counted)
    for d, points in zip(probed, counted, strict=True):
        assert d["scaled"] == frozenset(("rsx"[d["attempt"] % 3]) if points >= 12 else "r")
    assert {d["sizes"]["n"] for d in tried if d["attempt"] >= GENERIC} == {2}  # where faults are seen first


def test_of_many_sets_the_first_are_tried(tried: list[dict[str, Any]]) -> None:
    """Seven exponentials need seven multiples of ln 2: no set of up to five will do, and 64 of them are seen to fail."""
    search_ = searching(claim(POWERS, POWERS, context(*SEVEN)))
    assert search_._scalings(extended=False) == []
    assert len({d["scaled"] for d in tried}) == len(tried) == 64
    bit = Variable("s", (), domain="binary")
    e = f("exp", times(s, mm(t(x), y)))
    search_ = searching(claim(e, e, context(bit, x, y)))
    search_.points = 12
    assert search_._scalings(extended=False) == [frozenset("x"), frozenset("y")]


def test_kinks_and_poles_are_not_the_numbers_fault(tried: list[dict[str, Any]]) -> None:
    """Six generic points are tried, which fail for other reasons than their numbers."""

    def representable(e: Expr, scaled: str, *assumptions: Equation, extended: bool = False) -> bool:
        tried.clear()
        search_ = searching(claim(e, e, context(s, assumptions=assumptions)))
        return bool(search_._representable({}, frozenset(scaled), extended))

    exponential = f("exp", s)
    assert not representable(exponential, "")
    assert len(tried) == 1
    assert representable(exponential, "", extended=True)
    assert representable(exponential, "s")
    assert [d["attempt"] for d in tried] == [GENERIC]
    assert representable(Power(exponential, number(10**6)), "s")  # too large there, not everywhere
    doubled = claim(exponential, r, context(s, r, assumptions=(Equation(r, times(number(2), s)),)))
    assert searching(doubled)._representable({}, frozenset("s"), False)  # once r is solved for
    for e, *assumed in ((over(exponential, plus(s, neg(s))),), (times(exponential, f("relu", plus(s, neg(s)), 1)),),
                        (exponential, Equation(square(s), number(-1)))):  # fmt: skip
        assert not representable(e, "s", *assumed)  # type: ignore[arg-type]
        assert [d["attempt"] for d in tried] == list(range(GENERIC, GENERIC + 6))


# ------------------------------------------------------------ what is told


def test_points_that_fail_for_the_numbers_sake_are_no_sign_of_a_vacuous_claim() -> None:
    """The commonest reason is told."""
    vacuous = search(claim(over(one, plus(s, neg(s))), zero, context(s)))
    assert isinstance(vacuous, NoPoint)
    assert vacuous.kind == "vacuous"
    assert search(claim(s, r, context(s, r), zero)) == NoPoint("the side condition leaves no entry", "vacuous")
    limit = search(claim(f("sin", plus(square(s), one)), number(5), context(s)))
    assert isinstance(limit, NoPoint)
    assert limit.kind == "limit"
    search_ = searching(TRUE)
    search_.vacuous += ["a", "b", "b"]
    assert search_._no_point() == NoPoint("b", "vacuous")
    search_.limits += ["d", "c", "c"]
    assert search_._no_point() == NoPoint("c", "limit")


def test_points_may_be_told_that_are_not_the_smallest() -> None:
    """As first met, at telling sizes; nothing for true lines and for what is not evaluated."""
    point = telling_point(claim(x, y, context(x, y)), Budget())
    assert point is not None
    assert point.sizes == {"n": 2}
    assert point.arrays["x"] != point.arrays["y"]
    assert telling_point(TRUE, Budget(points=2, sparse=0)) is None
    assert telling_point(claim(x, s, context(x, s)), Budget()) is None


def test_witnesses_are_looked_at_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """One that does not stand is a fault of ours, and loud."""
    statement = claim(x, y, context(x, y))
    with monkeypatch.context() as patch:
        patch.setattr(witness, "admits", lambda *_: False)
        with pytest.raises(AssertionError, match="contradicts"):
            search(statement)
    monkeypatch.setattr(witness, "evaluate", lambda *_: {((), (k,)): (1, 1) for k in (1, 2, 3)})
    with pytest.raises(AssertionError, match="second"):
        search(statement)


def test_entries_that_differ_are_counted() -> None:
    """x = y on all of diag and beside: of n entries those where the guard is not 0."""
    i = index("i", n)
    found = search(claim(at(x, i), plus(at(x, i), one), context(x), Delta(i, Position(2, n))))
    assert isinstance(found, Counterexample)
    assert (found.point.sizes, found.free_indices, found.differing, found.total) == ({"n": 2}, {"i": 2}, 1, 1)
    of_three = sym("v", Dim(3))
    found = search(claim(of_three, plus(of_three, times(of_three, sym("w", Dim(3)))), context(of_three, sym("w", Dim(3)))))
    assert isinstance(found, Counterexample)
    assert found.total == 3
    differing = [k for k, v in enumerate(found.point.arrays["v"]) if v != Exact() != found.point.arrays["w"][k]]
    assert found.differing == len(differing)
    assert found.entry == (differing[0] + 1,)
    found = search(claim(of_three, plus(of_three, ones(Dim(3))), context(of_three)))
    assert isinstance(found, Counterexample)
    assert (found.entry, found.differing, found.total) == ((1,), 3, 3)


def test_values_of_defined_names_are_told_as_text() -> None:
    world = context(x, s, definitions={"z": times(number(2), x), "q": over(one, s)})
    point = Point({"n": 2}, {"x": (Exact(HALF), Exact(Fraction(0), Fraction(1))), "s": (Exact(),)})
    assert values_of(z, world, point) == ("1", "2*log(2)")
    assert values_of(q, world, point) is None


def test_what_is_undefined_is_not_admitted() -> None:
    world = context(s, assumptions=(SignAssumption(f("log", s), ">"),))
    admitted = [admits(claim(s, s, world), Point({}, {"s": (Exact(Fraction(v)),)})) for v in (2, 1, 0, -1)]
    assert admitted == [True, False, False, False]


# ----------------------------------------------------------------- smallest


def polynomial(*roots: tuple[Dim, int]) -> Expr:
    e: Expr = one
    for dim, root in roots:
        e = times(e, plus(Size(dim), number(-root)))
    return e


def only_at(*sizes: tuple[int, int]) -> Statement:
    """Sides that differ at these n and m alone, of 1 to 3: Σ of Lagrange's polynomials."""
    terms = [polynomial(*((n, k) for k in (1, 2, 3) if k != a), *((m, k) for k in (1, 2, 3) if k != b)) for a, b in sizes]
    return claim(plus(*terms, zero), zero, Context())


def smallest(statement: Statement, **budget: int) -> tuple[int, int]:
    found = search(statement, Budget(**budget))
    assert isinstance(found, Counterexample), found
    return found.point.sizes["n"], found.point.sizes["m"]


@pytest.mark.parametrize("first", list(product((1, 2, 3), repeat=2)))
def test_sizes_are_the_smallest_at_which_the_sides_differ(first: tuple[int, int]) -> None:
    """By their product, then by the larger of them."""
    assert smallest(only_at(first)) == first
    for second in product((1, 2, 3), repeat=2):
        least = min((prod(c), max(c)) for c in (first, second))
        a, b = smallest(only_at(first, second)) if first != second else first
        assert (a * b, max(a, b)) == least


def test_sizes_are_lowered_one_at_a_time_twice_and_then_in_order() -> None:
    """(2, 2) is met first.  One at a time leads to (2, 1), then to (1, 1), but never to (3, 1), the fourth in order."""
    assert smallest(only_at((2, 2), (2, 1), (1, 1)), smaller=0) == (1, 1)
    assert smallest(only_at((2, 2), (1, 2)), smaller=0) == (1, 2)
    assert [smallest(only_at((2, 2), (3, 1)), smaller=k) for k in (0, 3, 4, 20)] == [(2, 2), (2, 2), (3, 1), (3, 1)]


def test_smaller_sizes_get_five_attempts(tried: list[dict[str, Any]]) -> None:
    """And no more entries than the budget says, and the places that are mentioned."""
    search_ = searching(TRUE, Budget(entries=6))
    assert search_._at([{"n": 1}, {"n": 4}, {"n": 3}], False) is None
    assert [(d["sizes"]["n"], d["attempt"]) for d in tried] == [(k, a) for k in (1, 3) for a in range(5)]
    area = Dim(1, ("n", "m"))
    v = sym("v", area)
    found = search(claim(at(v, Position(3, area)), zero, context(v)))
    assert isinstance(found, Counterexample)
    assert sorted(found.point.sizes.values()) == [1, 3]


# ----------------------------------------------------------------- plainest


CUBIC = times(s, plus(square(s), number(-1)))


@pytest.mark.parametrize(
    ("left", "right", "start", "plain"),
    [
        (times(s, r), zero, {"s": 5, "r": HALF}, {"s": 1, "r": 1}),
        (s, r, {"s": 5, "r": 7}, {"s": -1, "r": 1}),  # r first, and then s may not be 1
        (s, r, {"s": 2, "r": 1}, {"s": 2, "r": 1}),
        (s, r, {"s": -1, "r": 1}, {"s": -1, "r": 1}),
        (s, r, {"s": -1, "r": 2}, {"s": -1, "r": 1}),
        (s, r, {"s": 0, "r": 3}, {"s": 0, "r": 1}),
        (CUBIC, times(zero, r), {"s": 5, "r": 0}, {"s": 2, "r": 0}),
        (f("exp", s), r, {"s": 3 * TWO_LOG, "r": 3}, {"s": TWO_LOG, "r": 1}),
        (f("exp", s), r, {"s": -TWO_LOG, "r": 2}, {"s": TWO_LOG, "r": 1}),
        (f("exp", s), times(number(2), r), {"s": 5 * TWO_LOG, "r": 1}, {"s": -TWO_LOG, "r": 1}),
        (s, times(r, r), {"s": 2 * TWO_LOG, "r": 1}, {"s": TWO_LOG, "r": 1}),
    ],
)  # fmt: skip
def test_entries_are_made_plain_where_the_difference_stays(
    left: Expr, right: Expr, start: dict[str, Number], plain: dict[str, Number]
) -> None:
    """1 or ln 2, else −1 or 2 of them."""
    search_ = searching(claim(left, right, context(r, s)))
    hit = found_at(search_, **{name: [v] for name, v in start.items()})
    assert {name: v for name, (v,) in search_._simplified(hit).draft.arrays.items()} == plain


def test_entries_are_made_plain_one_by_one_within_the_budget() -> None:
    def plain(budget: int, *values: Number) -> list[Number]:
        search_ = searching(claim(x, times(number(2), x), context(x)), Budget(plainer=budget))
        return list(search_._simplified(found_at(search_, x=values)).draft.arrays["x"])

    assert [plain(k, 5, 0, 7, 9) for k in range(4)] == [[5, 0, 7, 9], [1, 0, 7, 9], [1, 0, 1, 9], [1, 0, 1, 1]]
    cubic = claim(CUBIC, zero, context(s))
    for budget, wanted in ((2, 5), (3, 2)):
        search_ = searching(cubic, Budget(plainer=budget))
        assert search_._simplified(found_at(search_, s=[5])).draft.arrays["s"] == [wanted]


@pytest.mark.parametrize(
    ("value", "plainer"),
    [
        (0, []), (1, []), (TWO_LOG, []), (-1, [1]), (2, [1]), (3, [1, -1, 2]), (-2, [1, -1, 2]), (HALF, [1, -1, 2]),
        (-TWO_LOG, [TWO_LOG]), (2 * TWO_LOG, [TWO_LOG]), (3 * TWO_LOG, [TWO_LOG, -TWO_LOG, 2 * TWO_LOG]),
        (-2 * TWO_LOG, [TWO_LOG, -TWO_LOG, 2 * TWO_LOG]),
    ],
)  # fmt: skip
def test_plainer_entries(value: Number, plainer: list[Number]) -> None:
    assert witness._plainer_than(value) == plainer


def weighted(*weights: int, of: Sym = x) -> Expr:
    """Σ of weights times entries."""
    return plus(*(times(number(w), at(of, Position(k + 1, of.shape[0]))) for k, w in enumerate(weights)), zero)


FORTY = 10**40


@pytest.mark.parametrize(
    ("left", "start", "wanted"),
    [
        (mm(t(ones(n)), x), [99997, 1, 1], [99997, 1, 1]),  # 99999 and 0: six characters are short
        (mm(t(ones(n)), x), [99998, 1, 1], [1, 1, 1]),
        (weighted(FORTY, 1), [1, 1], [0, 1]),
        (weighted(1, FORTY), [7, 7], [7, 0]),
        (weighted(FORTY), [3], [3]),
        (weighted(FORTY), [30], [1]),
        (weighted(10**7, -(10**7)), [8, 7], [8, 7]),  # with a 0 first it would be longer
    ],
)  # fmt: skip
def test_long_values_are_made_shorter(left: Expr, start: list[Number], wanted: list[Number]) -> None:
    search_ = searching(claim(left, zero, context(x)))
    hit = found_at(search_, x=start)
    found = search_._shorter(hit)
    assert found.draft.arrays["x"] == wanted
    assert (found is hit) == (start == wanted)


def test_whole_arrays_of_zeros_may_be_shorter_within_the_budget() -> None:
    """The four changes before: x of 1, y of 1, x of 0, y of 0.  What an assumption or a domain constrains stays."""

    def shorter(budget: int, right: Expr = zero, y: Variable | Sym = y, *assumptions: Equation) -> dict[str, list[Number]]:
        world = context(x, y, assumptions=assumptions)
        search_ = searching(
            claim(plus(weighted(1, 1), weighted(FORTY, FORTY, of=sym("y", n))), right, world), Budget(shortening=budget)
        )
        return dict(search_._shorter(found_at(search_, x=[1, 1], y=[3, 9])).draft.arrays)

    assert [shorter(k)["y"] for k in (0, 1, 2, 3, 4)] == [[3, 9], [3, 9], [1, 1], [1, 1], [0, 0]]
    assert shorter(60) == {"x": [1, 1], "y": [0, 0]}
    assert shorter(60, zero, Variable("y", (n,), domain="positive"))["y"] == [3, 9]
    assert shorter(60, zero, y, Equation(times(number(9), at(y, Position(1, n))), times(number(3), at(y, Position(2, n)))))[
        "y"
    ] == [3, 9]


def test_plainer_functions_come_before_plainer_entries() -> None:
    """φ(x₁) for φ = 12345678·t³: the linear stand-in, at the same point."""
    world = context(x, functions=(FreeFunction("φ", None, ()),))
    search_ = searching(claim(plus(f("φ", at(x, Position(1, n)))), zero, world))
    large = Polynomial(((Fraction(12345678), (3,)),))
    hit = found_at(search_, x=[3], functions={"φ": large})
    found = search_._shorter(hit)
    assert found.draft.arrays["x"] == [3]
    (chosen,) = found.draft.functions["φ"]
    assert chosen != large
    assert max(power for _, (power,) in chosen.terms) <= 2


def test_what_is_read_counts_before_what_it_is_computed_from() -> None:
    world = context(s, r, functions=(FreeFunction("φ", None, ()),))
    search_ = searching(claim(plus(s, f("φ", r)), r, world))
    hit = found_at(search_, s=[100], r=[HALF], functions={"φ": Polynomial(((Fraction(1), (1,)), (Fraction(2), (0,))))})
    assert witness._read(hit) == len("205/2") + len("1/2")
    assert witness._length(hit) == (8, len("100") + len("1/2") + 2)
    vectors = searching(claim(x, times(x, x), context(x)))
    assert witness._read(found_at(vectors, x=[1, 0, 12])) == len("12") + len("144")  # the first that differ


def test_radicals_are_avoided_where_logarithms_do(tried: list[dict[str, Any]]) -> None:
    """e ≠ 1 becomes 2 ≠ 1: the first attempts from ``NESTED`` on, nothing scaled, then s."""
    statement = claim(f("exp", s), one, context(s))

    def rational(budget: int) -> Any:
        search_ = searching(statement, Budget(rational=budget))
        hit = found_at(search_, s=[1], extended=True)
        tried.clear()
        return hit, search_._rational(hit)

    for budget in (0, 1):
        hit, found = rational(budget)
        assert found is hit
    hit, found = rational(270)
    drawn = [(d["attempt"], d["scaled"]) for d in tried if d["attempt"] < GENERIC]
    assert drawn == [(NESTED + k, frozenset("s" if k % 2 else "")) for k in range(len(drawn))]
    assert not found.extended
    assert drawn[-1][1] == frozenset("s")
    search_ = searching(statement)
    plain = found_at(search_, s=[TWO_LOG])
    assert search_._rational(plain) is plain
