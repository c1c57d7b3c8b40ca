"""The edits, as rows: each a way in which published lines go wrong, undone.

An edit changes the written text of the right side at places that the formula tree points out, so
that a repair keeps the document's own notation.  Nothing here decides anything: a text that reads badly or
says something false is thrown away by the search.  The order of the rows is the order of trying.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derivations.repair import structure
from derivations.repair.line import Change, Line


@dataclass(frozen=True, slots=True)
class Edit:
    """``words`` say what was done; the places in braces are filled from ``Change.parts``."""

    name: str
    words: str
    changes: Callable[[Line], Iterator[Change]]
    reason: str = ""

    def told(self, change: Change) -> str:
        return self.words.format(**change.parts)

    def diagnosis(self, change: Change) -> str:
        return self.reason.format(**change.parts)


EDITS = (
    Edit("hiding sum", "drop {old}: it hides the free index {index}", structure.hiding_sums,
         "{old} hides the free index {index}"),
)
