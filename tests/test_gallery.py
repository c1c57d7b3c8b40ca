"""The gallery: derivations that people look up, none of whose lines is false or left open."""

from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.report.outline import message

FOLDER = Path(__file__).resolve().parent.parent / "docs" / "gallery"
DOCUMENTS = sorted(path for path in FOLDER.iterdir() if path.suffix in (".md", ".tex", ".ipynb"))
PROVED = {  # claims that each document must have proved, counted by hand
    "attention.ipynb": 6, "layer-normalisation.tex": 6, "lstm-cell.tex": 10, "principal-components.md": 6,
    "recurrent-network.ipynb": 8, "word2vec.md": 5,
}  # fmt: skip


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_every_line_is_proved_or_defines(path: Path) -> None:
    (document,) = verify(path).documents
    assert not document.problems, [located.problem.message for located in document.problems]
    wrong = [f"{document.source.where(c.span.start)}: {c.word}: {message(c.verdict)}" for c in document.claims
             if c.word not in ("proved", "definition")]  # fmt: skip
    assert not wrong, "\n".join(wrong)
    proved = [claim.word for claim in document.claims].count("proved")
    assert proved == PROVED.get(path.name, proved)
    assert proved


def test_all_kinds_of_files_and_both_languages_are_there() -> None:
    assert {path.suffix for path in DOCUMENTS} == {".md", ".tex", ".ipynb"}
    texts = [path.read_text(encoding="utf-8") for path in DOCUMENTS]
    chinese = [any("\u4e00" <= c <= "\u9fff" for c in text) for text in texts]
    assert chinese.count(True) >= 3
    assert chinese.count(False) >= 3
    assert len(DOCUMENTS) >= 12


SPOILED = [path for path in DOCUMENTS if path.suffix == ".md"]


@pytest.mark.parametrize("path", SPOILED, ids=lambda path: path.name)
def test_a_spoiled_line_is_not_proved(path: Path) -> None:
    """The first gradient with itself added on one side: what holds above holds for a reason."""
    text = path.read_text(encoding="utf-8")
    (document,) = verify(path).documents
    gradient = next(claim for claim in document.claims if claim.word == "proved" and claim.kind == "gradient")
    left = gradient.latex.partition("=")[0].replace("&", "")
    start, end = gradient.span.start, gradient.span.end
    assert text[start:end] == gradient.latex
    spoiled = verify(path.name, text=f"{text[:end]} + {left}{text[end:]}")[gradient.id]
    assert left in spoiled.latex
    assert spoiled.word in ("refuted", "unknown")
