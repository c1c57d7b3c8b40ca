"""Mutation testing of ``derivations/prove``: one small change of the code at a time, and whether the tests notice.

    python -m tests.mutants [--sample 100] [--seed 1] [--modules normal,zero] [--narrow | --wide] [--jobs 2]

The changes are those of cosmic-ray (install the extra ``mutants``): operators, comparisons, numbers, conditions, loops and
decorators replaced.  Left out are annotations, which are never run, and what is no Python any more.  Each mutant is tested in
children of this process, one test file after the other until one fails: the tests of its module and of its neighbours
(``NEAR``), then, but for ``--narrow``, the rest of ``tests/prove``, and with ``--wide`` those parts of the suite that judge
whole documents.  A file that takes more than three times the processor time that it takes without a change, and ten seconds,
counts as a failure.  Prints every mutant with what became of it and the changes that survived; exit status 1 where fewer than
85 % are noticed.
"""

from __future__ import annotations

import argparse
import functools
import importlib.abc
import importlib.machinery
import multiprocessing
import os
import random
import resource
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

ROOT = Path(__file__).resolve().parents[1]
PROVE = ROOT / "derivations" / "prove"
NORMAL_FORM = "allsizes normal boxes faults survivors canonical"
NEAR = {  # of tests/prove, the likeliest first; every module has its data types tested in test_data
    "normal": f"algebra {NORMAL_FORM}", "canonical": f"canonical algebra {NORMAL_FORM}",
    "indexform": f"indexform algebra {NORMAL_FORM}", "derivative": "derivative normal boxes faults",
    "matching": "matching algebra survivors normal faults", "boxes": "boxes allsizes normal faults survivors",
    "translate": "translate normal faults",
    "zero": "polynomials zero entrywise", "ideal": "ideal entrywise", "points": "point_numbers points entrywise",
    "entries": "entries points entrywise", "gates": "gates entries points entrywise", "solving": "solving entries entrywise",
    "relevant": "relevant entrywise points", "scalars": "solving entries gates", "entrywise": "cells entrywise judge",
    "sampling": "sampling search witness", "pointwise": "pointwise steps search witness", "witness": "search witness pointwise",
    "evaluation": "steps evaluation pointwise witness", "exactnumber": "exactnumber evaluation pointwise survivors",
    "exactmatrix": "exactmatrix exactnumber evaluation", "dual": "dual exactnumber evaluation witness",
    "generalise": "generalise judge", "judge": "judge",
    "explain": "explain", "readable": "readable explain", "render": "render readable explain", "laws": "explain",
}  # fmt: skip
WIDE = ("catalogue", "notation", "reference", "campaign")
WANTED = 0.85
UNLIMITED = 24 * 3600
ENDS = {1: "a test failed", 2: "cannot be loaded", -signal.SIGXCPU: "takes too long", -signal.SIGKILL: "takes too long"}


@dataclass(frozen=True)
class Mutant:
    """The ``occurrence``-th change that an operator of cosmic-ray can make in a module."""

    module: str
    operator: str
    occurrence: int
    line: int

    @property
    def kind(self) -> str:
        return self.operator.removeprefix("core/").split("_", 1)[0]

    def __str__(self) -> str:
        return f"{self.module}.py:{self.line} {self.operator.removeprefix('core/')}"


def written(module: str) -> str:
    return (PROVE / f"{module}.py").read_text(encoding="utf-8")


@functools.cache
def mutated(mutant: Mutant) -> str:
    """The changed module; empty where the change leaves no Python."""
    source = mutate_code(written(mutant.module), get_operator(mutant.operator)(), mutant.occurrence)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, mutant.module, "exec")
    except SyntaxError:
        return ""
    return source


def mutants(module: str) -> Iterator[Mutant]:
    """Every change of a module but those of what never runs."""
    nodes = list(ast_nodes(get_ast(written(module))))
    for name in operator_names():
        if get_operator(name).arguments():
            continue  # made by what its user names, and no one does
        operator = get_operator(name)()
        places = [(node, start) for node in nodes for start, _ in operator.mutation_positions(node)]
        for occurrence, (node, start) in enumerate(places):
            if not _never_runs(node):
                yield Mutant(module, name, occurrence, start[0])


def _never_runs(node: object) -> bool:
    """Whether a node of parso's tree stands in an annotation or an alias of types, or is a star between parameters."""
    while (parent := getattr(node, "parent", None)) is not None:
        if parent.type in ("tfpdef", "parameters"):
            return parent.type == "tfpdef" or getattr(node, "type", "") == "operator"
        if parent.type == "annassign" and (node is parent.children[1] or parent.children[1].get_code().strip() == "TypeAlias"):
            return True
        if parent.type == "funcdef" and node is parent.annotation:
            return True
        node = parent
    return False


class _Finder(importlib.abc.MetaPathFinder):
    """Gives the mutated module in place of the written one."""

    def __init__(self, mutant: Mutant) -> None:
        self.name = f"derivations.prove.{mutant.module}"
        self.mutant = mutant

    def find_spec(self, name: str, path: object = None, target: object = None) -> importlib.machinery.ModuleSpec | None:
        if name != self.name:
            return None
        file = str(PROVE / f"{self.mutant.module}.py")
        spec = importlib.machinery.ModuleSpec(name, _Loader(name, file, self.mutant), origin=file)
        spec.has_location = True
        return spec


