"""Exact numbers as they are told (``1/2 + 3*log(2)/2``), as LaTeX."""

from __future__ import annotations

import re

TOKEN = re.compile(r"\s*([0-9]+|[a-z]+|[-+*/^()])")
NAMES = {"pi": "\\pi"}
MAX_LENGTH = 2000


def number_latex(text: str) -> str | None:
    """None for what is no number in this notation: a stand-in function, a shape."""
    tokens, at = [], 0
    while at < len(text):
        found = TOKEN.match(text, at)
        if found is None or len(text) > MAX_LENGTH:
            return None
        tokens.append(found[1])
        at = found.end()
    try:
        reader = _Reader(tokens)
        latex = reader.sum()
    except (_NoNumber, RecursionError):
        return None
    return latex if not reader.tokens else None


class _NoNumber(Exception):
    """Something else stands there."""


class _Reader:
    """Takes tokens from the front."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = tokens

    def sum(self) -> str:
        text = self._term()
        while self.tokens and self.tokens[0] in "+-":
            text += f" {self.tokens.pop(0)} {self._term()}"
        return text

    def _term(self) -> str:
        sign = self._take("-")
        above, below = [self._power()], list[str]()
        while self.tokens and self.tokens[0] in "*/":
            (above if self.tokens.pop(0) == "*" else below).append(self._power())
        text = _product(above)
        return sign + (f"\\frac{{{_bare(text, above)}}}{{{_bare(_product(below), below)}}}" if below else text)

    def _power(self) -> str:
        base = self._atom()
        if base.startswith("\\ln") and self.tokens[:1] == ["^"]:  # the power of the logarithm, not of the number
            base = f"({base})"
        return f"{base}^{{{_bare(exponent, [exponent])}}}" if self._take("^") and (exponent := self._atom()) else base

    def _atom(self) -> str:
        token = self.tokens.pop(0) if self.tokens else ""
        if token.isdigit():
            return token
        if token == "(":
            return self._inside("(", ")")
        match token:
            case "log":
                self._expect("(")
                inner = self._inside("", "")
                return f"\\ln {inner}" if inner.isdigit() else f"\\ln({inner})"
            case "exp":
                self._expect("(")
                return f"e^{{{self._inside('', '')}}}"
            case "sqrt":
                self._expect("(")
                return f"\\sqrt{{{self._inside('', '')}}}"
        if token not in NAMES:
            raise _NoNumber
        return NAMES[token]

    def _inside(self, opener: str, closer: str) -> str:
        inner = self.sum()
        self._expect(")")
        return f"{opener}{inner}{closer}"

    def _take(self, token: str) -> str:
        return self.tokens.pop(0) if self.tokens[:1] == [token] else ""

    def _expect(self, token: str) -> None:
        if not self._take(token):
            raise _NoNumber


def _product(factors: list[str]) -> str:
    return " \\, ".join(factors)


def _bare(text: str, factors: list[str]) -> str:
    """Without the brackets around the only factor: a fraction's bar, a script hold together what is in them."""
    alone = len(factors) == 1 and text.startswith("(") and text.endswith(")")
    return text[1:-1] if alone and "(" not in text[1:] else text
