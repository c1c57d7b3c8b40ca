"""What is tried: inside the declared domains, plain values first, nothing twice, and each kind of value some time."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations, pairwise, permutations, product
from math import prod
from random import Random

import pytest

from derivations.claims import Equation, FreeFunction, Labels, SignAssumption, Variable
from derivations.expr import Apply, Delta, Dim, Expr, LabelOf, Position, Size, Sym
from derivations.prove import sampling
from derivations.prove.exactnumber import TWO_LOG, Rational, quotient
from derivations.prove.pointwise import Draft, Question
from derivations.prove.sampling import GENERIC, NESTED, choices, draft, sizes_in_order, telling_sizes
from derivations.verdicts import Polynomial
from tests.prove.identities import at, claim, context, d, dims, f, index, mm, number, ones, plus, root, sym, t, times, total

n, m = dims("n m")
x, s, M = sym("x", n), sym("s"), sym("M", n, n)
HALF = Fraction(1, 2)
SEEDS = range(60)


def question(e: Expr, *variables: Variable | Sym, **more: object) -> Question:
    return Question(claim(e, e, context(*variables, **more)))  # type: ignore[arg-type]


# -------------------------------------------------------------------- sizes


@pytest.mark.parametrize(
    ("places", "tried"),
    [
        ([], (1, 2, 3)),
        ([Position(1, n)], (1, 2, 3)),
        ([Position(2, n)], (2, 3)),
        ([Position(4, n), Position(1, n)], (4, 5)),
        ([Position(4, Dim(2, ("n",)))], (2, 3)),
        ([Position(5, Dim(2, ("n",)))], (3, 4)),
        ([Position(3, Dim(1, ("n", "m")))], (1, 2, 3)),  # either of the two may be large
    ],
)
def test_sizes_begin_where_the_fixed_places_exist(places: list[Position], tried: tuple[int, ...]) -> None:
    e = plus(Size(n), *(at(sym(f"v{k}", p.dim), p) for k, p in enumerate(places)))
    assert choices(question(e))["n"] == tried


@pytest.mark.parametrize(("least", "tried"), [(1, (1, 4)), (2, (4, 9)), (4, (4, 9)), (5, (9,)), (10, (10,))])
def test_sizes_under_a_root_are_squares(least: int, tried: tuple[int, ...]) -> None:
    assert choices(question(plus(root(Size(n)), at(x, Position(least, n)))))["n"] == tried


def test_all_sizes_come_in_order_of_their_product() -> None:
    found = [(c["a"], c["b"]) for c in sizes_in_order({"a": (1, 2, 4), "b": (1, 2, 4)})]
    assert sorted(found) == sorted(product((1, 2, 4), repeat=2))
    assert all((prod(c), max(c)) <= (prod(e), max(e)) for c, e in pairwise(found))
    assert found[3] == (2, 2)  # before 1·4
    assert list(sizes_in_order({})) == [{}]


def test_of_many_sizes_at_most_three_are_raised() -> None:
    assert len(list(sizes_in_order(dict.fromkeys("abcdef", (1, 2))))) == 2**6
    found = [tuple(c.values()) for c in sizes_in_order(dict.fromkeys("abcdefg", (1, 4, 9)))]
    raised = [up for k in range(4) for up in combinations(range(7), k)]
    assert sorted(found) == sorted(tuple(4 if i in up else 1 for i in range(7)) for up in raised)


def test_telling_sizes_begin_with_twos_and_mixtures() -> None:
    possible = {"a": (1, 2, 3), "b": (1, 2, 3), "c": (4, 5)}
    found = [tuple(c.values()) for c in telling_sizes(possible)]
    assert found[:4] == [(2, 2, 4), (2, 3, 4), (1, 1, 4), (3, 2, 5)]
    assert len(set(found)) == len(found) == 18
    assert next(list(c) for c in telling_sizes(possible)) == ["a", "b", "c"]
    assert list(telling_sizes({"a": (1,)})) == [{"a": 1}]


# ------------------------------------------------------------------ entries


def matrix(values: list[Rational], n: int) -> list[list[Rational]]:
    assert len(values) == n * n
    return [list(values[i * n : (i + 1) * n]) for i in range(n)]


def determinant(a: list[list[Rational]]) -> Rational:
    return sum(
        (-1) ** sum(o[i] > o[j] for i, j in combinations(range(len(a)), 2)) * prod(a[i][o[i]] for i in range(len(a)))
        for o in permutations(range(len(a)))
    )


def matmul(a: list[list[Rational]], b: list[list[Rational]]) -> list[list[Rational]]:
    return [[sum(v * w for v, w in zip(row, column, strict=True)) for column in zip(*b, strict=True)] for row in a]


def test_generic_values_have_distinct_sizes() -> None:
    met = set[Rational]()
    for seed in SEEDS:
        for count in (0, 1, 2, 3):
            values = sampling.generic(count, Random(seed))
            assert len({abs(v) for v in values} - {0}) == count == len(values)
            met.update(values if count == 2 else ())
    assert met == {-5, -4, -3, -2, -1, 1, 2, 3, 4, 5}


def test_mirrored_matrices_are_symmetric() -> None:
    assert sampling.mirrored([1, 9, 9, 2, 3, 9, 4, 5, 6], [3, 3]) == [1, 2, 4, 2, 3, 5, 4, 5, 6]
    assert sampling.mirrored([1, 2], [2]) == [1, 2]
    assert sampling.mirrored([7], []) == [7]


@pytest.mark.parametrize("attempt", range(4))
def test_definite_matrices_are_definite(attempt: int) -> None:
    """Sylvester's criterion; first those of determinant 1, then others."""
    determinants, aside = set[Rational](), set[Rational]()
    for seed, size in product(SEEDS, (1, 2, 3)):
        a = matrix(sampling.definite([size, size], Random(seed), attempt), size)
        assert a == [list(column) for column in zip(*a, strict=True)]
        assert all(determinant([row[:k] for row in a[:k]]) > 0 for k in range(1, size + 1))
        determinants.add(determinant(a))
        aside.update(a[i][j] for i in range(size) for j in range(i))
    assert determinants == ({1} if attempt < 2 else {1, 4, 16, 64})
    assert {-1, 0, 1} <= aside
    assert sampling.definite([], Random(1), 0) == [1]


