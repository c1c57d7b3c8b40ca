"""One relation between known things, to a statement that can be judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from derivations.claims import Caveat, Claim, Context, Equation, Kind, SignAssumption, Statement
from derivations.expr import SCALAR, Build, Delta, Derivative, Dim, Entry, Expr, Map, Sym, Tangent, Transpose, free_indices, walk
from derivations.interpret.differentials import mode, remember_gradient_names
from derivations.interpret.dimensions import is_open, open_dimensions
from derivations.interpret.names import ARRAY_FUNCTIONS, BUILTIN_FUNCTIONS, Array
from derivations.interpret.notation import Elaborator
from derivations.interpret.trees import is_nonzero_condition, outer_nodes
from derivations.interpret.world import World
from derivations.read import tree as t
from derivations.read.formula import read_display
from derivations.source import Problem, Span


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a claim came from: enough to state it again with another right side."""

    left: t.Tree
    right: t.Tree
    conditions: tuple[t.Chain, ...]
    span: Span
    world: World
    alone: bool = True  # a relation of its own, no step of a chain


def restate(origin: Origin, right: str) -> Claim:
    """The claim with another right side, in the world of the first; raises Problem where that does not conform."""
    world = replace(origin.world.snapshot(), text=right)
    side = _one_side(right, world)
    return Statements(world).claim(origin.left, side, origin.conditions, origin.span)


def restate_under(origin: Origin, assumption: str) -> Claim | None:
    """The claim under a condition more; None where that cannot be read."""
    world = origin.world.snapshot()
    found = read_display(assumption, Span(0, len(assumption)), world.table)
    if len(found) != 1 or not isinstance(found[0], t.Chain):
        return None
    try:
        return Statements(world).claim(origin.left, origin.right, (*origin.conditions, world.rewritten(found[0])), origin.span)
    except Problem:
        return None


def _one_side(text: str, world: World) -> t.Tree:
    """The formula that a text is; raises Problem where it is more or less than one (a comma, an ellipsis)."""
    found = read_display(text, Span(0, len(text)), world.table)
    first = found[0] if found else None
    if isinstance(first, Problem):
        raise first
    if first is None or len(found) != 1 or first.relations:
        raise Problem("relation", "expected one side of an equation", Span(0, len(text)))
    return world.rewritten(first).members[0]


def assuming(context: Context, equation: Equation) -> Context:
    """The context under an equation more; ``A = A^T`` makes A symmetric."""
    left, right = equation.left, equation.right
    for one, other in ((left, right), (right, left)):
        known = context.variables.get(one.name) if isinstance(one, Sym) else None
        if isinstance(one, Sym) and known is not None and other == Transpose(one) and one.name not in context.definitions:
            symmetric = replace(known, symmetric=True)
            return replace(context, variables={**context.variables, one.name: symmetric})
    return replace(context, assumptions=(*context.assumptions, equation))


