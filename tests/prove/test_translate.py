"""Index form: the form of every kind of expression, at every entry, has the value that plain numbers give it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import product

import pytest

from derivations.claims import Context, Equation, FreeFunction, Labels, Variable
from derivations.expr import (
    ONE,
    Affine,
    Apply,
    Build,
    Delta,
    Derivative,
    Det,
    Diagonal,
    DiagonalMatrix,
    Dim,
    Expr,
    Fill,
    Identity,
    Inverse,
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
    Sum,
    Transpose,
    Vec,
    number,
)
from derivations.prove.allsizes import NoProof, Proof, cases, prepare, prove
from derivations.prove.indexform import Ix, NotProvable, is_place
from derivations.prove.translate import DEEPEST, Scope, Translator
from tests.prove import points
from tests.prove.formvalues import Reader
from tests.prove.identities import (
    at,
    claim,
    context,
    d,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    minus,
    mm,
    ones,
    over,
    plus,
    square,
    sym,
    t,
    tangent,
    times,
    total,
    tr,
    twice,
)
from tests.prove.plain import Array, value

n, m, p, N, C = dims("n m p N C")
D2, D3, D4, D5, D6 = map(Dim, (2, 3, 4, 5, 6))
A, B = sym("A", n, n), sym("B", n, n)
X, Y, Z = sym("X", n, m), sym("Y", n, m), sym("Z", m, p)
a, b, x, y = (sym(name, n) for name in "abxy")
w = sym("w", m)
s, r, c = sym("s"), sym("r"), sym("c")
i, j, k = (index(name, n) for name in "ijk")
q = index("q", m)
e2, e3, e4 = sym("e", D2), sym("g", D3), sym("h", D4)
M2, M3, M4 = sym("M", D2, D2), sym("L", D3, D3), sym("K", D4, D4)
i2, j2, i3 = index("i", D2), index("j", D2), index("i", D3)
NONE = Context()


def P(place: int, dim: Dim = n) -> Position:
    return Position(place, dim)


def close(one: object, two: object) -> bool:
    return bool(abs(one - two) <= 1e-9 * (1 + abs(two)))  # type: ignore[operator]


def assignments(reader: Reader, indices: set[Ix]) -> Iterator[dict[Ix, int]]:
    free = sorted(indices)
    for chosen in product(*map(reader.range, free)):
        yield dict(zip(free, chosen, strict=True))


def check(e: Expr, here: Context = NONE, seed: int = 1) -> int:
    """Compares the form of every entry with its value at a point; how many there were."""
    statement = claim(e, e, here)
    world = points.world(statement, seed, positive=True)
    translator = prepare(statement, 100_000)
    reader = Reader(translator, world)
    known: dict[object, Array] = {}
    compared = 0
    for scope, places in cases(translator, statement):
        form = translator.entry(e, places, scope)
        free = {ix for place in (*places, *scope.indices.values()) for ix in place if not is_place(ix)}
        for env in assignments(reader, free):
            indices = {index: reader.position(place, env) for index, place in scope.indices.items()}
            key = tuple(indices.values())
            if key not in known:
                known[key] = value(e, replace(world, indices=indices))
            entry = tuple(reader.position(place, env) for place in places)
            assert close(reader.value(form, env), known[key][entry]), (entry, indices)
            compared += 1
    return compared


def unrolled(e: Expr, *literal: Dim) -> Expr:
    """``e`` in a statement that names single places of these literal sizes."""
    return times(times(*(at(sym(f"u{dim}", dim), P(1, dim)) for dim in literal)), e)


# ------------------------------------------------------------------ numbers, arrays, indices

T3 = sym("T", n, m, n)
CUBE = sym("T", D2, D3, D2)
row, row2, col = index("i", N), index("j", N), index("c", C)
LABEL, OTHER = LabelOf("k", row, C), LabelOf("k", row2, C)
SINGLE = LabelOf("l", None, C)
scores, table, z = sym("S", N, C), sym("R", C, C), sym("z", C)
LABELS = context(scores, table, z, labels=(Labels("k", N, C), Labels("l", None, C), Labels("f", N, N)))

ARRAYS: dict[str, Expr] = {
    "π": plus(Pi(), times(Pi(), Pi())),
    "a size": times(Size(n), Size(Dim(3, ("m",)))),
    "a literal size": Size(Dim(4)),
    "a filled matrix": Fill(times(s, s), (n, m)),
    "the identity": eye(n),
    "the identity of size 1": Identity(ONE),
    "a literal identity": unrolled(eye(D3), D3),
    "δ": Delta(i, j),
    "δ at a place": times(Delta(i, P(2)), at(x, i)),
    "δ between places": plus(Delta(P(1), P(2)), Delta(P(2), P(2))),
    "an entry": at(X, i, q),
    "entries of a matrix": minus(at(A, i, j), twice(at(A, j, i))),
    "an entry of three indices": at(T3, i, q, j),
    "an array of three axes": Build((k, q, i), at(T3, i, q, k)),
    "a scaled array of three axes": times(s, Build((k, q, i), at(T3, i, q, k))),
    "a literal array": Build((i2, j2), at(CUBE, i2, P(3, D3), j2)),
    "a free place": times(at(x, P(2)), at(A, P(1), i)),
    "a row": t(x),
    "an entry of a row": at(t(x), P(1, ONE), i),
    "shadowing": total(i, times(at(x, i), total(i, at(A, i, j)))),
    "a sum of arrays": total(i, times(at(x, i), mm(A, x))),
    "sums that do not depend on their index": total(q, total(i, at(x, i))),
    "a literal sum": total(i3, times(at(e3, i3), at(e3, i3))),
    "an unrolled sum": plus(total(i3, times(at(e3, i3), at(e3, i3))), at(e3, P(3, D3))),
    "arithmetic": total(i2, times(at(e2, i2), at(e4, Affine(((2, i2),), -1, D4)))),
    "arithmetic with two indices": total(
        i2, total(j2, times(at(e2, i2), at(e4, Affine(((1, i2), (1, j2)), 0, D4))))
    ),
    "downwards": total(i2, times(at(e2, i2), at(e3, Affine(((-1, i2),), 3, D3)))),
    "a sum over one": total(index("i", ONE), s),
    "a row that was declared so": at(sym("ρ", Dim(), n), P(1, Dim()), i),
    "a product": Product(i, plus(at(x, i), s)),
    "an unrolled product": times(at(e3, P(2, D3)), Product(i3, plus(at(e3, i3), s))),
}  # fmt: skip

LABELLED: dict[str, Expr] = {
    "a label last": at(scores, row, LABEL),
    "a label first": at(Transpose(scores), LABEL, row2),
    "a label in the middle": at(sym("U", N, C, N), row, LABEL, row2),
    "two labels": at(table, LABEL, OTHER),
    "the label of a row named": at(scores, P(1, N), LabelOf("k", P(2, N), C)),
    "a single label": at(z, SINGLE),
    "both kinds": at(table, SINGLE, LABEL),
    "δ of labels": Delta(LABEL, OTHER),
    "δ of an index and a label": Delta(col, LABEL),
    "labels that number rows": Delta(row2, LabelOf("f", row, N)),
    "summed": total(row, f("log", at(Softmax(scores, 1), row, LABEL))),
    "derivative at a label": Derivative(square(at(scores, row, LABEL)), scores, (row, LABEL)),
}


@pytest.mark.parametrize("name", ARRAYS)
def test_arrays_and_indices(name: str) -> None:
    assert check(ARRAYS[name], context(x))


@pytest.mark.parametrize("name", LABELLED)
def test_labels_are_sums_over_rows_of_zeros_and_a_one(name: str) -> None:
    assert check(LABELLED[name], LABELS)


@pytest.mark.parametrize("place", [0, -1, 4])
def test_places_lie_inside(place: int) -> None:
    """x of length 3 has places 1, 2 and 3; of length n it has at least place 1."""
    for e in (at(e3, P(place, D3)), at(e3, Affine((), place, D3))):
        with pytest.raises(NotProvable, match="outside") as told:
            prepare(claim(e, e), 1000).scalar(e, Scope())
        assert not told.value.limit
    if place > 0:
        assert prepare(claim(s, s), 1000).scalar(at(x, P(place)), Scope())
    else:
        with pytest.raises(NotProvable, match="outside"):
            prepare(claim(s, s), 1000).scalar(at(x, P(place)), Scope())


def test_arithmetic_is_for_places() -> None:
    """i + 1 for an index of symbolic range is no place, nor for one of a literal range that stays general."""
    for index_, dim in ((i, n), (i3, D4)):
        e = at(sym("v", dim), Affine(((1, index_),), 1, dim))
        with pytest.raises(NotProvable, match="arithmetic") as told:
            Translator(prepare(claim(s, s), 1000).algebra, NONE).scalar(e, Scope())
        assert not told.value.limit


# ------------------------------------------------------------------------- operations

OPERATIONS: dict[str, Expr] = {
    "sum": plus(X, twice(Y), X),
    "scaled": times(tr(A), X),
    "scaled from the right": times(X, mm(t(x), y)),
    "entrywise": times(X, Y),
    "power": Power(X, number(3)),
    "root": Power(X, number(Fraction(1, 2))),
    "symbolic power": Power(X, s),
    "power by a size": Power(s, Size(n)),
    "product": mm(A, X, Z),
    "inner product": mm(t(x), y),
    "outer product": mm(x, t(w)),
    "row times matrix": mm(t(x), X),
    "matrix times column": mm(X, w),
    "transpose": t(mm(A, X)),
    "transpose of a row": t(t(x)),
    "transpose of a scalar": t(s),
    "trace": tr(mm(A, B)),
    "trace of a scalar": tr(s),
    "trace of a literal matrix": plus(tr(M3), at(M3, P(1, D3), P(2, D3))),
    "diagonal": Diagonal(mm(A, B)),
    "diagonal of a scalar": Diagonal(s),
    "diagonal matrix": DiagonalMatrix(mm(A, x)),
    "diagonal matrix of a scalar": DiagonalMatrix(s),
    "diagonal matrix of literal size": unrolled(DiagonalMatrix(e2), D2),
    "norm of a vector": Norm(x),
    "norm of a matrix": Norm(X),
    "norm of a row": Norm(t(x)),
    "norm of a literal vector": plus(Norm(e3), at(e3, P(1, D3))),
    "inverse": inv(plus(A, eye(n))),
    "inverse of a product of scalars": inv(mm(t(x), x)),
    "inverse of a transpose": mm(inv(t(A)), X),
    "determinant": Det(plus(A, mm(B, t(A)))),
    "determinant of a scalar": Det(mm(t(x), y)),
    "inverse of a Kronecker product": inv(Kronecker(A, sym("E", m, m))),
    "softmax of a column": Softmax(x, 0),
    "softmax of columns": Softmax(X, 0),
    "softmax of rows": Softmax(X, 1),
    "softmax of a row": Softmax(t(x), 1),
    "softmax across a row": Softmax(t(x), 0),
    "softmax along what a column has not": Softmax(x, 1),
    "softmax of a scalar": Softmax(s, 0),
    "softmax of literal size": unrolled(Softmax(sym("Q", D2, D3), 1), D3, D2),
    **{f"determinant of size {dim}": plus(at(e, P(1, dim), P(2, dim)), Det(e))
       for dim, e in ((D2, M2), (D3, M3), (D4, M4))},
    **{f"inverse of size {dim}": unrolled(inv(e), dim) for dim, e in ((D2, M2), (D3, M3))},
    "an entry of an inverse of size 4": at(inv(M4), P(3, D4), P(2, D4)),
}  # fmt: skip

FUNCTIONS: dict[str, Expr] = {
    **{name: f(name, X) for name in ("exp", "log", "tanh", "sigmoid", "relu", "step", "sign", "abs", "sin", "cos", "φ")},
    **{f"{name}, derivative {order}": f(name, x, order)
       for name in ("exp", "log", "tanh", "sigmoid", "sin", "φ") for order in (1, 2)},
    **{f"derivative {order} of a function that is written out": Map(Lambda(c, times(s, times(square(c), f("exp", c)))), x, order)
       for order in (0, 1, 2)},
    "a function inside a function": Map(Lambda(c, times(c, Map(Lambda(s, times(s, c)), twice(c)))), x),
    "a parameter that is called as something outside": Map(Lambda(s, square(s)), times(s, x), 1),
    "of the derivative in its body": Map(Lambda(c, grad(times(square(c), s), c)), x),
}  # fmt: skip


@pytest.mark.parametrize("name", OPERATIONS)
def test_operations(name: str) -> None:
    assert check(OPERATIONS[name])


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions_of_a_scalar(name: str) -> None:
    assert check(FUNCTIONS[name])


@pytest.mark.parametrize("operation", [Det, Inverse])
def test_literal_matrices_above_four_are_a_limit(operation: type[Det] | type[Inverse]) -> None:
    """Leibniz' formula has n! terms."""
    M5 = sym("F", D5, D5)
    e: Expr = Det(M5) if operation is Det else at(Inverse(M5), P(1, D5), P(1, D5))
    outcome = prove(claim(plus(e, at(M5, P(1, D5), P(1, D5))), s))
    assert outcome == NoProof("a determinant of literal size above 4", limit=True)


