"""The processes of this machine: which are ours, and whether they are still alive.  For tests (Linux)."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

Process = tuple[int, int]  # its number, and when it began: numbers are given again


def living() -> dict[Process, tuple[int, int]]:
    """All processes that have not ended, with the number of their parent and that of their session."""
    found = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                state, *numbers = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:  # it has ended meanwhile
                continue
            if state not in "ZX":
                found[int(entry.name), int(numbers[18])] = int(numbers[0]), int(numbers[2])
    return found


def session(leader: int) -> set[Process]:
    return {process for process, (_, its) in living().items() if its == leader}


def descendants() -> set[Process]:
    """Our children, theirs, and so on."""
    processes = living()
    found: set[Process] = set()
    parents = {os.getpid()}
    while parents:
        children = {process for process, (parent, _) in processes.items() if parent in parents} - found
        found |= children
        parents = {number for number, _ in children}
    return found


def ended(processes: Callable[[], set[Process]], seconds: float = 30.0) -> bool:
    """Whether none is left; who ends them is no child of ours, so that there is nothing to wait for."""
    until = time.monotonic() + seconds
    while processes() and time.monotonic() < until:
        time.sleep(0.02)
    return not processes()
