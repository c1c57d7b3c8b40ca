"""Mistakes that people make: each row spoils one node.  Most of what comes out is false, some of it is not."""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction

from derivations import expr as ex
from derivations.expr import Expr, Index, IndexTerm, LabelOf, Sym, free_indices, number, walk
from derivations.shapes import ShapeError, shape
from tests.campaign.adjoints import renamed
from tests.campaign.expressions import DIMS, VARIABLES
from tests.campaign.presentations import at_place, places, replaced

OTHERS = {"exp": "sigmoid", "sin": "cos", "cos": "sin", "relu": "abs", "abs": "relu", "tanh": "sigmoid", "sigmoid": "tanh"}
Mistake = Callable[[Expr, random.Random], Expr | None]


def _exchanged(e: Expr, one: Index, two: Index) -> Expr:
    middle = Index("w_w", one.dim)
    return renamed(renamed(renamed(e, one, middle), two, one), middle, two)


def two_indices_swapped(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Entry(array=a, indices=(p, q)) if p.dim == q.dim and p != q:
            return ex.Entry(a, (q, p))
        case ex.Sum(index=i, body=body):
            others = [j for j in free_indices(body) if j != i and j.dim == i.dim]
            return ex.Sum(i, _exchanged(body, i, chance.choice(sorted(others, key=str)))) if others else None
        case ex.Build(indices=(i, j), body=body) if i.dim == j.dim and i != j:
            return ex.Build((j, i), body)
        case _:
            return None


def shadowed(e: Expr, chance: random.Random) -> Expr | None:
    """A binder that takes the letter of something in use, and catches it."""
    if not isinstance(e, ex.Sum):
        return None
    others = sorted((j for j in free_indices(e.body) if j != e.index and j.dim == e.index.dim), key=str)
    if not others:
        return None
    caught = chance.choice(others)
    return ex.Sum(caught, renamed(e.body, e.index, caught))


def another_index(e: Expr, chance: random.Random) -> Expr | None:
    if not isinstance(e, (ex.Entry, ex.Delta)):
        return None
    terms: list[IndexTerm] = list(e.indices) if isinstance(e, ex.Entry) else [e.left, e.right]
    k = chance.randrange(len(terms))
    others = [i for i in free_indices(e) if i.dim == terms[k].dim and i != terms[k]]
    if isinstance(terms[k], LabelOf):
        others += [Index(x, terms[k].dim) for x in "ijk"]
    if not others:
        return None
    terms[k] = chance.choice(sorted(others, key=str))
    return ex.Entry(e.array, tuple(terms)) if isinstance(e, ex.Entry) else ex.Delta(terms[0], terms[1])


def transposed(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Transpose(operand=a):
            return a
        case Sym() | ex.MatMul() | ex.Inverse() | ex.Map() | ex.Build() if len(shape(e)) == 2 and shape(e)[0] == shape(e)[1]:
            return ex.Transpose(e)
        case _:
            return None


def inner_transposed(e: Expr, chance: random.Random) -> Expr | None:
    """The argument of an entrywise function, transposed."""
    match e:
        case ex.Map(function=f, operand=a, order=order) if len(shape(a)) == 2 and shape(a)[0] == shape(a)[1]:
            return ex.Map(f, ex.Transpose(a), order)
        case ex.Softmax(operand=a, axis=axis) if len(shape(a)) == 2 and shape(a)[0] == shape(a)[1]:
            return ex.Softmax(a, 1 - axis)
        case _:
            return None


def factor(e: Expr, chance: random.Random) -> Expr | None:
    return ex.Times(chance.choice((number(2), number(-1), number(Fraction(1, 2)), ex.Size(chance.choice(DIMS)))), e)


def another_size(e: Expr, chance: random.Random) -> Expr | None:
    return ex.Size(chance.choice(DIMS)) if isinstance(e, ex.Size) else None


def dropped(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Add(operands=parts):
            k = chance.randrange(len(parts))
            rest = parts[:k] + parts[k + 1 :]
            return rest[0] if len(rest) == 1 else ex.Add(rest)
        case ex.Times(left=a, right=b):
            kept = [x for x in (a, b) if shape(x) == shape(e)]
            return chance.choice(kept)
        case ex.MatMul(left=a, right=b):
            return next((x for x in (a, b) if shape(x) == shape(e)), None)
        case ex.Sum(body=body):
            return body
        case ex.Map(operand=a):
            return a
        case _:
            return None


def entrywise_for_matrix(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.MatMul(left=a, right=b) if shape(a) == shape(b) and len(shape(a)) == 2:
            return ex.Times(a, b)
        case ex.Times(left=a, right=b) if shape(a) == shape(b) and len(shape(a)) == 2 and shape(a)[0] == shape(a)[1]:
            return ex.MatMul(a, b)
        case ex.MatMul(left=a, right=b) if shape(a) == shape(b):
            return ex.MatMul(b, a)
        case _:
            return None


def another_function(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Map(function=ex.Builtin(name="step"), operand=a):
            return ex.Map(ex.Builtin("step"), ex.negative(a))
        case ex.Map(function=ex.Builtin(name=name), operand=a, order=order):
            return ex.Map(ex.Builtin(OTHERS.get(name, "tanh")), a, order)  # type: ignore[arg-type]
        case ex.Map(function=ex.Free() as f, operand=a, order=order):
            return ex.Map(f, a, 1 - min(order, 1))
        case _:
            return None


def another_variable(e: Expr, chance: random.Random) -> Expr | None:
    if not isinstance(e, Sym) or e.name not in VARIABLES:
        return None
    others = [n for n, s in VARIABLES.items() if s == e.shape and n != e.name]
    return Sym(chance.choice(others), e.shape) if others else None


MISTAKES: tuple[Mistake, ...] = (
    two_indices_swapped, two_indices_swapped, shadowed, shadowed, another_index, transposed, inner_transposed, factor,
    another_size, dropped, entrywise_for_matrix, another_function, another_variable,
)  # fmt: skip


def spoiled(e: Expr, chance: random.Random) -> tuple[str, Expr] | None:
    """``e`` with one mistake in it, and its name; None where none was found that keeps the shape and the free indices."""
    allowed = free_indices(e)
    for _ in range(40):
        way = chance.choice(places(e))
        mistake = chance.choice(MISTAKES)
        try:
            new = mistake(at_place(e, way), chance)
            if new is None:
                continue
            whole = replaced(e, way, new)
            for node in walk(whole):
                shape(node)
            if shape(whole) == shape(e) and free_indices(whole) <= allowed:
                return mistake.__name__, whole
        except ShapeError:
            continue
    return None
