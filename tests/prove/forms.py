"""What forms mean, in plain numbers: every sum written out, every box evaluated; shares no code with the normal form.

A tensor's entries are rational numbers that follow from its name, its trait and the place alone; a free function φ is
``e^{u/2}``, so that its k-th derivative is ``e^{u/2}/2^k``; ``log`` is that of the absolute value.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import product
from typing import Any

import mpmath

from derivations.expr import Dim
from derivations.prove import boxes
from derivations.prove.indexform import Constants, Factor, Form, Head, Ix, Number, Slots, is_dummy
from derivations.prove.normal import Algebra, Term

mpmath.mp.dps = 60
SIZES = {"n": 2, "m": 3, "k": 4}
i, j, k = (":i", "n"), (":j", "n"), (":k", "n")
one, two, three, four = (1_001, "n"), (1_002, "n"), (1_003, "n"), (1_004, "n")  # dummies
a_, b_ = (":a", "m"), (":b", "m")
P, Q, R, C = ("$0", "n"), ("$1", "n"), ("$r", "n"), ("$c", "n")
HALF = Fraction(1, 2)


def workspace(budget: int = 100_000) -> Algebra:
    """An algebra that knows the sizes n, m, k and 3."""
    out = boxes.algebra(budget)
    for dim in (Dim(1, ("n",)), Dim(1, ("m",)), Dim(1, ("k",)), Dim(3), Dim(2, ("m", "n"))):
        out.type_of(dim)
    return out


def tensor(name: str, number: int, axes: int, *traits: str, symmetric: bool = False) -> Head:
    identity = tuple(range(axes))
    head = Head("tensor", name, number, (identity, identity[::-1]) if symmetric else (identity,), traits=frozenset(traits))
    object.__setattr__(head, "leaves", frozenset((head,)))
    return head


A, B, S = tensor("A", 1, 2), tensor("B", 2, 2), tensor("S", 3, 2, symmetric=True)
x, y, z = tensor("x", 4, 1), tensor("y", 5, 1), tensor("z", 6, 1)
s = tensor("s", 7, 0)
Y = tensor("Y", 9, 2, "one-hot", "binary", "nonnegative")
Y3 = tensor("Y3", 13, 3, "one-hot", "binary", "nonnegative")
h, e = tensor("h", 10, 1, "binary", "nonnegative"), tensor("e", 11, 1, "sign")
p = tensor("p", 12, 1, "positive")


@functools.cache
def entry(head: Head, place: tuple[int, ...]) -> Any:
    """The number at a place of a tensor."""
    if len(head.symmetry) > 1:
        place = tuple(sorted(place))
    draw = random.Random(f"{head.name}{place}").randint
    if "one-hot" in head.traits:
        return mpmath.mpf(place[-1] == random.Random(f"{head.name}{place[:-1]}").randint(1, 3))
    if "binary" in head.traits:
        return mpmath.mpf(sum(place) % 2)
    if "sign" in head.traits:
        return mpmath.mpf((-1) ** (1 + sum(place)))
    size = mpmath.mpf(draw(3, 40)) / draw(5, 9)
    return size if "positive" in head.traits or draw(0, 1) else -size


def size_of(name: str) -> Any:
    """n, 2·m·n, or #p for a prime."""
    out = mpmath.mpf(1)
    for part in name.removeprefix("#").split("·"):
        out *= SIZES[part] if part in SIZES else int(part)
    return out


def power(base: Any, exponent: Number) -> Any:
    return base ** (mpmath.mpf(exponent.numerator) / exponent.denominator)


