"""Where a long formula may be broken: pieces that are set one after the other, each of them whole."""

from __future__ import annotations

from derivations.report.mathlist import Fence, Fenced, Item, Marked, MathList, Space, Symbol, width

WIDE = 1.0  # em: a space that parts statements
BIG = 2  # size of delimiters that are taken off what they hold


def pieces(items: MathList, limit: float) -> list[MathList]:
    """The formula in order, cut before relations, before + and −, and behind wide spaces.

    A piece wider than ``limit`` em is cut inside of its brackets too, and at last between any two factors; what is still
    wider is one item.
    """
    parts = _cut(items, 0)
    depth = 0
    while depth < 3 and any(width(part) > limit for part in parts):
        depth += 1
        parts = [part for one in parts for part in (_cut(_opened(one), depth) if width(one) > limit else [one])]
    return [part for one in parts for part in (_filled(one, limit) if width(one) > limit else [one])]


def ends_open(items: MathList) -> bool:
    """Whether the last thing is a sign, which stands apart from what follows in another piece."""
    match items:
        case (*_, Symbol(_, "rel" | "bin")):
            return True
        case _:
            return False


def _cut(items: MathList, deepest: int) -> list[MathList]:
    """Pieces of what stands in at most so many brackets."""
    found: list[list[Item]] = [[]]
    depth = 0
    for item in items:
        if depth <= deepest and _begins(item) and any(not isinstance(one, Space) for one in found[-1]):
            found.append([])
        found[-1].append(item)
        depth += _nesting(item)
        if isinstance(item, Space) and item.width >= WIDE:
            found.append([])
    return [tuple(part) for part in found if part]


def _begins(item: Item) -> bool:
    match item:
        case Symbol(_, "rel") | Symbol("+" | "−" | "±" | "⊙" | "⊗", "bin"):
            return True
        case Marked((first, *_)):
            return _begins(first)
        case _:
            return False


def _nesting(item: Item) -> int:
    match item:
        case Symbol(_, "open") | Fence(_, "open", _):
            return 1
        case Symbol(_, "close") | Fence(_, "close", _):
            return -1
        case _:
            return 0


def _opened(items: MathList) -> MathList:
    """Brackets that grow, as brackets of one size: a line may end between them."""
    found: list[Item] = []
    for item in items:
        match item:
            case Fenced(left, body, right):
                found += [*([Fence(left, "open", BIG)] if left else []), *body, *([Fence(right, "close", BIG)] if right else [])]
            case Marked(body) if len(body) > 1:
                found += [Marked((one,)) for one in _opened(body)]
            case _:
                found.append(item)
    return tuple(found)


def _filled(items: MathList, limit: float) -> list[MathList]:
    """As many items in each piece as it holds."""
    found: list[list[Item]] = [[]]
    for item in items:
        if found[-1] and width((*found[-1], item)) > limit:
            found.append([])
        found[-1].append(item)
    return [tuple(part) for part in found]
