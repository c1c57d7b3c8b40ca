"""The normal form: terms are settled, rewritten and labelled until no rule applies (THEORY 2).

``Algebra`` is the kernel's workspace: it interns heads, collects conditions and counts steps.
Every rule is an identity at every size ≥ 1 under the conditions that it records; none looks at a size.
The boxes (exp, log, powers of sums, inverses …) are built in ``boxes.py``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import groupby, permutations, product
from math import factorial, prod
from typing import Literal, NamedTuple, TypeAlias

from derivations.expr import Dim
from derivations.prove import matching
from derivations.prove.canonical import canonical, components, cost
from derivations.prove.indexform import (
    COLUMN,
    ONE_FORM,
    ROW,
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    Kind,
    Monomial,
    NotProvable,
    Number,
    Slots,
    add_into,
    add_term,
    degree_of,
    dummies,
    exact,
    is_dummy,
    is_place,
    least,
    leaves,
    map_slots,
    power_constants,
    rank,
    scale,
    times_constants,
    variables,
)
from derivations.prove.laws import COUNTED, Law

Need = Literal["nonzero", "nonnegative", "positive", "kink", "invertible"]


class Term(NamedTuple):
    """One raw term.  ``bound`` are all its dummies, those in no factor included (they count a size, R3)."""

    coefficient: Number
    constants: Constants
    bound: frozenset[Ix]
    factors: tuple[Factor, ...]


class Requirement(NamedTuple):
    """A condition in the making; an invertible matrix is a form in ``$r`` and ``$c``.

    Of a product, ``pieces`` are its factors: where each is required, the product need not be told.
    """

    need: Need
    form: Form
    origin: str
    pieces: tuple[Head, ...] = ()


class Replacement(NamedTuple):
    """An assumption as a rewrite: the pattern's factors equal ``form``, whose free indices are placeholders."""

    pattern: tuple[Factor, ...]
    form: Form
    law: Law


Rebuild: TypeAlias = Callable[["Algebra", Head, Form, Slots, Number], Form]
Rewrite: TypeAlias = Callable[["Algebra", Term], "list[Term] | None"]


