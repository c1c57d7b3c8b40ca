"""One training step: loss, gradients and, for plain descent, the update, on buffers that are made once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from numeric.chain import Chain
from numeric.program import RATE, program_of
from numeric.targets import numba, numpy
from numeric.targets.numpy import lengths

Step = Callable[..., float]


class Stepper:
    """A chain at fixed sizes; its parameters and gradients are views of two flat arrays.

    ``with_rate`` folds a learning rate into the gradients, which are then rate · ∂L/∂parameter.  ``backend`` is "numpy"
    or, for tiny batches, "numba".
    """

    def __init__(self, chain: Chain, sizes: Mapping[str, int], dtype: str, with_rate: bool, backend: str = "numpy") -> None:
        self.chain, self.sizes, self.dtype, self.with_rate = chain, dict(sizes), np.dtype(dtype), with_rate
        program = program_of(chain, with_rate)
        self.function = numpy.Function(program) if backend == "numpy" else numba.Function(program, self.dtype)
        shapes = {p: lengths(chain.context.variables[p].shape, sizes) for p in chain.parameters}
        counts = {p: int(np.prod(shape)) for p, shape in shapes.items()}
        self.flat, self.flat_gradients = (np.zeros(sum(counts.values()), self.dtype) for _ in range(2))
        self.parameters, self.gradients = (self._views(flat, shapes, counts) for flat in (self.flat, self.flat_gradients))

    @staticmethod
    def _views(flat: Any, shapes: Mapping[str, tuple[int, ...]], counts: Mapping[str, int]) -> dict[str, Any]:
        starts = np.cumsum([0, *counts.values()])
        return {p: flat[start:start + counts[p]].reshape(shapes[p]) for p, start in zip(shapes, starts, strict=False)}

    @property
    def data(self) -> list[str]:
        """What a step is called with, in order; the rate, where it is folded in, last."""
        program = self.function.program
        names = [str(v.data) for v in program.values if v.op in ("input", "labels") and v.data not in self.chain.parameters]
        return [n for n in names if n != RATE]

    def gradients_at(self, sizes: Mapping[str, int], rate: float = 1.0) -> Step:
        """A function of the data that writes the gradients and returns the loss; nothing is checked any more."""
        bound = self.function.at({**self.sizes, **sizes}, self.parameters, self.gradients, self.dtype, rate)

        def step(*data: Any) -> float:
            return bound(*data)[0]  # type: ignore[no-any-return]

        return step

    def descent_at(self, sizes: Mapping[str, int], rate: float) -> Step:
        """As ``gradients_at``, and the parameters take the step; needs ``with_rate``."""
        assert self.with_rate, "made without a rate"
        bound = self.function.at({**self.sizes, **sizes}, self.parameters, self.gradients, self.dtype, rate)
        flat, gradients, subtract = self.flat, self.flat_gradients, np.subtract

        def step(*data: Any) -> float:
            loss: float = bound(*data)[0]
            subtract(flat, gradients, flat)
            return loss

        return step
