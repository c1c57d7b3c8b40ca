"""Superscripts without brackets that are no powers: ``z^l = W^l a^{l-1}``, ``z^1 = W^1 x``, ``P^+ = (I - KH) P^-``.

A superscript belongs to the name where a formula *introduces* such a name, with a definition or a declaration, and the
letter never stands without one: nobody defines a power.  From there it counts in the whole document.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from derivations.interpret.names import spell_name
from derivations.interpret.trees import application, rewritten, tree_nodes, unbracketed
from derivations.read import tree as t
from derivations.read.scripts import SIGNS


@dataclass(frozen=True)
class Layers:
    """What counts layers: letters above ``names``, numbers above ``numbered`` ones, signs above ``signed`` ones."""

    letters: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    numbered: frozenset[str] = frozenset()
    signed: frozenset[str] = frozenset()

    def rewritten(self, chain: t.Chain) -> t.Chain:
        """The chain with these superscripts as layers."""
        return rewritten(chain, self._layered) if self.letters or self.numbered or self.signed else chain

    def _layered(self, node: t.Scripted) -> t.Scripted:
        if node.power is None or node.layer or not isinstance(node.base, t.Name):
            return node
        key, letter = spell_name(node.base), _counter(node.power)
        above = (
            key in self.signed if _is_sign(node.power)
            else key in self.numbered if isinstance(node.power, t.Number)
            else key in self.names and letter in self.letters
        )  # fmt: skip
        return replace(node, power=None, layer=(node.power,)) if above else node


def layers(chains: Iterable[t.Chain]) -> Layers:
    """What numbers layers in a document."""
    chains = list(chains)
    new = [n for chain in chains for n in _introduced(chain)]
    if not new:
        return Layers()
    nodes = [n for chain in chains for n in tree_nodes(chain)]
    inner = {id(n.base) for n in nodes if isinstance(n, t.Scripted) and (n.power is not None or n.layer)}
    plain = {spell_name(n) for n in nodes if isinstance(n, t.Name) and id(n) not in inner}
    above = [(spell_name(n.base), n.power) for n in nodes if isinstance(n, t.Scripted) and isinstance(n.base, t.Name)]
    letters = {x for n in new if (x := _counter(n.power)) is not None and _key(n) not in plain}
    names = {key for key, power in above if _counter(power) in letters} - plain
    counts = names or any(isinstance(n.power, t.Number) and n.power.text == "1" and _key(n) not in plain for n in new)
    numbered = {key for key, power in above if isinstance(power, t.Number) and (power.text == "1" or key in names)} - plain
    signed = {_key(n) for n in new if _is_sign(n.power)}
    return Layers(frozenset(letters), frozenset(names), frozenset(numbered if counts else ()), frozenset(signed))


def _introduced(chain: t.Chain) -> Iterator[t.Scripted]:
    """The names with a superscript that a chain defines or declares."""
    if chain.relations[:1] not in (("=",), (":=",), ("≡",), ("∈",)):
        return
    left = unbracketed(chain.members[0])
    if (parts := application(left)) is not None:
        left = parts[0]
    if not isinstance(left, t.Scripted) or not isinstance(left.base, t.Name) or left.base.text == "e":
        return
    if left.power is not None and not left.layer and not left.transpose:
        yield left


def _key(node: t.Scripted) -> str:
    assert isinstance(node.base, t.Name)
    return spell_name(node.base)


def _is_sign(power: t.Tree | None) -> bool:
    return isinstance(power, t.Name) and power.text in SIGNS


def _counter(power: t.Tree | None) -> str | None:
    """The letter of ``l``, ``l+1``, ``L-1``."""
    match power:
        case t.Name(text=text, accents=()) if len(text) == 1 and text.isalpha():
            return spell_name(power)
        case t.SumOf(terms=((1, t.Name() as name), (_, t.Number()))):
            return _counter(name)
        case _:
            return None
