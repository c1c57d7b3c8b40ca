"""Other ways to write the same: each row turns a node into an equal one, where it applies."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import count

from derivations import expr as ex
from derivations.expr import Expr, Index, free_indices, number
from derivations.shapes import ShapeError, shape
from tests.campaign.adjoints import renamed, total, with_children

Rule = Callable[[Expr, random.Random], Expr | None]
LETTERS = "ijkl"


def _letter(chance: random.Random, *around: Expr) -> str:
    """A letter that is free in none of these, one in use elsewhere if possible."""
    taken = {i.name for e in around for i in free_indices(e)}
    free = [x for x in LETTERS if x not in taken]
    return chance.choice(free) if free else next(f"l_{k}" for k in count() if f"l_{k}" not in taken)


def transposed_twice(e: Expr, chance: random.Random) -> Expr | None:
    return ex.Transpose(ex.Transpose(e)) if shape(e) else None


def reversed_product(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Transpose(operand=ex.MatMul(left=a, right=b)):
            return ex.MatMul(ex.Transpose(b), ex.Transpose(a))
        case ex.MatMul(left=a, right=b):
            return ex.Transpose(ex.MatMul(ex.Transpose(b), ex.Transpose(a)))
        case _:
            return None


def cyclic(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Trace(operand=ex.MatMul(left=a, right=b)) if len(shape(a)) == len(shape(b)) == 2:
            return ex.Trace(ex.MatMul(b, a))
        case ex.Trace(operand=a):
            return ex.Trace(ex.Transpose(a))
        case _:
            return None


def distributed(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.MatMul(left=ex.Add(operands=parts), right=b) | ex.Times(left=ex.Add(operands=parts), right=b):
            return ex.Add(tuple(type(e)(a, b) for a in parts))
        case ex.MatMul(left=a, right=ex.Add(operands=parts)) | ex.Times(left=a, right=ex.Add(operands=parts)):
            return ex.Add(tuple(type(e)(a, b) for b in parts))
        case ex.Transpose(operand=ex.Add(operands=parts)) | ex.Trace(operand=ex.Add(operands=parts)):
            return ex.Add(tuple(type(e)(a) for a in parts))
        case ex.Sum(index=i, body=ex.Add(operands=parts)):
            return ex.Add(tuple(ex.Sum(i, a) for a in parts))
        case _:
            return None


def reordered(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Add(operands=parts):
            return ex.Add(tuple(chance.sample(parts, len(parts))))
        case ex.Times(left=a, right=b):
            return ex.Times(b, a)
        case ex.MatMul(left=ex.MatMul(left=a, right=b), right=c):
            return ex.MatMul(a, ex.MatMul(b, c))
        case ex.MatMul(left=a, right=ex.MatMul(left=b, right=c)):
            return ex.MatMul(ex.MatMul(a, b), c)
        case ex.Sum(index=i, body=ex.Sum(index=j, body=body)) if i != j and i.name != j.name:
            return ex.Sum(j, ex.Sum(i, body))
        case _:
            return None


def another_letter(e: Expr, chance: random.Random) -> Expr | None:
    if not isinstance(e, ex.Sum):
        return None
    new = Index(_letter(chance, e), e.index.dim)
    return ex.Sum(new, renamed(e.body, e.index, new))


def entry_by_entry(e: Expr, chance: random.Random) -> Expr | None:
    """An array by its entries."""
    axes = shape(e)
    if isinstance(e, ex.Build) or not axes or ex.ONE in axes:
        return None
    indices: tuple[Index, ...] = ()
    for dim in axes:
        taken = {i.name for i in free_indices(e)} | {i.name for i in indices}
        free = [x for x in LETTERS if x not in taken]
        if not free:
            return None
        indices = (*indices, Index(chance.choice(free), dim))
    return ex.Build(indices, ex.Entry(e, indices))


def inside(e: Expr, chance: random.Random) -> Expr | None:
    """The entry of an operation, written with entries of its operands."""
    if not isinstance(e, ex.Entry):
        return None
    terms, array = e.indices, e.array
    match array:
        case ex.Add(operands=parts):
            return ex.Add(tuple(ex.Entry(a, terms) for a in parts))
        case ex.Times(left=a, right=b):
            return ex.Times(*(ex.Entry(x, terms) if shape(x) else x for x in (a, b)))
        case ex.Transpose(operand=a) if len(shape(a)) == 2 and ex.ONE not in shape(a):
            return ex.Entry(a, terms[::-1])
        case ex.Map(function=f, operand=a, order=order):
            return ex.Map(f, ex.Entry(a, terms), order)
        case ex.Diagonal(operand=a):
            return ex.Entry(a, (*terms, *terms))
        case ex.DiagonalMatrix(operand=a):
            return ex.Times(ex.Delta(*terms), ex.Entry(a, terms[:1]))
        case ex.Identity():
            return ex.Delta(*terms)
        case ex.Fill(value=a):
            return a
        case ex.Softmax(operand=a, axis=axis):
            index = Index(_letter(chance, e), terms[axis].dim)
            others = (*terms[:axis], index, *terms[axis + 1 :])
            raised = [ex.Map(ex.Builtin("exp"), ex.Entry(a, t)) for t in (terms, others)]
            return ex.divide(raised[0], ex.Sum(index, raised[1]))
        case ex.MatMul(left=a, right=b) if len(shape(a)) == 2 and shape(a)[0] != ex.ONE and len(shape(b)) == len(terms):
            index = Index(_letter(chance, e), shape(a)[1])
            return ex.Sum(index, ex.Times(ex.Entry(a, (terms[0], index)), ex.Entry(b, (index, *terms[1:]))))
        case ex.MatMul(left=a, right=ex.Transpose(operand=b)) if len(shape(a)) == len(shape(b)) == 1:
            return ex.Times(ex.Entry(a, terms[:1]), ex.Entry(b, terms[1:]))
        case ex.Build(indices=indices, body=body):
            fresh = [Index(f"t_{k}", i.dim) for k, i in enumerate(indices)]
            if not all(isinstance(t, Index) for t in terms):
                return None
            for old, new in zip(indices, fresh, strict=True):
                body = renamed(body, old, new)
            for old, term in zip(fresh, terms, strict=True):
                assert isinstance(term, Index)
                body = renamed(body, old, term)
            return body
        case _:
            return None


def summed(e: Expr, chance: random.Random) -> Expr | None:
    """Traces, inner products, norms and quadratic forms as sums over entries."""
    match e:
        case ex.Trace(operand=a):
            i = Index(_letter(chance, e), shape(a)[0])
            return ex.Sum(i, ex.Entry(a, (i, i)))
        case ex.MatMul(left=ex.Transpose(operand=a), right=b) if len(shape(a)) == len(shape(b)) == 1:
            i = Index(_letter(chance, e), shape(a)[0])
            return ex.Sum(i, ex.Times(ex.Entry(a, (i,)), ex.Entry(b, (i,))))
        case ex.Power(base=ex.Norm(operand=a), exponent=ex.Num(value=q)) if q == 2:
            if len(shape(a)) == 2:
                return ex.Trace(ex.MatMul(ex.Transpose(a), a))
            return total(ex.Times(a, a))
        case _:
            return None


def other_functions(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Map(function=ex.Builtin(name="sigmoid"), operand=a, order=0):
            one = ex.Fill(number(1), shape(a)) if shape(a) else number(1)
            below = ex.Add((one, ex.Map(ex.Builtin("exp"), ex.negative(a))))
            return ex.Power(below, number(-1))
        case ex.Map(function=ex.Builtin(name="relu"), operand=a, order=0):
            return ex.Times(a, ex.Map(ex.Builtin("step"), a))
        case ex.Map(function=ex.Builtin(name="abs"), operand=a, order=0):
            return ex.Times(a, ex.Map(ex.Builtin("sign"), a))
        case ex.Map(function=ex.Builtin(name="exp"), operand=ex.Add(operands=(a, b)), order=0):
            return ex.Times(ex.Map(ex.Builtin("exp"), a), ex.Map(ex.Builtin("exp"), b))
        case ex.Map(function=ex.Builtin(name="sin" | "tanh" as name), operand=a, order=0):
            return ex.negative(ex.Map(ex.Builtin(name), ex.negative(a)))  # type: ignore[arg-type]
        case ex.Times(left=a, right=b) if a == b and not shape(a):
            return ex.Power(a, number(2))
        case _:
            return None


def scaled(e: Expr, chance: random.Random) -> Expr | None:
    match e:
        case ex.Sum(index=i, body=ex.Times(left=a, right=b)) if i not in free_indices(a):
            return ex.Times(a, ex.Sum(i, b))
        case ex.Times(left=a, right=ex.Sum(index=i, body=b)) if not shape(a):
            if i in free_indices(a) or i.name in {j.name for j in free_indices(a)}:
                new = Index(_letter(chance, a, e), i.dim)
                i, b = new, renamed(b, i, new)
            return ex.Sum(i, ex.Times(a, b))
        case ex.Times(left=a, right=b) if len(shape(a)) == len(shape(b)) == 1:
            return ex.MatMul(ex.DiagonalMatrix(a), b)
        case ex.MatMul(left=ex.Times(left=a, right=b), right=c) if not shape(a):
            return ex.Times(a, ex.MatMul(b, c))
        case _ if len(shape(e)) == 2 and chance.random() < 0.3:
            return ex.MatMul(ex.Identity(shape(e)[0]), e)
        case _:
            return None


RULES: tuple[Rule, ...] = (
    transposed_twice, reversed_product, cyclic, distributed, reordered, another_letter, entry_by_entry, inside, inside, summed,
    other_functions, scaled,
)  # fmt: skip


def places(e: Expr) -> list[tuple[int, ...]]:
    """Where the nodes stand: the way down from the top."""
    found: list[tuple[int, ...]] = [()]
    for n, child in enumerate(ex.children(e)):
        found += [(n, *rest) for rest in places(child)]
    return found


def at_place(e: Expr, way: tuple[int, ...]) -> Expr:
    for n in way:
        e = list(ex.children(e))[n]
    return e


def replaced(e: Expr, way: tuple[int, ...], new: Expr) -> Expr:
    if not way:
        return new
    below = list(ex.children(e))
    below[way[0]] = replaced(below[way[0]], way[1:], new)
    return with_children(e, below)


def presented(e: Expr, chance: random.Random, steps: int) -> Expr:
    """``e`` after some of these rules, at places of chance."""
    done = 0
    for _ in range(12 * steps):
        if done == steps:
            break
        way = chance.choice(places(e))
        new = chance.choice(RULES)(at_place(e, way), chance)
        if new is not None:
            e, done = replaced(e, way, new), done + 1
    try:
        for node in ex.walk(e):
            shape(node)
    except ShapeError as error:  # a rule that does not keep shapes is a fault of this file
        raise AssertionError(e) from error
    return e
