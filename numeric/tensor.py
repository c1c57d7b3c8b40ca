"""Arrays with named axes: the language between a proved line and the code that computes it.

An array is known by its entries: ``Ref("X", (i, j))`` is the entry of X at the axes i and j, and so, for all i and
j, the array.  A product with summed axes is a matrix product, an inner product, a trace or a sum.  Nothing here has
an order of axes in memory; that is decided when statements are made (``program.py``).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import count
from typing import Literal, TypeAlias

from derivations.expr import Dim, Index

Axis: TypeAlias = Index
Place: TypeAlias = "Axis | int"  # a fixed place counts from 1, as in the document

Function = Literal[
    "exp", "log", "tanh", "sigmoid", "relu", "step", "sign", "abs", "sin", "cos", "softplus",
]  # fmt: skip
AlongFunction = Literal["softmax", "logsumexp", "shifted", "lognorm"]
MatrixFunction = Literal["inverse", "det", "logdet"]


@dataclass(frozen=True, slots=True)
class Number:
    value: Fraction


@dataclass(frozen=True, slots=True)
class Pi:
    pass


@dataclass(frozen=True, slots=True)
class Extent:
    """A size as a number."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class Ref:
    """An entry of a named array: an input, a definition or a gradient."""

    name: str
    at: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class OneHot:
    """1 where ``cls`` is the label of ``row`` (None: the one label), else 0."""

    labels: str
    row: Place | None
    cls: Axis


@dataclass(frozen=True, slots=True)
class Eye:
    """1 where two axes agree, else 0."""

    left: Axis
    right: Axis


@dataclass(frozen=True, slots=True)
class Sum:
    """Terms added entry by entry; a term that lacks an axis is repeated along it."""

    terms: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Product:
    """Factors multiplied entry by entry and summed over ``summed``; a number, if any, comes first."""

    summed: tuple[Axis, ...]
    factors: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Power:
    base: Node
    exponent: Node


@dataclass(frozen=True, slots=True)
class Call:
    """A function of one number, entry by entry."""

    function: Function
    operand: Node


@dataclass(frozen=True, slots=True)
class Along:
    """Along one axis: softmax; log Σ exp; less its maximum; log Σ exp of what is less its maximum."""

    function: AlongFunction
    operand: Node
    axis: Axis


@dataclass(frozen=True, slots=True)
class OfMatrix:
    """Inverse, determinant or its logarithm of the matrix with entries ``operand`` at ``inner``."""

    function: MatrixFunction
    operand: Node
    inner: tuple[Axis, Axis]
    outer: tuple[Axis, ...]


Node: TypeAlias = Number | Pi | Extent | Ref | OneHot | Eye | Sum | Product | Power | Call | Along | OfMatrix

ZERO, ONE, MINUS_ONE = Number(Fraction(0)), Number(Fraction(1)), Number(Fraction(-1))
GRADIENT = "∂"  # ∂Z names the gradient of the loss by Z
TANGENT = "d·"  # d·Z names the differential of Z
_serial = count(1)


def fresh(dim: Dim, letter: str = "a") -> Axis:
    """An axis that stands nowhere else."""
    return Index(f"{letter.split('·')[0]}·{next(_serial)}", dim)


def operands(node: Node) -> tuple[Node, ...]:
    match node:
        case Sum(terms=nodes) | Product(factors=nodes):
            return nodes
        case Power(base=base, exponent=exponent):
            return (base, exponent)
        case Call(operand=operand) | Along(operand=operand) | OfMatrix(operand=operand):
            return (operand,)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    yield node
    for child in operands(node):
        yield from walk(child)


def axes(node: Node) -> tuple[Axis, ...]:
    """The free axes, each once, in the order of appearance."""
    found: dict[Axis, None] = {}
    match node:
        case Ref(at=places):
            found = dict.fromkeys(p for p in places if isinstance(p, Index))
        case OneHot(row=row, cls=cls):
            found = dict.fromkeys(p for p in (row, cls) if isinstance(p, Index))
        case Eye(left=left, right=right):
            found = dict.fromkeys((left, right))
        case Along(function=function, operand=operand, axis=axis):
            keeps = function in ("softmax", "shifted")
            found = dict.fromkeys(a for a in axes(operand) if keeps or a != axis)
        case OfMatrix(outer=outer):
            found = dict.fromkeys(outer)
        case Product(summed=summed, factors=factors):
            found = dict.fromkeys(a for f in factors for a in axes(f) if a not in summed)
        case _:
            found = dict.fromkeys(a for child in operands(node) for a in axes(child))
    return tuple(found)


