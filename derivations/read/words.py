"""Words among letters: which runs are one name, and which are several side by side."""

from __future__ import annotations

from derivations.read.commands import BUILTIN_WORDS, FONTS
from derivations.read.cursor import Names
from derivations.read.scan import Token

LONGEST = 30  # letters of a word looked for inside a run
BEGINNINGS = frozenset({"=", "&", ":=", ",", ";"})
DEFINING = frozenset({"=", ":=", "&", "\\triangleq", "\\coloneqq", "\\in"})


def words_apart(tokens: list[Token], names: Names) -> list[Token]:
    """Runs of letters as words where the symbol table or their place says so, else letter by letter."""
    found: list[Token] = []
    for n, token in enumerate(tokens):
        if token.kind != "letters" or len(token.text) == 1 or _is_font_argument(tokens, n):
            found.append(token)
        else:
            found += _split(token, names, _stands_alone(tokens, n))
    return found


def _is_font_argument(tokens: list[Token], n: int) -> bool:
    """``\\mathrm{softmax}``: the whole word."""
    if n < 2 or n + 1 >= len(tokens) or tokens[n - 1].text != "{" or tokens[n + 1].text not in ("}", "*", "_", "-"):
        return False
    command = tokens[n - 2].text
    return command in ("\\begin", "\\end") or (command[:1] == "\\" and command[1:] in FONTS)


def _stands_alone(tokens: list[Token], n: int) -> bool:
    """Whether a run is a whole member at the beginning of a relation: ``score = …``."""
    before = tokens[n - 1] if n else None
    begins = before is None or before.text in BEGINNINGS or before.kind in ("row", "space")
    if before is not None and before.text == "}":
        begins = n >= 4 and tokens[n - 4].text == "\\begin"
    return begins and n + 1 < len(tokens) and tokens[n + 1].text in DEFINING


def _split(token: Token, names: Names, alone: bool) -> list[Token]:
    text = token.text
    if text in BUILTIN_WORDS or names.is_word(text):
        return [token]
    runs: list[str] = []
    at = 0
    while at < len(text):
        length = _word_length(text, at, names)
        runs.append(text[at : at + length])
        at += length
    known = sum(names.is_name(run) or names.is_word(run) for run in runs if run not in BUILTIN_WORDS)
    wordlike = known < len(runs) if text.islower() else 2 * known <= len(runs)
    if alone and len(text) >= 3 and wordlike:  # logit = …; but ABC = … is a product of what is known
        return [token]
    return _at_their_places(token, runs)


def _word_length(text: str, at: int, names: Names) -> int:
    """The longest word that begins here; one letter where there is none."""
    for length in range(min(len(text) - at, LONGEST), 1, -1):
        word = text[at : at + length]
        if word in BUILTIN_WORDS or names.is_word(word):
            return length
    return 1


def _at_their_places(token: Token, runs: list[str]) -> list[Token]:
    found: list[Token] = []
    at = token.start
    for run in runs:
        found.append(Token("letters", run, at, at + len(run), token.space_before and at == token.start))
        at += len(run)
    return found
