"""Is this expression zero?  An exact test of our own, over SymPy trees.

Only ``Symbol``, ``Rational``, ``Add``, ``Mul``, ``Pow``, ``exp`` and ``log`` are understood, and
nothing is asked of SymPy but its trees.  Every expression is a rational function of
*generators*; what is shown to be zero as such a function is zero wherever it is defined:

* a plain symbol is a generator; a symbol with a *value* stands for that value;
* exp: arguments are expanded, a ℚ-basis of their span (modulo constants) gives the generators.
  By Ax–Schanuel (Lindemann–Weierstrass case) these are algebraically independent;
* log: products and powers are split, one generator log|v| for each argument v that is left;
* roots: a generator r with r² = u, for which *every* choice of sign has to give zero;
* switches are symbols that are 0 or 1 (gates); of a group with exactly one 1 (labels) products vanish.

Logs and roots make the test one-sided: "equal" is sound, "different" is a hint.

Two modes.  ``Trial`` evaluates modulo a random prime at a random point (Schwartz 1980,
Zippel 1979): a nonzero numerator of degree d with h-bit coefficients vanishes with
probability at most d/p + (h/60)/2⁵³.  ``Algebra.expand`` is polynomial arithmetic over ℚ: exact.
"""

from __future__ import annotations

import os

os.environ["SYMPY_GROUND_TYPES"] = "python"  # compiled ground types differ between machines

import copy
import math
import random
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from hashlib import sha256
from typing import Any, Literal, TypeAlias

import sympy
from sympy import Add, Mul, Pow, Rational, Symbol, exp, log

Expr: TypeAlias = Any  # a SymPy expression (SymPy's own annotations do not carry)
Number: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[tuple[int, Number], ...]
Poly: TypeAlias = dict[Monomial, Number]
PolyKey: TypeAlias = frozenset[tuple[Monomial, Number]]

UNIT: Monomial = ()
ROOT_SCALE = 60  # exp generators are 60th powers modulo p, so that exp(u/2) … exp(u/6) have a value
MAX_ROOTS = 6
SMALL_PRIMES = tuple(sympy.primerange(1000))  # type: ignore[no-untyped-call]
PRIME_BITS = 61
PRIMES = 2.0**53  # at least so many primes ≡ 3 (mod 4) of 61 bits


class Limit(Exception):
    """A deterministic budget is spent; the message says which."""


class Vanishing(Exception):
    """A denominator is zero at this random point (and maybe everywhere)."""


class NoRoot(Exception):
    """At this random point a radicand has no root modulo p."""


@dataclass(frozen=True, slots=True)
class Generator:
    """``body`` is the symbol itself (leaf), or the argument's polynomial."""

    kind: Literal["leaf", "exp", "log", "inverse", "root"]
    body: Any
    degree: int = 1  # of a root: r^degree = body


@dataclass(frozen=True, slots=True)
class ExpForm:
    """exp of something: e^constant · Π generator^exponent · Π base^power."""

    constant: Number
    powers: Monomial
    factors: tuple[tuple[Expr, Number], ...]


@dataclass(slots=True)
class _Row:
    """A row of the echelon form of exp arguments: Σ combination_g · argument_g."""

    order: int
    poly: Poly
    pivot: Monomial
    combination: dict[int, Number]


@dataclass(slots=True)
class Budget:
    """Work left: products of terms, and nodes evaluated.  A count, so that answers do not depend on the machine."""

    total: int = 1_500_000
    left: int = 1_500_000

    def restart(self) -> None:
        self.left = self.total

    def spend(self, work: int) -> None:
        """Raises Limit when nothing is left."""
        self.left -= work
        if self.left < 0:
            raise Limit("the budget for computing is spent")


