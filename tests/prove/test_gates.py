"""Gates beside what they stand for, at random points with the argument of every gate evaluated; one symbol for one question."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any

import mpmath
import pytest

from derivations.prove.gates import Gates
from derivations.prove.scalars import Undefined
from derivations.prove.zero import Algebra, Budget
from tests.prove.scalars import numeric

import sympy  # isort: skip
from sympy import Rational, Symbol, exp, log, sqrt

x, y, z, h, k, g1, g2, p = (Symbol(f"v{n}") for n in range(8))  # type: ignore[no-untyped-call]
PLAIN, SWITCHES, GROUP = (x, y, z), (h, k), (g1, g2)


@dataclass
class Small:
    """A world with three quantities, two switches, one group of two, and p > 0."""

    algebra: Algebra = field(default_factory=lambda: Algebra(switches={*SWITCHES, *GROUP}, groups=dict.fromkeys(GROUP, GROUP)))
    made: list[Symbol] = field(default_factory=list)
    rows: dict[tuple[Symbol, ...], tuple[tuple[int, ...], ...]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.algebra.positive.add(p)

    def fresh(self) -> Symbol:
        self.made.append(Symbol(f"made{len(self.made)}"))  # type: ignore[no-untyped-call]
        return self.made[-1]

    def switch(self, symbols: tuple[Symbol, ...], rows: tuple[tuple[int, ...], ...]) -> None:
        self.algebra.switches.update(symbols)
        self.rows[symbols] = rows


def new() -> Gates:
    return Gates(Small())


def points() -> Iterator[dict[Symbol, Any]]:
    rng = Random(3)
    for a, b, first in product((0, 1), repeat=3):
        for _ in range(3):
            numbers = [rng.choice((-1, 1)) * mpmath.mpf(rng.randint(1, 200)) / 67 for _ in PLAIN]
            opened = {h: a, k: b, g1: first, g2: 1 - first}
            yield {**dict(zip(PLAIN, numbers, strict=True)), **opened, p: mpmath.mpf(rng.randint(1, 50)) / 11}


def number(e: Any, here: dict[Symbol, Any], gates: Gates) -> Any:
    """The value of an expression; a gate is 1 where its argument is positive."""

    def symbol(s: Symbol) -> Any:
        return here[s] if s in here else mpmath.mpf(number(gates.arguments[s], here, gates) > 0)

    return numeric(e, symbol)


def right(made: Any, wanted: Callable[[Any], Any], u: Any, gates: Gates) -> bool:
    """Whether what was made has the wanted value, which hangs on the value of u."""
    return all(abs(number(made, here, gates) - wanted(numeric(u, here.__getitem__))) < 1e-20 for here in points())


ARGUMENTS = [
    x, -x, 3 * x, -x / 2, x + y, -2 * x - 2 * y, x - y, y - x, x * y, -x * y, x**2 * y, x**3, -(x**3) * y * z**2, 1 / x, -y / x,
    1 + 1 / x, y - 1 / x, 1 / x - y / x**2, x / y + x**2, x * y - x * z, x**2 * y + x**2, h * x, -h * x, (1 - h) * x,
    h * x + (1 - h) * y, h * x - y, y - h * x, h * k * x, h * x + k * y, -h * x - k * y, h * x + k * y + z, -z - h * x - k * y,
    h * x - x, h * k * x - h * y, h - Rational(1, 2), Rational(1, 2) - h, h * exp(x) - h, x * exp(y), -x * exp(y), exp(x) - 2,
    2 - exp(x), exp(h * x) - 2, g1 * x + g2 * y, -g1 * x - g2 * y, g1 * x, x / (1 + x**2), x / (1 + y), -1 / (x + y), p * x,
    -p * x, x - p, sqrt(1 + x**2) * y - 1, x * log(2) - y, -x * sqrt(1 + x**2), x * sqrt(1 + x**2) + 2 * x,
    -exp(h * y) * x, h * (x - y) + 1 - h, 2 * h - 1, h * x * log(2) - y, y - h * x * log(2), (1 - h) * y * log(2) + h * x,
    h * y * log(2) - (1 - h) * x,
]  # fmt: skip


@pytest.mark.parametrize("u", ARGUMENTS, ids=str)
def test_gates_are_what_they_stand_for(u: Any) -> None:
    gates = new()
    assert right(gates.step(u), lambda value: value > 0, u, gates)
    assert right(gates.side(u) * u, lambda value: max(value, 0), u, gates)
    assert right(gates.absolute(u), abs, u, gates)
    assert right(gates.sign(u), mpmath.sign, u, gates)
    assert right(gates.forwards(u), lambda value: -value if gates.backwards(u) else value, u, gates)
    assert gates.backwards(u) is not gates.backwards(-u)
    assert gates.forwards(u).expand() == gates.forwards(-u).expand()
    assert all(rows == ((0,), (1,)) for rows in gates.world.rows.values())  # type: ignore[attr-defined]
    assert set(gates.arguments) == set(gates.world.made)  # type: ignore[attr-defined]


@pytest.mark.parametrize("u", [x, x + y, x - y + 1, x * y, exp(x) - 2, x / (1 + y), h * x + y, g1 * x + y], ids=str)
def test_one_symbol_serves_an_argument_and_its_multiples(u: Any) -> None:
    gates = new()
    u = gates.forwards(u)
    open_ = gates.step(u)
    made = len(gates.arguments)
    assert gates.step(3 * u) == gates.step(u / 2) == gates.side(5 * u) == open_
    assert not gates.kinks
    assert (gates.side(-u) + open_).expand() == 1
    assert not gates.kinks
    assert len(gates.arguments) == made
    assert (gates.step(-2 * u) + open_).expand() == 1
    assert gates.kinks
    assert len(gates.arguments) == made


@pytest.mark.parametrize("u", [h * x + k * y, h * x + k * y + h * z, exp(h * x) * y + exp(k * x), g1 * x + g2 * y], ids=str)
def test_where_u_may_vanish_on_a_whole_region_the_gates_of_both_signs_are_two(u: Any) -> None:
    """h·x + k·y is 0 wherever both switches are; what stands beside no switch is rarely 0."""
    gates = new()
    both = gates.step(u), gates.step(-u)
    assert len(gates.arguments) == 2
    assert (both[0] + both[1]).expand() != 1
    assert not gates.kinks
    assert gates.step(-3 * u) == both[1]
    assert (gates.side(u) + gates.side(-u)).expand() == 1  # where it multiplies u, its value at 0 does not matter
    assert len(gates.arguments) == 2


@pytest.mark.parametrize(
    ("u", "wanted", "kinks"),
    [
        (p, 1, True), (-p, 0, False), (p + exp(x), 1, True), (x**2, 1, True), (-(x**2), 0, False), (sympy.Integer(3), 1, True),
        (sympy.Integer(-3), 0, False), (exp(x), 1, True), (-exp(x) - 1, 0, False), (1 / (1 + exp(x)), 1, True),
    ],
)  # fmt: skip
def test_what_has_a_sign_needs_no_gate(u: Any, wanted: int, kinks: bool) -> None:
    """p ≥ 0 may be 0, where its step is: told, but where it multiplies p itself."""
    gates = new()
    assert gates.side(u) == wanted
    assert not gates.kinks
    assert gates.step(u) == wanted
    assert gates.kinks is kinks
    assert not gates.arguments


def test_what_is_assumed_positive_is() -> None:
    gates = new()
    gates.assume_positive(gates.world.algebra.expand(x - y))
    gates.assume_positive(gates.world.algebra.expand(-x * z))
    assert [gates.step(u) for u in (x - y, 2 * x - 2 * y, y - x, x / 3 - y / 3, x * z, -5 * x * z)] == [1, 1, 0, 1, 0, 1]
    assert gates.absolute(y - x).expand() == x - y
    assert gates.sign(y - x) == -1
    assert not gates.kinks
    assert not gates.arguments
    assert gates.step(x + y) in gates.arguments


def test_gates_of_a_switch_are_that_switch() -> None:
    gates = new()
    assert [gates.step(u) for u in (h, 2 * h, -h, 1 - h, h * k, h * p)] == [h, h, 0, 1 - h, h * k, h]
    opened = gates.step(h * x)
    assert opened == h * gates.step(x)
    assert len(gates.arguments) == 1
    assert gates.step(h * x + (1 - h) * y).expand() == (h * gates.step(x) + (1 - h) * gates.step(y)).expand()


def test_the_gate_of_a_gate_times_itself_is_read_by_its_cases() -> None:
    """1[h·x > 0] with h = 1[x > 0] is h: no power of a switch is left."""
    gates = new()
    opened = gates.step(x)
    assert gates.step(opened * x) == opened
    assert gates.step(opened * x - (1 - opened) * x) == 1


def test_zero_has_no_gate() -> None:
    gates = new()
    assert (gates.step(sympy.Integer(0)), gates.side(sympy.Integer(0))) == (0, 0)
    for u in (x - x * (y / y) + (x + y) ** 2 - x**2 - 2 * x * y - y**2, h**2 - h):
        with pytest.raises(Undefined, match="zero identically"):
            gates.step(u)


def test_arguments_that_may_have_become_equal_get_new_gates() -> None:
    gates = new()
    first = gates.step(x)
    gates.forget_symbols()
    second = gates.step(x)
    assert first != second
    assert gates.arguments == {first: x, second: x}


def test_beyond_the_budget_arguments_are_told_apart_as_they_are_written() -> None:
    """(1 + x + y)^40 has more terms than are expanded: a gate for just this, a sign for the whole, no mirror image."""
    world = Small()
    world.algebra.budget = Budget(50, 50)
    gates = Gates(world)
    u = (1 + x + y) ** 40 * x
    opened = gates.step(u)
    assert gates.step(u) == opened
    assert gates.step(2 * u) != opened
    assert gates.arguments[opened] == u
    assert not gates.backwards(u)
    assert gates.forwards(-u) == -u
    assert gates.absolute(u) == u * (2 * opened - 1)
    assert gates.sign(u) == opened - gates.step(-u)


@pytest.mark.parametrize(
    ("u", "factors"),
    [(x * y, (x, y)), (x * y - x * z, (x, y - z)), (x**2 * y, (y,)), (x**3 * (y + 1), (x, y + 1)), (-y / x, (x, y)),
     (y + y / x, (x, y, x + 1))],
    ids=str,
)  # fmt: skip
def test_the_modulus_of_a_product_is_that_of_its_factors(u: Any, factors: tuple[Any, ...]) -> None:
    """So that |xy| = |x||y| is seen without cases."""
    gates = new()
    apart = sympy.Mul(*(gates.absolute(f) / f for f in factors))
    made = len(gates.arguments)
    together = gates.absolute(u) / u
    assert 0 in ((together - apart).expand(), (together + apart).expand())
    assert len(gates.arguments) == made == len(factors)
