"""Formulas as printers need them: what stands where, and nothing that could act."""

import pytest

from derivations.report.mathlist import (
    Accented,
    Big,
    Fence,
    Fenced,
    Frac,
    Grid,
    Letter,
    Marked,
    MathList,
    Number,
    Scripts,
    Space,
    Stacked,
    Symbol,
    Text,
    Unsettable,
    Word,
    math_list,
)
from derivations.source import Span

X, W = Letter("X"), Letter("W")


@pytest.mark.parametrize(
    ("latex", "items"),
    [
        ("X^{(2)}", (Scripts((X,), (), (Symbol("(", "open"), Number("2"), Symbol(")", "close"))),)),
        ("W_1^T", (Scripts((W,), (Number("1"),), (Letter("T"),)),)),
        ("W^T_1", (Scripts((W,), (Number("1"),), (Letter("T"),)),)),
        ("X'", (Scripts((X,), (), (Symbol("′", "ord"),)),)),
        ("X⁻¹", (Scripts((X,), (), (Symbol("−", "bin"), Number("1"))),)),
        ("\\frac12", (Frac((Number("1"),), (Number("2"),)),)),
        ("\\mathbf{X}", (Letter("X", "bf"),)),
        ("{\\bf X}", (Letter("X", "bf"),)),
        ("\\hat y", (Accented("hat", (Letter("y"),)),)),
        ("softmax(X)", (Word("softmax"), Symbol("(", "open"), X, Symbol(")", "close"))),
        ("XW", (X, W)),
        ("cross_entropy", (Word("cross_entropy"),)),
        ("0.25", (Number("0.25"),)),
        ("2.", (Number("2"), Symbol(".", "ord"))),
        ("\\left( X \\right]", (Fenced("(", (X,), "]"),)),
        ("\\sum_i", (Scripts((Big("∑"),), (Letter("i"),)),)),
        ("\\text{对于 a\\_b}", (Text("对于 a_b"),)),
        ("对于", (Text("对于"),)),
        ("α", (Letter("α"),)),
        ("X &= W", (X, Symbol("=", "rel"), W)),
        ("X \\quad W", (X, Space(1.0), W)),
        ("X % \\input{x}\n W", (X, W)),
        ("\\begin{cases} X & W \\\\ W & X \\end{cases}", (Grid("cases", (((X,), (W,)), ((W,), (X,)))),)),
        ("\\begin{bmatrix} X \\\\[2pt] W \\end{bmatrix}", (Grid("matrix", (((X,),), ((W,),)), ("[", "]")),)),
        ("\\mathit{score}", (Word("score", "it"),)),
        ("\\operatorname{cross\\_entropy}", (Word("cross_entropy"),)),
        ("\\Big( X \\Big)", (Fence("(", "open", 2), X, Fence(")", "close", 2))),
        ("\\underbrace{X}_{W}", (Stacked((X,), (W,), False, True),)),
        ("\\overset{W}{X}", (Stacked((X,), (W,), True, False),)),
        ("\\binom{X}{W}", (Grid("matrix", (((X,),), ((W,),)), ("(", ")")),)),
        ("X \\\\ W", (Grid("aligned", (((X,),), ((W,),))),)),
    ],
)
def test_what_stands_where(latex: str, items: MathList) -> None:
    assert math_list(latex) == items


def test_a_name_of_the_document_is_one_word() -> None:
    assert math_list("score") != math_list("score", frozenset({"score"})) == (Word("score"),)


@pytest.mark.parametrize(
    ("latex", "part", "items"),
    [
        ("X = W", "W", (X, Symbol("=", "rel"), Marked((W,)))),
        ("XW", "XW", (Marked((X, W)),)),
        ("\\frac{X}{W}", "W", (Frac((X,), (Marked((W,)),)),)),
        ("X_W^T", "X_W^T", (Marked((Scripts((X,), (W,), (Letter("T"),)),)),)),
        ("X_W^T", "W", (Scripts((X,), (Marked((W,)),), (Letter("T"),)),)),
        ("\\left( X \\right)", "X", (Fenced("(", (Marked((X,)),), ")"),)),
        ("\\mathbf{X} W", "\\mathbf{X}", (Marked((Letter("X", "bf"),)), W)),
    ],
)
def test_marked_places(latex: str, part: str, items: MathList) -> None:
    start = latex.index(part)
    assert math_list(latex, marks=(Span(start, start + len(part)),)) == items


@pytest.mark.parametrize(
    "latex",
    [
        "\\input{/etc/passwd}", "\\write18{id}", "\\immediate", "\\catcode`\\%=12", "\\csname input\\endcsname", "^^5cinput",
        "\\def\\x{y}", "\\begin{verbatim}x\\end{verbatim}", "\\text{\\input{x}}", "\\text{$x$}", "\\operatorname{\\input x}",
        "\\left\\input(x\\right)", "a}", "{a", "\\frac{a}", "\\begin{cases} a", "\\left( a", "a \\right)", "\\sqrt", "x_", "^",
        "a\x00b", "a\u202eb", "\\unknown", "\\special{x}", "\\href{javascript:x}{y}", "{" * 100 + "}" * 100, "x" * 30_000, "\\",
    ],
)  # fmt: skip
def test_what_has_no_node_is_refused(latex: str) -> None:
    with pytest.raises(Unsettable):
        math_list(latex)
