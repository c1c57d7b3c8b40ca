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
SURVIVED, VACUOUS, LIMIT = Survived(5), NoPoint("singular", "vacuous"), NoPoint("too large", "limit")
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


def compared(patch: pytest.MonkeyPatch, *results: object) -> list[bool]:
    """The comparisons entry by entry end so, one after the other; which of them are exact is noted."""
    answers, modes = iter(results), list[bool]()

    def check(statement: Statement, sizes: object, *, exact: bool) -> object:
        modes.append(exact)
        return next(answers)

    patch.setattr(entrywise, "check", check)
    return modes


@pytest.mark.parametrize(("sizes", "results", "reason"), [
    (({"n": 2, "m": 3}, {"n": 3}), (EQUAL, Different((1,))), "entries differ at n = 3"),
    (({"n": 2, "m": 3}, {"n": 3}), (Different((1,)), EQUAL), "entries differ at n = 2, m = 3"),
    (({},), (Different(()),), "both sides seem to differ"), (({},), (CannotTell("sin", True),), "sin"),
])  # fmt: skip
def test_why_a_check_failed_is_told(
    monkeypatch: pytest.MonkeyPatch, sizes: tuple[dict[str, int], ...], results: tuple[object, ...], reason: str
) -> None:
    """With a proof, and without one; what is compared modulo primes then is compared exactly."""
    for proof, start, exact in (
        (PROOF, "the normal forms agree for every size, but the check entry by entry was not possible: ", False),
        (NONE, "neither proved nor refuted: the normal forms differ; entry by entry: ", True),
    ):
        judged(monkeypatch, proof, SURVIVED, EQUAL)
        modes = compared(monkeypatch, *results)
        monkeypatch.setattr(entrywise, "choose_sizes", lambda statement: sizes)
        verdict = judge.judge(Claim(Span(0, 0), "equality", STATEMENT))
        assert isinstance(verdict, Unknown)
        assert verdict.reason == start + reason
        assert set(modes) == {exact}


@pytest.mark.parametrize(("results", "kinks"), [
    ((EQUAL, EQUAL), False), ((KINKS, EQUAL), True), ((EQUAL, KINKS), True), ((KINKS, KINKS), True),
])  # fmt: skip
def test_kinks_at_any_of_the_sizes_are_told(monkeypatch: pytest.MonkeyPatch, results: tuple[Equal, ...], kinks: bool) -> None:
    judged(monkeypatch, NONE, SURVIVED, EQUAL)
    compared(monkeypatch, *results)
    verdict = judge.judge(Claim(Span(0, 0), "equality", STATEMENT))
    assert isinstance(verdict, Proved)
    assert bool(verdict.conditions) is kinks


def test_statements_without_sizes_name_none(monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, PROOF, SURVIVED, EQUAL)
    monkeypatch.setattr(entrywise, "choose_sizes", lambda statement: ({},))
    compared(monkeypatch, EQUAL)
    verdict = judge.judge(Claim(Span(0, 0), "equality", STATEMENT))
    assert isinstance(verdict, Proved)
    assert verdict.method == "normal form; entry by entry"


@pytest.mark.parametrize(("caveats", "reason"), [
    ((Caveat("one"), Caveat("two")), "one; two"), ((Caveat("row", (n, m)), Caveat("two")), "two"),
    ((Caveat("column", (m, m)),), "column"), ((Caveat("row", (n, m)),), ""), ((Caveat("number", (n,)),), ""), ((), ""),
])  # fmt: skip
def test_another_reading_counts_where_it_differs(
    monkeypatch: pytest.MonkeyPatch, caveats: tuple[Caveat, ...], reason: str
) -> None:
    """At the point of the counterexample n is 1, and m counts as 2."""
    verdict = judged(monkeypatch, NONE, FOUND, EQUAL, caveats=caveats)
    assert isinstance(verdict, Unknown if reason else Refuted)
    assert not reason or (verdict.code, verdict.reason) == ("other-reading", reason)


def test_a_matrix_with_a_definition_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of names; tensors are not, they have no layout to be shown in."""
    monkeypatch.setattr(witness, "values_of", lambda sym, *_: ("1",) * len(sym.shape))
    world = context(x, definitions={"Z": A, "z": x, "T": A, "s": times(x, x), "other": x})
    left = Statement(twice(sym("Z", n, n)), times(sym("z", n), sym("T", n, n, n), sym("s")), world)
    assert judge._derived(left, FOUND) == {"Z": ("1", "1"), "s": (), "z": ("1",)}
    assert [*judge._derived(left, FOUND)] == ["Z", "s", "z"]


def test_confirming_is_quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof is looked at again with less effort than a claim without one."""
    budgets: list[object] = []
    for proof in (PROOF, NONE):
        judged(monkeypatch, proof, SURVIVED, EQUAL)
        monkeypatch.setattr(witness, "search", lambda statement, budget=None: (budgets.append(budget), SURVIVED)[1])
        compared(monkeypatch, EQUAL, EQUAL)
        judge.judge(Claim(Span(0, 0), "equality", STATEMENT))
    assert budgets == [judge.CONFIRMING, None]
    assert all(getattr(judge.CONFIRMING, name) < getattr(witness.Budget(), name) for name in ("points", "attempts", "each_size"))
    assert not judge.CONFIRMING.sparse


BIG = Statement(times(number(2), sym("b", Dim(1000))), times(number(2), sym("b", Dim(1000))), context(sym("b", Dim(1000))))


@pytest.mark.parametrize(("general", "written", "tried", "scope"), [
    (PROOF, NONE, 1, AllSizes()), (NONE, PROOF, 2, AllSizes()), (NONE, NONE, 2, ({"n": 2}, {"n": 3})),
])  # fmt: skip
def test_letters_for_large_numbers_come_first(
    monkeypatch: pytest.MonkeyPatch, general: object, written: object, tried: int, scope: object
) -> None:
    """The proof of the more general statement; where there is none, that of the line as it is written, which is what is told."""
    judged(monkeypatch, NONE, SURVIVED, EQUAL)
    seen: list[Statement] = []
    compared(monkeypatch, EQUAL, EQUAL)

    def prove(statement: Statement) -> object:
        seen.append(statement)
        return written if statement is BIG else general

    monkeypatch.setattr(allsizes, "prove", prove)
    verdict = judge.judge(Claim(Span(0, 0), "equality", BIG))
    assert isinstance(verdict, Proved)
    assert verdict.statement is BIG
    assert verdict.scope == scope
    assert len(seen) == tried
    assert seen[0] is not BIG


def test_a_general_proof_that_is_contradicted_decides_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    judged(monkeypatch, PROOF, FOUND, EQUAL)
    verdict = judge.judge(Claim(Span(0, 0), "equality", BIG, ("read so",)))
    assert isinstance(verdict, Unknown)
    assert (verdict.code, verdict.conventions) == ("internal", ("read so",))


@pytest.mark.parametrize(("condition", "words"), [
    (Condition("nonzero", None, "s ≠ 0", "reciprocal"), "s ≠ 0 (reciprocal)"),
    (Condition("kink", None, "x_i ≠ 0", "gate"), "away from x_i = 0"),
    (Condition("invertible", A, "A invertible", "inverse"), "A invertible (inverse)"),
])  # fmt: skip
def test_conditions_in_words(condition: Condition, words: str) -> None:
    assert judge._told(condition) == words


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
