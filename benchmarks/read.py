"""The speed of the formula reader: the formulas of the reference document, repeated.

    python benchmarks/read.py

prints kB/s for documents of growing size; the last column tells whether the time grows in proportion.
"""

from __future__ import annotations

import time
from pathlib import Path

from derivations.interpret.names import SymbolTable
from derivations.read.document import load
from derivations.read.formula import read_display
from derivations.read.markdown import read_markdown
from derivations.source import Span

REFERENCE = Path(__file__).resolve().parent.parent / "docs" / "backpropagation.md"
SIZES = (1, 10, 100, 1000)
REPEATS = 3


def formulas() -> list[str]:
    """The displayed formulas of the reference document."""
    document = read_markdown(load(str(REFERENCE)))
    return [document.text[display.span.start : display.span.end] for display in document.displays]


def seconds(texts: list[str], names: SymbolTable) -> float:
    """The best of some runs over all texts, in processor time."""
    best = float("inf")
    for _ in range(REPEATS):
        start = time.process_time()
        for text in texts:
            read_display(text, Span(0, len(text)), names)
        best = min(best, time.process_time() - start)
    return best


def row(label: str, texts: list[str]) -> str:
    size = sum(map(len, texts)) / 1000
    taken = seconds(texts, SymbolTable())
    return f"{label:>16} {size:>8.1f} {taken:>8.4f} {size / taken:>7.0f} {taken / size * 1000:>17.2f}"


def main() -> None:
    known = formulas()
    print(f"{'displays':>16} {'kB':>8} {'s':>8} {'kB/s':>7} {'µs per character':>17}")
    for size in SIZES:
        print(row(str(size), [known[n % len(known)] for n in range(size)]))
    for size in (10, 100, 400):  # rows of a single display
        print(row(f"one of {size} rows", [r" \\ ".join(known[n % len(known)] for n in range(size))]))


if __name__ == "__main__":
    main()
