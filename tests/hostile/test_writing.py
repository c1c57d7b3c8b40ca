"""Nothing gets lost: reports whose writing is cut short, by a full disk, a folder that takes nothing, or ``kill -9``."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from derivations.files import SUFFIX, clear_strays, write_atomically
from tests.kill_and_resume import killed

ROOT = Path(__file__).parents[2]
PAGE = "# A page\n\n$$(1 + 1)^2 = 4$$\n\n$$1 = 2$$\n"


def start(folder: Path, **limits: int) -> subprocess.Popen[bytes]:
    def confined() -> None:
        for name, amount in limits.items():
            resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (amount, amount))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [sys.executable, "-m", "derivations.cli", "report", "page.md", "-o", "page.html"]
    return subprocess.Popen(command, cwd=folder, env=environment, stderr=subprocess.PIPE, preexec_fn=confined)


def finished(process: subprocess.Popen[bytes]) -> tuple[int, str]:
    _, told = process.communicate(timeout=120)
    return process.returncode, told.decode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "page.md").write_text(PAGE)
    return tmp_path


def test_a_full_disk_leaves_the_old_report(folder: Path) -> None:
    """As far as the process is concerned: no file may grow beyond 1,000 bytes."""
    (folder / "page.html").write_text("old")
    status, told = finished(start(folder, FSIZE=1000))
    assert status == 2
    assert "page.html: error [no-file] File too large" in told
    assert (folder / "page.html").read_text() == "old"
    assert sorted(p.name for p in folder.iterdir()) == ["page.html", "page.md"]


def test_a_disk_that_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found out late, when what was written has to reach the disk."""

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(tmp_path / "a", "new")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_is_killed_is_old_or_whole() -> None:
    """The next one leaves nothing else behind."""
    assert killed("report", kills=4) == 4


WRITER = """
import os, sys
os.fsync = lambda handle: (print("writing", flush=True), sys.stdin.read())
from derivations.files import write_atomically
write_atomically("a.html", "x" * 1000)
"""


def writer(folder: Path) -> subprocess.Popen[bytes]:
    """A process in the middle of writing."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = subprocess.Popen([sys.executable, "-c", WRITER], cwd=folder, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"writing\n"
    return process


def test_what_a_killed_writer_left_is_cleared_and_a_living_one_is_left_alone(tmp_path: Path) -> None:
    mine = [tmp_path / ".a.html.swp", tmp_path / ".a.htm.x.part", tmp_path / "a.html.part"]
    for path in mine:
        path.write_text("of somebody else")
    alive, dead = writer(tmp_path), writer(tmp_path)
    dead.kill()
    dead.communicate()
    assert len(list(tmp_path.glob(f".a.html.*{SUFFIX}"))) == 2
    clear_strays(tmp_path / "a.html")
    assert len(list(tmp_path.glob(f".a.html.*{SUFFIX}"))) == 1
    alive.communicate(b"go on")
    assert alive.returncode == 0
    assert sorted(tmp_path.iterdir()) == sorted([*mine, tmp_path / "a.html"])
