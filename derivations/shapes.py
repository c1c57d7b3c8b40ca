"""The shape of every expression."""

from __future__ import annotations

from functools import lru_cache
from typing import assert_never

from derivations.expr import (
    ONE,
    SCALAR,
    Add,
    Apply,
    Build,
    Delta,
    Derivative,
    Det,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Entry,
    Expr,
    Fill,
    Identity,
    Inverse,
    Kronecker,
    Let,
    Map,
    MatMul,
    Norm,
    Num,
    Pi,
    Power,
    Product,
    Shape,
    Size,
    Softmax,
    Sum,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
    Vec,
)


class ShapeError(ValueError):
    """Operands that do not conform; the message names the shapes."""


def canonical(shape: Shape) -> Shape:
    """Without trailing axes of literal length 1 (up to two axes): n×1 is (n,), 1×1 is ()."""
    if len(shape) > 2:
        return shape
    while shape and shape[-1] == ONE:
        shape = shape[:-1]
    return shape


def as_matrix(shape: Shape) -> Shape:
    """(rows, columns) of a scalar, column or matrix."""
    if len(shape) > 2:
        raise ShapeError(f"a tensor of {len(shape)} axes is used through its indices")
    return (*shape, ONE, ONE)[:2]


def describe(shape: Shape) -> str:
    """For messages: ``scalar``, ``column of n``, ``n×m``."""
    if shape == SCALAR:
        return "a scalar"
    if len(shape) == 1:
        return f"a column of {shape[0]}"
    return "×".join(str(d) for d in shape)


def matmul_shape(left: Shape, right: Shape) -> Shape:
    """Shape of a matrix product; raises ShapeError where it does not conform."""
    (m, k), (k2, n) = as_matrix(left), as_matrix(right)
    if k != k2:
        raise ShapeError(f"{describe(left)} times {describe(right)} does not conform")
    return canonical((m, n))


def square_dim(shape: Shape, what: str) -> Shape:
    rows, columns = as_matrix(shape)
    if rows != columns:
        raise ShapeError(f"{what} needs a square matrix, not {describe(shape)}")
    return shape


@lru_cache(maxsize=65536)
def shape(e: Expr) -> Shape:
    """The canonical shape of ``e``; raises ShapeError where operands do not conform."""
    match e:
        case Num() | Pi() | Size() | Delta():
            return SCALAR
        case Sym(shape=s) | Tangent(shape=s) | Fill(shape=s) | Apply(shape=s):
            return s
        case Identity(dim=n):
            return canonical((n, n))
        case Add(operands=operands):
            return _same([shape(a) for a in operands], "a sum")
        case Times(left=a, right=b):
            s, t = shape(a), shape(b)
            if s == SCALAR or t == SCALAR:
                return s or t
            return _same([s, t], "an entrywise product")
        case Power(base=a, exponent=x):
            _same([shape(x), SCALAR], "an exponent")
            return shape(a)
        case MatMul(left=a, right=b):
            return matmul_shape(shape(a), shape(b))
        case Transpose(operand=a):
            return canonical(as_matrix(shape(a))[::-1])
        case Inverse(operand=a):
            return square_dim(shape(a), "an inverse")
        case Trace(operand=a):
            square_dim(shape(a), "a trace")
            return SCALAR
        case Det(operand=a):
            square_dim(shape(a), "a determinant")
            return SCALAR
        case Diagonal(operand=a):
            return canonical(as_matrix(square_dim(shape(a), "the diagonal"))[:1])
        case DiagonalMatrix(operand=a):
            rows, columns = as_matrix(shape(a))
            if columns != ONE:
                raise ShapeError(f"diag needs a column, not {describe(shape(a))}")
            return canonical((rows, rows))
        case Vec(operand=a):
            rows, columns = as_matrix(shape(a))
            return canonical((rows * columns,))
        case Kronecker(left=a, right=b):
            (m, n), (p, q) = as_matrix(shape(a)), as_matrix(shape(b))
            return canonical((m * p, n * q))
        case Norm(operand=a):
            as_matrix(shape(a))
            return SCALAR
        case Map(operand=a) | Softmax(operand=a):
            return shape(a)
        case Sum(body=a) | Let(body=a) | Differential(of=a):
            return shape(a)
        case Product(body=a):
            return _same([shape(a), SCALAR], "the body of a product")
        case Entry(array=a, indices=indices):
            s = shape(a)
            if len(indices) != len(s) or any(i.dim != d for i, d in zip(indices, s, strict=True)):
                raise ShapeError(f"{len(indices)} indices do not fit {describe(s)}")
            return SCALAR
        case Build(indices=indices, body=a):
            _same([shape(a), SCALAR], "an entry")
            return tuple(i.dim for i in indices)
        case Derivative(of=a, by=v, at=at):
            return shape(a) if at is not None else shape(a) + v.shape
        case _:
            assert_never(e)


def _same(shapes: list[Shape], what: str) -> Shape:
    for other in shapes[1:]:
        if other != shapes[0]:
            raise ShapeError(f"{what} of {describe(shapes[0])} and {describe(other)}")
    return shapes[0]
