"""Markdown and notebooks whose formulas define macros: the same document, with the macros expanded."""

from __future__ import annotations

from dataclasses import replace

from derivations.read.document import Document, Formula
from derivations.read.macros import DEFINITION, Expander
from derivations.read.texfile import parted
from derivations.source import Problem, Span


def with_macros(document: Document) -> Document:
    """Expands macros in the formulas, from their definition on; a display that only defines is none any more."""
    if DEFINITION.search(document.text) is None:
        return document
    expander = Expander(document.text)
    formulas: list[Formula] = []
    unclosed = dict(document.unclosed)
    broken: list[tuple[Formula, Problem]] = []
    at = 0
    for formula in sorted((*document.formulas, *unclosed), key=lambda one: one.span):
        if formula.span.start < at:  # inside an unclosed one
            continue
        expander.copy(at, formula.outer.start)
        moved = _expanded(expander, formula)
        at = formula.outer.end
        if formula in unclosed:
            broken.append((moved, unclosed[formula]))
        elif moved.span.start < moved.span.end:
            formulas.append(moved)
    expander.copy(at, len(document.text))
    readable, poisoned = parted(formulas, expander.poisoned)
    return replace(
        document, text=expander.out.text, places=expander.out.places(),
        displays=tuple(f for f in readable if f.kind == "display"), inlines=tuple(f for f in readable if f.kind == "inline"),
        problems=(*document.problems, *expander.problems),
        unclosed=tuple(sorted((*broken, *poisoned), key=lambda pair: pair[0].outer)),
    )  # fmt: skip


def _expanded(expander: Expander, formula: Formula) -> Formula:
    begin = expander.out.length
    expander.copy(formula.outer.start, formula.span.start)
    start = expander.out.length
    expander.expand(formula.span.start, formula.span.end)
    end = expander.out.length
    text = expander.out.since(start)
    first = start + len(text) - len(text.lstrip())
    expander.copy(formula.span.end, formula.outer.end)
    return Formula(Span(first, max(first, end - len(text) + len(text.rstrip()))), formula.kind, Span(begin, expander.out.length))
