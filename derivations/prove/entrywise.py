"""The second way: a statement entry by entry, at named sizes, with SymPy.

Every variable becomes an array of plain symbols with names of our own; sums become ``Add``,
inverses and determinants cofactors, and derivatives are plain ``.diff(symbol)`` of single entries.
Entries of definitions, matrix products and the like are symbols with a *meaning*: an expression in
earlier symbols.  ∂of/∂by then is exact bookkeeping with the chain rule (reverse accumulation,
Linnainmaa 1970): ``by``'s own symbols are inputs, whatever they mean, which is the cut that the
node ``Derivative`` asks for, and their value is put back by never having been taken away.

Unknown functions φ, ℓ are symbols as well, one for each partial derivative at each argument tuple.
Switches are symbols valued 0 or 1: a gate h for each argument of relu, step, sign, abs (up to a
rational factor), Y_ic for "the label of row i is c", entries of binary variables.

``check`` compares both sides with the zero test of ``zero.py``; ``values_at`` evaluates them at a
point: the independent second evaluation of a counterexample.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from derivations.prove.zero import (
    MAX_ROOTS,
    PRIMES,
    Algebra,
    Limit,
    NoRoot,
    Poly,
    Trial,
    Vanishing,
    leading,
)

import sympy  # isort: skip  (zero.py chooses the ground types first)
from sympy import Rational, Symbol
from sympy.polys.domains import QQ
from sympy.polys.fields import field as fraction_field

from derivations import expr as ex
from derivations.claims import Context, Equation, SignAssumption, Statement, Variable
from derivations.expr import Dim, Expr, Index, IndexTerm, LabelOf, Sym
from derivations.shapes import as_matrix, shape
from derivations.verdicts import Exact, Point, Polynomial

Scalar: TypeAlias = Any  # a SymPy expression (SymPy's own annotations do not carry)
Entries: TypeAlias = tuple[Scalar, ...]
Cell: TypeAlias = dict[Symbol, int]

NOTHING: Scalar = sympy.S.Zero
ONE: Scalar = sympy.S.One
HALF = Rational(1, 2)
MAX_COFACTORS = 4  # largest determinant written out
MAX_LABELLINGS = 64  # assignments of labels expanded at one node
MAX_ENTRIES = 20_000  # entries of one array
MAX_CELLS = 1024  # assignments of switches compared for one entry
MAX_REDRAWS = 400
TRIALS = 2

# ------------------------------------------------------------------ answers


@dataclass(frozen=True, slots=True)
class Equal:
    """Both sides agree in every entry at ``sizes``; ``error_bound`` is None where that is exact."""

    sizes: Mapping[str, int]
    exact: bool
    error_bound: float | None
    entries: int


@dataclass(frozen=True, slots=True)
class Different:
    """``entry`` (free indices, then the place, from 1) seems to differ: a hint, no refutation."""

    entry: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No answer, and why; ``limit`` where a budget was spent."""

    reason: str
    limit: bool


Answer: TypeAlias = Equal | Different | CannotTell


class Undefined(Exception):
    """The statement has no value at these sizes, or uses what this evaluation does not know."""


class PointError(ValueError):
    """A point that decides nothing; ``where`` says which part of the evaluation failed."""

    def __init__(self, where: str, message: str) -> None:
        super().__init__(f"{where}: {message}")
        self.where = where
        self.message = message


# -------------------------------------------------------------------- scope


@dataclass(frozen=True, slots=True)
class Scope:
    """What is bound around a node: index values, parameters' symbols, labels already assigned."""

    indices: Mapping[Index, int] = field(default_factory=dict)
    parameters: Mapping[str, tuple[Symbol, ...]] = field(default_factory=dict)
    labels: Mapping[tuple[str, int], int] = field(default_factory=dict)

    def at(self, indices: Iterable[Index], values: Iterable[int]) -> Scope:
        return Scope({**self.indices, **dict(zip(indices, values, strict=True))}, self.parameters, self.labels)

    def having(self, name: str, symbols: tuple[Symbol, ...]) -> Scope:
        return Scope(self.indices, {**self.parameters, name: symbols}, self.labels)

    def labelled(self, labels: Mapping[tuple[str, int], int]) -> Scope:
        return Scope(self.indices, self.parameters, {**self.labels, **labels})


@dataclass(frozen=True, slots=True)
class Facts:
    """Of one node: a number (equal nodes, equal numbers) and what its value depends on."""

    node: Expr
    number: int
    indices: frozenset[Index]
    labels: frozenset[LabelOf]
    names: frozenset[str]


def _terms(node: Expr) -> tuple[IndexTerm, ...]:
    """The index terms that a node itself holds."""
    match node:
        case ex.Delta(left=a, right=b):
            return (a, b)
        case ex.Entry(indices=terms):
            return terms
        case ex.Derivative(at=terms) if terms is not None:
            return terms
        case _:
            return ()


def _binders(node: Expr) -> tuple[Index, ...]:
    match node:
        case ex.Sum(index=i) | ex.Product(index=i):
            return (i,)
        case ex.Build(indices=bound):
            return bound
        case _:
            return ()


def _labels_in(term: IndexTerm) -> Iterator[LabelOf]:
    if isinstance(term, LabelOf):
        yield term
        if term.row is not None:
            yield from _labels_in(term.row)


# --------------------------------------------------------------- evaluation


@dataclass(frozen=True, slots=True)
class Opaque:
    """A symbol for a function's value: its arguments, and its partial derivatives on demand."""

    arguments: Entries
    partial: Callable[[int], Scalar]


