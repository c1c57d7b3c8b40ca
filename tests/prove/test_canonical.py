"""Canonical labelling and the normal form on random expressions.

The strongest check here needs no luck: the normal form of a random expression is written back as an
expression, and both are evaluated in plain numbers.  Any rule that changes a value is caught.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Mapping
from fractions import Fraction
from itertools import combinations, combinations_with_replacement, permutations, product

import pytest

from derivations.claims import Context, Labels, Statement, Variable
from derivations.expr import (
    SCALAR,
    Apply,
    Build,
    Delta,
    Derivative,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Dim,
    Entry,
    Expr,
    Index,
    Inverse,
    LabelOf,
    MatMul,
    Norm,
    Power,
    Softmax,
    Sum,
    Times,
    Trace,
    Transpose,
    children,
    number,
)
from derivations.prove.allsizes import Proof, cases, prepare, prove
from derivations.prove.canonical import canonical, components
from derivations.prove.canonical import cost as cost_of
from derivations.prove.indexform import Factor, Head, NotProvable, Number, dummies, factor_key, least, map_slots
from derivations.prove.render import Writer, conditions
from derivations.shapes import ShapeError, shape
from tests.prove.identities import at, claim, det, dims, f, index, mm, ones, plus, sym, t, times
from tests.prove.plain import Undefined, World, sharper, value
from tests.prove.points import agree, holds, world

n, m = dims("n m")
SYMBOLS = (sym("s"), sym("x", n), sym("y", m), sym("A", n, n), sym("B", n, m), sym("S", n, n))
CONTEXT = Context(
    variables={
        "s": Variable("s", ()),
        "x": Variable("x", (n,)),
        "y": Variable("y", (m,)),
        "A": Variable("A", (n, n)),
        "B": Variable("B", (n, m)),
        "S": Variable("S", (n, n), symmetric=True),
        "p": Variable("p", (n,), domain="positive"),
        "Z": Variable("Z", (n, m)),
        "h": Variable("h", (n,)),
    },
    labels={"k": Labels("k", n, m)},
    definitions={"Z": plus(mm(sym("A", n, n), sym("B", n, m)), sym("B", n, m)), "h": f("relu", mm(sym("S", n, n), sym("x", n)))},
)


# ------------------------------------------------------------------- labelling


def spend(_: int) -> None:
    """No budget here."""


def head(name: str, number: int, symmetric: bool = False) -> Head:
    return Head("tensor", name, number, ((0, 1), (1, 0)) if symmetric else ((0, 1),))


def relabelled(factors: list[Factor], order: tuple[int, ...], shuffle: random.Random) -> list[Factor]:
    out = [(h, tuple((order[i[0]], i[1]) if isinstance(i[0], int) else i for i in s), e) for h, s, e in factors]
    shuffle.shuffle(out)
    return out


E, F, G = head("E", 1), head("F", 2), head("G", 3, symmetric=True)
GRAPHS: dict[str, list[Factor]] = {
    "a path": [(E, ((0, "n"), (1, "n")), 1), (E, ((1, "n"), (2, "n")), 1), (F, ((2, "n"), (3, "n")), 1)],
    "a ring": [(E, ((k, "n"), ((k + 1) % 5, "n")), 1) for k in range(5)],
    "a symmetric ring": [(G, ((k, "n"), ((k + 1) % 5, "n")), 1) for k in range(5)],
    "a star": [(E, ((0, "n"), (k, "n")), 1) for k in range(1, 6)],
    "two pairs": [(G, ((0, "n"), (1, "n")), 1), (G, ((2, "n"), (3, "n")), 1), (F, ((4, "n"), (":i", "n")), 2)],
    "two types": [(E, ((0, "n"), (1, "m")), 1), (E, ((2, "n"), (1, "m")), 1), (E, ((2, "n"), (3, "m")), 1)],
}


@pytest.mark.parametrize("name", GRAPHS)
def test_renaming_dummies_changes_nothing(name: str) -> None:
    """All namings and orders of one term have one label."""
    factors = GRAPHS[name]
    count = 1 + max(i[0] for _, s, _ in factors for i in s if isinstance(i[0], int))
    shuffle = random.Random(5)
    labels = {canonical(relabelled(factors, order, shuffle), spend) for order in list(permutations(range(count)))[::7]}
    assert len(labels) == 1


def test_direction_matters_but_not_for_symmetric_heads() -> None:
    """A_ij and A_ji differ, S_ij and S_ji do not; a ring is not a path."""
    i, j = (":i", "n"), (":j", "n")
    assert canonical([(E, (i, j), 1)], spend) != canonical([(E, (j, i), 1)], spend)
    assert canonical([(G, (i, j), 1)], spend) == canonical([(G, (j, i), 1)], spend)
    assert canonical(GRAPHS["a ring"], spend) != canonical(GRAPHS["a symmetric ring"], spend)


def test_two_triangles_are_not_a_hexagon() -> None:
    """Colour refinement alone cannot tell these regular graphs apart; individualisation does."""
    triangles: list[Factor] = [(G, ((a, "n"), (b, "n")), 1) for a, b in ((0, 1), (1, 2), (2, 0), (3, 4), (4, 5), (5, 3))]
    hexagon: list[Factor] = [(G, ((k, "n"), ((k + 1) % 6, "n")), 1) for k in range(6)]
    assert canonical(triangles, spend) != canonical(hexagon, spend)


def edges(pairs: Iterable[tuple[int, int]], of: Head, types: Mapping[int, str] | None = None) -> list[Factor]:
    """One factor a pair; vertex −1 is a free index."""
    return [(of, tuple(((v, (types or {}).get(v, "n")) if v >= 0 else (":i", "n")) for v in pair), 1) for pair in pairs]


def subsets(pairs: Iterable[tuple[int, int]]) -> Iterator[tuple[tuple[int, int], ...]]:
    some = list(pairs)
    return (tuple(chosen) for size in range(len(some) + 1) for chosen in combinations(some, size))


BIPARTITE = {0: "n", 1: "n", 2: "n", 3: "m", 4: "m", 5: "m"}


@pytest.mark.parametrize(
    ("pairs", "of", "types", "number"),
    [
        (product(range(3), repeat=2), E, {}, 104),  # relations on 3 points (OEIS A000595)
        (permutations(range(3), 2), E, {}, 16),  # directed graphs on 3 vertices (A000273)
        (combinations(range(4), 2), G, {}, 11),  # graphs on 4 vertices (A000088)
        (combinations_with_replacement(range(3), 2), G, {}, 20),  # with loops, on 3 (A000666)
        (combinations(range(-1, 3), 2), G, {}, 20),  # rooted, on 4: the root is a free index (A000666)
        (product(range(2), range(3, 5)), E, BIPARTITE, 7),  # 2×2 matrices of 0 and 1, rows and columns permuted (A002724)
        (product(range(3), range(3, 6)), E, BIPARTITE, 36),
        (product(range(3), range(3, 5)), E, BIPARTITE, 13),  # 3×2 (A028657)
    ],
)
def test_there_are_as_many_labels_as_there_are_graphs(
    pairs: Iterable[tuple[int, int]], of: Head, types: Mapping[int, str], number: int
) -> None:
    """Over all graphs: neither are two of them one, nor has one two labels. Numbers as combinatorics knows them."""
    assert len({canonical(edges(some, of, types), spend) for some in subsets(pairs)}) == number


def chords(points: tuple[int, ...], count: int) -> Iterator[tuple[tuple[int, int], ...]]:
    """Perfect matchings of points on a circle of ``count``, none between neighbours."""
    if not points:
        yield ()
    for other in points[1:]:
        if (other - points[0]) % count not in (1, count - 1):
            rest = tuple(q for q in points[1:] if q != other)
            yield from (((points[0], other), *more) for more in chords(rest, count))


def test_regular_graphs_are_told_apart() -> None:
    """Five connected cubic graphs on 8 vertices (A002851), all with a Hamiltonian circle: refinement sees nothing in them."""
    shuffle, circle = random.Random(8), [(q, (q + 1) % 8) for q in range(8)]
    labels = set()
    for matching in chords(tuple(range(8)), 8):
        order = tuple(shuffle.sample(range(8), 8))
        labels.add(canonical(relabelled(edges([*circle, *matching], G), order, shuffle), spend))
    assert len(labels) == 5


def test_powers_tell_edges_apart() -> None:
    """2×2 matrices with entries 0, 1, 2, rows and columns permuted: (81 + 9 + 9 + 9)/4 = 27 by Burnside's lemma."""
    places = list(product(range(2), range(3, 5)))
    labels = set()
    for powers in product(range(3), repeat=4):
        factors = [(h, s, q) for (h, s, _), q in zip(edges(places, E, BIPARTITE), powers, strict=True) if q]
        labels.add(canonical(factors, spend))
    assert len(labels) == 27


