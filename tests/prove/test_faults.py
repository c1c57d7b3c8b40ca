"""Fault injection (THEORY 7): the kernel is broken in one place at a time, and the suite has to notice.

Beside each fault stands its killer: a false claim that the broken kernel proves, or a true one
("keep") that it no longer does.  Run with ``-s`` to see killed/injected.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import permutations
from typing import Any

import pytest

from derivations.claims import Equation, Statement, Variable
from derivations.expr import Add, Derivative, Fill, Power, Size, Softmax, number
from derivations.prove import allsizes, boxes, derivative, indexform, matching, normal, translate
from derivations.prove.allsizes import NoProof, Proof, prove
from tests.prove.identities import (
    at,
    claim,
    context,
    det,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    mm,
    ones,
    over,
    plus,
    root,
    square,
    sym,
    t,
    times,
    total,
    tr,
    twice,
)

n, m = dims("n m")
A, B, M, X = sym("A", n, n), sym("B", n, n), sym("M", n, n), sym("X", n, n)
a, b, c, x, y = (sym(name, n) for name in "abcxy")
R = sym("R", n, m)
s, r = sym("s"), sym("r")
i, j, p, q = index("i", n), index("j", n), index("p", n), index("q", n)
one, two = number(1), number(2)

# ----------------------------------------------------------- claims that are false

HOT = context(
    Variable("Y", (n, m), domain="binary"), sym("T", n, m), assumptions=(Equation(mm(sym("Y", n, m), ones(m)), ones(n)),)
)
Y, T = sym("Y", n, m), sym("T", n, m)

FALSE: dict[str, Statement] = {
    "∂(Σ_i x_i²)/∂x_i = 2Σ_i x_i": claim(Derivative(total(i, square(at(x, i))), x, (i,)), twice(total(i, at(x, i)))),
    "Σ_i(x_i Σ_i y_i) = nΣ_i x_i y_i": claim(
        total(i, times(at(x, i), total(i, at(y, i)))), times(Size(n), total(i, times(at(x, i), at(y, i))))
    ),
    "tr I = 1": claim(tr(eye(n)), one),
    "Σ_i y = y": claim(total(i, s), s),
    "relu without its gate": claim(grad(f("relu", x), x), eye(n)),
    "∂x² = x": claim(grad(square(s), s), s),
    "Σ_k b_k / Σ_k c_k = 1": claim(over(total(i, at(b, i)), total(i, at(c, i))), one),
    "Σ_k b_k / Σ_k b_k c_k = 1/Σc": claim(
        over(total(i, at(b, i)), total(i, times(at(b, i), at(c, i)))), over(one, total(i, at(c, i)))
    ),
    "I = 11ᵀ": claim(eye(n), Fill(one, (n, n))),
    "∂log x = log x": claim(f("log", s, 1), f("log", s)),
    "∂tr(AX)/∂X_pq = Σ_j A_jp": claim(Derivative(tr(mm(A, X)), X, (p, q)), total(j, at(A, j, p))),
    "Σ_i exp Σ_j M_ij = Σ_i exp Σ_j M_ji": claim(
        total(i, f("exp", total(j, at(M, i, j)))), total(i, f("exp", total(j, at(M, j, i))))
    ),
    "X⁻¹Xᵀ = I": claim(mm(inv(X), t(X)), eye(n)),
    "(AB)⁻¹ = A⁻¹B⁻¹": claim(inv(mm(A, B)), mm(inv(A), inv(B))),
    "A = Aᵀ": claim(A, t(A)),
    "relu(−x) = −relu x": claim(f("relu", times(number(-1), x)), times(number(-1), f("relu", x))),
    "√x² = x": claim(root(square(x)), x),
    "exp xy = exp x exp y": claim(f("exp", times(x, y)), times(f("exp", x), f("exp", y))),
    "∂tr(SA)/∂S = A, S symmetric": claim(
        grad(tr(mm(sym("S", n, n), A)), sym("S", n, n)), A, context(Variable("S", (n, n), symmetric=True))
    ),
    "1 = 1_{n×n}": claim(ones(n), Fill(one, (n, n))),
    "Σ_j T_ij = 1 for unconstrained T": claim(mm(T, ones(m)), ones(n), HOT),
    "Y_ij Y_ik = Y_ij": claim(times(at(Y, i, index("j", m)), at(Y, i, index("k", m))), at(Y, i, index("j", m)), HOT),
    "∂ΣY/∂Y = 0, entries independent": claim(grad(mm(t(ones(n)), Y, ones(m)), Y), Fill(number(0), (n, m)), HOT),
    "A φ(nx) = A φ(2x)": claim(mm(A, f("φ", times(Size(n), x))), mm(A, f("φ", twice(x)))),
    "Σ_ij δ_ij exp A_ij = n exp tr A": claim(
        mm(t(ones(n)), times(eye(n), f("exp", A)), ones(n)), times(Size(n), f("exp", tr(A)))
    ),
    "tr AB = tr A tr B": claim(tr(mm(A, B)), times(tr(A), tr(B))),
    "∂A⁻¹ without its sign": claim(Derivative(tr(inv(X)), X, (p, q)), at(mm(inv(X), inv(X)), q, p)),
    "det(A+B) = det A + det B": claim(det(plus(A, B)), plus(det(A), det(B))),
    "φ(x) = φ′(x)": claim(f("φ", x), f("φ", x, 1)),
    "(A+11ᵀ)⁻¹A = I": claim(mm(inv(plus(A, mm(a, t(ones(n))))), A), eye(n)),
    "inverse contracted twice": claim(total(j, times(at(inv(A), i, j), at(A, j, j))), one),
    "Σ_k b_k c_k / Σ_k b_k = Σ c_k": claim(over(total(i, times(at(b, i), at(c, i))), total(i, at(b, i))), total(i, at(c, i))),
    "Σ_ij v_i A_ij v_j /Σv": claim(over(total(i, times(at(b, i), at(b, i))), total(i, at(b, i))), total(i, at(b, i))),
    "S₄ = 0": claim(
        Add(
            tuple(
                times(
                    number((-1) ** sum(o[k] > later for k in range(4) for later in o[k + 1 :])),
                    mm(*(sym("ABCD"[k], n, n) for k in o)),
                )
                for o in permutations(range(4))
            )
        ),
        Fill(number(0), (n, n)),
    ),
    "Cayley–Hamilton at n = 2": claim(
        plus(mm(X, X), times(number(-1), times(tr(X), X)), times(det(X), eye(n))), Fill(number(0), (n, n))
    ),
    "entrywise I⁻¹ = I": claim(Power(eye(n), number(-1)), eye(n)),
    "rectangular (yᵀp)(wᵀ(φ(u)∘z))": claim(
        times(mm(t(y), a), mm(t(b), times(f("φ", x), c))), times(mm(t(y), times(f("φ", x), a)), mm(t(b), c))
    ),
}

KEEP: dict[str, Statement] = {
    "∂(aᵀx)/∂x_p = a_p": claim(Derivative(mm(t(a), x), x, (p,)), at(a, p)),
    "(Σx)² = Σ_ij x_i x_j": claim(square(total(i, at(x, i))), total(i, total(j, times(at(x, i), at(x, j))))),
    "Y∘Y = Y": claim(times(Y, Y), Y, HOT),
    "relu(2x) = 2relu x": claim(f("relu", twice(x)), twice(f("relu", x))),
    "A⁻¹A = I": claim(mm(inv(A), A), eye(n)),
    "∂log det": claim(grad(f("log", det(A)), A), t(inv(A))),
    "Σ_ij A_ij B_ij in both orders": claim(
        total(i, total(j, times(at(A, i, j), at(B, i, j)))), total(j, total(i, times(at(B, j, i), at(A, j, i))))
    ),
    "softmax rows": claim(mm(Softmax(R, 1), ones(m)), ones(n)),
}


@pytest.mark.parametrize("title", FALSE)
def test_never_proved(title: str) -> None:
    """Known-false claims, the special killers of THEORY 7 and the small-size coincidences of THEORY 5 among them."""
    assert isinstance(prove(FALSE[title]), NoProof)


@pytest.mark.parametrize("title", KEEP)
def test_stays_proved(title: str) -> None:
    """True claims that some faults would lose."""
    assert isinstance(prove(KEEP[title]), Proof)


def test_vacuous_claims_record_what_makes_them_vacuous() -> None:
    """(aaᵀ)⁻¹aaᵀ = I may be proved only as long as it says that aaᵀ is invertible (fault 18)."""
    singular = mm(a, t(a))
    outcome = prove(claim(mm(inv(singular), singular), eye(n)))
    assert isinstance(outcome, NoProof) or any(k.kind == "invertible" for k in outcome.conditions)


def test_splitting_a_logarithm_records_positivity() -> None:
    """log(xy + xz) = log x + log(y + z) needs x > 0 and y + z > 0 (fault 18)."""
    statement = claim(f("log", plus(times(x, a), times(x, b))), plus(f("log", x), f("log", plus(a, b))))
    outcome = prove(statement)
    assert isinstance(outcome, Proof)
    assert {k.kind for k in outcome.conditions} == {"positive"}
    assert len(outcome.conditions) == 2


def test_simultaneous_substitution() -> None:
    """Two cut variables are put back at once: d(AB) under A := B′, B := A′ (fault 20)."""
    P, Q = sym("P", n, n), sym("Q", n, n)
    world = context(A, B, definitions={"P": B, "Q": A})
    assert isinstance(prove(claim(mm(P, Q), mm(A, A), world)), NoProof)
    assert isinstance(prove(claim(mm(P, Q), mm(B, A), world)), Proof)


# ------------------------------------------------------------------------- faults

Patch = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Fault:
    """One broken rule, and what must notice it."""

    title: str
    inject: Patch
    false: str = ""
    keep: str = ""


def _swap(target: Any, name: str, make: Callable[[Any], Any]) -> Patch:
    def inject(patch: pytest.MonkeyPatch) -> None:
        patch.setattr(target, name, make(getattr(target, name)))

    return inject


def _dictionary(target: Any, key: str, value: Any) -> Patch:
    def inject(patch: pytest.MonkeyPatch) -> None:
        patch.setitem(target, key, value)

    return inject


def _no_size(settle: Any) -> Any:
    def broken(algebra: Any, term: Any) -> Any:
        kept = term.bound & indexform.dummies(term.factors) if term.bound else term.bound
        deltas = any(g[0] is algebra.delta for g in term.factors)
        return settle(algebra, term if deltas else term._replace(bound=kept))

    return broken


def _no_size_at_all(settle: Any) -> Any:
    def broken(algebra: Any, term: Any) -> Any:
        out = settle(algebra, term)
        return None if out is None else out._replace(constants=(), coefficient=term.coefficient)

    return broken


def _shadowing(at_: Any) -> Any:
    """A binder keeps the outer index of its name."""
    return lambda self, index, place: self if index in self.indices else at_(self, index, place)


def _delta_dropped(contract: Any) -> Any:
    def broken(algebra: Any, factors: Any, bound: Any) -> Any:
        rest = tuple(g for g in factors if g[0] is not algebra.delta)
        used = {k for g in factors if g[0] is algebra.delta for k in g[1] if indexform.is_dummy(k)}
        return rest, frozenset(bound - (used - indexform.dummies(rest)))

    return broken


def _free_delta_is_one(contract: Any) -> Any:
    def broken(algebra: Any, factors: Any, bound: Any) -> Any:
        out = contract(algebra, factors, bound)
        return None if out is None else (tuple(g for g in out[0] if g[0] is not algebra.delta), out[1])

    return broken


def _one_index_ignored(slope: Any) -> Any:
    def broken(a_: Any, head: Any, slots: Any, by: Any, at_: Any) -> Any:
        if head.kind == "tensor" and len(slots) == 2:
            return a_.kronecker(slots[0], at_[0])
        return slope(a_, head, slots, by, at_)

    return broken


def _exp_of_products(exponential: Any) -> Any:
    def broken(a_: Any, u: Any) -> Any:
        parts = [(k, (g,)) for (k, factors), _ in u.items() for g in factors]
        if len(u) == 1 and len(parts) == 2:
            out = indexform.ONE_FORM
            for part in parts:
                out = a_.multiply(out, exponential(a_, {part: 1}))
            return out
        return exponential(a_, u)

    return broken


def _symmetric(new: Any) -> Any:
    return lambda self, name, axes, *more, symmetric=False: new(self, name, axes, *more, symmetric=len(axes) == 2)


def _first_factor_only(differentiate: Any) -> Any:
    def broken(a_: Any, form: Any, by: Any, at_: Any) -> Any:
        return indexform.scale(differentiate(a_, form, by, at_), indexform.Fraction(1, 2))

    return broken


def _captured(open_: Any) -> Any:
    """Dummies of the host are not hidden while a box is built."""

    def broken(self: Any, term: Any, rest: Any, value: Any) -> Any:
        out = []
        for (constants, factors), coefficient in value({}).items():
            out.append(
                normal.Term(
                    term.coefficient * coefficient,
                    indexform.times_constants(term.constants, constants),
                    term.bound | indexform.dummies(factors),
                    rest + factors,
                )
            )
        return out

    return broken


def _swap_slots(close: Any) -> Any:
    """Inverse boxes take their column for their row."""

    def broken(self: Any, kind: Any, *rest: Any, **more: Any) -> Any:
        head, slots = close(self, kind, *rest, **more)
        return (head, (slots[1], slots[0], *slots[2:])) if kind == "inverse" else (head, slots)

    return broken


def _no_reversal(inverse: Any) -> Any:
    def broken(a_: Any, word: Any, i_: Any, j_: Any) -> Any:
        place = {word.nodes[0]: i_, word.nodes[-1]: j_}
        out = boxes.power(a_, word.scalar, -1)
        for link, left, right in zip(word.links, word.nodes, word.nodes[1:], strict=False):
            out = a_.multiply(out, boxes._inverse_of_link(a_, link, left, right, place.get(left, left), place.get(right, right)))
        return a_.bind(out, word.nodes[1:-1])

    return broken


def _open_scope(closed: Any) -> Any:
    return lambda match, given, alone: True


def _any_row_sums_to_one(rule: Any) -> Any:
    def broken(algebra: Any, term: Any) -> Any:
        for place, (head, slots, power) in enumerate(term.factors):
            rest = term.factors[:place] + term.factors[place + 1 :]
            last = slots[-1] if slots else None
            summed = head.kind == "tensor" and len(slots) == 2 and power == 1 and last and indexform.is_dummy(last)
            if summed and last != slots[0] and not any(last in g[1] for g in rest):
                return [term._replace(factors=rest, bound=term.bound - {last})]
        return None

    return broken


def _slope(kind: str, broken: Any) -> Patch:
    return _dictionary(derivative.SLOPES, kind, derivative.SLOPES[kind]._replace(apply=broken))


def _rule(name: str, make: Callable[[Any], Any]) -> Patch:
    def inject(patch: pytest.MonkeyPatch) -> None:
        rules = tuple(
            rule._replace(apply=make(rule.apply)) if rule.law.name == name else rule for rule in normal.REWRITES
        )
        assert rules != normal.REWRITES
        patch.setattr(normal, "REWRITES", rules)

    return inject


def _no_delta_between_columns(rule: Any) -> Any:
    def broken(algebra: Any, term: Any) -> Any:
        out = rule(algebra, term)
        return None if out is None else [out[0]._replace(factors=out[0].factors[:-1])]

    return broken


FAULTS: tuple[Fault, ...] = (
    Fault(
        "1 binders not freshened when multiplied",
        _swap(normal.Algebra, "apart", lambda old: lambda self, factors: factors),
        keep="(Σx)² = Σ_ij x_i x_j",
    ),
    Fault("2 binders do not shadow", _swap(translate.Scope, "at", _shadowing), false="Σ_i(x_i Σ_i y_i) = nΣ_i x_i y_i"),
    Fault("3 a detached dummy loses its size", _swap(normal, "settle", _no_size), false="Σ_i y = y"),
    Fault("3b every size is lost", _swap(normal, "settle", _no_size_at_all), false="tr I = 1"),
    Fault("4 relu′ = 1", _swap(boxes, "_step_box", lambda old: lambda a_, u: indexform.ONE_FORM), false="relu without its gate"),
    Fault("5 the product rule drops half", _swap(translate, "differentiate", _first_factor_only), false="∂x² = x"),
    Fault("6 δ dropped, not substituted", _swap(normal, "contract_deltas", _delta_dropped), keep="∂(aᵀx)/∂x_p = a_p"),
    Fault("8 cancellation ignores scope", _swap(matching, "_closed", _open_scope), false="Σ_k b_k c_k / Σ_k b_k = Σ c_k"),
    Fault("9 free δ = 1", _swap(normal, "contract_deltas", _free_delta_is_one), false="I = 11ᵀ"),
    Fault(
        "10 log′ = log",
        _slope(
            "log",
            lambda a_, h, s_, by, at_: a_.multiply(a_.atom(h, s_), derivative.slope_of_body(a_, h, s_, by, at_)),
        ),
        false="∂log x = log x",
    ),
    Fault("11 one index of ∂X_ij ignored", _swap(derivative, "slope_of_factor", _one_index_ignored), keep="∂log det"),
    Fault("13 capture under a box", _swap(normal.Algebra, "open", _captured), keep="∂φ"),
    Fault("14 inverse contracted transposed", _swap(normal.Algebra, "close", _swap_slots), false="X⁻¹Xᵀ = I"),
    Fault("15 no reversal", _swap(boxes, "_inverse_of_word", _no_reversal), false="(AB)⁻¹ = A⁻¹B⁻¹"),
    Fault("16 plain heads symmetric", _swap(translate.Translator, "_new_tensor", _symmetric), false="A = Aᵀ"),
    Fault(
        "17 step(−u) = step u",
        _swap(
            boxes,
            "_half",
            lambda old: lambda a_, u, exact: old(
                a_, indexform.scale(u, -1) if any(v < 0 for v in u.values()) else u, exact
            ),
        ),
        false="relu(−x) = −relu x",
    ),
    Fault("18 √x² = x", _swap(boxes, "absolute", lambda old: lambda a_, u: u), false="√x² = x"),
    Fault(
        "19 exp split wrongly",
        _dictionary(boxes.BUILTIN, "exp", _exp_of_products(boxes.exponential)),
        false="exp xy = exp x exp y",
    ),
    Fault(
        "21 shapes unchecked",
        _swap(allsizes, "shape", lambda old: lambda e: (n,) if isinstance(e, Fill) else old(e)),
        false="1 = 1_{n×n}",
    ),
    Fault(
        "23 any row sums to 1", _rule("one-hot: rows sum to 1", _any_row_sums_to_one), false="Σ_j T_ij = 1 for unconstrained T"
    ),
    Fault("24 Y_ij Y_ik = Y_ij", _rule("one-hot: one place", _no_delta_between_columns), false="Y_ij Y_ik = Y_ij"),
    Fault(
        "25 constrained variables not cut",
        _swap(translate.Translator, "_is_plain", lambda old: lambda self, by, scope: by.name not in self.context.definitions),
        false="∂tr(SA)/∂S = A, S symmetric",
    ),
    Fault(
        "26 ∂A⁻¹ without its sign",
        _slope(
            "inverse", lambda a_, h, s_, by, at_: indexform.scale(derivative._inverse(a_, h, s_, by, at_), -1)
        ),
        false="∂A⁻¹ without its sign",
    ),
    Fault(
        "27 derivatives of φ keep its name",
        _slope(
            "function",
            lambda a_, h, s_, by, at_: a_.multiply(a_.atom(h, s_), derivative.slope_of_body(a_, h, s_, by, at_)),
        ),
        keep="∂φ",
    ),
    Fault(
        "12 Σ forgets its binder", _swap(normal.Algebra, "bind", lambda old: lambda self, form, indices: form), false="tr I = 1"
    ),
    Fault(
        "28 only one slot order is interned",
        _swap(normal, "_orders", lambda old: lambda invariants: [tuple(range(len(invariants)))]),
        keep="⟨φ(A + Aᵀ), B⟩ = ⟨φ(A + Aᵀ), Bᵀ⟩",
    ),
)

SYMMETRIC = f("φ", plus(A, t(A)))
KEEP["⟨φ(A + Aᵀ), B⟩ = ⟨φ(A + Aᵀ), Bᵀ⟩"] = claim(tr(mm(SYMMETRIC, B)), tr(mm(SYMMETRIC, t(B))))
KEEP["∂φ"] = claim(grad(total(i, f("φ", at(x, i))), x), f("φ", x, 1))


def killed(fault: Fault) -> bool:
    """Whether the killer notices: a crash of the broken kernel counts as noticed, too."""
    try:
        if fault.false:
            return isinstance(prove(FALSE[fault.false]), Proof)
        return not isinstance(prove(KEEP[fault.keep]), Proof)
    except (AssertionError, KeyError, ValueError, TypeError, IndexError):
        return True


def test_every_fault_is_killed() -> None:
    """Each injected fault changes the verdict on its killer, which the sound kernel judges rightly."""
    alive = []
    for fault in FAULTS:
        with pytest.MonkeyPatch.context() as patch:
            fault.inject(patch)
            if not killed(fault):
                alive.append(fault.title)
    print(f"faults killed: {len(FAULTS) - len(alive)}/{len(FAULTS)}")
    assert not alive
    assert len(FAULTS) >= 15
