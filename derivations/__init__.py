"""Checks the derivations that people write by hand.

``verify`` and the verdicts are loaded when they are first asked for, so that importing a
part of the package (``derivations.source``) does not import SymPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derivations.pipeline import verify
    from derivations.report.outline import Report
    from derivations.verdicts import Definition, Proved, Refuted, Unknown, Unreadable

__all__ = ["Definition", "Proved", "Refuted", "Report", "Unknown", "Unreadable", "__version__", "verify"]
__version__ = "0.1.0"

_HOMES = {"verify": "derivations.pipeline", "Report": "derivations.report.outline"}
_VERDICTS = "derivations.verdicts"


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module 'derivations' has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, _VERDICTS)), name)