def test_expressions_may_nest_so_deep_and_no_deeper() -> None:
    """A term counts as one level; those read before count no more."""
    translator = prepare(claim(s, s), 100_000)
    deep: Expr = s
    for _ in range(DEEPEST - 1):
        deep = Norm(deep)
    assert DEEPEST == 120
    for e in (deep, plus(deep, deep, deep)):
        if e is deep:
            assert translator.scalar(e, Scope())
        else:
            with pytest.raises(NotProvable, match="nested too deeply") as told:
                translator.scalar(e, Scope())
            assert told.value.limit
        assert translator.depth == 0


# ------------------------------------------------------------------- axes made by vec and ⊗

xm, E, zz = sym("o", m), sym("E", m, m), sym("zz", n * m)
V2 = sym("V", D2, D3)
STACKED = context(
    definitions={
        "v": Vec(X), "u": plus(Vec(X), Vec(Y)), "l": mm(t(sym("v", n * m)), sym("v", n * m)), "kd": Kronecker(A, E),
    },
)  # fmt: skip
v_, u_ = sym("v", n * m), sym("u", n * m)
mn = Dim(1, ("m", "n"))
PARTS: list[tuple[Expr, int, tuple[Dim, ...] | None]] = [
    (Vec(X), 0, (m, n)), (Vec(x), 0, (n,)), (Vec(t(x)), 0, (n,)), (Vec(X), 1, None),
    (Kronecker(X, Z), 0, (n, m)), (Kronecker(X, Z), 1, (m, p)), (Kronecker(x, w), 0, (n, m)), (Kronecker(x, w), 1, None),
    (Kronecker(x, t(w)), 0, (n,)), (Kronecker(x, t(w)), 1, (m,)), (Kronecker(X, s), 1, (m,)),
    (Kronecker(Kronecker(X, Z), A), 0, (n, m, n)), (Vec(Kronecker(X, Z)), 0, (m, p, n, m)),
    (t(Vec(X)), 1, (m, n)), (t(Vec(X)), 0, None), (t(Kronecker(X, Z)), 0, (m, p)),
    (mm(Kronecker(X, Z), Vec(sym("G", p, m))), 0, (n, m)), (mm(Kronecker(X, Z), Kronecker(t(X), t(Z))), 1, (n, m)),
    (mm(x, t(Vec(Y))), 0, None), (mm(x, t(Vec(Y))), 1, (m, n)), (mm(t(Vec(X)), Vec(Y)), 0, None),
    (plus(zz, Vec(X)), 0, (m, n)), (plus(zz, zz), 0, None), (times(zz, Vec(X)), 0, (m, n)),
    (times(mm(t(Vec(X)), Vec(Y)), zz), 0, None), (times(Vec(X), s), 0, (m, n)),
    (Power(Vec(X), number(2)), 0, (m, n)), (f("exp", Vec(X)), 0, (m, n)), (Softmax(Vec(X), 0), 0, (m, n)),
    (inv(Kronecker(A, E)), 1, (n, m)), (Sum(k, Vec(X)), 0, (m, n)), (Let(s, number(1), Vec(X)), 0, (m, n)),
    (d(Vec(X), X), 0, (m, n)), (Diagonal(Kronecker(A, E)), 0, (n, m)), (DiagonalMatrix(Vec(X)), 1, (m, n)),
    (grad(Vec(X), X), 0, (m, n)), (grad(Vec(X), X), 1, None), (grad(mm(A, x), v_), 0, None), (grad(mm(A, x), v_), 1, (m, n)),
    (grad(s, sym("kd", n * m, n * m)), 1, (n, m)), (grad(s, v_), 0, (m, n)),
    (v_, 0, (m, n)), (zz, 0, None), (x, 0, None), (s, 0, None), (ones(n * m), 0, None),
]  # fmt: skip


