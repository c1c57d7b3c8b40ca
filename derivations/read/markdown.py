"""Markdown → the places of its formulas.

markdown-it-py finds the blocks; the formulas of a block are found by one pass over its text
(``inline.py``).  Two things differ from plain CommonMark, both because a formula is not prose:

* a displayed formula keeps its lines together: a line that begins with ``-`` or ``=`` or is blank is
  no list, heading or new paragraph while ``$$`` or ``\\[`` is open (``_paragraph``);
* links and HTML are text, so that no formula in them is lost.

Positions are exact because nothing is ever cut out: a paragraph is scanned in place, with the
markers of the blocks around it overwritten by blanks (the shadow text).
"""

from __future__ import annotations

from markdown_it import MarkdownIt
from markdown_it.rules_block import StateBlock
from markdown_it.token import Token
from mdit_py_plugins.front_matter import front_matter_plugin

from derivations.limits import current
from derivations.read.document import Document, Formula
from derivations.read.given import FrontMatter, parse_front_matter
from derivations.read.inline import CLOSERS, DISPLAYS, InlineScan, find_unescaped
from derivations.source import Problem, Source, Span

BYTE_ORDER_MARK = "\ufeff"
FRONT_MATTER_FENCE = "---"
MATH_FENCE = "math"
START = Span(0, 0)
MOST_TOLD = 100  # openers without closers in one paragraph, each of which is told


def read_markdown(source: Source) -> Document:
    """All formulas of a Markdown text, in order; what is wrong with its structure is a problem, never an error."""
    if not source.text.strip(" \t\r\n\0" + BYTE_ORDER_MARK):
        problem = Problem("empty", "the document is empty: expected Markdown with formulas", START)
        return Document(source, source.text, (), (), None, (problem,))
    reading = _Reading(source, strict=False)
    if reading.problems:  # a formula that never ends: read again, so that it does not swallow its neighbours
        reading = _Reading(source, strict=True)
    return reading.document()


