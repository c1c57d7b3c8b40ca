"""What to try: sizes, entries, labels and stand-ins for unspecified functions, small and readable ones first.

Everything is a deterministic function of the sizes and the number of the attempt.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, combinations, cycle, product
from math import prod
from random import Random
from typing import TypeAlias

from derivations.claims import Variable
from derivations.prove.exactnumber import TWO_LOG, Number, Rational
from derivations.prove.pointwise import Draft, Question
from derivations.verdicts import Polynomial

Pool: TypeAlias = tuple[Rational, ...]
Sizes: TypeAlias = Mapping[str, int]

HALF, THIRD, QUARTER = Fraction(1, 2), Fraction(1, 3), Fraction(1, 4)
REAL: tuple[Pool, ...] = ((1, -1, 0, 1, 2), (1, -1, 2, -2, 0), (1, 2, 3, -1, -2, -3), (2, -1, 3, HALF, -3, 0, 1, 4))
POSITIVE: tuple[Pool, ...] = ((1, 2), (1, 4, 9), (1, 2, 3), (4, 1, QUARTER, 9, 2))
SHARES: tuple[Pool, ...] = ((HALF, QUARTER), (THIRD, Fraction(1, 6)), (Fraction(1, 8), QUARTER, HALF))
NESTED, GENERIC = 1000, 2000  # attempts from there on are of another kind


# -------------------------------------------------------------------- sizes


def choices(question: Question) -> Mapping[str, tuple[int, ...]]:
    """The values tried for each size: 1 to 3; squares under a root; enough for the fixed places."""
    needed: dict[str, int] = {}
    for place in question.program.places:
        if len(place.dim.names) == 1:
            (name,) = place.dim.names
            needed[name] = max(needed.get(name, 1), -(-place.value // place.dim.coefficient))
    return {name: _choice(needed.get(name, 1), name in question.program.rooted) for name in question.size_names()}


def _choice(least: int, rooted: bool) -> tuple[int, ...]:
    if rooted:
        return tuple(v for v in (1, 4, 9) if v >= least)[:2] or (least,)
    return tuple(range(least, max(3, least + 1) + 1))


def sizes_in_order(possible: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, int]]:
    """All assignments, by their product, then by their largest; with many sizes, at most three of them raised."""
    lists = list(possible.values())
    every: Iterable[tuple[int, ...]]
    if len(lists) <= 6:
        every = product(*lists)
    else:
        raised = (set(c) for k in range(4) for c in combinations(range(len(lists)), k))
        every = (tuple(_middle(v) if i in up else v[0] for i, v in enumerate(lists)) for up in raised)
    for values in sorted(every, key=lambda c: (prod(c), max(c, default=1), c)):
        yield dict(zip(possible, values, strict=True))


def _middle(values: tuple[int, ...]) -> int:
    """The least that is not 1."""
    return next((v for v in values if v > 1), values[0])


def telling_sizes(possible: Mapping[str, tuple[int, ...]]) -> Iterator[dict[str, int]]:
    """Sizes at which a false claim shows soonest: twos, mixtures of 2 and 3, ones; then all, in order."""
    lists = list(possible.values())
    twos, threes = [_middle(v) for v in lists], [v[-1] for v in lists]
    mixed = [[a, b][i % 2] for i, (a, b) in enumerate(zip(twos, threes, strict=True))]
    crossed = [[b, a][i % 2] for i, (a, b) in enumerate(zip(twos, threes, strict=True))]
    seen = set[tuple[int, ...]]()
    for values in chain((twos, mixed, [v[0] for v in lists], crossed), (s.values() for s in sizes_in_order(possible))):
        key = tuple(values)
        if key not in seen:
            seen.add(key)
            yield dict(zip(possible, key, strict=True))


def probes(sizes: Sequence[Sizes], each: int) -> Iterator[tuple[Sizes, int]]:
    """The first two sizes at ``each`` attempts, the others at half of them; then the first four at later ones, without end."""
    for place, s in enumerate(sizes):
        yield from ((s, attempt) for attempt in range(each if place < 2 else each // 2))
    few = sizes[:4]
    yield from ((s, each + k // len(few)) for k, s in enumerate(cycle(few)))


def slow_probes(telling: Sequence[Sizes], small: Sequence[Sizes]) -> Iterator[tuple[Sizes, int]]:
    """Telling sizes at an attempt where no entry is 0, then small ones, the largest of them first, there and at the others."""
    yield from ((s, 5) for s in telling)
    yield from ((s, attempt) for attempt in (5, 1, 2, 3, 4, *range(6, 40)) for s in reversed(small))


def sparse_probes(sizes: Sequence[Sizes], names: Sequence[str]) -> Iterator[tuple[Sizes, frozenset[str], frozenset[str]]]:
    """Sizes, one or two arrays that are 0, the last first, and nothing or one of the others to be scaled."""
    backwards = names[::-1]
    for zero in chain(combinations(backwards, 1), combinations(backwards, 2)):
        scaled = [frozenset[str](), *(frozenset((n,)) for n in names if n not in zero)]
        yield from ((s, frozenset(zero), x) for s in sizes for x in scaled)


# ------------------------------------------------------------------ entries


STYLES = 3


def draft(
    question: Question, sizes: Mapping[str, int], attempt: int, scaled: frozenset[str], style: int = 0,
    zero: frozenset[str] = frozenset(),
) -> Draft:
    """The point tried at that attempt; entries of ``scaled`` variables are multiples of ln 2, those of ``zero`` are 0.

    Another ``style`` draws otherwise what an assumption constrains: where one fails, the next may hold.
    """
    drawing = _Drawing(question, Random(f"{sorted(sizes.items())} {attempt} {style}"), attempt, attempt + style)
    result = Draft(sizes)
    for name, variable in question.bases.items():
        values = drawing.entries(variable, [result.size(d) for d in variable.shape])
        result.arrays[name] = drawing.scaled(values) if name in scaled else [*values]
        if name in zero:
            result.arrays[name] = [0] * len(values)
    for name, s in question.program.tangents.items():
        declared = question.statement.context.variables.get(name)
        symmetric = declared is not None and (declared.symmetric or declared.definite)
        direction = Variable(name, s, symmetric=symmetric)
        result.tangents[name] = [*drawing.entries(direction, [result.size(d) for d in s])]
    for name, labels in question.labels.items():
        rows = result.size(labels.rows) if labels.rows else 1
        result.labels[name] = tuple(drawing.rng.randint(1, result.size(labels.classes)) for _ in range(rows))
    result.functions.update(stand_ins(question, result, attempt))
    return result


@dataclass(frozen=True, slots=True)
class _Drawing:
    question: Question
    rng: Random
    attempt: int
    style: int

    def entries(self, variable: Variable, sizes: list[int]) -> list[Rational]:
        """Entries of one variable, inside its declared domain by construction."""
        constrained, count = variable.name in self.question.constrained, prod(sizes)
        if variable.definite:
            return definite(sizes, self.rng, self.attempt)
        if variable.domain == "binary":
            return indicators(sizes, self.rng, self.style if constrained else self.attempt + 2)
        if variable.domain == "sign":
            return [self.rng.choice((1, -1)) for _ in range(count)]
        if self.attempt >= GENERIC and self.question.domain(variable) in ("real", "nonzero"):
            values = generic(count, self.rng)
        elif constrained and self.style % 2 and variable.domain == "real" and sizes:
            values = special(sizes, self.rng)
        else:
            pool = self.pool(self.question.domain(variable), constrained)
            values = [self.rng.choice(pool) for _ in range(count)]
        return mirrored(values, sizes) if variable.symmetric else values

    def pool(self, domain: str, constrained: bool) -> Pool:
        """Small and plain values first."""
        if domain in ("positive", "nonnegative"):
            if constrained and self.style % 2 == 0:
                return SHARES[self.attempt // 2 % len(SHARES)]
            values = POSITIVE[self.attempt % len(POSITIVE)]
            return (*values, 0) if domain == "nonnegative" else values
        values = REAL[min(self.attempt % NESTED // 2, len(REAL) - 1)]
        return tuple(v for v in values if v) if domain == "nonzero" else values

    def scaled(self, values: list[Rational]) -> list[Number]:
        """Whole multiples of ln 2; later ones also divisible by what a sigmoid or a tanh may have put below."""
        if self.attempt >= GENERIC:
            factors: tuple[int, ...] = (2,)
        elif self.attempt >= NESTED:
            factors = (1, 2, 3, 5, 15)
        else:
            factors = (1, 2) if self.attempt % 2 else (1,)
        factor = self.rng.choice(factors)
        return [v.numerator * factor * TWO_LOG for v in values]


def generic(count: int, rng: Random) -> list[Rational]:
    """Whole numbers of distinct size: no two coincide or cancel."""
    sizes = rng.sample(range(1, 2 * count + 2), count)
    return [rng.choice((1, -1)) * v for v in sizes]


def mirrored(values: list[Rational], sizes: list[int]) -> list[Rational]:
    n = sizes[0] if sizes else 1
    return [values[max(i, j) * n + min(i, j)] for i in range(n) for j in range(n)] if n * n == len(values) else values


def definite(sizes: list[int], rng: Random, attempt: int) -> list[Rational]:
    """L·Lᵀ for a small lower triangular L with positive diagonal."""
    n = sizes[0] if sizes else 1
    diagonal, below = ((1,), (0, 1, -1)) if attempt < 2 else ((1, 2), (0, 1, -1, 2))
    lower = [[*(rng.choice(below) for _ in range(i)), rng.choice(diagonal)] for i in range(n)]
    return [sum(a * b for a, b in zip(first, second, strict=False)) for first, second in product(lower, repeat=2)]


def indicators(sizes: list[int], rng: Random, style: int) -> list[Rational]:
    """One-hot rows, one-hot columns, and arbitrary zeros and ones, in turn."""
    if style % 3 == 2 or not sizes:
        return [rng.choice((0, 1)) for _ in range(prod(sizes))]
    rows, columns = (1, sizes[0]) if len(sizes) == 1 else (prod(sizes[:-1]), sizes[-1])
    if style % 3 == 1 and len(sizes) == 2:
        hot = [rng.randrange(rows) for _ in range(columns)]
        return [int(hot[j] == i) for i in range(rows) for j in range(columns)]
    hot = [rng.randrange(columns) for _ in range(rows)]
    return [int(hot[i] == j) for i in range(rows) for j in range(columns)]


# Vectors of length 1 and matrices that satisfy the usual quadratic equations: orthogonal, idempotent, nilpotent.
UNIT_VECTORS: Mapping[int, tuple[Pool, ...]] = {
    2: ((Fraction(3, 5), Fraction(4, 5)), (Fraction(4, 5), Fraction(-3, 5))),
    3: ((THIRD, 2 * THIRD, 2 * THIRD), (2 * THIRD, -2 * THIRD, THIRD)),
}
SQUARES: Mapping[int, tuple[Pool, ...]] = {
    2: (
        (Fraction(3, 5), Fraction(4, 5), Fraction(-4, 5), Fraction(3, 5)),
        (0, 1, 1, 0),
        (0, -1, 1, 0),
        (HALF, HALF, HALF, HALF),
        (1, 0, 0, 0),
        (1, 1, 0, 0),
        (0, 1, 0, 0),
    ),
    3: ((0, 1, 0, 0, 0, 1, 1, 0, 0), (1, 0, 0, 0, 1, 0, 0, 0, 0), (THIRD,) * 9, (1, 0, 0, 0, 0, -1, 0, 1, 0)),
}


def special(sizes: list[int], rng: Random) -> list[Rational]:
    """An array that satisfies equations which random ones do not: unit vectors, rotations, projections, zeros."""
    if len(sizes) == 1:
        place = rng.randrange(sizes[0])
        unit = [int(i == place) for i in range(sizes[0])]
        return list(rng.choice((*UNIT_VECTORS.get(sizes[0], ()), tuple(unit), (1,) * sizes[0])))
    rows, columns = sizes[0], prod(sizes[1:])
    identity = tuple(int(i == j) for i in range(rows) for j in range(columns))
    signs = tuple(rng.choice((1, -1, 2)) * v for v in identity)
    known = SQUARES.get(rows, ()) if rows == columns else ()
    return list(rng.choice((*known, identity, signs, (0,) * (rows * columns))))


# ---------------------------------------------------------------- functions


def stand_ins(question: Question, point: Draft, attempt: int) -> Mapping[str, tuple[Polynomial, ...]]:
    """A polynomial for each unspecified function; no two alike, so that none can be mistaken for another."""
    profile = (0, 0, 1, 0, 2)[attempt % 5]
    chosen = dict[str, tuple[Polynomial, ...]]()
    for rank, (name, (argument, value)) in enumerate(sorted(question.program.applied.items())):
        declared = question.statement.context.functions.get(name)
        positive = declared is not None and declared.positive
        if argument is None:
            chosen[name] = (_of_one(rank, profile, positive),)
        else:
            make = _positive_of_many if positive else _of_many
            chosen[name] = tuple(make(rank + entry, point.count(argument)) for entry in range(point.count(value)))
    return chosen


def plainer_stand_ins(question: Question, point: Draft, name: str) -> Iterator[tuple[Polynomial, ...]]:
    """For a function already chosen: squares and linear ones, which make small numbers; none where its values are positive.

    Of one number x² + r·x and (r + 1)·x, with the rank r of its name; of an array Σ(r + k + i)·xᵢ and Σ(r + k + i)·xᵢ²
    for its entry k = 0, 1, ….
    """
    argument, _ = question.program.applied[name]
    declared = question.statement.context.functions.get(name)
    if declared is not None and declared.positive:
        return
    rank = sorted(question.program.applied).index(name)
    count = len(point.functions[name])
    if argument is None:
        yield (Polynomial(tuple((Fraction(c), (power,)) for power, c in ((1, rank), (2, 1)) if c)),)
        yield (Polynomial(((Fraction(rank + 1), (1,)),)),)
        return
    width = point.count(argument)
    for power in (1, 2):
        coefficients = [[Fraction(rank + entry + i + 1) for i in range(width)] for entry in range(count)]
        yield tuple(Polynomial(tuple((c, _powers(width, *[i] * power)) for i, c in enumerate(row))) for row in coefficients)


def _of_one(rank: int, profile: int, positive: bool) -> Polynomial:
    """Of rank r: (r + 1)·x³ − r·x² + x, then x² + (r + 2)·x + r + 1, then (r + 2)·x, which keeps a logarithm a logarithm.

    Those with positive values: x² + x + r + 1.
    """
    coefficients: tuple[int, ...]
    if positive:
        coefficients = (rank + 1, 1, 1)
    elif profile == 0:
        coefficients = (0, 1, -rank, rank + 1)
    elif profile == 1:
        coefficients = (rank + 1, rank + 2, 1)
    else:
        coefficients = (0, rank + 2)
    return Polynomial(tuple((Fraction(c), (power,)) for power, c in enumerate(coefficients) if c))


def _of_many(rank: int, count: int) -> Polynomial:
    """Σ(r + i)·xᵢ + Σ(r + i/2)·xᵢ² + Σ(r + i + 1)·xᵢxᵢ₊₁ of rank r: distinct linear, square and mixed coefficients."""
    terms = [(Fraction(rank + i + 1), _powers(count, i)) for i in range(count)]
    terms += [(rank + Fraction(i + 1, 2), _powers(count, i, i)) for i in range(count)]
    terms += [(Fraction(i + rank + 2), _powers(count, i, i + 1)) for i in range(count - 1)]
    return Polynomial(tuple(terms))


def _positive_of_many(rank: int, count: int) -> Polynomial:
    """rank + 1 + x₁ + Σ i·xᵢ² + Σ xᵢxᵢ₊₁: half of x₁² pays for the linear term, the rest for the mixed ones."""
    terms = [(Fraction(rank + 1), (0,) * count), (Fraction(1), _powers(count, 0))]
    terms += [(Fraction(i + 1), _powers(count, i, i)) for i in range(count)]
    terms += [(Fraction(1), _powers(count, i, i + 1)) for i in range(count - 1)]
    return Polynomial(tuple(terms))


def _powers(count: int, *places: int) -> tuple[int, ...]:
    return tuple(places.count(i) for i in range(count))
