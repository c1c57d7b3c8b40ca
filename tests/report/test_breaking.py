"""Long formulas in pieces: nothing is lost, and pieces are as wide as they may be."""

import pytest

from derivations.report.breaking import pieces
from derivations.report.mathlist import Fence, Fenced, Frac, MathList, math_list, width

SUM = " + ".join(f"a_{{{n}}}" for n in range(40))


def flat(items: MathList) -> MathList:
    """Without brackets that grow: a formula that is broken inside of them has others."""
    found: list[object] = []
    for item in items:
        match item:
            case Fenced(left, body, right):
                found += [left, *flat(body), right]
            case Fence(text):
                found.append(text)
            case _:
                found.append(item)
    return tuple(found)  # type: ignore[return-value]  # a list to compare


@pytest.mark.parametrize(
    "latex",
    [f"b = {SUM}", f"b = \\left( {SUM} \\right)", f"b = ({SUM}) c", f"b = \\left( \\left[ {SUM} \\right] c \\right)", "a" * 120,
     f"a = b \\quad (c \\neq d), \\qquad {SUM} = 0"],
)  # fmt: skip
def test_pieces_are_narrow_and_all_there(latex: str) -> None:
    items = math_list(latex)
    found = pieces(items, 20.0)
    assert len(found) > 2
    assert all(0 < width(part) <= 20.0 for part in found)
    assert flat(tuple(item for part in found for item in part)) == flat(items)


def test_what_cannot_be_broken_stays_whole() -> None:
    items = math_list(f"\\frac{{{SUM}}}{{2}}")
    assert pieces(items, 20.0) == [items]
    assert isinstance(items[0], Frac)


def test_lines_break_before_relations_and_sums() -> None:
    assert [len(part) for part in pieces(math_list("a b = c + d - e"), 100.0)] == [2, 2, 2, 2]


def test_a_leading_sign_is_no_place_to_break() -> None:
    assert len(pieces(math_list("-a"), 100.0)) == 1
