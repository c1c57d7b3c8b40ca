"""Forms for people: as expressions again, and as LaTeX."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from derivations.expr import Expr, Num, UNIT
from derivations.prove.indexform import Form
from derivations.prove.translate import Translator


@dataclass(frozen=True, slots=True)
class Condition:
    """What the proof asks of the values: of every entry, for all values of the free indices.

    ``term`` is the scalar or, for ``invertible``, the matrix of which ``kind`` holds.
    """

    kind: Literal["nonzero", "nonnegative", "positive", "kink", "invertible"]
    term: Expr
    text: str
    origin: str


def conditions(translator: Translator) -> tuple[Condition, ...]:
    return tuple(
        Condition(r.need, UNIT, str(r.form), r.origin) for r in translator.algebra.requirements.values()
    )


def formula(translator: Translator, form: Form) -> str:
    return str(form)
