"""From arrays with named axes to statements, one operation each, nothing computed twice.

Values are numbered: the same operation on the same values is the same value, so whatever the loss and the gradients
share is computed once.  Here axes get their order in memory: scores are stored with the classes first, because a
softmax over the first axis runs along whole rows of memory.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, TypeAlias

from derivations.expr import Dim, Index
from numeric.algebra import Algebra, label_axis, mentions, split
from numeric.chain import CannotCompile, Chain
from numeric.tensor import (
    GRADIENT,
    Along,
    Axis,
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
    axes,
    walk,
)

TWO = Number(Fraction(2))
RATE = "the learning rate"  # where it is folded into the gradients; no document can spell a name so
Order: TypeAlias = tuple[int | None, ...]
Powers: TypeAlias = tuple[tuple[Any, Fraction], ...]


@dataclass(frozen=True, slots=True)
class Arg:
    """A value as an operand: for each axis of the result, which stored axis it is (None: repeated)."""

    value: int
    order: Order = ()


@dataclass(frozen=True, slots=True)
class Value:
    """One operation.  ``dims`` are its axes as stored; ``data`` is what the operation needs besides arrays."""

    op: str
    args: tuple[Arg, ...]
    dims: tuple[Dim, ...]
    data: Any = None

    @property
    def is_bool(self) -> bool:
        return self.op == "positive"


@dataclass(frozen=True, slots=True)
class Placed:
    """A value, and which axis each of its stored axes is."""

    value: int
    axes: tuple[Axis, ...] = ()


@dataclass(frozen=True, slots=True)
class Scalar:
    """coefficient · ∏ size^e · ∏ value^e, kept apart until it is known where multiplying is cheapest."""

    coefficient: Fraction = Fraction(1)
    sizes: tuple[tuple[Dim, Fraction], ...] = ()
    values: tuple[tuple[int, Fraction], ...] = ()

    @property
    def is_one(self) -> bool:
        return self == Scalar()

    def times(self, other: Scalar) -> Scalar:
        return Scalar(self.coefficient * other.coefficient, merged(self.sizes, other.sizes), merged(self.values, other.values))


@dataclass(slots=True)
class Program:
    """Statements in order; ``names`` says which value a line of the document is, ``inputs`` which are handed in."""

    chain: Chain
    values: list[Value] = field(default_factory=list)
    inputs: dict[str, int] = field(default_factory=dict)
    names: dict[str, tuple[int, tuple[int, ...]]] = field(default_factory=dict)
    loss: int = -1
    gradients: dict[str, int] = field(default_factory=dict)
    rewrites: dict[str, None] = field(default_factory=dict)


def program_of(chain: Chain, with_rate: bool = False) -> Program:
    """The statements for the loss and its gradients; ``with_rate`` multiplies the gradients by an input ``rate``."""
    return _Builder(chain, with_rate).build()


def line_program(chain: Chain, name: str) -> Program:
    """The program of one line alone, in the document's order of axes: all that it refers to is an input."""
    builder = _Builder(replace(chain, lines={name: chain.lines[name]}), with_rate=False)
    builder.major = {}
    value, order = builder._line(name)
    if order != tuple(range(len(order))):
        dims = builder.program.values[value].dims
        back = tuple(order.index(n) for n in range(len(order)))
        value = builder._value("transposed", (Arg(value, back),), tuple(dims[n] for n in back))
    builder.program.loss = value
    return builder.program


def node_program(chain: Chain, node: Node) -> tuple[Program, tuple[Axis, ...]]:
    """The program of an expression among a chain's lines, its ``loss`` being the value, and its axes as stored."""
    builder = _Builder(chain, with_rate=False)
    placed = builder._flat(node)
    builder.program.loss = placed.value
    return builder.program, placed.axes


