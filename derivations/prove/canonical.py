"""Canonical labelling: terms that differ in the names of their dummies get one name.

Colour refinement with individualisation (THEORY 2), one connected component at a
time.  Soundness needs only that the result is the same term with its dummies
renamed, up to the symmetry of heads; that equal terms meet serves completeness.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

from derivations.prove.indexform import Factor, Ix, Slots, factor_key, is_dummy, least, map_slots

Colours: TypeAlias = dict[Ix, int]
Spend: TypeAlias = Callable[[int], None]
LONG_WORD = 64  # factors


def cost(length: int) -> int:
    """Steps that a term of so many factors is worth: labelling long words takes their square."""
    return 1 + length // 8 + (length * length // 64 if length > LONG_WORD else 0)


def canonical(factors: Sequence[Factor], spend: Spend) -> tuple[Factor, ...]:
    """The factors in canonical order, dummies numbered 0, 1, 2 …"""
    parts = sorted((_label(part, spend) for part in components(factors)), key=_part_key)
    out: list[Factor] = []
    used = 0
    for part in parts:
        shifted: dict[Ix, Ix] = {i: (i[0] + used, i[1]) for _, slots, _ in part for i in slots if isinstance(i[0], int)}
        out.extend(map_slots(part, shifted) if used else part)
        used += len(shifted)
    return tuple(out)


def components(factors: Sequence[Factor]) -> list[list[Factor]]:
    """Groups of factors that share dummies; a factor without dummies is a group of its own."""
    groups: list[tuple[set[Ix], list[Factor]]] = []
    for factor in factors:
        names = {i for i in factor[1] if is_dummy(i)}
        members = [factor]
        apart = []
        for group in groups:
            if names.isdisjoint(group[0]):
                apart.append(group)
            else:
                names |= group[0]
                members = group[1] + members
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _part_key(part: Sequence[Factor]) -> list[object]:
    return [factor_key(f) for f in part]


def _label(part: list[Factor], spend: Spend) -> list[Factor]:
    names = sorted({i for _, slots, _ in part for i in slots if is_dummy(i)})
    types = sorted({i[1] for i in names})
    colours = {i: types.index(i[1]) for i in names}
    return _leaf(part, colours) if len(names) < 2 else _search(part, _refine(part, colours), spend)


def _search(part: list[Factor], colours: Colours, spend: Spend) -> list[Factor]:
    """The least leaf below a colouring."""
    spend(cost(len(part)))
    classes: dict[int, list[Ix]] = {}
    for index, colour in colours.items():
        classes.setdefault(colour, []).append(index)
    open_classes = [(len(c), colour) for colour, c in classes.items() if len(c) > 1]
    if not open_classes:
        return _leaf(part, colours)
    members = classes[min(open_classes)[1]]
    leaves, tried = [], list[Ix]()
    for index in members:
        if any(_twins(part, index, other) for other in tried):
            continue
        tried.append(index)
        # Individualise: this one comes before the others of its class; the order of the classes stays.
        apart = {i: 2 * c + (i != index) for i, c in colours.items()}
        leaves.append(_search(part, _refine(part, apart), spend))
    return min(leaves, key=_part_key)


def _twins(part: list[Factor], a: Ix, b: Ix) -> bool:
    """Whether exchanging two dummies maps the part to itself: then one branch stands for both."""
    swapped = [(h, least(h, s), e) for h, s, e in map_slots(part, {a: b, b: a})]
    return sorted(swapped, key=factor_key) == sorted(((h, least(h, s), e) for h, s, e in part), key=factor_key)


def _refine(part: list[Factor], colours: Colours) -> Colours:
    """Split colour classes by what is seen from each dummy, until stable."""
    around: dict[Ix, list[Factor]] = {i: [] for i in colours}
    for factor in part:
        for index in set(factor[1]):
            if index in around:
                around[index].append(factor)
    while True:
        ranked = _ranked({i: (c, sorted(_view(f, i, colours) for f in around[i])) for i, c in colours.items()})
        if len(set(ranked.values())) == len(set(colours.values())):
            return ranked
        colours = ranked


def _ranked(seen: dict[Ix, tuple[int, list[tuple[object, ...]]]]) -> Colours:
    """The place of what each dummy sees among all that is seen."""
    ranks: Colours = {}
    rank, last = -1, None
    for index, view in sorted(seen.items(), key=lambda pair: pair[1]):
        rank += view != last
        ranks[index], last = rank, view
    return {index: ranks[index] for index in seen}


def _view(factor: Factor, own: Ix, colours: Colours) -> tuple[object, ...]:
    head, slots, exponent = factor
    return head.number, exponent, min(_tokens(tuple(slots[p] for p in order), own, colours) for order in head.symmetry)


def _tokens(slots: Slots, own: Ix, colours: Colours) -> list[tuple[object, ...]]:
    """What each slot holds: this dummy, another one's colour, or a free name."""
    return [(0,) if i == own else (1, colours[i]) if i in colours else (2, i) for i in slots]


def _leaf(part: list[Factor], colours: Colours) -> list[Factor]:
    order = sorted(colours, key=lambda i: colours[i])
    renamed = map_slots(part, {index: (number, index[1]) for number, index in enumerate(order)})
    return sorted(((h, least(h, s), e) for h, s, e in renamed), key=factor_key)
