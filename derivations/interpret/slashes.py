"""What a slash divides: ``1/2 x`` is ½·x, ``a/bc`` usually a/(bc), ``\\log a/b`` either way.

A slash between juxtaposed factors has two readings.  Each kind of its operands keeps one reading through the
document, like a product sign; where the usual one makes lines false, the other one is tried (``Choices``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from derivations.interpret.trees import side_by_side
from derivations.read import tree as t

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

Factors: TypeAlias = list[tuple[str, t.Tree]]
SLASH = "/ "  # kinds of choices about slashes begin so
BY_ALL = "`/` divides by all factors that stand side by side behind it"
BY_FIRST = "`/` divides by the first factor behind it alone"
INSIDE = "`/` behind a function without brackets divides its argument"


def divided(e: Elaborator, factors: Factors) -> Factors:
    """The factors of one level, with every slash's operands as they are meant."""
    if all(sign != "/" for sign, _ in factors):
        return factors
    found: Factors = []
    for sign, factor in factors:
        if sign == "/" and found and isinstance(found[-1][1], t.Call) and not found[-1][1].bracketed:
            found = _argument_divided(e, found, factor)
        elif sign == "/" and found and isinstance(factor, t.ProductOf) and not _grouped(e, factor):
            found += _by_run(e, found[-1][1], factor)
        else:
            found.append((sign, factor))
    return found


def _grouped(e: Elaborator, run: t.ProductOf) -> bool:
    """``a/{bc}``: the braces leave no node, but they stand in the text."""
    return e.text[: run.span.start].rstrip().endswith("{") or any(sign for sign, _ in run.factors)


def _argument_divided(e: Elaborator, found: Factors, below: t.Tree) -> Factors:
    """``\\log a/b``: the function's value over b, or the function of a/b."""
    sign, call = found[-1]
    assert isinstance(call, t.Call)
    if not e.algebra.choices.pick(f"{SLASH}behind a function without brackets"):
        return [*found, ("/", below)]
    e.algebra.tell(INSIDE)
    quotient = t.ProductOf((("", call.arguments[-1]), ("/", below)), span=call.arguments[-1].span | below.span)
    return [*found[:-1], (sign, replace(call, arguments=(*call.arguments[:-1], quotient)))]


def _by_run(e: Elaborator, above: t.Tree, run: t.ProductOf) -> Factors:
    """A slash before factors side by side: ``1/2 x^T x``, ``1/n \\sum_i x_i``, ``a/bc``."""
    cut = next((n for n, (_, x) in enumerate(run.factors) if n and isinstance(x, t.BigOperator)), len(run.factors))
    inside, behind = run.factors[:cut], run.factors[cut:]
    first = _first_operand(e, inside)
    if first == len(inside):
        return [("/", side_by_side(inside)), *_then(behind)]
    kind, usual = _kind(e, above, inside)
    by_first = bool(e.algebra.choices.pick(f"{SLASH}{kind}")) != usual
    if kind != "of numbers":
        e.algebra.tell(BY_FIRST if by_first else BY_ALL)
    if by_first:
        return [("/", side_by_side(inside[:first])), *_then(run.factors[first:])]
    return [("/", side_by_side(inside)), *_then(behind)]


def _first_operand(e: Elaborator, factors: tuple[tuple[str, t.Tree], ...]) -> int:
    """How many factors the first operand takes: two of ``f(x)``."""
    return 2 if len(factors) > 1 and e.applies(list(factors), 0) else 1


def _kind(e: Elaborator, above: t.Tree, below: tuple[tuple[str, t.Tree], ...]) -> tuple[str, bool]:
    """The kind of operands, and whether such a slash usually divides by the first factor alone."""
    first = below[0][1]
    if isinstance(first, t.Number) and isinstance(_last(above), t.Number):
        return "of numbers", True
    if isinstance(first, t.Bracket):
        return "before a bracket", True
    if not e.is_scalar(side_by_side(below)):  # few divide by arrays
        return "before an array", True
    if isinstance(first, t.Number):
        return "before a number", not all(_is_plain(factor) for _, factor in below[1:])
    return "before a letter", False


def _last(tree: t.Tree) -> t.Tree:
    """The number that stands right before the slash in ``-1/2``, ``\\nabla_x 1/2`` and ``\\frac{\\partial}{\\partial x} 1/2``."""
    match tree:
        case t.Negative(operand=inner) | t.Nabla(operand=inner):
            return _last(inner)
        case t.ProductOf(factors=(*_, (_, inner))):
            return _last(inner)
        case _:
            return tree


def _is_plain(factor: t.Tree) -> bool:
    """``\\pi``, ``m``, ``\\sigma^2``: what a denominator goes on with, ``(x - \\mu)^2/2\\sigma^2``."""
    base = factor.base if isinstance(factor, t.Scripted) else factor
    return isinstance(base, t.Name) and not (isinstance(factor, t.Scripted) and factor.transpose)


def _then(factors: tuple[tuple[str, t.Tree], ...]) -> Factors:
    return [("", side_by_side(factors))] if factors else []
