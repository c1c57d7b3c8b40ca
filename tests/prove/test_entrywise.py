"""Entry by entry at named sizes: true lines agree, each spoiled twin does not; values at points are exact.

What is expected here is known mathematics, never what the code under test computes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import pytest
import sympy

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
    BuiltinName,
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
from derivations.prove.entrywise import (
    CannotTell,
    Different,
    Equal,
    PointError,
    check,
    choose_sizes,
    needed_sizes,
    reevaluate,
    values_at,
)
from derivations.verdicts import Counterexample, Exact, Point, Polynomial

n, m, N, D, H, C = (Dim(1, (name,)) for name in ("n", "m", "N", "D", "H", "C"))
HALF = number(Fraction(1, 2))


def names(text: str, *dims: Dim) -> list[Sym]:
    return [Sym(name, dims) for name in text.split()]


def mul(*factors: Expr) -> Expr:
    out = factors[0]
    for factor in factors[1:]:
        out = MatMul(out, factor)
    return out


def f(name: BuiltinName, u: Expr) -> Expr:
    return Map(Builtin(name), u)


def T(a: Expr) -> Expr:
    return Transpose(a)


def at(a: Expr, *terms: IndexTerm) -> Expr:
    return Entry(a, terms)


def times(c: int | Fraction, e: Expr) -> Expr:
    return Times(number(c), e)


A, B, S, Z = names("A B S Z", n, n)
X, M = names("X M", n, m)
a, b, x, y, v = names("a b x y v", n)
w, u = names("w u", m)
s, t, c = names("s t c")
i, j, k, p = (Index(name, n) for name in "ijkp")
q = Index("q", m)
Q = Index("q", n)


@dataclass(frozen=True)
class Line:
    """A line, and whether it is true."""

    left: Expr
    right: Expr
    true: bool
    context: Context = field(default_factory=Context)
    guards: tuple[Expr, ...] = ()

    @property
    def statement(self) -> Statement:
        return Statement(self.left, self.right, self.context, self.guards)


def agrees(statement: Statement, *, exact: bool) -> bool:
    """Equal at all chosen sizes; nothing may be left untold."""
    answers = [check(statement, sizes, exact=exact) for sizes in choose_sizes(statement)]
    assert answers
    assert not any(isinstance(x, CannotTell) for x in answers), answers
    return all(isinstance(x, Equal) for x in answers)


quadratic = mul(T(x), A, x)
tr_xtax = Trace(mul(T(X), A, X))
sigmoid = f("sigmoid", s)
softmax = Softmax(x, 0)
SYMMETRIC = Context(variables={"S": Variable("S", (n, n), symmetric=True)})
POSITIVE = Context(variables={name: Variable(name, SCALAR, domain="positive") for name in "st"})
FREE = Context(functions={"φ": FreeFunction("φ", None, SCALAR), "ℓ": FreeFunction("ℓ", (n,), SCALAR)})
DEFINED = Context(definitions={"Z": MatMul(A, B)})


def phi(e: Expr, order: int = 0) -> Expr:
    return Map(Free("φ"), e, order)


def loss(e: Expr) -> Expr:
    return Apply("ℓ", e, SCALAR)


def jacobian(of: Expr, by: Sym, *terms: IndexTerm) -> Expr:
    return Derivative(of, by, terms)


ones = Fill(UNIT, (n,))
cube = Lambda(t, Times(t, Times(t, t)))
hessian = Derivative(Derivative(quadratic, x), x)
least_squares = Power(Norm(subtract(mul(X, w), y)), number(2))

LINES: dict[str, Line] = {
    # linear algebra
    "trace is cyclic": Line(Trace(mul(A, B, S)), Trace(mul(B, S, A)), True),
    "trace is not symmetric in three": Line(Trace(mul(A, B, S)), Trace(mul(B, A, S)), False),
    "transpose of a product": Line(T(mul(A, B)), mul(T(B), T(A)), True),
    "transpose of a product, order kept": Line(T(mul(A, B)), mul(T(A), T(B)), False),
    "A is not its transpose": Line(A, T(A), False),
    "matrix product is not commutative": Line(mul(A, B), mul(B, A), False),
    "inverse": Line(mul(Inverse(A), A), Identity(n), True),
    "inverse of a product": Line(Inverse(mul(A, B)), mul(Inverse(B), Inverse(A)), True),
    "inverse of a product, order kept": Line(Inverse(mul(A, B)), mul(Inverse(A), Inverse(B)), False),
    "determinant of a product": Line(Det(mul(A, B)), Times(Det(A), Det(B)), True),
    "determinant of a sum": Line(Det(Add((A, B))), Add((Det(A), Det(B))), False),
    "ones are no identity": Line(Identity(n), Fill(UNIT, (n, n)), False),
    "vec of a product": Line(Vec(mul(A, X)), mul(Kronecker(Identity(m), A), Vec(X)), True),
    "vec of a product, factors exchanged": Line(Vec(mul(A, B)), mul(Kronecker(A, Identity(n)), Vec(B)), False),
    "mixed product": Line(mul(Kronecker(A, w), Kronecker(B, T(u))), Kronecker(mul(A, B), mul(w, T(u))), True),
    "diag": Line(mul(DiagonalMatrix(a), b), Times(a, b), True),
    "diagonal": Line(Diagonal(mul(a, T(b))), Times(a, b), True),
    "diagonal is not a trace": Line(Sum(i, at(Diagonal(A), i)), Trace(T(mul(A, A))), False),
    "trace as a sum": Line(Trace(mul(A, B)), Sum(i, Sum(j, Times(at(A, i, j), at(B, j, i)))), True),
    "trace as a wrong sum": Line(Trace(mul(A, B)), Sum(i, Sum(j, Times(at(A, i, j), at(B, i, j)))), False),
    "norm": Line(Power(Norm(x), number(2)), mul(T(x), x), True),
    "norm is not the sum": Line(Norm(x), Sum(i, at(x, i)), False),
    "sums": Line(Power(Sum(i, at(x, i)), number(2)), Sum(i, Sum(j, Times(at(x, i), at(x, j)))), True),
    "square of a sum": Line(Power(Sum(i, at(x, i)), number(2)), Sum(i, Power(at(x, i), number(2))), False),
    "shadowing": Line(Sum(i, Times(at(x, i), Sum(i, at(y, i)))), Times(mul(T(ones), x), mul(T(ones), y)), True),
    "shadowing forgotten": Line(Sum(i, Times(at(x, i), Sum(i, at(y, i)))), times(1, Times(Size(n), mul(T(x), y))), False),
    "binders under exp": Line(
        Sum(i, f("exp", Sum(j, at(A, i, j)))), Sum(i, f("exp", Sum(j, at(A, j, i)))), False
    ),
    "product": Line(f("exp", Sum(i, at(x, i))), Product(i, f("exp", at(x, i))), True),
    "product of sums": Line(Product(i, Add((at(x, i), UNIT))), Add((Product(i, at(x, i)), UNIT)), False),
    "delta picks": Line(Sum(j, Times(Delta(i, j), at(x, j))), at(x, i), True),
    "a sum hides an index": Line(at(x, i), Sum(i, at(x, i)), False),
    "build": Line(Build((i, j), at(A, j, i)), T(A), True),
    "size": Line(mul(T(ones), ones), Size(n), True),
    "size of another axis": Line(mul(T(ones), ones), Size(m), False),
    "positions": Line(
        mul(T(Sym("e", (Dim(3),))), Sym("e", (Dim(3),))),
        Add(tuple(Power(at(Sym("e", (Dim(3),)), Position(d, Dim(3))), number(2)) for d in (1, 2, 3))),
        True,
    ),
    # gradients
    "linear form": Line(Derivative(mul(T(a), x), x), a, True),
    "quadratic form": Line(Derivative(quadratic, x), mul(Add((A, T(A))), x), True),
    "quadratic form, 2Ax": Line(Derivative(quadratic, x), times(2, mul(A, x)), False),
    "Hessian": Line(hessian, Add((A, T(A))), True),
    "Hessian, 2A": Line(hessian, times(2, A), False),
    "bilinear": Line(Derivative(mul(T(a), X, w), X), mul(a, T(w)), True),
    "bilinear, transposed": Line(Derivative(mul(T(a), A, b), A), mul(b, T(a)), False),
    "trace form": Line(Derivative(tr_xtax, X), mul(Add((A, T(A))), X), True),
    "determinant": Line(Derivative(Det(A), A), Times(Det(A), T(Inverse(A))), True),
    "determinant, no transpose": Line(Derivative(Det(A), A), Times(Det(A), Inverse(A)), False),
    "log determinant": Line(Derivative(f("log", Det(A)), A), T(Inverse(A)), True),
    "log determinant of a power": Line(f("log", Det(mul(A, A))), times(2, f("log", Det(A))), True),
    "inverse form": Line(
        Derivative(mul(T(a), Inverse(A), b), A), negative(mul(T(Inverse(A)), a, T(b), T(Inverse(A)))), True
    ),
    "inverse form, sign": Line(Derivative(mul(T(a), Inverse(A), b), A), mul(T(Inverse(A)), a, T(b), T(Inverse(A))), False),
    "norm gradient": Line(Derivative(Norm(x), x), divide(x, Norm(x)), True),
    "norm gradient, squared": Line(Derivative(Norm(x), x), x, False),
    "least squares": Line(Derivative(least_squares, w), times(2, mul(T(X), subtract(mul(X, w), y))), True),
    "least squares, lost 2": Line(Derivative(least_squares, w), mul(T(X), subtract(mul(X, w), y)), False),
    "softmax Jacobian": Line(
        Derivative(softmax, x), subtract(DiagonalMatrix(softmax), mul(softmax, T(softmax))), True
    ),
    "softmax Jacobian, diagonal only": Line(
        Derivative(softmax, x), DiagonalMatrix(subtract(softmax, Times(softmax, softmax))), False
    ),
    "softmax entry": Line(
        jacobian(at(softmax, i), x, j), Times(at(softmax, i), subtract(Delta(i, j), at(softmax, j))), True
    ),
    "softmax entry off the diagonal": Line(
        jacobian(at(softmax, i), x, j), negative(Times(at(softmax, i), at(softmax, j))), True,
        guards=(subtract(UNIT, Delta(i, j)),),
    ),
    "softmax entry off the diagonal, unguarded": Line(
        jacobian(at(softmax, i), x, j), negative(Times(at(softmax, i), at(softmax, j))), False
    ),
    "softmax of rows sums to 1": Line(mul(Softmax(X, 1), Fill(UNIT, (m,))), ones, True),
    "softmax of columns does not": Line(mul(Softmax(X, 0), Fill(UNIT, (m,))), ones, False),
    "log-sum-exp": Line(Derivative(f("log", Sum(i, f("exp", at(x, i)))), x), softmax, True),
    "log-sum-exp shift": Line(
        f("log", Sum(i, f("exp", Add((at(x, i), s))))), Add((s, f("log", Sum(i, f("exp", at(x, i)))))), True
    ),
    "log-sum-exp shift, halved": Line(
        times(Fraction(1, 2), f("log", Sum(i, f("exp", Add((at(x, i), s)))))),
        Add((times(Fraction(1, 2), s), times(Fraction(1, 2), f("log", Sum(i, f("exp", at(x, i))))))), True,
    ),
    "log-sum-exp shift, half of it": Line(
        times(Fraction(1, 2), f("log", Sum(i, f("exp", Add((at(x, i), s)))))),
        Add((times(Fraction(1, 2), s), times(Fraction(1, 3), f("log", Sum(i, f("exp", at(x, i))))))), False,
    ),
    # scalar functions
    "sigmoid": Line(Derivative(sigmoid, s), Times(sigmoid, subtract(UNIT, sigmoid)), True),
    "sigmoid, no factor": Line(Derivative(sigmoid, s), subtract(UNIT, sigmoid), False),
    "tanh": Line(Map(Builtin("tanh"), x, 1), subtract(ones, Power(f("tanh", x), number(2))), True),
    "tanh, no square": Line(Map(Builtin("tanh"), x, 1), subtract(ones, f("tanh", x)), False),
    "tanh by sigmoid": Line(f("tanh", s), subtract(times(2, f("sigmoid", times(2, s))), UNIT), True),
    "sine": Line(Derivative(f("sin", times(3, s)), s), times(3, f("cos", times(3, s))), True),
    "sine, inner derivative lost": Line(Derivative(f("sin", times(3, s)), s), f("cos", times(3, s)), False),
    "sine is odd": Line(f("sin", negative(s)), negative(f("sin", s)), True),
    "Pythagoras": Line(Add((Power(f("sin", s), number(2)), Power(f("cos", s), number(2)))), UNIT, True),
    "log of a product": Line(f("log", Times(s, t)), Add((f("log", s), f("log", t))), True, POSITIVE),
    "log of a sum": Line(f("log", Add((s, t))), Add((f("log", s), f("log", t))), False, POSITIVE),
    "power rule": Line(Derivative(Power(s, t), s), Times(t, Power(s, subtract(t, UNIT))), True, POSITIVE),
    "power rule for the exponent": Line(Derivative(Power(s, t), t), Times(f("log", s), Power(s, t)), True, POSITIVE),
    "power rule, exponent kept": Line(Derivative(Power(s, t), s), Times(t, Power(s, t)), False, POSITIVE),
    "root of a square": Line(Power(Power(s, number(2)), HALF), s, False),
    "root of a square is the modulus": Line(Power(Power(s, number(2)), HALF), f("abs", s), True),
    "root of a hidden square": Line(
        Power(Add((Times(s, s), times(2, Times(s, t)), Times(t, t))), HALF), Add((s, t)), False
    ),
    "root of a positive square": Line(Power(Power(s, number(2)), HALF), s, True, POSITIVE),
    "lambda": Line(Map(cube, x, 1), times(3, Times(x, x)), True),
    "lambda, second derivative": Line(Map(cube, x, 2), times(6, x), True),
    "lambda, wrong derivative": Line(Map(cube, x, 1), times(3, x), False),
    "let": Line(Let(t, Add((s, UNIT)), Times(t, t)), Add((Times(s, s), times(2, s), UNIT)), True),
    "derivative of a let parameter": Line(Let(t, times(2, s), Derivative(Times(t, t), t)), times(4, s), True),
    "equal values are different inputs": Line(Let(t, c, Let(s, c, Derivative(Times(s, t), t))), c, True),
    "equal values are different inputs, doubled": Line(Let(t, c, Let(s, c, Derivative(Times(s, t), t))), times(2, c), False),
    # gates
    "relu": Line(Derivative(Sum(i, f("relu", at(x, i))), x), f("step", x), True),
    "relu, gate missing": Line(Derivative(Sum(i, f("relu", at(x, i))), x), ones, False),
    "relu scales": Line(f("relu", times(2, s)), times(2, f("relu", s)), True),
    "relu is not odd": Line(f("relu", negative(s)), negative(f("relu", s)), False),
    "relu of the negative": Line(subtract(f("relu", s), f("relu", negative(s))), s, True),
    "step of the negative": Line(f("step", negative(s)), subtract(UNIT, f("step", s)), True),
    "gates square": Line(Derivative(Power(f("relu", s), number(2)), s), times(2, f("relu", s)), True),
    "modulus squared": Line(Power(f("abs", s), number(2)), Times(s, s), True),
    "modulus of a product is beyond gates": Line(f("exp", f("abs", s)), f("exp", s), False),
    "cells decide": Line(
        f("exp", f("abs", s)),
        Add((Times(f("step", s), f("exp", s)), Times(subtract(UNIT, f("step", s)), f("exp", negative(s))))),
        True,
    ),
    "sign": Line(f("abs", s), Times(s, f("sign", s)), True),
    "relu in its cell": Line(f("relu", s), s, True, guards=(f("step", s),)),
    "relu off its cell": Line(f("relu", s), ZERO, True, guards=(subtract(UNIT, f("step", s)),)),
    "relu in the wrong cell": Line(f("relu", s), s, False, guards=(subtract(UNIT, f("step", s)),)),
    "relu of a positive variable": Line(f("relu", s), s, True, POSITIVE),
    # unspecified functions
    "chain rule": Line(
        Derivative(Sum(i, phi(at(mul(A, x), i))), x), mul(T(A), phi(mul(A, x), 1)), True, FREE
    ),
    "chain rule, no transpose": Line(Derivative(Sum(i, phi(at(mul(A, x), i))), x), mul(A, phi(mul(A, x), 1)), False, FREE),
    "second derivative": Line(
        Derivative(Derivative(phi(Times(s, t)), s), t),
        Add((phi(Times(s, t), 1), Times(Times(s, t), phi(Times(s, t), 2)))), True, FREE,
    ),
    "second derivative, term lost": Line(
        Derivative(Derivative(phi(Times(s, t)), s), t), Times(Times(s, t), phi(Times(s, t), 2)), False, FREE
    ),
    "congruence": Line(phi(Add((s, t))), phi(Add((t, s))), True, FREE),
    "no congruence": Line(phi(s), phi(t), False, FREE),
    "abstract loss": Line(
        Derivative(loss(mul(A, x)), x), mul(T(A), Let(v, mul(A, x), Derivative(loss(v), v))), True, FREE
    ),
    "abstract loss, no transpose": Line(
        Derivative(loss(mul(A, x)), x), mul(A, Let(v, mul(A, x), Derivative(loss(v), v))), False, FREE
    ),
    "second partials commute": Line(Derivative(Derivative(loss(x), x), x), T(Derivative(Derivative(loss(x), x), x)), True, FREE),
    "second partials are not zero": Line(Derivative(Derivative(loss(x), x), x), Fill(ZERO, (n, n)), False, FREE),
    # symmetric variables
    "symmetric": Line(S, T(S), True, SYMMETRIC),
    "symmetric shares no more": Line(S, DiagonalMatrix(Diagonal(S)), False, SYMMETRIC),
    "symmetric quadratic form": Line(Derivative(mul(T(x), S, x), x), times(2, mul(S, x)), True, SYMMETRIC),
    "independent entries": Line(Derivative(Trace(mul(S, A)), S), T(A), True, SYMMETRIC),
    "independent entries, other order": Line(Derivative(Trace(mul(S, A)), S), A, False, SYMMETRIC),
    "symmetric differential": Line(
        Differential(Trace(mul(S, A)), (S,)), Trace(mul(T(A), Tangent("S", (n, n)))), True, SYMMETRIC
    ),
    "differential without symmetry": Line(Differential(Trace(mul(S, A)), (S,)), Trace(mul(T(A), Tangent("S", (n, n)))), False),
    # cuts
    "intermediate": Line(Derivative(Trace(mul(Z, Z)), Z), times(2, T(Z)), True, DEFINED),
    "path around": Line(Derivative(Trace(mul(Z, A)), A), T(mul(B, A, Identity(n))), False, DEFINED),
    "path around is held fixed": Line(Derivative(Trace(mul(Z, A)), Z), T(A), True, DEFINED),
    "both paths": Line(
        Derivative(Trace(mul(Z, A)), A), Add((T(mul(A, B)), T(mul(B, A)))), True, DEFINED
    ),
    "cut variables hold each other fixed": Line(
        Differential(mul(Z, A), (Z, A)), Add((mul(Tangent("Z", (n, n)), A), mul(Z, Tangent("A", (n, n))))), True, DEFINED
    ),
    "cut variables, path around added": Line(
        Differential(mul(Z, A), (Z, A)),
        Add((mul(Tangent("Z", (n, n)), A), mul(Z, Tangent("A", (n, n))), mul(Tangent("A", (n, n)), B, A))), False, DEFINED,
    ),
    "alias": Line(
        Derivative(Times(s, t), s), t, True, Context(definitions={"s": c, "t": c})
    ),
    "alias, doubled": Line(Derivative(Times(s, t), s), times(2, c), False, Context(definitions={"s": c, "t": c})),
    "alias under φ": Line(
        Derivative(Add((phi(s), phi(c))), s), phi(c, 1), True, replace(FREE, definitions={"s": c})
    ),
    "alias under φ, doubled": Line(
        Derivative(Add((phi(s), phi(c))), s), times(2, phi(c, 1)), False, replace(FREE, definitions={"s": c})
    ),
    "simultaneous substitution": Line(
        Let(A, B, Let(B, A, mul(A, B))), mul(B, B), True
    ),
    "differential of a product": Line(
        Differential(mul(A, B), (A, B)), Add((mul(Tangent("A", (n, n)), B), mul(A, Tangent("B", (n, n))))), True
    ),
    "differential, order lost": Line(
        Differential(mul(A, B), (A, B)), Add((mul(B, Tangent("A", (n, n))), mul(A, Tangent("B", (n, n))))), False
    ),
}


@pytest.mark.parametrize("name", LINES)
def test_true_lines_agree_and_false_ones_do_not(name: str) -> None:
    """In both modes, at all chosen sizes."""
    line = LINES[name]
    assert agrees(line.statement, exact=False) is line.true
    assert agrees(line.statement, exact=True) is line.true


@pytest.mark.parametrize("name", [name for name, line in LINES.items() if line.true])
def test_doubling_a_side_spoils_a_true_line(name: str) -> None:
    """What agrees no longer does with a term more."""
    line = LINES[name]
    spoiled = replace(line, left=times(2, line.left), right=Times(number(3), line.right))
    if name == "relu off its cell":
        spoiled = replace(line, right=UNIT)
    assert not agrees(spoiled.statement, exact=False)


def test_the_catalogue_has_twins() -> None:
    """A check that is never seen to say no proves nothing."""
    false = [name for name, line in LINES.items() if not line.true]
    assert len(false) >= 45


@pytest.mark.parametrize("factor", range(1, 13))
def test_roots_of_hidden_squares_have_both_signs(factor: int) -> None:
    """√((s + kt)²) is |s + kt|; modulo p one sign alone would pass every other time."""
    square = Add((Times(s, s), times(2 * factor, Times(s, t)), times(factor**2, Times(t, t))))
    assert not agrees(Statement(Power(square, HALF), Add((s, times(factor, t))), Context()), exact=False)


# ------------------------------------------------------------ the network

X0, W1, W2 = Sym("X0", (N, D)), Sym("W1", (D, H)), Sym("W2", (H, C))
X1, X2, X3, L = Sym("X1", (N, H)), Sym("X2", (N, H)), Sym("X3", (N, C)), Sym("L", ())
row, col, other = Index("i", N), Index("j", C), Index("m", C)
label = LabelOf("k", row, C)
total = Sum(col, f("exp", at(X3, row, col)))
over_N = divide(UNIT, Size(N))
NETWORK = Context(
    labels={"k": Labels("k", N, C)},
    definitions={
        "X1": mul(X0, W1),
        "X2": f("relu", X1),
        "X3": mul(X2, W2),
        "L": negative(Times(over_N, Sum(row, f("log", divide(f("exp", at(X3, row, label)), total))))),
    },
)
P = Softmax(X3, 1)
r_, c_ = Index("r", N), Index("c", C)
Y = Build((r_, c_), Delta(c_, LabelOf("k", r_, C)))
residual = Times(over_N, subtract(P, Y))
G = Derivative(L, X3)
g_im, g_ik = Derivative(L, X3, (row, other)), Derivative(L, X3, (row, label))
p_im, p_ik = divide(f("exp", at(X3, row, other)), total), divide(f("exp", at(X3, row, label)), total)
row2 = Index("i2", N)
total2 = Sum(col, f("exp", at(X3, row2, col)))
not_label = subtract(UNIT, Delta(other, label))

CLAIMS: dict[str, Line] = {
    "log split": Line(
        L, negative(Times(over_N, Sum(row, subtract(at(X3, row, label), f("log", total))))), True
    ),
    "log split, 1/C": Line(
        L, negative(Times(divide(UNIT, Size(C)), Sum(row, subtract(at(X3, row, label), f("log", total))))), False
    ),
    "off the label": Line(g_im, Times(over_N, p_im), True, guards=(not_label,)),
    "off the label, 1/N lost": Line(g_im, p_im, False, guards=(not_label,)),
    "off the label, unguarded": Line(g_im, Times(over_N, p_im), False),
    "off the label, summed": Line(
        g_im, Times(over_N, Sum(row2, divide(f("exp", at(X3, row2, other)), total2))), False, guards=(not_label,)
    ),
    "at the label": Line(g_ik, Times(over_N, subtract(p_ik, UNIT)), True),
    "at the label, guarded": Line(g_im, Times(over_N, subtract(p_im, UNIT)), True, guards=(Delta(other, label),)),
    "at the label, no -1": Line(g_ik, Times(over_N, p_ik), False),
    "all entries": Line(G, residual, True),
    "all entries, sign": Line(G, negative(residual), False),
    "W2": Line(Derivative(L, W2), mul(T(X2), G), True),
    "W2, by X1": Line(Derivative(L, W2), mul(T(X1), G), False),
    "X2": Line(Derivative(L, X2), mul(G, T(W2)), True),
    "W1": Line(Derivative(L, W1), mul(T(X0), Times(mul(residual, T(W2)), f("step", X1))), True),
    "W1, gate missing": Line(Derivative(L, W1), mul(T(X0), mul(residual, T(W2))), False),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_softmax_network(name: str) -> None:
    """The reference derivation's lines and their twins."""
    line = replace(CLAIMS[name], context=NETWORK)
    assert agrees(line.statement, exact=False) is line.true
    assert agrees(line.statement, exact=True) is line.true


