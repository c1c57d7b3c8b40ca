"""``\\sum_{i<j}``: which of the two letters the sum binds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from typing import Any, cast

from derivations.interpret.names import spell_name
from derivations.read import tree as t

ORDERS = frozenset({"<", ">", "≤", "≥"})


def pairs_bound(chain: t.Chain) -> t.Chain:
    """The chain with both letters of ``i < j`` bound where nothing outside such a sum has the second one free."""
    if not any(isinstance(node, t.Binder) and _partner(node) is not None for node in _nodes(chain)):
        return chain
    return cast(t.Chain, _rewrite(chain, frozenset(_free(chain, frozenset()))))


def _nodes(value: object) -> Iterator[t.Node]:
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif isinstance(value, t.Node) and is_dataclass(value):
        yield value
        for f in fields(value):
            yield from _nodes(getattr(value, f.name))


def _partner(binder: t.Binder) -> t.Name | None:
    """The j of ``i < j``."""
    match binder.condition:
        case t.Chain(relations=(order,), members=(_, t.Name() as other)) if order in ORDERS:
            return other
        case _:
            return None


def _free(value: object, bound: frozenset[str]) -> Iterator[str]:
    """Letters that stand outside the sums that bind or compare them."""
    match value:
        case tuple():
            for item in value:
                yield from _free(item, bound)
        case t.BigOperator(binders=binders):
            names = [name for b in binders for name in (b.index, _partner(b)) if name is not None]
            inner = bound | {spell_name(name) for name in names}
            yield from _free(value.body, inner)
            yield from _free(binders, inner)
        case t.Name():
            if spell_name(value) not in bound:
                yield spell_name(value)
        case t.Node() if is_dataclass(value):
            for f in fields(value):
                yield from _free(getattr(value, f.name), bound)


def _rewrite(value: object, outer: frozenset[str]) -> object:
    if isinstance(value, tuple):
        return tuple(_rewrite(item, outer) for item in value)
    if not isinstance(value, t.Node) or not is_dataclass(value):
        return value
    inner = outer
    extra: list[t.Binder] = []
    if isinstance(value, t.BigOperator):
        partners = [p for b in value.binders if (p := _partner(b)) is not None]
        own = {spell_name(b.index) for b in value.binders}
        extra = [t.Binder(p, span=p.span) for p in partners if spell_name(p) not in outer | own]
        inner = outer | own | {spell_name(b.index) for b in extra}
    node: Any = value
    changed = {f.name: _rewrite(getattr(value, f.name), inner) for f in fields(node) if f.name != "span"}
    if extra:
        changed["binders"] = (*extra, *cast(tuple[t.Binder, ...], changed["binders"]))
    return replace(node, **changed)
