"""A report as a page: everything that HTML, LaTeX and PDF show, in order, in words and formulas.

``page`` decides it once; what prints it lays it out.  Formulas are typeset LaTeX (``typeset.py``) or, where that is None,
to be quoted; places in them are those of the LaTeX.  Nothing here depends on a clock or on the machine.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal, TypeAlias, assert_never

from derivations import __version__
from derivations.claims import Equation, FreeFunction, Labels, SignAssumption, Variable
from derivations.expr import Dim, Shape
from derivations.read.headings import Heading
from derivations.report.difference import differences
from derivations.report.explain import printer
from derivations.report.numbers import number_latex
from derivations.report.outline import (
    SYMBOLS,
    WORDS,
    WORST_FIRST,
    DocumentReport,
    JudgedClaim,
    JudgedDisplay,
    Located,
    Nested,
    code,
    entry,
    inputs,
    message,
    no_claims,
    size_text,
    worst,
)
from derivations.report.plain import safe
from derivations.report.sentences import Formula, Sentence, Words, formula, sentence, words
from derivations.source import Source, Span
from derivations.verdicts import (
    AllSizes,
    Counterexample,
    Definition,
    ProofStep,
    Proved,
    Refuted,
    Repair,
    Scope,
    ShapeWitness,
    Unknown,
    Unreadable,
    Verdict,
    Word,
)

Origin: TypeAlias = Literal["declared", "defined", "inferred", "gradient"]
PLURALS: dict[Word, tuple[str, str]] = {
    "definition": ("definition", "definitions"), "proved": ("proved", "proved"), "refuted": ("refuted", "refuted"),
    "unknown": ("unknown", "unknown"), "unreadable": ("unreadable", "unreadable"),
}  # fmt: skip
GRADIENT_NAME = re.compile(r"(d(.+)) names the gradient of (.+) by (.+)")
RULES = frozenset({"unfold", "function", "differential", "derivative", "rewrite"})  # steps that say the same in every proof
MAX_MATRIX = 8  # rows and columns of a witness that are shown


@dataclass(frozen=True, slots=True)
class Count:
    """How many claims have one verdict."""

    word: Word
    number: int

    @property
    def label(self) -> str:
        return PLURALS[self.word][self.number != 1]

    @property
    def plural(self) -> str:
        return PLURALS[self.word][1]

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.word]


@dataclass(frozen=True, slots=True)
class Symbol:
    """A name of the document: the set that it is from, how that is known, and what stands for it where no line says so.

    ``claim`` is the number of the line that defines it or uses it first so, empty where there is none.
    """

    name: Formula
    domain: Formula
    kind: str
    origin: Origin
    how: str
    claim: str = ""
    definition: Formula | None = None

    @property
    def anchor(self) -> str:
        return anchor(self.claim)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a proof; ``kind`` as in ``verdicts.StepKind``.  ``rule`` is its number in the page's list of steps, or 0."""

    kind: str
    text: Sentence
    formula: Formula | None = None
    source: str = ""
    rule: int = 0


@dataclass(frozen=True, slots=True)
class Value:
    """A name and what it is at the witness's point: a number, a column, a small matrix, a stand-in function."""

    name: Formula
    value: Formula


@dataclass(frozen=True, slots=True)
class WitnessPart:
    """Where both sides differ: ``sizes`` and ``indices`` are equations, ``place`` is the entry in an array, in words."""

    sizes: tuple[Formula, ...]
    values: tuple[Value, ...]
    indices: tuple[Formula, ...]
    place: str
    left: Formula
    right: Formula
    differing: int
    total: int


@dataclass(frozen=True, slots=True)
class RepairPart:
    """The written line and a proved one near it; the marks are places in the formulas' LaTeX where they differ."""

    written: Formula
    written_marks: tuple[Span, ...]
    repaired: Formula
    repaired_marks: tuple[Span, ...]
    edit: Sentence
    scope: str
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class ClaimPart:
    """One claim; ``id`` is its number, ``anchor`` a name for links; ``place`` is line and column in the document.

    ``reason`` is what the message says beside what the witness shows.
    """

    id: str
    anchor: str
    word: Word
    headline: str
    symbol: str
    place: str
    formula: Formula
    message: Sentence
    code: str = ""
    hint: Sentence = ()
    conventions: tuple[Sentence, ...] = ()
    conditions: tuple[Sentence, ...] = ()
    steps: tuple[Step, ...] = ()
    witness: WitnessPart | None = None
    shapes: tuple[Value, ...] = ()
    repair: RepairPart | None = None
    reason: Sentence = ()