@dataclass
class Algebra:
    """The generators of one world (one document at one choice of sizes).

    ``values`` gives symbols that stand for an expression; ``switches`` are symbols valued
    0 or 1, ``groups`` maps a switch to the group of which exactly one member is 1.
    ``positive`` are symbols known to be > 0.  ``budget`` may be shared with other algebras.
    """

    values: dict[Symbol, Expr] = field(default_factory=dict)
    switches: set[Symbol] = field(default_factory=set)
    groups: dict[Symbol, tuple[Symbol, ...]] = field(default_factory=dict)
    positive: set[Symbol] = field(default_factory=set)
    budget: Budget = field(default_factory=Budget)
    term_budget: int = 20_000
    generators: list[Generator] = field(default_factory=list)
    _ids: dict[tuple[str, Any, int], int] = field(default_factory=dict)
    _special: set[int] = field(default_factory=set)
    _expanded: dict[Expr, Poly] = field(default_factory=dict)
    _exp_forms: dict[Expr, ExpForm] = field(default_factory=dict)
    _rows: dict[Monomial, _Row] = field(default_factory=dict)
    _measures: dict[Expr, Measure] = field(default_factory=dict)

    # ------------------------------------------------------------ generators

    def generator(self, kind: str, key: Any, body: Any, degree: int = 1) -> int:
        """The number of a generator, made on first use."""
        number = self._ids.get((kind, key, degree))
        if number is None:
            number = len(self.generators)
            self.generators.append(Generator(kind, body, degree))  # type: ignore[arg-type]
            self._ids[kind, key, degree] = number
            if kind == "root" or (kind == "leaf" and body in self.switches):
                self._special.add(number)
        return number

    def is_positive(self, poly: Poly) -> bool:
        """Whether every term is visibly > 0 away from a null set: a sufficient condition only."""
        return bool(poly) and all(c > 0 and all(self._positive_power(g, e) for g, e in m) for m, c in poly.items())

    def _positive_power(self, number: int, exponent: Number) -> bool:
        generator = self.generators[number]
        match generator.kind:
            case "exp" | "root":
                return True
            case "leaf":
                positive = generator.body in self.positive
            case "inverse":
                positive = self.is_positive(generator.body)
            case _:
                positive = False
        return positive or not exponent % 2

    # ----------------------------------------------------------- polynomials

    def multiply(self, a: Poly, b: Poly) -> Poly:
        """Product, with roots and switches reduced; raises Limit beyond the budget of terms."""
        self.budget.spend(len(a) * len(b))
        out: Poly = {}
        special = self._special
        for m1, c1 in a.items():
            for m2, c2 in b.items():
                monomial = _times(m1, m2)
                if special and any(g in special for g, _ in monomial):
                    _accumulate(out, self._reduce(monomial), c1 * c2)
                else:
                    _put(out, monomial, c1 * c2)
        if len(out) > self.term_budget:
            raise Limit("too many terms")
        return out

    def _reduce(self, monomial: Monomial) -> Poly:
        """Switches: h² = h, two of one group give 0.  Roots: r^q = u, exponents within 0..q-1."""
        kept: list[tuple[int, Number]] = []
        extra: list[tuple[Poly, int]] = []
        seen: set[Symbol] = set()
        for number, exponent in monomial:
            generator = self.generators[number]
            if number not in self._special:
                kept.append((number, exponent))
            elif generator.kind == "root":
                whole, rest = divmod(int(exponent), generator.degree)
                if rest:
                    kept.append((number, rest))
                if whole:
                    extra.append((generator.body, whole))
            else:
                if exponent > 0 and not seen.isdisjoint(self.groups.get(generator.body, ())):
                    return {}
                seen.add(generator.body)
                kept.append((number, min(exponent, 1)))
        out: Poly = {tuple(kept): 1}
        for poly, whole in extra:
            out = self.multiply(out, self.power(poly, whole))
        return out

    def power(self, poly: Poly, exponent: int) -> Poly:
        """Integer power; a negative one goes through ``inverse``."""
        if exponent < 0:
            return self.power(self.inverse(poly), -exponent)
        out: Poly = {UNIT: 1}
        for _ in range(exponent):
            out = self.multiply(out, poly)
        return out

    def inverse(self, poly: Poly) -> Poly:
        """1/poly: exact for one term, else a generator for the polynomial without its content."""
        if not poly:
            raise Vanishing("a denominator is zero identically")
        if len(poly) == 1:
            ((monomial, c),) = poly.items()
            return self.multiply({UNIT: 1}, {tuple((g, -e) for g, e in monomial): Fraction(1) / c})
        c, content, rest = self._primitive(poly)
        number = self.generator("inverse", frozenset(rest.items()), rest)
        return self.multiply({((number, 1),): Fraction(1) / c}, {tuple((g, -e) for g, e in content): 1})

    def _primitive(self, poly: Poly) -> tuple[Number, Monomial, Poly]:
        """(c, m, q) with poly = c·m·q, the leading coefficient of q being 1."""
        shared = tuple(sorted((g, e) for g, e in shared_powers(poly).items() if g not in self._special))
        undo = tuple((g, -e) for g, e in shared)
        c = poly[leading(poly)]
        return c, shared, {_times(m, undo): _ratio(x, c) for m, x in poly.items()}

    # ------------------------------------------------------------- expansion

    def expand(self, e: Expr) -> Poly:
        """``e`` as a polynomial in the generators, memoised; raises Limit or Vanishing."""
        found = self._expanded.get(e)
        if found is None:
            found = self._expanded[e] = self._expand(e)
        return found

    def _expand(self, e: Expr) -> Poly:
        if isinstance(e, Symbol):
            value = self.values.get(e)
            return {((self.generator("leaf", e, e), 1),): 1} if value is None else self.expand(value)
        if isinstance(e, Rational):
            return {UNIT: _number(e)} if e else {}
        if isinstance(e, Add):
            out: Poly = {}
            for a in e.args:
                _accumulate(out, self.expand(a), 1)
            return out
        if isinstance(e, Mul):
            out = {UNIT: 1}
            for a in e.args:
                out = self.multiply(out, self.expand(a))
            return out
        if isinstance(e, log):
            return self.log_of(e.args[0])
        if isinstance(e, Pow) and isinstance(e.exp, Rational):
            return self._expand_power(e)
        plain = self.plain(e)
        return self._expand_exp(self.exp_form(e)) if plain is e else self.expand(plain)

    def rational(self, e: Expr) -> Expr | None:
        """``e`` as a rational number, where it is one or stands for one."""
        if isinstance(e, Rational):
            return e
        if not isinstance(e, Symbol) or e not in self.values:
            return None
        poly = self.expand(e)
        c = poly.get(UNIT, 0)
        return Rational(c.numerator, c.denominator) if poly.keys() <= {UNIT} else None

    def plain(self, e: Expr) -> Expr:
        """b^s with a symbol s that stands for a rational number, as that power."""
        if isinstance(e, Pow) and isinstance(e.exp, Symbol):
            exponent = self.rational(e.exp)
            return e if exponent is None else Pow(e.base, exponent)
        return e

    def _expand_power(self, e: Expr) -> Poly:
        base = self.expand(e.base)
        p, q = int(e.exp.p), int(e.exp.q)
        if q == 1:
            return self.power(base, p)
        whole, rest = divmod(p, q)
        return self.multiply(self.power(base, whole), self.power(self.root(base, q), rest))

    def _expand_exp(self, form: ExpForm) -> Poly:
        powers = form.powers
        if form.constant:
            powers = tuple(sorted((*powers, (self.generator("exp", "e", {UNIT: 1}), form.constant))))
        out: Poly = {powers: 1}
        for base, c in form.factors:
            out = self.multiply(out, self.expand(Pow(base, Rational(c.numerator, c.denominator))))
        return out

    # ----------------------------------------------------------- exponentials

    def exp_form(self, e: Expr) -> ExpForm:
        """Decompose exp(u), or b^u as exp(u·log b)."""
        found = self._exp_forms.get(e)
        if found is None:
            found = self._exp_forms[e] = self._exp_form(_exponent(e))
        return found

    def _exp_form(self, argument: Expr) -> ExpForm:
        factors: list[tuple[Expr, Number]] = []
        rest: list[Expr] = []
        for c, term in self._linear_terms(argument, 1):
            if isinstance(term, log) and c.denominator in (1, 2):
                factors.append((term.args[0], c))  # exp(c·log v) = v^c: v > 0 where log v is defined
            else:
                rest.append(Mul(Rational(c.numerator, c.denominator), term))
        poly = self.expand(Add(*rest) if factors else argument)
        constant = poly.get(UNIT, 0)
        return ExpForm(constant, self._in_basis({m: c for m, c in poly.items() if m != UNIT}), tuple(factors))

    def _linear_terms(self, e: Expr, c: Number) -> Iterator[tuple[Number, Expr]]:
        """The terms of a rational combination, through symbols that have a value, but no further than needed."""
        if isinstance(e, Add):
            for a in e.args:
                yield from self._linear_terms(a, c)
        elif isinstance(e, Mul):
            yield from self._linear_product(e, c)
        elif isinstance(e, Symbol) and isinstance(self.values.get(e), (Add, Mul, log, Symbol)):
            yield from self._linear_terms(self.values[e], c)
        else:
            yield c, e

    def _linear_product(self, e: Expr, c: Number) -> Iterator[tuple[Number, Expr]]:
        """A product, without its rational factors; a sum times a log is distributed."""
        factors: list[Expr] = []
        for a in e.args:
            number = self.rational(a)
            if number is None:
                factors.append(a)
            else:
                c = c * _number(number)
        sums = [a for a in factors if isinstance(a, Add)]
        if not c:
            return
        if len(factors) < len(e.args):
            yield from self._linear_terms(Mul(*factors), c)
        elif len(sums) == 1 and any(isinstance(a, log) for a in factors):
            for a in sums[0].args:
                yield from self._linear_terms(Mul(a, *(x for x in factors if x is not sums[0])), c)
        else:
            yield c, e

    def without_logs(self, left: Expr, right: Expr) -> tuple[Expr, Expr] | None:
        """Σ c·log v + w = 0 as Π v^c = exp(−w), whole c: the same over the reals, where every v is > 0."""
        terms = [*self._linear_terms(left, 1), *self._linear_terms(right, -1)]
        logs = [(c, t.args[0]) for c, t in terms if isinstance(t, log)]
        if not logs:
            return None
        scale = math.lcm(*(c.denominator for c, _ in logs))
        rest = (Mul(Rational(-scale * c.numerator, c.denominator), t) for c, t in terms if not isinstance(t, log))
        return Mul(*(Pow(v, int(c * scale)) for c, v in logs)), exp(Add(*rest))

    def _in_basis(self, poly: Poly) -> Monomial:
        """exp(poly) as powers of basis exponentials; a new one joins where poly is independent."""
        remainder = dict(poly)
        combination: dict[int, Number] = {}
        while rows := [self._rows[m] for m in remainder if m in self._rows]:
            row = min(rows, key=lambda r: r.order)
            c = _ratio(remainder[row.pivot], row.poly[row.pivot])
            _accumulate(remainder, row.poly, -c)
            for g, x in row.combination.items():
                combination[g] = combination.get(g, 0) + c * x
        if remainder:
            number = self.generator("exp", frozenset(poly.items()), poly)
            pivot = leading(remainder)
            inverse = {number: 1, **{g: -x for g, x in combination.items()}}
            self._rows[pivot] = _Row(len(self._rows), remainder, pivot, inverse)
            return ((number, 1),)
        return tuple(sorted((g, _tidy(c)) for g, c in combination.items() if c))

    # ------------------------------------------------------------ logarithms

    def log_of(self, e: Expr) -> Poly:
        """log|e|, with products, powers and contents split."""
        if isinstance(e, Symbol) and e in self.values:
            return self.log_of(self.values[e])
        if isinstance(e, Mul):
            out: Poly = {}
            for a in e.args:
                _accumulate(out, self.log_of(a), 1)
            return out
        if isinstance(e, Pow) and isinstance(e.exp, Rational):
            return _scaled(self.log_of(e.base), _number(e.exp))
        if isinstance(e, (exp, Pow)):
            return self.expand(_exponent(e))
        return self._log_poly(self.expand(e))

    def _log_poly(self, poly: Poly) -> Poly:
        if not poly:
            raise Vanishing("the logarithm of zero")
        c, content, rest = self._primitive(poly)
        out = self._log_rational(c)
        for number, exponent in content:
            _accumulate(out, self._log_generator(number), exponent)
        if len(rest) == 1:
            for number, exponent in leading(rest):
                _accumulate(out, self._log_generator(number), exponent)
            return out
        inverses = [(g, e) for m in rest for g, e in m if self.generators[g].kind == "inverse"]
        if inverses:  # log|N/B^k| = log|N| − k·log|B|: 1 − 1/(1 + e^{−x}) is a fraction too
            number, _ = max(inverses)
            _accumulate(out, self._log_poly(self._clear(rest, number)), 1)
            _accumulate(out, self._log_poly(self.generators[number].body), -max(e for g, e in inverses if g == number))
            return out
        _put(out, self._log_symbol(rest), 1)
        return out

    def _log_symbol(self, poly: Poly) -> Monomial:
        """The generator log|poly|."""
        return ((self.generator("log", frozenset(poly.items()), poly), 1),)

    def _log_generator(self, number: int) -> Poly:
        generator = self.generators[number]
        match generator.kind:
            case "exp":
                return dict(generator.body)
            case "inverse":
                return _scaled(self._log_poly(generator.body), -1)
            case "root":
                return _scaled(self._log_poly(generator.body), Fraction(1, generator.degree))
            case _:
                return {self._log_symbol({((number, 1),): 1}): 1}

    def _log_rational(self, c: Number) -> Poly:
        out: Poly = {}
        for part, sign in ((abs(Fraction(c)).numerator, 1), (Fraction(c).denominator, -1)):
            for prime, exponent in small_factors(part):
                _put(out, self._log_symbol({UNIT: prime}), sign * exponent)
        return out

    # ----------------------------------------------------------------- roots

    def root(self, poly: Poly, q: int) -> Poly:
        """The root ≥ 0 of degree q of a polynomial that is ≥ 0 where the root is defined."""
        if not poly:
            return {}
        if len(poly) == 1:
            ((monomial, c),) = poly.items()
            if c > 0 and all(self._has_root(g, e, q) for g, e in monomial):
                powers = tuple((g, _tidy(Fraction(e) / q)) for g, e in monomial)
                return _product_of(self, self._root_rational(c, q), {powers: 1})
            down = sum(1 if e < 0 or self.generators[g].kind == "inverse" else -1 for g, e in monomial)
            if q == 2 and down > 0:  # √u = u·√(1/u): u > 0
                return self.multiply(poly, self.root(self._flip(poly), q))
        c = abs(Fraction(poly[leading(poly)]))
        rest = {m: _ratio(x, c) for m, x in poly.items()}
        number = self.generator("root", frozenset(rest.items()), rest, q)
        return self.multiply(self._root_rational(c, q), {((number, 1),): 1})

    def _flip(self, poly: Poly) -> Poly:
        """1/poly of one term, with inverse generators opened."""
        ((monomial, c),) = poly.items()
        out: Poly = {UNIT: Fraction(1) / c}
        for g, e in monomial:
            generator = self.generators[g]
            if generator.kind == "inverse" and e > 0:
                out = self.multiply(out, self.power(generator.body, int(e)))
            else:
                out = self.multiply(out, {((g, -e),): 1})
        return out

    def _has_root(self, number: int, exponent: Number, q: int) -> bool:
        generator = self.generators[number]
        if generator.kind == "leaf":
            return generator.body in self.positive and not exponent % q
        return generator.kind == "exp"

    def _root_rational(self, c: Number, q: int) -> Poly:
        out: Poly = {UNIT: 1}
        for part, sign in ((Fraction(c).numerator, 1), (Fraction(c).denominator, -1)):
            for prime, exponent in small_factors(part):
                whole, rest = divmod(sign * exponent, q)
                out = _scaled(out, Fraction(prime) ** whole)
                if rest:
                    poly: Poly = {UNIT: prime}
                    number = self.generator("root", frozenset(poly.items()), poly, q)
                    out = self.multiply(out, {((number, rest),): 1})
        return out

    # ------------------------------------------------------------ exact test

    def copy(self, values: Mapping[Symbol, Expr]) -> Algebra:
        """The same world with other values; nothing computed so far is kept."""
        return Algebra(dict(values), self.switches, self.groups, self.positive, self.budget, self.term_budget)

    def vanishes(self, left: Expr, right: Expr) -> bool:
        """Whether left − right is zero as a rational function of the generators: polynomials over ℚ, exact."""
        return not self.numerator(left, right)

    def numerator(self, left: Expr, right: Expr) -> Poly:
        """left − right, times whatever denominators occur."""
        poly = dict(self.expand(left))
        _accumulate(poly, self.expand(right), -1)
        while (number := max((g for m in poly for g, _ in m if self.generators[g].kind == "inverse"), default=None)) is not None:
            poly = self._clear(poly, number)
        return poly

    def _clear(self, poly: Poly, number: int) -> Poly:
        """poly · B^k without the generator 1/B: newest first, since B knows only older ones."""
        base: Poly = self.generators[number].body
        by_exponent: dict[int, Poly] = {}
        for monomial, c in poly.items():
            exponent = next((int(e) for g, e in monomial if g == number), 0)
            rest = tuple((g, e) for g, e in monomial if g != number)
            by_exponent.setdefault(exponent, {})[rest] = c
        return self._horner(by_exponent, base)

    def _horner(self, by_exponent: dict[int, Poly], base: Poly) -> Poly:
        """Σ_k P_k · base^(top−k)."""
        out: Poly = {}
        for exponent in range(min(by_exponent), max(by_exponent) + 1):
            out = self.multiply(out, base)
            _accumulate(out, by_exponent.get(exponent, {}), 1)
        return out

    # --------------------------------------------------------------- measure

    def measure(self, e: Expr) -> Measure:
        """Degrees and height of ``e`` as a fraction of polynomials, bottom-up, memoised."""
        found = self._measures.get(e)
        if found is None:
            found = self._measures[e] = self._measure(e)
        return found

    def _measure(self, e: Expr) -> Measure:
        if isinstance(e, Symbol):
            value = self.values.get(e)
            return Measure(1.0, 0.0, 0.0) if value is None else self.measure(value)
        if isinstance(e, Rational):
            return _height(_number(e))
        if isinstance(e, Add):
            return _fold_sum(self.measure(a) for a in e.args)
        if isinstance(e, Mul):
            return _fold_product(self.measure(a) for a in e.args)
        if isinstance(e, Pow) and isinstance(e.exp, sympy.Integer):
            return self.measure(e.base).power(int(e.exp))
        if isinstance(e, log) or (isinstance(e, Pow) and isinstance(e.exp, Rational)):
            return self._measure_poly(self.expand(e))
        plain = self.plain(e)
        if plain is not e:
            return self.measure(plain)
        form = self.exp_form(e)
        parts = [self._measure_power(g, x) for g, x in form.powers]
        parts += [self.measure(b).power(math.ceil(_magnitude(c))) for b, c in form.factors]
        return _fold_product([Measure(_magnitude(form.constant) * ROOT_SCALE, 0.0, 0.0), *parts])

    def _measure_poly(self, poly: Poly) -> Measure:
        return _fold_sum(_fold_product([_height(c), *(self._measure_power(g, e) for g, e in m)]) for m, c in poly.items())

    def _measure_power(self, number: int, exponent: Number) -> Measure:
        generator = self.generators[number]
        match generator.kind:
            case "exp":
                degree = _magnitude(exponent) * ROOT_SCALE
                return Measure(degree, 0.0, 0.0) if exponent > 0 else Measure(0.0, degree, 0.0)
            case "inverse":
                return self._measure_poly(generator.body).power(-int(exponent))
            case "root":
                return self._measure_poly(generator.body).power(int(exponent))
            case _:
                return Measure(1.0, 0.0, 0.0).power(int(exponent))


