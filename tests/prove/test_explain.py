"""Proofs told in steps: what is named was needed, and what is printed as the normal form is what both sides are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from derivations.claims import Context, Statement
from derivations.expr import UNIT, Add, Apply, Delta, Dim, Entry, Expr, Identity, Position, Times, Vec, number
from derivations.pipeline import verify, with_steps
from derivations.prove import allsizes, explain
from derivations.prove.derivative import SLOPES
from derivations.prove.normal import REWRITES
from derivations.report.explain import printer
from derivations.report.outline import DocumentReport
from derivations.verdicts import AllSizes, ProofStep, Proved, Refuted
from tests.prove.identities import (
    at,
    context,
    d,
    dims,
    f,
    grad,
    index,
    inv,
    minus,
    mm,
    plus,
    square,
    sym,
    t,
    times,
    twice,
)

ROOT = Path(__file__).resolve().parents[2]


def steps_of(text: str, *given: str) -> tuple[ProofStep, ...]:
    """The steps of the last claim, which is proved."""
    verdict = with_steps(verify(text=text, given=given, repairs=False)).claims[-1].verdict
    assert isinstance(verdict, Proved), verdict
    return verdict.steps


def names(steps: tuple[ProofStep, ...], kind: str) -> list[str]:
    """Definitions by their name, rules as they are called."""
    found = [step.text for step in steps if step.kind == kind]
    if kind == "unfold":
        return [m[1] for text in found if (m := re.fullmatch("(.*) is unfolded:", text))]
    return [text.removesuffix(":").removesuffix(" is written out").lower() for text in found]


QUADRATIC = r"""
Let $x \in \mathbb{R}^{n}$ and $A \in \mathbb{R}^{n \times n}$.
$$\nabla_x (x^T A x) = (A + A^T) x$$
"""

NETWORK = r"""
Let $X \in \mathbb{R}^{N \times D}$, $W \in \mathbb{R}^{D \times C}$, $Y \in \mathbb{R}^{N \times C}$.
$$Z = X W, \qquad H = \operatorname{relu}(Z), \qquad P = \operatorname{softmax}(Z)$$
$$L = \frac{1}{2} \|H - Y\|^2$$
"""


@pytest.mark.parametrize(
    ("text", "unfolded", "functions", "rules"),
    [
        (QUADRATIC, [], [], {"derivative of an entry", "product rule"}),
        (NETWORK + r"$$\frac{\partial L}{\partial H} = H - Y$$", ["L"], [], {"derivative of an entry", "power rule"}),
        (
            NETWORK + r"$$\frac{\partial L}{\partial Z} = (H - Y) \odot \mathbb{1}[Z > 0]$$",
            ["L", "H"],
            ["relu"],
            {"derivative of an entry", "power rule", "product rule", "derivative of a step"},
        ),
        (
            NETWORK + r"$$\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial Z}$$",
            ["L", "Z", "H"],
            ["relu"],
            {"derivative of an entry", "power rule", "product rule", "derivative of a step"},
        ),
        (NETWORK + r"$$P = \operatorname{softmax}(X W)$$", ["P", "Z"], ["softmax"], set()),
        (
            r"Let $X \in \mathbb{R}^{n \times n}$. $$d(X^{-1}) = -X^{-1} (dX) X^{-1}$$",
            [], [], {"derivative of an entry", "derivative of an inverse"},
        ),
        (
            r"Let $X \in \mathbb{R}^{n \times n}$. $$\nabla_X \det(X) = \det(X) X^{-T}$$",
            [], [], {"derivative of an entry", "derivative of a determinant"},
        ),
    ],
)  # fmt: skip
def test_what_is_named_is_what_was_needed(text: str, unfolded: list[str], functions: list[str], rules: set[str]) -> None:
    """No rule of a function that does not occur, no definition that the line holds without."""
    steps = steps_of(text)
    assert names(steps, "unfold") == unfolded
    assert names(steps, "function") == functions
    assert set(names(steps, "derivative")) == rules


def test_a_rule_has_its_source() -> None:
    steps = steps_of(r"Let $X \in \mathbb{R}^{n \times n}$. $$d(X^{-1}) = -X^{-1} (dX) X^{-1}$$")
    (inverse,) = [step for step in steps if step.text == "Derivative of an inverse:"]
    assert "Matrix Cookbook (59)" in inverse.source
    laws = [*(row.law for row in SLOPES.values()), *(rule.law for rule in REWRITES)]
    assert all(law.name and law.source for law in laws)
    assert len({law.name for law in laws}) == len(laws)


def test_what_depends_on_the_variable_is_unfolded() -> None:
    """As a letter it would count as constant, and 0 = 0 be the proof."""
    text = r"Let $x \in \mathbb{R}^{n}$. $$z = 2 x, \qquad L = z^T z$$ $$\frac{\partial L}{\partial x} = \nabla_x (z^T z)$$"
    steps = steps_of(text)
    assert sorted(names(steps, "unfold")) == ["L", "z"]
    assert not steps[-2].latex.endswith("= 0")


def test_what_stays_a_name_is_told() -> None:
    steps = steps_of(NETWORK + r"$$\frac{\partial L}{\partial H} = H - Y$$")
    assert "H is not unfolded: the line holds whatever it is." in [step.text for step in steps]
    assert not any("own definition" in step.text for step in steps)


def test_what_is_differentiated_by_and_has_a_definition_is_told() -> None:
    steps = steps_of(NETWORK + r"$$\frac{\partial L}{\partial W} = X^T \frac{\partial L}{\partial Z}$$")
    assert any(step.kind == "variable" and step.text.startswith("Z is the variable") for step in steps)


def test_a_differential_is_compared_for_every_change() -> None:
    steps = steps_of(r"Let $X \in \mathbb{R}^{n \times m}$. $$d(\operatorname{tr}(X^T X)) = 2 \operatorname{tr}(X^T dX)$$")
    assert [step.text for step in steps if step.kind == "differential"] == ["Both sides are compared for every dX:"]
    assert not [step for step in steps_of(QUADRATIC) if step.kind == "differential"]


def test_an_assumption_that_is_used_is_told() -> None:
    text = r"Let $Q \in \mathbb{R}^{n \times n}$ and $x \in \mathbb{R}^{n}$. $$\|Q x\|^2 = x^T x$$"
    (step,) = [s for s in steps_of(text, "Q^T Q = I") if s.text == "An assumption of the document is used:"]
    assert step.latex == r"Q^{\top} Q = I_{n}"
    assert step.source == "the document"


def test_a_function_of_the_document_is_written_out() -> None:
    text = r"$$\sigma(x) = \frac{1}{1 + e^{-x}}$$ Let $s \in \mathbb{R}$. $$\sigma(-s) = 1 - \sigma(s)$$"
    (step,) = [step for step in steps_of(text) if step.kind == "function"]
    assert step.latex == r"\sigma(x) = \frac{1}{1 + \exp(-x)}"


def test_entries_are_counted() -> None:
    (step,) = [step for step in steps_of(QUADRATIC) if step.kind == "entry by entry"]
    assert "2 entries at n = 2; 3 entries at n = 3" in step.text


def test_large_sizes_are_letters() -> None:
    steps = steps_of(r"Let $A \in \mathbb{R}^{784 \times 10}$. $$(A^T)^T = A$$")
    assert steps[0].kind == "sizes"
    assert steps[0].text == "Large sizes are taken as letters, n_{10}, n_{784}: the line is proved for all their values."


def test_a_proof_at_named_sizes_says_so() -> None:
    (claim,) = [c for c in verify(text=QUADRATIC, repairs=False).claims if isinstance(c.verdict, Proved)]
    assert isinstance(claim.verdict, Proved)
    named = replace(claim.verdict, scope=({"n": 2},))
    steps = explain.explain_proof(named, lambda context: printer(context, {}))
    assert steps[-1].text == "No proof for all sizes was found: nothing is said of other sizes."
    assert not [step for step in steps if step.kind in ("normal form", "derivative")]


def test_steps_are_told_only_where_they_are_asked_for() -> None:
    report = verify(ROOT / "docs" / "backpropagation.md")
    assert not any(isinstance(c.verdict, Proved) and c.verdict.steps for c in report.claims)
    told = with_steps(report)
    assert all(c.verdict.steps for c in told.claims if isinstance(c.verdict, Proved))
    repairs = [c.verdict.repair for c in told.claims if isinstance(c.verdict, Refuted)]
    assert repairs
    assert all(r is not None and r.proof is not None and r.proof.steps for r in repairs)


# ------------------------------------------------------------ the normal form

READABLE = {
    "docs/backpropagation.md":
        r"\frac{\partial L}{\partial (W_2)_{i,j}} = \frac{1}{N} \sum_{l=1}^{N}"
        r" X^{(2)}_{l,i} (X^{(4)}_{l,j} - \mathbb{1}[j = k_{l}])",
    "docs/gallery/softmax-regression.md":
        r"\frac{\partial L}{\partial b_{i}} = \frac{1}{N} \sum_{j=1}^{N} (P_{j,i} - Y_{j,i})",
    "docs/gallery/ridge.md":
        r"\frac{\partial f}{\partial w_{i}} = \sum_{j=1}^{n} X_{j,i}"
        r" \left(\sum_{l=1}^{d} w_{l} X_{j,l} - y_{j}\right) + w_{i} \lambda",
    "docs/gallery/logistic-regression.md":
        r"\frac{\partial J}{\partial w_{i}} = \frac{1}{n} \sum_{j=1}^{n} X_{j,i} (p_{j} - y_{j})",
    "docs/gallery/matrix-factorisation.md":
        r"\frac{\partial L}{\partial U_{i,j}} = \sum_{l=1}^{n} M_{i,l} V_{l,j}"
        r" \left(\sum_{p=1}^{r} U_{i,p} V_{l,p} - R_{i,l}\right)"
        r" + U_{i,j} \lambda",
    "tests/catalogue/cross-entropy.md":
        r"(1 - \mathbb{1}[j = k_{i}]) \frac{\partial L}{\partial S_{i,j}}"
        r" = \frac{\exp(S_{i,j})}{N \sum_{l=1}^{C} \exp(S_{i,l})} (1 - \mathbb{1}[j = k_{i}])",
    "tests/catalogue/labels.md":
        r"\frac{\partial s}{\partial X_{i,j}} = \mathbb{1}[j = k_{i}]",
}  # fmt: skip


def test_brackets_are_as_tall_as_what_stands_in_them() -> None:
    assert explain.tall(r"X^{(2)} (\frac{a}{(b)} - (c))") == r"X^{(2)} \left(\frac{a}{(b)} - (c)\right)"
    assert explain.tall("(a) ) (") == "(a) ) ("


def forms(document: DocumentReport) -> list[str]:
    """The normal forms that are printed, as equations."""
    found = []
    for claim in document.claims:
        if isinstance(claim.verdict, Proved):
            (step,) = [s for s in claim.verdict.steps if s.kind == "normal form"] or [None]
            if step is not None and step.text.lower().endswith("both sides come to:"):
                written = "=" in re.sub(r"\[.*?\]|_\{.*?\}", "", step.latex)
                left = printer(claim.verdict.statement.context, document.functions).latex(claim.verdict.statement.left)
                found.append(step.latex if written else f"{left} = {step.latex}")
    return found


@pytest.mark.parametrize("path", READABLE)
def test_printed_normal_forms_read_back_and_are_proved(path: str) -> None:
    """Printed, read again by our own reader, and judged as a claim."""
    text = (ROOT / path).read_text(encoding="utf-8")
    (document,) = with_steps(verify(path, text=text, repairs=False)).documents
    printed = forms(document)
    assert printed
    again = verify(path, text="\n\n".join([text, *(f"$${form}$$" for form in printed)]), repairs=False)
    new = again.claims[len(document.claims):]
    assert len(new) == len(printed)
    assert [claim.latex for claim in new if claim.word != "proved"] == []
    assert READABLE[path] in printed


def sides(path: str) -> list[tuple[str, Statement, allsizes.Meeting]]:
    """The claims of a document with a proof for every size, in their most general form."""
    found = []
    for claim in verify(ROOT / path, repairs=False).claims:
        if isinstance(claim.verdict, Proved):
            proof = allsizes.prove(claim.verdict.statement)
            if isinstance(proof, allsizes.Proof):
                general, proof, _ = explain.most_general(claim.verdict.statement, proof)
                found.append((claim.id, general, proof.meeting))
    return found


@pytest.mark.parametrize("path", ["docs/gallery/principal-components.md", "tests/catalogue/softmax-jacobian.md"])
def test_both_sides_are_the_normal_form(path: str) -> None:
    """As expressions, also where the print would be too long; with 1 added to it they are not."""
    for line, statement, meeting_ in sides(path):
        left, value, _ = explain.readable(statement, meeting_)
        if left is None:
            left = statement.left
        right = _like(left, statement)
        bare = Statement(left, value, statement.context)
        for side in (left, right):
            assert isinstance(allsizes.prove(replace(bare, left=side)), allsizes.Proof), line
            spoiled = replace(bare, left=side, right=Add((value, UNIT)))
            assert isinstance(allsizes.prove(spoiled), allsizes.NoProof), line


def _like(left: Expr, statement: Statement) -> Expr:
    """The right side at the place of the left one's entry, under the same condition."""
    for guard in statement.guards:
        assert isinstance(left, Times)
        return Times(guard, statement.right)
    if left == statement.left:
        return statement.right
    indices = left.indices if isinstance(left, Entry) else getattr(left, "at", ())
    return Entry(statement.right, indices)


