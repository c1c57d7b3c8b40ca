"""Data to train with.  Libraries are imported where they are needed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Split:
    """Features (rows, columns) and labels from 0, for training, validation and test."""

    train: tuple[Any, Any]
    validation: tuple[Any, Any]
    test: tuple[Any, Any]
    classes: int


class NoData(ValueError):
    """Data that is not there or cannot be read; the message says what to do."""


def load(name: str) -> tuple[Any, Any]:
    """Features and labels by name."""
    if name != "digits":
        raise NoData(f"no data named {name!r}: known is digits")
    try:
        from sklearn.datasets import load_digits
    except ImportError:
        raise NoData("digits come with scikit-learn: pip install scikit-learn") from None
    found = load_digits()
    return found.data / 16.0, found.target.astype(np.intp)


def split(features: Any, labels: Any, seed: int, test: float = 0.2, validation: float = 0.1) -> Split:
    """Stratified: every part has the classes in the same proportions.  ``validation`` is a share of what is not test."""
    rng = np.random.default_rng(seed)
    parts: list[list[Any]] = [[], [], []]
    for label in np.unique(labels):
        rows = rng.permutation(np.flatnonzero(labels == label))
        tests = round(test * len(rows))
        held = tests + round(validation * (len(rows) - tests))
        for part, chosen in zip(parts, (rows[held:], rows[tests:held], rows[:tests]), strict=True):
            part.append(chosen)
    train, held_out, tested = (np.concatenate(p) for p in parts)
    return Split((features[train], labels[train]), (features[held_out], labels[held_out]), (features[tested], labels[tested]),
                 int(labels.max()) + 1)
