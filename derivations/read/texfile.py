"""LaTeX files → the places of their formulas.

First everything is expanded in one pass (``macros.py``): authors hide whole environments in macros.  The same pass
blanks comments, verbatim text and what stands outside the document.  A second pass over the expanded text finds the
formulas.  An own scanner, since every place has to lead back through the expansion (docs/decisions).
"""

from __future__ import annotations

import re
from bisect import bisect_left

from derivations.read.document import Document, Formula
from derivations.read.given import FrontMatter, parse_front_matter
from derivations.read.macros import Expander, Frame, Macro
from derivations.source import Problem, Source, Span

DISPLAY_ENVIRONMENTS = frozenset({
    "equation", "align", "gather", "multline", "eqnarray", "alignat", "flalign", "displaymath", "dmath", "split", "aligned",
    "gathered", "alignedat",
})  # fmt: skip
INLINE_ENVIRONMENTS = frozenset({"math"})
VERBATIM = frozenset({"verbatim", "Verbatim", "lstlisting", "minted", "comment", "alltt", "tikzpicture", "filecontents"})
VERBATIM_COMMANDS = frozenset({"verb", "lstinline", "mintinline"})
INPUTS = frozenset({"input", "include", "subfile", "import", "subimport"})
BRACED = re.compile(r"\*?\s*\{([^{}\n]{0,200})\}")
BEGIN_DOCUMENT = re.compile(r"\\begin\s*\{document\}")
OPENING = re.compile(r"\\\\|\\\$|\\\[|\\\(|\$\$|\$|\\begin\s*\{([A-Za-z]+)(\*?)\}")
PARAGRAPH_END = re.compile(r"\n[ \t]*\n")
MATH_MARK = re.compile(r"\\.|[{}$]", re.DOTALL)
FRONT_FENCE = re.compile(r"%[ \t]*---[ \t]*$", re.MULTILINE)
CLOSERS = {"\\[": "\\]", "\\(": "\\)", "$$": "$$", "$": "$"}
BYTE_ORDER_MARK = "\ufeff"


def read_tex(source: Source) -> Document:
    """All formulas of a LaTeX file, in order; what is wrong with its structure is a problem, never an error."""
    if not source.text.strip(" \t\r\n\0" + BYTE_ORDER_MARK):
        problem = Problem("empty", "the document is empty: expected LaTeX with formulas", Span(0, 0))
        return Document(source, source.text, (), (), None, (problem,))
    text = source.text.replace("\r\n", " \n").replace("\r", "\n")
    expander = _TexExpander(text)
    expander.expand(0, len(text))
    scan = _Scan(expander.out.text)
    places = expander.out.places()
    problems = [*expander.problems, *(_moved(problem, places.of) for problem in scan.problems)]
    unclosed = [(formula, _moved(problem, places.of)) for formula, problem in scan.unclosed]
    readable, poisoned = parted(scan.formulas, expander.poisoned)
    problems.sort(key=lambda problem: problem.span or Span(0, 0))
    return Document(
        source, scan.text,
        tuple(f for f in readable if f.kind == "display"), tuple(f for f in readable if f.kind == "inline"),
        _front_matter(source), tuple(problems), tuple(sorted(unclosed + poisoned, key=lambda pair: pair[0].outer)), places,
    )  # fmt: skip


def parted(formulas: list[Formula], poisoned: list[tuple[int, Problem]]
           ) -> tuple[list[Formula], list[tuple[Formula, Problem]]]:
    """Formulas that can be read, and displays in which a macro could not be expanded, each with its problem."""
    marks = [at for at, _ in poisoned]
    readable, others = [], []
    for formula in formulas:
        first = bisect_left(marks, formula.outer.start)
        if first == len(marks) or marks[first] >= formula.outer.end:
            readable.append(formula)
        elif formula.kind == "display":
            others.append((formula, poisoned[first][1]))
    return readable, others