class Entrywise:
    """All expressions of one context at one choice of sizes, as tuples of scalars (row-major), memoised."""

    def __init__(
        self,
        context: Context,
        sizes: Mapping[str, int],
        assumptions: Sequence[Equation | SignAssumption] = (),
        point: Point | None = None,
    ) -> None:
        self.context = context
        self.sizes = dict(sizes)
        self.point = point
        self.algebra = Algebra()
        self.order: dict[Symbol, int] = {}
        self.chain: dict[Symbol, Scalar] = {}
        self.opaque: dict[Symbol, Opaque] = {}
        self.leaves: dict[tuple[str, str], tuple[Symbol, ...]] = {}
        self.switch_groups: dict[Symbol, tuple[tuple[Symbol, ...], tuple[tuple[int, ...], ...]]] = {}
        self.nonzero: set[Symbol] = set()
        self.unused: list[Equation] = []
        self._facts: dict[int, Facts] = {}
        self._numbers: dict[Expr, int] = {}
        self._forget()
        self._assume(assumptions)

    def _forget(self) -> None:
        """Drop whatever was derived; symbols of variables stay."""
        self.algebra = Algebra(
            self.algebra.values, self.algebra.switches, self.algebra.groups, self.algebra.positive
        )
        self.gates: dict[Symbol, Scalar] = {}
        self.angles: dict[Symbol, tuple[str, Scalar]] = {}
        self.obligations: dict[tuple[str, Scalar], None] = {}
        self.known_positive: set[Any] = set()
        self._gate_symbols: dict[Any, Symbol] = {}
        self._opaque_symbols: dict[Any, Symbol] = {}
        self._names: dict[Scalar, Symbol] = {}
        self._parameters: dict[Any, tuple[Symbol, ...]] = {}
        self._definitions: dict[str, tuple[Symbol, ...]] = {}
        self._in_progress: set[str] = set()
        self._memo: dict[Any, Entries] = {}
        self._partials: dict[tuple[Scalar, Symbol], Scalar] = {}
        self._symbols: dict[Scalar, tuple[Symbol, ...]] = {}
        self._adjoints: dict[Any, dict[Symbol, Scalar]] = {}

    # -------------------------------------------------------------- symbols

    def fresh(self) -> Symbol:
        """A new symbol, with a name that no document can choose."""
        if len(self.order) > 40 * MAX_ENTRIES:
            raise Limit("too many entries")
        symbol = Symbol(f"s{len(self.order)}")
        self.order[symbol] = len(self.order)
        return symbol

    def meaning(self, e: Scalar) -> Symbol:
        """A new symbol standing for ``e``; derivatives pass through it, unless it is cut."""
        symbol = self.fresh()
        self.chain[symbol] = e
        self.algebra.values[symbol] = e
        return symbol

    def compact(self, e: Scalar) -> Scalar:
        """``e``, or a symbol for it where it is a sum: keeps every tree small."""
        if not isinstance(e, sympy.Add):
            return e
        symbol = self._names.get(e)
        if symbol is None:
            symbol = self._names[e] = self.meaning(e)
        return symbol

    def dim(self, dim: Dim) -> int:
        """The concrete size of a dimension; raises Undefined where one is missing."""
        missing = [n for n in dim.names if n not in self.sizes]
        if missing:
            raise Undefined(f"no size for {missing[0]}")
        return dim.coefficient * math.prod(self.sizes[n] for n in dim.names)

    def dims(self, dims: Sequence[Dim]) -> tuple[int, ...]:
        """Concrete sizes of an array's axes; raises Limit for huge arrays."""
        out = tuple(self.dim(d) for d in dims)
        if math.prod(out) > MAX_ENTRIES:
            raise Limit("an array has too many entries")
        return out

    def matrix_dims(self, e: Expr) -> tuple[int, int]:
        rows, columns = self.dims(as_matrix(shape(e)))
        return rows, columns

    def leaf(self, kind: str, name: str, dims: Sequence[Dim]) -> tuple[Symbol, ...]:
        """The symbols of a free variable ("X") or tangent ("dX"), one an entry; domains are recorded."""
        found = self.leaves.get((kind, name))
        if found is None:
            count = math.prod(self.dims(dims))
            found = self.leaves[kind, name] = tuple(self.fresh() for _ in range(count))
            variable = self.context.variables.get(name)
            if variable is not None:
                self._share_symmetric(variable, found)
                if kind == "X":
                    self._restrict(variable, found)
        return found

    def _share_symmetric(self, variable: Variable, symbols: tuple[Symbol, ...]) -> None:
        """S_ij and S_ji stay two inputs (derivatives take them apart) with one value."""
        if not (variable.symmetric or variable.definite) or self.point is not None or not variable.shape:
            return
        n = self.dim(variable.shape[0])
        for i, j in itertools.combinations(range(n), 2):
            shared = self.fresh()
            self.algebra.values[symbols[i * n + j]] = shared
            self.algebra.values[symbols[j * n + i]] = shared

    def _restrict(self, variable: Variable, symbols: tuple[Symbol, ...]) -> None:
        if self.point is not None:
            return
        if variable.definite:
            n = self.dim(variable.shape[0]) if variable.shape else 1
            self.algebra.positive.update(symbols[i * n + i] for i in range(n))
        for symbol in symbols:
            value = self.algebra.values.get(symbol, symbol)
            match variable.domain:
                case "positive" | "nonnegative":
                    self.algebra.positive.add(value)
                case "nonzero":
                    self.nonzero.add(value)
                case "binary" if isinstance(value, Symbol):
                    self._switch((value,), ((0,), (1,)))
                case "sign" if isinstance(value, Symbol):
                    bit = self.fresh()
                    self._switch((bit,), ((0,), (1,)))
                    self.algebra.values[value] = 2 * bit - 1
                case _:
                    pass

    def _switch(self, symbols: tuple[Symbol, ...], rows: tuple[tuple[int, ...], ...]) -> None:
        for symbol in symbols:
            self.algebra.switches.add(symbol)
            self.switch_groups[symbol] = (symbols, rows)
            if len(symbols) > 1:
                self.algebra.groups[symbol] = symbols

    def _one_hot(self, symbols: tuple[Symbol, ...]) -> None:
        """Exactly one of these switches is 1: the last is 1 minus the others."""
        rows = tuple(tuple(int(a == b) for b in range(len(symbols))) for a in range(len(symbols)))
        self._switch(symbols, rows)
        self.algebra.values[symbols[-1]] = sympy.Add(ONE, *(-s for s in symbols[:-1]))

    def label(self, name: str, row: int, classes: int) -> tuple[Symbol, ...]:
        """Y_row,1 … Y_row,classes: which label the row has."""
        found = self.leaves.get((f"label {row}", name))
        if found is None:
            found = self.leaves[f"label {row}", name] = tuple(self.fresh() for _ in range(classes))
            if self.point is None:
                self._one_hot(found)
        return found

    # ---------------------------------------------------------- assumptions

    def _assume(self, assumptions: Sequence[Equation | SignAssumption]) -> None:
        """Turn equations into values of entries; what cannot be used is listed in ``unused``."""
        for assumption in assumptions:
            if isinstance(assumption, SignAssumption):
                self._assume_sign(assumption)
        for assumption in assumptions:
            if isinstance(assumption, Equation) and not self._assume_equation(assumption):
                self.unused.append(assumption)
        if assumptions:
            self._forget()
            for assumption in assumptions:
                if isinstance(assumption, SignAssumption):
                    self._assume_sign(assumption)

    def _everywhere(self, *sides: Expr) -> Iterator[tuple[Entries, ...]]:
        free = sorted(frozenset[Index]().union(*(self.facts(s).indices for s in sides)), key=index_key)
        for values in itertools.product(*(range(1, self.dim(i.dim) + 1) for i in free)):
            scope = Scope().at(free, values)
            yield tuple(self.entries(s, scope) for s in sides)

    def _assume_sign(self, assumption: SignAssumption) -> None:
        for (operand,) in self._everywhere(assumption.operand):
            for e in operand:
                value = self.algebra.values.get(e, e)
                if assumption.sign == "≠":
                    self.nonzero.add(value)
                elif isinstance(value, Symbol) and value not in self.algebra.values:
                    self.algebra.positive.add(value)
                elif poly := self.algebra.expand(e):
                    self.known_positive.add(_gate_key(poly)[:2])

    def _assume_equation(self, equation: Equation) -> bool:
        solved = True
        for left, right in self._everywhere(equation.left, equation.right):
            for a, b in zip(left, right, strict=True):
                try:
                    solved = self._solve(a - b) and solved
                except Limit:
                    solved = False
        return solved

    def _solve(self, e: Scalar) -> bool:
        """Make e = 0 true by giving one entry a value; False where no entry can carry it."""
        poly = self.algebra.expand(e)
        if not poly:
            return True
        if self._solve_one_hot(poly):
            return True
        free = {s for symbols in self.leaves.values() for s in symbols} - self.algebra.switches
        free |= {v for v in self.algebra.values.values() if isinstance(v, Symbol)}
        candidates = [
            (g, generator.body)
            for g, generator in enumerate(self.algebra.generators)
            if generator.kind == "leaf" and generator.body in free and any(g == h for m in poly for h, _ in m)
        ]
        candidates.sort(key=lambda c: (c[1] in self.algebra.positive, -self.order[c[1]]))
        for degree in (1, 2):
            for number, symbol in candidates:
                if self._solve_for(poly, number, symbol, degree):
                    return True
        return False

    def _solve_for(self, poly: Poly, number: int, symbol: Symbol, degree: int) -> bool:
        """c·x^degree + rest = 0, where c is a number or a product of entries that are not 0."""
        powers = {m: dict(m).get(number, 0) for m in poly}
        tops = [m for m, e in powers.items() if e]
        if len(tops) != 1 or powers[tops[0]] != degree:
            return False
        others = [(g, e) for g, e in tops[0] if g != number]
        if any(self.algebra.generators[g].kind not in ("leaf", "exp") for g, _ in others):
            return False
        if any(
            self.algebra.generators[g].kind == "leaf"
            and self.algebra.generators[g].body not in self.nonzero | self.algebra.positive
            for g, _ in others
        ):
            return False
        inside = {g for m in poly for g, _ in m if self.algebra.generators[g].kind != "leaf"}
        if any(self._mentions(g, symbol) for g in inside):
            return False
        rest = self.written({m: c for m, c in poly.items() if m != tops[0]})
        factor = self.written({tuple(others): poly[tops[0]]})
        if rest is None or factor is None:
            return False
        value = -rest / factor
        self.algebra.values[symbol] = value if degree == 1 else sympy.Pow(value, HALF)
        self._forget_algebra()
        return True

    def _mentions(self, number: int, symbol: Symbol) -> bool:
        body = self.algebra.generators[number].body
        if isinstance(body, Symbol):
            return body == symbol
        return not isinstance(body, dict) or any(self._mentions(g, symbol) for m in body for g, _ in m)

    def _solve_one_hot(self, poly: Poly) -> bool:
        """Σ of switches = 1."""
        numbers = [m[0][0] for m in poly if len(m) == 1 and m[0][1] == 1]
        symbols = tuple(self.algebra.generators[g].body for g in numbers)
        c = poly.get((), 0)
        if len(poly) != len(numbers) + 1 or len(numbers) < 2 or any(poly[((g, 1),)] != -c for g in numbers):
            return False
        if any(s not in self.algebra.switches or s in self.algebra.groups for s in symbols):
            return False
        self._one_hot(symbols)
        self._forget_algebra()
        return True

    def _forget_algebra(self) -> None:
        known = self.algebra
        self.algebra = Algebra(known.values, known.switches, known.groups, known.positive)
        self._gate_symbols.clear()
        self._opaque_symbols.clear()

    def written(self, poly: Poly) -> Scalar | None:
        """A polynomial as an expression again; None where it holds logs or roots."""
        terms: list[Scalar] = []
        for monomial, c in poly.items():
            factors: list[Scalar] = [Rational(c.numerator, c.denominator)]
            for number, e in monomial:
                generator = self.algebra.generators[number]
                base = generator.body if generator.kind == "leaf" else self.written(generator.body)
                if generator.kind not in ("leaf", "exp", "inverse") or base is None:
                    return None
                exponent = Rational(e.numerator, e.denominator)
                if generator.kind == "exp":
                    factors.append(sympy.exp(exponent * base))
                else:
                    factors.append(sympy.Pow(base, exponent if generator.kind == "leaf" else -exponent))
            terms.append(sympy.Mul(*factors))
        return sympy.Add(*terms)

    # ----------------------------------------------------------------- walk

    def facts(self, node: Expr) -> Facts:
        """What a node depends on, bottom-up, memoised by identity and by structure."""
        found = self._facts.get(id(node))
        if found is None:
            found = self._facts[id(node)] = self._new_facts(node)
        return found

    def _new_facts(self, node: Expr) -> Facts:
        below = [self.facts(child) for child in ex.children(node)]
        terms = _terms(node)
        indices = {i for t in terms for i in ex.index_variables(t)}.union(*(f.indices for f in below))
        labels = {x for t in terms for x in _labels_in(t)}.union(*(f.labels for f in below))
        names = set[str]().union(*(f.names for f in below))
        match node:
            case Sym(name=name):
                names.add(name)
            case ex.Derivative(by=by):
                names.add(by.name)
            case ex.Differential(variables=variables):
                names.update(v.name for v in variables)
            case _:
                pass
        bound = set(_binders(node))
        labels = {x for x in labels if bound.isdisjoint(ex.index_variables(x))}
        number = self._numbers.setdefault(node, len(self._numbers))
        return Facts(node, number, frozenset(indices - bound), frozenset(labels), frozenset(names))

    def entries(self, node: Expr, scope: Scope) -> Entries:
        """The entries of ``node``, row-major; raises Undefined or Limit."""
        facts = self.facts(node)
        key = (
            facts.number,
            tuple((i, scope.indices[i]) for i in facts.indices),
            tuple((n, scope.parameters[n]) for n in facts.names if n in scope.parameters),
            tuple((x, scope.labels.get(self.row_of(x, scope), 0)) for x in facts.labels),
        )
        found = self._memo.get(key)
        if found is None:
            found = self._memo[key] = self._lifted(node, facts, scope)
        return found

    def _lifted(self, node: Expr, facts: Facts, scope: Scope) -> Entries:
        """The node with every label in it given each value in turn: Σ_c Y_ic · node(k_i = c)."""
        open_labels = self.open_labels(facts.labels, scope)
        if math.prod(open_labels.values()) > MAX_LABELLINGS:
            own = frozenset(x for t in _terms(node) for x in _labels_in(t))
            open_labels = self.open_labels(own, scope)
            if math.prod(open_labels.values()) > MAX_LABELLINGS:
                raise Limit("too many assignments of labels")
        if not open_labels:
            return self._evaluate(node, scope)
        total: list[list[Scalar]] = []
        for choice in itertools.product(*(range(1, c + 1) for c in open_labels.values())):
            labels = dict(zip(open_labels, choice, strict=True))
            factor = [self.label(n, row, open_labels[n, row])[c - 1] for (n, row), c in labels.items()]
            total.append([sympy.Mul(*factor, e) for e in self.entries(node, scope.labelled(labels))])
        return tuple(self.compact(sympy.Add(*column)) for column in zip(*total, strict=True))

    def row_of(self, label: LabelOf, scope: Scope) -> tuple[str, int]:
        return label.label, 0 if label.row is None else self.index(label.row, scope)

    def open_labels(self, labels: Iterable[LabelOf], scope: Scope) -> dict[tuple[str, int], int]:
        """The labels that have no value yet, with their number of classes."""
        if self.point is not None:
            return {}
        found = {self.row_of(x, scope): self.dim(x.dim) for x in labels}
        return {k: found[k] for k in sorted(found) if k not in scope.labels}

    def index(self, term: IndexTerm, scope: Scope) -> int:
        """The value of an index term, from 1; raises Undefined where it is out of range."""
        match term:
            case Index():
                value = scope.indices[term]
            case ex.Position(value=value):
                pass
            case LabelOf():
                value = self._label_value(self.row_of(term, scope), scope)
            case ex.Affine(terms=terms, offset=offset):
                value = offset + sum(c * scope.indices[i] for c, i in terms)
        if not 1 <= value <= self.dim(term.dim):
            raise Undefined("an index leaves its range at these sizes")
        return value

    def _label_value(self, row: tuple[str, int], scope: Scope) -> int:
        if self.point is None:
            return scope.labels[row]
        values = self.point.labels.get(row[0])
        if values is None or max(row[1], 1) > len(values):
            raise PointError(row[0], "no label is given for this row")
        return values[max(row[1], 1) - 1]

    # ---------------------------------------------------------------- nodes

    def _evaluate(self, node: Expr, scope: Scope) -> Entries:
        match node:
            case ex.Num(value=value):
                return (Rational(value.numerator, value.denominator),)
            case ex.Pi():
                return self._pi()
            case ex.Size(dim=dim):
                return (sympy.Integer(self.dim(dim)),)
            case Sym():
                return self.symbols(node, scope)
            case ex.Tangent(name=name, shape=dims):
                return self.leaf("dX", name, dims)
            case ex.Fill(value=value, shape=dims):
                return self.entries(value, scope) * math.prod(self.dims(dims))
            case ex.Identity(dim=dim):
                n = self.dim(dim)
                return tuple(ONE if i == j else NOTHING for i in range(n) for j in range(n))
            case ex.Delta(left=a, right=b):
                return (ONE if self.index(a, scope) == self.index(b, scope) else NOTHING,)
            case ex.Add(operands=operands):
                columns = zip(*(self.entries(a, scope) for a in operands), strict=True)
                return tuple(sympy.Add(*column) for column in columns)
            case ex.Times(left=a, right=b):
                return self._times(self.entries(a, scope), self.entries(b, scope), a, b)
            case ex.Power(base=a, exponent=x):
                exponent = self.number(self.entries(x, scope)[0])
                return tuple(self.power(e, exponent) for e in self.entries(a, scope))
            case ex.MatMul():
                return self._matmul(node, scope)
            case ex.Map() | ex.Apply() | ex.Softmax():
                return self._function(node, scope)
            case ex.Sum(index=i, body=a):
                bodies = [self.entries(a, scope.at((i,), (v,))) for v in range(1, self.dim(i.dim) + 1)]
                return tuple(self.compact(sympy.Add(*column)) for column in zip(*bodies, strict=True))
            case ex.Product(index=i, body=a):
                parts = [self.entries(a, scope.at((i,), (v,)))[0] for v in range(1, self.dim(i.dim) + 1)]
                return (sympy.Mul(*parts),)
            case ex.Entry(array=a, indices=terms):
                return (self.entries(a, scope)[self.position(terms, scope)],)
            case ex.Build(indices=bound, body=a):
                places = itertools.product(*(range(1, n + 1) for n in self.dims([i.dim for i in bound])))
                return tuple(self.entries(a, scope.at(bound, p))[0] for p in places)
            case ex.Derivative():
                return self._derivative(node, scope)
            case ex.Differential(of=a, variables=variables):
                return self._differential(a, variables, scope)
            case ex.Let(variable=variable, value=value, body=body):
                return self.entries(body, scope.having(variable.name, self.parameter(self.entries(value, scope))))
            case _:
                return self._linear_algebra(node, scope)

    def _times(self, left: Entries, right: Entries, a: Expr, b: Expr) -> Entries:
        if shape(a) == ex.SCALAR:
            left = left * len(right)
        elif shape(b) == ex.SCALAR:
            right = right * len(left)
        return tuple(sympy.Mul(x, y) for x, y in zip(left, right, strict=True))

    def _matmul(self, node: ex.MatMul, scope: Scope) -> Entries:
        left, right = self.entries(node.left, scope), self.entries(node.right, scope)
        (m, k), (_, n) = self.matrix_dims(node.left), self.matrix_dims(node.right)
        return tuple(
            self.compact(sympy.Add(*(sympy.Mul(left[i * k + s], right[s * n + j]) for s in range(k))))
            for i in range(m)
            for j in range(n)
        )

    def _linear_algebra(self, node: Expr, scope: Scope) -> Entries:
        match node:
            case ex.Kronecker():
                return self._kronecker(node, scope)
            case ex.Transpose(operand=a) | ex.Vec(operand=a):
                m, n = self.matrix_dims(a)
                e = self.entries(a, scope)
                return tuple(e[i * n + j] for j in range(n) for i in range(m))
            case ex.Inverse(operand=a):
                return self._inverse(self.entries(a, scope), self.matrix_dims(a)[0])
            case ex.Det(operand=a):
                det = self.determinant(self.entries(a, scope), self.matrix_dims(a)[0])
                self.obligations["size", det] = None
                return (det,)
            case ex.Trace(operand=a) | ex.Diagonal(operand=a):
                e, n = self.entries(a, scope), self.matrix_dims(a)[0]
                diagonal = tuple(e[i * n + i] for i in range(n))
                return diagonal if isinstance(node, ex.Diagonal) else (self.compact(sympy.Add(*diagonal)),)
            case ex.DiagonalMatrix(operand=a):
                e = self.entries(a, scope)
                return tuple(x if i == j else NOTHING for i, x in enumerate(e) for j in range(len(e)))
            case ex.Norm(operand=a):
                return (self.power(sympy.Add(*(e**2 for e in self.entries(a, scope))), HALF),)
            case _:
                raise Undefined(f"{type(node).__name__} is not evaluated entry by entry")

    def _kronecker(self, node: ex.Kronecker, scope: Scope) -> Entries:
        left, right = self.entries(node.left, scope), self.entries(node.right, scope)
        (m, n), (p, q) = self.matrix_dims(node.left), self.matrix_dims(node.right)
        self.dims((Dim(m * p), Dim(n * q)))
        return tuple(
            sympy.Mul(left[i * n + j], right[k * q + s])
            for i in range(m)
            for k in range(p)
            for j in range(n)
            for s in range(q)
        )

    def determinant(self, e: Entries, n: int) -> Scalar:
        """By cofactors along the first row; a symbol of its own."""
        if n > MAX_COFACTORS:
            raise Limit(f"a determinant of {n} rows")
        return self.compact(self._det(e, n))

    def _det(self, e: Entries, n: int) -> Scalar:
        if n == 1:
            return e[0]
        return sympy.Add(*((-1) ** j * e[j] * self._det(_minor(e, n, 0, j), n - 1) for j in range(n)))

    def _inverse(self, e: Entries, n: int) -> Entries:
        det = self.determinant(e, n)
        if n == 1:
            return (self.power(det, sympy.S.NegativeOne),)
        over = self.power(det, sympy.S.NegativeOne)
        cofactor = [[(-1) ** (i + j) * self._det(_minor(e, n, j, i), n - 1) for j in range(n)] for i in range(n)]
        return tuple(self.compact(cofactor[i][j]) * over for i in range(n) for j in range(n))

    def number(self, e: Scalar) -> Scalar:
        """``e`` as a rational number where it is one in disguise, else itself."""
        if isinstance(e, Symbol) and e in self.algebra.values:
            poly = self.algebra.expand(e)
            if not poly or (len(poly) == 1 and () in poly):
                c = poly.get((), 0)
                return Rational(c.numerator, c.denominator)
        return e

    def power(self, base: Scalar, exponent: Scalar) -> Scalar:
        """base^exponent over the reals; √(v²ᵏ) is |v|ᵏ; raises Undefined for 1/0."""
        if not isinstance(exponent, Rational):
            self.require("positive", base)
            return sympy.Pow(self.compact(base), exponent)
        if exponent.q != 1:
            self.require("nonnegative" if exponent.q % 2 == 0 else "nonzero", base)
        if exponent < 0:
            self.require("nonzero", base)
        if exponent.q == 2 and isinstance(base, sympy.Pow) and base.exp.is_Integer and base.exp % 2 == 0:
            return sympy.Pow(self.absolute(base.base), base.exp * exponent)
        return sympy.Pow(self.compact(base) if exponent.q != 1 or exponent < 0 else base, exponent)

    def require(self, what: str, e: Scalar) -> None:
        """Record a condition for ``e`` to be in the domain; raises Undefined where it visibly fails."""
        if e.is_Rational:
            if (e == 0 and what in ("nonzero", "positive")) or (e < 0 and what in ("positive", "nonnegative")):
                raise Undefined("a division by zero, or a root or logarithm of a number that has none")
        else:
            self.obligations[what, self.compact(e)] = None

    def position(self, terms: Sequence[IndexTerm], scope: Scope) -> int:
        """The place in a row-major array."""
        place = 0
        for term in terms:
            place = place * self.dim(term.dim) + self.index(term, scope) - 1
        return place

    def symbols(self, sym: Sym, scope: Scope) -> tuple[Symbol, ...]:
        """The symbols of a parameter, a definition or a variable: one for each entry, all different."""
        if sym.name in scope.parameters:
            return scope.parameters[sym.name]
        if sym.name not in self.context.definitions:
            return self.leaf("X", sym.name, sym.shape)
        found = self._definitions.get(sym.name)
        if found is None:
            found = self._definitions[sym.name] = self._define(sym.name)
        return found

    def _define(self, name: str) -> tuple[Symbol, ...]:
        definition = self.context.definitions[name]
        if name in self._in_progress:
            raise Undefined("a definition refers to itself")
        if self.facts(definition).indices:
            raise Undefined("a definition has a free index")
        self._in_progress.add(name)
        entries = self.entries(definition, Scope())
        self._in_progress.discard(name)
        return tuple(self.meaning(e) for e in entries)

    def parameter(self, values: Entries) -> tuple[Symbol, ...]:
        """Symbols of their own for the values that a parameter takes."""
        found = self._parameters.get(values)
        if found is None:
            found = self._parameters[values] = tuple(self.meaning(v) for v in values)
        return found

    def _pi(self) -> Entries:
        if self.point is not None:
            raise PointError("π", "has no exact value here")
        symbols = self.leaf("number", "π", ())
        self.algebra.positive.update(symbols)
        return symbols

    # ------------------------------------------------------------ functions

    def _function(self, node: Expr, scope: Scope) -> Entries:
        match node:
            case ex.Softmax(operand=a, axis=axis):
                return self._softmax(self.entries(a, scope), self.matrix_dims(a), axis)
            case ex.Apply(name=name, operand=a, shape=dims):
                arguments = self.entries(a, scope)
                count = math.prod(self.dims(dims))
                return tuple(self.unknown(name, k, (), arguments) for k in range(count))
            case ex.Map(function=f, operand=a, order=order):
                return tuple(self._mapped(f, u, order, scope) for u in self.entries(a, scope))
            case _:
                raise Undefined(f"{type(node).__name__} is not a function")

    def _softmax(self, e: Entries, dims: tuple[int, int], axis: int) -> Entries:
        rows, columns = dims
        powers = [sympy.exp(x) for x in e]
        out = list(powers)
        lines = (
            [range(i * columns, (i + 1) * columns) for i in range(rows)]
            if axis == 1
            else [range(j, rows * columns, columns) for j in range(columns)]
        )
        for line in lines:
            over = sympy.Pow(self.compact(sympy.Add(*(powers[k] for k in line))), -1)
            for k in line:
                out[k] = powers[k] * over
        return tuple(out)

    def _mapped(self, f: ex.Function, u: Scalar, order: int, scope: Scope) -> Scalar:
        match f:
            case ex.Free(name=name) if self.point is None:
                return self.unknown(name, 0, (0,) * order, (u,))
            case ex.Builtin(name=name) if order == 0:
                return self.builtin(name, u)
            case _:
                pass
        (z,) = self.parameter((u,))
        match f:
            case ex.Lambda(parameter=parameter, body=body):
                (value,) = self.entries(body, scope.having(parameter.name, (z,)))
            case ex.Free(name=name):
                value = self.unknown(name, 0, (), (z,))
            case ex.Builtin(name=name):
                value = self.builtin(name, z)
        for _ in range(order):
            value = self.adjoints(value, (z,)).get(z, NOTHING)
        return value

    def builtin(self, name: ex.BuiltinName, u: Scalar) -> Scalar:
        """A known function as exp, log, switches and angles."""
        match name:
            case "exp":
                return sympy.exp(u)
            case "log":
                self.require("positive", u)
                return sympy.log(u)
            case "sigmoid":
                return sympy.Pow(self.compact(1 + sympy.exp(-u)), -1)
            case "tanh":
                return 1 - 2 * sympy.Pow(self.compact(1 + sympy.exp(2 * u)), -1)
            case "relu":
                return self.gate(u) * u
            case "step":
                return self.gate(u)
            case "sign":
                return 2 * self.gate(u) - 1
            case "abs":
                return self.absolute(u)
            case "sin" | "cos":
                return self._angle(name, u)

    def absolute(self, u: Scalar) -> Scalar:
        """|u| = u·(2h − 1)."""
        return u * (2 * self.gate(u) - 1)

    def gate(self, u: Scalar) -> Scalar:
        """1 where u > 0, else 0, as a constant switch: one for u and all its rational multiples."""
        try:
            poly = self.algebra.expand(u)
        except Limit:
            return self._gate_symbol(u, u)
        if not poly:
            raise Undefined("the argument of a gate is zero identically")
        positive, key, sign = _gate_key(poly)
        if (positive, key) in self.known_positive or self.algebra.is_positive(poly):
            return ONE
        if (not positive, key) in self.known_positive or self.algebra.is_positive({m: -c for m, c in poly.items()}):
            return NOTHING
        h = self._gate_symbol(key, u if sign > 0 else -u)
        return h if sign > 0 else 1 - h

    def _gate_symbol(self, key: Any, u: Scalar) -> Symbol:
        h = self._gate_symbols.get(key)
        if h is None:
            h = self._gate_symbols[key] = self.fresh()
            self._switch((h,), ((0,), (1,)))
            self.gates[h] = u
        return h

    def _angle(self, name: str, u: Scalar) -> Scalar:
        """sin and cos of one angle: a pair on the unit circle, ((2t, 1−t²)/(1+t²))."""
        poly = self.algebra.expand(u)
        if not poly:
            return NOTHING if name == "sin" else ONE
        sign = 1 if poly[leading(poly)] > 0 else -1
        key = ("angle", frozenset((m, sign * c) for m, c in poly.items()))
        if key not in self._parameters:
            s, c, t = self.fresh(), self.fresh(), self.fresh()
            over = sympy.Pow(1 + t**2, -1)
            self.algebra.values[s], self.algebra.values[c] = 2 * t * over, (1 - t**2) * over
            self.opaque[s], self.opaque[c] = Opaque((sign * u,), lambda _: c), Opaque((sign * u,), lambda _: -s)
            self.angles[s], self.angles[c] = ("sin", sign * u), ("cos", sign * u)
            self._parameters[key] = (s, c)
        s, c = self._parameters[key]
        return c if name == "cos" else sign * s

    def unknown(self, name: str, entry: int, orders: tuple[int, ...], arguments: Entries) -> Scalar:
        """A partial derivative of an unspecified function's entry, at the given arguments."""
        if self.point is not None:
            return self._polynomial(name, entry, arguments)
        key = (name, entry, orders, tuple(self.argument_key(u) for u in arguments))
        symbol = self._opaque_symbols.get(key)
        if symbol is None:
            symbol = self._opaque_symbols[key] = self.fresh()
            self.opaque[symbol] = Opaque(
                arguments, lambda i: self.unknown(name, entry, tuple(sorted((*orders, i))), arguments)
            )
            function = self.context.functions.get(name)
            if function is not None and function.positive and not orders:
                self.algebra.positive.add(symbol)
        return symbol

    def argument_key(self, u: Scalar) -> Any:
        """The same for arguments that are the same polynomial in the generators."""
        try:
            return frozenset(self.algebra.expand(u).items())
        except Limit:
            return u

    def _polynomial(self, name: str, entry: int, arguments: Entries) -> Scalar:
        """At a point, a function is the polynomial that the point gives."""
        polynomials = self.point.functions.get(name, ()) if self.point else ()
        if entry >= len(polynomials):
            raise PointError(name, "no polynomial is given for this function")
        return sympy.Add(*(_term(c, powers, arguments) for c, powers in polynomials[entry].terms))

    # ---------------------------------------------------------- derivatives

    def _derivative(self, node: ex.Derivative, scope: Scope) -> Entries:
        by = self.symbols(node.by, scope)
        rows = [self.adjoints(f, by) for f in self.entries(node.of, scope)]
        if node.at is not None:
            by = (by[self.position(node.at, scope)],)
        return tuple(row.get(s, NOTHING) for row in rows for s in by)

    def _differential(self, of: Expr, variables: Sequence[Sym], scope: Scope) -> Entries:
        pairs = [
            pair
            for v in variables
            for pair in zip(self.symbols(v, scope), self.leaf("dX", v.name, v.shape), strict=True)
        ]
        cut = tuple(s for s, _ in pairs)
        rows = [self.adjoints(f, cut) for f in self.entries(of, scope)]
        return tuple(self.compact(sympy.Add(*(r[s] * d for s, d in pairs if s in r))) for r in rows)

    def adjoints(self, e: Scalar, cut: tuple[Symbol, ...]) -> dict[Symbol, Scalar]:
        """∂e/∂s for the symbols s of ``cut``, all of them inputs; where it is 0, s may be left out.

        Reverse accumulation: symbols in the order opposite to their making, so that a symbol's
        adjoint is complete before it is handed on to what the symbol means.
        """
        found = self._adjoints.get((e, cut))
        if found is None:
            found = self._adjoints[e, cut] = self._reverse(e, frozenset(cut))
        return found

    def _reverse(self, e: Scalar, cut: frozenset[Symbol]) -> dict[Symbol, Scalar]:
        reach: dict[Symbol, bool] = dict.fromkeys(cut, True)
        pending: dict[Symbol, list[Scalar]] = {}
        queue: list[tuple[int, Symbol]] = []
        out: dict[Symbol, Scalar] = {}

        def hand_on(adjoint: Scalar, to: Scalar) -> None:
            for r in self.symbols_in(to):
                if self._reaches(r, reach):
                    if r not in pending:
                        pending[r] = []
                        heapq.heappush(queue, (-self.order[r], r))
                    pending[r].append(sympy.Mul(adjoint, self.partial(to, r)))

        hand_on(ONE, e)
        while queue:
            _, t = heapq.heappop(queue)
            adjoint = self.compact(sympy.Add(*pending.pop(t)))
            if t in cut:
                out[t] = adjoint
            elif t in self.opaque:
                opaque = self.opaque[t]
                for i, argument in enumerate(opaque.arguments):
                    if any(self._reaches(r, reach) for r in self.symbols_in(argument)):
                        hand_on(self.compact(adjoint * opaque.partial(i)), argument)
            else:
                hand_on(adjoint, self.chain[t])
        return out

    def _reaches(self, symbol: Symbol, reach: dict[Symbol, bool]) -> bool:
        """Whether a symbol depends on one of the cut."""
        known = reach.get(symbol)
        if known is None:
            below: Entries = ()
            if symbol in self.chain:
                below = (self.chain[symbol],)
            elif symbol in self.opaque:
                below = self.opaque[symbol].arguments
            known = reach[symbol] = any(self._reaches(r, reach) for a in below for r in self.symbols_in(a))
        return known

    def symbols_in(self, e: Scalar) -> tuple[Symbol, ...]:
        if isinstance(e, Symbol):
            return (e,)
        found = self._symbols.get(e)
        if found is None:
            found = self._symbols[e] = tuple(sorted(e.free_symbols, key=self.order.__getitem__))
        return found

    def partial(self, e: Scalar, symbol: Symbol) -> Scalar:
        """SymPy's derivative of a small tree by one of its symbols."""
        if e == symbol:
            return ONE
        found = self._partials.get((e, symbol))
        if found is None:
            found = self._partials[e, symbol] = e.diff(symbol)
        return found


