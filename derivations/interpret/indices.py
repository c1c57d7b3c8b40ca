"""Index terms: which letters are indices, over what they range, and what a label stands for."""

from __future__ import annotations

from dataclasses import dataclass, field

from derivations.claims import Caveat, Labels
from derivations.expr import Affine, Dim, Index, IndexTerm, LabelOf, Position, index_variables
from derivations.interpret.dimensions import Dimensions, is_open
from derivations.interpret.names import Array, LabelName, SymbolTable, spell
from derivations.read import tree as t
from derivations.source import Problem, Span


@dataclass
class Scope:
    """The indices of one claim: bound ones innermost last, and the free ones met so far."""

    dimensions: Dimensions
    table: SymbolTable
    bound: list[tuple[str, Index]] = field(default_factory=list)
    free: dict[str, Index] = field(default_factory=dict)
    allow_free: bool = True
    readings: list[str] = field(default_factory=list)
    caveats: list[Caveat] = field(default_factory=list)
    _count: int = 0

    # -- binding

    def bind(self, letter: str, dim: Dim | None) -> Index:
        """A new bound index, renamed apart where the letter is in use already."""
        name = letter
        if letter in self.free or any(letter == other for other, _ in self.bound):
            self._count += 1
            name = f"{letter}#{self._count}"
        index = Index(name, dim or self.dimensions.fresh())
        self.bound.append((letter, index))
        return index

    def unbind(self) -> None:
        self.bound.pop()

    def lookup(self, letter: str) -> Index | None:
        """The innermost index of that letter, its dimension as far as known."""
        for other, index in reversed(self.bound):
            if other == letter:
                return self.dimensions.settle(index)
        found = self.free.get(letter)
        return None if found is None else self.dimensions.settle(found)

    def is_bound(self, letter: str) -> bool:
        return any(letter == other for other, _ in self.bound)

    def _free_index(self, letter: str) -> Index:
        return self.free.setdefault(letter, Index(letter, self.dimensions.fresh()))

    # -- reading

    def is_index_like(self, tree: t.Tree) -> bool:
        """Whether a member of a relation is an index or a label rather than a value."""
        base = tree.base if isinstance(tree, t.Scripted) else tree
        if isinstance(base, t.Number):
            return False
        key, base_key = spell(tree), spell(base)
        if key is None or base_key is None:
            return False
        if self.lookup(base_key) is not None:
            return not isinstance(tree, t.Scripted)
        meaning = self.table.meanings.get(key) or self.table.meanings.get(base_key)
        if isinstance(meaning, LabelName):
            return True
        return meaning is None and isinstance(tree, t.Name) and len(base_key) == 1

    def term(self, tree: t.Tree, dim: Dim, row_candidates: tuple[Dim, ...] = ()) -> IndexTerm:
        """The index term that a subscript part denotes, in an axis of size ``dim``."""
        match tree:
            case t.Number(value=value):
                return self._position(int(value), dim, tree.span)
            case t.Name():
                return self._letter(tree, dim)
            case t.Scripted(base=t.Name()):
                return self._scripted(tree, dim)
            case t.SumOf():
                return self._affine(tree, dim)
            case t.Bracket(items=(item,)):
                return self.term(item, dim)
            case _:
                raise Problem("index", "expected an index here", tree.span, "an index is a letter, a number or i + p - 1")

    def _position(self, value: int, dim: Dim, span: Span) -> Position:
        size = self.dimensions.resolve(dim)
        if value < 1 or (size.literal and value > size.coefficient):
            raise Problem("index", f"index {value} is outside 1..{size}", span)
        return Position(value, size)

    def _letter(self, name: t.Name, dim: Dim) -> IndexTerm:
        letter = spell(name) or name.text
        index = self.lookup(letter)
        if index is None:
            meaning = self.table.meanings.get(letter)
            if isinstance(meaning, LabelName):
                return self.label(meaning.labels, None, dim, name.span)
            if letter in self.table.sizes and self.dimensions.resolve(dim) == self.table.sizes[letter]:
                self._letter_is_size(letter, name.span)
            if isinstance(meaning, Array):
                raise Problem("index", f"{letter} is an array here, not an index", name.span)
            if not self.allow_free:
                raise Problem("index", f"the index {letter} is bound by nothing", name.span)
            index = self._free_index(letter)
        return self._fix(index, dim, name.span)

    def _letter_is_size(self, letter: str, span: Span) -> None:
        """``p_{ik}`` beside a size k: an index in most texts; the last entry may be meant, so nothing is refuted by it."""
        if not letter.islower():
            raise Problem("unsupported-notation", f"{letter} is the size of this axis; the last entry is not supported", span)
        caveat = Caveat(f"{letter} is read as an index; it is also the size of this axis, and the last entry may be meant")
        if caveat not in self.caveats:
            self.caveats.append(caveat)

    def _fix(self, index: Index, dim: Dim, span: Span) -> Index:
        if not self.dimensions.unify(index.dim, dim):
            raise Problem(
                "index",
                f"index {index.name.split('#')[0]} runs over 1..{self.dimensions.resolve(index.dim)}, "
                f"but this axis has size {self.dimensions.resolve(dim)}",
                span,
            )
        return self.dimensions.settle(index)

    def _scripted(self, tree: t.Scripted, dim: Dim) -> IndexTerm:
        """``k_i``: the label of row i."""
        base = spell(tree.base) or ""
        meaning = self.table.meanings.get(spell(tree) or "") or self.table.meanings.get(base)
        if not isinstance(meaning, LabelName) or len(tree.sub) != 1:
            raise Problem("index", f"{spell(tree) or 'this'} is neither an index nor a label", tree.span)
        labels = meaning.labels
        if labels.rows is None:
            return self.label(labels, None, dim, tree.span)
        return self.label(labels, self.term(tree.sub[0], labels.rows), dim, tree.span)

    def label(self, labels: Labels, row: IndexTerm | None, dim: Dim, span: Span) -> LabelOf:
        """The label of a row; without a row, that of the one index of the right size in sight."""
        if not self.dimensions.unify(labels.classes, dim):
            raise Problem(
                "index", f"the labels {labels.name} range over 1..{labels.classes}, this axis has size "
                f"{self.dimensions.resolve(dim)}", span,
            )
        if labels.rows is not None and row is None:
            row = self._row_in_sight(labels, span)
        return LabelOf(labels.name, row, self.dimensions.resolve(labels.classes))

    def _row_in_sight(self, labels: Labels, span: Span) -> Index:
        assert labels.rows is not None
        rows = self.dimensions.resolve(labels.rows)
        inner = [i for _, i in reversed(self.bound) if self.dimensions.resolve(i.dim) == rows]
        outer = [i for i in self.free.values() if self.dimensions.resolve(i.dim) == rows]
        found = inner[:1] or (outer if len(outer) == 1 else [])
        if not found:
            raise Problem(
                "index", f"the label {labels.name} has one value for each row, and no row index is in sight", span,
                f"write {labels.name}_i",
            )
        letter = found[0].name.split("#")[0]
        self.read(f"{labels.name} is read as {labels.name}_{letter}, the label of row {letter}")
        return self.dimensions.settle(found[0])

    def read(self, reading: str) -> None:
        if reading not in self.readings:
            self.readings.append(reading)

    def _affine(self, tree: t.SumOf, dim: Dim) -> IndexTerm:
        size = self.dimensions.resolve(dim)
        if not size.literal:
            raise Problem(
                "unsupported-notation", "a shifted index is supported where the axis has a number as its size", tree.span
            )
        offset, terms = 0, []
        for sign, part in tree.terms:
            if isinstance(part, t.Number) and part.value.denominator == 1:
                offset += sign * int(part.value)
            elif isinstance(part, t.Name) and (index := self.lookup(spell(part) or "")) is not None:
                terms.append((sign, index))
            elif isinstance(part, t.Name) and self.allow_free and (spell(part) or "") not in self.table.meanings:
                terms.append((sign, self._free_index(spell(part) or "")))
            else:
                raise Problem("index", "expected an index or a whole number", part.span)
        return Affine(tuple(terms), offset, size)

    # -- afterwards

    def open_letters(self) -> list[str]:
        """Free letters whose range nothing has fixed."""
        return [letter for letter, index in self.free.items() if is_open(self.dimensions.resolve(index.dim))]


