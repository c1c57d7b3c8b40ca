"""Whatever stands between the dollars, the answer is a report."""

from __future__ import annotations

import random

import pytest

from derivations.pipeline import verify

GIVEN = [
    r"A \in \mathbb{R}^{n \times n}",
    r"X \in \mathbb{R}^{N \times C}",
    r"x \in \mathbb{R}^n",
    r"k \in \{1,\dots,C\}^N",
    r"t \in \mathbb{R}",
    r"\phi : \mathbb{R} \to \mathbb{R}",
    r"\ell : \mathbb{R}^{n} \to \mathbb{R}",
    r"L = \ell(Ax)",
    r"f(x) = x^TAx",
    r"u_j \in \mathbb{R}^d",
]
PIECES = [
    "A",
    "X",
    "x",
    "t",
    "L",
    "k",
    "u_j",
    "x_i",
    "X_{ij}",
    "X_{ik}",
    "A^T",
    "A^{-1}",
    r"\phi(x)",
    r"\phi'(t)",
    "f(x)",
    r"\nabla f(x)",
    r"\frac{\partial L}{\partial x}",
    "dA",
    "dx",
    "d(Ax)",
    r"\sum_i",
    r"\sum_{j\neq i}",
    r"\log",
    r"\operatorname{tr}",
    r"\mathbf 1",
    "I",
    "e_i",
    "2",
    "+",
    "-",
    "=",
    r"\cdot",
    r"\odot",
    "*",
    "/",
    "^2",
    "_{ij}",
    "(",
    ")",
    "{",
    "|",
    r"\quad",
    r"i \neq j",
    ",",
    r"\dots",
    "&",
    r"\begin{cases} 1 & i = j \\ 0 & i \neq j\end{cases}",
    r"\mathbb 1[x_i > 0]",
    r"\sqrt{t}",
    r"\frac{d}{dt}",
    "'",
    "y",
    "A_{i:}",
    r"\begin{bmatrix} 1 & 2 \\ 3 & 4\end{bmatrix}",
    r"\mathrm{diag}(x)",
    "softmax(x)_i",
]


@pytest.mark.parametrize("seed", range(120))
def test_any_formula_gets_a_verdict(seed: int) -> None:
    """Pieces of notation thrown together: nothing is raised, and a display is there with its claims."""
    draw = random.Random(seed)
    sides = [" ".join(draw.choice(PIECES) for _ in range(draw.randint(2, 8))) for _ in range(2)]
    (document,) = verify(text=f"$${sides[0]} = {sides[1]}$$\n", given=GIVEN).documents
    assert not document.errors
    assert len(document.displays) == 1


@pytest.mark.parametrize(
    "display", [r"\mathbf 1 \odot = dx A = A \dots", r"\exp \frac12 x A_{i:} dA = \sqrt{t} X u_j \frac{\partial}{\partial x} A"]
)
def test_edits_that_leave_no_formula_are_no_repairs(display: str) -> None:
    """Found by throwing pieces together: an edited side that falls apart ended the whole run."""
    (document,) = verify(text=f"$${display}$$\n", given=GIVEN).documents
    assert document.displays
