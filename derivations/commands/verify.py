"""``derivations verify``: judges every claim."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derivations.commands.console import (
    FAULT,
    be_lenient_with_encodings,
    colour_wanted,
    documents,
    own_up,
    reports,
    settings,
)
from derivations.config import FORMATS

if TYPE_CHECKING:
    from derivations.report.outline import Report


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--format", "form", type=click.Choice(FORMATS), help="How to report; full if not said.")
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.option("--strict/--no-strict", default=None, help="Exit with 1 also where something is unknown or unreadable.")
@click.option("--time-limit", type=click.FloatRange(min=0, min_open=True), metavar="S", help="For a claim; beyond it is unknown.")
@click.option("--jobs", type=click.IntRange(min=1), metavar="N", help="Documents at a time; as many as cores if not said.")
@click.option("--select", multiple=True, metavar="CODES", help="Only these codes or verdicts (comma-separated).")
@click.option("--ignore", multiple=True, metavar="CODES", help="Not these codes or verdicts (comma-separated).")
@click.option("--fix", is_flag=True, help="Write the proved repairs into a copy (-o) or in place; else show the difference.")
@click.option("-o", "--output", "out", metavar="OUT", help='With --fix: where the repaired copy goes; "-" is standard output.')
@click.option("--in-place", is_flag=True, help="With --fix: change the documents themselves.")
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
    fix: bool,
    out: str | None,
    in_place: bool,
) -> None:
    """Judges every claim of the documents, and of those in folders; "-" reads Markdown from standard input.

    Options that are not given are those of [tool.derivations] in pyproject.toml.

    Exit status: 0 nothing refuted, 1 something refuted, 2 wrong usage or our own fault.
    """
    from derivations.report.outline import Report

    ours = settings(context)
    given_path = given_path or ours.given
    limits = ours.limits.with_time_limit(time_limit) if time_limit else ours.limits
    if fix or out or in_place:
        from derivations.commands.fix import Where, fix_all

        where = Where(fix, out, in_place, form)
        codes = (_codes(select) or ours.select, _codes(ignore) or ours.ignore)
        context.exit(fix_all(context, paths, given_path, limits, where, codes))
    found = reports(context.obj, documents(context, paths), given_path, limits, jobs)
    judged = tuple(document for report in found if report for document in report.documents)
    report = Report(judged).selected(_codes(select) or ours.select, _codes(ignore) or ours.ignore)
    be_lenient_with_encodings()
    printed = not judged or _printed(report, form or ours.form)
    strict = ours.strict if strict is None else strict
    context.exit(FAULT if None in found or not printed else report.exit_status(strict))


def _codes(options: tuple[str, ...]) -> list[str]:
    return [code.strip() for option in options for code in option.split(",") if code.strip()]


def _printed(report: Report, form: str) -> bool:
    try:
        _print(report, form)
    except OSError:  # a closed pipe is click's to handle
        raise
    except Exception as error:  # the roof, as above
        own_up("report", error)
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

    colour = colour_wanted()
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
