"""The normal form, rule by rule: what each does to a term, and where it must not be used.

What comes out has the value of what went in (``forms.py`` writes every sum out), whatever the rule.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from derivations.prove import boxes
from derivations.prove.canonical import canonical
from derivations.prove.indexform import (
    ONE_FORM,
    Factor,
    Form,
    Head,
    Ix,
    NotProvable,
    Number,
    Slots,
    add,
    constant,
    is_dummy,
    is_place,
    scale,
)
from derivations.prove.laws import COUNTED, Law
from derivations.prove.normal import (
    REWRITES,
    Algebra,
    Need,
    Replacement,
    Term,
    apply_assumption,
    balance_logistic,
    cancel_inverse,
    divide,
    division,
    expand_power,
    logistic,
    one_hot_last,
    one_hot_pair,
    one_hot_row,
    primes_of,
    rational_power,
    rebuild_box,
    settle,
    sine_square,
)
from tests.prove.forms import (
    HALF,
    Y3,
    A,
    B,
    C,
    Meaning,
    P,
    Q,
    R,
    S,
    Y,
    a_,
    b_,
    close_to,
    e,
    four,
    free_of,
    h,
    i,
    j,
    k,
    one,
    p,
    places_of,
    s,
    same,
    tensor,
    term,
    terms_of,
    three,
    two,
    workspace,
    x,
    y,
    z,
)

Built = Callable[[Algebra], Term]


def poly(*terms: tuple[Number, tuple[Factor, ...]]) -> Form:
    """A form with these terms as they stand."""
    return {((), factors): c for c, factors in terms}


def v(head: Head, *slots: Ix, q: Number = 1) -> Factor:
    return head, slots, q


def box(a: Algebra, kind: Any, name: str, body: Form, q: Number = 1, order: int = 0) -> Factor:
    """A box around a body in the free indices of its terms."""
    return (*a.close(kind, name, body, order=order), q)


def inv(a: Algebra, body: Form, row: Ix, column: Ix) -> Factor:
    """inv⟨M⟩ at (row, column); ``body`` in $r and $c."""
    return (*a.close("inverse", "", body, (R, C), (row, column)), 1)


# ----------------------------------------------------------------- bookkeeping


def test_the_budget_is_what_may_be_spent() -> None:
    """Three steps of three pass, the fourth is a limit."""
    a = workspace(3)
    a.spend(2)
    a.spend()
    with pytest.raises(NotProvable) as caught:
        a.spend()
    assert caught.value.limit
    assert "budget of 3" in caught.value.reason
    assert not NotProvable("no rule").limit


def test_names_of_our_own_are_new() -> None:
    a = workspace()
    made = [a.dummy("n"), a.dummy("m"), a.hidden("n"), a.hidden("n")]
    assert len(set(made)) == 4
    assert [is_dummy(index) for index in made] == [True, True, False, False]
    assert [index[1] for index in made] == ["n", "m", "n", "n"]


def test_every_term_costs_what_it_is_long() -> None:
    """Each one that is looked at, those that are 0 and those that a rule leaves behind included."""
    factors = [v(tensor(f"t{n}", 60 + n, 1), i) for n in range(16)]
    for terms, steps in (
        ([term(c=0)], 1), ([term()], 1), ([term(), term(c=0), term(v(x, i))], 3),
        ([term(*factors[:8])], 2), ([term(*factors)], 3),
        ([term(v(Y, i, a_), v(Y, i, b_))], 2), ([term(v(A, one, two))], 1 + 1),
    ):  # fmt: skip
        a = workspace()
        a.normal(terms)
        assert a.steps == steps


# ------------------------------------------------------------------- operations

FORMS = {
    "x_i": poly((1, (v(x, i),))),
    "x_j": poly((1, (v(x, j),))),
    "3x_i − y_j/2": poly((3, (v(x, i),)), (-HALF, (v(y, j),))),
    "Σ x": poly((1, (v(x, (0, "n")),))),
    "Σ_k A_ik A_kj": poly((2, (v(A, i, (0, "n")), v(A, (0, "n"), j)))),
    "Σ_kl A_kl B_lk + 1": poly((1, (v(A, (0, "n"), (1, "n")), v(B, (1, "n"), (0, "n")))), (1, ())),
    "0": {},
    "1": ONE_FORM,
    "n·s": {((("n", 1),), (v(s),)): 1},
    "x_i^{1/2}p_i": poly((1, (v(p, i, q=HALF), v(x, i)))),
}


@pytest.mark.parametrize("left", FORMS)
@pytest.mark.parametrize("right", FORMS)
def test_products_have_the_product_of_the_values(left: str, right: str) -> None:
    """Whatever the dummies of both are called; 1·u is u."""
    out = workspace().multiply(FORMS[left], FORMS[right])
    for at in places_of((i, j)):
        assert close_to(Meaning().of(out, at), Meaning().of(FORMS[left], at) * Meaning().of(FORMS[right], at))


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("bound", [(), (i,), (j,), (k,), (i, j), (a_, i)])
def test_sums_have_the_sum_of_the_values(name: str, bound: tuple[Ix, ...]) -> None:
    """An index that does not occur counts its size."""
    out = workspace().bind(FORMS[name], bound)
    for at in places_of({i, j, k} - {*bound}):
        wanted = mpmath.fsum(Meaning().of(FORMS[name], {**at, **more}) for more in places_of(bound))
        assert close_to(Meaning().of(out, at), wanted)


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("mapping", [{}, {i: i}, {i: j}, {i: j, j: i}, {j: k}, {i: ("=2", "n")}, {k: i}, {i: k, j: k}])
def test_substitution_is_done_all_at_once(name: str, mapping: dict[Ix, Ix]) -> None:
    form = FORMS[name]
    out = workspace().substitute(form, mapping)
    for at in places_of((i, j, k)):
        before = {old: int(str(new[0])[1:]) if is_place(new) else at[new] for old, new in mapping.items()}
        assert close_to(Meaning().of(out, at), Meaning().of(form, {**at, **before}))


def test_a_substitution_that_changes_nothing_gives_the_form_itself() -> None:
    form = FORMS["3x_i − y_j/2"]
    assert workspace().substitute(form, {i: i}) is form
    assert workspace().substitute(form, {k: i}) == form


def test_terms_that_become_equal_are_added() -> None:
    """x_i + x_j − 2x_k at i = j = k is 0; x_i δ_ij at i = j is x_j."""
    a = workspace()
    form = poly((1, (v(x, i),)), (1, (v(x, j),)), (-2, (v(x, k),)))
    assert a.substitute(form, {i: k, j: k}) == {}
    assert a.substitute(form, {i: j}) == poly((2, (v(x, j),)), (-2, (v(x, k),)))
    delta = a.multiply(a.atom(x, (i,)), a.kronecker(i, j))
    assert a.substitute(delta, {i: j}) == a.relabel(delta, {i: j}) == a.atom(x, (j,))
    assert a.relabel(a.kronecker(i, j), {i: j, j: i}) == a.kronecker(i, j)
    assert a.relabel(form, {i: j, j: i}) == form


def test_sizes() -> None:
    """A literal dimension is a number, a product has the product of its sizes."""
    a = workspace()
    assert a.size("n") == {((("n", 1),), ()): 1}
    assert a.size("3") == {((), ()): 3}
    assert a.size("3", -2) == {((), ()): Fraction(1, 9)}
    assert a.size("3", HALF) == {((("#3", HALF),), ()): 1}
    assert a.size("2·m·n", 2) == {((("m", 2), ("n", 2)), ()): 4}


@pytest.mark.parametrize("name", FORMS)
def test_opening_a_term_puts_a_form_in_the_place_of_factors(name: str) -> None:
    """Dummies of the host are free names while the form is built, and dummies again afterwards."""
    host = term(v(A, one, i), v(x, one), c=3, constants=(("m", 1),), bound=(two,))
    seen: list[Ix] = []

    def value(hide: Any) -> Form:
        seen.extend(hide[index] for index in (one, two))
        return workspace().substitute(FORMS[name], {j: hide[one]})

    a = workspace()
    out = a.open(host, (v(A, one, i),), value)
    assert not any(is_dummy(index) for index in seen)
    for at in places_of((i,)):
        wanted = mpmath.mpf(0)
        for place in (1, 2):
            factor = Meaning().of(FORMS[name], {i: at[i], j: place})
            wanted += 3 * 3 * 2 * Meaning().of_terms([term(v(A, j, i))], {**at, j: place}) * factor
        assert close_to(Meaning().of_terms(out, at), wanted)


# ------------------------------------------------------------------ settling a term

U, V = ("=1", "n"), ("=2", "n")


def label(factors: tuple[Factor, ...]) -> tuple[Factor, ...]:
    """The factors up to their order and the names of their dummies."""
    return canonical(factors, lambda _: None)


def delta(*slots: Ix, q: Number = 1) -> tuple[None, Slots, Number]:
    return None, slots, q


def settled(a: Algebra, t: Any) -> Term | None:
    """``None`` for a head stands for the algebra's own δ."""
    return settle(a, t._replace(factors=tuple((a.delta if f[0] is None else f[0], f[1], f[2]) for f in t.factors)))


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (term(v(x, i), c=0), None),
        (term(v(x, i)), term(v(x, i))),
        # equal factors
        (term(v(x, i), v(x, i)), term(v(x, i, q=2))),
        (term(v(x, i, q=2), v(x, i, q=-2)), term()),
        (term(v(x, i, q=HALF), v(x, i, q=HALF)), term(v(x, i))),
        (term(v(x, i), v(y, i), v(x, j)), term(v(x, i), v(y, i), v(x, j))),
        (term(v(S, j, i), v(S, i, j)), term(v(S, i, j, q=2))),
        (term(v(A, j, i), v(A, i, j)), term(v(A, j, i), v(A, i, j))),
        # 0 and 1, −1 and 1
        (term(v(h, i), v(h, i)), term(v(h, i))),
        (term(v(h, i, q=3)), term(v(h, i))),
        (term(v(h, i, q=HALF)), term(v(h, i))),
        (term(v(e, i, q=2)), term()),
        (term(v(e, i, q=3)), term(v(e, i))),
        (term(v(e, i, q=-1)), term(v(e, i))),
        (term(v(e, i, q=-2)), term()),
        (term(v(e, i, q=HALF)), term(v(e, i, q=HALF))),
        (term(v(x, i, q=2)), term(v(x, i, q=2))),
        # δ
        (term(delta(i, i)), term()),
        (term(delta(one, i), v(x, one)), term(v(x, i))),
        (term(delta(i, one), v(x, one)), term(v(x, i))),
        (term(delta(one, two), v(A, one, two)), term(v(A, one, one))),
        (term(delta(i, one), delta(one, j)), term(delta(i, j))),
        (term(delta(i, j), v(x, j)), term(v(x, i), delta(i, j))),
        (term(delta(j, i), v(x, j), v(y, i)), term(v(x, i), v(y, i), delta(i, j))),
        (term(delta(i, j), delta(j, k), v(x, k)), term(v(x, i), delta(i, k), delta(i, j))),
        (term(delta(U, V)), None),
        (term(delta(U, U), v(x, i)), term(v(x, i))),
        (term(delta(i, U), v(x, i)), term(v(x, U), delta(U, i))),
        (term(delta(i, U), delta(i, V)), None),
        (term(delta(i, one), delta(one, U), delta(i, V)), None),
        (term(delta(one, U), v(x, one)), term(v(x, U))),
        (term(delta(i, j, q=2)), term(delta(i, j))),
        (term(delta(i, j, q=HALF)), term(delta(i, j))),
        # what no factor has is counted
        (term(bound=[one]), term(constants=(("n", 1),))),
        (term(v(x, two), bound=[one, two]), term(v(x, two), constants=(("n", 1),))),
        (term(v(x, i), c=2, bound=[one, two], constants=(("m", -1),)), term(v(x, i), c=2, constants=(("m", -1), ("n", 2)))),
        (term(bound=[(5, "3"), (6, "3")]), term(c=9)),
        (term(c=HALF, bound=[(5, "2·m·n")]), term(constants=(("m", 1), ("n", 1)))),
        (term(delta(one, two), bound=[one, two]), term(constants=(("n", 1),))),
        (term(delta(one, one)), term(constants=(("n", 1),))),
        (term(delta(one, two), delta(two, one)), term(constants=(("n", 1),))),
        # roots of primes
        (term(constants=(("#2", Fraction(3, 2)),)), term(c=2, constants=(("#2", HALF),))),
        (term(constants=(("#2", 1), ("#3", -1)), c=9), term(c=6)),
        (term(constants=(("#5", -HALF), ("n", -HALF))), term(c=Fraction(1, 5), constants=(("#5", HALF), ("n", -HALF)))),
    ],
)  # fmt: skip
def test_settling(before: Any, after: Any) -> None:
    a = workspace()
    out = settled(a, before)
    if after is None:
        assert out is None
        return
    assert out is not None
    wanted = tuple((a.delta if f[0] is None else f[0], f[1], f[2]) for f in after.factors)
    assert (out.coefficient, out.constants, len(out.bound)) == (after.coefficient, after.constants, len(after.bound))
    assert label(out.factors) == label(wanted)
    assert type(out.coefficient) is type(after.coefficient)
    assert (COUNTED in a.rules) == (len(after.constants) > len(before.constants) or (5, "3") in before.bound)