def _minor(e: Entries, n: int, row: int, column: int) -> Entries:
    return tuple(e[i * n + j] for i in range(n) if i != row for j in range(n) if j != column)


def _gate_key(poly: Poly) -> tuple[bool, Any, int]:
    """(sign of the leading coefficient, polynomial scaled to leading coefficient 1, sign as ±1)."""
    c = poly[leading(poly)]
    key = frozenset((m, Fraction(x) / c) for m, x in poly.items())
    return c > 0, key, 1 if c > 0 else -1


def _term(c: Fraction, powers: tuple[int, ...], arguments: Entries) -> Scalar:
    return Rational(c.numerator, c.denominator) * sympy.Mul(*(a**k for a, k in zip(arguments, powers, strict=True)))


def index_key(index: Index) -> tuple[str, str]:
    return index.name, str(index.dim)


def free_index_order(statement: Statement) -> tuple[Index, ...]:
    """The free indices of a statement in the order in which entries list their values."""
    sides = (statement.left, statement.right, *statement.guards)
    return tuple(sorted(frozenset[Index]().union(*(ex.free_indices(s) for s in sides)), key=index_key))


# -------------------------------------------------------------------- sizes


def reachable(statement: Statement) -> tuple[dict[str, None], tuple[Equation | SignAssumption, ...], list[Expr]]:
    """Names, assumptions and expressions that bear on a statement, through definitions."""
    context = statement.context
    names: dict[str, None] = {}
    roots: list[Expr] = []
    queue: list[Expr] = [statement.left, statement.right, *statement.guards]
    used: dict[int, Equation | SignAssumption] = {}
    while queue:
        root = queue.pop()
        roots.append(root)
        for name in sorted(_names(root) - set(names)):
            names[name] = None
            if name in context.definitions:
                queue.append(context.definitions[name])
        if not queue:
            for k, assumption in enumerate(context.assumptions):
                sides = _sides(assumption)
                if k not in used and any(n in names for s in sides for n in _names(s)):
                    used[k] = assumption
                    queue.extend(sides)
    return names, tuple(used[k] for k in sorted(used)), roots


