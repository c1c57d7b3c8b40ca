"""A small part of the campaign on documents, and the documents that it found before.

All of it, as long as wanted: ``python -m tests.campaign --minutes 20``.
"""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from derivations.pipeline import verify
from tests.campaign.documents import (
    Spoiled,
    check_document,
    check_numbers,
    check_spoiled,
    edits,
    random_document,
    spoiled_documents,
)
from tests.campaign.latex import Printer
from tests.campaign.run import Tally

SEED = 20261123
FOUND = Path(__file__).parent / "campaign" / "found"
SPOILED = spoiled_documents()
SAMPLE = random.Random(SEED).sample(SPOILED, 40)
TRUTH = re.compile(r"<!-- (true|false) -->")


@pytest.mark.parametrize("number", range(3))
def test_random_documents_agree_with_plain_numbers(number: int) -> None:
    """Whatever the letters, the sizes' names and the order of lines."""
    tally = Tally()
    check_document(SEED, number, tally)
    print(f"seed {SEED}, document {number}", *tally.lines(), sep="\n")
    assert not tally.faults, "\n\n".join(f"{f.what}\n{f.text}" for f in tally.faults)


@pytest.mark.parametrize("number", range(3))
def test_numbers_for_sizes_change_no_truth(number: int) -> None:
    tally = Tally()
    check_numbers(SEED, number, tally)
    print(f"seed {SEED}, document {number}", *tally.lines(), sep="\n")
    assert not tally.faults, "\n\n".join(f"{f.what}\n{f.text}" for f in tally.faults)


@pytest.mark.parametrize("one", SAMPLE, ids=[f"{s.origin} {s.display} {s.edit}" for s in SAMPLE])
def test_spoiled_lines_are_not_proved(one: Spoiled) -> None:
    """Unless what was read into them is true in plain numbers."""
    tally = Tally()
    check_spoiled(one, tally)
    assert not tally.faults, "\n\n".join(f"{f.where}: {f.what}\n{f.text}" for f in tally.faults)


@pytest.mark.parametrize("path", sorted(p for p in FOUND.glob("*.md") if p.stem != "README"), ids=lambda p: p.name)
def test_what_was_found_before(path: Path) -> None:
    """``true`` or ``false`` stands behind every display, by hand: no true one is refuted, no false one proved."""
    text = path.read_text(encoding="utf-8")
    (document,) = verify(text=text).documents
    known = TRUTH.findall(text)
    assert len(known) == len(document.displays)
    for display, holds in zip(document.displays, known, strict=True):
        assert display.word != ("refuted" if holds == "true" else "proved"), display.latex


def test_edits_change_what_they_say() -> None:
    changed = dict(edits(" A B x_{ij}"))
    assert changed["sign"] == " -\\left(  A B x_{ij} \\right)"
    assert changed["factors swapped"] == " B A x_{ij}"
    assert changed["indices swapped"] == " A B x_{ji}"
    assert len(SPOILED) > 1000


def test_printed_documents_rename_throughout() -> None:
    """Other names for sizes and letters, and nothing else."""
    document = random_document(SEED, 0)
    plain, other = document.text(Printer()), document.text(Printer({"n": "N", "m": "K", "h": "L"}, {"i": "r"}))
    assert "^{n \\times m}" in plain
    assert "^{n \\times m}" not in other
    assert "^{N \\times K}" in other
    assert plain.count("$$") == other.count("$$") >= 8
