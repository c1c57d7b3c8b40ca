"""Text that is safe and readable in a terminal: nothing of a document reaches it unfiltered."""

from __future__ import annotations

import unicodedata

from derivations.source import display_width

JOINERS = "\u200c\u200d"  # part of Persian and Indic writing, harmless
REPLACEMENT = "\ufffd"
SUPERSCRIPTS = str.maketrans("0123456789+-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻")
SUBSCRIPTS = str.maketrans("0123456789+-", "₀₁₂₃₄₅₆₇₈₉₊₋")
SMALL_GREEK = (
    "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi pi rho sigma tau upsilon phi chi psi omega"
)
CAPITAL_GREEK = "Gamma Delta Theta Lambda Xi Pi Sigma Upsilon Phi Psi Omega"
GREEK = {
    f"\\{name}": unicodedata.lookup(f"GREEK {size} LETTER {name.upper().replace('LAMBDA', 'LAMDA')}")
    for size, names in (("SMALL", SMALL_GREEK), ("CAPITAL", CAPITAL_GREEK))
    for name in names.split()
} | {"\\ell": "ℓ"}



def safe(text: str) -> str:
    """The text without characters that act: escape sequences, controls, changes of direction.

    Every character keeps its place, so that columns still count.
    """
    return "".join(map(_safe_character, text))


def _safe_character(character: str) -> str:
    if character in "\t\n\r":
        return " "
    category = unicodedata.category(character)
    if category == "Cc":
        return chr(0x2400 + ord(character)) if ord(character) < 32 else REPLACEMENT
    if category in ("Cf", "Cs", "Zl", "Zp") and character not in JOINERS:
        return REPLACEMENT
    return character


def pretty_name(latex: str) -> str:
    """``X^{(3)}`` → ``X³``, ``W_1`` → ``W₁``, ``\\lambda`` → ``λ``; whatever else it is, as written."""
    base, mark, script = latex.partition("^{(" if "^{(" in latex else "_")
    digits = script.removesuffix(")}" if mark == "^{(" else "}").removeprefix("{")
    table = SUPERSCRIPTS if mark == "^{(" else SUBSCRIPTS
    if mark and not (digits.isascii() and digits.isdigit() and base.removeprefix("\\").isalpha()):
        return safe(latex)
    return safe(GREEK.get(base, base)) + digits.translate(table)


def wrap(text: str, width: int) -> list[str]:
    """Lines of at most so many columns, broken at spaces and between wide characters.

    A longer piece (LaTeX without spaces) stays whole, to be copied.  No-break spaces do not break and come out as spaces.
    """
    lines, line = [], ""
    for piece in _pieces(text):
        if line and display_width(line + piece.rstrip(" ")) > width:
            lines.append(line)
            line = ""
        line += piece if line else piece.lstrip(" ")
    return [one.rstrip(" ").replace("\u00a0", " ") for one in [*lines, line]]


def _pieces(text: str) -> list[str]:
    """Words with the space behind them; every wide character is a piece of its own."""
    pieces = [""]
    for before, character in zip(" " + text, text, strict=False):
        wide = unicodedata.east_asian_width(character) in "WF"
        if wide or (before == " " and character != " ") or unicodedata.east_asian_width(before) in "WF":
            pieces.append("")
        pieces[-1] += character
    return pieces
