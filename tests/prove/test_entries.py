"""Entries as expressions: what their symbols stand for, the numbers they have, what is assumed of them, and the limits."""

from __future__ import annotations

from fractions import Fraction
from itertools import permutations, product
from typing import Any

import mpmath
import pytest
import sympy

from derivations.claims import Assumption, Context, Equation, FreeFunction, Labels, SignAssumption, Statement, Variable
from derivations.expr import (
    Apply,
    Build,
    Delta,
    Derivative,
    Dim,
    Expr,
    Kronecker,
    LabelOf,
    Let,
    Norm,
    Pi,
    Position,
    Power,
    Product,
    Softmax,
    free_indices,
    number,
)
from derivations.prove.entries import Entrywise, PointError, Scope
from derivations.prove.points import values_at
from derivations.prove.relevant import index_key
from derivations.prove.scalars import Undefined
from derivations.prove.zero import Limit
from derivations.verdicts import Exact, Point, Polynomial
from tests.prove.identities import (
    at,
    context,
    det,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    mm,
    neg,
    ones,
    over,
    plus,
    root,
    square,
    sym,
    t,
    tangent,
    times,
    total,
)
from tests.prove.plain import World
from tests.prove.scalars import numeric
from tests.prove.test_evaluation import CONTEXT, EXPRESSIONS, LABEL, SIZES, A, X, plain_values, r, random_point, s, x, y

n, m = dims("n m")
i, j, a = index("i", n), index("j", n), index("a", m)
one, two = number(1), number(2)

# ------------------------------------------------------------------- values

OTHER, SINGLE = LabelOf("c", j, m), LabelOf("e", None, n)
MORE: list[Expr] = [
    f("sin", s), f("cos", x), f("sin", x, 1), f("cos", s, 1), f("cos", times(s, r), 2), grad(f("sin", mm(t(x), y)), x),
    times(f("sin", s), f("cos", neg(s))), f("sin", times(number(0), s)), f("cos", times(number(0), s)), f("abs", x, 1),
    f("sign", times(s, r)), f("abs", times(s, square(r))), f("sigmoid", neg(x)), f("tanh", neg(x)), f("tanh", x, 2),
    f("sigmoid", neg(x), 1), Power(square(s), number(Fraction(3, 2))), root(times(square(s), square(r))),
    root(times(number(4), square(s))), Power(square(s), number(Fraction(-1, 2))), root(plus(square(s), one)),
    Power(plus(square(s), one), number(Fraction(-3, 2))), Power(f("exp", s), r), grad(root(plus(mm(t(x), x), one)), x),
    Power(plus(one, square(s)), neg(r)), over(one, plus(s, r)), Power(x, number(-2)), f("log", plus(one, mm(t(x), x))),
    grad(f("log", plus(one, mm(t(x), x))), x), grad(grad(f("exp", over(mm(t(x), x), number(100))), x), x),
    # labels of one row and of all: what runs through all rows means the same whatever the one is
    times(at(X, j, OTHER), total(i, at(X, i, LABEL))), total(i, times(at(X, i, LABEL), at(X, j, OTHER))),
    plus(at(X, j, OTHER), total(i, Delta(LABEL, OTHER))), Product(i, plus(at(X, i, LABEL), at(X, j, OTHER))),
    times(at(x, SINGLE), at(y, SINGLE)), square(at(x, SINGLE)), Delta(i, SINGLE),
    f("exp", over(at(X, i, LABEL), number(9))), total(i, total(j, times(Delta(LABEL, OTHER), at(A, i, j)))),
    grad(total(i, square(at(X, i, LABEL))), X), Derivative(total(i, square(at(X, i, LABEL))), X, (j, OTHER)),
    grad(times(at(x, SINGLE), at(X, i, LABEL)), x), Build((i, j), Delta(LABEL, OTHER)), at(mm(t(X), A), LABEL, i),
    Softmax(x, 1), times(at(Softmax(X, 1), i, LABEL), at(Softmax(X, 0), j, OTHER)),
]  # fmt: skip


