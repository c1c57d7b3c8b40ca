"""How to train: everything that can be chosen, in one immutable value."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any, Literal

from numeric.data.table import Scale
from numeric.initial import SCHEMES
from numeric.lower import BadInput
from numeric.optimizers import OPTIMIZERS
from numeric.schedules import SHAPES

Backend = Literal["numpy", "numba", "jax", "torch"]
HIDDEN = 32  # a size that neither the data nor the caller fixes


@dataclass(frozen=True, slots=True)
class Settings:
    """Sizes that the data does not fix (``H``) are ``sizes``; numbers that it does not hold (``\\lambda``) ``constants``.

    ``batch`` None means 32 rows where the loss is a mean over rows, all of them where it is a sum.  ``rate`` None is the
    optimizer's usual one.  ``decay`` and ``clip`` (a bound on the gradient's norm) act on updates and are no part of the
    document's loss.  ``patience`` stops after that many epochs without a better validation loss, and keeps the best.
    ``test`` is a share of all rows, ``validation`` of the rest.  ``mesh`` names device axes: {"data": 4, "model": 2}.
    """

    sizes: Mapping[str, int] = field(default_factory=dict)
    constants: Mapping[str, Any] = field(default_factory=dict)
    epochs: int = 60
    batch: int | None = None
    rate: float | None = None
    optimizer: str = "adam"
    momentum: float = 0.9
    decay: float = 0.0
    schedule: str = "constant"
    warmup: int = 0
    factor: float = 0.1
    every: int = 0
    clip: float | None = None
    patience: int | None = None
    test: float = 0.2
    validation: float = 0.1
    scale: Scale | Literal["auto"] = "auto"
    initial: str = "auto"
    label: str | None = None
    dtype: str = "float32"
    seed: int = 0
    backend: Backend = "numpy"
    devices: int = 1
    mesh: Mapping[str, int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Raises BadInput for a name that is not known or a number out of range."""
        for what, name, known in (("optimizer", self.optimizer, OPTIMIZERS), ("schedule", self.schedule, SHAPES),
                                  ("initialisation", self.initial, SCHEMES), ("dtype", self.dtype, ("float32", "float64")),
                                  ("backend", self.backend, ("numpy", "numba", "jax", "torch")),
                                  ("scaling", self.scale, ("auto", "none", "unit", "standard"))):
            if name not in known:
                raise BadInput(f"no {what} named {name!r}: known are {', '.join(known)}")
        for what, good, wanted in (
            ("epochs", self.epochs >= 1, "at least 1"), ("batch", self.batch is None or self.batch >= 1, "at least 1"),
            ("rate", self.rate is None or 0 < self.rate < float("inf"), "above 0"),
            ("momentum", 0 <= self.momentum < 1, "from 0 to below 1"), ("decay", 0 <= self.decay < 1e6, "at least 0"),
            ("warmup", 0 <= self.warmup <= self.epochs, "from 0 to the epochs"), ("factor", self.factor > 0, "above 0"),
            ("every", self.every >= 0, "at least 0"), ("clip", self.clip is None or self.clip > 0, "above 0"),
            ("patience", self.patience is None or self.patience >= 1, "at least 1"),
            ("test", 0 <= self.test < 1, "a share from 0 to below 1"), ("seed", self.seed >= 0, "at least 0"),
            ("validation", 0 <= self.validation < 1, "a share from 0 to below 1"), ("devices", self.devices >= 1, "at least 1"),
        ):  # fmt: skip
            if not good:
                raise BadInput(f"{what} is {getattr(self, what)}: expected {wanted}")

    @property
    def learning_rate(self) -> float:
        return OPTIMIZERS[self.optimizer].rate if self.rate is None else self.rate

    def as_json(self) -> dict[str, Any]:
        """Numbers, text and dictionaries only; constants that are arrays stand in a checkpoint's tensors."""
        found = {f.name: getattr(self, f.name) for f in fields(self) if f.name != "constants"}
        return {n: dict(v) if isinstance(v, Mapping) else v for n, v in found.items()}
