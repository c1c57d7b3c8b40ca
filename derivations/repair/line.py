"""The right side of a line as it is written, and what the edits need to know around it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from derivations.expr import Expr, Map, Shape, Sym, walk
from derivations.interpret.names import Array
from derivations.interpret.statements import Origin
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.read.formula import read_display
from derivations.source import Problem, Span

GROWN = re.compile(r"\\(left|[bB]igg?l?)\s*$")
TRANSPOSES = ("^T", "^\\top", "^{\\top}", "^{T}", "^\\intercal", "^{\\mathrm{T}}", "^{\\mathrm T}", "^\\mathsf{T}")
HADAMARD = ("\\odot", "\\circ")
BARE_TRANSPOSE = r"(?:\\top|\\intercal|T|\\mathrm\s*\{?T\}?|\\mathsf\s*\{?T\}?)"
ENDS_TRANSPOSED = re.compile(r"\^\s*(?:" + BARE_TRANSPOSE + r"|\{\s*" + BARE_TRANSPOSE + r"\s*\})")
LAYER_TRANSPOSED = re.compile(r"(?<=[)\]])\s*" + BARE_TRANSPOSE + r"(?=\s*\})")
INVERSE = re.compile(r"\^\s*\{\s*-\s*1\s*\}")
INVERSE_TRANSPOSED = re.compile(r"\^\s*\{\s*-\s*" + BARE_TRANSPOSE + r"\s*\}")


@dataclass(frozen=True, slots=True)
class Change:
    """Other text for a place of the line; ``parts`` are put into the words of the edit."""

    span: Span
    new: str
    parts: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Line:
    """One right side: its text, and the tree whose spans count in that text."""

    text: str
    tree: t.Tree
    origin: Origin

    # ------------------------------------------------------------- places

    @property
    def whole(self) -> Span:
        return Span(0, len(self.text))

    def place(self, node: t.Node) -> Span:
        """Where a node is written; ``\\left`` and ``\\Big`` belong to the bracket behind them."""
        grown = GROWN.search(self.text, max(0, node.span.start - 12), node.span.start)
        return Span(grown.start() if grown else node.span.start, node.span.end)

    def of(self, node: t.Node) -> str:
        """How a node is written."""
        span = self.place(node)
        return self.text[span.start : span.end]

    def between(self, left: t.Node, right: t.Node) -> str:
        """What is written between two nodes: a sign, a blank."""
        return self.text[left.span.end : self.place(right).start]

    def changed(self, change: Change) -> str:
        """The text with one change made."""
        return joined(joined(self.text[: change.span.start], change.new), self.text[change.span.end :])

    def replaced(self, changes: list[tuple[Span, str]]) -> str:
        """The text with several places changed."""
        text = self.text
        for span, new in sorted(changes, reverse=True):
            text = joined(joined(text[: span.start], new), text[span.end :])
        return text

    # ----------------------------------------------------------- notation

    @property
    def document(self) -> str:
        return self.origin.world.text

    def first_used(self, ways: tuple[str, ...]) -> str:
        """The notation that the document uses first."""
        used = [(self.document.find(way), way) for way in ways if way in self.document]
        return min(used)[1] if used else ways[0]

    def transposed(self, node: t.Node) -> str:
        """The transpose of a node, in the document's notation; a transpose written there goes."""
        text = self.of(node)
        if isinstance(node, t.Scripted):
            return self._retransposed(node, text)
        if isinstance(node, (t.Name, t.Bracket)) or (isinstance(node, t.Call) and node.bracketed):
            return text + self.first_used(TRANSPOSES)
        return wrapped(text) + self.first_used(TRANSPOSES)

    def _retransposed(self, node: t.Scripted, text: str) -> str:
        head, scripts = self.cut(node)
        sign = self.first_used(TRANSPOSES)
        if node.transpose:
            found = INVERSE_TRANSPOSED.sub("^{-1}", scripts), ENDS_TRANSPOSED.sub("", scripts), LAYER_TRANSPOSED.sub("", scripts)
            return head + next((new for new in found if new != scripts), scripts)
        if INVERSE.search(scripts):
            return head + INVERSE.sub(lambda _: f"^{{-{sign.strip('^{}')}}}", scripts)
        if node.power is not None:
            return wrapped(text) + sign
        if node.layer:
            return head + re.sub(r"(?<=[)\]])\s*\}", lambda _: sign.strip("^{}") + "}", scripts, count=1)
        return text + sign

    def cut(self, node: t.Scripted) -> tuple[str, str]:
        """Base and scripts of a node as written."""
        start = self.place(node).start
        return self.text[start : node.base.span.end], self.text[node.base.span.end : node.span.end]

    def negated(self, node: t.Node) -> str:
        """The negative of a node: a difference turned round, a minus sign taken away or put in front."""
        if isinstance(node, t.Negative):
            return self.of(node.operand)
        if isinstance(node, t.SumOf):
            signs = [sign for sign, _ in node.terms]
            if sorted(signs) == [-1, 1]:
                minus, plus = (self.of(x) for _, x in sorted(node.terms, key=lambda pair: pair[0]))
                return f"{minus} - {plus}"
            return "-" + wrapped(self.of(node))
        return joined("-", self.of(node))

    # ------------------------------------------------------------ meaning

    def symbol(self, node: t.Node) -> tuple[Sym, tuple[t.Tree, ...]] | None:
        """The array that a name stands for, and the subscripts that pick from it."""
        base = node.base if isinstance(node, t.Scripted) else node
        if not isinstance(base, t.Name):
            return None
        scripts = node if isinstance(node, t.Scripted) else t.Scripted(base)
        meaning, rest, _ = self.origin.world.elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
        return (meaning.sym, rest) if isinstance(meaning, Array) else None

    def shape_of(self, sym: Sym) -> Shape:
        return self.origin.world.dimensions.shape(sym.shape)

    def is_scalar(self, node: t.Node) -> bool:
        """Whether a factor is a number for certain: such a one is not transposed and may stand anywhere."""
        if isinstance(node, t.Number):
            return True
        if isinstance(node, t.Fraction_):
            return self.is_scalar(node.numerator) and self.is_scalar(node.denominator)
        if isinstance(node, (t.Name, t.Scripted)):
            found = self.symbol(node)
            if found is None:
                return isinstance(node, t.Name) and node.text in self.origin.world.table.sizes
            return (len(found[1]) > 0 and len(letters(found[1])) >= len(found[0].shape)) or not self.shape_of(found[0])
        return False

    def symbols(self) -> dict[str, Shape]:
        """The document's arrays, those of this line and of its left side first."""
        table = self.origin.world.table
        here = [s[0].name for n in (*tree_nodes(self.tree), *tree_nodes(self.origin.left))
                if isinstance(n, (t.Name, t.Scripted)) and (s := self.symbol(n))]
        every = [m.sym for m in table.meanings.values() if isinstance(m, Array)]
        order = sorted(every, key=lambda s: here.index(s.name) if s.name in here else len(here))
        return {s.name: self.shape_of(s) for s in order}

    def sizes(self) -> list[str]:
        return list(self.origin.world.table.sizes)

    def maps(self) -> Iterator[Map]:
        """Functions applied to a named array anywhere in the document's definitions: activations."""
        for value in self.origin.world.table.definitions.values():
            for node in walk(value):
                if isinstance(node, Map) and isinstance(node.operand, Sym):
                    yield node

    def left_text(self) -> str:
        span = self.origin.left.span
        return self.document[span.start : span.end]


