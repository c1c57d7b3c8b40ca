"""Formulas and text as Typst: what a document has written stands in strings."""

import re

import pytest

from derivations.report.mathlist import math_list
from derivations.report.typstmath import formula, string

STRING = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
HOSTILE = '#read("/etc/passwd") \\ " \\" $ ] } #import "@preview/x:1.0.0" \x00\u202e'


def test_a_string_ends_where_it_ends() -> None:
    assert STRING.fullmatch(string(HOSTILE))
    assert STRING.fullmatch('"' + HOSTILE + '"') is None  # so would it be without escapes
    assert string("a\x00b\u202ec") == '"a␀b\ufffdc"'


@pytest.mark.parametrize(
    ("latex", "written"),
    [
        ("XW_1", "X attach(W, b: 1)"),
        ("X^{(2)}_{ij}", "attach(X, t: \\( 2 \\), b: i j)"),
        ("f''(x)", "attach(f, t: primes(#2)) \\( x \\)"),
        ("\\frac{a, b}{}", 'frac(a \\, b, "")'),
        ("softmax(#1)".replace("#", "\\#"), 'op("softmax") \\( \\# 1 \\)'),
        ("\\mathbf{X}\\mathbb{R}", "bold(upright(X)) bb(R)"),
        ("a / b : c", 'a \\/ b class("relation", \\:) c'),
        ("\\left( a \\right.", "lr(\\( a )"),
        ("\\text{a\\#\"b}", '"a#\\"b"'),
        ("\\begin{bmatrix} a & b \\\\ c & d \\end{bmatrix}", 'mat(delim: #("[", "]"), a, b; c, d)'),
        ("\\begin{cases} a & b \\\\ c & d \\end{cases}", "cases(a & quad b, c & quad d)"),
    ],
)  # fmt: skip
def test_formulas(latex: str, written: str) -> None:
    assert formula(math_list(latex)) == written