class Statements:
    """Builds claims in a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def claim(self, left: t.Tree, right: t.Tree, conditions: tuple[t.Chain, ...], span: Span,
              ranges: dict[str, Dim] | None = None) -> Claim:
        """The claim that both sides are equal; ``ranges`` of free letters go from one link of a chain to the next."""
        elaborator = self.world.elaborator()
        elaborator.mode = mode(self.world, left, right)
        for name in elaborator.mode.constants:
            elaborator.algebra.tell(f"{name} is held constant: its differential does not stand here")
        one, other = elaborator.expression(left), elaborator.expression(right)
        one, other = self.world.dimensions.settle((one, other))
        one, other = self._entry_for_whole(one, other, elaborator)
        one, other = elaborator.algebra.whole(one, other, span)
        self._share_ranges(elaborator, {} if ranges is None else ranges)
        guards, context = self._conditions(conditions, one, other, elaborator)
        one, other, guards = self.world.dimensions.settle((one, other, guards))
        self._refuse_open(elaborator, (one, other, guards), span)
        statement = Statement(one, other, self.world.dimensions.settle(context), guards)
        lonely = {i.name.split("#")[0] for i in free_indices(one) ^ free_indices(other)}
        if lonely and self.world.sums_implied:
            elaborator.algebra.warn(f"the index {min(lonely)} stands on one side only; a sum over it may be meant")
        remember_gradient_names(self.world, elaborator, left, right)
        kind = self._kind(elaborator, statement)
        differentiates = kind != "equality" or any(isinstance(n, Map) and n.order for side in (one, other) for n in walk(side))
        if elaborator.borders and not differentiates:
            raise Problem("kink", "what is said of one border alone is understood of derivatives only", right.span)
        for kink in self._values_at_kinks(elaborator) if differentiates else ():
            elaborator.algebra.tell(kink)
        inherited = self.world.inherited((one, other), left, right)
        caveats = (*elaborator.caveats(), *inherited, *self._not_understood((one, other), span))
        settled = tuple(dict.fromkeys(self.world.dimensions.settle(caveats)))
        return Claim(span, kind, statement, tuple(elaborator.algebra.told), settled)

    def _not_understood(self, sides: tuple[Expr, Expr], span: Span) -> Iterator[Caveat]:
        """What was not understood of that which the sides rest on; a definition among it stops the claim."""
        if not self.world.misunderstood:
            return
        tangents = {n.name for side in sides for n in walk(side) if isinstance(n, Tangent)}
        reach = {s.name for side in sides for s in self.world.depends(side)} | tangents
        for lost in self.world.misunderstood:
            if lost.defines in reach:
                raise Problem("undeclared", f"{lost.defines} is not known: {lost.told()}", span, "say it in another way")
            if reach & lost.speaks_of:
                yield Caveat(f"{lost.told()}")

    def _values_at_kinks(self, elaborator: Elaborator) -> Iterator[str]:
        """What is said at kinks by a value of its own, else by the gates that hold or fail there."""
        places = [text.partition("` ")[0] for text in elaborator.borders]
        yield from elaborator.borders
        yield from (text for text in elaborator.kinks if text.partition("` ")[0] not in places)

    def _share_ranges(self, elaborator: Elaborator, ranges: dict[str, Dim]) -> None:
        dimensions = self.world.dimensions
        for letter, index in elaborator.scope.free.items():
            dim = dimensions.resolve(index.dim)
            if is_open(dim) and letter in ranges:
                dimensions.unify(dim, ranges[letter])
            ranges[letter] = dimensions.resolve(index.dim)

    def _entry_for_whole(self, left: Expr, right: Expr, elaborator: Elaborator) -> tuple[Expr, Expr]:
        """An indexed left side against an array on the right stands for the whole array."""
        dimensions = self.world.dimensions
        sides = elaborator.algebra.shape(left), elaborator.algebra.shape(right)
        if sides[0] != SCALAR or sides[1] == SCALAR or free_indices(right):
            return left, right
        here = free_indices(left)
        found = [i for i in map(dimensions.settle, elaborator.scope.free.values()) if i in here]
        if len(found) == len(sides[1]) and dimensions.unify_shapes(tuple(i.dim for i in found), sides[1]):
            elaborator.algebra.tell("the indexed left side stands for the whole array")
            left, right = dimensions.settle((left, right))
            left = Build(dimensions.settle(tuple(found)), left)
        return left, right

    def _conditions(self, conditions: tuple[t.Chain, ...], left: Expr, right: Expr, elaborator: Elaborator
                    ) -> tuple[tuple[Expr, ...], Context]:
        guards: list[Expr] = []
        context = self.world.table.context()
        here = {i.name for i in free_indices(left) | free_indices(right)}
        gates = list(elaborator.kinks)
        for condition in conditions:
            if is_nonzero_condition(condition) and not self._about_indices(condition, elaborator):
                operand = elaborator.expression(condition.members[0])
                context = replace(context, assumptions=(*context.assumptions, SignAssumption(operand, "≠")))
                continue
            if (assumed := self._assumed(condition, elaborator, context)) is not None:
                context = assumed
                continue
            guard = self.world.dimensions.settle(elaborator.condition(condition))
            new = {i.name for i in free_indices(guard)} - here
            if new and isinstance(guard, Delta):
                self.world.read(f"the side condition on {', '.join(sorted(new))} says nothing new")
                continue
            guards.append(guard)
        elaborator.kinks[:] = gates  # a side condition leaves its border out
        return tuple(guards), context

    def _assumed(self, condition: t.Chain, elaborator: Elaborator, context: Context) -> Context | None:
        """``\\quad (A = A^T)``, ``(\\mathbf 1^T y = 1)``: an equation of whole arrays that the claim takes for granted."""
        if condition.relations != ("=",) or condition.conditions or any(map(elaborator.scope.is_index_like, condition.members)):
            return None
        left, right = (elaborator.expression(member) for member in condition.members)
        if free_indices(left) | free_indices(right) or isinstance(left, Entry) or isinstance(right, Entry):
            return None
        left, right = elaborator.algebra.whole(left, right, condition.span)
        left, right = self.world.dimensions.settle((left, right))
        return assuming(context, Equation(left, right))

    def _about_indices(self, condition: t.Chain, elaborator: Elaborator) -> bool:
        return elaborator.scope.is_index_like(condition.members[0])

    def _refuse_open(self, elaborator: Elaborator, parts: tuple[object, ...], span: Span) -> None:
        supposed = self.world.suppositions
        if supposed is not None and not supposed.settled:
            return
        for key, meaning in self.world.table.meanings.items():
            if isinstance(meaning, Array) and meaning.family:
                for dim in self.world.dimensions.shape(meaning.sym.shape):
                    if open_dimensions(dim):
                        self.world.dimensions.unify(dim, type(dim)(1, (f"|{key}|",)))
        if not open_dimensions(self.world.dimensions.settle(parts)):
            return
        letters = elaborator.scope.open_letters()
        what = f"the range of {letters[0]}" if letters else "a size"
        raise Problem("open-shape", f"{what} stays open: nothing in the document fixes it", span,
                      "write the bounds of the sum, or the size of I and \\mathbf{1}")

    def _kind(self, elaborator: Elaborator, statement: Statement) -> Kind:
        if elaborator.mode.differentials:
            return "differential"
        sides = (statement.left, statement.right)
        if any(isinstance(n, (Derivative, Tangent)) for side in sides for n in walk(side)):
            return "gradient"
        return "equality"

    def shapes_at_fault(self, problem: Problem, left: t.Tree, right: t.Tree) -> dict[str, str] | None:
        """The shapes of all names of a claim that fails by shapes alone, if every one is declared."""
        if problem.code != "nonconforming" or "?" in problem.message:
            return None
        shapes: dict[str, str] = {}
        for node in (*outer_nodes(left), *outer_nodes(right)):
            if isinstance(node, (t.Name, t.Scripted)):
                base = node.base if isinstance(node, t.Scripted) else node
                if not isinstance(base, t.Name):
                    continue
                scripts = node if isinstance(node, t.Scripted) else t.Scripted(base)
                meaning, _, _ = self.world.elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
                if meaning is None and not self._built_in(base):
                    return None
                if isinstance(meaning, Array):
                    if self._is_inferred(meaning):
                        return None
                    shape = self.world.dimensions.shape(meaning.sym.shape)
                    shapes[meaning.sym.name] = " × ".join(map(str, shape)) or "scalar"
        return shapes or None

    def _is_inferred(self, array: Array) -> bool:
        """Whether a shape hangs on one that nobody declared: such a shape refutes nothing."""
        supposed = self.world.suppositions
        return supposed is not None and any(s.name in supposed.found for s in self.world.depends(array.sym))

    def _built_in(self, name: t.Name) -> bool:
        """Names that mean something without a declaration."""
        known = BUILTIN_FUNCTIONS.keys() | ARRAY_FUNCTIONS | {"e", "I", "\\pi", ":", "1", "0"}
        return name.text in known or name.text in self.world.table.sizes
