"""Index form: numbers kept exact, indices in order, terms added, sizes multiplied."""

from __future__ import annotations

import random
from fractions import Fraction
from itertools import permutations, product

import pytest

from derivations.prove.indexform import (
    ONE_FORM,
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    Monomial,
    NotProvable,
    Number,
    Slots,
    add,
    add_into,
    add_term,
    as_number,
    constant,
    degree_of,
    dummies,
    exact,
    factor_key,
    is_dummy,
    is_place,
    least,
    leaves,
    map_slots,
    power_constants,
    rank,
    scale,
    times_constants,
    variables,
)
from tests.prove.forms import A, S, i, j, one, tensor, two, x, y

HALF = Fraction(1, 2)
CYCLE = Head("tensor", "T", 30, ((0, 1, 2), (1, 2, 0), (2, 0, 1)))
PLACE, LATE, COLUMN = ("=2", "n"), ("=10", "n"), ("$c", "n")
X: Monomial = ((), ((x, (i,), 1),))
YN: Monomial = ((("n", 1),), ((y, (one,), 2),))
NUMBER: Monomial = ((), ())


@pytest.mark.parametrize("value", [0, 1, -3, Fraction(4, 2), Fraction(-6, 3), HALF, Fraction(-7, 4)])
def test_whole_numbers_are_int(value: Number) -> None:
    assert exact(value) == value
    assert (type(exact(value)) is int) == (value == int(value))


def test_a_reason_is_a_limit_only_where_it_says_so() -> None:
    assert (NotProvable("why").reason, NotProvable("why").limit, str(NotProvable("why"))) == ("why", False, "why")
    assert NotProvable("why", limit=True).limit


def test_a_head_is_nothing_but_itself() -> None:
    """Heads are compared by identity, never change, and print kind, name and number."""
    one_head, other = Head("tensor", "A", 1, ((0,),)), Head("tensor", "A", 1, ((0,),))
    assert one_head != other
    assert len({one_head, other}) == 2
    assert repr(one_head) == "tensor:A#1"
    assert (one_head.body, one_head.fixed, one_head.order, one_head.placeholders) == (None, 0, 0, ())
    with pytest.raises(AttributeError):
        one_head.name = "B"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("index", "dummy", "place"),
    [(one, True, False), ((0, "n"), True, False), (i, False, False), (PLACE, False, True), (COLUMN, False, False)],
)
def test_kinds_of_indices(index: Ix, dummy: bool, place: bool) -> None:
    assert (is_dummy(index), is_place(index)) == (dummy, place)


def test_indices_have_one_order() -> None:
    """Dummies by number, fixed places by number, variables by name; whatever their dimension."""
    wanted: list[Ix] = [
        (0, "n"), (2, "m"), (2, "n"), (10, "a"), ("=1", "m"), ("=1", "n"), PLACE, LATE, COLUMN, (":i", "n"), (":j", "m"),
        ("~1", "n"),
    ]  # fmt: skip
    assert sorted(random.Random(1).sample(wanted, len(wanted)), key=rank) == wanted
    assert len({rank(index) for index in wanted}) == len(wanted)


@pytest.mark.parametrize("slots", list(product([one, i, PLACE], repeat=3)))
def test_the_least_order_of_slots_is_among_those_that_symmetry_allows(slots: Slots) -> None:
    """All that are equal by symmetry have one spelling, the least; without symmetry nothing moves."""
    turned = {slots, (slots[1], slots[2], slots[0]), (slots[2], slots[0], slots[1])}
    assert len({least(CYCLE, t) for t in turned}) == 1
    assert least(CYCLE, slots) in turned
    assert all([rank(q) for q in least(CYCLE, slots)] <= [rank(q) for q in t] for t in turned)
    assert least(tensor("P", 31, 3), slots) == slots


def test_factors_have_one_order() -> None:
    """By the number of the head, then the exponent, then the slots; equal only where all are."""
    factors: list[Factor] = [(h, (s,), q) for h in (x, y) for q in (-1, HALF, 2) for s in (one, PLACE, i)]
    for some in list(permutations(factors[3:7])):
        assert sorted(some, key=factor_key) == factors[3:7]
    assert sorted(random.Random(2).sample(factors, len(factors)), key=factor_key) == factors


@pytest.mark.parametrize(
    ("exponents", "degree"),
    [((), 0), ((1,), 1), ((2, 3), 5), ((-2,), 2), ((1, -1), 2), ((HALF, HALF), 1), ((-HALF, 2), Fraction(5, 2))],
)
def test_degrees_count_denominators_too(exponents: tuple[Number, ...], degree: Number) -> None:
    found = degree_of((x, (i,), q) for q in exponents)
    assert (found, type(found)) == (degree, type(degree))


