"""Index form: what the all-sizes prover computes with.

An expression is a *form*, a map {(constants, factors) ↦ rational coefficient}.  Each entry is one term

    coefficient · n^e · m^f … · Σ_{dummies} Π factor[indices]^exponent

of Einstein's notation (THEORY 1).  An index is a pair (name, type): an ``int`` name is a *dummy*, summed
over in its term, a ``str`` name is free.  Dummies and free indices thus live in different namespaces,
and a box's body is closed over its own placeholders: no substitution can capture anything.

The first character of a free name tells where it comes from:

    ``:i``  written in the document     ``=3``  a fixed place          ``@0``  an axis of the statement
    ``~7``  made up here                ``$0``  a placeholder of a box (``$r``, ``$c``: row and column)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, TypeAlias

Number: TypeAlias = int | Fraction
Ix: TypeAlias = tuple[int | str, str]
Slots: TypeAlias = tuple[Ix, ...]
Constants: TypeAlias = tuple[tuple[str, Number], ...]
Factor: TypeAlias = tuple["Head", Slots, Number]
Monomial: TypeAlias = tuple[Constants, tuple[Factor, ...]]
Form: TypeAlias = Mapping[Monomial, Number]

Kind = Literal["tensor", "delta", "function", "power", "inverse", "determinant", "loss", "mark"]

ROW, COLUMN = "$r", "$c"


class NotProvable(Exception):
    """Internal: the prover gives up; ``limit`` tells running out of budget from an unsupported construct."""

    def __init__(self, reason: str, limit: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.limit = limit


@dataclass(frozen=True, slots=True, eq=False)
class Head:
    """What stands at a vertex: a tensor's name, or a box with its closed body.  Interned: compared by identity.

    ``symmetry`` lists the slot permutations (identity first) that leave its value alone.
    The first ``fixed`` slots are the box's own (row and column of an inverse); the others
    fill the body's ``placeholders`` ``$0``, ``$1`` …; ``parameters`` are bound by the box itself
    (row and column of a matrix, the axes of a loss's argument).  ``leaves`` are the tensors inside.
    """

    kind: Kind
    name: str
    number: int
    symmetry: tuple[tuple[int, ...], ...]
    body: Form | None = None
    fixed: int = 0
    order: int = 0
    leaves: frozenset[Head] = frozenset()
    traits: frozenset[str] = frozenset()
    placeholders: Slots = ()
    parameters: Slots = ()

    def __repr__(self) -> str:
        return f"{self.kind}:{self.name}#{self.number}"


def exact(value: Number) -> Number:
    """Whole fractions as ``int``: faster, and equal anyway."""
    if type(value) is int:
        return value
    return value.numerator if value.denominator == 1 else value


def is_dummy(index: Ix) -> bool:
    return type(index[0]) is int


def is_place(index: Ix) -> bool:
    """A fixed position, not a variable."""
    return type(index[0]) is str and index[0][0] == "="


def rank(index: Ix) -> tuple[int, int, str]:
    """A total order on indices: dummies, fixed places, variables."""
    name = index[0]
    if isinstance(name, int):
        return (0, name, index[1])
    if name[0] == "=":
        return (1, int(name[1:]), index[1])
    return (2, 0, name)


def least(head: Head, slots: Slots) -> Slots:
    """The least of the slot orders that the head's symmetry allows."""
    if len(head.symmetry) == 1:
        return slots
    return min((tuple(slots[p] for p in order) for order in head.symmetry), key=lambda s: [rank(i) for i in s])


def factor_key(factor: Factor) -> tuple[int, Number, tuple[tuple[int, int, str], ...]]:
    head, slots, exponent = factor
    return head.number, exponent, tuple([rank(i) for i in slots])


def degree_of(factors: Iterable[Factor]) -> Number:
    """The sum of the exponents' absolute values."""
    total: Number = 0
    for _, _, exponent in factors:
        total += max(exponent, -exponent)
    return exact(total)


def dummies(factors: Iterable[Factor]) -> set[Ix]:
    return {i for _, slots, _ in factors for i in slots if type(i[0]) is int}


def variables(form: Form) -> set[Ix]:
    """The free index variables of a form; fixed places are none."""
    return {i for _, factors in form for _, slots, _ in factors for i in slots if type(i[0]) is str and i[0][0] != "="}


def leaves(form: Form) -> frozenset[Head]:
    """All tensors in a form, at any depth."""
    found: set[Head] = set()
    for _, factors in form:
        for head, _, _ in factors:
            found |= head.leaves
    return frozenset(found)


def map_slots(factors: Iterable[Factor], mapping: Mapping[Ix, Ix]) -> Iterator[Factor]:
    """Simultaneous renaming."""
    for head, slots, exponent in factors:
        yield head, tuple([mapping.get(i, i) for i in slots]), exponent


def times_constants(left: Constants, right: Constants) -> Constants:
    if not left or not right:
        return left or right
    powers = dict(left)
    for name, exponent in right:
        powers[name] = exact(powers.get(name, 0) + exponent)
    return tuple(sorted((n, e) for n, e in powers.items() if e))


def power_constants(constants: Constants, exponent: Number) -> Constants:
    return tuple((n, exact(e * exponent)) for n, e in constants)


def add_into(out: dict[Monomial, Number], form: Form, scale: Number = 1) -> None:
    for monomial, coefficient in form.items():
        add_term(out, monomial, coefficient * scale)


def add_term(out: dict[Monomial, Number], monomial: Monomial, coefficient: Number) -> None:
    total = out.get(monomial, 0) + coefficient
    if total:
        out[monomial] = exact(total)
    else:
        out.pop(monomial, None)


def add(*forms: Form) -> Form:
    out: dict[Monomial, Number] = {}
    for form in forms:
        add_into(out, form)
    return out


def scale(form: Form, factor: Number) -> Form:
    return {m: exact(c * factor) for m, c in form.items()} if factor else {}


def constant(value: Number) -> Form:
    return {((), ()): exact(value)} if value else {}


ONE_FORM: Form = constant(1)


def as_number(form: Form) -> Number | None:
    """The rational number that the form is, if it is one."""
    if not form:
        return 0
    return form.get(((), ())) if len(form) == 1 else None
