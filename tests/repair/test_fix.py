"""``--fix``: repairs written into the file, every other byte as it was, the result judged again."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivations import cli
from derivations.files import NotWritten, write_atomically
from derivations.pipeline import verify
from derivations.report.outline import word

HEAD = """---
given:
  - A \\in \\mathbb{R}^{n \\times n}
  - x \\in \\mathbb{R}^{n}
  - w \\in \\mathbb{R}
  - b \\in \\mathbb{R}
---

"""
TEX = r"""% ---
% given:
%   - A \in \mathbb{R}^{n \times n}
%   - x \in \mathbb{R}^{n}
% ---
\newcommand{\At}{A^T}
\newcommand{\grad}[1]{\frac{\partial (#1)}{\partial x}}
\begin{equation} % why
\grad{x^T A x} = A x - \At x
\end{equation}
"""
WRONG = r"\frac{\partial (x^T A x)}{\partial x} = A x - A^T x"
RIGHT = r"\frac{\partial (x^T A x)}{\partial x} = A x + A^T x"


def fix(path: Path, *options: str) -> Result:
    return CliRunner().invoke(cli.main, ["verify", "--fix", str(path), *options])


def fixed(tmp_path: Path, content: bytes, name: str = "page.md") -> bytes:
    """What ``-o`` writes; the document itself stays."""
    path, out = tmp_path / name, tmp_path / f"out-{name}"
    path.write_bytes(content)
    result = fix(path, "-o", str(out))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.output
    assert path.read_bytes() == content
    return out.read_bytes()


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
@pytest.mark.parametrize(
    "page",
    [
        "one  \n\n$$" + WRONG + "$$  \n\ttail \n",
        "> quoted\n> $$\n> " + WRONG.replace(" - ", "\n>   - ") + "\n> $$\n\n中文",
        "1. item\n\n   $$\n   " + WRONG + "\n   $$\n\n\n\n",
        "```math\n" + WRONG + "\n```\n",
    ],
)
def test_everything_else_stays_byte_for_byte(tmp_path: Path, page: str, end: str, mark: bytes) -> None:
    """Line ends, a byte order mark, trailing blanks, marks of quotes; the sign is all that changes."""
    before = mark + (HEAD + page).replace("\n", end).encode()
    (at,) = [n for n in range(len(before)) if before.startswith(b"- A^T x", n)]
    assert fixed(tmp_path, before) == before[:at] + b"+" + before[at + 1 :]


def test_a_chain_is_repaired_as_one(tmp_path: Path) -> None:
    """The wrong member changes, and what rested on it; the names of what was true before stay true."""
    page = HEAD + "$$" + r"\frac{\partial w^3}{\partial w} = 2 w^2 = w^2 + w^2" + "$$\n"
    out = fixed(tmp_path, page.encode()).decode()
    assert r"= 3 w^2 = " in out
    assert [word(c.verdict) for c in verify(text=out).claims] == ["proved", "proved"]


def test_a_wrong_middle_is_replaced_and_a_right_end_stays(tmp_path: Path) -> None:
    page = HEAD + "$$" + r"\frac{\partial w^3}{\partial w} = 2 w^2 = w^2 + 2 w^2" + "$$\n"
    assert fixed(tmp_path, page.encode()) == page.replace("= 2 w^2 =", "= 3 w^2 =").encode()


def test_a_chain_that_would_be_left_false_stays(tmp_path: Path) -> None:
    """The first link could be repaired; what follows from it could not, and was true."""
    page = HEAD + "$$" + r"\frac{\partial w^3}{\partial w} = 2 w^2 = \frac{w^4 + w^4 + b - b}{(w + b)(w - b) + b^2}" + "$$\n"
    path = tmp_path / "page.md"
    path.write_text(page)
    result = fix(path, "--in-place")
    assert path.read_text() == page
    assert "left 1.1: what follows it in the chain would be left false" in result.stdout
    assert result.exit_code == 1


def test_what_has_no_repair_is_left_and_listed(tmp_path: Path) -> None:
    page = HEAD + f"$${WRONG}$$\n\n$$A + A = \\det(A) A^T A A^T$$\n"
    path = tmp_path / "page.md"
    path.write_text(page)
    result = fix(path, "--in-place")
    assert path.read_text() == page.replace(WRONG, RIGHT)
    assert "repaired 1.1" in result.stdout
    assert "left 2.1: no repair was found" in result.stdout
    assert f"1 repaired, 1 left; written to {path}" in result.stdout
    assert result.exit_code == 1


def test_macros_beside_a_change_stay(tmp_path: Path) -> None:
    """The change is made between macros; where it lies inside one, the line is left."""
    assert fixed(tmp_path, TEX.encode(), "page.tex").decode() == TEX.replace("A x - \\At x", "A x + \\At x")
    inside = TEX.replace("A^T}", "-A^T}").replace("A x - \\At x", "A x + \\At x")
    path = tmp_path / "inside.tex"
    path.write_text(inside)
    assert "left 1.1: its repair cannot be written there" in fix(path, "--in-place").stdout
    assert path.read_text() == inside


@pytest.mark.parametrize("layout", [{}, {"indent": 1}, {"indent": 3, "ensure_ascii": False}, {"separators": (",", ":")}])
@pytest.mark.parametrize("lines", [False, True])
def test_a_notebook_keeps_its_json(tmp_path: Path, layout: dict[str, object], lines: bool) -> None:
    """Only the source of the cell changes, however the file is laid out; escapes and emoji before it are counted right."""
    text = "Größe 😀 \"q\" \\ \t\n$$\n" + WRONG + "\n$$\n"
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": HEAD},
        {"cell_type": "code", "source": "x = 'A x - A^T x'", "outputs": [1.50, {"a": 1e3}]},
        {"cell_type": "markdown", "metadata": {}, "source": text.splitlines(keepends=True) if lines else text},
    ]
    before = json.dumps({"cells": cells, "nbformat": 4, "nbformat_minor": 5}, **layout).replace("1.5,", "1.50,")  # type: ignore[arg-type]
    at = before.rindex("- A^T x")
    assert fixed(tmp_path, before.encode(), "book.ipynb").decode() == before[:at] + "+" + before[at + 1 :]


def test_without_a_place_the_difference_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(HEAD + f"$${WRONG}$$\n")
    result = fix(path)
    assert path.read_text() == HEAD + f"$${WRONG}$$\n"
    assert f"-$${WRONG}$$\n+$${RIGHT}$$\n" in result.stdout
    assert "1 repaired, 0 left; nothing is written" in result.stderr
    assert result.exit_code == 1


def test_a_document_with_nothing_to_repair_is_copied_as_it_is(tmp_path: Path) -> None:
    content = (HEAD + f"$${RIGHT}$$\r\n \t").encode()
    assert fixed(tmp_path, content) == content


def test_standard_input_and_output() -> None:
    page = HEAD + f"$${WRONG}$$\r\n"
    result = CliRunner().invoke(cli.main, ["verify", "--fix", "-", "-o", "-"], input=page.encode())
    assert result.stdout_bytes == page.replace(WRONG, RIGHT).encode()
    assert result.exit_code == 0


def test_only_what_is_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(HEAD + f"$${WRONG}$$\n")
    assert "left 1.1: not asked for" in fix(path, "--in-place", "--select", "shapes").stdout
    assert path.read_text() == HEAD + f"$${WRONG}$$\n"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--in-place", "-o", "x.md"], "one of them"),
        (["--in-place", "--format", "json"], "--format is for reports"),
        (["other.md", "-o", "x.md"], "-o is for one document"),
    ],
)
def test_what_makes_no_sense_together(tmp_path: Path, options: list[str], message: str) -> None:
    path = tmp_path / "page.md"
    path.write_text(HEAD)
    result = fix(path, *options)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_place_without_fix_is_wrong_usage(tmp_path: Path) -> None:
    result = CliRunner().invoke(cli.main, ["verify", "page.md", "--in-place"])
    assert result.exit_code == 2
    assert "they need --fix" in result.stderr


def test_the_reference_document_is_repaired_to_its_correction(tmp_path: Path) -> None:
    """Both wrong lines, and nothing left that is refuted; exit status 0."""
    path, out = Path(__file__).resolve().parents[2] / "docs" / "backpropagation.md", tmp_path / "out.md"
    assert fix(path, "-o", str(out)).exit_code == 0
    assert not verify(out).refuted
    wanted = path.read_text()
    for body in (r"\frac{e^{x_{im}}}", r"\left["):
        wanted = wanted.replace(rf"\frac{{1}}{{N}} \sum_{{i=1}}^N {body}", rf"\frac{{1}}{{N}} {body}")
    assert out.read_text() == wanted


def test_a_file_is_written_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Permissions stay, links are followed, and an interrupted write leaves the old file and nothing beside it."""
    path, link = tmp_path / "a.md", tmp_path / "link.md"
    path.write_text("old")
    path.chmod(0o640)
    link.symlink_to(path)
    write_atomically(link, "new\r\n")
    assert link.is_symlink()
    assert path.read_bytes() == b"new\r\n"
    assert path.stat().st_mode & 0o777 == 0o640

    with pytest.raises(NotWritten, match="its folder does not exist"):
        write_atomically(tmp_path / "no" / "a.md", "x")

    def full(_: int) -> None:
        raise OSError(28, "no space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="no space"):
        write_atomically(path, "newer")
    assert path.read_bytes() == b"new\r\n"
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.md", "link.md"]
