"""The right side of a line as it is written, and what the edits need to know around it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from derivations.interpret.statements import Origin
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.read.formula import read_display
from derivations.source import Problem, Span

TRANSPOSES = ("^T", "^\\top", "^{\\top}", "^{T}", "^\\intercal", "^{\\mathrm{T}}", "^{\\mathrm T}", "^\\mathsf{T}")
GROWN = re.compile(r"\\(left|[bB]igg?l?)\s*$")


@dataclass(frozen=True, slots=True)
class Line:
    """One right side: its text, and the tree whose spans count in that text."""

    text: str
    tree: t.Tree
    origin: Origin
    document: str

    def place(self, node: t.Node) -> Span:
        """Where a node is written; ``\\left`` and ``\\Big`` belong to the bracket behind them."""
        grown = GROWN.search(self.text, 0, node.span.start)
        return Span(grown.start() if grown else node.span.start, node.span.end)

    def of(self, node: t.Node) -> str:
        """How a node is written."""
        span = self.place(node)
        return self.text[span.start : span.end]

    def changed(self, change: Change) -> str:
        """The text with one change made."""
        new = joined(self.text[: change.span.start], change.new)
        return joined(new, self.text[change.span.end :])

    @property
    def transpose(self) -> str:
        """How the document writes a transpose: the first way that it uses."""
        used = [(self.document.find(way), way) for way in TRANSPOSES if way in self.document]
        return min(used)[1] if used else "^T"


@dataclass(frozen=True, slots=True)
class Change:
    """Other text for a place of the line; ``parts`` are put into the words of the edit."""

    span: Span
    new: str
    parts: dict[str, str] = field(default_factory=dict)


def first_line(origin: Origin) -> Line | None:
    """The line as the document has it; None where its text does not stand for itself (a macro, a continued row)."""
    span = origin.right.span
    text = origin.world.text[span.start : span.end]
    line = read_line(text, origin, origin.world.text)
    return line if line is not None and line.tree == origin.right else None


def read_line(text: str, origin: Origin, document: str) -> Line | None:
    """A right side read by itself; None where it cannot be."""
    try:
        chains = read_display(text, Span(0, len(text)), origin.world.table)
    except Problem:
        return None
    if len(chains) != 1 or isinstance(chains[0], Problem) or chains[0].relations:
        return None
    return Line(text, chains[0].members[0], origin, document)


def joined(left: str, right: str) -> str:
    """Two texts one after the other; a blank keeps a command from swallowing the letter behind it."""
    if re.search(r"\\[A-Za-z]+$", left) and right[:1].isalpha():
        return f"{left} {right}"
    return left + right


def letters(node: object) -> frozenset[str]:
    """All one-letter names in a tree, those in scripts and under binders included."""
    return frozenset(n.text for n in tree_nodes(node) if isinstance(n, t.Name))


def index_letters(node: object) -> frozenset[str]:
    """The names that stand in subscripts."""
    return frozenset().union(*(letters(n.sub) for n in tree_nodes(node) if isinstance(n, t.Scripted)))
