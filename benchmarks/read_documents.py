"""The speed of reading whole documents: Markdown, LaTeX with macros, and a notebook of growing size.

    python benchmarks/read_documents.py

prints, for each kind and size, the seconds for finding the formulas and the seconds for reading them, and the time per
character, which stays the same where reading is linear.  The largest documents have 1 MB and 5,000 displays.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable

from derivations.interpret.names import SymbolTable
from derivations.read.files import read_source
from derivations.read.formula import read_display, read_inline
from derivations.source import Source

COUNTS = (50, 500, 5000)
PROSE = "Words around the formulas, as they stand in notes, with $x_{%d}$ and costs of 5 euros. " + "So it goes on. " * 2
ROWS = (
    r"\frac{\partial L}{\partial W_{%d}} &= X^{(%d)T} \cdot \frac{\partial L}{\partial Z}",
    r"&= \frac{1}{N} \sum_{i=1}^N x_i (p_i - y_i)^\top",
)
MACROS = (
    r"\newcommand{\pd}[2]{\frac{\partial #1}{\partial #2}}" + "\n" + r"\newcommand{\mean}[1]{\frac{1}{N} \sum_{i=1}^N #1}" + "\n"
)
TEX_ROWS = (r"\pd{L}{W_{%d}} &= X^{(%d)T} \cdot \pd{L}{Z}", r"&= \mean{x_i (p_i - y_i)^\top}")


def markdown(count: int) -> str:
    display = "\n\n$$\n\\begin{aligned}\n" + " \\\\\n".join(ROWS) + "\n\\end{aligned}\n$$\n\n"
    return "".join((PROSE + display) % (n, n, n % 9) for n in range(count))


def tex(count: int) -> str:
    display = "\n\\begin{align}\n" + " \\\\\n".join(TEX_ROWS) + "\n\\end{align}\n\n"
    return MACROS + "".join((PROSE + display) % (n, n, n % 9) for n in range(count))


def notebook(count: int) -> str:
    cells = [{"cell_type": "markdown", "metadata": {}, "source": markdown(10)} for _ in range(count // 10)]
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells})


KINDS: tuple[tuple[str, Callable[[int], str]], ...] = (("md", markdown), ("tex", tex), ("ipynb", notebook))


def measured(source: Source) -> tuple[float, float, int]:
    """Seconds of processor time for the places and for the formulas, and how many displays there are."""
    start = time.process_time()
    document = read_source(source)
    found = time.process_time()
    names = SymbolTable()
    for formula in document.formulas:
        (read_display if formula.kind == "display" else read_inline)(document.text, formula.span, names)
    return found - start, time.process_time() - found, len(document.displays)


def main() -> None:
    print(f"{'kind':>6} {'displays':>9} {'kB':>7} {'places s':>9} {'formulas s':>11} {'µs per character':>17}")
    for kind, make in KINDS:
        for count in COUNTS:
            text = make(count)
            places, formulas, displays = measured(Source(f"benchmark.{kind}", text))
            each = (places + formulas) / len(text) * 1e6
            print(f"{kind:>6} {displays:>9} {len(text) / 1000:>7.0f} {places:>9.2f} {formulas:>11.2f} {each:>17.2f}")


if __name__ == "__main__":
    main()