# ------------------------------------------------- labels, binary, assumptions

yN = Sym("y", (N,))
YB = Sym("Y", (N, C))
ONE_HOT = Context(
    variables={"Y": Variable("Y", (N, C), domain="binary")},
    assumptions=(Equation(mul(YB, Fill(UNIT, (C,))), Fill(UNIT, (N,))),),
)
single = LabelOf("k", None, C)
z = Sym("z", (C,))
SINGLE = Context(labels={"k": Labels("k", None, C)})
c1, c2 = Index("c", C), Index("d", C)
pair = Sym("e", (Dim(2),))


def binary(**more: Variable) -> Context:
    return Context(variables={"x": Variable("x", (n,), domain="binary"), **more})


ASSUMING: dict[str, Line] = {
    "one-hot rows square": Line(mul(Power(YB, number(2)), Fill(UNIT, (C,))), Fill(UNIT, (N,)), True, ONE_HOT),
    "one-hot entries exclude each other": Line(
        Times(at(YB, row, c1), at(YB, row, c2)), Times(Delta(c1, c2), at(YB, row, c1)), True, ONE_HOT
    ),
    "a guard is a switch": Line(
        at(YB, row, c2), Delta(c1, c2), True, ONE_HOT, (at(YB, row, c1),)
    ),
    "a guard of another row": Line(at(YB, row, c2), Delta(c1, c2), False, ONE_HOT, (at(YB, row2, c1),)),
    "rows do not": Line(Times(at(YB, row, c1), at(YB, row2, c1)), ZERO, False, ONE_HOT),
    "not one-hot": Line(mul(YB, Fill(UNIT, (C,))), Fill(UNIT, (N,)), False, replace(ONE_HOT, assumptions=())),
    "binary": Line(Power(x, number(2)), x, True, binary()),
    "binary, cube of the opposite": Line(Power(subtract(ones, x), number(3)), subtract(ones, x), True, binary()),
    "binary is no sign": Line(Power(x, number(2)), ones, False, binary()),
    "sign": Line(Power(x, number(2)), ones, True, Context(variables={"x": Variable("x", (n,), domain="sign")})),
    "single label": Line(
        Derivative(f("log", at(Softmax(z, 0), single)), z),
        subtract(Build((c1,), Delta(c1, single)), Softmax(z, 0)), True, SINGLE,
    ),
    "single label, no softmax": Line(
        Derivative(f("log", at(Softmax(z, 0), single)), z), Build((c1,), Delta(c1, single)), False, SINGLE
    ),
    "normalised": Line(
        mul(T(ones), subtract(v, y)), ZERO, True,
        Context(assumptions=(Equation(mul(T(ones), v), UNIT), Equation(mul(T(ones), y), UNIT))),
    ),
    "normalised, one unknown": Line(
        mul(T(ones), subtract(v, y)), ZERO, False, Context(assumptions=(Equation(mul(T(ones), v), UNIT),))
    ),
    "unit length": Line(mul(v, T(v), v), v, True, Context(assumptions=(Equation(mul(T(v), v), UNIT),))),
    "any length": Line(mul(v, T(v), v), v, False),
    "unit length has no sign": Line(
        f("abs", at(v, i)), at(v, i), False, Context(assumptions=(Equation(mul(T(v), v), UNIT),))
    ),
    "last entry of unit length": Line(
        f("abs", at(pair, Position(2, Dim(2)))), at(pair, Position(2, Dim(2))), False,
        Context(assumptions=(Equation(mul(T(pair), pair), UNIT),)),
    ),
    "nonzero is not positive": Line(f("relu", s), s, False, Context(assumptions=(SignAssumption(s, "≠"),))),
    "eigenvector": Line(
        mul(A, A, v), Times(Power(s, number(2)), v), True,
        Context(
            variables={"v": Variable("v", (n,), domain="nonzero")}, assumptions=(Equation(mul(A, v), Times(s, v)),)
        ),
    ),
    "eigenvector, no square": Line(
        mul(A, A, v), Times(s, v), False,
        Context(
            variables={"v": Variable("v", (n,), domain="nonzero")}, assumptions=(Equation(mul(A, v), Times(s, v)),)
        ),
    ),
    "combination of assumptions": Line(
        Add((mul(T(a), S, v), mul(T(v), S, a))), ZERO, True,
        replace(SYMMETRIC, assumptions=(Equation(mul(S, v), Times(s, v)), Equation(mul(T(v), a), ZERO))),
    ),
    "orthogonal rows": Line(
        mul(A, X, T(M), B), Fill(ZERO, (n, n)), True, Context(assumptions=(Equation(mul(X, T(M)), Fill(ZERO, (n, n))),))
    ),
    "solved for a reciprocal": Line(
        Times(s, Add((UNIT, Power(t, number(2))))), UNIT, True,
        Context(assumptions=(Equation(s, divide(UNIT, Add((UNIT, Power(t, number(2)))))),)),
    ),
    "solved for a reciprocal, turned over": Line(
        s, Add((UNIT, Power(t, number(2)))), False,
        Context(assumptions=(Equation(s, divide(UNIT, Add((UNIT, Power(t, number(2)))))),)),
    ),
    "solved for an exponential": Line(
        s, f("exp", negative(t)), True, Context(assumptions=(Equation(Times(s, f("exp", t)), UNIT),))
    ),
    "solved for an exponential, turned over": Line(
        s, f("exp", t), False, Context(assumptions=(Equation(Times(s, f("exp", t)), UNIT),))
    ),
    "known sign": Line(
        f("relu", subtract(s, t)), subtract(s, t), True, Context(assumptions=(SignAssumption(subtract(s, t), ">"),))
    ),
    "known sign, of the other": Line(
        f("relu", subtract(t, s)), subtract(t, s), False, Context(assumptions=(SignAssumption(subtract(s, t), ">"),))
    ),
}


