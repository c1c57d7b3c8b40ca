"""The scanner: LaTeX text to tokens with exact places.

It never gives up: what no formula may contain becomes a token of kind ``bad`` that carries its problem,
so that it costs only the member that it stands in.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Literal

from derivations.limits import current
from derivations.read.commands import (
    DROPPED_ARGUMENT,
    LENGTH_COMMANDS,
    PLAIN_WORDS,
    SPACING,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNICODE,
    WIDE_SPACES,
    WORD_FONTS,
)
from derivations.source import Problem, Span

TokenKind = Literal["command", "letters", "number", "symbol", "words", "space", "row", "bad"]

LEXEME = re.compile(r"""
    (?P<blank>   (?: \s | ~ | %[^\n]* )+ )
  | (?P<command> \\ (?: (?: operatorname | tag | hspace | vspace ) \* | [A-Za-z]+ | [^A-Za-z] ) )
  | (?P<joined>  cross \\? _entropy (?![A-Za-z]) )
  | (?P<letters> [A-Za-z]+ )
  | (?P<number>  [0-9]+ (?: \.[0-9]+ )? )
  | (?P<symbol>  := | [-+*/=<>()\[\]{}_^&|,;:.!'@"?] )
""", re.VERBOSE | re.DOTALL)  # fmt: skip
ROW_GAP = re.compile(r"\*?(?:\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in)\s*\])?")
LENGTH = re.compile(r"\s*(?P<brace>\{)?\s*(?P<number>-?[0-9]*\.?[0-9]+)\s*(?P<unit>[a-z]{2})\s*(?(brace)\})")
GROUP_MARK = re.compile(r"\\.|[{}]", re.DOTALL)
BLANKS = re.compile(r"\s*")
UNITS = {"pt": 1.0, "em": 10.0, "ex": 4.3, "mm": 2.8, "cm": 28.0, "in": 72.0, "mu": 0.6}  # in points
WIDE = 10.0  # points: a \quad
ALPHABETS = {  # words in the Unicode names of mathematical letters, as the font commands that they mean
    "BOLD ITALIC ": "\\mathbf", "BOLD ": "\\mathbf", "DOUBLE-STRUCK ": "\\mathbb", "SCRIPT ": "\\mathcal", "ITALIC ": "",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is what it means to the parser; ``space_before`` tells whether a blank stands in front."""

    kind: TokenKind
    text: str
    start: int
    end: int
    space_before: bool = False
    problem: Problem | None = field(default=None, compare=False)

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def scan(text: str, span: Span) -> list[Token]:
    """The tokens of ``text[span]``.  Raises Problem for a formula that is too long, and nothing else."""
    limits, start = current(), Span(span.start, span.start + 1)
    if span.end - span.start > limits.formula_characters:
        told = f"a formula of {span.end - span.start} characters; the limit is {limits.formula_characters}"
        raise Problem("formula-too-long", told, start)
    tokens = _Scanner(text, span, limits.digits).run()
    if len(tokens) > limits.formula_tokens:
        told = f"a formula of {len(tokens)} signs and names; the limit is {limits.formula_tokens}"
        raise Problem("too-many-tokens", told, start)
    return tokens


class _Scanner:
    def __init__(self, text: str, span: Span, max_digits: int) -> None:
        self.text = text
        self.max_digits = max_digits
        self.at = span.start
        self.end = span.end
        self.tokens: list[Token] = []
        self.space = False
        self.group_ends: dict[int, int] | None = None
        self.left: list[tuple[str, int]] = []  # the delimiters of \left that are open, and the tokens that they made

    def run(self) -> list[Token]:
        while self.at < self.end:
            self._one()
        return self.tokens

    def _one(self) -> None:
        start = self.at
        found = LEXEME.match(self.text, start, self.end)
        if found is None:
            self._other(start, self.text[start])
            return
        self.at = found.end()
        match found.lastgroup:
            case "blank":
                self.space = True
            case "command":
                self._command(start, found.group())
            case "letters":
                self._emit("letters", found.group(), start)
            case "number" if self.at - start > self.max_digits:
                self._refuse("number-too-long", f"a number of {self.at - start} digits; the limit is {self.max_digits}", start)
            case "number":
                self._emit("number", found.group(), start)
            case "joined":
                self._emit("letters", "cross_entropy", start)
            case _:
                self._emit("symbol", found.group(), start)

    def _emit(self, kind: TokenKind, text: str, start: int) -> None:
        self.tokens.append(Token(kind, text, start, self.at, self.space))
        self.space = False

    def _refuse(self, code: str, message: str, start: int, hint: str | None = None) -> None:
        problem = Problem(code, message, Span(start, self.at), hint)
        self.tokens.append(Token("bad", self.text[start : self.at], start, self.at, self.space, problem))
        self.space = False

    def _skip_blanks(self) -> None:
        found = BLANKS.match(self.text, self.at, self.end)
        self.at = found.end() if found else self.at

    # -- characters beyond ASCII

    def _other(self, start: int, char: str) -> None:
        if char in UNICODE:
            self.at += 1
            meaning = UNICODE[char]
            self._emit("command" if meaning.startswith("\\") else "symbol", meaning, start)
        elif char in SUPERSCRIPTS or char in SUBSCRIPTS:
            self._raised(start, SUPERSCRIPTS if char in SUPERSCRIPTS else SUBSCRIPTS)
        elif (plain := _plain_letter(char)) is not None:
            self.at += 1
            font, letter = plain
            if font:
                self._emit("command", font, start)
            self._emit("number" if letter.isdigit() else "letters", letter, start)
        elif unicodedata.category(char).startswith("L"):
            while self.at < self.end and _is_word_character(self.text[self.at]):
                self.at += 1
            self._emit("words", self.text[start : self.at], start)
        elif char == "\\":
            self.at += 1
            self._refuse("unexpected-end", "the formula ends with a backslash", start)
        else:
            self.at += 1
            shown = char if char.isprintable() else f"U+{ord(char):04X}"
            self._refuse("unknown-character", f"the character {shown} has no meaning in a formula", start)

    def _raised(self, start: int, table: dict[str, str]) -> None:
        """``⁻¹`` or ``₁₂``: a script in braces, every token of it at its own character."""
        self.at += 1
        self._emit("symbol", "^" if table is SUPERSCRIPTS else "_", start)
        self._emit("symbol", "{", start)
        self.at = start
        while self.at < self.end and self.text[self.at] in table:
            begin, meaning = self.at, table[self.text[self.at]]
            self.at += 1
            if meaning.isdigit():
                meaning += self._more_digits(table)
            kind: TokenKind = "command" if meaning.startswith("\\") else "symbol"
            self._emit("number" if meaning.isdigit() else "letters" if meaning.isalpha() else kind, meaning, begin)
        self._emit("symbol", "}", self.at - 1)

    def _more_digits(self, table: dict[str, str]) -> str:
        digits = ""
        while self.at < self.end and len(digits) < self.max_digits and (digit := table.get(self.text[self.at], "")).isdigit():
            digits += digit
            self.at += 1
        return digits

    # -- commands

    def _command(self, start: int, command: str) -> None:
        if command in ("\\left", "\\right"):
            self._delimiter(start, command)
        elif command in SPACING or command[1].isspace():
            self.space = True
        elif command in WIDE_SPACES:
            self._emit("space", command, start)
        elif command in LENGTH_COMMANDS:
            self._length(start)
        elif command in DROPPED_ARGUMENT:
            self._drop_argument(start)
        elif command in ("\\\\", "\\cr", "\\newline"):
            found = ROW_GAP.match(self.text, self.at, self.end)
            self.at = found.end() if found else self.at
            self._emit("row", "\\\\", start)
        elif command[1:] in WORD_FONTS or (command[1:] in PLAIN_WORDS and self._words_in_group(PLAIN_WORDS[command[1:]])):
            self._words(start, command)
        elif command == "\\not":
            self._negated(start)
        else:
            self._emit("command", command, start)

    def _negated(self, start: int) -> None:
        self._skip_blanks()
        for written, meaning in (("=", "\\neq"), ("\\in", "\\notin")):
            if self.text.startswith(written, self.at, self.end):
                self.at += len(written)
                self._emit("command", meaning, start)
                return
        self._refuse("unknown-command", "\\not is understood before = only", start)

    def _delimiter(self, start: int, side: str) -> None:
        """Bars that open and bars that close are told apart where \\left and \\right do; a dot is no delimiter."""
        self._skip_blanks()
        opens = side == "\\left"
        before, opener = ("", -1) if opens or not self.left else self.left.pop()
        bar = next((b for b in ("\\|", "\\Vert", "\\vert", "|") if self.text.startswith(b, self.at, self.end)), None)
        dot = self.text.startswith(".", self.at, self.end)
        if opens:
            self.left.append(("." if dot else self.text[self.at : self.at + 2], len(self.tokens)))
        if bar is not None:
            self.at += len(bar)
            if before == "." and bar in ("|", "\\vert"):
                self._refuse("unsupported-notation", "a value at a point (\\left. … \\right|) is not supported", start)
                return
            single = bar in ("|", "\\vert")
            self._emit("command", ("\\lvert" if single else "\\lVert") if opens else "\\rvert" if single else "\\rVert", start)
        elif dot:
            self.at += 1
            self.space = True
            if before == "\\{":
                self._open_cases(opener, start)
        else:
            self.space = True

    def _open_cases(self, opener: int, start: int) -> None:
        """``\\left\\{ \\begin{array}… \\right.`` are cases: both ends become a bracket of their own kind."""
        brace = self.tokens[opener]
        following = self.tokens[opener + 1].text if opener + 1 < len(self.tokens) else ""
        if following == "\\begin":
            self.tokens[opener] = Token("command", "\\left\\{", brace.start, brace.end, brace.space_before)
            self._emit("command", "\\right.", start)

    # -- arguments that hold no formula

    def _group_end(self) -> int | None:
        """The place behind the brace that closes the group that begins here; None where none does."""
        if self.group_ends is None:  # all of them in one pass, where there is a use for them
            self.group_ends = _group_ends(self.text, self.at, self.end)
        return self.group_ends.get(self.at)

    def _drop_argument(self, start: int) -> None:
        """``\\label{…}``: gone, with its braces."""
        self._skip_blanks()
        self.space = True
        if self.text.startswith("{", self.at, self.end):
            stop = self._group_end()
            if stop is None:
                self._unclosed()
            else:
                self.at = stop

    def _unclosed(self) -> None:
        start, self.at = self.at, self.at + 1
        self._refuse("unbalanced-brace", "this { is not closed", start, "expected }")

    def _length(self, start: int) -> None:
        """``\\hspace{1cm}``, ``\\mkern-3mu``: wide ones separate statements, as ``\\quad`` does."""
        found = LENGTH.match(self.text, self.at, self.end)
        if found is None:
            self._drop_argument(start)
            return
        self.at = found.end()
        if float(found["number"]) * UNITS.get(found["unit"], 0.0) >= WIDE:
            self._emit("space", "\\quad", start)
        self.space = True

    def _words_in_group(self, words: frozenset[str]) -> bool:
        """Whether ``\\mathrm{…}`` holds words of a sentence rather than a name."""
        found = re.compile(r"\s*\{([^{}\\$]*)\}").match(self.text, self.at, self.end)
        return found is not None and found[1].strip(" ,.:~") in words

    def _words(self, start: int, command: str) -> None:
        """The text in ``\\text{…}``; formulas inside it are not read."""
        self._skip_blanks()
        if not self.text.startswith("{", self.at, self.end):
            self._refuse("expected-operand", f"expected a brace after {command}", start)
            return
        begin, stop = self.at + 1, self._group_end()
        if stop is None:
            self._unclosed()
            return
        self.at = stop
        self._emit("words", self.text[begin : stop - 1].replace("\\_", "_").strip(), start)


def _group_ends(text: str, start: int, end: int) -> dict[int, int]:
    """Each opening brace, and the place behind the one that closes it."""
    found: dict[int, int] = {}
    waiting: list[int] = []
    for mark in GROUP_MARK.finditer(text, start, end):
        if mark.group() == "{":
            waiting.append(mark.start())
        elif mark.group() == "}" and waiting:
            found[waiting.pop()] = mark.end()
    return found


def _is_word_character(char: str) -> bool:
    return not char.isascii() and char not in UNICODE and unicodedata.category(char).startswith("L")


def _plain_letter(char: str) -> tuple[str, str] | None:
    """``𝐖`` as (\\mathbf, W), ``ℝ`` as (\\mathbb, R); None for what is no mathematical letter."""
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) != 1 or not (plain.isascii() and plain.isalnum()):
        return None
    name = unicodedata.name(char, "")
    return next(((font, plain) for word, font in ALPHABETS.items() if word in name), None)
