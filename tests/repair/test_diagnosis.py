"""What kind of mistake a line is, told by a code; each beside a wrong line that is not of that kind."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.report.outline import code, message

MATRICES = (r"A \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^{n}", r"y \in \mathbb{R}^{n}")
LABELLED = (r"X \in \mathbb{R}^{N \times K}", r"k \in \{1,\dots,K\}^N")
SOFTMAX = (r"z \in \mathbb{R}^{K}", r"y \in \mathbb{R}^{K}", r"p = softmax(z)", r"L = -\sum_k y_k \log p_k")
NETWORK = (r"X \in \mathbb{R}^{N \times D}", r"W \in \mathbb{R}^{D \times H}", r"\ell : \mathbb{R}^{N \times H} \to \mathbb{R}",
           "Z = X W", r"L = \ell(Z)")  # fmt: skip


@pytest.mark.parametrize(
    ("given", "line", "wanted", "says"),
    [
        (MATRICES, r"(x_i)^2 = \sum_i x_i^2", "hidden-index", "hides the free index i"),
        (MATRICES, r"(x_i)^2 = \sum_j x_j^2", "counterexample", ""),
        (LABELLED, r"\sum_i X_{i k_i} = \sum_i \sum_j X_{i k_j}", "loose-label", "the label k of another row"),
        (LABELLED, r"\sum_i X_{i k_i} = 3 + \sum_i X_{i k_i} X_{i k_i}", "counterexample", ""),
        (MATRICES, r"\frac{\partial}{\partial A} (x^T A y) = y x^T", "other-layout", "numerator layout"),
        (MATRICES, r"\frac{\partial}{\partial A} (x^T A y) = 2 x y^T", "counterexample", ""),
        (NETWORK, r"\frac{\partial L}{\partial W} = (\frac{\partial L}{\partial Z})^T X", "other-layout", "numerator layout"),
        (MATRICES, r"\frac{\partial (x^T A x)}{\partial x} = 2 A x", "missing-assumption", "A were symmetric (given A = A^T)"),
        (MATRICES, r"\frac{\partial (x^T A x)}{\partial x} = 3 A x", "counterexample", ""),
        (SOFTMAX, r"\frac{\partial L}{\partial z} = p - y", "missing-assumption", "the entries of y summed to 1"),
        (SOFTMAX, r"\frac{\partial L}{\partial z} = p - 2 y", "counterexample", ""),
    ],
)
def test_the_mistake_is_named(given: tuple[str, ...], line: str, wanted: str, says: str) -> None:
    (claim,) = verify(text=f"$${line}$$\n", given=given).claims
    assert code(claim.verdict) == wanted, message(claim.verdict)
    assert says in message(claim.verdict)


def test_a_gradient_and_a_differential_under_one_name() -> None:
    """dZ names a gradient in one line and is a differential in another that is wrong."""
    lines = (r"dZ = \frac{\partial L}{\partial Z}", r"d(X W) = 2 dX\, W + X\, dW + dZ")
    report = verify(text="".join(f"$${line}$$\n\n" for line in lines), given=NETWORK)
    assert code(report.claims[-1].verdict) == "mixed-differential", message(report.claims[-1].verdict)


def test_an_assumption_is_the_repair_where_there_is_no_other() -> None:
    """It is told what to add: the line under that condition is proved, and nothing runs on it."""
    given = (r"Y \in \mathbb{R}^{N \times C}", r"X \in \mathbb{R}^{N \times C}")
    left = r"Y \mathbf{1} \mathbf{1}^T X^T"
    (claim,) = verify(text=f"$${left} = \\mathbf{{1}} \\mathbf{{1}}^T X^T$$\n", given=given).claims
    assert code(claim.verdict) == "missing-assumption"
    repair = claim.verdict.repair  # type: ignore[union-attr]
    assert repair is not None
    assert repair.edit == r"add the assumption Y \mathbf{1} = \mathbf{1}"
    assert repair.latex == f"{left} = \\mathbf{{1}} \\mathbf{{1}}^T X^T \\quad (Y \\mathbf{{1}} = \\mathbf{{1}})"
    assert repair.place is None
    assert repair.assumes == r"Y \mathbf{1} = \mathbf{1}"
    (again,) = verify(text=f"$${repair.latex}$$\n", given=given).claims
    assert again.word == "proved"
