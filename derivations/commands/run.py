"""``derivations run``: all of it with defaults, and one screen that says what came out."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import click

from derivations.commands.console import (
    FAULT,
    STDIN,
    Told,
    be_lenient_with_encodings,
    colour_wanted,
    refuse_loss,
    settings,
    tell,
    verified,
)

if TYPE_CHECKING:
    from derivations.report.outline import DocumentReport, JudgedClaim, Report
    from numeric.result import Trained

WIDTH = 80
LABEL = 12
FALSE_LINES = 6  # that one screen has room for
REPORTS = (".html", ".tex", ".pdf")
MADE = (*REPORTS, ".png", ".safetensors")
Row = tuple[str, str]


@click.command()
@click.argument("path", metavar="PATH")
@click.option("-o", "--output", "folder", metavar="DIR", default="build", show_default=True, help="Where to write what is made.")
@click.option("--data", default="digits", show_default=True, metavar="NAME|FILE", help="What to train with, as for train.")
@click.option("--epochs", type=click.IntRange(min=1), default=60, show_default=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.pass_context
def run(context: click.Context, path: str, folder: str, data: str, epochs: int, given_path: str | None) -> None:
    """Judges a document, writes its report, and trains what it derives, where it has a train: block.

    Exit status: 0 nothing refuted, 1 something refuted, 2 wrong usage or our own fault.
    """
    be_lenient_with_encodings()
    ours = settings(context)
    given_path = given_path or ours.given
    stem = Path(folder) / ("standard-input" if path == STDIN else Path(path).stem)
    for suffix in MADE:  # paper.tex has a report of the same name
        refuse_loss(str(_named(stem, suffix)), [path, given_path, data], f"-o {folder}:")
    found = verified(context.obj, path, given_path, ours.limits)
    if found is None:
        context.exit(FAULT)
    (document,) = found.documents
    _folder(context, folder)
    status = FAULT
    with Told(path):
        made = [*_verdicts(document), *_reports(document, given_path, stem), *_training(found, data, epochs, stem)]
        for line in _screen(path, made, colour_wanted()):
            click.echo(line)
        status = found.exit_status()
    context.exit(status)


def _folder(context: click.Context, folder: str) -> None:
    try:
        Path(folder).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        tell(folder, f"[no-file] {error.strerror or error}")
        context.exit(FAULT)


# ------------------------------------------------------------------ verdicts


def _verdicts(document: DocumentReport) -> Iterator[Row]:
    from derivations.report.outline import Report, message, no_claims
    from derivations.report.terminal import summary_line

    if not document.claims:
        yield "verdicts", no_claims(document)
        return
    yield "verdicts", summary_line(Report((document,)))
    bad = [claim for claim in document.claims if claim.word == "refuted"]
    for claim in bad[:FALSE_LINES]:
        yield f"✗ {claim.id}", f"line {_line(document, claim)}: {message(claim.verdict)}"
        if repair := _repair(claim):
            yield "", f"repaired: {repair}"
    if len(bad) > FALSE_LINES:
        yield "", f"and {len(bad) - FALSE_LINES} more"
    for word in ("unknown", "unreadable"):
        if ids := [claim.id for claim in document.claims if claim.word == word]:
            yield f"? {word}"[:LABEL - 1], ", ".join(ids)


def _line(document: DocumentReport, claim: JudgedClaim) -> int:
    return document.source.position(claim.span.start)[0]


def _repair(claim: JudgedClaim) -> str:
    from derivations.verdicts import Refuted

    match claim.verdict:
        case Refuted(repair=repair) if repair is not None:
            return f"{repair.edit}; proved" if repair.edit else "proved"
        case _:
            return ""


# ------------------------------------------------------------------- report


def _reports(document: DocumentReport, given_path: str | None, stem: Path) -> Iterator[Row]:
    """Every kind of report that can be made here; why not, where one cannot."""
    from derivations.commands.report import PRINTERS
    from derivations.files import write_atomically
    from derivations.report.pdf import CannotPrint

    label = "report"
    for suffix in REPORTS:
        target = _named(stem, suffix)
        try:
            from derivations.report.page import page

            write_atomically(target, PRINTERS[suffix](page(document, (("--given", given_path),) if given_path else ())))
            yield label, str(target)
        except ModuleNotFoundError as error:
            yield label, f"no {suffix}: {error.name} is not installed: pip install 'derivations[report]'"
        except CannotPrint as problem:
            yield label, f"no {suffix}: {problem}"
        label = ""


def _named(stem: Path, suffix: str) -> Path:
    """A stem may have dots of its own."""
    return stem.with_name(stem.name + suffix)


# ----------------------------------------------------------------- training


def _training(report: Report, data: str, epochs: int, stem: Path) -> Iterator[Row]:
    """What was trained, or why nothing was; neither changes the exit status."""
    training = report.documents[0].training
    if training is None or not training.parameters:
        yield "training", "none: the document has no train: block"
        return
    try:
        from numeric.command import REFUSALS
    except ImportError as error:
        yield "training", f"none: {error.name} is not installed: pip install 'derivations[numeric]'"
        return
    try:
        yield from _trained(report, data, epochs, stem)
    except REFUSALS as refusal:
        yield "training", f"none: {str(refusal).removeprefix(f'{report.documents[0].path}: ')}"
    except OSError as error:
        yield "training", f"none: {error.filename or data}: {error.strerror or error}"


def _trained(report: Report, data: str, epochs: int, stem: Path) -> Iterator[Row]:
    from numeric.check import check_gradients
    from numeric.lower import compile_chain
    from numeric.screen import Bar, summary
    from numeric.settings import Settings
    from numeric.train import prepared

    prepared_run = prepared(report, data, Settings(epochs=epochs))
    chain = prepared_run.problem.chain
    check = check_gradients(compile_chain(chain, "numpy", "float64"))
    with Bar(epochs, prepared_run.batches.steps, prepared_run.model.metric) as bar:
        result = prepared_run.run(check, bar.on_step if bar.wanted else None, lambda epoch, _: bar.on_epoch(epoch))
    repaired = f", {len(chain.repaired)} of them as repaired" if chain.repaired else ""
    yield "training", f"{prepared_run.problem.origin}: {summary(result, sizes=False)}"
    yield "", (f"with the gradients of {len(chain.claims)} proved lines{repaired}; "
               f"differences of the loss agree to {check.difference:.0e}")
    yield from _kept(result, stem)


def _kept(result: Trained, stem: Path) -> Iterator[Row]:
    model, picture = _named(stem, ".safetensors"), _named(stem, ".png")
    try:
        result.plot(picture)
        yield "", str(picture)
    except ImportError as error:
        yield "", f"no picture: {error.name} is not installed: pip install 'derivations[plot]'"
    result.save(model)
    yield "", str(model)


# ------------------------------------------------------------------- screen


def _screen(path: str, rows: list[Row], colour: bool) -> Iterator[str]:
    """Labels on the left, text beside them, 80 columns wide."""
    from derivations.report.plain import safe

    yield click.style(safe(path), bold=True) if colour else safe(path)
    yield ""
    for label, text in rows:
        lines = textwrap.wrap(safe(text), WIDTH - LABEL - 2, break_on_hyphens=False, break_long_words=False) or [""]
        shown = f"{label:<{LABEL}}"
        if colour and label:
            shown = click.style(shown, fg="red" if label.startswith("✗") else None, bold=True)
        yield f"  {shown}{lines[0]}"
        yield from (f"  {'':<{LABEL}}{line}" for line in lines[1:])