@dataclass(frozen=True, slots=True)
class HeadingPart:
    """A heading of the document above a formula; levels count from 1."""

    level: int
    text: Sentence


@dataclass(frozen=True, slots=True)
class DisplayPart:
    """A displayed formula with its claims, under the headings that begin since the one before."""

    number: int
    anchor: str
    place: str
    headings: tuple[HeadingPart, ...]
    formula: Formula
    word: Word
    claims: tuple[ClaimPart, ...]

    @property
    def defines(self) -> bool:
        """Whether there is nothing to judge in it."""
        return all(claim.word == "definition" for claim in self.claims)

    @property
    def conventions(self) -> tuple[Sentence, ...]:
        """Those of all its claims, each once."""
        return tuple(dict.fromkeys(convention for claim in self.claims for convention in claim.conventions))


@dataclass(frozen=True, slots=True)
class ProblemPart:
    """Something in the document that could not be read, or was passed over."""

    warning: bool
    code: str
    place: str
    message: Sentence
    hint: Sentence = ()


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A heading in the text and what follows it."""

    title: str
    text: Sentence


@dataclass(frozen=True, slots=True)
class Colophon:
    """What is needed to make the page again: version, options, and the files read with their SHA-256."""

    version: str
    options: tuple[tuple[str, str], ...]
    inputs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A report on one document, in the order in which it is shown."""

    title: Sentence
    path: str
    word: Word
    conclusion: str
    counts: tuple[Count, ...]
    scope: str
    symbols: tuple[Symbol, ...]
    assumptions: tuple[Formula, ...]
    readings: tuple[Sentence, ...]
    problems: tuple[ProblemPart, ...]
    displays: tuple[DisplayPart, ...]
    rules: tuple[Step, ...]  # definitions and rules that more than one proof uses
    meaning: tuple[Paragraph, ...]
    colophon: Colophon
    document: DocumentReport

    @property
    def symbol(self) -> str:
        return SYMBOLS[self.word]

    @property
    def attention(self) -> tuple[ClaimPart, ...]:
        """What a reader should look at first: claims that are not as they should be, the worst first."""
        claims = [claim for display in self.displays for claim in display.claims]
        return tuple(claim for word in WORST_FIRST[:3] for claim in claims if claim.word == word)

    @property
    def title_text(self) -> str:
        """The title in plain text."""
        return "".join(piece.text if isinstance(piece, Words) else piece.source for piece in self.title)


def page(document: DocumentReport, options: Sequence[tuple[str, str]] = ()) -> Page:
    """``options`` are those that the report was asked for with, as names and values."""
    return _Maker(document, _rules(document)).page(tuple(options))


