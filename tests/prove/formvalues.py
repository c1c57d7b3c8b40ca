"""What the forms of a statement mean at a point (``plain.World``): the sums and products that they write, term by term."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import mpmath

from derivations.expr import Dim, Free, Shape
from derivations.prove.indexform import COLUMN, ROW, Factor, Form, Head, Ix, is_dummy, is_place
from derivations.prove.translate import Place, Translator
from tests.prove.plain import FUNCTIONS, STEP, Array, World, determinant, inverse, power, scalar_function, unspecified

Env = Mapping[Ix, int]


@dataclass(frozen=True)
class Reader:
    """The meaning of a translator's forms where everything free has these values."""

    translator: Translator
    world: World

    def dim(self, index: Ix) -> Dim:
        return self.translator.algebra.dims[index[1]]

    def range(self, index: Ix) -> range:
        return range(1, self.world.size(self.dim(index)) + 1)

    def position(self, place: Sequence[Ix], env: Env) -> int:
        """The number of a place: of a stacked axis the outer index counts blocks of the inner."""
        out = 0
        for index in place:
            out = out * self.world.size(self.dim(index)) + _number(index, env) - 1
        return out + 1

    def value(self, form: Form, env: Env) -> Any:
        out = mpmath.mpf(0)
        for (constants, factors), coefficient in form.items():
            scale = mpmath.mpf(coefficient.numerator) / coefficient.denominator
            for name, exponent in constants:
                base = mpmath.pi if name == "π" else int(name[1:]) if name[0] == "#" else self.world.sizes[name]
                scale *= base ** (mpmath.mpf(exponent.numerator) / exponent.denominator)
            bound = sorted({i for _, slots, _ in factors for i in slots if is_dummy(i)})
            for chosen in product(*map(self.range, bound)):
                inner = {**env, **dict(zip(bound, chosen, strict=True))}
                out += scale * mpmath.fprod(self.factor(f, inner) for f in factors)
        return out

    def factor(self, factor: Factor, env: Env) -> Any:
        head, slots, exponent = factor
        return power(self.head(head, slots, env), mpmath.mpf(exponent.numerator) / exponent.denominator)

    def head(self, head: Head, slots: Sequence[Ix], env: Env) -> Any:
        at = [_number(i, env) for i in slots]
        if head.kind == "delta":
            return mpmath.mpf(at[0] == at[1])
        if head.kind == "tensor":
            return self.tensor(head, slots, env)
        assert head.body is not None
        body, inner = head.body, dict(zip(head.placeholders, at[head.fixed :], strict=True))
        match head.kind:
            case "function" if head.name == "log" and not head.order:
                return mpmath.log(abs(self.value(body, inner)))  # the box stands for log|u|
            case "function":
                known = FUNCTIONS.get(head.name)
                f = known if known and not head.order else scalar_function(Free(head.name[1:]), head.order, self.world)
                return f(self.value(body, inner))
            case "power":
                return self.value(body, inner)
            case "inverse":
                return inverse(self.matrix(head, inner))[at[0] - 1][at[1] - 1]
            case "determinant":
                return determinant(self.matrix(head, inner))
            case "loss":
                axes = head.parameters
                u = {p: self.value(body, {**inner, **dict(zip(axes, p, strict=True))}) for p in product(*map(self.range, axes))}
                end = head.fixed - head.order * len(axes)
                entries = [tuple(at[k : k + len(axes)]) for k in range(end, head.fixed, len(axes))] if head.order else []
                return _partial(head.name[1:], tuple(at[:end]), u, entries)
            case _:
                raise AssertionError(head)

    def matrix(self, head: Head, env: Env) -> list[list[Any]]:
        assert head.body is not None
        (_, type_), _ = head.parameters
        size = self.range((ROW, type_))
        return [[self.value(head.body, {**env, (ROW, type_): i, (COLUMN, type_): j}) for j in size] for i in size]

    def tensor(self, head: Head, slots: Sequence[Ix], env: Env) -> Any:
        origin = self.translator.origins[head]
        if origin.name in self.world.labels:
            *row, choice = (_number(i, env) for i in slots)
            return mpmath.mpf(self.world.labels[origin.name][tuple(row)] == choice)
        place = tuple(self.position(part, env) for part in self.parted(slots, origin.shape))
        return self.world.arrays[head.name][place]

    def parted(self, slots: Sequence[Ix], axes: Shape) -> list[Place]:
        """The slots of each axis: of a stacked one, as many as make up its length."""
        out, rest = [], list(slots)
        for axis in axes:
            part, length = [rest.pop(0)], self.dim(slots[len(slots) - len(rest) - 1])
            while length != axis:
                length = length * self.dim(rest[0])
                part.append(rest.pop(0))
            out.append(tuple(part))
        assert not rest
        return out


def _number(index: Ix, env: Env) -> int:
    return int(str(index[0])[1:]) if is_place(index) else env[index]


def _partial(name: str, place: tuple[int, ...], u: Array, entries: Sequence[tuple[int, ...]]) -> Any:
    """A partial derivative of an unspecified function by central differences."""
    if not entries:
        return unspecified(name, place, u)
    first, *others = entries
    up, down = ({p: x + (step if p == first else 0) for p, x in u.items()} for step in (STEP, -STEP))
    return (_partial(name, place, up, others) - _partial(name, place, down, others)) / (2 * STEP)
