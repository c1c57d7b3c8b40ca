"""Exact real numbers: rationals, and quotients of formal sums over ln 2 and a few other named numbers.

A witness must not rest on rounding.  Most numbers met are rationals and stay
``int`` or ``Fraction``.  The others are an ``Element``: a quotient of polynomials
in *generators*, each a named positive real: log of an integer ≥ 2, π, log π, e, and
fractional powers of primes (their exponents kept in (0, 1)).

Formally zero is zero.  The converse is a theorem only while at most one generator
is transcendental (fractional powers of primes are linearly independent); beyond
that, ``differs`` asks rational enclosures, and where they cannot tell, nobody
may: ``Unrepresentable``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction
from functools import lru_cache
from math import isqrt, lcm, log2
from typing import NamedTuple, TypeAlias


class EvaluationError(Exception):
    """There is no exact value here; the message says why.  Never a verdict."""


class OffDomain(EvaluationError):
    """Undefined at this point: division by zero, log of a negative number, a singular matrix."""


class OnKink(EvaluationError):
    """A gate whose argument is exactly 0."""


class Unrepresentable(EvaluationError):
    """Defined, but outside the numbers that we compute with exactly (or too large for them)."""


class TooLarge(Unrepresentable):
    """Representable in principle: smaller sizes or entries may do."""


class Unsupported(EvaluationError):
    """Something in the statement itself that is not evaluated here, at any point."""


Items: TypeAlias = tuple[tuple["Monomial", "Rational"], ...]


class Generator(NamedTuple):
    """A positive real: ``log`` of number, a ``root`` of the prime number, ``pi``, ``logpi``, ``e``, or ``logsum``.

    The last is the logarithm of the quotient of two sums, ``argument``, which is greater
    than 1.  Nothing is known about it but where it lies: it is carried so that its derivative may be used.
    """

    kind: str
    number: int = 0
    argument: tuple[Items, Items] = ((), ())


LOG2 = Generator("log", 2)
PI = Generator("pi")
LOG_PI = Generator("logpi")
E = Generator("e")

Rational: TypeAlias = int | Fraction
Monomial: TypeAlias = tuple[tuple[Generator, Rational], ...]
Poly: TypeAlias = dict[Monomial, Rational]

UNIT_POLY: Poly = {(): 1}
MAX_TERMS = 120
MAX_PRODUCTS = 3000
MAX_DEGREE = 30
MAX_BITS = 1 << 13  # of a rational: what Python prints as a number has at most 4300 digits
MAX_ROOT = 5000
PRECISIONS = (64, 192, 768)
GUARD = 64  # more bits than asked for: fewer than 2^GUARD units are lost in any series, even k times for a logarithm of 2^k


# ------------------------------------------------------------- polynomials


@lru_cache(maxsize=4096)
def _times(a: Monomial, b: Monomial) -> tuple[Monomial, Rational]:
    """The product as a monomial and a rational factor: p^½ · p^½ is p."""
    powers = dict(a)
    for generator, exponent in b:
        powers[generator] = powers.get(generator, 0) + exponent
    factor: Rational = 1
    for generator, exponent in powers.items():
        if generator.kind == "root":
            whole = exponent.__floor__()
            factor *= Fraction(generator.number) ** whole
            powers[generator] = exponent - whole
    return tuple(sorted((g, e) for g, e in powers.items() if e)), plain(factor)


def _monomial_power(monomial: Monomial, exponent: Rational) -> tuple[Monomial, Rational]:
    return _times(tuple((g, e * exponent) for g, e in monomial), ())


def _add_poly(a: Poly, b: Poly) -> Poly:
    total = dict(a)
    for monomial, c in b.items():
        value = total.get(monomial, 0) + c
        if value:
            total[monomial] = value
        else:
            total.pop(monomial, None)
    return total


def _mul_poly(a: Poly, b: Poly) -> Poly:
    if len(a) * len(b) > MAX_PRODUCTS:
        raise TooLarge("the exact value is too large")
    total: Poly = {}
    for m, c in a.items():
        for n, d in b.items():
            monomial, factor = _times(m, n)
            value = total.get(monomial, 0) + c * d * factor
            if value:
                total[monomial] = value
            else:
                total.pop(monomial, None)
    return total


def _scale_poly(a: Poly, factor: Rational) -> Poly:
    return {m: c * factor for m, c in a.items()}


def _inverse_monomial(monomial: Monomial, coefficient: Rational) -> Poly:
    inverse, factor = _monomial_power(monomial, -1)
    return {inverse: factor / Fraction(coefficient)}


# --------------------------------------------------- the one-variable gcd


def _sole_generator(a: Poly, b: Poly) -> Generator | None:
    """The only generator of both, if it is one with whole exponents; no root is."""
    seen = {(g, e.denominator) for p in (a, b) for m in p for g, e in m}
    generators = {g for g, _ in seen}
    if len(generators) != 1 or any(d != 1 for _, d in seen):
        return None
    return generators.pop()


def _degree(monomial: Monomial) -> int:
    return int(monomial[0][1]) if monomial else 0


def _dense(p: Poly, lowest: int) -> list[Fraction]:
    degrees = {_degree(m) - lowest: c for m, c in p.items()}
    return [Fraction(degrees.get(i, 0)) for i in range(max(degrees) + 1)]


def _sparse(p: list[Fraction], generator: Generator) -> Poly:
    return {((generator, i),) if i else (): plain(c) for i, c in enumerate(p) if c}


def _divide_dense(a: list[Fraction], b: list[Fraction]) -> tuple[list[Fraction], list[Fraction]]:
    remainder, quotient = list(a), [Fraction(0)] * (len(a) - len(b) + 1)
    while len(remainder) >= len(b):
        factor, shift = remainder[-1] / b[-1], len(remainder) - len(b)
        quotient[shift] = factor
        for i, c in enumerate(b):
            remainder[shift + i] -= factor * c
        while remainder and not remainder[-1]:
            remainder.pop()
    return quotient, remainder


def _reduce(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    """Without common factor where one generator occurs, with whole exponents less than MAX_DEGREE apart; otherwise as given."""
    generator = _sole_generator(num, den)
    if generator is None:
        return num, den
    lowest = min(map(_degree, (*num, *den)))
    top, bottom = _dense(num, lowest), _dense(den, lowest)
    if max(len(top), len(bottom)) > MAX_DEGREE:
        return num, den
    a, b = top, bottom
    while b:
        a, b = b, _divide_dense(a, b)[1]
        if b:
            b = [c / b[-1] for c in b]
    return _sparse(_divide_dense(top, a)[0], generator), _sparse(_divide_dense(bottom, a)[0], generator)


# ----------------------------------------------------------------- elements


class Element:
    """num/den, formally not a rational; made by ``element`` only."""

    __slots__ = ("den", "num")

    def __init__(self, num: Poly, den: Poly) -> None:
        self.num, self.den = num, den

    def __add__(self, other: Number) -> Number:
        if isinstance(other, Element):
            if self.den == other.den:
                return element(_add_poly(self.num, other.num), self.den)
            left, right = _mul_poly(self.num, other.den), _mul_poly(other.num, self.den)
            return element(_add_poly(left, right), _mul_poly(self.den, other.den))
        if isinstance(other, (int, Fraction)):
            return element(_add_poly(self.num, _scale_poly(self.den, other)), self.den) if other else self
        return NotImplemented

    __radd__ = __add__

    def __neg__(self) -> Element:
        return Element(_scale_poly(self.num, -1), self.den)

    def __sub__(self, other: Number) -> Number:
        return self + (-other) if isinstance(other, (int, Fraction, Element)) else NotImplemented

    def __rsub__(self, other: Rational) -> Number:
        return -self + other

    def __mul__(self, other: Number) -> Number:
        if isinstance(other, Element):
            return element(_mul_poly(self.num, other.num), _mul_poly(self.den, other.den))
        if isinstance(other, (int, Fraction)):
            return Element(_scale_poly(self.num, other), self.den) if other else other
        return NotImplemented

    __rmul__ = __mul__

    def __eq__(self, other: object) -> bool:
        """Formally equal, by cross-multiplication."""
        if isinstance(other, Element):
            return _mul_poly(self.num, other.den) == _mul_poly(other.num, self.den)
        return False

    def __hash__(self) -> int:
        raise TypeError("equal elements need not be written alike")

    def __str__(self) -> str:
        return text(self)

    __repr__ = __str__

    def generators(self) -> frozenset[Generator]:
        return frozenset(g for p in (self.num, self.den) for m in p for g, _ in m)


Number: TypeAlias = int | Fraction | Element


def plain(value: Rational) -> Rational:
    """Whole numbers as ``int``: their arithmetic is several times faster."""
    return value.numerator if value.denominator == 1 else value


def element(num: Poly, den: Poly = UNIT_POLY) -> Number:
    """The quotient in lowest form that we know; a rational where it is one."""
    if not num:
        return 0
    if len(den) > 1:
        num, den = _lowest(num, den)
    if len(den) == 1:
        ((monomial, c),) = den.items()
        if monomial or c != 1:
            num, den = _mul_poly(num, _inverse_monomial(monomial, c)), UNIT_POLY
    if len(num) + len(den) > MAX_TERMS:
        raise TooLarge("the exact value is too large")
    if len(num) == 1 and den == UNIT_POLY and () in num:
        return plain(num[()])
    return Element(num, den)


def _lowest(num: Poly, den: Poly) -> tuple[Poly, Poly]:
    """Without common factor that we know, the denominator's least monomial with coefficient 1."""
    num, den = _reduce(num, den)
    lead = den[min(den)]
    if lead != 1:
        num, den = _scale_poly(num, Fraction(1) / lead), _scale_poly(den, Fraction(1) / lead)
    factor = num.get(min(den), 0)
    if num == _scale_poly(den, factor):
        return {(): factor}, UNIT_POLY
    return num, den


