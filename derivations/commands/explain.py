"""``derivations explain``: what was understood."""

from __future__ import annotations

import click

from derivations.commands.console import FAULT, STDIN, Told, be_lenient_with_encodings, documents, settings, standard_input


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.pass_context
def explain(context: click.Context, paths: tuple[str, ...], given_path: str | None) -> None:
    """Shows what was understood: symbols with shapes, definitions, claims printed back."""
    ours = settings(context)
    be_lenient_with_encodings()
    told = [_explained(path, given_path or ours.given) for path in documents(context, paths)]
    context.exit(0 if all(told) else FAULT)


def _explained(path: str, given_path: str | None) -> bool:
    """Prints what was understood of one document; False, with a message, where there is none to be had."""
    with Told(path):
        from derivations.pipeline import understand
        from derivations.report.explain import explanation

        text = standard_input() if path == STDIN else None
        click.echo(explanation(understand(path, text=text, given_path=given_path)), nl=False)
        return True
    return False
