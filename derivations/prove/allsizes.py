"""A proof for every size: both sides have one normal form, or meet after clearing denominators.

``prove`` never raises and never looks at the clock: what it does not support, and what outruns its step
budget, comes back as ``NoProof`` with the reason.  No proof says nothing about the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
from math import prod
from typing import TypeAlias

from derivations.claims import Context, Equation, SignAssumption, Statement
from derivations.expr import (
    ONE,
    Affine,
    Delta,
    Derivative,
    Det,
    Dim,
    Entry,
    Expr,
    IndexTerm,
    Position,
    Sym,
    free_indices,
    index_variables,
    subtract,
    walk,
)
from derivations.prove import boxes
from derivations.prove.indexform import (
    COLUMN,
    ONE_FORM,
    ROW,
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    NotProvable,
    Number,
    Slots,
    add,
    degree_of,
    dummies,
    exact,
    is_dummy,
    is_place,
    power_constants,
    scale,
    variables,
)
from derivations.prove.laws import CLEARED_DENOMINATOR, CLEARED_INVERSE, Law
from derivations.prove.normal import Algebra, Replacement, Term
from derivations.prove.render import Condition, conditions, formula
from derivations.prove.translate import Place, Scope, Translator
from derivations.shapes import ShapeError, as_matrix, shape

ROUNDS = 12
MOST_CASES = 256
STEPS = 50_000  # the hardest identity of the catalogue takes 2,000; used up in 5 to 20 s
PARTS = "abcdefgh"  # of a paired axis


@dataclass(frozen=True, slots=True)
class Meeting:
    """Where the sides meet in the first of ``cases`` cases: the form of the left side at these places of its axes.

    ``cleared`` tells that the sides differ as forms, and agree after both were multiplied by something that is not 0.
    """

    translator: Translator
    form: Form
    places: tuple[Place, ...]
    cases: int
    cleared: bool


@dataclass(frozen=True, slots=True)
class Proof:
    """Why the statement holds at every size: where its sides meet, on which conditions, by which rules."""

    conditions: tuple[Condition, ...]
    steps: int
    laws: tuple[Law, ...]
    meeting: Meeting

    @property
    def normal_form(self) -> str:
        return formula(self.meeting.translator, self.meeting.form)


@dataclass(frozen=True, slots=True)
class NoProof:
    """Not decided here; ``limit`` tells that the budget ran out."""

    reason: str
    limit: bool = False


Outcome: TypeAlias = Proof | NoProof


def prove(statement: Statement, budget: int = STEPS) -> Outcome:
    """Try to prove the statement for all values, free indices and sizes."""
    try:
        if shape(statement.left) != shape(statement.right):
            return NoProof("the sides have different shapes")
        translator = prepare(statement, budget)
        outcome = _compare(translator, statement)
        if isinstance(outcome, NoProof) and _divides_by_sums(translator.algebra):
            # Inverses are rewritten from one term of their matrix; the other choice may meet where the first did not.
            translator = prepare(statement, budget)
            translator.algebra.long_words = True
            outcome = _compare(translator, statement)
        return outcome
    except NotProvable as stop:
        return NoProof(stop.reason, stop.limit)
    except ShapeError as error:
        return NoProof(f"the shapes do not conform: {error}")
    except RecursionError:
        return NoProof("the expression is nested too deeply", limit=True)


def _compare(translator: Translator, statement: Statement) -> Outcome:
    """Both sides as forms, case by case."""
    algebra = translator.algebra
    met: list[tuple[Form, tuple[Place, ...]]] = []
    cleared = False
    for scope, places in cases(translator, statement):
        guard = ONE_FORM
        for factor in statement.guards:
            guard = algebra.multiply(guard, translator.scalar(factor, scope))
        left = algebra.multiply(guard, translator.entry(statement.left, places, scope))
        right = algebra.multiply(guard, translator.entry(statement.right, places, scope))
        difference = add(left, scale(right, -1))
        if not vanishes(algebra, difference):
            return NoProof("the normal forms differ")
        met.append((left, places))
        cleared |= bool(difference)
    meeting = Meeting(translator, *met[0], len(met), cleared)
    return Proof(conditions(translator), algebra.steps, tuple(algebra.rules), meeting)


def _divides_by_sums(algebra: Algebra) -> bool:
    """Whether inverses of sums were multiplied by something."""
    return any(head.kind == "inverse" and len(head.body or ()) > 1 for head in algebra.leads)


# ------------------------------------------------------------------ preparing


def prepare(statement: Statement, budget: int) -> Translator:
    """A translator that knows the statement's assumptions."""
    context = statement.context
    unrolled = addressed_dimensions(statement)
    translator = Translator(boxes.algebra(budget), context, unrolled)
    translator.algebra.type_of(ONE)
    equations = [e for e in context.assumptions if isinstance(e, Equation)]
    if equations:
        scratch = Translator(boxes.algebra(budget), context, unrolled)
        scratch.algebra.type_of(ONE)
        known: dict[str, set[str]] = {"one-hot": set(), "symmetric": set()}
        for equation in equations:
            for kind, name in _known_kind(scratch, equation):
                known[kind].add(name)
        translator.one_hot, translator.symmetric = frozenset(known["one-hot"]), frozenset(known["symmetric"])
        translator.constrained = frozenset(n for e in equations for n in names_read(context, e.left, e.right))
    for assumption in context.assumptions:
        if isinstance(assumption, SignAssumption):
            _assume_sign(translator, assumption)
    for equation in equations:
        _assume_equation(translator, equation)
    return translator


