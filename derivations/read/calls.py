"""Names and functions: letters, words, fonts, accents, and what a function is applied to."""

from __future__ import annotations

from dataclasses import replace

from derivations.read import tree as t
from derivations.read.brackets import argument, bracket
from derivations.read.commands import (
    ACCENTS,
    BUILTIN_WORDS,
    FONTS,
    FUNCTION_COMMANDS,
    GREEK,
    UNSUPPORTED_FUNCTIONS,
    UNSUPPORTED_WORDS,
)
from derivations.read.cursor import Cursor
from derivations.read.derivatives import differential, is_differential
from derivations.read.indicators import indicator, relation_inside
from derivations.read.scan import Token
from derivations.read.scripts import scripts
from derivations.source import Problem, Span

STAY_NAMES = frozenset({"\\sigma"})  # functions only where a bracket follows
EXPECTATIONS = frozenset({"E", "P", "V"})  # \mathbb E[…]
ONES = {"bb": "bb", "bf": "bf", "rm": "bf"}  # the font of 1 → that of the vector of ones


def letters(c: Cursor, token: Token) -> t.Tree:
    """A run of letters that words.py left together."""
    if token.text == "d" and is_differential(c, token):
        return differential(c, token.start)
    if token.text == "I" and not c.names.is_name("I") and relation_inside(c):
        return indicator(c, token.start)
    return named(c, t.Name(token.text, span=token.span))


def is_word_name(c: Cursor, token: Token) -> bool:
    return c.names.is_word(token.text) or token.text in BUILTIN_WORDS or c.names.is_name(token.text)


def word(c: Cursor, token: Token) -> t.Tree:
    """``\\text{softmax}`` is a name; other words have no place in a formula."""
    if is_word_name(c, token) or (c.text() in ("(", "_", "^") and token.text.replace("_", "").isalnum()):
        return _upright(c, token.text, token.span)
    raise Problem("words", f"the words “{token.text}” stand where a formula was expected", token.span)


def greek(c: Cursor, token: Token) -> t.Tree:
    if token.text == "\\delta" and relation_inside(c):
        return indicator(c, token.start)
    return named(c, t.Name(token.text, span=token.span))


def function_command(c: Cursor, token: Token) -> t.Tree:
    name = FUNCTION_COMMANDS[token.text[1:]]
    return named(c, t.Name(name, span=token.span))


def unsupported_function(c: Cursor, token: Token) -> t.Tree:
    if c.in_index and (c.at == c.end or c.text() == ","):  # x_{\min}: a word under a name
        return t.Name(token.text[1:], span=token.span)
    raise Problem("unsupported-notation", f"{token.text} is not supported", token.span)


def named(c: Cursor, name: t.Name) -> t.Tree:
    """A name; a call where it is a function and an argument follows (scripts of the function come first)."""
    key = "" if name.accents else name.text
    builtin = key in BUILTIN_WORDS and not c.names.is_name(key)
    if not builtin and not (key and c.names.is_function(key)):
        return name
    function = scripts(c, name, name.span.start)
    if c.text() in ("(", "[") or (builtin and c.text() in ("\\{", "\\lbrace")):
        items = bracket(c, c.take())
        if isinstance(items, t.Bracket):
            return t.Call(function, items.items, span=c.since(name.span.start))
        return t.Call(function, (items,), span=c.since(name.span.start))
    if builtin and key not in STAY_NAMES and c.begins_factor():
        return t.Call(function, (c.grammar.argument(c),), bracketed=False, span=c.since(name.span.start))
    return function


# -------------------------------------------------------------------- fonts


