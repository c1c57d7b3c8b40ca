"""Building boxes: functions, powers, inverses and determinants of forms, simplified as they are built.

Congruence is automatic (a box's head *is* its canonical body); what is written here are the rules R6–R9,
R12, R13 of THEORY 2 and, for a δ in an argument, f(u) = f(u at δ=0) + δ·(f(u at i=j) − f(u at δ=0)).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import permutations
from math import gcd, lcm
from typing import NamedTuple, TypeVar

from derivations.prove.canonical import components
from derivations.prove.indexform import (
    COLUMN,
    ONE_FORM,
    ROW,
    Constants,
    Factor,
    Form,
    Head,
    Ix,
    NotProvable,
    Number,
    Slots,
    add,
    add_into,
    as_number,
    constant,
    dummies,
    exact,
    is_dummy,
    least,
    map_slots,
    power_constants,
    scale,
    times_constants,
)
from derivations.prove.laws import DELTA_CASES, EXP_LOG, LABEL_CASES, RANK_ONE
from derivations.prove.normal import Algebra, Need, Term, primes_of, rational_power

K = TypeVar("K")

POSITIVE = frozenset(("positive",))
GATE = frozenset(("binary", "nonnegative"))


def algebra(budget: int) -> Algebra:
    """A fresh workspace."""
    return Algebra(budget, rebuild)


def rebuild(a: Algebra, head: Head, body: Form, fixed: Slots, exponent: Number) -> Form:
    """The box of this head's kind around another body, to a power."""
    match head.kind, head.name:
        case "power", _:
            return power(a, body, exponent)
        case "function", "exp":
            return exponential(a, scale(body, exponent))
        case "function", name:
            value = apply(a, name, body, head.order)
        case "inverse", _:
            value = inverse(a, body, *fixed)
        case "determinant", _:
            value = determinant(a, body)
        case _, name:
            value = loss(a, name, body, head.parameters, fixed, head.order)
    return power(a, value, exponent)


# ---------------------------------------------------------------- functions


def apply(a: Algebra, name: str, u: Form, order: int = 0) -> Form:
    """A function of one scalar, by name; unknown names are free functions with derivatives φ′, φ″ …"""
    if name in BUILTIN:
        return BUILTIN[name](a, u)
    split = by_cases(a, u, lambda v: apply(a, name, v, order))
    if split is not None:
        return split
    return a.atom(*a.close("function", name, u, order=order, traits=_values_of(name, order)))


def _values_of(name: str, order: int) -> frozenset[str]:
    """Unspecified functions with ``+`` before their name have positive values; their derivatives may have any."""
    return POSITIVE if name.startswith("+") and not order else frozenset()


def by_cases(a: Algebra, u: Form, f: Callable[[Form], Form], own: Slots = ()) -> Form | None:
    """f(u) by the cases of a δ or of a label in u; None where there is neither.

    ``own`` are indices that f itself binds, of which no case can be distinguished.
    """
    for _, factors in u:
        for head, slots, _ in factors:
            if head is a.delta and {*slots}.isdisjoint(own):
                return _by_equality(a, u, slots, f)
            chosen = "one-hot" in head.traits and is_dummy(slots[-1])
            if chosen and not any(is_dummy(i) or i in own for i in slots[:-1]):
                return _by_label(a, u, head, slots, f)
    return None


def _by_equality(a: Algebra, u: Form, pair: Slots, f: Callable[[Form], Form]) -> Form:
    """f(u) = f(u at δ=0) + δ·(f(u at i=j) − f(u at δ=0))"""
    a.use(DELTA_CASES)
    place, variable = pair  # in this order, where one of them is a fixed place
    at_apart = f({m: c for m, c in u.items() if (a.delta, pair, 1) not in m[1]})
    at_equal = f(a.substitute(u, {variable: place}))
    return add(at_apart, a.multiply(a.kronecker(*pair), add(at_equal, scale(at_apart, -1))))


