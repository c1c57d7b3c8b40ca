"""Edits of sums and products: signs, terms, factors, big operators."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.line import HADAMARD, Change, Line, index_letters, values, wrapped
from derivations.source import Span

# ------------------------------------------------------------ big operators


def big_operators(line: Line) -> Iterator[t.BigOperator]:
    for node in tree_nodes(line.tree):
        if isinstance(node, t.BigOperator):
            yield node


def sign_place(line: Line, node: t.BigOperator) -> Span:
    """The sign with its bounds, without the body."""
    return Span(node.span.start, line.place(node.body).start)


def hiding_sums(line: Line) -> Iterator[Change]:
    """A sum over a letter that is a free index of the left side: what is inside no longer depends on the left's."""
    free = index_letters(line.origin.left)
    for node in big_operators(line):
        if len(node.binders) == 1 and node.binders[0].index.text in free:
            sign = sign_place(line, node)
            old = line.text[sign.start : sign.end].strip()
            yield Change(sign, "", {"old": old, "index": node.binders[0].index.text})


def any_sums(line: Line) -> Iterator[Change]:
    for node in big_operators(line):
        sign = sign_place(line, node)
        yield Change(sign, "", {"old": line.text[sign.start : sign.end].strip()})


# -------------------------------------------------------------------- signs


def whole_sign(line: Line) -> Iterator[Change]:
    yield Change(line.whole, line.negated(line.tree), {})


def term_signs(line: Line) -> Iterator[Change]:
    """One sign of a sum."""
    for node in values(line.tree):
        if isinstance(node, t.SumOf):
            for n, (sign, term) in enumerate(node.terms):
                yield Change(_sign_span(line, node, n), _sign_text(-sign, n), {"old": line.of(term)})


def _sign_span(line: Line, node: t.SumOf, n: int) -> Span:
    before = node.terms[n - 1][1].span.end if n else line.place(node).start
    gap = line.text[before : line.place(node.terms[n][1]).start]
    blank = len(gap) - len(gap.lstrip())
    return Span(before + blank, before + len(gap.rstrip()))


def _sign_text(sign: int, n: int) -> str:
    return "-" if sign < 0 else "+" if n else ""


def inner_signs(line: Line) -> Iterator[Change]:
    """The sign of an argument, of an exponent, of what stands in a bracket or under a sum."""
    for node in values(line.tree):
        inner: tuple[t.Node, ...] = ()
        if isinstance(node, (t.Call, t.Bracket)):
            inner = node.arguments if isinstance(node, t.Call) else node.items
        elif isinstance(node, t.Scripted) and isinstance(node.power, t.Node) and isinstance(node.base, t.Name):
            inner = (node.power,)
        elif isinstance(node, t.ProductOf):
            inner = tuple(f for _, f in node.factors if isinstance(f, t.Negative))
        for item in inner:
            yield Change(line.place(item), line.negated(item), {"old": line.of(item)})


# -------------------------------------------------------------------- terms


def terms(line: Line) -> Iterator[Change]:
    """A sum with one term less."""
    for node in values(line.tree):
        if isinstance(node, t.SumOf):
            for n, (_, term) in enumerate(node.terms):
                yield Change(_term_span(line, node, n), _left_over(node, n), {"old": line.of(term)})


def _term_span(line: Line, node: t.SumOf, n: int) -> Span:
    if n:
        return Span(node.terms[n - 1][1].span.end, node.terms[n][1].span.end)
    return Span(line.place(node).start, line.place(node.terms[1][1]).start)


def _left_over(node: t.SumOf, n: int) -> str:
    return "-" if n == 0 and node.terms[1][0] < 0 else ""


# ------------------------------------------------------------------ factors


def products(line: Line) -> Iterator[t.ProductOf]:
    for node in values(line.tree):
        if isinstance(node, t.ProductOf):
            yield node


def factors(line: Line) -> Iterator[Change]:
    """A product with one factor less."""
    for node in products(line):
        items = [f for _, f in node.factors]
        for n, item in enumerate(items):
            span = Span(items[n - 1].span.end, item.span.end) if n else Span(line.place(item).start, line.place(items[1]).start)
            yield Change(span, "", {"old": line.of(item)})
    for fraction in values(line.tree):
        if isinstance(fraction, t.Fraction_):
            yield Change(fraction.span, line.of(fraction.numerator), {"old": line.of(fraction.denominator)})


def neighbours(line: Line) -> Iterator[tuple[Span, t.Tree, t.Tree, str]]:
    """Pairs of factors side by side that may depend on their order, with what stands between them."""
    for node in products(line):
        for (_, left), (_, right) in pairwise(node.factors):
            if not line.is_scalar(left) and not line.is_scalar(right):
                span = Span(line.place(left).start, right.span.end)
                yield span, left, right, line.between(left, right)


def swaps(line: Line) -> Iterator[Change]:
    for span, left, right, sign in neighbours(line):
        one, other = _closed(line, right), line.of(left)
        yield Change(span, _beside(one, sign, other), {"old": line.of(left), "other": line.of(right)})


def transposing_swaps(line: Line) -> Iterator[Change]:
    """Swaps of two factors with both, the right one or the left one transposed; and both transposed in place."""
    for span, left, right, sign in neighbours(line):
        a, b = line.of(left), _closed(line, right)
        at, bt = line.transposed(left), line.transposed(right)
        for one, other in ((b, at), (bt, a), (bt, at), (at, bt)):
            new = _beside(one, sign, other)
            yield Change(span, new, {"old": line.text[span.start : span.end], "new": new})


def _closed(line: Line, node: t.Tree) -> str:
    """What may stand in front of another factor."""
    open_ended = isinstance(node, (t.BigOperator, t.Nabla)) or (isinstance(node, t.Call) and not node.bracketed)
    return wrapped(line.of(node)) if open_ended else line.of(node)


def _beside(left: str, sign: str, right: str) -> str:
    return f"{left}{sign or ' '}{right}"


def product_signs(line: Line) -> Iterator[Change]:
    """Entrywise for the matrix product and back."""
    entrywise = line.first_used(HADAMARD)
    for node in products(line):
        for (_, left), (sign, right) in pairwise(node.factors):
            span = Span(left.span.end, line.place(right).start)
            if sign in HADAMARD:
                yield Change(span, " ", {"old": sign, "new": "the matrix product"})
            elif sign != "/" and not line.is_scalar(left) and not line.is_scalar(right):
                yield Change(span, f" {entrywise} ", {"old": "the matrix product", "new": entrywise})
