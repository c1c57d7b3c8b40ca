"""From a text to a report: read, interpret, judge.  The function to read first is ``verify``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import replace
from functools import reduce
from itertools import islice, pairwise, product
from pathlib import Path
from typing import TYPE_CHECKING

from derivations.claims import Claim, Defined, Misread, Step
from derivations.expr import Expr, Sym, read_through
from derivations.interpret.differentials import UNSPOKEN_LOSS
from derivations.interpret.doubts import conditioned, doubt, unspoken, unspoken_losses
from derivations.interpret.names import DefinedFunction, SymbolTable, spell
from derivations.interpret.notation import MEMBER
from derivations.interpret.reach import IN_FRONT
from derivations.interpret.slashes import SLASH
from derivations.interpret.statements import Origin, assuming
from derivations.interpret.steps import Aside, DisplaySteps, Interpretation, interpret
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import tree_nodes
from derivations.limits import Limits, current, holding
from derivations.prove.explain import explain_proof
from derivations.prove.judge import judge
from derivations.read import tree as t
from derivations.read.document import Document, load
from derivations.read.files import read_source
from derivations.read.given import FrontMatter, Sentence, given_sentences, parse_given_file
from derivations.read.headings import headings
from derivations.repair.blame import Line, blamed
from derivations.repair.search import with_repair
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay, Kind, Located, Report, word
from derivations.shapes import shape
from derivations.source import Problem, Source, Span
from derivations.verdicts import Definition, Proved, Refuted, Repair, ShapeWitness, Unknown, Unreadable, Verdict

if TYPE_CHECKING:
    from derivations.report.explain import Understanding

Progress = Callable[[int, int], None]
MAX_READINGS = 24
PENDING = Unknown("not reached", "limit")
TOO_DEEP = Unknown("nested too deeply, in itself or through definitions that hang on one another", "limit")


class Watcher:
    """Goes along while a document is judged.  This one only counts; that of a process of its own tells each step."""

    def __init__(self, on_progress: Progress | None = None) -> None:
        self.on_progress = on_progress
        self.claims = self.searches = self.searched = 0

    def outlined(self, report: Callable[[], DocumentReport], undecided: bool) -> None:
        """What there is to judge, all of it ``PENDING``; with ``undecided`` other readings may be tried for lines that fail."""

    def judge(self, claim: Claim) -> Verdict:
        return _judged(claim)

    def judged(self, number: int, total: int, verdict: Verdict) -> None:
        """The verdict in the usual reading on the claim of this number, from 0."""
        self.claims = total
        if self.on_progress:
            self.on_progress(number + 1, total)

    def settled(self, report: Callable[[], DocumentReport]) -> None:
        """The verdicts in the reading that was chosen; repairs are still to be looked for, which counts like claims."""
        if self.on_progress:
            self.searches = sum(isinstance(claim.verdict, Refuted) for claim in report().claims)
            self.on_progress(self.claims, self.claims + self.searches)

    def repair(self, refuted: Refuted, origin: Origin, place: Span) -> Refuted:
        try:
            found = with_repair(refuted, origin)
        except RecursionError:  # a candidate is nested more deeply than the line
            found = refuted
        self.searched += 1
        if self.on_progress:
            self.on_progress(self.claims + self.searched, self.claims + self.searches)
        return found


def verify(
    path: str | Path | None = None,
    *,
    text: str | None = None,
    given: Sequence[str] = (),
    given_path: str | Path | None = None,
    on_progress: Progress | None = None,
    repairs: bool = True,
    limits: Limits | None = None,
    watcher: Watcher | None = None,
) -> Report:
    """Judges every claim of a document, and looks for a repair of each refuted one unless told not to.

    All of it happens in the calling process: limits of time and memory do not hold here, only in worker.py.

    ``path`` names a file (``.tex``, ``.ipynb``, else Markdown), or only labels ``text`` where that is passed;
    ``given`` holds further sentences of mathematics (CONTRACT section 1), ``given_path`` a YAML file of them.
    Raises OSError for files that cannot be opened, Problem for bytes that are no text and notebooks that are none.
    """
    with holding(limits or current()):
        run = _run(path, text, given, given_path, watcher or Watcher(on_progress))
        return Report((run.report(repairs),))


def understand(
    path: str | Path | None = None,
    *,
    text: str | None = None,
    given: Sequence[str] = (),
    given_path: str | Path | None = None,
    limits: Limits | None = None,
) -> Understanding:
    """What is read of a document, before anything is judged; arguments and exceptions are those of ``verify``."""
    with holding(limits or current()):
        return _run(path, text, given, given_path, Watcher()).understanding()


def _run(path: str | Path | None, text: str | None, given: Sequence[str], given_path: str | Path | None,
         watcher: Watcher) -> _Run:
    document = read_source(Source(str(path or "<text>"), text) if text is not None else load(str(path)))
    fronts = (parse_given_file(load(str(given_path))),) if given_path is not None else ()
    return _Run(document, fronts, given_sentences(given), watcher)


def with_steps(report: Report) -> Report:
    """The report with the proof of every proved claim, and of every repair, told in steps (``Proved.steps``).

    Each proof is made again for that, so that judging stays fast: a few milliseconds a claim.
    """
    return replace(report, documents=tuple(_with_steps(document) for document in report.documents))


def _with_steps(document: DocumentReport) -> DocumentReport:
    from derivations.report.explain import printer

    def proved(verdict: Proved) -> Proved:
        return replace(verdict, steps=explain_proof(verdict, lambda context: printer(context, document.functions)))

    def told(verdict: Verdict) -> Verdict:
        match verdict:
            case Proved():
                return proved(verdict)
            case Refuted(repair=Repair(proof=Proved() as proof) as repair):
                return replace(verdict, repair=replace(repair, proof=proved(proof)))
            case _:
                return verdict

    displays = (
        replace(display, claims=tuple(replace(claim, verdict=told(claim.verdict)) for claim in display.claims))
        for display in document.displays
    )
    return replace(document, displays=tuple(displays))


class _Run:
    """One document under judgement; verdicts are kept, so that a second reading judges only what it changes."""

    def __init__(self, document: Document, fronts: tuple[FrontMatter, ...], sentences: tuple[Sentence, ...],
                 watcher: Watcher) -> None:
        self.document = document
        self.fronts = fronts
        self.sentences = sentences
        self.watcher = watcher
        self.known: dict[Hashable, Verdict] = {}
        self.unclosed = {id(problem) for _, problem in document.unclosed}
        self.others: list[Interpretation] | None = None
        self.shapes: Suppositions | None = None  # where shapes were inferred

    def report(self, repairs: bool) -> DocumentReport:
        interpretation, verdicts = self._best_reading()
        verdicts = self._doubted(interpretation, verdicts)
        if repairs and any(isinstance(v, Refuted) for found in verdicts for v in found):
            judged = verdicts
            self.watcher.settled(lambda: self._data(interpretation, judged))
            verdicts = self._repaired(interpretation, judged)
        return self._data(interpretation, verdicts)

    def _data(self, interpretation: Interpretation, verdicts: list[list[Verdict]]) -> DocumentReport:
        follows = frozenset(_further_links(interpretation))
        displays = tuple(
            self._display(number, steps, found, follows)
            for number, (steps, found) in enumerate(zip(interpretation.displays, verdicts, strict=True), 1)
        )
        table, fronts = interpretation.table, self._fronts()
        return DocumentReport(
            self.document.source, displays, tuple(interpretation.readings), (),
            (*self._problems(interpretation), *self._mixed_layouts(interpretation, verdicts)),
            context=table.context(), training=interpretation.training,
            title=next((front.title for front in fronts if front.title), None), headings=headings(self.document.source),
            words=frozenset(table.words), declared=self._declared(interpretation), functions=_functions(table),
            places=_places(interpretation),
            inputs=(self.document.source, *(front.source for front in self.fronts)),
        )  # fmt: skip

    def _fronts(self) -> list[FrontMatter]:
        return [front for front in (self.document.front_matter, *self.fronts) if front is not None]

    def understanding(self) -> Understanding:
        """The usual reading."""
        from derivations.report.explain import Understanding

        found = interpret(self.document, self.fronts, self.sentences)
        steps = tuple(
            (f"{n}.{m}", self.document.place(step.span), step)
            for n, display in enumerate(found.displays, 1) for m, step in enumerate(display.steps, 1)
        )  # fmt: skip
        return Understanding(
            self.document.source, found.table.context(), steps, _functions(found.table), tuple(found.readings),
            tuple(self._problems(found)), self._declared(found),
        )  # fmt: skip

    def _declared(self, found: Interpretation) -> frozenset[str]:
        """Names that stand before a set somewhere; a family is declared by one of its members."""
        names = {spell(c.members[0]) or "" for c in found.chains if c.relations[:1] in (("∈",), (":",), ("≻",))}
        return frozenset(names | {name.partition("_")[0] for name in names})

    def _doubted(self, found: Interpretation, verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
        """What is refuted of inferred shapes, and may be meant otherwise, is unreadable."""
        verdicts = self._said_again(found, self._written_otherwise(found, verdicts))
        if not _may_be_doubted(found):
            return verdicts

        def doubted(step: Step, verdict: Verdict) -> Verdict:
            return self._doubt(step, found) or verdict if isinstance(step, Claim) and isinstance(verdict, Refuted) else verdict

        return _changed(found, verdicts, doubted)

    def _written_otherwise(self, found: Interpretation, verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
        """What is refuted as a slash or an operator in front is read, and holds as it may be read as well, is unknown."""
        kinds = [kind for kind in found.choices_met if kind == UNSPOKEN_LOSS or kind.startswith((SLASH, IN_FRONT, MEMBER))]
        if not kinds or not any(isinstance(v, Refuted) for judged in verdicts for v in judged):
            return verdicts
        holding: set[Span] = set()
        for picks in islice(product((0, 1), repeat=len(kinds)), MAX_READINGS):
            other = interpret(self.document, self.fronts, self.sentences, dict(zip(kinds, picks, strict=True)), self.shapes)
            holding |= {step.span for step, verdict in _pairs(other, self._judge_all(other)) if isinstance(verdict, Proved)}

        def left_open(step: Step, verdict: Verdict) -> Verdict:
            if not isinstance(verdict, Refuted) or step.span not in holding:
                return verdict
            why = ("false as this line is read, and true in another reading of what a slash divides, an operator acts on, "
                   "a dX names or an x_i is part of: use \\frac, brackets, \\partial, X_{i,:}")
            return Unknown(why, "other-reading", verdict.conventions)

        return _changed(found, verdicts, left_open)

    def _said_again(self, found: Interpretation, verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
        """What hangs on a name of which the running text before says another thing than its definition is unknown."""
        others = [a for a in found.asides if a.claim is None or isinstance(self._verdict(a.claim), Refuted)]

        def doubted(step: Step, verdict: Verdict) -> Verdict:
            if not isinstance(verdict, (Proved, Refuted)) or not isinstance(step, Claim):
                return verdict
            aside = next((a for a in others if a.span.end <= step.span.start and _rests_on(step, found, a)), None)
            if aside is None:
                return verdict
            return Unknown(f"the running text before gives {aside.name} another value than its definition: "
                           "say := to define it anew, or give one of them another name", "other-reading", verdict.conventions)

        return _changed(found, verdicts, doubted) if others else verdicts

    def _doubt(self, claim: Claim, found: Interpretation) -> Verdict | None:
        statement = claim.statement
        if found.heard:
            context = reduce(assuming, found.heard, statement.context)
            if isinstance(self._verdict(replace(claim, statement=replace(statement, context=context))), Proved):
                return Unknown("false in general, and true if what the running text says of its variables is supposed: "
                               "write that among the given sentences", "other-reading", claim.conventions)
        if found.conditioned and (name := conditioned(claim, found.conditioned)) is not None:
            return Unknown(f"false in general, and the running text says of {name} what is not understood: write that among the "
                           "given sentences", "other-reading", claim.conventions)
        if claim.kind == "differential" and (of := self._gradient_of(claim, found)) is not None:
            return Unknown(f"false of differentials, and true if they name the gradients of a loss that is a function of {of}: "
                           "define the loss", "other-reading", claim.conventions)
        supposed = found.supposed
        if supposed is None:
            return None
        before = (s for display in found.displays for s in display.steps if s.span.start < claim.span.start)
        if any(isinstance(step, Misread) for step in before):
            why = "false as far as the document is understood, but a line before this one is not"
            hint = "declare what the document speaks of, or mend the line before"
            return Unreadable(Problem("undeclared", why, claim.span, hint))
        origin = found.origins[claim.span]
        if (missing := doubt(claim, supposed, origin.alone)) is not None:
            return Unreadable(missing.problem((origin.left, origin.right), claim.span))
        for condition, narrowed in unspoken(claim, supposed):
            if isinstance(self._verdict(narrowed), Proved):
                return Unreadable(Problem("undeclared", f"this holds if {condition}, which nothing says", claim.span,
                                          f"declare {condition.split()[0]}, with what is known of it"))
        for other in self._other_shapes():
            for step in (s for display in other.displays for s in display.steps):
                if isinstance(step, Claim) and step.span == claim.span and isinstance(self._verdict(step), Proved):
                    return Unreadable(self._ambiguous(claim, supposed, other))
        return None

    def _gradient_of(self, claim: Claim, found: Interpretation) -> str | None:
        """The array of which an unspoken loss may be a function: ``dZ = dA \\odot g'(Z)`` names gradients then."""
        for name, *texts in unspoken_losses(found.table):
            sentences = (*self.sentences, *given_sentences(texts))
            other = interpret(self.document, self.fronts, sentences, {UNSPOKEN_LOSS: 1}, self.shapes)
            for step in (s for display in other.displays for s in display.steps):
                if isinstance(step, Claim) and step.span == claim.span and isinstance(self._verdict(step), Proved):
                    return name
        return None

    def _other_shapes(self) -> Iterator[Interpretation]:
        if self.others is None:
            inference = interpret(self.document, self.fronts, self.sentences).inference
            self.others = [] if inference is None else list(inference.others())
        yield from self.others

    def _ambiguous(self, claim: Claim, supposed: Suppositions, other: Interpretation) -> Problem:
        assert other.supposed is not None
        names = [n for n, shape in other.supposed.found.items() if len(supposed.found.get(n, ())) != len(shape)]
        name = names[0] if names else next(iter(supposed.found))
        return Problem("open-shape", f"whether this holds depends on the shape of {name}, which nothing fixes", claim.span,
                       f"declare it, for example ${name} \\in \\mathbb{{R}}^{{n}}$")

    def _repaired(self, interpretation: Interpretation, verdicts: list[list[Verdict]]) -> list[list[Verdict]]:
        """Refuted lines of the reading that was chosen are told what is wrong with them, and get a repair where one is found."""
        origins = interpretation.origins
        lines = [Line(step, verdict, origins.get(step.span)) for step, verdict in _pairs(interpretation, verdicts)]
        told = iter(blamed(lines, self._line_name))
        return [
            [self._with_repair(next(told), interpretation, step) for step in display.steps]
            for display in interpretation.displays
        ]

    def _line_name(self, span: Span) -> str:
        """``line 31``, in a notebook with its cell."""
        at = self.document.place(span).start
        cell = self.document.source.cell(at)
        return f"{f'cell {cell.number}, ' if cell is not None else ''}line {self.document.source.position(at)[0]}"

    def _with_repair(self, verdict: Verdict, interpretation: Interpretation, step: Step) -> Verdict:
        if not isinstance(verdict, Refuted):
            return verdict
        return self.watcher.repair(verdict, interpretation.origins[step.span], step.span)

    def _best_reading(self) -> tuple[Interpretation, list[list[Verdict]]]:
        """The usual reading; where that leaves lines false, another that the contract allows, if fewer are false in it."""
        usual = interpret(self.document, self.fronts, self.sentences)
        self.shapes = usual.supposed
        outline = [[PENDING if isinstance(s, Claim) else self._verdict(s) for s in display.steps] for display in usual.displays]
        open_ended = bool(usual.choices_met) or _may_be_doubted(usual)
        self.watcher.outlined(lambda: self._data(usual, outline), open_ended)
        verdicts = self._judge_all(usual, report=True)
        if not _failures(verdicts) or not usual.choices_met:
            return usual, verdicts
        lines = self._line_choices(usual, verdicts)
        return self._document_choices(usual, verdicts, lines)

    def _line_choices(self, usual: Interpretation, verdicts: list[list[Verdict]]) -> dict[str, int]:
        """Readings of single lines that make a line hold which fails in the usual one."""
        places = {kind: int(kind.split(":")[0]) for kind in usual.choices_met if kind[0].isdigit()}
        failing = [step.span for step, verdict in _pairs(usual, verdicts) if _fails(verdict)]
        tried = {kind: 1 for kind, place in places.items() if any(s.start <= place < s.end for s in failing)}
        if not tried:
            return {}
        other = interpret(self.document, self.fronts, self.sentences, tried, self.shapes)
        holding = [step.span for step, verdict in _pairs(other, self._judge_all(other)) if word(verdict) == "proved"]
        return {kind: 1 for kind in tried if any(s.start <= places[kind] < s.end for s in holding)}

    def _document_choices(self, usual: Interpretation, verdicts: list[list[Verdict]], lines: dict[str, int]
                          ) -> tuple[Interpretation, list[list[Verdict]]]:
        """Readings that go through the whole document: one that leaves fewer lines false and breaks none that hold.

        Where a limit hides whether it breaks one, the lines that do not fail in it are open.
        """
        undecided: list[list[list[Verdict]]] = []
        best, fewest = (usual, verdicts), _failures(verdicts)
        options = {kind: count for kind, count in usual.choices_met.items() if not kind[0].isdigit()}
        if not any(_fails_by_shape(v) for found in verdicts for v in found):
            options.pop("gradient", None)  # gradients are written transposed only where their shapes show it
        for picks in islice(product(*(range(count) for count in options.values())), MAX_READINGS):
            chosen = {**dict(zip(options, picks, strict=True)), **lines}
            if not any(chosen.values()):
                continue
            other = interpret(self.document, self.fronts, self.sentences, chosen, self.shapes)
            found = self._judge_all(other)
            if _failures(found) >= fewest:
                continue
            if not _breaks(verdicts, found):
                best, fewest = (other, found), _failures(found)
            elif not _breaks(verdicts, [[None if _is_limit(v) else v for v in display] for display in found]):
                undecided.append(found)
        return best[0], _left_open(best[1], undecided)

    def _judge_all(self, interpretation: Interpretation, report: bool = False) -> list[list[Verdict]]:
        total = sum(len(display.steps) for display in interpretation.displays)
        done = 0
        verdicts: list[list[Verdict]] = []
        for display in interpretation.displays:
            verdicts.append([])
            for step in display.steps:
                verdicts[-1].append(self._verdict(step))
                if report:
                    self.watcher.judged(done, total, verdicts[-1][-1])
                done += 1
        return verdicts

    def _verdict(self, step: Step) -> Verdict:
        match step:
            case Defined(conventions=conventions):
                return Definition(conventions)
            case Misread(problem=problem, shapes=None):
                return Unreadable(problem)
            case Misread(problem=problem, shapes=shapes):
                assert shapes is not None
                return Refuted(ShapeWitness(shapes), reason=problem.message, method="shapes")
            case Claim():
                try:
                    key = _key(step)
                    known = self.known.get(key)
                except RecursionError:
                    return TOO_DEEP
                if known is None:
                    known = self.known[key] = self.watcher.judge(step)
                return known

    # ------------------------------------------------------------- the data

    def _display(self, number: int, display: DisplaySteps, verdicts: list[Verdict], follows: frozenset[Span]) -> JudgedDisplay:
        place = self.document.place
        claims = tuple(
            JudgedClaim(f"{number}.{n}", place(span), self._latex(span), _kind(step), self._placed(verdict), span in follows)
            for n, (step, verdict) in enumerate(zip(display.steps, verdicts, strict=True), 1) for span in (step.span,)
        )  # fmt: skip
        return JudgedDisplay(place(display.outer), self._latex(display.span), claims)

    def _placed(self, verdict: Verdict) -> Verdict:
        """An unreadable claim's problem with its place in the source; the reader's own have theirs there already."""
        match verdict:
            case Unreadable(problem=Problem(code=code, message=message, span=Span() as span, hint=hint) as problem):
                if id(problem) in self.unclosed:
                    return verdict
                return replace(verdict, problem=Problem(code, message, self.document.place(span), hint))
            case _:
                return verdict

    def _latex(self, span: Span) -> str:
        return self.document.text[span.start : span.end]

    def _mixed_layouts(self, found: Interpretation, verdicts: list[list[Verdict]]) -> Iterator[Located]:
        """A line that would hold in another layout, beside gradients that hold in this one."""
        pairs = list(_pairs(found, verdicts))
        gradients = [s for s, v in pairs if isinstance(v, Proved) and isinstance(s, Claim) and s.kind == "gradient"]
        holds = any(shape(step.statement.left) for step in gradients)
        for step, verdict in pairs if holds else ():
            if isinstance(verdict, Refuted) and "layout" in (verdict.reason or ""):
                yield Located(self.document.source, Problem(
                    "mixed-layouts", f"{verdict.reason}, and other lines hold in this one", self.document.place(step.span),
                    "keep to one layout, or state it in the front matter: layout: denominator",
                ))

    def _problems(self, interpretation: Interpretation) -> list[Located]:
        found = [Located(self.document.source, p) for p in self.document.problems if id(p) not in self.unclosed]
        found += [Located(f.source, p) for f in self._fronts() for p in f.problems]
        for warning in interpretation.warnings:
            assert warning.span is not None
            place = self.document.place(warning.span)
            found.append(Located(self.document.source, Problem(warning.code, warning.message, place, warning.hint)))
        for sentence, problem in interpretation.sentence_problems:
            located = problem if problem.span is not None else Problem(problem.code, problem.message, sentence.span, problem.hint)
            found.append(Located(sentence.source, located))
        return found


