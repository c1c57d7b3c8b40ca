"""What a report says, as data; the printers beside this module only lay it out.

Every rule that two formats could disagree on is here: the worst verdict of a display, the code and the
message of a verdict, the numbers of a witness, what the exit status is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from math import prod
from typing import Literal, TypeAlias, assert_never, get_args

from derivations.claims import Context, Training
from derivations.expr import Dim, Expr, Sym
from derivations.read.headings import Heading
from derivations.source import Problem, Source, Span
from derivations.verdicts import (
    Counterexample,
    Definition,
    Polynomial,
    Proved,
    Refuted,
    ShapeWitness,
    Unknown,
    Unreadable,
    Verdict,
    Word,
)

Kind: TypeAlias = Literal["equality", "gradient", "differential", "definition"]
Nested: TypeAlias = "str | list[Nested]"

WORST_FIRST: tuple[Word, ...] = ("refuted", "unreadable", "unknown", "proved", "definition")
WORDS: tuple[Word, ...] = get_args(Word)
SYMBOLS: dict[Word, str] = {"definition": "·", "proved": "✓", "refuted": "✗", "unknown": "?", "unreadable": "!"}
WARNINGS = frozenset({"unknown-key", "redefined", "mixed-layouts"})
NOTHING_REFUTED, SOMETHING_REFUTED, CANNOT_SAY = 0, 1, 2


@dataclass(frozen=True, slots=True)
class JudgedClaim:
    """One claim; ``id`` is "display.claim", both counted from 1, ``span`` its place in the document's source.

    ``follows``: it is a further link of a chain, whose left side is the right side of the claim before.
    """

    id: str
    span: Span
    latex: str
    kind: Kind
    verdict: Verdict
    follows: bool = False

    @property
    def word(self) -> Word:
        return word(self.verdict)


@dataclass(frozen=True, slots=True)
class JudgedDisplay:
    """One displayed formula; ``span`` is that of ``Formula.outer``: it begins at the delimiter."""

    span: Span
    latex: str
    claims: tuple[JudgedClaim, ...]

    @property
    def word(self) -> Word:
        return worst(claim.word for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Located:
    """A problem of the document itself, or of its ``--given`` file: each knows the text it is in."""

    source: Source
    problem: Problem

    @property
    def is_warning(self) -> bool:
        return self.problem.code in WARNINGS


@dataclass(frozen=True, slots=True)
class DocumentReport:
    """``hidden`` counts the claims that ``--select`` and ``--ignore`` left out.

    ``context`` is all that the document has said by its end, ``training`` what its ``train:`` block names.  ``words`` are
    its names of several letters, ``declared`` those that a set declares, ``places`` the claims that define names.
    ``inputs`` are the files that were read, the document first.
    """

    source: Source
    displays: tuple[JudgedDisplay, ...] = ()
    readings: tuple[str, ...] = ()
    conventions: tuple[str, ...] = ()
    problems: tuple[Located, ...] = ()
    hidden: int = 0
    context: Context = field(default_factory=Context)
    training: Training | None = None
    title: str | None = None
    headings: tuple[Heading, ...] = ()
    words: frozenset[str] = frozenset()
    declared: frozenset[str] = frozenset()
    functions: Mapping[str, tuple[Sym, Expr]] = field(default_factory=dict)
    places: Mapping[str, str] = field(default_factory=dict)
    inputs: tuple[Source, ...] = ()

    @property
    def path(self) -> str:
        return self.source.path

    @property
    def claims(self) -> tuple[JudgedClaim, ...]:
        return tuple(claim for display in self.displays for claim in display.claims)

    @property
    def errors(self) -> tuple[Located, ...]:
        return tuple(located for located in self.problems if not located.is_warning)

    @property
    def exit_status(self) -> int:
        """2 where nothing could be judged although something stands there; no claims at all are no fault."""
        judged = [claim.word for claim in self.claims if claim.word != "definition"]
        if (judged and set(judged) == {"unreadable"}) or (not self.claims and not self.hidden and self.errors):
            return CANNOT_SAY
        return SOMETHING_REFUTED if "refuted" in judged else NOTHING_REFUTED

    @property
    def has_open_ends(self) -> bool:
        """What ``--strict`` objects to: claims that are unknown or unreadable, and parts that could not be read."""
        return bool(self.errors) or any(claim.word in ("unknown", "unreadable") for claim in self.claims)


@dataclass(frozen=True, slots=True)
class Report:
    """What ``verify`` returns: ``report.claims``, ``report.refuted``, ``report["5.1"]``."""

    documents: tuple[DocumentReport, ...]

    @property
    def claims(self) -> tuple[JudgedClaim, ...]:
        return tuple(claim for document in self.documents for claim in document.claims)

    @property
    def refuted(self) -> tuple[JudgedClaim, ...]:
        return tuple(claim for claim in self.claims if isinstance(claim.verdict, Refuted))

    @property
    def problems(self) -> tuple[Located, ...]:
        return tuple(located for document in self.documents for located in document.problems)

    def __getitem__(self, claim_id: str) -> JudgedClaim:
        found = [claim for claim in self.claims if claim.id == claim_id]
        if not found:
            raise KeyError(f"no claim {claim_id}: there are {', '.join(claim.id for claim in self.claims) or 'none'}")
        if len(found) > 1:
            raise KeyError(f"{len(found)} documents have a claim {claim_id}: ask one of report.documents")
        return found[0]

    @property
    def summary(self) -> dict[Word, int]:
        """How many claims have each verdict."""
        words = [claim.word for claim in self.claims]
        return {one: words.count(one) for one in WORDS}

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """What a notebook shows: HTML, LaTeX, plain text."""
        from derivations.report.notebook import mimebundle

        return mimebundle(self)

    def _repr_html_(self) -> str | None:
        """For notebooks that ask for nothing but this."""
        return self._repr_mimebundle_().get("text/html")

    def exit_status(self, strict: bool = False) -> int:
        status = max((document.exit_status for document in self.documents), default=NOTHING_REFUTED)
        if strict and status == NOTHING_REFUTED and any(document.has_open_ends for document in self.documents):
            return SOMETHING_REFUTED
        return status

    def selected(self, select: Iterable[str] = (), ignore: Iterable[str] = ()) -> Report:
        """Only the claims and problems with these codes (or verdicts), without those."""
        wanted, unwanted = frozenset(select), frozenset(ignore)

        def stays(*names: str | None) -> bool:
            return (not wanted or not wanted.isdisjoint(names)) and unwanted.isdisjoint(names)

        return Report(tuple(_selected(document, stays) for document in self.documents))


def _selected(document: DocumentReport, stays: Callable[..., bool]) -> DocumentReport:
    displays = (replace(d, claims=tuple(c for c in d.claims if stays(c.word, code(c.verdict)))) for d in document.displays)
    problems = tuple(located for located in document.problems if stays(located.problem.code))
    selected = replace(document, displays=tuple(display for display in displays if display.claims), problems=problems)
    return replace(selected, hidden=document.hidden + len(document.claims) - len(selected.claims))


# ------------------------------------------------------------------ verdicts


def word(verdict: Verdict) -> Word:
    match verdict:
        case Definition():
            return "definition"
        case Proved():
            return "proved"
        case Refuted():
            return "refuted"
        case Unknown():
            return "unknown"
        case Unreadable():
            return "unreadable"
        case _:
            assert_never(verdict)


def worst(words: Iterable[Word]) -> Word:
    return min(words, key=WORST_FIRST.index, default="definition")


def code(verdict: Verdict) -> str | None:
    """The stable code (docs/codes.md) of what is not as it should be."""
    match verdict:
        case Definition() | Proved():
            return None
        case Refuted(code=code) if code:
            return code
        case Refuted(witness=ShapeWitness()):
            return "shapes"
        case Refuted():
            return "counterexample"
        case Unknown(code=code):
            return code
        case Unreadable(problem=problem):
            return problem.code
        case _:
            assert_never(verdict)


def message(verdict: Verdict) -> str:
    """One sentence, the same in every format."""
    match verdict:
        case Definition():
            return "defined here"
        case Proved(scope=tuple() as sizes) if not any(sizes):
            return "holds, shown entry by entry; no second proof was found"
        case Proved(scope=tuple() as sizes):
            return f"holds at the sizes {'; '.join(map(size_text, sizes))}; not proved for other sizes"
        case Proved():
            return "holds for all sizes"
        case Refuted(witness=witness, reason=reason, remarks=remarks):
            evidence = "; ".join((_what_differs(witness), *remarks))
            return f"{reason}: {evidence}" if reason else evidence
        case Unknown(reason=reason):
            return reason
        case Unreadable(problem=problem):
            return problem.message
        case _:
            assert_never(verdict)


def no_claims(document: DocumentReport) -> str:
    """Why there is nothing to tell."""
    if document.hidden:
        return "the document has no claims with the codes asked for"
    if document.errors:
        return "the document has no claims: what it may hold could not be read"
    return "the document has no claims: expected a displayed formula with a relation, such as $$ a = b $$"


def _what_differs(witness: Counterexample | ShapeWitness) -> str:
    if isinstance(witness, ShapeWitness):
        return "the shapes do not agree: " + ", ".join(f"{part} is {shape}" for part, shape in witness.shapes.items())
    left, right = readable_number(witness.left), readable_number(witness.right)
    at = ", ".join(f"{index} = {value}" for index, value in witness.free_indices.items())
    if witness.entry:
        place = f"entry ({', '.join(map(str, witness.entry))})"
        return f"{'at ' + at + ', ' if at else ''}{place} of the left side is {left}, of the right {right}"
    return f"{'at ' + at + ' ' if at else ''}the left side is {left}, the right {right}"


def size_text(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def readable_number(text: str) -> str:
    """``3*log(2)/2`` → ``3 ln 2/2``, ``log(2)^2`` → ``(ln 2)^2``."""
    text = text.replace("log(2)^", "(ln 2)^").replace("*(ln 2)^", " (ln 2)^")
    return text.replace("*log(2)", " ln 2").replace("log(2)", "ln 2")


# ----------------------------------------------------------------- witnesses


def inputs(refuted: Refuted) -> dict[str, Nested]:
    """The witness's values under the document's names, nested as the arrays are; numbers are exact text."""
    if isinstance(refuted.witness, ShapeWitness):
        return {}
    point = refuted.witness.point
    found: dict[str, Nested] = {}
    for name, values in point.arrays.items():
        found[name] = nested([str(value) for value in values], _extents(refuted, name))
    for name, entries in refuted.witness.derived.items():
        found[name] = nested(list(entries), _extents(refuted, name))
    for name, values in point.tangents.items():
        found[f"d{name}"] = nested([str(value) for value in values], _extents(refuted, name))
    for name, labels in point.labels.items():
        found[name] = nested([str(label) for label in labels], () if _single_label(refuted, name) else (len(labels),))
    for name, polynomials in point.functions.items():
        texts = [polynomial_text(polynomial) for polynomial in polynomials]
        found[name] = nested(texts, () if len(texts) == 1 else (len(texts),))
    return found


def nested(values: list[str], extents: tuple[int, ...]) -> Nested:
    """Row-major values as lists of lists; what does not fill the extents stays flat."""
    if prod(extents) != len(values):
        return list(values)
    if not extents:
        return values[0]
    step = len(values) // extents[0] if extents[0] else 0
    return [nested(values[row * step:(row + 1) * step], extents[1:]) for row in range(extents[0])]


def entry(witness: Counterexample) -> dict[str, int]:
    """Where the sides differ: the free indices by name, then the place in the array."""
    names = ("row", "column") if len(witness.entry) <= 2 else tuple(f"axis{n}" for n in range(1, len(witness.entry) + 1))
    return {**witness.free_indices, **dict(zip(names, witness.entry, strict=False))}


def polynomial_text(polynomial: Polynomial) -> str:
    """A stand-in function in words: ``x_1^2 + 3*x_2``, with the argument's entries numbered row by row."""
    terms = [_term(str(coefficient), powers) for coefficient, powers in polynomial.terms if coefficient]
    return " + ".join(terms).replace("+ -", "- ") or "0"