@dataclass(slots=True)
class Algebra:
    """Forms and their operations.  Mutable only in what it remembers: heads, conditions, counters."""

    budget: int
    rebuild: Rebuild
    long_words: bool = False
    steps: int = 0
    made: int = 1_000_000
    dims: dict[str, Dim] = field(default_factory=dict)
    aliases: dict[object, tuple[Head, tuple[int, ...]]] = field(default_factory=dict)
    requirements: dict[tuple[Need, Head], Requirement] = field(default_factory=dict)
    assumed: dict[tuple[str, Head], bool] = field(default_factory=dict)
    replacements: list[Replacement] = field(default_factory=list)
    rules: dict[Law, None] = field(default_factory=dict)
    leads: dict[Head, Division | None] = field(default_factory=dict)
    logistics: dict[Head, Logistic | None] = field(default_factory=dict)
    memory: dict[object, Form] = field(default_factory=dict)
    delta: Head = field(default_factory=lambda: Head("delta", "δ", 0, ((0, 1), (1, 0))))

    # ------------------------------------------------------------ bookkeeping

    def spend(self, count: int = 1) -> None:
        self.steps += count
        if self.steps > self.budget:
            raise NotProvable(f"the step budget of {self.budget} ran out", limit=True)

    def number(self) -> int:
        self.made += 1
        return self.made

    def use(self, law: Law) -> None:
        """Note that a rule was applied."""
        self.rules[law] = None

    def type_of(self, dim: Dim) -> str:
        name = str(dim)
        self.dims[name] = dim
        return name

    def dummy(self, type_: str) -> Ix:
        return (self.number(), type_)

    def hidden(self, type_: str) -> Ix:
        """A free name of our own."""
        return (f"~{self.number()}", type_)

    # ------------------------------------------------------------- operations

    def atom(self, head: Head, slots: Slots, exponent: Number = 1) -> Form:
        return self.normal([Term(1, (), frozenset(), ((head, slots, exponent),))])

    def kronecker(self, left: Ix, right: Ix) -> Form:
        return self.atom(self.delta, (left, right))

    def size(self, type_: str, exponent: Number = 1) -> Form:
        """The number n^e; a literal dimension is a number like any other."""
        coefficient, constants = _size(self.dims[type_], exponent)
        return {(constants, ()): coefficient}

    def multiply(self, left: Form, right: Form) -> Form:
        if left is ONE_FORM or right is ONE_FORM:
            return right if left is ONE_FORM else left
        terms = []
        for (constants, factors), coefficient in right.items():
            # Renamed apart: the dummies of a canonical term are small numbers.
            factors = self.apart(factors)
            for (constants2, factors2), coefficient2 in left.items():
                both = factors2 + factors
                terms.append(
                    Term(coefficient * coefficient2, times_constants(constants2, constants), frozenset(dummies(both)), both)
                )
        return self.normal(terms)

    def apart(self, factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
        """The same factors with fresh dummies (R1)."""
        names = sorted(dummies(factors))
        return tuple(map_slots(factors, {i: self.dummy(i[1]) for i in names})) if names else factors

    def bind(self, form: Form, indices: Iterable[Ix]) -> Form:
        """Σ over free indices; one that does not occur gives its size (R3)."""
        bound = list(indices)
        terms = []
        for (constants, factors), coefficient in form.items():
            mapping = {i: self.dummy(i[1]) for i in bound}
            renamed = tuple(map_slots(factors, mapping))
            terms.append(Term(coefficient, constants, frozenset(dummies(factors)) | set(mapping.values()), renamed))
        return self.normal(terms)

    def substitute(self, form: Form, mapping: Mapping[Ix, Ix]) -> Form:
        """Free indices for free indices, all at once."""
        mapping = {k: v for k, v in mapping.items() if k != v}
        if not mapping:
            return form
        terms = []
        out: dict[Monomial, Number] = {}
        for monomial, coefficient in form.items():
            constants, factors = monomial
            if any(i in mapping for _, slots, _ in factors for i in slots):
                terms.append(Term(coefficient, constants, frozenset(dummies(factors)), tuple(map_slots(factors, mapping))))
            else:
                add_term(out, monomial, coefficient)
        add_into(out, self.normal(terms))
        return out

    def instance(self, head: Head, slots: Slots) -> Form:
        """The body of a box at its outer slots."""
        assert head.body is not None
        outer = slots[head.fixed :]
        if head.parameters and not {*outer}.isdisjoint(head.parameters):
            raise NotProvable("a matrix whose entries depend on another matrix's row")
        return self.substitute(head.body, dict(zip(head.placeholders, outer, strict=True)))

    def relabel(self, form: Form, mapping: Mapping[Ix, Ix]) -> Form:
        """An injective renaming of free indices: no rule can fire, only labels change (and the ends of a δ)."""
        if any(f[0] is self.delta for _, factors in form for f in factors):
            return self.substitute(form, mapping)
        return {(k, canonical(tuple(map_slots(f, mapping)), self.spend)): c for (k, f), c in form.items()}

    # ---------------------------------------------------------------- interning

    def close(
        self,
        kind: Kind,
        name: str,
        body: Form,
        parameters: Slots = (),
        fixed: Slots = (),
        order: int = 0,
        traits: frozenset[str] = frozenset(),
        blocks: tuple[tuple[int, ...], ...] = (),
    ) -> tuple[Head, Slots]:
        """The box with this body, as an interned head and its slots.

        ``parameters`` are free in the body and bound by the box: the row and column of a matrix (whose
        transpose is told apart by the ``fixed`` slots or, for a determinant, not at all), a loss's axes.
        ``blocks`` are symmetries of the fixed slots that hold for any body.
        """
        free = _placed(body, variables(body) - set(parameters))
        places = tuple((f"${k}", i[1]) for k, i in enumerate(free))
        generic = self.relabel(body, dict(zip(free, places, strict=True)))
        found = self._alias(kind, name, order, fixed, generic)
        if found is None:
            found = self._create(kind, name, generic, parameters, fixed, order, traits, blocks, places, body, free)
        head, positions = found
        slots = (*fixed, *free)
        return head, tuple(slots[p] for p in positions)

    def known_box(self, kind: Kind, name: str, body: Form) -> bool:
        """Whether ``close`` has met this body."""
        free = _placed(body, variables(body))
        generic = self.relabel(body, {i: (f"${k}", i[1]) for k, i in enumerate(free)})
        return self._alias(kind, name, 0, (), generic) is not None

    def _alias(self, kind: Kind, name: str, order: int, fixed: Slots, body: Form) -> tuple[Head, tuple[int, ...]] | None:
        return self.aliases.get((kind, name, order, len(fixed), frozenset(body.items())))

    def _create(
        self,
        kind: Kind,
        name: str,
        generic: Form,
        parameters: Slots,
        fixed: Slots,
        order: int,
        traits: frozenset[str],
        blocks: tuple[tuple[int, ...], ...],
        places: Slots,
        body: Form,
        free: list[Ix],
    ) -> tuple[Head, tuple[int, ...]]:
        """A new head, found from now on under every order of its placeholders (and its transpose)."""
        count = len(fixed)
        identity = tuple(range(count))
        own = generic.items()
        variants: list[tuple[tuple[int, ...], Mapping[Ix, Ix]]] = [(identity, {})]
        if kind in ("inverse", "determinant"):
            row, column = parameters
            variants.append((identity[::-1], {row: column, column: row}))
        spellings: list[tuple[tuple[int, ...], Form]] = []
        for fixed_order, swap in variants:
            for outer in _orders([_invariant(body, i) for i in free]):
                mapping = {**swap, **{places[k]: places[p] for k, p in enumerate(outer)}}
                spelled = self.relabel(generic, mapping) if swap or outer != tuple(range(len(free))) else generic
                spellings.append((fixed_order + tuple(count + p for p in outer), spelled))
        symmetry = {positions for positions, spelled in spellings if spelled.items() == own}
        if blocks:
            symmetry = {b + s[count:] for b in blocks for s in symmetry}
        start = tuple(range(count + len(free)))
        head = Head(
            kind, name, self.number(), (start, *sorted(symmetry - {start})), generic, count, order, leaves(generic), traits,
            places, parameters,
        )
        for positions, spelled in reversed(spellings):
            self.aliases[kind, name, order, count, frozenset(spelled.items())] = head, positions
        return head, start

    # --------------------------------------------------------- signs, conditions

    def is_positive(self, form: Form) -> bool:
        """Whether the form is positive wherever the conditions recorded so far hold."""
        return self.holds("positive", form) or ("positive", self.mark(form)) in self.requirements

    def mark(self, form: Form) -> Head:
        """What a condition on this form is remembered by."""
        return self.close("mark", "condition", form)[0]

    def require(self, need: Need, form: Form, origin: str, pieces: tuple[Form, ...] = ()) -> None:
        """Record a condition, unless it is known to hold."""
        if need == "kink" and all(c < 0 for c in form.values()):
            form = scale(form, -1)  # away from 0 is away from 0 on either side
        if need != "invertible" and self.holds(need, form):
            return
        parameters = tuple(sorted(i for i in variables(form) if i[0] in (ROW, COLUMN))) if need == "invertible" else ()
        head, _ = self.close("mark", "condition", form, parameters)
        if (need, head) in self.assumed:
            return
        marks = tuple(self.mark(p) for p in pieces)
        self.requirements.setdefault((need, head), Requirement(need, form, origin, marks))

    def holds(self, need: Need, form: Form) -> bool:
        """Whether the sign is plain from the factors, or assumed."""
        if not form:
            return need == "nonnegative"
        signs = [self._sign(m, c) for m, c in form.items()]
        if all("nonnegative" in s for s in signs) and (need == "nonnegative" or any("positive" in s for s in signs)):
            return True
        if len(signs) == 1 and "nonzero" in signs[0] and need in ("nonzero", "kink"):
            return True
        if not self.assumed:
            return False
        head, _ = self.close("mark", "condition", form)
        strong = {"nonzero": ("nonzero", "positive"), "kink": ("nonzero", "positive"), "positive": ("positive",)}
        return any((s, head) in self.assumed for s in strong.get(need, ("nonnegative", "positive")))

    def _sign(self, monomial: Monomial, coefficient: Number) -> set[str]:
        """What is plain about the sign of one term: of ``positive``, ``nonnegative``, ``nonzero``."""
        factors = monomial[1]
        signs = {"positive", "nonnegative", "nonzero"}
        for head, slots, exponent in factors:
            signs &= self.factor_sign(head, slots, exponent)
        if "positive" not in signs and dummies(factors):
            signs -= {"nonzero"}
        if coefficient < 0:
            signs -= {"positive", "nonnegative"}
        return signs

    def factor_sign(self, head: Head, slots: Slots, exponent: Number) -> set[str]:
        signs: set[str] = set()
        if "positive" in head.traits or self._assumed("positive", head, slots):
            return {"positive", "nonnegative", "nonzero"}
        plain = "nonnegative" in head.traits or type(exponent) is Fraction or not exponent % 2
        if plain or self._assumed("nonnegative", head, slots):
            signs.add("nonnegative")
        if "nonzero" in head.traits or exponent < 0 or self._assumed("nonzero", head, slots):
            signs.add("nonzero")
        return signs | {"positive"} if len(signs) == 2 else signs

    def _assumed(self, sign: str, head: Head, slots: Slots) -> bool:
        if not self.assumed or head.kind == "delta":
            return False
        form: Form = {((), ((head, tuple((f"~{k}", i[1]) if is_dummy(i) else i for k, i in enumerate(slots)), 1),)): 1}
        mark, _ = self.close("mark", "condition", form)
        return (sign, mark) in self.assumed

    # -------------------------------------------------------------- normal form

    def normal(self, terms: Iterable[Term]) -> Form:
        """The normal form of a sum of raw terms."""
        out: dict[Monomial, Number] = {}
        todo = list(terms)
        while todo:
            term = settle(self, todo.pop())
            # Longer terms cost more: what a rule makes grow has to run out of steps in time.
            self.spend(1 if term is None else cost(len(term.factors)))
            if term is None:
                continue
            for rule in REWRITES:
                rewritten = rule.apply(self, term)
                if rewritten is not None:
                    self.use(rule.law)
                    todo.extend(rewritten)
                    break
            else:
                add_term(out, (term.constants, canonical(term.factors, self.spend)), term.coefficient)
        return out

    def open(self, term: Term, rest: tuple[Factor, ...], value: Callable[[Mapping[Ix, Ix]], Form]) -> list[Term]:
        """``term`` with some factors replaced by a form.

        Dummies of the host are hidden behind free names while ``value`` is built, else a box built there
        would take them for its own (THEORY 7, fault 13).
        """
        hide = {i: self.hidden(i[1]) for i in sorted(term.bound)}
        show = {v: k for k, v in hide.items()}
        out = []
        for (constants, factors), coefficient in value(hide).items():
            fresh = self.apart(factors)
            out.append(
                Term(
                    term.coefficient * coefficient,
                    times_constants(term.constants, constants),
                    term.bound | dummies(fresh),
                    rest + tuple(map_slots(fresh, show)),
                )
            )
        return out

    def replaced(self, term: Term, rest: Sequence[Factor], form: Form, binding: Mapping[Ix, Ix], constants: Constants = (),
                 scale: Number = 1) -> list[Term]:
        """``rest`` times a form whose free indices are bound to indices of the host; nothing is rebuilt here."""
        out = []
        for (own, factors), coefficient in form.items():
            fresh = self.apart(factors)
            placed = tuple(rest) + tuple(map_slots(fresh, binding))
            both = times_constants(times_constants(term.constants, own), constants)
            out.append(Term(exact(term.coefficient * coefficient * scale), both, term.bound | dummies(fresh), placed))
        return out


def _size(dim: Dim, exponent: Number) -> tuple[Number, Constants]:
    coefficient, constants = rational_power(dim.coefficient, exponent)
    for name in dim.names:
        constants = times_constants(constants, ((name, exponent),))
    return coefficient, constants


def rational_power(base: Number, exponent: Number) -> tuple[Number, Constants]:
    """base^exponent for base > 0 as a rational times roots of primes ``#p`` with exponents in (0, 1)."""
    if type(exponent) is not Fraction:
        return exact(Fraction(base) ** int(exponent)), ()
    rational = Fraction(1)
    roots: list[tuple[str, Number]] = []
    for p, e in primes_of(base):
        whole, part = divmod(e * exponent, 1)
        rational *= Fraction(p) ** int(whole)
        if part:
            roots.append((f"#{p}", part))
    return exact(rational), tuple(sorted(roots))


def primes_of(value: Number) -> list[tuple[int, int]]:
    """A positive rational as powers of primes."""
    fraction = Fraction(value)
    powers = _primes(fraction.numerator)
    for p, e in _primes(fraction.denominator).items():
        powers[p] = powers.get(p, 0) - e
    return sorted(powers.items())


def _primes(value: int) -> dict[int, int]:
    """Prime factors; what trial division up to 10⁴ leaves counts as one."""
    out: dict[int, int] = {}
    p = 2
    while p * p <= value and p < 10_000:
        while not value % p:
            out[p] = out.get(p, 0) + 1
            value //= p
        p += 1
    if value > 1:
        out[value] = 1
    return out


def _invariant(form: Form, index: Ix) -> tuple[str, list[tuple[Number, int, Number, int]]]:
    """What tells a free index of a form from the others, whatever it is called."""
    seen = [
        (coefficient, head.number, exponent, place if len(head.symmetry) == 1 else -1)
        for (_, factors), coefficient in form.items()
        for head, slots, exponent in factors
        for place, slot in enumerate(slots)
        if slot == index
    ]
    return index[1], sorted(seen)


def _placed(form: Form, free: Iterable[Ix]) -> list[Ix]:
    """Free indices in the order of their placeholders: by what they do, then by name."""
    return sorted(free, key=lambda i: (_invariant(form, i), rank(i)))


def _orders(invariants: list[tuple[str, list[tuple[Number, int, Number, int]]]]) -> list[tuple[int, ...]]:
    """The orders of slots that their invariants leave open (identity first); only that one where there are too many."""
    groups = [tuple(places) for _, places in groupby(range(len(invariants)), key=invariants.__getitem__)]
    if prod(factorial(len(g)) for g in groups) > 120:
        return [tuple(range(len(invariants)))]
    return [tuple(p for part in choice for p in part) for choice in product(*(permutations(g) for g in groups))]


# ------------------------------------------------------------ settling a term


def settle(algebra: Algebra, term: Term) -> Term | None:
    """Deltas, equal factors, idempotents and detached dummies (R2–R5); None for zero."""
    coefficient, constants, bound, factors = term
    if not coefficient:
        return None
    if any(f[0] is algebra.delta for f in factors):
        contracted = contract_deltas(algebra, factors, set(bound))
        if contracted is None:
            return None
        factors, bound = contracted
    powers: dict[tuple[Head, Slots], Number] = {}
    for head, slots, exponent in factors:
        key = head, least(head, slots)
        powers[key] = powers.get(key, 0) + exponent
    merged = []
    for (head, slots), exponent in powers.items():
        exponent = idempotent(head, exact(exponent))
        if exponent:
            merged.append((head, slots, exponent))
    factors = tuple(merged)
    detached = bound - dummies(factors)
    for index in detached:
        algebra.use(COUNTED)
        count, size = _size(algebra.dims[index[1]], 1)
        coefficient = coefficient * count
        constants = times_constants(constants, size)
    coefficient, constants = _whole_roots(coefficient, constants)
    return Term(exact(coefficient), constants, bound - detached, factors)


def _whole_roots(coefficient: Number, constants: Constants) -> tuple[Number, Constants]:
    """Whole powers of roots of primes belong to the coefficient."""
    out: list[tuple[str, Number]] = []
    for name, exponent in constants:
        if name[0] == "#":
            whole, part = divmod(exponent, 1)
            coefficient = coefficient * Fraction(int(name[1:])) ** int(whole)
            exponent = exact(part)
        if exponent:
            out.append((name, exponent))
    return coefficient, tuple(out)


def contract_deltas(
    algebra: Algebra, factors: Iterable[Factor], bound: set[Ix]
) -> tuple[tuple[Factor, ...], frozenset[Ix]] | None:
    """R2: a δ with a dummy is substituted and dropped, a free one substituted in the rest and kept."""
    todo: list[Slots] = []
    rest = []
    for factor in factors:
        if factor[0] is not algebra.delta:
            rest.append(factor)
        elif factor[2] <= 0:
            raise NotProvable("the reciprocal of a Kronecker delta")
        else:
            todo.append(factor[1])
    kept: list[tuple[Ix, Ix]] = []
    mapping: dict[Ix, Ix] = {}
    while todo:
        a, b = todo.pop()
        a, b = mapping.get(a, a), mapping.get(b, b)
        if a == b:
            continue
        if a[1] != b[1]:
            raise NotProvable(f"a Kronecker delta between different dimensions {a[1]} and {b[1]}")
        if is_place(a) and is_place(b):
            return None
        old, new = (a, b) if is_dummy(a) else (b, a) if is_dummy(b) else (max(a, b, key=rank), min(a, b, key=rank))
        if is_dummy(old):
            bound.discard(old)
        else:
            kept = [(x, new if y == old else y) for x, y in kept] + [(old, new)]
        mapping = {k: new if v == old else v for k, v in mapping.items()}
        mapping[old] = new
    deltas = [(algebra.delta, least(algebra.delta, pair), 1) for pair in kept]
    return (*map_slots(rest, mapping), *deltas), frozenset(bound)


def idempotent(head: Head, exponent: Number) -> Number:
    """R4, R5: the exponent that counts: v·v = v for values 0 and 1, v·v = 1 for signs."""
    if exponent and "binary" in head.traits:
        if exponent < 0:
            raise NotProvable(f"the reciprocal of {head.name}, which may be 0")
        return 1
    if "sign" in head.traits and type(exponent) is not Fraction:
        return exponent % 2
    return exponent


# ------------------------------------------------------------------- rewrites


class Rule(NamedTuple):
    """One rule a row: as it is told, and what it does."""

    law: Law
    apply: Rewrite


def one_hot_pair(algebra: Algebra, term: Term) -> list[Term] | None:
    """Y_ij Y_ik = δ_jk Y_ij: a row has its 1 in one place."""
    seen: dict[tuple[Head, Slots], Ix] = {}
    for place, (head, slots, _) in enumerate(term.factors):
        if "one-hot" not in head.traits:
            continue
        other = seen.setdefault((head, slots[:-1]), slots[-1])
        if other != slots[-1]:
            delta: Factor = (algebra.delta, (other, slots[-1]), 1)
            return [term._replace(factors=(*term.factors[:place], *term.factors[place + 1 :], delta))]
    return None


def one_hot_row(algebra: Algebra, term: Term) -> list[Term] | None:
    """Σ_j Y_ij = 1."""
    for place, (head, slots, _) in enumerate(term.factors):
        if "one-hot" in head.traits and is_dummy(slots[-1]) and slots[-1] not in slots[:-1]:
            rest = term.factors[:place] + term.factors[place + 1 :]
            if not any(slots[-1] in s for _, s, _ in rest):
                return [term._replace(factors=rest, bound=term.bound - {slots[-1]})]
    return None


def one_hot_last(algebra: Algebra, term: Term) -> list[Term] | None:
    """Y_iK = 1 − Σ_{j<K} Y_ij for K places that are told apart."""
    for place, (head, slots, _) in enumerate(term.factors):
        if "one-hot" in head.traits and is_place(slots[-1]):
            dim = algebra.dims[slots[-1][1]]
            if dim.literal and slots[-1][0] == f"={dim.coefficient}":
                rest = term.factors[:place] + term.factors[place + 1 :]
                others = [(head, (*slots[:-1], (f"={k}", slots[-1][1])), 1) for k in range(1, dim.coefficient)]
                minus = term._replace(coefficient=-term.coefficient)
                return [term._replace(factors=rest), *(minus._replace(factors=(*rest, other)) for other in others)]
    return None


def expand_power(algebra: Algebra, term: Term) -> list[Term] | None:
    """u^q for q ≥ 1 is u · u^{q-1}."""
    for place, (head, slots, exponent) in enumerate(term.factors):
        if head.kind == "power" and exponent >= 1:
            rest = term.factors[:place] + term.factors[place + 1 :]
            left = exact(exponent - 1)
            if left:
                rest = (*rest, (head, slots, left))

            def value(hide: Mapping[Ix, Ix], h: Head = head, s: Slots = slots) -> Form:
                return algebra.instance(h, hidden_slots(s, hide))

            return algebra.open(term, rest, value)
    return None


def rebuild_box(algebra: Algebra, term: Term) -> list[Term] | None:
    """A box whose slots coincide or are fixed places is built anew: its body may simplify."""
    for place, (head, slots, exponent) in enumerate(term.factors):
        if head.body is None:
            continue
        outer = slots[head.fixed :]
        if len(set(outer)) < len(outer) or any(is_place(i) for i in outer):
            rest = term.factors[:place] + term.factors[place + 1 :]

            def value(hide: Mapping[Ix, Ix], h: Head = head, s: Slots = slots, e: Number = exponent) -> Form:
                inner = hidden_slots(s, hide)
                return algebra.rebuild(algebra, h, algebra.instance(h, inner), inner[: h.fixed], e)

            return algebra.open(term, rest, value)
    return None


def hidden_slots(slots: Slots, hide: Mapping[Ix, Ix]) -> Slots:
    return tuple(hide.get(i, i) for i in slots)


def sine_square(algebra: Algebra, term: Term) -> list[Term] | None:
    """sin² = 1 − cos²."""
    for place, (head, slots, exponent) in enumerate(term.factors):
        if head.kind == "function" and head.name == "sin" and exponent >= 2:
            assert head.body is not None
            rest = term.factors[:place] + term.factors[place + 1 :]
            left = exact(exponent - 2)
            if left:
                rest = (*rest, (head, slots, left))
            cosine, positions = algebra.close("function", "cos", head.body)
            placed = dict(zip(head.placeholders, slots, strict=True))
            at = tuple(placed[i] for i in positions)
            return [term._replace(factors=rest), term._replace(coefficient=-term.coefficient, factors=(*rest, (cosine, at, 2)))]
    return None


class Division(NamedTuple):
    """u = (coefficient · constants · lead) + tail."""

    lead: tuple[Factor, ...]
    coefficient: Number
    constants: Constants
    tail: Form


def division(algebra: Algebra, head: Head) -> Division | None:
    """How to divide by the body of a box: its leading term, the one of greatest degree."""
    if head not in algebra.leads:
        assert head.body is not None
        algebra.leads[head] = _matrix_lead(head.body, algebra.long_words) if head.kind == "inverse" else _lead(head.body)
    return algebra.leads[head]


def _lead(body: Form) -> Division | None:
    """Of a scalar: the term of greatest degree."""
    candidates = [m for m in body if m[1] and all(f[0].kind != "delta" for f in m[1])]
    return _division(body, max(candidates, key=_weight)) if candidates else None


def _matrix_lead(body: Form, long_words: bool) -> Division | None:
    """Of a matrix: a single letter, met most often and in one way only; or the longest word, where that is tried."""
    candidates = [m for m in body if {ROW, COLUMN} <= {i[0] for _, s, _ in m[1] for i in s}]
    candidates = [m for m in candidates if all(f[0].kind != "delta" for f in m[1])]
    if not candidates:
        return None
    short = max(candidates, key=lambda m: (-len(m[1]), *_weight(m)))
    letters = {f[0] for f in short[1]}
    if long_words or any(letters & {f[0] for f in m[1]} for m in body if m != short):
        return _division(body, max(candidates, key=lambda m: (_is_connected(m[1]), *_weight(m))))
    return _division(body, short)


def _division(body: Form, lead: Monomial) -> Division:
    return Division(lead[1], body[lead], lead[0], {m: c for m, c in body.items() if m != lead})


def _weight(monomial: Monomial) -> tuple[Number, int, list[object]]:
    factors = monomial[1]
    return degree_of(factors), len(factors), [(h.number, e, [rank(i) for i in s]) for h, s, e in factors]


def _is_connected(factors: tuple[Factor, ...]) -> bool:
    """Whether row and column hang together: not so for u v^T, which meets other terms in many ways."""
    return any({ROW, COLUMN} <= {i[0] for _, s, _ in part for i in s} for part in components(factors))


class Logistic(NamedTuple):
    """u = slope·E + offset for a product E of exponentials: what sigmoid and tanh divide by."""

    exponentials: tuple[Factor, ...]
    slope: Number
    offset: Number


def logistic(algebra: Algebra, head: Head, exponent: Number) -> Logistic | None:
    """Whether a factor is a negative whole power of such a sum."""
    if head.kind != "power" or exponent >= 0 or type(exponent) is Fraction:
        return None
    if head not in algebra.logistics:
        assert head.body is not None
        algebra.logistics[head] = _as_logistic(head.body)
    return algebra.logistics[head]


def _as_logistic(body: Form) -> Logistic | None:
    (*others, last) = sorted(body, key=lambda m: len(m[1]))
    if others != [((), ())] or last[0] or dummies(last[1]):
        return None
    if not all(h.kind == "function" and h.name == "exp" for h, _, _ in last[1]):
        return None
    return Logistic(last[1], body[last], body[(), ()])


def balance_logistic(algebra: Algebra, term: Term) -> list[Term] | None:
    """R11 for u = cE + d: E^a u^{−b} is kept for a = ⌊b/2⌋ only, E·u^{−b} = (u^{1−b} − d·u^{−b})/c.

    So σ′ = E·u^{−2} stays one term, and the terms do not double with every layer of a network.
    """
    powers = {(h, s): e for h, s, e in term.factors}
    for place, (head, slots, exponent) in enumerate(term.factors):
        by = logistic(algebra, head, exponent)
        if by is None:
            continue
        placed = list(map_slots(by.exponentials, dict(zip(head.placeholders, slots, strict=True))))
        first, at, unit = placed[0]
        count = powers.get((first, least(first, at)), 0) // unit
        if count == -exponent // 2:
            continue
        rest = term.factors[:place] + term.factors[place + 1 :]
        raised = (*rest, (head, slots, exact(exponent + 1)))
        if count > -exponent // 2:
            lower = tuple((h, s, -e) for h, s, e in placed)
            one = Fraction(1) / by.slope, (*raised, *lower)
            two = -Fraction(by.offset) / by.slope, (*term.factors, *lower)
        else:
            one = Fraction(1) / by.offset, raised
            two = -Fraction(by.slope) / by.offset, (*term.factors, *placed)
        return [term._replace(coefficient=exact(term.coefficient * c), factors=fs) for c, fs in (one, two)]
    return None


def divide(algebra: Algebra, term: Term) -> list[Term] | None:
    """R11: u^q·lead = (u^{q+1} − u^q·tail)/c for q < 0."""
    for place, (head, slots, exponent) in enumerate(term.factors):
        if head.kind != "power" or exponent >= 0 or logistic(algebra, head, exponent) is not None:
            continue
        by = division(algebra, head)
        if by is None:
            continue
        placed = dict(zip(head.placeholders, slots, strict=True))
        others = term.factors[:place] + term.factors[place + 1 :]
        match = matching.find(by.lead, (*others, (head, slots, exponent)), placed)
        if match is None:
            continue
        algebra.spend()
        summed = {v for k, v in match.binding.items() if is_dummy(k)}
        host = term._replace(bound=term.bound - summed)
        rest = tuple(f for f in match.rest if f != (head, slots, exponent))
        inverse = power_constants(by.constants, -1)
        scale = Fraction(1) / by.coefficient
        up: Form = {((), ((head, head.placeholders, exact(exponent + 1)),) if exponent != -1 else ()): 1}
        return [
            *algebra.replaced(host, rest, up, placed, inverse, scale),
            *algebra.replaced(host, (*rest, (head, slots, exponent)), by.tail, placed, inverse, -scale),
        ]
    return None


def cancel_inverse(algebra: Algebra, term: Term) -> list[Term] | None:
    """R12: Σ_j inv⟨M⟩_ij lead_jk = (δ_ik − Σ_j inv⟨M⟩_ij tail_jk)/c, and mirrored."""
    for place, (head, slots, exponent) in enumerate(term.factors):
        if head.kind != "inverse" or exponent != 1:
            continue
        by = division(algebra, head)
        if by is None:
            continue
        others = term.factors[:place] + term.factors[place + 1 :]
        for near, far, inner, outer in ((slots[1], slots[0], ROW, COLUMN), (slots[0], slots[1], COLUMN, ROW)):
            if not is_dummy(near) or near == far or near in slots[2:]:
                continue
            given = dict(zip(head.placeholders, slots[2:], strict=True))
            given[inner, near[1]] = near
            match = matching.find(by.lead, others, given, alone=near)
            if match is None:
                continue
            algebra.spend()
            end = match.binding[outer, near[1]]
            summed = {v for k, v in match.binding.items() if is_dummy(k)}
            if not summed.isdisjoint((far, *slots[2:])):
                continue
            inverse = power_constants(by.constants, -1)
            scale = Fraction(1) / by.coefficient
            host = term._replace(bound=term.bound - summed)
            unit: Form = {((), ((algebra.delta, ((outer, near[1]), ("$far", near[1])), 1),)): 1}
            binding = {**given, (outer, near[1]): end, ("$far", near[1]): far}
            return [
                *algebra.replaced(host._replace(bound=host.bound - {near}), match.rest, unit, binding, inverse, scale),
                *algebra.replaced(host, (*match.rest, (head, slots, 1)), by.tail, binding, inverse, -scale),
            ]
    return None


def apply_assumption(algebra: Algebra, term: Term) -> list[Term] | None:
    """R14: an assumed equation, used from its leading term to the rest."""
    for pattern, form, law in algebra.replacements:
        match = matching.find(pattern, term.factors, {})
        if match is None:
            continue
        algebra.use(law)
        summed = {v for k, v in match.binding.items() if is_dummy(k)}
        host = term._replace(bound=term.bound - summed)
        return algebra.replaced(host, match.rest, form, {k: v for k, v in match.binding.items() if not is_dummy(k)})
    return None


ELEMENTARY = "elementary"
ONE_HOT = "a row of labels has its 1 in one place"

REWRITES: tuple[Rule, ...] = (
    Rule(Law("one-hot: one place", r"Y_{ij} Y_{ik} = \mathbb{1}[j = k]\,Y_{ij}", ONE_HOT), one_hot_pair),
    Rule(Law("one-hot: rows sum to 1", r"\sum_j Y_{ij} = 1", ONE_HOT), one_hot_row),
    Rule(Law("one-hot: the last place", r"Y_{iK} = 1 - \sum_{j < K} Y_{ij}", ONE_HOT), one_hot_last),
    Rule(Law("powers of sums expand", r"u^{q} = u\,u^{q-1}", ELEMENTARY), expand_power),
    Rule(Law("equal indices", "", ELEMENTARY), rebuild_box),
    Rule(Law("sine and cosine", r"\sin^2 = 1 - \cos^2", ELEMENTARY), sine_square),
    Rule(Law("assumption", "", "the document"), apply_assumption),
    Rule(Law("division by 1 + exp", r"\frac{e^{u}}{1 + e^{u}} = 1 - \frac{1}{1 + e^{u}}", ELEMENTARY), balance_logistic),
    Rule(Law("division by a sum", r"\frac{a}{a + b} = 1 - \frac{b}{a + b}", "division with remainder"), divide),
    Rule(Law("inverse times matrix", r"M^{-1} M = I", "Matrix Cookbook (145)"), cancel_inverse),
)
