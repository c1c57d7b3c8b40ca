"""``derivations predict``: what a trained model says of new rows."""

from __future__ import annotations

import click

from derivations.commands.console import colour_wanted, numeric, refuse_bad_target


@click.command()
@click.argument("checkpoint", metavar="CHECKPOINT")
@click.option("--data", required=True, metavar="NAME|FILE", help="Rows to predict, with or without labels, as for train.")
@click.option("--label", metavar="COLUMN", help="The label's column in a table: its name, or its number from 1.")
@click.option("-o", "--output", "out", metavar="OUT.csv", help="Where to write the predictions; standard output if not said.")
@click.option("--format", "form", type=click.Choice(["csv", "json"]), default="csv", help="How to report.")
@click.pass_context
def predict(context: click.Context, checkpoint: str, data: str, label: str | None, out: str | None, form: str) -> None:
    """Predicts new rows with a model that train has kept (a file, or its --checkpoint folder).

    Where the rows have labels, the accuracy is told.  The document is not needed.
    """
    if out:
        refuse_bad_target(out, [checkpoint, data])
    with numeric(context, checkpoint):
        from numeric.command import predict_command

        predict_command(checkpoint, data, label, out, form == "json", colour_wanted(), click.echo,
                        lambda text: click.echo(text, err=True))
