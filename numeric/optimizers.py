"""Update rules: plain functions on one flat array of parameters."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True, slots=True)
class Optimizer:
    """``update(parameters, gradients)`` changes the parameters in place."""

    name: str
    rate: float
    update: Callable[[Any, Any], None]


def sgd(rate: float, like: Any) -> Optimizer:
    """x ← x − rate·g; the gradients come multiplied by the rate already."""

    def update(parameters: Any, gradients: Any) -> None:
        np.subtract(parameters, gradients, parameters)

    return Optimizer("sgd", rate, update)


def adam(rate: float, like: Any, beta1: float = 0.9, beta2: float = 0.999, epsilon: float = 1e-8) -> Optimizer:
    """Kingma and Ba's algorithm 1, with both moments corrected for their start at 0."""
    first, second = np.zeros_like(like), np.zeros_like(like)
    scratch, divisor = np.empty_like(like), np.empty_like(like)
    steps = 0

    def update(parameters: Any, gradients: Any) -> None:
        nonlocal steps
        steps += 1
        np.multiply(first, beta1, first)
        np.add(first, np.multiply(gradients, 1 - beta1, scratch), first)
        np.multiply(second, beta2, second)
        np.multiply(gradients, gradients, scratch)
        np.add(second, np.multiply(scratch, 1 - beta2, scratch), second)
        np.sqrt(np.multiply(second, 1 / (1 - beta2**steps), divisor), divisor)
        np.add(divisor, epsilon, divisor)
        np.divide(np.multiply(first, rate / (1 - beta1**steps), scratch), divisor, scratch)
        np.subtract(parameters, scratch, parameters)

    return Optimizer("adam", rate, update)


OPTIMIZERS: dict[str, Callable[[float, Any], Optimizer]] = {"sgd": sgd, "adam": adam}
RATES = {"sgd": 0.1, "adam": 1e-3}
FOLDS_RATE = frozenset({"sgd"})  # these take gradients that come multiplied by the rate
