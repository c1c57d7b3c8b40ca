"""What the commands share: which documents are meant, how trouble is told, a progress bar, exit codes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from derivations.config import Settings
    from derivations.limits import Limits
    from derivations.messages import Request, Task
    from derivations.report.explain import Understanding
    from derivations.report.outline import DocumentReport, Report
    from derivations.source import Problem
    from derivations.worker import Nursery, Outcome

FAULT = 2
STDIN = "-"
PROGRAM = "derivations"
PATIENCE = 1.0  # seconds before a progress bar is worth the flicker


class Verifier(Protocol):
    """``derivations.pipeline.verify``, or what a test puts in its place.

    With ``text`` given, ``path`` is only its name.  ``on_progress(done, total)`` counts claims, then
    also searches for repairs.
    """

    def __call__(
        self,
        path: str | None = None,
        *,
        text: str | None = None,
        given_path: str | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> Report: ...


def settings(context: click.Context) -> Settings:
    """The project's; wrong ones end the command."""
    from derivations import config
    from derivations.source import Problem

    try:
        return config.settings(Path.cwd())
    except Problem as problem:
        _complain("[tool.derivations]", problem)
        context.exit(FAULT)


def documents(context: click.Context, paths: tuple[str, ...]) -> list[str]:
    """The documents meant by the paths; folders without any are wrong usage."""
    from derivations.read.folders import documents_in

    found = documents_in(paths)
    if not found:
        tell(paths[0], "[no-file] there is no document in this folder: expected .md, .tex or .ipynb")
        context.exit(FAULT)
    return found


@contextmanager
def numeric(context: click.Context, path: str) -> Iterator[None]:
    """What can go wrong on the way from a report to numbers, as messages and exit codes."""
    be_lenient_with_encodings()
    try:
        from numeric.command import REFUSALS
    except ImportError as error:
        tell(path, f"[no-library] {error.name} is needed to compute: pip install 'derivations[numeric]'")
        context.exit(FAULT)
    with Told(path):
        try:
            yield
            return
        except REFUSALS as refusal:
            tell(path, str(refusal).removeprefix(f"{path}: "))
    context.exit(FAULT)


# ----------------------------------------------------------------- documents


def verified(verifier: Verifier | None, path: str, given_path: str | None, limits: Limits | None = None) -> Report | None:
    """The report on one document; None, with a message, where there is none to be had."""
    return reports(verifier, [path], given_path, limits)[0]


def reports(verifier: Verifier | None, paths: Sequence[str], given_path: str | None, limits: Limits | None = None,
            jobs: int | None = None, task: Task = "verify") -> list[Report | None]:
    """The reports on documents, each judged in a process of its own; None, with a message, where there is none to be had."""
    with _Bar(len(paths)) as bar:
        if verifier is not None:
            return [_here(verifier, path, given_path, bar) for path in paths]
        return [_report(one) for one in apart(paths, given_path, task, limits, jobs, bar.update)]


def _report(result: Report | Understanding | None) -> Report | None:
    from derivations.report.outline import Report

    return result if isinstance(result, Report) else None


def _here(verifier: Verifier, path: str, given_path: str | None, bar: _Bar) -> Report | None:
    """In this process, by what a test puts in place of the pipeline."""
    with Told(path):
        text = standard_input() if path == STDIN else None
        return verifier(path, text=text, given_path=given_path, on_progress=lambda done, total: bar.update(0, done, total))
    return None


def apart(paths: Sequence[str], given_path: str | None, task: Task, limits: Limits | None = None, jobs: int | None = None,
          on_progress: Callable[[int, int, int], None] | None = None) -> Iterator[Report | Understanding | None]:
    """What came of each document, in a process of its own; None, with a message, where nothing did."""
    told = 0
    with Told(PROGRAM):
        from derivations.limits import Limits
        from derivations.worker import judged

        requests = [_request(path, given_path, task) for path in paths]
        with closing(judged([one for one in requests if one], limits or Limits(), jobs, on_progress)) as outcomes:
            for request in requests:
                yield None if request is None else _result(request.path, next(outcomes))
                told += 1
    yield from [None] * (len(paths) - told)  # nothing works at all


def _request(path: str, given_path: str | None, task: Task) -> Request | None:
    from derivations.messages import Request

    with Told(path):
        return Request(path, standard_input() if path == STDIN else None, given_path=given_path, task=task)
    return None


def _result(path: str, outcome: Outcome) -> Report | Understanding | None:
    with Told(path):
        if isinstance(outcome, Exception):
            raise outcome
        return outcome
    return None


