"""How long it takes from a report to code that runs, for every document with a train: block.

    python benchmarks/compile_gradients.py [--rounds 9]

Imports are done before; a round lowers, prints and binds once more, at float32.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from derivations import verify
from numeric.chain import chain_of
from numeric.step import Stepper

ROOT = Path(__file__).resolve().parent.parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=9)
    rounds = parser.parse_args().rounds
    print(f"{'document':46} {'median':>9} {'longest':>9}")
    for path in sorted([*ROOT.glob("docs/*.md"), *ROOT.glob("docs/gallery/*.md")]):
        if "\ntrain:\n" not in path.read_text(encoding="utf-8"):
            continue
        report = verify(path)
        taken = []
        for _ in range(rounds):
            began = time.perf_counter()
            chain = chain_of(report)
            dims = [dim for variable in chain.context.variables.values() for dim in variable.shape]
            dims += [labels.classes for labels in chain.context.labels.values()]
            sizes = {name: 8 for dim in dims for name in dim.names}
            Stepper(chain, sizes, "float32", with_rate=False).gradients_at(sizes)
            taken.append(time.perf_counter() - began)
        name = str(path.relative_to(ROOT))
        print(f"{name:46} {statistics.median(taken) * 1e3:6.1f} ms {max(taken) * 1e3:6.1f} ms")


if __name__ == "__main__":
    main()
