"""The scanner: LaTeX text to tokens with exact places."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from typing import Literal

from derivations.read.commands import SPACING, UNICODE, WIDE_SPACES, WITH_DROPPED_ARGUMENT, WORD_FONTS
from derivations.source import Problem, Span

TokenKind = Literal["command", "letters", "number", "symbol", "words", "space", "row"]
MAX_FORMULA = 100_000


@dataclass(frozen=True, slots=True)
class Token:
    """``text`` is what it means to the parser; ``space_before`` tells whether a blank stands in front."""

    kind: TokenKind
    text: str
    start: int
    end: int
    space_before: bool = False

    @property
    def span(self) -> Span:
        return Span(self.start, self.end)


def scan(text: str, span: Span) -> list[Token]:
    """The tokens of ``text[span]``.  Raises Problem for what no formula may contain."""
    if span.end - span.start > MAX_FORMULA:
        raise Problem("formula-too-long", f"a formula of {span.end - span.start} characters; the limit is {MAX_FORMULA}",
                      Span(span.start, span.start + 1))
    return _Scanner(text, span).run()


class _Scanner:
    def __init__(self, text: str, span: Span) -> None:
        self.text = text
        self.at = span.start
        self.end = span.end
        self.tokens: list[Token] = []
        self.space = False

    def run(self) -> list[Token]:
        while self.at < self.end:
            self._one()
        return self.tokens

    def _emit(self, kind: TokenKind, text: str, start: int) -> None:
        self.tokens.append(Token(kind, text, start, self.at, self.space))
        self.space = False

    def _one(self) -> None:
        start, char = self.at, self.text[self.at]
        if char.isspace():
            self.at += 1
            self.space = True
        elif char == "%":
            while self.at < self.end and self.text[self.at] != "\n":
                self.at += 1
        elif char == "\\":
            self._command(start)
        elif char in UNICODE:
            self._unicode(start, UNICODE[char])
        elif char.isascii() and char.isalpha():
            self._run(start, lambda c: c.isascii() and c.isalpha(), "letters")
            self._joined_word(start)
        elif char.isdigit() and char.isascii():
            self._number(start)
        elif char == ":" and self.text[self.at + 1 : self.at + 2] == "=":
            self.at += 2
            self._emit("symbol", ":=", start)
        elif char == "~":
            self.at += 1
            self.space = True
        elif char in "+-*/=<>()[]{}_^&|,;:.!'@\"?":
            self.at += 1
            self._emit("symbol", char, start)
        elif unicodedata.category(char).startswith("L"):
            self._run(start, lambda c: unicodedata.category(c).startswith("L") and c not in UNICODE and not c.isascii(), "words")
        else:
            shown = char if char.isprintable() else f"U+{ord(char):04X}"
            raise Problem("unknown-character", f"the character {shown} has no meaning in a formula", Span(start, start + 1))

    def _unicode(self, start: int, meaning: str) -> None:
        self.at += 1
        if meaning.startswith("^"):
            self._emit("symbol", "^", start)
            meaning = meaning[1:]
        self._emit("command" if meaning.startswith("\\") else "symbol", meaning, start)

    def _run(self, start: int, belongs: object, kind: TokenKind) -> None:
        while self.at < self.end and belongs(self.text[self.at]):  # type: ignore[operator]
            self.at += 1
        self._emit(kind, self.text[start : self.at], start)

    def _joined_word(self, start: int) -> None:
        """``cross_entropy``, with its underscore escaped or not, is one word."""
        for written in ("cross_entropy", "cross\\_entropy"):
            if self.text.startswith(written, start) and start + len(written) <= self.end:
                after = self.text[start + len(written) : start + len(written) + 1]
                if not (after.isascii() and after.isalpha()):
                    token = self.tokens.pop()
                    self.at = start + len(written)
                    self.tokens.append(Token("letters", "cross_entropy", start, self.at, token.space_before))

    def _number(self, start: int) -> None:
        text = self.text
        while self.at < self.end and text[self.at].isdigit() and text[self.at].isascii():
            self.at += 1
        if self.at + 1 < self.end and text[self.at] == "." and text[self.at + 1].isdigit() and text[self.at + 1].isascii():
            self.at += 1
            while self.at < self.end and text[self.at].isdigit() and text[self.at].isascii():
                self.at += 1
        self._emit("number", text[start : self.at], start)

    def _command(self, start: int) -> None:
        self.at += 1
        if self.at >= self.end:
            raise Problem("unexpected-end", "the formula ends with a backslash", Span(start, start + 1))
        if self.text[self.at].isascii() and self.text[self.at].isalpha():
            while self.at < self.end and self.text[self.at].isascii() and self.text[self.at].isalpha():
                self.at += 1
            if self.at < self.end and self.text[self.at] == "*":
                name = self.text[start + 1 : self.at]
                if name in ("operatorname", "tag", "hspace", "vspace"):
                    self.at += 1
        else:
            self.at += 1
        self._known_command(start, self.text[start : self.at])

    def _known_command(self, start: int, command: str) -> None:
        if command in ("\\left", "\\right"):
            self._delimiter(start, command)
        elif command in SPACING or command == "\\\n":
            self.space = True
        elif command in WIDE_SPACES:
            self._emit("space", command, start)
        elif command in WITH_DROPPED_ARGUMENT:
            self._skip_group()
            self.space = True
        elif command == "\\\\" or command == "\\cr" or command == "\\newline":
            self._row_end(start)
        elif command[1:] in WORD_FONTS:
            self._words(start)
        elif command == "\\not":
            self._negated(start)
        else:
            self._emit("command", command, start)

    def _row_end(self, start: int) -> None:
        if self.text[self.at : self.at + 1] == "*":
            self.at += 1
        stop = self.text.find("]", self.at, self.end)
        inside = self.text[self.at + 1 : stop].strip() if stop > 0 else ""
        if self.text[self.at : self.at + 1] == "[" and inside[:1].isdigit() and inside[-2:] in ("pt", "em", "ex", "mm", "cm"):
            self.at = stop + 1
        self._emit("row", "\\\\", start)

    def _negated(self, start: int) -> None:
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1
        for written, meaning in (("=", "\\neq"), ("\\in", "\\notin")):
            if self.text.startswith(written, self.at):
                self.at += len(written)
                self._emit("command", meaning, start)
                return
        raise Problem("unknown-command", "\\not is understood before = only", Span(start, self.at))

    def _delimiter(self, start: int, side: str) -> None:
        """Bars that open and bars that close are told apart where \\left and \\right do; a dot is no delimiter."""
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1
        rest = self.text[self.at : min(self.end, self.at + 6)]
        for written, opening, closing in (("\\|", "\\lVert", "\\rVert"), ("|", "\\lvert", "\\rvert")):
            if rest.startswith(written):
                self.at += len(written)
                self._emit("command", opening if side == "\\left" else closing, start)
                return
        if rest.startswith("."):
            self.at += 1
        self.space = True

    def _group_end(self) -> int | None:
        """The place behind the brace that closes the group that begins here; None where none does."""
        depth = 0
        place = self.at
        while place < self.end:
            char = self.text[place]
            if char == "\\":
                place += 1
            elif char == "{":
                depth += 1
            elif char == "}":
                depth -= 1
                if depth == 0:
                    return place + 1
            place += 1
        return None

    def _skip_group(self) -> None:
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1
        if self.at < self.end and self.text[self.at] == "{":
            stop = self._group_end()
            if stop is None:
                raise Problem("unbalanced-brace", "this brace is not closed", Span(self.at, self.at + 1))
            self.at = stop

    def _words(self, start: int) -> None:
        """The text in ``\\text{…}``; formulas inside it are not read."""
        while self.at < self.end and self.text[self.at].isspace():
            self.at += 1
        if self.at >= self.end or self.text[self.at] != "{":
            raise Problem("expected-operand", "expected a brace after \\text", Span(start, self.at))
        begin, stop = self.at + 1, self._group_end()
        if stop is None:
            raise Problem("unbalanced-brace", "this brace is not closed", Span(self.at, self.at + 1))
        self.at = stop
        content = self.text[begin : stop - 1]
        self._emit("words", content.replace("\\_", "_").strip(), start)
