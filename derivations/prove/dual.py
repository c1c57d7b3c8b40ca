"""Exact forward-mode differentiation: numbers that carry their derivatives.

A ``Dual`` is primal + Σ_k tangent_k·ε_k, ε_k·ε_l = 0, over the directions k of one
differentiation, which the tag names.  Differentiations nest: the parts of a dual
may be duals of an outer one, whose tag is smaller.  Every function below is its
rule for numbers plus one chain rule; no formula is differentiated symbolically.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import TypeAlias

from derivations.prove import exactnumber as exact
from derivations.prove.exactnumber import Element, Number, OffDomain, OnKink, Rational, Unrepresentable


class Dual:
    """A value with its nonzero directional derivatives; made by ``dual`` only."""

    __slots__ = ("primal", "tag", "tangents")

    def __init__(self, tag: int, primal: Value, tangents: Mapping[int, Value]) -> None:
        self.tag, self.primal, self.tangents = tag, primal, tangents

    def __add__(self, other: Value) -> Value:
        if isinstance(other, Dual):
            if other.tag > self.tag:
                return other + self
            if other.tag == self.tag:
                return dual(self.tag, self.primal + other.primal, _sum(self.tangents, other.tangents))
        return Dual(self.tag, self.primal + other, self.tangents)

    __radd__ = __add__

    def __neg__(self) -> Dual:
        return Dual(self.tag, -self.primal, {k: -v for k, v in self.tangents.items()})

    def __sub__(self, other: Value) -> Value:
        return self + (-other)

    def __rsub__(self, other: Value) -> Value:
        return -self + other

    def __mul__(self, other: Value) -> Value:
        if isinstance(other, Dual):
            if other.tag > self.tag:
                return other * self
            if other.tag == self.tag:
                primal = self.primal * other.primal
                return dual(self.tag, primal, _sum(_scaled(self.tangents, other.primal), _scaled(other.tangents, self.primal)))
        if not other:
            return other
        return dual(self.tag, self.primal * other, _scaled(self.tangents, other))

    __rmul__ = __mul__


class Flat(Fraction):
    """0 at this point and all around it: what a closed gate leaves.  A gate of it is closed, too, and that is no kink.

    What is added to it, or is a direction of a differentiation, is no longer flat; products are.
    """

    __slots__ = ()

    def __mul__(self, other: Value) -> Fraction:  # type: ignore[override]
        return self

    __rmul__ = __mul__  # type: ignore[assignment]

    def __neg__(self) -> Fraction:
        return self

    def __add__(self, other: Value) -> Value:  # type: ignore[override]
        return other

    __radd__ = __add__  # type: ignore[assignment]


FLAT = Flat(0)


def bent(value: Value) -> Value:
    """The same number, flat no more."""
    return 0 if type(value) is Flat else value


Value: TypeAlias = int | Fraction | Element | Dual
Unary: TypeAlias = Callable[[Value], Value]


def dual(tag: int, primal: Value, tangents: Mapping[int, Value]) -> Value:
    """The dual, or the bare primal where no derivative is left."""
    kept = {k: v for k, v in tangents.items() if v}
    return Dual(tag, primal, kept) if kept else primal


def _sum(a: Mapping[int, Value], b: Mapping[int, Value]) -> Mapping[int, Value]:
    total = dict(a)
    for k, v in b.items():
        total[k] = total[k] + v if k in total else v
    return total


def _scaled(tangents: Mapping[int, Value], factor: Value) -> Mapping[int, Value]:
    return {k: v * factor for k, v in tangents.items()} if factor else {}


def tangent(value: Value, tag: int, direction: int) -> Value:
    """The derivative along one direction of the innermost differentiation."""
    if isinstance(value, Dual) and value.tag == tag:
        return value.tangents.get(direction, 0)
    return 0


def primal(value: Value) -> Number:
    """The number itself, without any derivative."""
    while isinstance(value, Dual):
        value = value.primal
    return value


def sign(value: Value) -> int:
    """The sign of the number itself."""
    return exact.sign(primal(value))


def _chain(u: Dual, value: Value, slope: Value) -> Value:
    return dual(u.tag, value, _scaled(u.tangents, slope))


def quotient(a: Value, b: Value) -> Value:
    """a/b; ``OffDomain`` where b is 0."""
    if isinstance(b, Dual):
        return a * reciprocal(b)
    if isinstance(a, Dual):
        return a * exact.quotient(1, b)
    return exact.quotient(a, b)


def reciprocal(u: Value) -> Value:
    if isinstance(u, Dual):
        inverse = reciprocal(u.primal)
        return _chain(u, inverse, -(inverse * inverse))
    return exact.quotient(1, u)


def _entire_step(u: Value) -> int:
    """The side of 0 on which u lies, 0 where it is flat; there is no derivative at 0 itself."""
    side = sign(u)
    if not side and type(u) is not Flat:
        raise OnKink("a gate whose argument is 0")
    return side


class Functions:
    """The known functions; ``extended`` admits radicals and powers of e among the values.

    Where anything is ``differentiated``, roots of 0 are refused even of a bare 0: it may be a dual
    whose derivatives vanish, such as x² at 0, of which the root has none.
    """

    def __init__(self, extended: bool, differentiated: bool = True) -> None:
        self.extended, self.differentiated = extended, differentiated
        self.table: Mapping[str, Unary] = {
            "exp": self.exp, "log": self.log, "tanh": self.tanh, "sigmoid": self.sigmoid,
            "relu": relu, "step": step, "sign": sign_function, "abs": absolute, "sin": sin, "cos": cos,
        }  # fmt: skip

    def exp(self, u: Value) -> Value:
        if isinstance(u, Dual):
            value = self.exp(u.primal)
            return _chain(u, value, value)
        return exact.exponential(u, self.extended)

    def log(self, u: Value) -> Value:
        if isinstance(u, Dual):
            return _chain(u, self.log(u.primal), reciprocal(u.primal))
        return exact.logarithm(u)

    def tanh(self, u: Value) -> Value:
        """(e^2u - 1)/(e^2u + 1)."""
        if isinstance(u, Dual):
            value = self.tanh(u.primal)
            return _chain(u, value, 1 - value * value)
        square = exact.exponential(u * 2, self.extended)
        return exact.quotient(square - 1, square + 1)

    def sigmoid(self, u: Value) -> Value:
        if isinstance(u, Dual):
            value = self.sigmoid(u.primal)
            return _chain(u, value, value * (1 - value))
        return exact.quotient(1, 1 + exact.exponential(-u, self.extended))

    def power(self, u: Value, exponent: Rational) -> Value:
        """u to a constant rational power; u⁰ is 1."""
        if not exponent:
            return 1
        if exponent == 1:
            return u
        if isinstance(u, Dual):
            slope = self.power(u.primal, exponent - 1)
            return _chain(u, self.power(u.primal, exponent), slope * exponent)
        if not u and self.differentiated and exponent.denominator != 1:
            raise OffDomain("a root at 0, where it has no derivative")
        return exact.power(u, exponent, self.extended)

    def general_power(self, u: Value, exponent: Value) -> Value:
        """u to a power that varies: at whole and rational values as usual, else exp(exponent·log u)."""
        if isinstance(exponent, (int, Fraction)):
            if not exponent and not primal(u):
                raise OffDomain("zero to the power zero")
            return self.power(u, exponent)
        if sign(u) <= 0:
            raise OffDomain("a varying power of a number that is not positive")
        if isinstance(exponent, Dual) and not isinstance(u, Dual):
            value = self.general_power(u, exponent.primal)
            return _chain(exponent, value, value * self.log(u))
        return self.exp(exponent * self.log(u))


def relu(u: Value) -> Value:
    return u if _entire_step(u) > 0 else FLAT


def step(u: Value) -> Value:
    return 1 if _entire_step(u) > 0 else FLAT


def sign_function(u: Value) -> Value:
    return _entire_step(u) or FLAT


def absolute(u: Value) -> Value:
    return u if _entire_step(u) > 0 else -u


def sin(u: Value) -> Value:
    if isinstance(u, Dual):
        return _chain(u, sin(u.primal), cos(u.primal))
    if u:
        raise Unrepresentable("sin of a number that is not 0")
    return 0


def cos(u: Value) -> Value:
    if isinstance(u, Dual):
        return _chain(u, cos(u.primal), -sin(u.primal))
    if u:
        raise Unrepresentable("cos of a number that is not 0")
    return 1