class _Reading:
    """One pass over a text.  ``strict``: a blank line ends a displayed formula, closed or not."""

    def __init__(self, source: Source, strict: bool) -> None:
        self.source = source
        self.strict = strict
        self.base = _beginning(source.text)
        self.text = _with_line_feeds(source.text)
        self.shadow = list(self.text)
        self.starts = [self.base] + [at + 1 for at in range(self.base, len(self.text)) if self.text[at] == "\n"]
        self.formulas: list[Formula] = []
        self.problems: list[Problem] = []
        self.unclosed: list[tuple[Formula, Problem]] = []
        self.barren: dict[str, tuple[int, int]] = {}
        self.tokens = self._block_parser().parse(self.text[self.base:])
        for token in self.tokens:
            self._visit(token)

    def document(self) -> Document:
        front = self._front_matter()
        formulas = sorted(self.formulas, key=lambda formula: formula.outer)
        displays = tuple(formula for formula in formulas if formula.kind == "display")
        inlines = tuple(formula for formula in formulas if formula.kind == "inline")
        problems = tuple(sorted(self.problems, key=lambda problem: problem.span or START))
        unclosed = tuple(sorted(self.unclosed, key=lambda pair: pair[0].outer))
        return Document(self.source, "".join(self.shadow), displays, inlines, front, problems, unclosed)

    def _block_parser(self) -> MarkdownIt:
        parser = MarkdownIt("commonmark", {"html": False, "maxNesting": current().block_levels}).use(front_matter_plugin)
        parser.disable(["lheading", "reference"])
        parser.block.ruler.at("paragraph", self._paragraph)
        parser.core.ruler.enableOnly(["block"])
        return parser

    # ------------------------------------------------------------ blocks

    def _paragraph(self, state: StateBlock, first: int, _last: int, _silent: bool) -> bool:
        """A paragraph that does not end while a displayed formula or a comment is open."""
        parent, state.parentType = state.parentType, "paragraph"
        end = self._ordinary_end(state, first)
        self._blank_markers(state, first + 1, end)
        start = state.bMarks[first] + state.tShift[first]
        scan = InlineScan(self._slice(start, state.eMarks[end - 1]), self.base + start)
        while (opener := scan.run()) is not None:
            closing = self._closing_line(state, end, opener)
            if closing is None:
                scan.skip_opener()
                continue
            further = self._ordinary_end(state, closing)
            self._blank_markers(state, end, further)
            scan.extend(self._slice(state.eMarks[end - 1], state.eMarks[further - 1]))
            end = further
        self._collect(scan)
        state.parentType = parent
        state.line = end
        return True

    def _ordinary_end(self, state: StateBlock, first: int) -> int:
        """The line behind the paragraph's last one by the rules of CommonMark."""
        terminators = state.md.block.ruler.getRules("paragraph")
        line = first + 1
        while line < state.lineMax and not state.isEmpty(line):
            lazy = state.sCount[line] - state.blkIndent > 3 or state.sCount[line] < 0
            if not lazy and any(rule(state, line, state.lineMax, True) for rule in terminators):
                break
            line += 1
        return line

    def _closing_line(self, state: StateBlock, line: int, opener: str) -> int | None:
        """The first line from ``line`` on that closes what is open; None where none does, or may."""
        if opener == "\\(":
            return None
        first, (known, beyond) = line, self.barren.get(opener, (0, 0))
        if known <= line < beyond:  # searched before, in vain: this keeps the reading linear
            line = beyond
        while line < state.lineMax and not (self.strict and opener != "<!--" and state.isEmpty(line)):
            row = self._slice(state.bMarks[line] + state.tShift[line], state.eMarks[line])
            if find_unescaped(row, CLOSERS[opener], 0) >= 0:
                return line
            line += 1
        self.barren[opener] = (first, line)
        return None

    def _blank_markers(self, state: StateBlock, first: int, end: int) -> None:
        """Overwrites what stands before the text of lines: indentation, and the marks of quotes around them."""
        for line in range(first, end):
            left, right = self.starts[line], self.base + min(state.bMarks[line] + state.tShift[line], state.eMarks[line])
            self.shadow[left:right] = " " * (right - left)

    def _slice(self, start: int, end: int) -> str:
        return "".join(self.shadow[self.base + start:self.base + end])

    # ------------------------------------------------------------ tokens

    def _visit(self, token: Token) -> None:
        """What the block parser leaves as tokens: headings and fences (paragraphs are collected by their rule)."""
        if token.level >= current().block_levels - 1 and token.nesting == 1 and token.map:
            place = Span(self.starts[token.map[0]], self.starts[token.map[0]])
            self.problems.append(Problem("nesting", f"blocks nested more than {current().block_levels} deep are not read", place))
        elif token.type == "inline" and token.map:
            scan = InlineScan(token.content, self.text.index(token.content, self.starts[token.map[0]]))
            while scan.run() is not None:
                scan.skip_opener()
            self._collect(scan)
        elif token.type == "fence" and token.info.split()[:1] == [MATH_FENCE] and token.map:
            self._math_fence(token.content, *token.map)

    def _math_fence(self, content: str, first: int, end: int) -> None:
        """The rows of a fence are ends of source lines: what stands before them belongs to the blocks around."""
        rows = content.removesuffix("\n").split("\n") if content else []
        line = self._line(first)
        opening = Span(self.starts[first] + min(at for mark in ("```", "~~~") if (at := line.find(mark)) >= 0), self._end(first))
        if len(rows) == end - first - 1:
            end_of_text = Span(opening.start, self._end(end - 1))
            self._unbalanced("```math", opening, Formula(Span(opening.end, end_of_text.end), "display", end_of_text))
            return
        for number, row in enumerate(rows, first + 1):
            left, right = self.starts[number], self._end(number) - len(row)
            self.shadow[left:right] = " " * (right - left)
        self._add(Span(opening.end, self._end(end - 2)), "display", Span(opening.start, self._end(end - 1)))

    def _line(self, number: int) -> str:
        return self.text[self.starts[number]:self._end(number)]

    def _end(self, line: int) -> int:
        """Where a line ends, without its line feed."""
        return self.starts[line + 1] - 1 if line + 1 < len(self.starts) else len(self.text)

    # ---------------------------------------------------------- formulas

    def _collect(self, scan: InlineScan) -> None:
        for found in scan.found:
            self._add(found.inner, "display" if found.opener in DISPLAYS else "inline", found.outer)
        first = next((found for found in scan.unterminated if found.opener in DISPLAYS), None)  # others lie inside it
        told = scan.unterminated[:MOST_TOLD]
        for found in told if first is None or first in told else [*told, first]:
            whole = Formula(found.inner, "display", found.outer) if found is first else None
            self._unbalanced(found.opener, Span(found.outer.start, found.inner.start), whole)

    def _add(self, inner: Span, kind: str, outer: Span) -> None:
        """Records a formula without the space around it (``$$$$`` holds none)."""
        span = self._trimmed(inner)
        if span.start < span.end:
            self.formulas.append(Formula(span, "display" if kind == "display" else "inline", outer))

    def _trimmed(self, span: Span) -> Span:
        text = "".join(self.shadow[span.start:span.end])
        start = span.start + len(text) - len(text.lstrip())
        return Span(start, start + len(text.strip()))

    def _unbalanced(self, opener: str, place: Span, whole: Formula | None) -> None:
        closer = CLOSERS.get(opener, "```")
        message = f"the formula that {opener} opens is never closed: expected {closer}"
        problem = Problem("unbalanced-math", message, place, f"write {closer} behind the formula")
        self.problems.append(problem)
        if whole is not None:
            self.unclosed.append((Formula(self._trimmed(whole.span), "display", whole.outer), problem))

    # ------------------------------------------------------ front matter

    def _front_matter(self) -> FrontMatter | None:
        token = next((token for token in self.tokens if token.type == "front_matter"), None)
        if token is not None:
            return parse_front_matter(self.source, Span(self.starts[1], self.starts[1] + len(token.content)))
        if self._looks_unclosed():
            message = f"the front matter that begins here is never closed: expected a line {FRONT_MATTER_FENCE}"
            self.problems.append(Problem("front-matter", message, Span(self.base, self.base + 3)))
        return None

    def _looks_unclosed(self) -> bool:
        """A first line ``---`` and then a line ``word:`` (a rule between two paragraphs has none)."""
        if len(self.starts) < 2 or self._line(0).rstrip() != FRONT_MATTER_FENCE:
            return False
        word, colon, _ = self._line(1).partition(":")
        return bool(colon) and word.isidentifier()


def _beginning(text: str) -> int:
    """Where to begin: behind a byte order mark, and at the front matter where only blank lines come before it."""
    start = len(text) - len(text.removeprefix(BYTE_ORDER_MARK))
    front = len(text) - len(text[start:].lstrip(" \t\r\n"))
    at_line_begin = front == start or text[front - 1] in "\r\n"
    return front if at_line_begin and text.startswith(FRONT_MATTER_FENCE, front) else start


def _with_line_feeds(text: str) -> str:
    """Every line end as one line feed, at no change of length."""
    return text.replace("\r\n", " \n").replace("\r", "\n")
