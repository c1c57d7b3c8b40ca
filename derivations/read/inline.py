"""Formulas in running text: one pass over the text of a paragraph.

The pass stops where a display or a comment is opened and not closed in the text at hand; only
the caller, who knows the blocks, can say whether more text belongs to it (``extend``) or not (``skip_opener``).
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from derivations.source import Span

CLOSERS = {"$$": "$$", "\\[": "\\]", "\\(": "\\)", "<!--": "-->"}
DISPLAYS = ("$$", "\\[")
STOPS = "\\`$<"
BACKTICKS = re.compile("`+")
MATH_LIKE = frozenset("\\=_^")


@dataclass(frozen=True, slots=True)
class Found:
    """A formula: its opener, the text between the delimiters, and all of it."""

    opener: str
    inner: Span
    outer: Span


@dataclass(slots=True)
class InlineScan:
    """The state of a pass; places are those of the whole source (``base`` is the text's own)."""

    text: str
    base: int
    at: int = 0
    found: list[Found] = field(default_factory=list)
    unterminated: list[Found] = field(default_factory=list)  # they reach to the end of the text
    _missing: set[str] = field(default_factory=set)  # closers known not to follow: this keeps the pass linear
    _runs: dict[int, list[int]] | None = None  # where runs of so many backticks begin

    def run(self) -> str | None:
        """Goes on to the end (None) or to an opener without its closer."""
        while self._to_next_stop():
            opener = self._opener()
            if opener is not None:
                if not self._close(opener):
                    return opener
            elif self.text[self.at] == "`":
                self._code()
            elif self.text[self.at] == "$":
                self._dollar()
            else:  # an escaped character, or a lone "<"
                self.at += 2 if self.text[self.at] == "\\" else 1
        return None

    def _to_next_stop(self) -> bool:
        while self.at < len(self.text) and self.text[self.at] not in STOPS:
            self.at += 1
        return self.at < len(self.text)

    def extend(self, more: str) -> None:
        self.text += more
        self._missing.clear()
        self._runs = None

    def skip_opener(self) -> None:
        """What is open is never closed: a problem (a comment is then just text), and the pass goes on behind it."""
        opener = self._opener() or ""
        if opener != "<!--":
            start, end = self.base + self.at, self.base + len(self.text)
            self.unterminated.append(Found(opener, Span(start + len(opener), end), Span(start, end)))
        self.at += len(opener)

    def _opener(self) -> str | None:
        return next((opener for opener in CLOSERS if self.text.startswith(opener, self.at)), None)

    def _close(self, opener: str) -> bool:
        start = self.at + len(opener)
        end = -1 if opener in self._missing else find_unescaped(self.text, CLOSERS[opener], start)
        if end < 0:
            self._missing.add(opener)
            return False
        if opener != "<!--":
            self._add(opener, start, end, len(CLOSERS[opener]))
        self.at = end + len(CLOSERS[opener])
        return True

    def _code(self) -> None:
        """A code span, or backticks that open none."""
        length = _run_length(self.text, self.at)
        start = self.at + length
        self.at = start
        if self._runs is None:
            self._runs = {}
            for run in BACKTICKS.finditer(self.text):
                self._runs.setdefault(run.end() - run.start(), []).append(run.start())
        closers = self._runs.get(length, [])
        next_one = bisect_left(closers, start)
        if next_one < len(closers):
            self.at = closers[next_one] + length

    def _dollar(self) -> None:
        """``$…$``, unless the dollars are money: then the first one is text."""
        start = self.at + 1
        end = find_unescaped(self.text, "$", start)
        if end >= 0 and _is_formula(self.text[start:end], self.text[end + 1:end + 2]):
            ticks = int(end - start > 2 and self.text[start] == "`" == self.text[end - 1])  # $`…`$
            self._add("$", start + ticks, end - ticks, 1 + ticks)
            self.at = end + 1
        else:
            self.at = start

    def _add(self, opener: str, start: int, end: int, closing: int) -> None:
        inner = Span(self.base + start, self.base + end)
        self.found.append(Found(opener, inner, Span(self.base + self.at, inner.end + closing)))


def find_unescaped(text: str, what: str, start: int) -> int:
    """The next ``what`` that no backslash escapes; −1 where there is none."""
    at = text.find(what, start)
    while at >= 0 and _escaped(text, at, start):
        at = text.find(what, at + 1)
    return at


def _escaped(text: str, at: int, start: int) -> bool:
    begin = at
    while begin > start and text[begin - 1] == "\\":
        begin -= 1
    return (at - begin) % 2 == 1


def _is_formula(inner: str, behind: str) -> bool:
    """Dollars hug a formula and no digit follows ("$5 and $6"); with space inside, it has to look like one."""
    if not inner.strip() or (behind.isdigit() and behind.isascii()):
        return False
    return not (inner[0].isspace() or inner[-1].isspace()) or not MATH_LIKE.isdisjoint(inner)


def _run_length(text: str, at: int) -> int:
    run = BACKTICKS.match(text, at)
    return run.end() - at if run else 0
