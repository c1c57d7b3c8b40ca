"""What the second way computes with: SymPy expressions in symbols of our own, and why there may be none."""

from __future__ import annotations

from typing import Any, TypeAlias

import derivations.prove.zero  # noqa: F401  (chooses SymPy's ground types first)

import sympy  # isort: skip

Scalar: TypeAlias = Any  # a SymPy expression (SymPy's own annotations do not carry)

NOTHING: Scalar = sympy.S.Zero
ONE: Scalar = sympy.S.One


class Undefined(Exception):
    """The statement has no value at these sizes, or uses what this evaluation does not know."""
