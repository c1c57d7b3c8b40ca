"""Which true lines are not worth saying: the left side again, less than was asked, nothing at all."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from fractions import Fraction

from derivations.claims import Statement
from derivations.expr import Expr, Sym, free_symbols, walk
from derivations.interpret.trees import tree_nodes, unbracketed
from derivations.read import tree as t
from derivations.repair.line import Line, values

DERIVATIVES = (t.DerivativeOf, t.Nabla, t.DifferentialOf)


def says_nothing(new: Line, old: Line) -> bool:
    """Whether a right side repeats the left one, or lost what was asked for."""
    left = canonical(new.origin.left)
    return (
        _repeats(canonical(new.tree), canonical(old.tree), left)
        or _lost(new.tree, old.tree)
        or any(_cancels(node) for node in tree_nodes(new.tree))
        or _zeros(new.tree) > _zeros(old.tree)
    )


def is_tautology(statement: Statement, written: Statement | None) -> bool:
    """Both sides alike once understood, or the left side's value brought in under another name."""
    if statement.left == statement.right:
        return True
    definitions = statement.context.definitions
    before = free_symbols(written.right) if written is not None else frozenset[Sym]()
    new = free_symbols(statement.right) - before - free_symbols(statement.left)
    return any(definitions.get(s.name) == statement.left for s in new) or _inside(statement.left, statement.right, written)


def _inside(left: Expr, right: Expr, written: Statement | None) -> bool:
    """A new copy of the left side within the right one."""
    if isinstance(left, Sym):
        return False  # a name may stand on both sides: recursion
    before = sum(node == left for node in walk(written.right)) if written is not None else 0
    return sum(node == left for node in walk(right)) > before


def canonical(tree: object) -> object:
    """A tree without brackets, with signs collected and terms in one order: alike for what only looks different."""
    if isinstance(tree, tuple):
        return tuple(canonical(item) for item in tree)
    if isinstance(tree, (t.SumOf, t.Negative)) or (isinstance(tree, t.Bracket) and unbracketed(tree) is not tree):
        terms = sorted(_terms(tree, 1), key=repr)
        return terms[0][1] if len(terms) == 1 and terms[0][0] > 0 else ("sum", *terms)
    if isinstance(tree, t.ProductOf):
        return _product(tree)
    if is_dataclass(tree) and isinstance(tree, t.Node):
        parts = {f.name: canonical(getattr(tree, f.name)) for f in fields(tree) if f.compare}
        return replace(tree, **parts)  # type: ignore[arg-type]
    return tree


def _product(tree: t.ProductOf) -> object:
    """A product with its numbers multiplied out."""
    coefficient, factors = Fraction(1), []
    for sign, factor in tree.factors:
        value = _number(factor)
        if value is None or sign == "/":
            factors.append((sign, canonical(factor)))
        else:
            coefficient *= value
    if len(factors) == 1 and coefficient == 1:
        return factors[0][1]
    return ("product", coefficient, *factors)


def _number(tree: t.Tree) -> Fraction | None:
    if isinstance(tree, t.Number):
        return tree.value
    if isinstance(tree, t.Fraction_) and isinstance(tree.numerator, t.Number) and isinstance(tree.denominator, t.Number):
        return tree.numerator.value / tree.denominator.value if tree.denominator.value else None
    return None


def _terms(tree: t.Tree, sign: int) -> list[tuple[int, object]]:
    """The terms of a sum within sums, each with the sign that it has in the end."""
    inner = unbracketed(tree)
    if isinstance(inner, t.Negative):
        return _terms(inner.operand, -sign)
    if isinstance(inner, t.SumOf):
        return [pair for s, term in inner.terms for pair in _terms(term, s * sign)]
    return [(sign, canonical(inner))]


def _repeats(new: object, old: object, left: object) -> bool:
    """A copy of the left side that was not there before; names may recur."""
    if new == left:
        return True
    if isinstance(left, (t.Name, t.Number)):
        return False
    return sum(n == left for n in tree_nodes(new)) > sum(n == left for n in tree_nodes(old))


def _lost(new: t.Tree, old: t.Tree) -> bool:
    """All derivatives, or all names, are gone."""
    return any(
        any(isinstance(n, kinds) for n in tree_nodes(old)) and not any(isinstance(n, kinds) for n in tree_nodes(new))
        for kinds in (DERIVATIVES, (t.Name,))
    )


def _cancels(node: t.Node) -> bool:
    """``a - a``."""
    return isinstance(node, t.SumOf) and any((-sign, term) in node.terms for sign, term in node.terms)


def _zeros(tree: t.Tree) -> int:
    """Zeros within a formula: a product with one is a long way of writing 0."""
    if isinstance(tree, t.Number):
        return 0
    return sum(isinstance(n, t.Number) and n.value == 0 for n in values(tree))
