"""Data: every kind of file is read as it is, and what is wrong in one is told with its place."""

from __future__ import annotations

import gzip
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from derivations.report.outline import Report
from numeric import BadInput, NoData, train
from numeric.data import Arrays, Rows, load
from numeric.data.parts import parted, scaling

REFERENCE = "docs/backpropagation.md"
Reports = Callable[[str], Report]


def rows_from(path: Path, **more: Any) -> Rows:
    found = load(path, **more)
    assert isinstance(found, Rows)
    return found


# --------------------------------------------------------------------- csv


def table(folder: Path, text: str, encoding: str = "utf-8") -> Path:
    path = folder / "a.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    ("text", "label", "columns"),
    [
        ("a,b,label\n1,2,0\n3,4,1\n", None, ("a", "b")),
        ("label,a,b\n0,1,2\n1,3,4\n", None, ("a", "b")),
        ("\ufeffa;b;kind\r\n1;2;0\r\n\r\n3;4;1\r\n", None, ("a", "b")),
        ("a\tkind\tb\n1\t0\t2\n3\t1\t4\n", "kind", ("a", "b")),
        ("0,1,2\n1,3,4\n", "1", ()),
        ("1,2,0\n3,4,1\n", None, ()),
        ('"a, really",b,y\n"1","2","0"\n3,4,1\n', None, ("a, really", "b")),
    ],
)
def test_tables_in_their_usual_forms(text: str, label: str | None, columns: tuple[str, ...], tmp_path: Path) -> None:
    """Comma, semicolon or tab; with a header or without; the label by name, by number, by habit, or last."""
    rows = rows_from(table(tmp_path, text), label=label)
    np.testing.assert_array_equal(rows.features, [[1, 2], [3, 4]])
    np.testing.assert_array_equal(rows.labels, [0, 1])
    assert rows.columns == columns


def test_labels_that_are_words_are_classes_in_alphabetical_order(tmp_path: Path, report_on: Reports) -> None:
    text = "width,height,kind\n" + "1,2,oak\n3,4,ash\n" * 10
    result = train(report_on(REFERENCE), str(table(tmp_path, text)), epochs=1)
    assert result.model.classes == ("ash", "oak")
    assert result.model.columns == ("width", "height")
    part = result.problem.parts["train"]
    assert {(float(x[0]), int(k)) for x, k in zip(part["X^{(0)}"], part["k"], strict=True)} == {(-1.0, 1), (1.0, 0)}


@pytest.mark.parametrize(
    ("text", "label", "message"),
    [
        ("a,b,y\n1,2,0\n3,4\n", None, "line 3 has 2 columns, those before it have 3"),
        ("a,b,y\n1,2,0\n3,4,1,5\n", None, "line 3 has 4 columns"),
        ("a,b,y\n1,2,0\n\n3,x,1\n", None, r"line 4, column 2 \(b\): 'x' is no number"),
        ("a,b,y\n1,,0\n", None, r"line 2, column 2 \(b\): there is nothing"),
        ("1,2,0\n1,nan,0\n", None, "line 2, column 2 is nan"),
        ("a,b,y\n1,2,0\n1,1e999,0\n", None, r"line 3, column 2 \(b\) is inf"),
        ("a,b,y\n1,2,\n", None, r"line 2, column 3 \(y\): there is no label"),
        ("a,b,y\n1,2,0\n1,2,-1\n", None, "line 3 has the negative label -1"),
        ("a,b,y\n1,2,0\n1,2,0.5\n", None, "line 3 has the label 0.5: labels are whole numbers"),
        ("a,b,y\n1,2,0\n1,2,nan\n", None, "line 3 has the label nan"),
        ("a,b,y\n1,2,0\n1,2,123456789\n", None, "line 3 has the label 123456789: more than 10000 classes"),
        ("a,b,y\n1,2,0\n", "kind", "there is no column 'kind': its columns are a, b, y"),
        ("1,2,0\n", "9", "there is no column '9': it has 3 columns and no header"),
        ("a,b,y\n", None, "there is a header and no row"),
        ("", None, "the file is empty"),
        ('a,b,y\n1,"2,0\n', None, "line 2: unexpected end of data"),
    ],
)  # fmt: skip
def test_what_is_wrong_in_a_table_is_told_with_its_place(
    text: str, label: str | None, message: str, tmp_path: Path, report_on: Reports
) -> None:
    with pytest.raises((NoData, BadInput), match=message):
        train(report_on(REFERENCE), str(table(tmp_path, text)), epochs=1, label=label)


