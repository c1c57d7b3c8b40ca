"""The all-sizes prover around its forms: cases, assumptions, what is multiplied away, limits; each with false twins."""

from __future__ import annotations

from dataclasses import replace

import pytest

from derivations.claims import Context, Equation, Labels, SignAssumption, Statement, Variable
from derivations.expr import (
    Affine,
    Build,
    Delta,
    Derivative,
    DiagonalMatrix,
    Dim,
    Entry,
    Expr,
    Fill,
    Index,
    Kronecker,
    LabelOf,
    Position,
    Power,
    Product,
    Size,
    Vec,
    number,
)
from derivations.prove.allsizes import NoProof, Proof, addressed_dimensions, names_read, prove
from derivations.shapes import shape
from tests.prove.identities import (
    at,
    claim,
    context,
    det,
    dims,
    eye,
    f,
    grad,
    half,
    index,
    inv,
    minus,
    mm,
    neg,
    ones,
    over,
    plus,
    root,
    square,
    sym,
    t,
    times,
    total,
    tr,
    twice,
)

n, m = dims("n m")
two, three = Dim(2), Dim(3)
A, B, C = sym("A", n, n), sym("B", n, n), sym("C", n, n)
T = sym("T", n, m)
x, y, u, v = (sym(name, n) for name in "xyuv")
s, r, c = sym("s"), sym("r"), sym("c")
i, j, k = index("i", n), index("j", n), index("k", n)
a, b = index("a", m), index("b", m)
zero, one = number(0), number(1)
FIRST, SECOND = Position(1, n), Position(2, n)


def proof(left: Expr, right: Expr, here: Context | None = None, *guards: Expr) -> Proof:
    outcome = prove(claim(left, right, here, *guards))
    assert isinstance(outcome, Proof), outcome
    return outcome


def proved(left: Expr, right: Expr, here: Context | None = None, *guards: Expr) -> bool:
    """Whether there is a proof, of one reading or the other."""
    outcomes = {isinstance(prove(claim(*sides, here, *guards)), Proof) for sides in ((left, right), (right, left))}
    assert len(outcomes) == 1
    return outcomes.pop()


def asked(left: Expr, right: Expr, here: Context | None = None) -> set[str]:
    return {condition.text for condition in proof(left, right, here).conditions}


# ------------------------------------------------------------ equations that are assumed

BINARY = Variable("T", (n, m), domain="binary")


@pytest.mark.parametrize(
    ("assumed", "symmetric"),
    [
        (Equation(A, t(A)), True),
        (Equation(twice(t(A)), twice(A)), True),
        (Equation(at(A, i, j), at(A, j, i)), True),
        (Equation(minus(A, t(A)), Fill(zero, (n, n))), True),
        (Equation(neg(A), t(A)), False),
        (Equation(A, twice(t(A))), False),
        (Equation(square(A), square(t(A))), False),
        (Equation(A, t(B)), False),
        (Equation(mm(A, ones(n)), mm(t(A), ones(n))), False),  # rows and columns have equal sums
        (Equation(mm(A, x), mm(t(A), x)), False),
        (Equation(at(A, FIRST, SECOND), at(A, SECOND, FIRST)), False),
        (Equation(at(A, i, FIRST), at(A, FIRST, i)), False),
        (Equation(times(Size(n), A), t(A)), False),
        (Equation(f("exp", A), f("exp", t(A))), False),  # true of such a matrix, and read as no rule
        (Equation(plus(A, Fill(one, (n, n))), t(A)), False),
    ],
)
def test_which_equation_makes_a_matrix_symmetric(assumed: Equation, symmetric: bool) -> None:
    """Only one between every entry and its mirror image."""
    here = context(A, B, x, assumptions=(assumed,))
    assert proved(A, t(A), here) == symmetric
    assert proved(tr(mm(A, B)), tr(mm(t(A), B)), here) == symmetric
    assert not proved(B, t(B), here)


HOT_ROWS = Equation(mm(T, ones(m)), ones(n))


