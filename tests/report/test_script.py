"""The scripts of ``derivations witness``, run in a process of their own: what they print is what the witness says."""

from __future__ import annotations

import ast
import json
import math
import random
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.pipeline import verify
from derivations.report.outline import DocumentReport, JudgedClaim
from derivations.report.script import script
from derivations.verdicts import Counterexample, Refuted

pytest.importorskip("numpy")

TESTS = Path(__file__).resolve().parents[1]
REFERENCE = TESTS.parent / "docs" / "backpropagation.md"
CORPUS = TESTS.parents[1] / "shared" / "corpus"
CATALOGUE = sorted((TESTS / "catalogue").rglob("*.md"))
SEED = 7
SAMPLE = random.Random(SEED).sample(CATALOGUE, 12)
DRIVER = "import runpy, sys\nfor path in sys.argv[1:]: runpy.run_path(path)"
PRINTED = re.compile(r"left (\S+) right (\S+) difference (\S+)")
HEAD = "---\ngiven:\n  - A \\in \\mathbb{R}^{n \\times n}\n  - x \\in \\mathbb{R}^{n}\n---\n\n"


def counterexamples(document: DocumentReport) -> list[tuple[JudgedClaim, Refuted]]:
    found = [(c, c.verdict) for c in document.claims if isinstance(c.verdict, Refuted)]
    return [(c, v) for c, v in found if isinstance(v.witness, Counterexample)]


def value(text: str) -> float:
    """An exact number as text: ``1/2 + 3*log(2)``; sums, products, powers and a few functions of numbers."""
    return float(_value(ast.parse(text.replace("^", "**"), mode="eval").body))


def _value(node: ast.expr) -> float:
    match node:
        case ast.Constant(value=int() as number):
            return number
        case ast.Name(id="pi"):
            return math.pi
        case ast.Name(id="e"):
            return math.e
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return -_value(operand)
        case ast.Call(func=ast.Name(id=("log" | "sqrt" | "exp") as name), args=[argument]):
            return float(getattr(math, name)(_value(argument)))
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _value(left), _value(right)
            match op:
                case ast.Add():
                    return a + b
                case ast.Sub():
                    return a - b
                case ast.Mult():
                    return a * b
                case ast.Div():
                    return a / b
                case ast.Pow():
                    return float(a**b)
    raise ValueError(ast.dump(node))


def check(documents: list[DocumentReport], folder: Path) -> int:
    """Runs the scripts of all counterexamples of the documents, and compares; how many there were."""
    every = [(d, c, v) for d in documents for c, v in counterexamples(d)]
    paths = []
    for n, (document, claim, refuted) in enumerate(every):
        paths.append(folder / f"{n}.py")
        paths[-1].write_text(script(refuted, f"{document.path} {claim.id}"), encoding="ascii")
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", DRIVER, *map(str, paths)], capture_output=True, text=True, timeout=300, cwd=folder
    )
    assert run.returncode == 0, run.stderr
    printed = PRINTED.findall(run.stdout)
    assert len(printed) == len(every)
    wrong = []
    for (document, claim, refuted), numbers in zip(every, printed, strict=True):
        assert isinstance(refuted.witness, Counterexample)
        left, right = value(refuted.witness.left), value(refuted.witness.right)
        scale = max(1.0, abs(left), abs(right))
        if not all(abs(float(a) - b) < 1e-4 * scale for a, b in zip(numbers, (left, right, left - right), strict=True)):
            wrong.append(f"{document.path} {claim.id}: {left} and {right}, printed {numbers}")
    assert not wrong, "\n".join(wrong)
    return len(every)


def test_the_reference_document(tmp_path: Path) -> None:
    assert check(list(verify(REFERENCE, repairs=False).documents), tmp_path) == 2


@pytest.mark.skipif(not CORPUS.exists(), reason="the corpus is not part of the repository")
def test_the_corpus(tmp_path: Path) -> None:
    rows = [json.loads(row) for row in (CORPUS / "expected.jsonl").read_text(encoding="utf-8").splitlines()]
    files = [CORPUS / row["file"] for row in rows if row["verdict"] == "refuted"]
    assert check([d for f in files for d in verify(f, repairs=False).documents], tmp_path) > 20


def test_false_twins_of_the_catalogue(tmp_path: Path) -> None:
    """A dozen documents, drawn with a fixed seed."""
    assert check([d for path in SAMPLE for d in verify(path, repairs=False).documents], tmp_path) > 20


@pytest.mark.parametrize(
    "line",
    [
        r"\frac{\partial^2 (x^T A x)}{\partial x_i \partial x_j} = A_{ij}",
        r"d(x^T A x) = x^T A\, dx",
        r"\operatorname{vec}(A) = \operatorname{vec}(A^T)",
        r"A \otimes x = x \otimes A",
        r"\det(A) = \operatorname{tr}(A)",
        r"\operatorname{softmax}(x) = x",
        r"\prod_i x_i = \sum_i x_i",
        r"x x^T = \operatorname{diag}(x)",
        r"x^T A = x^T",
        r"\|A\| = \|A x\|",
        r"\tanh''(x_i) = \tanh'(x_i)",
        r"\sum_i |x_i| = \sum_i \sigma(x_i) \max(0, x_i)",
    ],
)
def test_every_kind_of_expression(line: str, tmp_path: Path) -> None:
    (document,) = verify(text=f"{HEAD}$${line}$$\n", repairs=False).documents
    assert check([document], tmp_path) == 1


def test_a_document_cannot_write_code() -> None:
    """What a document says stands behind ``#`` in one line of ASCII, and not in the first two lines."""
    bad = "coding: utf-7\nimport os\r\x0bimport os\u2028import os; x = '''"
    (document,) = verify(text=f"{HEAD}$$A x = x$$\n", repairs=False).documents
    ((_, refuted),) = counterexamples(document)
    text = script(refuted, bad)
    assert text.isascii()
    assert text.startswith("import numpy as np\n")
    assert not any("coding" in line for line in text.splitlines()[:1])
    assert [type(node) for node in ast.parse(text).body].count(ast.Import) == 1
    assert all(line.startswith("#") for line in text.splitlines() if "import os" in line)


def test_the_command_prints_the_script() -> None:
    result = CliRunner().invoke(cli.main, ["witness", str(REFERENCE), "5.1"])
    assert result.exit_code == 0
    assert "# exactly: left 1/6, right 1/3" in result.stdout


@pytest.mark.parametrize(
    ("claim", "message"),
    [("6.1", "is proved, not refuted"), ("99.1", "no claim 99.1: there are 1.1"), ("import os", "no claim import os")],
)
def test_claims_without_a_counterexample(claim: str, message: str) -> None:
    result = CliRunner().invoke(cli.main, ["witness", str(REFERENCE), claim])
    assert result.exit_code == 2
    assert message in result.stderr
    assert result.stdout == ""
