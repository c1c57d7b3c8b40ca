"""Several devices compute what one computes; padding counts for nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from by_hand import POINTS
from derivations.report.outline import Report
from numeric import BadInput, compile_gradients, train
from numeric.chain import chain_of
from numeric.lower import compile_chain, sizes_of
from numeric.sharding import COUNT, WEIGHTS, weighted

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]
CASES = [(REFERENCE, {"data": 8}), (REFERENCE, {"model": 8}), ("docs/gallery/mlp-weight-decay.md", {"data": 4, "model": 2})]

PROGRAM = """
import json, pickle, sys
import numpy as np
import jax
from numeric import Settings
from numeric.train import prepared

assert len(jax.devices()) == 8
cases = pickle.load(sys.stdin.buffer)
rng = np.random.default_rng(0)
X, k = rng.normal(size=(60, 6)), np.arange(60) % 3
found = {}
settings = dict(sizes={"H": 8}, batch=26, test=0, validation=0, dtype="float64", epochs=2, rate=0.1)
for path, mesh, report in cases:
    one = prepared(report, (X, k), Settings(**settings)).run(check=None)
    many = prepared(report, (X, k), Settings(**settings, backend="jax", mesh=mesh)).run(check=None)
    worst = max(float(np.abs(one.parameters[n] - many.parameters[n]).max()) for n in one.parameters)
    found[f"{path} {mesh}"] = [worst, abs(one.history[-1].loss - many.history[-1].loss)]
print(json.dumps(found))
"""


def test_eight_devices_train_what_one_trains(report_on: Reports) -> None:
    """Spread over rows, over hidden units, over both; batches of 26 rows, and of the 8 that remain, divide or do not."""
    pytest.importorskip("jax", reason="jax is not installed: pip install 'derivations[jax]'")
    import pickle

    cases = [(path, mesh, report_on(path)) for path, mesh in CASES]
    environment = {**os.environ, "XLA_FLAGS": "--xla_force_host_platform_device_count=8", "JAX_PLATFORMS": "cpu",
                   "PYTHONPATH": str(ROOT)}
    done = subprocess.run([sys.executable, "-c", PROGRAM], input=pickle.dumps(cases), env=environment,
                          capture_output=True, check=False, timeout=300)
    assert done.returncode == 0, done.stderr.decode()
    found = json.loads(done.stdout)
    assert len(found) == len(CASES)
    for case, differences in found.items():
        assert max(differences) < 1e-12, (case, differences)


@pytest.mark.parametrize("path", [p for p in POINTS if "factorisation" not in p])
def test_rows_of_weight_zero_count_for_nothing(path: str, report_on: Reports) -> None:
    """Loss and gradients are those of the other rows alone, whatever stands in the padding."""
    _, draw = POINTS[path]
    arrays = draw(np.random.default_rng(3))
    chain = chain_of(report_on(path))
    wanted, gradients = compile_gradients(report_on(path))(arrays)
    rows = chain.context.variables[chain.features or ""].shape[0].names[0]
    count = sizes_of(chain.context, {n: np.asarray(a) for n, a in arrays.items()})[rows]
    padded = {n: np.concatenate([a, np.asarray(a)[:2]]) if np.ndim(a) and len(a) == count and n in (chain.features, chain.labels)
              else a for n, a in arrays.items()}
    padded |= {WEIGHTS: np.array([1.0] * count + [0.0] * 2), COUNT: float(count)}
    compiled = compile_chain(weighted(chain, rows), "numpy", "float64")
    found, theirs = compiled({n: padded[n] for n in compiled.program.inputs})
    assert found == pytest.approx(wanted, rel=1e-13)
    for name, gradient in gradients.items():
        np.testing.assert_allclose(theirs[name], gradient, rtol=1e-11, atol=1e-13)
    if WEIGHTS in compiled.program.inputs:
        padded[WEIGHTS] = np.ones(count + 2)
        assert compiled({n: padded[n] for n in compiled.program.inputs})[0] != pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"devices": 4096}, "4096 devices were asked for, JAX has .*xla_force_host_platform_device_count=4096"),
        ({"devices": 3, "mesh": {"data": 2}}, "3 devices do not make a mesh of 2"),
    ],
)
def test_devices_that_are_not_there_are_told(settings: dict[str, object], message: str, report_on: Reports) -> None:
    pytest.importorskip("jax", reason="jax is not installed: pip install 'derivations[jax]'")
    pytest.importorskip("sklearn", reason="digits come with scikit-learn: pip install 'derivations[numeric]'")
    with pytest.raises(BadInput, match=message):
        train(report_on(REFERENCE), "digits", backend="jax", **settings)