@pytest.mark.parametrize(
    ("variable", "assumed", "hot"),
    [
        (BINARY, HOT_ROWS, True),
        (BINARY, Equation(twice(mm(T, ones(m))), Fill(number(2), (n,))), True),
        (BINARY, Equation(one, total(a, at(T, i, a))), True),
        (BINARY, Equation(Fill(zero, (n,)), minus(mm(T, ones(m)), ones(n))), True),
        (replace(BINARY, domain="real"), HOT_ROWS, False),
        (replace(BINARY, domain="positive"), HOT_ROWS, False),
        (BINARY, Equation(mm(T, ones(m)), Fill(number(2), (n,))), False),
        (BINARY, Equation(mm(T, ones(m)), Fill(number(-1), (n,))), False),
        (BINARY, Equation(mm(T, ones(m)), Fill(Size(m), (n,))), False),
        (BINARY, Equation(mm(t(T), ones(n)), ones(m)), False),  # the columns have sum 1
        (BINARY, Equation(total(a, at(T, FIRST, a)), one), False),  # one row only
        (BINARY, Equation(mm(t(ones(n)), T, ones(m)), one), False),  # one place in all
        (BINARY, Equation(mm(T, sym("z", m)), ones(n)), False),
    ],
)
def test_which_equation_makes_rows_one_hot(variable: Variable, assumed: Equation, hot: bool) -> None:
    """Rows of 0s and 1s that all have sum 1, and no others."""
    here = context(variable, assumptions=(assumed,))
    pair = times(at(T, i, a), at(T, i, b))
    assert proved(pair, times(Delta(a, b), at(T, i, a)), here) == hot
    other = at(sym("U", n, m), j, a)
    picked = total(a, times(at(T, i, a), other)), total(a, times(at(T, i, a), f("exp", other)))
    assert proved(f("exp", picked[0]), picked[1], here) == hot


def test_a_diagonal_of_rows_is_not_every_row() -> None:
    """Σ_a T_iia = 1 says nothing of T_ija."""
    cube = sym("T", n, n, m)
    rows = Variable("T", (n, n, m), domain="binary")
    diagonal = context(rows, assumptions=(Equation(total(a, at(cube, i, i, a)), one),))
    assert proved(total(a, at(cube, j, j, a)), one, diagonal)
    assert not proved(total(a, at(cube, i, j, a)), one, diagonal)
    every = context(rows, assumptions=(Equation(total(a, at(cube, i, j, a)), one),))
    assert proved(total(a, at(cube, j, i, a)), one, every)
    vector = context(Variable("t", (m,), domain="binary"), assumptions=(Equation(mm(t(ones(m)), sym("t", m)), one),))
    assert proved(square(mm(t(sym("z", m)), sym("t", m))), mm(t(square(sym("z", m))), sym("t", m)), vector)


@pytest.mark.parametrize(
    ("assumed", "left", "right", "twin"),
    [
        (Equation(square(s), plus(r, one)), pw := Power(s, number(3)), times(s, plus(r, one)), times(s, r)),
        (Equation(plus(r, one), square(s)), pw, times(s, plus(r, one)), times(s, minus(r, one))),
        (Equation(times(number(2), square(s)), r), square(s), half(r), twice(r)),
        (Equation(times(number(-3), square(s)), r), square(s), over(r, number(-3)), over(r, number(3))),
        (Equation(times(Size(n), square(s)), r), square(s), over(r, Size(n)), times(r, Size(n))),
        (Equation(times(s, r), zero), times(s, r, c), zero, times(s, c)),
        (Equation(mm(A, x), y), mm(B, A, x), mm(B, y), mm(A, y)),
        (Equation(y, mm(A, x)), mm(B, A, x), mm(B, y), mm(A, B, y)),
        (Equation(mm(A, A), A), mm(A, A, A), A, mm(A, t(A))),
        (Equation(mm(A, A), eye(n)), mm(A, A, A), A, eye(n)),
        (Equation(mm(t(x), x), one), times(mm(t(x), x), s), s, one),
        (Equation(mm(t(u), v), zero), mm(u, t(v), u, t(v)), Fill(zero, (n, n)), mm(u, t(v))),
        (Equation(at(A, i, i), one), tr(A), Size(n), one),
        (Equation(at(A, i, FIRST), zero), at(A, j, FIRST), zero, at(A, FIRST, j)),
    ],
)
def test_an_equation_is_used_from_its_greatest_term(assumed: Equation, left: Expr, right: Expr, twin: Expr) -> None:
    here = context(s, r, c, A, B, x, y, u, v, assumptions=(assumed,))
    assert proved(left, right, here)
    assert not proved(left, right, context(s, r, c, A, B, x, y, u, v))
    assert not proved(left, twin, here)


