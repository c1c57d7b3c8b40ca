"""``dX``: a differential, or the name of a gradient?  (CONTRACT section 1)"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derivations.expr import SCALAR, Sym, free_symbols
from derivations.interpret.declare import class_sizes
from derivations.interpret.names import Array
from derivations.interpret.notation import Elaborator, Mode
from derivations.interpret.trees import differentials, own_symbol, untransposed
from derivations.interpret.world import World
from derivations.read import tree as t

UNSPOKEN_LOSS = "dX where no scalar is differentiated"


def mode(world: World, left: t.Tree | None, right: t.Tree) -> Mode:
    """Whether ``dX`` is a differential or the name of a gradient here, and which variables vary."""
    plain = Mode(world.layout, class_sizes=class_sizes(world.table), both_derivatives=world.both_derivatives)
    on_left = [] if left is None else differentials(left)
    on_right = differentials(right)
    if not on_left and not on_right:
        return plain
    loss = differentiated_scalar(world) or _unspoken_loss(world)
    lone = left is not None and isinstance(untransposed(left), t.DifferentialOf)
    names = not on_left or (not on_right and lone)
    if left is not None and not names and not (on_right and _all_names(world, left, on_left, on_right, loss)):
        varying, constants = _varying(world, on_left + on_right)
        return replace(plain, differentials=True, varying=varying, constants=constants)
    return replace(plain, gradient_of=loss)


def _all_names(
    world: World, whole: t.Tree, on_left: list[t.DifferentialOf], on_right: list[t.DifferentialOf], loss: Sym | None
) -> bool:
    """Whether the differentials on both sides are names of gradients, introduced as such before."""
    left = [world.name_of(untransposed(d.operand)) for d in on_left]
    right = [world.name_of(untransposed(d.operand)) for d in on_right]
    if loss is None or None in left or None in right or loss.name in left:
        return False
    if differentiated_scalar(world) is None or all(name in world.table.gradient_names for name in right):
        return True
    return bool(world.choices.pick(f"{whole.span.start}: dX on both sides"))


def differentiated_scalar(world: World) -> Sym | None:
    """The one scalar that the document differentiates: the last in line, where there are intermediate ones."""
    return _last_scalar(world, [world.declared_loss] if world.declared_loss else world.losses)


def _unspoken_loss(world: World) -> Sym | None:
    """Where nothing is differentiated by ∂ or ∇, ``dX`` may name gradients all the same: where its lines hold so."""
    if world.losses or world.declared_loss:
        return None
    loss = _last_scalar(world, list(world.table.definitions))
    return loss if loss is not None and world.choices.pick(UNSPOKEN_LOSS) else None


def _last_scalar(world: World, keys: list[str]) -> Sym | None:
    meanings = [world.table.meanings.get(key) for key in keys]
    scalars = [m.sym for m in meanings if isinstance(m, Array) and m.sym.shape == SCALAR]
    last = [s for s in scalars if not any(s in world.depends(other) for other in scalars if other != s)]
    return last[0] if len(last) == 1 else None


def _varying(world: World, differentials: list[t.DifferentialOf]) -> tuple[tuple[Sym, ...], tuple[str, ...]]:
    """Variables with a d of their own or inside d(…), what depends on others of them left out; and those held constant."""
    plain = world.elaborator()
    named: dict[Sym, None] = {}
    inside: dict[Sym, None] = {}
    for node in differentials:
        operand = world.dimensions.settle(plain.expression(node.operand))
        own = own_symbol(operand)
        if own is not None:
            named[own] = None
        else:
            inside.update(dict.fromkeys(sorted(free_symbols(operand), key=lambda s: s.name)))
    never = [s for s in inside if s not in named and s.name not in world.tangent_letters]
    constants: tuple[str, ...] = ()
    if never and world.choices.pick("variables inside d(…) without a d of their own"):
        inside = {s: None for s in inside if s not in never}
        constants = tuple(s.name for s in never)
    every = list(dict.fromkeys([*named, *inside]))
    varying = tuple(s for s in every if not _follows(world, s, every))
    return varying, (*constants, *_left_out(world, named, every))


def _left_out(world: World, named: Iterable[Sym], every: list[Sym]) -> list[str]:
    """What a named thing depends on and has a d in other lines alone: ``dZ = dX\\,W`` beside a dW."""
    below = {s for sym in named for s in world.depends(sym)} if len(every) > 1 else set()
    defined = world.table.definitions
    return sorted(s.name for s in below if s not in every and s.name in world.tangent_letters and s.name not in defined)


def _follows(world: World, sym: Sym, others: list[Sym]) -> bool:
    value = world.table.definitions.get(sym.name)
    return value is not None and any(o in world.depends(value) for o in others if o != sym)


def remember_gradient_names(world: World, elaborator: Elaborator, left: t.Tree, right: t.Tree) -> None:
    if elaborator.mode.gradient_of is None:
        return
    for node in differentials(left):
        name = world.name_of(untransposed(node.operand))
        if name is not None:
            world.table.gradient_names.add(name)
