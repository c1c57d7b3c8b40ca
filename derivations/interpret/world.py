"""What interpretation knows while it goes through a document."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from derivations.claims import Caveat
from derivations.expr import Expr, Sym, free_symbols
from derivations.interpret.algebra import Algebra, Choices
from derivations.interpret.conventions import Conventions
from derivations.interpret.declare import class_sizes
from derivations.interpret.dimensions import Dimensions
from derivations.interpret.indices import Scope
from derivations.interpret.layers import Layers
from derivations.interpret.members import Members
from derivations.interpret.misunderstood import Misunderstood
from derivations.interpret.names import Array, SymbolTable, spell
from derivations.interpret.notation import Elaborator, Mode
from derivations.interpret.orders import pairs_bound
from derivations.interpret.samples import Samples
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import tree_nodes
from derivations.read import tree as t


@dataclass
class World:
    """The symbols, sizes and readings of one document, as far as it has been read."""

    choices: Choices
    text: str  # what the trees at hand were read from
    dimensions: Dimensions = field(default_factory=Dimensions)
    table: SymbolTable = field(default_factory=SymbolTable)
    readings: list[str] = field(default_factory=list)
    layout: str = "mixed"
    families: frozenset[str] = frozenset()  # letters that some sum of the document binds
    losses: list[str] = field(default_factory=list)  # what the document differentiates
    declared_loss: str | None = None
    tangent_letters: frozenset[str] = frozenset()  # names with a d of their own somewhere
    both_derivatives: frozenset[tuple[str, str]] = frozenset()  # what is differentiated with ∂ and with d by the same
    told: dict[str, tuple[str, ...]] = field(default_factory=dict)  # conventions of definitions not yet handed on
    told_last: tuple[str, ...] = ()
    caveats: dict[str, tuple[Caveat, ...]] = field(default_factory=dict)  # of what definitions say, by the name defined
    caveats_last: tuple[Caveat, ...] = ()
    suppositions: Suppositions | None = None
    layers: Layers = field(default_factory=Layers)
    samples: Samples = field(default_factory=Samples)
    members: Members = field(default_factory=Members)
    conventions: Conventions = field(default_factory=Conventions)
    misunderstood: tuple[Misunderstood, ...] = ()  # sentences not read so far that claims may rest on

    sums_implied: bool = False  # whether the document speaks of sums over repeated indices, or defines by one

    def __post_init__(self) -> None:
        self.table.dimensions = self.dimensions

    def snapshot(self) -> World:
        """The world as it is now: what later lines enter does not show in it."""
        dimensions = self.dimensions.copy()
        return replace(self, dimensions=dimensions, table=self.table.copy(dimensions), readings=list(self.readings))

    def elaborator(self, allow_free: bool = True) -> Elaborator:
        algebra = Algebra(self.dimensions, self.choices)
        scope = Scope(self.dimensions, self.table, allow_free=allow_free, readings=self.readings)
        mode = Mode(self.layout, class_sizes=class_sizes(self.table), both_derivatives=self.both_derivatives)
        return Elaborator(self.table, algebra, scope, mode, self.text, suppositions=self.suppositions,
                          members=self.members, conventions=self.conventions)

    def rewritten(self, chain: t.Chain) -> t.Chain:
        """A chain in the one writing that interpretation knows: what stands for members, layers, samples, pairs is told apart."""
        chain = self.members.rewritten(self.conventions.rewritten(chain))
        return pairs_bound(self.samples.rewritten(self.layers.rewritten(chain)))

    def read(self, reading: str) -> None:
        if reading not in self.readings:
            self.readings.append(reading)

    def depends(self, value: Expr) -> frozenset[Sym]:
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

    def inherited(self, values: tuple[Expr, ...], *trees: t.Tree) -> tuple[Caveat, ...]:
        """The caveats of all definitions that values and trees rest on."""
        written = (n for n in tree_nodes(trees) if isinstance(n, (t.Name, t.Scripted)))
        names = {s.name for value in values for s in self.depends(value)} | {spell(n) for n in written}
        return tuple(caveat for name, found in self.caveats.items() if name in names for caveat in found)

    def name_of(self, tree: t.Tree) -> str | None:
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if not isinstance(base, t.Name):
            return None
        scripts = tree if isinstance(tree, t.Scripted) else t.Scripted(base)
        meaning, _, _ = self.elaborator().resolve(base, scripts.sub, scripts.layer, scripts.star)
        return meaning.sym.name if isinstance(meaning, Array) else None

    def excerpt(self, tree: t.Tree) -> str:
        return self.text[tree.span.start : tree.span.end]
