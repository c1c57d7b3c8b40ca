"""The long campaign.

    python -m tests.campaign --minutes 20 [--seed 1] [--claims 50000] [--parts claims,documents,spoiled]

Goes through random claims, random documents and spoiled lines in turn until the time is over (or the number of claims
is reached), prints the counts, and saves every disagreement in ``tests/campaign/found``, as a document where notation
allows it.  What is raised on the way is a disagreement too.  Exit status 1 where there was one.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import platform
import random
import sys
import time
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.campaign.documents import check_document, check_numbers, check_spoiled, spoiled_documents
from tests.campaign.run import Fault, Tally, claims

FOUND = Path(__file__).parent / "found"
PARTS = ("claims", "documents", "spoiled")
CHUNK = 50
TOLD = 100  # turns after which the counts are printed


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--claims", type=int, default=0, help="stop after so many random claims; 0: no end")
    parser.add_argument("--judge-every", type=int, default=4, help="which claims go before all three ways, not the first alone")
    parser.add_argument("--parts", default=",".join(PARTS))
    options = parser.parse_args()
    parts = options.parts.split(",")
    print(f"seed {options.seed}; {platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}", flush=True)
    tally, end, saved, turn = Tally(), time.monotonic() + 60 * options.minutes, 0, 0
    spoiled = spoiled_documents() if "spoiled" in parts else []
    random.Random(options.seed).shuffle(spoiled)
    while time.monotonic() < end:
        if options.claims and turn * CHUNK >= options.claims:
            break
        if "claims" in parts:
            for number in range(turn * CHUNK, (turn + 1) * CHUNK):
                with kept(tally, f"claim {number}"):
                    claims(options.seed, [number], tally, every=options.judge_every)
        if "documents" in parts:
            for check in (check_document, check_numbers):
                with kept(tally, f"document {turn}"):
                    check(options.seed, turn, tally)
        for one in spoiled[5 * turn : 5 * turn + 5]:
            with kept(tally, f"{one.origin}, {one.edit}", one.text):
                check_spoiled(one, tally)
        for fault in tally.faults[saved:]:
            print(f"{fault.what}: {fault.where} -> {save(fault, options.seed)}", flush=True)
        saved, turn = len(tally.faults), turn + 1
        if turn % TOLD == 0:
            print("\n".join(tally.lines()), flush=True)
        if not claims_or_documents_left(parts, turn, len(spoiled)):
            break
    print("\n".join(tally.lines()))
    return 1 if tally.faults else 0


@contextmanager
def kept(tally: Tally, where: str, text: str = "") -> Iterator[None]:
    """What is raised inside is a finding like others, and the campaign goes on."""
    try:
        yield
    except Exception as error:  # whatever it is, it is a fault of ours
        tally.faults.append(Fault(f"{type(error).__name__} raised: {error}", where, f"{text}\n{traceback.format_exc()}"))


def claims_or_documents_left(parts: list[str], turn: int, spoiled: int) -> bool:
    """Spoiled lines alone come to an end."""
    return "claims" in parts or "documents" in parts or 5 * turn < spoiled


def save(fault: Fault, seed: int) -> Path:
    """The document, or the statement as data, in a file of its own."""
    FOUND.mkdir(exist_ok=True)
    document = fault.text.startswith("---") or "$$" in fault.text
    name = hashlib.sha256(fault.text.encode()).hexdigest()[:10]
    path = FOUND / f"{name}{'.md' if document else '.txt'}"
    remark = f"{fault.what}; seed {seed}, {fault.where}"
    path.write_text(f"{fault.text}\n<!-- {remark} -->\n" if document else f"{remark}\n{fault.text}\n", encoding="utf-8")
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


if __name__ == "__main__":
    sys.exit(main())