def _rests_on(claim: Claim, found: Interpretation, aside: Aside) -> bool:
    """Whether a claim writes the name, or speaks of what is defined by it."""
    origin = found.origins.get(claim.span)
    trees = () if origin is None else (origin.left, origin.right)
    if any(isinstance(n, (t.Name, t.Scripted)) and spell(n) == aside.name for n in tree_nodes(trees)):
        return True
    statement = claim.statement
    return aside.symbol in read_through((statement.left, statement.right), statement.context.definitions)


def _may_be_doubted(found: Interpretation) -> bool:
    """Whether a line that is refuted may be meant in a way that is not its usual reading."""
    claims = (step for display in found.displays for step in display.steps if isinstance(step, Claim))
    heard = bool(found.heard or found.conditioned)
    return heard or found.supposed is not None or any(claim.kind == "differential" for claim in claims)


def _further_links(interpretation: Interpretation) -> Iterator[Span]:
    """The places of claims whose left side is the right side of the claim before: ``b = c`` of ``a = b = c``."""
    for display in interpretation.displays:
        for before, step in pairwise(display.steps):
            one, other = interpretation.origins.get(before.span), interpretation.origins.get(step.span)
            if one is not None and other is not None and one.right is other.left:
                yield step.span


def _breaks(usual: list[list[Verdict]], other: list[list[Verdict | None]] | list[list[Verdict]]) -> bool:
    """Whether a line that holds in the usual reading does not in the other: one reading goes through a document."""
    pairs = zip((v for d in usual for v in d), (v for d in other for v in d), strict=False)
    return any(word(a) == "proved" and b is not None and word(b) != "proved" for a, b in pairs)