@pytest.mark.parametrize(
    "bad",
    [term(delta(i, j, q=-1)), term(delta(i, j, q=-HALF)), term(delta(i, a_)), term(v(h, i, q=-1)), term(v(h, i, q=-HALF))],
)
def test_what_has_no_meaning_is_not_settled(bad: Any) -> None:
    """1/δ, a δ between different dimensions, 1/h for h that may be 0; none of these is a limit."""
    with pytest.raises(NotProvable) as caught:
        settled(workspace(), bad)
    assert not caught.value.limit


def test_a_dimension_is_known_by_its_name() -> None:
    """Whichever string holds it."""
    a = workspace()
    left, right = (":i", "2·m·n"), (":j", "".join(("2·m", "·n")))
    assert left[1] is not right[1]
    assert a.kronecker(left, right) == a.kronecker(right, left)
    assert list(a.kronecker(left, left)) == [((), ())]


def test_chains_of_deltas_come_to_one_form() -> None:
    """Whatever the order of the δs, the ends of each and which indices are summed; the value stays."""
    chance = random.Random(3)
    pool = [i, j, k, U, V, one, two, three]
    for _ in range(25):
        pairs = [chance.sample(pool, 2) for _ in range(chance.randint(1, 4))]
        factors = [v(A, *chance.sample(pool, 2)), v(x, chance.choice(pool))]
        a = workspace()
        given = term(*factors, *((a.delta, tuple(pair), 1) for pair in pairs), bound=[four])
        form = a.normal([given])
        assert same([given], terms_of(form), {i, j, k})
        for _ in range(3):
            chance.shuffle(pairs)
            again = [*((a.delta, tuple(chance.sample(pair, 2)), 1) for pair in pairs), *factors]
            assert a.normal([given._replace(factors=term(*again).factors)]) == form
        summed = [slots for _, fs in form for head, slots, _ in fs if head is a.delta and any(map(is_dummy, slots))]
        assert not summed


# ------------------------------------------------------------------------ numbers


