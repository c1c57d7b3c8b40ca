"""Several reports: a table of all documents, sorted by what needs attention."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import PurePath

from derivations import __version__
from derivations.report.outline import SYMBOLS, WORST_FIRST
from derivations.report.page import Count, Page, counted, number_of
from derivations.report.sentences import Sentence
from derivations.verdicts import Word

NOT_IN_NAMES = re.compile(r"[^\w.-]+")
RESERVED = frozenset({"index.html"})


@dataclass(frozen=True, slots=True)
class Entry:
    """One document; ``href`` leads to its page."""

    title: Sentence
    path: str
    href: str
    word: Word
    conclusion: str
    counts: tuple[Count, ...]
    problems: int

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.word]


@dataclass(frozen=True, slots=True)
class Index:
    """What the page over all documents shows."""

    conclusion: str
    word: Word
    counts: tuple[Count, ...]
    entries: tuple[Entry, ...]
    version: str

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.word]


def index(pages: Sequence[tuple[Page, str]]) -> Index:
    """Of pages and the links to them: the worst first, among equals those with most of it."""
    entries = tuple(sorted((_entry(page, href) for page, href in pages), key=_attention))
    words = [claim.word for page, _ in pages for claim in page.document.claims]
    word: Word = min((entry.word for entry in entries), key=WORST_FIRST.index, default="definition")
    return Index(_conclusion(entries), word, counted(words), entries, __version__)


def _entry(page: Page, href: str) -> Entry:
    errors = sum(not problem.warning for problem in page.problems)
    return Entry(page.title, page.path, href, page.word, page.conclusion, page.counts, errors)


def _attention(entry: Entry) -> tuple[int | str, ...]:
    most = (-number_of(entry.counts, word) for word in WORST_FIRST[:3])
    return WORST_FIRST.index(entry.word), *most, -entry.problems, entry.path


def _conclusion(entries: Sequence[Entry]) -> str:
    """One line over all documents."""
    wrong = sum(entry.word == "refuted" for entry in entries)
    open_ = sum(entry.word in ("unknown", "unreadable") for entry in entries)
    parts = [f"{len(entries)} {'document' if len(entries) == 1 else 'documents'}"]
    parts += [f"{wrong} with wrong lines"] if wrong else ["nothing refuted"]
    parts += [f"{open_} with open ends"] if open_ else []
    return ", ".join(parts) + "."


def names(paths: Iterable[str], suffix: str = ".html") -> list[str]:
    """A file name for the page of each document, all different: its path below what all have in common."""
    found: list[str] = []
    parts = [PurePath(path).parts for path in paths]
    common = _common(parts)
    for one in parts:
        plain = NOT_IN_NAMES.sub("-", "-".join(one[common:]).removesuffix(".md")).strip(".-") or "document"
        name, number = f"{plain}{suffix}", 2
        while name.casefold() in RESERVED | {other.casefold() for other in found}:
            name, number = f"{plain}-{number}{suffix}", number + 1
        found.append(name)
    return found


def _common(paths: Sequence[tuple[str, ...]]) -> int:
    """How many folders all paths begin with."""
    count = 0
    while all(len(path) > count + 1 and path[count] == paths[0][count] for path in paths):
        count += 1
    return count
