"""A false line gets a true one near it: in the document's own words, of the same meaning as the correction by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.verdicts import AllSizes, Proved, Refuted
from repair.lines import MATRICES, MISTAKES, Mistake

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"


def refuted(given: tuple[str, ...], line: str) -> Refuted:
    """The verdict on the one line of a document."""
    (claim,) = verify(text=f"$${line}$$\n", given=given).claims
    assert isinstance(claim.verdict, Refuted), claim.verdict
    return claim.verdict


def is_proved(given: tuple[str, ...], line: str) -> bool:
    """Judged as a line of its own, at all sizes."""
    (claim,) = verify(text=f"$${line}$$\n", given=given).claims
    return isinstance(claim.verdict, Proved) and isinstance(claim.verdict.scope, AllSizes)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.kind)
def test_a_wrong_line_is_repaired(mistake: Mistake) -> None:
    """The repair is proved as a line of its own, and means what the correction by hand means."""
    verdict = refuted(mistake.given, f"{mistake.left} = {mistake.wrong} {mistake.condition}")
    assert verdict.repair is not None
    latex = verdict.repair.latex
    assert latex.startswith(f"{mistake.left} = ")
    assert is_proved(mistake.given, latex), latex
    assert is_proved(mistake.given, f"{right_of(latex, mistake)} = {mistake.right} {mistake.condition}"), latex
    assert mistake.says in verdict.repair.edit


def right_of(latex: str, mistake: Mistake) -> str:
    return latex.removeprefix(f"{mistake.left} = ").removesuffix(mistake.condition)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda m: m.kind)
def test_the_correction_by_hand_is_true(mistake: Mistake) -> None:
    """The table itself: what it calls right is."""
    assert is_proved(mistake.given, f"{mistake.left} = {mistake.right} {mistake.condition}")


@pytest.mark.parametrize(
    ("left", "wrong"),
    [
        (r"\operatorname{tr}(A B)", r"\operatorname{tr}(A) \operatorname{tr}(B)"),
        ("A B", "B A"),
        ("A + B", "A - B"),
        ("A + B", "B - A"),
    ],
)
def test_a_repair_is_never_the_left_side_again(left: str, wrong: str) -> None:
    """Where only what is true anyway would be left, nothing is offered."""
    assert refuted(MATRICES, f"{left} = {wrong}").repair is None


def test_a_repair_brings_no_new_condition() -> None:
    """x = A^{-1} y would need an inverse that nobody has promised; with the promise it is offered."""
    given = (r"A \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^{n}", r"b \in \mathbb{R}^{n}", "y = A x")
    assert refuted(given, "b^T x = b^T A y").repair is None
    repair = refuted((*given, r"\det(A) \neq 0"), "b^T x = b^T A y").repair
    assert repair is not None
    assert repair.latex == "b^T x = b^T A^{-1} y"


def test_what_cancels_is_dropped_and_not_outweighed() -> None:
    """A 2 too many goes; nobody writes ½ · 2."""
    repair = refuted(MATRICES, r"\frac{\partial (b^T x)}{\partial x} = 2 b").repair
    assert repair is not None
    assert repair.edit == "drop the factor 2"


def test_the_other_layout_is_named() -> None:
    """A transposed derivative is told as what it is."""
    verdict = refuted(MATRICES, r"\frac{\partial}{\partial X} \operatorname{tr}(A X) = A")
    assert "numerator layout" in verdict.reason


def test_a_hiding_sum_is_named() -> None:
    mistake = MISTAKES[0]
    verdict = refuted(mistake.given, f"{mistake.left} = {mistake.wrong} {mistake.condition}")
    assert "hides the free index i" in verdict.reason


def test_a_line_that_fails_by_its_shapes_is_repaired() -> None:
    """Shapes alone refute it, and a product that conforms and holds is offered."""
    given = (r"W \in \mathbb{R}^{n \times m}", r"x \in \mathbb{R}^{m}", r"\ell : \mathbb{R}^{n} \to \mathbb{R}", "z = W x",
             r"L = \ell(z)", r"g = \frac{\partial L}{\partial z}")
    verdict = refuted(given, r"\frac{\partial L}{\partial x} = g W^T")
    assert verdict.repair is not None
    assert is_proved(given, verdict.repair.latex)


def test_the_same_document_gets_the_same_repair() -> None:
    line = r"\frac{\partial (x^T A x)}{\partial x} = 2 A x"
    assert refuted(MATRICES, line).repair == refuted(MATRICES, line).repair


def test_the_reference_document_is_repaired() -> None:
    """Its two wrong lines lose the sum that hides the row's index."""
    report = verify(Path(__file__).resolve().parents[2] / "docs" / "backpropagation.md")
    repairs = [c.verdict.repair for c in report.refuted if isinstance(c.verdict, Refuted)]
    assert [r.edit for r in repairs if r] == [r"drop \sum_{i=1}^N: it hides the free index i"] * 2
    assert [r.latex.split(r"\quad ")[-1] for r in repairs if r] == [r"(m \neq k)", "m = k"]


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not part of the repository")
def test_most_of_the_corpus_is_repaired(capsys: pytest.CaptureFixture[str]) -> None:
    """At least four in five of the refuted lines get a repair."""
    rows = [json.loads(row) for row in (CORPUS / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    verdicts = [c.verdict for row in rows if row["verdict"] == "refuted" for c in verify(CORPUS / row["file"]).claims]
    false = [v for v in verdicts if isinstance(v, Refuted)]
    repaired = [v for v in false if v.repair]
    with capsys.disabled():
        print(f"\ncorpus: {len(repaired)} of {len(false)} refuted lines repaired")
    assert len(repaired) >= 0.8 * len(false)


def test_progress_counts_the_search_for_repairs() -> None:
    """All claims are not the end of it: what is refuted makes more to do, and the last count is the end."""
    counts: list[tuple[int, int]] = []
    verify(text="$$A = 2 A$$\n\n$$A = A$$\n\n$$A + A = A$$\n", given=MATRICES, on_progress=lambda *two: counts.append(two))
    assert counts == [(1, 3), (2, 3), (3, 3), (3, 5), (4, 5), (5, 5)]
