"""Every document in a process of its own, with a deadline that its parent keeps.

``judged`` is the function: requests in, outcomes out, in the same order, ``jobs`` of them at a time.  A step
(one claim, one search for a repair) that outlives its time, or takes its process down, is given up: the process is
killed, and another goes on behind that step with all that was found out before.  A document whose own time is over ends with what
there is by then.  So a limit of time costs exactly the verdicts that were not reached, which are ``unknown``.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass, field, replace
from multiprocessing.connection import Connection, wait
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from derivations.limits import Limits
from derivations.messages import (
    ANSWER,
    COMMAND,
    LONGEST,
    OUT_OF_MEMORY,
    Begun,
    Done,
    Fault,
    Finished,
    GivenUp,
    Judged,
    Message,
    Order,
    OurFault,
    Outlined,
    Refused,
    Request,
    Settled,
    unpacked,
)
from derivations.report.outline import DocumentReport, JudgedClaim, Located, Report
from derivations.source import Problem, Source
from derivations.verdicts import Refuted, Unknown, Verdict

if TYPE_CHECKING:
    from derivations.report.explain import Understanding

ROOT = Path(__file__).parents[1]
KEPT = ("PYTHON", "LC_", "LANG", "LD_", "DYLD_", "SYMPY_")  # of the environment; a judge needs no secrets
PATIENCE = 2.0  # seconds that a nursery gets to end its children


Outcome: TypeAlias = "Report | Understanding | Problem | OSError | OurFault"
Progress = Callable[[int, int, int], None]  # of the request with this number: claims done, of how many


def judged(requests: Sequence[Request], limits: Limits, jobs: int | None = None, on_progress: Progress | None = None,
           nursery: Nursery | None = None) -> Generator[Outcome, None, None]:
    """The outcomes in the order of the requests.

    Closing the generator early, or an interruption, ends all processes, save a ``nursery`` that is lent.
    """
    if not requests:
        return
    with nullcontext(nursery) if nursery else Nursery() as used:
        yield from _Queue(used, requests, limits, jobs or cores(), on_progress).run()


def cores() -> int:
    """Those that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


# ------------------------------------------------------------------- nursery


class Nursery:
    """The process that forks children; leaving its block ends it with all of them.  ``program`` is the module that it runs."""

    def __init__(self, program: str = "derivations.nursery") -> None:
        self.control, theirs = socket.socketpair()
        with theirs:
            handle = theirs.fileno()
            quiet = None if "DERIVATIONS_DEBUG" in os.environ else subprocess.DEVNULL
            command = [sys.executable, "-P", "-m", program, str(handle)]
            self.process = subprocess.Popen(  # what it writes might hold control characters of the document
                command, pass_fds=(handle,), env=_environment(),
                stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=quiet,
            )  # fmt: skip
        self.children = 0

    def __enter__(self) -> Nursery:
        return self

    def __exit__(self, *_: object) -> None:
        self.control.close()
        if not self.children:
            self.process.kill()
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()

    def child(self, order: Order) -> Child:
        """A new process that works on an order."""
        ours, theirs = socket.socketpair()
        with theirs:
            number, _ = self._ask(b"f", 0, theirs.fileno())
        self.children += 1
        connection = Connection(ours.detach())
        with suppress(BrokenPipeError):  # told when somebody listens to it
            connection.send(order)
        return Child(number, connection)

    def end(self, child: Child) -> int:
        """Ends the child, if it has not ended, and says how it ended: an exit status, or minus a signal."""
        child.connection.close()
        self.children -= 1
        return self._ask(b"e", child.number)[1]

    def _ask(self, what: bytes, child: int, *handles: int) -> tuple[int, int]:
        try:
            socket.send_fds(self.control, [COMMAND.pack(what, child)], handles)
            answer = self.control.recv(ANSWER.size, socket.MSG_WAITALL)
        except (BrokenPipeError, ConnectionResetError):
            answer = b""
        if len(answer) < ANSWER.size:
            raise OurFault("the process that starts others has ended")
        number, status = ANSWER.unpack(answer)
        return number, status


