"""Generated modules and other libraries: the same numbers, without this program."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from by_hand import POINTS, slopes
from derivations.pipeline import verify
from derivations.report.outline import Report
from numeric import compile_gradients
from numeric.chain import chain_of
from numeric.emit import emit

Reports = Callable[[str], Report]


def needs(target: str) -> Any:
    return pytest.importorskip(target, reason=f"{target} is not installed: pip install 'derivations[{target}]'")


def module_of(report: Report, target: str, folder: Path) -> ModuleType:
    path = folder / f"made_{target}.py"
    path.write_text(emit(chain_of(report), target), encoding="utf-8")
    spec = importlib.util.spec_from_file_location(path.stem, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def arguments(report: Report, arrays: dict[str, Any]) -> list[Any]:
    """In the order of the module: features, labels, whatever else is given, parameters."""
    from numeric.emit import _Emitter
    from numeric.targets.functional import LIBRARIES

    return [arrays[name] for name in _Emitter(chain_of(report), LIBRARIES["numpy"]).inputs()]


@pytest.mark.parametrize("target", ["jax", "torch", "numba"])
@pytest.mark.parametrize("path", POINTS)
def test_other_libraries_compute_the_same(path: str, target: str, report_on: Reports) -> None:
    """In float64 to 12 digits."""
    needs(target)
    loss, draw = POINTS[path]
    arrays = draw(np.random.default_rng(5))
    found, gradients = compile_gradients(report_on(path), backend=target)(arrays)
    assert found == pytest.approx(loss(arrays), rel=1e-12)
    for name, gradient in compile_gradients(report_on(path))(arrays)[1].items():
        np.testing.assert_allclose(np.asarray(gradients[name]), gradient, rtol=1e-11, atol=1e-13)


def test_numba_keeps_float32_and_labels_of_every_kind() -> None:
    """One label, labels a row, classes first and last, whole matrices: everything that has a helper of its own."""
    needs("numba")
    text = r"""---
given:
  - Z \in \mathbb{R}^{N \times C}
  - k \in \{1,\dots,C\}^N
  - u \in \mathbb{R}^{C}
  - y \in \{1,\dots,C\}
  - A \in \mathbb{R}^{C \times C}
