"""What the names of a document stand for, and how they are spelled.

A *key* is the one spelling of a name in LaTeX: ``X^{(3)}``, ``W_{hh}``, ``\\hat y``,
``\\mathbf v``.  Keys are what users see in messages and in JSON.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TypeAlias

from derivations.claims import Assumption, Context, FreeFunction, Labels, Variable
from derivations.expr import Dim, Expr, Sym
from derivations.interpret.dimensions import Dimensions, is_open, open_dimensions
from derivations.read import tree as t

# ------------------------------------------------------------------ entries


@dataclass(frozen=True, slots=True)
class Array:
    """A declared or defined array; ``family`` when its first axis is the index of ``u_k \\in …``.

    ``by_entries`` where nothing but ``L_i = …`` introduced it: then a total may be called L as well.
    """

    sym: Sym
    family: bool = False
    by_entries: bool = False


@dataclass(frozen=True, slots=True)
class DefinedFunction:
    """``\\sigma(x) = …``: the body in terms of the parameter."""

    parameter: Sym
    body: Expr


@dataclass(frozen=True, slots=True)
class UnknownFunction:
    """``\\phi : \\mathbb R \\to \\mathbb R`` or ``\\ell : \\mathbb R^n \\to \\mathbb R``."""

    declared: FreeFunction


@dataclass(frozen=True, slots=True)
class LabelName:
    labels: Labels


Meaning: TypeAlias = Array | DefinedFunction | UnknownFunction | LabelName

BUILTIN_FUNCTIONS = {
    "exp": "exp", "log": "log", "ln": "log", "tanh": "tanh", "sigmoid": "sigmoid", "\\sigma": "sigmoid",
    "relu": "relu", "Relu": "relu", "ReLU": "relu", "RELU": "relu", "sign": "sign", "sgn": "sign", "abs": "abs",
    "sin": "sin", "cos": "cos", "logistic": "sigmoid", "step": "step",
}  # fmt: skip
ARRAY_FUNCTIONS = frozenset({
    "softmax", "Softmax", "tr", "Tr", "trace", "det", "diag", "Diag", "vec", "max", "mean", "sqrt", "cross_entropy",
    "CrossEntropy", "logsumexp", "lse", "LSE", "logdet", "norm", "transpose",
})  # fmt: skip

# ----------------------------------------------------------------- spelling

FONT_COMMANDS = {"bf": "mathbf", "rm": "mathrm", "cal": "mathcal", "bb": "mathbb", "it": "mathit", "sf": "mathsf"}


def spell_name(name: t.Name) -> str:
    """One spelling for a name without scripts."""
    text = name.text
    if name.font and name.font != "rm":
        text = f"\\{FONT_COMMANDS.get(name.font, 'math' + name.font)}{_argument(text)}"
    for accent in reversed(name.accents):
        text = f"\\{accent}{_argument(text)}"
    return text


def _argument(text: str) -> str:
    return f" {text}" if len(text) == 1 else f"{{{text}}}"


def spell(tree: t.Tree) -> str | None:
    """The spelling of a name or of simple index arithmetic; None for anything else."""
    match tree:
        case t.Name():
            return spell_name(tree)
        case t.Number(text=text):
            return text
        case t.Scripted(power=None, transpose=0, base=t.Name() as base):
            return spell_scripted(base, tree.sub, tree.layer, tree.primes, tree.star)
        case t.ProductOf(factors=factors) if all(sign == "" for sign, _ in factors):
            return _join([spell(f) for _, f in factors])
        case t.SumOf(terms=terms):
            parts: list[str | None] = []
            for n, (sign, term) in enumerate(terms):
                parts += [("-" if sign < 0 else "" if n == 0 else "+"), spell(term)]
            return _join(parts)
        case t.Negative(operand=operand):
            return _join(["-", spell(operand)])
        case _:
            return None


def _join(parts: list[str | None]) -> str | None:
    return None if None in parts else "".join(p for p in parts if p)


def spell_scripted(
    base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], primes: int = 0, star: int = 0
) -> str | None:
    """``X_{im}^{(3)}`` as base, subscript, layer; None where a script cannot be part of a name."""
    subs, layers = [spell(s) for s in sub], [spell(x) for x in layer]
    if None in subs or None in layers:
        return None
    text = spell_name(base)
    if subs:
        joined = ",".join(s for s in subs if s)
        text += f"_{joined}" if len(joined) == 1 else f"_{{{joined}}}"
    text += "".join(f"^{{({x})}}" for x in layers)
    return text + "'" * primes + "^*" * star


def family_variants(name: t.Name) -> list[t.Name]:
    """Names that a writer may mean when the entry is set in another font or case: x_ij of X, y_w of 𝐲."""
    found = []
    if name.font is None:
        found.append(replace(name, font="bf"))
    elif name.font in ("bf", "rm"):
        found.append(replace(name, font=None))
    if len(name.text) == 1 and name.text.isalpha():
        swapped = replace(name, text=name.text.swapcase())
        found += [swapped, replace(swapped, font="bf" if name.font is None else None)]
    return found


def namesake(key: str) -> str:
    """The key of a function beside an array of the same name: ``b(t) = t^2`` in a document with a vector b."""
    return f"{key}(\\cdot)"


# -------------------------------------------------------------------- table


def members_of(key: str) -> str:
    """The key under which an array is kept whose bare name has come to mean another thing: the L of ``L_i``."""
    return f"{key}_·"


@dataclass
class SymbolTable:
    """Everything that a document has said so far.  Implements what the formula reader asks (``Names``)."""

    meanings: dict[str, Meaning] = field(default_factory=dict)
    sizes: dict[str, Dim] = field(default_factory=dict)  # a namespace of their own: K may be a size and a matrix
    bases: dict[str, set[str]] = field(default_factory=dict)
    variables: dict[str, Variable] = field(default_factory=dict)
    definitions: dict[str, Expr] = field(default_factory=dict)
    assumptions: list[Assumption] = field(default_factory=list)
    gradient_names: set[str] = field(default_factory=set)
    words: set[str] = field(default_factory=set)
    dimensions: Dimensions = field(default_factory=Dimensions)
    bounds: frozenset[str] = frozenset()  # names that are upper bounds of sums somewhere
    _open: set[str] = field(default_factory=set)

    def add(self, key: str, name: t.Name, meaning: Meaning) -> None:
        """``name`` is the bare name of the key: what a formula reader sees first."""
        self.meanings[key] = meaning
        self.bases.setdefault(name.text, set()).add(key)
        if len(name.text) > 1 and not name.text.startswith("\\"):
            self.words.add(name.text)

    def copy(self, dimensions: Dimensions) -> SymbolTable:
        """Another one that knows the same and goes its own way."""
        return SymbolTable(
            dict(self.meanings), dict(self.sizes), {k: set(v) for k, v in self.bases.items()}, dict(self.variables),
            dict(self.definitions), list(self.assumptions), set(self.gradient_names), set(self.words), dimensions,
            self.bounds, set(self._open),
        )

    def size(self, key: str) -> Dim:
        """The size of that name, new or known."""
        return self.sizes.setdefault(key, Dim(1, (key,)))

    def context(self) -> Context:
        """A snapshot that later lines cannot change."""
        self._settle()
        labels = {m.labels.name: m.labels for m in self.meanings.values() if isinstance(m, LabelName)}
        functions = {m.declared.name: m.declared for m in self.meanings.values() if isinstance(m, UnknownFunction)}
        return Context(dict(self.variables), labels, functions, dict(self.definitions), tuple(self.assumptions))

    def note_open(self, name: str) -> None:
        """Remembers a definition whose sizes are not all known yet."""
        if open_dimensions((self.variables[name].shape, self.definitions[name])):
            self._open.add(name)

    def _settle(self) -> None:
        """Puts in what has become known of open dimensions."""
        for key in [k for k, v in self.variables.items() if k in self._open or any(map(is_open, v.shape))]:
            self.variables[key] = self.dimensions.settle(self.variables[key])
            if key in self.definitions:
                self.definitions[key] = self.dimensions.settle(self.definitions[key])
            still = bool(open_dimensions((self.variables[key], self.definitions.get(key))))
            (self._open.add if still else self._open.discard)(key)

    # -- what the formula reader asks

    def is_word(self, text: str) -> bool:
        return text in self.words or text in BUILTIN_FUNCTIONS or text in ARRAY_FUNCTIONS

    def is_function(self, text: str) -> bool:
        meaning = self.meanings.get(text)
        if meaning is None and text in self.bases:
            meanings = [self.meanings[key] for key in self.bases[text]]
            return all(isinstance(m, (DefinedFunction, UnknownFunction)) for m in meanings)
        if meaning is not None:
            return isinstance(meaning, (DefinedFunction, UnknownFunction))
        return text in BUILTIN_FUNCTIONS or text in ARRAY_FUNCTIONS

    def is_name(self, text: str) -> bool:
        return text in self.bases or text in self.sizes

    def is_size(self, text: str) -> bool:
        return text in self.sizes and text not in self.bases
