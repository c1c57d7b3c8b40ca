"""Expressions beside the forms that the prover for all sizes reads them as: both have to be worth the same (THEORY 1)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from derivations.claims import Context, Statement
from derivations.expr import Expr
from derivations.prove.allsizes import cases, prepare
from derivations.prove.indexform import Form, Slots
from derivations.prove.translate import Translator
from tests.prove import plain
from tests.prove.formvalues import Reader
from tests.prove.plain import Array, World

Reading = tuple[Form, Translator, tuple[Slots, ...]]


def read(e: Expr, context: Context, translator: Translator | None = None) -> Reading:
    """The form of the general entry of an expression, and the places of its axes."""
    statement = Statement(e, e, context)
    translator = translator or prepare(statement, 50_000)
    ((scope, places),) = cases(translator, statement)
    return translator.entry(e, places, scope), translator, places


def entries(e: Expr, reading: Reading, w: World) -> Iterator[tuple[Any, Any]]:
    """Each entry of an expression, and what the form of the general entry is worth there."""
    form, translator, places = reading
    indices = {(f":{i.name}", str(i.dim)): k for i, k in w.indices.items()}
    array: Array = plain.value(e, w)
    for place, number in array.items():
        names = {p[0]: k for p, k in zip(places, place, strict=True)}
        yield number, Reader(translator, w).value(form, {**indices, **names})
