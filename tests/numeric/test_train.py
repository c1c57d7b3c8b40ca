"""Training: the gradients that were proved learn to tell digits apart."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from derivations.cli import main
from derivations.report.outline import Report
from numeric import BadInput, Settings, train
from numeric.data import Split, load, split
from numeric.optimizers import adam, sgd
from numeric.train import _Run

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]

pytest.importorskip("sklearn", reason="digits come with scikit-learn: pip install 'derivations[numeric]'")


@pytest.fixture(scope="module")
def digits() -> Split:
    return split(*load("digits"), seed=0)


def test_the_reference_network_learns_digits(report_on: Reports, digits: Split) -> None:
    """After twenty epochs more than 93 of 100 unseen digits are told apart."""
    result = train(report_on(REFERENCE), digits, Settings(sizes={"H": 64}, epochs=20))
    assert result.test_accuracy > 0.93
    assert result.history[-1].loss < result.history[0].loss / 4
    assert result.parameters["W_1"].shape == (64, 64)
    assert result.repaired == ("5.1", "5.2")


@pytest.mark.parametrize("path", ["mlp-weight-decay", "two-hidden-layers", "softmax-regression"])
@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_other_documents_learn_digits_too(path: str, optimizer: str, report_on: Reports, digits: Split) -> None:
    settings = Settings(epochs=12, optimizer=optimizer, rate=0.3 if optimizer == "sgd" else 3e-3)
    result = train(report_on(f"docs/gallery/{path}.md"), digits, settings)
    assert result.test_accuracy > 0.85


def test_two_classes_train_a_logistic_regression(report_on: Reports) -> None:
    features, labels = load("digits")
    two = split(features[labels < 2], labels[labels < 2], seed=0)
    assert train(report_on("docs/gallery/logistic-regression.md"), two, Settings(epochs=10, rate=0.01)).test_accuracy > 0.95


def test_the_same_seed_gives_the_same_weights(report_on: Reports, digits: Split) -> None:
    runs = [train(report_on(REFERENCE), digits, Settings(epochs=2, seed=s)).parameters["W_1"] for s in (1, 1, 2)]
    np.testing.assert_array_equal(runs[0], runs[1])
    assert not np.array_equal(runs[0], runs[2])


def test_folding_the_rate_into_the_gradients_changes_nothing(report_on: Reports, digits: Split) -> None:
    """One step of SGD in float64 against parameters less the rate times the compiled gradients."""
    from numeric import compile_gradients

    report = report_on("docs/gallery/mlp-weight-decay.md")
    small = Split((digits.train[0][:7], digits.train[1][:7]), digits.validation, digits.test, 10)
    settings = Settings(sizes={"H": 5}, epochs=1, batch=7, optimizer="sgd", rate=0.25, dtype="float64")
    run = _Run(compile_gradients(report).chain, report.documents[0].training, small, settings)  # type: ignore[arg-type]
    before = {n: a.copy() for n, a in run.parameters.items()}
    gradients = compile_gradients(report)({"X": small.train[0], "k": small.train[1], **before})[1]
    after = run.run(None, None, None).parameters
    for name, gradient in gradients.items():
        np.testing.assert_allclose(after[name], before[name] - 0.25 * gradient, rtol=1e-12, atol=1e-14)


def test_adam_is_the_published_algorithm() -> None:
    """Two steps, from the formulas of Kingma and Ba."""
    parameters, gradients = np.array([1.0, -2.0]), np.array([0.5, -0.1])
    rule = adam(0.1, parameters)
    m = v = np.zeros(2)
    wanted = parameters.copy()
    for step in (1, 2):
        rule.update(parameters, gradients)
        m, v = 0.9 * m + 0.1 * gradients, 0.999 * v + 0.001 * gradients**2
        wanted = wanted - 0.1 * (m / (1 - 0.9**step)) / (np.sqrt(v / (1 - 0.999**step)) + 1e-8)
    np.testing.assert_allclose(parameters, wanted, rtol=1e-12)


def test_sgd_subtracts_what_comes_times_the_rate() -> None:
    parameters = np.array([1.0])
    sgd(0.5, parameters).update(parameters, np.array([0.25]))
    assert parameters == 0.75


def test_parts_are_stratified_and_disjoint() -> None:
    features, labels = load("digits")
    parts = split(np.arange(len(labels))[:, None], labels, seed=3)
    rows = np.concatenate([p[0][:, 0] for p in (parts.train, parts.validation, parts.test)])
    assert sorted(rows) == list(range(len(features)))
    assert np.bincount(parts.test[1]) == pytest.approx(0.2 * np.bincount(labels), abs=1)


# ---------------------------------------------------------------- bad input


def spoiled(digits: Split, **change: Any) -> Split:
    features, labels = digits.train[0].copy(), digits.train[1].copy()
    if "feature" in change:
        features[3, 5] = change["feature"]
    if "label" in change:
        labels[3] = change["label"]
    return Split((features, labels), digits.validation, digits.test, digits.classes)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"feature": np.nan}, "train data: X.*row 4, column 6 is nan"),
        ({"feature": np.inf}, "train data: X.*row 4, column 6 is inf"),
        ({"label": -1}, "train data: k: row 4 has the negative label -1"),
        ({"label": 10}, "k: row 4 has the label 10; there are 10 classes"),
    ],
)
def test_bad_rows_are_told_before_the_first_step(change: dict[str, Any], message: str, report_on: Reports, digits: Split) -> None:
    steps: list[float] = []
    with pytest.raises(BadInput, match=message):
        train(report_on(REFERENCE), spoiled(digits, **change), Settings(epochs=1), on_step=steps.append)
    assert steps == []


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(sizes={"D": 5}), "--size D=5 contradicts the data: D is 64"),
        (Settings(sizes={"Q": 5}), "no size Q"),
        (Settings(optimizer="magic"), "no optimizer named 'magic'"),
        (Settings(dtype="int8"), "no dtype 'int8'"),
    ],
)
def test_settings_that_contradict_the_document_are_told(
    settings: Settings, message: str, report_on: Reports, digits: Split
) -> None:
    with pytest.raises(BadInput, match=message):
        train(report_on(REFERENCE), digits, settings)


def test_ten_classes_do_not_fit_two(report_on: Reports, digits: Split) -> None:
    with pytest.raises(BadInput, match="two classes"):
        train(report_on("docs/gallery/logistic-regression.md"), digits)


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
    repair, compared, epoch = (text.index(x) for x in ("(claim 5.1) is refuted as written", "differ by at most", "epoch 1/1"))
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