def _by_label(a: Algebra, u: Form, head: Head, slots: Slots, f: Callable[[Form], Form]) -> Form:
    """f(Σ_j Y_ij u_j) = Σ_j Y_ij f(u_j): the row of Y has its 1 in one place."""
    a.use(LABEL_CASES)
    rows, choice = slots[:-1], a.hidden(slots[-1][1])
    chosen: list[Term] = []
    for (constants, factors), coefficient in u.items():
        mapping: dict[Ix, Ix] = {}
        rest: list[Factor] = []
        for h, s, e in factors:
            if h is not head or s[:-1] != rows:
                rest.append((h, s, e))
            elif is_dummy(s[-1]):
                mapping[s[-1]] = choice
            else:
                rest.append((a.delta, (s[-1], choice), 1))
        placed = tuple(map_slots(rest, mapping))
        chosen.append(Term(coefficient, constants, frozenset(dummies(placed)), placed))
    row = a.atom(head, (*rows, choice))
    return a.bind(a.multiply(row, f(a.normal(chosen))), [choice])


def exponential(a: Algebra, u: Form) -> Form:
    """R6: exp(Σ c·m) = Π exp(m)^c, exp(c·log|v|) = |v|^c."""
    split = by_cases(a, u, lambda v: exponential(a, v))
    if split is not None:
        return split
    factors: list[Factor] = []
    out: Form = ONE_FORM
    for (constants, inner), coefficient in u.items():
        if len(inner) == 1 and not constants and _is_log(inner[0]):
            head, slots, _ = inner[0]
            a.use(EXP_LOG)
            base = a.instance(head, slots)
            out = a.multiply(out, power(a, base if a.is_positive(base) else absolute(a, base), coefficient))
        else:
            factors.append((*a.close("function", "exp", {(constants, inner): 1}, traits=POSITIVE), coefficient))
    return a.multiply(out, _product(a, 1, (), factors))


def _is_log(factor: Factor) -> bool:
    head, slots, exponent = factor
    return is_function(head, "log") and exponent == 1 and not any(is_dummy(i) for i in slots)


def is_function(head: Head, name: str) -> bool:
    return (head.kind, head.name) == ("function", name)


def _product(a: Algebra, coefficient: Number, constants: Constants, factors: list[Factor]) -> Form:
    return a.normal([Term(coefficient, constants, frozenset(dummies(factors)), tuple(factors))])


def logarithm(a: Algebra, u: Form) -> Form:
    """R7: log Π v^x = Σ x·log|v|, also for an extracted common factor; log exp m = m.

    The box ``log⟨v⟩`` stands for log|v|: splitting asks for nothing but u > 0.
    """
    split = by_cases(a, u, lambda v: logarithm(a, v))
    if split is not None:
        return split
    if not u:
        raise NotProvable("log 0")
    c = content(a, u)
    value = _log_of_content(a, c)
    odd = [f for f in c.factors if "positive" not in a.factor_sign(*f)]
    if odd and c.rest == _sign_of(a, odd):
        for head, slots, _ in odd:
            a.require("nonzero", _base(a, head, slots), "logarithm of an absolute value")
        return value
    pieces, sign = c.pieces(a)
    _require_positive(a, [_base(a, h, s) if e % 2 else _product(a, 1, (), [(h, s, e)]) for h, s, e in odd] + pieces, sign)
    return add(value, *(_log_box(a, piece) for piece in pieces))


def _log_of_content(a: Algebra, c: Content) -> Form:
    """log|·| of all that is taken out of a sum."""
    value: list[Form] = [_log_number(a, c.coefficient)]
    for name, exponent in c.constants:
        base: Form = constant(int(name[1:])) if name.startswith("#") else {(((name, 1),), ()): 1}
        value.append(scale(_log_box(a, base), exponent))
    return add(*value, *(_log_factor(a, factor) for factor in c.factors))


def _sign_of(a: Algebra, factors: list[Factor]) -> Form:
    """What is left of |v| when the product v is taken out."""
    out = ONE_FORM
    for head, slots, exponent in factors:
        if exponent % 2:
            out = a.multiply(out, _direction(a, _base(a, head, slots)))
    return out


def _require_positive(a: Algebra, pieces: list[Form], sign: Number) -> None:
    """The product of the pieces is positive; said of the pieces where there is but one whose sign is open."""
    open_ = [piece for piece in pieces if not a.holds("positive", piece)]
    if not open_ and sign < 0:
        raise NotProvable("the logarithm of a negative number")
    whole = ONE_FORM
    for piece in open_:
        whole = a.multiply(whole, piece)
    a.require("positive", scale(whole, sign), "logarithm", tuple(open_) if open_[1:] and sign > 0 else ())


def _base(a: Algebra, head: Head, slots: Slots) -> Form:
    return a.instance(head, slots) if head.kind == "power" else a.atom(head, slots)


