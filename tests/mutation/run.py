"""Mutants before the judge and the search for repairs: what is counted."""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median

from derivations.claims import Claim
from derivations.interpret.statements import Origin, Statements, restate
from derivations.interpret.steps import interpret
from derivations.prove.judge import judge
from derivations.read.document import load
from derivations.read.files import read_source
from derivations.read.formula import read_display
from derivations.repair.line import first_line
from derivations.repair.search import with_repair
from derivations.source import Problem, Span
from derivations.verdicts import Proved, Refuted, ShapeWitness, Unknown
from tests.mutation.mistakes import MISTAKES

CATALOGUE = Path(__file__).resolve().parents[1] / "catalogue"


@dataclass(frozen=True)
class Mutant:
    """A true line of a document, and its right side with a mistake in it."""

    document: str
    line: int
    kind: str
    origin: Origin
    text: str


COUNTS = ("proved", "refuted", "by_shapes", "misread", "unknown", "repaired")


@dataclass
class Row:
    """What became of the mutants of one kind; times are milliseconds of processor time."""

    proved: int = 0
    refuted: int = 0
    by_shapes: int = 0
    misread: int = 0
    unknown: int = 0
    repaired: int = 0
    witness: list[float] = field(default_factory=list)
    repair: list[float] = field(default_factory=list)

    def __add__(self, other: Row) -> Row:
        counts = (getattr(self, name) + getattr(other, name) for name in COUNTS)
        return Row(*counts, self.witness + other.witness, self.repair + other.repair)


@dataclass(frozen=True)
class Outcome:
    mutant: Mutant
    word: str
    repair: str = ""


def mutants(each: int, seed: int, paths: Iterable[Path] | None = None) -> Iterator[Mutant]:
    """At most ``each`` mutants of a kind from every true claim of the catalogue, drawn by the seed."""
    for path in sorted(CATALOGUE.rglob("*.md")) if paths is None else paths:
        document = read_source(load(str(path)))
        found = interpret(document)
        claims = [step for display in found.displays for step in display.steps if isinstance(step, Claim)]
        for claim in claims:
            line = first_line(found.origins[claim.span])
            if line is None or not isinstance(judge(claim), Proved):
                continue
            number, _ = document.source.position(claim.span.start)
            for kind, mistake in MISTAKES.items():
                texts = [text for text in dict.fromkeys(mistake(line)) if "".join(text.split()) != "".join(line.text.split())]
                chance = random.Random(f"{seed} {path.name} {number} {kind}")
                for text in chance.sample(texts, min(each, len(texts))):
                    yield Mutant(str(path.relative_to(CATALOGUE)), number, kind, line.origin, text)


def examine(mutant: Mutant, row: Row) -> Outcome:
    """Judges one mutant and looks for its repair."""
    origin, refuted = _mutated(mutant)
    if isinstance(refuted, Refuted):
        row.by_shapes += 1
    elif isinstance(refuted, Problem):
        row.misread += 1
        return Outcome(mutant, f"misread: {refuted.message}")
    else:
        clock = time.process_time()
        verdict = judge(refuted)
        spent = 1000 * (time.process_time() - clock)
        if isinstance(verdict, Proved):
            row.proved += 1
            return Outcome(mutant, "proved")
        if not isinstance(verdict, Refuted):
            row.unknown += 1
            return Outcome(mutant, f"unknown: {verdict.reason if isinstance(verdict, Unknown) else ''}")
        row.refuted += 1
        row.witness.append(spent)
        refuted = verdict
    clock = time.process_time()
    repair = with_repair(refuted, origin).repair
    row.repair.append(1000 * (time.process_time() - clock))
    row.repaired += repair is not None
    return Outcome(mutant, "refuted", repair.edit + "  |  " + repair.right if repair else "")


def _mutated(mutant: Mutant) -> tuple[Origin, Claim | Refuted | Problem]:
    """The claim that a mutant makes, and its origin; the new text stands behind all that the document says."""
    old = mutant.origin
    text = f"{old.world.text}\n"
    whole = text + mutant.text
    world = replace(old.world.snapshot(), text=whole)
    try:
        chains = read_display(whole, Span(len(text), len(whole)), world.table)
    except Problem as problem:
        return old, problem
    if len(chains) != 1 or isinstance(chains[0], Problem) or chains[0].relations:
        return old, Problem("words", "the text falls apart")
    right = chains[0].members[0]
    origin = Origin(old.left, right, old.conditions, old.span, world)
    try:
        return origin, restate(origin, mutant.text)
    except Problem as problem:
        shapes = Statements(world).shapes_at_fault(problem, origin.left, right)
        return origin, problem if shapes is None else Refuted(ShapeWitness(shapes), reason=problem.message)


def table(rows: dict[str, Row]) -> Iterator[str]:
    """A Markdown table by kind of mistake, and the sum."""
    yield "| mistake | refuted | by shapes | same all the same | not read | unknown | repaired | witness, ms | repair, ms |"
    yield "|---|---|---|---|---|---|---|---|---|"
    total = sum(rows.values(), Row())
    for name, row in {**rows, "together": total}.items():
        false = row.refuted + row.by_shapes
        share = f"{row.repaired} ({100 * row.repaired / false:.0f} %)" if false else "0"
        times = [f"{median(ms):.0f}" if ms else "" for ms in (row.witness, row.repair)]
        cells = [name, row.refuted, row.by_shapes, row.proved, row.misread, row.unknown, share, *times]
        yield f"| {' | '.join(map(str, cells))} |"
