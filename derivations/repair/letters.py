"""Edits of letters: indices, bounds, one symbol for another, a symbol that is missing."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

from derivations.interpret.names import spell
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.constants import sides
from derivations.repair.line import HADAMARD, TRANSPOSES, Change, Line, index_letters, joined, values, wrapped
from derivations.repair.structure import big_operators, sign_place
from derivations.source import Span

# ------------------------------------------------------------------ indices


def subscripts(line: Line) -> Iterator[t.Name]:
    """Index letters where they stand."""
    for node in tree_nodes(line.tree):
        if isinstance(node, t.Scripted):
            yield from (n for n in tree_nodes(node.sub) if isinstance(n, t.Name) and n.text.isalpha())


def known_letters(line: Line) -> list[str]:
    bound = [b.index.text for n in big_operators(line) for b in n.binders]
    return list(dict.fromkeys((*index_letters(line.origin.left), *index_letters(line.tree), *bound)))


def other_letters(line: Line) -> Iterator[Change]:
    """One index letter for another."""
    for node in dict.fromkeys((n.span, n.text) for n in subscripts(line)):
        span, old = node
        for new in known_letters(line):
            if new != old:
                yield Change(span, new, {"old": old, "new": new})


def swapped_subscripts(line: Line) -> Iterator[Change]:
    """``x_{ji}`` for ``x_{ij}``."""
    for node in tree_nodes(line.tree):
        if isinstance(node, t.Scripted):
            names = [n for n in tree_nodes(node.sub) if isinstance(n, t.Name)]
            if len(names) == 2 and names[0].text != names[1].text:
                one, other = names
                new = line.replaced([(one.span, other.text), (other.span, one.text)])
                yield Change(line.whole, new, {"old": line.of(node)})


def other_binders(line: Line) -> Iterator[Change]:
    """A sum over another letter or another range."""
    for node in big_operators(line):
        if len(node.binders) != 1:
            continue
        span = sign_place(line, node)
        old = line.text[span.start : span.end].strip()
        loose = [x for x in index_letters(node.body) if x.isalpha()]
        for letter in dict.fromkeys((*loose, node.binders[0].index.text)):
            for upper in (*line.sizes(), ""):
                lower = "=1" if upper else ""
                new = f"\\{node.kind}_{{{letter}{lower}}}" + (f"^{{{upper}}}" if upper else "")
                yield Change(span, new + " ", {"old": old, "new": new})


def missing_sums(line: Line) -> Iterator[Change]:
    """A sum over an index that the left side does not have."""
    free = index_letters(line.origin.left)
    for letter in index_letters(line.tree):
        if letter.isalpha() and letter not in free:
            for node in sides(line):
                body = wrapped(line.of(node)) if isinstance(node, t.SumOf) else line.of(node)
                yield Change(line.place(node), f"\\sum_{letter} {body}", {"new": f"\\sum_{letter}"})


def shifted_entries(line: Line) -> Iterator[Change]:
    """``a_{12}`` for ``a_{22}``, all entries of one array alike."""
    entries: dict[str, list[t.Scripted]] = {}
    for node in tree_nodes(line.tree):
        if isinstance(node, t.Scripted) and isinstance(node.base, t.Name) and _digits(node) is not None:
            entries.setdefault(spell(node.base) or "", []).append(node)
    for name, nodes in entries.items():
        for axis in (0, 1):
            for step in (-1, 1):
                if (text := _shifted(line, nodes, axis, step)) is not None:
                    yield Change(line.whole, text, {"old": name, "axis": ("first", "second")[axis], "step": f"{step:+d}"})


def _digits(node: t.Scripted) -> list[int] | None:
    text = "".join(n.text for n in node.sub if isinstance(n, t.Number))
    return [int(d) for d in text] if node.sub and all(isinstance(n, t.Number) for n in node.sub) else None


def _shifted(line: Line, nodes: list[t.Scripted], axis: int, step: int) -> str | None:
    changes: list[tuple[Span, str]] = []
    for node in nodes:
        digits = _digits(node) or []
        if axis >= len(digits) or digits[axis] + step < 1:
            return None
        digits[axis] += step
        separator = "," if len(node.sub) > 1 else ""
        old = Span(node.sub[0].span.start, node.sub[-1].span.end)
        changes.append((old, separator.join(map(str, digits))))
    return line.replaced(changes)


# ------------------------------------------------------------------ symbols


def other_symbols(line: Line) -> Iterator[Change]:
    """One array for another of its shape."""
    symbols = line.symbols()
    for node in values(line.tree):
        if not isinstance(node, (t.Name, t.Scripted)) or (found := line.symbol(node)) is None:
            continue
        sym, rest = found
        for name, shape in symbols.items():
            if name != sym.name and shape == line.shape_of(sym):
                new = _dressed(line, node, rest, name)
                yield Change(line.place(node), new, {"old": line.of(node), "new": new})


def _dressed(line: Line, node: t.Node, rest: tuple[t.Tree, ...], name: str) -> str:
    """Another name with the indices, the transpose and the power of this one."""
    if not isinstance(node, t.Scripted):
        return name
    if rest:
        name = f"{name}_{{{line.text[rest[0].span.start : rest[-1].span.end]}}}"
    if node.transpose and node.power is None:
        sign = line.first_used(TRANSPOSES)
        name = re.sub(r"\)\}$", lambda _: f"){sign.strip('^{}')}}}", name) if name.endswith(")}") else name + sign
    elif node.power is not None:
        name += f"^{{{line.of(node.power)}}}"
    return name


def atoms(line: Line) -> list[str]:
    """Symbols and entries that may be missing as factors or terms: those written nearby, then the document's."""
    near = [line.of(n) for n in values(line.tree) if isinstance(n, (t.Name, t.Scripted)) and line.symbol(n)]
    left = [line.document[n.span.start : n.span.end] for n in tree_nodes(line.origin.left)
            if isinstance(n, (t.Name, t.Scripted)) and line.symbol(n)]
    free = index_letters(line.origin.left)
    named = []
    for name, shape in line.symbols().items():
        if free and shape and "_" not in name:
            named += [f"{name}_{{{''.join(pick)}}}" for pick in _picks(free, len(shape))]
        else:
            named.append(name)
    return list(dict.fromkeys((*left, *near, *named)))


