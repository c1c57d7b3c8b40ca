"""1,000 random claims beside plain numbers: nothing false is proved, nothing true is refuted (``tests/campaign``).

50,000 of them: ``python -m tests.campaign --claims 50000 --parts claims --minutes 600``.
"""

from __future__ import annotations

import random

import pytest

from derivations.claims import Context, Labels, Statement
from derivations.expr import (
    Add,
    Delta,
    Derivative,
    Entry,
    Expr,
    Index,
    LabelOf,
    MatMul,
    Position,
    Sum,
    Sym,
    Times,
    Trace,
    Transpose,
    number,
)
from derivations.prove import allsizes, entrywise
from derivations.verdicts import AllSizes, Proved, Unknown
from tests.campaign import run
from tests.campaign.adjoints import gradient, renamed
from tests.campaign.claims import random_claim
from tests.campaign.expressions import VARIABLES
from tests.campaign.meaning import Truth, truth
from tests.campaign.mutants import shadowed, two_indices_swapped

SEED = 20261123
CLAIMS, PARTS, JUDGED = 1000, 20, 10


@pytest.mark.parametrize("part", range(PARTS))
def test_verdicts_agree_with_plain_numbers(part: int) -> None:
    """No claim that is false at a random point is proved, no counterexample is none."""
    tally = run.Tally()
    size = CLAIMS // PARTS
    run.claims(SEED, range(part * size, (part + 1) * size), tally, every=JUDGED, budget=30_000)
    print(f"seed {SEED}, claims {part * size} to {(part + 1) * size - 1}", *tally.lines(), sep="\n")
    assert not tally.faults, "\n\n".join(f"seed {SEED}, {f.where}: {f.what}\n{f.text}" for f in tally.faults)


def test_both_kinds_of_claims_occur() -> None:
    """A campaign without true claims, or without false ones, would test nothing."""
    drawn = [random_claim(SEED, n) for n in range(60)]
    known = [truth(c.statement, 1, c.number).holds for c in drawn]
    assert known.count(True) >= 20
    assert known.count(False) >= 10
    assert {c.kind for c in drawn} >= {"gradient", "entry", "plain", "differential", "second"}
    assert all(holds is not False for c, holds in zip(drawn, known, strict=True) if c.mistake is None)


def test_a_seed_gives_the_same_claims() -> None:
    assert random_claim(SEED, 7) == random_claim(SEED, 7)
    assert random_claim(SEED, 7) != random_claim(SEED, 8)


A, B, D = (Sym(n, VARIABLES[n]) for n in "ABD")
N, M = A.shape
i, j = Index("i", N), Index("j", N)


@pytest.mark.parametrize(("left", "right", "holds"), [
    (Derivative(Trace(MatMul(D, D)), D), Times(number(2), Transpose(D)), True),
    (Derivative(Trace(MatMul(D, D)), D), Times(number(2), D), False),
    (Transpose(MatMul(D, Transpose(D))), MatMul(D, Transpose(D)), True),
    (Add((A, A)), A, False),
])  # fmt: skip
def test_the_numbers_know_what_is_true(left: Expr, right: Expr, holds: bool) -> None:
    """Known by hand."""
    assert truth(Statement(left, right, Context())).holds is holds


def test_textbook_gradients() -> None:
    e = Trace(MatMul(MatMul(Transpose(A), D), A))
    by_hand = MatMul(Add((D, Transpose(D))), A)
    assert truth(Statement(gradient(e, A, {}), by_hand, Context())).holds
    assert not truth(Statement(gradient(e, A, {}), MatMul(D, A), Context())).holds


def test_renaming_goes_out_of_the_way() -> None:
    """The new letter is bound inside already: that binder takes another."""
    inner = Sum(j, Entry(D, (i, j)))
    out = renamed(inner, i, j)
    assert isinstance(out, Sum)
    assert out == Sum(out.index, Entry(D, (j, out.index)))
    assert out.index not in (i, j)


def test_mistakes_are_mistakes() -> None:
    assert two_indices_swapped(Entry(D, (i, j)), random.Random(0)) == Entry(D, (j, i))
    caught = shadowed(Sum(i, Entry(D, (i, j))), random.Random(0))
    assert caught == Sum(j, Entry(D, (j, j)))


def test_a_prover_that_says_yes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    """With a broken prover, judge or search for counterexamples the campaign reports faults."""
    def yes(*_: object) -> allsizes.Proof:
        return allsizes.Proof((), 0, "", ())

    monkeypatch.setattr(allsizes, "prove", yes)
    tally = run.Tally()
    run.claims(SEED, range(40), tally, every=1000)
    assert any(f.what == "false and proved for all sizes" for f in tally.faults)

    def proved(claim: object) -> Proved:
        return Proved(Statement(A, A, Context()), AllSizes(), "")

    monkeypatch.setattr(run, "judge", proved)
    run.claims(SEED, range(40), tally, every=1)
    assert any(f.what == "false and proved" for f in tally.faults)


def test_our_own_faults_count_as_faults() -> None:
    statement = Statement(A, A, Context())
    wrong = list(run.wrongs(Unknown("why", "internal"), statement, Truth(True, 1), run.Tally()))
    assert wrong == ["unknown [internal]: why"]
    assert not list(run.wrongs(Unknown("why", "undecided"), statement, Truth(True, 1), run.Tally()))


U, LABEL = Sym("u", (M,)), LabelOf("c", i, M)
PICKED = Sum(j, Times(Delta(i, j), Entry(U, (LabelOf("c", j, M),))))  # Σ_j δ_ij u_{c_j} = u_{c_i}
OF_FIRST_LABEL = Times(Entry(U, (Position(1, M),)), Sum(Index("l", M), Delta(Index("l", M), LABEL)))  # u_1


@pytest.mark.parametrize(("right", "equal"), [(Entry(U, (LABEL,)), True), (OF_FIRST_LABEL, False)])
@pytest.mark.parametrize("exact", [True, False])
def test_a_sum_over_rows_is_evaluated_for_each_label(right: Expr, equal: bool, exact: bool) -> None:
    """Found by the campaign: its value under the first label was kept for the others."""
    context = Context(labels={"c": Labels("c", N, M)})
    answer = entrywise.check(Statement(PICKED, right, context), {"n": 3, "m": 2}, exact=exact)
    assert isinstance(answer, entrywise.Equal) is equal
