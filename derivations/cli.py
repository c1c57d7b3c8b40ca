"""The command line: the roof over everything, and the only place with exit codes.

Heavy imports are inside the functions: ``derivations --help`` does not wait for SymPy.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import click

from derivations import __version__
from derivations.config import FORMATS

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from derivations.config import Settings
    from derivations.report.outline import Report
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


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derivations")
def main() -> None:
    """Checks derivations written by hand, line by line."""


@main.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to report; full if not said.")
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.option("--strict/--no-strict", default=None, help="Exit with 1 also where something is unknown or unreadable.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="S", help="Accepted; not in use yet.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Accepted; not in use yet.")
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes or verdicts (comma-separated).")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these codes or verdicts (comma-separated).")
@click.pass_context
def verify(
    context: click.Context,
    paths: tuple[str, ...],
    form: str | None,
    given_path: str | None,
    strict: bool | None,
    time_limit: float | None,
    jobs: int | None,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
) -> None:
    """Judges every claim of the documents, and of those in folders; "-" reads Markdown from standard input.

    Options that are not given are those of [tool.derivations] in pyproject.toml.

    Exit status: 0 nothing refuted, 1 something refuted, 2 wrong usage or our own fault.
    """
    from derivations.report.outline import Report

    ours = _settings(context)
    given_path = given_path or ours.given
    reports = [_verified(context.obj, path, given_path) for path in _documents(context, paths)]
    documents = tuple(document for report in reports if report for document in report.documents)
    report = Report(documents).selected(_codes(select) or ours.select, _codes(ignore) or ours.ignore)
    _be_lenient_with_encodings()
    printed = not documents or _printed(report, form or ours.form)
    strict = ours.strict if strict is None else strict
    context.exit(FAULT if None in reports or not printed else report.exit_status(strict))


@main.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.pass_context
def explain(context: click.Context, paths: tuple[str, ...], given_path: str | None) -> None:
    """Shows what was understood: symbols with shapes, definitions, claims printed back."""
    ours = _settings(context)
    _be_lenient_with_encodings()
    told = [_explained(path, given_path or ours.given) for path in _documents(context, paths)]
    context.exit(0 if all(told) else FAULT)


def _settings(context: click.Context) -> Settings:
    """The project's; wrong ones end the command."""
    from derivations.config import settings
    from derivations.source import Problem

    try:
        return settings(Path.cwd())
    except Problem as problem:
        _complain("[tool.derivations]", problem)
        context.exit(FAULT)


def _documents(context: click.Context, paths: tuple[str, ...]) -> list[str]:
    """The documents meant by the paths; folders without any are wrong usage."""
    from derivations.read.files import documents_in

    found = documents_in(paths)
    if not found:
        _tell(paths[0], "[no-file] there is no document in this folder: expected .md, .tex or .ipynb")
        context.exit(FAULT)
    return found


def _explained(path: str, given_path: str | None) -> bool:
    """Prints what was understood of one document; False, with a message, where there is none to be had."""
    with _Told(path):
        from derivations.pipeline import understand
        from derivations.report.explain import explanation

        text = _standard_input() if path == STDIN else None
        click.echo(explanation(understand(path, text=text, given_path=given_path)), nl=False)
        return True
    return False