def test_indices_and_leaves_of_a_form() -> None:
    """Dummies are summed, places are fixed: the others are free. Leaves are found at any depth."""
    factors: tuple[Factor, ...] = ((A, (one, i), 1), (A, (PLACE, two), 2), (x, (COLUMN,), -1))
    assert dummies(factors) == {one, two}
    assert variables({((), factors): 3, X: 1, NUMBER: 1}) == {i, COLUMN}
    assert variables(ONE_FORM) == set()
    inner = Head("function", "φ", 32, ((0,),), leaves=frozenset((A, x)))
    assert leaves({((), ((inner, (i,), 1),)): 1, ((), ((y, (i,), 1), (S, (i, j), 1))): 1}) == {A, x, y, S}
    assert leaves(ONE_FORM) == frozenset()


def test_renaming_is_done_all_at_once() -> None:
    assert list(map_slots([(A, (i, j), 2), (x, (one,), 1)], {i: j, j: i})) == [(A, (j, i), 2), (x, (one,), 1)]
    assert list(map_slots([(A, (i, j), 2)], {i: j})) == [(A, (j, j), 2)]


@pytest.mark.parametrize(
    ("left", "right", "both"),
    [
        ((), (), ()),
        ((("n", 1),), (), (("n", 1),)),
        ((), (("n", 1),), (("n", 1),)),
        ((("n", 1),), (("n", 2),), (("n", 3),)),
        ((("n", 1),), (("n", -1),), ()),
        ((("n", 1),), (("m", 2),), (("m", 2), ("n", 1))),
        ((("m", HALF), ("n", 1)), (("k", 1), ("m", HALF)), (("k", 1), ("m", 1), ("n", 1))),
        ((("m", 1), ("n", 1)), (("m", -1), ("n", -2)), (("n", -1),)),
    ],
)
def test_products_of_sizes(left: Constants, right: Constants, both: Constants) -> None:
    """In the order of their names; what cancels is gone, whole exponents are whole."""
    for found in (times_constants(left, right), times_constants(right, left)):
        assert found == both
        assert [type(q) for _, q in found] == [type(q) for _, q in both]


@pytest.mark.parametrize("q", [1, -1, 2, HALF, Fraction(-3, 2)])
def test_powers_of_sizes(q: Number) -> None:
    found = power_constants((("m", 2), ("n", HALF)), q)
    assert found == (("m", 2 * q), ("n", q / 2 if isinstance(q, Fraction) else Fraction(q, 2)))
    assert all(type(power) is int or power.denominator > 1 for _, power in found)
    assert power_constants((), q) == ()


def test_terms_add_up_and_vanish() -> None:
    out: dict[Monomial, Number] = {}
    add_term(out, X, HALF)
    add_term(out, X, HALF)
    assert out == {X: 1}
    assert type(out[X]) is int
    add_term(out, YN, 0)
    assert out == {X: 1}
    add_term(out, X, -1)
    assert out == {}
    add_into(out, {X: 2, YN: HALF}, 3)
    assert out == {X: 6, YN: Fraction(3, 2)}
    add_into(out, {X: 6}, -1)
    add_into(out, {YN: 1})
    assert out == {YN: Fraction(5, 2)}


def test_sums_and_multiples() -> None:
    left: Form = {X: 2, NUMBER: HALF}
    right: Form = {X: -2, YN: 1}
    assert add() == {}
    assert add(left) == left
    assert add(left, right, right) == {X: -2, NUMBER: HALF, YN: 2}
    assert add(left, right) == {NUMBER: HALF, YN: 1}
    assert left == {X: 2, NUMBER: HALF}
    assert scale(left, 2) == {X: 4, NUMBER: 1}
    assert type(scale(left, 2)[NUMBER]) is int
    assert scale(left, 0) == {}
    assert scale(left, -1) == {X: -2, NUMBER: -HALF}


@pytest.mark.parametrize("value", [0, 1, -2, HALF])
def test_numbers_are_forms(value: Number) -> None:
    assert as_number(constant(value)) == value
    assert (constant(value) == {}) == (value == 0)
    assert add(constant(value), constant(-value)) == {}
    assert as_number(add(constant(value), {X: 1})) is None
    assert as_number({X: value or 1}) is None
    assert as_number({((("n", 1),), ()): 1}) is None
    assert constant(1) == ONE_FORM
    assert type(constant(Fraction(4, 2))[NUMBER]) is int