def _environment() -> dict[str, str]:
    """Ours without what might be secret; modules are found where ours are, never in the current folder."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(KEPT)}
    return {**kept, "PYTHONPATH": os.pathsep.join(dict.fromkeys([*filter(None, sys.path), str(ROOT)]))}


@dataclass(frozen=True, slots=True, eq=False)
class Child:
    number: int
    connection: Connection


# ----------------------------------------------------------------- documents


class _Queue:
    """Requests that wait, cases under way, outcomes that wait for their turn."""

    def __init__(self, nursery: Nursery, requests: Sequence[Request], limits: Limits, jobs: int,
                 on_progress: Progress | None) -> None:
        self.nursery, self.requests, self.limits, self.jobs, self.on_progress = nursery, requests, limits, jobs, on_progress
        self.waiting = deque(range(len(requests)))
        self.cases: dict[Connection, _Case] = {}
        self.outcomes: dict[int, Outcome] = {}

    def run(self) -> Iterator[Outcome]:
        for number in range(len(self.requests)):
            while number not in self.outcomes:
                while self.waiting and len(self.cases) < self.jobs:
                    self._start(_Case(self.waiting.popleft()))
                self._wait()
            yield self.outcomes.pop(number)

    def _start(self, case: _Case) -> None:
        child = self.nursery.child(Order(self.requests[case.number], self.limits, tuple(case.journal)))
        case.child, case.since, case.working = child, time.monotonic(), False
        case.begun = case.begun or case.since
        self.cases[child.connection] = case

    def _wait(self) -> None:
        """Until a child says something or outlives its time."""
        nearest = min(case.deadline(self.limits)[0] for case in self.cases.values())
        for connection in wait(list(self.cases), max(0.0, nearest - time.monotonic())):
            assert isinstance(connection, Connection)
            self._receive(self.cases[connection])
        now = time.monotonic()
        for case in [c for c in self.cases.values() if c.deadline(self.limits)[0] <= now]:
            self._overdue(case)

    def _receive(self, case: _Case) -> None:
        assert case.child is not None
        try:
            message = unpacked(case.child.connection.recv_bytes(LONGEST))
        except (EOFError, OSError):
            self._crashed(case)
            return
        match message:
            case Finished(result=outcome) | Refused(error=outcome):
                self._close(case, outcome)
            case Fault(what=what, trace=trace):
                self._close(case, OurFault(what, trace))
            case _:
                case.hear(message)
                if self.on_progress and (counts := case.counts(message)) is not None:
                    self.on_progress(case.number, *counts)

    def _overdue(self, case: _Case) -> None:
        _, final, reason = case.deadline(self.limits)
        self._end(case)
        self._give_up(case, final, reason)

    def _crashed(self, case: _Case) -> None:
        status = self._end(case)
        if status > 0 and status != OUT_OF_MEMORY:
            self.outcomes[case.number] = OurFault(f"the process that judged ended with status {status}")
            return
        self._give_up(case, not case.working, _death(status, self.limits))

    def _give_up(self, case: _Case, final: bool, reason: str) -> None:
        """The step under way, or with ``final`` the document."""
        if final:
            request = self.requests[case.number]
            verifying = request.task != "understand"
            self.outcomes[case.number] = case.by_then(request, reason) if verifying else Problem("limit", reason)
        else:
            case.journal.append(GivenUp(reason))
            self._start(case)

    def _close(self, case: _Case, outcome: Outcome) -> None:
        self._end(case)
        self.outcomes[case.number] = outcome

    def _end(self, case: _Case) -> int:
        assert case.child is not None
        del self.cases[case.child.connection]
        return self.nursery.end(case.child)


def _death(status: int, limits: Limits) -> str:
    """How a process ended, in words."""
    if status == OUT_OF_MEMORY:
        return f"more than {limits.memory_mb} MB of memory (memory-mb) would be needed"
    if status == -signal.SIGXCPU:
        return f"more than {limits.document_seconds:g} s of processor time (document-seconds) would be needed"
    return f"the process that judged was ended by {signal.Signals(-status).name}" if status else "the process that judged ended"


@dataclass(slots=True)
class _Case:
    """A document under judgement: what its children have found out so far."""

    number: int
    begun: float = 0.0  # when its first child did
    since: float = 0.0  # when the step under way, or the reading, began
    working: bool = False  # on a step
    child: Child | None = None
    journal: list[Verdict | GivenUp] = field(default_factory=list)
    report: DocumentReport | None = None
    settled: bool = False
    undecided: bool = False
    verdicts: dict[int, Verdict] = field(default_factory=dict)
    searches: int = 0  # for repairs
    searched: int = 0

    def deadline(self, limits: Limits) -> tuple[float, bool, str]:
        """The nearest one: when, whether the document ends with it, and what then has to be said."""
        whole = (self.begun + limits.document_seconds, True,
                 f"the document takes more than {limits.document_seconds:g} s (document-seconds)")  # fmt: skip
        if self.working:
            return min(whole, (self.since + limits.claim_seconds, False,
                               f"it takes more than {limits.claim_seconds:g} s (claim-seconds, --time-limit)"))  # fmt: skip
        return min(whole, (self.since + limits.reading_seconds, True,
                           f"reading takes more than {limits.reading_seconds:g} s (reading-seconds)"))  # fmt: skip

    def hear(self, message: Message) -> None:
        self.since, self.working = time.monotonic(), isinstance(message, Begun)
        match message:
            case Outlined(report=report, undecided=undecided) if not self.settled:
                self.report, self.undecided = report, undecided
            case Judged(number=number, verdict=verdict):
                self.verdicts[number] = verdict
            case Settled(report=report):
                self.report, self.settled = report, True
            case Done(verdict=verdict):
                self.journal.append(verdict)
            case _:
                pass

    def counts(self, message: Message) -> tuple[int, int] | None:
        """How much is done, of how much, after a message that changes it: claims, then searches for repairs."""
        match message:
            case Judged(number=number, total=total):
                return number + 1, total
            case Settled(report=report):
                self.searches = sum(isinstance(claim.verdict, Refuted) for claim in report.claims)
            case Done() if self.settled:
                self.searched += 1
            case _:
                return None
        claims = len(self.report.claims) if self.report is not None else 0
        return claims + self.searched, claims + self.searches

    def by_then(self, request: Request, reason: str) -> Report:
        """What there is when the time of the document is over."""
        if self.report is None:
            source = Source(request.path, request.text or "")
            return Report((DocumentReport(source, problems=(Located(source, Problem("limit", reason)),)),))
        if self.settled:
            return Report((self.report,))
        claims = iter([self._by_then(n, claim, reason) for n, claim in enumerate(self.report.claims)])
        displays = tuple(replace(d, claims=tuple(next(claims) for _ in d.claims)) for d in self.report.displays)
        return Report((replace(self.report, displays=displays),))

    def _by_then(self, number: int, claim: JudgedClaim, reason: str) -> JudgedClaim:
        """A claim not reached is open, and so is one that may yet hold in a reading that was not tried."""
        if number not in self.verdicts and isinstance(claim.verdict, Unknown):
            return replace(claim, verdict=Unknown(f"not reached: {reason}", "limit"))
        verdict = self.verdicts.get(number, claim.verdict)
        if self.undecided and isinstance(verdict, Refuted):
            told = f"false in the usual reading; others were not tried: {reason}"
            verdict = Unknown(told, "limit", verdict.conventions)
        return replace(claim, verdict=verdict)