def _is_limit(verdict: Verdict) -> bool:
    return isinstance(verdict, Unknown) and verdict.code == "limit"


def _left_open(verdicts: list[list[Verdict]], undecided: list[list[list[Verdict]]]) -> list[list[Verdict]]:
    """Lines that may yet hold in a reading of which a limit hides whether it is the document's."""
    def left(n: int, m: int, verdict: Verdict) -> Verdict:
        others = (found[n][m] for found in undecided if m < len(found[n]))
        if not isinstance(verdict, Refuted) or all(_fails(other) for other in others):
            return verdict
        return Unknown("false as read; in another reading of the document a limit was met", "limit", verdict.conventions)

    return [[left(n, m, verdict) for m, verdict in enumerate(found)] for n, found in enumerate(verdicts)]


def _judged(claim: Claim) -> Verdict:
    """The verdict; what is nested too deeply for this interpreter, definitions opened up, ends in ``unknown``."""
    try:
        return judge(claim)
    except RecursionError:
        return replace(TOO_DEEP, conventions=claim.conventions)


def _key(claim: Claim) -> Hashable:
    """Equal for claims that say the same in the same world."""
    statement, context = claim.statement, claim.statement.context
    tables = (context.variables, context.labels, context.functions, context.definitions)
    world = (*(tuple(table.items()) for table in tables), context.assumptions)
    return statement.left, statement.right, statement.guards, world, claim.conventions, claim.caveats


