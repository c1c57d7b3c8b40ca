"""Mutation testing of ``derivations/prove``: one small change of the code at a time, and whether the tests notice.

    python -m tests.mutants [--sample 100] [--seed 1] [--modules normal,zero] [--record FILE] [--budget 90]

First the tests run without any mutant, and it is noted which functions each of them calls and how long it takes.  Then each
mutant is tested in children of this process by the tests that call its function, the quick ones first, until one fails: as
many as take ``--budget`` seconds of processor time together.  What then takes four times as long counts as noticed.  Tried
are those parts of the default test run that judge claims, not all of it.  ``--record`` keeps what was noted: another run
notes only what the test files that have changed since call.
Prints every survivor with its place; exit status 1 where fewer than 85 % are noticed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import hashlib
import importlib.abc
import importlib.machinery
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROVE = ROOT / "derivations" / "prove"
TELLING = frozenset({"explain", "readable", "laws", "steps", "render"})  # what is told of a proof, and decides nothing
NEAR = "tests/prove/"
JUDGING = ("campaign", "catalogue", "cookbook", "explain", "notation", "reference", "robustness")
QUICK = 1.0  # seconds
WANTED = 0.85
ENDS = {1: "a test failed", 2: "cannot be loaded", -signal.SIGXCPU: "takes too long", -signal.SIGKILL: "takes too long"}

COMPARED: dict[type[ast.cmpop], type[ast.cmpop]] = {
    ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt, ast.Eq: ast.NotEq, ast.NotEq: ast.Eq,
    ast.In: ast.NotIn, ast.NotIn: ast.In, ast.Is: ast.IsNot, ast.IsNot: ast.Is,
}  # fmt: skip
COMPUTED: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub, ast.Sub: ast.Add, ast.Mult: ast.Add, ast.Div: ast.Mult, ast.FloorDiv: ast.Mult, ast.Mod: ast.FloorDiv,
    ast.Pow: ast.Mult, ast.BitOr: ast.BitAnd, ast.BitAnd: ast.BitOr,
}  # fmt: skip


@dataclass(frozen=True)
class Mutant:
    """The ``number``-th change that is possible in a module, and what it is."""

    module: str
    number: int
    line: int
    what: str


class _Changer(ast.NodeTransformer):
    """Counts the changes that are possible, and makes the one with the wanted number."""

    def __init__(self, wanted: int | None = None) -> None:
        self.wanted = wanted
        self.found: list[tuple[int, str]] = []

    def offer(self, node: ast.AST, what: str, change: Callable[[], ast.AST]) -> ast.AST:
        self.found.append((getattr(node, "lineno", 0), what))
        return change() if len(self.found) - 1 == self.wanted else node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        other = COMPARED.get(type(node.ops[0]))
        if len(node.ops) > 1 or other is None:
            return node
        return self.offer(node, f"{_name(node.ops[0])} → {other.__name__}", lambda: _with(node, ops=[other()]))

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        other = COMPUTED.get(type(node.op))
        if other is None or isinstance(node.left, ast.JoinedStr) or _is_text(node.left) or _is_text(node.right):
            return node
        return self.offer(node, f"{_name(node.op)} → {other.__name__}", lambda: _with(node, op=other()))

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        other = ast.Or if isinstance(node.op, ast.And) else ast.And
        return self.offer(node, f"{_name(node.op)} → {other.__name__}", lambda: _with(node, op=other()))

    def visit_UnaryOp(self, node: ast.UnaryOp) -> ast.AST:
        self.generic_visit(node)
        return self.offer(node, f"{_name(node.op)} dropped", lambda: node.operand)

    def visit_Constant(self, node: ast.Constant) -> ast.AST:
        if isinstance(node.value, bool):
            return self.offer(node, f"{node.value} → {not node.value}", lambda: ast.Constant(not node.value))
        if isinstance(node.value, int):
            return self.offer(node, f"{node.value} → {node.value + 1}", lambda: ast.Constant(node.value + 1))
        return node

    def visit_If(self, node: ast.If) -> ast.AST:
        self.generic_visit(node)
        return self.offer(node, "if → if not", lambda: _with(node, test=ast.UnaryOp(ast.Not(), node.test)))

    def visit_Expr(self, node: ast.Expr) -> ast.AST:
        if isinstance(node.value, ast.Constant) or _name_of_call(node.value) == "assert_never":
            return node  # a docstring, or what is never reached
        self.generic_visit(node)
        return self.offer(node, "statement dropped", ast.Pass)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        self.generic_visit(node)
        return self.offer(node, "assignment dropped", ast.Pass)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        return node  # texts decide nothing

    def visit_Raise(self, node: ast.Raise) -> ast.AST:
        return node  # what is raised carries texts

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        if node.value is not None and not (isinstance(node.annotation, ast.Name) and node.annotation.id == "TypeAlias"):
            node.value = self.visit(node.value)
        return node

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.AST:
        node.body = [self.visit(one) for one in node.body]  # not whether it is frozen
        return node

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        node.body = [self.visit(one) for one in node.body]  # neither annotations nor defaults
        return node


def _name(node: ast.AST) -> str:
    return type(node).__name__


def _name_of_call(node: ast.AST) -> str:
    return node.func.id if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) else ""


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Constant) and isinstance(node.value, str))


def _with(node: ast.AST, **fields: object) -> ast.AST:
    new = copy.copy(node)
    for name, value in fields.items():
        setattr(new, name, value)
    return new


def mutants(module: str) -> list[Mutant]:
    changer = _Changer()
    changer.visit(ast.parse((PROVE / f"{module}.py").read_text(encoding="utf-8")))
    return [Mutant(module, n, line, what) for n, (line, what) in enumerate(changer.found)]


def mutated(mutant: Mutant) -> ast.Module:
    tree = _Changer(mutant.number).visit(ast.parse((PROVE / f"{mutant.module}.py").read_text(encoding="utf-8")))
    return ast.fix_missing_locations(tree)


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
        return compile(mutated(self.mutant), self.path, "exec")


@dataclass(frozen=True)
class Test:
    """A test of the suite: its seconds of processor time, and the functions that it calls as (module, qualified name)."""

    name: str
    seconds: float
    calls: frozenset[tuple[str, str]]


class _Recorder:
    """Notes of every test what it calls; what is remembered from an earlier test is not called, and not noted."""

    def __init__(self) -> None:
        self.tests: list[tuple[str, float, list[tuple[str, str]]]] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        calls, prefix, begin = set[tuple[str, str]](), str(PROVE), time.process_time()

        def enter(frame: FrameType, event: str, value: object) -> None:
            code = frame.f_code
            if code.co_filename.startswith(prefix):
                calls.add((Path(code.co_filename).stem, code.co_qualname))

        sys.settrace(enter)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            self.tests.append((item.nodeid, time.process_time() - begin, sorted(calls)))


class _Chosen:
    """Runs the named tests, in their order, and no others."""

    def __init__(self, names: list[str]) -> None:
        self.order = {name: k for k, name in enumerate(names)}

    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        items[:] = sorted((i for i in items if i.nodeid in self.order), key=lambda i: self.order[i.nodeid])


def recorded(kept: Path | None) -> list[Test]:
    """What each test calls, from the file that is kept as far as it holds; exits where a test fails without any mutant."""
    now = {name: hashlib.sha256((ROOT / name).read_bytes()).hexdigest() for name in test_files()}
    known = json.loads(kept.read_text(encoding="utf-8")) if kept is not None and kept.exists() else {}
    known = {name: entry for name, entry in known.items() if now.get(name) == entry["hash"]}
    for name, tests in _record([name for name in now if name not in known]).items():
        known[name] = {"hash": now[name], "tests": tests}
    if kept is not None:
        kept.write_text(json.dumps(known), encoding="utf-8")
    return [Test(n, seconds, frozenset(map(tuple, calls))) for e in known.values() for n, seconds, calls in e["tests"]]


def _record(files: list[str]) -> dict[str, list[object]]:
    """In a child, so that this process loads nothing that is mutated."""
    found: dict[str, list[object]] = {name: [] for name in files}
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "tests.json"
        child = os.fork()
        if child == 0:
            recorder = _Recorder()
            status = _pytest(files, recorder) if files else 0
            told.write_text(json.dumps(recorder.tests), encoding="utf-8")
            os._exit(status)
        if os.waitpid(child, 0)[1]:
            raise SystemExit("a test fails without any mutant")
        for test in json.loads(told.read_text(encoding="utf-8")):
            found[test[0].split("::")[0]].append(test)
    return found


def test_files() -> list[str]:
    near = sorted((ROOT / NEAR).glob("test_*.py"))
    return [*(str(p.relative_to(ROOT)) for p in near), *(f"tests/test_{name}.py" for name in JUDGING)]


def place(mutant: Mutant) -> tuple[str, str] | None:
    """The innermost function around a mutant, as (module, qualified name); None outside all functions."""
    found: tuple[str, str] | None = None
    todo: list[tuple[ast.AST, str]] = [(ast.parse((PROVE / f"{mutant.module}.py").read_text(encoding="utf-8")), "")]
    while todo:
        node, prefix = todo.pop()
        for child in ast.iter_child_nodes(node):
            inside = getattr(child, "lineno", mutant.line) <= mutant.line <= getattr(child, "end_lineno", mutant.line)
            if not inside:
                continue
            if isinstance(child, ast.FunctionDef):
                found = mutant.module, prefix + child.name
                todo.append((child, f"{prefix}{child.name}.<locals>."))
            else:
                todo.append((child, f"{prefix}{child.name}." if isinstance(child, ast.ClassDef) else prefix))
    return found


def parts(mutant: Mutant, tests: list[Test], budget: float) -> Iterator[list[Test]]:
    """The tests that may notice: quick ones near by, then all others that the budget allows."""
    around = place(mutant)
    calling = [t for t in tests if (around in t.calls if around else any(m == mutant.module for m, _ in t.calls))]
    near = [t for t in calling if t.name.startswith(NEAR) and t.seconds < QUICK]
    spent = 0.0
    for part in (near, [t for t in calling if t not in near]):
        chosen = []
        for test in sorted(part, key=lambda t: t.seconds):
            spent += test.seconds
            if spent < budget:
                chosen.append(test)
        if chosen:
            yield chosen


def noticed(mutant: Mutant, tests: list[Test], budget: float) -> str:
    """How the tests notice the mutant; empty where they do not."""
    for part in parts(mutant, tests, budget):
        child = os.fork()
        if child == 0:
            limit = int(4 * sum(t.seconds for t in part)) + 20
            resource.setrlimit(resource.RLIMIT_CPU, (limit, limit + 5))
            resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
            sys.meta_path.insert(0, _Finder(mutant))
            os._exit(_pytest(sorted({t.name.split("::")[0] for t in part}), _Chosen([t.name for t in part])))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status not in (0, pytest.ExitCode.NO_TESTS_COLLECTED):
            return ENDS.get(status, f"ended with {status}")
    return ""


def _pytest(files: list[str], plugin: object) -> int:
    """The exit status of quiet tests, until one fails."""
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.dup2(quiet, 2)
    sys.dont_write_bytecode = True
    return int(pytest.main(["-n", "0", "-x", "-q", "-p", "no:cacheprovider", "--no-header", *files], plugins=[plugin]))


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", default="")
    parser.add_argument("--record", type=Path, help="file of what the tests call, read and renewed")
    parser.add_argument("--budget", type=float, default=90, help="seconds of processor time for one mutant")
    options = parser.parse_args()
    os.chdir(ROOT)
    modules = options.modules.split(",") if options.modules else sorted(p.stem for p in PROVE.glob("*.py"))
    every = [m for name in modules if name not in TELLING and name != "__init__" for m in mutants(name)]
    chosen = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    print(f"{len(every)} mutants are possible, {len(chosen)} are tried; seed {options.seed}", flush=True)
    import sympy.tensor.tensor  # noqa: F401  (loaded once, for all children)
    import yaml  # noqa: F401

    tests = recorded(options.record)
    killed = 0
    for n, mutant in enumerate(chosen, 1):
        begin = time.monotonic()
        how = noticed(mutant, tests, options.budget)
        killed += bool(how)
        told = f"{n:4} {mutant.module}.py:{mutant.line} {mutant.what}: {how or 'SURVIVED'}"
        print(f"{told} ({time.monotonic() - begin:.0f} s)", flush=True)
    print(f"{killed} of {len(chosen)} noticed ({100 * killed / len(chosen):.1f} %)")
    return 0 if killed >= WANTED * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
