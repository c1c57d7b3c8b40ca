"""Samples numbered above the letter: ``x^{(i)}`` under a sum over i is member i of a family, as ``x_i`` is.

A letter that some formula counts on from (``a^{(l-1)}``) numbers layers, which have shapes of their own.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from derivations.interpret.names import spell, spell_name
from derivations.interpret.trees import rewritten, tree_nodes
from derivations.read import tree as t


@dataclass(frozen=True)
class Samples:
    """The letters that number samples, and the names that stand without such a number too."""

    letters: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()

    def rewritten(self, chain: t.Chain) -> t.Chain:
        """The chain with numbers of samples as first subscripts."""
        return rewritten(chain, self._member) if self.letters else chain

    def _member(self, node: t.Scripted) -> t.Scripted:
        if len(node.layer) != 1 or not isinstance(node.base, t.Name) or spell(node.layer[0]) not in self.letters:
            return node
        base = node.base
        if spell_name(base) in self.plain:
            base = replace(base, text=f"{base.text}^{{(\\cdot)}}")
        return replace(node, base=base, layer=(), sub=(*node.layer, *node.sub))


def samples(chains: Iterable[t.Chain], bound: frozenset[str]) -> Samples:
    """What numbers samples in a document, of the letters that some sum binds."""
    nodes = [n for chain in chains for n in tree_nodes(chain)]
    layers = [layer for n in nodes if isinstance(n, t.Scripted) for layer in n.layer]
    counted = {spell(n) for layer in layers if not isinstance(layer, t.Name) for n in tree_nodes(layer) if isinstance(n, t.Name)}
    letters = {key for layer in layers if isinstance(layer, t.Name) and (key := spell(layer)) in bound and key not in counted}
    if not letters:
        return Samples()
    inner = {id(n.base) for n in nodes if isinstance(n, t.Scripted) and n.layer}
    plain = {spell_name(n) for n in nodes if isinstance(n, t.Name) and id(n) not in inner}
    return Samples(frozenset(letters), frozenset(plain))
