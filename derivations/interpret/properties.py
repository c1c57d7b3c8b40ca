"""Properties of declared arrays that running text tells in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from derivations.claims import Caveat, Equation
from derivations.expr import ONE, UNIT, Dim, Expr, Fill, MatMul, Sym, Transpose, negative
from derivations.interpret.names import Array, spell
from derivations.interpret.spoken import Property, Spoken
from derivations.interpret.trees import untransposed
from derivations.interpret.world import World
from derivations.read import tree as t
from derivations.source import Problem

SAID: dict[Property, str] = {
    "symmetric": "{} is symmetric: the running text says so",
    "definite": "{} is symmetric and positive definite: the running text says so",
    "one-hot": "{} sums to 1: the running text calls it one-hot",
}


class Properties:
    """What has been said so far, and of it what waits for its name to be known."""

    def __init__(self, world: World, said: Iterable[Spoken]) -> None:
        self.world = world
        self.said: dict[int, list[Spoken]] = {}
        self.waiting: list[tuple[t.Name | t.Scripted, Spoken]] = []
        self.heard: list[Equation] = []  # what is said, and may be a condition
        self.conditioned: set[str] = set()  # names of which something is said that plain equations may rest on
        for one in said:
            self.said.setdefault(one.formula, []).append(one)

    def hear(self, formula: int, chains: Iterable[t.Chain | Problem]) -> None:
        """Behind a formula of running text that says something: the name that it is, or declares."""
        for one in self.said.get(formula, ()):
            for chain in chains:
                if isinstance(chain, t.Chain) and (chain.relations in ((), ("∈",)) or _says_symmetric(chain)):
                    name = chain.members[0]
                    if isinstance(name, (t.Name, t.Scripted)):
                        self.waiting.append((name, one))
        self.settle()

    def settle(self) -> None:
        """Enters what is said of names that mean something by now."""
        self.waiting = [(name, one) for name, one in self.waiting if not self._enter(name, one)]

    def _enter(self, name: t.Name | t.Scripted, one: Spoken) -> bool:
        """Enters one property; says whether the name means something by now."""
        table, dimensions, supposed = self.world.table, self.world.dimensions, self.world.suppositions
        key = spell(name) or ""
        if key not in table.meanings and isinstance(name, t.Name) and supposed is not None and not supposed.definitions_only:
            supposed.enter(self.world.elaborator(), name, (), ())
        meaning = table.meanings.get(key)
        if not isinstance(meaning, Array) or meaning.family or meaning.sym.name in table.definitions:
            return meaning is not None
        if one.what == "condition":
            self.conditioned.add(meaning.sym.name)
            return True
        if one.what == "distribution":
            if len(meaning.sym.shape) in (1, 2) and meaning.sym.shape[0] != ONE:
                self.heard.append(sums_to_one(dimensions.settle(meaning.sym)))
            return True
        if one.what == "skew":
            if len(meaning.sym.shape) == 2 and dimensions.unify(*meaning.sym.shape):
                sym = dimensions.settle(meaning.sym)
                self.heard.append(Equation(Transpose(sym), negative(sym)))
            return True
        if one.what == "of a matrix" and len(meaning.sym.shape) != 2:  # "by its diagonal x"
            return True
        if one.what in ("of a matrix", "other"):
            doubt = Caveat(f"the running text says of {key} what is not understood: write it among the given sentences")
            self.world.caveats.setdefault(meaning.sym.name, (doubt,))
            return True
        if one.what != "one-hot" and (len(meaning.sym.shape) != 2 or not dimensions.unify(*meaning.sym.shape)):
            return True
        sym = dimensions.settle(meaning.sym)
        if one.what == "one-hot" and (len(sym.shape) not in (1, 2) or sym.shape[0] == ONE):
            return True
        equation = sums_to_one(sym) if one.what == "one-hot" else Equation(sym, Transpose(sym))
        if not one.sure:
            self.heard.append(equation)
            return True
        if one.what == "one-hot":
            table.assumptions.append(equation)
        else:
            variable = table.variables[sym.name]
            table.variables[sym.name] = replace(variable, symmetric=True, definite=variable.definite or one.what == "definite")
        self.world.read(SAID[one.what].format(key))
        return True


def _says_symmetric(chain: t.Chain) -> bool:
    """``with symmetric $S = S^T$``: words and formula say the same."""
    return chain.relations == ("=",) and untransposed(chain.members[1]) in (chain.members[0], t.Scripted(chain.members[0]))


def sums_to_one(array: Sym) -> Equation:
    """The entries of a column, or of every row of a matrix."""
    if len(array.shape) == 1:
        return Equation(MatMul(Transpose(_ones(array.shape[0])), array), UNIT)
    return Equation(MatMul(array, _ones(array.shape[1])), _ones(array.shape[0]))


def _ones(dim: Dim) -> Expr:
    return Fill(UNIT, (dim,))
