"""A counterexample as a short NumPy script: both sides computed anew from the inputs, by code that shares nothing with ours.

Derivatives are central differences of what is differentiated, so that the script believes no rule.  All names are made
here (``v1``, ``i1``); what comes from a document stands in comments only, made harmless.  Indices count from 0 there.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod
from typing import assert_never

from derivations.expr import (
    MINUS_ONE,
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
    free_indices,
    free_symbols,
)
from derivations.report.plain import safe
from derivations.shapes import as_matrix, shape
from derivations.verdicts import Counterexample, Exact, Polynomial, Refuted

STEPS = ("1e-6", "1e-4", "2e-3")  # of differences; of differences of differences; and so on
HELPERS = {
    "slope": """def slope(f, x, at=()):  # the derivative of f by one entry of x
    d = np.zeros(np.shape(x))
    d[at] = h
    return (f(x + d) - f(x - d)) / (2 * h)""",
    "derivative": """def derivative(f, x):  # by all entries of x, whose axes come last
    slopes = [slope(f, x, at) for at in np.ndindex(np.shape(x))]
    return np.stack(slopes, axis=-1).reshape(np.shape(f(x)) + np.shape(x))""",
    "prime": """def prime(f, x):  # the derivative of a function of one number
    return (f(x + h) - f(x - h)) / (2 * h)""",
    "relu": "def relu(x): return np.maximum(x, 0)",
    "step": "def step(x): return np.heaviside(x, 0)",
    "sigmoid": "def sigmoid(x): return 1 / (1 + np.exp(-x))",
    "softmax": """def softmax(x, axis):
    e = np.exp(x - np.max(x))
    return e / e.sum(axis=axis, keepdims=True)""",
}
NEEDS = {"derivative": ("slope",)}
OURS = ("relu", "step", "sigmoid")


def script(refuted: Refuted, title: str) -> str:
    """The script for a claim that was refuted by a counterexample; ``title`` says which claim of which document."""
    assert isinstance(refuted.witness, Counterexample)
    return _Script(refuted, refuted.witness).text(title)


def comment(text: str) -> str:
    """Text of a document behind a ``#``: one line, ASCII."""
    return safe(text).encode("ascii", "backslashreplace").decode("ascii")


@dataclass
class _Block:
    """The lines of the script, or of a function in it; ``cut`` are the names that are its parameters."""

    parent: _Block | None = None
    cut: frozenset[str] = frozenset()
    lines: list[str] = field(default_factory=list)
    assigned: set[str] = field(default_factory=set)


