"""Properties that running text tells in words: what is said counts, what is denied or supposed proves nothing."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify

TWICE = r"$$\nabla_x (x^TAx) = 2Ax$$"
THRICE = r"$$\nabla_x (x^TAx) = 3Ax$$"
CROSS = r"$$L = -\sum_k y_k \log p_k, \quad p = \operatorname{softmax}(z)$$"
SQUARE = r"$A \in \mathbb{R}^{n\times n}$"

SAID = [
    "Let $A$ be a symmetric $n\\times n$ matrix.",
    "Let $A$, $B$ be matrices of size $n \\times n$.\n\nBoth $A$ and $B$ are symmetric.",
    "with a real symmetric matrix $A$",
    "with symmetric matrices $B$ and $A$",
    f"{SQUARE}, with a symmetric matrix $A = A^T$",
    "We need a symmetric positive definite matrix $A$.",
    f"Sei {SQUARE} symmetrisch.",
    f"Sei {SQUARE} eine positiv definite Matrix.",
    "où $A$ est une matrice symétrique",
    "其中 $A$ 是对称矩阵，$x\\in\\mathbb{R}^n$。",
]
UNSAID = [  # A is declared: 2Ax is false
    f"Let {SQUARE}, not necessarily symmetric.",
    f"Let {SQUARE} be skew-symmetric.",
    f"Let {SQUARE}, and let $B$ be a symmetric matrix.",
    f"Let {SQUARE} and $S$ be matrices, $S$ symmetric, $x$ a column.",
    f"Sei {SQUARE} eine nicht symmetrische Matrix.",
    f"设 {SQUARE} 为非对称矩阵。",
    f"Let {SQUARE}. Symmetric things are nice.",
]
SUPPOSED = [f"Let {SQUARE}. If $A$ is symmetric, then", f"Let {SQUARE}. For symmetric $A$ we find",
            f"Sei {SQUARE}. Falls $A$ symmetrisch ist:"]


def last_word(*parts: str) -> str:
    return verify(text="\n\n".join(parts), repairs=False).claims[-1].word


@pytest.mark.parametrize("words", SAID)
def test_what_is_said_counts(words: str) -> None:
    assert last_word(words, TWICE) == "proved"
    assert last_word(words, THRICE) == "refuted"


@pytest.mark.parametrize("words", UNSAID)
def test_what_is_denied_or_said_of_another_does_not(words: str) -> None:
    assert last_word(words, r"Let $x \in \mathbb{R}^n$.", TWICE) == "refuted"


@pytest.mark.parametrize("words", SUPPOSED)
def test_a_condition_proves_nothing_and_refutes_nothing(words: str) -> None:
    assert last_word(words, TWICE) == "unknown"
    assert last_word(words, THRICE) == "refuted"


@pytest.mark.parametrize("words", [
    r"Let $z \in \mathbb{R}^K$ and let $y \in \mathbb{R}^K$ be one-hot.", "where $y$ is a one-hot vector.",
    r"Let $z \in \mathbb{R}^K$, with one-hot labels $y \in \mathbb{R}^K$.",
])
def test_one_hot_columns_sum_to_one(words: str) -> None:
    assert last_word(words, CROSS, r"$$\frac{\partial L}{\partial z} = p - y$$") == "proved"
    assert last_word(words, CROSS, r"$$\frac{\partial L}{\partial z} = y - p$$") == "refuted"


def test_one_hot_rows_sum_to_one() -> None:
    lines = (r"$$P = \operatorname{softmax}(Z),\quad L = -\sum_{ik} Y_{ik}\log P_{ik}$$",
             r"$$\frac{\partial L}{\partial Z} = P - Y$$")
    assert last_word(r"Let $Y \in \mathbb{R}^{N \times K}$ be the one-hot labels.", *lines) == "proved"
    assert last_word(r"Let $Y \in \mathbb{R}^{N \times K}$ not be one-hot.", *lines) == "refuted"


def test_it_is_told() -> None:
    (document,) = verify(text=f"{SAID[0]}\n\n{TWICE}").documents
    assert "A is symmetric: the running text says so" in document.readings


VECTOR, MATRIX = r"$u \in \mathbb{R}^n$", r"$C \in \mathbb{R}^{n\times n}$"
CONDITIONS = [  # what words say of a declared name, and a line that holds only so
    ("be the vector of ones", r"u^\top u = n"), ("be the zero vector", r"u^\top u = 0"), ("have norm one", r"u^\top u = 1"),
    ("have unit length", r"u^\top u = 1"), ("have mean zero", r"\sum_i u_i = 0"), ("be a basis vector", r"u^\top u = 1"),
    ("be a probability distribution", r"\sum_i u_i = 1"), ("be weights that sum to one", r"\sum_i u_i = 1"),
    ("be an eigenvector of the matrix", r"u^\top u = 1"), ("minimise the loss", r"u = 0"),
    ("satisfy the constraint", r"u^\top u = 1"),
    ("be the identity matrix", r"C^2 = C"), ("be the all-ones matrix", r"C^2 = nC"), ("be the centering matrix", r"C^2 = C"),
    ("be a matrix whose rows sum to one", r"C\mathbf{1} = \mathbf{1}"), ("be its own inverse", r"C^2 = I"),
    ("die Einheitsmatrix", r"C^2 = C"), ("为单位矩阵", r"C^2 = C"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "line"), CONDITIONS)
def test_what_words_suppose_is_not_refuted(words: str, line: str) -> None:
    name = MATRIX if "C" in line else VECTOR
    assert last_word(f"Let {name} {words}.", f"$${line}$$") == "unknown"
    assert last_word(f"Let {name} be given.", f"$${line}$$") == "refuted"


def test_conditions_leave_derivatives_alone() -> None:
    """That w minimises a loss says nothing of the gradient by w."""
    words = r"Let $X \in \mathbb{R}^{n\times d}$, $y \in \mathbb{R}^n$, and let $w \in \mathbb{R}^d$ minimise the loss."
    assert last_word(words, r"$$\nabla_w \|Xw - y\|^2 = 2X^\top(Xw - y)$$") == "proved"
    assert last_word(words, r"$$\nabla_w \|Xw - y\|^2 = X^\top(Xw - y)$$") == "refuted"
