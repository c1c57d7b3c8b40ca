"""Workflow commands of GitHub Actions: findings as annotations of the changed lines."""

from __future__ import annotations

from derivations.report.findings import Finding, findings
from derivations.report.outline import Report
from derivations.report.plain import safe


def as_github(report: Report) -> str:
    return "".join(f"{_annotation(one)}\n" for one in findings(report))


def _annotation(one: Finding) -> str:
    """In a notebook the cell is told in words: its lines are not lines of the file."""
    where = one.region
    place = {"file": safe(one.path)}
    if where.cell is None:
        place |= {"line": str(where.line), "endLine": str(where.end_line)}
        if where.line == where.end_line:  # columns of several lines are not shown
            place |= {"col": str(where.column), "endColumn": str(where.end_column)}
    what = f"claim {one.claim} {one.word}" if one.claim else one.word
    place["title"] = f"{what} [{one.code}]"
    text = one.message if where.cell is None else f"cell {where.cell}, line {where.line}: {one.message}"
    properties = ",".join(f"{key}={_escaped_property(value)}" for key, value in place.items())
    return f"::{one.level} {properties}::{_escaped(text)}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _escaped_property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
