"""The expression language: a small, closed set of immutable nodes.

Everything that a formula can mean here is one of these nodes.  They compare and
hash by structure.  Shapes are not stored but computed (``shapes.py``); the only
nodes that carry a shape are those that no operand determines.

Shapes are *canonical*: ``()`` is a scalar, ``(n,)`` a column vector, ``(n, m)``
a matrix, ``(1, n)`` a row.  A trailing axis of literal length 1 is dropped
(``n×1`` is the column ``(n,)``, ``1×1`` the scalar).  Longer shapes are tensors,
used through their indices.

Indices count from 1.  An ``Index`` is a variable; it is bound by ``Sum``,
``Product`` or ``Build`` and free (universally quantified) otherwise.  Binders may
shadow: an operation that goes under a binder has to rename or to scope properly.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, fields
from fractions import Fraction
from math import prod
from typing import Literal, TypeAlias

# --------------------------------------------------------------- dimensions


@dataclass(frozen=True, slots=True)
class Dim:
    """A dimension: a positive integer times symbolic sizes, ``2·m·n``; every size is ≥ 1."""

    coefficient: int = 1
    names: tuple[str, ...] = ()

    def __mul__(self, other: Dim) -> Dim:
        return Dim(self.coefficient * other.coefficient, tuple(sorted(self.names + other.names)))

    def __str__(self) -> str:
        parts = ([] if self.coefficient == 1 and self.names else [str(self.coefficient)]) + list(self.names)
        return "·".join(parts)

    @property
    def literal(self) -> bool:
        return not self.names

    def at(self, sizes: Mapping[str, int]) -> int:
        """The number that it is where the symbolic sizes have these values; a size without one counts as 2."""
        return self.coefficient * prod(sizes.get(name, 2) for name in self.names)


ONE = Dim()
Shape: TypeAlias = tuple[Dim, ...]
SCALAR: Shape = ()

# ------------------------------------------------------------------ indices


@dataclass(frozen=True, slots=True)
class Index:
    """An index variable, ranging over 1..dim."""

    name: str
    dim: Dim


@dataclass(frozen=True, slots=True)
class Position:
    """A fixed place: the 2 of ``x_2``."""

    value: int
    dim: Dim


@dataclass(frozen=True, slots=True)
class LabelOf:
    """The label of a row: ``k_i`` (``row`` is ``i``), or a single label ``y`` (``row`` is None)."""

    label: str
    row: IndexTerm | None
    dim: Dim


@dataclass(frozen=True, slots=True)
class Affine:
    """``i + p - 1``: a sum of index variables and an integer, in a dimension of literal size."""

    terms: tuple[tuple[int, Index], ...]
    offset: int
    dim: Dim


IndexTerm: TypeAlias = Index | Position | LabelOf | Affine

# ---------------------------------------------------------------- functions

BuiltinName = Literal["exp", "log", "tanh", "sigmoid", "relu", "step", "sign", "abs", "sin", "cos"]


@dataclass(frozen=True, slots=True)
class Builtin:
    """A known function of one scalar.  ``step`` is 1 for positive arguments, else 0."""

    name: BuiltinName


@dataclass(frozen=True, slots=True)
class Free:
    """Some differentiable function of one scalar, nothing more known: φ."""

    name: str


@dataclass(frozen=True, slots=True)
class Lambda:
    """A function of one scalar that the document defines; the parameter is bound in the body."""

    parameter: Sym
    body: Expr


Function: TypeAlias = Builtin | Free | Lambda

# -------------------------------------------------------------------- nodes


@dataclass(frozen=True, slots=True)
class Num:
    """A rational number."""

    value: Fraction


@dataclass(frozen=True, slots=True)
class Pi:
    """The number π."""


@dataclass(frozen=True, slots=True)
class Size:
    """A dimension as a number: the ``N`` of ``1/N``."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class Sym:
    """A variable.  Its value is free, or given by the context's definition of that name."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Tangent:
    """``dX``: the differential of an independently varying variable, an arbitrary array of its shape."""

    name: str
    shape: Shape


@dataclass(frozen=True, slots=True)
class Fill:
    """An array whose entries all equal one scalar: ``\\mathbf 1``, ``0``, scalar + array."""

    value: Expr
    shape: Shape


@dataclass(frozen=True, slots=True)
class Identity:
    """The identity matrix of shape (dim, dim)."""

    dim: Dim


@dataclass(frozen=True, slots=True)
class Delta:
    """Kronecker's δ of two index terms of one dimension: a scalar, 1 where they agree, else 0."""

    left: IndexTerm
    right: IndexTerm


