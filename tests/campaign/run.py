"""Verdicts beside the truth: what is compared, counted and kept."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from derivations.claims import Claim, Statement
from derivations.expr import Sym
from derivations.prove import allsizes
from derivations.prove.judge import judge
from derivations.shapes import shape
from derivations.source import Span
from derivations.verdicts import Counterexample, Proved, Refuted, ShapeWitness, Unknown, Verdict
from tests.campaign.claims import RandomClaim, random_claim
from tests.campaign.latex import NoNotation, Printer
from tests.campaign.meaning import Truth, condition_fails, truth, witness_differs

MANY = 300  # points before a claim counts as true although something else speaks against it
SAID = {True: "true", False: "false", None: "without a number"}


@dataclass(frozen=True)
class Fault:
    """A verdict that must not be; ``text`` tells enough to see it again."""

    what: str
    where: str
    text: str


@dataclass
class Tally:
    """What was found so far."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[Fault] = field(default_factory=list)
    seconds: Counter[str] = field(default_factory=Counter)

    def rate(self, part: str, whole: str) -> str:
        n = self.counts[whole]
        return f"{self.counts[part]}/{n}" + (f" ({100 * self.counts[part] / n:.1f} %)" if n else "")

    def lines(self) -> Iterator[str]:
        yield from (f"{name:44}{n:>9}" for name, n in sorted(self.counts.items()))
        yield from (f"{'seconds of processor time, ' + name:44}{s:>9.1f}" for name, s in sorted(self.seconds.items()))
        yield f"{'disagreements':44}{len(self.faults):>9}"


def examine(claim: RandomClaim, tally: Tally, *, whole: bool, budget: int) -> None:
    """One claim before the prover for all sizes, and with ``whole`` before the judge."""
    where = f"{claim.kind} {claim.number}" + (f", {claim.mistake}" if claim.mistake else "")
    statement = claim.statement
    clock = time.process_time()
    known = truth(statement, 2, claim.number)
    tally.seconds["truth"] += time.process_time() - clock
    origin = "presentations" if claim.mistake is None else "mutants"
    said = SAID[known.holds]
    tally.counts["claims"] += 1
    tally.counts[f"{origin}, {said}"] += 1
    if claim.mistake is None and known.holds is False:
        tally.faults.append(Fault("a presentation that is none: a fault of the campaign", where, shown(statement)))
    clock = time.process_time()
    proof = allsizes.prove(statement, budget)
    tally.seconds["normal form"] += time.process_time() - clock
    if isinstance(proof, allsizes.Proof):
        tally.counts[f"{origin}, {said}, proved for all sizes"] += 1
        if known.holds is False and not _outside(proof, known):
            tally.faults.append(Fault("false and proved for all sizes", where, shown(statement)))
    elif proof.limit:
        tally.counts["limits met"] += 1
    if whole:
        clock = time.process_time()
        verdict = judge(Claim(Span(0, 0), "equality", statement))
        tally.seconds["judge"] += time.process_time() - clock
        tally.counts[f"judged {said}: {_word(verdict)}"] += 1
        tally.faults += [Fault(what, where, shown(statement)) for what in wrongs(verdict, statement, known, tally)]


def _word(verdict: Verdict) -> str:
    match verdict:
        case Unknown(code=code):
            return f"unknown [{code}]"
        case Proved(scope=tuple()):
            return "proved at named sizes"
        case _:
            return type(verdict).__name__.lower()


def _outside(proof: allsizes.Proof, known: Truth) -> bool:
    """Whether the point breaks a condition of the proof, so that it says nothing about the claim."""
    world = known.world
    return world is not None and any(c.term is not None and condition_fails(c.kind, c.term, world) for c in proof.conditions)


def wrongs(verdict: Verdict, statement: Statement, known: Truth, tally: Tally) -> Iterator[str]:
    """What is wrong with a verdict, the numeric truth being known."""
    match verdict:
        case Proved() if known.holds is False:
            proof = allsizes.prove(statement)
            if not (isinstance(proof, allsizes.Proof) and _outside(proof, known)):
                yield "false and proved"
        case Refuted(witness=Counterexample() as found):
            differs = witness_differs(statement, found)
            if differs is False:
                yield "refuted at a point where both sides agree"
            elif known.holds and differs:
                tally.counts["refuted where random points agree, confirmed"] += 1
            elif known.holds and truth(statement, MANY, "again").holds is not False:
                yield "true and refuted"
        case Refuted(witness=ShapeWitness()):
            pass
        case Unknown(code="internal", reason=reason):
            yield f"unknown [internal]: {reason}"
        case Unknown(code="unconfirmed", reason=reason) if "entries differ" in reason:
            yield f"the two provers contradict one another: {reason}"
        case Unknown(code="unconfirmed", reason=reason):  # a limit of the second way, told
            tally.counts[f"open, {said_plainly(reason)}"] += 1
        case _:
            pass


def said_plainly(reason: str) -> str:
    """The reason of an open verdict without what varies in it."""
    return reason.split(": ", 1)[-1][:60]


def claims(seed: int, numbers: Iterable[int], tally: Tally, *, every: int, budget: int = 200_000) -> None:
    """Random claims; each ``every``-th goes before the judge."""
    for number in numbers:
        clock = time.process_time()
        claim = random_claim(seed, number)
        tally.seconds["making claims"] += time.process_time() - clock
        examine(claim, tally, whole=number % every == 0, budget=budget)


def shown(statement: Statement) -> str:
    """A document that states it; as data, definitions last, where no notation says it."""
    definitions = [(Sym(name, shape(e)), e) for name, e in statement.context.definitions.items()]
    try:
        if statement.guards:
            raise NoNotation("guards")
        return Printer().document(statement.context, [*definitions, (statement.left, statement.right)])
    except NoNotation:
        parts = [f"left: {statement.left}", f"right: {statement.right}", *(f"guard: {g}" for g in statement.guards)]
        return "\n".join([*parts, *(f"{n} = {e}" for n, e in statement.context.definitions.items())])
