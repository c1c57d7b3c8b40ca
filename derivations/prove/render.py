"""Forms for people: as expressions again, and those as text.

A sub-expression that the document has named is shown by its name.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from derivations.expr import (
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
SIGNS: Mapping[str, str] = {"nonzero": "≠ 0", "kink": "≠ 0", "positive": "> 0", "nonnegative": "≥ 0"}


def conditions(translator: Translator) -> tuple[Condition, ...]:
    """The recorded requirements, in the order in which they arose."""
    out = []
    for need, form, origin, _ in list(_essential(translator)):
        writer = Writer(translator)
        try:
            term = writer.square(form) if need == "invertible" else writer.form(form, writer.free(form))
        except NotProvable as unwritable:
            out.append(Condition(need, None, f"{unwritable.reason} [{need}]", origin))
            continue
        sign = "invertible" if need == "invertible" else SIGNS[need]
        out.append(Condition(need, term, f"{text(term)} {sign}", origin))
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
        shown = text(writer.form(form, writer.free(form), named=False))
    except NotProvable:
        return f"{len(form)} terms"
    return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]} … ({len(form)} terms)"


class Writer:
    """Writes one form; makes up names for its indices."""

    def __init__(self, translator: Translator) -> None:
        self.translator = translator
        self.algebra = translator.algebra
        self.used: set[str] = set()
        self.pool = self._names()

    def _names(self) -> Iterator[str]:
        yield from "ijklmnpqrstuv"
        k = 1
        while True:
            yield f"i_{{{k}}}"
            k += 1

    def fresh(self, type_: str) -> Index:
        name = next(n for n in self.pool if n not in self.used)
        self.used.add(name)
        return Index(name, self.algebra.dims[type_])

    def free(self, form: Form) -> dict[Ix, IndexTerm]:
        """Names for free indices: the document's own, else made up."""
        found = sorted(variables(form), key=lambda i: str(i[0]))
        own: dict[Ix, IndexTerm] = {}
        for index in found:
            name = str(index[0])
            if name[0] == ":":
                own[index] = Index(name[1:], self.algebra.dims[index[1]])
                self.used.add(name[1:])
        for index in found:
            if index not in own:
                own[index] = self.fresh(index[1])
        return own

    def term_of(self, index: Ix, names: Mapping[Ix, IndexTerm]) -> IndexTerm:
        if is_place(index):
            return Position(int(str(index[0])[1:]), self.algebra.dims.get(index[1], Dim()))
        return names[index]

    def form(self, form: Form, names: Mapping[Ix, IndexTerm], named: bool = True) -> Expr:
        if named and (known := self._named(form, names)) is not None:
            return known
        terms = [self._monomial(k, fs, c, names) for (k, fs), c in form.items()]
        if not terms:
            return number(0)
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

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
        inner = {**names, **bound}
        parts = [self._constant(n, e) for n, e in constants] + [self.factor(f, inner) for f in factors]
        if coefficient != 1 or not parts:
            parts.insert(0, number(Fraction(coefficient)))
        out = parts[0]
        for part in parts[1:]:
            out = Times(out, part)
        for index in bound.values():
            out = Sum(index, out)
        return out

    def _constant(self, name: str, exponent: Number) -> Expr:
        base: Expr = number(int(name[1:])) if name[0] == "#" else Pi() if name == "π" else Size(Dim(1, (name,)))
        return base if exponent == 1 else Power(base, number(Fraction(exponent)))

    def factor(self, factor: Factor, names: Mapping[Ix, IndexTerm]) -> Expr:
        head, slots, exponent = factor
        base = self.head(head, slots, names)
        return base if exponent == 1 else Power(base, number(Fraction(exponent)))

    def head(self, head: Head, slots: Slots, names: Mapping[Ix, IndexTerm]) -> Expr:
        at = tuple(self.term_of(i, names) for i in slots)
        outer = dict(zip(head.placeholders, at[head.fixed :], strict=True)) if head.body is not None else {}
        match head.kind:
            case "delta":
                return Delta(*at)
            case "tensor":
                return self._tensor(head, at)
            case "function":
                assert head.body is not None
                function = Free(head.name[1:]) if head.name[0] in ".+" else Builtin(head.name)  # type: ignore[arg-type]
                argument = self.form(head.body, outer)
                if head.name == "log" and not self.algebra.is_positive(head.body):
                    argument = Map(Builtin("abs"), argument)
                return Map(function, argument, head.order)
            case "power":
                assert head.body is not None
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
        if head.name in self.translator.context.labels and "one-hot" in head.traits:
            row = at[0] if len(at) > 1 else None
            return Delta(at[-1], LabelOf(head.name, row, at[-1].dim))
        if len(at) != len(origin.shape):
            raise NotProvable(f"an entry of {head.name} along a stacked axis")
        return Entry(origin, at) if at else origin

    def _matrix(self, head: Head, outer: Mapping[Ix, IndexTerm]) -> Expr:
        assert head.body is not None
        row, column = head.parameters
        return self._as_matrix(head.body, row, column, outer)

    def square(self, form: Form) -> Expr:
        """A matrix, given as a form in ``$r`` and ``$c``."""
        types = {i[1] for i in variables(form) if i[0] in (ROW, COLUMN)}
        if len(types) != 1:
            raise NotProvable("a constant matrix")
        (type_,) = types
        row, column = (ROW, type_), (COLUMN, type_)
        names = self.free(form)
        return self._as_matrix(form, row, column, {k: v for k, v in names.items() if k not in (row, column)})

    def _as_matrix(self, form: Form, row: Ix, column: Ix, outer: Mapping[Ix, IndexTerm]) -> Expr:
        words = [self._word(fs, row, column) for (k, fs), c in form.items()]
        if all(w is not None for w in words):
            terms = []
            for ((constants, _), coefficient), word in zip(form.items(), words, strict=True):
                assert word is not None
                letters, scalars = word
                parts = [self._constant(n, e) for n, e in constants] + [self.factor(f, outer) for f in scalars]
                out = letters[0]
                for letter in letters[1:]:
                    out = MatMul(out, letter)
                if coefficient != 1:
                    parts.insert(0, number(Fraction(coefficient)))
                for part in reversed(parts):
                    out = Times(part, out)
                terms.append(out)
            return terms[0] if len(terms) == 1 else Add(tuple(terms))
        i, j = self.fresh(row[1]), self.fresh(row[1])
        return _whole((i, j), self.form(form, {**outer, row: i, column: j}))

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
            if len(slots) != 2 or exponent != 1 or slots[0] == slots[1] or head.kind not in ("tensor", "delta", "inverse"):
                return None
            letters.append(self._letter(head, row, slots[0] == here))
            here = slots[1] if slots[0] == here else slots[0]
        if any(i in (row, column) or i in dummies(factors) for _, s, _ in todo for i in s):
            return None
        return letters, todo

    def _letter(self, head: Head, row: Ix, upright: bool) -> Expr:
        if head.kind == "delta":
            return Identity(self.algebra.dims[row[1]])
        whole: Expr = Inverse(self._matrix(head, {})) if head.kind == "inverse" else self.translator.origins[head]
        return whole if upright or len(head.symmetry) > 1 else Transpose(whole)

    def _loss(self, head: Head, at: tuple[IndexTerm, ...], outer: Mapping[Ix, IndexTerm]) -> Expr:
        axes = tuple(self.fresh(p[1]) for p in head.parameters)
        argument = self._argument(head, axes, outer)
        values = head.fixed - head.order * len(axes)
        value_shape = tuple(i.dim for i in at[:values])
        inner = argument if isinstance(argument, Sym) else Sym(self.argument_name(), tuple(a.dim for a in axes))
        plain = Apply(head.name[1:], inner if head.order else argument, value_shape)
        value: Expr = self._defined_as(plain) if head.order else plain
        if values:
            value = Entry(value, at[:values])
        for k in range(head.order):
            value = Derivative(value, inner, at[values + k * len(axes) : values + (k + 1) * len(axes)] or None)
        return Let(inner, argument, value) if head.order and inner is not argument else value

    def _argument(self, head: Head, axes: tuple[Index, ...], outer: Mapping[Ix, IndexTerm]) -> Expr:
        assert head.body is not None
        return _whole(axes, self.form(head.body, {**outer, **dict(zip(head.parameters, axes, strict=True))}))

    def argument_name(self) -> str:
        """For what a function of an array is differentiated by, where that is no variable."""
        return f"u_{self.algebra.number()}"

    def _defined_as(self, e: Expr) -> Expr:
        """The document's name for exactly this expression, if it has one."""
        names = (name for name, definition in self.translator.context.definitions.items() if definition == e)
        return next((Sym(name, shape(e)) for name in names), e)


