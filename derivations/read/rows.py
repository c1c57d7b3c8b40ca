"""The rows of a display: environments cut at their row ends, columns told apart.

It is decided on tokens, before any formula is parsed, so that one unreadable row costs only itself.
"""

from __future__ import annotations

from derivations.read.commands import ALIGNING, COLUMN_ENVIRONMENTS, ROW_ENVIRONMENTS, WITH_ENVIRONMENT_ARGUMENT
from derivations.read.pairs import OPEN, environment_name, groups, is_relation
from derivations.read.scan import Token

SIGNS = frozenset({"+", "-", "*", "\\cdot", "\\times", "\\odot", "\\circ", "\\otimes", "\\quad", "\\qquad", "&"})


def rows(tokens: list[Token]) -> list[list[Token]]:
    """The rows of the outer environments; alignment marks are gone, and wide spaces stand between columns."""
    return _Rows(tokens).run()


class _Rows:
    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.closing = groups(tokens)
        self.closers = set(self.closing.values())
        self.found: list[list[Token]] = [[]]
        self.environments: list[str] = []
        self.depth = 0
        self.marks = 0  # alignment marks seen in this row

    def run(self) -> list[list[Token]]:
        at = 0
        while at < len(self.tokens):
            at = self._one(at)
        return [row for row in self.found if any(x.kind != "space" for x in row)]

    def _one(self, at: int) -> int:
        """Takes the token at ``at``, with what belongs to it; the place behind."""
        token = self.tokens[at]
        if token.kind == "command" and token.text in ("\\begin", "\\end"):
            return self._environment(at)
        if at in self.closing:
            self.depth += 1
        elif at in self.closers:
            self.depth -= 1
        if self.depth > 0 or not (token.kind == "row" or (token.kind == "symbol" and token.text == "&")):
            self.found[-1].append(token)
        elif token.kind == "row":
            self.found.append([])
            self.marks = 0
        else:
            self._mark(at)
        return at + 1

    def _mark(self, at: int) -> None:
        """A mark between columns is a wide space, unless a sign shows that the formula goes on; every other one aligns."""
        self.marks += 1
        before = self.found[-1][-1] if self.found[-1] else None
        after = self.tokens[at + 1] if at + 1 < len(self.tokens) else None
        inner = self.environments[-1] if self.environments else ""
        if inner not in COLUMN_ENVIRONMENTS or (self.marks % 2 and inner in ALIGNING):
            return
        if before and after and not _goes_on(before) and not _goes_on(after):
            mark = self.tokens[at]
            self.found[-1].append(Token("space", "&", mark.start, mark.end))

    def _environment(self, at: int) -> int:
        """Outer environments of rows are taken apart; others stay whole in their row."""
        name, behind = environment_name(self.tokens, at)
        begins = self.tokens[at].text == "\\begin"
        if name in ROW_ENVIRONMENTS and self.depth == 0 and not (begins and self._is_bracketed(at)):
            self.marks = 0
            if begins:
                self.environments.append(name)
                return self._behind_arguments(name, behind)
            if self.environments:
                self.environments.pop()
            return behind
        self.depth += (at in self.closing) - (at in self.closers)
        self.found[-1] += self.tokens[at:behind]
        return behind

    def _is_bracketed(self, at: int) -> bool:
        """``\\left[\\begin{array}``: a matrix; ``\\left\\{\\begin{array}``: cases."""
        before = self.tokens[at - 1] if at else None
        brackets = before is not None and before.kind in ("symbol", "command") and before.text in OPEN and before.text != "{"
        return brackets and at in self.closing

    def _behind_arguments(self, name: str, at: int) -> int:
        """Behind ``{rcl}`` and ``[t]``."""
        tokens = self.tokens
        if at + 2 < len(tokens) and tokens[at].text == "[" and tokens[at + 1].text in "tbc" and tokens[at + 2].text == "]":
            at += 3
        if name in WITH_ENVIRONMENT_ARGUMENT and at < len(tokens) and tokens[at].text == "{":
            return self.closing.get(at, at) + 1
        return at


def _goes_on(token: Token) -> bool:
    return is_relation(token) or token.kind in ("row", "space") or token.text in SIGNS
