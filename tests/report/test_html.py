"""One file that needs nothing, in which all text of a document is text."""

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from derivations import verify
from derivations.pipeline import with_steps
from derivations.read.headings import Heading
from derivations.report.html import as_html, as_index
from derivations.report.index import index, names
from derivations.report.mathml import Converter, italic, language, unclosed
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay, Located, Report
from derivations.report.page import Page, page
from derivations.source import Problem, Source, Span
from derivations.verdicts import AllSizes, Definition, Refuted, Repair, Unknown, Unreadable
from report_sample import COUNTEREXAMPLE, EVERYTHING, STATEMENT, display, document

ROOT = Path(__file__).resolve().parents[2]
VOID = {"meta", "input", "br", "link", "img", "hr"}
HOSTILE = (
    "<script>alert(1)</script>", "</style><script>alert(1)</script>", "\\input{/etc/passwd}", "\\write18{ls}", "^^5cinput{x}",
    "[x](javascript:alert(1))", "\\href{javascript:alert(1)}{x}", '" onclick="alert(1)', "{{ 7 * 7 }}", "{% raw %}", "&lt;b&gt;",
    "a\u202eb", "nul\0", "\x1b[31m", "<!-- ", "]]>", "' onerror='x", "<math><mtext></math>", "\u2028",
)  # fmt: skip


class Parsed(HTMLParser):
    """Tags with attributes, and the text; complains where tags do not close one another."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: dict[str, list[str]] = {}
        self.open: list[str] = []
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID and self.get_starttag_text()[-2:] != "/>":  # type: ignore[index]
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.setdefault(self.open[-1] if self.open else "", []).append(data)

    @property
    def text(self) -> str:
        return "".join("".join(words) for tag, words in self.words.items() if tag not in ("style", "script"))

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


@pytest.fixture(scope="module")
def reference() -> Page:
    return page(with_steps(verify(ROOT / "docs/backpropagation.md")).documents[0])


@pytest.fixture(scope="module")
def html(reference: Page) -> str:
    return as_html(reference)


SAMPLE = as_html(page(EVERYTHING.documents[0]))


def test_the_reference_page_is_small(html: str) -> None:
    """With every proof in steps, the font and the picture."""
    assert 100_000 < len(html.encode()) < 150_000


@pytest.mark.parametrize("which", ["reference", "sample", "index"])
def test_nothing_is_loaded_and_nothing_runs_but_our_own(which: str, html: str) -> None:
    text = {"reference": html, "sample": SAMPLE, "index": as_index(index([(page(EVERYTHING.documents[0]), "a.html")]))}[which]
    found = Parsed(text)
    (style,), (script,) = found.words["style"], found.words["script"]
    policy = next(one["content"] for one in found.named("meta") if one.get("http-equiv") == "Content-Security-Policy")
    assert policy is not None
    hashes = [base64.b64encode(hashlib.sha256(part.encode()).digest()).decode() for part in (style, script)]
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{hashes[0]}'; script-src 'sha256-{hashes[1]}'; font-src data:; "
        "base-uri 'none'; form-action 'none'"
    )
    attributes = [(name, value or "") for _, all_ in found.tags for name, value in all_.items()]
    assert not [name for name, _ in attributes if name == "style" or name.startswith("on")]
    assert all(value.startswith("#") or value == "a.html" for name, value in attributes if name in ("href", "src", "xlink:href"))
    assert not re.search(r"url\((?!\"data:font/woff2)", style)
    assert "@import" not in style


def test_every_link_leads_to_one_place(html: str) -> None:
    found = Parsed(html)
    ids = [one["id"] for _, one in found.tags if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["href"] for one in found.named("a")} <= {f"#{one}" for one in ids}
    assert {f"claim-{one}" for one in ("1-1", "2-2", "5-1", "9-1")} <= set(ids)


def test_the_formulas_are_mathml_and_the_source_is_beside_them(html: str, reference: Page) -> None:
    found = Parsed(html)
    assert "tex" not in {one.get("class") for one in found.named("code")}
    assert len(found.named("math")) > 60
    assert all(one.formula.source in found.text for one in reference.displays)


def test_what_differs_is_marked(html: str) -> None:
    written = re.findall(r'<mrow class="differs">(.*?)</mrow>', html)
    assert len(written) == 2
    assert all("∑" in one for one in written)


def test_chinese_has_its_language(html: str) -> None:
    assert '<mtext lang="zh">对于\u00a0</mtext>' in html
    assert (language("損失は"), language("손실"), language("loss 损失"), language("Verlust ä")) == ("ja", "ko", "zh", "")


def test_what_cannot_be_typeset_is_quoted() -> None:
    claim = JudgedClaim("1.1", Span(0, 1), "\\foo{<b>}", "equality", Unreadable(Problem("p", "m")))
    shown = as_html(page(DocumentReport(Source("a.md", "x"), (JudgedDisplay(Span(0, 1), "\\foo{<b>}", (claim,)),))))
    assert '<code class="tex">\\foo{&lt;b&gt;}</code>' in shown


# ------------------------------------------------------------------ hostile


def hostile_report(text: str) -> DocumentReport:
    """The text wherever a document's text can come to stand."""
    source = Source(f"{text}.md", text + "\n" * 9)
    refuted = Refuted(COUNTEREXAMPLE, STATEMENT, Repair(text, text, AllSizes()), (text,), text)
    verdicts = (Definition((text,)), refuted, Unknown(text, "limit", (text,)), Unreadable(Problem("p", text, Span(0, 1), text)))
    claims = tuple(JudgedClaim(f"1.{n}", Span(0, 1), text, "equality", verdict) for n, verdict in enumerate(verdicts, 1))
    problem = Located(source, Problem("p", text, Span(0, 1), text))
    return DocumentReport(
        source, (JudgedDisplay(Span(0, 1), text, claims),), (text,), (text,), (problem,), title=text,
        headings=(Heading(0, 1, text), Heading(0, 2, text)), words=frozenset({text}),
    )  # fmt: skip


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_is_text(text: str) -> None:
    """The same elements as for a harmless text, apart from formulas; the text itself is there, made visible."""
    report = hostile_report(text)
    found, harmless = Parsed(as_html(page(report))), Parsed(as_html(page(hostile_report("\\foo"))))
    kinds = {tag for tag, _ in harmless.tags} | {"span"} | {tag for tag, _ in Parsed(SAMPLE).tags}
    assert {tag for tag, _ in found.tags} <= kinds
    assert len(found.named("script")) == len(found.named("style")) == 1
    names = {name for _, one in found.tags for name in one}
    assert not {name for name in names if name.startswith("on")} | names & {"style", "src"}
    assert all((one["href"] or "").startswith("#") for one in found.named("a"))
    assert not re.search("[\0\x1b\u202e\u2028]", found.text)
    index_page = Parsed(as_index(index([(page(report), "a.html")])))
    assert len(index_page.named("script")) == 1


