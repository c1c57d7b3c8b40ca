"""Edits of transposes and inverses, of one factor or of all."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.line import ENDS_TRANSPOSED, INVERSE, INVERSE_TRANSPOSED, Change, Line, values

ATOMS = (t.Name, t.Scripted, t.Bracket, t.DerivativeOf, t.Nabla, t.Call)
IDENTITY = t.Name("I")


def whole_transpose(line: Line) -> Iterator[Change]:
    """The transpose of all, factor by factor where it is a plain product."""
    tree = line.tree
    if line.is_scalar(tree):
        return
    parts = {"layout": _other_layout(line)}
    if isinstance(tree, t.ProductOf) and all(sign in ("", "\\cdot", "*") for sign, _ in tree.factors):
        scalars = [line.of(f) for _, f in tree.factors if line.is_scalar(f)]
        others = [line.transposed(f) for _, f in reversed(tree.factors) if not line.is_scalar(f)]
        yield Change(line.whole, " ".join(scalars + others), parts)
    else:
        yield Change(line.whole, line.transposed(tree), parts)


def _other_layout(line: Line) -> str:
    """The transpose of a derivative is the derivative in the other layout."""
    if not any(isinstance(n, (t.DerivativeOf, t.Nabla)) for n in tree_nodes(line.origin.left)):
        return ""
    other = "denominator" if line.origin.world.layout == "numerator" else "numerator"
    return f"it would hold in {other} layout"


def arrays(line: Line) -> Iterator[t.Node]:
    """Factors, terms and arguments that may be arrays; what is inside brackets too."""
    for node in values(line.tree):
        if isinstance(node, ATOMS) and not line.is_scalar(node) and not _is_exponential(node) and node != IDENTITY:
            yield node


def _is_exponential(node: t.Node) -> bool:
    return isinstance(node, t.Scripted) and isinstance(node.base, t.Name) and node.base.text == "e"


def one_transpose(line: Line) -> Iterator[Change]:
    """A transpose more or less."""
    for node in arrays(line):
        written = isinstance(node, t.Scripted) and node.transpose
        verb = "drop the transpose of" if written else "transpose"
        yield Change(line.place(node), line.transposed(node), {"verb": verb, "old": line.of(node)})


def inverses(line: Line) -> Iterator[Change]:
    """``A^{-1}``, ``A^{-T}``, ``A^T`` and ``A``, one for another; calls and brackets too."""
    for node in arrays(line):
        old = line.of(node)
        for new in _other_powers(line, node, old):
            yield Change(line.place(node), new, {"old": old, "new": new})


def _other_powers(line: Line, node: t.Node, old: str) -> Iterator[str]:
    if not isinstance(node, t.Scripted):
        if isinstance(node, (t.Name, t.Bracket, t.Call)):
            yield old + "^{-1}"
        return
    head, scripts = line.cut(node)
    plain = INVERSE.sub("", INVERSE_TRANSPOSED.sub("", scripts))
    if plain != scripts:
        yield head + plain
        yield head + plain + line.first_used(("^T", "^\\top", "^{\\top}"))
    elif node.transpose and node.power is None:
        bare = ENDS_TRANSPOSED.sub("", scripts)
        yield from (head + bare + "^{-1}", head + bare + "^{-T}")
    elif node.power is None:
        yield old + "^{-1}"
