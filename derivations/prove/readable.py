"""Normal forms for readers: the shortest way to write a form that these few steps find.

A form is a sum of products without brackets.  Here products that the document has named are written by their
names, exponentials are put together again, a sum over the row of a label picks the label's entry, and what all
terms share stands once, before a bracket.  Every step is an equality of forms; the result is an expression again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
from functools import reduce
from itertools import count
from math import gcd, lcm
from typing import NamedTuple

from derivations.expr import (
    MINUS_ONE,
    UNIT,
    Add,
    Apply,
    Det,
    Expr,
    Index,
    IndexTerm,
    Inverse,
    LabelOf,
    Sum,
    Times,
    divide,
    free_indices,
    index_variables,
    number,
    walk,
)
from derivations.prove import matching
from derivations.prove.indexform import (
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    Monomial,
    NotProvable,
    Number,
    Slots,
    add,
    dummies,
    exact,
    map_slots,
    power_constants,
    scale,
    times_constants,
)
from derivations.prove.render import Writer, multiplied, raised
from derivations.prove.translate import Scope, Translator
from derivations.shapes import shape

BOXES: Mapping[type[Expr], str] = {Inverse: "inverse", Det: "determinant", Apply: "loss"}
MOST_FACTORS = 10  # of a term whose common factors with another are looked for

Names = Mapping[Ix, IndexTerm]


class Product(NamedTuple):
    """coefficient · constants · Σ_bound Π factors; the bound indices have names of our own, like free ones."""

    coefficient: Fraction
    constants: Constants
    factors: tuple[Factor, ...]
    bound: tuple[Ix, ...]


class Pattern(NamedTuple):
    """A name of the document for coefficient · constants · Π factors, at the placeholders ``order``."""

    name: Head
    order: Slots
    coefficient: Number
    constants: Constants
    factors: tuple[Factor, ...]


class Reader(Writer):
    """Writes one form; names in ``unfolded`` are not put back where they would stand for a product."""

    def __init__(self, translator: Translator, unfolded: frozenset[str] = frozenset()) -> None:
        super().__init__(translator)
        self.written: dict[object, Expr] = {}
        self.patterns = sorted(self._patterns(unfolded), key=lambda p: -len(p.factors))

    def know(self, roots: Iterable[Expr]) -> None:
        """Look up how the document writes the matrices that it inverts and the arguments of its functions of arrays."""
        nodes = dict.fromkeys(n for root in roots for n in walk(root) if isinstance(n, Inverse | Det | Apply))
        for node in nodes:
            axes = [("=1" if d in self.translator.unrolled else f"@{k}", d) for k, d in enumerate(shape(node))]
            places = tuple((name, self.algebra.type_of(d)) for name, d in axes)
            try:
                form = {} if free_indices(node) else self.translator.entry(node, tuple((p,) for p in places), Scope())
            except NotProvable:
                continue
            match [*form.items()]:
                case [(((), ((Head(kind=kind) as head, slots, 1),)), 1)] if kind == BOXES[type(node)] and slots == places:
                    self.written[_box(head)] = node.operand

    def _matrix(self, head: Head, outer: Names) -> Expr:
        return self.written.get(_box(head)) or super()._matrix(head, outer)

    def _argument(self, head: Head, axes: tuple[Index, ...], outer: Names) -> Expr:
        return self.written.get(_box(head)) or super()._argument(head, axes, outer)

    def _names(self) -> Iterator[str]:
        """Marked as made up: the printer chooses letters that the document does not use."""
        return (f"·{k:03}" for k in count(1))

    def _patterns(self, unfolded: frozenset[str]) -> Iterator[Pattern]:
        for mark, (sym, order) in self.translator.names.items():
            assert mark.body is not None
            if sym.name in unfolded or len(mark.body) != 1:
                continue
            (((constants, factors), coefficient),) = mark.body.items()
            if len(factors) > 1 or any(h.kind == "power" for h, _, _ in factors):
                name = self.translator.stand_in(sym)
                yield Pattern(name, order, coefficient, constants, factors)

    # ------------------------------------------------------------------ forms

    def form(self, form: Form, names: Names, named: bool = True) -> Expr:
        if named and (known := self._named(form, names) or self._multiple(form, names)) is not None:
            return known
        products = [self._product(monomial, coefficient, len(form) == 1) for monomial, coefficient in form.items()]
        return self._added(sorted(products, key=lambda p: p.coefficient < 0), names)

    def _multiple(self, form: Form, names: Names) -> Expr | None:
        """A number times what the document has named."""
        common = _common_number([Fraction(c) for c in form.values()]) if len(form) > 1 else Fraction(1)
        known = self._named(scale(form, 1 / common), names) if common != 1 else None
        return None if known is None else Times(number(common), known)

    def first(self, form: Form, names: Names) -> Expr:
        """The first of many terms."""
        return self.form(dict([*form.items()][:1]), names, named=False)

    def _product(self, monomial: Monomial, coefficient: Number, alone: bool) -> Product:
        constants, factors = monomial
        value, constants, factors = self._folded(Fraction(coefficient), constants, factors, alone)
        hide = {i: self.algebra.hidden(i[1]) for i in sorted(dummies(factors))}
        return Product(value, constants, self._joined(tuple(map_slots(factors, hide))), tuple(hide.values()))

    def _folded(self, coefficient: Fraction, constants: Constants, factors: tuple[Factor, ...], alone: bool
                ) -> tuple[Fraction, Constants, tuple[Factor, ...]]:
        """Names for the products that they stand for; a form that is one such product stays written out."""
        for name, order, value, sizes, pattern in self.patterns:
            while (match := matching.find(pattern, factors, {})) is not None and not (alone and not match.rest and not constants):
                slots = tuple(match.binding[i] for i in order)
                coefficient = coefficient / value
                constants = times_constants(constants, power_constants(sizes, -1))
                before = sum(Fraction(e) for h, s, e in match.rest if h is name and s == slots)
                rest = tuple(f for f in match.rest if f[0] is not name or f[1] != slots)
                factors = (*rest, (name, slots, exact(before + 1)))
        return coefficient, constants, factors

    def _joined(self, factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
        """One exponential for the product of those whose exponents are parts of one sum."""
        exponentials = [f for f in factors if f[0].kind == "function" and f[0].name == "exp"]
        groups: list[tuple[set[Ix], list[Form]]] = []
        for head, slots, exponent in sorted(exponentials, key=lambda f: -len(set(f[1]))):
            body = scale(self.algebra.instance(head, slots), exponent)
            # exp(Z_ij) was split into exp((XW)_ij) and exp(b_j); exp(S_ij) and exp(S_ik) are two.
            host = next((bodies for seen, bodies in groups if seen >= set(slots)), None)
            if host is None:
                groups.append((set(slots), [body]))
            else:
                host.append(body)
        others = [f for f in factors if f not in exponentials]
        return (*others, *((*self.algebra.close("function", "exp", add(*bodies)), 1) for _, bodies in groups))

    # --------------------------------------------------------- common factors

    def _added(self, products: Sequence[Product], names: Names) -> Expr:
        if not products:
            return number(0)
        if len(products) == 1:
            return self._written(products[0], self._bound(products[0], names))
        shared, rests = _shared(products)
        if shared != NOTHING_SHARED:
            inner = self._bound(shared, names)
            return self._written(shared, inner, self._added(rests, inner))
        return Add(tuple(self._added(group, names) for group in _groups(products)))

    # ------------------------------------------------------------ expressions

    def _bound(self, product: Product, names: Names) -> Names:
        """Names for bound indices: a label where its row is summed over, else letters.

        An index in a label's row stays a letter from then on: of k_j = i and l_i = j under one sum, one is put in.
        """
        inner = {**names, **{index: self.fresh(index[1]) for index in product.bound}}
        settled: set[Ix] = set()
        for head, slots, exponent in product.factors:
            if self._picks(head, slots, exponent) and slots[-1] in product.bound and slots[-1] not in settled:
                inner[slots[-1]] = self._label_at(head, slots, inner)
                settled.update(slots)
        return inner

    def _picks(self, head: Head, slots: Slots, exponent: Number) -> bool:
        return self.is_label(head) and exponent == 1 and len({*slots}) == len(slots)

    def _written(self, product: Product, names: Names, last: Expr | None = None) -> Expr:
        """The product as an expression; ``last`` is a further factor, under the sums."""
        indices = [i for b in product.bound if isinstance(i := names[b], Index)]
        outer, under = _Fraction(), _Fraction()
        outer.times(number(abs(product.coefficient.numerator)), 1)
        outer.times(number(product.coefficient.denominator), -1)
        for name, exponent in product.constants:
            outer.times(self._constant(name, 1), exponent)
        for head, slots, exponent in product.factors:
            if self._picks(head, slots, exponent) and names.get(slots[-1]) == self._label_at(head, slots, names):
                continue  # its row is not summed over, but picks an entry
            summed = any(not index_variables(self.term_of(i, names)).isdisjoint(indices) for i in slots)
            (under if summed else outer).times(self.head(head, slots, names), exponent)
        if indices:
            last = reduce(lambda body, index: Sum(index, body), reversed(indices), under.before(last))
        value = outer.before(last)
        return Times(MINUS_ONE, value) if product.coefficient < 0 else value

    def _label_at(self, head: Head, slots: Slots, names: Names) -> LabelOf:
        row = self.term_of(slots[0], names) if len(slots) > 1 else None
        return LabelOf(head.name, row, self.algebra.dims[slots[-1][1]])


def _box(head: Head) -> object:
    """The same for a function of an array and its derivatives."""
    assert head.body is not None
    return head.kind, head.name, frozenset(head.body.items())


class _Fraction:
    """Factors above and below a bar, while they are collected."""

    def __init__(self) -> None:
        self.above: list[Expr] = []
        self.below: list[Expr] = []

    def times(self, factor: Expr, exponent: Number) -> None:
        if factor != UNIT:
            (self.above if exponent > 0 else self.below).append(raised(factor, exponent if exponent > 0 else -exponent))

    def before(self, last: Expr | None) -> Expr:
        """The fraction, and behind it another factor."""
        if last is not None and not self.above and not self.below:
            return last
        above = multiplied(self.above)
        value = divide(above, multiplied(self.below)) if self.below else above
        return value if last is None else Times(value, last)


# ------------------------------------------------------------ what terms share

NOTHING_SHARED = Product(Fraction(1), (), (), ())


def _shared(products: Sequence[Product]) -> tuple[Product, list[Product]]:
    """What all terms share, and what is left of each; indices of what is left are those of the shared part."""
    coefficient = _common_number([p.coefficient for p in products])
    constants = tuple(c for c in products[0].constants if all(c in p.constants for p in products[1:]))
    pivot, *others = sorted(range(len(products)), key=lambda k: len(products[k].factors))
    first = products[pivot]
    kept = first.factors if all(len(p.factors) <= MOST_FACTORS for p in products) else ()
    ways = {pivot: {b: b for b in first.bound}}
    for k in others:
        kept, ways[k] = _best_match(kept, products[k], {*first.bound})
    here = {i for _, slots, _ in kept for i in slots}
    ways = {k: {b: other for b, other in way.items() if b in here} for k, way in ways.items()}
    if len(others) == 1:
        joint = _joint(first, products[others[0]], ways[others[0]])
        ways[others[0]] |= joint
        ways[pivot] |= {b: b for b in joint}
    shared = Product(coefficient, constants, kept, tuple(ways[pivot]))
    return shared, [_rest(product, shared, ways[k]) for k, product in enumerate(products)]


def _joint(one: Product, other: Product, way: Mapping[Ix, Ix]) -> dict[Ix, Ix]:
    """Further indices over which both terms are summed, one of a kind in each: Σ a_j + Σ b_j = Σ (a_j + b_j)."""
    counterparts = {i[1]: i for i in _alone(other, way.values())}
    return {i: counterparts[i[1]] for i in _alone(one, way) if i[1] in counterparts}


def _alone(product: Product, taken: Iterable[Ix]) -> list[Ix]:
    """Bound indices that are no label's choice, and the only ones of their kind that are left."""
    gone = {*taken, *(s[-1] for h, s, _ in product.factors if "one-hot" in h.traits)}
    free = [i for i in product.bound if i not in gone]
    return [i for i in free if sum(j[1] == i[1] for j in free) == 1]