def shared_powers(poly: Poly) -> dict[int, Number]:
    """The generators, with exponents, that may be taken out of every term: 1 + 1/x = x^{−1}(x + 1)."""
    powers = [dict(monomial) for monomial in poly]
    found = dict.fromkeys(g for monomial in powers for g in monomial)
    least = {g: min(monomial.get(g, 0) for monomial in powers) for g in found}
    return {g: e for g, e in least.items() if e}


def leading(poly: Poly) -> Monomial:
    """One monomial, always the same for the same polynomial."""
    return max(poly)


def _put(poly: Poly, monomial: Monomial, c: Number) -> None:
    total = poly.get(monomial, 0) + c
    if total:
        poly[monomial] = total
    else:
        poly.pop(monomial, None)


def _accumulate(poly: Poly, other: Poly, factor: Number) -> None:
    for monomial, c in other.items():
        _put(poly, monomial, c * factor)


def _scaled(poly: Poly, factor: Number) -> Poly:
    return {m: c * factor for m, c in poly.items()}


def _product_of(algebra: Algebra, *polys: Poly) -> Poly:
    out: Poly = {UNIT: 1}
    for poly in polys:
        out = algebra.multiply(out, poly)
    return out


def _times(a: Monomial, b: Monomial) -> Monomial:
    if not a:
        return b
    if not b:
        return a
    powers = dict(a)
    for g, e in b:
        total = powers.get(g, 0) + e
        if total:
            powers[g] = total
        else:
            del powers[g]
    return tuple(sorted(powers.items()))