def _whole(axes: tuple[Index, ...], entry: Expr) -> Expr:
    """The array with this entry: an array itself where all that is done to it is to take its entries."""
    if isinstance(entry, Entry) and entry.indices == axes:
        return entry.array
    if isinstance(entry, Derivative) and entry.at == axes:
        return Derivative(entry.of, entry.by)
    return Build(axes, entry) if axes else entry


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
            return _subscripted(array, _indices(terms))
        case Delta(left=left, right=right):
            return rf"\delta_{{{_indices((left, right))}}}"
        case Add(operands=operands):
            return " + ".join(text(o) for o in operands).replace("+ -", "- ")
        case Times(left=Num(value=value), right=right) if value == -1:
            return f"-{_factor(right)}"
        case Times(left=left, right=right) | MatMul(left=left, right=right):
            return f"{_factor(left)} {_factor(right)}"
        case Power(base=base, exponent=exponent):
            return f"{_atom(base)}^{{{text(exponent)}}}"
        case Transpose(operand=a):
            return f"{_atom(a)}^T"
        case Inverse(operand=a):
            return f"{_atom(a)}^{{-1}}"
        case Det(operand=a):
            return rf"\det({text(a)})"
        case Sum(index=index, body=body):
            return rf"\sum_{{{index.name}}} {_factor(body)}"
        case Build(indices=indices, body=body):
            return rf"({text(body)})_{{{_indices(indices)}}}"
        case Map(function=Builtin(name=name), operand=a):
            shown = rf"\{name}" if name in ("exp", "log", "sin", "cos", "tanh") else rf"\operatorname{{{name}}}"
            return f"{shown}({text(a)})"
        case Map(function=Free(name=name), operand=a, order=order):
            return f"{name}{chr(39) * order}({text(a)})"
        case Apply(name=name, operand=a):
            return f"{name}({text(a)})"
        case Derivative(of=of, by=by, at=at):
            return rf"\frac{{\partial {text(of)}}}{{\partial {by.name}_{{{_indices(at or ())}}}}}"
        case Let(variable=variable, value=value, body=body):
            return rf"{text(body)}|_{{{variable.name} = {text(value)}}}"
        case _:
            raise AssertionError(e)


