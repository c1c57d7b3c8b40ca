"""One random claim for each seed: a derivative or an array, and beside it another presentation of it, or a spoiled one."""

from __future__ import annotations

import random
from dataclasses import dataclass

from derivations import expr as ex
from derivations.claims import Context, Statement
from derivations.expr import Expr, Index, Sym
from derivations.shapes import shape
from tests.campaign.adjoints import gradient, with_children
from tests.campaign.expressions import LOSS_OF, VARIABLES, H, N, Writer, context
from tests.campaign.mutants import spoiled
from tests.campaign.presentations import inside, presented

KINDS = {"gradient": 6, "entry": 5, "both sides": 2, "plain": 4, "second": 2, "differential": 2}


@dataclass(frozen=True)
class RandomClaim:
    """``mistake`` names what was spoiled; None for another presentation of the same."""

    number: int
    kind: str
    mistake: str | None
    statement: Statement


def random_claim(seed: int, number: int) -> RandomClaim:
    """The claim of that number: the same in every run."""
    chance = random.Random(f"{seed} {number}")
    while True:
        world = context(chance, loss=chance.random() < 0.2)
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        left, right = sides(kind, chance, world)
        if sum(1 for _ in ex.walk(right)) > 160:
            continue
        mistake = None
        if chance.random() < 0.6:
            found = spoiled(right, chance)
            if found is None:
                continue
            mistake, right = found
        return RandomClaim(number, kind, mistake, Statement(left, right, world))


def sides(kind: str, chance: random.Random, world: Context) -> tuple[Expr, Expr]:
    writer = Writer(chance, loss=LOSS_OF in world.definitions)
    if kind == "plain" and chance.random() < 0.5:
        axes = chance.choice([(N,), (N, N), (N, H)])
        e = writer.array(axes, 3, {})
        return e, presented(e, chance, 4)
    e = writer.scalar(chance.choice((2, 3, 3, 4)), {})
    if kind == "plain":
        return e, presented(e, chance, 4)
    by = _variable(e, chance)
    if kind == "both sides":
        return ex.Derivative(e, by), ex.Derivative(presented(e, chance, 4), by)
    if kind == "differential":
        others = {by, _variable(e, chance)}
        varied = tuple(sorted(others, key=lambda v: v.name))
        cut = {name: d for name, d in world.definitions.items() if name not in {v.name for v in varied}}
        parts = [_paired(presented(gradient(e, v, cut), chance, 1), v) for v in varied]
        return ex.Differential(e, varied), parts[0] if len(parts) == 1 else ex.Add(tuple(parts))
    slope = gradient(e, by, world.definitions)
    at = tuple(Index(chance.choice("ijk"), d) for d in by.shape)
    if len({i.name for i in at}) < len(at):
        at = tuple(Index(x, d) for x, d in zip("ij", by.shape, strict=False))
    if kind == "second" and by.shape:
        other = _variable(e, chance)
        if other.name in world.definitions:  # whether it is held fixed in the first derivative is a matter of reading
            other = by
        place = tuple(Index(x, d) for x, d in zip("pq", other.shape, strict=False))
        left = ex.Derivative(ex.Derivative(e, by, at), other, place or None)
        return left, ex.Derivative(_pushed(ex.Entry(presented(slope, chance, 1), at), chance, 2), other, place or None)
    if kind == "entry" and by.shape:
        return ex.Derivative(e, by, at), presented(_pushed(ex.Entry(presented(slope, chance, 1), at), chance, 8), chance, 1)
    return ex.Derivative(e, by), presented(slope, chance, 3)


def _variable(e: Expr, chance: random.Random) -> Sym:
    """A variable to differentiate by, most often one that occurs."""
    symbols = {n for n in ex.walk(e) if isinstance(n, Sym) and (n.name in VARIABLES or n.name == LOSS_OF)}
    found = sorted(symbols, key=lambda s: s.name)
    found = found * 3 + [Sym(n, s) for n, s in VARIABLES.items()] if chance.random() < 0.1 or not found else found
    return chance.choice(found)


def _paired(slope: Expr, by: Sym) -> Expr:
    moved = ex.Tangent(by.name, by.shape)
    if not by.shape:
        return ex.Times(slope, moved)
    return ex.Trace(ex.MatMul(ex.Transpose(slope), moved)) if len(by.shape) == 2 else ex.MatMul(ex.Transpose(slope), moved)


def _pushed(e: Expr, chance: random.Random, depth: int) -> Expr:
    """Entries of operations written with entries of operands, from the top down."""
    if depth == 0:
        return e
    new = inside(e, chance)
    if new is not None:
        return _pushed(new, chance, depth - 1)
    if isinstance(e, (ex.Add, ex.Times, ex.Sum)) and not shape(e):
        return with_children(e, [_pushed(c, chance, depth - 1) for c in ex.children(e)])
    return e


