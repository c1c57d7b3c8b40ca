"""Which rows train, which are held back, and how features are scaled: statistics come from the training rows alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from numeric.data.table import Scale


@dataclass(frozen=True, slots=True)
class Rows3:
    """Row numbers of the three parts; disjoint, and together all rows."""

    train: Any
    validation: Any
    test: Any


def parted(count: int, classes: Any | None, seed: int, test: float, validation: float) -> Rows3:
    """``validation`` is a share of what is not test.  With ``classes`` (count,), every part has them in the same proportions.

    Every class keeps at least one row for training.
    """
    rng = np.random.default_rng(seed)
    groups = [np.arange(count)] if classes is None else [np.flatnonzero(classes == c) for c in np.unique(classes)]
    parts: tuple[list[Any], ...] = ([], [], [])
    for group in groups:
        rows = rng.permutation(group)
        tests = min(round(test * len(rows)), len(rows) - 1)
        held = min(tests + round(validation * (len(rows) - tests)), len(rows) - 1)
        for part, chosen in zip(parts, (rows[held:], rows[tests:held], rows[:tests]), strict=True):
            part.append(chosen)
    return Rows3(*(np.concatenate(p) for p in parts))


@dataclass(frozen=True, slots=True)
class Scaling:
    """x ↦ (x − offset) / divisor, column by column; both are (columns,), or numbers."""

    kind: Scale
    offset: Any
    divisor: Any

    def __call__(self, features: Any, dtype: Any) -> Any:
        if self.kind == "none":
            return np.ascontiguousarray(features, dtype)
        return np.ascontiguousarray((features - self.offset) / self.divisor, dtype)


UNSCALED = Scaling("none", np.zeros(1), np.ones(1))


def scaling(kind: Scale, features: Any, largest: float | None) -> Scaling:
    """``unit``: to 0…1, by ``largest`` where that is known, else column by column; ``standard``: mean 0, deviation 1."""
    if kind == "none":
        return UNSCALED
    if kind == "unit" and largest is not None:
        return Scaling(kind, np.zeros(1), np.full(1, largest))
    values = np.asarray(features, np.float64)
    if kind == "unit":
        offset, divisor = values.min(axis=0), np.ptp(values, axis=0)
    else:
        offset, divisor = values.mean(axis=0), values.std(axis=0)
    divisor = np.where(divisor > 1e-12 * np.abs(offset), divisor, 1.0)  # a column that never changes stays 0
    return Scaling(kind, offset, divisor)
