"""One epoch of training, shuffling included, against the sum of its steps and against other libraries, in CPU time.

    python benchmarks/train_epoch.py [--data digits|fashion-mnist] [--rounds 9] [--only ours,steps,sklearn]

Plain SGD on one hidden layer: digits with H = 32 and batches of 32, or 20,000 rows of Fashion-MNIST with H = 128 and batches
of 128.  "steps" is the same number of bare steps on rows that lie ready: the loop may cost a fifth on top of it.  "measured"
is ours with loss and accuracy on training and validation rows after the epoch, as ``derivations train`` has it.  Contenders
run in processes of their own, one thread each, and take turns; medians are shown.  What is not installed is skipped.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
SHAPES = {"digits": (32, 32), "fashion-mnist": (128, 128)}  # hidden units, rows a step
ROWS = 20_000
RATE = 0.05
CONTENDERS = ("steps", "ours", "measured", "numba", "jax scan", "sklearn", "torch", "torch DataLoader")
BURST = 0.3  # seconds that a burst should take
Epoch = Callable[[], Any]


def rows_of(name: str) -> tuple[Any, Any]:
    """Features in float32 from 0 to 1, and labels."""
    import numpy as np

    from numeric.data import load

    data = load(name)
    chosen = np.random.default_rng(0).permutation(len(data.features))[:ROWS]  # type: ignore[union-attr]
    features = (data.features[chosen] / data.range).astype(np.float32)  # type: ignore[union-attr]
    return features, data.labels[chosen]  # type: ignore[union-attr]


def prepared_run(name: str, validation: float = 0.0, backend: str = "numpy") -> Any:
    from derivations import verify
    from numeric import Settings
    from numeric.train import prepared

    hidden, batch = SHAPES[name]
    settings = Settings(sizes={"H": hidden}, batch=batch, optimizer="sgd", rate=RATE, test=0, validation=validation,
                        backend=backend)  # type: ignore[arg-type]
    return prepared(verify(ROOT / "docs/backpropagation.md"), rows_of(name), settings)


def ours(name: str, backend: str = "numpy") -> Epoch:
    import numpy as np

    from numeric.checkpoint import Progress

    run = prepared_run(name, backend=backend)
    rng = np.random.default_rng(0)

    def epoch() -> None:
        progress = Progress(run.batches.steps, order=rng.permutation(run.batches.rows))
        run._epoch(progress, None)

    return epoch


def measured(name: str) -> Epoch:
    import numpy as np

    from numeric.checkpoint import Progress

    run = prepared_run(name, validation=0.1)
    rng = np.random.default_rng(0)

    def epoch() -> None:
        progress = Progress(run.batches.steps, order=rng.permutation(run.batches.rows))
        run._epoch(progress, None)
        run._measured(progress, 1.0)

    return epoch


def steps(name: str) -> Epoch:
    """As many steps as an epoch has, each with its update, on rows that lie ready."""
    import numpy as np

    run = prepared_run(name)
    _, batch = SHAPES[name]
    rows = run.batches.rows
    part = run.problem.parts["train"]
    calls = []
    made = {n: run.engine.gradients_at(run.problem.sizes_with(n), RATE) for n in {batch, rows % batch or batch}}
    for start in range(0, rows, batch):
        arguments = [part[n][start:start + batch] for n in run.engine.data]
        calls.append((made[len(arguments[0])], arguments))
    flat, gradients, subtract = run.engine.flat, run.engine.flat_gradients, np.subtract

    def epoch() -> None:
        for call, arguments in calls:
            call(*arguments)
            subtract(flat, gradients, flat)

    return epoch


def jax_scan(name: str) -> Epoch:
    import jax
    import jax.numpy as jnp

    x, k = (jnp.asarray(a) for a in rows_of(name))
    hidden, batch = SHAPES[name]
    count = len(x) // batch * batch  # a scan has no room for the rest
    keys = jax.random.split(jax.random.key(0), 3)
    weights = (jax.random.normal(keys[0], (x.shape[1], hidden)) * (2 / x.shape[1]) ** 0.5,
               jax.random.normal(keys[1], (hidden, 10)) * (1 / hidden) ** 0.5)

    def loss_of(weights: Any, x: Any, k: Any) -> Any:
        scores = jnp.maximum(x @ weights[0], 0) @ weights[1]
        return (jax.nn.logsumexp(scores, axis=1) - scores[jnp.arange(len(k)), k]).mean()

    def step(weights: Any, at: Any) -> Any:
        loss, gradients = jax.value_and_grad(loss_of)(weights, x[at], k[at])
        return tuple(w - RATE * g for w, g in zip(weights, gradients, strict=True)), loss

    @jax.jit
    def whole(weights: Any, key: Any) -> Any:
        order = jax.random.permutation(key, len(x))[:count].reshape(-1, batch)
        return jax.lax.scan(step, weights, order)

    key = keys[2]

    def epoch() -> None:
        nonlocal weights, key
        key, here = jax.random.split(key)
        weights, losses = whole(weights, here)
        losses.block_until_ready()

    return epoch


def sklearn(name: str) -> Epoch:
    from sklearn.neural_network import MLPClassifier

    x, k = rows_of(name)
    hidden, batch = SHAPES[name]
    model = MLPClassifier((hidden,), solver="sgd", learning_rate_init=RATE, momentum=0, nesterovs_momentum=False, alpha=0,
                          batch_size=batch)
    model.partial_fit(x, k, classes=list(range(10)))
    return lambda: model.partial_fit(x, k)


def torch(name: str, loader: bool = False) -> Epoch:
    import torch as t

    t.set_num_threads(1)
    x, k = (t.from_numpy(a) for a in rows_of(name))
    hidden, batch = SHAPES[name]
    model = t.nn.Sequential(t.nn.Linear(x.shape[1], hidden, bias=False), t.nn.ReLU(), t.nn.Linear(hidden, 10, bias=False))
    rule = t.optim.SGD(model.parameters(), lr=RATE)
    loss_of = t.nn.CrossEntropyLoss()
    loaded = t.utils.data.DataLoader(t.utils.data.TensorDataset(x, k), batch_size=batch, shuffle=True)

    def sliced() -> Any:
        order = t.randperm(len(x))
        return ((x[at], k[at]) for at in order.split(batch))

    def epoch() -> None:
        for features, labels in (loaded if loader else sliced()):
            rule.zero_grad()
            loss_of(model(features), labels).backward()
            rule.step()

    return epoch


MAKERS: dict[str, Callable[[str], Epoch]] = {
    "steps": steps, "ours": ours, "measured": measured, "numba": lambda name: ours(name, "numba"), "jax scan": jax_scan,
    "sklearn": sklearn, "torch": torch, "torch DataLoader": lambda name: torch(name, loader=True),
}  # fmt: skip


def serve(contender: str, data: str) -> None:
    """Answers every line on standard input with the CPU seconds of one epoch, the mean over a burst."""
    try:
        epoch = MAKERS[contender](data)
        epoch()
        began = time.process_time()
        epoch()
        once = time.process_time() - began
    except Exception as error:  # a contender that cannot run is reported, whatever its reason
        print(json.dumps({"skipped": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}), flush=True)
        return
    count = max(1, min(300, int(BURST / max(once, 1e-6))))
    print(json.dumps({"ready": count}), flush=True)
    for _ in sys.stdin:
        began = time.process_time()
        for _ in range(count):
            epoch()
        print((time.process_time() - began) / count, flush=True)


def measure(data: str, rounds: int, names: list[str]) -> dict[str, list[float] | str]:
    threads = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = {**os.environ, **dict.fromkeys(threads, "1"), "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu",
                   "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"}
    running: dict[str, subprocess.Popen[str]] = {}
    found: dict[str, list[float] | str] = {}
    for name in names:
        process = subprocess.Popen([sys.executable, __file__, "--serve", name, "--data", data], env=environment, text=True,
                                   stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        assert process.stdout is not None
        answer = process.stdout.readline()
        said = json.loads(answer) if answer.startswith("{") else {"skipped": "it died"}
        if "skipped" in said:
            found[name] = said["skipped"]
            process.wait()
        else:
            running[name] = process
            found[name] = []
    for _ in range(rounds):
        for name, process in running.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            times = found[name]
            assert isinstance(times, list)
            times.append(float(process.stdout.readline()))
    for process in running.values():
        process.communicate()
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve")
    parser.add_argument("--data", choices=list(SHAPES))
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--only", default=",".join(CONTENDERS))
    options = parser.parse_args()
    if options.serve:
        serve(options.serve, options.data)
        return
    print(f"float32, one thread, CPU time, medians of {options.rounds} rounds; load before: {os.getloadavg()[0]:.1f}")
    for data in [options.data] if options.data else list(SHAPES):
        found = measure(data, options.rounds, options.only.split(","))
        least = found.get("steps")
        base = statistics.median(least) if isinstance(least, list) else None
        print(f"{data}: H = {SHAPES[data][0]}, batches of {SHAPES[data][1]}")
        for name, times in found.items():
            if isinstance(times, str):
                print(f"  {name:18} skipped: {times}")
            else:
                middle = statistics.median(times)
                ratio = f"{middle / base:7.2f} × the steps" if base else ""
                print(f"  {name:18} {1e3 * middle:9.2f} ms ({1e3 * min(times):.2f} to {1e3 * max(times):.2f}){ratio}")


if __name__ == "__main__":
    main()
