"""Writing files: whole or not at all."""

from __future__ import annotations

import glob
import os
import stat
import tempfile
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there nothing is cleared away while it is open
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"  # of a file that is being written


def write_atomically(path: str | Path, content: str | bytes) -> None:
    """Puts a file in place of what is there, in one step; text becomes UTF-8, its line ends stay as they are.

    Whoever reads meanwhile sees the old file or the new one.  A link is followed, permissions stay.  Where the path is
    no plain file (a device, a pipe) nothing can be put in its place: it is written to.  What writers of this file that
    were killed have left is cleared away.  Raises OSError.
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
    clear_strays(target)
    handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=SUFFIX, dir=target.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            _hold(file.fileno())
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


def _prefix(target: Path) -> str:
    return f".{target.name[:40]}."


def clear_strays(target: Path) -> None:
    """Removes half-written files of this one, unless their writer is alive: it holds a lock on what it writes."""
    for stray in target.parent.glob(f"{glob.escape(_prefix(target))}*{SUFFIX}"):
        with suppress(OSError), stray.open("rb") as file:
            _hold(file.fileno())
            stray.unlink()


def _hold(handle: int) -> None:
    """Locks a file until it is closed; raises BlockingIOError where another process has."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