def _log_number(a: Algebra, value: Number) -> Form:
    return add(*(scale(_log_box(a, constant(p)), e) for p, e in primes_of(value)))


def _log_factor(a: Algebra, factor: Factor) -> Form:
    head, slots, exponent = factor
    if is_function(head, "exp"):
        return scale(a.instance(head, slots), exponent)
    if head.kind != "power":
        return scale(_log_box(a, a.atom(head, slots)), exponent)
    c = content(a, a.instance(head, slots))
    return scale(add(_log_of_content(a, c), *(_log_box(a, piece) for piece in c.pieces(a)[0])), exponent)


def _log_box(a: Algebra, u: Form) -> Form:
    return {} if as_number(u) == 1 else a.atom(*a.close("function", "log", u))


def step(a: Algebra, u: Form) -> Form:
    """R8: step of a positive multiple is the same; step(−u) = 1 − step(u) but at u = 0, where that is rare."""
    return _half(a, u, exact=True)


def side(a: Algebra, u: Form) -> Form:
    """step u up to its value at u = 0, where what it multiplies vanishes."""
    return _half(a, u, exact=False)


def _half(a: Algebra, u: Form, exact: bool) -> Form:
    split = by_cases(a, u, lambda v: _half(a, v, exact))
    if split is not None:
        return split
    if a.holds("nonnegative", scale(u, -1)):
        return {}
    if a.is_positive(u):
        return ONE_FORM
    gate = _gate(u)
    if gate is not None:
        return _split_gate(a, u, gate, exact)
    c = content(a, u)
    rest = c.rest
    for factor in c.factors:
        if "positive" not in a.factor_sign(*factor):
            rest = a.multiply(rest, _product(a, 1, (), [factor]))
    if _is_sign(rest):
        return scale(add(ONE_FORM, rest), Fraction(1, 2))
    opposite = scale(rest, -1)
    turned = not a.known_box("function", "step", rest) and a.known_box("function", "step", opposite)
    if not turned or (exact and not _thin(rest)):
        return _step_box(a, rest)
    if exact:
        a.require("kink", rest, "step(−u) = 1 − step(u)")
    return add(ONE_FORM, scale(_step_box(a, opposite), -1))


def _is_sign(u: Form) -> bool:
    """Whether u is ± a product of entries that are −1 or 1, and no sum of such."""
    return len(u) == 1 and all("sign" in head.traits and not dummies(fs) for _, fs in u for head, _, _ in fs)


def _thin(u: Form) -> bool:
    """Whether u = 0 is rare, whatever gates, labels and binary entries are: a tensor stands in no term with any of these."""
    jumping: set[Head] = set()
    smooth: set[Head] = set()
    for _, factors in u:
        heads = [head for head, _, _ in factors]
        (jumping if any(map(_jumps, heads)) else smooth).update(*(h.leaves for h in heads))
    return not smooth <= jumping


def _jumps(head: Head) -> bool:
    """Whether a quantity of a few values only is in a factor, at any depth."""
    if head.kind == "delta" or not head.traits.isdisjoint(("binary", "one-hot", "sign")):
        return True
    return head.body is not None and any(_jumps(h) for _, factors in head.body for h, _, _ in factors)


def _step_box(a: Algebra, u: Form) -> Form:
    return a.atom(*a.close("function", "step", u, traits=GATE))


def _gate(u: Form) -> Factor | None:
    """A gate, or an entry that is 0 or 1, that multiplies terms of u outside their sums."""
    for _, factors in u:
        for head, slots, exponent in factors:
            if "binary" in head.traits and not any(is_dummy(i) for i in slots):
                return head, slots, exponent
    return None


def _split_gate(a: Algebra, u: Form, gate: Factor, exact: bool) -> Form:
    """step(u) by the two values of a gate inside."""
    closed = {m: c for m, c in u.items() if gate not in m[1]}
    opened: dict[tuple[Constants, tuple[Factor, ...]], Number] = {}
    for (constants, factors), c in u.items():
        add_into(opened, _product(a, c, constants, [f for f in factors if f != gate]))
    low, high = _half(a, closed, exact), _half(a, opened, exact)
    return add(low, a.multiply(_product(a, 1, (), [gate]), add(high, scale(low, -1))))