@pytest.mark.parametrize("name", ASSUMING)
def test_assumptions_and_domains(name: str) -> None:
    """What a document assumes is used, and no more than it assumes."""
    line = ASSUMING[name]
    assert agrees(line.statement, exact=False) is line.true
    assert agrees(line.statement, exact=True) is line.true


def test_an_assumption_that_cannot_be_solved_proves_nothing() -> None:
    """vw = 0 has two branches; neither may be chosen: w = 0 does not follow."""
    context = Context(assumptions=(Equation(Times(s, t), ZERO),))
    answer = check(Statement(t, ZERO, context), {}, exact=True)
    assert isinstance(answer, CannotTell)
    assert not answer.limit


def test_logistic_functions_that_sum_to_one_are_no_one_hot_row() -> None:
    """1/(1 + eˢ) + 1/(1 + eᵗ) = 1 has the form Σ = 1 and is solved by t = −s, not by 0 and 1; once it ended in a TypeError."""

    def logistic(x: Expr) -> Expr:
        return Power(Add((UNIT, Map(Builtin("exp"), x))), MINUS_ONE)

    context = Context(assumptions=(Equation(Add((logistic(s), logistic(t))), UNIT),))
    for wrong in (Statement(s, t, context), Statement(s, ZERO, context)):
        assert isinstance(check(wrong, {}, exact=True), CannotTell)


