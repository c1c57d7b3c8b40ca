"""``derivations explain``: what was understood, as data that the pipeline fills in, and its print.

Everything is printed in one normalised notation (``latexform.py``), so that a misreading shows at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from derivations.claims import Claim, Context, Defined, Equation, FreeFunction, Misread, SignAssumption, Statement, Step, Variable
from derivations.expr import Add, Dim, Expr, Fill, Num, Shape, Sym
from derivations.report.latexform import Printer, names_in
from derivations.report.outline import Located
from derivations.report.plain import safe
from derivations.report.terminal import problem_line
from derivations.shapes import describe
from derivations.source import Problem, Source, Span

DOMAINS = {"real": "", "positive": ", positive", "nonnegative": ", not negative", "nonzero": ", not 0", "binary": ", 0 or 1",
           "sign": ", 1 or -1"}  # fmt: skip
ORDER = "[<]"  # the order of the indices of an axis: no name of the document
Functions: TypeAlias = Mapping[str, tuple[Sym, Expr]]


@dataclass(frozen=True, slots=True)
class Understanding:
    """A document as it was understood; steps have their number and their place in the source."""

    source: Source
    context: Context
    steps: tuple[tuple[str, Span, Step], ...]
    functions: Functions = field(default_factory=dict)
    readings: tuple[str, ...] = ()
    problems: tuple[Located, ...] = ()
    declared: frozenset[str] = frozenset()  # names that are declared, in words or by a set; the others were inferred


def explanation(understanding: Understanding) -> str:
    return "".join(f"{line}\n" for line in _lines(understanding))


def printer(context: Context, functions: Functions) -> Printer:
    """Letters of bound indices are no names of the document."""
    taken = {*context.variables, *context.labels, *context.functions, *functions}
    sizes = {name for variable in context.variables.values() for dim in variable.shape for name in dim.names}
    variables = context.variables.items()
    symmetric = {name for name, one in variables if (one.symmetric or one.definite) and name not in context.definitions}
    return Printer(frozenset(taken | sizes), functions, frozenset(symmetric))


def claim_latex(statement: Statement, functions: Functions) -> str:
    """A claim as it is read."""
    left, right = (_side(one) for one in (statement.left, statement.right))
    one = printer(statement.context, functions)
    one.taken |= names_in(left) | names_in(right)
    return one.equation(left, right)


def _side(side: Expr) -> Expr:
    """An array of zeros as a whole side is written 0."""
    return side.value if isinstance(side, Fill) and isinstance(side.value, Num) and side.value.value == 0 else side


def _lines(known: Understanding) -> Iterator[str]:
    yield safe(known.source.path)
    for located in known.problems:
        yield f"  {problem_line(located)}"
    yield from _section("symbols", _symbols(known))
    yield from _section("definitions", _definitions(known))
    yield from _section("assumptions", _assumptions(known))
    yield from _section("readings", map(safe, known.readings))
    yield from _section("claims", _claims(known))


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def _symbols(known: Understanding) -> Iterator[str]:
    context = known.context
    for name, variable in context.variables.items():
        if name.startswith(ORDER):
            continue
        yield safe(f"{name}: {_described(variable)} ({'defined' if name in context.definitions else _how(name, known)})")
    for name, labels in context.labels.items():
        many = f"{labels.rows} labels" if labels.rows is not None else "a label"
        yield safe(f"{name}: {many} from 1 to {labels.classes} ({_how(name, known)})")
    for name, function in context.functions.items():
        yield safe(f"{name}: {_function(function)} ({_how(name, known)})")


def _how(name: str, known: Understanding) -> str:
    return "declared" if name in known.declared else "inferred"


def _described(variable: Variable) -> str:
    kind = ", positive definite" if variable.definite else ", symmetric" if variable.symmetric else ""
    return f"{_shape(variable.shape)}{kind}{DOMAINS[variable.domain]}"


def _shape(shape: Shape) -> str:
    shown = tuple(Dim(dim.coefficient, tuple("?" if name.startswith("?") else name for name in dim.names)) for dim in shape)
    return describe(shown)


def _function(function: FreeFunction) -> str:
    if function.argument is None:
        return "some differentiable function, applied entry by entry"
    return f"some differentiable function of {_shape(function.argument)}; its value is {_shape(function.value)}"


def _definitions(known: Understanding) -> Iterator[str]:
    one = printer(known.context, known.functions)
    for name, value in known.context.definitions.items():
        yield safe(f"{name} = {one.latex(value)}")
    for name, (parameter, body) in known.functions.items():
        yield safe(f"{name}({parameter.name}) = {one.latex(body)}")


def _assumptions(known: Understanding) -> Iterator[str]:
    one = printer(known.context, known.functions)
    for assumption in known.context.assumptions:
        match assumption:
            case Equation(left=Add(operands=(Sym(name=name), *_))) if name.startswith(ORDER):
                pass
            case Equation(left=left, right=right):
                yield safe(one.equation(left, right))
            case SignAssumption(operand=operand, sign=sign):
                yield safe(f"{one.latex(operand)} {sign} 0")


def _claims(known: Understanding) -> Iterator[str]:
    for number, span, step in known.steps:
        place = known.source.where(span.start).removeprefix(f"{known.source.path}:")
        yield safe(f"{number} ({place})  {_step(step, known)}")
        if isinstance(step, Claim):
            for guard in step.statement.guards:
                yield safe(f"      where {printer(step.statement.context, known.functions).latex(guard)} is not 0")
            yield from (safe(f"      {convention}") for convention in step.conventions)


def _step(step: Step, known: Understanding) -> str:
    match step:
        case Defined(name=name):
            return f"defines {name}" if name else "declares"
        case Misread(problem=Problem(code=code, message=message)):
            return f"not understood: [{code}] {message}"
        case Claim(statement=statement):
            return claim_latex(statement, known.functions)