def _term(coefficient: str, powers: tuple[int, ...]) -> str:
    names = ["x"] if len(powers) == 1 else [f"x_{n}" for n in range(1, len(powers) + 1)]
    factors = [name if power == 1 else f"{name}^{power}" for name, power in zip(names, powers, strict=True) if power]
    if not factors:
        return coefficient
    sign = {"1": "", "-1": "-"}.get(coefficient, f"{coefficient}*")
    return sign + "*".join(factors)


def _extents(refuted: Refuted, name: str) -> tuple[int, ...]:
    """How long the axes of an input are at the witness's sizes; (−1,), which nothing fills, where that is not known."""
    assert isinstance(refuted.witness, Counterexample)
    sizes = refuted.witness.point.sizes
    variable = refuted.statement.context.variables.get(name) if refuted.statement else None
    if variable is None or any(size not in sizes for dim in variable.shape for size in dim.names):
        return (-1,)
    return tuple(_length(dim, sizes) for dim in variable.shape)


def _length(dim: Dim, sizes: Mapping[str, int]) -> int:
    return dim.coefficient * prod(sizes[name] for name in dim.names)


def _single_label(refuted: Refuted, name: str) -> bool:
    labels = refuted.statement.context.labels.get(name) if refuted.statement else None
    return labels is not None and labels.rows is None

