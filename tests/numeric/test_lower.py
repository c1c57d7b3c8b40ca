"""What runs is what was proved: compiled losses and gradients against formulas written by hand."""

from __future__ import annotations

import dataclasses
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from by_hand import POINTS, network, slopes
from derivations.claims import Context
from derivations.pipeline import verify
from derivations.report.outline import Report
from derivations.verdicts import AllSizes, Proved, Refuted, Unknown
from numeric import BadInput, CannotCompile, compile_gradients
from numeric.algebra import REWRITES
from numeric.check import WrongGradient, check_gradients
from numeric.lower import sizes_of
from numeric.step import Stepper

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]


def point(path: str, seed: int = 0) -> dict[str, Any]:
    return POINTS[path][1](np.random.default_rng(seed))


@pytest.mark.parametrize("path", POINTS)
def test_losses_and_gradients_are_those_written_by_hand(path: str, report_on: Reports) -> None:
    """In float64 the loss agrees to rounding and every gradient with the slopes of the loss written by hand."""
    loss = POINTS[path][0]
    compiled = compile_gradients(report_on(path))
    for seed in range(3):
        arrays = point(path, seed)
        found, gradients = compiled(arrays)
        assert found == pytest.approx(loss(arrays), rel=1e-12)
        assert tuple(gradients) == compiled.parameters
        for name, gradient in gradients.items():
            assert gradient.shape == np.shape(arrays[name])
            np.testing.assert_allclose(gradient, slopes(loss, arrays, name), rtol=1e-6, atol=1e-7)


def test_every_document_that_trains_is_among_them() -> None:
    pages = [*ROOT.glob("docs/*.md"), *ROOT.glob("docs/gallery/*.md")]
    assert {str(p.relative_to(ROOT)) for p in pages if "\ntrain:\n" in p.read_text(encoding="utf-8")} == POINTS.keys()


@pytest.mark.parametrize("path", [p for p in POINTS if "gallery" in p])
def test_nothing_in_the_gallery_is_refuted(path: str, report_on: Reports) -> None:
    """Every line is read and proved for all sizes."""
    claims = report_on(path).claims
    assert {c.word for c in claims} <= {"definition", "proved"}
    assert all(isinstance(c.verdict.scope, AllSizes) for c in claims if isinstance(c.verdict, Proved))
    assert report_on(path).documents[0].training is not None


@pytest.mark.parametrize("path", POINTS)
def test_float32_stays_float32(path: str, report_on: Reports) -> None:
    """Every buffer, gradient and intermediate array is of the kind that was asked for."""
    compiled = compile_gradients(report_on(path), dtype="float32")
    arrays = point(path)
    found, gradients = compiled(arrays)
    assert found == pytest.approx(POINTS[path][0](arrays), rel=1e-4)
    assert {g.dtype for g in gradients.values()} == {np.dtype("float32")}
    bound, _, _ = next(iter(compiled._bound.values()))
    kinds = {v.dtype for v in bound.__globals__.values() if isinstance(v, np.ndarray)}
    assert {k for k in kinds if k.kind not in "bi"} == {np.dtype("float32")}


def test_the_chain_is_followed_and_nothing_computed_twice(report_on: Reports) -> None:
    """The reference network takes its five matrix products and one exponential."""
    compiled = compile_gradients(report_on(REFERENCE))
    assert compiled.source.count("matmul(") == 5
    assert compiled.source.count("exp(") == 1
    assert set(compiled.claims) == {"5.1", "5.2", "7.2", "7.4", "8.1", "9.1"}


def test_the_compiled_object_knows_where_it_comes_from(report_on: Reports) -> None:
    compiled = compile_gradients(report_on(REFERENCE))
    assert compiled.repaired == ("5.1", "5.2")
    assert compiled.document == __import__("hashlib").sha256((ROOT / REFERENCE).read_bytes()).hexdigest()
    assert {str(s.scope) for s in compiled.sources} == {"all sizes"}
    assert any("gradient of L by X^{(1)}" in c for c in compiled.conventions)


def test_no_text_of_the_document_gets_into_the_code() -> None:
    """Names in the code are our own, whatever the document calls things."""
    text = (
        "---\ngiven:\n  - import \\in \\mathbb{R}^{n}\ntrain:\n  loss: exec\n  parameters: [import]\n---\n"
        "$$exec = import^T import$$\n\n$$\\nabla_{import} exec = 2 import$$\n"
    )
    compiled = compile_gradients(verify(text=text))
    assert compiled.parameters == ("import",)
    assert "import" not in compiled.source
    assert "exec" not in compiled.source
    found, gradients = compiled({"import": [1.0, 2.0]})
    assert found == 5
    assert list(gradients["import"]) == [2, 4]


# ----------------------------------------------------------------- refusals


