"""Gates: the switches that the second way has for relu, step, sign and abs.

A gate h is 1 where its argument is positive and 0 elsewhere; derivatives take it for a constant.  One symbol serves
an argument and all its rational multiples.  For −u, 1 − h stands where it is multiplied by u; where its own value
counts, only if u = 0 is rare whatever the switches inside u are (``kinks`` tells that this was done).
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Protocol

from derivations.prove.zero import Algebra, Limit, Monomial, Number, Poly, leading, shared_powers

import sympy  # isort: skip  (zero.py chooses the ground types first)
from sympy import Symbol

from derivations.prove.scalars import NOTHING, ONE, Scalar, Undefined, written


class World(Protocol):
    """What gates need of the evaluation that they belong to."""

    algebra: Algebra

    def fresh(self) -> Symbol: ...

    def switch(self, symbols: tuple[Symbol, ...], rows: tuple[tuple[int, ...], ...]) -> None: ...


class Gates:
    """The gates of one world; ``arguments`` has what each was made for."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.arguments: dict[Symbol, Scalar] = {}
        self.kinks = False
        self._positive: set[Any] = set()
        self._symbols: dict[Any, Symbol] = {}

    def assume_positive(self, poly: Poly) -> None:
        self._positive.add(_key(poly))

    def forget_symbols(self) -> None:
        """Arguments that were different may be equal from now on."""
        self._symbols.clear()

    def backwards(self, u: Scalar) -> bool:
        """Whether −u stands for u, so that a function and its mirror image are the same generator."""
        try:
            poly = self.world.algebra.expand(u)
        except Limit:
            return False
        return bool(poly) and _key(poly)[0]

    def forwards(self, u: Scalar) -> Scalar:
        return -u if self.backwards(u) else u

    def absolute(self, u: Scalar) -> Scalar:
        """|u| = u·(2h − 1); of a product, the product of the absolute values."""
        return u * sympy.Mul(*(2 * self.side(f) - 1 for f, times in self._signed(u) if times == 1))

    def sign(self, u: Scalar) -> Scalar:
        """1[u > 0] − 1[−u > 0]; of a product, the product of the signs."""
        return sympy.Mul(*((self.step(f) - self.step(-f)) ** times for f, times in self._signed(u)))

    def _signed(self, u: Scalar) -> list[tuple[Scalar, int]]:
        """The factors on which the sign of u hangs, each once, or twice where its power has no sign."""
        algebra = self.world.algebra
        try:
            poly = algebra.expand(u)
            powers = [(g, e) for g, e in sorted(shared_powers(poly).items()) if self._is_plain(g)]
            inner = written(algebra, algebra.multiply(poly, {tuple((g, -e) for g, e in powers): 1})) if powers else None
        except Limit:
            return [(u, 1)]
        if inner is None:
            return [(u, 1)]
        return [*((algebra.generators[g].body, 1 if e % 2 == 1 else 2) for g, e in powers), (inner, 1)]

    def _is_plain(self, number: int) -> bool:
        """Whether a generator is a quantity that takes any value."""
        body = self.world.algebra.generators[number].body
        return isinstance(body, Symbol) and body not in self.world.algebra.switches

    def step(self, u: Scalar) -> Scalar:
        """1 where u > 0, else 0, as a constant switch: one for u and all its positive multiples."""
        return self._gate(u, exact=True)

    def side(self, u: Scalar) -> Scalar:
        """The same up to its value at u = 0, where what it multiplies vanishes: 1 − h for −u."""
        return self._gate(u, exact=False)

    def _gate(self, u: Scalar, exact: bool) -> Scalar:
        if u == 0:
            return NOTHING
        try:
            poly = self.world.algebra.expand(u)
        except Limit:
            return self._gate_symbol(u, u)
        if not poly:
            raise Undefined("the argument of a gate is zero identically")
        return self._gate_of(poly, u, exact)

    def _gate_of(self, poly: Poly, u: Scalar, exact: bool) -> Scalar:
        turned, key = _key(poly)
        if (turned, key) in self._positive:
            return ONE
        if self.world.algebra.is_positive(poly):  # but where it is 0: x ≥ 0 may be
            self.kinks |= exact
            return ONE
        if (not turned, key) in self._positive or self.world.algebra.is_positive({m: -c for m, c in poly.items()}):
            return NOTHING
        split = self._by_switch(poly, exact)
        if split is not None:
            return split
        if not turned:
            return self._gate_symbol(key, u)
        if exact and not self._thin(poly):
            return self._gate_symbol((turned, key), u)
        self.kinks |= exact
        return 1 - self._gate_symbol(key, -u)

    def _by_switch(self, poly: Poly, exact: bool) -> Scalar | None:
        """1[h·u > 0] = h·1[u > 0], and by the two values of h where no other switch is in the way; None where that is not so."""
        switches = self._switches_in(poly)
        shared = [n for n in switches if all(any(g == n for g, _ in m) for m in poly)]
        if not shared and len(switches) != 1:
            return None
        number = (shared or switches)[0]
        opened: dict[Monomial, Number] = {}
        for monomial, c in poly.items():
            rest = tuple((g, e) for g, e in monomial if g != number)
            opened[rest] = opened.get(rest, 0) + c
        closed = {m: c for m, c in poly.items() if not any(g == number for g, _ in m)}
        opened_gate = self._gate_where({m: c for m, c in opened.items() if c}, exact)
        closed_gate = self._gate_where(closed, exact)
        if opened_gate is None or closed_gate is None:
            return None
        h = self.world.algebra.generators[number].body
        # h·h = h, also where a number modulo p will stand for h
        return h * opened_gate.xreplace({h: ONE}) + (1 - h) * closed_gate.xreplace({h: NOTHING})

    def _gate_where(self, poly: Poly, exact: bool) -> Scalar | None:
        """The gate of a polynomial that may be 0 throughout; None where it cannot be written as an expression."""
        if not poly:
            return NOTHING
        u = written(self.world.algebra, poly)
        return None if u is None else self._gate_of(poly, u, exact)

    def _switches_in(self, poly: Poly) -> list[int]:
        """Generators of one term or more that are switches themselves and on their own, not one of a one-hot group."""
        algebra = self.world.algebra
        found = sorted({g for m in poly for g, _ in m})
        bodies = ((g, algebra.generators[g].body) for g in found)
        return [g for g, s in bodies if isinstance(s, Symbol) and s in algebra.switches and s not in algebra.groups]

    def _thin(self, poly: Poly) -> bool:
        """Whether u = 0 is rare, whatever the switches are: something in it stands in no term with a switch."""
        jumping: set[int] = set()
        smooth: set[int] = set()
        for monomial in poly:
            numbers = {g for g, _ in monomial}
            (jumping if any(map(self._jumps, numbers)) else smooth).update(numbers)
        return not smooth <= jumping

    def _jumps(self, number: int) -> bool:
        """Whether a switch is in a generator, at any depth."""
        generator = self.world.algebra.generators[number]
        if isinstance(generator.body, dict):
            return any(self._jumps(g) for m in generator.body for g, _ in m)
        return generator.body in self.world.algebra.switches

    def _gate_symbol(self, key: Any, u: Scalar) -> Symbol:
        h = self._symbols.get(key)
        if h is None:
            h = self._symbols[key] = self.world.fresh()
            self.world.switch((h,), ((0,), (1,)))
            self.arguments[h] = u
        return h


def _key(poly: Poly) -> tuple[bool, Any]:
    """Whether the leading coefficient is negative, and the polynomial scaled to leading coefficient 1."""
    c = poly[leading(poly)]
    return c < 0, frozenset((m, Fraction(x) / c) for m, x in poly.items())