# ------------------------------------------------------- steps of one statement

n, m = dims("n m")
i, j = index("i", n), index("j", n)
s, a, b = sym("s"), sym("a"), sym("b")
x, y, A, B = sym("x", n), sym("y", n), sym("A", n, n), sym("B", n, n)
KNOWN = context(s, a, b, x, y, A, B)


def told(left: Expr, right: Expr, known: Context = KNOWN, *guards: Expr) -> tuple[ProofStep, ...]:
    """The steps that tell why a true line holds."""
    proved = Proved(Statement(left, right, known, guards), AllSizes(), "")
    return explain.explain_proof(proved, lambda where: printer(where, {}))


def meeting(left: Expr, right: Expr, known: Context = KNOWN, *guards: Expr) -> tuple[str, str]:
    (step,) = [step for step in told(left, right, known, *guards) if step.kind == "normal form"]
    return step.text, step.latex


LONG = explain.LONGEST
r, v = sym("r", Dim(3)), sym("v", Dim(1, ("m", "n")))
Q, wide, long_, longer = sym("Q", m, n), sym("y" * 250, n), sym("x" * LONG), sym("x" * (LONG + 1))
FIRST = Position(1, Dim(3))


@pytest.mark.parametrize(
    ("left", "right", "text", "latex"),
    [
        (plus(s, a), plus(a, s), "Both sides come to:", "s + a"),
        (plus(x, y), plus(y, x), "Both sides come to:", "(x + y)_{i} = x_{i} + y_{i}"),
        (Vec(Q), plus(Vec(Q), minus(Vec(Q), Vec(Q))), "Entry by entry both sides come to:", "Q_{j,i}"),
        (times(at(r, FIRST), r), times(r, at(r, FIRST)),
         "In the first of 3 cases, one for each place along the sizes that are numbers, both sides come to:", "r_{1}^{2}"),
        (mm(A, inv(plus(Identity(n), mm(B, A)))), mm(inv(plus(Identity(n), mm(A, B))), A),
         "The difference of both sides, cleared of denominators, is 0; the left side comes to:",
         r"(A (I_{n} + B A)^{-1})_{i,j} = \sum_{l=1}^{n} A_{i,l} ((I_{n} + B A)^{-1})_{l,j}"),
        (v, plus(minus(v, Vec(Q)), Vec(Q)), "Entry by entry both sides come to one term that no formula here can show.", ""),
        (plus(v, Vec(Q)), plus(Vec(Q), v), "Entry by entry both sides come to a sum of 2 terms that no formula here can show.",
        ""),
        # as long as can be shown, and one character longer
        (long_, long_, "Both sides come to:", long_.name), (longer, longer, "Both sides come to one term, too long to be shown.",
        ""),
        (wide, wide, "Both sides come to one term:", f"{wide.name}_{{i}}"),
        (plus(long_, s), plus(s, long_), "Both sides come to a sum of 2 terms, the first of which is:", long_.name),
        (plus(longer, s), plus(s, longer), "Both sides come to a sum of 2 terms, too long to be shown.", ""),
    ],
)  # fmt: skip
def test_where_both_sides_meet(left: Expr, right: Expr, text: str, latex: str) -> None:
    """In words that say what was done: case by case, entry by entry, cleared of denominators."""
    assert meeting(left, right) == (text, latex)


