"""``x_1 y_1 + \\dots + x_n y_n`` as a sum over i: the pattern of the terms around the dots, where it is evident."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, Literal, cast

from derivations.read import tree as t
from derivations.source import Problem

LETTERS = "ijklrst"
SCRIPTS = ("sub", "layer")
SKIPPED = ("span", "sign_spans", "relation_spans", "link_spans", "exponent")


@dataclass(frozen=True)
class Step:
    """How two terms differ: in one index, the same everywhere."""

    first: t.Tree
    second: t.Tree


def continued(parts: Sequence[t.Tree], kind: Literal["sum", "prod"], names: frozenset[str]) -> tuple[t.Tree, ...]:
    """The parts of a sum or product, with dots and the terms around them as one big operator.

    Raises Problem where the terms show no pattern: the first must have a 1 in its indices where the last has a size.
    """
    at = next(n for n, part in enumerate(parts) if isinstance(part, t.Ellipsis_))
    dots = parts[at]
    if at == 0 or at + 1 >= len(parts):
        raise Problem("ellipsis", "an ellipsis needs a first term before it and a last one behind it", dots.span)
    start = _start(parts, at)
    step = _difference(parts[start], parts[at + 1])
    if step is None or not _is_one(step.first):
        raise Problem("ellipsis", "the terms around the ellipsis show no pattern", dots.span,
                      "write x_1 + \\dots + x_n with terms that differ in one index, or \\sum_{i=1}^n x_i")
    letter = next(x for x in LETTERS if x not in names)
    index = t.Name(letter, span=dots.span)
    body = cast(t.Tree, _with_index(parts[start], parts[at + 1], index))
    span = parts[start].span | parts[at + 1].span
    whole = t.BigOperator(kind, (t.Binder(index, step.first, step.second, span=span),), body, span=span)
    rest = [*parts[:start], whole, *parts[at + 2 :]]
    return continued(rest, kind, names) if any(isinstance(p, t.Ellipsis_) for p in rest) else tuple(rest)


def _start(parts: Sequence[t.Tree], at: int) -> int:
    """The first of the terms that lead to the dots: x_1, x_2 count up by one."""
    start = at - 1
    while start > 0:
        step = _difference(parts[start - 1], parts[start])
        if step is None or _number(step.first) is None or _number(step.second) != (_number(step.first) or 0) + 1:
            break
        start -= 1
    return start


def _number(tree: t.Tree) -> int | None:
    return int(tree.value) if isinstance(tree, t.Number) and tree.value.denominator == 1 else None


def _is_one(tree: t.Tree) -> bool:
    return _number(tree) == 1


def _difference(one: t.Tree, other: t.Tree) -> Step | None:
    """The one pair of indices in which two terms differ; None where they differ in more, or elsewhere."""
    try:
        found = list(_differences(one, other, False))
    except ValueError:
        return None
    pairs = {(pair.first, pair.second) for pair in found}
    return found[0] if len(pairs) == 1 else None


def _differences(one: object, other: object, index: bool) -> Iterator[Step]:
    """Raises ValueError where the trees differ in anything but an index."""
    if one == other:
        return
    if index and isinstance(one, t.Number) and isinstance(other, (t.Number, t.Name)):
        yield Step(one, other)
    elif isinstance(one, tuple) and isinstance(other, tuple) and len(one) == len(other):
        for a, b in zip(one, other, strict=True):
            yield from _differences(a, b, index)
    elif type(one) is type(other) and isinstance(one, t.Node) and is_dataclass(one):
        for f in fields(one):
            if f.name not in SKIPPED:
                yield from _differences(getattr(one, f.name), getattr(other, f.name), index or f.name in SCRIPTS)
    else:
        raise ValueError


def _with_index(one: object, other: object, index: t.Name) -> object:
    """The first of two terms with the letter where they differ."""
    if one == other:
        return one
    if isinstance(one, tuple) and isinstance(other, tuple):
        return tuple(_with_index(a, b, index) for a, b in zip(one, other, strict=True))
    if isinstance(one, t.Number) or not is_dataclass(one):
        return index
    node: Any = one
    parts = [f.name for f in fields(node) if f.name not in SKIPPED]
    return replace(node, **{part: _with_index(getattr(one, part), getattr(other, part), index) for part in parts})