@pytest.mark.parametrize(("e", "axis", "parts"), PARTS)
def test_how_an_axis_is_stacked(e: Expr, axis: int, parts: tuple[Dim, ...] | None) -> None:
    """Outer part first; vec stacks columns, so their number comes before their length."""
    assert prepare(claim(s, s, STACKED), 1000).parts(e, axis) == parts


STACKING: dict[str, Expr] = {
    "vec": Vec(X),
    "vec of a column": Vec(x),
    "vec of a row": Vec(t(x)),
    "vec of a scalar": Vec(s),
    "Kronecker product": Kronecker(X, A),
    "of a column and a row": Kronecker(x, t(w)),
    "of columns": Kronecker(x, w),
    "of a matrix and a scalar": Kronecker(X, s),
    "of scalars": Kronecker(s, r),
    "of three": Kronecker(Kronecker(x, X), w),
    "inner product of stacked columns": mm(t(Vec(X)), Vec(Y)),
    "product along a stacked axis": mm(Kronecker(A, E), Vec(sym("G", m, n))),
    "product with a plain column": mm(t(zz), Vec(X)),
    "product with ones": mm(t(Vec(X)), ones(n * m)),
    "trace of a Kronecker product": tr(Kronecker(A, E)),
    "norm of a Kronecker product": Norm(Kronecker(X, w)),
    "diagonal of a Kronecker product": Diagonal(Kronecker(A, E)),
    "diagonal matrix of a stacked column": DiagonalMatrix(Vec(X)),
    "softmax of a stacked column": Softmax(Vec(X), 0),
    "a sum over a stacked axis": Sum(index("v", n * m), times(at(Vec(X), index("v", n * m)), at(zz, index("v", n * m)))),
    "a product over a stacked axis": Product(index("v", n * m), at(f("exp", Vec(X)), index("v", n * m))),
    "a sum over a literal stacked axis": Sum(index("v", D6), square(at(Vec(V2), index("v", D6)))),
    "derivative of a stacked column": grad(Vec(X), X),
    "differential of a stacked column": d(Vec(times(X, X)), X),
    "a function of a stacked column": Apply("ℓ", Vec(X), ()),
    "its derivative": grad(Apply("ℓ", Vec(X), ()), X),
    "literal places of vec": plus(*(at(Vec(V2), P(place, D6)) for place in (2, 3, 6))),
    "literal vec": Build((index("v", D6),), times(at(Vec(V2), index("v", D6)), at(sym("o", D6), P(1, D6)))),
    "literal places of a Kronecker product": Build(
        (index("v", D4), index("u", D6)),
        times(at(Kronecker(M2, V2), index("v", D4), index("u", D6)), times(at(e4, P(1, D4)), at(sym("o", D6), P(1, D6)))),
    ),
    "literal places of three parts": plus(
        *(at(Kronecker(Kronecker(e2, e3), sym("f", D2)), P(place, Dim(12))) for place in (1, 4, 6, 11, 12))
    ),
}  # fmt: skip
DEFINED: dict[str, Expr] = {
    "a stacked definition": plus(v_, Vec(X)),
    "its product": mm(t(v_), u_),
    "derivative by a stacked definition": grad(sym("l"), v_),
    "derivative of one": grad(v_, X),
    "derivative of a column by a stacked definition": grad(times(sym("l"), x), v_),
    "differential by a stacked definition": d(sym("l"), v_),
    "entry of a stacked definition": total(index("v", n * m), square(at(v_, index("v", n * m)))),
}