@pytest.mark.parametrize("name", GRAPHS)
def test_a_label_is_the_term_itself(name: str) -> None:
    """With its dummies renamed to 0, 1, 2 … and nothing else: some renaming takes one to the other."""
    factors = GRAPHS[name]
    label = canonical(factors, spend)
    assert canonical(label, spend) == label
    old, new = sorted(dummies(factors)), sorted(dummies(label))
    assert [index[0] for index in new] == list(range(len(old)))

    def spelled(some: Iterable[Factor]) -> list[tuple[int, Number, tuple[tuple[int, int, str], ...]]]:
        return sorted(factor_key((h, least(h, s), q)) for h, s, q in some)

    assert any(spelled(map_slots(factors, dict(zip(old, chosen, strict=True)))) == spelled(label) for chosen in permutations(new))


def test_components_share_no_dummies() -> None:
    """However long the chain that joins them; free indices and places join nothing."""
    i, place = (":i", "n"), ("=1", "n")
    chain = edges([(0, 1), (2, 3), (4, 5), (1, 2), (3, 4)], E)
    alone: list[Factor] = [(E, (i, i), 1), (E, (i, place), 1), (F, ((7, "n"), i), 1), (F, ((8, "n"), i), 2)]
    parts = components([alone[0], *chain[:3], alone[2], *chain[3:], alone[1], alone[3]])
    assert sorted(sorted(map(str, part)) for part in parts) == sorted(
        sorted(map(str, part)) for part in (chain, *([one] for one in alone))
    )