def addressed_dimensions(statement: Statement) -> frozenset[Dim]:
    """Literal dimensions that some expression addresses by a fixed place or by arithmetic: these are unrolled."""
    context = statement.context
    found = {ONE}
    for root in (statement.left, statement.right, *statement.guards, *context.definitions.values()):
        for node in walk(root):
            for term in _index_terms(node):
                if isinstance(term, Position) and term.dim.literal:
                    found.add(term.dim)
                if isinstance(term, Affine):
                    found.update(d for d in (term.dim, *(i.dim for i in index_variables(term))) if d.literal)
    return frozenset(found)


def _index_terms(node: Expr) -> tuple[IndexTerm, ...]:
    match node:
        case Entry(indices=terms):
            return terms
        case Delta(left=left, right=right):
            return left, right
        case Derivative(at=terms) if terms is not None:
            return terms
        case _:
            return ()


def names_read(context: Context, *roots: Expr) -> frozenset[str]:
    """All variable names below these expressions, through definitions."""
    found: set[str] = set()
    todo = list(roots)
    while todo:
        for node in walk(todo.pop()):
            if isinstance(node, Sym) and node.name not in found:
                found.add(node.name)
                if node.name in context.definitions:
                    todo.append(context.definitions[node.name])
    return frozenset(found)


def cases(translator: Translator, statement: Statement) -> Iterator[tuple[Scope, tuple[Place, ...]]]:
    """The entries to compare: one general one, but every one along unrolled axes and free indices."""
    free = sorted(
        {i for e in (statement.left, statement.right, *statement.guards) for i in free_indices(e)},
        key=lambda i: (i.name, str(i.dim)),
    )
    of_free = [_choices(translator, i.dim) or [((f":{i.name}", translator.algebra.type_of(i.dim)),)] for i in free]
    of_axes = [
        _choices(translator, dim) or [_general_place(translator, statement, axis, dim)]
        for axis, dim in enumerate(shape(statement.left))
    ]
    count = prod(len(choice) for choice in (*of_free, *of_axes))
    if count > MOST_CASES:
        raise NotProvable(f"{count} cases for indices of literal range", limit=True)
    for indices in product(*of_free):
        for places in product(*of_axes):
            yield Scope(indices=dict(zip(free, indices, strict=True))), places


def _choices(translator: Translator, dim: Dim) -> list[Place]:
    """All places of an unrolled dimension; none where a general one stands for all."""
    return translator.positions(dim) if dim in translator.unrolled else []


