"""Definitions: which left sides are new, and what they come to stand for."""

from __future__ import annotations

from dataclasses import replace

from derivations.claims import Equation, Sign, SignAssumption, Variable
from derivations.expr import SCALAR, Build, Entry, Expr, Index, Sym, Transpose, free_indices
from derivations.interpret.algebra import Algebra
from derivations.interpret.declare import base_name
from derivations.interpret.differentials import mode
from derivations.interpret.indices import atoms
from derivations.interpret.names import (
    ARRAY_FUNCTIONS,
    BUILTIN_FUNCTIONS,
    Array,
    DefinedFunction,
    LabelName,
    UnknownFunction,
    members_of,
    namesake,
    spell,
    spell_name,
    spell_scripted,
)
from derivations.interpret.notation import Elaborator
from derivations.interpret.trees import application, match_like, only_letter, outer_nodes, tree_nodes, unbracketed
from derivations.interpret.world import World
from derivations.read import tree as t
from derivations.shapes import describe
from derivations.source import Problem, Span

# names whose built-in meaning gives way to a definition in the document
AMBIGUOUS_BUILTINS = frozenset(
    {"\\sigma", "\\delta", "I", "e", "relu", "Relu", "ReLU", "softmax", "sigmoid", "step", "logistic"}
)


class Definitions:
    """Enters definitions into a world."""

    def __init__(self, world: World) -> None:
        self.world = world

    def is_new(self, tree: t.Tree, right: t.Tree | None = None) -> bool:
        """Whether a left side is a name, an indexed name or an application that has no meaning yet.

        A declared array without a definition may get one, unless the right side speaks of it: ``A = A^T`` is a claim.
        """
        if (name := _under_logarithm(unbracketed(tree))) is not None and right is not None:
            return not self.is_square(name) and not self._speaks_of(right, name) and self._has_no_meaning(name)
        if right is not None and self._is_of_its_own_entries(tree, right):
            return True
        if not self._has_no_meaning(unbracketed(tree)):
            if right is not None and self._is_namesake(unbracketed(tree), right):
                return True
            return right is not None and self._is_numbered_name(unbracketed(tree), right)
        if right is not None and (self._declared(tree) is not None or self.is_square(tree)) and not self._is_formula(right):
            return False  # A = B^T of two declared arrays claims something, and so does a^2 = 4 of a declared a
        return not (right is not None and self._speaks_of(right, tree))

    def _is_of_its_own_entries(self, tree: t.Tree, right: t.Tree) -> bool:
        """``L = \\frac1N \\sum_i L_i`` behind ``L_i = …``: the total is another thing than what it is the total of."""
        meaning = self.world.table.meanings.get(spell(tree) or "") if isinstance(tree, (t.Name, t.Scripted)) else None
        if not isinstance(meaning, Array) or not meaning.by_entries:
            return False
        scripted = [n for n in outer_nodes(right) if isinstance(n, t.Scripted) and n.sub]
        members = [n for n in scripted if self.world.name_of(n) == meaning.sym.name]
        try:
            with self.world.dimensions.untouched():
                value, elaborator = self._right_side(right)
                return bool(members) and elaborator.algebra.shape(value) == SCALAR
        except Problem:
            return False

    def _is_namesake(self, tree: t.Tree, right: t.Tree) -> bool:
        """``b(t) = t^2`` beside an array b: a function of its own, where b times t is no side of this equation."""
        parts = application(tree)
        if parts is None or not isinstance(parts[0], t.Name) or not isinstance(parts[1], t.Name):
            return False
        if parts[1].text.isdigit():  # Y(1) = 1, with the vector of ones
            return False
        key, letter = spell(parts[0]) or "", spell_name(parts[1])
        known = self.world.table.meanings.get(key)
        if not isinstance(known, Array) or known.sym.shape == SCALAR or namesake(key) in self.world.table.meanings:
            return False
        if not any(isinstance(n, t.Name) and spell_name(n) == letter for n in tree_nodes(right)):
            return False
        elaborator = self.world.elaborator()
        try:
            with self.world.dimensions.untouched():
                elaborator.algebra.whole(elaborator.expression(tree), elaborator.expression(right), tree.span)
            return False
        except Problem as problem:
            return problem.code in ("nonconforming", "shape", "undeclared")

    def defined(self, tree: t.Tree) -> str | None:
        """The name of a left side that has a definition already."""
        tree = unbracketed(tree)
        if (parts := application(tree)) is not None:
            key = spell(parts[0])
            return key if isinstance(self.world.table.meanings.get(key or ""), DefinedFunction) else None
        meaning = self._declared(tree)
        return spell(tree) if meaning is not None and meaning.sym.name in self.world.table.definitions else None

    def is_said_again(self, left: t.Tree, right: t.Tree) -> bool:
        """Whether a formula is given for a name that has a definition."""
        right = unbracketed(right)
        power = isinstance(right, t.Scripted) and right.power is not None
        formula = power or self._is_formula(right) or isinstance(right, t.Negative)
        return formula and self.defined(left) is not None and not self._speaks_of(right, left)

    def updates(self, left: t.Tree, right: t.Tree) -> bool:
        """Whether a known name gets a value that is made of its old one."""
        return self._declared(left) is not None and self._speaks_of(right, left)

    def _is_numbered_name(self, tree: t.Tree, right: t.Tree) -> bool:
        """``h_1 = W h`` beside a vector h: an array on the right is no single entry of h."""
        if not isinstance(tree, t.Scripted) or not tree.sub or not all(isinstance(s, t.Number) for s in tree.sub):
            return False
        if tree.power is not None or tree.transpose or tree.primes or (spell(tree) or "") in self.world.table.meanings:
            return False
        try:
            with self.world.dimensions.untouched():
                value, elaborator = self._right_side(right)
                return elaborator.algebra.shape(value) != SCALAR
        except Problem:
            return False

    def _is_formula(self, right: t.Tree) -> bool:
        return not isinstance(unbracketed(right), (t.Name, t.Scripted, t.Number, t.Negative))

    def _declared(self, tree: t.Tree) -> Array | None:
        """The declared array that a left side names as a whole."""
        meaning = self.world.table.meanings.get(spell(unbracketed(tree)) or "")
        return meaning if isinstance(meaning, Array) else None

    def is_square(self, tree: t.Tree) -> bool:
        """``a^2`` of something declared."""
        tree = unbracketed(tree)
        return isinstance(tree, t.Scripted) and tree.power is not None and self._declared(replace(tree, power=None)) is not None

    def _speaks_of(self, right: t.Tree, left: t.Tree) -> bool:
        base = base_name(left) if isinstance(left, (t.Name, t.Scripted)) and _has_base(left) else None
        if base is None or (isinstance(left, t.Scripted) and left.primes):
            return False
        layer = left.layer if isinstance(left, t.Scripted) else ()
        keys = {spell(left), spell_scripted(base, (), layer)}
        declared = {m.sym.name for k in keys if isinstance(m := self.world.table.meanings.get(k or ""), Array)}
        names = [node for node in outer_nodes(right) if isinstance(node, (t.Name, t.Scripted))]
        whole = spell(left)  # I = I^T says something of I, whatever I is
        if whole is not None and any(spell(node) == whole or self._plain(node) == whole for node in names):
            return True
        return any(self.world.name_of(node) in declared for node in names)

    def _plain(self, node: t.Name | t.Scripted) -> str | None:
        """A name without transposition and power."""
        return spell(replace(node, transpose=0, exponent=None, power=None)) if isinstance(node, t.Scripted) else spell(node)

    def _has_no_meaning(self, tree: t.Tree) -> bool:
        match tree:
            case t.DifferentialOf(operand=operand):
                return self._is_new_differential(operand)
            case t.Name():
                return self._new_name(tree, (), ())
            case t.Scripted(base=t.Name() as base, transpose=0, power=None):
                return self._new_name(base, tree.sub, tree.layer, tree.star, tree.primes)
            case t.Scripted(base=t.Name() as base, transpose=0, primes=0, power=t.Number(text="2")):
                return spell_name(base) != "e" and self._new_name(base, (), tree.layer) and (
                    self.world.table.meanings.keys().isdisjoint(_squares(base, tree)))
            case t.Call() | t.ProductOf():
                if (several := self._of_several(tree)) is not None:
                    return self._has_no_meaning(several)
                return (parts := application(tree)) is not None and self._new_function(*parts)
            case _:
                return False

    def _of_several(self, tree: t.Tree) -> t.Tree | None:
        """J in ``J(w, b) = …``, whose arguments are names: a name for the value."""
        match tree:
            case t.ProductOf(factors=((_, (t.Name() | t.Scripted()) as name), ("", t.Bracket(kind="(", items=items)))):
                return name if len(items) > 1 and all(map(self._is_argument, items)) else None
            case _:
                return None

    def _is_argument(self, tree: t.Tree) -> bool:
        """A variable; one that nobody declares as well: its shape is inferred."""
        if self.world.name_of(tree) is not None or self._is_known_square(tree):
            return True
        return isinstance(tree, (t.Name, t.Scripted)) and spell(tree) is not None and spell(tree) not in self.world.table.meanings

    def _is_known_square(self, tree: t.Tree) -> bool:
        """The σ² that a document knows as a name."""
        match tree:
            case t.Scripted(base=t.Name() as base, power=t.Number(text="2")):
                return f"{spell_name(base)}^2" in self.world.table.meanings
            case _:
                return False

    def _is_new_differential(self, operand: t.Tree) -> bool:
        key = spell(operand)
        if key is None or f"d{key}" in self.world.table.meanings:
            return False
        known = self.world.name_of(operand)
        return known is None

    def _new_name(
        self, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...], star: int = 0, primes: int = 0
    ) -> bool:
        if (base.font and base.text in ("1", "0")) or self._is_product_of_letters(base):
            return False
        key = spell_scripted(base, sub, layer, 0, star)
        if key is None:
            return False
        if not sub and base.text in BUILTIN_FUNCTIONS and base.text not in AMBIGUOUS_BUILTINS:
            return False
        if base.text == "e" and sub and key not in self.world.table.meanings:
            return False
        meaning, rest, _ = self.world.elaborator().resolve(base, sub, layer, star)
        if primes:  # c' beside c: a name of its own, unless c is a function
            function = isinstance(meaning, (DefinedFunction, UnknownFunction)) or base.text in BUILTIN_FUNCTIONS
            return not function and spell_scripted(base, sub, layer, primes, star) not in self.world.table.meanings
        if meaning is None:
            return True
        exact = key in self.world.table.meanings or spell_scripted(base, (), layer, 0, star) in self.world.table.meanings
        if isinstance(meaning, Array) and not exact:  # x_ij of X; but w_j beside W is new
            return len(atoms(rest, len(meaning.sym.shape))) < len(meaning.sym.shape)
        if not isinstance(meaning, Array) or meaning.sym.name in self.world.table.definitions:
            return False
        declared = self.world.table.variables.get(meaning.sym.name)
        limited = declared is not None and (declared.definite or declared.domain in ("binary", "sign"))
        return not limited and self._open_to_definition(rest)

    def _is_product_of_letters(self, base: t.Name) -> bool:
        """``\\mathbf{Ax}`` beside 𝐀 and 𝐱."""
        letters = [replace(base, text=letter) for letter in base.text] if base.font == "bf" and len(base.text) > 1 else []
        return bool(letters) and all(spell_name(letter) in self.world.table.meanings for letter in letters)

    def _open_to_definition(self, rest: tuple[t.Tree, ...]) -> bool:
        """A declared array may be defined as a whole, or by entries with distinct letters."""
        found = [spell(a) for a in atoms(rest, 0)]
        return all(x is not None and x.isalpha() for x in found) and len(set(found)) == len(found)

    def _new_function(self, function: t.Tree, argument: t.Tree) -> bool:
        base = function.base if isinstance(function, t.Scripted) else function
        if not isinstance(base, t.Name) or spell(argument) is None or self._is_entry(argument):
            return False
        if isinstance(function, t.Scripted) and (function.primes or function.power or function.transpose):
            return False
        if (spell(function) or "") in self.world.table.meanings or self._is_builtin_array(base):
            return False
        return base.text in AMBIGUOUS_BUILTINS or base.text not in BUILTIN_FUNCTIONS

    def _is_entry(self, argument: t.Tree) -> bool:
        """``\\sigma(x_i) = …`` claims something of entries; ``\\sigma(x) = …`` defines."""
        base = argument.base if isinstance(argument, t.Scripted) else argument
        if not isinstance(argument, t.Scripted) or not isinstance(base, t.Name):
            return not isinstance(base, t.Name)
        _, rest, _ = self.world.elaborator().resolve(base, argument.sub, argument.layer, argument.star)
        return bool(rest)

    def _is_builtin_array(self, base: t.Name) -> bool:
        return base.text in ARRAY_FUNCTIONS and base.text not in self.world.table.meanings

    def is_builtin_function(self, tree: t.Tree) -> bool:
        return isinstance(tree, t.Name) and tree.text in BUILTIN_FUNCTIONS and tree.text not in self.world.table.meanings

    def define(self, left: t.Tree, right: t.Tree) -> str:
        """Enters a definition; returns its name."""
        left = unbracketed(left)
        left = self._of_several(left) or left
        if (name := _under_logarithm(left)) is not None:
            return self.define(name, t.Scripted(t.Name("e", span=right.span), power=right, span=right.span))
        parts = application(left)
        if parts is not None and self._is_namesake(left, right):
            key = spell(parts[0]) or ""
            self.world.read(f"{key} is a function where it stands before brackets, and an array elsewhere")
            return self._define_scalar_function(namesake(key), base_name(parts[0]), spell(parts[1]) or "", right)
        if parts is not None and (self._new_function(*parts) or self.defined(left) is not None):
            return self._define_function(*parts, right)
        if self.is_builtin_function(left) and only_letter(right) is not None:
            return self._define_pointfree(left, right)
        if isinstance(left, t.DifferentialOf):
            return self._define_differential(left, right)
        if isinstance(left, t.Scripted) and left.power is not None:  # σ² = …, σ_j² = …
            squared = t.Name(f"{spell_scripted(base_name(left), (), left.layer)}^2", span=left.span)
            return self._define_name(squared, t.Scripted(squared, left.sub), right)
        base = base_name(left)
        scripts = left if isinstance(left, t.Scripted) else t.Scripted(base)
        return self._define_name(base, scripts, right)

    def _right_side(self, right: t.Tree) -> tuple[Expr, Elaborator]:
        elaborator = self.world.elaborator()
        elaborator.mode = mode(self.world, None, right)
        value = self.world.dimensions.settle(elaborator.expression(right))
        self.world.told_last = tuple(elaborator.algebra.told)
        self.world.caveats_last = (*elaborator.caveats(), *self.world.inherited((value,), right))
        return value, elaborator

    def _define_name(self, base: t.Name, scripts: t.Scripted, right: t.Tree) -> str:
        if (alias := self._alias(base, scripts, right)) is not None:
            return alias
        value, elaborator = self._right_side(right)
        declared = self.world.table.meanings.get(spell_scripted(base, (), scripts.layer, scripts.primes, scripts.star) or "")
        letters = [spell(a) or "?" for a in atoms(scripts.sub, 0)]
        free = {i.name for i in free_indices(value)}
        whole_key = spell_scripted(base, scripts.sub, scripts.layer, scripts.primes, scripts.star) or base.text
        numbered = all(letter.isdigit() for letter in letters)
        entries = isinstance(declared, Array) or bool(free & set(letters))
        if scripts.sub and whole_key not in self.world.table.meanings and entries and not numbered:
            key = spell_scripted(base, (), scripts.layer, scripts.primes, scripts.star) or base.text
            axes = declared.sym.shape if isinstance(declared, Array) else None
            value = self._by_entries(value, letters, axes, elaborator, right.span)
            family = len(letters) < len(elaborator.algebra.shape(value))
            return self._enter(key, base, value, family=family, by_entries=not isinstance(declared, Array))
        self._refuse_free(value, right)
        return self._enter(whole_key, base, value)

    def _refuse_free(self, value: Expr, right: t.Tree) -> None:
        free = sorted(i.name.split("#")[0] for i in free_indices(value))
        if not free:
            return
        sums = (n for n in tree_nodes(right) if isinstance(n, t.BigOperator))
        self.world.sums_implied = True
        bound = any(spell(b.index) == free[0] for n in sums for b in n.binders)
        hint = "a sum ends at the next + or -: put what belongs to it between brackets" if bound else None
        raise Problem("index", f"the index {free[0]} is free on the right side only", right.span, hint)

    def _by_entries(self, value: Expr, letters: list[str], axes: tuple[object, ...] | None, elaborator: Elaborator,
                    span: Span) -> Expr:
        """The array whose entry at the letters is the value."""
        found: list[Index] = []
        for n, letter in enumerate(letters):
            index = elaborator.scope.free.get(letter)
            if index is None:
                index = Index(letter, self.world.dimensions.fresh())
            if axes is not None and n < len(axes):
                self.world.dimensions.unify(index.dim, axes[n])  # type: ignore[arg-type]
            found.append(self.world.dimensions.settle(index))
        value = self.world.dimensions.settle(value)
        extra = {i.name for i in free_indices(value)} - {i.name for i in found}
        if extra:
            self.world.sums_implied = True
            raise Problem("index", f"the index {sorted(extra)[0].split('#')[0]} is free on the right side only", span)
        rest = tuple(elaborator.algebra.index("a", d) for d in elaborator.algebra.shape(value))
        body = Entry(value, rest) if rest else value
        return self.world.dimensions.settle(Build((*found, *rest), body))

    def _alias(self, base: t.Name, scripts: t.Scripted, right: t.Tree) -> str | None:
        """``Y = k``, ``score = X^{(3)}``, ``x_{ij} = X^{(3)}_{ij}``: another name for the same thing."""
        target = right.base if isinstance(right, t.Scripted) else right
        if not isinstance(target, t.Name):
            return None
        other = right if isinstance(right, t.Scripted) else t.Scripted(target)
        if other.power or other.transpose or other.primes:
            return None
        meaning, rest, _ = self.world.elaborator().resolve(target, other.sub, other.layer, other.star)
        if not isinstance(meaning, (Array, LabelName)):
            return None
        if rest and [spell(a) for a in atoms(rest, 0)] != [spell(a) for a in atoms(scripts.sub, 0)]:
            return None
        key = spell_scripted(base, () if rest else scripts.sub, scripts.layer, scripts.primes, scripts.star)
        if key is None or (scripts.sub and not rest and any(e.isalpha() for e in [spell(s) or "" for s in scripts.sub])):
            return None
        if key in self.world.table.meanings:
            return None
        self.world.table.add(key, base, meaning)
        shown = meaning.sym.name if isinstance(meaning, Array) else meaning.labels.name
        self.world.read(f"{key} is another name for {shown}")
        return key

    def _enter(self, key: str, base: t.Name, value: Expr, *, family: bool = False, by_entries: bool = False) -> str:
        shape = self.world.dimensions.shape(Algebra(self.world.dimensions, self.world.choices).shape(value))
        known = self.world.table.meanings.get(key)
        if isinstance(known, Array) and known.sym.name not in self.world.table.definitions:
            if not self.world.dimensions.unify_shapes(known.sym.shape, shape):
                raise Problem("shape", f"{key} is {describe(known.sym.shape)}, its definition is {describe(shape)}")
            if any(s.name == key for s in self.world.depends(value)):
                raise Problem("definition", f"the definition of {key} refers to itself")
            self._keep_traits(key, value)
        name = key
        if isinstance(known, Array) and known.by_entries and not shape:
            self.world.table.meanings[members_of(key)] = known
        if key in self.world.table.definitions:  # defined anew: earlier lines keep the earlier meaning
            name = f"{key}′"
            while name in self.world.table.definitions:
                name += "′"
        sym = Sym(name, shape)
        self.world.table.add(key, base, Array(sym, family, by_entries))
        self.world.table.variables[name] = Variable(name, shape)
        self.world.table.definitions[name] = self.world.dimensions.settle(value)
        self.world.table.note_open(name)
        self.world.told[key] = self.world.told_last
        self.world.caveats[name] = self.world.caveats_last
        return key

    def _keep_traits(self, key: str, value: Expr) -> None:
        """What was declared of a name stays an assumption on its definition: x > 0, S symmetric."""
        declared = self.world.table.variables.get(key)
        if declared is None:
            return
        signs: dict[str, Sign] = {"positive": ">", "nonnegative": "≥", "nonzero": "≠"}
        if declared.domain in signs:
            self.world.table.assumptions.append(SignAssumption(value, signs[declared.domain]))
        if declared.symmetric:
            self.world.table.assumptions.append(Equation(value, Transpose(value)))

    def _define_function(self, function: t.Tree, argument: t.Tree, right: t.Tree) -> str:
        """``f(x) = …``: x is the declared x where there is one, else a scalar."""
        key, base = spell(function) or "", base_name(function)
        parameter_key = spell(argument) or ""
        known = self.world.table.meanings.get(parameter_key) or self._supposed_array(argument)
        if isinstance(known, Array):
            value, _ = self._right_side(right)
            self._refuse_free(value, right)
            self.world.table.add(key, base, DefinedFunction(self.world.dimensions.settle(known.sym), value))
            self.world.caveats[key] = self.world.caveats_last
            return key
        return self._define_scalar_function(key, base, parameter_key, right)

    def _supposed_array(self, argument: t.Tree) -> Array | None:
        """Where shapes are inferred: the argument, if its uses show an array."""
        supposed, base = self.world.suppositions, base_name(argument)
        if supposed is None or supposed.kinds.get(spell_name(base), "scalar") == "scalar" or not isinstance(argument, t.Name):
            return None
        supposed.enter(self.world.elaborator(), base, (), ())
        meaning = self.world.table.meanings.get(spell_name(base))
        return meaning if isinstance(meaning, Array) else None

    def _define_scalar_function(self, key: str, base: t.Name, letter: str, right: t.Tree) -> str:
        """A function of one number; its letter means the number on the right side and nothing elsewhere."""
        parameter = Sym(letter, SCALAR)
        meanings = self.world.table.meanings
        hidden = meanings.get(letter)
        meanings[letter] = Array(parameter)
        try:
            value, _ = self._right_side(right)
        finally:
            meanings.pop(letter)
            if hidden is not None:
                meanings[letter] = hidden
        self._refuse_free(value, right)
        self.world.table.add(key, base, DefinedFunction(parameter, value))
        self.world.caveats[key] = self.world.caveats_last
        return key

    def _define_pointfree(self, left: t.Tree, right: t.Tree) -> str:
        """``Relu = \\max(0, x)``: the one letter on the right is the argument."""
        letter = only_letter(right)
        assert letter is not None
        base = base_name(left)
        return self._define_scalar_function(spell_name(base), base, spell_name(letter), right)

    def _define_differential(self, left: t.DifferentialOf, right: t.Tree) -> str:
        """``dz = \\frac{\\partial L}{\\partial z}`` as a given name."""
        key = f"d{spell(left.operand)}"
        base = base_name(left.operand)
        value, _ = self._right_side(right)
        return self._enter(key, replace(base, text=f"d{base.text}"), value)

    def infer_by_matching(self, chain: t.Chain) -> dict[int, str]:
        """``Relu(X) * W = Relu(X_0 W_1) * W`` tells what an undeclared X is."""
        inferred: dict[int, str] = {}
        for n in reversed(range(len(chain.relations))):
            left, right = chain.members[n], chain.members[n + 1]
            if self.is_new(left) or not self._undeclared(left) or self._undeclared(right):
                continue
            for name, value in match_like(left, right, self._is_undeclared_name):
                key = self.define(name, value)
                self.world.read(f"{key} is read as {self.world.excerpt(value)}, by comparison")
                inferred[n] = key
        return inferred

    def _is_undeclared_name(self, tree: t.Tree) -> bool:
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name) or (base.font in ("bf", "bb") and base.text in ("1", "0")):
            return False
        if base.text in BUILTIN_FUNCTIONS or self._is_builtin_array(base) or base.text in ("e", "I", "\\pi", ":"):
            return False
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        if scripts.power or scripts.transpose or scripts.primes or spell(tree) is None:
            return False
        meaning, _, _ = self.world.elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
        return meaning is None

    def _undeclared(self, tree: t.Tree) -> bool:
        """Whether a whole undeclared name with a layer or word stands in the tree, outside subscripts."""
        return any(isinstance(n, (t.Name, t.Scripted)) and self._is_undeclared_name(n) for n in outer_nodes(tree))


def _squares(base: t.Name, tree: t.Scripted) -> set[str]:
    """The keys under which σ_j² may be known: as an entry of σ², as a name of its own."""
    squared = t.Name(f"{spell_scripted(base, (), tree.layer)}^2")
    return {squared.text, spell_scripted(squared, tree.sub, ()) or squared.text}


def _under_logarithm(tree: t.Tree) -> t.Name | t.Scripted | None:
    """p in ``\\log p = …``, which says what p is."""
    match tree:
        case t.Call(function=t.Name(text="log" | "ln"), arguments=((t.Name() | t.Scripted()) as name,)):
            return name
        case _:
            return None


def _has_base(tree: t.Name | t.Scripted) -> bool:
    return isinstance(tree, t.Name) or isinstance(tree.base, t.Name)
