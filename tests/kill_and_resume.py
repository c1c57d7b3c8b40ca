"""Kills commands at random moments: whatever the moment, files are old or new and whole, and what goes on ends up the same.

    python -m tests.kill_and_resume [--what train|report] [--kills 200] [--seed 0]

``train`` goes on from its checkpoint after every kill; the model has to come out as if it had never been cut off, bit for bit.
``report`` is killed while it replaces a report, or makes the first one, in HTML and in LaTeX; what lies there has to be what lay
there before, or the whole new one.  SIGKILL cannot be seen coming.  Every second moment is drawn from the whole time
that the command takes, the others from a few milliseconds around the writing of a file.

Commands are forked from this process, which has the libraries loaded: else most moments would fall into imports.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

from derivations import cli
from derivations.files import SUFFIX
from tests.processes import ended, session

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = ROOT / "docs/gallery/mlp-weight-decay.md"
REPORTS = ("page.html", "page.tex")
WRITING = 0.004  # seconds after a file is begun within which a kill is drawn
PATIENCE = 300.0  # seconds after which a command counts as hanging


# ------------------------------------------------------------------ commands


def begun(arguments: list[str], folder: Path) -> int:
    """The number of a process, leader of a session of its own, that runs a command in a folder; it prints to ``said`` there."""
    process = os.fork()
    if process:
        return process
    try:
        os.setsid()
        os.chdir(folder)
        os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
        said = os.open("said", os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(said, 1)
        os.dup2(said, 2)
        cli.main(arguments)
    except SystemExit as end:
        sys.stdout.flush()
        os._exit(end.code if isinstance(end.code, int) else 1)
    finally:
        os._exit(99)


def status(process: int) -> int | None:
    """How it ended: an exit status, or minus a signal; None while it runs."""
    number, how = os.waitpid(process, os.WNOHANG)
    return os.waitstatus_to_exitcode(how) if number else None


def finished(process: int) -> int:
    until = time.monotonic() + PATIENCE
    while (how := status(process)) is None:
        assert time.monotonic() < until, "the command hangs"
        time.sleep(0.01)
    return how


def half_written(folder: Path) -> set[str]:
    return {name for name in os.listdir(folder) if name.endswith(SUFFIX)}


@dataclass(frozen=True, slots=True)
class Moment:
    """When to kill: ``seconds`` after the start, or after the ``file``-th file (from 0) was begun."""

    seconds: float
    file: int | None = None

    @staticmethod
    def drawn(chance: random.Random, number: int, length: float, files: int) -> Moment:
        if number % 2:
            return Moment(chance.uniform(0, WRITING), chance.randrange(files))
        return Moment(chance.uniform(0, 1.1 * length))

    def killed(self, process: int, watched: Path) -> int:
        """Kills, unless the process ends before; how it ended."""
        seen, before, how = -1, half_written(watched), None
        while self.file is not None and seen < self.file and (how := status(process)) is None:
            now = half_written(watched)
            seen, before = seen + len(now - before), now
            time.sleep(0.0003)
        if how is not None:
            return how
        until = time.monotonic() + self.seconds
        while (left := until - time.monotonic()) > 0:
            if (how := status(process)) is not None:
                return how
            time.sleep(min(left, 0.02))
        os.kill(process, signal.SIGKILL)
        return finished(process)


# ------------------------------------------------------------------ training


@dataclass
class Training:
    """Trained in pieces, each going on where the one before was killed."""

    folder: Path
    epochs: int
    files: int = 12  # checkpoints that a piece may write before it is killed
    told: Counter[str] = field(default_factory=Counter)

    @property
    def watched(self) -> Path:
        return self.folder / "kept"

    def prepare(self) -> None:
        self.watched.mkdir(exist_ok=True)
        self.expected: Any = None

    def arguments(self) -> list[str]:
        options = {"data": "digits", "size": "H=24", "schedule": "cosine", "warmup": "2", "patience": "30", "clip": "1",
                   "format": "json", "epochs": str(self.epochs),
                   "checkpoint": "kept", "checkpoint-every": "17", "save": "model"}  # fmt: skip
        return ["train", str(DOCUMENT), "--resume", *(f"--{name}={value}" for name, value in options.items())]

    def look(self) -> None:
        """After a kill: what is there can be gone on from."""
        from numeric.checkpoint import NAME, read

        strays = half_written(self.watched)
        assert {p.name for p in self.watched.iterdir()} <= {NAME, *strays}
        if (self.watched / NAME).exists():
            read(self.watched / NAME)
            self.told["checkpoints loaded"] += 1

    def compare(self, how: int) -> None:
        """After a piece that ended by itself: the model is that of a training in one piece.  Then begins the next one."""
        from numeric.checkpoint import NAME

        assert how == 0, (self.folder / "said").read_text()
        assert [p.name for p in self.watched.iterdir()] == [NAME]
        assert not half_written(self.folder)
        told = json.loads((self.folder / "said").read_text().splitlines()[-1])
        history = [{k: v for k, v in epoch.items() if k != "steps_per_second"} for epoch in told["history"]]
        found = (self.folder / "model").read_bytes(), history, told["test_accuracy"]
        self.expected = self.expected or found
        assert found == self.expected, "NOT the same"
        self.told["trainings completed, the same bit for bit"] += 1
        shutil.rmtree(self.watched)
        (self.folder / "model").unlink()
        self.watched.mkdir()


# ------------------------------------------------------------------- reports


@dataclass
class Reporting:
    """The same report, written where there is none, or over an old one, again and again."""

    folder: Path
    chance: random.Random
    files: int = 1
    told: Counter[str] = field(default_factory=Counter)

    @property
    def watched(self) -> Path:
        return self.folder

    def prepare(self) -> None:
        shutil.copy(DOCUMENT, self.folder / "page.md")
        self.expected: dict[str, bytes] = {}
        for name in REPORTS:
            self.name, self.before = name, None
            self.compare(finished(begun(self.arguments(), self.folder)))
        self.told.clear()

    def arguments(self) -> list[str]:
        return ["report", "page.md", "-o", self.name]

    def look(self) -> None:
        target = self.folder / self.name
        found = target.read_bytes() if target.exists() else None
        what = "as before" if found == self.before else "new"
        assert what == "as before" or found == self.expected[self.name], f"{self.name} is neither the old report nor the new one"
        self.told[f"report {what}"] += 1
        self.next()

    def compare(self, how: int) -> None:
        """After a report that was not killed: it is whole, and nothing else of it lies about."""
        assert how == 0, (self.folder / "said").read_text()
        target = self.folder / self.name
        assert self.expected.setdefault(self.name, target.read_bytes()) == target.read_bytes()
        strays = {name for name in half_written(self.folder) if name.startswith(f".{self.name}.")}
        assert not strays, strays
        assert {p.name for p in self.folder.iterdir()} - half_written(self.folder) <= {"page.md", "said", *REPORTS}
        self.told["reports completed, the same byte for byte"] += 1
        self.next()

    def next(self) -> None:
        self.name = self.chance.choice(REPORTS)
        target = self.folder / self.name
        self.before = self.chance.choice([None, b"an old report"])
        if self.before is None:
            target.unlink(missing_ok=True)
        else:
            target.write_bytes(self.before)


# ----------------------------------------------------------------------- run


def run(what: str, kills: int, seed: int = 0, epochs: int = 12) -> Counter[str]:
    """How often what was seen; raises AssertionError for what must not be."""
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        case = Training(Path(name), epochs) if what == "train" else Reporting(Path(name), chance)
        case.prepare()
        length = timed(case)
        for number in attempts(case, kills):
            process = begun(case.arguments(), case.folder)
            how = Moment.drawn(chance, number, length, case.files).killed(process, case.watched)
            assert ended(lambda leader=process: session(leader)), "processes were left"  # type: ignore[misc]
            if how != -signal.SIGKILL:
                case.compare(how)
                continue
            case.told["kills"] += 1
            case.told["kills that left a file half written"] += bool(half_written(case.watched))
            case.look()
        for _ in REPORTS if what == "report" else "1":
            case.compare(finished(begun(case.arguments(), case.folder)))
        return case.told


def attempts(case: Training | Reporting, kills: int) -> Iterator[int]:
    number = 0
    while case.told["kills"] < kills:
        yield number
        number += 1
        if number % 20 == 0:
            print(f"{number} starts, {case.told['kills']} kills", file=sys.stderr, flush=True)


def timed(case: Training | Reporting) -> float:
    """Seconds that the command takes when nobody kills it."""
    began = time.monotonic()
    process = begun(case.arguments(), case.folder)
    how = finished(process)
    length = time.monotonic() - began
    case.compare(how)
    case.told.clear()
    return length


def killed(what: str, kills: int, seed: int = 1) -> int:
    """For tests: how many kills there were, in a process of its own; raises CalledProcessError where one did harm."""
    command = [sys.executable, "-m", "tests.kill_and_resume", "--what", what, "--kills", str(kills), "--seed", str(seed),
               "--epochs", "4"]  # fmt: skip
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    return next(int(line.split()[0]) for line in done.stdout.splitlines() if line.endswith(" kills"))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--what", choices=["train", "report"], default="train")
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=12)
    options = parser.parse_args()
    load()
    for what, times in run(options.what, options.kills, options.seed, options.epochs).items():
        print(f"{times:5} {what}")


def load() -> None:
    """What the commands import late: once here, not in each of them."""
    for module in ("sklearn.datasets", "derivations.worker", "derivations.report.html", "derivations.report.latex",
                   "derivations.report.page", "numeric.command", "numeric.train"):  # fmt: skip
        import_module(module)


if __name__ == "__main__":
    main()
