"""Checkpoints: a training that is gone on from is the one that was never cut off; a file that does not fit is refused."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derivations.pipeline import verify
from derivations.report.outline import Report
from numeric import CheckpointError, Diverged, load_model, train
from numeric.chain import chain_of
from numeric.checkpoint import NAME, read
from numeric.data import load
from numeric.portable import NotPortable, from_json, to_json
from numeric.result import Trained
from tests.kill_and_resume import killed

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]
SHORT: dict[str, Any] = {"sizes": {"H": 8}, "epochs": 4}

pytest.importorskip("sklearn", reason="digits come with scikit-learn: pip install 'derivations[numeric]'")


@pytest.mark.parametrize("settings", [
    {}, {"optimizer": "sgd"}, {"optimizer": "nesterov", "schedule": "cosine", "warmup": 1}, {"optimizer": "adamw", "decay": 0.1},
    {"patience": 1, "optimizer": "sgd", "rate": 1.9}, {"dtype": "float64", "clip": 0.1},
])  # fmt: skip
@pytest.mark.parametrize("stop", [1, 40, 41, 100])
def test_going_on_gives_the_same_bits(stop: int, settings: dict[str, Any], report_on: Reports, tmp_path: Path) -> None:
    """Cut off after a step, within an epoch or at its end (41 steps), with checkpoints every seven steps."""
    report = report_on(REFERENCE)
    whole = train(report, "digits", **{**SHORT, **settings})

    def cut(step: int, loss: float) -> None:
        if step == stop:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(report, "digits", **{**SHORT, **settings}, checkpoint=tmp_path, keep_every=7, on_step=cut)
    pieces = train(report, "digits", **{**SHORT, **settings}, checkpoint=tmp_path, keep_every=7, resume=True)
    assert fingerprint(pieces) == fingerprint(whole)


def test_going_on_after_kills_gives_the_same_bits() -> None:
    assert killed("train", kills=2) == 2


def fingerprint(found: Trained) -> dict[str, Any]:
    """All weights, and all measures but those of time."""
    weights = {n: hashlib.sha256(a.tobytes()).hexdigest() for n, a in found.parameters.items()}
    history = [{k: v for k, v in asdict(e).items() if k != "steps_per_second"} for e in found.history]
    return {"weights": weights, "history": history, "test": found.test_accuracy, "stopped": found.stopped}


def test_the_fingerprint_notices_one_bit(report_on: Reports) -> None:
    one, other = (train(report_on(REFERENCE), "digits", **SHORT) for _ in range(2))
    assert fingerprint(one) == fingerprint(other)
    array = other.model.parameters["W_1"]
    array.view(np.uint32)[0, 0] ^= 1
    assert fingerprint(one) != fingerprint(other)


def test_more_epochs_go_on_from_where_fewer_ended(report_on: Reports, tmp_path: Path) -> None:
    report = report_on(REFERENCE)
    train(report, "digits", **{**SHORT, "epochs": 2}, checkpoint=tmp_path)
    longer = train(report, "digits", **SHORT, checkpoint=tmp_path, resume=True)
    assert fingerprint(longer) == fingerprint(train(report, "digits", **SHORT))


# ---------------------------------------------------------------- refusals


@pytest.fixture(scope="module")
def kept(report_on: Reports, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    folder = tmp_path_factory.mktemp("kept")
    train(report_on(REFERENCE), "digits", **SHORT, checkpoint=folder)
    return (folder / NAME).read_bytes()


@pytest.mark.parametrize(
    ("path", "changes", "message"),
    [
        ("docs/backpropagation-corrected.md", {}, r"another document.*backpropagation.md"),
        (REFERENCE, {"sizes": {"H": 9}}, "other sizes: .*H = 8.* there, .*H = 9"),
        (REFERENCE, {"dtype": "float64"}, "other data|dtype = float32"),
        (REFERENCE, {"seed": 1}, "other data"),
        (REFERENCE, {"optimizer": "nesterov"}, "optimizer = adam, here it is nesterov"),
        (REFERENCE, {"rate": 0.5}, "rate = None, here it is 0.5"),
        (REFERENCE, {"schedule": "cosine"}, "schedule = constant, here it is cosine"),
    ],
)
def test_a_checkpoint_of_something_else_is_refused(
    path: str, changes: dict[str, Any], message: str, kept: bytes, report_on: Reports, tmp_path: Path
) -> None:
    (tmp_path / NAME).write_bytes(kept)
    with pytest.raises(CheckpointError, match=message):
        train(report_on(path), "digits", **{**SHORT, **changes}, checkpoint=tmp_path, resume=True)


def test_every_bit_counts(kept: bytes, tmp_path: Path) -> None:
    """A bit turned over anywhere, header, description or arrays, is noticed; so is every missing or extra byte."""
    path = tmp_path / NAME
    path.write_bytes(kept)
    read(path)
    rng = random.Random(0)
    head = 8 + int.from_bytes(kept[:8], "little")
    places = [*range(16), *(rng.randrange(head) for _ in range(150)), *(rng.randrange(head, len(kept)) for _ in range(50))]
    for place in places:
        path.write_bytes(kept[:place] + bytes([kept[place] ^ 1 << rng.randrange(8)]) + kept[place + 1:])
        with pytest.raises(CheckpointError, match=str(path)):
            read(path)
    for data in (b"", kept[:5], kept[:100], kept[:-1], kept + b"\0", b"not a checkpoint at all", kept[8:]):
        path.write_bytes(data)
        with pytest.raises(CheckpointError):
            read(path)


def test_a_checkpoint_is_not_written_over_by_accident(kept: bytes, report_on: Reports, tmp_path: Path) -> None:
    (tmp_path / NAME).write_bytes(kept)
    with pytest.raises(CheckpointError, match=r"is there already: go on from it \(--resume\), or say --overwrite"):
        train(report_on(REFERENCE), "digits", **SHORT, checkpoint=tmp_path)
    assert (tmp_path / NAME).read_bytes() == kept
    train(report_on(REFERENCE), "digits", **{**SHORT, "seed": 5}, checkpoint=tmp_path, overwrite=True)
    assert (tmp_path / NAME).read_bytes() != kept


def test_half_written_files_are_cleared_away_at_the_next_start(report_on: Reports, tmp_path: Path) -> None:
    stray, other = tmp_path / f".{NAME}.abc123.part", tmp_path / "mine.txt"
    stray.write_bytes(b"half")
    other.write_bytes(b"whole")
    train(report_on(REFERENCE), "digits", **SHORT, checkpoint=tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == [NAME, "mine.txt"]


def test_the_last_good_state_stays_when_the_loss_diverges(report_on: Reports, tmp_path: Path) -> None:
    report = report_on("docs/gallery/ridge.md")
    rng = np.random.default_rng(0)
    data = {"X": rng.normal(size=(30, 2)), "y": rng.normal(size=30)}
    with pytest.raises(Diverged, match=r"step \d+ \(epoch \d+\): .*keeps the state before"):
        train(report, data, constants={"lambda": 1.0}, optimizer="sgd", rate=0.3, epochs=500, checkpoint=tmp_path)
    content = read(tmp_path / NAME)
    assert np.isfinite(content.tensors["parameters"]).all()
    assert content.about["progress"]["epoch"] >= 1


# -------------------------------------------------------------- prediction


@pytest.mark.parametrize("path", [REFERENCE, "docs/gallery/logistic-regression.md", "docs/gallery/softmax-regression.md",
                                  "docs/gallery/ridge.md"])
def test_a_saved_model_predicts_what_training_predicted(path: str, report_on: Reports, tmp_path: Path) -> None:
    data = load("digits")
    features, labels = data.features, data.labels  # type: ignore[union-attr]
    few = labels < 2 if "logistic" in path else labels >= 0
    constants = {"lambda": 1.0} if "ridge" in path else {}
    rate = 1e-6 if "ridge" in path else 0.01
    result = train(report_on(path), (features[few], labels[few]), epochs=3, constants=constants, scale="standard",
                   optimizer="sgd" if "ridge" in path else "adam", rate=rate)
    result.save(tmp_path / "model.safetensors")
    model = load_model(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(model.predict(features[:50]), result.predict(features[:50]))
    assert model.score(features[few], labels[few]) == result.score(features[few], labels[few])
    if model.metric == "accuracy":
        likely = model.predict_probabilities(features[:9])
        np.testing.assert_allclose(likely.sum(axis=1), 1)
        np.testing.assert_array_equal(likely.argmax(axis=1), model.predict(features[:9]))
        assert model.score(features[few], labels[few]) > 0.5
    (tmp_path / "model.safetensors").rename(tmp_path / NAME)
    with pytest.raises(CheckpointError, match="without the state of its training"):
        train(report_on(path), (features[few], labels[few]), epochs=3, constants=constants, scale="standard", rate=rate,
              optimizer="sgd" if "ridge" in path else "adam", checkpoint=tmp_path, resume=True)


def test_predictions_of_a_network_are_those_written_by_hand(report_on: Reports) -> None:
    result = train(report_on(REFERENCE), "digits", **SHORT, dtype="float64")
    features = load("digits").features[:20]  # type: ignore[union-attr]
    scores = np.maximum(features / 16 @ result.parameters["W_1"], 0) @ result.parameters["W_2"]
    np.testing.assert_array_equal(result.predict(features), scores.argmax(axis=1))


def test_labels_of_minus_and_plus_one() -> None:
    """log(1 + exp(−y·z)): the label stands within the score's function, and is no part of the score."""
    text = r"""---
given:
  - X \in \mathbb{R}^{n \times d}
  - y \in \{-1,1\}^{n}
  - w \in \mathbb{R}^{d}
train:
  loss: L
  features: X
  labels: y
  parameters: [w]
---
$$L = \frac{1}{n} \sum_{i=1}^n \log(1 + e^{-y_i (X w)_i})$$

$$\frac{\partial L}{\partial w_j} = -\frac{1}{n} \sum_{i=1}^n \frac{y_i X_{ij}}{1 + e^{y_i (X w)_i}}$$
"""
    rng = np.random.default_rng(0)
    X = rng.normal(size=(200, 2))
    y = np.where(X @ [1.0, -2.0] > 0, 1, -1)
    result = train(verify(text=text), (X, y), epochs=30, rate=0.05)
    assert result.test_accuracy is not None
    assert result.test_accuracy > 0.95
    assert result.model.classes == ("-1", "1")
    assert np.mean((result.predict(X) == 1) == (y == 1)) > 0.95


def test_formulas_go_through_json_and_nothing_else_does(report_on: Reports) -> None:
    import json

    chain = chain_of(report_on("docs/gallery/two-hidden-layers.md"))
    data = json.loads(json.dumps(to_json(chain)))
    back = from_json(data)
    assert to_json(back) == to_json(chain)
    for spoiled in ({**data, "lines": [["L", [], ["exec", "import os"]]]}, {**data, "lines": [["L", [], ["Path", "x"]]]},
                    {**data, "variables": {"x": 3}}, {}):
        with pytest.raises(NotPortable):
            from_json(spoiled)
