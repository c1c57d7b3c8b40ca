"""The report on paper: its blocks, the files that LaTeX and Typst get, and what becomes of hostile text."""

import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.pipeline import verify
from derivations.report import pdf
from derivations.report.latex import latex
from derivations.report.page import Page, page
from derivations.report.paper import Claim, Display, Math, Quote, Table, Title, characters, paper
from derivations.report.typstpage import typst
from report_sample import EVERYTHING

ROOT = Path(__file__).parents[2]
HOSTILE = """---
title: 'T \\input{/etc/passwd} #read("/etc/passwd") <script>alert(1)</script> $\\write18{id}$'
given: ['A \\in \\mathbb{R}^{n \\times n}']
---
# \\immediate\\write18{touch pwned} ^^5cinput % & # _ ~ $ { }

$$A = \\input{/etc/passwd}$$

$$A = \\write18{id} + ^^5ccatcode$$

$$\\text{\\input{x}} A = A^T$$

$$\\operatorname{\\catcode} = A\u202e\x00$$
"""


@pytest.fixture(scope="module")
def sample() -> Page:
    return page(EVERYTHING.documents[0])


@pytest.fixture(scope="module")
def hostile() -> Page:
    return page(verify("h.md", text=HOSTILE, repairs=False).documents[0])


def commands(written: str) -> set[str]:
    """Control words of what stands in the document, templates apart."""
    return set(re.findall(r"\\[A-Za-z]+", written.partition("\\begin{document}")[2]))


# -------------------------------------------------------------------- blocks


def test_every_claim_has_its_block(sample: Page) -> None:
    blocks = paper(sample)
    heads = ["".join(piece.text for piece in block.head.text if not isinstance(piece, Math)) for block in blocks
             if isinstance(block, Claim)]  # fmt: skip
    assert heads == ["1.1 Definition", "2.1 Refuted", "3.1 Proved for all sizes", "3.2 Proved at named sizes", "4.1 Undecided",
                     "5.1 Refuted by its shapes", "6.1 Not read"]  # fmt: skip
    assert isinstance(blocks[0], Title)


def test_what_cannot_be_set_is_quoted(hostile: Page) -> None:
    blocks = paper(hostile)
    shown = [block.formula for part in blocks for block in (part.body if isinstance(part, Claim) else (part,))
             if isinstance(block, Display)]  # fmt: skip
    assert {one.text for one in shown if isinstance(one, Quote)} >= {
        "A = \\input{/etc/passwd}", "A = \\write18{id} + ^^5ccatcode", "\\text{\\input{x}} A = A^T",
        "\\operatorname{\\catcode} = A[?][U+0000]",
    }  # fmt: skip


def test_a_repair_is_marked_in_both_lines() -> None:
    text = "---\ngiven: ['X \\in \\mathbb{R}^{n \\times m}', 'A \\in \\mathbb{R}^{m \\times n}']\n---\n"
    text += "$$\\nabla_X \\operatorname{tr}(XA) = 2A^T$$\n"
    (claim,) = [block for block in paper(page(verify("d.md", text=text).documents[0])) if isinstance(block, Claim)]
    marks = [block.formula.mark for block in claim.body
             if isinstance(block, Display) and isinstance(block.formula, Math) and "Marked" in repr(block.formula)]  # fmt: skip
    assert marks == ["gone"] or marks == ["gone", "new"]


def test_characters_are_those_of_the_text(sample: Page, hostile: Page) -> None:
    assert "\x00" not in characters(paper(hostile))
    assert set("doc.mdé") - characters(paper(sample)) == {"é"}


def test_symbols_are_a_table(hostile: Page) -> None:
    (table,) = [block for block in paper(hostile) if isinstance(block, Table)]
    assert len(table.rows) == 1
    assert all(len(row) == len(table.heads) for row in table.rows)


# --------------------------------------------------------------------- files


def test_latex_of_hostile_text_has_commands_of_ours_alone(hostile: Page, sample: Page) -> None:
    bad = {"\\input", "\\write", "\\immediate", "\\catcode", "\\read", "\\csname", "\\special", "\\openin"}
    written = latex(hostile)
    assert not commands(written) & bad
    assert "^^" not in written.partition("\\begin{document}")[2]
    assert "\x00" not in written
    assert "\u202e" not in written
    assert commands(written) - commands(latex(sample)) <= {
        "\\allowbreak", "\\textbackslash", "\\textasciicircum", "\\textasciitilde", "\\DerivQuote", "\\DerivCode", "\\mathbb",
        "\\times", "\\DerivTable", "\\hline", "\\endhead", "\\textquotedbl", "\\DerivPicture", "\\subsection", "\\end",
        "\\DerivInline",
    }  # fmt: skip
    assert commands("\\begin{document}\\input{x}") & bad


def test_typst_of_hostile_text_reads_nothing(hostile: Page) -> None:
    """What begins with a hash outside of strings is a function of the template."""
    body = typst(hostile).partition("#title-lines")[2]
    outside = re.sub(r'"(?:[^"\\]|\\.)*"', '""', body)
    assert set(re.findall(r"#([a-z-]+)", outside)) <= {
        "counts", "conclusion", "heading", "symbols", "claim", "quoted", "block", "strong", "code", "formula", "list", "steps",
        "piece", "h", "none", "left", "numbered", "words", "cell",
    }  # fmt: skip
    assert "passwd" in body
    assert "passwd" not in outside


