"""The exact value of an expression at one point.

A ``Program`` turns expressions into closures once; a ``Frame`` runs them at a
point.  Values are flat lists, row-major, of exact numbers or duals.

A derivative opens a ``World`` in which its variable's entries carry directions
and everything downstream, through the definitions, is evaluated anew; what does
not depend on the variable is still read from the world around it.  Nothing here
is symbolic: no derivative is ever an expression.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import count, product
from math import isqrt, prod
from typing import TypeAlias, TypeVar, assert_never

from derivations.claims import Context
from derivations.expr import (
    SCALAR,
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
    free_indices,
    index_variables,
    walk,
)
from derivations.prove.dual import Dual, Flat, Functions, Value, bent, primal, quotient, tangent
from derivations.prove.exactmatrix import determinant, dot, inverse
from derivations.prove.exactnumber import PI, OffDomain, TooLarge, Unsupported, generator, plain, too_long
from derivations.shapes import as_matrix, shape
from derivations.verdicts import Polynomial

Values: TypeAlias = list[Value]
Run: TypeAlias = "Callable[[Frame, World], Values]"
Place: TypeAlias = "Callable[[Frame], int]"
Scalar: TypeAlias = "Callable[[Frame, World, Value], Value]"

Given = TypeVar("Given")
HALF = Fraction(1, 2)
EXPONENTIAL = ("exp", "tanh", "sigmoid")


class World:
    """Variables that stand for something else than in the world around."""

    __slots__ = ("memo", "parent", "values")

    def __init__(self, values: dict[str, Values], parent: World | None = None) -> None:
        self.values, self.parent = values, parent
        self.memo: dict[tuple[int, ...], Values] = {}

    def find(self, name: str) -> Values | None:
        """The innermost binding of the name."""
        world: World | None = self
        while world is not None:
            if name in world.values:
                return world.values[name]
            world = world.parent
        return None


@dataclass(frozen=True, slots=True, eq=False)
class Code:
    """A compiled expression.

    ``indices`` are the slots of its free indices; ``reads`` all names, defined ones
    and those upstream of them included, on which the value may depend; ``cuts``
    the variables by which it differentiates, through definitions too; ``exponents``
    the names on which the argument of some exponential depends.  ``cheap`` ones are
    evaluated again at every use; others are remembered, which costs a step.
    """

    number: int
    run: Run
    indices: tuple[int, ...]
    reads: frozenset[str]
    cuts: frozenset[str]
    exponents: frozenset[str]
    cheap: bool


@dataclass(slots=True, eq=False)
class Frame:
    """A point made ready: everything that the closures read apart from the variables."""

    sizes: Mapping[str, int]
    slots: list[int]
    tangents: Mapping[str, Values]
    labels: Mapping[str, Sequence[int]]
    polynomials: Mapping[str, Sequence[Polynomial]]
    functions: Functions
    steps: int
    tags: Iterator[int] = field(default_factory=count)
    dims: dict[Dim, int] = field(default_factory=dict)

    def size(self, dim: Dim) -> int:
        known = self.dims.get(dim)
        if known is None:
            known = self.dims[dim] = dim.coefficient * prod(given(self.sizes, n) for n in dim.names)
        return known

    def fresh_tag(self) -> int:
        """Greater than every tag before: inner differentiations are the later ones."""
        return next(self.tags)

    def spend(self, steps: int) -> None:
        self.steps -= steps
        if self.steps < 0:
            raise TooLarge("the evaluation takes too many steps")

    def value(self, code: Code, world: World) -> Values:
        """The value, remembered in the outermost world where it is the same."""
        if code.cheap:
            return code.run(self, world)
        while world.parent is not None and world.values.keys().isdisjoint(code.reads):
            world = world.parent
        slots = self.slots
        key = (code.number, *[slots[i] for i in code.indices])
        known = world.memo.get(key)
        if known is None:
            self.spend(1)
            known = world.memo[key] = code.run(self, world)
            if any(too_long(primal(value)) for value in known):
                raise TooLarge("the exact value is too large")
        return known

    def scalar(self, code: Code, world: World) -> Value:
        return self.value(code, world)[0]


class Program:
    """The closures of the expressions of one context, and what they mention."""

    def __init__(self, context: Context) -> None:
        self.context = context
        self.tangents: dict[str, Shape] = {}
        self.applied: dict[str, tuple[Shape | None, Shape]] = {}
        self.labels: set[str] = set()
        self.dims: set[Dim] = set()
        self.places: list[Position] = []
        self.rooted: set[str] = set()
        self.differentiated = False
        self._slots: dict[Index, int] = {}
        self._codes: dict[Expr, Code] = {}
        self._defining: list[str] = []
        self._numbers = count()

    def slot(self, index: Index) -> int:
        self.dims.add(index.dim)
        return self._slots.setdefault(index, len(self._slots))

    @property
    def slot_count(self) -> int:
        return len(self._slots)

    def code(self, e: Expr) -> Code:
        known = self._codes.get(e)
        if known is None:
            self.dims.update(shape(e))
            known = self._codes[e] = self._compile(e)
        return known

    def _code(
        self,
        run: Run,
        *parts: Code,
        indices: Iterable[Index] = (),
        bound: Iterable[Index] = (),
        reads: frozenset[str] = frozenset(),
        hidden: frozenset[str] = frozenset(),
        cuts: frozenset[str] = frozenset(),
        exponents: frozenset[str] = frozenset(),
        cheap: bool = False,
    ) -> Code:
        slots = {self.slot(i) for i in indices}.union(*(p.indices for p in parts)) - {self.slot(i) for i in bound}
        all_reads = reads.union(*(p.reads for p in parts)) - hidden
        all_cuts = cuts.union(*(p.cuts for p in parts))
        all_exponents = exponents.union(*(p.exponents for p in parts)) - hidden
        return Code(next(self._numbers), run, tuple(sorted(slots)), all_reads, all_cuts, all_exponents, cheap)

    def _compile(self, e: Expr) -> Code:
        match e:
            case Num() | Pi() | Size() | Sym() | Tangent() | Fill() | Identity() | Delta():
                return self._leaf(e)
            case Add() | Times() | Power() | MatMul() | Transpose() | Inverse() | Trace() | Det():
                return self._algebra(e)
            case Diagonal() | DiagonalMatrix() | Vec() | Kronecker() | Norm():
                return self._rearranged(e)
            case Map() | Apply() | Softmax():
                return self._function(e)
            case Sum() | Product() | Entry() | Build():
                return self._indexed(e)
            case Derivative(of=of, by=by, at=None):
                return self._derivative(of, by)
            case Derivative(of=of, by=by, at=terms):
                return self._pick(self.code(Derivative(of, by)), shape(of), by.shape, terms or ())
            case Differential(of=of, variables=variables):
                return self._differential(of, variables)
            case Let(variable=variable, value=value, body=body):
                return self._let(variable, value, body)
            case _:
                assert_never(e)

    # ---------------------------------------------------------------- leaves

    def _leaf(self, e: Num | Pi | Size | Sym | Tangent | Fill | Identity | Delta) -> Code:
        match e:
            case Num(value=value):
                constant: Values = [plain(value)]
                return self._code(lambda f, w: constant, cheap=True)
            case Pi():
                pi: Values = [generator(PI)]
                return self._code(lambda f, w: pi, cheap=True)
            case Size(dim=dim):
                self.dims.add(dim)
                return self._code(lambda f, w: [f.size(dim)], cheap=True)
            case Sym():
                return self._symbol(e)
            case Tangent(name=name, shape=s):
                self.tangents[name] = s
                return self._code(lambda f, w: given(f.tangents, name), cheap=True)
            case Fill(value=value, shape=s):
                inner = self.code(value)
                return self._code(lambda f, w: f.value(inner, w) * prod(map(f.size, s)), inner)
            case Identity(dim=dim):
                return self._code(lambda f, w: _diagonal([1] * f.size(dim)))
            case Delta(left=left, right=right):
                a, b = self.place(left), self.place(right)
                indices = index_variables(left) | index_variables(right)
                return self._code(lambda f, w: [int(a(f) == b(f))], indices=indices, cheap=True)
            case _:
                assert_never(e)

    def _symbol(self, symbol: Sym) -> Code:
        name = symbol.name
        definition = self.context.definitions.get(name)
        if definition is None:
            return self._code(lambda f, w: _bound(w, name), reads=frozenset((name,)), cheap=True)
        inner = self._definition(name, definition)

        def run(f: Frame, w: World) -> Values:
            found = w.find(name)
            return f.value(inner, w) if found is None else found

        return self._code(run, inner, reads=frozenset((name,)))  # remembered: definitions hang on one another

    def _definition(self, name: str, definition: Expr) -> Code:
        if name in self._defining:
            raise Unsupported(f"the definition of {name} refers to itself")
        if free_indices(definition):
            raise Unsupported(f"the definition of {name} has free indices")
        self._defining.append(name)
        inner = self.code(definition)
        self._defining.pop()
        return inner

    def place(self, term: IndexTerm) -> Place:
        """The value of an index term; ``OffDomain`` beyond the dimension."""
        self.dims.add(term.dim)
        dim = term.dim
        match term:
            case Index():
                slot = self.slot(term)
                return lambda f: f.slots[slot]
            case Position(value=value):
                self.places.append(term)
                return lambda f: _within(value, f.size(dim))
            case LabelOf(label=label, row=None):
                self.labels.add(label)
                return lambda f: _within(given(f.labels, label)[0], f.size(dim))
            case LabelOf(label=label, row=row) if row is not None:
                self.labels.add(label)
                inner = self.place(row)
                return lambda f: _within(given(f.labels, label)[inner(f) - 1], f.size(dim))
            case Affine(terms=terms, offset=offset):
                slots = [(c, self.slot(i)) for c, i in terms]
                return lambda f: _within(offset + sum(c * f.slots[s] for c, s in slots), f.size(dim))
            case _:
                raise AssertionError(f"no index term {term}")

    # --------------------------------------------------------------- algebra

    def _algebra(self, e: Add | Times | Power | MatMul | Transpose | Inverse | Trace | Det) -> Code:
        match e:
            case Add(operands=operands):
                parts = [self.code(o) for o in operands]
                return self._code(lambda f, w: _sum(f.value(p, w) for p in parts), *parts, cheap=_small(e))
            case Times(left=left, right=right):
                return self._times(self.code(left), self.code(right), shape(left), shape(right))
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent)
            case MatMul(left=left, right=right):
                return self._matmul(left, right)
            case Transpose(operand=a):
                rows, columns = as_matrix(shape(a))
                return self._unary(a, lambda f, v: _transposed(v, f.size(rows), f.size(columns)))
            case Inverse(operand=a):
                dim = as_matrix(shape(a))[0]
                return self._unary(a, lambda f, v: inverse(v, f.size(dim)))
            case Trace(operand=a):
                return self._unary(a, lambda f, v: _sum([x] for x in _diagonal_of(v)))
            case Det(operand=a):
                dim = as_matrix(shape(a))[0]
                return self._unary(a, lambda f, v: [determinant(v, f.size(dim))])
            case _:
                assert_never(e)

    def _unary(self, operand: Expr, rule: Callable[[Frame, Values], Values]) -> Code:
        inner = self.code(operand)
        return self._code(lambda f, w: rule(f, f.value(inner, w)), inner)

    def _times(self, a: Code, b: Code, left: Shape, right: Shape) -> Code:
        if left != SCALAR and right != SCALAR:
            return self._code(lambda f, w: [x * y for x, y in zip(f.value(a, w), f.value(b, w), strict=True)], a, b)
        scalar, array = (a, b) if left == SCALAR else (b, a)

        def run(f: Frame, w: World) -> Values:
            factor = f.scalar(scalar, w)
            return [factor * x for x in f.value(array, w)]

        return self._code(run, a, b, cheap=left == right)

    def _power(self, base: Expr, exponent: Expr) -> Code:
        inner = self.code(base)
        if isinstance(exponent, Num):
            constant = plain(exponent.value)
            if constant.denominator != 1 and all(isinstance(e, (Num, Size, Times, Power)) for e in walk(base)):
                self.rooted.update(n for e in walk(base) if isinstance(e, Size) for n in e.dim.names)
            return self._code(lambda f, w: [f.functions.power(x, constant) for x in f.value(inner, w)], inner)
        outer = self.code(exponent)

        def run(f: Frame, w: World) -> Values:
            power = f.scalar(outer, w)
            return [f.functions.general_power(x, power) for x in f.value(inner, w)]

        return self._code(run, inner, outer)

    def _matmul(self, left: Expr, right: Expr) -> Code:
        a, b = self.code(left), self.code(right)
        (m, k), (_, n) = as_matrix(shape(left)), as_matrix(shape(right))

        def run(f: Frame, w: World) -> Values:
            rows, inner, columns = f.size(m), f.size(k), f.size(n)
            x, y = f.value(a, w), f.value(b, w)
            f.spend(rows * columns * inner)
            return [dot(x[i * inner : (i + 1) * inner], y[j::columns]) for i in range(rows) for j in range(columns)]

        return self._code(run, a, b)

    def _rearranged(self, e: Diagonal | DiagonalMatrix | Vec | Kronecker | Norm) -> Code:
        match e:
            case Diagonal(operand=a):
                return self._unary(a, lambda f, v: _diagonal_of(v))
            case DiagonalMatrix(operand=a):
                return self._unary(a, lambda f, v: _diagonal(v))
            case Vec(operand=a):
                rows, columns = as_matrix(shape(a))
                return self._unary(a, lambda f, v: _transposed(v, f.size(rows), f.size(columns)))
            case Kronecker(left=left, right=right):
                return self._kronecker(left, right)
            case Norm(operand=a):
                return self._unary(a, lambda f, v: [f.functions.power(dot(v, v), HALF)])
            case _:
                assert_never(e)

    def _kronecker(self, left: Expr, right: Expr) -> Code:
        a, b = self.code(left), self.code(right)
        (m, n), (p, q) = as_matrix(shape(left)), as_matrix(shape(right))

        def run(f: Frame, w: World) -> Values:
            x, y = f.value(a, w), f.value(b, w)
            spans = [range(f.size(d)) for d in (m, p, n, q)]
            columns, inner = len(spans[2]), len(spans[3])
            f.spend(len(x) * len(y))
            return [x[i * columns + j] * y[k * inner + h] for i, k, j, h in product(*spans)]

        return self._code(run, a, b)

    # ------------------------------------------------------------- functions

    def _function(self, e: Map | Apply | Softmax) -> Code:
        inner = self.code(e.operand)
        match e:
            case Map(function=function, order=order):
                rule, hidden, body = self._rule(function)
                exponential = isinstance(function, Builtin) and function.name in EXPONENTIAL
                exponential = exponential or (body is not None and not hidden.isdisjoint(body.exponents))
                if order:
                    rule, self.differentiated = _derived(rule, order), True
                parts = (inner,) if body is None else (inner, self._code(body.run, body, hidden=hidden))
                exponents = inner.reads if exponential else frozenset[str]()
                return self._code(lambda f, w: [rule(f, w, x) for x in f.value(inner, w)], *parts, exponents=exponents)
            case Apply(name=name, operand=operand, shape=s):
                self.applied[name] = (shape(operand), s)
                return self._code(lambda f, w: _applied(f, name, f.value(inner, w)), inner)
            case Softmax(operand=operand, axis=axis):
                s = shape(operand)
                run: Run = lambda f, w: _softmax(f, f.value(inner, w), [f.size(d) for d in s], axis)  # noqa: E731
                return self._code(run, inner, exponents=inner.reads)
            case _:
                assert_never(e)

    def _rule(self, function: Builtin | Free | Lambda) -> tuple[Scalar, frozenset[str], Code | None]:
        """The function of one scalar, the name that it hides, and its body."""
        match function:
            case Builtin(name=name):
                return (lambda f, w, x: f.functions.table[name](x)), frozenset(), None
            case Free(name=name):
                self.applied[name] = (None, SCALAR)
                return (lambda f, w, x: _polynomial(f, given(f.polynomials, name)[0], [x])), frozenset(), None
            case Lambda(parameter=parameter, body=body):
                code, name = self._scoped(parameter, body), parameter.name
                return (lambda f, w, x: f.scalar(code, World({name: [x]}, w))), frozenset((name,)), code
            case _:
                assert_never(function)

    # --------------------------------------------------------------- indices

    def _indexed(self, e: Sum | Product | Entry | Build) -> Code:
        match e:
            case Sum(index=index, body=body):
                inner = self.code(body)
                return self._code(lambda f, w: _sum(self._over(f, w, (index,), inner)), inner, bound=(index,))
            case Product(index=index, body=body):
                inner = self.code(body)
                return self._code(lambda f, w: [_product(self._over(f, w, (index,), inner))], inner, bound=(index,))
            case Entry(array=array, indices=terms):
                return self._pick(self.code(array), SCALAR, shape(array), terms)
            case Build(indices=indices, body=body):
                if len(set(indices)) < len(indices):
                    raise Unsupported("an array built over one index twice")
                inner = self.code(body)
                return self._code(lambda f, w: [v[0] for v in self._over(f, w, indices, inner)], inner, bound=indices)
            case _:
                assert_never(e)

    def _over(self, f: Frame, w: World, indices: Sequence[Index], body: Code) -> Iterable[Values]:
        """The body at all values of the indices, which are restored afterwards."""
        slots = [self.slot(i) for i in indices]
        before = [f.slots[s] for s in slots]
        results = []
        for values in product(*(range(1, f.size(i.dim) + 1) for i in indices)):
            for slot, value in zip(slots, values, strict=True):
                f.slots[slot] = value
            f.spend(1)
            results.append(f.value(body, w))
        for slot, value in zip(slots, before, strict=True):
            f.slots[slot] = value
        return results

    def _pick(self, array: Code, outer: Shape, axes: Shape, terms: tuple[IndexTerm, ...]) -> Code:
        """Of an array of shape outer + axes, the part where the last axes are at the terms."""
        places = [self.place(t) for t in terms]

        def run(f: Frame, w: World) -> Values:
            values, offset, width = f.value(array, w), 0, 1
            for place, dim in zip(places, axes, strict=True):
                size = f.size(dim)
                offset, width = offset * size + place(f) - 1, width * size
            return values[offset::width]

        if len(terms) != len(axes):
            raise Unsupported("an entry with too few or too many indices")
        indices = frozenset[Index]().union(*(index_variables(t) for t in terms))
        return self._code(run, array, indices=indices, cheap=True)

    # ---------------------------------------------------- derivatives, scopes

    def _derivative(self, of: Expr, by: Sym) -> Code:
        inner, variable, name = self.code(of), self.code(by), by.name
        self._note_cut(inner, name)

        def run(f: Frame, w: World) -> Values:
            values, tag = f.value(variable, w), f.fresh_tag()
            duals: Values = [Dual(tag, bent(v), {k: 1}) for k, v in enumerate(values)]
            result = f.value(inner, World({name: duals}, w))
            f.spend(len(result))
            return [tangent(v, tag, k) for v in result for k in range(len(values))]

        return self._code(run, inner, variable, cuts=frozenset((name,)))

    def _differential(self, of: Expr, variables: tuple[Sym, ...]) -> Code:
        inner, parts = self.code(of), [self.code(v) for v in variables]
        for v in variables:
            self._note_cut(inner, v.name)
            self.tangents[v.name] = v.shape

        def run(f: Frame, w: World) -> Values:
            tag, world = f.fresh_tag(), World({}, w)
            for v, part in zip(variables, parts, strict=True):
                pairs = zip(f.value(part, w), given(f.tangents, v.name), strict=True)
                world.values[v.name] = [Dual(tag, bent(x), {0: d}) if d else bent(x) for x, d in pairs]
            return [tangent(v, tag, 0) for v in f.value(inner, world)]

        return self._code(run, inner, *parts, cuts=frozenset(v.name for v in variables))

    def _note_cut(self, of: Code, by: str) -> None:
        """∂(∂L/∂x)/∂z with z computed from x: whether z is held fixed inside is a matter of reading."""
        self.differentiated = True
        definition = self.context.definitions.get(by)
        if definition is None:
            return
        upstream = self._definition(by, definition).reads
        if of.cuts & upstream:
            raise Unsupported(f"a derivative by the intermediate {by} of a derivative by what {by} is computed from")

    def _let(self, variable: Sym, value: Expr, body: Expr) -> Code:
        outside, inside, name = self.code(value), self._scoped(variable, body), variable.name

        def run(f: Frame, w: World) -> Values:
            return f.value(inside, World({name: f.value(outside, w)}, w))

        exponents = outside.reads if name in inside.exponents else frozenset[str]()
        return self._code(run, self._code(inside.run, inside, hidden=frozenset((name,))), outside, exponents=exponents)

    def _scoped(self, variable: Sym, body: Expr) -> Code:
        """The body of a binder; refused where a definition that it reads mentions the bound name outside."""
        inner = self.code(body)
        for name in inner.reads & self.context.definitions.keys():
            if name != variable.name and variable.name in self.code(self.context.definitions[name]).reads:
                raise Unsupported(f"{variable.name} is bound here, while {name} is defined by another {variable.name}")
        return inner


# ------------------------------------------------------------- on flat lists

def given(values: Mapping[str, Given], name: str) -> Given:
    """The point's value for a name."""
    if name not in values:
        raise Unsupported(f"no value for {name}")
    return values[name]


