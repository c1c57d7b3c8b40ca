"""Formulas and text as Typst markup: made from nodes and from strings, in which nothing acts."""

from __future__ import annotations

from typing import assert_never

from derivations.report.mathlist import (
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

FONTS: dict[Font, str] = {
    "it": "", "rm": "upright", "bf": "bold", "sf": "sans", "tt": "mono", "cal": "cal", "scr": "scr", "frak": "frak", "bb": "bb",
}  # fmt: skip
ACCENTS = {
    "hat": "hat", "tilde": "tilde", "bar": "overline", "vec": "arrow", "dot": "dot", "ddot": "dot.double", "check": "caron",
    "breve": "breve", "acute": "acute", "grave": "grave", "underline": "underline",
}  # fmt: skip
CLASSES: dict[Kind, str] = {
    "ord": "normal", "bin": "binary", "rel": "relation", "open": "opening", "close": "closing", "punct": "punctuation",
    "inner": "normal",
}  # fmt: skip
SIZES = ("1em", "1.2em", "1.8em", "2.4em", "3em")
NOTHING = '""'  # an argument has to be there
GOES_ON = '"" '  # before a piece of a formula that begins with a sign: something for it to stand apart from
PRIME = Symbol("′", "ord")


def string(words: str) -> str:
    """A string in Typst's code: characters of a document are never read as markup."""
    return '"' + safe(words).replace("\\", "\\\\").replace('"', '\\"') + '"'


def formula(items: MathList) -> str:
    """For inside of ``$ … $``, and of functions there: items stand apart, for letters side by side would be a name."""
    return " ".join(map(_item, items)) or NOTHING


def _item(item: Item) -> str:
    match item:
        case Letter(character, font):
            return _styled(character, font)
        case Number(digits, font):
            return _styled(digits, font)
        case Word(name, "rm"):
            return f"op({string(name)})"
        case Word(name, font):
            return f"{FONTS[font] or 'italic'}({string(name)})"
        case Text(words):
            return string(words)
        case Symbol(character, kind):
            return _symbol(character, kind)
        case Big(character):
            return character
        case Space(width):
            return f"#h({width:g}em)"
        case Scripts(base, sub, sup):
            return _scripts(base, sub, sup)
        case Frac(above, below):
            return f"frac({formula(above)}, {formula(below)})"
        case Sqrt(radicand, ()):
            return f"sqrt({formula(radicand)})"
        case Sqrt(radicand, degree):
            return f"root({formula(degree)}, {formula(radicand)})"
        case Accented(accent, body):
            return f"{ACCENTS[accent]}({formula(body)})"
        case Fenced("", body, ""):
            return formula(body)
        case Fenced(left, body, right):
            return f"lr({_fence(left, 'open')} {formula(body)} {_fence(right, 'close')})"
        case Fence(character, kind, size):
            return f"lr({_fence(character, kind)}, size: #{SIZES[size]})"
        case Stacked(body, note, above, True):
            return f"{'overbrace' if above else 'underbrace'}({formula(body)}{f', {formula(note)}' if note else ''})"
        case Stacked(body, note, above, _):
            return f"attach(limits({formula(body)}), {'t' if above else 'b'}: {formula(note)})"
        case Marked(body):
            return f"marked({formula(body)})"
        case Grid():
            return _grid(item)
        case _:
            assert_never(item)


def _styled(character: str, font: Font) -> str:
    if not FONTS[font]:
        return character
    inner = f"upright({character})" if font == "bf" else character
    return f"{FONTS[font]}({inner})"


def _symbol(character: str, kind: Kind) -> str:
    """ASCII signs are escaped, for many of them act; bars and colons are told what they are."""
    shown = f"\\{character}" if character.isascii() else character
    return f'class("{CLASSES[kind]}", {shown})' if character in "|‖:!?" or kind == "inner" else shown


def _fence(character: str, kind: Kind) -> str:
    if not character:
        return ""
    shown = f"\\{character}" if character.isascii() else character
    return f'class("{CLASSES[kind]}", {shown})' if character in "|‖" else shown


def _scripts(base: MathList, sub: MathList, sup: MathList) -> str:
    primes = 0
    while primes < len(sup) and sup[primes] == PRIME:
        primes += 1
    rest = [formula(sup[primes:])] if sup[primes:] else []
    above = " ".join([*([f"primes(#{primes})"] if primes else []), *rest])
    parts = [formula(base), *([f"t: {above}"] if sup else []), *([f"b: {formula(sub)}"] if sub else [])]
    return f"attach({', '.join(parts)})"


def _grid(grid: Grid) -> str:
    if grid.kind == "cases":
        return f"cases({', '.join(' & quad '.join(map(formula, row)) for row in grid.rows)})"
    if grid.kind == "aligned":
        rows = "; ".join(", ".join(f"display({formula(cell)})" for cell in row) for row in grid.rows)
        return f"mat(delim: #none, align: #left, column-gap: #0.2em, row-gap: #0.7em, {rows})"
    rows = "; ".join(", ".join(map(formula, row)) for row in grid.rows)
    left, right = (string(fence) if fence else "none" for fence in grid.fences)
    return f"mat(delim: #({left}, {right}), {rows})"
