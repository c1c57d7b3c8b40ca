"""Forms for people: as expressions again, and those as text.

A sub-expression that the document has named is shown by its name.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import count
from typing import Literal

from derivations.expr import (
    UNIT,
    Add,
    Apply,
    Build,
    Builtin,
    Delta,
    Derivative,
    Det,
    Dim,
    Entry,
    Expr,
    Free,
    Identity,
    Index,
    IndexTerm,
    Inverse,
    LabelOf,
    Let,
    Map,
    MatMul,
    Num,
    Pi,
    Position,
    Power,
    Size,
    Sum,
    Sym,
    Tangent,
    Times,
    Transpose,
    free_indices,
    number,
)
from derivations.prove.indexform import (
    COLUMN,
    ROW,
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    NotProvable,
    Number,
    Slots,
    dummies,
    is_place,
    variables,
)
from derivations.prove.normal import Need, Requirement
from derivations.prove.translate import Translator
from derivations.shapes import shape

ConditionKind = Literal["nonzero", "nonnegative", "positive", "kink", "invertible"]
LONGEST = 600


@dataclass(frozen=True, slots=True)
class Condition:
    """What the proof asks of the values: for every entry, that is all values of the free indices of ``term``.

    ``term`` is the scalar or, for ``invertible``, the matrix of which ``kind`` holds (a ``kink`` asks for
    an argument ≠ 0); None where it cannot be written as an expression.
    """

    kind: ConditionKind
    term: Expr | None
    text: str
    origin: str


STRONGER: Mapping[Need, tuple[Need, ...]] = {
    "nonzero": ("positive",),
    "kink": ("positive", "nonzero"),
    "nonnegative": ("positive",),
}
SIGNS: Mapping[Need, str] = {
    "nonzero": "≠ 0", "kink": "≠ 0", "positive": "> 0", "nonnegative": "≥ 0", "invertible": "invertible",
}  # fmt: skip


def conditions(translator: Translator) -> tuple[Condition, ...]:
    """The recorded requirements, in the order in which they arose."""
    out = []
    for need, form, origin, _ in list(_essential(translator)):
        writer = Writer(translator)
        term = None
        try:
            term = writer.square(form) if need == "invertible" else writer.form(form, writer.free(variables(form)))
            shown = text(term)
        except NotProvable as unwritable:
            shown = unwritable.reason
        out.append(Condition(need, term, f"{shown} {SIGNS[need]}", origin))
    return tuple(out)


def _essential(translator: Translator) -> Iterator[Requirement]:
    """The requirements that no other one of the same term implies."""
    requirements = translator.algebra.requirements
    for (need, head), requirement in requirements.items():
        stronger = STRONGER.get(need, ())
        implied = bool(requirement.pieces) and all(("positive", piece) in requirements for piece in requirement.pieces)
        if not implied and not any((s, head) in requirements for s in stronger):
            yield requirement


def formula(translator: Translator, form: Form) -> str:
    """A normal form as text, cut where it is long."""
    writer = Writer(translator)
    try:
        shown = text(writer.form(form, writer.free(variables(form)), named=False))
    except NotProvable:
        return f"{len(form)} terms"
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} … ({len(form)} terms)"


class Writer:
    """Writes one form; makes up names for its indices."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self.algebra = translator.algebra
        context = translator.context
        self.known = {*context.variables, *context.labels, *context.functions}
        self.used = self.known | {name for dim in self.algebra.dims.values() for name in dim.names}
        self.pool = self._names()

    def _names(self) -> Iterator[str]:
        yield from "ijklmnpqrst"
        yield from (f"i_{{{k}}}" for k in count(1))

    def fresh(self, type_: str) -> Index:
        return Index(next(n for n in self.pool if n not in self.used), self.algebra.dims[type_])

    def free(self, indices: Iterable[Ix]) -> dict[Ix, IndexTerm]:
        """Names for free indices: the document's own, else made up."""
        found = sorted(indices, key=lambda i: str(i[0]))
        own: dict[Ix, IndexTerm] = {i: Index(name[1:], self.algebra.dims[i[1]]) for i in found if (name := str(i[0]))[0] == ":"}
        self.used |= {str(name)[1:] for name, _ in own}
        return own | {i: self.fresh(i[1]) for i in found if i not in own}

    def term_of(self, index: Ix, names: Mapping[Ix, IndexTerm]) -> IndexTerm:
        if is_place(index):
            return Position(int(str(index[0])[1:]), self.algebra.dims[index[1]])
        return names[index]

    def form(self, form: Form, names: Mapping[Ix, IndexTerm], named: bool = True) -> Expr:
        if named and (known := self._named(form, names)) is not None:
            return known
        terms = [self._monomial(k, fs, c, names) for (k, fs), c in form.items()]
        return _added(terms) if terms else number(0)

    def _named(self, form: Form, names: Mapping[Ix, IndexTerm]) -> Expr | None:
        """The document's name for this form, if it has one."""
        if not self.translator.names:
            return None
        head, slots = self.algebra.close("mark", "condition", form)
        known = self.translator.names.get(head)
        if known is None:
            return None
        sym, order = known
        at = tuple(self.term_of(slots[int(str(i[0])[1:])], names) for i in order)
        return Entry(sym, at) if at else sym

    def _monomial(
        self, constants: Constants, factors: tuple[Factor, ...], coefficient: Number, names: Mapping[Ix, IndexTerm]
    ) -> Expr:
        bound = {i: self.fresh(i[1]) for i in sorted(dummies(factors))}
        parts = [self.factor(f, {**names, **bound}) for f in factors]
        if bound:
            whole = multiplied(parts)
            for index in reversed(bound.values()):
                whole = Sum(index, whole)
            parts = [whole]
        return self._scaled(coefficient, constants, parts)

    def _scaled(self, coefficient: Number, constants: Constants, parts: Sequence[Expr]) -> Expr:
        """coefficient · constants · parts; a 1 is left out."""
        sizes = [self._constant(n, e) for n, e in constants]
        return multiplied([*([number(coefficient)] if coefficient != 1 else []), *sizes, *parts])

    def _constant(self, name: str, exponent: Number) -> Expr:
        base: Expr = number(int(name[1:])) if name[0] == "#" else Pi() if name == "π" else Size(Dim(1, (name,)))
        return raised(base, exponent)

    def factor(self, factor: Factor, names: Mapping[Ix, IndexTerm]) -> Expr:
        head, slots, exponent = factor
        return raised(self.head(head, slots, names), exponent)

    def head(self, head: Head, slots: Slots, names: Mapping[Ix, IndexTerm]) -> Expr:
        at = tuple(self.term_of(i, names) for i in slots)
        match head.kind:
            case "delta":
                return Delta(*at)
            case "tensor":
                return self._tensor(head, at)
            case _:
                return self._box(head, at)

    def _box(self, head: Head, at: tuple[IndexTerm, ...]) -> Expr:
        assert head.body is not None
        outer = dict(zip(head.placeholders, at[head.fixed :], strict=True))
        match head.kind:
            case "function":
                function = Free(head.name[1:]) if head.name[0] in ".+" else Builtin(head.name)  # type: ignore[arg-type]
                argument = self.form(head.body, outer)
                if head.name == "log" and not self.algebra.is_positive(head.body):
                    argument = Map(Builtin("abs"), argument)
                return Map(function, argument, head.order)
            case "power":
                return self.form(head.body, outer)
            case "inverse":
                return Entry(Inverse(self._matrix(head, outer)), at[:2])
            case "determinant":
                return Det(self._matrix(head, outer))
            case "loss":
                return self._loss(head, at, outer)
            case _:
                raise AssertionError(head)

    def _tensor(self, head: Head, at: tuple[IndexTerm, ...]) -> Expr:
        origin = self.translator.origins[head]
        if self.is_label(head):
            row = at[0] if len(at) > 1 else None
            return Delta(at[-1], LabelOf(head.name, row, at[-1].dim))
        if len(at) != len(origin.shape):
            raise NotProvable(f"an entry of {head.name} along a stacked axis")
        return Entry(origin, at) if at else origin

    def is_label(self, head: Head) -> bool:
        """Whether a tensor is the one-hot rows Y of labels k: Y_ij is δ_{j,k_i}."""
        return head.name in self.translator.context.labels and "one-hot" in head.traits

    def _matrix(self, head: Head, outer: Mapping[Ix, IndexTerm]) -> Expr:
        assert head.body is not None
        row, column = head.parameters
        return self._as_matrix(head.body, row, column, outer)

    def square(self, form: Form) -> Expr:
        """A matrix, given as a form in ``$r`` and ``$c``."""
        free = variables(form)
        types = {i[1] for i in free if i[0] in (ROW, COLUMN)}
        if len(types) != 1:
            raise NotProvable("a constant matrix")
        (type_,) = types
        row, column = (ROW, type_), (COLUMN, type_)
        return self._as_matrix(form, row, column, self.free(free - {row, column}))

    def _as_matrix(self, form: Form, row: Ix, column: Ix, outer: Mapping[Ix, IndexTerm]) -> Expr:
        terms = []
        for (constants, factors), coefficient in form.items():
            word = self._word(factors, row, column)
            if word is None:
                i, j = self.fresh(row[1]), self.fresh(row[1])
                return _whole((i, j), self.form(form, {**outer, row: i, column: j}))
            letters, scalars = word
            whole = letters[0]
            for letter in letters[1:]:
                whole = MatMul(whole, letter)
            terms.append(self._scaled(coefficient, constants, [*(self.factor(f, outer) for f in scalars), whole]))
        return _added(terms)

    def _word(self, factors: tuple[Factor, ...], row: Ix, column: Ix) -> tuple[list[Expr], list[Factor]] | None:
        """A term as a product of matrices from row to column, and its scalar factors."""
        letters: list[Expr] = []
        todo, here = list(factors), row
        while here != column:
            onward = [f for f in todo if here in f[1]]
            if len(onward) != 1:
                return None
            head, slots, exponent = onward[0]
            todo.remove(onward[0])
            if len(slots) != 2 or exponent != 1 or head.kind not in ("tensor", "delta", "inverse"):
                return None
            upright = slots[0] == here
            letters.append(self._letter(head, row, upright))
            here = slots[1] if upright else slots[0]
        if any(i == column or i in dummies(factors) for _, s, _ in todo for i in s):
            return None
        return letters, todo

    def _letter(self, head: Head, row: Ix, upright: bool) -> Expr:
        if head.kind == "delta":
            return Identity(self.algebra.dims[row[1]])
        whole: Expr = Inverse(self._matrix(head, {})) if head.kind == "inverse" else self.translator.origins[head]
        return whole if upright or len(head.symmetry) > 1 else Transpose(whole)

    def _loss(self, head: Head, at: tuple[IndexTerm, ...], outer: Mapping[Ix, IndexTerm]) -> Expr:
        """A function of an array, or its derivative where the argument stands: of a variable, or of one made up for it."""
        axes = tuple(self.fresh(p[1]) for p in head.parameters)
        argument = self._argument(head, axes, outer)
        values = head.fixed - head.order * len(axes)
        dims = tuple(i.dim for i in at[:values])
        if not head.order:
            value: Expr = Apply(head.name[1:], argument, dims)
            return Entry(value, at[:values]) if values else value
        by = argument if isinstance(argument, Sym) else Sym(self.argument_name(), tuple(a.dim for a in axes))
        value = self._defined_as(Apply(head.name[1:], by, dims))
        if values:
            value = Entry(value, at[:values])
        for k in range(head.order):
            value = Derivative(value, by, at[values + k * len(axes) : values + (k + 1) * len(axes)] or None)
        return value if by is argument else Let(by, argument, value)

    def _argument(self, head: Head, axes: tuple[Index, ...], outer: Mapping[Ix, IndexTerm]) -> Expr:
        assert head.body is not None
        return _whole(axes, self.form(head.body, {**outer, **dict(zip(head.parameters, axes, strict=True))}))

    def argument_name(self) -> str:
        """For what a function of an array is differentiated by, where that is no variable: none of the document's names."""
        return next(name for k in count() for letter in "uvwzUVZ" if (name := letter + "'" * k) not in self.known)

    def _defined_as(self, e: Expr) -> Expr:
        """The document's name for exactly this expression, if it has one."""
        names = (name for name, definition in self.translator.context.definitions.items() if definition == e)
        return next((Sym(name, shape(e)) for name in names), e)