class _Script:
    def __init__(self, refuted: Refuted, witness: Counterexample) -> None:
        assert refuted.statement is not None
        self.statement = refuted.statement
        self.context = refuted.statement.context
        self.witness = witness
        self.point = witness.point
        self.names: dict[tuple[str, str], str] = {}
        self.block = _Block()
        self.bound: list[str] = []  # letters of comprehensions and lambdas around what is being written
        self.places: dict[Index, str] = {}
        self.renamed: dict[str, str] = {}  # parameters of functions
        self.helpers: list[str] = []
        self.depth = self.deepest = 0

    def text(self, title: str) -> str:
        head = [f"# {comment(line)}" for line in (title, f"The two sides at {self._sizes()}")]
        self._free_indices()
        pick = ", ".join(str(n - 1) for n in self.witness.entry)
        for name, side in (("left", self.statement.left), ("right", self.statement.right)):
            value = self.expr(side)
            self.block.lines.append(f"{name} = {f'{value}[{pick}]' if pick else unbracketed(value)}")
        step = [f"h = {STEPS[min(self.deepest, len(STEPS)) - 1]}"] if self.deepest else []
        shown = [
            f"# exactly: left {self.witness.left}, right {self.witness.right}",
            'print(f"left {left:.8g} right {right:.8g} difference {left - right:.8g}")',
        ]
        helpers = [HELPERS[name] for name in HELPERS if name in self.helpers]
        return "\n".join(["import numpy as np", *head, *step, *helpers, *self.block.lines, *shown]) + "\n"

    def _sizes(self) -> str:
        place = {**self.witness.free_indices}
        told = [f"{n} = {v}" for n, v in (*self.point.sizes.items(), *place.items())]
        entry = f"entry ({', '.join(map(str, self.witness.entry))})" if self.witness.entry else ""
        return ", ".join(filter(None, [*told, entry])) or "a point"

    # ---------------------------------------------------------------- names

    def name(self, kind: str, key: str) -> str:
        """A name of our own for one of the document's."""
        count = sum(k == kind for k, _ in self.names)
        return self.names.setdefault((kind, key), f"{kind}{count + 1}")

    def _free_indices(self) -> None:
        """All in one line, at the witness's values."""
        chosen = self.witness.free_indices
        for index in free_indices(self.statement.left) | free_indices(self.statement.right):
            if index.name in chosen:
                self.places[index] = self.name("i", index.name)
        if chosen:
            names = ", ".join(self.name("i", letter) for letter in chosen)
            told = ", ".join(f"{comment(letter)} = {value}" for letter, value in chosen.items())
            self.block.lines.append(f"{names} = {', '.join(str(v - 1) for v in chosen.values())}  # {told}, counted from 0")

    def size(self, dim: Dim) -> int:
        return dim.coefficient * prod(self.point.sizes[name] for name in dim.names)

    def extents(self, axes: Shape) -> tuple[int, ...]:
        return tuple(self.size(dim) for dim in axes)

    @contextmanager
    def _bind(self, index: Index) -> Iterator[str]:
        """The letter of a comprehension."""
        before = self.places.get(index)
        letter = self.places[index] = f"j{len(self.bound) + 1}"
        self.bound.append(letter)
        yield letter
        self.bound.pop()
        if before is None:
            del self.places[index]
        else:
            self.places[index] = before

    # --------------------------------------------------------------- blocks

    def variable(self, name: str) -> str:
        """A variable's name in the script, assigned before what is being written."""
        if name in self.renamed:
            return self.renamed[name]
        self._assign(name, self.block)
        return self.name("v", name)

    def _assign(self, name: str, block: _Block) -> None:
        """In the innermost function whose parameters it depends on, else at the top."""
        while block.parent is not None and name not in block.cut and not self._depends(name, block.cut):
            block = block.parent
        if name in block.assigned or name in block.cut:
            return
        block.assigned.add(name)
        here, self.block = self.block, block
        bound, self.bound = self.bound, []
        value = self._input(name) if name not in self.context.definitions else self.expr(self.context.definitions[name])
        block.lines.append(f"{self.name('v', name)} = {unbracketed(value)}  # {comment(name)}")
        self.block, self.bound = here, bound

    def _depends(self, name: str, cut: frozenset[str]) -> bool:
        """Whether a variable's definition leads to one of these names."""
        seen, todo = set[str](), [name]
        while todo:
            for symbol in free_symbols(self.context.definitions.get(todo.pop(), Num(Fraction(0)))):
                if symbol.name in cut:
                    return True
                if symbol.name not in seen:
                    seen.add(symbol.name)
                    todo.append(symbol.name)
        return False

    def _input(self, name: str) -> str:
        variable = self.context.variables.get(name)
        axes = variable.shape if variable is not None else next(s.shape for s in self._symbols() if s.name == name)
        return _array([_number(value) for value in self.point.arrays[name]], self.extents(axes))

    def _symbols(self) -> frozenset[Sym]:
        sides = (self.statement.left, self.statement.right, *self.context.definitions.values())
        return frozenset[Sym]().union(*map(free_symbols, sides))

    def _label(self, name: str) -> str:
        ours = self.name("k", name)
        top = self.block
        while top.parent is not None:
            top = top.parent
        if ours not in top.assigned:
            top.assigned.add(ours)
            labels = self.point.labels[name]
            single = self.context.labels[name].rows is None
            value = str(labels[0] - 1) if single else f"np.array({[n - 1 for n in labels]})"
            top.lines.append(f"{ours} = {value}  # {comment(name)}, counted from 0")
        return ours

    def _tangent(self, name: str, axes: Shape) -> str:
        ours = self.name("d", name)
        top = self.block
        while top.parent is not None:
            top = top.parent
        if ours not in top.assigned:
            top.assigned.add(ours)
            value = _array([_number(v) for v in self.point.tangents[name]], self.extents(axes))
            top.lines.append(f"{ours} = {value}  # d{comment(name)}")
        return ours

    def _function(self, of: Expr, variables: tuple[Sym, ...]) -> str:
        """A function of the variables, which everything downstream of them in it follows; bound letters are passed on."""
        function = self.name("f", f"{len(self.names)}")
        cut = frozenset(v.name for v in variables)
        inner = _Block(self.block, cut)
        hidden = {name: self.renamed.pop(name) for name in cut & self.renamed.keys()}
        self.block = inner
        self.depth += 1
        self.deepest = max(self.deepest, self.depth)
        value = self.expr(of)
        self.depth -= 1
        assert inner.parent is not None
        self.block = inner.parent
        self.renamed |= hidden
        own = [self.name("v", v.name) for v in variables]
        if inner.lines and inner.lines[-1].startswith(f"{value} = "):
            value = inner.lines.pop().removeprefix(f"{value} = ")
        head = f"def {function}({', '.join([*own, *self.bound])}):"
        self.block.lines += [head, *(f"    {line}" for line in inner.lines), f"    return {unbracketed(value)}"]
        if not self.bound:
            return function
        return f"(lambda {', '.join(own)}: {function}({', '.join([*own, *self.bound])}))"

    def _help(self, name: str) -> str:
        self.helpers += [name, *NEEDS.get(name, ())]
        if name in ("prime", "slope", "derivative"):
            self.deepest = max(self.deepest, self.depth, 1)
        return name

    # ---------------------------------------------------------- expressions

    def expr(self, e: Expr) -> str:
        """The value as a Python expression that may stand anywhere."""
        match e:
            case Num(value=value):
                return _number(Exact(value))
            case Pi():
                return "np.pi"
            case Size(dim=dim):
                return str(self.size(dim))
            case Sym(name=name):
                return self.variable(name)
            case Tangent(name=name, shape=axes):
                return self._tangent(name, axes)
            case Fill(value=value, shape=axes):
                return f"np.full({self.extents(axes)}, {self.expr(value)}, float)"
            case Identity(dim=dim):
                return "1" if self.size(dim) == 1 and dim.literal else f"np.eye({self.size(dim)})"
            case Delta(left=left, right=right):
                return f"float({self.index(left)} == {self.index(right)})"
            case Add(operands=operands):
                return f"({self.expr(operands[0])}{''.join(map(self._added, operands[1:]))})"
            case Times(left=left, right=right) if left == MINUS_ONE:
                return f"(-{self.expr(right)})"
            case Times(left=left, right=Power(base=base, exponent=exponent)) if exponent == MINUS_ONE:
                return f"({self.expr(left)} / {self.expr(base)})"
            case Times(left=left, right=right):
                return f"({self.expr(left)} * {self.expr(right)})"
            case Power(base=base, exponent=exponent) if exponent == MINUS_ONE:
                return f"(1 / {self.expr(base)})"
            case Power(base=base, exponent=exponent):
                return f"({self.expr(base)} ** {self.expr(exponent)})"
            case MatMul(left=left, right=right):
                return self._product(left, right)
            case Transpose(operand=a):
                return self._transposed(a)
            case Inverse(operand=a):
                return f"np.linalg.inv({self.expr(a)})" if shape(a) else f"(1 / {self.expr(a)})"
            case Trace(operand=a):
                return f"np.trace({self.expr(a)})" if shape(a) else self.expr(a)
            case Det(operand=a):
                return f"np.linalg.det({self.expr(a)})" if shape(a) else self.expr(a)
            case Diagonal(operand=a) | DiagonalMatrix(operand=a):
                return f"np.diag({self.expr(a)})" if shape(a) else self.expr(a)
            case Vec(operand=a):
                return f"np.ravel({self.expr(a)}, 'F')" if shape(a) else self.expr(a)
            case Kronecker(left=left, right=right):
                return self._kronecker(e, left, right)
            case Norm(operand=a):
                return f"np.sqrt(np.sum({self.expr(a)} ** 2))"
            case Map(function=function, operand=a, order=order):
                return f"{self._applied(function, order)}({self.expr(a)})"
            case Apply(name=name, operand=a, shape=axes):
                return f"np.reshape({self._polynomials(name)}(np.ravel({self.expr(a)})), {self.extents(axes)})"
            case Softmax(operand=a, axis=axis):
                return f"{self._help('softmax')}({self.expr(a)}, {axis})"
            case Sum(index=index, body=body):
                return f"sum({self._over((index,), body)})"
            case Product(index=index, body=body):
                return f"np.prod([{self._over((index,), body)}])"
            case Entry(array=a, indices=indices):
                return f"{self.expr(a)}[{', '.join(map(self.index, indices))}]" if indices else self.expr(a)
            case Build(indices=indices, body=body):
                return f"np.array({self._rows(indices, body)})"
            case Derivative():
                return self._derivative(e)
            case Differential():
                return self._differential(e)
            case Let(variable=variable, value=value, body=body):
                given = self.expr(value)
                return f"{self._lambda(variable, body)}({given})"
            case _:
                assert_never(e)

    def _added(self, term: Expr) -> str:
        match term:
            case Times(left=left, right=right) if left == MINUS_ONE:
                return f" - {self.expr(right)}"
            case _:
                return f" + {self.expr(term)}"

    def index(self, term: IndexTerm) -> str:
        """An index, counted from 0."""
        match term:
            case Index():
                return self.places[term]
            case Position(value=value):
                return str(value - 1)
            case LabelOf(label=label, row=None):
                return self._label(label)
            case LabelOf(label=label, row=row):
                assert row is not None
                return f"{self._label(label)}[{self.index(row)}]"
            case Affine(terms=terms, offset=offset):
                parts = [f"{c} * ({self.places[i]} + 1)" for c, i in terms]
                return f"({' + '.join(parts)} + {offset - 1})"

    def _product(self, left: Expr, right: Expr) -> str:
        """A column counts as n×1 and a 1×1 result as a number, which NumPy does not know."""
        one, other = self.expr(left), self.expr(right)
        s, t = shape(left), shape(right)
        if not s or not t:
            return f"({one} * {other})"
        if len(s) == 1:
            return f"np.outer({one}, {other})"
        if len(t) == 1:
            return f"({one} @ {other})[0]" if as_matrix(s)[0] == Dim() else f"({one} @ {other})"
        return f"({one} @ {other})"

    def _transposed(self, a: Expr) -> str:
        axes = shape(a)
        if len(axes) == 1:
            return f"{self.expr(a)}[None, :]"
        if len(axes) == 2 and axes[0] == Dim():
            return f"{self.expr(a)}[0]"
        return f"{self.expr(a)}.T" if axes else self.expr(a)

    def _kronecker(self, e: Expr, left: Expr, right: Expr) -> str:
        parts = (f"np.reshape({self.expr(a)}, {self.extents(as_matrix(shape(a)))})" for a in (left, right))
        return f"np.kron({', '.join(parts)}).reshape({self.extents(shape(e))})"

    def _over(self, indices: tuple[Index, ...], body: Expr) -> str:
        (index,) = indices
        with self._bind(index) as letter:
            return f"{self.expr(body)} for {letter} in range({self.size(index.dim)})"

    def _rows(self, indices: tuple[Index, ...], body: Expr) -> str:
        if not indices:
            return self.expr(body)
        with self._bind(indices[0]) as letter:
            return f"[{self._rows(indices[1:], body)} for {letter} in range({self.size(indices[0].dim)})]"

    def _lambda(self, variable: Sym, body: Expr) -> str:
        """A function of one variable; its parameter is a name of its own."""
        letter = f"x{len(self.bound) + 1}"
        before = dict(self.renamed)
        self.renamed[variable.name] = letter
        self.bound.append(letter)
        value = self.expr(body)
        self.bound.pop()
        self.renamed = before
        return f"(lambda {letter}: {value})"

    # ------------------------------------------------------------ functions

    def _applied(self, function: Function, order: int) -> str:
        """A function of one number, for arrays too; derivatives are differences."""
        match function:
            case Free(name=name):
                return self._polynomial(name, order)
            case Builtin(name=name):
                found = self._help(name) if name in OURS else f"np.{name}"
            case Lambda(parameter=parameter, body=body):
                found = f"np.vectorize({self._lambda(parameter, body)})"
        for _ in range(order):
            self.deepest = max(self.deepest, self.depth + order)
            found = f"(lambda x: {self._help('prime')}({found}, x))"
        return found

    def _polynomial(self, name: str, order: int) -> str:
        """The stand-in for an unspecified φ, or a derivative of it, exactly."""
        (polynomial,) = self.point.functions[name]
        powers = {powers[0]: coefficient for coefficient, powers in polynomial.terms}
        for _ in range(order):
            powers = {p - 1: p * c for p, c in powers.items() if p}
        terms = [f"{_number(Exact(c))} * x ** {p}" for p, c in powers.items()]
        return self._named("p", f"{name} {order}", f"{name}{chr(39) * order}", f"lambda x: {' + '.join(terms) or '0 * x'}")

    def _polynomials(self, name: str) -> str:
        """The stand-in for an unspecified function of a whole array, of its entries in a row."""
        values = ", ".join(map(_of_entries, self.point.functions[name]))
        return self._named("p", name, name, f"lambda x: np.array([{values}])")

    def _named(self, kind: str, key: str, told: str, value: str) -> str:
        ours = self.name(kind, key)
        top = self.block
        while top.parent is not None:
            top = top.parent
        if ours not in top.assigned:
            top.assigned.add(ours)
            top.lines.append(f"{ours} = {value}  # stands for {comment(told)}")
        return ours

    # ---------------------------------------------------------- derivatives

    def _derivative(self, e: Derivative) -> str:
        point = self.expr(e.by)
        function = self._function(e.of, (e.by,))
        if e.at is not None:
            at = ", ".join(map(self.index, e.at))
            return f"{self._help('slope')}({function}, {point}, {f'({at})' if len(e.at) > 1 else at})"
        if not e.by.shape:
            return f"{self._help('slope')}({function}, {point})"
        return f"{self._help('derivative')}({function}, {point})"

    def _differential(self, e: Differential) -> str:
        function = self._function(e.of, e.variables)
        self.deepest = max(self.deepest, self.depth + 1)
        moved = [(self.expr(v), self._tangent(v.name, v.shape)) for v in e.variables]
        there, back = (", ".join(f"{x} {sign} h * {d}" for x, d in moved) for sign in "+-")
        return f"(({function}({there}) - {function}({back})) / (2 * h))"


