"""What closes what, found in one pass over the tokens."""

from __future__ import annotations

from dataclasses import dataclass, field

from derivations.read.commands import RELATIONS
from derivations.read.scan import Token
from derivations.source import Problem

OPEN = {"{": "}", "(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\begin": "\\end", "\\langle": "\\rangle",
        "\\lvert": "\\rvert", "\\lVert": "\\rVert", "\\lbrack": "\\rbrack", "\\left\\{": "\\right."}  # fmt: skip
CLOSE = {closing: opening for opening, closing in OPEN.items()}
ROWS_IN_BRACES = frozenset({"\\substack", "\\shortstack", "\\makecell"})
AND = frozenset({"and", "and if", "und", "et", "y", "e", "且", "并且"})


def is_sign(token: Token) -> bool:
    """Whether the token is notation, not a letter, number or word."""
    return token.kind in ("symbol", "command")


def joins(token: Token) -> bool:
    """``\\land``, ``\\text{and}``: both relations have to hold."""
    return token.text in ("\\land", "\\wedge") if token.kind == "command" else token.kind == "words" and token.text.strip() in AND


def is_relation(token: Token) -> bool:
    return token.kind in ("symbol", "command") and token.text in RELATIONS


def bracket_step(token: Token) -> int:
    """+1 where a bracket of any kind opens, −1 where one closes."""
    if token.kind not in ("symbol", "command"):
        return 0
    return (token.text in OPEN) - (token.text in CLOSE)


@dataclass(frozen=True, slots=True)
class Pairs:
    """The place of the closing token for each opening one, and the opening ones with a relation right inside."""

    closing: dict[int, int] = field(default_factory=dict)
    relational: set[int] = field(default_factory=set)


def pairs(tokens: list[Token]) -> Pairs:
    """Braces count strictly, other brackets by kind within them."""
    result = Pairs()
    found = result.closing
    inner: list[int] = []  # what is open, whatever its kind
    frames: list[tuple[int, dict[str, list[int]]]] = [(-1, {})]  # one for each open brace: the brackets open in it
    for n, token in enumerate(tokens):
        if token.kind not in ("symbol", "command"):
            continue
        text = token.text
        if text in OPEN:
            inner.append(n)
        elif text in CLOSE:
            del inner[-1:]
        elif inner and text in RELATIONS:
            result.relational.add(inner[-1])
        if text == "{":
            frames.append((n, {}))
        elif text == "}":
            if len(frames) > 1:
                found[frames.pop()[0]] = n
        elif text in OPEN:
            frames[-1][1].setdefault(text, []).append(n)
        elif text in CLOSE and (waiting := frames[-1][1].get(CLOSE[text])):
            found[waiting.pop()] = n
    return result


def unclosed(token: Token) -> Problem:
    return Problem("unbalanced-brace", f"this {token.text} is not closed", token.span, f"expected {OPEN[token.text]}")


def groups(tokens: list[Token]) -> dict[int, int]:
    """Opening to closing place of braces and of environments; a brace that a row's end cuts is left out, as unclosed."""
    found: dict[int, int] = {}
    waiting: list[tuple[str, int]] = []  # "{" or the name of an environment
    names: dict[str, int] = {}
    for n, token in enumerate(tokens):
        if token.kind == "row":
            while waiting and waiting[-1][0] == "{" and not _may_hold_rows(tokens, waiting[-1][1]):
                waiting.pop()
        if token.kind not in ("symbol", "command"):
            continue
        if token.text == "{":
            waiting.append(("{", n))
        elif token.text == "}" and waiting and waiting[-1][0] == "{":
            found[waiting.pop()[1]] = n
        elif token.text in ("\\begin", "\\end"):
            name, _ = environment_name(tokens, n)
            if token.text == "\\begin":
                waiting.append((name, n))
                names[name] = names.get(name, 0) + 1
            elif names.get(name):
                while waiting[-1][0] != name:
                    _forget(names, waiting.pop()[0])
                _forget(names, name)
                found[waiting.pop()[1]] = n
    return found


def _forget(names: dict[str, int], name: str) -> None:
    if name in names:
        names[name] -= 1


def _may_hold_rows(tokens: list[Token], brace: int) -> bool:
    return brace > 0 and tokens[brace - 1].text in ROWS_IN_BRACES


def environment_name(tokens: list[Token], at: int) -> tuple[str, int]:
    """The name behind the \\begin or \\end at ``at``, and the place behind its brace; an empty name where there is none."""
    name = ""
    place = at + 2
    if at + 1 < len(tokens) and tokens[at + 1].text == "{":
        while place < len(tokens) and (tokens[place].kind == "letters" or tokens[place].text == "*"):
            name += tokens[place].text
            place += 1
        if name and place < len(tokens) and tokens[place].text == "}":
            return name, place + 1
    return "", at + 1


def outer(tokens: list[Token]) -> list[Token]:
    """Tokens outside all brackets."""
    found, depth = [], 0
    for token in tokens:
        if token.kind in ("symbol", "command"):
            if token.text in OPEN:
                depth += 1
                continue
            if token.text in CLOSE:
                depth -= 1
                continue
        if depth == 0:
            found.append(token)
    return found


def has_relation(tokens: list[Token]) -> bool:
    """Whether a relation stands outside all brackets."""
    return any(is_relation(x) for x in outer(tokens))
