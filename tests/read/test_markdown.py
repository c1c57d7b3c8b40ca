"""Formulas are found where they stand, and nothing else is taken for one."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.read.document import Document, decode, load
from derivations.read.markdown import read_markdown
from derivations.source import NotText, Problem, Source

SHARED = Path(__file__).resolve().parents[3] / "shared"


def read(text: str) -> Document:
    return read_markdown(Source("test.md", text))


def formulas(text: str) -> list[tuple[str, str]]:
    document = read(text)
    return [(formula.kind, document.latex(formula)) for formula in document.formulas]


def displays(text: str) -> list[str]:
    return [latex for kind, latex in formulas(text) if kind == "display"]


def inlines(text: str) -> list[str]:
    return [latex for kind, latex in formulas(text) if kind == "inline"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$a$ and $$b$$", [("inline", "a"), ("display", "b")]),
        (r"\(a\) and \[b\]", [("inline", "a"), ("display", "b")]),
        ("```math\na\n= b\n```", [("display", "a\n= b")]),
        ("~~~ math\na\n~~~", [("display", "a")]),
        ("# On $a$", [("inline", "a")]),
        ("$`a_b`$", [("inline", "a_b")]),
        ("$$a$$ <!-- proved -->\n$$b$$ <!-- refuted -->", [("display", "a"), ("display", "b")]),
        ("中文$x$，公式$$y$$。", [("inline", "x"), ("display", "y")]),
        ("[$a$](http://example.org) ![$b$](c.png)", [("inline", "a"), ("inline", "b")]),
        ("| $a$ | $b$ |\n|---|---|\n| $c$ | |", [("inline", "a"), ("inline", "b"), ("inline", "c")]),
        ("<div>\n$$a$$\n</div>", [("display", "a")]),
        ("$ x = 1 $", [("inline", "x = 1")]),
        (r"$a \$ b$ and $$c \$$ d$$", [("inline", r"a \$ b"), ("display", r"c \$$ d")]),
        (r"$a \\$ b", [("inline", r"a \\")]),
        ("> so $$\n> - a\n> $$", [("display", "- a")]),
        ("> so $$a\n> - b\n> > c$$", [("display", "a\n  - b\n  > c")]),
        ("$$\nlast line, no newline\n$$", [("display", "last line, no newline")]),
    ],
)
def test_every_way_to_write_a_formula(text: str, expected: list[tuple[str, str]]) -> None:
    assert formulas(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5 and $6, or $ 7 and $ 8.",
        "first$5 for x_1,then$6",
        r"escaped: \$x\$",
        "code: `$a$` and ``$`b`$``",
        "```\n$$a$$\n```",
        "```python\n$$a$$\n```",
        "text\n\n    $$indented code$$",
        "<!-- $$a$$\n\n- $b$\n\n-->",
        r"a line break in prose \\[2pt] is none",
        "$$ $$ and $$$$ hold nothing",
    ],
)
def test_what_is_no_formula(text: str) -> None:
    assert formulas(text) == []


def test_money_beside_a_formula() -> None:
    """A dollar of money does not shift the pairing of those behind it."""
    assert inlines("costs $5 and $6, but $x$ is free, and \\$ too: $y$") == ["x", "y"]


@pytest.mark.parametrize(
    "body",
    ["a\n- b\n+ c", "a\n= b", "a\n=\nb", "a\n\n= b", "# a\n> b", "1. a\n2. b", "a\n---\nb", "| a | b |"],
)
def test_a_display_keeps_its_lines_together(body: str) -> None:
    """What would be a list, a heading or a new paragraph in prose is a line of the formula."""
    for opener, closer in (("$$", "$$"), ("\\[", "\\]")):
        assert formulas(f"text {opener}\n{body}\n{closer} and $x$\n\n$$y$$") == [
            ("display", body),
            ("inline", "x"),
            ("display", "y"),
        ]
        assert formulas(f"{opener}\n{body}\n{closer}\n") == [("display", body)]


def test_spans_are_exact() -> None:
    source = Source("t", "中文 $x$\n\n* item\n\n  $$\n  y = 1\n  $$\n")
    document = read_markdown(source)
    (x,), (y,) = document.inlines, document.displays
    assert source.slice(x.span) == "x"
    assert source.position(x.span.start) == (1, 5)
    assert source.slice(y.span) == "y = 1"
    assert source.position(y.span.start) == (6, 3)
    assert source.slice(y.outer) == "$$\n  y = 1\n  $$"
    assert source.position(y.outer.start) == (5, 3)


def test_a_quoted_formula_reads_without_its_marks() -> None:
    """The marks are blanks in the text for the formula reader, and every place is still the source's."""
    text = "> $$\n> a\n> = b\n> $$\n>\n> ```math\n> c\n> > d\n> ```\n"
    document = read(text)
    assert [document.latex(display).split() for display in document.displays] == [["a", "=", "b"], ["c", ">", "d"]]
    assert len(document.text) == len(text)
    first = document.displays[0].span
    assert text[first.start : first.end] == "a\n> = b"


