"""The second way judges: both sides of a statement, entry by entry, at named sizes.

``entries.py`` evaluates the sides with SymPy; here sizes are chosen, entries compared with the zero
test of ``zero.py`` (modulo random primes, or exactly), and counterexamples evaluated again (``points.py``).
"""

from __future__ import annotations

import itertools
import math
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from derivations.prove.zero import MAX_ROOTS, PRIMES, Algebra, Limit, NoRoot, Trial, Vanishing

import sympy  # isort: skip  (zero.py chooses the ground types first)
from sympy import Symbol

from derivations import expr as ex
from derivations.claims import Context, Statement
from derivations.expr import Dim, Expr, IndexTerm, LabelOf, Sym
from derivations.prove.entries import (
    Entrywise,
    PointError,
    Scope,
    binders,
    index_terms,
)
from derivations.prove.ideal import is_combination
from derivations.prove.points import reevaluate, values_at
from derivations.prove.relevant import free_index_order, reachable, relevant
from derivations.prove.scalars import ONE, Scalar, Undefined
from derivations.shapes import shape

Cell: TypeAlias = dict[Symbol, int]

ASSIGNMENTS = 2  # of sizes, at least
MAX_ASSIGNMENTS = 40  # tried
FEW_NAMES = 4  # of sizes, that can all be different and small
MANY_SIZES = (2, 3, 4)
MAX_CELLS = 1024  # assignments of switches compared for one entry
MAX_REDRAWS = 400
TRIALS = 2
SAMPLED_CELLS = 8  # looked at first: enough to see most differences

# ------------------------------------------------------------------ answers


@dataclass(frozen=True, slots=True)
class Equal:
    """Both sides agree in every entry at ``sizes``; ``error_bound`` is None where that is exact.

    With ``kinks``, 1[−u > 0] counted as 1 − 1[u > 0] somewhere, which is not so at u = 0.
    """

    sizes: Mapping[str, int]
    exact: bool
    error_bound: float | None
    entries: int
    kinks: bool = False


@dataclass(frozen=True, slots=True)
class Different:
    """``entry`` (free indices, then the place, from 1) seems to differ: a hint, no refutation."""

    entry: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CannotTell:
    """No answer, and why; ``limit`` where a budget was spent."""

    reason: str
    limit: bool


Answer: TypeAlias = Equal | Different | CannotTell


# -------------------------------------------------------------------- sizes


def _dims_of(term: IndexTerm) -> Iterator[Dim]:
    yield term.dim
    match term:
        case LabelOf(row=row) if row is not None:
            yield from _dims_of(row)
        case ex.Affine(terms=terms):
            yield from (index.dim for _, index in terms)
        case _:
            pass


def _dims_in(node: Expr) -> Iterator[Dim]:
    """The dimensions that a node itself mentions."""
    for term in (*index_terms(node), *binders(node)):
        yield from _dims_of(term)
    match node:
        case ex.Size(dim=d) | ex.Identity(dim=d):
            yield d
        case Sym(shape=s) | ex.Tangent(shape=s) | ex.Fill(shape=s) | ex.Apply(shape=s):
            yield from s
        case ex.Derivative(by=by):
            yield from by.shape
        case ex.Differential(variables=variables):
            yield from (d for v in variables for d in v.shape)
        case ex.Let(variable=v):
            yield from v.shape
        case _:
            pass


def needed_sizes(statement: Statement) -> tuple[str, ...]:
    """The symbolic sizes that bear on a statement, definitions included, sorted."""
    _, _, roots = reachable(statement)
    return tuple(sorted({n for r in roots for node in ex.walk(r) for d in _dims_in(node) for n in d.names}))


def choose_sizes(statement: Statement) -> tuple[dict[str, int], ...]:
    """Assignments of small sizes ≥ 2 that tell transposes and 1/N from 1/C.

    Up to four names: pairwise distinct values in each assignment.  More: values 2, 3, 4, such that
    any two names differ in some assignment (then there may be more than two).  Where a
    determinant or a denominator would vanish identically, another order is tried.
    """
    _, _, roots = reachable(statement)
    nodes = [node for r in roots for node in ex.walk(r)]
    dims = {d for node in nodes for d in _dims_in(node)}
    names = tuple(sorted({n for d in dims for n in d.names}))
    risky = any(isinstance(n, (ex.Inverse, ex.Det)) for n in nodes)
    if not names:
        return ({},)
    candidates: list[dict[str, int]] = []
    for candidate in itertools.islice(_candidates(names, {d.coefficient for d in dims}), MAX_ASSIGNMENTS):
        if candidate not in candidates:
            candidates.append(candidate)
    out: list[dict[str, int]] = []
    for candidate in candidates:
        if not risky or _defined(statement, candidate):
            out.append(candidate)
        if len(out) >= ASSIGNMENTS and _separated(names, out):
            return tuple(out)
    spare = (c for c in candidates if c not in out)
    while len(out) < ASSIGNMENTS:  # nothing is defined at small sizes: let ``check`` tell
        out.append(next(spare))
    return tuple(out)


