"""A page as one HTML file: no script is needed to read it, and nothing is loaded from anywhere.

Everything that is decided is in ``page.py``; the templates lay it out.  All text is escaped by the templates, the only
markup that is passed through is MathML of our own making and the picture of the computation graph.
"""

from __future__ import annotations

import base64
import hashlib
import re
from functools import lru_cache
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from derivations.report.index import Index
from derivations.report.mathfont import woff2
from derivations.report.mathml import Converter, language
from derivations.report.outline import DocumentReport
from derivations.report.page import Page
from derivations.report.sentences import Formula, Sentence, Words
from derivations.report.svg import graph_svg
from derivations.source import Span

TEMPLATES = Path(__file__).parent / "templates"
EAST_ASIAN = re.compile(r"[\u1100-\u11ff\u2e80-\u9fff\uac00-\ud7a3\uf900-\ufaff\uff00-\uffef\U00020000-\U0003ffff]+")
POLICY = "default-src 'none'; style-src {style}; script-src {script}; font-src data:; base-uri 'none'; form-action 'none'"


def as_html(shown: Page) -> str:
    """The report on one document."""
    setter = _Setter()
    body = _environment().get_template("report.html").render(
        page=shown, set=setter, graph=_graph(shown.document),
    )  # fmt: skip
    return _document(body, shown.title_text, setter.converter, _read("script.js"))


def as_index(shown: Index) -> str:
    """The page over several reports."""
    setter = _Setter()
    body = _environment().get_template("index.html").render(index=shown, set=setter)
    return _document(body, f"Derivations: {shown.conclusion}", setter.converter, _read("script.js"))


def _document(body: str, title: str, converter: Converter, script: str) -> str:
    """Body and head: the style sheet and the script are allowed by their hashes, and nothing else is."""
    style = "\n".join((_font_face(converter.characters), _read("style.css"), converter.rules))
    return _environment().get_template("page.html").render(
        title=title, body=Markup(body), style=Markup(style), script=Markup(script),
        policy=POLICY.format(style=_hash(style), script=_hash(script)),
    )  # fmt: skip


@lru_cache(maxsize=1)
def _environment() -> Environment:
    return Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        keep_trailing_newline=True,
    )  # fmt: skip


@lru_cache(maxsize=8)
def _read(name: str) -> str:
    return (TEMPLATES / name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def _font_face(characters: set[str]) -> str:
    if not characters:
        return ""
    data = base64.b64encode(woff2(frozenset(characters))).decode()
    return f'@font-face {{ font-family: "Formulas"; src: url("data:font/woff2;base64,{data}") format("woff2"); }}'


def _graph(document: DocumentReport) -> Markup:
    found = graph_svg(document)
    return Markup(found) if found is not None else Markup()


class _Setter:
    """What the templates ask for markup."""

    def __init__(self) -> None:
        self.converter = Converter()

    def __call__(self, text: Sentence) -> Markup:
        """A sentence."""
        return Markup().join(_words(p.text) if isinstance(p, Words) else self.inline(p) for p in text)

    def inline(self, one: Formula) -> Markup:
        return self._set(one, False, ())

    def display(self, one: Formula, marks: tuple[Span, ...] = ()) -> Markup:
        return self._set(one, True, marks)

    def _set(self, one: Formula, display: bool, marks: tuple[Span, ...]) -> Markup:
        found = self.converter.mathml(one.latex, display, marks) if one.latex is not None else None
        if found is None:
            return Markup('<code class="tex">{}</code>').format(one.source)
        return Markup(found)


def _words(text: str) -> Markup:
    """Text with the language of East Asian parts told."""
    out, at = [], 0
    for found in EAST_ASIAN.finditer(text):
        out.append(escape(text[at : found.start()]))
        known = language(found.group())
        out.append(Markup('<span lang="{}">{}</span>').format(known, found.group()) if known else escape(found.group()))
        at = found.end()
    return Markup().join([*out, escape(text[at:])])
