"""Formulas and text as LaTeX: known commands around known characters, and nothing of a document that acts."""

import re
import string

import pytest

from derivations.report.mathlist import Marked, math_list
from derivations.report.texmath import formula, text, verbatim

HOSTILE = (
    r"\input{/etc/passwd} \write18{id} ^^5cinput \immediate\write \catcode`\%=12 % # $ & _ ~ { } <script> | ` ' \" -- "
    "\x00\x1b[31m\u202e\u2028"
)
KNOWN = re.compile(
    r"\\text(?:backslash|asciicircum|asciitilde|asciigrave|quotesingle|quotedbl)\{\}|\\allowbreak\{\}|\\[{}$&#%_ ]|\{[<>|-]?\}"
)


def acting(written: str) -> str:
    """What is left that TeX could act upon when all escapes are taken away."""
    return "".join(character for character in KNOWN.sub("", written) if character in "\\{}$&#%_^~\x00\x1b\u202e\u2028")


@pytest.mark.parametrize("write", [text, verbatim])
def test_hostile_text_does_not_act(write) -> None:  # type: ignore[no-untyped-def]
    assert acting(write(HOSTILE)) == ""
    assert acting(write("".join(map(chr, range(128))))) == ""


def test_a_text_that_acts_is_seen() -> None:
    assert acting(r"\input{x}") == "\\{}"
    assert acting("50%") == "%"
    assert acting("^^5c") == "^^"


def test_letters_and_digits_stay() -> None:
    plain = " ".join((string.ascii_lowercase, string.ascii_uppercase, string.digits, ".,:;!?()[]=+*/@"))
    assert text(plain) == plain
    assert text("Müller, 反向 推导") == "Müller, \\DerivHan{反向} \\DerivHan{推导}"


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("β-VAE", "\\ensuremath{\\beta}-VAE"),
        ("m², x₁", "m\\textsuperscript{2}, x\\textsubscript{1}"),
        ("a ≤ b", "a \\ensuremath{\\leq} b"),
        ("2–3", "2–3"),
        ("a " + "b" * 31, "a " + "\\allowbreak{}".join("b" * 31)),
        ("a--b", "a-{}-b"),
    ],
)
def test_signs_of_mathematics_in_text(words: str, written: str) -> None:
    assert text(words) == written


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        ("X^{(2)T}_{ij}", "X_{ij}^{(2)T}"),
        ("\\frac{1}{N} \\sum_{i=1}^N x_i", "\\frac{1}{N}\\sum _{i=1}^{N}x_{i}"),
        ("\\left[ x \\right)", "\\left[x\\right)"),
        ("\\left. x \\right|", "\\left.x\\right|"),
        ("\\{ x \\}", "\\{x\\}"),
        ("\\mathbf{W}\\boldsymbol{\\mu}", "\\mathbf{W}\\boldsymbol{\\mu}"),
        ("\\mathbb{1}[i = j]", "\\DerivIndicator [i=j]"),
        ("\\mathbb{R}^{n}", "\\mathbb{R}^{n}"),
        ("softmax(z)", "\\operatorname{softmax}(z)"),
        ("cross_entropy", "\\operatorname{cross\\text{\\_}entropy}"),
        ("\\hat y, \\hat{xy}", "\\hat{y},\\widehat{xy}"),
        ("a \\leq b \\neq c", "a\\leq b\\neq c"),
        ("\\alpha x", "\\alpha x"),
        ("a \\quad b", "a\\mskip18mu b"),
        ("\\text{对于 50\\%}", "\\text{\\DerivHan{对于} 50\\%}"),
        ("\\Big( x \\Big)", "\\Bigl(x\\Bigr)"),
        ("f'(x)", "f^{\\prime }(x)"),
        ("\\begin{cases} a & b \\\\ [c] & d \\end{cases}", "\\begin{cases}a & b \\\\{} [c] & d\\end{cases}"),
        ("\\begin{pmatrix} a & b \\end{pmatrix}", "\\left(\\begin{array}{@{}cc@{}}a & b\\end{array}\\right)"),
        ("a &= b \\\\ &= c", "\\begin{aligned}a & =b \\\\{}  & =c\\end{aligned}"),
        ("\\underbrace{a}_{b} \\overset{!}{=}", "\\underbrace{a}_{b}\\overset{!}{=}"),
        ("\\sqrt[3]{x} \\| x \\|", "\\sqrt[{3}]{x}\\Vert x\\Vert "),
    ],
)
def test_formulas(latex: str, written: str) -> None:
    assert formula(math_list(latex)) == written


def test_marks() -> None:
    assert formula((Marked(math_list("\\sum_i")), *math_list("x"))) == "\\DerivMark{\\sum _{i}}x"
