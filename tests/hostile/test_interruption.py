"""Ctrl-C, which a terminal sends to all processes of a command: it ends at once, with nothing said and nothing left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import ended, session

ROOT = Path(__file__).parents[2]
PAGE = r"""---
given: ['X \in \mathbb{R}^{N \times D}', 'y \in \mathbb{R}^{N}', 'w \in \mathbb{R}^{D}']
train: {loss: L, features: X, labels: y, parameters: [w]}
---
$$L = \frac{1}{N} (Xw - y)^\top (Xw - y)$$
$$\nabla_w L = \frac{2}{N} X^\top (Xw - y)$$
$$1 = 2$$
"""
ROWS = "".join(f"{n % 7},{n % 5},{(n % 7) - 2 * (n % 5)}\n" for n in range(100))

# Says that a function is reached, and stays there.
HALT = """
import importlib, sys, time
module, place, name, *arguments = sys.argv[1:]
holder = importlib.import_module(module)
holder = getattr(holder, place) if place else holder

def halt(*_, **__):
    print("reached", flush=True)
    time.sleep(600)

from derivations import cli
setattr(holder, name, halt)
cli.main(arguments)
"""
JUDGING, WRITING = ("derivations.worker", "_Queue", "_receive"), ("os", "", "fsync")
EPOCH, SIDE_BY_SIDE = ("numeric.train", "Run", "_epoch"), ("concurrent.futures", "Future", "result")
TRAIN = ["train", "page.md", "--data", "rows.csv"]
COMMANDS = [
    (JUDGING, ["verify", "page.md", "page.md", "--jobs", "2"]),
    (JUDGING, ["verify", "--fix", "page.md", "--in-place"]),
    (JUDGING, ["explain", "page.md"]),
    (JUDGING, ["witness", "page.md", "3.1"]),
    (JUDGING, ["run", "page.md"]),
    (WRITING, ["report", "page.md", "-o", "page.html"]),
    (WRITING, ["compile", "page.md", "-o", "page.py"]),
    (WRITING, ["verify", "--fix", "page.md", "-o", "fixed.md"]),
    (WRITING, [*TRAIN, "--checkpoint", "kept"]),
    (EPOCH, TRAIN),
    (SIDE_BY_SIDE, [*TRAIN, "--seed", "1..9", "--jobs", "2", "--epochs", "1000000"]),
]


@pytest.mark.parametrize(("where", "arguments"), COMMANDS, ids=lambda value: " ".join(value))
def test_ctrl_c_ends_a_command_with_nothing_said_and_nothing_left(where: tuple[str, str, str], arguments: list[str], tmp_path: Path
                                                                  ) -> None:
    (tmp_path / "page.md").write_text(PAGE)
    (tmp_path / "rows.csv").write_text(ROWS)
    (tmp_path / "scratch").mkdir()
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path / "scratch")}
    process = subprocess.Popen([sys.executable, "-c", HALT, *where, *arguments], cwd=tmp_path, env=environment,
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True)  # fmt: skip
    assert process.stdout is not None
    while (line := process.stdout.readline()) != b"reached\n":
        assert line, process.communicate()[1].decode()
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert b"Traceback" not in said
    assert b"error" not in said
    assert ended(lambda: session(process.pid))
    assert (tmp_path / "page.md").read_text() == PAGE
    assert {p.name for p in tmp_path.rglob("*") if p.is_file()} == {"page.md", "rows.csv"}
    assert not any((tmp_path / "scratch").iterdir())