@pytest.mark.parametrize("base", [1, 2, 4, 12, Fraction(1, 2), Fraction(8, 27), Fraction(45, 7), 9973**2, 10007**2])
@pytest.mark.parametrize("exponent", [0, 1, 3, -1, -2, HALF, -HALF, Fraction(1, 3), Fraction(5, 2), Fraction(-7, 3)])
def test_powers_of_numbers(base: Number, exponent: Number) -> None:
    """A rational times roots of primes with exponents between 0 and 1."""
    rational, roots = rational_power(base, exponent)
    value = mpmath.mpf(rational.numerator) / rational.denominator
    for name, part in roots:
        assert name[0] == "#"
        assert 0 < part < 1
        value *= mpmath.mpf(int(name[1:])) ** (mpmath.mpf(part.numerator) / part.denominator)
    wanted = (mpmath.mpf(base.numerator) / base.denominator) ** (mpmath.mpf(exponent.numerator) / exponent.denominator)
    assert close_to(value, wanted)
    assert list(roots) == sorted(roots)
    assert type(rational) is int or rational.denominator > 1
    if isinstance(exponent, int):
        assert not roots


@pytest.mark.parametrize(
    ("value", "powers"),
    [
        (1, []), (2, [(2, 1)]), (4, [(2, 2)]), (6, [(2, 1), (3, 1)]), (9, [(3, 2)]), (25, [(5, 2)]), (49, [(7, 2)]),
        (Fraction(1, 2), [(2, -1)]), (Fraction(12, 35), [(2, 2), (3, 1), (5, -1), (7, -1)]), (97, [(97, 1)]),
        (9973**2, [(9973, 2)]),  # the greatest prime below 10⁴
        (10007**2, [(10007**2, 1)]),  # the least above it: not looked for
        (2 * 10007, [(2, 1), (10007, 1)]),
    ],
)  # fmt: skip
def test_prime_factors(value: Number, powers: list[tuple[int, int]]) -> None:
    assert primes_of(value) == powers


# --------------------------------------------------------------------------- signs

X_I = (v(x, i),)
sum_p = (v(p, (0, "n")),)


def exp_of(a: Algebra, form: Form) -> Form:
    return boxes.exponential(a, form)


SIGNS: list[tuple[str, Callable[[Algebra], Form], str]] = [
    # what is plain: of positive, nonnegative, nonzero and (off a) kink
    ("0", lambda a: {}, "nonnegative"),
    ("1", lambda a: constant(1), "positive nonnegative nonzero kink"),
    ("1/2", lambda a: constant(HALF), "positive nonnegative nonzero kink"),
    ("−1", lambda a: constant(-1), "nonzero kink"),
    ("−1/2", lambda a: constant(-HALF), "nonzero kink"),
    ("x", lambda a: poly((1, X_I)), ""),
    ("x²", lambda a: poly((1, (v(x, i, q=2),))), "nonnegative"),
    ("−x²", lambda a: poly((-1, (v(x, i, q=2),))), ""),
    ("x³", lambda a: poly((1, (v(x, i, q=3),))), ""),
    ("√x", lambda a: poly((1, (v(x, i, q=HALF),))), "nonnegative"),
    ("1/x", lambda a: poly((1, (v(x, i, q=-1),))), "nonzero kink"),
    ("−1/x", lambda a: poly((-1, (v(x, i, q=-1),))), "nonzero kink"),
    ("1/x²", lambda a: poly((1, (v(x, i, q=-2),))), "positive nonnegative nonzero kink"),
    ("1/√x", lambda a: poly((1, (v(x, i, q=-HALF),))), "positive nonnegative nonzero kink"),
    ("p", lambda a: poly((1, (v(p, i),))), "positive nonnegative nonzero kink"),
    ("−p", lambda a: poly((-1, (v(p, i),))), "nonzero kink"),
    ("p x", lambda a: poly((1, (v(p, i), v(x, i)))), ""),
    ("p/x", lambda a: poly((1, (v(p, i), v(x, i, q=-1)))), "nonzero kink"),
    ("p x²", lambda a: poly((1, (v(p, i), v(x, i, q=2)))), "nonnegative"),
    ("x²/y", lambda a: poly((1, (v(x, i, q=2), v(y, i, q=-1)))), ""),
    ("h", lambda a: poly((1, (v(h, i),))), "nonnegative"),
    ("Σ p", lambda a: poly((1, sum_p)), "positive nonnegative nonzero kink"),
    ("−Σ p", lambda a: poly((-1, sum_p)), "nonzero kink"),
    ("−Σ x²", lambda a: poly((-1, (v(x, (0, "n"), q=2),))), ""),
    ("Σ 1/x", lambda a: poly((1, (v(x, (0, "n"), q=-1),))), ""),
    ("Σ x²", lambda a: poly((1, (v(x, (0, "n"), q=2),))), "nonnegative"),
    ("x² + y²", lambda a: poly((1, (v(x, i, q=2),)), (1, (v(y, i, q=2),))), "nonnegative"),
    ("x² + 1", lambda a: poly((1, (v(x, i, q=2),)), (1, ())), "positive nonnegative nonzero kink"),
    ("1 + x²", lambda a: poly((1, ()), (1, (v(x, i, q=2),))), "positive nonnegative nonzero kink"),
    ("x² − 1", lambda a: poly((1, (v(x, i, q=2),)), (-1, ())), ""),
    ("1 − x²", lambda a: poly((1, ()), (-1, (v(x, i, q=2),))), ""),
    ("p − 1", lambda a: poly((1, (v(p, i),)), (-1, ())), ""),
    ("1/x + 1/y", lambda a: poly((1, (v(x, i, q=-1),)), (1, (v(y, i, q=-1),))), ""),
    ("1/x + x", lambda a: poly((1, (v(x, i, q=-1),)), (1, (v(x, i),))), ""),
    ("exp x", lambda a: exp_of(a, poly((1, X_I))), "positive nonnegative nonzero kink"),
]  # fmt: skip
NEEDS: tuple[Need, ...] = ("positive", "nonnegative", "nonzero", "kink")


@pytest.mark.parametrize(("make", "plain"), [row[1:] for row in SIGNS], ids=[row[0] for row in SIGNS])
def test_signs_that_are_plain(make: Callable[[Algebra], Form], plain: str) -> None:
    """And nothing else is: without an assumption all others are open. What is plain is not recorded as a condition."""
    a = workspace()
    form = make(a)
    assert [need for need in NEEDS if a.holds(need, form)] == [need for need in NEEDS if need in plain.split()]
    for need in NEEDS:
        a.require(need, form, "test")
    assert {need for need, _ in a.requirements} == {*NEEDS} - {*plain.split()}
    assert a.is_positive(form)  # now that it is required at the latest


@pytest.mark.parametrize(
    ("assumed", "known"),
    [
        ("positive", "positive nonnegative nonzero kink"),
        ("nonnegative", "nonnegative"),
        ("nonzero", "nonzero kink"),
    ],
)
@pytest.mark.parametrize("body", [poly((1, X_I)), poly((1, X_I), (-1, (v(y, i),))), poly((1, (v(A, i, j),)), (-1, (v(s),)))])
def test_signs_that_are_assumed(assumed: Need, known: str, body: Form) -> None:
    """Of a variable or of a whole sum, at every index; of what is assumed follows the weaker, never the stronger."""
    a = workspace()
    a.assumed[assumed, a.mark(body)] = True
    elsewhere = a.substitute(body, {i: k})
    assert [need for need in NEEDS if a.holds(need, elsewhere)] == known.split()
    assert not any(a.holds(need, poly((1, (v(z, i),)))) for need in NEEDS)
    assert not any(a.holds(need, add(body, constant(-1))) for need in NEEDS)
    for need in NEEDS:
        a.require(need, elsewhere, "test")
    assert {need for need, _ in a.requirements} == {*NEEDS} - {*known.split()}