def _general_place(translator: Translator, statement: Statement, axis: int, dim: Dim) -> Place:
    """A general place of an axis; one of several indices where vec or ⊗ made the axis."""
    type_of = translator.algebra.type_of
    parts = translator.parts(statement.left, axis) or translator.parts(statement.right, axis)
    if parts is None:
        return ((f"@{axis}", type_of(dim)),)
    if len(parts) > len(PARTS):
        raise NotProvable(f"an axis of {len(parts)} parts", limit=True)
    return tuple((f"@{axis}{letter}", type_of(part)) for letter, part in zip(PARTS, parts, strict=False))


# ---------------------------------------------------------------- assumptions


def _general_entry(translator: Translator, e: Expr) -> Form:
    """An entry at placeholders for its axes and free indices."""
    free = sorted(free_indices(e), key=lambda i: (i.name, str(i.dim)))
    if any(d in translator.unrolled and d != ONE for d in (*shape(e), *(i.dim for i in free))):
        raise NotProvable("an assumption over unrolled axes")
    type_of = translator.algebra.type_of
    scope = Scope(indices={i: ((f"$u{k}", type_of(i.dim)),) for k, i in enumerate(free)})
    places: tuple[Place, ...] = tuple(
        (("=1", "1"),) if d == ONE else ((f"$v{k}", type_of(d)),) for k, d in enumerate(shape(e))
    )
    return translator.entry(e, places, scope)


def _known_kind(translator: Translator, equation: Equation) -> list[tuple[str, str]]:
    """Whether an equation says that a matrix is symmetric, or that rows of 0s and 1s have sum 1."""
    try:
        form = _general_entry(translator, subtract(equation.left, equation.right))
    except NotProvable:
        return []
    match sorted(form.items(), key=lambda term: len(term[0][1])):
        case [(((), ()), unit), (((), ((head, (*row, last), _),)), ones)] if unit == -ones:
            if head.kind == "tensor" and "binary" in head.traits and is_dummy(last) and _general(row):
                return [("one-hot", head.name)]
        case [(((), ((head, (i, j), 1),)), one), (((), ((other, (k, l), 1),)), two)] if one == -two and head is other:
            if head.kind == "tensor" and (i, j) == (l, k) and _general((i, j)):
                return [("symmetric", head.name)]
    return []


def _general(slots: Sequence[Ix]) -> bool:
    """Whether an entry at these places stands for every entry: no sum, no fixed place, no diagonal."""
    return len({*slots}) == len(slots) and not any(is_dummy(i) or is_place(i) for i in slots)


def _assume_equation(translator: Translator, equation: Equation) -> None:
    """The equation as a rewrite, where one of its terms is plainly greater than the others."""
    algebra = translator.algebra
    kept = dict(algebra.requirements)
    try:
        form = _general_entry(translator, subtract(equation.left, equation.right))
    except NotProvable:
        algebra.requirements = kept
        return
    lead = _greatest(form)
    if lead is None:
        algebra.requirements = kept
        return
    (constants, factors), coefficient = lead
    rest = {m: c for m, c in form.items() if m != lead[0]}
    tail = algebra.multiply(rest, {(power_constants(constants, -1), ()): exact(Fraction(-1) / coefficient)})
    law = Law("assumption", "", "the document")
    translator.equations[law] = equation
    algebra.replacements.append(Replacement(factors, tail, law))


def _greatest(form: Form) -> tuple[tuple[Constants, tuple[Factor, ...]], Number] | None:
    """A term of positive powers that has every free index, and more in it than any other term."""
    free = variables(form)
    found: list[tuple[tuple[Number, int], tuple[Constants, tuple[Factor, ...]], Number]] = []
    for monomial, coefficient in form.items():
        factors = monomial[1]
        if not factors or {i for _, s, _ in factors for i in s if not is_dummy(i) and not is_place(i)} != free:
            continue
        if any(e <= 0 or h.kind == "delta" or "one-hot" in h.traits for h, _, e in factors):
            continue
        found.append((_bulk(factors), monomial, coefficient))
    if not found:
        return None
    size, monomial, coefficient = max(found, key=lambda f: f[0])
    if any(_bulk(m[1]) >= size for m in form if m != monomial):
        return None
    return monomial, coefficient