@pytest.mark.parametrize("sizes", [[4], [2, 3], [2, 2, 2]])
def test_indicators(sizes: list[int]) -> None:
    """One-hot rows, one-hot columns of a matrix, and arbitrary zeros and ones; each place is 1 some time."""
    for style in range(6):
        met, arbitrary = set[int](), False
        for seed in SEEDS:
            values = sampling.indicators(sizes, Random(seed), style)
            assert len(values) == prod(sizes)
            assert set(values) <= {0, 1}
            rows = [sum(values[k : k + sizes[-1]]) for k in range(0, len(values), sizes[-1])]
            columns = [sum(values[k :: sizes[-1]]) for k in range(sizes[-1])]
            arbitrary |= set(rows) != {1} and set(columns) != {1}
            if style % 3 != 2:
                assert set(columns if style % 3 == 1 and len(sizes) == 2 else rows) == {1}
            met.update(k for k, v in enumerate(values) if v)
        assert met == set(range(prod(sizes)))
        assert arbitrary is (style % 3 == 2)
    assert {tuple(sampling.indicators([], Random(seed), 0)) for seed in SEEDS} == {(0,), (1,)}


# What each matrix is: orthogonal, idempotent, nilpotent, mirrored (symmetric), skew.
TABLE = {2: ["o", "mo", "os", "im", "im", "i", "n"], 3: ["o", "im", "im", "o"]}


