"""Tables as text: one sample a line, one column the label."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from contextlib import suppress
from itertools import chain, islice
from pathlib import Path
from typing import Any

import numpy as np

from numeric.data.table import NoData, Rows, of_rows

LABELS = ("label", "labels", "target", "class", "y")
BLOCK = 2000  # lines that are turned into numbers at a time


def load_csv(path: Path, label: str | None, symbols: tuple[str, ...] = (), labelled: bool = True) -> Rows:
    """``label`` names the label's column (or counts it from 1); else one with a usual name, else the last one.

    A first line that is not all numbers is the header.  Raises NoData with line and column.
    """
    lines = numbered(path)
    header = next(lines, None)
    if header is None:
        raise NoData(f"{path}: the file is empty")
    first, width = header[0], len(header[0])
    names = [] if is_sample(first) else [n.strip() for n in first]
    place = label_column(path, names, width, label, symbols) if labelled else None
    blocks, labels, places = [], [], []
    rows = lines if names else chain([header], lines)
    while block := list(islice(rows, BLOCK)):
        blocks.append(features(path, block, width, place, names))
        places += [line for _, line in block]
        if place is not None:
            labels += [row[place].strip() for row, _ in block]
    if not blocks:
        raise NoData(f"{path}: there is a header and no row")
    found = None if place is None else label_values(path, labels, places, place, names)
    return of_rows(str(path), np.concatenate(blocks), found, lines=np.array(places), scale="standard",
                   columns=tuple(n for c, n in enumerate(names) if c != place),
                   label=names[place] if names and place is not None else "")


def numbered(path: Path) -> Iterator[tuple[list[str], int]]:
    """Lines that are not blank, with their numbers; every one has as many fields as the first."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            sample = file.readline()
            file.seek(0)
            delimiter = max(",;\t", key=sample.count)
            width = 0
            reader = csv.reader(file, delimiter=delimiter, strict=True, skipinitialspace=True)
            for row in reader:
                if not row:
                    continue
                width = width or len(row)
                if len(row) != width:
                    raise NoData(f"{path}: line {reader.line_num} has {len(row)} columns, those before it have {width}")
                yield row, reader.line_num
        except csv.Error as error:
            raise NoData(f"{path}: line {reader.line_num}: {error}") from None
        except UnicodeDecodeError as error:
            raise NoData(f"{path}: not UTF-8: {error.reason} (byte {error.start + 1} of a piece read)") from None


def is_number(text: str) -> bool:
    with suppress(ValueError):
        float(text)
        return True
    return False


def is_sample(row: list[str]) -> bool:
    """A first line of numbers is a sample, not a header; so is one whose last field alone is a word."""
    return all(map(is_number, row[:-1])) and (len(row) > 1 or is_number(row[0]))


def label_column(path: Path, names: list[str], width: int, label: str | None, symbols: tuple[str, ...]) -> int:
    if label is None:
        usual = [n for n in (*symbols, *LABELS) if n in names]
        return names.index(usual[0]) if usual else width - 1
    if label in names:
        return names.index(label)
    if label.isdigit() and 1 <= int(label) <= width:
        return int(label) - 1
    known = f"its columns are {', '.join(names)}" if names else f"it has {width} columns and no header"
    raise NoData(f"{path}: there is no column {label!r}: {known}")


def features(path: Path, block: list[tuple[list[str], int]], width: int, place: int | None, names: list[str]) -> Any:
    kept = [c for c in range(width) if c != place]
    rows = [[row[c] for c in kept] for row, _ in block]
    try:
        return np.array(rows, dtype=np.str_).astype(np.float64).reshape(len(rows), len(kept))
    except ValueError:
        row, column = next((r, c) for r, cells in enumerate(rows) for c, cell in enumerate(cells) if not is_number(cell))
    name = f" ({names[kept[column]]})" if names else ""
    cell = rows[row][column]
    what = f"{cell!r} is no number" if cell.strip() else "there is nothing"
    raise NoData(f"{path}: line {block[row][1]}, column {kept[column] + 1}{name}: {what}")


def label_values(path: Path, labels: list[str], lines: list[int], place: int, names: list[str]) -> Any:
    """Numbers where all of them are, else text."""
    if "" in labels:
        name = f" ({names[place]})" if names else ""
        raise NoData(f"{path}: line {lines[labels.index('')]}, column {place + 1}{name}: there is no label")
    if all(map(is_number, labels)):
        return np.array(labels, dtype=np.str_).astype(np.float64)
    return np.array(labels, dtype=np.str_)
