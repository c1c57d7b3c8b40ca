"""Finding a term inside another: what division (R11), inverses (R12) and assumptions (R14) rewrite with.

In a pattern a placeholder ``$…`` stands for any index, a dummy for a dummy of the host that occurs
nowhere else: only then is the pattern's sum a factor of the host.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from derivations.prove.indexform import Factor, Ix, Number, exact, is_dummy


@dataclass(frozen=True, slots=True)
class Match:
    """Where a pattern lies: what its indices stand for, and the factors of the host that are left."""

    binding: Mapping[Ix, Ix]
    rest: tuple[Factor, ...]


def find(pattern: Sequence[Factor], host: Sequence[Factor], binding: Mapping[Ix, Ix], alone: Ix | None = None) -> Match | None:
    """The first place of ``pattern`` in ``host``; ``alone`` is a dummy of the host summed over by the pattern as well."""
    if not {f[0] for f in pattern} <= {f[0] for f in host}:
        return None
    for match in _extend(tuple(pattern), tuple(host), dict(binding)):
        if _closed(match, binding, alone):
            return match
    return None


def _extend(pattern: tuple[Factor, ...], host: tuple[Factor, ...], binding: dict[Ix, Ix]) -> Iterator[Match]:
    if not pattern:
        yield Match(binding, host)
        return
    head, slots, exponent = pattern[0]
    summed = any(is_dummy(i) for i in slots)
    for place, (other, values, power) in enumerate(host):
        if other is not head or len(values) != len(slots) or not _contains(power, exponent, summed):
            continue
        left = exact(power - exponent)
        remaining = host[:place] + (((other, values, left),) if left else ()) + host[place + 1 :]
        for order in head.symmetry:
            extended = _bind(slots, tuple(values[p] for p in order), binding)
            if extended is not None:
                yield from _extend(pattern[1:], remaining, extended)


def _contains(power: Number, exponent: Number, summed: bool) -> bool:
    """Whether v^power has the factor v^exponent; under a sum of the pattern it must be all of it."""
    if summed:
        return power == exponent
    return power >= exponent > 0 or power <= exponent < 0


def _bind(slots: Sequence[Ix], values: Sequence[Ix], binding: dict[Ix, Ix]) -> dict[Ix, Ix] | None:
    out = dict(binding)
    for slot, value in zip(slots, values, strict=True):
        if is_dummy(slot):
            if not is_dummy(value) or out.setdefault(slot, value) != value or slot[1] != value[1]:
                return None
        elif isinstance(slot[0], str) and slot[0][0] == "$":
            if out.setdefault(slot, value) != value or slot[1] != value[1]:
                return None
        elif slot != value:
            return None
    return out


def _closed(match: Match, given: Mapping[Ix, Ix], alone: Ix | None) -> bool:
    """Every dummy summed by the pattern is its own and occurs nowhere else in the host."""
    summed = [v for k, v in match.binding.items() if is_dummy(k)] + ([alone] if alone else [])
    others = {v for k, v in match.binding.items() if not is_dummy(k) and not (v == alone and k in given)}
    outside = {i for _, slots, _ in match.rest for i in slots}
    return len(set(summed)) == len(summed) and others.isdisjoint(summed) and outside.isdisjoint(summed)
