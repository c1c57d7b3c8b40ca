"""Where two formulas differ: places in their LaTeX that can be marked without tearing anything apart.

A formula is taken apart into *atoms*: a letter, a command with its arguments, a group, what stands between two fences, each
with the scripts on it.  Atoms are compared in order; where one stands for one of the same build, what is inside of them is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from derivations.source import Span

TOKEN = re.compile(r"\\[A-Za-z]+|\\.|[0-9]+|.", re.DOTALL)
ARGUMENTS = {
    **dict.fromkeys(("\\frac", "\\dfrac", "\\tfrac", "\\cfrac", "\\binom", "\\overset", "\\underset", "\\stackrel"), 2),
    **dict.fromkeys((
        "\\sqrt", "\\text", "\\operatorname", "\\mathrm", "\\mathbf", "\\mathbb", "\\mathcal", "\\mathit", "\\mathsf",
        "\\mathtt", "\\mathscr", "\\mathfrak", "\\boldsymbol", "\\hat", "\\widehat", "\\tilde", "\\widetilde", "\\bar",
        "\\overline", "\\underline", "\\vec", "\\dot", "\\ddot", "\\check", "\\breve", "\\acute", "\\grave",
        "\\underbrace", "\\overbrace",
    ), 1),
}  # fmt: skip
OPENING, CLOSING = {"(": ")", "[": "]"}, frozenset(")]")
DIVIDED = frozenset({"\\frac", "\\dfrac", "\\tfrac", "\\sqrt"})  # commands whose arguments are compared one by one
MAX_ATOMS = 2000


@dataclass(frozen=True, slots=True)
class _Atom:
    """A piece of LaTeX that stands on its own; ``inner`` are the places in it that hold formulas, between ``frame``."""

    text: str
    span: Span
    frame: str = ""
    inner: tuple[Span, ...] = ()


def differences(old: str, new: str) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    """The places of ``old`` that ``new`` does not have, and those of ``new`` that are not in ``old``."""
    return _compared(old, Span(0, len(old)), new, Span(0, len(new)))


def _compared(old: str, old_span: Span, new: str, new_span: Span) -> tuple[tuple[Span, ...], tuple[Span, ...]]:
    left, right = _atoms(old, old_span), _atoms(new, new_span)
    if len(left) + len(right) > MAX_ATOMS:
        return (old_span,), (new_span,)
    gone: list[Span] = []
    come: list[Span] = []
    matcher = SequenceMatcher(None, [atom.text for atom in left], [atom.text for atom in right], autojunk=False)
    for kind, i, j, k, m in matcher.get_opcodes():
        if kind == "equal":
            continue
        if j - i == m - k and all(_alike(a, b) for a, b in zip(left[i:j], right[k:m], strict=True)):
            for a, b in zip(left[i:j], right[k:m], strict=True):
                for one, other in zip(a.inner, b.inner, strict=True):
                    ours, theirs = _compared(old, one, new, other)
                    gone += ours
                    come += theirs
        else:
            gone += _whole(left[i:j])
            come += _whole(right[k:m])
    return tuple(gone), tuple(come)


def _alike(one: _Atom, other: _Atom) -> bool:
    """Whether two atoms are of one build, so that only what is inside differs."""
    return bool(one.inner) and one.frame == other.frame and len(one.inner) == len(other.inner)


def _whole(atoms: Sequence[_Atom]) -> list[Span]:
    return [Span(atoms[0].span.start, atoms[-1].span.end)] if atoms else []


# ------------------------------------------------------------------- atoms


def _atoms(text: str, span: Span) -> list[_Atom]:
    """The atoms of a part of a formula, in order."""
    found: list[_Atom] = []
    at = span.start
    while (at := _blank(text, at, span.end)) < span.end:
        atom = _atom(text, at, span.end)
        found.append(atom)
        at = atom.span.end
    return found


def _atom(text: str, start: int, end: int) -> _Atom:
    token = _token(text, start)
    at = start + len(token)
    inner: list[Span] = []
    head = token
    if token == "\\begin" or token == "{":
        at = _closed(text, start, end)
    elif token == "\\left" or token in OPENING:
        at = _closed(text, start, end)
        opener, closer = _fences(text, start, at)
        if closer > opener:
            inner = [Span(opener, closer)]
            head = text[start:opener] + text[closer:at]
    elif token in ARGUMENTS:
        for _ in range(ARGUMENTS[token]):
            begin = _blank(text, _option(text, at, end), end)
            at = _argument(text, begin, end)
            inner.append(Span(begin + 1, at - 1) if text[begin : begin + 1] == "{" else Span(begin, at))
        if token not in DIVIDED:
            inner = []
    scripts_from = at
    at = _scripts(text, at, end)
    frame = head + text[scripts_from:at]
    return _Atom("".join(text[start:at].split()), Span(start, at), frame, tuple(inner))


def _token(text: str, at: int) -> str:
    found = TOKEN.match(text, at)
    assert found is not None
    return found.group()


def _blank(text: str, at: int, end: int) -> int:
    while at < end and text[at].isspace():
        at += 1
    return at


def _option(text: str, at: int, end: int) -> int:
    """Behind ``[3]`` of ``\\sqrt[3]{x}``."""
    begin = _blank(text, at, end)
    close = text.find("]", begin, end) if text.startswith("[", begin, end) else -1
    return close + 1 if close >= 0 else at


def _argument(text: str, at: int, end: int) -> int:
    at = _blank(text, at, end)
    if at >= end:
        return end
    return _closed(text, at, end) if text[at] == "{" else at + len(_token(text, at))


def _scripts(text: str, at: int, end: int) -> int:
    """Behind the scripts and primes on an atom."""
    while True:
        mark = _blank(text, at, end)
        if mark < end and text[mark] in "^_":
            at = _argument(text, mark + 1, end)
        elif mark < end and text[mark] == "'":
            at = mark + 1
        elif text.startswith(("\\limits", "\\nolimits"), mark, end):
            at = mark + len(_token(text, mark))
        else:
            return at


def _closed(text: str, start: int, end: int) -> int:
    """Behind what closes the bracket, ``\\left`` or ``\\begin`` at ``start``; at its own end where nothing does."""
    first = _token(text, start)
    depth, groups, at = 0, 0, start
    while at < end:
        token = _token(text, at)
        at += len(token)
        if token in ("{", "}") and first != "{":
            groups += 1 if token == "{" else -1
            if groups < 0:
                break
        elif token in _openers(first) and (groups == 0 or first.startswith("\\")):
            depth += 1
        elif token in _closers(first) and (groups == 0 or first.startswith("\\")):
            depth -= 1
            if depth == 0:
                return _behind(text, at, end, token)
    return start + len(first)


def _openers(first: str) -> frozenset[str]:
    return frozenset(OPENING) if first in OPENING else frozenset({first})


def _closers(first: str) -> frozenset[str]:
    return CLOSING if first in OPENING else frozenset({{"{": "}", "\\left": "\\right", "\\begin": "\\end"}.get(first, "")})


def _behind(text: str, at: int, end: int, closer: str) -> int:
    """``\\right`` takes its fence, ``\\end`` its name."""
    if closer == "\\right":
        return _argument(text, at, end)
    return text.find("}", at, end) + 1 if closer == "\\end" else at


def _fences(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the inside of a bracketed atom begins and ends."""
    if not text.startswith("\\left", start):
        return start + 1, end - 1
    closer = text.rfind("\\right", start, end)
    return _argument(text, start + len("\\left"), end), closer
