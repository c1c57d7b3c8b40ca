"""Mutation testing of ``derivations/prove``: one small change of the code at a time, and whether the tests notice.

    python -m tests.mutants [--sample 100] [--seed 1] [--modules normal,zero] [--wide]

Each mutant is tested in children of this process: the tests of its module and of its neighbours (``NEAR``), one file after
the other until one fails; with ``--wide`` also those parts of the suite that judge whole documents.  A file that takes more
than ``--seconds`` of processor time counts as a failure.  Prints every survivor with its place; exit status 1 where fewer
than 85 % are noticed.
"""

from __future__ import annotations

import argparse
import ast
import copy
import importlib.abc
import importlib.machinery
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROVE = ROOT / "derivations" / "prove"
TELLING = frozenset({"explain", "readable", "laws", "steps", "render"})  # what is told of a proof, and decides nothing
NORMAL_FORM = "normal boxes faults survivors canonical"
NEAR = {  # of tests/prove, the likeliest first
    "boxes": "boxes normal faults survivors", "matching": "matching survivors normal faults", "zero": "zero entrywise",
    "entries": "points entrywise", "gates": "entrywise points", "points": "points entrywise",
    "entrywise": "entrywise judge", "ideal": "entrywise zero points",
    "sampling": "sampling witness", "pointwise": "pointwise witness", "witness": "witness pointwise",
    "evaluation": "evaluation pointwise witness", "exactnumber": "exactnumber evaluation pointwise survivors",
    "exactmatrix": "exactnumber evaluation", "dual": "exactnumber evaluation witness", "generalise": "generalise judge",
    "judge": "judge",
}  # fmt: skip
WIDE = ("catalogue", "notation", "reference", "campaign")
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


def files(module: str, wide: bool) -> list[str]:
    """The test files that may notice a mutant of a module."""
    near = [f"tests/prove/test_{name}.py" for name in NEAR.get(module, NORMAL_FORM).split()]
    return [*near, *(f"tests/test_{name}.py" for name in WIDE)] if wide else near


def noticed(mutant: Mutant | None, tests: list[str], seconds: int) -> str:
    """How the tests notice the mutant; empty where they do not."""
    for file in tests:
        child = os.fork()
        if child == 0:
            _test(mutant, file, seconds)
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status:
            return f"{ENDS.get(status, f'ended with {status}')} in {file}"
    return ""


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


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--modules", default="")
    parser.add_argument("--wide", action="store_true", help="documents, too: minutes for each survivor")
    parser.add_argument("--seconds", type=int, default=120, help="of processor time for one test file")
    options = parser.parse_args()
    os.chdir(ROOT)
    modules = options.modules.split(",") if options.modules else sorted(p.stem for p in PROVE.glob("*.py"))
    every = [m for name in modules if name not in TELLING and name != "__init__" for m in mutants(name)]
    chosen = random.Random(options.seed).sample(every, min(options.sample, len(every)))
    print(f"{len(every)} mutants are possible, {len(chosen)} are tried; seed {options.seed}", flush=True)
    import mpmath  # noqa: F401  (loaded once, for all children)
    import sympy.tensor.tensor  # noqa: F401
    import yaml  # noqa: F401

    every_test = sorted({file for m in chosen for file in files(m.module, options.wide)})
    if how := noticed(None, every_test, options.seconds):
        print(f"without any mutant: {how}")
        return 1
    killed = 0
    for n, mutant in enumerate(chosen, 1):
        begin = time.monotonic()
        how = noticed(mutant, files(mutant.module, options.wide), options.seconds)
        killed += bool(how)
        told = f"{n:4} {mutant.module}.py:{mutant.line} {mutant.what}: {how or 'SURVIVED'}"
        print(f"{told} ({time.monotonic() - begin:.0f} s)", flush=True)
    print(f"{killed} of {len(chosen)} noticed ({100 * killed / len(chosen):.1f} %)")
    return 0 if killed >= WANTED * len(chosen) else 1


if __name__ == "__main__":
    sys.exit(main())