def test_carriage_returns_do_not_move_anything() -> None:
    text = "---\r\ngiven:\r\n  - x \\in \\mathbb{R}\r\n---\r\n$$\r\na\r\n= b\r\n$$\r\n"
    document = read(text)
    assert document.latex(document.displays[0]).split() == ["a", "=", "b"]
    assert document.source.position(document.displays[0].span.start) == (6, 1)
    assert document.front_matter is not None
    assert [sentence.text for sentence in document.front_matter.sentences] == [r"x \in \mathbb{R}"]


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("$$a", (1, 1)),
        ("text\n\nmore $$a = b\n\n$$c$$", (3, 6)),
        ("$x$ \\[a\n\ntext", (1, 5)),
        ("see \\(a", (1, 5)),
        ("# title $$a\n", (1, 9)),
        ("```math\na\n", (1, 1)),
        ("> $$a\n\n$$c$$", (1, 3)),
    ],
)
def test_an_unterminated_formula_is_a_located_problem(text: str, position: tuple[int, int]) -> None:
    document = read(text)
    (problem,) = document.problems
    assert problem.code == "unbalanced-math"
    assert problem.span is not None
    assert document.source.position(problem.span.start) == position
    assert "expected" in problem.message


def test_what_an_unterminated_display_holds() -> None:
    """It reaches to the end of its paragraph; an inline formula that never ends is no display."""
    document = read("so $$\na = b\n\n$$c$$\n\nsee \\(a")
    ((formula, problem),) = document.unclosed
    assert document.latex(formula) == "a = b"
    assert document.source.position(formula.outer.start) == (1, 4)
    assert problem is document.problems[0]
    assert len(document.problems) == 2
    fenced = read("```math\na\n\nb\n")
    assert [fenced.latex(formula) for formula, _ in fenced.unclosed] == ["a\n\nb"]
    assert read("$$a$$").unclosed == ()
    assert [formula.span.start for formula, _ in read("# $$a\n\n$$b\n\n# $$c\n").unclosed] == [4, 9, 16]
    assert len(read("\\[ a \\[ b\n\n\\[ c").unclosed) == 2


def test_an_unterminated_formula_does_not_take_its_neighbours() -> None:
    assert displays("$$a = b\n\nsome text\n\n$$c = d$$\n\n$$\ne = f\n$$\n") == ["c = d", "e = f"]


@pytest.mark.parametrize("text", ["", "\n \t\n", "\ufeff", "\0"])
def test_an_empty_document_says_so(text: str) -> None:
    document = read(text)
    assert [problem.code for problem in document.problems] == ["empty"]


def test_front_matter_that_is_never_closed() -> None:
    document = read("---\ngiven:\n  - x\n\n$$a$$\n")
    assert [problem.code for problem in document.problems] == ["front-matter"]
    assert document.front_matter is None
    assert read("---\n\na rule, then $x$\n").problems == ()


def test_front_matter_after_blank_lines_or_a_byte_order_mark() -> None:
    for before in ("", "\n\n", "\ufeff"):
        document = read(before + "---\ngiven:\n  - x = 1\n---\n$y$")
        assert document.front_matter is not None
        (sentence,) = document.front_matter.sentences
        assert document.source.slice(sentence.span) == "x = 1"
        assert document.latex(document.inlines[0]) == "y"


def test_deep_nesting_is_told() -> None:
    document = read(">" * 500 + " $x$")
    assert [problem.code for problem in document.problems] == ["nesting"]


def test_bytes_that_are_no_utf8() -> None:
    with pytest.raises(NotText, match="0xff at line 2, column 3") as caught:
        decode("x.md", "é\nab".encode() + b"\xff")
    assert isinstance(caught.value, Problem)
    assert caught.value.path == "x.md"
    with pytest.raises(NotText, match="UTF-16"):
        decode("x.md", "$$a$$".encode("utf-16"))
    assert decode("x.md", b"\xef\xbb\xbf$a$").text == "$a$"


@pytest.mark.skipif(not SHARED.exists(), reason="the source document lies beside the project")
def test_the_source_document() -> None:
    """Nine displays in their lines, six inline formulas; the last display ends with the file."""
    document = read_markdown(load(str(SHARED / "seed/000_311cbf91cea89977.txt")))
    lines = [document.source.position(display.outer.start) for display in document.displays]
    assert lines == [(line, 1) for line in (15, 17, 19, 25, 29, 33, 37, 41, 45)]
    assert [document.latex(formula) for formula in document.inlines] == [
        *(f"X^{{({layer})}}" for layer in range(5)),
        r"Relu = \max(0, x)",
    ]
    assert document.displays[-1].outer.end == len(document.source.text)
    assert document.problems == ()


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                "$",
                "$$",
                "\\[",
                "\\]",
                "`",
                "```math",
                "```",
                "\n",
                "\n\n",
                "> ",
                "- ",
                "a",
                " ",
                "<!--",
                "-->",
                "---",
                "    ",
                "\\",
                "#",
            ]
        )
    )
)
def test_any_text_is_read(parts: list[str]) -> None:
    """Never an exception; every formula lies in the text, in order, within its delimiters and apart from the others."""
    text = "".join(parts)
    document = read(text)
    assert len(document.text) == len(text)
    end = 0
    for formula in document.formulas:
        assert end <= formula.outer.start < formula.span.start < formula.span.end < formula.outer.end <= len(text)
        assert document.latex(formula).strip()
        end = formula.outer.end


@pytest.mark.parametrize(
    "unit",
    [
        "\\[ a\n\n",
        "- \\[ a\n",
        "\\[ a ",
        "$$ a\n\n",
        "`",
        "` `` ",
        ">",
        "[",
        "<!-- ",
        "<!-- \n\n",
        "$x ",
        "\\(",
        "$$x$$ ",
        "x $$\n- a\n$$ ",
        "> a\n",
        "\\",
    ],
)
def test_long_hostile_text_is_read(unit: str) -> None:
    """Openings that nothing closes, thousands of times over; how long it takes is benchmarks/read_documents.py's."""
    text = unit * (48_000 // len(unit))
    assert len(read(text).text) == len(text)
