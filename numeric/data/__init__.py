"""Data to train with: by name, from files, or arrays that are there already."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any, TypeAlias

from numeric.data.table import Arrays, Dataset, NoData, Rows, Scale, of_rows

Source: TypeAlias = str | Path | Dataset | Mapping[str, Any] | tuple[Any, Any]


def load(source: Source, symbols: Collection[str] = (), label: str | None = None, labelled: bool = True) -> Dataset:
    """A data set: a name, a file or a folder, (features, labels), or arrays under the document's names.

    ``symbols`` are the document's names, the labels' first; ``label`` names the label's column in a table.  Raises NoData.
    """
    if isinstance(source, (Rows, Arrays)):
        return source
    if isinstance(source, Mapping):
        return Arrays("data", source)
    if isinstance(source, tuple):
        features, labels = source
        return of_rows("data", features, labels)
    from numeric.data.named import NAMED

    if str(source) in NAMED:
        return NAMED[str(source)]()
    return from_file(Path(source), symbols, label, labelled)


def from_file(path: Path, symbols: Collection[str], label: str | None, labelled: bool) -> Dataset:
    from numeric.data.idx import is_idx, load_idx

    if not path.exists():
        from numeric.data.named import NAMED

        raise NoData(f"no data named {str(path)!r}: known are {', '.join(NAMED)}; and there is no such file")
    if not (path.is_file() or path.is_dir()):
        raise NoData(f"{path}: this is a pipe or a device, expected a file")
    if is_idx(path):
        return load_idx(path)
    match path.suffix.lower():
        case ".npz":
            from numeric.data.npzfile import load_npz

            return load_npz(path, symbols)
        case ".csv" | ".tsv" | ".txt":
            from numeric.data.csvfile import load_csv

            return load_csv(path, label, tuple(symbols), labelled)
        case _:
            raise NoData(f"{path}: a file of a kind that is not known: expected .npz, .csv, or IDX (…-ubyte, …-ubyte.gz, .idx)")


__all__ = ["Arrays", "Dataset", "NoData", "Rows", "Scale", "Source", "load", "of_rows"]
