"""What every printer shows, decided once: summary, symbols, marks of a repair, what proved means."""

import hashlib
from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.claims import Context, FreeFunction, Labels, SignAssumption, Variable
from derivations.expr import Dim, Num, Sym
from derivations.read.headings import Heading
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay
from derivations.report.page import Page, page
from derivations.report.sentences import Formula, Sentence
from derivations.source import Source, Span
from derivations.verdicts import AllSizes, Definition, ProofStep, Proved, Refuted, Repair, Unknown, Verdict
from report_sample import COUNTEREXAMPLE, ERROR, EVERYTHING, STATEMENT, WARNING, display, document

PROVED = Proved(STATEMENT, AllSizes(), "normal form; entry by entry at N = 2, C = 3")
NAMED = Proved(STATEMENT, ({"N": 2},), "entry by entry, exactly")
REFUTED = Refuted(COUNTEREXAMPLE, STATEMENT)
UNKNOWN = Unknown("a limit was reached", "limit")


def judged(*verdicts: Verdict, **more: object) -> Page:
    claims = tuple(JudgedClaim(f"1.{n}", Span(0, 5), "a = b", "equality", v) for n, v in enumerate(verdicts, 1))
    displays = (JudgedDisplay(Span(0, 5), "a = b", claims),) if claims else ()
    return page(replace(DocumentReport(Source("a.md", "a = b"), displays), **more))  # type: ignore[arg-type]


def plain(text: Sentence) -> str:
    return "".join(piece.source if isinstance(piece, Formula) else piece.text for piece in text)


@pytest.mark.parametrize(
    ("verdicts", "conclusion"),
    [
        ((PROVED,), "The only claim is proved for all sizes."),
        ((PROVED, PROVED, Definition()), "All 2 claims are proved for all sizes."),
        ((NAMED, NAMED), "All 2 claims are proved, at named sizes only."),
        ((PROVED, NAMED), "All 2 claims are proved, 1 of them at named sizes only."),
        ((REFUTED, PROVED, PROVED), "1 of 3 claims is wrong; 2 are proved for all sizes."),
        ((REFUTED, REFUTED, UNKNOWN), "2 of 3 claims are wrong; 1 is undecided."),
        ((UNKNOWN, PROVED), "Nothing is refuted, but of 2 claims 1 is undecided; 1 is proved for all sizes."),
        ((UNKNOWN, UNKNOWN), "None of 2 claims is decided: 2 are undecided."),
        ((UNKNOWN,), "The only claim is not decided: 1 is undecided."),
        ((Definition(),), "The document only defines: there is nothing to judge."),
        ((), "The document has no claims: expected a displayed formula with a relation, such as $$ a = b $$."),
    ],
)
def test_the_conclusion_says_what_counts_first(verdicts: tuple[Verdict, ...], conclusion: str) -> None:
    assert judged(*verdicts).conclusion == conclusion


def test_never_all_proved_while_something_is_open() -> None:
    for other in (REFUTED, UNKNOWN):
        assert not judged(PROVED, other).conclusion.startswith("All")


def test_the_title() -> None:
    headings = (Heading(0, 1, "A heading with $x^2$"), Heading(3, 2, "Another"))
    assert judged(PROVED, title="Title", headings=headings).title_text == "Title"
    assert judged(PROVED, headings=headings).title_text == "A heading with x^2"
    assert judged(PROVED).title_text == "a.md"


def test_headings_stand_above_the_formulas_that_follow_them() -> None:
    report = document(display("1.1"), display("2.1"))
    first, second = (one.span.start for one in report.displays)
    headings = (Heading(0, 1, "Title"), Heading(1, 2, "Empty"), Heading(2, 2, "First"), Heading(3, 3, "Deep"),
                Heading(first + 1, 2, "Second"), Heading(second + 1, 2, "End"))  # fmt: skip
    shown = page(replace(report, headings=headings))
    assert [[(h.level, plain(h.text)) for h in one.headings] for one in shown.displays] == [
        [(2, "First"), (3, "Deep")], [(2, "Second")],
    ]  # fmt: skip


