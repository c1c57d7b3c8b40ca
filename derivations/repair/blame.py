"""Which member of a chain is wrong, and which false lines only follow from another.

Every link and every line is judged against the truth; what is said here stands beside that.  It says only what was
proved: that the ends of a chain agree, that a line would hold if an earlier one did.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, fields, replace

from derivations.claims import Claim, Context, Statement, Step
from derivations.expr import (
    NODE_TYPES,
    Add,
    Build,
    Derivative,
    Entry,
    Expr,
    Index,
    Let,
    MatMul,
    Sym,
    Trace,
    Transpose,
    free_indices,
    free_symbols,
)
from derivations.interpret.statements import Origin, Statements
from derivations.repair.diagnosis import holds
from derivations.shapes import ShapeError
from derivations.source import Problem, Span
from derivations.verdicts import Refuted, Verdict

EARLIER = 3  # false lines before a line that are tried as given
TRIES = 12  # for a whole document
SLOPE = "wrong derivative"  # a name that no document can have


@dataclass(frozen=True, slots=True)
class Line:
    """One relation of the document, with its verdict, and where it came from if it is a claim."""

    step: Step
    verdict: Verdict
    origin: Origin | None


def blamed(lines: Sequence[Line], number: Callable[[Span], str]) -> list[Verdict]:
    """The verdicts, with remarks on those that are refuted; ``number`` tells a line to the reader."""
    remarks: dict[int, tuple[str, ...]] = {}
    for chain in _chains(lines):
        remarks |= _of_chain(lines, chain, number)
    left = TRIES
    for n, line in enumerate(lines):
        if not isinstance(line.verdict, Refuted) or n in remarks:
            continue
        for m in _before(lines, n)[:left]:
            left -= 1
            if _follows(lines[m], line):
                remarks[n] = (f"correct given {number(lines[m].step.span)}",)
                break
    return [
        replace(v, remarks=(*v.remarks, *remarks[n])) if isinstance(v := line.verdict, Refuted) and n in remarks else line.verdict
        for n, line in enumerate(lines)
    ]


# -------------------------------------------------------------------- chains


def _chains(lines: Sequence[Line]) -> Iterator[list[int]]:
    """Runs of links, each beginning where the one before ends."""
    chain: list[int] = []
    for n, line in enumerate(lines):
        before = lines[n - 1].origin if n else None
        if not (line.origin is not None and before is not None and before.right is line.origin.left):
            yield chain
            chain = []
        if line.origin is not None:
            chain.append(n)
    yield chain


def _of_chain(lines: Sequence[Line], chain: list[int], number: Callable[[Span], str]) -> dict[int, tuple[str, ...]]:
    """What is to be said of the first and the last wrong link, where the chain comes back to the truth."""
    wrong = [n for n in chain if isinstance(lines[n].verdict, Refuted)]
    if len(wrong) < 2:
        return {}
    first, last = wrong[0], wrong[-1]
    if not _ends_agree(lines[first].origin, lines[last].origin):
        return {}
    if last == first + 1:
        return {
            first: ("the ends agree: only this right side is wrong",),
            last: ("the ends agree: only this left side is wrong",),
        }
    one, other = number(lines[first].step.span), number(lines[last].step.span)
    return {
        first: (f"two mistakes that cancel: this one, and that in {other}",),
        last: (f"this takes back the mistake in {one}",),
    }


def _ends_agree(first: Origin | None, last: Origin | None) -> bool:
    assert first is not None
    assert last is not None
    try:
        claim = Statements(last.world.snapshot()).claim(first.left, last.right, last.conditions, last.span)
    except Problem:
        return False
    return holds(claim.statement)


# --------------------------------------------------------------- consequences


def _before(lines: Sequence[Line], n: int) -> list[int]:
    """The nearest false lines before one, those of its own chain left out."""
    own = next((chain for chain in _chains(lines) if n in chain), [])
    return [m for m in reversed(range(n)) if m not in own and isinstance(lines[m].verdict, Refuted)][:EARLIER]


def _follows(wrong: Line, line: Line) -> bool:
    """Whether a line would hold if an earlier, false one did."""
    if not isinstance(wrong.step, Claim) or not isinstance(line.step, Claim) or wrong.step.statement.guards:
        return False
    given, asked = wrong.step.statement, line.step.statement
    try:
        return any(holds(statement) for statement in _supposing(given, asked))
    except ShapeError:
        return False


def _supposing(given: Statement, asked: Statement) -> Iterator[Statement]:
    """What is asked, with the left side of what is given taken for its right side, in each way that makes sense."""
    right = _as_array(given)
    if right is None:
        return
    changed = replace(asked, left=_put(asked.left, given.left, right), right=_put(asked.right, given.left, right))
    if changed != asked:
        yield changed
    match given.left:
        case Sym(name=name) if name in asked.context.definitions and name not in _upstream(right, asked.context):
            definitions = {**asked.context.definitions, name: right}
            yield replace(asked, context=replace(asked.context, definitions=definitions))
        case Derivative(of=Sym(shape=()) as loss, by=by) if len(by.shape) in (1, 2):
            if isinstance(asked.left, Derivative) and asked.left.of == loss and asked.left.by != by:
                yield replace(asked, left=_downstream(asked.left, by, right))
        case _:
            return


def _as_array(given: Statement) -> Expr | None:
    """The right side for all entries at once, where the left one is an entry of a derivative at free indices."""
    match given.left:
        case Derivative(at=tuple() as at):
            places = [i for i in at if isinstance(i, Index)]
            if len(places) != len(at) or len(set(places)) != len(at) or free_indices(given.right) - set(places):
                return None
            return Build(tuple(places), given.right)
        case _:
            return None if free_indices(given.left) or free_indices(given.right) else given.right


def _put(e: Expr, old: Expr, new: Expr) -> Expr:
    """``e`` with ``new`` for what ``old`` stands for: a derivative, at whatever place it is taken."""
    match e, old:
        case Derivative(of=of, by=by, at=at), Derivative(of=other, by=variable) if of == other and by == variable:
            return new if at is None else Entry(new, at)
        case _ if e == old:
            return new
        case Add(operands=operands), _:
            return Add(tuple(_put(a, old, new) for a in operands))
        case Derivative(), _:
            return e
        case _:
            parts = {f.name: getattr(e, f.name) for f in fields(e)}
            changed = {name: _put(part, old, new) for name, part in parts.items() if isinstance(part, NODE_TYPES)}
            return replace(e, **changed) if changed else e  # type: ignore[arg-type]


def _upstream(e: Expr, context: Context) -> frozenset[str]:
    """All names that an expression leads to."""
    seen, todo = set[str](), [e]
    while todo:
        for symbol in free_symbols(todo.pop()):
            if symbol.name not in seen:
                seen.add(symbol.name)
                todo += [context.definitions[symbol.name]] if symbol.name in context.definitions else []
    return frozenset(seen)


def _downstream(asked: Derivative, by: Sym, slope: Expr) -> Expr:
    """The derivative of another loss, whose own by the variable is the wrong one: ⟨C, Z⟩ for a constant C of that value."""
    constant = Sym(SLOPE, by.shape)
    product = MatMul(Transpose(constant), by)
    return Let(constant, slope, replace(asked, of=product if len(by.shape) == 1 else Trace(product)))
