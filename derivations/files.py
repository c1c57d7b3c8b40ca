"""Writing files: whole or not at all."""

from __future__ import annotations

import errno
import glob
import os
import shutil
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows: there nothing is cleared away while it is open
    fcntl = None  # type: ignore[assignment]

SUFFIX = ".part"  # of a file that is being written
SCRATCH = "derivations-scratch-"  # what folders for files in between are called


class NotWritten(OSError):
    """A file could not be written; what was there is as it was.  ``filename`` and ``strerror`` say which and why."""


def write_atomically(path: str | Path, content: str | bytes) -> None:
    """Puts a file in place of what is there, in one step; text becomes UTF-8, its line ends stay as they are.

    Whoever reads meanwhile sees the old file or the new one.  A link is followed, permissions stay.  Where the path is
    no plain file (a device, a pipe) nothing can be put in its place: it is written to.  What writers of this file that
    were killed have left is cleared away.  Raises NotWritten.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    target = Path(os.path.realpath(path))
    with _named(path):
        mode = _mode(target)
        if mode is not None and not stat.S_ISREG(mode):
            target.write_bytes(data)  # a directory refuses that
            return
        if mode is not None and not os.access(target, os.W_OK):
            raise PermissionError(errno.EACCES, "no permission to write this file")
        if not target.parent.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "its folder does not exist")
        clear_strays(target)
        _put(data, target, 0o666 & ~_umask() if mode is None else stat.S_IMODE(mode))


def is_same(one: str | Path, other: str | Path) -> bool:
    """Whether both name one file that is there, by whatever links."""
    with suppress(OSError):
        return os.path.samefile(one, other)
    return False


def _put(data: bytes, target: Path, mode: int) -> None:
    handle, name = _begun(target)
    lock = os.dup(handle) if fcntl is not None else None  # held until the file has its name
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, mode)
        os.replace(name, target)
    except BaseException:
        with suppress(FileNotFoundError):
            os.unlink(name)
        raise
    finally:
        if lock is not None:
            os.close(lock)


def _begun(target: Path) -> tuple[int, str]:
    """A new file beside the target, open and locked.  Another writer may take it for a stray before it is: then once more."""
    while True:
        handle, name = tempfile.mkstemp(prefix=_prefix(target), suffix=SUFFIX, dir=target.parent)
        with suppress(BlockingIOError):
            _hold(handle)
            if os.path.exists(name):
                return handle, name
        os.close(handle)


@contextmanager
def _named(path: str | Path) -> Iterator[None]:
    """Names the file that was asked for: a full disk names none, and nobody knows the one beside it."""
    try:
        yield
    except OSError as error:
        raise NotWritten(error.errno, error.strerror or str(error), str(path)) from error


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


@contextmanager
def scratch_folder() -> Iterator[str]:
    """An empty folder that goes with the block.  Those that killed processes of this user left are cleared away."""
    for stray in Path(tempfile.gettempdir()).glob(f"{SCRATCH}*"):
        with suppress(OSError):
            lock = _held(stray)
            try:
                if stray.lstat().st_uid == os.getuid():
                    shutil.rmtree(stray)
            finally:
                os.close(lock)
    folder, lock = _scratch()
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _scratch() -> tuple[str, int]:
    """A new folder, locked.  Another process may take it for a stray before it is: then once more."""
    while True:
        folder = tempfile.mkdtemp(prefix=SCRATCH)
        with suppress(BlockingIOError, FileNotFoundError):
            lock = _held(Path(folder))
            if os.path.exists(folder):
                return folder, lock
            os.close(lock)


def _held(folder: Path) -> int:
    """The handle that keeps a folder, which is no link, locked until it is closed; raises OSError where another process has."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        _hold(handle)
    except BlockingIOError:
        os.close(handle)
        raise
    return handle


def _hold(handle: int) -> None:
    """Locks a file until it is closed; raises BlockingIOError where another process has."""
    if fcntl is not None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
