"""``derivations train``: trains with the proved gradients."""

from __future__ import annotations

import click

from derivations.commands.console import FAULT, numeric, settings, verified


@click.command()
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
    report = verified(context.obj, path, given_path, settings(context).limits)
    if report is None:
        context.exit(FAULT)
    with numeric(context, path):
        from numeric.command import train_command
        from numeric.train import Settings

        chosen = Settings(epochs=epochs, batch=batch, rate=lr, optimizer=optimizer, dtype=dtype, seed=seed)
        train_command(report, data, sizes, chosen, form == "json", click.echo, lambda text: click.echo(text, err=True))