@dataclass(frozen=True, slots=True)
class _Maker:
    """Knows the document's names of several letters, and the numbers of rules."""

    document: DocumentReport
    rules: Mapping[ProofStep, int]

    def page(self, options: tuple[tuple[str, str], ...]) -> Page:
        document = self.document
        claims = document.claims
        return Page(
            title=self.title(), path=safe(document.path), word=worst(claim.word for claim in claims),
            conclusion=conclusion(document), counts=counted(claim.word for claim in claims), scope=_scopes(claims),
            symbols=tuple(self.symbols()), assumptions=tuple(self.assumptions()),
            readings=tuple(map(self.sentence, (*document.readings, *document.conventions))),
            problems=tuple(map(self.problem, document.problems)), displays=tuple(self.displays()),
            rules=tuple(map(self.step, self.rules)), meaning=MEANING,
            colophon=Colophon(__version__, options, tuple(map(_input, document.inputs or (document.source,)))),
            document=document,
        )  # fmt: skip

    def formula(self, latex: str) -> Formula:
        return formula(latex, self.document.words)

    def sentence(self, text: str) -> Sentence:
        return sentence(text, self.document.words)

    # ------------------------------------------------------------- title

    def title(self) -> Sentence:
        """What the front matter says, else the first heading, else the name of the file."""
        first = self.document.title or next((heading.text for heading in self.document.headings), "")
        return self.heading_text(first) or words(PurePath(self.document.path).name)

    def heading_text(self, text: str) -> Sentence:
        """A heading's words; between dollar signs, formulas."""
        parts = text.split("$")
        if len(parts) % 2 == 0:  # a sign that nothing closes
            return words(text)
        return tuple(self.formula(part) if n % 2 else Words(safe(part)) for n, part in enumerate(parts) if part)

    # ----------------------------------------------------------- symbols

    def symbols(self) -> Iterator[Symbol]:
        context = self.document.context
        for name, variable in context.variables.items():
            yield self.symbol(name, variable)
        for name, labels in context.labels.items():
            yield self.named(name, _label_set(labels), "labels" if labels.rows is not None else "a label", "declared", "declared")
        for name, function in context.functions.items():
            yield self.named(name, _function_set(function), "a differentiable function", "declared", "declared")
        yield from self.gradients()

    def symbol(self, name: str, variable: Variable) -> Symbol:
        kind, latex = _kind(variable), _set(variable)
        place = self.document.places.get(name, "")
        if name in self.document.context.definitions:
            value = printer(self.document.context, self.document.functions).latex(self.document.context.definitions[name])
            in_text = any(reading.startswith(f"{name} is defined in the running text") for reading in self.document.readings)
            how = f"defined in {place}" if place else "defined in the running text" if in_text else "given"
            return self.named(name, latex, kind, "defined", how, place, None if place else value)
        if place or name in self.document.declared:
            return self.named(name, latex, kind, "declared", f"declared in {place}" if place else "declared", place)
        return self.named(name, latex, kind, "inferred", "inferred")

    def named(self, name: str, latex: str, kind: str, origin: Origin, how: str, claim: str = "", value: str | None = None
              ) -> Symbol:
        definition = None if value is None else self.formula(f"{name} = {value}")
        return Symbol(self.formula(name), self.formula(latex), kind, origin, how, claim, definition)

    def gradients(self) -> Iterator[Symbol]:
        """``dW_2`` where a line uses it as a name: a convention told there."""
        seen: set[str] = set()
        for claim in self.document.claims:
            for convention in claim.verdict.conventions:
                found = GRADIENT_NAME.fullmatch(convention)
                variable = self.document.context.variables.get(found[4]) if found else None
                if found is not None and variable is not None and found[1] not in seen:
                    seen.add(found[1])
                    kind = f"gradient of {found[3]}" if found[3].isalnum() else "gradient"
                    yield self.named(found[1], _set(variable), kind, "gradient", f"named so in {claim.id}", claim.id)

    def assumptions(self) -> Iterator[Formula]:
        one = printer(self.document.context, self.document.functions)
        for assumption in self.document.context.assumptions:
            match assumption:
                case Equation(left=left, right=right):
                    yield self.formula(one.equation(left, right))
                case SignAssumption(operand=operand, sign=sign):
                    yield self.formula(f"{one.latex(operand)} {sign} 0")
                case _:
                    assert_never(assumption)

    # ---------------------------------------------------------- problems

    def problem(self, located: Located) -> ProblemPart:
        problem = located.problem
        where = located.source.where(problem.span.start if problem.span else 0)
        hint = self.sentence(problem.hint) if problem.hint else ()
        return ProblemPart(located.is_warning, problem.code, safe(where), self.sentence(problem.message), hint)

    # ---------------------------------------------------------- displays

    def displays(self) -> Iterator[DisplayPart]:
        waiting = list(self.document.headings)
        if waiting and not self.document.title:
            waiting = waiting[1:]
        if waiting and self.heading_text(waiting[0].text) == self.title():
            waiting = waiting[1:]  # it stands above already
        for display in self.document.displays:
            above = []
            while waiting and waiting[0].start < display.span.start:
                above.append(waiting.pop(0))
            number = int(display.claims[0].id.partition(".")[0]) if display.claims else 0
            yield DisplayPart(
                number, f"formula-{number}", self.place(display.span), tuple(self.headings(above)),
                self.formula(display.latex), display.word, tuple(self.claim(display, claim) for claim in display.claims),
            )  # fmt: skip

    def headings(self, above: list[Heading]) -> Iterator[HeadingPart]:
        """The headings that lead to a formula: of two of one level the later one, with no deeper ones before it."""
        for n, heading in enumerate(above):
            if all(later.level > heading.level for later in above[n + 1:]):
                yield HeadingPart(heading.level, self.heading_text(heading.text))

    # ------------------------------------------------------------ claims

    def claim(self, display: JudgedDisplay, claim: JudgedClaim) -> ClaimPart:
        verdict = claim.verdict
        hint = self.sentence(verdict.problem.hint or "") if isinstance(verdict, Unreadable) else ()
        refuted = verdict if isinstance(verdict, Refuted) else None
        return ClaimPart(
            claim.id, anchor(claim.id), claim.word, headline(verdict), SYMBOLS[claim.word], self.place(claim.span),
            self.line(claim.latex),
            self.sentence(message(verdict)), code(verdict) or "", hint, tuple(map(self.sentence, verdict.conventions)),
            tuple(map(self.sentence, verdict.conditions)) if isinstance(verdict, Proved) else (),
            tuple(self.steps(verdict)) if isinstance(verdict, Proved) else (),
            self.witness(refuted) if refuted else None, self.shapes(refuted) if refuted else (),
            self.repair(display, claim, refuted.repair) if refuted and refuted.repair else None,
            self.sentence(refuted.reason) if refuted else (),
        )  # fmt: skip

    def place(self, span: Span) -> str:
        """Line and column, and the cell of a notebook."""
        return safe(self.document.source.where(span.start).removeprefix(f"{self.document.path}:"))

    def line(self, latex: str) -> Formula:
        """A row of a chain begins with its relation: dots stand for what is on the left of it."""
        found = self.formula(latex)
        if found.latex is None or not found.latex.startswith("="):
            return found
        return Formula(found.source, f"\\cdots {found.latex}")

    def steps(self, proved: Proved) -> Iterator[Step]:
        return map(self.step, proved.steps or _method_steps(proved))

    def step(self, step: ProofStep) -> Step:
        shown = self.formula(step.latex) if step.latex else None
        return Step(step.kind, self.sentence(step.text), shown, safe(step.source), self.rules.get(step, 0))

    def witness(self, refuted: Refuted) -> WitnessPart | None:
        found = refuted.witness
        if not isinstance(found, Counterexample):
            return None
        values = tuple(self.value(name, value, name in found.point.functions) for name, value in inputs(refuted).items())
        sizes = tuple(self.formula(f"{name} = {value}") for name, value in found.point.sizes.items())
        indices = tuple(self.formula(f"{name} = {value}") for name, value in found.free_indices.items())
        place = ", ".join(f"{name} {value}" for name, value in entry(found).items() if name not in found.free_indices)
        return WitnessPart(
            sizes, values, indices, place, self.number(found.left), self.number(found.right), found.differing, found.total
        )

    def value(self, name: str, value: Nested, function: bool) -> Value:
        latex = _matrix(value)
        shown = self.formula(f"{name}(x)" if function else name)
        return Value(shown, self.formula(str(value)) if latex is None else Formula(str(value), latex))

    def number(self, text: str) -> Formula:
        return Formula(safe(text), number_latex(text))

    def shapes(self, refuted: Refuted) -> tuple[Value, ...]:
        if not isinstance(refuted.witness, ShapeWitness):
            return ()
        return tuple(Value(self.formula(part), self.formula(shape)) for part, shape in refuted.witness.shapes.items())

    # ----------------------------------------------------------- repairs

    def repair(self, display: JudgedDisplay, claim: JudgedClaim, repair: Repair) -> RepairPart:
        """Both lines whole: what a row of a chain or its side conditions leave out is taken from where it is written."""
        repaired = self.formula(repair.latex)
        written = self.formula(_whole_line(display.latex, claim.latex, repair.latex))
        marks = differences(written.latex, repaired.latex) if written.latex and repaired.latex else ((), ())
        steps = tuple(self.steps(repair.proof)) if repair.proof else ()
        return RepairPart(written, marks[0], repaired, marks[1], self.sentence(repair.edit), _scope(repair.scope), steps)


