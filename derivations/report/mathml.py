"""LaTeX → MathML Core, by ``math-core``, made fit for a page with a strict content-security policy.

What a formula's inline styles say becomes classes, which the page's one style sheet defines.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import unescape

from math_core import LatexError, LatexToMathML

from derivations.source import Span

MARK = "magenta"  # a colour that ``typeset`` lets no document write: it stands for "differs" until it is a class
TAG = re.compile(r"<[^<>]*>")
STYLE = re.compile(r'\sstyle="([^"]*)"')
SCRIPTED = "(?:<m(?:under|over|underover|sub|sup|subsup)>)?"
MARKED = re.compile(f'<mrow style="color:#FB3199;">({SCRIPTED}<mo)?(?: lspace="0" rspace="0")?')
TEXT = re.compile(r"<mtext>([^<]*)</mtext>")
FENCE = re.compile(r"(?<!\\)[(\[{}\])]|\\[{}]|\\[lr](?:angle|floor|ceil|vert|Vert|brace|brack)(?![A-Za-z])")
OPENING = frozenset({"(", "[", "\\{", "\\langle", "\\lfloor", "\\lceil", "\\lvert", "\\lVert", "\\lbrace", "\\lbrack"})
MAX_UNCLOSED = 8  # ``math-core`` looks twice as long for each further one
COMMANDS = re.compile(r"(?:\\[A-Za-z]+\s*)+")
MAX_NESTED = 200  # it goes down one level of its stack for each
HAN, KANA, HANGUL = ("CJK",), ("HIRAGANA", "KATAKANA"), ("HANGUL",)


@dataclass
class Converter:
    """Formulas of one page: remembers the characters to draw, and the styles that became classes."""

    styles: dict[str, str] = field(default_factory=dict)
    characters: set[str] = field(default_factory=set)
    _known: dict[tuple[str, bool, tuple[Span, ...]], str | None] = field(default_factory=dict)
    _convert: LatexToMathML = field(default_factory=lambda: LatexToMathML(fancy_error=False))

    def mathml(self, latex: str, display: bool = False, marks: tuple[Span, ...] = ()) -> str | None:
        """A ``math`` element with the marked places in class ``differs``; None for what cannot be converted."""
        key = (latex, display, marks)
        if key not in self._known:
            self._known[key] = self._converted(latex, display, marks)
        return self._known[key]

    def _converted(self, latex: str, display: bool, marks: tuple[Span, ...]) -> str | None:
        if unclosed(latex) > MAX_UNCLOSED or nested(latex) > MAX_NESTED:
            return None
        try:
            written = self._convert.convert_with_local_state(marked(latex, marks), displaystyle=display)
        except LatexError:
            return None
        found = TAG.sub(self._classed, MARKED.sub(_mark, written))
        self.characters |= drawn(found)
        return TEXT.sub(_with_language, found)

    def _classed(self, tag: re.Match[str]) -> str:
        """A tag with a class in place of its style."""
        found = STYLE.search(tag.group())
        if found is None:
            return tag.group()
        name = self.styles.setdefault(unescape(found[1]), f"m{len(self.styles)}")
        return tag.group().replace(found.group(), f' class="{name}"')

    @property
    def rules(self) -> str:
        """The style sheet's share: one rule a style."""
        return "\n".join(f".{name} {{ {style} }}" for style, name in self.styles.items())


def marked(latex: str, marks: Iterable[Span]) -> str:
    """The formula with marks around some of its places."""
    for span in sorted(marks, reverse=True):
        part = latex[span.start : span.end]
        latex = f"{latex[:span.start]}\\textcolor{{{MARK}}}{{{part}}}{latex[span.end:]}"
    return latex


def unclosed(latex: str) -> int:
    """How many brackets are opened and not closed in the group that they stand in."""
    total, levels = 0, [0]
    for fence in FENCE.findall(latex):
        match fence:
            case "{":
                levels.append(0)
            case "}":
                total += levels.pop() if len(levels) > 1 else 0
            case _ if fence in OPENING:
                levels[-1] += 1
            case _ if levels[-1]:
                levels[-1] -= 1
            case _:
                pass
    return total + sum(levels)


def nested(latex: str) -> int:
    """The longest row of commands that each take the next one as their argument, without braces: ``\\sqrt\\sqrt x``."""
    return max((row.count("\\") for row in COMMANDS.findall(latex)), default=0)


def _mark(found: re.Match[str]) -> str:
    """An operator that is marked alone keeps the space around it."""
    return '<mrow class="differs">' + (found[1] or "")


def _with_language(found: re.Match[str]) -> str:
    known = language(found[1])
    return f'<mtext lang="{known}">{found[1]}</mtext>' if known else found.group()


def language(text: str) -> str:
    """Of East Asian text, for fonts and voices; empty for other scripts."""
    names = {unicodedata.name(character, "").partition(" ")[0] for character in text if not character.isascii()}
    if names & set(KANA):
        return "ja"
    return "ko" if names & set(HANGUL) else "zh" if names & set(HAN) else ""


def drawn(mathml: str) -> set[str]:
    """The characters that a browser draws: single letters are italic, as letters of their own."""
    written = set(unescape(TAG.sub("", mathml)))
    return written | {italic(character) for character in written}


def italic(character: str) -> str:
    """``x`` → ``𝑥``: how a browser draws an identifier of one letter."""
    if character == "h":
        return "\u210e"
    for first, last, start in (("A", "Z", 0x1D434), ("a", "z", 0x1D44E), ("Α", "Ω", 0x1D6E2), ("α", "ω", 0x1D6FC)):
        if first <= character <= last:
            return chr(start + ord(character) - ord(first))
    return {"∂": "𝜕", "ϵ": "𝜖", "ϑ": "𝜗", "ϰ": "𝜘", "ϕ": "𝜙", "ϱ": "𝜚", "ϖ": "𝜛", "∇": "𝛻"}.get(character, character)
