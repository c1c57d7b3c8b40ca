"""Groups, brackets, bars, angles, and the one argument that a command takes."""

from __future__ import annotations

from fractions import Fraction
from typing import Literal

from derivations.read import tree as t
from derivations.read.commands import ACCENTS, ARGUMENT_COMMANDS, FONTS, GREEK, RELATIONS
from derivations.read.cursor import Cursor, shown
from derivations.read.pairs import is_relation
from derivations.read.scan import Token
from derivations.source import Problem, Span

OPENING = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack"}
BRACKET_KINDS: dict[str, Literal["(", "[", "{"]] = {
    "(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\lbrack": "["
}  # fmt: skip
BARS: dict[str, tuple[Literal["|", "‖"], frozenset[str]]] = {  # kind, and what closes it
    "|": ("|", frozenset({"|", "\\rvert", "\\vert"})),
    "\\vert": ("|", frozenset({"|", "\\vert"})),
    "\\lvert": ("|", frozenset({"\\rvert"})),
    "\\|": ("‖", frozenset({"\\|", "\\rVert", "\\Vert"})),
    "\\Vert": ("‖", frozenset({"\\|", "\\Vert"})),
    "\\lVert": ("‖", frozenset({"\\rVert"})),
}


def group(c: Cursor, opened: Token) -> t.Tree:
    """``{ … }`` leaves no node."""
    if c.text() == "}":
        raise Problem("expected-operand", "expected a formula in these braces", Span(opened.start, c.here_span().end))
    value = _inside(c, "")
    c.close("}", opened)
    return value


def bracket(c: Cursor, opened: Token) -> t.Tree:
    """``( … )`` and kin, with items between commas; ``[y = k]`` is an indicator."""
    closing = OPENING[opened.text]
    if c.text() == closing:
        raise Problem("expected-operand", "expected a formula in these brackets", Span(opened.start, c.here_span().end))
    if c.at - 1 in c.pairs.relational and c.at - 1 in c.pairs.closing:
        return _iverson(c, opened, c.pairs.closing[c.at - 1])
    items = [_inside(c, "")]
    while c.take_if(",", ";"):
        items.append(_inside(c, ""))
    if opened.text == "\\{" and c.text() == "\\rbrace":
        closing = "\\rbrace"
    c.close(closing, opened)
    return t.Bracket(BRACKET_KINDS[opened.text], tuple(items), span=c.since(opened.start))


def _iverson(c: Cursor, opened: Token, stop: int) -> t.Tree:
    if opened.text != "[":
        place = next(x for x in c.tokens[c.at : stop] if is_relation(x))
        raise Problem("expected-operator", f"{RELATIONS[place.text]} has no meaning inside these brackets", place.span,
                      "write \\mathbb{1}[…] for an indicator, \\quad before a side condition")
    condition = c.grammar.chain(c, c.tokens[c.at : stop])
    c.skip_to(stop + 1)
    return t.IndicatorOf(condition, span=c.since(opened.start))


def _inside(c: Cursor, bars: str) -> t.Tree:
    """An expression in which the next bar of kind ``bars`` closes."""
    saved, c.bars = c.bars, bars
    value = c.expression()
    c.bars = saved
    return value


def bars(c: Cursor, opened: Token) -> t.Tree:
    """``|x|``, ``\\|x\\|``, ``||x||``."""
    kind, closing = BARS[opened.text]
    doubled = opened.text == "|" and c.bars != "|" and _adjacent_bar(c)
    if doubled:
        c.take()
        kind = "‖"
    if c.text() in ("_", "^"):
        raise Problem("unsupported-notation", "a value at a point (a bar with a subscript) is not supported", opened.span)
    body = _inside(c, kind)
    if c.text() not in closing or (doubled and c.text_after() != "|"):
        raise _open_bar(c, opened)
    c.take()
    if doubled:
        c.take()
    return t.Bars(kind, body, span=c.since(opened.start))


def _adjacent_bar(c: Cursor) -> bool:
    return c.text() == "|" and c.tokens[c.at].start == c.last


def _open_bar(c: Cursor, opened: Token) -> Problem:
    here = c.here
    if here is not None and here.problem is not None:
        return here.problem
    return Problem("unbalanced-brace", f"this {opened.text} is not closed", opened.span,
                   "expected a second bar; the bar of p(y|x) is not supported")


def begins_bars(c: Cursor, text: str) -> bool:
    """Whether a bar opens here: it does not where the bars around it are of its kind."""
    if c.bars == "‖" and text == "|" and c.text_after() == "|" and c.tokens[c.at + 1].start == c.tokens[c.at].end:
        return False
    return c.bars != BARS[text][0]


def angle(c: Cursor, opened: Token) -> t.Tree:
    items = [_inside(c, "")]
    while c.take_if(",", "\\mid"):
        items.append(_inside(c, ""))
    c.close("\\rangle", opened)
    return t.Angle(tuple(items), span=c.since(opened.start))


def argument(c: Cursor, owner: Token) -> t.Tree:
    """What one command or script sign takes: a group, or one thing."""
    if c.here is None:
        raise Problem("unexpected-end", f"expected an argument behind {owner.text}", owner.span)
    c.enter()
    value = group(c, c.take()) if c.text() == "{" else _single(c)
    c.leave()
    return value


def _single(c: Cursor) -> t.Tree:
    token = c.tokens[c.at]
    if token.kind == "number":
        return first_digit(c)
    c.take()
    name = token.text[1:]
    if token.kind == "letters" or (token.kind == "command" and name in GREEK):
        return t.Name(token.text, span=token.span)
    if token.kind == "words":
        return t.Name(token.text, font="rm", span=token.span)
    if token.kind == "command" and (name in FONTS or name in ACCENTS or token.text in ARGUMENT_COMMANDS):
        return c.grammar.command(c, token)
    raise Problem("expected-operand", f"expected an argument before {shown(token)}", token.span)


def first_digit(c: Cursor) -> t.Number:
    """``\\frac12`` takes one digit; the rest stays for what follows."""
    token = c.tokens[c.at]
    first = token.text[0]
    place = Span(token.start, token.start + 1)
    if len(token.text) == 1:
        c.take()
    elif "." in token.text:
        raise Problem("expected-operand", f"{token.text} needs braces here: TeX takes its first digit alone", token.span)
    else:
        c.tokens[c.at] = Token("number", token.text[1:], token.start + 1, token.end)
        c.last = place.end
    return t.Number(Fraction(first), first, span=place)
