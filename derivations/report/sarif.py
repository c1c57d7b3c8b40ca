"""SARIF 2.1.0: what code-scanning services read."""

from __future__ import annotations

import json
from pathlib import PurePath
from typing import Any
from urllib.parse import quote

from derivations import __version__
from derivations.report.findings import Finding, findings
from derivations.report.outline import Report

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
VERSION = "2.1.0"


def as_sarif(report: Report) -> str:
    """ASCII alone, as the JSON report is."""
    return json.dumps(as_object(report), indent=2, ensure_ascii=True) + "\n"


def as_object(report: Report) -> dict[str, Any]:
    found = list(findings(report))
    rules = list(dict.fromkeys(one.code for one in found))
    driver = {
        "name": "derivations",
        "version": __version__,
        "rules": [{"id": rule, "shortDescription": {"text": rule.replace("-", " ")}} for rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "unicodeCodePoints",
        "results": [_result(one, rules.index(one.code)) for one in found],
    }
    return {"$schema": SCHEMA, "version": VERSION, "runs": [run]}


def _result(one: Finding, rule: int) -> dict[str, Any]:
    where = one.region
    location: dict[str, Any] = {
        "physicalLocation": {
            "artifactLocation": {"uri": _uri(one.path)},
            "region": {
                "startLine": where.line,
                "startColumn": where.column,
                "endLine": where.end_line,
                "endColumn": where.end_column,
            },
        }
    }
    names = ([f"cell {where.cell}"] if where.cell is not None else []) + ([f"claim {one.claim}"] if one.claim else [])
    if names:
        location["logicalLocations"] = [{"name": name} for name in names]
    return {
        "ruleId": one.code,
        "ruleIndex": rule,
        "level": one.level,
        "message": {"text": f"{one.word}: {one.message}"},
        "locations": [location],
    }


def _uri(path: str) -> str:
    """Relative paths stay relative: services resolve them against the repository."""
    parts = PurePath(path)
    return parts.as_uri() if parts.is_absolute() else quote(parts.as_posix())