def raised(base: Expr, exponent: Number) -> Expr:
    return base if exponent == 1 else Power(base, number(exponent))


def multiplied(factors: Sequence[Expr]) -> Expr:
    """A product from left to right; 1 where there are no factors."""
    return reduce(Times, factors) if factors else UNIT


def _added(terms: Sequence[Expr]) -> Expr:
    return terms[0] if len(terms) == 1 else Add(tuple(terms))


def _whole(axes: tuple[Index, ...], entry: Expr) -> Expr:
    """The array with this entry: an array itself where all that is done to it is to take its entries."""
    if isinstance(entry, Entry) and entry.indices == axes and free_indices(entry.array).isdisjoint(axes):
        return entry.array
    if isinstance(entry, Derivative) and entry.at == axes and free_indices(entry.of).isdisjoint(axes):
        return Derivative(entry.of, entry.by)
    return Build(axes, entry) if axes else entry


# ----------------------------------------------------------------------- text


def text(e: Expr) -> str:
    """An expression in LaTeX, as far as ``Writer`` makes them."""
    match e:
        case Num(value=value):
            return str(value)
        case Pi():
            return r"\pi"
        case Size(dim=dim):
            return str(dim)
        case Sym(name=name):
            return name
        case Tangent(name=name):
            return f"d{name}"
        case Identity():
            return "I"
        case Entry(array=array, indices=terms):
            return _subscripted(array, terms)
        case Delta(left=left, right=right):
            return rf"\delta_{{{_indices((left, right))}}}"
        case Add(operands=operands):
            return " + ".join(text(o) for o in operands).replace("+ -", "- ")
        case Times(left=Num(value=value), right=right) if value == -1:
            return f"-{_factor(right)}"
        case Times(left=left, right=right) | MatMul(left=left, right=right):
            return _side_by_side(_factor(left), _factor(right))
        case Power(base=base, exponent=exponent):
            return f"{_base(base)}^{{{text(exponent)}}}"
        case Transpose(operand=a):
            return f"{_base(a)}^T"
        case Inverse(operand=a):
            return f"{_base(a)}^{{-1}}"
        case Det(operand=a):
            return rf"\det({text(a)})"
        case Sum(index=index, body=body):
            return rf"\sum_{{{index.name}}} {_factor(body)}"
        case Build(indices=indices, body=body):
            return rf"({text(body)})_{{{_indices(indices)}}}"
        case Map(function=Builtin(name="step"), operand=a):
            return rf"\mathbb{{1}}[{text(a)} > 0]"
        case Map(function=Builtin(name=name), operand=a):
            shown = rf"\{name}" if name in ("exp", "log", "sin", "cos") else rf"\operatorname{{{name}}}"
            return f"{shown}({text(a)})"
        case Map(function=Free(name=name), operand=a, order=order):
            return f"{name}{chr(39) * order}({text(a)})"
        case Apply(name=name, operand=a):
            return f"{name}({text(a)})"
        case Derivative(of=of, by=by, at=at):
            return rf"\frac{{\partial {text(of)}}}{{\partial {_subscripted(by, at) if at else by.name}}}"
        case Let(variable=variable, value=value, body=body):
            return rf"{text(body)}|_{{{variable.name} = {text(value)}}}"
        case _:
            raise AssertionError(e)


