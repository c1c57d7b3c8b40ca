"""Verdicts: a closed sum, each member with its evidence.

What a verdict needs to be believed stands in it (docs/decisions/2026-11-23-flat-evidence.md): a proof names
its scope and its conditions, a refutation its witness.  Only ``prove/judge.py`` makes them; printers only print them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from derivations.claims import Statement
from derivations.source import Problem, Span


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
    derived: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # values of defined names in the claim, row-major


@dataclass(frozen=True, slots=True)
class ShapeWitness:
    """Why a claim fails before any number is put in: LaTeX of the parts → their shapes, as text."""

    shapes: Mapping[str, str]


Witness: TypeAlias = Counterexample | ShapeWitness


@dataclass(frozen=True, slots=True)
class AllSizes:
    """The scope of a proof that names no sizes."""

    def __str__(self) -> str:
        return "all sizes"


Scope: TypeAlias = AllSizes | tuple[Mapping[str, int], ...]


@dataclass(frozen=True, slots=True)
class Repair:
    """A claim near a refuted one that is itself proved, by ``proof``; ``edit`` says in words what was changed.

    ``latex`` is the whole line, ``right`` the part of it that takes the place of ``place`` in the text that was read
    (``Document.text``); without a place the line itself stays, and something else has to change.
    """

    latex: str
    edit: str
    scope: Scope
    proof: Proved | None = None
    right: str = ""
    place: Span | None = None
    assumes: str = ""  # a condition of the repaired line that nothing in the document says


@dataclass(frozen=True, slots=True)
class Definition:
    """The left side is new: nothing to judge."""

    conventions: tuple[str, ...] = ()


StepKind: TypeAlias = Literal[
    "sizes",  # large numeric sizes made into letters
    "unfold",  # a definition of the document put in
    "kept",  # names that stay names: the line holds whatever they are
    "function",  # a known function written out: softmax, tanh …
    "variable",  # what is differentiated by, where it has a definition of its own
    "differential",  # compared for every dX
    "derivative",  # a rule of differentiation
    "rewrite",  # a rule of the normal form that is more than collecting terms
    "normal form",  # what both sides come to
    "entry by entry",  # the comparison at named sizes
]


@dataclass(frozen=True, slots=True)
class ProofStep:
    """One step of a proof for a reader: a sentence, a formula in LaTeX, and where a rule is from; both may be empty."""

    kind: StepKind
    text: str
    latex: str = ""
    source: str = ""


@dataclass(frozen=True, slots=True)
class Proved:
    """True: for every size, or exactly at the sizes named in ``scope`` and then told as such, never more.

    ``steps`` tell the proof to a reader; they are filled in where a report asks for them, and empty else.
    """

    statement: Statement
    scope: Scope
    method: str
    conventions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    steps: tuple[ProofStep, ...] = ()


@dataclass(frozen=True, slots=True)
class Refuted:
    """False; the witness is the evidence.

    ``reason`` is what went wrong, where that was found, and ``remarks`` are what else there is to say, behind the
    evidence.  ``code`` names the kind of mistake (docs/codes.md) where it was recognised.
    """

    witness: Witness
    statement: Statement | None = None
    repair: Repair | None = None
    conventions: tuple[str, ...] = ()
    reason: str = ""
    method: str = "exact evaluation"
    remarks: tuple[str, ...] = ()
    code: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """Understood and not decided; limits end here and nowhere else."""

    reason: str
    code: str
    conventions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Not understood, not conforming or undeclared: the place and what was expected."""

    problem: Problem
    conventions: tuple[str, ...] = ()


Verdict: TypeAlias = Definition | Proved | Refuted | Unknown | Unreadable
Word: TypeAlias = Literal["definition", "proved", "refuted", "unknown", "unreadable"]
