"""The whole command on the reference document, beside ``import sympy`` and beside plain SymPy.

    python benchmarks/verify_reference.py [--rounds 7] [--without-sympy-simplify]

All contenders run in turn, in processes of their own; the table shows medians and the spread.
The plain way differentiates the loss of the same network entry by entry with ``diff`` and simplifies
each entry, at sizes N, D, H, C = 2, 3, 2, 3: it takes about as long as everything else together, once.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).parents[1]
SEED = ROOT.parent / "shared" / "seed"
SOURCE = SEED / "000_311cbf91cea89977.txt"

PLAIN = """
import time
begin = time.perf_counter()
import sympy as sp
loaded = time.perf_counter()
N, D, H, C = 2, 3, 2, 3
X = sp.Matrix(N, D, lambda i, j: sp.Symbol(f"x{i}{j}"))
W1 = sp.Matrix(D, H, lambda i, j: sp.Symbol(f"u{i}{j}"))
W2 = sp.Matrix(H, C, lambda i, j: sp.Symbol(f"v{i}{j}"))
gate = sp.Matrix(N, H, lambda i, j: sp.Symbol(f"h{i}{j}"))  # the constant gates of relu
scores = (X * W1).multiply_elementwise(gate) * W2
labels = [0, 2]
loss = -sum(sp.log(sp.exp(scores[i, labels[i]]) / sum(sp.exp(scores[i, j]) for j in range(C))) for i in range(N)) / N
for weights in (W2, W1):
    start = time.perf_counter()
    for symbol in weights:
        sp.simplify(sp.diff(loss, symbol))
    print("W2" if weights is W2 else "W1", time.perf_counter() - start)
"""


def timed(command: list[str]) -> tuple[float, float]:
    """Seconds of one run and the peak memory of all children so far in MB."""
    begin = time.perf_counter()
    subprocess.run(command, stdout=subprocess.DEVNULL, check=False, cwd=ROOT)
    return time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def reference_command() -> list[str]:
    command = [sys.executable, "-m", "derivations.cli", "verify"]
    if SOURCE.exists():
        return [*command, str(SOURCE), "--given", str(SEED / "given.yaml")]
    return [*command, str(ROOT / "docs" / "backpropagation.md")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--without-sympy-simplify", action="store_true")
    options = parser.parse_args()
    contenders = {"import sympy": [sys.executable, "-c", "import sympy"], "derivations verify": reference_command()}
    times: dict[str, list[float]] = {name: [] for name in contenders}
    memory = 0.0
    for _ in range(options.rounds):
        for name, command in contenders.items():
            seconds, memory = timed(command)
            times[name].append(seconds)
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}, {options.rounds} rounds")
    base = statistics.median(times["import sympy"])
    print(f"{'':34}{'median s':>10}{'min s':>9}{'max s':>9}{'ratio':>8}")
    for name, found in times.items():
        median = statistics.median(found)
        print(f"{name:34}{median:>10.3f}{min(found):>9.3f}{max(found):>9.3f}{median / base:>8.2f}")
    print(f"peak memory of the largest process: {memory:.0f} MB")
    if not options.without_sympy_simplify:
        plain(base)


def plain(base: float) -> None:
    """Plain SymPy ``diff`` and ``simplify`` for the two end-to-end gradients, once."""
    output = subprocess.run([sys.executable, "-c", PLAIN], capture_output=True, text=True, check=True).stdout
    for line in output.splitlines():
        name, seconds = line.split()
        label = f"sympy diff + simplify, dL/d{name}"
        print(f"{label:34}{float(seconds):>10.3f}{'':>18}{float(seconds) / base:>8.2f}")


if __name__ == "__main__":
    main()