def test_hostile_text_stays_readable() -> None:
    for text in ("<script>alert(1)</script>", "\\write18{ls}", "[x](javascript:alert(1))"):
        assert Parsed(as_html(page(hostile_report(text)))).text.count(text) > 5


# -------------------------------------------------------------------- index


def test_the_index_has_the_worst_first() -> None:
    good, bad, worse = document(display("3.1")), document(display("2.1")), document(display("2.1"), display("5.1"))
    open_, nothing = document(display("4.1")), document()
    pages = [(page(one), f"{n}.html") for n, one in enumerate((good, bad, nothing, open_, worse))]
    found = index(pages)
    assert [entry.href for entry in found.entries] == ["4.html", "1.html", "3.html", "0.html", "2.html"]
    assert found.conclusion == "5 documents, 2 with wrong lines, 1 with open ends."
    assert found.word == "refuted"
    assert index(pages[:1]).conclusion == "1 document, nothing refuted."


def test_pages_of_several_documents_have_names_of_their_own() -> None:
    assert names(["docs/a.md", "docs/b/a.md", "docs/b/c d.tex"]) == ["a.html", "b-a.html", "b-c-d.tex.html"]
    assert names(["x/index.md", "x/Index.md", "x/层.ipynb", "x/..md"]) == [
        "index-2.html", "Index-3.html", "层.ipynb.html", "document.html",
    ]  # fmt: skip
    assert names(["/a/b.md"]) == ["b.html"]
    assert len(set(names(["a-b.md", "a/b.md", "a-b.md"]))) == 3


# ------------------------------------------------------------------ pieces


def test_letters_are_drawn_italic() -> None:
    assert [italic(one) for one in "xhAα1="] == ["𝑥", "ℎ", "𝐴", "𝛼", "1", "="]


@pytest.mark.parametrize(
    ("latex", "number"),
    [
        ("(a)(b)", 0), ("((a)", 1), ("{(}{(}", 2), ("\\{ a", 1), ("\\left( a \\right)", 0), (")(", 1),
        ("\\lvert x\\rvert\\langle", 1),
    ],
)
def test_brackets_that_stay_open(latex: str, number: int) -> None:
    assert unclosed(latex) == number


def test_formulas_that_would_take_the_converter_too_long_are_quoted() -> None:
    """It takes twice as long for each bracket that stays open, and goes deeper for each command without braces."""
    assert Converter().mathml("f(" * 8 + "x") is not None
    assert Converter().mathml("(" * 60 + ")" * 60) is not None
    assert Converter().mathml("f(" * 60) is None
    assert Converter().mathml("\\sqrt" * 5000 + " x") is None


def test_styles_become_classes_and_text_stays_text() -> None:
    """``displaystyle`` is no ``style``; quotes in a text are no attributes."""
    converter = Converter()
    found = converter.mathml('\\begin{aligned} a &= \\text{ style="x" } \\end{aligned}')
    assert found is not None
    assert 'displaystyle="true"' in found
    assert not re.search(r"<[^>]* style=", found)
    assert "style=" in found
    assert all(f'class="{name}"' in found for name in converter.styles.values())


def test_a_marked_operator_keeps_the_space_around_it() -> None:
    found = Converter().mathml("a + b", marks=(Span(2, 3),))
    assert found is not None
    assert '<mrow class="differs"><mo>+</mo></mrow>' in found


def test_notebooks_get_html_latex_and_text() -> None:
    bundle = EVERYTHING._repr_mimebundle_()
    assert list(bundle) == ["text/html", "text/plain", "text/latex"]
    frames = Parsed(bundle["text/html"]).named("iframe")
    assert [one["sandbox"] for one in frames] == [""]
    assert frames[0]["srcdoc"] == SAMPLE
    assert bundle["text/latex"].startswith("$$\\begin{array}")
    assert "\\times & 2.1 & \\displaystyle G = \\sum_i P_i" in bundle["text/latex"]
    assert EVERYTHING._repr_html_() == bundle["text/html"]
    assert "no claims" in Report((replace(document()),))._repr_mimebundle_()["text/latex"]