def _picks(free: list[str], count: int) -> list[list[str]]:
    if count == 1:
        return [[x] for x in free]
    return [free] if count == len(free) else []


def missing_factors(line: Line) -> Iterator[Change]:
    """A symbol in front of, behind, or entrywise beside a term."""
    sign = line.first_used(HADAMARD)
    for node in sides(line):
        text = wrapped(line.of(node)) if isinstance(node, t.SumOf) else line.of(node)
        for atom in atoms(line):
            for new in (joined(atom, f" {text}"), f"{text} {atom}", f"{text} {sign} {atom}"):
                yield Change(line.place(node), new, {"new": atom})


def factors_inside(line: Line) -> Iterator[Change]:
    """A symbol, or an entry of one, anywhere within a product, an argument, what a sum runs over."""
    found = list(dict.fromkeys(_inside(line)))
    for atom in (*atoms(line), *_entries_here(line), *_turned(line)):
        for at, behind in found:
            yield Change(Span(at, at), f" {atom}" if behind else f"{atom} ", {"new": atom})


def _inside(line: Line) -> Iterator[tuple[int, bool]]:
    """Places between the factors of products, and on both sides of what stands alone in an argument or under a sum."""
    alone: list[t.Tree] = []
    for node in values(line.tree):
        if isinstance(node, t.ProductOf):
            yield from ((factor.span.end, True) for _, factor in node.factors)
            yield line.place(node).start, False
        elif isinstance(node, (t.Call, t.Bracket)):
            alone += node.arguments if isinstance(node, t.Call) else node.items
        elif isinstance(node, t.BigOperator):
            alone.append(node.body)
        elif isinstance(node, t.SumOf):
            alone += [term for _, term in node.terms]
    for item in alone:
        if not isinstance(item, (t.ProductOf, t.SumOf)):
            yield line.place(item).start, False
            yield item.span.end, True


