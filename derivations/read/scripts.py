"""Subscripts, superscripts and primes, in whatever order they are written."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from derivations.read import tree as t
from derivations.read.brackets import argument, bracket
from derivations.read.commands import FUNCTION_COMMANDS, UNSUPPORTED_FUNCTIONS
from derivations.read.cursor import Cursor, shown
from derivations.read.scan import Token
from derivations.source import Problem, Span

TRANSPOSES = frozenset({"T", "\\top", "\\intercal", "\\transpose"})
PRIMES = frozenset({"\\prime", "'"})
STARS = frozenset({"*", "\\ast", "\\star"})
SIGNS = frozenset({"+", "-"})
UNSUPPORTED = frozenset({"\\dagger", "\\circ", "\\odot", "\\otimes", "\\perp"})


def scripts(c: Cursor, base: t.Tree, start: int) -> t.Tree:
    """``base`` with the scripts that follow it."""
    if c.text() not in ("_", "^", "'"):
        return base
    node = base if isinstance(base, t.Scripted) else t.Scripted(base, span=base.span)
    while (text := c.text()) in ("_", "^", "'"):
        token = c.take()
        if text == "'":
            node = replace(node, primes=node.primes + 1)
        elif text == "^":
            node = _superscript(c, node, token)
        elif node.sub:
            raise Problem("double-script", "a second subscript", token.span, "use braces")
        else:
            node = replace(node, sub=_subscript(c, token))
    return replace(node, span=c.since(start))


# --------------------------------------------------------------- subscripts


def _subscript(c: Cursor, token: Token) -> tuple[t.Tree, ...]:
    if c.text() in ("+", "-"):
        raise Problem("unsupported-notation", f"the subscript {c.text()} is not supported", c.here_span())
    saved, c.in_index = c.in_index, True
    items = _parts(c.group_window("a subscript")) if c.text() == "{" else [_one_part(c, token)]
    c.in_index = saved
    return tuple(items)


def _one_part(c: Cursor, token: Token) -> t.Tree:
    """``x_i``, ``x_\\max``, ``\\theta_*``."""
    here = c.here
    if here is not None and (c.text() in STARS or c.text()[1:] in FUNCTION_COMMANDS or c.text()[1:] in UNSUPPORTED_FUNCTIONS):
        c.take()
        return t.Name(here.text if here.text in STARS else here.text[1:], span=here.span)
    return argument(c, token)


def _parts(w: Cursor) -> list[t.Tree]:
    """The parts between commas; a colon stands for a whole axis: ``i:`` has two parts."""
    found: list[t.Tree] = []
    fresh = True  # nothing stands since the last comma
    while w.here is not None:
        if w.take_if(",", ";"):
            if fresh:
                raise Problem("expected-operand", "expected a subscript before this comma", w.tokens[w.at - 1].span)
            fresh = True
            continue
        found.append(_part(w))
        fresh = False
        if w.here is not None and w.text() not in (",", ";", ":") and w.tokens[w.at - 1].text != ":":
            token = w.here
            raise token.problem or Problem("expected-operator", f"expected , or }} before {shown(token)}", token.span)
    if fresh:
        raise Problem("expected-operand", "expected a subscript", w.end_span())
    return found


def _part(w: Cursor) -> t.Tree:
    token = w.here
    if token is not None and token.kind == "words":
        w.take()
        return t.Name(token.text, font="rm", span=token.span)
    if w.text() == ":":
        return t.Name(":", span=w.take().span)
    if token is not None and w.text() in STARS and w.at + 1 == w.end:
        return t.Name(w.take().text, span=token.span)
    return w.expression()


# ------------------------------------------------------------- superscripts


def _superscript(c: Cursor, node: t.Scripted, token: Token) -> t.Scripted:
    if c.text() != "{":
        return _short(c, node, token)
    window = c.group_window("a superscript")
    exponent, marks = _as_formula(window), node.transpose
    try:
        while window.here is not None:
            node = _piece(window, node)
    except Problem:
        if exponent is None:
            raise
        return _with_value(node, exponent)
    return node if node.transpose == marks else replace(node, exponent=exponent)


def _mark(c: Cursor, node: t.Scripted) -> t.Scripted | None:
    """One of the superscripts that are no powers, taken off; None where there is none."""
    here = c.here
    if here is None or here.kind in ("number", "bad"):
        return None
    if here.text in TRANSPOSES:
        if here.text == "T" and c.text_after() in ("+", "-"):  # \\gamma^{T-1}
            return None
        node = replace(node, transpose=node.transpose + 1, exponent=t.Name("T", span=here.span) if here.text == "T" else None)
    elif here.text in PRIMES:
        node = replace(node, primes=node.primes + 1)
    elif here.text in STARS:
        node = replace(node, star=node.star + 1)
    else:
        return None
    c.take()
    return node


def _as_formula(w: Cursor) -> t.Tree | None:
    """``{T-1}``, ``{2T}`` as a formula of a letter T; None where there is none, or it is no formula."""
    if all(token.text != "T" for token in w.tokens[w.at : w.end]):
        return None
    start = w.at
    try:
        value: t.Tree = w.expression()
        w.expect_end()
        return value
    except Problem:
        return None
    finally:
        w.at = start


def _short(c: Cursor, node: t.Scripted, token: Token) -> t.Scripted:
    """``^T``, ``^2``, ``^{\\prime}``: one thing."""
    here = c.here
    if here is None:
        raise Problem("unexpected-end", "expected a superscript", token.span)
    if (marked := _mark(c, node)) is not None:
        return marked
    if here.text in SIGNS and not c.text_after()[:1].isdigit():
        return _with_value(node, _sign(c))
    if here.text in UNSUPPORTED | SIGNS:
        raise Problem("unsupported-notation", f"the superscript {here.text} is not supported", here.span,
                      "put a power between braces")
    return _with_value(node, argument(c, token))


def _sign(c: Cursor) -> t.Name:
    """The sign in ``P^+``, ``\\hat x_k^-``: before and after a measurement, or a part of a name."""
    token = c.take()
    return t.Name(token.text, span=token.span)


def _piece(w: Cursor, node: t.Scripted) -> t.Scripted:
    """One piece of ``^{(2)T}``, ``^{-T}``, ``^{-1}``, ``^{[l]}``."""
    start = w.start()
    here = w.tokens[w.at]
    if (marked := _mark(w, node)) is not None:
        return marked
    if here.text in ("(", "[") and _is_layer(w, node):
        layer = bracket(w, w.take())
        return replace(node, layer=(*node.layer, *(layer.items if isinstance(layer, t.Bracket) else (layer,))))
    if here.text in SIGNS and w.at + 1 == w.end:
        return _with_value(node, _sign(w))
    if here.text in UNSUPPORTED:
        raise Problem("unsupported-notation", f"the superscript {here.text} is not supported", here.span)
    if here.text == "-" and w.text_after() in TRANSPOSES and w.at + 2 == w.end:
        w.take()
        w.take()
        return _with_value(replace(node, transpose=node.transpose + 1), _minus_one(w.since(start)))
    value = w.expression()
    if w.here is not None and w.here.text not in TRANSPOSES and w.here.text not in PRIMES:
        w.expect_end()
    return _with_value(node, value)


def _is_layer(w: Cursor, node: t.Scripted) -> bool:
    """``X^{(2)}`` names a layer; ``e^{(x-1)/2}`` and ``2^{(n)}`` are powers."""
    if not isinstance(node.base, t.Name) or (node.base.text == "e" and not w.names.is_name("e")):
        return False
    behind = w.partner(w.tokens[w.at], w.at) + 1
    return behind == w.end or w.tokens[behind].text in TRANSPOSES or w.tokens[behind].text in ("(", "[", "'", "\\prime", "*")


def _with_value(node: t.Scripted, value: t.Tree) -> t.Scripted:
    """A superscript that was read as a formula: a transposition, a power, or both."""
    if _is_transpose(value):
        return replace(node, transpose=node.transpose + 1)
    if isinstance(value, t.Negative) and _is_transpose(value.operand):
        node, value = replace(node, transpose=node.transpose + 1), _minus_one(value.span)
    if isinstance(value, t.Negative) and isinstance(value.operand, t.ProductOf) and (rest := _transposed(value.operand)):
        node, value = replace(node, transpose=node.transpose + 1), t.Negative(rest, span=value.span)
    if isinstance(value, t.ProductOf) and (rest := _transposed(value)):
        node, value = replace(node, transpose=node.transpose + 1), rest
    if node.power is not None:
        raise Problem("double-script", "a second superscript", value.span, "use braces")
    return replace(node, power=value)


def _is_transpose(value: t.Tree) -> bool:
    """``\\mathrm T``, or what stands in braces of its own."""
    return isinstance(value, t.Name) and value.text in TRANSPOSES and not value.accents


def _transposed(value: t.ProductOf) -> t.Tree | None:
    """The power in ``^{-1T}`` and ``^{2T}``, with the transposition taken off."""
    if len(value.factors) == 2 and value.factors[1][0] == "" and _is_transpose(value.factors[1][1]):
        return value.factors[0][1]
    return None


def _minus_one(span: Span) -> t.Tree:
    return t.Negative(t.Number(Fraction(1), "1", span=span), span=span)