def _functions(table: SymbolTable) -> dict[str, tuple[Sym, Expr]]:
    """The functions that the document defines: parameter and body."""
    meanings = table.meanings.items()
    return {name: (meaning.parameter, meaning.body) for name, meaning in meanings if isinstance(meaning, DefinedFunction)}


def _places(interpretation: Interpretation) -> dict[str, str]:
    """Names that displayed formulas define, each with the number of the line that does first."""
    steps = ((f"{n}.{m}", step) for n, d in enumerate(interpretation.displays, 1) for m, step in enumerate(d.steps, 1))
    places: dict[str, str] = {}
    for number, step in steps:
        if isinstance(step, Defined) and step.name:
            places.setdefault(step.name, number)
    return places


def _kind(step: Step) -> Kind:
    match step:
        case Claim(kind=kind):
            return kind
        case Defined():
            return "definition"
        case Misread():
            return "equality"


def _failures(verdicts: list[list[Verdict]]) -> int:
    """Claims that a reading leaves refuted or not conforming."""
    return sum(_fails(v) for display in verdicts for v in display)


def _fails(verdict: Verdict) -> bool:
    return word(verdict) in ("refuted", "unreadable")


def _fails_by_shape(verdict: Verdict) -> bool:
    return isinstance(verdict, Unreadable) or (isinstance(verdict, Refuted) and isinstance(verdict.witness, ShapeWitness))


def _changed(found: Interpretation, verdicts: list[list[Verdict]], change: Callable[[Step, Verdict], Verdict]
             ) -> list[list[Verdict]]:
    """The verdicts after a second look at each, with its step."""
    return [
        [change(step, verdict) for step, verdict in zip(display.steps, judged, strict=True)]
        for display, judged in zip(found.displays, verdicts, strict=True)
    ]


def _pairs(interpretation: Interpretation, verdicts: list[list[Verdict]]) -> Iterator[tuple[Step, Verdict]]:
    for display, found in zip(interpretation.displays, verdicts, strict=True):
        yield from zip(display.steps, found, strict=True)