def test_east_asian_fonts_are_loaded_where_they_are_needed(hostile: Page) -> None:
    assert "\n\\DerivLoadHan\n" not in latex(hostile)
    assert "\n\\DerivLoadHan\n" in latex(page(verify("d.md", text="# 反向推导\n\n$$1 + 1 = 2$$\n").documents[0]))


def test_both_say_the_same(sample: Page) -> None:
    for words in ("Proved at named sizes", "Counterexample", "Only displayed formulas are judged"):
        assert words in latex(sample)
        assert words in typst(sample)


# ----------------------------------------------------------------------- PDF


def test_typst_makes_a_pdf(hostile: Page) -> None:
    assert pdf.by_typst(hostile).startswith(b"%PDF-")


def test_a_character_without_a_glyph_is_an_error_with_the_fix() -> None:
    shown = page(verify("d.md", text="# A \U0010fffd title\n\n$$1 + 1 = 2$$\n").documents[0])
    with pytest.raises(pdf.NoGlyphs, match=r"U\+10FFFD.*fonts-noto"):
        pdf.by_typst(shown)


def no_engines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.setitem(sys.modules, "typst", None)


def test_without_an_engine_latex_is_written(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    no_engines(monkeypatch)
    (tmp_path / "d.md").write_text("$$1 + 1 = 2$$\n")
    result = CliRunner().invoke(cli.main, ["report", str(tmp_path / "d.md"), "-o", str(tmp_path / "r.pdf")])
    assert result.exit_code == 2
    assert "pip install 'derivations[pdf]'" in result.output
    assert "r.tex" in result.output
    assert not (tmp_path / "r.pdf").exists()
    assert (tmp_path / "r.tex").read_text().startswith("% Made by")


def test_the_command_writes_latex(tmp_path: Path) -> None:
    (tmp_path / "d.md").write_text("$$1 + 1 = 3$$\n")
    result = CliRunner().invoke(cli.main, ["report", str(tmp_path / "d.md"), "-o", str(tmp_path / "r.tex")])
    assert result.exit_code == 1, result.output
    assert "\\DerivConclusion{refuted}" in (tmp_path / "r.tex").read_text()


def engine(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """In place of latexmk."""
    for name, body in (("latexmk", f"#!/bin/sh\n{script}\n"), ("xelatex", "#!/bin/sh\n")):
        (folder / name).write_text(body)
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{Path(shutil.which('sh') or '/bin/sh').parent}:/usr/bin")


def test_what_tex_says_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample: Page) -> None:
    engine(monkeypatch, tmp_path, "printf '! Undefined control sequence.\\nl.12 \\\\foo\\n' > report.log; exit 12")
    with pytest.raises(pdf.CannotPrint, match=r"Undefined control sequence.; l.12 \\foo"):
        pdf.pdf(sample)


def test_tex_that_does_not_end_is_ended(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample: Page) -> None:
    engine(monkeypatch, tmp_path, f"sleep 60 & echo $! > {tmp_path}/child; wait")
    monkeypatch.setattr(pdf, "TIME_LIMIT", 1.0)
    with pytest.raises(pdf.CannotPrint, match="did not end"):
        pdf.pdf(sample)
    assert ended(int((tmp_path / "child").read_text()))


def ended(process: int, patience: float = 10.0) -> bool:
    """Whether a process is gone, or only waits to be counted, within so many seconds."""
    until = time.monotonic() + patience
    while time.monotonic() < until:
        try:
            if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except (FileNotFoundError, ProcessLookupError):
            return True
        time.sleep(0.02)
    return False


def test_a_report_that_is_killed_takes_tex_with_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """And the next one clears away its folder."""
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    engine(monkeypatch, tmp_path, f"sleep 600 & echo $! > {tmp_path}/half; mv {tmp_path}/half {tmp_path}/child; wait")
    (tmp_path / "d.md").write_text("$$1 + 1 = 2$$\n")
    command = [sys.executable, "-m", "derivations.cli", "report", "d.md", "-o", "r.pdf"]
    with subprocess.Popen(command, cwd=tmp_path) as process:
        while not (tmp_path / "child").exists() and process.poll() is None:
            time.sleep(0.02)
        process.kill()
    assert ended(int((tmp_path / "child").read_text()))
    mine = tmp_path / "tmp" / "derivations-mine"
    mine.mkdir()
    assert len(list((tmp_path / "tmp").iterdir())) == 2
    engine(monkeypatch, tmp_path, f"ls {tmp_path}/tmp > {tmp_path}/seen; echo x > report.pdf")
    assert subprocess.run(command, cwd=tmp_path, check=False).returncode == 0
    assert len((tmp_path / "seen").read_text().split()) == 2  # its own folder, and what has another name
    assert list((tmp_path / "tmp").iterdir()) == [mine]


def test_a_glyph_that_tex_misses_is_an_error(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample: Page) -> None:
    engine(monkeypatch, tmp_path, "echo 'Missing character: There is no Ж in font x!' > report.log; echo x > report.pdf")
    monkeypatch.setitem(sys.modules, "typst", None)
    with pytest.raises(pdf.NoGlyphs, match=r"Ж \(U\+0416\)"):
        pdf.pdf(sample)


def test_where_tex_lacks_a_glyph_typst_may_have_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sample: Page) -> None:
    engine(monkeypatch, tmp_path, "echo 'Missing character: There is no Ж in font x!' > report.log; echo x > report.pdf")
    assert pdf.pdf(sample).engine == "typst"


def test_tex_gets_no_shell() -> None:
    assert "-no-shell-escape" in pdf.LATEXMK
    assert "-norc" in pdf.LATEXMK