class Numbers:
    """What the symbols of a world are at a point; each only by what is said of it."""

    def __init__(self, world: Entrywise, point: World) -> None:
        self.world, self.point = world, point
        self.known: dict[Any, Any] = {}

    def leaves(self) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for (kind, name), symbols in self.world.leaves.items():
            if kind == "number":
                values = [+mpmath.pi]
            elif kind.startswith("label"):
                row = int(kind.removeprefix("label "))
                values = [mpmath.mpf(self.point.labels[name][(row,) if row else ()] == c) for c in range(1, len(symbols) + 1)]
            else:
                array = self.point.arrays[name if kind == "X" else f"d{name}"]
                values = [array[place] for place in sorted(array)]
            found.update(zip(symbols, values, strict=True))
        return found

    def symbol(self, symbol: Any) -> Any:
        if symbol not in self.known:
            self.known[symbol] = self.meaning(symbol)
        return self.known[symbol]

    def meaning(self, symbol: Any) -> Any:
        world = self.world
        if symbol in world.chain:
            return self.value(world.chain[symbol])
        if symbol in world.gates.arguments:
            return mpmath.mpf(self.value(world.gates.arguments[symbol]) > 0)
        if symbol in world.angles:
            name, angle = world.angles[symbol]
            return {"sin": mpmath.sin, "cos": mpmath.cos}[name](self.value(angle))
        return self.leaves()[symbol]

    def value(self, e: Any) -> Any:
        return numeric(e, self.symbol)


def places(e: Expr) -> list[tuple[Scope, tuple[int, ...]]]:
    free = sorted(free_indices(e), key=index_key)
    chosen = product(*(range(1, SIZES[one_.dim.names[0]] + 1 if one_.dim.names else one_.dim.coefficient + 1) for one_ in free))
    return [(Scope().at(free, values), values) for values in chosen]


WORLD = Entrywise(CONTEXT, SIZES)
HERE = Numbers(WORLD, random_point(1)[1])


@pytest.mark.parametrize("which", range(len(EXPRESSIONS) + len(MORE)))
def test_entries_have_the_values_of_plain_numbers(which: int) -> None:
    e = [*EXPRESSIONS, *MORE][which]
    wanted = plain_values(e, HERE.point)
    for scope, values in places(e):
        found = [HERE.value(entry) for entry in WORLD.entries(e, scope)]
        close = [v for (free, _), v in sorted(wanted.items()) if free == values]
        assert len(found) == len(close)
        assert all(abs(one_ - two_) < 1e-12 * (1 + abs(two_)) for one_, two_ in zip(found, close, strict=True))


# -------------------------------------------------------- what is known of entries

p, q = sym("p"), sym("q")
S = sym("S", n, n)


def made(e: Expr, *variables: Variable, sizes: int = 2, assumptions: tuple[Assumption, ...] = ()) -> tuple[Entrywise, Any]:
    world = Entrywise(context(*variables), {"n": sizes, "m": 3}, assumptions)
    return world, world.entries(e, Scope())


def is_zero(world: Entrywise, e: Any) -> bool:
    return world.algebra.vanishes(e, sympy.S.Zero)


@pytest.mark.parametrize("domain", ["real", "positive", "nonnegative", "nonzero", "binary", "sign"])
@pytest.mark.parametrize("symmetric", [False, True])
def test_declared_domains(domain: Any, symmetric: bool) -> None:
    world, entries = made(S, Variable("S", (n, n), symmetric=symmetric, domain=domain))
    algebra = world.algebra
    assert len(set(entries)) == 4  # inputs of their own, whatever their values
    assert is_zero(world, entries[1] - entries[2]) is symmetric
    for e, other in permutations((entries[0], entries[1], entries[3]), 2):
        assert not is_zero(world, e - other)
    for e in entries:
        assert algebra.is_positive(algebra.expand(e)) is (domain in ("positive", "nonnegative"))
        assert is_zero(world, e**2 - e) is (domain == "binary")
        assert is_zero(world, e**2 - 1) is (domain == "sign")
        assert not is_zero(world, e - 1)
        assert not is_zero(world, e + 1)
        assert (algebra.values.get(e, e) in world.nonzero) is (domain == "nonzero")
    switches = {g for e in entries for m_ in algebra.expand(e) for g, _ in m_ if algebra.generators[g].body in algebra.switches}
    assert len(switches) == (0 if domain not in ("binary", "sign") else 3 if symmetric else 4)
    for g in switches:
        symbol = algebra.generators[g].body
        assert world.switch_groups[symbol] == ((symbol,), ((0,), (1,)))
        assert symbol not in algebra.groups


def test_tangents_share_symmetry_and_no_domain() -> None:
    for variable, shared in ((Variable("S", (n, n), domain="positive"), False), (Variable("S", (n, n), definite=True), True)):
        world, entries = made(tangent(S), variable)
        assert is_zero(world, entries[1] - entries[2]) is shared
        assert not any(world.algebra.is_positive(world.algebra.expand(e)) for e in entries)


def test_definite_matrices_have_a_positive_diagonal() -> None:
    world, entries = made(S, Variable("S", (n, n), definite=True), sizes=3)
    positive = [world.algebra.is_positive(world.algebra.expand(e)) for e in entries]
    assert positive == [k in (0, 4, 8) for k in range(9)]
    assert all(is_zero(world, entries[3 * k + l_] - entries[3 * l_ + k]) for k in range(3) for l_ in range(3))
    world, (e,) = made(s, Variable("s", (), definite=True))
    assert world.algebra.is_positive(world.algebra.expand(e))
    world, (e,) = made(s, Variable("s", (), symmetric=True))
    assert not world.algebra.is_positive(world.algebra.expand(e))