def absolute(a: Algebra, u: Form) -> Form:
    """|u| = u·(2 step u − 1), at u = 0 as well; of a product, the product of the absolute values."""
    factors, turned = _signed(a, u)
    out: Form = scale(u, turned)
    for factor, times in factors:
        if times == 1 and not a.holds("nonnegative", factor):
            out = a.multiply(out, _direction(a, factor))
    return out


def sign(a: Algebra, u: Form) -> Form:
    """step u − step(−u), at u = 0 as well; of a product, the product of the signs."""
    factors, turned = _signed(a, u)
    out: Form = constant(turned)
    for factor, times in factors:
        value = add(step(a, factor), scale(step(a, scale(factor, -1)), -1))
        out = a.multiply(out, power(a, value, times))
    return out


def _direction(a: Algebra, u: Form) -> Form:
    """2·step u − 1, the sign of u up to its value at u = 0."""
    return add(scale(side(a, u), 2), constant(-1))


def _signed(a: Algebra, u: Form) -> tuple[list[tuple[Form, int]], Number]:
    """The factors on which the sign of u hangs, each once (twice where its power has no sign), and the sign of the number."""
    c = content(a, u)
    pieces, turned = c.pieces(a)
    factors = [
        (_base(a, head, slots), 1 if exponent % 2 == 1 else 2)
        for head, slots, exponent in c.factors
        if "positive" not in a.factor_sign(head, slots, exponent)
    ]
    return [*factors, *((piece, 1) for piece in pieces)], turned


def relu(a: Algebra, u: Form) -> Form:
    return a.multiply(u, side(a, u))


def tanh(a: Algebra, u: Form) -> Form:
    """1 − 2/(1 + e^{2u})."""
    return add(ONE_FORM, scale(power(a, add(ONE_FORM, exponential(a, scale(u, 2))), -1), -2))


def sigmoid(a: Algebra, u: Form) -> Form:
    """1/(1 + e^{−u})."""
    return power(a, add(ONE_FORM, exponential(a, scale(u, -1))), -1)


BUILTIN: Mapping[str, Callable[[Algebra, Form], Form]] = {
    "exp": exponential,
    "log": logarithm,
    "step": step,
    "abs": absolute,
    "sign": sign,
    "relu": relu,
    "tanh": tanh,
    "sigmoid": sigmoid,
    "sin": lambda a, u: _trigonometric(a, "sin", u),
    "cos": lambda a, u: _trigonometric(a, "cos", u),
}


def _trigonometric(a: Algebra, name: str, u: Form) -> Form:
    """sin is odd, cos even."""
    split = by_cases(a, u, lambda v: _trigonometric(a, name, v))
    if split is not None:
        return split
    if not u:
        return constant(0 if name == "sin" else 1)
    flipped = scale(u, -1)
    # Both functions share one choice between u and −u, made where either first occurs.
    if not a.known_box("function", "cos", u) and a.known_box("function", "cos", flipped):
        return scale(a.atom(*a.close("function", name, flipped)), -1 if name == "sin" else 1)
    a.close("function", "cos", u)
    return a.atom(*a.close("function", name, u))


# ------------------------------------------------------------------- powers


class Content(NamedTuple):
    """u = coefficient · constants · Π factors · rest, coefficient > 0."""

    coefficient: Number
    constants: Constants
    factors: tuple[Factor, ...]
    rest: Form

    def pieces(self, a: Algebra) -> tuple[list[Form], Number]:
        """``rest`` as a product of forms, and the number that is left beside a single term: 1 or −1."""
        if len(self.rest) != 1:
            return [self.rest], 1
        ((_, factors), sign), = self.rest.items()
        return [_product(a, 1, (), part) for part in components(factors)], sign

    def positive(self, a: Algebra) -> tuple[Content, list[Form]]:
        """What is taken out and known to be positive, and all else as one form."""
        kept = [f for f in self.factors if "positive" in a.factor_sign(*f)]
        others = [f for f in self.factors if f not in kept]
        return self._replace(factors=tuple(kept)), [a.multiply(self.rest, _product(a, 1, (), others))]


