"""What running text says of the notation itself: σ is the hyperbolic tangent, ‖·‖ the 1-norm, "we use denominator layout".

What formulas can say becomes a sentence, as if it were given; a usual sign that is given another meaning is refused wherever it
stands.  English, German, French, Spanish and Chinese words are known; others say nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

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
LETTER = re.compile(r"(\\(?:sigma|phi|varphi|psi|rho)|[fgha])(?:\s*\(\s*(?:\\cdot|[a-z])\s*\))?")
NAMED = re.compile(r"(?:\\(?:operatorname\*?|mathrm|text|mathsf)\s*\{)?\\?(tanh|[Rr]e[Ll][Uu]|sigmoid|softplus)\}?")
ALIAS = re.compile(rf"(?P<letter>\\(?:sigma|phi|varphi|psi|rho)|[fgha])\s*(?::?=|\\equiv|\\coloneqq)\s*(?P<name>{NAMED.pattern})")
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
    """A usual sign, how it is written by itself, and the words that give it another meaning; ``loose`` words need no formula."""

    name: str
    alone: re.Pattern[str]
    words: re.Pattern[str]
    loose: bool = False


NOTHING = re.compile("")
SIGNS = (
    Sign("\\log", re.compile(r"\\log(?:\s*\(?\s*(?:x|\\cdot)\s*\)?)?"), loose=True, words=re.compile(
        rf"\bbase[- ](?:2|10|two|ten)\b|\bto (?:the )?base (?!(?:of )?(?:e\b|{E_}))[\w{OTHER}{NORMED}]|"
        r"(?:binary|common|decimal) logarithm|Zweierlogarithmus|"
        rf"zur Basis (?!e\b|{E_})[\w{OTHER}{NORMED}]|以\s*(?!e|{E_})[\w{OTHER}{NORMED}]\s*为底", re.IGNORECASE)),
    Sign("\\|", re.compile(r"\\(?:\||lVert|Vert|norm)(?!.*(?:\\\||\\rVert|\})\s*_).*"), re.compile(
        r"\b(?:one|infinity|max|maximum|sup|supremum|uniform|spectral|operator|nuclear|trace|Manhattan|taxicab|dual|weighted|"
        rf"Mahalanobis|arbitrary|any|some)[- ]norm|[1{NORMED}][\s-]*norm|Maximumsnorm|Supremumsnorm|Spektralnorm|norme infinie|"
        r"谱范数|无穷范数", re.IGNORECASE)),
    Sign("*", re.compile(r"\*|\\ast|[a-z]\s*(?:\*|\\ast)\s*[a-z]"),
         re.compile(r"convol|Faltung|correlation|卷积", re.IGNORECASE)),
    Sign("\\times", NOTHING, loose=True, words=re.compile(
        r"cross[- ]product|vector product|Kreuzprodukt|Vektorprodukt|produit vectoriel|producto vectorial|叉[积乘]",
        re.IGNORECASE)),
    Sign("\\sigma", re.compile(r"\\sigma(?:\s*\([^()]*\))?"), re.compile(r"softmax", re.IGNORECASE)),
    Sign("\\nabla", NOTHING, loose=True, words=re.compile(r"\bgradients?\b[^.]{0,40}\brow vectors?\b", re.IGNORECASE)),
    Sign("softmax", NOTHING, loose=True, words=re.compile(
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


def conventions(text: str, formulas: Sequence[Formula]) -> Conventions:
    """What the running text of a document says of its notation."""
    hidden, places = masked(text, formulas)
    named: dict[str, set[str | None]] = {}
    layouts: set[str] = set()
    signs: set[str] = set()
    rows: set[str] = set()
    other_activation = False
    for formula in formulas:
        if formula.kind == "inline" and (alias := ALIAS.fullmatch(_of(text, formula))) is not None:
            named.setdefault(alias["letter"], set()).update(f for f, name in ACTIVATIONS if name.search(alias["name"]))
    for start, sentence in sentences(hidden):
        written = [_of(text, formulas[places[start + n]]) for n, sign in enumerate(sentence) if sign == MARK]
        stated = "" if SUPPOSED.search(sentence) else OTHER_LAYOUT.sub("", sentence)
        layouts |= {name for name, words in LAYOUTS.items() if words.search(stated)}
        told = _told(sentence, written)
        signs |= {one.name for one in SIGNS if one.loose and one.words.search(told)}
        signs |= {one.name for one in SIGNS if not one.loose and any(map(one.alone.fullmatch, _beside(told, written, one.words)))}
        if DENIED.search(ANY.sub("", sentence)) or CONDITIONAL.search(FOR.sub("", sentence)):
            continue
        rows |= {name.split("\\in")[0].strip() for name in _beside(sentence, written, ROW_VECTOR)}
        spelled, others = _spelled(sentence, written)
        uses = any("\\sigma(" in one.replace(" ", "").replace("\\left", "") for one in written)
        other_activation |= uses and any(words.search(spelled) for _, words in ACTIVATIONS[1:])
        for formula_text, words in ACTIVATIONS:
            for name in _beside(spelled, others, words):
                if (letter := LETTER.fullmatch(name)) is not None:
                    named.setdefault(letter[1], set()).add(formula_text)
    if "\\sigma" not in named and other_activation and not ACTIVATIONS[0][1].search(hidden):
        named["\\sigma"] = {None}  # h = σ(z) beside "ReLU units"
    pieces = [piece.replace("&", "").strip() for f in formulas for piece in PIECE.split(_of(text, f))]
    named = {letter: found for letter, found in named.items() if not _defined(letter, pieces)}
    unclear = {letter for letter, found in named.items() if found == {None} or len(found) > 1}
    known = {letter: next(iter(found)) for letter, found in named.items() if letter not in unclear}
    texts = [f"{letter}(\\xi) = {formula_text}" for letter, formula_text in known.items()]
    texts += [f"{letter} : \\mathbb{{R}} \\to \\mathbb{{R}}" for letter in sorted(unclear)]
    layout = next(iter(layouts)) if len(layouts) == 1 else None
    return Conventions(tuple(texts), layout, frozenset(unclear), frozenset(signs), frozenset(rows))


def _of(text: str, formula: Formula) -> str:
    return text[formula.span.start : formula.span.end].strip()


def _told(sentence: str, written: Sequence[str]) -> str:
    """The sentence with its formulas told apart: e, what names a norm, all others."""
    marks = iter(written)

    def sign(_: re.Match[str]) -> str:
        one = next(marks)
        if re.fullmatch(r"e|\\mathrm\s*\{e\}", one):
            return E_
        return NORMED if re.fullmatch(r"(?:\\ell|[lL])_\{?(?:1|0|p|q|\\infty)\}?|1|p|q|\\infty", one) else OTHER

    return re.sub(MARK, sign, sentence)


def _spelled(sentence: str, written: Sequence[str]) -> tuple[str, list[str]]:
    """The sentence with functions that stand in formulas of their own (``$\\tanh$``) as words, and the other formulas."""
    marks = iter(written)

    def word(mark: re.Match[str]) -> str:
        found = NAMED.fullmatch(next(marks))
        return mark.group() if found is None else f" {found[1]} "

    return re.sub(MARK, word, sentence), [one for one in written if NAMED.fullmatch(one) is None]


def _beside(sentence: str, written: Sequence[str], words: re.Pattern[str]) -> Iterator[str]:
    """The formulas of which words are said, with nothing but linking words between."""
    marks = [n for n, sign in enumerate(sentence) if sign in (MARK, E_, OTHER, NORMED)]
    for word in words.finditer(sentence):
        for at, one in zip(marks, written, strict=True):
            first, last = (word.end(), at) if word.end() <= at else (at + 1, word.start())
            if first <= last and LINKS.fullmatch(sentence, first, last):
                yield one


def _defined(letter: str, pieces: Sequence[str]) -> bool:
    """Whether a formula of the document says itself what the function is: ``\\sigma(z) = …``, ``\\sigma : \\mathbb R \\to …``."""
    left = rf"{re.escape(letter)}\s*(?:(?:\\left)?\s*\([^()]*\)\s*(?::?=|\\equiv|\\coloneqq|:\\)|:\s*\\mathbb)"
    return any(re.match(left, piece) for piece in pieces)