def _groups(products: Sequence[Product]) -> list[list[Product]]:
    """Terms that share factors stand together: each joins the group with which it shares most."""
    groups: list[list[Product]] = []
    for product in products:
        shares = [len(_shared([*group, product])[0].factors) for group in groups]
        best = max(shares, default=0)
        if best and len(products) > 2:
            groups[shares.index(best)].append(product)
        else:
            groups.append([product])
    return groups if len(groups) > 1 else [[p] for p in products]


def _rest(product: Product, shared: Product, way: Mapping[Ix, Ix]) -> Product:
    """The product without the shared part, its indices renamed to those of the shared part."""
    back = {v: k for k, v in way.items()}
    factors = list(map_slots(product.factors, back))
    for head, slots, exponent in shared.factors:
        factors.remove(next(f for f in factors if f[0] is head and f[2] == exponent and _same(head, slots, f[1])))
    constants = tuple(c for c in product.constants if c not in shared.constants)
    bound = tuple(b for b in product.bound if b not in back)
    return Product(product.coefficient / shared.coefficient, constants, tuple(factors), bound)


def _same(head: Head, slots: Slots, others: Slots) -> bool:
    return any(tuple(others[p] for p in order) == slots for order in head.symmetry)


def _common_number(values: Sequence[Fraction]) -> Fraction:
    """The greatest number of which all are whole multiples; negative where all are."""
    size = Fraction(gcd(*(v.numerator for v in values)), lcm(*(v.denominator for v in values)))
    return -size if all(v < 0 for v in values) else size