@pytest.mark.parametrize(
    ("assumed", "form", "known"),
    [
        ("nonzero", (v(x, i, q=2),), "positive nonnegative nonzero kink"),
        ("nonzero", (v(x, i, q=3),), "nonzero kink"),
        ("nonzero", (v(x, (0, "n")),), ""),  # a sum of such may be 0
        ("nonzero", (v(x, (0, "n"), q=2),), "positive nonnegative nonzero kink"),
        ("nonnegative", (v(x, (0, "n")),), "nonnegative"),
        ("nonnegative", (v(x, i), v(y, i)), ""),
        ("nonnegative", (v(x, i), v(y, i, q=2)), "nonnegative"),
        ("nonnegative", (v(x, i, q=-1),), "positive nonnegative nonzero kink"),
        ("positive", (v(x, (0, "n")), v(p, (0, "n"))), "positive nonnegative nonzero kink"),
        ("positive", (v(x, i), v(y, i)), ""),
        ("positive", (v(x, i), v(y, i, q=-1)), "nonzero kink"),
    ],
)
def test_signs_of_products_with_an_assumed_factor(assumed: Need, form: tuple[Factor, ...], known: str) -> None:
    """Assumed of x_i, for all i."""
    a = workspace()
    a.assumed[assumed, a.mark(poly((1, X_I)))] = True
    assert [need for need in NEEDS if a.holds(need, poly((1, form)))] == known.split()
    assert not any(a.holds(need, a.kronecker(i, j)) for need in NEEDS if need != "nonnegative")


def test_conditions_are_recorded_once_and_as_asked() -> None:
    """Away from 0 is away from 0 on either side; the first origin stays; pieces of a product are remembered by their marks."""
    a = workspace()
    difference = poly((-1, X_I), (-2, (v(y, i),)))
    a.require("kink", difference, "first")
    a.require("kink", scale(difference, -1), "second")
    ((key, (need, form, origin, pieces)),) = a.requirements.items()
    assert (need, form, origin, pieces) == ("kink", scale(difference, -1), "first", ())
    assert key == ("kink", a.mark(scale(difference, -1)))
    mixed = poly((-1, X_I), (2, (v(y, i),)))
    a.require("kink", mixed, "third")
    assert a.requirements["kink", a.mark(mixed)].form == mixed
    a.require("nonzero", difference, "fourth")
    assert a.requirements["nonzero", a.mark(difference)].form == difference  # turned round for kinks alone
    u, w = poly((1, X_I)), poly((1, (v(y, i),)))
    a.require("positive", a.multiply(u, w), "product", (u, w))
    assert a.requirements["positive", a.mark(a.multiply(u, w))].pieces == (a.mark(u), a.mark(w))
    assert len(a.requirements) == 4


def test_what_is_required_counts_from_then_on() -> None:
    a = workspace()
    form = poly((1, X_I))
    assert not a.is_positive(form)
    a.require("nonzero", form, "test")
    assert not a.is_positive(form)
    a.require("positive", form, "test")
    assert a.is_positive(form)
    assert a.is_positive(poly((1, (v(x, j),))))
    assert not a.is_positive(scale(form, -1))


def test_invertible_matrices() -> None:
    """A matrix and its transpose are invertible together; a positive number is no invertible matrix by itself."""
    a = workspace()
    whole = poly((1, (v(A, R, C),)))
    a.assumed["invertible", a.close("mark", "condition", whole, (R, C))[0]] = True
    a.require("invertible", whole, "assumed")
    assert not a.requirements
    a.require("invertible", poly((1, (v(B, R, C),))), "inverse")
    a.require("invertible", poly((-1, (v(B, R, C),))), "inverse")
    a.require("invertible", poly((1, (v(p, R), v(p, C)))), "inverse")
    assert [condition.form for condition in a.requirements.values()] == [
        poly((1, (v(B, R, C),))), poly((-1, (v(B, R, C),))), poly((1, (v(p, R), v(p, C)))),
    ]  # fmt: skip


# ------------------------------------------------------------------------ interning


@pytest.mark.parametrize(
    ("left", "right", "mapping"),
    [
        (poly((1, (v(A, i, j),))), poly((1, (v(A, i, j),))), {i: i, j: j}),
        (poly((1, (v(A, i, j),))), poly((1, (v(A, j, k),))), {i: j, j: k}),
        (poly((1, (v(A, i, j),))), poly((1, (v(A, j, i),))), {i: j, j: i}),
        (poly((1, (v(x, i),)), (1, (v(x, j),))), poly((1, (v(x, j),)), (1, (v(x, i),))), {i: j, j: i}),
        (poly((1, (v(x, i), v(y, j)))), poly((1, (v(x, k), v(y, i)))), {i: k, j: i}),
        (
            poly((1, (v(S, i, (0, "n")), v(S, (0, "n"), j)))),
            poly((1, (v(S, (1, "n"), k), v(S, i, (1, "n"))))),
            {i: i, j: k},
        ),
    ],
)
def test_a_body_has_one_box_whatever_its_indices_are_called(left: Form, right: Form, mapping: dict[Ix, Ix]) -> None:
    """Its slots say which is which: both boxes have one value where their bodies have."""
    a = workspace()
    right = a.substitute(right, {})
    assert not a.known_box("function", "φ", left)
    first, slots = a.close("function", "φ", a.normal(terms_of(left)))
    assert a.known_box("function", "φ", left)
    second, others = a.close("function", "φ", a.normal(terms_of(right)))
    assert first is second
    renamed = tuple(mapping[index] for index in slots)
    assert same([term((first, renamed, 1))], [term((second, others, 1))], {*renamed})
    assert close_to(
        Meaning().of_terms([term((second, others, 1))], at := {index: 1 + (n % 2) for n, index in enumerate(sorted(others))}),
        mpmath.exp(Meaning().of(right, at) / 2),
    )


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (poly((1, (v(A, i, j),))), poly((1, (v(B, i, j),)))),
        (poly((1, (v(A, i, j),))), poly((1, (v(A, i, i),)))),
        (poly((1, X_I)), poly((2, X_I))),
        (poly((1, X_I)), poly((-1, X_I))),
        (poly((1, X_I)), poly((1, (v(x, i, q=2),)))),
        (poly((1, X_I)), poly((1, X_I), (1, ()))),
        (poly((1, X_I), (1, (v(y, j),))), poly((1, X_I), (1, (v(y, i),)))),
        (poly((1, X_I)), {((("n", 1),), X_I): 1}),
        (poly((1, (v(x, ("=1", "n")),))), poly((1, (v(x, ("=2", "n")),)))),
    ],
)
def test_different_bodies_have_different_boxes(left: Form, right: Form) -> None:
    a = workspace()
    first, _ = a.close("function", "φ", left)
    assert not a.known_box("function", "φ", right)
    assert not a.known_box("function", "ψ", left)
    assert not a.known_box("power", "φ", left)
    assert a.close("function", "φ", right)[0] is not first
    assert a.close("function", "ψ", left)[0] is not first
    assert a.close("function", "φ", left, order=1)[0] is not first
    assert (first.order, first.fixed, first.parameters) == (0, 0, ())


@pytest.mark.parametrize(
    ("body", "orders"),
    [
        (poly((1, (v(A, i, j),))), 1),
        (poly((1, (v(S, i, j),))), 2),
        (poly((1, (v(x, i), v(x, j)))), 2),
        (poly((1, (v(x, i), v(y, j)))), 1),
        (poly((1, (v(A, i, j),)), (1, (v(A, j, i),))), 2),
        (poly((1, (v(A, i, j),)), (-1, (v(A, j, i),))), 1),
        (poly((1, (v(x, i), v(x, j), v(x, k)))), 6),
        (poly((1, (v(x, i), v(x, j), v(y, k)))), 2),
        (poly((1, (v(A, i, j), v(A, j, k), v(A, k, i)))), 3),
        (poly((1, (v(x, i), v(y, a_)))), 1),
    ],
)
def test_symmetries_of_a_box_are_those_of_its_body(body: Form, orders: int) -> None:
    """The orders of its slots that leave the body as it is, the identity first; a cycle of three has three."""
    a = workspace()
    head, slots = a.close("function", "φ", a.normal(terms_of(body)))
    assert len(head.symmetry) == orders
    assert head.symmetry[0] == tuple(range(len(slots)))
    assert len(set(head.symmetry)) == orders
    for order in head.symmetry:
        assert same([term((head, slots, 1))], [term((head, tuple(slots[q] for q in order), 1))], slots)


