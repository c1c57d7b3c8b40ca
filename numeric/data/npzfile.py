"""NumPy archives: rows under the usual names, or arrays under the document's."""

from __future__ import annotations

import zipfile
from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from numeric.data.table import Arrays, Dataset, NoData, of_rows

FEATURES = ("X", "x", "features", "data", "X_train", "x_train", "train_images")
LABELS = ("y", "labels", "label", "target", "y_train", "train_labels")
TESTS = (("X_test", "y_test"), ("x_test", "y_test"), ("test_images", "test_labels"))
LARGEST = 16 << 30  # bytes, unpacked


def load_npz(path: Path, symbols: Collection[str]) -> Dataset:
    """``symbols`` are the document's names: an archive whose keys are all among them holds the document's arrays."""
    arrays = read_npz(path)
    if not arrays:
        raise NoData(f"{path}: the archive is empty")
    features = next((n for n in FEATURES if n in arrays), None)
    labels = next((n for n in LABELS if n in arrays), None)
    if set(arrays) <= set(symbols):
        return Arrays(str(path), arrays)
    if features is None:
        raise NoData(f"{path}: its arrays are called {', '.join(sorted(arrays))}: expected the document's names "
                     f"({', '.join(sorted(symbols))}), or X and y")
    test = next(((x, y) for x, y in TESTS if x in arrays and y in arrays), None)
    apart = None if test is None else of_rows(f"{path} ({test[0]})", arrays[test[0]], arrays[test[1]])
    return of_rows(str(path), arrays[features], None if labels is None else arrays[labels],
                   **({"scale": "standard"} if arrays[features].dtype != np.uint8 else {}), test=apart)


def read_npz(path: Path) -> dict[str, Any]:
    try:
        with zipfile.ZipFile(path) as archive:
            if sum(entry.file_size for entry in archive.infolist()) > LARGEST:
                raise NoData(f"{path}: more than {LARGEST >> 30} GiB unpacked")
        with np.load(path, allow_pickle=False) as found:
            return {name: found[name] for name in found.files}
    except zipfile.BadZipFile as error:
        raise NoData(f"{path}: not a NumPy archive, or a damaged one: {error}") from None
    except MemoryError as error:
        raise NoData(f"{path}: an array in it is too large for this machine: {error}") from None
    except (ValueError, EOFError) as error:
        if isinstance(error, NoData):
            raise
        raise NoData(f"{path}: an array in it cannot be read: {error}") from None
