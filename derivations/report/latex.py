"""A report as LaTeX, for xelatex and lualatex: the blocks of ``paper.py``, written down with macros of its own.

Formulas are measured by TeX: one that is too wide is set in pieces, and a piece that is still too wide is shrunk.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from importlib.resources import files
from itertools import pairwise
from typing import assert_never

from derivations.report.breaking import ends_open, pieces
from derivations.report.graph import LINE, PADDING, SMALL, Claimed, Edge, Graph, Node
from derivations.report.mathlist import MathList, width
from derivations.report.page import Page
from derivations.report.paper import (
    Block,
    Claim,
    Counts,
    Display,
    Heading,
    Items,
    Line,
    Math,
    Paragraph,
    Picture,
    Plain,
    Quote,
    Table,
    Title,
    Verdict,
    characters,
    formula,
    paper,
    rows,
)
from derivations.report.sentences import Formula
from derivations.report.texmath import HAN, text, verbatim
from derivations.report.texmath import formula as math

LINE_EM, CELL_EM = 40.0, 10.0  # about how wide a line is, and a column
SHORT_EM = 12.0  # a formula in a line that TeX can break by itself
MARKS = {"gone": "\\DerivGone", "new": "\\DerivNew"}


def latex(page: Page) -> str:
    """The whole file."""
    blocks = paper(page)
    preamble = files("derivations.report").joinpath("templates/report.tex").read_text("utf-8")
    head = preamble.replace("%%HAN%%", "\\DerivLoadHan\n" if _has_han(blocks) else "")
    body = "\n".join(part for block in blocks for part in _block(block))
    return f"{head}\\begin{{document}}\n{body}\n\\end{{document}}\n"


def _has_han(blocks: Iterable[Block]) -> bool:
    return HAN.search("".join(sorted(characters(blocks)))) is not None


# ------------------------------------------------------------------- blocks


def _block(block: Block) -> Iterator[str]:
    match block:
        case Title(shown, path):
            yield f"\\DerivTitle{{{_line(shown)}}}{{{verbatim(path)}}}"
        case Heading(level, shown):
            yield f"\\{'section' if level == 1 else 'subsection'}*{{{_line(shown)}}}"
        case Verdict(word, shown, large):
            yield f"\\Deriv{'Conclusion' if large else 'Verdict'}{{{word}}}{{{_line(shown)}}}"
        case Counts(words, scope):
            shown_words = " \\quad ".join(f"\\DerivCount{{{word}}}{{{text(label)}}}" for word, label in words)
            yield f"\\DerivCounts{{{shown_words}}}{{{text(f'proofs: {scope}') if scope else ''}}}"
        case Paragraph(shown, leads):
            yield f"\\Deriv{'Lead' if leads else 'Par'}{{{_line(shown)}}}"
        case Display(shown, number):
            written = f"\\DerivQuote{{{verbatim(shown.text)}}}" if isinstance(shown, Quote) else _display(shown)
            yield f"\\DerivNumbered{{{number}}}{{{written}}}" if number else written
        case Items(lines, ordered):
            name = "DerivSteps" if ordered else "itemize"
            yield f"\\begin{{{name}}}"
            yield from (f"\\item {_line(one)}" for one in lines)
            yield f"\\end{{{name}}}"
        case Table():
            yield from _table(block)
        case Picture(drawn, caption):
            yield _picture(drawn, caption)
        case Claim(head, place, body):
            yield f"\\begin{{DerivClaim}}{{{head.word}}}{{{_line(head.text)}}}{{{text(place)}}}"
            yield from (part for inner in body for part in _block(inner))
            yield "\\end{DerivClaim}"
        case _:
            assert_never(block)


def _table(table: Table) -> Iterator[str]:
    """The last column takes the rest of the line; a table may go over pages."""
    yield f"\\begin{{DerivTable}}{{{len(table.heads)}}}"
    yield " & ".join(f"\\textbf{{{text(head)}}}" for head in table.heads) + " \\\\ \\hline \\endhead"
    yield from (" & ".join(map(_cell, row)) + " \\\\" for row in table.rows)
    yield "\\end{DerivTable}"


# ------------------------------------------------------------------- pieces


def _line(pieces_of_it: Line) -> str:
    return "".join(map(_piece, pieces_of_it))


def _cell(cell: Line) -> str:
    """Columns are narrow: formulas are measured there, all of them."""
    return "".join(_piece(piece, 0.0, CELL_EM) for piece in cell)


def _piece(piece: Plain | Quote | Math, short: float = SHORT_EM, limit: float = LINE_EM * 0.8) -> str:
    match piece:
        case Plain(words, strong):
            return f"\\textbf{{{text(words)}}}" if strong else text(words)
        case Quote(quoted):
            return f"\\DerivCode{{{verbatim(quoted)}}}"
        case Math():
            if width(piece.items) <= short:
                return f"${math(piece.items)}$"
            return f"\\DerivInline{{{''.join(_pieces(pieces(row, limit)) for row in rows(piece.items))}}}"
        case _:
            assert_never(piece)


def _display(shown: Math) -> str:
    """The formula whole, and what is set instead where that is too wide or too high."""
    if not _may_break(shown.items):
        return f"\\DerivShort{{{MARKS[shown.mark]}}}{{{math(shown.items)}}}"
    lines = "\\DerivRow ".join(_pieces(pieces(row, LINE_EM * 0.9)) for row in rows(shown.items))
    return f"\\DerivFormula{{{MARKS[shown.mark]}}}{{{math(shown.items)}}}{{{lines}}}"


def _may_break(items: MathList) -> bool:
    """Whether there is any doubt that it fits; TeX will know."""
    return len(rows(items)) > 1 or width(items) > LINE_EM / 2


def _pieces(parts: list[MathList]) -> str:
    """A sign at the beginning of a later piece, or at an end, has something to stand apart from."""
    return "".join(f"\\DerivPiece{{{'{}' if number else ''}{_ended(part)}}}" for number, part in enumerate(parts))


def _ended(part: MathList) -> str:
    return math(part) + ("{}" if ends_open(part) else "")


# ------------------------------------------------------------------ picture


def _picture(drawn: Graph, caption: str) -> str:
    parts = [
        *(_edge(edge) for edge in drawn.edges if edge.word is None),
        *(_edge(edge) for edge in drawn.edges if edge.word is not None),
        *(part for node in drawn.nodes for part in _node(node)),
    ]
    body = "\n".join(parts)
    return f"\\begin{{DerivPicture}}{{{text(caption)}}}\n{body}\n\\end{{DerivPicture}}"


def _node(node: Node) -> Iterator[str]:
    """Borders, then the lines of text."""
    left, right, top, bottom = (
        node.x - node.width / 2, node.x + node.width / 2, node.y - node.height / 2, node.y + node.height / 2
    )  # fmt: skip
    corners = {"input": "0", "parameter": "0", "definition": "0.4", "loss": f"{node.height / 2:.2f}"}[node.role]
    line = "very thick" if node.role in ("parameter", "loss") else "thin"
    yield f"\\draw[{line}, rounded corners={corners}em] ({left:.2f},{top:.2f}) rectangle ({right:.2f},{bottom:.2f});"
    shown = [(1.0, "", _name(node.name)), (SMALL, "", _shape(node))]
    shown += [(SMALL, f"Deriv{one.word}", _gradient(one)) for one in node.gradients]
    for number, (size, colour, words) in enumerate(shown):
        y = top + PADDING / 2 + LINE * (number + 0.5)
        options = f"[{colour}]" if colour else ""
        yield f"\\node{options} at ({node.x:.2f},{y:.2f}) {{{_sized(size, words)}}};"


def _sized(size: float, words: str) -> str:
    return words if size == 1.0 else f"\\small {words}"


def _name(name: str) -> str:
    return _piece_plain(formula(Formula(name, name)))


def _piece_plain(piece: Math | Quote) -> str:
    return f"${math(piece.items)}$" if isinstance(piece, Math) else text(piece.text)


def _shape(node: Node) -> str:
    return " ".join(filter(None, ("${}\\times{}$".join(map(_name, node.dims)), text(node.remark))))


def _gradient(claimed: Claimed) -> str:
    quotient = f"$\\partial$\\kern0.05em{_name(claimed.of)}/$\\partial$\\kern0.05em{_name(claimed.by)}"
    return f"\\DerivSign{{{claimed.word}}} {quotient} {text(', '.join(claimed.claims))}"


def _edge(edge: Edge) -> str:
    path = f"({edge.points[0][0]:.2f},{edge.points[0][1]:.2f})"
    for (x0, y0), (x1, y1) in pairwise(edge.points):
        middle = (y0 + y1) / 2
        path += f" .. controls ({x0:.2f},{middle:.2f}) and ({x1:.2f},{middle:.2f}) .. ({x1:.2f},{y1:.2f})"
    if edge.word is None:
        return f"\\draw[->, black!60] {path};"
    (xm, ym), (xn, yn) = edge.points[-2:]
    sign = f"node at ({(xm + xn) / 2:.2f},{(ym + yn) / 2:.2f}) [fill=white, inner sep=1pt] {{\\small\\DerivSign{{{edge.word}}}}}"
    return f"\\draw[->, thick, dashed, Deriv{edge.word}] {path} {sign};"

