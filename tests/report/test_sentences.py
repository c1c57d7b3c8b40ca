"""Formulas in messages are told from words; a wrong guess would only cost looks."""

import pytest

from derivations.report.sentences import Formula, Words, sentence


def shown(text: str) -> str:
    """Formulas between brackets."""
    return "".join(f"⟦{p.latex}⟧" if isinstance(p, Formula) else p.text for p in sentence(text, {"output"}))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\sum_{i=1}^N hides the free index i", r"⟦\sum_{i=1}^N⟧ hides the free index ⟦i⟧"),
        ("at i = 1, m = 2 the left side is -1/6", "at ⟦i = 1⟧, ⟦m = 2⟧ the left side is ⟦-1/6⟧"),
        ("`*` is read as the matrix product", "⟦*⟧ is read as the matrix product"),
        ("dW_2 names the gradient of L by W_2", "⟦dW_2⟧ names the gradient of ⟦L⟧ by ⟦W_2⟧"),
        ("output is another name for X^{(4)}", r"⟦\mathrm{output}⟧ is another name for ⟦X^{(4)}⟧"),
        ("j runs over 1..C", r"⟦j⟧ runs over ⟦1, \dots, C⟧"),
        (r"\sum_{i} w_{i}^{2} ≠ 0 (reciprocal)", r"⟦\sum_{i} w_{i}^{2} \neq 0⟧ (reciprocal)"),
        (r"A_0 + t A_1 invertible (derivative of a root)", r"⟦A_0 + t A_1⟧ invertible (derivative of a root)"),
        (r"Relu is defined: Relu = \max(0, x)", r"Relu is defined: ⟦\operatorname{Relu} = \max(0, x)⟧"),
        (r"x^\top(\hat y-y) for x", r"⟦x^\top(\hat y-y)⟧ for ⟦x⟧"),
        ("a limit was reached; I do not know what to do", "a limit was reached; I do not know what to do"),
        ("a = 0 is a choice", "⟦a = 0⟧ is a choice"),
        ("A is m×n, x a column of n, I is square", r"⟦A⟧ is ⟦m\times n⟧, ⟦x⟧ a column of ⟦n⟧, ⟦I⟧ is square"),
        ("transpose A", "transpose ⟦A⟧"),
        ("swap b and a: it is a sum", "swap ⟦b⟧ and ⟦a⟧: it is a sum"),
        ("a product of 1×d and a column", r"a product of ⟦1\times d⟧ and a column"),
        ("cross_entropy is the mean over the rows", "cross_entropy is the mean over the rows"),
        ("C_{1} (", "⟦C_{1}⟧ ("),
    ],
)
def test_formulas_stand_apart_from_words(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_no_character_of_a_document_acts() -> None:
    pieces = sentence("say \x1b[31m \u202e and `\\write18{ls}`")
    assert all("\x1b" not in p.text and "\u202e" not in p.text for p in pieces if isinstance(p, Words))
    assert [p.latex for p in pieces if isinstance(p, Formula)] == [None]


def test_long_messages_are_words() -> None:
    assert sentence("x_1 " * 2000) == (Words("x_1 " * 2000),)