def _tidy(c: Number) -> Number:
    return c.numerator if c.denominator == 1 else c


def _ratio(a: Number, b: Number) -> Number:
    return _tidy(Fraction(a) / b)


def _number(e: Expr) -> Number:
    return _tidy(Fraction(int(e.p), int(e.q)))


def _exponent(e: Expr) -> Expr:
    """u of exp(u); u·log b of b^u."""
    if e is sympy.S.Exp1:
        return sympy.S.One
    if isinstance(e, exp):
        return e.args[0]
    if isinstance(e, Pow):
        return e.exp if e.base is sympy.S.Exp1 else Mul(e.exp, log(e.base))
    raise Limit(f"a {type(e).__name__} is not understood by the zero test")


def small_factors(n: int) -> list[tuple[int, int]]:
    """Prime powers of n > 0; a cofactor without primes below 1000 counts as one factor."""
    out: list[tuple[int, int]] = []
    for prime in SMALL_PRIMES:
        count = 0
        while not n % prime:
            n, count = n // prime, count + 1
        if count:
            out.append((prime, count))
    return [*out, (n, 1)] if n > 1 else out


# ------------------------------------------------------------------ measure


@dataclass(frozen=True, slots=True)
class Measure:
    """Degree of numerator and denominator; neither's coefficients have an ℓ₁-norm above 2^bits."""

    numerator: float
    denominator: float
    bits: float

    def power(self, exponent: int) -> Measure:
        k = abs(exponent)
        up, down = (self.numerator, self.denominator) if exponent >= 0 else (self.denominator, self.numerator)
        return Measure(k * up, k * down, k * self.bits)


