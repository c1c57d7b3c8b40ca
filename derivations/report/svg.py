"""The computation graph as one ``<svg>``: no script, no style sheet, nothing from elsewhere.

Colours are the page's: ``currentColor``, and variables named after the verdicts where the page defines them.  A verdict
is always told by its sign as well.
"""

from __future__ import annotations

from html import escape
from itertools import pairwise
from typing import TypeAlias, assert_never

from derivations.report.graph import LINE, PADDING, SMALL, Claimed, Edge, Graph, Node, graph
from derivations.report.mathlist import (
    Accented,
    Big,
    Fence,
    Fenced,
    Frac,
    Grid,
    Item,
    Letter,
    Marked,
    MathList,
    Number,
    Scripts,
    Space,
    Sqrt,
    Stacked,
    Symbol,
    Text,
    Unsettable,
    Word,
    math_list,
)
from derivations.report.outline import SYMBOLS, DocumentReport
from derivations.report.plain import safe
from derivations.verdicts import Word as VerdictWord

EM, MARGIN = 16.0, 8.0  # pixels
COLOURS: dict[VerdictWord, str] = {  # where the page has none: 3 to 1 at least on white and on black
    "proved": "#2e8b57", "refuted": "#d9403a", "unknown": "#b07d1a", "unreadable": "#a05fb0", "definition": "#808080",
}  # fmt: skip
COMBINING = {
    "hat": "\u0302", "tilde": "\u0303", "bar": "\u0304", "vec": "\u20d7", "dot": "\u0307", "ddot": "\u0308", "check": "\u030c",
    "breve": "\u0306", "acute": "\u0301", "grave": "\u0300", "underline": "\u0332",
}  # fmt: skip

Run: TypeAlias = tuple[int, str, bool]
"""(level, text, italic): level 1 is raised, -1 lowered."""


def graph_svg(document: DocumentReport) -> str | None:
    """The picture of a document's definitions and gradients; None where there is nothing to show."""
    found = graph(document)
    return None if found is None else svg(found)


def svg(found: Graph) -> str:
    width, height = found.width * EM + 2 * MARGIN, found.height * EM + 2 * MARGIN
    parts = [
        f'<svg class="graph" xmlns="http://www.w3.org/2000/svg" role="img" aria-labelledby="graph-title graph-text" '
        f'width="{width:.0f}" height="{height:.0f}" viewBox="{-MARGIN:.0f} {-MARGIN:.0f} {width:.0f} {height:.0f}" '
        f'font-size="{EM:.0f}" fill="currentColor">',
        "<title id=\"graph-title\">What is computed from what</title>",
        f'<desc id="graph-text">{escape(description(found))}</desc>',
        *(_edge(edge) for edge in found.edges if edge.word is None),
        *(_edge(edge) for edge in found.edges if edge.word is not None),
        *(_node(node) for node in found.nodes),
        "</svg>",
    ]
    return "\n".join(parts)


def description(found: Graph) -> str:
    """The picture in sentences, for those who do not see it."""
    sources = {node.name: [edge.source for edge in found.edges if edge.target == node.name and edge.word is None]
               for node in found.nodes}  # fmt: skip
    made = [f"{plain(name)} from {', '.join(map(plain, used))}" for name, used in sources.items() if used]
    said = [f"∂{plain(one.of)}/∂{plain(one.by)}: {one.word} (line {', '.join(one.claims)})"
            for node in found.nodes for one in node.gradients]  # fmt: skip
    return ". ".join(["Computed: " + "; ".join(made), *(["Gradients: " + "; ".join(said)] if said else [])]) + "."


def colour(word: VerdictWord) -> str:
    return f"var(--{word}, {COLOURS[word]})"


# ------------------------------------------------------------------- pieces


def _node(node: Node) -> str:
    x, y, w, h = (EM * value for value in (node.x - node.width / 2, node.y - node.height / 2, node.width, node.height))
    radius = {"input": 0.0, "parameter": 0.0, "definition": 6.0, "loss": h / 2}[node.role]
    heavy = 2 if node.role in ("parameter", "loss") else 1
    shape = (f'<rect x="{x:.1f}" y="{y:.1f}" width="{w:.1f}" height="{h:.1f}" rx="{radius:.1f}" fill="none" '
             f'stroke="currentColor" stroke-width="{heavy}"/>')  # fmt: skip
    lines = [
        _text(node.x, 0, node, leveled(node.name), ""),
        _text(node.x, 1, node, _shape(node), f'font-size="{EM * SMALL:.1f}" opacity="0.8"'),
        *(_text(node.x, 2 + n, node, _gradient(one), f'font-size="{EM * SMALL:.1f}" fill="{colour(one.word)}"')
          for n, one in enumerate(node.gradients)),
    ]  # fmt: skip
    return f'<g class="node {node.role}">{shape}{"".join(lines)}</g>'


def _text(x: float, line: int, node: Node, runs: list[Run], attributes: str) -> str:
    y = node.y - node.height / 2 + PADDING / 2 + LINE * (line + 0.72)
    return f'<text x="{EM * x:.1f}" y="{EM * y:.1f}" text-anchor="middle" {attributes}>{_spans(runs)}</text>'


def _shape(node: Node) -> list[Run]:
    dims = [run for n, dim in enumerate(node.dims) for run in ([(0, " × ", False)] if n else []) + leveled(dim)]
    return [*dims, (0, f" {node.remark}" if dims and node.remark else node.remark, False)]


