"""One training step (loss, gradients, SGD update) against its floor and against what else computes it.

    python benchmarks/train_step.py [--threads 1] [--dtype float32] [--rounds 15] [--only ours+floor] [--shape 32,64,32,10]

Every contender runs in a process of its own; the processes take turns, a short burst each, and medians are compared,
so that a machine that gets slower gets slower for all.  The floor is the five matrix products with outputs that are
there already.  A contender that is not installed is skipped, and said to be.  Where OPENBLAS_CORETYPE is set it is
unset for these processes alone, together with OPENBLAS_L2_SIZE.
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
SHAPES = ((32, 64, 32, 10), (1797, 64, 32, 10), (128, 784, 128, 10), (512, 784, 512, 10), (512, 1024, 4096, 1000))
CONTENDERS = ("floor", "ours", "ours, numba", "numpy", "lambdify", "torch", "torch.compile", "jax", "sklearn")
RATE = 1e-3
BURST = 0.05  # seconds that a burst should take
Step = Callable[[], Any]


# ------------------------------------------------------------------ contenders


def data(shape: tuple[int, int, int, int], dtype: str) -> tuple[Any, Any, Any, Any]:
    import numpy as np

    rows, features, hidden, classes = shape
    rng = np.random.default_rng(0)
    x = rng.normal(size=(rows, features)).astype(dtype)
    k = rng.integers(0, classes, rows)
    w1 = (rng.normal(size=(features, hidden)) * (2 / features) ** 0.5).astype(dtype)
    w2 = (rng.normal(size=(hidden, classes)) * (1 / hidden) ** 0.5).astype(dtype)
    return x, k, w1, w2


def floor(shape: tuple[int, int, int, int], dtype: str) -> Step:
    import numpy as np

    x, _, w1, w2 = data(shape, dtype)
    x1, x3 = x @ w1, x @ w1 @ w2
    g1, g2, d2, g3 = np.empty_like(w1), np.empty_like(w2), np.empty_like(x1), x3.copy()

    def step() -> None:
        np.matmul(x, w1, x1)
        np.matmul(x1, w2, x3)
        np.matmul(x1.T, g3, g2)
        np.matmul(g3, w2.T, d2)
        np.matmul(x.T, d2, g1)

    return step


def ours(shape: tuple[int, int, int, int], dtype: str, backend: str = "numpy") -> Step:
    from derivations import verify
    from numeric.chain import chain_of
    from numeric.step import Stepper

    x, k, w1, w2 = data(shape, dtype)
    stepper = Stepper(chain_of(verify(ROOT / "docs" / "backpropagation.md")), dict(zip("NDHC", shape, strict=True)), dtype, True,
                      backend)
    stepper.parameters["W_1"][...], stepper.parameters["W_2"][...] = w1, w2
    descend = stepper.descent_at({}, RATE)
    return lambda: descend(x, k)


def numpy(shape: tuple[int, int, int, int], dtype: str) -> Step:
    """By hand, with ``out=`` wherever that is natural."""
    import numpy as np

    x, k, w1, w2 = data(shape, dtype)
    rows = np.arange(len(k))
    x1, x3 = np.empty((len(x), w1.shape[1]), dtype), np.empty((len(x), w2.shape[1]), dtype)
    x2, d2 = np.empty_like(x1), np.empty_like(x1)
    g1, g2 = np.empty_like(w1), np.empty_like(w2)

    def step() -> Any:
        np.matmul(x, w1, out=x1)
        np.maximum(x1, 0, out=x2)
        np.matmul(x2, w2, out=x3)
        np.subtract(x3, x3.max(axis=1, keepdims=True), out=x3)
        picked = x3[rows, k]
        np.exp(x3, out=x3)
        total = x3.sum(axis=1, keepdims=True)
        loss = -(picked - np.log(total[:, 0])).mean()
        np.divide(x3, total, out=x3)
        x3[rows, k] -= 1
        np.multiply(x3, 1 / len(k), out=x3)
        np.matmul(x2.T, x3, out=g2)
        np.matmul(x3, w2.T, out=d2)
        np.multiply(d2, x1 > 0, out=d2)
        np.matmul(x.T, d2, out=g1)
        np.subtract(w1, RATE * g1, out=w1)
        np.subtract(w2, RATE * g2, out=w2)
        return loss

    return step


def lambdify(shape: tuple[int, int, int, int], dtype: str) -> Step:
    """SymPy's own printer, one expression a line of the derivation, ``cse=True``."""
    import numpy as np
    import sympy

    x, k, w1, w2 = data(shape, dtype)
    n, d, h, c = shape
    one_hot = np.eye(c, dtype=dtype)[k]
    symbols = [sympy.MatrixSymbol(*a) for a in (("X", n, d), ("V", d, h), ("W", h, c), ("Y", n, c), ("B", n, h),
                                                ("P", n, c), ("G", n, c), ("E", n, h), ("F", n, h))]
    X, V, W, Y, B, P, G, E, F = symbols
    line = [sympy.lambdify(*a, modules="numpy", cse=True) for a in (
        ((X, V), X * V), ((B, W), B * W), ((P, Y), (P - Y) / n), ((G, W), G * W.T), ((E, F), sympy.HadamardProduct(E, F)),
        ((X, E), X.T * E), ((B, G), B.T * G))]

    def step() -> Any:
        nonlocal w1, w2
        a = line[0](x, w1)
        b = np.maximum(a, 0)
        z = line[1](b, w2)
        e = np.exp(z - z.max(axis=1, keepdims=True))
        p = e / e.sum(axis=1, keepdims=True)
        loss = -(one_hot * np.log(p)).sum() / n
        g = line[2](p, one_hot)
        f = line[4](line[3](g, w2), np.heaviside(a, 0))
        w1, w2 = w1 - RATE * line[5](x, f), w2 - RATE * line[6](b, g)
        return loss

    return step


