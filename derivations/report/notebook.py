"""A report in a notebook: HTML in a frame of its own, LaTeX, plain text."""

from __future__ import annotations

from html import escape

from derivations.report.outline import Report
from derivations.report.page import ClaimPart, page
from derivations.report.terminal import full

SIGNS = {"proved": "\\checkmark", "refuted": "\\times", "unknown": "?", "unreadable": "!", "definition": "\\cdot"}
SPECIAL = str.maketrans({character: f"\\{character}" for character in "#$%&_{}"} | {
    "\\": "\\backslash{}", "^": "\\char94{}", "~": "\\char126{}",
})  # fmt: skip


def mimebundle(report: Report) -> dict[str, str]:
    """Without the libraries for HTML, that is left out: a notebook shows the text."""
    shown = {"text/plain": full(report), "text/latex": as_rows(report)}
    try:
        from derivations.report.html import as_html
    except ModuleNotFoundError:
        return shown
    frames = (_frame(as_html(page(document)), document.path) for document in report.documents)
    return {"text/html": "".join(frames), **shown}


def _frame(html: str, name: str) -> str:
    """A page of its own within the notebook's: neither's style sheet reaches the other, and no script runs."""
    style = "width: 100%; height: 40rem; border: 0"
    return f'<iframe title="Report on {escape(name)}" sandbox="" style="{style}" srcdoc="{escape(html)}"></iframe>'


def as_rows(report: Report) -> str:
    """One formula a claim, with its verdict and its number, as a notebook typesets it."""
    rows = [_row(claim) for document in report.documents for display in page(document).displays for claim in display.claims]
    body = " \\\\\n".join(rows) or "\\text{no claims}"
    return f"$$\\begin{{array}}{{lll}}\n{body}\n\\end{{array}}$$"


def _row(claim: ClaimPart) -> str:
    found = claim.formula.latex or f"\\text{{{claim.formula.source.translate(SPECIAL)}}}"
    return f"{SIGNS[claim.word]} & {claim.id} & \\displaystyle {found}"
