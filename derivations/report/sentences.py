"""Sentences in which formulas stand between words, taken apart so that formulas can be typeset.

Messages, readings, conventions and conditions are one line of text each, in every format the same: ``\\sum_{i=1}^N hides
the free index i``.  What looks like a formula in them is told by its characters; what is taken for words is shown as
words, so that a wrong guess costs looks and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass
from itertools import groupby
from typing import TypeAlias

from derivations.read.commands import BUILTIN_WORDS
from derivations.report.plain import safe
from derivations.report.typeset import typeset


@dataclass(frozen=True, slots=True)
class Words:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class Formula:
    """``latex`` is what can be typeset, None where the formula can only be quoted; ``source`` is what is written."""

    source: str
    latex: str | None

    @property
    def display(self) -> str:
        return self.latex if self.latex is not None else self.source


Piece: TypeAlias = Words | Formula
Sentence: TypeAlias = tuple[Piece, ...]

MAX_LENGTH = 4000  # longer ones are shown as they are
PIECE = re.compile(r"`[^`]+`|\$[^$]+\$|\s+|[^\s`]+")
NAME = re.compile(r"d?[A-Za-z]_\w+|d[a-np-z]")  # dW_2, x_i, dz; "do" is a word
CODE = re.compile(r"[A-Za-z]\w*")
OPERATORS = frozenset({"=", "≠", "≥", "≤", ">", "<", "+", "-", "×", "·", "\\cdot"})
LETTER = re.compile(r"-?\(?(?:[A-Za-zα-ωΑ-Ω]'*|[0-9]+|d[A-Z])(?:/[0-9]+)?\)?")
RANGE = re.compile(r"([0-9]+)\.\.([A-Za-z0-9]+)")
ENDS = re.compile(r"(.*?)([,;:.]*)", re.DOTALL)
BRACKETED = re.compile(r"\((?:[A-Za-z]+|[A-Za-z]{2,}[ a-z]*)\)")
SHAPE = re.compile(r"[A-Za-z0-9]+(?:×[A-Za-z0-9]+)+")
ARTICLES = frozenset({"a", "A", "I"})
NOT_BEHIND_ARTICLES = frozenset({"is", "and", "or", "for", "by", "runs", "has", "stands", "names"})


def formula(source: str, words: Container[str] = ()) -> Formula:
    return Formula(safe(source), typeset(source, words))


def words(text: str) -> Sentence:
    """A sentence without formulas."""
    return (Words(safe(text)),) if text else ()


def sentence(text: str, names: Container[str] = ()) -> Sentence:
    """Words and formulas in turn; ``names`` are those of several letters that the document uses."""
    if len(text) > MAX_LENGTH:
        return words(text)
    parts: list[tuple[bool, str]] = []
    for token in PIECE.findall(text):
        parts += _parts(token, parts, names)
    parts = _with_neighbours(parts)
    pieces: list[Piece] = []
    for is_formula, group in groupby(parts, key=lambda part: part[0]):
        written = "".join(part for _, part in group)
        if is_formula:
            pieces += _formula(written, names)
        else:
            pieces.append(Words(safe(written)))
    return tuple(pieces)


def _formula(written: str, names: Container[str]) -> list[Piece]:
    body = written.rstrip()
    found = formula(RANGE.sub(r"\1, \\dots, \2", body), names)
    return [found, Words(" ")] if body != written else [found]


def _parts(token: str, before: list[tuple[bool, str]], names: Container[str]) -> list[tuple[bool, str]]:
    """A token between blanks, with the punctuation behind it apart."""
    if token.isspace():
        return [(bool(before) and before[-1][0], token)]
    if len(token) > 2 and token[0] == token[-1] and token[0] in "`$":
        return [(True, token[1:-1])]
    found = ENDS.fullmatch(token)
    assert found is not None
    body, end = found.groups()
    if not body:
        return [(False, token)]
    return [(_is_formula(body, names), body), *([(False, end)] if end else [])]


def _is_formula(body: str, names: Container[str]) -> bool:
    if BRACKETED.fullmatch(body):
        return False
    if CODE.fullmatch(body) and len(body) > 1 and body not in names:
        return NAME.fullmatch(body) is not None
    if any(character in "\\^_" for character in body) or body in OPERATORS or RANGE.fullmatch(body) or SHAPE.fullmatch(body):
        return True
    return (LETTER.fullmatch(body) is not None and body not in ARTICLES) or body in names


def _with_neighbours(parts: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """Blanks belong to a formula only between two parts of one; an article beside an operator is a letter."""
    found = _closed(parts)
    for n, (is_formula, text) in enumerate(found):
        behind = found[n + 2] if n + 2 < len(found) else (False, "")
        if is_formula or text not in ARTICLES | BUILTIN_WORDS:
            continue
        ends = all(not character.isalnum() for _, rest in found[n + 1 : n + 2] for character in rest.strip() or "x")
        if behind[1] in OPERATORS or (text in ARTICLES and (behind[1] in NOT_BEHIND_ARTICLES or ends or n + 1 == len(found))):
            found[n] = (True, text)
    for n, (_, text) in enumerate(found):
        if text.isspace():
            left, right = found[n - 1] if n else (False, ""), found[n + 1] if n + 1 < len(found) else (False, "")
            found[n] = (left[0] and right[0], text)
    return found


def _closed(parts: list[tuple[bool, str]]) -> list[tuple[bool, str]]:
    """A formula goes on until its brackets are closed, if they are."""
    found = list(parts)
    for n, (is_formula, text) in enumerate(found):
        if is_formula and (depth := _depth(text)) > 0:
            for m in range(n + 1, len(found)):
                depth += _depth(found[m][1])
                if depth <= 0:
                    found[n : m + 1] = [(True, part) for _, part in found[n : m + 1]]
                    break
    return found


def _depth(text: str) -> int:
    return sum(text.count(mark) for mark in "([{") - sum(text.count(mark) for mark in ")]}")