def _gradient(claimed: Claimed) -> list[Run]:
    return [(0, f"{SYMBOLS[claimed.word]} ∂", False), *leveled(claimed.of), (0, "/∂", False), *leveled(claimed.by),
            (0, f" {', '.join(claimed.claims)}", False)]  # fmt: skip


def _edge(edge: Edge) -> str:
    """A smooth line with a head of its own: references to markers would have to be unique in the page."""
    points = [(EM * x, EM * y) for x, y in edge.points]
    path = f"M{points[0][0]:.1f} {points[0][1]:.1f}"
    for (x0, y0), (x1, y1) in pairwise(points):
        middle = (y0 + y1) / 2
        straight = abs(x0 - x1) < 0.1
        path += f"L{x1:.1f} {y1:.1f}" if straight else f"C{x0:.1f} {middle:.1f} {x1:.1f} {middle:.1f} {x1:.1f} {y1:.1f}"
    x, y = points[-1]
    back = 8 if y > points[-2][1] else -8
    head = f"M{x - 4:.1f} {y - back:.1f}L{x:.1f} {y:.1f}L{x + 4:.1f} {y - back:.1f}"
    if edge.word is None:
        return (f'<g class="edge" fill="none" stroke="currentColor" stroke-opacity="0.55" stroke-width="1.2">'
                f'<path d="{path}"/><path d="{head}"/></g>')  # fmt: skip
    paint = f'fill="none" stroke="{colour(edge.word)}" stroke-width="1.8"'
    (xm, ym), (xn, yn) = points[-2:]
    sign = (f'<text x="{(xm + xn) / 2:.1f}" y="{(ym + yn) / 2 + 5:.1f}" fill="{colour(edge.word)}" text-anchor="middle" '
            f'stroke="var(--paper, Canvas)" stroke-width="5" paint-order="stroke">{SYMBOLS[edge.word]}</text>')  # fmt: skip
    return (f'<g class="edge back {edge.word}"><path d="{path}" {paint} stroke-dasharray="5 3"/><path d="{head}" {paint}/>'
            f"{sign}</g>")  # fmt: skip


# ------------------------------------------------------------- names as text


def plain(latex: str) -> str:
    """A name in one line of text: ``X^(3)``, ``W_1``."""
    return "".join({-1: "_", 0: "", 1: "^"}[level] + text for level, text, _ in leveled(latex))


def _spans(runs: list[Run]) -> str:
    """Text with raised and lowered parts."""
    parts, before = [], 0
    for level, text, italic in _joined(runs):
        moved = f' dy="{EM * 0.32 * (before - level):.1f}"' if level != before else ""
        size = f' font-size="{EM * 0.7:.1f}"' if level else ""
        style = ' font-style="italic"' if italic else ""
        parts.append(f"<tspan{moved}{size}{style}>{escape(text)}</tspan>" if moved or size or style else escape(text))
        before = level
    return "".join(parts)


def leveled(latex: str) -> list[Run]:
    """A name as runs of text; what cannot be set stands as it is written."""
    try:
        return _joined(_flat(math_list(latex, frozenset({latex})), 0))
    except Unsettable:
        return [(0, safe(latex), False)]


def _joined(runs: list[Run]) -> list[Run]:
    found: list[Run] = []
    for level, text, italic in runs:
        if found and found[-1][::2] == (level, italic):
            found[-1] = (level, found[-1][1] + text, italic)
        elif text:
            found.append((level, text, italic))
    return found


def _flat(items: MathList, level: int) -> list[Run]:
    return [run for item in items for run in _item(item, level)]


def _item(item: Item, level: int) -> list[Run]:
    match item:
        case Letter(text, "it"):
            return [(level, text, not text.isupper() or text.isascii())]
        case Letter(text, font):
            return [(level, _bold(text) if font == "bf" else text, False)]
        case Number(text) | Symbol(text) | Big(text):
            return [(level, text, False)]
        case Word(text, font):
            return [(level, safe(text), font == "it")]
        case Text(text):
            return [(level, safe(text), False)]
        case Space(width):
            return [(level, " " if width > 0.1 else "", False)]
        case Scripts(base, sub, sup):
            below, above = (-1, 1) if level == 0 else (level, level)
            return [*_flat(base, level), *_flat(sub, below), *_flat(sup, above)]
        case Frac(above, below):
            return [*_flat(above, level), (level, "/", False), *_flat(below, level)]
        case Sqrt(radicand):
            return [(level, "√", False), *_flat(radicand, level)]
        case Accented(accent, body):
            return [*_flat(body, level)[:-1], *((n, text + COMBINING[accent], it) for n, text, it in _flat(body, level)[-1:])]
        case Fenced(left, body, right):
            return [(level, left, False), *_flat(body, level), (level, right, False)]
        case Fence(text):
            return [(level, text, False)]
        case Marked(body) | Stacked(body):
            return _flat(body, level)
        case Grid():
            return [(level, "…", False)]
        case _:
            assert_never(item)


def _bold(letter: str) -> str:
    """The mathematical bold letter, where there is one (capital and small Latin letters)."""
    if "A" <= letter <= "Z":
        return chr(0x1D400 + ord(letter) - ord("A"))
    return chr(0x1D41A + ord(letter) - ord("a")) if "a" <= letter <= "z" else letter
