"""The losses of the documents, written out by hand: what compiled code is compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Arrays = dict[str, Any]


def cross_entropy(scores: Any, labels: Any) -> float:
    """Mean of −log softmax(scores)[label] over the rows, in the textbook form."""
    probabilities = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    return float(-np.log(probabilities[np.arange(len(labels)), labels]).mean())


def network(a: Arrays) -> float:
    return cross_entropy(np.maximum(a["X^{(0)}"] @ a["W_1"], 0) @ a["W_2"], a["k"])


def logistic(a: Arrays) -> float:
    p = 1 / (1 + np.exp(-(a["X"] @ a["w"] + a["b"])))
    return float(-(a["y"] * np.log(p) + (1 - a["y"]) * np.log(1 - p)).mean())


def softmax_regression(a: Arrays) -> float:
    return cross_entropy(a["X"] @ a["W"] + a["b"], a["Y"].argmax(axis=1))


def ridge(a: Arrays) -> float:
    return float(((a["X"] @ a["w"] - a["y"]) ** 2).sum() / 2 + a["\\lambda"] / 2 * (a["w"] ** 2).sum())


def weight_decay(a: Arrays) -> float:
    hidden = np.maximum(a["X"] @ a["W_1"] + a["b_1"], 0)
    penalty = (a["W_1"] ** 2).sum() + (a["W_2"] ** 2).sum()
    return cross_entropy(hidden @ a["W_2"] + a["b_2"], a["k"]) + 0.001 / 2 * float(penalty)


def two_hidden(a: Arrays) -> float:
    first = np.maximum(a["X"] @ a["W_1"] + a["b_1"], 0)
    second = np.tanh(first @ a["W_2"] + a["b_2"])
    return cross_entropy(second @ a["W_3"] + a["b_3"], a["k"])


def factorisation(a: Arrays) -> float:
    error = a["M"] * (a["U"] @ a["V"].T - a["R"])
    return float((error**2).sum() / 2 + a["\\lambda"] / 2 * ((a["U"] ** 2).sum() + (a["V"] ** 2).sum()))


def gaussian(a: Arrays) -> float:
    """Mean of −log N(x; μ, Λ⁻¹) over the rows."""
    precision, deviations = a["\\Lambda"], a["X"] - a["\\mu"]
    quadratic = np.array([d @ precision @ d for d in deviations]).mean()
    return float(len(precision) / 2 * np.log(2 * np.pi) - np.log(np.linalg.det(precision)) / 2 + quadratic / 2)


def linear(a: Arrays) -> float:
    return float(((a["X"] @ a["w"] + a["b"] - a["y"]) ** 2).mean() / 2)


def deltas(a: Arrays) -> float:
    hidden = 1 / (1 + np.exp(-(a["X"] @ a["W^{(1)}"] + a["b^{(1)}"])))
    said = 1 / (1 + np.exp(-(hidden @ a["W^{(2)}"] + a["b^{(2)}"])))
    return float(((said - a["Y"]) ** 2).sum() / (2 * len(said)))


def _network_point(rng: Any) -> Arrays:
    return {"X^{(0)}": rng.normal(size=(5, 4)), "k": np.array([2, 0, 1, 1, 2]), "W_1": rng.normal(size=(4, 6)),
            "W_2": rng.normal(size=(6, 3))}


def _regression(rng: Any) -> Arrays:
    return {"X": rng.normal(size=(6, 3)), "w": rng.normal(size=3)}


def _decay_point(rng: Any) -> Arrays:
    return {"X": rng.normal(size=(5, 4)), "k": np.array([2, 0, 1, 1, 2]), "W_1": rng.normal(size=(4, 6)),
            "b_1": rng.normal(size=6), "W_2": rng.normal(size=(6, 3)), "b_2": rng.normal(size=3)}


def _precision(rng: Any) -> Any:
    root = rng.normal(size=(3, 3))
    return root @ root.T + np.eye(3)


POINTS: dict[str, tuple[Callable[[Arrays], float], Callable[[Any], Arrays]]] = {
    "docs/backpropagation.md": (network, _network_point),
    "docs/backpropagation-corrected.md": (network, _network_point),
    "docs/gallery/logistic-regression.md": (
        logistic, lambda rng: {**_regression(rng), "y": np.array([1.0, 0, 0, 1, 1, 0]), "b": 0.3}),
    "docs/gallery/softmax-regression.md": (
        softmax_regression, lambda rng: {"X": rng.normal(size=(5, 4)), "Y": np.eye(3)[[2, 0, 1, 1, 2]],
                                         "W": rng.normal(size=(4, 3)), "b": rng.normal(size=3)}),
    "docs/gallery/ridge.md": (ridge, lambda rng: {**_regression(rng), "y": rng.normal(size=6), "\\lambda": 0.7}),
    "docs/gallery/mlp-weight-decay.md": (weight_decay, _decay_point),
    "docs/gallery/two-hidden-layers.md": (
        two_hidden, lambda rng: {"X": rng.normal(size=(5, 4)), "k": np.array([2, 0, 1, 1, 2]), "W_1": rng.normal(size=(4, 6)),
                                 "b_1": rng.normal(size=6), "W_2": rng.normal(size=(6, 7)), "b_2": rng.normal(size=7),
                                 "W_3": rng.normal(size=(7, 3)), "b_3": rng.normal(size=3)}),
    "docs/gallery/linear-regression.md": (linear, lambda rng: {**_regression(rng), "y": rng.normal(size=6), "b": 0.3}),
    "docs/gallery/backpropagation-by-deltas.md": (
        deltas, lambda rng: {"X": rng.normal(size=(5, 4)), "Y": rng.normal(size=(5, 3)), "W^{(1)}": rng.normal(size=(4, 6)),
                             "b^{(1)}": rng.normal(size=6), "W^{(2)}": rng.normal(size=(6, 3)), "b^{(2)}": rng.normal(size=3)}),
    "docs/gallery/matrix-factorisation.md": (
        factorisation, lambda rng: {"R": rng.normal(size=(4, 5)), "M": (rng.normal(size=(4, 5)) > 0) * 1.0,
                                    "U": rng.normal(size=(4, 2)), "V": rng.normal(size=(5, 2)), "\\lambda": 0.4}),
    "docs/gallery/gaussian-maximum-likelihood.md": (
        gaussian, lambda rng: {"X": rng.normal(size=(6, 3)), "\\mu": rng.normal(size=3), "\\Lambda": _precision(rng)}),
}  # fmt: skip


def slopes(loss: Callable[[Arrays], float], arrays: Arrays, name: str, step: float = 1e-6) -> Any:
    """Central differences of a loss by one array; by a symmetric matrix, the symmetric part."""
    values = np.array(arrays[name], dtype=float)
    found = np.empty_like(values)
    for place in np.ndindex(values.shape):
        up, down = values.copy(), values.copy()
        up[place] += step
        down[place] -= step
        found[place] = (loss({**arrays, name: up}) - loss({**arrays, name: down})) / (2 * step)
    return (found + found.T) / 2 if name == "\\Lambda" else found
