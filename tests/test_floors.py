"""Imports point down, and nothing that turns text into code or guesses an answer is called."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "derivations"
ORDER = (
    "source", "files", "limits", "expr", "shapes", "claims", "verdicts", "read", "interpret", "prove", "repair", "report",
    "config", "pipeline", "messages", "fix", "nursery", "worker", "__init__", "commands", "cli",
)  # fmt: skip
APART = {"prove": {"read", "interpret"}, "report": {"prove", "interpret", "repair"}}
ROOF = {"commands", "cli"}
FORBIDDEN = {"sympify", "parse_expr", "parse_latex", "eval", "exec", "simplify", "nsimplify", "equals", "piecewise_fold"}


def floor(module: str) -> str:
    """``derivations.read.markdown`` → ``read``; the package itself is ``__init__``."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def module_name(path: Path) -> str:
    parts = path.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" and len(parts) > 2 else parts)


def imported(tree: ast.AST) -> set[str]:
    """Modules of ours that are imported anywhere in the code, also inside functions."""
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute here"
            if node.module == "derivations":
                found |= {f"derivations.{alias.name}" for alias in node.names if alias.name != "__version__"}
            elif node.module:
                found.add(node.module)
    return {name for name in found if name.split(".")[0] in ("derivations", "numeric")}


def trespasses(module: str, tree: ast.AST) -> list[str]:
    own = floor(module)
    wrong = []
    for name in imported(tree):
        theirs = floor(name)
        if name.startswith("numeric"):
            if own not in ROOF:
                wrong.append(f"{module} imports {name}")
        elif theirs in APART.get(own, set()) or ORDER.index(theirs) > ORDER.index(own):
            wrong.append(f"{module} imports {name}")
    return wrong


def forbidden_names(tree: ast.AST) -> set[str]:
    """Forbidden functions, however they are named: called, passed on, or imported."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    names |= {alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) for alias in node.names}
    return names & FORBIDDEN


MODULES = sorted(PACKAGE.rglob("*.py"))


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_imports_point_down(path: Path) -> None:
    assert trespasses(module_name(path), ast.parse(path.read_text())) == []


@pytest.mark.parametrize("path", MODULES, ids=module_name)
def test_text_never_becomes_code_and_nothing_is_guessed(path: Path) -> None:
    assert forbidden_names(ast.parse(path.read_text())) == set()


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("derivations.expr", "from derivations.claims import Context"),
        ("derivations.read.markdown", "import derivations.pipeline"),
        ("derivations.prove.judge", "def late():\n    from derivations.interpret.names import Names"),
        ("derivations.prove.judge", "from derivations import report"),
        ("derivations.report.html", "from derivations.prove.judge import judge"),
        ("derivations.pipeline", "import numeric.lower"),
    ],
)
def test_a_trespass_is_seen(module: str, code: str) -> None:
    assert trespasses(module, ast.parse(code))


@pytest.mark.parametrize(
    ("module", "code"),
    [
        ("derivations.claims", "from derivations.expr import Expr\nimport sympy"),
        ("derivations.prove.judge", "from derivations.prove.zero import is_zero"),
        ("derivations.cli", "from numeric.train import train\nfrom derivations.pipeline import verify"),
    ],
)
def test_what_is_allowed(module: str, code: str) -> None:
    assert trespasses(module, ast.parse(code)) == []


@pytest.mark.parametrize(
    "code",
    [
        "sympy.simplify(x)",
        "from sympy import nsimplify as tidy",
        "a.equals(b)",
        "map(eval, rows)",
        "sympy.parsing.latex.parse_latex('x')",
    ],
)
def test_a_forbidden_name_is_seen(code: str) -> None:
    assert forbidden_names(ast.parse(code))


def test_a_module_without_a_floor_is_seen() -> None:
    with pytest.raises(ValueError, match="not in tuple"):
        trespasses("derivations.elsewhere", ast.parse("import derivations.source"))


def test_judging_runs_without_numpy() -> None:
    """No module of the package imports an array library or a compiled loader."""
    for path in MODULES:
        tree = ast.parse(path.read_text())
        roots = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
        roots |= {(node.module or "").split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
        assert not roots & {"numpy", "scipy", "jax", "torch", "matplotlib", "sklearn"}, path


# --------------------------------------------------------- doors to code

CALLS = {  # what turns text into code, or starts a program: the modules that may, and no other
    "compile": (), "__import__": (), "from_string": (), "unsafe_load": (), "full_load": (), "system": (), "popen": (),
    "lambdify": ("numeric.targets.printer",),
    "import_module": ("derivations",),
}  # fmt: skip
IMPORTS = {  # what does, turns data into objects, or reaches out
    "pickle": ("derivations.messages",), "marshal": (), "shelve": (), "ctypes": (), "runpy": (), "codeop": (),
    "subprocess": ("derivations.worker", "derivations.report.pdf"),
    "socket": ("derivations.worker", "derivations.nursery"),
    "urllib.request": (), "http": (), "requests": (),
}  # fmt: skip
DOORS = {**CALLS, **IMPORTS}
EVERYTHING = [*MODULES, *sorted((ROOT / "numeric").rglob("*.py"))]


def doors(tree: ast.AST) -> set[str]:
    """Names among ``DOORS`` that are called or imported, and dangerous arguments."""
    found: set[str] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in CALLS:
                found.add(name)
            case ast.Call(func=ast.Attribute(attr=name)) if name in CALLS and name != "compile":  # re.compile is none
                found.add(name)
            case ast.Import(names=names):
                found |= {door for a in names for door in IMPORTS if _is_in(a.name, door)}
            case ast.ImportFrom(module=module, names=names):
                found |= {door for a in names for door in IMPORTS if _is_in(f"{module}.{a.name}", door)}
                found |= {a.name for a in names} & set(CALLS)
            case ast.keyword(arg="shell") | ast.keyword(arg="allow_pickle", value=ast.Constant(value=True)):
                found.add(f"{node.arg}=")
            case _:
                pass
    return found


def _is_in(module: str, package: str) -> bool:
    return f"{module}.".startswith(f"{package}.")


@pytest.mark.parametrize("path", EVERYTHING, ids=module_name)
def test_doors_to_code_are_where_they_are_listed(path: Path) -> None:
    tree, module = ast.parse(path.read_text()), module_name(path).removesuffix(".__init__")
    assert [name for name in doors(tree) if module not in DOORS.get(name, ())] == []
    assert not forbidden_names(tree) & {"eval", "exec", "sympify", "parse_expr", "parse_latex"}


@pytest.mark.parametrize(
    "code",
    ["compile('1', '', 'eval')", "__import__('os')", "import pickle", "from pickle import loads", "import os\nos.system('x')",
     "from urllib.request import urlopen",
     "subprocess.run('x', shell=True)", "np.load(p, allow_pickle=True)", "Environment().from_string(x)", "sympy.lambdify(x, y)"],
)  # fmt: skip
def test_a_door_is_seen(code: str) -> None:
    assert doors(ast.parse(code))


def test_what_is_no_door() -> None:
    assert not doors(ast.parse("re.compile('x')\nnp.load(p, allow_pickle=False)"))