def test_no_combination_of_assumptions_proves_nothing() -> None:
    """Without the symmetry, or without the orthogonality, the line does not follow."""
    line = Add((mul(T(a), S, v), mul(T(v), S, a)))
    eigen, orthogonal = Equation(mul(S, v), Times(s, v)), Equation(mul(T(v), a), ZERO)
    for context in (Context(assumptions=(eigen, orthogonal)), replace(SYMMETRIC, assumptions=(eigen,))):
        for is_exact in (False, True):
            assert isinstance(check(Statement(line, ZERO, context), {"n": 2}, exact=is_exact), CannotTell)


def test_a_zero_eigenvector_is_not_forgotten() -> None:
    """Av = λv alone does not make A − λI singular: v may be 0."""
    context = Context(assumptions=(Equation(mul(A, v), Times(s, v)),))
    singular = Statement(Det(subtract(A, Times(s, Identity(n)))), ZERO, context)
    assert isinstance(check(singular, {"n": 2}, exact=True), CannotTell)


# ------------------------------------------------------------------- limits


def test_undefined_statements_are_told() -> None:
    """A singular inverse is no number: no answer, whatever the sides."""
    wide = Inverse(mul(T(X), X))
    answer = check(Statement(wide, wide, Context()), {"n": 2, "m": 3}, exact=False)
    assert isinstance(answer, CannotTell)
    assert not answer.limit
    assert isinstance(check(Statement(Inverse(mul(a, T(a))), A, Context()), {"n": 2}, exact=True), CannotTell)