@pytest.mark.parametrize("name", STACKING)
def test_stacked_axes(name: str) -> None:
    assert check(STACKING[name])


@pytest.mark.parametrize("name", DEFINED)
def test_stacked_definitions(name: str) -> None:
    assert check(DEFINED[name], STACKED)


BIG = sym("F", n * m, n * m)
MIXED: list[Expr] = [
    plus(Vec(X), Vec(sym("G", m, n))), inv(mm(Kronecker(A, E), Kronecker(A, E))), plus(inv(BIG), Kronecker(A, E)),
    Det(Kronecker(A, E)), Det(mm(BIG, Kronecker(A, E))), inv(mm(Kronecker(A, E), BIG)),
    at(Vec(X), P(3, n * m)), mm(t(Vec(X)), Kronecker(x, w)), grad(mm(t(zz), plus(zz, Vec(X))), zz),
    mm(t(Vec(V2)), Kronecker(e2, e3)), at(plus(Vec(X), zz), index("v", n * m)),
    Let(zz, sym("o", n * m), grad(times(f("step", mm(t(zz), Vec(X))), total(index("v", n * m), at(zz, index("v", n * m)))), zz)),
]  # fmt: skip


@pytest.mark.parametrize("e", MIXED)
def test_axes_that_are_split_in_two_ways_are_not_supported(e: Expr) -> None:
    """No limit: more work would not help."""
    outcome = prove(claim(e, e, NONE))
    assert isinstance(outcome, NoProof), outcome
    assert not outcome.limit