# ------------------------------------------------------------------- summary


def conclusion(document: DocumentReport) -> str:
    """One line: what a reader has to know first."""
    judged = [claim for claim in document.claims if claim.word != "definition"]
    if not judged:
        return "The document only defines: there is nothing to judge." if document.claims else _capital(no_claims(document)) + "."
    number = {one: sum(claim.word == one for claim in judged) for one in WORDS}
    if number["proved"] == len(judged):
        return f"{_all(len(judged))} proved{_for_sizes(judged)}."
    parts = []
    if number["refuted"]:
        parts.append(f"{number['refuted']} of {_claims(len(judged))} {'is' if number['refuted'] == 1 else 'are'} wrong")
    if number["unreadable"]:
        parts.append(f"{number['unreadable']} could not be read")
    if number["unknown"]:
        parts.append(f"{number['unknown']} {'is' if number['unknown'] == 1 else 'are'} undecided")
    if number["proved"]:
        parts.append(f"{number['proved']} {'is' if number['proved'] == 1 else 'are'} proved{_for_sizes(judged)}")
    if not number["refuted"]:
        none = "The only claim is not" if len(judged) == 1 else f"None of {len(judged)} claims is"
        some = f"Nothing is refuted, but of {_claims(len(judged))}"
        parts[0] = f"{some} {parts[0]}" if number["proved"] else f"{none} decided: {parts[0]}"
    return "; ".join(parts) + "."


