"""The documentation runs: every command in it, with the output that it shows, and every code has its section."""

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

from derivations.read.document import Document, load
from derivations.read.markdown import read_markdown

ROOT = Path(__file__).resolve().parent.parent
SHARED = ROOT.parent / "shared"
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
ANY_LINES = "…"
SETUP = ("python3 -m venv ", ".venv/bin/pip install ")  # done for real by .ci/run
TESTS = ".venv/bin/python -m pytest"


def blocks(text: str, language: str) -> list[str]:
    return [token.content for token in MarkdownIt().parse(text) if token.type == "fence" and token.info.strip() == language]


def commands(block: str) -> list[tuple[str, list[str]]]:
    """The lines ``$ command`` of a console block, each with the output lines below it."""
    found: list[tuple[str, list[str]]] = []
    for line in block.splitlines():
        if line.startswith("$ "):
            found.append((line[2:], []))
        else:
            found[-1][1].append(line)
    return found


def matches(expected: list[str], printed: list[str]) -> bool:
    """Line by line; a line ``…`` stands for any number of lines."""
    if not expected:
        return not printed
    if expected[0].strip() == ANY_LINES:
        return any(matches(expected[1:], printed[start:]) for start in range(len(printed) + 1))
    return bool(printed) and expected[0].rstrip() == printed[0].rstrip() and matches(expected[1:], printed[1:])


def run(command: str, tools: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": f"{tools}{os.pathsep}{os.environ['PATH']}", "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    return subprocess.run(
        ["bash", "-c", command], cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300
    )


@pytest.fixture(scope="module")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the commands ``derivations`` and ``python`` of the environment under test."""
    folder = tmp_path_factory.mktemp("bin")
    for name, arguments in (("derivations", "-m derivations.cli"), ("python", "")):
        script = folder / name
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments} "$@"\n')
        script.chmod(0o755)
    return folder


CONSOLE = [
    pytest.param(command, output, id=f"{page.name}: {command}")
    for page in PAGES
    for block in blocks(page.read_text(), "console")
    for command, output in commands(block)
]
SHELL = [
    pytest.param(step.strip(), id=f"{page.name}: {step.strip()}")
    for page in PAGES
    for block in blocks(page.read_text(), "sh")
    for step in block.replace("\n", " && ").split(" && ")
    if step.strip() and not step.strip().startswith((*SETUP, TESTS))
]


@pytest.mark.parametrize(("command", "output"), CONSOLE)
def test_console_blocks_show_what_comes_out(command: str, output: list[str], tools: Path) -> None:
    done = run(command, tools)
    assert "Traceback" not in done.stderr
    assert matches(output, done.stdout.splitlines()), done.stdout + done.stderr


@pytest.mark.parametrize("command", SHELL)
def test_shell_blocks_run(command: str, tools: Path) -> None:
    """Exit status 1 is an answer (lines were refuted); 2 and everything else is a failure."""
    assert command.startswith(".venv/bin/derivations "), f"a command that no test runs: {command}"
    done = run(command.removeprefix(".venv/bin/"), tools)
    assert done.returncode in (0, 1), done.stderr
    assert done.stdout


def test_the_readme_has_its_two_commands() -> None:
    main, tests = blocks((ROOT / "README.md").read_text(), "sh")
    assert main.rstrip().endswith("derivations run docs/backpropagation.md")
    assert tests.rstrip().endswith(TESTS)
    assert "python -m pytest" in (ROOT / "scripts/check").read_text()


def test_matching_of_output() -> None:
    assert matches(["a", "…", "d"], ["a", "b", "c", "d"])
    assert matches(["a", "…"], ["a"])
    assert not matches(["a", "c"], ["a", "b"])
    assert not matches(["a"], ["a", "b"])
    assert not matches(["a", "b"], ["a"])
    assert not matches(["…", "x"], ["a", "b"])


def test_relative_links_lead_somewhere() -> None:
    for page in PAGES:
        for token in MarkdownIt().parse(page.read_text()):
            for child in token.children or ():
                target = str(child.attrs.get("href", ""))
                if target and "://" not in target and not target.startswith("#"):
                    assert (page.parent / target.partition("#")[0]).exists(), f"{page.name}: {target}"


# --------------------------------------------------------------------- codes


def codes_in(tree: ast.AST) -> set[str]:
    """Literal codes of problems and of undecided claims."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.args:
            position = {"Problem": 0, "NotText": 0, "Unknown": 1}.get(node.func.id)
            keyword = next((k.value for k in node.keywords if k.arg == "code"), None)
            value = keyword or (node.args[position] if position is not None and position < len(node.args) else None)
            if position is not None and isinstance(value, ast.Constant) and isinstance(value.value, str):
                found.add(value.value)
    return found


def test_every_code_has_its_section() -> None:
    headings = {line[4:].strip() for line in (ROOT / "docs/codes.md").read_text().splitlines() if line.startswith("### ")}
    used = set().union(*(codes_in(ast.parse(path.read_text())) for path in (ROOT / "derivations").rglob("*.py")))
    assert {"unbalanced-math", "not-utf8"} <= used
    assert used - headings == set()


def test_codes_are_found() -> None:
    assert codes_in(ast.parse('raise Problem("a-code", "text")\nUnknown("why", "late")\nUnknown("why", code="kw")')) == {
        "a-code", "late", "kw",
    }  # fmt: skip


# ---------------------------------------------------------------- derivation


def latex(document: Document) -> list[str]:
    return [document.latex(display) for display in document.displays]


@pytest.mark.skipif(not SHARED.exists(), reason="the source document lies beside the project")
def test_the_reference_derivation_has_the_equations_of_its_source() -> None:
    ours = read_markdown(load(str(ROOT / "docs/backpropagation.md")))
    assert latex(ours) == latex(read_markdown(load(str(SHARED / "seed/000_311cbf91cea89977.txt"))))


@pytest.mark.parametrize("name", ["backpropagation.md", "backpropagation-corrected.md"])
def test_the_documents_read_without_problems(name: str) -> None:
    document = read_markdown(load(str(ROOT / "docs" / name)))
    assert document.problems == ()
    assert document.front_matter is not None
    assert document.front_matter.problems == ()
    train = document.front_matter.train
    assert train is not None
    assert [one.text for one in (train.loss, train.features, train.labels, *train.parameters) if one] == [
        "L", "X^{(0)}", "k", "W_1", "W_2",
    ]  # fmt: skip