def _magnitude(c: Number) -> float:
    return abs(c.numerator) / c.denominator


def _height(c: Number) -> Measure:
    return Measure(0.0, 0.0, float(abs(c.numerator).bit_length() + c.denominator.bit_length()))


def _fold_sum(parts: Iterable[Measure]) -> Measure:
    n, d, bits, count = -math.inf, 0.0, 0.0, 0
    for part in parts:
        n, d = max(n + part.denominator, part.numerator + d), d + part.denominator
        bits, count = bits + part.bits, count + 1
    return Measure(max(n, 0.0), d, bits + math.log2(count + 1))


def _fold_product(parts: Iterable[Measure]) -> Measure:
    n, d, bits = 0.0, 0.0, 0.0
    for part in parts:
        n, d, bits = n + part.numerator, d + part.denominator, bits + part.bits
    return Measure(n, d, bits)


# ------------------------------------------------------------------- trials


def random_prime(rng: random.Random) -> int:
    """A random 61-bit prime ≡ 3 (mod 4), where roots are a single power."""
    while True:
        candidate = rng.getrandbits(PRIME_BITS - 3) << 2 | 1 << PRIME_BITS - 1 | 3
        if sympy.isprime(candidate):  # type: ignore[no-untyped-call]
            return candidate


class Trial:
    """One random point modulo one random prime.

    For siblings ``fixed`` overrides symbols (a cell of the switches), ``signs`` chooses among roots.
    Generators' values are drawn when first met, from the seed and the generator alone, so
    that trials with other cells or signs at the same seed meet the same point.
    """

    def __init__(self, algebra: Algebra, seed: str) -> None:
        self.algebra = algebra
        self.seed = seed
        self.prime = random_prime(random.Random(seed))
        self.fixed: Mapping[Symbol, int] = {}
        self.signs: Mapping[int, int] = {}
        self.roots: dict[int, int] = {}
        self._memo: dict[Expr, int] = {}
        self._drawn: dict[int, int] = {}
        self._leaves: dict[Symbol, int] = {}
        self._generators: dict[int, int] = {}

    def sibling(self, fixed: Mapping[Symbol, int] | None = None, signs: Mapping[int, int] | None = None) -> Trial:
        """The same point with other switches or signs."""
        other = copy.copy(self)
        if fixed is not None:
            other.fixed = fixed
        if signs is not None:
            other.signs = signs
        other.roots, other._memo, other._generators = {}, dict(other.fixed), {}
        return other

    def value(self, e: Expr) -> int:
        """``e`` modulo the prime; raises Vanishing, NoRoot or Limit."""
        found = self._memo.get(e)
        if found is None:
            self.algebra.budget.spend(1)
            found = self._memo[e] = self._value(e)
        return found

    def _value(self, e: Expr) -> int:
        p = self.prime
        if isinstance(e, Symbol):
            value = self.algebra.values.get(e)
            return self._leaf(e) if value is None else self.value(value)
        if isinstance(e, Add):
            return sum(self.value(a) for a in e.args) % p
        if isinstance(e, Mul):
            out = 1
            for a in e.args:
                out = out * self.value(a) % p
            return out
        if isinstance(e, Rational):
            return self._rational(_number(e))
        if isinstance(e, Pow) and isinstance(e.exp, sympy.Integer):
            return self._power(self.value(e.base), int(e.exp))
        if isinstance(e, log) or (isinstance(e, Pow) and isinstance(e.exp, Rational)):
            return self.poly(self.algebra.expand(e))
        plain = self.algebra.plain(e)
        return self._exponential(self.algebra.exp_form(e)) if plain is e else self.value(plain)

    def poly(self, poly: Poly) -> int:
        """A polynomial in the generators, modulo the prime."""
        total = 0
        for monomial, c in poly.items():
            term = self._rational(c)
            for number, exponent in monomial:
                term = term * self._generator_power(number, exponent) % self.prime
            total += term
        return total % self.prime

    def _exponential(self, form: ExpForm) -> int:
        out = 1
        if form.constant:
            out = self._generator_power(self.algebra.generator("exp", "e", {UNIT: 1}), form.constant)
        for number, exponent in form.powers:
            out = out * self._generator_power(number, exponent) % self.prime
        for base, c in form.factors:
            power = Pow(base, Rational(c.numerator, c.denominator))
            out = out * self.value(power) % self.prime
        return out

    def _generator_power(self, number: int, exponent: Number) -> int:
        generator = self.algebra.generators[number]
        if generator.kind == "exp":
            scaled = exponent * ROOT_SCALE
            if scaled.denominator != 1:
                raise Limit("an exponential of an unusual fraction")
            return self._power(self._draw(number), int(scaled))
        value = self._generators.get(number)
        if value is None:
            value = self._generators[number] = self._generator(number, generator)
        return self._power(value, int(exponent))

    def _generator(self, number: int, generator: Generator) -> int:
        match generator.kind:
            case "leaf":
                return self.value(generator.body)
            case "inverse":
                return self._power(self.poly(generator.body), -1)
            case "root" if generator.degree == 2:
                return self._square_root(number, self.poly(generator.body))
            case _:
                return self._draw(number)

    def _square_root(self, number: int, square: int) -> int:
        root = pow(square, self.prime // 4 + 1, self.prime)  # p ≡ 3 (mod 4)
        if root * root % self.prime != square:
            raise NoRoot
        self.roots[number] = square
        return self.signs.get(number, 1) * root % self.prime

    def _leaf(self, symbol: Symbol) -> int:
        value = self._leaves.get(symbol)
        if value is None:
            value = self._leaves[symbol] = self._hashed(f"/{symbol.name}")
        return value

    def _draw(self, number: int) -> int:
        value = self._drawn.get(number)
        if value is None:
            value = self._drawn[number] = self._hashed(f"#{number}")
        return value

    def _hashed(self, what: str) -> int:
        """A random value in 1..p-1: a hash of the seed, so that the order of drawing does not matter."""
        return int.from_bytes(sha256((self.seed + what).encode()).digest()) % (self.prime - 1) + 1

    def _rational(self, c: Number) -> int:
        return c.numerator * pow(c.denominator, -1, self.prime) % self.prime

    def _power(self, base: int, exponent: int) -> int:
        if exponent < 0 and base == 0:
            raise Vanishing("a denominator vanishes")
        return pow(base, exponent, self.prime)
