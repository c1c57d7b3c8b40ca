"""What a process that judges and its parent tell one another, as data, and how that becomes bytes and back."""

from __future__ import annotations

import io
import pickle
import struct
import sys
from dataclasses import dataclass, is_dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from derivations.limits import Limits
from derivations.source import Problem

if TYPE_CHECKING:
    from derivations.report.explain import Understanding
    from derivations.report.outline import DocumentReport, Report
    from derivations.verdicts import Verdict

DEEP = 8_000  # levels that pickle may go down in nested expressions; the stack of C bears more
LONGEST = 256 << 20  # bytes of one message
COMMAND = struct.Struct("!cI")  # to the nursery: b"f", fork, with the child's end of a socket; b"e", end that child
ANSWER = struct.Struct("!Ii")  # of the nursery: the child, and how it ended
OUT_OF_MEMORY = 3  # exit status of a child
PLAIN = frozenset({("fractions", "Fraction"), ("builtins", "frozenset"), ("builtins", "set")})


Task: TypeAlias = Literal["verify", "report", "understand"]  # "report": verdicts, with their proofs in steps


@dataclass(frozen=True, slots=True)
class Request:
    """What a child is asked; ``path``, ``text``, ``given`` and ``given_path`` are those of ``pipeline.verify``."""

    path: str
    text: str | None = None
    given: tuple[str, ...] = ()
    given_path: str | None = None
    task: Task = "verify"
    repairs: bool = True


@dataclass(frozen=True, slots=True)
class GivenUp:
    """In place of a verdict: a child was ended while it worked on this step, which is not tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Order:
    """A request with what children before this one have found out, step by step."""

    request: Request
    limits: Limits
    journal: tuple[Verdict | GivenUp, ...] = ()


@dataclass(frozen=True, slots=True)
class Outlined:
    """All there is to judge, nothing judged yet; ``undecided``: lines that fail may hold in another reading."""

    report: DocumentReport
    undecided: bool


@dataclass(frozen=True, slots=True)
class Begun:
    """Work on the next step of the journal: a claim's verdict, or the search for a repair."""


@dataclass(frozen=True, slots=True)
class Done:
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """The claim of this number, in order from 0, has this verdict in the usual reading."""

    number: int
    total: int
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Settled:
    """Verdicts that stay; only repairs are missing."""

    report: DocumentReport


@dataclass(frozen=True, slots=True)
class Finished:
    result: Report | Understanding


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that cannot be read."""

    error: Problem | OSError


@dataclass(frozen=True, slots=True)
class Fault:
    """Our own: the exception in one line, and where it was raised."""

    what: str
    trace: str


Message: TypeAlias = Outlined | Begun | Done | Judged | Settled | Finished | Refused | Fault


class OurFault(Exception):
    """An exception in the process that judged, or the end of that process; ``trace`` is what it told of it."""

    def __init__(self, what: str, trace: str = "") -> None:
        super().__init__(what)
        self.trace = trace


class _Unpickler(pickle.Unpickler):
    """Builds data of ours and nothing else: neither functions nor classes of other modules are looked up."""

    def find_class(self, module: str, name: str) -> Any:
        found = super().find_class(module, name) if module.partition(".")[0] in ("derivations", "builtins", "fractions") else None
        ours = module.startswith("derivations.") and isinstance(found, type) and (is_dataclass(found) or issubclass(found, tuple))
        plain = isinstance(found, type) and (issubclass(found, OSError) or (module, name) in PLAIN)
        if not (ours or plain):
            raise pickle.UnpicklingError(f"{module}.{name} is not passed between processes")
        return found


def unpacked(data: bytes) -> Message:
    """A message of a child; raises ``pickle.UnpicklingError`` for one that holds anything but data of ours."""
    message: Message = _Unpickler(io.BytesIO(data)).load()
    return message


def packed(message: Message) -> bytes:
    """A message as bytes, however deeply its expressions are nested."""
    usual = sys.getrecursionlimit()
    sys.setrecursionlimit(DEEP)
    try:
        return pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    finally:
        sys.setrecursionlimit(usual)