def content(a: Algebra, u: Form) -> Content:
    """What all terms of u share: numbers, sizes, and factors outside their sums (R9)."""
    values = [Fraction(c) for c in u.values()]
    number = Fraction(gcd(*(v.numerator for v in values)), lcm(*(v.denominator for v in values)))
    constants = _shared([dict(k) for k, _ in u])
    free = [{(h, s): e for h, s, e in fs if _extractable(a, h, s)} for _, fs in u]
    shared = _shared(free)
    factors = tuple((h, s, e) for (h, s), e in shared)
    if number == 1 and not constants and not factors:
        return Content(1, (), (), u)
    inverse = power_constants(tuple(constants), -1)
    rest: dict[tuple[Constants, tuple[Factor, ...]], Number] = {}
    for (own, fs), c in u.items():
        divided = [*fs, *((h, s, -e) for h, s, e in factors)]
        add_into(rest, _product(a, exact(c / number), times_constants(own, inverse), divided))
    # Terms may have merged: e^x/(1+e^x), written 1 − 1/(1+e^x), has the content e^x only at second sight.
    inner = content(a, rest) if len(rest) < len(u) else Content(1, (), (), rest)
    return Content(
        exact(number * inner.coefficient), times_constants(tuple(constants), inner.constants), factors + inner.factors, inner.rest
    )


def _extractable(a: Algebra, head: Head, slots: Slots) -> bool:
    """Whether a factor may be divided out: it is outside all sums and never 0 for all that is recorded."""
    return head is not a.delta and "binary" not in head.traits and not any(is_dummy(i) for i in slots)


def _shared(powers: list[dict[K, Number]]) -> list[tuple[K, Number]]:
    """Common factors with the least of their exponents; a factor that is absent has exponent 0."""
    out: list[tuple[K, Number]] = []
    for key in dict.fromkeys(k for p in powers for k in p):
        exponent = min(p.get(key, 0) for p in powers)
        if exponent:
            out.append((key, exponent))
    return out