def _moved(problem: Problem, place: object) -> Problem:
    assert callable(place)
    return Problem(problem.code, problem.message, place(problem.span) if problem.span else None, problem.hint)


def _front_matter(source: Source) -> FrontMatter | None:
    """``% ---`` … ``% ---`` in the first lines: YAML behind the comment signs, which count as blanks."""
    text = source.text.removeprefix(BYTE_ORDER_MARK)
    base = len(source.text) - len(text.lstrip())
    opening = FRONT_FENCE.match(source.text, base)
    closing = FRONT_FENCE.search(source.text, opening.end()) if opening else None
    if opening is None or closing is None:
        return None
    inside = source.text[opening.end() : closing.start()]
    if any(not row.lstrip().startswith("%") for row in inside.split("\n") if row.strip()):
        return None
    blank = re.sub(r"(?m)^([ \t]*)%", r"\1 ", inside)
    shadow = source.text[: opening.end()] + blank + source.text[closing.start() :]
    return parse_front_matter(Source(source.path, shadow), Span(opening.end(), closing.start()))


# --------------------------------------------------------------- first pass


class _TexExpander(Expander):
    """Knows what only a whole document has: verbatim text, files, beginning and end."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.macros |= {"intertext": Macro("", 1), "shortintertext": Macro("", 1)}

    def special(self, frame: Frame, start: int, name: str) -> bool:
        if name in INPUTS:
            return self._input(frame, start, name)
        if name in VERBATIM_COMMANDS:
            return self._verbatim_command(frame, start)
        if name == "iffalse":
            return self._skip_to(frame, start, "\\fi")
        if name not in ("begin", "end"):
            return False
        found = BRACED.match(frame.text, frame.at, frame.end)
        environment = found[1].strip() if found else ""
        if name == "begin" and environment.removesuffix("*") in VERBATIM:
            return self._skip_to(frame, start, f"\\end{{{environment}}}")
        if name == "end" and environment == "document":
            return self._skip_to(frame, start, None)
        return False

    def _skip_to(self, frame: Frame, start: int, closer: str | None) -> bool:
        at = frame.text.find(closer, frame.at, frame.end) if closer else -1
        frame.at = frame.end if at < 0 else at + len(closer or "")
        self._blank(frame, start, frame.at)
        return True

    def _verbatim_command(self, frame: Frame, start: int) -> bool:
        mark = frame.text[frame.at : frame.at + 1]
        line_end = frame.text.find("\n", frame.at, frame.end)
        close = "}" if mark == "{" else mark
        stop = frame.text.find(close, frame.at + 1, frame.end if line_end < 0 else line_end) if mark.strip() else -1
        if stop < 0:
            return False
        frame.at = stop + 1
        self._blank(frame, start, frame.at)
        return True

    def _input(self, frame: Frame, start: int, name: str) -> bool:
        found = BRACED.match(frame.text, frame.at, frame.end)
        frame.at = found.end() if found else frame.at
        what = f" ({found[1].strip()[:60]})" if found else ""
        message = f"\\{name}{what} is not followed: a document is one file"
        self.problems.append(Problem("tex-input", message, self._place(frame, start, frame.at), "put its text in its place"))
        self._blank(frame, start, frame.at)
        return True


# -------------------------------------------------------------- second pass


class _Scan:
    """The formulas of an expanded text."""

    def __init__(self, text: str) -> None:
        begin = BEGIN_DOCUMENT.search(text)
        self.text = text
        self.formulas: list[Formula] = []
        self.problems: list[Problem] = []
        self.unclosed: list[tuple[Formula, Problem]] = []
        self.known: dict[str, tuple[int, int]] = {}  # closers looked for, and found, before: this keeps the pass linear
        self.paragraph = (0, 0)  # the last one asked for
        self.loose = -1  # the end of a paragraph in which braces do not match
        at = begin.end() if begin else 0
        while (found := OPENING.search(text, at)) is not None:
            at = self._opening(found)

    def _opening(self, found: re.Match[str]) -> int:
        """Deals with what was found; the place to go on from."""
        opener = found.group()
        if opener in ("\\\\", "\\$"):
            return found.end()
        if found[1] is not None:
            return self._environment(found)
        return self._delimited(found, opener)

    def _environment(self, found: re.Match[str]) -> int:
        name = found[1]
        if name not in DISPLAY_ENVIRONMENTS | INLINE_ENVIRONMENTS:
            return found.end()
        whole = found[1] + found[2]
        closer = f"\\end{{{whole}}}"
        stop = self._find(closer, found.end())
        again = self.text.find(found.group(), found.end(), stop) if stop >= 0 else -1
        if stop < 0 or again >= 0:
            return self._never_closed(found, f"\\begin{{{whole}}}", closer)
        end = stop + len(closer)
        kind = "inline" if name in INLINE_ENVIRONMENTS else "display"
        self._add(Span(found.start(), end), Span(found.start(), end), kind)
        return end

    def _delimited(self, found: re.Match[str], opener: str) -> int:
        paragraph = self._paragraph_end(found.end())
        if opener == "$":
            stop = self._dollar(found.end(), paragraph)
        else:
            stop = self._find(CLOSERS[opener], found.end())
            if stop > paragraph and (opener == "\\(" or self.text.find(opener, found.end(), stop) >= 0):
                stop = -1  # else a blank line inside: TeX objects, readers do not
        if stop < 0:
            return self._never_closed(found, opener, CLOSERS[opener])
        end = stop + len(CLOSERS[opener])
        kind = "display" if opener in ("\\[", "$$") else "inline"
        self._add(Span(found.end(), stop), Span(found.start(), end), kind)
        return end

    def _paragraph_end(self, at: int) -> int:
        begin, end = self.paragraph
        if not begin <= at <= end:
            limit = PARAGRAPH_END.search(self.text, at)
            self.paragraph = (at, limit.start() if limit else len(self.text))
        return self.paragraph[1]

    def _dollar(self, start: int, end: int) -> int:
        """The dollar that closes; those in ``\\text{… $x$ …}`` belong to the words."""
        depth, first = 0, -1
        for mark in MATH_MARK.finditer(self.text, start, end):
            if mark.group() == "$":
                if depth <= 0 or self.loose == end:
                    return mark.start()
                first = mark.start() if first < 0 else first
            depth += {"{": 1, "}": -1}.get(mark.group(), 0)
        self.loose = end
        return first

    def _find(self, closer: str, start: int) -> int:
        """The next closer that no backslash escapes; −1 where there is none."""
        asked, found = self.known.get(closer, (len(self.text) + 1, 0))
        if asked <= start and (found < 0 or start <= found):
            return found
        at = self.text.find(closer, start)
        while at >= 0 and _escaped(self.text, at, start):
            at = self.text.find(closer, at + 1)
        self.known[closer] = (start, at)
        return at

    def _never_closed(self, found: re.Match[str], opener: str, closer: str) -> int:
        end = self._paragraph_end(found.end())
        message = f"the formula that {opener} opens is never closed: expected {closer}"
        problem = Problem("unbalanced-math", message, Span(found.start(), found.end()), f"write {closer} behind the formula")
        self.problems.append(problem)
        if opener in ("$", "\\("):
            return found.end()
        self.unclosed.append((Formula(self._trimmed(Span(found.end(), end)), "display", Span(found.start(), end)), problem))
        return end

    def _add(self, inner: Span, outer: Span, kind: str) -> None:
        span = self._trimmed(inner)
        if span.start < span.end:
            self.formulas.append(Formula(span, "display" if kind == "display" else "inline", outer))

    def _trimmed(self, span: Span) -> Span:
        text = self.text[span.start : span.end]
        start = span.start + len(text) - len(text.lstrip())
        return Span(start, start + len(text.strip()))


def _escaped(text: str, at: int, start: int) -> bool:
    begin = at
    while begin > start and text[begin - 1] == "\\":
        begin -= 1
    return (at - begin) % 2 == 1
