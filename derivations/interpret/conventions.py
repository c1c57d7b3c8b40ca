"""What running text says of the notation itself: σ is the hyperbolic tangent, ‖·‖ the 1-norm, "we use denominator layout".

What formulas can say becomes a sentence, as if it were given; a usual sign that is given another meaning is refused wherever it
stands.  English, German, French, Spanish and Chinese words are known; others say nothing.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache

from derivations.interpret.names import spell
from derivations.interpret.spoken import CONDITIONAL, DENIED, MARK, masked, sentences
from derivations.read import tree as t
from derivations.read.document import Formula

LINKS = re.compile(
    r"(?:[\s,:(\-]|\b(?:is|are|be|denotes?|denoted|by|means?|stands?|for|represents?|as|equals?|let|our|the|an?|we|use|write|using|with|"
    r"usual|element-?wise|entry-?wise|pointwise|standard|activations?|functions?|non-?linearity|transfer|units?|"
    r"ist|sei|bezeichne[nt]?|de[rnms]?|die|das|eine?|Aktivierungsfunktion|Funktion|est|soit|désigne|la|le|une?|fonction|d.activation|"
    r"es|sea|función|activación)\b|[是为取激活函数一个])*", re.IGNORECASE)  # fmt: skip
ACTIVATIONS: tuple[tuple[str | None, re.Pattern[str]], ...] = (  # a formula for what is named; None where there is none
    ("\\frac{1}{1 + e^{-\\xi}}", re.compile(r"\b(?:logistic(?:[- ]sigmoid)?|sigmoid)(?!\w)", re.IGNORECASE)),
    ("\\tanh(\\xi)", re.compile(r"(?<!\w)(?:tanh|hyperbolic tangent|Tangens hyperbolicus|tangente hyperbolique|双曲正切)(?!\w)",
                                 re.IGNORECASE)),
    ("\\max(0, \\xi)", re.compile(r"(?<!leaky[ -])\b(?:ReLU|rectified linear(?: unit)?|rectifier)(?!\w)", re.IGNORECASE)),
    ("\\log(1 + e^{\\xi})", re.compile(r"\bsoft-?plus(?!\w)", re.IGNORECASE)),
    ("\\xi", re.compile(r"\b(?:identity|Identität|identité)(?: function| map| activation)?(?!\w)", re.IGNORECASE)),
    (None, re.compile(r"\b(?:any|arbitrary|some|generic|general|unspecified|beliebige\w*|quelconque|任意)\b[\w\s,-]{0,40}"
                      r"(?:activation|non-?linearity|Aktivierungsfunktion|激活函数)", re.IGNORECASE)),
    (None, re.compile(r"\b(?:Heaviside|(?:unit )?step|leaky[- ]ReLU|[GS]?ELU|swish|SiLU|mish|erf|error function|arctan\w*|"
                      r"softsign|probit)(?!\w)", re.IGNORECASE)),
)  # fmt: skip
LETTERS = r"\\(?:sigma|phi|varphi|psi|rho)|[fgha]"
LETTER = re.compile(rf"({LETTERS})(?:\s*\(\s*(?:\\cdot|[a-z])\s*\))?")
SIGMOID, *OTHER_ACTIVATIONS = (words for _, words in ACTIVATIONS)
NAMED = re.compile(r"(?:\\(?:operatorname\*?|mathrm|text|mathsf)\s*\{)?\\?(tanh|[Rr]e[Ll][Uu]|sigmoid|softplus)\}?")
ALIAS = re.compile(rf"(?P<letter>{LETTERS})\s*(?::?=|\\equiv|\\coloneqq)\s*(?P<name>{NAMED.pattern})")
LAYOUTS = {
    "numerator": re.compile(r"numerator[- ]layout|Zählerlayout|分子布局", re.IGNORECASE),
    "denominator": re.compile(r"denominator[- ]layout|Nennerlayout|分母布局", re.IGNORECASE),
}
OTHER_LAYOUT = re.compile(r"\b(?:unlike|not|instead of|rather than|in contrast to|statt|anders als)\s+"
                          r"(?:in\s+|with\s+|the\s+|use\s+)*(?:numerator|denominator)[- ]layout", re.IGNORECASE)
SUPPOSED = re.compile(r"\b(?:would|if|were|could|some|others|sometimes)\b", re.IGNORECASE)
ROW_VECTOR = re.compile(r"row[- ]vectors?(?!\w)|Zeilenvektor(?:en)?(?!\w)|vecteurs? lignes?|vector(?:es)? fila|行向量",
                        re.IGNORECASE)
ANY = re.compile(r"\b(?:any|arbitrary|beliebig\w*|quelconques?|generale?s?)\b|任意", re.IGNORECASE)  # deny nothing of a function
PIECE = re.compile(r"\\\\|\\q?quad|\\begin\{\w+\*?\}|[,;]")  # what parts the formulas of a display
FOR = re.compile(r"\bfor\b", re.IGNORECASE)
ONE = Fraction(1)
E_, OTHER, NORMED = "\x00", "\x01", "\x02"  # formulas in a sentence: e, any other, one that names a norm


@dataclass(frozen=True, slots=True)
class Sign:
    """A usual sign, the words that give it another meaning, and how it is written beside them; None where words are enough."""

    name: str
    words: re.Pattern[str]
    alone: re.Pattern[str] | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence with a mark for each formula, and what is written there."""

    sentence: str
    written: tuple[str, ...]

    @property
    def is_plain(self) -> bool:
        """Whether it neither denies nor supposes."""
        return not DENIED.search(ANY.sub("", self.sentence)) and not CONDITIONAL.search(FOR.sub("", self.sentence))

    def words_in(self, words: re.Pattern[str]) -> bool:
        return words.search(self.sentence) is not None


