"""Which points are admissible, how equations are satisfied, which entries are compared."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, permutations, product
from math import isqrt, prod
from random import Random

import pytest

from derivations.claims import Context, Equation, Labels, SignAssumption, Variable
from derivations.expr import Apply, Delta, Dim, Expr, LabelOf, Position, Power, Sym
from derivations.prove import pointwise
from derivations.prove.exactnumber import PI as PI_
from derivations.prove.exactnumber import (
    TWO_LOG,
    Number,
    OnKink,
    TooLarge,
    Unrepresentable,
    Unsupported,
    generator,
    logarithm,
    power,
)
from derivations.prove.pointwise import Compared, Draft, Inadmissible, Question, exact_of, number_of
from derivations.prove.witness import NoPoint, evaluate, search
from derivations.verdicts import Exact, Point, Polynomial
from tests.prove.identities import (
    at,
    claim,
    context,
    d,
    dims,
    f,
    index,
    mm,
    number,
    ones,
    plus,
    square,
    sym,
    t,
    times,
    total,
)

n, m = dims("n m")
x, y, s, r = sym("x", n), sym("y", n), sym("s"), sym("r")
A, S, X = sym("A", n, n), sym("S", n, n), sym("X", n, m)
i, j = index("i", n), index("j", n)
zero, one, two = number(0), number(1), number(2)
HALF = Fraction(1, 2)


def asked(e: Expr, world: Context, *guards: Expr) -> Question:
    return Question(claim(e, e, world, *guards))


def admitted(question: Question, draft: Draft) -> bool:
    try:
        question.require_admissible(draft, extended=True)
    except Inadmissible:
        return False
    return True


# ------------------------------------------------------------------ numbers


@pytest.mark.parametrize("exact", [Exact(), Exact(HALF), Exact(Fraction(-2), Fraction(3)), Exact(Fraction(0), HALF)])
def test_entries_of_points_are_read_and_written(exact: Exact) -> None:
    assert exact_of(number_of(exact)) == exact


def test_only_multiples_of_log_two_are_written() -> None:
    assert number_of(Exact(HALF, Fraction(3))) == TWO_LOG * 3 + HALF
    for other in (logarithm(3), TWO_LOG * TWO_LOG, generator(PI_), power(2, HALF, True), 1 + logarithm(3) + TWO_LOG):
        with pytest.raises(Unrepresentable):
            exact_of(other)


def test_drafts_are_points() -> None:
    draft = Draft({"n": 2, "m": 3}, {"x": [1, TWO_LOG]}, {"x": [HALF, 0]}, {"c": (1, 2)}, {"φ": (Polynomial(((HALF, (1,)),)),)})
    point = draft.point()
    assert point.arrays == {"x": (Exact(Fraction(1)), Exact(Fraction(0), Fraction(1)))}
    assert point.tangents == {"x": (Exact(HALF), Exact())}
    assert Draft.of(point) == draft
    assert [draft.size(dim) for dim in (n, Dim(4), Dim(2, ("n", "m")), Dim(3, ("n",)))] == [2, 4, 12, 6]
    assert draft.count((n, Dim(2, ("m",)))) == 12
    assert draft.count(()) == 1


def test_entries_differ_where_their_difference_is_not_zero() -> None:
    def differ(left: Number, right: Number) -> bool:
        return Compared((), (), left, right).differs

    assert differ(1, 2)
    assert not differ(HALF, Fraction(2, 4))
    assert not differ(logarithm(6), TWO_LOG + logarithm(3))
    assert differ(logarithm(6), TWO_LOG)


# -------------------------------------------------------------- admissibility


@pytest.mark.parametrize(
    ("domain", "good", "bad"),
    [
        ("positive", [1, HALF, TWO_LOG], [0, -1, 1 - TWO_LOG * 2]),
        ("nonnegative", [0, 1, TWO_LOG], [-1, TWO_LOG - 1]),
        ("nonzero", [1, -1, TWO_LOG], [0]),
        ("binary", [0, 1], [-1, 2, HALF]),
        ("sign", [-1, 1], [0, 2, HALF]),
    ],
)
def test_declared_domains(domain: str, good: list[Number], bad: list[Number]) -> None:
    question = asked(x, context(Variable("x", (n,), domain=domain)))  # type: ignore[arg-type]
    assert admitted(question, Draft({"n": len(good)}, {"x": good}))
    for value in bad:
        assert not admitted(question, Draft({"n": 1}, {"x": [value]}))
        assert not admitted(question, Draft({"n": 2}, {"x": [good[0], value]}))


@pytest.mark.parametrize(
    ("sign", "good", "bad"), [(">", [1, 2], [0, -1]), ("≥", [0, 1], [-1]), ("≠", [-1, 1], [0])]
)
def test_assumed_signs(sign: str, good: list[Number], bad: list[Number]) -> None:
    question = asked(mm(t(x), y), context(x, y, assumptions=(SignAssumption(plus(x, y), sign),)))  # type: ignore[arg-type]
    for value in good:
        assert admitted(question, Draft({"n": 2}, {"x": [value, good[0]], "y": [0, 0]}))
    for value in bad:
        assert not admitted(question, Draft({"n": 2}, {"x": [good[0], value], "y": [0, 0]}))


def determinant(values: list[int], n: int) -> int:
    return sum(
        (-1) ** sum(o[a] > o[b] for a, b in combinations(range(n), 2)) * prod(values[a * n + o[a]] for a in range(n))
        for o in permutations(range(n))
    )


def test_symmetry_and_definiteness_are_exact() -> None:
    """Beside all leading minors, for small symmetric matrices at random; one entry changed is no symmetry."""
    rng = Random(6)
    symmetric, definite = (asked(S, context(Variable("S", (n, n), **{p: True}))) for p in ("symmetric", "definite"))  # type: ignore[arg-type]
    seen = set[bool]()
    for _ in range(60):
        size = rng.choice((1, 2, 3))
        lower = [[rng.randint(-2, 2) + 2 * (a == b) for b in range(a + 1)] for a in range(size)]
        values = [lower[max(a, b)][min(a, b)] for a in range(size) for b in range(size)]
        wanted = all(
            determinant([values[a * size + b] for a in range(k) for b in range(k)], k) > 0 for k in range(1, size + 1)
        )
        seen.add(wanted)
        draft = Draft({"n": size}, {"S": list(values)})
        assert admitted(symmetric, draft)
        assert admitted(definite, draft) is wanted
        if size > 1:
            draft.arrays["S"][rng.randrange(1, size)] += 1
            assert not admitted(symmetric, draft)
            assert not admitted(definite, draft)
    assert seen == {True, False}


@pytest.mark.parametrize("count", [1, 4, 9, 16])
def test_entries_that_move_together(count: int) -> None:
    size = isqrt(count)
    tied = pointwise._tied(Variable("S", (n, n), symmetric=True), count)
    assert sorted(k for group in tied for k in group) == list(range(count))
    assert {frozenset(g) for g in tied} == {frozenset((a * size + b, b * size + a)) for a in range(size) for b in range(size)}
    assert pointwise._tied(Variable("A", (n, n)), count) == [(k,) for k in range(count)]
    assert pointwise._tied(Variable("s", (), symmetric=True), 1) == [(0,)]


# ------------------------------------------------------------ solving equations


SUM = Equation(mm(t(ones(n)), x), one)
THROUGH = Equation(mm(t(ones(n)), sym("z", n)), one)
START: dict[str, list[Number]] = {"x": [3, 5, 7], "y": [1, 2, 4], "s": [2], "S": [1, 2, 3, 2, 5, 6, 3, 6, 9]}


@pytest.mark.parametrize("rotation", range(4))
@pytest.mark.parametrize(
    "equations",
    [
        (SUM,), (SUM, Equation(mm(t(x), y), zero)), (Equation(x, times(two, y)),), (Equation(times(s, x), y),),
        (Equation(mm(S, y), times(s, y)),), (Equation(mm(S, ones(n)), ones(n)),),
        (Equation(at(S, i, j), times(at(x, i), at(x, j))),),
        (Equation(total(i, at(x, i)), s), Equation(mm(t(ones(n)), y), s)),
    ],
)  # fmt: skip
def test_linear_equations_are_satisfied(equations: tuple[Equation, ...], rotation: int) -> None:
    """And symmetric matrices stay symmetric, what no equation reads stays as it is."""
    world = context(x, y, s, r, Variable("S", (n, n), symmetric=True), assumptions=equations)
    question = asked(plus(mm(t(x), S, y), times(s, r)), world)
    draft = Draft({"n": 3}, {name: list(values) for name, values in START.items()} | {"r": [11]})
    assert not admitted(question, draft)
    solved = question.solve(draft, True, rotation)
    assert admitted(question, solved)
    assert solved.arrays["r"] == [11]
    changed = [name for name in START if solved.arrays[name] != draft.arrays[name]]
    assert 1 <= len(changed) <= len(equations)


def test_rotation_chooses_what_is_changed() -> None:
    question = asked(mm(t(x), y), context(x, y, assumptions=(Equation(x, y),)))
    draft = Draft({"n": 3}, {"x": START["x"], "y": START["y"]})
    both = [question.solve(draft, True, rotation).arrays for rotation in (0, 1)]
    assert both == [{"x": START["y"], "y": START["y"]}, {"x": START["x"], "y": START["x"]}]
    summed = asked(x, context(x, assumptions=(SUM,)))
    moved = [summed.solve(Draft({"n": 3}, {"x": [3, 5, 7]}), True, rotation).arrays["x"] for rotation in range(3)]
    assert moved == [[3, 5, -7], [-11, 5, 7], [3, -9, 7]]  # the last entry first


def test_what_cannot_be_solved_stays() -> None:
    """Quadratic equations from a bad start, binary and definite variables, equations that hold already."""
    start = Draft({"n": 2}, {"x": [1, 1]})
    for world in (
        context(x, assumptions=(Equation(mm(t(x), x), number(7)),)),
        context(Variable("x", (n,), domain="binary"), assumptions=(SUM,)),
        context(x, assumptions=(Equation(mm(t(ones(n)), x), two),)),
    ):
        assert asked(x, world).solve(start, True, 0) == start
    P = Variable("P", (n, n), definite=True)
    fixed = Draft({"n": 1}, {"P": [2], "s": [1]})
    question = asked(times(s, sym("P", n, n)), context(P, s, assumptions=(Equation(at(sym("P", n, n), i, i), s),)))
    assert question.solve(fixed, True, 0).arrays == {"P": [2], "s": [2]}


# ---------------------------------------------------------- what is compared


def test_every_entry_that_the_guards_leave_is_compared() -> None:
    e = times(at(X, i, index("a", m)), x)
    question = asked(e, context(X, x), plus(one, times(number(-1), Delta(i, Position(2, n)))))
    draft = Draft({"n": 3, "m": 2}, {"X": [1, 2, 3, 4, 5, 6], "x": [1, 10, 100]})
    found = {(c.free, c.entry): c.left for c in question.compare(draft, False)}
    wanted = {
        ((a, row), (k,)): draft.arrays["X"][(row - 1) * 2 + a - 1] * 10 ** (k - 1)  # free indices by name: a, i
        for a, row, k in product((1, 2), (1, 3), (1, 2, 3))
    }
    assert found == wanted


def test_sizes_that_matter_are_found_everywhere() -> None:
    p, q, h, k, o = dims("p q h k o")
    assert asked(x, context(x)).size_names() == ("n",)
    defined = context(sym("Q", p, q), definitions={"z": mm(t(ones(p)), sym("Q", p, q), ones(q))})
    assert asked(sym("z"), defined).size_names() == ("p", "q")
    labelled = context(x, labels=(Labels("c", h, n),))
    assert asked(at(x, LabelOf("c", Position(1, h), n)), labelled).size_names() == ("h", "n")
    assert asked(d(mm(t(x), y), x), context(x, y)).size_names() == ("n",)
    assert asked(mm(t(ones(k)), Apply("f", x, (k,))), context(x)).size_names() == ("k", "n")
    assert asked(total(index("o", o), s), context(s)).size_names() == ("o", )


def test_fixed_places_must_exist() -> None:
    question = asked(plus(at(x, Position(3, n)), at(sym("v", Dim(2, ("m",))), Position(4, Dim(2, ("m",))))), context(x))
    assert [question.fits({"n": a, "m": b}) for a, b in ((3, 2), (2, 2), (3, 1), (4, 9))] == [True, False, False, True]
    assert not asked(at(x, Position(0, n)), context(x)).fits({"n": 3})


@pytest.mark.parametrize(("sign", "domain"), [(">", "positive"), ("≥", "nonnegative"), ("≠", "nonzero")])
def test_an_assumption_about_a_variable_is_its_domain(sign: str, domain: str) -> None:
    world = context(x, y, assumptions=(SignAssumption(x, sign), SignAssumption(plus(x, y), ">")))  # type: ignore[arg-type]
    question = asked(mm(t(x), y), world)
    assert question.domain(world.variables["x"]) == domain
    assert question.domain(world.variables["y"]) == "real"
    binary = Variable("x", (n,), domain="binary")
    assert asked(x, context(binary, assumptions=(SignAssumption(x, sign),))).domain(binary) == "binary"  # type: ignore[arg-type]


def test_what_is_constrained_is_known() -> None:
    question = asked(plus(x, y), context(x, y, s, assumptions=(SUM, Equation(mm(t(x), x), s))))
    assert question.constrained == {"x", "s"}
    assert set(question.bases) == {"x", "y", "s"}
    through = asked(sym("z", n), context(x, A, y, definitions={"z": mm(A, x), "w": y}, assumptions=(THROUGH,)))
    assert through.constrained == {"x", "A"} == set(through.bases)
    assert through.reads == {"x", "A", "z"}


@pytest.mark.parametrize(
    ("e", "world"),
    [
        (d(mm(t(x), y), x), context(x, y, assumptions=(SUM,))),
        (d(mm(t(x), sym("z", n)), x), context(x, definitions={"z": times(two, x)}, assumptions=(THROUGH,))),
        (x, context(x, assumptions=(Equation(Apply("f", x, ()), one),))),
        (x, context(x, assumptions=(SignAssumption(f("φ", x), ">"),))),
        (x, context(x, definitions={"q": f("φ", s)}, assumptions=(Equation(sym("q"), one),))),
        (at(x, LabelOf("c", Position(1, m), n)), context(x)),
        (plus(x, at(Sym("x", (n, n)), Position(1, n), i)), context(x)),
        (plus(mm(A, x), sym("B", m)), context(A, x)),
    ],
)  # fmt: skip
def test_what_is_not_evaluated_is_refused(e: Expr, world: Context) -> None:
    with pytest.raises(Unsupported):
        asked(e, world)
    found = search(claim(e, e, world))
    assert isinstance(found, NoPoint)
    assert found.kind == "unsupported"


def test_differentials_under_assumed_signs_are_evaluated() -> None:
    """A sign leaves every direction open; only equations bind."""
    world = context(s, r, assumptions=(SignAssumption(s, ">"),))
    point = Point({}, {"s": (Exact(Fraction(3)),), "r": (Exact(Fraction(1)),)}, {"s": (Exact(Fraction(5)),)})
    ((left, _),) = evaluate(claim(d(square(s), s), d(square(s), s), world), point).values()
    assert left == 30


def test_sides_of_different_shapes_are_refused() -> None:
    with pytest.raises(Unsupported):
        Question(claim(x, s, context(x, s)))


def test_free_indices_of_sides_and_guards_are_all_assigned() -> None:
    """In the order of their names: i on both sides, j on one, k in the guard alone."""
    k = index("k", n)
    world = context(x, A)
    question = Question(claim(at(x, i), times(at(x, i), at(x, j)), world, times(Delta(k, Position(2, n)), at(x, k))))
    assert [free.name for free in question.free] == ["i", "j", "k"]
    found = [(c.free, c.left, c.right) for c in question.compare(Draft({"n": 2}, {"x": [3, 5]}), False)]
    values = {1: 3, 2: 5}
    assert found == [((a, b, 2), values[a], values[a] * values[b]) for a in (1, 2) for b in (1, 2)]


def test_assumptions_hold_for_all_their_indices() -> None:
    """A_ij = x_i − y_j for all i and j: one entry off, wherever it stands, is inadmissible."""
    world = context(A, x, y, assumptions=(Equation(at(A, i, j), plus(at(x, i), times(number(-1), at(y, j)))),))
    question = asked(mm(A, x), world)
    xs, ys = [5, 7, 11], [1, 2, 4]
    right: list[Number] = [a - b for a, b in product(xs, ys)]
    assert admitted(question, Draft({"n": 3}, {"A": right, "x": [*xs], "y": [*ys]}))
    for place in range(9):
        wrong = [v + (k == place) for k, v in enumerate(right)]
        assert not admitted(question, Draft({"n": 3}, {"A": wrong, "x": [*xs], "y": [*ys]}))


def test_values_too_large_to_be_written_are_compared_but_not_told() -> None:
    """2^100000 is no text of a report; where both sides agree, none is asked for."""
    huge = times(*(Power(s, number(1000)) for _ in range(60)))
    draft = Draft({}, {"s": [2]})
    world = context(s)
    assert [c.differs for c in Question(claim(huge, huge, world)).compare(draft, False)] == [False]
    for left, right in ((huge, zero), (zero, huge), (huge, times(huge, two))):
        with pytest.raises(TooLarge):
            list(Question(claim(left, right, world)).compare(draft, False))


def test_binary_zeros_are_zero_nearby() -> None:
    """relu of a binary 0 is no kink, of a real 0 it is one."""
    for domain, gate in product(("binary", "real", "nonnegative"), ("relu", "step")):
        question = asked(f(gate, x), context(Variable("x", (n,), domain=domain)))  # type: ignore[arg-type]
        draft = Draft({"n": 2}, {"x": [0, 1]})
        if domain == "binary":
            assert [c.left for c in question.compare(draft, False)] == [0, 1]
        else:
            with pytest.raises(OnKink):
                list(question.compare(draft, False))


def test_steps_of_all_evaluations_are_added() -> None:
    question = asked(mm(A, A), context(A))
    draft = Draft({"n": 2}, {"A": [1, 2, 3, 4]})
    assert question.spent == 0
    for times_ in (1, 2, 3):
        list(question.compare(draft, False))
        assert question.spent == times_ * (2 * 2 * 2 + 1)  # the multiplications, and one to remember them
