"""Derivatives between proof and code: of a function of one number, and what stands before a differential.

The lines that need them were proved with these derivatives in them (``φ'``, ``dL = tr(Gᵀ dX)``); here they get numbers.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

from derivations.expr import Index
from numeric.algebra import Algebra
from numeric.tensor import (
    MINUS_ONE,
    ONE,
    ZERO,
    Axis,
    Call,
    Extent,
    Eye,
    Function,
    Node,
    Number,
    Pi,
    Power,
    Product,
    Ref,
    Sum,
    walk,
)


class NotComputable(ValueError):
    """A part of a formula that has no numbers to it here; the message says which."""


DERIVATIVES: dict[Function, Callable[[Algebra, Node], Node]] = {
    "exp": lambda algebra, x: algebra.call("exp", x),
    "log": lambda algebra, x: algebra.power(x, MINUS_ONE),
    "relu": lambda algebra, x: algebra.call("step", x),
    "abs": lambda algebra, x: algebra.call("sign", x),
    "sin": lambda algebra, x: algebra.call("cos", x),
    "cos": lambda algebra, x: algebra.product((), (MINUS_ONE, algebra.call("sin", x))),
    "tanh": lambda algebra, x: _one_less(algebra, algebra.power(Call("tanh", x), Number(Fraction(2)))),
    "sigmoid": lambda algebra, x: algebra.product((), (Call("sigmoid", x), _one_less(algebra, Call("sigmoid", x)))),
    "softplus": lambda algebra, x: algebra.call("sigmoid", x),
    "step": lambda algebra, x: ZERO,
    "sign": lambda algebra, x: ZERO,
}  # fmt: skip


def _one_less(algebra: Algebra, node: Node) -> Node:
    return algebra.add((ONE, algebra.product((), (MINUS_ONE, node))))


def slope(algebra: Algebra, node: Node, of: Ref) -> Node:
    """The derivative of a number by the number ``of``; raises NotComputable where there is no rule."""
    if of not in walk(node):
        return ZERO
    match node:
        case Ref():
            return ONE
        case Sum(terms=terms):
            return algebra.add([slope(algebra, t, of) for t in terms])
        case Product(summed=(), factors=factors):
            others = [(factor, [f for f in factors if f is not factor]) for factor in factors]
            return algebra.add([algebra.product((), (slope(algebra, f, of), *rest)) for f, rest in others])
        case Power(base=base, exponent=Number(value=n)):
            outer = algebra.product((), (Number(n), algebra.power(base, Number(n - 1))))
            return algebra.product((), (outer, slope(algebra, base, of)))
        case Call(function=function, operand=operand):
            return algebra.product((), (DERIVATIVES[function](algebra, operand), slope(algebra, operand, of)))
        case _:
            raise NotComputable("the derivative of a function that the document defines so: write it out")


def substituted(algebra: Algebra, node: Node, old: Ref, new: Node) -> Node:
    """``node`` with ``new`` for the number ``old``; raises NotComputable inside anything but functions of one number."""
    match node:
        case Ref() | Number() | Extent() | Pi():
            return new if node == old else node
        case Sum(terms=terms):
            return algebra.add([substituted(algebra, t, old, new) for t in terms])
        case Product(summed=(), factors=factors):
            return algebra.product((), [substituted(algebra, f, old, new) for f in factors])
        case Power(base=base, exponent=exponent):
            return algebra.power(substituted(algebra, base, old, new), substituted(algebra, exponent, old, new))
        case Call(function=function, operand=operand):
            return algebra.call(function, substituted(algebra, operand, old, new))
        case _ if old in walk(node):
            raise NotComputable("the derivative of a function that the document defines so: write it out")
        case _:
            return node


def coefficient(algebra: Algebra, node: Node, tangent: str, at: tuple[Axis, ...]) -> Node:
    """G at the axes ``at``, where ``node`` is Σ G · dX, ``tangent`` being the name of dX.

    Raises NotComputable where dX stands otherwise than as a factor.
    """
    if not any(isinstance(n, Ref) and n.name == tangent for n in walk(node)):
        return ZERO
    match node:
        case Ref(at=places):
            return algebra.product((), [_same(axis, place) for axis, place in zip(at, places, strict=True)])
        case Sum(terms=terms):
            return algebra.add([coefficient(algebra, t, tangent, at) for t in terms])
        case Product(summed=summed, factors=factors):
            having = [f for f in factors if any(isinstance(n, Ref) and n.name == tangent for n in walk(f))]
            if len(having) == 1:
                others = [f for f in factors if f is not having[0]]
                return algebra.product(summed, (*others, coefficient(algebra, having[0], tangent, at)))
    raise NotComputable("the differential is no factor of the terms that it stands in")


def _same(axis: Axis, place: Axis | int) -> Node:
    if not isinstance(place, Index):
        raise NotComputable("a fixed entry of a differential is not supported in code")
    return Eye(axis, place)