def test_up_to_120_orders_are_looked_at() -> None:
    """Of five like slots all are found, of six none but the first: that costs completeness, nothing else."""
    names = [(f":{q}", "n") for q in range(6)]
    for number, orders in ((5, 120), (6, 1)):
        head, _ = workspace().close("function", "φ", poly((1, tuple(v(x, name) for name in names[:number]))))
        assert len(head.symmetry) == orders


def test_inverse_and_determinant_know_the_transpose() -> None:
    """inv⟨Mᵀ⟩ is inv⟨M⟩ with its slots exchanged, det⟨Mᵀ⟩ is det⟨M⟩; a function of an array is another one."""
    a = workspace()
    plain, turned = poly((1, (v(A, R, C),))), poly((1, (v(A, C, R),)))
    head, slots = a.close("inverse", "", plain, (R, C), (i, j))
    assert slots == (i, j)
    assert head.symmetry == ((0, 1),)
    assert a.close("inverse", "", turned, (R, C), (i, j)) == (head, (j, i))
    det, _ = a.close("determinant", "", plain, (R, C))
    assert a.close("determinant", "", turned, (R, C)) == (det, ())
    loss, _ = a.close("loss", "ℓ", plain, (R, C))
    assert a.close("loss", "ℓ", turned, (R, C))[0] is not loss
    symmetric, _ = a.close("inverse", "", poly((1, (v(S, R, C),))), (R, C), (i, j))
    assert {*symmetric.symmetry} == {(0, 1), (1, 0)}
    outer, slots = a.close("inverse", "", poly((1, (v(A, R, C), v(x, k)))), (R, C), (i, j))
    assert slots == (i, j, k)
    assert a.close("inverse", "", poly((1, (v(A, C, R), v(x, i)))), (R, C), (j, k)) == (outer, (k, j, i))
    four_slots, slots = a.close("inverse", "", poly((1, (v(A, R, C), v(x, k), v(x, i)))), (R, C), (i, j))
    assert (slots[:2], {*slots[2:]}) == ((i, j), {i, k})
    assert {*four_slots.symmetry} == {(0, 1, 2, 3), (0, 1, 3, 2)}
    blocked, _ = a.close("loss", "ℓ", poly((1, (v(x, R),))), (R,), (i, j), 2, blocks=((0, 1), (1, 0)))
    assert {*blocked.symmetry} == {(0, 1), (1, 0)}


def test_a_box_at_its_slots_has_its_body() -> None:
    a = workspace()
    body = poly((1, (v(A, i, j),)), (3, (v(x, j),)))
    head, slots = a.close("function", "φ", body)
    assert a.instance(head, slots) == body
    there = tuple({i: k, j: ("=2", "n")}[index] for index in slots)
    assert a.instance(head, there) == poly((1, (v(A, k, ("=2", "n")),)), (3, (v(x, ("=2", "n")),)))
    inverse, slots = a.close("inverse", "", poly((1, (v(A, R, C), v(x, k)))), (R, C), (i, j))
    assert a.instance(inverse, (j, i, j)) == poly((1, (v(A, R, C), v(x, j))))
    assert a.instance(inverse, (R, C, j)) == poly((1, (v(A, R, C), v(x, j))))
    for captured in (R, C):
        with pytest.raises(NotProvable):
            a.instance(inverse, (i, j, captured))


# ------------------------------------------------------------------------ rewrites


def phi(a: Algebra, *slots: Ix, q: Number = 1) -> Factor:
    """φ(A_ij) at these indices."""
    head, _ = a.close("function", "φ", poly((1, (v(A, i, j),))))
    return head, slots, q


def sum_box(a: Algebra, index: Ix, q: Number, *more: tuple[Number, tuple[Factor, ...]]) -> Factor:
    """(2x_i + 3y_i + …)^q."""
    head, slots = a.close("power", "", poly((2, (v(x, i),)), (3, (v(y, i),)), *more))
    return head, tuple({i: index}.get(slot, slot) for slot in slots), q


def whole_sum(a: Algebra, q: Number) -> Factor:
    """(Σ_j y_j + 2)^q."""
    return box(a, "power", "", poly((1, (v(y, (0, "n")),)), (2, ())), q)


def wave(a: Algebra, name: str, index: Ix, q: Number) -> Factor:
    """sin or cos of A_ii + 2x_i − y_j at i = the index, j."""
    body = poly((1, (v(A, i, i),)), (2, (v(x, i),)), (-1, (v(y, j),)))
    return box(a, "function", name, a.substitute(body, {i: index}), q)


def E(a: Algebra, q: Number, head: Head = x) -> Factor:
    return box(a, "function", "exp", poly((1, (v(head, i),))), q)


def one_plus(a: Algebra, q: Number, slope: Number = 1, offset: Number = 1, unit: Number = 1) -> Factor:
    """(d + c·exp(x_i)^u)^q."""
    return box(a, "power", "", poly((offset, ()), (slope, (E(a, unit),))), q)


def two_exps(a: Algebra, q: Number) -> Factor:
    """(1 + exp(x_i)exp(y_i))^q."""
    return box(a, "power", "", poly((1, ()), (1, (E(a, 1), E(a, 1, y)))), q)


WORD = (v(A, R, (0, "n")), v(B, (0, "n"), C))
WITH_OUTER = poly((2, WORD), (5, (v(x, k), v(y, R), v(y, C))))
T3 = [(f"={q}", "3") for q in (1, 2, 3)]
AB, MIX = poly((2, (v(A, R, C),))), poly((3, (v(B, R, C),)), (1, (v(A, R, C),)))
WITH_DELTA: Callable[[Algebra], Form] = lambda a: {((), (v(B, R, C),)): 2, ((), ((a.delta, (R, C), 1), v(x, k))): 3}  # noqa: E731

