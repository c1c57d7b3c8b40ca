"""A report's page on paper: the same parts as blocks that a LaTeX and a Typst printer only have to write down.

Sentences and formulas come from ``page.py``; here formulas become ``MathList``s, and what cannot be set is quoted.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from derivations.report.graph import Graph, graph
from derivations.report.mathlist import Grid, MathList, Space, Symbol, Text, Unsettable, math_list, texts
from derivations.report.page import ClaimPart, DisplayPart, Page, ProblemPart, RepairPart, Step, Value, WitnessPart
from derivations.report.page import Symbol as Name
from derivations.report.sentences import Formula, Sentence, Words
from derivations.source import Span
from derivations.verdicts import Word

FOR_ALL_SIZES = "Proved for all sizes"  # a headline that says it all
CONTROLS = re.compile(r"[\u2400-\u241f\ufffd]")  # what ``safe`` puts in place of characters that act


@dataclass(frozen=True, slots=True)
class Plain:
    """Text; ``strong`` is set in bold."""

    text: str
    strong: bool = False


@dataclass(frozen=True, slots=True)
class Quote:
    """Source text, as it is written."""

    text: str


@dataclass(frozen=True, slots=True)
class Math:
    """A formula; ``mark`` says what the marked parts of it are."""

    items: MathList
    mark: Literal["gone", "new"] = "gone"


Piece: TypeAlias = Plain | Quote | Math
Line: TypeAlias = tuple[Piece, ...]


@dataclass(frozen=True, slots=True)
class Title:
    text: Line
    path: str


@dataclass(frozen=True, slots=True)
class Heading:
    """Levels: 1 parts of the report, 2 headings of the document."""

    level: int
    text: Line


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line with a verdict's sign and colour; large for the whole document."""

    word: Word
    text: Line
    large: bool = False


@dataclass(frozen=True, slots=True)
class Counts:
    """Verdicts with a number each, and for which sizes the proofs hold."""

    words: tuple[tuple[Word, str], ...]
    scope: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One that ``leads`` stays with what comes after it."""

    text: Line
    leads: bool = False


@dataclass(frozen=True, slots=True)
class Display:
    """A formula on lines of its own; with a ``number`` where several claims are about it."""

    formula: Math | Quote
    number: str = ""


@dataclass(frozen=True, slots=True)
class Items:
    """A list; the numbers of an ``ordered`` one count."""

    lines: tuple[Line, ...]
    ordered: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    heads: tuple[str, ...]
    rows: tuple[tuple[Line, ...], ...]


@dataclass(frozen=True, slots=True)
class Picture:
    graph: Graph
    caption: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A verdict and all that belongs to it."""

    head: Verdict
    place: str
    body: tuple[Block, ...]


Block: TypeAlias = Title | Heading | Verdict | Counts | Paragraph | Display | Items | Table | Picture | Claim


def paper(page: Page) -> tuple[Block, ...]:
    """All of a page, in order."""
    return (*_summary(page), *_given(page), *_formulas(page), *_closing(page))


def characters(blocks: Iterable[Block]) -> frozenset[str]:
    """All characters that text fonts have to have."""
    return frozenset(character for block in blocks for text in _block_texts(block) for character in text)


# ------------------------------------------------------------------- pieces


def line(sentence: Sentence) -> Line:
    return tuple(Plain(_visible(piece.text)) if isinstance(piece, Words) else formula(piece) for piece in sentence)


def formula(one: Formula, marks: tuple[Span, ...] = (), mark: Literal["gone", "new"] = "gone") -> Math | Quote:
    if one.latex is None:
        return Quote(_visible(one.source))
    try:
        return Math(math_list(one.latex, marks=marks), mark)
    except Unsettable:
        return Quote(_visible(one.source))


def _visible(text: str) -> str:
    """Stand-ins for control characters, in letters that every font has."""
    return CONTROLS.sub(lambda one: "[?]" if one.group() == "\ufffd" else f"[U+{ord(one.group()) - 0x2400:04X}]", text)


def _plain(text: str, strong: bool = False) -> Line:
    return (Plain(_visible(text), strong),) if text else ()


def _between(pieces: Iterable[Line], separator: str) -> Line:
    found: list[Piece] = []
    for piece in pieces:
        found += [*([Plain(separator)] if found else []), *piece]
    return tuple(found)


# -------------------------------------------------------------------- parts


def _summary(page: Page) -> Iterator[Block]:
    yield Title(line(page.title), _visible(page.path))
    yield Verdict(page.word, _plain(page.conclusion), large=True)
    yield Counts(tuple((count.word, f"{count.number} {count.label}") for count in page.counts if count.number), page.scope)
    found = graph(page.document)
    if found is not None:
        yield Picture(found, PICTURE if found.words else PICTURE_FORWARD)