SIGNS = (
    Sign("\\log", re.compile(
        rf"\bbase[- ](?:2|10|two|ten)\b|\bto (?:the )?base (?!(?:of )?(?:e\b|{E_}))[\w{OTHER}{NORMED}]|"
        r"(?:binary|common|decimal) logarithm|Zweierlogarithmus|"
        rf"zur Basis (?!e\b|{E_})[\w{OTHER}{NORMED}]|以\s*(?!e|{E_})[\w{OTHER}{NORMED}]\s*为底", re.IGNORECASE)),
    Sign("\\|", alone=re.compile(r"\\(?:\||lVert|Vert|norm)(?!.*(?:\\\||\\rVert|\})\s*_).*"), words=re.compile(
        r"\b(?:one|infinity|max|maximum|sup|supremum|uniform|spectral|operator|nuclear|trace|Manhattan|taxicab|dual|weighted|"
        rf"Mahalanobis|arbitrary|any|some)[- ]norm|[1{NORMED}][\s-]*norm|Maximumsnorm|Supremumsnorm|Spektralnorm|norme infinie|"
        r"谱范数|无穷范数", re.IGNORECASE)),
    Sign("*", alone=re.compile(r"\*|\\ast|[a-z]\s*(?:\*|\\ast)\s*[a-z]"),
         words=re.compile(r"convol|Faltung|correlation|卷积", re.IGNORECASE)),
    Sign("\\times", re.compile(
        r"cross[- ]product|vector product|Kreuzprodukt|Vektorprodukt|produit vectoriel|producto vectorial|叉[积乘]",
        re.IGNORECASE)),
    Sign("\\sigma", alone=re.compile(r"\\sigma(?:\s*\([^()]*\))?"), words=re.compile(r"softmax", re.IGNORECASE)),
    Sign("\\nabla", re.compile(r"\bgradients?\b[^.]{0,40}\brow vectors?\b", re.IGNORECASE)),
    Sign("softmax", re.compile(
        r"softmax[^.]{0,40}?(?:column-?wise|\b(?:over|along|across|to|of|in|on|for)\s(?:(?:each|every|the|all|its)\s)*columns?\b)|"
        r"(?:column-?wise|\b(?:each|every|per) column\b)[^.]{0,25}softmax|按列[^。]{0,10}softmax|softmax[^。]{0,10}按列",
        re.IGNORECASE)),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Conventions:
    """Sentences that running text amounts to, the layout it states, what it leaves unspecified or gives another meaning."""

    texts: tuple[str, ...] = ()
    layout: str | None = None
    free: frozenset[str] = frozenset()  # functions of which no more is said than that they are some function
    signs: frozenset[str] = frozenset()  # signs with another meaning than the usual one
    rows: frozenset[str] = frozenset()  # vectors that are rows

    def rewritten(self, chain: t.Chain) -> t.Chain:
        """The declaration of a row vector with its shape."""
        space = chain.members[-1]
        if chain.relations != ("∈",) or spell(chain.members[0]) not in self.rows or not isinstance(space, t.SetOf):
            return chain
        if len(space.dims) != 1:
            return chain
        one = t.Number(value=ONE, text="1", span=space.span)
        return replace(chain, members=(chain.members[0], replace(space, dims=(one, *space.dims))))

    def breach(self, tree: t.Tree) -> str | None:
        """The sign of a node that the text gives another meaning."""
        return next((sign for sign in sorted(self.signs) if _stands_in(sign, tree)), None)


def _stands_in(sign: str, tree: t.Tree) -> bool:
    match sign, tree:
        case "\\log", t.Call(function=t.Name(text="log") | t.Scripted(base=t.Name(text="log"), sub=())):
            return True
        case "\\|", t.Bars(kind="‖") | t.Scripted(base=t.Bars(kind="‖"), sub=()):
            return True
        case "\\nabla", t.Nabla():
            return True
        case "\\sigma", t.Call(function=t.Name(text="\\sigma")):
            return True
        case _, t.ProductOf(factors=factors):
            return any(mark == sign for mark, _ in factors)
        case _:
            return False


@lru_cache(maxsize=2)
def conventions(text: str, formulas: tuple[Formula, ...]) -> Conventions:
    """What the running text of a document says of its notation; remembered, since a document is read in several ways."""
    hidden, places = masked(text, formulas)
    said = [Said(sentence, tuple(_of(text, formulas[places[start + n]]) for n, sign in enumerate(sentence) if sign == MARK))
            for start, sentence in sentences(hidden)]  # fmt: skip
    plain = [one for one in said if one.is_plain]
    written = [_of(text, formula) for formula in formulas]
    named = _named([_of(text, f) for f in formulas if f.kind == "inline"], plain)
    if "\\sigma" not in named and not SIGMOID.search(hidden) and any(map(_uses_another_activation, plain)):
        named["\\sigma"] = {None}  # h = σ(z) beside "ReLU units"
    pieces = [piece.replace("&", "").strip() for one in written for piece in PIECE.split(one)]
    named = {letter: found for letter, found in named.items() if not _defined(letter, pieces)}
    unclear = {letter for letter, found in named.items() if found == {None} or len(found) > 1}
    texts = [f"{letter}(\\xi) = {next(iter(found))}" for letter, found in named.items() if letter not in unclear]
    texts += [f"{letter} : \\mathbb{{R}} \\to \\mathbb{{R}}" for letter in sorted(unclear)]
    rows = {name.split("\\in")[0].strip() for one in plain for name in _beside(one, ROW_VECTOR)}
    return Conventions(tuple(texts), _layout(said), frozenset(unclear), frozenset(_signs(said)), frozenset(rows))


def _layout(said: Sequence[Said]) -> str | None:
    """The one layout that the text states."""
    stated = [OTHER_LAYOUT.sub("", one.sentence) for one in said if not SUPPOSED.search(one.sentence)]
    layouts = [name for name, words in LAYOUTS.items() if any(map(words.search, stated))]
    return layouts[0] if len(layouts) == 1 else None


def _signs(said: Sequence[Said]) -> Iterator[str]:
    """The signs that get another meaning than the usual one."""
    told = list(map(_told, said))
    for sign in SIGNS:
        for one in told:
            if one.words_in(sign.words) if sign.alone is None else any(map(sign.alone.fullmatch, _beside(one, sign.words))):
                yield sign.name


def _named(inline: Sequence[str], plain: Sequence[Said]) -> dict[str, set[str | None]]:
    """The formulas for what letters are called, by formulas without arguments and in words."""
    named: dict[str, set[str | None]] = {}
    for alias in filter(None, map(ALIAS.fullmatch, inline)):
        named.setdefault(alias["letter"], set()).update(f for f, name in ACTIVATIONS if name.search(alias["name"]))
    for one in map(_spelled, plain):
        for formula_text, words in ACTIVATIONS:
            for letter in filter(None, map(LETTER.fullmatch, _beside(one, words))):
                named.setdefault(letter[1], set()).add(formula_text)
    return named


def _uses_another_activation(one: Said) -> bool:
    uses = any("\\sigma(" in formula.replace(" ", "").replace("\\left", "") for formula in one.written)
    return uses and any(map(_spelled(one).words_in, OTHER_ACTIVATIONS))


def _of(text: str, formula: Formula) -> str:
    return text[formula.span.start : formula.span.end]


def _told(one: Said) -> Said:
    """The sentence with its formulas told apart: e, what names a norm, all others."""
    marks = iter(one.written)

    def sign(_: re.Match[str]) -> str:
        formula = next(marks)
        if re.fullmatch(r"e|\\mathrm\s*\{e\}", formula):
            return E_
        return NORMED if re.fullmatch(r"(?:\\ell|[lL])_\{?(?:1|0|p|q|\\infty)\}?|1|p|q|\\infty", formula) else OTHER

    return replace(one, sentence=re.sub(MARK, sign, one.sentence))


def _spelled(one: Said) -> Said:
    """The sentence with functions that stand in formulas of their own (``$\\tanh$``) as words, and the other formulas."""
    marks = iter(one.written)

    def word(mark: re.Match[str]) -> str:
        found = NAMED.fullmatch(next(marks))
        return mark.group() if found is None else f" {found[1]} "

    return Said(re.sub(MARK, word, one.sentence), tuple(w for w in one.written if NAMED.fullmatch(w) is None))


def _beside(one: Said, words: re.Pattern[str]) -> Iterator[str]:
    """The formulas of which words are said, with nothing but linking words between."""
    marks = [n for n, sign in enumerate(one.sentence) if sign in (MARK, E_, OTHER, NORMED)]
    for word in words.finditer(one.sentence):
        behind = bisect_left(marks, word.start())  # no link reaches over another formula
        for n in (behind - 1, bisect_left(marks, word.end())):
            if not 0 <= n < len(marks):
                continue
            first, last = (word.end(), marks[n]) if n >= behind else (marks[n] + 1, word.start())
            if LINKS.fullmatch(one.sentence, first, last):
                yield one.written[n]


def _defined(letter: str, pieces: Sequence[str]) -> bool:
    """Whether a formula of the document says itself what the function is: ``\\sigma(z) = …``, ``\\sigma : \\mathbb R \\to …``."""
    left = rf"{re.escape(letter)}\s*(?:(?:\\left)?\s*\([^()]*\)\s*(?::?=|\\equiv|\\coloneqq|:\\)|:\s*\\mathbb)"
    return any(re.match(left, piece) for piece in pieces)
