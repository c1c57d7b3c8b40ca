"""Compiled gradients against differences of the compiled loss: nothing is taken on trust before training."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from derivations.claims import Variable
from numeric.lower import Compiled, compile_chain
from numeric.targets.numpy import lengths
from numeric.targets.printer import size_names

STEP = 1e-6
TOLERANCE = 1e-5


class WrongGradient(ArithmeticError):
    """A compiled gradient that is not the derivative of the compiled loss: a fault of this program."""


@dataclass(frozen=True, slots=True)
class Check:
    """The largest difference, relative to the gradient's largest entry, over ``entries`` entries at ``points`` points."""

    difference: float
    entries: int
    points: int

    def __str__(self) -> str:
        return (f"gradients compared with central differences in float64: {self.entries} entries at {self.points} "
                f"random points differ by at most {self.difference:.1e}")


def check_gradients(compiled: Compiled, points: int = 3, seed: int = 0) -> Check:
    """Compares every entry of every gradient with a central difference, at random sizes and values, in float64.

    Raises WrongGradient where they differ by more than 1e-5 of the gradient's largest entry.
    """
    exact = compile_chain(compiled.chain, "numpy", "float64")
    rng = np.random.default_rng(seed)
    worst, entries = 0.0, 0
    for _ in range(points):
        arrays = random_point(compiled, rng)
        gradients = exact(arrays)[1]
        for name in compiled.parameters:
            found = gradients[name]
            wanted: Any = differences(exact, arrays, name)
            if compiled.chain.context.variables[name].symmetric:
                wanted = (wanted + wanted.T) / 2
            scale = max(1e-3, float(np.abs(wanted).max(initial=0.0)))
            difference = float(np.abs(found - wanted).max(initial=0.0)) / scale
            if not difference < TOLERANCE:
                raise WrongGradient(f"the gradient by {name} differs from the loss's differences by {difference:.1e}")
            worst, entries = max(worst, difference), entries + found.size
    return Check(worst, entries, points)


def differences(compiled: Compiled, arrays: dict[str, Any], name: str) -> Any:
    """(L(x + h) − L(x − h)) / 2h for every entry of one parameter."""
    values: Any = np.array(arrays[name], dtype=np.float64)
    found = np.empty_like(values)
    for place in np.ndindex(values.shape):
        here = values[place]
        step = STEP * max(1.0, abs(here))
        ends = []
        for moved in (here + step, here - step):
            values[place] = moved
            ends.append(compiled({**arrays, name: values})[0])
        values[place] = here
        found[place] = (ends[0] - ends[1]) / (2 * step)
    return found


def random_point(compiled: Compiled, rng: np.random.Generator) -> dict[str, Any]:
    """Small distinct sizes, and for every symbol values that its declaration allows."""
    context = compiled.chain.context
    names = size_names(compiled.program)
    sizes = dict(zip(names, (int(n) for n in rng.permutation(np.arange(2, 2 + len(names)))), strict=True))
    arrays: dict[str, Any] = {}
    for name in compiled.program.inputs:
        if name in context.labels:
            labels = context.labels[name]
            (classes,) = lengths((labels.classes,), sizes)
            rows = None if labels.rows is None else lengths((labels.rows,), sizes)
            arrays[name] = rng.integers(0, classes, rows)
        else:
            arrays[name] = random_array(context.variables[name], lengths(context.variables[name].shape, sizes), rng)
    return arrays


def random_array(variable: Variable, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
    values = rng.normal(size=shape)
    if variable.definite:
        return values @ values.T + np.eye(shape[0])
    if variable.symmetric:
        return values + values.T
    match variable.domain:
        case "positive" | "nonnegative":
            return np.exp(values)
        case "nonzero":
            return values + np.sign(values)
        case "sign":
            return np.where(values > 0, 1.0, -1.0)
        case "binary" if len(shape) == 2:
            return np.eye(shape[1])[rng.integers(0, shape[1], shape[0])]
        case "binary":
            return (values > 0).astype(np.float64)
        case _:
            return values
