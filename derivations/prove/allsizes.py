"""A proof for every size: both sides have one normal form, or meet after clearing denominators.

``prove`` never raises and never looks at the clock: what it does not support, and what outruns its step
budget, comes back as ``NoProof`` with the reason.  No proof says nothing about the claim.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import product
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
    Index,
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
    NotProvable,
    Number,
    add,
    degree_of,
    dummies,
    exact,
    is_dummy,
    is_place,
    scale,
    variables,
)
from derivations.prove.laws import CLEARED_DENOMINATOR, CLEARED_INVERSE, Law
from derivations.prove.normal import Algebra, Replacement, Term
from derivations.prove.render import Condition, conditions, formula
from derivations.prove.translate import Place, Scope, Translator
from derivations.shapes import ShapeError, shape

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


def prove(statement: Statement, budget: int = STEPS) -> Proof | NoProof:
    """Try to prove the statement for all values, free indices and sizes."""
    try:
        outcome, inverses = _prove(statement, budget, long_words=False)
        if isinstance(outcome, NoProof) and inverses:
            # Inverses are rewritten from one term of their matrix; the other choice may meet where the first did not.
            outcome, _ = _prove(statement, budget, long_words=True)
        return outcome
    except NotProvable as stop:
        return NoProof(stop.reason, stop.limit)
    except ShapeError as error:
        return NoProof(f"the shapes do not conform: {error}")
    except RecursionError:
        return NoProof("the expression is nested too deeply", limit=True)


def _prove(statement: Statement, budget: int, long_words: bool) -> tuple[Proof | NoProof, bool]:
    """The outcome, and whether inverses of sums occurred."""
    if shape(statement.left) != shape(statement.right):
        return NoProof("the sides have different shapes"), False
    translator = prepare(statement, budget)
    translator.algebra.long_words = long_words
    algebra = translator.algebra
    first: tuple[Form, tuple[Place, ...]] | None = None
    count, cleared = 0, False
    for scope, places in cases(translator, statement):
        guard = ONE_FORM
        for factor in statement.guards:
            guard = algebra.multiply(guard, translator.scalar(factor, scope))
        left = algebra.multiply(guard, translator.entry(statement.left, places, scope))
        right = algebra.multiply(guard, translator.entry(statement.right, places, scope))
        difference = add(left, scale(right, -1))
        if difference and not vanishes(algebra, difference):
            return NoProof("the normal forms differ"), any(h.kind == "inverse" and len(h.body or ()) > 1 for h in algebra.leads)
        first = first or (left, places)
        count, cleared = count + 1, cleared or bool(difference)
    assert first is not None
    meeting = Meeting(translator, *first, count, cleared)
    return Proof(conditions(translator), algebra.steps, tuple(algebra.rules), meeting), False


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
        found = [k for e in equations for k in _known_kind(scratch, e)]
        translator.one_hot = frozenset(n for kind, n in found if kind == "one-hot")
        translator.symmetric = frozenset(n for kind, n in found if kind == "symmetric")
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
    axes = shape(statement.left)
    choices: list[list[Place]] = []
    for dim in [*(i.dim for i in free), *axes]:
        choices.append(translator.positions(dim) if dim in translator.unrolled else [])
    for n, dim in enumerate(axes):
        if not choices[len(free) + n]:
            parts = translator.parts(statement.left, n) or translator.parts(statement.right, n)
            types = [translator.algebra.type_of(d) for d in parts or (dim,)]
            if len(types) > len(PARTS):
                raise NotProvable(f"an axis of {len(types)} parts", limit=True)
            choices[len(free) + n] = [tuple((f"@{n}{PARTS[k] if parts else ''}", t) for k, t in enumerate(types))]
    for n, index in enumerate(free):
        if not choices[n]:
            choices[n] = [((f":{index.name}", translator.algebra.type_of(index.dim)),)]
    count = 1
    for choice in choices:
        count *= len(choice)
    if count > MOST_CASES:
        raise NotProvable(f"{count} cases for indices of literal range", limit=True)
    for chosen in product(*choices):
        indices: Mapping[Index, Place] = dict(zip(free, chosen, strict=False))
        yield Scope(indices=indices), chosen[len(free) :]


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
    terms = list(form.items())
    if len(terms) != 2:
        return []
    (k1, f1), c1 = terms[0]
    (k2, f2), c2 = terms[1]
    if k1 or k2 or c1 != -c2:
        return []
    row, unit = (f1, f2) if f1 else (f2, f1)
    if len(row) == 1 and not unit:
        head, slots, _ = row[0]
        variable = translator.context.variables.get(head.name)
        binary = head.kind == "tensor" and variable is not None and variable.domain == "binary"
        if binary and [is_dummy(i) for i in slots] == [False] * (len(slots) - 1) + [True]:
            return [("one-hot", head.name)]
    if len(f1) == len(f2) == 1:
        (head, slots, power), (other, reverse, power2) = f1[0], f2[0]
        mirrored = head is other and len(slots) == 2 and slots == reverse[::-1]
        if mirrored and head.kind == "tensor" and power == power2 == 1:
            return [("symmetric", head.name)]
    return []


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
    inverse = tuple((n, -e) for n, e in constants)
    tail = algebra.multiply(rest, {(inverse, ()): exact(Fraction(-1) / coefficient)}) if rest else {}
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
    type_ = translator.algebra.type_of(shape(matrix)[0])
    pair = ((ROW, type_), (COLUMN, type_))
    form = translator.entry(matrix, ((pair[0],), (pair[1],)), Scope())
    mark, _ = translator.algebra.close("mark", "condition", form, pair)
    translator.algebra.assumed["invertible", mark] = True


# -------------------------------------------------------- clearing denominators


def vanishes(algebra: Algebra, form: Form) -> bool:
    """Whether a form is 0 on the recorded domain, multiplying by denominators where needed (THEORY 2, Equality).

    Which inverse to multiply away first is a matter of luck: a few orders are tried, breadth first.
    """
    todo, tried = [form], 0
    while todo and tried < ROUNDS:
        form = todo.pop(0)
        if not form:
            return True
        tried += 1
        cleared = _clear_denominator(algebra, form)
        if cleared is not None:
            todo.append(cleared)
            continue
        for cleared in _clear_inverse(algebra, form):
            if not cleared:
                return True
            todo.append(cleared)
    return any(not f for f in todo)


def _clear_denominator(algebra: Algebra, form: Form) -> Form | None:
    """The form times the greatest power of a denominator without dummies; exponentials divide nothing."""
    powers: dict[tuple[Head, tuple[object, ...]], Factor] = {}
    for _, factors in form:
        for head, slots, exponent in factors:
            if exponent < 0 and head.name != "exp" and not any(is_dummy(i) for i in slots):
                known = powers.get((head, slots))
                if known is None or exponent < known[2]:
                    powers[head, slots] = (head, slots, exponent)
    if not powers:
        return None
    algebra.use(CLEARED_DENOMINATOR)
    head, slots, exponent = min(powers.values(), key=lambda f: (-f[0].number, f[2]))
    # Multiplied unexpanded: where the denominator stands, it goes away as a whole.
    return algebra.normal(
        Term(coefficient, constants, frozenset(dummies(factors)), (*factors, (head, slots, -exponent)))
        for (constants, factors), coefficient in form.items()
    )


def _clear_inverse(algebra: Algebra, form: Form) -> Iterator[Form]:
    """Σ_i M_pi · (entry i of the form), a bijection for invertible M: over a free index of inv⟨M⟩, largest M first."""
    found = {
        (len(head.body or ()), head.number, k, slots[k], slots): head
        for _, factors in form
        for head, slots, _ in factors
        if head.kind == "inverse"
        for k in (0, 1)
        if not (is_dummy(slots[k]) or is_place(slots[k]) or slots[k] in slots[:k] + slots[k + 1 :])
        if not any(is_dummy(i) for i in slots[2:])
    }
    chosen = {}
    for (_, _, k, near, slots), head in sorted(found.items(), key=lambda f: f[0][:3], reverse=True):
        chosen[head, k, near] = slots
    for (head, k, near), slots in chosen.items():
        algebra.use(CLEARED_INVERSE)
        far = algebra.hidden(near[1])
        row, column = (far, near) if k == 0 else (near, far)
        matrix = algebra.substitute(algebra.instance(head, slots), {(ROW, near[1]): row, (COLUMN, near[1]): column})
        yield algebra.bind(algebra.multiply(matrix, form), [near])

