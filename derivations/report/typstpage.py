"""A report as Typst markup: the blocks of ``paper.py``.  Text stands in strings, formulas are made from nodes."""

from __future__ import annotations

from collections.abc import Iterator
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
    formula,
    paper,
    rows,
)
from derivations.report.sentences import Formula
from derivations.report.typstmath import GOES_ON, NOTHING, string
from derivations.report.typstmath import formula as math

LONG_WORD = 30  # characters
LINE_EM, SHORT_EM = 40.0, 12.0  # about how wide a line is, and a formula in it that is not broken
DATE = 'if "dated" in sys.inputs { datetime(year: 2000, month: 1, day: 1) }'  # only where a check asks for one


def typst(page: Page) -> str:
    """The whole file."""
    template = files("derivations.report").joinpath("templates/report.typ").read_text("utf-8")
    body = "\n".join(part for block in paper(page) for part in _block(block))
    return template.replace("//DOCUMENT//", f"#set document(title: {string(page.title_text)}, date: {DATE})") + body + "\n"


# ------------------------------------------------------------------- blocks


def _block(block: Block) -> Iterator[str]:
    match block:
        case Title(shown, path):
            yield f"#title-lines({_content(shown)}, {string(path)})"
        case Heading(level, shown):
            yield f"#heading(level: {level}, {_content(shown)})"
        case Verdict(word, shown, large):
            yield f'#{"conclusion" if large else "verdict"}("{word}", {_content(shown)})'
        case Counts(words, scope):
            shown_words = "".join(f'("{word}", {string(label)}), ' for word, label in words)
            yield f"#counts(({shown_words}), {string(f'proofs: {scope}' if scope else '')})"
        case Paragraph(shown, leads):
            yield f"#block(sticky: {'true' if leads else 'false'}, {_content(shown)})"
        case Display(shown, number):
            written = f"#quoted({string(shown.text)})" if isinstance(shown, Quote) else _display(shown)
            yield f"#numbered({string(number)})[{written}]" if number else written
        case Items(lines, ordered):
            yield f"#{'steps' if ordered else 'list'}({', '.join(map(_content, lines))})"
        case Table(heads, table_rows):
            cells = [f"[*#{string(head)}*]" for head in heads] + [_cell(cell) for row in table_rows for cell in row]
            yield f"#symbols({len(heads)}, {', '.join(cells)})"
        case Picture(drawn, caption):
            yield _picture(drawn, caption)
        case Claim(head, place, body):
            inner = "\n".join(part for one in body for part in _block(one))
            yield f'#claim("{head.word}", {_content(head.text)}, {string(place)})[\n{inner}\n]'
        case _:
            assert_never(block)


# ------------------------------------------------------------------- pieces


def _content(shown: Line, set_with: str = "piece") -> str:
    return f"[{''.join(_piece(piece, set_with) for piece in shown)}]"


def _cell(cell: Line) -> str:
    """Columns are narrow."""
    return _content(cell, "cell")


def _piece(piece: Plain | Quote | Math, set_with: str) -> str:
    match piece:
        case Plain(words, strong):
            shown = f"words({string(words)})" if any(len(word) > LONG_WORD for word in words.split()) else string(words)
            return f"#strong({shown})" if strong else f"#{shown};"
        case Quote(quoted):
            return f"#code({string(quoted)})"
        case Math(items, mark):
            parts = [items] if width(items) <= SHORT_EM else [part for row in rows(items) for part in pieces(row, LINE_EM * 0.8)]
            return _marking(mark, "".join(f"#{set_with}({part})" for part in _equations(parts)))
        case _:
            assert_never(piece)


def _equations(parts: list[MathList]) -> Iterator[str]:
    for number, part in enumerate(parts):
        yield f"${GOES_ON if number else ''}{math(part)}{f' {NOTHING}' if ends_open(part) else ''}$"


def _marking(mark: str, inner: str) -> str:
    """``marked`` is what the nodes' printer calls."""
    return f"#{{let marked = {mark}; [{inner}]}}" if "marked(" in inner else inner


def _display(shown: Math) -> str:
    """The formula whole, and its rows in pieces for where that is too wide or too high."""
    parts = (pieces(row, LINE_EM * 0.9) for row in rows(shown.items))
    lines = "".join(f"({''.join(f'{part}, ' for part in _equations(row))}), " for row in parts)
    call = f"#formula(${math(shown.items)}$, ({lines}))"
    return _marking(shown.mark, call)


# ------------------------------------------------------------------ picture


def _picture(drawn: Graph, caption: str) -> str:
    parts = [
        *(_edge(edge) for edge in drawn.edges if edge.word is None),
        *(_edge(edge) for edge in drawn.edges if edge.word is not None),
        *(_node(node) for node in drawn.nodes),
    ]
    return f"#picture({drawn.width:.2f}em, {drawn.height:.2f}em, {string(caption)}, (\n{''.join(parts)}))"


def _node(node: Node) -> str:
    radius = {"input": 0.0, "parameter": 0.0, "definition": 0.4, "loss": node.height / 2}[node.role]
    heavy = "1.2pt" if node.role in ("parameter", "loss") else "0.5pt"
    x, y = node.x - node.width / 2, node.y - node.height / 2
    lines = [("black", 1.0, _name(node.name)), ("black", SMALL, _shape(node))]
    lines += [(f'colours.at("{one.word}")', SMALL, _gradient(one)) for one in node.gradients]
    shown = "".join(
        f"label({node.x:.2f}em, {y + PADDING / 2 + LINE * (n + 0.5):.2f}em, {size:g}em, {colour}, [{words}]),\n"
        for n, (colour, size, words) in enumerate(lines)
    )
    return f"box-at({x:.2f}em, {y:.2f}em, {node.width:.2f}em, {node.height:.2f}em, {radius:.2f}em, {heavy}),\n{shown}"


def _name(name: str) -> str:
    shown = formula(Formula(name, name))
    return f"${math(shown.items)}$" if isinstance(shown, Math) else f"#{string(shown.text)}"


def _shape(node: Node) -> str:
    dims = "#h(0.2em)×#h(0.2em)".join(map(_name, node.dims))
    return f"{dims}{f'#{string(node.remark if not dims else chr(32) + node.remark)}' if node.remark else ''}"


def _gradient(claimed: Claimed) -> str:
    quotient = f"$∂${_name(claimed.of)}\\/$∂${_name(claimed.by)}"
    return f'#sign("{claimed.word}") {quotient} #{string(", ".join(claimed.claims))}'


def _edge(edge: Edge) -> str:
    curves = []
    for (x0, y0), (x1, y1) in pairwise(edge.points):
        middle = (y0 + y1) / 2
        curves.append(f"curve.cubic(({x0:.2f}em, {middle:.2f}em), ({x1:.2f}em, {middle:.2f}em), ({x1:.2f}em, {y1:.2f}em)), ")
    (x, y), down = edge.points[-1], edge.points[-1][1] > edge.points[-2][1]
    start = f"curve.move(({edge.points[0][0]:.2f}em, {edge.points[0][1]:.2f}em))"
    word = f'"{edge.word}"' if edge.word is not None else "none"
    (xm, ym), (xn, yn) = edge.points[-2:]
    head = f"({x:.2f}em, {y:.2f}em, {'true' if down else 'false'})"
    return f"..edge({word}, ({start}, {''.join(curves)}), {head}, ({(xm + xn) / 2:.2f}em, {(ym + yn) / 2:.2f}em)),\n"