def test_there_are_always_sizes_to_try() -> None:
    """Where nothing is defined at small sizes, ``check`` tells so; an empty choice would prove everything."""
    nowhere = Inverse(mul(a, T(a)))
    chosen = choose_sizes(Statement(nowhere, nowhere, Context()))
    assert len(chosen) == 2
    assert all(isinstance(check(Statement(nowhere, nowhere, Context()), sizes, exact=True), CannotTell) for sizes in chosen)


def test_huge_powers_are_a_limit() -> None:
    """No number of a million digits is ever made."""
    answer = check(Statement(Power(number(3), number(10**9)), s, Context()), {}, exact=True)
    assert isinstance(answer, CannotTell)
    assert answer.limit
    answer = check(Statement(Power(number(Fraction(3, 4)), number(10**9)), s, Context()), {}, exact=True)
    assert isinstance(answer, CannotTell)
    assert answer.limit
    answer = check(Statement(Power(Add((s, t, c)), number(10**6)), s, Context()), {}, exact=True)
    assert isinstance(answer, CannotTell)
    assert answer.limit


def test_large_determinants_are_a_limit() -> None:
    """Cofactors are for small matrices."""
    answer = check(Statement(Det(A), ZERO, Context()), {"n": 7}, exact=False)
    assert isinstance(answer, CannotTell)
    assert answer.limit


