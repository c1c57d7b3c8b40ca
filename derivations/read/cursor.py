"""The cursor: a place in the tokens of one member, and what every construct of the formula reader asks of it.

Constructs call one another through it (``expression``, ``factor`` …): each lives in a module of
its own, and formula.py alone, which knows them all, ties them together in one ``Grammar``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Protocol

from derivations.limits import current
from derivations.read import tree as t
from derivations.read.commands import OUT_OF_SCOPE
from derivations.read.pairs import Pairs, pairs, unclosed
from derivations.read.scan import Token
from derivations.source import Problem, Span

CLOSERS = frozenset({"}", ")", "]", "\\}", "\\rvert", "\\rVert", "\\rangle", "\\rbrace", "\\rbrack"})
TEXTUAL = frozenset({"letters", "words", "number", "bad"})


class Names(Protocol):
    """What the reader asks of the symbol table."""

    def is_word(self, text: str) -> bool:
        """A name of several letters."""

    def is_function(self, text: str) -> bool:
        """A name that is applied to the bracket behind it."""

    def is_name(self, text: str) -> bool:
        """A name that is declared or defined."""

    def is_size(self, text: str) -> bool:
        """A name that is known as a size only."""


@dataclass(frozen=True, slots=True)
class Grammar:
    """The constructs that others are made of."""

    expression: Callable[[Cursor], t.Tree]  # sums
    term: Callable[[Cursor], t.Tree]  # products with any sign
    run: Callable[[Cursor], t.Tree]  # factors side by side
    argument: Callable[[Cursor], t.Tree]  # what a function without brackets takes
    factor: Callable[[Cursor], t.Tree]  # a primary with its scripts
    begins_factor: Callable[[Cursor], bool]
    command: Callable[[Cursor, Token], t.Tree]  # what the command that was just taken begins
    chain: Callable[[Cursor, list[Token]], t.Chain]  # one relation among tokens of its own


@dataclass(slots=True)
class Cursor:
    """Reads ``tokens[at:end]``; ``last`` is the place in the text behind what was taken."""

    tokens: list[Token]
    names: Names
    grammar: Grammar
    whole: Span
    at: int = 0
    end: int = 0
    depth: int = 0
    in_index: bool = False  # under a subscript ``d`` is a letter, and ``max`` a name
    bars: str = ""  # the kind of bars that the next bar may close
    last: int = 0
    pairs: Pairs = field(default_factory=Pairs)

    # -- tokens

    @property
    def here(self) -> Token | None:
        return self.tokens[self.at] if self.at < self.end else None

    def text(self) -> str:
        """The notation that comes next; empty for letters, numbers and words."""
        if self.at >= self.end:
            return ""
        token = self.tokens[self.at]
        return "" if token.kind in TEXTUAL else token.text

    def text_after(self) -> str:
        """The notation behind the next token."""
        return self.tokens[self.at + 1].text if self.at + 1 < self.end else ""

    def take(self) -> Token:
        if self.at >= self.end:
            raise Problem("unexpected-end", "the formula ends where more was expected", self.end_span())
        token = self.tokens[self.at]
        if token.problem is not None:
            raise token.problem
        self.at += 1
        self.last = token.end
        return token

    def take_if(self, *texts: str) -> bool:
        if self.text() not in texts or self.at >= self.end:
            return False
        self.take()
        return True

    # -- places

    def start(self) -> int:
        """The place in the text where what comes next begins."""
        return self.tokens[self.at].start if self.at < self.end else self.whole.end

    def since(self, start: int) -> Span:
        return Span(start, max(self.last, start))

    def here_span(self) -> Span:
        return self.tokens[self.at].span if self.at < self.end else self.end_span()

    def end_span(self) -> Span:
        """The last token, which stands for the end."""
        return self.tokens[self.end - 1].span if 0 < self.end <= len(self.tokens) else self.whole

    # -- constructs

    def expression(self) -> t.Tree:
        return self.grammar.expression(self)

    def factor(self) -> t.Tree:
        return self.grammar.factor(self)

    def begins_factor(self) -> bool:
        return self.grammar.begins_factor(self)

    # -- brackets

    def partner(self, opened: Token, at: int) -> int:
        """The place of the token that closes the one at ``at``."""
        stop = self.pairs.closing.get(at)
        if stop is None or stop >= self.end:
            raise unclosed(opened)
        return stop

    def close(self, text: str, opened: Token) -> None:
        if self.text() != text:
            token = self.here
            if token is not None and token.text not in CLOSERS and token.text != "&":
                raise stray(token, f"an operator or {text}")
            raise Problem("unbalanced-brace", f"this {opened.text} is not closed", opened.span, f"expected {text}")
        self.take()

    def expect_end(self) -> None:
        token = self.here
        if token is None:
            return
        if token.kind not in TEXTUAL and token.text in CLOSERS:
            raise Problem("unbalanced-brace", f"this {token.text} closes nothing", token.span)
        raise stray(token, "an operator or the end")

    def window(self, start: int, end: int) -> Cursor:
        """A cursor over some of the tokens; what it takes does not count here."""
        whole = Span(self.tokens[start].start, self.tokens[end - 1].end) if start < end else self.whole
        return Cursor(self.tokens, self.names, self.grammar, whole, start, end, self.depth, self.in_index,
                      last=whole.start, pairs=self.pairs)

    def outer_places(self) -> Iterator[int]:
        """The places outside all brackets."""
        at = self.at
        while at < self.end:
            yield at
            at = self.pairs.closing.get(at, at) + 1

    def skip_to(self, place: int) -> None:
        """Goes on behind tokens that were read in a window."""
        self.at = place
        self.last = self.tokens[place - 1].end

    def group_window(self, what: str) -> Cursor:
        """A window on the braces, or on the one token, that come next; the cursor goes on behind them."""
        opened = self.here
        if opened is None:
            raise Problem("unexpected-end", f"expected {what}", self.end_span())
        if self.text() != "{":
            self.take()
            return self.window(self.at - 1, self.at)
        stop = self.partner(opened, self.at)
        window = self.window(self.at + 1, stop)
        self.skip_to(stop + 1)
        if window.at == window.end:
            raise Problem("expected-operand", f"expected {what} in these braces", self.since(opened.start))
        return window

    def enter(self, levels: int = 1) -> None:
        """Deeper; ``leave`` goes back."""
        self.depth += levels
        if self.depth > current().formula_levels:
            raise Problem("nesting-limit", f"nested deeper than {current().formula_levels} levels", self.here_span())

    def leave(self, levels: int = 1) -> None:
        self.depth -= levels


def cursor(tokens: list[Token], names: Names, grammar: Grammar, whole: Span, depth: int = 0) -> Cursor:
    """A cursor over all of the tokens."""
    return Cursor(list(tokens), names, grammar, whole, 0, len(tokens), depth, last=whole.start, pairs=pairs(tokens))


def whole_expression(window: Cursor) -> t.Tree:
    """The one expression in a window."""
    if window.at == window.end:
        raise Problem("expected-operand", "expected a formula here", window.whole)
    value = window.expression()
    window.expect_end()
    return value


def stray(token: Token, expected: str) -> Problem:
    """The problem of a token behind a formula that could have ended before it."""
    if token.problem is not None:
        return token.problem
    if token.kind == "command" and token.text in OUT_OF_SCOPE:
        return Problem("unsupported-notation", f"{token.text} is not supported", token.span, OUT_OF_SCOPE[token.text])
    return Problem("expected-operator", f"expected {expected} before {shown(token)}", token.span)


def shown(token: Token) -> str:
    return token.text
