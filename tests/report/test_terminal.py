"""The report for people: excerpts with carets in the right place, evidence in readable words, nothing that acts."""

import re
from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.report.outline import JudgedClaim, JudgedDisplay, Report
from derivations.report.plain import pretty_name, safe, wrap
from derivations.report.terminal import concise, full
from derivations.source import Source, Span
from derivations.verdicts import Exact, Point, Refuted, Unknown
from report_sample import COUNTEREXAMPLE, ERROR, EVERYTHING, LINES, STATEMENT, VERDICTS, document, place

REFUTED = r"""
✗ 2.1 refuted [counterexample] doc.md:3:8
  3 | 因此梯度 $$G = \sum_i P_i \quad (m \neq k)$$ 完
    |            ^^^^^^^^^^^^^^
  why         the sum hides the free i: at i = 1, m = 2 the left side is 1/3,
              the right 1/2 + 3 ln 2
  witness     N = 2, C = 2
              X³ = [[0, ln 2], [1, -1/2 + 3 ln 2/2]]
              b = ln 2
              z = [0, 0]
              dv = [1, 0]
              k = [1, 2]
              y = 2
              ℓ(x) = x_1^2 - 3*x_2
              3 of 4 entries differ there
  convention  k is read as k_i
  repair      G = P_i  (drop \sum_i; proved for all sizes)
"""

PROVED = r"""
✓ 3.1 proved doc.md:4:3
  4 | $$A = B, \qquad a + a + a + a + a + a + a + a + a + a + a + a + a + a + a…
    |   ^^^^^
  why         holds for all sizes
  method      normal form
  convention  layout mixed
  provided    A invertible
"""

UNREADABLE = """
! 6.1 unreadable [undeclared] doc.md:5:7
  5 | $$u = v$$ ␛[31m\ufffd␇
    |       ^^^
  why         q is not declared
  hint        say what it is
"""


@pytest.mark.parametrize("block", [REFUTED, PROVED, UNREADABLE])
def test_a_claim_in_full(block: str) -> None:
    assert block.strip("\n") in full(EVERYTHING).split("\n\n")


def test_the_rest_of_the_page() -> None:
    blocks = full(EVERYTHING).rstrip("\n").split("\n\n")
    assert blocks[0] == "doc.md"
    assert blocks[1].splitlines() == ["  reading     k is read as k_i, the label of row i", "  convention  layout: mixed"]
    assert blocks[2].startswith("? warning [unknown-key] given.yaml:1:1\n  1 | colour: red\n    | ^^^^^^\n")
    assert blocks[-1] == "1 definition, 2 proved, 2 refuted, 1 unknown, 1 unreadable"
    assert "not proved for" in full(EVERYTHING)


def test_concise() -> None:
    assert concise(EVERYTHING).splitlines() == [
        "given.yaml:1:1: warning [unknown-key] colour means nothing (known: given)",
        "doc.md:2:6: definition defined here",
        "doc.md:3:8: refuted [counterexample] "
        "the sum hides the free i: at i = 1, m = 2 the left side is 1/3, the right 1/2 + 3 ln 2",
        "doc.md:4:3: proved holds for all sizes",
        "doc.md:4:17: proved holds at the sizes N = 2, C = 3; N = 3, C = 2; not proved for other sizes",
        "doc.md:5:3: unknown [time-limit] the limit of 10 s was reached",
        "doc.md:6:3: refuted [shapes] the shapes do not agree: X is N × C, Y is C × N",
        "doc.md:5:7: unreadable [undeclared] q is not declared",
    ]


def columns(text: str) -> int:
    """Terminal columns, counted apart from the code under test: the sample's wide characters are all CJK."""
    return sum(2 if 0x2E80 <= ord(character) <= 0xFFEF and character != "\ufffd" else 1 for character in text)


def excerpt(source: Source, span: Span, width: int = 80) -> list[str]:
    claim = JudgedClaim("1.1", span, source.slice(span), "equality", Unknown("why", "code"))
    page = full(Report((replace(document(JudgedDisplay(span, "", (claim,))), source=source),)), width=width)
    return [line for line in page.splitlines() if re.match(r"\s*\d* \| ", line)]


@pytest.mark.parametrize("before", ["", "ab ", "因此梯度 ", "e\u0301\u0301 因", "\t中\t", "\x1b[2J因", "公" * 100, "a" * 300])
@pytest.mark.parametrize("behind", ["", " 完", "完" * 100])
@pytest.mark.parametrize("width", [40, 80])
def test_carets_stand_under_the_claim(before: str, behind: str, width: int) -> None:
    """Also behind wide, combining and control characters, and in lines that are longer than the page."""
    line, carets = excerpt(Source("d", f"{before}X = 梯Y{behind}"), Span(len(before), len(before) + 6), width)
    line, carets = (text.split("| ", 1)[1].replace("\u0301", "") for text in (line, carets))
    left = columns(line[: line.index("X = 梯Y")])
    assert (carets.index("^"), carets.count("^")) == (left, 7)
    assert columns(line) <= width - 6
    assert "\x1b" not in line


