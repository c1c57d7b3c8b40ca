"""What running text says of rows and columns: ``$a_j$ is the $j$-th column of $A$``, ``with rows $x_i^T$``.

Said is what stands in words that leave no doubt of which name they speak.  A sentence that speaks of columns and of a member
in any other way leaves open what the member is.  English, German, French, Spanish, Italian, Chinese and Russian words are known.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from derivations.interpret.members import Member, Side, in_other_case, member_key
from derivations.interpret.names import spell_name
from derivations.interpret.spoken import DENIED, MARK, masked, sentences
from derivations.read import tree as t
from derivations.read.document import Formula

NOT_OF = r"(?![- ]?(?:space|sum|rank|stochastic|wise|norm|raum|rang|espace|operation))"
VECTORS = r"(?:[- ]?(?:vectors?|vektor\w*)(?=\s+(?:of|von|de)\b))?"
WORDS: tuple[tuple[Side, re.Pattern[str]], ...] = (
    ("column", re.compile(rf"(?<!\w)(?:columns?{VECTORS}|Spalten?{VECTORS}|colonnes?|columnas?|colonn[ae]|столб\w+)(?!\w){NOT_OF}"
                          rf"|(?<=第{MARK})\s*列|(?<=第 {MARK})\s*列", re.IGNORECASE)),
    ("row", re.compile(rf"(?<!\w)(?:rows?{VECTORS}|Zeilen?{VECTORS}|lignes?|filas?|rig[ah]e?|строк\w*)(?!\w){NOT_OF}"
                       rf"|(?<=第{MARK})\s*行|(?<=第 {MARK})\s*行", re.IGNORECASE)),
)  # fmt: skip
VECTOR = re.compile(r"\s*-?\s*(?:vector|vektor)")  # a column vector x_i is a vector, and no column of anything
LINKS = re.compile(
    r"(?:[\s,，、:()|—–\-]|\b(?:th|st|nd|rd|is|are|be|being|denotes?|denoted|by|the|its|their|as|of|for|in|written|called|named|given|let|"
    r"equals?|which|that|matrix|stands?|simply|whose|have|has|having|with|forms?|makes?|up|vectors?|samples?|examples?|points?|data|inputs?|"
    r"observations?|features?|eigenvectors?|"
    r"de[rsnm]?|die|das|ist|sind|sei|seien|bezeichne[nt]?|von|mit|te|les?|la|el|los|las|il|lo|gli|du|des|est|sont|soit|soient|notées?|"
    r"di|è|sono|sia|son|sea|sean|é|где|есть|матрицы|ый|го|й)\b|[是为的第记个表示矩阵のをはがとしする]|\x00)*", re.IGNORECASE)
TRADITIONAL = re.compile("[為個這與對]")  # rows and columns change their characters there


@dataclass(frozen=True, slots=True)
class Said:
    """Members that the text makes rows or columns of a matrix, and those it leaves open."""

    members: Mapping[str, Member]
    unsure: frozenset[str]


def sides(text: str, formulas: Sequence[Formula], read: Callable[[Formula], list[t.Chain]], matrices: Sequence[t.Name]) -> Said:
    """What running text says; ``matrices`` are the names of matrices in the document."""
    found: dict[str, Member] = {}
    unsure: set[str] = set()
    if not any(pattern.search(text) for _, pattern in WORDS) and "列" not in text:
        return Said(found, frozenset())
    hidden, places = masked(text, formulas)
    for start, sentence in sentences(hidden):
        words = sorted(_words(sentence), key=lambda word: word[1])
        if not words:
            continue
        marks = [_mark(n, formulas[places[start + n]], read) for n, sign in enumerate(sentence) if sign == MARK]
        for mark in marks:
            if mark.member is None:
                continue
            matrix = _matrix(mark.member, marks, matrices)
            side = _side(sentence, words, mark, marks)
            turned = any(one.turned for one in marks)  # the columns of A^T
            if side is None or matrix is None or turned or DENIED.search(sentence):
                unsure |= {mark.member} if turned or any(word != "row" for word, _, _ in words) else set()
            elif found.setdefault(mark.member, Member(matrix, side, mark.count, mark.transposed)).side != side:
                unsure.add(mark.member)
    return Said({key: member for key, member in found.items() if key not in unsure}, frozenset(unsure))


@dataclass(frozen=True, slots=True)
class _Mark:
    """A formula in a sentence: a member, a matrix, or neither."""

    at: int
    member: str | None = None
    count: t.Tree | None = None
    matrix: t.Name | None = None
    turned: bool = False
    transposed: bool = False  # rows x_i^T


def _words(sentence: str) -> Iterator[tuple[Side, int, int]]:
    """The words for rows and columns of a sentence, with their places."""
    for side, pattern in WORDS:
        for word in pattern.finditer(sentence):
            if not VECTOR.match(sentence, word.end()):
                yield side, word.start(), word.end()


def _mark(at: int, formula: Formula, read: Callable[[Formula], list[t.Chain]]) -> _Mark:
    chains = read(formula) if formula.kind == "inline" else []
    if not chains or any(chain.relations not in ((), ("∈",)) for chain in chains):
        left = chains[0].members[0] if chains else None
        return _Mark(at, matrix=left) if isinstance(left, t.Name) and len(left.text) == 1 and left.text.isupper() else _Mark(at)
    first = chains[0].members[0]
    items = first.items if isinstance(first, t.Bracket) else (first,)
    key = member_key(items[0])
    if key is not None:
        last = items[-1] if len(items) > 1 else chains[-1].members[0]
        return _Mark(at, key, _last_index(last), transposed=isinstance(items[0], t.Scripted) and items[0].transpose % 2 == 1)
    if isinstance(first, t.Scripted) and first.transpose % 2:
        return _Mark(at, turned=True)
    return _Mark(at, matrix=first) if isinstance(first, t.Name) and first.text[-1:].isalpha() else _Mark(at)


def _last_index(tree: t.Tree) -> t.Tree | None:
    index = tree.sub[0] if isinstance(tree, t.Scripted) and tree.sub else None
    return index if isinstance(index, t.Name) and index.text.isupper() else None


def _matrix(key: str, marks: Sequence[_Mark], matrices: Sequence[t.Name]) -> t.Name | None:
    """The X of x_i; else the one matrix of which the sentence speaks."""
    here = [m.matrix for m in marks if m.matrix is not None and spell_name(m.matrix) in {spell_name(x) for x in matrices}]
    if (own := in_other_case(key, [*here, *matrices])) is not None:
        return own
    return here[0] if len({spell_name(m) for m in here}) == 1 else None


def _side(sentence: str, words: Sequence[tuple[Side, int, int]], mark: _Mark, marks: Sequence[_Mark]) -> Side | None:
    """The side that a word next to the member says, with nothing but linking words and other names between."""
    members = {m.at for m in marks if m.member is not None}
    found: set[Side] = set()
    behind = bisect_left(words, mark.at, key=lambda word: word[1])
    for side, start, end in words[max(behind - 1, 0) : behind + 1]:  # no link reaches over another such word
        first, last = (end, mark.at) if end <= mark.at else (mark.at + 1, start)
        between = range(first, last)
        if members.isdisjoint(between) and LINKS.fullmatch(sentence[first:last].replace(MARK, "\x00")):
            found.add(side)
    if len(found) == 1 and not TRADITIONAL.search(sentence):
        return found.pop()
    return None
