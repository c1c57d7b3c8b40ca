"""Formulas and text as LaTeX: made from nodes and from escaped characters, never from a document's own LaTeX."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import assert_never

from derivations.report.mathlist import (
    GREEK,
    SYMBOL_COMMANDS,
    Accented,
    Big,
    Fence,
    Fenced,
    Font,
    Frac,
    Grid,
    Item,
    Kind,
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
    Word,
)
from derivations.report.plain import safe

ESCAPES = {
    "\\": "\\textbackslash{}", "{": "\\{", "}": "\\}", "$": "\\$", "&": "\\&", "#": "\\#", "%": "\\%", "_": "\\_",
    "^": "\\textasciicircum{}", "~": "\\textasciitilde{}", "<": "{<}", ">": "{>}", "-": "{-}", "`": "\\textasciigrave{}",
    "'": "\\textquotesingle{}", '"': "\\textquotedbl{}", "|": "{|}",
}  # fmt: skip
PROSE = {**ESCAPES, "-": "-", "'": "'"}
LONG_WORD = 30  # characters

GREEK_COMMANDS = {character: f"\\{name}" for name, character in GREEK.items() if name != "omicron"}
OWN_COMMANDS: dict[tuple[str, Kind], str] = {
    ("|", "ord"): "|", ("≔", "rel"): "\\mathrel{:=}", ("⇝", "rel"): "\\rightsquigarrow",
}  # fmt: skip
COMMANDS = {
    (shown, kind): f"\\{name}" for kind, names in SYMBOL_COMMANDS for name, shown in reversed(names.items())
} | OWN_COMMANDS  # fmt: skip
SIGNS = {
    shown: f"\\ensuremath{{\\{name}}}" for _, names in SYMBOL_COMMANDS for name, shown in reversed(names.items())
    if not shown.isascii() and shown not in "…†¬" and name not in ("coloneqq", "coloneq", "leadsto")
} | {f"{digit}": f"\\textsuperscript{{{n}}}" for n, digit in enumerate("⁰¹²³⁴⁵⁶⁷⁸⁹")} | {
    f"{digit}": f"\\textsubscript{{{n}}}" for n, digit in enumerate("₀₁₂₃₄₅₆₇₈₉")
} | {"√": "\\ensuremath{\\surd}", "∑": "\\ensuremath{\\sum}", "∏": "\\ensuremath{\\prod}", "·": "\\textperiodcentered{}",
     "−": "\\ensuremath{-}", "✓": "\\DerivSign{proved}", "✗": "\\DerivSign{refuted}"}  # fmt: skip
TYPED_ESCAPES = {" ": "\\ "}
TYPED = {"−": "-", "∗": "*", **{character: character for character in "()[],;+=<>:/.!?@\""}}
BIGS = {"∑": "\\sum", "∏": "\\prod", "∫": "\\int", "∐": "\\coprod", "⨁": "\\bigoplus", "⨂": "\\bigotimes", "⋃": "\\bigcup",
        "⋂": "\\bigcap", "∬": "\\iint", "∮": "\\oint"}  # fmt: skip
DELIMITERS = {"": ".", "{": "\\{", "}": "\\}", "‖": "\\|", "⟨": "\\langle", "⟩": "\\rangle", "⌊": "\\lfloor", "⌋": "\\rfloor",
              "⌈": "\\lceil", "⌉": "\\rceil"}  # fmt: skip
HAN = re.compile(
    "[\u1100-\u11ff\u2e80-\u2fdf\u3000-\u30ff\u3100-\u312f\u3130-\u318f\u31a0-\u9fff\uac00-\ud7af\uf900-\ufaff\ufe30-\ufe4f"
    "\uff00-\uffef\U00020000-\U0003ffff]+"
)
FONTS: dict[Font, str] = {
    "it": "", "rm": "\\mathrm", "bf": "\\mathbf", "sf": "\\mathsf", "tt": "\\mathtt", "cal": "\\mathcal", "scr": "\\mathcal",
    "frak": "\\mathfrak", "bb": "\\mathbb",
}  # fmt: skip
SIZES = ("", "\\big", "\\Big", "\\bigg", "\\Bigg")
SIDES: dict[Kind, str] = {"open": "l", "close": "r"}
UNDERLINE = "underline"


def text(words: str) -> str:
    """Text of a document as text: every character stands for itself."""
    return _with_han(words, _prose)


def verbatim(quoted: str) -> str:
    """The same for source text, quotation marks and hyphens as typed; it may be broken anywhere."""
    return _with_han(quoted, _typed)


def _with_han(words: str, write: Callable[[str], str]) -> str:
    """East Asian writing is in a font of its own."""
    words = safe(words)
    parts, at = [], 0
    for found in HAN.finditer(words):
        parts += [write(words[at:found.start()]), f"\\DerivHan{{{found.group()}}}"]
        at = found.end()
    return "".join([*parts, write(words[at:])])


def _prose(words: str) -> str:
    return " ".join(map(_prose_word, words.split(" ")))


def _prose_word(word: str) -> str:
    """One that is longer than words are (a path, a hash) may be broken anywhere."""
    if len(word) > LONG_WORD:
        return "\\allowbreak{}".join(map(_character, word))
    return "".join(map(_character, word)).replace("--", "-{}-")


def _character(character: str) -> str:
    """Greek letters and mathematical signs come from the fonts of mathematics."""
    if character in GREEK_COMMANDS:
        return f"\\ensuremath{{{GREEK_COMMANDS[character]}}}"
    return SIGNS.get(character) or PROSE.get(character, character)


def _typed(words: str) -> str:
    return "\\allowbreak{}".join(TYPED_ESCAPES.get(one) or (ESCAPES[one] if one in ESCAPES else _character(one)) for one in words)


def formula(items: MathList) -> str:
    return "".join(map(_item, items))


def _item(item: Item) -> str:
    match item:
        case Letter(character, font):
            return _letter(character, font)
        case Number(digits, font):
            return _number(digits, font)
        case Word(name, "rm"):
            return f"\\operatorname{{{_word(name)}}}"
        case Word(name, font):
            return f"{FONTS[font] or chr(92) + 'mathit'}{{{_word(name)}}}"
        case Text(words):
            return f"\\text{{{text(words)}}}"
        case Symbol(character, kind):
            return _symbol(character, kind)
        case Big(character):
            return f"{BIGS[character]} "
        case Space(width):
            return f"\\mskip{18 * width:g}mu "
        case Scripts(base, sub, sup):
            below = f"_{{{formula(sub)}}}" if sub else ""
            return f"{_base(base)}{below}" + (f"^{{{formula(sup)}}}" if sup else "")
        case Frac(above, below_it):
            return f"\\frac{{{formula(above)}}}{{{formula(below_it)}}}"
        case Sqrt(radicand, degree):
            return f"\\sqrt{f'[{{{formula(degree)}}}]' if degree else ''}{{{formula(radicand)}}}"
        case Accented(accent, body):
            return f"\\{_accent(accent, body)}{{{formula(body)}}}"
        case Fenced("", body, ""):
            return f"{{{formula(body)}}}"
        case Fenced(left, body, right):
            return f"\\left{_delimiter(left)}{formula(body)}\\right{_delimiter(right)}"
        case Fence(character, kind, size):
            return f"{SIZES[size]}{SIDES.get(kind, '')}{_delimiter(character)}" if size else _symbol(character, kind)
        case Stacked():
            return _stacked(item)
        case Marked(body):
            return f"\\DerivMark{{{formula(body)}}}"
        case Grid():
            return _grid(item)
        case _:
            assert_never(item)


def _letter(character: str, font: Font) -> str:
    if character in GREEK_COMMANDS:
        return f"\\boldsymbol{{{GREEK_COMMANDS[character]}}}" if font == "bf" else f"{GREEK_COMMANDS[character]} "
    if font in ("cal", "scr", "bb") and not character.isupper():
        font = "it" if font != "bb" else "bf"
    return f"{FONTS[font]}{{{character}}}" if FONTS[font] else character


def _number(digits: str, font: Font) -> str:
    if font == "bb" and digits == "1":
        return "\\DerivIndicator "
    command = "\\mathbf" if font in ("bf", "bb") else ""
    return f"{command}{{{digits}}}" if command else digits


def _word(name: str) -> str:
    parts = []
    for character in safe(name):
        if character.isascii() and (character.isalnum() or character in "*"):
            parts.append(character)
        elif character == " ":
            parts.append("\\,")
        else:
            parts.append(f"\\text{{{text(character)}}}")
    return "".join(parts)


def _symbol(character: str, kind: Kind) -> str:
    command = TYPED.get(character) or COMMANDS[character, kind]
    return f"{command} " if len(command) > 1 and command[-1].isalpha() else command


def _base(base: MathList) -> str:
    match base:
        case (Letter() | Number() | Word() | Big() | Symbol() | Fenced() | Fence() | Marked((Big(),)),):
            return formula(base)
        case (Stacked(brace=True),):
            return formula(base)
        case _:
            return f"{{{formula(base)}}}"


def _accent(accent: str, body: MathList) -> str:
    if accent == UNDERLINE:
        return accent
    if len(body) > 1:
        return {"hat": "widehat", "tilde": "widetilde", "bar": "overline", "vec": "overrightarrow"}.get(accent, accent)
    return accent


def _delimiter(character: str) -> str:
    command = DELIMITERS.get(character, character)
    return f"{command} " if command[-1].isalpha() else command


def _stacked(item: Stacked) -> str:
    body, note = formula(item.body), formula(item.note)
    if not item.brace:
        return f"\\{'overset' if item.above else 'underset'}{{{note}}}{{{body}}}"
    braced, script = ("overbrace", "^") if item.above else ("underbrace", "_")
    return f"\\{braced}{{{body}}}" + (f"{script}{{{note}}}" if note else "")


def _grid(grid: Grid) -> str:
    """A row that begins with a bracket must not be taken for the gap of the row before."""
    rows = " \\\\{} ".join(" & ".join(map(formula, row)) for row in grid.rows)
    if grid.kind != "matrix":
        return f"\\begin{{{grid.kind}}}{rows}\\end{{{grid.kind}}}"
    columns = "c" * max(map(len, grid.rows), default=1)
    left, right = map(_delimiter, grid.fences)
    return f"\\left{left}\\begin{{array}}{{@{{}}{columns}@{{}}}}{rows}\\end{{array}}\\right{right}"
