"""The one place where a verdict is made.

Three ways that share no code meet here: the normal form (every size), SymPy entry by
entry (named sizes), and exact evaluation (one point).  ``Proved`` needs the first two,
or the second exactly, told as such; ``Refuted`` needs the third, evaluated again by the
second.  A proof contradicted by a counterexample is a fault of ours: it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from derivations.claims import Claim, Statement
from derivations.expr import Transpose, free_symbols
from derivations.prove import allsizes, entrywise, points, witness
from derivations.prove.generalise import generalise
from derivations.prove.render import Condition
from derivations.verdicts import AllSizes, Counterexample, Proved, Refuted, Unknown, Verdict

CONFIRMING = witness.Budget(points=6, attempts=40, each_size=2, sparse=0)


def judge(claim: Claim) -> Verdict:
    """The verdict on one claim."""
    general = generalise(claim.statement)
    if general is not claim.statement:
        proof = allsizes.prove(general)
        if isinstance(proof, allsizes.Proof):
            verdict = _confirm(replace(claim, statement=general), proof)
            return replace(verdict, statement=claim.statement) if isinstance(verdict, Proved) else verdict
    return _as_written(claim)


def _as_written(claim: Claim) -> Verdict:
    proof = allsizes.prove(claim.statement)
    if isinstance(proof, allsizes.Proof):
        return _confirm(claim, proof)
    found = witness.search(claim.statement)
    if isinstance(found, Counterexample):
        return _refute(claim, found)
    if isinstance(found, witness.NoPoint) and found.kind == "vacuous":
        return _vacuous(claim, found.reason)
    return _named_sizes(claim, proof.reason)


def _confirm(claim: Claim, proof: allsizes.Proof) -> Verdict:
    """A proof for every size, looked at again in two other ways."""
    found = witness.search(claim.statement, CONFIRMING)
    if isinstance(found, Counterexample):
        return _contradiction(claim, proof, found)
    if isinstance(found, witness.NoPoint) and found.kind == "vacuous":
        return _vacuous(claim, found.reason)
    checked, _ = _check(claim.statement, exact=False)
    conditions = tuple(dict.fromkeys(map(_told, proof.conditions)))
    if isinstance(checked, str):
        return Unknown(
            f"the normal forms agree for every size, but the check entry by entry was not possible: {checked}",
            "unconfirmed", claim.conventions,
        )
    sizes = "; ".join(filter(None, map(_sizes_text, checked)))
    method = f"normal form; entry by entry at {sizes}" if sizes else "normal form; entry by entry"
    return Proved(claim.statement, AllSizes(), method, claim.conventions, conditions)


def _contradiction(claim: Claim, proof: allsizes.Proof, found: Counterexample) -> Verdict:
    """A proof and a counterexample: our own fault, told loudly, both printed, nothing decided."""
    return Unknown(
        f"our own fault, please report it: proved for all sizes ({proof.normal_form}), and yet the left side is {found.left}, "
        f"the right {found.right} at {found.point}",
        "internal", claim.conventions,
    )


def _told(condition: Condition) -> str:
    """A condition in the words of a report, with what asks for it."""
    text = condition.text
    if isinstance(condition.term, Transpose):  # as invertible as what is transposed
        text = text.replace("^T invertible", " invertible")
    if condition.kind == "kink":
        return "away from " + text.replace("≠ 0", "= 0")
    return f"{text} ({condition.origin})"


def _refute(claim: Claim, found: Counterexample) -> Verdict:
    """A counterexample counts once other code has evaluated it again and both values agree."""
    if doubts := [caveat.text for caveat in claim.caveats if caveat.matters(found.point.sizes)]:
        return Unknown("; ".join(doubts), "other-reading", claim.conventions)
    problem = points.reevaluate(claim.statement, found)
    if problem is not None:
        return Unknown(f"a counterexample could not be confirmed: {problem}", "unconfirmed", claim.conventions)
    shown = replace(found, derived=_derived(claim.statement, found))
    return Refuted(shown, claim.statement, conventions=claim.conventions)


def _derived(statement: Statement, found: Counterexample) -> dict[str, tuple[str, ...]]:
    """What names with a definition, as the claim writes them, are at the point: X³ beside X⁰ and W; rationals and ln 2 only."""
    named = free_symbols(statement.left) | free_symbols(statement.right)
    values: dict[str, tuple[str, ...]] = {}
    for sym in sorted(named, key=lambda s: s.name):
        if sym.name in statement.context.definitions and len(sym.shape) <= 2:
            entries = witness.values_of(sym, statement.context, found.point)
            if entries is not None and not any(c.isalpha() for e in entries for c in e.replace("log(2)", "")):
                values[sym.name] = entries
    return values


def _vacuous(claim: Claim, reason: str) -> Verdict:
    return Unknown(f"no point satisfies what the claim needs: {reason}", "vacuous", claim.conventions)


def _named_sizes(claim: Claim, why_no_proof: str) -> Verdict:
    """Neither proved for every size nor refuted: an exact proof at named sizes, told as that."""
    checked, kinks = _check(claim.statement, exact=True)
    if isinstance(checked, str):
        return Unknown(f"neither proved nor refuted: {why_no_proof}; entry by entry: {checked}", "undecided", claim.conventions)
    conditions = ("away from places where what a step or a sign is taken of is 0",) if kinks else ()
    return Proved(claim.statement, checked, "entry by entry, exactly", claim.conventions, conditions)


def _check(statement: Statement, *, exact: bool) -> tuple[tuple[Mapping[str, int], ...] | str, bool]:
    """The sizes at which all entries agree, or why that could not be shown; and whether kinks were left out."""
    assignments = entrywise.choose_sizes(statement)
    kinks = False
    for sizes in assignments:
        result = entrywise.check(statement, sizes, exact=exact)
        if isinstance(result, entrywise.Different):
            return (f"entries differ at {_sizes_text(sizes)}" if sizes else "both sides seem to differ"), kinks
        if isinstance(result, entrywise.CannotTell):
            return result.reason, kinks
        kinks = kinks or result.kinks
    return tuple(assignments), kinks


def _sizes_text(sizes: Mapping[str, int]) -> str:
    return ", ".join(f"{name} = {value}" for name, value in sizes.items())
