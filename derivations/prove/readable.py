"""Normal forms for readers: the shortest way to write a form that these few steps find.

A form is a sum of products without brackets.  Here products that the document has named are written by their
names, exponentials are put together again, a sum over the row of a label picks the label's entry, and what all
terms share stands once, before a bracket.  Every step is an equality of forms; the result is an expression again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from fractions import Fraction
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
    Power,
    Sum,
    Times,
    free_indices,
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
from derivations.prove.render import Writer
from derivations.prove.translate import Scope, Translator
from derivations.shapes import shape

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
            places = tuple((f"@{k}", self.algebra.type_of(d)) for k, d in enumerate(shape(node)))
            try:
                form = {} if free_indices(node) else self.translator.entry(node, tuple((p,) for p in places), Scope())
            except NotProvable:
                continue
            for (_, factors), coefficient in form.items():
                if coefficient == 1 and len(factors) == 1 and factors[0][1] == places:
                    self.written[_box(factors[0][0])] = node.operand

    def _matrix(self, head: Head, outer: Names) -> Expr:
        return self.written.get(_box(head)) or super()._matrix(head, outer)

    def _argument(self, head: Head, axes: tuple[Index, ...], outer: Names) -> Expr:
        return self.written.get(_box(head)) or super()._argument(head, axes, outer)

    def argument_name(self) -> str:
        known = self.translator.context.variables
        return next(name for name in ("u", "v", "w", "z", "U", "V", "Z", "u'") if name not in known)

    def _names(self) -> Iterator[str]:
        """Marked as made up: the printer chooses letters that the document does not use."""
        k = 1
        while True:
            yield f"·{k:03}"
            k += 1

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
        number_ = _common_number([Fraction(c) for c in form.values()]) if len(form) > 1 else Fraction(1)
        known = self._named(scale(form, 1 / number_), names) if number_ != 1 else None
        return None if known is None else Times(number(number_), known)

    def first(self, form: Form, names: Names) -> Expr:
        """The first of many terms."""
        if not form:
            return number(0)
        monomial, coefficient = next(iter(form.items()))
        return self._written(self._product(monomial, coefficient, True), None, names)

    def _product(self, monomial: Monomial, coefficient: Number, alone: bool) -> Product:
        constants, factors = monomial
        value, constants, factors = self._folded(Fraction(coefficient), constants, factors, alone)
        hide = {i: self.algebra.hidden(i[1]) for i in sorted(dummies(factors))}
        return Product(value, constants, self._joined(tuple(map_slots(factors, hide))), tuple(hide.values()))

    def _folded(self, coefficient: Fraction, constants: Constants, factors: tuple[Factor, ...], alone: bool
                ) -> tuple[Fraction, Constants, tuple[Factor, ...]]:
        """Names for the products that they stand for; a form that is one such product stays written out."""
        found = True
        while found:
            found = False
            for pattern in self.patterns:
                match = matching.find(pattern.factors, factors, {})
                if match is None or (alone and not match.rest and not constants):
                    continue
                slots = tuple(match.binding[i] for i in pattern.order)
                coefficient = coefficient / pattern.coefficient
                constants = times_constants(constants, power_constants(pattern.constants, -1))
                before = sum(Fraction(e) for h, s, e in match.rest if h is pattern.name and s == slots)
                rest = tuple(f for f in match.rest if f[0] is not pattern.name or f[1] != slots)
                factors = (*rest, (pattern.name, slots, exact(before + 1)))
                found = True
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
            return self._written(products[0], None, names)
        shared, rests = _shared(products)
        if shared != NOTHING_SHARED:
            inner = self._bound(shared, names)
            return self._written(shared, self._added(rests, inner), names, inner)
        return Add(tuple(self._added(group, names) for group in _groups(products)))

    # ------------------------------------------------------------ expressions

    def _bound(self, product: Product, names: Names) -> Names:
        """Names for bound indices: a label where its row is summed over, else letters."""
        inner = dict(names)
        for index in product.bound:
            inner[index] = self.fresh(index[1])
        for head, slots, exponent in product.factors:
            if self._is_label(head, slots, exponent) and slots[-1] in product.bound:
                inner[slots[-1]] = self._label_at(head, slots, inner)
        return inner

    def _is_label(self, head: Head, slots: Slots, exponent: Number) -> bool:
        known = head.kind == "tensor" and head.name in self.translator.context.labels and "one-hot" in head.traits
        return known and exponent == 1 and slots[-1] not in slots[:-1]

    def _written(self, product: Product, extra: Expr | None, names: Names, inner: Names | None = None) -> Expr:
        """The product as an expression; ``extra`` is a last factor, under the sums."""
        inner = self._bound(product, names) if inner is None else inner
        indices = [i for b in product.bound if isinstance(i := inner[b], Index)]
        outer, under = _Fraction(), _Fraction()
        outer.times(number(abs(product.coefficient.numerator)), 1)
        outer.times(number(product.coefficient.denominator), -1)
        for name, exponent in product.constants:
            outer.times(self._constant(name, 1), exponent)
        summed = set(product.bound)
        for head, slots, exponent in product.factors:
            if self._is_label(head, slots, exponent) and inner.get(slots[-1]) == self._label_at(head, slots, inner):
                continue  # its row is not summed over, but picks an entry
            part = under if indices and summed & set(slots) else outer
            part.times(self.head(head, slots, inner), exponent)
        out = extra
        if indices:
            out = under.expression() if extra is None else extra if under.empty else Times(under.expression(), extra)
        for index in reversed(indices):
            assert out is not None
            out = Sum(index, out)
        value = outer.expression() if out is None else out if outer.empty else Times(outer.expression(), out)
        return Times(MINUS_ONE, value) if product.coefficient < 0 else value

    def _label_at(self, head: Head, slots: Slots, names: Names) -> LabelOf:
        row = self.term_of(slots[0], names) if len(slots) > 1 else None
        return LabelOf(head.name, row, self.algebra.dims[slots[-1][1]])


def _box(head: Head) -> object:
    """The same for a function of an array and its derivatives."""
    assert head.body is not None
    return head.kind, head.name, head.fixed if head.kind == "inverse" else 0, frozenset(head.body.items())


class _Fraction:
    """Factors above and below a bar, while they are collected."""

    def __init__(self) -> None:
        self.above: list[Expr] = []
        self.below: list[Expr] = []

    @property
    def empty(self) -> bool:
        return not self.above and not self.below

    def times(self, factor: Expr, exponent: Number) -> None:
        if factor == UNIT:
            return
        size = exponent if exponent > 0 else -exponent
        power = factor if size == 1 else Power(factor, number(Fraction(size)))
        (self.above if exponent > 0 else self.below).append(power)

    def expression(self) -> Expr:
        above = _times(self.above)
        if not self.below:
            return above
        below = Power(_times(self.below), MINUS_ONE)
        return below if above == UNIT else Times(above, below)


def _times(factors: Sequence[Expr]) -> Expr:
    if not factors:
        return UNIT
    out = factors[0]
    for factor in factors[1:]:
        out = Times(out, factor)
    return out


# ------------------------------------------------------------ what terms share

NOTHING_SHARED = Product(Fraction(1), (), (), ())


def _shared(products: Sequence[Product]) -> tuple[Product, list[Product]]:
    """What all terms share, and what is left of each; indices of what is left are those of the shared part."""
    coefficient = _common_number([p.coefficient for p in products])
    constants = tuple(c for c in products[0].constants if all(c in p.constants for p in products[1:]))
    first, *others = sorted(products, key=lambda p: len(p.factors))
    kept, ways = list(first.factors), list[dict[Ix, Ix]]()
    if max(len(p.factors) for p in products) <= MOST_FACTORS:
        for other in others:
            kept, way = _best_match(tuple(kept), other, {*first.bound})
            ways = [{k: v for k, v in w.items() if k in {i for _, s, _ in kept for i in s}} for w in ways] + [way]
    else:
        kept, ways = [], [{} for _ in others]
    bound = tuple(b for b in first.bound if any(b in s for _, s, _ in kept))
    bound += _joint(first, others, bound, ways)
    shared = Product(coefficient, constants, tuple(kept), bound)
    rests = []
    for product in products:
        way = {b: b for b in bound} if product is first else ways[_place(others, product)]
        rests.append(_rest(product, shared, way))
    return shared, rests


def _joint(first: Product, others: Sequence[Product], bound: Slots, ways: list[dict[Ix, Ix]]) -> Slots:
    """Further indices over which all terms are summed, one of a kind in each: Σ a_j + Σ b_j = Σ (a_j + b_j)."""
    out = []
    if len(others) > 1:
        return ()
    for index in _alone(first, {*bound}):
        matching_ = [[i for i in _alone(o, {*way.values()}) if i[1] == index[1]] for o, way in zip(others, ways, strict=True)]
        if all(len(found) == 1 for found in matching_):
            out.append(index)
            for way, (found,) in zip(ways, matching_, strict=True):
                way[index] = found
    return tuple(out)


def _alone(product: Product, taken: set[Ix]) -> list[Ix]:
    """Bound indices that are no label's choice, and the only ones of their kind that are left."""
    chosen = {s[-1] for h, s, _ in product.factors if "one-hot" in h.traits}
    free = [i for i in product.bound if i not in taken and i not in chosen]
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


