"""What an evaluation costs, whose values unspecified functions take, and which names a value depends on."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivations.claims import Context, FreeFunction
from derivations.expr import (
    Apply,
    Build,
    Delta,
    Derivative,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Dim,
    Expr,
    Fill,
    Kronecker,
    Lambda,
    Let,
    Map,
    Norm,
    Pi,
    Position,
    Power,
    Product,
    Size,
    Softmax,
    Vec,
    number,
)
from derivations.prove.evaluation import Program, World
from derivations.prove.exactnumber import TWO_LOG, Number, OffDomain, TooLarge, Unsupported
from derivations.prove.pointwise import STEPS, Draft, Question
from derivations.verdicts import Polynomial
from tests.prove.identities import (
    at,
    claim,
    context,
    d,
    det,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    mm,
    plus,
    root,
    square,
    sym,
    t,
    tangent,
    times,
    total,
    tr,
)

n, m = dims("n m")
s, r, u = sym("s"), sym("r"), sym("u")
x, y, A, X, z = sym("x", n), sym("y", n), sym("A", n, n), sym("X", n, m), sym("z", n)
i, j, a = index("i", n), index("j", n), index("a", m)
one, two = number(1), number(2)
WORLD = context(s, r, x, y, A, X, definitions={"z": mm(A, x), "q": square(s)}, functions=(FreeFunction("f", (n,), ()),))
FIRST = Polynomial(((Fraction(1), (1, 0, 2)), (Fraction(7), (0, 0, 0))))  # x₁x₃² + 7
SECOND = Polynomial(((Fraction(3), (0, 1, 0)),))  # 3x₂


def point(**more: list[Number]) -> Draft:
    """n = 3, m = 2."""
    arrays: dict[str, list[Number]] = {
        "s": [3], "r": [5], "x": [2, 3, 5], "y": [7, 11, 13], "A": [2, 1, 0, 1, 3, 1, 0, 1, 4], "X": [1, 2, 3, 4, 5, 6]
    }  # fmt: skip
    tangents: dict[str, list[Number]] = {"s": [1], "x": [1, 2, 3], "A": [1] * 9}
    return Draft({"n": 3, "m": 2}, {**arrays, **more}, tangents, functions={"f": (FIRST, SECOND)})


def values(e: Expr, world: Context = WORLD, extended: bool = False, **more: list[Number]) -> list[Number]:
    return [c.left for c in Question(claim(e, e, world)).compare(point(**more), extended)]


# -------------------------------------------------------------------- steps


AX = mm(A, x)  # 3·3 multiplications, and one step to remember the product


@pytest.mark.parametrize(
    ("e", "steps"),
    [
        (number(7), 0), (Pi(), 0), (Size(n), 0), (x, 0), (tangent(x), 0), (Delta(i, Position(2, n)), 0),
        (at(x, Position(2, n)), 0), (plus(s, r), 0), (times(s, r), 0), (plus(x, y), 1), (times(s, x), 1),
        (times(x, s), 1), (times(x, y), 1),
        (Fill(s, (n,)), 1), (eye(n), 1), (Power(s, number(3)), 1), (Power(two, r), 1), (square(x), 1), (t(x), 1), (inv(A), 1),
        (tr(A), 1), (det(A), 1), (Diagonal(A), 1), (DiagonalMatrix(x), 1), (Vec(X), 1), (Norm(plus(x, x)), 2),
        (f("relu", x), 1), (Softmax(Fill(s, (n,)), 0), 2),
        (AX, 10), (mm(t(x), y), 1 + 3 + 1), (mm(x, t(y)), 1 + 9 + 1), (mm(A, X), 18 + 1), (mm(A, AX), 20),
        (Kronecker(X, A), 6 * 9 + 1), (plus(AX, AX), 11), (times(AX, AX), 11),
        (total(i, at(x, i)), 3 + 1), (Product(i, at(x, i)), 3 + 1), (Build((i, a), at(X, i, a)), 6 + 1),
        (total(i, square(at(x, i))), 3 + 3 + 1),  # a square for each i
        (total(i, square(s)), 3 + 1 + 1),  # one for all
        (total(i, total(j, at(A, i, j))), 3 + 3 * (3 + 1) + 1), (total(i, total(j, at(x, j))), 3 + (3 + 1) + 1),
        (Map(Lambda(u, square(u)), x), 3 + 1), (Map(Lambda(u, times(u, square(s))), x), 1 + 1),
        (Apply("f", x, (Dim(2),)), 3 + 1), (z, 10 + 1), (plus(z, z), 10 + 1 + 1), (plus(z, AX), 10 + 1 + 1),
        (Let(u, square(s), times(u, u)), 1 + 1), (Let(u, s, plus(times(u, u), square(u))), 1 + 1),
        (grad(mm(t(x), y), x), 5 + 1 + 1),  # a row of the gradient, one more to remember it
        (grad(AX, x), 10 + 3 + 1), (d(AX, x), 10 + 1), (grad(mm(t(x), mm(A, y)), x), 1 + 10 + 4 + 1 + 1),
        (plus(grad(mm(t(x), mm(A, y)), x), mm(A, y)), 17 + 1),  # Ay does not depend on x
        (plus(grad(mm(t(x), AX), x), AX), 1 + 10 + 4 + 1 + 1 + 10 + 1),  # Ax does
        (Derivative(mm(t(x), y), x, (Position(1, n),)), 7),
    ],
)  # fmt: skip
def test_steps(e: Expr, steps: int) -> None:
    """One for each value remembered, each multiplication in a product, each value of a bound index, each row of a gradient."""
    question = Question(claim(e, e, WORLD))
    assert list(question.compare(point(), True))
    assert question.spent == steps


def test_all_steps_but_no_more_may_be_spent() -> None:
    """A frame with just as many as are needed, and one with one less."""
    for e, needed in ((AX, 10), (total(i, at(x, i)), 4), (square(s), 1)):
        program = Program(WORLD)
        code = program.code(e)
        question = Question(claim(e, e, WORLD))
        for steps in (needed, needed - 1):
            frame, world = question.frame(point(), False)
            assert frame.steps == STEPS
            frame.steps = steps
            frame.slots = [0] * max(program.slot_count, 1)
            if steps == needed:
                frame.value(code, world)
                assert frame.steps == 0
            else:
                with pytest.raises(TooLarge):
                    frame.value(code, world)


# ---------------------------------------------------------------- functions


def test_unspecified_functions_take_the_values_of_their_polynomials() -> None:
    """φ = 2t³ − t + 5 and its derivatives; f = (x₁x₃² + 7, 3x₂) and its Jacobian."""
    phi = Polynomial(((Fraction(2), (3,)), (Fraction(-1), (1,)), (Fraction(5), (0,))))
    for order, wanted in enumerate(
        (lambda v: 2 * v**3 - v + 5, lambda v: 6 * v**2 - 1, lambda v: 12 * v, lambda v: 12, lambda v: 0)
    ):
        e = f("φ", x, order)
        draft = point()
        draft.functions["φ"] = (phi,)
        assert [c.left for c in Question(claim(e, e, WORLD)).compare(draft, False)] == [wanted(v) for v in (2, 3, 5)]
    e = Apply("f", x, (Dim(2),))
    assert values(e) == [2 * 25 + 7, 9]
    assert values(grad(e, x)) == [25, 0, 20, 0, 3, 0]
    assert values(grad(Apply("f", times(two, x), (Dim(2),)), x)) == [2 * 100, 0, 2 * 80, 0, 6, 0]
    assert values(Apply("f", Fill(number(0), (n,)), (Dim(2),))) == [7, 0]


def test_softmax_needs_differences_alone() -> None:
    """e^{1 + ln 2} is no rational, the share 2/3 is one."""
    thirds = [Fraction(1, 3), Fraction(2, 3)]
    w = sym("w", Dim(2))
    world = context(w)
    assert values(Softmax(w, 0), world, w=[1, 1 + TWO_LOG]) == thirds
    assert values(Softmax(w, 0), world, w=[-5, -5]) == [Fraction(1, 2)] * 2


def test_softmax_along_the_middle_of_three_axes() -> None:
    """Entries c·ln 2 with c = 0, 1 along the middle, and what does not matter along the others."""
    p, q, k = index("p", Dim(2)), index("q", Dim(2)), index("k", Dim(3))
    w, v = sym("w", Dim(2)), sym("v", Dim(3))
    cube = Build((p, q, k), plus(times(at(w, q), at(v, k)), at(v, k)))
    found = values(Softmax(cube, 1), context(w, v), w=[0, TWO_LOG], v=[0, 1, 2])
    shares = [[Fraction(1, 1 + 2**c), Fraction(2**c, 1 + 2**c)] for c in (0, 1, 2)]
    assert found == [shares[c][b] for _ in range(2) for b in range(2) for c in range(3)]


def test_roots_of_squares_bend_wherever_a_derivative_looks() -> None:
    """√s² is 0 at 0 and has no derivative there: in gradients, differentials and derivatives of functions alike."""
    away = root(square(s))
    assert values(away, s=[0]) == [0]
    assert values(away, s=[-3]) == [3]
    for e in (grad(away, s), Differential(away, (s,)), Map(Lambda(u, root(square(u))), s, 1), times(away, grad(square(r), r))):
        with pytest.raises(OffDomain):
            values(e, s=[0])


# -------------------------------------------------------------------- names


def test_what_a_bound_name_hides() -> None:
    """Inside out: ((u² + u) with u bound twice, an abbreviation under an index, and a name outside that is meant again."""
    inner = Map(Lambda(u, square(u)), plus(u, one))
    assert values(Map(Lambda(u, plus(inner, u)), x)) == [(v + 1) ** 2 + v for v in (2, 3, 5)]
    assert values(Build((i,), Let(u, at(x, i), square(u)))) == [4, 9, 25]
    assert values(plus(Let(s, r, square(s)), square(s))) == [25 + 9]
    assert values(Let(s, square(s), Let(s, plus(s, one), square(s)))) == [100]
    assert values(grad(Let(u, square(s), times(u, u)), s)) == [4 * 27]
    assert values(grad(Map(Lambda(s, square(s)), times(two, s)), s)) == [8 * 3]


def test_names_on_which_values_depend() -> None:
    program = Program(WORLD)
    for e, reads, cuts in (
        (plus(x, y), "xy", ""), (z, "Axz", ""), (Map(Lambda(u, times(u, s)), x), "sx", ""),
        (Map(Lambda(s, square(s)), x), "x", ""),
        (Let(u, s, times(u, r)), "rs", ""), (Let(s, r, square(s)), "r", ""), (grad(z, x), "Axz", "x"),
        (Differential(times(s, r), (s, r)), "rs", "rs"), (plus(grad(square(s), s), grad(square(r), r)), "rs", "rs"),
        (one, "", ""),
    ):  # fmt: skip
        code = program.code(e)
        assert (code.reads, code.cuts) == (frozenset(reads), frozenset(cuts))


def test_derivatives_by_what_is_computed_from_another_are_refused() -> None:
    """q = s²: ∂(∂e/∂s)/∂q could hold q fixed inside or not, also where the inner derivative has a name; ∂(∂e/∂r)/∂q is plain."""
    q, b = sym("q"), sym("b")
    named = context(s, r, definitions={"q": square(s), "b": grad(times(q, s), s)})
    inner = times(r, square(q))
    for e in (grad(grad(inner, s), q), grad(Differential(inner, (s,)), q), Differential(grad(inner, s), (q,)), grad(b, q)):
        with pytest.raises(Unsupported):
            Question(claim(e, e, named))
    assert values(grad(grad(inner, r), q), named) == [2 * 9]
    assert values(grad(grad(inner, q), s), named) == [2 * 5 * 2 * 3]


def test_the_innermost_binding_is_found() -> None:
    outer = World({"a": [1], "b": [2]})
    inner = World({"a": [3]}, outer)
    assert [w.find(name) for w in (outer, inner) for name in "abc"] == [[1], [2], None, [3], [2], None]
