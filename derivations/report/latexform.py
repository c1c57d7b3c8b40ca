"""Expressions back to LaTeX, in one spelling: brackets show what belongs to what, signs which product is meant.

Juxtaposition is the matrix product or scales by a number, ``\\odot`` multiplies entry by entry.  What this prints reads
back as the same expression, wherever there is a notation at all; an array that is given by its entries and nothing
else has none, and is shown as ``\\operatorname{array}_{i,j}(…)``.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import assert_never

from derivations.expr import (
    MINUS_ONE,
    SCALAR,
    UNIT,
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
    Function,
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
    walk,
)
from derivations.shapes import ShapeError, shape

SUM, HADAMARD, BIG, PRODUCT, ATOM = range(5)  # how tightly a printed form holds together; BIG ends in all that a Σ reaches
LETTERS = (
    "i", "j", "l", "n", "m", "p", "q", "r", "s", "t", "u", "v", "a", "b", "c", "g", "h",
    "\\alpha", "\\beta", "\\gamma", "\\eta", "\\iota", "\\kappa", "\\mu", "\\nu",
)  # fmt: skip
HALF = Num(Fraction(1, 2))
SIMPLE = re.compile(r"[A-Za-z]|\\[A-Za-z]+")
COMMANDS = frozenset({"exp", "log", "tanh", "sin", "cos"})


@dataclass(frozen=True, slots=True)
class _Printed:
    text: str
    level: int

    def at(self, level: int) -> str:
        """In brackets, unless it holds together as tightly as is asked for."""
        return self.text if self.level >= level else f"({self.text})"


@dataclass
class Printer:
    """``taken`` are letters that no index may get anew; ``functions`` those that the document defines."""

    taken: frozenset[str] = frozenset()
    functions: Mapping[str, tuple[Sym, Expr]] = field(default_factory=dict)
    symmetric: frozenset[str] = frozenset()  # variables whose derivative is read as a symmetric matrix
    _letters: dict[Index, str] = field(default_factory=dict)

    def equation(self, left: Expr, right: Expr) -> str:
        """Both sides with one choice of letters for what is free in them."""
        for index in sorted(free_indices(left) | free_indices(right), key=lambda one: one.name):
            self._letters.setdefault(index, self._fresh(index))
        return f"{self.latex(left)} = {self.latex(right)}"

    def latex(self, expr: Expr) -> str:
        for index in sorted(free_indices(expr), key=lambda one: one.name):
            self._letters.setdefault(index, self._fresh(index))
        return self._print(expr).text

    # ---------------------------------------------------------------- nodes

    def _print(self, e: Expr) -> _Printed:
        match e:
            case Num(value=value):
                return _number(value)
            case Pi():
                return _atom("\\pi")
            case Size(dim=dim):
                return _Printed(_dim(dim), PRODUCT if len(dim.names) + (dim.coefficient > 1) > 1 else ATOM)
            case Sym(name=name):
                return _atom(name)
            case Tangent(name=name):
                return _atom(f"d{_spaced(name)}")
            case Fill(value=value, shape=dims):
                return self._fill(value, dims)
            case Identity(dim=dim):
                return _atom(f"I_{{{_dim(dim)}}}")
            case Delta(left=left, right=right):
                return _atom(f"\\mathbb{{1}}[{self._term(left)} = {self._term(right)}]")
            case Add(operands=operands):
                return _Printed(self._terms(operands), SUM)
            case Times(right=Add(operands=(Derivative() as raw, Transpose()))) if e == self._symmetric(raw):
                return self._derivative(raw)
            case Times(left=left, right=right):
                return self._times(left, right)
            case MatMul(left=left, right=right):
                return _Printed(_joined(self._print(left).at(PRODUCT), self._factor(right)), PRODUCT)
            case Kronecker(left=left, right=right):
                return _Printed(f"{self._factor(left)} \\otimes {self._factor(right)}", HADAMARD)
            case Power(base=base, exponent=exponent):
                return self._power(base, exponent)
            case Transpose(operand=operand):
                return _atom(f"{self._base(operand)}^{{\\top}}")
            case Inverse(operand=operand):
                return _atom(f"{self._base(operand)}^{{-1}}")
            case Trace() | Det() | Diagonal() | DiagonalMatrix() | Vec() | Softmax() | Norm():
                return _atom(self._function_of_array(e))
            case Map(function=Builtin(name="step"), operand=operand, order=0):
                return _atom(f"\\mathbb{{1}}[{self._print(operand).text} > 0]")
            case Map(function=function, operand=operand, order=order):
                return _atom(f"{self._function(function)}{chr(39) * order}({self._print(operand).text})")
            case Apply(name=name, operand=operand):
                return _atom(f"{name}({self._print(operand).text})")
            case Sum(index=index, body=body):
                return self._big("\\sum", index, body)
            case Product(index=index, body=body):
                return self._big("\\prod", index, body)
            case Entry(array=Sym(name=name), indices=(one, other)) if name.startswith("[<]"):
                return _atom(f"\\mathbb{{1}}[{self._term(one)} < {self._term(other)}]")
            case Entry(array=array, indices=indices):
                return _atom(self._entry(array, [self._term(term) for term in indices]))
            case Build(indices=indices, body=body):
                return self._build(e, indices, body)
            case Derivative():
                return self._derivative(e)
            case Differential(of=of):
                return _atom(f"d({self._print(of).text})")
            case Let(variable=variable, value=value, body=body):
                called = self._defined(variable, body)
                if called is None:
                    return _atom(f"\\left. {self._print(body).text} \\right|_{{{variable.name} = {self._print(value).text}}}")
                return _atom(f"{called}({self._print(value).text})")
            case _:
                assert_never(e)

    def _derivative(self, e: Derivative) -> _Printed:
        """An operator acts on all that follows in its product: what it is not to act on is kept away by brackets."""
        below = e.by.name if not e.at else self._entry(e.by, [self._term(term) for term in e.at])
        if isinstance(e.of, Sym) or (isinstance(e.of, Apply) and isinstance(e.of.operand, Sym)):
            return _atom(f"\\frac{{\\partial {self._print(e.of).text}}}{{\\partial {below}}}")
        return _Printed(f"\\frac{{\\partial}}{{\\partial {below}}} ({self._print(e.of).text})", HADAMARD)

    def _symmetric(self, raw: Derivative) -> Expr | None:
        """The derivative by a symmetric variable, made of that by independent entries."""
        return Times(HALF, Add((raw, Transpose(raw)))) if raw.by.name in self.symmetric else None

    def _fill(self, value: Expr, dims: tuple[Dim, ...]) -> _Printed:
        if value == UNIT and len(dims) == 1:
            return _atom(f"\\mathbf{{1}}_{{{_dim(dims[0])}}}")
        if value == UNIT and len(dims) == 2 and dims[0] == Dim():
            return _atom(f"\\mathbf{{1}}_{{{_dim(dims[1])}}}^{{\\top}}")
        return _Printed(self._print(value).at(HADAMARD), HADAMARD)

    def _terms(self, operands: tuple[Expr, ...]) -> str:
        text = ""
        for n, operand in enumerate(operands):
            sign, term = _signed(operand)
            printed = self._print(term)
            inner = printed.at(PRODUCT if printed.text.startswith("-") else BIG if sign else HADAMARD)
            if isinstance(term, (Num, Fill)) and inner.startswith("-"):
                inner = f"({inner})"
            text += (f" {sign or '+'} " if n else sign) + inner
        return text

    def _times(self, left: Expr, right: Expr) -> _Printed:
        if left == MINUS_ONE:
            negated = self._print(right)
            return _Printed(f"-{negated.text if negated.level == BIG else self._factor(right)}", SUM)
        if isinstance(right, Power) and right.exponent == MINUS_ONE and left != UNIT:
            below = _shape(right.base)
            if below in (SCALAR, _shape(left)):
                return _atom(f"\\frac{{{self._print(left).text}}}{{{self._print(right.base).text}}}")
        if _shape(left) != SCALAR and _shape(right) != SCALAR:
            return _Printed(f"{self._print(left).at(HADAMARD)} \\odot {self._print(right).at(PRODUCT)}", HADAMARD)
        last = self._print(right)
        if last.level == BIG:
            return _Printed(f"{self._print(left).at(PRODUCT)} {last.text}", BIG)
        return _Printed(_joined(self._print(left).at(PRODUCT), self._factor(right)), PRODUCT)

    def _factor(self, e: Expr) -> str:
        """What stands behind another factor, or before a power: in brackets unless it is a single piece."""
        printed = self._print(e)
        return printed.text if printed.level == ATOM and not printed.text.startswith("-") else f"({printed.text})"

    def _power(self, base: Expr, exponent: Expr) -> _Printed:
        if isinstance(exponent, Num) and exponent.value.numerator == 1 and exponent.value.denominator > 1:
            degree = "" if exponent == HALF else f"[{exponent.value.denominator}]"
            return _atom(f"\\sqrt{degree}{{{self._print(base).text}}}")
        if exponent == MINUS_ONE and _shape(base) == SCALAR:
            return _atom(f"\\frac{{1}}{{{self._print(base).text}}}")
        if isinstance(exponent, Num) and exponent.value.denominator > 1:
            return _atom(f"{self._base(base)}^{{{exponent.value.numerator}/{exponent.value.denominator}}}")
        return _atom(f"{self._base(base)}^{{{self._print(exponent).text}}}")

    def _base(self, e: Expr) -> str:
        """What a script is put on."""
        if isinstance(e, Sym) and SIMPLE.fullmatch(e.name) and e.name != "e":
            return e.name
        if isinstance(e, Num) and e.value.denominator == 1 and e.value >= 0:
            return str(e.value)
        if isinstance(e, Size) and SIMPLE.fullmatch(_dim(e.dim)):
            return _dim(e.dim)
        if isinstance(e, Entry) and "^" not in (entry := self._print(e).text):
            return entry
        return f"({self._print(e).text})"

    def _function_of_array(self, e: Trace | Det | Diagonal | DiagonalMatrix | Vec | Softmax | Norm) -> str:
        operand = self._print(e.operand).text
        match e:
            case Trace():
                return f"\\operatorname{{tr}}({operand})"
            case Det():
                return f"\\det({operand})"
            case Diagonal() | DiagonalMatrix():
                return f"\\operatorname{{diag}}({operand})"
            case Vec():
                return f"\\operatorname{{vec}}({operand})"
            case Softmax():
                return f"\\operatorname{{softmax}}({operand})"
            case Norm():
                return f"\\lVert {operand} \\rVert"
            case _:
                assert_never(e)

    def _function(self, function: Function) -> str:
        match function:
            case Builtin(name=name):
                return f"\\{name}" if name in COMMANDS else f"\\operatorname{{{name}}}"
            case Free(name=name):
                return name
            case Lambda(parameter=parameter, body=body):
                return self._defined(parameter, body) or f"({parameter.name} \\mapsto {self._print(body).text})"

    def _defined(self, parameter: Sym, body: Expr) -> str | None:
        return next((name for name, known in self.functions.items() if known == (parameter, body)), None)

    # -------------------------------------------------------------- indices

    def _big(self, sign: str, index: Index, body: Expr) -> _Printed:
        letter = self._bind(index, body)
        upper = f"^{{{_dim(index.dim)}}}" if _printable(index.dim) else ""
        lower = f"{letter}=1" if upper else letter
        text = f"{sign}_{{{lower}}}{upper} {self._print(body).at(BIG)}"
        del self._letters[index]
        return _Printed(text, BIG)

    def _bind(self, index: Index, body: Expr) -> str:
        self._letters.pop(index, None)
        letter = self._letters[index] = self._fresh(index)
        return letter

    def _fresh(self, index: Index) -> str:
        """The letter that the document uses where that is free, else another one."""
        used = self.taken | set(self._letters.values())
        written = re.split("[#·]", index.name)[0]
        own = "·" not in index.name and written not in self._letters.values()
        if own and SIMPLE.fullmatch(written):
            return written
        return next((letter for letter in LETTERS if letter not in used), written)

    def _term(self, term: IndexTerm) -> str:
        match term:
            case Index():
                return self._letters.get(term) or self._letters.setdefault(term, self._fresh(term))
            case Position(value=value):
                return str(value)
            case LabelOf(label=label, row=None):
                return label
            case LabelOf(label=label, row=row):
                assert row is not None
                return f"{label}_{{{self._term(row)}}}"
            case Affine(terms=terms, offset=offset):
                text = "".join(f" {'-' if sign < 0 else '+'} {self._term(index)}" for sign, index in terms)
                text += f" {'-' if offset < 0 else '+'} {abs(offset)}" if offset else ""
                return text.strip().removeprefix("+ ")

    def _entry(self, array: Expr, terms: list[str]) -> str:
        plain = isinstance(array, Sym) and "_" not in array.name and "'" not in array.name
        base = self._print(array).text if plain else f"({self._print(array).text})"
        return f"{base}_{{{','.join(terms)}}}"

    def _build(self, e: Build, indices: tuple[Index, ...], body: Expr) -> _Printed:
        """Rows, unit vectors and one-hot labels have a notation; other arrays are told by their entries."""
        letters = [self._bind(index, body) for index in indices]
        try:
            match body:
                case Delta(left=Index() as place, right=LabelOf(label=label, row=row)) if (
                    (*(() if row is None else (row,)), place) == indices
                ):
                    return _atom(label)
                case Delta(left=place, right=term) if indices == (place,):
                    return _atom(f"e_{{{self._term(term)}}}")
                case Entry(array=array, indices=terms) if [one for one in terms if one in indices] == list(indices):
                    return _atom(self._entry(array, [":" if one in indices else self._term(one) for one in terms]))
                case _:
                    return _atom(f"\\operatorname{{array}}_{{{','.join(letters)}}}({self._print(body).text})")
        finally:
            for index in indices:
                self._letters.pop(index, None)


def has_notation(expr: Expr, printer: Printer) -> bool:
    """Whether the print can be read back."""
    return not any(word in printer.latex(expr) for word in ("\\operatorname{array}", "\\right|_", "\\mapsto"))


def names_in(expr: Expr) -> frozenset[str]:
    """Names of all variables, also bound ones, to keep letters of indices apart from."""
    return frozenset(node.name for node in walk(expr) if isinstance(node, Sym))


# ------------------------------------------------------------------ pieces


def _atom(text: str) -> _Printed:
    return _Printed(text, ATOM)


def _number(value: Fraction) -> _Printed:
    if value.denominator == 1:
        return _Printed(str(value), ATOM if value >= 0 else SUM)
    rest = value.denominator
    for prime in (2, 5):
        while rest % prime == 0:
            rest //= prime
    if rest != 1:
        sign = "-" if value < 0 else ""
        return _Printed(f"{sign}\\frac{{{abs(value.numerator)}}}{{{value.denominator}}}", SUM if sign else ATOM)
    digits = max(n for n in range(1, 400) if n == 1 or value * 10 ** (n - 1) % 1 != 0)
    scaled = abs(value) * 10**digits
    whole, part = divmod(int(scaled), 10**digits)
    return _Printed(f"{'-' if value < 0 else ''}{whole}.{part:0{digits}d}", SUM if value < 0 else ATOM)


def _signed(e: Expr) -> tuple[str, Expr]:
    if isinstance(e, Times) and e.left == MINUS_ONE:
        return "-", e.right
    if isinstance(e, Num) and e.value < 0:
        return "-", Num(-e.value)
    return "", e


def _joined(left: str, right: str) -> str:
    """A dot between numbers, which side by side would be one."""
    return f"{left} \\cdot {right}" if right[:1].isdigit() else f"{left} {right}"


def _dim(dim: Dim) -> str:
    parts = ([] if dim.coefficient == 1 and dim.names else [str(dim.coefficient)]) + list(dim.names)
    return " ".join(parts)


def _printable(dim: Dim) -> bool:
    return not any("|" in name or "?" in name for name in dim.names)


def _spaced(name: str) -> str:
    return name if not name.startswith("\\") else f" {name}"


def _shape(e: Expr) -> tuple[Dim, ...] | None:
    try:
        return shape(e)
    except ShapeError:
        return None

