"""Is a polynomial a combination of others, which are zero by assumption?

Linear algebra over ℚ: multiples of the assumed polynomials whose monomials meet are collected in a few
rounds, then the polynomial is reduced by them.  What reduces to 0 is Σ q_k·f_k: zero wherever all f_k
are, on every branch of their common zeros.  What does not says nothing (no Gröbner basis is built).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from fractions import Fraction

from derivations.prove.zero import UNIT, Limit, Monomial, Poly, leading

ROUNDS = 3
MAX_MULTIPLES = 1500


def is_combination(poly: Poly, zeros: Sequence[Poly], multiply: Callable[[Poly, Poly], Poly]) -> bool:
    """Whether ``poly`` = Σ q_k · zeros_k, no product of a higher degree; False where none was found; raises Limit."""
    basis: dict[Monomial, Poly] = {}
    tried: set[tuple[int, Monomial]] = set()
    frontier = set(poly)
    degree = max((_degree(m) for m in poly), default=0)
    for _ in range(ROUNDS):
        met: set[Monomial] = set()
        for which, factor in _multipliers(frontier, zeros):
            if (which, factor) in tried:
                continue
            tried.add((which, factor))
            if len(tried) > MAX_MULTIPLES:
                raise Limit("too many multiples of the assumptions")
            multiple = multiply({factor: 1}, zeros[which])
            if all(_degree(m) <= degree for m in multiple):
                met.update(multiple)
                _insert(basis, multiple)
        if not _reduced(poly, basis):
            return True
        frontier = met
    return False


def _degree(monomial: Monomial) -> int | Fraction:
    return sum((e for _, e in monomial), 0)


def _multipliers(monomials: set[Monomial], zeros: Sequence[Poly]) -> Iterator[tuple[int, Monomial]]:
    """The quotients of monomials by the monomials of the zeros."""
    for monomial in sorted(monomials):
        powers = dict(monomial)
        for which, zero in enumerate(zeros):
            for part in zero:
                if part != UNIT and all(powers.get(g, 0) >= e for g, e in part):
                    rest = {**powers, **{g: powers[g] - e for g, e in part}}
                    yield which, tuple((g, e) for g, e in sorted(rest.items()) if e)


def _reduced(poly: Poly, basis: dict[Monomial, Poly]) -> Poly:
    rest = dict(poly)
    out: Poly = {}
    while rest:
        top = leading(rest)
        row = basis.get(top)
        if row is None:
            out[top] = rest.pop(top)
            continue
        factor = Fraction(rest[top]) / row[top]
        for m, x in row.items():
            rest[m] = rest.get(m, 0) - factor * x
            if not rest[m]:
                del rest[m]
    return out


def _insert(basis: dict[Monomial, Poly], poly: Poly) -> None:
    rest = _reduced(poly, basis)
    if rest:
        basis[leading(rest)] = rest
