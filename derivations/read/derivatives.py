"""Derivatives: fractions of ∂ or d, ∇, differentials."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from derivations.read import tree as t
from derivations.read.brackets import argument, bracket
from derivations.read.commands import ACCENTS, FONTS, FUNCTION_COMMANDS, GREEK
from derivations.read.cursor import Cursor
from derivations.read.scan import Token
from derivations.read.scripts import scripts
from derivations.read.sums import named_function_here
from derivations.source import Problem, Span

Kind = Literal["∂", "d"]
UPRIGHT = frozenset({"\\mathrm", "\\operatorname", "\\mathit", "\\textrm"})
MAX_ORDER = 4


# ------------------------------------------------------------ differentials


def is_differential(c: Cursor, token: Token, *, upright: bool = False) -> bool:
    """``d`` before a name, a bracket or a function, where d is not a name of its own."""
    following = c.here
    if following is None or c.in_index:
        return False
    if not upright and c.names.is_name("d") and not c.names.is_size("d"):
        return False  # beside a size d both readings are possible: what the line says decides
    if following.kind == "letters":
        return True
    if following.kind == "command":
        name = following.text[1:]
        return name in GREEK or name in FONTS or name in ACCENTS or name in FUNCTION_COMMANDS
    return following.text in ("(", "[")


def differential(c: Cursor, start: int) -> t.Tree:
    operand = c.factor()
    return t.DifferentialOf(operand, span=c.since(start))


# ---------------------------------------------------------------- fractions


def fraction(c: Cursor, token: Token) -> t.Tree:
    """``\\frac{a}{b}``, or a derivative where numerator and denominator begin with the same ∂ or d."""
    kind = _derivative_ahead(c)
    if kind is not None:
        order, operand = _numerator(c.group_window("a numerator"))
        by = _variables(c.group_window("a denominator"), kind)
        return _derivative(operand, by, order, kind, c.since(token.start))
    above = argument(c, token)
    below = argument(c, token)
    return t.Fraction_(above, below, span=c.since(token.start))


def _derivative_ahead(c: Cursor) -> Kind | None:
    """``∂`` or ``d`` where the two arguments of a fraction are those of a derivative."""
    if c.text() not in ("{", "\\partial") and not (c.here is not None and c.here.text == "d"):
        return None
    opened = c.text() == "{"
    stop = c.pairs.closing.get(c.at, c.end) if opened else c.at
    if stop + 1 >= c.end or c.tokens[stop + 1].text != "{":
        return None
    end = c.pairs.closing.get(stop + 1, c.end)
    kind, _ = _operator(c, c.at + 1 if opened else c.at, stop if opened else stop + 1)
    below, skip = _operator(c, stop + 2, end)
    if kind is None or kind != below or stop + 2 + skip >= end:
        return None
    if kind == "d" and c.names.is_name("d") and not c.names.is_size("d"):
        return None
    return kind


def _operator(c: Cursor, at: int, end: int) -> tuple[Kind | None, int]:
    """∂ or d at the beginning, upright or not, and the number of its tokens."""
    texts = [x.text for x in c.tokens[at : min(at + 4, end)]]
    if texts[:1] == ["\\partial"]:
        return "∂", 1
    if texts[:1] == ["d"]:
        return "d", 1
    if texts and texts[0] in UPRIGHT:
        if texts[1:] == ["{", "d", "}"]:
            return "d", 4
        if texts[1:2] == ["d"]:
            return "d", 2
    return None, 0


def _numerator(w: Cursor) -> tuple[int, t.Tree | None]:
    """The order, and what is derived; None for an operator in front."""
    w.at += _operator(w, w.at, w.end)[1]
    order = _order(w)
    if w.here is None:
        return order, None
    operand = w.expression()
    w.expect_end()
    return order, operand


def _order(c: Cursor) -> int:
    if c.text() != "^":
        return 1
    power = argument(c, c.take())
    if not isinstance(power, t.Number) or power.value.denominator != 1 or not 1 <= power.value <= MAX_ORDER:
        raise Problem("derivative-order", f"the order of a derivative must be a number from 1 to {MAX_ORDER}", power.span)
    return int(power.value)


def _variables(w: Cursor, kind: Kind) -> list[t.Tree]:
    found: list[t.Tree] = []
    while w.here is not None:
        here, length = _operator(w, w.at, w.end)
        if here != kind:
            raise Problem("derivative", f"expected {kind} before each variable", w.here.span)
        w.at += length
        found.append(_variable(w))
    return found


def _variable(c: Cursor) -> t.Tree:
    """What stands behind ∂: ``d x`` is never a differential here."""
    saved, c.in_index = c.in_index, False
    value = c.factor()
    c.in_index = saved
    return value


def _derivative(operand: t.Tree | None, by: list[t.Tree], order: int, kind: Kind, span: Span) -> t.Tree:
    """``\\partial x^2`` under an order of two is x twice, and where the order is one a variable x²."""
    if len(by) != order:
        by = [single for variable in by for single in _repeated(variable)]
    if len(by) != order:
        raise Problem("derivative-order", f"a derivative of order {order} by {len(by)} variables", span)
    return t.DerivativeOf(operand, tuple(by), kind == "∂", span=span)


def _repeated(variable: t.Tree) -> list[t.Tree]:
    match variable:
        case t.Scripted(power=t.Number(value=order)) if order.denominator == 1 and 1 <= order <= MAX_ORDER:
            plain = replace(variable, power=None)
            return [plain.base if plain == t.Scripted(plain.base) else plain] * int(order)
        case _:
            return [variable]


# ------------------------------------------------------------ in one line, ∇


def partial(c: Cursor, token: Token) -> t.Tree:
    """``\\partial a/\\partial b`` in one line; ``\\partial_x`` and ``\\partial_x^2`` in front of what they act on."""
    if c.text() == "_":
        variable, order = _nabla_scripts(scripts(c, t.Name("\\partial", span=token.span), token.start))
        assert variable is not None
        return t.DerivativeOf(None, (variable,) * order, True, span=c.since(token.start))
    order = _order(c)
    alone = Problem("derivative", "∂ on its own: expected / and ∂ with a variable behind it", token.span,
                    "write \\frac{\\partial L}{\\partial X}")
    operand = None if c.text() == "/" else c.grammar.run(c)
    if not c.take_if("/"):
        raise alone
    opened = c.here if c.text() == "(" else None
    if opened is not None:
        c.take()
    by: list[t.Tree] = []
    while c.take_if("\\partial"):
        by.append(_variable(c))
    if opened is not None:
        c.close(")", opened)
    if not by:
        raise Problem("derivative", "expected ∂ with a variable behind the /", c.here_span())
    return _derivative(operand, by, order, "∂", c.since(token.start))


def nabla(c: Cursor, token: Token) -> t.Tree:
    """``\\nabla_x f``, ``\\nabla^2 f``."""
    node = scripts(c, t.Name("\\nabla", span=token.span), token.start)
    by, order = _nabla_scripts(node)
    start = c.start()
    if c.text() in ("(", "["):
        operand = scripts(c, bracket(c, c.take()), start)
    elif not c.begins_factor():
        raise Problem("expected-operand", "expected what ∇ acts on", token.span)
    else:
        operand = c.factor() if named_function_here(c) else c.grammar.argument(c)
    if isinstance(operand, t.Nabla) and (operand.by, operand.order, order) == (by, 1, 1):
        return t.Nabla(operand.operand, by, 2, span=c.since(token.start))  # ∇∇f
    return t.Nabla(operand, by, order, span=c.since(token.start))


def _nabla_scripts(node: t.Tree) -> tuple[t.Tree | None, int]:
    if not isinstance(node, t.Scripted):
        return None, 1
    if len(node.sub) > 1:
        raise Problem("unsupported-notation", "∇ and ∂ by several variables are not supported", node.span)
    by = node.sub[0] if node.sub else None
    if node == t.Scripted(node.base, sub=node.sub):
        return by, 1
    power = node.power
    if isinstance(power, t.Number) and power.value in (1, 2) and node == t.Scripted(node.base, node.sub, power=power):
        return by, int(power.value)
    raise Problem("unsupported-notation", "expected ∇ or ∇²", node.span)