def satisfies_something(a: list[list[Rational]]) -> set[str]:
    """Of the usual equations."""
    size = len(a)
    unit = [[int(i == j) for j in range(size)] for i in range(size)]
    square = matmul(a, a)
    found = {"orthogonal"} if matmul(a, [list(c) for c in zip(*a, strict=True)]) == unit else set()
    found |= {"idempotent"} if square == a else set()
    found |= {"nilpotent"} if not any(map(any, square)) else set()
    turned = [list(c) for c in zip(*a, strict=True)]
    found |= ({"mirrored"} if turned == a else set()) | ({"skew"} if turned == [[-v for v in row] for row in a] else set())
    diagonal = all(not v for i, row in enumerate(a) for j, v in enumerate(row) if i != j)
    return found | ({"diagonal"} if diagonal and {abs(a[i][i]) for i in range(size)} <= {1, 2} else set())


@pytest.mark.parametrize("size", [1, 2, 3, 4])
def test_special_arrays_satisfy_equations(size: int) -> None:
    vectors = {tuple(sampling.special([size], Random(seed))) for seed in range(200)}
    assert all(len(v) == size for v in vectors)
    assert all(sum(e * e for e in v) in (0, 1) or set(v) == {1} for v in vectors)
    assert (1,) * size in vectors
    assert len([v for v in vectors if sum(e * e for e in v) == 1]) >= min(size, 3)
    squares = {tuple(sampling.special([size, size], Random(seed))) for seed in range(400)}
    kinds = [satisfies_something(matrix(list(v), size)) for v in squares]
    assert all(kind - {"mirrored", "skew"} for kind in kinds)
    assert {"orthogonal", "idempotent", "nilpotent", "diagonal"} <= set().union(*kinds)
    assert {min(sum(map(bool, v)), size) for v in squares} >= {0, size}


def test_special_vectors_and_matrices_are_those_of_the_table() -> None:
    """In small numbers, and the unit vectors of each length at right angles."""
    for first, second in sampling.UNIT_VECTORS.values():
        assert sum(e * e for e in first) == 1 == sum(e * e for e in second)
        assert sum(a * b for a, b in zip(first, second, strict=True)) == 0
    assert {abs(e) for known in sampling.SQUARES.values() for v in known for e in v if e not in (0, 1, -1)} == {
        HALF, Fraction(1, 3), Fraction(3, 5), Fraction(4, 5)
    }  # fmt: skip
    for size, known in sampling.SQUARES.items():
        drawn = {tuple(sampling.special([size, size], Random(seed))) for seed in range(400)}
        assert set(known) <= drawn
        assert len(set(known)) == len(known)
        assert ["".join(sorted(k[0] for k in satisfies_something(matrix(list(v), size)))) for v in known] == TABLE[size]
        assert {tuple(v) for v in sampling.UNIT_VECTORS[size]} <= {tuple(sampling.special([size], Random(k))) for k in range(99)}
    wide = {tuple(sampling.special([2, 3], Random(seed))) for seed in SEEDS}
    assert (1, 0, 0, 0, 1, 0) in wide
    assert (0,) * 6 in wide
    assert {(v[0], v[4]) for v in wide} == {*product((1, -1, 2), repeat=2), (0, 0)}
    for shape in ([3, 2], [2, 2, 2], [3, 1]):
        arrays = [sampling.special(shape, Random(seed)) for seed in SEEDS]
        assert {len(v) for v in arrays} == {prod(shape)}
        assert all(not v for a in arrays for k, v in enumerate(a) if k % (prod(shape[1:]) + 1))  # along the diagonal
    assert all({abs(v[0]), abs(v[4])} <= {0, 1, 2} and v[1:4] == (0, 0, 0) and v[5] == 0 for v in wide)


# ------------------------------------------------------------------- points


DOMAINS = {
    "positive": lambda v: v > 0, "nonnegative": lambda v: v >= 0, "nonzero": lambda v: v != 0,
    "binary": lambda v: v in (0, 1), "sign": lambda v: v in (1, -1),
}  # fmt: skip
ATTEMPTS = (*range(10), NESTED, NESTED + 7, GENERIC, GENERIC + 1)


