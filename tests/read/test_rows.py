"""The layout of displays: rows, columns, statements, members, side conditions."""

from __future__ import annotations

import pytest

from derivations.read.idioms import plain
from derivations.read.pairs import groups, pairs
from derivations.read.rows import rows
from derivations.read.scan import Token, scan
from derivations.read.statements import Piece, pieces
from derivations.source import Span


def tokens(text: str) -> list[Token]:
    return plain(scan(text, Span(0, len(text))))


def joined(found: list[Token]) -> str:
    return " ".join("⎵" if x.kind == "space" else x.text for x in found)


def show(piece: Piece) -> str:
    """Members with their relations; ``…=`` where the row begins with the relation; conditions behind ``if``."""
    text = joined(piece.members[0])
    for relation, member, continued in zip(piece.relations, piece.members[1:], piece.continued, strict=True):
        text += f" {'…' if continued else ''}{relation} {joined(member)}"
    return text + "".join(f" if {show(c)}" for c in piece.conditions)


@pytest.mark.parametrize(("text", "expected"), [
    (r"a \\ b", ["a", "b"]), (r"a \\ \\ b \\", ["a", "b"]), (r"\begin{aligned} a & b \\ c \end{aligned}", ["a b", "c"]),
    (r"\begin{equation} \begin{aligned} a \\ b \end{aligned} \end{equation}", ["a", "b"]),
    (r"\begin{aligned} a \end{aligned} \\ b", ["a", "b"]),
    (r"x \begin{cases} a & b \\ c \end{cases} \\ d", [r"x \begin { cases } a & b \\ c \end { cases }", "d"]),
    (r"{a \\ b}", ["{ a", "b }"]),
    (r"\sum_{\substack{a \\ b}} \\ c", [r"\sum _ { \substack { a \\ b } }", "c"]), (r"\frac{a \\ b", [r"\frac { a", "b"]),
    (r"a } \\ b", ["a }", "b"]),
    (r"\begin{align} a & b & c & d \\ e & f \end{align}", ["a b ⎵ c d", "e f"]),
    (r"\begin{align} a &= b & {}= c \end{align}", ["a = b = c"]),
    (r"\begin{align} a &= b &+ c \end{align}", ["a = b + c"]), (r"\begin{align} a &= b && c \end{align}", ["a = b c"]),
    (r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}", ["a = b", "= c"]),
    (r"\begin{array}{ll} a & b \\ c & d \end{array}", ["a ⎵ b", "c ⎵ d"]),
    (r"\left[\begin{array}{c} a \\ b \end{array}\right]", [r"[ \begin { array } { c } a \\ b \end { array } ]"]),
    (r"\begin{alignat}{2} a \end{alignat}", ["a"]),
    (r"\begin{aligned}[t] a \end{aligned}", ["a"]), (r"\begin{aligned} a \\ b", ["a", "b"]),
    (r"a \end{aligned} \\ b", ["a", "b"]), (r"\begin a \\ b", [r"\begin a", "b"]),
    (r"\begin{cases} a \\ b", [r"\begin { cases } a", "b"]),
    (r"\begin{aligned} \begin{cases} a \\ b \end{aligned} \\ c", [r"\begin { cases } a", "b", "c"]), ("", []), (r"\quad", []),
])  # fmt: skip
def test_rows(text: str, expected: list[str]) -> None:
    """Row environments are taken apart, others stay whole; what is not closed ends with its row."""
    assert [joined(row) for row in rows(tokens(text))] == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("a = b = c", ["a = b = c"]), ("f(a = b) = c", ["f ( a = b ) = c"]), (r"a = b \\ = c", ["a = b …= c"]),
    (r"a = b \\ + c = d", ["a = b + c = d"]), (r"a \\ = b", ["a …= b"]),
    (r"a = \\ = b", ["a …= b"]), (r"a = \\ b", ["a = b"]), (r"a = (b \\ + c) = d", ["a = ( b + c ) = d"]),
    (r"a = (b \\ = c)", ["a = ( b = c )"]), (r"a = {b \\ c = d", ["a = { b", "c = d"]),
    (r"a = b \cdot \\ c", [r"a = b \cdot c"]), (r"a, b = c", ["a", "b = c"]), (r"a, b \in c", ["a ∈ c", "b ∈ c"]),
    (r"a, b \succ c", ["a ≻ c", "b ≻ c"]), (r"a \in b, c = d", ["a ∈ b", "c = d"]),
    (r"a : b \rightarrow c", [r"a : b \rightarrow c"]), (r"a = b \rightarrow c = d", ["a = b", "c = d"]),
    (r"(a, b) = c", ["( a , b ) = c"]), (r"a = b \text{, so } c = d", ["a = b", "c = d"]),
    (r"a_{\text{in}} = b", [r"a _ { in } = b"]), (r"a_\text{in} = b", ["a _ in = b"]), (r"\text{f}(x) = b", ["f ( x ) = b"]),
    ("a = b...", ["a = b . . ."]), ("a = b!", ["a = b"]),
    (r"a = b \quad m = k", ["a = b if m = k"]), (r"a = b, \quad m = k", ["a = b", "m = k"]),
    (r"a = b \quad M = k", ["a = b", "M = k"]), (r"a = b \quad m = k_i", ["a = b if m = k _ i"]),
    (r"a = b \quad (m = k)", ["a = b if m = k"]), (r"a = b (m = k)", ["a = b if m = k"]),
    (r"a = b(m = k)", ["a = b ( m = k )"]), (r"a = b \quad m > k", ["a = b if m > k"]), (r"m > k", ["m > k"]),
    (r"a = \mathbb 1 (m = k)", [r"a = \mathbb 1 ( m = k )"]), (r"a = b + (m = k)", ["a = b + ( m = k )"]),
    (r"a = b \text{ if } M = K + 1", ["a = b if M = K + 1"]),
    (r"a = b \text{ where } M = K + 1", ["a = b", "M = K + 1"]), (r"a = b \text{ where } m = k", ["a = b if m = k"]),
    (r"a = b \text{ sif } M = K", ["a = b", "M = K"]),
    (r"a = b, i = 1, \dots, n", ["a = b"]), (r"a = b \quad \forall i", ["a = b"]), (r"a = b \quad (7)", ["a = b"]),
    (r"(7)", ["( 7 )"]),
    (r"a = b \quad (m \neq k) \\ c = d", ["a = b if m ≠ k", "c = d"]),
    (r"a = b \\ = c \quad (m \neq k)", ["a = b …= c if m ≠ k"]),
])  # fmt: skip
def test_statements(text: str, expected: list[str]) -> None:
    """Chains cut at relations outside brackets, with what restricts them."""
    assert [show(piece) for piece in pieces(tokens(text), sentence=False)] == expected


