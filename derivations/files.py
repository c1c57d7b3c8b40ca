"""Writing files: whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path


def write_atomically(path: str | Path, content: str | bytes) -> None:
    """Puts a file in place of what is there, in one step; text becomes UTF-8, its line ends stay as they are.

    Whoever reads meanwhile sees the old file or the new one.  A link is followed, permissions stay.  Where the path is
    no plain file (a device, a pipe) nothing can be put in its place: it is written to.  Raises OSError.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    mode = _mode(target)
    if mode is not None and not stat.S_ISREG(mode):
        target.write_bytes(data)  # raises IsADirectoryError for a directory
        return
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(13, "no permission to write this file", str(path))
    if not target.parent.is_dir():
        raise NotADirectoryError(20, "its folder does not exist", str(path))
    handle, name = tempfile.mkstemp(prefix=f".{target.name[:40]}.", dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, stat.S_IMODE(mode) if mode is not None else 0o666 & ~_umask())
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _mode(path: Path) -> int | None:
    """What is there, and who may do what with it; None where nothing is."""
    try:
        return path.stat().st_mode
    except FileNotFoundError:
        return None


def _umask() -> int:
    """There is no way to ask without setting it."""
    mask = os.umask(0)
    os.umask(mask)
    return mask


def strays_of(path: Path) -> list[Path]:
    """What writers of this file that were killed have left beside it."""
    return sorted(path.parent.glob(f".{path.name[:40]}.*"))
