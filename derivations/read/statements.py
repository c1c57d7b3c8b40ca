"""Statements: rows cut into chains of relations with the side conditions behind them."""

from __future__ import annotations

from dataclasses import dataclass, field

from derivations.read.commands import IMPLIES, JOINTS, RELATIONS
from derivations.read.conditions import is_bracketed, is_dots, relations, restricts, says_nothing, trailing_condition
from derivations.read.pairs import bracket_step, is_relation, is_sign
from derivations.read.rows import rows
from derivations.read.scan import Token
from derivations.source import Span

ENDS = frozenset({".", "!", "?", "\\qedhere", "\\square", "\\blacksquare", "\\qed", "\\Box"})


@dataclass
class Piece:
    """One chain of relations: the tokens of its members, and the side conditions behind it."""

    members: list[list[Token]]
    relations: list[str]
    relation_tokens: list[Token]
    continued: list[bool]  # whether the row begins with this relation
    span: Span
    conditions: list[Piece] = field(default_factory=list)
    depth: int = 0  # brackets that are still open at the end

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


@dataclass
class Part:
    """What stands between two separators of a row."""

    tokens: list[Token]
    after_space: bool = False
    after_comma: bool = False
    after_words: str = ""
    first_in_row: bool = False


def pieces(tokens: list[Token], *, sentence: bool) -> list[Piece]:
    """The chains of a display, in order, with their side conditions."""
    found: list[Piece] = []
    for row in rows(tokens):
        _add_row(found, parts(row), sentence)
    return found


# -------------------------------------------------------------------- parts


def parts(row: list[Token]) -> list[Part]:
    """Statements side by side: cut at wide spaces, commas, semicolons, arrows and words outside all brackets."""
    found = [Part([], first_in_row=True)]
    depth = 0
    is_map = False  # ``\\ell : A \\rightarrow B``: the arrow belongs to a declaration
    for n, token in enumerate(row):
        depth += bracket_step(token)
        new = None if depth > 0 else _separator(row, n, is_map)
        if new is None:
            found[-1].tokens.append(token)
            is_map = is_map or token.text in (":", "\\colon")
        else:
            found.append(new)
            is_map = False
    return _merge_empty(found)


def _separator(row: list[Token], n: int, is_map: bool) -> Part | None:
    """The part that begins behind the n-th token, where that is a separator."""
    token = row[n]
    if token.kind == "space":
        return Part([], after_space=token.text != "&")
    if token.kind == "words" and not _is_name_here(row, n):
        return Part([], after_words=token.text or " ")
    if is_sign(token) and (token.text in (",", ";") or (token.text in IMPLIES and not is_map)):
        return Part([], after_comma=True)
    return None


def _is_name_here(row: list[Token], n: int) -> bool:
    """``\\text{softmax}(z)``: words before a bracket or a script, or under a script or a relation, are a name."""
    following = row[n + 1].text if n + 1 < len(row) else ""
    before = row[n - 1].text if n else ""
    word = row[n].text.replace("_", "").replace("-", "")
    return before in ("_", "^") or (word.isalnum() and following in ("(", "_", "^"))


def _merge_empty(found: list[Part]) -> list[Part]:
    """Empty parts hand what stood before them on to the next."""
    result: list[Part] = []
    before = Part([], first_in_row=True)
    for part in found:
        tokens = _without_end(part.tokens)
        before = Part(tokens, before.after_space or part.after_space, before.after_comma or part.after_comma,
                      part.after_words or before.after_words, before.first_in_row)
        if tokens:
            result.append(before)
            before = Part([])
    return result


def _without_end(tokens: list[Token]) -> list[Token]:
    """Without the full stop; three dots stay."""
    stop = len(tokens)
    while stop and is_sign(tokens[stop - 1]) and tokens[stop - 1].text in ENDS:
        if stop > 1 and tokens[stop - 1].text == tokens[stop - 2].text == ".":
            break
        stop -= 1
    return tokens[:stop]


# ------------------------------------------------------------------- chains