def torch(shape: tuple[int, int, int, int], dtype: str, compiled: bool = False) -> Step:
    import torch as t

    t.set_num_threads(int(os.environ["BENCHMARK_THREADS"]))
    x, k, w1, w2 = (t.from_numpy(a) for a in data(shape, dtype))
    w1.requires_grad_(), w2.requires_grad_()

    def loss_of(x: Any, k: Any, w1: Any, w2: Any) -> Any:
        return t.nn.functional.cross_entropy((x @ w1).relu() @ w2, k)

    forward = t.compile(loss_of) if compiled else loss_of

    def step() -> Any:
        loss = forward(x, k, w1, w2)
        w1.grad = w2.grad = None
        loss.backward()
        with t.no_grad():
            w1.sub_(w1.grad, alpha=RATE)
            w2.sub_(w2.grad, alpha=RATE)
        return loss.item()

    return step


def jax(shape: tuple[int, int, int, int], dtype: str) -> Step:
    import jax as j
    import jax.numpy as jnp

    j.config.update("jax_enable_x64", dtype == "float64")
    x, k, w1, w2 = (jnp.asarray(a) for a in data(shape, dtype))

    def loss_of(weights: Any, x: Any, k: Any) -> Any:
        scores = jnp.maximum(x @ weights[0], 0) @ weights[1]
        return (j.nn.logsumexp(scores, axis=1) - scores[jnp.arange(len(k)), k]).mean()

    def update(weights: Any, x: Any, k: Any) -> Any:
        loss, gradients = j.value_and_grad(loss_of)(weights, x, k)
        return loss, tuple(w - RATE * g for w, g in zip(weights, gradients, strict=True))

    jitted = j.jit(update, donate_argnums=0)
    weights = (w1, w2)

    def step() -> Any:
        nonlocal weights
        loss, weights = jitted(weights, x, k)
        return loss.block_until_ready()

    return step


def sklearn(shape: tuple[int, int, int, int], dtype: str) -> Step:
    from sklearn.neural_network import MLPClassifier

    x, k, _, _ = data(shape, dtype)
    k[: shape[3]] = range(min(shape[3], len(k)))
    model = MLPClassifier((shape[2],), solver="sgd", learning_rate_init=RATE, momentum=0, alpha=0, batch_size=len(x))
    classes = range(shape[3])
    model.partial_fit(x, k, classes=list(classes))
    return lambda: model.partial_fit(x, k)