def _side_by_side(left: str, right: str) -> str:
    """A dot before a number, which without it would be one with the number on the left."""
    return rf"{left} \cdot {right}" if right[0].isdigit() else f"{left} {right}"


def _subscripted(array: Expr, terms: tuple[IndexTerm, ...]) -> str:
    """W_1 has its own subscript: (W_1)_{ij}."""
    shown = text(array)
    bare = isinstance(array, Sym | Tangent) and not {*shown} & {*"_'"}
    return f"{shown if bare else f'({shown})'}_{{{_indices(terms)}}}"


def _indices(terms: tuple[IndexTerm, ...]) -> str:
    names = [_index(t) for t in terms]
    return "".join(names) if all(len(n) == 1 for n in names) else ",".join(names)


def _index(term: IndexTerm) -> str:
    match term:
        case Index(name=name):
            return name
        case Position(value=value):
            return str(value)
        case LabelOf(label=label, row=row, dim=dim):
            return label if row is None else _subscripted(Sym(label, (dim,)), (row,))
        case _:
            raise AssertionError(term)


def _factor(e: Expr) -> str:
    return f"({text(e)})" if isinstance(e, Add) else text(e)


def _base(e: Expr) -> str:
    """What a script is put on: in brackets where it has one of its own, or is made of several."""
    shown = text(e)
    return shown if isinstance(e, Num | Sym | Size | Pi | Entry | Det | Map) and "^" not in shown else f"({shown})"
