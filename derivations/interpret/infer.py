"""Shapes of names that a document does not declare, inferred from how it uses them.

Two things are found: which names are numbers, columns, rows, matrices (their *kinds*), and their sizes.  For given
kinds the sizes follow by unification while the document is read (``dimensions.py``); kinds are tried, the likeliest
first (``uses.py``), until as many lines as possible conform.  Sizes that stay open are different sizes: what is proved
of them holds for all.  What was inferred is told in the readings.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain, count, product
from typing import TYPE_CHECKING, TypeAlias

from derivations.claims import Misread
from derivations.expr import Dim, Shape
from derivations.interpret.algebra import OPEN_VECTOR
from derivations.interpret.dimensions import is_open
from derivations.interpret.names import spell_name
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import tree_nodes
from derivations.interpret.uses import INDEX_LETTERS, Evidence, Kind, kinds
from derivations.read import tree as t
from derivations.shapes import describe

if TYPE_CHECKING:
    from derivations.interpret.steps import Interpretation

Read: TypeAlias = "Callable[[Mapping[str, int], Suppositions], Interpretation]"
MAX_READINGS = 80
MAX_OTHERS = 12  # readings for the doubts about one document
CHARACTERS = 400_000  # all readings together
SIZE_LETTERS = ("n", "m", "p", "q", "r", "s", "h", "c", "u", "v", "a", "b")
UNDECLARED = ("undeclared",)


@dataclass(frozen=True)
class Try:
    """One assignment of kinds, and how the document reads in it."""

    picks: Mapping[str, int]  # into the kinds of each letter
    choices: Mapping[str, int]
    found: Interpretation
    faults: tuple[int, int]  # lines not read: definitions, all


def infer(plain: Interpretation, length: int, read: Read) -> Interpretation:
    """The document with shapes for what it does not declare; as it was, where it declares everything."""
    if not any(_undeclared(plain)):
        return plain
    evidence = Evidence(plain.bound)
    evidence.read(plain.chains)
    search = Inference(plain, evidence, read, max(4, min(MAX_READINGS, CHARACTERS // max(length, 1))))
    best = search.best()
    if best is None or best.faults[1] >= _faults(plain) or not _anything(best.found):
        return plain
    search.chosen = best
    return search.settled(best)


def _undeclared(found: Interpretation) -> Iterator[Misread]:
    for display in found.displays:
        yield from (s for s in display.steps if isinstance(s, Misread) and s.problem.code in UNDECLARED)


def _faults(found: Interpretation) -> int:
    steps = [s for display in found.displays for s in display.steps if isinstance(s, Misread)]
    return len(steps) + len(found.sentence_problems)


def _anything(found: Interpretation) -> bool:
    return found.supposed is not None and bool(found.supposed.found or found.supposed.losses)


class Inference:
    """The search for kinds and sizes."""

    def __init__(self, plain: Interpretation, evidence: Evidence, read: Read, limit: int) -> None:
        self.evidence = evidence
        self.read = read
        self.left = limit
        labels = frozenset(key for key, uses in evidence.uses.items() if uses.label)
        known = set(plain.table.meanings) | set(plain.table.sizes) if plain.table else set()
        self.options: dict[str, tuple[Kind, ...]] = {
            key: found for key, uses in evidence.uses.items() if (found := kinds(uses)) and key not in evidence.sizes
        }
        self.base = Suppositions(
            {}, {key: uses.name for key, uses in evidence.uses.items()}, frozenset(evidence.sizes - known),
            INDEX_LETTERS | evidence.bound | labels, {k: frozenset(u.indexed) for k, u in evidence.uses.items()},
            frozenset(evidence.named),
        )
        self.chosen: Try | None = None
        self.seen: dict[tuple[tuple[str, int], ...], Try] = {}

    def best(self) -> Try | None:
        """The first assignment that leaves the fewest lines unread: one letter, then two of a line at a time."""
        best = self._try({}, {})
        for width in (1, 2):
            while best is not None and any(best.faults) and (better := self._better(best, width)) is not None:
                best = better
        return best

    def _better(self, best: Try, width: int) -> Try | None:
        for letters in self._suspects(best, width):
            ranges = [range(self._count(letter)) for letter in letters]
            for values in product(*ranges):
                change = dict(zip(letters, values, strict=True))
                picks = {**best.picks, **{k: v for k, v in change.items() if k != OPEN_VECTOR}}
                choices = {**best.choices, **({OPEN_VECTOR: change[OPEN_VECTOR]} if OPEN_VECTOR in change else {})}
                one = self._try(picks, choices)
                if one is not None and one.faults < best.faults:
                    return one
        return None

    def _count(self, letter: str) -> int:
        return 2 if letter == OPEN_VECTOR else len(self.options[letter])

    def _suspects(self, best: Try, width: int) -> Iterator[tuple[str, ...]]:
        """Letters, or pairs, in lines that are not read; what leads to such a line by definitions is no less suspect."""
        spans = [s.span for d in best.found.displays for s in d.steps if isinstance(s, Misread)]
        lines = [c for c in best.found.chains if any(_touches(c, span.start, span.end) for span in spans)]
        near = list(dict.fromkeys(key for c in lines for key in _letters(c)))
        reach = list(dict.fromkeys([*near, *(key for c in best.found.chains for key in _letters(c))]))
        undecided = [key for key in reach if len(self.options.get(key, ())) > 1]
        if OPEN_VECTOR in best.found.choices_met:
            undecided.append(OPEN_VECTOR)
        if width == 1:
            yield from ((key,) for key in undecided)
        else:
            yield from ((a, b) for n, a in enumerate(undecided) for b in undecided[n + 1:])

    def _try(self, picks: Mapping[str, int], choices: Mapping[str, int]) -> Try | None:
        """One reading of the document; None where all are spent."""
        key = tuple(sorted((k, v) for k, v in {**picks, **choices}.items() if v))
        if key in self.seen:
            return self.seen[key]
        if self.left <= 0:
            return None
        self.left -= 1
        defined = self.read(choices, replace(self._suppositions(picks), definitions_only=True))
        assert defined.supposed is not None
        shapes = self._closed(defined)
        found = self.read(choices, replace(self._suppositions(picks), shapes=shapes))
        self.seen[key] = Try(dict(picks), dict(choices), found, (_faults(defined), _faults(found)))
        return self.seen[key]

    def _suppositions(self, picks: Mapping[str, int]) -> Suppositions:
        chosen = {key: options[picks.get(key, 0)] for key, options in self.options.items()}
        return replace(self.base, kinds=chosen, found={}, losses={})

    # -- sizes

    def settled(self, best: Try) -> Interpretation:
        """The document read once more, with names for the sizes that stayed open."""
        final = replace(self._suppositions(best.picks), settled=True, shapes=self._closed(best.found))
        again = self.read(best.choices, final)
        again.readings[:0] = told(again)
        again.inference = self
        return again

    def others(self) -> Iterator[Interpretation]:
        """The document with one letter taken for something else, where it conforms as well."""
        best = self.chosen
        assert best is not None
        self.left = max(self.left, MAX_OTHERS)
        for letter, options in self.options.items():
            for n in range(len(options)):
                other = self._try({**best.picks, letter: n}, best.choices)
                if other is not None and other is not best and other.faults <= best.faults:
                    yield self.settled(other)

    def _closed(self, found: Interpretation) -> dict[str, Shape]:
        """The shapes of what was supposed, every open size with a name of its own."""
        assert found.supposed is not None
        shapes = {key: found.table.dimensions.shape(shape) for key, shape in found.supposed.found.items()}
        return _named(shapes, self._taken(found))

    def _taken(self, found: Interpretation) -> set[str]:
        """Letters that the document uses for anything."""
        letters = {key for chain in found.chains for key in _letters(chain)}
        sizes = {name for v in found.table.variables.values() for dim in v.shape for name in dim.names}
        return letters | set(found.table.meanings) | set(found.table.sizes) | found.bound | sizes


def _named(shapes: Mapping[str, Shape], taken: set[str]) -> dict[str, Shape]:
    """Every open size with a letter of its own."""
    free = (x for x in chain(SIZE_LETTERS, (f"n_{{{k}}}" for k in count(1))) if x not in taken)
    letters: dict[str, Dim] = {}

    def closed(dim: Dim) -> Dim:
        result = Dim(dim.coefficient)
        for name in dim.names:
            if is_open(Dim(1, (name,))) and name not in letters:
                letters[name] = Dim(1, (next(free),))
            result = result * letters.get(name, Dim(1, (name,)))
        return result

    return {key: tuple(closed(dim) for dim in shape) for key, shape in shapes.items()}


def told(found: Interpretation) -> list[str]:
    """What was inferred, a sentence a name."""
    return list(_told(found.supposed)) if found.supposed is not None else []


def _told(supposed: Suppositions) -> Iterator[str]:
    for key, shape in supposed.found.items():
        kind = supposed.kinds.get(key)
        if kind == "labels":
            yield f"{key} is read as {shape[0]} labels from 1 to {shape[1]}: inferred from use"
        elif kind == "label":
            yield f"{key} is read as a label from 1 to {shape[0]}: inferred from use"
        elif kind == "functional":
            yield f"{key} is read as some differentiable function of {describe(shape)}: inferred from use"
        else:
            yield f"{key} is read as {describe(shape)}: inferred from use"
    for key, of in supposed.losses.items():
        yield f"{key} is read as some function of {of}: the document differentiates it and defines it nowhere"


def _touches(chain: t.Chain, start: int, end: int) -> bool:
    first, last = chain.members[0].span, chain.members[-1].span
    return first.start < end and start < last.end


def _letters(chain: t.Chain) -> Iterable[str]:
    return dict.fromkeys(spell_name(n) for n in tree_nodes(chain) if isinstance(n, t.Name))