def with_verdict(report: Report, claim: str, verdict: Any) -> Report:
    """The report with another verdict on one claim."""
    (document,) = report.documents
    displays = tuple(
        dataclasses.replace(d, claims=tuple(dataclasses.replace(c, verdict=verdict) if c.id == claim else c for c in d.claims))
        for d in document.displays)
    return Report((dataclasses.replace(document, displays=displays),))


def test_a_line_that_is_not_proved_is_refused_by_name(report_on: Reports) -> None:
    report = with_verdict(report_on(REFERENCE), "9.1", Unknown("too long", "time"))
    with pytest.raises(CannotCompile, match=r"∂L/∂W_1.*claim 9\.1\) is unknown"):
        compile_gradients(report)


def test_a_refuted_line_without_repair_is_refused_by_name(report_on: Reports) -> None:
    verdict = report_on(REFERENCE)["5.1"].verdict
    assert isinstance(verdict, Refuted)
    report = with_verdict(report_on(REFERENCE), "5.1", dataclasses.replace(verdict, repair=None))
    with pytest.raises(CannotCompile, match=r"∂L/∂X\^\{\(3\)\}.*claim 5\.1\) is refuted"):
        compile_gradients(report)


def test_a_repair_without_its_proof_is_refused(report_on: Reports) -> None:
    verdict = report_on(REFERENCE)["5.1"].verdict
    assert isinstance(verdict, Refuted)
    assert verdict.repair is not None
    bare = dataclasses.replace(verdict, repair=dataclasses.replace(verdict.repair, proof=None))
    with pytest.raises(CannotCompile, match=r"5\.1"):
        compile_gradients(with_verdict(report_on(REFERENCE), "5.1", bare))


@pytest.mark.parametrize(("true", "false"), [(r"X^T (X w - y)", r"X^T (y - X w)"), (r"+ \lambda w", r"+ 2 \lambda w")])
def test_a_false_gradient_never_runs_as_written(true: str, false: str) -> None:
    """Its repair runs, and is right."""
    text = (ROOT / "docs/gallery/ridge.md").read_text().replace(true, false)
    loss, draw = POINTS["docs/gallery/ridge.md"]
    report = verify(text=text)
    assert [c.id for c in report.refuted] == ["3.1"]
    compiled = compile_gradients(report)
    assert compiled.repaired == ("3.1",)
    arrays = draw(np.random.default_rng(0))
    np.testing.assert_allclose(compiled(arrays)[1]["w"], slopes(loss, arrays, "w"), rtol=1e-6)


def test_without_a_train_block_loss_and_parameters_are_named() -> None:
    text = (ROOT / "docs/gallery/ridge.md").read_text()
    bare = "---" + text[text.index("---", 3):].replace("---", "", 1)
    given = [r"X \in \mathbb{R}^{n \times d}", r"y \in \mathbb{R}^{n}", r"w \in \mathbb{R}^{d}", r"\lambda \in \mathbb{R}_{>0}"]
    report = verify(text=bare.removeprefix("---"), given=given)
    with pytest.raises(CannotCompile, match="train: block"):
        compile_gradients(report)
    with pytest.raises(CannotCompile, match="q is not a name"):
        compile_gradients(report, loss="f", parameters=["q"])
    arrays = point("docs/gallery/ridge.md")
    found = compile_gradients(report, loss="f", parameters=["w"])(arrays)[0]
    assert found == pytest.approx(POINTS["docs/gallery/ridge.md"][0](arrays))


def test_a_name_to_train_that_nothing_introduces_is_told() -> None:
    text = (ROOT / "docs/gallery/ridge.md").read_text().replace("parameters: [w]", "parameters: [w, V]")
    (problem,) = verify(text=text).problems
    assert "V is to be trained with, but nothing introduces it" in problem.problem.message


def test_a_wrong_gradient_is_noticed_before_training(report_on: Reports, monkeypatch: pytest.MonkeyPatch) -> None:
    """The comparison with differences can fail."""
    monkeypatch.setattr("numeric.check.differences", lambda compiled, arrays, name: 1.001 * compiled(arrays)[1][name])
    with pytest.raises(WrongGradient, match="W_1"):
        check_gradients(compile_gradients(report_on(REFERENCE)))


# ---------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"k": np.array([2, 0, 3, 1, 2])}, r"row 3 has the label 3; there are 3 classes"),
        ({"k": np.array([2, 0, 1, -1, 2])}, r"row 4 has the negative label -1"),
        ({"k": np.array([2, 0, 1, 0.5, 2])}, r"whole numbers"),
        ({"k": np.array([2, 0, 1, 1])}, r"N is 5 in X\^\{\(0\)\} and 4 in k"),
        ({"W_2": np.ones((5, 3))}, r"H is 6 in W_1 and 5 in W_2"),
        ({"W_1": np.ones(4)}, r"W_1 has 2 axes"),
    ],
)  # fmt: skip
def test_what_contradicts_the_document_is_told(change: dict[str, Any], message: str, report_on: Reports) -> None:
    with pytest.raises(BadInput, match=message):
        compile_gradients(report_on(REFERENCE))({**point(REFERENCE), **change})


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_a_feature_that_is_no_number_is_told_with_row_and_column(bad: float, report_on: Reports) -> None:
    arrays = point(REFERENCE)
    arrays["X^{(0)}"][1, 2] = bad
    with pytest.raises(BadInput, match=r"X\^\{\(0\)\}: row 2, column 3 is"):
        compile_gradients(report_on(REFERENCE))(arrays)