def test_labelling_costs_what_a_term_is_long() -> None:
    """One step and one more for 8 factors each; beyond 64 factors, their square over 64 besides."""
    assert [cost_of(length) for length in (0, 1, 7, 8, 15, 16, 63, 64)] == [1, 1, 1, 2, 2, 3, 8, 9]
    assert [cost_of(length) for length in (65, 128, 640)] == [1 + 8 + 66, 1 + 16 + 256, 1 + 80 + 6400]


@pytest.mark.parametrize(
    ("pairs", "of", "tries"),
    [
        ([(0, 1), (1, 2), (2, 3)], E, 1),  # a directed path: what each sees tells it from the others
        ([(0, 1), (1, 2), (2, 3), (3, 4)], G, 1 + 2),  # read from either end
        ([(q, (q + 1) % 5) for q in range(5)], E, 1 + 5),  # a ring may begin anywhere
        ([(0, q) for q in range(1, 7)], E, 6),  # leaves that can be exchanged are tried once
        (list(combinations(range(6), 2)), G, 6),
    ],
)
def test_what_looks_alike_is_not_tried_twice(pairs: list[tuple[int, int]], of: Head, tries: int) -> None:
    """A try for each choice that is left open, each at what the term costs."""
    spent: list[int] = []
    canonical(edges(pairs, of), spent.append)
    assert 0 < len(spent) <= tries
    assert set(spent) == {cost_of(len(pairs))}


def test_a_single_dummy_needs_no_search() -> None:
    spent: list[int] = []
    canonical([(E, ((5, "n"), (":i", "n")), 1), (F, ((6, "n"), (6, "n")), 2), (E, ((":i", "n"), (":j", "n")), 1)], spent.append)
    assert not spent


def test_products_of_many_equal_sums_stay_cheap() -> None:
    """(Σx)⁹ takes few steps: components are labelled one at a time."""
    x = sym("x", n)
    i, j = index("i", n), index("j", n)
    left = Power(Sum(i, at(x, i)), number(9))
    outcome = prove(claim(left, times(Power(Sum(j, at(x, j)), number(8)), mm(t(ones(n)), x))), budget=2_000)
    assert isinstance(outcome, Proof)


def test_budget_ends_a_proof_with_its_reason() -> None:
    """Running out of steps is told as a limit, and is the same every time."""
    x = sym("x", n)
    i = index("i", n)
    statement = claim(Power(plus(Sum(i, at(x, i)), sym("s")), number(40)), number(0))
    outcomes = {prove(statement, budget=500) for _ in range(3)}
    assert len(outcomes) == 1
    (outcome,) = outcomes
    assert not isinstance(outcome, Proof)
    assert outcome.limit


# ----------------------------------------------------------- random expressions


