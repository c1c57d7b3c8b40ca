"""Where a pattern lies in a term: only where its sum is a factor of the host's (THEORY 2, R11, R12, R14)."""

from __future__ import annotations

from fractions import Fraction

import pytest

from derivations.prove.indexform import Factor, Head, Ix
from derivations.prove.matching import Match, find

PLAIN = ((0, 1),)
A, B, S = Head("tensor", "A", 1, PLAIN), Head("tensor", "B", 2, PLAIN), Head("tensor", "S", 3, ((0, 1), (1, 0)))
x, y = Head("tensor", "x", 4, ((0,),)), Head("tensor", "y", 5, ((0,),))
i, j, k = (":i", "n"), (":j", "n"), (":k", "n")
one, two, three = (1, "n"), (2, "n"), (3, "n")  # dummies
P, Q = ("$0", "n"), ("$1", "n")  # placeholders
HALF = Fraction(1, 2)


def bound(match: Match | None) -> dict[Ix, Ix] | None:
    return None if match is None else dict(match.binding)


@pytest.mark.parametrize(
    ("pattern", "host", "binding", "rest"),
    [
        ([(x, (P,), 1)], [(x, (i,), 1)], {P: i}, ()),
        ([(x, (P,), 1)], [(y, (i,), 1)], None, ()),
        ([(x, (P,), 1)], [(y, (j,), 1), (x, (i,), 1), (y, (k,), 1)], {P: i}, ((y, (j,), 1), (y, (k,), 1))),
        ([(A, (P, Q), 1)], [(A, (i, j), 1)], {P: i, Q: j}, ()),
        ([(A, (P, P), 1)], [(A, (i, j), 1)], None, ()),
        ([(A, (P, P), 1)], [(A, (i, j), 1), (A, (k, k), 1)], {P: k}, ((A, (i, j), 1),)),
        ([(A, (P, Q), 1), (x, (Q,), 1)], [(x, (i,), 1), (A, (j, k), 1), (A, (j, i), 1)], {P: j, Q: i}, ((A, (j, k), 1),)),
        ([(S, (P, Q), 1), (x, (P,), 1)], [(S, (i, j), 1), (x, (j,), 1)], {P: j, Q: i}, ()),  # either order of a symmetric one
        ([(A, (P, Q), 1), (x, (P,), 1)], [(A, (i, j), 1), (x, (j,), 1)], None, ()),
        ([(x, (i,), 1)], [(x, (i,), 1)], {}, ()),
        ([(x, (i,), 1)], [(x, (j,), 1)], None, ()),
        # powers: a part of them, of the same sign
        ([(x, (P,), 1)], [(x, (i,), 3)], {P: i}, ((x, (i,), 2),)),
        ([(x, (P,), 2)], [(x, (i,), 2)], {P: i}, ()),
        ([(x, (P,), 2)], [(x, (i,), 1)], None, ()),
        ([(x, (P,), 1)], [(x, (i,), -1)], None, ()),
        ([(x, (P,), -1)], [(x, (i,), -3)], {P: i}, ((x, (i,), -2),)),
        ([(x, (P,), -1)], [(x, (i,), 1)], None, ()),
        ([(x, (P,), -2)], [(x, (i,), -1)], None, ()),
        ([(x, (P,), HALF)], [(x, (i,), Fraction(3, 2))], {P: i}, ((x, (i,), 1),)),
        ([(x, (P,), 1), (x, (Q,), 1)], [(x, (i,), 2)], {P: i, Q: i}, ()),
        # sums: a dummy of the pattern is a dummy of the host that occurs nowhere else
        ([(A, (P, one), 1), (x, (one,), 1)], [(A, (i, two), 1), (x, (two,), 1)], {P: i, one: two}, ()),
        ([(A, (P, one), 1), (x, (one,), 1)], [(A, (i, j), 1), (x, (j,), 1)], None, ()),
        ([(A, (P, one), 1), (x, (one,), 1)], [(A, (i, two), 1), (x, (three,), 1)], None, ()),
        ([(A, (P, one), 1), (x, (one,), 1)], [(A, (i, two), 1), (x, (two,), 1), (y, (two,), 1)], None, ()),
        ([(A, (P, one), 1), (x, (one,), 1)], [(A, (i, two), 1), (x, (two,), 1), (y, (three,), 1)], {P: i, one: two},
         ((y, (three,), 1),)),
        ([(x, (one,), 1)], [(x, (two,), 2)], None, ()),  # Σ x² has no factor Σ x
        ([(x, (one,), 2)], [(x, (two,), 2)], {one: two}, ()),
        ([(A, (P, one), 1)], [(A, (two, two), 1)], None, ()),  # Σ_j A_jj is no Σ_j A_ij
        ([(A, (one, two), 1)], [(A, (three, three), 1)], None, ()),
        ([(A, (one, two), 1)], [(A, (three, (4, "n")), 1)], {one: three, two: (4, "n")}, ()),
        ([(A, (one, one), 1)], [(A, (two, two), 1)], {one: two}, ()),
    ],
)  # fmt: skip
def test_patterns(pattern: list[Factor], host: list[Factor], binding: dict[Ix, Ix] | None, rest: tuple[Factor, ...]) -> None:
    host = [(head, tuple((name, type_) for name, type_ in slots), q) for head, slots, q in host]  # other objects, equal indices
    match = find(pattern, host, {})
    assert bound(match) == binding
    assert match is None or sorted(map(str, match.rest)) == sorted(map(str, rest))