def test_guards_that_exclude_everything_prove_nothing() -> None:
    """No entry compared is no agreement."""
    answer = check(Statement(at(x, i), at(y, i), Context(), (ZERO,)), {"n": 2}, exact=False)
    assert isinstance(answer, CannotTell)
    assert not answer.limit


def test_nesting_is_a_limit() -> None:
    deep: Expr = s
    for _ in range(3000):
        deep = Add((deep, s))
    answer = check(Statement(deep, s, Context()), {}, exact=True)
    assert isinstance(answer, CannotTell)
    assert answer.limit


def test_gates_of_gates_go_by_their_cases() -> None:
    """Where r > 0 the argument is s, elsewhere t."""
    opened, closed = f("step", c), subtract(UNIT, f("step", c))
    mixed = f("step", Add((Times(opened, s), Times(closed, t))))
    cases = Add((Times(opened, f("step", s)), Times(closed, f("step", t))))
    twins = (
        Add((Times(opened, f("step", s)), f("step", t))), Add((Times(closed, f("step", s)), Times(opened, f("step", t)))),
        Times(opened, f("step", s)), Add((Times(opened, f("step", s)), Times(number(2), Times(closed, f("step", t))))),
    )  # fmt: skip
    for exact_ in (True, False):
        assert isinstance(check(Statement(mixed, cases, Context()), {}, exact=exact_), Equal)
        assert not any(isinstance(check(Statement(mixed, twin, Context()), {}, exact=exact_), Equal) for twin in twins)


def test_kinks_are_told_where_a_gate_is_turned_round() -> None:
    """1[−u > 0] = 1 − 1[u > 0] but at u = 0; the same gate on both sides asks for nothing."""
    turned = Statement(f("step", negative(s)), Add((UNIT, negative(f("step", s)))), Context())
    plain = Statement(Times(number(2), f("step", s)), Add((f("step", s), f("step", s))), Context())
    for statement, wanted in ((plain, False), (turned, True)):
        answer = check(statement, {}, exact=True)
        assert isinstance(answer, Equal)
        assert answer.kinks is wanted


def test_error_bounds_are_reported_and_tiny() -> None:
    """Modular agreement says how sure it is; exact agreement is sure."""
    statement = LINES["softmax Jacobian"].statement
    modular, exact = (check(statement, {"n": 3}, exact=e) for e in (False, True))
    assert isinstance(modular, Equal)
    assert modular.error_bound is not None
    assert 0 < modular.error_bound < 1e-18
    assert modular.entries == 9
    assert isinstance(exact, Equal)
    assert exact.error_bound is None


def test_the_error_bound_counts_the_digits_of_both_sides() -> None:
    """A number of 6,000 bits has up to 100 prime factors of 60 bits, the difference of two such sides twice as many."""
    huge = number(2**6000 + 1)
    answer = check(Statement(Times(huge, Times(s, t)), Times(Times(t, huge), s), Context()), {}, exact=False)
    assert isinstance(answer, Equal)
    assert answer.error_bound is not None
    assert answer.error_bound >= (2 * 100 / 2**53) ** 2  # two points


