"""Exact values at a point beside those of ``plain.py``, which is written independently, for every kind of expression."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from itertools import product
from random import Random
from typing import Any

import mpmath
import pytest

from derivations.claims import Context, Labels, Statement
from derivations.expr import (
    Affine,
    Build,
    Delta,
    Derivative,
    Diagonal,
    DiagonalMatrix,
    Dim,
    Entry,
    Expr,
    Fill,
    Kronecker,
    LabelOf,
    Lambda,
    Let,
    Map,
    Norm,
    Pi,
    Position,
    Power,
    Product,
    Size,
    Softmax,
    Vec,
    free_indices,
    number,
)
from derivations.prove.exactnumber import EvaluationError, OffDomain, TooLarge, Unsupported
from derivations.prove.pointwise import STEPS, Draft, Question
from derivations.prove.witness import evaluate
from derivations.shapes import shape
from derivations.verdicts import Exact, Point
from tests.prove.identities import (
    at,
    claim,
    context,
    d,
    det,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    mm,
    neg,
    over,
    plus,
    root,
    square,
    sym,
    t,
    tangent,
    times,
    total,
    tr,
)
from tests.prove.plain import World, value
from tests.prove.test_exactnumber import MP, digits

n, m = dims("n m")
four = Dim(4)
SIZES = {"n": 3, "m": 2}
s, r, x, y, w = sym("s"), sym("r"), sym("x", n), sym("y", n), sym("w", m)
A, B, X, K = sym("A", n, n), sym("B", n, n), sym("X", n, m), sym("K", four)
z, Z = sym("z", n), sym("Z", n, m)
i, j, a, b = index("i", n), index("j", n), index("a", m), index("b", m)
p2, p3 = index("p", Dim(2)), index("q", Dim(3))
one, two = number(1), number(2)
u = sym("u")
CONTEXT = context(
    s, r, x, y, w, A, B, X, K, labels=(Labels("c", n, m), Labels("e", None, n)),
    definitions={"z": mm(A, x), "Z": mm(A, times(s, X)), "L": tr(mm(t(sym("Z", n, m)), X))},
)  # fmt: skip
LABEL = LabelOf("c", i, m)
L = sym("L")

EXPRESSIONS: list[Expr] = [
    number(Fraction(2, 3)), Pi(), Size(n), Size(Dim(3, ("n", "m"))), s, x, X, tangent(X), Fill(times(s, two), (n, m)), eye(n),
    Delta(i, j), Delta(i, Position(2, n)), Delta(a, LABEL), plus(X, X, Fill(s, (n, m))), times(s, X), times(X, s), times(x, y),
    times(s, r), times(A, eye(n)), Power(s, number(3)), Power(A, number(-1)), Power(x, number(0)), root(number(2)),
    Power(Size(n), number(Fraction(-1, 2))), Power(number(4), s), Power(number(Fraction(1, 2)), r), mm(A, B), mm(A, x),
    mm(t(x), A),
    mm(t(X), A), mm(A, X), mm(t(x), y), mm(x, t(w)), t(X), t(x), t(mm(A, X)), inv(A), inv(mm(t(X), X)), tr(A), tr(mm(X, t(X))),
    det(A), det(mm(t(X), X)), Diagonal(A), Diagonal(mm(A, B)), DiagonalMatrix(x), mm(DiagonalMatrix(x), X), Vec(X), Vec(t(X)),
    Kronecker(X, A), Kronecker(t(w), X), Kronecker(x, w), Kronecker(A, t(X)), Norm(X), Norm(times(two, x)), f("exp", s),
    f("sigmoid", x),
    f("tanh", x), f("relu", X), f("step", X), f("sign", A), f("abs", A), f("exp", r, 1), f("sigmoid", x, 1), f("sigmoid", x, 2),
    f("tanh", x, 1), f("relu", X, 1), f("log", square(s)), Softmax(x, 0), Softmax(X, 0), Softmax(X, 1), Softmax(t(X), 0),
    Map(Lambda(u, plus(square(u), times(s, u))), x), Map(Lambda(u, over(u, plus(one, square(u)))), x, 1),
    Map(Lambda(u, Power(u, number(3))), x, 2), Map(Lambda(s, times(s, s)), plus(x, Fill(s, (n,)))), total(i, at(x, i)),
    total(i, times(at(x, i), at(A, i, j))), total(i, at(X, i, LABEL)), total(a, x), Product(i, at(x, i)),
    Product(a, plus(at(w, a), at(x, i))), at(X, Position(2, n), Position(1, m)), at(X, j, b), at(x, LabelOf("e", None, n)),
    at(X, LabelOf("e", None, n), LABEL), at(t(X), a, j), at(mm(A, X), i, Position(2, m)),
    at(K, Affine(((1, p3), (1, p2)), -1, four)), at(K, Affine(((-1, p3), (1, p2)), 3, four)),
    total(p2, at(K, Affine(((1, p2),), 2, four))),
    Build((i, a), times(at(X, i, a), at(x, i))), Build((a, i), at(X, i, a)), Build((i, j), plus(at(A, j, i), at(x, i))),
    Build((i, a), at(X, i, LABEL)), z, Z, L, plus(z, x), at(z, i), total(i, times(at(z, i), at(z, i))),
    grad(mm(t(x), A, x), x), grad(z, x), grad(L, x), grad(L, X), grad(L, sym("Z", n, m)), grad(L, s), grad(X, X),
    grad(inv(A), A),
    grad(det(A), A), grad(tr(mm(A, A, B)), A), Derivative(mm(t(x), A, x), x, (i,)), Derivative(X, X, (i, a)),
    Derivative(mm(A, X), A, (Position(1, n), j)), Derivative(at(X, i, LABEL), X, (j, a)), grad(grad(mm(t(x), A, x), x), x),
    grad(f("sigmoid", over(mm(A, x), number(50))), x), grad(Softmax(x, 0), x), grad(grad(times(square(s), r), s), r),
    grad(Norm(square(x)), x),
    grad(total(i, Power(at(x, i), number(3))), x), grad(total(i, Map(Lambda(u, times(u, s)), at(x, i))), s),
    grad(f("relu", X), X),
    d(mm(A, x), A, x), d(z, A, x), d(tr(mm(t(X), X)), X), d(inv(A), A), d(mm(t(x), y), x), d(Z, X, s),
    Let(u, mm(t(x), x), times(u, x)), Let(y, mm(A, x), grad(mm(t(y), y), y)), Let(s, r, times(s, r)),
    times(neg(one), grad(x, y)),
    grad(times(grad(times(s, r), s), s), s), Let(x, times(two, x), grad(mm(t(x), x), x)),
]  # fmt: skip


def random_point(seed: int) -> tuple[Point, World]:
    """One point for both evaluations: whole numbers, no two entries alike."""
    rng = Random(seed)
    shapes = {"s": (), "r": (), "x": (n,), "y": (n,), "w": (m,), "A": (n, n), "B": (n, n), "X": (n, m), "K": (four,)}
    axes = {name: [range(1, d.coefficient * (SIZES[d.names[0]] if d.names else 1) + 1) for d in s] for name, s in shapes.items()}
    arrays = dict[str, dict[tuple[int, ...], int]]()
    for name in (*shapes, *(f"d{name}" for name in shapes)):
        places = list(product(*axes[name.removeprefix("d")]))
        values = rng.sample([v for v in range(-9, 10) if abs(v) > 1], len(places))
        arrays[name] = dict(zip(places, values, strict=True))
    labels = {"c": [rng.randint(1, 2) for _ in range(3)], "e": [rng.randint(1, 3)]}

    def flat(prefix: str) -> dict[str, tuple[Exact, ...]]:
        return {name: tuple(Exact(Fraction(v)) for _, v in sorted(arrays[prefix + name].items())) for name in shapes}

    point = Point(SIZES, flat(""), flat("d"), {name: tuple(v) for name, v in labels.items()})
    plain = {name: {p: mpmath.mpf(v) for p, v in array.items()} for name, array in arrays.items()}
    chosen = {"c": {(k + 1,): v for k, v in enumerate(labels["c"])}, "e": {(): labels["e"][0]}}
    return point, World(SIZES, plain, chosen, CONTEXT)


def plain_values(e: Expr, world: World) -> Mapping[tuple[tuple[int, ...], tuple[int, ...]], Any]:
    free = sorted(free_indices(e), key=lambda one: (one.name, str(one.dim)))
    found = {}
    for chosen in product(*(range(1, world.size(one.dim) + 1) for one in free)):
        here = World(world.sizes, world.arrays, world.labels, world.context, dict(zip(free, chosen, strict=True)))
        found.update({(chosen, place): v for place, v in value(e, here).items()})
    return found


@pytest.mark.parametrize("which", range(len(EXPRESSIONS)))
def test_values_are_those_of_plain_numbers(which: int) -> None:
    e = EXPRESSIONS[which]
    for seed in (1, 2):
        point, world = random_point(seed)
        found = {key: left for key, (left, _) in evaluate(Statement(e, e, CONTEXT), point).items()}
        wanted = plain_values(e, world)
        assert found.keys() == wanted.keys()
        for key, close in wanted.items():
            assert abs(digits(found[key]) - MP.mpf(close)) < 1e-12 * (1 + abs(close))


@pytest.mark.parametrize(
    ("e", "error"),
    [
        (at(x, Position(4, n)), OffDomain), (at(x, Position(0, n)), OffDomain),
        (at(K, Affine(((1, p3), (1, p2)), 0, four)), OffDomain),
        (at(K, Affine(((1, p2),), -1, four)), OffDomain), (inv(Fill(one, (n, n))), OffDomain),
        (over(s, plus(s, neg(s))), OffDomain),
        (f("log", neg(square(s))), OffDomain), (root(neg(square(s))), OffDomain), (Entry(X, (i,)), Unsupported),
        (Build((i, i), at(A, i, i)), Unsupported), (f("φ", s), Unsupported), (sym("q", n), Unsupported),
        (Power(s, number(10**6)), TooLarge),
    ],
)  # fmt: skip
def test_what_has_no_value_is_refused(e: Expr, error: type[EvaluationError]) -> None:
    with pytest.raises(error):
        evaluate(Statement(e, e, CONTEXT), random_point(1)[0])


def test_definitions_with_free_indices_or_in_circles_are_refused() -> None:
    for definition in (at(x, i), plus(L, s)):
        with pytest.raises(Unsupported):
            evaluate(Statement(L, L, context(x, s, definitions={"L": definition})), random_point(1)[0])


def test_what_is_read_by_an_exponential_is_known() -> None:
    """So that its entries can be multiples of ln 2: through definitions, functions of the document and abbreviations."""

    def exponents(e: Expr, here: Context = CONTEXT) -> set[str]:
        return set(Question(claim(e, e, here)).exponents)

    assert exponents(plus(f("exp", x), y)) == {"x"}
    assert exponents(times(Softmax(x, 0), f("sigmoid", y))) == {"x", "y"}
    assert exponents(f("tanh", z)) == {"z", "A", "x"}
    assert exponents(plus(f("relu", x), f("log", y))) == set()
    assert exponents(Map(Lambda(u, f("exp", u)), x)) == {"x"}
    assert exponents(Map(Lambda(u, times(u, u)), x)) == set()
    assert exponents(Let(u, s, f("exp", u))) == {"s"}
    assert exponents(Let(u, s, times(u, f("exp", r)))) == {"r"}
    assert exponents(mm(A, f("exp", x))) == {"x"}


def test_sizes_under_roots_and_places_are_noted() -> None:
    program = Question(claim(plus(root(Size(n)), at(x, Position(2, n)), total(a, at(w, a))), zero := number(0), CONTEXT)).program
    assert program.rooted == {"n"}
    assert program.places == [Position(2, n)]
    assert {"n", "m"} <= {name for dim in program.dims for name in dim.names}
    other = Question(claim(plus(root(plus(Size(n), s)), Power(Size(m), two)), zero, CONTEXT)).program
    assert other.rooted == set()


def test_steps_are_counted_and_limited() -> None:
    """A product of matrices costs its multiplications; a point whose evaluation outruns the limit is refused."""
    huge = {"n": 60}
    draft = Draft(huge, {"A": [1] * 3600, "B": [1] * 3600})
    asked = Question(claim(mm(A, B), mm(A, B), context(A, B)))
    with pytest.raises(TooLarge):
        list(asked.compare(draft, extended=False))
    assert asked.spent > STEPS
    small = Question(claim(mm(A, B), mm(A, B), context(A, B)))
    assert len(list(small.compare(Draft({"n": 2}, {"A": [1, 2, 3, 4], "B": [0, 1, 1, 0]}), extended=False))) == 4
    assert 8 <= small.spent <= 16
    assert shape(mm(A, B)) == (n, n)