@pytest.mark.parametrize("domain", DOMAINS)
def test_entries_lie_in_their_domain(domain: str) -> None:
    """Whatever the attempt; 0 itself occurs where it is allowed."""
    asked = question(x, Variable("x", (n,), domain=domain))  # type: ignore[arg-type]
    met = set[Rational]()
    for attempt, style in product(ATTEMPTS, (0, 1)):
        values = draft(asked, {"n": 6}, attempt, frozenset(), style).arrays["x"]
        assert len(values) == 6
        met.update(values)  # type: ignore[arg-type]
    assert all(DOMAINS[domain](v) for v in met)
    assert (0 in met) is (domain in ("nonnegative", "binary"))
    assert (domain in ("binary", "sign")) == (len(met) == 2)


def drawn(asked: Question, name: str, attempts: range, style: int = 0, size: int = 9) -> set[Rational]:
    return {v for a in attempts for v in draft(asked, {"n": size}, a, frozenset(), style).arrays[name]}  # type: ignore[misc]


def test_plain_values_come_first() -> None:
    """Zeros, ones and twos; threes, then fractions; from ``NESTED`` on small ones again, from ``GENERIC`` on distinct ones."""
    asked = question(x, x)
    assert drawn(asked, "x", range(2)) == {-1, 0, 1, 2} == drawn(asked, "x", range(NESTED, NESTED + 2))
    assert drawn(asked, "x", range(2, 4)) == {-2, -1, 0, 1, 2}
    assert drawn(asked, "x", range(4, 6)) == {-3, -2, -1, 1, 2, 3}
    assert drawn(asked, "x", range(6, 60)) == {-3, -1, 0, HALF, 1, 2, 3, 4}
    generic = draft(asked, {"n": 9}, GENERIC, frozenset()).arrays["x"]
    assert len({abs(v) for v in generic if isinstance(v, int)}) == 9


def test_positive_values_are_squares_in_turn() -> None:
    asked = question(x, Variable("x", (n,), domain="positive"))
    pools = [{1, 2}, {1, 4, 9}, {1, 2, 3}, {4, 1, Fraction(1, 4), 9, 2}]
    for k, pool in enumerate(pools):
        assert drawn(asked, "x", range(k, 40, 4)) == pool


SUM_IS_ONE = (Equation(mm(t(ones(n)), x), number(1)),)


def test_nonzero_values_are_generic_later_and_positive_ones_stay_positive() -> None:
    for domain, distinct in (("nonzero", True), ("positive", False), ("nonnegative", False)):
        asked = question(x, Variable("x", (n,), domain=domain))  # type: ignore[arg-type]
        values = [draft(asked, {"n": 9}, GENERIC + k, frozenset()).arrays["x"] for k in range(3)]
        assert {len({abs(v) for v in array}) == 9 for array in values} == {distinct}  # type: ignore[arg-type]
    assumed = question(x, x, assumptions=(SignAssumption(x, ">"),))
    assert drawn(assumed, "x", range(0, 12, 2)) | drawn(assumed, "x", range(GENERIC, GENERIC + 9, 2)) <= {
        Fraction(v) for v in ("1", "2", "3", "4", "9", "1/2", "1/3", "1/4", "1/6", "1/8")
    }


def test_binary_arrays_are_drawn_in_turn() -> None:
    """Arbitrary, one-hot rows, one-hot columns; under assumptions one-hot rows first, in other styles the others."""

    def kinds(asked: Question, attempt: int, style: int = 0) -> set[str]:
        met = {"rows", "columns"}
        for k in range(8):
            values = draft(asked, {"n": 4, "m": 3}, attempt + 6 * k, frozenset(), style).arrays["B"]
            met -= {"rows"} if any(sum(values[i : i + 3]) != 1 for i in range(0, 12, 3)) else set()  # type: ignore[arg-type]
            met -= {"columns"} if any(sum(values[j::3]) != 1 for j in range(3)) else set()  # type: ignore[arg-type]
        return met

    B = Variable("B", (n, m), domain="binary")
    one_hot = Equation(mm(sym("B", n, m), ones(m)), ones(n))
    free, bound = question(sym("B", n, m), B), question(sym("B", n, m), B, assumptions=(one_hot,))
    assert [kinds(free, a) for a in (0, 1, 2, 3)] == [set(), {"rows"}, {"columns"}, set()]
    assert [kinds(bound, a) for a in (0, 1, 2)] == [{"rows"}, {"columns"}, set()]
    assert [kinds(bound, 0, style) for style in (0, 1, 2)] == [{"rows"}, {"columns"}, set()]


