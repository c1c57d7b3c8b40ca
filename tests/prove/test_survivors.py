"""What changes of the code were not noticed by any test before: one test for each that matters (docs/reliability.md)."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.prove.exactnumber import Unrepresentable, logarithm, quotient
from derivations.prove.indexform import Ix
from derivations.prove.matching import _bind

GIVEN = [
    r"\ell : \mathbb{R}^{n} \to \mathbb{R}", r"f : \mathbb{R}^{n} \to \mathbb{R}^{n}",
    r"g : \mathbb{R}^{n \times m} \to \mathbb{R}", r"x \in \mathbb{R}^{n}", r"X \in \mathbb{R}^{n \times m}",
]  # fmt: skip


def twice(of: str, *by: str) -> str:
    return rf"\frac{{\partial^{len(by)} {of}}}{{" + " ".join(rf"\partial {one}" for one in by) + "}"


@pytest.mark.parametrize(
    ("left", "right", "word"),
    [
        (twice(r"\ell(x)", "x_i", "x_j"), twice(r"\ell(x)", "x_j", "x_i"), "proved"),
        (twice(r"\ell(x)", "x_i", "x_j"), twice(r"\ell(x)", "x_i", "x_i"), "refuted"),
        (twice("f(x)_i", "x_j"), twice("f(x)_j", "x_i"), "refuted"),
        (twice("f(x)_i", "x_j"), twice("f(x)_i", "x_j"), "proved"),
        (twice("f(x)_k", "x_i", "x_j"), twice("f(x)_k", "x_j", "x_i"), "proved"),
        (twice("f(x)_k", "x_i", "x_j"), twice("f(x)_i", "x_k", "x_j"), "refuted"),
        (twice("g(X)", "X_{ij}", "X_{kl}"), twice("g(X)", "X_{kl}", "X_{ij}"), "proved"),
        (twice("g(X)", "X_{ij}", "X_{kl}"), twice("g(X)", "X_{il}", "X_{kj}"), "refuted"),
    ],
)
def test_derivatives_of_unspecified_functions_commute_and_nothing_else_does(left: str, right: str, word: str) -> None:
    """boxes.loss: which blocks of indices may be exchanged."""
    (claim,) = verify(text=f"$${left} = {right}$$", given=GIVEN, repairs=False).claims
    assert claim.word == word


DUMMY: Ix = (3, "n")
OTHER: Ix = (4, "n")
FREE: Ix = (":i", "n")
ANY: Ix = ("$0", "n")


@pytest.mark.parametrize(
    ("slots", "values", "found"),
    [
        ((DUMMY,), (OTHER,), {DUMMY: OTHER}),
        ((DUMMY,), (FREE,), None),  # a dummy of the pattern stands for a dummy of the host
        ((DUMMY, DUMMY), (OTHER, OTHER), {DUMMY: OTHER}),
        ((DUMMY, DUMMY), (OTHER, (5, "n")), None),
        ((DUMMY,), ((4, "m"),), None),
        ((ANY,), (FREE,), {ANY: FREE}),
        ((ANY,), (OTHER,), {ANY: OTHER}),
        ((ANY, ANY), (FREE, OTHER), None),
        ((ANY,), ((":i", "m"),), None),
        ((FREE,), (FREE,), {}),
        ((FREE,), (OTHER,), None),
    ],
)
def test_what_an_index_of_a_pattern_may_stand_for(slots: tuple[Ix, ...], values: tuple[Ix, ...],
                                                  found: dict[Ix, Ix] | None) -> None:
    """matching._bind: each part of its conditions."""
    assert _bind(slots, values, {}) == found


def test_nothing_is_divided_by_what_may_be_zero() -> None:
    """exactnumber.quotient: log((1 + log 2)²) − 2 log(1 + log 2) is 0, and does not look like it."""
    one_and = logarithm(2) + 1
    hidden_zero = logarithm(one_and * one_and) - 2 * logarithm(one_and)
    with pytest.raises(Unrepresentable):
        quotient(1, hidden_zero)
    assert quotient(1, one_and) * one_and == 1
