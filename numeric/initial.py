"""Where parameters start: He's or Glorot's normal values for weights, by the activation that they feed; 0 for offsets."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from numeric.chain import Chain, Line
from numeric.targets.numpy import lengths
from numeric.tensor import GRADIENT, Along, Call, Node, OfMatrix, Product, Ref, axes, operands, walk

SCHEMES = ("auto", "he", "glorot")
RECTIFIED = {"relu", "step"}


def initial(chain: Chain, name: str, sizes: Mapping[str, int], rng: np.random.Generator, scheme: str = "auto") -> Any:
    """The first value of a parameter, of its shape.

    He and others (2015): variance 2 / inputs, before a rectifier.  Glorot and Bengio (2010): variance 2 / (inputs + outputs),
    before everything else.  A definite matrix starts as I, a parameter that is only added at 0, a positive one at 1.
    """
    variable = chain.context.variables[name]
    shape = lengths(variable.shape, sizes)
    if variable.definite:
        return np.eye(shape[0])
    fans = fans_of(chain, name, sizes)
    if fans is None or variable.domain != "real":
        return np.full(shape, 0.0 if variable.domain == "real" else 1.0)
    inputs, outputs = fans
    he = scheme == "he" or (scheme == "auto" and feeds(chain, name) in RECTIFIED)
    values = rng.normal(size=shape) * np.sqrt(2 / inputs if he else 2 / (inputs + outputs))
    return (values + values.T) / 2 if variable.symmetric else values


def forward_lines(chain: Chain) -> list[Line]:
    return [line for line in chain.lines.values() if not line.name.startswith(GRADIENT)]


def fans_of(chain: Chain, name: str, sizes: Mapping[str, int]) -> tuple[int, int] | None:
    """Over how many entries each sum with this array runs, and how many sums an entry is part of; None if it is only added."""
    for line in forward_lines(chain):
        for node in walk(line.array.body):
            if not isinstance(node, Product) or not any(axes(f) for f in node.factors if f != Ref(name, ())):
                continue
            own = {a for f in node.factors if isinstance(f, Ref) and f.name == name for a in axes(f)}
            summed = own & set(node.summed)
            others = {a for f in node.factors if not (isinstance(f, Ref) and f.name == name) for a in axes(f)}
            if summed and summed & others and (own - summed or len(own) == 1):
                inputs, outputs = (int(np.prod(lengths([a.dim for a in group], sizes))) for group in (summed, own - summed))
                return inputs, outputs
    return None


def feeds(chain: Chain, name: str) -> str | None:
    """The first function that is applied to what this array is part of; None for scores and linear outputs."""
    for line in forward_lines(chain):
        for node in walk(line.array.body):
            if isinstance(node, Call) and reaches(chain, node.operand, name):
                return node.function
    return None


def reaches(chain: Chain, node: Node, name: str) -> bool:
    """Whether an expression uses an array with no other function in between."""
    match node:
        case Ref(name=other):
            line = chain.lines.get(other)
            return other == name or (line is not None and reaches(chain, line.array.body, name))
        case Call() | Along() | OfMatrix():
            return False
        case _:
            return any(reaches(chain, child, name) for child in operands(node))
