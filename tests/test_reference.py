"""The reference derivation, claim by claim: the verdicts that its expected file lists, worked out by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.report.outline import DocumentReport, Report, inputs
from derivations.verdicts import AllSizes, Counterexample, Proved, Refuted

ROOT = Path(__file__).parents[1]
SEED = ROOT.parent / "shared" / "seed"
SOURCE, GIVEN = SEED / "000_311cbf91cea89977.txt", SEED / "given.yaml"
OURS = ROOT / "docs" / "backpropagation.md"

EXPECTED = {
    "1.1": "definition", "1.2": "definition", "1.3": "proved", "1.4": "proved",
    "2.1": "definition", "2.2": "definition", "3.1": "definition",
    "4.1": "definition", "4.2": "proved",
    "5.1": "refuted", "5.2": "refuted",
    "6.1": "proved", "6.2": "proved",
    "7.1": "proved", "7.2": "proved", "7.3": "proved", "7.4": "proved",
    "8.1": "proved", "9.1": "proved",
}  # fmt: skip

needs_source = pytest.mark.skipif(not SOURCE.exists(), reason="the source document is not beside this checkout (../shared)")


@pytest.fixture(scope="module")
def ours() -> Report:
    return verify(OURS)


@pytest.fixture(scope="module")
def source() -> Report:
    return verify(SOURCE, given_path=GIVEN)


def words(report: Report) -> dict[str, str]:
    return {claim.id: claim.word for claim in report.claims}


def document(report: Report) -> DocumentReport:
    return report.documents[0]


def test_our_document_gets_the_expected_verdicts(ours: Report) -> None:
    """Two lines are false, all others hold."""
    assert words(ours) == EXPECTED
    assert ours.exit_status() == 1


@needs_source
def test_the_source_as_it_stands_gets_the_same_verdicts(source: Report) -> None:
    """A .txt file is Markdown; Chinese text and bare words in formulas are no obstacle."""
    assert words(source) == EXPECTED


@needs_source
def test_layers_left_out_of_the_given_file_are_inferred(tmp_path: Path) -> None:
    """X¹ and X² follow from display 1 by comparison; its equalities are then definitions."""
    lines = [x for x in GIVEN.read_text(encoding="utf-8").splitlines() if "X^{(1)} =" not in x and "X^{(2)} =" not in x]
    given = tmp_path / "given.yaml"
    given.write_text("\n".join(lines), encoding="utf-8")
    report = verify(SOURCE, given_path=given)
    assert words(report) == {**EXPECTED, "1.3": "definition", "1.4": "definition"}
    readings = " ".join(document(report).readings)
    assert "X^{(1)} is read as X^{(0)} * W_1" in readings
    assert "X^{(2)} is read as Relu(X^{(1)})" in readings


def test_every_proof_holds_for_all_sizes(ours: Report) -> None:
    proofs = [claim.verdict for claim in ours.claims if isinstance(claim.verdict, Proved)]
    assert len(proofs) == 11
    assert all(isinstance(proof.scope, AllSizes) for proof in proofs)


def test_the_witness_needs_two_rows(ours: Report) -> None:
    """The sum over i hides the free i; with one row nothing is hidden."""
    for claim in ours.refuted:
        assert isinstance(claim.verdict, Refuted)
        assert isinstance(claim.verdict.witness, Counterexample)
        assert claim.verdict.witness.point.sizes["N"] == 2


def test_the_witness_shows_what_the_line_speaks_of(ours: Report) -> None:
    """X³ is computed, not chosen; it stands beside the inputs all the same."""
    verdict = ours["5.1"].verdict
    assert isinstance(verdict, Refuted)
    shown = inputs(verdict)
    assert len(shown["X^{(3)}"]) == 2
    assert {"X^{(0)}", "W_1", "W_2", "k"} <= set(shown)


def test_the_repair_drops_the_sum(ours: Report) -> None:
    """Without Σᵢ both lines are proved for all sizes."""
    for claim in ours.refuted:
        assert isinstance(claim.verdict, Refuted)
        repair = claim.verdict.repair
        assert repair is not None
        assert isinstance(repair.scope, AllSizes)
        assert "\\sum_{i=1}^N" in repair.edit
        assert "\\sum_{i=1}^N" not in repair.latex
        assert "\\sum_j" in repair.latex


def told(report: Report, claim_id: str) -> str:
    return " | ".join(report[claim_id].verdict.conventions)  # type: ignore[union-attr]


def test_conventions_are_told(ours: Report) -> None:
    """Signs, names of gradients and the value at the kink."""
    assert "matrix product" in told(ours, "1.2")
    assert "names the gradient" in told(ours, "7.1")
    assert "names the gradient" in told(ours, "7.3")
    assert "counts as false" in told(ours, "8.1")
    assert "`\\bullet` is read as the matrix product" in told(ours, "9.1")
    assert "names the gradient" in told(ours, "9.1")


def test_readings_are_told(ours: Report) -> None:
    """What the text leaves unsaid: labels, ranges, rows, the mean."""
    readings = document(ours).readings
    for expected in ("x is another name for X^{(3)}", "k is read as k_i, the label of row i", "j runs over 1..C",
                     "softmax acts on the rows", "cross_entropy is the mean over the rows"):
        assert expected in readings


def test_the_gate_is_away_from_the_kink(ours: Report) -> None:
    verdict = ours["8.1"].verdict
    assert isinstance(verdict, Proved)
    assert any(condition.startswith("away from") for condition in verdict.conditions)


def test_the_corrected_document_has_nothing_refuted() -> None:
    report = verify(ROOT / "docs" / "backpropagation-corrected.md")
    assert report.exit_status(strict=True) == 0
    assert set(words(report).values()) == {"proved", "definition"}


@pytest.mark.parametrize(
    ("written", "changed", "claim"),
    [
        (r"X^{(2)T} \cdot \frac", r"X^{(2)} \cdot \frac", "7.2"),
        (r"\cdot W_2^T", r"\cdot W_2", "7.4"),
        (r"[x_{ik} - \log", r"[x_{ik} + \log", "4.2"),
        (r"dX_{ij}^{(2)} \cdot 1", r"dX_{ij}^{(2)} \cdot 2", "8.1"),
        (r"X^{(0)T} \bullet dX^{(1)}", r"- X^{(0)T} \bullet dX^{(1)}", "9.1"),
        (r"d(X^{(2)} W_2)", r"d(X^{(2)} W_2 W_2^T W_2)", "6.1"),
        (r"Relu(X^{(0)} * W_1) * W_2", r"Relu(X^{(0)}) * W_1 * W_2", "1.4"),
    ],
)
def test_a_spoiled_line_is_not_proved(written: str, changed: str, claim: str) -> None:
    """Each true line of the reference, spoiled, loses its proof."""
    text = OURS.read_text(encoding="utf-8")
    assert written in text
    assert words(verify(text=text.replace(written, changed, 1)))[claim] in ("refuted", "unreadable")


def test_other_names_change_nothing() -> None:
    """No answer belongs to the letters of one document."""
    text = OURS.read_text(encoding="utf-8")
    renamed = {"W_1": "A_1", "W_2": "M_2", "score": "logit", "x_{ij} =": "s_{ij} =", "e^{x_": "e^{s_", "[x_{ik}": "[s_{ik}"}
    for old, new in renamed.items():
        text = text.replace(old, new)
    assert words(verify(text=text)) == EXPECTED
