"""Kills training at random moments and goes on: the weights are those of a run that was never cut off, bit for bit.

    python -m tests.kill_and_resume --kills 50 [--seed 0] [--epochs 40]

Every run is a process of its own that gets SIGKILL, which it cannot see coming: within steps, measures, and the writing of
checkpoints alike.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pickle
import random
import subprocess
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
DOCUMENT = "docs/gallery/mlp-weight-decay.md"
SETTINGS = {"sizes": {"H": 24}, "optimizer": "adam", "schedule": "cosine", "warmup": 2, "patience": 30, "clip": 1.0}
KEEP_EVERY = 17  # steps: checkpoints fall within epochs too


def work(report: Path, folder: Path, result: Path, epochs: int) -> None:
    """Trains, goes on where a run before was killed, and writes down a fingerprint of all that came out."""
    from numeric import train

    with report.open("rb") as file:
        judged = pickle.load(file)
    print("ready", flush=True)
    found = train(judged, "digits", checkpoint=folder, keep_every=KEEP_EVERY, resume=True, epochs=epochs,
                  **SETTINGS)  # type: ignore[arg-type]
    result.write_text(json.dumps(fingerprint(found)))


def fingerprint(found: Any) -> dict[str, Any]:
    """All weights, and all measures but those of time."""
    weights = {n: hashlib.sha256(a.tobytes()).hexdigest() for n, a in found.parameters.items()}
    history = [{k: v for k, v in asdict(e).items() if k != "steps_per_second"} for e in found.history]
    return {"weights": weights, "history": history, "test": found.test_accuracy, "stopped": found.stopped}


def started(report: Path, folder: Path, result: Path, epochs: int) -> subprocess.Popen[str]:
    # -P: beside this file lies a folder of tests that is called numeric, too
    command = [sys.executable, "-P", str(Path(__file__)), "--work", str(report), str(folder), str(result),
               "--epochs", str(epochs)]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    process.stdout.readline()
    return process


def run(kills: int, seed: int = 0, epochs: int = 40) -> tuple[dict[str, Any], dict[str, Any], int]:
    """The fingerprints of a run in one piece and of one that was killed, and how often it was."""
    from derivations.pipeline import verify

    rng = random.Random(seed)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        report, whole, pieces = folder / "report", folder / "whole.json", folder / "pieces.json"
        report.write_bytes(pickle.dumps(verify(ROOT / DOCUMENT)))
        with started(report, folder / "a", whole, epochs) as process:
            began = time.monotonic()
            assert process.wait() == 0
            length = time.monotonic() - began
        done = 0
        while not pieces.exists():
            with started(report, folder / "b", pieces, epochs) as process:
                if done < kills:
                    time.sleep(rng.uniform(0, 2.2 * length / kills + 0.02))
                    done += process.poll() is None
                    process.kill()
                assert process.wait() in (0, -9)
            if done < kills and pieces.exists():  # it was faster than the knife: once more from the start
                pieces.unlink()
                (folder / "b" / "last.safetensors").unlink()
        left = [p.name for p in (folder / "b").iterdir() if p.name != "last.safetensors"]
        assert left == [], f"half written files were left: {left}"
        return json.loads(whole.read_text()), json.loads(pieces.read_text()), done


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, default=50)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--work", nargs=3, type=Path)
    options = parser.parse_args()
    if options.work:
        work(*options.work, options.epochs)
        return
    whole, pieces, done = run(options.kills, options.seed, options.epochs)
    same = whole == pieces
    print(f"{done} kills, seed {options.seed}: {'the same, bit for bit' if same else 'NOT the same'}")
    raise SystemExit(0 if same else 1)


if __name__ == "__main__":
    main()
