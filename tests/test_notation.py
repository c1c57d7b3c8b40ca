"""Claims in the notations that people use: ``notation.yaml`` holds them with their verdicts, written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from derivations.pipeline import verify


class Row(TypedDict):
    verdict: str
    given: list[str]
    displays: list[str]


ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "notation.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}: {row['displays'][-1][:50]}" for n, row in enumerate(ROWS, 1)])
def test_claims_get_their_verdict(row: Row) -> None:
    """The last display has the verdict of its row, and nothing before it is doubtful."""
    text = "\n\n".join(f"$$\n{display}\n$$" for display in row["displays"])
    (document,) = verify(text=text, given=row["given"]).documents
    assert not document.errors, [str(located.problem) for located in document.errors]
    words = [display.word for display in document.displays]
    assert words[-1] == row["verdict"]
    assert set(words[:-1]) <= {"definition", "proved"}
