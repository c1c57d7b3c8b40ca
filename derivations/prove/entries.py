"""The second way: a statement entry by entry, at named sizes, with SymPy.

Every variable becomes an array of plain symbols with names of our own; sums become ``Add``,
inverses and determinants cofactors, and derivatives are plain ``.diff(symbol)`` of single entries.
Entries of definitions, matrix products and the like are symbols with a *meaning*: an expression in
earlier symbols.  ∂of/∂by then is exact bookkeeping with the chain rule (reverse accumulation,
Linnainmaa 1970): ``by``'s own symbols are inputs, whatever they mean, which is the cut that the
node ``Derivative`` asks for, and their value is put back by never having been taken away.

Unknown functions φ, ℓ are symbols as well, one for each partial derivative at each argument tuple.
Switches are symbols valued 0 or 1: gates (``gates.py``), Y_ic for "the label of row i is c", entries of
binary variables.

``entrywise.py`` compares such entries, ``points.py`` evaluates them at a point.
"""

from __future__ import annotations

import heapq
import itertools
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, TypeAlias

from derivations.prove.zero import Algebra, Limit, Poly, leading

import sympy  # isort: skip  (zero.py chooses the ground types first)
from sympy import Rational, Symbol

from derivations import expr as ex
from derivations.claims import Assumption, Context, Equation, SignAssumption, Variable
from derivations.expr import Dim, Expr, Index, IndexTerm, LabelOf, Sym
from derivations.prove.gates import Gates
from derivations.prove.relevant import index_key, own_names
from derivations.prove.scalars import NOTHING, ONE, Scalar, Undefined
from derivations.prove.solving import leaves, one_hot_group, solution
from derivations.shapes import as_matrix, shape
from derivations.verdicts import Point, Polynomial

Entries: TypeAlias = tuple[Scalar, ...]

HALF = Rational(1, 2)
MAX_COFACTORS = 4  # largest determinant written out
MAX_LABELLINGS = 64  # assignments of labels expanded at one node
MAX_ENTRIES = 20_000  # entries of one array
MAX_SYMBOLS = 100_000
MAX_NODES = 200_000  # nodes evaluated, each binding of their indices counted
MAX_BITS = 100_000  # of a power of numbers


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
    swept: frozenset[str]  # labels whose rows a binder below runs through
    names: frozenset[str]


def index_terms(node: Expr) -> tuple[IndexTerm, ...]:
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


