"""What becomes a verdict: a table over what the three ways may answer, and that each of them alone decides nothing."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from derivations.claims import Caveat, Claim, Statement
from derivations.expr import Dim, Expr, Fill, Transpose, number
from derivations.prove import allsizes, entrywise, judge, points, witness
from derivations.prove.entrywise import CannotTell, Different, Equal
from derivations.prove.render import Condition
from derivations.prove.witness import NoPoint, Survived
from derivations.source import Span
from derivations.verdicts import AllSizes, Counterexample, Exact, Point, Proved, Refuted, Unknown
from tests.prove.identities import context, dims, inv, mm, sym, t, times, twice

n, m = dims("n m")
x, A = sym("x", n), sym("A", n, n)
STATEMENT = Statement(twice(sym("z", n)), x, context(x, definitions={"z": mm(A, x)}))
CONDITIONS = (Condition("nonzero", None, "s ≠ 0", "reciprocal"), Condition("kink", None, "x_i ≠ 0", "gate"))
PROOF = allsizes.Proof(CONDITIONS, 1, (), SimpleNamespace(translator=None, form=None))  # type: ignore[arg-type]
POINT = Point({"n": 1}, {"x": (Exact(),)})
FOUND = Counterexample(POINT, {}, (1,), "0", "1", 1, 1)
NONE = allsizes.NoProof("the normal forms differ")
SURVIVED, VACUOUS, LIMIT = Survived(5, 0), NoPoint("singular", "vacuous"), NoPoint("too large", "limit")
EQUAL, KINKS = Equal({"n": 2}, True, None, 4), Equal({"n": 2}, True, None, 4, kinks=True)


def judged(patch: pytest.MonkeyPatch, proof: object, search: object, check: object, again: str | None = None,
           caveats: tuple[Caveat, ...] = ()) -> object:  # fmt: skip
    """The verdict where the three ways answer so."""
    patch.setattr(allsizes, "prove", lambda statement: proof)
    patch.setattr(allsizes.Proof, "normal_form", "F")
    patch.setattr(witness, "search", lambda statement, budget=None: search)
    patch.setattr(witness, "values_of", lambda *_: None)
    patch.setattr(points, "reevaluate", lambda statement, found: again)
    patch.setattr(entrywise, "choose_sizes", lambda statement: [{"n": 2}, {"n": 3}])
    answers = iter([EQUAL, check])
    patch.setattr(entrywise, "check", lambda statement, sizes, exact: next(answers))
    return judge.judge(Claim(Span(0, 0), "equation", STATEMENT, ("read so",), caveats))


@pytest.mark.parametrize(
    ("proof", "search", "check", "code"),
    [
        (PROOF, FOUND, EQUAL, "internal"), (PROOF, VACUOUS, EQUAL, "vacuous"), (PROOF, SURVIVED, Different((1,)), "unconfirmed"),
        (PROOF, SURVIVED, CannotTell("sin", False), "unconfirmed"), (PROOF, LIMIT, CannotTell("sin", False), "unconfirmed"),
        (NONE, VACUOUS, EQUAL, "vacuous"), (NONE, SURVIVED, Different((1,)), "undecided"),
        (NONE, SURVIVED, CannotTell("sin", False), "undecided"), (NONE, LIMIT, Different((1,)), "undecided"),
    ],
)  # fmt: skip
def test_what_stays_open(monkeypatch: pytest.MonkeyPatch, proof: object, search: object, check: object, code: str) -> None:
    verdict = judged(monkeypatch, proof, search, check)
    assert isinstance(verdict, Unknown)
    assert verdict.code == code
    assert verdict.conventions == ("read so",)


@pytest.mark.parametrize("search", [SURVIVED, LIMIT])
def test_a_proof_counts_once_it_is_confirmed(monkeypatch: pytest.MonkeyPatch, search: object) -> None:
    verdict = judged(monkeypatch, PROOF, search, EQUAL)
    assert isinstance(verdict, Proved)
    assert verdict.scope == AllSizes()
    assert verdict.method == "normal form; entry by entry at n = 2; n = 3"
    assert verdict.conditions == ("s ≠ 0 (reciprocal)", "away from x_i = 0")


@pytest.mark.parametrize(("check", "kinks"), [(EQUAL, False), (KINKS, True)])
def test_without_a_proof_named_sizes_are_told(monkeypatch: pytest.MonkeyPatch, check: object, kinks: bool) -> None:
    verdict = judged(monkeypatch, NONE, SURVIVED, check)
    assert isinstance(verdict, Proved)
    assert verdict.scope == ({"n": 2}, {"n": 3})
    assert bool(verdict.conditions) is kinks


def test_a_counterexample_counts_once_it_is_evaluated_again(monkeypatch: pytest.MonkeyPatch) -> None:
    verdict = judged(monkeypatch, NONE, FOUND, EQUAL)
    assert isinstance(verdict, Refuted)
    assert verdict.witness == FOUND
    for more, code in (({"again": "1 and 2"}, "unconfirmed"), ({"caveats": (Caveat("d held fixed"),)}, "other-reading")):
        verdict = judged(monkeypatch, NONE, FOUND, EQUAL, **more)  # type: ignore[arg-type]
        assert isinstance(verdict, Unknown)
        assert verdict.code == code


@pytest.mark.parametrize(
    ("values", "shown"),
    [
        (("3/2", "log(2)"), {"z": ("3/2", "log(2)")}), (("1", "-2*log(2)"), {"z": ("1", "-2*log(2)")}),
        (("log(3)", "1"), {}), (("1", "exp(1)"), {}), (None, {}),
    ],
)  # fmt: skip
def test_defined_names_are_told_where_their_values_are_plain(
    monkeypatch: pytest.MonkeyPatch, values: tuple[str, ...] | None, shown: dict[str, tuple[str, ...]]
) -> None:
    """z has a definition, x and A have none."""
    monkeypatch.setattr(witness, "values_of", lambda *_: values)
    assert judge._derived(STATEMENT, FOUND) == shown
    right = Statement(x, sym("z", n), STATEMENT.context)
    assert judge._derived(right, FOUND) == shown
    cube = Statement(sym("z", n, n, n), x, STATEMENT.context)
    assert judge._derived(cube, FOUND) == {}


def test_transposes_are_as_invertible_as_what_is_transposed() -> None:
    assert judge._told(Condition("invertible", Transpose(A), "A^T invertible", "inverse")) == "A invertible (inverse)"
    assert judge._told(Condition("invertible", mm(A, A), "A^T invertible", "inverse")) == "A^T invertible (inverse)"


def ones(size: int) -> Expr:
    return Fill(number(1), (Dim(size),))


def test_large_numbers_of_rows_are_proved_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A 1000-row claim is proved with a letter in place of 1000, and told as it was written."""
    big = Dim(1000)
    B = sym("B", big, big)
    true = Claim(Span(0, 0), "equation", Statement(inv(t(B)), t(inv(B)), context(B)))
    verdict = judge.judge(true)
    assert isinstance(verdict, Proved)
    assert verdict.statement == true.statement
    false = Claim(Span(0, 0), "equation", Statement(times(number(2), ones(1000)), ones(1000), context()))
    assert not isinstance(judge.judge(false), Proved)
