"""What a document has written, as LaTeX that can be typeset: known commands alone, words set as words, braces in balance.

The text of a document never reaches a typesetter as it stands.  It is taken apart into tokens and put together again from
rows of known commands; what holds anything else is not typeset but quoted (``typeset`` returns None).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Container
from dataclasses import dataclass, field

from derivations.read.commands import (
    ACCENTS,
    BUILTIN_WORDS,
    CASES_ENVIRONMENTS,
    COLUMN_ENVIRONMENTS,
    DOTS,
    FONTS,
    FUNCTION_COMMANDS,
    GREEK,
    HADAMARD,
    IMPLIES,
    MATRIX_ENVIRONMENTS,
    PRODUCTS,
    RELATIONS,
    ROW_ENVIRONMENTS,
    SUBSCRIPTS,
    SUPERSCRIPTS,
    UNICODE,
    UNSUPPORTED_FUNCTIONS,
    WORD_FONTS,
)

MAX_LENGTH = 20_000
ALIGNMENT = "\0"  # a column outside of all environments; no text can bring it in
UNDERSCORE = "\\_"
SPECIAL = {"%": "\\%", "#": "\\#", "&": "\\&", "_": UNDERSCORE, "~": " "}
MAX_DEPTH = 60
TOKEN = re.compile(
    r"\\(?:operatorname|tag|hspace|vspace)\*|\\[A-Za-z]+|\\.|%[^\n]*\n?|\s+|cross\\?_entropy(?![A-Za-z])|[A-Za-z]+|[0-9]+|.",
    re.DOTALL,
)
ENVIRONMENT = re.compile(r"\s*\{([A-Za-z]+\*?)\}")
COLUMNS = re.compile(r"\s*\{([lcr|]*)\}")
LENGTH = re.compile(r"\s*\{?\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in|mu)\s*\}?")
ROW_GAP = re.compile(r"\s*\[\s*-?[0-9.]+\s*(?:pt|em|ex|mm|cm|in)\s*\]")
GROUP = re.compile(r"\s*\{[^{}]*\}")

SYMBOLS = frozenset({
    "\\ ", "\\partial", "\\nabla", "\\sum", "\\prod", "\\int", "\\iint", "\\oint", "\\coprod", "\\frac", "\\dfrac", "\\tfrac",
    "\\cfrac", "\\sqrt", "\\binom", "\\top", "\\intercal", "\\infty", "\\forall", "\\exists", "\\in", "\\notin", "\\to",
    "\\mid", "\\vert", "\\Vert", "\\|", "\\lvert", "\\rvert", "\\lVert", "\\rVert", "\\langle", "\\rangle", "\\{", "\\}",
    "\\lbrace", "\\rbrace", "\\lfloor", "\\rfloor", "\\lceil", "\\rceil", "\\prime", "\\pm", "\\mp", "\\cup", "\\cap",
    "\\setminus", "\\emptyset", "\\star", "\\div", "\\wedge", "\\vee", "\\lnot", "\\neg", "\\oplus", "\\ominus", "\\oslash",
    "\\bigoplus", "\\bigotimes", "\\bigcup", "\\bigcap", "\\dagger", "\\perp", "\\bot", "\\parallel", "\\overset",
    "\\underset", "\\triangle", "\\quad", "\\qquad", "\\,", "\\;", "\\!", "\\:", "\\>", "\\%", "\\#", "\\&", "\\$",
    "\\underbrace", "\\overbrace", "\\colon", "\\ldotp", "\\cdotp", "\\imath", "\\jmath", "\\Re", "\\Im", "\\Pr",
    "\\stackrel", "\\lbrack", "\\rbrack", "\\backslash", "\\limits", "\\nolimits", "\\displaystyle", "\\textstyle",
    "\\vDash", "\\because", "\\rightarrow",
})  # fmt: skip
LETTERS = {"\\mathds": "\\mathbb", "\\pmb": "\\boldsymbol", "\\bm": "\\boldsymbol", "\\mathbfit": "\\boldsymbol",
           "\\symbf": "\\mathbf", "\\textbf": "\\mathbf", "\\textit": "\\mathit", "\\mathop": "\\mathrm",
           "\\mathnormal": "\\mathit", "\\operatorname*": "\\operatorname"}  # fmt: skip
OPERATORS = frozenset({"log", "ln", "exp", "sin", "cos", "tan", "tanh", "sinh", "cosh", "det", "max", "min", "sup", "inf", "lim",
                       "arg", "dim", "ker", "gcd", "cot", "sec", "csc", "arctan", "arcsin", "arccos"})  # fmt: skip
NAMING = frozenset({"\\operatorname", "\\operatorname*", "\\mathrm", "\\mathop", "\\mathsf", "\\mathit"})
SIZES = frozenset({f"\\{size}{side}" for size in ("big", "Big", "bigg", "Bigg") for side in ("", "l", "r", "m")})
FENCES = frozenset({"(", ")", "[", "]", "|", ".", "/", "<", ">", "\\{", "\\}", "\\|", "\\lvert", "\\rvert", "\\lVert", "\\rVert",
                    "\\vert", "\\Vert", "\\langle", "\\rangle", "\\lfloor", "\\rfloor", "\\lceil", "\\rceil", "\\lbrack",
                    "\\rbrack", "\\lbrace", "\\rbrace"})  # fmt: skip
SILENT = frozenset({"\\nonumber", "\\notag", "\\middle", "\\mathstrut", "\\strut", "\\/", "\\-", "\\allowbreak", "\\smash"})
WITH_ARGUMENT = frozenset({"\\label", "\\tag", "\\tag*"})
LENGTHS = frozenset({"\\hspace", "\\hspace*", "\\vspace", "\\vspace*", "\\kern", "\\mkern", "\\hskip", "\\mskip"})
KNOWN = (
    SYMBOLS | DOTS | IMPLIES | {f"\\{name}" for name in (*GREEK, *ACCENTS, *FONTS)}
    | {name for name in (*RELATIONS, *PRODUCTS, *HADAMARD) if name.startswith("\\")}
) - {"\\operatorname", "\\omicron"}  # fmt: skip
WRITTEN = frozenset("+-*/=<>()[],;:.!'|@?\"")
TARGETS = {  # environments, as the ones that they are set in
    **dict.fromkeys(ROW_ENVIRONMENTS, "gathered"), **dict.fromkeys(COLUMN_ENVIRONMENTS, "aligned"), "array": "array",
    **{name: name for name in MATRIX_ENVIRONMENTS}, "smallmatrix": "matrix",
    **{name: name.removesuffix("*").removeprefix("d") for name in CASES_ENVIRONMENTS},
}  # fmt: skip


def typeset(latex: str, words: Container[str] = ()) -> str | None:
    """The same formula from known commands alone; None where it holds anything else.

    ``words`` are names of several letters that the document uses, set upright beside the built-in ones.
    """
    if len(latex) > MAX_LENGTH:
        return None
    try:
        return _Setter(latex, words).formula()
    except _Unknown:
        return None


class _Unknown(Exception):
    """Something that is not in the rows."""


@dataclass
class _Setter:
    """``open`` holds what has to be closed, innermost last: ``}``, ``right``, names of environments."""

    text: str
    words: Container[str]
    at: int = 0
    out: list[str] = field(default_factory=list)
    open: list[str] = field(default_factory=list)
    rows: bool = False  # whether rows are parted outside of all environments
    aligned: bool = False

    def formula(self) -> str:
        while self.at < len(self.text):
            self._one(self._next())
        if self.open:
            raise _Unknown
        text = " ".join("".join(self.out).split())
        if self.rows:
            name = "aligned" if self.aligned else "gathered"
            return f"\\begin{{{name}}} {text.replace(ALIGNMENT, '&')} \\end{{{name}}}"
        return text.replace(ALIGNMENT, "").strip()

    def _next(self) -> str:
        found = TOKEN.match(self.text, self.at)
        assert found is not None
        self.at = found.end()
        return found.group()

    def _one(self, token: str) -> None:
        if token.startswith("\\"):
            self._command(token)
        elif token.isspace() or token.startswith("%"):
            self.out.append(" ")
        elif token[0].isascii() and token[0].isalpha():
            self._letters(token)
        elif token.isascii() and (token.isdigit() or token in WRITTEN):
            self.out.append(token)
        else:
            self._sign(token)

    def _sign(self, token: str) -> None:
        match token:
            case "{":
                self._enter("}")
                self.out.append("{")
            case "}":
                self._leave("}")
                self.out.append("}")
            case "^" | "_":
                if self.text.startswith(token, self.at):  # ^^5c
                    raise _Unknown
                self.out.append(token)
            case "~":
                self.out.append("\\ ")
            case "&":
                self._column()
            case _:
                self._character(token)

    def _enter(self, closer: str) -> None:
        if len(self.open) >= MAX_DEPTH:
            raise _Unknown
        self.open.append(closer)

    def _leave(self, closer: str) -> None:
        if not self.open or self.open.pop() != closer:
            raise _Unknown

    def _column(self) -> None:
        """Columns outside of all environments are those of rows that stand there, or of a row cut out of some."""
        if not self.open:
            self.aligned = True
            self.out.append(ALIGNMENT)
        elif self.open[-1] in TARGETS:
            again = self.open[-1].startswith("eqnarray") and "".join(self.out).rstrip().endswith("=") and self._in_row() > 0
            self.out.append("" if again else "&")
        else:
            raise _Unknown

    def _in_row(self) -> int:
        """Columns that the row at hand has so far."""
        written = "".join(self.out)
        return written[max(written.rfind("\\\\"), written.rfind("\\begin")):].count("&")

    def _character(self, token: str) -> None:
        known = UNICODE.get(token)
        if known is not None and known.startswith("\\"):
            self._one(known)
        elif known is not None:
            self.out.append(known)
        elif token in SUPERSCRIPTS:
            self.out.append(f"^{{{SUPERSCRIPTS[token]}}}")
        elif token in SUBSCRIPTS:
            self.out.append(f"_{{{SUBSCRIPTS[token]}}}")
        elif not token.isascii() and plain(token):
            self.out.append(f"\\text{{{token}}}")
        else:
            raise _Unknown

    def _letters(self, token: str) -> None:
        name = token.replace("\\", "")
        if name in BUILTIN_WORDS:
            self.out.append(f"\\operatorname{{{name.replace('_', UNDERSCORE)}}}")
        elif len(name) > 1 and name in self.words:
            self.out.append(f"\\mathrm{{{name.replace('_', UNDERSCORE)}}}")
        else:
            self.out.append(token)

    # --------------------------------------------------------- commands

    def _command(self, token: str) -> None:
        name = token.removeprefix("\\")
        if token in ("\\\\", "\\cr", "\\newline"):
            self._row()
        elif name.rstrip("*") in WORD_FONTS:
            self._words()
        elif token in NAMING and self._named(token):
            pass
        elif token in ("\\left", "\\right") or token in SIZES:
            self._fence(token)
        elif token == "\\begin":
            self._begin()
        elif token == "\\end":
            self._end()
        elif token in WITH_ARGUMENT:
            self._skip(GROUP)
        elif token in LENGTHS:
            self._skip(LENGTH)
            self.out.append("\\ ")
        elif token in SILENT:
            self.out.append(" ")
        elif token == "\\not":
            self._negated()
        elif name in OPERATORS:
            self._put(token)
        elif name in FUNCTION_COMMANDS or name in UNSUPPORTED_FUNCTIONS:
            self.out.append(f"\\operatorname{{{name}}}")
        elif token in LETTERS or token in KNOWN:
            self._put(LETTERS.get(token, token))
        else:
            raise _Unknown

    def _put(self, token: str) -> None:
        """A command keeps a blank between itself and a letter behind it."""
        follows = self.text[self.at:self.at + 1]
        self.out.append(token + (" " if token[-1].isalpha() and (not follows.isascii() or follows.isalpha()) else ""))

    def _row(self) -> None:
        found = ROW_GAP.match(self.text, self.at)
        self.at = found.end() if found else self.at
        if not self.open:
            self.rows = True
        elif self.open[-1] not in TARGETS:
            raise _Unknown
        if self.text[self.at:].strip() or self.open:
            self.out.append(" \\\\ ")

    def _words(self) -> None:
        """``\\text{…}``: plain characters; formulas inside of it are set outside."""
        found = GROUP.match(self.text, self.at)
        if found is None:
            raise _Unknown
        self.at = found.end()
        content = found.group().strip()[1:-1]
        for number, part in enumerate(content.split("$")):
            if number % 2:
                self.out.append(f"{{{_Setter(part, self.words).formula()}}}")
            elif part:
                self.out.append(f"\\text{{{quoted(part)}}}")

    def _named(self, token: str) -> bool:
        """``\\operatorname{tr}``: a name in plain letters."""
        found = GROUP.match(self.text, self.at)
        name = found.group().strip()[1:-1].strip() if found else ""
        if found is None or not re.fullmatch(r"[A-Za-z][A-Za-z0-9 .-]*", name):
            if token.startswith("\\operatorname"):
                raise _Unknown
            return False
        self.at = found.end()
        self.out.append(f"{LETTERS.get(token, token)}{{{name.replace(' ', chr(92) + ' ')}}}")
        return True

    def _fence(self, token: str) -> None:
        while self.text[self.at:self.at + 1].isspace():
            self.at += 1
        fence = self._next() if self.at < len(self.text) else ""
        fence = {"‖": "\\|"}.get(fence, fence)
        if fence not in FENCES:
            raise _Unknown
        if token == "\\left":
            self._enter("right")
        elif token == "\\right":
            self._leave("right")
        self.out.append(token + fence + (" " if fence[-1].isalpha() else ""))

    def _begin(self) -> None:
        found = ENVIRONMENT.match(self.text, self.at)
        if found is None or found[1] not in TARGETS:
            raise _Unknown
        self.at = found.end()
        self._enter(found[1])
        target = TARGETS[found[1]]
        columns = COLUMNS.match(self.text, self.at) if found[1] == "array" else None
        if found[1] == "array":
            if columns is None:
                raise _Unknown
            self.at = columns.end()
        elif found[1].startswith("alignat"):
            self._skip(GROUP)
        self.out.append(f" \\begin{{{target}}}{f'{{{columns[1]}}}' if columns else ''} ")

    def _end(self) -> None:
        found = ENVIRONMENT.match(self.text, self.at)
        if found is None:
            raise _Unknown
        self.at = found.end()
        self._leave(found[1])
        self.out.append(f" \\end{{{TARGETS[found[1]]}}} ")

    def _skip(self, what: re.Pattern[str]) -> None:
        found = what.match(self.text, self.at)
        if found is None:
            raise _Unknown
        self.at = found.end()

    def _negated(self) -> None:
        while self.text[self.at:self.at + 1].isspace():
            self.at += 1
        if self._next() != "=":
            raise _Unknown
        self.out.append("\\neq ")


def plain(character: str) -> bool:
    """Whether a character of running text is a letter, a mark or a sign of some script, and does nothing else."""
    return unicodedata.category(character)[0] in "LNPS" or character == " "


def quoted(text: str) -> str:
    """Plain text for inside of ``\\text``; refuses what acts."""
    out = []
    for character in text.replace("\\ ", " ").replace("\\,", " ").replace("\n", " "):
        if character in SPECIAL:
            out.append(SPECIAL[character])
        elif character not in "\\^{}$" and plain(character):
            out.append(character)
        else:
            raise _Unknown
    return "".join(out)