def binders(node: Expr) -> tuple[Index, ...]:
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
        assumptions: Sequence[Assumption] = (),
        point: Point | None = None,
        names: Iterable[str] = (),
    ) -> None:
        self.context = context
        self.names = set(names)
        self.sizes = dict(sizes)
        self.point = point
        self.algebra = Algebra()
        self.order: dict[Symbol, int] = {}
        self.chain: dict[Symbol, Scalar] = {}
        self.opaque: dict[Symbol, Opaque] = {}
        self.leaves: dict[tuple[str, str], tuple[Symbol, ...]] = {}
        self.switch_groups: dict[Symbol, tuple[tuple[Symbol, ...], tuple[tuple[int, ...], ...]]] = {}
        self.nonzero: set[Symbol] = set()
        self.unused: list[Scalar] = []
        self._facts: dict[int, Facts] = {}
        self._numbers: dict[Expr, int] = {}
        self._forget()
        self._assume(assumptions)

    def extend(self, context: Context, names: Iterable[str]) -> None:
        """Learn of further names; those known already have to mean the same."""
        old = self.context
        self.context = Context(
            {**old.variables, **context.variables},
            {**old.labels, **context.labels},
            {**old.functions, **context.functions},
            {**old.definitions, **context.definitions},
        )
        self.names.update(names)

    def _forget(self) -> None:
        """Drop whatever was derived; symbols of variables stay."""
        self.algebra = self.algebra.copy(self.algebra.values)
        self.gates = Gates(self)
        self.angles: dict[Symbol, tuple[str, Scalar]] = {}
        self.obligations: dict[tuple[str, Scalar], None] = {}
        self._opaque_symbols: dict[Any, Symbol] = {}
        self._opaque_values: dict[Any, Symbol] = {}
        self._angles: dict[Scalar, tuple[Symbol, Symbol]] = {}
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
        if len(self.order) > MAX_SYMBOLS:
            raise Limit("too many entries")
        symbol = Symbol(f"s{len(self.order)}")  # type: ignore[no-untyped-call]
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
        return self.named(e) if isinstance(e, sympy.Add) else e

    def named(self, e: Scalar) -> Scalar:
        """A symbol for ``e``, the same for the same tree, unless it is a symbol or number already."""
        if e.is_Atom:
            return e
        symbol = self._names.get(e)
        if symbol is None:
            symbol = self._names[e] = self.meaning(e)
        return symbol

    def dim(self, dim: Dim) -> int:
        """The concrete size of a dimension; raises Undefined where one is missing."""
        missing = [n for n in dim.names if n not in self.sizes]
        if missing:
            raise Undefined(f"no size for {', '.join(missing)}")
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
            if variable.domain == "binary":
                self.algebra.switches.update(symbols)
            return
        if variable.definite:
            n = self.dim(variable.shape[0]) if variable.shape else 1
            self.algebra.positive.update(symbols[i * n + i] for i in range(n))
        for value in dict.fromkeys(self.algebra.values.get(symbol, symbol) for symbol in symbols):
            match variable.domain:
                case "positive" | "nonnegative":
                    self.algebra.positive.add(value)
                case "nonzero":
                    self.nonzero.add(value)
                case "binary":
                    self.switch((value,), ((0,), (1,)))
                case "sign":
                    bit = self.fresh()
                    self.switch((bit,), ((0,), (1,)))
                    self.algebra.values[value] = 2 * bit - 1
                case _:
                    pass

    def switch(self, symbols: tuple[Symbol, ...], rows: tuple[tuple[int, ...], ...]) -> None:
        for symbol in symbols:
            self.algebra.switches.add(symbol)
            self.switch_groups[symbol] = (symbols, rows)
            if len(symbols) > 1:
                self.algebra.groups[symbol] = symbols

    def _one_hot(self, symbols: tuple[Symbol, ...]) -> None:
        """Exactly one of these switches is 1: the last is 1 minus the others."""
        rows = tuple(tuple(int(a == b) for b in range(len(symbols))) for a in range(len(symbols)))
        self.switch(symbols, rows)
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

    def _assume(self, assumptions: Sequence[Assumption]) -> None:
        """Turn equations into values of entries; what cannot be used is listed in ``unused``."""
        for assumption in assumptions:
            if isinstance(assumption, SignAssumption):
                self._assume_sign(assumption)
        for assumption in assumptions:
            if isinstance(assumption, Equation):
                self._assume_equation(assumption)
        self._forget()
        for assumption in assumptions:
            if isinstance(assumption, SignAssumption):
                self._assume_sign(assumption)

    def everywhere(self, *sides: Expr) -> Iterator[tuple[Entries, ...]]:
        """The sides' entries for all values of their free indices."""
        free = sorted(frozenset[Index]().union(*(self.facts(s).indices for s in sides)), key=index_key)
        for values in itertools.product(*(range(1, self.dim(i.dim) + 1) for i in free)):
            scope = Scope().at(free, values)
            yield tuple(self.entries(s, scope) for s in sides)

    def _assume_sign(self, assumption: SignAssumption) -> None:
        for (operand,) in self.everywhere(assumption.operand):
            for e in operand:
                value = self.algebra.values.get(e, e)
                if assumption.sign == "≠":
                    self.nonzero.update((value,) if isinstance(value, Symbol) else ())
                elif isinstance(value, Symbol) and value not in self.algebra.values:
                    self.algebra.positive.add(value)
                elif poly := self.algebra.expand(e):
                    self.gates.assume_positive(poly)

    def _assume_equation(self, equation: Equation) -> None:
        for left, right in self.everywhere(equation.left, equation.right):
            for a, b in zip(left, right, strict=True):
                gap = a - b
                try:
                    solved = self._solve(gap)
                except Limit:
                    solved = False
                if not solved:
                    self.unused.append(gap)

    def _solve(self, e: Scalar) -> bool:
        """Make e = 0 true by giving one entry a value; False where no entry can carry it."""
        poly = self.algebra.expand(e)
        if not poly:
            return True
        if group := one_hot_group(self.algebra, poly):
            self._one_hot(group)
        elif found := solution(self.algebra, poly, self._solvable(poly), self.nonzero):
            self.algebra.values[found.symbol] = found.value if found.degree == 1 else self._either_root(found.value)
        else:
            return False
        self._forget_algebra()
        return True

    def _solvable(self, poly: Poly) -> list[Symbol]:
        """The entries in a polynomial, those first that may have any sign, and then the newest."""
        free = {s for symbols in self.leaves.values() for s in symbols} - self.algebra.switches
        free |= {v for v in self.algebra.values.values() if isinstance(v, Symbol)}
        return sorted(free.intersection(leaves(self.algebra, poly)), key=lambda s: (s in self.algebra.positive, -self.order[s]))

    def _either_root(self, square: Scalar) -> Scalar:
        """±√square: the sign is a switch of its own."""
        bit = self.fresh()
        self.switch((bit,), ((0,), (1,)))
        return (2 * bit - 1) * sympy.Pow(square, HALF)

    def _forget_algebra(self) -> None:
        self.algebra = self.algebra.copy(self.algebra.values)
        self.gates.forget_symbols()
        self._opaque_values.clear()

    # ----------------------------------------------------------------- walk

    def facts(self, node: Expr) -> Facts:
        """What a node depends on, bottom-up, memoised by identity and by structure."""
        found = self._facts.get(id(node))
        if found is None:
            found = self._facts[id(node)] = self._new_facts(node)
        return found

    def _new_facts(self, node: Expr) -> Facts:
        below = [self.facts(child) for child in ex.children(node)]
        terms = index_terms(node)
        indices = {i for t in terms for i in ex.index_variables(t)}.union(*(f.indices for f in below))
        labels = {x for t in terms for x in _labels_in(t)}.union(*(f.labels for f in below))
        names = frozenset(own_names(node)).union(*(f.names for f in below))
        bound = set(binders(node))
        open_rows = {x for x in labels if bound.isdisjoint(ex.index_variables(x))}
        swept = {x.label for x in labels - open_rows}.union(*(f.swept for f in below))
        number = self._numbers.setdefault(node, len(self._numbers))
        return Facts(node, number, frozenset(indices - bound), frozenset(open_rows), frozenset(swept), names)

    def entries(self, node: Expr, scope: Scope) -> Entries:
        """The entries of ``node``, row-major; raises Undefined or Limit."""
        facts = self.facts(node)
        if scope.labels and not facts.labels:  # what runs through all rows means the same under every assignment
            scope = Scope(scope.indices, scope.parameters)
        key = (
            facts.number,
            tuple((i, scope.indices[i]) for i in facts.indices),
            tuple((n, scope.parameters[n]) for n in facts.names if n in scope.parameters),
            tuple((x, scope.labels.get(self.row_of(x, scope), 0)) for x in facts.labels),
            tuple(chosen for chosen in sorted(scope.labels.items()) if chosen[0][0] in facts.swept),
        )
        found = self._memo.get(key)
        if found is None:
            if len(self._memo) > MAX_NODES:
                raise Limit("too many terms")
            found = self._memo[key] = self._lifted(node, facts, scope)
        return found

    def _lifted(self, node: Expr, facts: Facts, scope: Scope) -> Entries:
        """The node with every label in it given each value in turn: Σ_c Y_ic · node(k_i = c)."""
        open_labels = self.open_labels(facts.labels, scope)
        if math.prod(open_labels.values()) > MAX_LABELLINGS:
            own = frozenset(x for t in index_terms(node) for x in _labels_in(t))
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
            if row not in scope.labels:
                raise Undefined("the label of a row that a label names")
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
                (exponent,) = self.entries(x, scope)
                return tuple(self.power(e, exponent) for e in self.entries(a, scope))
            case ex.MatMul():
                return self._matmul(node, scope)
            case ex.Map() | ex.Apply() | ex.Softmax():
                return self._function(node, scope)
            case ex.Sum(index=i, body=a):
                bodies = [self.entries(a, scope.at((i,), (v,))) for v in range(1, self.dim(i.dim) + 1)]
                return tuple(self.compact(sympy.Add(*column)) for column in zip(*bodies, strict=True))
            case ex.Product(index=i, body=a):
                parts = [self.entries(a, scope.at((i,), (v,))) for v in range(1, self.dim(i.dim) + 1)]
                return (sympy.Mul(*(e for (e,) in parts)),)
            case ex.Entry(array=a, indices=terms):
                return (self.entries(a, scope)[self.position(terms, scope)],)
            case ex.Build(indices=bound, body=a):
                places = itertools.product(*(range(1, n + 1) for n in self.dims([i.dim for i in bound])))
                return tuple(e for p in places for e in self.entries(a, scope.at(bound, p)))
            case ex.Derivative():
                return self._derivative(node, scope)
            case ex.Differential(of=a, variables=variables):
                return self._differential(a, variables, scope)
            case ex.Let(variable=variable, value=value, body=body):
                symbols = self.parameter(variable.name, self.entries(value, scope), scope)
                return self.entries(body, scope.having(variable.name, symbols))
            case _:
                return self._linear_algebra(node, scope)

    def _times(self, left: Entries, right: Entries, a: Expr, b: Expr) -> Entries:
        if not shape(a):
            left = left * len(right)
        elif not shape(b):
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
                n, _ = self.matrix_dims(a)
                return self._inverse(self.entries(a, scope), n)
            case ex.Det(operand=a):
                n, _ = self.matrix_dims(a)
                det = self.determinant(self.entries(a, scope), n)
                self.obligations["size", det] = None
                return (det,)
            case ex.Diagonal(operand=a):
                return self._diagonal(a, scope)
            case ex.Trace(operand=a):
                return (self.compact(sympy.Add(*self._diagonal(a, scope))),)
            case ex.DiagonalMatrix(operand=a):
                e = self.entries(a, scope)
                return tuple(x if i == j else NOTHING for i, x in enumerate(e) for j in range(len(e)))
            case ex.Norm(operand=a):
                return (self.power(sympy.Add(*(e**2 for e in self.entries(a, scope))), HALF),)
            case _:
                raise Undefined(f"{type(node).__name__} is not evaluated entry by entry")

    def _diagonal(self, a: Expr, scope: Scope) -> Entries:
        e, (n, _) = self.entries(a, scope), self.matrix_dims(a)
        return tuple(e[i * n + i] for i in range(n))

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
        if not n:
            return ONE
        return sympy.Add(*((-1) ** j * e[j] * self._det(_minor(e, n, 0, j), n - 1) for j in range(n)))

    def _inverse(self, e: Entries, n: int) -> Entries:
        over = self.power(self.determinant(e, n), sympy.S.NegativeOne)
        cofactor = [[(-1) ** (i + j) * self._det(_minor(e, n, j, i), n - 1) for j in range(n)] for i in range(n)]
        return tuple(self.compact(cofactor[i][j]) * over for i in range(n) for j in range(n))

    def power(self, base: Scalar, exponent: Scalar) -> Scalar:
        """base^exponent over the reals; √(v²ᵏ) is |v|ᵏ; raises Undefined for 1/0."""
        if not isinstance(exponent, Rational):
            if self.algebra.rational(exponent) is None:
                self.require("positive", base)
            return sympy.Pow(self.compact(base), exponent)
        if base.is_Rational and (int(base.p).bit_length() + int(base.q).bit_length()) * abs(int(exponent.p)) > MAX_BITS:
            raise Limit("a power of too many digits")
        if exponent.q != 1:
            self.require("nonnegative" if exponent.q % 2 == 0 else "nonzero", base)
        if exponent < 0:
            self.require("nonzero", base)
        if exponent.q == 2 and isinstance(base, sympy.Pow) and _is_square(base):
            return sympy.Pow(self.gates.absolute(base.base), base.exp * exponent)
        if exponent.q == 2 and isinstance(base, sympy.Mul) and all(map(_is_square, base.args)):
            return sympy.Mul(*(self.power(factor, exponent) for factor in base.args))
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
        try:
            return tuple(self.meaning(e) for e in self.entries(definition, Scope()))
        finally:  # the world goes on after what was Undefined or a Limit
            self._in_progress.discard(name)

    def parameter(self, name: str, values: Entries, scope: Scope) -> tuple[Symbol, ...]:
        """Symbols of their own for the values that a parameter takes: equal values are different inputs."""
        key = (name, values, scope.parameters.get(name))
        found = self._parameters.get(key)
        if found is None:
            found = self._parameters[key] = tuple(self.meaning(v) for v in values)
        return found

    def _pi(self) -> Entries:
        found = self.leaves.get(("number", "π"))
        if found is None:
            found = self.leaves["number", "π"] = (self.fresh(),)
            self.algebra.positive.update(found)
        return found

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
            if axis
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
            case ex.Builtin(name=name) if not order:
                return self.builtin(name, u)
            case _:
                pass
        (z,) = self.parameter(f.parameter.name if isinstance(f, ex.Lambda) else "", (u,), scope)
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
                return self.named(sympy.log(self.named(u)))
            case "sigmoid":
                value = sympy.Pow(self.compact(1 + sympy.exp(-self.gates.forwards(u))), -1)
                return 1 - value if self.gates.backwards(u) else value
            case "tanh":
                value = 1 - 2 * sympy.Pow(self.compact(1 + sympy.exp(2 * self.gates.forwards(u))), -1)
                return -value if self.gates.backwards(u) else value
            case "relu":
                return self.gates.side(u) * u
            case "step":
                return self.gates.step(u)
            case "sign":
                return self.gates.sign(u)
            case "abs":
                return self.gates.absolute(u)
            case "sin" | "cos":
                return self._angle(name, u)

    def _angle(self, name: str, u: Scalar) -> Scalar:
        """sin and cos of one angle: a pair on the unit circle, ((2t, 1−t²)/(1+t²))."""
        pair = self._angles.get(u)
        if pair is None:
            poly = self.algebra.expand(u)
            if not poly:
                return NOTHING if name == "sin" else ONE
            s, c = pair = self._angles[u] = self.fresh(), self.fresh()
            self.algebra.values[s], self.algebra.values[c] = self._on_circle(poly)
            self.opaque[s], self.opaque[c] = Opaque((u,), lambda _: c), Opaque((u,), lambda _: -s)
            self.angles[s], self.angles[c] = ("sin", u), ("cos", u)
        return pair[0] if name == "sin" else pair[1]

    def _on_circle(self, poly: Poly) -> tuple[Scalar, Scalar]:
        """The values of sin and cos, equal for equal angles and their negatives."""
        sign = 1 if poly[leading(poly)] > 0 else -1
        key = ("angle", frozenset((m, sign * c) for m, c in poly.items()))
        t = self._opaque_values.get(key)
        if t is None:
            t = self._opaque_values[key] = self.fresh()
        over = sympy.Pow(1 + t**2, -1)
        return sign * 2 * t * over, (1 - t**2) * over

    def unknown(self, name: str, entry: int, orders: tuple[int, ...], arguments: Entries) -> Scalar:
        """A partial derivative of an unspecified function's entry, at the given arguments."""
        if self.point is not None:
            return self._polynomial(self.point, name, entry, arguments)
        symbol = self._opaque_symbols.get((name, entry, orders, arguments))
        if symbol is None:
            symbol = self._opaque_symbols[name, entry, orders, arguments] = self.fresh()
            self.opaque[symbol] = Opaque(
                arguments, lambda i: self.unknown(name, entry, tuple(sorted((*orders, i))), arguments)
            )
            self._same_value(symbol, (name, entry, orders, tuple(self.argument_key(u) for u in arguments)))
        return symbol

    def _same_value(self, symbol: Symbol, key: Any) -> None:
        """Equal functions of equal arguments are equal, yet stay two symbols: they may depend on different inputs."""
        first = self._opaque_values.setdefault(key, symbol)
        if first is not symbol:
            self.algebra.values[symbol] = first
            return
        function = self.context.functions.get(key[0])
        if function is not None and function.positive and not key[2]:
            self.algebra.positive.add(symbol)

    def argument_key(self, u: Scalar) -> Any:
        """The same for arguments that are the same polynomial in the generators."""
        try:
            return frozenset(self.algebra.expand(u).items())
        except Limit:
            return u

    def _polynomial(self, point: Point, name: str, entry: int, arguments: Entries) -> Scalar:
        """At a point, a function is the polynomial that the point gives."""
        polynomials = point.functions.get(name, ())
        function = self.context.functions.get(name)
        if function is not None and function.positive and not all(map(_visibly_positive, polynomials)):
            raise PointError(name, "has to be positive and is not visibly so")
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
        """SymPy's derivative of a small tree by one of its symbols; of a sum, only of the terms that hold it."""
        if e == symbol:
            return ONE
        found = self._partials.get((e, symbol))
        if found is None:
            if isinstance(e, sympy.Add):
                found = sympy.Add(*(self.partial(a, symbol) for a in e.args if symbol in self.symbols_in(a)))
            else:
                found = e.diff(symbol)
            self._partials[e, symbol] = found
        return found


