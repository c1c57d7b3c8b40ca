"""LaTeX files: what is found, what macros become, and that every place leads back to the source."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.limits import Limits
from derivations.read.document import Document
from derivations.read.files import read_source
from derivations.read.texfile import read_tex
from derivations.source import Problem, Source, Span

LIMITS = Limits()


def read(text: str) -> Document:
    return read_tex(Source("test.tex", text))


def formulas(text: str) -> list[tuple[str, str]]:
    document = read(text)
    return [(formula.kind, document.latex(formula)) for formula in document.formulas]


def codes(text: str) -> list[str]:
    return [problem.code for problem in read(text).problems]


def displayed(text: str) -> list[str]:
    """The displays with blanks made single."""
    document = read(text)
    return [" ".join(document.latex(display).split()) for display in document.displays]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$a$ and $$b$$", [("inline", "a"), ("display", "b")]),
        (r"\(a\) and \[b\]", [("inline", "a"), ("display", "b")]),
        (r"it costs \$5 and $a$", [("inline", "a")]),
        (r"one\\[2pt] two $a$", [("inline", "a")]),
        ("half 50\\% and % no $x$\n$a$", [("inline", "a")]),
        (r"\verb|$x$| and \lstinline!$y$! and $a$", [("inline", "a")]),
        ("\\begin{verbatim}\n$$x$$\n\\end{verbatim}\n$a$", [("inline", "a")]),
        ("\\begin{lstlisting}[language=C]\n$x$\n\\end{lstlisting}$a$", [("inline", "a")]),
        ("\\iffalse $x$ \\fi $a$", [("inline", "a")]),
        ("$x$\\begin{document}$a$\\end{document}$y$", [("inline", "a")]),
        (r"$a \text{ if $b$ holds}$", [("inline", r"a \text{ if $b$ holds}")]),
        (r"$a \$ b$", [("inline", r"a \$ b")]),
        (r"\[a \\] b\]", [("display", r"a \\] b")]),
        ("中文$x$，公式\\[y\\]。", [("inline", "x"), ("display", "y")]),
        (r"\begin{math}a\end{math}", [("inline", r"\begin{math}a\end{math}")]),
    ],
)
def test_every_way_to_write_a_formula(text: str, expected: list[tuple[str, str]]) -> None:
    assert formulas(text) == expected


@pytest.mark.parametrize("name", ["equation", "align", "gather", "multline", "eqnarray", "alignat", "flalign", "split"])
@pytest.mark.parametrize("star", ["", "*"])
def test_math_environments_are_displays(name: str, star: str) -> None:
    argument = "{2}" if name == "alignat" else ""
    text = f"\\begin{{{name}{star}}}{argument}\na &= b \\\\\nc &= d\n\\end{{{name}{star}}}"
    assert formulas(f"Then\n{text}\nend") == [("display", text)]


def test_other_environments_are_text() -> None:
    assert formulas("\\begin{theorem} Let $a$. \\begin{itemize} \\item $b$ \\end{itemize}\\end{theorem}") == [
        ("inline", "a"), ("inline", "b"),
    ]  # fmt: skip


# ------------------------------------------------------------------- macros


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (r"\newcommand{\R}{\mathbb{R}} \[x \in \R\]", r"x \in \mathbb{R}"),
        (r"\newcommand\R{\mathbb R}\[\R^n\]", r"\mathbb R^n"),
        (r"\renewcommand{\R}{a}\renewcommand{\R}{b}\[\R\]", "b"),
        (r"\newcommand*{\norm}[1]{\|#1\|}\[\norm{x + y}\]", r"\|x + y\|"),
        (r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}\[\pd{L}{W}\]", r"\frac{\partial L}{\partial W}"),
        (r"\newcommand{\pd}[2]{\frac{#1}{#2}}\[\pd ab\]", r"\frac{a}{b}"),
        (r"\newcommand{\p}[2][1]{#2^{#1}}\[\p{x} = \p[3]{y}\]", r"x^{1} = y^{3}"),
        (r"\def\v#1{\mathbf #1}\[\v x\]", r"\mathbf x"),
        (r"\def\two#1#2{#2 #1}\[\two{a}{b}\]", "b a"),
        (r"\DeclareMathOperator{\Var}{Var}\[\Var x\]", r"\operatorname{Var} x"),
        (r"\DeclareMathOperator*{\amax}{arg\,max}\[\amax_x\]", r"\operatorname*{arg\,max}_x"),
        (r"\DeclarePairedDelimiter{\abs}{\lvert}{\rvert}\[\abs*{x}\]", r"\left\lvert x \right\rvert"),
        (r"\let\al=\alpha \[\al\]", r"\alpha"),
        (r"\newcommand{\R}{\ensuremath{\mathbb{R}}}\[\R\]", r"\mathbb{R}"),
        (r"\newcommand{\a}{\b}\newcommand{\b}{c}\[\a\]", "c"),
        (r"\newcommand{\bold}{\strong}\newcommand{\strong}[1]{\mathbf{#1}}\[\bold{x}\]", r"\mathbf{x}"),
        (r"\providecommand{\norm}[1]{#1}\[\norm{x}\]", "x"),
        (r"\newcommand{\tr}{\operatorname{tr}}\[\tr(A)\]", r"\operatorname{tr}(A)"),
        (r"\[x\] \newcommand{\y}{z}", "x"),
        (r"\gdef\y{z}\[\y\yy\]", r"z\yy"),
    ],
)
def test_macros_are_expanded(text: str, expected: str) -> None:
    assert displayed(text) == [expected]
    assert codes(text) == []


def test_a_whole_environment_may_hide_in_a_macro() -> None:
    text = r"\def\be{\begin{equation}}\def\ee{\end{equation}} \be a = b \ee"
    assert displayed(text) == [r"\begin{equation} a = b \end{equation}"]


def test_intertext_is_no_part_of_a_formula() -> None:
    assert displayed(r"\begin{align} a &= b \\ \intertext{where $x$ is} c &= d \end{align}") == [
        r"\begin{align} a &= b \\ c &= d \end{align}"
    ]


@pytest.mark.parametrize(
    "name",
    ["\\frac", "\\sum", "\\nabla", "\\partial", "\\cdot", "\\mathbb", "\\hat", "\\log", "\\begin", "\\left", "\\|", "\\odot"],
)
@pytest.mark.parametrize(
    "how", ["\\renewcommand{%s}{x}", "\\def%s{x}", "\\newcommand%s[1]{x}", "\\let%s=x", "\\DeclareMathOperator{%s}{x}"]
)
def test_a_command_with_a_meaning_is_not_redefined(name: str, how: str) -> None:
    """By name, and never in silence: what uses it afterwards cannot be read."""
    text = f"\\[{name} a = b\\] {how % name} \\[{name} c = d\\] \\[e = f\\]"
    if name in ("\\begin", "\\left"):
        text = f"\\[a = b\\] {how % name} \\[{name}. c = d\\] \\[e = f\\]"
    document = read(text)
    assert [problem.code for problem in document.problems] == ["macro-redefined"]
    assert name in document.problems[0].message
    assert len(document.displays) == 2
    assert [problem.code for _, problem in document.unclosed] == ["macro-redefined"]


def test_letters_may_become_other_letters_and_that_is_told() -> None:
    document = read(r"\renewcommand{\phi}{\varphi}\[\phi\]")
    assert [document.latex(display) for display in document.displays] == [r"\varphi"]
    assert [problem.code for problem in document.problems] == ["redefined"]
    assert codes(r"\renewcommand{\phi}{x}\[\phi\]") == ["macro-redefined"]


@pytest.mark.parametrize("name", ["input", "include", "subfile"])
def test_other_files_are_refused_by_name(name: str) -> None:
    (problem,) = read(f"\\{name}{{chapters/one}}\n$a$").problems
    assert problem.code == "tex-input"
    assert f"\\{name} (chapters/one)" in problem.message
    assert problem.span == Span(0, len(f"\\{name}{{chapters/one}}"))


@pytest.mark.parametrize(
    "text",
    [r"\newcommand{\norm}[1]", r"\newcommand{norm}{x}", r"\newcommand{\n}[12]{x}", r"\newcommand{\n}[x]{x}", r"\def\n#1.{x}",
     r"\let", r"\newcommand", r"\def", r"\DeclareMathOperator{\x}"],
)  # fmt: skip
def test_definitions_that_are_none_are_told(text: str) -> None:
    assert codes(text) == ["macro"]


def test_too_few_arguments_are_told_where_the_macro_stands() -> None:
    document = read(r"\newcommand{\pd}[2]{#1/#2} \[a = b\] \[\pd{a}\]")
    (problem,) = document.problems
    assert problem.code == "macro"
    assert problem.span is not None
    assert document.source.slice(problem.span) == r"\pd"


# ------------------------------------------------------------------- places


def place_of(text: str, part: str) -> str:
    """What the source shows where the expanded text has ``part``."""
    document = read(text)
    at = document.text.index(part, document.displays[0].span.start)
    return document.source.slice(document.place(Span(at, at + len(part))))


def test_what_a_macro_made_is_where_the_macro_is_used() -> None:
    text = r"\newcommand{\norm}[1]{\lVert #1 \rVert_2} \[a = \norm{x + y} + c\]"
    assert place_of(text, "Vert_2") == r"\norm{x + y}"
    assert place_of(text, "x + y") == "x + y"
    assert place_of(text, "+ c") == "+ c"
    assert place_of(text, r"a = \lVert x") == r"a = \norm{x + y}"


def test_arguments_keep_their_places_through_several_macros() -> None:
    text = r"\newcommand{\a}[2]{(#2, #1)}\newcommand{\b}[1]{\a{#1}{z}} \[\b{first}\]"
    assert displayed(text) == ["(z, first)"]
    assert place_of(text, "first") == "first"
    assert place_of(text, "(z, first") == r"\b{first}"


def test_places_without_macros_are_those_of_the_source() -> None:
    text = "a % $x$\r\n\\[y\\] $z$"
    document = read(text)
    assert [document.source.slice(document.place(f.outer)) for f in document.formulas] == ["\\[y\\]", "$z$"]


NAMES = st.sampled_from([r"\u", r"\v", r"\w"])
BITS = st.sampled_from(["x", "+", "{", "}", "#1", "#2", r"\u", r"\v", r"\w", "{a}", "[b]", " ", "%c\n", r"\frac", "$", "的"])
BODIES = st.lists(BITS, max_size=6).map("".join)
DEFINITIONS = st.one_of(
    st.builds(lambda name, count, body: f"\\newcommand{{{name}}}[{count}]{{{body}}}", NAMES, st.integers(0, 3), BODIES),
    st.builds(lambda name, body: f"\\def{name}#1{{{body}}}", NAMES, BODIES),
    st.builds(lambda name, body: f"\\let{name}={body}", NAMES, BODIES),
)
PROSE = st.sampled_from(["\\[", "\\]", "$$", "\\begin{align}", "\\end{align}", "\n\n",
                         "\\verb|", "|", "\\iffalse", "\\input{a}"])
TEX = st.lists(st.one_of(DEFINITIONS, BODIES, PROSE), max_size=14).map("".join)


@settings(deadline=None, max_examples=300)
@given(st.one_of(TEX, st.text(max_size=80)))
def test_no_text_makes_the_reader_fail(text: str) -> None:
    """Problems are data; every place lies in the source, and every formula in the text."""
    document = read(text)
    for formula in (*document.formulas, *(one for one, _ in document.unclosed)):
        assert 0 <= formula.outer.start <= formula.span.start <= formula.span.end <= formula.outer.end <= len(document.text)
        for span in (formula.span, formula.outer):
            there = document.place(span)
            assert 0 <= there.start <= there.end <= len(text)
    for problem in document.problems:
        assert problem.span is None or 0 <= problem.span.start <= problem.span.end <= len(text)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.one_of(DEFINITIONS, BODIES), max_size=10).map("".join))
def test_no_markdown_with_macros_makes_the_reader_fail(text: str) -> None:
    document = read_source(Source("test.md", f"$${text}$$ and $${text}$$"))
    for formula in document.formulas:
        there = document.place(formula.outer)
        assert 0 <= there.start <= there.end <= len(document.source.text)


# -------------------------------------------------------------------- bombs


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        (r"\def\a{\a}\[\a\]", LIMITS.macro_uses),
        (r"\def\a{x\a}\[\a\]", LIMITS.macro_uses),
        (r"\def\a{\a x}\[\a\]", LIMITS.macro_levels),
        (r"\def\a{\b}\def\b{\a}\[\a\]", LIMITS.macro_uses),
        ("".join(f"\\def\\{chr(97 + n)}{{\\{chr(98 + n)}\\{chr(98 + n)}}}" for n in range(20)) + r"\[\a\]", LIMITS.macro_uses),
        (r"\def\a#1{\b{#1#1}}\def\b#1{\a{#1#1}}\[\a{x}\]", LIMITS.macro_characters),
        ("\\def\\a{" + "x" * 1000 + "}\\def\\b{" + r"\a" * 100 + r"}\[\b\]", LIMITS.macro_characters),
    ],
)  # fmt: skip
def test_bombs_end_in_a_problem_with_the_limit(text: str, limit: int) -> None:
    document = read(text + r"\[u = v\]")
    (problem,) = document.problems
    assert problem.code == "macro-limit"
    assert str(limit) in problem.message
    assert problem.span is not None
    assert document.source.slice(problem.span)[0] == "\\"
    assert [document.latex(display) for display in document.displays] == ["u = v"]
    assert len(document.unclosed) == 1


def test_many_small_bombs_stay_small() -> None:
    text = "".join(f"\\def\\{chr(97 + n)}{{\\{chr(98 + n)}\\{chr(98 + n)}}}" for n in range(9)) + "\\def\\j{" + "x" * 90 + "}"
    document = read(text + r"\[\a\]" * 400)
    assert len(document.text) < 6_000_000
    assert {problem.code for problem in document.problems} == {"macro-limit"}


@pytest.mark.parametrize("text", [r"\[", "$", "$$", r"\(", r"\begin{align}", r"\begin{equation*}"])
def test_what_is_never_closed_costs_only_its_paragraph(text: str) -> None:
    document = read(f"{text} a\n\n$b$")
    assert [document.latex(formula) for formula in document.formulas] == ["b"]
    assert [problem.code for problem in document.problems] == ["unbalanced-math"]
    assert document.problems[0].span == Span(0, len(text))


@pytest.mark.parametrize("piece", ["\\[\n\n", "$ { ", r"\begin{align}", r"\a{", "\\newcommand{\\a}[1]{", r"\(", "{", "%\n"])
def test_long_nonsense_is_read(piece: str) -> None:
    read("\\def\\a#1{#1}" + piece * 20_000)


# ------------------------------------------------------------- front matter


def test_front_matter_stands_behind_comment_signs() -> None:
    text = "% ---\n% given:\n%   - x \\in \\mathbb{R}\n% layout: numerator\n% ---\n\\[y = x\\]"
    front = read(text).front_matter
    assert front is not None
    assert front.problems == ()
    assert [sentence.text for sentence in front.sentences] == [r"x \in \mathbb{R}"]
    assert front.layout == "numerator"
    assert text[front.sentences[0].span.start :].startswith(r"x \in \mathbb{R}")


@pytest.mark.parametrize("text", ["% ---\n\\[a\\]", "% ---\nx\n% ---\n", "a\n% ---\n% b: c\n% ---\n"])
def test_other_comments_are_no_front_matter(text: str) -> None:
    assert read(text).front_matter is None


# ----------------------------------------------------------------- Markdown


def test_macros_of_a_markdown_document() -> None:
    text = "$$\n\\newcommand{\\norm}[1]{\\lVert #1 \\rVert}\n$$\n\n> $$\n> \\norm{x} = $$ and $\\norm y$ `\\norm z`"
    document = read_source(Source("test.md", text))
    assert [" ".join(document.latex(f).split()) for f in document.formulas] == [r"\lVert x \rVert =", r"\lVert y \rVert"]
    assert [document.source.slice(document.place(f.outer)) for f in document.formulas] == ["$$\n> \\norm{x} = $$", r"$\norm y$"]


def test_markdown_refuses_the_same_redefinitions() -> None:
    document = read_source(Source("test.md", "$$\\renewcommand{\\frac}[2]{#1#2} \\frac a b = c$$\n\n$$d = e$$"))
    assert [problem.code for problem in document.problems] == ["macro-redefined"]
    assert [document.latex(display) for display in document.displays] == ["d = e"]


def test_problems_of_formulas_stand_under_the_culprit() -> None:
    from derivations import verify

    text = "\\newcommand{\\norm}[1]{\\lVert #1 \\rVert}\n\\[\\norm{y}\\]\n\\[ a = \\norm{\\nosuch} + b \\]"
    (claim,) = verify("test.tex", text=text).claims
    problem = claim.verdict.problem
    assert isinstance(problem, Problem)
    assert text[problem.span.start : problem.span.end] == r"\nosuch"
    assert text[claim.span.start : claim.span.end] in (r"\nosuch", r"a = \norm{\nosuch} + b")
