"""Where no edit holds: the derivative itself, in matrix form and in the document's notation, proved like any repair."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.report.outline import word
from derivations.verdicts import Refuted

REGRESSION = (r"X \in \mathbb{R}^{N \times D}", r"w \in \mathbb{R}^{D}", r"y \in \mathbb{R}^{N}", r"\lambda \in \mathbb{R}",
              r"L = \frac{1}{N} \|X w - y\|^2 + \lambda w^T w")
LAYERS = (r"X^{(0)} \in \mathbb{R}^{N \times D}", r"W_1 \in \mathbb{R}^{D \times H}", r"W_2 \in \mathbb{R}^{H \times C}",
          r"\ell : \mathbb{R}^{N \times C} \to \mathbb{R}", "X^{(1)} = X^{(0)} W_1", "X^{(2)} = Relu(X^{(1)})",
          "X^{(3)} = X^{(2)} W_2", r"L = \ell(X^{(3)})")
SQUARE = (r"A \in \mathbb{R}^{n \times n}", r"B \in \mathbb{R}^{n \times n}", r"X \in \mathbb{R}^{n \times n}",
          r"a \in \mathbb{R}^{n}", r"b \in \mathbb{R}^{n}", r"\phi : \mathbb{R} \to \mathbb{R}", r"\det(X) \neq 0")


def repair(given: tuple[str, ...], line: str) -> str | None:
    (claim,) = verify(text=f"$${line}$$\n", given=given).claims
    assert isinstance(claim.verdict, Refuted), claim.verdict
    return claim.verdict.repair.latex if claim.verdict.repair else None


@pytest.mark.parametrize(
    ("given", "left", "wrong", "right"),
    [
        (REGRESSION, r"\frac{\partial L}{\partial w}", r"\frac{2}{N} w", r"\frac{2}{N} X^T (X w - y) + 2 \lambda w"),
        (REGRESSION, r"\frac{\partial L}{\partial w_i}", "w_i",
         r"\left(\frac{2}{N} X^T (X w - y) + 2 \lambda w\right)_{i}"),
        (LAYERS, r"\frac{\partial L}{\partial W_1}", "W_1", r"X^{(0)T} \frac{\partial L}{\partial X^{(1)}}"),
        (LAYERS, r"\frac{\partial L}{\partial X^{(0)}}", "X^{(0)}", r"\frac{\partial L}{\partial X^{(1)}} W_1^T"),
        (LAYERS, r"\frac{\partial L}{\partial X^{(1)}}", "X^{(1)}",
         r"\frac{\partial L}{\partial X^{(2)}} \odot \mathbb{1}[X^{(1)} > 0]"),
        (SQUARE, r"\frac{\partial}{\partial X} (\log\det(X) + a^T X b)", "A", "X^{-T} + a b^T"),
        (SQUARE, r"\frac{\partial}{\partial X} \operatorname{tr}(X A X^T B)", "B X A", "B^T X A^T + B X A"),
        (SQUARE, r"\frac{\partial}{\partial X} a^T X^{-1} b", "A", "-X^{-T} a b^T X^{-T}"),
        (SQUARE, r"d(X^{-1})", "A dX", "-X^{-1} dX X^{-1}"),
        (SQUARE, r"d(X A X^T)", "A dX", "(dX A + X dA) X^T + X A (dX)^T"),
    ],
)  # fmt: skip
def test_the_derivative_is_worked_out_anew(given: tuple[str, ...], left: str, wrong: str, right: str) -> None:
    """Right, and written with the document's own names; the wanted form is written by hand."""
    latex = repair(given, f"{left} = {wrong}")
    assert latex is not None
    assert [word(c.verdict) for c in verify(text=f"$${latex}$$\n", given=given).claims] == ["proved"]
    assert latex == f"{left} = {right}"


def test_an_edit_comes_before_the_derivative_itself() -> None:
    assert repair(SQUARE, r"\frac{\partial}{\partial X} \operatorname{tr}(X A) = -A^T") == (
        r"\frac{\partial}{\partial X} \operatorname{tr}(X A) = A^T"
    )


def test_an_unknown_function_alone_has_no_matrix_form() -> None:
    """∂L/∂X for L = ℓ(X) has no other name than its own; the left side again is no repair."""
    given = (r"X \in \mathbb{R}^{n \times m}", r"\ell : \mathbb{R}^{n \times m} \to \mathbb{R}", r"L = \ell(X)")
    assert repair(given, r"\frac{\partial L}{\partial X} = 2 X") is None