@pytest.mark.parametrize(
    "assumed",
    [
        Equation(s, r),  # neither side is greater
        Equation(times(s, r), square(c)),
        Equation(at(x, i), s),  # s alone would say nothing of i
        Equation(over(one, s), r),
        Equation(Power(s, number(-2)), r),  # no positive power
        Equation(times(Power(s, number(-2)), r, r), c),
        Equation(at(x, i), at(y, j)),
        Equation(Power(number(0), number(-1)), s),
    ],
)
def test_what_has_no_greatest_term_is_no_rule(assumed: Equation) -> None:
    """And asks for nothing: what was met while reading it is forgotten."""
    here = context(s, r, c, x, y, assumptions=(assumed,))
    assert asked(s, s, here) == set()
    assert not proved(s, r, here)
    assert not proved(square(c), zero, here)
    assert not proved(assumed.left, assumed.right, here)


def test_a_name_that_an_equation_reads_is_varied_by_itself() -> None:
    """∂/∂x of xᵀx under |x| = 1 is that of free entries: 2x, and not 0."""
    sphere = context(x, assumptions=(Equation(mm(t(x), x), one),))
    assert proved(grad(mm(t(x), x), x), twice(x), sphere)
    assert not proved(grad(mm(t(x), x), x), Fill(zero, (n,)), sphere)
    through = context(x, s, definitions={"s": mm(t(x), x)}, assumptions=(Equation(s, one),))
    assert proved(grad(mm(t(x), x), x), twice(x), through)


def test_names_are_read_through_definitions() -> None:
    here = context(s, r, c, x, definitions={"s": plus(r, one), "r": square(c)})
    assert names_read(here, twice(s)) == {"s", "r", "c"}
    assert names_read(here, r, at(x, i)) == {"r", "c", "x"}
    assert names_read(here) == frozenset()


# --------------------------------------------------------------- signs that are assumed


@pytest.mark.parametrize(
    ("operand", "sign", "left", "right", "conditions"),
    [
        (s, ">", f("log", square(s)), twice(f("log", s)), set()),
        (s, "≥", root(square(s)), s, set()),
        (s, "≠", over(s, s), one, set()),
        (s, "≥", over(s, s), one, {"s ≠ 0"}),
        (x, ">", over(x, x), ones(n), set()),
        (x, "≠", over(y, y), ones(n), {"y_{i} ≠ 0"}),
        (plus(s, r), ">", f("log", plus(s, r)), neg(f("log", over(one, plus(s, r)))), set()),
        (plus(s, r), "≠", over(plus(s, r), plus(s, r)), one, set()),
        (plus(s, r), "≠", over(plus(s, c), plus(s, c)), one, {"s + c ≠ 0"}),
        (det(A), "≠", mm(inv(A), A), eye(n), set()),
        (det(A), ">", mm(inv(A), A), eye(n), set()),
        (det(A), "≥", mm(inv(A), A), eye(n), {"A invertible"}),
        (det(A), "≠", mm(inv(B), B), eye(n), {"B invertible"}),
        (det(plus(A, B)), "≠", mm(inv(plus(A, B)), plus(A, B)), eye(n), set()),
        (plus(det(A), s), "≠", mm(inv(A), A), eye(n), {"A invertible"}),
        (det(s), "≠", over(s, s), one, set()),
    ],
)
def test_what_an_assumed_sign_spares(operand: Expr, sign: str, left: Expr, right: Expr, conditions: set[str]) -> None:
    """Conditions that are assumed are not asked for again, and no others are spared."""
    assumed = SignAssumption(operand, sign)  # type: ignore[arg-type]
    found = asked(left, right, context(s, r, c, x, y, A, B, assumptions=(assumed,)))
    assert {" + ".join(sorted(text.removesuffix(" ≠ 0").split(" + "))) for text in found} == {
        " + ".join(sorted(text.removesuffix(" ≠ 0").split(" + "))) for text in conditions
    }


def test_reading_an_assumption_asks_for_nothing() -> None:
    """1/r > 0, log r > 0: that r ≠ 0, r > 0 is meant by whoever assumes it."""
    for operand in (over(one, r), f("log", r), Power(number(0), number(-1))):
        assert asked(s, s, context(s, r, assumptions=(SignAssumption(operand, ">"),))) == set()
    kept = context(s, r, x, assumptions=(Equation(times(r, over(s, s)), Power(s, number(3))),))
    assert asked(s, s, kept) == {"s ≠ 0"}


# --------------------------------------------------------- literal sizes and their cases