---
$$L = \sum_i \left( \log \sum_c e^{Z_{ic}} - Z_{i k_i} \right) + \log \sum_c e^{u_c} - u_y + \operatorname{tr}(A^2) + \|Z\|_F^2$$
$$\frac{\partial L}{\partial Z_{ic}} = \frac{e^{Z_{ic}}}{\sum_j e^{Z_{ij}}} - \delta_{c k_i} + 2 Z_{ic}$$
$$\frac{\partial L}{\partial u} = \operatorname{softmax}(u) - e_y$$
$$\frac{\partial L}{\partial A} = 2 A^T$$
"""
    rng = np.random.default_rng(3)
    arrays = {"Z": rng.normal(size=(5, 4)), "k": np.array([3, 0, 1, 1, 2]), "u": rng.normal(size=4), "y": 2,
              "A": rng.normal(size=(4, 4))}
    report = verify(text=text)
    compiled = compile_gradients(report, backend="numba", dtype="float32", loss="L", parameters=("Z", "u", "A"))
    _, gradients = compiled(arrays)
    soft = np.exp(arrays["Z"]) / np.exp(arrays["Z"]).sum(axis=1, keepdims=True)
    alone = np.exp(arrays["u"]) / np.exp(arrays["u"]).sum()
    expected = {"Z": soft - np.eye(4)[arrays["k"]] + 2 * arrays["Z"], "u": alone - np.eye(4)[2], "A": 2 * arrays["A"].T}
    for name, gradient in gradients.items():
        assert gradient.dtype == np.dtype("float32")
        np.testing.assert_allclose(gradient, expected[name], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("path", POINTS)
def test_the_numpy_module_computes_loss_and_gradients(path: str, report_on: Reports, tmp_path: Path) -> None:
    loss, draw = POINTS[path]
    arrays = draw(np.random.default_rng(6))
    module = module_of(report_on(path), "numpy", tmp_path)
    found, gradients = module.loss_and_gradients(*arguments(report_on(path), arrays))
    assert found == pytest.approx(loss(arrays), rel=1e-12)
    for name, gradient in zip(chain_of(report_on(path)).parameters, gradients, strict=True):
        np.testing.assert_allclose(gradient, slopes(loss, arrays, name), rtol=1e-6, atol=1e-7)


def test_the_numpy_module_needs_numpy_alone(report_on: Reports, tmp_path: Path) -> None:
    """It runs where neither SymPy nor this program can be imported."""
    path = tmp_path / "made.py"
    path.write_text(emit(chain_of(report_on("docs/backpropagation.md")), "numpy"), encoding="utf-8")
    code = (
        "import sys\nfor name in ('sympy', 'derivations', 'numeric', 'scipy'): sys.modules[name] = None\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\nimport made, numpy as np\n"
        "loss, (d1, d2) = made.loss_and_gradients(np.ones((2, 3)), np.array([0, 1]), np.ones((3, 4)), np.ones((4, 2)))\n"
        "print(round(float(loss), 6), d1.shape, d2.shape)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout.strip() == "0.693147 (3, 4) (4, 2)", done.stderr


@pytest.mark.parametrize("path", POINTS)
def test_torch_differentiates_through_the_module(path: str, report_on: Reports, tmp_path: Path) -> None:
    """gradcheck, by every parameter."""
    torch = needs("torch")
    arrays = POINTS[path][1](np.random.default_rng(7))
    report = report_on(path)
    module = module_of(report, "torch", tmp_path)
    values = [torch.as_tensor(a) for a in arguments(report, arrays)]
    count = len(chain_of(report).parameters)
    data, parameters = values[:-count], [v.double().requires_grad_() for v in values[-count:]]
    if "gaussian" in path:  # the precision is symmetric: only symmetric directions count
        parameters, data = parameters[:1], data
        assert torch.autograd.gradcheck(lambda mu: module.loss(*data, mu, values[-1]), parameters)
        return
    assert torch.autograd.gradcheck(lambda *p: module.loss(*data, *p), parameters)


def test_torch_refuses_gradients_that_the_document_does_not_derive(report_on: Reports, tmp_path: Path) -> None:
    torch = needs("torch")
    report = report_on("docs/gallery/ridge.md")
    module = module_of(report, "torch", tmp_path)
    values = [torch.as_tensor(a) for a in arguments(report, POINTS["docs/gallery/ridge.md"][1](np.random.default_rng(7)))]
    values[0].requires_grad_()
    with pytest.raises(RuntimeError, match="derives gradients by its parameters"):
        module.loss(*values)


@pytest.mark.parametrize("path", POINTS)
def test_jax_differentiates_through_the_module(path: str, report_on: Reports, tmp_path: Path) -> None:
    """check_grads in reverse mode, by every parameter."""
    jax = needs("jax")
    from jax.test_util import check_grads

    with jax.enable_x64(True):
        arrays = POINTS[path][1](np.random.default_rng(8))
        report = report_on(path)
        module = module_of(report, "jax", tmp_path)
        values = [jax.numpy.asarray(a) for a in arguments(report, arrays)]
        count = 1 if "gaussian" in path else len(chain_of(report).parameters)
        first = len(values) - len(chain_of(report).parameters)
        data, parameters, rest = values[:first], values[first:first + count], values[first + count:]
        check_grads(lambda *p: module.loss(*data, *p, *rest), parameters, order=1, modes=["rev"])


def test_the_claim_and_its_verdict_stand_above_each_function(report_on: Reports) -> None:
    text = emit(chain_of(report_on("docs/backpropagation.md")), "numpy")
    above = text[: text.index("def gradient_W_1")].splitlines()[-2:]
    assert above == [r"# Claim 9.1, line 83: \frac{\partial L}{\partial W_1} = X^{(0)T} \bullet dX^{(1)}",
                     "#   proved for all sizes"]
    assert "refuted as written; repaired and proved for all sizes" in text
    assert "Shapes: X_0 (N, D), dX_1 (N, H) → (D, H)." in text


def test_names_cannot_break_out_of_the_module(tmp_path: Path) -> None:
    """Line breaks, quotes and keywords in a document end up as comments and harmless identifiers."""
    text = (
        "---\ngiven:\n  - \\lambda \\in \\mathbb{R}^{n}\n  - if \\in \\mathbb{R}\n"
        "train:\n  loss: f\n  parameters: [\\lambda]\n---\n"
        "$$f = \\lambda^T\n\\lambda + \\text{\"\"\"} if$$\n\n$$\\nabla_\\lambda f = \n 2 \\lambda$$\n"
    )
    report = verify(text=text)
    if all(c.word in ("proved", "definition") for c in report.claims):
        compile(emit(chain_of(report), "numpy"), "made", "exec")