def _minor(e: Entries, n: int, row: int, column: int) -> Entries:
    return tuple(e[i * n + j] for i in range(n) if i != row for j in range(n) if j != column)


def _is_square(e: Scalar) -> bool:
    """Whether e is visibly no less than 0: a positive number or an even power."""
    return bool(e.is_Rational and e > 0) or (isinstance(e, sympy.Pow) and e.exp % 2 == 0)


def _visibly_positive(polynomial: Polynomial) -> bool:
    """A positive constant and even powers with coefficients ≥ 0, or a positive definite form in 1 and the entries: sufficient."""
    even = all(c >= 0 and all(k % 2 == 0 for k in powers) for c, powers in polynomial.terms)
    if even and any(c > 0 and not any(powers) for c, powers in polynomial.terms):
        return True
    return all(sum(powers) <= 2 for _, powers in polynomial.terms) and _is_definite(_form(polynomial))


def _form(polynomial: Polynomial) -> list[list[Fraction]]:
    """The matrix M with p(x) = (1, x) M (1, x)ᵀ, for a polynomial of degree 2."""
    size = 1 + max((len(powers) for _, powers in polynomial.terms), default=0)
    form = [[Fraction(0)] * size for _ in range(size)]
    for c, powers in polynomial.terms:
        places = [0] * (2 - sum(powers)) + [n for n, k in enumerate(powers, 1) for _ in range(k)]
        i, j = places
        form[i][j] += c / 2
        form[j][i] += c / 2
    return form


def _is_definite(form: list[list[Fraction]]) -> bool:
    """Whether elimination meets positive pivots only (Sylvester's criterion)."""
    rows = [row[:] for row in form]
    for n, pivot in enumerate(rows):
        if pivot[n] <= 0:
            return False
        for row in rows[n + 1 :]:
            factor = row[n] / pivot[n]
            row[:] = [x - factor * y for x, y in zip(row, pivot, strict=True)]
    return True


def _term(c: Fraction, powers: tuple[int, ...], arguments: Entries) -> Scalar:
    return Rational(c.numerator, c.denominator) * sympy.Mul(*(a**k for a, k in zip(arguments, powers, strict=True)))