@dataclass(frozen=True, slots=True)
class Add:
    """A sum of arrays of one shape; at least two operands."""

    operands: tuple[Expr, ...]


@dataclass(frozen=True, slots=True)
class Times:
    """Entry-by-entry product: equal shapes, or one operand a scalar that scales the other."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Power:
    """Entry-by-entry power by a scalar exponent; -1 is the reciprocal, 1/2 the root ≥ 0."""

    base: Expr
    exponent: Expr


@dataclass(frozen=True, slots=True)
class MatMul:
    """Matrix product.  A column (n,) counts as n×1; a 1×1 result is a scalar."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Transpose:
    """Of a matrix, a row or a column; (n,) becomes (1, n), (1, n) becomes (n,)."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Inverse:
    """Matrix inverse of a square matrix."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Trace:
    operand: Expr


@dataclass(frozen=True, slots=True)
class Det:
    operand: Expr


@dataclass(frozen=True, slots=True)
class Diagonal:
    """The diagonal of a square matrix (n, n), as a column (n,)."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class DiagonalMatrix:
    """The diagonal matrix (n, n) of a column (n,)."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Vec:
    """The columns of a matrix (m, n), stacked: entry (j-1)·m + i is entry (i, j)."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Kronecker:
    """A ⊗ B for matrices (m, n), (p, q): entry ((i-1)p+k, (j-1)q+l) is A_ij·B_kl."""

    left: Expr
    right: Expr


@dataclass(frozen=True, slots=True)
class Norm:
    """2-norm of a vector, Frobenius norm of a matrix: root of the sum of squared entries."""

    operand: Expr


@dataclass(frozen=True, slots=True)
class Map:
    """A function of one scalar, applied entry by entry; ``order`` counts derivatives (φ′ has 1)."""

    function: Function
    operand: Expr
    order: int = 0


@dataclass(frozen=True, slots=True)
class Apply:
    """An unspecified differentiable function of a whole array: ℓ(X).  ``shape`` is its value's."""

    name: str
    operand: Expr
    shape: Shape


@dataclass(frozen=True, slots=True)
class Softmax:
    """exp, normalised to sum 1 along ``axis`` (0 for a column vector; of a matrix 1 normalises rows)."""

    operand: Expr
    axis: int


@dataclass(frozen=True, slots=True)
class Sum:
    """Σ over all values of ``index``; the body may be an array."""

    index: Index
    body: Expr


@dataclass(frozen=True, slots=True)
class Product:
    """∏ over all values of ``index`` of a scalar body."""

    index: Index
    body: Expr


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry of an array: as many indices as axes (a row (1, n) has two)."""

    array: Expr
    indices: tuple[IndexTerm, ...]


@dataclass(frozen=True, slots=True)
class Build:
    """The array with entry ``body`` at ``indices``; shape = their dimensions, not canonicalised."""

    indices: tuple[Index, ...]
    body: Expr


@dataclass(frozen=True, slots=True)
class Derivative:
    """∂of/∂by, or ∂of/∂by_at where ``at`` names one entry.

    ``by`` is treated as the input: where it is defined, its definition is cut, all
    downstream of it in ``of`` depends on it, and its value is put back afterwards.
    Its entries vary independently, symmetric variables included (the reading of a
    symmetric derivative is built around this node).  The shape is
    shape(of) + shape(by), axes of ``of`` first; with ``at`` it is shape(of).
    """

    of: Expr
    by: Sym
    at: tuple[IndexTerm, ...] | None = None


@dataclass(frozen=True, slots=True)
class Differential:
    """d(of): Σ over ``variables`` V and entries of ∂of/∂V · dV, each V cut as in ``Derivative``, all at once."""

    of: Expr
    variables: tuple[Sym, ...]


@dataclass(frozen=True, slots=True)
class Let:
    """``body`` with the variable standing for ``value`` (evaluated outside): application of a defined function."""

    variable: Sym
    value: Expr
    body: Expr


Expr: TypeAlias = (
    Num | Pi | Size | Sym | Tangent | Fill | Identity | Delta
    | Add | Times | Power | MatMul | Transpose | Inverse | Trace | Det
    | Diagonal | DiagonalMatrix | Vec | Kronecker | Norm | Map | Apply | Softmax
    | Sum | Product | Entry | Build | Derivative | Differential | Let
)

ZERO = Num(Fraction(0))
UNIT = Num(Fraction(1))
MINUS_ONE = Num(Fraction(-1))


def number(value: int | Fraction) -> Num:
    return Num(Fraction(value))


def negative(operand: Expr) -> Expr:
    return Num(-operand.value) if isinstance(operand, Num) else Times(MINUS_ONE, operand)


def subtract(left: Expr, right: Expr) -> Expr:
    return Add((left, negative(right)))


def divide(left: Expr, right: Expr) -> Expr:
    """Entry-by-entry quotient; the denominator is a scalar or has the numerator's shape."""
    reciprocal = Power(right, MINUS_ONE)
    return reciprocal if left == UNIT else Times(left, reciprocal)