def test_a_missing_array_is_told(report_on: Reports) -> None:
    with pytest.raises(BadInput, match="W_2 is missing"):
        compile_gradients(report_on(REFERENCE))({n: a for n, a in point(REFERENCE).items() if n != "W_2"})


# --------------------------------------------------------------- one step


@pytest.mark.parametrize("path", POINTS)
def test_a_step_of_descent_subtracts_rate_times_gradient(path: str, report_on: Reports) -> None:
    """With the rate folded into the gradients, whatever the document adds to them."""
    arrays = point(path)
    compiled = compile_gradients(report_on(path))
    loss, gradients = compiled(arrays)
    sizes = sizes_of(compiled.chain.context, {n: np.asarray(a) for n, a in arrays.items()})
    stepper = Stepper(compiled.chain, sizes, "float64", with_rate=True)
    for name, values in stepper.parameters.items():
        values[...] = arrays[name]
    found = stepper.descent_at({}, rate=0.25)(*(arrays[n] for n in stepper.data))
    assert found == pytest.approx(loss, rel=1e-12)
    for name, values in stepper.parameters.items():
        np.testing.assert_allclose(values, arrays[name] - 0.25 * gradients[name], rtol=1e-11, atol=1e-13)


# ---------------------------------------------------------------- stability


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("scale", [1e4, -1e4])
def test_scores_of_ten_thousand_neither_overflow_nor_vanish(scale: float, dtype: str, report_on: Reports) -> None:
    """A sample that is wrong by 2·10⁴ costs just that; one that is right costs nothing."""
    compiled = compile_gradients(report_on(REFERENCE), dtype=dtype)
    weights = {"W_1": np.ones((1, 1)), "W_2": np.array([[scale, -scale]])}
    arrays = {"X^{(0)}": np.ones((2, 1)), "k": np.array([0, 1]), **weights}
    found, gradients = compiled(arrays)
    assert found == pytest.approx(1e4)  # one of the two rows is wrong by 2e4, the mean is half
    assert all(np.isfinite(g).all() for g in gradients.values())


def test_a_confident_logistic_regression_is_finite(report_on: Reports) -> None:
    arrays = {"X": np.array([[1e4], [-1e4]]), "y": np.array([1.0, 1.0]), "w": np.ones(1), "b": 0.0}
    found, gradients = compile_gradients(report_on("docs/gallery/logistic-regression.md"))(arrays)
    assert found == pytest.approx(5e3)
    assert gradients["w"] == pytest.approx(5e3)


def test_memory_does_not_grow_from_step_to_step(report_on: Reports) -> None:
    compiled = compile_gradients(report_on(REFERENCE))
    arrays = point(REFERENCE)
    for _ in range(20):
        compiled(arrays)
    tracemalloc.start()
    try:
        before = tracemalloc.get_traced_memory()[0]
        for _ in range(200):
            compiled(arrays)
        after = tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()
    assert after - before < 20_000


def test_results_are_the_callers_own(report_on: Reports) -> None:
    """A second call does not change what the first returned."""
    compiled = compile_gradients(report_on(REFERENCE))
    _, first = compiled(point(REFERENCE, 0))
    kept = first["W_1"].copy()
    compiled(point(REFERENCE, 1))
    np.testing.assert_array_equal(first["W_1"], kept)


# ----------------------------------------------------------------- rewrites


def test_every_rewrite_is_a_section_of_the_catalogue() -> None:
    """What lowering relies on is proved for all sizes in a document whose headings the code names."""
    text = (ROOT / "tests/catalogue/lowering.md").read_text()
    headings = {line.removeprefix("## ").casefold() for line in text.splitlines() if line.startswith("## ")}
    assert {title.casefold() for title in REWRITES.values()} == headings


def test_the_rewrites_that_were_used_are_named(report_on: Reports) -> None:
    used = set(compile_gradients(report_on(REFERENCE)).rewrites)
    assert {"softmax written out", "softmax and a row shift", "label as an index"} <= used
    assert {"relu by its gate", "scalar factor"} <= used


def test_contexts_are_empty_by_default() -> None:
    assert Context().definitions == {}


def test_the_hand_written_network_notices_a_wrong_label() -> None:
    """The yardstick itself can fail."""
    arrays = point(REFERENCE)
    assert network(arrays) != network({**arrays, "k": (arrays["k"] + 1) % 3})
