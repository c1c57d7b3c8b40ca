"""Verdicts: a closed sum, each member with its evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction


@dataclass(frozen=True, slots=True)
class Exact:
    """rational + log2 · ln 2: the numbers that witnesses are made of."""

    rational: Fraction = Fraction(0)
    log2: Fraction = Fraction(0)

    def __str__(self) -> str:
        if not self.log2:
            return str(self.rational)
        factor = {1: "", -1: "-"}.get(self.log2.numerator, f"{self.log2.numerator}*")
        log = f"{factor}log(2)" + ("" if self.log2.denominator == 1 else f"/{self.log2.denominator}")
        if not self.rational:
            return log
        return f"{self.rational} + {log}".replace("+ -", "- ")


@dataclass(frozen=True, slots=True)
class Polynomial:
    """Stands for an unspecified function: Σ coefficient · ∏ entryᵉ over the argument's entries, row-major."""

    terms: tuple[tuple[Fraction, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True)
class Point:
    """Concrete values for everything free in a statement.

    Arrays, tangents (dX) and labels are flat, row-major; labels count from 1.  ``functions`` gives
    one polynomial for each entry of the function's value (one for φ : ℝ → ℝ).
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    arrays: Mapping[str, tuple[Exact, ...]] = field(default_factory=dict)
    tangents: Mapping[str, tuple[Exact, ...]] = field(default_factory=dict)
    labels: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    functions: Mapping[str, tuple[Polynomial, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Counterexample:
    """A point where guard · (left − right) ≠ 0.

    ``entry`` are the values of the free indices and, for array sides, the place in the array (from 1).
    ``left`` and ``right`` are exact values as text (``3/7``, ``log(2)``, ``1/2 + 3*log(2)``);
    ``differing`` of ``total`` entries differ at this point.
    """

    point: Point
    free_indices: Mapping[str, int]
    entry: tuple[int, ...]
    left: str
    right: str
    differing: int
    total: int
