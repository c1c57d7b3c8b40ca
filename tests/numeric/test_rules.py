"""Update rules, schedules, batches and first values are those of their sources."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from derivations.report.outline import Report
from numeric.batches import Batches
from numeric.chain import chain_of
from numeric.initial import feeds, initial
from numeric.optimizers import OPTIMIZERS, Options
from numeric.schedules import Schedule
from numeric.train import clipped

Reports = Callable[[str], Report]
GRADIENTS = [np.array([0.5, -0.1]), np.array([0.2, 0.3]), np.array([-1.0, 0.0])]
RATES = [0.1, 0.05, 0.2]


def updated(name: str, options: Options) -> Any:
    parameters = np.array([1.0, -2.0])
    rule = OPTIMIZERS[name].make(parameters, options)
    for step, (gradient, rate) in enumerate(zip(GRADIENTS, RATES, strict=True), 1):
        rule(parameters, gradient.copy(), rate, step)
    return parameters


def by_hand(name: str, options: Options) -> Any:
    """The formulas of the papers, in the order in which they stand there."""
    x, v, m, s = np.array([1.0, -2.0]), np.zeros(2), np.zeros(2), np.zeros(2)
    for t, (g, rate) in enumerate(zip(GRADIENTS, RATES, strict=True), 1):
        match name:
            case "sgd":
                x = x - rate * g
            case "momentum":
                v = options.momentum * v + g
                x = x - rate * v
            case "nesterov":
                v = options.momentum * v + g
                x = x - rate * (g + options.momentum * v)
            case "adam" | "adamw":
                if name == "adamw":
                    x = x - rate * options.decay * x
                m, s = 0.9 * m + 0.1 * g, 0.999 * s + 0.001 * g**2
                x = x - rate * (m / (1 - 0.9**t)) / (np.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return x


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_rules_are_the_published_ones(name: str) -> None:
    options = Options(momentum=0.8, decay=0.3)
    np.testing.assert_allclose(updated(name, options), by_hand(name, options), rtol=1e-12)


def test_the_yardsticks_differ_from_one_another() -> None:
    options = Options(momentum=0.8, decay=0.3)
    results = [tuple(by_hand(name, options)) for name in OPTIMIZERS]
    assert len(set(results)) == len(OPTIMIZERS)


def test_schedules() -> None:
    """Ten epochs of four steps."""
    constant, step = Schedule("constant", 10, 4), Schedule("step", 10, 4, factor=0.5, every=3)
    assert {constant(n) for n in range(40)} == {1.0}
    assert [step(4 * epoch) for epoch in range(10)] == [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]
    cosine = Schedule("cosine", 10, 4, warmup=2)
    assert [cosine(n) for n in range(8)] == [n / 8 for n in range(1, 9)]
    assert cosine(8) == 1.0
    assert cosine(24) == pytest.approx(0.5)
    assert cosine(39) == pytest.approx(0.5 * (1 + math.cos(math.pi * 31 / 32)))
    assert not cosine.is_constant
    assert constant.is_constant


def test_gradients_are_clipped_together() -> None:
    gradients = np.array([3.0, 4.0])
    clipped(gradients, 10.0)
    np.testing.assert_array_equal(gradients, [3, 4])
    clipped(gradients, 1.0)
    np.testing.assert_allclose(gradients, [0.6, 0.8])


@pytest.mark.parametrize(("rows", "batch"), [(10, 3), (9, 3), (1, 5), (5, 5), (70_000, 64), (70_001, 20_000)])
def test_an_epoch_has_every_row_once_in_the_order_that_was_asked_for(rows: int, batch: int) -> None:
    """Rows of several blocks, last batches of all lengths, and an epoch that is gone on with in the middle."""
    values = np.arange(rows, dtype=np.float64)
    arrays = {"x": np.repeat(values[:, None], 8, axis=1), "k": values}
    seen: list[Any] = []

    def step_of(count: int) -> Any:
        def step(x: Any, k: Any, c: float) -> float:
            assert len(x) == len(k) == count
            assert c == 7.0
            np.testing.assert_array_equal(x[:, 0], k)
            seen.append(k.copy())
            return 0.0

        return step

    batches = Batches(["x", "k", "c"], arrays, {"c": 7.0}, rows, batch, step_of)
    order = np.random.default_rng(0).permutation(rows)
    for first in (0, batches.steps // 2, batches.steps):
        seen.clear()
        for call, arguments, count in batches.epoch(order, first):
            call(*arguments)
            assert len(seen[-1]) == count
        np.testing.assert_array_equal(np.concatenate([[], *seen]), order[first * min(batch, rows):])
    assert batches.steps == -(-rows // batch)


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("docs/backpropagation.md", {"W_1": ("relu", 2 / 400), "W_2": (None, 2 / (300 + 10))}),
        ("docs/gallery/two-hidden-layers.md",
         {"W_1": ("relu", 2 / 400), "W_2": ("tanh", 2 / (300 + 200)), "W_3": (None, 2 / 210), "b_1": ("relu", 0.0)}),
        ("docs/gallery/logistic-regression.md", {"b": (None, 0.0)}),
    ],
)
def test_first_values_go_by_the_activation(path: str, expected: dict[str, Any], report_on: Reports) -> None:
    """He's variance before a rectifier, Glorot's before everything else, 0 for offsets."""
    chain = chain_of(report_on(path))
    sizes = {"N": 50, "n": 50, "D": 400, "d": 400, "H": 300, "K": 200, "C": 10}
    for name, (activation, variance) in expected.items():
        values = initial(chain, name, sizes, np.random.default_rng(0))
        assert feeds(chain, name) == activation or (path.endswith("logistic-regression.md"))
        assert np.var(values) == pytest.approx(variance, rel=0.1)
    assert np.var(initial(chain, next(iter(expected)), sizes, np.random.default_rng(0), "he")) >= 0
