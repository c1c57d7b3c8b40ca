"""``derivations train``: trains with the proved gradients."""

from __future__ import annotations

from typing import Any

import click

from derivations.commands.console import FAULT, colour_wanted, numeric, refuse_loss, settings, verified

SHARE = click.FloatRange(min=0, max=1, max_open=True)
ABOVE_ZERO = click.FloatRange(min=0, min_open=True)
COUNT = click.IntRange(min=1)


@click.command()
@click.argument("path", metavar="PATH")
@click.option("--data", required=True, metavar="NAME|FILE",
              help="digits, mnist5k, fashion-mnist; a .csv, .npz or IDX file; a folder with MNIST's files.")
@click.option("--label", metavar="COLUMN", help="The label's column in a table: its name, or its number from 1.")
@click.option("--size", "sizes", multiple=True, metavar="H=32",
              help="A size that the data does not fix; 32 if not said.  H=32,64 trains with each.")
@click.option("--set", "constants", multiple=True, metavar="NAME=NUMBER", help=r"A number of the document: lambda=0.01.")
@click.option("--epochs", type=COUNT, default=60, show_default=True)
@click.option("--batch", type=COUNT, help="Rows a step; 32, or all where the loss is a sum over rows.")
@click.option("--lr", "rates", metavar="RATE[,RATE]", help="Learning rate; several train with each.")
@click.option("--optimizer", default="adam", show_default=True, metavar="NAME", help="sgd, momentum, nesterov, adam or adamw.")
@click.option("--momentum", type=SHARE, default=0.9, show_default=True, help="Of momentum and nesterov.")
@click.option("--schedule", default="constant", show_default=True, metavar="NAME", help="Of the rate: constant, step or cosine.")
@click.option("--warmup", type=click.IntRange(min=0), default=0, metavar="EPOCHS", help="Epochs in which the rate rises from 0.")
@click.option("--factor", type=ABOVE_ZERO, default=0.1, show_default=True, help="What a step multiplies the rate by.")
@click.option("--every", type=click.IntRange(min=0), default=0, metavar="EPOCHS", help="From step to step; a third if not said.")
@click.option("--weight-decay", "decay", type=click.FloatRange(min=0), default=0.0,
              help="Decay of the parameters in each update, on top of the document's loss.")
@click.option("--clip", type=ABOVE_ZERO, metavar="NORM", help="The largest norm that a step's gradient may have.")
@click.option("--patience", type=COUNT, metavar="EPOCHS", help="Stop after as many without a better validation loss.")
@click.option("--test", type=SHARE, default=0.2, show_default=True, help="Share of the rows that is kept for testing.")
@click.option("--validation", type=SHARE, default=0.1, show_default=True, help="Share of the others that is kept apart.")
@click.option("--scale", default="auto", show_default=True, metavar="HOW", help="Features: none, unit (to 0…1), standard.")
@click.option("--init", "initial", default="auto", show_default=True, metavar="HOW", help="he, glorot, or by the activation.")
@click.option("--dtype", type=click.Choice(["float32", "float64"]), default="float32", show_default=True)
@click.option("--seed", "seeds", default="0", show_default=True, metavar="N|A..B", help="Several train with each.")
@click.option("--backend", type=click.Choice(["numpy", "numba", "jax", "torch"]), default="numpy", show_default=True)
@click.option("--devices", type=COUNT, default=1, help="Of JAX; rows are spread over them.")
@click.option("--mesh", metavar="data=4,model=2", help="How the devices are arranged: rows along data, weights along model.")
@click.option("--checkpoint", metavar="DIR", help="Keep the state of training there, after every epoch.")
@click.option("--checkpoint-every", "keep_every", type=COUNT, metavar="STEPS", help="And after every so many steps.")
@click.option("--resume", is_flag=True, help="Go on from the checkpoint, where there is one.")
@click.option("--overwrite", is_flag=True, help="Begin anew where there is a checkpoint.")
@click.option("--plot", metavar="FILE", help="A picture of it all: .png, .svg or .pdf.")
@click.option("--save", metavar="FILE", help="The trained model, for derivations predict.")
@click.option("--jobs", type=COUNT, metavar="N", help="Trainings side by side; one a processor if not said.")
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.option("--format", "form", type=click.Choice(["full", "json"]), default="full", help="How to report.")
@click.pass_context
def train(context: click.Context, /, path: str, given_path: str | None, form: str, **options: Any) -> None:
    """Trains what a document derives, with the gradients that were proved.

    A refuted line counts in its proved repair, which is told; a needed line that is not proved stops it.
    """
    ours = settings(context)
    given_path = given_path or ours.given
    for option in ("save", "plot"):
        if out := options[option]:
            refuse_loss(out, [path, options["data"], given_path], f"--{option}")
    report = verified(context.obj, path, given_path, ours.limits)
    if report is None:
        context.exit(FAULT)
    with numeric(context, path):
        from numeric.command import train_command

        train_command(report, request_from(options, form == "json"), click.echo, lambda text: click.echo(text, err=True))


def request_from(options: dict[str, Any], as_json: bool) -> Any:
    """The options as a ``numeric.command.Request``."""
    from dataclasses import fields

    from numeric.command import Request
    from numeric.settings import Settings

    asked = {f.name for f in fields(Request)} - {"settings"}
    chosen = Settings(**{name: value for name, value in options.items() if name not in asked})
    return Request(settings=chosen, as_json=as_json, colour=colour_wanted(),
                   **{name: value for name, value in options.items() if name in asked})