z = sym("z", three)
i3 = index("i", three)


def place(value: int, dim: Dim = three) -> Position:
    return Position(value, dim)


@pytest.mark.parametrize(
    ("e", "found"),
    [
        (at(z, place(2)), {three}),
        (at(z, i3), set()),
        (Delta(i3, place(1)), {three}),
        (Derivative(mm(t(z), z), z, (place(1),)), {three}),
        (Derivative(mm(t(z), z), z, (i3,)), set()),
        (Derivative(mm(t(z), z), z), set()),
        (at(x, Position(1, n)), set()),
        (at(sym("w", Dim(4)), Affine(((1, i3),), 1, Dim(4))), {three, Dim(4)}),
        (at(x, Affine(((1, i3),), 1, n)), {three}),
        (at(sym("M", two, three), index("j", two), place(1)), {three}),
    ],
)
def test_which_dimensions_are_gone_through_place_by_place(e: Expr, found: set[Dim]) -> None:
    """Those of literal size that are addressed by a fixed place or by arithmetic, wherever that stands."""
    one_ = {Dim(1)}
    assert addressed_dimensions(Statement(e, zero, Context())) == found | one_
    assert addressed_dimensions(Statement(zero, e, Context())) == found | one_
    assert addressed_dimensions(Statement(zero, zero, Context(), (e,))) == found | one_
    assert addressed_dimensions(Statement(zero, zero, context(s, definitions={"s": e}))) == found | one_


def test_every_place_of_an_unrolled_axis_is_looked_at() -> None:
    """z_i + z_1 against 2z_1 holds in the first case only, against 2z_3 in the last only."""
    summed = plus(at(z, i3), at(z, place(1)))
    assert not proved(summed, twice(at(z, place(1))))
    assert not proved(plus(at(z, i3), at(z, place(3))), twice(at(z, place(3))))
    assert proof(summed, plus(at(z, place(1)), at(z, i3))).meeting.cases == 3
    assert proof(at(x, i), at(x, i)).meeting.cases == 1
    row, column = index("i", two), index("j", three)
    grid = sym("M", two, three)
    corner = at(grid, Position(1, two), place(1))
    assert proof(plus(at(grid, row, column), corner), plus(corner, at(grid, row, column))).meeting.cases == 6
    table = Build((row, column), plus(at(grid, row, column), corner))
    assert proof(table, plus(grid, Fill(corner, (two, three)))).meeting.cases == 6
    assert not proved(table, plus(grid, Fill(at(grid, Position(1, two), place(2)), (two, three))))


def test_free_indices_are_general_and_told_apart() -> None:
    """An index of the left, of the right and of a guard; two of one name and different ranges."""
    assert not proved(at(A, i, j), at(A, j, i))
    assert not proved(at(A, i, i), at(A, i, j))
    assert proved(at(A, i, i), at(A, i, j), None, Delta(i, j))
    assert not proved(at(A, i, i), at(A, i, j), None, Delta(i, k))
    assert proved(times(at(A, i, j), Delta(i, k)), zero, None, minus(one, Delta(i, k)))
    assert proved(at(x, i), zero, None, Delta(i, k), minus(one, Delta(i, k)))
    other = index("i", m)
    assert proved(times(at(x, i), at(sym("w", m), other)), times(at(sym("w", m), other), at(x, i)))


@pytest.mark.parametrize(("size", "limit"), [(256, False), (257, True)])
def test_the_number_of_cases_is_limited(size: int, limit: bool) -> None:
    """256 cases are gone through (docs/limits.md), and no more."""
    axis = Dim(size)
    long = sym("w", axis)
    e = plus(at(long, Index("i", axis)), at(long, Position(1, axis)))
    outcome = prove(claim(e, e))
    assert isinstance(outcome, NoProof) == limit
    assert not limit or outcome == NoProof("257 cases for indices of literal range", limit=True)


def test_cases_multiply() -> None:
    """17 by 16 places are too many, 16 by 16 are not."""
    for rows, limit in ((16, False), (17, True)):
        grid = sym("M", Dim(rows), Dim(16))
        e = times(at(grid, Position(1, Dim(rows)), Position(1, Dim(16))), grid)
        outcome = prove(claim(e, e))
        assert isinstance(outcome, NoProof) == limit
        assert not limit or outcome == NoProof("272 cases for indices of literal range", limit=True)


