"""Open dimensions and their unification (Robinson, restricted to constants and variables).

An open dimension is a ``Dim`` whose only name begins with ``?``: the size of an
``I`` or ``\\mathbf 1`` that the formula does not state, the range of ``\\sum_j``.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass, replace
from functools import cache
from typing import Any, TypeVar, cast

from derivations.expr import ONE, Dim, Shape

Tree = TypeVar("Tree")


PROPER = "?+"


def _is_proper(dim: Dim) -> bool:
    return any(name.startswith(PROPER) for name in dim.names)


def is_open(dim: Dim) -> bool:
    """Whether nothing has fixed this dimension yet."""
    return any(name.startswith("?") for name in dim.names)


@cache
def _parts(kind: Any) -> tuple[str, ...]:
    """The fields of a kind of data; none for plain values."""
    return tuple(f.name for f in fields(kind)) if is_dataclass(kind) else ()


class Dimensions:
    """What is known of the open dimensions of one document."""

    def __init__(self) -> None:
        self._bindings: dict[str, Dim] = {}
        self._count = 0

    def copy(self) -> Dimensions:
        """Another one that knows the same and goes its own way."""
        other = Dimensions()
        other._bindings, other._count = dict(self._bindings), self._count
        return other

    def fresh(self) -> Dim:
        self._count += 1
        return Dim(1, (f"?{self._count}",))

    def proper(self) -> Dim:
        """An open dimension of an array that is supposed: no unification makes it a literal 1."""
        self._count += 1
        return Dim(1, (f"{PROPER}{self._count}",))

    def resolve(self, dim: Dim) -> Dim:
        """The dimension with every bound name replaced."""
        if not is_open(dim):
            return dim
        result = Dim(dim.coefficient)
        for name in dim.names:
            bound = self._bindings.get(name)
            result = result * (Dim(1, (name,)) if bound is None else self.resolve(bound))
        return result

    def unify(self, left: Dim, right: Dim) -> bool:
        """Make both equal if an open one allows it; a product with an open factor is left alone."""
        left, right = self.resolve(left), self.resolve(right)
        if left == right:
            return True
        pairs = [(left, right), (right, left)]
        for one, other in sorted(pairs, key=lambda pair: _is_proper(pair[0])):  # a proper one stays itself if it can
            if is_open(one) and _is_proper(one) and other == ONE:
                return False
            if is_open(one) and one.coefficient == 1 and len(one.names) == 1 and one.names[0] not in other.names:
                self._bindings[one.names[0]] = other
                return True
        return False

    def unify_shapes(self, left: Shape, right: Shape) -> bool:
        """All axes or none."""
        saved = self.save()
        if len(left) == len(right) and all(self.unify(a, b) for a, b in zip(left, right, strict=True)):
            return True
        self.restore(saved)
        return False

    def save(self) -> dict[str, Dim]:
        return dict(self._bindings)

    def restore(self, saved: dict[str, Dim]) -> None:
        self._bindings = saved

    @contextmanager
    def untouched(self) -> Iterator[None]:
        """What is unified inside the block is forgotten behind it."""
        saved = self.save()
        try:
            yield
        finally:
            self.restore(saved)

    def shape(self, shape: Shape) -> Shape:
        return tuple(self.resolve(d) for d in shape)

    def settle(self, tree: Tree) -> Tree:
        """The same data with every dimension in it resolved; shares what needs no change."""
        return cast(Tree, self._settle(tree)) if self._bindings else tree

    def _settle(self, value: object) -> object:
        if isinstance(value, Dim):
            return self.resolve(value)
        if isinstance(value, tuple):
            items = tuple(self._settle(item) for item in value)
            return value if all(a is b for a, b in zip(items, value, strict=True)) else items
        changed: dict[str, object] = {}
        kind: Any = type(value)
        for name in _parts(kind):
            old = getattr(value, name)
            if (new := self._settle(old)) is not old:
                changed[name] = new
        return replace(cast(Any, value), **changed) if changed else value


def open_dimensions(tree: object) -> frozenset[str]:
    """Names of the open dimensions that occur anywhere in an expression."""
    if isinstance(tree, Dim):
        return frozenset(n for n in tree.names if n.startswith("?"))
    if tree is None or isinstance(tree, (str, int)):
        return frozenset()
    if isinstance(tree, tuple):
        return frozenset[str]().union(*(open_dimensions(item) for item in tree))
    if is_dataclass(tree) and not isinstance(tree, type):
        return frozenset[str]().union(*(open_dimensions(getattr(tree, f.name)) for f in fields(tree)))
    return frozenset()