def test_in_a_sentence_a_bare_relation_restricts_nothing() -> None:
    assert [show(p) for p in pieces(tokens(r"a = b, m > k, (m \neq l)"), sentence=True)] == ["a = b", "m > k if m ≠ l"]


def test_rows_that_go_on_leave_the_declarations_before_them_alone() -> None:
    """``x, y \\in S``: both have members of their own."""
    assert [show(p) for p in pieces(tokens(r"x, y \in S \\ + T"), sentence=False)] == ["x ∈ S", "y ∈ S + T"]


def test_the_text_of_a_claim() -> None:
    text = r"a &= b \\ &= c \quad (m \neq k)"
    (piece,) = pieces(tokens(text), sentence=False)
    assert [text[s.start:s.end] for s in map(piece.link_span, range(2))] == ["a &= b", "= c"]


@pytest.mark.parametrize(("text", "expected"), [
    ("( a )", {0: 2}), ("( ( a )", {1: 3}), ("( a ) )", {0: 2}), ("( [ a ) ]", {0: 3, 1: 4}), ("( { a ) }", {1: 4}),
    ("{ ( a } )", {0: 3}), ("{ { } }", {0: 3, 1: 2}), ("} {", {}),
])  # fmt: skip
def test_pairs_of_brackets(text: str, expected: dict[int, int]) -> None:
    """Brackets pair by kind, and never across a brace."""
    assert pairs(tokens(text)).closing == expected


@pytest.mark.parametrize(("text", "expected"), [
    ("( a = b )", {0}), ("( ( a = b ) )", {1}), ("( a ) = b", set()), (r"[ \{ a \neq b \} = c ]", {0, 1}),
])  # fmt: skip
def test_brackets_with_a_relation_right_inside(text: str, expected: set[int]) -> None:
    assert pairs(tokens(text)).relational == expected


@pytest.mark.parametrize(("text", "expected"), [
    (r"{ a \\ b }", set()), (r"\substack { a \\ b }", {1}), (r"{ { a } \\", {1}), (r"\begin{a} { \\ } \end{a}", {0}),
    (r"{ \begin{a} \\ \end{a} }", {0, 1}),
])  # fmt: skip
def test_a_brace_that_a_row_cuts_is_not_closed(text: str, expected: set[int]) -> None:
    known = tokens(text)
    names = {n + 1 for n, token in enumerate(known) if token.text in (r"\begin", r"\end")}  # the braces of {aligned}
    assert set(groups(known)) - names == expected
