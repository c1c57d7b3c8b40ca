"""Gradients as a textbook does them: from the end backwards, one rule for each operation, arrays throughout.

The gradient of a scalar in a variable is the sum, over the places where the variable stands, of what arrives
there; ``arrives`` is the gradient of the whole in the value of the sub-expression at hand.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import count

from derivations import expr as ex
from derivations.expr import Expr, Index, IndexTerm, Sym, free_indices, index_variables, number
from derivations.shapes import shape

ONE, TWO = number(1), number(2)


class NoRule(Exception):
    """An operation that has no rule here."""


def gradient(e: Expr, by: Sym, definitions: Mapping[str, Expr]) -> Expr:
    """The gradient of a scalar expression, laid out like the variable."""
    parts = list(_Backward(definitions).back(e, ONE, by))
    if not parts:
        return ex.Fill(number(0), by.shape) if by.shape else number(0)
    return parts[0] if len(parts) == 1 else ex.Add(tuple(parts))


class _Backward:
    def __init__(self, definitions: Mapping[str, Expr]) -> None:
        self.definitions = definitions
        self.fresh = count()

    def back(self, e: Expr, arrives: Expr, by: Sym) -> Iterator[Expr]:
        match e:
            case Sym():
                if e == by:
                    yield arrives
                elif e.name in self.definitions:
                    yield from self.back(self.definitions[e.name], arrives, by)
            case ex.Num() | ex.Pi() | ex.Size() | ex.Identity() | ex.Delta():
                return
            case ex.Fill(value=a):
                yield from self.back(a, total(arrives), by)
            case ex.Add(operands=operands):
                for a in operands:
                    yield from self.back(a, arrives, by)
            case ex.Times(left=a, right=b):
                yield from self.back(a, _factor(arrives, b, shape(a)), by)
                yield from self.back(b, _factor(arrives, a, shape(b)), by)
            case ex.Power(base=a, exponent=ex.Num(value=q)):
                rate = ex.Times(number(q), ex.Power(a, number(q - 1)))
                yield from self.back(a, ex.Times(arrives, rate), by)
            case ex.MatMul(left=a, right=b):
                yield from self.back(a, ex.MatMul(arrives, ex.Transpose(b)), by)
                yield from self.back(b, ex.MatMul(ex.Transpose(a), arrives), by)
            case ex.Transpose(operand=a):
                yield from self.back(a, ex.Transpose(arrives), by)
            case ex.Trace(operand=a):
                yield from self.back(a, ex.Times(arrives, ex.Identity(shape(a)[0])), by)
            case ex.Diagonal(operand=a):
                yield from self.back(a, ex.DiagonalMatrix(arrives), by)
            case ex.DiagonalMatrix(operand=a):
                yield from self.back(a, ex.Diagonal(arrives), by)
            case ex.Inverse(operand=a):
                flipped = ex.Transpose(ex.Inverse(a))
                yield from self.back(a, ex.negative(ex.MatMul(ex.MatMul(flipped, arrives), flipped)), by)
            case ex.Norm(operand=a):
                yield from self.back(a, ex.Times(ex.divide(arrives, e), a), by)
            case ex.Map(operand=a):
                yield from self.back(a, ex.Times(arrives, rate_of(e)), by)
            case ex.Softmax(operand=a, axis=axis):
                yield from self.back(a, _through_softmax(e, arrives, axis), by)
            case ex.Apply(operand=Sym() as a):
                yield from self.back(a, ex.Times(arrives, ex.Derivative(e, a)), by)
            case ex.Sum(index=index, body=body):
                if index in free_indices(arrives):
                    new = Index(f"r_{next(self.fresh)}", index.dim)
                    body, index = renamed(body, index, new), new
                for part in self.back(body, arrives, by):
                    yield ex.Sum(index, part)
            case ex.Entry(array=a, indices=terms):
                yield from self.back(a, self._spread(arrives, terms), by)
            case _:
                raise NoRule(type(e).__name__)

    def _spread(self, arrives: Expr, terms: tuple[IndexTerm, ...]) -> Expr:
        """The array that is ``arrives`` at one place and 0 elsewhere."""
        places = tuple(Index(f"s_{next(self.fresh)}", t.dim) for t in terms)
        for p, t in zip(places, terms, strict=True):
            arrives = ex.Times(arrives, ex.Delta(p, t))
        return ex.Build(places, arrives)


def total(e: Expr) -> Expr:
    """The sum of all entries."""
    axes = shape(e)
    for dim in axes[:1]:
        e = ex.MatMul(ex.Transpose(ex.Fill(ONE, (dim,))), e)
    return ex.MatMul(e, ex.Fill(ONE, axes[1:])) if len(axes) == 2 else e


def _factor(arrives: Expr, other: Expr, wanted: ex.Shape) -> Expr:
    if wanted == () and shape(arrives) != ():
        return total(ex.Times(arrives, other))
    return ex.Times(arrives, other)


def _through_softmax(shares: Expr, arrives: Expr, axis: int) -> Expr:
    weighted, axes = ex.Times(arrives, shares), shape(shares)
    if axis == 0:
        mean: Expr = ex.Fill(total(weighted), axes)
    else:
        ones = ex.Fill(ONE, axes[1:])
        mean = ex.MatMul(ex.MatMul(weighted, ones), ex.Transpose(ones))
    return ex.Times(shares, ex.subtract(arrives, mean))


def rate_of(e: ex.Map) -> Expr:
    """The derivative of a function at its argument, entry by entry."""
    a, axes = e.operand, shape(e)
    one: Expr = ex.Fill(ONE, axes) if axes else ONE
    if isinstance(e.function, ex.Free):
        return ex.Map(e.function, a, e.order + 1)
    if isinstance(e.function, ex.Lambda) or e.order:
        raise NoRule("a defined function")
    match e.function.name:
        case "exp":
            return e
        case "log":
            return ex.Power(a, number(-1))
        case "tanh":
            return ex.subtract(one, ex.Times(e, e))
        case "sigmoid":
            return ex.Times(e, ex.subtract(one, e))
        case "relu":
            return ex.Map(ex.Builtin("step"), a)
        case "abs":
            return ex.Map(ex.Builtin("sign"), a)
        case "sin":
            return ex.Map(ex.Builtin("cos"), a)
        case "cos":
            return ex.negative(ex.Map(ex.Builtin("sin"), a))
        case _:
            return ex.Fill(number(Fraction(0)), axes) if axes else number(0)


# ---------------------------------------------------------------- renaming


def renamed(e: Expr, old: Index, new: Index) -> Expr:
    """``e`` with the free index ``old`` called ``new``; binders that would catch the new name are renamed first."""
    match e:
        case ex.Sum(index=index, body=body) | ex.Product(index=index, body=body):
            if index == old:
                return e
            if index == new:
                other = _unused(index, body, old, new)
                body, index = renamed(body, index, other), other
            return type(e)(index, renamed(body, old, new))
        case ex.Build(indices=indices, body=body):
            if old in indices:
                return e
            for k, index in enumerate(indices):
                if index == new:
                    other = _unused(index, body, old, new, *indices)
                    body, indices = renamed(body, index, other), (*indices[:k], other, *indices[k + 1 :])
            return ex.Build(indices, renamed(body, old, new))
        case ex.Entry(array=a, indices=terms):
            return ex.Entry(renamed(a, old, new), tuple(_term(t, old, new) for t in terms))
        case ex.Delta(left=left, right=right):
            return ex.Delta(_term(left, old, new), _term(right, old, new))
        case ex.Derivative(of=of, by=by, at=at):
            return ex.Derivative(renamed(of, old, new), by, None if at is None else tuple(_term(t, old, new) for t in at))
        case _:
            return with_children(e, [renamed(c, old, new) for c in ex.children(e)])


def _unused(index: Index, body: Expr, *others: Index) -> Index:
    taken = {i.name for i in free_indices(body)} | {i.name for i in others}
    return next(Index(n, index.dim) for n in (f"q_{k}" for k in count()) if n not in taken)


def _term(t: IndexTerm, old: Index, new: Index) -> IndexTerm:
    if t == old:
        return new
    if isinstance(t, ex.LabelOf) and t.row is not None:
        return ex.LabelOf(t.label, _term(t.row, old, new), t.dim)
    if isinstance(t, ex.Affine) and old in index_variables(t):
        return ex.Affine(tuple((c, new if i == old else i) for c, i in t.terms), t.offset, t.dim)
    return t


def with_children(e: Expr, new: list[Expr]) -> Expr:
    """The same node over other operands, in the order of ``children``."""
    match e:
        case ex.Add():
            return ex.Add(tuple(new))
        case ex.Times() | ex.MatMul() | ex.Power() | ex.Kronecker():
            return type(e)(*new)
        case ex.Fill(shape=s):
            return ex.Fill(new[0], s)
        case ex.Map(function=f, order=order):
            if isinstance(f, ex.Lambda):
                return ex.Map(ex.Lambda(f.parameter, new[0]), new[1], order)
            return ex.Map(f, new[0], order)
        case ex.Apply(name=name, shape=s):
            return ex.Apply(name, new[0], s)
        case ex.Softmax(axis=axis):
            return ex.Softmax(new[0], axis)
        case ex.Sum(index=i) | ex.Product(index=i):
            return type(e)(i, new[0])
        case ex.Build(indices=indices):
            return ex.Build(indices, new[0])
        case ex.Entry(indices=terms):
            return ex.Entry(new[0], terms)
        case ex.Derivative(by=by, at=at):
            return ex.Derivative(new[0], by, at)
        case ex.Differential(variables=variables):
            return ex.Differential(new[0], variables)
        case ex.Let(variable=v):
            return ex.Let(v, new[0], new[1])
        case _:
            return type(e)(*new) if new else e  # type: ignore[call-arg]
