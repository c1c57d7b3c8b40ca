"""A formula as printers need it: what stands where, from a closed set of nodes.

Printers of LaTeX, Typst and SVG never pass a document's text on.  They print these nodes, and a node can hold nothing
but letters, numbers, words and symbols of the tables below.  What has no node here is ``Unsettable``; its text is then
quoted, as text.

``math_list`` reads formulas as they are written and those that ``latexform.py`` prints; it knows no mathematics.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Literal, TypeAlias, TypeVar, cast

from derivations.read.commands import (
    ACCENTS,
    BUILTIN_WORDS,
    CASES_ENVIRONMENTS,
    DROPPED_ARGUMENT,
    FONTS,
    MATRIX_ENVIRONMENTS,
    ROW_ENVIRONMENTS,
    SPACING,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    SWITCHES,
    TRANSPARENT,
    UNICODE,
    WITH_ENVIRONMENT_ARGUMENT,
    WORD_FONTS,
)
from derivations.source import Span

MAX_LENGTH = 20_000
MAX_DEPTH = 40

Font: TypeAlias = Literal["it", "rm", "bf", "sf", "tt", "cal", "scr", "frak", "bb"]
Result = TypeVar("Result")
Kind: TypeAlias = Literal["ord", "bin", "rel", "open", "close", "punct", "inner"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter, Latin or Greek, as a Unicode character without style."""

    text: str
    font: Font = "it"


@dataclass(frozen=True, slots=True)
class Number:
    text: str
    font: Font = "it"


@dataclass(frozen=True, slots=True)
class Word:
    """A name of several letters: ``softmax``, ``score``."""

    text: str
    font: Font = "rm"


@dataclass(frozen=True, slots=True)
class Text:
    """Words of a sentence, with their spaces."""

    text: str


@dataclass(frozen=True, slots=True)
class Symbol:
    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Big:
    """∑, ∏, ∫: scripts stand above and below."""

    text: str


@dataclass(frozen=True, slots=True)
class Space:
    """In em."""

    width: float


@dataclass(frozen=True, slots=True)
class Scripts:
    base: MathList
    sub: MathList = ()
    sup: MathList = ()


@dataclass(frozen=True, slots=True)
class Frac:
    numerator: MathList
    denominator: MathList


@dataclass(frozen=True, slots=True)
class Sqrt:
    radicand: MathList
    degree: MathList = ()


@dataclass(frozen=True, slots=True)
class Accented:
    accent: str
    body: MathList


@dataclass(frozen=True, slots=True)
class Fenced:
    """Delimiters that grow with what they hold; an empty one is not shown."""

    left: str
    body: MathList
    right: str


@dataclass(frozen=True, slots=True)
class Fence:
    """One delimiter on its own; ``size`` is 0 for the usual one, up to 4."""

    text: str
    kind: Kind
    size: int


@dataclass(frozen=True, slots=True)
class Stacked:
    """A note above or below, with a brace or without."""

    body: MathList
    note: MathList
    above: bool
    brace: bool


