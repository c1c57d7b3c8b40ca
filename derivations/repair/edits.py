"""The edits, as rows: each a way in which published lines go wrong, undone.

An edit changes the written text of the right side at places that the formula tree points out, so
that a repair keeps the document's own notation.  Nothing here decides anything: a text that reads badly or
says something false is thrown away by the search.  The order of the rows is the order of trying: the
plainest first, and of what is left the commonest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from derivations.repair import constants, letters, structure, transposes
from derivations.repair.line import Change, Line


@dataclass(frozen=True, slots=True)
class Edit:
    """``words`` say what was done; the places in braces are filled from ``Change.parts``.

    ``reason`` is the mistake itself, where the edit shows it, and ``code`` its name in docs/codes.md; edits that
    ``pair`` are also tried two at a time.
    """

    name: str
    words: str
    changes: Callable[[Line], Iterator[Change]]
    reason: str = ""
    pairs: bool = False
    code: str = ""

    def told(self, change: Change) -> str:
        return self.words.format(**change.parts)

    def diagnosis(self, change: Change) -> str:
        return self.reason.format(**change.parts)


EDITS = (
    Edit("hiding sum", "drop {old}: it hides the free index {index}", structure.hiding_sums,
         "{old} hides the free index {index}", pairs=True, code="hidden-index"),
    Edit("sign", "flip the sign", structure.whole_sign, pairs=True),
    Edit("sign of a term", "flip the sign of {old}", structure.term_signs, pairs=True),
    Edit("layout", "transpose the right side", transposes.whole_transpose, "{layout}", code="other-layout"),
    Edit("transpose", "{verb} {old}", transposes.one_transpose, pairs=True),
    Edit("swap", "swap the factors {old} and {other}", structure.swaps, pairs=True),
    Edit("swap with transposes", "swap and transpose: {new} for {old}", structure.transposing_swaps),
    Edit("derivative of a function", "{verb} {old}", constants.primes, pairs=True),
    Edit("sum", "drop {old}", structure.any_sums),
    Edit("size", "it is {new}, not {old}", constants.other_sizes, pairs=True),
    Edit("factor", "drop the factor {old}", structure.factors, pairs=True),
    Edit("number", "{new} for {old}", constants.other_numbers, pairs=True),
    Edit("missing scalar", "the factor {new} is missing", constants.missing_scalars, pairs=True),
    Edit("term", "drop the term {old}", structure.terms),
    Edit("index", "the index is {new}, not {old}", letters.other_letters),
    Edit("subscripts", "swap the indices of {old}", letters.swapped_subscripts),
    Edit("inverse", "{new} for {old}", transposes.inverses, pairs=True),
    Edit("product", "{new} for {old}", structure.product_signs),
    Edit("inner sign", "flip the sign of {old}", structure.inner_signs),
    Edit("binder", "{new} for {old}", letters.other_binders),
    Edit("missing sum", "{new} is missing", letters.missing_sums),
    Edit("complement", "{new} for {old}", constants.complements),
    Edit("gate in place of a value", "the gate {new} for {old}", constants.gates_for_values),
    Edit("gate", "the gate {new} is missing", constants.missing_gates),
    Edit("symmetry", "{old} stands for both of two terms", letters.symmetrised),
    Edit("constant", "{new} for {old}", constants.added_constants),
    Edit("function", "{new} for {old}", constants.other_functions),
    Edit("shifted entries", "shift the {axis} index of {old} by {step}", letters.shifted_entries),
    Edit("value from the left", "the factor {new} is missing", letters.from_the_left),
    Edit("symbol", "{new} for {old}", letters.other_symbols),
    Edit("symbol for a number", "{new} for {old}", letters.numbers_to_symbols),
    Edit("power", "{new} for {old}", constants.squares),
    Edit("missing factor", "the factor {new} is missing", letters.missing_factors),
    Edit("missing factor inside", "the factor {new} is missing", letters.factors_inside),
    Edit("missing term", "{new} is missing", letters.missing_terms),
)
