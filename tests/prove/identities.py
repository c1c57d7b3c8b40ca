"""Short builders for statements about expressions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

from derivations.claims import Assumption, Context, FreeFunction, Labels, Statement, Variable
from derivations.expr import (
    SCALAR,
    Add,
    Apply,
    Builtin,
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
    LabelOf,
    Map,
    MatMul,
    Norm,
    Num,
    Power,
    Size,
    Sum,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
    divide,
    number,
    subtract,
)


def dims(names: str) -> tuple[Dim, ...]:
    return tuple(Dim(1, (n,)) for n in names.split())


def index(name: str, dim: Dim) -> Index:
    return Index(name, dim)


def sym(name: str, *shape: Dim) -> Sym:
    return Sym(name, shape)


def mm(first: Expr, *others: Expr) -> Expr:
    for other in others:
        first = MatMul(first, other)
    return first


def times(first: Expr, *others: Expr) -> Expr:
    for other in others:
        first = Times(first, other)
    return first


def plus(*operands: Expr) -> Expr:
    return Add(operands)


def minus(left: Expr, right: Expr) -> Expr:
    return subtract(left, right)


def neg(e: Expr) -> Expr:
    return Times(number(-1), e)


def t(e: Expr) -> Expr:
    return Transpose(e)


def inv(e: Expr) -> Expr:
    return Inverse(e)


def half(e: Expr) -> Expr:
    return Times(number(Fraction(1, 2)), e)


def twice(e: Expr) -> Expr:
    return Times(number(2), e)


def over(e: Expr, d: Expr) -> Expr:
    return divide(e, d)


def square(e: Expr) -> Expr:
    return Power(e, number(2))


def root(e: Expr) -> Expr:
    return Power(e, number(Fraction(1, 2)))


def f(name: str, e: Expr, order: int = 0) -> Expr:
    """A builtin function where the name is one, else a free one."""
    known = ("exp", "log", "tanh", "sigmoid", "relu", "step", "sign", "abs", "sin", "cos")
    return Map(Builtin(name) if name in known else Free(name), e, order)  # type: ignore[arg-type]


def tr(e: Expr) -> Expr:
    return Trace(e)


def det(e: Expr) -> Expr:
    return Det(e)


def ones(*shape: Dim) -> Expr:
    return Fill(number(1), shape)


def eye(n: Dim) -> Expr:
    return Identity(n)


def at(e: Expr, *indices: IndexTerm) -> Expr:
    return Entry(e, indices)


def total(i: Index, body: Expr) -> Expr:
    return Sum(i, body)


def grad(of: Expr, by: Sym) -> Expr:
    return Derivative(of, by)


def d(of: Expr, *variables: Sym) -> Expr:
    return Differential(of, variables)


def tangent(v: Sym) -> Expr:
    return Tangent(v.name, v.shape)


def context(
    *variables: Variable | Sym,
    definitions: Mapping[str, Expr] | None = None,
    assumptions: tuple[Assumption, ...] = (),
    labels: tuple[Labels, ...] = (),
    functions: tuple[FreeFunction, ...] = (),
) -> Context:
    declared = [Variable(v.name, v.shape) if isinstance(v, Sym) else v for v in variables]
    return Context(
        {v.name: v for v in declared},
        {k.name: k for k in labels},
        {g.name: g for g in functions},
        definitions or {},
        assumptions,
    )


def claim(left: Expr, right: Expr, world: Context | None = None, *guards: Expr) -> Statement:
    return Statement(left, right, world or Context(), guards)


__all__ = [
    "SCALAR",
    "Apply",
    "Diagonal",
    "DiagonalMatrix",
    "LabelOf",
    "Labels",
    "Norm",
    "Num",
    "Size",
    "at",
    "claim",
    "context",
    "d",
    "det",
    "dims",
    "eye",
    "f",
    "grad",
    "half",
    "index",
    "inv",
    "minus",
    "mm",
    "neg",
    "ones",
    "over",
    "plus",
    "root",
    "square",
    "sym",
    "t",
    "tangent",
    "times",
    "total",
    "tr",
    "twice",
]
