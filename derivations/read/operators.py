"""Big operators, their bounds and their conditions."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import Literal

from derivations.read import tree as t
from derivations.read.brackets import argument
from derivations.read.commands import GREEK
from derivations.read.cursor import Cursor, whole_expression
from derivations.read.pairs import is_relation
from derivations.read.scan import Token
from derivations.source import Problem, Span

KINDS: dict[str, Literal["sum", "prod"]] = {"\\sum": "sum", "\\prod": "prod"}
ORDERS = frozenset({"<", ">", "≤", "≥"})
EXPECTED = "expected i = 1, i ≠ k, i ∈ {1, …, n} or a plain index under the operator"


def big_operator(c: Cursor, token: Token) -> t.Tree:
    """``\\sum_{i=1}^{n} …``: the body reaches to the next + or − or relation."""
    lower: Cursor | None = None
    upper: t.Tree | None = None
    while c.text() in ("_", "^"):
        sign = c.take()
        if sign.text == "_":
            lower = c.group_window("an index under the operator")
        else:
            upper = argument(c, sign)
    binders = () if lower is None else _binders(lower, upper)
    body = c.grammar.term(c)
    return t.BigOperator(KINDS[token.text], binders, body, span=c.since(token.start))


def _binders(w: Cursor, upper: t.Tree | None) -> tuple[t.Binder, ...]:
    w.in_index = True
    if w.text() == "\\substack":
        w.take()
        return _binders(w.group_window("conditions under the operator"), upper)
    found: list[t.Binder] = []
    for start, end in _statements(w):
        part = w.window(start, end)
        signs = sum(is_relation(w.tokens[n]) for n in part.outer_places())
        binders = [_related(part, signs, upper)] if signs else _plain(part, upper)
        for binder in binders:
            _add(found, binder)
    if upper is not None and len(found) > 1:
        raise Problem("unsupported-notation", "several indices with one upper bound", w.whole, "one operator for each index")
    return tuple(found)


def _add(found: list[t.Binder], binder: t.Binder) -> None:
    """``i = 1, i \\neq k`` are the bounds and the condition of one index."""
    if found and binder.condition is not None and found[-1].index == binder.index and found[-1].condition is None:
        found[-1] = replace(found[-1], condition=binder.condition, span=found[-1].span | binder.span)
    else:
        found.append(binder)


def _statements(w: Cursor) -> list[tuple[int, int]]:
    """The places between commas: ``i, j``, ``i = 1, i \\neq k``; those of ``\\{1, 2\\}`` separate nothing."""
    cuts = [n for n in w.outer_places() if w.tokens[n].text in (",", ";", "\\\\") or w.tokens[n].kind == "space"]
    cuts = [w.at - 1, *cuts, w.end]
    return [(a + 1, b) for a, b in pairwise(cuts) if a + 1 < b]


def _plain(w: Cursor, upper: t.Tree | None) -> list[t.Binder]:
    """``ij``: every letter is an index."""
    found = []
    while w.here is not None:
        name = _index(w.take())
        found.append(t.Binder(name, None, upper, span=name.span))
    return found


def _index(token: Token) -> t.Name:
    if token.kind == "letters" or (token.kind == "command" and token.text[1:] in GREEK):
        return t.Name(token.text, span=token.span)
    raise Problem("unsupported-notation", EXPECTED, token.span)


def _related(w: Cursor, signs: int, upper: t.Tree | None) -> t.Binder:
    """``i = 1``, ``i \\neq k``, ``1 \\le i \\le n``, ``i \\in \\{1, \\dots, n\\}``, ``i : y_i = k``."""
    first, sign = w.tokens[w.at], w.text_after()
    if sign in (":", "\\colon"):
        return t.Binder(_index(first), None, upper, w.grammar.chain(w, w.tokens[w.at + 2 : w.end]), span=w.whole)
    if signs == 1 and sign in ("=", ":="):
        return t.Binder(_index(first), whole_expression(w.window(w.at + 2, w.end)), upper, span=w.whole)
    return _from_chain(w.grammar.chain(w, w.tokens[w.at : w.end]), upper, w.whole)


def _from_chain(chain: t.Chain, upper: t.Tree | None, span: Span) -> t.Binder:
    match chain.relations, chain.members:
        case ("≠",), (t.Name() as index, _):
            return t.Binder(index, None, upper, chain, span=span)
        case (order,), (t.Name() as index, t.Name()) if order in ORDERS:
            return t.Binder(index, None, upper, chain, span=span)
        case ("≤", "≤"), (lower, t.Name() as index, last) if upper is None:
            return t.Binder(index, lower, last, span=span)
        case ("∈",), (t.Name() as index, t.SetOf(kind="labels", values=(last,), dims=())) if upper is None:
            return t.Binder(index, t.Number(Fraction(1), "1", span=index.span), last, span=span)
    raise Problem("unsupported-notation", EXPECTED, span)
