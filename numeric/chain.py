"""What a report allows to be computed: the loss, and for every gradient that is needed the proved line that gives it.

The only entrance is a ``Proved``.  A refuted line counts in its repaired form, whose proof the repair carries, and
is named in ``Chain.repaired``; a line that is needed and neither proved nor repaired stops everything.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction

from derivations import expr as e
from derivations.claims import Context, Statement
from derivations.report.outline import DocumentReport, JudgedClaim, Report
from derivations.shapes import shape
from derivations.verdicts import AllSizes, Definition, Proved, Refuted, Scope
from numeric.algebra import Algebra, Array
from numeric.slope import NotComputable, coefficient
from numeric.tensor import GRADIENT, MINUS_ONE, ONE, TANGENT, Axis, Node, Place, Ref, fresh, walk
from numeric.translate import Translator


class CannotCompile(ValueError):
    """What stands in the way, and in which line."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where a computed line comes from: the claim as written, and as repaired where it was false."""

    claim: str
    line: int
    latex: str
    scope: Scope
    method: str
    conventions: tuple[str, ...] = ()
    conditions: tuple[str, ...] = ()
    repaired: str = ""


@dataclass(frozen=True, slots=True)
class Line:
    """One named array, and the claims that it rests on; a definition rests on none."""

    name: str
    array: Array
    sources: tuple[Source, ...] = ()


@dataclass(frozen=True, slots=True)
class Chain:
    """Everything that code is made from: nothing in it was not defined or proved."""

    document: str
    digest: str
    loss: str
    parameters: tuple[str, ...]
    features: str | None
    labels: str | None
    context: Context
    lines: dict[str, Line]
    rewrites: tuple[str, ...]

    @property
    def sources(self) -> tuple[Source, ...]:
        return tuple(dict.fromkeys(s for line in self.lines.values() for s in line.sources))

    @property
    def claims(self) -> tuple[str, ...]:
        return tuple(s.claim for s in self.sources)

    @property
    def repaired(self) -> tuple[str, ...]:
        return tuple(s.claim for s in self.sources if s.repaired)


@dataclass(frozen=True, slots=True)
class _Case:
    """One proved line for ∂L/∂Z: all of it (``places`` are axes), or the entries where ``at`` holds.

    A line for dL gives ∂L/∂Z as what stands before dZ in ``right``.
    """

    claim: JudgedClaim
    proof: Proved
    repaired: str
    right: e.Expr
    places: tuple[e.IndexTerm, ...] | None
    is_differential: bool = False


def chain_of(report: Report, loss: str | None = None, parameters: Sequence[str] = ()) -> Chain:
    """The lines that the loss and its gradients by the parameters need.

    ``loss`` and ``parameters`` are names as the document spells them; without them its ``train:`` block counts.
    Raises CannotCompile, naming the line, where a needed one is not proved.
    """
    if len(report.documents) != 1:
        raise CannotCompile(f"one document can be compiled at a time, not {len(report.documents)}")
    (document,) = report.documents
    training = document.training
    loss = loss or (training.loss if training else None)
    names = tuple(parameters) or (training.parameters if training else ())
    if loss is None or not names:
        raise CannotCompile(f"{document.path}: say what is to be minimised and by what: "
                            "a train: block with loss and parameters, or loss=… and parameters=…")
    return _Follower(document, loss, names).chain()


