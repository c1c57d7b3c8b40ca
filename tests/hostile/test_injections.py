"""No text becomes code: injections are judged and printed in every format while a process listens to what Python does."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from hostile.injections import MARK, documents

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def told() -> dict[str, list[str]]:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}
    script = [sys.executable, str(Path(__file__).with_name("listening.py"))]
    done = subprocess.run(script, capture_output=True, text=True, cwd=ROOT, env=environment, check=True)
    told: dict[str, list[str]] = json.loads(done.stdout)
    return told


def test_nothing_is_run_opened_or_asked_for(told: dict[str, list[str]]) -> None:
    """And the listener is awake: it hears what the script does itself at the end."""
    ours = [one for one in told["heard"] if one.startswith("an example of what is heard")]
    assert [one.split()[6] for one in ours] == ["compile", "exec", "open"]
    assert [one for one in told["heard"] if one not in ours] == []


def test_every_format_shows_it_harmlessly(told: dict[str, list[str]]) -> None:
    """No control characters for terminals, no markup of the document's own in HTML, no command of its own in LaTeX."""
    assert told["found"] == []


def test_nothing_was_left_behind() -> None:
    assert not (Path("/tmp") / MARK).exists()
    assert len(documents()) >= 40
