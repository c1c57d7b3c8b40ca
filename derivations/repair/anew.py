"""The right side of a derivative, worked out anew where no edit of the written one holds."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.claims import Statement
from derivations.expr import Derivative, Differential, Expr, Index
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.adjoint import differential, gradients
from derivations.repair.line import Line, wrapped
from derivations.repair.written import NoNotation, Writer
from derivations.shapes import shape


def derivatives(line: Line, statement: Statement) -> Iterator[str]:
    """The derivative on the left in matrix form, in the document's notation; an entry of it where the left side is one."""
    definitions = statement.context.definitions
    match statement.left:
        case Derivative(of=of, by=by, at=at) if not shape(of):
            below = _subscript(line) if at is not None else ""
            if at is not None and (not below or not all(isinstance(i, Index) for i in at)):
                return
            texts = _written(line, gradients(of, by, definitions))
            yield from (f"{wrapped(text)}_{{{below}}}" for text in texts) if below else texts
        case Differential(of=of, variables=variables):
            found = differential(of, variables, definitions)
            yield from _written(line, [] if found is None else [found])
        case _:
            return


def _written(line: Line, found: list[Expr]) -> Iterator[str]:
    writer = Writer(line)
    for e in found:
        try:
            yield writer.text(e)
        except NoNotation:
            continue


def _subscript(line: Line) -> str:
    """The indices of the variable below the derivative, as they are written."""
    for node in tree_nodes(line.origin.left):
        if isinstance(node, t.Scripted) and node.sub and line.symbol(node):
            return line.document[node.sub[0].span.start : node.sub[-1].span.end]
    return ""
