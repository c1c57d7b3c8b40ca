"""``derivations witness``: a counterexample as a script that anyone can run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derivations.commands.console import FAULT, Told, be_lenient_with_encodings, settings, tell, verified

if TYPE_CHECKING:
    from derivations.report.outline import Report


@click.command()
@click.argument("path", metavar="PATH")
@click.argument("claim", metavar="CLAIM")
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.pass_context
def witness(context: click.Context, path: str, claim: str, given_path: str | None) -> None:
    """Prints a short NumPy script that shows why a claim is refuted: both sides at the counterexample.

    CLAIM is the number that "derivations verify" prints before its verdict, such as 5.1.
    """
    ours = settings(context)
    be_lenient_with_encodings()
    report = verified(context.obj, path, given_path or ours.given, ours.limits)
    if report is None:
        context.exit(FAULT)
    status = FAULT
    with Told(path):
        text, trouble = _script(report, claim, path)
        if trouble:
            tell(path, trouble)
        else:
            click.echo(text, nl=False)
            status = 0
    context.exit(status)


def _script(report: Report, claim: str, path: str) -> tuple[str, str]:
    """The script, or why there is none."""
    from derivations.report.outline import message
    from derivations.report.script import script
    from derivations.verdicts import Counterexample, Refuted

    try:
        judged = report[claim]
    except KeyError as error:
        return "", f"[no-claim] {error.args[0]}"
    verdict = judged.verdict
    if not isinstance(verdict, Refuted):
        return "", f"[no-claim] claim {claim} is {judged.word}, not refuted: there is no counterexample to show"
    if not isinstance(verdict.witness, Counterexample) or verdict.statement is None:
        return "", f"[shapes] claim {claim} fails before any number is put in: {message(verdict)}"
    line, _ = report.documents[0].source.position(judged.span.start)
    return script(verdict, f"{path}, line {line}, claim {claim}: {' '.join(judged.latex.split())}"), ""
