"""Exact counterexamples: the smallest point where guard · (left − right) ≠ 0.

Both sides are evaluated exactly at small readable points (``sampling.py``).  A point
counts only if all declarations and assumptions hold there exactly and both sides are
defined, off every kink, and representable; anything else rejects the point and decides
nothing.  Having found a difference anywhere, the search goes on downwards for the
smallest sizes and the plainest entries, then evaluates the finished witness afresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, combinations, islice, takewhile
from math import prod
from statistics import mode
from typing import Literal, TypeAlias

from derivations.claims import Context, Statement
from derivations.expr import Sym
from derivations.prove.exactnumber import (
    TWO_LOG,
    Element,
    EvaluationError,
    Number,
    OffDomain,
    OnKink,
    TooLarge,
    Unrepresentable,
    Unsupported,
    text,
)
from derivations.prove.pointwise import MEMBERS, Compared, Draft, Inadmissible, Question
from derivations.prove.sampling import (
    GENERIC,
    NESTED,
    STYLES,
    choices,
    draft,
    plainer_stand_ins,
    probes,
    sizes_in_order,
    slow_probes,
    sparse_probes,
    telling_sizes,
)
from derivations.verdicts import Counterexample, Point

__all__ = ["Budget", "NoPoint", "Survived", "admits", "evaluate", "search", "telling_point"]


@dataclass(frozen=True, slots=True)
class Budget:
    """How much is tried; counts, so that the same statement always gets the same answer.

    A pass over points among rationals and ln 2 ends after ``attempts`` of them, ``points`` that count or ``steps`` of
    evaluation.  Where it has met fewer than a quarter of ``points``, one among radicals and powers of e follows, with a
    quarter of the attempts; at last up to ``sparse`` points with arrays of 0, while fewer than twice the steps are spent.
    No point has more than ``entries`` entries.  A difference once found, at most ``smaller`` assignments of sizes, ``rational``
    points without radicals, ``plainer`` single entries and ``shortening`` other changes are tried.
    """

    points: int = 40
    attempts: int = 240
    each_size: int = 8
    steps: int = 300_000
    sparse: int = 160
    entries: int = 150
    smaller: int = 20
    rational: int = 270
    plainer: int = 45
    shortening: int = 60


@dataclass(frozen=True, slots=True)
class Survived:
    """No difference at ``points`` different admissible points."""

    points: int


@dataclass(frozen=True, slots=True)
class NoPoint:
    """No admissible point was found.

    ``vacuous``: everywhere undefined or against an assumption; ``limit``: values that
    we cannot represent; ``unsupported``: something in the statement that is not evaluated.
    """

    reason: str
    kind: Literal["vacuous", "limit", "unsupported"]


EARLY = 12  # points that count, after which more sets of variables are scaled
FEW = 5  # attempts at sizes that may be smaller than needed
SHORT = 6  # characters of two values together that are read at a glance
Found: TypeAlias = Counterexample | Survived | NoPoint
Place: TypeAlias = tuple[tuple[int, ...], tuple[int, ...]]


def search(statement: Statement, budget: Budget | None = None) -> Found:
    """The smallest counterexample found, or what was tried in vain."""
    try:
        return _Search(Question(statement), budget or Budget()).run()
    except Unsupported as error:
        return NoPoint(str(error), "unsupported")


def telling_point(statement: Statement, budget: Budget) -> Point | None:
    """A point where the sides differ, as first met: not the smallest, but one where other wrong lines fail too."""
    try:
        hit = _Search(Question(statement), budget).first_hit()
        return hit.draft.point() if hit else None
    except Unsupported:
        return None


def evaluate(statement: Statement, point: Point) -> Mapping[Place, tuple[Number, Number]]:
    """(values of the free indices, entry) ↦ (left, right), exactly, where the guards are not 0.

    Free indices are in the order of their names.  Raises OffDomain, OnKink, Unrepresentable or Unsupported.
    """
    compared = Question(statement).compare(Draft.of(point), extended=True)
    return {(c.free, c.entry): (c.left, c.right) for c in compared}


def values_of(sym: Sym, context: Context, point: Point) -> tuple[str, ...] | None:
    """The entries that a variable takes at a point, row-major, as exact text; None where they cannot be written."""
    try:
        found = evaluate(Statement(sym, sym, context), point)
    except EvaluationError:
        return None
    return tuple(text(value) for _, (value, _) in sorted(found.items()))


def admits(statement: Statement, point: Point) -> bool:
    """Whether all declarations and assumptions hold at the point."""
    try:
        Question(statement).require_admissible(Draft.of(point), extended=True)
    except (Inadmissible, OffDomain):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Hit:
    draft: Draft
    extended: bool
    compared: list[Compared]


@dataclass(slots=True)
class _Scalings:
    good: list[frozenset[str]]
    rest: Iterator[frozenset[str]]


class _Search:
    def __init__(self, question: Question, budget: Budget) -> None:
        self.question, self.budget = question, budget
        self.choices = choices(question)
        self.telling = list(islice(self._affordable(telling_sizes(self.choices)), budget.attempts))
        self.upstream = question.exponents & question.bases.keys()
        self.points, self.refused = 0, 0
        self.vacuous, self.limits = list[str](), list[str]()
        self.seen = set[str]()
        self.scalings = {extended: _Scalings([], self._generic(extended)) for extended in (False, True)}

    def first_hit(self) -> _Hit | None:
        if not self.telling:
            return None
        hit = self._probe() if self._scalings(extended=False) else None
        if hit is None and self.points < self.budget.points // 4:
            hit = self._probe_extended()
        return hit or self._probe_sparse()

    def run(self) -> Found:
        hit = self.first_hit()
        if hit is not None:
            return self._finish(self._shorter(self._simplified(self._rational(self._descended(hit)))))
        return Survived(self.points) if self.points else self._no_point()

    # ------------------------------------------------------- trying a point

    def _try(self, sizes: Mapping[str, int], attempt: int, scaled: frozenset[str], extended: bool) -> _Hit | None:
        """One attempt; where assumptions fail, in other styles."""
        for style in range(STYLES if self.question.constrained else 1):
            refused = self.refused
            hit = self._judge(draft(self.question, sizes, attempt, scaled, style), extended, attempt)
            if hit is not None or refused == self.refused:
                return hit
        return None

    def _judge(self, chosen: Draft, extended: bool, attempt: int = 0) -> _Hit | None:
        """What the point shows; errors reject it, and their reasons are kept."""
        try:
            return self._compared(chosen, extended, attempt)
        except (OnKink, OffDomain) as error:
            self.vacuous.append(str(error))
        except Inadmissible as error:
            self.refused += 1
            self.vacuous.append(str(error))
        except Unrepresentable as error:
            self.limits.append(str(error))
        return None

    def _compared(self, chosen: Draft, extended: bool, attempt: int) -> _Hit | None:
        if self.question.assumed:
            chosen = self.question.solve(chosen, extended, attempt)
        key = str((chosen.sizes, chosen.arrays, chosen.tangents, chosen.labels, chosen.functions))
        if key in self.seen:
            return None
        self.question.require_admissible(chosen, extended)
        compared = list(self.question.compare(chosen, extended))
        if any(c.differs for c in compared):
            chosen.point()
            return _Hit(chosen, extended, compared)
        self.seen.add(key)
        if compared:
            self.points += 1
        else:
            self.vacuous.append("the side condition leaves no entry")
        return None

    # ------------------------------------------------------ what to scale

    def _scalings(self, extended: bool) -> list[frozenset[str]]:
        """Sets of variables to multiply by ln 2 such that generic points are representable; at first one, later three."""
        search = self.scalings[extended]
        wanted = 1 if self.points < EARLY else 3
        search.good += islice(search.rest, wanted - len(search.good))
        return search.good

    def _generic(self, extended: bool) -> Iterator[frozenset[str]]:
        if not self.upstream:
            yield frozenset()
            return
        names = sorted(n for n in self.upstream if self.question.bases[n].domain not in MEMBERS)
        tried = islice(self._subsets(names, extended), 64)
        yield from (s for s in tried if self._representable(self.telling[0], s, extended))

    def _subsets(self, names: list[str], extended: bool) -> Iterator[frozenset[str]]:
        """All of few; of many the inputs first: a network has few vectors and many matrices.

        Nothing scaled is the plainest point; beyond ln 2, next come the large sets, which leave powers of 2 alone.
        """
        yield frozenset()
        if len(names) > 5:
            vectors = [n for n in names if len(self.question.bases[n].shape) < 2]
            yield from map(frozenset, chain.from_iterable(combinations(vectors, k) for k in (1, 2, 3)))
        counts = range(1, min(len(names), 5) + 1)
        yield from map(frozenset, chain.from_iterable(combinations(names, k) for k in (reversed(counts) if extended else counts)))

    def _representable(self, sizes: Mapping[str, int], scaled: frozenset[str], extended: bool) -> bool:
        """Whether a generic point gets through; kinks and poles are not the numbers' fault."""
        for attempt in range(GENERIC, GENERIC + 6):
            chosen = draft(self.question, sizes, attempt, scaled)
            try:
                if self.question.assumed:
                    chosen = self.question.solve(chosen, extended, attempt)
                self.question.require_admissible(chosen, extended)
                list(self.question.compare(chosen, extended))
            except TooLarge:
                return True
            except Unrepresentable:
                return False
            except (OffDomain, OnKink, Inadmissible):
                continue
            return True
        return False

    # ------------------------------------------------------- the three passes

    def _probe(self) -> _Hit | None:
        """Any difference among rationals and ln 2, at sizes that show most faults at once."""
        plan = islice(probes(self.telling, self.budget.each_size), self.budget.attempts)
        return self._first(plan, self.budget.points, extended=False)

    def _probe_extended(self) -> _Hit | None:
        """The same among radicals and powers of e, which are slow: few points, small sizes."""
        small = list(islice(self._affordable(sizes_in_order(self.choices)), 16))
        plan = islice(slow_probes(self.telling[:2], small), self.budget.attempts // 4)
        return self._first(plan, self.budget.points // 2, extended=True)

    def _probe_sparse(self) -> _Hit | None:
        """With one or two whole arrays 0: deep networks, whose layers hardly ever fit together, come apart there."""
        names = [n for n, v in self.question.bases.items() if v.domain == "real" and v.shape and not v.definite]
        plan = islice(sparse_probes(self.telling[:2], names), self.budget.sparse)
        for attempt, (sizes, zero, scaled) in enumerate(plan):
            if self.question.spent > 2 * self.budget.steps:
                return None
            hit = self._judge(draft(self.question, sizes, attempt % 8, scaled, zero=zero), extended=False)
            if hit is not None:
                return hit
        return None

    def _first(self, plan: Iterable[tuple[Mapping[str, int], int]], points: int, extended: bool) -> _Hit | None:
        """The first hit of the plan, unless enough points have passed before."""
        for sizes, attempt in plan:
            if self.points >= points or self.question.spent > self.budget.steps:
                return None
            hit = self._try(sizes, attempt, self._scaled(attempt, extended), extended)
            if hit is not None:
                return hit
        return None

    def _scaled(self, attempt: int, extended: bool) -> frozenset[str]:
        """The sets that are representable, in turn."""
        known = self._scalings(extended)
        return known[attempt % len(known)] if known else frozenset()

    def _affordable(self, sizes: Iterable[dict[str, int]]) -> Iterator[dict[str, int]]:
        return (s for s in sizes if self.question.fits(s) and self._entry_count(s) <= self.budget.entries)

    def _entry_count(self, sizes: Mapping[str, int]) -> int:
        return sum(Draft(sizes).count(v.shape) for v in self.question.bases.values())

    # ------------------------------------------------------------ downwards

    def _descended(self, hit: _Hit) -> _Hit:
        """A hit at smaller sizes: one size lowered at a time, then the first in order."""
        for name in list(self.choices) * 2:
            lowered = [{**hit.draft.sizes, name: v} for v in self.choices[name] if v < hit.draft.sizes[name]]
            hit = self._at(lowered, hit.extended) or hit
        smaller = takewhile(lambda sizes: _weight(sizes) < _weight(hit.draft.sizes), sizes_in_order(self.choices))
        return self._at(islice(smaller, self.budget.smaller), hit.extended) or hit

    def _at(self, possible: Iterable[dict[str, int]], extended: bool) -> _Hit | None:
        """A hit in a few attempts at the first sizes where there is one."""
        plan = ((sizes, attempt) for sizes in self._affordable(possible) for attempt in range(FEW))
        found = (self._try(sizes, attempt, self._scaled(attempt, extended), extended) for sizes, attempt in plan)
        return next(filter(None, found), None)

    def _rational(self, hit: _Hit) -> _Hit:
        """At the same sizes, a hit without radicals and powers of e."""
        if not hit.extended:
            return hit
        known = self._scalings(extended=True) or [frozenset()]
        sets = [*known, *(known[0] | {name} for name in sorted(self.upstream - known[0]))]
        plan = ((NESTED + k, sets[k % len(sets)]) for k in range(self.budget.rational))
        found = (self._try(hit.draft.sizes, attempt, scaled, extended=False) for attempt, scaled in plan)
        return next(filter(None, found), hit)

    def _simplified(self, hit: _Hit) -> _Hit:
        """Entries other than 0, 1 and ln 2 made that, one at a time, while the difference stays."""
        tries = self.budget.plainer
        for name, values in hit.draft.arrays.items():
            for k, value in enumerate(values):
                for plainer in _plainer_than(value)[:tries]:
                    tries -= 1
                    found = self._judge(_with_entry(hit.draft, name, k, plainer), hit.extended)
                    if found is not None:
                        hit = found
                        break
        return hit

    def _shorter(self, hit: _Hit) -> _Hit:
        """Where the two values are long to read: other inputs at the same sizes for which they are shorter."""
        for changed in islice(self._plain_changes(hit.draft), self.budget.shortening):
            if _read(hit) <= SHORT:
                break
            found = self._judge(changed(hit.draft), hit.extended)
            if found is not None and _length(found) < _length(hit):
                hit = found
        return hit

    def _plain_changes(self, draft: Draft) -> Iterator[Callable[[Draft], Draft]]:
        """Plainer functions first, then whole arrays of 1 and 0, then single entries of 0."""
        for name in draft.functions:
            for polynomials in plainer_stand_ins(self.question, draft, name):
                yield lambda d, n=name, p=polynomials: replace(d, functions={**d.functions, n: p})  # type: ignore[misc]
        free = [n for n in draft.arrays if n not in self.question.constrained and self.question.bases[n].domain == "real"]
        for value in (1, 0):
            for name in free:
                yield lambda d, n=name, v=value: _with_array(d, n, [v] * len(d.arrays[n]))  # type: ignore[misc]
        for name in free:
            for k in range(len(draft.arrays[name])):
                yield lambda d, n=name, k=k: _with_entry(d, n, k, 0)  # type: ignore[misc]

    # -------------------------------------------------------------- results

    def _finish(self, hit: _Hit) -> Counterexample:
        """The witness, told from a fresh evaluation of the finished point."""
        point = hit.draft.point()
        statement = self.question.statement
        if not admits(statement, point):
            raise AssertionError("a witness that contradicts an assumption")
        values = evaluate(statement, point)
        differing = [c for c in hit.compared if c.differs]
        first = differing[0]
        left, right = values[first.free, first.entry]
        if not Compared(first.free, first.entry, left, right).differs:
            raise AssertionError("a witness that does not stand a second evaluation")
        free = {index.name: value for index, value in zip(self.question.free, first.free, strict=True)}
        return Counterexample(point, free, first.entry, text(left), text(right), len(differing), len(hit.compared))

    def _no_point(self) -> NoPoint:
        """Vacuous only where no point failed for the numbers' sake."""
        if self.vacuous and not self.limits:
            return NoPoint(mode(self.vacuous), "vacuous")
        return NoPoint(mode(self.limits or ["no sizes small enough"]), "limit")


def _plainer_than(value: Number) -> list[Number]:
    unit = TWO_LOG if isinstance(value, Element) else 1
    if not value or value == unit:
        return []
    return [unit] if value in (-unit, 2 * unit) else [unit, -unit, 2 * unit]


def _with_array(draft: Draft, name: str, values: list[Number]) -> Draft:
    return replace(draft, arrays={**draft.arrays, name: values})


def _with_entry(draft: Draft, name: str, place: int, value: Number) -> Draft:
    return _with_array(draft, name, [value if k == place else v for k, v in enumerate(draft.arrays[name])])


def _read(hit: _Hit) -> int:
    """Characters of the two values that are shown."""
    first = next(c for c in hit.compared if c.differs)
    return len(text(first.left)) + len(text(first.right))


def _length(hit: _Hit) -> tuple[int, int]:
    """Characters of the two values that are shown, then those of what they are computed from."""
    entries = sum(len(text(v)) for values in hit.draft.arrays.values() for v in values)
    terms = sum(len(p.terms) for polynomials in hit.draft.functions.values() for p in polynomials)
    return _read(hit), entries + terms


def _weight(sizes: Mapping[str, int]) -> tuple[int, int]:
    return prod(sizes.values()), max(sizes.values(), default=1)
