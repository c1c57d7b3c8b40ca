"""What is claimed, and in which world: the data between interpretation and judgement."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from derivations.expr import Dim, Expr, Shape
from derivations.source import Problem, Span

Sign = Literal[">", "≥", "≠"]


@dataclass(frozen=True, slots=True)
class Variable:
    """A declared array.  ``domain`` restricts its entries; ``definite`` means positive definite (and symmetric)."""

    name: str
    shape: Shape
    symmetric: bool = False
    definite: bool = False
    domain: Literal["real", "positive", "nonnegative", "nonzero", "binary", "sign"] = "real"


@dataclass(frozen=True, slots=True)
class Labels:
    """Labels in 1..classes, one per row (``rows``), or a single one (``rows`` is None)."""

    name: str
    rows: Dim | None
    classes: Dim


@dataclass(frozen=True, slots=True)
class FreeFunction:
    """φ : ℝ → ℝ applied entrywise (``argument`` is None), or ℓ of a whole array; ``positive`` for values > 0."""

    name: str
    argument: Shape | None
    value: Shape
    positive: bool = False


@dataclass(frozen=True, slots=True)
class Equation:
    """An assumption: both sides are equal, entry by entry."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class SignAssumption:
    """An assumption: every entry of ``operand`` compares with 0 as ``sign`` says."""

    operand: Expr
    sign: Sign


Assumption: TypeAlias = Equation | SignAssumption


@dataclass(frozen=True, slots=True)
class Context:
    """All that the document has said before a claim.

    ``variables`` holds declared and defined names alike; ``definitions`` maps a
    name to the expression that it stands for.  Definitions are acyclic.
    """

    variables: Mapping[str, Variable] = field(default_factory=dict)
    labels: Mapping[str, Labels] = field(default_factory=dict)
    functions: Mapping[str, FreeFunction] = field(default_factory=dict)
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    assumptions: tuple[Assumption, ...] = ()


@dataclass(frozen=True, slots=True)
class Statement:
    """One equality to be judged: for all values, guard · (left − right) = 0, entry by entry.

    Both sides have one shape.  ``guards`` are scalars valued 0 or 1 (side
    conditions: δ, 1 − δ, step).  Free indices are universally quantified.
    """

    left: Expr
    right: Expr
    context: Context
    guards: tuple[Expr, ...] = ()


@dataclass(frozen=True, slots=True)
class Training:
    """Which names play which part in training; what the document does not say is None or empty."""

    loss: str | None = None
    features: str | None = None
    labels: str | None = None
    parameters: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Caveat:
    """A reading that is not supported and under which a false claim might be meant.

    Where it is about a matrix, ``shape`` is that matrix's: with a single row or column both readings agree.
    """

    text: str
    shape: Shape | None = None

    def matters(self, sizes: Mapping[str, int]) -> bool:
        """Whether the readings differ at these sizes."""
        return self.shape is None or all(dim.at(sizes) > 1 for dim in self.shape)


Kind = Literal["equality", "gradient", "differential", "definition"]


@dataclass(frozen=True, slots=True)
class Claim:
    """One relation of the document that is to be judged.

    ``conventions`` are readings that hold for this claim and must be told with its verdict;
    ``caveats`` are readings that are not supported and under which a false claim might be meant.
    """

    span: Span
    kind: Kind
    statement: Statement
    conventions: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True, slots=True)
class Defined:
    """A relation that gives a name its meaning: nothing to judge."""

    span: Span
    name: str
    conventions: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Misread:
    """A relation that could not be understood.  ``shapes`` is set where it fails by declared shapes alone."""

    span: Span
    problem: Problem
    shapes: Mapping[str, str] | None = None


Step: TypeAlias = Claim | Defined | Misread
