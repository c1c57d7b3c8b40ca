"""Every false claim gets a witness that plain floats confirm; no true one ever does.

The float checks below are written by hand, from the formulas in the docstrings,
and share nothing with the evaluation under test: derivatives are central differences.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from fractions import Fraction
from itertools import permutations, product
from pathlib import Path
from typing import TypeAlias

import pytest

from derivations import expr as ex
from derivations.claims import Context, Equation, FreeFunction, Labels, SignAssumption, Statement, Variable
from derivations.expr import (
    MINUS_ONE,
    SCALAR,
    UNIT,
    ZERO,
    Add,
    Affine,
    Apply,
    Build,
    Builtin,
    Delta,
    Derivative,
    Det,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Dim,
    Entry,
    Expr,
    Fill,
    Free,
    Identity,
    Index,
    IndexTerm,
    Inverse,
    Kronecker,
    LabelOf,
    Lambda,
    Let,
    Map,
    MatMul,
    Norm,
    Pi,
    Position,
    Power,
    Product,
    Size,
    Softmax,
    Sum,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
    Vec,
    divide,
    negative,
    number,
    subtract,
)
from derivations.pipeline import verify
from derivations.prove.exactnumber import OffDomain, OnKink, Unsupported
from derivations.prove.witness import Budget, NoPoint, Survived, admits, evaluate, search
from derivations.verdicts import Counterexample, Exact, Point, Polynomial, Refuted

n, m, p, N, D, H, C = (Dim(1, (name,)) for name in "nmpNDHC")
HALF = number(Fraction(1, 2))
Vector: TypeAlias = list[float]
Matrix: TypeAlias = list[list[float]]


# ------------------------------------------------------- writing statements


def V(name: str, *shape: Dim, **properties: object) -> Variable:
    return Variable(name, shape, **properties)  # type: ignore[arg-type]


def S(name: str, *shape: Dim) -> Sym:
    return Sym(name, shape)


def world(*variables: Variable, **more: object) -> Context:
    return Context(variables={v.name: v for v in variables}, **more)  # type: ignore[arg-type]


def f(name: ex.BuiltinName, e: Expr, order: int = 0) -> Expr:
    return Map(Builtin(name), e, order)


def square(e: Expr) -> Expr:
    return Power(e, number(2))


def mm(first: Expr, *others: Expr) -> Expr:
    for other in others:
        first = MatMul(first, other)
    return first


def ones(*shape: Dim) -> Expr:
    return Fill(UNIT, shape)


def T(e: Expr) -> Expr:
    return Transpose(e)


def at(e: Expr, *indices: IndexTerm) -> Expr:
    return Entry(e, indices)


i, j, k = Index("i", n), Index("j", n), Index("k", n)
x, y, s = S("x", n), S("y", n), S("s")
A, X, Q = S("A", n, n), S("X", n, n), S("Q", n, n)
VECTORS = world(V("x", n), V("y", n), V("s"))
MATRICES = world(V("A", n, n), V("X", n, n), V("x", n))


# -------------------------------------------------------- checking by floats


class Floats:
    """A witness as plain nested lists of floats."""

    def __init__(self, found: Counterexample) -> None:
        self.sizes = dict(found.point.sizes)
        self.labels = {name: [v - 1 for v in values] for name, values in found.point.labels.items()}
        self.flat = {name: [_float(v) for v in values] for name, values in found.point.arrays.items()}
        self.entry = tuple(e - 1 for e in found.entry)
        self.free = {name: value - 1 for name, value in found.free_indices.items()}
        self.left, self.right = _read(found.left), _read(found.right)

    def scalar(self, name: str) -> float:
        return self.flat[name][0]

    def vector(self, name: str) -> Vector:
        return self.flat[name]

    def matrix(self, name: str, columns: int | None = None) -> Matrix:
        values = self.flat[name]
        width = columns or math.isqrt(len(values))
        return [values[r : r + width] for r in range(0, len(values), width)]

    def agrees(self, left: float, right: float) -> None:
        """The floats show the same two different values."""
        assert self.left == pytest.approx(left, rel=1e-5, abs=1e-7)
        assert self.right == pytest.approx(right, rel=1e-5, abs=1e-7)
        assert abs(left - right) > 1e-6 * max(1.0, abs(left))


def _float(value: Exact) -> float:
    return float(value.rational) + float(value.log2) * math.log(2)


def _read(text: str) -> float:
    """A value told as text, by the arithmetic of Python: test code, not the program."""
    names = {"log": math.log, "exp": math.exp, "sqrt": math.sqrt, "pi": math.pi}
    return float(eval(text.replace("^", "**"), {"__builtins__": {}}, names))


def slope(function: Callable[[Vector], float], point: Vector, place: int) -> float:
    """A central difference."""
    h = 1e-5
    up, down = list(point), list(point)
    up[place] += h
    down[place] -= h
    return (function(up) - function(down)) / (2 * h)


def times(a: Matrix, b: Matrix) -> Matrix:
    return [[sum(u * w for u, w in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def turned(a: Matrix) -> Matrix:
    return [list(column) for column in zip(*a, strict=True)]


def inverted(a: Matrix) -> Matrix:
    """1×1 and 2×2 only."""
    if len(a) == 1:
        return [[1 / a[0][0]]]
    (p_, q_), (r_, s_) = a
    d = p_ * s_ - q_ * r_
    return [[s_ / d, -q_ / d], [-r_ / d, p_ / d]]


def softmax(u: Sequence[float]) -> Vector:
    powers = [math.exp(v) for v in u]
    return [v / sum(powers) for v in powers]


def refute(left: Expr, right: Expr, context: Context, *guards: Expr) -> Counterexample:
    statement = Statement(left, right, context, guards)
    found = search(statement)
    assert isinstance(found, Counterexample), found
    assert admits(statement, found.point)
    a, b = evaluate(statement, found.point)[tuple(found.free_indices[i.name] for i in free(statement)), found.entry]
    assert a != b
    assert 1 <= found.differing <= found.total
    return found


def free(statement: Statement) -> list[Index]:
    indices = ex.free_indices(statement.left) | ex.free_indices(statement.right)
    return sorted(indices.union(*map(ex.free_indices, statement.guards)), key=lambda i: i.name)


def survives(left: Expr, right: Expr, context: Context, *guards: Expr, points: int = 10) -> None:
    found = search(Statement(left, right, context, guards))
    assert isinstance(found, Survived), found
    assert found.points >= points


# --------------------------------------------------------- matrix calculus


def test_gradient_of_a_trace() -> None:
    """∂tr(XA)/∂X = Aᵀ, not A: the smallest witness is 2×2."""
    of = Derivative(Trace(mm(X, A)), X)
    survives(of, T(A), MATRICES)
    found = refute(of, A, MATRICES)
    w = Floats(found)
    a = w.matrix("A")
    r, c = w.entry
    size = w.sizes["n"]
    assert size == 2

    def trace(flat: Vector) -> float:
        return sum(times([flat[q : q + size] for q in range(0, size * size, size)], a)[q][q] for q in range(size))

    w.agrees(slope(trace, w.vector("X"), r * size + c), a[r][c])
    assert (found.differing, found.total) == (2, 4)


def test_a_missing_transpose_in_a_product_of_different_sizes() -> None:
    """∂(aᵀXb)/∂X = abᵀ; at equal sizes baᵀ conforms too and is wrong."""
    of = Derivative(mm(T(x), X, y), X)
    context = world(V("x", n), V("y", n), V("X", n, n))
    survives(of, mm(x, T(y)), context)
    w = Floats(refute(of, mm(y, T(x)), context))
    r, c = w.entry
    w.agrees(w.vector("x")[r] * w.vector("y")[c], w.vector("y")[r] * w.vector("x")[c])


def test_log_determinant() -> None:
    """∂log det X/∂X = X⁻ᵀ, not X⁻¹."""
    of = Derivative(f("log", Det(X)), X)
    survives(of, T(Inverse(X)), MATRICES)
    w = Floats(refute(of, Inverse(X), MATRICES))
    r, c = w.entry
    inverse = inverted(w.matrix("X"))

    def log_det(flat: Vector) -> float:
        return math.log(flat[0] * flat[3] - flat[1] * flat[2])

    w.agrees(slope(log_det, w.vector("X"), 2 * r + c), inverse[r][c])


def test_derivative_of_an_inverse() -> None:
    """∂tr(AX⁻¹)/∂X = −(X⁻¹AX⁻¹)ᵀ; the sign matters."""
    of = Derivative(Trace(mm(A, Inverse(X))), X)
    right = T(mm(Inverse(X), A, Inverse(X)))
    survives(of, negative(right), MATRICES)
    w = Floats(refute(of, right, MATRICES))
    assert w.sizes == {"n": 1}
    a, v = w.scalar("A"), w.scalar("X")
    w.agrees(-a / v**2, a / v**2)


def test_determinants_of_singular_matrices_have_derivatives() -> None:
    """∂det X/∂X = det(X)X⁻ᵀ where X is invertible; X itself it is not."""
    survives(Derivative(Det(X), X), Times(Det(X), T(Inverse(X))), MATRICES)
    refute(Derivative(Det(X), X), X, MATRICES)


def test_hessian_of_a_quadratic_form() -> None:
    """∂²(xᵀQx)/∂x² = Q + Qᵀ; 2Q only for symmetric Q."""
    hessian = Derivative(Derivative(mm(T(x), Q, x), x), x)
    plain, symmetric = world(V("x", n), V("Q", n, n)), world(V("x", n), V("Q", n, n, symmetric=True))
    survives(hessian, Add((Q, T(Q))), plain)
    survives(hessian, Times(number(2), Q), symmetric)
    w = Floats(refute(hessian, Times(number(2), Q), plain))
    q, (r, c) = w.matrix("Q"), w.entry
    w.agrees(q[r][c] + q[c][r], 2 * q[r][c])


def test_hessian_of_the_logistic_loss() -> None:
    """∂²log(1 + exp yᵀx)/∂x² = σ(1 − σ)yyᵀ."""
    inner = mm(T(y), x)
    hessian = Derivative(Derivative(f("log", Add((UNIT, f("exp", inner)))), x), x)
    survives(hessian, Times(f("sigmoid", inner, 1), mm(y, T(y))), VECTORS)
    w = Floats(refute(hessian, Times(f("sigmoid", inner), mm(y, T(y))), VECTORS))
    u, v = w.vector("x"), w.vector("y")
    sigma = 1 / (1 + math.exp(-sum(a * b for a, b in zip(u, v, strict=True))))
    r, c = w.entry
    w.agrees(sigma * (1 - sigma) * v[r] * v[c], sigma * v[r] * v[c])


def test_norms() -> None:
    """∂‖x‖/∂x = x/‖x‖, nothing at 0; ‖x‖² below is wrong."""
    of = Derivative(Norm(x), x)
    survives(of, divide(x, Norm(x)), VECTORS)
    w = Floats(refute(of, divide(x, square(Norm(x))), VECTORS))
    u = w.vector("x")
    (r,) = w.entry
    w.agrees(slope(lambda z: math.hypot(*z), u, r), u[r] / math.hypot(*u) ** 2)
    with pytest.raises(OffDomain):
        evaluate(Statement(of, x, VECTORS), Point({"n": 2}, {"x": (Exact(), Exact())}))


def test_roots_of_squares_have_no_derivative_at_zero() -> None:
    """The first-order part of x² vanishes at 0, and yet √x² is not smooth there; without a derivative it is 0."""
    root, origin = Power(square(s), HALF), Point({}, {"s": (Exact(),)})
    for left in (Derivative(root, s), Derivative(Power(square(square(s)), number(Fraction(1, 4))), s)):
        with pytest.raises(OffDomain):
            evaluate(Statement(left, ZERO, VECTORS), origin)
    assert evaluate(Statement(root, ZERO, VECTORS), origin) == {((), ()): (0, 0)}


def test_vec_and_kronecker() -> None:
    """vec(AXB) = (Bᵀ⊗A)vec(X)."""
    B, Y = S("B", m, m), S("Y", n, m)
    context = world(V("A", n, n), V("Y", n, m), V("B", m, m))
    left = Vec(mm(A, Y, B))
    survives(left, mm(Kronecker(T(B), A), Vec(Y)), context)
    refute(left, mm(Kronecker(B, A), Vec(Y)), context)
    refute(Vec(mm(A, X)), mm(Kronecker(A, Identity(n)), Vec(X)), MATRICES)


def test_differentials() -> None:
    """d(X⁻¹) = −X⁻¹ dX X⁻¹, and d(XA) has two parts."""
    dX, dA = Tangent("X", (n, n)), Tangent("A", (n, n))
    left = Differential(Inverse(X), (X,))
    right = mm(Inverse(X), dX, Inverse(X))
    survives(left, negative(right), MATRICES)
    found = refute(left, right, MATRICES)
    (v,), (d,) = (tuple(map(_float, values["X"])) for values in (found.point.arrays, found.point.tangents))
    Floats(found).agrees(-d / v**2, d / v**2)
    survives(Differential(mm(X, A), (X, A)), Add((mm(dX, A), mm(X, dA))), MATRICES)
    refute(Differential(mm(X, A), (X, A)), mm(dX, A), MATRICES)


def test_diagonals() -> None:
    survives(Diagonal(DiagonalMatrix(x)), x, VECTORS)
    survives(mm(DiagonalMatrix(x), y), Times(x, y), VECTORS)
    refute(DiagonalMatrix(Diagonal(X)), X, MATRICES)


def test_an_identity_of_small_matrices_fails_from_three_on() -> None:
    """Amitsur–Levitzki: S₄ vanishes at n ≤ 2 only."""
    factors = [S(f"M{t}", n, n) for t in range(4)]
    terms = []
    for order in permutations(range(4)):
        inversions = sum(order[a] > order[b] for a in range(4) for b in range(a + 1, 4))
        term = mm(*(factors[o] for o in order))
        terms.append(negative(term) if inversions % 2 else term)
    found = refute(Add(tuple(terms)), Fill(ZERO, (n, n)), world(*(V(v.name, n, n) for v in factors)))
    assert found.point.sizes == {"n": 3}


# ------------------------------------------------------ gates and functions


def test_homogeneity_of_the_gate_is_true() -> None:
    survives(f("relu", Times(number(2), x)), Times(number(2), f("relu", x)), VECTORS)
    refute(f("relu", negative(x)), negative(f("relu", x)), VECTORS)


def test_the_root_of_a_square_is_the_absolute_value() -> None:
    root = Power(square(s), HALF)
    survives(root, f("abs", s), VECTORS, points=5)
    w = Floats(refute(root, s, VECTORS))
    w.agrees(abs(w.scalar("s")), w.scalar("s"))


def test_halved_exponents() -> None:
    left = square(f("exp", Times(HALF, x)))
    survives(left, f("exp", x), VECTORS)
    w = Floats(refute(left, f("exp", Times(number(2), x)), VECTORS))
    (r,) = w.entry
    w.agrees(math.exp(w.vector("x")[r]), math.exp(2 * w.vector("x")[r]))


def test_derivative_of_a_squared_gate() -> None:
    """∂relu(x)²/∂x = 2relu(x), not 2x."""
    of = Derivative(square(f("relu", at(x, i))), x, (i,))
    survives(of, Times(number(2), f("relu", at(x, i))), VECTORS)
    w = Floats(refute(of, Times(number(2), at(x, i)), VECTORS))
    u = w.vector("x")[w.free["i"]]
    w.agrees(slope(lambda z: max(z[0], 0.0) ** 2, [u], 0), 2 * u)


def test_gates_at_zero_decide_nothing() -> None:
    statement = Statement(f("step", x), f("relu", x, 1), VECTORS)
    assert isinstance(search(statement), Survived)
    with pytest.raises(OnKink):
        evaluate(statement, Point({"n": 1}, {"x": (Exact(),)}))
    everywhere = search(Statement(f("relu", subtract(s, s)), UNIT, VECTORS))
    assert isinstance(everywhere, NoPoint)


def test_tanh() -> None:
    """tanh′ = 1 − tanh², tanh″ = −2 tanh (1 − tanh²)."""
    tanh = f("tanh", x)
    survives(f("tanh", x, 1), subtract(ones(n), square(tanh)), VECTORS)
    w = Floats(refute(f("tanh", x, 1), negative(square(tanh)), VECTORS))
    u = w.vector("x")[w.entry[0]]
    w.agrees(slope(lambda z: math.tanh(z[0]), [u], 0), -(math.tanh(u) ** 2))
    second = Times(number(2), Times(tanh, subtract(ones(n), square(tanh))))
    survives(f("tanh", x, 2), negative(second), VECTORS)
    refute(f("tanh", x, 2), second, VECTORS)


def test_sine() -> None:
    """Known at 0 only; enough to see the sign."""
    survives(f("sin", s, 1), f("cos", s), VECTORS, points=1)
    refute(f("sin", s, 1), negative(f("cos", s)), VECTORS)


def test_softmax_jacobian() -> None:
    """∂p/∂x = diag p − ppᵀ: a lost factor and a lost term both show."""
    prob = Softmax(x, 0)
    jacobian = Derivative(prob, x)
    survives(jacobian, subtract(DiagonalMatrix(prob), mm(prob, T(prob))), VECTORS)
    for wrong in (subtract(DiagonalMatrix(prob), Identity(n)), DiagonalMatrix(prob), negative(mm(prob, T(prob)))):
        w = Floats(refute(jacobian, wrong, VECTORS))
        r, c = w.entry
        left = slope(lambda z, r=r: softmax(z)[r], w.vector("x"), c)  # type: ignore[misc]
        assert w.left == pytest.approx(left, abs=1e-8)


def test_guards_leave_entries_out() -> None:
    """∂pᵢ/∂xⱼ = −pᵢpⱼ for i ≠ j."""
    prob = Softmax(x, 0)
    left, right = Derivative(at(prob, i), x, (j,)), negative(Times(at(prob, i), at(prob, j)))
    survives(left, right, VECTORS, subtract(UNIT, Delta(i, j)))
    found = refute(left, right, VECTORS)
    assert found.free_indices["i"] == found.free_indices["j"]
    assert isinstance(search(Statement(left, ZERO, VECTORS, (ZERO,))), NoPoint)


def test_functions_of_the_document() -> None:
    """Swish, defined by a λ-term, and its derivative."""
    u = S("u")
    swish = Lambda(u, Times(u, f("sigmoid", u)))
    right = Add((f("sigmoid", x), Times(x, f("sigmoid", x, 1))))
    survives(Map(swish, x, 1), right, VECTORS)
    refute(Map(swish, x, 1), f("sigmoid", x), VECTORS)


def test_unspecified_functions() -> None:
    functions = {
        "φ": FreeFunction("φ", None, SCALAR),
        "ψ": FreeFunction("ψ", None, SCALAR),
        "ℓ": FreeFunction("ℓ", (n,), SCALAR),
        "g": FreeFunction("g", (n,), SCALAR, positive=True),
    }
    context = world(V("x", n), functions=functions)
    phi, psi, doubled, z = Free("φ"), Free("ψ"), Times(number(2), x), S("z", n)
    survives(Derivative(Sum(i, Map(phi, at(x, i))), x), Map(phi, x, 1), context)
    refute(Map(phi, x), Map(psi, x), context)
    refute(Map(phi, Fill(ZERO, (n,))), Fill(ZERO, (n,)), context)
    ell, inner = Apply("ℓ", doubled, SCALAR), Derivative(Apply("ℓ", z, SCALAR), z)
    survives(Derivative(ell, x), Times(number(2), Let(z, doubled, inner)), context)
    refute(Derivative(ell, x), Let(z, doubled, inner), context)
    refute(Derivative(ell, x), Times(number(2), Derivative(Apply("ℓ", x, SCALAR), x)), context)
    g = Apply("g", x, SCALAR)
    survives(Derivative(f("log", g), x), Times(Power(g, MINUS_ONE), Derivative(g, x)), context)
    refute(Derivative(f("log", g), x), Derivative(g, x), context)


def test_products_and_positions() -> None:
    every = Product(i, at(x, i))
    survives(Derivative(every, x, (j,)), divide(every, at(x, j)), VECTORS)
    refute(Derivative(every, x, (j,)), every, VECTORS)
    found = refute(at(x, Position(4, n)), at(x, Position(1, n)), VECTORS)
    assert found.point.sizes == {"n": 4}


def test_convolution() -> None:
    """yₐ = Σ_q w_q x_{a+q−1}: its derivative by w_r is Σ_a g_a x_{a+r−1}."""
    three, five = Dim(3), Dim(5)
    a, q, r = Index("a", three), Index("q", three), Index("r", three)
    xs, ws, gs = S("x", five), S("w", three), S("g", three)
    context = world(V("x", five), V("w", three), V("g", three))

    def shifted(b: Index) -> Expr:
        return at(xs, Affine(((1, a), (1, b)), -1, five))

    loss = Sum(a, Times(at(gs, a), Sum(q, Times(at(ws, q), shifted(q)))))
    survives(Derivative(loss, ws, (r,)), Sum(a, Times(at(gs, a), shifted(r))), context)
    w = Floats(refute(Derivative(loss, ws, (r,)), Sum(a, Times(at(gs, a), at(ws, a))), context))
    g, u, b = w.vector("g"), w.vector("x"), w.free["r"]
    w.agrees(sum(g[c] * u[c + b] for c in range(3)), sum(v * t for v, t in zip(g, w.vector("w"), strict=True)))


# ------------------------------------------------------------- assumptions


def test_covariance_of_orthogonal_projections() -> None:
    """VWᵀ = 0 makes VW′ᵀ… vanish only where nothing stands between the two."""
    left, right = S("V", m, n), S("W", p, n)
    zero = Fill(ZERO, (m, p))
    context = world(V("V", m, n), V("W", p, n), V("x", n), assumptions=(Equation(mm(left, T(right)), zero),))
    survives(mm(right, T(left)), Fill(ZERO, (p, m)), context)
    found = refute(mm(left, DiagonalMatrix(x), T(right)), zero, context)
    w = Floats(found)
    size = w.sizes["n"]
    v, u = w.matrix("V", size), w.matrix("W", size)
    assert all(abs(e) < 1e-12 for row in times(v, turned(u)) for e in row)
    r, c = w.entry
    w.agrees(sum(v[r][t] * w.vector("x")[t] * u[c][t] for t in range(size)), 0.0)


def test_centred_weights() -> None:
    """1ᵀw = 0: shifting x does not matter, x itself does."""
    weights = S("w", n)
    context = world(V("w", n), V("x", n), assumptions=(Equation(mm(T(ones(n)), weights), ZERO),))
    survives(mm(T(weights), Add((x, ones(n)))), mm(T(weights), x), context)
    w = Floats(refute(mm(T(weights), x), ZERO, context))
    assert sum(w.vector("w")) == pytest.approx(0)
    w.agrees(sum(a * b for a, b in zip(w.vector("w"), w.vector("x"), strict=True)), 0.0)


def test_orthogonal_matrices() -> None:
    context = world(V("Q", n, n), V("x", n), assumptions=(Equation(mm(T(Q), Q), Identity(n)),))
    survives(Norm(mm(Q, x)), Norm(x), context)
    w = Floats(refute(Q, T(Q), context))
    q, (r, c) = w.matrix("Q"), w.entry
    assert [e for row in times(turned(q), q) for e in row] == pytest.approx([1.0, 0.0, 0.0, 1.0])
    w.agrees(q[r][c], q[c][r])


def test_eigenvectors() -> None:
    value = S("l")
    context = world(
        V("A", n, n), V("x", n), V("l"), assumptions=(Equation(mm(A, x), Times(value, x)), SignAssumption(Norm(x), ">"))
    )
    survives(mm(A, A, x), Times(square(value), x), context)
    w = Floats(refute(mm(T(A), x), Times(value, x), context))
    a, u, (r,) = w.matrix("A"), w.vector("x"), w.entry
    assert [sum(e * t for e, t in zip(row, u, strict=True)) for row in a] == pytest.approx([w.scalar("l") * t for t in u])
    w.agrees(sum(a[q][r] * u[q] for q in range(len(u))), w.scalar("l") * u[r])


def test_probabilities() -> None:
    """Σp = 1, p > 0: the gradient of Σ p log p is log p + 1."""
    prob = S("p", n)
    context = world(V("p", n, domain="positive"), assumptions=(Equation(Sum(i, at(prob, i)), UNIT),))
    of = Derivative(Sum(i, Times(at(prob, i), f("log", at(prob, i)))), prob)
    survives(of, Add((f("log", prob), ones(n))), context)
    refute(of, f("log", prob), context)
    w = Floats(refute(Sum(i, square(at(prob, i))), UNIT, context))
    assert sum(w.vector("p")) == pytest.approx(1)
    w.agrees(sum(v * v for v in w.vector("p")), 1.0)


def test_positive_definite_matrices() -> None:
    context = world(V("Q", n, n, symmetric=True, definite=True))
    survives(f("abs", Det(Q)), Det(Q), context)
    refute(Det(Q), UNIT, context)


def test_declared_domains_hold_at_witnesses() -> None:
    context = world(V("b", n, domain="binary"), V("e", n, domain="sign"), V("c", domain="nonzero"), V("x", n))
    survives(Power(S("b", n), number(2)), S("b", n), context, points=5)
    survives(Power(S("e", n), number(2)), ones(n), context, points=5)
    survives(divide(S("c"), S("c")), UNIT, context, points=5)
    found = refute(S("b", n), S("e", n), context)
    assert {_float(v) for v in found.point.arrays["b"]} <= {0.0, 1.0}
    assert {_float(v) for v in found.point.arrays["e"]} <= {-1.0, 1.0}


def test_contradictory_assumptions_refute_nothing() -> None:
    """From −1 = xᵀx everything follows."""
    context = world(V("x", n), V("y", n), assumptions=(Equation(mm(T(x), x), MINUS_ONE),))
    found = search(Statement(x, y, context))
    assert isinstance(found, NoPoint)
    assert found.kind == "vacuous"


def test_statements_singular_everywhere_refute_nothing() -> None:
    """(xxᵀ)⁻¹ exists at n = 1 alone, 1/(s − s) nowhere."""
    assert isinstance(search(Statement(divide(UNIT, subtract(s, s)), ZERO, VECTORS)), NoPoint)
    outer = mm(x, T(x))
    survives(mm(Inverse(outer), outer), Identity(n), VECTORS, points=3)


def test_assumptions_about_unspecified_functions_are_not_guessed() -> None:
    """φ′ = φ is meant for all arguments: no polynomial satisfies it, whatever it does at one point."""
    phi = Free("φ")
    context = world(V("s"), assumptions=(Equation(Map(phi, s, 1), Map(phi, s)),))
    found = search(Statement(Map(phi, s, 2), Map(phi, s), context))
    assert isinstance(found, NoPoint)
    assert found.kind == "unsupported"


# ------------------------------------------------------------------ networks


def cross_entropy() -> tuple[Context, Sym, Sym]:
    """−1/N Σ_ij Y_ij log softmax(XW + 1bᵀ)_ij."""
    data, weights, bias, target, prob = S("X", N, D), S("W", D, C), S("b", C), S("Y", N, C), S("P", N, C)
    row, column = Index("i", N), Index("j", C)
    logits = Add((mm(data, weights), mm(ones(N), T(bias))))
    loss = Times(
        divide(MINUS_ONE, Size(N)), Sum(row, Sum(column, Times(at(target, row, column), f("log", at(prob, row, column)))))
    )
    context = world(
        V("X", N, D), V("W", D, C), V("b", C), V("Y", N, C, domain="binary"), V("P", N, C), V("L"),
        definitions={"P": Softmax(logits, 1), "L": loss},
        assumptions=(Equation(mm(target, ones(C)), ones(N)),),
    )  # fmt: skip
    return context, weights, prob


def loss_in_floats(w: Floats, weights: Vector) -> float:
    rows, columns = w.sizes["N"], w.sizes["C"]
    data, table = w.matrix("X", w.sizes["D"]), [weights[r : r + columns] for r in range(0, len(weights), columns)]
    total = 0.0
    for r in range(rows):
        logits = [sum(data[r][d] * table[d][c] for d in range(len(table))) + w.vector("b")[c] for c in range(columns)]
        total -= sum(t * math.log(v) for t, v in zip(w.matrix("Y", columns)[r], softmax(logits), strict=True))
    return total / rows


def test_cross_entropy() -> None:
    """∂L/∂W = Xᵀ(P − Y)/N: 1/N missing, 1/C instead, a sign, all seen."""
    context, weights, prob = cross_entropy()
    data, target = S("X", N, D), S("Y", N, C)
    right = mm(T(data), subtract(prob, target))
    of = Derivative(S("L"), weights)
    survives(of, divide(right, Size(N)), context)
    for wrong in (right, divide(right, Size(C)), negative(divide(right, Size(N))), divide(mm(T(data), prob), Size(N))):
        w = Floats(refute(of, wrong, context))
        assert all(sum(row) == 1 for row in w.matrix("Y", w.sizes["C"]))
        r, c = w.entry
        expected = slope(lambda z, w=w: loss_in_floats(w, z), w.vector("W"), r * w.sizes["C"] + c)  # type: ignore[misc]
        assert w.left == pytest.approx(expected, abs=1e-7)
        assert abs(w.left - w.right) > 1e-6


def test_a_sum_that_hides_the_free_row_is_seen_from_two_rows_on() -> None:
    """∂/∂X_aq of Σ_i −log softmax(X_i)_{k_i} is P_aq − δ; summed over i it is true for one row only."""
    scores = S("X", N, C)
    row, a, q, c = Index("i", N), Index("a", N), Index("q", C), Index("c", C)
    context = world(V("X", N, C), labels={"k": Labels("k", N, C)})
    picked = at(scores, row, LabelOf("k", row, C))
    loss = Sum(row, subtract(f("log", Sum(c, f("exp", at(scores, row, c)))), picked))
    of = Derivative(loss, scores, (a, q))

    def gap(r: Index) -> Expr:
        return subtract(at(Softmax(scores, 1), r, q), Delta(q, LabelOf("k", r, C)))

    survives(of, gap(a), context)
    found = refute(of, Sum(row, gap(row)), context)
    assert found.point.sizes["N"] == 2
    w = Floats(found)
    prob = [softmax(r) for r in w.matrix("X", w.sizes["C"])]
    column = w.free["q"]
    gaps = [prob[r][column] - (w.labels["k"][r] == column) for r in range(2)]
    w.agrees(gaps[w.free["a"]], sum(gaps))


def network(activation: ex.BuiltinName) -> Context:
    """Two layers: softmax(h(XU + 1aᵀ)W + 1bᵀ), with the mean cross-entropy."""
    context, _, _ = cross_entropy()
    hidden = Add((mm(S("X", N, D), S("U", D, H)), mm(ones(N), T(S("a", H)))))
    logits = Add((mm(S("A", N, H), S("W", H, C)), mm(ones(N), T(S("b", C)))))
    variables = (V("U", D, H), V("a", H), V("Z", N, H), V("A", N, H), V("G", N, C), V("W", H, C))
    definitions = {"Z": hidden, "A": f(activation, S("Z", N, H)), "G": logits, "P": Softmax(S("G", N, C), 1)}
    return Context(
        variables={**context.variables, **{v.name: v for v in variables}},
        definitions={**context.definitions, **definitions},
        assumptions=context.assumptions,
    )


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_backpropagation(activation: ex.BuiltinName) -> None:
    """∂L/∂U = Xᵀ((P − Y)/N Wᵀ ∘ h′(Z)): the gate forgotten is refuted; intermediates are cut."""
    context = network(activation)
    outer = divide(subtract(S("P", N, C), S("Y", N, C)), Size(N))
    back = mm(outer, T(S("W", H, C)))
    gated = Times(back, f(activation, S("Z", N, H), 1))
    survives(Derivative(S("L"), S("G", N, C)), outer, context)
    survives(Derivative(S("L"), S("A", N, H)), back, context)
    survives(Derivative(S("L"), S("U", D, H)), mm(T(S("X", N, D)), gated), context)
    refute(Derivative(S("L"), S("U", D, H)), mm(T(S("X", N, D)), back), context)
    refute(Derivative(S("L"), S("a", H)), divide(mm(T(gated), ones(N)), Size(N)), context)


def normalised() -> tuple[Context, Expr, Expr]:
    """x̂ = (x − μ)(var + ε)^−½ and L = wᵀx̂."""
    row = Index("i", N)
    data, mean, variance = S("x", N), S("mu"), S("var")
    scale = Power(Add((variance, S("eps"))), number(Fraction(-1, 2)))
    definitions: dict[str, Expr] = {
        "mu": divide(Sum(row, at(data, row)), Size(N)),
        "var": divide(Sum(row, square(subtract(at(data, row), mean))), Size(N)),
        "h": Times(scale, subtract(data, Fill(mean, (N,)))),
    }
    variables = (V("x", N), V("w", N), V("eps", domain="positive"), V("mu"), V("var"), V("h", N))
    return world(*variables, definitions=definitions), mm(T(S("w", N)), S("h", N)), scale


def test_batch_norm() -> None:
    """∂L/∂x = (w − mean(w) − mean(w∘x̂)x̂)/σ; without its last term it is wrong."""
    context, loss, scale = normalised()
    w_, h_ = S("w", N), S("h", N)

    def mean(e: Expr) -> Expr:
        return divide(mm(T(ones(N)), e), Size(N))

    centred = subtract(w_, Fill(mean(w_), (N,)))
    of = Derivative(loss, S("x", N))
    survives(of, Times(scale, subtract(centred, Times(mean(Times(w_, h_)), h_))), context)
    found = refute(of, Times(scale, centred), context)
    w = Floats(found)

    def value(z: Vector) -> float:
        mu = sum(z) / len(z)
        deviation = math.sqrt(sum((v - mu) ** 2 for v in z) / len(z) + w.scalar("eps"))
        return sum(t * (v - mu) / deviation for t, v in zip(w.vector("w"), z, strict=True))

    assert w.left == pytest.approx(slope(value, w.vector("x"), w.entry[0]), abs=1e-7)


def test_attention_needs_its_scale() -> None:
    """∂/∂Q of tr Gᵀ softmax(QKᵀ/√p)V carries 1/√p, seen where √p is a whole number greater than 1."""
    q, keys, values, g = (S(name, n, p) for name in "QKVG")
    scale = Power(Size(p), number(Fraction(-1, 2)))
    scores, prob = S("S", n, n), S("P", n, n)
    context = world(
        *(V(name, n, p) for name in "QKVG"), V("S", n, n), V("P", n, n),
        definitions={"S": Times(scale, mm(q, T(keys))), "P": Softmax(scores, 1)},
    )  # fmt: skip
    loss, inner = Trace(mm(T(g), prob, values)), mm(g, T(values))
    outer = Times(prob, subtract(inner, mm(Times(inner, prob), ones(n), T(ones(n)))))
    survives(Derivative(loss, scores), outer, context)
    survives(Derivative(loss, q), Times(scale, mm(outer, keys)), context)
    found = refute(Derivative(loss, q), mm(outer, keys), context)
    assert found.point.sizes["p"] == 4


def test_normal_density() -> None:
    """log N(s | μ, σ²) = −½ log(2πσ²) − (s − μ)²/2σ²: π and roots do not keep a false sign from being seen."""
    mean, deviation = S("mu"), S("sigma")
    context = world(V("s"), V("mu"), V("sigma", domain="positive"))
    spread = Times(Times(number(2), Pi()), square(deviation))
    quadratic = Times(number(Fraction(-1, 2)), square(divide(subtract(s, mean), deviation)))
    density = Times(Power(spread, number(Fraction(-1, 2))), f("exp", quadratic))
    log_density = Add((Times(number(Fraction(-1, 2)), f("log", spread)), quadratic))
    survives(f("log", density), log_density, context)
    w = Floats(refute(f("log", density), Add((Times(HALF, f("log", spread)), quadratic)), context))
    u, v, d = w.scalar("s"), w.scalar("mu"), w.scalar("sigma")
    half = 0.5 * math.log(2 * math.pi * d * d)
    w.agrees(-half - (u - v) ** 2 / (2 * d * d), half - (u - v) ** 2 / (2 * d * d))
    by_deviation = Add((divide(MINUS_ONE, deviation), divide(square(subtract(s, mean)), Power(deviation, number(3)))))
    survives(Derivative(log_density, deviation), by_deviation, context)
    refute(Derivative(log_density, deviation), negative(by_deviation), context)


# -------------------------------------------------------- scopes and honesty


def test_cuts_hold_paths_around_the_intermediate_fixed() -> None:
    """z = s², L = z + s: ∂L/∂z = 1, and ∂L/∂s = 2s + 1."""
    context = world(V("s"), V("z"), V("L"), definitions={"z": square(s), "L": Add((S("z"), s))})
    survives(Derivative(S("L"), S("z")), UNIT, context, points=5)
    survives(Derivative(S("L"), s), Add((Times(number(2), s), UNIT)), context, points=5)
    refute(Derivative(S("L"), s), UNIT, context)


def test_nested_derivatives_are_not_confused() -> None:
    """∂/∂s (s · ∂(s + z)/∂z) = 1: counting the inner direction as the outer one gives 2."""
    context = world(V("s"), V("z"))
    left = Derivative(Times(s, Derivative(Add((s, S("z"))), S("z"))), s)
    survives(left, UNIT, context, points=5)
    refute(left, number(2), context)


def test_symmetric_variables_vary_entry_by_entry() -> None:
    context = world(V("Q", n, n, symmetric=True), V("A", n, n))
    survives(Derivative(Trace(mm(Q, A)), Q), T(A), context)
    refute(Derivative(Trace(mm(Q, A)), Q), A, context)


def test_bound_names_are_not_the_variables_outside() -> None:
    """In (let s = 3 in s²) the s outside is hidden; Build and Sum may shadow indices."""
    survives(Let(s, number(3), square(s)), number(9), VECTORS, points=1)
    survives(Derivative(Let(s, number(3), square(s)), s), ZERO, VECTORS, points=3)
    survives(Let(s, Times(number(2), s), square(s)), Times(number(4), square(s)), VECTORS, points=5)
    nested = Sum(i, Times(at(x, i), Sum(i, at(y, i))))
    survives(nested, Times(Sum(i, at(x, i)), Sum(j, at(y, j))), VECTORS)
    refute(nested, Sum(i, Times(at(x, i), at(y, i))), VECTORS)
    survives(Build((i, j), at(X, j, i)), T(X), MATRICES)
    refute(Build((i, j), at(X, i, j)), T(X), MATRICES)


def test_ambiguous_scopes_are_refused() -> None:
    """z depends on s, and s is bound while z is read: which s?  And ∂(∂L/∂s)/∂z: is z fixed inside?"""
    context = world(V("s"), V("z"), definitions={"z": square(s)})
    for expression in (Let(s, number(3), S("z")), Derivative(Derivative(square(S("z")), s), S("z"))):
        found = search(Statement(expression, number(1), context))
        assert isinstance(found, NoPoint)
        assert found.kind == "unsupported"


def test_differentials_of_constrained_variables_are_refused() -> None:
    weights = S("w", n)
    context = world(V("w", n), assumptions=(Equation(mm(T(ones(n)), weights), UNIT),))
    total = mm(T(ones(n)), weights)
    found = search(Statement(Differential(total, (weights,)), ZERO, context))
    assert isinstance(found, NoPoint)
    assert found.kind == "unsupported"


def test_unrepresentable_differences_decide_nothing() -> None:
    """sin is known at 0 only: nothing is said elsewhere."""
    away = Add((square(s), UNIT))
    found = search(Statement(f("sin", away), number(5), VECTORS))
    assert isinstance(found, NoPoint)
    assert found.kind == "limit"


def test_answers_do_not_depend_on_the_moment() -> None:
    statement = Statement(Derivative(Trace(mm(X, A)), X), A, MATRICES)
    assert search(statement) == search(statement)


def test_a_spent_budget_is_no_verdict() -> None:
    statement = Statement(Derivative(Trace(mm(X, A)), X), A, MATRICES)
    assert not isinstance(search(statement, Budget(points=0, attempts=0)), Counterexample)


def test_evaluation_at_a_given_point() -> None:
    """φ := x³ − x at 2 is 6, its second derivative 12; both sides are told, entry by entry."""
    phi = Free("φ")
    context = world(V("x", n), functions={"φ": FreeFunction("φ", None, SCALAR)})
    cubic = Polynomial(((Fraction(1), (3,)), (Fraction(-1), (1,))))
    point = Point({"n": 1}, {"x": (Exact(Fraction(2)),)}, functions={"φ": (cubic,)})
    values = evaluate(Statement(Map(phi, x), Map(phi, x, 2), context), point)
    assert values == {((), (1,)): (6, 12)}


def test_admissibility_is_exact() -> None:
    context = world(V("x", n, domain="positive"), assumptions=(Equation(mm(T(ones(n)), x), UNIT),))
    statement = Statement(x, x, context)
    third, ones_ = Exact(Fraction(1, 3)), Exact(Fraction(1))
    assert admits(statement, Point({"n": 3}, {"x": (third,) * 3}))
    assert not admits(statement, Point({"n": 2}, {"x": (third,) * 2}))
    assert not admits(statement, Point({"n": 2}, {"x": (Exact(Fraction(2)), Exact(Fraction(-1)))}))
    assert admits(statement, Point({"n": 1}, {"x": (ones_,)}))


def test_definiteness_is_checked() -> None:
    """[[1, 2], [2, 1]] is symmetric and indefinite; a definition may not make a declared definite matrix so."""
    statement = Statement(Q, Q, world(V("Q", n, n, symmetric=True, definite=True)))
    one, two = Exact(Fraction(1)), Exact(Fraction(2))
    assert admits(statement, Point({"n": 2}, {"Q": (two, one, one, two)}))
    assert not admits(statement, Point({"n": 2}, {"Q": (one, two, two, one)}))
    assert not admits(statement, Point({"n": 2}, {"Q": (two, one, Exact(), two)}))


def test_a_cyclic_definition_is_refused() -> None:
    context = world(V("s"), V("z"), definitions={"z": Add((S("z"), s))})
    with pytest.raises(Unsupported):
        evaluate(Statement(S("z"), s, context), Point({}, {"s": (Exact(),)}))


def test_every_witness_is_small() -> None:
    """Entries between the searched sizes are few: an off-by-one index needs no more than 2×2."""
    for left, right in product((mm(X, A), T(mm(X, A))), (mm(A, X), T(mm(A, X)))):
        found = refute(left, right, MATRICES)
        assert found.point.sizes == {"n": 2}


def test_exponentials_inside_functions_of_the_document_are_found() -> None:
    """σ as a λ-term: its argument is multiplied by ln 2 like that of the known σ, so that witnesses stay rational."""
    u = S("u")
    sigma = Lambda(u, Power(Add((UNIT, f("exp", negative(u)))), MINUS_ONE))
    survives(Map(sigma, x), f("sigmoid", x), VECTORS)
    found = refute(Map(sigma, x, 1), f("sigmoid", x), VECTORS)
    assert "exp" not in found.left + found.right
    w = Floats(found)
    value = 1 / (1 + math.exp(-w.vector("x")[w.entry[0]]))
    w.agrees(value * (1 - value), value)


def test_points_that_lack_a_value_are_refused() -> None:
    phi = Free("φ")
    for expression in (Map(phi, s), S("missing"), Tangent("s", ()), Size(n)):
        with pytest.raises(Unsupported):
            evaluate(Statement(expression, s, VECTORS), Point({}, {"s": (Exact(),)}))


def test_deep_networks_come_apart_where_a_layer_is_zero() -> None:
    """relu, tanh and softmax seldom meet in numbers; with a layer of zeros they do.  True twin: the factor 1."""
    from derivations.pipeline import verify

    given = [
        r"X \in \mathbb{R}^{N \times D}", r"k \in \{1,\dots,C\}^N",
        r"U \in \mathbb{R}^{D \times H}", r"V \in \mathbb{R}^{H \times K}",
        r"W \in \mathbb{R}^{K \times C}", r"Z = \tanh(\operatorname{relu}(XU)V)W",
        r"L = \frac1N\sum_i\left(\log\sum_c e^{Z_{ic}} - Z_{ik_i}\right)",
    ]  # fmt: skip
    line = r"$$\frac{\partial L}{\partial Z_{ic}} = FACTOR\frac1N(\operatorname{softmax}(Z)_{ic} - \mathbb 1[c = k_i])$$"
    words = {f: verify(text=line.replace("FACTOR", f), given=given, repairs=False).claims[0].word for f in ("7", "")}
    assert words == {"7": "refuted", "": "proved"}


@pytest.mark.parametrize("document", ["recurrent-network.md", "lstm-any-activations.md"])
def test_witnesses_of_deep_networks_can_be_read(document: str) -> None:
    """Plain stand-ins for unknown functions and plain inputs: no value of ten digits where one of three will do."""
    path = Path(__file__).resolve().parents[1] / "catalogue" / document
    witnesses = [c.verdict.witness for c in verify(path, repairs=False).refuted if isinstance(c.verdict, Refuted)]
    shown = [len(w.left) + len(w.right) for w in witnesses if isinstance(w, Counterexample)]
    assert len(shown) >= 5
    assert max(shown) <= 8