def font(c: Cursor, token: Token) -> t.Tree:
    """``\\mathbf v``, ``\\mathrm{softmax}``, ``\\mathbb 1[…]``, ``\\mathrm d X``, ``\\mathbf{W_1}``."""
    style = FONTS[token.text[1:]]
    inner = font_content(c, token)
    if inner is None:
        value = _in_font(argument(c, token), style)
        return named(c, replace(value, span=c.since(token.start))) if isinstance(value, t.Name) else value
    text, span = inner
    if style == "rm" and text == "d" and is_differential(c, token, upright=True):
        return differential(c, token.start)
    if (text == "1" and style in ONES) or (text == "I" and style in ("bb", "bf")):
        if relation_inside(c):
            return indicator(c, token.start)
        if text == "1":
            return t.Name("1", font=ONES[style], span=span)
    if style == "bf" and text[0] == "d" and len(text) > 1 and _is_known(c, text[1:]):
        return t.DifferentialOf(named(c, t.Name(text[1:], font=style, span=span)), span=c.since(token.start))  # \mathbf{dX}
    if style == "bb" and text in EXPECTATIONS and not c.names.is_name(text) and c.text() in ("[", "(", "_", "\\{"):
        raise Problem("unsupported-notation", f"expectations and probabilities (\\mathbb{{{text}}}) are not supported", span)
    return _upright(c, text, span) if style == "rm" else named(c, t.Name(text, font=style, span=span))


def _is_known(c: Cursor, text: str) -> bool:
    return c.names.is_name(text) and not c.names.is_size(text)


def _upright(c: Cursor, text: str, span: Span) -> t.Tree:
    if (text in UNSUPPORTED_FUNCTIONS or text in UNSUPPORTED_WORDS) and not c.names.is_name(text) and not c.in_index:
        raise Problem("unsupported-notation", f"{text} is not supported", span)
    known = FUNCTION_COMMANDS.get(text, text)
    return named(c, t.Name(known, font=None if known in BUILTIN_WORDS else "rm", span=span))


def font_content(c: Cursor, token: Token) -> tuple[str, Span] | None:
    """The one name under a font command; None where the group holds more than that."""
    here = c.here
    if here is None:
        raise Problem("unexpected-end", f"expected a name behind {token.text}", token.span)
    if c.text() != "{":
        c.take()
        if here.kind in ("letters", "number") or (here.kind == "command" and here.text[1:] in GREEK):
            return here.text, c.since(token.start)
        if here.kind == "command" and here.text[1:] in ACCENTS:
            c.at -= 1
            return None
        raise Problem("expected-operand", f"expected a name behind {token.text}", here.span)
    stop = c.partner(here, c.at)
    text = _one_name(c.tokens[c.at + 1 : stop], joined=token.text.startswith("\\operatorname"))
    if text is None:
        return None
    c.skip_to(stop + 1)
    return text, c.since(token.start)


def _one_name(inside: list[Token], *, joined: bool) -> str | None:
    """Letters and digits, or one Greek letter; under ``\\operatorname`` also with signs between (``log-sum``)."""
    if len(inside) == 1 and inside[0].kind == "command" and inside[0].text[1:] in GREEK:
        return inside[0].text
    if joined and len(inside) == 1 and inside[0].kind == "command" and inside[0].text[1:] in FUNCTION_COMMANDS:
        return inside[0].text[1:]
    if all(x.kind in ("letters", "number") or (joined and x.text in ("_", "-")) for x in inside):
        return "".join(x.text for x in inside) or None
    return None


def _in_font(value: t.Tree, style: str) -> t.Tree:
    """The name inside takes the font; upright type says nothing."""
    if style == "rm":
        return value
    if isinstance(value, t.Name) and value.font is None:
        return replace(value, font=style)
    if isinstance(value, t.Scripted):
        return replace(value, base=_in_font(value.base, style))
    return value


# ------------------------------------------------------------------ accents


def accent(c: Cursor, token: Token) -> t.Tree:
    """``\\hat y``, ``\\hat{y}_w``, ``\\bar{x}_{i}``."""
    mark = ACCENTS[token.text[1:]]
    inner = argument(c, token)
    span = c.since(token.start)
    if isinstance(inner, t.Name):
        return named(c, replace(inner, accents=(mark, *inner.accents), span=span))
    if isinstance(inner, t.Scripted) and isinstance(inner.base, t.Name) and inner.power is None:
        return replace(inner, base=replace(inner.base, accents=(mark, *inner.base.accents)), span=span)
    raise Problem("unsupported-notation", f"{token.text} belongs on a name", span)