@dataclass
class _Follower:
    document: DocumentReport
    loss: str
    parameters: tuple[str, ...]
    lines: dict[str, Line] = field(default_factory=dict)
    pending: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = self.document.context
        self.arrays: dict[str, Array] = {}
        self.algebra = Algebra(self.arrays)
        self.translator = Translator(self.algebra, self.loss, self.context.definitions)
        for name in (self.loss, *self.parameters):
            if name not in self.context.variables:
                known = ", ".join(self.context.variables)
                raise CannotCompile(f"{self.document.path}: {name} is not a name of this document (it has {known})")
        if self.loss not in self.context.definitions:
            raise CannotCompile(f"{self.document.path}: the loss {self.loss} is nowhere defined")

    def chain(self) -> Chain:
        self._define(self.loss)
        for name in self.parameters:
            if name in self.context.definitions:
                raise CannotCompile(f"{self.document.path}: {name} is defined, so it is not a parameter")
            self._prove(name)
        training = self.document.training
        return Chain(
            self.document.path, hashlib.sha256(self.document.source.text.encode()).hexdigest(), self.loss, self.parameters,
            training.features if training else None, training.labels if training else None, self.context, self.lines,
            tuple(self.algebra.used),
        )

    # ---------------------------------------------------------- definitions

    def _define(self, name: str) -> None:
        """Enters a definition and all that it refers to."""
        if name in self.lines or name not in self.context.definitions:
            return
        definition = self.context.definitions[name]
        for sym in sorted(e.free_symbols(definition), key=lambda s: s.name):
            self._define(sym.name)
        axes_ = self._axes(self.context.variables[name].shape)
        try:
            body = self.translator.entry(definition, axes_)
        except NotComputable as problem:
            raise CannotCompile(f"{self.document.path}: the definition of {name} cannot be computed: {problem}") from None
        self._enter(Line(name, Array(axes_, body)))

    def _enter(self, line: Line) -> None:
        self.lines[line.name] = line
        self.arrays[line.name] = line.array

    def _axes(self, dims: e.Shape) -> tuple[Axis, ...]:
        return tuple(fresh(d, letter) for d, letter in zip(dims, "ijkl", strict=False))

    # ------------------------------------------------------------ gradients

    def _prove(self, name: str) -> None:
        """Enters a line for ∂L/∂name, and first those that it refers to."""
        gradient = GRADIENT + name
        if gradient in self.lines:
            return
        self.pending.append(name)
        problems = []
        for cases in self._ways(name):
            try:
                line = self._line(name, cases)
                for needed in self._gradients_in(line.array.body):
                    if needed in self.pending:
                        raise NotComputable(f"it gives ∂{self.loss}/∂{name} by way of itself")
                    self._prove(needed)
                for node in walk(line.array.body):
                    if isinstance(node, Ref) and not node.name.startswith(GRADIENT):
                        self._define(node.name)
            except (NotComputable, CannotCompile) as problem:
                problems.append(f"line {self._line_number(cases[0].claim)} ({cases[0].claim.id}): {problem}")
                continue
            self.pending.pop()
            self._enter(line)
            return
        self.pending.pop()
        raise CannotCompile(self._what_is_missing(name, problems))

    def _gradients_in(self, node: Node) -> list[str]:
        names = [n.name[len(GRADIENT):] for n in walk(node) if isinstance(n, Ref) and n.name.startswith(GRADIENT)]
        return list(dict.fromkeys(names))

    def _ways(self, name: str) -> Iterator[list[_Case]]:
        """Lines, or pairs of lines with complementary conditions, that give ∂L/∂name, in the document's order.

        What is proved for every size comes before what is proved at named ones.
        """
        cases = sorted(self._cases(name), key=lambda case: not isinstance(case.proof.scope, AllSizes))
        for case in cases:
            guarded = bool(case.proof.statement.guards)
            if case.places is None or (not guarded and all(isinstance(p, e.Index) for p in case.places)):
                yield [case]
            else:
                others = [c for c in cases if c is not case and c.places is not None and complementary(case, c)]
                if others:
                    yield [case, others[0]]

    def _cases(self, name: str) -> Iterator[_Case]:
        for claim in self.document.claims:
            proof, repaired = proof_of(claim)
            if proof is None:
                continue
            if self._is_differential(proof.statement, name):
                yield _Case(claim, proof, repaired, proof.statement.right, None, is_differential=True)
                continue
            found = self._left(proof.statement.left, name)
            if found is not None and not self._says_nothing(proof.statement.right, name):
                yield _Case(claim, proof, repaired, proof.statement.right, found or None)

    def _left(self, left: e.Expr, name: str) -> tuple[e.IndexTerm, ...] | None:
        """Whether a left side is ∂L/∂name: () for the whole array, else at which entry."""
        match left:
            case e.Sym() if isinstance(defined := self.context.definitions.get(left.name), e.Derivative):
                return self._left(defined, name)
            case e.Derivative(of=e.Sym(name=of), by=e.Sym(name=by), at=at) if (of, by) == (self.loss, name):
                return at or ()
            case e.Entry(array=array, indices=indices) if self._left(array, name) == ():
                return indices
            case e.Build(indices=indices, body=body) if self._left(body, name) == indices:
                return ()
            case e.Times(left=e.Num(), right=e.Add(operands=(one, e.Transpose(operand=other)))) if one == other:
                symmetric = self.context.variables[name].symmetric and left.left == e.Num(Fraction(1, 2))
                return () if symmetric and self._left(one, name) == () else None
            case _:
                return None

    def _is_differential(self, statement: Statement, name: str) -> bool:
        """Whether a line is dL = … for every dZ; a symmetric Z leaves open which G stands before dZ."""
        match statement.left:
            case e.Differential(of=e.Sym(name=of), variables=variables) if of == self.loss and not statement.guards:
                return name in (v.name for v in variables) and not self.context.variables[name].symmetric
            case _:
                return False

    def _says_nothing(self, right: e.Expr, name: str) -> bool:
        return self._left(right, name) is not None

    def _line(self, name: str, cases: list[_Case]) -> Line:
        axes_ = self._axes(self.context.variables[name].shape)
        values = [self._value(name, case, axes_) for case in cases]
        body = values[0]
        if len(cases) == 2:
            other = self.algebra.product((), (MINUS_ONE, body))
            gate = self._condition(cases[1], axes_)
            body = self.algebra.add((body, self.algebra.product((), (gate, self.algebra.add((values[1], other))))))
        return Line(GRADIENT + name, Array(axes_, body), tuple(self._source(case) for case in cases))

    def _value(self, name: str, case: _Case, at: tuple[Axis, ...]) -> Node:
        if case.is_differential:
            return coefficient(self.algebra, self.translator.entry(case.right, ()), TANGENT + name, at)
        if case.places is None:
            if shape(case.right) != tuple(a.dim for a in at) and shape(case.right):
                raise NotComputable("its right side has another shape")
            return self.translator.entry(case.right, at if shape(case.right) else ())
        return self._at(case, at).entry(case.right, ())

    def _at(self, case: _Case, at: tuple[Axis, ...]) -> Translator:
        places: dict[e.Index, Place] = {}
        for term, axis in zip(case.places or (), at, strict=True):
            if isinstance(term, e.Index):
                places[term] = axis
        return replace(self.translator, places=places)

    def _condition(self, case: _Case, at: tuple[Axis, ...]) -> Node:
        """1 where the case counts, else 0."""
        translator = self._at(case, at)
        factors = [translator.entry(g, ()) for g in case.proof.statement.guards]
        for term, axis in zip(case.places or (), at, strict=True):
            if isinstance(term, e.LabelOf):
                factors.append(translator._hot(term, axis))
        return self.algebra.product((), factors) if factors else ONE

    def _source(self, case: _Case) -> Source:
        proof = case.proof
        return Source(case.claim.id, self._line_number(case.claim), case.claim.latex, proof.scope, proof.method,
                      proof.conventions, proof.conditions, case.repaired)

    def _line_number(self, claim: JudgedClaim) -> int:
        return self.document.source.position(claim.span.start)[0]

    # ------------------------------------------------------------- messages

    def _what_is_missing(self, name: str, problems: list[str]) -> str:
        wanted = f"∂{self.loss}/∂{name}"
        start = f"{self.document.path}: no proved line gives {wanted}, which training needs"
        if problems:
            return f"{self.document.path}: {wanted} is needed, but " + "; ".join(problems)
        for claim in self.document.claims:
            verdict = claim.verdict
            statement = verdict.statement if isinstance(verdict, Refuted) else None
            says = statement is not None and self._left(statement.left, name) is not None
            if says and proof_of(claim)[0] is None:
                return (f"{start}: line {self._line_number(claim)} (claim {claim.id}) is refuted, and no repair was found: "
                        f"{one_line(claim.latex)}")
        open_ones = [c for c in self.document.claims if not isinstance(c.verdict, (Proved, Refuted, Definition))]
        if open_ones:
            told = [f"line {self._line_number(c)} (claim {c.id}) is {c.word}: {one_line(c.latex)}" for c in open_ones[:3]]
            return f"{start}: {'; '.join(told)}"
        return start


