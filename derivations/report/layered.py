"""Boxes in layers: where to put what is made from what (Sugiyama's scheme), deterministic.

Layers are longest paths, the order in a layer comes from barycentres, and places from averages that are kept apart by
least squares.  Lengths are in whatever unit the boxes have; x goes to the right, y down, a box's place is its middle.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TypeAlias

ROW_GAP, BOX_GAP, BEND_WIDTH = 2.6, 1.6, 0.9
SWEEPS = 12

Place: TypeAlias = tuple[float, float]
Uses: TypeAlias = Mapping[str, tuple[str, ...]]
Bend: TypeAlias = tuple[str, str, int]
"""An edge on its way through a layer: (source, target, layer)."""
Key: TypeAlias = str | Bend


@dataclass(frozen=True, slots=True)
class Arrangement:
    """``bends[source, target]`` leads an edge between the boxes of the layers that it crosses."""

    at: Mapping[str, Place]
    bends: Mapping[tuple[str, str], tuple[Place, ...]]
    width: float
    height: float


def arranged(boxes: Mapping[str, tuple[float, float]], uses: Uses) -> Arrangement:
    """Boxes (width, height) by name; ``uses`` has no cycles and names boxes alone."""
    depth = layers(tuple(boxes), uses)
    rows, widths, links = _rows(boxes, uses, depth)
    rows = _least_crossed(rows, links)
    x = _spread(rows, widths, links)
    left = min(x[key] - widths[key] / 2 for key in x)
    tall = [max(boxes[key][1] for key in row if isinstance(key, str)) for row in rows]
    tops = [sum(tall[:n]) + n * ROW_GAP for n in range(len(rows))]
    at = {name: (x[name] - left, tops[depth[name]] + tall[depth[name]] / 2) for name in boxes}
    bends = {
        (source, target): tuple(
            (x[source, target, row] - left, y)
            for row in range(depth[source] + 1, depth[target]) for y in (tops[row], tops[row] + tall[row])
        )
        for target, sources in uses.items() for source in sources
    }  # fmt: skip
    return Arrangement(at, bends, max(x[key] + widths[key] / 2 for key in x) - left, tops[-1] + tall[-1])


def layers(names: Sequence[str], uses: Uses) -> dict[str, int]:
    """What is made stands below all that it is made from; what is given stands right above its first use."""
    depth: dict[str, int] = {}
    waiting = list(reversed(names))
    while waiting:
        name = waiting.pop()
        missing = [one for one in uses.get(name, ()) if one not in depth]
        if missing:
            waiting += [name, *missing]
        else:
            depth[name] = 1 + max((depth[one] for one in uses.get(name, ())), default=-1)
    for name in names:
        if not uses.get(name):
            depth[name] = min((depth[target] for target, sources in uses.items() if name in sources), default=1) - 1
    return depth


@dataclass
class _Links:
    """Neighbours of each key in the layer above and in the one below."""

    above: dict[Key, list[Key]] = field(default_factory=dict)
    below: dict[Key, list[Key]] = field(default_factory=dict)

    def add(self, upper: Key, lower: Key) -> None:
        self.below.setdefault(upper, []).append(lower)
        self.above.setdefault(lower, []).append(upper)


def _rows(boxes: Mapping[str, tuple[float, float]], uses: Uses, depth: Mapping[str, int]
          ) -> tuple[list[list[Key]], dict[Key, float], _Links]:
    rows: list[list[Key]] = [[] for _ in range(max(depth.values()) + 1)]
    widths: dict[Key, float] = {name: box[0] for name, box in boxes.items()}
    links = _Links()
    for name in boxes:
        rows[depth[name]].append(name)
    for target, sources in uses.items():
        for source in sources:
            bends: list[Bend] = [(source, target, row) for row in range(depth[source] + 1, depth[target])]
            for bend in bends:
                rows[bend[2]].append(bend)
                widths[bend] = BEND_WIDTH
            path: list[Key] = [source, *bends, target]
            for upper, lower in pairwise(path):
                links.add(upper, lower)
    return rows, widths, links


def _least_crossed(rows: list[list[Key]], links: _Links) -> list[list[Key]]:
    """Rows sorted by the mean place of their neighbours, downwards and upwards in turn; the fewest crossings stay."""
    best, fewest = rows, _crossings(rows, links)
    rows = [list(row) for row in rows]
    for sweep in range(SWEEPS):
        down = sweep % 2 == 0
        near = links.above if down else links.below
        for fixed, row in pairwise(rows if down else rows[::-1]):
            at = {key: place for place, key in enumerate(fixed)}
            means = {key: _mean([at[one] for one in near.get(key, ())], place) for place, key in enumerate(row)}
            row.sort(key=means.__getitem__)
        if (found := _crossings(rows, links)) < fewest:
            best, fewest = [list(row) for row in rows], found
    return best


def _crossings(rows: list[list[Key]], links: _Links) -> int:
    count = 0
    for upper, lower in pairwise(rows):
        at = {key: place for place, key in enumerate(lower)}
        ends = [place for key in upper for place in sorted(at[one] for one in links.below.get(key, ()))]
        count += sum(a > b for n, a in enumerate(ends) for b in ends[n + 1:])
    return count


def _spread(rows: list[list[Key]], widths: Mapping[Key, float], links: _Links) -> dict[Key, float]:
    """Everything as near to the mean of its neighbours as its row leaves room for."""
    x: dict[Key, float] = {}
    for row in rows:
        x.update(zip(row, _apart([0.0] * len(row), [widths[key] for key in row]), strict=True))
    for sweep in range(SWEEPS):
        for row in rows if sweep % 2 == 0 else rows[::-1]:
            wanted = [_mean([x[one] for one in (*links.above.get(key, ()), *links.below.get(key, ()))], x[key]) for key in row]
            x.update(zip(row, _apart(wanted, [widths[key] for key in row]), strict=True))
    return x


def _mean(values: Sequence[float], otherwise: float) -> float:
    return sum(values) / len(values) if values else otherwise


def _apart(wanted: Sequence[float], widths: Sequence[float]) -> list[float]:
    """The places nearest to those wanted, by least squares, that keep order and gaps: neighbours too near are pooled."""
    offsets = [0.0]
    for before, after in pairwise(widths):
        offsets.append(offsets[-1] + (before + after) / 2 + BOX_GAP)
    blocks: list[tuple[float, int]] = []  # sum and count of the places wanted, less their offsets
    for want, offset in zip(wanted, offsets, strict=True):
        blocks.append((want - offset, 1))
        while len(blocks) > 1 and blocks[-2][0] * blocks[-1][1] >= blocks[-1][0] * blocks[-2][1]:
            total, count = blocks.pop()
            blocks[-1] = (blocks[-1][0] + total, blocks[-1][1] + count)
    means = [total / count for total, count in blocks for _ in range(count)]
    return [mean + offset for mean, offset in zip(means, offsets, strict=True)]