def test_pi_is_positive() -> None:
    world, (pi,) = made(Pi())
    assert world.algebra.is_positive(world.algebra.expand(pi))
    assert world.entries(times(two, Pi()), Scope()) == (2 * pi,)


def test_a_row_has_one_label() -> None:
    world = Entrywise(Context(), {})
    first, other = world.label("k", 1, 3), world.label("k", 2, 3)
    assert world.label("k", 1, 3) == first
    assert len({*first, *other, *world.label("l", 1, 3)}) == 9
    assert is_zero(world, sum(first) - 1)
    assert is_zero(world, first[0] * first[1])
    assert is_zero(world, first[0] * first[2])
    assert not is_zero(world, first[0] * other[1])
    assert not is_zero(world, first[0] + first[1] - 1)
    for symbol in first:
        assert is_zero(world, symbol**2 - symbol)
        assert world.switch_groups[symbol] == (first, ((1, 0, 0), (0, 1, 0), (0, 0, 1)))
        assert world.algebra.groups[symbol] == first


def test_at_a_point_nothing_is_known_but_which_are_switches() -> None:
    """There, numbers are put in; what is 0 or 1 closes what stands behind it."""
    world = Entrywise(context(Variable("S", (n, n), symmetric=True, domain="binary"), Variable("x", (n,), domain="positive")),
                      {"n": 2}, point=Point({"n": 2}))  # fmt: skip
    entries, others = world.entries(S, Scope()), world.entries(x, Scope())
    assert world.algebra.switches == set(entries)
    assert not world.algebra.positive
    assert not world.algebra.values
    assert world.open_labels([LabelOf("k", None, n)], Scope()) == {}
    assert not is_zero(world, others[0] - others[1])
    world.label("k", 1, 3)
    assert not world.algebra.values


@pytest.mark.parametrize(
    ("given", "term", "wanted"),
    [
        ({"k": (2, 3)}, LabelOf("k", Position(1, n), m), 2), ({"k": (2, 3)}, LabelOf("k", Position(2, n), m), 3),
        ({"k": (3,)}, LabelOf("k", None, m), 3), ({"k": (3, 1)}, LabelOf("k", None, m), 3),
        ({"k": (2,)}, LabelOf("k", Position(2, n), m), 0),
        ({"k": ()}, LabelOf("k", None, m), 0), ({}, LabelOf("k", None, m), 0), ({"l": (1,)}, LabelOf("k", Position(1, n), m), 0),
    ],
)  # fmt: skip
def test_labels_at_a_point_are_those_given(given: dict[str, tuple[int, ...]], term: LabelOf, wanted: int) -> None:
    """Row by row, and none where the point gives none."""
    world = Entrywise(Context(), {"n": 2, "m": 3}, point=Point({"n": 2, "m": 3}, labels=given))
    entry = at(sym("w", m), term)
    if wanted:
        assert world.entries(entry, Scope()) == (world.symbols(sym("w", m), Scope())[wanted - 1],)
    else:
        with pytest.raises(PointError, match="no label"):
            world.entries(entry, Scope())


# -------------------------------------------------------------- assumptions

ROWS = Equation(mm(X, ones(m)), ones(n))
EIGEN = Equation(mm(S, x), times(r, x))


@pytest.mark.parametrize(
    ("variables", "assumed", "unused"),
    [
        ((), (Equation(r, s),), 0), ((), (Equation(plus(r, times(two, s)), one),), 0), ((), (Equation(x, y),), 0),
        ((), (Equation(mm(t(x), x), one),), 0), ((), (Equation(times(r, s), number(0)),), 1),
        ((), (Equation(times(r, s), one),), 1),
        ((Variable("s", (), domain="nonzero"),), (Equation(times(r, s), one),), 0),
        ((Variable("s", (), domain="positive"),), (Equation(times(r, s), q),), 0),
        ((), (SignAssumption(s, "≠"), Equation(times(r, s), one)), 0),
        ((), (Equation(times(r, s), one), SignAssumption(s, ">")), 0),
        ((Variable("X", (n, m), domain="binary"),), (ROWS,), 0), ((), (ROWS,), 0), ((), (Equation(at(x, i), at(y, i)),), 0),
        ((), (Equation(at(X, i, a), times(at(x, i), at(sym("w", m), a))),), 0), ((), (Equation(A, t(A)),), 0),
        ((Variable("S", (n, n), symmetric=True),), (Equation(S, neg(t(S))),), 0),
        ((), (Equation(mm(A, X), X),), 6), ((), (Equation(f("log", s), r),), 1), ((), (Equation(f("log", s), f("log", r)),), 1),
        ((), (Equation(Power(s, number(3)), r), Equation(r, q)), 0), ((), (Equation(one, one),), 0),
        ((), (Equation(one, two),), 1),
        ((), (Equation(f("exp", s), times(q, f("exp", r))),), 0),
        ((), (Equation(Power(total(i, at(sym("z", n), i)), two), s),), 0),
    ],
)  # fmt: skip
def test_assumed_equations_hold_or_are_listed(variables: tuple[Variable, ...], assumed: Any, unused: int) -> None:
    """Solved for one entry each; what no entry carries is left to ``unused``."""
    world = Entrywise(context(*variables), {"n": 2, "m": 3}, assumed)
    assert len(world.unused) == unused
    for equation in assumed:
        if isinstance(equation, Equation) and not unused:
            for left, right_ in world.everywhere(equation.left, equation.right):
                assert all(world.algebra.vanishes(one_, two_) for one_, two_ in zip(left, right_, strict=True))