class Generator:
    """Random well-shaped expressions; index names are reused and shadowed on purpose."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)

    def array(self, shape_: tuple[Dim, ...], depth: int) -> Expr:
        rules = {0: self.scalar, 1: self.vector, 2: self.matrix}
        return rules[len(shape_)](shape_, depth)

    def leaf(self, shape_: tuple[Dim, ...]) -> Expr:
        fitting = [s for s in (*SYMBOLS, sym("Z", n, m), sym("h", n), sym("p", n)) if s.shape == shape_]
        if fitting:
            return self.chance.choice(fitting)
        return mm(t(sym("B", n, m)), self.leaf((n, n)) if shape_[1] == n else sym("B", n, m))

    def scalar(self, shape_: tuple[Dim, ...], depth: int) -> Expr:
        if depth <= 0:
            return self.chance.choice((sym("s"), number(self.chance.randint(-2, 3)), number(Fraction(1, 2))))
        d = self.chance.choice((n, m))
        i = Index(self.chance.choice("ij"), d)
        match self.chance.randint(0, 11):
            case 0:
                return plus(self.scalar((), depth - 1), self.scalar((), depth - 1))
            case 1:
                return times(self.scalar((), depth - 1), self.scalar((), depth - 1))
            case 2:
                return mm(t(self.array((d,), depth - 1)), self.array((d,), depth - 1))
            case 3:
                return Trace(self.array((n, n), depth - 1))
            case 4:
                return Sum(i, self.indexed([i], depth - 1))
            case 5:
                return f(self.chance.choice(("exp", "relu", "φ", "tanh", "abs", "sin")), self.scalar((), depth - 1))
            case 6:
                return Power(
                    plus(number(3), Power(self.scalar((), depth - 1), number(2))),
                    number(self.chance.choice((-1, Fraction(1, 2)))),
                )
            case 7:
                return f("log", plus(number(1), f("exp", self.scalar((), depth - 1))))
            case 8:
                return Norm(self.array((d,), depth - 1))
            case 9:
                return Apply("ℓ", self.array((d,), depth - 1), SCALAR)
            case 10:
                return det(plus(self.leaf((n, n)), MatMul(self.leaf((n, n)), self.leaf((n, n)))))
            case _:
                row = Index("i", n)
                return Sum(
                    row, times(f("exp", Entry(self.leaf((n, m)), (row, LabelOf("k", row, m)))), self.indexed([row], depth - 1))
                )

    def indexed(self, known: list[Index], depth: int) -> Expr:
        """A scalar built from entries at known indices, with nested sums that may shadow them."""
        pick = self.chance.choice
        if depth <= 0 or self.chance.random() < 0.3:
            a = self.leaf(pick(((n,), (m,), (n, n), (n, m))))
            indices = []
            for dim in shape(a):
                fitting = [i for i in known if i.dim == dim]
                if not fitting:
                    extra = Index(pick("ij"), dim)
                    return Sum(extra, self.indexed([*(k for k in known if k != extra), extra], depth - 1))
                indices.append(pick(fitting))
            return Entry(a, tuple(indices))
        match self.chance.randint(0, 5):
            case 0:
                return plus(self.indexed(known, depth - 1), self.indexed(known, depth - 1))
            case 1:
                return times(self.indexed(known, depth - 1), self.indexed(known, depth - 1))
            case 2:
                extra = Index(pick("ij"), pick((n, m)))
                return Sum(extra, self.indexed([*(k for k in known if k != extra), extra], depth - 1))
            case 3:
                return f(pick(("exp", "relu", "φ", "step")), self.indexed(known, depth - 1))
            case 4:
                i = pick(known)
                return times(Delta(i, pick([k for k in known if k.dim == i.dim])), self.indexed(known, depth - 1))
            case _:
                return Power(plus(number(2), f("exp", self.indexed(known, depth - 1))), number(-1))

    def vector(self, shape_: tuple[Dim, ...], depth: int) -> Expr:
        (d,) = shape_
        if depth <= 0:
            return self.leaf(shape_)
        other = self.chance.choice((n, m))
        i = Index(self.chance.choice("ij"), d)
        match self.chance.randint(0, 7):
            case 0:
                return plus(self.vector(shape_, depth - 1), self.vector(shape_, depth - 1))
            case 1:
                return Times(self.vector(shape_, depth - 1), self.vector(shape_, depth - 1))
            case 2:
                return mm(self.array((d, other), depth - 1), self.array((other,), depth - 1))
            case 3:
                return f(self.chance.choice(("exp", "relu", "φ", "sigmoid")), self.vector(shape_, depth - 1))
            case 4:
                return Softmax(self.vector(shape_, depth - 1), 0)
            case 5:
                return Build((i,), self.indexed([i], depth - 1))
            case 6:
                return Diagonal(self.matrix((d, d), depth - 1))
            case _:
                return Times(self.scalar((), depth - 1), self.vector(shape_, depth - 1))

    def matrix(self, shape_: tuple[Dim, ...], depth: int) -> Expr:
        rows, columns = shape_
        if depth <= 0:
            return self.leaf(shape_)
        match self.chance.randint(0, 7):
            case 0:
                return plus(self.matrix(shape_, depth - 1), self.matrix(shape_, depth - 1))
            case 1:
                return mm(self.array((rows, n), depth - 1), self.array((n, columns), depth - 1))
            case 2:
                return Transpose(self.matrix((columns, rows), depth - 1))
            case 3:
                return f(self.chance.choice(("exp", "relu", "φ")), self.matrix(shape_, depth - 1))
            case 4:
                return Softmax(self.matrix(shape_, depth - 1), self.chance.choice((0, 1)))
            case 5 if rows == columns:
                return DiagonalMatrix(self.vector((rows,), depth - 1))
            case 6 if rows == columns == n:
                return Inverse(plus(sym("A", n, n), self.leaf((n, n))))
            case _:
                i, j = Index("i", rows), Index("j", columns)
                return Build((i, j), self.indexed([i, j], depth - 1))

    def anything(self) -> Expr:
        """An expression, or a derivative of one."""
        depth = self.chance.randint(1, 3)
        match self.chance.randint(0, 4):
            case 0:
                return self.array(self.chance.choice(((n,), (n, m), (n, n))), depth)
            case 1:
                return Differential(self.scalar((), depth), tuple(self.chance.sample(SYMBOLS, 2)))
            case 2:
                by = self.chance.choice((*SYMBOLS, sym("Z", n, m), sym("h", n)))
                return Derivative(self.vector((n,), depth - 1), by)
            case _:
                by = self.chance.choice((*SYMBOLS, sym("Z", n, m), sym("h", n)))
                return Derivative(self.scalar((), depth), by)


def cost(e: Expr) -> int:
    """About how many numbers it takes to evaluate an expression entry by entry."""
    return (3 if isinstance(e, Sum | Build) else 1) * (1 + sum(cost(c) for c in children(e)))


def check_normal_form(seed: int) -> str:
    """``kept`` where the normal form has the expression's value at a point, ``skipped`` where there is none."""
    e = Generator(seed).anything()
    statement = Statement(e, e, CONTEXT)
    try:
        translator = prepare(statement, 20_000)
        ((scope, places),) = cases(translator, statement)
        form = translator.entry(e, places, scope)
        required = conditions(translator)
        writer = Writer(translator)
        free = {p[0]: Index(f"axis {k}", d) for k, (p, d) in enumerate(zip(places, shape(e), strict=True))}
        written = writer.form(form, free, named=False)
    except NotProvable:
        return "skipped"
    except ShapeError as error:
        raise AssertionError(f"seed {seed}") from error
    if cost(written) > 3_000 or cost(e) > 20_000:
        return "skipped"
    for attempt in range(3):
        here = world(statement, 1000 * seed + attempt)
        try:
            if not all(holds(c, here) for c in required):
                continue
            if not same(e, written, here):
                with sharper():
                    assert same(e, written, here), f"seed {seed}: the normal form has another value:\n{e}\n{written}"
            return "kept"
        except Undefined:
            continue
    return "skipped"