def test_under_a_condition_both_sides_are_times_the_condition() -> None:
    equal = Delta(i, j)
    text, latex = meeting(at(x, i), at(x, j), KNOWN, equal)
    assert text == "Where the condition holds both sides come to:"
    assert latex == r"\mathbb{1}[i = j] x_{i} = \mathbb{1}[i = j] x_{i}"
    text, latex = meeting(s, s, KNOWN, equal)
    assert latex == r"\mathbb{1}[i = j] s = \mathbb{1}[i = j] s"


@pytest.mark.parametrize(
    ("left", "shown"),
    [
        (plus(A, B), "(A + B)_{i,j}"), (A, "A_{i,j}"), (at(x, i), "x_{i}"), (grad(Apply("f", x, ()), x),
        r"\frac{\partial f(x)}{\partial x_{i}}"),
        (grad(Apply("f", x, (n,)), x), r"\left(\frac{\partial f(x)}{\partial x}\right)_{i,j}"),
    ],
)  # fmt: skip
def test_left_sides_have_their_indices(left: Expr, shown: str) -> None:
    """A derivative by an entry is written as one."""
    text, latex = meeting(left, plus(minus(left, left), left))
    assert text == "Both sides come to:"
    assert latex.split(" = ")[0] == shown if " = " in latex else latex == shown


