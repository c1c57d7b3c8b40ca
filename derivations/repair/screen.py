"""A cheap look at a candidate before any proof: does it agree where wrong lines were seen to fail?

Everything is compiled and evaluated once for all candidates: definitions, the left side, and whatever
candidates have in common.  A wrong candidate that slips through leaves behind the point at which it fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice, product
from math import prod

from derivations.claims import Statement
from derivations.expr import Expr, free_indices
from derivations.prove.dual import primal
from derivations.prove.evaluation import Frame, Values, World
from derivations.prove.exactnumber import Number, OffDomain, OnKink, Unrepresentable, Unsupported, nonzero
from derivations.prove.pointwise import STEPS, Draft, Question
from derivations.prove.witness import Budget, telling_point
from derivations.shapes import shape
from derivations.verdicts import Counterexample, Point, Refuted

LOOK = Budget(points=6, attempts=24, each_size=3, sparse=0, steps=60_000)
FILLING = {"binary": (1, 0), "sign": (1, -1)}


class Screen:
    """The points at which wrong candidates have failed, one room for each left side as it is understood."""

    def __init__(self, refuted: Refuted) -> None:
        self.refuted = refuted
        self.points = [refuted.witness.point] if isinstance(refuted.witness, Counterexample) else []
        self.rooms: list[_Room] = []

    def widen(self) -> None:
        """The point of the refutation is the plainest; one that is less so tells more candidates apart."""
        statement = self.refuted.statement
        if statement is not None and (point := telling_point(statement, LOOK)) is not None:
            self.points.insert(0, point)
            self.rooms.clear()

    def agrees(self, statement: Statement) -> bool:
        """False only where both sides were evaluated and differ, or the right one has no value."""
        try:
            return self._room(statement).agrees(statement.right, self.points)
        except OffDomain:
            return False
        except (OnKink, Unrepresentable, Unsupported):
            return True

    def fails_elsewhere(self, statement: Statement) -> bool:
        """Whether a point is found at which the sides differ; later candidates have to pass there too."""
        point = telling_point(statement, LOOK)
        if point is not None:
            self.points.append(point)
        return point is not None

    def _room(self, statement: Statement) -> _Room:
        for room in self.rooms:
            if room.fits(statement):
                return room
        self.rooms.append(_Room(statement))
        return self.rooms[-1]


@dataclass(slots=True)
class _Place:
    """A point made ready, with the left side's values there."""

    draft: Draft
    frame: Frame
    world: World
    left: list[tuple[tuple[int, ...], list[Number]]]


class _Room:
    """One left side in one context, compiled; the places where it has been evaluated."""

    def __init__(self, statement: Statement) -> None:
        self.question = Question(replace(statement, right=statement.left))
        self.places: list[_Place] = []

    def fits(self, statement: Statement) -> bool:
        own = self.question.statement
        return own.left == statement.left and own.guards == statement.guards and own.context == statement.context

    def agrees(self, right: Expr, points: list[Point]) -> bool:
        """Whether the right side has the left one's values at all points."""
        if not free_indices(right) <= set(self.question.free) or shape(right) != self.question.shape:
            return True  # nothing to compare with: the proof has to see
        code = self.question.program.code(right)
        for n, point in enumerate(points):
            if n == len(self.places):
                self.places.append(self._place(point))
            place = self.places[n]
            self._ready(place, code.reads)
            for free, values in place.left:
                self._enter(place.frame, free)
                found = place.frame.value(code, place.world)
                if any(a is not primal(b) and nonzero(a - primal(b)) for a, b in zip(values, found, strict=True)):
                    return False
        return True

    def _place(self, point: Point) -> _Place:
        draft = Draft.of(point)
        names = {n for v in self.question.statement.context.variables.values() for d in v.shape for n in d.names}
        draft.sizes = dict.fromkeys((*sorted(names), *self.question.size_names()), 2) | dict(point.sizes)
        frame, world = self.question.frame(draft, extended=True)
        place = _Place(draft, frame, world, [])
        self._ready(place, self.question.reads)
        place.left += self._left(place)
        return place

    def _left(self, place: _Place) -> Iterator[tuple[tuple[int, ...], list[Number]]]:
        """The values at every assignment of the free indices that the guards leave."""
        frame, question = place.frame, self.question
        for free in product(*(range(1, frame.size(i.dim) + 1) for i in question.free)):
            self._enter(frame, free)
            if all(nonzero(primal(frame.scalar(g, place.world))) for g in question.guards):
                yield free, [primal(v) for v in frame.value(question.left, place.world)]

    def _enter(self, frame: Frame, free: tuple[int, ...]) -> None:
        for index, value in zip(self.question.free, free, strict=True):
            frame.slots[self.question.program.slot(index)] = value

    def _ready(self, place: _Place, reads: frozenset[str]) -> None:
        """Room for new binders, plain numbers for variables that only the candidate reads, a fresh count of steps."""
        place.frame.steps = STEPS
        place.frame.slots += [0] * (self.question.program.slot_count - len(place.frame.slots))
        variables = self.question.statement.context.variables
        for name in reads - place.world.values.keys() - self.question.statement.context.definitions.keys():
            if name in variables:
                count = prod(place.draft.size(d) for d in variables[name].shape)
                place.world.values[name] = _plain_numbers(variables[name].domain, count)


def _plain_numbers(domain: str, count: int) -> Values:
    return list(islice(cycle(FILLING.get(domain, (1, 2, 3))), count))