def test_a_table_in_another_encoding_is_told(tmp_path: Path) -> None:
    with pytest.raises(NoData, match="not UTF-8"):
        load(table(tmp_path, "größe,y\n1,0\n", "latin-1"))


def test_a_size_that_contradicts_a_table_is_told(tmp_path: Path, report_on: Reports) -> None:
    path = table(tmp_path, "a,b,y\n" + "1,2,0\n3,4,1\n" * 5)
    with pytest.raises(BadInput, match=r"--size D=3 contradicts the data: D is 2"):
        train(report_on(REFERENCE), str(path), sizes={"D": 3})
    with pytest.raises(BadInput, match=r"line 3 has the label 1; there are 1 classes"):
        train(report_on(REFERENCE), str(path), sizes={"C": 1})


def test_real_labels_of_a_regression(tmp_path: Path, report_on: Reports) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 2))
    text = "a,b,y\n" + "".join(f"{a},{b},{2 * a - b}\n" for a, b in X)
    result = train(report_on("docs/gallery/ridge.md"), str(table(tmp_path, text)), constants={"lambda": 1e-6}, optimizer="sgd",
                   rate=0.01, epochs=300)
    assert result.test_accuracy == pytest.approx(1, abs=1e-4)
    with pytest.raises(BadInput, match="line 3 has 'x', and y holds numbers"):
        train(report_on("docs/gallery/ridge.md"), str(table(tmp_path, "a,b,y\n1,2,3\n1,2,x\n")), constants={"lambda": 1})


# --------------------------------------------------------------------- npz


def test_archives_with_usual_names_and_with_the_documents(tmp_path: Path) -> None:
    x, y = np.arange(24.0).reshape(6, 4), np.arange(6) % 2
    np.savez(tmp_path / "a.npz", x_train=x, y_train=y, x_test=x[:2], y_test=y[:2])
    rows = rows_from(tmp_path / "a.npz")
    assert rows.test is not None
    assert len(rows.test.features) == 2
    np.savez(tmp_path / "b.npz", **{"X^{(0)}": x, "k": y})
    assert isinstance(load(tmp_path / "b.npz", ["k", "X^{(0)}"]), Arrays)


def test_archives_that_are_none_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, q=np.ones(3))
    with pytest.raises(NoData, match="its arrays are called q: expected the document's names"):
        load(path, ["k"])
    np.savez(path, X=np.array([{}]), y=np.ones(1))
    with pytest.raises(NoData, match="cannot be read"):
        load(path)
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(NoData, match="not a NumPy archive, or a damaged one"):
        load(path)
    np.savez(path, X=np.ones((3, 2)), y=np.ones(4))
    with pytest.raises(NoData, match="3 rows of features and 4 labels"):
        load(path)


def test_numbers_with_names_in_parts_of_their_own(report_on: Reports) -> None:
    """Classes that the source names, labels that are numbers, and test rows that come apart."""
    x = np.random.default_rng(0).normal(size=(40, 3))
    rows = Rows("shop", x, np.arange(40) % 2, classes=("coat", "boot"), test=Rows("apart", x[:8], np.arange(8) % 2))
    result = train(report_on(REFERENCE), rows, epochs=1)
    assert result.model.classes == ("coat", "boot")
    assert result.problem.count("test") == 8
    assert result.confusion().sum(axis=1).tolist() == [4, 4]  # type: ignore[union-attr]


# --------------------------------------------------------------------- idx


def idx(array: Any, kind: int = 8) -> bytes:
    return struct.pack(">HBB", 0, kind, array.ndim) + struct.pack(f">{array.ndim}I", *array.shape) + array.tobytes()