def test_symbols_tell_their_set_and_how_they_are_known() -> None:
    n, m = Dim(names=("n",)), Dim(names=("m",))
    context = Context(
        variables={
            "X": Variable("X", (n, m)), "v": Variable("v", (n,)), "s": Variable("s", (), domain="positive"),
            "A": Variable("A", (n, n), definite=True), "Y": Variable("Y", (n, m), domain="binary"), "z": Variable("z", (m,)),
            "w": Variable("w", (m,)), "L": Variable("L", ()),
        },
        labels={"k": Labels("k", n, m), "y": Labels("y", None, m)},
        functions={"\\ell": FreeFunction("\\ell", (n, m), ())},
        definitions={"z": Sym("w", (m,)), "L": Num(Fraction(1))},
        assumptions=(SignAssumption(Sym("s", ()), ">"),),
    )  # fmt: skip
    report = judged(
        replace(PROVED, conventions=("dX names the gradient of L by X",)), context=context,
        declared=frozenset({"X", "v", "s", "A", "Y"}), places={"L": "1.1"},
    )  # fmt: skip
    assert [(s.name.source, s.domain.latex, s.kind, s.origin, s.how) for s in report.symbols] == [
        ("X", "\\mathbb{R}^{n \\times m}", "matrix", "declared", "declared"),
        ("v", "\\mathbb{R}^{n}", "column", "declared", "declared"),
        ("s", "\\mathbb{R}_{>0}", "scalar", "declared", "declared"),
        ("A", "\\mathbb{S}^{n}", "positive definite matrix", "declared", "declared"),
        ("Y", "\\{0, 1\\}^{n \\times m}", "matrix", "declared", "declared"),
        ("z", "\\mathbb{R}^{m}", "column", "defined", "given"),
        ("w", "\\mathbb{R}^{m}", "column", "inferred", "inferred"),
        ("L", "\\mathbb{R}", "scalar", "defined", "defined in 1.1"),
        ("k", "\\{1, \\dots, m\\}^{n}", "labels", "declared", "declared"),
        ("y", "\\{1, \\dots, m\\}", "a label", "declared", "declared"),
        ("\\ell", "\\mathbb{R}^{n \\times m} \\to \\mathbb{R}", "a differentiable function", "declared", "declared"),
        ("dX", "\\mathbb{R}^{n \\times m}", "gradient of L", "gradient", "named so in 1.1"),
    ]
    assert [(s.name.source, s.definition.latex) for s in report.symbols if s.definition] == [("z", "z = w")]
    assert [one.latex for one in report.assumptions] == ["s > 0"]


def test_a_witness_is_small_matrices_and_a_place() -> None:
    claim = next(one for display in page(EVERYTHING.documents[0]).displays for one in display.claims if one.id == "2.1")
    found = claim.witness
    assert found is not None
    assert {one.name.source: one.value.latex for one in found.values} == {
        "X^{(3)}": "\\begin{pmatrix} 0 & \\ln 2 \\\\ 1 & -\\frac{1}{2} + \\frac{3 \\, \\ln 2}{2} \\end{pmatrix}",
        "b": "\\ln 2",
        "z": "\\begin{pmatrix} 0 \\\\ 0 \\end{pmatrix}",
        "dv": "\\begin{pmatrix} 1 \\\\ 0 \\end{pmatrix}",
        "k": "\\begin{pmatrix} 1 \\\\ 2 \\end{pmatrix}",
        "y": "2",
        "\\ell(x)": "x_1^2 - 3*x_2",
    }
    assert [one.latex for one in found.indices] == ["i = 1", "m = 2"]
    assert (found.left.latex, found.right.latex) == ("\\frac{1}{3}", "\\frac{1}{2} + 3 \\, \\ln 2")
    assert (found.place, found.differing, found.total) == ("", 3, 4)


def marked(latex: str | None, marks: tuple[Span, ...]) -> list[str]:
    assert latex is not None
    return [latex[one.start : one.end] for one in marks]


