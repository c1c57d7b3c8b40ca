"""What all targets share: statements through ``sympy.lambdify``, with names of our own making.

A statement is a SymPy expression, an ``Operation`` on symbols; ``lambdify`` takes the statements by way of ``cse=``
and prints them with a printer of ours.  No text of the document is ever part of the code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any

import sympy
from sympy.printing.str import StrPrinter

from derivations.expr import Dim
from numeric.program import RATE, Arg, Program, Value


class Operation(sympy.Expr):  # type: ignore[no-untyped-call]
    """Value number ``args[0]`` of a program, computed from the symbols that follow."""

    is_commutative = False


class TargetPrinter(StrPrinter):
    """Prints a value of the program; subclasses say how each operation is written."""

    library = "np"
    templates: Mapping[str, str] = {}

    def __init__(self, program: Program) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.program = program
        self.names = names_of(program)
        self.prepared: list[str] = []

    # lambdify calls these
    def _print_Operation(self, operation: Operation) -> str:
        number = int(str(operation.args[0]))
        return self.statement(number) if number >= 0 else self.prepared[-1 - number]

    def before(self, number: int) -> list[tuple[str, str]]:
        """Statements of the target's own that have to stand before a statement: names and right sides."""
        return []

    def is_constant(self, number: int) -> bool:
        """Whether a value is known before the code runs, and so no statement."""
        return bool(literal(self.program.values[number]))

    # ---------------------------------------------------------------- pieces

    def statement(self, number: int) -> str:
        """The right side of a statement."""
        value = self.program.values[number]
        method = getattr(self, f"op_{value.op}", None)
        if method is not None:
            return str(method(number, value))
        return self.templates[value.op].format(
            *(self.view(a) for a in value.args), xp=self.library, axis=value.data, dims=self.dims(value.dims))

    def view(self, arg: Arg) -> str:
        """An operand with its axes in the order of the result."""
        return viewed(self.names[arg.value], arg.order, len(self.program.values[arg.value].dims))

    def dims(self, dims: Sequence[Dim]) -> str:
        return "(" + "".join(f"{self.size(d)}, " for d in dims).strip() + ")"

    def size(self, dim: Dim) -> str:
        factors = [size_name(self.program, n) for n in dim.names]
        if dim.coefficient != 1 or not factors:
            factors.insert(0, str(dim.coefficient))
        return "*".join(factors)

    def op_scalar(self, number: int, value: Value) -> str:
        coefficient, sizes, powers = value.data
        top: list[str] = []
        bottom: list[str] = []
        for name, power in [*((self.size(d), e) for d, e in sizes),
                            *((self.names[a.value], e) for a, e in zip(value.args, powers, strict=True))]:
            exponent = abs(power)
            text = name if exponent == 1 else f"{name}**{exponent if exponent.denominator == 1 else float(exponent)}"
            (top if power > 0 else bottom).append(text)
        return quotient(coefficient, top, bottom)

    def op_input(self, number: int, value: Value) -> str:
        return self.names[number]

    op_labels = op_input


def quotient(coefficient: Fraction, top: list[str], bottom: list[str]) -> str:
    if coefficient.denominator != 1:
        bottom = [f"{coefficient.denominator}", *bottom]
    sign, size = ("-" if coefficient < 0 else ""), abs(coefficient.numerator)
    if size != 1 or not top:
        top = [f"{size}.0", *top]
    under = "*".join(bottom)
    return sign + "*".join(top) + (f"/({under})" if len(bottom) > 1 else f"/{under}" if bottom else "")


def viewed(name: str, order: Sequence[int | None], rank: int) -> str:
    """``name`` with axes in another order and new ones: transposes, ``[:, None]``."""
    axes = [n for n in order if n is not None]
    if axes != sorted(axes):
        name = f"{name}.T" if axes == [1, 0] else f"{name}.transpose({', '.join(map(str, axes))})"
    while order and order[0] is None:
        order = order[1:]  # leading axes are added by broadcasting
    if None in order:
        name += "[" + ", ".join("None" if n is None else ":" for n in order) + "]"
    return name


def names_of(program: Program) -> dict[int, str]:
    """A name of our own for every value: x for data, k for labels, p for parameters, v for what is computed."""
    names: dict[int, str] = {}
    counts = {"x": 0, "k": 0, "p": 0}
    for number, value in enumerate(program.values):
        if value.op in ("input", "labels"):
            if value.data == RATE:
                names[number] = "rate"
                continue
            letter = "k" if value.op == "labels" else "p" if value.data in program.chain.parameters else "x"
            counts[letter] += 1
            names[number] = f"{letter}{counts[letter]}"
        else:
            names[number] = literal(value) or f"v{number}"
    return names


def literal(value: Value) -> str:
    """A number that is the same at every size, as text; "" for anything else."""
    if value.op != "scalar" or value.data[1] or value.args:
        return ""
    text = repr(float(value.data[0]))
    return f"({text})" if text.startswith("-") else text


def size_names(program: Program) -> list[str]:
    """The document's sizes in the order in which the code numbers them."""
    context = program.chain.context
    dims = [d for v in context.variables.values() for d in v.shape]
    dims += [d for k in context.labels.values() for d in (*((k.rows,) if k.rows else ()), k.classes)]
    return list(dict.fromkeys(n for d in dims for n in d.names))


def size_name(program: Program, name: str) -> str:
    return f"n{size_names(program).index(name) + 1}"


def statements_of(program: Program) -> list[int]:
    return [n for n, v in enumerate(program.values) if v.op not in ("input", "labels") and not literal(v)]


def named(name: str) -> sympy.Symbol:
    return sympy.Symbol(name)  # type: ignore[no-untyped-call]


def prepared(printer: TargetPrinter, name: str, text: str) -> tuple[sympy.Symbol, sympy.Expr]:
    """A statement whose right side is written already."""
    printer.prepared.append(text)
    return named(name), Operation(sympy.Integer(-len(printer.prepared)))


def lambdified(
    printer: TargetPrinter, arguments: Sequence[str], namespace: Mapping[str, Any], outputs: Sequence[int],
    after: Sequence[tuple[str, str]] = (),
) -> tuple[Callable[..., Any], str]:
    """The function of ``arguments`` that returns ``outputs``, and its source as lambdify printed it.

    ``after`` are statements of the target's own at the end: names and right sides.
    """
    program = printer.program
    symbol = {n: named(name) for n, name in printer.names.items()}
    lines: list[tuple[sympy.Symbol, sympy.Expr]] = []
    for number in statements_of(program):
        if printer.is_constant(number):
            continue
        lines += [prepared(printer, *statement) for statement in printer.before(number)]
        operation = Operation(sympy.Integer(number), *(symbol[a.value] for a in program.values[number].args))
        lines.append((symbol[number], operation))
    lines += [prepared(printer, *statement) for statement in after]
    wanted = tuple(symbol[n] for n in outputs)
    function = sympy.lambdify(
        [named(a) for a in arguments], wanted, modules=[dict(namespace)], printer=printer, cse=lambda _: (lines, wanted))
    source = function.__doc__.split("Source code:\n\n", 1)[1].split("\n\n\nImported modules")[0]
    return function, source
