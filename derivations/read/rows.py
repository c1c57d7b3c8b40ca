"""The layout of a display: rows, statements side by side, side conditions, members of a chain.

All of it is decided on tokens, before any formula is parsed, so that one unreadable
part costs only itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from derivations.read.commands import (
    CONDITION_WORDS,
    DOTS,
    IMPLIES,
    RELATIONS,
    ROW_ENVIRONMENTS,
    WITH_ENVIRONMENT_ARGUMENT,
)
from derivations.read.scan import Token
from derivations.source import Problem, Span

OPEN = {"{": "}", "(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\begin": "\\end", "\\langle": "\\rangle",
        "\\lvert": "\\rvert", "\\lVert": "\\rVert", "\\lbrack": "\\rbrack"}  # fmt: skip
CLOSE = frozenset(OPEN.values())
INEQUALITIES = frozenset({"≠", "<", ">", "≤", "≥"})


def is_relation(token: Token) -> bool:
    return token.kind in ("symbol", "command") and token.text in RELATIONS


def matching(tokens: list[Token], at: int) -> int:
    """The place of the token that closes the one at ``at``; braces count strictly, other brackets by kind."""
    opened, closing = tokens[at], OPEN[tokens[at].text]
    depth = braces = 0
    for n in range(at, len(tokens)):
        token = tokens[n]
        if token.kind in ("letters", "words", "number"):
            continue
        if opened.text != "{":
            braces += (token.text == "{") - (token.text == "}")
            if braces < 0:
                break
            if braces:
                continue
        if token.text == opened.text:
            depth += 1
        elif token.text == closing:
            depth -= 1
            if depth == 0:
                return n
    raise Problem("unbalanced-brace", f"this {opened.text} is not closed", opened.span, f"expected {closing}")


@dataclass
class Piece:
    """One chain of relations: the tokens of its members, and the side conditions behind it."""

    members: list[list[Token]]
    relations: list[str]
    relation_tokens: list[Token]
    continued: list[bool]  # whether the row begins with this relation
    span: Span
    conditions: list[Piece] = field(default_factory=list)

    @property
    def relation_spans(self) -> list[Span]:
        return [x.span for x in self.relation_tokens]

    def link_span(self, n: int) -> Span:
        """The text of the n-th claim."""
        right = self.members[n + 1]
        end = right[-1].end if right else self.relation_tokens[n].end
        left = self.members[n]
        first = self.relation_tokens[n] if self.continued[n] or not left else left[0]
        return Span(first.start, end)


def pieces(tokens: list[Token], *, sentence: bool) -> list[Piece]:
    """The chains of a display, in order, with their side conditions.  Raises Problem where the layout is broken."""
    rows = _rows(tokens)
    return _assemble(rows, sentence)


# --------------------------------------------------------------------- rows


def _rows(tokens: list[Token]) -> list[list[Token]]:
    """Rows of the outer environments; alignment marks go."""
    rows: list[list[Token]] = [[]]
    depth, at = 0, 0
    while at < len(tokens):
        token = tokens[at]
        plain = token.kind not in ("letters", "words", "number")
        if plain and token.text in ("\\begin", "\\end"):
            name, behind = _environment(tokens, at)
            if name in ROW_ENVIRONMENTS and depth == 0:
                at = behind
                if token.text == "\\begin" and name in WITH_ENVIRONMENT_ARGUMENT and at < len(tokens) and tokens[at].text == "{":
                    at = matching(tokens, at) + 1
                continue
            depth += 1 if token.text == "\\begin" else -1
            rows[-1] += tokens[at:behind]
            at = behind
            continue
        if plain and token.text == "{":
            depth += 1
        elif plain and token.text == "}":
            depth -= 1
            if depth < 0:
                raise Problem("unbalanced-brace", "this } closes nothing", token.span)
        if depth == 0 and token.kind == "row":
            rows.append([])
        elif not (depth == 0 and token.kind == "symbol" and token.text == "&"):
            rows[-1].append(token)
        at += 1
    if depth > 0:
        opened = next(x for x in tokens if x.text in ("{", "\\begin"))
        _find_unclosed(tokens)
        raise Problem("unbalanced-brace", "a brace or environment is not closed", opened.span)
    return [row for row in rows if any(x.kind != "space" for x in row)]


def _find_unclosed(tokens: list[Token]) -> None:
    """Raises at the first brace that nothing closes."""
    for n, token in enumerate(tokens):
        if token.text == "{" and token.kind == "symbol":
            matching(tokens, n)


def _environment(tokens: list[Token], at: int) -> tuple[str, int]:
    if at + 1 >= len(tokens) or tokens[at + 1].text != "{":
        raise Problem("unbalanced-environment", "expected the name of an environment in braces", tokens[at].span)
    stop = matching(tokens, at + 1)
    return "".join(x.text for x in tokens[at + 2 : stop]), stop + 1


# ------------------------------------------------------------------- pieces


@dataclass
class _Part:
    tokens: list[Token]
    after_space: bool = False
    after_words: str = ""
    first_in_row: bool = False


def _parts(row: list[Token]) -> list[_Part]:
    """Statements side by side: cut at wide spaces, commas, semicolons, arrows and words at the outer level."""
    parts = [_Part([], first_in_row=True)]
    depth = bars = 0
    for n, token in enumerate(row):
        plain = token.kind in ("symbol", "command")
        if plain and token.text in OPEN:
            depth += 1
        elif plain and token.text in CLOSE:
            depth -= 1
        if depth > 0:
            parts[-1].tokens.append(token)
        elif token.kind == "space":
            parts.append(_Part([], after_space=True))
        elif plain and (token.text in (",", ";") or token.text in IMPLIES and not _is_map(parts[-1].tokens)):
            parts.append(_Part([]))
        elif token.kind == "words" and not _is_name_here(row, n):
            parts.append(_Part([], after_words=token.text or " "))
        else:
            parts[-1].tokens.append(token)
    del bars
    return _merge_empty(parts)


def _is_map(tokens: list[Token]) -> bool:
    """``\\ell : A \\rightarrow B``: the arrow belongs to a declaration."""
    return any(x.text in (":", "\\colon") for x in tokens)


def _is_name_here(row: list[Token], n: int) -> bool:
    """``\\text{softmax}(z)``: words before a bracket or a script are a name."""
    following = row[n + 1].text if n + 1 < len(row) else ""
    return following in ("(", "_", "^") and row[n].text.replace("_", "").replace("-", "").isalnum()


def _merge_empty(parts: list[_Part]) -> list[_Part]:
    """Empty parts hand what stood before them on to the next."""
    result: list[_Part] = []
    space, words, first = False, "", True
    for part in parts:
        space, words = space or part.after_space, part.after_words or words
        tokens = _trim(part.tokens)
        if not tokens:
            continue
        result.append(_Part(tokens, space, words, first))
        space, words, first = False, "", False
    return result


def _trim(tokens: list[Token]) -> list[Token]:
    while tokens and tokens[-1].kind in ("symbol", "command") and tokens[-1].text in (".", "!", "?", "\\qedhere", "\\square"):
        if tokens[-1].text == "." and len(tokens) > 1 and tokens[-2].text == ".":
            break
        tokens = tokens[:-1]
    return tokens


def _assemble(rows: list[list[Token]], sentence: bool) -> list[Piece]:
    result: list[Piece] = []
    for row in rows:
        parts = _parts(row)
        pending: list[list[Token]] = []
        for n, part in enumerate(parts):
            if part.first_in_row and result and _continues(part.tokens):
                _extend(result[-1], part.tokens)
                continue
            if _is_range_rest(parts, n):
                continue
            main, condition = _trailing_condition(part.tokens)
            if result and not part.first_in_row and _is_condition(part, sentence):
                _add_condition(result[-1], part)
                continue
            piece = _chain(main)
            if not piece.relations and n + 1 < len(parts) and _declares(parts[n + 1 :]):
                pending.append(main)
                continue
            result += [_declaration(names, piece) for names in pending]
            pending = []
            if condition is not None:
                piece.conditions.append(_chain(condition))
            result.append(piece)
    return result


def _declares(parts: list[_Part]) -> bool:
    """``x, y \\in S``: whether the next relation in the row is a declaration."""
    for part in parts:
        relations = [RELATIONS[x.text] for x in _outer(part.tokens) if is_relation(x)]
        if relations:
            return relations[0] in ("∈", "≻")
    return False


def _declaration(names: list[Token], piece: Piece) -> Piece:
    return Piece([names, *piece.members[1:]], list(piece.relations), list(piece.relation_tokens), [False] * len(piece.relations),
                 piece.span)


def _continues(tokens: list[Token]) -> bool:
    """A row that begins with a relation or a sign goes on with the row before."""
    first = tokens[0]
    return is_relation(first) or first.kind == "symbol" and first.text in ("+", "-") or first.text in (
        "\\cdot", "\\times", "\\odot", "\\circ", "*")


def _extend(piece: Piece, tokens: list[Token]) -> None:
    main, condition = _trailing_condition(tokens)
    added = _chain(main)
    if is_relation(main[0]):
        added.continued = [True, *added.continued[1:]]
        piece.members += added.members[1:]
    else:
        piece.members[-1] = piece.members[-1] + added.members[0]
        piece.members += added.members[1:]
    piece.relations += added.relations
    piece.relation_tokens += added.relation_tokens
    piece.continued += added.continued
    piece.span = piece.span | added.span
    if condition is not None:
        piece.conditions.append(_chain(condition))


def _outer(tokens: list[Token]) -> list[Token]:
    """Tokens outside all brackets."""
    found, depth = [], 0
    for token in tokens:
        plain = token.kind in ("symbol", "command")
        if plain and token.text in CLOSE:
            depth -= 1
        if depth == 0 and not (plain and token.text in OPEN):
            found.append(token)
        if plain and token.text in OPEN:
            depth += 1
    return found


def _chain(tokens: list[Token]) -> Piece:
    """Tokens cut at their outer relations."""
    members: list[list[Token]] = [[]]
    relations: list[str] = []
    places: list[Token] = []
    depth = 0
    for token in tokens:
        plain = token.kind in ("symbol", "command")
        if plain and token.text in OPEN:
            depth += 1
        elif plain and token.text in CLOSE:
            depth -= 1
        if depth == 0 and is_relation(token):
            relations.append(RELATIONS[token.text])
            places.append(token)
            members.append([])
        elif token.kind != "space":
            members[-1].append(token)
    return Piece(members, relations, places, [False] * len(relations), tokens[0].span | tokens[-1].span)


# --------------------------------------------------------------- conditions


def _is_range_rest(parts: list[_Part], n: int) -> bool:
    """``i = 1, \\dots, N`` and ``\\forall i``: they restrict nothing."""
    tokens = parts[n].tokens
    if tokens[0].text in ("\\forall",):
        return True
    if len(tokens) == 1 and tokens[0].text in DOTS:
        return True
    if n >= 1 and len(parts[n - 1].tokens) == 1 and parts[n - 1].tokens[0].text in DOTS:
        return not any(is_relation(x) for x in _outer(tokens))
    following = parts[n + 1].tokens if n + 1 < len(parts) else []
    after = parts[n + 2].tokens if n + 2 < len(parts) else []
    dots = any(len(x) == 1 and x[0].text in DOTS for x in (following, after))
    return dots and not parts[n].first_in_row and any(RELATIONS.get(x.text) == "=" for x in tokens)


def _is_condition(part: _Part, sentence: bool) -> bool:
    """Whether a part behind a claim restricts it rather than claims something."""
    tokens = part.tokens
    if _bracketed(tokens):
        return any(is_relation(x) for x in _outer(tokens[1:-1]))
    relations = [RELATIONS[x.text] for x in _outer(tokens) if is_relation(x)]
    if not relations:
        return False
    if part.after_words and _condition_word(part.after_words):
        return True
    if sentence or len(relations) != 1:
        return False
    if relations[0] in INEQUALITIES:
        return True
    return relations[0] == "=" and part.after_space and _bare_indices(tokens)


def _condition_word(words: str) -> bool:
    lowered = words.lower().strip(" ,.:")
    return any(lowered == w or lowered.startswith((w + " ", w)) and not w.isascii() or lowered.startswith(w + " ")
               for w in CONDITION_WORDS)


def _bracketed(tokens: list[Token]) -> bool:
    return len(tokens) > 2 and tokens[0].text in ("(", "[") and matching(tokens, 0) == len(tokens) - 1


def _bare_indices(tokens: list[Token]) -> bool:
    """``m = k``, ``m = k_i``: single small letters with at most a subscript on both sides."""
    sides = _chain(tokens).members
    return all(_is_bare_index(side) for side in sides)


def _is_bare_index(side: list[Token]) -> bool:
    if not side or side[0].kind != "letters" or len(side[0].text) != 1 or not side[0].text.islower():
        return False
    return len(side) == 1 or side[1].text == "_" and all(x.kind != "command" for x in side) and len(side) <= 5


def _trailing_condition(tokens: list[Token]) -> tuple[list[Token], list[Token] | None]:
    """``… (m \\neq k)``: a bracket with a relation in it at the end of a claim."""
    if not tokens or tokens[-1].text != ")" or not any(is_relation(x) for x in _outer(tokens)):
        return tokens, None
    start = next((n for n in range(len(tokens)) if tokens[n].text == "(" and _closes_last(tokens, n)), None)
    if start is None or start == 0:
        return tokens, None
    inside = tokens[start + 1 : -1]
    if not any(is_relation(x) for x in _outer(inside)) or _is_indicator_head(tokens, start):
        return tokens, None
    return tokens[:start], inside


def _closes_last(tokens: list[Token], n: int) -> bool:
    try:
        return matching(tokens, n) == len(tokens) - 1
    except Problem:
        return False


def _is_indicator_head(tokens: list[Token], start: int) -> bool:
    """``\\mathbb 1(y = k)``, ``I(y = k)``: the bracket belongs to the indicator."""
    before = tokens[start - 1]
    return before.text in ("1", "I") or before.text == "}" and start >= 4 and tokens[start - 2].text in ("1", "I")


def _add_condition(piece: Piece, part: _Part) -> None:
    tokens = part.tokens[1:-1] if _bracketed(part.tokens) else part.tokens
    piece.conditions.append(_chain(tokens))
