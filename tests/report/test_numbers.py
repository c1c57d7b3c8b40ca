"""Exact numbers as LaTeX."""

import pytest

from derivations.report.numbers import number_latex


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("log(2)^2/2", r"\frac{(\ln 2)^{2}}{2}"),
        ("3", "3"),
        ("-1/6", r"-\frac{1}{6}"),
        ("log(2)", r"\ln 2"),
        ("1/2 + 3*log(2)/2", r"\frac{1}{2} + \frac{3 \, \ln 2}{2}"),
        ("(1 + log(2))/(2 - log(2))", r"\frac{1 + \ln 2}{2 - \ln 2}"),
        ("exp(1)", "e^{1}"),
        ("sqrt(2)", r"\sqrt{2}"),
        ("2*pi^2", r"2 \, \pi^{2}"),
        ("2^(-1/2)", r"2^{-\frac{1}{2}}"),
        ("log(1 + exp(1))", r"\ln(1 + e^{1})"),
    ],
)
def test_numbers(text: str, latex: str) -> None:
    assert number_latex(text) == latex


@pytest.mark.parametrize("text", ["", "x_1^2", "1 +", "(1", "1)", "1 2", "\\input", "--1", "log 2", "(" * 5000, "1" * 3000])
def test_what_is_no_number(text: str) -> None:
    assert number_latex(text) is None
