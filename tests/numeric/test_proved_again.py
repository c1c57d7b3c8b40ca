"""What lowering made of each line is a claim of its own: put back into the expression language, it is proved again.

Every line, in the form in which its code is made (softmax recognised, labels as one-hot rows, cases combined), is
stated as an equation with the document's own definition or derivative on the left, and goes to the prover for all
sizes.  A maximum that is taken out of a row for safety is left out here: it cancels, which is a claim of the catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

import pytest

from by_hand import POINTS
from derivations import expr as e
from derivations.claims import Statement
from derivations.prove import allsizes
from derivations.report.outline import Report
from numeric.chain import Chain, Line, chain_of
from numeric.tensor import (
    GRADIENT,
    Along,
    Call,
    Extent,
    Eye,
    Node,
    Number,
    OfMatrix,
    OneHot,
    Pi,
    Power,
    Product,
    Ref,
    Sum,
    fresh,
    renamed,
)

Reports = Callable[[str], Report]


def place(p: object, dim: e.Dim) -> e.IndexTerm:
    return p if isinstance(p, e.Index) else e.Position(int(str(p)), dim)


def expression(node: Node, chain: Chain) -> e.Expr:
    """An entry as an expression in the document's own names."""
    def again(n: Node) -> e.Expr:
        return expression(n, chain)

    match node:
        case Number(value=value):
            return e.Num(value)
        case Pi():
            return e.Pi()
        case Extent(dim=dim):
            return e.Size(dim)
        case Ref(name=name, at=at):
            shape = chain.context.variables[name.removeprefix(GRADIENT)].shape
            terms = tuple(place(p, d) for p, d in zip(at, shape, strict=True))
            sym = e.Sym(name.removeprefix(GRADIENT), shape)
            if name.startswith(GRADIENT):
                return e.Derivative(e.Sym(chain.loss, ()), sym, terms or None)
            return e.Entry(sym, terms) if terms else sym
        case OneHot(labels=labels, row=row, cls=cls):
            rows = chain.context.labels[labels].rows
            term = None if row is None or rows is None else place(row, rows)
            return e.Delta(cls, e.LabelOf(labels, term, cls.dim))
        case Eye(left=left, right=right):
            return e.Delta(left, right)
        case Sum(terms=terms):
            return e.Add(tuple(map(again, terms)))
        case Product(summed=summed, factors=factors):
            body = again(factors[0])
            for factor in factors[1:]:
                body = e.Times(body, again(factor))
            for axis in summed:
                body = e.Sum(axis, body)
            return body
        case Power(base=base, exponent=exponent):
            return e.Power(again(base), again(exponent))
        case Call(function="softplus", operand=operand):
            return e.Map(e.Builtin("log"), e.Add((e.UNIT, e.Map(e.Builtin("exp"), again(operand)))))
        case Call(function=function, operand=operand):
            assert function != "softplus"
            return e.Map(e.Builtin(function), again(operand))
        case Along(function="shifted", operand=operand):
            return again(operand)
        case Along(function="softmax", operand=operand, axis=axis):
            other = fresh(axis.dim)
            return e.divide(e.Map(e.Builtin("exp"), again(operand)), total(renamed(operand, {axis: other}), other, chain))
        case Along(operand=operand, axis=axis):
            return e.Map(e.Builtin("log"), total(operand, axis, chain))
        case OfMatrix(function=function, operand=operand, inner=inner, outer=outer):
            matrix = e.Build(inner, again(operand))
            if function == "inverse":
                return e.Entry(e.Inverse(matrix), outer)
            return e.Map(e.Builtin("log"), e.Det(matrix)) if function == "logdet" else e.Det(matrix)


def total(operand: Node, axis: e.Index, chain: Chain) -> e.Expr:
    return e.Sum(axis, e.Map(e.Builtin("exp"), expression(operand, chain)))


def statement(line: Line, chain: Chain) -> Statement:
    left = expression(Ref(line.name, line.array.at), chain)
    name = line.name.removeprefix(GRADIENT)
    if name != line.name and chain.context.variables[name].symmetric:
        rows, columns = line.array.at
        both = e.Add((left, expression(Ref(line.name, (columns, rows)), chain)))
        left = e.Times(e.Num(Fraction(1, 2)), both)
    return Statement(left, expression(line.array.body, chain), chain.context)


@pytest.mark.parametrize("path", POINTS)
def test_every_lowered_line_is_proved_for_all_sizes(path: str, report_on: Reports) -> None:
    chain = chain_of(report_on(path))
    open_ = {name: proof for name, line in chain.lines.items()
             if not isinstance(proof := allsizes.prove(statement(line, chain)), allsizes.Proof)}
    assert not open_


@pytest.mark.parametrize("path", POINTS)
def test_a_lowered_line_with_a_wrong_factor_is_not(path: str, report_on: Reports) -> None:
    """The twin: twice the gradient is proved of no document."""
    chain = chain_of(report_on(path))
    for name, line in chain.lines.items():
        if name.startswith(GRADIENT):
            twice = Product((), (Number(Fraction(2)), line.array.body))
            wrong = replace(line, array=replace(line.array, body=twice))
            assert not isinstance(allsizes.prove(statement(wrong, chain)), allsizes.Proof), name
