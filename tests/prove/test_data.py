"""The data of the provers: closed and immutable, but for what is named here as being worked on."""

from __future__ import annotations

import dataclasses
import importlib
import pkgutil

import pytest

from derivations import prove

WORKED_ON = {  # what an evaluation fills while it runs
    "evaluation.Code", "evaluation.Frame", "normal.Algebra", "pointwise.Draft", "translate.Translator", "witness._Scalings",
    "zero._Row", "zero.Budget", "zero.Algebra",
}  # fmt: skip
OPEN = {"zero.Algebra"}
MODULES = [importlib.import_module(f"derivations.prove.{found.name}") for found in pkgutil.iter_modules(prove.__path__)]
TYPES = {
    f"{module.__name__.rpartition('.')[2]}.{name}": kind
    for module in MODULES
    for name, kind in vars(module).items()
    if isinstance(kind, type) and kind.__module__ == module.__name__ and dataclasses.is_dataclass(kind)
}


@pytest.mark.parametrize("name", TYPES)
def test_data_are_immutable_and_closed(name: str) -> None:
    """No field is given another value, and none is added."""
    one = object.__new__(TYPES[name])
    assert hasattr(one, "__dict__") is (name in OPEN)
    if name in WORKED_ON:
        return
    for field in dataclasses.fields(TYPES[name]):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(one, field.name, None)


def test_what_is_worked_on_is_still_there() -> None:
    assert OPEN <= WORKED_ON <= TYPES.keys()
