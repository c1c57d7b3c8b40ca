"""A nursery whose children fall ill over certain documents: what none should be able to do.

A claim about the name ``s_{loop}`` never ends, ``s_{memory}`` takes all memory, and so on;
a document with one of these words in its title does so while it is read.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable

from derivations import nursery, pipeline
from derivations.expr import free_symbols


def _loop() -> None:
    while True:
        time.sleep(1)


def _memory() -> None:
    bytearray(1 << 40)


def _crash() -> None:
    os.kill(os.getpid(), signal.SIGSEGV)


def _bug() -> None:
    raise ZeroDivisionError("by \x1b zero")


def _write() -> None:
    with open(os.environ.get("HOME", "/tmp") + "/escaped", "wb") as out:
        out.write(b"x")


ILLS: dict[str, Callable[[], None]] = {"loop": _loop, "memory": _memory, "crash": _crash, "bug": _bug, "write": _write}
healthy_judge, healthy_interpret = pipeline.judge, pipeline.interpret


def judge(claim):  # type: ignore[no-untyped-def]
    for sym in free_symbols(claim.statement.left):
        for name, fall_ill in ILLS.items():
            if sym.name == f"s_{{{name}}}":
                fall_ill()
    return healthy_judge(claim)


def interpret(document, *rest):  # type: ignore[no-untyped-def]
    for name, fall_ill in ILLS.items():
        if f"# {name}" in document.text:
            fall_ill()
    return healthy_interpret(document, *rest)


pipeline.judge, pipeline.interpret = judge, interpret

if __name__ == "__main__":
    nursery.main(int(sys.argv[1]))
