"""Mini-batches in a shuffled order, without an array made in a step."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

BLOCK = 1 << 20  # bytes of rows that are put in order at a time: they stay in the processor's cache until they are used

Step = Callable[..., float]
Call = tuple[Step, tuple[Any, ...], int]


class Batches:
    """Steps over the rows of some arrays, ``batch`` rows each, the last one the rest.

    Rows are taken block by block into one buffer; the arguments of every step are views of it that are made once.
    ``step_of`` makes the step for a number of rows; ``names`` are the arguments in order, found in ``arrays`` (one entry
    a row) or ``constants``.
    """

    def __init__(self, names: Sequence[str], arrays: Mapping[str, Any], constants: Mapping[str, Any], rows: int, batch: int,
                 step_of: Callable[[int], Step]) -> None:
        self.rows, self.batch = rows, min(batch, rows)
        width = sum(a.nbytes // max(1, len(a)) for a in arrays.values())
        length = max(1, BLOCK // max(1, width * self.batch)) * self.batch
        self.length = min(length, -(-rows // self.batch) * self.batch)
        self.pairs = [(a, np.empty((min(self.length, rows), *a.shape[1:]), a.dtype)) for a in arrays.values()]
        held = dict(zip(arrays, (buffer for _, buffer in self.pairs), strict=True))
        made: dict[int, Step] = {}

        def calls(count: int) -> list[Call]:
            found = []
            for start in range(0, count, self.batch):
                taken = min(self.batch, count - start)
                step = made.setdefault(taken, step_of(taken)) if taken not in made else made[taken]
                arguments = tuple(held[n][start:start + taken] if n in held else constants[n] for n in names)
                found.append((step, arguments, taken))
            return found

        full, rest = calls(min(self.length, rows)), rows % self.length
        self.blocks = [(start, min(start + self.length, rows)) for start in range(0, rows, self.length)]
        self.calls = [full] * (rows // self.length) + ([calls(rest)] if rest and rows >= self.length else
                                                       [full] if rest else [])

    @property
    def steps(self) -> int:
        """Steps an epoch."""
        return -(-self.rows // self.batch)

    def epoch(self, order: Any, first: int = 0) -> Iterator[Call]:
        """The calls of an epoch that goes through the rows in an order, from its step ``first`` on."""
        done = 0
        for (start, end), calls in zip(self.blocks, self.calls, strict=True):
            if done + len(calls) > first:
                chosen = order[start:end]
                for array, buffer in self.pairs:
                    array.take(chosen, 0, buffer[:end - start], "clip")
                yield from calls[max(0, first - done):]
            done += len(calls)
