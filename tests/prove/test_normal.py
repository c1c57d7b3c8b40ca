"""The all-sizes prover, as a catalogue of identities: each true one is proved, each of its twins is not."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

import pytest

from derivations.claims import Context, Equation, FreeFunction, Labels, Statement, Variable
from derivations.expr import (
    SCALAR,
    Affine,
    Apply,
    Build,
    Delta,
    Derivative,
    Diagonal,
    DiagonalMatrix,
    Dim,
    Expr,
    Fill,
    Kronecker,
    LabelOf,
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
from derivations.prove.allsizes import NoProof, Proof, prove
from tests.prove.identities import (
    at,
    context,
    d,
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
    tangent,
    times,
    total,
    tr,
    twice,
)

n, m, p, q, N, D, H, C, K = dims("n m p q N D H C K")
A, B, Q, R = sym("A", n, n), sym("B", n, n), sym("Q", n, n), sym("R", n, n)
X, Y, Z = sym("X", n, m), sym("Y", n, m), sym("Z", m, p)
a, b, x, y, u, v = (sym(name, n) for name in "abxyuv")
s, r, c = sym("s"), sym("r"), sym("c")
i, j, k = index("i", n), index("j", n), index("k", n)
one, two = number(1), number(2)


@dataclass(frozen=True)
class Case:
    """A true equation and, in the same world, false right sides."""

    title: str
    left: Expr
    right: Expr
    twins: tuple[Expr, ...]
    world: Context = field(default_factory=Context)
    guards: tuple[Expr, ...] = ()


CASES: list[Case] = []


def true(title: str, left: Expr, right: Expr, *twins: Expr, world: Context | None = None, guards: tuple[Expr, ...] = ()) -> None:
    assert twins, f"{title} needs a false twin"
    CASES.append(Case(title, left, right, twins, world or Context(), guards))


# ---------------------------------------------------------- algebra of matrices

true("(AB)^T = B^T A^T", t(mm(A, B)), mm(t(B), t(A)), mm(t(A), t(B)), mm(B, A))
true("tr AB = tr BA", tr(mm(X, t(Y))), tr(mm(t(Y), X)), tr(mm(X, t(X))))
true("tr I = n", tr(eye(n)), Size(n), one, Size(m))
true("1^T 1 = n", mm(t(ones(n)), ones(n)), Size(n), one, Size(m))
true("(Σx)² = Σ_ij x_i x_j", square(total(i, at(x, i))), total(i, total(j, times(at(x, i), at(x, j)))), mm(t(x), x))
true(
    "(Σx)⁷ in components",
    Power(total(i, at(x, i)), number(7)),
    times(Power(total(i, at(x, i)), number(6)), total(k, at(x, k))),
    Power(total(i, at(x, i)), number(6)),
)
true("diag(a) b = a ∘ b", mm(DiagonalMatrix(a), b), times(a, b), mm(a, t(b), ones(n)))
true("diag(A B) = (A ∘ Bᵀ)1", Diagonal(mm(A, B)), mm(times(A, t(B)), ones(n)), mm(times(A, B), ones(n)))
true(
    "vec(XZW) = (Wᵀ⊗X)vec Z",
    Vec(mm(X, Z, sym("W", p, q))),
    mm(Kronecker(t(sym("W", p, q)), X), Vec(Z)),
    mm(Kronecker(t(sym("V", p, q)), X), Vec(Z)),
)
true("(A⊗B)(C⊗D) = AC⊗BD", mm(Kronecker(A, X), Kronecker(B, Z)), Kronecker(mm(A, B), mm(X, Z)), Kronecker(mm(B, A), mm(X, Z)))
true("tr(A⊗B) = tr A tr B", tr(Kronecker(A, sym("E", m, m))), times(tr(A), tr(sym("E", m, m))), tr(mm(A, A)))
true("vec inner product", mm(t(Vec(X)), Vec(Y)), tr(mm(t(X), Y)), tr(mm(t(X), X)))
true("X = X⊗1", Kronecker(X, one), X, Y)
true("Frobenius", square(Norm(X)), tr(mm(t(X), X)), tr(mm(t(X), Y)))
true("‖2x‖ = 2‖x‖", Norm(twice(x)), twice(Norm(x)), Norm(x), times(number(4), Norm(x)))
true("outer product with e", mm(A, Fill(one, (n, n))), mm(mm(A, ones(n)), t(ones(n))), mm(t(A), Fill(one, (n, n))))

# -------------------------------------------------------- inverse, determinant

true("(AB)⁻¹ = B⁻¹A⁻¹", inv(mm(A, B)), mm(inv(B), inv(A)), mm(inv(A), inv(B)))
true("A⁻ᵀ", inv(t(A)), t(inv(A)), inv(A))
true("A⁻¹A = I", mm(inv(A), A), eye(n), mm(inv(A), t(A)), A)
true("(A⁻¹)⁻¹ = A", inv(inv(A)), A, t(A))
true("(2A)⁻¹", inv(twice(A)), half(inv(A)), twice(inv(A)))
true("(sA)⁻¹", inv(times(s, A)), over(inv(A), s), times(s, inv(A)))
true("diag(a)⁻¹", inv(DiagonalMatrix(a)), DiagonalMatrix(Power(a, number(-1))), DiagonalMatrix(a))
true(
    "(DAD)⁻¹",
    inv(mm(DiagonalMatrix(a), A, DiagonalMatrix(b))),
    mm(DiagonalMatrix(over(one, b)), inv(A), DiagonalMatrix(over(one, a))),
    mm(DiagonalMatrix(over(one, a)), inv(A), DiagonalMatrix(over(one, b))),
)
SM = plus(one, mm(t(v), inv(B), u))
true(
    "Sherman–Morrison",
    inv(plus(B, mm(u, t(v)))),
    minus(inv(B), over(mm(inv(B), u, t(v), inv(B)), SM)),
    minus(inv(B), over(mm(inv(B), u, t(v), inv(B)), plus(two, mm(t(v), inv(B), u)))),
    plus(inv(B), over(mm(inv(B), u, t(v), inv(B)), SM)),
)
U, V = sym("U", n, m), sym("V", m, n)
E = sym("E", m, m)
true(
    "Woodbury",
    inv(plus(A, mm(U, E, V))),
    minus(inv(A), mm(inv(A), U, inv(plus(inv(E), mm(V, inv(A), U))), V, inv(A))),
    plus(inv(A), mm(inv(A), U, inv(plus(inv(E), mm(V, inv(A), U))), V, inv(A))),
    minus(inv(A), mm(inv(A), U, inv(plus(E, mm(V, inv(A), U))), V, inv(A))),
)
true(
    "Woodbury, E = I",
    inv(plus(A, mm(U, V))),
    minus(inv(A), mm(inv(A), U, inv(plus(eye(m), mm(V, inv(A), U))), V, inv(A))),
    minus(inv(A), mm(inv(A), U, inv(plus(eye(m), mm(V, A, U))), V, inv(A))),
)
true(
    "push-through",
    mm(inv(plus(eye(n), mm(X, t(Y)))), X),
    mm(X, inv(plus(eye(m), mm(t(Y), X)))),
    mm(X, inv(plus(eye(m), mm(t(X), Y)))),
)
true("(A⁻¹+B⁻¹)⁻¹", inv(plus(inv(A), inv(B))), mm(A, inv(plus(A, B)), B), mm(A, inv(plus(A, B)), A))
true(
    "(I+A)⁻¹ = I − A(I+A)⁻¹",
    inv(plus(eye(n), A)),
    minus(eye(n), mm(A, inv(plus(eye(n), A)))),
    plus(eye(n), mm(A, inv(plus(eye(n), A)))),
)
true(
    "ridge normal equations",
    mm(plus(mm(t(X), X), times(s, eye(m))), inv(plus(mm(t(X), X), times(s, eye(m))))),
    eye(m),
    times(s, eye(m)),
)
true("det(AB)", det(mm(A, B)), times(det(A), det(B)), plus(det(A), det(B)))
true("det Aᵀ", det(t(A)), det(A), det(B))
true("det A⁻¹", det(inv(A)), over(one, det(A)), det(A))
true("det(2A) = 2ⁿdet A", det(twice(A)), times(Power(two, Size(n)), det(A)), twice(det(A)))
true("det(I + uvᵀ) = 1 + vᵀu", det(plus(eye(n), mm(u, t(v)))), plus(one, mm(t(v), u)), plus(one, mm(t(u), u)), mm(t(v), u))
true("log det diag", f("log", det(DiagonalMatrix(a))), total(i, f("log", at(a, i))), total(i, at(a, i)))

# ---------------------------------------------------------- elementary functions

true("exp(x+y)", f("exp", plus(x, y)), times(f("exp", x), f("exp", y)), plus(f("exp", x), f("exp", y)), f("exp", times(x, y)))
true("exp(x/2)² = exp x", square(f("exp", half(x))), f("exp", x), f("exp", half(x)))
true("log(ab) = log a + log b", f("log", times(x, y)), plus(f("log", x), f("log", y)), times(f("log", x), f("log", y)))
true(
    "log of a common factor",
    f("log", plus(times(x, y), times(x, u))),
    plus(f("log", x), f("log", plus(y, u))),
    f("log", plus(y, u)),
)
true("log exp", f("log", f("exp", x)), x, f("exp", x))
true("exp log", f("exp", f("log", x)), x, twice(x))
true("exp(2 log x) = x²", f("exp", twice(f("log", x))), square(x), twice(x))
true("√x² = |x|", root(square(x)), f("abs", x), x, neg(x))
true("√8 = 2√2", root(number(8)), twice(root(two)), root(two))
true("√(x/4)", root(over(x, number(4))), half(root(x)), root(x))
true("relu(2x) = 2relu x", f("relu", twice(x)), twice(f("relu", x)), f("relu", x))
true("relu x − relu(−x) = x", minus(f("relu", x), f("relu", neg(x))), x, f("abs", x))
true("relu x + relu(−x) = |x|", plus(f("relu", x), f("relu", neg(x))), f("abs", x), x)
true("relu∘relu", f("relu", f("relu", x)), f("relu", x), x)
true("relu(exp x) = exp x", f("relu", f("exp", x)), f("exp", x), f("relu", x))
true("x sign x = |x|", times(x, f("sign", x)), f("abs", x), x)
true("|xy|", f("abs", times(f("exp", x), y)), times(f("exp", x), f("abs", y)), times(f("exp", x), y))
true("1 − σ(x) = σ(−x)", minus(ones(n), f("sigmoid", x)), f("sigmoid", neg(x)), f("sigmoid", x))
true("tanh = 2σ(2x) − 1", f("tanh", x), minus(twice(f("sigmoid", twice(x))), ones(n)), minus(f("sigmoid", twice(x)), ones(n)))
true("tanh odd", f("tanh", neg(x)), neg(f("tanh", x)), f("tanh", x))
true("sin² + cos²", plus(square(f("sin", x)), square(f("cos", x))), ones(n), f("sin", x))
true(
    "sin odd, cos even",
    times(f("sin", neg(x)), f("cos", neg(x))),
    neg(times(f("sin", x), f("cos", x))),
    times(f("sin", x), f("cos", x)),
)
true(
    "exp of a δ",
    f("exp", eye(n)),
    plus(Fill(one, (n, n)), times(minus(f("exp", one), one), eye(n))),
    eye(n),
    f("exp", Fill(one, (n, n))),
)
true("softmax rows sum to 1", mm(Softmax(X, 1), ones(m)), ones(n), mm(Softmax(X, 0), ones(m)))
true(
    "softmax is shift-invariant",
    Softmax(plus(X, mm(a, t(ones(m)))), 1),
    Softmax(X, 1),
    Softmax(plus(X, mm(ones(n), t(sym("z", m)))), 1),
)
true(
    "softmax of two",
    at(Softmax(sym("z", Dim(2)), 0), Position(1, Dim(2))),
    f("sigmoid", minus(at(sym("z", Dim(2)), Position(1, Dim(2))), at(sym("z", Dim(2)), Position(2, Dim(2))))),
    f("sigmoid", minus(at(sym("z", Dim(2)), Position(2, Dim(2))), at(sym("z", Dim(2)), Position(1, Dim(2))))),
)

# ----------------------------------------------------------------- derivatives

true("∂x_i/∂x_j = δ_ij", grad(x, x), eye(n), Fill(one, (n, n)))
true("∂aᵀx", grad(mm(t(a), x), x), a, x)
true("∂xᵀBx", grad(mm(t(x), B, x), x), mm(plus(B, t(B)), x), twice(mm(B, x)))
true("∂tr(AX)", grad(tr(mm(t(Y), X)), X), Y, X)
true("∂tr(XᵀX)", grad(tr(mm(t(X), X)), X), twice(X), X)
true("∂tr A⁻¹", grad(tr(inv(Q)), Q), neg(t(mm(inv(Q), inv(Q)))), neg(mm(inv(Q), inv(Q))), t(mm(inv(Q), inv(Q))))
true("∂aᵀX⁻¹b (MC 61)", grad(mm(t(a), inv(Q), b), Q), neg(mm(inv(t(Q)), a, t(b), inv(t(Q)))), neg(mm(inv(Q), a, t(b), inv(Q))))
true("∂det (MC 49)", grad(det(Q), Q), times(det(Q), t(inv(Q))), times(det(Q), inv(Q)))
true("∂log det (MC 57)", grad(f("log", det(Q)), Q), t(inv(Q)), inv(Q))
true("∂log det XᵀX", grad(f("log", det(mm(t(X), X))), X), twice(mm(X, inv(mm(t(X), X)))), mm(X, inv(mm(t(X), X))))
true("∂log|det X|", grad(f("log", f("abs", det(Q))), Q), t(inv(Q)), inv(Q))
true("∂‖x‖", grad(Norm(x), x), over(x, Norm(x)), x)
true("∂‖x − a‖ (MC 129)", grad(Norm(minus(x, a)), x), over(minus(x, a), Norm(minus(x, a))), over(x, Norm(minus(x, a))))
true("∂√x", grad(total(i, root(at(x, i))), x), over(number(Fraction(1, 2)), root(x)), root(x))
true("Hessian of xᵀBx", grad(grad(mm(t(x), B, x), x), x), plus(B, t(B)), twice(B))
true(
    "Hessian of log-sum-exp",
    grad(grad(f("log", total(i, f("exp", at(x, i)))), x), x),
    minus(DiagonalMatrix(Softmax(x, 0)), mm(Softmax(x, 0), t(Softmax(x, 0)))),
    plus(DiagonalMatrix(Softmax(x, 0)), mm(Softmax(x, 0), t(Softmax(x, 0)))),
    DiagonalMatrix(Softmax(x, 0)),
)
true(
    "softmax Jacobian",
    grad(Softmax(x, 0), x),
    minus(DiagonalMatrix(Softmax(x, 0)), mm(Softmax(x, 0), t(Softmax(x, 0)))),
    DiagonalMatrix(Softmax(x, 0)),
)
true("∂relu", grad(f("relu", x), x), DiagonalMatrix(f("step", x)), eye(n))
true("relu′ = step", f("relu", x, 1), f("step", x), ones(n))
true("∂|x|", grad(total(i, f("abs", at(x, i))), x), f("sign", x), x)
true("σ′ = σ(1−σ)", f("sigmoid", x, 1), times(f("sigmoid", x), minus(ones(n), f("sigmoid", x))), f("sigmoid", x))
EXPONENTIAL = f("exp", neg(x))
true(
    "σ′ = e^{-x}/(1 + e^{-x})²",
    over(EXPONENTIAL, square(plus(ones(n), EXPONENTIAL))),
    times(minus(ones(n), f("sigmoid", x)), f("sigmoid", x)),
    f("sigmoid", x),
)
true(
    "σ″",
    f("sigmoid", x, 2),
    times(times(f("sigmoid", x), minus(ones(n), f("sigmoid", x))), minus(ones(n), twice(f("sigmoid", x)))),
    times(f("sigmoid", x), minus(ones(n), f("sigmoid", x))),
)
true("tanh′ = 1 − tanh²", f("tanh", x, 1), minus(ones(n), square(f("tanh", x))), plus(ones(n), square(f("tanh", x))))
true("sin″ = −sin", f("sin", x, 2), neg(f("sin", x)), f("sin", x))
true("φ chain rule", grad(total(i, f("φ", at(mm(A, x), i))), x), mm(t(A), f("φ", mm(A, x), 1)), mm(A, f("φ", mm(A, x), 1)))
true(
    "φ Hessian",
    grad(grad(total(i, f("φ", at(mm(A, x), i))), x), x),
    mm(t(A), DiagonalMatrix(f("φ", mm(A, x), 2)), A),
    mm(t(A), DiagonalMatrix(f("φ", mm(A, x), 1)), A),
)
sx = sym("t")
true(
    "λ-function, second derivative",
    Map(Lambda(sx, times(sx, f("exp", sx))), x, 2),
    times(plus(x, twice(ones(n))), f("exp", x)),
    times(plus(x, ones(n)), f("exp", x)),
)
true("Let", Let(sx, mm(t(x), x), times(sx, sx)), square(mm(t(x), x)), mm(t(x), x))
true("product rule for ∏", grad(Product(i, at(x, i)), x), over(Product(j, at(x, j)), x), x)
true(
    "d tr(XᵀY) = tr(dXᵀY) + tr(XᵀdY)",
    d(tr(mm(t(X), Y)), X, Y),
    plus(tr(mm(t(tangent(X)), Y)), tr(mm(t(X), tangent(Y)))),
    tr(mm(t(tangent(X)), Y)),
)
true("d(A⁻¹) = −A⁻¹dA A⁻¹", d(inv(A), A), neg(mm(inv(A), tangent(A), inv(A))), mm(inv(A), tangent(A), inv(A)))
true("d log det = tr(A⁻¹dA)", d(f("log", det(A)), A), tr(mm(inv(A), tangent(A))), tr(mm(t(inv(A)), tangent(A))))
true("d(XZ)", d(mm(X, Z), X, Z), plus(mm(tangent(X), Z), mm(X, tangent(Z))), mm(tangent(X), tangent(Z)))

# ------------------------------------------------------- abstract losses, definitions

W = sym("W", m, p)
Zd, L = sym("Zd", n, p), sym("L")


def loss(e: Expr, *shape: Dim) -> Apply:
    return Apply("ℓ", e, shape)


LINEAR = context(X, W, definitions={"Zd": mm(X, W), "L": loss(Zd)}, functions=(FreeFunction("ℓ", (n, p), SCALAR),))
G = grad(L, Zd)
true("linear layer, dX", grad(L, X), mm(G, t(W)), twice(mm(G, t(W))), world=LINEAR)
true("linear layer, dW", grad(L, W), mm(t(X), G), twice(mm(t(X), G)), world=LINEAR)
true(
    "ℓ(Ax): Hessian",
    grad(grad(loss(mm(A, x)), x), x),
    Let(y, mm(A, x), mm(t(A), grad(grad(loss(y), y), y), A)),
    Let(y, mm(A, x), mm(A, grad(grad(loss(y), y), y), A)),
    world=context(A, x),
)
true(
    "second partials of ℓ commute",
    Derivative(Derivative(loss(x), x, (i,)), x, (j,)),
    Derivative(Derivative(loss(x), x, (j,)), x, (i,)),
    Derivative(Derivative(loss(x), x, (i,)), x, (i,)),
)
bias = sym("b", p)
AFFINE = context(X, W, bias, definitions={"Zd": plus(mm(X, W), mm(ones(n), t(bias))), "L": loss(Zd)})
true("bias gradient sums rows", grad(L, bias), mm(t(G), ones(n)), t(mm(t(ones(n)), twice(G))), world=AFFINE)

# ----------------------------------------------------------------- the reference network

X0, W1, W2, W3 = sym("X^{(0)}", N, D), sym("W_1", D, H), sym("W_2", H, C), sym("W_3", H, H)
X1, X2, X3, P = sym("X^{(1)}", N, H), sym("X^{(2)}", N, H), sym("X^{(3)}", N, C), sym("P", N, C)
row, col = index("i", N), index("j", C)
LABEL = LabelOf("k", row, C)
HOT = Build((row, col), Delta(col, LABEL))


def network(activation: str, hidden: int = 1) -> Context:
    definitions: dict[str, Expr] = {"X^{(1)}": mm(X0, W1), "X^{(2)}": f(activation, X1)}
    for layer in range(1, hidden):
        definitions[f"Z{layer}"] = mm(f(activation, sym(f"Z{layer - 1}", N, H)) if layer > 1 else X2, sym(f"V{layer}", H, H))
    top = X2 if hidden == 1 else f(activation, sym(f"Z{hidden - 1}", N, H))
    definitions["X^{(3)}"] = mm(top, W2)
    definitions["P"] = Softmax(X3, 1)
    definitions["L"] = over(neg(total(row, f("log", at(P, row, LABEL)))), Size(N))
    return context(X0, W1, W2, definitions=definitions, labels=(Labels("k", N, C),))


G3 = over(minus(P, HOT), Size(N))
for activation, slope in (("relu", f("step", X1)), ("φ", f("φ", X1, 1)), ("tanh", minus(Fill(one, (N, H)), square(X2)))):
    net = network(activation)
    true(
        f"network ({activation}): ∂L/∂X³",
        grad(L, X3),
        G3,
        minus(P, HOT),
        over(minus(P, HOT), Size(C)),
        over(P, Size(N)),
        world=net,
    )
    true(f"network ({activation}): ∂L/∂W₂", grad(L, W2), mm(t(X2), G3), mm(t(X1), G3), neg(mm(t(X2), G3)), world=net)
    true(f"network ({activation}): ∂L/∂X²", grad(L, X2), mm(G3, t(W2)), twice(mm(G3, t(W2))), world=net)
    true(
        f"network ({activation}): ∂L/∂W₁",
        grad(L, W1),
        mm(t(X0), times(mm(G3, t(W2)), slope)),
        mm(t(X0), mm(G3, t(W2))),
        world=net,
    )
DEEP = network("φ", 3)
Z1, Z2, V1, V2 = sym("Z1", N, H), sym("Z2", N, H), sym("V1", H, H), sym("V2", H, H)
true(
    "three hidden layers",
    grad(L, W1),
    mm(t(X0), times(mm(times(mm(times(mm(G3, t(W2)), f("φ", Z2, 1)), t(V2)), f("φ", Z1, 1)), t(V1)), f("φ", X1, 1))),
    mm(t(X0), times(mm(times(mm(times(mm(G3, t(W2)), f("φ", Z2, 1)), V2), f("φ", Z1, 1)), t(V1)), f("φ", X1, 1))),
    world=DEEP,
)
NET = network("relu")
m1, m2 = index("m", C), index("q", C)
true(
    "softmax Jacobian by entries",
    Derivative(at(P, row, m1), X3, (row, m2)),
    times(at(P, row, m1), minus(Delta(m1, m2), at(P, row, m2))),
    times(at(P, row, m1), minus(one, at(P, row, m2))),
    world=NET,
)
true(
    "under m ≠ k_i",
    Derivative(L, X3, (row, m1)),
    over(at(P, row, m1), Size(N)),
    over(minus(at(P, row, m1), one), Size(N)),
    world=NET,
    guards=(minus(one, Delta(m1, LABEL)),),
)
true(
    "under m = k_i",
    Derivative(L, X3, (row, m1)),
    over(minus(at(P, row, m1), one), Size(N)),
    over(at(P, row, m1), Size(N)),
    world=NET,
    guards=(Delta(m1, LABEL),),
)
true("∂x_{i,k_i}/∂x_{im} = [m = k_i]", Derivative(at(X3, row, LABEL), X3, (row, m1)), Delta(m1, LABEL), one, world=NET)

# declared one-hot rows, and targets that merely sum to 1
T, target, z = sym("T", N, C), sym("t", C), sym("z", C)
HOT_ROWS = context(Variable("T", (N, C), domain="binary"), X3, assumptions=(Equation(mm(T, ones(C)), ones(N)),))
CE = neg(mm(t(ones(N)), times(T, f("log", Softmax(X3, 1))), ones(C)))
true("one-hot matrix: cross-entropy", grad(CE, X3), minus(Softmax(X3, 1), T), minus(T, Softmax(X3, 1)), world=HOT_ROWS)
true("Y∘Y = Y", times(T, T), T, Fill(one, (N, C)), world=HOT_ROWS)
true("YᵀY is diagonal", mm(t(T), T), DiagonalMatrix(mm(t(T), ones(N))), eye(C), world=HOT_ROWS)
SOFT = context(target, z, assumptions=(Equation(mm(t(ones(C)), target), one),))
true(
    "soft targets", grad(neg(mm(t(target), f("log", Softmax(z, 0)))), z), minus(Softmax(z, 0), target), Softmax(z, 0), world=SOFT
)

# --------------------------------------------------------------------- normalisation

xb, g = sym("x", m), sym("γ")
im, jm = index("i", m), index("j", m)
mean, var, std, hat, out = sym("μ"), sym("v"), sym("s"), sym("h", m), sym("o", m)
BN = context(
    xb,
    g,
    Variable("ε", SCALAR, domain="positive"),
    sym("β"),
    definitions={
        "μ": over(total(im, at(xb, im)), Size(m)),
        "v": over(total(im, square(minus(at(xb, im), mean))), Size(m)),
        "s": root(plus(var, sym("ε"))),
        "h": over(minus(xb, Fill(mean, (m,))), std),
        "o": plus(times(g, hat), Fill(sym("β"), (m,))),
        "L": Apply("ℓ", out, SCALAR),
    },
)
dh, do = grad(L, hat), grad(L, out)


def average(e: Expr) -> Expr:
    return over(mm(t(ones(m)), e), Size(m))


BNB = over(minus(minus(dh, Fill(average(dh), (m,))), times(average(times(dh, hat)), hat)), std)
true("normalisation backward", grad(L, xb), BNB, over(minus(dh, Fill(average(dh), (m,))), std), over(dh, std), world=BN)
true("normalisation: ∂L/∂γ", grad(L, g), mm(t(do), hat), mm(t(do), xb), world=BN)
true(
    "three paths",
    Derivative(L, xb, (im,)),
    plus(
        over(Derivative(L, hat, (im,)), std),
        times(grad(L, var), over(twice(minus(at(xb, im), mean)), Size(m))),
        over(grad(L, mean), Size(m)),
    ),
    plus(over(Derivative(L, hat, (im,)), std), times(grad(L, var), over(twice(minus(at(xb, im), mean)), Size(m)))),
    world=BN,
)
true("deviations sum to 0", total(im, minus(at(xb, im), mean)), number(0), mean, world=BN)
true("∂v/∂μ = 0", grad(var, mean), number(0), one, world=BN)
RMS = context(
    xb, definitions={"s": root(plus(over(mm(t(xb), xb), Size(m)), sym("ε"))), "h": over(xb, std), "L": Apply("ℓ", hat, SCALAR)}
)
true("RMS norm backward", grad(L, xb), over(minus(dh, times(average(times(dh, hat)), hat)), std), over(dh, std), world=RMS)
rows, cols = index("i", n), index("j", m)
LN = context(
    X,
    definitions={
        "H": Build((rows, cols), minus(at(X, rows, cols), over(total(cols, at(X, rows, cols)), Size(m)))),
        "L": loss(sym("H", n, m)),
    },
)
GH = grad(L, sym("H", n, m))
true("centred rows", grad(L, X), minus(GH, over(mm(GH, Fill(one, (m, m))), Size(m))), GH, world=LN)

# -------------------------------------------------------------------------- attention

Qa, Ka, Va = sym("Q", n, D), sym("K", m, D), sym("V", m, H)
S, Pa, Oa = sym("S", n, m), sym("P", n, m), sym("O", n, H)
ATT = context(
    Qa, Ka, Va, definitions={"S": over(mm(Qa, t(Ka)), root(Size(D))), "P": Softmax(S, 1), "O": mm(Pa, Va), "L": loss(Oa)}
)
dO, dP, dS = grad(L, Oa), grad(L, Pa), grad(L, S)
true("attention: dP", dP, mm(dO, t(Va)), twice(mm(dO, t(Va))), world=ATT)
true("attention: dV", grad(L, Va), mm(t(Pa), dO), mm(t(S), dO), world=ATT)
true("attention: dS", dS, times(Pa, minus(dP, mm(times(Pa, dP), Fill(one, (m, m))))), times(Pa, dP), world=ATT)
true("attention: dQ", grad(L, Qa), over(mm(dS, Ka), root(Size(D))), mm(dS, Ka), over(mm(dS, Ka), Size(D)), world=ATT)
true("attention: dK", grad(L, Ka), over(mm(t(dS), Qa), root(Size(D))), over(mm(t(dS), Qa), root(Size(n))), world=ATT)

# --------------------------------------------------------------------------- regression

w = sym("w", m)
yb = sym("y", n)
res = minus(mm(X, w), yb)
true(
    "ridge",
    grad(plus(half(square(Norm(res))), times(half(s), square(Norm(w)))), w),
    plus(mm(t(X), res), times(s, w)),
    plus(mm(t(X), res), w),
)
true("least squares solution", mm(t(X), minus(mm(X, inv(mm(t(X), X)), t(X), yb), yb)), Fill(number(0), (m,)), w)
logits = mm(X, w)
true(
    "logistic regression",
    grad(
        neg(
            mm(
                t(ones(n)),
                plus(
                    times(yb, f("log", f("sigmoid", logits))),
                    times(minus(ones(n), yb), f("log", minus(ones(n), f("sigmoid", logits)))),
                ),
            )
        ),
        w,
    ),
    mm(t(X), minus(f("sigmoid", logits), yb)),
    mm(t(X), minus(yb, f("sigmoid", logits))),
)
SIGNS = context(Variable("y", (n,), domain="sign"))
true(
    "logistic loss with y ∈ {−1,1}",
    f("log", plus(ones(n), f("exp", neg(times(yb, x))))),
    neg(f("log", f("sigmoid", times(yb, x)))),
    f("log", f("sigmoid", times(yb, x))),
    world=SIGNS,
)
true("y² = 1 for signs", times(yb, yb), ones(n), yb, world=SIGNS)

# ------------------------------------------------------------------------- probability

SPD = context(Variable("S", (n, n), symmetric=True, definite=True), x, sym("μ", n))
Sg, mu = sym("S", n, n), sym("μ", n)
dev = minus(x, mu)
true("Gaussian: mean", grad(neg(half(mm(t(dev), inv(Sg), dev))), mu), mm(inv(Sg), dev), neg(mm(inv(Sg), dev)), world=SPD)
true(
    "Gaussian: precision, free entries",
    grad(minus(half(f("log", det(Sg))), half(mm(t(dev), Sg, dev))), Sg),
    half(minus(inv(Sg), mm(dev, t(dev)))),
    half(minus(Sg, mm(dev, t(dev)))),
    world=SPD,
)
SYMM = context(Variable("S", (n, n), symmetric=True), A)
true("symmetric S: ∂tr(SA)/∂S, entries independent", grad(tr(mm(Sg, A)), Sg), t(A), A, world=SYMM)
true("S = Sᵀ", Sg, t(Sg), t(mm(A, Sg)), world=SYMM)
true("dS is symmetric", d(tr(mm(Sg, A)), Sg), tr(mm(tangent(Sg), t(A))), tr(mm(tangent(Sg), Sg)), world=SYMM)
POS = context(Variable("σ", (n,), domain="positive"), Variable("τ", (n,), domain="positive"), mu)
sg = sym("σ", n)
KL = total(i, plus(plus(neg(f("log", at(sg, i))), half(plus(square(at(sg, i)), square(at(mu, i))))), number(Fraction(-1, 2))))
true("KL of diagonal Gaussians", grad(KL, sg), minus(sg, over(one, sg)), sg, world=POS)
true(
    "normal density",
    f("log", over(f("exp", neg(half(square(s)))), root(twice(Pi())))),
    minus(neg(half(square(s))), half(f("log", twice(Pi())))),
    minus(neg(half(square(s))), half(f("log", Pi()))),
)
true(
    "information of a softmax",
    grad(grad(neg(f("log", at(Softmax(z, 0), m1))), z), z),
    minus(DiagonalMatrix(Softmax(z, 0)), mm(Softmax(z, 0), t(Softmax(z, 0)))),
    mm(Softmax(z, 0), t(Softmax(z, 0))),
)

# ---------------------------------------------------------------------------- an LSTM cell

names = ("i", "f", "o", "g")
zi, zf, zo, zg, c0 = (sym(f"z_{letter}", H) for letter in (*names, "c"))
c1, h1 = sym("c_t", H), sym("h_t", H)
LSTM = context(
    zi,
    zf,
    zo,
    zg,
    c0,
    definitions={
        "c_t": plus(times(f("sigmoid", zf), c0), times(f("sigmoid", zi), f("tanh", zg))),
        "h_t": times(f("sigmoid", zo), f("tanh", c1)),
        "L": Apply("ℓ", h1, SCALAR),
    },
)
dh1, dc1 = grad(L, h1), grad(L, c1)
unit = ones(H)
true(
    "LSTM: ∂L/∂c",
    dc1,
    times(times(dh1, f("sigmoid", zo)), minus(unit, square(f("tanh", c1)))),
    times(dh1, f("sigmoid", zo)),
    world=LSTM,
)
true(
    "LSTM: ∂L/∂z_f",
    grad(L, zf),
    times(times(dc1, c0), times(f("sigmoid", zf), minus(unit, f("sigmoid", zf)))),
    times(dc1, c0),
    world=LSTM,
)
true(
    "LSTM: ∂L/∂z_g",
    grad(L, zg),
    times(times(dc1, f("sigmoid", zi)), minus(unit, square(f("tanh", zg)))),
    times(times(dc1, f("sigmoid", zi)), minus(unit, f("tanh", zg))),
    world=LSTM,
)
true(
    "LSTM: ∂L/∂z_o",
    grad(L, zo),
    times(times(dh1, f("tanh", c1)), times(f("sigmoid", zo), minus(unit, f("sigmoid", zo)))),
    times(times(dh1, c1), times(f("sigmoid", zo), minus(unit, f("sigmoid", zo)))),
    world=LSTM,
)

# ------------------------------------------------------------------------ assumptions, literal sizes

lam = sym("λ")
EIGEN = context(
    Variable("A", (n, n), symmetric=True),
    Variable("B", (n, n), symmetric=True),
    u,
    v,
    lam,
    assumptions=(Equation(mm(A, v), times(lam, v)), Equation(mm(t(v), u), number(0))),
)
true("eigenvalue, first order", plus(mm(t(u), A, v), mm(t(v), B, v), mm(t(v), A, u)), mm(t(v), B, v), mm(t(v), B, u), world=EIGEN)
ORTH = context(Q, assumptions=(Equation(mm(t(Q), Q), eye(n)),))
true("orthogonal: ‖Qx‖² = ‖x‖²", square(Norm(mm(Q, x))), square(Norm(x)), Norm(x), world=ORTH)
true("assumed symmetry", mm(A, x), mm(t(A), x), mm(t(B), x), world=context(A, assumptions=(Equation(A, t(A)),)))
two_, three, four = Dim(2), Dim(3), Dim(4)


def P2(place: int) -> Position:
    return Position(place, two_)


M2 = sym("M", two_, two_)
true(
    "2×2 determinant",
    det(M2),
    minus(times(at(M2, P2(1), P2(1)), at(M2, P2(2), P2(2))), times(at(M2, P2(1), P2(2)), at(M2, P2(2), P2(1)))),
    plus(times(at(M2, P2(1), P2(1)), at(M2, P2(2), P2(2))), times(at(M2, P2(1), P2(2)), at(M2, P2(2), P2(1)))),
)
true("2×2 inverse", times(at(inv(M2), P2(1), P2(1)), det(M2)), at(M2, P2(2), P2(2)), at(M2, P2(1), P2(1)))
Xc, Wc = sym("X", C, four), sym("W", D, C, two_)
Yc = sym("Y", D, three)
cD, kC, i3, m2_ = index("c", D), index("k", C), index("i", three), index("m", two_)
shift = Affine(((1, i3), (1, m2_)), -1, four)
CONV = context(
    Xc,
    Wc,
    definitions={
        "Y": Build((cD, i3), total(kC, total(m2_, times(at(Wc, cD, kC, m2_), at(Xc, kC, shift))))),
        "L": Apply("ℓ", Yc, SCALAR),
    },
)
true(
    "convolution: ∂L/∂W",
    Derivative(L, Wc, (cD, kC, m2_)),
    total(i3, times(Derivative(L, Yc, (cD, i3)), at(Xc, kC, shift))),
    total(i3, times(Derivative(L, Yc, (cD, i3)), at(Xc, kC, Position(1, four)))),
    world=CONV,
)
true(
    "exponential family",
    grad(f("log", total(i, f("exp", times(s, at(x, i))))), s),
    total(
        i,
        times(at(x, i), f("exp", minus(times(s, at(x, i)), f("log", total(j, f("exp", times(s, at(x, j)))))))),
    ),
    total(i, at(x, i)),
)
true("positive ε is not 0", over(s, s), one, two, world=context(Variable("s", SCALAR, domain="positive")))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_true_identity_is_proved(case: Case) -> None:
    """Each identity has a proof for every size."""
    outcome = prove(Statement(case.left, case.right, case.world, case.guards))
    assert isinstance(outcome, Proof), outcome


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.title)
def test_false_twin_is_not_proved(case: Case) -> None:
    """None of the false twins has one, in either direction."""
    for twin in case.twins:
        assert isinstance(prove(Statement(case.left, twin, case.world, case.guards)), NoProof)
        assert isinstance(prove(Statement(twin, case.left, case.world, case.guards)), NoProof)


def test_conditions_say_what_was_asked() -> None:
    """A gate asks to be off its kink, in the document's own names; log|det| only for an invertible matrix."""
    outcome = prove(Statement(grad(L, W1), grad(L, W1), NET))
    assert isinstance(outcome, Proof)
    assert [(c.kind, c.text) for c in outcome.conditions] == [("kink", "X^{(1)}_{ij} ≠ 0")]
    outcome = prove(Statement(grad(f("log", f("abs", det(Q))), Q), t(inv(Q)), Context()))
    assert isinstance(outcome, Proof)
    assert {c.text for c in outcome.conditions} == {r"\det(Q) ≠ 0", "Q invertible"}