@main.command("compile")
@click.argument("path", metavar="PATH")
@click.option("-o", "--output", "out", metavar="OUT.py", help="Where to write the module; standard output if not said.")
@click.option("--target", type=click.Choice(["numpy", "jax", "torch"]), default="numpy", show_default=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.pass_context
def compile_(context: click.Context, path: str, out: str | None, target: str, given_path: str | None) -> None:
    """Writes source code of a document's loss and of its proved gradients.

    A refuted line counts in its proved repair, which is told; a needed line that is not proved stops it.
    """
    report = _verified(context.obj, path, given_path)
    if report is None:
        context.exit(FAULT)
    with _numeric(context, path):
        from numeric.command import compile_command

        compile_command(report, target, out, click.echo, lambda text: click.echo(text, err=True))


@main.command()
@click.argument("path", metavar="PATH")
@click.option("--data", required=True, metavar="NAME", help="What to train with: digits.")
@click.option("--size", "sizes", multiple=True, metavar="H=32", help="A size that the data does not fix; 32 if not said.")
@click.option("--epochs", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--batch", type=click.IntRange(min=1), default=32, show_default=True, help="Rows a step.")
@click.option("--lr", type=click.FloatRange(min=0, min_open=True), help="Learning rate (adam 0.001, sgd 0.1).")
@click.option("--optimizer", type=click.Choice(["adam", "sgd"]), default="adam", show_default=True)
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--seed", type=click.IntRange(min=0), default=0, show_default=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.option("--format", "form", type=click.Choice(["full", "json"]), default="full", help="How to report.")
@click.pass_context
def train(
    context: click.Context, path: str, data: str, sizes: tuple[str, ...], epochs: int, batch: int, lr: float | None,
    optimizer: str, dtype: str, seed: int, given_path: str | None, form: str,
) -> None:
    """Trains what a document derives, with the gradients that were proved.

    A refuted line counts in its proved repair, which is told; a needed line that is not proved stops it.
    """
    report = _verified(context.obj, path, given_path)
    if report is None:
        context.exit(FAULT)
    with _numeric(context, path):
        from numeric.command import train_command
        from numeric.train import Settings

        settings = Settings(epochs=epochs, batch=batch, rate=lr, optimizer=optimizer, dtype=dtype, seed=seed)
        train_command(report, data, sizes, settings, form == "json", click.echo, lambda text: click.echo(text, err=True))


@contextmanager
def _numeric(context: click.Context, path: str) -> Iterator[None]:
    """What can go wrong on the way from a report to numbers, as messages and exit codes."""
    _be_lenient_with_encodings()
    try:
        try:
            from numeric.command import REFUSALS
        except ImportError as error:
            _tell(path, f"[no-library] {error.name} is needed to compute: pip install 'derivations[numeric]'")
            context.exit(FAULT)
        try:
            yield
        except REFUSALS as refusal:
            _tell(path, str(refusal).removeprefix(f"{path}: "))
            context.exit(FAULT)
        except OSError as error:
            _tell(str(error.filename or path), _file_trouble(error))
            context.exit(FAULT)
    except KeyboardInterrupt:
        raise SystemExit(INTERRUPTED) from None


def _pipeline() -> Verifier:
    from derivations.pipeline import verify

    return verify


def _codes(options: tuple[str, ...]) -> list[str]:
    return [code.strip() for option in options for code in option.split(",") if code.strip()]


# ------------------------------------------------------------------ one path


def _verified(verifier: Verifier | None, path: str, given_path: str | None) -> Report | None:
    """The report on one document; None, with a message, where there is none to be had."""
    with _Told(path), _Bar() as bar:
        text = _standard_input() if path == STDIN else None
        return (verifier or _pipeline())(path, text=text, given_path=given_path, on_progress=bar.update)
    return None


class _Told:
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
                _tell(str(error.filename or self.path), _file_trouble(error))
            case KeyboardInterrupt():
                raise SystemExit(INTERRUPTED) from None
            case Exception():  # the roof: our own fault must not look like a refutation (exit status 1)
                _own_up(self.path, error)
            case _:
                return False
        return True


def _own_up(path: str, error: Exception) -> None:
    _tell(path, f"[internal] our own fault, please report it: {type(error).__name__}: {error}")
    if "DERIVATIONS_DEBUG" in os.environ:
        raise error


def _standard_input() -> str:
    from derivations.read.document import decode

    return decode(STDIN, sys.stdin.buffer.read()).text


def _complain(path: str, problem: Problem) -> None:
    hint = f" ({problem.hint})" if problem.hint else ""
    _tell(path, f"[{problem.code}] {problem.message}{hint}")


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


def _tell(path: str, message: str) -> None:
    from derivations.report.plain import safe

    _be_lenient_with_encodings()
    click.echo(f"{safe(path)}: error {safe(message)}", err=True)


# -------------------------------------------------------------------- output


def _printed(report: Report, form: str) -> bool:
    try:
        _print(report, form)
    except OSError:  # a closed pipe is click's to handle
        raise
    except Exception as error:  # the roof, as above
        _own_up("report", error)
        return False
    return True


def _print(report: Report, form: str) -> None:
    if form == "json":
        from derivations.report.machine import as_json
        from derivations.report.terminal import problem_line

        for located in report.problems:  # the object has no place for them
            click.echo(problem_line(located), err=True)
        click.echo(as_json(report), nl=False)
        return
    if form in ("sarif", "junit", "github"):
        click.echo(_for_tools(report, form), nl=False)
        return
    from derivations.report.terminal import concise, full

    colour = _colour_wanted()
    click.echo(concise(report) if form == "concise" else full(report, colour), nl=False, color=colour)


def _for_tools(report: Report, form: str) -> str:
    match form:
        case "sarif":
            from derivations.report.sarif import as_sarif

            return as_sarif(report)
        case "junit":
            from derivations.report.junit import as_junit

            return as_junit(report)
        case _:
            from derivations.report.github import as_github

            return as_github(report)


def _colour_wanted() -> bool:
    """On a terminal that is not dumb, unless NO_COLOR is set to anything (no-color.org)."""
    return sys.stdout.isatty() and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def _be_lenient_with_encodings() -> None:
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


if __name__ == "__main__":
    main()
