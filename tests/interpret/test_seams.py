"""Where one notation has several readings: ``seams.yaml`` holds documents that once got wrong verdicts, with the right ones."""

from __future__ import annotations

from pathlib import Path
from typing import NotRequired, TypedDict

import pytest
import yaml

from derivations.pipeline import verify
from derivations.report.outline import DocumentReport
from derivations.verdicts import Proved


class Row(TypedDict):
    what: str
    given: NotRequired[list[str]]
    text: NotRequired[str]
    lines: list[tuple[str, str]]


ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "seams.yaml").read_text(encoding="utf-8"))


def judged(row: Row) -> DocumentReport:
    displays = [f"$$\n{line}\n$$" for _, line in row["lines"]]
    text = "\n\n".join([row.get("text", ""), *displays])
    return verify(text=text, given=row.get("given", []), repairs=False).documents[0]


@pytest.mark.parametrize("row", ROWS, ids=[row["what"] for row in ROWS])
def test_every_line_gets_its_verdict(row: Row) -> None:
    """True lines and their spoiled twins, in one document."""
    found = judged(row)
    assert not found.errors, [str(located.problem) for located in found.errors]
    assert [(display.word, line) for display, (_, line) in zip(found.displays, row["lines"], strict=True)] == [
        (word, line) for word, line in row["lines"]]


@pytest.mark.parametrize(("line", "border"), [
    (r"\mathbb{1}[s \geq 0] = \mathbb{1}[s > 0]", True),
    (r"\mathbb{1}[s > 0] + \mathbb{1}[s < 0] = 1", True),
    (r"\mathbb{1}[s \geq 0] + \mathbb{1}[s < 0] = 1", False),
    (r"\max(0, s) = \begin{cases} s & s > 0 \\ 0 & s \leq 0 \end{cases}", False),
    (r"\max(0, s) - \max(0, -s) = s", False),
    (r"|s| = |-s|", False),
])  # fmt: skip
def test_lines_that_fail_on_a_border_say_so(line: str, border: bool) -> None:
    """``≥`` and ``>`` differ at equality: what holds away from it alone is proved under that condition."""
    (claim,) = verify(text=f"$$\n{line}\n$$", given=[r"s \in \mathbb{R}"]).claims
    assert isinstance(claim.verdict, Proved)
    assert ("away from s = 0" in claim.verdict.conditions) is border


def test_what_may_be_zero_is_not_positive() -> None:
    """``x ≥ 0`` admits 0, where ``1[x > 0]`` is 0."""
    (claim,) = verify(text="$$\\mathbb{1}[x > 0] = 1$$", given=[r"x \in \mathbb{R}", r"x \geq 0"]).claims
    assert not isinstance(claim.verdict, Proved) or claim.verdict.conditions
