"""Numbers as sizes made into letters: what holds for every size holds for 784.

A document with ``W \\in \\mathbb{R}^{784 \\times 128}`` is proved with n_{784} and n_{128} in their place,
which says more.  A size is kept where the statement names single places of its axis
(``x_2``, ``a_{i+1}``), or is small enough to be looked at as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass, replace

from derivations.claims import Statement
from derivations.expr import Affine, Dim, Position, Sym

SMALL = 4  # as large as sizes are in the check entry by entry


def generalise(statement: Statement) -> Statement:
    """The statement with letters for its large numeric sizes; itself where there are none."""
    nodes = list(_nodes(_in_reach(statement)))
    dims = {node for node in nodes if isinstance(node, Dim)}
    kept = {node.dim for node in nodes if isinstance(node, (Position, Affine))}
    large = {d for d in dims if d.literal and d.coefficient > SMALL and d not in kept}
    if not large:
        return statement
    taken = {name for d in dims for name in d.names}
    letters = {d: Dim(names=(_letter(d, taken),)) for d in large}
    found = _replaced(statement, letters)
    assert isinstance(found, Statement)
    return found


def _letter(dim: Dim, taken: set[str]) -> str:
    """A name for a numeric size that no size of the document has, n_9 or n_{784}."""
    digits = str(dim.coefficient)
    name = f"n_{digits}" if len(digits) == 1 else f"n_{{{digits}}}"
    while name in taken:
        name += "'"
    return name


def _in_reach(statement: Statement) -> tuple[object, ...]:
    """The claim, the assumptions, and the definitions that they read: of a long document a small part."""
    definitions = statement.context.definitions
    found: dict[str, None] = {}
    todo: tuple[object, ...] = (statement.left, statement.right, *statement.guards, *statement.context.assumptions)
    reach = todo
    while todo:
        names = {node.name for node in _nodes(todo) if isinstance(node, Sym)} & definitions.keys() - found.keys()
        found.update(dict.fromkeys(sorted(names)))
        todo = tuple(definitions[name] for name in sorted(names))
        reach += todo
    return reach


def _nodes(value: object) -> Iterator[object]:
    """Everything in expressions and assumptions."""
    yield value
    if isinstance(value, tuple):
        for item in value:
            yield from _nodes(item)
    elif is_dataclass(value):
        for field in fields(value):
            yield from _nodes(getattr(value, field.name))


def _replaced(value: object, letters: Mapping[Dim, Dim]) -> object:
    if isinstance(value, Dim):
        return letters.get(value, value)
    if isinstance(value, tuple):
        return tuple(_replaced(item, letters) for item in value)
    if isinstance(value, Mapping):
        return {key: _replaced(item, letters) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{f.name: _replaced(getattr(value, f.name), letters) for f in fields(value)})
    return value