@pytest.mark.parametrize(("count", "limit"), [(2, False), (8, False), (9, True)])
def test_an_axis_has_at_most_eight_parts(count: int, limit: bool) -> None:
    factors = [sym(f"x{number_}", n) for number_ in range(count)]
    stacked: Expr = factors[0]
    for factor in factors[1:]:
        stacked = Kronecker(stacked, factor)
    outcome = prove(claim(stacked, stacked))
    assert isinstance(outcome, NoProof) == limit
    assert not limit or outcome == NoProof("an axis of 9 parts", limit=True)


def test_parts_of_an_axis_come_from_either_side() -> None:
    """An axis is split where one side says so; its parts are not exchanged."""
    long = sym("w", *shape(Vec(T)))
    assert proved(Vec(T), Vec(T))
    assert proved(Vec(Build((i, a), at(T, i, a))), Vec(T))
    assert proved(Kronecker(x, sym("q", m)), Vec(mm(sym("q", m), t(x))))
    assert not proved(Kronecker(x, sym("q", m)), Vec(mm(x, t(sym("q", m)))))
    assert not proved(Kronecker(x, y), Kronecker(y, x))
    assert proved(twice(long), plus(long, long))


def test_an_assumption_over_places_is_left_out() -> None:
    """What is assumed of a general entry is not used where an axis is gone through place by place."""
    triple = sym("z", three)
    open_ = context(triple, assumptions=(SignAssumption(triple, ">"),))
    assert asked(over(triple, triple), ones(three), open_) == set()
    first = at(triple, place(1))
    assert asked(times(first, over(triple, triple)), times(first, ones(three)), open_) != set()
    equal = context(triple, s, assumptions=(Equation(square(triple), Fill(s, (three,))),))
    assert proved(square(triple), Fill(s, (three,)), equal)
    assert not proved(plus(square(triple), Fill(first, (three,))), plus(Fill(s, (three,)), Fill(first, (three,))), equal)


# ---------------------------------------------------------- what is multiplied away


@pytest.mark.parametrize(
    ("left", "right", "twin", "law"),
    [
        (over(one, times(s, plus(s, one))), minus(over(one, s), over(one, plus(s, one))),
         plus(over(one, s), over(one, plus(s, one))), "denominator"),
        (plus(over(one, minus(s, r)), over(one, plus(s, r))), over(twice(s), minus(square(s), square(r))),
         over(s, minus(square(s), square(r))), "denominator"),
        (plus(over(one, s), over(one, square(plus(s, one)))), over(plus(square(plus(s, one)), s), times(s, square(plus(s, one)))),
         over(plus(square(plus(s, one)), one), times(s, square(plus(s, one)))), "denominator"),
        (inv(plus(A, B)), minus(inv(A), mm(inv(A), B, inv(plus(A, B)))), plus(inv(A), mm(inv(A), B, inv(plus(A, B)))), ""),
        (inv(plus(A, B)), minus(inv(A), mm(inv(plus(A, B)), B, inv(A))), minus(inv(A), mm(B, inv(plus(A, B)), inv(A))), ""),
        (minus(inv(A), inv(B)), mm(inv(A), minus(B, A), inv(B)), mm(inv(A), minus(A, B), inv(B)), ""),
        (mm(inv(plus(eye(n), A)), inv(minus(eye(n), A))), inv(minus(eye(n), mm(A, A))), inv(plus(eye(n), mm(A, A))), "matrix"),
        (over(e_ := f("exp", s), plus(e_, one)), minus(one, over(one, plus(e_, one))), over(one, plus(e_, one)), ""),
    ],
)  # fmt: skip
def test_sides_meet_after_clearing(left: Expr, right: Expr, twin: Expr, law: str) -> None:
    """Partial fractions, resolvents: equal only once both sides are multiplied by what is not 0."""
    found = proof(left, right)
    told = [used.name for used in found.laws]
    assert found.meeting.cleared == bool(law)
    assert [name for name in told if name.startswith("both sides")] == ([f"both sides times a {law}"] if law else [])
    assert all(condition.kind in ("nonzero", "invertible") for condition in found.conditions)
    assert not proved(left, twin)


def test_clearing_asks_for_the_denominator() -> None:
    assert asked(over(one, times(s, plus(s, one))), minus(over(one, s), over(one, plus(s, one)))) == {"s ≠ 0", "1 + s ≠ 0"}


