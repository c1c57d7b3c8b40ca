"""Environments inside a formula: cases and matrices."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

from derivations.limits import current
from derivations.read import tree as t
from derivations.read.commands import CASES_ENVIRONMENTS, MATRIX_ENVIRONMENTS, WITH_ENVIRONMENT_ARGUMENT
from derivations.read.cursor import Cursor, whole_expression
from derivations.read.pairs import environment_name, is_relation, joins
from derivations.read.scan import Token
from derivations.source import Problem

Window = tuple[int, int]  # places of tokens
MATRIX_DEPTH = 4  # levels that a matrix counts for
DETERMINANTS = frozenset({"vmatrix", "Vmatrix"})


def environment(c: Cursor, token: Token) -> t.Tree:
    name, inside = _inside(c, token)
    if name in CASES_ENVIRONMENTS:
        return _cases(c, token, inside)
    if name in MATRIX_ENVIRONMENTS or name == "array":
        c.enter(MATRIX_DEPTH)
        matrix = _matrix(c, token, name, inside)
        c.leave(MATRIX_DEPTH)
        return matrix
    raise Problem("unsupported-notation", f"the environment {name} has no place inside a formula", token.span)


def brace_cases(c: Cursor, token: Token) -> t.Tree:
    """``\\left\\{ \\begin{array}{ll} … \\end{array} \\right.``"""
    _, inside = _inside(c, c.take())
    if not c.take_if("\\right."):
        raise Problem("unbalanced-brace", "expected \\right. behind the rows of these cases", token.span)
    return _cases(c, token, inside)


def _inside(c: Cursor, begin: Token) -> tuple[str, Window]:
    """The name of the environment, and the places of the tokens in it; the cursor goes on behind it."""
    name, start = environment_name(c.tokens, c.at - 1)
    if not name:
        raise Problem("unbalanced-environment", "expected the name of an environment in braces", begin.span)
    stop = c.pairs.closing.get(c.at - 1, c.end)
    if stop >= c.end:
        raise Problem("unbalanced-environment", f"\\begin{{{name}}} is not closed", begin.span, f"expected \\end{{{name}}}")
    ended, behind = environment_name(c.tokens, stop)
    if ended != name:
        raise Problem("unbalanced-environment", f"\\begin{{{name}}} ends as {ended}", c.tokens[stop].span,
                      f"expected \\end{{{name}}}")
    c.skip_to(behind)
    if (name in WITH_ENVIRONMENT_ARGUMENT or name == "array") and start < stop and c.tokens[start].text == "{":
        start = c.partner(c.tokens[start], start) + 1
    return name, (start, stop)


def _cases(c: Cursor, token: Token, inside: Window) -> t.Tree:
    rows: list[tuple[t.Tree, t.Chain | None]] = []
    for row in _split(c, inside, lambda x: x.kind == "row"):
        if _is_blank(c, row):
            continue
        value, condition = _value_and_condition(c, row)
        if value[0] == value[1]:
            raise Problem("expected-operand", "expected a value in this row of cases", c.tokens[row[0]].span)
        rows.append((whole_expression(c.window(*value)), _condition(c, condition)))
    if not rows:
        raise Problem("expected-operand", "cases without rows", token.span)
    if len(rows) > current().cases:
        raise Problem("too-many-cases", f"{len(rows)} rows of cases; the limit is {current().cases}", token.span)
    return t.Cases(tuple(rows), span=c.since(token.start))


def _value_and_condition(c: Cursor, row: Window) -> tuple[Window, Window]:
    """The two cells of a row of cases; without &, the condition begins at a comma, a wide space or words."""
    start, end = row
    cells = _split(c, row, _is_mark)
    if len(cells) > 1:
        stop, behind = cells[0][1], cells[1][0]
    else:
        stop = next((n for n in range(start, end) if _ends_value(c, n)), end)
        behind = stop
    while stop > start and (c.tokens[stop - 1].text in (",", ";", ".") or c.tokens[stop - 1].kind == "space"):
        stop -= 1
    return (start, stop), (behind, end)


def _ends_value(c: Cursor, n: int) -> bool:
    token = c.tokens[n]
    if token.kind == "words":
        return c.tokens[n - 1].text not in ("_", "^", "{")
    return token.kind == "space" or (token.kind == "symbol" and token.text == ",")


def _condition(c: Cursor, place: Window) -> t.Chain | None:
    """The relation among the words of a condition; none means otherwise."""
    tokens = c.tokens[slice(*place)]
    relevant = [x for n, x in enumerate(tokens) if not _is_filler(x, tokens[n - 1] if n else None)]
    if not any(is_relation(x) for x in relevant):
        return None
    return c.grammar.chain(c, _without_if(relevant))


def _is_filler(token: Token, before: Token | None) -> bool:
    """Words, spaces, marks and stops around the relation; ``y_{\\text{in}}`` is a name, ``\\text{and}`` joins two relations."""
    if joins(token):
        return False
    if token.kind == "words":
        return before is None or before.text not in ("_", "^", "{")
    return token.kind == "space" or (token.kind == "symbol" and token.text in (".", ";", "&")) or token.text == "\\forall"


def _without_if(tokens: list[Token]) -> list[Token]:
    """Without ``if`` written as bare letters, and stops at either end."""
    while tokens and tokens[-1].text == ",":
        tokens = tokens[:-1]
    while tokens and tokens[0].text == ",":
        tokens = tokens[1:]
    if [x.text for x in tokens[:2]] == ["i", "f"]:
        return tokens[2:]
    return tokens[1:] if tokens and tokens[0].text in ("if", "for") else tokens


def _matrix(c: Cursor, token: Token, name: str, inside: Window) -> t.Tree:
    size, limit = sum(_is_mark(one) or one.kind == "row" for one in c.tokens[inside[0]:inside[1]]) + 1, current().entries
    if size > limit:
        raise Problem("too-many-entries", f"a matrix of about {size} entries; the limit is {limit}", token.span)
    rows = [tuple(_cell(c, cell, token) for cell in _split(c, row, _is_mark))
            for row in _split(c, inside, lambda x: x.kind == "row") if not _is_blank(c, row)]
    if not rows:
        raise Problem("expected-operand", "a matrix without rows", token.span)
    literal = t.MatrixLiteral("matrix" if name == "array" else name, tuple(rows), span=c.since(token.start))
    return t.Bars("|" if name == "vmatrix" else "‖", literal, span=literal.span) if name in DETERMINANTS else literal


def _cell(c: Cursor, cell: Window, matrix: Token) -> t.Tree:
    start, end = cell
    while end > start and c.tokens[end - 1].kind == "space":
        end -= 1
    while start < end and c.tokens[start].kind == "space":
        start += 1
    if start == end:
        raise Problem("expected-operand", "expected an entry in every cell of this matrix", matrix.span)
    return whole_expression(c.window(start, end))


def _is_mark(token: Token) -> bool:
    return token.kind == "symbol" and token.text == "&"


def _is_blank(c: Cursor, row: Window) -> bool:
    return all(x.kind == "space" for x in c.tokens[slice(*row)])


def _split(c: Cursor, place: Window, separates: Callable[[Token], bool]) -> list[Window]:
    """Cut at separators outside braces and environments."""
    start, end = place
    cuts, at = [start - 1], start
    while at < end:
        token = c.tokens[at]
        if token.kind in ("symbol", "command") and token.text in ("{", "\\begin") and c.pairs.closing.get(at, end) < end:
            at = c.pairs.closing[at]
        elif separates(token):
            cuts.append(at)
        at += 1
    cuts.append(end)
    return [(a + 1, b) for a, b in pairwise(cuts)]


