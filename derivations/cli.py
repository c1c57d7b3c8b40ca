"""The command line: the roof over everything.

Heavy imports are inside the commands' functions: ``derivations --help`` does not wait for SymPy.
"""

from __future__ import annotations

from typing import Any

import click

from derivations import __version__
from derivations.commands.compile import compile_
from derivations.commands.explain import explain
from derivations.commands.predict import predict
from derivations.commands.report import report
from derivations.commands.run import run
from derivations.commands.train import train
from derivations.commands.verify import verify
from derivations.commands.witness import witness

INTERRUPTED = 130  # as shells say it of a program that Ctrl-C ended


class Commands(click.Group):
    """Ctrl-C ends any of them without a word; what they hold (processes, files half written) is let go on the way out."""

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except KeyboardInterrupt:
            raise SystemExit(INTERRUPTED) from None


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="derivations")
def main() -> None:
    """Checks derivations written by hand, line by line."""


for command in (verify, explain, report, witness, compile_, train, predict, run):
    main.add_command(command)

if __name__ == "__main__":
    main()
