"""What bears on a statement: names, assumptions and definitions, and the order of its free indices."""

from __future__ import annotations

from collections.abc import Iterable

from derivations import expr as ex
from derivations.claims import Assumption, Context, Equation, Statement
from derivations.expr import Expr, Index, Sym


def index_key(index: Index) -> tuple[str, str]:
    return index.name, str(index.dim)


def free_index_order(statement: Statement) -> tuple[Index, ...]:
    """The free indices of a statement in the order in which entries list their values."""
    sides = (statement.left, statement.right, *statement.guards)
    return tuple(sorted(frozenset[Index]().union(*(ex.free_indices(s) for s in sides)), key=index_key))


def reachable(statement: Statement) -> tuple[dict[str, None], tuple[Assumption, ...], list[Expr]]:
    """Names, assumptions and expressions that bear on a statement, through definitions."""
    context = statement.context
    names: dict[str, None] = {}
    roots: list[Expr] = []
    queue: list[Expr] = [statement.left, statement.right, *statement.guards]
    used: dict[int, Assumption] = {}
    while queue:
        root = queue.pop()
        roots.append(root)
        for name in sorted(names_in(root) - set(names)):
            names[name] = None
            if name in context.definitions:
                queue.append(context.definitions[name])
        if not queue:
            for k, assumption in enumerate(context.assumptions):
                both = sides(assumption)
                if k not in used and any(n in names for s in both for n in names_in(s)):
                    used[k] = assumption
                    queue.extend(both)
    return names, tuple(used[k] for k in sorted(used)), roots


def sides(assumption: Assumption) -> tuple[Expr, ...]:
    return (assumption.left, assumption.right) if isinstance(assumption, Equation) else (assumption.operand,)


def names_in(root: Expr) -> set[str]:
    return {name for node in ex.walk(root) for name in own_names(node)}


def own_names(node: Expr) -> tuple[str, ...]:
    """The names of variables that a node itself holds."""
    match node:
        case Sym(name=name):
            return (name,)
        case ex.Derivative(by=by):
            return (by.name,)
        case ex.Differential(variables=variables):
            return tuple(v.name for v in variables)
        case _:
            return ()


def relevant(context: Context, names: Iterable[str]) -> Context:
    """The part of a context that bears on these names; assumptions excluded."""
    names = list(names)
    return Context(
        {n: context.variables[n] for n in names if n in context.variables},
        context.labels,
        context.functions,
        {n: context.definitions[n] for n in names if n in context.definitions},
    )