def atoms(parts: tuple[t.Tree, ...], axes: int) -> list[t.Tree]:
    """The parts of a subscript, one for each axis: ``ij`` and ``12`` are taken apart."""
    found = [letter for part in parts for letter in _juxtaposed(part)]
    if len(found) < axes:
        found = [piece for part in found for piece in _digits(part)]
    return found


def _juxtaposed(part: t.Tree) -> list[t.Tree]:
    """The letters of ``ij``; in a subscript ``dj`` is no differential but the two indices d and j."""
    match part:
        case t.ProductOf(factors=factors) if all(sign == "" for sign, _ in factors):
            return [letter for _, factor in factors for letter in _juxtaposed(factor)]
        case t.DifferentialOf(operand=operand):
            d = t.Name("d", span=Span(part.span.start, part.span.start + 1))
            return [d, *_juxtaposed(operand)]
        case _:
            return [part]


def _digits(part: t.Tree) -> list[t.Tree]:
    if isinstance(part, t.Number) and part.text.isdigit():
        return [t.Number(type(part.value)(int(d)), d, span=part.span) for d in part.text]
    return [part]


def letters(term: IndexTerm) -> frozenset[str]:
    """The letters of the variables in a term, as written."""
    return frozenset(index.name.split("#")[0] for index in index_variables(term))