def values(world: Entrywise, *symbols: Any) -> list[bool]:
    """Which of the symbols have a value."""
    return [e in world.algebra.values for v in symbols for e in world.symbols(v, Scope())]


def test_the_newest_entry_of_any_sign_is_solved_for() -> None:
    """A value of an entry known to be positive would forget that it is."""
    free = Entrywise(Context(), {}, (Equation(plus(r, s), q),))
    assert values(free, r, s, q) == [False, False, True]
    positive = Entrywise(context(Variable("q", (), domain="positive")), {}, (Equation(plus(r, s), q),))
    assert values(positive, r, s, q) == [False, True, False]
    all_positive = Entrywise(context(*(Variable(v, (), domain="positive") for v in "rsq")), {}, (Equation(plus(r, s), q),))
    assert values(all_positive, r, s, q) == [False, False, True]
    binary = Entrywise(context(Variable("q", (), domain="binary")), {}, (Equation(plus(r, s), q),))
    assert values(binary, r, s, q) == [False, True, False]


def test_a_square_leaves_the_sign_open() -> None:
    """s² = 4 has two roots: a switch tells them apart."""
    world = Entrywise(Context(), {}, (Equation(square(s), number(4)),))
    (e,) = world.entries(s, Scope())
    assert is_zero(world, e**2 - 4)
    ((bit,),) = {group for group, _ in world.switch_groups.values()}
    assert world.switch_groups[bit] == ((bit,), ((0,), (1,)))
    assert sorted(world.algebra.values[e].subs(bit, value) for value in (0, 1)) == [-2, 2]


@pytest.mark.parametrize("sign", [">", "≥", "≠"])
def test_assumed_signs(sign: Any) -> None:
    """Of entries and of expressions; ≠ tells of entries only."""
    assumed = (SignAssumption(x, sign), SignAssumption(plus(r, neg(s)), sign), SignAssumption(at(y, i), sign))
    world = Entrywise(Context(), {"n": 2}, assumed)
    entries = [*world.entries(x, Scope()), *world.entries(y, Scope())]
    (gap,), (sum_,) = world.entries(plus(r, neg(s)), Scope()), world.entries(plus(r, s), Scope())
    positive = sign != "≠"
    assert all(world.algebra.is_positive(world.algebra.expand(e)) is positive for e in entries)
    assert world.nonzero == (set() if positive else set(entries))
    assert (world.gates.side(gap) == 1) is positive
    assert world.gates.side(sum_) != 1
    assert not world.unused


def test_signs_of_what_has_a_value_are_those_of_the_value() -> None:
    world = Entrywise(Context(), {}, (Equation(q, plus(r, s)), SignAssumption(q, ">")))
    (gap,) = world.entries(plus(r, s), Scope())
    assert values(world, q, r, s).count(True) == 1
    assert world.gates.step(gap) == 1
    assert world.gates.step(-gap) == 0
    shared = Entrywise(context(Variable("S", (n, n), symmetric=True)), {"n": 2}, (SignAssumption(S, ">"),))
    assert all(shared.algebra.is_positive(shared.algebra.expand(e)) for e in shared.entries(S, Scope()))


def test_equations_beyond_the_budget_are_left() -> None:
    """(x₁ + … + x₁₅₀)³ is not expanded."""
    world = Entrywise(Context(), {"n": 150}, (Equation(r, q), Equation(Power(total(i, at(x, i)), number(3)), s)))
    assert len(world.unused) == 1
    assert sum(values(world, r, q)) == 1


