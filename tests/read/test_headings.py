"""Headings of Markdown, LaTeX and notebooks, with their places."""

from derivations.read.headings import Heading, headings
from derivations.source import Cell, Source


def test_markdown() -> None:
    text = "---\ntitle: x\n---\n# One $x^2$\n\ntext\n```\n# code\n```\n## Two  \n\n$$\na = b\n$$\n"
    found = headings(Source("a.md", text))
    assert found == (Heading(text.index("# One"), 1, "One $x^2$"), Heading(text.index("## Two"), 2, "Two"))


def test_latex() -> None:
    text = "\\title{A \\emph{b}}\n% \\section{out}\n\\section*[short]{In\n}\n\\subsection{后向}\n"
    assert [(one.level, one.text) for one in headings(Source("a.TEX", text))] == [(1, "A \\emph{b}"), (3, "后向")]


def test_cells_are_read_one_by_one() -> None:
    """What one cell leaves open does not swallow the next."""
    text = "```\nopen\n\n# Next\n"
    found = headings(Source("a.ipynb", text, (Cell(1, 0), Cell(2, text.index("# Next")))))
    assert [one.text for one in found] == ["Next"]


def test_a_long_heading_is_cut() -> None:
    assert len(headings(Source("a.md", "# " + "x" * 5000))[0].text) == 300