def test_a_claim_of_several_lines_and_one_too_long_for_its_line() -> None:
    source = Source("d", "$$\n  a\n    = b\n$$")
    assert excerpt(source, Span(5, 14)) == ["  2 |   a", "    |   ^", "  3 |     = b", "    |     ^^^"]
    line, carets = excerpt(Source("d", "text " * 9 + "x" * 200 + " more"), Span(45, 245))
    assert line.endswith("x…")
    assert carets.count("^") > 50
    assert max(len(line), len(carets)) <= 80
    rows = excerpt(Source("d", "a\n" * 50), Span(0, 100))
    assert len(rows) == 9
    assert rows[-1].endswith("… down to line 50")


def test_large_matrices_wrap() -> None:
    """A witness of 6 × 6 numbers stays within 80 columns, and no number is torn."""
    values = tuple(Exact(log2=Fraction(one)) for one in range(2, 38))
    point = Point({"N": 6}, {"Q": values})
    witness = replace(COUNTEREXAMPLE, point=point)
    page = full(
        Report(
            (
                document(
                    JudgedDisplay(
                        place("X = Y"),
                        "X = Y",
                        (JudgedClaim("1.1", place("X = Y"), "X = Y", "equality", Refuted(witness, STATEMENT)),),
                    ),
                ),
            )
        )
    )
    assert max(map(len, page.splitlines())) <= 80
    assert page.replace("\n              ", " ").count(" ln 2,") >= 34


def test_nothing_of_a_document_acts_on_the_terminal() -> None:
    """Escape sequences, bells and changes of direction are shown, not sent; neither from a path."""
    hostile = "\x1b]0;title\x07\u202e\u2066\x9b31m\r\u2028\udc80"
    source = Source(f"{hostile}.md", LINES[0] + hostile)
    report = Report((replace(document(problems=(replace(ERROR, source=source),)), source=source, readings=(hostile,)),))
    for page in (full(report), concise(report)):
        assert not [character for character in page if character != "\n" and not character.isprintable()]
        page.encode()


def test_colour_only_adds() -> None:
    """Without its escape sequences the coloured page is the plain one."""
    coloured = full(EVERYTHING, colour=True)
    assert "\x1b[31m" in coloured
    assert re.sub(r"\x1b\[\d+m", "", coloured) == full(EVERYTHING)


def test_a_document_without_claims() -> None:
    report = Report((document(),))
    assert "no claims" in full(report)
    assert "nothing was judged" in full(report)
    assert concise(report).startswith("doc.md:1:1: note [no-claims] the document has no claims: expected")
    assert "proved" not in full(report) + concise(report)


@pytest.mark.parametrize(
    ("latex", "pretty"),
    [
        ("X^{(3)}", "X³"),
        ("W_1", "W₁"),
        ("W_{12}", "W₁₂"),
        ("\\lambda", "λ"),
        ("\\Sigma", "Σ"),
        ("\\sigma_2", "σ₂"),
        ("k", "k"),
        ("X^{(l)}", "X^{(l)}"),
        ("x_i", "x_i"),
        ("\\hat y", "\\hat y"),
        ("W_1^{(2)}", "W_1^{(2)}"),
        ("a\x1b", "a␛"),
    ],
)
def test_names(latex: str, pretty: str) -> None:
    assert pretty_name(latex) == pretty


def test_wrapping() -> None:
    assert wrap("one two three", 7) == ["one two", "three"]
    assert wrap("梯度等于梯度", 7) == ["梯度等", "于梯度"]
    assert wrap("\\frac{a}{b}\\frac{c}{d}", 5) == ["\\frac{a}{b}\\frac{c}{d}"]
    assert wrap("1\u00a0ln\u00a02, 2", 6) == ["1 ln 2,", "2"]
    assert wrap("", 5) == [""]


def test_safe_keeps_every_place() -> None:
    text = "a\x1b\x00\u202e\u200d公\n"
    assert safe(text) == "a␛␀\ufffd\u200d公 "
    assert len(safe(text)) == len(text)


def test_every_verdict_of_the_sample_is_shown() -> None:
    page = full(EVERYTHING)
    assert all(f" {name} " in page for name in VERDICTS)
