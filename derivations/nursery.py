"""A process that has SymPy loaded and forks one child for every document; ``worker.py`` is its parent.

    parent ──fork, end──▶ nursery ──fork──▶ child ──Outlined, Begun, Done … Finished──▶ parent

The nursery reads no document: it loads, forks, kills and reaps, and ends with all its children
as soon as its parent is gone.  A child gives up what it does not need (``confine``), works for one request and ends.
"""

from __future__ import annotations

import gc
import os
import resource
import signal
import socket
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Connection

import sympy.tensor.tensor  # noqa: F401  (what SymPy itself loads late: here once, not in every child)

from derivations.claims import Claim
from derivations.interpret.statements import Origin
from derivations.limits import Limits
from derivations.messages import (
    ANSWER,
    COMMAND,
    OUT_OF_MEMORY,
    Begun,
    Done,
    Fault,
    Finished,
    GivenUp,
    Judged,
    Message,
    Order,
    Outlined,
    Refused,
    Settled,
    packed,
)
from derivations.pipeline import Watcher, understand, verify, with_steps
from derivations.report.outline import DocumentReport
from derivations.source import Problem, Span
from derivations.verdicts import Refuted, Unknown, Verdict

# ------------------------------------------------------------------- nursery


def main(handle: int) -> None:
    """Does as it is told until its parent is gone."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the parent decides what an interruption ends
    control = socket.socket(fileno=handle)
    gc.collect()
    gc.freeze()
    children: set[int] = set()
    try:
        while _obey(control, children):
            pass
    finally:
        for child in children:
            _end(child)


def _obey(control: socket.socket, children: set[int]) -> bool:
    """One command; False where there are no more."""
    try:
        data, handles, _, _ = socket.recv_fds(control, COMMAND.size, 1)
    except ConnectionResetError:
        return False
    if len(data) < COMMAND.size:
        return False
    what, child = COMMAND.unpack(data)
    status = 0
    if what == b"f":
        child = _fork(control, handles[0])
        children.add(child)
    elif child in children:
        children.remove(child)
        status = _end(child)
    control.sendall(ANSWER.pack(child, status))
    return True


def _fork(control: socket.socket, handle: int) -> int:
    child = os.fork()
    if child:
        os.close(handle)
        return child
    status = 1
    parent = Connection(handle)  # open until the very end: its closing tells the parent that this process has ended
    try:
        control.close()
        status = _work(parent)
    finally:
        os._exit(status)


def _end(child: int) -> int:
    """Kills the child, which may have ended before, and says how it ended: an exit status, or minus a signal."""
    os.kill(child, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


# --------------------------------------------------------------------- child


def _work(parent: Connection) -> int:
    order: Order = parent.recv()
    confine(order.limits)
    try:
        parent.send_bytes(packed(_outcome(parent, order)))
    except MemoryError:
        return OUT_OF_MEMORY
    except BrokenPipeError:  # nobody is listening any more
        return 1
    return 0


def confine(limits: Limits) -> None:
    """Gives up for good what judging does not need: memory, time, files to write, further processes."""
    seconds = int(limits.document_seconds) + 2
    for what, amount in (
        (resource.RLIMIT_AS, limits.memory_mb << 20),
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
    ):
        ceiling = resource.getrlimit(what)[1]
        amount = amount if ceiling == resource.RLIM_INFINITY else min(amount, ceiling)
        resource.setrlimit(what, (amount, amount))
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # a write fails instead
    sys.dont_write_bytecode = True
    os.environ.clear()


def _outcome(parent: Connection, order: Order) -> Message:
    request, limits = order.request, order.limits
    given, path = request.given, request.given_path
    try:
        if request.task == "understand":
            return Finished(understand(request.path, text=request.text, given=given, given_path=path, limits=limits))
        watcher = _Telling(parent, order.journal)
        report = verify(request.path, text=request.text, given=given, given_path=path, limits=limits,
                        repairs=request.repairs, watcher=watcher)  # fmt: skip
        if request.task == "report":
            watcher.settled(lambda: report.documents[0])  # the verdicts stay, whatever becomes of the proofs in steps
            report = with_steps(report)
        return Finished(report)
    except (MemoryError, BrokenPipeError):
        raise
    except (Problem, OSError) as error:
        return Refused(error)
    except Exception as error:  # the roof of this process: our own fault is told in the parent
        return Fault(f"{type(error).__name__}: {error}"[:2000], traceback.format_exc()[-20_000:])


class _Telling(Watcher):
    """Tells the parent of every step, and takes from the journal what a child before this one found out."""

    def __init__(self, parent: Connection, journal: tuple[Verdict | GivenUp, ...]) -> None:
        super().__init__()
        self.parent = parent
        self.journal = iter(journal)
        self.given_up: dict[tuple[str, Span], str] = {}  # steps that ended a child before, with the reason

    def tell(self, message: Message) -> None:
        self.parent.send_bytes(packed(message))

    def outlined(self, report: Callable[[], DocumentReport], undecided: bool) -> None:
        self.tell(Outlined(report(), undecided))

    def judge(self, claim: Claim) -> Verdict:
        found = self._step(("claim", claim.span), lambda: super(_Telling, self).judge(claim))
        return Unknown(found, "limit", claim.conventions) if isinstance(found, str) else found

    def judged(self, number: int, total: int, verdict: Verdict) -> None:
        self.tell(Judged(number, total, verdict))

    def settled(self, report: Callable[[], DocumentReport]) -> None:
        self.tell(Settled(report()))

    def repair(self, refuted: Refuted, origin: Origin, place: Span) -> Refuted:
        found = self._step(("repair", place), lambda: super(_Telling, self).repair(refuted, origin, place))
        return found if isinstance(found, Refuted) else refuted

    def _step(self, step: tuple[str, Span], work: Callable[[], Verdict]) -> Verdict | str:
        """The outcome, or why the step was given up.  Steps come in the same order in every child."""
        if step in self.given_up:
            return self.given_up[step]
        known = next(self.journal, None)
        if known is None:
            self.tell(Begun())
            known = self._done(work())
        if isinstance(known, GivenUp):
            self.given_up[step] = known.reason
            return known.reason
        return known

    def _done(self, verdict: Verdict) -> Verdict:
        """Told; what is nested too deeply to be told is nested too deeply to be a verdict."""
        try:
            self.tell(Done(verdict))
        except RecursionError:
            verdict = Unknown("the expression is nested too deeply", "limit", verdict.conventions)
            self.tell(Done(verdict))
        return verdict


if __name__ == "__main__":
    main(int(sys.argv[1]))
