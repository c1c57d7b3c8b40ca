"""A second meaning of expressions, in plain high-precision numbers: slow, obvious, sharing no code with any prover.

Arrays are dictionaries {position ↦ number}; derivatives are central differences (60 digits, step 1e-18,
so that two nested ones still leave more than 15 digits).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import permutations, product
from typing import Any

import mpmath

from derivations.claims import Context
from derivations.expr import (
    Add,
    Affine,
    Apply,
    Build,
    Builtin,
    Delta,
    Derivative,
    Det,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Dim,
    Entry,
    Expr,
    Fill,
    Free,
    Identity,
    Index,
    IndexTerm,
    Inverse,
    Kronecker,
    LabelOf,
    Lambda,
    Let,
    Map,
    MatMul,
    Norm,
    Num,
    Pi,
    Position,
    Power,
    Product,
    Shape,
    Size,
    Softmax,
    Sum,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
    Vec,
)
from derivations.shapes import as_matrix, shape

mpmath.mp.dps = 60
STEP = mpmath.mpf(10) ** -18
Place = tuple[int, ...]


@contextmanager
def sharper() -> Iterator[None]:
    """Many more digits: for points where large terms cancel."""
    global STEP
    before = mpmath.mp.dps, STEP
    mpmath.mp.dps, STEP = 400, mpmath.mpf(10) ** -100
    try:
        yield
    finally:
        mpmath.mp.dps, STEP = before


Array = dict[Place, Any]


class Undefined(Exception):
    """No value here: outside a domain, or at a kink."""


@dataclass(frozen=True)
class World:
    """Numbers for everything free."""

    sizes: Mapping[str, int]
    arrays: Mapping[str, Array]
    labels: Mapping[str, Array]
    context: Context
    indices: Mapping[Index, int] = field(default_factory=dict)
    cuts: Mapping[str, Array] = field(default_factory=dict)
    local: Mapping[str, Array] = field(default_factory=dict)

    def size(self, dim: Dim) -> int:
        out = dim.coefficient
        for name in dim.names:
            out *= self.sizes[name]
        return out

    def places(self, axes: Shape) -> Iterator[Place]:
        return product(*(range(1, self.size(d) + 1) for d in axes))

    def at(self, index: Index, value: int) -> World:
        return replace(self, indices={**self.indices, index: value})


def value(e: Expr, w: World) -> Array:
    """All entries of an expression."""
    match e:
        case Num(value=v):
            return {(): mpmath.mpf(v.numerator) / v.denominator}
        case Pi():
            return {(): mpmath.pi + 0}
        case Size(dim=dim):
            return {(): mpmath.mpf(w.size(dim))}
        case Sym(name=name):
            if name in w.local:
                return dict(w.local[name])
            if name in w.cuts:
                return dict(w.cuts[name])
            if name in w.context.definitions:
                return value(w.context.definitions[name], replace(w, local={}, indices={}))
            return dict(w.arrays[name])
        case Tangent(name=name):
            return dict(w.arrays[f"d{name}"])
        case Fill(value=v):
            return dict.fromkeys(w.places(shape(e)), value(v, w)[()])
        case Identity():
            return {p: mpmath.mpf(len(set(p)) < 2) for p in w.places(shape(e))}
        case Delta(left=left, right=right):
            return {(): mpmath.mpf(term(left, w) == term(right, w))}
        case Add(operands=operands):
            parts = [value(o, w) for o in operands]
            return {p: sum(part[p] for part in parts) for p in parts[0]}
        case Times(left=left, right=right):
            one, two = value(left, w), value(right, w)
            return {p: (one[p] if p in one else one[()]) * (two[p] if p in two else two[()]) for p in w.places(shape(e))}
        case Power(base=base, exponent=exponent):
            q = value(exponent, w)[()]
            return {p: power(b, q) for p, b in value(base, w).items()}
        case MatMul(left=left, right=right):
            one, two = matrix(left, w), matrix(right, w)
            rows, inner, columns = len(one), len(two), len(two[0])
            return unmatrix(
                [[sum(one[i][k] * two[k][j] for k in range(inner)) for j in range(columns)] for i in range(rows)], shape(e)
            )
        case Transpose(operand=a):
            m = matrix(a, w)
            return unmatrix([list(row) for row in zip(*m, strict=True)], shape(e))
        case Inverse(operand=a):
            return unmatrix(inverse(matrix(a, w)), shape(e))
        case Trace(operand=a):
            m = matrix(a, w)
            return {(): sum(m[i][i] for i in range(len(m)))}
        case Det(operand=a):
            return {(): determinant(matrix(a, w))}
        case Diagonal(operand=a):
            m = matrix(a, w)
            return unmatrix([[m[i][i]] for i in range(len(m))], shape(e))
        case DiagonalMatrix(operand=a):
            m = matrix(a, w)
            return unmatrix([[m[i][0] if i == j else mpmath.mpf(0) for j in range(len(m))] for i in range(len(m))], shape(e))
        case Vec(operand=a):
            m = matrix(a, w)
            return unmatrix([[m[i][j]] for j in range(len(m[0])) for i in range(len(m))], shape(e))
        case Kronecker(left=left, right=right):
            one, two = matrix(left, w), matrix(right, w)
            return unmatrix([[x * y for x in r for y in r2] for r in one for r2 in two], shape(e))
        case Norm(operand=a):
            return {(): mpmath.sqrt(sum(x * x for x in value(a, w).values()))}
        case Map(function=function, operand=a, order=order):
            f = scalar_function(function, order, w)
            return {p: f(x) for p, x in value(a, w).items()}
        case Apply(name=name, operand=a):
            u = value(a, w)
            return {p: unspecified(name, p, u) for p in w.places(e.shape)}
        case Softmax(operand=a, axis=axis):
            x = {p: mpmath.exp(v) for p, v in value(a, w).items()}
            if axis >= len(shape(a)):
                return dict.fromkeys(x, mpmath.mpf(1))
            return {p: v / sum(x[o] for o in x if o[:axis] + o[axis + 1 :] == p[:axis] + p[axis + 1 :]) for p, v in x.items()}
        case Sum(index=index, body=body):
            terms = [value(body, w.at(index, k)) for k in range(1, w.size(index.dim) + 1)]
            return {p: sum(t[p] for t in terms) for p in terms[0]}
        case Product(index=index, body=body):
            out = mpmath.mpf(1)
            for k in range(1, w.size(index.dim) + 1):
                out *= value(body, w.at(index, k))[()]
            return {(): out}
        case Entry(array=a, indices=terms):
            return {(): value(a, w)[tuple(term(t, w) for t in terms)]}
        case Build(indices=indices, body=body):
            return {
                p: value(body, replace(w, indices={**w.indices, **dict(zip(indices, p, strict=True))}))[()]
                for p in w.places(tuple(i.dim for i in indices))
            }
        case Derivative(of=of, by=by, at=at):
            slopes = {q: difference(of, {by: q}, w) for q in w.places(by.shape)}
            if at is not None:
                return slopes[tuple(term(t, w) for t in at)]
            return {p + q: v for q, slope in slopes.items() for p, v in slope.items()}
        case Differential(of=of, variables=variables):
            out = dict.fromkeys(w.places(shape(of)), mpmath.mpf(0))
            base = {v: value(v, w) for v in variables}
            for v in variables:
                for q in base[v]:
                    slope = difference(of, {v: q}, w, {o: base[o] for o in variables})
                    out = {p: x + slope[p] * w.arrays[f"d{v.name}"][q] for p, x in out.items()}
            return out
        case Let(variable=variable, value=v, body=body):
            return value(body, replace(w, local={**w.local, variable.name: value(v, w)}))
    raise AssertionError(e)


def difference(of: Expr, move: Mapping[Sym, Place], w: World, held: Mapping[Sym, Array] | None = None) -> Array:
    """∂of/∂(one entry of one variable), the variables in ``held`` cut as well."""
    ((by, place),) = move.items()
    cut = {**(held or {}), by: value(by, w)}

    def shifted(step: Any) -> Array:
        arrays = {v.name: {p: x + (step if v == by and p == place else 0) for p, x in a.items()} for v, a in cut.items()}
        local = {n: arrays.get(n, a) for n, a in w.local.items()}
        return value(of, replace(w, cuts={**w.cuts, **{n: a for n, a in arrays.items() if n not in w.local}}, local=local))

    up, down = shifted(STEP), shifted(-STEP)
    return {p: (up[p] - down[p]) / (2 * STEP) for p in up}


def term(t: IndexTerm, w: World) -> int:
    match t:
        case Index():
            return w.indices[t]
        case Position(value=v):
            return v
        case LabelOf(label=label, row=row):
            return int(w.labels[label][() if row is None else (term(row, w),)])
        case Affine(terms=terms, offset=offset):
            return offset + sum(c * w.indices[i] for c, i in terms)


def power(b: Any, q: Any) -> Any:
    if q == int(q):
        if q < 0 and abs(b) < 1e-30:
            raise Undefined
        return b ** int(q)
    if b < 0 or (b == 0 and q < 0):
        raise Undefined
    return b**q


def matrix(e: Expr, w: World) -> list[list[Any]]:
    entries = value(e, w)
    rows, columns = (w.size(d) for d in as_matrix(shape(e)))
    own = len(shape(e))
    return [[entries[(i, j)[:own]] for j in range(1, columns + 1)] for i in range(1, rows + 1)]


def unmatrix(m: list[list[Any]], s: Shape) -> Array:
    return {(i + 1, j + 1)[: len(s)]: x for i, row in enumerate(m) for j, x in enumerate(row)}


def determinant(m: list[list[Any]]) -> Any:
    out = mpmath.mpf(0)
    for order in permutations(range(len(m))):
        odd = sum(x > y for k, x in enumerate(order) for y in order[k + 1 :]) % 2
        out += (-1) ** odd * mpmath.fprod(m[i][j] for i, j in enumerate(order))
    return out


def inverse(m: list[list[Any]]) -> list[list[Any]]:
    whole = determinant(m)
    if abs(whole) < 1e-15:
        raise Undefined
    size = range(len(m))

    def cofactor(i: int, j: int) -> Any:
        rest = [[m[r][c] for c in size if c != i] for r in size if r != j]
        return (-1) ** (i + j) * (determinant(rest) if rest else 1)

    return [[cofactor(i, j) / whole for j in size] for i in size]


def away_from_0(x: Any) -> Any:
    if abs(x) < 1e-12:
        raise Undefined
    return x


def log(x: Any) -> Any:
    if x <= 0:
        raise Undefined
    return mpmath.log(x)


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "exp": mpmath.exp,
    "log": log,
    "tanh": mpmath.tanh,
    "sigmoid": lambda x: 1 / (1 + mpmath.exp(-x)),
    "relu": lambda x: max(x, mpmath.mpf(0)),
    "step": lambda x: mpmath.mpf(away_from_0(x) > 0),
    "sign": lambda x: mpmath.sign(away_from_0(x)),
    "abs": abs,
    "sin": mpmath.sin,
    "cos": mpmath.cos,
}


def scalar_function(function: Builtin | Free | Lambda, order: int, w: World) -> Callable[[Any], Any]:
    if order:
        inner = scalar_function(function, order - 1, w)
        return lambda x: (inner(x + STEP) - inner(x - STEP)) / (2 * STEP)
    match function:
        case Builtin(name=name):
            return FUNCTIONS[name]
        case Free(name=name):
            seed = 1 + sum(map(ord, name)) % 5
            return lambda x: x**3 / seed + x * x / 3 - x + mpmath.mpf(1) / 7
        case Lambda(parameter=parameter, body=body):
            return lambda x: value(body, replace(w, local={**w.local, parameter.name: {(): x}}))[()]


def unspecified(name: str, place: Place, u: Array) -> Any:
    """Some function of an array that nothing else is true of."""
    chance = random.Random(f"{name}{place}{len(u)}")
    entries = [u[p] for p in sorted(u)]
    out = mpmath.mpf(0)
    for x in entries:
        out += chance.randint(1, 9) * x**3 + chance.randint(-9, -1) * x
        out += chance.randint(1, 9) * x * entries[chance.randrange(len(entries))] * entries[chance.randrange(len(entries))]
    return out / 10