def entries(left: Expr, known: Context = KNOWN) -> str:
    (step,) = [step for step in told(left, left, known) if step.kind == "entry by entry"]
    return step.text


@pytest.mark.parametrize(
    ("left", "counted"),
    [
        (s, "one entry"), (r, "3 entries"), (x, "2 entries at n = 2; 3 entries at n = 3"), (A,
        "4 entries at n = 2; 9 entries at n = 3"),
        (at(A, i, j), "4 entries at n = 2; 9 entries at n = 3"), (at(x, Position(1, n)),
        "one entry at n = 2; one entry at n = 3"),
        (Q, "6 entries at m = 2, n = 3; 6 entries at m = 3, n = 2"), (Vec(Q),
        "6 entries at m = 2, n = 3; 6 entries at m = 3, n = 2"),
        (sym("w", Dim(2, ("n",))), "6 entries at n = 3; 8 entries at n = 4"),
    ],
)  # fmt: skip
def test_entries_are_counted_at_the_sizes(left: Expr, counted: str) -> None:
    assert entries(left) == f"Computed a second way, entry by entry, both sides agree modulo random primes: {counted}."


# --------------------------------------------------------- the most general line


def kept(left: Expr, right: Expr, **definitions: Expr) -> tuple[tuple[str, ...], list[str]]:
    """Names that stay names, and those that are unfolded."""
    statement = Statement(left, right, replace(KNOWN, definitions=definitions))
    proof = allsizes.prove(statement)
    assert isinstance(proof, allsizes.Proof)
    general, proof, names_ = explain.most_general(statement, proof)
    assert not set(names_) & set(general.context.definitions)
    return names_, [name for name in definitions if name in explain.used_definitions(proof)]


