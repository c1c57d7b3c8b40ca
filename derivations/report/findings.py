"""What there is to complain about in a report, as data: what the formats for other tools print."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from derivations.report.outline import JudgedClaim, Located, Report, code, message, readable_number
from derivations.report.plain import safe
from derivations.source import Source, Span
from derivations.verdicts import Refuted, Unreadable, Word

Level = Literal["error", "warning"]
LEVELS: dict[Word, Level] = {"refuted": "error", "unreadable": "error", "unknown": "warning"}


@dataclass(frozen=True, slots=True)
class Region:
    """A place as tools want it: lines and columns from 1, the end behind the last character."""

    line: int
    column: int
    end_line: int
    end_column: int
    cell: int | None = None  # of a notebook: there lines count within the cell


@dataclass(frozen=True, slots=True)
class Finding:
    """``word`` is "problem" where it is about the document itself; ``claim`` is its number there, else None."""

    path: str
    region: Region
    level: Level
    word: str
    code: str
    message: str
    claim: str | None = None


def findings(report: Report) -> Iterator[Finding]:
    """Problems and claims that are not as they should be, in document order."""
    for document in report.documents:
        yield from map(_of_problem, document.problems)
        for claim in document.claims:
            if claim.word in LEVELS:
                yield _of_claim(document.source, claim)


def region(source: Source, span: Span | None) -> Region:
    start, end = (span.start, max(span.start, span.end)) if span is not None else (0, 0)
    cell = source.cell(start)
    return Region(*source.position(start), *source.position(end), cell.number if cell is not None else None)


def _of_problem(located: Located) -> Finding:
    problem = located.problem
    hint = f" ({problem.hint})" if problem.hint else ""
    level: Level = "warning" if located.is_warning else "error"
    return Finding(
        located.source.path, region(located.source, problem.span), level, "problem", problem.code, safe(problem.message + hint)
    )


def _of_claim(source: Source, claim: JudgedClaim) -> Finding:
    verdict = claim.verdict
    span = claim.span
    text = message(verdict)
    if isinstance(verdict, Unreadable):
        span = verdict.problem.span or span
        text += f" ({verdict.problem.hint})" if verdict.problem.hint else ""
    elif isinstance(verdict, Refuted) and verdict.repair is not None:
        text += f"; proved instead: {readable_number(verdict.repair.latex)} ({verdict.repair.edit})"
    level = LEVELS[claim.word]
    return Finding(source.path, region(source, span), level, claim.word, code(verdict) or claim.word, safe(text), claim.id)
