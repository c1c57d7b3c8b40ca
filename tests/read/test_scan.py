"""Tokens: what each character run means, and where it stands."""

from __future__ import annotations

import pytest

from derivations.limits import Limits, holding
from derivations.read.idioms import plain
from derivations.read.scan import Token, scan
from derivations.read.words import words_apart
from derivations.source import Problem, Span


def tokens(text: str) -> list[Token]:
    return scan(text, Span(0, len(text)))


def printed(found: list[Token]) -> str:
    """Texts parted by blanks; words, wide spaces and bad tokens are marked."""
    marks = {"words": "“{}”", "space": "⎵", "bad": "!{}"}
    return " ".join(marks.get(x.kind, "{}").format(x.text) for x in found)


@pytest.mark.parametrize(("text", "expected"), [
    (r"ab+c_1", "ab + c _ 1"), (r"\alpha x", r"\alpha x"), (r"\alphax", r"\alphax"), ("1.5x", "1.5 x"), ("1.", "1 ."),
    ("a:=b", "a := b"), ("f:A", "f : A"),
    (r"a\,b\;c\!d", "a b c d"), (r"a\quad b\qquad c", "a ⎵ b ⎵ c"), (r"a~b", "a b"), (r"a\ b", "a b"), ("a % b\nc", "a c"),
    (r"50\%", r"50 \%"),
    (r"a \\ b", r"a \\ b"), (r"a \\[2pt] b", r"a \\ b"), (r"a \\* b", r"a \\ b"), (r"a \\ [b]", r"a \\ [ b ]"),
    (r"a \cr b", r"a \\ b"),
    (r"\text{for all } x", "“for all” x"), (r"\text{a {b} c}", "“a {b} c”"), (r"\text{cross\_entropy}", "“cross_entropy”"),
    (r"\mathrm{if}", "“if”"),
    (r"\mathrm{for all}", "“for all”"), (r"\mathrm{softmax}", r"\mathrm { softmax }"), ("其中x", "“其中” x"),
    (r"\mbox{}", "“”"),
    (r"\left(a\right)", "( a )"), (r"\left|a\right|", r"\lvert a \rvert"), (r"\left\| a\right\|", r"\lVert a \rVert"),
    (r"\left. a\right)", "a )"),
    (r"\left\{ a \right.", r"\{ a"),
    (r"\left\{\begin{array}{l} a \end{array}\right.", r"\left\{ \begin { array } { l } a \end { array } \right."),
    (r"\left.a\right|_0", r"a !\right| _ 0"), (r"\bigl(a\bigr)", "( a )"), (r"\Big\|a", r"\| a"),
    (r"a\label{eq:1}\tag{2}", "a"), (r"\hspace{1cm}a", "⎵ a"), (r"\hspace{1pt}a", "a"), (r"\kern3pt a", "a"),
    (r"\mkern-3mu a", "a"), (r"\hskip 2em a", "⎵ a"),
    (r"\color{red}{a}", "{ a }"), (r"\textcolor{red}{a}", "{ a }"), (r"\nonumber a", "a"), (r"\displaystyle a", "a"),
    (r"a \not= b", r"a \neq b"), (r"a \not\in b", r"a \notin b"), (r"a \not< b", r"a !\not < b"),
    (r"\operatorname*{a}", r"\operatorname* { a }"),
    ("cross_entropy", "cross_entropy"), (r"cross\_entropy", "cross_entropy"), ("cross_entropyx", "cross _ entropyx"),
    ("α", r"\alpha"), ("x²", "x ^ { 2 }"), ("x⁻¹", "x ^ { - 1 }"), ("x₁₂", "x _ { 12 }"), ("Aᵀ", r"A ^ { \top }"),
    ("𝐖", r"\mathbf W"), ("ℝ", r"\mathbb R"), ("𝑥", "x"),
    ("a，b", "a , b"), ("#", "!#"), ("a\x00b", "a !\x00 b"), ("\ud800", "!\ud800"), ("e\u0301", "e !\u0301"),
    ("a\\", "a !\\"), ("\u05d0\u05d1", "“\u05d0\u05d1”"),
    ("", ""), (" \n\t ", ""), (r"\text", r"!\text"), (r"\text{a", "!{ a"), (r"\label{a", "!{ a"),
])  # fmt: skip
def test_tokens(text: str, expected: str) -> None:
    assert printed(tokens(text)) == expected


def test_places_are_those_of_the_source() -> None:
    """A token's span is its own text, whatever it means."""
    text = r"## \alpha  + \left| xy \right| ᵀ \text{ if } 12"
    found = scan(text, Span(2, len(text)))
    assert [text[x.start:x.end] for x in found if x.text not in ("{", "}", "^")] == [
        r"\alpha", "+", r"\left|", "xy", r"\right|", "ᵀ", r"\text{ if }", "12"]