def test_matrices_that_depend_on_an_index_are_cleared_one_by_one() -> None:
    """(A + x_k B)⁻¹ − A⁻¹ = −x_k A⁻¹ B (A + x_k B)⁻¹ for every k, not with another k on one side."""

    def matrix(of: Index) -> Expr:
        return plus(A, times(at(x, of), B))

    right = times(neg(at(x, k)), mm(inv(A), B, inv(matrix(k))))
    assert proved(minus(inv(matrix(k)), inv(A)), right)
    assert not proved(minus(inv(matrix(index("l", n))), inv(A)), right)


def test_a_second_try_takes_the_longest_word() -> None:
    """Push-through, with the matrix whose inverse is taken led by one term or by the other."""
    X, Y = sym("X", n, m), sym("Y", n, m)
    for first, second in ((X, Y), (Y, X)):
        assert proved(mm(inv(plus(eye(n), mm(first, t(second)))), first), mm(first, inv(plus(eye(m), mm(t(second), first)))))
        assert not proved(mm(inv(plus(eye(n), mm(first, t(second)))), second), mm(first, inv(plus(eye(m), mm(t(second), first)))))
    assert proved(inv(plus(mm(A, B), mm(B, A), eye(n))), inv(plus(eye(n), mm(B, A), mm(A, B))))


# ------------------------------------------------------------------ what a proof tells


def test_a_proof_tells_where_its_sides_meet() -> None:
    assert proof(twice(x), plus(x, x)).normal_form == "2 x_{i}"
    assert proof(mm(inv(A), A), eye(n)).normal_form == r"\delta_{ij}"
    found = proof(plus(at(z, i3), at(z, place(1))), plus(at(z, place(1)), at(z, i3)))
    assert found.normal_form == "2 z_{1}"  # in the first of three cases
    assert found.meeting.places == ()
    assert [p[0][0] for p in proof(T, T).meeting.places] == ["@0", "@1"]
    assert [[part[0] for part in p] for p in proof(Vec(T), Vec(T)).meeting.places] == [["@0a", "@0b"]]


def test_a_budget_is_a_number_of_steps() -> None:
    """A proof that takes so many steps is found with so many, and not with one fewer."""
    statement = claim(square(plus(s, r)), plus(square(s), times(number(2), s, r), square(r)))
    whole = prove(statement)
    assert isinstance(whole, Proof)
    assert isinstance(prove(statement, budget=whole.steps), Proof)
    short = prove(statement, budget=whole.steps - 1)
    assert short == NoProof(f"the step budget of {whole.steps - 1} ran out", limit=True)


def test_shapes_are_compared_first() -> None:
    assert prove(claim(x, t(x))) == NoProof("the sides have different shapes")
    assert prove(claim(eye(n), Fill(one, (n, m)))) == NoProof("the sides have different shapes")
    refused = prove(claim(mm(A, sym("w", m)), x))
    assert isinstance(refused, NoProof)
    assert refused.reason.startswith("the shapes do not conform: ")
    assert not refused.limit
    assert prove(claim(s, r)) == NoProof("the normal forms differ")
    unread = prove(claim(f("log", zero), s))
    assert unread == NoProof("log 0")


def test_labels_are_places_like_others() -> None:
    """x at the label of row i is the entry that the label picks, and no fixed one."""
    here = context(T, labels=(Labels("c", n, m),))
    label = LabelOf("c", i, m)
    assert proved(at(T, i, label), total(a, times(Delta(a, label), at(T, i, a))), here)
    assert not proved(at(T, i, label), at(T, i, LabelOf("c", j, m)), here)
    assert proved(square(Entry(T, (i, label))), total(a, times(Delta(a, label), square(at(T, i, a)))), here)


def test_a_product_over_places_needs_no_logarithm() -> None:
    """z_1 z_2 z_3 of any sign, where a place is addressed; of positive numbers else."""
    every = Product(i3, at(z, i3))
    first = at(z, place(1))
    assert asked(every, times(first, at(z, place(2)), at(z, place(3)))) == set()
    assert not proved(every, times(first, at(z, place(2))))
    assert asked(Product(i, at(x, i)), Product(j, at(x, j))) == {"x_{i} > 0"}


def test_a_diagonal_of_a_literal_size() -> None:
    """(diag z)⁻¹ at its first place, by cofactors."""
    matrix = DiagonalMatrix(z)
    at_first = at(inv(matrix), place(1), place(1))
    assert proved(at_first, over(one, at(z, place(1))))
    assert not proved(at_first, over(one, at(z, place(2))))
