"""``derivations compile``: the loss and its proved gradients as source code."""

from __future__ import annotations

import click

from derivations.commands.console import FAULT, numeric, refuse_bad_target, settings, verified


@click.command("compile")
@click.argument("path", metavar="PATH")
@click.option("-o", "--output", "out", metavar="OUT.py", help="Where to write the module; standard output if not said.")
@click.option("--target", type=click.Choice(["numpy", "jax", "torch"]), default="numpy", show_default=True)
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the document leaves unsaid.")
@click.pass_context
def compile_(context: click.Context, path: str, out: str | None, target: str, given_path: str | None) -> None:
    """Writes source code of a document's loss and of its proved gradients.

    A refuted line counts in its proved repair, which is told; a needed line that is not proved stops it.
    """
    ours = settings(context)
    given_path = given_path or ours.given
    if out:
        refuse_bad_target(out, [path, given_path])
    report = verified(context.obj, path, given_path, ours.limits)
    if report is None:
        context.exit(FAULT)
    with numeric(context, path):
        from numeric.command import compile_command

        compile_command(report, target, out, click.echo, lambda text: click.echo(text, err=True))
