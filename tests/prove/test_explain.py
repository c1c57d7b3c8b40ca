"""Proofs told in steps: what is named was needed, and what is printed as the normal form is what both sides are."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from derivations.claims import Statement
from derivations.expr import UNIT, Add, Entry, Expr, Times
from derivations.pipeline import verify, with_steps
from derivations.prove import allsizes, explain
from derivations.prove.derivative import SLOPES
from derivations.prove.normal import REWRITES
from derivations.report.explain import printer
from derivations.report.outline import DocumentReport
from derivations.verdicts import ProofStep, Proved, Refuted

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
    for number, statement, meeting in sides(path):
        left, value, _ = explain.readable(statement, meeting)
        if left is None:
            left = statement.left
        right = _like(left, statement)
        bare = Statement(left, value, statement.context)
        for side in (left, right):
            assert isinstance(allsizes.prove(replace(bare, left=side)), allsizes.Proof), number
            spoiled = replace(bare, left=side, right=Add((value, UNIT)))
            assert isinstance(allsizes.prove(spoiled), allsizes.NoProof), number


def _like(left: Expr, statement: Statement) -> Expr:
    """The right side at the place of the left one's entry, under the same condition."""
    for guard in statement.guards:
        assert isinstance(left, Times)
        return Times(guard, statement.right)
    if left == statement.left:
        return statement.right
    indices = left.indices if isinstance(left, Entry) else getattr(left, "at", ())
    return Entry(statement.right, indices)
