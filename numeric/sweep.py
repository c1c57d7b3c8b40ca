"""Several trainings side by side: every combination of sizes, rates and seeds that was asked for."""

from __future__ import annotations

import itertools
import os
import signal
import statistics
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from multiprocessing import get_context
from multiprocessing.connection import Connection
from typing import Any

from derivations.report.outline import Report
from derivations.worker import cores
from numeric.check import Check
from numeric.data import Source
from numeric.lower import BadInput
from numeric.result import Trained
from numeric.settings import Settings
from numeric.train import train

MANY = 1000  # trainings
THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One training of many: what it was made with, and what came of it.  Measures as in ``Trained``."""

    sizes: dict[str, int]
    rate: float
    seed: int
    test_accuracy: float | None
    validation_accuracy: float | None
    loss: float
    seconds: float
    trouble: str = ""

    def as_json(self) -> dict[str, Any]:
        return {"sizes": self.sizes, "rate": self.rate, "seed": self.seed, "test_accuracy": self.test_accuracy,
                "validation_accuracy": self.validation_accuracy, "loss": self.loss if self.loss == self.loss else None,
                "seconds": self.seconds, "trouble": self.trouble or None}


def combinations(settings: Settings, sizes: Mapping[str, Sequence[int]], rates: Sequence[float], seeds: Sequence[int]
                 ) -> list[Settings]:
    """In the order in which they were written; raises BadInput for more than can have been meant."""
    choices = [list(sizes[name]) for name in sizes]
    each_rate: list[float | None] = [*rates] or [settings.rate]
    found = [replace(settings, sizes={**settings.sizes, **dict(zip(sizes, picked, strict=True))}, rate=rate, seed=seed)
             for picked in itertools.product(*choices) for rate in each_rate for seed in seeds or [settings.seed]]
    if len(found) > MANY:
        raise BadInput(f"{len(found)} trainings: at most {MANY} at a time")
    return found


def sweep(report: Report, data: Source, wanted: Sequence[Settings], *, check: Check | None = None, jobs: int | None = None,
          on_done: Callable[[int, Outcome], None] | None = None) -> list[Outcome]:
    """Trains with each of the settings, ``jobs`` at a time in processes of one thread each.

    The result does not depend on ``jobs``.  Raises what ``train`` raises, except that a loss that diverged is an outcome.
    An interruption ends all processes at once.
    """
    jobs = min(jobs or cores(), len(wanted))
    try:
        with _pool(jobs) as pool:
            with _starting():
                futures = [pool.submit(_one, report, data, settings, check) for settings in wanted]
            outcomes = []
            for n, future in enumerate(futures):
                outcomes.append(future.result())
                if on_done:
                    on_done(n, outcomes[-1])
            return outcomes
    except BrokenProcessPool:
        raise BadInput("a process that trained was ended from outside, most likely for want of memory: fewer --jobs need less"
                       ) from None


# ----------------------------------------------------------------- processes


@contextmanager
def _pool(jobs: int) -> Iterator[ProcessPoolExecutor]:
    """Processes that end when the block is left by an error, or when this process ends in whatever way."""
    context = get_context("spawn")
    theirs, ours = context.Pipe(duplex=False)
    pool = ProcessPoolExecutor(jobs, context, _heed, (theirs,))
    try:
        yield pool
    except BaseException:
        pool.shutdown(wait=False, cancel_futures=True)
        ours.close()
        raise
    finally:
        pool.shutdown()
        ours.close()
        theirs.close()


def _heed(parent: Connection) -> None:
    """Ends this process with the other end of the pipe; Ctrl-C is for that one to answer."""
    def watch() -> None:
        with suppress(EOFError):
            parent.recv()
        os._exit(1)

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    threading.Thread(target=watch, daemon=True).start()


@contextmanager
def _starting() -> Iterator[None]:
    """What is started here has one thread for its sums, and waits with Ctrl-C until it has said what to do about it."""
    before = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


# ------------------------------------------------------------------ outcomes


def _one(report: Report, data: Source, settings: Settings, check: Check | None) -> Outcome:
    from numeric.train import Diverged

    try:
        result: Trained = train(report, data, settings, check=check)
    except Diverged as trouble:
        return Outcome(dict(settings.sizes), settings.learning_rate, settings.seed, None, None, float("nan"), 0.0, str(trouble))
    last = result.history[-1]
    sizes = {name: result.sizes[name] for name in settings.sizes}
    return Outcome(sizes, settings.learning_rate, settings.seed, result.test_accuracy, last.validation_accuracy, last.loss,
                   result.seconds)


@dataclass(frozen=True, slots=True)
class Group:
    """Outcomes that differ in their seed alone."""

    sizes: dict[str, int]
    rate: float
    outcomes: tuple[Outcome, ...]

    def mean(self, measure: str) -> float | None:
        values = [v for o in self.outcomes if (v := getattr(o, measure)) is not None]
        return statistics.fmean(values) if values else None

    def deviation(self, measure: str) -> float | None:
        values = [v for o in self.outcomes if (v := getattr(o, measure)) is not None]
        return statistics.stdev(values) if len(values) > 1 else None


def grouped(outcomes: Sequence[Outcome]) -> list[Group]:
    found: dict[tuple[Any, ...], list[Outcome]] = {}
    for outcome in outcomes:
        found.setdefault((tuple(outcome.sizes.items()), outcome.rate), []).append(outcome)
    return [Group(dict(key[0]), key[1], tuple(group)) for key, group in found.items()]


def table(outcomes: Sequence[Outcome], metric: str | None) -> list[str]:
    """A line for each choice of sizes and rate, with the mean and the deviation over its seeds; the best test score is marked."""
    groups = grouped(outcomes)
    names = list(groups[0].sizes)
    score = "R²" if metric == "r2" else "accuracy"
    head = f"{'rate':>10}{'seeds':>7}{'loss':>10}{'validation':>12}{'test ' + score:>18}{'s':>8}"
    lines = ["".join(f"{n:>7}" for n in names) + head]
    tests = [g.mean("test_accuracy") for g in groups]
    best = max((t for t in tests if t is not None), default=None)
    for group, test in zip(groups, tests, strict=True):
        start = "".join(f"{group.sizes[n]:>7}" for n in names) + f"{group.rate:>10.3g}{len(group.outcomes):>7}"
        loss, seconds = group.mean("loss"), group.mean("seconds")
        failed = sum(bool(o.trouble) for o in group.outcomes)
        shown = [_score(group.mean("validation_accuracy"), None, metric), _score(test, group.deviation("test_accuracy"), metric)]
        mark = " ←" if test is not None and test == best and len(groups) > 1 else ""
        tail = f"  {failed} diverged" if failed else mark
        lines.append(f"{start}{loss:>10.4g}{shown[0]:>12}{shown[1]:>18}{seconds:>8.2f}{tail}")
    return lines


def _score(value: float | None, deviation: float | None, metric: str | None) -> str:
    if value is None:
        return "–"
    scale, digits, unit = (1, 3, "") if metric == "r2" else (100, 1, " %")
    spread = "" if deviation is None else f" ± {scale * deviation:.{digits}f}"
    return f"{scale * value:.{digits}f}{spread}{unit}"