def test_an_axis_of_columns_of_n_is_none_of_columns_of_m() -> None:
    """With x ⊗ 1 read along the places of vec, Σ_b y_b n would be 1ᵀy Σ_b 1; for n = 1 there is no difference."""
    def along(column: Expr) -> Expr:
        return mm(t(Vec(mm(column, t(ones(m))))), Kronecker(x, ones(m)))

    false = claim(times(Size(n), along(y)), times(mm(t(ones(n)), y), along(ones(n))))
    assert not points.agree(false.left, false.right, points.world(false, 1))
    assert isinstance(prove(false), NoProof)


def test_symmetry_along_a_stacked_axis_is_not_supported() -> None:
    """S_{(ab)(cd)} has four slots; S = Sᵀ exchanges pairs of them, which no order of two slots says."""
    S = sym("S", n * m, n * m)
    e = plus(S, Kronecker(A, E))
    outcome = prove(claim(e, e, context(Variable("S", S.shape, symmetric=True))))
    assert outcome == NoProof("S along a stacked axis")
    assert isinstance(prove(claim(e, e)), Proof)
    hot = sym("H", N, n * m)
    rows = (Equation(mm(hot, ones(n * m)), ones(N)),)
    e = plus(hot, Kronecker(sym("y", N), t(Vec(sym("G", m, n)))))
    assert prove(claim(e, e, context(Variable("H", hot.shape, domain="binary"), assumptions=rows))) == NoProof(
        "H along a stacked axis"
    )
    assert isinstance(prove(claim(e, e, context(Variable("H", hot.shape, domain="binary")))), Proof)


# ------------------------------------------------------------------- unspecified functions

