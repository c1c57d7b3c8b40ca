"""Expressions as the document would write them: for proposals, which are read again before anything is made of them."""

from __future__ import annotations

from fractions import Fraction

from derivations.expr import (
    MINUS_ONE,
    UNIT,
    Add,
    Builtin,
    Derivative,
    Det,
    Expr,
    Fill,
    Free,
    Identity,
    Inverse,
    Map,
    MatMul,
    Norm,
    Num,
    Power,
    Size,
    Softmax,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
)
from derivations.repair.line import HADAMARD, TRANSPOSES, Line, wrapped
from derivations.shapes import shape

SUM, ENTRYWISE, PRODUCT, ATOM = range(4)  # how tightly a text holds together
COMMANDS = {"exp": "\\exp", "log": "\\log", "tanh": "\\tanh", "sin": "\\sin", "cos": "\\cos", "sigmoid": "\\sigma"}


class NoNotation(Exception):
    """An expression that this writer has no words for."""


class Writer:
    """Writes in the notation that a line's document uses first."""

    def __init__(self, line: Line) -> None:
        self.transpose = line.first_used(TRANSPOSES)
        self.entrywise = line.first_used(HADAMARD)
        self.one = line.first_used(("\\mathbb{1}", "\\mathbb 1", "\\mathbf{1}", "\\mathbf 1"))

    def text(self, e: Expr) -> str:
        return self._at(e, SUM)

    def _at(self, e: Expr, level: int) -> str:
        text, own = self._written(e)
        return text if own >= level else wrapped(text)

    def _written(self, e: Expr) -> tuple[str, int]:
        match e:
            case Num(value=value):
                return _number(value), SUM if value < 0 else ATOM
            case Size(dim=dim):
                return str(dim).replace("·", " "), ATOM
            case Sym(name=name):
                return name, ATOM
            case Tangent(name=name):
                return f"d {name}" if name.startswith("\\") else f"d{name}", ATOM
            case Derivative(of=Sym(name=of), by=Sym(name=by), at=None):
                return f"\\frac{{\\partial {of}}}{{\\partial {by}}}", ATOM
            case Add(operands=operands):
                return self._sum(operands), SUM
            case Times(left=left, right=right):
                return self._times(left, right)
            case MatMul(left=left, right=right):
                return f"{self._at(left, PRODUCT)} {self._factor(right)}", PRODUCT
            case Transpose(operand=operand):
                return self._transposed(operand), ATOM
            case Power(base=base, exponent=exponent) if exponent == MINUS_ONE and not shape(base):
                return f"\\frac{{1}}{{{self.text(base)}}}", ATOM
            case Power(base=base, exponent=Num() as exponent):
                text = self.text(exponent)
                return f"{self._base(base)}^{text if len(text) == 1 else f'{{{text}}}'}", ATOM
            case Inverse(operand=operand):
                return f"{self._base(operand)}^{{-1}}", ATOM
            case Identity():
                return "I", ATOM
            case Fill(value=value, shape=(_,)) if value == UNIT:
                return self.one, ATOM
            case Fill(value=value):
                return self._written(value)
            case _:
                return self._function(e), ATOM

    def _function(self, e: Expr) -> str:
        match e:
            case Trace(operand=a):
                return f"\\operatorname{{tr}}({self.text(a)})"
            case Det(operand=a):
                return f"\\det({self.text(a)})"
            case Norm(operand=a):
                return f"\\|{self.text(a)}\\|"
            case Softmax(operand=a):
                return f"\\operatorname{{softmax}}({self.text(a)})"
            case Map(function=Builtin(name="step"), operand=a, order=0):
                return f"{self.one}[{self.text(a)} > 0]"
            case Map(function=Builtin(name=name), operand=a, order=order):
                return (COMMANDS.get(name) or f"\\operatorname{{{name}}}") + f"{chr(39) * order}({self.text(a)})"
            case Map(function=Free(name=name), operand=a, order=order):
                return f"{name}{chr(39) * order}({self.text(a)})"
            case _:
                raise NoNotation(type(e).__name__)

    def _sum(self, operands: tuple[Expr, ...]) -> str:
        text = ""
        for n, operand in enumerate(operands):
            negative = isinstance(operand, Times) and isinstance(operand.left, Num) and operand.left.value < 0
            if negative:
                assert isinstance(operand, Times)
                assert isinstance(operand.left, Num)
                flipped = Num(-operand.left.value)
                operand = operand.right if flipped == UNIT else Times(flipped, operand.right)
            sign = "-" if negative else "+" if n else ""
            text += f" {sign} " if n else sign
            text += self._at(operand.value if isinstance(operand, Fill) else operand, ENTRYWISE)
        return text

    def _times(self, left: Expr, right: Expr) -> tuple[str, int]:
        if left == MINUS_ONE:
            return f"-{self._at(right, PRODUCT)}", SUM
        if isinstance(left, Num) and left.value < 0:
            return f"-{self._times(Num(-left.value), right)[0]}", SUM
        match left, right:
            case Num(), Power(base=base, exponent=exponent) if exponent == MINUS_ONE and not shape(base):
                return f"\\frac{{{_number(left.value)}}}{{{self.text(base)}}}", ATOM
            case Num(), Times(left=Power() as part, right=rest) if part.exponent == MINUS_ONE and not shape(part.base):
                return f"{self._times(left, part)[0]} {self._factor(rest)}", PRODUCT
            case _:
                pass
        if shape(left) and shape(right):
            if isinstance(right, Power) and right.exponent == MINUS_ONE:
                return f"\\frac{{{self.text(left)}}}{{{self.text(right.base)}}}", ATOM
            return f"{self._at(left, PRODUCT)} {self.entrywise} {self._at(right, PRODUCT)}", ENTRYWISE
        return f"{self._at(left, PRODUCT)} {self._factor(right)}", PRODUCT

    def _factor(self, e: Expr) -> str:
        """What stands behind another factor."""
        return self._at(e, PRODUCT if isinstance(e, (MatMul, Times)) else ATOM)

    def _base(self, e: Expr) -> str:
        """What a script is put on: a name without one, 1, the value of a function."""
        text, _ = self._written(e)
        plain = (isinstance(e, Sym) and "^" not in text) or isinstance(e, Fill) or (isinstance(e, Map) and text.endswith(")"))
        return text if plain else wrapped(text)

    def _transposed(self, e: Expr) -> str:
        bare = self.transpose.removeprefix("^").removeprefix("{").removesuffix("}")
        if isinstance(e, Inverse):
            return f"{self._base(e.operand)}^{{-{bare}}}"
        if isinstance(e, Sym) and e.name.endswith(")}"):
            return f"{e.name[:-1]}{bare}}}"
        return f"{self._base(e)}{self.transpose}"


def _number(value: Fraction) -> str:
    sign = "-" if value < 0 else ""
    value = abs(value)
    return sign + (str(value) if value.denominator == 1 else f"\\frac{{{value.numerator}}}{{{value.denominator}}}")