u, w, z = sym("u"), sym("w"), sym("z")


@pytest.mark.parametrize(
    ("left", "right", "definitions", "whole", "unfolded"),
    [
        (plus(w, s), plus(s, w), {"w": twice(a)}, ("w",), []), (w, twice(a), {"w": twice(a)}, (), ["w"]),
        (plus(w, u), plus(u, w), {"u": square(a), "w": twice(a)}, ("w", "u"), []),
        (plus(w, u), plus(u, a, a), {"u": square(a), "w": twice(a)}, ("u",), ["w"]),
        # a name inside of another's definition
        (w, twice(u), {"u": square(a), "w": twice(u)}, ("u",), ["w"]), (plus(w, u), plus(u, w), {"u": square(a), "w": twice(u)},
        ("w", "u"), []),
        # as a letter it would count as constant
        (grad(w, s), number(2), {"w": twice(s)}, (), ["w"]), (grad(times(u, w), s), twice(u), {"u": a, "w": twice(s)},
        ("u",), ["w"]),
        (d(w, s), twice(d(s, s)), {"w": twice(s)}, (), ["w"]),
        # as a letter it would have to be positive
        (f("log", square(w)), twice(f("log", w)), {"w": f("exp", s)}, (), ["w"]),
    ],
)  # fmt: skip
def test_the_most_general_line(
    left: Expr, right: Expr, definitions: dict[str, Expr], whole: tuple[str, ...], unfolded: list[str]
) -> None:
    """Definitions are taken away wherever the line holds without them, on no further conditions."""
    assert kept(left, right, **definitions) == (whole, unfolded)


