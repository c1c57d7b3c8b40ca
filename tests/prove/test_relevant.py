"""What bears on a statement: through definitions and assumptions, and nothing else."""

from __future__ import annotations

import pytest

from derivations.claims import Assumption, Equation, SignAssumption, Statement
from derivations.expr import Delta, Derivative, Expr, Let, Position, number
from derivations.prove.relevant import free_index_order, names_in, reachable, relevant
from tests.prove.identities import at, context, d, dims, f, grad, index, minus, mm, over, plus, sym, t, tangent, times, total

n, m = dims("n m")
A, B, X, x, y, z, w = sym("A", n, n), sym("B", n, n), sym("X", n, m), sym("x", n), sym("y", n), sym("z", n), sym("w", m)
s, r, q, p = (sym(name) for name in "srqp")
i, j, a = index("i", n), index("j", n), index("a", m)
one, zero = number(1), number(0)


@pytest.mark.parametrize(
    ("e", "names"),
    [
        (one, ""), (s, "s"), (mm(A, plus(x, y)), "A x y"), (grad(zero, x), "x"), (grad(s, x), "s x"), (d(s, x, y), "s x y"),
        (d(one, r), "r"), (Derivative(s, x, (i,)), "s x"), (f("exp", over(s, r)), "r s"), (Let(q, s, times(q, r)), "q r s"),
        (total(i, at(x, i)), "x"), (tangent(x), ""), (Delta(i, Position(1, n)), ""),
    ],
)  # fmt: skip
def test_names_in_an_expression(e: Expr, names: str) -> None:
    assert names_in(e) == set(names.split())


E1, E2, E3 = Equation(mm(t(x), x), one), Equation(r, q), SignAssumption(q, ">")
E4, E5 = SignAssumption(p, "≠"), Equation(one, p)
WORLD = context(A, x, y, s, r, q, p, definitions={"z": mm(A, x), "s": mm(t(z), y)}, assumptions=(E3, E1, E4, E2, E5))


@pytest.mark.parametrize(
    ("left", "right", "guards", "names", "assumed"),
    [
        (y, zero, (), "y", ()), (z, zero, (), "z A x", (E1,)), (zero, s, (), "s z A x y", (E1,)), (r, zero, (), "r q", (E3, E2)),
        (q, zero, (), "q r", (E3, E2)), (p, zero, (), "p", (E4, E5)), (y, zero, (p,), "y p", (E4, E5)),
        (y, r, (x,), "y r q x", (E3, E1, E2)), (grad(zero, z), zero, (), "z A x", (E1,)), (one, zero, (), "", ()),
    ],
)  # fmt: skip
def test_what_is_reached(left: Expr, right: Expr, guards: tuple[Expr, ...], names: str, assumed: tuple[Assumption, ...]) -> None:
    """Assumptions in their order, with all that they read; every expression once."""
    found, assumptions, roots = reachable(Statement(left, right, WORLD, guards))
    assert set(found) == set(names.split())
    assert assumptions == assumed
    sides: list[Expr] = [left, right, *guards]
    sides += [WORLD.definitions[name] for name in found if name in WORLD.definitions]
    sides += [e for one_ in assumed for e in ((one_.left, one_.right) if isinstance(one_, Equation) else (one_.operand,))]
    assert sorted(map(repr, roots)) == sorted(map(repr, sides))


def test_definitions_that_read_themselves_end() -> None:
    found, _, _ = reachable(Statement(s, zero, context(definitions={"s": plus(r, one), "r": times(s, q)})))
    assert set(found) == {"s", "r", "q"}


def test_a_context_of_some_names() -> None:
    found = relevant(WORLD, iter(["z", "x", "unknown"]))
    assert found.variables == {"x": WORLD.variables["x"]}
    assert found.definitions == {"z": mm(A, x)}
    assert (found.labels, found.functions, found.assumptions) == (WORLD.labels, WORLD.functions, ())


def test_free_indices_by_name_then_by_dimension() -> None:
    other = index("i", m)
    statement = Statement(at(X, j, a), at(x, i), context(), (minus(one, Delta(other, Position(1, m))), total(i, at(x, i))))
    assert free_index_order(statement) == (a, other, i, j)
    assert free_index_order(Statement(total(i, at(x, i)), s, context())) == ()
