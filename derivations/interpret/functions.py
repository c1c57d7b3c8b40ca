"""Built-in functions of whole arrays, one row each in ``ARRAY_HANDLERS``."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, TypeAlias

from derivations.expr import (
    ONE,
    SCALAR,
    ZERO,
    Build,
    Builtin,
    Det,
    Diagonal,
    DiagonalMatrix,
    Entry,
    Expr,
    Map,
    Num,
    Power,
    Size,
    Softmax,
    Sum,
    Times,
    Transpose,
    Vec,
    divide,
    free_indices,
    negative,
)
from derivations.read import tree as t
from derivations.shapes import describe
from derivations.source import Problem

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

HALF = Num(Fraction(1, 2))
RELU, LOG, EXP = Builtin("relu"), Builtin("log"), Builtin("exp")

Handler: TypeAlias = "Callable[[Elaborator, list[Expr], t.Call], Expr]"


def _one(arguments: list[Expr], tree: t.Call) -> Expr:
    if len(arguments) != 1:
        raise Problem("unsupported-notation", "expected one argument", tree.span)
    return arguments[0]


def _softmax(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    operand = _one(arguments, tree)
    shape = e.algebra.shape(operand)
    if len(shape) == 1:
        return Softmax(operand, 0)
    if len(shape) != 2:
        raise Problem("shape", f"softmax takes a vector or a matrix, not {describe(shape)}", tree.span)
    if "softmax" in e.conventions.signs:
        raise Problem("unsupported-notation", "whether softmax acts on rows or on columns is not clear", tree.span,
                      "apply it to single rows or columns, or write the sums")
    classes = e.mode.class_sizes
    axis = 0 if shape[0] in classes and shape[1] not in classes else 1
    if shape[0] != ONE:
        e.scope.read(f"softmax acts on the {'rows' if axis else 'columns'}")
    return Softmax(operand, axis)


def _log_sum_exp(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    operand = _one(arguments, tree)
    shape = e.algebra.shape(operand)
    if len(shape) == 1:
        return Map(LOG, e.algebra.total(Map(EXP, operand)))
    if len(shape) != 2:
        raise Problem("shape", f"log-sum-exp takes a vector or a matrix, not {describe(shape)}", tree.span)
    e.scope.read("log-sum-exp acts on the rows")
    i, j = e.algebra.index("i", shape[0]), e.algebra.index("j", shape[1])
    return Build((i,), Map(LOG, Sum(j, Map(EXP, Entry(operand, (i, j))))))


def _cross_entropy(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    """−1/N Σ_ij Y_ij log P_ij for probabilities P (N, C) and one-hot Y; −Σ_j y_j log p_j for one row."""
    if len(arguments) != 2:
        raise Problem("unsupported-notation", "cross_entropy takes probabilities and labels", tree.span)
    pair = e.algebra.same_shape(*arguments)
    if pair is None:
        raise Problem("shape", f"probabilities are {describe(e.algebra.shape(arguments[0]))}, "
                      f"labels {describe(e.algebra.shape(arguments[1]))}", tree.span)
    total = negative(e.algebra.total(Times(pair[1], Map(LOG, pair[0]))))
    shape = e.algebra.shape(pair[0])
    if len(shape) != 2:
        return total
    e.scope.read("cross_entropy is the mean over the rows")
    return divide(total, Size(shape[0]))


def _maximum(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    """max(u, v) = v + relu(u − v)."""
    if len(arguments) != 2:
        raise Problem("unsupported-notation", "max of two operands is supported", tree.span)
    left, right = arguments
    if right == ZERO or left == ZERO:
        return Map(RELU, left if right == ZERO else right)
    return e.algebra.add(right, Map(RELU, e.algebra.add(left, negative(right), tree.span)), tree.span)


def _diag(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    operand = _one(arguments, tree)
    shape = e.algebra.shape(operand)
    if len(shape) == 1:
        return DiagonalMatrix(operand)
    if len(shape) == 2 and shape[0] == ONE:
        return DiagonalMatrix(Transpose(operand))
    unbound = {e.algebra.dimensions.settle(index) for index in e.scope.free.values()} & free_indices(operand)
    if shape == SCALAR and len(unbound) == 1:
        (index,) = unbound  # diag(p_i(1 - p_i)): over all i
        e.scope.free.pop(index.name)
        return DiagonalMatrix(Build((index,), operand))
    if shape == SCALAR:
        raise Problem("shape", "diag takes a vector or a matrix, not a number", tree.span)
    diagonal = Diagonal(e.algebra.square(operand, "diag", tree.span))
    if e.algebra.choices.pick("diag of a matrix"):
        e.algebra.tell("diag of a matrix is read as the diagonal matrix with its diagonal")
        return DiagonalMatrix(diagonal)
    return diagonal


def _mean(e: Elaborator, arguments: list[Expr], tree: t.Call) -> Expr:
    operand = _one(arguments, tree)
    size = ONE
    for dim in e.algebra.shape(operand):
        size = size * dim
    return divide(e.algebra.total(operand), Size(size))


def _square_root(e: Elaborator, operand: Expr) -> Expr:
    e.may_be_matrix_function(operand, "sqrt")
    return Power(operand, HALF)


ARRAY_HANDLERS: dict[str, Handler] = {
    "softmax": _softmax,
    "Softmax": _softmax,
    "logsumexp": _log_sum_exp,
    "lse": _log_sum_exp,
    "LSE": _log_sum_exp,
    "cross_entropy": _cross_entropy,
    "CrossEntropy": _cross_entropy,
    "max": _maximum,
    "diag": _diag,
    "Diag": _diag,
    "mean": _mean,
    "tr": lambda e, a, c: e.algebra.trace(_one(a, c), c.span),
    "Tr": lambda e, a, c: e.algebra.trace(_one(a, c), c.span),
    "trace": lambda e, a, c: e.algebra.trace(_one(a, c), c.span),
    "det": lambda e, a, c: Det(e.algebra.square(_one(a, c), "a determinant", c.span)),
    "logdet": lambda e, a, c: Map(LOG, Det(e.algebra.square(_one(a, c), "a determinant", c.span))),
    "vec": lambda e, a, c: Vec(_one(a, c)),
    "sqrt": lambda e, a, c: _square_root(e, _one(a, c)),
    "norm": lambda e, a, c: e.algebra.norm(_one(a, c), "", c.span),
    "transpose": lambda e, a, c: e.algebra.transpose(_one(a, c), c.span),
}
