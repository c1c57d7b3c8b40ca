"""Refuted lines replaced by their proved repairs, in the text of their own file.

A document is changed and judged again, until nothing is left to repair.  What stays changed is proved as it stands in
the result, word for word the repair; nothing that was proved before is less so.  A chain is repaired as one: from
its first wrong member on, and not at all where that leaves a later link false that was true.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from itertools import islice

from derivations.read.edited import Edit, edited
from derivations.read.files import read_source
from derivations.report.outline import DocumentReport, JudgedClaim
from derivations.source import Source
from derivations.verdicts import Proved, Refuted, Repair

ROUNDS = 12  # links of a chain that may be put right one after the other

CANNOT_BE_WRITTEN = "its repair cannot be written there: the place comes out of a macro, or other lines rest on it"

Judge = Callable[[str], DocumentReport]
Wanted = Callable[[JudgedClaim], bool]


@dataclass(frozen=True, slots=True)
class Repaired:
    """A claim as it was, and what stands there now."""

    claim: JudgedClaim
    repair: Repair


@dataclass(frozen=True, slots=True)
class Left:
    """A claim that is as it was, and why."""

    claim: JudgedClaim
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """``text`` is the file's, with the repairs made; ``after`` the report on it."""

    text: str
    before: DocumentReport
    after: DocumentReport
    repaired: tuple[Repaired, ...]
    left: tuple[Left, ...]


def fixed(file: Source, judge: Judge, wanted: Wanted = lambda _: True) -> Fixed:
    """Makes the repairs that can be made; ``judge`` gives the report on a text of the same name."""
    fixing = _Fixing(file, judge, wanted)
    fixing.run()
    return fixing.result()


@dataclass(frozen=True, slots=True)
class _State:
    """A text on the way, its report, and the repairs made so far by the number of their claim."""

    text: str
    report: DocumentReport
    made: dict[str, Repair]


class _Fixing:
    def __init__(self, file: Source, judge: Judge, wanted: Wanted) -> None:
        self.file = file
        self.judge = judge
        self.wanted = wanted
        self.first = _State(file.text, judge(file.text), {})
        self.state = self.first
        self.barred: dict[str, str] = {}
        self.heads = _heads(self.first.report)

    def run(self) -> None:
        """Each pass that is given up bars a chain: there are no more passes than chains."""
        while not self._pass():
            self.state = self.first

    def _pass(self) -> bool:
        for _ in range(ROUNDS):
            chosen = list(self._next())
            if not chosen:
                break
            together = self._with(chosen)
            if together is not None:
                self.state = together
                continue
            for claim in chosen:
                alone = self._with([claim])
                if alone is None:
                    self._bar(claim.id, CANNOT_BE_WRITTEN)
                else:
                    self.state = alone
        broken = list(islice(self._broken(), 1))
        for claim in broken:
            self._bar(claim.id, "what follows it in the chain would be left false")
        return not broken

    def _next(self) -> Iterator[JudgedClaim]:
        """The first wrong link of each chain, where a repair is known for it."""
        stuck: set[str] = set()
        for claim in self.state.report.claims:
            head = self.heads[claim.id]
            if not isinstance(claim.verdict, Refuted) or head in stuck:
                continue
            stuck.add(head)
            repair = claim.verdict.repair
            if repair is not None and repair.place is not None and head not in self.barred and self.wanted(claim):
                yield claim

    def _with(self, claims: list[JudgedClaim]) -> _State | None:
        """The state with these claims repaired; None where one of them is then not proved, or another chain suffers."""
        verdicts = {claim.id: claim.verdict for claim in claims}
        repairs = {name: v.repair for name, v in verdicts.items() if isinstance(v, Refuted) and v.repair is not None}
        file = replace(self.file, text=self.state.text)
        edits = [Edit(repair.place, repair.right) for repair in repairs.values() if repair.place is not None]
        text = edited(file, read_source(file), edits)
        if text is None:
            return None
        report = self.judge(text)
        touched = {self.heads[name] for name in repairs}
        found = {claim.id: claim for claim in report.claims}
        if list(found) != list(self.heads) or not all(_stands(found[name], repair) for name, repair in repairs.items()):
            return None
        if any(claim.id not in repairs and self.heads[claim.id] not in touched for claim in _worse(self.state.report, report)):
            return None
        return _State(text, report, self.state.made | repairs)

    def _broken(self) -> Iterator[JudgedClaim]:
        """Claims that were true before their chain was repaired."""
        return _worse(self.first.report, self.state.report)

    def _bar(self, name: str, reason: str) -> None:
        self.barred[self.heads[name]] = reason

    def result(self) -> Fixed:
        before = self.first.report
        refuted = [claim for claim in before.claims if isinstance(claim.verdict, Refuted)]
        repaired = [Repaired(claim, self.state.made[claim.id]) for claim in before.claims if claim.id in self.state.made]
        still = {claim.id for claim in self.state.report.claims if isinstance(claim.verdict, Refuted)}
        left = [Left(claim, self._reason(claim)) for claim in refuted if claim.id in still]
        return Fixed(self.state.text, before, self.state.report, tuple(repaired), tuple(left))

    def _reason(self, claim: JudgedClaim) -> str:
        assert isinstance(claim.verdict, Refuted)
        repair = claim.verdict.repair
        if not self.wanted(claim):
            return "not asked for"
        if self.heads[claim.id] in self.barred:
            return self.barred[self.heads[claim.id]]
        if repair is None:
            return "no repair was found"
        return repair.edit if repair.place is None else "a link before it in the chain stays wrong"


def _heads(report: DocumentReport) -> dict[str, str]:
    """For each claim the number of the first in its chain."""
    heads: dict[str, str] = {}
    for display in report.displays:
        head = ""
        for claim in display.claims:
            head = head if claim.follows else claim.id
            heads[claim.id] = head
    return heads


def _worse(before: DocumentReport, after: DocumentReport) -> Iterator[JudgedClaim]:
    """Claims that were proved and are not."""
    for one, other in zip(before.claims, after.claims, strict=True):
        if isinstance(one.verdict, Proved) and not isinstance(other.verdict, Proved):
            yield other


def _stands(claim: JudgedClaim, repair: Repair) -> bool:
    """Whether the claim is proved and reads as the repair does, blanks apart."""
    return isinstance(claim.verdict, Proved) and "".join(repair.right.split()) in "".join(claim.latex.split())
