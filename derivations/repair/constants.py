"""Edits of numbers, sizes and what multiplies a whole line; of functions and gates."""

from __future__ import annotations

from collections.abc import Iterator

from derivations.expr import Builtin, Free
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.repair.line import HADAMARD, Change, Line, index_letters, joined, used, values, wrapped
from derivations.source import Span

NAMED_DERIVATIVES = ("\\sin", "\\cos", "\\exp", "\\log", "\\ln")  # nobody writes \sin'
NUMBERS = ("0", "1", "2", "3", "\\frac{1}{2}", "4")


def sides(line: Line) -> Iterator[t.Node]:
    """Where a factor of a whole line may be missing: the line, its terms, what is inside its brackets."""
    yield line.tree
    for node in values(line.tree):
        if isinstance(node, t.SumOf):
            yield from (term for _, term in node.terms)
        elif isinstance(node, t.Bracket) and len(node.items) == 1:
            yield node.items[0]


def with_factor(line: Line, node: t.Node, factor: str) -> str:
    """A node times a factor, in front; a leading minus stays in front."""
    if isinstance(node, t.Negative):
        return "-" + with_factor(line, node.operand, factor)
    if isinstance(node, (t.SumOf,)):
        return joined(factor, f" {wrapped(line.of(node))}")
    return joined(factor, f" {line.of(node)}")


def missing_scalars(line: Line) -> Iterator[Change]:
    """1/N, N, 2, ½ for the whole or a term."""
    sizes = line.sizes()
    scalars = ["2", "\\frac{1}{2}", *(f"\\frac{{1}}{{{s}}}" for s in sizes), *sizes]
    for node in sides(line):
        for scalar in scalars:
            yield Change(line.place(node), with_factor(line, node, scalar), {"new": scalar})


def other_sizes(line: Line) -> Iterator[Change]:
    """1/N for 1/C: one size for another, or for the number 1."""
    sizes = line.sizes()
    for node in values(line.tree):
        if isinstance(node, t.Name) and node.text in sizes and line.symbol(node) is None:
            for other in (*(s for s in sizes if s != node.text), f"({node.text} - 1)", f"({node.text} + 1)"):
                yield Change(node.span, other, {"old": node.text, "new": other})


def other_numbers(line: Line) -> Iterator[Change]:
    """One small number for another: factors, exponents."""
    exponents = [n.power for n in tree_nodes(line.tree) if isinstance(n, t.Scripted) and isinstance(n.power, t.Number)]
    for node in (*values(line.tree), *exponents):
        if isinstance(node, t.Number):
            for other in (*NUMBERS, *line.sizes()):
                yield Change(node.span, other, {"old": node.text, "new": other})
    for node in tree_nodes(line.tree):
        if isinstance(node, t.Scripted) and isinstance(node.power, t.Number):
            head, _ = line.cut(node)
            yield Change(line.place(node), head, {"old": line.of(node), "new": head})


def squares(line: Line) -> Iterator[Change]:
    """A power that is missing."""
    for node in values(line.tree):
        if isinstance(node, t.Name) or (isinstance(node, t.Scripted) and node.power is None and not node.transpose):
            for power in ("2", "3"):
                yield Change(node.span, f"{line.of(node)}^{power}", {"old": line.of(node), "new": f"{line.of(node)}^{power}"})


def added_constants(line: Line) -> Iterator[Change]:
    """``1 -``, ``1 +``, ``- 1``, ``+ I``."""
    for node in sides(line):
        text = line.of(node)
        lead = f"1 - {line.negated(node)}" if isinstance(node, t.Negative) else f"1 + {text}"
        for new in (lead, f"{text} - 1", f"{text} - I", f"{text} + I"):
            yield Change(line.place(node), new, {"old": text, "new": new})


