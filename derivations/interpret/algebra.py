"""Typed building of expressions: every product, sum and power takes the reading that conforms (CONTRACT section 1)."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from derivations.claims import Caveat
from derivations.expr import (
    MINUS_ONE,
    ONE,
    SCALAR,
    UNIT,
    ZERO,
    Add,
    Builtin,
    Det,
    Dim,
    Entry,
    Expr,
    Fill,
    Identity,
    Index,
    Inverse,
    Kronecker,
    Map,
    MatMul,
    Norm,
    Num,
    Power,
    Shape,
    Sum,
    Times,
    Trace,
    Transpose,
    divide,
)
from derivations.interpret.dimensions import Dimensions, is_open
from derivations.limits import current
from derivations.shapes import ShapeError, as_matrix, canonical, describe, shape
from derivations.source import Problem, Span


@dataclass
class Choices:
    """Readings between which a document decides: which were met, and which one to take of each (0 is the usual one).

    A kind that begins with a place (``120: …``) is decided for the line at that place, any other for the document.
    """

    selected: dict[str, int] = field(default_factory=dict)
    met: dict[str, int] = field(default_factory=dict)

    def pick(self, kind: str, options: int = 2) -> int:
        self.met[kind] = options
        return min(self.selected.get(kind, 0), options - 1)


OPEN_VECTOR = "a vector of open size added to a matrix"  # to every row, or to every column
ABS = Builtin("abs")
SIGN_NAMES = {"*": "*", "\\cdot": "·", "\\bullet": "•", "\\times": "×", "@": "@"}


class Algebra:
    """Builds expressions out of parts, fixing open dimensions on the way; tells unusual readings."""

    def __init__(self, dimensions: Dimensions, choices: Choices) -> None:
        self.dimensions = dimensions
        self.choices = choices
        self.told: list[str] = []
        self.caveats: list[Caveat] = []
        self._norms: set[str] = set()  # kinds of norms that matrices were put between
        self._fresh = 0

    # -- small helpers

    def tell(self, convention: str) -> None:
        if convention not in self.told:
            self.told.append(convention)

    def warn(self, caveat: str, shape: Shape | None = None) -> None:
        """A reading that is not supported: what is false in ours may be meant so."""
        if (found := Caveat(caveat, shape)) not in self.caveats:
            self.caveats.append(found)

    def shape(self, expr: Expr) -> Shape:
        try:
            return canonical(self.dimensions.shape(shape(expr)))
        except ShapeError as error:
            raise Problem("shape", str(error)) from None

    def index(self, name: str, dim: Dim) -> Index:
        """A bound index of our own: no document can spell its name."""
        self._fresh += 1
        return Index(f"{name}·{self._fresh}", dim)

    def _settled(self, *parts: Expr) -> tuple[Expr, ...]:
        return tuple(self.dimensions.settle(p) for p in parts)

    def same_shape(self, left: Expr, right: Expr) -> tuple[Expr, Expr] | None:
        """Both with one shape, open dimensions fixed; None where that cannot be."""
        if not self.dimensions.unify_shapes(self.shape(left), self.shape(right)):
            return None
        one, other = self._settled(left, right)
        return one, other

    # -- sums

    def add(self, left: Expr, right: Expr, span: Span | None) -> Expr:
        """left + right; a scalar is added to every entry, a vector to every row or column, whichever fits."""
        if pair := self.same_shape(left, right):
            return Add(_terms(pair[0]) + _terms(pair[1]))
        s, t = self.shape(left), self.shape(right)
        if s == SCALAR:
            return Add((Fill(left, t), right))
        if t == SCALAR:
            return Add((left, Fill(right, s)))
        if (wide := self._broadcast(right, s)) is not None:
            return Add((left, wide))
        if (wide := self._broadcast(left, t)) is not None:
            return Add((wide, right))
        raise Problem("nonconforming", f"a sum of {describe(s)} and {describe(t)} does not conform", span)

    def _broadcast(self, vector: Expr, target: Shape) -> Expr | None:
        if len(target) != 2 or target[0] == ONE:
            return None
        rows, columns = target
        s = self.shape(vector)
        if len(s) == 1 and is_open(s[0]) and s[0] not in target:
            self.dimensions.unify(s[0], rows if self.choices.pick(OPEN_VECTOR) else columns)
            vector = self.dimensions.settle(vector)
            s, (rows, columns) = self.shape(vector), self.dimensions.shape(target)
        fits_rows = (len(s) == 1 and s[0] == columns) or (len(s) == 2 and s[0] == ONE and s[1] == columns)
        fits_columns = len(s) == 1 and s[0] == rows
        if fits_rows and fits_columns and self.choices.pick("vector added to a square matrix"):
            fits_rows = False
        if fits_rows:
            self.tell("a vector added to a matrix is added to every row")
            return MatMul(Fill(UNIT, (rows,)), Transpose(vector) if len(s) == 1 else vector)
        if fits_columns:
            self.tell("a vector added to a matrix is added to every column")
            return MatMul(vector, Fill(UNIT, (ONE, columns)))
        return None

    # -- products

    def product(self, factors: list[tuple[str, Expr, Span | None]]) -> Expr:
        """Factors of one level, left to right; where that does not conform, any bracketing that does."""
        limit = current().factors
        if len(factors) > limit:
            raise Problem("too-many-factors", f"a product of {len(factors)} factors; the limit is {limit}", factors[0][2])
        saved = self.dimensions.save()
        try:
            return self._fold(factors)
        except Problem as problem:
            self.dimensions.restore(dict(saved))
            if len(factors) < 3 or len(factors) > 10:
                raise
            for split in range(len(factors) - 1, 0, -1):
                try:
                    left, right = self.product(factors[:split]), self.product(factors[split:])
                    return self.multiply(factors[split][0], left, right, factors[split][2])
                except Problem:
                    self.dimensions.restore(dict(saved))
            raise problem from None

    def _fold(self, factors: list[tuple[str, Expr, Span | None]]) -> Expr:
        result = factors[0][1]
        for sign, factor, span in factors[1:]:
            result = self.multiply(sign, result, factor, span)
        return result

    def multiply(self, sign: str, left: Expr, right: Expr, span: Span | None) -> Expr:
        """One product, in the reading that conforms: scalar, then matrix product, then entry by entry."""
        if sign == "/":
            return self.quotient(left, right, span)
        s, t = self.shape(left), self.shape(right)
        if s == SCALAR or t == SCALAR:
            return Times(left, right)
        if sign in ("\\odot", "\\circ"):
            return self._hadamard(left, right, span)
        if sign == "\\otimes":
            return self._tensor_product(left, right, span)
        if sign == "\\cdot" and len(s) == len(t) == 1 and (pair := self.same_shape(left, right)):
            return self._dot(*pair)
        if (matrix := self._matrix_product(left, right)) is not None:
            return self._square_product(sign, left, right) or self._told_matrix(sign, matrix)
        if sign and (pair := self.same_shape(left, right)):
            self.tell(f"`{sign}` is read as the entrywise product")
            return Times(*pair)
        raise Problem("nonconforming", f"a product of {describe(s)} and {describe(t)} does not conform", span)

    def _dot(self, left: Expr, right: Expr) -> Expr:
        """``\\cdot`` of two columns of one size."""
        if self.choices.pick("· of two columns"):
            self.tell("`\\cdot` of two columns is read entry by entry")
            return Times(left, right)
        return MatMul(Transpose(left), right)

    def _square_product(self, sign: str, left: Expr, right: Expr) -> Expr | None:
        """The entrywise product of square matrices, where the document reads this sign so."""
        s = self.shape(left)
        if not sign or s != self.shape(right) or not self.choices.pick(f"{SIGN_NAMES[sign]} of square matrices"):
            return None
        self.tell(f"`{sign}` is read as the entrywise product")
        return Times(left, right)

    def _told_matrix(self, sign: str, matrix: MatMul) -> Expr:
        two_readings = sign == "\\cdot" and self.shape(matrix.left) == self.shape(matrix.right)
        if sign in ("*", "\\bullet", "\\times") or two_readings:
            self.tell(f"`{sign}` is read as the matrix product")
        return matrix

    def _matrix_product(self, left: Expr, right: Expr) -> MatMul | None:
        s, t = self.shape(left), self.shape(right)
        if len(s) > 2 or len(t) > 2:
            return None
        if not self.dimensions.unify(as_matrix(s)[1], as_matrix(t)[0]):
            return None
        left, right = self._settled(left, right)
        try:
            shape(MatMul(left, right))
        except ShapeError:
            return None
        return MatMul(left, right)

    def _hadamard(self, left: Expr, right: Expr, span: Span | None) -> Expr:
        if pair := self.same_shape(left, right):
            return Times(*pair)
        s, t = self.shape(left), self.shape(right)
        for one, other in ((left, right), (right, left)):
            if (wide := self._broadcast(one, self.shape(other))) is not None:
                return Times(wide, other)
        raise Problem("nonconforming", f"an entrywise product of {describe(s)} and {describe(t)} does not conform", span)

    def _tensor_product(self, left: Expr, right: Expr, span: Span | None) -> Expr:
        s, t = self.shape(left), self.shape(right)
        if len(s) > 2 or len(t) > 2:
            raise Problem("shape", f"⊗ of {describe(s)} and {describe(t)} is not supported", span)
        if len(s) == 1 and len(t) == 1 and not self.choices.pick("⊗ of columns"):
            self.tell("`\\otimes` of two columns is read as the outer product")
            return MatMul(left, Transpose(right))
        return Kronecker(left, right)

    def quotient(self, left: Expr, right: Expr, span: Span | None) -> Expr:
        """left / right: the denominator is a scalar, or both are arrays of one shape (entry by entry)."""
        s, t = self.shape(left), self.shape(right)
        if t == SCALAR:
            return divide(left, right)
        if s == SCALAR:
            return Times(left, Power(right, MINUS_ONE))
        if pair := self.same_shape(left, right):
            return divide(*pair)
        if (wide := self._broadcast(right, s)) is not None:
            return divide(left, wide)
        raise Problem("nonconforming", f"a quotient of {describe(s)} by {describe(t)} does not conform", span)

    # -- powers, inverse, transpose

    def power(self, base: Expr, exponent: Expr, span: Span | None) -> Expr:
        """base^exponent: of a square matrix the matrix power, of anything else entry by entry."""
        s = self.shape(base)
        exponent = _folded(exponent)
        if isinstance(exponent, Num) and abs(exponent.value) > current().exponent:
            raise Problem("exponent-limit", f"the exponent is larger than {current().exponent}", span)
        if self.shape(exponent) != SCALAR:
            raise Problem("shape", f"an exponent must be a scalar, not {describe(self.shape(exponent))}", span)
        if len(s) == 2 and s[0] != ONE and self._is_square(s):
            return self._matrix_power(base, exponent, span)
        return Power(base, exponent)

    def _is_square(self, s: Shape) -> bool:
        """Square already; open dimensions are not made equal for this."""
        return len(s) == 2 and s[0] == s[1]

    def _matrix_power(self, base: Expr, exponent: Expr, span: Span | None) -> Expr:
        if not isinstance(exponent, Num) or exponent.value.denominator != 1 or not 1 <= abs(exponent.value) <= 8:
            raise Problem(
                "unsupported-notation", "a matrix power needs a whole exponent between -8 and 8, not 0", span,
                "write \\odot for powers entry by entry",
            )
        factor = Inverse(base) if exponent.value < 0 else base
        result = factor
        for _ in range(abs(int(exponent.value)) - 1):
            result = MatMul(result, factor)
        return result

    def transpose(self, operand: Expr, span: Span | None) -> Expr:
        s = self.shape(operand)
        if len(s) > 2:
            raise Problem("shape", f"a tensor of {len(s)} axes has no transpose", span)
        if s == SCALAR:
            return operand
        return operand.operand if isinstance(operand, Transpose) else Transpose(operand)

    def square(self, operand: Expr, what: str, span: Span | None) -> Expr:
        """The operand, made square where open dimensions allow it."""
        s = self.shape(operand)
        if len(s) > 2 or not self.dimensions.unify(*as_matrix(s)):
            raise Problem("shape", f"{what} needs a square matrix, but the operand is {describe(s)}", span)
        return self.dimensions.settle(operand)

    def trace(self, operand: Expr, span: Span | None) -> Expr:
        return Trace(self.square(operand, "a trace", span))

    def bars(self, operand: Expr, span: Span | None) -> Expr:
        """|A|: determinant of a square matrix, absolute value of a scalar."""
        s = self.shape(operand)
        if s == SCALAR:
            return Map(ABS, operand)
        if self._is_square(s):
            return Det(operand)
        raise Problem("shape", f"|…| of {describe(s)}: bars are a determinant or an absolute value", span)

    def squared_norm(self, operand: Expr, kind: str, span: Span | None) -> Expr:
        """‖x‖² as the sum of squared entries: no root to be differentiated at 0."""
        self._told_frobenius(operand, kind, span, squared=True)
        if self.shape(operand) == SCALAR:
            return Power(operand, Num(Fraction(2)))
        product = MatMul(Transpose(operand), operand)
        return product if self.shape(product) == SCALAR else Trace(product)

    def norm(self, operand: Expr, kind: str, span: Span | None) -> Expr:
        if kind in ("", "2", "F"):
            self._told_frobenius(operand, kind, span)
            return Norm(operand)
        if kind == "1" and len(self.shape(operand)) == 1:
            return self.total(Map(ABS, operand))
        raise Problem("unsupported-notation", f"the norm ‖…‖_{kind} is not supported", span, "2 and F are")

    def _told_frobenius(self, operand: Expr, kind: str, span: Span | None, *, squared: bool = False) -> None:
        """The norm of a matrix is Frobenius'; with 2 below, or plainly not squared, the largest singular value may be meant."""
        shape = self.shape(operand)
        if len(shape) != 2 or ONE in shape:
            return
        self._norms.add(kind)
        if {"2", "F"} <= self._norms:
            raise Problem("unsupported-notation", "‖…‖_2 of a matrix beside ‖…‖_F: the spectral norm is not supported", span)
        if kind != "F":
            written = f"‖…‖_{kind}" if kind else "‖…‖"
            self.tell(f"{written} of a matrix is read as the Frobenius norm")
        if kind == "2" or not (kind or squared):
            self.warn(f"{written} of a matrix is read as the Frobenius norm; the spectral norm may be meant", shape)

    def total(self, operand: Expr) -> Expr:
        """The sum of all entries."""
        indices = tuple(self.index("t", d) for d in self.shape(operand))
        result: Expr = Entry(operand, indices) if indices else operand
        for index in reversed(indices):
            result = Sum(index, result)
        return result

    def identity(self) -> Expr:
        return Identity(self.dimensions.fresh())

    def ones(self) -> Expr:
        return Fill(UNIT, (self.dimensions.fresh(),))

    def whole(self, left: Expr, right: Expr, span: Span | None) -> tuple[Expr, Expr]:
        """Both sides of an equation with one shape; ``0`` stands for an array of zeros."""
        if pair := self.same_shape(left, right):
            return pair
        for one, other in ((left, right), (right, left)):
            if _constant(other) == 0:
                zeros = Fill(ZERO, self.shape(one))
                return (one, zeros) if other is right else (zeros, one)
        raise Problem(
            "nonconforming", f"the left side is {describe(self.shape(left))}, the right side {describe(self.shape(right))}", span
        )


def _folded(exponent: Expr) -> Expr:
    """Arithmetic of plain numbers in an exponent, carried out: −3/2, 2·5; towers of powers are left as they are."""
    value = _constant(exponent)
    return exponent if value is None else Num(value)


def _constant(expr: Expr) -> Fraction | None:
    match expr:
        case Num(value=value):
            return value
        case Times(left=a, right=b):
            x, y = _constant(a), _constant(b)
            return None if x is None or y is None else x * y
        case Add(operands=operands):
            values = [_constant(o) for o in operands]
            return None if None in values else sum((v for v in values if v is not None), Fraction(0))
        case Power(base=a, exponent=b):
            x, y = _constant(a), _constant(b)
            if x is None or y is None or y.denominator != 1 or abs(y) > current().exponent or (x == 0 and y < 0):
                return None
            return Fraction(x ** int(y))
        case _:
            return None


def _terms(expr: Expr) -> tuple[Expr, ...]:
    return expr.operands if isinstance(expr, Add) else (expr,)
