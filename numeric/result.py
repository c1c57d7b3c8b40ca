"""The result of training, and all that is printed of it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from numeric.check import Check
from numeric.model import Model
from numeric.problem import Problem
from numeric.settings import Settings

if TYPE_CHECKING:
    from matplotlib.figure import Figure


@dataclass(frozen=True, slots=True)
class Epoch:
    """Measures after an epoch; ``loss`` is the mean over its steps.  Accuracies are R² where values are predicted.

    ``train_accuracy`` is measured on 2,000 training rows, or on all where there are fewer.
    """

    epoch: int
    loss: float
    train_accuracy: float | None
    validation_accuracy: float | None
    validation_loss: float | None
    rate: float
    steps_per_second: float


@dataclass(frozen=True, slots=True)
class Trained:
    """``test_accuracy`` is R² where values are predicted, and None where nothing is; ``stopped``: before the last epoch."""

    model: Model
    problem: Problem
    settings: Settings
    history: tuple[Epoch, ...]
    test_accuracy: float | None
    test_loss: float | None
    seconds: float
    check: Check
    batch: int
    stopped: bool
    checkpoint: str | None
    test_labels: Any | None
    test_predictions: Any | None

    @property
    def parameters(self) -> dict[str, Any]:
        """Arrays by the document's names."""
        return dict(self.model.parameters)

    @property
    def claims(self) -> tuple[str, ...]:
        return self.problem.chain.claims

    @property
    def repaired(self) -> tuple[str, ...]:
        return self.problem.chain.repaired

    @property
    def sizes(self) -> dict[str, int]:
        return dict(self.problem.sizes)

    def predict(self, features: Any) -> Any:
        """(rows,): classes counted from 0, or predicted values, for features as they come."""
        return self.model.predict(features)

    def score(self, features: Any, labels: Any) -> float:
        """Accuracy or R² on rows as they come."""
        return self.model.score(features, labels)

    def confusion(self) -> Any | None:
        """(classes, classes): how many test rows of class i were taken for class j; None where there are no classes."""
        if self.test_labels is None or self.test_predictions is None or self.model.metric != "accuracy":
            return None
        count = len(self.model.classes)
        found = np.zeros((count, count), np.intp)
        np.add.at(found, (self.test_labels, self.test_predictions), 1)
        return found

    def plot(self, path: str | Path | None = None) -> Figure:
        """Loss, accuracy, first-layer weights, confusion matrix; written to ``path`` where that is given.  Needs matplotlib."""
        from numeric.plot import figure_of, written

        return figure_of(self) if path is None else written(self, Path(path))

    def save(self, path: str | Path) -> None:
        """Writes parameters and all that prediction needs, atomically; ``numeric.load_model`` reads it."""
        from numeric.checkpoint import save_model

        save_model(Path(path), self)

    def as_json(self) -> dict[str, Any]:
        """CONTRACT section 3; R² stands under names of its own."""
        history = [asdict(e) for e in self.history]
        found = {
            "version": 1, "document": self.problem.chain.document, "claims": list(self.claims), "repaired": list(self.repaired),
            "sizes": self.sizes, "history": history, "test_accuracy": self.test_accuracy, "test_loss": self.test_loss,
            "seconds": self.seconds, "checkpoint": self.checkpoint, "batch": self.batch, "stopped_early": self.stopped,
            "settings": self.settings.as_json(),
        }  # fmt: skip
        if self.model.metric == "r2":
            found["test_r2"], found["test_accuracy"] = found["test_accuracy"], None
            for epoch in history:
                for part in ("train", "validation"):
                    epoch[f"{part}_r2"], epoch[f"{part}_accuracy"] = epoch[f"{part}_accuracy"], None
        return found
