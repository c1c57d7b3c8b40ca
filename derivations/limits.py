"""How much is read, and how long it may take: one row a limit, configurable in ``[tool.derivations.limits]``.

Limits of size are looked at before the work that they bound, and refuse with a code of their own (docs/codes.md).
The last four bound a process (worker.py) and end in ``unknown: limit``; they are far above what the
budgets of steps inside the provers let through, so that verdicts do not depend on the machine.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class Limits:
    """Whole numbers ≥ 1 for what is counted, seconds > 0 for times; names as in ``pyproject.toml``, ``_`` for ``-``."""

    file_bytes: int = 5_000_000
    front_matter_characters: int = 200_000
    block_levels: int = 60  # of lists and quotes
    formulas: int = 5_000  # of one document, inline ones counted
    formula_characters: int = 100_000
    formula_tokens: int = 10_000
    formula_levels: int = 50  # of brackets, braces, fractions, roots
    digits: int = 300  # of one number
    factors: int = 60  # of one product: each is one level of the expression
    cases: int = 30  # rows, each of which is one level of the expression
    exponent: int = 100
    axes: int = 8  # of one array
    entries: int = 1_000  # of a matrix that is written out
    macro_uses: int = 1_000  # that one use of a macro may lead to
    macro_levels: int = 100
    macro_characters: int = 50_000  # that one use of a macro may become
    macro_total: int = 5_000_000  # characters handled for all macros of a document
    reading_seconds: float = 60.0  # for one reading of a document
    claim_seconds: float = 60.0
    document_seconds: float = 600.0
    memory_mb: int = 2_048  # address space

    def with_time_limit(self, seconds: float) -> Limits:
        """Another time for one claim; the document gets no less."""
        return replace(self, claim_seconds=seconds, document_seconds=max(self.document_seconds, 2 * seconds))


NAMES = tuple(field.name.replace("_", "-") for field in fields(Limits))
TIMES = tuple(name for name in NAMES if name.endswith("-seconds"))
USUAL = Limits()
_CURRENT: ContextVar[Limits] = ContextVar("limits", default=USUAL)


def current() -> Limits:
    """Those that hold for the document under way."""
    return _CURRENT.get()


@contextmanager
def holding(limits: Limits) -> Iterator[None]:
    """Within the block these limits hold."""
    token = _CURRENT.set(limits)
    try:
        yield
    finally:
        _CURRENT.reset(token)