def test_answers_are_reproducible_and_say_where() -> None:
    """The same claim, the same answer; the first differing entry is named."""
    statement = Statement(X, Add((X, mul(Build((i,), Delta(i, Position(2, n))), T(w)))), Context())
    answers = [check(statement, {"n": 2, "m": 3}, exact=False) for _ in range(2)]
    assert answers == [Different((2, 1)), Different((2, 1))]


def test_definitions_may_change_between_documents() -> None:
    """The cache keys on meaning: the same name with another definition is another thing."""
    for right in (times(2, s), times(3, s)):
        context = Context(definitions={"t": right})
        assert agrees(Statement(t, right, context), exact=True)
        assert not agrees(Statement(t, times(5, s), context), exact=True)


# -------------------------------------------------------------------- sizes


def test_sizes_are_distinct_and_differ_from_literals() -> None:
    """Equal sizes would let 1/C pass for 1/N."""
    chosen = choose_sizes(replace(CLAIMS["W1"], context=NETWORK).statement)
    assert len(chosen) == 2
    for sizes in chosen:
        assert set(sizes) == {"N", "D", "H", "C"}
        assert len(set(sizes.values())) == 4
        assert min(sizes.values()) >= 2
    with_literal = choose_sizes(Statement(mul(T(X), Build((i, Index("d", Dim(2))), at(x, i))), Sym("R", (m, Dim(2))), Context()))
    assert all(2 not in sizes.values() for sizes in with_literal)


def test_sizes_reach_through_definitions() -> None:
    """Only the sizes that bear on the statement."""
    assert needed_sizes(Statement(L, L, NETWORK)) == ("C", "D", "H", "N")
    assert needed_sizes(Statement(X1, X1, NETWORK)) == ("D", "H", "N")
    assert needed_sizes(Statement(s, s, NETWORK)) == ()
    assert choose_sizes(Statement(s, s, Context())) == ({},)


def test_sizes_respect_rank() -> None:
    """XᵀX is invertible only for tall X."""
    for sizes in choose_sizes(Statement(Inverse(mul(T(X), X)), Inverse(mul(T(X), X)), Context())):
        assert sizes["n"] >= sizes["m"]


def test_many_sizes_stay_small_and_are_told_apart() -> None:
    """Any two of eight sizes differ in some assignment."""
    dims = [Dim(1, (f"d{k}",)) for k in range(8)]
    sides = Add(tuple(Norm(Sym(f"v{k}", (d,))) for k, d in enumerate(dims)))
    chosen = choose_sizes(Statement(sides, sides, Context()))
    assert all(2 <= value <= 4 for sizes in chosen for value in sizes.values())
    for first in range(8):
        for second in range(first):
            assert any(sizes[f"d{first}"] != sizes[f"d{second}"] for sizes in chosen)


# ------------------------------------------------------------------- points


def exact(*values: int | Fraction) -> tuple[Exact, ...]:
    return tuple(Exact(Fraction(value)) for value in values)


LN2 = Exact(Fraction(0), Fraction(1))
log2 = sympy.log(2)


def test_values_of_a_quadratic_form() -> None:
    """∂xᵀAx/∂x = (A + Aᵀ)x, by hand at A = [[1,2],[3,4]], x = (1,2): (12, 21); 2Ax = (10, 22)."""
    point = Point({"n": 2}, {"A": exact(1, 2, 3, 4), "x": exact(1, 2)})
    assert values_at(LINES["quadratic form, 2Ax"].statement, point) == {(1,): (12, 10), (2,): (21, 22)}


def test_values_with_logarithms() -> None:
    """exp(k ln 2) = 2^k and log 8 = 3 ln 2; softmax of (ln 2, 0) is (2/3, 1/3)."""
    point = Point({"n": 2}, {"x": (LN2, Exact())})
    statement = Statement(softmax, times(3, Times(softmax, x)), Context())
    assert values_at(statement, point) == {
        (1,): (sympy.Rational(2, 3), 2 * log2), (2,): (sympy.Rational(1, 3), 0)
    }
    eight = values_at(Statement(f("log", s), s, Context()), Point({}, {"s": exact(8)}))
    assert eight == {(): (3 * log2, 8)}


def test_values_with_roots() -> None:
    """(√2 + 1)(√2 − 1) = 1, and √2·√8 = 4."""
    root = Power(s, HALF)
    product = Times(Add((root, UNIT)), subtract(root, UNIT))
    assert values_at(Statement(product, ZERO, Context()), Point({}, {"s": exact(2)})) == {(): (1, 0)}
    assert values_at(Statement(Times(root, Power(t, HALF)), root, Context()), Point({}, {"s": exact(2), "t": exact(8)})) == {
        (): (4, sympy.sqrt(2))
    }


def test_gates_are_decided_exactly() -> None:
    """9/13 < ln 2 < 7/10: no rounding needed to see which gate is open."""
    low = values_at(Statement(f("step", subtract(s, t)), ZERO, Context()), Point({}, {"s": (LN2,), "t": exact(Fraction(9, 13))}))
    high = values_at(Statement(f("step", subtract(s, t)), ZERO, Context()), Point({}, {"s": (LN2,), "t": exact(Fraction(7, 10))}))
    assert low == {(): (1, 0)}
    assert high == {(): (0, 0)}
    close = Fraction(6931471805599453094172321214581765680755001343602552, 10**52)  # ln 2, cut off after 52 digits
    tiny = values_at(Statement(f("step", subtract(s, t)), ZERO, Context()), Point({}, {"s": (LN2,), "t": exact(close)}))
    assert tiny == {(): (1, 0)}


def test_labels_tangents_and_functions_at_a_point() -> None:
    """Labels select, tangents are given, φ is the polynomial given."""
    chosen = values_at(Statement(at(z, single), ZERO, SINGLE), Point({"C": 3}, {"z": exact(5, 6, 7)}, labels={"k": (2,)}))
    assert chosen == {(): (6, 0)}
    moved = values_at(
        Statement(Differential(Times(s, s), (s,)), ZERO, Context()), Point({}, {"s": exact(3)}, {"s": exact(7)})
    )
    assert moved == {(): (42, 0)}
    cubic = Polynomial(((Fraction(1), (3,)), (Fraction(1), (1,))))
    second = values_at(Statement(phi(s, 2), ZERO, FREE), Point({}, {"s": exact(2)}, functions={"φ": (cubic,)}))
    assert second == {(): (12, 0)}
    product = Polynomial(((Fraction(1), (1, 1)),))
    mixed = values_at(
        Statement(Derivative(loss(x), x), ZERO_VECTOR, FREE), Point({"n": 2}, {"x": exact(2, 5)}, functions={"ℓ": (product,)})
    )
    assert mixed == {(1,): (5, 0), (2,): (2, 0)}


