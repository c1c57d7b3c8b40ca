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
