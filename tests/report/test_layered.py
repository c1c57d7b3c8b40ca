"""Boxes in layers: nothing overlaps, everything leads down."""

import random
from itertools import pairwise

import pytest

from derivations.report.layered import ROW_GAP, Arrangement, Uses, arranged, layers

Boxes = dict[str, tuple[float, float]]


def drawn(seed: int) -> tuple[Boxes, Uses]:
    """A picture by lot: names use some of those before them."""
    chance = random.Random(seed)
    names = [f"n{n}" for n in range(chance.randint(2, 14))]
    uses = {name: tuple(chance.sample(names[:n], chance.randint(1, min(3, n)))) for n, name in enumerate(names)
            if n and chance.random() < 0.7} or {names[1]: (names[0],)}  # fmt: skip
    used = dict.fromkeys(one for target, sources in uses.items() for one in (*sources, target))
    return {name: (chance.uniform(1, 9), chance.uniform(1, 4)) for name in used}, uses


def overlaps(boxes: Boxes, found: Arrangement) -> list[tuple[str, str]]:
    def apart(a: str, b: str) -> bool:
        return any(
            abs(found.at[a][axis] - found.at[b][axis]) >= (boxes[a][axis] + boxes[b][axis]) / 2 for axis in (0, 1)
        )  # fmt: skip

    names = sorted(boxes)
    return [(a, b) for n, a in enumerate(names) for b in names[n + 1 :] if not apart(a, b)]


def cut(boxes: Boxes, found: Arrangement) -> list[tuple[str, tuple[str, str]]]:
    """Boxes that a bent edge runs through on its way across a layer."""
    return [
        (name, edge)
        for edge, bends in found.bends.items()
        for x, y in bends
        for name, (width, height) in boxes.items()
        if abs(x - found.at[name][0]) < width / 2 and abs(y - found.at[name][1]) <= height / 2
    ]


@pytest.mark.parametrize("seed", range(60))
def test_nothing_overlaps_and_everything_leads_down(seed: int) -> None:
    boxes, uses = drawn(seed)
    found = arranged(boxes, uses)
    assert overlaps(boxes, found) == []
    assert cut(boxes, found) == []
    for target, sources in uses.items():
        for source in sources:
            assert found.at[target][1] - found.at[source][1] >= ROW_GAP, (source, target)
    for name, (width, height) in boxes.items():
        assert -1e-9 <= found.at[name][0] - width / 2 <= found.at[name][0] + width / 2 <= found.width + 1e-9
        assert -1e-9 <= found.at[name][1] - height / 2 <= found.at[name][1] + height / 2 <= found.height + 1e-9


def test_boxes_that_overlap_and_edges_that_cut_are_seen() -> None:
    boxes: Boxes = {"a": (4.0, 2.0), "b": (4.0, 2.0)}
    assert overlaps(boxes, Arrangement({"a": (2.0, 1.0), "b": (4.0, 2.0)}, {}, 8.0, 4.0)) == [("a", "b")]
    through = Arrangement({"a": (2.0, 1.0), "b": (9.0, 9.0)}, {("b", "a"): ((2.5, 1.5),)}, 8.0, 4.0)
    assert cut(boxes, through) == [("a", ("b", "a"))]


def test_what_is_given_stands_right_above_its_first_use() -> None:
    uses = {"z": ("x", "w"), "a": ("z",), "s": ("a", "v"), "l": ("s", "w", "c"), "c": ()}
    found = {"x": 0, "w": 0, "z": 1, "a": 2, "v": 2, "s": 3, "l": 4, "c": 3}
    assert layers(("x", "w", "z", "a", "v", "s", "l", "c"), uses) == found


def test_crossings_are_undone() -> None:
    """a feeds q and b feeds p: one swap leaves no crossing."""
    found = arranged(dict.fromkeys(("a", "b", "p", "q"), (2.0, 1.0)), {"p": ("b",), "q": ("a",)})
    assert (found.at["a"][0] < found.at["b"][0]) == (found.at["q"][0] < found.at["p"][0])


def test_a_long_chain_takes_no_recursion() -> None:
    names = [f"n{n}" for n in range(3000)]
    assert layers(names[::-1], {b: (a,) for a, b in pairwise(names)})["n2999"] == 2999
