"""Mistakes in the right side of a written line.

They know nothing of the edits that repair: each changes the text at places that the formula tree points out.
What comes out is most often false; sometimes it says the same, and sometimes it does not conform.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import pairwise

from derivations.read import tree as t
from derivations.repair.line import Line, index_letters, values

TRANSPOSE = re.compile(r"\^\s*(?:T|\\top|\{\s*(?:T|\\top)\s*\})|(?<=[)\]])\s*(?:T|\\top)(?=\s*\})")
INVERSE_TRANSPOSE = re.compile(r"\^\s*\{\s*-\s*(?:T|\\top)\s*\}")
ENTRYWISE = ("\\odot", "\\circ")
Mistake = Callable[[Line], Iterator[str]]


def with_text(line: Line, start: int, end: int, new: str) -> str:
    """The line with other text at a place; blanks keep commands apart from letters."""
    return f"{line.text[:start]} {new} {line.text[end:]}"


def scalar(line: Line, node: t.Tree) -> bool:
    return isinstance(node, t.Fraction_) or line.is_scalar(node)


def transpose_dropped(line: Line) -> Iterator[str]:
    for node in values(line.tree):
        if isinstance(node, t.Scripted) and node.transpose:
            span = line.place(node)
            head, scripts = line.text[span.start : node.base.span.end], line.text[node.base.span.end : span.end]
            new = INVERSE_TRANSPOSE.sub("^{-1}", scripts)
            new = TRANSPOSE.sub("", scripts) if new == scripts else new
            if new != scripts:
                yield with_text(line, span.start, span.end, head + new)


def transpose_added(line: Line) -> Iterator[str]:
    for node in values(line.tree):
        plain = isinstance(node, t.Name) or (
            isinstance(node, t.Scripted) and not (node.transpose or node.power or node.primes or node.layer)
        )
        if plain and not line.is_scalar(node) and line.symbol(node) is not None:
            span = line.place(node)
            yield with_text(line, span.start, span.end, f"{line.of(node)}^T")


def product_swapped(line: Line) -> Iterator[str]:
    for left, right in neighbours(line):
        start, end = line.place(left).start, right.span.end
        yield with_text(line, start, end, f"{bracketed(line, right)} {line.between(left, right)} {line.of(left)}")


def entrywise(line: Line) -> Iterator[str]:
    """Entry by entry for the matrix product."""
    sign = line.first_used(ENTRYWISE)
    for left, right in neighbours(line):
        if not any(mark in line.between(left, right) for mark in ENTRYWISE):
            yield with_text(line, left.span.end, line.place(right).start, sign)


def neighbours(line: Line) -> Iterator[tuple[t.Tree, t.Tree]]:
    for node in values(line.tree):
        if isinstance(node, t.ProductOf):
            for (_, left), (sign, right) in pairwise(node.factors):
                if sign != "/" and not scalar(line, left) and not scalar(line, right):
                    yield left, right


def bracketed(line: Line, node: t.Tree) -> str:
    """What may stand in front of another factor."""
    return f"({line.of(node)})" if isinstance(node, (t.BigOperator, t.SumOf, t.Call)) else line.of(node)


def sign_flipped(line: Line) -> Iterator[str]:
    if not isinstance(line.tree, t.SumOf):
        yield f"-({line.text})"
    for node in values(line.tree):
        if isinstance(node, t.SumOf):
            for (_, before), (sign, term) in pairwise(node.terms):
                yield with_text(line, before.span.end, line.place(term).start, "-" if sign > 0 else "+")


def factor_changed(line: Line) -> Iterator[str]:
    sizes = line.sizes()
    for node in values(line.tree):
        if isinstance(node, t.Number) and node.value != 0:
            yield with_text(line, node.span.start, node.span.end, str(int(node.value) + 1))
        if isinstance(node, t.Name) and node.text in sizes and line.symbol(node) is None:
            for other in sizes:
                if other != node.text:
                    yield with_text(line, node.span.start, node.span.end, other)


def factor_added(line: Line) -> Iterator[str]:
    yield f"2 ({line.text})"
    for size in line.sizes()[:1]:
        yield rf"\frac{{1}}{{{size}}} ({line.text})"


def factor_dropped(line: Line) -> Iterator[str]:
    for node in values(line.tree):
        if isinstance(node, t.ProductOf):
            for n, (sign, item) in enumerate(node.factors):
                if n == 0:
                    yield with_text(line, line.place(item).start, line.place(node.factors[1][1]).start, "")
                elif sign != "/":
                    yield with_text(line, node.factors[n - 1][1].span.end, item.span.end, "")


def term_dropped(line: Line) -> Iterator[str]:
    for node in values(line.tree):
        if isinstance(node, t.SumOf):
            for n, (_, term) in enumerate(node.terms):
                if n == 0:
                    minus = "-" if node.terms[1][0] < 0 else ""
                    yield with_text(line, line.place(node).start, line.place(node.terms[1][1]).start, minus)
                else:
                    yield with_text(line, node.terms[n - 1][1].span.end, term.span.end, "")


def index_shadowed(line: Line) -> Iterator[str]:
    """A sum over an index that is free on the left, around all or in place of another binder."""
    free = [x for x in index_letters(line.origin.left) if len(x) == 1 and x.isalpha()]
    for letter in free:
        yield rf"\sum_{{{letter}}} ({line.text})"
    for node in values(line.tree):
        if isinstance(node, t.BigOperator) and len(node.binders) == 1:
            index = node.binders[0].index
            for letter in free:
                if letter != index.text:
                    yield with_text(line, index.span.start, index.span.end, letter)


def indices_swapped(line: Line) -> Iterator[str]:
    for node in values(line.tree):
        if isinstance(node, t.Scripted):
            names = [n for n in node.sub if isinstance(n, t.Name)]
            if len(names) == 2 and len(node.sub) == 2 and names[0].text != names[1].text:
                (a, b) = names
                between = line.text[a.span.end : b.span.start]
                yield with_text(line, a.span.start, b.span.end, f"{b.text}{between}{a.text}")


MISTAKES: dict[str, Mistake] = {
    "transpose dropped": transpose_dropped,
    "transpose added": transpose_added,
    "product swapped": product_swapped,
    "entrywise for matrix product": entrywise,
    "sign flipped": sign_flipped,
    "factor changed": factor_changed,
    "factor added": factor_added,
    "factor dropped": factor_dropped,
    "term dropped": term_dropped,
    "index shadowed": index_shadowed,
    "indices swapped": indices_swapped,
}


