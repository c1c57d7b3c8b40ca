"""What running text says in words of the names in its formulas: ``a symmetric matrix $S$``, ``$y$ is one-hot``.

A property counts where the words leave no doubt of whom they speak, and neither deny it nor make it a condition.
English, German, French, Spanish, Italian, Chinese and Japanese words are known; others say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from derivations.read.document import Formula

Property = Literal["symmetric", "definite", "one-hot", "skew", "of a matrix", "other", "distribution", "condition"]

MARK = "\ufffc"  # a formula, in the text as it is searched
WORDS: tuple[tuple[Property, re.Pattern[str]], ...] = (
    ("definite", re.compile(r"(?<![\w-])(?:positive?[- ]definit\w*|définies? positives?|definid[ao]s? positiv[ao]s?|SPD)(?!\w)"
                            r"|(?<![半非])正定", re.IGNORECASE)),
    ("symmetric", re.compile(r"(?<![\w-])(?:symmetric(?:al)?|symmetrische?[nmrs]?|symétriques?|simétric[ao]s?|simmetric[aoi]|"
                             r"simmetriche)(?!\w)|(?<![非反不])(?:对称|對稱|対称)", re.IGNORECASE)),
    ("one-hot", re.compile(r"(?<![\w-])one-?hot(?!\w)|独热", re.IGNORECASE)),
    ("skew", re.compile(r"(?<!\w)(?:skew[- ]?symmetric|anti-?symmetric|schiefsymmetrisch\w*|antisymétrique\w*)(?!\w)|反对称",
                        re.IGNORECASE)),
    ("of a matrix", re.compile(r"(?<!\w)(?:unitary|idempotent|diagonale?|triangular|permutations?|commut\w+|nilpotent|singular|"
                               r"(?:positive[- ])?semi-?definite)(?!\w)|对角|幂等|三角|奇异|半正定", re.IGNORECASE)),
    ("other", re.compile(
        r"(?<!\w)(?:ortho(?:gonal|normal)\w*|projections?|projectors?|unit|normali[sz]ed|stochastic|normiert\w*|orthogonaux|"
        r"(?:vector|column|matrix) of (?:all )?ones|all[- ]ones|identity matrix|zero (?:vector|matrix)|null vector|"
        r"cent(?:er|r)ing matrix|basis vectors?|Einheitsmatrix|Nullvektor|Basisvektor\w*|matrice identité)(?!\w)|"
        r"正交|单位向量|单位矩阵|零向量|全一|全1", re.IGNORECASE)),
    ("distribution", re.compile(
        rf"(?<!\w)(?:probability (?:vectors?|distributions?)|probabilities|simplex|Wahrscheinlichkeits\w+|"
        rf"(?:sum|add)(?:s|ming|ing)? (?:up )?to (?:one|1|{MARK}))(?!\w)|概率", re.IGNORECASE)),
    ("condition", re.compile(
        rf"(?<!\w)(?:satisf\w+|such that|subject to|constrain\w*|minimi[sz]\w*|maximi[sz]\w*|optim\w+|solutions?|solv(?:es|ing)|"
        rf"stationary|critical|fixed points?|roots?|eigen\w+|singular|inverses?|transposed?|perpendicular|Cholesky|factors?|"
        rf"decomposition|(?:unit|with|has|have|of) (?:length|norm)|(?:length|norm) (?:one|1|{MARK})|mean zero|zero[- ]mean|"
        rf"(?:with|has|have) (?:sample )?means?|cent(?:e)?red|standardi[sz]ed|whitened|rank (?:one|1|{MARK})|even|odd|rotation|"
        rf"(?:rows|columns|entries|components|elements)\b[^.,;{MARK}]{{0,30}}\bsum|their (?:product|sum|difference|average)|"
        rf"reflection|Householder|Toeplitz|circulant|minimier\w*|Lösung\w*|senkrecht|erfüll\w*|vérifi\w*|perpendiculaires?)"
        rf"(?!\w)|满足|特征|最小化|最大化|最优|垂直|逆矩阵|转置", re.IGNORECASE)),
)  # fmt: skip
LOOSE: frozenset[Property] = frozenset({"distribution", "condition"})  # never more than a doubt
SENTENCE_END = re.compile(r"[.!?;](?=\s|$)|[。！？；]|\n\s*\n|\n\s*(?:[-*#]|\d+\.)\s")
DENIED = re.compile(r"\b(?:not|non?|neither|nor|never|without|isn't|aren't|nicht|kein\w*|weder|ohne|ni|pas|sans|sin|senza|"
                    r"whether|unless|anti|skew|drop\w*|relax\w*|fail\w*|lack\w*|hardly|rarely|seldom|scarcely|barely|nearly|almost|"
                    r"approximately|instead|except|but|though|unlike|los[et]\w*|longer|arbitrary|beliebig\w*|quelconques?|cualquiera|generale?s?|any|either|even)\b|"
                    r"[不非反未无任]", re.IGNORECASE)
CONDITIONAL = re.compile(r"\b(?:if|when|whenever|case|for|once|only|falls|wenn|sofern|für|im Fall\w*|si|cuando|pour|lorsque|"
                         r"quand|se|quando|per|para|would|were)\b|[若当]|如果|假如|对于", re.IGNORECASE)
JOINT = re.compile(r"\s*(?:,|，|、|and|und|et|y|e|as well as|sowie|ainsi que|和|与|及)\s*(?:and|und|et)?\s*")
SIMPLY_NOT = re.compile(r"\b(?:not|nicht|pas|non|never|necessarily|notwendigerweise|unbedingt)\b|[不非]", re.IGNORECASE)
LINKS = re.compile(r"(?:[\s\-_,，]|\b(?:is|are|be|being|denotes?|which|that|as|an?|the|both|all|again|also|assumed|to|real|"
                   r"square|full|invertible|and|positive?n?|definite?|matri\w*|vect\w*|let|ist|sind|sei|seien|eine?|reelle?\w*|quadratische?\w*|"
                   r"und|est|sont|soit|soient|une?|réelles?|carrées?|et|es|son|sea|sean|una?|y|è|sono|sia|siano|e)\b|"
                   r"[是为一个的实且都均はがを]|矩阵|行列|方阵)*", re.IGNORECASE)  # fmt: skip
GOES_ON = re.compile(rf"\s*(?:$|[,.;:!，。、；：{MARK})）]|且|和|与|(?:and|with|of|whose|und|mit|et|avec|y|con|e)\b)")
PLURAL = re.compile(r"\b(?:are|both|sind|seien|sont|soient|son|sono)\b|[都均]", re.IGNORECASE)
NOUNS = re.compile(r"(?:[\s\-*_]|positive?n?|semi-?definit\w*|definit\w*|défini\w*|real|reelle?\w*|réelles?|square|"
                   r"quadratische?\w*|carrées?|matri\w*|vektor\w*|vect\w*|labels?|targets?|的|矩阵|向量|标签|正定|半正定|行列)*",
                   re.IGNORECASE)  # fmt: skip
BETWEEN = re.compile(rf"[^{MARK}:]{{0,60}}")
BREAKS = re.compile(r"\b(?:and|und|et|y|with|mit|avec|con|whose|where|of|von|de|des|by)\b|[和与]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Spoken:
    """A property of what the formula with that number names; not ``sure`` where it is a condition, or may be denied."""

    formula: int
    what: Property
    sure: bool = True


def spoken(text: str, formulas: Sequence[Formula]) -> Iterator[Spoken]:
    """What the text says of its inline formulas."""
    if not any(pattern.search(text) for _, pattern in WORDS):
        return
    hidden, places = masked(text, formulas)
    for start, sentence in sentences(hidden):
        plain = not CONDITIONAL.search(sentence) and not DENIED.search(sentence) and "?" not in sentence
        for what, pattern in WORDS:
            for found in pattern.finditer(sentence):
                subjects = _loose_subjects if what in LOOSE else _subjects
                numbers = [places[start + at] for at in subjects(sentence, found.start(), found.end())]
                sure = plain and _is_said_plainly(sentence, found.start(), found.end())
                if _is_denied_plainly(sentence, found.start()):
                    continue
                yield from (Spoken(number, what, sure) for number in numbers if formulas[number].kind == "inline")


def sentences(text: str) -> Iterator[tuple[int, str]]:
    """Where every sentence begins, and the sentence."""
    start = 0
    for end in (*(m.end() for m in SENTENCE_END.finditer(text)), len(text)):
        yield start, text[start:end]
        start = end


def masked(text: str, formulas: Sequence[Formula]) -> tuple[str, dict[int, int]]:
    """The text with every formula as one mark and blanks, and the number of the formula at each mark."""
    parts, places, at = [], {}, 0
    for number, formula in enumerate(formulas):
        start, end = formula.outer.start, formula.outer.end
        if start < at:
            continue
        is_shape = "\\times" in text[start:end] and "\\in" not in text[start:end]  # an n × n matrix
        parts += [text[at:start], " " if is_shape else MARK, " " * (end - start - 1)]
        places[start] = number
        at = end
    return "".join([*parts, text[at:]]), places


def _behind(sentence: str, end: int) -> list[int]:
    """The marks right behind a property, with nothing but nouns between (a symmetric matrix S)."""
    at = _after_nouns(sentence, end)
    return _joined(sentence, at, 1) if sentence[at : at + 1] == MARK else []


def _after_nouns(sentence: str, end: int) -> int:
    found = NOUNS.match(sentence, end)
    assert found is not None  # it may be empty
    return found.end()


def _loose_subjects(sentence: str, start: int, end: int) -> list[int]:
    """The marks that a condition may speak of: those right behind it (the eigenvector v), and those before it."""
    found = _behind(sentence, end)
    before = sentence.rfind(MARK, 0, start)
    return found if before < 0 else [*_joined(sentence, before, -1), *found]


def _subjects(sentence: str, start: int, end: int) -> list[int]:
    """The marks that a property speaks of: those right behind it (a symmetric matrix S), else the one before (S is symmetric)."""
    if found := _behind(sentence, end):
        return found
    before = sentence.rfind(MARK, 0, start)
    if before < 0 or BREAKS.search(sentence[before:start]) or not BETWEEN.fullmatch(sentence[before + 1 : start].strip()):
        return []
    return _joined(sentence, before, -1) if PLURAL.search(sentence[before:start]) else [before]


def _is_said_plainly(sentence: str, start: int, end: int) -> bool:
    """Whether nothing but words that link stands between a property and its name, and nothing behind takes it back."""
    behind = _after_nouns(sentence, end)
    if sentence[behind : behind + 1] == MARK:
        return True
    before = sentence.rfind(MARK, 0, start)
    return LINKS.fullmatch(sentence, before + 1, start) is not None and GOES_ON.match(sentence, behind) is not None


def _is_denied_plainly(sentence: str, start: int) -> bool:
    """``$A$ is not necessarily symmetric``: nothing is said of A."""
    before = sentence.rfind(MARK, 0, start)
    words = SIMPLY_NOT.sub("", sentence[before + 1 : start])
    return before >= 0 and words != sentence[before + 1 : start] and LINKS.fullmatch(words) is not None


def _joined(sentence: str, mark: int, step: int) -> list[int]:
    """A mark, and those that commas and "and" join with it."""
    marks = [n for n, sign in enumerate(sentence) if sign == MARK]
    found = [mark]
    at = marks.index(mark)
    while 0 <= at + step < len(marks):
        first, last = sorted((marks[at], marks[at + step]))
        if not JOINT.fullmatch(sentence[first + 1 : last]):
            break
        at += step
        found.append(marks[at])
    return found
