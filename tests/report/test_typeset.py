"""Only known commands reach a typesetter; words are set as words, tables keep their columns."""

import pytest

from derivations.report.typeset import typeset


@pytest.mark.parametrize(
    ("written", "set_as"),
    [
        (r"a = b", "a = b"),
        (r"\alpha*x", r"\alpha*x"),
        (r"\left( \frac12 \right)^{2}", r"\left( \frac12 \right)^{2}"),
        ("λ ≠ 0", r"\lambda \neq 0"),
        ("x₁²", "x_{1}^{2}"),
        ("tr(A)", r"\operatorname{tr}(A)"),
        (r"\operatorname{tr}(A)", r"\operatorname{tr}(A)"),
        (r"cross\_entropy(y)", r"\operatorname{cross\_entropy}(y)"),
        ("score = sA", r"\mathrm{score} = sA"),
        (r"\bm x", r"\boldsymbol x"),
        (r"x % a remark", "x"),
        (r"a \label{eq:1} \nonumber", "a"),
        (r"a &= b", "a = b"),
        (r"a &= b \\ c &= d", r"\begin{aligned} a &= b \\ c &= d \end{aligned}"),
        (r"a = b \\[2pt] c = d", r"\begin{gathered} a = b \\ c = d \end{gathered}"),
        (r"\begin{align*} a &= b \end{align*}", r"\begin{aligned} a &= b \end{aligned}"),
        (r"\begin{eqnarray} a &=& b \end{eqnarray}", r"\begin{aligned} a &= b \end{aligned}"),
        (r"\begin{cases} 1 & \text{对于 } x \end{cases}", r"\begin{cases} 1 & \text{对于 } x \end{cases}"),
        (r"\begin{array}{rl} 1 & 2 \end{array}", r"\begin{array}{rl} 1 & 2 \end{array}"),
        (r"\text{for all $i$ here}", r"\text{for all }{i}\text{ here}"),
        (r"\text{100% of a_b}", r"\text{100\% of a\_b}"),
        ("损失 = 1", r"\text{损}\text{失} = 1"),
        (r"\not= 1", r"\neq 1"),
    ],
)
def test_what_is_known_is_set(written: str, set_as: str) -> None:
    found = typeset(written, {"score"})
    assert found is not None
    assert " ".join(found.split()) == set_as


@pytest.mark.parametrize(
    "written",
    [
        r"\input{x}", r"\write18{ls}", r"\immediate\write18{ls}", r"\href{javascript:alert(1)}{x}", r"^^5cinput{x}", "a\0b",
        "a\u202eb", r"\text{a \input{x}}", r"\text{\href{a}{b}}", r"\color{magenta} x", r"\textcolor{red}{x}", r"\def\a{b}",
        r"\catcode`\%=12", r"\begin{document}", r"\begin{filecontents}{x}",
        r"\left( a", r"a } b", r"{ a", r"\begin{cases} a", "a # b",
        r"\operatorname{\input{x}}", r"\csname input\endcsname", r"{\begin{cases} a } \end{cases}", r"\unknown", "\ue000",
        r"\left\input x \right)", "{" * 100 + "}" * 100, "x" * 30_000,
    ],
)  # fmt: skip
def test_what_is_not_known_is_refused(written: str) -> None:
    """Every command that could act, unbalanced braces, characters that change direction, nesting and length beyond reason."""
    assert typeset(written) is None