def complements(line: Line) -> Iterator[Change]:
    """``p`` for ``1 - p`` and back; ``a (1 - a)`` for ``a``: the derivative of a sigmoid by its value."""
    sign = line.first_used(HADAMARD)
    for node in values(line.tree):
        text = line.of(node)
        if isinstance(node, (t.Name, t.Scripted)) and line.symbol(node) is not None:
            scalar = line.is_scalar(node)
            times = " " if scalar else f" {sign} "
            for new in (f"(1 - {text})", f"{text}{times}(1 - {text})", f"(1 - {text}^2)"):
                yield Change(line.place(node), new, {"old": text, "new": new})
        elif isinstance(node, t.Bracket) and len(node.items) == 1 and isinstance(node.items[0], t.SumOf):
            kept = [term for _, term in node.items[0].terms if not isinstance(term, t.Number)]
            if len(kept) == 1:
                yield Change(line.place(node), line.of(kept[0]), {"old": text, "new": line.of(kept[0])})


def primes(line: Line) -> Iterator[Change]:
    """The derivative of a function for the function, and back."""
    for node in values(line.tree):
        if not isinstance(node, t.Call):
            continue
        head = node.function
        old = line.of(head)
        if isinstance(head, t.Scripted) and head.primes:
            yield Change(head.span, line.text[head.span.start : head.base.span.end], {"old": old, "verb": "drop the prime of"})
        elif old in NAMED_DERIVATIVES:
            continue
        yield Change(Span(head.span.end, head.span.end), "'", {"old": old, "verb": "take the derivative of"})


def other_functions(line: Line) -> Iterator[Change]:
    """cos for sin, log for exp, tanh for σ."""
    for node in values(line.tree):
        if isinstance(node, t.Call):
            old = line.of(node.function)
            for new in {"\\sin": ["\\cos"], "\\cos": ["\\sin"], "\\log": ["\\exp"], "\\exp": ["\\log"]}.get(old, []):
                yield Change(node.function.span, new, {"old": old, "new": new})


# -------------------------------------------------------------------- gates


def gates(line: Line) -> Iterator[str]:
    """1[X > 0] for what goes into a relu, φ'(X) for what goes into a φ; entries where the left side is one."""
    ways = ("\\mathbb{1}", "\\mathbb 1", "\\mathbf{1}", "\\mathbf 1")
    one = line.first_used(ways)
    for node in line.maps():
        for name in used(node.operand)[:1]:
            for argument in written_entries(line, name):
                if node.function == Builtin("relu"):
                    yield f"{one}[{argument} > 0]"
                elif isinstance(node.function, (Builtin, Free)):
                    function = node.function.name
                    yield f"{WRITTEN.get(function, function)}'({argument})"


WRITTEN = {"sigmoid": "\\sigma", "tanh": "\\tanh", "exp": "\\exp", "log": "\\log", "sin": "\\sin", "cos": "\\cos"}


def written_entries(line: Line, name: str) -> Iterator[str]:
    """The array, and its entry at the left side's free indices where there are as many."""
    shape = line.symbols().get(name, ())
    free = index_letters(line.origin.left)
    if free and len(free) == len(shape):
        yield with_indices(name, free)
    yield name


def with_indices(name: str, free: list[str]) -> str:
    """``X^{(1)}`` and i, j to ``X^{(1)}_{ij}``."""
    return f"{name}_{{{''.join(free)}}}"


def gates_for_values(line: Line) -> Iterator[Change]:
    """A gate where the gated value stands."""
    for gate in dict.fromkeys(gates(line)):
        for node in values(line.tree):
            if isinstance(node, (t.Name, t.Scripted)) and line.symbol(node) is not None:
                yield Change(line.place(node), gate, {"old": line.of(node), "new": gate})


def missing_gates(line: Line) -> Iterator[Change]:
    """A gate behind the whole, a term or a factor."""
    sign = line.first_used(HADAMARD)
    for gate in dict.fromkeys(gates(line)):
        for node in sides(line):
            text = wrapped(line.of(node)) if isinstance(node, t.SumOf) else line.of(node)
            yield Change(line.place(node), f"{text} {sign} {gate}", {"new": gate})
        for node in values(line.tree):
            if isinstance(node, (t.Name, t.Scripted, t.Bracket, t.DerivativeOf)) and not line.is_scalar(node):
                yield Change(line.place(node), f"({line.of(node)} {sign} {gate})", {"new": gate})