FIRES: list[tuple[Any, str, Built]] = [
    (one_hot_pair, "Y_ia Y_ib", lambda a: term(v(Y, i, a_), v(Y, i, b_))),
    (one_hot_pair, "x Y_ia B_ia Y_ib y", lambda a: term(v(x, i), v(Y, i, a_), v(B, i, i), v(Y, i, b_), v(y, j))),
    (one_hot_pair, "Y_ja Y_ia Y_ib", lambda a: term(v(Y, j, a_), v(Y, i, a_), v(Y, i, b_))),
    (one_hot_pair, "Y_i1 Y_i2", lambda a: term(v(Y, i, T3[0]), v(Y, i, T3[1]))),
    (one_hot_pair, "Σ_c Y_ia Y_ic", lambda a: term(v(Y, i, a_), v(Y, i, (7, "m")))),
    (one_hot_row, "Σ_b Y_ib", lambda a: term(v(Y, i, (7, "m")))),
    (one_hot_row, "x_i Σ_b Y_ib y_j", lambda a: term(v(x, i), v(Y, i, (7, "m")), v(y, j), c=3)),
    (one_hot_row, "Y_ia Σ_b Y_ib", lambda a: term(v(Y, i, a_), v(Y, i, (7, "m")))),
    (one_hot_row, "Σ_jb Y_jb", lambda a: term(v(Y, one, (7, "m")))),
    (one_hot_row, "Σ_j x_j Σ_b Y_jb", lambda a: term(v(Y, one, (7, "m")), v(x, one))),
    (one_hot_pair, "Y_ija Y_ijb", lambda a: term(v(Y3, i, j, a_), v(Y3, i, j, b_))),
    (one_hot_row, "Σ_b Y_ijb", lambda a: term(v(Y3, i, j, (7, "m")), v(Y3, i, k, a_))),
    (one_hot_last, "Y_ij3", lambda a: term(v(Y3, i, j, T3[2]))),
    (one_hot_last, "Y_i3", lambda a: term(v(Y, i, T3[2]), c=5)),
    (one_hot_last, "x_i Y_i2 Y_i3 y_i", lambda a: term(v(x, i), v(Y, i, T3[1]), v(Y, i, T3[2]), v(y, i))),
    (expand_power, "(2x + 3y)", lambda a: term(sum_box(a, i, 1))),
    (expand_power, "x (2x + 3y)² y", lambda a: term(v(x, i), sum_box(a, i, 2), v(y, i), c=HALF)),
    (expand_power, "(2x + 3y)^{-1} (2x_j + 3y_j)³", lambda a: term(sum_box(a, i, -1), sum_box(a, j, 3))),
    (expand_power, "Σ_j (2x_j + 3y_j)² A_ji", lambda a: term(sum_box(a, one, 2), v(A, one, i))),
    (expand_power, "(Σ_j y_j + 2)² summed over nothing", lambda a: term(whole_sum(a, 2), bound=[two])),
    (rebuild_box, "φ(A_ii)", lambda a: term(phi(a, i, i))),
    (rebuild_box, "x φ(A_ij) φ(A_ii)² y", lambda a: term(v(x, i), phi(a, i, j), phi(a, i, i, q=2), v(y, j))),
    (rebuild_box, "φ(A_i1)", lambda a: term(phi(a, i, U))),
    (rebuild_box, "1/φ(A_12)", lambda a: term(phi(a, U, V, q=-1))),
    (rebuild_box, "Σ_j x_j φ(A_jj)", lambda a: term(v(x, one), phi(a, one, one))),
    (rebuild_box, "(2x_1 + 3y_1)^-2", lambda a: term(sum_box(a, U, -2))),
    (sine_square, "sin²", lambda a: term(wave(a, "sin", i, 2))),
    (sine_square, "sin³", lambda a: term(wave(a, "cos", i, 1), wave(a, "sin", i, 3), v(x, i), c=3)),
    (sine_square, "Σ_j sin⁴", lambda a: term(wave(a, "sin", one, 4), v(x, two), v(x, i))),
    (balance_logistic, "e/(1 + e)", lambda a: term(E(a, 1), one_plus(a, -1))),
    (balance_logistic, "e/(1 − 3e)", lambda a: term(E(a, 1), one_plus(a, -1, -3))),
    (balance_logistic, "e/(2 + 3e)", lambda a: term(E(a, 1), one_plus(a, -1, 3, 2), c=5)),
    (balance_logistic, "x e³ /(2 + 3e)² y", lambda a: term(v(x, i), E(a, 3), one_plus(a, -2, 3, 2), v(y, i))),
    (balance_logistic, "1/(2 + 3e)²", lambda a: term(one_plus(a, -2, 3, 2))),
    (balance_logistic, "1/(1 + e)³", lambda a: term(v(x, i), one_plus(a, -3), v(y, i))),
    (balance_logistic, "e²/(1 + e)²", lambda a: term(E(a, 2), one_plus(a, -2))),
    (balance_logistic, "1/e(1 + e)", lambda a: term(E(a, -1), one_plus(a, -1, 3, 2))),
    (balance_logistic, "e²/(1 + 2e²)", lambda a: term(E(a, 2), one_plus(a, -1, 2, 1, 2))),
    (balance_logistic, "1/(1 + 2e²)²", lambda a: term(one_plus(a, -2, 2, 1, 2))),
    (balance_logistic, "e^x e^y/(1 + e^x e^y)", lambda a: term(E(a, 1), E(a, 1, y), two_exps(a, -1))),
    (balance_logistic, "(2x + 3y)^-1 e/(1 + e)", lambda a: term(sum_box(a, i, -1), E(a, 1), one_plus(a, -1))),
    (divide, "y/(2x + 3y)", lambda a: term(v(y, i), sum_box(a, i, -1))),
    (divide, "x y²/(2x + 3y)²", lambda a: term(v(x, i), v(y, i, q=2), sum_box(a, i, -2), c=5)),
    (divide, "(…)_j y_i/(2x_i + 3y_i)³ z", lambda a: term(sum_box(a, j, -1), v(y, i), sum_box(a, i, -3), v(z, i))),
    (divide, "Σ_j y_j/(2x_j + 3y_j) A_ji", lambda a: term(v(y, one), sum_box(a, one, -1), v(A, one, i))),
    (divide, "y/√(2x + 3y)", lambda a: term(v(y, i), sum_box(a, i, -HALF, (7, (v(p, i, q=HALF),))))),
    (divide, "Σy/(Σy + 2)", lambda a: term(v(y, one), whole_sum(a, -1))),
    (divide, "(Σy)²x/(Σy + 2)", lambda a: term(v(y, one), v(x, i), v(y, two), whole_sum(a, -1))),
    (divide, "n y/(2x + n y)", lambda a: term(v(y, i), box(a, "power", "", {((), X_I): 2, ((("n", 1),), (v(y, i),)): 4}, -1))),
    (cancel_inverse, "(2A)⁻¹A", lambda a: term(inv(a, AB, i, one), v(A, one, j))),
    (cancel_inverse, "A(2A)⁻¹", lambda a: term(v(A, i, one), inv(a, AB, one, j), c=3)),
    (cancel_inverse, "x_i (2A)⁻¹A y_j", lambda a: term(v(x, i), inv(a, AB, i, one), v(y, j), v(A, one, j))),
    (cancel_inverse, "tr (2A)⁻¹A", lambda a: term(inv(a, AB, two, one), v(A, one, two))),
    (cancel_inverse, "xᵀ(2A)⁻¹Ay", lambda a: term(v(x, two), inv(a, AB, two, one), v(A, one, three), v(y, three))),
    (cancel_inverse, "(3B + A)⁻¹B", lambda a: term(inv(a, MIX, i, one), v(B, one, j))),
    (cancel_inverse, "B(3B + A)⁻¹", lambda a: term(v(B, i, one), inv(a, MIX, one, j))),
    (cancel_inverse, "(2B + 3xI)⁻¹B", lambda a: term(inv(a, WITH_DELTA(a), i, one), v(B, one, j))),
    (cancel_inverse, "(AB)⁻¹AB", lambda a: term(inv(a, poly((2, WORD)), i, one), v(B, two, j), v(A, one, two))),
    (cancel_inverse, "AB(AB)⁻¹", lambda a: term(inv(a, poly((2, WORD)), one, i), v(A, j, two), v(B, two, one))),
    (cancel_inverse, "(AB + x yyᵀ)⁻¹AB", lambda a: term(inv(a, WITH_OUTER, i, one), v(A, one, two), v(B, two, j))),
    (cancel_inverse, "tr (AB)⁻¹AB", lambda a: term(inv(a, poly((2, WORD)), three, one), v(A, one, two), v(B, two, three))),
    (cancel_inverse, "second of two", lambda a: term(inv(a, AB, j, k), inv(a, MIX, i, one), v(B, one, j))),
    (
        cancel_inverse, "(nB)⁻¹B",
        lambda a: term(inv(a, {((("n", 1),), (v(B, R, C),)): 1, ((), (v(A, R, C),)): 1}, i, one), v(B, one, j)),
    ),
]  # fmt: skip