@dataclass(frozen=True, slots=True)
class Marked:
    """A part that differs from another formula."""

    body: MathList


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows of cells.  ``aligned``: cells line up in turns right and left; ``cases``; ``matrix``: centred, in ``fences``."""

    kind: Literal["aligned", "cases", "matrix"]
    rows: tuple[tuple[MathList, ...], ...]
    fences: tuple[str, str] = ("", "")


Item: TypeAlias = (
    Letter | Number | Word | Text | Symbol | Big | Space | Scripts | Frac | Sqrt | Accented | Fenced | Fence | Stacked
    | Marked | Grid
)  # fmt: skip
MathList: TypeAlias = tuple[Item, ...]


class Unsettable(Exception):
    """The formula has a part that no node stands for."""


# ------------------------------------------------------------------- tables

GREEK = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ϵ", "varepsilon": "ε", "zeta": "ζ", "eta": "η",
    "theta": "θ", "vartheta": "ϑ", "iota": "ι", "kappa": "κ", "lambda": "λ", "mu": "μ", "nu": "ν", "xi": "ξ", "pi": "π",
    "varpi": "ϖ", "rho": "ρ", "varrho": "ϱ", "sigma": "σ", "varsigma": "ς", "tau": "τ", "upsilon": "υ", "phi": "ϕ",
    "varphi": "φ", "chi": "χ", "psi": "ψ", "omega": "ω", "Gamma": "Γ", "Delta": "Δ", "Theta": "Θ", "Lambda": "Λ", "Xi": "Ξ",
    "Pi": "Π", "Sigma": "Σ", "Upsilon": "Υ", "Phi": "Φ", "Psi": "Ψ", "Omega": "Ω", "ell": "ℓ", "hbar": "ℏ", "omicron": "o",
}  # fmt: skip

SYMBOL_COMMANDS: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("ord", {"partial": "∂", "nabla": "∇", "infty": "∞", "top": "⊤", "intercal": "⊤", "forall": "∀", "exists": "∃",
            "vert": "|", "Vert": "‖", "|": "‖", "prime": "′", "bot": "⊥", "emptyset": "∅", "perp": "⊥", "neg": "¬",
            "lnot": "¬", "dagger": "†", "triangle": "△", "backslash": "∖", "Re": "ℜ", "Im": "ℑ", "imath": "ı", "jmath": "ȷ",
            "%": "%", "#": "#", "&": "&", "$": "$", "_": "_"}),
    ("bin", {"cdot": "⋅", "times": "×", "ast": "∗", "star": "⋆", "bullet": "∙", "odot": "⊙", "circ": "∘", "otimes": "⊗",
            "oplus": "⊕", "ominus": "⊖", "oslash": "⊘", "pm": "±", "mp": "∓",
            "cup": "∪", "cap": "∩", "div": "÷", "setminus": "∖", "wedge": "∧", "vee": "∨"}),
    ("rel", {"neq": "≠", "ne": "≠", "lt": "<", "gt": ">", "leq": "≤", "le": "≤", "leqslant": "≤", "geq": "≥", "ge": "≥",
            "geqslant": "≥", "in": "∈", "notin": "∉", "succ": "≻", "succeq": "⪰", "prec": "≺", "approx": "≈", "sim": "∼",
            "simeq": "≃", "propto": "∝", "equiv": "≡", "triangleq": "≜", "leftarrow": "←", "gets": "←", "to": "→",
            "rightarrow": "→", "mapsto": "↦", "Rightarrow": "⇒", "implies": "⟹", "Longrightarrow": "⟹", "iff": "⟺",
            "Leftrightarrow": "⇔", "therefore": "∴", "because": "∵",
            "vDash": "⊨", "leadsto": "⇝", "longrightarrow": "⟶", "Longleftrightarrow": "⟺", "doteq": "≐",
            "ll": "≪", "gg": "≫", "subset": "⊂", "subseteq": "⊆", "colon": ":",
            "mid": "∣", "parallel": "∥", "cong": "≅", "coloneqq": "≔", "coloneq": "≔"}),
    ("open", {"{": "{", "lvert": "|", "lVert": "‖", "langle": "⟨", "lfloor": "⌊", "lceil": "⌈", "lbrace": "{", "lbrack": "["}),
    ("close", {"}": "}", "rvert": "|", "rVert": "‖", "rangle": "⟩", "rfloor": "⌋", "rceil": "⌉", "rbrace": "}", "rbrack": "]"}),
    ("inner", {"dots": "…", "ldots": "…", "cdots": "⋯", "dotsc": "…", "dotsb": "⋯", "dotsm": "⋯", "vdots": "⋮", "ddots": "⋱"}),
)  # fmt: skip
SYMBOLS = {f"\\{name}": Symbol(shown, kind) for kind, commands in SYMBOL_COMMANDS for name, shown in commands.items()}

SYMBOL_CHARACTERS: tuple[tuple[Kind, dict[str, str]], ...] = (
    ("ord", {"/": "/", ".": ".", "|": "|", "@": "@", '"': '"'}),
    ("bin", {"+": "+", "-": "−", "*": "∗"}),
    ("rel", {"=": "=", "<": "<", ">": ">", ":": ":"}),
    ("open", {"(": "(", "[": "["}),
    ("close", {")": ")", "]": "]", "!": "!", "?": "?"}),
    ("punct", {",": ",", ";": ";"}),
)
CHARACTERS = {typed: Symbol(shown, kind) for kind, characters in SYMBOL_CHARACTERS for typed, shown in characters.items()}

DELIMITERS = {
    "(": "(", ")": ")", "[": "[", "]": "]", "|": "|", "/": "/", ".": "", "<": "⟨", ">": "⟩", "\\{": "{", "\\}": "}",
    "\\|": "‖", "\\lbrace": "{", "\\rbrace": "}", "\\lbrack": "[", "\\rbrack": "]", "\\langle": "⟨", "\\rangle": "⟩",
    "\\vert": "|", "\\Vert": "‖", "\\lvert": "|", "\\rvert": "|", "\\lVert": "‖", "\\rVert": "‖", "\\lfloor": "⌊",
    "\\rfloor": "⌋", "\\lceil": "⌈", "\\rceil": "⌉",
}  # fmt: skip

OPERATORS = frozenset({
    "log", "ln", "exp", "sin", "cos", "tan", "cot", "sinh", "cosh", "coth", "tanh", "det", "max", "min", "sup", "inf", "lim",
    "arg", "dim", "ker", "gcd", "Pr", "arctan", "arcsin", "arccos", "limsup", "liminf", "argmax", "argmin",
    "Tr", "tr", "diag", "sgn", "softmax", "trace", "sec", "csc", "vecop",
})  # fmt: skip
BIGS = {
    "sum": "∑", "prod": "∏", "int": "∫", "coprod": "∐", "bigoplus": "⨁", "bigotimes": "⨂", "bigcup": "⋃", "bigcap": "⋂",
    "iint": "∬", "oint": "∮",
}  # fmt: skip
STACKS = {  # above?, with a brace?
    "underbrace": (False, True), "overbrace": (True, True), "underset": (False, False), "overset": (True, False),
    "stackrel": (True, False),
}  # fmt: skip
SIZES = {f"{name}{side}": n for n, name in enumerate(("big", "Big", "bigg", "Bigg"), 1) for side in ("", "l", "r", "m")}
SPACES = {
    "\\,": 0.17, "\\thinspace": 0.17, "\\:": 0.22, "\\>": 0.22, "\\medspace": 0.22, "\\;": 0.28, "\\ ": 0.25, "~": 0.25,
    "\\enspace": 0.5, "\\enskip": 0.5, "\\quad": 1.0, "\\qquad": 2.0, "\\!": -0.17, "\\negthinspace": -0.17,
}  # fmt: skip
ITALICS = frozenset({"mathit", "textit", "mathnormal"})
FENCES = {
    "matrix": ("", ""), "smallmatrix": ("", ""), "pmatrix": ("(", ")"), "bmatrix": ("[", "]"), "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"), "Vmatrix": ("‖", "‖"),
}  # fmt: skip

TOKEN = re.compile(r"""
    (?P<blank> (?: \s | %[^\n]* )+ )
  | (?P<command> \\ (?: (?: operatorname | tag | hspace | vspace ) \* | [A-Za-z]+ | . ) )
  | (?P<joined> cross \\? _entropy (?![A-Za-z]) )
  | (?P<character> . )