def test_entries_for_all_values_of_the_free_indices() -> None:
    world = Entrywise(Context(), SIZES)
    found = list(world.everywhere(at(X, i, a), at(sym("w", m), a)))
    entries, w_ = world.entries(X, Scope()), world.entries(sym("w", m), Scope())
    assert found == [((entries[2 * row + column],), (w_[column],)) for column in range(2) for row in range(3)]  # a before i
    assert list(world.everywhere(s, r)) == [(world.entries(s, Scope()), world.entries(r, Scope()))]


# ----------------------------------------------------------------- symbols


def test_symbols_of_expressions() -> None:
    """A name for a sum, the same for the same tree; numbers and symbols are their own."""
    world, (e, g) = made(x)
    named = world.named(e + g)
    assert world.named(g + e) == named
    assert world.chain[named] == e + g
    assert is_zero(world, named - e - g)
    assert (world.named(e), world.compact(e), world.named(sympy.S.Half)) == (e, e, sympy.S.Half)
    assert world.compact(e * g) == e * g
    assert world.named(e * g) not in (named, e * g)
    assert world.compact(e + g) == named
    assert world.meaning(e + g) != named
    assert world.symbols_in(e * g + named) == (e, g, named)
    assert world.symbols_in(e) == (e,)
    assert world.symbols_in(sympy.S.One) == ()


def test_roots_of_visible_squares_are_moduli() -> None:
    """√(e²ᵏ) is |e|ᵏ, and √ of a product of squares the product of their roots; other roots stay."""
    world, (e, g) = made(x)
    modulus, other = world.gates.absolute(e), world.gates.absolute(g)
    half = sympy.S.Half
    for base, exponent, wanted in (
        (e**2, half, modulus), (e**2, -half, 1 / modulus), (e**2, 3 * half, modulus**3), (e**4, half, modulus**2),
        (e**-2, half, 1 / modulus), (4 * e**2 * g**4, half, 2 * modulus * other**2), (e**2 / g**2, half, modulus / other),
        (2 * e**2, half, sympy.sqrt(2) * modulus), (e**2 / 9, -half, 3 / modulus), (e**2 * g**2, -half, 1 / (modulus * other)),
    ):  # fmt: skip
        assert world.algebra.vanishes(world.power(base, exponent), wanted)
        assert sympy.Pow(base, exponent) != world.power(base, exponent)
    for base, exponent in (
        (e**3, half), (e**2 * g, half), (e**2, sympy.Rational(1, 3)), (e**2 * g**2, sympy.Rational(1, 3)),
        (-(e**2), half), (-4 * e**2 * g**2, half), (e, half),
        (e**2, sympy.Integer(2)), (e * g, sympy.Integer(-1)), (sympy.exp(e), half), (e**g, half),
    ):  # fmt: skip
        assert world.power(base, exponent) == sympy.Pow(base, exponent)
    assert world.power(e + g, sympy.Integer(2)) == (e + g) ** 2
    assert world.power(e + g, sympy.Integer(-2)) == world.named(e + g) ** -2
    assert world.power(e + g, 3 * half) == world.named(e + g) ** (3 * half)


def test_derivatives_pass_through_meanings_and_stop_at_a_cut() -> None:
    """v = e² + g, f = v·e: ∂f/∂e is 3e² + g, and v where v is held as well."""
    world, (e, g) = made(x)
    v = world.meaning(e**2 + g)
    free = world.adjoints(v * e, (e, g))
    assert [sympy.expand(free[c].xreplace(world.chain).xreplace(world.chain)) for c in (e, g)] == [3 * e**2 + g, e]
    held = world.adjoints(v * e, (e, v))
    assert [held[c] for c in (e, v)] == [v, e]
    assert world.adjoints(sympy.S.One, (e,)).get(e, 0) == 0
    assert world.adjoints(e, (e, g)) == {e: 1}
    assert world.partial(e * g + g**3, g) == e + 3 * g**2
    assert world.partial(e, e) == 1
    assert world.partial(g**2, e) == 0


def test_partial_derivatives_of_functions_commute() -> None:
    world = Entrywise(context(functions=(FreeFunction("φ", None, ()), FreeFunction("ℓ", (n,), (), positive=True))), {"n": 2})
    (e, g) = world.entries(x, Scope())
    value = world.unknown("ℓ", 0, (), (e, g))
    assert world.unknown("ℓ", 0, (), (e, g)) == value
    first, second = world.adjoints(value, (e,))[e], world.adjoints(value, (g,))[g]
    assert first != second
    assert world.adjoints(first, (g,))[g] == world.adjoints(second, (e,))[e]
    assert world.opaque[value].arguments == (e, g)
    positive = [world.algebra.is_positive(world.algebra.expand(u)) for u in (value, first, world.unknown("φ", 0, (), (e,)))]
    assert positive == [True, False, False]
    same = world.unknown("ℓ", 0, (), (e * (1 + g), g)), world.unknown("ℓ", 0, (), (e + e * g, g))
    assert same[0] != same[1]
    assert is_zero(world, same[0] - same[1])
    assert not is_zero(world, same[0] - value)
    assert not is_zero(world, world.unknown("ℓ", 1, (), (e, g)) - value)


