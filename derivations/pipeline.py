"""From a text to a report: read, interpret, judge.  The function to read first is ``verify``."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from itertools import product
from pathlib import Path

from derivations.claims import Claim, Defined, Misread, Step
from derivations.interpret.steps import DisplaySteps, Interpretation, interpret
from derivations.prove.judge import judge
from derivations.read.document import Document, load
from derivations.read.given import FrontMatter, Sentence, given_sentences, parse_given_file
from derivations.read.markdown import read_markdown
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay, Kind, Located, Report, word
from derivations.source import Problem, Source, Span
from derivations.verdicts import Definition, Refuted, ShapeWitness, Unreadable, Verdict

Progress = Callable[[int, int], None]
MAX_READINGS = 24


def verify(
    path: str | Path | None = None,
    *,
    text: str | None = None,
    given: Sequence[str] = (),
    given_path: str | Path | None = None,
    on_progress: Progress | None = None,
) -> Report:
    """Judges every claim of a document.

    ``path`` names a file, or only labels ``text`` where that is passed; ``given`` holds further
    sentences of mathematics (CONTRACT section 1), ``given_path`` a YAML file of them.
    Raises OSError for files that cannot be opened and Problem for bytes that are not text.
    """
    source = Source(str(path or "<text>"), text) if text is not None else load(str(path))
    document = read_markdown(source)
    fronts = (parse_given_file(load(str(given_path))),) if given_path is not None else ()
    return Report((_Run(document, fronts, given_sentences(given), on_progress).report(),))


class _Run:
    """One document under judgement; verdicts are kept, so that a second reading judges only what it changes."""

    def __init__(self, document: Document, fronts: tuple[FrontMatter, ...], sentences: tuple[Sentence, ...],
                 on_progress: Progress | None) -> None:
        self.document = document
        self.fronts = fronts
        self.sentences = sentences
        self.on_progress = on_progress
        self.known: dict[Hashable, Verdict] = {}

    def report(self) -> DocumentReport:
        interpretation, verdicts = self._best_reading()
        displays = tuple(
            self._display(number, steps, found)
            for number, (steps, found) in enumerate(zip(interpretation.displays, verdicts, strict=True), 1)
        )
        return DocumentReport(
            self.document.source, displays, tuple(interpretation.readings), (), tuple(self._problems(interpretation))
        )

    def _best_reading(self) -> tuple[Interpretation, list[list[Verdict]]]:
        """The usual reading; where that leaves lines false, another that the contract allows, if fewer are false in it."""
        first = interpret(self.document, self.fronts, self.sentences)
        best = (first, self._judge_all(first, report=True))
        first_verdicts = best[1]
        fewest = _failures(first_verdicts)
        options = first.choices_met
        if not fewest or not options:
            return best
        for n, picks in enumerate(product(*(range(count) for count in options.values()))):
            if n >= MAX_READINGS:
                break
            if not any(picks):
                continue
            other = interpret(self.document, self.fronts, self.sentences, dict(zip(options, picks, strict=True)))
            verdicts = self._judge_all(other)
            failures = _failures(verdicts)
            if failures < fewest and not _breaks(first_verdicts, verdicts):
                best, fewest = (other, verdicts), failures
        return best

    def _judge_all(self, interpretation: Interpretation, report: bool = False) -> list[list[Verdict]]:
        total = sum(len(display.steps) for display in interpretation.displays)
        done = 0
        verdicts: list[list[Verdict]] = []
        for display in interpretation.displays:
            verdicts.append([])
            for step in display.steps:
                verdicts[-1].append(self._verdict(step))
                done += 1
                if report and self.on_progress:
                    self.on_progress(done, total)
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
                key = _key(step)
                if key not in self.known:
                    self.known[key] = judge(step)
                return self.known[key]

    # ------------------------------------------------------------- the data

    def _display(self, number: int, display: DisplaySteps, verdicts: list[Verdict]) -> JudgedDisplay:
        claims = tuple(
            JudgedClaim(f"{number}.{n}", step.span, self._latex(step.span), _kind(step), verdict)
            for n, (step, verdict) in enumerate(zip(display.steps, verdicts, strict=True), 1)
        )
        return JudgedDisplay(display.span, self._latex(display.span), claims)

    def _latex(self, span: Span) -> str:
        return self.document.text[span.start : span.end]

    def _problems(self, interpretation: Interpretation) -> list[Located]:
        fronts = [f for f in (self.document.front_matter, *self.fronts) if f is not None]
        found = [Located(self.document.source, p) for p in self.document.problems]
        found += [Located(f.source, p) for f in fronts for p in f.problems]
        for sentence, problem in interpretation.sentence_problems:
            located = problem if problem.span is not None else Problem(problem.code, problem.message, sentence.span, problem.hint)
            found.append(Located(sentence.source, located))
        return found


def _breaks(usual: list[list[Verdict]], other: list[list[Verdict]]) -> bool:
    """Whether a line that holds in the usual reading does not in the other: one reading goes through a document."""
    pairs = zip((v for d in usual for v in d), (v for d in other for v in d), strict=False)
    return any(word(a) == "proved" and word(b) != "proved" for a, b in pairs)


def _key(claim: Claim) -> Hashable:
    """Equal for claims that say the same in the same world."""
    statement, context = claim.statement, claim.statement.context
    tables = (context.variables, context.labels, context.functions, context.definitions)
    world = (*(tuple(table.items()) for table in tables), context.assumptions)
    return statement.left, statement.right, statement.guards, world, claim.conventions, claim.caveats


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
    return sum(word(v) in ("refuted", "unreadable") for display in verdicts for v in display)