""", re.VERBOSE | re.DOTALL)  # fmt: skip
LETTERS = re.compile(r"[A-Za-z]+")
DIGITS = re.compile(r"[0-9]+(?:\.[0-9]+)?")
ROW_GAP = re.compile(r"\*?(?:\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in)\s*\])?")
TEXT_ESCAPES = {"\\ ": " ", "\\,": " ", "~": " "}  # other escapes: the character itself


def math_list(latex: str, words: frozenset[str] = frozenset(), marks: tuple[Span, ...] = ()) -> MathList:
    """The formula.  Runs of letters that are ``words`` (names of the document) or built-in ones are set as words.

    What stands in a place of ``marks`` is put in ``Marked``.
    Raises Unsettable where it holds a command that no table here knows, or does not end what it begins.
    """
    if len(latex) > MAX_LENGTH:
        raise Unsettable(f"{len(latex)} characters")
    reader = _Reader(latex, words, marks)
    found = reader.rows("aligned", None)
    if reader.at < len(latex):
        raise Unsettable(latex[reader.at])
    return found.rows[0][0] if len(found.rows) == 1 and len(found.rows[0]) == 1 else (found,)


class _Reader:
    def __init__(self, text: str, words: frozenset[str], marks: tuple[Span, ...]) -> None:
        self.text = text
        self.marks = marks
        self.words = words | BUILTIN_WORDS
        self.at = 0
        self.depth = 0

    # -- tokens

    def peek(self) -> str:
        """The next token, without moving; empty at the end."""
        while (found := TOKEN.match(self.text, self.at)) is not None and found.lastgroup == "blank":
            self.at = found.end()
        return found.group() if found is not None else ""

    def take(self) -> str:
        token = self.peek()
        self.at += len(token)
        return token

    def expect(self, token: str) -> None:
        if self.take() != token:
            raise Unsettable(f"expected {token}")

    # -- lists

    def rows(self, kind: Literal["aligned", "cases", "matrix"], end: str | None, font: Font = "it") -> Grid:
        """Cells up to ``\\end``; what begins with ``&`` at the top only marks a place to align."""
        rows: list[list[MathList]] = [[]]
        while True:
            rows[-1].append(self.items(font, frozenset({"&", "\\\\", "\\cr", "\\end", "\\newline"})))
            token = self.peek()
            if token == "&":
                self.take()
            elif token in ("\\\\", "\\cr", "\\newline"):
                self.take()
                found = ROW_GAP.match(self.text, self.at)
                self.at = found.end() if found else self.at
                rows.append([])
            elif end is None or token == "\\end":
                break
            else:
                raise Unsettable("an environment that does not end")
        if rows[-1] == [()] and len(rows) > 1:
            rows.pop()
        if end is None and len(rows) == 1:  # a part of an aligned display: its marks say nothing
            return Grid(kind, ((tuple(item for cell in rows[0] for item in cell),),))
        return Grid(kind, tuple(map(tuple, rows)))

    def items(self, font: Font, stops: frozenset[str]) -> MathList:
        self.depth += 1
        if self.depth > MAX_DEPTH:
            raise Unsettable("too deep")
        found: list[Item] = []
        places: list[Span] = []
        while (token := self.peek()) and token not in stops and token not in ("}", "\\right"):
            start = self.at
            if token in SWITCHES:
                self.take()
                font = _font(SWITCHES[token][1:])
            elif token in ("_", "^", "'") or token in SUPERSCRIPTS or token in SUBSCRIPTS:
                self._within(start, partial(self._script, found, font))
                if len(places) == len(found):
                    start = places.pop().start
            else:
                found += self._within(start, partial(self._atom, font))
            places += [Span(start, self.at)] * (len(found) - len(places))
        self.depth -= 1
        return self._marked(found, places)

    def _within(self, start: int, read: Callable[[], Result]) -> Result:
        """What begins in a marked place is marked as a whole, not part by part."""
        marks = self.marks
        if any(mark.start <= start < mark.end for mark in marks):
            self.marks = ()
        found = read()
        self.marks = marks
        return found

    def _marked(self, found: list[Item], places: list[Span]) -> MathList:
        """Runs of items that stand in one marked place, put together."""
        if not self.marks:
            return tuple(found)
        inside = [next((m for m in self.marks if m.start <= place.start and place.end <= m.end), None) for place in places]
        runs = groupby(zip(found, inside, strict=True), key=lambda pair: pair[1])
        return tuple(
            item for mark, run in runs
            for item in ([Marked(tuple(one for one, _ in run))] if mark else [one for one, _ in run])
        )  # fmt: skip

    def _group(self, font: Font) -> MathList:
        self.expect("{")
        found = self.items(font, frozenset())
        self.expect("}")
        return found

    def _argument(self, font: Font) -> MathList:
        """A group, or one token: ``\\frac12``."""
        token, start = self.peek(), self.at
        if token == "{":
            return self._group(font)
        if token in ("}", "&", "", "\\\\", "_", "^", "\\right", "\\end"):
            raise Unsettable("a missing argument")
        if token.isdigit():
            found: list[Item] = [Number(self.take(), font)]
        elif len(token) == 1 and token.isalpha():
            found = [Letter(self.take(), font)]
        else:
            found = self._within(start, partial(self._atom, font))
        return self._marked(found, [Span(start, self.at)] * len(found))

    def _script(self, found: list[Item], font: Font) -> None:
        """Scripts belong to the item before; primes and raised characters are superscripts."""
        last: MathList = (found.pop(),) if found and not isinstance(found[-1], Space) else ()
        base, sub, sup = _scripts(last)
        token = self.take()
        if token == "_" and not sub:
            sub = self._argument(font)
        elif token == "^" and not sup:
            sup = self._argument(font)
        elif token == "'":
            sup = (*sup, Symbol("′", "ord"))
        elif token == "^" and all(item == Symbol("′", "ord") for item in sup):
            sup = (*sup, *self._argument(font))
        elif token in SUPERSCRIPTS or token in SUBSCRIPTS:
            table = SUPERSCRIPTS if token in SUPERSCRIPTS else SUBSCRIPTS
            raised = math_list(table[token])
            sup, sub = ((*sup, *raised), sub) if table is SUPERSCRIPTS else (sup, (*sub, *raised))
        elif token == "^":
            base, sub, sup = last, (), self._argument(font)
        else:
            base, sub, sup = last, self._argument(font), ()
        found.append(Scripts(base, sub, sup))

    # -- one thing

    def _atom(self, font: Font) -> list[Item]:
        token = self.take()
        if token == "{":
            self.at -= 1
            inner = list(self._group(font))
            return inner if len(inner) <= 1 else [Fenced("", tuple(inner), "")]
        if token.startswith("\\") and len(token) > 1:
            return self._command(token, font)
        if token.startswith("cross"):
            return [Word("cross_entropy")]
        if token.isascii() and token.isalpha():
            return self._letters(token, font)
        if token.isascii() and token.isdigit():
            found = DIGITS.match(self.text, self.at - 1)
            assert found is not None
            self.at = found.end()
            return [Number(found.group(), font)]
        if token == "~":
            return [Space(SPACES[token])]
        if token in CHARACTERS:
            return [CHARACTERS[token]]
        if token in UNICODE and UNICODE[token] != token:
            meaning = UNICODE[token]
            return self._command(meaning, font) if meaning.startswith("\\") else list(math_list(meaning))
        return self._other(token)

    def _letters(self, first: str, font: Font) -> list[Item]:
        run = LETTERS.match(self.text, self.at - 1)
        assert run is not None
        if len(run.group()) > 1 and (run.group() in self.words or font == "rm"):
            self.at = run.end()
            return [Word(run.group())]
        return [Letter(first, font)]

    def _other(self, token: str) -> list[Item]:
        """Letters beyond ASCII: mathematical ones by what they mean, words of a language as text."""
        plain = unicodedata.normalize("NFKC", token)
        name = unicodedata.name(token, "")
        if plain != token and len(plain) == 1 and plain.isalnum():
            bold: Font = "bf" if "BOLD" in name else "bb" if "DOUBLE-STRUCK" in name else "cal" if "SCRIPT" in name else "it"
            return [Number(plain, bold) if plain.isdigit() else Letter(plain, bold)]
        if token.isascii() or not unicodedata.category(token).startswith(("L", "N", "P", "S")):
            raise Unsettable(f"U+{ord(token):04X}" if token else "the end")
        start = self.at - 1
        while self.at < len(self.text) and _is_word_character(self.text[self.at]):
            self.at += 1
        return [Text(self.text[start:self.at])]

    def _command(self, token: str, font: Font) -> list[Item]:
        name = token[1:]
        if name in GREEK:
            return [Letter(GREEK[name], font)]
        if token in SYMBOLS:
            return [SYMBOLS[token]]
        if token in SPACES:
            return [Space(SPACES[token])]
        if name in BIGS:
            return [Big(BIGS[name])]
        if name in OPERATORS:
            return [Word(name)]
        if name in ("frac", "tfrac", "dfrac", "cfrac"):
            return [Frac(self._argument(font), self._argument(font))]
        if name == "binom":
            return [Grid("matrix", ((self._argument(font),), (self._argument(font),)), ("(", ")"))]
        if name in STACKS:
            return [self._stacked(name, font)]
        if name in SIZES:
            return [self._sized(SIZES[name])]
        if name == "sqrt":
            return [self._root(font)]
        if name in ("operatorname", "operatorname*"):
            return [Word(_plain(self._argument("rm")))]
        if name in FONTS:
            return self._styled(name)
        if name in ACCENTS:
            return [Accented(ACCENTS[name], self._argument(font))]
        if name in WORD_FONTS:
            return [Text(self._words())]
        if token == "\\left":
            return [self._fenced(font)]
        if token == "\\begin":
            return [self._environment(font)]
        if token in TRANSPARENT:
            return list(self._argument(font))
        if token in DROPPED_ARGUMENT:
            self._argument(font) if token not in ("\\label", "\\tag", "\\tag*") else self._words()
            return []
        if token in SPACING:
            return []
        if token == "\\not" and self.peek() == "=":
            self.take()
            return [SYMBOLS["\\neq"]]
        raise Unsettable(token)

    def _root(self, font: Font) -> Item:
        degree: MathList = ()
        if self.peek() == "[":
            self.take()
            degree = self.items(font, frozenset({"]"}))
            self.expect("]")
        return Sqrt(self._argument(font), degree)

    def _stacked(self, name: str, font: Font) -> Item:
        """A brace has its note as a script, ``\\overset`` as its first argument."""
        above, brace = STACKS[name]
        if not brace:
            note = self._argument(font)
            return Stacked(self._argument(font), note, above, brace)
        body = self._argument(font)
        if self.peek() != ("^" if above else "_"):
            return Stacked(body, (), above, brace)
        self.take()
        return Stacked(body, self._argument(font), above, brace)

    def _sized(self, size: int) -> Item:
        at = self.at
        token = self.take()
        if not DELIMITERS.get(token):
            raise Unsettable(f"the delimiter {token or 'at the end'} at {at}")
        symbol = CHARACTERS.get(token) or SYMBOLS.get(token) or Symbol(DELIMITERS[token], "ord")
        return Fence(DELIMITERS[token], symbol.kind, size)

    def _styled(self, name: str) -> list[Item]:
        font = "it" if name in ITALICS else _font(name)
        inner = self._argument(font)
        plain = "".join(item.text for item in inner if isinstance(item, Letter) or item == SYMBOLS["\\_"])
        if len(plain) == len(inner) > 1 and (font in ("rm", "sf", "tt") or name in ITALICS):
            return [Word(plain, font)]
        return list(inner) if len(inner) <= 1 else [Fenced("", inner, "")]

    def _words(self) -> str:
        """The text of ``\\text{…}``; formulas and commands inside it are not set."""
        self.expect("{")
        found = re.compile(r"(?:[^\\{}$]|\\[_%&#$ ,{}])*").match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        self.expect("}")
        return re.sub(r"\\[_%&#$ ,{}]|~", lambda one: TEXT_ESCAPES.get(one.group(), one.group()[-1]), found.group())

    def _delimiter(self) -> str:
        token = self.take()
        if token not in DELIMITERS:
            raise Unsettable(f"the delimiter {token}")
        return DELIMITERS[token]

    def _fenced(self, font: Font) -> Fenced:
        left = self._delimiter()
        body = self.items(font, frozenset())
        self.expect("\\right")
        return Fenced(left, body, self._delimiter())

    def _environment(self, font: Font) -> Grid:
        name = self._words()
        if name in WITH_ENVIRONMENT_ARGUMENT:
            self._words()
        if name in CASES_ENVIRONMENTS:
            found = self.rows("cases", name, font)
        elif name in MATRIX_ENVIRONMENTS or name == "array":
            found = self.rows("matrix", name, font)
            found = Grid("matrix", found.rows, FENCES.get(name, ("", "")))
        elif name in ROW_ENVIRONMENTS:
            found = self.rows("aligned", name, font)
        else:
            raise Unsettable(f"\\begin{{{name}}}")
        self.expect("\\end")
        if self._words() != name:
            raise Unsettable(f"\\end of something else than {name}")
        return found


def _font(command: str) -> Font:
    return cast(Font, FONTS[command])


def _is_word_character(character: str) -> bool:
    return not character.isascii() and unicodedata.category(character)[0] in "LP"


def _scripts(base: MathList) -> tuple[MathList, MathList, MathList]:
    """A list and the scripts that its one item already has."""
    match base:
        case (Scripts(inner, sub, sup),):
            return inner, sub, sup
        case _:
            return base, (), ()


def _plain(inner: MathList) -> str:
    """The letters of a word as they stand: ``\\operatorname{arg\\,max}``."""
    parts = []
    for item in inner:
        match item:
            case Letter() | Number() | Word() | Text():
                parts.append(item.text)
            case Space():
                parts.append(" ")
            case Symbol("−", _):
                parts.append("-")
            case Symbol("_", _):
                parts.append("_")
            case Fenced("", body, ""):
                parts.append(_plain(body))
            case _:
                raise Unsettable("an operator's name that is none")
    return "".join(parts)


# ------------------------------------------------------------- what they hold


def texts(items: MathList) -> Iterator[str]:
    """All characters that a formula shows in a text font: those that a font may lack."""
    for item in items:
        match item:
            case Text(text) | Word(text):
                yield text
            case Scripts(base, sub, sup):
                yield from (*texts(base), *texts(sub), *texts(sup))
            case Frac(above, below) | Sqrt(above, below) | Stacked(above, below):
                yield from (*texts(above), *texts(below))
            case Accented(_, body) | Fenced(_, body, _) | Marked(body):
                yield from texts(body)
            case Grid(rows=rows):
                yield from (text for row in rows for cell in row for text in texts(cell))
            case _:
                pass


def width(items: MathList) -> float:
    """About how wide a list is, in em of its size."""
    return sum(map(_width, items))


def _width(item: Item) -> float:
    match item:
        case Letter() | Number():
            return 0.55 * len(item.text)
        case Word(text) | Text(text):
            return 0.5 * len(text) + 0.25
        case Symbol(_, "bin" | "rel"):
            return 1.25
        case Symbol():
            return 0.42
        case Big():
            return 1.5
        case Space(wide):
            return wide
        case Scripts((Big(),), sub, sup):
            return max(1.5, 0.7 * width(sub), 0.7 * width(sup))
        case Scripts(base, sub, sup):
            return width(base) + 0.7 * max(width(sub), width(sup))
        case Frac(above, below):
            return max(width(above), width(below)) + 0.3
        case Sqrt(radicand, _):
            return width(radicand) + 1.0
        case Accented(_, body) | Marked(body):
            return width(body)
        case Fence():
            return 0.6
        case Stacked(body, note):
            return max(width(body), 0.7 * width(note))
        case Fenced(left, body, right):
            return width(body) + 0.5 * (bool(left) + bool(right))
        case Grid(rows=rows):
            columns = max(map(len, rows), default=0)
            cells = [[width(row[n]) for row in rows if n < len(row)] for n in range(columns)]
            return sum(max(column, default=0.0) + 1.0 for column in cells)
