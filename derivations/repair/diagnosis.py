"""What kind of mistake a false line is, where that shows: a code and words for it, whether or not a repair is found.

Rows, each with what recognises it; the first that does is told.  Nothing is said that was not looked at: that a line
would hold under an assumption or in another layout is proved.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

from derivations.claims import Assumption, Context, Equation, Statement, Variable
from derivations.expr import (
    UNIT,
    Derivative,
    Differential,
    Entry,
    Expr,
    Fill,
    LabelOf,
    MatMul,
    Sym,
    Tangent,
    Transpose,
    free_indices,
    free_symbols,
    walk,
)
from derivations.interpret.statements import Origin
from derivations.interpret.trees import tree_nodes
from derivations.prove import allsizes
from derivations.prove.witness import Budget, telling_point
from derivations.read import tree as t
from derivations.repair.line import index_letters
from derivations.shapes import shape
from derivations.verdicts import Refuted

PROOF_STEPS = 30_000
LOOK = Budget(points=3, attempts=12, each_size=2, sparse=0, steps=30_000)
MOST = 6  # assumptions tried


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """``words`` follow the counterexample; ``assumption`` is what is missing, as a sentence of mathematics."""

    code: str
    words: str
    assumption: str = ""


Recogniser = Callable[[Statement, Origin], Iterator[Diagnosis]]


def diagnosis(refuted: Refuted, origin: Origin) -> Diagnosis | None:
    """The first row that recognises the mistake."""
    if refuted.statement is None:
        return None
    found = (d for row in ROWS for d in row(refuted.statement, origin))
    return next(found, None)


def hidden_index(statement: Statement, origin: Origin) -> Iterator[Diagnosis]:
    """A sum over a letter that is free on the left, which the right side so does not depend on."""
    bound = [b.index.text for n in tree_nodes(origin.right) if isinstance(n, t.BigOperator) for b in n.binders]
    free = {i.name for i in free_indices(statement.left)} - {i.name for i in free_indices(statement.right)}
    for letter in index_letters(origin.left):
        if letter in bound and letter in free:
            yield Diagnosis("hidden-index", f"the sum over {letter} hides the free index {letter}: the right side has none")


def loose_label(statement: Statement, _: Origin) -> Iterator[Diagnosis]:
    """An entry of one row at the label of another: ``X_{i k_j}``."""
    for node in walk(statement.right):
        if isinstance(node, Entry) and len(node.indices) == 2:
            row, column = node.indices
            if isinstance(column, LabelOf) and column.row is not None and column.row != row and column.row.dim == row.dim:
                yield Diagnosis("loose-label", f"an entry of one row is taken at the label {column.label} of another row")
                return


def mixed_differential(statement: Statement, origin: Origin) -> Iterator[Diagnosis]:
    """A differential of what the document calls a gradient elsewhere."""
    nodes = [n for side in (statement.left, statement.right) for n in walk(side)]
    names = {n.name for n in nodes if isinstance(n, Tangent)}
    names |= {n.of.name for n in nodes if isinstance(n, Differential) and isinstance(n.of, Sym)}
    for name in sorted(names & origin.world.table.gradient_names):
        yield Diagnosis("mixed-differential", f"d{name} is a differential here, and the name of a gradient in another line")


def other_layout(statement: Statement, origin: Origin) -> Iterator[Diagnosis]:
    """A derivative that is right when transposed."""
    if not isinstance(statement.left, Derivative) or len(shape(statement.right)) not in (1, 2):
        return
    turned = Transpose(statement.right)
    if shape(turned) == shape(statement.left) and holds(replace(statement, right=turned)):
        other = "denominator" if origin.world.layout == "numerator" else "numerator"
        yield Diagnosis("other-layout", f"it would hold in {other} layout")


def missing_assumption(statement: Statement, _: Origin) -> Iterator[Diagnosis]:
    """What is often meant and not said: a matrix is symmetric, the entries of a vector or of each row sum to 1."""
    for n, (words, told, context) in enumerate(_assumptions(statement)):
        if n == MOST:
            return
        if holds(replace(statement, context=context)):
            yield Diagnosis("missing-assumption", f"it would hold if {words} (given {told})", told)


def _assumptions(statement: Statement) -> Iterator[tuple[str, str, Context]]:
    context = statement.context
    sides = (statement.left, statement.right)
    by = {n.by.name for side in sides for n in nodes_within(side, context) if isinstance(n, Derivative)}
    by |= {n.name for side in sides for n in walk(side) if isinstance(n, Tangent)}
    names = {n.name for side in sides for n in nodes_within(side, context) if isinstance(n, Sym)} - by
    for name in sorted((names & context.variables.keys()) - context.definitions.keys()):
        variable = context.variables[name]
        axes = variable.shape
        if len(axes) == 2 and axes[0] == axes[1] and not (variable.symmetric or variable.definite):
            known = {**context.variables, name: replace(variable, symmetric=True)}
            yield f"{name} were symmetric", f"{name} = {name}^T", replace(context, variables=known)
        elif axes and len(axes) <= 2:
            yield from _sums(variable, context)


def _sums(variable: Variable, context: Context) -> Iterator[tuple[str, str, Context]]:
    """The entries of a column, or those of each row, sum to 1."""
    name, axes = variable.name, variable.shape
    whole = Sym(name, axes)
    equation: Assumption
    if len(axes) == 1:
        equation = Equation(MatMul(Transpose(Fill(UNIT, axes)), whole), UNIT)
        words, told = f"the entries of {name} summed to 1", f"\\mathbf{{1}}^T {name} = 1"
    else:
        equation = Equation(MatMul(whole, Fill(UNIT, axes[1:])), Fill(UNIT, axes[:1]))
        words, told = f"each row of {name} summed to 1", f"{name} \\mathbf{{1}} = \\mathbf{{1}}"
    if equation not in context.assumptions:
        yield words, told, replace(context, assumptions=(*context.assumptions, equation))


def nodes_within(e: Expr, context: Context) -> Iterator[Expr]:
    """The nodes of an expression and of all definitions that it leads to."""
    seen, todo = set[str](), [e]
    while todo:
        e = todo.pop()
        yield from walk(e)
        for symbol in free_symbols(e):
            if symbol.name in context.definitions and symbol.name not in seen:
                seen.add(symbol.name)
                todo.append(context.definitions[symbol.name])


def holds(statement: Statement) -> bool:
    """Proved for all sizes, and no point found where it fails."""
    if not isinstance(allsizes.prove(statement, PROOF_STEPS), allsizes.Proof):
        return False
    return telling_point(statement, LOOK) is None


ROWS: tuple[Recogniser, ...] = (hidden_index, loose_label, mixed_differential, other_layout, missing_assumption)
