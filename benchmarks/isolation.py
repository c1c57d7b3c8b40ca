"""A hundred good documents, with and without a hostile one between them; and what a process of its own costs.

    python benchmarks/isolation.py [--documents 100] [--jobs 2] [--deadline 3] [--rounds 3]

All documents are different (names are numbered).  The hostile one never comes to an end by itself: its deadline ends it.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from pathlib import Path

from derivations.limits import Limits
from derivations.messages import Request
from derivations.pipeline import verify
from derivations.report.outline import Report
from derivations.worker import Nursery, judged

TESTS = Path(__file__).parents[1] / "tests"
GIVEN = r"Let $a, b, s_{loop} \in \mathbb{R}$, $A \in \mathbb{R}^{n \times n}$, $x \in \mathbb{R}^n$." + "\n\n"
GOOD = GIVEN + r"""
$$L_{%d} = x^\top A x$$

$$\nabla_x L_{%d} = (A + A^\top) x$$

$$\operatorname{tr}(A x x^\top) = L_{%d}$$

$$(a + b)^2 = a^2 + 2 a b + b^2$$

$$(a + b)^2 = a^2 + b^2$$
"""
HOSTILE = GIVEN + "$$a = a$$\n\n$$s_{loop} + s_{loop} = 2 s_{loop}$$\n"


def good(number: int) -> str:
    return GOOD % (number, number, number)


def run(texts: list[str], jobs: int, deadline: float) -> tuple[float, list[list[str]]]:
    """Seconds, the start of the nursery not counted, and the verdicts."""
    requests = [Request(f"{number}.md", text) for number, text in enumerate(texts)]
    limits = Limits(claim_seconds=deadline)
    with Nursery("ailing_nursery") as nursery:
        list(judged([Request("first.md", good(0))], limits, 1, nursery=nursery))
        begin = time.perf_counter()
        outcomes = list(judged(requests, limits, jobs, nursery=nursery))
        seconds = time.perf_counter() - begin
    return seconds, [[claim.word for claim in outcome.claims] if isinstance(outcome, Report) else [] for outcome in outcomes]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=100)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--deadline", type=float, default=3.0)
    parser.add_argument("--rounds", type=int, default=3)
    options = parser.parse_args()
    sys.path.insert(0, str(TESTS))  # where the nursery is that the hostile document makes ill
    texts = [good(number) for number in range(options.documents)]
    middle = len(texts) // 2
    with_one = [*texts[:middle], HOSTILE, *texts[middle:]]
    plain, hostile, here = [], [], []
    for _ in range(options.rounds):
        begin = time.perf_counter()
        alone = [[claim.word for claim in verify(text=text).claims] for text in texts]
        here.append(time.perf_counter() - begin)
        seconds, words = run(texts, options.jobs, options.deadline)
        plain.append(seconds)
        assert words == alone, "documents are judged as alone"
        seconds, words = run(with_one, options.jobs, options.deadline)
        hostile.append(seconds)
        assert words[:middle] + words[middle + 1 :] == alone, "the others are judged as alone"
        assert words[middle] == ["proved", "unknown"], words[middle]
    told = f"deadline {options.deadline:g} s; medians of {options.rounds} rounds"
    print(f"{options.documents} documents, {options.jobs} at a time, {told}")
    base = statistics.median(plain)
    print(f"{'one after the other in this process':44}{statistics.median(here):8.2f} s")
    print(f"{'each in a process of its own':44}{base:8.2f} s")
    print(f"{'the same and a hostile one':44}{statistics.median(hostile):8.2f} s")
    print(f"{'allowed: 10 % more and the deadline':44}{1.1 * base + options.deadline:8.2f} s")


if __name__ == "__main__":
    main()
