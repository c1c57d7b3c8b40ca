"""Reports for people: ``full`` shows each claim in its line, ``concise`` one line for each.

Symbols and words say all that colours say.  Everything that comes from a document or a file name goes
through ``plain.safe`` first.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derivations.report.outline import (
    SYMBOLS,
    DocumentReport,
    JudgedClaim,
    Located,
    Nested,
    Report,
    code,
    inputs,
    message,
    no_claims,
    readable_number,
    size_text,
)
from derivations.report.plain import pretty_name, safe, wrap
from derivations.source import Source, Span, display_width
from derivations.verdicts import AllSizes, Counterexample, Definition, Proved, Refuted, Repair, Scope, Unreadable, Word

COLOURS: dict[Word, str] = {"definition": "34", "proved": "32", "refuted": "31", "unknown": "33", "unreadable": "35"}
PLURALS: dict[Word, str] = {"definition": "definitions"}
WIDTH = 80
MARGIN = 14
MOST_LINES = 4
LEAD = 6  # characters shown before a part that is too long for its line

Paint = Callable[[str, Word], str]


def _plain(text: str, _: Word) -> str:
    return text


def _coloured(text: str, kind: Word) -> str:
    return f"\x1b[{COLOURS[kind]}m{text}\x1b[0m"


def full(report: Report, colour: bool = False, width: int = WIDTH) -> str:
    """Claim by claim with excerpts, and a summary line."""
    page = _Page(_coloured if colour else _plain, width)
    blocks = [block for document in report.documents for block in page.document(document)]
    return "\n\n".join([*("\n".join(block) for block in blocks), summary_line(report)]) + "\n"


def concise(report: Report) -> str:
    """``path:line:column: verdict [code] message``, one line for each problem and each claim."""
    rows: list[str] = []
    for document in report.documents:
        rows += map(problem_line, document.problems)
        if not document.claims:
            rows.append(f"{safe(document.path)}:1:1: note [no-claims] {no_claims(document)}")
        rows += (_claim_line(document, claim) for claim in document.claims)
    return "".join(f"{row}\n" for row in rows)


def problem_line(located: Located) -> str:
    kind = "warning" if located.is_warning else "error"
    problem = located.problem
    hint = f" ({safe(problem.hint)})" if problem.hint else ""
    return f"{_place(located.source, problem.span)}: {kind} [{problem.code}] {safe(problem.message)}{hint}"


def summary_line(report: Report) -> str:
    hidden = sum(document.hidden for document in report.documents)
    if not report.claims:
        return f"none of the {hidden} claims is shown" if hidden else "no claims: nothing was judged"
    return ", ".join(f"{count} {PLURALS.get(word, word) if count != 1 else word}" for word, count in report.summary.items()) + (
        f" ({hidden} not shown)" if hidden else ""
    )


def _claim_line(document: DocumentReport, claim: JudgedClaim) -> str:
    name = code(claim.verdict)
    return f"{_place(document.source, _blamed(claim))}: {claim.word}{f' [{name}]' if name else ''} {safe(message(claim.verdict))}"


def _place(source: Source, span: Span | None) -> str:
    return safe(source.where(span.start if span else 0))


def _blamed(claim: JudgedClaim) -> Span:
    """What the carets point at: for an unreadable claim the place of the problem, else all of it."""
    if isinstance(claim.verdict, Unreadable) and claim.verdict.problem.span is not None:
        return claim.verdict.problem.span
    return claim.span


@dataclass(frozen=True, slots=True)
class _Page:
    """How wide and how coloured; its methods give lines."""

    paint: Paint
    width: int

    def document(self, document: DocumentReport) -> Iterator[list[str]]:
        yield [safe(document.path)]
        told = [("reading", reading) for reading in document.readings]
        told += [("convention", convention) for convention in document.conventions]
        if told:
            yield [line for label, text in told for line in self._field(label, safe(text))]
        for located in document.problems:
            yield list(self._problem(located))
        if not document.claims:
            yield wrap(no_claims(document), self.width)
        for claim in document.claims:
            yield list(self._claim(document, claim))

    def _problem(self, located: Located) -> Iterator[str]:
        problem = located.problem
        colour: Word
        head, colour = ("? warning", "unknown") if located.is_warning else ("! error", "unreadable")
        yield self.paint(f"{head} [{problem.code}]", colour) + f" {_place(located.source, problem.span)}"
        if problem.span is not None:
            yield from self._excerpt(located.source, problem.span)
        yield from self._field("why", safe(problem.message))
        if problem.hint:
            yield from self._field("hint", safe(problem.hint))

    def _claim(self, document: DocumentReport, claim: JudgedClaim) -> Iterator[str]:
        name = code(claim.verdict)
        head = f"{SYMBOLS[claim.word]} {claim.id} {claim.word}{f' [{name}]' if name else ''}"
        yield self.paint(head, claim.word) + f" {_place(document.source, _blamed(claim))}"
        yield from self._excerpt(document.source, _blamed(claim), claim.word)
        for label, text in _fields(claim):
            yield from self._field(label, text)

    def _field(self, label: str, text: str) -> Iterator[str]:
        """A label, and its text hanging beside it."""
        for number, line in enumerate(wrap(text, self.width - MARGIN)):
            yield f"  {label if number == 0 else '':<{MARGIN - 2}}{line}"

    def _excerpt(self, source: Source, span: Span, kind: Word = "unreadable") -> Iterator[str]:
        """The lines of the span, cropped to the page, with carets under the part that is meant."""
        first, column = source.position(span.start)
        start = span.start - column + 1
        above = source.row(span.start) - first  # lines of the cells before
        last = source.row(max(span.start, span.end - 1)) - above
        gutter = len(str(last)) + 2
        for line in range(first, min(last, first + MOST_LINES - 1) + 1):
            text = safe(source.line_text(line + above))
            left, right = _covered(text, span.start - start, span.end - start)
            text, before, under = _crop(text, left, right, self.width - gutter - 3)
            yield f"{line:>{gutter}} | {text}".rstrip()
            yield f"{'':>{gutter}} | {' ' * before}" + self.paint("^" * under, kind)
            start = source.text.find("\n", start) + 1
        if last >= first + MOST_LINES:
            yield f"{'':>{gutter}} | … down to line {last}"


def _covered(text: str, left: int, right: int) -> tuple[int, int]:
    """The part of a line between two columns, without the space around it."""
    left, right = min(max(left, 0), len(text)), min(max(right, 0), len(text))
    part = text[left:right]
    left += len(part) - len(part.lstrip())
    return left, max(left, left + len(part.strip()))


def _crop(text: str, left: int, right: int, room: int) -> tuple[str, int, int]:
    """(what is shown, columns before the carets, number of carets): a window of ``room`` columns around left:right."""
    start = 0
    if display_width(text[:right]) >= room:
        spare = room - 2 - display_width(text[left:right])
        start = _between_words(text, max(0, left - max(LEAD, spare // 2)), left)
    prefix = "… " if start else ""
    shown = prefix + text[start:]
    if display_width(shown) > room:
        shown = _shorten(shown, room - 1) + "…"
    before = display_width(prefix + text[start:left])
    return shown, before, max(1, min(display_width(text[left:right]), display_width(shown) - before))


def _between_words(text: str, start: int, left: int) -> int:
    """A place to begin at or behind ``start`` that cuts no word or command in two; ``left`` at the latest."""
    if start == 0:
        return 0
    return next((at for at in range(start, left) if text[at] == "\\" or text[at - 1] == " "), left)


def _shorten(text: str, room: int) -> str:
    """The longest beginning that fits: one pass, for lines may be long."""
    used = 0
    for at, character in enumerate(text):
        used += display_width(character)
        if used > room:
            return text[:at]
    return text


# -------------------------------------------------------------------- fields


def _fields(claim: JudgedClaim) -> Iterator[tuple[str, str]]:
    """What there is to say under a claim: label and text, one after the other."""
    verdict = claim.verdict
    if not isinstance(verdict, Definition):
        yield "why", safe(message(verdict))
    if isinstance(verdict, Proved):
        yield "method", safe(verdict.method)
    if isinstance(verdict, Unreadable) and verdict.problem.hint:
        yield "hint", safe(verdict.problem.hint)
    if isinstance(verdict, Refuted):
        yield from _witness(verdict)
    for convention in verdict.conventions:
        yield "convention", safe(convention)
    if isinstance(verdict, Proved):
        for condition in verdict.conditions:
            yield "provided", safe(condition)
    if isinstance(verdict, Refuted) and verdict.repair is not None:
        yield "repair", _repair(verdict.repair)


def _witness(refuted: Refuted) -> Iterator[tuple[str, str]]:
    if not isinstance(refuted.witness, Counterexample):
        return
    point = refuted.witness.point
    if point.sizes:
        yield "witness", safe(size_text(point.sizes))
    for number, (name, values) in enumerate(inputs(refuted).items()):
        argument = "(x)" if name in point.functions else ""
        yield "" if number or point.sizes else "witness", f"{pretty_name(name)}{argument} = {_numbers(values)}"
    if refuted.witness.total > 1:
        yield "", f"{refuted.witness.differing} of {refuted.witness.total} entries differ there"


def _numbers(values: Nested) -> str:
    """Nested lists as text; the spaces inside a number do not break."""
    if isinstance(values, str):
        return safe(readable_number(values)).replace(" ", "\u00a0")
    return "[" + ", ".join(map(_numbers, values)) + "]"


def _repair(repair: Repair) -> str:
    return f"{safe(repair.latex)}  ({safe(repair.edit)}; proved for {_scope(repair.scope)})"


def _scope(scope: Scope) -> str:
    return str(scope) if isinstance(scope, AllSizes) else "the sizes " + "; ".join(map(size_text, scope))
