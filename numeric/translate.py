"""From the expression language to arrays with named axes, entry by entry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import assert_never

from derivations import expr as e
from derivations.expr import Expr, Index, IndexTerm
from derivations.shapes import as_matrix, shape
from numeric.algebra import Algebra
from numeric.slope import NotComputable, slope, substituted
from numeric.tensor import (
    GRADIENT,
    ONE,
    TANGENT,
    ZERO,
    Along,
    Axis,
    Extent,
    Eye,
    Node,
    Number,
    OfMatrix,
    OneHot,
    Pi,
    Place,
    Ref,
    fresh,
    renamed,
)


@dataclass(frozen=True)
class Translator:
    """Reads expressions as arrays; ``gradients`` maps names that stand for ∂L/∂Z to Z."""

    algebra: Algebra
    loss: str
    definitions: Mapping[str, Expr] = field(default_factory=dict)
    places: Mapping[Index, Place] = field(default_factory=dict)
    values: Mapping[str, Node] = field(default_factory=dict)

    # ---------------------------------------------------------------- places

    def bind(self, index: Index) -> tuple[Translator, Axis]:
        """The translator in which ``index`` is an axis of its own."""
        axis = fresh(index.dim, index.name)
        return replace(self, places={**self.places, index: axis}), axis

    def place(self, term: IndexTerm) -> Place | e.LabelOf:
        match term:
            case Index():
                return self.places.get(term, term)
            case e.Position(value=value):
                return value
            case e.LabelOf():
                return term
            case e.Affine():
                raise NotComputable("a shifted index is not supported in code")

    # --------------------------------------------------------------- arrays

    def entry(self, expr: Expr, at: tuple[Place, ...]) -> Node:
        """The entry of an array at as many places as it has axes."""
        algebra = self.algebra
        match expr:
            case e.Num(value=value):
                return Number(value)
            case e.Pi():
                return Pi()
            case e.Size(dim=dim):
                return Number(Fraction(dim.coefficient)) if dim.literal else Extent(dim)
            case e.Sym(name=name):
                return self._name(name, at)
            case e.Fill(value=value):
                return self.entry(value, ())
            case e.Identity():
                return self._delta(at[0], at[1]) if len(at) == 2 else ONE
            case e.Delta(left=left, right=right):
                return self._same_index(left, right)
            case e.Add(operands=operands):
                return algebra.add([self.entry(o, at) for o in operands])
            case e.Times(left=left, right=right):
                return algebra.product((), [self.entry(o, at if shape(o) else ()) for o in (left, right)])
            case e.Power(base=base, exponent=exponent):
                return algebra.power(self.entry(base, at), self.entry(exponent, ()))
            case e.MatMul():
                return self._matmul(expr, at)
            case e.Transpose(operand=operand):
                rows, columns = self._two(expr, at)
                return self._cell(operand, columns, rows)
            case e.Trace(operand=operand):
                axis = fresh(as_matrix(shape(operand))[0])
                return algebra.product((axis,), (self._cell(operand, axis, axis),))
            case e.Diagonal(operand=operand):
                return self._cell(operand, at[0], at[0])
            case e.DiagonalMatrix(operand=operand):
                return algebra.product((), (self._delta(at[0], at[1]), self.entry(operand, at[:1])))
            case e.Norm(operand=operand):
                inside = tuple(fresh(d) for d in shape(operand))
                square = algebra.power(self.entry(operand, inside), Number(Fraction(2)))
                return algebra.power(algebra.product(inside, (square,)), Number(Fraction(1, 2)))
            case e.Inverse(operand=operand):
                return self._of_matrix("inverse", operand, at)
            case e.Det(operand=operand):
                return self._of_matrix("det", operand, at)
            case e.Map(function=function, operand=operand, order=order):
                return self._map(function, self.entry(operand, at), order)
            case e.Softmax(operand=operand, axis=number):
                along = at[number]
                if not isinstance(along, Index) or along in (p for n, p in enumerate(at) if n != number):
                    raise NotComputable("a fixed entry of a softmax is not supported in code yet")
                return Along("softmax", self.entry(operand, at), along)
            case e.Sum(index=index, body=body):
                inner, axis = self.bind(index)
                return algebra.product((axis,), (inner.entry(body, at),))
            case e.Entry(array=array, indices=indices):
                return self._picked(array, tuple(map(self.place, indices)))
            case e.Build(indices=indices, body=body):
                return self._built(indices, body, at)
            case e.Derivative():
                return self._gradient(expr, at)
            case e.Let(variable=variable, value=value, body=body):
                if shape(value):
                    raise NotComputable("a function of a whole array is not supported in code yet")
                return replace(self, values={**self.values, variable.name: self.entry(value, ())}).entry(body, at)
            case e.Vec() | e.Kronecker():
                raise NotComputable("vec and ⊗ are not supported in code yet")
            case e.Product():
                raise NotComputable("∏ is not supported in code yet")
            case e.Apply(name=name):
                raise NotComputable(f"{name} is some function, nothing more known: it cannot be computed")
            case e.Tangent(name=name):
                return Ref(TANGENT + name, at)
            case e.Differential():
                raise NotComputable("the differential of a formula stands on the right")
            case _:
                assert_never(expr)

    def _name(self, name: str, at: tuple[Place, ...]) -> Node:
        if name in self.values:
            return self.values[name]
        defined = self.definitions.get(name)
        if isinstance(defined, e.Derivative) and defined.at is None:
            return self._gradient(defined, at)
        return Ref(name, at)

    def _delta(self, left: Place, right: Place) -> Node:
        if isinstance(left, Index) and isinstance(right, Index):
            return Eye(left, right)
        if isinstance(left, int) and isinstance(right, int):
            return ONE if left == right else ZERO
        raise NotComputable("a fixed entry of the identity is not supported in code yet")

    def _same_index(self, left: IndexTerm, right: IndexTerm) -> Node:
        one, other = self.place(left), self.place(right)
        if isinstance(one, e.LabelOf) and not isinstance(other, e.LabelOf):
            one, other = other, one
        if isinstance(other, e.LabelOf):
            if not isinstance(one, Index):
                raise NotComputable("two labels, or a label and a number, are compared: not supported in code yet")
            return self._hot(other, one)
        assert not isinstance(one, e.LabelOf)
        return self._delta(one, other)

    def _hot(self, label: e.LabelOf, axis: Axis) -> OneHot:
        row = None if label.row is None else self.place(label.row)
        if isinstance(row, e.LabelOf):
            raise NotComputable("a label of a label is not supported in code")
        return OneHot(label.label, row, axis)

    def _picked(self, array: Expr, places: tuple[Place | e.LabelOf, ...]) -> Node:
        """An entry at indices, fixed places or labels: a label is a sum against one-hot rows."""
        hot: list[OneHot] = []
        at: list[Place] = []
        for place, dim in zip(places, shape(array), strict=True):
            if isinstance(place, e.LabelOf):
                axis = fresh(dim, "m")
                hot.append(self._hot(place, axis))
                at.append(axis)
            else:
                at.append(place)
        return self.algebra.product([h.cls for h in hot], (*hot, self.entry(array, tuple(at))))

    def _built(self, indices: tuple[Index, ...], body: Expr, at: tuple[Place, ...]) -> Node:
        kept = list(at)
        places: dict[Index, Place] = {}
        for index in indices:
            places[index] = 1 if index.dim == e.ONE and len(kept) < len(indices) else kept.pop(0)
        return replace(self, places={**self.places, **places}).entry(body, ())

    # ------------------------------------------------------------- matrices

    def _two(self, expr: Expr, at: tuple[Place, ...]) -> tuple[Place, Place]:
        """Row and column of an array that counts as a matrix."""
        return (*at, 1, 1)[:2]  # type: ignore[return-value]

    def _cell(self, expr: Expr, row: Place, column: Place) -> Node:
        axes_of = shape(expr)
        return self.entry(expr, (row, column)[: len(axes_of)])

    def _matmul(self, expr: e.MatMul, at: tuple[Place, ...]) -> Node:
        row, column = self._two(expr, at)
        dim = as_matrix(shape(expr.left))[1]
        if dim == e.ONE:
            return self.algebra.product((), (self._cell(expr.left, row, 1), self._cell(expr.right, 1, column)))
        axis = fresh(dim)
        return self.algebra.product((axis,), (self._cell(expr.left, row, axis), self._cell(expr.right, axis, column)))

    def _of_matrix(self, function: str, operand: Expr, at: tuple[Place, ...]) -> Node:
        size = as_matrix(shape(operand))[0]
        inner = fresh(size), fresh(size)
        if any(not isinstance(p, Index) for p in at) or len(set(at)) < len(at):
            whole = tuple(fresh(size) for _ in at)
            return renamed(self._of_matrix(function, operand, whole), dict(zip(whole, at, strict=True)))
        outer = tuple(p for p in at if isinstance(p, Index))
        return OfMatrix("inverse" if function == "inverse" else "det", self._cell(operand, *inner), inner, outer)

    # ------------------------------------------------------------ functions

    def _map(self, function: e.Function, value: Node, order: int) -> Node:
        if isinstance(function, e.Free):
            raise NotComputable(f"{function.name} is some function, nothing more known: it cannot be computed")
        if order:
            return self._derived(function, value, order)
        match function:
            case e.Lambda(parameter=parameter, body=body):
                return replace(self, values={**self.values, parameter.name: value}).entry(body, ())
            case e.Builtin(name=name):
                return self.algebra.call(name, value)

    def _derived(self, function: e.Function, value: Node, order: int) -> Node:
        """A function's derivative at a value: that of the function at a number, put in."""
        number = Ref("the argument", ())
        found = self._map(function, number, 0)
        for _ in range(order):
            found = slope(self.algebra, found, number)
        return substituted(self.algebra, found, number, value)

    # ------------------------------------------------------------ gradients

    def _gradient(self, derivative: e.Derivative, at: tuple[Place, ...]) -> Node:
        """∂L/∂Z is a name here: the line that proves it gives its value."""
        if not isinstance(derivative.of, e.Sym) or derivative.of.name != self.loss:
            raise NotComputable("a derivative of something other than the loss stands in the formula")
        name = GRADIENT + derivative.by.name
        if derivative.at is None:
            return Ref(name, at)
        hot: list[OneHot] = []
        places: list[Place] = []
        for term in derivative.at:
            place = self.place(term)
            if isinstance(place, e.LabelOf):
                axis = fresh(place.dim, "m")
                hot.append(self._hot(place, axis))
                places.append(axis)
            else:
                places.append(place)
        return self.algebra.product([h.cls for h in hot], (*hot, Ref(name, tuple(places))))


