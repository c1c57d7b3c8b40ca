"""What a loss predicts: scores of classes, the score of one class against the other, a number, or nothing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from numeric.algebra import split
from numeric.chain import Chain
from numeric.program import node_program
from numeric.targets.numpy import Function
from numeric.tensor import GRADIENT, MINUS_ONE, Along, Axis, Call, Node, Product, Ref, Sum, axes, walk

Kind = Literal["classes", "two", "real"]
Arrays = Mapping[str, Any]
BLOCK = 4096  # rows that are predicted at a time


@dataclass(frozen=True, slots=True)
class Prediction:
    """``function`` computes scores with the rows first (``turned``: last).

    ``classes``: one score a class, the highest wins; ``two``: one score, positive for the second class; ``real``: the
    predicted value.
    """

    kind: Kind
    function: Function
    turned: bool

    def __call__(self, arrays: Arrays, sizes: Mapping[str, int], dtype: Any) -> Any:
        """The scores, rows first: (rows, classes) or (rows,); a view of a buffer."""
        scores = computed(self.function, arrays, sizes, dtype)
        return scores.T if self.turned else scores


def computed(function: Function, arrays: Arrays, sizes: Mapping[str, int], dtype: Any) -> Any:
    """What a program without parameters or gradients of its own computes."""
    held = {n: arrays[n] for n in function.program.chain.parameters if n in function.program.inputs}
    bound = function.at(sizes, held, {}, dtype)
    return bound(*(arrays[n] for n in inputs_of(function)))[0]


def inputs_of(function: Function) -> list[str]:
    """What a program's function is called with, in order."""
    program = function.program
    names = (str(v.data) for v in program.values if v.op in ("input", "labels"))
    return [n for n in names if n not in program.chain.parameters]


def loss_of(chain: Chain) -> Function:
    """The loss alone."""
    return Function(node_program(chain, chain.lines[chain.loss].array.body)[0])


def prediction_of(chain: Chain) -> Prediction | None:
    """What the loss compares with the labels; None where that is not to be seen, or there are no labels."""
    if chain.features is None or chain.labels is None:
        return None
    for kind, node, column in candidates(chain):
        if not any(r.name == chain.labels for r in walk(node) if isinstance(r, Ref)) and len(axes(node)) in (1, 2):
            program, stored = node_program(chain, node)
            rows = next((a for a in stored if a != column and depends(chain, a)), None)
            if rows is not None:
                return Prediction(kind, Function(program), turned=len(stored) == 2 and stored[1] == rows)
    return None


def depends(chain: Chain, axis: Axis) -> bool:
    """Whether an axis runs along the rows of the features."""
    return chain.features is not None and axis.dim == chain.context.variables[chain.features].shape[0]


def candidates(chain: Chain) -> Iterator[tuple[Kind, Node, Axis | None]]:
    nodes = [n for line in chain.lines.values() if not line.name.startswith(GRADIENT) for n in walk(line.array.body)]
    for node in nodes:
        if isinstance(node, Along):
            yield "classes", node.operand, node.axis
        if isinstance(node, Call) and node.function == "softplus":
            yield "two", without(split(node.operand)[1], chain.labels or ""), None
    for node in nodes:
        if isinstance(node, Sum) and (residual := compared(node, chain.labels or "")) is not None:
            yield "real", residual, None


def without(node: Node, name: str) -> Node:
    """A product without the factor ``name``: y·z with y = ±1 scores what z scores."""
    if isinstance(node, Product) and not node.summed:
        kept = tuple(f for f in node.factors if not (isinstance(f, Ref) and f.name == name))
        return Product((), kept) if len(kept) != 1 else kept[0]
    return node


def compared(node: Sum, name: str) -> Node | None:
    """f of a difference f − y or y − f."""
    labels = [t for t in node.terms if isinstance(ref := split(t)[1], Ref) and ref.name == name]
    if len(labels) != 1 or abs(coefficient := split(labels[0])[0]) != 1:
        return None
    rest = tuple(t for t in node.terms if t is not labels[0])
    if not rest or set(axes(labels[0])) != {a for t in rest for a in axes(t)}:
        return None
    found: Node = rest[0] if len(rest) == 1 else Sum(rest)
    return found if coefficient < 0 else Product((), (MINUS_ONE, found))


def probabilities(kind: Kind, scores: Any) -> Any:
    """(rows, classes): softmax of the scores, or the logistic function of the one score."""
    scores = np.asarray(scores, np.float64)
    if kind == "two":
        ones = 0.5 * np.tanh(0.5 * scores) + 0.5
        return np.stack([1 - ones, ones], axis=1)
    grown = np.exp(scores - scores.max(axis=1, keepdims=True))
    return grown / grown.sum(axis=1, keepdims=True)


def chosen(kind: Kind, scores: Any) -> Any:
    """Classes, counted from 0."""
    return (scores > 0).astype(np.intp) if kind == "two" else scores.argmax(axis=1)