def test_blanks_are_remembered() -> None:
    assert [x.space_before for x in tokens(r"a b\,c d%" + "\ne")] == [False, True, True, True, True]


@pytest.mark.parametrize(("text", "code", "place"), [
    ("a # b", "unknown-character", "#"), ("\x07", "unknown-character", "\x07"), (r"a \not> b", "unknown-command", r"\not"),
    (r"x\text{", "unbalanced-brace", "{"),
    (r"x\text y", "expected-operand", r"\text "), (r"\left.x\right|", "unsupported-notation", r"\right|"),
    ("a\\", "unexpected-end", "\\"), ("9" * 301, "number-too-long", "9" * 301),
])  # fmt: skip
def test_what_no_formula_contains_becomes_a_token_with_its_problem(text: str, code: str, place: str) -> None:
    (problem,) = (x.problem for x in tokens(text) if x.problem is not None)
    assert problem.span is not None
    assert (problem.code, text[problem.span.start : problem.span.end]) == (code, place)


def test_a_formula_that_is_too_long_is_refused_at_once() -> None:
    with holding(Limits(formula_characters=50, formula_tokens=20)):
        assert len(tokens("+" * 20 + " " * 30)) == 20
        with pytest.raises(Problem, match="51 characters; the limit is 50"):
            tokens("+" * 10 + " " * 41)
        with pytest.raises(Problem, match="21 signs and names; the limit is 20"):
            tokens("+" * 21)


# ------------------------------------------------------------------- idioms


@pytest.mark.parametrize(("text", "expected"), [
    (r"{a \over b}", r"{ \frac { a } { b } }"), (r"x^{a \over b}", r"x ^ { \frac { a } { b } }"),
    (r"{a+{b \over c} \over d}", r"{ \frac { a + { \frac { b } { c } } } { d } }"),
    (r"a \over b", r"a \over b"), (r"{\bf x}", r"\mathbf { x }"), (r"x^{\rm T}", r"x ^ { \mathrm { T } }"),
    (r"\frac{\rm a}{\rm b}", r"\frac { \mathrm { a } } { \mathrm { b } }"),
    (r"{\rm d}x", r"\mathrm { d } x"), (r"\rm x", "x"), (r"a{}=b", "a = b"), (r"{}-a", "- a"), (r"x_{}", "x _ { }"),
    (r"\frac{}{b}", r"\frac { } { b }"),
    (r"a \overset{!}{=} b", "a = b"), (r"a \overset{\text{def}}{=} b", "a := b"), (r"a \stackrel{*}= b", "a = b"),
    (r"\underset{i}{\arg\min} x", r"\arg \min x"),
    (r"\boxed{a=b}", "a = b"), (r"\boxed{ab}", "{ ab }"),
])  # fmt: skip
def test_idioms(text: str, expected: str) -> None:
    """Roundabout LaTeX in plain tokens."""
    assert printed(plain(tokens(text))) == expected


# -------------------------------------------------------------------- words


class Words:
    """A symbol table of words."""

    def __init__(self, *known: str) -> None:
        self.known = known

    def is_word(self, text: str) -> bool:
        return text in self.known

    def is_function(self, text: str) -> bool:
        return False

    def is_name(self, text: str) -> bool:
        return text in self.known

    def is_size(self, text: str) -> bool:
        return False


@pytest.mark.parametrize(("text", "known", "expected"), [
    ("abc", (), "a b c"), ("abc", ("abc",), "abc"), ("abcd", ("abc",), "abc d"), ("abcd", ("bc",), "a bc d"),
    ("abab", ("ab",), "ab ab"), ("abc", ("ab", "abc"), "abc"),
    ("softmaxz", (), "softmax z"), ("logp", (), "log p"), ("score = x", (), "score = x"), ("x = score", (), "x = s c o r e"),
    ("dW = x", (), "d W = x"),
    ("ab = x", (), "a b = x"), (r"\mathrm{score} x", (), r"\mathrm { score } x"),
    (r"\begin{aligned} score &= x", (), r"\begin { aligned } score & = x"),
    (r"a \\ score = x", (), r"a \\ score = x"),
])  # fmt: skip
def test_words_among_letters(text: str, known: tuple[str, ...], expected: str) -> None:
    """Known words, the longest first; a whole left side of three letters or more is a name."""
    assert printed(words_apart(tokens(text), Words(*known))) == expected


def test_letters_that_are_split_keep_their_places() -> None:
    assert [(x.text, x.start, x.end, x.space_before) for x in words_apart(tokens("+ xyz"), Words("yz"))] == [
        ("+", 0, 1, False), ("x", 2, 3, True), ("yz", 3, 5, False)]