RESTS: list[tuple[Any, str, Built]] = [
    (one_hot_pair, "one alone", lambda a: term(v(Y, i, a_))),
    (one_hot_pair, "other rows", lambda a: term(v(Y, i, a_), v(Y, j, b_))),
    (one_hot_pair, "no labels", lambda a: term(v(B, i, j), v(B, i, k), v(h, i), v(h, j))),
    (one_hot_pair, "the same entry", lambda a: term(v(Y, i, a_), v(Y, i, a_))),
    (one_hot_pair, "other rows of three", lambda a: term(v(Y3, i, j, a_), v(Y3, i, k, b_), v(Y3, j, i, b_))),
    (one_hot_row, "Σ_j Y_ijj", lambda a: term(v(Y3, i, one, one))),
    (one_hot_row, "Σ_j Y_jij", lambda a: term(v(Y3, one, i, one))),
    (one_hot_row, "Σ_b Y_ib Y_jb", lambda a: term(v(Y, i, (7, "m")), v(Y, j, (7, "m")))),
    (one_hot_row, "free", lambda a: term(v(Y, i, a_))),
    (one_hot_row, "Σ_i Y_ia", lambda a: term(v(Y, one, a_))),
    (one_hot_row, "Σ_j Y_jj", lambda a: term(v(Y, one, one))),
    (one_hot_row, "Σ_b Y_ib x_b", lambda a: term(v(Y, i, one), v(x, one))),
    (one_hot_row, "Σ_b x_b Y_ib", lambda a: term(v(x, one), v(Y, i, one))),
    (one_hot_row, "Σ_b B_ib", lambda a: term(v(B, i, one))),
    (one_hot_last, "an earlier place", lambda a: term(v(Y, i, T3[0]), v(Y, i, T3[1]))),
    (one_hot_last, "a free column", lambda a: term(v(Y, i, a_))),
    (one_hot_last, "a size that is open", lambda a: term(v(Y, i, ("=1", "m")))),
    (one_hot_last, "no labels", lambda a: term(v(B, i, T3[2]))),
    (expand_power, "1/u, √u", lambda a: term(sum_box(a, i, -1), sum_box(a, j, HALF))),
    (expand_power, "no box of a power", lambda a: term(v(x, i, q=2), phi(a, i, j, q=2))),
    (rebuild_box, "two free indices", lambda a: term(phi(a, i, j), v(A, i, i), v(x, U))),
    (sine_square, "sin", lambda a: term(wave(a, "sin", i, 1))),
    (sine_square, "1/sin²", lambda a: term(wave(a, "sin", i, -2))),
    (sine_square, "sin^{1/2}", lambda a: term(wave(a, "sin", i, HALF))),
    (sine_square, "other functions", lambda a: term(phi(a, i, j, q=2), wave(a, "abs", i, 2), wave(a, "tan", i, 2))),
    (sine_square, "cos²", lambda a: term(wave(a, "cos", i, 2))),
    (sine_square, "a tensor of that name", lambda a: term(v(tensor("sin", 40, 1), i, q=2), v(x, i, q=2))),
    (balance_logistic, "1/(1 + e)", lambda a: term(one_plus(a, -1))),
    (balance_logistic, "e/(1 + e)²", lambda a: term(E(a, 1), one_plus(a, -2))),
    (balance_logistic, "e/(1 + e)³", lambda a: term(E(a, 1), one_plus(a, -3))),
    (balance_logistic, "e²/(1 + 2e²)³", lambda a: term(E(a, 2), one_plus(a, -3, 2, 1, 2))),
    (balance_logistic, "1 + e", lambda a: term(E(a, 1), one_plus(a, 1))),
    (balance_logistic, "1/√(1 + e)", lambda a: term(E(a, 1), one_plus(a, -HALF))),
    (balance_logistic, "e/(2x + 3y)", lambda a: term(E(a, 1), sum_box(a, i, -1))),
    (divide, "what is left over", lambda a: term(v(x, i), sum_box(a, i, -1))),
    (divide, "another index", lambda a: term(v(y, j), sum_box(a, i, -1))),
    (divide, "a power that is none of a sum", lambda a: term(v(y, i), v(x, i, q=-1), phi(a, i, j, q=-1))),
    (divide, "1/φ(A)", lambda a: term(v(A, i, j), phi(a, i, j, q=-1))),
    (divide, "inverse", lambda a: term(v(A, i, j), (*inv(a, AB, i, j)[:2], -1))),
    (divide, "no denominator", lambda a: term(v(y, i), sum_box(a, i, HALF))),
    (divide, "1/y", lambda a: term(v(y, i, q=-1), sum_box(a, i, -1))),
    (divide, "the sum is of another", lambda a: term(v(y, one), v(x, one), whole_sum(a, -1))),
    (divide, "no sum", lambda a: term(v(y, i), whole_sum(a, -1))),
    (divide, "e/(1 + e)", lambda a: term(E(a, 1), one_plus(a, -1))),
    (cancel_inverse, "a free index", lambda a: term(inv(a, AB, i, k), v(A, k, j))),
    (cancel_inverse, "(2A)⁻¹Aᵀ", lambda a: term(inv(a, AB, i, one), v(A, j, one))),
    (cancel_inverse, "Aᵀ(2A)⁻¹", lambda a: term(v(A, one, i), inv(a, AB, one, j))),
    (cancel_inverse, "Σ_j inv_ij A_jj", lambda a: term(inv(a, AB, i, one), v(A, one, one))),
    (cancel_inverse, "Σ_j inv_ij A_jk x_j", lambda a: term(inv(a, AB, i, one), v(A, one, j), v(x, one))),
    (cancel_inverse, "Σ_j inv_jj A_jk", lambda a: term(inv(a, AB, one, one), v(A, one, j))),
    (cancel_inverse, "φ(A)A", lambda a: term(phi(a, i, one), v(A, one, j))),
    (cancel_inverse, "(2x + 3y)y", lambda a: term(sum_box(a, one, 1), v(y, one))),
    (cancel_inverse, "entrywise 1/inv", lambda a: term((*inv(a, AB, i, one)[:2], -1), v(A, one, j))),
    (cancel_inverse, "Σ inv_dj A_jd B_dk", lambda a: term(inv(a, poly((2, WORD)), two, one), v(A, one, two), v(B, two, j))),
    (
        cancel_inverse, "the word's sum in an outer slot",
        lambda a: term((inv(a, WITH_OUTER, i, j)[0], (i, one, two), 1), v(A, one, two), v(B, two, j)),
    ),
    (
        cancel_inverse, "Σ inv_ij A_jd B_dk x_d",
        lambda a: term(inv(a, poly((2, WORD)), i, one), v(A, one, two), v(B, two, j), v(x, two)),
    ),
    (cancel_inverse, "entrywise inv²", lambda a: term((*inv(a, AB, i, one)[:2], 2), v(A, one, j))),
    (cancel_inverse, "no matrix", lambda a: term(inv(a, AB, i, one), v(x, one))),
    (cancel_inverse, "what is left over", lambda a: term(inv(a, MIX, i, one), v(A, one, j))),
    (
        cancel_inverse, "the summed index in an outer slot",
        lambda a: term((inv(a, WITH_DELTA(a), i, one)[0], (i, one, one), 1), v(B, one, j)),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "make"), [(q[0], q[2]) for q in FIRES], ids=[f"{q[0].__name__}: {q[1]}" for q in FIRES])
def test_rules_keep_values(rule: Any, make: Built) -> None:
    """Each rule rewrites these terms to others of the same value; so does the whole normal form, which ends."""
    a = workspace()
    before = make(a)
    after = rule(a, before)
    assert after is not None
    free = free_of([before])
    assert same([before], after, free)
    form = a.normal([before])
    assert same([before], terms_of(form), free)
    for factors in (factors for _, factors in form):
        rewritten = [law.law.name for law in REWRITES if law.apply(a, term(*factors)) is not None]
        assert not rewritten


@pytest.mark.parametrize(("rule", "make"), [(q[0], q[2]) for q in RESTS], ids=[f"{q[0].__name__}: {q[1]}" for q in RESTS])
def test_rules_leave_other_terms_alone(rule: Any, make: Built) -> None:
    a = workspace()
    assert rule(a, make(a)) is None


LAW = Law("assumption", "", "the document")


