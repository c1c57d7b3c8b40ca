"""Entry by entry: which sizes are chosen, which entries and cells are compared, and how sure a comparison is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import FrozenInstanceError, replace
from fractions import Fraction
from itertools import combinations
from types import SimpleNamespace

import pytest

from derivations.claims import Context, Equation, FreeFunction, Labels, Statement, Variable
from derivations.expr import (
    Affine,
    Apply,
    Build,
    Delta,
    Det,
    Differential,
    Dim,
    Entry,
    Expr,
    Fill,
    Identity,
    Index,
    LabelOf,
    Let,
    Norm,
    Position,
    Power,
    Product,
    Size,
    Sum,
    Tangent,
    number,
)
from derivations.prove import entrywise
from derivations.prove.entrywise import CannotTell, Different, Equal, Pair, check, choose_sizes, needed_sizes
from derivations.prove.zero import PRIMES, Measure, NoRoot, Vanishing
from tests.prove.identities import (
    at,
    claim,
    context,
    dims,
    f,
    grad,
    inv,
    minus,
    mm,
    neg,
    ones,
    over,
    plus,
    square,
    sym,
    t,
    times,
    total,
    twice,
)

n, m, p, q, N, C = dims("n m p q N C")
x, y, w = sym("x", n), sym("y", n), sym("w", m)
A, X = sym("A", n, n), sym("X", n, m)
s, r, c = sym("s"), sym("r"), sym("c")
i, j, k = Index("i", n), Index("j", n), Index("k", m)
row, col = Index("i", N), Index("c", C)
zero, one = number(0), number(1)
MODES = pytest.mark.parametrize("exact", [True, False])


@pytest.fixture(autouse=True)
def _no_earlier_statement() -> Iterator[None]:
    entrywise._WORLDS.clear()
    yield
    entrywise._WORLDS.clear()


# ------------------------------------------------------------------------------ sizes


def vectors(count: int, *literal: int) -> Statement:
    """A statement with so many sizes d0, d1 …, and literal ones."""
    dims_ = [*(Dim(1, (f"d{k:02}",)) for k in range(count)), *map(Dim, literal)]
    side = plus(*(Norm(sym(f"v{k}", d)) for k, d in enumerate(dims_)), zero)
    return claim(side, side)


def apart(chosen: tuple[dict[str, int], ...]) -> bool:
    """Whether any two names have different values in some assignment."""
    return all(any(sizes[a] != sizes[b] for sizes in chosen) for a, b in combinations(chosen[0], 2))


@pytest.mark.parametrize("count", [1, 2, 3, 4])
@pytest.mark.parametrize("literal", [(), (2,), (3, 4), (2, 3, 4, 5, 6, 7, 8, 9, 10)])
def test_few_sizes_are_all_different(count: int, literal: tuple[int, ...]) -> None:
    """The smallest numbers from 2 that the statement does not name, upwards and downwards."""
    chosen = choose_sizes(vectors(count, *literal))
    smallest = [v for v in range(2, 20) if v not in literal][:count]
    assert len(chosen) == 2
    assert [*chosen[0].values()] == smallest
    following = next(v for v in range(3, 20) if v not in (*literal, *smallest))
    assert [*chosen[1].values()] == (smallest[::-1] if count > 1 else [following])


@pytest.mark.parametrize("count", [5, 9, 10, 27, 28, 82])
def test_many_sizes_stay_small(count: int) -> None:
    """k names have ⌈log₃ k⌉ digits, and so many assignments tell them apart."""
    chosen = choose_sizes(vectors(count))
    assert {v for sizes in chosen for v in sizes.values()} == {2, 3, 4}
    assert apart(chosen)
    assert 3 ** (len(chosen) - 1) < count <= 3 ** len(chosen)


def test_every_size_has_every_value_in_turn() -> None:
    """Where some assignments are no good, others have other sizes at the same names."""
    tried = list(entrywise._candidates(tuple("abcdef"), set()))
    assert tried[0] == dict(zip("abcdef", (2, 3, 4, 2, 3, 4), strict=True))
    assert tried[1] == dict(zip("abcdef", (2, 2, 2, 3, 3, 3), strict=True))
    for name in "abcdef":
        assert {sizes[name] for sizes in tried} == {2, 3, 4}


def test_two_sizes_are_tried_in_every_order() -> None:
    """Of two names, all pairs of the three smallest sizes, each first as it is and turned round."""
    tried = list(entrywise._candidates(("a", "b"), {3}))
    assert tried[:2] == [{"a": 2, "b": 4}, {"a": 4, "b": 2}]
    assert {(sizes["a"], sizes["b"]) for sizes in tried} == {(a, b) for a in (2, 4, 5) for b in (2, 4, 5) if a != b}


def test_sizes_where_an_inverse_exists() -> None:
    """XᵀX for X of n rows and m columns is invertible for n ≥ m only; with more columns than rows it is singular."""
    tall = inv(mm(t(X), X))
    assert [(s["n"], s["m"]) for s in choose_sizes(claim(tall, tall))] == [(3, 2), (4, 2)]
    assert choose_sizes(claim(X, X)) == ({"m": 2, "n": 3}, {"m": 3, "n": 2})


def test_sizes_where_nothing_is_divided_by_zero() -> None:
    """det(x xᵀ) = 0 beside 1/det: nothing is defined, two assignments are tried all the same; 1/det(XᵀX) wants tall X."""
    flat = over(one, Det(mm(x, t(x))))
    assert choose_sizes(claim(flat, flat)) == ({"n": 2}, {"n": 3})
    gram = over(one, Det(mm(t(X), X)))
    assert all(s["n"] > s["m"] for s in choose_sizes(claim(gram, gram)))
    root_ = times(Power(Det(mm(t(X), X)), number(Fraction(1, 2))), mm(t(ones(n)), ones(n)))
    assert choose_sizes(claim(root_, root_))[0] == {"m": 2, "n": 3}  # √0 is a number


def test_sizes_where_it_cannot_be_seen_whether_an_inverse_exists() -> None:
    """Roots that are missing modulo p, and determinants that are not written out, speak against no sizes."""
    roots = plus(*(Power(sym(f"a{k}"), number(Fraction(1, 2))) for k in range(8)))
    assert choose_sizes(claim(times(roots, inv(A)), inv(A))) == ({"n": 2}, {"n": 3})
    large = times(Det(sym("F", q, q)), plus(*(Norm(sym(f"v{d}", d)) for d in (m, n, p))))
    assert choose_sizes(claim(large, large)) == ({"m": 2, "n": 3, "p": 4, "q": 5}, {"m": 5, "n": 4, "p": 3, "q": 2})


u1, u2 = dims("a b")


@pytest.mark.parametrize(("e", "names"), [
    (Size(n), ("n",)), (times(s, Size(n * m)), ("m", "n")), (Identity(n), ("n",)), (x, ("n",)),
    (Tangent("x", (n, m)), ("m", "n")), (Entry(sym("z", m), (LabelOf("k", Position(1, n), m),)), ("m", "n")),
    (Fill(s, (n,)), ("n",)), (Apply("ℓ", s, (n, m)), ("m", "n")), (Entry(x, (Position(1, n),)), ("n",)),
    (Delta(Index("i", n), Index("j", n)), ("n",)), (Entry(sym("z", m), (LabelOf("k", Index("i", n), m),)), ("m", "n")),
    (Sum(Index("i", u1), s), ("a",)), (Product(Index("i", u1), s), ("a",)),
    (Build((Index("i", u1), Index("j", u2)), s), ("a", "b")), (grad(s, sym("v", u1)), ("a",)),
    (Differential(s, (sym("v", u1), sym("u", u2))), ("a", "b")), (Let(sym("v", u1), zero, s), ("a",)),
    (Entry(sym("e", Dim(4)), (Affine(((1, Index("i", u1)),), 0, Dim(4)),)), ("a",)), (s, ()),
])  # fmt: skip
def test_every_node_tells_its_sizes(e: Expr, names: tuple[str, ...]) -> None:
    assert needed_sizes(claim(e, e)) == names
    assert {name for sizes in choose_sizes(claim(e, e)) for name in sizes} == set(names)


# --------------------------------------------------------------------------- error bounds


@pytest.mark.parametrize(("left", "right", "prime", "roots", "bound"), [
    # (largest degree)·4ʳ/p, and a coefficient's bits/60 are the primes that may divide it, of 2⁵³
    (Measure(3, 0, 0), Measure(2, 0, 0), 10**6, 0, 3e-6 + 1 / 60 / 2**53),
    (Measure(1, 5, 0), Measure(2, 0, 0), 10**6, 0, 7e-6 + 1 / 60 / 2**53),
    (Measure(4, 0, 0), Measure(1, 6, 0), 10**6, 0, 1e-5 + 1 / 60 / 2**53),
    (Measure(3, 0, 0), Measure(2, 0, 0), 10**6, 2, 16 * (3e-6 + 1 / 60 / 2**53)),
    (Measure(0, 0, 119), Measure(0, 0, 240), 10**6, 0, 6 / 2**53),
    (Measure(0, 0, 119), Measure(0, 0, 240), 10**6, 1, 24 / 2**53),
    (Measure(10**7, 0, 0), Measure(2, 0, 0), 10**6, 0, 1.0),
])  # fmt: skip
def test_error_bounds(left: Measure, right: Measure, prime: int, roots: int, bound: float) -> None:
    """A polynomial of degree d has at most d zeros among p numbers (Schwartz, Zippel); no probability is above 1."""
    measures = {"left": left, "right": right}
    algebra = SimpleNamespace(measure=measures.__getitem__)
    trial = SimpleNamespace(prime=prime, roots=dict.fromkeys(range(roots)))
    assert PRIMES == 2**53
    found = entrywise._error(algebra, Pair((), "left", "right", ()), trial)  # type: ignore[arg-type]
    assert found == pytest.approx(bound, rel=1e-12, abs=0)


def one_error(statement: Statement, sizes: dict[str, int]) -> float:
    """The bound for a single trial."""
    answer = check(statement, sizes, exact=False)
    assert isinstance(answer, Equal)
    assert answer.error_bound is not None
    return float(answer.error_bound**0.5)


def test_error_bounds_add_over_entries_and_multiply_over_trials() -> None:
    """Each of k entries may be zero by chance; both trials have to be so at once."""
    left, right = times(s, plus(x, y)), plus(times(s, x), times(s, y))
    first = Position(1, n)
    alone = one_error(claim(at(left, first), at(right, first)), {"n": 2})
    of_four = one_error(claim(left, right), {"n": 4})
    assert 1 / 2**61 < alone < 100 / 2**60
    assert 2 * alone < of_four < 8 * alone  # the primes have 61 bits each
    in_cells = one_error(claim(square(f("abs", s)), plus(square(s), minus(r, r))), {})
    assert in_cells < 2**-40


# ----------------------------------------------------------------------- entries and cells


@MODES
def test_the_first_entry_that_differs_is_named(exact: bool) -> None:
    """Free indices first, then the place; all from 1."""
    spoiled = plus(X, times(Build((i, k), times(Delta(i, Position(2, n)), Delta(k, Position(3, m)))), s))
    assert check(claim(X, spoiled), {"n": 2, "m": 3}, exact=exact) == Different((2, 3))
    free = times(Delta(i, Position(2, n)), ones(m))
    assert check(claim(free, twice(free)), {"n": 2, "m": 3}, exact=exact) == Different((2, 1))
    assert check(claim(s, r), {"n": 2}, exact=exact) == Different(())


@MODES
def test_equal_tells_how_many_entries(exact: bool) -> None:
    """Only the sizes that bear on the statement are told."""
    answer = check(claim(X, minus(twice(X), X)), {"n": 2, "m": 3, "p": 7}, exact=exact)
    assert isinstance(answer, Equal)
    assert (answer.sizes, answer.entries, answer.exact, answer.kinks) == ({"n": 2, "m": 3}, 6, exact, False)
    assert (answer.error_bound is None) is exact


LABEL = LabelOf("k", row, C)
LABELS = context(labels=(Labels("k", N, C),))
z = sym("z", C)


@MODES
def test_each_label_is_compared(exact: bool) -> None:
    """Σ_c δ(c, k_i) z_c = z_{k_i} for every label; with one class left out it is not."""
    whole = total(col, times(Delta(col, LABEL), at(z, col)))
    without = minus(whole, times(Delta(Position(3, C), LABEL), at(z, Position(3, C))))
    assert isinstance(check(claim(at(z, LABEL), whole, LABELS), {"N": 2, "C": 3}, exact=exact), Equal)
    assert check(claim(at(z, LABEL), without, LABELS), {"N": 2, "C": 3}, exact=exact) == Different((1,))


@pytest.mark.parametrize(("limit", "enough"), [(9, True), (8, False)])
@MODES
def test_assignments_of_labels_have_a_limit(monkeypatch: pytest.MonkeyPatch, limit: int, enough: bool, exact: bool) -> None:
    """Two rows and three classes are nine assignments."""
    monkeypatch.setattr(entrywise, "MAX_CELLS", limit)
    one_, two_ = (at(z, LabelOf("k", Position(place, N), C)) for place in (1, 2))
    answer = check(claim(times(one_, two_), times(two_, one_), LABELS), {"N": 2, "C": 3}, exact=exact)
    assert isinstance(answer, Equal) is enough
    assert enough or answer == CannotTell("too many assignments of labels", limit=True)


def gates(e: Expr, name: str = "relu") -> Expr:
    """Something that only the cells of a gate decide: exp(r(u)) = 1 + 1[u > 0](exp u − 1)."""
    return minus(f("exp", f(name, e)), plus(one, times(f("step", e), minus(f("exp", e), one))))


@pytest.mark.parametrize(("limit", "enough"), [(8, True), (7, False)])
@MODES
def test_cells_have_a_limit(monkeypatch: pytest.MonkeyPatch, limit: int, enough: bool, exact: bool) -> None:
    """Three gates have eight cells."""
    monkeypatch.setattr(entrywise, "MAX_CELLS", limit)
    product_ = f("exp", plus(f("relu", s), f("relu", r), f("relu", c)))
    written = one
    for e in (s, r, c):
        written = times(written, plus(one, times(f("step", e), minus(f("exp", e), one))))
    answer = check(claim(product_, written), {}, exact=exact)
    assert isinstance(answer, Equal) is enough, answer
    assert enough or answer == CannotTell("too many combinations of gates, labels and binary entries", limit=True)
    spoiled = check(claim(product_, times(written, plus(one, f("step", s)))), {}, exact=exact)
    assert isinstance(spoiled, Different) or not enough


@MODES
def test_a_difference_is_seen_in_one_cell_of_many(exact: bool) -> None:
    """Σ |v_i| over six entries is not Σ s_i v_i with one sign wrong: 64 cells, the sides differ in half of them."""
    v = sym("v", Dim(6))
    a6 = Index("a", Dim(6))
    true = f("exp", total(a6, f("abs", at(v, a6))))
    signs = f("exp", total(a6, times(f("sign", at(v, a6)), at(v, a6))))
    wrong = f("exp", minus(total(a6, f("abs", at(v, a6))), f("relu", at(v, Position(6, Dim(6))))))
    assert isinstance(check(claim(true, signs), {}, exact=exact), Equal)
    assert isinstance(check(claim(true, wrong), {}, exact=exact), Different)


@MODES
def test_cells_where_the_sides_are_not_defined_do_not_count(exact: bool) -> None:
    """h/h = 1 where h = 1; there is nothing to compare where h = 0. Where no cell is left nothing is told."""
    here = context(Variable("s", (), domain="binary"))
    assert isinstance(check(claim(over(f("exp", times(s, r)), s), f("exp", r), here), {}, exact=exact), Equal)
    assert isinstance(check(claim(over(f("exp", times(s, r)), s), one, here), {}, exact=exact), Different)
    nowhere = over(s, minus(s, square(s)))
    assert not isinstance(check(claim(nowhere, zero, here), {}, exact=exact), Equal)


# ------------------------------------------------------------------------------- guards

STEP, OFF = f("step", s), minus(one, f("step", s))


@MODES
@pytest.mark.parametrize(("guards", "right", "equal"), [
    ((STEP,), s, True), ((STEP,), zero, False), ((OFF,), zero, True), ((OFF,), s, False), ((STEP, STEP), s, True),
    ((OFF, OFF), zero, True), ((f("step", r),), s, False), ((f("step", r), STEP), s, True),
    ((STEP, minus(one, f("step", r))), s, True), ((f("step", r), OFF), zero, True), ((f("step", r), OFF), s, False),
    ((square(STEP),), s, True), ((square(STEP),), zero, False),
])  # fmt: skip
def test_side_conditions(guards: tuple[Expr, ...], right: Expr, equal: bool, exact: bool) -> None:
    """max(0, s) is s where s > 0, and 0 where it is not."""
    answer = check(claim(f("relu", s), right, Context(), *guards), {}, exact=exact)
    assert isinstance(answer, Equal if equal else Different)


@MODES
@pytest.mark.parametrize("guards", [(STEP, OFF), (OFF, STEP), (zero,), (STEP, zero), (f("step", r), OFF, STEP)])
def test_side_conditions_that_exclude_one_another(guards: tuple[Expr, ...], exact: bool) -> None:
    answer = check(claim(f("relu", s), twice(r), Context(), *guards), {}, exact=exact)
    assert answer == CannotTell("the side conditions exclude every entry at these sizes", limit=False)


@MODES
def test_side_conditions_that_exclude_some_entries(exact: bool) -> None:
    """Off the diagonal the identity is 0; entries on it are passed over, not those after it."""
    off = minus(one, Delta(i, j))
    assert isinstance(check(claim(at(Identity(n), i, j), zero, Context(), off), {"n": 2}, exact=exact), Equal)
    late = at(plus(Identity(n), Build((i, j), times(Delta(i, Position(2, n)), s))), i, j)
    assert check(claim(late, zero, Context(), off), {"n": 2}, exact=exact) == Different((2, 1))


# ----------------------------------------------------------- what was evaluated before


def test_an_earlier_statement_lends_what_means_the_same() -> None:
    """In order: what each context says counts, whatever the one before said."""
    real, positive = context(s), context(Variable("s", (), domain="positive"))
    modulus = (f("abs", s), s)
    φ, positive_φ = (context(functions=(FreeFunction("φ", None, (), positive=sign),)) for sign in (False, True))
    of_φ = (f("abs", f("φ", r)), f("φ", r))
    two, three = (context(definitions={"c": times(number(value), r)}) for value in (2, 3))
    order: list[tuple[tuple[Expr, Expr], Context, bool]] = [
        (modulus, real, False), (modulus, positive, True), (modulus, real, False), (of_φ, φ, False), (of_φ, positive_φ, True),
        (of_φ, φ, False), ((c, twice(r)), two, True), ((c, twice(r)), three, False), ((c, times(number(3), r)), three, True),
        ((c, twice(r)), replace(two, assumptions=(Equation(r, zero),)), True),
        ((c, zero), replace(two, assumptions=(Equation(r, zero),)), True), ((c, zero), two, False),
    ]  # fmt: skip
    for (left, right), here, equal in order:
        assert isinstance(check(claim(left, right, here), {}, exact=True), Equal if equal else Different)


def test_only_some_statements_are_kept() -> None:
    """So that a long document needs no more memory than a short one."""
    for value in range(10):
        check(claim(c, c, context(definitions={"c": number(value)})), {}, exact=True)
    assert len(entrywise._WORLDS) == 6
    kept = entrywise._WORLDS[0][1]
    check(claim(c, twice(c), context(definitions={"c": number(9)})), {}, exact=True)
    assert entrywise._WORLDS[0][1] is kept
    check(claim(x, x), {"n": 2}, exact=True)
    assert len(entrywise._WORLDS) == 6
    assert entrywise._WORLDS[0][1] is not kept


# -------------------------------------------------------------------------------- trials


class Scripted:
    """Trials that end so, one after the other."""

    def __init__(self, *outcomes: float | Exception) -> None:
        self.outcomes = list(outcomes)
        self.seeds: list[str] = []

    def __call__(self, _world: object, _pairs: object, seed: str) -> float:
        self.seeds.append(seed)
        outcome = self.outcomes.pop(0)
        if isinstance(outcome, Exception):
            raise outcome
        return outcome


def tried(monkeypatch: pytest.MonkeyPatch, *outcomes: float | Exception) -> object:
    script = Scripted(*outcomes)
    monkeypatch.setattr(entrywise, "Trial", lambda _algebra, seed: seed)
    monkeypatch.setattr(entrywise, "_at_one_point", script)
    found = entrywise._one_trial(SimpleNamespace(algebra=None), [], "seed")  # type: ignore[arg-type]
    assert len(set(script.seeds)) == len(script.seeds)  # another point each time
    return found


def test_points_without_roots_are_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """Half of the numbers modulo p have a root: a root is missing often, a denominator is 0 hardly ever by chance."""
    assert tried(monkeypatch, 0.25) == 0.25
    assert tried(monkeypatch, *[NoRoot()] * 30, 0.5) == 0.5
    assert tried(monkeypatch, *[Vanishing("0")] * 4, 0.5) == 0.5
    with pytest.raises(Vanishing):
        tried(monkeypatch, *[Vanishing("0")] * 5, 0.5)
    monkeypatch.setattr(entrywise, "MAX_REDRAWS", 3)
    assert tried(monkeypatch, NoRoot(), NoRoot(), 0.5) == 0.5
    with pytest.raises(entrywise.Limit, match="no point"):
        tried(monkeypatch, NoRoot(), NoRoot(), NoRoot(), 0.5)


@pytest.mark.parametrize(("roots", "enough"), [(6, True), (7, False)])
def test_roots_have_a_limit(roots: int, enough: bool) -> None:
    """Each root doubles the choices of signs: six at most."""
    names = [sym(f"a{k}") for k in range(roots)]
    sum_ = plus(*(Power(e, number(Fraction(1, 2))) for e in names))
    answer = check(claim(square(sum_), times(sum_, sum_)), {}, exact=False)
    assert isinstance(answer, Equal) is enough
    assert enough or answer == CannotTell("too many roots", limit=True)


@pytest.mark.parametrize(("answer", "name"), [
    (Equal({}, True, None, 1), "entries"), (Different((1,)), "entry"), (CannotTell("why", limit=False), "reason"),
    (Pair((), one, zero, ()), "left"),
])  # fmt: skip
def test_answers_stay_as_they_are(answer: object, name: str) -> None:
    with pytest.raises(FrozenInstanceError):
        setattr(answer, name, None)


@MODES
def test_exponentials_tell_logarithms_apart(exact: bool) -> None:
    """log(s²) = 2 log s and not log s + s, for positive s; after exponentials polynomials are left."""
    here = context(Variable("s", (), domain="positive"), Variable("r", (), domain="positive"))
    sums = f("log", plus(square(s), times(s, r)))
    assert isinstance(check(claim(sums, plus(f("log", s), f("log", plus(s, r))), here), {}, exact=exact), Equal)
    assert isinstance(check(claim(sums, plus(f("log", s), f("log", plus(s, twice(r)))), here), {}, exact=exact), Different)
    assert isinstance(check(claim(neg(sums), sums, here), {}, exact=exact), Different)
