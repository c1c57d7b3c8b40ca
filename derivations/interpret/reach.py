"""How far an operator in front of a product with signs reaches: ``\\frac{d}{dx} a \\cdot x``, ``\\nabla_x 1/2\\, x^T x``.

It acts on the product that follows, signs included, but not on further derivatives, as in the chain rule
``\\frac{\\partial}{\\partial z} L \\cdot \\frac{\\partial z}{\\partial x}``; of a bracket the document decides.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypeAlias

from derivations.expr import free_symbols
from derivations.interpret.trees import side_by_side, tree_nodes
from derivations.read import tree as t
from derivations.source import Problem

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

Factors: TypeAlias = tuple[tuple[str, t.Tree], ...]
IN_FRONT = "∂ in front "  # kinds of choices about operators begin so
BRACKET = f"{IN_FRONT}of a bracket"


def reaching_further(e: Elaborator, factors: Factors) -> Factors | None:
    """The factors with an operator that acts on all that follows it; None where none does."""
    for n, (sign, factor) in enumerate(factors[:-1]):
        run = factor.factors if isinstance(factor, t.ProductOf) else (("", factor),)
        rest = factors[n + 1 :]
        if any(inner for inner, _ in run):
            continue
        place = next((m for m, (_, x) in enumerate(run) if isinstance(x, t.DerivativeOf) and x.operand is None), None)
        if place is not None and place + 1 < len(run) and _acts_on_all(e, run[place + 1 :], rest):
            before = ((sign, side_by_side(run[:place])),) if place else ()
            operator = ("" if place else sign, run[place][1])
            return (*factors[:n], *before, operator, ("", side_by_side(run[place + 1 :])), *rest)
        last = run[-1][1]
        if isinstance(last, t.Nabla) and _is_constant(e, last):
            whole = t.ProductOf((("", last.operand), *rest), span=last.operand.span | rest[-1][1].span)
            return (*factors[:n], *(((sign, side_by_side(run[:-1])),) if len(run) > 1 else ()),
                    ("" if len(run) > 1 else sign, replace(last, operand=whole)))
    return None


def _acts_on_all(e: Elaborator, first: Factors, rest: Factors) -> bool:
    if any(isinstance(node, (t.DerivativeOf, t.Nabla, t.DifferentialOf)) for _, factor in rest for node in tree_nodes(factor)):
        return False
    return not (len(first) == 1 and isinstance(first[0][1], t.Bracket)) or not bracket_alone(e)


def bracket_alone(e: Elaborator) -> bool:
    """Whether an operator in front of a bracket acts on nothing behind the bracket."""
    alone = bool(e.algebra.choices.pick(BRACKET))
    e.algebra.tell(f"∂ in front of a bracket acts on {'it alone' if alone else 'the whole product'}")
    return alone


def _is_constant(e: Elaborator, nabla: t.Nabla) -> bool:
    """Whether what stands next to ∇ does not depend on its variable: nobody asks for the gradient of that alone."""
    if nabla.by is None:
        return False
    try:
        with e.algebra.dimensions.untouched():
            of, by = e.expression(nabla.operand), e.expression(nabla.by)
    except Problem:
        return False
    return {s.name for s in free_symbols(by)}.isdisjoint(e.reads(of))
