"""The formula reader: LaTeX text to trees, by a Pratt parser over the document's symbol table.

Tokens (scan.py, idioms.py, words.py) are laid out in statements (rows.py, statements.py), and each member of
a statement is parsed on its own: sums.py and the modules of the single constructs, tied together in ``GRAMMAR``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction

from derivations.read import tree as t
from derivations.read.brackets import BARS, OPENING, angle, argument, bars, begins_bars, bracket, group
from derivations.read.calls import accent, font, function_command, greek, is_word_name, letters, unsupported_function, word
from derivations.read.commands import (
    ACCENTS,
    DOTS,
    FONTS,
    FUNCTION_COMMANDS,
    GREEK,
    HADAMARD,
    OUT_OF_SCOPE,
    PRODUCTS,
    UNSUPPORTED_FUNCTIONS,
)
from derivations.read.cursor import Cursor, Grammar, Names, cursor, shown, whole_expression
from derivations.read.derivatives import fraction, nabla, partial
from derivations.read.environments import brace_cases, environment
from derivations.read.idioms import plain
from derivations.read.indicators import indicator, relation_inside
from derivations.read.operators import big_operator
from derivations.read.pairs import is_relation, joins
from derivations.read.scan import Token, scan
from derivations.read.scripts import scripts
from derivations.read.sets import set_or_map
from derivations.read.statements import Piece, pieces
from derivations.read.sums import argument as function_argument
from derivations.read.sums import expression, run, term
from derivations.read.words import words_apart
from derivations.source import Problem, Span

CONDITION_DEPTH = 10  # levels that a condition inside a formula counts for: it is laid out anew

__all__ = ["Names", "read_display", "read_inline", "read_sentence"]


def read_display(text: str, span: Span, names: Names) -> tuple[t.Chain | Problem, ...]:
    """The chains of a displayed formula; a part that cannot be read is a Problem in its place.  Raises nothing else."""
    return _read(text, span, names, sentence=False)


def read_inline(text: str, span: Span, names: Names) -> tuple[t.Chain | Problem, ...]:
    """The same for a formula in running text."""
    return _read(text, span, names, sentence=True)


def read_sentence(text: str, span: Span, names: Names) -> tuple[t.Chain | Problem, ...]:
    """A sentence of ``given``: relations behind a comma stand on their own."""
    return _read(text, span, names, sentence=True)


def _read(text: str, span: Span, names: Names, *, sentence: bool) -> tuple[t.Chain | Problem, ...]:
    try:
        tokens = words_apart(plain(scan(text, span)), names)
    except Problem as problem:
        return (problem,)
    return tuple(found for piece in pieces(tokens, sentence=sentence) for found in _read_piece(piece, names))


# ------------------------------------------------------------------- chains


def _read_piece(piece: Piece, names: Names, depth: int = 0) -> list[t.Chain | Problem]:
    """One chain of relations; a member that cannot be read costs only the claims that it takes part in."""
    members = [_member_or_problem(piece, n, names, depth) for n in range(len(piece.members))]
    conditions: list[t.Chain] = []
    for condition in piece.conditions:
        for chain in _read_piece(condition, names, depth):
            if isinstance(chain, Problem):
                return [chain]
            conditions.append(chain)
    return _cut_at_problems(members, piece, tuple(conditions))


def _member_or_problem(piece: Piece, n: int, names: Names, depth: int) -> t.Tree | Problem:
    tokens = piece.members[n]
    place = _member_place(piece, n)
    try:
        if not tokens:
            raise Problem("expected-operand", "expected a formula on this side of the relation", place)
        c = cursor(tokens, names, GRAMMAR, place, depth)
        value: t.Tree = set_or_map(c) if n and piece.relations[n - 1] in ("∈", ":") else c.expression()
        c.expect_end()
        return value
    except Problem as problem:
        return problem if problem.span else Problem(problem.code, problem.message, place, problem.hint)


def _member_place(piece: Piece, n: int) -> Span:
    """Where a member stands, or the relation beside which it is missing."""
    tokens = piece.members[n]
    if tokens:
        return tokens[0].span | tokens[-1].span
    return piece.relation_tokens[max(n - 1, 0)].span if piece.relation_tokens else piece.span


def _cut_at_problems(members: list[t.Tree | Problem], piece: Piece, conditions: tuple[t.Chain, ...]) -> list[t.Chain | Problem]:
    """The problems, one for each relation that is lost, and between them the chains that are left."""
    found: list[t.Chain | Problem] = []
    good: list[t.Tree] = []
    for n, member in enumerate(members):
        if isinstance(member, Problem):
            found += _run_of(good, n - len(good), piece, conditions)
            found += [member] * _links_lost(members, n)
            good = []
        else:
            good.append(member)
    return found + _run_of(good, len(members) - len(good), piece, conditions)


def _links_lost(members: list[t.Tree | Problem], n: int) -> int:
    """Relations that the broken member n takes part in, those counted for a broken one before it left out; at least one."""
    before = n > 0 and not isinstance(members[n - 1], Problem)
    return max(before + (n + 1 < len(members)), n == 0)


def _run_of(members: list[t.Tree], first: int, piece: Piece, conditions: tuple[t.Chain, ...]) -> list[t.Chain | Problem]:
    """The chain of members from the one with number ``first``; one that has lost its relations is none."""
    if not members or (len(members) == 1 and piece.relations):
        return []
    links = range(first, first + len(members) - 1)
    return [t.Chain(
        tuple(members), tuple(piece.relations[n] for n in links), conditions, tuple(piece.relation_tokens[n].span for n in links),
        tuple(piece.link_span(n) for n in links), span=piece.span,
    )]  # fmt: skip


def _one_chain(c: Cursor, tokens: list[Token]) -> t.Chain:
    """A relation among tokens of their own, inside a formula; others that have to hold as well are its conditions."""
    cuts = [n for n, token in enumerate(tokens) if joins(token)]
    if cuts:
        starts, ends = [0, *(n + 1 for n in cuts)], [*cuts, len(tokens)]
        first, *others = (_one_chain(c, tokens[a:b]) for a, b in zip(starts, ends, strict=True))
        return replace(first, conditions=(*first.conditions, *others))
    found = [x for piece in pieces(tokens, sentence=True) for x in _read_piece(piece, c.names, c.depth + CONDITION_DEPTH)]
    for chain in found:
        if isinstance(chain, Problem):
            raise chain
    chains = [x for x in found if isinstance(x, t.Chain) and x.relations]
    if not chains or len(chains) < len(found):
        place = tokens[0].span | tokens[-1].span if tokens else c.whole
        raise Problem("unsupported-notation", "expected one relation as a condition", place)
    return replace(chains[0], conditions=(*chains[0].conditions, *chains[1:]))


# ------------------------------------------------------------------ factors


def _factor(c: Cursor) -> t.Tree:
    """A primary with its scripts."""
    if c.at >= c.end:
        raise Problem("unexpected-end", "the formula ends where an operand was expected", c.end_span())
    start = c.tokens[c.at].start
    c.enter()
    value = scripts(c, _primary(c), start)
    c.leave()
    return value


def _primary(c: Cursor) -> t.Tree:
    token = c.take()
    match token.kind:
        case "letters":
            return letters(c, token)
        case "number":
            if token.text == "1" and relation_inside(c):
                return indicator(c, token.start)
            return t.Number(Fraction(token.text), token.text, span=token.span)
        case "command":
            return _command(c, token)
        case "words":
            return word(c, token)
        case _:
            return _symbol(c, token)


def _symbol(c: Cursor, token: Token) -> t.Tree:
    if (begin := BEGINNINGS.get(token.text)) is not None:
        return begin(c, token)
    if token.text == "." and c.text() == "." and c.text_after() == ".":
        c.take()
        c.take()
        return t.Ellipsis_(span=c.since(token.start))
    raise Problem("expected-operand", f"expected an operand before {shown(token)}", token.span)


def _command(c: Cursor, token: Token) -> t.Tree:
    text = token.text
    if (begin := BEGINNINGS.get(text)) is not None:
        return begin(c, token)
    if text in OUT_OF_SCOPE:
        raise Problem("unsupported-notation", f"{text} is not supported", token.span, OUT_OF_SCOPE[text])
    if is_relation(token) or text in PRODUCTS or text in HADAMARD or text in ENDS:
        raise Problem("expected-operand", f"expected an operand before {text}", token.span)
    raise Problem("unknown-command", f"the command {text} is not known", token.span)


def _begins_factor(c: Cursor) -> bool:
    token = c.here
    if token is None:
        return False
    text = token.text
    match token.kind:
        case "letters" | "number" | "bad":
            return True
        case "words":
            return is_word_name(c, token)
        case "command":
            if text in BARS:
                return begins_bars(c, text)
            return text in BEGINNINGS or not (text in ENDS or is_relation(token) or text in PRODUCTS or text in HADAMARD)
        case "symbol":
            return begins_bars(c, text) if text == "|" else text in BEGINNINGS
        case _:
            return False


def _root(c: Cursor, token: Token) -> t.Tree:
    """``\\sqrt[n]{x}``."""
    degree = None
    if c.text() == "[":
        stop = c.partner(c.tokens[c.at], c.at)
        degree = whole_expression(c.window(c.at + 1, stop))
        c.skip_to(stop + 1)
    radicand = argument(c, token)
    return t.Root(radicand, degree, span=c.since(token.start))


def _brace(c: Cursor, token: Token) -> t.Tree:
    """``\\underbrace{x}_{note}``: the note is dropped."""
    value = argument(c, token)
    if c.take_if("_", "^"):
        c.group_window("a note")
    return value


def _dots(c: Cursor, token: Token) -> t.Tree:
    return t.Ellipsis_(span=token.span)


BEGINNINGS: dict[str, Callable[[Cursor, Token], t.Tree]] = {
    **dict.fromkeys((f"\\{name}" for name in UNSUPPORTED_FUNCTIONS), unsupported_function),
    **dict.fromkeys((f"\\{name}" for name in FUNCTION_COMMANDS), function_command),
    **dict.fromkeys((f"\\{name}" for name in GREEK), greek),
    **dict.fromkeys((f"\\{name}" for name in FONTS), font),
    **dict.fromkeys((f"\\{name}" for name in ACCENTS), accent),
    **dict.fromkeys(DOTS, _dots),
    **dict.fromkeys(OPENING, bracket),
    **dict.fromkeys(BARS, bars),
    "{": group, "\\left\\{": brace_cases, "\\begin": environment, "\\langle": angle,
    "\\frac": fraction, "\\tfrac": fraction, "\\dfrac": fraction, "\\cfrac": fraction, "\\partial": partial,
    "\\nabla": nabla,
    "\\sum": big_operator, "\\prod": big_operator, "\\sqrt": _root, "\\underbrace": _brace, "\\overbrace": _brace,
}  # fmt: skip
ENDS = frozenset({  # commands behind which no factor begins
    "\\rvert", "\\rVert", "\\rangle", "\\}", "\\rbrace", "\\rbrack", "\\end", "\\right.", "\\pm", "\\mp", "\\to",
    "\\rightarrow", "\\mid",
    "\\forall", "\\exists", "\\colon", "\\setminus",
})  # fmt: skip
GRAMMAR = Grammar(expression, term, run, function_argument, _factor, _begins_factor, _command, _one_chain)