def _all(number: int) -> str:
    return "The only claim is" if number == 1 else f"All {number} claims are"


def _claims(number: int) -> str:
    return "1 claim" if number == 1 else f"{number} claims"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _for_sizes(claims: Iterable[JudgedClaim]) -> str:
    proofs = [claim.verdict for claim in claims if isinstance(claim.verdict, Proved)]
    named = sum(not isinstance(proof.scope, AllSizes) for proof in proofs)
    if not named:
        return " for all sizes"
    return ", at named sizes only" if named == len(proofs) else f", {named} of them at named sizes only"


def counted(found: Iterable[Word]) -> tuple[Count, ...]:
    """How many there are of each verdict, in the order in which they are told."""
    given = list(found)
    return tuple(Count(word, given.count(word)) for word in ("proved", "refuted", "unknown", "unreadable", "definition"))


def number_of(counts: Iterable[Count], word: Word) -> int:
    return next((count.number for count in counts if count.word == word), 0)


def _scopes(claims: Iterable[JudgedClaim]) -> str:
    """For which sizes the proofs hold."""
    scopes = [claim.verdict.scope for claim in claims if isinstance(claim.verdict, Proved)]
    if not scopes:
        return ""
    named = [scope for scope in scopes if not isinstance(scope, AllSizes)]
    return "all sizes" if not named else "; ".join(dict.fromkeys(map(_scope, scopes)))


def _scope(scope: Scope) -> str:
    if isinstance(scope, AllSizes):
        return "all sizes"
    return "the sizes " + "; ".join(map(size_text, scope)) if any(scope) else "the entries that there are"


def headline(verdict: Verdict) -> str:
    """The verdict in two or three words."""
    match verdict:
        case Definition():
            return "Definition"
        case Proved(scope=AllSizes()):
            return "Proved for all sizes"
        case Proved():
            return "Proved at named sizes"
        case Refuted(witness=ShapeWitness()):
            return "Refuted by its shapes"
        case Refuted():
            return "Refuted"
        case Unknown():
            return "Undecided"
        case Unreadable():
            return "Not read"
        case _:
            assert_never(verdict)


def anchor(claim: str) -> str:
    """The name that links to a claim: ``claim-5-1``."""
    return "claim-" + claim.replace(".", "-")


def _input(source: Source) -> tuple[str, str]:
    return safe(source.path), source.digest or hashlib.sha256(source.text.encode("utf-8", "surrogatepass")).hexdigest()


# ------------------------------------------------------------------- symbols


def _dim(dim: Dim) -> str:
    names = [*([str(dim.coefficient)] if dim.coefficient != 1 or not dim.names else []), *dim.names]
    return " ".join("?" if name.startswith("?") else name for name in names)


def _power(base: str, shape: Shape) -> str:
    return base + "^{" + " \\times ".join(map(_dim, shape)) + "}" if shape else base


def _set(variable: Variable) -> str:
    """The set that a variable is declared to be from."""
    match variable.domain:
        case "binary":
            return _power("\\{0, 1\\}", variable.shape)
        case "sign":
            return _power("\\{-1, 1\\}", variable.shape)
        case "positive":
            return _power("\\mathbb{R}_{>0}", variable.shape)
        case "nonnegative":
            return _power("\\mathbb{R}_{\\geq 0}", variable.shape)
        case "nonzero" | "real":
            base = "\\mathbb{S}" if variable.symmetric or variable.definite else "\\mathbb{R}"
            return _power(base, variable.shape[:1] if base == "\\mathbb{S}" else variable.shape)
        case _:
            assert_never(variable.domain)


def _kind(variable: Variable) -> str:
    if variable.definite or variable.symmetric:
        return "positive definite matrix" if variable.definite else "symmetric matrix"
    kind = ("scalar", "column", "matrix")[len(variable.shape)] if len(variable.shape) < 3 else "tensor"
    kind = "row" if len(variable.shape) == 2 and variable.shape[0] == Dim() else kind
    return f"{kind}, not 0" if variable.domain == "nonzero" else kind