def _entries_here(line: Line) -> Iterator[str]:
    """Entries of the document's arrays at letters that stand in the line."""
    here = [x for x in known_letters(line) if x.isalpha()]
    for name, shape in line.symbols().items():
        if "_" not in name and 0 < len(shape) <= 2:
            for pick in permutations(here, len(shape)):
                yield f"{name}_{{{''.join(pick)}}}"


def _turned(line: Line) -> Iterator[str]:
    """The document's arrays, transposed."""
    sign = line.first_used(TRANSPOSES)
    for name, shape in line.symbols().items():
        if shape:
            yield f"{name[:-1]}{sign.strip('^{}')}}}" if name.endswith(")}") else f"{name}{sign}"


def from_the_left(line: Line) -> Iterator[Change]:
    """A determinant, a trace or a function's value that the left side differentiates, as a factor."""
    kinds = (t.Bars, t.Call)
    for node in tree_nodes(line.origin.left):
        if isinstance(node, kinds):
            text = line.document[node.span.start : node.span.end]
            for side in sides(line):
                body = wrapped(line.of(side)) if isinstance(side, t.SumOf) else line.of(side)
                yield Change(line.place(side), joined(text, f" {body}"), {"new": text})


def numbers_to_symbols(line: Line) -> Iterator[Change]:
    """A symbol where a number stands."""
    for node in values(line.tree):
        if isinstance(node, t.Number):
            for atom in atoms(line):
                yield Change(node.span, atom, {"old": node.text, "new": atom})
                if node.span == line.tree.span:
                    yield Change(node.span, joined("-", atom), {"old": node.text, "new": f"-{atom}"})


def missing_terms(line: Line) -> Iterator[Change]:
    """A symbol more, a symbol less."""
    for node in sides(line):
        for atom in atoms(line):
            for sign in ("+", "-"):
                yield Change(Span(node.span.end, node.span.end), f" {sign} {atom}", {"new": f"{sign} {atom}"})


def symmetrised(line: Line) -> Iterator[Change]:
    """``(A + A^T) x`` for ``2 A x``, ``A X + X A`` for ``2 A X``, ``E + E^T`` for ``E``."""
    for node in sides(line):
        body, text = _doubled(line, node)
        yield Change(line.place(node), f"{text} + {_transposed(line, body)}", {"old": line.of(node)})
        for atom in values(body):
            if isinstance(atom, (t.Name, t.Scripted)) and not line.is_scalar(atom) and line.symbol(atom):
                place = line.place(atom)
                start = line.place(node).end - len(text)
                edited = text[: place.start - start] + line.transposed(atom) + text[place.end - start :]
                yield Change(line.place(node), f"{text} + {edited}", {"old": line.of(node)})
        if isinstance(body, t.ProductOf):
            items = [f for _, f in body.factors if not (isinstance(f, t.Number) and f.value == 2)]
            if len(items) == 2:
                yield Change(line.place(node), f"{text} + {line.of(items[1])} {line.of(items[0])}", {"old": line.of(node)})


def _doubled(line: Line, node: t.Node) -> tuple[t.Node, str]:
    """A node, and its text without a factor 2 in front."""
    if isinstance(node, t.ProductOf) and isinstance(node.factors[0][1], t.Number) and node.factors[0][1].value == 2:
        return node, line.text[line.place(node.factors[1][1]).start : node.span.end]
    return node, line.of(node)


def _transposed(line: Line, node: t.Node) -> str:
    if isinstance(node, t.ProductOf):
        items = [f for _, f in node.factors if not line.is_scalar(f)]
        return " ".join(line.transposed(f) for f in reversed(items))
    return line.transposed(node)


