"""The catalogue: documents of identities, each display followed by the verdict that it must get.

``<!-- proved -->`` and the like stand behind every display.  ``proved`` alone means: for all sizes;
``<!-- proved at named sizes -->`` allows less.  Every document has at least one false twin.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.report.outline import JudgedDisplay, message
from derivations.verdicts import AllSizes, Counterexample, Proved, Refuted, ShapeWitness

FOLDER = Path(__file__).parent / "catalogue"
DOCUMENTS = sorted(FOLDER.rglob("*.md"))
EXPECTED = re.compile(r"<!-- *(definition|proved|refuted|unknown|unreadable)( at named sizes| because .*)? *-->")


def expectations(text: str) -> list[tuple[str, str]]:
    return [(m[1], (m[2] or "").strip()) for m in EXPECTED.finditer(text)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_every_display_gets_its_verdict(path: Path) -> None:
    """The verdicts are those written behind the displays, by hand."""
    text = path.read_text(encoding="utf-8")
    (document,) = verify(path, repairs=False).documents
    wanted = expectations(text)
    assert not document.errors, [str(located.problem) for located in document.errors]
    assert len(wanted) == len(document.displays), "one comment with a verdict behind every display"
    wrong = [
        f"line {document.source.position(display.span.start)[0]}: wanted {want}, got {display.word}: "
        + "; ".join(message(c.verdict) for c in display.claims)
        for display, (want, how) in zip(document.displays, wanted, strict=True)
        if not fulfils(display, want, how)
    ]
    assert not wrong, "\n".join(wrong)


def fulfils(display: JudgedDisplay, want: str, how: str) -> bool:
    """Whether the display has the wanted verdict, with the evidence that belongs to it."""
    if display.word != want:
        return False
    proofs = [c.verdict for c in display.claims if isinstance(c.verdict, Proved)]
    if want == "proved" and how != "at named sizes":
        return all(isinstance(p.scope, AllSizes) for p in proofs)
    refutations = [c.verdict for c in display.claims if isinstance(c.verdict, Refuted)]
    return all(isinstance(r.witness, (Counterexample, ShapeWitness)) for r in refutations)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda p: str(p.relative_to(FOLDER)))
def test_every_document_has_a_false_twin(path: Path) -> None:
    """A document without a false line would not notice a checker that always says yes."""
    words = [word for word, _ in expectations(path.read_text(encoding="utf-8"))]
    assert "refuted" in words
    assert "proved" in words


def test_a_wrong_expectation_is_noticed() -> None:
    """The comparison itself can fail."""
    (document,) = verify(text="---\ngiven:\n  - x \\in \\mathbb{R}\n---\n$$x + x = 2x$$\n").documents
    (display,) = document.displays
    assert fulfils(display, "proved", "")
    assert not fulfils(display, "refuted", "")