def first_line(origin: Origin) -> Line | None:
    """The line as the document has it; None where its text does not stand for itself (a macro, a continued row)."""
    place = right_place(origin)
    line = read_line(origin.world.text[place.start : place.end], origin)
    return line if line is not None and line.tree == origin.right else None


def right_place(origin: Origin) -> Span:
    """Where the right side is written, with the ``\\left`` of a bracket that it begins with."""
    span = origin.right.span
    grown = GROWN.search(origin.world.text, max(0, span.start - 12), span.start)
    return Span(grown.start() if grown else span.start, span.end)


def read_line(text: str, origin: Origin) -> Line | None:
    """A right side read by itself; None where it cannot be."""
    try:
        chains = read_display(text, Span(0, len(text)), origin.world.table)
    except Problem:
        return None
    if len(chains) != 1 or isinstance(chains[0], Problem) or chains[0].relations:
        return None
    return Line(text, origin.world.rewritten(chains[0]).members[0], origin)


def joined(left: str, right: str) -> str:
    """Two texts one after the other; a blank keeps a command from swallowing the letter behind it."""
    if right[:1].isalpha() and re.search(r"\\[A-Za-z]+$", left):
        return f"{left} {right}"
    return left + right


def wrapped(text: str) -> str:
    """In brackets that grow where fractions and sums make it tall."""
    tall = any(command in text for command in ("\\frac", "\\sum", "\\prod", "\\begin"))
    return f"\\left({text}\\right)" if tall else f"({text})"


def letters(node: object) -> list[str]:
    """The names in a tree, with repetitions: the letters of a subscript."""
    return [n.text for n in tree_nodes(node) if isinstance(n, t.Name)]


def index_letters(node: object) -> list[str]:
    """The letters that stand in subscripts, each once, in order."""
    found = [x for n in tree_nodes(node) if isinstance(n, t.Scripted) for x in letters(n.sub)]
    return list(dict.fromkeys(found))


def values(node: t.Node) -> Iterator[t.Node]:
    """The node and what stands below it as a value: not scripts, binders or what is differentiated."""
    yield node
    for child in _operands(node):
        yield from values(child)


def _operands(node: t.Node) -> Iterator[t.Node]:
    match node:
        case t.Bracket(items=items) | t.Angle(items=items) | t.Call(arguments=items):
            yield from items
        case t.Bars(body=body) | t.BigOperator(body=body):
            yield body
        case t.Negative(operand=operand) | t.Root(radicand=operand):
            yield operand
        case t.SumOf(terms=pairs) | t.ProductOf(factors=pairs):
            yield from (item for _, item in pairs)
        case t.Fraction_(numerator=above, denominator=below):
            yield above
            yield below
        case t.Cases(rows=rows):
            yield from (value for value, _ in rows)
        case t.Scripted(base=t.Name(text="e"), power=power) if power is not None:
            yield power
        case t.Scripted(base=base) if not isinstance(base, t.Name):
            yield base
        case _:
            pass


def used(expr: Expr) -> list[str]:
    """The names of the variables that an expression reads, in order."""
    return list(dict.fromkeys(n.name for n in walk(expr) if isinstance(n, Sym)))
