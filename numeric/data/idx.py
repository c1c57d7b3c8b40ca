"""IDX files, plain and gzipped: the format of MNIST and its kin."""

from __future__ import annotations

import gzip
import zlib
from pathlib import Path
from typing import IO, Any, cast

import numpy as np

from numeric.data.table import NoData, Rows, of_rows

KINDS = {8: ">u1", 9: ">i1", 11: ">i2", 12: ">i4", 13: ">f4", 14: ">f8"}  # the third byte, as the format's page lists it
TRAIN, TEST = "train-images", "t10k-images"
LARGEST = 16 << 30  # bytes, unpacked
PIECE = 1 << 20
AXES = 32
SUFFIXES = ("-ubyte", "-ubyte.gz", ".idx", ".idx.gz")


def is_idx(path: Path) -> bool:
    return path.name.endswith(SUFFIXES) or (path.is_dir() and find(path, TRAIN) is not None)


def load_idx(path: Path) -> Rows:
    """Pictures and their labels; of a folder its training files, and its test files as test rows."""
    if not path.is_dir():
        return pictures(path)
    train, test = find(path, TRAIN), find(path, TEST)
    assert train is not None, "is_idx() has looked"
    return pictures(train, test)


def find(folder: Path, stem: str) -> Path | None:
    return next((p for p in sorted(folder.iterdir()) if p.name.startswith(stem) and p.name.endswith(SUFFIXES)), None)


def pictures(path: Path, test: Path | None = None) -> Rows:
    beside = path.with_name(path.name.replace("images", "labels").replace("idx3", "idx1"))
    labels = read_idx(beside) if beside != path and beside.exists() else None
    apart = None if test is None else pictures(test)
    return of_rows(str(path), read_idx(path), labels, test=apart)


def read_idx(path: Path) -> Any:
    """The array that a file holds.  Raises NoData, saying at which byte, where it is not what its header says."""
    with opened(path) as file:
        data = taken(path, file, 4)
        if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in KINDS:
            raise NoData(f"{path}: not an IDX file: it begins with the bytes {data[:4].hex(' ') or '(none)'}")
        kind, rank = np.dtype(KINDS[data[2]]), data[3]
        if rank > AXES:
            raise NoData(f"{path}: an array with {rank} axes; the limit is {AXES}")
        start = 4 + 4 * rank
        data += taken(path, file, 4 * rank)
        if len(data) < start:
            raise NoData(f"{path}: the header ends at byte {len(data)}, {start} were expected")
        shape = tuple(int(n) for n in np.frombuffer(data, ">u4", rank, 4))
        wanted = start + kind.itemsize * int(np.prod(shape, dtype=object))
        if wanted > LARGEST:
            raise NoData(f"{path}: an array of shape {shape} ends at byte {wanted}; the limit is {LARGEST >> 30} GiB")
        data += taken(path, file, wanted - start + 1)  # one byte more than there should be
    if len(data) != wanted:
        ends = f"at byte {len(data)}" if len(data) < wanted else f"behind byte {wanted}"
        raise NoData(f"{path}: an array of shape {shape} ends at byte {wanted}, the file {ends}")
    return np.frombuffer(data, kind, offset=start).reshape(shape).astype(kind.newbyteorder("="))


def opened(path: Path) -> IO[bytes]:
    return cast(IO[bytes], gzip.open(path)) if path.suffix == ".gz" else path.open("rb")


def taken(path: Path, file: IO[bytes], count: int) -> bytes:
    """So many bytes, or what there is: no more is unpacked than the header speaks of."""
    parts: list[bytes] = []
    try:
        while count > 0 and (part := file.read(min(count, PIECE))):  # a reader makes room for all that it is asked for
            parts.append(part)
            count -= len(part)
        return b"".join(parts)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise NoData(f"{path}: the gzip file is damaged: {error}") from None
