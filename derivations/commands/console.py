"""What the commands share: which documents are meant, how trouble is told, a progress bar, exit codes."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from derivations.config import Settings
    from derivations.report.outline import DocumentReport, Report
    from derivations.source import Problem

FAULT = 2
INTERRUPTED = 130
STDIN = "-"
PATIENCE = 1.0  # seconds before a progress bar is worth the flicker


class Verifier(Protocol):
    """``derivations.pipeline.verify``, or what a test puts in its place.

    With ``text`` given, ``path`` is only its name.  ``on_progress(done, total)`` counts claims.
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
    from derivations.read.files import documents_in

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
        try:
            from numeric.command import REFUSALS
        except ImportError as error:
            tell(path, f"[no-library] {error.name} is needed to compute: pip install 'derivations[numeric]'")
            context.exit(FAULT)
        try:
            yield
        except REFUSALS as refusal:
            tell(path, str(refusal).removeprefix(f"{path}: "))
            context.exit(FAULT)
        except OSError as error:
            tell(str(error.filename or path), _file_trouble(error))
            context.exit(FAULT)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _pipeline() -> Verifier:
    from derivations.pipeline import verify

    return verify


# ------------------------------------------------------------------ one path


def verified(verifier: Verifier | None, path: str, given_path: str | None) -> Report | None:
    """The report on one document; None, with a message, where there is none to be had."""
    with Told(path), _Bar() as bar:
        text = standard_input() if path == STDIN else None
        return (verifier or _pipeline())(path, text=text, given_path=given_path, on_progress=bar.update)
    return None


@contextmanager
def judging(verifier: Verifier | None, path: str, given_path: str | None) -> Iterator[Callable[[str], DocumentReport]]:
    """What judges one text after the other under the name of one document, with a progress bar."""
    with _Bar() as bar:

        def judge(text: str) -> DocumentReport:
            report = (verifier or _pipeline())(path, text=text, given_path=given_path, on_progress=bar.update)
            (document,) = report.documents
            return document

        yield judge


class Told:
    """What can go wrong with one document, as messages: behind the block it is known that it went wrong."""

    def __init__(self, path: str) -> None:
        self.path = path

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> bool:
        from derivations.read.document import NotText
        from derivations.source import Problem

        match error:
            case Problem():
                _complain(error.path if isinstance(error, NotText) else self.path, error)
            case OSError():
                tell(str(error.filename or self.path), _file_trouble(error))
            case KeyboardInterrupt():
                raise SystemExit(INTERRUPTED) from None
            case Exception():  # the roof: our own fault must not look like a refutation (exit status 1)
                own_up(self.path, error)
            case _:
                return False
        return True


def own_up(path: str, error: Exception) -> None:
    tell(path, f"[internal] our own fault, please report it: {type(error).__name__}: {error}")
    if "DERIVATIONS_DEBUG" in os.environ:
        raise error


def standard_input() -> str:
    from derivations.read.document import decode

    return decode(STDIN, sys.stdin.buffer.read()).text


def _complain(path: str, problem: Problem) -> None:
    hint = f" ({problem.hint})" if problem.hint else ""
    tell(path, f"[{problem.code}] {problem.message}{hint}")


def _file_trouble(error: OSError) -> str:
    match error:
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

    def __init__(self) -> None:
        self.began = time.monotonic()
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def update(self, done: int, total: int) -> None:
        if self.progress is None and sys.stderr.isatty() and time.monotonic() - self.began > PATIENCE:
            self._start(total)
        if self.progress is not None and self.task is not None:
            self.progress.update(self.task, completed=done, total=total)

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import Progress

        self.progress = Progress(console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("claims", total=total)
        self.progress.start()