def _add_row(found: list[Piece], row: list[Part], sentence: bool) -> None:
    """Appends the chains of a row; a row may go on with the chain before it."""
    waiting: list[list[Token]] = []  # the ``x`` of ``x, y \\in S``
    declares = _declaration_follows(row)
    for n, part in enumerate(row):
        if part.first_in_row and found and _goes_on(found[-1], part.tokens):
            _extend(found[-1], part.tokens)
            continue
        if _is_range_rest(row, n) or says_nothing(part.tokens, after_space=part.after_space):
            continue
        if found and not part.first_in_row and restricts(
                part.tokens, part.after_words, set_apart=part.after_space and not part.after_comma, sentence=sentence):
            found[-1].conditions.append(chain(part.tokens[1:-1] if is_bracketed(part.tokens) else part.tokens))
            continue
        main, condition = trailing_condition(part.tokens)
        piece = chain(main)
        if not piece.relations and declares[n]:
            waiting.append(main)
            continue
        found += [_declaration(name, piece) for name in waiting]
        waiting = []
        if condition is not None:
            piece.conditions.append(chain(condition))
        found.append(piece)


def chain(tokens: list[Token], depth: int = 0) -> Piece:
    """Tokens cut at the relations outside all brackets; ``depth`` brackets are open already."""
    members: list[list[Token]] = [[]]
    places: list[Token] = []
    environments = 0  # where wide spaces part the value and the condition of a case
    loose = depth  # brackets that may close in the next row
    for token in tokens:
        step = bracket_step(token)
        depth += step
        if step and token.text in ("\\begin", "\\end"):
            environments += step
        elif step and token.text not in ("{", "}"):
            loose += step
        if depth <= 0 and is_relation(token):
            places.append(token)
            members.append([])
        elif token.kind != "space" or environments:
            members[-1].append(token)
    return Piece(members, [RELATIONS[x.text] for x in places], places, [False] * len(places),
                 tokens[0].span | tokens[-1].span, depth=max(loose, 0))


def _declaration_follows(row: list[Part]) -> list[bool]:
    """For each part, whether the next relation behind it in the row is one of a declaration."""
    found: list[bool] = []
    declares = False
    for part in reversed(row):
        found.append(declares)
        signs = relations(part.tokens)
        declares = signs[0] in ("∈", "≻") if signs else declares
    return found[::-1]


def _declaration(name: list[Token], piece: Piece) -> Piece:
    """The declaration of another name together with that of ``piece``."""
    members = [name, *(list(x) for x in piece.members[1:])]
    return Piece(members, list(piece.relations), list(piece.relation_tokens), [False] * len(piece.relations), piece.span)


def _goes_on(before: Piece, tokens: list[Token]) -> bool:
    """Whether a row belongs to the chain before it, by its own first sign or by what is left open there."""
    last = before.members[-1]
    open_end = not last or before.depth > 0 or (is_sign(last[-1]) and last[-1].text in JOINTS)
    return open_end or is_relation(tokens[0]) or (is_sign(tokens[0]) and tokens[0].text in JOINTS)


def _extend(piece: Piece, tokens: list[Token]) -> None:
    main, condition = trailing_condition(tokens)
    added = chain(main, piece.depth)
    if is_relation(main[0]) and piece.relations and not piece.members[-1]:
        _repeat_relation(piece)  # ``a =`` at the end of a row, ``= b`` at the beginning of the next
    if is_relation(main[0]) and piece.depth == 0:
        added.continued[0] = True
    piece.members[-1] += added.members[0]
    piece.members += added.members[1:]
    piece.relations += added.relations
    piece.relation_tokens += added.relation_tokens
    piece.continued += added.continued
    piece.span |= added.span
    piece.depth = added.depth
    if condition is not None:
        piece.conditions.append(chain(condition))


def _repeat_relation(piece: Piece) -> None:
    piece.members.pop()
    piece.relations.pop()
    piece.relation_tokens.pop()
    piece.continued.pop()


def _is_range_rest(row: list[Part], n: int) -> bool:
    """``i = 1, \\dots, N`` behind a claim restricts nothing."""
    if is_dots(row[n].tokens):
        return True
    signs = relations(row[n].tokens)
    if n and is_dots(row[n - 1].tokens):
        return not signs
    dots = any(is_dots(part.tokens) for part in row[n + 1 : n + 3])
    return dots and not row[n].first_in_row and "=" in signs