def _candidates(names: tuple[str, ...], literals: set[int]) -> Iterator[dict[str, int]]:
    """Assignments to try, in order: first orders that differ much, then all.

    Of many names, the number of each is written in the digits 0, 1, 2, and one digit chooses its size.
    """
    n = len(names)
    if n > FEW_NAMES:
        for turn, digit in itertools.product(range(3), range(5)):
            yield {name: MANY_SIZES[(k // 3**digit + turn) % 3] for k, name in enumerate(names)}
        return
    values = list(itertools.islice((v for v in itertools.count(2) if v not in literals), n + 1))
    yield dict(zip(names, values[:n], strict=True))
    yield dict(zip(names, reversed(values[:n]), strict=True))
    for several in (values[:n], values):
        for order in itertools.permutations(several, n):
            yield dict(zip(names, order, strict=True))


def _separated(names: tuple[str, ...], chosen: list[dict[str, int]]) -> bool:
    return all(any(c[a] != c[b] for c in chosen) for a, b in itertools.combinations(names, 2))


def _defined(statement: Statement, sizes: dict[str, int]) -> bool:
    """Whether no determinant or denominator is zero identically at these sizes."""
    try:
        world = _world(statement, sizes)
        pairs = list(_pairs(world, statement))
        trial = Trial(world.algebra, "sizes")
        for pair in pairs:
            trial.value(pair.left), trial.value(pair.right)
        return all(trial.value(e) for what, e in world.obligations if what != "nonnegative")
    except (Undefined, Vanishing):
        return False
    except (Limit, NoRoot):
        return True


# -------------------------------------------------------------------- check


@dataclass(frozen=True, slots=True)
class Pair:
    """Two scalars that should agree wherever the switches of ``cell`` have these values."""

    entry: tuple[int, ...]
    left: Scalar
    right: Scalar
    cell: tuple[tuple[Symbol, int], ...]


_WORLDS: list[tuple[Any, Entrywise]] = []


def _world(statement: Statement, sizes: Mapping[str, int]) -> Entrywise:
    """The evaluation of an earlier statement of the same document where it fits, else a new one."""
    names, assumptions, _ = reachable(statement)
    needed = relevant(statement.context, names)
    key = (dict(sizes), assumptions)
    for other, world in _WORLDS:
        if other == key and _agrees(world, needed, names):
            world.extend(needed, names)
            return world
    world = Entrywise(needed, sizes, assumptions, names=names)
    _WORLDS.insert(0, (key, world))
    del _WORLDS[6:]
    return world


def _agrees(world: Entrywise, new: Context, names: Iterable[str]) -> bool:
    """Whether what was evaluated before means the same under ``new``."""
    old = world.context
    return all(
        n not in world.names
        or (old.definitions.get(n) == new.definitions.get(n) and old.variables.get(n) == new.variables.get(n))
        for n in names
    ) and all(new.functions.get(k, v) == v for k, v in old.functions.items())


def _pairs(world: Entrywise, statement: Statement) -> Iterator[Pair]:
    """The entries to compare, for all values of the free indices and of the labels at hand."""
    sides = (statement.left, statement.right, *statement.guards)
    free = free_index_order(statement)
    labels = frozenset[LabelOf]().union(*(world.facts(s).labels for s in sides))
    places = [tuple(p) for p in itertools.product(*(range(1, n + 1) for n in world.dims(shape(statement.left))))]
    for values in itertools.product(*(range(1, n + 1) for n in world.dims([i.dim for i in free]))):
        scope = Scope().at(free, values)
        for labelled, cell in _labellings(world, world.open_labels(labels, scope), scope):
            narrowed = _guarded(world, statement.guards, labelled, cell)
            if narrowed is None:
                continue
            factor, fixed = narrowed
            left, right = world.entries(statement.left, labelled), world.entries(statement.right, labelled)
            for place, a, b in zip(places, left, right, strict=True):
                yield Pair((*values, *place), sympy.Mul(factor, a), sympy.Mul(factor, b), tuple(fixed.items()))


def _labellings(world: Entrywise, rows: dict[tuple[str, int], int], scope: Scope) -> Iterator[tuple[Scope, Cell]]:
    if math.prod(rows.values()) > MAX_CELLS:
        raise Limit("too many assignments of labels")
    for choice in itertools.product(*(range(1, c + 1) for c in rows.values())):
        labels = dict(zip(rows, choice, strict=True))
        cell = {
            y: int(k == c)
            for (name, row), c in labels.items()
            for k, y in enumerate(world.label(name, row, rows[name, row]), 1)
        }
        yield scope.labelled(labels), cell


def _guarded(world: Entrywise, guards: Sequence[Expr], scope: Scope, cell: Cell) -> tuple[Scalar, Cell] | None:
    """Side conditions as a cell of the switches, the rest as a factor; None where none can hold."""
    factor, fixed = ONE, dict(cell)
    for guard in guards:
        (g,) = world.entries(guard, scope)
        negated = 1 - g
        if g in world.algebra.switches:
            if fixed.setdefault(g, 1) != 1:
                return None
        elif negated in world.algebra.switches:
            if fixed.setdefault(negated, 0) != 0:
                return None
        else:
            factor = factor * g
    return None if factor == 0 else (factor, fixed)


def check(statement: Statement, sizes: Mapping[str, int], *, exact: bool) -> Answer:
    """Compare both sides, entry by entry, at ``sizes``.

    ``exact`` decides by polynomial arithmetic, otherwise modulo random primes with a stated
    error bound.  ``Equal`` holds for all values in the domain; ``Different`` is a hint.
    """
    needed = {n: sizes[n] for n in needed_sizes(statement)}
    try:
        world = _world(statement, needed)
        world.algebra.budget.restart()
        pairs = list(_pairs(world, statement))
        if not pairs:
            return CannotTell("the side conditions exclude every entry at these sizes", limit=False)
        answer = _exactly(world, pairs, needed) if exact else _modulo_primes(world, pairs, needed, statement)
    except Limit as limit:
        return CannotTell(str(limit), limit=True)
    except (Undefined, Vanishing) as undefined:
        return CannotTell(str(undefined), limit=False)
    except RecursionError:
        return CannotTell("the expression is nested too deeply", limit=True)
    if isinstance(answer, Different) and world.unused:
        return CannotTell("an assumption that cannot be solved for one entry may be needed", limit=False)
    return answer


def _exactly(world: Entrywise, pairs: list[Pair], sizes: Mapping[str, int]) -> Answer:
    for pair in pairs:
        cells = _Cells(world, pair)
        if not (_vanishes(cells.algebra(dict(pair.cell)), pair) or _follows(world, pair) or cells.all_vanish()):
            return Different(pair.entry)
    return Equal(sizes, True, None, len(pairs), world.gates.kinks)


def _vanishes(algebra: Algebra, pair: Pair) -> bool:
    """Exactly equal, or so after taking exponentials of both sides."""
    if algebra.vanishes(pair.left, pair.right):
        return True
    other = algebra.without_logs(pair.left, pair.right)
    return other is not None and algebra.vanishes(*other)


def _follows(world: Entrywise, pair: Pair) -> bool:
    """Whether the difference is a combination of assumed zeros that no single entry could carry; exact."""
    if not world.unused:
        return False
    algebra = world.algebra
    zeros = [algebra.numerator(e, sympy.S.Zero) for e in world.unused]
    return is_combination(algebra.numerator(pair.left, pair.right), zeros, algebra.multiply)


def _modulo_primes(world: Entrywise, pairs: list[Pair], sizes: Mapping[str, int], statement: Statement) -> Answer:
    bound, entries = 1.0, len(pairs)
    pairs = [p for p in pairs if p.left != p.right] or pairs[:1]
    seed = repr((statement.left, statement.right, statement.guards, sorted(sizes.items())))
    for number in range(TRIALS):
        outcome = _one_trial(world, pairs, f"{number} {seed}")
        if isinstance(outcome, Different):
            return outcome
        bound *= outcome
    return Equal(sizes, False, bound, entries)


def _one_trial(world: Entrywise, pairs: list[Pair], seed: str) -> float | Different:
    """One random point for all entries: the error bound, or where the sides differ."""
    for attempt in range(MAX_REDRAWS):
        try:
            return _at_one_point(world, pairs, Trial(world.algebra, f"{attempt} {seed}"))
        except NoRoot:
            continue
        except Vanishing:
            if attempt >= 4:
                raise
    raise Limit("no point found where all roots exist")


def _at_one_point(world: Entrywise, pairs: list[Pair], trial: Trial) -> float | Different:
    trials: dict[Any, Trial] = {(): trial}
    bound = 0.0
    for pair in pairs:
        here = trials.get(pair.cell)
        if here is None:
            here = trials[pair.cell] = trial.sibling(fixed=dict(pair.cell))
        cells = 1
        if not _agree(here, pair) and not _follows(world, pair):
            if not _Cells(world, pair).all_agree(here):
                return Different(pair.entry)
            cells = MAX_CELLS
        bound += cells * _error(world.algebra, pair, here)
    return bound


def _agree(trial: Trial, pair: Pair) -> bool:
    """Whether both sides, or their exponentials, are equal at a random point; roots modulo p have no sign: both must do."""
    sides = (pair.left, pair.right)
    if not _same(trial, sides):
        other = trial.algebra.without_logs(*sides)
        if other is None or not _same(trial, other):
            return False
        sides = other
    if not trial.roots:
        return True
    if len(trial.roots) > MAX_ROOTS:
        raise Limit("too many roots")
    choices = itertools.product((1, -1), repeat=len(trial.roots))
    return all(_same(trial.sibling(signs=dict(zip(trial.roots, signs, strict=True))), sides) for signs in choices)


def _same(trial: Trial, sides: tuple[Scalar, Scalar]) -> bool:
    left, right = map(trial.value, sides)
    return left == right


def _error(algebra: Algebra, pair: Pair, trial: Trial) -> float:
    """d/p + (h/60)/2⁵³ for this entry; with k roots the norm has 2^k times the degree, and 1 in 2^k points is used."""
    left, right = algebra.measure(pair.left), algebra.measure(pair.right)
    degree = max(left.numerator + right.denominator, right.numerator + left.denominator)
    scale = 4.0 ** len(trial.roots)
    return min(1.0, scale * (degree / trial.prime + (left.bits + right.bits + 1) / 60 / PRIMES))


class _Cells:
    """All assignments of the switches that one entry depends on."""

    def __init__(self, world: Entrywise, pair: Pair) -> None:
        self.world, self.pair = world, pair
        self._algebras: dict[Any, Algebra] = {}

    def assignments(self) -> Iterator[Cell]:
        """Every cell within the pair's own, some scattered ones first; raises Limit after these where there are too many."""
        fixed = dict(self.pair.cell)
        groups = {
            self.world.switch_groups[s]: None for s in self._support() if s not in fixed and s in self.world.switch_groups
        }
        rows = [
            [r for r in rows if all(fixed.get(s, v) == v for s, v in zip(symbols, r, strict=True))] for symbols, rows in groups
        ]
        count = math.prod(len(r) for r in rows)
        if count > SAMPLED_CELLS:
            chance = random.Random("cells")
            for _ in range(SAMPLED_CELLS):
                yield self._cell(groups, map(chance.choice, rows))
        if count > MAX_CELLS:
            raise Limit("too many combinations of gates, labels and binary entries")
        for choice in itertools.product(*rows):
            yield self._cell(groups, choice)

    def _cell(self, groups: Iterable[Any], choice: Iterable[tuple[int, ...]]) -> Cell:
        cell = dict(self.pair.cell)
        for (symbols, _), row in zip(groups, choice, strict=True):
            cell.update(zip(symbols, row, strict=True))
        return cell

    def _support(self) -> list[Symbol]:
        seen: set[Symbol] = set()
        queue = [*self.world.symbols_in(self.pair.left), *self.world.symbols_in(self.pair.right)]
        while queue:
            symbol = queue.pop()
            if symbol not in seen:
                seen.add(symbol)
                if symbol in self.world.algebra.values:
                    queue.extend(self.world.symbols_in(self.world.algebra.values[symbol]))
        return sorted((s for s in seen if s in self.world.algebra.switches), key=self.world.order.__getitem__)

    def algebra(self, cell: Cell) -> Algebra:
        """The algebra in which the switches have these values: more exponentials coincide there."""
        known = self.world.algebra
        if not cell:
            return known
        return known.copy({**known.values, **{s: sympy.Integer(v) for s, v in cell.items()}})

    def all_agree(self, trial: Trial) -> bool:
        """Whether both sides agree modulo p in every cell, and in at least one are defined."""
        return self._everywhere(lambda cell: self._agree(trial.sibling(fixed=cell), cell))

    def _agree(self, trial: Trial, cell: Cell) -> bool:
        return _agree(trial, self.pair) or _agree(Trial(self.algebra(cell), trial.seed), self.pair)

    def all_vanish(self) -> bool:
        """The same, exactly."""
        return self._everywhere(lambda cell: _vanishes(self.algebra(cell), self.pair))

    def _everywhere(self, holds: Callable[[Cell], bool]) -> bool:
        seen = False
        for cell in self.assignments():
            try:
                if not cell or not holds(cell):  # without switches, there is nothing more to tell apart
                    return False
                seen = True
            except Vanishing:
                continue  # the sides are not defined in this cell
        return seen


__all__ = [
    "Answer",
    "CannotTell",
    "Different",
    "Equal",
    "PointError",
    "check",
    "choose_sizes",
    "free_index_order",
    "needed_sizes",
    "reevaluate",
    "values_at",
]