class _Loader(importlib.machinery.SourceFileLoader):
    def __init__(self, name: str, path: str, mutant: Mutant) -> None:
        super().__init__(name, path)
        self.mutant = mutant

    def get_code(self, fullname: str) -> object:  # type: ignore[override]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return compile(mutated(self.mutant), self.path, "exec")


def files(module: str, narrow: bool, wide: bool) -> list[str]:
    """The test files that may notice a mutant of a module, those of its neighbours first."""
    near = [f"tests/prove/test_{name}.py" for name in f"{NEAR.get(module, NORMAL_FORM)} data".split()]
    rest = [] if narrow else sorted(str(path.relative_to(ROOT)) for path in (ROOT / "tests" / "prove").glob("test_*.py"))
    return list(dict.fromkeys([*near, *rest, *(f"tests/test_{name}.py" for name in WIDE if wide)]))


def usual(tests: list[str]) -> dict[str, float]:
    """The processor time, in seconds, of each file without a change; raises AssertionError where one fails."""
    times = {}
    for file in tests:
        how, times[file] = _tested(None, file, UNLIMITED)
        assert not how, f"without any change: {how} in {file}"
    return times


def noticed(mutant: Mutant, tests: list[str], times: dict[str, float]) -> str:
    """How the tests notice the mutant; empty where they do not."""
    for file in tests:
        if how := _tested(mutant, file, int(10 + 3 * times[file]))[0]:
            return f"{how} in {file}"
    return ""


def _tested(mutant: Mutant | None, file: str, seconds: int) -> tuple[str, float]:
    """How a file of tests failed, or "", and its processor time."""
    child = os.fork()
    if child == 0:
        _test(mutant, file, seconds)
    _, status, used = os.wait4(child, 0)
    code = os.waitstatus_to_exitcode(status)
    return ENDS.get(code, f"ended with {code}") if code else "", used.ru_utime + used.ru_stime


def _test(mutant: Mutant | None, file: str, seconds: int) -> None:
    """In the child: tests until one fails; never returns."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 5))
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
    sys.dont_write_bytecode = True
    if mutant is not None:
        sys.meta_path.insert(0, _Finder(mutant))
    status = 1
    try:
        status = int(pytest.main(["-n", "0", "-x", "-q", "-p", "no:cacheprovider", "--no-header", file]))
    finally:
        os._exit(min(status, 2))


def tried(mutant: Mutant, narrow: bool, wide: bool, times: dict[str, float]) -> tuple[Mutant, str, float]:
    begin = time.monotonic()
    return mutant, noticed(mutant, files(mutant.module, narrow, wide), times), time.monotonic() - begin


def changed(mutant: Mutant) -> str:
    """The line of a mutant, before and after."""
    before, after = written(mutant.module).splitlines(), mutated(mutant).splitlines()
    row = next((n for n, (old, new) in enumerate(zip(before, after, strict=False)) if old != new), 0)
    return f"       - {before[row].strip()}\n       + {after[row].strip()}"


def chosen(every: list[Mutant], number: int, seed: int) -> list[Mutant]:
    """A sample of those changes that leave Python."""
    drawn = random.Random(seed).sample(every, len(every))
    sample: list[Mutant] = []
    for mutant in drawn:
        if len(sample) == number:
            break
        if mutated(mutant):
            sample.append(mutant)
    return sample


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", default="")
    parser.add_argument("--narrow", action="store_true", help="the tests of the module and its neighbours alone")
    parser.add_argument("--wide", action="store_true", help="documents, too: minutes for each survivor")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args()
    os.chdir(ROOT)
    modules = options.modules.split(",") if options.modules else sorted(p.stem for p in PROVE.glob("[a-z]*.py"))
    every = [m for name in modules for m in mutants(name)]
    sample = chosen(every, options.sample, options.seed)
    print(f"{len(every)} changes are possible, {len(sample)} are tried; seed {options.seed}", flush=True)
    import mpmath  # noqa: F401  (loaded once, for all children)
    import sympy.tensor.tensor  # noqa: F401
    import yaml  # noqa: F401

    tests = sorted({file for m in sample for file in files(m.module, options.narrow, options.wide)})
    times = usual(tests)
    outcomes: Counter[tuple[str, bool]] = Counter()
    one = functools.partial(tried, narrow=options.narrow, wide=options.wide, times=times)
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for n, (mutant, how, seconds) in enumerate(pool.imap_unordered(one, sample), 1):
            outcomes[mutant.kind, bool(how)] += 1
            print(f"{n:4} {mutant}: {how or 'SURVIVED'} ({seconds:.0f} s)", flush=True)
            if not how:
                print(changed(mutant), flush=True)
    for kind in sorted({kind for kind, _ in outcomes}):
        print(f"{kind}: {outcomes[kind, True]} of {outcomes[kind, True] + outcomes[kind, False]}")
    killed = sum(number for (_, how), number in outcomes.items() if how)
    print(f"{killed} of {len(sample)} noticed ({100 * killed / len(sample):.1f} %)")
    return 0 if killed >= WANTED * len(sample) else 1


if __name__ == "__main__":
    sys.exit(main())
