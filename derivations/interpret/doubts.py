"""Why a counterexample to a claim about undeclared names may say nothing about the claim.

A name that nobody declares may be less free than a declared one: its definition may stand in words, in a picture, on
the page before, or nowhere.  A claim that fails is called false only where such a thing can be ruled out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from derivations.claims import Claim, Context, Variable
from derivations.expr import (
    ONE,
    SCALAR,
    Derivative,
    Differential,
    Expr,
    Lambda,
    Let,
    Map,
    Size,
    Sym,
    Tangent,
    closure,
    free_symbols,
    read_through,
    walk,
)
from derivations.interpret.dimensions import open_dimensions
from derivations.interpret.names import SymbolTable, spell
from derivations.interpret.properties import sums_to_one
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import tree_nodes, untransposed
from derivations.read import tree as t
from derivations.source import Problem, Span

LOSS = "\\ell_{0}"


@dataclass(frozen=True)
class Doubt:
    """A name of which too little is known, and why that matters."""

    name: str
    why: str

    def problem(self, places: Iterable[t.Tree], span: Span) -> Problem:
        """Told at the name where the claim has it."""
        names = [n for tree in places for n in tree_nodes(tree) if isinstance(n, (t.Name, t.Scripted))]
        at = next((n.span for n in names if spell(untransposed(n)) == self.name), span)
        return Problem("undeclared", f"false as far as the document goes, but {self.why}", at,
                       f"declare {self.name}, or define it, before this line")


def doubt(claim: Claim, supposed: Suppositions, alone: bool) -> Doubt | None:
    """What is missing before a claim that fails can be called false; None where nothing is, or no name is inferred.

    ``alone``: a relation of its own, which may say something of its names, and no step of a chain.
    """
    context = claim.statement.context
    sides = (claim.statement.left, claim.statement.right)
    direct = {s.name for side in sides for s in free_symbols(side)}
    direct |= {n.name for side in sides for n in walk(side) if isinstance(n, Tangent)}
    reach = closure(direct, context.definitions)
    inferred = [name for name in supposed.found if name in reach]
    for name in supposed.losses:
        if name in reach:
            return Doubt(name, f"nothing says what {name} is")
    if not inferred:
        return None
    if alone and not direct & set(context.definitions) and not any(_differentiates(n) for side in sides for n in walk(side)):
        return Doubt(inferred[0], f"{inferred[0]} is declared nowhere, and this may be said of it")
    used = {s.name for value in context.definitions.values() for s in free_symbols(value)}
    used |= {s.name for side in sides for n in walk(side) if isinstance(n, Derivative) for s in free_symbols(n.of)}
    for name in inferred:
        if context.definitions and name in direct and name not in used:
            return Doubt(name, f"nothing says what {name} is")
    return next(_loose_ends(claim, context), None)


def conditioned(claim: Claim, names: frozenset[str]) -> str | None:
    """The first of these names, of which the running text tells a condition, in an equation without derivatives."""
    statement = claim.statement
    definitions = statement.context.definitions
    reach = read_through((statement.left, statement.right), definitions)
    parts = (statement.left, statement.right, *(definitions[name] for name in reach if name in definitions))
    if any(isinstance(node, (Derivative, Differential)) for part in parts for node in walk(part)):
        return None
    return min(reach & names, default=None)


def _differentiates(node: Expr) -> bool:
    """Derivatives, and functions that the document defines: a line with one is no mere supposition."""
    defined = isinstance(node, Map) and isinstance(node.function, Lambda)
    return defined or isinstance(node, (Derivative, Differential, Tangent, Let))


def _loose_ends(claim: Claim, context: Context) -> Iterator[Doubt]:
    """A derivative by something that the document does not connect with what is differentiated, as far as it is written."""
    used = {s.name for value in context.definitions.values() for s in free_symbols(value)}
    order = {name: n for n, name in enumerate(context.definitions)}
    gradients = {name for name, value in context.definitions.items() if any(isinstance(n, Derivative) for n in walk(value))}
    for node in (n for side in (claim.statement.left, claim.statement.right) for n in walk(side)):
        if not isinstance(node, Derivative):
            continue
        below = read_through((node.of,), context.definitions)
        if node.by.name not in below:
            yield Doubt(node.by.name, f"nothing connects {node.by.name} with what is differentiated")
        for name in context.definitions:
            last = max((order[one] for one in below if one in order), default=-1)  # later names are no part of it
            loose = order[name] < last and name not in used | gradients | below
            if loose and context.variables[name].shape and node.by.name in closure({name}, context.definitions):
                yield Doubt(name, f"{name} depends on {node.by.name}, and nothing says what depends on {name}")


def unspoken_losses(table: SymbolTable) -> Iterator[tuple[str, str, str]]:
    """A name for an array that nothing uses, and sentences that make a loss some function of it."""
    if any(variable.shape == SCALAR for name, variable in table.variables.items() if name in table.definitions):
        return  # a loss is there, and what it says has been tried
    used = {s.name for value in table.definitions.values() for s in free_symbols(value)}
    for name in table.definitions:
        shape = table.variables[name].shape
        if name not in used and shape and not open_dimensions(shape):
            space = " \\times ".join(map(str, shape))
            yield name, f"{LOSS} : \\mathbb{{R}}^{{{space}}} \\to \\mathbb{{R}}", f"\\mathcal{{L}}_{{0}} = {LOSS}({name})"


def unspoken(claim: Claim, supposed: Suppositions) -> Iterator[tuple[str, Claim]]:
    """The claim with one property more that writers leave to words: a symmetric matrix, entries that sum to 1, a size."""
    statement = claim.statement
    context = statement.context
    reach = read_through((statement.left, statement.right), context.definitions)
    for name, shape in supposed.found.items():
        variable = context.variables.get(name)
        if name not in reach or variable is None:
            continue
        if shape == SCALAR and name not in context.definitions:
            for dim in dict.fromkeys(d for one in supposed.found.values() for d in one):
                defined = {**context.definitions, name: Size(dim)}
                yield f"{name} is the size {dim}", _within(claim, replace(context, definitions=defined))
            continue
        for what, known in _properties(name, variable, context):
            yield f"{name} {what}", _within(claim, known)


def _within(claim: Claim, context: Context) -> Claim:
    return replace(claim, statement=replace(claim.statement, context=context))


def _properties(name: str, variable: Variable, context: Context) -> Iterator[tuple[str, Context]]:
    shape = variable.shape
    if len(shape) == 2 and shape[0] == shape[1]:
        variables: Mapping[str, Variable] = {**context.variables, name: replace(variable, symmetric=True)}
        yield "is symmetric", replace(context, variables=variables)
    if len(shape) not in (1, 2) or shape[0] == ONE:
        return
    yield "sums to 1", replace(context, assumptions=(*context.assumptions, sums_to_one(Sym(name, shape))))
