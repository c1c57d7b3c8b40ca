"""Which statements restrict a claim rather than claim something themselves."""

from __future__ import annotations

from derivations.read.commands import CONDITION_WORDS, DEFINING_WORDS, DOTS, JOINTS, RELATIONS
from derivations.read.pairs import has_relation, is_relation, outer, pairs
from derivations.read.scan import Token

INEQUALITIES = frozenset({"≠", "<", ">", "≤", "≥"})
PROBABILITIES = frozenset({"p", "P", "q", "\\Pr", "Pr"})


def relations(tokens: list[Token]) -> list[str]:
    """The relations outside all brackets."""
    return [RELATIONS[x.text] for x in outer(tokens) if is_relation(x)]


def restricts(tokens: list[Token], words: str, *, set_apart: bool, sentence: bool) -> bool:
    """Whether a statement behind a claim is a side condition; ``words`` stand in front of it, or a wide space alone."""
    if is_bracketed(tokens):
        return has_relation(tokens[1:-1])
    signs = relations(tokens)
    if not signs:
        return False
    if words and _begins_with(words, DEFINING_WORDS) and signs[0] in ("=", ":=") and not _between_indices(tokens):
        return False
    if words and _begins_with(words, CONDITION_WORDS):
        return True
    if sentence or len(signs) != 1:
        return False
    return signs[0] in INEQUALITIES or (signs[0] == "=" and set_apart and _between_indices(tokens))


def says_nothing(tokens: list[Token], *, after_space: bool) -> bool:
    """``(1)`` or ``(*)`` behind a wide space numbers the formula; ``\\forall i`` restricts nothing."""
    if tokens[0].text == "\\forall":
        return True
    return after_space and len(tokens) == 3 and tokens[0].text == "(" and tokens[2].text == ")" and (
        tokens[1].kind == "number" or tokens[1].text in ("*", "\\ast", "\\star", "\\dagger"))


def is_dots(tokens: list[Token]) -> bool:
    return len(tokens) == 1 and tokens[0].text in DOTS


def is_bracketed(tokens: list[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].text in ("(", "[") and pairs(tokens).closing.get(0) == len(tokens) - 1


def _begins_with(words: str, known: frozenset[str]) -> bool:
    """Whether the words begin with one of these; scripts without spaces have no word ends to look for."""
    said = words.lower().strip(" ,.:;(")
    return said.split(" ")[0].strip(",.:") in known or any(said.startswith(w) for w in known if not w.isascii())


def _between_indices(tokens: list[Token]) -> bool:
    """``m = k``, ``m = k_i``: single small letters with at most a subscript on both sides."""
    sides: list[list[Token]] = [[]]
    for token in tokens:
        if is_relation(token):
            sides.append([])
        else:
            sides[-1].append(token)
    return all(_is_bare_index(side) for side in sides)


def _is_bare_index(side: list[Token]) -> bool:
    if not side or side[0].kind != "letters" or len(side[0].text) != 1 or not side[0].text.islower():
        return False
    return len(side) == 1 or (side[1].text == "_" and all(x.kind != "command" for x in side) and len(side) <= 5)


def trailing_condition(tokens: list[Token]) -> tuple[list[Token], list[Token] | None]:
    """``… (m \\neq k)``: a bracket with a relation in it, set apart by a blank, at the end of a claim."""
    start = {close: begin for begin, close in pairs(tokens).closing.items()}.get(len(tokens) - 1) if tokens[-1:] else None
    if not start or tokens[start].text != "(" or not has_relation(tokens):
        return tokens, None
    inside = tokens[start + 1 : -1]
    if not has_relation(inside) or not _stands_apart(tokens, start):
        return tokens, None
    return tokens[:start], inside


def _stands_apart(tokens: list[Token], start: int) -> bool:
    """Not ``P(y = 1)`` or ``\\mathbb 1 (y = k)``, where the bracket belongs to what stands before it."""
    before = tokens[start - 1]
    name = tokens[start - 2] if before.text == "}" and start >= 4 else before
    if is_relation(before) or before.text in JOINTS:
        return False
    return tokens[start].space_before and name.text not in PROBABILITIES and name.text not in ("1", "I", "\\delta")
