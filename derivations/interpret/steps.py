"""A document's formulas, in order, to definitions and claims."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, is_dataclass, replace

from derivations.claims import Claim, Context, Defined, Kind, Misread, SignAssumption, Statement, Step, Variable
from derivations.expr import (
    SCALAR,
    Build,
    Delta,
    Derivative,
    Entry,
    Expr,
    Index,
    Sym,
    Tangent,
    Transpose,
    free_indices,
    free_symbols,
    walk,
)
from derivations.interpret.algebra import Algebra, Choices
from derivations.interpret.declare import (
    assume_equation,
    assume_sign,
    base_name,
    class_sizes,
    declare,
    declare_definite,
)
from derivations.interpret.dimensions import Dimensions, open_dimensions
from derivations.interpret.indices import Scope, atoms
from derivations.interpret.names import (
    BUILTIN_FUNCTIONS,
    Array,
    DefinedFunction,
    LabelName,
    SymbolTable,
    UnknownFunction,
    spell,
    spell_name,
    spell_scripted,
)
from derivations.interpret.notation import Elaborator, Mode
from derivations.read import tree as t
from derivations.read.document import Document, Formula
from derivations.read.formula import read_display, read_inline, read_sentence
from derivations.read.given import FrontMatter, Sentence
from derivations.shapes import describe
from derivations.source import Problem, Span

ORDER_RELATIONS = {"≤", "<", "≥", ">", "≠"}
NOT_CLAIMS = {"≈": "\\approx", "∝": "\\propto", "≤": "\\leq", "<": "<", "≥": "\\geq", ">": ">", "≠": "\\neq"}
AMBIGUOUS_BUILTINS = {"\\sigma", "\\delta", "I", "e", "relu", "Relu", "ReLU", "softmax", "sigmoid", "step", "logistic"}


@dataclass
class DisplaySteps:
    """One displayed formula and what was made of it."""

    span: Span
    steps: list[Step]


@dataclass
class Interpretation:
    """A whole document, understood under one set of choices."""

    displays: list[DisplaySteps]
    readings: list[str]
    choices_met: dict[str, int]
    table: SymbolTable
    sentence_problems: list[tuple[Sentence, Problem]] = field(default_factory=list)


def interpret(document: Document, given: tuple[FrontMatter, ...] = (), sentences: tuple[Sentence, ...] = (),
              choices: Mapping[str, int] | None = None) -> Interpretation:
    """Reads the given sentences, then every formula in order.  Raises nothing: problems are data."""
    return _Interpreter(document, Choices(dict(choices or {}))).run(given, sentences)


class _Interpreter:
    def __init__(self, document: Document, choices: Choices) -> None:
        self.document = document
        self.choices = choices
        self.dimensions = Dimensions()
        self.table = SymbolTable(dimensions=self.dimensions)
        self.readings: list[str] = []
        self.told: dict[str, tuple[str, ...]] = {}  # conventions of definitions not yet handed on
        self.told_last: tuple[str, ...] = ()
        self.text = document.text  # what the trees at hand were read from
        self.layout = "mixed"
        self.families: frozenset[str] = frozenset()
        self.losses: list[str] = []
        self.tangent_letters: frozenset[str] = frozenset()
        self.declared_loss: str | None = None
        self.failed: list[tuple[Sentence, Problem]] = []
        self.waiting: list[tuple[Sentence, Problem]] = []

    # ---------------------------------------------------------------- whole

    def run(self, given: tuple[FrontMatter, ...], sentences: tuple[Sentence, ...]) -> Interpretation:
        fronts = [f for f in (self.document.front_matter, *given) if f is not None]
        every = [s for f in fronts for s in f.sentences] + list(sentences)
        self.layout = next((f.layout for f in reversed(fronts) if f.layout), "mixed")
        self._look_ahead(every)
        self._take_in(every)
        for front in fronts:
            if front.train and front.train.loss:
                self.declared_loss = front.train.loss.text.strip()
        displays = []
        for formula in self.document.formulas:
            steps = self._formula(formula)
            if formula.kind == "display":
                displays.append(DisplaySteps(formula.span, steps))
            self._take_in([sentence for sentence, _ in self.waiting])
        return Interpretation(displays, self.readings, dict(self.choices.met), self.table, self.failed + self.waiting)

    def _take_in(self, sentences: list[Sentence]) -> None:
        """Sentences in order; one that speaks of names not known yet waits until the document has introduced them."""
        self.waiting = []
        for sentence in sentences:
            problem = self._sentence(sentence)
            if problem is not None:
                (self.waiting if problem.code == "undeclared" else self.failed).append((sentence, problem))

    def _look_ahead(self, sentences: list[Sentence]) -> None:
        """What a line may need to know of later ones: letters that some sum binds, and the scalar that is differentiated."""
        trees: list[t.Chain] = []
        for sentence in sentences:
            trees += [c for c in read_sentence(sentence.source.text, sentence.span, self.table) if isinstance(c, t.Chain)]
        for formula in self.document.displays:
            trees += [c for c in read_display(self.document.text, formula.span, self.table) if isinstance(c, t.Chain)]
        nodes = [node for chain in trees for node in tree_nodes(chain)]
        letters = {spell(b.index) for n in nodes if isinstance(n, t.BigOperator) for b in n.binders}
        self.families = frozenset(x for x in letters if x)
        operands = [n.operand for n in nodes if isinstance(n, (t.DerivativeOf, t.Nabla)) and n.operand is not None]
        names = (o.function if isinstance(o, t.Call) else o for o in operands)
        self.losses = list(dict.fromkeys(key for n in names if (key := spell(n)) is not None))
        self.tangent_letters = frozenset(
            key for n in nodes if isinstance(n, t.DifferentialOf) and (key := spell(_untransposed(n.operand))) is not None
        )

    # ------------------------------------------------------------ sentences

    def _sentence(self, sentence: Sentence) -> Problem | None:
        """One sentence of ``given``; returns what is wrong with it."""
        self.text = sentence.source.text
        try:
            for chain in read_sentence(self.text, sentence.span, self.table):
                if isinstance(chain, Problem):
                    return chain
                self._say(chain)
        except Problem as problem:
            return problem
        finally:
            self.text = self.document.text
        return None

    def _say(self, chain: t.Chain) -> None:
        """A declaration, a definition or an assumption."""
        if not chain.relations:
            raise Problem("given", "expected a relation: a declaration, a definition or an assumption", chain.members[0].span,
                          "for example W \\in \\mathbb{R}^{n \\times m}")
        for n, relation in enumerate(chain.relations):
            left, right = chain.members[n], chain.members[n + 1]
            if relation in ("∈", ":"):
                declare(self.table, self.dimensions, self._elaborator(), left, right, self.families)
            elif relation in ("≻", "⪰"):
                declare_definite(self.table, self._elaborator(), left)
            elif relation in ("=", ":=", "≡"):
                named = isinstance(left, t.DifferentialOf) and not _differentials(right)
                if self._is_new(left) or relation == ":=" or named:
                    self._define(left, right)
                else:
                    assume_equation(self.table, self._elaborator(), left, right)
            elif relation in ORDER_RELATIONS:
                assume_sign(self.table, self._elaborator(), left, relation, right)
            else:
                raise Problem("given", f"a given sentence with {relation} makes no sense here", left.span | right.span)

    def _elaborator(self, allow_free: bool = True) -> Elaborator:
        algebra = Algebra(self.dimensions, self.choices)
        scope = Scope(self.dimensions, self.table, allow_free=allow_free, readings=self.readings)
        mode = Mode(self.layout, class_sizes=class_sizes(self.table))
        return Elaborator(self.table, algebra, scope, mode, self.text)

    # ------------------------------------------------------------- formulas

    def _formula(self, formula: Formula) -> list[Step]:
        inline = formula.kind == "inline"
        read = read_inline if inline else read_display
        steps: list[Step] = []
        try:
            chains = read(self.document.text, formula.span, self.table)
        except Problem as problem:
            return [Misread(problem.span or formula.span, problem)]
        for chain in chains:
            if isinstance(chain, Problem):
                steps.append(Misread(chain.span or formula.span, chain))
            elif inline:
                self._inline(chain)
            else:
                steps += self._chain(chain)
        return steps

    def _inline(self, chain: t.Chain) -> None:
        """Declares or defines; anything else in running text is left alone."""
        relations = set(chain.relations)
        saved = self.dimensions.save()
        try:
            if relations and relations <= {"∈", ":", "≻"}:
                self._say(chain)
            elif chain.relations[:1] in (("=",), (":=",)) and len(chain.members) == 2 and self._defines_inline(chain):
                self._define(chain.members[0], chain.members[1])
        except Problem:
            self.dimensions.restore(saved)

    def _defines_inline(self, chain: t.Chain) -> bool:
        left, right = chain.members[0], chain.members[1]
        if isinstance(right, (t.Number, t.Ellipsis_)) or self._is_index_range(left, right):
            return False
        return self._is_new(left) or self._is_builtin_function(left)

    def _is_index_range(self, left: t.Tree, right: t.Tree) -> bool:
        """``i = 1, …``, ``m = k``: one letter against another that is no array."""
        key = spell(right)
        if key is None:
            return False
        return not isinstance(self.table.meanings.get(key), (Array, LabelName)) or isinstance(left, t.Number)

    def _is_builtin_function(self, tree: t.Tree) -> bool:
        return isinstance(tree, t.Name) and tree.text in BUILTIN_FUNCTIONS and tree.text not in self.table.meanings

    # --------------------------------------------------------------- chains

    def _chain(self, chain: t.Chain) -> list[Step]:
        """A chain of relations: one step each."""
        if not chain.relations:
            return []
        other = next((r for r in chain.relations if r not in ("=", "≡", ":=")), None)
        if other is not None:
            return self._other_relation(chain, other)
        try:
            inferred = self._infer_by_matching(chain)
            defined = self._define_leading(chain)
        except Problem as problem:
            return [Misread(_whole_span(chain), problem)]
        steps: list[Step] = []
        for n in range(len(chain.relations)):
            if n in defined:
                steps.append(Defined(_link_span(chain, n), defined[n], self.told.pop(defined[n], ())))
            elif n in inferred:
                steps.append(Defined(_link_span(chain, n), inferred[n]))
            else:
                steps.append(self._link(chain, n))
        return steps

    def _other_relation(self, chain: t.Chain, relation: str) -> list[Step]:
        span = _whole_span(chain)
        if relation in ("∈", ":", "≻", "⪰"):
            try:
                self._say(chain)
            except Problem as problem:
                return [Misread(span, problem)]
            return [Defined(span, spell(chain.members[0]) or "")]
        if relation == "←":
            return [Defined(span, spell(chain.members[0]) or "", ("an update step is told, not judged",))]
        written = NOT_CLAIMS.get(relation, relation)
        refusal = Problem("relation", f"{written} is not a claim that can be proved here: only equations are", span)
        return [Misread(span, refusal)]

    def _define_leading(self, chain: t.Chain) -> dict[int, str]:
        """Names at the left end of a chain that are not known yet are defined by the first member that is."""
        count = 0
        while count < len(chain.relations) and (self._is_new(chain.members[count]) or chain.relations[count] == ":="):
            count += 1
        names: dict[int, str] = {}
        for n in reversed(range(count)):
            names[n] = self._define(chain.members[n], chain.members[n + 1], chain.conditions)
        return names

    # ---------------------------------------------------------- definitions

    def _is_new(self, tree: t.Tree) -> bool:
        """Whether a left side is a name, an indexed name or an application that has no meaning yet."""
        tree = _unbracketed(tree)
        match tree:
            case t.DifferentialOf(operand=operand):
                return self._is_new_differential(operand)
            case t.Name():
                return self._new_name(tree, (), ())
            case t.Scripted(base=t.Name() as base, transpose=0, power=None, primes=0):
                return self._new_name(base, tree.sub, tree.layer, tree.star)
            case t.Scripted(base=t.Name() as base, transpose=0, primes=0, sub=(), power=t.Number(text="2")):
                return spell_name(base) != "e" and self._new_name(base, (), tree.layer) and (
                    f"{spell_scripted(base, (), tree.layer)}^2" not in self.table.meanings)
            case t.Call() | t.ProductOf():
                return (parts := _application(tree)) is not None and self._new_function(*parts)
            case _:
                return False

    def _is_new_differential(self, operand: t.Tree) -> bool:
        key = spell(operand)
        if key is None or f"d{key}" in self.table.meanings:
            return False
        known = self._meaning_key(operand)
        return known is None

    def _meaning_key(self, tree: t.Tree) -> str | None:
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name):
            return None
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        meaning, _, _ = self._elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
        return meaning.sym.name if isinstance(meaning, Array) else None

    def _new_name(self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], star: int = 0) -> bool:
        if base.font and base.text in ("1", "0"):
            return False
        key = spell_scripted(base, sub, layer, 0, star)
        if key is None:
            return False
        if not sub and base.text in BUILTIN_FUNCTIONS and base.text not in AMBIGUOUS_BUILTINS:
            return False
        if base.text == "e" and sub and key not in self.table.meanings:
            return False
        meaning, rest, _ = self._elaborator().resolve(base, sub, layer, star)
        if meaning is None:
            return True
        exact = key in self.table.meanings or spell_scripted(base, (), layer, 0, star) in self.table.meanings
        if isinstance(meaning, Array) and not exact:
            return False
        return isinstance(meaning, Array) and meaning.sym.name not in self.table.definitions and self._open_to_definition(rest)

    def _open_to_definition(self, rest: tuple[t.Tree, ...]) -> bool:
        """A declared array may be defined as a whole, or by entries with distinct letters."""
        found = [spell(a) for a in atoms(rest, 0)]
        return all(x is not None and x.isalpha() for x in found) and len(set(found)) == len(found)

    def _new_function(self, function: t.Tree, argument: t.Tree) -> bool:
        base = function.base if isinstance(function, t.Scripted) else function
        if not isinstance(base, t.Name) or spell(argument) is None:
            return False
        if isinstance(function, t.Scripted) and (function.primes or function.power or function.transpose):
            return False
        key = spell(function) or ""
        if isinstance(self.table.meanings.get(key), (DefinedFunction, UnknownFunction, Array, LabelName)):
            return False
        if isinstance(self.table.meanings.get(spell(argument) or ""), Array) and self._is_index_like_product(function):
            return False
        return key not in self.table.meanings and (
            base.text in AMBIGUOUS_BUILTINS or base.text not in BUILTIN_FUNCTIONS) and not self._is_builtin_array(base)

    def _is_index_like_product(self, function: t.Tree) -> bool:
        return isinstance(self.table.meanings.get(spell(function) or ""), Array)

    def _is_builtin_array(self, base: t.Name) -> bool:
        from derivations.interpret.names import ARRAY_FUNCTIONS

        return base.text in ARRAY_FUNCTIONS and base.text not in self.table.meanings

    def _define(self, left: t.Tree, right: t.Tree, conditions: tuple[t.Chain, ...] = ()) -> str:
        """Enters a definition; returns its name."""
        left = _unbracketed(left)
        if (parts := _application(left)) is not None and self._new_function(*parts):
            return self._define_function(*parts, right)
        if self._is_builtin_function(left) and _only_letter(right) is not None:
            return self._define_pointfree(left, right)
        if isinstance(left, t.DifferentialOf):
            return self._define_differential(left, right)
        if isinstance(left, t.Scripted) and left.power is not None:
            base = base_name(left)
            key = f"{spell_scripted(base, (), left.layer)}^2"
            return self._enter(key, base, self._right_side(None, right)[0])
        base = base_name(left)
        scripts = left if isinstance(left, t.Scripted) else t.Scripted(base)
        return self._define_name(base, scripts, right)

    def _right_side(self, left: t.Tree | None, right: t.Tree) -> tuple[Expr, Elaborator]:
        elaborator = self._elaborator()
        elaborator.mode = self._mode(left, right)
        value = self.dimensions.settle(elaborator.expression(right))
        self.told_last = tuple(elaborator.algebra.told)
        return value, elaborator

    def _define_name(self, base: t.Name, scripts: t.Scripted, right: t.Tree) -> str:
        if (alias := self._alias(base, scripts, right)) is not None:
            return alias
        value, elaborator = self._right_side(None, right)
        declared = self.table.meanings.get(spell_scripted(base, (), scripts.layer, 0, scripts.star) or "")
        letters = [spell(a) or "?" for a in atoms(scripts.sub, 0)]
        free = {i.name for i in free_indices(value)}
        whole_key = spell_scripted(base, scripts.sub, scripts.layer, 0, scripts.star) or base.text
        if scripts.sub and whole_key not in self.table.meanings and (isinstance(declared, Array) or free & set(letters)):
            key = spell_scripted(base, (), scripts.layer, 0, scripts.star) or base.text
            axes = declared.sym.shape if isinstance(declared, Array) else None
            value = self._by_entries(value, letters, axes, elaborator, right.span)
            return self._enter(key, base, value, family=len(letters) < len(elaborator.algebra.shape(value)))
        if free:
            raise Problem("index", f"the index {sorted(free)[0].split('#')[0]} is free on the right side only", right.span)
        return self._enter(whole_key, base, value)

    def _by_entries(self, value: Expr, letters: list[str], axes: tuple[object, ...] | None, elaborator: Elaborator,
                    span: Span) -> Expr:
        """The array whose entry at the letters is the value."""
        found: list[Index] = []
        for n, letter in enumerate(letters):
            index = elaborator.scope.free.get(letter)
            if index is None:
                index = Index(letter, self.dimensions.fresh())
            if axes is not None and n < len(axes):
                self.dimensions.unify(index.dim, axes[n])  # type: ignore[arg-type]
            found.append(self.dimensions.settle(index))
        value = self.dimensions.settle(value)
        extra = {i.name for i in free_indices(value)} - {i.name for i in found}
        if extra:
            raise Problem("index", f"the index {sorted(extra)[0].split('#')[0]} is free on the right side only", span)
        rest = tuple(elaborator.algebra.index("a", d) for d in elaborator.algebra.shape(value))
        body = Entry(value, rest) if rest else value
        return self.dimensions.settle(Build((*found, *rest), body))

    def _alias(self, base: t.Name, scripts: t.Scripted, right: t.Tree) -> str | None:
        """``Y = k``, ``score = X^{(3)}``, ``x_{ij} = X^{(3)}_{ij}``: another name for the same thing."""
        target = right.base if isinstance(right, t.Scripted) else right
        if not isinstance(target, t.Name):
            return None
        other = right if isinstance(right, t.Scripted) else t.Scripted(target)
        if other.power or other.transpose or other.primes:
            return None
        meaning, rest, _ = self._elaborator().resolve(target, other.sub, other.layer, other.star)
        if not isinstance(meaning, (Array, LabelName)):
            return None
        if rest and [spell(a) for a in atoms(rest, 0)] != [spell(a) for a in atoms(scripts.sub, 0)]:
            return None
        key = spell_scripted(base, () if rest else scripts.sub, scripts.layer, 0, scripts.star)
        if key is None or (scripts.sub and not rest and any(e.isalpha() for e in [spell(s) or "" for s in scripts.sub])):
            return None
        if key in self.table.meanings:
            return None
        self.table.add(key, base, meaning)
        shown = meaning.sym.name if isinstance(meaning, Array) else meaning.labels.name
        self._read(f"{key} is another name for {shown}")
        return key

    def _read(self, reading: str) -> None:
        if reading not in self.readings:
            self.readings.append(reading)

    def _enter(self, key: str, base: t.Name, value: Expr, family: bool = False) -> str:
        shape = self.dimensions.shape(Algebra(self.dimensions, self.choices).shape(value))
        known = self.table.meanings.get(key)
        if isinstance(known, Array) and known.sym.name not in self.table.definitions:
            if not self.dimensions.unify_shapes(known.sym.shape, shape):
                raise Problem("shape", f"{key} is {describe(known.sym.shape)}, its definition is {describe(shape)}")
            if any(s.name == key for s in self._depends(value)):
                raise Problem("definition", f"the definition of {key} refers to itself")
        name = key
        if key in self.table.definitions:  # defined anew: earlier lines keep the earlier meaning
            name = f"{key}′"
            while name in self.table.definitions:
                name += "′"
        sym = Sym(name, shape)
        self.table.add(key, base, Array(sym, family))
        self.table.variables[name] = Variable(name, shape)
        self.table.definitions[name] = self.dimensions.settle(value)
        self.table.note_open(name)
        self.told[key] = self.told_last
        return key

    def _depends(self, value: Expr) -> frozenset[Sym]:
        """All variables that a value reads, through definitions."""
        seen: set[Sym] = set()
        todo = list(free_symbols(value))
        while todo:
            sym = todo.pop()
            if sym in seen:
                continue
            seen.add(sym)
            if sym.name in self.table.definitions:
                todo += free_symbols(self.table.definitions[sym.name])
        return frozenset(seen)

    def _define_function(self, function: t.Tree, argument: t.Tree, right: t.Tree) -> str:
        """``f(x) = …``: x is the declared x where there is one, else a scalar."""
        key, base = spell(function) or "", base_name(function)
        parameter_key = spell(argument) or ""
        known = self.table.meanings.get(parameter_key)
        if isinstance(known, Array):
            value, _ = self._right_side(None, right)
            self.table.add(key, base, DefinedFunction(self.dimensions.settle(known.sym), value))
            return key
        parameter = Sym(parameter_key, SCALAR)
        hidden = dict(self.table.meanings)
        self.table.meanings[parameter_key] = Array(parameter)
        try:
            value, _ = self._right_side(None, right)
        finally:
            self.table.meanings = hidden
        self.table.add(key, base, DefinedFunction(parameter, value))
        return key

    def _define_pointfree(self, left: t.Tree, right: t.Tree) -> str:
        """``Relu = \\max(0, x)``: the one letter on the right is the argument."""
        letter = _only_letter(right)
        assert letter is not None
        hidden = dict(self.table.meanings)
        parameter = Sym(spell_name(letter), SCALAR)
        self.table.meanings[parameter.name] = Array(parameter)
        try:
            value, _ = self._right_side(None, right)
        finally:
            self.table.meanings = hidden
        base = base_name(left)
        self.table.add(spell_name(base), base, DefinedFunction(parameter, value))
        return spell_name(base)

    def _define_differential(self, left: t.DifferentialOf, right: t.Tree) -> str:
        """``dz = \\frac{\\partial L}{\\partial z}`` as a given name."""
        key = f"d{spell(left.operand)}"
        base = base_name(left.operand)
        value, _ = self._right_side(None, right)
        return self._enter(key, replace(base, text=f"d{base.text}"), value)

    def _infer_by_matching(self, chain: t.Chain) -> dict[int, str]:
        """``Relu(X) * W = Relu(X_0 W_1) * W`` tells what an undeclared X is."""
        inferred: dict[int, str] = {}
        for n in reversed(range(len(chain.relations))):
            left, right = chain.members[n], chain.members[n + 1]
            if self._is_new(left) or not self._undeclared(left) or self._undeclared(right):
                continue
            for name, value in _match(left, right, self._is_undeclared_name):
                key = self._define(name, value)
                self._read(f"{key} is read as {self._excerpt(value)}, by comparison")
                inferred[n] = key
        return inferred

    def _excerpt(self, tree: t.Tree) -> str:
        return self.text[tree.span.start : tree.span.end]

    def _is_undeclared_name(self, tree: t.Tree) -> bool:
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name) or (base.font in ("bf", "bb") and base.text in ("1", "0")):
            return False
        if base.text in BUILTIN_FUNCTIONS or self._is_builtin_array(base) or base.text in ("e", "I", "\\pi", ":"):
            return False
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        if scripts.power or scripts.transpose or scripts.primes or spell(tree) is None:
            return False
        meaning, _, _ = self._elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
        return meaning is None

    def _undeclared(self, tree: t.Tree) -> bool:
        """Whether a whole undeclared name with a layer or word stands in the tree, outside subscripts."""
        return any(isinstance(n, (t.Name, t.Scripted)) and self._is_undeclared_name(n) for n in outer_nodes(tree))

    # --------------------------------------------------------------- claims

    def _link(self, chain: t.Chain, n: int) -> Step:
        left, right = chain.members[n], chain.members[n + 1]
        span = _link_span(chain, n)
        saved = self.dimensions.save()
        try:
            return self._claim(left, right, chain.conditions, span)
        except Problem as problem:
            self.dimensions.restore(saved)
            return Misread(span, problem, self._shapes_at_fault(problem, left, right))

    def _claim(self, left: t.Tree, right: t.Tree, conditions: tuple[t.Chain, ...], span: Span) -> Claim:
        elaborator = self._elaborator()
        elaborator.mode = self._mode(left, right)
        one, other = elaborator.expression(left), elaborator.expression(right)
        one, other = self.dimensions.settle((one, other))
        one, other = self._entry_for_whole(one, other, elaborator)
        one, other = elaborator.algebra.whole(one, other, span)
        guards, context = self._conditions(conditions, one, other, elaborator)
        one, other, guards = self.dimensions.settle((one, other, guards))
        self._refuse_open(elaborator, (one, other, guards), span)
        statement = Statement(one, other, self.dimensions.settle(context), guards)
        self._remember_gradient_names(elaborator, left, right)
        kind = self._kind(elaborator, statement)
        if kind != "equality":
            for kink in elaborator.kinks:
                elaborator.algebra.tell(kink)
        return Claim(span, kind, statement, tuple(elaborator.algebra.told), tuple(elaborator.algebra.caveats))

    def _entry_for_whole(self, left: Expr, right: Expr, elaborator: Elaborator) -> tuple[Expr, Expr]:
        """An indexed left side against an array on the right stands for the whole array."""
        s, t_ = elaborator.algebra.shape(left), elaborator.algebra.shape(right)
        if s == SCALAR and t_ != SCALAR and not free_indices(right):
            order = [i for i in elaborator.scope.free.values()]
            found = [self.dimensions.settle(i) for i in order if self.dimensions.settle(i) in free_indices(left)]
            if len(found) == len(t_) and self.dimensions.unify_shapes(tuple(i.dim for i in found), t_):
                found = [self.dimensions.settle(i) for i in found]
                elaborator.algebra.tell("the indexed left side stands for the whole array")
                return self.dimensions.settle(Build(tuple(found), self.dimensions.settle(left))), self.dimensions.settle(right)
        return left, right

    def _conditions(self, conditions: tuple[t.Chain, ...], left: Expr, right: Expr, elaborator: Elaborator
                    ) -> tuple[tuple[Expr, ...], Context]:
        guards: list[Expr] = []
        context = self.table.context()
        here = {i.name for i in free_indices(left) | free_indices(right)}
        for condition in conditions:
            if _is_about_value_nonzero(condition) and not self._about_indices(condition, elaborator):
                operand = elaborator.expression(condition.members[0])
                context = replace(context, assumptions=(*context.assumptions, SignAssumption(operand, "≠")))
                continue
            guard = self.dimensions.settle(elaborator.condition(condition))
            new = {i.name for i in free_indices(guard)} - here
            if new and isinstance(guard, Delta):
                self._read(f"the side condition on {', '.join(sorted(new))} says nothing new")
                continue
            guards.append(guard)
        return tuple(guards), context

    def _about_indices(self, condition: t.Chain, elaborator: Elaborator) -> bool:
        return elaborator.scope.is_index_like(condition.members[0])

    def _refuse_open(self, elaborator: Elaborator, parts: tuple[object, ...], span: Span) -> None:
        for key, meaning in self.table.meanings.items():
            if isinstance(meaning, Array) and meaning.family:
                for dim in self.dimensions.shape(meaning.sym.shape):
                    if open_dimensions(dim):
                        self.dimensions.unify(dim, type(dim)(1, (f"|{key}|",)))
        if not open_dimensions(self.dimensions.settle(parts)):
            return
        letters = elaborator.scope.open_letters()
        what = f"the range of {letters[0]}" if letters else "a size"
        raise Problem("open-shape", f"{what} stays open: nothing in the document fixes it", span,
                      "write the bounds of the sum, or the size of I and \\mathbf{1}")

    def _kind(self, elaborator: Elaborator, statement: Statement) -> Kind:
        if elaborator.mode.differentials:
            return "differential"
        sides = (statement.left, statement.right)
        if any(isinstance(n, (Derivative, Tangent)) for side in sides for n in walk(side)):
            return "gradient"
        return "equality"

    # ------------------------------------------------------- differentials

    def _mode(self, left: t.Tree | None, right: t.Tree) -> Mode:
        """Whether ``dX`` is a differential or the name of a gradient here, and which variables vary."""
        plain = Mode(self.layout, class_sizes=class_sizes(self.table))
        on_left = [] if left is None else _differentials(left)
        on_right = _differentials(right)
        if not on_left and not on_right:
            return plain
        loss = self._loss()
        if left is not None and on_left and on_right and not self._all_names(left, on_left, on_right, loss):
            varying = self._varying(on_left + on_right)
            return replace(plain, differentials=True, varying=varying)
        return replace(plain, gradient_of=loss)

    def _all_names(self, whole: t.Tree, on_left: list[t.DifferentialOf], on_right: list[t.DifferentialOf], loss: Sym | None) -> bool:
        """Whether the differentials on both sides are names of gradients, introduced as such before."""
        left = [self._meaning_key(_untransposed(d.operand)) for d in on_left]
        right = [self._meaning_key(_untransposed(d.operand)) for d in on_right]
        if loss is None or None in left or None in right or loss.name in left:
            return False
        if all(name in self.table.gradient_names for name in right):
            return True
        return bool(self.choices.pick(f"{whole.span.start}: dX on both sides"))

    def _loss(self) -> Sym | None:
        """The one scalar that the document differentiates."""
        for key in [self.declared_loss, *self.losses] if self.declared_loss else self.losses:
            meaning = self.table.meanings.get(key or "")
            if isinstance(meaning, Array) and meaning.sym.shape == SCALAR:
                return meaning.sym
        return None

    def _varying(self, differentials: list[t.DifferentialOf]) -> tuple[Sym, ...]:
        """Variables with a d of their own or inside d(…); what depends on others of them follows."""
        plain = self._elaborator()
        named: dict[Sym, None] = {}
        inside: dict[Sym, None] = {}
        for node in differentials:
            operand = self.dimensions.settle(plain.expression(node.operand))
            own = _own_symbol(operand)
            if own is not None:
                named[own] = None
            else:
                inside.update(dict.fromkeys(sorted(free_symbols(operand), key=lambda s: s.name)))
        never = [s for s in inside if s not in named and s.name not in self.tangent_letters]
        if never and self.choices.pick("variables inside d(…) without a d of their own"):
            plain.algebra.tell("")
            inside = {s: None for s in inside if s not in never}
        every = list(dict.fromkeys([*named, *inside]))
        return tuple(s for s in every if not self._follows(s, every))

    def _follows(self, sym: Sym, others: list[Sym]) -> bool:
        value = self.table.definitions.get(sym.name)
        return value is not None and any(o in self._depends(value) for o in others if o != sym)

    def _remember_gradient_names(self, elaborator: Elaborator, left: t.Tree, right: t.Tree) -> None:
        if elaborator.mode.gradient_of is None:
            return
        for node in _differentials(left):
            name = self._meaning_key(_untransposed(node.operand))
            if name is not None:
                self.table.gradient_names.add(name)

    # ------------------------------------------------------------- problems

    def _shapes_at_fault(self, problem: Problem, left: t.Tree, right: t.Tree) -> dict[str, str] | None:
        """The shapes of all names of a claim that fails by shapes alone, if every one is declared."""
        if problem.code != "nonconforming" or "?" in problem.message:
            return None
        shapes: dict[str, str] = {}
        for node in (*outer_nodes(left), *outer_nodes(right)):
            if isinstance(node, (t.Name, t.Scripted)):
                base = node.base if isinstance(node, t.Scripted) else node
                if not isinstance(base, t.Name):
                    continue
                scripts = node if isinstance(node, t.Scripted) else t.Scripted(base)
                meaning, _, _ = self._elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
                if isinstance(meaning, Array):
                    shape = self.dimensions.shape(meaning.sym.shape)
                    shapes[meaning.sym.name] = " × ".join(map(str, shape)) or "scalar"
        return shapes or None


# ------------------------------------------------------------------- trees


def tree_nodes(node: object) -> Iterator[t.Node]:
    """All nodes of a formula tree, parents first."""
    if isinstance(node, tuple):
        for item in node:
            yield from tree_nodes(item)
    elif is_dataclass(node) and isinstance(node, t.Node):
        yield node
        for f in fields(node):
            if f.name not in ("span", "sign_spans", "relation_spans", "link_spans"):
                yield from tree_nodes(getattr(node, f.name))


def outer_nodes(node: object) -> Iterator[t.Node]:
    """Nodes outside scripts: names that stand for values; a scripted name is one node."""
    if isinstance(node, tuple):
        for item in node:
            yield from outer_nodes(item)
    elif isinstance(node, t.Scripted):
        yield node
        if not isinstance(node.base, t.Name):
            yield from outer_nodes(node.base)
    elif isinstance(node, t.Call):
        yield from outer_nodes(node.arguments)
    elif isinstance(node, t.Node):
        yield node
        for f in fields(node):  # type: ignore[arg-type]
            if f.name not in ("span", "sign_spans", "relation_spans", "link_spans", "binders"):
                yield from outer_nodes(getattr(node, f.name))


def _differentials(tree: t.Tree) -> list[t.DifferentialOf]:
    return [n for n in tree_nodes(tree) if isinstance(n, t.DifferentialOf)]


def _own_symbol(operand: Expr) -> Sym | None:
    match operand:
        case Sym():
            return operand
        case Transpose(operand=inner) | Entry(array=inner):
            return _own_symbol(inner)
        case _:
            return None


def _unbracketed(tree: t.Tree) -> t.Tree:
    while isinstance(tree, t.Bracket) and len(tree.items) == 1:
        tree = tree.items[0]
    return tree


def _untransposed(tree: t.Tree) -> t.Tree:
    return replace(tree, transpose=0) if isinstance(tree, t.Scripted) and tree.transpose else tree


def _application(tree: t.Tree) -> tuple[t.Tree, t.Tree] | None:
    """Function and argument of ``f(x)``, however it was read."""
    match tree:
        case t.Call(function=function, arguments=(argument,), bracketed=True):
            return function, argument
        case t.ProductOf(factors=((_, (t.Name() | t.Scripted()) as function), ("", t.Bracket(kind="(", items=(argument,))))):
            return function, argument
        case _:
            return None


def _only_letter(tree: t.Tree) -> t.Name | None:
    """The one name in a formula of one variable, e and functions apart; None where there are several, or indices."""
    names = [n for n in outer_nodes(tree) if isinstance(n, t.Name) and n.text != "e"]
    scripted = any(isinstance(n, t.Scripted) and (n.sub or n.layer) for n in outer_nodes(tree))
    big = any(isinstance(n, t.BigOperator) for n in tree_nodes(tree))
    inside = [n.power for n in outer_nodes(tree) if isinstance(n, t.Scripted) and n.power is not None]
    names += [n for power in inside for n in outer_nodes(power) if isinstance(n, t.Name)]
    bases = [n.base for n in outer_nodes(tree) if isinstance(n, t.Scripted) and isinstance(n.base, t.Name) and n.base.text != "e"]
    letters = {n.text: n for n in names + bases}
    return next(iter(letters.values())) if len(letters) == 1 and not scripted and not big else None


def _is_about_value_nonzero(condition: t.Chain) -> bool:
    last = condition.members[-1]
    return condition.relations == ("≠",) and isinstance(last, t.Number) and last.value == 0


def _whole_span(chain: t.Chain) -> Span:
    return chain.link_spans[0] | chain.link_spans[-1] if chain.link_spans else chain.members[0].span | chain.members[-1].span


def _link_span(chain: t.Chain, n: int) -> Span:
    return chain.link_spans[n] if n < len(chain.link_spans) else chain.members[n].span | chain.members[n + 1].span


def _match(left: t.Tree, right: t.Tree, is_unknown: object) -> list[tuple[t.Tree, t.Tree]]:
    """Pairs (unknown name, what stands in its place) where two trees differ in nothing else; [] otherwise."""
    pairs: list[tuple[t.Tree, t.Tree]] = []
    return pairs if _match_into(left, right, is_unknown, pairs) else []


def _match_into(left: object, right: object, is_unknown: object, pairs: list[tuple[t.Tree, t.Tree]]) -> bool:
    if left == right:
        return True
    if isinstance(left, (t.Name, t.Scripted)) and is_unknown(left):  # type: ignore[operator]
        pairs.append((left, _unbracketed(right)))  # type: ignore[arg-type]
        return True
    if type(left) is not type(right):
        return False
    if isinstance(left, tuple) and isinstance(right, tuple):
        return len(left) == len(right) and all(
            _match_into(a, b, is_unknown, pairs) for a, b in zip(left, right, strict=True)
        )
    if isinstance(left, t.Node) and is_dataclass(left):
        return all(
            _match_into(getattr(left, f.name), getattr(right, f.name), is_unknown, pairs)
            for f in fields(left)
            if f.compare
        )
    return False
