"""Reports after the verdicts: seconds and sizes, for the reference derivation and for a document of 1,000 claims.

    python benchmarks/report.py [--claims 1000] [--best-of 3]

Meant to hold: the reference page in 2 s and 150 kB, 1,000 claims in 10 s and 20 MB.  Each stage has a column: the proofs told
in steps, the page as data, the page as HTML (with the font cut down anew).
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from derivations.pipeline import verify, with_steps
from derivations.report import mathfont
from derivations.report.html import as_html
from derivations.report.outline import Report
from derivations.report.page import page

ROOT = Path(__file__).resolve().parent.parent
HEAD = "---\ngiven:\n  - X \\in \\mathbb{R}^{n \\times m}\n  - A \\in \\mathbb{R}^{m \\times n}\n---\n\n"
T = TypeVar("T")


def long_document(claims: int) -> str:
    """Gradients of a trace, one in ten of them wrong."""
    numbers = ((n, n + (n % 10 == 0)) for n in range(1, claims + 1))
    rows = (f"$$\\frac{{\\partial}}{{\\partial X}} \\operatorname{{tr}}({n} X A) = {m} A^\\top$$" for n, m in numbers)
    return HEAD + "\n\n".join(rows) + "\n"


def timed(work: Callable[[], T], times: int) -> tuple[T, float]:
    """What comes of it, and the shortest time it took."""
    best = float("inf")
    for _ in range(times):
        began = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - began)
    return result, best


def measure(name: str, report: Report, times: int) -> str:
    told, proofs = timed(lambda: with_steps(report), times)
    shown, data = timed(lambda: page(told.documents[0]), times)

    def printed() -> str:
        mathfont.woff2.cache_clear()
        return as_html(shown)

    html, printing = timed(printed, times)
    whole = proofs + data + printing
    return (f"{name:<24}{len(report.claims):>7}{proofs:>9.2f} s{data:>8.2f} s{printing:>8.2f} s{whole:>8.2f} s"
            f"{len(html.encode()) / 1000:>11,.0f} kB")  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--claims", type=int, default=1000)
    parser.add_argument("--best-of", type=int, default=3)
    options = parser.parse_args()
    print(f"{'document':<24}{'claims':>7}{'proofs':>11}{'data':>10}{'HTML':>10}{'all':>10}{'size':>14}")
    print(measure("docs/backpropagation.md", verify(ROOT / "docs/backpropagation.md"), options.best_of))
    print(measure("long", verify(text=long_document(options.claims), repairs=False), options.best_of))


if __name__ == "__main__":
    main()
