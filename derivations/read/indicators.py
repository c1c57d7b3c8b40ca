"""Indicators in all their forms: ``\\mathbb 1[y = k]``, ``\\mathbf 1_{y = k}``, ``1\\{y = k\\}``."""

from __future__ import annotations

from derivations.read import tree as t
from derivations.read.cursor import Cursor

BRACKETS = frozenset({"(", "[", "\\{", "\\lbrace"})


def relation_inside(c: Cursor) -> bool:
    """Whether a bracket or a subscript with a relation in it comes next."""
    if c.text() == "_":
        at, opens = c.at + 1, c.text_after() in BRACKETS or c.text_after() == "{"
    else:
        at, opens = c.at, c.text() in BRACKETS
    closing = c.pairs.closing
    while opens and at in closing:
        if at in c.pairs.relational:
            return True
        opens = c.tokens[at + 1].text in BRACKETS and closing.get(at + 1) == closing[at] - 1
        at += 1
    return False


def indicator(c: Cursor, start: int) -> t.Tree:
    c.take_if("_")
    at, stop = c.at, c.pairs.closing[c.at]
    while at not in c.pairs.relational:  # the brackets in ``_{\\{y = k\\}}``
        at += 1
    condition = c.grammar.chain(c, c.tokens[at + 1 : c.pairs.closing[at]])
    c.skip_to(stop + 1)
    return t.IndicatorOf(condition, span=c.since(start))