def test_constrained_values_are_drawn_in_different_styles() -> None:
    """Shares of 1 in one style, plain positive values in the other; arrays that satisfy equations for real ones."""
    asked = question(x, Variable("x", (n,), domain="positive"), assumptions=SUM_IS_ONE)
    shares = [{HALF, Fraction(1, 4)}, {Fraction(1, 3), Fraction(1, 6)}, {Fraction(1, 8), Fraction(1, 4), HALF}]
    for k, pool in enumerate(shares):
        assert drawn(asked, "x", range(2 * k, 42, 6)) == pool  # style 0: the even attempts
        assert drawn(asked, "x", range(2 * k + 1, 42, 6), style=1) == pool
    assert max(drawn(asked, "x", range(1, 30, 2))) == 9
    real = question(x, x, assumptions=SUM_IS_ONE)
    special = {tuple(draft(real, {"n": 5}, a, frozenset(), 1).arrays["x"]) for a in range(0, 60, 2)}
    assert all(set(v) == {1} or sum(e * e for e in v) in (0, 1) for v in special)  # type: ignore[operator, misc]
    assert len({tuple(draft(real, {"n": 5}, a, frozenset()).arrays["x"]) for a in range(0, 60, 2)}) > 20
    scalar = question(s, s, assumptions=(Equation(times(s, s), number(4)),))
    assert {tuple(draft(scalar, {}, a, frozenset(), 1).arrays["s"]) for a in range(0, 60, 2)} > {(1,), (2,), (-1,)}


def test_declared_symmetry_and_definiteness_hold() -> None:
    S, P = Variable("S", (n, n), symmetric=True), Variable("P", (n, n), definite=True)
    asked = question(d(mm(sym("S", n, n), sym("P", n, n)), sym("S", n, n), sym("P", n, n)), S, P)
    plain = question(d(mm(M, x), M), M, x)
    lopsided = False
    for attempt in ATTEMPTS:
        point = draft(asked, {"n": 3}, attempt, frozenset())
        for array in (point.arrays["S"], point.arrays["P"], point.tangents["S"], point.tangents["P"]):
            assert len(array) == 9
            assert all(array[3 * i + j] == array[3 * j + i] for i, j in combinations(range(3), 2))
        assert determinant(matrix(point.arrays["P"], 3)) > 0  # type: ignore[arg-type]
        other = draft(plain, {"n": 3}, attempt, frozenset()).tangents["M"]
        lopsided |= other[1] != other[3]
    assert lopsided


def test_scaled_entries_are_whole_multiples_of_log_two() -> None:
    asked = question(x, x)
    factors = dict[int, set[int]]()
    for attempt in (*range(40), *range(NESTED, NESTED + 200), *range(GENERIC, GENERIC + 20)):
        plain = draft(asked, {"n": 4}, attempt, frozenset()).arrays["x"]
        scaled = draft(asked, {"n": 4}, attempt, frozenset("x")).arrays["x"]
        kind = attempt // NESTED if attempt >= NESTED else attempt % 2 - 2
        for v, w in zip(plain, scaled, strict=True):
            if v:
                assert isinstance(v, int | Fraction)
                factors.setdefault(kind, set()).add(quotient(w, v.numerator * TWO_LOG))  # type: ignore[arg-type]
            else:
                assert w == 0
    assert factors == {-2: {1}, -1: {1, 2}, 1: {1, 2, 3, 5, 15}, 2: {2}}


def test_points_are_functions_of_sizes_and_attempt() -> None:
    asked = question(plus(x, sym("y", n)), x, sym("y", n))
    assert draft(asked, {"n": 3}, 5, frozenset()) == draft(asked, {"n": 3}, 5, frozenset())
    assert len({str(draft(asked, {"n": 3}, a, frozenset())) for a in range(40)}) == 40
    zeroed = draft(asked, {"n": 3}, 4, frozenset("x"), zero=frozenset("x")).arrays
    assert zeroed["x"] == [0, 0, 0]
    assert any(zeroed["y"])


