"""Update rules on one flat array of parameters, without an array made in a step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np


class Rule(Protocol):
    """``state`` is all that a rule remembers, flat arrays like the parameters; a checkpoint keeps it."""

    state: dict[str, Any]

    def __call__(self, parameters: Any, gradients: Any, rate: float, step: int) -> None:
        """Changes the parameters in place; ``step`` counts from 1.  The gradients may be overwritten."""


@dataclass(frozen=True, slots=True)
class Options:
    """``decay`` is the weight decay that is not part of the document's loss; ``momentum`` counts where a rule has one."""

    momentum: float = 0.9
    decay: float = 0.0
    beta1: float = 0.9
    beta2: float = 0.999
    epsilon: float = 1e-8


@dataclass(slots=True)
class Sgd:
    """x ← x − rate · g."""

    like: Any
    options: Options
    state: dict[str, Any] = field(init=False, default_factory=dict)

    def __call__(self, parameters: Any, gradients: Any, rate: float, step: int) -> None:
        np.multiply(gradients, rate, gradients)
        np.subtract(parameters, gradients, parameters)


@dataclass(slots=True)
class Momentum:
    """v ← μ v + g;  x ← x − rate · v, or with Nesterov's correction x ← x − rate · (g + μ v).

    As in Sutskever and others (2013) and PyTorch: the rate is outside of v, so that a schedule acts at once.
    """

    like: Any
    options: Options
    nesterov: bool = False
    state: dict[str, Any] = field(init=False)
    scratch: Any = field(init=False)

    def __post_init__(self) -> None:
        self.state = {"velocity": np.zeros_like(self.like)}
        self.scratch = np.empty_like(self.like)

    def __call__(self, parameters: Any, gradients: Any, rate: float, step: int) -> None:
        velocity, scratch = self.state["velocity"], self.scratch
        np.multiply(velocity, self.options.momentum, velocity)
        np.add(velocity, gradients, velocity)
        if self.nesterov:
            np.multiply(velocity, self.options.momentum, scratch)
            np.add(scratch, gradients, scratch)
            np.multiply(scratch, rate, scratch)
        else:
            np.multiply(velocity, rate, scratch)
        np.subtract(parameters, scratch, parameters)


@dataclass(slots=True)
class Adam:
    """Kingma and Ba (2015), algorithm 1; the two corrections for the moments' start at 0 are taken out of the arrays.

    m̂ / (√v̂ + ε) = m · (√c₂ / c₁) / (√v + ε √c₂) with c₁ = 1 − β₁ᵗ, c₂ = 1 − β₂ᵗ.
    With ``decoupled`` decay x ← (1 − rate · decay) x comes first: AdamW (Loshchilov and Hutter 2019).
    """

    like: Any
    options: Options
    decoupled: bool = False
    state: dict[str, Any] = field(init=False)
    scratch: Any = field(init=False)

    def __post_init__(self) -> None:
        self.state = {"first": np.zeros_like(self.like), "second": np.zeros_like(self.like)}
        self.scratch = np.empty_like(self.like)

    def __call__(self, parameters: Any, gradients: Any, rate: float, step: int) -> None:
        o, first, second, scratch = self.options, self.state["first"], self.state["second"], self.scratch
        root = (1 - o.beta2**step) ** 0.5
        if self.decoupled and o.decay:
            np.multiply(parameters, 1 - rate * o.decay, parameters)
        np.multiply(first, o.beta1, first)
        np.multiply(gradients, 1 - o.beta1, scratch)
        np.add(first, scratch, first)
        np.multiply(second, o.beta2, second)
        np.multiply(gradients, gradients, gradients)
        np.multiply(gradients, 1 - o.beta2, gradients)
        np.add(second, gradients, second)
        np.sqrt(second, scratch)
        np.add(scratch, o.epsilon * root, scratch)
        np.divide(first, scratch, scratch)
        np.multiply(scratch, rate * root / (1 - o.beta1**step), scratch)
        np.subtract(parameters, scratch, parameters)


@dataclass(frozen=True, slots=True)
class Optimizer:
    """A row: the rule, its usual rate, and whether weight decay is its own affair (else it is added to the gradients)."""

    make: Callable[[Any, Options], Rule]
    rate: float
    decoupled: bool = False


OPTIMIZERS: dict[str, Optimizer] = {
    "sgd": Optimizer(Sgd, 0.1),
    "momentum": Optimizer(Momentum, 0.05),
    "nesterov": Optimizer(lambda like, o: Momentum(like, o, nesterov=True), 0.05),
    "adam": Optimizer(Adam, 1e-3),
    "adamw": Optimizer(lambda like, o: Adam(like, o, decoupled=True), 1e-3, decoupled=True),
}
