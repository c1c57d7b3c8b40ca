"""Who computes gradients: NumPy with buffers, or another library's arrays; the update is NumPy's in either case."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np

from numeric.batches import Step
from numeric.chain import Chain
from numeric.lower import BadInput, Foreign
from numeric.problem import Problem
from numeric.program import program_of
from numeric.settings import Settings
from numeric.step import Stepper


class Engine(Protocol):
    """Parameters and gradients are views of two flat arrays."""

    flat: Any
    flat_gradients: Any
    parameters: dict[str, Any]

    @property
    def data(self) -> list[str]: ...

    def gradients_at(self, sizes: Mapping[str, int], rate: float = 1.0) -> Step: ...


class ForeignStepper(Stepper):
    """Gradients from JAX or PyTorch; they are written back to the flat array of the host."""

    def __init__(self, chain: Chain, sizes: Mapping[str, int], dtype: str, backend: str) -> None:
        super().__init__(chain, sizes, dtype, with_rate=False)
        self.foreign = Foreign(program_of(chain), backend)

    def gradients_at(self, sizes: Mapping[str, int], rate: float = 1.0) -> Step:
        here, names = {**self.sizes, **sizes}, self.data

        def step(*data: Any) -> float:
            loss, gradients = self.foreign({**dict(zip(names, data, strict=True)), **self.parameters}, here)
            for name, buffer in self.gradients.items():
                buffer[...] = np.asarray(gradients[name])
            return loss

        return step


def engine_of(problem: Problem, settings: Settings, fold: bool) -> Engine:
    """``fold``: gradients come multiplied by the rate.  Raises BadInput where a library is not installed."""
    try:
        if settings.devices > 1 or settings.mesh:
            if settings.backend != "jax":
                raise BadInput("several devices need --backend jax")
            from numeric.sharding import ShardedStepper

            return ShardedStepper(problem, settings)
        if settings.backend in ("numpy", "numba"):
            return Stepper(problem.chain, problem.sizes, settings.dtype, with_rate=fold, backend=settings.backend)
        return ForeignStepper(problem.chain, problem.sizes, settings.dtype, settings.backend)
    except ImportError as error:
        raise BadInput(f"{error.name} is not installed: pip install 'derivations[{settings.backend}]'") from None