ZERO_VECTOR = Fill(ZERO, (n,))


def test_guards_select_the_entries() -> None:
    """Where a guard is 0 there is nothing to compare."""
    line = LINES["softmax entry off the diagonal"]
    values = values_at(line.statement, Point({"n": 2}, {"x": exact(0, 0)}))
    quarter = sympy.Rational(-1, 4)
    assert values == {(1, 2): (quarter, quarter), (2, 1): (quarter, quarter)}


def refuse(statement: Statement, point: Point) -> str:
    with pytest.raises(PointError) as caught:
        values_at(statement, point)
    return caught.value.where


def test_points_that_decide_nothing() -> None:
    """Kinks, places off the domain, violated assumptions, numbers without a name."""
    zero = Point({}, {"s": exact(0), "t": exact(1)})
    assert refuse(Statement(f("relu", s), s, Context()), zero) == "kink"
    assert refuse(Statement(divide(UNIT, s), s, Context()), zero) == "domain"
    assert refuse(Statement(divide(s, s), UNIT, Context()), zero) == "domain"
    assert refuse(Statement(f("log", s), s, Context()), zero) == "domain"
    assert refuse(Statement(f("exp", f("log", s)), t, Context()), Point({}, {"s": exact(-1), "t": exact(1)})) == "domain"
    assert refuse(Statement(Power(s, HALF), s, Context()), Point({}, {"s": exact(-4)})) == "domain"
    assert refuse(Statement(f("sin", t), s, Context()), zero) == "sin"
    assert refuse(Statement(s, t, POSITIVE), zero) == "s"
    assert refuse(Statement(S, A, SYMMETRIC), Point({"n": 2}, {"S": exact(1, 2, 3, 4), "A": exact(1, 2, 3, 4)})) == "S"
    assert refuse(Statement(s, t, Context()), Point({}, {"s": exact(1)})) == "t"
    assumed = Context(assumptions=(Equation(s, t),))
    assert refuse(Statement(s, ZERO, assumed), zero) == "assumption"


def test_positive_functions_are_checked_at_a_point() -> None:
    """x³ + x is no positive function, x² + 1 is."""
    context = Context(functions={"φ": FreeFunction("φ", None, SCALAR, positive=True)})
    odd = Polynomial(((Fraction(1), (3,)), (Fraction(1), (1,))))
    even = Polynomial(((Fraction(1), (2,)), (Fraction(1), (0,))))
    statement = Statement(phi(s), s, context)
    assert refuse(statement, Point({}, {"s": exact(2)}, functions={"φ": (odd,)})) == "φ"
    assert values_at(statement, Point({}, {"s": exact(2)}, functions={"φ": (even,)})) == {(): (5, 2)}


def test_definite_matrices_are_checked_at_a_point() -> None:
    """[[1,2],[2,1]] is symmetric and not positive definite."""
    context = Context(variables={"S": Variable("S", (n, n), definite=True)})
    statement = Statement(S, Identity(n), context)
    assert refuse(statement, Point({"n": 2}, {"S": exact(1, 2, 2, 1)})) == "S"
    assert values_at(statement, Point({"n": 2}, {"S": exact(2, 1, 1, 2)}))[1, 1] == (2, 1)


def counterexample(left: str, right: str) -> Counterexample:
    point = Point({"n": 2}, {"A": exact(1, 2, 3, 4), "x": exact(1, 2)})
    return Counterexample(point, {}, (1,), left, right, 2, 2)


def test_counterexamples_are_confirmed_with_their_values() -> None:
    """The second evaluation has to find the same two different numbers."""
    statement = LINES["quadratic form, 2Ax"].statement
    assert reevaluate(statement, counterexample("12", "10")) is None
    assert reevaluate(statement, counterexample("12", "11")) is not None
    assert reevaluate(statement, counterexample("24/2", "2*5")) is None
    assert reevaluate(statement, counterexample("import os", "10")) is not None
    assert reevaluate(LINES["quadratic form"].statement, counterexample("12", "12")) == "both sides are equal there"


@pytest.mark.parametrize("name", ["softmax Jacobian", "determinant", "chain rule", "relu", "tanh", "trace form", "norm gradient"])
def test_true_lines_agree_at_points(name: str) -> None:
    """Where both ways apply they say the same."""
    fixed: Callable[[int], tuple[Exact, ...]] = lambda count: exact(*([3, 4, -12, 5, 2, 7][:count]))  # noqa: E731
    logs = (LN2, Exact(Fraction(0), Fraction(-2)))
    cubic = Polynomial(((Fraction(1), (3,)), (Fraction(1), (1,))))
    point = Point(
        {"n": 2, "m": 1},
        {"x": logs if name in ("softmax Jacobian", "tanh") else fixed(2), "A": fixed(4), "X": fixed(2)},
        functions={"φ": (cubic,)},
    )
    values = values_at(LINES[name].statement, point)
    assert values
    assert all(abs(sympy.N(left - right, 40)) < 1e-30 for left, right in values.values())


def test_convolution_indices() -> None:
    """Σ_p w_p x_{i+p−1}, x of length 3, w of length 2, written out."""
    d1, d2, d3 = Dim(1), Dim(2), Dim(3)
    del d1
    out, tap = Index("i", d2), Index("p", d2)
    signal, taps = Sym("x", (d3,)), Sym("w", (d2,))
    convolved = Sum(tap, Times(at(taps, tap), at(signal, Affine(((1, out), (1, tap)), -1, d3))))
    def written(shift: int) -> Expr:
        return Add(tuple(
            Times(Delta(out, Position(o, d2)), Times(at(taps, Position(o2, d2)), at(signal, Position(o + o2 - 1 + shift, d3))))
            for o in (1, 2) for o2 in (1, 2) if o + o2 - 1 + shift <= 3
        ))
    assert agrees(Statement(convolved, written(0), Context()), exact=True)
    assert not agrees(Statement(convolved, written(1), Context()), exact=True)
    outside = at(signal, Affine(((1, out), (1, tap)), 0, d3))
    assert isinstance(check(Statement(Sum(tap, outside), ZERO, Context()), {}, exact=True), CannotTell)


def test_minus_one_is_the_reciprocal() -> None:
    """Entry by entry, not the matrix inverse."""
    assert not agrees(Statement(Power(A, MINUS_ONE), Inverse(A), Context()), exact=True)