def test_labels_lie_among_the_classes() -> None:
    i, j = index("i", n), index("j", m)
    rows, one = Labels("c", n, m), Labels("e", None, m)
    e = total(i, total(j, times(Delta(j, LabelOf("c", i, m)), Delta(j, LabelOf("e", None, m)))))
    asked = question(e, labels=(rows, one))
    met = set[int]()
    for attempt in range(40):
        labels = draft(asked, {"n": 4, "m": 3}, attempt, frozenset()).labels
        assert (len(labels["c"]), len(labels["e"])) == (4, 1)
        met.update(labels["c"], labels["e"])
    assert met == {1, 2, 3}


# ---------------------------------------------------------------- functions


def value(p: Polynomial, *at: Rational) -> Rational:
    return sum(c * prod(v**e for v, e in zip(at, powers, strict=True)) for c, powers in p.terms)


def test_unspecified_functions_of_one_number() -> None:
    """No two alike; mostly odd cubics, then with a constant, then linear ones; positive ones are > 0 everywhere."""
    asked = question(plus(f("φ", s), f("ψ", s), f("ρ", s)), s, functions=(FreeFunction("ρ", None, (), positive=True),))
    degrees = list[set[int]]()
    for attempt in range(10):
        found = draft(asked, {}, attempt, frozenset()).functions
        assert all(len(p) == 1 for p in found.values())
        assert len({p[0] for p in found.values()}) == 3
        assert all(value(found["ρ"][0], Fraction(k, 4)) > 0 for k in range(-20, 21))
        degrees.append({max(e for _, (e,) in found[name][0].terms) for name in "φψ"})
        assert {value(found[name][0], 0) != 0 for name in "φψ"} == {attempt % 5 == 2}
        assert all(value(found[name][0], 2) != value(found[name][0], 1) for name in "φψ")
    assert degrees == [{3}, {3}, {2}, {3}, {1}] * 2


def test_unspecified_functions_of_arrays() -> None:
    """Entries differ, mixed derivatives are there; positive ones are > 0 on a grid."""
    plain, positive = FreeFunction("f", (n,), (m,)), FreeFunction("g", (n,), (), positive=True)
    asked = question(plus(Apply("f", x, (m,))), x, functions=(plain,))
    for size in (1, 2, 3):
        found = draft(asked, {"n": size, "m": 3}, 0, frozenset()).functions["f"]
        assert len({frozenset(p.terms) for p in found}) == len(found) == 3
        for p in found:
            powers = [e for _, e in p.terms]
            assert len(set(powers)) == len(powers)
            assert all(len(e) == size for e in powers)
            assert {e for e in powers if sum(e) == 1} == {tuple(int(i == k) for i in range(size)) for k in range(size)}
            assert {e for e in powers if max(e) == 2} == {tuple(2 * (i == k) for i in range(size)) for k in range(size)}
            assert len([e for e in powers if sum(e) == 2 and max(e) == 1]) == size - 1
            assert all(c > 0 for c, _ in p.terms)
            linear = [c for c, e in p.terms if sum(e) == 1]
            assert len(set(linear)) == size  # no symmetry among the entries
    asked = question(Apply("g", x, ()), x, functions=(positive,))
    for size in (1, 2, 3):
        (p,) = draft(asked, {"n": size}, 0, frozenset()).functions["g"]
        assert all(value(p, *v) > 0 for v in product([Fraction(k, 2) for k in range(-6, 7)], repeat=size))
        assert max(sum(e) for _, e in p.terms) == 2
        assert {k for _, e in p.terms for k, power in enumerate(e) if power} == set(range(size))
        assert len([e for _, e in p.terms if max(e) == 1 and sum(e) == 2]) == size - 1


