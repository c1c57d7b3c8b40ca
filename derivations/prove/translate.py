"""From expressions to index form: ⟦·⟧ at given indices (THEORY 1), one case a node.

An axis is addressed by a *place*: one index, or several for an axis that vec or ⊗ made (outer index first).
Axes of literal length that the statement addresses by position are unrolled: all their places are fixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import combinations, islice, permutations
from typing import TypeAlias, assert_never

from derivations.claims import Context, Equation, Variable
from derivations.expr import (
    ONE,
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
    walk,
)
from derivations.prove import boxes
from derivations.prove.derivative import differentiate, replace_in_conditions
from derivations.prove.derivative import replace as put_back
from derivations.prove.indexform import (
    COLUMN,
    ONE_FORM,
    ROW,
    Form,
    Head,
    Ix,
    NotProvable,
    Slots,
    add,
    as_number,
    constant,
    is_place,
    scale,
)
from derivations.prove.laws import PRODUCT_AS_SUM, Law
from derivations.prove.normal import Algebra
from derivations.shapes import as_matrix, shape

Place: TypeAlias = tuple[Ix, ...]
Parts: TypeAlias = tuple[Dim, ...]

DEEPEST = 120
TRAITS: Mapping[str, frozenset[str]] = {  # what a domain says of an entry
    "positive": frozenset(("positive", "nonnegative")),
    "nonnegative": frozenset(("nonnegative",)),
    "nonzero": frozenset(("nonzero",)),
    "binary": frozenset(("binary", "nonnegative")),
    "sign": frozenset(("sign", "nonzero")),
}
OPEN = {domain: TRAITS[domain] for domain in ("positive", "nonzero")}  # stays true where an entry varies a little
ONE_HOT = frozenset(("one-hot", "binary", "nonnegative"))


@dataclass(frozen=True, slots=True)
class Scope:
    """What names stand for: indices, local variables (a value and where it is evaluated, or a stand-in), cut variables."""

    indices: Mapping[Index, Place] = field(default_factory=dict)
    local: Mapping[str, Head | tuple[Expr, Scope]] = field(default_factory=dict)
    cuts: Mapping[str, Head] = field(default_factory=dict)

    def at(self, index: Index, place: Place) -> Scope:
        return replace(self, indices={**self.indices, index: place})

    def cut(self, by: Sym, head: Head) -> Scope:
        if by.name in self.local:
            return replace(self, local={**self.local, by.name: head})
        return replace(self, cuts={**self.cuts, by.name: head})

    @property
    def key(self) -> tuple[tuple[str, int], ...]:
        return tuple(sorted((name, head.number) for name, head in self.cuts.items()))


@dataclass(slots=True)
class Translator:
    """Reads the expressions of one statement into one algebra."""

    algebra: Algebra
    context: Context
    unrolled: frozenset[Dim] = frozenset((ONE,))
    one_hot: frozenset[str] = frozenset()
    symmetric: frozenset[str] = frozenset()
    constrained: frozenset[str] = frozenset()
    heads: dict[object, Head] = field(default_factory=dict)
    origins: dict[Head, Sym | Tangent] = field(default_factory=dict)
    names: dict[Head, tuple[Sym, Slots]] = field(default_factory=dict)
    definitions: dict[object, tuple[tuple[Place, ...], Form]] = field(default_factory=dict)
    equations: dict[Law, Equation] = field(default_factory=dict)
    depth: int = 0

    # ------------------------------------------------------------------ entries

    def entry(self, e: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        """The entry of ``e`` at one place for each of its axes."""
        self.depth += 1
        try:
            if self.depth > DEEPEST:
                raise NotProvable("the expression is nested too deeply", limit=True)
            return self._entry(e, at, scope)
        finally:
            self.depth -= 1

    def matrix(self, e: Expr, i: Place, j: Place, scope: Scope) -> Form:
        """The entry (i, j) of ``e`` read as a matrix: a column has one column, a scalar one row as well."""
        return self.entry(e, (i, j)[: len(shape(e))], scope)

    def scalar(self, e: Expr, scope: Scope) -> Form:
        return self.entry(e, (), scope)

    def _entry(self, e: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        a = self.algebra
        match e:
            case Num(value=value):
                return constant(value)
            case Pi():
                return {((("π", 1),), ()): 1}
            case Size(dim=dim):
                return a.size(a.type_of(dim))
            case Sym():
                return self._symbol(e, at, scope)
            case Tangent():
                return self._atom(self._tangent(e), at)
            case Fill(value=value):
                return self.scalar(value, scope)
            case Identity():
                return self._delta(*_pair(at))
            case Delta(left=left, right=right):
                return self._with_terms((left, right), scope, lambda places: self._delta(*places))
            case Add(operands=operands):
                return add(*(self.entry(o, at, scope) for o in operands))
            case Times(left=left, right=right):
                return a.multiply(self._scaled(left, at, scope), self._scaled(right, at, scope))
            case Power(base=base, exponent=exponent):
                return self._power(self.entry(base, at, scope), self.scalar(exponent, scope))
            case MatMul(left=left, right=right):
                return self._product(left, right, at, scope)
            case Transpose(operand=operand):
                return self._transposed(operand, at, scope)
            case Inverse(operand=operand):
                return self._inverse(operand, at, scope)
            case Det(operand=operand):
                return self._determinant(operand, scope)
            case Trace(operand=operand):
                dim, _ = as_matrix(shape(operand))
                return self._sum(dim, self.parts(operand, 0), lambda p: self.matrix(operand, p, p, scope))
            case Diagonal(operand=operand):
                i, _ = _pair(at)
                return self.matrix(operand, i, i, scope)
            case DiagonalMatrix(operand=operand):
                i, j = _pair(at)
                return a.multiply(self._delta(i, j), self.matrix(operand, i, FIRST, scope))
            case Vec(operand=operand):
                stacked, _ = _pair(at)
                j, i = self._unpair(stacked, self._own_parts(operand, 1), self._own_parts(operand, 0))
                return self.matrix(operand, i, j, scope)
            case Kronecker(left=left, right=right):
                return self._kronecker(left, right, at, scope)
            case Norm(operand=operand):
                return boxes.power(a, self._sum_over(operand, lambda p: boxes.power(a, self.entry(operand, p, scope), 2)), _HALF)
            case Map(function=function, operand=operand, order=order):
                return self._map(function, self.entry(operand, at, scope), order, scope)
            case Apply():
                return self._apply(e, at, scope)
            case Softmax(operand=operand, axis=axis):
                return self._softmax(operand, axis, at, scope)
            case Sum(index=index, body=body):
                return self._sum(index.dim, self._parts_of_index(index, body), lambda p: self.entry(body, at, scope.at(index, p)))
            case Product(index=index, body=body):
                return self._big_product(index, body, scope)
            case Entry(array=array, indices=terms):
                return self._with_terms(terms, scope, lambda places: self.entry(array, places, scope))
            case Build(indices=indices, body=body):
                return self.entry(body, (), replace(scope, indices={**scope.indices, **dict(zip(indices, at, strict=True))}))
            case Derivative():
                return self._derivative(e, at, scope)
            case Differential():
                return self._differential(e, at, scope)
            case Let(variable=variable, value=value, body=body):
                return self.entry(body, at, replace(scope, local={**scope.local, variable.name: (value, scope)}))
            case _:
                assert_never(e)

    # ---------------------------------------------------------------- variables

    def _symbol(self, e: Sym, at: tuple[Place, ...], scope: Scope) -> Form:
        local = scope.local.get(e.name)
        if isinstance(local, tuple):
            return self.entry(local[0], at, local[1])
        if head := local or scope.cuts.get(e.name):
            return self._atom(head, at)
        definition = self.context.definitions.get(e.name)
        if definition is None:
            return self._atom(self.tensor(e), at)
        key = (e.name, tuple(tuple(i if is_place(i) else i[1] for i in p) for p in at), scope.key)
        known = self.definitions.get(key)
        if known is None:
            known = self.definitions[key] = self._definition(e, definition, at, scope)
        places, form = known
        return self.algebra.substitute(form, dict(zip(_flat(places), _flat(at), strict=True)))

    def _atom(self, head: Head, at: tuple[Place, ...]) -> Form:
        slots = _flat(at)
        if len(slots) != len(head.symmetry[0]) and (len(head.symmetry) > 1 or "one-hot" in head.traits):
            raise NotProvable(f"{head.name} along a stacked axis")
        return self.algebra.atom(head, slots)

    def _definition(self, e: Sym, definition: Expr, at: tuple[Place, ...], scope: Scope) -> tuple[tuple[Place, ...], Form]:
        """A defined variable at general places; its form is remembered by its name, for reports."""
        places = tuple(tuple(i if is_place(i) else self.algebra.hidden(i[1]) for i in p) for p in at)
        form = self.entry(definition, places, Scope(cuts=scope.cuts))
        head, slots = self.algebra.close("mark", "condition", form)
        if e.shape == shape(definition) and set(slots) == set(_flat(places)) and all(len(p) == 1 for p in places):
            order = tuple((f"${slots.index(p[0])}", p[0][1]) for p in places)
            self.names.setdefault(head, (e, order))
        return places, form

    def name(self, names: Iterable[str]) -> None:
        """The forms of further definitions, where they have one: their names may be put back as well."""
        for name in names:
            axes = shape(self.context.definitions[name])
            places = tuple(self.new_place(d, None) for d in axes)
            try:
                self._symbol(Sym(name, axes), places, Scope())
            except NotProvable:
                continue

    def tensor(self, e: Sym) -> Head:
        """The head of a declared variable, with what its declaration says."""
        key = (e.name, e.shape)
        if key not in self.heads:
            variable = self.context.variables.get(e.name, Variable(e.name, e.shape))
            traits = TRAITS.get(variable.domain, frozenset())
            if e.name in self.one_hot:
                traits |= ONE_HOT
            if variable.definite:
                traits |= {"definite"}
            self.heads[key] = self._new_tensor(e.name, e.shape, e, traits, symmetric=self._is_symmetric(e))
            if variable.definite and len(e.shape) == 2:
                self._assume_invertible(self.heads[key], e.shape[0])
        return self.heads[key]

    def _assume_invertible(self, head: Head, dim: Dim) -> None:
        type_ = self.algebra.type_of(dim)
        pair = ((ROW, type_), (COLUMN, type_))
        mark, _ = self.algebra.close("mark", "condition", self.algebra.atom(head, pair), pair)
        self.algebra.assumed["invertible", mark] = True

    def _tangent(self, e: Tangent) -> Head:
        key = ("d", e.name, e.shape)
        if key not in self.heads:
            self.heads[key] = self._new_tensor(f"d{e.name}", e.shape, e, symmetric=self._is_symmetric(e))
        return self.heads[key]

    def _is_symmetric(self, e: Sym | Tangent) -> bool:
        variable = self.context.variables.get(e.name)
        declared = variable is not None and (variable.symmetric or variable.definite)
        return len(e.shape) == 2 and (declared or e.name in self.symmetric)

    def _new_tensor(
        self, name: str, axes: Shape, origin: Sym | Tangent, traits: frozenset[str] = frozenset(), symmetric: bool = False
    ) -> Head:
        identity = tuple(range(len(axes)))
        symmetry = (identity, identity[::-1]) if symmetric else (identity,)
        bare = Head("tensor", name, self.algebra.number(), symmetry, traits=traits)
        # A tensor is its own only leaf, which a frozen object can say only afterwards.
        object.__setattr__(bare, "leaves", frozenset((bare,)))
        self.origins[bare] = origin
        return bare

    def stand_in(self, e: Sym) -> Head:
        """A head for a variable that has a definition, to write it by its name."""
        key = ("name", e.name, e.shape)
        if key not in self.heads:
            self.heads[key] = self._new_tensor(e.name, e.shape, e)
        return self.heads[key]

    def _label(self, name: str, axes: Shape) -> Head:
        """Y for labels k: one-hot rows, x_{i,k_i} = Σ_j Y_ij x_ij."""
        key = ("label", name, axes)
        if key not in self.heads:
            self.heads[key] = self._new_tensor(name, axes, Sym(name, axes), ONE_HOT)
        return self.heads[key]

    # ------------------------------------------------------------------ indices

    def _with_terms(self, terms: tuple[IndexTerm, ...], scope: Scope, body: Callable[[tuple[Place, ...]], Form]) -> Form:
        """``body`` at the places of index terms; a label is a sum over its one-hot row."""
        for n, term in enumerate(terms):
            if isinstance(term, LabelOf):
                return self._labelled(terms[:n], term, terms[n + 1 :], scope, body)
        return body(tuple(self._place(t, scope) for t in terms))

    def _labelled(
        self,
        before: tuple[IndexTerm, ...],
        label: LabelOf,
        after: tuple[IndexTerm, ...],
        scope: Scope,
        body: Callable[[tuple[Place, ...]], Form],
    ) -> Form:
        a = self.algebra
        rows = () if label.row is None else (label.row,)
        head = self._label(label.label, (*(r.dim for r in rows), label.dim))
        choice = Index(f"label {a.number()}", label.dim)

        def chosen(place: Place) -> Form:
            hot = self._with_terms(rows, scope, lambda row: a.atom(head, (*_flat(row), *place)))
            return a.multiply(hot, self._with_terms((*before, choice, *after), scope.at(choice, place), body))

        return self._sum(label.dim, None, chosen)

    def _place(self, term: IndexTerm, scope: Scope) -> Place:
        match term:
            case Index(name=name, dim=dim):
                return scope.indices.get(term, ((f":{name}", self.algebra.type_of(dim)),))
            case Position(value=value, dim=dim):
                if value < 1 or (dim.literal and value > dim.coefficient):
                    raise NotProvable(f"position {value} lies outside 1..{dim}")
                return ((f"={value}", self.algebra.type_of(dim)),)
            case Affine(terms=terms, offset=offset, dim=dim):
                total = offset
                for factor, index in terms:
                    (place, *more) = self._place(index, scope)
                    if more or not is_place(place):
                        raise NotProvable("arithmetic with an index of symbolic range")
                    total += factor * _number(place)
                return self._place(Position(total, dim), scope)
            case LabelOf():
                raise AssertionError("labels are summed over before")
            case _:
                assert_never(term)

    def _sum(self, dim: Dim, parts: Parts | None, body: Callable[[Place], Form]) -> Form:
        """Σ over an axis: over its fixed places where it is unrolled, else over bound indices."""
        if dim in self.unrolled:
            return add(*(body(p) for p in self.positions(dim)))
        place = self.new_place(dim, parts)
        return self.algebra.bind(body(place), place)

    def positions(self, dim: Dim) -> list[Place]:
        type_ = self.algebra.type_of(dim)
        self.algebra.spend(dim.coefficient)
        return [((f"={k}", type_),) for k in range(1, dim.coefficient + 1)]

    def new_place(self, dim: Dim, parts: Parts | None) -> Place:
        """Any place of an axis."""
        if dim == ONE:
            return FIRST
        return tuple(self.algebra.hidden(self.algebra.type_of(d)) for d in parts or (dim,))

    def _sum_over(self, e: Expr, body: Callable[[tuple[Place, ...]], Form]) -> Form:
        """Σ over all entries of an array."""

        def inner(places: tuple[Place, ...], axes: Shape) -> Form:
            if not axes:
                return body(places)
            return self._sum(axes[0], self.parts(e, len(places)), lambda p: inner((*places, p), axes[1:]))

        return inner((), shape(e))

    def _delta(self, left: Place, right: Place) -> Form:
        if len(left) != len(right):
            raise NotProvable("an axis is split in two different ways")
        out = ONE_FORM
        for i, j in zip(left, right, strict=True):
            out = self.algebra.multiply(out, self.algebra.kronecker(i, j))
        return out

    # ------------------------------------------------- axes made by vec and ⊗

    def parts(self, e: Expr, axis: int) -> Parts | None:
        """How vec or ⊗ composed an axis of ``e``, outer part first; None for a plain axis, and for one that ``e`` has not."""
        if dict(enumerate(shape(e))).get(axis, ONE) == ONE:
            return None
        match e:
            case Vec(operand=a):
                return (*self._own_parts(a, 1), *self._own_parts(a, 0))
            case Kronecker(left=a, right=b):
                return (*self._own_parts(a, axis), *self._own_parts(b, axis))
            case Transpose(operand=a):
                return self.parts(a, 1 - axis)
            case MatMul(left=a, right=b):
                return self.parts((a, b)[axis], axis)
            case Add(operands=operands):
                return self._first(self.parts(o, axis) for o in operands)
            case Times(left=a, right=b):
                return self._first(self.parts(o, axis) for o in (a, b))
            case Power(base=a) | Map(operand=a) | Inverse(operand=a) | Softmax(operand=a):
                return self.parts(a, axis)
            case Sum(body=a) | Let(body=a) | Differential(of=a):
                return self.parts(a, axis)
            case Diagonal(operand=a) | DiagonalMatrix(operand=a):
                return self.parts(a, 0)
            case Derivative(of=a, by=by):
                own = len(shape(a))
                return self.parts(a, axis) if axis < own else self.parts(by, axis - own)
            case Sym(name=name) if name in self.context.definitions:
                return self.parts(self.context.definitions[name], axis)
            case _:
                return None

    def _own_parts(self, e: Expr, axis: int) -> Parts:
        dim = as_matrix(shape(e))[axis]
        return () if dim == ONE else self.parts(e, axis) or (dim,)

    @staticmethod
    def _first(found: Iterable[Parts | None]) -> Parts | None:
        return next((f for f in found if f), None)

    def _parts_of_index(self, index: Index, body: Expr) -> Parts | None:
        """How the axes are composed that an index addresses."""
        return self._first(
            self.parts(node.array, n)
            for node in walk(body)
            if isinstance(node, Entry)
            for n, term in enumerate(node.indices)
            if term == index
        )

    def _unpair(self, place: Place, outer: Parts, inner: Parts) -> tuple[Place, Place]:
        """The places in the outer and the inner parts of a stacked axis; FIRST where there are none."""
        parts = (*outer, *inner)
        if not parts:
            return FIRST, FIRST
        if [i[1] for i in place] != [self.algebra.type_of(d) for d in parts]:
            place = self._split(place, parts)
        return place[: len(outer)] or FIRST, place[len(outer) :] or FIRST

    def _split(self, place: Place, parts: Parts) -> Place:
        """A fixed place of a stacked axis as one place for each of its parts: the digits of its number."""
        if not is_place(place[0]) or not all(d.literal for d in parts):
            raise NotProvable("an axis is split in two different ways")
        rest = _number(place[0]) - 1
        digits: list[Ix] = []
        for dim in reversed(parts):
            rest, digit = divmod(rest, dim.coefficient)
            digits.append((f"={digit + 1}", self.algebra.type_of(dim)))
        return tuple(reversed(digits))

    def _kronecker(self, left: Expr, right: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        row, column = _pair(at)
        i, k = self._unpair(row, self._own_parts(left, 0), self._own_parts(right, 0))
        j, m = self._unpair(column, self._own_parts(left, 1), self._own_parts(right, 1))
        return self.algebra.multiply(self.matrix(left, i, j, scope), self.matrix(right, k, m, scope))

    # ---------------------------------------------------------------- operations

    def _scaled(self, e: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        return self.entry(e, at if shape(e) else (), scope)

    def _power(self, base: Form, exponent: Form) -> Form:
        q = as_number(exponent)
        if q is not None:
            return boxes.power(self.algebra, base, q)
        return boxes.exponential(self.algebra, self.algebra.multiply(exponent, boxes.logarithm(self.algebra, base)))

    def _product(self, left: Expr, right: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        _, inner = as_matrix(shape(left))
        i, j = _pair(at)
        parts = self.parts(left, 1) or self.parts(right, 0)
        return self._sum(
            inner, parts, lambda k: self.algebra.multiply(self.matrix(left, i, k, scope), self.matrix(right, k, j, scope))
        )

    def _transposed(self, operand: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        i, j = _pair(at)
        return self.matrix(operand, j, i, scope)

    def _square(self, operand: Expr, scope: Scope) -> Form:
        """A square matrix as a form in ``$r`` and ``$c``; named so only now, no other matrix being under way."""
        dim, _ = as_matrix(shape(operand))
        type_ = self.algebra.type_of(dim)
        row, column = self.algebra.hidden(type_), self.algebra.hidden(type_)
        form = self.matrix(operand, (row,), (column,), scope)
        return self.algebra.substitute(form, {row: (ROW, type_), column: (COLUMN, type_)})

    def _inverse(self, operand: Expr, at: tuple[Place, ...], scope: Scope) -> Form:
        if not shape(operand):
            return boxes.power(self.algebra, self.scalar(operand, scope), -1)
        if isinstance(operand, Kronecker):
            return self.entry(Kronecker(Inverse(operand.left), Inverse(operand.right)), at, scope)
        dim, _ = shape(operand)
        if dim in self.unrolled:
            return self._adjugate(operand, dim, at, scope)
        i, j, *more = _flat(at)
        if more:
            raise NotProvable("the inverse of a stacked matrix")
        return boxes.inverse(self.algebra, self._square(operand, scope), i, j)

    def _determinant(self, operand: Expr, scope: Scope) -> Form:
        dim, _ = as_matrix(shape(operand))
        if dim in self.unrolled:
            places = self.positions(dim)
            return self._minor(operand, places, places, scope)
        return boxes.determinant(self.algebra, self._square(operand, scope))

    def _adjugate(self, operand: Expr, dim: Dim, at: tuple[Place, ...], scope: Scope) -> Form:
        """A small matrix of literal size: cofactors over the determinant."""
        places = self.positions(dim)
        i, j = at
        cofactor = self._minor(operand, [p for p in places if p != j], [p for p in places if p != i], scope)
        sign = -1 if (places.index(i) + places.index(j)) % 2 else 1
        determinant = self._minor(operand, places, places, scope)
        self.algebra.require("nonzero", determinant, "inverse")
        return scale(self.algebra.multiply(cofactor, boxes.power(self.algebra, determinant, -1)), sign)

    def _minor(self, operand: Expr, rows: list[Place], columns: list[Place], scope: Scope) -> Form:
        """Leibniz' formula for the determinant of some rows and columns."""
        if len(rows) > 4:
            raise NotProvable("a determinant of literal size above 4", limit=True)
        out: Form = {}
        for order in permutations(range(len(rows))):
            odd = sum(x > y for x, y in combinations(order, 2)) % 2
            term = ONE_FORM
            for row, column in zip(rows, order, strict=True):
                term = self.algebra.multiply(term, self.matrix(operand, row, columns[column], scope))
            out = add(out, scale(term, -1 if odd else 1))
        return out

    def _softmax(self, operand: Expr, axis: int, at: tuple[Place, ...], scope: Scope) -> Form:
        a = self.algebra
        own = shape(operand)
        top = boxes.exponential(a, self.entry(operand, at, scope))
        if axis >= len(own):  # what the operand asks for is asked for all the same
            return ONE_FORM
        total = self._sum(
            own[axis],
            self.parts(operand, axis),
            lambda p: boxes.exponential(a, self.entry(operand, (*at[:axis], p, *at[axis + 1 :]), scope)),
        )
        return a.multiply(top, boxes.power(a, total, -1))

    def _big_product(self, index: Index, body: Expr, scope: Scope) -> Form:
        """∏ over an unrolled index; else exp Σ log, for positive factors."""
        a = self.algebra
        if index.dim in self.unrolled:
            out = ONE_FORM
            for place in self.positions(index.dim):
                out = a.multiply(out, self.scalar(body, scope.at(index, place)))
            return out
        a.use(PRODUCT_AS_SUM)
        parts = self._parts_of_index(index, body)
        return boxes.exponential(
            a, self._sum(index.dim, parts, lambda p: boxes.logarithm(a, self.scalar(body, scope.at(index, p))))
        )

    def _map(self, function: Builtin | Free | Lambda, u: Form, order: int, scope: Scope) -> Form:
        a = self.algebra
        match function:
            case Builtin(name=name) if not order:
                return boxes.apply(a, name, u)
            case Free(name=name):
                return boxes.apply(a, self._free_name(name), u, order)
            case Builtin(name=name):
                # the parameter is a scalar of our own, whatever the function's is called
                parameter = self._new_tensor("t", (), Sym("t", ()))
                form = boxes.apply(a, name, a.atom(parameter, ()))
            case Lambda(parameter=sym, body=body):
                parameter = self._new_tensor(sym.name, (), sym)
                form = self.scalar(body, replace(scope, local={**scope.local, sym.name: parameter}))
        for _ in range(order):
            form = differentiate(a, form, parameter, ())
        values = {parameter: lambda _slots: u}
        replace_in_conditions(a, values)
        return put_back(a, form, values)

    def _free_name(self, name: str) -> str:
        """Free functions have names that no builtin has; ``+`` marks positive values."""
        declared = self.context.functions.get(name)
        return f"{'+' if declared is not None and declared.positive else '.'}{name}"

    def _apply(self, e: Apply, at: tuple[Place, ...], scope: Scope) -> Form:
        """ℓ of an array, whose axes become parameters of the box; an unrolled axis is written Σ_p δ_ip u_p."""
        axes = shape(e.operand)
        places = tuple(self.new_place(d, self.parts(e.operand, n)) for n, d in enumerate(axes))
        u = self._spread(e.operand, axes, places, (), scope)
        open_ = [i for i in _flat(places) if not is_place(i)]
        parameters = tuple((f"$a{k}", i[1]) for k, i in enumerate(open_))
        u = self.algebra.substitute(u, dict(zip(open_, parameters, strict=True)))
        return boxes.loss(self.algebra, self._free_name(e.name), u, parameters, _flat(at))

    def _spread(self, e: Expr, axes: Shape, places: tuple[Place, ...], done: tuple[Place, ...], scope: Scope) -> Form:
        if not axes:
            return self.entry(e, done, scope)
        if axes[0] not in self.unrolled:
            return self._spread(e, axes[1:], places[1:], (*done, places[0]), scope)
        return add(
            *(
                self.algebra.multiply(self._delta(places[0], p), self._spread(e, axes[1:], places[1:], (*done, p), scope))
                for p in self.positions(axes[0])
            )
        )

    # --------------------------------------------------------------- derivatives

    def _derivative(self, e: Derivative, at: tuple[Place, ...], scope: Scope) -> Form:
        if e.at is not None:
            return self._with_terms(e.at, scope, lambda places: self._slope(e, at, places, scope))
        own = len(shape(e.of))
        return self._slope(e, at[:own], at[own:], scope)

    def _slope(self, e: Derivative, at: tuple[Place, ...], by_at: tuple[Place, ...], scope: Scope) -> Form:
        (head,), values, inner = self._cut((e.by,), scope)
        slots = _flat(by_at)
        form = self.entry(e.of, at, inner)
        slope = differentiate(self.algebra, form, head, slots)
        replace_in_conditions(self.algebra, values)
        return put_back(self.algebra, slope, values)

    def _cut(
        self, variables: tuple[Sym, ...], scope: Scope
    ) -> tuple[tuple[Head, ...], dict[Head, Callable[[Slots], Form]], Scope]:
        """Stand-ins for variables, what to put back for them, and the scope in which they stand.

        A plain variable stands for itself.  One that is defined, symmetric or constrained is cut: its
        entries vary independently, and only afterwards what is known of it holds again.
        """
        heads, inner = [], scope
        values: dict[Head, Callable[[Slots], Form]] = {}
        for by in variables:
            if self._is_plain(by, scope):
                heads.append(self.tensor(by))
                continue
            head = self._new_tensor(by.name, by.shape, by, self._open_traits(by))
            heads.append(head)
            inner = inner.cut(by, head)
            values[head] = self._value_of(by, scope)
        return tuple(heads), values, inner

    def _is_plain(self, by: Sym, scope: Scope) -> bool:
        variable = self.context.variables.get(by.name)
        # The value of a Let is evaluated outside: it stays what it was when a variable in it is cut.
        outside = any(isinstance(v, tuple) for v in scope.local.values())
        return (
            not outside
            and by.name not in scope.local
            and by.name not in scope.cuts
            and by.name not in self.context.definitions
            and by.name not in self.constrained
            and (variable is None or not (variable.symmetric or variable.definite or variable.domain in ("binary", "sign")))
        )

    def _open_traits(self, by: Sym) -> frozenset[str]:
        """What stays true of a variable whose entries vary a little: open conditions."""
        variable = self.context.variables.get(by.name)
        return frozenset() if variable is None else OPEN.get(variable.domain, frozenset())

    def _value_of(self, by: Sym, scope: Scope) -> Callable[[Slots], Form]:
        sizes = [1 if d in self.unrolled else len(self.parts(by, n) or (d,)) for n, d in enumerate(by.shape)]

        def value(slots: Slots) -> Form:
            if len(slots) != sum(sizes):
                raise NotProvable("an axis is split in two different ways")
            rest = iter(slots)
            return self._symbol(by, tuple(tuple(islice(rest, count)) for count in sizes), scope)

        return value

    def _differential(self, e: Differential, at: tuple[Place, ...], scope: Scope) -> Form:
        a = self.algebra
        heads, values, inner = self._cut(e.variables, scope)
        form = self.entry(e.of, at, inner)
        out: Form = {}
        for head, by in zip(heads, e.variables, strict=True):
            tangent = Tangent(by.name, by.shape)

            def moved(places: tuple[Place, ...], h: Head = head, t: Tangent = tangent) -> Form:
                slots = _flat(places)
                return a.multiply(differentiate(a, form, h, slots), self._atom(self._tangent(t), places))

            out = add(out, self._sum_over(by, moved))
        replace_in_conditions(a, values)
        return put_back(a, out, values)


FIRST: Place = (("=1", str(ONE)),)
_HALF = Fraction(1, 2)


def _pair(at: tuple[Place, ...]) -> tuple[Place, Place]:
    """The places in an array read as a matrix: a column has one column, a scalar one row as well."""
    row, column, *_ = (*at, FIRST, FIRST)
    return row, column


def _number(place: Ix) -> int:
    """The number of a fixed place."""
    return int(str(place[0]).removeprefix("="))


def _flat(places: Iterable[Place]) -> Slots:
    return tuple(i for p in places for i in p)
