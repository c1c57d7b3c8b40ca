"""Training: the gradients that were proved learn to tell digits apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from derivations.cli import main
from derivations.report.outline import Report
from numeric import BadInput, Diverged, NoData, Settings, compile_gradients, train
from numeric.data import Rows, load
from numeric.train import prepared

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]

pytest.importorskip("sklearn", reason="digits come with scikit-learn: pip install 'derivations[numeric]'")


def digits() -> Rows:
    found = load("digits")
    assert isinstance(found, Rows)
    return found


def test_the_reference_network_learns_digits(report_on: Reports) -> None:
    """After twenty epochs more than 93 of 100 unseen digits are told apart."""
    result = train(report_on(REFERENCE), "digits", sizes={"H": 64}, epochs=20)
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.93
    assert result.history[-1].loss < result.history[0].loss / 4
    assert result.parameters["W_1"].shape == (64, 64)
    assert result.repaired == ("5.1", "5.2")


@pytest.mark.parametrize("path", ["mlp-weight-decay", "two-hidden-layers", "softmax-regression"])
@pytest.mark.parametrize(("optimizer", "rate"), [("sgd", 0.3), ("adam", 3e-3), ("nesterov", 0.05)])
def test_other_documents_learn_digits_too(path: str, optimizer: str, rate: float, report_on: Reports) -> None:
    result = train(report_on(f"docs/gallery/{path}.md"), "digits", epochs=12, optimizer=optimizer, rate=rate)
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.85


def test_two_classes_train_a_logistic_regression(report_on: Reports) -> None:
    rows = digits()
    two = rows.labels < 2
    result = train(report_on("docs/gallery/logistic-regression.md"), (rows.features[two], rows.labels[two]), epochs=10, rate=0.01)
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.95
    assert result.model.metric == "accuracy"


def test_ridge_regression_finds_the_minimum_that_algebra_gives(report_on: Reports) -> None:
    """w = (XᵀX + λI)⁻¹ Xᵀy, over the training rows; the loss is a sum over rows, so one batch holds them all."""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 3))
    y = X @ [1.0, -2.0, 0.5] + 0.1 * rng.normal(size=80)
    result = train(report_on("docs/gallery/ridge.md"), {"X": X, "y": y}, constants={"lambda": 2.0}, optimizer="sgd", rate=0.005,
                   epochs=400, dtype="float64")
    part = result.problem.parts["train"]
    assert result.batch == len(part["y"])
    wanted = np.linalg.solve(part["X"].T @ part["X"] + 2 * np.eye(3), part["X"].T @ part["y"])
    np.testing.assert_allclose(result.parameters["w"], wanted, rtol=1e-9)
    residual = y - X @ wanted
    assert result.score(X, y) == pytest.approx(1 - (residual**2).sum() / ((y - y.mean()) ** 2).sum())
    np.testing.assert_allclose(result.predict(X), X @ wanted, rtol=1e-9)


def test_a_matrix_is_factorised_in_one_batch_without_rows(report_on: Reports) -> None:
    rng = np.random.default_rng(0)
    R = rng.normal(size=(12, 2)) @ rng.normal(size=(2, 9))
    arrays = {"R": R, "M": (rng.random((12, 9)) < 0.8) * 1.0}
    result = train(report_on("docs/gallery/matrix-factorisation.md"), arrays, constants={r"\lambda": 0.01}, sizes={"r": 2},
                   epochs=600, rate=0.02, dtype="float64")
    assert result.test_accuracy is None
    assert result.history[-1].loss < 0.01 * (arrays["M"] * R**2).sum()
    error = result.parameters["U"] @ result.parameters["V"].T - R
    assert np.abs(arrays["M"] * error).max() < 0.3


def test_a_gaussian_is_fitted_by_its_moments(report_on: Reports) -> None:
    """The maximum of likelihood is at the mean and the inverse covariance of the training rows."""
    X = np.random.default_rng(1).normal(size=(200, 2)) @ np.array([[1.0, 0.3], [0.0, 0.6]]) + [1.0, -1.0]
    result = train(report_on("docs/gallery/gaussian-maximum-likelihood.md"), {"X": X}, batch=1000, epochs=1500, rate=0.02,
                   dtype="float64")
    rows = result.problem.parts["train"]["X"]
    np.testing.assert_allclose(result.parameters["\\mu"], rows.mean(axis=0), atol=1e-3)
    np.testing.assert_allclose(result.parameters["\\Lambda"], np.linalg.inv(np.cov(rows.T, bias=True)), rtol=1e-2)


def test_the_same_seed_gives_the_same_weights(report_on: Reports) -> None:
    runs = [train(report_on(REFERENCE), "digits", epochs=2, seed=s).parameters["W_1"] for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


@pytest.mark.parametrize("backend", ["numpy", "jax", "torch"])
@pytest.mark.parametrize("schedule", ["constant", "cosine"])
def test_a_step_of_descent_is_the_gradient_times_the_rate(schedule: str, backend: Any, report_on: Reports) -> None:
    """In float64, whether the rate is folded into the gradients (constant, NumPy) or not."""
    pytest.importorskip(backend, reason=f"{backend} is not installed: pip install 'derivations[{backend}]'")
    report = report_on("docs/gallery/mlp-weight-decay.md")
    rows = digits()
    settings = Settings(sizes={"H": 5}, epochs=1, optimizer="sgd", rate=0.25, schedule=schedule, dtype="float64", test=0,
                        validation=0, backend=backend)
    data = (rows.features[:40] / 16, rows.labels[:40])
    run = prepared(report, data, replace(settings, batch=40))
    before = {n: a.copy() for n, a in run.engine.parameters.items()}
    gradients = compile_gradients(report)({"X": data[0], "k": data[1], **before})[1]
    after = run.run(check=None).parameters  # type: ignore[arg-type]
    for name, gradient in gradients.items():
        np.testing.assert_allclose(after[name], before[name] - 0.25 * gradient, rtol=1e-11, atol=1e-13)


def test_callbacks_are_called_after_every_step_and_epoch_and_may_stop(report_on: Reports) -> None:
    steps: list[int] = []
    epochs: list[int] = []

    def on_step(step: int, loss: float) -> None:
        assert np.isfinite(loss)
        steps.append(step)
        if step == 60:
            raise StopIteration

    result = train(report_on(REFERENCE), "digits", epochs=3, on_step=on_step, on_epoch=lambda e, n: epochs.append(e.epoch))
    assert steps == list(range(1, 61))
    assert epochs == [1]
    assert result.stopped


def test_early_stopping_keeps_the_best_weights(report_on: Reports) -> None:
    """With a rate that is far too large the loss gets worse: the weights are those of the best epoch."""
    result = train(report_on(REFERENCE), "digits", epochs=40, optimizer="sgd", rate=1.5, patience=2)
    assert result.stopped
    losses = [e.validation_loss for e in result.history]
    best = int(np.argmin(losses))  # type: ignore[arg-type]
    assert len(losses) == best + 3
    part = result.problem.parts["validation"]
    hidden = np.maximum(part["X^{(0)}"] @ result.parameters["W_1"], 0) @ result.parameters["W_2"]
    found = np.mean(np.log(np.exp(hidden - hidden.max(1, keepdims=True)).sum(1)) + hidden.max(1)
                    - hidden[np.arange(len(hidden)), part["k"]])
    assert found == pytest.approx(losses[best], rel=1e-5)


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature": np.nan}, "row 4, column 6 is nan"),
        ({"feature": np.inf}, "row 4, column 6 is inf"),
        ({"label": -1}, "row 4 has the negative label -1"),
        ({"label": 10}, "row 4 has the label 10; there are 10 classes"),
        ({"label": 2.5}, "row 4 has the label 2.5: labels are whole numbers"),
        ({"label": np.nan}, "row 4 has the label nan: labels are whole numbers"),
        ({"label": 10**9}, "row 4 has the label 1000000000; there are 10 classes"),
    ],
)
def test_bad_rows_are_told_before_the_first_step(change: dict[str, Any], message: str, report_on: Reports) -> None:
    rows = digits()
    features, labels = rows.features.copy(), rows.labels.astype(float)
    if "feature" in change:
        features[3, 5] = change["feature"]
    if "label" in change:
        labels[3] = change["label"]
    steps: list[int] = []
    with pytest.raises((BadInput, NoData), match=message):
        train(report_on(REFERENCE), (features, labels), epochs=1, sizes={"C": 10}, on_step=lambda step, loss: steps.append(step))
    assert steps == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"sizes": {"D": 5}}, "--size D=5 contradicts the data: D is 64"),
        ({"sizes": {"Q": 5}}, "no size Q"),
        ({"optimizer": "magic"}, "no optimizer named 'magic': known are sgd, momentum"),
        ({"dtype": "int8"}, "no dtype named 'int8'"),
        ({"schedule": "sometimes"}, "no schedule named"),
        ({"momentum": 1.0}, "momentum is 1.0: expected from 0 to below 1"),
        ({"rate": float("nan")}, "rate is nan"),
        ({"constants": {"q": 1.0}}, "the document has no q"),
        ({"constants": {"W_1": 1.0}}, "W_1 is trained"),
        ({"sizes": {"H": 10**12}}, "do not fit into memory: .*H = 1000000000000"),
        ({"devices": 2}, "several devices need --backend jax"),
    ],
)
def test_settings_that_contradict_the_document_are_told(settings: dict[str, Any], message: str, report_on: Reports) -> None:
    with pytest.raises(BadInput, match=message):
        train(report_on(REFERENCE), "digits", **settings)


def test_ten_classes_do_not_fit_two(report_on: Reports) -> None:
    with pytest.raises(BadInput, match=r"y has two classes in the document; digits has the label 9 in row 10"):
        train(report_on("docs/gallery/logistic-regression.md"), "digits")


def test_a_number_that_the_data_does_not_have_is_asked_for(report_on: Reports) -> None:
    data = {"X": np.ones((5, 2)), "y": np.ones(5)}
    with pytest.raises(BadInput, match=r"also needs \\lambda.*--set \\lambda=NUMBER"):
        train(report_on("docs/gallery/ridge.md"), data)
    with pytest.raises(BadInput, match=r"\\lambda is -1.0; the document declares it to be above 0"):
        train(report_on("docs/gallery/ridge.md"), data, constants={"lambda": -1.0})


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"R": np.ones((3, 2)), "M": np.full((3, 2), 0.5)}, "M: row 1, column 1 is 0.5; the document declares it to be 0 or 1"),
        ({"R": np.full((3, 2), np.nan), "M": np.ones((3, 2))}, "R: row 1, column 1 is nan"),
        ({"R": np.ones((3, 2)), "M": np.ones((3, 4))}, "n is 2 in R and 4 in M|n is 4 in M and 2 in R"),
        ({"R": np.ones(3), "M": np.ones((3, 2))}, "R has 2 axes in the document, the array has 1"),
        ({"Q": np.ones(3)}, "the document has no Q; it has R, M"),
        ({"R": np.ones((3, 2))}, "also needs M"),
    ],
)
def test_arrays_that_do_not_fit_the_document_are_told(arrays: dict[str, Any], message: str, report_on: Reports) -> None:
    with pytest.raises(BadInput, match=message):
        train(report_on("docs/gallery/matrix-factorisation.md"), arrays, constants={"lambda": 1.0})


def test_a_loss_that_is_no_number_any_more_stops_training(report_on: Reports) -> None:
    """The step is told, and nothing is trained after it."""
    steps: list[int] = []
    with pytest.raises(Diverged, match=r"step \d+ \(epoch \d+\): (the loss f became (inf|nan)|w had entries).*a smaller rate"):
        train(report_on("docs/gallery/ridge.md"), {"X": np.full((9, 1), 1e3), "y": np.ones(9)}, constants={"lambda": 1.0},
              optimizer="sgd", rate=1.0, epochs=200, on_step=lambda step, loss: steps.append(step))
    assert 1 <= len(steps) < 200


# ----------------------------------------------------------- command line


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


def test_train_prints_one_object() -> None:
    """As the contract lists it."""
    result = invoke("train", str(ROOT / REFERENCE), "--data", "digits", "--size", "H=16", "--epochs", "2", "--format", "json")
    assert result.exit_code == 0
    found = json.loads(result.stdout)
    assert found["version"] == 1
    assert found["claims"] == ["5.1", "5.2", "7.4", "8.1", "9.1", "7.2"]
    assert found["repaired"] == ["5.1", "5.2"]
    assert found["sizes"]["H"] == 16
    assert [e["epoch"] for e in found["history"]] == [1, 2]
    assert all(0 <= e[k] <= 1 for e in found["history"] for k in ("train_accuracy", "validation_accuracy"))
    assert 0 <= found["test_accuracy"] <= 1
    assert found["checkpoint"] is None
    assert found["seconds"] > 0


def test_train_tells_repairs_and_the_comparison_before_the_first_epoch() -> None:
    text = invoke("train", str(ROOT / REFERENCE), "--data", "digits", "--epochs", "1").output
    wanted = ("(claim 5.1) is refuted as written", "differ by at most", "train  validation")
    repair, compared, epoch = (text.index(x) for x in wanted)
    assert repair < compared < epoch


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--data", "nothing"), "no data named 'nothing'"),
        (("--data", "digits", "--size", "H=many"), "expected a size like H=32"),
    ],
)
def test_wrong_usage_exits_with_two(arguments: tuple[str, ...], message: str) -> None:
    result = invoke("train", str(ROOT / REFERENCE), *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_compile_writes_a_module(tmp_path: Path) -> None:
    out = tmp_path / "grads.py"
    result = invoke("compile", str(ROOT / REFERENCE), "-o", str(out), "--target", "torch")
    assert result.exit_code == 0
    assert "class Loss(torch.autograd.Function)" in out.read_text(encoding="utf-8")
    assert "claim 5.1) is refuted as written" in result.stderr


def test_compile_refuses_a_document_without_a_train_block(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("---\ngiven: [x \\in \\mathbb{R}]\n---\n$$x + x = 2 x$$\n", encoding="utf-8")
    result = invoke("compile", str(path))
    assert result.exit_code == 2
    assert "train: block" in result.stderr
