"""Marks cover what differs, whole pieces only, and nothing where nothing does."""

import pytest

from derivations.report.difference import differences
from derivations.report.typeset import typeset

CASES = [
    (r"a = \frac{1}{N} \sum_{i=1}^N x_i", r"a = \frac{1}{N} x_i", [r"\sum_{i=1}^N"], []),
    (r"a = \frac{x+y}{z} w", r"a = \frac{x-y}{z} w", ["+"], ["-"]),
    (r"a = \left[ x + y \right]^2", r"a = \left[ x + z y \right]^2", [], ["z"]),
    ("a = (A + B)x", "a = (A + B^T)x", ["B"], ["B^T"]),
    ("a = A^T B", "a = -A^T B", [], ["-"]),
    ("a = A B", "a = A B", [], []),
    (r"a = \frac{1}{n} x", "a = x", [r"\frac{1}{n}"], []),
    (r"a = \sqrt[3]{x}", r"a = \sqrt[3]{y}", ["x"], ["y"]),
    (r"a = \operatorname{tr}(AB)", r"a = \operatorname{det}(AB)", [r"\operatorname{tr}"], [r"\operatorname{det}"]),
    ("a = x'", "a = x''", ["x'"], ["x''"]),
    (r"a = \mathbf{1}[Z > 0]", "a = Z", [r"\mathbf{1}[Z > 0]"], ["Z"]),
]


@pytest.mark.parametrize(("old", "new", "gone", "come"), CASES)
def test_marks(old: str, new: str, gone: list[str], come: list[str]) -> None:
    left, right = differences(old, new)
    assert [old[one.start : one.end] for one in left] == gone
    assert [new[one.start : one.end] for one in right] == come


TORN = [("f(", "f)"), ("a^", "a_"), (r"\left(", r"\right)"), ("", "x")]


@pytest.mark.parametrize(("old", "new"), [case[:2] for case in CASES] + TORN)
def test_marked_pieces_stand_on_their_own(old: str, new: str) -> None:
    """A mark around a piece leaves a formula that can be typeset, where it was one before."""
    for text, spans in zip((old, new), differences(old, new), strict=True):
        for span in spans:
            assert 0 <= span.start < span.end <= len(text)
            marked = text[: span.start] + "{" + text[span.start : span.end] + "}" + text[span.end :]
            assert typeset(text) is None or typeset(marked) is not None
