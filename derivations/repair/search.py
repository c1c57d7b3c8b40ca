"""A true line near a false one: candidates tried in order, each proved before it is offered.

Budgets count candidates, filters and proofs, never seconds: the same document always gets the same repairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain, islice

from derivations.claims import Claim, SignAssumption, Statement
from derivations.expr import Det, Expr, Inverse, Transpose
from derivations.interpret.statements import Origin, restate, restate_under
from derivations.prove import allsizes
from derivations.prove.judge import judge
from derivations.repair.anew import derivatives
from derivations.repair.diagnosis import diagnosis, nodes_within
from derivations.repair.edits import EDITS, Edit
from derivations.repair.line import Line, first_line, read_line, right_place
from derivations.repair.plain import is_tautology, says_nothing
from derivations.repair.screen import Screen
from derivations.source import Problem
from derivations.verdicts import AllSizes, Proved, Refuted, Repair

UNUSUAL = ("is added to every", "entry by entry", "entrywise", "the whole array")  # readings that a repair should not rest on


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried before giving up: candidates with one edit and with two, proofs, steps of a proof."""

    once: int = 800
    twice: int = 300
    breadth: int = 30
    proofs: int = 12
    proof_steps: int = 60_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A right side to be tried, the edits in words, and what they say of the mistake."""

    text: str
    edit: str
    reason: str = ""
    code: str = ""


def with_repair(refuted: Refuted, origin: Origin) -> Refuted:
    """The verdict with what kind of mistake it is, and with a repair, where these are found."""
    search = _Search(origin, refuted)
    found = search.run()
    if found is not None:
        candidate, repair = found
        remarks = (*refuted.remarks, *([candidate.reason] if refuted.reason and candidate.reason else []))
        reason = refuted.reason or candidate.reason
        refuted = replace(refuted, repair=repair, reason=reason, remarks=remarks, code=candidate.code)
    known = diagnosis(refuted, origin) if not refuted.code else None
    if known is not None:
        refuted = replace(refuted, remarks=(*refuted.remarks, known.words), code=known.code)
    if found is None:
        derived = search.derived()
        assumed = _assumed(origin, known.assumption) if derived is None and known is not None and known.assumption else None
        refuted = replace(refuted, repair=derived or assumed)
    return refuted


def _assumed(origin: Origin, assumption: str) -> Repair | None:
    """The line as it is under a condition more, proved with it.  Nothing runs on what nobody has said."""
    text, place = origin.world.text, right_place(origin)
    claim = restate_under(origin, assumption)
    verdict = judge(claim) if claim is not None else None
    if not isinstance(verdict, Proved) or not isinstance(verdict.scope, AllSizes):
        return None
    right = f"{text[place.start : place.end]}{side_conditions(text, origin)} \\quad ({assumption})"
    latex = f"{text[origin.left.span.start : origin.left.span.end]} = {right}"
    return Repair(latex, f"add the assumption {assumption}", verdict.scope, verdict, assumes=assumption)


class _Search:
    def __init__(self, origin: Origin, refuted: Refuted, budget: Budget | None = None) -> None:
        self.origin = origin
        self.refuted = refuted
        self.screen = Screen(refuted)
        self.budget = budget or Budget()
        self.proofs = self.tried = 0
        self.fallback: tuple[Candidate, Repair] | None = None
        self.texts: set[str] = set()
        self.meanings: set[Expr] = set()

    def run(self) -> tuple[Candidate, Repair] | None:
        line = first_line(self.origin)
        if line is None:
            return None
        self.texts.add(line.text)
        for candidate in chain(self._once(line), self._twice(line)):
            if self.proofs >= self.budget.proofs:
                break
            repair = self._accepted(line, candidate)
            if repair is not None:
                return candidate, repair
        return self.fallback

    def _once(self, line: Line) -> Iterator[Candidate]:
        """All single edits of a line, in the order of the rows."""
        return islice(self._edited(line, EDITS), self.budget.once)

    def derived(self) -> Repair | None:
        """The derivative itself, where the left side asks for one."""
        line = first_line(self.origin)
        if line is None:
            return None
        statement = self.refuted.statement or self._left_alone(line)
        for text in derivatives(line, statement) if statement is not None else ():
            repair = self._accepted(line, Candidate(text, "the derivative, worked out anew"))
            if repair is not None:
                return repair
        return None

    def _left_alone(self, line: Line) -> Statement | None:
        """What the left side means where the line as a whole does not conform."""
        try:
            return restate(self.origin, line.left_text()).statement
        except Problem:
            return None

    def _twice(self, line: Line) -> Iterator[Candidate]:
        """Two edits, of the kinds that go wrong together: both early in their rows first."""
        return islice(self._pairs(line), self.budget.twice)

    def _pairs(self, line: Line) -> Iterator[Candidate]:
        pairing = tuple(edit for edit in EDITS if edit.pairs)
        breadth = self.budget.breadth
        firsts = list(islice(candidates(line, pairing), breadth))
        seconds = [self._edited_again(first, pairing) for first in firsts]
        for total in range(2 * breadth - 1):
            for n in range(max(0, total - breadth + 1), min(total + 1, len(seconds))):
                yield from islice(seconds[n], 1)

    def _edited_again(self, first: Candidate, edits: tuple[Edit, ...]) -> Iterator[Candidate]:
        line = read_line(first.text, self.origin)
        if line is not None:
            for second in islice(self._edited(line, edits), self.budget.breadth):
                reason, code = first.reason or second.reason, first.code or second.code
                yield Candidate(second.text, f"{first.edit}; {second.edit}", reason, code)

    def _edited(self, line: Line, edits: tuple[Edit, ...]) -> Iterator[Candidate]:
        """Edited lines that were not tried before."""
        for candidate in candidates(line, edits):
            if candidate.text not in self.texts:
                self.texts.add(candidate.text)
                yield candidate

    def _accepted(self, line: Line, candidate: Candidate) -> Repair | None:
        """The repair, if the candidate says something, and that is proved for every size as readily as the line was read."""
        claim = self._worth_proving(line, candidate)
        if claim is None:
            return None
        self.proofs += 1
        if self.tried > 1 and not isinstance(allsizes.prove(claim.statement, self.budget.proof_steps), allsizes.Proof):
            return None
        verdict = judge(claim)
        if not isinstance(verdict, Proved) or not isinstance(verdict.scope, AllSizes) or self._asks_more(verdict):
            return None
        place = right_place(self.origin)
        repair = Repair(self._relation(candidate.text), candidate.edit, verdict.scope, verdict, candidate.text, place)
        if not unusual(verdict.conventions) - unusual(self.refuted.conventions):
            return repair
        self.fallback = self.fallback or (candidate, repair)  # only where none is found that reads plainly
        return None

    def _asks_more(self, proved: Proved) -> bool:
        """Whether a proof needs a condition that neither side of the written line does."""
        if not proved.conditions:
            return False
        statement = proved.statement
        known = needs(allsizes.prove(replace(statement, right=statement.left)))
        if self.refuted.statement is not None:
            known |= needs(allsizes.prove(replace(self.refuted.statement, left=self.refuted.statement.right)))
        known |= inverted(statement.left, statement)
        return not needs(allsizes.prove(statement)) <= known

    def _worth_proving(self, line: Line, candidate: Candidate) -> Claim | None:
        """The claim that a candidate makes, unless it reads badly, was tried, says nothing or is false."""
        try:
            claim = restate(self.origin, candidate.text)
        except Problem:
            return None
        statement = claim.statement
        if statement.right in self.meanings:
            return None
        self.meanings.add(statement.right)
        if not self._looks_true(statement) or is_tautology(statement, self.refuted.statement):
            return None
        written = read_line(candidate.text, self.origin)
        return None if written is None or says_nothing(written, line) else claim

    def _looks_true(self, statement: Statement) -> bool:
        """The first candidate is the likeliest: it goes to its proof without a second look."""
        self.tried += 1
        if self.tried == 2:
            self.screen.widen()
        if not self.screen.agrees(statement):
            return False
        return (self.tried == 1 and bool(self.screen.points)) or not self.screen.fails_elsewhere(statement)

    def _relation(self, right: str) -> str:
        """The whole repaired line, with its side conditions as they were written."""
        text, origin = self.origin.world.text, self.origin
        left = text[origin.left.span.start : origin.left.span.end]
        return f"{left} = {right}{side_conditions(text, origin)}"


def candidates(line: Line, edits: tuple[Edit, ...]) -> Iterator[Candidate]:
    """A line with one edit, row by row."""
    for edit in edits:
        for change in edit.changes(line):
            reason = edit.diagnosis(change)
            yield Candidate(line.changed(change), edit.told(change), reason, edit.code if reason else "")


def needs(outcome: allsizes.Outcome) -> set[tuple[str, object]]:
    """The conditions of a proof; a matrix is as invertible as its transpose, and where its determinant is not 0."""
    found = outcome.conditions if isinstance(outcome, allsizes.Proof) else ()
    inverses = {("invertible", c.term.operand) for c in found if isinstance(c.term, Det)}
    return inverses | {(c.kind, c.term.operand if isinstance(c.term, Transpose) else c.term or c.text) for c in found}


def inverted(e: Expr, statement: Statement) -> set[tuple[str, object]]:
    """What has to be invertible for an expression to have a value, and what the document says is."""
    found = {n.operand for n in nodes_within(e, statement.context) if isinstance(n, Inverse)}
    assumed = (a.operand for a in statement.context.assumptions if isinstance(a, SignAssumption) and a.sign in ("≠", ">"))
    found |= {operand.operand for operand in assumed if isinstance(operand, Det)}
    return {("invertible", a.operand if isinstance(a, Transpose) else a) for a in found}


def unusual(conventions: tuple[str, ...]) -> set[str]:
    return {c for c in conventions if any(words in c for words in UNUSUAL)}


def side_conditions(text: str, origin: Origin) -> str:
    """``\\quad (m \\neq k)``, as written where it follows the claim in its own row, else in brackets."""
    if not origin.conditions:
        return ""
    spans = [c.span for c in origin.conditions]
    behind = text[origin.span.end : spans[-1].end]
    if origin.span.end <= spans[0].start and "\\\\" not in behind and "\n" not in behind:
        return behind + ")" * (behind.count("(") - behind.count(")"))
    return "".join(f" \\quad ({text[s.start : s.end]})" for s in spans)
