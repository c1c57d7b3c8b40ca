"""Claims in the notations that people use: ``notation.yaml`` holds them with their verdicts, written by hand."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from derivations.pipeline import verify
from derivations.report.outline import message


class Row(TypedDict):
    verdict: str
    given: list[str]
    displays: list[str]


ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "notation.yaml").read_text(encoding="utf-8"))


@pytest.mark.parametrize("row", ROWS, ids=[f"{n}: {row['displays'][-1][:50]}" for n, row in enumerate(ROWS, 1)])
def test_claims_get_their_verdict(row: Row) -> None:
    """The last display has the verdict of its row, and nothing before it is doubtful."""
    text = "\n\n".join(f"$$\n{display}\n$$" for display in row["displays"])
    (document,) = verify(text=text, given=row["given"], repairs=False).documents
    assert not document.errors, [str(located.problem) for located in document.errors]
    words = [display.word for display in document.displays]
    assert words[-1] == row["verdict"]
    assert set(words[:-1]) <= {"definition", "proved"}


def plain_equation(display: str) -> tuple[str, str] | None:
    """Both sides of a display that is one equation."""
    if display.count("=") != 1 or any(sign in display for sign in ("aligned", ",", "\\quad", "cases")):
        return None
    left, right = display.split("=")
    return left, right


TRUE_EQUATIONS = [
    (n, row, sides) for n, row in enumerate(ROWS, 1)
    if row["verdict"] == "proved" and (sides := plain_equation(row["displays"][-1])) and sides[1].strip() != "0"
]  # fmt: skip


@pytest.mark.parametrize("spoil", [r"2 \left( {} \right)", r"- \left( {} \right)"], ids=["doubled", "negated"])
@pytest.mark.parametrize(("row", "sides"), [row[1:] for row in TRUE_EQUATIONS], ids=[str(row[0]) for row in TRUE_EQUATIONS])
def test_spoiled_twins_are_never_proved(row: Row, sides: tuple[str, str], spoil: str) -> None:
    """Twice or minus a right side that is not zero is false."""
    spoiled = f"{sides[0]} = {spoil.replace('{}', sides[1])}"
    text = "\n\n".join(f"$$\n{display}\n$$" for display in [*row["displays"][:-1], spoiled])
    (document,) = verify(text=text, given=row["given"], repairs=False).documents
    (claim,) = document.displays[-1].claims
    two_readings = "the last entry may be meant" in message(claim.verdict)  # p_ik beside a size k: refuted in one of them
    no_values = "\\sin" in spoiled  # sin has exact values at 0 only
    assert claim.word == ("unknown" if two_readings or no_values else "refuted"), spoiled
