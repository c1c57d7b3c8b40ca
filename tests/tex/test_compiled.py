"""Reports compiled by TeX: no error, no line that is too long, no character lost, and nothing of a document carried out.

Run with ``pytest -m tex``.  Needs xelatex, lualatex, latexmk, the Chinese fonts and pdftotext (Debian: ``apt-get install
--no-install-recommends texlive-xetex texlive-luatex texlive-lang-chinese latexmk poppler-utils``).
"""

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from derivations.pipeline import verify, with_steps
from derivations.report import pdf
from derivations.report.latex import latex
from derivations.report.page import Page, page
from report_sample import EVERYTHING

ROOT = Path(__file__).resolve().parents[2]
MISSING = [name for name in ("xelatex", "lualatex", "latexmk", "pdftotext") if shutil.which(name) is None]
HAN = subprocess.run(["kpsewhich", "FandolSong-Regular.otf"], capture_output=True, check=False).stdout if not MISSING else b""
TROUBLE = re.compile(r"^(?:! .*|Overfull .*|Missing character.*|LaTeX Warning: Reference.*)$", re.MULTILINE)
ENGINES = ("xelatex", "lualatex")
DOCUMENTS = sorted(p for p in (ROOT / "docs").rglob("*") if p.suffix in (".md", ".tex", ".ipynb") and "decisions" not in p.parts)

pytestmark = [
    pytest.mark.tex,
    pytest.mark.skipif(bool(MISSING), reason=f"no {', '.join(MISSING)}: apt-get install texlive-xetex texlive-luatex latexmk …"),
    pytest.mark.skipif(not MISSING and not HAN.strip(), reason="no Fandol fonts: apt-get install texlive-lang-chinese"),
]

WIDE = """---
given: ['a \\in \\mathbb{R}', 'A \\in \\mathbb{R}^{n \\times n}', 'x \\in \\mathbb{R}^{n}']
---
$$s = SUM$$

$$a = \\left( \\left[ SUM \\right] \\right) / 60$$

$$a = \\frac{SUM}{60}$$

$$a = \\sqrt{SUM}$$

$$a = LONG$$

$$\\begin{aligned} t &= SUM \\\\ u &= SUM \\\\ v &= \\frac{SUM}{2} \\end{aligned}$$

$$\\unknowncommand{WORDS} = a$$

$$\\unknowncommand{HAN} = a$$
"""
for _name, _long in (("SUM", " + ".join(["a"] * 60)), ("LONG", "a" * 200), ("WORDS", "ab cd" * 100), ("HAN", "中" * 90)):
    WIDE = WIDE.replace(_name, _long)
ROWS = "$$\\begin{aligned} " + " \\\\ ".join(f"q_{{{n}}} &= \\frac{{{n}}}{{2}}" for n in range(80)) + " \\end{aligned}$$\n"
LONG = """---
title: TITLE
given: ['\\operatorname{WORD} \\in \\mathbb{R}^{NNN \\times m}']
---
# PATH

$$q = 2 \\operatorname{WORD}$$
""".replace("TITLE", "t" * 150).replace("WORD", "w" * 70).replace("NNN", "n" * 90).replace("PATH", "h/" * 90)
CHINESE = """# 反向传播推导：一个隐藏层，“交叉熵”损失函数与梯度的完整推导过程，以及其中的每一个步骤的说明和验证（全连接层）

## 前向传播过程中各层的输入与输出，激活函数为线性整流函数

$$Z = X W \\quad \\text{其中 } X \\in \\mathbb{R}^{n \\times n}$$

$$\\frac{\\partial L}{\\partial W} = X^T 的梯度$$
"""
HOSTILE = """---
title: 'T \\input{CANARY} #read("CANARY") <script>alert(1)</script> ^^5cinput{CANARY}'
given: ['A \\in \\mathbb{R}^{n \\times n}']
---
# \\immediate\\write18{touch PWNED} ^^5cinput{CANARY} % & # _ ~ $ { } \\catcode`\\%=12 \u202e\x07 -- `'"

$$A = \\input{CANARY}$$

$$A = \\write18{touch PWNED} + \\immediate\\write18{touch PWNED}$$

$$\\text{\\input{CANARY}} A = A^T \\catcode`\\%=12 <script>alert(1)</script>$$

$$\\operatorname{\\input{CANARY}} = A \\csname input\\endcsname{CANARY} ^^5cinput{CANARY}$$

$$A \\text{50\\% #1 of the time ~ & } = \\href{javascript:alert(1)}{A}$$
"""


