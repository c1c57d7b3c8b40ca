"""Nothing gets lost: reports whose writing is cut short, by a full disk, a folder that takes nothing, or ``kill -9``."""

from __future__ import annotations

import errno
import os
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.files import SUFFIX, NotWritten, clear_strays, write_atomically
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
    with pytest.raises(NotWritten, match="No space left") as raised:
        write_atomically(tmp_path / "a", "new")
    assert raised.value.filename == str(tmp_path / "a")
    assert list(tmp_path.iterdir()) == []


def test_a_report_that_is_killed_is_old_or_whole() -> None:
    """The next one leaves nothing else behind."""
    assert killed("report", kills=4) == 4


# ------------------------------------------------------------------ targets


def test_a_link_is_followed_and_permissions_stay(tmp_path: Path) -> None:
    target, link, dangling = (tmp_path / name for name in ("target", "link", "dangling"))
    target.write_text("old")
    target.chmod(0o640)
    link.symlink_to("target")
    dangling.symlink_to("new")
    write_atomically(link, "new")
    write_atomically(dangling, "new")
    assert (target.read_text(), target.stat().st_mode & 0o777) == ("new", 0o640)
    assert link.is_symlink()
    assert dangling.is_symlink()
    assert (tmp_path / "new").read_text() == "new"
    assert {p.name for p in tmp_path.iterdir()} == {"target", "link", "dangling", "new"}


def circle(path: Path) -> None:
    path.symlink_to(path.name)


def full(path: Path) -> None:
    path.symlink_to("/dev/full")


@pytest.mark.parametrize(("make", "told"), [(Path.mkdir, "Is a directory"), (circle, "symbolic links"), (full, "No space left")])
def test_what_cannot_be_written_is_named(make: Callable[[Path], None], told: str, tmp_path: Path) -> None:
    make(tmp_path / "a")
    with pytest.raises(NotWritten, match=told) as raised:
        write_atomically(tmp_path / "a", "new")
    assert raised.value.filename == str(tmp_path / "a")
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


def test_a_folder_that_takes_nothing(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    if os.access(tmp_path, os.W_OK):
        pytest.skip("this user may write everywhere")
    with pytest.raises(NotWritten, match="denied"):
        write_atomically(tmp_path / "a", "new")


DERIVED = r"""---
given: ['x \in \mathbb{R}^{n}']
train: {loss: L, parameters: [x]}
---
$$L = x^\top x$$
$$\nabla_x L = 2 x$$
"""


@pytest.mark.parametrize("command", [
    ["report", "page.tex", "-o", "page.tex"], ["report", "page.tex", "-o", "link.tex"], ["report", "page.tex", "-o", "./../in/page.tex"],
    ["report", "page.md", "--given", "given.tex", "-o", "given.tex"], ["report", "page.html", "page.md", "-o", "."],
    ["report", "page.html", "-o", "page.html"], ["compile", "page.md", "-o", "page.md"], ["run", "page.tex", "-o", "."],
    ["train", "page.md", "--data", "rows.csv", "--plot", "page.md"], ["train", "page.md", "--data", "rows.csv", "--save", "rows.csv"],
    ["predict", "model", "--data", "rows.csv", "-o", "rows.csv"], ["predict", "model", "--data", "rows.csv", "-o", "model"],
])  # fmt: skip
def test_nothing_is_written_over_what_is_read(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    monkeypatch.chdir(tmp_path / "in")
    for name in ("page.md", "page.tex", "page.html", "rows.csv", "model", "given.tex"):
        Path(name).write_text(DERIVED if name.startswith("page") else "[]")
    Path("link.tex").symlink_to("page.tex")
    before = {name: Path(name).read_bytes() for name in os.listdir()}
    result = CliRunner().invoke(cli.main, command)
    assert result.exit_code == 2
    assert "lost" in result.stderr
    assert {name: Path(name).read_bytes() for name in os.listdir()} == before


def test_latex_that_is_written_instead_of_a_pdf_spares_the_document(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("derivations.report.pdf._engines", lambda: iter(()))
    (tmp_path / "page.tex").write_text(DERIVED)
    result = CliRunner().invoke(cli.main, ["report", str(tmp_path / "page.tex"), "-o", str(tmp_path / "page.pdf")])
    assert result.exit_code == 2
    assert "[no-pdf]" in result.stderr
    assert "instead" not in result.stderr
    assert (tmp_path / "page.tex").read_text() == DERIVED


def test_writers_of_one_file_leave_one_of_their_texts(tmp_path: Path) -> None:
    """Eight processes, each fifty times."""
    program = "import sys; from derivations.files import write_atomically\nfor _ in range(50): write_atomically('a', sys.argv[1] * 100_000)"
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    writers = [subprocess.Popen([sys.executable, "-c", program, letter], cwd=tmp_path, env=environment) for letter in "abcdefgh"]
    while any(writer.poll() is None for writer in writers):
        with suppress(FileNotFoundError):
            text = (tmp_path / "a").read_text()
            assert text == text[0] * 100_000
    assert [writer.returncode for writer in writers] == [0] * 8
    assert [p.name for p in tmp_path.iterdir()] == ["a"]


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