@pytest.mark.parametrize(
    ("display_latex", "written", "repaired", "gone", "come", "line"),
    [
        ("a &= \\sum_i b_i \\quad (m \\neq k) \\\\ c &= d", "a &= \\sum_i b_i", "a = b_i \\quad (m \\neq k)", ["\\sum_i"], [],
         "a = \\sum_i b_i \\quad (m \\neq k)"),
        ("c &= a \\\\ &= 2b", "= 2b", "a = b", ["2"], [], "a = 2b"),
        ("a = b", "a = b", "a = -b", [], ["-"], "a = b"),
    ],
)  # fmt: skip
def test_a_repair_marks_what_differs_and_nothing_else(
    display_latex: str, written: str, repaired: str, gone: list[str], come: list[str], line: str
) -> None:
    """The left side of a chain and the side conditions are the same in both lines."""
    claim = JudgedClaim("1.1", Span(0, 1), written, "equality", replace(REFUTED, repair=Repair(repaired, "e", AllSizes())))
    report = DocumentReport(Source("a.md", "x"), (JudgedDisplay(Span(0, 1), display_latex, (claim,)),))
    found = page(report).displays[0].claims[0].repair
    assert found is not None
    assert found.written.latex == line
    assert marked(found.written.latex, found.written_marks) == gone
    assert marked(found.repaired.latex, found.repaired_marks) == come


def test_proofs_in_steps() -> None:
    step = ProofStep("derivative", "by the product rule", "d(AB)", "Matrix Cookbook (37)")
    told = judged(replace(PROVED, steps=(step,))).displays[0].claims[0].steps
    assert [(s.kind, plain(s.text), s.formula.latex if s.formula else None, s.source) for s in told] == [
        ("derivative", "by the product rule", "d(AB)", "Matrix Cookbook (37)"),
    ]  # fmt: skip
    kinds = [step.kind for step in judged(PROVED).displays[0].claims[0].steps]
    assert kinds == ["normal form", "entry by entry"]
    only = judged(NAMED).displays[0].claims[0].steps
    assert [plain(one.text) for one in only] == ["Both sides have the same entries, exactly, at the sizes N = 2."]


def test_what_several_proofs_use_is_listed_once() -> None:
    """Definitions and rules; comparisons, whatever they compared, belong to their proof."""
    rule, once, compared = ProofStep("derivative", "chain rule", "a = b"), ProofStep("unfold", "X", "X = 1"), (
        ProofStep("entry by entry", "compared", "N = 2"))
    first, second = replace(PROVED, steps=(rule, once, rule, compared)), replace(PROVED, steps=(compared, rule))
    repaired = replace(REFUTED, repair=Repair("a = c", "e", AllSizes(), replace(PROVED, steps=(rule,))))
    shown = judged(first, second, repaired)
    assert [(one.rule, plain(one.text)) for one in shown.rules] == [(1, "chain rule")]
    claims = shown.displays[0].claims
    assert [one.rule for one in claims[0].steps] == [1, 0, 1, 0]
    assert [one.rule for one in claims[1].steps] == [0, 1]
    assert claims[2].repair is not None
    assert [one.rule for one in claims[2].repair.steps] == [1]
    assert judged(first).rules == ()


def test_problems_keep_their_place() -> None:
    shown = page(document(problems=(WARNING, ERROR))).problems
    assert [(one.warning, one.code, one.place) for one in shown] == [
        (True, "unknown-key", "given.yaml:1:1"), (False, "unbalanced-math", "doc.md:1:1"),
    ]  # fmt: skip


def test_what_needs_attention_the_worst_first() -> None:
    shown = page(EVERYTHING.documents[0])
    assert [one.id for one in shown.attention] == ["2.1", "5.1", "6.1", "4.1"]


def test_the_page_names_what_it_was_made_from() -> None:
    digest = hashlib.sha256(b"a = b").hexdigest()
    assert judged(PROVED).colophon.inputs == (("a.md", digest),)
    file = Source("a.md", "a = b", digest="of the bytes")
    assert judged(PROVED, inputs=(file,)).colophon.inputs == (("a.md", "of the bytes"),)
    assert page(EVERYTHING.documents[0], (("--given", "x.yaml"),)).colophon.options == (("--given", "x.yaml"),)