PICTURE_FORWARD = "What is computed from what. Square boxes are given, round ones are defined."
PICTURE = (
    "What is computed from what. Square boxes are given (bold: differentiated by), round ones are defined, the loss most of all. "
    "Dashed arrows are the gradients that lines of the document claim, with the verdicts of these lines."
)  # fmt: skip


def _given(page: Page) -> Iterator[Block]:
    if page.problems:
        yield Heading(1, _plain("Problems"))
        yield Items(tuple(map(_problem, page.problems)))
    if page.symbols:
        yield Heading(1, _plain("Symbols"))
        yield Table(("Symbol", "Set", "Kind", "Known from"), tuple(map(_symbol, page.symbols)))
    if page.assumptions:
        yield Heading(1, _plain("Assumptions"))
        yield Items(tuple((formula(one),) for one in page.assumptions))
    if page.readings:
        yield Heading(1, _plain("Readings"))
        yield Items(tuple(map(line, page.readings)))


def _problem(part: ProblemPart) -> Line:
    kind = "warning" if part.warning else "error"
    hint = (*_plain(" Hint: "), *line(part.hint)) if part.hint else ()
    return (*_plain(f"{part.place} "), *_plain(f"{kind} [{part.code}] ", strong=True), *line(part.message), *hint)


def _symbol(one: Name) -> tuple[Line, ...]:
    how = _plain(one.how)
    if one.definition is not None:
        how = (*how, *_plain(": "), formula(one.definition))
    return (formula(one.name),), (formula(one.domain),), _plain(one.kind), how


def _formulas(page: Page) -> Iterator[Block]:
    if page.displays:
        yield Heading(1, _plain("The formulas"))
    for display in page.displays:
        for heading in display.headings:
            yield Heading(2, line(heading.text))
        yield from _display(display)


def _display(display: DisplayPart) -> Iterator[Block]:
    """Definitions together; of several claims each under the whole formula."""
    if display.defines:
        ids = dict.fromkeys((display.claims[0].id, display.claims[-1].id))
        head = (*_plain(f"{'–'.join(ids)} ", strong=True), *_plain("Definition" if len(ids) == 1 else "Definitions"))
        body = [Display(formula(display.formula)), *_notes((), display.conventions)]
        yield Claim(Verdict("definition", head), _visible(display.place), tuple(body))
        return
    if len(display.claims) > 1:
        yield Display(formula(display.formula), str(display.number))
    for claim in display.claims:
        head = (*_plain(f"{claim.id} ", strong=True), *_plain(claim.headline))
        yield Claim(Verdict(claim.word, head), _visible(claim.place), tuple(_claim(claim, display)))


def _claim(claim: ClaimPart, display: DisplayPart) -> Iterator[Block]:
    """The line as written, marked where its repair differs; then why."""
    whole = display.formula if len(display.claims) == 1 else claim.formula
    yield Display(formula(claim.repair.written, claim.repair.written_marks) if claim.repair else formula(whole))
    if claim.witness and claim.reason:
        yield Paragraph(_sentence(line(claim.reason)))
    elif not claim.witness and claim.word != "definition" and claim.headline != FOR_ALL_SIZES:
        yield Paragraph((*_sentence(line(claim.message)), *_plain(f" [{claim.code}]" if claim.code else "")))
    if claim.hint:
        yield Paragraph((*_plain("Hint: ", strong=True), *line(claim.hint)))
    yield from _notes(claim.conditions, claim.conventions)
    if claim.witness:
        yield from _witness(claim.witness)
    if claim.shapes:
        yield Items(tuple((*_value_name(one), *_plain(" is "), formula(one.value)) for one in claim.shapes))
    if claim.steps:
        yield from _proof("Proof", claim.steps)
    if claim.repair:
        yield from _repair(claim.repair)


def _notes(conditions: tuple[Sentence, ...], conventions: tuple[Sentence, ...]) -> Iterator[Block]:
    for title, found in (("Provided that: ", conditions), ("Read so: ", conventions)):
        if found:
            yield Paragraph((*_plain(title, strong=True), *_between(map(line, found), "; "), *_plain(".")))


def _sentence(text: Line) -> Line:
    """With a full stop, and a capital where it begins with a word."""
    match text:
        case (Plain(first, strong), *rest) if first:
            text = (Plain(first[0].upper() + first[1:], strong), *rest)
        case _:
            pass
    ends = isinstance(text[-1], Plain) and text[-1].text.endswith((".", ":", "?")) if text else True
    return text if ends else (*text, Plain("."))