FREE = context(functions=(FreeFunction("ℓ", (n,), ()),))
g_ = Apply("g", mm(A, x), (m,))
LOSSES: dict[str, Expr] = {
    "of a column": Apply("ℓ", mm(A, x), ()),
    "of a matrix": Apply("ℓ", mm(A, X), ()),
    "of a row": Apply("ℓ", t(x), ()),
    "of a scalar": Apply("ℓ", s, ()),
    "of a row that was declared so": Apply("ℓ", sym("ρ", Dim(), n), ()),
    "with a row for its value": Apply("g", x, (Dim(), m)),
    "with a column for its value": g_,
    "with a matrix for its value": Apply("g", x, (m, n)),
    "of literal size": plus(Apply("ℓ", times(e3, e3), ()), at(e3, P(2, D3))),
    "of a literal matrix": plus(Apply("ℓ", V2, ()), times(at(V2, P(1, D2), P(2, D3)), s)),
    "of one literal axis": plus(Apply("ℓ", sym("I", n, D2), ()), at(e2, P(1, D2))),
    "gradient": grad(Apply("ℓ", mm(A, x), ()), x),
    "gradient by a matrix": grad(Apply("ℓ", mm(A, X), ()), X),
    "gradient by a row": grad(Apply("ℓ", t(x), ()), x),
    "Jacobian": grad(g_, x),
    "Hessian": grad(grad(Apply("ℓ", x, ()), x), x),
    "gradient of literal size": unrolled(grad(Apply("ℓ", times(e3, e3), ()), e3), D3),
}


@pytest.mark.parametrize("name", LOSSES)
def test_functions_of_an_array(name: str) -> None:
    assert check(LOSSES[name])


# ------------------------------------------------------------------ derivatives, cuts, scopes

quadratic = mm(t(x), A, x)
DERIVATIVES: dict[str, Expr] = {
    "gradient": grad(quadratic, x),
    "Jacobian": grad(times(x, mm(A, x)), x),
    "matrix by matrix": grad(mm(A, X), X),
    "column by scalar": grad(times(square(s), x), s),
    "Hessian": grad(grad(times(quadratic, at(x, i)), x), x),
    "at an entry": Derivative(quadratic, x, (i,)),
    "of a column at an entry": Derivative(times(x, mm(A, x)), x, (i,)),
    "at a place": Derivative(times(x, mm(A, x)), x, (P(2),)),
    "of a matrix at an entry": Derivative(mm(A, X), X, (i, q)),
    "at literal places": Derivative(square(mm(t(e3), e3)), e3, (P(2, D3),)),
    "of literal size": unrolled(grad(times(square(mm(t(e3), e3)), e3), e3), D3),
    "at an entry, twice": Derivative(Derivative(square(quadratic), x, (i,)), x, (j,)),
    "differential": d(mm(A, X), X),
    "differential by two": d(mm(t(x), A, y), x, y),
    "differential of a column": d(times(x, mm(A, x)), x, A),
    "differential by a scalar": d(times(square(s), x), s),
    "differential of literal size": plus(d(square(mm(t(e3), e3)), e3), at(e3, P(1, D3))),
    "tangents": plus(tangent(X), tangent(X)),
    "let": Let(c, plus(s, r), times(c, c)),
    "let of an array": Let(y, mm(A, x), mm(t(y), y)),
    "let, evaluated outside": Let(s, r, Let(r, s, times(s, plus(s, r)))),
    "let, the inner one counts": Let(s, r, Let(s, square(s), times(s, s))),
    "let at other indices": total(i, times(at(y, i), Let(y, times(at(y, i), x), at(y, j)))),
    "let in two places": Let(y, mm(A, x), plus(at(y, i), total(j, times(at(y, j), at(x, j))))),
    "derivative by what is let": Let(y, mm(A, x), grad(mm(t(y), y), y)),
    "second derivative by what is let": Let(c, square(s), grad(grad(Power(c, number(4)), c), c)),
    "what is let is held fixed": Let(y, mm(A, x), grad(mm(t(y), x), x)),
    "what is let is held fixed, by scalars": Let(c, square(s), grad(times(c, s), s)),
    "what is let is held fixed in a differential": Let(c, square(s), d(times(times(c, s), r), s, r)),
    "derivative by what is let, beside the same name outside": times(s, Let(s, square(s), grad(Power(s, number(3)), s))),
    "a parameter in a derivative": Map(Lambda(c, grad(times(s, times(s, c)), s)), x),
}
DEFINITIONS = context(
    A, x,
    definitions={
        "Z": mm(A, B), "y": mm(A, x), "c": mm(t(y), y), "G": Build((i, j), times(at(a, P(1)), times(at(x, i), at(b, j)))),
        "r": times(c, total(i, at(y, i))), "H": at(x, P(1)), "o": Build((index("o", D2),), times(at(e2, index("o", D2)), s)),
        "tt": plus(tr(mm(A, A)), s),
    },
)  # fmt: skip
G, Zd = sym("G", n, n), sym("Z", n, n)
CUTS: dict[str, Expr] = {
    "a definition": plus(Zd, t(Zd)),
    "a definition at fixed and free places": minus(times(at(G, P(1), j), number(3)), at(G, j, P(1))),
    "a definition at other fixed places": minus(times(at(G, P(1), P(2)), number(3)), at(G, P(2), P(1))),
    "a definition on its diagonal": plus(at(G, i, i), at(G, i, j), at(G, j, j)),
    "a definition that names a place": times(sym("H"), mm(t(x), sym("y", n))),
    "a literal definition": plus(at(sym("o", D2), P(1, D2)), times(number(3), at(sym("o", D2), P(2, D2)))),
    "by a definition": grad(tr(mm(Zd, Zd, A)), Zd),
    "by what a definition reads": grad(tr(mm(Zd, A)), A),
    "by a scalar definition": grad(times(sym("r"), c), c),
    "by a definition below": grad(sym("r"), y),
    "by a definition below, twice": grad(grad(sym("r"), y), y),
    "by one definition in the derivative by another": grad(times(c, grad(sym("r"), c)), y),
    "by the same again": grad(grad(square(c), c), c),
    "a cut variable in what is let": Let(s, square(c), grad(times(s, c), c)),
    "a name that is let and defined": Let(c, s, plus(c, sym("r"))),
    "derivative by a name that is let and defined": Let(c, s, grad(times(c, sym("r")), c)),
    "differential by definitions": d(times(sym("r"), c), c, y),
    "differential by a definition and what it reads": d(mm(Zd, A), Zd, A),
}
VARIABLES = context(
    Variable("S", (n, n), symmetric=True), Variable("Q", (n, n), definite=True), Variable("Y", (n, m), domain="binary"),
    Variable("g", (n,), domain="sign"), Variable("σ", (n,), domain="positive"),
)  # fmt: skip
S, Q, sg, g = sym("S", n, n), sym("Q", n, n), sym("σ", n), sym("g", n)
DECLARED: dict[str, Expr] = {
    "symmetric": mm(S, A),
    "by a symmetric matrix": grad(tr(mm(S, A)), S),
    "by a symmetric matrix, again": grad(grad(tr(mm(S, A, S, B)), S), S),
    "by a definite matrix": grad(f("log", Det(Q)), Q),
    "differential of a symmetric matrix": d(tr(mm(S, A)), S),
    "differential of a definite matrix": d(tr(mm(Q, A)), Q),
    "by a binary matrix": grad(tr(mm(t(Y), A, Y)), Y),
    "by signs": grad(mm(t(g), A, g), g),
    "by what is positive": grad(total(i, Power(at(sg, i), number(Fraction(3, 2)))), sg),
}


