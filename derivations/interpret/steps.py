"""A document's formulas, in order, to definitions and claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace

from derivations.claims import Caveat, Claim, Defined, Equation, Misread, Step, Training
from derivations.expr import Derivative, Differential, Dim, Tangent, free_symbols, walk
from derivations.interpret.afterwards import defining, leading, near, unknown_names
from derivations.interpret.algebra import Choices
from derivations.interpret.conventions import conventions
from derivations.interpret.declare import assume_equation, assume_sign, declare, declare_definite
from derivations.interpret.definitions import Definitions
from derivations.interpret.dimensions import open_dimensions
from derivations.interpret.infer import Inference, infer, told
from derivations.interpret.layers import layers
from derivations.interpret.members import Members, matrices, members
from derivations.interpret.misunderstood import Misunderstood, misunderstood, piece_around
from derivations.interpret.names import Array, LabelName, SymbolTable, spell
from derivations.interpret.properties import Properties
from derivations.interpret.samples import samples
from derivations.interpret.sides import sides
from derivations.interpret.spoken import spoken
from derivations.interpret.statements import Origin, Statements
from derivations.interpret.suppose import Suppositions
from derivations.interpret.trees import (
    depth_told,
    differentials,
    link_span,
    tree_nodes,
    untransposed,
    whole_span,
)
from derivations.interpret.world import World
from derivations.read import tree as t
from derivations.read.document import Document, Formula
from derivations.read.formula import read_display, read_inline, read_sentence
from derivations.read.given import FrontMatter, Sentence, Train, given_sentences
from derivations.source import Problem, Span

ORDER_RELATIONS = {"≤", "<", "≥", ">", "≠"}
IMPLIED_SUMS = re.compile(r"einstein|summation convention|repeated ind|summenkonvention|convention de sommation|"
                          r"爱因斯坦|求和约定", re.IGNORECASE)
TELLS = re.compile(r"\\in(?![a-z])|dots")  # a set, or things side by side
UPDATE = "an update step is told, not judged"
NOT_CLAIMS = {"≈": "\\approx", "∝": "\\propto", "≤": "\\leq", "<": "<", "≥": "\\geq", ">": ">", "≠": "\\neq"}


@dataclass
class DisplaySteps:
    """One displayed formula and what was made of it; ``outer`` begins at its delimiter."""

    span: Span
    outer: Span
    steps: list[Step]


@dataclass(frozen=True, slots=True)
class Aside:
    """Running text that says of a defined name what it is; ``claim`` is None where that does not even conform."""

    name: str
    symbol: str | None  # of an array
    span: Span
    claim: Claim | None


@dataclass
class Interpretation:
    """A whole document, understood under one set of choices."""

    displays: list[DisplaySteps]
    readings: list[str]
    choices_met: dict[str, int]
    table: SymbolTable
    origins: dict[Span, Origin] = field(default_factory=dict)  # by the place of the claim
    sentence_problems: list[tuple[Sentence, Problem]] = field(default_factory=list)
    training: Training | None = None
    warnings: tuple[Problem, ...] = ()  # with places in the document's text
    heard: tuple[Equation, ...] = ()  # equations of running text between things that are given: may be supposed
    conditioned: frozenset[str] = frozenset()  # names of which running text says what is not understood
    asides: tuple[Aside, ...] = ()
    chains: tuple[t.Chain, ...] = ()  # every relation of the document, as it was read
    bound: frozenset[str] = frozenset()  # letters that some sum binds
    supposed: Suppositions | None = None
    inference: Inference | None = None  # where shapes were inferred: how, and what else they could be


def interpret(document: Document, given: tuple[FrontMatter, ...] = (), sentences: tuple[Sentence, ...] = (),
              choices: Mapping[str, int] | None = None, shapes: Suppositions | None = None) -> Interpretation:
    """Reads the given sentences, then every formula in order.  Raises nothing: problems are data.

    Where names stay undeclared their shapes are inferred from use, unless ``shapes`` has them from another reading.
    """
    def read(choices: Mapping[str, int], supposed: Suppositions | None) -> Interpretation:
        return _Interpreter(document, Choices(dict(choices)), supposed).run(given, sentences)

    chosen = dict(choices or {})
    if shapes is not None:
        again = read(chosen, replace(shapes, found={}, losses={}))
        again.readings[:0] = told(again)
        return again
    found = read(chosen, None)
    return infer(found, len(document.text), lambda more, supposed: read({**chosen, **more}, supposed))


class _Interpreter:
    def __init__(self, document: Document, choices: Choices, supposed: Suppositions | None) -> None:
        self.document = document
        self.world = World(choices, document.text, suppositions=supposed)
        self.formulas: list[Formula] = []
        self.read_ahead: dict[int, list[t.Chain | Problem]] = {}
        self.early: dict[Span, list[Step]] = {}  # chains that were taken in before their turn, by their places
        self.warnings: list[Problem] = []
        self.heard: list[Equation] = []
        self.asides: list[Aside] = []
        self.chains: list[t.Chain] = []  # all that was read, as it was read
        self.spoken = Properties(self.world, ())
        self.definitions = Definitions(self.world)
        self.statements = Statements(self.world)
        self.origins: dict[Span, Origin] = {}
        self.failed: list[tuple[Sentence, Problem]] = []
        self.waiting: list[tuple[Sentence, Problem]] = []
        self.lost: list[Misunderstood] = []

    def run(self, given: tuple[FrontMatter, ...], sentences: tuple[Sentence, ...]) -> Interpretation:
        fronts = [f for f in (self.document.front_matter, *given) if f is not None]
        unclosed = dict(self.document.unclosed)
        self.formulas = sorted((*self.document.formulas, *unclosed), key=lambda formula: formula.span)
        self.world.conventions = conventions(self.document.text, tuple(self.formulas))
        every = [s for f in fronts for s in f.sentences] + list(sentences) + self._conventions()
        self.world.layout = next((f.layout for f in reversed(fronts) if f.layout), self.world.conventions.layout or "mixed")
        self._look_ahead(every)
        self.world.sums_implied = IMPLIED_SUMS.search(self.document.text) is not None
        if self.world.suppositions is not None:
            self.world.suppositions.begin(self.world.elaborator())
        self._take_in(every)
        for front in fronts:
            if front.train and front.train.loss:
                self.world.declared_loss = front.train.loss.text.strip()
        displays = []
        self.spoken = Properties(self.world, spoken(self.document.text, self.formulas))
        for number, formula in enumerate(self.formulas):
            broken = unclosed.get(formula)
            steps: list[Step] = self._formula(number) if broken is None else [Misread(formula.span, broken)]
            if formula.kind == "display":
                displays.append(DisplaySteps(formula.span, formula.outer, steps))
            self._take_in([sentence for sentence, _ in self.waiting])
        training = self._training(next((f.train for f in reversed(fronts) if f.train), None))
        return Interpretation(displays, self.world.readings, dict(self.world.choices.met), self.world.table, self.origins,
                              self.failed + self.waiting, training, tuple(self.warnings), (*self.heard, *self.spoken.heard),
                              frozenset(self.spoken.conditioned), tuple(self.asides), tuple(self.chains), self.world.families,
                              self.world.suppositions)

    def _conventions(self) -> list[Sentence]:
        """What the running text says of notation, as sentences; told."""
        said = self.world.conventions
        for text in said.texts:
            self.world.read(f"{text}: the running text says so")
        if said.layout is not None:
            self.world.read(f"{said.layout} layout: the running text says so")
        for name in said.free:
            doubt = Caveat(f"the running text says of {name} what is not understood: give a formula for it")
            self.world.caveats.setdefault(name, (doubt,))
        return list(given_sentences(said.texts))

    def _training(self, train: Train | None) -> Training | None:
        """The names of the ``train:`` block, spelled as everywhere else; one that nothing introduces is told."""
        if train is None:
            return None
        loss, features, labels = (self._training_name(s) for s in (train.loss, train.features, train.labels))
        parameters = (self._training_name(s) for s in train.parameters)
        return Training(loss, features, labels, tuple(p for p in parameters if p is not None))

    def _training_name(self, sentence: Sentence | None) -> str | None:
        if sentence is None:
            return None
        chains = read_sentence(sentence.source.text, sentence.span, self.world.table)
        tree = chains[0].members[0] if chains and isinstance(chains[0], t.Chain) else None
        match self.world.table.meanings.get(spell(tree) or "") if tree else None:
            case Array(sym=sym):
                return sym.name
            case LabelName(labels=labels):
                return labels.name
            case _:
                missing = f"{sentence.text} is to be trained with, but nothing introduces it"
                problem = Problem("undeclared", missing, sentence.span)
                self.failed.append((sentence, problem))
                return None

    def _take_in(self, sentences: list[Sentence]) -> None:
        """Sentences in order; one that speaks of names not known yet waits until the document has introduced them."""
        self.waiting = []
        for sentence in sentences:
            problem = self._sentence(sentence)
            if problem is not None:
                (self.waiting if problem.code == "undeclared" else self.failed).append((sentence, problem))
        if 0 < len(self.waiting) < len(sentences):  # what came later may have said it
            self._take_in([sentence for sentence, _ in self.waiting])
            return
        self.world.misunderstood = (*self.lost, *(self._not_understood(s.text) for s, _ in (*self.failed, *self.waiting)))

    def _lose(self, span: Span, at: Span | None = None, *, displayed: bool = True) -> None:
        """Remembers a formula that was not read, where it seems to say what a known name is; in running text it may suppose."""
        text = self.document.text[span.start : span.end]
        found = self._not_understood(text if at is None else piece_around(text, at.start - span.start))
        if found.defines is None:
            return
        if not displayed:
            found = replace(found, defines=None, speaks_of=frozenset((found.defines,)))
        self.lost.append(found)
        self.world.misunderstood = (*self.world.misunderstood, found)

    def _not_understood(self, text: str) -> Misunderstood:
        table = self.world.table
        free = [key for key, m in table.meanings.items() if isinstance(m, Array) and m.sym.name not in table.definitions]
        return misunderstood(text, free)

    def _look_ahead(self, sentences: list[Sentence]) -> None:
        """What a line may need to know of later ones: letters that some sum binds, words, what is differentiated."""
        trees: list[t.Chain] = []
        for sentence in sentences:
            trees += [c for c in read_sentence(sentence.source.text, sentence.span, self.world.table) if isinstance(c, t.Chain)]
        for formula in self.document.displays:
            trees += [c for c in read_display(self.document.text, formula.span, self.world.table) if isinstance(c, t.Chain)]
        self.world.members = self._members(trees)
        trees = [self.world.members.rewritten(chain) for chain in trees]
        self.world.layers = layers(trees)
        trees = [self.world.layers.rewritten(chain) for chain in trees]
        lefts = {x.text for chain in trees if chain.relations and isinstance(x := chain.members[0], t.Name)}
        self.world.table.words |= {x for x in lefts if len(x) > 2 and x.isalpha() and not set(x) <= lefts}  # net, not ABC
        nodes = [node for chain in trees for node in tree_nodes(chain)]
        letters = {spell(b.index) for n in nodes if isinstance(n, t.BigOperator) for b in n.binders}
        self.world.families = frozenset(x for x in letters if x)
        self.world.samples = samples(trees, self.world.families)
        uppers = [spell(b.upper) for n in nodes if isinstance(n, t.BigOperator) for b in n.binders if isinstance(b.upper, t.Name)]
        self.world.table.bounds = frozenset(x for x in uppers if x)
        operands = [n.operand for n in nodes if isinstance(n, (t.DerivativeOf, t.Nabla)) and n.operand is not None]
        names = (o.function if isinstance(o, t.Call) else o for o in operands)
        self.world.losses = list(dict.fromkeys(key for n in names if (key := spell(n)) is not None))
        pairs = {
            partial: {(spell(n.operand) or "", spell(n.by[0]) or "") for n in nodes
                      if isinstance(n, t.DerivativeOf) and n.partial is partial and n.operand is not None and len(n.by) == 1}
            for partial in (True, False)
        }  # fmt: skip
        self.world.both_derivatives = frozenset(pairs[True] & pairs[False])
        self.world.tangent_letters = frozenset(
            key for n in nodes if isinstance(n, t.DifferentialOf) and (key := spell(untransposed(n.operand))) is not None
        )

    def _members(self, chains: list[t.Chain]) -> Members:
        """Rows and columns with names of their own, by formulas that stack them and by what running text says."""
        text = self.document.text

        def read(formula: Formula) -> list[t.Chain]:
            return [c for c in read_inline(text, formula.span, self.world.table) if isinstance(c, t.Chain)]

        telling = [f for f in self.document.inlines if TELLS.search(text, f.span.start, f.span.end)]
        every = [*chains, *(chain for formula in telling for chain in read(formula))]
        said = sides(text, self.document.formulas, read, matrices(every))
        for key, member in said.members.items():
            self.world.read(f"{member.told(key)}: the running text says so")
        return members(every, said.members, said.unsure)

    def _sentence(self, sentence: Sentence) -> Problem | None:
        """One sentence of ``given``; returns what is wrong with it."""
        self.world.text = sentence.source.text
        try:
            for chain in read_sentence(self.world.text, sentence.span, self.world.table):
                if isinstance(chain, Problem):
                    return chain
                chain = self.world.rewritten(chain)
                self.chains.append(chain)
                self._say(chain)
        except Problem as problem:
            return problem
        finally:
            self.world.text = self.document.text
        return None

    def _say(self, chain: t.Chain) -> None:
        """A declaration, a definition or an assumption."""
        if self._stacked(chain) is not None:
            return
        if not chain.relations:
            raise Problem("given", "expected a relation: a declaration, a definition or an assumption", chain.members[0].span,
                          "for example W \\in \\mathbb{R}^{n \\times m}")
        for n, relation in enumerate(chain.relations):
            left, right = chain.members[n], chain.members[n + 1]
            if relation in ("∈", ":"):
                declare(self.world.table, self.world.dimensions, self.world.elaborator(), left, right, self.world.families)
            elif relation in ("≻", "⪰"):
                declare_definite(self.world.table, self.world.elaborator(), left)
                if relation == "⪰":
                    self.world.read(f"{spell(left)} is read as positive definite")
            elif relation in ("=", ":=", "≡"):
                named = isinstance(left, t.DifferentialOf) and not differentials(right)
                new = self.definitions.is_new(left, right) and not self.definitions.is_square(left)  # a^2 = 4 assumes something
                if new or relation == ":=" or named:
                    self.definitions.define(left, right)
                else:
                    assume_equation(self.world.table, self.world.elaborator(), left, right)
            elif relation in ORDER_RELATIONS:
                assume_sign(self.world.table, self.world.elaborator(), left, relation, right)
            else:
                raise Problem("given", f"a given sentence with {relation} makes no sense here", left.span | right.span)

    def _formula(self, number: int) -> list[Step]:
        formula = self.formulas[number]
        steps: list[Step] = []
        chains = self._read(formula)
        self.chains += [chain for chain in chains if isinstance(chain, t.Chain)]
        if formula.kind == "display":
            self._define_ahead(found := [chain for chain in chains if isinstance(chain, t.Chain)], number)
            self._define_within(found, formula)
        self.spoken.settle()
        for chain in chains:
            if isinstance(chain, Problem):
                self._lose(formula.span, chain.span, displayed=formula.kind == "display")
                steps.append(Misread(chain.span or formula.span, chain))
            elif whole_span(chain) in self.early:
                steps += self.early[whole_span(chain)]
            elif formula.kind == "inline":
                self._inline(chain)
            else:
                steps += self._chain(chain)
        self.spoken.hear(number, chains)
        return steps

    def _read(self, formula: Formula) -> list[t.Chain | Problem]:
        read = read_inline if formula.kind == "inline" else read_display
        found = read(self.document.text, formula.span, self.world.table)
        return [self.world.rewritten(c) if isinstance(c, t.Chain) else c for c in found]

    def _define_ahead(self, chains: list[t.Chain], number: int) -> None:
        """Names that are not known yet, and that a formula right behind defines, mean that already here."""
        unknown = unknown_names(chains, self.world.table)
        if not unknown:
            return
        for ahead in near(self.document.text, self.formulas, number):
            for chain in defining([c for c in self._ahead(ahead) if isinstance(c, t.Chain)], unknown):
                if whole_span(chain) in self.early:
                    continue
                self.early[whole_span(chain)] = []
                self._define_ahead([chain], ahead)
                self.early[whole_span(chain)] = self._early_steps(chain, self.formulas[ahead])

    def _define_within(self, chains: list[t.Chain], formula: Formula) -> None:
        """The same for a later line of one display: ``H = X^T S X, \\quad S = …``; it may rest on nothing in between."""
        for n, chain in enumerate(chains):
            key, before = leading(chain), [leading(other) for other in chains[:n]]
            if key is None or key in before or key not in unknown_names(chains[:n], self.world.table):
                continue
            if whole_span(chain) not in self.early and unknown_names([chain], self.world.table).isdisjoint(before):
                self.early[whole_span(chain)] = self._early_steps(chain, formula)

    def _ahead(self, number: int) -> list[t.Chain | Problem]:
        """The chains of a formula further on; those that are no relations need no reading."""
        formula = self.formulas[number]
        text = self.document.text[formula.span.start : formula.span.end]
        if not any(sign in text for sign in ("=", "\\in", ":")) or formula in dict(self.document.unclosed):
            return []
        if number not in self.read_ahead:
            self.read_ahead[number] = self._read(formula)
        return self.read_ahead[number]

    def _early_steps(self, chain: t.Chain, formula: Formula) -> list[Step]:
        if formula.kind == "display":
            return self._chain(chain)
        self._inline(chain)
        return []

    def _inline(self, chain: t.Chain) -> None:
        """Declares or defines; anything else in running text is left alone."""
        relations = set(chain.relations)
        saved = self.world.dimensions.save()
        try:
            if self._stacked(chain) is not None:
                return
            if relations and relations <= {"∈", ":", "≻"}:
                self._say(chain)
            elif chain.relations[:1] in (("=",), (":=",)) and len(chain.members) == 2 and self._defines_inline(chain):
                if chain.relations == (":=",):
                    self._warn_of_redefinition(chain.members[0])
                key = self.definitions.define(chain.members[0], chain.members[1])
                self.world.read(f"{key} is defined in the running text: {self._inline_text(chain)}")
            elif chain.relations == ("=",) and self.definitions.is_said_again(*chain.members):
                self._say_again(chain)
            elif chain.relations == ("=",):
                self._hear(*chain.members)
        except Problem:
            self.world.dimensions.restore(saved)
            self._lose(whole_span(chain), displayed=False)

    def _say_again(self, chain: t.Chain) -> None:
        """``let $y = x^3$`` behind another definition of y: what holds of the one need not hold of the other."""
        left, right = chain.members
        world = self.world.snapshot()
        claim = None
        if world.suppositions is None:
            with suppress(Problem), depth_told():
                claim = Statements(world).claim(left, right, chain.conditions, whole_span(chain))
        self.asides.append(Aside(self.definitions.defined(left) or "", self.world.name_of(left), whole_span(chain), claim))

    def _hear(self, left: t.Tree, right: t.Tree) -> None:
        """``$\\sum_k y_k = 1$`` in running text: what may be supposed of things that are given."""
        elaborator = self.world.elaborator(allow_free=False)
        try:
            pair = elaborator.expression(left), elaborator.expression(right)
            sides = self.world.dimensions.settle(elaborator.algebra.whole(*pair, left.span | right.span))
        except Problem:
            return
        derived = any(isinstance(n, (Derivative, Differential, Tangent)) for side in sides for n in walk(side))
        names = {s.name for side in sides for s in free_symbols(side)}
        named = all(isinstance(side, (t.Name, t.Scripted)) for side in (left, right))
        compares = named and len(names) > 1  # A = B^T
        given = bool(names) and not derived and not names & set(self.world.table.definitions)
        if given and not compares and not open_dimensions(sides):
            self.heard.append(Equation(*sides))

    def _inline_text(self, chain: t.Chain) -> str:
        span = whole_span(chain)
        return " ".join(self.document.text[span.start : span.end].split())

    def _defines_inline(self, chain: t.Chain) -> bool:
        """A name that is new; a declared one only by a formula, since ``$A = B^T$`` in running text may be a supposition."""
        left, right = chain.members[0], chain.members[1]
        if isinstance(right, (t.Number, t.Ellipsis_)) or self._is_index_range(left, right):
            return False
        if self.definitions.is_builtin_function(left):
            return True
        if chain.relations == (":=",) and self.definitions.defined(left) is not None:
            return not self.definitions.updates(left, right)
        declared = self.world.name_of(left) is not None
        return self.definitions.is_new(left, right) and not (declared and isinstance(right, (t.Name, t.Scripted, t.Negative)))

    def _is_index_range(self, left: t.Tree, right: t.Tree) -> bool:
        """``i = 1, …``, ``m = k``: one letter against another that is no array."""
        key = spell(right) if isinstance(right, (t.Name, t.Scripted)) else None
        if key is None:
            return False
        return not isinstance(self.world.table.meanings.get(key), (Array, LabelName)) or isinstance(left, t.Number)

    def _chain(self, chain: t.Chain) -> list[Step]:
        """A chain of relations: one step each."""
        if not chain.relations:
            return []
        try:
            stacked = self._stacked(chain)
        except Problem as problem:
            return [Misread(whole_span(chain), problem)]
        if stacked is not None:
            return [Defined(whole_span(chain), *stacked)]
        other = next((r for r in chain.relations if r not in ("=", "≡", ":=")), None)
        if other is not None:
            return self._other_relation(chain, other)
        if self._is_update(chain):
            return [Defined(whole_span(chain), spell(chain.members[0]) or "", (UPDATE,))]
        try:
            with depth_told():
                inferred = self.definitions.infer_by_matching(chain)
                defined = self._define_leading(chain)
        except Problem as problem:
            self._lose(whole_span(chain))
            return [Misread(whole_span(chain), problem)]
        steps: list[Step] = []
        ranges: dict[str, Dim] = {}  # of free letters: what one link fixes holds for the next
        for n in range(len(chain.relations)):
            if n in defined:
                steps.append(Defined(link_span(chain, n), defined[n], self.world.told.pop(defined[n], ())))
            elif n in inferred:
                steps.append(Defined(link_span(chain, n), inferred[n]))
            else:
                steps.append(self._link(chain, n, ranges))
        return steps

    def _stacked(self, chain: t.Chain) -> tuple[str, tuple[str, ...]] | None:
        """``X = [x_1, \\dots, x_N]``, perhaps with the shape of X: its name, and what its members are."""
        found = self.world.members.stacked(chain)
        if found is None:
            return None
        key, member = found
        if chain.relations[-1] == "∈":
            declare(self.world.table, self.world.dimensions, self.world.elaborator(), chain.members[0], chain.members[-1],
                    self.world.families)
        self.world.read(member.told(key))
        return spell(chain.members[0]) or "", (member.told(key),)

    def _other_relation(self, chain: t.Chain, relation: str) -> list[Step]:
        span = whole_span(chain)
        if relation in ("∈", ":", "≻", "⪰"):
            try:
                self._say(chain)
            except Problem as problem:
                return [Misread(span, problem)]
            return [Defined(span, spell(chain.members[0]) or "")]
        if relation == "←":
            return [Defined(span, spell(chain.members[0]) or "", (UPDATE,))]
        written = NOT_CLAIMS.get(relation, relation)
        refusal = Problem("relation", f"{written} is not a claim that can be proved here: only equations are", span)
        return [Misread(span, refusal)]

    def _define_leading(self, chain: t.Chain) -> dict[int, str]:
        """Names at the left end of a chain that are not known yet are defined by the first member that is."""
        count = 0
        while count < len(chain.relations):
            left, right = chain.members[count], chain.members[count + 1]
            if chain.relations[count] != ":=" and not self.definitions.is_new(left, right):
                break
            count += 1
        names: dict[int, str] = {}
        for n in reversed(range(count)):
            if chain.relations[n] == ":=":
                self._warn_of_redefinition(chain.members[n])
            names[n] = self.definitions.define(chain.members[n], chain.members[n + 1])
        return names

    def _warn_of_redefinition(self, left: t.Tree) -> None:
        """``:=`` with a name that has a definition already."""
        if (name := self.definitions.defined(left)) is not None:
            text = f"{name} is defined anew: from here on the later definition counts"
            hint = "give the new thing a name of its own, or write = to claim that both agree"
            self.warnings.append(Problem("redefined", text, left.span, hint))

    def _is_update(self, chain: t.Chain) -> bool:
        """``W := W - \\eta \\nabla_W L``: what := gives a known name speaks of the name itself."""
        return chain.relations == (":=",) and self.definitions.updates(*chain.members)

    def _link(self, chain: t.Chain, n: int, ranges: dict[str, Dim]) -> Step:
        left, right = chain.members[n], chain.members[n + 1]
        span = link_span(chain, n)
        if self.world.suppositions is not None and self.world.suppositions.definitions_only:
            return Defined(span, "")
        saved = self.world.dimensions.save()
        alone = len(chain.relations) == 1
        origin = Origin(left, right, chain.conditions, span, self.world.snapshot(), alone)
        try:
            self.origins[span] = origin
            with depth_told():
                return self.statements.claim(left, right, chain.conditions, span, ranges)
        except Problem as problem:
            self.world.dimensions.restore(saved)
            return Misread(span, problem, self.statements.shapes_at_fault(problem, left, right))
