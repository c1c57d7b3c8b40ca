"""A cheap look at a candidate before any proof: does it agree where the written line was seen to fail?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import cycle, islice
from math import prod

from derivations.claims import Statement, Variable
from derivations.expr import Expr
from derivations.prove.exactnumber import Number, OffDomain, OnKink, Unrepresentable, Unsupported, nonzero
from derivations.prove.pointwise import Draft, Question
from derivations.verdicts import Counterexample, Point, Refuted

Place = tuple[tuple[int, ...], tuple[int, ...]]
FILLING = {"binary": (1, 0), "sign": (1, -1)}


class Screen:
    """The point of a refutation, and the left side's values there, computed once."""

    def __init__(self, refuted: Refuted) -> None:
        self.point = refuted.witness.point if isinstance(refuted.witness, Counterexample) else None
        self.known: tuple[Expr, Mapping[Place, Number]] | None = None

    def passes(self, statement: Statement) -> bool:
        """False only where both sides were evaluated and differ, or the right one has no value."""
        if self.point is None:
            return True
        try:
            return self._agrees(statement, self.point)
        except OffDomain:
            return False
        except (OnKink, Unrepresentable, Unsupported):
            return True

    def _agrees(self, statement: Statement, point: Point) -> bool:
        left = self._left(statement, point)
        alone = Question(replace(statement, left=statement.right))
        for compared in alone.compare(_filled(alone, point), extended=True):
            value = left.get((compared.free, compared.entry))
            if value is None:
                return True  # other free indices than the left side has: the proof has to see
            if value is not compared.right and nonzero(value - compared.right):
                return False
        return True

    def _left(self, statement: Statement, point: Point) -> Mapping[Place, Number]:
        if self.known is None or self.known[0] != statement.left:
            question = Question(replace(statement, right=statement.left))
            values = {(c.free, c.entry): c.left for c in question.compare(_filled(question, point), extended=True)}
            self.known = statement.left, values
        return self.known[1]


def _filled(question: Question, point: Point) -> Draft:
    """The point, with plain numbers for what only the candidate reads."""
    draft = Draft.of(point)
    draft.sizes = dict.fromkeys(question.size_names(), 2) | dict(point.sizes)
    for name, variable in question.bases.items():
        if name not in draft.arrays:
            draft.arrays[name] = list(_plain_numbers(variable, prod(draft.size(d) for d in variable.shape)))
    for name, labels in question.labels.items():
        if name not in draft.labels:
            draft.labels[name] = (1,) * (draft.size(labels.rows) if labels.rows else 1)
    return draft


def _plain_numbers(variable: Variable, count: int) -> Iterator[Number]:
    return islice(cycle(FILLING.get(variable.domain, (1, 2, 3))), count)