class Meaning:
    """``tensors`` may give other numbers than :func:`entry`."""

    def __init__(self, **tensors: Any) -> None:
        self.tensors = tensors

    def of(self, form: Form, places: Mapping[Ix, int]) -> Any:
        return mpmath.fsum(self.term(c, key[0], (), key[1], places) for key, c in form.items())

    def of_terms(self, terms: Iterable[Term], places: Mapping[Ix, int]) -> Any:
        return mpmath.fsum(self.term(t.coefficient, t.constants, t.bound, t.factors, places) for t in terms)

    def term(
        self, c: Number, constants: Constants, bound: Iterable[Ix], factors: tuple[Factor, ...], at: Mapping[Ix, int]
    ) -> Any:
        summed = sorted({*bound} | {i for _, slots, _ in factors for i in slots if is_dummy(i)})
        total = mpmath.mpf(0)
        for values in product(*(range(1, int(size_of(i[1])) + 1) for i in summed)):
            here = {**at, **dict(zip(summed, values, strict=True))}
            total += mpmath.fprod(power(self.box(h, slots, here), e) for h, slots, e in factors)
        return total * c.numerator / c.denominator * mpmath.fprod(power(size_of(n), e) for n, e in constants)

    def place(self, index: Ix, at: Mapping[Ix, int]) -> int:
        name = str(index[0])
        return int(name[1:]) if name[0] == "=" else at[index]

    def box(self, head: Head, slots: Slots, at: Mapping[Ix, int]) -> Any:
        places = tuple(self.place(i, at) for i in slots)
        if head.kind == "delta":
            return mpmath.mpf(places[0] == places[1])
        if head.kind == "tensor":
            return self.tensors[head.name](*places) if head.name in self.tensors else entry(head, places)
        assert head.body is not None
        inner = dict(zip(head.placeholders, places[head.fixed :], strict=True))
        if head.kind == "power":
            return self.of(head.body, inner)
        if head.kind == "function":
            return function(head.name, head.order, self.of(head.body, inner))
        row, column = head.parameters
        count = int(size_of(row[1]))
        whole = mpmath.matrix(count, count)
        for p, q in product(range(count), repeat=2):
            whole[p, q] = self.of(head.body, {**inner, row: p + 1, column: q + 1})
        return mpmath.det(whole) if head.kind == "determinant" else (whole**-1)[places[0] - 1, places[1] - 1]


def function(name: str, order: int, value: Any) -> Any:
    if name == "log":
        return mpmath.log(abs(value))
    if name == "step":
        return mpmath.mpf(value > 0)
    if name in ("exp", "sin", "cos"):
        return getattr(mpmath, name)(value)
    return mpmath.exp(value / 2) / 2**order


def places_of(free: Iterable[Ix]) -> Iterable[dict[Ix, int]]:
    """Every assignment of places to free indices."""
    free = sorted(free)
    for values in product(*(range(1, int(size_of(i[1])) + 1) for i in free)):
        yield dict(zip(free, values, strict=True))


def close_to(left: Any, right: Any) -> bool:
    return bool(abs(left - right) <= mpmath.mpf(10) ** -35 * (1 + abs(left)))


def free_of(terms: Iterable[Term]) -> set[Ix]:
    return {i for t in terms for _, slots, _ in t.factors for i in slots if not is_dummy(i) and str(i[0])[0] != "="}


def term(*factors: Factor, c: Number = 1, constants: Constants = (), bound: Iterable[Ix] = ()) -> Term:
    """A raw term with these factors; its dummies are bound, and those of ``bound``.  Equal indices are no one object."""
    factors = tuple((head, tuple((name, type_) for name, type_ in slots), q) for head, slots, q in factors)
    return Term(c, constants, frozenset(bound) | {i for _, slots, _ in factors for i in slots if is_dummy(i)}, factors)


def same(before: Iterable[Term], after: Iterable[Term], free: Iterable[Ix], **tensors: Any) -> bool:
    """Whether two sums of terms have one value at every place."""
    meaning, before, after = Meaning(**tensors), list(before), list(after)
    return all(close_to(meaning.of_terms(before, at), meaning.of_terms(after, at)) for at in places_of(free))


def terms_of(form: Form) -> list[Term]:
    return [term(*factors, c=c, constants=constants) for (constants, factors), c in form.items()]