def generator(g: Generator, exponent: Rational = 1) -> Number:
    """A generator's power as a number."""
    monomial, factor = _times(((g, plain(exponent)),), ())
    return element({monomial: factor})


TWO_LOG = Element({((LOG2, 1),): 1}, UNIT_POLY)


# --------------------------------------------------------------- enclosures


@lru_cache(maxsize=512)
def _enclosure(g: Generator, bits: int) -> tuple[Fraction, Fraction]:
    """Positive rationals below and above the generator, about 2^-bits apart."""
    match g.kind:
        case "log":
            return _log_enclosure(Fraction(g.number), bits)
        case "root":
            return Fraction(g.number), Fraction(g.number)
        case "pi":  # Machin
            fifth, rest = (_arc(Fraction(1, n), -1, bits + GUARD) for n in (5, 239))
            return _around(16 * fifth - 4 * rest, bits)
        case "logpi":
            low, high = _enclosure(PI, bits)
            return _log_enclosure(low, bits)[0], _log_enclosure(high, bits)[1]
        case "e":
            return _around(_e(bits + GUARD), bits)
        case "logsum":
            return _logsum_enclosure(g, bits)
        case _:
            raise AssertionError(f"no generator {g}")


def _around(value: int, bits: int) -> tuple[Fraction, Fraction]:
    """2^-bits to either side of value·2^-(bits + GUARD): far more than the series below lose by rounding down."""
    middle, radius = Fraction(value, 1 << bits + GUARD), Fraction(1, 1 << bits)
    return middle - radius, middle + radius


