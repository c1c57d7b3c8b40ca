"""What the second way computes with: SymPy expressions in symbols of our own, and why there may be none."""

from __future__ import annotations

from typing import Any, TypeAlias

from derivations.prove.zero import Algebra, Number, Poly

import sympy  # isort: skip  (zero.py chooses the ground types first)
from sympy import Rational

Scalar: TypeAlias = Any  # a SymPy expression (SymPy's own annotations do not carry)

NOTHING: Scalar = sympy.S.Zero
ONE: Scalar = sympy.S.One


class Undefined(Exception):
    """The statement has no value at these sizes, or uses what this evaluation does not know."""


def written(algebra: Algebra, poly: Poly) -> Scalar | None:
    """A polynomial as an expression again; None where it holds logs or roots."""
    terms: list[Scalar] = []
    for monomial, c in poly.items():
        factors: list[Scalar] = [_written_power(algebra, number, e) for number, e in monomial]
        if any(factor is None for factor in factors):
            return None
        terms.append(sympy.Mul(Rational(c.numerator, c.denominator), *factors))
    return sympy.Add(*terms)


def _written_power(algebra: Algebra, number: int, e: Number) -> Scalar | None:
    generator = algebra.generators[number]
    exponent = Rational(e.numerator, e.denominator)
    match generator.kind:
        case "leaf":
            return sympy.Pow(generator.body, exponent)
        case "exp" if (body := written(algebra, generator.body)) is not None:
            return sympy.exp(exponent * body)
        case "inverse" if (body := written(algebra, generator.body)) is not None:
            return sympy.Pow(body, -exponent)
        case _:
            return None
