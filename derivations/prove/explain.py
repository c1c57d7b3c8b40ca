"""A proof told in steps (issue: what a reader can follow): the proof is made again, and what it used is written down.

Told is the proof of the most general statement that the document's definitions allow: a name stays a name wherever
the line holds whatever its value is, and only the other definitions are unfolded.  Nothing is recorded while a document
is judged; a report asks for the steps of the claims that it shows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from math import prod
from typing import Protocol

from derivations.claims import Context, Equation, Statement
from derivations.expr import (
    Build,
    Builtin,
    Derivative,
    Differential,
    Dim,
    Entry,
    Expr,
    Index,
    IndexTerm,
    Lambda,
    Map,
    Norm,
    Softmax,
    Sym,
    Tangent,
    Times,
    free_indices,
    walk,
)
from derivations.prove import allsizes, entrywise
from derivations.prove.generalise import generalise
from derivations.prove.indexform import NotProvable, is_place, variables
from derivations.prove.laws import Law
from derivations.prove.readable import Reader
from derivations.shapes import shape
from derivations.verdicts import AllSizes, ProofStep, Proved

LONGEST = 400  # characters of a normal form that are shown whole
NEIGHBOURS = 40  # definitions before the claim whose names may be put into its normal form
ATTEMPTS = 12  # proofs tried on the way to the most general statement


class Spelling(Protocol):
    """What prints expressions; a new one for every formula."""

    def latex(self, expr: Expr) -> str: ...

    def equation(self, left: Expr, right: Expr) -> str: ...


Spell = Callable[[Context], Spelling]


def explain_proof(proved: Proved, spell: Spell) -> tuple[ProofStep, ...]:
    """The steps of a proof, in the order in which a reader wants them."""
    if not isinstance(proved.scope, AllSizes):
        return tuple(_at_named_sizes(proved, spell))
    general = generalise(proved.statement)
    for statement in (general, proved.statement) if general is not proved.statement else (general,):
        proof = allsizes.prove(statement)
        if isinstance(proof, allsizes.Proof):
            return tuple(_for_all_sizes(proved.statement, statement, proof, spell))
    return ()


def _for_all_sizes(written: Statement, statement: Statement, proof: allsizes.Proof, spell: Spell) -> Iterator[ProofStep]:
    context = statement.context
    if statement is not written:
        text = f"Large sizes are taken as letters, {_letters(written, statement)}: the line is proved for all their values."
        yield ProofStep("sizes", text)
    general, proof, kept = most_general(statement, proof)
    unfolded = _used(general, proof)
    for name in unfolded:
        yield ProofStep("unfold", f"{name} is unfolded:", _definition(name, context, spell))
    if kept:
        yield ProofStep("kept", _not_unfolded(kept))
    roots = (general.left, general.right, *general.guards, *(context.definitions[n] for n in unfolded))
    yield from _functions(roots, context, spell)
    yield from _variables(roots, general.context)
    yield from _laws(proof, spell, context)
    yield _meeting(general, proof, unfolded, spell)
    yield _entry_by_entry(statement, False)


def _not_unfolded(names: tuple[str, ...]) -> str:
    if len(names) == 1:
        return f"{names[0]} is not unfolded: the line holds whatever it is."
    return f"{', '.join(names)} are not unfolded: the line holds whatever they are."


def _letters(written: Statement, statement: Statement) -> str:
    """The letters that ``generalise`` made, by size: n_{784} stands for 784."""
    made = {*entrywise.needed_sizes(statement)} - {*entrywise.needed_sizes(written)}
    return ", ".join(sorted(made, key=lambda name: (len(name), name)))


# ---------------------------------------------------------------- definitions


def most_general(statement: Statement, proof: allsizes.Proof) -> tuple[Statement, allsizes.Proof, tuple[str, ...]]:
    """The statement with as many definitions taken away as it holds without, its proof, and their names.

    A name that depends on what is differentiated by keeps its definition: as a letter it would count as constant.
    A proof that asks for more than the first one does not count.
    """
    known = {(c.kind, c.text) for c in proof.conditions}
    moving = _moving(statement)
    definitions = statement.context.definitions
    used = _used(statement, proof)
    candidates = [n for n in used if moving.isdisjoint(allsizes.names_read(statement.context, definitions[n]))]
    outermost = _outermost(candidates, statement.context)
    attempts = [[n] for n in candidates[:ATTEMPTS]]
    kept: list[str] = []
    for names in [outermost, *attempts] if len(outermost) > 1 else attempts:
        if not set(names) <= set(used):
            continue
        smaller = _without(statement, names)
        found = allsizes.prove(smaller, budget=20 * proof.steps + 1000)
        if isinstance(found, allsizes.Proof) and {(c.kind, c.text) for c in found.conditions} <= known:
            statement, proof, used = smaller, found, _used(smaller, found)
            kept += names
    return statement, proof, tuple(kept)


def _used(statement: Statement, proof: allsizes.Proof) -> list[str]:
    used = used_definitions(proof)
    return [n for n in reading_order(statement) if n in used]


def used_definitions(proof: allsizes.Proof) -> frozenset[str]:
    """Names whose definitions the proof went into."""
    return frozenset(str(key[0]) for key in proof.meeting.translator.definitions if isinstance(key, tuple))


def reading_order(statement: Statement) -> list[str]:
    """Defined names as one meets them, reading the claim and then the definitions, outermost first."""
    definitions = statement.context.definitions
    found: dict[str, None] = {}
    todo: list[Expr] = [statement.left, statement.right, *statement.guards]
    while todo:
        names = [n for e in todo for n in _names(e) if n in definitions and n not in found]
        found.update(dict.fromkeys(names))
        todo = [definitions[n] for n in dict.fromkeys(names)]
    return list(found)


def _names(e: Expr) -> Iterator[str]:
    for node in walk(e):
        if isinstance(node, Sym):
            yield node.name
        elif isinstance(node, Derivative):
            yield node.by.name


def _moving(statement: Statement) -> frozenset[str]:
    """All that is differentiated by, in the claim and in the definitions that it reads: no letter may depend on it."""
    definitions = statement.context.definitions
    roots = (statement.left, statement.right, *statement.guards, *(definitions[n] for n in reading_order(statement)))
    moving: set[str] = set()
    for root in roots:
        for node in walk(root):
            match node:
                case Derivative(by=by):
                    moving.add(by.name)
                case Differential(variables=variables):
                    moving.update(v.name for v in variables)
                case _:
                    pass
    return frozenset(moving)


def _outermost(names: Iterable[str], context: Context) -> list[str]:
    """Those that stand in no definition of another one of them."""
    names = list(names)
    below = {n: allsizes.names_read(context, context.definitions[n]) for n in names}
    return [n for n in names if not any(n in below[m] for m in names if m != n)]


def _without(statement: Statement, names: Iterable[str]) -> Statement:
    context = statement.context
    gone = set(names)
    left = {n: e for n, e in context.definitions.items() if n not in gone}
    return replace(statement, context=replace(context, definitions=left))


def _definition(name: str, context: Context, spell: Spell) -> str:
    value = context.definitions[name]
    return tall(spell(context).equation(Sym(name, shape(value)), value))


# ------------------------------------------------------- functions and variables

WRITTEN_OUT: Mapping[str, tuple[str, str]] = {
    "softmax": (r"\operatorname{softmax}(x)_j = \frac{\exp(x_j)}{\sum_l \exp(x_l)}", "definition"),
    "norm": (r"\lVert X \rVert = \sqrt{\sum_{i,j} X_{ij}^{2}}", "definition"),
    "tanh": (r"\tanh(u) = 1 - \frac{2}{1 + \exp(2 u)}", "definition"),
    "sigmoid": (r"\operatorname{sigmoid}(u) = \frac{1}{1 + \exp(-u)}", "definition"),
    "relu": (r"\operatorname{relu}(u) = u\,\mathbb{1}[u > 0]", "definition"),
    "abs": (r"|u| = u\,(2 \cdot \mathbb{1}[u > 0] - 1)", "definition"),
    "sign": (r"\operatorname{sign}(u) = \mathbb{1}[u > 0] - \mathbb{1}[-u > 0]", "definition"),
}


def _functions(roots: tuple[Expr, ...], context: Context, spell: Spell) -> Iterator[ProofStep]:
    """Functions that the document defines, and known ones that are abbreviations here."""
    own = dict.fromkeys(n.function for root in roots for n in walk(root) if isinstance(n, Map) and isinstance(n.function, Lambda))
    for function in own:
        latex = spell(context).equation(Map(function, function.parameter), function.body)
        if r"\mapsto" not in latex:
            yield ProofStep("function", "A function of the document is written out:", tall(latex))
    for name in dict.fromkeys(_abbreviation(node) for root in roots for node in walk(root)):
        if name in WRITTEN_OUT:
            latex, source = WRITTEN_OUT[name]
            yield ProofStep("function", f"{name} is written out:", latex, source)


def _abbreviation(node: Expr) -> str:
    match node:
        case Softmax():
            return "softmax"
        case Norm():
            return "norm"
        case Map(function=Builtin(name=name)):
            return name
        case _:
            return ""


def _variables(roots: tuple[Expr, ...], context: Context) -> Iterator[ProofStep]:
    """What is differentiated by, where it has a definition; and what varies in differentials."""
    nodes = [node for root in roots for node in walk(root)]
    moving = [n.by for n in nodes if isinstance(n, Derivative)]
    moving += [v for n in nodes if isinstance(n, Differential) for v in n.variables]
    for name in dict.fromkeys(v.name for v in moving):
        if name in context.definitions:
            text = f"{name} is the variable: what is computed from it varies with it; its own definition is put back afterwards."
            yield ProofStep("variable", text)
    tangents = dict.fromkeys(n.name for n in nodes if isinstance(n, Tangent))
    differentials = dict.fromkeys(v.name for n in nodes if isinstance(n, Differential) for v in n.variables)
    every = ", ".join(f"d{name}" for name in (tangents or differentials))
    if every:
        latex = r"d f = \sum_{i,j} \frac{\partial f}{\partial X_{ij}}\,dX_{ij}"
        yield ProofStep("differential", f"Both sides are compared for every {every}:", latex, "definition of the differential")


# ----------------------------------------------------------------------- laws


def _laws(proof: allsizes.Proof, spell: Spell, context: Context) -> Iterator[ProofStep]:
    """Rules of differentiation, then the others, each in the order of first use."""
    equations = proof.meeting.translator.equations
    for kind in ("derivative", "rewrite"):
        for law in proof.laws:
            if law.kind == kind:
                yield from _law(law, spell(context), equations.get(law))


def _law(law: Law, spelling: Spelling, equation: Equation | None) -> Iterator[ProofStep]:
    if equation is not None:
        latex = spelling.equation(equation.left, equation.right)
        yield ProofStep("rewrite", "An assumption of the document is used:", latex, law.source)
    elif law.latex:
        yield ProofStep(law.kind, f"{law.name[0].upper()}{law.name[1:]}:", law.latex, law.source)


# ---------------------------------------------------------------- where they meet


def _meeting(statement: Statement, proof: allsizes.Proof, unfolded: Iterable[str], spell: Spell) -> ProofStep:
    """The normal form of the left side, and that the right side comes to the same."""
    meeting = proof.meeting
    how = "both sides come to"
    if any(len(place) > 1 for place in meeting.places):
        how = "entry by entry both sides come to"
    if meeting.cleared:
        how = "the difference of both sides, cleared of denominators, is 0; the left side comes to"
    if statement.guards:
        how = f"where the condition holds {how}"
    if meeting.cases > 1:
        how = f"in the first of {meeting.cases} cases, one for each place along the sizes that are numbers, {how}"
    how = how[0].upper() + how[1:]
    try:
        left, value, first = readable(statement, meeting, unfolded)
    except NotProvable:
        return ProofStep("normal form", f"{how} {_count(len(meeting.form))} that no formula here can show.")
    spelling = spell(statement.context)
    latex = spelling.latex(value) if left is None else spelling.equation(left, value)
    if _is_shown(latex):
        return ProofStep("normal form", f"{how}:", tall(latex))
    latex = spell(statement.context).latex(first)
    text = f"{how} {_count(len(meeting.form))}"
    if not _is_shown(latex):
        return ProofStep("normal form", f"{text}, too long to be shown.")
    return ProofStep("normal form", f"{text}, the first of which is:" if len(meeting.form) > 1 else f"{text}:", tall(latex))


def _is_shown(latex: str) -> bool:
    """Whether a reader is served with it: not too long, and no array that only its entries tell."""
    return len(latex) <= LONGEST and "\\operatorname{array}" not in latex


def tall(latex: str) -> str:
    """Brackets as tall as what stands in them: those around fractions and sums."""
    marks = list(latex)
    open_: list[int] = []
    for place, sign in enumerate(latex):
        if sign == "(":
            open_.append(place)
        elif sign == ")" and open_:
            start = open_.pop()
            if any(word in latex[start:place] for word in ("\\frac", "\\sum", "\\prod")):
                marks[start], marks[place] = "\\left(", "\\right)"
    return "".join(marks)


def _count(terms: int) -> str:
    return "one term" if terms == 1 else f"a sum of {terms} terms"


def readable(statement: Statement, meeting: allsizes.Meeting, unfolded: Iterable[str] = ()) -> tuple[Expr | None, Expr, Expr]:
    """The left side's entry, the normal form, and its first term.

    Under a side condition both are times the condition.  None stands for a left side that needs no index, or that no
    index can be written for: a stacked axis, the first of several cases.
    """
    meeting.translator.name(_neighbours(statement))
    reader = Reader(meeting.translator, _on_one_side(statement))
    definitions = statement.context.definitions
    reader.know((statement.left, statement.right, *(definitions[n] for n in unfolded)))
    names: dict[tuple[int | str, str], IndexTerm] = reader.free(variables(meeting.form))
    for place in meeting.places:
        for index in place:
            if index not in names and not is_place(index):
                names[index] = reader.fresh(index[1])
    value, first = reader.form(meeting.form, names, named=False), reader.first(meeting.form, names)
    if meeting.cases > 1 or any(len(p) != 1 for p in meeting.places) or not (meeting.places or statement.guards):
        return None, value, first
    left = _entry(statement.left, tuple(reader.term_of(p[0], names) for p in meeting.places))
    for guard in reversed(statement.guards):
        left = Times(guard, left)
    return left, value, first


def _neighbours(statement: Statement) -> list[str]:
    """Names that the proof did not meet and that are made of what the claim reads: the latest ones of the document."""
    definitions = statement.context.definitions
    met = allsizes.names_read(statement.context, statement.left, statement.right, *statement.guards)
    latest = list(definitions)[-NEIGHBOURS:]
    return [n for n in latest if n not in met and {*_names(definitions[n])} <= met]


def _entry(e: Expr, at: tuple[IndexTerm, ...]) -> Expr:
    match e:
        case _ if not at:
            return e
        case Derivative(of=of, by=by, at=None) if not shape(of):
            return Derivative(of, by, at)
        case Build(indices=indices, body=Derivative(of=of, by=by, at=terms)) if terms and not free_indices(of) & {*indices}:
            placed = dict(zip(indices, at, strict=True))
            return Derivative(of, by, tuple(placed.get(t, t) if isinstance(t, Index) else t for t in terms))
        case _:
            pass
    return Entry(e, at)


def _on_one_side(statement: Statement) -> frozenset[str]:
    """Names written on one side alone: put back, they would hide what was to be shown."""
    left, right = set(_names(statement.left)), set(_names(statement.right))
    return frozenset(left ^ right)


# -------------------------------------------------------------- entry by entry


def _entry_by_entry(statement: Statement, exact: bool) -> ProofStep:
    """What was compared, and at which sizes: those that the judge chose."""
    assignments = entrywise.choose_sizes(statement)
    shown = "; ".join(_entries(statement, sizes) + (f" at {_sizes(sizes)}" if sizes else "") for sizes in assignments)
    how = "exactly" if exact else "modulo random primes"
    return ProofStep("entry by entry", f"Computed a second way, entry by entry, both sides agree {how}: {shown}.")


def _entries(statement: Statement, sizes: Mapping[str, int]) -> str:
    axes = (*shape(statement.left), *(i.dim for i in _free(statement)))
    count = prod(_size(dim, sizes) for dim in axes)
    return "one entry" if count == 1 else f"{count} entries"


def _free(statement: Statement) -> frozenset[Index]:
    return frozenset[Index]().union(*(free_indices(e) for e in (statement.left, statement.right, *statement.guards)))


def _size(dim: Dim, sizes: Mapping[str, int]) -> int:
    return dim.coefficient * prod(sizes[name] for name in dim.names)


def _sizes(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())


def _at_named_sizes(proved: Proved, spell: Spell) -> Iterator[ProofStep]:
    """No general proof: which definitions were put in, and what was compared."""
    statement = proved.statement
    context = statement.context
    names = reading_order(statement)
    for name in names:
        yield ProofStep("unfold", f"{name} is unfolded:", _definition(name, context, spell))
    roots = (statement.left, statement.right, *statement.guards, *(context.definitions[n] for n in names))
    yield from _variables(roots, context)
    yield _entry_by_entry(statement, True)
    yield ProofStep("entry by entry", "No proof for all sizes was found: nothing is said of other sizes.")