@pytest.mark.parametrize(
    ("pattern", "form", "before", "after"),
    [
        # Σ_j A_ij x_j = 3x_i
        ((v(A, P, (0, "n")), v(x, (0, "n"))), poly((3, (v(x, P),))), term(v(A, k, one), v(x, one), c=2), [term(v(x, k), c=6)]),
        ((v(A, P, (0, "n")), v(x, (0, "n"))), poly((3, (v(x, P),))), term(v(A, k, one), v(x, one), v(y, one)), None),
        (
            (v(A, P, (0, "n")), v(x, (0, "n"))), poly((3, (v(x, P),))),
            term(v(y, two), v(A, two, one), v(x, one)), [term(v(y, two), v(x, two), c=3)],
        ),
        # Σ_j A_ji A_jk = δ_ik-like: two terms, with a sum in the right side
        (
            (v(B, P, Q),), poly((1, (v(A, P, (0, "n")), v(A, (0, "n"), Q))), (-1, (v(x, P), v(y, Q)))),
            term(v(B, i, one), v(z, one), c=5),
            [term(v(A, i, two), v(A, two, one), v(z, one), c=5), term(v(x, i), v(y, one), v(z, one), c=-5)],
        ),
        ((v(B, P, Q),), {}, term(v(B, i, j)), []),
        ((v(x, P, q=2),), poly((1, ())), term(v(x, i, q=3), v(y, i)), [term(v(x, i), v(y, i))]),
        ((v(x, P, q=2),), poly((1, ())), term(v(x, i), v(y, i)), None),
    ],
)  # fmt: skip
def test_assumed_equations(pattern: tuple[Factor, ...], form: Form, before: Term, after: list[Term] | None) -> None:
    """The pattern's factors are replaced by the form, at the indices where they lie."""
    a = workspace()
    a.replacements.append(Replacement((v(z, ("=9", "n")),), {}, Law("never", "", "")))
    a.replacements.append(Replacement(pattern, form, LAW))
    out = apply_assumption(a, before)
    assert (out is None) == (after is None)
    assert (LAW in a.rules) == (after is not None)
    if out is not None and after is not None:
        assert a.normal(out) == workspace().normal(after)
        assert all(t.bound == {q for _, slots, _ in t.factors for q in slots if is_dummy(q)} for t in out)


# ------------------------------------------------------------------- what is divided by


@pytest.mark.parametrize(
    ("body", "lead"),
    [
        (poly((2, (v(x, i),)), (3, (v(y, i),))), (v(y, i),)),
        (poly((2, (v(x, i, q=2),)), (3, (v(y, i),))), (v(x, i, q=2),)),
        (poly((2, (v(x, i, q=-2),)), (3, (v(y, i),))), (v(x, i, q=-2),)),
        (poly((2, (v(x, i), v(x, j))), (3, (v(y, i, q=2),))), (v(x, i), v(x, j))),
        (poly((5, ()), (2, (v(x, i),))), (v(x, i),)),
        (poly((5, ()), (2, ())), None),
    ],
)
def test_sums_are_divided_by_their_term_of_greatest_degree(body: Form, lead: tuple[Factor, ...] | None) -> None:
    """Then of most factors; the whole is the leading term and the rest."""
    a = workspace()
    head, slots = a.close("power", "", body)
    by = division(a, head)
    if lead is None:
        assert by is None
        return
    assert by is not None
    placed = dict(zip(head.placeholders, slots, strict=True))
    assert label(tuple((h_, tuple(placed[q] for q in at), e_) for h_, at, e_ in by.lead)) == label(lead)
    assert add(by.tail, {(by.constants, by.lead): by.coefficient}) == head.body
    assert (by.constants, by.lead) not in by.tail
    assert division(a, head) is by


def test_nothing_is_divided_by_a_delta() -> None:
    """Of 2δ_ij x_i z_i + 3y_i the leading term is y_i; 2δ_ij x_i + 3 has none."""
    a = workspace()
    gated = a.multiply(a.kronecker(i, j), poly((2, (v(x, i), v(z, i)))))
    by = division(a, a.close("power", "", add(gated, poly((3, (v(y, i),)))))[0])
    assert by is not None
    assert [head for head, _, _ in by.lead] == [y]
    assert len(by.tail) == 1
    assert division(a, a.close("power", "", add(gated, constant(3)))[0]) is None


def matrix(name: str, left: Ix = R, right: Ix = C) -> tuple[Factor, ...]:
    return (v({"A": A, "B": B, "S": S}[name], left, right),)


OUTER = (v(x, R), v(y, C))


@pytest.mark.parametrize(
    ("body", "long_words", "lead"),
    [
        (poly((2, matrix("A"))), False, matrix("A")),
        (poly((2, matrix("A")), (5, matrix("B"))), False, matrix("B")),
        (poly((2, WORD), (5, matrix("S"))), False, matrix("S")),  # a single letter
        (poly((2, WORD), (5, matrix("S"))), True, WORD),  # the longest word, where that is tried
        (poly((2, WORD), (5, matrix("A"))), False, WORD),  # A is met in two ways
        (poly((2, OUTER), (5, matrix("A"))), True, matrix("A")),  # u vᵀ does not hang together
        (poly((2, (v(x, R),)), (3, (v(y, C),))), False, None),
    ],
)
def test_matrices_are_divided_by_a_letter_or_a_word(body: Form, long_words: bool, lead: tuple[Factor, ...] | None) -> None:
    a = workspace()
    if long_words:
        a.long_words = True
    head, _ = a.close("inverse", "", a.normal(terms_of(body)), (R, C), (i, j))
    by = division(a, head)
    assert (by and label(by.lead)) == (lead and label(lead))


def test_a_matrix_with_a_multiple_of_the_identity_is_divided_by_the_other_term() -> None:
    a = workspace()
    head, _ = a.close("inverse", "", add(a.kronecker(R, C), a.atom(A, (R, C))), (R, C), (i, j))
    by = division(a, head)
    assert by is not None
    assert by.lead == matrix("A")
    assert by.tail == a.kronecker(R, C)
    assert division(a, a.close("inverse", "", a.kronecker(R, C), (R, C), (i, j))[0]) is None


@pytest.mark.parametrize(
    ("make", "found"),
    [
        (lambda a: one_plus(a, -1), (1, 1)),
        (lambda a: one_plus(a, -4, 3, 2), (3, 2)),
        (lambda a: two_exps(a, -1), (1, 1)),
        (lambda a: one_plus(a, 1), None),
        (lambda a: one_plus(a, -HALF), None),
        (lambda a: E(a, -1), None),
        (lambda a: v(x, i, q=-1), None),
        (lambda a: sum_box(a, i, -1), None),
        (lambda a: box(a, "function", "φ", poly((1, ()), (1, (E(a, 1),))), -1), None),
        (lambda a: box(a, "function", "log", poly((1, ()), (1, (E(a, 1),))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (wave(a, "cos", i, 1),))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (wave(a, "sin", i, 1),))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (v(tensor("exp", 41, 1), i),))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (E(a, 1), wave(a, "cos", i, 1)))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, X_I)), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (E(a, 1), v(x, i)))), -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, (E(a, 1),)), (1, (E(a, 1, y),))), -1), None),
        (lambda a: box(a, "power", "", poly((1, (E(a, 1),)), (1, (E(a, 1, y),))), -1), None),
        (lambda a: box(a, "power", "", {((), ()): 1, ((("n", 1),), (E(a, 1),)): 1}, -1), None),
        (lambda a: box(a, "power", "", {((("n", 1),), ()): 1, ((), (E(a, 1),)): 1}, -1), None),
        (lambda a: box(a, "power", "", poly((1, ()), (1, ((E(a, 1)[0], ((0, "n"),), 1),))), -1), None),
    ],
)
def test_denominators_of_sigmoid_and_tanh(make: Any, found: tuple[Number, Number] | None) -> None:
    """d + c·E for numbers c, d and one product of exponentials, to a negative whole power."""
    a = workspace()
    head, _, q = make(a)
    by = logistic(a, head, q)
    assert (by and (by.slope, by.offset)) == found
    assert by is None or logistic(a, head, q - 1) is by
