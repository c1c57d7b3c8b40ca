"""Open dimensions and their unification."""

from __future__ import annotations

from derivations.expr import Dim, Identity, MatMul, Sym
from derivations.interpret.dimensions import Dimensions, is_open, open_dimensions

N, M = Dim(1, ("n",)), Dim(1, ("m",))


def test_an_open_dimension_takes_the_size_it_meets() -> None:
    dimensions = Dimensions()
    one = dimensions.fresh()
    assert is_open(one)
    assert dimensions.unify(one, N)
    assert dimensions.resolve(one) == N


def test_known_sizes_do_not_become_equal() -> None:
    dimensions = Dimensions()
    assert not dimensions.unify(N, M)
    assert not dimensions.unify(Dim(2), Dim(3))


def test_what_is_fixed_once_stays_fixed() -> None:
    dimensions = Dimensions()
    one = dimensions.fresh()
    assert dimensions.unify(one, N)
    assert not dimensions.unify(one, M)


def test_open_dimensions_can_be_tied_to_each_other() -> None:
    dimensions = Dimensions()
    one, other = dimensions.fresh(), dimensions.fresh()
    assert dimensions.unify(one, other)
    assert dimensions.unify(other, M)
    assert dimensions.resolve(one) == M


def test_a_dimension_is_no_part_of_itself() -> None:
    """The occurs check: n = 2·n has no solution among sizes."""
    dimensions = Dimensions()
    one = dimensions.fresh()
    assert not dimensions.unify(one, one * Dim(2))


def test_shapes_are_unified_wholly_or_not_at_all() -> None:
    dimensions = Dimensions()
    one = dimensions.fresh()
    assert not dimensions.unify_shapes((one, N), (M, M))
    assert is_open(dimensions.resolve(one))


def test_settling_replaces_every_open_dimension() -> None:
    dimensions = Dimensions()
    one = dimensions.fresh()
    product = MatMul(Identity(one), Sym("x", (N,)))
    dimensions.unify(one, N)
    settled = dimensions.settle(product)
    assert settled == MatMul(Identity(N), Sym("x", (N,)))
    assert open_dimensions(product)
    assert not open_dimensions(settled)


def test_a_copy_goes_its_own_way() -> None:
    dimensions = Dimensions()
    one = dimensions.fresh()
    other = dimensions.copy()
    other.unify(one, N)
    assert is_open(dimensions.resolve(one))
