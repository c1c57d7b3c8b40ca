"""Derivatives between proof and code, against numbers that do not come from it."""

from __future__ import annotations

import numpy as np
import pytest

from derivations.pipeline import verify
from numeric import CannotCompile, compile_gradients

UNIT = r"""---
given:
  - x \in \mathbb{{R}}^{{n}}
  - w \in \mathbb{{R}}^{{n}}
  - \phi(z) = {body}
---
$$z = w \odot x, \qquad L = \sum_i \phi(z_i)$$
$$\frac{{\partial L}}{{\partial w}} = {primed} \odot x$$
"""
FUNCTIONS = {  # what a document may define, the function, and its derivative by hand
    r"\frac{1}{1 + e^{-z}}": lambda z: np.exp(-z) / (1 + np.exp(-z)) ** 2,
    r"z \tanh(z)": lambda z: np.tanh(z) + z / np.cosh(z) ** 2,
    r"z / (1 + e^{-z})": lambda z: 1 / (1 + np.exp(-z)) + z * np.exp(-z) / (1 + np.exp(-z)) ** 2,
    r"\log(1 + e^z)": lambda z: 1 / (1 + np.exp(-z)),
    r"z^3 - 2 z": lambda z: 3 * z**2 - 2,
    r"\sin(z) + \cos(2z)": lambda z: np.cos(z) - 2 * np.sin(2 * z),
    r"\max(0, z) + |z|": lambda z: (z > 0) + np.sign(z),
    r"\sqrt{1 + z^2}": lambda z: z / np.sqrt(1 + z**2),
    r"e^{-z^2/2}": lambda z: -z * np.exp(-(z**2) / 2),
}


@pytest.mark.parametrize("body", FUNCTIONS)
def test_a_primed_function_of_the_document_runs_as_its_derivative(body: str) -> None:
    report = verify(text=UNIT.format(body=body, primed=r"\phi'(z)"))
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=5), rng.normal(size=5)
    _, gradients = compile_gradients(report, loss="L", parameters=("w",))({"x": x, "w": w})
    np.testing.assert_allclose(gradients["w"], FUNCTIONS[body](w * x) * x, rtol=1e-12)


def test_a_second_derivative_runs_too() -> None:
    text = UNIT.format(body="z^3", primed=r"\phi'(z)").replace(r"L = \sum_i \phi(z_i)", r"L = \sum_i \phi'(z_i)")
    report = verify(text=text.replace(r"= \phi'(z)", r"= \phi''(z)"))
    x, w = np.array([1.0, 2, 3]), np.array([0.5, -1, 2])
    loss, gradients = compile_gradients(report, loss="L", parameters=("w",))({"x": x, "w": w})
    assert loss == pytest.approx(3 * ((w * x) ** 2).sum())
    np.testing.assert_allclose(gradients["w"], 6 * w * x * x)


def test_a_function_that_nobody_knows_is_refused() -> None:
    text = UNIT.format(body="z", primed=r"\phi'(z)").replace(r"  - \phi(z) = z", r"  - '\phi : \mathbb{R} \to \mathbb{R}'")
    with pytest.raises(CannotCompile, match="cannot be computed"):
        compile_gradients(verify(text=text), loss="L", parameters=("w",))


DIFFERENTIAL = r"""---
given:
  - X \in \mathbb{{R}}^{{n \times m}}
  - Y \in \mathbb{{R}}^{{n \times p}}
  - W \in \mathbb{{R}}^{{m \times p}}
---
$$E = XW - Y, \qquad L = \frac12 \operatorname{{tr}}(E^T E)$$
$$dL = {right}$$
"""


@pytest.mark.parametrize("right", [
    r"\operatorname{tr}(E^T X \, dW)", r"\operatorname{tr}(dW^T X^T E)", r"\operatorname{tr}(dW E^T X)",
    r"\sum_{ij} (X^T E)_{ij} dW_{ij}", r"\operatorname{tr}((XW)^T X dW) - \operatorname{tr}(Y^T X dW)",
    r"\langle X^T E, dW \rangle",
])  # fmt: skip
def test_the_gradient_is_what_stands_before_the_differential(right: str) -> None:
    rng = np.random.default_rng(0)
    arrays = {"X": rng.normal(size=(4, 3)), "Y": rng.normal(size=(4, 2)), "W": rng.normal(size=(3, 2))}
    compiled = compile_gradients(verify(text=DIFFERENTIAL.format(right=right)), loss="L", parameters=("W",))
    _, gradients = compiled(arrays)
    np.testing.assert_allclose(gradients["W"], arrays["X"].T @ (arrays["X"] @ arrays["W"] - arrays["Y"]))
    assert compiled.claims == ("2.1",)


def test_a_false_differential_counts_in_its_repair() -> None:
    report = verify(text=DIFFERENTIAL.format(right=r"2 \operatorname{tr}(E^T X \, dW)"))
    assert report["2.1"].word == "refuted"
    compiled = compile_gradients(report, loss="L", parameters=("W",))
    assert compiled.repaired == ("2.1",)
    arrays = {"X": np.eye(2), "Y": np.zeros((2, 1)), "W": np.array([[1.0], [2]])}
    np.testing.assert_allclose(compiled(arrays)[1]["W"], [[1], [2]])


def test_a_false_differential_without_repair_is_refused_by_name() -> None:
    report = verify(text=DIFFERENTIAL.format(right=r"\operatorname{tr}(E^T E \, Y^T dW \, W^T W)"))
    with pytest.raises(CannotCompile, match="W"):
        compile_gradients(report, loss="L", parameters=("W",))


def test_the_differential_of_a_symmetric_matrix_names_no_gradient() -> None:
    """tr(A dS) for symmetric dS says nothing about the antisymmetric part of A."""
    text = r"""---
given:
  - A \in \mathbb{R}^{n \times n}
  - S \in \mathbb{S}^{n}
---
$$L = \operatorname{tr}(AS)$$
$$dL = \operatorname{tr}(A \, dS)$$
"""
    with pytest.raises(CannotCompile, match="no proved line gives"):
        compile_gradients(verify(text=text), loss="L", parameters=("S",))