def test_functions_met_before_and_after_solving_are_told_apart() -> None:
    """q₁ = φ(r) and q₂ = φ(s): solving the first says nothing of the second."""
    assumed = (Equation(q, f("φ", r)), Equation(p, f("φ", s)))
    world = Entrywise(context(functions=(FreeFunction("φ", None, ()),)), {}, assumed)
    (one_,), (two_,) = world.entries(q, Scope()), world.entries(p, Scope())
    assert values(world, q, p) == [True, True]
    assert not is_zero(world, one_ - two_)


def test_arguments_beyond_the_budget_are_equal_where_they_are_written_alike() -> None:
    world = Entrywise(context(functions=(FreeFunction("φ", None, ()),)), {"n": 150})
    huge = sum(world.entries(x, Scope())) ** 3
    assert world.argument_key(huge) == huge
    assert world.unknown("φ", 0, (), (huge,)) == world.unknown("φ", 0, (), (huge,)) != world.unknown("φ", 0, (), (2 * huge,))


def test_sines_of_an_angle_and_its_negative() -> None:
    world, (e, g) = made(x)
    sine, cosine = (world.builtin(name, e - g) for name in ("sin", "cos"))
    back, same = (world.builtin(name, g - e) for name in ("sin", "cos"))
    assert is_zero(world, sine**2 + cosine**2 - 1)
    assert is_zero(world, sine + back)
    assert is_zero(world, cosine - same)
    assert not is_zero(world, cosine + sine)
    assert not is_zero(world, world.builtin("sin", e) - sine)
    assert world.adjoints(sine, (e,))[e] == cosine
    assert world.adjoints(cosine, (e,))[e] == -sine
    assert [world.builtin("sin", e - e), world.builtin("cos", g - g)] == [0, 1]
    assert world.angles[sine] == ("sin", e - g)


def test_a_world_learns_of_further_names() -> None:
    world = Entrywise(context(x, definitions={"s": r}), SIZES, names=("x", "s"))
    labels, functions = (Labels("c", n, m),), (FreeFunction("φ", None, ()),)
    world.extend(context(y, definitions={"q": times(two, s)}, labels=labels, functions=functions), ("y", "q"))
    assert world.names == {"x", "s", "y", "q"}
    assert world.context.variables.keys() == {"x", "y"}
    assert world.context.definitions == {"s": r, "q": times(two, s)}
    assert world.context.labels.keys() == {"c"}
    assert world.context.functions.keys() == {"φ"}
    ((e,), (base,)) = world.entries(q, Scope()), world.entries(r, Scope())
    assert is_zero(world, e - 2 * base)


# -------------------------------------------------------- domains and limits


@pytest.mark.parametrize(
    ("e", "wanted"),
    [
        (over(one, s), {"nonzero"}), (root(s), {"nonnegative"}), (Power(s, number(Fraction(-1, 2))), {"nonnegative", "nonzero"}),
        (Power(s, number(Fraction(1, 3))), {"nonzero"}), (Power(s, number(Fraction(3, 4))), {"nonnegative"}), (square(s), set()),
        (f("log", s), {"positive"}), (Power(s, r), {"positive"}), (Let(r, two, Power(s, r)), set()), (Norm(s), {"nonnegative"}),
        (Power(s, number(0)), set()), (over(one, number(-2)), set()), (root(two), set()), (f("log", two), set()),
        (root(number(0)), set()), (Power(number(2), s), set()),
    ],
)  # fmt: skip
def test_what_expressions_need(e: Expr, wanted: set[str]) -> None:
    world, _ = made(e)
    assert {what for what, _ in world.obligations} == wanted
    assert len(world.obligations) == len(wanted)


@pytest.mark.parametrize(
    "e",
    [
        over(one, number(0)), root(number(-1)), f("log", number(0)), f("log", number(-2)), Power(number(-2), s),
        Power(number(0), s), Power(number(0), number(Fraction(-1, 2))), Power(number(0), number(Fraction(1, 3))),
        at(x, Position(3, n)), at(x, Position(0, n)), sym("v", Dim(1, ("unknown",))),
        at(sym("w", m), LabelOf("c", LabelOf("e", None, n), m)),
    ],
)  # fmt: skip
def test_what_has_no_value_is_told(e: Expr) -> None:
    with pytest.raises(Undefined):
        made(e)