def test_plainer_functions_stay_distinct() -> None:
    e = plus(f("φ", s), f("ψ", s), Apply("ℓ", x, ()), f("ρ", s))
    asked = question(e, s, x, functions=(FreeFunction("ρ", None, (), positive=True),))
    point: Draft = draft(asked, {"n": 3}, 0, frozenset())
    offered = {name: list(sampling.plainer_stand_ins(asked, point, name)) for name in "φψℓρ"}
    assert offered["ρ"] == []
    for name in "φψℓ":
        (first,), (second,) = offered[name]
        degrees = [max(sum(e) for _, e in p.terms) for p in (first, second)]
        assert degrees == ([2, 1] if name in "φψ" else [1, 2])
        assert value(first, *[0] * (3 if name == "ℓ" else 1)) == 0 == value(second, *[0] * (3 if name == "ℓ" else 1))
    assert offered["φ"] != offered["ψ"]
    linear, squares = (p[0] for p in offered["ℓ"])
    assert len({value(linear, *unit) for unit in permutations((1, 0, 0))}) == 3
    assert value(squares, 2, 0, 0) == 4 * value(squares, 1, 0, 0) != 0


def test_functions_of_one_number_are_those_of_their_rank() -> None:
    """In the order of the names; φ < ψ < ρ, and ρ has positive values."""
    asked = question(plus(f("φ", s), f("ψ", s), f("ρ", s)), s, functions=(FreeFunction("ρ", None, (), positive=True),))
    wanted = {
        0: (lambda r, v: (r + 1) * v**3 - r * v**2 + v),
        2: (lambda r, v: v**2 + (r + 2) * v + r + 1),
        4: (lambda r, v: (r + 2) * v),
    }
    names = sorted("φψρ")
    for attempt, rule in wanted.items():
        found = draft(asked, {}, attempt, frozenset()).functions
        for rank, name in enumerate(names):
            values = [value(found[name][0], v) for v in (-2, 0, 1, 3)]
            assert values == [(v**2 + v + rank + 1 if name == "ρ" else rule(rank, v)) for v in (-2, 0, 1, 3)]
    point = draft(asked, {}, 0, frozenset())
    for name in "φψ":
        rank = names.index(name)
        (square,), (linear,) = sampling.plainer_stand_ins(asked, point, name)
        assert [value(square, v) for v in (-2, 0, 1, 3)] == [v**2 + rank * v for v in (-2, 0, 1, 3)]
        assert [value(linear, v) for v in (-2, 0, 1, 3)] == [(rank + 1) * v for v in (-2, 0, 1, 3)]
        assert len(square.terms) == 1 + (rank > 0)


def test_functions_of_arrays_are_those_of_their_rank() -> None:
    functions = (FreeFunction("f", (n,), (m,)), FreeFunction("g", (n,), (), positive=True), FreeFunction("h", (n,), (m,)))
    asked = question(plus(Apply("f", x, (m,)), Apply("h", x, (m,)), times(Apply("g", x, ()), ones(m))), x, functions=functions)
    points = list(product((-1, 0, 1, 2), repeat=3))
    chosen = draft(asked, {"n": 3, "m": 2}, 0, frozenset())
    for rank, name in enumerate("fgh"):
        for k, p in enumerate(chosen.functions[name]):
            r = rank + k
            for v in points:
                pairs, mixed = list(enumerate(v, 1)), sum(v[i] * v[i + 1] for i in range(2))
                plain = sum((r + i) * e + (r + Fraction(i, 2)) * e * e for i, e in pairs)
                plain += sum((r + i + 1) * v[i - 1] * v[i] for i in (1, 2))
                positive = r + 1 + v[0] + sum(i * e * e for i, e in pairs) + mixed
                assert value(p, *v) == (positive if name == "g" else plain)
    linear, squares = sampling.plainer_stand_ins(asked, chosen, "h")
    for k, v in product((0, 1), points):
        assert value(linear[k], *v) == sum((2 + k + i) * e for i, e in enumerate(v, 1))
        assert value(squares[k], *v) == sum((2 + k + i) * e * e for i, e in enumerate(v, 1))