def compiled(engine: str, shown: Page, folder: Path) -> list[str]:
    """What the log complains about after one run."""
    (folder / "r.tex").write_text(latex(shown), "utf-8")
    command = [engine, "-no-shell-escape", "-interaction=nonstopmode", "-halt-on-error", "r.tex"]
    status = subprocess.run(command, cwd=folder, stdout=subprocess.DEVNULL, stdin=subprocess.DEVNULL, timeout=300, check=False)
    trouble = TROUBLE.findall((folder / "r.log").read_text("utf-8", "replace"))
    return trouble or ([] if status.returncode == 0 else [f"status {status.returncode}"])


def text_of(path: Path) -> str:
    """The text of a PDF, in one line."""
    told = subprocess.run(["pdftotext", "-layout", str(path), "-"], capture_output=True, text=True, check=True).stdout
    return " ".join(told.split())


def read(text: str) -> Page:
    return page(verify(f"{'folder/' * 20}d.md", text=text, repairs=False).documents[0], (("--given", "given.yaml"),))


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_documents(path: Path, tmp_path: Path) -> None:
    shown = page(with_steps(verify(path)).documents[0])
    for engine in ENGINES:
        assert compiled(engine, shown, tmp_path) == [], engine


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("text", [WIDE, ROWS, LONG, CHINESE], ids=["wide", "rows", "long", "Chinese"])
def test_what_is_too_wide_or_too_high(engine: str, text: str, tmp_path: Path) -> None:
    assert compiled(engine, read(text), tmp_path) == []


@pytest.mark.parametrize("engine", ENGINES)
def test_every_kind_of_verdict(engine: str, tmp_path: Path) -> None:
    assert compiled(engine, page(EVERYTHING.documents[0]), tmp_path) == []


def test_a_log_with_trouble_is_seen(tmp_path: Path) -> None:
    """A page that is too narrow, and a character that no font has."""
    written = latex(read("# \U0010fffd\n\n$$1 + 1 = 2$$\n")).replace("\\begin{document}", "\\begin{document}\\hbox to 1pt{wide}")
    (tmp_path / "r.tex").write_text(written, "utf-8")
    subprocess.run(["xelatex", "-interaction=batchmode", "r.tex"], cwd=tmp_path, stdout=subprocess.DEVNULL, check=False)
    found = TROUBLE.findall((tmp_path / "r.log").read_text("utf-8", "replace"))
    assert any("Overfull" in line for line in found)
    assert any("Missing character" in line for line in found)


@pytest.mark.parametrize("make", [pdf.by_xelatex, pdf.by_typst])
def test_hostile_text_is_text(make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:  # type: ignore[no-untyped-def]
    canary, pwned = tmp_path / "canary.tex", tmp_path / "pwned"
    canary.write_text("SECRET")
    monkeypatch.chdir(tmp_path)
    shown = read(HOSTILE.replace("CANARY", str(canary)).replace("PWNED", str(pwned)))
    (tmp_path / "out.pdf").write_bytes(make(shown))
    told = text_of(tmp_path / "out.pdf").replace(" ", "")
    assert "SECRET" not in told
    assert not pwned.exists()
    for words in (f"\\input{{{canary}}}", f"^^5cinput{{{canary}}}", f"\\immediate\\write18{{touch{pwned}}}", "%&#_~${}",
                  "\\catcode`\\%=12", "\\csnameinput\\endcsname",
                  "\\href{javascript:alert(1)}{A}", "<script>alert(1)</script>"):  # fmt: skip
        assert words in told, words


@pytest.mark.parametrize("make", [pdf.by_xelatex, pdf.by_typst])
def test_the_reference_document_as_pdf(make, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "out.pdf").write_bytes(make(page(verify(ROOT / "docs" / "backpropagation.md").documents[0])))
    told = text_of(tmp_path / "out.pdf")
    for words in ("Backpropagation through one hidden layer", "2 of 13 claims are wrong", "5.1 Refuted", "Counterexample",
                  "Repair", "9.1 Proved for all sizes", "对于", "SHA-256"):  # fmt: skip
        assert words in told, words


def test_chinese_as_pdf(tmp_path: Path) -> None:
    for make in (pdf.by_xelatex, pdf.by_typst):
        (tmp_path / "out.pdf").write_bytes(make(read(CHINESE)))
        assert "反向传播推导" in text_of(tmp_path / "out.pdf")


def test_a_character_that_no_font_of_tex_has() -> None:
    with pytest.raises(pdf.NoGlyphs, match=r"U\+10FFFD"):
        pdf.by_xelatex(read("# \U0010fffd\n\n$$1 + 1 = 2$$\n"))
