"""What training leaves behind: parameters, and how new rows become predictions.  No gradient is needed for that."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from numeric.chain import Chain
from numeric.data import Rows
from numeric.data.parts import Scaling
from numeric.lower import BadInput, checked, sizes_of
from numeric.prediction import BLOCK, Prediction, chosen, inputs_of, prediction_of, probabilities
from numeric.problem import Labelling, label_numbers, rows_of


@dataclass(frozen=True)
class Model:
    """``parameters`` and ``constants`` go by the document's names; ``sizes`` are those of training."""

    chain: Chain
    parameters: Mapping[str, Any]
    constants: Mapping[str, Any]
    sizes: Mapping[str, int]
    scaling: Scaling
    labelling: Labelling | None
    dtype: str
    columns: tuple[str, ...] = ()
    picture: tuple[int, int] | None = None

    @cached_property
    def prediction(self) -> Prediction | None:
        return prediction_of(self.chain)

    @property
    def metric(self) -> str | None:
        """What ``score`` returns: "accuracy" from 0 to 1, "r2" up to 1, or nothing."""
        return None if self.prediction is None else "r2" if self.prediction.kind == "real" else "accuracy"

    @property
    def classes(self) -> tuple[str, ...]:
        return self.labelling.classes if self.labelling else ()

    def raw_scores(self, features: Any) -> Any:
        """Scores of rows that are scaled already: (rows, classes), or (rows,) where there is one score a row."""
        if self.prediction is None:
            raise BadInput(f"{self.chain.loss} compares nothing with labels: there is nothing to predict")
        rows, name = rows_of(self.chain), self.chain.features or ""
        found = []
        needed = {n: a for n, a in self.constants.items() if n in inputs_of(self.prediction.function)}
        for start in range(0, max(1, len(features)), BLOCK):
            block = features[start:start + BLOCK]
            arrays = {name: block, **needed, **self.parameters}
            found.append(np.array(self.prediction(arrays, {**self.sizes, rows or "": len(block)}, np.dtype(self.dtype))))
        return np.concatenate(found)

    def scores(self, features: Any) -> Any:
        """As ``raw_scores``, of features as they come: (rows, columns).  Raises BadInput where they do not fit."""
        name = self.chain.features or ""
        array = np.asarray(features)
        array = array.reshape(len(array), -1) if array.ndim > 2 else array
        ready = checked(self.chain.context, {name: 0}, {name: array}, np.float64)
        sizes_of(self.chain.context, {name: ready[name]} | dict(self.parameters))
        return self.raw_scores(self.scaling(ready[name], self.dtype))

    def predict(self, features: Any) -> Any:
        """(rows,): classes counted from 0, or the predicted values."""
        scores = self.scores(features)
        kind = self.prediction.kind if self.prediction else "real"
        return scores if kind == "real" else chosen(kind, scores)

    def predict_probabilities(self, features: Any) -> Any:
        """(rows, classes)."""
        if self.metric != "accuracy" or self.prediction is None:
            raise BadInput("there are no classes, and so no probabilities")
        return probabilities(self.prediction.kind, self.scores(features))

    def score(self, features: Any, labels: Any) -> float:
        """Accuracy, or R² of predicted values."""
        numbers = self.numbers(Rows("data", np.asarray(features), np.asarray(labels)))
        return measured(self.metric, self.predict(features), numbers)

    def numbers(self, rows: Rows) -> Any:
        """The labels of new rows in the numbers of training."""
        return label_numbers(self.chain, rows, self.sizes, self.labelling)[1]


def measured(metric: str | None, predicted: Any, labels: Any) -> float:
    """The share of right classes, or 1 − Σ(y − ŷ)² / Σ(y − ȳ)²."""
    if metric != "r2":
        return float(np.mean(predicted == labels))
    predicted, labels = np.asarray(predicted, np.float64), np.asarray(labels, np.float64)
    spread = float(((labels - labels.mean()) ** 2).sum())
    return 1 - float(((labels - predicted) ** 2).sum()) / spread if spread else 0.0