def _arc(z: Fraction, turn: int, places: int) -> int:
    """2^places times atanh z = z + z³/3 + z⁵/5 + … or, turning signs (-1), times atan z = z - z³/3 + …, for 0 ≤ z ≤ 1/3.

    Rounding takes less than 2 units of every power and 3 of every term, and the tail is below 3.
    """
    power = (z.numerator << places) // z.denominator
    square = power * power >> places
    total, odd, side = 0, 1, 1
    while power:
        total += side * (power // odd)
        power, odd, side = power * square >> places, odd + 2, side * turn
    return total


def _e(places: int) -> int:
    """2^places times Σ 1/k!, every term rounded down, and a tail below 2."""
    term, total, k = 1 << places, 0, 0
    while term:
        total, k = total + term, k + 1
        term //= k
    return total


def _log_enclosure(q: Fraction, bits: int) -> tuple[Fraction, Fraction]:
    """Around log q, q ≥ 1, by q = 2^k·r with 1 ≤ r < 2 and log r = 2 atanh((r-1)/(r+1)).

    Not below 1 - 1/q, which is less than log q: where that is tiny, its reciprocal is asked for all the same.
    """
    k = (q.numerator // q.denominator).bit_length() - 1
    two, rest = (_arc(z, 1, bits + GUARD) for z in (Fraction(1, 3), (q - 2**k) / (q + 2**k)))
    low, high = _around(2 * (k * two + rest), bits)
    return max(low, 1 - 1 / q), high


def integer_root(n: int, degree: int) -> int:
    """The floor of the root of n ≥ 0: Newton from above, where integer steps decrease until the floor."""
    if degree == 2:
        return isqrt(n)
    if degree >= n.bit_length():
        return min(n, 1)
    x = _above_root(n, degree)
    while True:
        y = ((degree - 1) * x + n // x ** (degree - 1)) // degree
        if y >= x:
            return x
        x = y


def _above_root(n: int, degree: int) -> int:
    """Slightly more than the root: floats only shorten the way, the margin is far beyond their error."""
    whole, part = divmod(log2(n) / degree, 1.0)
    guess = int(2.0 ** (part + 52)) << int(whole) >> 52
    return guess + (guess >> 30) + 2


def _power_enclosure(low: Fraction, high: Fraction, exponent: Rational, bits: int) -> tuple[Fraction, Fraction]:
    """Around [low, high]^exponent, 0 < low; roots are rounded outwards to multiples of 2^-bits."""
    if exponent < 0:
        low, high, exponent = 1 / high, 1 / low, -exponent
    a, b = exponent.numerator, exponent.denominator
    if max(a, b) > MAX_ROOT:
        raise Unrepresentable("a root too fine to enclose")
    low, high = low**a, high**a
    if b != 1:
        below, above = (integer_root((x.numerator << bits * b) // x.denominator, b) for x in (low, high))
        low, high = Fraction(below, 1 << bits), Fraction(above + 1, 1 << bits)
    return low, high


def _poly_enclosure(p: Poly, bits: int) -> tuple[Fraction, Fraction]:
    low, high = Fraction(0), Fraction(0)
    for monomial, c in p.items():
        a, b = Fraction(1), Fraction(1)
        for g, e in monomial:
            x, y = _power_enclosure(*_enclosure(g, bits), e, bits)
            a, b = a * x, b * y
        low, high = low + min(a * c, b * c), high + max(a * c, b * c)
    return low, high


def _logsum_enclosure(g: Generator, bits: int) -> tuple[Fraction, Fraction]:
    above, (c, d) = (_poly_enclosure(dict(items), bits) for items in g.argument)
    if c <= 0 <= d:
        raise Unrepresentable("a logarithm that the enclosures do not decide")
    ends = [x / y for x in above for y in (c, d)]
    if min(ends) <= 1:
        raise Unrepresentable("a logarithm that the enclosures do not decide")
    return _log_enclosure(min(ends), bits)[0], _log_enclosure(max(ends), bits)[1]


def _poly_sign(p: Poly) -> int:
    """The sign of a formally nonzero sum; refined until decided, or ``Unrepresentable``."""
    if all(c > 0 for c in p.values()):
        return 1
    if all(c < 0 for c in p.values()):
        return -1
    for bits in PRECISIONS:
        low, high = _poly_enclosure(p, bits)
        if low > 0:
            return 1
        if high < 0:
            return -1
    raise Unrepresentable("a sign that the enclosures do not decide")


def sign(x: Number) -> int:
    """-1, 0 or 1: the true sign."""
    if isinstance(x, Element):
        return _poly_sign(x.num) * _poly_sign(x.den)
    return (x > 0) - (x < 0)


def _surely_nonzero(p: Poly) -> bool:
    """By a theorem: one monomial; or a polynomial in one transcendental over fractional powers of primes."""
    if len(p) == 1:
        return True
    others = {g for m in p for g, _ in m if g.kind != "root"}
    return len(others) <= 1 and not any(g.kind in ("logsum", "logpi") for g in others)


def nonzero(x: Number) -> bool:
    """Whether x ≠ 0, truly; ``Unrepresentable`` where that is not known."""
    if not isinstance(x, Element):
        return bool(x)
    return _surely_nonzero(x.num) or bool(_poly_sign(x.num))


# --------------------------------------------------------------- operations


def quotient(a: Number, b: Number) -> Number:
    """a/b; ``OffDomain`` where b is 0."""
    if not nonzero(b):
        raise OffDomain("division by zero")
    if isinstance(b, Element):
        return a * element(b.den, b.num)
    if isinstance(a, Element):
        return a * Fraction(1, b)
    return plain(Fraction(a, b))


def whole_power(x: Number, n: int) -> Number:
    """xⁿ, n a whole number."""
    if n < 0:
        return quotient(1, whole_power(x, -n))
    if isinstance(x, Element):
        if n > 32:
            raise TooLarge("the exact value is too large")
        result: Number = 1
        for _ in range(n):
            result = result * x
        return result
    if n * max(x.numerator.bit_length(), x.denominator.bit_length()) > MAX_BITS:
        raise TooLarge("the exact value is too large")
    return plain(x**n)


def power(x: Number, exponent: Rational, extended: bool) -> Number:
    """x to a rational power; fractional ones of x ≥ 0 only, other than exact roots if ``extended``."""
    if exponent.denominator == 1:
        return whole_power(x, exponent.numerator)
    if sign(x) < 0:
        raise OffDomain("a fractional power of a negative number")
    if isinstance(x, Element):
        return _element_power(x, exponent, extended)
    if not x:
        if exponent < 0:
            raise OffDomain("division by zero")
        return 0
    top, bottom = (integer_root(n, exponent.denominator) for n in (x.numerator, x.denominator))
    if (top**exponent.denominator, bottom**exponent.denominator) == (x.numerator, x.denominator):
        return whole_power(Fraction(top, bottom), exponent.numerator)
    if not extended:
        raise Unrepresentable("a root that is not rational")
    return _radical(x, exponent)


def _radical(x: Rational, exponent: Rational) -> Number:
    """A fractional power of a positive rational, as a product of fractional powers of primes."""
    result: Number = 1
    for prime, multiplicity in factorise(Fraction(x)):
        if prime >= TRIAL**2:
            raise Unrepresentable("the root of a large number")
        result = result * generator(Generator("root", prime), multiplicity * exponent)
    return result


def _element_power(x: Element, exponent: Rational, extended: bool) -> Number:
    """Of a single monomial: every generator is positive, so that (c·gᵏ)^q = c^q·g^(kq)."""
    if len(x.num) != 1 or x.den != UNIT_POLY:
        raise Unrepresentable("a root of a sum")
    ((monomial, c),) = x.num.items()
    raised, factor = _monomial_power(monomial, exponent)
    if not extended and any(e.denominator != 1 for _, e in raised):
        raise Unrepresentable("a root that is not rational")
    return power(c, exponent, extended) * element({raised: factor})


TRIAL = 1000


@lru_cache(maxsize=1024)
def factorise(x: Fraction) -> tuple[tuple[int, int], ...]:
    """Prime factors of x > 0 with multiplicities; a factor ≥ TRIAL² may be composite."""
    found = Counter(_prime_factors(x.numerator))
    found.subtract(_prime_factors(x.denominator))
    return tuple(sorted(found.items()))


def _prime_factors(n: int) -> Iterator[int]:
    for candidate in range(2, min(TRIAL, isqrt(n) + 1)):
        while n % candidate == 0:
            n //= candidate
            yield candidate
    if n > 1:
        yield n


def logarithm(x: Number) -> Number:
    """log x for rationals, and for rational multiples of powers of π."""
    if sign(x) <= 0:
        raise OffDomain("the logarithm of a number that is not positive")
    if isinstance(x, Element):
        return _element_logarithm(x)
    total: Number = 0
    for prime, multiplicity in factorise(Fraction(x)):
        total = total + generator(Generator("log", prime)) * multiplicity
    return total


def _element_logarithm(x: Element) -> Number:
    if len(x.num) != 1 or x.den != UNIT_POLY:
        return _logarithm_of_sum(x)
    ((monomial, c),) = x.num.items()
    total = logarithm(c)
    for g, exponent in monomial:
        match g.kind:
            case "pi":
                total = total + generator(LOG_PI) * exponent
            case "e":
                total = total + exponent
            case "root":
                total = total + generator(Generator("log", g.number)) * exponent
            case _:
                total = total + _logarithm_of_sum(generator(g)) * exponent
    return total


def _logarithm_of_sum(x: Number) -> Number:
    """A generator of its own for log x or, as generators are positive, for log 1/x."""
    if sign(x - 1) < 0:
        return -_logarithm_of_sum(quotient(1, x))
    assert isinstance(x, Element)  # so is the reciprocal of what is formally not a rational
    num, den = (tuple(sorted(p.items())) for p in (x.num, x.den))
    return generator(Generator("logsum", argument=(num, den)))


def exponential(x: Number, extended: bool) -> Number:
    """exp x: rational where x is a whole combination of logarithms; radicals and powers of e if ``extended``."""
    if not isinstance(x, Element):
        if not x:
            return 1
        return _e_power(x, extended)
    if x.den != UNIT_POLY:
        raise Unrepresentable("exp of a quotient")
    result: Number = 1
    for monomial, c in x.num.items():
        result = result * _exponential_term(monomial, c, extended)
    return result


def _exponential_term(monomial: Monomial, c: Rational, extended: bool) -> Number:
    if not monomial:
        return _e_power(c, extended)
    g, exponent = monomial[0]
    if len(monomial) > 1 or exponent != 1:
        raise Unrepresentable("exp of a product of logarithms")
    if g == LOG_PI and (extended or c.denominator == 1):
        return generator(PI, c)
    if g.kind != "log" or abs(Fraction(c)) * g.number.bit_length() > MAX_BITS:
        raise Unrepresentable("exp outside the powers of whole numbers")
    return power(g.number, c, extended)


def _e_power(x: Rational, extended: bool) -> Number:
    if not extended or abs(Fraction(x)) > 64:
        raise Unrepresentable("exp of a number that is no multiple of log(2)")
    return generator(E, x)


# --------------------------------------------------------------------- text


def too_long(x: Number) -> bool:
    """Whether a rational has more digits than are computed with; what is more than a rational is bounded by its terms."""
    if isinstance(x, Element):
        return False
    return max(x.numerator.bit_length(), x.denominator.bit_length()) > MAX_BITS


def writable(x: Number) -> bool:
    """Whether Python writes every number in it."""
    coefficients = (*x.num.values(), *x.den.values()) if isinstance(x, Element) else (x,)
    return not any(map(too_long, coefficients))


def text(x: Number) -> str:
    """``3/7``, ``1/2 + 3*log(2)``, ``(1 + log(2))/(2 - log(2))``."""
    if not isinstance(x, Element):
        return str(x)
    if x.den == UNIT_POLY:
        return _poly_text(x.num)
    num, den = _cleared(x)
    return f"{_wrapped(num)}/{_wrapped(den, always=True)}"


def _cleared(x: Element) -> tuple[Poly, Poly]:
    """Both polynomials with whole coefficients, for the eye."""
    scale = lcm(*(c.denominator for c in (*x.num.values(), *x.den.values())))
    return _scale_poly(x.num, scale), _scale_poly(x.den, scale)


def _wrapped(p: Poly, always: bool = False) -> str:
    return f"({_poly_text(p)})" if always or len(p) > 1 else _poly_text(p)


def _degree_first(monomial: Monomial) -> tuple[Rational, Monomial]:
    return sum((abs(Fraction(e)) for _, e in monomial), Fraction(0)), monomial


def _poly_text(p: Poly) -> str:
    return " + ".join(_term_text(p[m], m) for m in sorted(p, key=_degree_first)).replace("+ -", "- ")


def _term_text(c: Rational, monomial: Monomial) -> str:
    if not monomial:
        return str(plain(c))
    factors = "*".join(_power_text(g, e) for g, e in monomial)
    factor = {1: "", -1: "-"}.get(c.numerator, f"{c.numerator}*")
    return f"{factor}{factors}" + ("" if c.denominator == 1 else f"/{c.denominator}")


def _power_text(g: Generator, e: Rational) -> str:
    if g.kind == "e":
        return f"exp({plain(e)})"
    if g.kind == "logsum":
        argument = text(element(*(dict(items) for items in g.argument)))
        return f"log({argument})" + ("" if e == 1 else f"^({plain(e)})")
    name = {"log": f"log({g.number})", "root": str(g.number), "pi": "pi", "logpi": "log(pi)"}[g.kind]
    if e == Fraction(1, 2):
        return f"sqrt({name})"
    if e == 1:
        return name
    return f"{name}^{e}" if e.denominator == 1 and e > 0 else f"{name}^({plain(e)})"
