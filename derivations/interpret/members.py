"""Rows and columns with names of their own: ``X = [x_1, \\dots, x_N]^T``, or "let $a_j$ be the $j$-th column of $A$".

A member is written as a part of its matrix before anything is known of what it means: ``x_i`` as ``X_{i,:}``, ``a_j`` as
``A_{:,j}``.  Both stand for columns, as vectors do.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from derivations.interpret.names import family_variants, spell, spell_name
from derivations.interpret.trees import rewritten
from derivations.read import tree as t

Side = Literal["row", "column"]
COLON = t.Name(":")


@dataclass(frozen=True, slots=True)
class Member:
    """What the members of a matrix are; ``count`` is how many there are, where that is written."""

    matrix: t.Name
    side: Side
    count: t.Tree | None = None
    upright: bool = False  # whether a member is surely a column, as vectors are, whichever part of the matrix it is

    def told(self, key: str) -> str:
        return f"{key}_i is {self.side} i of {spell_name(self.matrix)}"


@dataclass(frozen=True, slots=True)
class Members:
    """The names whose subscripts pick rows or columns of a matrix; ``unsure`` are those of which too little is said."""

    named: Mapping[str, Member] = field(default_factory=dict)
    unsure: frozenset[str] = frozenset()

    @property
    def upright(self) -> frozenset[str]:
        """The matrices whose members are surely columns."""
        return frozenset(spell_name(member.matrix) for member in self.named.values() if member.upright)

    def rewritten(self, chain: t.Chain) -> t.Chain:
        """The chain with members as parts of their matrices; a declaration of a member declares the matrix."""
        if not self.named or self.stacked(chain) is not None:
            return chain
        left = chain.members[0]
        if chain.relations == ("∈",) and (member := self._member(left)) is not None and isinstance(chain.members[1], t.SetOf):
            return _declaring(chain, member, chain.members[1])
        return rewritten(chain, self._part)

    def stacked(self, chain: t.Chain) -> tuple[str, Member] | None:
        """The member that a chain introduces by writing all of them side by side."""
        found = _stack(chain)
        if found is None or (member := self.named.get(found.key)) is None or member.matrix != found.matrix:
            return None
        return found.key, member

    def _member(self, node: t.Tree) -> Member | None:
        return self.named.get(key) if (key := member_key(node)) is not None else None

    def _part(self, node: t.Scripted) -> t.Scripted:
        member = self._member(node)
        if member is None:
            return node
        (index,) = node.sub or node.layer
        sub = (index, COLON) if member.side == "row" else (COLON, index)
        return replace(node, base=replace(member.matrix, span=node.base.span), sub=sub, layer=())


@dataclass(frozen=True, slots=True)
class Stack:
    """``X = [x_1, \\dots, x_N]``: its matrix, the key of its members, how it is written, and what tells that they are vectors."""

    matrix: t.Name
    key: str
    side: Side
    count: t.Tree
    shape: tuple[t.Tree, ...]
    transposed: bool


def member_key(node: t.Tree) -> str | None:
    """The key of a name with one index, ``x_i`` or ``x^{(i)}``; None of anything else."""
    if not isinstance(node, t.Scripted) or not isinstance(node.base, t.Name) or node.star or node.primes:
        return None
    parts = (*node.sub, *node.layer)
    if len(parts) != 1 or not isinstance(parts[0], (t.Number, t.Name, t.Scripted, t.SumOf)) or parts[0] == COLON:
        return None
    return f"{spell_name(node.base)}^{{()}}" if node.layer else spell_name(node.base)


def members(chains: Iterable[t.Chain], said: Mapping[str, Member], unsure: frozenset[str]) -> Members:
    """The members that formulas stack and that running text speaks of (``said``)."""
    chains = list(chains)
    declared = [(c.members[0], dims) for c in chains if c.relations == ("∈",) and (dims := _dims(c.members[1])) is not None]
    shapes = {spell(name): dims for name, dims in declared}
    vectors = {key for name, dims in declared if (key := member_key(name)) is not None and len(dims) == 1}
    named = {key: replace(member, upright=member.upright or key in vectors) for key, member in said.items()}
    for chain in chains:
        stack = _stack(chain)
        if stack is None or (stack.key not in named and stack.key in shapes):
            continue
        shape = stack.shape or shapes.get(spell_name(stack.matrix), ())
        if len(shape) == 2 or (not shape and (stack.key in vectors or stack.transposed)):
            named[stack.key] = Member(stack.matrix, _side(stack, shape), stack.count, upright=True)
    return Members(named, unsure)


def matrices(chains: Iterable[t.Chain]) -> list[t.Name]:
    """The names that are declared with two axes, or that stand before a stack of members."""
    found = [c.members[0] for c in chains if c.relations[-1:] == ("∈",) and len(_dims(c.members[-1]) or ()) == 2]
    found += [stack.matrix for c in chains if (stack := _stack(c)) is not None]
    return [name for name in found if isinstance(name, t.Name)]


def in_other_case(key: str, matrices: Sequence[t.Name]) -> t.Name | None:
    """The X that x_i is a member of."""
    plain = t.Name(key.removesuffix("^{()}"))
    bold = t.Name(plain.text.removeprefix("\\mathbf{").removesuffix("}"), font="bf")
    names = [spell_name(variant) for name in (plain, bold) for variant in (name, *family_variants(name))]
    return next((m for m in matrices if spell_name(m) in names), None)


def _side(stack: Stack, shape: tuple[t.Tree, ...]) -> Side:
    """As it is written, unless the shape of the matrix says the other thing."""
    if len(shape) == 2 and shape[0] != shape[1] and stack.count in shape:
        return "row" if stack.count == shape[0] else "column"
    return stack.side


def _declaring(chain: t.Chain, member: Member, space: t.SetOf) -> t.Chain:
    """``x_i \\in \\mathbb R^d`` as what it says of the matrix; nothing where the number of members is not known."""
    if space.kind != "real" or len(space.dims) != 1 or member.count is None:
        return replace(chain, members=(member.matrix,), relations=(), relation_spans=(), link_spans=())
    dims = (member.count, *space.dims) if member.side == "row" else (*space.dims, member.count)
    return replace(chain, members=(replace(member.matrix, span=chain.members[0].span), replace(space, dims=dims)))


def _dims(tree: t.Tree) -> tuple[t.Tree, ...] | None:
    return tree.dims if isinstance(tree, t.SetOf) and tree.kind == "real" else None


def _stack(chain: t.Chain) -> Stack | None:
    if chain.relations not in (("=",), (":=",), ("=", "∈"), (":=", "∈")) or not isinstance(chain.members[0], t.Name):
        return None
    matrix, right = chain.members[0], chain.members[1]
    turned = isinstance(right, t.Scripted) and right.transpose == 1 and not right.sub and right.power is None
    body = right.base if isinstance(right, t.Scripted) and turned else right
    cells = _cells(body)
    if cells is None:
        return None
    items, side = cells
    inside = [isinstance(item, t.Scripted) and item.transpose == 1 for item in items if not isinstance(item, t.Ellipsis_)]
    keys = {member_key(item) for item in items if not isinstance(item, t.Ellipsis_)}
    count = _count(items)
    if len(keys) != 1 or count is None or any(inside) != all(inside) or any(inside) != (side == "row"):
        return None
    (key,) = keys
    if key is None or key == spell_name(matrix):
        return None
    if turned:
        side = "row" if side == "column" else "column"
    shape = _dims(chain.members[2]) or () if len(chain.members) == 3 else ()
    return Stack(matrix, key, side, count, shape, any(inside))


def _cells(body: t.Tree) -> tuple[tuple[t.Tree, ...], Side] | None:
    """What stands in brackets: side by side, or one below the other."""
    match body:
        case t.Bracket(kind="[" | "(", items=(t.ProductOf(factors=factors),)) if all(not sign for sign, _ in factors):
            return tuple(factor for _, factor in factors), "column"
        case t.Bracket(kind="[" | "(", items=items) if len(items) > 1:
            return items, "column"
        case t.MatrixLiteral(rows=(row,)) if len(row) > 1:
            return row, "column"
        case t.MatrixLiteral(rows=rows) if len(rows) > 1 and all(len(row) == 1 for row in rows):
            return tuple(row[0] for row in rows), "row"
        case _:
            return None


def _count(items: tuple[t.Tree, ...]) -> t.Tree | None:
    """How many members there are: they are numbered from 1 on, all of them or up to the dots before the last."""
    dots = [n for n, item in enumerate(items) if isinstance(item, t.Ellipsis_)]
    numbers = [(*item.sub, *item.layer)[0] for item in items if isinstance(item, t.Scripted) and (item.sub or item.layer)]
    leading = numbers[:-1] if dots else numbers
    counted = [part.value for part in leading if isinstance(part, t.Number)]
    if not leading or counted != list(range(1, len(leading) + 1)) or (dots and dots != [len(items) - 2]):
        return None
    return numbers[-1]
