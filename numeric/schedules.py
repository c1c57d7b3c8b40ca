"""How the learning rate goes: rows, each a factor on the rate by where in training a step stands."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

Shape = Callable[[float, "Schedule"], float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """``epochs`` in all, of ``steps`` each.  The first ``warmup`` epochs rise from 0 in equal steps, and replace the schedule's.

    ``step`` multiplies the rate by ``factor`` every ``every`` epochs.
    """

    name: str
    epochs: int
    steps: int
    warmup: int = 0
    factor: float = 0.1
    every: int = 0

    @property
    def is_constant(self) -> bool:
        return self.name == "constant" and not self.warmup

    def __call__(self, step: int) -> float:
        """The factor at a step, counted from 0."""
        rising = self.warmup * self.steps
        if step < rising:
            return (step + 1) / rising
        return SHAPES[self.name](step / self.steps, self)


def constant(epoch: float, schedule: Schedule) -> float:
    return 1.0


def stairs(epoch: float, schedule: Schedule) -> float:
    every = schedule.every or max(1, schedule.epochs // 3)
    return schedule.factor ** (int(epoch) // every)


def cosine(epoch: float, schedule: Schedule) -> float:
    """Half a wave from 1 to 0 after the warm-up (Loshchilov and Hutter 2017, without restarts)."""
    rest = schedule.epochs - schedule.warmup
    return 0.5 * (1 + math.cos(math.pi * min(1.0, (epoch - schedule.warmup) / rest))) if rest > 0 else 1.0


SHAPES: dict[str, Shape] = {"constant": constant, "step": stairs, "cosine": cosine}
