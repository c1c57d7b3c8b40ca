"""Derivatives of forms, one kind of factor after the other, beside difference quotients of plain numbers.

``forms.py`` evaluates both sides with every sum written out; mpmath differentiates numerically.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import mpmath
import pytest

from derivations.prove import boxes
from derivations.prove.derivative import SLOPES, differentiate, replace, replace_in_conditions
from derivations.prove.indexform import ONE_FORM, Factor, Form, Head, Ix, NotProvable, Number, Slots, scale
from derivations.prove.laws import POWER_RULE, PRODUCT_RULE
from derivations.prove.normal import Algebra
from tests.prove.forms import HALF, A, B, C, Meaning, R, entry, i, j, k, p, places_of, s, tensor, workspace, x, y, z

Made = Callable[[Algebra], Form]
D = (0, "n")  # a dummy
CLOSE = mpmath.mpf(10) ** -20


def poly(*terms: tuple[Number, tuple[Factor, ...]]) -> Form:
    return {((), factors): c for c, factors in terms}


def v(head: Head, *slots: Ix, q: Number = 1) -> Factor:
    return head, slots, q


def atom(a: Algebra, kind: Any, name: str, body: Form, q: Number = 1, order: int = 0) -> Form:
    return a.atom(*a.close(kind, name, body, order=order), q)


def away(a: Algebra) -> Form:
    """Some sum in x that is nowhere 0 at the numbers of ``forms.py``: Σ_j A_ij x_j + 3x_i y_i + 70."""
    return poly((1, (v(A, i, D), v(x, D))), (3, (v(x, i), v(y, i))), (70, ()))


def matrix() -> Form:
    """A_rc + 2x_r z_c, in $r and $c."""
    return poly((1, (v(A, R, C),)), (2, (v(x, R), v(z, C))))


def inverse(a: Algebra, row: Ix, column: Ix) -> Form:
    return a.atom(*a.close("inverse", "", matrix(), (R, C), (row, column)))


FORMS: dict[str, Made] = {
    "1": lambda a: ONE_FORM,
    "y_i": lambda a: poly((1, (v(y, i),))),
    "x_i": lambda a: poly((3, (v(x, i),))),
    "n x_i²": lambda a: {((("n", 1),), (v(x, i, q=2),)): 1},
    "Σ x": lambda a: poly((1, (v(x, D),))),
    "x_i x_j": lambda a: poly((1, (v(x, i), v(x, j)))),
    "xᵀAx + yᵀx": lambda a: poly((1, (v(x, D), v(A, D, (1, "n")), v(x, (1, "n")))), (5, (v(x, D), v(y, D)))),
    "x_i³y_i/x_j²": lambda a: poly((HALF, (v(x, i, q=3), v(y, i), v(x, j, q=-2)))),
    "√p_i x_i": lambda a: poly((2, (v(p, i, q=HALF), v(x, i)))),
    "δ_ij x_i": lambda a: a.multiply(a.kronecker(i, j), a.atom(x, (i,))),
    "x_1": lambda a: poly((1, (v(x, ("=1", "n")), v(x, i)))),
    "√u": lambda a: atom(a, "power", "", away(a), HALF),
    "u^{-2}x_i": lambda a: a.multiply(atom(a, "power", "", away(a), -2), a.atom(x, (i,))),
    "u^{-3/2}": lambda a: atom(a, "power", "", away(a), Fraction(-3, 2)),
    "exp(u/100)²": lambda a: a.atom(*a.close("function", "exp", scale(away(a), Fraction(1, 100))), 2),
    "log u": lambda a: atom(a, "function", "log", away(a)),
    "log|x|": lambda a: atom(a, "function", "log", poly((1, (v(x, i),)))),
    "sin u cos u": lambda a: a.multiply(boxes.apply(a, "sin", away(a)), boxes.apply(a, "cos", away(a))),
    "cos³": lambda a: atom(a, "function", "cos", poly((1, (v(x, i),))), 3),
    "φ(u/100)": lambda a: atom(a, "function", "φ", scale(away(a), Fraction(1, 100))),
    "φ′(u/100)": lambda a: atom(a, "function", "φ", scale(away(a), Fraction(1, 100)), 1, 1),
    "φ″(u/100)³": lambda a: atom(a, "function", "φ", scale(away(a), Fraction(1, 100)), 3, 2),
    "Σ_i φ(x_i) y_i": lambda a: a.bind(a.multiply(atom(a, "function", "φ", poly((1, (v(x, i),)))), a.atom(y, (i,))), [i]),
    "step(u) x": lambda a: a.multiply(boxes.apply(a, "step", away(a)), a.atom(x, (i,))),
    "inv_ij": lambda a: inverse(a, i, j),
    "x_i² Σ inv": lambda a: a.bind(a.multiply(inverse(a, j, k), poly((1, (v(x, i, q=2),)))), [j, k]),
    "det": lambda a: a.atom(*a.close("determinant", "", matrix(), (R, C))),
    "1/det": lambda a: a.atom(*a.close("determinant", "", matrix(), (R, C)), -1),
    "φ(log u)": lambda a: atom(a, "function", "φ", atom(a, "function", "log", away(a))),
}


@pytest.mark.parametrize("name", FORMS)
@pytest.mark.parametrize("by", [x, A, s], ids=["x", "A", "s"])
def test_derivatives_are_limits_of_difference_quotients(name: str, by: Head) -> None:
    a = workspace()
    form = FORMS[name](a)
    at: Slots = ((":p", "n"), (":q", "n"))[: len(by.symmetry[0])]
    slope = differentiate(a, form, by, at)
    for here in list(places_of({i, j, *at}))[::3]:
        moved = tuple(here[index] for index in at)

        def value(t: Any, moved: tuple[int, ...] = moved, here: dict[Ix, int] = here) -> Any:
            numbers = {by.name: lambda *place: entry(by, place) + (t if place == moved else 0)}
            return Meaning(**numbers).of(form, here)

        wanted = mpmath.diff(value, 0)
        assert abs(Meaning().of(slope, here) - wanted) <= CLOSE * (1 + abs(wanted))


@pytest.mark.parametrize("name", ["xᵀAx + yᵀx", "√u", "inv_ij", "φ(u/100)", "log u"])
def test_no_derivative_by_what_does_not_occur(name: str) -> None:
    """Nor is anything asked for."""
    a = workspace()
    form = FORMS[name](a)
    rules = set(a.rules)
    assert differentiate(a, form, tensor("other", 50, 1), (k,)) == {}
    assert set(a.rules) == rules
    assert not a.requirements


@pytest.mark.parametrize("name", SLOPES)
def test_a_tensor_is_a_tensor_whatever_its_name(name: str) -> None:
    a = workspace()
    head = tensor(name, 51, 1)
    assert differentiate(a, a.atom(head, (i,)), head, (j,)) == a.kronecker(i, j)


def test_second_derivatives_commute() -> None:
    """∂²/∂x_p∂x_q of a quotient and of an entry of an inverse, in either order."""
    p_, q_ = (":p", "n"), (":q", "n")
    for name in ("u^{-2}x_i", "inv_ij", "φ(u/100)"):
        a = workspace()
        form = FORMS[name](a)
        one_way = differentiate(a, differentiate(a, form, x, (p_,)), x, (q_,))
        assert one_way == differentiate(a, differentiate(a, form, x, (q_,)), x, (p_,))
        assert one_way


@pytest.mark.parametrize(
    ("name", "rules"),
    [
        ("x_i", {"tensor"}),
        ("n x_i²", {"tensor", "power rule"}),
        ("x_i x_j", {"tensor", "product rule"}),
        ("δ_ij x_i", {"tensor"}),
        ("x_i³y_i/x_j²", {"tensor", "power rule", "product rule"}),
        ("√u", {"tensor", "power", "power rule"}),
        ("log u", {"tensor", "log"}),
        ("exp(u/100)²", {"tensor", "exp", "power rule"}),
        ("φ(u/100)", {"tensor", "function"}),
        ("det", {"tensor", "determinant"}),
        ("inv_ij", {"tensor", "inverse"}),
        ("step(u) x", {"tensor", "step", "product rule"}),
    ],
)
def test_rules_that_were_used_are_noted(name: str, rules: set[str]) -> None:
    """The product rule where more than one factor varies, the power rule where an exponent comes down; one rule a box."""
    a = workspace()
    form = FORMS[name](a)
    a.rules.clear()
    differentiate(a, form, x, (k,))
    laws = {POWER_RULE: "power rule", PRODUCT_RULE: "product rule"}
    rows = {row.law: kind for kind, row in SLOPES.items() if row.law not in laws}
    found = {laws.get(law) or rows[law] for law in a.rules if law.kind == "derivative"}
    assert found == {rule for rule in rules if rule != "power"}


@pytest.mark.parametrize(
    ("make", "needs"),
    [
        (lambda a: poly((1, (v(x, i, q=HALF),))), [("nonzero", poly((1, (v(x, i),))))]),
        (lambda a: poly((1, (v(x, i, q=Fraction(3, 2)),))), []),  # differentiable at 0
        (lambda a: poly((1, (v(x, i, q=-HALF),))), []),  # no value at 0 as it is
        (lambda a: poly((1, (v(x, i),))), []),
        (lambda a: poly((1, (v(x, i, q=2),))), []),
        (lambda a: poly((1, (v(p, i, q=HALF),))), []),
        (lambda a: atom(a, "power", "", away(a), HALF), [("nonzero", away(workspace()))]),
        (lambda a: atom(a, "power", "", away(a), Fraction(1, 3)), [("nonzero", away(workspace()))]),
        (lambda a: atom(a, "power", "", away(a), -1), []),
        (lambda a: atom(a, "function", "step", away(a)), [("kink", away(workspace()))]),
        (lambda a: atom(a, "function", "φ", away(a)), []),
    ],
)
def test_what_a_derivative_asks_for(make: Made, needs: list[tuple[str, Form]]) -> None:
    """A root away from 0, a step off its kink; of these nothing else."""
    a = workspace()
    form = make(a)
    for by, at in ((x, (k,)), (p, (k,))):
        differentiate(a, form, by, at)
    assert [(found.need, found.form) for found in a.requirements.values()] == needs


@pytest.mark.parametrize(
    ("kind", "name", "parameters", "fixed"),
    [("function", "φ", (), ()), ("inverse", "", (R, C), (i, j)), ("determinant", "", (R, C), ())],
)
def test_a_root_of_a_box_asks_for_the_box(kind: Any, name: str, parameters: Slots, fixed: Slots) -> None:
    """√φ(u) is differentiable where φ(u) ≠ 0, whatever u is."""
    a = workspace()
    head, slots = a.close(kind, name, matrix() if parameters else away(a), parameters, fixed)
    differentiate(a, a.atom(head, slots, HALF), x, (k,))
    assert ("nonzero", a.mark(a.atom(head, slots))) in a.requirements
    assert [found.form for (need, _), found in a.requirements.items() if need == "nonzero"] == [a.atom(head, slots)]


def test_axes_split_in_two_ways_are_not_supported() -> None:
    a = workspace()
    with pytest.raises(NotProvable) as caught:
        differentiate(a, a.atom(x, (i,)), x, (j, k))
    assert not caught.value.limit


# ------------------------------------------------------------------- replacing


VALUES: dict[str, dict[Head, Callable[[Slots], Form]]] = {
    "x := 3y": {x: lambda slots: poly((3, (v(y, *slots),)))},
    "x := y + 2z": {x: lambda slots: poly((1, (v(y, *slots),)), (2, (v(z, *slots),)))},
    "x := Ay": {x: lambda slots: poly((1, (v(A, *slots, D), v(y, D))))},
    "x := y, y := x": {x: lambda slots: poly((1, (v(y, *slots),))), y: lambda slots: poly((1, (v(x, *slots),)))},
    "A := Aᵀ + B": {A: lambda slots: poly((1, (v(A, *slots[::-1]),)), (1, (v(B, *slots),)))},
}


@pytest.mark.parametrize("name", [name for name in FORMS if name not in ("√p_i x_i", "u^{-3/2}")])
@pytest.mark.parametrize("title", VALUES)
def test_values_are_put_in_everywhere_at_once(name: str, title: str) -> None:
    """The form at the new values has the value of the form there, at any depth."""
    a = workspace()
    form, values = FORMS[name](a), VALUES[title]
    replaced = replace(a, form, values)

    def at(head: Head) -> Callable[..., Any]:
        slots = tuple((f":{n}", "n") for n in range(len(head.symmetry[0])))
        return lambda *place: Meaning().of(values[head](slots), dict(zip(slots, place, strict=True)))

    there = Meaning(**{head.name: at(head) for head in values})
    for here in list(places_of({i, j}))[::3]:
        wanted = there.of(form, here)
        assert abs(Meaning().of(replaced, here) - wanted) <= CLOSE * (1 + abs(wanted))


def test_conditions_on_a_stand_in_become_conditions_on_its_value() -> None:
    """Others stay; what is plain of the value is no condition any more."""
    a = workspace()
    asked = [poly((1, (v(x, i),))), poly((1, (v(y, i),))), poly((1, (v(x, i),)), (1, (v(z, i),)))]
    for form in asked:
        a.require("nonzero", form, "test")
    a.require("positive", asked[0], "other")
    replace_in_conditions(a, {x: lambda slots: poly((1, (v(p, *slots),)))})
    found = {(condition.need, condition.origin, frozenset(condition.form.items())) for condition in a.requirements.values()}
    assert found == {
        ("nonzero", "test", frozenset(asked[1].items())),
        ("nonzero", "test", frozenset(poly((1, (v(p, i),)), (1, (v(z, i),))).items())),
    }
    replace_in_conditions(a, {z: lambda slots: poly((-1, (v(p, *slots),)))})
    assert ("nonzero", "test", frozenset()) in {
        (condition.need, condition.origin, frozenset(condition.form.items())) for condition in a.requirements.values()
    }
