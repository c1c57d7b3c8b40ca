"""Accuracy of the reference network, mean of five seeds, beside scikit-learn's MLPClassifier with the same choices.

    python benchmarks/accuracy.py [--only digits,mnist5k,fashion-mnist] [--seeds 5] [--jobs 2]

Digits and MNIST-5k: a fifth of the rows, stratified, is kept for testing; Fashion-MNIST: its own 10,000.  No row is kept for
validation, no weight decays.  scikit-learn has biases, which the document does not, and starts from uniform values.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
import warnings
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Task:
    data: str
    hidden: int
    optimizer: str
    rate: float
    batch: int
    epochs: int


TASKS = (
    Task("digits", 64, "adam", 1e-3, 32, 60),
    Task("mnist5k", 128, "momentum", 0.05, 32, 20),
    Task("fashion-mnist", 128, "adam", 1e-3, 128, 10),
)


def settings_of(task: Task, seed: int) -> Any:
    from numeric import Settings

    return Settings(sizes={"H": task.hidden}, optimizer=task.optimizer, rate=task.rate, batch=task.batch, epochs=task.epochs,
                    validation=0, seed=seed)


def ours(task: Task, seed: int) -> tuple[float, float]:
    """Test accuracy, and seconds of training."""
    from derivations import verify
    from numeric import train

    result = train(verify(ROOT / "docs/backpropagation.md"), task.data, settings_of(task, seed))
    assert result.test_accuracy is not None
    return result.test_accuracy, result.seconds


def sklearn(task: Task, seed: int) -> tuple[float, float]:
    """On the same rows, scaled alike."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier

    from derivations import verify
    from numeric.train import prepared

    parts = prepared(verify(ROOT / "docs/backpropagation.md"), task.data, settings_of(task, seed)).problem.parts
    rule = {"solver": "adam"} if task.optimizer == "adam" else {"solver": "sgd", "momentum": 0.9, "nesterovs_momentum": False}
    model = MLPClassifier((task.hidden,), learning_rate_init=task.rate, batch_size=task.batch, max_iter=task.epochs, alpha=0,
                          n_iter_no_change=task.epochs, random_state=seed, **rule)
    began = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # the epochs are as many as were asked for
        model.fit(parts["train"]["X^{(0)}"], parts["train"]["k"])
    return float(model.score(parts["test"]["X^{(0)}"], parts["test"]["k"])), time.perf_counter() - began


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default=",".join(t.data for t in TASKS))
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.environ.update(dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"), "1"))
    print(f"{'data':<16}{'H':>5}{'epochs':>8}  {'ours':>16}{'s':>7}  {'scikit-learn':>16}{'s':>7}   mean ± deviation of "
          f"{options.seeds} seeds")
    with ProcessPoolExecutor(options.jobs, get_context("spawn")) as pool:
        for task in (t for t in TASKS if t.data in options.only.split(",")):
            futures = [[pool.submit(way, task, seed) for seed in range(options.seeds)] for way in (ours, sklearn)]
            cells = []
            for group in futures:
                scores, seconds = zip(*(future.result() for future in group), strict=True)
                spread = statistics.stdev(scores) if len(scores) > 1 else 0.0
                cells.append(f"{100 * statistics.fmean(scores):>8.2f} ± {100 * spread:.2f} %{statistics.fmean(seconds):>7.1f}")
            print(f"{task.data:<16}{task.hidden:>5}{task.epochs:>8}  {'  '.join(cells)}", flush=True)


if __name__ == "__main__":
    main()