def test_a_tensor_with_its_axes_split_is_another_array() -> None:
    """One head may stand with other numbers of slots: these do not match."""
    assert find([(x, (P,), 1)], [(x, (i, j), 1)], {}) is None
    assert find([(x, (P, Q), 1)], [(x, (i,), 1)], {}) is None
    assert bound(find([(x, (P,), 1)], [(x, (i, j), 1), (x, (k,), 1)], {})) == {P: k}


def test_a_dimension_is_known_by_its_name() -> None:
    """Whichever string holds it; an index of another dimension is another index."""
    name = "".join(("2·m", "·n"))
    for index, value in ((("$0", "2·m·n"), (":i", name)), ((7, "2·m·n"), (8, name)), ((":i", "2·m·n"), (":i", name))):
        assert find([(x, (index,), 1)], [(x, (value,), 1)], {}) is not None
        assert find([(x, (index,), 1)], [(x, ((value[0], "2·m·k"),), 1)], {}) is None


def test_a_place_is_looked_for_everywhere() -> None:
    """A first try that fails further on, or because of a sum, is taken back."""
    host = [(A, (i, one), 1), (A, (j, two), 1), (x, (two,), 1), (y, (one,), 1)]
    match = find([(A, (P, three), 1), (x, (three,), 1)], host, {})
    assert bound(match) == {P: j, three: two}
    assert match is not None
    assert match.rest == ((A, (i, one), 1), (y, (one,), 1))
    assert bound(find([(A, (P, three), 1)], [(A, (i, one), 1), (x, (one,), 1), (A, (j, two), 1)], {})) == {P: j, three: two}
    assert bound(find([(S, (P, Q), 1), (x, (P,), 1), (y, (Q,), 1)], [(y, (i,), 1), (x, (j,), 1), (S, (i, j), 1)], {})) == {
        P: j, Q: i,
    }  # fmt: skip


def test_given_bindings_are_kept() -> None:
    host = [(A, (i, j), 1), (A, (k, j), 1)]
    assert bound(find([(A, (P, Q), 1)], host, {P: k})) == {P: k, Q: j}
    assert find([(A, (P, Q), 1)], host, {P: j}) is None
    assert bound(find([(x, (Q,), 1)], [(x, (one,), 1), (y, (one,), 1)], {P: one})) == {P: one, Q: one}
    given = {P: k}
    find([(A, (P, Q), 1)], host, given)
    assert given == {P: k}


def test_the_dummy_that_an_inverse_sums_occurs_in_the_pattern_alone() -> None:
    """inv_{k1} A_{1j}: dummy 1 is given, summed by the pattern too, and may not occur elsewhere."""
    pattern = [(A, (P, Q), 1)]
    assert bound(find(pattern, [(A, (one, j), 1)], {P: one}, alone=one)) == {P: one, Q: j}
    assert find(pattern, [(A, (one, j), 1), (x, (one,), 1)], {P: one}, alone=one) is None
    assert find(pattern, [(A, (one, one), 1)], {P: one}, alone=one) is None
    assert bound(find(pattern, [(A, (one, two), 1), (x, (two,), 1)], {P: one}, alone=one)) == {P: one, Q: two}
    word = [(A, (P, three), 1), (B, (three, Q), 1)]
    assert bound(find(word, [(A, (one, two), 1), (B, (two, j), 1)], {P: one}, alone=one)) == {P: one, three: two, Q: j}
    assert find(word, [(A, (one, one), 1), (B, (one, j), 1)], {P: one}, alone=one) is None
