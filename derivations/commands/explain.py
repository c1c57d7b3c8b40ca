"""``derivations explain``: what was understood."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from derivations.commands.console import FAULT, apart, be_lenient_with_encodings, documents, settings

if TYPE_CHECKING:
    from derivations.report.explain import Understanding
    from derivations.report.outline import Report


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.pass_context
def explain(context: click.Context, paths: tuple[str, ...], given_path: str | None) -> None:
    """Shows what was understood: symbols with shapes, definitions, claims printed back."""
    ours = settings(context)
    be_lenient_with_encodings()
    found = apart(documents(context, paths), given_path or ours.given, "understand", ours.limits)
    told = [_explained(one) for one in found]
    context.exit(0 if all(told) else FAULT)


def _explained(found: Report | Understanding | None) -> bool:
    """Prints what was understood of one document; False where there was none to be had."""
    from derivations.report.explain import Understanding, explanation

    if isinstance(found, Understanding):
        click.echo(explanation(found), nl=False)
    return isinstance(found, Understanding)