class _Builder:
    def __init__(self, chain: Chain, with_rate: bool) -> None:
        self.chain = chain
        self.with_rate = with_rate
        self.program = Program(chain)
        self.known: dict[Value, int] = {}
        self.algebra = Algebra({name: line.array for name, line in chain.lines.items()})
        self.major = self._major_axes()
        nodes = (n for line in chain.lines.values() for n in walk(line.array.body))
        self.has_gates = any(isinstance(n, Call) and n.function == "step" for n in nodes)

    def build(self) -> Program:
        program = self.program
        program.loss = self._line(self.chain.loss)[0]
        for name in self.chain.parameters:
            value, order = self._line(GRADIENT + name)
            if order != tuple(range(len(order))):
                dims = program.values[value].dims
                back = tuple(order.index(n) for n in range(len(order)))
                value = self._value("transposed", (Arg(value, back),), tuple(dims[n] for n in back))
            program.gradients[name] = value
        program.rewrites = {**dict.fromkeys(self.chain.rewrites), **self.algebra.used, **program.rewrites}
        return program

    def _major_axes(self) -> dict[str, int]:
        """Lines that something is normalised along: which of their axes is stored first."""
        found: dict[str, int] = {}
        for line in self.chain.lines.values():
            for node in walk(line.array.body):
                if isinstance(node, Along):
                    for ref in walk(node.operand):
                        if isinstance(ref, Ref) and node.axis in ref.at and len(ref.at) > 1:
                            found.setdefault(ref.name, ref.at.index(node.axis))
        return found

    # --------------------------------------------------------------- values

    def _value(self, op: str, args: Iterable[Arg], dims: Sequence[Dim], data: Any = None) -> int:
        value = Value(op, tuple(args), tuple(dims), data)
        if value not in self.known:
            self.known[value] = len(self.program.values)
            self.program.values.append(value)
        return self.known[value]

    def _line(self, name: str) -> tuple[int, tuple[int, ...]]:
        """The value of a line or an input; and for each stored axis, which axis of the line it is."""
        if name in self.program.names:
            return self.program.names[name]
        line = self.chain.lines.get(name)
        if line is None:
            found = self._input(name), tuple(range(len(self._shape(name))))
        else:
            at = line.array.at
            body = line.array.body
            if self.with_rate and name.startswith(GRADIENT):
                body = self._with_rate(body)
            first = self.major.get(name, 0)
            want = (at[first], *at[:first], *at[first + 1:]) if at else ()
            placed = self._full(self._flat(body, want), at)
            found = placed.value, tuple(at.index(a) for a in placed.axes)
        self.program.names[name] = found
        return found

    def _shape(self, name: str) -> tuple[Dim, ...]:
        if name == RATE:
            return ()
        return self.chain.context.variables[name].shape

    def _input(self, name: str) -> int:
        value = self._value("input", (), self._shape(name), name)
        self.program.inputs[name] = value
        return value

    def _labels(self, name: str) -> int:
        labels = self.chain.context.labels[name]
        value = self._value("labels", (), () if labels.rows is None else (labels.rows,), name)
        self.program.inputs[name] = value
        return value

    def _with_rate(self, node: Node) -> Node:
        """rate · node, the factor pushed to where no gradient is referred to: those have it already."""
        if not mentions(node, GRADIENT):
            return self.algebra.product((), (Ref(RATE, ()), node))
        match node:
            case Ref():
                return node
            case Sum(terms=terms):
                return Sum(tuple(self._with_rate(t) for t in terms))
            case Product(summed=summed, factors=factors):
                having = [f for f in factors if mentions(f, GRADIENT)]
                if len(having) == 1:
                    return Product(summed, tuple(self._with_rate(f) if f is having[0] else f for f in factors))
        raise CannotCompile("a gradient stands in another where it is not a factor: the rate cannot be folded in")

    # -------------------------------------------------------------- flatten

    def _flat(self, node: Node, want: tuple[Axis, ...] = ()) -> Placed:
        """The value of a node; ``want`` is the order of axes that would be best."""
        match node:
            case Ref(name=name, at=at):
                return self._ref(name, at)
            case Sum(terms=terms):
                return self._sum(terms, want)
            case Product():
                return self._product(node, want)
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent, want)
            case Call(function=function, operand=operand):
                return self._map(function, self._flat(operand, want))
            case Along(function=function, operand=operand, axis=axis):
                return self._along(function, operand, axis, Scalar())
            case OfMatrix():
                return self._of_matrix(node)
            case OneHot(labels=labels, row=row, cls=cls):
                return self._onehot(labels, row, cls)
            case Eye(left=left, right=right):
                return Placed(self._value("eye", (), (left.dim, right.dim)), (left, right))
            case Number() | Extent() | Pi():
                return Placed(self._scalar_value(self._as_scalar(node)))

    def _ref(self, name: str, at: tuple[object, ...]) -> Placed:
        value, order = self._line(name)
        places = [at[n] for n in order]
        dims = self.program.values[value].dims
        if any(not isinstance(p, Index) for p in places):
            fixed = tuple(p if isinstance(p, int) else None for p in places)
            kept = [(p, d) for p, d in zip(places, dims, strict=True) if isinstance(p, Index)]
            value = self._value("index", (Arg(value, tuple(range(len(dims)))),), [d for _, d in kept], fixed)
            places, dims = [p for p, _ in kept], tuple(d for _, d in kept)
        found = tuple(p for p in places if isinstance(p, Index))
        if len(set(found)) < len(found):
            if len(found) != 2:
                raise CannotCompile(f"the diagonal of {name} in more than two axes is not supported")
            value = self._value("diagonal", (Arg(value, (0, 1)),), dims[:1])
            found = found[:1]
        return Placed(value, found)

    def _full(self, placed: Placed, at: tuple[Axis, ...]) -> Placed:
        """With every axis there: what lacks one is repeated along it."""
        missing = tuple(a for a in at if a not in placed.axes)
        if not missing:
            return placed
        out = (*placed.axes, *missing)
        return Placed(self._value("filled", (self._arg(placed, out),), [a.dim for a in out]), out)

    def _arg(self, placed: Placed, out: tuple[Axis, ...]) -> Arg:
        return Arg(placed.value, tuple(placed.axes.index(a) if a in placed.axes else None for a in out) if placed.axes else ())

    def _elementwise(self, op: str, operands: Sequence[Placed], want: tuple[Axis, ...] = (), data: Any = None) -> Placed:
        union = tuple(dict.fromkeys(a for p in operands for a in p.axes))
        full = [p.axes for p in operands if len(p.axes) == len(union)]
        out = full[0] if full else tuple(a for a in want if a in union) if set(union) <= set(want) else union
        return Placed(self._value(op, [self._arg(p, out) for p in operands], [a.dim for a in out], data), out)

    def _map(self, function: str, operand: Placed) -> Placed:
        if function == "relu" and self.has_gates and operand.axes:
            self.program.rewrites["relu by its gate"] = None
            return self._elementwise("multiply", [operand, self._elementwise("positive", [operand])])
        return self._elementwise(function, [operand])

    # ----------------------------------------------------------------- sums

    def _sum(self, terms: tuple[Node, ...], want: tuple[Axis, ...]) -> Placed:
        hot = [t for t in terms if is_hot_term(t)]
        plain = sorted((t for t in terms if t not in hot), key=lambda t: (split(t)[0] < 0, -len(axes(t))))
        if not plain:
            hot, plain = hot[1:], hot[:1]
        total: Placed | None = None
        for term in plain:
            coefficient, rest = split(term)
            if total is None:
                total = self._flat(term, want)
            elif coefficient == -1:
                total = self._elementwise("subtract", [total, self._flat(rest, total.axes)], want)
            else:
                total = self._elementwise("add", [total, self._flat(term, total.axes)], want)
        assert total is not None
        for term in hot:
            total = self._add_hot(total, term)
        return total

    def _add_hot(self, total: Placed, term: Node) -> Placed:
        """total + c·onehot: only the labels' entries change."""
        self.program.rewrites["label as an index"] = None
        factors = term.factors if isinstance(term, Product) else (term,)
        (hot,) = (f for f in factors if isinstance(f, OneHot))
        rest = [f for f in factors if f is not hot]
        if hot.cls not in total.axes or (isinstance(hot.row, Index) and hot.row not in total.axes):
            return self._elementwise("add", [total, self._flat(term)])
        scalar = Scalar()
        for factor in rest:
            scalar = scalar.times(self._as_scalar(factor))
        labels = self._labels(hot.labels)
        axis = total.axes.index(hot.cls)
        args = (Arg(total.value, tuple(range(len(total.axes)))), Arg(labels), Arg(self._scalar_value(scalar)))
        return Placed(self._value("add_at", args, self.program.values[total.value].dims, axis), total.axes)

    # ------------------------------------------------------------- products

    def _product(self, node: Product, want: tuple[Axis, ...], outer: Scalar | None = None) -> Placed:
        scalar = outer or Scalar()
        arrays: list[Node] = []
        for factor in node.factors:
            if axes(factor):
                arrays.append(factor)
            else:
                scalar = scalar.times(self._as_scalar(factor))
        if label_axis(node) is not None:
            return self._scaled(scalar, self._picked(node.summed, arrays, want), want)
        if not arrays:
            return Placed(self._scalar_value(scalar))
        gated = [f for f in arrays if isinstance(f, Call) and f.function == "step"]
        if len(gated) == len(arrays):
            gated.pop()
        rest, scalar = self._absorbed([f for f in arrays if f not in gated], scalar)
        if (squares := self._sum_of_squares(node, rest)) is not None:
            return self._scaled(scalar, squares, want)
        placed = [p if isinstance(p, Placed) else self._flat(p, want) for p in rest]
        gates = [self._gate(f.operand) for f in gated]
        return self._scaled(scalar, self._contracted(placed, list(node.summed), want, gates), want)

    def _sum_of_squares(self, node: Product, factors: Sequence[Node | Placed]) -> Placed | None:
        """Σ x² over all entries is an inner product."""
        if len(factors) != 1 or axes(node) or not isinstance(power := factors[0], Power) or power.exponent != TWO:
            return None
        placed = self._flat(power.base)
        if len(placed.axes) not in (1, 2) or set(placed.axes) != set(node.summed):
            return None
        arg = self._arg(placed, placed.axes)
        return Placed(self._value("inner", (arg, arg), ()))

    def _gate(self, operand: Node) -> Placed:
        """Where X > 0."""
        return self._elementwise("positive", [self._flat(operand)])

    def _absorbed(self, arrays: list[Node], scalar: Scalar) -> tuple[list[Node | Placed], Scalar]:
        """A scalar goes into a factor that takes it for nothing: a softmax divides anyway."""
        for n, factor in enumerate(arrays):
            if not scalar.is_one and self._absorbs(factor):
                self.program.rewrites["scalar factor"] = None
                return [*arrays[:n], self._absorb(factor, scalar), *arrays[n + 1:]], Scalar()
        return list(arrays), scalar

    def _absorbs(self, node: Node) -> bool:
        """Whether multiplying by a scalar costs nothing there."""
        match self.algebra.look(node):
            case Along(function="softmax"):
                return True
            case Product(summed=(), factors=factors):
                return any(self._absorbs(f) for f in factors)
            case Sum(terms=terms):
                return all(self._absorbs(t) or is_hot_term(t) for t in terms) and any(self._absorbs(t) for t in terms)
            case _:
                return False

    def _absorb(self, factor: Node, scalar: Scalar) -> Placed:
        match self.algebra.look(factor):
            case Along(operand=operand, axis=axis):
                return self._along("softmax", operand, axis, scalar)
            case Product() as product:
                return self._product(product, (), scalar)
            case Sum(terms=terms):
                value = Ref(f"scalar {self._scalar_value(scalar)}", ())
                self.program.names[value.name] = (self._scalar_value(scalar), ())
                return self._sum(tuple(self.algebra.product((), (value, t)) for t in terms), ())
        raise AssertionError("_absorbs() and _absorb() list the same kinds")

    def _scaled(self, scalar: Scalar, placed: Placed, want: tuple[Axis, ...]) -> Placed:
        if scalar.is_one:
            return placed
        if scalar == Scalar(Fraction(-1)):
            return self._elementwise("negative", [placed])
        return self._elementwise("multiply", [placed, Placed(self._scalar_value(scalar))])

    def _picked(self, summed: tuple[Axis, ...], arrays: list[Node], want: tuple[Axis, ...]) -> Placed:
        """Σ_m onehot_m X_m: an entry by its label."""
        hot = next(f for f in arrays if isinstance(f, OneHot) and f.cls in summed)
        inside = [f for f in arrays if f is not hot and hot.cls in axes(f)]
        outside = [f for f in arrays if f is not hot and hot.cls not in axes(f)]
        source = self._contracted([self._flat(f) for f in inside], [], want, [])
        labels = self._labels(hot.labels)
        place = source.axes.index(hot.cls)
        out = tuple(a for a in source.axes if a != hot.cls)
        if isinstance(hot.row, Index) and (hot.row not in out or len(out) != 1):
            hot_array = self._onehot(hot.labels, hot.row, hot.cls)
            return self._contracted([hot_array, source, *(self._flat(f) for f in outside)], list(summed), want, [])
        data = (place, hot.row if isinstance(hot.row, int) else None)
        dims = [a.dim for a in out]
        taken = Placed(self._value("pick", (Arg(source.value, tuple(range(len(source.axes)))), Arg(labels)), dims, data), out)
        rest = [a for a in summed if a != hot.cls]
        return self._contracted([taken, *(self._flat(f) for f in outside)], rest, want, [])

    def _onehot(self, labels: str, row: object, cls: Axis) -> Placed:
        value = self._labels(labels)
        if isinstance(row, Index):
            return Placed(self._value("onehot", (Arg(value),), (row.dim, cls.dim)), (row, cls))
        return Placed(self._value("onehot", (Arg(value),), (cls.dim,), row), (cls,))

    def _contracted(self, factors: list[Placed], summed: list[Axis], want: tuple[Axis, ...], gates: list[Placed]) -> Placed:
        """Factors multiplied and summed, two at a time, the axis first that leaves the smallest array."""
        for gate in gates:  # a gate goes to a factor of its own shape
            at = next((n for n, f in enumerate(factors) if set(gate.axes) <= set(f.axes)), None)
            if at is None:
                factors = [*factors, gate]
            else:
                factors[at] = self._elementwise("multiply", [factors[at], gate])
        while summed:
            best = min(summed, key=lambda a: len({b for f in factors if a in f.axes for b in f.axes} - {a}))
            group = [f for f in factors if best in f.axes]
            factors = [f for f in factors if best not in f.axes]
            left = {b for f in factors for b in f.axes}
            whole = [a for a in summed if any(a in f.axes for f in group) and a not in left]
            result = self._group(group, whole, want)
            factors = [result, *factors]
            summed = [a for a in summed if a not in whole]
        total = factors[0]
        for factor in factors[1:]:
            total = self._elementwise("multiply", [total, factor], want)
        return total

    def _group(self, group: list[Placed], summed: list[Axis], want: tuple[Axis, ...]) -> Placed:
        """Σ over axes that these factors have between them."""
        while len(group) > 2 or (len(group) == 2 and not self._is_matmul(group, summed)):
            one, other = self._closest(group)
            joined = self._elementwise("multiply", [one, other])
            group = [joined, *(f for f in group if f is not one and f is not other)]
        if len(group) == 2:
            return self._matmul(group[0], group[1], summed, want)
        (placed,) = group
        for axis in summed:
            out = tuple(a for a in placed.axes if a != axis)
            arg = Arg(placed.value, tuple(range(len(placed.axes))))
            placed = Placed(self._value("sum", (arg,), [a.dim for a in out], placed.axes.index(axis)), out)
        return placed

    def _closest(self, group: list[Placed]) -> tuple[Placed, Placed]:
        """Two factors whose product is no larger than they are, if there are such."""
        pairs = [(one, other) for n, one in enumerate(group) for other in group[n + 1:]]
        return min(pairs, key=lambda p: len({*p[0].axes, *p[1].axes}) - max(len(p[0].axes), len(p[1].axes)))

    def _is_matmul(self, group: list[Placed], summed: list[Axis]) -> bool:
        one, other = (set(p.axes) for p in group)
        shared = one & other
        if shared != set(summed):
            return False
        return len(one) <= 2 and len(other) <= 2 and (len(shared) == 1 or (len(shared) == 2 and len(one) == len(other) == 2))

    def _matmul(self, one: Placed, other: Placed, summed: list[Axis], want: tuple[Axis, ...]) -> Placed:
        if len(summed) == 2:  # the inner product of two matrices
            value = self._value("inner", (self._arg(one, one.axes), self._arg(other, one.axes)), ())
            return Placed(value)
        (axis,) = summed
        rows = tuple(a for a in one.axes if a != axis)
        columns = tuple(a for a in other.axes if a != axis)
        wanted = bool(rows and columns) and {*rows, *columns} <= set(want)
        if wanted and want.index(columns[0]) < want.index(rows[0]):
            one, other, rows, columns = other, one, columns, rows
        if not rows and columns:  # a row times a matrix: the matrix, transposed, times a column
            one, other, rows, columns = other, one, columns, rows
        args = self._arg(one, (*rows, axis)), self._arg(other, (axis, *columns))
        return Placed(self._value("matmul", args, [a.dim for a in (*rows, *columns)]), (*rows, *columns))

    # ------------------------------------------------------------ functions

    def _power(self, base: Node, exponent: Node, want: tuple[Axis, ...]) -> Placed:
        operand = self._flat(base, want)
        if isinstance(exponent, Number):
            named = {Fraction(-1): "reciprocal", Fraction(2): "square", Fraction(1, 2): "sqrt"}.get(exponent.value)
            if named:
                return self._map(named, operand)
            return self._elementwise("power", [operand], data=exponent.value)
        return self._elementwise("power", [operand, self._flat(exponent)])

    def _along(self, function: str, operand: Node, axis: Axis, scalar: Scalar) -> Placed:
        """Softmax and its relatives, in pieces that they share; exponents are at most 0."""
        if function == "logsumexp":
            source = self._flat(operand)
            return self._elementwise("add", [self._reduced("max", source, axis), self._lognorm(operand, axis)])
        if function == "lognorm":
            return self._lognorm(operand, axis)
        shifted = self._shifted(operand, axis)
        if function == "shifted":
            return shifted
        self.program.rewrites["softmax and a row shift"] = None
        grown = self._map("exp", shifted)
        norm = self._reduced("sum", grown, axis)
        if scalar.is_one:
            return self._elementwise("divide", [grown, norm])
        factor = self._elementwise("divide", [Placed(self._scalar_value(scalar)), norm])
        return self._elementwise("multiply", [grown, factor])

    def _shifted(self, operand: Node, axis: Axis) -> Placed:
        source = self._flat(operand)
        return self._elementwise("subtract", [source, self._reduced("max", source, axis)])

    def _lognorm(self, operand: Node, axis: Axis) -> Placed:
        return self._map("log", self._reduced("sum", self._map("exp", self._shifted(operand, axis)), axis))

    def _reduced(self, op: str, placed: Placed, axis: Axis) -> Placed:
        out = tuple(a for a in placed.axes if a != axis)
        arg = Arg(placed.value, tuple(range(len(placed.axes))))
        return Placed(self._value(op, (arg,), [a.dim for a in out], placed.axes.index(axis)), out)

    def _of_matrix(self, node: OfMatrix) -> Placed:
        placed = self._full(self._flat(node.operand, node.inner), node.inner)
        arg = self._arg(placed, node.inner)
        return Placed(self._value(node.function, (arg,), [a.dim for a in node.outer]), node.outer)

    # -------------------------------------------------------------- scalars

    def _as_scalar(self, node: Node) -> Scalar:
        """A node without axes, as a product of powers as far as it is one."""
        match node:
            case Number(value=value):
                return Scalar(value)
            case Extent(dim=dim):
                return Scalar(Fraction(dim.coefficient), tuple((Dim(1, (n,)), Fraction(1)) for n in dim.names))
            case Power(base=Extent(dim=dim), exponent=Number(value=e)) if e.denominator == 1:
                return Scalar(Fraction(dim.coefficient) ** int(e), tuple((Dim(1, (n,)), e) for n in dim.names))
            case Power(base=base, exponent=Number(value=e)):
                return Scalar(values=((self._flat(base).value, e),))
            case Product(summed=(), factors=factors):
                scalar = Scalar()
                for factor in factors:
                    scalar = scalar.times(self._as_scalar(factor))
                return scalar
            case Pi():
                return Scalar(values=((self._value("pi", (), ()), Fraction(1)),))
            case _:
                return Scalar(values=((self._flat(node).value, Fraction(1)),))

    def _scalar_value(self, scalar: Scalar) -> int:
        if scalar.coefficient == 1 and not scalar.sizes and len(scalar.values) == 1 and scalar.values[0][1] == 1:
            return scalar.values[0][0]
        powers = tuple(e for _, e in scalar.values)
        return self._value("scalar", [Arg(v) for v, _ in scalar.values], (), (scalar.coefficient, scalar.sizes, powers))


def is_hot_term(node: Node) -> bool:
    """c·onehot with a scalar c."""
    factors = node.factors if isinstance(node, Product) and not node.summed else (node,)
    return sum(isinstance(f, OneHot) for f in factors) == 1 and all(isinstance(f, OneHot) or not axes(f) for f in factors)


def merged(one: Powers, other: Powers) -> Powers:
    """x^a · x^b is x^(a+b)."""
    powers: dict[Any, Fraction] = defaultdict(Fraction)
    for thing, exponent in (*one, *other):
        powers[thing] += exponent
    return tuple((thing, e) for thing, e in powers.items() if e)