def unbracketed(text: str) -> str:
    """Without the brackets around all of it."""
    if not text.startswith("("):
        return text
    depth = 0
    for at, character in enumerate(text):
        depth += (character == "(") - (character == ")")
        if depth == 0:
            return text[1:-1] if at == len(text) - 1 else text
    return text


# ------------------------------------------------------------------- numbers


def _number(value: Exact) -> str:
    """Rationals and multiples of ln 2 as Python has them; whole numbers are written as such."""
    rational = _fraction(value.rational)
    if not value.log2:
        return rational
    factor = "" if value.log2 == 1 else f"{_fraction(value.log2)} * "
    log = f"{factor}np.log(2)"
    return f"({rational} + {log})" if value.rational else f"({log})" if factor else log


def _fraction(value: Fraction) -> str:
    text = str(value) if value.denominator == 1 else f"{value.numerator} / {value.denominator}"
    return text if value.denominator == 1 and value >= 0 else f"({text})"


def _array(values: list[str], extents: tuple[int, ...]) -> str:
    if not extents:
        return f"float({values[0]})"
    return f"np.array({_nested([unbracketed(v) for v in values], extents)}, float)"


def _nested(values: list[str], extents: tuple[int, ...]) -> str:
    if len(extents) == 1:
        return f"[{', '.join(values)}]"
    step = prod(extents[1:])
    return f"[{', '.join(_nested(values[k:k + step], extents[1:]) for k in range(0, extents[0] * step, step))}]"


def _of_entries(polynomial: Polynomial) -> str:
    return " + ".join(_term(c, powers) for c, powers in polynomial.terms) or "0"


def _term(coefficient: Fraction, powers: Iterable[int]) -> str:
    factors = [f"x[{n}]" + (f" ** {p}" if p > 1 else "") for n, p in enumerate(powers) if p]
    return " * ".join([_number(Exact(coefficient)), *factors])


__all__ = ["comment", "script"]
