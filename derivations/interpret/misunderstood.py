"""Sentences that could not be read, and what may rest on them.

A definition that was not understood leaves its name behind as if it were free, an assumption that was not understood
is not there: what is said of such names must not be called false, and derivatives must not be called true.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

EQUATION = re.compile(r":=|\\triangleq|\\equiv|\\coloneqq|=")
TOKEN = re.compile(r"\\[A-Za-z]+|\\.|\S")
DROPPED = frozenset((*"{}&$", *(f"\\{name}" for name in (*"!,;:", "mathbf", "boldsymbol", "bm", "mathrm", "left", "right"))))
PIECE = re.compile(r"\\\\|\\qquad|\\quad|,(?=\s*\\)|;")


@dataclass(frozen=True, slots=True)
class Misunderstood:
    """A sentence that was not read: the known name that it defines, else all known names that it says something of."""

    text: str
    defines: str | None
    speaks_of: frozenset[str]

    def told(self) -> str:
        return f"`{' '.join(self.text.split())}` was not understood"


def misunderstood(text: str, names: Iterable[str]) -> Misunderstood:
    """What a sentence that was not read seems to be about, ``names`` being what the document has introduced."""
    known = {name: _tokens(name) for name in names}
    tokens = _tokens(text)
    found = frozenset(name for name, parts in known.items() if parts and _stands_in(parts, tokens))
    equation = EQUATION.search(text)
    left, right = (_tokens(text[: equation.start()]), _tokens(text[equation.end() :])) if equation else ([], [])
    defined = _named(left, known)
    if defined is None:
        return Misunderstood(text, None, found)
    if _stands_in(known[defined], right):  # W = W − …: an update says nothing of what W is
        return Misunderstood(text, None, frozenset())
    return Misunderstood(text, defined, frozenset((defined,)))


def _tokens(text: str) -> list[str]:
    return [token for token in TOKEN.findall(text) if token not in DROPPED]


def piece_around(text: str, place: int) -> str:
    """The row of a display, or the formula among several in a row, in which a place is."""
    cuts = [0, *(end for match in PIECE.finditer(text) for end in match.span()), len(text)]
    starts, ends = cuts[::2], cuts[1::2]
    return next((text[a:b] for a, b in zip(starts, ends, strict=True) if a <= place <= b), text)


def _stands_in(parts: list[str], tokens: list[str]) -> bool:
    return any(tokens[n : n + len(parts)] == parts for n in range(len(tokens) - len(parts) + 1))


def _named(left: list[str], known: dict[str, list[str]]) -> str | None:
    """The longest known name that a left side is, or is an entry of."""
    fitting = [n for n, parts in known.items() if parts and left[: len(parts)] == parts and left[len(parts) :][:1] in ([], ["_"])]
    return max(fitting, key=len, default=None)
