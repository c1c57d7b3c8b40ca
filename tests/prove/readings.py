"""What an index form means, in plain numbers: every sum written out, every box from its name (THEORY 1).

``read`` gives the form of an expression in a workspace; ``form_value`` its value, which is what the expression has to be
worth as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import Any

import mpmath

from derivations.claims import Context, Statement
from derivations.expr import Builtin, Expr, Free
from derivations.prove.allsizes import cases, prepare
from derivations.prove.indexform import Factor, Form, Ix, Slots, dummies
from derivations.prove.translate import Translator
from tests.prove import plain
from tests.prove.plain import Array, Place, World

Names = Mapping[Ix, int]
Reading = tuple[Form, Translator, tuple[Slots, ...]]


def read(e: Expr, context: Context, translator: Translator | None = None) -> Reading:
    """The form of the general entry of an expression, and the places of its axes."""
    statement = Statement(e, e, context)
    translator = translator or prepare(statement, 50_000)
    ((scope, places),) = cases(translator, statement)
    return translator.entry(e, places, scope), translator, places


def form_value(form: Form, names: Names, w: World, translator: Translator) -> Any:
    """The value of a form where its free indices have these values."""
    total = mpmath.mpf(0)
    for (constants, factors), coefficient in form.items():
        term = mpmath.mpf(coefficient.numerator) / coefficient.denominator
        for name, exponent in constants:
            base = mpmath.pi if name == "π" else mpmath.mpf(int(name[1:]) if name[0] == "#" else w.sizes[name])
            term *= base ** (mpmath.mpf(exponent.numerator) / exponent.denominator)
        bound = sorted(dummies(factors))
        summed = mpmath.mpf(0)
        for chosen in product(*(range(1, w.size(translator.algebra.dims[i[1]]) + 1) for i in bound)):
            here = {**names, **dict(zip(bound, chosen, strict=True))}
            part = mpmath.mpf(1)
            for factor in factors:
                part *= _factor(factor, here, w, translator)
            summed += part
        total += term * summed
    return total


def _factor(factor: Factor, names: Names, w: World, translator: Translator) -> Any:
    head, slots, exponent = factor
    at = tuple(int(str(i[0])[1:]) if str(i[0])[0] == "=" else names[i] for i in slots)
    outer = dict(zip(head.placeholders, at[head.fixed :], strict=True)) if head.body is not None else {}

    def body(more: Names) -> Any:
        assert head.body is not None
        return form_value(head.body, {**outer, **more}, w, translator)

    match head.kind:
        case "tensor":
            value = _entry(head.name, at, w)
        case "delta":
            value = mpmath.mpf(at[0] == at[1])
        case "power":
            value = body({})
        case "function":
            value = _function(head.name, head.order, body({}), w)
        case "inverse":
            inverse = plain.inverse(_matrix(head.parameters, w, translator, body))
            value = inverse[at[0] - 1][at[1] - 1]
        case "determinant":
            value = plain.determinant(_matrix(head.parameters, w, translator, body))
        case "loss":
            ranges = (range(1, w.size(translator.algebra.dims[i[1]]) + 1) for i in head.parameters)
            array = {p: body(dict(zip(head.parameters, p, strict=True))) for p in product(*ranges)}
            value = _slope(head.name[1:], head.order, at[: head.fixed], array)
        case _:
            raise AssertionError(head)
    return plain.power(value, mpmath.mpf(exponent.numerator) / exponent.denominator)


def _entry(name: str, at: Place, w: World) -> Any:
    if name in w.labels:
        return mpmath.mpf(w.labels[name][at[:-1]] == at[-1])
    return w.arrays[name][at]


def _function(name: str, order: int, u: Any, w: World) -> Any:
    if name == "step":
        return mpmath.mpf(u > 0)
    if name == "log":
        return plain.log(abs(u))  # the box stands for log|u|
    known = name if name in plain.FUNCTIONS else None
    return plain.scalar_function(Builtin(known) if known else Free(name[1:]), order, w)(u)  # type: ignore[arg-type]


def _slope(name: str, order: int, fixed: Place, array: Array) -> Any:
    """A partial derivative of an unspecified function; ``fixed`` are the value's place and then each entry's."""
    if not order:
        return plain.unspecified(name, fixed, array)
    axes = len(next(iter(array)))
    fixed, by = fixed[: len(fixed) - axes], fixed[len(fixed) - axes :]
    up, down = (_slope(name, order - 1, fixed, {**array, by: array[by] + step}) for step in (plain.STEP, -plain.STEP))
    return (up - down) / (2 * plain.STEP)


def _matrix(pair: Slots, w: World, translator: Translator, body: Any) -> list[list[Any]]:
    row, column = pair
    size = range(1, w.size(translator.algebra.dims[row[1]]) + 1)
    return [[body({row: i, column: j}) for j in size] for i in size]


def entries(e: Expr, reading: Reading, w: World) -> Iterator[tuple[Any, Any]]:
    """Each entry of an expression, and what the form of the general entry is worth there."""
    form, translator, places = reading
    indices = {(f":{i.name}", str(i.dim)): k for i, k in w.indices.items()}
    array: Array = plain.value(e, w)
    for place, number in array.items():
        names = {p[0]: k for p, k in zip(places, place, strict=True)}
        yield number, form_value(form, {**indices, **names}, w, translator)
