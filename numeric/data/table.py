"""What data is before it meets a document: rows with labels, or arrays under the document's own names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

Scale = Literal["none", "unit", "standard"]


class NoData(ValueError):
    """Data that is not there or cannot be read; the message says what to do."""


@dataclass(frozen=True, slots=True)
class Rows:
    """One sample a row.

    ``features`` is (rows, columns); ``labels`` (rows,) of numbers or of text, or None.  ``picture`` is the height and
    width of what a row shows; ``range`` the largest value that a feature can have, where that is known.  ``test`` holds
    rows that the source itself sets apart for testing.  ``lines`` are the lines of a file in which the rows stand.
    """

    origin: str
    features: Any
    labels: Any | None = None
    columns: tuple[str, ...] = ()
    label: str = ""
    picture: tuple[int, int] | None = None
    range: float | None = None
    scale: Scale = "none"
    classes: tuple[str, ...] = ()
    test: Rows | None = None
    lines: Any | None = None

    def place(self, row: int, column: int | None = None) -> str:
        """Where row ``row`` (from 0) and a column stand in the source, as a person finds it."""
        where = f"row {row + 1}" if self.lines is None else f"line {self.lines[row]}"
        if column is None:
            return where
        name = f" ({self.columns[column]})" if column < len(self.columns) else ""
        return f"{where}, column {column + 1}{name}"


@dataclass(frozen=True, slots=True)
class Arrays:
    """Arrays under the names that the document gives them."""

    origin: str
    arrays: Mapping[str, Any] = field(default_factory=dict)


Dataset = Rows | Arrays


def finite(rows: Rows) -> None:
    """Raises NoData at the first feature that is no number."""
    bad = ~np.isfinite(rows.features)
    if bad.any():
        row, column = (int(n) for n in np.argwhere(bad)[0])
        raise NoData(f"{rows.origin}: {rows.place(row, column)} is {rows.features[row, column]}")


def of_rows(origin: str, features: Any, labels: Any | None, **more: Any) -> Rows:
    """Rows from arrays; features with more than two axes are pictures.  Raises NoData where the lengths differ."""
    features = np.asarray(features)
    if features.dtype.kind not in "fiub":
        raise NoData(f"{origin}: features are numbers, not {features.dtype}")
    if features.ndim < 2:
        raise NoData(f"{origin}: features have one row a sample, this is an array of shape {features.shape}")
    if features.ndim == 3:
        more.setdefault("picture", (features.shape[1], features.shape[2]))
    if features.dtype == np.uint8:
        more.setdefault("range", 255.0)
        more.setdefault("scale", "unit")
    features = features.reshape(len(features), -1)
    if labels is not None:
        labels = np.asarray(labels)
        if labels.ndim == 2 and 1 in labels.shape:
            labels = labels.reshape(-1)
        if labels.dtype.kind not in "fiubU":
            raise NoData(f"{origin}: labels are numbers or text, not {labels.dtype}")
        if len(labels) != len(features):
            raise NoData(f"{origin}: there are {len(features)} rows of features and {len(labels)} labels")
    if not len(features):
        raise NoData(f"{origin}: there are no rows")
    return Rows(origin, features, labels, **more)