def renamed(node: Node, places: Mapping[Axis, Place]) -> Node:
    """The node at other axes; axes bound inside are made fresh, so that copies never share one."""

    def place(p: Place) -> Place:
        return places.get(p, p) if isinstance(p, Index) else p

    def axis(a: Axis) -> Axis:
        new = places.get(a, a)
        assert isinstance(new, Index), "a fixed place where an axis has to be"
        return new

    match node:
        case Ref(name=name, at=at):
            return Ref(name, tuple(map(place, at)))
        case OneHot(labels=labels, row=row, cls=cls):
            return OneHot(labels, None if row is None else place(row), axis(cls))
        case Eye(left=left, right=right):
            return Eye(axis(left), axis(right))
        case Sum(terms=terms):
            return Sum(tuple(renamed(t, places) for t in terms))
        case Product(summed=summed, factors=factors):
            new = {a: fresh(a.dim, a.name) for a in summed}
            return Product(tuple(new.values()), tuple(renamed(f, {**places, **new}) for f in factors))
        case Power(base=base, exponent=exponent):
            return Power(renamed(base, places), renamed(exponent, places))
        case Call(function=function, operand=operand):
            return Call(function, renamed(operand, places))
        case Along(function="softmax" | "shifted" as function, operand=operand, axis=a):
            return Along(function, renamed(operand, places), axis(a))
        case Along(function=function, operand=operand, axis=a):
            bound = fresh(a.dim, a.name)
            return Along(function, renamed(operand, {**places, a: bound}), bound)
        case OfMatrix(function=function, operand=operand, inner=(r, c), outer=outer):
            rows, columns = fresh(r.dim, r.name), fresh(c.dim, c.name)
            inside = renamed(operand, {**places, r: rows, c: columns})
            return OfMatrix(function, inside, (rows, columns), tuple(map(axis, outer)))
        case _:
            return node


Key: TypeAlias = tuple[object, ...]


def key(node: Node, bound: Mapping[Axis, object] | None = None) -> Key:
    """Equal for nodes that are equal up to the names of bound axes and the order of terms and factors."""
    inside = bound or {}

    def name(p: Place | None) -> object:
        return inside.get(p, (p.name, p.dim)) if isinstance(p, Index) else p

    match node:
        case Ref(name=ref, at=at):
            return ("ref", ref, *map(name, at))
        case OneHot(labels=labels, row=row, cls=cls):
            return ("onehot", labels, name(row), name(cls))
        case Eye(left=left, right=right):
            return ("eye", *sorted((name(left), name(right)), key=repr))
        case Sum(terms=terms):
            return ("sum", *sorted((key(t, inside) for t in terms), key=repr))
        case Product(summed=summed, factors=factors):
            rough = {**inside, **{a: ("bound", a.dim) for a in summed}}
            ordered = sorted(factors, key=lambda f: repr(key(f, rough)))
            here = [a for f in ordered for a in axes(f) if a in summed]
            numbers = {a: ("bound", len(inside) + n, a.dim) for n, a in enumerate(dict.fromkeys(here))}
            return ("product", len(summed), *(key(f, {**inside, **numbers}) for f in ordered))
        case Along(function=function, operand=operand, axis=axis):
            if function in ("softmax", "shifted"):
                return ("along", function, key(operand, inside), name(axis))
            return ("along", function, key(operand, {**inside, axis: ("bound", len(inside), axis.dim)}))
        case OfMatrix(function=function, operand=operand, inner=(r, c), outer=outer):
            numbers = {r: ("bound", len(inside), r.dim), c: ("bound", len(inside) + 1, c.dim)}
            return ("matrix", function, key(operand, {**inside, **numbers}), *map(name, outer))
        case Power(base=base, exponent=exponent):
            return ("power", key(base, inside), key(exponent, inside))
        case Call(function=function, operand=operand):
            return ("call", function, key(operand, inside))
        case Number(value=value):
            return ("number", value)
        case Extent(dim=dim):
            return ("extent", dim)
        case Pi():
            return ("pi",)


def same(left: Node, right: Node) -> bool:
    return key(left) == key(right)
