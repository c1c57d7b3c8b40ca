"""The data of the provers cannot be changed, but for what is filled while working; none of it grows attributes."""

from __future__ import annotations

import dataclasses
import importlib
import inspect
import pkgutil

import derivations.prove as package

FILLED = {
    "evaluation.Frame", "normal.Algebra", "pointwise.Draft", "translate.Translator", "witness._Scalings",
    "zero.Algebra", "zero.Budget", "zero._Row",
}  # fmt: skip
GROWING = {"zero.Algebra"}  # remembers what was worked out once


def declared() -> dict[str, type]:
    """The data types of all modules by name."""
    found = dict[str, type]()
    for info in pkgutil.iter_modules(package.__path__):
        module = importlib.import_module(f"derivations.prove.{info.name}")
        for name, kind in inspect.getmembers(module, inspect.isclass):
            if kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind):
                found[f"{info.name}.{name}"] = kind
    return found


def test_data_cannot_be_changed() -> None:
    kinds = declared()
    assert len(kinds) > 30
    assert {name for name, kind in kinds.items() if kind.__setattr__ is object.__setattr__} == FILLED


def test_data_has_the_attributes_that_are_declared() -> None:
    for name, kind in declared().items():
        assert ("__slots__" in vars(kind)) is (name not in GROWING), name