def _subscripted(array: Expr, indices: str) -> str:
    shown = text(array) if isinstance(array, Sym | Tangent) else f"({text(array)})"
    if "_" in shown and isinstance(array, Sym):
        # W_1 has its own subscript: (W_1)_{ij}
        bare = "_" in shown.replace("^{", "").split("}")[0]
        shown = f"({shown})" if bare else shown
    return f"{shown}_{{{indices}}}"


def _indices(terms: tuple[IndexTerm, ...]) -> str:
    names = [_index(t) for t in terms]
    return "".join(names) if all(len(n) == 1 for n in names) else ",".join(names)


def _index(term: IndexTerm) -> str:
    match term:
        case Index(name=name):
            return name
        case Position(value=value):
            return str(value)
        case LabelOf(label=label, row=row):
            return label if row is None else f"{label}_{_index(row)}"
        case _:
            raise AssertionError(term)


def _factor(e: Expr) -> str:
    return f"({text(e)})" if isinstance(e, Add) else text(e)


def _atom(e: Expr) -> str:
    if isinstance(e, Num):
        return str(e.value) if e.value >= 0 and e.value.denominator == 1 else f"({e.value})"
    return text(e) if isinstance(e, Sym | Size | Pi | Entry | Det | Map) else f"({text(e)})"