def _label_set(labels: Labels) -> str:
    return _power(f"\\{{1, \\dots, {_dim(labels.classes)}\\}}", () if labels.rows is None else (labels.rows,))


def _function_set(function: FreeFunction) -> str:
    target = "\\mathbb{R}_{>0}" if function.positive else "\\mathbb{R}"
    return _power("\\mathbb{R}", function.argument or ()) + " \\to " + _power(target, function.value)


# -------------------------------------------------------------------- proofs


def _rules(document: DocumentReport) -> dict[ProofStep, int]:
    """The definitions and rules that more than one proof uses, numbered from 1 in the order in which they are met."""
    steps = [step for proof in _proofs(document) for step in dict.fromkeys(proof.steps)]
    used = Counter(step for step in steps if step.kind in RULES and step.latex)
    return {step: number for number, step in enumerate((step for step, times in used.items() if times > 1), 1)}


def _proofs(document: DocumentReport) -> Iterator[Proved]:
    for claim in document.claims:
        match claim.verdict:
            case Proved() as proof:
                yield proof
            case Refuted(repair=Repair(proof=Proved() as proof)):
                yield proof
            case _:
                pass


def _method_steps(proved: Proved) -> tuple[ProofStep, ...]:
    """What is known of a proof that does not tell its steps."""
    general, _, sizes = proved.method.partition("; entry by entry")
    if not isinstance(proved.scope, AllSizes):
        return (ProofStep("entry by entry", f"Both sides have the same entries, exactly, at {_scope(proved.scope)}."),)
    return (
        ProofStep("normal form", f"Both sides have the same {general}, whatever the sizes."),
        ProofStep("entry by entry", f"Compared entry by entry{sizes}: no entry differs."),
    )


# ----------------------------------------------------------------- witnesses


def _matrix(value: Nested) -> str | None:
    """A number, a column or a matrix as LaTeX; None for tensors, long arrays and what is no number."""
    if isinstance(value, str):
        return number_latex(value)
    rows = [row if isinstance(row, list) else [row] for row in value]
    if len(rows) > MAX_MATRIX or any(len(row) > MAX_MATRIX for row in rows):
        return None
    cells = [[number_latex(cell) if isinstance(cell, str) else None for cell in row] for row in rows]
    if not cells or any(cell is None for row in cells for cell in row):
        return None
    body = " \\\\ ".join(" & ".join(cell or "" for cell in row) for row in cells)
    return f"\\begin{{pmatrix}} {body} \\end{{pmatrix}}"


# ------------------------------------------------------------------- repairs


def _whole_line(display: str, written: str, repaired: str) -> str:
    """The written line with a left side, and with the side conditions behind it that the repaired one repeats."""
    left, _, _ = repaired.partition("=")
    line = f"{left}{written}" if written.lstrip(" &\n\t").startswith("=") else written
    behind = display.partition(written)[2]
    for at in range(len(repaired)):
        tail = repaired[at:].strip()
        if tail and "=" in repaired[:at] and behind.strip().startswith(tail):
            return f"{line} {repaired[at:]}"
    return line


# ------------------------------------------------------------------- meaning


def _paragraph(title: str, text: str) -> Paragraph:
    return Paragraph(title, words(text))


MEANING: tuple[Paragraph, ...] = (
    _paragraph("Proved", (
        "The line holds under the conditions and conventions that are told with it. For all sizes means two things that share "
        "no code: both sides have one normal form, computed without looking at any size, and all their entries agree at the "
        "sizes named. Where no general proof was found, every entry was compared exactly at the sizes named, and nothing is "
        "said about others."
    )),
    _paragraph("Refuted", (
        "There is a point where both sides differ. Its numbers are exact, rationals and multiples of ln 2, and both sides were "
        "evaluated there twice, by different code. A repair is a line near the written one that was itself proved; whether it is "
        "what the author meant, the author has to say."
    )),
    _paragraph("Undecided and not read", (
        "A limit was reached, or a notation is not known here. Nothing follows from that about the line, in either direction."
    )),
    _paragraph("What this does not say", (
        "Only displayed formulas are judged, as they were read: the readings and conventions above are part of every verdict. "
        "The words around the formulas, inline formulas, whether the assumptions are sensible and whether a definition is the "
        "one intended were not judged. Arithmetic is that of real numbers, not of floating point."
    )),
)  # fmt: skip