def children(expr: Expr) -> Iterator[Expr]:
    """The operands of a node, function bodies included, in order; ``Derivative.by`` and the like excluded."""
    for field in fields(expr):
        value = getattr(expr, field.name)
        if isinstance(value, Lambda):
            yield value.body
        elif isinstance(value, tuple) and isinstance(expr, Add):
            yield from value
        elif isinstance(value, NODE_TYPES) and field.name not in ("by", "variable"):
            yield value


def walk(expr: Expr) -> Iterator[Expr]:
    """The node and all below it, parents first."""
    stack = [expr]
    while stack:
        node = stack.pop()
        yield node
        stack.extend(reversed(list(children(node))))


NODE_TYPES = Expr.__args__


def index_variables(term: IndexTerm) -> frozenset[Index]:
    """The index variables in an index term."""
    match term:
        case Index():
            return frozenset((term,))
        case Position():
            return frozenset()
        case LabelOf(row=row):
            return frozenset() if row is None else index_variables(row)
        case Affine(terms=terms):
            return frozenset(index for _, index in terms)


def free_indices(expr: Expr) -> frozenset[Index]:
    """The index variables that no binder of ``expr`` binds."""
    own: frozenset[Index] = frozenset()
    match expr:
        case Delta(left=left, right=right):
            own = index_variables(left) | index_variables(right)
        case Entry(indices=terms):
            own = own.union(*(index_variables(t) for t in terms))
        case Derivative(at=terms) if terms is not None:
            own = own.union(*(index_variables(t) for t in terms))
        case _:
            pass
    own = own.union(*(free_indices(child) for child in children(expr)))
    match expr:
        case Sum(index=index) | Product(index=index):
            return own - {index}
        case Build(indices=bound):
            return own - set(bound)
        case _:
            return own


def free_symbols(expr: Expr) -> frozenset[Sym]:
    """Variables read by ``expr`` itself, not through definitions; parameters of functions and ``Let`` excluded."""
    if isinstance(expr, Sym):
        return frozenset((expr,))
    if isinstance(expr, Map) and isinstance(expr.function, Lambda):
        return free_symbols(expr.operand) | (free_symbols(expr.function.body) - {expr.function.parameter})
    if isinstance(expr, Let):
        return free_symbols(expr.value) | (free_symbols(expr.body) - {expr.variable})
    found = frozenset[Sym]().union(*(free_symbols(child) for child in children(expr)))
    if isinstance(expr, Derivative):
        return found | {expr.by}
    if isinstance(expr, Differential):
        return found | set(expr.variables)
    return found


def read_through(values: Iterable[Expr], definitions: Mapping[str, Expr]) -> frozenset[str]:
    """The names of all variables that values read, themselves or through definitions."""
    return closure({s.name for value in values for s in free_symbols(value)}, definitions)


def closure(names: Iterable[str], definitions: Mapping[str, Expr]) -> frozenset[str]:
    """Names and all that their definitions read."""
    seen: set[str] = set()
    todo = set(names)
    while todo:
        seen |= todo
        todo = {s.name for name in todo if name in definitions for s in free_symbols(definitions[name])} - seen
    return frozenset(seen)
