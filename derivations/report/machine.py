"""Reports for programs: one JSON object, as CONTRACT.md section 3 has it."""

from __future__ import annotations

import json
from typing import Any

from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay, Report, code, entry, inputs, message
from derivations.source import Source
from derivations.verdicts import AllSizes, Counterexample, Proved, Refuted, Repair, Scope, Unreadable, Witness

VERSION = 1


def as_json(report: Report) -> str:
    """ASCII alone: what a document contains cannot act on a terminal, and every encoding can carry it."""
    return json.dumps(as_object(report), indent=2, ensure_ascii=True) + "\n"


def as_object(report: Report) -> dict[str, Any]:
    return {
        "version": VERSION,
        "documents": [_document(document) for document in report.documents],
        "summary": report.summary,
    }


def _document(document: DocumentReport) -> dict[str, Any]:
    return {
        "path": document.path,
        "readings": [*document.readings, *document.conventions],
        "displays": [_display(document.source, display) for display in document.displays],
    }


def _display(source: Source, display: JudgedDisplay) -> dict[str, Any]:
    line, column = source.position(display.span.start)
    return {
        **_cell(source, display.span.start),
        "line": line,
        "column": column,
        "latex": display.latex,
        "verdict": display.word,
        "claims": [_claim(source, claim) for claim in display.claims],
    }


def _claim(source: Source, claim: JudgedClaim) -> dict[str, Any]:
    (line, column), (end_line, end_column) = map(source.position, (claim.span.start, claim.span.end))
    verdict = claim.verdict
    refuted = verdict if isinstance(verdict, Refuted) else None
    return {
        "id": claim.id,
        **_cell(source, claim.span.start),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "latex": claim.latex,
        "kind": claim.kind,
        "verdict": claim.word,
        "scope": _scope(verdict.scope) if isinstance(verdict, Proved) else None,
        "method": verdict.method if isinstance(verdict, Proved | Refuted) else None,
        "conventions": list(verdict.conventions),
        "conditions": list(verdict.conditions) if isinstance(verdict, Proved) else [],
        "code": code(verdict),
        "message": _message(source, claim),
        "witness": _witness(refuted, refuted.witness) if refuted else None,
        "repair": _repair(refuted.repair) if refuted and refuted.repair else None,
    }


def _cell(source: Source, offset: int) -> dict[str, int]:
    """In a notebook lines count within their cell, which is then named."""
    cell = source.cell(offset)
    return {} if cell is None else {"cell": cell.number}


def _message(source: Source, claim: JudgedClaim) -> str:
    """An unreadable claim's place is finer than the claim: it is told here."""
    text = message(claim.verdict)
    if isinstance(claim.verdict, Unreadable) and (span := claim.verdict.problem.span) is not None:
        line, column = source.position(span.start)
        return f"{text} (line {line}, column {column})"
    return text


def _scope(scope: Scope) -> str | list[dict[str, int]]:
    return str(scope) if isinstance(scope, AllSizes) else [dict(sizes) for sizes in scope]


def _witness(refuted: Refuted, witness: Witness) -> dict[str, Any]:
    if not isinstance(witness, Counterexample):
        return {"shapes": dict(witness.shapes)}
    return {
        "sizes": dict(witness.point.sizes),
        "inputs": inputs(refuted),
        "entry": entry(witness),
        "left": witness.left,
        "right": witness.right,
    }


def _repair(repair: Repair) -> dict[str, Any]:
    return {"latex": repair.latex, "edit": repair.edit, "scope": _scope(repair.scope)}