def proof_of(claim: JudgedClaim) -> tuple[Proved | None, str]:
    """The proof of a claim, or of its repair, with the repaired line."""
    match claim.verdict:
        case Proved() as proof:
            return proof, ""
        case Refuted(repair=repair) if repair is not None and repair.proof is not None and not repair.assumes:
            return repair.proof, repair.latex
        case _:
            return None, ""


def complementary(one: _Case, other: _Case) -> bool:
    """Whether the entries of the second case are exactly those that the first leaves out: m ≠ k_i and m = k_i."""
    left_out = [_excluded(g) for g in one.proof.statement.guards]
    if len(left_out) != 1 or left_out[0] is None or other.places is None or one.places is None:
        return False
    guards = other.proof.statement.guards
    translated = dict(zip(other.places, one.places, strict=True))
    if len(guards) == 1 and all(isinstance(p, e.Index) for p in other.places):
        return _moved(guards[0], translated) == left_out[0]
    for term, place in zip(other.places, one.places, strict=True):
        if isinstance(term, e.LabelOf) and not guards and isinstance(place, e.Index):
            return left_out[0] in (e.Delta(place, _moved_term(term, translated)), e.Delta(_moved_term(term, translated), place))
    return False


def _excluded(guard: e.Expr) -> e.Expr | None:
    """δ of a guard 1 − δ."""
    match guard:
        case e.Add(operands=(e.Num(value=one), e.Times(left=e.Num(value=minus), right=e.Delta() as delta))):
            return delta if one == 1 and minus == -1 else None
        case _:
            return None


def _moved(guard: e.Expr, places: dict[e.IndexTerm, e.IndexTerm]) -> e.Expr:
    match guard:
        case e.Delta(left=left, right=right):
            return e.Delta(_moved_term(left, places), _moved_term(right, places))
        case _:
            return guard


def _moved_term(term: e.IndexTerm, places: dict[e.IndexTerm, e.IndexTerm]) -> e.IndexTerm:
    if isinstance(term, e.LabelOf) and term.row is not None:
        return replace(term, row=_moved_term(term.row, places))
    return places.get(term, term)


def one_line(latex: str) -> str:
    return " ".join(latex.split())

