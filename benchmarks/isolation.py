"""A hundred good documents, with and without a hostile one between them; and what a process of its own costs.

    python benchmarks/isolation.py [--documents 100] [--jobs 2] [--deadline 3] [--rounds 3]

All documents are different (names are numbered).  The hostile one never comes to an end by itself: its deadline ends it.
Processor time is that of all processes together; on a machine with other work it says more than the clock.
"""

from __future__ import annotations

import argparse
import resource
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


Seconds = tuple[float, float]  # by the clock, of processors


def now() -> Seconds:
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return time.perf_counter(), sum(one.ru_utime + one.ru_stime for one in used)


def since(begin: Seconds) -> Seconds:
    clock, processors = now()
    return clock - begin[0], processors - begin[1]


def run(texts: list[str], jobs: int, deadline: float) -> tuple[Seconds, list[list[str]]]:
    """What it took, the start of the nursery counted, and the verdicts."""
    requests = [Request(f"{number}.md", text) for number, text in enumerate(texts)]
    limits = Limits(claim_seconds=deadline)
    begin = now()
    with Nursery("ailing_nursery") as nursery:
        outcomes = list(judged(requests, limits, jobs, nursery=nursery))
    return since(begin), [[claim.word for claim in outcome.claims] if isinstance(outcome, Report) else [] for outcome in outcomes]


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
        begin = now()
        alone = [[claim.word for claim in verify(text=text).claims] for text in texts]
        here.append(since(begin))
        seconds, words = run(texts, options.jobs, options.deadline)
        plain.append(seconds)
        assert words == alone, "documents are judged as alone"
        seconds, words = run(with_one, options.jobs, options.deadline)
        hostile.append(seconds)
        assert words[:middle] + words[middle + 1 :] == alone, "the others are judged as alone"
        assert words[middle] == ["proved", "unknown"], words[middle]
    told = f"deadline {options.deadline:g} s; medians of {options.rounds} rounds"
    print(f"{options.documents} documents, {options.jobs} at a time, {told}")
    print(f"{'':44}{'clock':>12}{'processors':>14}")
    for name, measured in (("one after the other in this process", here), ("each in a process of its own", plain),
                           ("the same and a hostile one", hostile)):  # fmt: skip
        clock, processors = (statistics.median(column) for column in zip(*measured, strict=True))
        print(f"{name:44}{clock:10.2f} s{processors:12.2f} s")
    clock, processors = (statistics.median(column) for column in zip(*plain, strict=True))
    print(f"{'allowed: 10 % more, and the deadline':44}{1.1 * clock + options.deadline:10.2f} s{1.1 * processors:12.2f} s")


if __name__ == "__main__":
    main()
