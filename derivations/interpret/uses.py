"""How a document uses names that it does not declare: evidence for what each of them can be.

Nothing here decides.  A name has a list of *kinds* that its uses allow, the likeliest first; ``infer.py`` takes those
with which the whole document conforms.  All names with one letter count as one: ``W_1``, ``W_2``, ``W^{(l)}``.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from itertools import pairwise
from typing import Literal

from derivations.interpret.indices import atoms
from derivations.interpret.names import ARRAY_FUNCTIONS, BUILTIN_FUNCTIONS, spell, spell_name
from derivations.interpret.trees import tree_nodes, unbracketed
from derivations.read import tree as t

Kind = Literal["scalar", "column", "row", "matrix", "square", "family", "labels", "label", "function", "functional", "loss"]
Look = Literal["array", "scalar"]

INDEX_LETTERS = frozenset("ijklmnpqrs")
VECTOR_FUNCTIONS = frozenset({"softmax", "Softmax", "diag", "Diag", "vec", "logsumexp", "lse", "LSE", "norm", "transpose",
                              "mean"})
MATRIX_FUNCTIONS = frozenset({"tr", "Tr", "trace", "det", "logdet"})
FUNCTION_LETTERS = frozenset({"f", "g", "h", "\\phi", "\\varphi", "\\psi", "\\ell", "\\rho", "p", "q"})
LOSS_LETTERS = frozenset({"\\ell", "L", "J", "E", "C", "\\mathcal L", "\\mathcal J", "\\mathcal E", "\\mathcal C"})
SIZE_LETTERS = frozenset("CDKLMNT")  # capitals that often count something
UPPER_GREEK = frozenset({"\\Gamma", "\\Delta", "\\Theta", "\\Lambda", "\\Xi", "\\Pi", "\\Sigma", "\\Upsilon", "\\Phi", "\\Psi",
                         "\\Omega"})
MATRIX_SIGNS = ("", "\\cdot", "*", "@", "\\times", "\\bullet")


@dataclass
class Uses:
    """What is seen of one name."""

    name: t.Name
    indexed: set[int] = field(default_factory=set)  # with how many index letters it stands
    whole: int = 0  # how often it stands without index letters
    array: bool = False  # transposed, normed, multiplied entry by entry, the argument of a softmax
    member: bool = False  # indexed and yet transposed or multiplied as an array: x_i^T w
    after_matrix: bool = False
    before_matrix: bool = False
    beside: set[Look] = field(default_factory=set)  # what it is added to or equated with looks like
    multiplied: bool = False  # a letter stands beside it
    inverted: bool = False
    primed: bool = False
    applied: int = 0
    by: bool = False  # differentiated by
    numerator: bool = False
    label_rows: bool = False  # y_i in a subscript
    label: bool = False  # y in a subscript, bound by nothing

    @property
    def upper(self) -> bool:
        text = self.name.text
        return self.name.font not in ("cal", "bb") and ((len(text) == 1 and text.isupper()) or text in UPPER_GREEK)


def kinds(uses: Uses) -> tuple[Kind, ...]:
    """What the name can be, the likeliest first; none where its uses say nothing that is understood."""
    if uses.label_rows:
        return ("labels",)
    if uses.label and not uses.whole:
        return ("label",)
    if uses.primed:
        return ("function",)
    if uses.applied and not uses.indexed:
        return _applied(uses)
    if uses.numerator and not uses.by and not uses.indexed and not uses.array:
        return ("loss",)
    if max(uses.indexed, default=0) > 2 or uses.name.font in ("cal", "bb"):
        return ()
    if 2 in uses.indexed:
        return ("matrix",)
    if 1 in uses.indexed:
        return _indexed(uses)
    return _matrix(uses) if uses.upper else _small(uses)


def _applied(uses: Uses) -> tuple[Kind, ...]:
    return ("functional",) if spell_name(uses.name) in LOSS_LETTERS and not uses.whole else ()


def _indexed(uses: Uses) -> tuple[Kind, ...]:
    if uses.member or (uses.name.font == "bf" and not uses.upper):
        return ("matrix", "column") if uses.upper else ("family", "column")
    if uses.upper:
        return ("matrix", "column") if uses.after_matrix or uses.before_matrix else ("column", "matrix")
    return ("column", "family")


def _matrix(uses: Uses) -> tuple[Kind, ...]:
    if uses.inverted:
        return ("square",)
    if uses.array or uses.after_matrix or uses.before_matrix or "array" in uses.beside or uses.name.font == "bf":
        return ("matrix", "column")
    if uses.multiplied:
        return ("matrix", "scalar") if uses.name.text in SIZE_LETTERS else ("matrix", "column")
    return ("scalar", "matrix")


def _small(uses: Uses) -> tuple[Kind, ...]:
    if uses.name.font == "bf":
        return ("column", "row")
    if uses.before_matrix and not (uses.after_matrix or uses.array):
        return ("row", "scalar", "column") if not uses.name.text.startswith("\\") else ("scalar", "row")
    if uses.array or uses.after_matrix:
        return ("column", "row", "matrix")
    if "array" in uses.beside:
        return ("column", "row", "scalar", "matrix")
    return ("scalar", "column", "matrix")


class Evidence:
    """Goes through the formulas of a document, in order."""

    def __init__(self, bound: frozenset[str]) -> None:
        self.bound = bound  # letters that some sum binds
        self.uses: dict[str, Uses] = {}
        self.sizes: set[str] = set()  # upper bounds of sums
        self.named: set[str] = set()  # letters whose subscripts are part of the name
        self._looks: dict[str, Look] = {}  # of names that were defined

    def of(self, name: t.Name) -> Uses:
        return self.uses.setdefault(spell_name(name), Uses(name))

    def read(self, chains: Sequence[t.Chain]) -> None:
        for chain in chains:
            self._find_labels(chain)
            self._find_named(chain)
        for chain in chains:
            for member in chain.members:
                self._visit(member)
            for condition in chain.conditions:
                self.read((condition,))
            if set(chain.relations) <= {"=", ":=", "≡"}:
                self._siblings(chain.members)
                key = spell(chain.members[0])
                if key is not None and (look := self._look(chain.members[-1])) is not None:
                    self._looks.setdefault(key, look)

    def _find_labels(self, chain: t.Chain) -> None:
        """``L = -\\log p_y``: a letter in a subscript that nothing binds is the one label."""
        left = chain.members[0]
        if chain.relations[:1] not in (("=",), (":=",)) or not isinstance(left, (t.Name, t.Call, t.ProductOf)):
            return
        nodes = list(tree_nodes(chain.members[1:]))
        bound = {spell(b.index) for n in nodes if isinstance(n, t.BigOperator) for b in n.binders}
        bound |= {spell_name(n) for call in nodes if _is_diag(call) for n in tree_nodes(call) if isinstance(n, t.Name)}
        for node in nodes:
            small = isinstance(node, t.Scripted) and isinstance(node.base, t.Name) and not Uses(node.base).upper  # W_f is a name
            for part in atoms(node.sub, 2) if small and isinstance(node, t.Scripted) else ():
                if isinstance(part, t.Name) and len(part.text) == 1 and part.text.islower() and spell_name(part) not in bound:
                    self.of(part).label = True

    def _find_named(self, chain: t.Chain) -> None:
        """``W_f, W_i, W_o``: where one subscript is no index, none of that letter is."""
        for node in tree_nodes(chain.members):
            if isinstance(node, t.Scripted) and isinstance(node.base, t.Name) and len(found := atoms(node.sub, 2)) == 1:
                part = found[0]
                if isinstance(part, t.Name) and part.text != ":" and not self._is_index(part):
                    self.named.add(spell_name(node.base))

    # -- trees

    def _visit(self, tree: object, array: bool = False) -> None:
        """``array``: what stands here, up to sums, is used as an array."""
        match tree:
            case t.Name():
                self._name(tree, t.Scripted(tree), array)
            case t.Scripted(base=t.Name() as base):
                self._name(base, tree, array)
                self._visit(tree.power)
            case t.Scripted(base=base):
                self._visit(base, array or bool(tree.transpose))
                self._visit(tree.power)
                self._subscripts(tree.sub)
            case t.Bracket(items=items):
                self._visit_all(items, array and len(items) == 1)
            case t.Negative(operand=operand):
                self._visit(operand, array)
            case t.SumOf(terms=terms):
                self._siblings([term for _, term in terms])
                self._visit_all([term for _, term in terms], array)
            case t.ProductOf(factors=factors):
                self._product(factors)
            case t.Call():
                self._call(tree)
            case t.Bars(kind="‖", body=body):
                self._visit(body, True)
            case t.Bars(body=t.Name() as name) if Uses(name).upper:
                self.of(name).inverted = True
            case t.DerivativeOf(operand=operand, by=by):
                self._numerator(operand)
                self._variables(by)
            case t.Nabla(operand=operand, by=variable):
                self._numerator(operand)
                self._variables(() if variable is None else (variable,))
            case t.IndicatorOf(condition=condition):
                self._visit_all([m for m in condition.members if not isinstance(m, t.Name)])
            case t.BigOperator(binders=binders, body=body):
                self._binders(binders)
                self._visit(body, array)
            case t.SetOf() | t.MapsTo() | t.Number() | None:
                pass
            case tuple() | list():
                self._visit_all(tree)
            case t.Node():
                self._visit_all([getattr(tree, f.name) for f in fields(tree)])
            case _:
                pass

    def _visit_all(self, trees: Iterable[object], array: bool = False) -> None:
        for tree in trees:
            self._visit(tree, array)

    def _name(self, base: t.Name, tree: t.Scripted, array: bool) -> None:
        uses = self.of(base)
        count = self._index_count(tree.sub, spell_name(base))
        if count:
            uses.indexed.add(count)
            uses.member |= bool(tree.transpose) and count == 1
        else:
            uses.whole += 1
            uses.array |= array or bool(tree.transpose)
        minus_one = isinstance(tree.power, t.Negative) or (isinstance(tree.power, t.Number) and tree.power.value == -1)
        uses.inverted |= not count and uses.upper and minus_one
        self._subscripts(tree.sub)

    def _index_count(self, sub: tuple[t.Tree, ...], letter: str) -> int:
        """How many indices a subscript has; 0 where it is part of a name."""
        found = atoms(sub, 2)
        if len(found) == 1 and letter in self.named:
            return 0
        return len(found) if found and all(self._is_index(a) for a in found) else 0

    def _is_index(self, part: t.Tree) -> bool:
        match part:
            case t.Scripted(base=t.Name(), sub=(_,)):
                return True  # y_i: a label
            case t.Name():
                key = spell_name(part)
                return key in self.bound or key in INDEX_LETTERS or key == ":" or (key in self.uses and self.uses[key].label)
            case _:
                return False

    def _subscripts(self, sub: tuple[t.Tree, ...]) -> None:
        for part in atoms(sub, 2):
            if isinstance(part, t.Scripted) and isinstance(part.base, t.Name) and len(part.sub) == 1:
                self.of(part.base).label_rows = True

    # -- what stands beside what

    def _product(self, factors: tuple[tuple[str, t.Tree], ...]) -> None:
        applied: set[int] = set()
        for n, (_, factor) in enumerate(factors):
            follows = factors[n + 1] if n + 1 < len(factors) else ("", None)
            if isinstance(factor, (t.Name, t.Scripted)) and self._applies(factor, follows):
                applied.add(n)
                continue
            entrywise = {follows[0], factors[n][0]} & {"\\odot", "\\circ"}
            self._visit(factor, bool(entrywise))
        for n, ((_, left), (sign, right)) in enumerate(pairwise(factors)):
            if sign in MATRIX_SIGNS and n not in applied:
                self._neighbours(_last(left), _first(right))

    def _applies(self, function: t.Name | t.Scripted, follows: tuple[str, t.Tree | None]) -> bool:
        """``f(x)``: one name before a bracket, where the letter or the bracket looks like it."""
        sign, bracket = follows
        base = function.base if isinstance(function, t.Scripted) else function
        if sign != "" or not isinstance(bracket, t.Bracket) or bracket.kind != "(" or not isinstance(base, t.Name):
            return False
        primed = isinstance(function, t.Scripted) and bool(function.primes)
        letter = spell_name(base) in FUNCTION_LETTERS | LOSS_LETTERS
        single = len(bracket.items) > 1 or isinstance(bracket.items[0], (t.Name, t.Scripted))
        if not (primed or letter or (single and not Uses(base).upper)):
            return False
        uses = self.of(base)
        uses.primed |= primed
        uses.applied += 1
        return True

    def _neighbours(self, left: t.Tree | None, right: t.Tree | None) -> None:
        one, other = _scripted(left), _scripted(right)
        if one is None or other is None:
            return
        (a, left_scripts), (b, right_scripts) = one, other
        self.of(a).multiplied = self.of(b).multiplied = True
        if self._is_matrix(a, left_scripts):
            self._beside_matrix(b, right_scripts, after=True)
        if self._is_matrix(b, right_scripts):
            self._beside_matrix(a, left_scripts, after=False)
        for scripts, neighbour, theirs in ((left_scripts, b, right_scripts), (right_scripts, a, left_scripts)):
            if scripts.transpose and self._index_count(theirs.sub, spell_name(neighbour)) == 1:
                self.of(neighbour).member = True
        if left_scripts.transpose and not Uses(a).upper and not self._index_count(right_scripts.sub, spell_name(b)):
            self.of(b).array = True  # an inner product

    def _is_matrix(self, name: t.Name, scripts: t.Scripted) -> bool:
        return Uses(name).upper and not self._index_count(scripts.sub, spell_name(name)) and spell_name(name) not in self.sizes

    def _beside_matrix(self, name: t.Name, scripts: t.Scripted, *, after: bool) -> None:
        uses = self.of(name)
        if after:
            uses.after_matrix = True
        elif not scripts.transpose:
            uses.before_matrix = True
        uses.member |= self._index_count(scripts.sub, spell_name(name)) == 1

    def _siblings(self, trees: Sequence[t.Tree]) -> None:
        """Terms of one sum, or sides of one relation."""
        for n, tree in enumerate(trees):
            found = _scripted(unbracketed(tree.operand if isinstance(tree, t.Negative) else tree))
            if found is None or self._index_count(found[1].sub, spell_name(found[0])):
                continue
            looks = {look for m, other in enumerate(trees) if m != n and (look := self._look(other)) is not None}
            self.of(found[0]).beside |= looks

    def _look(self, tree: t.Tree) -> Look | None:
        """What a term looks like."""
        match unbracketed(tree):
            case t.Name() | t.Scripted(base=t.Name()) as name:
                return self._name_look(name)
            case t.Negative(operand=operand):
                return self._look(operand)
            case t.SumOf(terms=terms):
                return self._joint_look([term for _, term in terms])
            case t.ProductOf(factors=factors):
                return self._product_look([factor for _, factor in factors])
            case t.Call(function=t.Name(text=text), arguments=(argument,)):
                if text in VECTOR_FUNCTIONS - {"logsumexp", "lse", "LSE", "norm", "mean"}:
                    return "array"
                return self._look(argument) if text in BUILTIN_FUNCTIONS else "scalar" if text in ARRAY_FUNCTIONS else None
            case t.Bars() | t.Angle() | t.Number():
                return "scalar"
            case t.BigOperator(body=body):
                return self._look(body)
            case t.Fraction_(numerator=above):
                return self._look(above)
            case _:
                return None

    def _joint_look(self, trees: list[t.Tree]) -> Look | None:
        looks = {self._look(tree) for tree in trees}
        return "array" if "array" in looks else "scalar" if looks == {"scalar"} else None

    def _name_look(self, tree: t.Name | t.Scripted) -> Look | None:
        found = _scripted(tree)
        if found is None:
            return None
        base, scripts = found
        if self._index_count(scripts.sub, spell_name(base)):
            return "scalar" if not (self.of(base).member or base.font == "bf") else None
        known = self._looks.get(spell(t.Scripted(base, scripts.sub, scripts.layer)) or "")
        if known is not None:
            return known
        uses = self.of(base)
        return "array" if uses.upper or uses.array or uses.after_matrix or base.font == "bf" else None

    def _product_look(self, factors: list[t.Tree]) -> Look | None:
        """By its ends: a transposed letter before a plain one is a number, a matrix at an end makes an array."""
        counted = [f for f in map(unbracketed, factors) if not isinstance(f, (t.Number, t.Fraction_))]
        ends = [_scripted(counted[0]), _scripted(counted[-1])] if counted else []
        known = [end for end in ends if end is not None]
        if len(known) != 2:
            return None
        (first, a), (last, b) = known
        if len(counted) > 1 and a.transpose and not b.transpose and not Uses(first).upper and not Uses(last).upper:
            return "scalar"
        upper = [Uses(name).upper and not self._index_count(s.sub, spell_name(name)) for name, s in ((first, a), (last, b))]
        return "array" if any(upper) or (len(counted) > 1 and b.transpose) else None

    # -- functions, derivatives, sums

    def _call(self, call: t.Call) -> None:
        base = call.function.base if isinstance(call.function, t.Scripted) else call.function
        text = base.text if isinstance(base, t.Name) else ""
        if isinstance(base, t.Name) and text not in BUILTIN_FUNCTIONS and text not in ARRAY_FUNCTIONS:
            uses = self.of(base)
            uses.applied += 1
            uses.primed |= isinstance(call.function, t.Scripted) and bool(call.function.primes)
        for argument in call.arguments:
            self._visit(argument, text in VECTOR_FUNCTIONS)
            name = unbracketed(argument)
            if text in MATRIX_FUNCTIONS and isinstance(name, t.Name) and Uses(name).upper:
                self.of(name).inverted = True

    def _numerator(self, operand: t.Tree | None) -> None:
        found = _scripted(operand)
        if found is not None:
            self.of(found[0]).numerator = True
        self._visit(operand)

    def _variables(self, by: tuple[t.Tree, ...]) -> None:
        for variable in by:
            found = _scripted(variable)
            if found is not None:
                self.of(found[0]).by = True
            self._visit(variable)

    def _binders(self, binders: tuple[t.Binder, ...]) -> None:
        for binder in binders:
            if (key := spell(binder.upper) if binder.upper is not None else None) is not None and not key.isdigit():
                self.sizes.add(key)
            if binder.condition is not None:
                self.read((binder.condition,))


def _is_diag(node: t.Node) -> bool:
    """``\\operatorname{diag}(p_i)``: the index goes through the diagonal."""
    return isinstance(node, t.Call) and isinstance(node.function, t.Name) and node.function.text in ("diag", "Diag")


def _scripted(tree: t.Tree | None) -> tuple[t.Name, t.Scripted] | None:
    match tree:
        case t.Name():
            return tree, t.Scripted(tree)
        case t.Scripted(base=t.Name() as base):
            return base, tree
        case _:
            return None


def _last(tree: t.Tree) -> t.Tree:
    tree = tree if not isinstance(tree, t.ProductOf) else tree.factors[-1][1]
    return unbracketed(tree)


def _first(tree: t.Tree) -> t.Tree:
    tree = tree if not isinstance(tree, t.ProductOf) else tree.factors[0][1]
    return unbracketed(tree)