@pytest.mark.parametrize("layers", [2, 8])
def test_steps_grow_with_depth_not_beyond(layers: int) -> None:
    """Each hidden layer adds a bounded number of steps, tanh included."""
    net = network("tanh", layers)
    outcome = prove(Statement(grad(L, W1), grad(L, W1), net))
    assert isinstance(outcome, Proof)
    assert outcome.steps < 60 * layers + 60


def test_nothing_raises() -> None:
    """What is not supported comes back with its reason."""
    deep: Expr = s
    for _ in range(3000):
        deep = plus(deep, s)
    unsupported = (
        deep,
        f("log", number(-1)),
        inv(Fill(number(0), (n, n))),
        det(Fill(one, (n, n))),
        at(x, Position(0, n)),
        mm(A, sym("B", m, m)),
    )
    for e in unsupported:
        outcome = prove(Statement(e, e, Context()))
        assert isinstance(outcome, NoProof)
        assert outcome.limit is (e is deep)


def test_limits_are_told_from_what_is_not_supported() -> None:
    """More work than is done; sides that differ or have other shapes are no limit."""
    outcome = prove(Statement(Power(s, number(65)), s, Context()))
    assert isinstance(outcome, NoProof)
    assert outcome.limit
    outcome = prove(Statement(x, plus(x, x), Context()), budget=1)
    assert isinstance(outcome, NoProof)
    assert outcome.limit
    for right in (twice(x), ones(m)):
        outcome = prove(Statement(x, right, Context()))
        assert isinstance(outcome, NoProof)
        assert not outcome.limit
