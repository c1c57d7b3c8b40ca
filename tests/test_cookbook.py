"""The Matrix Cookbook's chapter 2 by number: every equation is in the catalogue, or docs/limits.md says why not."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
DOCUMENTS = sorted((ROOT / "tests" / "catalogue" / "matrix-cookbook").glob("*.md"))
EQUATIONS = range(33, 145)
SECTION = re.compile(r"^### \((\d+)\)\n(.*?)(?=^### |\Z)", re.M | re.S)


def catalogued() -> dict[int, str]:
    """The text under each number, all documents together."""
    found: dict[int, str] = {}
    for path in DOCUMENTS:
        for number, text in SECTION.findall(path.read_text(encoding="utf-8")):
            found[int(number)] = found.get(int(number), "") + text
    return found


def missing_by_limit() -> set[int]:
    """The rows of the table in docs/limits.md that say ``not``."""
    text = (ROOT / "docs" / "limits.md").read_text(encoding="utf-8").split("## Matrix Cookbook, chapter 2")[1]
    return {int(n) for row in re.findall(r"^\| ([\d, ]+) \| not \|", text, re.M) for n in row.split(",")}


def test_every_number_is_there_or_has_its_reason() -> None:
    assert set(catalogued()) | missing_by_limit() == set(EQUATIONS)
    assert not set(catalogued()) & missing_by_limit()


def test_at_least_85_are_decided() -> None:
    assert len(catalogued()) >= 85


def test_every_number_has_a_truth_and_a_false_twin() -> None:
    assert [n for n, text in catalogued().items() if "<!-- proved -->" not in text] == []
    assert [n for n, text in catalogued().items() if "<!-- refuted -->" not in text] == []