def test_determinants_are_conditions_of_size() -> None:
    world, (e,) = made(det(A))
    assert list(world.obligations) == [("size", e)]
    world, _ = made(inv(A))
    assert [what for what, _ in world.obligations] == ["nonzero"]
    assert is_zero(world, next(u for _, u in world.obligations) - world.entries(det(A), Scope())[0])


@pytest.mark.parametrize("definition", [at(x, i), plus(q, s), times(sym("p"), s)])
def test_definitions_with_free_indices_or_in_circles_are_refused(definition: Expr) -> None:
    world = Entrywise(context(x, s, definitions={"q": definition, "p": plus(q, one)}), {"n": 2})
    with pytest.raises(Undefined):
        world.entries(q, Scope())


def test_a_definition_without_a_value_is_not_taken_for_one_in_circles() -> None:
    """Asked again, the world says the same again."""
    world = Entrywise(context(definitions={"q": at(x, Position(3, n))}), {"n": 2})
    for _ in range(2):
        with pytest.raises(Undefined, match="leaves its range"):
            world.entries(q, Scope())


LIMITED: list[tuple[Expr, Expr]] = [  # what passes, and what does not
    (ones(Dim(20_000)), ones(Dim(20_001))), (ones(Dim(100), Dim(200)), ones(Dim(201), Dim(100))),
    (Kronecker(ones(Dim(100)), ones(Dim(200))), Kronecker(ones(Dim(100)), ones(Dim(201)))),
    (Kronecker(ones(Dim(10), Dim(10)), ones(Dim(10), Dim(20))), Kronecker(ones(Dim(10), Dim(10)), ones(Dim(3), Dim(67)))),
    (sym("v", Dim(20_000)), sym("v", Dim(20_001))),
    (det(ones(Dim(4), Dim(4))), det(ones(Dim(5), Dim(5)))), (inv(eye(Dim(4))), inv(eye(Dim(5)))),
    (Power(number(7), number(25_000)), Power(number(7), number(25_001))),
    (Power(number(513), number(9_090)), Power(number(513), number(9_091))),  # 10 + 1 bits: 99,990 and 100,001
    (Power(number(Fraction(3, 16)), number(-14_285)), Power(number(Fraction(3, 16)), number(-14_286))),  # 2 + 5 bits
]  # fmt: skip


@pytest.mark.parametrize(("passes", "refused"), LIMITED)
def test_the_limits_of_arrays_determinants_and_powers(passes: Expr, refused: Expr) -> None:
    made(passes)
    with pytest.raises(Limit):
        made(refused)


def test_the_limits_of_symbols_and_nodes() -> None:
    world = Entrywise(Context(), {})
    world.order = dict.fromkeys((sympy.Dummy() for _ in range(2)), 0) | dict.fromkeys(range(99_998), 0)  # type: ignore[arg-type]
    world.fresh()
    with pytest.raises(Limit, match="entries"):
        world.fresh()
    world = Entrywise(Context(), {})
    world._memo = dict.fromkeys(range(200_000), ())
    world.entries(one, Scope())
    world.entries(one, Scope())
    with pytest.raises(Limit, match="terms"):
        world.entries(two, Scope())


def test_labels_are_assigned_at_once_up_to_64_ways() -> None:
    """Two classes: six labels at one node, seven of them only where each stands at a node of its own."""
    rows, binary = Dim(7), Dim(2)

    def labels(count: int) -> list[LabelOf]:
        return [LabelOf("k", Position(row, rows), binary) for row in range(1, count + 1)]

    world = Entrywise(Context(), {})
    array, matrix = sym("T", *([binary] * 6)), sym("M", rows, binary)
    (e,) = world.entries(at(array, *labels(6)), Scope())
    assert len(world.leaves["label 1", "k"]) == 2
    cube = world.symbols(array, Scope())
    for chosen in ((1, 1, 1, 1, 1, 1), (2, 1, 2, 1, 1, 2)):
        fixed = {y_: int(c == k) for row, c in enumerate(chosen, 1) for k, y_ in enumerate(world.leaves[f"label {row}", "k"], 1)}
        place = sum((c - 1) << 5 - row for row, c in enumerate(chosen))
        assert world.chain[e].xreplace(fixed) == cube[place]
    with pytest.raises(Limit, match="labels"):
        world.entries(at(sym("U", *([binary] * 7)), *labels(7)), Scope())
    with pytest.raises(Limit, match="labels"):  # 65 ways
        world.entries(at(sym("V", Dim(5), Dim(13)), LabelOf("a", None, Dim(5)), LabelOf("b", None, Dim(13))), Scope())
    (e,) = world.entries(times(*(at(matrix, Position(row, rows), label) for row, label in enumerate(labels(7), 1))), Scope())
    entries = world.symbols(matrix, Scope())
    ones_ = {y_: int(k == 1) for row in range(1, 8) for k, y_ in enumerate(world.leaves[f"label {row}", "k"], 1)}
    parts = {u: world.chain[u].xreplace(ones_) for u in e.free_symbols if u in world.chain}
    assert e.xreplace(parts).xreplace(ones_) == sympy.Mul(*entries[::2])