@pytest.mark.parametrize("zipped", [False, True])
def test_idx_files_and_folders(zipped: bool, tmp_path: Path) -> None:
    pictures = np.arange(3 * 2 * 2, dtype=np.uint8).reshape(3, 2, 2)
    ending = ".gz" if zipped else ""
    for stem, images, labels in (("train", pictures, [0, 1, 2]), ("t10k", pictures[:1], [2])):
        for name, array in (("images-idx3", images), ("labels-idx1", np.array(labels, np.uint8))):
            data = idx(array)
            (tmp_path / f"{stem}-{name}-ubyte{ending}").write_bytes(gzip.compress(data) if zipped else data)
    rows = rows_from(tmp_path)
    np.testing.assert_array_equal(rows.features, pictures.reshape(3, 4))
    np.testing.assert_array_equal(rows.labels, [0, 1, 2])
    assert rows.picture == (2, 2)
    assert rows.test is not None
    np.testing.assert_array_equal(rows.test.labels, [2])
    assert rows_from(tmp_path / f"train-images-idx3-ubyte{ending}").test is None


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", r"it begins with the bytes \(none\)"),
        (b"\x89PNG....", "it begins with the bytes 89 50 4e 47"),
        (idx(np.zeros((3, 2), np.uint8))[:9], "the header ends at byte 9, 12 were expected"),
        (idx(np.zeros((3, 2), np.uint8))[:-1], r"an array of shape \(3, 2\) ends at byte 18, the file at byte 17"),
        (idx(np.zeros((3, 2), np.uint8)) + b"x", "ends at byte 18, the file behind byte 18"),
        (struct.pack(">HBB4I", 0, 8, 4, *[2**31] * 4), "ends at byte"),
    ],
)
def test_idx_files_that_are_not_what_they_say_are_told(data: bytes, message: str, tmp_path: Path) -> None:
    path = tmp_path / "a.idx"
    path.write_bytes(data)
    with pytest.raises(NoData, match=message):
        load(path)


def test_a_damaged_gzip_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.idx.gz"
    whole = gzip.compress(idx(np.arange(1000, dtype=np.uint8).reshape(10, 100)))
    for data in (whole[:30], b"none", whole[:40] + bytes([whole[40] ^ 255]) + whole[41:]):
        path.write_bytes(data)
        with pytest.raises(NoData, match="the gzip file is damaged"):
            load(path)


def test_unknown_files_and_names(tmp_path: Path) -> None:
    with pytest.raises(NoData, match=r"no data named 'nothing': known are digits, mnist5k, fashion-mnist"):
        load("nothing")
    (tmp_path / "a.xls").write_bytes(b"")
    with pytest.raises(NoData, match=r"expected .npz, .csv, or IDX"):
        load(tmp_path / "a.xls")


# ------------------------------------------------------------------- parts


def test_parts_are_stratified_disjoint_and_complete() -> None:
    labels = np.repeat([0, 1, 2], [100, 50, 7])
    parts = parted(len(labels), labels, seed=3, test=0.2, validation=0.1)
    assert sorted(np.concatenate([parts.train, parts.validation, parts.test])) == list(range(len(labels)))
    assert list(np.bincount(labels[parts.test])) == [20, 10, 1]
    assert list(np.bincount(labels[parts.validation])) == [8, 4, 1]


def test_a_class_of_one_row_is_trained_with() -> None:
    parts = parted(3, np.array([0, 0, 1]), seed=0, test=0.9, validation=0.9)
    assert set(parts.train) >= {2}


def test_scaling_looks_at_the_training_rows_alone_and_leaves_constant_columns() -> None:
    train_rows = np.array([[1.0, 5.0], [3.0, 5.0]])
    standard = scaling("standard", train_rows, None)
    np.testing.assert_allclose(standard(np.array([[2.0, 5.0], [4.0, 7.0]]), "float64"), [[0, 0], [2, 2]])
    unit = scaling("unit", train_rows, None)
    np.testing.assert_allclose(unit(np.array([[1.0, 5.0], [5.0, 5.0]]), "float64"), [[0, 0], [2, 0]])
    np.testing.assert_allclose(scaling("unit", train_rows, 10.0)(train_rows, "float64"), train_rows / 10)
