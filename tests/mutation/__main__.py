"""The long run.

    python -m tests.mutation [--each 1] [--seed 1] [--every 1] [--verbose]

Prints a table by kind of mistake, and with ``--verbose`` what was not repaired.
Exit status 1 where fewer than 85 % of what was refuted is repaired.
"""

from __future__ import annotations

import argparse
import sys

from tests.mutation.mistakes import MISTAKES
from tests.mutation.run import Row, examine, mutants, table


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=1, help="mutants of a kind for each claim")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth mutant")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--kinds", default=",".join(MISTAKES), help="kinds of mistakes, between commas")
    options = parser.parse_args()
    kinds = options.kinds.split(",")
    rows = {kind: Row() for kind in kinds}
    for n, mutant in enumerate(m for m in mutants(options.each, options.seed) if m.kind in kinds):
        if n % options.every:
            continue
        outcome = examine(mutant, rows[mutant.kind])
        if options.verbose:
            told = outcome.word if outcome.word != "refuted" else outcome.repair or "NOT REPAIRED"
            print(f"{mutant.document}:{mutant.line} {mutant.kind}: {mutant.text.strip()}  =>  {told}", flush=True)
    print("\n".join(table(rows)))
    total = sum(rows.values(), Row())
    return 0 if total.repaired >= 0.85 * (total.refuted + total.by_shapes) else 1


if __name__ == "__main__":
    sys.exit(main())