@contextmanager
def judging(verifier: Verifier | None, path: str, given_path: str | None, limits: Limits | None = None
            ) -> Iterator[Callable[[str], DocumentReport]]:
    """What judges one text after the other under the name of one document, with a progress bar; raises what comes of it."""
    with _Bar(1) as bar, ExitStack() as stack:
        if verifier is None:
            from derivations.worker import Nursery

            nursery = stack.enter_context(Nursery())

        def judge(text: str) -> DocumentReport:
            if verifier is not None:
                report = verifier(path, text=text, given_path=given_path, on_progress=lambda *counts: bar.update(0, *counts))
            else:
                report = _judged_text(nursery, path, text, given_path, limits, bar)
            (document,) = report.documents
            return document

        yield judge


def _judged_text(nursery: Nursery, path: str, text: str, given_path: str | None, limits: Limits | None, bar: _Bar) -> Report:
    from derivations.limits import Limits
    from derivations.messages import Request
    from derivations.report.outline import Report
    from derivations.worker import judged

    request = Request(path, text, given_path=given_path)
    (outcome,) = judged([request], limits or Limits(), 1, bar.update, nursery)
    if isinstance(outcome, Exception):
        raise outcome
    assert isinstance(outcome, Report)
    return outcome


class Told:
    """What can go wrong with one document, as messages: behind the block it is known that it went wrong."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        from derivations.messages import OurFault
        from derivations.source import NotText, Problem

        match error:
            case Problem():
                _complain(error.path if isinstance(error, NotText) else self.path, error)
            case OSError():
                tell(str(error.filename or self.path), _file_trouble(error))
            case OurFault():
                own_up(self.path, error, error.trace)
            case Exception():  # the roof: our own fault must not look like a refutation (exit status 1)
                own_up(self.path, error)
            case _:
                return False
        return True


def own_up(path: str, error: Exception, trace: str = "") -> None:
    what = str(error) if trace else f"{type(error).__name__}: {error}"
    tell(path, f"[internal] our own fault, please report it: {what}")
    if "DERIVATIONS_DEBUG" in os.environ:
        click.echo(trace, err=True)
        raise error


def refuse_bad_target(out: str, sources: Iterable[str | None], option: str = "-o") -> None:
    """Wrong usage where a file is to be written into a folder that is not there, or over what is read; told before the work."""
    folder = Path(out).parent
    if out != STDIN and not folder.is_dir():
        raise click.UsageError(f"{option} {out}: there is no folder {folder}")
    refuse_loss(out, sources, option)


def refuse_loss(out: str, sources: Iterable[str | None], option: str = "-o") -> None:
    """Wrong usage where a file is to be written over what is read."""
    from derivations.files import is_same

    for source in sources:
        if source and is_same(out, source):
            raise click.UsageError(f"{option} {out}: this is {source}, which is read here: it would be lost")


def standard_input() -> str:
    from derivations.read.document import at_most, decode

    return decode(STDIN, at_most(STDIN, sys.stdin.buffer)).text


def _complain(path: str, problem: Problem) -> None:
    hint = f" ({problem.hint})" if problem.hint else ""
    tell(path, f"[{problem.code}] {problem.message}{hint}")


def _file_trouble(error: OSError) -> str:
    from derivations.files import NotWritten

    match error:
        case NotWritten():
            return f"[no-file] not written: {error.strerror}"
        case FileNotFoundError():
            return "[no-file] there is no such file"
        case IsADirectoryError():
            return "[no-file] this is a directory: expected a file"
        case PermissionError():
            return "[no-file] no permission to read this file"
        case _:
            return f"[no-file] {error.strerror or error}"


def tell(path: str, message: str) -> None:
    from derivations.report.plain import safe

    be_lenient_with_encodings()
    click.echo(f"{safe(path)}: error {safe(message)}", err=True)


# -------------------------------------------------------------------- output


def colour_wanted() -> bool:
    """On a terminal that is not dumb, unless NO_COLOR is set to anything (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def be_lenient_with_encodings() -> None:
    """An output that cannot show ``✓`` shows ``?``: the words beside it say the same."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")


class _Bar:
    """A progress bar on standard error, where that is a terminal and once it has taken a second."""

    def __init__(self, documents: int) -> None:
        self.began = time.monotonic()
        self.documents = documents
        self.claims: dict[int, tuple[int, int]] = {}  # done, of how many; by document
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def update(self, document: int, done: int, total: int) -> None:
        if 0 < self.claims.get(document, (0, 0))[1] < total and self.progress is not None and self.task is not None:
            self.progress.update(self.task, description="repairing")  # what is found to be false makes more to do
        self.claims[document] = (done, total)
        if self.progress is None and sys.stderr.isatty() and time.monotonic() - self.began > PATIENCE:
            self._start()
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=self._done())

    def _done(self) -> float:
        """In documents: how many claims the others have is not known before they are read."""
        return sum(done / total for done, total in self.claims.values() if total)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("claims" if self.documents == 1 else "documents", total=self.documents)
        self.progress.start()
