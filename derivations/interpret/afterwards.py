"""Definitions that come after their first use: ``L = \\|e\\|^2, where e = Xw - y``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import islice

from derivations.interpret.names import SymbolTable, spell, spell_scripted
from derivations.interpret.trees import application, outer_nodes, unbracketed, untransposed
from derivations.read import tree as t
from derivations.read.document import Formula

AHEAD = 8  # formulas that are looked at
PARAGRAPH = re.compile(r"\n[ \t]*\n")
HEADING = re.compile(r"^[ \t]*(#{1,6}[ \t]|\\(?:sub)*(?:section|paragraph)\b)", re.MULTILINE)


def near(text: str, formulas: Sequence[Formula], at: int) -> Iterator[int]:
    """The numbers of the formulas behind one: in its paragraph, or in the next two under the same heading."""
    breaks = 0
    for n in range(at + 1, min(at + 1 + AHEAD, len(formulas))):
        gap = text[formulas[n - 1].outer.end : formulas[n].outer.start]
        breaks += len(PARAGRAPH.findall(gap))
        if breaks > 2 or HEADING.search(gap):
            return
        yield n


def unknown_names(chains: Sequence[t.Chain], table: SymbolTable) -> frozenset[str]:
    """Names in relations that mean nothing yet, but for those that a relation here begins with."""
    here = {key for chain in chains if (key := leading(chain)) is not None}
    found: set[str] = set()
    for chain in chains:
        for node in outer_nodes(chain.members):
            if isinstance(node, (t.Name, t.Scripted)):
                found |= _spellings(node)
    return frozenset(key for key in found - here if key not in table.meanings and key not in table.sizes)


def _spellings(node: t.Name | t.Scripted) -> set[str]:
    if isinstance(node, t.Name):
        return {key for key in (spell(node),) if key}
    if not isinstance(node.base, t.Name):
        return set()
    keys = (spell_scripted(node.base, sub, node.layer, node.primes, node.star) for sub in (node.sub, ()))
    return {key for key in keys if key}


def leading(chain: t.Chain) -> str | None:
    """The name that a chain may define: what stands before its first relation."""
    if chain.relations in (("∈",), (":",)):
        return spell(chain.members[0])
    if chain.relations[:1] not in (("=",), (":=",)):
        return None
    left = unbracketed(chain.members[0])
    if (parts := application(left)) is not None:
        left = parts[0]
    if isinstance(left, t.Scripted) and isinstance(left.base, t.Name) and left.sub and left.power is None:
        whole = spell_scripted(left.base, (), left.layer, left.primes, left.star)
        indices = [spell(s) or "" for s in left.sub]
        return whole if all(x.isalpha() and len(x) <= 2 for x in indices) and not left.transpose else spell(left)
    return spell(left) if left == untransposed(left) else None


def defining(chains: Sequence[t.Chain], wanted: frozenset[str]) -> list[t.Chain]:
    """The chains that begin with a wanted name."""
    return list(islice((chain for chain in chains if leading(chain) in wanted), AHEAD))