# -------------------------------------------------------- positive functions


def polynomial(**terms: int) -> Polynomial:
    """From names of monomials: ``_``, ``x``, ``xy``, ``xx``."""
    count = 2 if any("y" in name for name in terms) else 1
    return Polynomial(tuple((Fraction(c), tuple(map(name.count, "xy"[:count]))) for name, c in terms.items()))


@pytest.mark.parametrize(
    ("terms", "accepted"),
    [
        ({"_": 3}, True), ({"_": 0}, False), ({"_": -1}, False), ({}, False), ({"xx": 1, "_": 1}, True), ({"xx": 1}, False),
        ({"xx": 1, "x": 1, "_": 1}, True), ({"xx": 1, "x": 2, "_": 1}, False), ({"xx": 1, "x": 2, "_": 2}, True),
        ({"xx": 1, "x": -3, "_": 2}, False), ({"xx": 4, "x": 4, "_": 1}, False), ({"xx": 5, "x": 4, "_": 1}, True),
        ({"xx": 3, "x": 4, "_": 1}, False), ({"xx": -1, "_": 1}, False), ({"x": 1, "_": 1}, False), ({"xxxx": 1, "_": 2}, True),
        ({"xxxx": 1, "xx": -3, "_": 2}, False), ({"xxx": 1, "_": 1}, False), ({"xxxx": 1}, False), ({"xxxx": -1, "_": 5}, False),
        ({"xx": 1, "yy": 1, "_": 1}, True), ({"xx": 1, "xy": 1, "yy": 1, "_": 1}, True),
        ({"xx": 1, "xy": 3, "yy": 1, "_": 1}, False),
        ({"xy": 1, "_": 1}, False), ({"xxyy": 1, "_": 1}, True), ({"xxyy": 1, "xx": 1, "yy": 1}, False),
        ({"xxy": 1, "_": 1}, False),
        ({"_": 1, "x": 2, "y": 4, "xx": 3, "xy": 2, "yy": 5}, True), ({"_": 1, "x": 2, "y": 4, "xx": 3, "xy": 2, "yy": 4}, False),
        ({"_": 2, "x": 2, "y": 4, "xx": 3, "xy": 2, "yy": 3}, True), ({"_": 2, "x": 2, "y": 4, "xx": 3, "xy": 2, "yy": 2}, False),
        ({"_": 1, "yy": 1}, True), ({"_": 1, "y": 3, "yy": 1}, False), ({"xxx": 1, "xx": 1, "_": 5}, False),
    ],
)  # fmt: skip
def test_functions_said_to_be_positive_have_to_be_seen_to_be(terms: dict[str, int], accepted: bool) -> None:
    """Quadratic forms by their minors: [[1,1,2],[1,3,1],[2,1,c]] is definite for c > 9/2, [[2,1,2],[1,3,1],[2,1,c]] for c > 2."""
    given = polynomial(**terms)
    size = 2 if any("y" in name for name in terms) else 1
    world = context(functions=(FreeFunction("ℓ", (n,), (), positive=True),))
    point = Point({"n": size}, {"x": tuple(Exact(Fraction(v)) for v in (3, -2)[:size])}, functions={"ℓ": (given,)})
    statement = Statement(Apply("ℓ", x, ()), s, world)
    point.arrays["s"] = (Exact(Fraction(0)),)  # type: ignore[index]
    if not accepted:
        with pytest.raises(PointError, match="positive"):
            values_at(statement, point)
        return
    wanted = sum(c * 3 ** name.count("x") * (-2) ** name.count("y") for name, c in terms.items())
    assert values_at(statement, point) == {(): (wanted, 0)}


def test_every_output_of_a_positive_function_has_a_polynomial() -> None:
    good, bad = polynomial(xx=1, _=1), polynomial(x=1)
    for given, positive, accepted in (
        ((good, good), True, True), ((good, bad), True, False), ((good, bad), False, True), ((good,), False, False),
        ((), True, False),
    ):  # fmt: skip
        world = context(functions=(FreeFunction("ℓ", (), (n,), positive=positive),))
        point = Point({"n": 2}, {"s": (Exact(Fraction(3)),)}, functions={"ℓ": given})
        statement = Statement(Apply("ℓ", s, (n,)), ones(n), world)
        if accepted:
            assert values_at(statement, point) == {(1,): (10, 1), (2,): (10 if given[1] is good else 3, 1)}
        else:
            with pytest.raises(PointError):
                values_at(statement, point)
