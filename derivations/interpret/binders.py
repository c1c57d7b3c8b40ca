"""Sums and products over indices, conditions, cases."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from derivations.claims import Caveat, Equation, Variable
from derivations.expr import (
    ONE,
    SCALAR,
    UNIT,
    ZERO,
    Add,
    Builtin,
    Delta,
    Dim,
    Entry,
    Expr,
    Fill,
    Identity,
    Index,
    Map,
    MatMul,
    Num,
    Position,
    Power,
    Product,
    Sum,
    Sym,
    Times,
    Transpose,
    negative,
    subtract,
)
from derivations.interpret.dimensions import is_open
from derivations.interpret.names import (
    spell,
)
from derivations.read import tree as t
from derivations.source import Problem, Span

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

STEP = Builtin("step")
ORDERS = frozenset({"<", ">", "≤", "≥"})
MAX_BEGINNING = 5  # a sum from there on leaves out as many terms less one, one by one


def big_operator(e: Elaborator, tree: t.BigOperator) -> Expr:
    """``\\sum`` and ``\\prod`` over all values of their indices; a condition under the sign is a factor 0 or 1."""
    if not tree.binders:
        raise Problem("unsupported-notation", f"\\{tree.kind} needs an index", tree.span, "write \\sum_i")
    bound = [_bind(e, b) for b in tree.binders]
    orders = [b.condition for b in tree.binders if b.condition is not None and b.condition.relations[0] in ORDERS]
    conditions = [condition(e, b.condition) for b in tree.binders if b.condition is not None and b.condition not in orders]
    conditions += [not_among_the_first(e, b) for b in tree.binders if _beginning(b) > 1]
    body = e.expression(tree.body)
    conditions += [condition(e, order) for order in orders]  # when the body has shown the range
    for holds in conditions:
        body = Times(holds, body)
        if tree.kind == "prod":  # factors outside the condition count as 1
            body = Add((body, subtract(UNIT, holds)))
    for _ in tree.binders:
        e.scope.unbind()
    if tree.kind == "prod" and e.algebra.shape(body) != SCALAR:
        raise Problem("unsupported-notation", "a product over an index needs scalar factors", tree.span)
    body = e.algebra.dimensions.settle(body)
    for index, binder in reversed(list(zip(bound, tree.binders, strict=True))):
        index = e.algebra.dimensions.settle(index)
        _tell_range(e, index, binder)
        body = Sum(index, body) if tree.kind == "sum" else Product(index, body)
    return body


def _tell_range(e: Elaborator, index: Index, binder: t.Binder) -> None:
    if binder.upper is None and binder.condition is None and not is_open(index.dim):
        letter = spell(binder.index)
        e.scope.read(f"{letter} runs over 1..{index.dim}")


def _bind(e: Elaborator, binder: t.Binder) -> Index:
    letter = spell(binder.index) or binder.index.text
    upper = binder.upper
    begin = _beginning(binder)
    if begin == 0 and (upper := _below(upper)) is not None:
        e.scope.read(f"{letter} from 0 is counted from 1")
    elif not 1 <= begin <= MAX_BEGINNING:
        raise Problem("unsupported-notation", "sums that begin at another index than 1 are not supported", binder.span)
    dim = None
    if upper is not None:
        try:
            dim = e.size(upper)
        except Problem as problem:
            place = problem.span or binder.span
            raise Problem("unsupported-notation", "the upper bound of a sum must be a size", place) from None
    return e.scope.bind(letter, dim)


def _beginning(binder: t.Binder) -> int:
    """Where a sum begins; -1 where that is no number."""
    lower = binder.lower
    if lower is None:
        return 1
    return int(lower.value) if isinstance(lower, t.Number) and lower.value.denominator == 1 else -1


def _below(upper: t.Tree | None) -> t.Tree | None:
    """The n of the upper bound n - 1."""
    match upper:
        case t.SumOf(terms=((1, size), (-1, t.Number(value=one)))) if one == 1:
            return size
        case _:
            return None


def not_among_the_first(e: Elaborator, binder: t.Binder) -> Expr:
    """1 from the beginning of a sum on, 0 before it."""
    index = e.scope.lookup(spell(binder.index) or binder.index.text)
    assert index is not None
    result: Expr = UNIT
    for place in range(1, _beginning(binder)):
        same = Delta(index, Position(place, index.dim))
        result = Times(result, subtract(UNIT, same)) if result != UNIT else subtract(UNIT, same)
    return result


def _in_order(e: Elaborator, left: t.Tree, right: t.Tree, relation: str, span: Span) -> Expr:
    """1 where index ``left`` comes before ``right``: an entry of the order of their axis.

    The order is known by what holds of it: of two different indices one comes first.  What is true of every
    such relation is true of this one; what is false may be so of another order, and refutes nothing.
    """
    dim = e.algebra.dimensions.fresh()
    one, other = e.scope.term(left, dim), e.scope.term(right, dim)
    if relation in (">", "≤"):
        one, other = other, one
    size = e.algebra.dimensions.resolve(dim)
    if is_open(size):
        raise Problem("open-shape", "the range of these indices stays open: nothing in the document fixes it", span)
    before = Entry(_order(e, size), e.algebra.dimensions.settle((one, other)))
    return before if relation in ("<", ">") else subtract(UNIT, before)


def _order(e: Elaborator, size: Dim) -> Sym:
    name = f"[<]_{{{size}}}"
    order = Sym(name, (size, size))
    if name not in e.table.variables:
        e.table.variables[name] = Variable(name, order.shape, domain="binary")
        ones = MatMul(Fill(UNIT, (size,)), Fill(UNIT, (ONE, size)))
        e.table.assumptions.append(Equation(Add((order, Transpose(order))), subtract(ones, Identity(size))))
    caveat = Caveat("the order of indices is known by its laws alone")
    if caveat not in e.scope.caveats:
        e.scope.caveats.append(caveat)
    return order


def condition(e: Elaborator, chain: t.Chain) -> Expr:
    """A condition as a number, 1 where it holds and 0 where it fails; of several, the product."""
    if chain.conditions:
        holds = condition(e, replace(chain, conditions=()))
        for more in chain.conditions:
            holds = Times(holds, condition(e, more))
        return holds
    if len(chain.members) != 2:
        raise Problem("unsupported-notation", "expected one relation as a condition", _chain_span(chain))
    left, right = chain.members
    relation = chain.relations[0]
    if relation in ("=", "≠", "≡") and e.scope.is_index_like(left) and e.scope.is_index_like(right):
        same = _same_index(e, left, right)
        return same if relation != "≠" else subtract(UNIT, same)
    if relation in ORDERS and e.scope.is_index_like(left) and e.scope.is_index_like(right):
        return _in_order(e, left, right, relation, left.span | right.span)
    if relation in ("=", "≠") and _index_and_number(e, left, right):
        same = e.delta(left, right, left.span)
        return same if relation == "=" else subtract(UNIT, same)
    one, other = e.expression(left), e.expression(right)
    _note_kink(e, left, right, relation)
    return _comparison(e, one, other, relation, left.span | right.span)


def _note_kink(e: Elaborator, left: t.Tree, right: t.Tree, relation: str) -> None:
    """A gate takes one of the one-sided derivatives where its argument is 0."""
    one, other = _written(e, (left, right))
    holds = "true" if relation in ("≥", "≤") else "false"
    e.kinks.append(f"at `{one} = {other}` the condition `{one} {relation} {other}` counts as {holds}: "
                      "a choice between the one-sided derivatives")


def _written(e: Elaborator, members: tuple[t.Tree, ...]) -> list[str]:
    return [" ".join(e.text[x.span.start : x.span.end].split()) for x in members]


def _index_and_number(e: Elaborator, left: t.Tree, right: t.Tree) -> bool:
    pair = (left, right) if isinstance(right, t.Number) else (right, left)
    return isinstance(pair[1], t.Number) and e.scope.is_index_like(pair[0])


def _comparison(e: Elaborator, left: Expr, right: Expr, relation: str, span: Span) -> Expr:
    """Of values; ``step`` is 0 at 0, so that ``≥`` is what ``<`` is not."""
    difference = left if right == ZERO else e.algebra.add(left, negative(right), span)
    match relation:
        case ">":
            return Map(STEP, difference)
        case "≤":
            return e.algebra.add(UNIT, negative(Map(STEP, difference)), span)
        case "<":
            return Map(STEP, negative(difference))
        case "≥":
            return e.algebra.add(UNIT, negative(Map(STEP, negative(difference))), span)
    raise Problem("unsupported-notation", f"the condition with {relation} is not supported for values", span)


def _same_index(e: Elaborator, left: t.Tree, right: t.Tree) -> Expr:
    """Labels without a row take it from the other side or from what is in sight."""
    dim = e.algebra.dimensions.fresh()
    if e.bare_label(left) is not None:
        left, right = right, left
    one = e.scope.term(left, dim)
    other = e.scope.term(right, dim)
    return e.algebra.dimensions.settle(Delta(one, other))


def cases(e: Elaborator, tree: t.Cases) -> Expr:
    """Rows from the last to the first; the last one holds where no other does, which must be certain."""
    rows = _without_borders(e, tree)
    conditions = [None if c is None else condition(e, c) for _, c in rows]
    last = conditions[-1]
    if last is not None and not _completes(e, conditions):
        raise Problem("cases", "the cases do not cover everything", tree.span, "end with \\text{otherwise}")
    result = e.expression(rows[-1][0])
    for (value, _), holds in reversed(list(zip(rows[:-1], conditions[:-1], strict=True))):
        if holds is None:
            raise Problem("cases", "otherwise must stand last", value.span)
        result = _either(e, holds, e.expression(value), result, tree.span)
    return result


def _without_borders(e: Elaborator, tree: t.Cases) -> list[tuple[t.Tree, t.Chain | None]]:
    """The rows that hold on more than a border; what one says of ``x = 0`` alone has to lie between its neighbours."""
    borders = [row for row in tree.rows if row[1] is not None and _is_border(e, row[1])]
    rest = [row for row in tree.rows if row not in borders]
    for value, border in borders:
        assert border is not None
        where = " = ".join(_written(e, border.members))
        taken, *sides = (_number(e.expression(x)) for x in (value, *(other for other, _ in rest)))
        around = [x for x in sides if x is not None]
        if taken is None or len(around) < max(len(sides), 2):
            raise Problem("kink", f"what is said at `{where}` alone can be checked only between numbers", value.span)
        if not min(around) <= taken <= max(around):
            raise Problem("kink", f"at `{where}` the value {taken} does not lie between the one-sided derivatives "
                          f"{min(around)} and {max(around)}", value.span)
        e.borders.append(f"at `{where}` the value {taken} is taken: a choice between the one-sided derivatives")
    return rest


def _is_border(e: Elaborator, condition: t.Chain) -> bool:
    """``x = 0``: an equation of values, not of indices."""
    if condition.relations != ("=",) or condition.conditions or any(map(e.scope.is_index_like, condition.members)):
        return False
    return not _index_and_number(e, *condition.members)


def _number(value: Expr) -> Fraction | None:
    match value:
        case Num(value=number):
            return number
        case Times(left=left, right=right):
            one, other = _number(left), _number(right)
            return None if one is None or other is None else one * other
        case Power(base=Num(value=base), exponent=Num(value=exponent)) if base and exponent.denominator == 1:
            return Fraction(base) ** int(exponent)
        case _:
            return None


def _completes(e: Elaborator, conditions: list[Expr | None]) -> bool:
    """Whether two cases are each other's complement."""
    if len(conditions) != 2 or conditions[0] is None or conditions[1] is None:
        return False
    first, second = conditions[0], conditions[1]
    return _beyond(_complement(first)) == _beyond(second) or _beyond(_complement(second)) == _beyond(first)


def _beyond(condition: Expr) -> Expr:
    """The same away from equality, one way for ``<`` and ``≤``: ``x > 0`` and ``x < 0`` leave out a border only."""
    match condition:
        case Map(function=Builtin(name="step"), operand=Times(left=Num(value=-1), right=u)):
            return _complement(Map(STEP, u))
        case Add(operands=(Num(value=1), Times(left=Num(value=-1), right=inner))):
            match _beyond(inner):
                case Add(operands=(Num(value=1), Times(left=Num(value=-1), right=twice))):
                    return twice
                case opposite:
                    return _complement(opposite)
        case _:
            return condition


def _either(e: Elaborator, condition: Expr, value: Expr, otherwise: Expr, span: Span) -> Expr:
    opposite = e.algebra.add(UNIT, negative(condition), span)
    one = e.algebra.multiply("\\odot", condition, value, span)
    if otherwise == ZERO:
        return one
    return e.algebra.add(one, e.algebra.multiply("\\odot", opposite, otherwise, span), span)


def _complement(condition: Expr) -> Expr:
    return subtract(UNIT, condition)


def _chain_span(chain: t.Chain) -> Span:
    return chain.members[0].span | chain.members[-1].span