def _proof(title: str, steps: tuple[Step, ...]) -> Iterator[Block]:
    yield Paragraph(_plain(title, strong=True), leads=True)
    yield Items(tuple(map(_step, steps)), ordered=True)


def _step(step: Step) -> Line:
    source = _plain(f" ({step.source})" if step.source else "")
    shown = (Plain(" "), formula(step.formula)) if step.formula is not None else ()
    return (*line(step.text), *shown, *source)


def _witness(witness: WitnessPart) -> Iterator[Block]:
    sizes = (*_plain(" at "), *_between(((formula(size),) for size in witness.sizes), ", ")) if witness.sizes else ()
    yield Paragraph((*_plain("Counterexample", strong=True), *sizes, *_plain(":" if witness.values else ".")), leads=True)
    if witness.values:
        yield Display(Math(_side_by_side([_equation(one) for one in witness.values])))
    where = [(formula(index),) for index in witness.indices]
    place = [_plain(witness.place)] if witness.place else []
    at = _between([*where, *place], ", ")
    share = f" ({witness.differing} of {witness.total} entries differ)" if witness.total > 1 else ""
    begin = (*_plain("At "), *at, *_plain(" the left side is ")) if at else _plain("The left side is ")
    yield Paragraph((*begin, formula(witness.left), *_plain(", the right side "), formula(witness.right), *_plain(f"{share}.")))


def _equation(one: Value) -> MathList:
    shown = [piece.items if isinstance(piece, Math) else _quoted(piece) for piece in (formula(one.name), formula(one.value))]
    return (*shown[0], Symbol("=", "rel"), *shown[1])


def _quoted(quote: Quote) -> MathList:
    return (Text(quote.text),)


def _side_by_side(equations: list[MathList]) -> MathList:
    return tuple(item for n, one in enumerate(equations) for item in ((Space(2.0), *one) if n else one))


def _value_name(one: Value) -> Line:
    return (formula(one.name),)


def _repair(repair: RepairPart) -> Iterator[Block]:
    edit = (*_plain(": "), *line(repair.edit)) if repair.edit else ()
    scope = _plain(f"; proved for {repair.scope}." if repair.scope else ".")
    yield Paragraph((*_plain("Repair", strong=True), *edit, *scope), leads=True)
    yield Display(formula(repair.repaired, repair.repaired_marks, "new"))
    if repair.steps:
        yield from _proof("Proof of the repaired line", repair.steps)


def _closing(page: Page) -> Iterator[Block]:
    yield Heading(1, _plain("What the verdicts mean"))
    for paragraph in page.meaning:
        yield Paragraph((*_plain(f"{paragraph.title}. ", strong=True), *line(paragraph.text)))
    yield Heading(1, _plain("How this was made"))
    options = ", ".join(f"{name} {value}" for name, value in page.colophon.options) or "none"
    inputs = [_plain(f"{name}: SHA-256 {digest}") for name, digest in page.colophon.inputs]
    yield Items((_plain(f"derivations {page.colophon.version}"), _plain(f"Options: {options}"), *inputs))


# --------------------------------------------------------------- characters


def _block_texts(block: Block) -> Iterator[str]:
    match block:
        case Title(text, path):
            yield from (*_line_texts(text), path)
        case Heading(text=text) | Verdict(text=text) | Paragraph(text):
            yield from _line_texts(text)
        case Counts(words, scope):
            yield from (*(word for _, word in words), scope)
        case Display(shown):
            yield from _line_texts((shown,))
        case Items(lines):
            yield from (text for one in lines for text in _line_texts(one))
        case Table(heads, rows):
            yield from (*heads, *(text for row in rows for cell in row for text in _line_texts(cell)))
        case Picture(drawn, caption):
            names = (name for node in drawn.nodes for name in (node.name, *node.dims))
            yield from (caption, *(text for name in names for text in _line_texts((formula(Formula(name, name)),))))
        case Claim(head, place, body):
            yield from (place, *_block_texts(head), *(text for inner in body for text in _block_texts(inner)))


def _line_texts(pieces: Line) -> Iterator[str]:
    for piece in pieces:
        yield from texts(piece.items) if isinstance(piece, Math) else (piece.text,)


def rows(items: MathList) -> tuple[MathList, ...]:
    """A formula of several rows, row by row."""
    match items:
        case (Grid("aligned", found),):
            return tuple(tuple(item for cell in row for item in cell) for row in found)
        case _:
            return (items,)
