"""The shared corpus: verdicts beside the expected ones, and the time they take.

    python benchmarks/corpus.py [--details]

The corpus lies beside the project, in ``../shared/corpus``; without it there is nothing to run.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import sys
import time
from collections import Counter
from pathlib import Path

from derivations.pipeline import verify
from derivations.report.outline import message
from derivations.verdicts import AllSizes, Proved

CORPUS = Path(__file__).parents[2] / "shared" / "corpus"
WORDS = ("proved for all sizes", "proved at named sizes", "refuted", "unknown", "unreadable")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--details", action="store_true", help="name every document whose verdict is not the expected one")
    options = parser.parse_args()
    if not (CORPUS / "expected.jsonl").exists():
        print(f"skipped: no corpus at {CORPUS}")
        return 0
    table: Counter[tuple[str, str]] = Counter()
    totals: Counter[str] = Counter()
    wrong, other, times = [], [], []
    for line in (CORPUS / "expected.jsonl").read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        start = time.process_time()
        (document,) = verify(CORPUS / row["file"]).documents
        times.append(time.process_time() - start)
        display = document.displays[-1]
        scopes = [c.verdict.scope for c in display.claims if isinstance(c.verdict, Proved)]
        word = display.word
        if word == "proved":
            word = WORDS[0] if all(isinstance(s, AllSizes) for s in scopes) else WORDS[1]
        expected = row["verdict"] + (", by convention" if row.get("conventions") and row["verdict"] == "proved" else "")
        table[expected, word] += 1
        totals[expected] += 1
        if display.word not in (row["verdict"], *row.get("accept", ())):
            why = "; ".join(message(c.verdict) for c in display.claims if c.word not in ("proved", "definition"))
            told = f"{row['file']}: {display.word}: {why}"
            (wrong if {display.word, row["verdict"]} == {"proved", "refuted"} else other).append(told)
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}; {len(times)} documents")
    print(f"{'expected':24}{'claims':>8}" + "".join(f"{w:>23}" for w in WORDS))
    for expected in sorted(totals):
        counts = "".join(f"{table[expected, w]:>15} {100 * table[expected, w] / totals[expected]:>5.1f} %" for w in WORDS)
        print(f"{expected:24}{totals[expected]:>8}{counts}")
    print(f"false and proved, or true and refuted: {len(wrong)}; another verdict than expected: {len(other)}")
    print("\n".join(wrong if not options.details else [*wrong, *other]))
    print(f"processor time of a document: median {1000 * statistics.median(times):.0f} ms, longest {1000 * max(times):.0f} ms")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