def same(e: Expr, written: Expr, here: World) -> bool:
    """Whether ``written``, an entry at the indices ``axis 0`` …, is the entry of ``e`` at every place."""
    for place, entry in value(e, here).items():
        inner = here
        for k, (dim, position) in enumerate(zip(shape(e), place, strict=True)):
            inner = inner.at(Index(f"axis {k}", dim), position)
        if abs(value(written, inner)[()] - entry) > 1e-9 * (1 + abs(entry)):
            return False
    return True


RANDOM = 150


def test_normal_forms_keep_values() -> None:
    """The normal form of a random expression, written back, has the same value (seeds 0, 1, 2, …)."""
    outcomes = [check_normal_form(seed) for seed in range(RANDOM)]
    assert outcomes.count("kept") > RANDOM * 0.6, outcomes.count("kept")


def spoil(e: Expr, chance: random.Random) -> Expr:
    """A near, mostly different expression."""
    match chance.randint(0, 3):
        case 0:
            return times(number(2), e)
        case 1 if len(shape(e)) == 2 and shape(e)[0] == shape(e)[1]:
            return Transpose(e)
        case 2:
            return plus(e, e, times(number(-1), f("abs", e)))
        case _:
            return times(sym("s"), e)


def test_mutants_are_proved_only_where_they_are_true() -> None:
    """What is proved of a random expression and a spoiled copy agrees in numbers as well."""
    chance = random.Random(11)
    for seed in range(60):
        e = Generator(seed).anything()
        statement = Statement(e, spoil(e, chance), CONTEXT)
        outcome = prove(statement, budget=20_000)
        if isinstance(outcome, Proof):
            here = world(statement, seed)
            try:
                assert not all(holds(c, here) for c in outcome.conditions) or agree(e, statement.right, here), f"seed {seed}"
            except Undefined:
                continue
