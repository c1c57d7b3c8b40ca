"""The formula reader: tokens to trees, by a Pratt parser over the document's symbol table.

Binding, from weak to strong: relations; ``+ -``; ``\\odot \\circ``; ``* \\cdot \\times \\otimes /``;
juxtaposition; scripts.  A big operator reaches to the next ``+``, ``-`` or relation.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Literal, Protocol

from derivations.read import tree as t
from derivations.read.commands import (
    ACCENTS,
    BUILTIN_WORDS,
    CASES_ENVIRONMENTS,
    DOTS,
    FONTS,
    FUNCTION_COMMANDS,
    GREEK,
    HADAMARD,
    MATRIX_ENVIRONMENTS,
    PRODUCTS,
    RELATIONS,
    TRANSPARENT,
    UNSUPPORTED_FUNCTIONS,
)
from derivations.read.rows import Piece, is_relation, matching, pieces
from derivations.read.scan import Token, scan
from derivations.source import Problem, Span

MAX_DEPTH = 40
TRANSPOSES = frozenset({"T", "\\top", "\\intercal", "t", "\\mathsf", "\\transpose", "⊤"})
OPENING = {"(": ")", "[": "]", "\\{": "\\}", "\\lbrace": "\\rbrace", "\\lbrack": "\\rbrack"}
BRACKET_KINDS: dict[str, Literal["(", "[", "{"]] = {
    "(": "(", "[": "[", "\\{": "{", "\\lbrace": "{", "\\lbrack": "["
}  # fmt: skip
STAY_NAMES = frozenset({"\\sigma"})  # functions only where a bracket follows


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
        tokens = _words_apart(scan(text, span), names)
        parts = pieces(tokens, sentence=sentence)
    except Problem as problem:
        return (problem if problem.span else replace_span(problem, span),)
    result: list[t.Chain | Problem] = []
    for part in parts:
        result += _read_piece(part, names)
    return tuple(result)


def replace_span(problem: Problem, span: Span) -> Problem:
    return Problem(problem.code, problem.message, span, problem.hint)


def _read_piece(piece: Piece, names: Names) -> list[t.Chain | Problem]:
    """One chain of relations; a member that cannot be read costs only the claims that it takes part in."""
    members: list[t.Tree | Problem] = []
    for n, tokens in enumerate(piece.members):
        before = piece.relations[n - 1] if n else None
        try:
            members.append(_member(tokens, before, piece, names))
        except Problem as problem:
            fallback = tokens[0].span | tokens[-1].span if tokens else piece.span
            members.append(problem if problem.span else replace_span(problem, fallback))
    conditions: list[t.Chain] = []
    for condition in piece.conditions:
        for chain in _read_piece(condition, names):
            if isinstance(chain, Problem):
                return [chain]
            conditions.append(chain)
    return _cut_at_problems(members, piece, tuple(conditions))


def _cut_at_problems(members: list[t.Tree | Problem], piece: Piece, conditions: tuple[t.Chain, ...]) -> list[t.Chain | Problem]:
    result: list[t.Chain | Problem] = []
    run: list[t.Tree] = []
    first = 0
    for n, member in enumerate([*members, None]):
        if member is not None and not isinstance(member, Problem):
            if not run:
                first = n
            run.append(member)
            continue
        if len(run) > 1 or run and len(members) == 1:
            last = first + len(run) - 1
            result.append(t.Chain(
                tuple(run), tuple(piece.relations[first:last]), conditions, tuple(piece.relation_spans[first:last]),
                tuple(piece.link_span(k) for k in range(first, last)), span=piece.span,
            ))
        run = []
        if isinstance(member, Problem):
            result.append(member)
    return result


def _member(tokens: list[Token], relation: str | None, piece: Piece, names: Names) -> t.Tree:
    parser = _Parser(tokens, names, piece.span)
    if not tokens:
        raise Problem("expected-operand", "expected a formula on this side of the relation", piece.span)
    value: t.Tree
    if relation in ("∈", ":"):
        value = parser.set_or_map()
    else:
        value = parser.expression()
    parser.expect_end()
    return value


# ------------------------------------------------------- words among letters


def _words_apart(tokens: list[Token], names: Names) -> list[Token]:
    """Runs of letters as words where the symbol table or their place says so, else letter by letter."""
    result: list[Token] = []
    for n, token in enumerate(tokens):
        if token.kind != "letters" or len(token.text) == 1:
            result.append(token)
        elif _is_font_argument(tokens, n):
            result.append(token)
        else:
            result += _split(token, names, _stands_alone(tokens, n))
    return result


def _is_font_argument(tokens: list[Token], n: int) -> bool:
    """``\\mathrm{softmax}``: the whole word."""
    if n < 2 or tokens[n - 1].text != "{" or n + 1 >= len(tokens) or tokens[n + 1].text != "}":
        return n >= 1 and tokens[n - 1].kind == "command" and tokens[n - 1].text in ("\\begin", "\\end")
    command = tokens[n - 2].text
    return command in ("\\begin", "\\end") or command.startswith("\\") and command[1:] in FONTS


def _stands_alone(tokens: list[Token], n: int) -> bool:
    """Whether a run is a whole member at the beginning of a relation: ``score = …``."""
    before = tokens[n - 1] if n else None
    after = tokens[n + 1] if n + 1 < len(tokens) else None
    begins = before is None or before.text in ("=", "&", ":=", ",", ";", "}") or before.kind in ("row", "space")
    if before is not None and before.text == "}":
        begins = n >= 4 and tokens[n - 4].text == "\\begin"
    return begins and after is not None and (after.text in ("=", ":=", "&", "\\triangleq", "\\coloneqq"))


def _split(token: Token, names: Names, alone: bool) -> list[Token]:
    text = token.text
    if names.is_word(text) or text in BUILTIN_WORDS:
        return [token]
    pieces_: list[str] = []
    at = 0
    while at < len(text):
        length = next((k for k in range(min(len(text) - at, 30), 1, -1)
                       if names.is_word(text[at : at + k]) or text[at : at + k] in BUILTIN_WORDS), 1)
        pieces_.append(text[at : at + length])
        at += length
    known = any(len(p) > 1 for p in pieces_)
    if alone and len(text) >= 3 and not known and not (text[0] == "d" and len(text) == 2):
        return [token]
    found, at = [], token.start
    for piece in pieces_:
        found.append(Token("letters", piece, at, at + len(piece), token.space_before and at == token.start))
        at += len(piece)
    return found


# ------------------------------------------------------------------- parser


class _Parser:
    def __init__(self, tokens: list[Token], names: Names, whole: Span, depth: int = 0) -> None:
        self.tokens = tokens
        self.names = names
        self.whole = whole
        self.at = 0
        self.depth = depth
        self.bars: list[str] = []
        self.last = whole.start

    # -- tokens

    @property
    def here(self) -> Token | None:
        return self.tokens[self.at] if self.at < len(self.tokens) else None

    def peek(self, offset: int = 1) -> Token | None:
        place = self.at + offset
        return self.tokens[place] if place < len(self.tokens) else None

    def text(self) -> str:
        token = self.here
        return "" if token is None or token.kind in ("letters", "words", "number") else token.text

    def take(self) -> Token:
        token = self.here
        if token is None:
            raise Problem("unexpected-end", "the formula ends where more was expected", self._end_span())
        self.at += 1
        self.last = token.end
        return token

    def _end_span(self) -> Span:
        end = self.tokens[-1].end if self.tokens else self.whole.end
        return Span(max(end - 1, self.whole.start), end)

    def expect(self, text: str, what: str) -> Token:
        if self.text() != text:
            token = self.here
            raise Problem("expected-token", f"expected {what} here", token.span if token else self._end_span())
        return self.take()

    def expect_end(self) -> None:
        token = self.here
        if token is None:
            return
        if token.text in ("}", ")", "]", "\\}", "\\rvert", "\\rVert"):
            raise Problem("unbalanced-brace", f"{token.text} closes nothing", token.span)
        raise Problem("expected-operator", f"expected an operator or the end before {_shown(token)}", token.span)

    def since(self, start: int) -> Span:
        return Span(start, max(self.last, start))

    # -- sums and products

    def expression(self) -> t.Tree:
        """Terms joined by + and −."""
        self.depth += 1
        if self.depth > MAX_DEPTH:
            token = self.here
            raise Problem("nesting-limit", f"nested deeper than {MAX_DEPTH} levels", token.span if token else self.whole)
        start = self.here.start if self.here else self.whole.end
        terms: list[tuple[int, t.Tree]] = []
        sign = self._sign(1)
        terms.append((sign, self.term()))
        while self.text() in ("+", "-", "\\pm", "\\mp"):
            token = self.take()
            if token.text.startswith("\\"):
                raise Problem("unsupported-notation", f"{token.text} stands for two formulas at once", token.span)
            sign = self._sign(-1 if token.text == "-" else 1)
            terms.append((sign, self.term()))
        self.depth -= 1
        span = self.since(start)
        if len(terms) > 1:
            return t.SumOf(tuple(terms), span=span)
        sign, value = terms[0]
        return t.Negative(value, span=span) if sign < 0 else value

    def _sign(self, sign: int) -> int:
        while self.text() in ("+", "-"):
            if self.take().text == "-":
                sign = -sign
        return sign

    def term(self) -> t.Tree:
        """Products joined by ⊙ and ∘."""
        return self._joined(HADAMARD, self.product)

    def product(self) -> t.Tree:
        """Juxtaposed runs joined by signs."""
        return self._joined(PRODUCTS, self._signed_run)

    def _signed_run(self) -> t.Tree:
        if self.text() == "-":
            start = self.take().start
            return t.Negative(self.run(), span=self.since(start))
        return self.run()

    def _joined(self, signs: dict[str, str], operand: object) -> t.Tree:
        start = self.here.start if self.here else self.whole.end
        factors: list[tuple[str, t.Tree]] = [("", operand())]  # type: ignore[operator]
        spans = [self.since(start)]
        while self.text() in signs and self.here is not None:
            token = self.take()
            factors.append((signs[token.text], operand()))  # type: ignore[operator]
            spans.append(token.span)
        if len(factors) == 1:
            return factors[0][1]
        return t.ProductOf(tuple(factors), tuple(spans), span=self.since(start))

    def run(self) -> t.Tree:
        """Factors standing side by side."""
        start = self.here.start if self.here else self.whole.end
        factors = [("", self.factor())]
        while self.begins_factor():
            factors.append(("", self.factor()))
        return factors[0][1] if len(factors) == 1 else t.ProductOf(tuple(factors), span=self.since(start))

    def argument_run(self) -> t.Tree:
        """The argument of a function without brackets: a run that stops before another named function."""
        start = self.here.start if self.here else self.whole.end
        factors = [("", self.factor())]
        while self.begins_factor() and not self._named_function_here():
            factors.append(("", self.factor()))
        return factors[0][1] if len(factors) == 1 else t.ProductOf(tuple(factors), span=self.since(start))

    def _named_function_here(self) -> bool:
        token = self.here
        if token is None:
            return False
        if token.kind == "command":
            return token.text[1:] in FUNCTION_COMMANDS
        return token.kind == "letters" and token.text in BUILTIN_WORDS and not self.names.is_name(token.text)

    def begins_factor(self) -> bool:
        token = self.here
        if token is None or token.kind in ("space", "row"):
            return False
        if token.kind in ("letters", "number"):
            return True
        if token.kind == "words":
            return self._is_word_name(token)
        text = token.text
        if text in ("|", "\\|", "\\Vert", "\\vert"):
            return not self._closes_bars(text)
        if text in ("{", "\\lvert", "\\lVert", "\\langle", "\\begin") or text in OPENING:
            return True
        if token.kind == "command":
            known = text[1:] in GREEK or text[1:] in FONTS or text[1:] in ACCENTS or text[1:] in FUNCTION_COMMANDS
            return known or text in STARTERS or text in TRANSPARENT or text in DOTS or text[1:] in UNSUPPORTED_FUNCTIONS or (
                text not in NOT_FACTORS and not is_relation(token) and text not in PRODUCTS and text not in HADAMARD)
        return False

    def _closes_bars(self, text: str) -> bool:
        kind = "‖" if text in ("\\|", "\\Vert") else "|"
        return bool(self.bars) and self.bars[-1] == kind

    # -- factors

    def factor(self) -> t.Tree:
        """A primary with its scripts."""
        token = self.here
        if token is None:
            raise Problem("unexpected-end", "the formula ends where an operand was expected", self._end_span())
        start = token.start
        value = self.primary()
        return self.scripts(value, start)

    def primary(self) -> t.Tree:
        token = self.take()
        match token.kind:
            case "number":
                return self._number(token)
            case "letters":
                return self._letters(token)
            case "words":
                return self._word(token)
            case _:
                return self._symbol(token)

    def _number(self, token: Token) -> t.Tree:
        if token.text == "1" and self._relation_inside():
            return self._indicator(token.start)
        return t.Number(Fraction(token.text), token.text, span=token.span)

    def _letters(self, token: Token) -> t.Tree:
        if token.text == "d" and self._is_differential(token):
            return self._differential(token.start)
        return self._named(t.Name(token.text, span=token.span))

    def _is_word_name(self, token: Token) -> bool:
        return self.names.is_word(token.text) or token.text in BUILTIN_WORDS or self.names.is_name(token.text)

    def _word(self, token: Token) -> t.Tree:
        """``\\text{softmax}`` is a name; other words have no place in a formula."""
        following = self.text() in ("(", "_", "^")
        if self._is_word_name(token) or following and token.text.replace("_", "").isalnum():
            return self._named(t.Name(token.text, font="rm", span=token.span))
        raise Problem("words", f"the words “{token.text}” stand where a formula was expected", token.span)

    def _symbol(self, token: Token) -> t.Tree:
        text = token.text
        if text in OPENING:
            return self._bracket(token)
        if text == "{":
            return self._group(token)
        if text in ("|", "\\lvert", "\\vert"):
            return self._bars(token, "|", ("|", "\\rvert", "\\vert"))
        if text in ("\\|", "\\lVert", "\\Vert"):
            return self._bars(token, "‖", ("\\|", "\\rVert", "\\Vert"))
        if text == "." and self._dots(token):
            return t.Ellipsis_(span=self.since(token.start))
        if token.kind == "command":
            return self._command(token)
        raise Problem("expected-operand", f"expected an operand before {_shown(token)}", token.span)

    def _dots(self, token: Token) -> bool:
        if self.text() == "." and self.peek() is not None and self.peek().text == ".":  # type: ignore[union-attr]
            self.take()
            self.take()
            return True
        return False

    def _group(self, token: Token) -> t.Tree:
        if self.text() == "}":
            raise Problem("expected-operand", "expected a formula in the braces", token.span)
        saved, self.bars = self.bars, []
        value = self.expression()
        self.bars = saved
        if self.text() == "\\over":
            raise Problem("unsupported-notation", "\\over is not supported", self.take().span, "write \\frac{a}{b}")
        self._close("}", token)
        return value

    def _close(self, text: str, opened: Token) -> None:
        if self.text() != text:
            token = self.here
            if token is not None and token.text not in ("}", ")", "]", "\\}", "&"):
                raise Problem("expected-operator", f"expected an operator or {text} before {_shown(token)}", token.span)
            raise Problem("unbalanced-brace", f"this {opened.text} is not closed", opened.span, f"expected {text}")
        self.take()

    def _bracket(self, token: Token) -> t.Tree:
        saved, self.bars = self.bars, []
        items: list[t.Tree] = []
        closing = OPENING[token.text]
        if self.text() == closing:
            raise Problem("expected-operand", "expected a formula in the brackets", token.span)
        items.append(self.expression())
        while self.text() in (",", ";"):
            self.take()
            items.append(self.expression())
        self.bars = saved
        if token.text == "\\{" and self.text() == "\\rbrace":
            closing = "\\rbrace"
        self._close(closing, token)
        return t.Bracket(BRACKET_KINDS[token.text], tuple(items), span=self.since(token.start))

    def _bars(self, token: Token, kind: Literal["|", "‖"], closing: tuple[str, ...]) -> t.Tree:
        saved, self.bars = self.bars, [kind]
        body = self.expression()
        self.bars = saved
        if self.text() not in closing:
            raise Problem("unbalanced-brace", f"this {token.text} is not closed", token.span)
        self.take()
        return t.Bars(kind, body, span=self.since(token.start))

    # -- commands

    def _command(self, token: Token) -> t.Tree:
        text, name = token.text, token.text[1:]
        if name in GREEK:
            return self._named(t.Name(text, span=token.span))
        if name in FONTS:
            return self._font(token, FONTS[name])
        if name in ACCENTS:
            return self._accent(token, ACCENTS[name])
        if name in FUNCTION_COMMANDS:
            return self._named(t.Name(FUNCTION_COMMANDS[name], span=token.span))
        if text in DOTS:
            return t.Ellipsis_(span=token.span)
        if text in TRANSPARENT:
            return self.factor()
        handler = STARTERS.get(text)
        if handler is not None:
            return handler(self, token)
        if name in UNSUPPORTED_FUNCTIONS:
            raise Problem("unsupported-notation", f"\\{name} is not supported", token.span)
        if is_relation(token) or text in PRODUCTS or text in HADAMARD:
            raise Problem("expected-operand", f"expected an operand before {text}", token.span)
        raise Problem("unknown-command", f"the command {text} is not known", token.span)

    def _font(self, token: Token, font: str) -> t.Tree:
        """``\\mathbf v``, ``\\mathrm{softmax}``, ``\\mathbb 1[…]``, ``\\mathrm d X``."""
        inner = self._font_content(token)
        if inner is None:
            return self.factor()
        text, span = inner
        if font == "rm" and text == "d" and self._is_differential(token, upright=True):
            return self._differential(token.start)
        if text in ("1", "I") and font in ("bb", "bf") or text == "1" and font == "rm":
            if self._relation_inside():
                return self._indicator(token.start)
            if text == "1":
                return t.Name("1", font="bb" if font == "bb" else "bf", span=span)
        if font == "rm":
            return self._named(t.Name(FUNCTION_COMMANDS.get(text, text), font="rm" if text not in BUILTIN_WORDS else None, span=span))
        return self._named(t.Name(text, font=font, span=span))

    def _font_content(self, token: Token) -> tuple[str, Span] | None:
        """The one name under a font command; None where the group holds more than that."""
        token_ = self.here
        if token_ is None:
            raise Problem("unexpected-end", f"expected a name behind {token.text}", token.span)
        if token_.text != "{" or token_.kind in ("letters", "words"):
            self.take()
            if token_.kind in ("letters", "number") or token_.kind == "command" and token_.text[1:] in GREEK:
                return token_.text, self.since(token.start)
            raise Problem("expected-operand", f"expected a name behind {token.text}", token_.span)
        stop = matching(self.tokens, self.at)
        inside = self.tokens[self.at + 1 : stop]
        plain = [x for x in inside if x.kind in ("letters", "number") or x.kind == "command" and x.text[1:] in GREEK
                 or x.text in ("_", "-", " ") and token.text.startswith("\\operatorname")]
        if not inside or len(plain) != len(inside) or len([x for x in inside if x.kind == "command"]) > 1:
            return None
        self.at = stop + 1
        self.last = self.tokens[stop].end
        return "".join(x.text for x in inside), self.since(token.start)

    def _accent(self, token: Token, accent: str) -> t.Tree:
        self._enter(token)
        inner = self._script_argument(token)
        self.depth -= 1
        span = self.since(token.start)
        if isinstance(inner, t.Name):
            return self._named(replace(inner, accents=(accent, *inner.accents), span=span))
        if isinstance(inner, t.Scripted) and isinstance(inner.base, t.Name) and inner.power is None:
            return replace(inner, base=replace(inner.base, accents=(accent, *inner.base.accents)), span=span)
        raise Problem("unsupported-notation", f"{token.text} belongs on a name", span)

    def _enter(self, token: Token) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Problem("nesting-limit", f"nested deeper than {MAX_DEPTH} levels", token.span)

    def _script_argument(self, token: Token) -> t.Tree:
        """What one command or script sign takes: a group, or one thing."""
        if self.here is None:
            raise Problem("unexpected-end", f"expected an argument behind {token.text}", token.span)
        if self.text() == "{":
            return self._group(self.take())
        self._enter(token)
        argument = self.take()
        self.depth -= 1
        match argument.kind:
            case "number":
                first = argument.text[0]
                if len(argument.text) > 1:  # \frac12 takes one digit
                    self._push_back(argument, 1)
                return t.Number(Fraction(first), first, span=Span(argument.start, argument.start + 1))
            case "letters":
                return t.Name(argument.text, span=argument.span)
            case "command" if argument.text[1:] in GREEK:
                return t.Name(argument.text, span=argument.span)
            case "command" if argument.text[1:] in FONTS or argument.text[1:] in ACCENTS or argument.text in STARTERS:
                return self._command(argument)
            case _:
                raise Problem("expected-operand", f"expected an argument before {_shown(argument)}", argument.span)

    def _push_back(self, token: Token, used: int) -> None:
        """Leaves the rest of a number for what follows."""
        rest = Token("number", token.text[used:], token.start + used, token.end)
        self.tokens = [*self.tokens[: self.at - 1], replace(token, text=token.text[:used], end=token.start + used), rest,
                       *self.tokens[self.at :]]
        self.last = token.start + used

    # -- names and calls

    def _named(self, name: t.Name) -> t.Tree:
        """A name; a call where it is a function and an argument follows (scripts of the function come first)."""
        key = name.text if not name.accents else ""
        builtin = key in BUILTIN_WORDS and not self.names.is_name(key)
        if not (builtin or key and self.names.is_function(key)):
            return name
        function = self.scripts(name, name.span.start, of_function=True)
        if self._bracket_follows(builtin):
            return self._call(function)
        if builtin and key not in STAY_NAMES and self.begins_factor():
            argument = self.argument_run()
            return t.Call(function, (argument,), bracketed=False, span=self.since(name.span.start))
        return function

    def _bracket_follows(self, builtin: bool) -> bool:
        return self.text() in ("(", "[") or builtin and self.text() in ("\\{", "\\lbrace")

    def _call(self, function: t.Tree) -> t.Tree:
        bracket = self._bracket(self.take())
        assert isinstance(bracket, t.Bracket)
        return t.Call(function, bracket.items, span=self.since(function.span.start))

    # -- scripts

    def scripts(self, base: t.Tree, start: int, *, of_function: bool = False) -> t.Tree:
        """Sub- and superscripts and primes in any order."""
        node = base if isinstance(base, t.Scripted) else t.Scripted(base, span=base.span)
        found = False
        while self.text() in ("_", "^", "'"):
            token = self.take()
            found = True
            if token.text == "'":
                node = replace(node, primes=node.primes + 1)
            elif token.text == "_":
                if node.sub:
                    raise Problem("double-script", "a second subscript", token.span, "use braces")
                node = replace(node, sub=self._subscript(token))
            else:
                node = self._superscript(node, token)
        return replace(node, span=self.since(start)) if found else base

    def _subscript(self, token: Token) -> tuple[t.Tree, ...]:
        if self.text() != "{":
            if self.text() == "+":
                raise Problem("unsupported-notation", "the subscript + is not supported", self.take().span)
            return (self._script_argument(token),)
        opened = self.take()
        items: list[t.Tree] = []
        while True:
            items += self._subscript_part(opened)
            if self.text() not in (",", ";"):
                break
            self.take()
        self._close("}", opened)
        return tuple(items)

    def _subscript_part(self, opened: Token) -> list[t.Tree]:
        """One part between commas; a colon stands for a whole axis: ``i:`` has two parts."""
        parts: list[t.Tree] = []
        while self.text() not in ("}", ",", ";"):
            if self.text() == ":":
                parts.append(t.Name(":", span=self.take().span))
            elif self.here is not None and self.here.kind == "words":
                token = self.take()
                parts.append(t.Name(token.text, font="rm", span=token.span))
            else:
                parts.append(self.expression())
                if self.here is None:
                    raise Problem("unbalanced-brace", "this { is not closed", opened.span, "expected }")
                if self.text() not in ("}", ",", ";", ":"):
                    token_ = self.here
                    raise Problem("expected-operator", f"expected , or }} before {_shown(token_)}", token_.span)
        if not parts:
            raise Problem("expected-operand", "expected a subscript", opened.span)
        return parts

    def _superscript(self, node: t.Scripted, token: Token) -> t.Scripted:
        if self.text() != "{":
            return self._short_superscript(node, token)
        opened = self.take()
        stop = matching(self.tokens, self.at - 1)
        while self.at < stop:
            node = self._superscript_part(node, stop)
        self._close("}", opened)
        return node

    def _short_superscript(self, node: t.Scripted, token: Token) -> t.Scripted:
        here = self.here
        if here is None:
            raise Problem("unexpected-end", "expected a superscript", token.span)
        if here.text in ("T", "\\top", "\\intercal"):
            self.take()
            return replace(node, transpose=node.transpose + 1)
        if here.text == "\\prime":
            self.take()
            return replace(node, primes=node.primes + 1)
        if here.text in ("*", "\\ast", "\\star"):
            self.take()
            return replace(node, star=node.star + 1)
        if here.text == "\\dagger" or here.text == "+":
            raise Problem("unsupported-notation", f"the superscript {here.text} is not supported", here.span)
        argument = self._script_argument(token)
        if isinstance(argument, t.Name) and argument.text in ("T", "\\top") and argument.font is not None:
            return replace(node, transpose=node.transpose + 1)
        return self._with_power(node, argument)

    def _superscript_part(self, node: t.Scripted, stop: int) -> t.Scripted:
        """One piece of ``^{(2)T}``, ``^{-T}``, ``^{-1}``, ``^{[l]}``."""
        here = self.here
        assert here is not None
        nothing_else = self.at + 1 == stop
        if here.text in ("T", "\\top", "\\intercal"):
            self.take()
            return replace(node, transpose=node.transpose + 1)
        if here.text == "\\prime" or here.text == "'":
            self.take()
            return replace(node, primes=node.primes + 1)
        if here.text in ("*", "\\ast", "\\star") and nothing_else:
            self.take()
            return replace(node, star=node.star + 1)
        following = self.peek()
        if here.text == "-" and following is not None and following.text in ("T", "\\top", "\\intercal") and self.at + 2 == stop:
            self.take()
            self.take()
            return self._with_power(replace(node, transpose=node.transpose + 1), _minus_one(self.since(here.start)))
        if here.text in ("(", "[") and self._is_layer(node, stop):
            bracket = self._bracket(self.take())
            assert isinstance(bracket, t.Bracket)
            return replace(node, layer=(*node.layer, *bracket.items))
        value = self.expression()
        if isinstance(value, t.Name) and value.text in ("T", "\\top") and value.font is not None:
            return replace(node, transpose=node.transpose + 1)
        if self.at < stop and self.text() not in ("T", "\\top"):
            token_ = self.tokens[self.at]
            raise Problem("expected-operator", f"expected }} before {_shown(token_)}", token_.span)
        if isinstance(value, t.ProductOf) and (split := _power_and_transpose(value)) is not None:
            return self._with_power(replace(node, transpose=node.transpose + 1), split)
        return self._with_power(node, value)

    def _is_layer(self, node: t.Scripted, stop: int) -> bool:
        """``X^{(2)}`` names a layer; ``e^{(x-1)/2}`` and ``2^{(n)}`` are powers."""
        if not isinstance(node.base, t.Name) or node.base.text == "e" and not self.names.is_name("e"):
            return False
        end = matching(self.tokens, self.at)
        after = self.tokens[end + 1] if end + 1 < len(self.tokens) else None
        return end < stop and (end + 1 == stop or after is not None and after.text in ("T", "\\top", "\\intercal", "(", "["))

    def _with_power(self, node: t.Scripted, power: t.Tree) -> t.Scripted:
        if node.power is not None:
            raise Problem("double-script", "a second superscript", power.span, "use braces")
        return replace(node, power=power)

    # -- indicators

    def _relation_inside(self) -> bool:
        """Whether a bracket or subscript with a relation in it comes next."""
        at = self.at
        if at < len(self.tokens) and self.tokens[at].text == "_":
            at += 1
        if at >= len(self.tokens) or self.tokens[at].text not in ("(", "[", "\\{", "{", "\\lbrace"):
            return False
        if self.tokens[at].text == "{" and at == self.at:
            return False
        try:
            stop = matching(self.tokens, at)
        except Problem:
            return False
        depth = 0
        for n in range(at + 1, stop):
            text = self.tokens[n].text
            if text in ("{",):
                depth += 1
            elif text in ("}",):
                depth -= 1
            elif depth == 0 and is_relation(self.tokens[n]):
                return True
        return False

    def _indicator(self, start: int) -> t.Tree:
        if self.text() == "_":
            self.take()
        stop = matching(self.tokens, self.at)
        inside = self.tokens[self.at + 1 : stop]
        while inside and inside[0].text in ("[", "(", "\\{") and matching(inside, 0) == len(inside) - 1:
            inside = inside[1:-1]
        self.at = stop + 1
        self.last = self.tokens[stop].end
        return t.IndicatorOf(self._condition(inside), span=self.since(start))

    def _condition(self, tokens: list[Token]) -> t.Chain:
        """A relation among tokens of their own."""
        if not tokens:
            raise Problem("expected-operand", "expected a condition", self.whole)
        parts = pieces(tokens, sentence=True)
        chains = [c for p in parts for c in _read_piece(p, self.names)]
        for chain in chains:
            if isinstance(chain, Problem):
                raise chain
        if len(chains) != 1 or not isinstance(chains[0], t.Chain):
            raise Problem("unsupported-notation", "expected one relation as a condition", tokens[0].span | tokens[-1].span)
        return chains[0]

    # -- differentials and derivatives

    def _is_differential(self, token: Token, upright: bool = False) -> bool:
        """``d`` before a name, a bracket or a function, where d is not a name of its own."""
        following = self.here
        if following is None:
            return False
        if not upright and self.names.is_name("d"):
            close = not following.space_before and following.start == token.end
            capital = following.kind == "letters" and (following.text[0].isupper() or len(following.text) > 1)
            return self.names.is_size("d") and close and (capital or following.text in ("\\mathbf", "\\boldsymbol"))
        if following.kind == "letters":
            return True
        if following.kind == "command":
            name = following.text[1:]
            return name in GREEK or name in FONTS or name in ACCENTS or name in FUNCTION_COMMANDS
        return following.text in ("(", "[") and (upright or not following.space_before)

    def _differential(self, start: int) -> t.Tree:
        token = self.here
        assert token is not None
        self._enter(token)
        operand = self.factor()
        self.depth -= 1
        return t.DifferentialOf(operand, span=self.since(start))

    def fraction(self, token: Token) -> t.Tree:
        """``\\frac{a}{b}``, or a derivative where numerator and denominator begin with the same ∂ or d."""
        kind = self._derivative_ahead()
        if kind is not None:
            return self._derivative(token, kind)
        self._enter(token)
        above = self._script_argument(token)
        below = self._script_argument(token)
        self.depth -= 1
        return t.Fraction_(above, below, span=self.since(token.start))

    def _derivative_ahead(self) -> str | None:
        """``∂`` or ``d`` where the two arguments of a fraction are those of a derivative."""
        at = self.at
        if at >= len(self.tokens) or self.tokens[at].text not in ("{", "\\partial", "d"):
            return None
        stop = matching(self.tokens, at) if self.tokens[at].text == "{" else at
        above = self.tokens[at + 1 : stop] if self.tokens[at].text == "{" else [self.tokens[at]]
        if stop + 1 >= len(self.tokens) or self.tokens[stop + 1].text != "{":
            return None
        end = matching(self.tokens, stop + 1)
        below = self.tokens[stop + 2 : end]
        first, second = _operator_at(above), _operator_at(below)
        if first is None or first != second:
            return None
        if first == "d":
            skip = 1 if below[0].text == "d" else 4
            if len(below) <= skip or self.names.is_name("d") and not self.names.is_size("d"):
                return None
        return first

    def _derivative(self, token: Token, kind: str) -> t.Tree:
        self._enter(token)
        order, operand = self._derivative_numerator(kind)
        by = self._derivative_denominator(kind)
        self.depth -= 1
        if len(by) == 1 and order == 1:
            pass
        elif len(by) == 1 and isinstance(by[0], t.Scripted) and by[0].power is not None:
            by = _repeated(by[0], order)
        by = [v for x in by for v in ([x] if len(by) == order else _expanded(x))]
        if len(by) != order:
            raise Problem("derivative-order", f"a derivative of order {order} by {len(by)} variables", self.since(token.start))
        return t.DerivativeOf(operand, tuple(by), kind == "∂", span=self.since(token.start))

    def _derivative_numerator(self, kind: str) -> tuple[int, t.Tree | None]:
        grouped = self.text() == "{"
        opened = self.take() if grouped else None
        self._skip_operator()
        order = 1
        if self.text() == "^":
            self.take()
            power = self._script_argument(self.tokens[self.at - 1])
            if not isinstance(power, t.Number) or power.value.denominator != 1 or not 1 <= power.value <= 4:
                raise Problem("derivative-order", "the order of a derivative must be a number from 1 to 4", power.span)
            order = int(power.value)
        operand = None
        if grouped and self.text() != "}":
            operand = self.expression()
        if opened is not None:
            self._close("}", opened)
        return order, operand

    def _skip_operator(self) -> None:
        """∂, d, ``\\mathrm{d}``, ``\\mathrm d``."""
        token = self.take()
        if token.text in ("\\mathrm", "\\operatorname", "\\text"):
            if self.text() == "{":
                self.take()
                self.take()
            self.take()

    def _derivative_denominator(self, kind: str) -> list[t.Tree]:
        opened = self.expect("{", "the denominator of the derivative in braces")
        variables: list[t.Tree] = []
        while self.text() != "}":
            if self.here is None:
                raise Problem("unbalanced-brace", "this { is not closed", opened.span, "expected }")
            if _operator_at(self.tokens[self.at :]) != kind:
                raise Problem("derivative", f"expected {kind} before each variable", self.tokens[self.at].span)
            self._skip_operator()
            variables.append(self.factor())
        self.take()
        return variables

    def partial(self, token: Token) -> t.Tree:
        """``\\partial a/\\partial b`` in one line."""
        self._enter(token)
        order = 1
        if self.text() == "^":
            self.take()
            power = self._script_argument(token)
            order = int(power.value) if isinstance(power, t.Number) else 1
        operand = None if self.text() == "/" else self.run()
        self.depth -= 1
        if self.text() != "/":
            raise Problem("derivative", "∂ on its own: expected / and ∂ with a variable behind it", token.span,
                          "write \\frac{\\partial L}{\\partial X}")
        self.take()
        variables: list[t.Tree] = []
        bracket = self.text() == "("
        if bracket:
            self.take()
        while self.text() == "\\partial":
            self.take()
            variables.append(self.factor())
        if bracket:
            self.expect(")", ")")
        variables = [v for x in variables for v in ([x] if len(variables) == order else _expanded(x))]
        if len(variables) != order:
            raise Problem("derivative-order", f"a derivative of order {order} by {len(variables)} variables", self.since(token.start))
        return t.DerivativeOf(operand, tuple(variables), True, span=self.since(token.start))

    def nabla(self, token: Token) -> t.Tree:
        self._enter(token)
        node = self.scripts(t.Name("\\nabla", span=token.span), token.start)
        by, order = None, 1
        if isinstance(node, t.Scripted):
            by = node.sub[0] if len(node.sub) == 1 else None
            if len(node.sub) > 1:
                raise Problem("unsupported-notation", "∇ by several variables is not supported", node.span)
            if isinstance(node.power, t.Number) and node.power.value in (1, 2):
                order = int(node.power.value)
            elif node.power is not None or node.transpose or node.primes:
                raise Problem("unsupported-notation", "expected ∇ or ∇²", node.span)
        if self.text() in ("(", "["):
            start = self.tokens[self.at].start
            operand = self.scripts(self._bracket(self.take()), start)
        elif self.here is None or not self.begins_factor():
            raise Problem("unexpected-end", "expected what ∇ acts on", token.span)
        else:
            operand = self.argument_run() if self._named_function_here() is False else self.factor()
        self.depth -= 1
        return t.Nabla(operand, by, order, span=self.since(token.start))

    # -- big operators

    def big(self, token: Token) -> t.Tree:
        kind: Literal["sum", "prod"] = "sum" if token.text == "\\sum" else "prod"
        lower: list[Token] | None = None
        upper: t.Tree | None = None
        while self.text() in ("_", "^"):
            sign = self.take()
            if sign.text == "_":
                lower = self._raw_argument(sign)
            else:
                upper = self._script_argument(sign)
        binders = () if lower is None else self._binders(lower, upper, token)
        self._enter(token)
        body = self.term()
        self.depth -= 1
        return t.BigOperator(kind, binders, body, span=self.since(token.start))

    def _raw_argument(self, sign: Token) -> list[Token]:
        if self.text() != "{":
            return [self.take()]
        stop = matching(self.tokens, self.at)
        inside = self.tokens[self.at + 1 : stop]
        self.at = stop + 1
        self.last = self.tokens[stop].end
        if not inside:
            raise Problem("expected-operand", "expected an index", sign.span)
        return inside

    def _binders(self, lower: list[Token], upper: t.Tree | None, token: Token) -> tuple[t.Binder, ...]:
        span = lower[0].span | lower[-1].span
        relations = [x for x in lower if is_relation(x)]
        if not relations:
            return self._plain_binders(lower, upper, span)
        parts = pieces(lower, sentence=True)
        chains = [c for p in parts for c in _read_piece(p, self.names)]
        binders: list[t.Binder] = []
        for chain in chains:
            if isinstance(chain, Problem):
                raise chain
            binders.append(self._binder(chain, upper, span))
        if upper is not None and len(binders) > 1:
            raise Problem("unsupported-notation", "several indices with one upper bound", span)
        return tuple(binders)

    def _plain_binders(self, lower: list[Token], upper: t.Tree | None, span: Span) -> tuple[t.Binder, ...]:
        inner = _Parser([x for x in lower if x.text != ","], self.names, span, self.depth)
        binders: list[t.Binder] = []
        while inner.here is not None:
            name = inner._letters_as_name()
            binders.append(t.Binder(name, None, upper, span=name.span))
        if upper is not None and len(binders) > 1:
            raise Problem("unsupported-notation", "several indices with one upper bound", span)
        return tuple(binders)

    def _letters_as_name(self) -> t.Name:
        token = self.take()
        if token.kind == "letters" or token.kind == "command" and token.text[1:] in GREEK:
            return t.Name(token.text, span=token.span)
        raise Problem("unsupported-notation", "expected an index letter under the operator", token.span)

    def _binder(self, chain: t.Chain, upper: t.Tree | None, span: Span) -> t.Binder:
        first = chain.members[0]
        match chain.relations:
            case ("=",) if isinstance(first, t.Name):
                return t.Binder(first, chain.members[1], upper, span=span)
            case ("≠",) if isinstance(first, t.Name) and upper is None:
                return t.Binder(first, None, None, chain, span=span)
            case ("≤", "≤") if isinstance(chain.members[1], t.Name) and upper is None:
                return t.Binder(chain.members[1], first, chain.members[2], span=span)
            case ():
                if isinstance(first, t.Name):
                    return t.Binder(first, None, upper, span=span)
        raise Problem("unsupported-notation", "expected i = 1, i ≠ k or a plain index under the operator", span)

    # -- roots, angles, environments

    def root(self, token: Token) -> t.Tree:
        degree = None
        if self.text() == "[":
            stop = matching(self.tokens, self.at)
            inner = _Parser(self.tokens[self.at + 1 : stop], self.names, token.span, self.depth)
            degree = inner.expression()
            inner.expect_end()
            self.at = stop + 1
        self._enter(token)
        radicand = self._script_argument(token)
        self.depth -= 1
        return t.Root(radicand, degree, span=self.since(token.start))

    def angle(self, token: Token) -> t.Tree:
        items = [self.expression()]
        while self.text() in (",", "\\mid"):
            self.take()
            items.append(self.expression())
        if self.text() != "\\rangle":
            raise Problem("unbalanced-brace", "this \\langle is not closed", token.span)
        self.take()
        return t.Angle(tuple(items), span=self.since(token.start))

    def brace(self, token: Token) -> t.Tree:
        """``\\underbrace{x}_{note}``: the note is dropped."""
        self._enter(token)
        value = self._script_argument(token)
        self.depth -= 1
        if self.text() in ("_", "^"):
            self.take()
            self._raw_argument(token)
        return value

    def text_style(self, token: Token) -> t.Tree:
        self._raw_argument(token)
        return self.factor()

    def environment(self, token: Token) -> t.Tree:
        name, stop, inside = self._environment_tokens(token)
        self.at = stop
        self.last = self.tokens[stop - 1].end
        if name in CASES_ENVIRONMENTS:
            return self._cases(token, inside)
        if name in MATRIX_ENVIRONMENTS:
            return self._matrix(token, name, inside)
        raise Problem("unsupported-notation", f"the environment {name} has no place inside a formula", token.span)

    def _environment_tokens(self, token: Token) -> tuple[str, int, list[Token]]:
        """Name, the place behind \\end{…}, and the tokens between."""
        name, at = _environment_name(self.tokens, self.at - 1)
        depth, place = 1, at
        while place < len(self.tokens):
            text = self.tokens[place].text
            if text == "\\begin":
                depth += 1
            elif text == "\\end":
                depth -= 1
                if depth == 0:
                    _, behind = _environment_name(self.tokens, place)
                    return name, behind, self.tokens[at:place]
            place += 1
        raise Problem("unbalanced-environment", f"\\begin{{{name}}} is not closed", token.span)

    def _cases(self, token: Token, inside: list[Token]) -> t.Tree:
        rows: list[tuple[t.Tree, t.Chain | None]] = []
        for row in _split_rows(inside):
            value_tokens, condition_tokens = _value_and_condition(row)
            if not value_tokens:
                raise Problem("expected-operand", "expected a value in this row of cases", token.span)
            inner = _Parser(value_tokens, self.names, value_tokens[0].span | value_tokens[-1].span, self.depth)
            value = inner.expression()
            inner.expect_end()
            rows.append((value, self._cases_condition(condition_tokens)))
        if not rows:
            raise Problem("expected-operand", "cases without rows", token.span)
        return t.Cases(tuple(rows), span=self.since(token.start))

    def _cases_condition(self, tokens: list[Token]) -> t.Chain | None:
        """The relation among the words of a condition; none means otherwise."""
        relevant = [x for x in tokens if x.kind not in ("words", "space") and x.text not in (",", ".", ";")]
        if not any(is_relation(x) for x in relevant):
            return None
        return self._condition(_without_plain_words(relevant))

    def _matrix(self, token: Token, name: str, inside: list[Token]) -> t.Tree:
        rows: list[tuple[t.Tree, ...]] = []
        for row in _split_rows(inside):
            cells: list[t.Tree] = []
            for cell in _split_cells(row):
                if not cell:
                    raise Problem("expected-operand", "expected an entry in every cell", token.span)
                inner = _Parser(cell, self.names, cell[0].span | cell[-1].span, self.depth)
                cells.append(inner.expression())
                inner.expect_end()
            rows.append(tuple(cells))
        return t.MatrixLiteral(name, tuple(rows), span=self.since(token.start))

    # -- sets

    def set_or_map(self) -> t.SetOf | t.MapsTo:
        start = self.here.start if self.here else self.whole.start
        domain = self.set()
        if self.text() in ("\\to", "\\rightarrow", "\\mapsto"):
            self.take()
            return t.MapsTo(domain, self.set(), span=self.since(start))
        return domain

    def set(self) -> t.SetOf:
        """``\\mathbb{R}_{>0}^{n \\times m}``, ``\\{0,1\\}^N``, ``\\mathbb{S}^n``."""
        token = self.take()
        if token.text in ("\\mathbb", "\\mathbf", "\\mathcal", "\\mathds", "\\mathrm"):
            content = self._font_content(token)
            letter = content[0] if content else "?"
            return self._number_set(token, letter)
        if token.text in ("\\R", "\\N", "\\Z", "\\Re", "\\reals") or token.text in ("R", "ℝ", "N", "Z") and token.kind != "number":
            return self._number_set(token, token.text.strip("\\")[0].replace("ℝ", "R").upper())
        if token.text in ("\\{", "\\lbrace"):
            return self._finite_set(token)
        raise Problem("expected-set", "expected a set such as \\mathbb{R}^{n \\times m}", token.span)

    def _number_set(self, token: Token, letter: str) -> t.SetOf:
        dims: tuple[t.Tree, ...] = ()
        sign: str | None = None
        while self.text() in ("_", "^"):
            script = self.take()
            raw = self._raw_argument(script)
            if script.text == "^" and [x.text for x in raw] not in (["+"], ["++"], ["*"]):
                dims = self._dims(raw)
            else:
                sign = _set_sign(raw)
        span = self.since(token.start)
        match letter:
            case "R":
                return t.SetOf("real", dims, (), sign, span=span)
            case "S":
                return t.SetOf("symmetric", dims, (), sign, span=span)
            case "N" | "Z":
                return t.SetOf("integer", dims, span=span)
            case _:
                raise Problem("expected-set", f"the set {letter} is not known", token.span, "expected \\mathbb{R}, \\mathbb{S} or \\{…\\}")

    def _dims(self, raw: list[Token]) -> tuple[t.Tree, ...]:
        inner = _Parser(raw, self.names, raw[0].span | raw[-1].span, self.depth)
        value = inner.expression()
        inner.expect_end()
        if isinstance(value, t.Bracket):
            value = value.items[0] if len(value.items) == 1 else value
        if isinstance(value, t.ProductOf) and all(sign in ("", "\\times") for sign, _ in value.factors[1:]):
            if any(sign == "\\times" for sign, _ in value.factors[1:]):
                return tuple(factor for _, factor in value.factors)
        return (value,)

    def _finite_set(self, token: Token) -> t.SetOf:
        values: list[t.Tree] = [self.expression()]
        while self.text() == ",":
            self.take()
            values.append(self.expression())
        closing = self.text()
        if closing not in ("\\}", "\\rbrace"):
            raise Problem("unbalanced-brace", "this \\{ is not closed", token.span)
        self.take()
        dims: tuple[t.Tree, ...] = ()
        if self.text() == "^":
            dims = self._dims(self._raw_argument(self.take()))
        span = self.since(token.start)
        if any(isinstance(v, t.Ellipsis_) for v in values):
            first = values[0]
            if not isinstance(first, t.Number) or first.value != 1:
                raise Problem("expected-set", "labels count from 1: expected \\{1,\\dots,K\\}", span)
            return t.SetOf("labels", dims, (values[-1],), span=span)
        return t.SetOf("finite", dims, tuple(values), span=span)


STARTERS = {
    "\\frac": _Parser.fraction, "\\tfrac": _Parser.fraction, "\\dfrac": _Parser.fraction, "\\cfrac": _Parser.fraction,
    "\\partial": _Parser.partial, "\\nabla": _Parser.nabla, "\\sum": _Parser.big, "\\prod": _Parser.big,
    "\\sqrt": _Parser.root, "\\langle": _Parser.angle, "\\underbrace": _Parser.brace, "\\overbrace": _Parser.brace,
    "\\begin": _Parser.environment,
}  # fmt: skip
NOT_FACTORS = frozenset({
    "\\rvert", "\\rVert", "\\rangle", "\\}", "\\rbrace", "\\rbrack", "\\end", "\\pm", "\\mp", "\\to", "\\mid", "\\over", "\\notin",
    "\\forall", "\\exists", "\\colon", "\\cdots", "\\rightarrow",
})  # fmt: skip


# ------------------------------------------------------------------ helpers


def _shown(token: Token) -> str:
    return "&" if token.text == "&" else token.text


def _minus_one(span: Span) -> t.Tree:
    return t.Negative(t.Number(Fraction(1), "1", span=span), span=span)


def _power_and_transpose(value: t.ProductOf) -> t.Tree | None:
    """``^{-1T}`` or ``^{2T}``: the power, with the transposition taken off."""
    last = value.factors[-1]
    if last[0] == "" and isinstance(last[1], t.Name) and last[1].text in ("T", "\\top") and len(value.factors) == 2:
        return value.factors[0][1]
    return None


def _operator_at(tokens: list[Token]) -> str | None:
    """∂ or d at the beginning, upright or not."""
    texts = [x.text for x in tokens[:4]]
    if texts[:1] == ["\\partial"]:
        return "∂"
    if texts[:1] == ["d"] or texts[:4] == ["\\mathrm", "{", "d", "}"] or texts[:2] == ["\\mathrm", "d"]:
        return "d"
    return None


def _repeated(variable: t.Scripted, order: int) -> list[t.Tree]:
    """``\\partial x^2`` under a derivative of order 2: x twice."""
    if isinstance(variable.power, t.Number) and variable.power.value == order:
        plain: t.Tree = replace(variable, power=None)
        if plain == t.Scripted(variable.base):
            plain = variable.base
        return [plain] * order
    return [variable]


def _expanded(variable: t.Tree) -> list[t.Tree]:
    if isinstance(variable, t.Scripted) and isinstance(variable.power, t.Number) and variable.power.value.denominator == 1:
        return _repeated(variable, int(variable.power.value))
    return [variable]


def _environment_name(tokens: list[Token], at: int) -> tuple[str, int]:
    """The name behind \\begin or \\end at ``at``, and the place behind it."""
    if at + 1 >= len(tokens) or tokens[at + 1].text != "{":
        raise Problem("unbalanced-environment", "expected the name of an environment in braces", tokens[at].span)
    stop = matching(tokens, at + 1)
    return "".join(x.text for x in tokens[at + 2 : stop]), stop + 1


def _split_top(tokens: list[Token], separator: object) -> list[list[Token]]:
    """Cut where ``separator(token)`` holds outside braces and environments."""
    parts: list[list[Token]] = [[]]
    depth = 0
    for token in tokens:
        if token.text in ("{", "\\begin"):
            depth += 1
        elif token.text in ("}", "\\end"):
            depth -= 1
        if depth == 0 and separator(token):  # type: ignore[operator]
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _split_rows(tokens: list[Token]) -> list[list[Token]]:
    return [row for row in _split_top(tokens, lambda x: x.kind == "row") if any(x.kind != "space" for x in row)]


def _split_cells(tokens: list[Token]) -> list[list[Token]]:
    return [[x for x in cell if x.kind != "space"] for cell in _split_top(tokens, lambda x: x.text == "&" and x.kind == "symbol")]


def _value_and_condition(row: list[Token]) -> tuple[list[Token], list[Token]]:
    """The two cells of a row of cases; without &, the condition begins at a comma, a wide space or words."""
    cells = _split_top(row, lambda x: x.text == "&" and x.kind == "symbol")
    if len(cells) > 1:
        value, condition = cells[0], [x for cell in cells[1:] for x in cell]
    else:
        cut = next((n for n, x in enumerate(row) if x.kind in ("space", "words") or x.text == ","), len(row))
        value, condition = row[:cut], row[cut:]
    value = [x for x in value if x.kind != "space"]
    while value and value[-1].text in (",", ";", "."):
        value = value[:-1]
    return value, condition


def _without_plain_words(tokens: list[Token]) -> list[Token]:
    """Without ``if`` written as bare letters."""
    texts = [x.text for x in tokens[:2]]
    if texts == ["i", "f"]:
        return tokens[2:]
    return tokens[1:] if texts[:1] == ["if"] else tokens


def _set_sign(raw: list[Token]) -> str:
    """``_{>0}``, ``_{\\ge 0}``, ``_+``, ``_{++}``, ``\\setminus 0`` under a set."""
    text = "".join(RELATIONS.get(x.text, x.text) for x in raw)
    signs = {">0": ">0", "≥0": "≥0", "≠0": "≠0", "+": "≥0", "++": ">0", "*": "≠0", "\\setminus\\{0\\}": "≠0"}
    if text not in signs:
        raise Problem("expected-set", f"the restriction {text} of a set is not known", raw[0].span | raw[-1].span, "expected >0 or \\ge 0")
    return signs[text]