def _bulk(factors: tuple[Factor, ...]) -> tuple[Number, int]:
    return degree_of(factors), len(dummies(factors))


def _assume_sign(translator: Translator, assumption: SignAssumption) -> None:
    algebra = translator.algebra
    kept = dict(algebra.requirements)
    try:
        form = _general_entry(translator, assumption.operand)
        sign = {">": "positive", "≥": "nonnegative", "≠": "nonzero"}[assumption.sign]
        mark, _ = algebra.close("mark", "condition", form)
        algebra.assumed[sign, mark] = True
        if isinstance(assumption.operand, Det) and assumption.sign != "≥":
            _assume_invertible(translator, assumption.operand.operand)
    except NotProvable:
        pass
    algebra.requirements = kept


def _assume_invertible(translator: Translator, matrix: Expr) -> None:
    type_ = translator.algebra.type_of(as_matrix(shape(matrix))[0])
    pair = ((ROW, type_), (COLUMN, type_))
    form = translator.matrix(matrix, pair[:1], pair[1:], Scope())
    mark, _ = translator.algebra.close("mark", "condition", form, pair)
    translator.algebra.assumed["invertible", mark] = True


# -------------------------------------------------------- clearing denominators


def vanishes(algebra: Algebra, form: Form) -> bool:
    """Whether a form is 0 on the recorded domain, multiplying by denominators where needed (THEORY 2, Equality).

    Which inverse to multiply away first is a matter of luck: a few orders are tried, breadth first.
    """
    if not form:
        return True
    todo = [form]
    for _ in range(ROUNDS):
        if not todo:
            break
        for cleared in _cleared(algebra, todo.pop(0)):
            if not cleared:
                return True
            todo.append(cleared)
    return False


def _cleared(algebra: Algebra, form: Form) -> Iterator[Form]:
    """The form without its last denominator; where it has none, without one inverse or another, largest matrix first."""
    denominators = [
        (head, slots, exponent)
        for _, factors in form
        for head, slots, exponent in factors
        if exponent < 0 and not boxes.is_function(head, "exp") and not any(is_dummy(i) for i in slots)
    ]
    if denominators:
        # The greatest power of the one made last, in which others may stand.
        yield _clear_denominator(algebra, form, min(denominators, key=lambda f: (-f[0].number, f[2])))
        return
    chosen = {
        (head, k, slots[k]): slots
        for _, factors in form
        for head, slots, _ in factors
        if head.kind == "inverse" and not any(is_dummy(i) for i in slots[2:])
        for k in (0, 1)
        if not (is_dummy(slots[k]) or is_place(slots[k]) or slots.count(slots[k]) > 1)
    }
    for head, k, near in sorted(chosen, key=lambda c: (len(c[0].body or ()), c[0].number, c[1]), reverse=True):
        yield _clear_inverse(algebra, form, head, chosen[head, k, near], k)


def _clear_denominator(algebra: Algebra, form: Form, denominator: Factor) -> Form:
    """The form times a denominator without dummies; exponentials divide nothing."""
    algebra.use(CLEARED_DENOMINATOR)
    head, slots, exponent = denominator
    # Multiplied unexpanded: where the denominator stands, it goes away as a whole.
    return algebra.normal(
        Term(coefficient, constants, frozenset(dummies(factors)), (*factors, (head, slots, -exponent)))
        for (constants, factors), coefficient in form.items()
    )


def _clear_inverse(algebra: Algebra, form: Form, head: Head, slots: Slots, k: int) -> Form:
    """Σ_i M_pi · (entry i of the form), a bijection for invertible M: over the free index at place k of inv⟨M⟩."""
    algebra.use(CLEARED_INVERSE)
    near = slots[k]
    far = algebra.hidden(near[1])
    row, column = (far, near) if k == 0 else (near, far)
    matrix = algebra.substitute(algebra.instance(head, slots), {(ROW, near[1]): row, (COLUMN, near[1]): column})
    return algebra.bind(algebra.multiply(matrix, form), [near])