MAKERS: dict[str, Callable[..., Step]] = {
    "floor": floor, "ours": ours, "ours, numba": lambda shape, dtype: ours(shape, dtype, "numba"), "numpy": numpy,
    "lambdify": lambdify, "torch": torch,
    "torch.compile": lambda shape, dtype: torch(shape, dtype, compiled=True), "jax": jax, "sklearn": sklearn,
}  # fmt: skip


# ------------------------------------------------------------------- processes


def serve(name: str, shape: tuple[int, int, int, int], dtype: str) -> None:
    """Answers every line on standard input with the seconds that one step took, the mean over a burst."""
    threads = int(os.environ["BENCHMARK_THREADS"])
    if hasattr(os, "sched_setaffinity"):  # not every library keeps to the number of threads that it is told
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-threads:])
    try:
        step = MAKERS[name](shape, dtype)
        began = time.perf_counter()
        for _ in range(3):
            step()
        once = (time.perf_counter() - began) / 3
        began = time.perf_counter()
        step()
        once = min(once, time.perf_counter() - began)
    except Exception as error:  # a contender that cannot run is reported, whatever its reason
        print(json.dumps({"skipped": f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"}), flush=True)
        return
    count = max(1, min(2000, int(BURST / max(once, 1e-7))))
    print(json.dumps({"ready": count}), flush=True)
    for _ in sys.stdin:
        began = time.perf_counter()
        for _ in range(count):
            step()
        print((time.perf_counter() - began) / count, flush=True)


def environment(threads: int) -> dict[str, str]:
    kept = {k: v for k, v in os.environ.items() if k not in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")}
    names = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS", "BENCHMARK_THREADS")
    flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1" if threads == 1 else ""
    return {**kept, **dict.fromkeys(names, str(threads)), "XLA_FLAGS": flags, "PYTHONPATH": str(ROOT), "JAX_PLATFORMS": "cpu"}


def measure(shape: tuple[int, int, int, int], dtype: str, threads: int, rounds: int, names: list[str]) -> dict[str, float | str]:
    """Medians in seconds, or why a contender was skipped."""
    running: dict[str, subprocess.Popen[str]] = {}
    found: dict[str, float | str] = {}
    for name in names:
        command = [sys.executable, __file__, "--serve", name, "--shape", ",".join(map(str, shape)), "--dtype", dtype]
        process = subprocess.Popen(command, env=environment(threads), stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                   stderr=subprocess.DEVNULL, text=True)
        assert process.stdout is not None
        answer = process.stdout.readline()
        said = json.loads(answer) if answer.startswith("{") else {"skipped": "it died"}
        if "skipped" in said:
            found[name] = said["skipped"]
            process.wait()
        else:
            running[name] = process
    times: dict[str, list[float]] = {name: [] for name in running}
    for _ in range(rounds):
        for name, process in running.items():
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            times[name].append(float(process.stdout.readline()))
    for process in running.values():
        process.communicate()
    return {**found, **{name: statistics.median(t) for name, t in times.items()}}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--serve")
    parser.add_argument("--shape", action="append")
    parser.add_argument("--dtype", choices=["float32", "float64"], default="float32")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--only", default="+".join(CONTENDERS))
    options = parser.parse_args()
    shapes = [tuple(map(int, s.split(","))) for s in options.shape] if options.shape else list(SHAPES)
    if options.serve:
        serve(options.serve, shapes[0], options.dtype)  # type: ignore[arg-type]
        return
    names = options.only.split("+")
    load = os.getloadavg()[0]
    print(f"{options.dtype}, {options.threads} thread(s), medians of {options.rounds} rounds; load before: {load:.1f}"
          + (": noisy" if load > 0.5 else ""))
    for shape in shapes:
        found = measure(shape, options.dtype, options.threads, options.rounds, names)  # type: ignore[arg-type]
        least = found.get("floor")
        print("·".join(map(str, shape)))
        for name, seconds in found.items():
            if isinstance(seconds, str):
                print(f"  {name:14} skipped: {seconds}")
            else:
                ratio = f"{seconds / least:6.2f}" if isinstance(least, float) else ""
                print(f"  {name:14} {seconds * 1e6:12.1f} µs {ratio}")


if __name__ == "__main__":
    main()
