"""Indicators in all their forms: ``\\mathbb 1[y = k]``, ``\\mathbf 1_{y = k}``, ``1\\{y = k\\}``."""

from __future__ import annotations

from derivations.read import tree as t
from derivations.read.cursor import Cursor
from derivations.read.pairs import has_relation, partners
from derivations.read.scan import Token

BRACKETS = frozenset({"(", "[", "\\{", "\\lbrace"})


def relation_inside(c: Cursor) -> bool:
    """Whether a bracket or a subscript with a relation in it comes next."""
    if c.text() == "_":
        at, opens = c.at + 1, c.text_after() in BRACKETS or c.text_after() == "{"
    else:
        at, opens = c.at, c.text() in BRACKETS
    if not opens or at not in c.closing:
        return False
    return has_relation(_bare(c.tokens[at + 1 : c.closing[at]]))


def indicator(c: Cursor, start: int) -> t.Tree:
    c.take_if("_")
    stop = c.closing[c.at]
    inside = _bare(c.tokens[c.at + 1 : stop])
    c.skip_to(stop + 1)
    return t.IndicatorOf(c.grammar.chain(c, inside), span=c.since(start))


def _bare(tokens: list[Token]) -> list[Token]:
    """Without the brackets in ``_{\\{y = k\\}}``."""
    while tokens and tokens[0].text in BRACKETS and partners(tokens).get(0) == len(tokens) - 1:
        tokens = tokens[1:-1]
    return tokens
