"""Derivatives of forms by the entries of one tensor: one row a kind of factor (THEORY 1).

Entries vary independently; what a variable's symmetry or an assumption says of it is put back
afterwards, by ``replace``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from derivations.prove import boxes
from derivations.prove.indexform import (
    COLUMN,
    ONE_FORM,
    ROW,
    Factor,
    Form,
    Head,
    Ix,
    Monomial,
    NotProvable,
    Number,
    Slots,
    add_into,
    add_term,
    dummies,
    exact,
    leaves,
    map_slots,
    scale,
)
from derivations.prove.laws import POWER_RULE, PRODUCT_RULE, Law, slope
from derivations.prove.normal import Algebra, Term

FactorRule = Callable[[Algebra, Head, Slots, Head, Slots], Form]


class Slope(NamedTuple):
    """One kind of factor a row: its rule as it is told, and what it does."""

    law: Law
    apply: FactorRule


def differentiate(a: Algebra, form: Form, by: Head, at: Slots) -> Form:
    """∂form/∂by[at]: linear, and the product rule over each term's factors."""
    out: dict[Monomial, Number] = {}
    for (constants, factors), coefficient in form.items():
        for place, (head, slots, exponent) in enumerate(factors):
            if by not in head.leaves:
                continue
            rest = factors[:place] + factors[place + 1 :]
            left = exact(exponent - 1)
            if left:
                rest = (*rest, (head, slots, left))
                a.use(POWER_RULE)
            if any(by in h.leaves for h, _, _ in factors[:place]):
                a.use(PRODUCT_RULE)
            term = Term(coefficient * exponent, constants, frozenset(dummies(factors)), rest)

            def inner_slope(hide: Mapping[Ix, Ix], h: Head = head, s: Slots = slots, e: Number = exponent) -> Form:
                inner = tuple(hide.get(i, i) for i in s)
                if 0 < e < 1:
                    base = a.instance(h, inner) if h.kind == "power" else a.atom(h, inner)
                    a.require("nonzero", base, "derivative of a root")
                return slope_of_factor(a, h, inner, by, at)

            add_into(out, a.normal(a.open(term, rest, inner_slope)))
    return out


