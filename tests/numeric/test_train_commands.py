"""The commands around training: what they print, write and refuse."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from derivations.cli import main
from derivations.report.outline import Report
from numeric import BadInput, Settings, choices, train
from numeric.screen import Table, confusion_lines
from numeric.sweep import combinations, sweep

ROOT = Path(__file__).resolve().parents[2]
REFERENCE = str(ROOT / "docs/backpropagation.md")
Reports = Callable[[str], Report]

pytest.importorskip("sklearn", reason="digits come with scikit-learn: pip install 'derivations[numeric]'")


def invoke(*arguments: str) -> Any:
    return CliRunner().invoke(main, arguments, catch_exceptions=False)


# ----------------------------------------------------------------- options


def test_options_with_several_values() -> None:
    assert choices.sizes(("H=32,64", "K=5")) == {"H": [32, 64], "K": [5]}
    assert choices.sizes(("H=32,K=5,6",)) == {"H": [32], "K": [5, 6]}
    assert choices.numbers("0..3,7,7", "--seed") == [0, 1, 2, 3, 7]
    assert choices.rates("1e-3,0.01") == [0.001, 0.01]
    assert choices.constants((r"\lambda=0.5", "a = -2")) == {r"\lambda": 0.5, "a": -2.0}
    assert choices.mesh("data=4, model=2") == {"data": 4, "model": 2}


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (choices.sizes, ("H=many",)), (choices.sizes, ("H=0",)), (choices.sizes, ("32",)), (choices.sizes, ("H=",)),
        (choices.sizes, ("H=-1",)), (choices.rates, "fast"), (choices.rates, "0"), (choices.rates, "nan"),
        (choices.constants, ("lambda",)), (choices.constants, ("=3",)), (choices.mesh, "rows=4"), (choices.mesh, "data"),
        (lambda text: choices.numbers(text, "--seed"), "1..x"), (lambda text: choices.numbers(text, "--seed"), "-1"),
        (lambda text: choices.numbers(text, "--seed"), "0..99999999"),
        (lambda text: choices.numbers(text, "--seed"), "\u0663"),
    ],
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(read: Callable[[Any], Any], text: Any) -> None:
    with pytest.raises(BadInput):
        read(text)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--optimizer", "magic"), "no optimizer named 'magic'"),
        (("--schedule", "magic"), "no schedule named 'magic'"),
        (("--scale", "magic"), "no scaling named 'magic'"),
        (("--init", "magic"), "no initialisation named 'magic'"),
        (("--size", "Q=3"), "the document has no size Q; its sizes are N, D, H, C"),
        (("--set", "Q=3"), "the document has no Q"),
        (("--data", "nothing.csv"), "no data named 'nothing.csv'"),
        (("--plot", "a.bmp", "--epochs", "1"), "a.bmp: pictures are .png, .svg, .pdf"),
        (("--seed", "0..1", "--save", "x"), "--save belongs to one training, and 2 were asked for"),
        (("--backend", "torch", "--devices", "2"), "several devices need --backend jax"),
    ],
)
def test_wrong_usage_is_told_and_exits_with_two(arguments: tuple[str, ...], message: str) -> None:
    result = invoke("train", REFERENCE, "--data", "digits", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


# ------------------------------------------------------------------- sweep


def test_a_sweep_gives_what_each_training_gives_alone(report_on: Reports) -> None:
    """Two processes at a time, in the order that was asked for."""
    report = report_on("docs/backpropagation.md")
    wanted = combinations(Settings(epochs=1), {"H": [4, 6]}, [0.01], [3])
    found = sweep(report, "digits", wanted, jobs=2)
    assert [(o.sizes["H"], o.rate, o.seed) for o in found] == [(4, 0.01, 3), (6, 0.01, 3)]
    alone = [train(report, "digits", s) for s in wanted]
    assert [o.test_accuracy for o in found] == [r.test_accuracy for r in alone]


def test_a_sweep_ends_in_a_table_and_in_one_object() -> None:
    arguments = ("train", REFERENCE, "--data", "digits", "--epochs", "1", "--size", "H=4", "--lr", "0.01,0.1", "--jobs", "1")
    result = invoke(*arguments)
    lines = result.stdout.splitlines()
    assert lines[-3].split() == ["H", "rate", "seeds", "loss", "validation", "test", "accuracy", "s"]
    assert [line.split()[:3] for line in lines[-2:]] == [["4", "0.01", "1"], ["4", "0.1", "1"]]
    assert max(map(len, lines[-3:])) <= 80
    found = json.loads(invoke(*arguments, "--format", "json").stdout)
    assert [run["rate"] for run in found["runs"]] == [0.01, 0.1]
    assert all(0 <= run["test_accuracy"] <= 1 for run in found["runs"])


# ----------------------------------------------------------------- predict


def test_predictions_go_to_a_table_with_accuracy_where_labels_are(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    rows = [(a, b, "up" if a > b else "down") for a, b in rng.normal(size=(300, 2)).round(3).tolist()]
    data, bare, out = tmp_path / "a.csv", tmp_path / "b.csv", tmp_path / "c.csv"
    data.write_text("a,b,kind\n" + "".join(f"{a},{b},{k}\n" for a, b, k in rows))
    bare.write_text("a,b\n" + "".join(f"{a},{b}\n" for a, b, _ in rows))
    model = str(tmp_path / "m" / "model.safetensors")
    assert invoke("train", REFERENCE, "--data", str(data), "--epochs", "60", "--save", model).exit_code == 0
    labelled = invoke("predict", model, "--data", str(data), "-o", str(out))
    assert labelled.exit_code == 0, labelled.stderr
    found = list(csv.DictReader(out.read_text().splitlines()))
    right = np.mean([f["prediction"] == k for f, (_, _, k) in zip(found, rows, strict=True)])
    assert right > 0.9
    assert f"accuracy {100 * right:.1f} % on 300 rows" in labelled.stderr
    assert invoke("predict", model, "--data", str(bare)).stdout == out.read_text()
    as_object = json.loads(invoke("predict", model, "--data", str(data), "--format", "json").stdout)
    assert as_object["predictions"] == [f["prediction"] for f in found]
    assert as_object["accuracy"] == pytest.approx(right)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a,b,c\n1,2,3\n1,2,4\n", "line 2 has the label '3'; the classes are down, up"),
        ("a,b,c,d\n1,2,3,up\n", "3 columns of features, the model was trained with 2"),
        ("b,a\n1,2\n", "its columns are b, a; the model was trained with a, b"),
        ("a,b\n1,nan\n", r"line 2, column 2 \(b\) is nan"),
    ],
)
def test_rows_that_do_not_fit_the_model_are_told(text: str, message: str, tmp_path: Path) -> None:
    import re

    data, model = tmp_path / "a.csv", str(tmp_path / "model.safetensors")
    data.write_text("a,b,kind\n" + "1,2,up\n2,1,down\n" * 20)
    assert invoke("train", REFERENCE, "--data", str(data), "--epochs", "1", "--save", model).exit_code == 0
    data.write_text(text)
    result = invoke("predict", model, "--data", str(data))
    assert result.exit_code == 2
    assert re.search(message, result.stderr), result.stderr


def test_predict_tells_what_is_no_model(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"nothing of the kind")
    result = invoke("predict", str(tmp_path / "x"), "--data", "digits")
    assert result.exit_code == 2
    assert "no checkpoint" in result.stderr
    assert invoke("predict", str(tmp_path / "y"), "--data", "digits").exit_code == 2


# -------------------------------------------------------------------- run


def test_run_does_all_of_it_and_ends_in_one_screen(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'derivations[plot]'")
    result = invoke("run", REFERENCE, "-o", str(tmp_path / "out"), "--epochs", "2")
    assert result.exit_code == 1, result.stderr  # two lines of the document are wrong
    lines = result.stdout.splitlines()
    assert len(lines) <= 24
    for wanted in ("6 definitions, 11 proved, 2 refuted", "✗ 5.1", "✗ 5.2", "test accuracy", "2 of them as repaired"):
        assert wanted in result.stdout
    made = {p.name for p in (tmp_path / "out").iterdir()}
    assert {"backpropagation.html", "backpropagation.tex", "backpropagation.png", "backpropagation.safetensors"} <= made
    assert (tmp_path / "out" / "backpropagation.png").read_bytes()[:4] == b"\x89PNG"


def test_run_without_anything_to_train_or_with_other_data_needed(tmp_path: Path) -> None:
    plain = tmp_path / "a.b.md"
    plain.write_text("---\ngiven: [x \\in \\mathbb{R}]\n---\n$$x + x = 2 x$$\n", encoding="utf-8")
    result = invoke("run", str(plain), "-o", str(tmp_path))
    assert result.exit_code == 0
    assert "none: the document has no train: block" in result.stdout
    assert (tmp_path / "a.b.html").exists()
    ridge = invoke("run", str(ROOT / "docs/gallery/ridge.md"), "-o", str(tmp_path))
    assert ridge.exit_code == 0
    assert "none: the document also needs" in ridge.stdout
    assert invoke("run", str(tmp_path / "nothing.md"), "-o", str(tmp_path)).exit_code == 2


# ------------------------------------------------------------------ screen


def test_tables_fit_into_eighty_columns() -> None:
    names = tuple(f"a rather long name {n}" for n in range(12))
    confusion = np.full((12, 12), 12345)
    assert max(map(len, confusion_lines(confusion, names, colour=False))) <= 80
    many = confusion_lines(np.arange(900).reshape(30, 30), tuple(map(str, range(30))), colour=False)
    assert len(many) == 11
    assert "898 × 29 taken for 28" in "\n".join(many)


def test_the_confusion_matrix_counts_rows_by_true_class() -> None:
    lines = confusion_lines(np.array([[8, 2], [0, 0]]), ("no", "yes"), colour=False)
    assert [line.split() for line in lines[1:]] == [["no", "8", "2", "80.0", "%"], ["yes", "·", "·", "–"]]


def test_long_trainings_show_some_epochs() -> None:
    from numeric.result import Epoch

    table = Table(1000, "accuracy", colour=False)
    shown = [n for n in range(1, 1001) if table.shows(Epoch(n, 0, 0, 0, 0, 0, 0))]
    assert shown[0] == 1
    assert shown[-1] == 1000
    assert len(shown) <= 25


# -------------------------------------------------------------------- plot


@pytest.mark.parametrize("kind", ["png", "svg", "pdf"])
def test_pictures_are_written_without_a_display(kind: str, report_on: Reports, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
                                                ) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'derivations[plot]'")
    monkeypatch.delenv("DISPLAY", raising=False)
    result = train(report_on("docs/backpropagation.md"), "digits", epochs=1)
    path = tmp_path / f"new/a.{kind}"
    figure = result.plot(path)
    assert path.stat().st_size > 5000
    titles = [axes.get_title(loc="left") for axes in figure.axes]
    assert titles == ["Loss L", "Accuracy in %", "What each unit looks at: W_1", "Mistakes on the test rows"]


@pytest.mark.parametrize("path", ["ridge", "gaussian-maximum-likelihood", "matrix-factorisation", "logistic-regression"])
def test_documents_of_other_kinds_have_pictures_too(path: str, report_on: Reports, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="pictures need matplotlib: pip install 'derivations[plot]'")
    rng = np.random.default_rng(0)
    data: dict[str, Any] = {
        "ridge": {"X": rng.normal(size=(20, 3)), "y": rng.normal(size=20)},
        "gaussian-maximum-likelihood": {"X": rng.normal(size=(20, 3))},
        "matrix-factorisation": {"R": rng.normal(size=(4, 5)), "M": np.ones((4, 5))},
        "logistic-regression": {"X": rng.normal(size=(20, 3)), "y": np.arange(20) % 2},
    }[path]  # fmt: skip
    constants = {"lambda": 1.0} if path in ("ridge", "matrix-factorisation") else {}
    result = train(report_on(f"docs/gallery/{path}.md"), data, epochs=3, rate=1e-3, constants=constants)
    result.plot(tmp_path / "a.png")
    assert (tmp_path / "a.png").stat().st_size > 5000
