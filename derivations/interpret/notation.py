"""Formula trees to typed expressions: what each piece of notation means (CONTRACT section 1)."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fractions import Fraction

from derivations.claims import Caveat, Labels, Variable
from derivations.expr import (
    ONE,
    SCALAR,
    UNIT,
    ZERO,
    Add,
    Apply,
    Build,
    Builtin,
    Delta,
    Derivative,
    Det,
    Dim,
    Entry,
    Expr,
    Free,
    Function,
    Index,
    IndexTerm,
    LabelOf,
    Lambda,
    Let,
    Map,
    Num,
    Pi,
    Position,
    Power,
    Shape,
    Size,
    Sym,
    Times,
    negative,
    number,
    read_through,
)
from derivations.interpret import binders, calculus
from derivations.interpret.algebra import Algebra
from derivations.interpret.conventions import Conventions
from derivations.interpret.dimensions import open_dimensions
from derivations.interpret.ellipsis import continued
from derivations.interpret.functions import ARRAY_HANDLERS
from derivations.interpret.indices import Scope, atoms
from derivations.interpret.members import Members
from derivations.interpret.names import (
    ARRAY_FUNCTIONS,
    BUILTIN_FUNCTIONS,
    Array,
    DefinedFunction,
    LabelName,
    Meaning,
    SymbolTable,
    UnknownFunction,
    family_variants,
    members_of,
    namesake,
    spell,
    spell_name,
    spell_scripted,
)
from derivations.interpret.reach import bracket_alone, reaching_further
from derivations.interpret.slashes import divided
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t
from derivations.read.scripts import SIGNS
from derivations.shapes import describe
from derivations.source import Problem, Span

ROW_LETTERS = frozenset("ijklmnpqrs")
MEMBER = "x_i is a row or a column of "  # kinds of choices about members begin so
AS_ROW = f"{MEMBER}something, and stands for a row vector"
HALF = Num(Fraction(1, 2))
STEP, RELU, LOG, EXP = Builtin("step"), Builtin("relu"), Builtin("log"), Builtin("exp")
MATRIX_FUNCTIONS = frozenset({EXP, LOG, Builtin("sin"), Builtin("cos"), Builtin("tanh")})  # square matrices have them too


@dataclass
class Mode:
    """How ``dX`` and ∂ are read in one claim."""

    layout: str = "mixed"
    gradient_of: Sym | None = None  # dX names the gradient of this scalar, unless X varies
    constants: tuple[str, ...] = ()  # variables under a d(…) that are held constant
    varying: tuple[Sym, ...] = ()  # the variables whose differentials are independent
    differentials: bool = False
    class_sizes: frozenset[Dim] = frozenset()
    both_derivatives: frozenset[tuple[str, str]] = frozenset()  # pairs that stand with ∂ and with d


@dataclass
class Elaborator:
    """Turns the trees of one claim into expressions over one symbol table."""

    table: SymbolTable
    algebra: Algebra
    scope: Scope
    mode: Mode = field(default_factory=Mode)
    text: str = ""  # the text that the trees' places are in
    suppositions: Suppositions | None = None  # of what nothing is said, where shapes are inferred
    conventions: Conventions = field(default_factory=Conventions)  # what the running text says of signs
    members: Members = field(default_factory=Members)  # rows and columns with names of their own
    kinks: list[str] = field(default_factory=list)  # conditions on values, as written: what they say at equality
    borders: list[str] = field(default_factory=list)  # values said to hold at equality alone

    def is_scalar(self, tree: t.Tree) -> bool:
        """Whether a formula reads as a number; asking fixes no sizes."""
        try:
            with self.algebra.dimensions.untouched():
                return self.algebra.shape(self.expression(tree)) == SCALAR
        except Problem:
            return False

    def caveats(self) -> tuple[Caveat, ...]:
        """What may be meant otherwise in all that was read so far."""
        return (*self.algebra.caveats, *self.scope.caveats)

    # ---------------------------------------------------------------- trees

    def expression(self, tree: t.Tree) -> Expr:
        """The meaning of a tree; raises Problem with its place where there is none."""
        if self.conventions.signs and (sign := self.conventions.breach(tree)) is not None:
            raise Problem("unsupported-notation", f"the running text gives {sign} a meaning that is not supported", tree.span,
                          "write what is meant with other signs")
        match tree:
            case t.Number(value=value):
                return number(value)
            case t.Name() | t.Scripted():
                return self._scripted(tree)
            case t.Bracket(items=(item,)):
                return self.expression(item)
            case t.Bars(kind=kind, body=body):
                operand = self.expression(body)
                return self.algebra.bars(operand, tree.span) if kind == "|" else self.algebra.norm(operand, "", tree.span)
            case t.Angle(items=(left, right)):
                return self._inner(left, right, tree.span)
            case t.Call():
                return self._call(tree)
            case t.Negative(operand=inner):
                return negative(self.expression(inner))
            case t.SumOf():
                return self._sum(tree)
            case t.ProductOf():
                return self._product(tree)
            case t.Fraction_(numerator=above, denominator=below):
                return self.algebra.quotient(self.expression(above), self.expression(below), tree.span)
            case t.Root():
                return self._root(tree)
            case t.DerivativeOf():
                return calculus.derivative(self, tree)
            case t.Nabla():
                return calculus.nabla(self, tree)
            case t.DifferentialOf(operand=inner):
                return calculus.differential(self, inner, tree.span)
            case t.BigOperator():
                return binders.big_operator(self, tree)
            case t.Cases():
                return binders.cases(self, tree)
            case t.IndicatorOf(condition=condition):
                return binders.condition(self, condition)
            case t.MatrixLiteral():
                return self._matrix(tree)
            case t.Ellipsis_():
                raise Problem("ellipsis", "the ellipsis cannot be continued from what stands around it", tree.span)
            case _:
                raise Problem("unsupported-notation", "this has no meaning as a value here", tree.span)

    def condition(self, chain: t.Chain) -> Expr:
        """A condition as a number, 1 where it holds and 0 where it fails."""
        return binders.condition(self, chain)

    # ---------------------------------------------------------------- names

    def resolve(self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], star: int = 0, primes: int = 0
                ) -> tuple[Meaning | None, tuple[t.Tree, ...], bool]:
        """The meaning of a name, the subscripts that are left as indices, and whether primes belong to the name."""
        for with_primes in (True, False) if primes else (False,):
            count = primes if with_primes else 0
            key = spell_scripted(base, sub, layer, count, star)
            if key in self.table.meanings and not (sub and self._any_bound(sub)):
                return self.table.meanings[key], (), with_primes
            key = spell_scripted(base, (), layer, count, star)
            if sub and (members := self.table.meanings.get(members_of(key or ""))) is not None:
                return members, sub, with_primes
            if key in self.table.meanings:
                return self.table.meanings[key], sub, with_primes
        unit_vector = base.text == "e" and len(atoms(sub, 0)) == 1  # e_i beside a matrix E is a unit vector all the same
        for variant in family_variants(base) if (sub or base.font) and not unit_vector else []:
            key = spell_scripted(variant, (), layer, 0, star)
            meaning = self.table.meanings.get(key or "")
            if isinstance(meaning, Array) and self._fits(meaning, sub, same_case=variant.text == base.text):
                return meaning, sub, False
        return None, sub, False

    def _fits(self, meaning: Array, sub: tuple[t.Tree, ...], same_case: bool) -> bool:
        """A name in another font is the same name; in the other case it stands for single entries only."""
        rank = len(meaning.sym.shape)
        if same_case:
            return not sub or rank > 0
        return rank > 0 and len(atoms(sub, rank)) in (rank, 1)

    def _any_bound(self, sub: tuple[t.Tree, ...]) -> bool:
        return any(isinstance(a, t.Name) and self.scope.is_bound(spell(a) or "") for a in atoms(sub, 0))

    def _scripted(self, tree: t.Name | t.Scripted) -> Expr:
        """Base, then indices, then transposition and power, in the order in which they are meant."""
        if (letters := self._letters_under_one_font(tree)) is not None:
            return self.expression(letters)
        if isinstance(tree, t.Name):
            return self._name(tree, (), (), tree.span)
        if tree.exponent is not None and self._is_power(tree, tree.exponent):
            tree = replace(tree, transpose=0, exponent=None, power=tree.exponent)
        if tree.power is not None and (special := self._special_power(tree)) is not None:
            return special
        if isinstance(tree.base, t.Name):
            value = self._name(tree.base, tree.sub, tree.layer, tree.span, tree.star, tree.primes)
        elif isinstance(tree.base, t.Bars) and tree.base.kind == "‖":
            return self._norm(tree, tree.base)
        elif isinstance(tree.base, t.Angle) and [spell(part) for part in tree.sub] in (["F"], ["2"]):
            return self._raise(self.expression(tree.base), replace(tree, sub=()))
        else:
            value = self.expression(tree.base)
            if tree.layer or tree.star or tree.primes:
                raise Problem("unsupported-notation", "only a name can carry a layer, a star or a prime", tree.span)
            if tree.sub:
                value = self.entry(value, tree.sub, tree.span)
        return self._raise(value, tree)

    def _letters_under_one_font(self, tree: t.Name | t.Scripted) -> t.Tree | None:
        """``\\mathbf{AX}`` is 𝐀𝐗 where no name AX is known; scripts belong to the last letter."""
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name) or base.font != "bf" or len(base.text) < 2 or not base.text.isalpha():
            return None
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        if self.resolve(base, scripts.sub, scripts.layer, scripts.star)[0] is not None:
            return None
        names: list[t.Tree] = [replace(base, text=letter) for letter in base.text]
        if isinstance(tree, t.Scripted):
            last = names[-1]
            names[-1] = replace(tree, base=last)
        return t.ProductOf(tuple(("", name) for name in names), span=tree.span)

    def _raise(self, value: Expr, tree: t.Scripted) -> Expr:
        if tree.transpose % 2:
            value = self.algebra.transpose(value, tree.span)
        if tree.power is None:
            return value
        return self.algebra.power(value, self.expression(tree.power), tree.span)

    def _is_power(self, tree: t.Scripted, exponent: t.Tree) -> bool:
        """Whether ``\\gamma^T``, ``\\gamma^{T-1}`` are powers: both are numbers, and the document has a T."""
        try:
            with self.algebra.dimensions.untouched():
                base = self.expression(replace(tree, transpose=0, exponent=None, power=None))
                if self.algebra.shape(base) != SCALAR:
                    return False
                if not self.table.is_name("T"):
                    return self._refuse_transposed_number(base, tree.span)
                return self.algebra.shape(self.expression(exponent)) == SCALAR
        except Problem as problem:
            if problem.code == "transposed-number":
                raise
            return False

    def _refuse_transposed_number(self, base: Expr, span: Span) -> bool:
        """``\\gamma^T`` of a declared number, where the text alone says what T is."""
        inferred = self.suppositions.found if self.suppositions is not None else {}
        if isinstance(base, Sym) and base.name not in self.table.definitions and base.name not in inferred:
            raise Problem("transposed-number", f"{base.name} is a number: is this its transpose, or a power?", span,
                          "declare T, or write \\top")
        return False

    def _special_power(self, tree: t.Scripted) -> Expr | None:
        """``e^{…}``, and powers of a σ that the document knows only as σ²."""
        if isinstance(tree.power, t.Name) and tree.power.text in SIGNS:
            raise Problem("unsupported-notation", f"the superscript {tree.power.text} is not supported", tree.power.span,
                          "define or declare the name that it is a part of")
        if not isinstance(tree.base, t.Name) or tree.power is None or tree.layer:
            return None
        key = spell_name(tree.base)
        if isinstance(tree.power, t.Number) and (named := self._square_with_subscript(tree.base, tree.sub)) is not None:
            exponent = tree.power.value / 2
            return named if exponent == 1 else Power(named, Num(exponent))
        if key in self.table.meanings or self.scope.lookup(key) is not None:
            return None
        if tree.base.text == "e" and not tree.base.accents and not tree.sub:
            return self._apply_builtin(EXP, self.expression(tree.power), tree.span, "e^{A}")
        square = self.table.meanings.get(f"{key}^2")
        if isinstance(square, Array) and isinstance(tree.power, t.Number):
            value = self.entry(square.sym, tree.sub, tree.span) if tree.sub else square.sym
            exponent = tree.power.value / 2
            return value if exponent == 1 else Power(value, Num(exponent))
        return None

    def _square_with_subscript(self, base: t.Name, sub: tuple[t.Tree, ...]) -> Sym | None:
        """The σ_B² of a document that knows σ_B as little as σ."""
        if not sub or (spell_scripted(base, sub, ()) or "") in self.table.meanings:
            return None
        square = self.table.meanings.get(spell_scripted(t.Name(f"{spell_name(base)}^2"), sub, ()) or "")
        return square.sym if isinstance(square, Array) else None

    def _name(self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], span: Span,
              star: int = 0, primes: int = 0) -> Expr:
        if not sub and not layer and self.scope.lookup(spell_name(base)) is not None:
            raise Problem("index", f"the index {spell_name(base)} stands where a value is expected", span)
        meaning, rest, named = self.resolve(base, sub, layer, star, primes)
        if meaning is None:
            return self._unknown_name(base, sub, layer, span, star, primes)
        if primes and not named:
            if isinstance(meaning, DefinedFunction):
                return self.apply_meaning(meaning, meaning.parameter, primes, span)
            raise Problem("unsupported-notation", "a prime belongs to a function or to a name declared with it", span)
        value = self.value_of(meaning, span)
        if not rest:
            return value
        if isinstance(meaning, Array) and len(meaning.sym.shape) == 2 and len(atoms(rest, 2)) == 1 and not meaning.family:
            if not self._counts(rest[0]):
                return self._builtin_name(base, sub, layer, span)
            return self._member(meaning.sym, rest[0], spell_name(base), span)
        return self.entry(value, rest, span, isinstance(meaning, Array) and meaning.family)

    def _unknown_name(self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], span: Span,
                      star: int, primes: int) -> Expr:
        """A name that the document says nothing of: built in, or supposed to be what its uses ask for."""
        try:
            return self._builtin_name(base, sub, layer, span)
        except Problem as problem:
            supposed = self.suppositions
            if problem.code != "undeclared" or supposed is None or not supposed.enter(self, base, sub, layer, star, primes):
                raise
        return self._name(base, sub, layer, span, star, primes)

    def _counts(self, part: t.Tree) -> bool:
        """Whether a subscript picks a row; ``W_o`` beside a matrix W is a name that nobody has declared."""
        key = spell(part) or ""
        known = self.scope.lookup(key) is not None or self.bare_label(part) is not None
        return known or isinstance(part, (t.Number, t.Scripted)) or key in ROW_LETTERS

    def _member(self, matrix: Sym, part: t.Tree, written: str, span: Span) -> Expr:
        """``x_i`` beside a matrix X: its row i as a column, or its column i where the index ranges over the columns."""
        value = self.algebra.dimensions.settle(matrix)
        colon = t.Name(":", span=span)
        sides: dict[str, tuple[t.Tree, ...]] = {"row": (part, colon), "column": (colon, part)}
        fitting = [side for side, sub in sides.items() if self._has_entry(value, sub, span)]
        if len(fitting) == 2 and written in self.members.unsure:
            raise Problem("unsupported-notation", f"whether {written} is a row or a column of {matrix.name} is not clear", span,
                          f"write {matrix.name}_{{i,:}} or {matrix.name}_{{:,i}}")
        if len(fitting) == 2 and self.algebra.choices.pick(f"{MEMBER}{matrix.name}"):
            fitting = ["column"]
        side = fitting[0] if fitting else "column"
        self.scope.read(f"{written}_{spell(part)} is read as {side} {spell(part)} of {matrix.name}")
        return self.entry(value, sides[side], span)

    def _has_entry(self, value: Expr, sub: tuple[t.Tree, ...], span: Span) -> bool:
        try:
            with self.algebra.dimensions.untouched():
                self.entry(value, sub, span)
        except Problem:
            return False
        return True

    def value_of(self, meaning: Meaning, span: Span) -> Expr:
        """A name on its own as a value."""
        match meaning:
            case Array(sym=sym):
                return self.algebra.dimensions.settle(sym)
            case LabelName(labels=labels):
                return self.one_hot(labels)
            case DefinedFunction(parameter=parameter, body=body):
                known = self.table.meanings.get(parameter.name)
                if isinstance(known, Array) and known.sym == parameter:
                    return body
                raise Problem("unsupported-notation", "a function stands where a value is expected", span)
            case UnknownFunction():
                raise Problem("unsupported-notation", "a function stands where a value is expected", span,
                              "apply it to an argument in brackets")

    def one_hot(self, labels: Labels) -> Expr:
        """The labels as an array of zeros and ones, one row for each label."""
        column = self.algebra.index("c", labels.classes)
        if labels.rows is None:
            return Build((column,), Delta(column, LabelOf(labels.name, None, labels.classes)))
        row = self.algebra.index("r", labels.rows)
        return Build((row, column), Delta(column, LabelOf(labels.name, row, labels.classes)))

    def _builtin_name(self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], span: Span) -> Expr:
        """Names with a meaning of their own: I, 𝟏, e, π, e_i; anything else is undeclared."""
        text = base.text
        if not layer:
            if (size := self.table.sizes.get(spell_scripted(base, sub, ()) or "")) is not None:
                return Size(size)
            if (key := spell_scripted(base, sub, ()) or "") in self.table.bounds:  # 1/n before Σ_{i=1}^n
                return Size(self.table.size(key))
            if text == "1" and base.font:
                return self._sized(self.algebra.ones(), sub)
            if text == "0" and base.font:
                return ZERO
            if text == "I" and not base.accents:
                return self._sized(self.algebra.identity(), sub)
            if text == "e" and not base.accents:
                return self._unit_vector(sub, span) if sub else Map(EXP, UNIT)
            if text == "\\pi" and not sub:
                return Pi()
            if (named := self._square_with_subscript(base, sub)) is not None:
                return Power(named, HALF)
            square = self.table.meanings.get(f"{spell_name(base)}^2")
            if isinstance(square, Array):
                return Power(self.entry(square.sym, sub, span) if sub else square.sym, HALF)
            if text == "\\delta" and len(found := atoms(sub, 2)) == 2:
                return self.delta(found[0], found[1], span)
        key = spell_scripted(base, sub, layer) or spell_name(base)
        if (parameter := self._parameter(key)) is not None:
            return parameter
        hint = f"declare it, for example ${key} \\in \\mathbb{{R}}^{{n \\times m}}$"
        raise Problem("undeclared", f"{key} is not declared", span, hint)

    def _parameter(self, key: str) -> Sym | None:
        """The s of ``\\sigma(s) = …`` in a later line: any number."""
        known = [m.parameter for m in self.table.meanings.values() if isinstance(m, DefinedFunction)]
        found = next((p for p in known if p.name == key and p.shape == SCALAR), None)
        if found is not None:
            self.table.variables.setdefault(key, Variable(key, SCALAR))
        return found

    def _sized(self, value: Expr, sub: tuple[t.Tree, ...]) -> Expr:
        """``I_n``, ``\\mathbf 1_n``."""
        if sub:
            dim = self.size(sub[0])
            for axis in self.algebra.shape(value):
                self.algebra.dimensions.unify(axis, dim)
        return self.algebra.dimensions.settle(value)

    def _unit_vector(self, sub: tuple[t.Tree, ...], span: Span) -> Expr:
        if len(sub) != 1:
            raise Problem("index", "e_i has one index", span)
        place = self.algebra.index("u", self.algebra.dimensions.fresh())
        term = self.scope.term(sub[0], place.dim)
        place = self.algebra.dimensions.settle(place)
        return Build((place,), Delta(place, self.algebra.dimensions.settle(term)))

    def delta(self, left: t.Tree, right: t.Tree, span: Span) -> Expr:
        dim = self.algebra.dimensions.fresh()
        one, other = self.scope.term(left, dim), self.scope.term(right, dim)
        return self.algebra.dimensions.settle(Delta(one, other))

    def size(self, tree: t.Tree) -> Dim:
        """A dimension: a number, a size that the document names, or a product of them."""
        match tree:
            case t.Number(value=value) if value.denominator == 1 and value > 0:
                return Dim(int(value))
            case t.Bracket(items=(item,)):
                return self.size(item)
            case t.ProductOf(factors=factors) if all(sign in ("", "\\cdot", "\\times", "*") for sign, _ in factors):
                result = ONE
                for _, factor in factors:
                    result = result * self.size(factor)
                return result
            case t.Name() | t.Scripted() if (key := spell(tree)) is not None:
                return self.table.size(key)
            case _:
                raise Problem("size", "expected a size: a number or a name such as n", tree.span)

    # -------------------------------------------------------------- entries

    def entry(self, value: Expr, sub: tuple[t.Tree, ...], span: Span, family: bool = False) -> Expr:
        """``X_{ij}``, ``A_{i:}``, a member ``u_k`` of a family: fewer indices than axes leave the other axes."""
        shape = self.algebra.shape(value)
        parts = atoms(sub, len(shape))
        if len(shape) == 2 and shape[0] == ONE and len(parts) == 1:  # an entry of a row
            parts = [t.Number(Fraction(1), "1", span=span), *parts]
        if len(parts) > len(shape) or not shape:
            raise Problem("index", f"{len(parts)} indices do not fit {describe(shape)}", span)
        a_row = len(parts) == 1 and len(shape) == 2  # A_i is row i
        if len(parts) < len(shape) and not (family or a_row or any(_is_colon(p) for p in parts)):
            raise Problem("index", f"{len(parts)} indices do not fit {describe(shape)}", span,
                          "write a colon for an axis that is kept: A_{i:}")
        terms, kept = self._index_terms(parts, shape, span)
        body = self.algebra.dimensions.settle(Entry(self.algebra.dimensions.settle(value), tuple(terms)))
        if not kept:
            return body
        found = self.algebra.dimensions.settle(Build(tuple(kept), body))
        is_row = len(shape) == 2 and not family and terms[1] in kept and terms[0] not in kept
        if is_row and not self._is_upright(value) and self.algebra.choices.pick(AS_ROW):
            self.scope.read("rows with names or colons (x_i, X_{i:}) are row vectors")
            return self.algebra.transpose(found, span)
        return found

    def _is_upright(self, value: Expr) -> bool:
        return isinstance(value, Sym) and value.name in self.members.upright

    def _index_terms(self, parts: list[t.Tree], shape: Shape, span: Span) -> tuple[list[IndexTerm], list[Index]]:
        """One term for each axis; labels last, when the row index is known."""
        padded = [*parts, *[t.Name(":", span=span)] * (len(shape) - len(parts))]
        kept: list[Index] = []
        terms: dict[int, IndexTerm] = {}
        later: list[int] = []
        for axis, part in enumerate(padded):
            if _is_colon(part):
                index = self.algebra.index("a", shape[axis])
                kept.append(index)
                terms[axis] = index
            elif self.bare_label(part) is not None:
                later.append(axis)
            else:
                terms[axis] = self.scope.term(part, shape[axis])
        for axis in later:
            terms[axis] = self._label_term(padded[axis], shape[axis], list(terms.values()))
        return [terms[a] for a in range(len(shape))], kept

    def bare_label(self, part: t.Tree) -> Labels | None:
        if not isinstance(part, t.Name) or self.scope.lookup(spell(part) or "") is not None:
            return None
        meaning = self.table.meanings.get(spell(part) or "")
        return meaning.labels if isinstance(meaning, LabelName) else None

    def _label_term(self, part: t.Tree, dim: Dim, others: list[IndexTerm]) -> IndexTerm:
        labels = self.bare_label(part)
        assert labels is not None
        rows = [o for o in others if labels.rows is not None and self.algebra.dimensions.resolve(o.dim) == labels.rows]
        row = rows[0] if len(rows) == 1 else None
        if row is not None and isinstance(row, Index):
            letter = row.name.split("#")[0]
            self.scope.read(f"{labels.name} is read as {labels.name}_{letter}, the label of row {letter}")
        return self.scope.label(labels, row, dim, part.span)

    # ------------------------------------------------------ sums, products

    def _sum(self, tree: t.SumOf) -> Expr:
        """Terms of one shape are collected, so that a long sum is read in time proportional to its length."""
        if any(isinstance(term, t.Ellipsis_) for _, term in tree.terms):
            return self._continued_sum(tree)
        values = [(sign, self.expression(term)) for sign, term in tree.terms]
        terms = [negative(value) if sign < 0 else value for sign, value in values]
        shapes = {self.algebra.shape(term) for term in terms}
        if len(shapes) == 1 and not open_dimensions(tuple(shapes)):
            return Add(tuple(terms)) if len(terms) > 1 else terms[0]
        result = terms[0]
        for term in terms[1:]:
            result = self.algebra.add(result, term, tree.span)
        return result

    def _continued_sum(self, tree: t.SumOf) -> Expr:
        """``x_1 + \\dots + x_n``: a term's sign belongs to it, so that the pattern shows it."""
        signed = [t.Negative(x, span=x.span) if sign < 0 and not isinstance(x, t.Ellipsis_) else x for sign, x in tree.terms]
        parts = continued(signed, "sum", self._letters_in_use(tree))
        self.scope.read(f"{self._excerpt(tree)} is read as a sum")
        if len(parts) == 1:
            return self.expression(parts[0])
        return self.expression(t.SumOf(tuple((1, part) for part in parts), span=tree.span))

    def _letters_in_use(self, tree: t.Tree) -> frozenset[str]:
        written = {spell_name(n) for n in tree_nodes(tree) if isinstance(n, t.Name)}
        return frozenset(written | set(self.table.meanings) | set(self.scope.free) | {letter for letter, _ in self.scope.bound})

    def _excerpt(self, tree: t.Tree) -> str:
        return " ".join(self.text[tree.span.start : tree.span.end].split())

    def _composed(self, factors: list[tuple[str, t.Tree]]) -> list[tuple[str, t.Tree]]:
        """The factors with ``(f \\circ g)(x)`` as f(g(x)), of functions; a composition by itself is no value."""
        found: list[tuple[str, t.Tree]] = []
        for n, (sign, factor) in enumerate(factors):
            if sign == "\\circ" and self._is_function(factor) and n and self._is_function(factors[n - 1][1]):
                raise Problem("unsupported-notation", "a composition of functions stands where a value is expected", factor.span,
                              "apply it to an argument in brackets")
            before = found[-1][1] if found else None
            match before, factor:
                case t.Bracket(items=(t.ProductOf(factors=(("", outer), ("\\circ", inner))),)), t.Bracket(items=arguments) if (
                        sign == "" and self._is_function(outer) and self._is_function(inner)):
                    inside = t.Call(inner, arguments, span=factor.span)
                    found[-1] = (found[-1][0], t.Call(outer, (inside,), span=factor.span))
                case _:
                    found.append((sign, factor))
        return found

    def _is_function(self, tree: t.Tree) -> bool:
        return isinstance(tree, t.Name) and self.table.is_function(spell_name(tree))

    def _product(self, tree: t.ProductOf) -> Expr:
        if any(isinstance(factor, t.Ellipsis_) for _, factor in tree.factors):
            parts = continued([factor for _, factor in tree.factors], "prod", self._letters_in_use(tree))
            self.scope.read(f"{self._excerpt(tree)} is read as a product")
            return self.algebra.product([("", self.expression(part), part.span) for part in parts])
        factors = divided(self, self._composed(list(tree.factors)))
        if (further := reaching_further(self, tuple(factors))) is not None:
            saved = self.algebra.dimensions.save()
            try:
                return self._product(replace(tree, factors=further))
            except Problem:  # what stands before the sign alone conforms
                self.algebra.dimensions.restore(saved)
        spans = [tree.span, *tree.sign_spans] if len(tree.sign_spans) + 1 == len(factors) else [tree.span] * len(factors)
        built: list[tuple[str, Expr, Span | None]] = []
        for n, (sign, factor) in enumerate(factors):
            if isinstance(factor, t.DerivativeOf) and factor.operand is None:
                if self._is_bracket_alone(factors[n + 1 :]):
                    value = calculus.operator(self, factor, [factors[n + 1]], tree)
                    behind = [(mark, self.expression(x), x.span) for mark, x in factors[n + 2 :]]
                    return self.algebra.product([*built, (sign, value, factor.span), *behind])
                value = calculus.operator(self, factor, factors[n + 1 :], tree)
                return self.algebra.product([*built, (sign, value, factor.span)])
            if (applied := self._application(factors, n)) is not None:
                return self._with_application(built, applied, factors, n, tree)
            if self._says_what_it_depends_on(factors, n):
                rest = (*factors[: n + 1], *factors[n + 2 :])
                return self.expression(rest[0][1]) if len(rest) == 1 else self._product(t.ProductOf(rest, span=tree.span))
            span = spans[n] if n < len(spans) else tree.span
            built.append((sign, self.expression(factor), span if sign else factor.span))
        return self.algebra.product(built)

    def _is_bracket_alone(self, behind: list[tuple[str, t.Tree]]) -> bool:
        """``\\frac{d}{dx} [x^2] x`` where the document reads so."""
        juxtaposed = len(behind) > 1 and all(sign == "" for sign, _ in behind[1:])
        return juxtaposed and isinstance(behind[0][1], t.Bracket) and bracket_alone(self)

    def applies(self, factors: list[tuple[str, t.Tree]], n: int) -> bool:
        """Whether factor n and the bracket behind it are one: a function and its argument."""
        return self._application(factors, n) is not None or self._says_what_it_depends_on(factors, n)

    def _says_what_it_depends_on(self, factors: list[tuple[str, t.Tree]], n: int) -> bool:
        """``J(w)`` for a J whose definition speaks of w, ``\\frac{df}{dx}(x)``: the value."""
        if n + 1 >= len(factors) or factors[n + 1][0] != "" or not isinstance(bracket := factors[n + 1][1], t.Bracket):
            return False
        if bracket.kind != "(" or not (depends := self._depends(factors[n][1])):
            return False
        if len(bracket.items) == 1 and isinstance(bracket.items[0], t.Number):
            raise Problem("unsupported-notation", "the value at a point is not supported", bracket.span,
                          "as a product, write the number first")
        names = [self._name_of(item) for item in bracket.items]
        if None in names or depends.isdisjoint(names):
            return False
        written = " ".join(self.text[factors[n][1].span.start : bracket.span.end].split())
        self.scope.read(f"{written} is read as a value, not as a product: it depends on what stands in the bracket")
        return True

    def _depends(self, tree: t.Tree) -> frozenset[str]:
        """The names that a defined name, or a derivative, is a function of."""
        if isinstance(tree, t.DerivativeOf):
            by = frozenset(name for one in tree.by if (name := self._name_of(one)) is not None)
            return by | (self._depends(tree.operand) if tree.operand is not None else frozenset())
        value = self._whole_name(tree)
        return frozenset() if value is None else self._closure(value)

    def _name_of(self, tree: t.Tree) -> str | None:
        """A variable's name; that of a function's parameter is declared nowhere."""
        found = self._whole_name(tree)
        if found is not None:
            return found.name
        return spell(tree) if isinstance(tree, t.Name) and spell(tree) not in self.table.meanings else None

    def _whole_name(self, tree: t.Tree) -> Sym | None:
        """The array that a tree names, as a whole."""
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name):
            return None
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        if scripts.transpose or scripts.power is not None:
            return None
        meaning, rest, _ = self.resolve(base, scripts.sub, scripts.layer, scripts.star, scripts.primes)
        return meaning.sym if isinstance(meaning, Array) and not rest else None

    def _closure(self, sym: Sym) -> frozenset[str]:
        """All names that the definition of a name reads, and those that theirs read."""
        value = self.table.definitions.get(sym.name)
        return frozenset() if value is None else self.reads(value)

    def reads(self, value: Expr) -> frozenset[str]:
        """All names that a value reads, itself or through definitions."""
        return read_through((value,), self.table.definitions)

    def _application(self, factors: list[tuple[str, t.Tree]], n: int) -> t.Call | None:
        """A function name before a bracket that the reader took for a product."""
        if n + 1 >= len(factors) or factors[n + 1][0] != "" or not isinstance(factors[n + 1][1], t.Bracket):
            return None
        function, bracket = factors[n][1], factors[n + 1][1]
        assert isinstance(bracket, t.Bracket)
        base = function.base if isinstance(function, t.Scripted) else function
        if not isinstance(base, t.Name):
            return None
        scripts = function if isinstance(function, t.Scripted) else t.Scripted(base)
        meaning, rest, _ = self.resolve(base, scripts.sub, scripts.layer, scripts.star)
        if meaning is None and self.suppositions is not None:
            meaning = self._supposed_function(base, bracket)
        if isinstance(meaning, Array) and not rest and len(bracket.items) == 1:
            meaning = self.table.meanings.get(namesake(spell_name(base)))
        if rest or not isinstance(meaning, (DefinedFunction, UnknownFunction)):
            return None
        return t.Call(function, bracket.items, True, span=function.span | bracket.span)

    def _supposed_function(self, base: t.Name, bracket: t.Bracket) -> Meaning | None:
        """φ in a document that has φ′ and says no more of it; ℓ of one array."""
        supposed = self.suppositions
        if supposed is None or len(bracket.items) != 1:
            return None
        kind = supposed.kinds.get(spell_name(base))
        if kind == "function":
            supposed.enter(self, base, (), ())
        elif kind == "functional":
            supposed.enter_functional(self, base, self.algebra.shape(self.expression(bracket.items[0])))
        return self.table.meanings.get(spell_name(base))

    def _with_application(self, built: list[tuple[str, Expr, Span | None]], call: t.Call,
                          factors: list[tuple[str, t.Tree]], n: int, tree: t.ProductOf) -> Expr:
        joined = [*factors[:n], (factors[n][0], call), *factors[n + 2 :]]
        if len(joined) == 1:
            return self.expression(call)
        return self._product(t.ProductOf(tuple(joined), span=tree.span))

    def _inner(self, left: t.Tree, right: t.Tree, span: Span) -> Expr:
        """⟨a, b⟩: the sum of products of entries."""
        pair = self.algebra.same_shape(self.expression(left), self.expression(right))
        if pair is None:
            raise Problem("shape", "an inner product needs two arrays of one shape", span)
        return self.algebra.total(Times(*pair))

    def _root(self, tree: t.Root) -> Expr:
        degree = 2 if tree.degree is None else None
        if isinstance(tree.degree, t.Number) and tree.degree.value.denominator == 1 and tree.degree.value > 0:
            degree = int(tree.degree.value)
        if degree is None:
            raise Problem("unsupported-notation", "the degree of a root must be a whole number", tree.span)
        radicand = self.expression(tree.radicand)
        self.may_be_matrix_function(radicand, "the root")
        return Power(radicand, Num(Fraction(1, degree)))

    def _norm(self, tree: t.Scripted, bars: t.Bars) -> Expr:
        kind = ",".join(spell(part) or "?" for part in tree.sub)
        operand = self.expression(bars.body)
        if isinstance(tree.power, t.Number) and tree.power.value == 2 and kind in ("", "2", "F"):
            return self.algebra.squared_norm(operand, kind, tree.span)
        value = self.algebra.norm(operand, kind, tree.span)
        return value if tree.power is None else self.algebra.power(value, self.expression(tree.power), tree.span)

    def _matrix(self, tree: t.MatrixLiteral) -> Expr:
        """A literal matrix, as a sum of its entries at their places."""
        rows, columns = Dim(len(tree.rows)), Dim(max((len(r) for r in tree.rows), default=0))
        if not tree.rows or any(len(r) != columns.coefficient for r in tree.rows):
            raise Problem("shape", "the rows of a matrix must have one length", tree.span)
        i, j = self.algebra.index("i", rows), self.algebra.index("j", columns)
        terms: list[Expr] = []
        for p, row in enumerate(tree.rows, 1):
            for q, cell in enumerate(row, 1):
                value = self.expression(cell)
                if self.algebra.shape(value) != SCALAR:
                    raise Problem("unsupported-notation", "the entries of a matrix must be scalars here", cell.span)
                terms.append(Times(Times(Delta(i, Position(p, rows)), Delta(j, Position(q, columns))), value))
        body = terms[0] if len(terms) == 1 else Add(tuple(terms))
        kept = tuple(index for index, dim in ((i, rows), (j, columns)))
        array: Expr = Build(kept, body)
        if columns == ONE:
            array = Build((i,), _substitute_unit(body, j))
        return Det(array) if tree.kind == "vmatrix" else array

    # ------------------------------------------------------------ functions

    def _call(self, tree: t.Call) -> Expr:
        function = tree.function
        base = function.base if isinstance(function, t.Scripted) else function
        scripts = function if isinstance(function, t.Scripted) else None
        if not isinstance(base, t.Name):
            raise Problem("unsupported-notation", "expected the name of a function", function.span)
        meaning, rest, _ = self.resolve(
            base, scripts.sub if scripts else (), scripts.layer if scripts else (), scripts.star if scripts else 0
        )
        primes = scripts.primes if scripts else 0
        if isinstance(meaning, Array) and not rest:
            meaning = self.table.meanings.get(namesake(spell_name(base)), meaning)
        if meaning is not None and not rest and isinstance(meaning, (DefinedFunction, UnknownFunction)):
            value = self._apply_known(meaning, tree, primes)
        elif meaning is not None:
            items = t.Bracket("(", tree.arguments, span=tree.span)
            return self.expression(t.ProductOf((("", function), ("", items)), span=tree.span))
        else:
            value = self._apply_named(base, scripts, tree, primes)
        if scripts is not None and scripts.power is not None:
            self._refuse_inverse_function(scripts, tree)
            value = self.algebra.power(value, self.expression(scripts.power), tree.span)
        return value

    def _refuse_inverse_function(self, scripts: t.Scripted, tree: t.Call) -> None:
        """``\\sin^{-1} x`` and ``\\sigma^{-1}(x)`` are the inverse functions; ``\\det^{-1}(A)`` can only be the reciprocal."""
        power, name = scripts.power, scripts.base.text if isinstance(scripts.base, t.Name) else ""
        if isinstance(power, t.Negative) and name not in ARRAY_FUNCTIONS:
            raise Problem("unsupported-notation", "inverse functions are not supported", tree.span,
                          "for the reciprocal, put the power behind the bracket")

    def _apply_known(self, meaning: Meaning, tree: t.Call, primes: int) -> Expr:
        if len(tree.arguments) != 1:
            raise Problem("unsupported-notation", "functions of several arguments are not supported", tree.span)
        return self.apply_meaning(meaning, self.expression(tree.arguments[0]), primes, tree.span)

    def apply_meaning(self, meaning: Meaning, argument: Expr, primes: int, span: Span) -> Expr:
        """A declared or defined function at an argument; primes count derivatives."""
        dimensions = self.algebra.dimensions
        match meaning:
            case DefinedFunction(parameter=parameter, body=body) if parameter.shape == SCALAR:
                if self.algebra.shape(body) == SCALAR:
                    return Map(_function(parameter, body), argument, primes)
                if self.algebra.shape(argument) == SCALAR:
                    for _ in range(primes):
                        body = Derivative(body, parameter)
                    return body if argument == parameter else Let(parameter, argument, body)
                raise Problem("shape", "a function with an array as its value takes a scalar here", span)
            case DefinedFunction(parameter=parameter, body=body):
                if not dimensions.unify_shapes(parameter.shape, self.algebra.shape(argument)):
                    raise Problem("shape", f"the function takes {describe(parameter.shape)}, "
                                  f"not {describe(self.algebra.shape(argument))}", span)
                for _ in range(primes):
                    body = Derivative(body, parameter)
                return body if argument == parameter else Let(parameter, dimensions.settle(argument), body)
            case UnknownFunction(declared=declared) if declared.argument is None:
                return Map(Free(declared.name), argument, primes)
            case UnknownFunction(declared=declared):
                return self._apply_unknown(declared.name, declared.argument or (), declared.value, argument, primes, span)
            case _:
                raise Problem("unsupported-notation", "this is not a function", span)

    def _apply_unknown(self, name: str, domain: Shape, value: Shape, argument: Expr, primes: int, span: Span) -> Expr:
        if not self.algebra.dimensions.unify_shapes(domain, self.algebra.shape(argument)):
            raise Problem("shape", f"{name} takes {describe(domain)}, not {describe(self.algebra.shape(argument))}", span)
        argument = self.algebra.dimensions.settle(argument)
        if not primes:
            return Apply(name, argument, value)
        variable = Sym(f"{name}·argument", domain)
        body: Expr = Apply(name, variable, value)
        for _ in range(primes):
            body = Derivative(body, variable)
        return Let(variable, argument, body)

    def _apply_named(self, base: t.Name, scripts: t.Scripted | None, tree: t.Call, primes: int) -> Expr:
        """A built-in function by its name."""
        name = base.text
        if name in ("log", "ln") and scripts is not None and scripts.sub:
            return self._log_of_base(scripts, tree, primes)
        if name == "max" and scripts is not None and scripts.sub:
            raise Problem("unsupported-notation", "a maximum over an index is not supported", tree.span)
        if scripts is not None and scripts.sub:
            raise Problem("undeclared", f"{spell(scripts) or name} is not declared as a function", tree.span)
        if name in BUILTIN_FUNCTIONS:
            if len(tree.arguments) != 1:
                raise Problem("unsupported-notation", f"{name} takes one argument", tree.span)
            function = Builtin(BUILTIN_FUNCTIONS[name])  # type: ignore[arg-type]
            return self._apply_builtin(function, self.expression(tree.arguments[0]), tree.span, name, primes)
        handler = ARRAY_HANDLERS.get(name)
        if handler is None:
            raise Problem("undeclared", f"the function {spell_name(base)} is not declared", tree.function.span,
                          f"declare it, for example ${spell_name(base)} : \\mathbb{{R}} \\to \\mathbb{{R}}$")
        if primes:
            raise Problem("unsupported-notation", f"{name}' is not supported", tree.span)
        return handler(self, [self.expression(a) for a in tree.arguments], tree)

    def _log_of_base(self, scripts: t.Scripted, tree: t.Call, primes: int) -> Expr:
        """``\\log_2 x``: the logarithm of x over that of the base; ``\\log_e`` is the natural one."""
        if primes or len(tree.arguments) != 1 or len(scripts.sub) != 1:
            raise Problem("unsupported-notation", "a logarithm takes one argument and one base", tree.span)
        value = self._apply_builtin(LOG, self.expression(tree.arguments[0]), tree.span, "log")
        base = self.expression(scripts.sub[0])
        if self.algebra.shape(base) != SCALAR:
            raise Problem("shape", "the base of a logarithm must be a scalar", scripts.span)
        return self.algebra.quotient(value, Map(LOG, base), tree.span)

    def _apply_builtin(self, function: Builtin, argument: Expr, span: Span, written: str, order: int = 0) -> Expr:
        if function in MATRIX_FUNCTIONS:
            self.may_be_matrix_function(argument, written)
        return Map(function, argument, order)

    def may_be_matrix_function(self, argument: Expr, written: str) -> None:
        shape = self.algebra.shape(argument)
        if len(shape) == 2 and shape[0] == shape[1]:
            meant = "it may be meant as the matrix function"
            self.algebra.warn(f"{written} of a square matrix is read entry by entry; {meant}", shape)


def _is_colon(part: t.Tree) -> bool:
    return isinstance(part, t.Name) and part.text == ":"


def _substitute_unit(body: Expr, index: Index) -> Expr:
    """Of a literal column, the entries without the second index."""
    assert isinstance(body, (Add, Times))
    terms = body.operands if isinstance(body, Add) else (body,)
    kept = []
    for term in terms:
        assert isinstance(term, Times)
        assert isinstance(term.left, Times)
        kept.append(Times(term.left.left, term.right))
    return kept[0] if len(kept) == 1 else Add(tuple(kept))


def _function(parameter: Sym, body: Expr) -> Function:
    """The function x ↦ body, plainly where it is a known one."""
    if isinstance(body, Map) and body.operand == parameter and body.order == 0 and not isinstance(body.function, Lambda):
        return body.function
    return Lambda(parameter, body)