def _best_match(pattern: tuple[Factor, ...], other: Product, bound: set[Ix]) -> tuple[tuple[Factor, ...], dict[Ix, Ix]]:
    """The most factors of a pattern that are also factors of the other product, and which index is which there."""
    best: tuple[tuple[Factor, ...], dict[Ix, Ix]] = ((), {})

    def extend(place: int, kept: tuple[Factor, ...], left: tuple[Factor, ...], way: dict[Ix, Ix]) -> None:
        nonlocal best
        if len(kept) > len(best[0]):
            best = kept, way
        if place == len(pattern) or len(kept) + len(pattern) - place <= len(best[0]):
            return
        head, slots, exponent = pattern[place]
        for k, (other_head, other_slots, other_exponent) in enumerate(left):
            if other_head is not head or other_exponent != exponent:
                continue
            for order in head.symmetry:
                found = _bind(slots, tuple(other_slots[p] for p in order), way, bound, {*other.bound})
                if found is not None:
                    extend(place + 1, (*kept, pattern[place]), left[:k] + left[k + 1 :], found)
        extend(place + 1, kept, left, way)

    extend(0, (), other.factors, {})
    return best


def _bind(slots: Slots, others: Slots, way: Mapping[Ix, Ix], bound: set[Ix], other_bound: set[Ix]) -> dict[Ix, Ix] | None:
    """The way extended so that it takes slots to others: bound indices to bound ones, one to one, others to themselves."""
    out = dict(way)
    for slot, value in zip(slots, others, strict=True):
        if slot in bound and value in other_bound and slot[1] == value[1]:
            if out.setdefault(slot, value) != value or sum(v == value for v in out.values()) > 1:
                return None
        elif slot != value:
            return None
    return out