def _sides(assumption: Equation | SignAssumption) -> tuple[Expr, ...]:
    return (assumption.left, assumption.right) if isinstance(assumption, Equation) else (assumption.operand,)


def _names(root: Expr) -> set[str]:
    names: set[str] = set()
    for node in ex.walk(root):
        match node:
            case Sym(name=name):
                names.add(name)
            case ex.Derivative(by=by):
                names.add(by.name)
            case ex.Differential(variables=variables):
                names.update(v.name for v in variables)
            case _:
                pass
    return names


def _dims_in(node: Expr) -> Iterator[Dim]:
    """The dimensions that a node itself mentions."""
    for term in (*_terms(node), *_binders(node)):
        yield term.dim
        yield from (i.dim for i in ex.index_variables(term))
    match node:
        case ex.Size(dim=d) | ex.Identity(dim=d):
            yield d
        case Sym(shape=s) | ex.Tangent(shape=s) | ex.Fill(shape=s) | ex.Apply(shape=s):
            yield from s
        case ex.Derivative(by=by):
            yield from by.shape
        case ex.Differential(variables=variables):
            yield from (d for v in variables for d in v.shape)
        case ex.Let(variable=v):
            yield from v.shape
        case _:
            pass


def needed_sizes(statement: Statement) -> tuple[str, ...]:
    """The symbolic sizes that bear on a statement, definitions included, sorted."""
    _, _, roots = reachable(statement)
    return tuple(sorted({n for r in roots for node in ex.walk(r) for d in _dims_in(node) for n in d.names}))


