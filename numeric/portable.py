"""The forward lines of a chain as JSON and back: what prediction needs, without the document and without any code.

Only the closed set of nodes of ``tensor.py`` comes back; anything else in the data is refused.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from fractions import Fraction
from typing import Any

from derivations.claims import Context, Labels, Variable
from derivations.expr import Dim, Index
from numeric.algebra import Array
from numeric.chain import Chain, Line
from numeric.tensor import (
    GRADIENT,
    Along,
    Call,
    Extent,
    Eye,
    Node,
    Number,
    OfMatrix,
    OneHot,
    Pi,
    Power,
    Product,
    Ref,
    Sum,
)

KINDS: dict[str, type[Any]] = {
    kind.__name__: kind for kind in (Number, Pi, Extent, Ref, OneHot, Eye, Sum, Product, Power, Call, Along, OfMatrix)
}


class NotPortable(ValueError):
    """Data that is no chain."""


def to_json(chain: Chain) -> dict[str, Any]:
    """The lines that the loss is defined by, and the declarations of what they read."""
    lines = [line for name, line in chain.lines.items() if not name.startswith(GRADIENT)]
    context = chain.context
    variables = {n: [dims(v.shape), v.symmetric, v.definite, v.domain] for n, v in context.variables.items()}
    labels = {n: [None if k.rows is None else dim(k.rows), dim(k.classes)] for n, k in context.labels.items()}
    return {
        "document": chain.document, "digest": chain.digest, "loss": chain.loss, "parameters": list(chain.parameters),
        "features": chain.features, "labels": chain.labels, "variables": variables, "label_names": labels,
        "lines": [[line.name, [packed(a) for a in line.array.at], packed(line.array.body)] for line in lines],
    }  # fmt: skip


def from_json(data: Mapping[str, Any]) -> Chain:
    """Raises NotPortable."""
    try:
        variables = {n: Variable(n, to_dims(s), bool(y), bool(d), o) for n, (s, y, d, o) in data["variables"].items()}
        labels = {n: Labels(n, None if r is None else to_dim(r), to_dim(c)) for n, (r, c) in data["label_names"].items()}
        lines = {n: Line(n, Array(tuple(unpacked(a) for a in at), unpacked(body))) for n, at, body in data["lines"]}
        return Chain(data["document"], data["digest"], data["loss"], tuple(data["parameters"]), data["features"], data["labels"],
                     Context(variables, labels), lines, ())
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise NotPortable(f"the formulas cannot be read: {error}") from None


def dim(value: Dim) -> list[Any]:
    return [value.coefficient, *value.names]


def dims(values: tuple[Dim, ...]) -> list[Any]:
    return [dim(v) for v in values]


def to_dim(value: list[Any]) -> Dim:
    return Dim(int(value[0]), tuple(map(str, value[1:])))


def to_dims(values: list[Any]) -> tuple[Dim, ...]:
    return tuple(to_dim(v) for v in values)


def packed(value: Any) -> Any:
    """Nodes as [kind, fields …], axes as {name, dim}, exact numbers as text."""
    match value:
        case None | int() | str():
            return value
        case Index(name=name, dim=size):
            return {"axis": name, "dim": dim(size)}
        case Dim():
            return {"size": dim(value)}
        case Fraction():
            return {"number": str(value)}
        case tuple():
            return {"all": [packed(v) for v in value]}
        case _:
            return [type(value).__name__, *(packed(getattr(value, f.name)) for f in fields(value))]


def unpacked(value: Any) -> Any:
    match value:
        case None | int() | str():
            return value
        case {"axis": str() as name, "dim": size}:
            return Index(name, to_dim(size))
        case {"size": size}:
            return to_dim(size)
        case {"number": str() as text}:
            return Fraction(text)
        case {"all": list() as values}:
            return tuple(unpacked(v) for v in values)
        case [str() as kind, *rest] if kind in KINDS:
            node: Node = KINDS[kind](*(unpacked(v) for v in rest))
            return node
        case _:
            raise NotPortable(f"{value!r} is no formula")