def slope_of_factor(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    row = SLOPES[head.name if head.kind == "function" and head.name in SLOPES else head.kind]
    a.use(row.law)
    return row.apply(a, head, slots, by, at)


def slope_of_body(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    """The derivative of a box's body at its outer slots; computed once for each body."""
    assert head.body is not None
    key = ("slope", head, by, at)
    known = a.memory.get(key)
    if known is None:
        known = a.memory[key] = differentiate(a, head.body, by, at)
    return a.substitute(known, dict(zip(head.placeholders, slots[head.fixed :], strict=True)))


def _entry(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    out = ONE_FORM
    if len(slots) != len(at):
        raise NotProvable("an axis is split in two different ways")
    for slot, index in zip(slots, at, strict=True):
        out = a.multiply(out, a.kronecker(slot, index))
    return out


def _power(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    """∂u^q = q·u^{q−1}·∂u: the outer part is the product rule's."""
    return slope_of_body(a, head, slots, by, at)


def _exp(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    return a.multiply(a.atom(head, slots), slope_of_body(a, head, slots, by, at))


def _log(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    return a.multiply(boxes.power(a, a.instance(head, slots), -1), slope_of_body(a, head, slots, by, at))


def _step(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    a.require("kink", a.instance(head, slots), "derivative at a kink")
    return {}


def _sin(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    return a.multiply(boxes.apply(a, "cos", a.instance(head, slots)), slope_of_body(a, head, slots, by, at))


def _cos(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    sine = boxes.apply(a, "sin", a.instance(head, slots))
    return a.multiply(scale(sine, -1), slope_of_body(a, head, slots, by, at))


def _free(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    outer = boxes.apply(a, head.name, a.instance(head, slots), head.order + 1)
    return a.multiply(outer, slope_of_body(a, head, slots, by, at))


def _inverse(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    i, j, *outer = slots
    p, q = a.hidden(i[1]), a.hidden(i[1])
    inner = a.substitute(slope_of_body(a, head, slots, by, at), {(ROW, i[1]): p, (COLUMN, i[1]): q})
    left, right = a.atom(head, (i, p, *outer)), a.atom(head, (q, j, *outer))
    return scale(a.bind(a.multiply(a.multiply(left, inner), right), [p, q]), -1)


def _determinant(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    type_ = head.parameters[0][1]
    p, q = a.hidden(type_), a.hidden(type_)
    inner = a.substitute(slope_of_body(a, head, slots, by, at), {(ROW, type_): p, (COLUMN, type_): q})
    inverse = boxes.inverse(a, a.instance(head, slots), q, p)
    return a.multiply(a.atom(head, slots), a.bind(a.multiply(inverse, inner), [p, q]))


def _loss(a: Algebra, head: Head, slots: Slots, by: Head, at: Slots) -> Form:
    entry = tuple(a.hidden(i[1]) for i in head.parameters)
    inner = a.substitute(slope_of_body(a, head, slots, by, at), dict(zip(head.parameters, entry, strict=True)))
    fixed = (*slots[: head.fixed], *entry)
    outer = boxes.loss(a, head.name, a.instance(head, slots), head.parameters, fixed, head.order + 1)
    return a.bind(a.multiply(outer, inner), entry)


CHAIN = "chain rule"

SLOPES: Mapping[str, Slope] = {
    "tensor": Slope(
        slope(
            "derivative of an entry",
            r"\frac{\partial X_{ij}}{\partial X_{ab}} = \mathbb{1}[i = a]\,\mathbb{1}[j = b]", "Matrix Cookbook (32)",
        ),
        _entry,
    ),
    "power": Slope(POWER_RULE, _power),
    "exp": Slope(slope("derivative of exp", r"\partial \exp(u) = \exp(u)\,\partial u", CHAIN), _exp),
    "log": Slope(slope("derivative of log", r"\partial \log(u) = \frac{\partial u}{u}", CHAIN), _log),
    "step": Slope(slope("derivative of a step", r"\partial\,\mathbb{1}[u > 0] = 0 \quad (u \neq 0)", "elementary"), _step),
    "sin": Slope(slope("derivative of sin", r"\partial \sin(u) = \cos(u)\,\partial u", CHAIN), _sin),
    "cos": Slope(slope("derivative of cos", r"\partial \cos(u) = -\sin(u)\,\partial u", CHAIN), _cos),
    "function": Slope(slope("derivative of a function of one number", r"\partial\,\phi(u) = \phi'(u)\,\partial u", CHAIN), _free),
    "inverse": Slope(
        slope(
            "derivative of an inverse",
            r"\partial M^{-1} = -M^{-1}\,(\partial M)\,M^{-1}", "Matrix Cookbook (59); Giles 2008, section 2.2.3",
        ),
        _inverse,
    ),
    "determinant": Slope(
        slope(
            "derivative of a determinant",
            r"\partial \det(M) = \det(M)\,\operatorname{tr}(M^{-1}\,\partial M)",
            "Jacobi's formula; Matrix Cookbook (46); Magnus and Neudecker, chapter 8",
        ),
        _determinant,
    ),
    "loss": Slope(
        slope(
            "derivative of a function of an array",
            r"\partial\,\ell(U) = \sum_{a,b} \frac{\partial \ell}{\partial U_{ab}}\,\partial U_{ab}",
            "chain rule; Matrix Cookbook (137)",
        ),
        _loss,
    ),
}  # fmt: skip


# ------------------------------------------------------------------ replacing


def replace(a: Algebra, form: Form, values: Mapping[Head, Callable[[Slots], Form]]) -> Form:
    """The form with tensors replaced by values, all at once; boxes around them are built anew."""
    touched = frozenset(values)
    out: dict[Monomial, Number] = {}
    for monomial, coefficient in form.items():
        constants, factors = monomial
        inside = [f for f in factors if f[0].leaves & touched]
        if not inside:
            add_term(out, monomial, coefficient)
            continue
        rest = tuple(f for f in factors if not f[0].leaves & touched)
        term = Term(coefficient, constants, frozenset(dummies(factors)), rest)

        def value(hide: Mapping[Ix, Ix], changed: list[Factor] = inside) -> Form:
            product = ONE_FORM
            for factor in map_slots(changed, hide):
                product = a.multiply(product, _replace_factor(a, factor, values))
            return product

        add_into(out, a.normal(a.open(term, rest, value)))
    return out


def _replace_factor(a: Algebra, factor: Factor, values: Mapping[Head, Callable[[Slots], Form]]) -> Form:
    head, slots, exponent = factor
    if head in values:
        return boxes.power(a, values[head](slots), exponent)
    assert head.body is not None
    body = a.substitute(_replaced_body(a, head, values), dict(zip(head.placeholders, slots[head.fixed :], strict=True)))
    return boxes.rebuild(a, head, body, slots[: head.fixed], exponent)


def _replaced_body(a: Algebra, head: Head, values: Mapping[Head, Callable[[Slots], Form]]) -> Form:
    assert head.body is not None
    key = ("replaced", head, *sorted(h.number for h in values))
    known = a.memory.get(key)
    if known is None:
        known = a.memory[key] = replace(a, head.body, values)
    return known


def replace_in_conditions(a: Algebra, values: Mapping[Head, Callable[[Slots], Form]]) -> None:
    """What was required of a stand-in is required of its value."""
    touched = frozenset(values)
    for key, (need, form, origin, _) in list(a.requirements.items()):
        if leaves(form) & touched:
            del a.requirements[key]
            a.require(need, replace(a, form, values), origin)

