"""Edits of sums and products: signs, terms, factors, big operators."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.line import Change, Line, index_letters
from derivations.source import Span


def sums(line: Line) -> Iterator[t.BigOperator]:
    for node in tree_nodes(line.tree):
        if isinstance(node, t.BigOperator) and node.binders:
            yield node


def operator(line: Line, node: t.BigOperator) -> Span:
    """The sign with its bounds, without the body."""
    return Span(node.span.start, line.place(node.body).start)


def hiding_sums(line: Line) -> Iterator[Change]:
    """A sum over a letter that is a free index of the left side: what is inside no longer depends on the left's."""
    free = index_letters(line.origin.left)
    for node in sums(line):
        for binder in node.binders:
            if len(node.binders) == 1 and binder.index.text in free:
                sign = operator(line, node)
                old = line.text[sign.start : sign.end].strip()
                yield Change(sign, "", {"old": old, "index": binder.index.text})