def choose_sizes(statement: Statement, count: int = 2) -> tuple[dict[str, int], ...]:
    """Assignments of small sizes ≥ 2 that tell transposes and 1/N from 1/C.

    Up to four names: pairwise distinct values in each assignment.  More: values 2, 3, 4, such that
    any two names differ in some assignment (then there may be more than ``count``).  Where a
    determinant or a denominator would vanish identically, another order is tried.
    """
    _, _, roots = reachable(statement)
    nodes = [node for r in roots for node in ex.walk(r)]
    names = tuple(sorted({n for node in nodes for d in _dims_in(node) for n in d.names}))
    literals = {d.coefficient for node in nodes for d in _dims_in(node)}
    risky = any(isinstance(n, (ex.Inverse, ex.Det)) for n in nodes)
    if not names:
        return ({},)
    values = [v for v in range(2, 12) if v not in literals] if len(names) <= 4 else [2, 3, 4]
    out: list[dict[str, int]] = []
    for candidate in itertools.islice(_candidates(names, values, count), 200):
        if candidate not in out and (not risky or _defined(statement, candidate)):
            out.append(candidate)
        if len(out) >= count and (len(names) <= 4 or _separated(names, out)):
            break
    return tuple(out)


def _candidates(names: tuple[str, ...], values: list[int], count: int) -> Iterator[dict[str, int]]:
    """Assignments to try, in order: first orders that differ much, then all."""
    n = len(names)
    if n > 4:
        for shift in range(1, 200):
            yield {name: values[(k // 3 ** ((shift - 1) % 5) + shift // 6) % 3] for k, name in enumerate(names)}
        return
    small = values[:n]
    if n == 1:
        yield from ({names[0]: v} for v in values[: max(count, 2)])
        return
    yield dict(zip(names, small, strict=True))
    yield dict(zip(names, reversed(small), strict=True))
    for width in (n, n + 1):
        for order in itertools.permutations(values[:width], n):
            yield dict(zip(names, order, strict=True))


def _separated(names: tuple[str, ...], chosen: list[dict[str, int]]) -> bool:
    return all(any(c[a] != c[b] for c in chosen) for a, b in itertools.combinations(names, 2))


def _defined(statement: Statement, sizes: dict[str, int]) -> bool:
    """Whether no determinant or denominator is zero identically at these sizes."""
    try:
        world = _world(statement, sizes)
        pairs = list(_pairs(world, statement))
        trial = Trial(world.algebra, "sizes")
        for pair in pairs:
            trial.value(pair.left), trial.value(pair.right)
        return all(trial.value(e) for what, e in world.obligations if what != "nonnegative")
    except (Undefined, Vanishing):
        return False
    except (Limit, NoRoot):
        return True


# -------------------------------------------------------------------- check


@dataclass(frozen=True, slots=True)
class Pair:
    """Two scalars that should agree wherever the switches of ``cell`` have these values."""

    entry: tuple[int, ...]
    left: Scalar
    right: Scalar
    cell: tuple[tuple[Symbol, int], ...]


_WORLDS: list[tuple[Any, Entrywise]] = []


def _world(statement: Statement, sizes: Mapping[str, int]) -> Entrywise:
    """The evaluation of an earlier statement of the same document where it fits, else a new one."""
    names, assumptions, _ = reachable(statement)
    context = statement.context
    for key, world in _WORLDS:
        if key == (dict(sizes), assumptions) and _agrees(world.context, context, names):
            world.context = _merged(world.context, context, names)
            return world
    world = Entrywise(_merged(Context(), context, names), sizes, assumptions)
    _WORLDS.insert(0, ((dict(sizes), assumptions), world))
    del _WORLDS[6:]
    return world


def _agrees(old: Context, new: Context, names: Iterable[str]) -> bool:
    """Whether what was evaluated under ``old`` means the same under ``new``."""
    for name in names:
        if name in old.variables or name in old.definitions:
            if old.definitions.get(name) != new.definitions.get(name):
                return False
            if old.variables.get(name) != new.variables.get(name):
                return False
    return all(new.functions.get(k, v) == v for k, v in old.functions.items()) and all(
        new.labels.get(k, v) == v for k, v in old.labels.items()
    )


def _merged(old: Context, new: Context, names: Iterable[str]) -> Context:
    return Context(
        {**old.variables, **{n: new.variables.get(n, Variable(n, ())) for n in names if n in new.variables}},
        {**old.labels, **new.labels},
        {**old.functions, **new.functions},
        {**old.definitions, **{n: new.definitions[n] for n in names if n in new.definitions}},
    )


def _pairs(world: Entrywise, statement: Statement) -> Iterator[Pair]:
    """The entries to compare, for all values of the free indices and of the labels at hand."""
    sides = (statement.left, statement.right, *statement.guards)
    free = free_index_order(statement)
    labels = frozenset[LabelOf]().union(*(world.facts(s).labels for s in sides))
    places = [tuple(p) for p in itertools.product(*(range(1, n + 1) for n in world.dims(shape(statement.left))))]
    for values in itertools.product(*(range(1, n + 1) for n in world.dims([i.dim for i in free]))):
        scope = Scope().at(free, values)
        for labelled, cell in _labellings(world, world.open_labels(labels, scope), scope):
            narrowed = _guarded(world, statement.guards, labelled, cell)
            if narrowed is None:
                continue
            factor, fixed = narrowed
            left, right = world.entries(statement.left, labelled), world.entries(statement.right, labelled)
            for place, a, b in zip(places, left, right, strict=True):
                yield Pair((*values, *place), sympy.Mul(factor, a), sympy.Mul(factor, b), tuple(fixed.items()))


def _labellings(world: Entrywise, rows: dict[tuple[str, int], int], scope: Scope) -> Iterator[tuple[Scope, Cell]]:
    if math.prod(rows.values()) > MAX_CELLS:
        raise Limit("too many assignments of labels")
    for choice in itertools.product(*(range(1, c + 1) for c in rows.values())):
        labels = dict(zip(rows, choice, strict=True))
        cell = {
            y: int(k == c)
            for (name, row), c in labels.items()
            for k, y in enumerate(world.label(name, row, rows[name, row]), 1)
        }
        yield scope.labelled(labels), cell


def _guarded(world: Entrywise, guards: Sequence[Expr], scope: Scope, cell: Cell) -> tuple[Scalar, Cell] | None:
    """Side conditions as a cell of the switches, the rest as a factor; None where none can hold."""
    factor, fixed = ONE, dict(cell)
    for guard in guards:
        (g,) = world.entries(guard, scope)
        negated = 1 - g
        if g in world.algebra.switches:
            if fixed.setdefault(g, 1) != 1:
                return None
        elif negated in world.algebra.switches:
            if fixed.setdefault(negated, 0) != 0:
                return None
        else:
            factor = factor * g
    return None if factor == 0 else (factor, fixed)


def check(statement: Statement, sizes: Mapping[str, int], *, exact: bool) -> Answer:
    """Compare both sides, entry by entry, at ``sizes``.

    ``exact`` decides by polynomial arithmetic, otherwise modulo random primes with a stated
    error bound.  ``Equal`` holds for all values in the domain; ``Different`` is a hint.
    """
    needed = {n: sizes[n] for n in needed_sizes(statement)}
    try:
        world = _world(statement, needed)
        pairs = list(_pairs(world, statement))
        answer = _exactly(world, pairs, needed) if exact else _modulo_primes(world, pairs, needed, statement)
    except Limit as limit:
        return CannotTell(str(limit), limit=True)
    except (Undefined, Vanishing) as undefined:
        return CannotTell(str(undefined), limit=False)
    except RecursionError:
        return CannotTell("the expression is nested too deeply", limit=True)
    if isinstance(answer, Different) and world.unused:
        return CannotTell("an assumption that cannot be solved for one entry may be needed", limit=False)
    return answer


def _exactly(world: Entrywise, pairs: list[Pair], sizes: Mapping[str, int]) -> Answer:
    for pair in pairs:
        cells = _Cells(world, pair)
        fixed = cells.algebra(dict(pair.cell))
        if not fixed.vanishes(pair.left, pair.right) and not cells.all_vanish():
            return Different(pair.entry)
    return Equal(sizes, True, None, len(pairs))


def _modulo_primes(world: Entrywise, pairs: list[Pair], sizes: Mapping[str, int], statement: Statement) -> Answer:
    bound = 1.0
    pairs = [p for p in pairs if p.left != p.right] or pairs[:1]
    seed = repr((statement.left, statement.right, statement.guards, sorted(sizes.items())))
    for number in range(TRIALS):
        outcome = _one_trial(world, pairs, f"{number} {seed}")
        if isinstance(outcome, Different):
            return outcome
        bound *= outcome
    return Equal(sizes, False, bound, len(pairs))


def _one_trial(world: Entrywise, pairs: list[Pair], seed: str) -> float | Different:
    """One random point for all entries: the error bound, or where the sides differ."""
    for attempt in range(MAX_REDRAWS):
        try:
            return _at_one_point(world, pairs, Trial(world.algebra, f"{attempt} {seed}"))
        except NoRoot:
            continue
        except Vanishing:
            if attempt >= 4:
                raise
    raise Limit("no point found where all roots exist")


def _at_one_point(world: Entrywise, pairs: list[Pair], trial: Trial) -> float | Different:
    trials: dict[Any, Trial] = {(): trial}
    bound = 0.0
    for pair in pairs:
        here = trials.get(pair.cell)
        if here is None:
            here = trials[pair.cell] = trial.sibling(fixed=dict(pair.cell))
        if here.value(pair.left) != here.value(pair.right):
            if not _Cells(world, pair).all_agree(here):
                return Different(pair.entry)
        elif here.roots and not _every_sign(here, pair):
            return Different(pair.entry)
        bound += _error(world.algebra, pair, here)
    return bound


def _every_sign(trial: Trial, pair: Pair) -> bool:
    """Roots modulo p have no sign: both must do."""
    if len(trial.roots) > MAX_ROOTS:
        raise Limit("too many roots")
    for signs in itertools.product((1, -1), repeat=len(trial.roots)):
        other = trial.sibling(signs=dict(zip(trial.roots, signs, strict=True)))
        if other.value(pair.left) != other.value(pair.right):
            return False
    return True


def _error(algebra: Algebra, pair: Pair, trial: Trial) -> float:
    """d/p + (h/60)/2⁵³ for this entry; with k roots the norm has 2^k times the degree, and 1 in 2^k points is used."""
    left, right = algebra.measure(pair.left), algebra.measure(pair.right)
    degree = max(left.numerator + right.denominator, right.numerator + left.denominator)
    scale = 4.0 ** len(trial.roots)
    return min(1.0, scale * (degree / trial.prime + (left.bits + right.bits + 1) / 60 / PRIMES))


class _Cells:
    """All assignments of the switches that one entry depends on."""

    def __init__(self, world: Entrywise, pair: Pair) -> None:
        self.world, self.pair = world, pair
        self._algebras: dict[Any, Algebra] = {}

    def assignments(self) -> Iterator[Cell]:
        """Every cell within the pair's own; raises Limit where they are too many."""
        fixed = dict(self.pair.cell)
        groups = {
            self.world.switch_groups[s]: None
            for s in self._support()
            if s not in fixed and s in self.world.switch_groups
        }
        if math.prod(len(rows) for _, rows in groups) > MAX_CELLS:
            raise Limit("too many combinations of gates, labels and binary entries")
        for rows in itertools.product(*(rows for _, rows in groups)):
            cell = dict(fixed)
            for (symbols, _), row in zip(groups, rows, strict=True):
                cell.update(zip(symbols, row, strict=True))
            yield cell

    def _support(self) -> list[Symbol]:
        seen: dict[Symbol, None] = {}
        queue = [*self.world.symbols_in(self.pair.left), *self.world.symbols_in(self.pair.right)]
        while queue:
            symbol = queue.pop()
            if symbol not in seen:
                seen[symbol] = None
                if symbol in self.world.algebra.values:
                    queue.extend(self.world.symbols_in(self.world.algebra.values[symbol]))
        return sorted((s for s in seen if s in self.world.algebra.switches), key=self.world.order.__getitem__)

    def algebra(self, cell: Cell) -> Algebra:
        """The algebra in which the switches have these values: more exponentials coincide there."""
        known = self.world.algebra
        if not cell:
            return known
        values = {**known.values, **{s: sympy.Integer(v) for s, v in cell.items()}}
        return Algebra(values, known.switches, known.groups, known.positive)

    def all_agree(self, trial: Trial) -> bool:
        """Whether both sides agree modulo p in every cell, and in at least one are defined."""
        compared = 0
        for cell in self.assignments():
            if len(cell) == len(self.pair.cell):
                return False
            try:
                if not self._agree(trial.sibling(fixed=cell), cell):
                    return False
                compared += 1
            except Vanishing:
                continue  # the sides are not defined in this cell
        return compared > 0

    def _agree(self, trial: Trial, cell: Cell) -> bool:
        if trial.value(self.pair.left) == trial.value(self.pair.right):
            return not trial.roots or _every_sign(trial, self.pair)
        narrow = Trial(self.algebra(cell), trial.seed)
        if narrow.value(self.pair.left) != narrow.value(self.pair.right):
            return False
        return not narrow.roots or _every_sign(narrow, self.pair)

    def all_vanish(self) -> bool:
        """The same, exactly."""
        compared = 0
        for cell in self.assignments():
            if len(cell) == len(self.pair.cell):
                return False
            try:
                if not self.algebra(cell).vanishes(self.pair.left, self.pair.right):
                    return False
                compared += 1
            except Vanishing:
                continue
        return compared > 0


# ------------------------------------------------------------------- points

_FIELD, _LN2 = fraction_field("t", QQ)
Value: TypeAlias = Any  # Fraction, or an element of ℚ(t) with t standing for ln 2


def _lift(value: Value) -> Any:
    return _FIELD(QQ(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def _settle(value: Any) -> Value:
    """A rational function that is constant, as a Fraction."""
    if isinstance(value, Fraction):
        return value
    numerator, denominator = value.numer, value.denom
    if numerator.is_ground and denominator.is_ground:
        top = QQ.convert(numerator.LC) / QQ.convert(denominator.LC) if numerator else QQ(0)
        return Fraction(int(top.numerator), int(top.denominator))
    return value


def _combine(operation: Callable[[Any, Any], Any], a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return operation(a, b)
    return _settle(operation(_lift(a), _lift(b)))


def sign_of(value: Value) -> int:
    """The sign of an element of ℚ(ln 2), by rational enclosures of ln 2 (Σ 1/(k·2^k), tail below 1/((n+1)2ⁿ))."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    return _polynomial_sign(value.numer) * _polynomial_sign(value.denom)


def _polynomial_sign(poly: Any) -> int:
    coefficients = {m[0]: Fraction(int(c.numerator), int(c.denominator)) for m, c in poly.terms()}
    for n in itertools.count(8, 8):  # ends: ln 2 is transcendental, so no root
        low = sum((Fraction(1, k * 2**k) for k in range(1, n + 1)), Fraction(0))
        high = low + Fraction(1, (n + 1) * 2**n)
        bounds = [_bounds(c, low**e, high**e) for e, c in coefficients.items()]
        if sum(b[0] for b in bounds) > 0:
            return 1
        if sum(b[1] for b in bounds) < 0:
            return -1
    raise AssertionError


def _bounds(c: Fraction, low: Fraction, high: Fraction) -> tuple[Fraction, Fraction]:
    return (c * low, c * high) if c > 0 else (c * high, c * low)


class _AtPoint:
    """The value of scalars at a point: exact, in ℚ(ln 2)."""

    def __init__(self, world: Entrywise, point: Point) -> None:
        self.world, self.point = world, point
        self._memo: dict[Scalar, Value] = {}
        self._leaves: dict[Symbol, Value] = {}

    def prepare(self) -> None:
        """Give every symbol of a variable or tangent its value; raises PointError where it has none."""
        for (kind, name), symbols in self.world.leaves.items():
            given = (self.point.arrays if kind == "X" else self.point.tangents).get(name)
            if given is None or len(given) != len(symbols):
                raise PointError(name, "the point gives no value, or one of another size")
            for symbol, x in zip(symbols, given, strict=True):
                self._leaves[symbol] = _exact(x)

    def value(self, e: Scalar) -> Value:
        """Raises PointError off the domain, on a kink and where a value is not in ℚ(ln 2)."""
        found = self._memo.get(e)
        if found is None:
            found = self._memo[e] = self._value(e)
        return found

    def _value(self, e: Scalar) -> Value:
        if isinstance(e, Symbol):
            return self._symbol(e)
        if isinstance(e, Rational):
            return Fraction(int(e.p), int(e.q))
        if isinstance(e, sympy.Add):
            return self._fold(lambda a, b: a + b, e.args)
        if isinstance(e, sympy.Mul):
            return self._fold(lambda a, b: a * b, e.args)
        if isinstance(e, sympy.log):
            return self._log(self.value(e.args[0]))
        if isinstance(e, sympy.exp):
            return self._exp(self.value(e.args[0]))
        if isinstance(e, sympy.Pow):
            return self._power(self.value(e.base), self.value(e.exp))
        raise PointError(type(e).__name__, "has no exact value here")

    def _fold(self, operation: Callable[[Any, Any], Any], args: Sequence[Scalar]) -> Value:
        out = self.value(args[0])
        for a in args[1:]:
            out = _combine(operation, out, self.value(a))
        return out

    def _symbol(self, symbol: Symbol) -> Value:
        if symbol in self.world.gates:
            sign = sign_of(self.value(self.world.gates[symbol]))
            if sign == 0:
                raise PointError("kink", "the argument of relu, step, sign or abs is 0")
            return Fraction(int(sign > 0))
        if symbol in self.world.angles:
            name, angle = self.world.angles[symbol]
            if self.value(angle) != 0:
                raise PointError(name, "only sin 0 and cos 0 have exact values here")
            return Fraction(int(name == "cos"))
        if symbol in self.world.chain:
            return self.value(self.world.chain[symbol])
        if symbol not in self._leaves:
            self.prepare()
        return self._leaves[symbol]

    def _exp(self, x: Value) -> Value:
        if isinstance(x, Fraction):
            if x == 0:
                return Fraction(1)
            raise PointError("exp", "of a rational number other than 0")
        k = _settle(x / _LN2)
        if not isinstance(k, Fraction) or k.denominator != 1:
            raise PointError("exp", "of something that is no integer multiple of ln 2")
        if abs(k) > 10_000:
            raise PointError("exp", "of too large a multiple of ln 2")
        return Fraction(2) ** k.numerator

    def _log(self, x: Value) -> Value:
        if sign_of(x) <= 0:
            raise PointError("domain", "the logarithm of a number that is not positive")
        if not isinstance(x, Fraction) or (x.numerator & (x.numerator - 1)) or (x.denominator & (x.denominator - 1)):
            raise PointError("log", "of a number that is no power of 2")
        k = x.numerator.bit_length() - x.denominator.bit_length()
        return _settle(_FIELD(QQ(k)) * _LN2)

    def _power(self, base: Value, exponent: Value) -> Value:
        if not isinstance(exponent, Fraction):
            raise PointError("power", "with an irrational exponent")
        if base == 0 and exponent < 0:
            raise PointError("domain", "a division by zero")
        if abs(exponent.numerator) > 1000:
            raise PointError("power", "with too large an exponent")
        if exponent.denominator != 1:
            base = _rational_root(base, exponent.denominator)
        k = exponent.numerator
        if isinstance(base, Fraction):
            return base**k
        return _settle(base**k if k >= 0 else (1 / base) ** -k)

    def require(self, what: str, e: Scalar) -> None:
        """Check one condition of the domain."""
        sign = sign_of(self.value(e))
        if (what == "nonzero" and sign == 0) or (what == "positive" and sign <= 0) or (what == "nonnegative" and sign < 0):
            raise PointError("domain", f"something has to be {what} and is not")


def _rational_root(x: Value, q: int) -> Fraction:
    """The root of degree q of a rational number ≥ 0, where it is rational."""
    if isinstance(x, Fraction) and x >= 0:
        top, bottom = sympy.integer_nthroot(x.numerator, q), sympy.integer_nthroot(x.denominator, q)
        if top[1] and bottom[1]:
            return Fraction(int(top[0]), int(bottom[0]))
    raise PointError("root", "of a number that has no rational root ≥ 0")


def _exact(x: Exact) -> Value:
    return _settle(_lift(x.rational) + _lift(x.log2) * _LN2) if x.log2 else x.rational


def _shown(value: Value) -> Scalar:
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    return value.as_expr(sympy.log(2))


def values_at(statement: Statement, point: Point) -> dict[tuple[int, ...], tuple[Scalar, Scalar]]:
    """Both sides at a point, exactly, for every entry where the guards are not 0.

    Keys: the values of the free indices (``free_index_order``), then the place in the array, from 1.
    Values: rational functions of log(2) as SymPy numbers.  Raises PointError where the point violates
    a domain or an assumption, lies off the domain or on a kink, or has a value outside ℚ(ln 2).
    """
    try:
        return _values_at(statement, point)
    except Undefined as undefined:
        raise PointError("statement", str(undefined)) from undefined
    except (Limit, Vanishing) as limit:
        raise PointError("statement", str(limit)) from limit


def _values_at(statement: Statement, point: Point) -> dict[tuple[int, ...], tuple[Scalar, Scalar]]:
    names, assumptions, _ = reachable(statement)
    world = Entrywise(_merged(Context(), statement.context, names), point.sizes, point=point)
    at = _AtPoint(world, point)
    _check_domains(world, at, [statement.context.variables[n] for n in names if n in statement.context.variables], point)
    _check_assumptions(world, at, assumptions)
    free = free_index_order(statement)
    places = [tuple(p) for p in itertools.product(*(range(1, n + 1) for n in world.dims(shape(statement.left))))]
    out: dict[tuple[int, ...], tuple[Scalar, Scalar]] = {}
    for values in itertools.product(*(range(1, n + 1) for n in world.dims([i.dim for i in free]))):
        scope = Scope().at(free, values)
        if any(at.value(world.entries(g, scope)[0]) == 0 for g in statement.guards):
            continue
        left, right = world.entries(statement.left, scope), world.entries(statement.right, scope)
        for place, a, b in zip(places, left, right, strict=True):
            out[(*values, *place)] = (_shown(at.value(a)), _shown(at.value(b)))
    for what, e in list(world.obligations):
        at.require(what, e)
    return out


def _check_domains(world: Entrywise, at: _AtPoint, variables: Iterable[Variable], point: Point) -> None:
    for variable in variables:
        given = [_exact(x) for x in point.arrays.get(variable.name, ())]
        signs = [sign_of(x) for x in given]
        bad = {
            "real": False,
            "positive": any(s <= 0 for s in signs),
            "nonnegative": any(s < 0 for s in signs),
            "nonzero": any(s == 0 for s in signs),
            "binary": any(x not in (0, 1) for x in given),
            "sign": any(x not in (-1, 1) for x in given),
        }[variable.domain]
        if bad:
            raise PointError(variable.name, f"an entry is not {variable.domain}")
        if given and (variable.symmetric or variable.definite):
            _check_symmetric(world, variable, given)


def _check_symmetric(world: Entrywise, variable: Variable, given: list[Value]) -> None:
    n = world.dim(variable.shape[0]) if variable.shape else 1
    if any(given[i * n + j] != given[j * n + i] for i in range(n) for j in range(i)):
        raise PointError(variable.name, "is not symmetric")
    if variable.definite:
        for k in range(1, n + 1):  # Sylvester: all leading minors are positive
            minor = tuple(_shown(given[i * n + j]) for i in range(k) for j in range(k))
            if sign_of(_parsed(world._det(minor, k))) <= 0:
                raise PointError(variable.name, "is not positive definite")


def _check_assumptions(world: Entrywise, at: _AtPoint, assumptions: Iterable[Equation | SignAssumption]) -> None:
    for assumption in assumptions:
        if isinstance(assumption, Equation):
            for left, right in world._everywhere(assumption.left, assumption.right):
                if any(at.value(a) != at.value(b) for a, b in zip(left, right, strict=True)):
                    raise PointError("assumption", "an equation does not hold")
        else:
            wanted = {">": (1,), "≥": (0, 1), "≠": (-1, 1)}[assumption.sign]
            for (operand,) in world._everywhere(assumption.operand):
                if any(sign_of(at.value(e)) not in wanted for e in operand):
                    raise PointError("assumption", "a sign does not hold")


def _parsed(e: Scalar) -> Value:
    """A SymPy number made of rationals and log(2), as an element of ℚ(t); raises PointError for others."""
    if isinstance(e, Rational):
        return Fraction(int(e.p), int(e.q))
    if e == sympy.log(2):
        return _LN2
    if isinstance(e, (sympy.Add, sympy.Mul)):
        operation = (lambda a, b: a + b) if isinstance(e, sympy.Add) else (lambda a, b: a * b)
        out = _parsed(e.args[0])
        for a in e.args[1:]:
            out = _combine(operation, out, _parsed(a))
        return out
    if isinstance(e, sympy.Pow) and isinstance(e.exp, sympy.Integer):
        base, k = _parsed(e.base), int(e.exp)
        if isinstance(base, Fraction):
            return base**k
        return _settle(base**k if k >= 0 else (1 / base) ** -k)
    raise PointError("value", "is not a rational function of log(2)")


def differs(left: Scalar, right: Scalar) -> bool:
    """Whether two rational functions of log(2) differ: decided by cancelling, since ln 2 is transcendental."""
    return bool(_combine(lambda a, b: a - b, _parsed(left), _parsed(right)) != 0)


__all__ = [
    "CannotTell",
    "Different",
    "Entrywise",
    "Equal",
    "PointError",
    "Polynomial",
    "check",
    "choose_sizes",
    "differs",
    "free_index_order",
    "needed_sizes",
    "sign_of",
    "values_at",
]
