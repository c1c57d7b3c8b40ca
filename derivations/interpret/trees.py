"""Questions about formula trees that interpretation asks: which nodes, which names, what matches what."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from derivations.expr import Entry, Expr, Sym, Transpose
from derivations.read import tree as t
from derivations.source import Problem, Span


@contextmanager
def depth_told() -> Iterator[None]:
    """What is nested deeper than this interpreter goes is a problem of the line, not of the program."""
    try:
        yield
    except RecursionError:
        raise Problem("nesting-limit", "nested too deeply to be understood", None, "give its parts names of their own") from None


def tree_nodes(node: object) -> Iterator[t.Node]:
    """All nodes of a formula tree, parents first."""
    if isinstance(node, tuple):
        for item in node:
            yield from tree_nodes(item)
    elif is_dataclass(node) and isinstance(node, t.Node):
        yield node
        for f in fields(node):
            if f.name not in ("span", "sign_spans", "relation_spans", "link_spans", "exponent"):
                yield from tree_nodes(getattr(node, f.name))


def rewritten(chain: t.Chain, change: Callable[[t.Scripted], t.Scripted]) -> t.Chain:
    """The chain with every scripted name changed, inner ones first; what stays as it is is kept, not copied."""
    return cast(t.Chain, _rewritten(chain, change))


def _rewritten(value: object, change: Callable[[t.Scripted], t.Scripted]) -> object:
    if isinstance(value, tuple):
        items = tuple(_rewritten(item, change) for item in value)
        return value if all(a is b for a, b in zip(items, value, strict=True)) else items
    if not isinstance(value, t.Node) or not is_dataclass(value):
        return value
    changed = {f.name: new for f in fields(value) if (new := _rewritten(old := getattr(value, f.name), change)) is not old}
    node: Any = replace(cast(Any, value), **changed) if changed else value
    return change(node) if isinstance(node, t.Scripted) else node


def side_by_side(factors: Sequence[tuple[str, t.Tree]]) -> t.Tree:
    """The product of factors with their signs; the one before the first falls away."""
    if len(factors) == 1:
        return factors[0][1]
    return t.ProductOf((("", factors[0][1]), *factors[1:]), span=factors[0][1].span | factors[-1][1].span)


def outer_nodes(node: object) -> Iterator[t.Node]:
    """Nodes outside scripts: names that stand for values; a scripted name is one node."""
    if isinstance(node, tuple):
        for item in node:
            yield from outer_nodes(item)
    elif isinstance(node, t.Scripted):
        yield node
        if not isinstance(node.base, t.Name):
            yield from outer_nodes(node.base)
    elif isinstance(node, t.Call):
        yield from outer_nodes(node.arguments)
    elif isinstance(node, t.Node):
        yield node
        for f in fields(node):
            if f.name not in ("span", "sign_spans", "relation_spans", "link_spans", "binders"):
                yield from outer_nodes(getattr(node, f.name))


def differentials(tree: t.Tree) -> list[t.DifferentialOf]:
    """The differentials that stand for values: a d in a subscript is an index."""
    return [n for n in outer_nodes(tree) if isinstance(n, t.DifferentialOf)]


def own_symbol(operand: Expr) -> Sym | None:
    match operand:
        case Sym():
            return operand
        case Transpose(operand=inner) | Entry(array=inner):
            return own_symbol(inner)
        case _:
            return None


def unbracketed(tree: t.Tree) -> t.Tree:
    while isinstance(tree, t.Bracket) and len(tree.items) == 1:
        tree = tree.items[0]
    return tree


def untransposed(tree: t.Tree) -> t.Tree:
    """A name with its other scripts; anything else by itself where no other script is left."""
    if not isinstance(tree, t.Scripted) or not tree.transpose:
        return tree
    rest = replace(tree, transpose=0, exponent=None)
    return tree.base if not isinstance(tree.base, t.Name) and rest == t.Scripted(tree.base) else rest


def application(tree: t.Tree) -> tuple[t.Tree, t.Tree] | None:
    """Function and argument of ``f(x)``, however it was read."""
    match tree:
        case t.Call(function=function, arguments=(argument,), bracketed=True):
            return function, argument
        case t.ProductOf(factors=((_, (t.Name() | t.Scripted()) as function), ("", t.Bracket(kind="(", items=(argument,))))):
            return function, argument
        case _:
            return None


def only_letter(tree: t.Tree) -> t.Name | None:
    """The one name in a formula of one variable, e and functions apart; None where there are several, or indices."""
    names = [n for n in outer_nodes(tree) if isinstance(n, t.Name) and n.text != "e"]
    scripted = any(isinstance(n, t.Scripted) and (n.sub or n.layer) for n in outer_nodes(tree))
    big = any(isinstance(n, t.BigOperator) for n in tree_nodes(tree))
    inside = [n.power for n in outer_nodes(tree) if isinstance(n, t.Scripted) and n.power is not None]
    names += [n for power in inside for n in outer_nodes(power) if isinstance(n, t.Name)]
    bases = [n.base for n in outer_nodes(tree) if isinstance(n, t.Scripted) and isinstance(n.base, t.Name) and n.base.text != "e"]
    letters = {n.text: n for n in names + bases}
    return next(iter(letters.values())) if len(letters) == 1 and not scripted and not big else None


def is_nonzero_condition(condition: t.Chain) -> bool:
    last = condition.members[-1]
    return condition.relations == ("≠",) and isinstance(last, t.Number) and last.value == 0


def whole_span(chain: t.Chain) -> Span:
    return chain.link_spans[0] | chain.link_spans[-1] if chain.link_spans else chain.members[0].span | chain.members[-1].span


def link_span(chain: t.Chain, n: int) -> Span:
    return chain.link_spans[n] if n < len(chain.link_spans) else chain.members[n].span | chain.members[n + 1].span


def match_like(left: t.Tree, right: t.Tree, is_unknown: Callable[[t.Tree], bool]) -> list[tuple[t.Tree, t.Tree]]:
    """Pairs (unknown name, what stands in its place) where two trees differ in nothing else; [] otherwise."""
    pairs: list[tuple[t.Tree, t.Tree]] = []
    return pairs if _match_into(left, right, is_unknown, pairs) else []


def _match_into(left: object, right: object, is_unknown: Callable[[t.Tree], bool], pairs: list[tuple[t.Tree, t.Tree]]) -> bool:
    if left == right:
        return True
    if isinstance(left, (t.Name, t.Scripted)) and is_unknown(left):
        pairs.append((left, unbracketed(right)))  # type: ignore[arg-type]
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            _match_into(a, b, is_unknown, pairs) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, t.Node) and is_dataclass(left):
        return all(
            _match_into(getattr(left, f.name), getattr(right, f.name), is_unknown, pairs)
            for f in fields(left)
            if f.compare
        )
    return False