def test_attempts_are_counted() -> None:
    """The names are tried together; where that fails, the first 12 one by one."""
    letters = [sym(f"w_{k}") for k in range(explain.ATTEMPTS + 1)]
    definitions = {w.name: times(number(k + 2), s) for k, w in enumerate(letters)}
    names_, unfolded = kept(plus(*letters, z), plus(*letters, twice(a)), **definitions, z=twice(a))
    assert names_ == tuple(w.name for w in letters[: explain.ATTEMPTS])
    assert unfolded == [letters[-1].name, "z"]


def test_what_is_not_unfolded() -> None:
    known = replace(KNOWN, definitions={"u": square(a), "w": twice(a)})
    (step,) = [step for step in told(plus(w, u), plus(u, w), known) if step.kind == "kept"]
    assert step.text == "w, u are not unfolded: the line holds whatever they are."


def test_names_in_the_order_in_which_one_meets_them() -> None:
    """The claim's own first, from left to right, then those in definitions; and in side conditions."""
    definitions = {"z": twice(a), "u": twice(z), "w": plus(b, z), "o": a}
    statement = Statement(plus(w, s), u, replace(KNOWN, definitions=definitions), (sym("o"),))
    assert explain.reading_order(statement) == ["w", "u", "o", "z"]
    assert explain._outermost(["w", "u", "z"], statement.context) == ["w", "u"]
    assert explain._moving(Statement(grad(w, a), d(u, b), statement.context)) == {"a", "b"}


@pytest.mark.parametrize(("others", "shown"), [(explain.NEIGHBOURS - 1, r"s w"), (explain.NEIGHBOURS, r"s a b")])
def test_neighbours(others: int, shown: str) -> None:
    """Names that the line does not read stand for products of what it reads: the latest 40 of the document."""
    definitions: dict[str, Expr] = {"w": times(a, b), **{f"o_{k}": plus(s, number(k)) for k in range(others)}}
    _, latex = meeting(times(s, a, b), times(a, b, s), replace(KNOWN, definitions=definitions))
    assert latex == shown


# ------------------------------------------------------------------- the rest


def test_no_proof_no_steps() -> None:
    assert told(s, a) == ()


@pytest.mark.parametrize("name", explain.WRITTEN_OUT)
def test_what_is_written_out_is_true(name: str) -> None:
    """Functions that are abbreviations: each line is one that we prove; with 1 added it is not."""
    given = [r"u \in \mathbb{R}", r"x \in \mathbb{R}^{n}", r"X \in \mathbb{R}^{n \times m}"]
    left, right = explain.WRITTEN_OUT[name][0].split(" = ", 1)
    text = f"$$0 u + {left} = {right}$$\n\n$$0 u + {left} = 1 + {right}$$"
    true, false = verify(text=text, given=given, repairs=False).claims
    assert isinstance(true.verdict, Proved), true.verdict
    assert isinstance(false.verdict, Refuted), false.verdict


def test_rules_are_told_once_and_in_order() -> None:
    """Rules of differentiation first; rules that say nothing of their own are left out."""
    left = grad(mm(t(x), inv(A), A, x), x)
    steps = told(left, twice(x))
    kinds = [step.kind for step in steps if step.kind in ("derivative", "rewrite")]
    assert kinds == sorted(kinds)
    assert [step.text for step in steps if step.kind == "rewrite"] == ["Inverse times matrix:"]
    assert all(step.latex and step.source for step in steps if step.kind in ("derivative", "rewrite"))


def test_every_change_is_told() -> None:
    (step,) = [step for step in told(d(times(s, a), s, a), d(times(a, s), a, s)) if step.kind == "differential"]
    assert step.text in ("Both sides are compared for every ds, da:", "Both sides are compared for every da, ds:")


@pytest.mark.parametrize(
    ("latex", "shown"),
    [
        (r"(\sum x)", r"\left(\sum x\right)"), (r"(\prod x)", r"\left(\prod x\right)"), (r"((\frac{a}{b}))",
        r"\left(\left(\frac{a}{b}\right)\right)"),
        (r"(a) \frac{a}{b} (b)", r"(a) \frac{a}{b} (b)"), (r") (\frac{a}{b})", r") \left(\frac{a}{b}\right)"), ("", ""),
    ],
)  # fmt: skip
def test_tall_brackets(latex: str, shown: str) -> None:
    assert explain.tall(latex) == shown
