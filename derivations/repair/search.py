"""A true line near a false one: candidates tried in order, each proved before it is offered.

Budgets count candidates, filters and proofs, never seconds: the same document always gets the same repairs.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

from derivations.claims import Claim
from derivations.expr import Expr
from derivations.interpret.statements import Origin, restate
from derivations.prove import allsizes
from derivations.prove.judge import judge
from derivations.repair.edits import EDITS, Edit
from derivations.repair.line import Line, first_line, read_line
from derivations.repair.plain import is_tautology, says_nothing
from derivations.repair.screen import Screen
from derivations.source import Problem
from derivations.verdicts import AllSizes, Proved, Refuted, Repair, Witness


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried before giving up."""

    candidates: int = 1_500
    proofs: int = 12
    proof_steps: int = 60_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """A right side to be tried, the edits in words, and what they say of the mistake."""

    text: str
    edit: str
    reason: str = ""


def with_repair(refuted: Refuted, origin: Origin) -> Refuted:
    """The verdict with a repair and a remark on the mistake, where one is found."""
    found = _Search(origin, refuted).run()
    if found is None:
        return refuted
    candidate, repair = found
    return replace(refuted, repair=repair, reason=refuted.reason or candidate.reason)


def find_repair(origin: Origin, claim: Claim | None, witness: Witness, budget: Budget | None = None) -> Repair | None:
    """The plainest true line near the written one; None where none is found within the budget."""
    found = _Search(origin, Refuted(witness, claim.statement if claim else None), budget).run()
    return found[1] if found else None


class _Search:
    def __init__(self, origin: Origin, refuted: Refuted, budget: Budget | None = None) -> None:
        self.origin = origin
        self.refuted = refuted
        self.screen = Screen(refuted)
        self.budget = budget or Budget()
        self.candidates = self.proofs = 0
        self.texts: set[str] = set()
        self.meanings: set[Expr] = set()

    def run(self) -> tuple[Candidate, Repair] | None:
        line = first_line(self.origin)
        if line is None:
            return None
        self.texts.add(line.text)
        for candidate in chain(self._once(line), self._twice(line)):
            if self.candidates >= self.budget.candidates or self.proofs >= self.budget.proofs:
                return None
            self.candidates += 1
            repair = self._accepted(line, candidate)
            if repair is not None:
                return candidate, repair
        return None

    def _once(self, line: Line) -> Iterator[Candidate]:
        """All single edits of a line, in the order of the rows."""
        return self._edited(line, EDITS)

    def _twice(self, line: Line) -> Iterator[Candidate]:
        """Two edits, of the kinds that go wrong together."""
        return iter(())

    def _edited(self, line: Line, edits: tuple[Edit, ...]) -> Iterator[Candidate]:
        for edit in edits:
            for change in edit.changes(line):
                text = line.changed(change)
                if text not in self.texts:
                    self.texts.add(text)
                    yield Candidate(text, edit.told(change), edit.diagnosis(change))

    def _accepted(self, line: Line, candidate: Candidate) -> Repair | None:
        """The repair, if the candidate says something, and that is proved for every size."""
        claim = self._worth_proving(line, candidate)
        if claim is None:
            return None
        self.proofs += 1
        if not isinstance(allsizes.prove(claim.statement, self.budget.proof_steps), allsizes.Proof):
            return None
        verdict = judge(claim)
        if isinstance(verdict, Proved) and isinstance(verdict.scope, AllSizes):
            return Repair(self._relation(candidate.text), candidate.edit, verdict.scope, verdict)
        return None

    def _worth_proving(self, line: Line, candidate: Candidate) -> Claim | None:
        """The claim that a candidate makes, unless it reads badly, was tried, says nothing or is false."""
        written = read_line(candidate.text, self.origin)
        if written is None or says_nothing(written, line):
            return None
        try:
            claim = restate(self.origin, candidate.text)
        except Problem:
            return None
        statement = claim.statement
        if statement.right in self.meanings or is_tautology(statement, self.refuted.statement):
            return None
        self.meanings.add(statement.right)
        return claim if self.screen.passes(statement) else None

    def _relation(self, right: str) -> str:
        """The whole repaired line, with its side conditions as they were written."""
        text, origin = self.origin.world.text, self.origin
        left = text[origin.left.span.start : origin.left.span.end]
        return f"{left} = {right}{side_conditions(text, origin)}"


def side_conditions(text: str, origin: Origin) -> str:
    """``\\quad (m \\neq k)``, as written where it follows the claim in its own row, else in brackets."""
    if not origin.conditions:
        return ""
    spans = [c.span for c in origin.conditions]
    behind = text[origin.span.end : spans[-1].end]
    if origin.span.end <= spans[0].start and "\\\\" not in behind and "\n" not in behind:
        return behind + ")" * (behind.count("(") - behind.count(")"))
    return "".join(f" \\quad ({text[s.start : s.end]})" for s in spans)
