"""JUnit XML: every claim that is judged is a test case, as continuous integration shows them."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from xml.etree import ElementTree

from derivations.report.findings import Finding, findings
from derivations.report.outline import DocumentReport, JudgedClaim, Report
from derivations.report.plain import safe

TAGS = {"refuted": "failure", "unreadable": "error", "unknown": "skipped", "problem": "error"}
COUNTED = {"failure": "failures", "error": "errors", "skipped": "skipped"}


def as_junit(report: Report) -> str:
    suites = ElementTree.Element("testsuites", {"name": "derivations"})
    for document in report.documents:
        suites.append(_suite(document))
    for count in ("tests", "failures", "errors"):  # the schema knows no "skipped" here
        suites.set(count, str(sum(int(suite.get(count, "0")) for suite in suites)))
    ElementTree.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(suites, encoding="unicode") + "\n"


def _suite(document: DocumentReport) -> ElementTree.Element:
    suite = ElementTree.Element("testsuite", {"name": _text(document.path)})
    found = list(findings(Report((document,))))
    about = {one.claim: one for one in found if one.claim is not None}
    for number, problem in enumerate((one for one in found if one.claim is None and one.level == "error"), 1):
        suite.append(_case(document, f"document {number}", problem))
    for claim in _judged(document):
        suite.append(_case(document, f"{claim.id} {' '.join(claim.latex.split())[:120]}", about.get(claim.id)))
    suite.set("tests", str(len(suite)))
    for tag, count in COUNTED.items():
        suite.set(count, str(len(suite.findall(f"testcase/{tag}"))))
    return suite


def _judged(document: DocumentReport) -> Iterator[JudgedClaim]:
    return (claim for claim in document.claims if claim.word != "definition")


def _case(document: DocumentReport, name: str, finding: Finding | None) -> ElementTree.Element:
    case = ElementTree.Element("testcase", {"classname": _text(document.path), "name": _text(name)})
    if finding is not None:
        tag = TAGS[finding.word]
        told = {"message": _text(finding.message)} | ({} if tag == "skipped" else {"type": finding.code})
        where = finding.region
        cell = f"cell {where.cell}:" if where.cell is not None else ""
        outcome = ElementTree.SubElement(case, tag, told)
        if tag != "skipped":
            outcome.text = _text(f"{finding.path}:{cell}{where.line}:{where.column}: {finding.message}")
    return case


def _text(text: str) -> str:
    """Without what XML cannot hold."""
    return "".join("\ufffd" if unicodedata.category(c) in ("Cc", "Cs", "Cn") else c for c in safe(text))
