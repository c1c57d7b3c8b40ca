"""Expressions of the second way in plain numbers of many digits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import mpmath
import sympy


def numeric(e: Any, symbol: Callable[[Any], Any]) -> Any:
    """``e``, where ``symbol`` says what each symbol is."""
    if isinstance(e, (int, sympy.Rational)):
        return mpmath.mpf(int(e.p)) / int(e.q) if isinstance(e, sympy.Rational) else mpmath.mpf(e)
    if isinstance(e, sympy.Symbol):
        return symbol(e)
    if e is sympy.S.Exp1:
        return mpmath.e
    parts = [numeric(a, symbol) for a in e.args]
    if isinstance(e, sympy.Add):
        return sum(parts)
    if isinstance(e, sympy.Mul):
        return mpmath.fprod(parts)
    if isinstance(e, sympy.Pow):
        base, exponent = parts
        return base ** int(exponent) if exponent == int(exponent) else base**exponent
    return {sympy.exp: mpmath.exp, sympy.log: mpmath.log}[type(e)](*parts)
