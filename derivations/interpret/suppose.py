"""What undeclared names are taken for while a document is read whose shapes are inferred (``infer.py``)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from derivations.claims import FreeFunction, Labels, Variable
from derivations.expr import ONE, SCALAR, Apply, Shape, Sym, free_symbols
from derivations.interpret.indices import atoms
from derivations.interpret.names import Array, LabelName, UnknownFunction, spell, spell_name, spell_scripted
from derivations.interpret.uses import Kind
from derivations.read import tree as t

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

INDEXED: frozenset[Kind] = frozenset({"column", "matrix", "square", "family"})
AXES: dict[Kind, int] = {"scalar": 0, "column": 1, "row": 1, "matrix": 2, "square": 2, "family": 2}


@dataclass
class Suppositions:
    """A kind for every letter that stands for something undeclared, and what came of it.

    ``shapes`` holds the sizes once they are known; without it every axis gets an open size, which unification fixes.
    """

    kinds: Mapping[str, Kind]
    names: Mapping[str, t.Name] = field(default_factory=dict)
    sizes: frozenset[str] = frozenset()
    index_letters: frozenset[str] = frozenset()
    indexed: Mapping[str, frozenset[int]] = field(default_factory=dict)  # with how many indices a letter stands
    named: frozenset[str] = frozenset()  # letters whose subscripts are part of the name
    definitions_only: bool = False  # claims fix no sizes of what definitions speak of: a false one would bend them
    settled: bool = False  # whether all sizes are known
    shapes: Mapping[str, Shape] = field(default_factory=dict)
    found: dict[str, Shape] = field(default_factory=dict)
    losses: dict[str, str] = field(default_factory=dict)  # a scalar that is differentiated and never defined: of what

    def enter(self, e: Elaborator, base: t.Name, sub: tuple[t.Tree, ...], layer: tuple[t.Tree, ...],
              star: int = 0, primes: int = 0) -> bool:
        """Enters the name into the table; says whether it means something now."""
        kind = self.kinds.get(spell_name(base))
        indexed = kind in INDEXED and bool(sub) and self._are_indices(spell_name(base), sub)
        key = spell_scripted(base, () if indexed else sub, layer, primes, star)
        if kind is None or key is None or key in e.table.meanings:
            return False
        if kind == "loss":
            return self._enter_loss(e, key, base)
        if kind == "function":
            e.table.add(key, base, UnknownFunction(FreeFunction(key, None, SCALAR)))
            return True
        if kind not in AXES:
            return False
        shape = self.shapes.get(key) or self._shape(e, kind)
        self.found[key] = shape
        e.table.add(key, base, Array(Sym(key, shape), kind == "family"))
        e.table.variables[key] = Variable(key, shape)
        return True

    def _are_indices(self, letter: str, sub: tuple[t.Tree, ...]) -> bool:
        """Whether a subscript picks entries; a number does so where letters do elsewhere."""
        parts = atoms(sub, 2)
        if len(parts) == 1 and letter in self.named and not isinstance(parts[0], t.Scripted):
            return False
        if all(isinstance(part, t.Number) for part in parts):
            return len(parts) in self.indexed.get(letter, ())
        return all(isinstance(part, t.Scripted) or spell(part) in self.index_letters for part in parts)

    def _shape(self, e: Elaborator, kind: Kind) -> Shape:
        fresh = e.algebra.dimensions.proper
        match kind:
            case "square":
                n = fresh()
                return (n, n)
            case "row":
                return (ONE, fresh())
            case _:
                return tuple(fresh() for _ in range(AXES[kind]))

    def _enter_loss(self, e: Elaborator, key: str, base: t.Name) -> bool:
        """``L`` is some function of the one array that the document computes and does not use itself."""
        used = {s.name for value in e.table.definitions.values() for s in free_symbols(value)}
        ends = [e.table.variables[name] for name in e.table.definitions if name not in used]
        if len(ends) != 1 or len(ends[0].shape) > 2:
            return False
        of = ends[0]
        name = f"\\ell_{{{key}}}"
        shape = e.algebra.dimensions.shape(of.shape)
        e.table.add(name, t.Name("\\ell"), UnknownFunction(FreeFunction(name, shape, SCALAR)))
        e.table.add(key, base, Array(Sym(key, SCALAR)))
        e.table.variables[key] = Variable(key, SCALAR)
        e.table.definitions[key] = Apply(name, Sym(of.name, shape), SCALAR)
        self.losses[key] = of.name
        return True

    def enter_functional(self, e: Elaborator, base: t.Name, argument: Shape) -> bool:
        """``\\ell(y)``: some differentiable function of an array, known by what it is applied to."""
        key = spell_name(base)
        if self.kinds.get(key) != "functional" or key in e.table.meanings:
            return False
        shape = self.shapes.get(key, argument)
        self.found[key] = shape
        e.table.add(key, base, UnknownFunction(FreeFunction(key, shape, SCALAR)))
        return True

    def begin(self, e: Elaborator) -> None:
        """Before a document is read: sizes, and ``y_i``, ``y`` in subscripts, which are labels."""
        for size in sorted(self.sizes):
            e.table.size(size)
        for key, kind in self.kinds.items():
            if kind not in ("label", "labels"):
                continue
            dims = 2 if kind == "labels" else 1
            shape = self.shapes.get(key) or tuple(e.algebra.dimensions.fresh() for _ in range(dims))
            self.found[key] = shape
            labels = Labels(key, shape[0] if kind == "labels" else None, shape[-1])
            e.table.add(key, self.names[key], LabelName(labels))