@pytest.mark.parametrize("name", DERIVATIVES)
def test_derivatives(name: str) -> None:
    assert check(DERIVATIVES[name])


@pytest.mark.parametrize("name", CUTS)
def test_definitions_are_cut(name: str) -> None:
    assert check(CUTS[name], DEFINITIONS)


@pytest.mark.parametrize("name", DECLARED)
def test_entries_vary_one_by_one(name: str) -> None:
    """Whatever is declared of them."""
    assert check(DECLARED[name], VARIABLES)


# ------------------------------------------------------------------ what declarations say

OUTSIDE = sym("t")


def told(e: Expr, here: Context) -> list[str]:
    """The conditions under which an expression is what it is."""
    outcome = prove(claim(e, e, here))
    assert isinstance(outcome, Proof), outcome
    return [condition.text for condition in outcome.conditions]


@pytest.mark.parametrize(("domain", "asked"), [
    ("real", ["s ≠ 0", "s ≥ 0"]), ("positive", []), ("nonnegative", ["s ≠ 0"]), ("nonzero", ["s ≥ 0"]),
    ("sign", ["s ≥ 0"]),
])  # fmt: skip
def test_what_a_domain_says_need_not_be_asked(domain: str, asked: list[str]) -> None:
    """1/s asks for s ≠ 0, the root of s for s ≥ 0; a variable that is held apart from its value keeps its domain."""
    here = context(Variable("s", (), domain=domain))  # type: ignore[arg-type]
    reciprocal, power_ = over(number(1), s), Power(s, number(Fraction(1, 2)))
    assert [*told(reciprocal, here), *told(power_, here)] == asked
    slope = Let(OUTSIDE, r, grad(times(OUTSIDE, reciprocal), s))
    assert told(slope, here) == [text for text in asked if "≠" in text]


def test_zeros_and_ones() -> None:
    """Their roots are themselves; their reciprocals need not be."""
    here = context(Variable("s", (), domain="binary"))
    assert not told(Power(s, number(Fraction(1, 2))), here)
    assert isinstance(prove(claim(over(s, s), over(s, s), here)), NoProof)


@pytest.mark.parametrize(("domain", "asked"), [("positive", []), ("nonnegative", ["s ≠ 0"]), ("nonzero", ["s ≥ 0"])])
def test_a_logarithm_of_what_is_held_apart(domain: str, asked: list[str]) -> None:
    here = context(Variable("s", (), domain=domain))  # type: ignore[arg-type]
    e = Let(OUTSIDE, r, grad(times(OUTSIDE, Power(s, number(Fraction(1, 2)))), s))
    assert told(e, here) == asked


@pytest.mark.parametrize(("variable", "asked"), [
    (Variable("A", (n, n)), ["A invertible"]), (Variable("A", (n, n), symmetric=True), ["A invertible"]),
    (Variable("A", (n, n), definite=True), []),
])  # fmt: skip
def test_definite_matrices_are_invertible(variable: Variable, asked: list[str]) -> None:
    assert told(inv(A), context(variable)) == asked


