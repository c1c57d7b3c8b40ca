"""Roundabout LaTeX, told in plain tokens: ``{a \\over b}``, ``{\\bf x}``, ``\\overset{!}{=}``, ``{}=``, ``\\boxed{a = b}``."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

from derivations.read.commands import ACCENTS, ARGUMENT_COMMANDS, FONTS, SWITCHES, TRANSPARENT
from derivations.read.pairs import groups, has_relation, is_relation
from derivations.read.scan import Token

STACKED = frozenset({"\\overset", "\\underset", "\\stackrel"})
LOOSE = frozenset({"=", "&", "+", "-", "\\cdot", "\\times", "\\odot"})
DEFINED = frozenset({"def", "def.", "Def", "Def.", "△", "定义"})
IDIOMS = frozenset({"\\over", *STACKED, *SWITCHES, *TRANSPARENT})


def plain(tokens: list[Token]) -> list[Token]:
    """The same formula without the idioms."""
    empty = any(a.text == "{" and b.text == "}" for a, b in pairwise(tokens))
    if empty or any(x.kind == "command" and x.text in IDIOMS for x in tokens):
        return _Rewriter(tokens).run()
    return tokens


class _Rewriter:
    """One pass: what each token becomes."""

    def __init__(self, tokens: list[Token]) -> None:
        self.tokens = tokens
        self.closing = groups(tokens)
        self.found: list[Token] = []
        self.open: list[tuple[int, int]] = []  # groups: where they begin in ``found`` and end in ``tokens``
        self.gone: set[int] = set()  # braces that go with their command
        self.doubled: set[int] = set()  # closing braces that close a group of ours as well

    def run(self) -> list[Token]:
        at = 0
        while at < len(self.tokens):
            at = self._one(at)
        return self.found

    def _one(self, at: int) -> int:
        token = self.tokens[at]
        if token.kind not in ("symbol", "command") or at in self.gone:
            if at not in self.gone:
                self.found.append(token)
            return at + 1
        if token.text == "{" and at in self.closing:
            return self._group(at)
        if self.open and at == self.open[-1][1]:
            self.open.pop()
            self.found += [token] * (2 if at in self.doubled else 1)
        elif token.text == "\\over" and self.open:
            self._over(at)
        elif token.text in TRANSPARENT:
            self._transparent(at)
        elif token.text in SWITCHES:
            pass  # not at the beginning of a group: it says nothing
        elif token.text in STACKED and self.closing.get(at + 1) is not None:
            return self._stacked(at)
        else:
            self.found.append(token)
        return at + 1

    def _group(self, at: int) -> int:
        """``{}`` beside a sign is nothing; ``{\\bf x}`` is ``{\\mathbf{x}}``."""
        stop = self.closing[at]
        if stop == at + 1 and not self._is_argument(strict=False) and self._is_loose(at):
            return stop + 1
        following = self.tokens[at + 1]
        font = SWITCHES.get(following.text) if following.kind == "command" else None
        command = [] if font is None else [replace(following, text=font)]
        if command and not self._is_argument():
            self.found += command
            command = []
        self.open.append((len(self.found), stop))
        self.found.append(self.tokens[at])
        if command:
            self.found += [*command, replace(self.tokens[at], space_before=False)]
            self.doubled.add(stop)
        return at + (1 if font is None else 2)

    def _is_argument(self, *, strict: bool = True) -> bool:
        """Whether a group here is the argument of what stands before it; behind another group it may be one."""
        before = self.found[-1].text if self.found else ""
        takes = before in ARGUMENT_COMMANDS or before[1:] in FONTS or before[1:] in ACCENTS
        return takes or before in ("^", "_") or (strict and before == "}")

    def _is_loose(self, at: int) -> bool:
        before = self.found[-1] if self.found else None
        after = self.tokens[at + 2] if at + 2 < len(self.tokens) else None
        return any(x is None or x.kind in ("row", "space") or is_relation(x) or x.text in LOOSE for x in (before, after))

    def _over(self, at: int) -> None:
        """``{a \\over b}`` becomes ``{\\frac{a}{b}}``."""
        over = self.tokens[at]
        begin, stop = self.open[-1]
        brace = self.found[begin]
        self.found[begin + 1 : begin + 1] = [replace(over, text="\\frac", start=brace.start, end=brace.end), brace]
        self.found += [Token("symbol", "}", over.start, over.start), Token("symbol", "{", over.end, over.end)]
        self.doubled.add(stop)

    def _transparent(self, at: int) -> None:
        """``\\boxed{a = b}``: the frame goes, with its braces where they hold relations."""
        stop = self.closing.get(at + 1)
        if stop is not None and has_relation(self.tokens[at + 2 : stop]):
            self.gone |= {at + 1, stop}

    def _stacked(self, at: int) -> int:
        """``\\overset{!}{=}`` is the relation; with ``def`` above, it defines."""
        above = self.closing[at + 1]
        below = self.closing.get(above + 1)
        if below is None:
            if above + 1 < len(self.tokens) and is_relation(self.tokens[above + 1]):
                return above + 1
            self.found.append(self.tokens[at])
            return at + 1
        note = "".join(x.text for x in self.tokens[at + 2 : above])
        inside = self.tokens[above + 2 : below]
        if len(inside) == 1 and is_relation(inside[0]):
            defines = any(word in note for word in DEFINED)
            self.found.append(replace(inside[0], text=":=") if defines and inside[0].text == "=" else inside[0])
            return below + 1
        self.gone |= {above + 1, below}
        return above + 1