def _place(products: Sequence[Product], product: Product) -> int:
    return next(k for k, p in enumerate(products) if p is product)


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


def _best_match(pattern: tuple[Factor, ...], other: Product, bound: set[Ix]) -> tuple[list[Factor], dict[Ix, Ix]]:
    """The most factors of a pattern that are also factors of the other product, and which index is which there."""
    best: tuple[list[Factor], dict[Ix, Ix]] = ([], {})

    def extend(place: int, kept: list[Factor], left: tuple[Factor, ...], way: dict[Ix, Ix]) -> None:
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
                    extend(place + 1, [*kept, pattern[place]], left[:k] + left[k + 1 :], found)
        extend(place + 1, kept, left, way)

    extend(0, [], other.factors, {})
    return best


def _bind(slots: Slots, others: Slots, way: Mapping[Ix, Ix], bound: set[Ix], other_bound: set[Ix]) -> dict[Ix, Ix] | None:
    """The way extended so that it takes slots to others: bound indices to bound ones, one to one, others to themselves."""
    out = dict(way)
    for slot, value in zip(slots, others, strict=True):
        if slot in bound and value in other_bound and slot[1] == value[1]:
            if out.setdefault(slot, value) != value or sum(v == value for v in out.values()) > 1:
                return None
        elif slot != value or slot in bound:
            return None
    return out