@pytest.mark.parametrize(("variable", "equal"), [
    (Variable("A", (n, n)), False), (Variable("A", (n, n), symmetric=True), True), (Variable("A", (n, n), definite=True), True),
])  # fmt: skip
def test_symmetric_matrices_have_symmetric_differentials(variable: Variable, equal: bool) -> None:
    for left, right in ((A, t(A)), (tangent(A), t(tangent(A)))):
        assert isinstance(prove(claim(left, right, context(variable))), Proof) is equal
    assumed = replace(context(A), assumptions=(Equation(A, t(A)),))
    assert isinstance(prove(claim(tangent(A), t(tangent(A)), assumed)), Proof)
    assert isinstance(prove(claim(tangent(B), t(tangent(B)), assumed)), NoProof)


@pytest.mark.parametrize(("positive", "asked"), [(True, []), (False, ["φ(s) > 0"])])
def test_a_function_may_be_positive(positive: bool, asked: list[str]) -> None:
    here = context(functions=(FreeFunction("φ", None, (), positive=positive),))
    assert told(f("log", f("φ", s)), here) == asked
    assert told(f("log", f("ψ", s)), here) == ["ψ(s) > 0"]


def test_what_is_constrained_is_held_apart() -> None:
    """Where Σ v = 1, the entries of v still vary one by one: ∂(Σ v)²/∂v_i = 2 Σ v = 2, not 0."""
    v = sym("v", n)
    here = context(v, assumptions=(Equation(total(i, at(v, i)), number(1)),))
    slope = Derivative(square(total(j, at(v, j))), v, (i,))
    assert isinstance(prove(claim(slope, number(2), here)), Proof)
    assert isinstance(prove(claim(slope, number(0), here)), NoProof)
    assert isinstance(prove(claim(slope, number(2), context(v))), NoProof)


# ------------------------------------------------------------------------- names for reports


def named(here: Context, *names: str) -> dict[str, tuple[Ix, ...]]:
    """The definitions whose forms a translator knows by name."""
    translator = prepare(claim(s, s, here), 10_000)
    translator.name(names)
    world = points.world(claim(s, s, here), 1)
    found: dict[str, tuple[Ix, ...]] = {}
    for mark, (symbol, order) in translator.names.items():
        assert mark.body is not None
        for place, entry in value(symbol, world).items():
            assert close(Reader(translator, world).value(mark.body, dict(zip(order, place, strict=True))), entry)
        found[symbol.name] = order
    return found


def test_definitions_are_known_by_their_forms() -> None:
    """Those with an index for each of their axes; what has no form stops no other."""
    here = context(
        A, X, x, w,
        definitions={
            "Z": mm(A, B), "T": t(X), "c": mm(t(x), x), "f": Build((i, q), times(at(w, q), at(x, i))),
            "none": Det(Kronecker(A, E)), "flat": mm(x, t(ones(m))), "stacked": Vec(X), "row": t(x), "twice": twice(Zd),
        },
    )  # fmt: skip
    every = named(here, *here.definitions)
    assert set(every) == {"Z", "T", "c", "f", "twice"}
    assert [len(every[name]) for name in ("Z", "T", "c")] == [2, 2, 0]
    assert set(named(here, "none", "Z")) == {"Z"}
    assert not named(here)


def test_stacked_definitions_are_not_known_by_their_forms() -> None:
    """Their axes have two indices each, which no index of the name stands for."""
    translator = prepare(claim(s, s, STACKED), 10_000)
    assert translator.scalar(mm(t(v_), v_), Scope())
    assert not translator.names


def test_a_stand_in_is_one_for_each_name() -> None:
    translator = prepare(claim(s, s), 1000)
    Zn = sym("Z", n, n)
    head = translator.stand_in(Zn)
    assert translator.stand_in(Zn) is head
    assert translator.stand_in(sym("Y", n, n)) is not head
    assert translator.origins[head] == Zn
    assert head.symmetry == ((0, 1),)
    assert head.leaves == {head}


def test_a_tensor_is_one_for_each_name() -> None:
    translator = prepare(claim(s, s, LABELS), 1000)
    assert translator.tensor(A) is translator.tensor(A)
    assert translator.tensor(A) is not translator.tensor(B)
    form = translator.scalar(minus(at(tangent(x), i), at(tangent(x), i)), Scope())
    assert not form
    assert not translator.scalar(minus(at(z, SINGLE), at(z, SINGLE)), Scope())


def test_unrolling_counts_as_work() -> None:
    """One step for each place."""
    for budget, enough in ((3, True), (2, False)):
        translator = prepare(claim(s, s), budget)
        if enough:
            assert translator.positions(D3) == [((f"={place}", "3"),) for place in (1, 2, 3)]
            continue
        with pytest.raises(NotProvable) as limit:
            translator.positions(D3)
        assert limit.value.limit