def power(a: Algebra, u: Form, q: Number) -> Form:
    """u^q for a rational q (R9)."""
    q = exact(q)
    if not q:
        return ONE_FORM
    if q >= 1:
        whole, part = int(q // 1), exact(q % 1)
        if whole > 64:
            raise NotProvable(f"the power {whole} is too large to expand", limit=True)
        out = power(a, u, part)
        for _ in range(whole):
            out = a.multiply(out, u)
        return out
    split = by_cases(a, u, lambda v: power(a, v, q))
    if split is not None:
        return split
    if not u:
        if q < 0:
            raise NotProvable("the reciprocal of 0")
        return {}
    c = content(a, u)
    whole = isinstance(q, int)
    if whole and q < 0:
        two = _two_exponentials(a, u)
        if two is not None:
            front, rest = two
            return a.multiply(power(a, front, q), _power_box(a, rest, q, whole))
    pieces, sign_ = c.pieces(a)
    if sign_ < 0 and not whole:
        # √(−s) is no √(−1)·√s: what may be negative stays beside the sign.
        c, pieces = c.positive(a)
    out = scale(_power_of_content(a, c, q), sign_ if whole and q % 2 else 1)
    for piece in pieces:
        out = a.multiply(out, _power_box(a, piece, q, whole))
    return out


def _two_exponentials(a: Algebra, u: Form) -> tuple[Form, Form] | None:
    """A sum of two exponentials as front · (1 + r·E): the form whose quotients ``balance_logistic`` keeps short.

    Of 1 + r·E and 1 + 1/(r·E) the one already met is taken.
    """
    if len(u) != 2 or not all(_is_exponential(m) for m in u):
        return None
    terms = sorted(u, key=lambda m: len(m[1]))
    choices = []
    for front, other in (terms, terms[::-1]):
        (own, factors), coefficient = front, u[front]
        inverse = _product(
            a, exact(Fraction(1) / coefficient), power_constants(own, -1), [(h, s, -e) for h, s, e in factors]
        )
        choices.append(({front: coefficient}, add(ONE_FORM, a.multiply({other: u[other]}, inverse))))
    return next((c for c in choices if a.known_box("power", "", c[1])), choices[0])


def _is_exponential(monomial: tuple[Constants, tuple[Factor, ...]]) -> bool:
    constants, factors = monomial
    return not constants and not dummies(factors) and all(is_function(h, "exp") for h, _, _ in factors)


def _power_of_content(a: Algebra, c: Content, q: Number) -> Form:
    coefficient, roots = rational_power(c.coefficient, q)
    constants = times_constants(roots, power_constants(c.constants, q))
    out = _product(a, coefficient, constants, [])
    for head, slots, exponent in c.factors:
        out = a.multiply(out, _power_factor(a, head, slots, exponent, q))
    return out


def _power_factor(a: Algebra, head: Head, slots: Slots, exponent: Number, q: Number) -> Form:
    """(v^x)^q for one factor without dummies."""
    total = exact(exponent * q)
    base = a.instance(head, slots) if head.kind == "power" else a.atom(head, slots)
    if q < 0:
        a.require("nonzero", base, "reciprocal")
    if isinstance(q, Fraction) and "nonnegative" not in a.factor_sign(head, slots, 1):
        if exponent % 2 == 0:
            # (v²)^{1/2} = |v|, at v = 0 as well
            size = absolute(a, base)
            if not isinstance(total, Fraction):
                return a.multiply(power(a, base, exact(total - 1)), size) if total % 2 else power(a, base, total)
            a.require("nonnegative", base, "root of a product")
        elif not isinstance(exponent, Fraction):
            a.require("nonnegative", base, "root")
    return a.atom(head, slots, total)


def _two_values(u: Form) -> tuple[Factor, Fraction, Fraction] | None:
    """For c + d·h with numbers c, d and one quantity h that is 0 or 1: h and both values, none of them 0."""
    match sorted(u.items(), key=lambda term: len(term[0][1])):
        case [(((), ()), c), (((), ((head, slots, _) as gate,)), d)] if "binary" in head.traits and not any(map(is_dummy, slots)):
            closed, opened = Fraction(c), Fraction(c + d)
            return (gate, closed, opened) if closed and opened else None
        case _:
            return None


def _power_box(a: Algebra, u: Form, q: Number, whole: bool) -> Form:
    values = _two_values(u) if whole else None
    if values is not None:
        gate, closed, opened = values
        return add(constant(closed ** int(q)), _product(a, opened ** int(q) - closed ** int(q), (), [gate]))
    if q < 0:
        a.require("nonzero" if whole or a.holds("nonnegative", u) else "positive", u, "reciprocal")
    else:
        a.require("nonnegative", u, "root")
    ((_, factors), coefficient), *more = u.items()
    if not more and coefficient == 1 and not dummies(factors):
        ((head, slots, _),) = factors
        return a.atom(head, slots, q)
    if whole and not a.known_box("power", "", u) and a.known_box("power", "", scale(u, -1)):
        u, factor = scale(u, -1), -1 if q % 2 else 1
    else:
        factor = 1
    signs: tuple[Need, ...] = ("positive", "nonnegative")
    traits = frozenset(str(s) for s in signs if a.holds(s, u))
    head, slots = a.close("power", "", u, traits=traits)
    return scale(a.atom(head, slots, q), factor)


# ------------------------------------------------------ inverse and determinant


def inverse(a: Algebra, m: Form, i: Ix, j: Ix) -> Form:
    """Entry (i, j) of the inverse of the matrix ``m``, a form in ``$r`` and ``$c`` (R12)."""
    row, column = (ROW, i[1]), (COLUMN, i[1])
    split = by_cases(a, m, lambda v: inverse(a, v, i, j), (row, column))
    if split is not None:
        return split
    diagonal = as_diagonal(a, m, row, column)
    if diagonal is not None:
        return a.multiply(a.kronecker(i, j), a.substitute(power(a, diagonal, -1), {row: i}))
    word = as_word(a, m, row, column)
    if word is not None:
        return _inverse_of_word(a, word, i, j)
    scalar, rest = _scalar_content(a, m)
    a.require("invertible", rest, "inverse")
    entry = a.atom(*a.close("inverse", "", rest, (row, column), (i, j)))
    return entry if scalar is None else a.multiply(entry, power(a, scalar, -1))


def determinant(a: Algebra, m: Form) -> Form:
    """det of the matrix ``m``, a form in ``$r`` and ``$c`` (R13)."""
    if not m:
        return {}
    t = next((i[1] for _, factors in m for _, slots, _ in factors for i in slots if i[0] in (ROW, COLUMN)), None)
    if t is None:
        raise NotProvable("the determinant of a constant matrix")
    row, column = (ROW, t), (COLUMN, t)
    split = by_cases(a, m, lambda v: determinant(a, v), (row, column))
    if split is not None:
        return split
    diagonal = as_diagonal(a, m, row, column)
    if diagonal is not None:
        return exponential(a, a.bind(logarithm(a, diagonal), [row]))
    word = as_word(a, m, row, column)
    value = _determinant_of_word(a, word, t) if word is not None else None
    if value is not None:
        return value
    rank_one = _rank_one(a, m, row, column)
    if rank_one is not None:
        return rank_one
    scalar, rest = _scalar_content(a, m)
    if scalar is not None and a.holds("positive", scalar):
        return a.multiply(size_power(a, scalar, t), determinant(a, rest))
    return a.atom(*a.close("determinant", "", m, (row, column)))


def size_power(a: Algebra, base: Form, type_: str) -> Form:
    """base^n for a positive base, as exp(n·log base)."""
    return exponential(a, a.multiply(a.size(type_), logarithm(a, base)))


def _scalar_content(a: Algebra, m: Form) -> tuple[Form | None, Form]:
    """m = scalar · rest, where the matrix's row and column do not occur in the scalar."""
    c = content(a, m)
    outside = [f for f in c.factors if not {i[0] for i in f[1]} & {ROW, COLUMN}]
    rest = c.rest
    for factor in c.factors:
        if factor not in outside:
            rest = a.multiply(rest, _product(a, 1, (), [factor]))
    sign_ = -1 if len(rest) == 1 and min(rest.values()) < 0 else 1
    scalar = _product(a, sign_ * c.coefficient, c.constants, outside)
    return (None, m) if scalar == ONE_FORM else (scalar, scale(rest, sign_))


def as_diagonal(a: Algebra, m: Form, row: Ix, column: Ix) -> Form | None:
    """d for the matrix diag(d), a form in the row; None where another entry may differ from 0."""
    unit = a.delta, least(a.delta, (row, column)), 1
    return a.substitute(m, {column: row}) if all(unit in factors for _, factors in m) else None


class Word(NamedTuple):
    """scalar · D₀ L₁ D₁ L₂ … D_k with square L between ``nodes`` (row first, column last) and diagonal D at some of them."""

    scalar: Form
    nodes: tuple[Ix, ...]
    links: tuple[Factor, ...]
    diagonals: Mapping[Ix, Form]


def as_word(a: Algebra, m: Form, row: Ix, column: Ix) -> Word | None:
    """A single term as a product of square matrices; None where it is none."""
    if len(m) != 1:
        return None
    ((constants, factors), coefficient), = m.items()
    hide = {d: a.hidden(d[1]) for d in sorted(dummies(factors))}
    inner = {*hide.values(), row, column}
    todo = list(map_slots(factors, hide))
    nodes, links, diagonals = [row], list[Factor](), dict[Ix, Form]()
    while True:
        here = nodes[-1]
        parts = _parts(todo, inner - {here})
        onward = next((p for p in parts if any(column in f[1] for f in p)), []) if here != column else []
        aside = [f for p in parts if p is not onward and any(here in f[1] for f in p) for f in p]
        if aside:
            diagonals[here] = _bound_product(a, aside, {*hide.values()} - {here})
        todo = [f for f in todo if f not in aside]
        if here == column:
            break
        touching = [f for f in onward if here in f[1]]
        if len(touching) != 1:
            return None
        (link,) = touching
        ends = [i for i in link[1] if i in inner]
        if link[2] != 1 or len(ends) != 2 or not _is_matrix(link, ends):
            return None
        (there,) = {*ends} - {here}
        if there[1] != row[1]:
            return None
        nodes.append(there)
        links.append(link)
        todo.remove(link)
    scalar = a.multiply(_product(a, coefficient, constants, []), _bound_product(a, todo, {*hide.values()}))
    return Word(scalar, tuple(nodes), tuple(links), diagonals)


def _parts(factors: list[Factor], joints: set[Ix]) -> list[list[Factor]]:
    """Groups of factors connected through ``joints``."""
    groups: list[tuple[set[Ix], list[Factor]]] = []
    for factor in factors:
        names = set(factor[1]) & joints
        members = [factor]
        apart = []
        for group in groups:
            if names.isdisjoint(group[0]):
                apart.append(group)
            else:
                names |= group[0]
                members = group[1] + members
        groups = [*apart, (names, members)]
    return [members for _, members in groups]


def _is_matrix(link: Factor, ends: list[Ix]) -> bool:
    """Whether the factor is an entry of a matrix whose row and column are these two."""
    if link[0].kind == "inverse":
        return [*link[1][:2]] == ends
    return link[0].kind in ("tensor", "function")


def _bound_product(a: Algebra, factors: list[Factor], hidden: set[Ix]) -> Form:
    """The product, summed over those hidden dummies that occur in it."""
    return a.bind(_product(a, 1, (), factors), sorted(hidden & {i for _, s, _ in factors for i in s}))


def _inverse_of_word(a: Algebra, word: Word, i: Ix, j: Ix) -> Form:
    """(s·D₀L₁…L_kD_k)⁻¹ = s⁻¹·D_k⁻¹L_k⁻¹…L₁⁻¹D₀⁻¹."""
    place = {word.nodes[0]: j, word.nodes[-1]: i}
    out = power(a, word.scalar, -1)
    for node, diagonal in word.diagonals.items():
        out = a.multiply(out, a.substitute(power(a, diagonal, -1), {node: place.get(node, node)}))
    for link, left, right in zip(word.links, word.nodes, word.nodes[1:], strict=False):
        out = a.multiply(out, _inverse_of_link(a, link, left, right, place.get(right, right), place.get(left, left)))
    return a.bind(out, word.nodes[1:-1])


def _inverse_of_link(a: Algebra, link: Factor, left: Ix, right: Ix, i: Ix, j: Ix) -> Form:
    """Entry (i, j) of the inverse of the matrix link[left, right]."""
    head, slots, _ = link
    if head.kind == "inverse":
        row, column = (i, j) if slots[0] == left else (j, i)
        return a.substitute(a.instance(head, slots), {(ROW, left[1]): row, (COLUMN, left[1]): column})
    matrix = a.substitute(a.atom(head, slots), {left: (ROW, left[1]), right: (COLUMN, left[1])})
    a.require("invertible", matrix, "inverse")
    return a.atom(*a.close("inverse", "", matrix, ((ROW, left[1]), (COLUMN, left[1])), (i, j)))


def _determinant_of_word(a: Algebra, word: Word, type_: str) -> Form | None:
    """det(s·L₁…L_k) = s^n·det L₁ … det L_k."""
    out: Form = ONE_FORM
    if as_number(word.scalar) != 1:
        if not a.holds("positive", word.scalar):
            return None
        out = size_power(a, word.scalar, type_)
    for node, diagonal in word.diagonals.items():
        out = a.multiply(out, exponential(a, a.bind(logarithm(a, diagonal), [node])))
    for (head, slots, _), left, right in zip(word.links, word.nodes, word.nodes[1:], strict=False):
        row, column = (ROW, left[1]), (COLUMN, left[1])
        if head.kind == "inverse":
            out = a.multiply(out, power(a, determinant(a, a.instance(head, slots)), -1))
        else:
            matrix = a.substitute(a.atom(head, slots), {left: row, right: column})
            traits = POSITIVE if "definite" in head.traits else frozenset[str]()
            out = a.multiply(out, a.atom(*a.close("determinant", "", matrix, (row, column), traits=traits)))
    return out


def _rank_one(a: Algebra, m: Form, row: Ix, column: Ix) -> Form | None:
    """det(I + ab^T) = 1 + b^T a."""
    rest = add(m, scale(a.kronecker(row, column), -1))
    if len(rest) != 1:
        return None
    ((_, factors), _), = rest.items()
    for part in components(factors):
        if any(row in s for _, s, _ in part) and any(column in s for _, s, _ in part):
            return None
    a.use(RANK_ONE)
    joint = a.hidden(row[1])
    return add(ONE_FORM, a.bind(a.substitute(rest, {row: joint, column: joint}), [joint]))


# ------------------------------------------------------------ abstract losses


def loss(a: Algebra, name: str, u: Form, axes: Slots, fixed: Slots, order: int = 0) -> Form:
    """ℓ⟨u⟩[value; d₁ …]: a function of an array (a form in ``axes``) or its partial derivative of some order.

    ``fixed`` are the indices of the value, then for each differentiation those of the entry.  Partial
    derivatives commute: the blocks of the latter may be exchanged.
    """
    split = by_cases(a, u, lambda v: loss(a, name, v, axes, fixed, order), axes)
    if split is not None:
        return split
    values = len(fixed) - order * len(axes)
    start = tuple(range(values))
    block = [tuple(range(values + k * len(axes), values + (k + 1) * len(axes))) for k in range(order)]
    orders = permutations(block) if order <= 3 else [tuple(block)]
    blocks = tuple(start + tuple(i for b in chosen for i in b) for chosen in orders)
    return a.atom(*a.close("loss", name, u, axes, fixed, order, _values_of(name, order), blocks))