def _small(e: Expr) -> bool:
    """Scalars are recomputed rather than looked up: the key costs as much."""
    return shape(e) == SCALAR


def _bound(world: World, name: str) -> Values:
    found = world.find(name)
    if found is None:
        raise Unsupported(f"no value for {name}")
    return found


def _within(value: int, size: int) -> int:
    if not 1 <= value <= size:
        raise OffDomain(f"place {value} where there are {size}")
    return value


def _sum(parts: Iterable[Values]) -> Values:
    iterator = iter(parts)
    total = list(next(iterator))
    for part in iterator:
        for i, x in enumerate(part):
            if x or type(total[i]) is Flat:
                total[i] = total[i] + x
    return total


def _product(parts: Iterable[Values]) -> Value:
    total: Value = 1
    for part in parts:
        total = total * part[0]
    return total


def _transposed(values: Values, rows: int, columns: int) -> Values:
    return [values[i * columns + j] for j in range(columns) for i in range(rows)]


def _diagonal(values: Sequence[Value]) -> Values:
    n = len(values)
    return [values[i] if i == j else 0 for i in range(n) for j in range(n)]


def _diagonal_of(values: Values) -> Values:
    n = isqrt(len(values))
    return values[:: n + 1]


def _softmax(f: Frame, values: Values, sizes: list[int], axis: int) -> Values:
    """Shifted by the first entry, which changes nothing but makes more exponentials representable."""
    outer, n, inner = prod(sizes[:axis]), sizes[axis], prod(sizes[axis + 1 :])
    result: Values = [0] * len(values)
    for i, j in product(range(outer), range(inner)):
        places = [(i * n + k) * inner + j for k in range(n)]
        first = values[places[0]]
        powers = [f.functions.exp(values[p] - first) for p in places]
        total = _sum([x] for x in powers)[0]
        for p, x in zip(places, powers, strict=True):
            result[p] = quotient(x, total)
    return result


def _polynomial(f: Frame, polynomial: Polynomial, entries: Values) -> Value:
    total: Value = 0
    for coefficient, exponents in polynomial.terms:
        term: Value = plain(coefficient)
        for entry, exponent in zip(entries, exponents, strict=True):
            if exponent:
                term = term * f.functions.power(entry, exponent)
        total = total + term
    return total


def _applied(f: Frame, name: str, entries: Values) -> Values:
    f.spend(len(entries))
    return [_polynomial(f, p, entries) for p in given(f.polynomials, name)]


def _derived(rule: Scalar, order: int) -> Scalar:
    """The derivative of a function of one scalar, by one nested direction for each order."""

    def derived(f: Frame, w: World, x: Value) -> Value:
        tags = [f.fresh_tag() for _ in range(order)]
        for tag in tags:
            x = Dual(tag, bent(x), {0: 1})
        result = rule(f, w, x)
        for tag in reversed(tags):
            result = tangent(result, tag, 0)
        return result

    return derived
