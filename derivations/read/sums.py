"""Sums and products.

Binding, from weak to strong: ``+ -``; ``\\odot \\circ``; ``* \\cdot \\times \\otimes /``; juxtaposition; scripts.
"""

from __future__ import annotations

from collections.abc import Callable

from derivations.read import tree as t
from derivations.read.commands import BUILTIN_WORDS, FUNCTION_COMMANDS, HADAMARD, PRODUCTS
from derivations.read.cursor import Cursor
from derivations.source import Problem


def expression(c: Cursor) -> t.Tree:
    """Terms joined by + and −."""
    start = c.start()
    terms = [(_sign(c, 1), term(c))]
    while (text := c.text()) in ("+", "-", "\\pm", "\\mp"):
        token = c.take()
        if token.kind == "command":
            raise Problem("unsupported-notation", f"{text} stands for two formulas at once", token.span, "write them one by one")
        terms.append((_sign(c, -1 if text == "-" else 1), term(c)))
    if len(terms) > 1:
        return t.SumOf(tuple(terms), span=c.since(start))
    sign, value = terms[0]
    return t.Negative(value, span=c.since(start)) if sign < 0 else value


def _sign(c: Cursor, sign: int) -> int:
    while c.text() in ("+", "-"):
        if c.take().text == "-":
            sign = -sign
    return sign


def term(c: Cursor) -> t.Tree:
    """Products joined by ⊙ and ∘."""
    return _joined(c, HADAMARD, _product)


def _product(c: Cursor) -> t.Tree:
    """Juxtaposed runs joined by signs."""
    return _joined(c, PRODUCTS, _signed_run)


def _signed_run(c: Cursor) -> t.Tree:
    """``a \\cdot -b``: a sign behind a sign."""
    if c.text() != "-":
        return run(c)
    start = c.take().start
    return t.Negative(run(c), span=c.since(start))


def _joined(c: Cursor, signs: dict[str, str], operand: Callable[[Cursor], t.Tree]) -> t.Tree:
    start = c.start()
    first = operand(c)
    if c.text() not in signs:
        return first
    factors, spans = [("", first)], [c.since(start)]
    while (text := c.text()) in signs:
        spans.append(c.take().span)
        factors.append((signs[text], operand(c)))
    return t.ProductOf(tuple(factors), tuple(spans), span=c.since(start))


def run(c: Cursor) -> t.Tree:
    """Factors standing side by side."""
    return _side_by_side(c, c.begins_factor)


def argument(c: Cursor) -> t.Tree:
    """The argument of a function without brackets: a run that stops before another named function."""
    return _side_by_side(c, lambda: c.begins_factor() and not named_function_here(c))


def _side_by_side(c: Cursor, goes_on: Callable[[], bool]) -> t.Tree:
    start = c.start()
    first = c.factor()
    if not goes_on():
        return first
    factors = [("", first)]
    while goes_on():
        factors.append(("", c.factor()))
    return t.ProductOf(tuple(factors), span=c.since(start))


def named_function_here(c: Cursor) -> bool:
    token = c.here
    if token is None:
        return False
    if token.kind == "command":
        return token.text[1:] in FUNCTION_COMMANDS
    return token.kind == "letters" and token.text in BUILTIN_WORDS and not c.names.is_name(token.text)
