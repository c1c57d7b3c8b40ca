"""Values at a point: the independent second evaluation of a counterexample.

The SymPy entries of a statement (``entries.py``, differentiated with ``.diff``) are evaluated by
substituting the point's numbers, exactly, in the field ℚ(ln 2).  ln 2 is transcendental, so that
two rational functions of it are equal only if they cancel.  A few more constants are carried along
(logs and roots of small primes, π, e); where they leave a difference formally nonzero, an interval that
excludes 0 has to confirm it.  Nothing is shared with the search for counterexamples.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from typing import Any, TypeAlias

from derivations.prove.zero import Limit, Vanishing, small_factors

import sympy  # isort: skip  (zero.py chooses the ground types first)
from mpmath import iv  # type: ignore[import-untyped]
from sympy import Rational, Symbol
from sympy.polys.domains import QQ
from sympy.polys.fields import field as fraction_field

from derivations.claims import Assumption, Equation, Statement, Variable
from derivations.prove.entries import Entrywise, PointError, Scope
from derivations.prove.relevant import free_index_order, reachable, relevant
from derivations.prove.scalars import Scalar, Undefined
from derivations.shapes import shape
from derivations.verdicts import Counterexample, Exact, Point

Value: TypeAlias = Any  # Fraction, or an element of the field below that is not rational
Key: TypeAlias = tuple[int, ...]

PRIMES = (2, 3, 5, 7, 11, 13)
STEP = 12  # roots and e are carried as 12th roots
NAMES = (*(f"log{p}" for p in PRIMES), *(f"root{p}" for p in PRIMES), "e", "sqrtpi", "logpi")
_FIELD, *_GENERATORS = fraction_field(",".join(NAMES), QQ)  # type: ignore[no-untyped-call]
_BY_NAME = dict(zip(NAMES, _GENERATORS, strict=True))
PI = _BY_NAME["sqrtpi"] ** 2  # carried by its root, so that √(2π) has a name
_ROOTS = {NAMES.index(f"root{p}"): p for p in PRIMES}
PRECISIONS = (80, 320, 1280, 5120)
MAX_POWER = 1000
SIGNS = {"positive": (1,), "nonnegative": (0, 1), "nonzero": (-1, 1), ">": (1,), "≥": (0, 1), "≠": (-1, 1)}
NUMBERS = {"binary": (0, 1), "sign": (-1, 1)}


# ---------------------------------------------------------------- the field


def _lift(value: Value) -> Any:
    return _FIELD(QQ(value.numerator, value.denominator)) if isinstance(value, Fraction) else value


def _settle(value: Any) -> Value:
    """In normal form: powers of roots reduced, constants as Fractions."""
    if isinstance(value, Fraction):
        return value
    numerator, denominator = _reduced(value.numer), _reduced(value.denom)
    if numerator is not value.numer or denominator is not value.denom:
        value = _FIELD(numerator) / _FIELD(denominator)
    if value.numer.is_ground and value.denom.is_ground:
        c = QQ.convert(value.numer.LC) / QQ.convert(value.denom.LC)  # type: ignore[no-untyped-call]
        return Fraction(int(c.numerator), int(c.denominator))
    return value


def _reduced(poly: Any) -> Any:
    """ρ¹² = p for the 12th roots ρ of primes."""
    if all(m[g] < STEP for m in poly.monoms() for g in _ROOTS):
        return poly
    out: dict[tuple[int, ...], Any] = {}
    for monomial, c in poly.terms():
        powers = list(monomial)
        for g, p in _ROOTS.items():
            whole, powers[g] = divmod(powers[g], STEP)
            c = c * p**whole
        out[tuple(powers)] = out.get(tuple(powers), 0) + c
    return poly.ring.from_dict({m: c for m, c in out.items() if c})


def _combine(operation: Callable[[Any, Any], Any], a: Value, b: Value) -> Value:
    if isinstance(a, Fraction) and isinstance(b, Fraction):
        return operation(a, b)
    return _settle(operation(_lift(a), _lift(b)))


def _add(a: Value, b: Value) -> Value:
    return _combine(lambda x, y: x + y, a, b)


def _multiply(a: Value, b: Value) -> Value:
    return _combine(lambda x, y: x * y, a, b)


def _power(base: Value, exponent: Fraction | int) -> Value:
    if exponent.denominator > 1:
        base = root_of(base, exponent.denominator)
    if exponent < 0:
        if not base:
            raise PointError("domain", "a division by zero")
        base = _settle(1 / base)
    steps = abs(exponent.numerator)
    if steps > MAX_POWER:
        raise PointError("power", "with too large an exponent")
    return _settle(base**steps)


def sign_of(value: Value) -> int:
    """-1, 0 or 1; raises PointError where intervals of up to 5120 bits do not tell."""
    if isinstance(value, Fraction):
        return (value > 0) - (value < 0)
    return _polynomial_sign(value.numer) * _polynomial_sign(value.denom)


def _polynomial_sign(poly: Any) -> int:
    before = iv.prec
    try:
        for precision in PRECISIONS:
            iv.prec = precision
            enclosure = _enclosure(poly)
            if enclosure.a > 0:
                return 1
            if enclosure.b < 0:
                return -1
    finally:
        iv.prec = before
    raise PointError("sign", "a number too close to 0")


def _enclosure(poly: Any) -> Any:
    total = iv.mpf(0)
    for monomial, c in poly.terms():
        term = iv.mpf(int(c.numerator)) / int(c.denominator)
        for name, exponent in zip(NAMES, monomial, strict=True):
            if exponent:
                term *= _interval(name) ** exponent
        total += term
    return total


def _interval(name: str) -> Any:
    if name.startswith("root"):
        return iv.exp(iv.log(iv.mpf(int(name[4:]))) / STEP)
    if name == "e":
        return iv.exp(iv.mpf(1) / STEP)
    if name == "sqrtpi":
        return iv.sqrt(iv.pi)
    return iv.log(iv.pi if name == "logpi" else iv.mpf(int(name[3:])))


def _differ(a: Value, b: Value) -> bool:
    """False where they cancel, True where they provably differ; raises PointError otherwise."""
    gap = _add(a, _multiply(Fraction(-1), b))
    if isinstance(gap, Fraction):
        return bool(gap)
    used = {NAMES[g] for poly in (gap.numer, gap.denom) for m in poly.monoms() for g, e in enumerate(m) if e}
    transcendental = {n for n in used if not n.startswith("root")}
    return len(transcendental) <= 1 or bool(sign_of(gap))


def _factored(x: Fraction, what: str) -> list[tuple[int, int]]:
    """The prime powers of a positive rational number."""
    found = [*small_factors(x.numerator), *((p, -k) for p, k in small_factors(x.denominator))]
    if any(p not in PRIMES for p, _ in found):
        raise PointError(what, "of a number with a large prime factor")
    return found


def log_of(x: Value) -> Value:
    """log x; raises PointError for x ≤ 0 and for what has no name here."""
    if sign_of(x) <= 0:
        raise PointError("domain", "the logarithm of a number that is not positive")
    if not isinstance(x, Fraction):
        factor = _multiple_of_pi(x)
        if factor is None:
            raise PointError("log", "of an irrational number")
        return _add(log_of(factor), _BY_NAME["logpi"])
    total: Value = Fraction(0)
    for p, k in _factored(x, "log"):
        total = _add(total, _multiply(Fraction(k), _BY_NAME[f"log{p}"]))
    return total


def exp_of(x: Value) -> Value:
    """exp x for x = a + Σ b_p·log p (+ c·log π) with a, b_p in ℤ/12; raises PointError for others."""
    out: Value = Fraction(1)
    for name, c in _linear(x):
        if STEP % c.denominator or abs(c) > MAX_POWER or (name == "logpi" and c.denominator > 2):
            raise PointError("exp", "of something that has no name here")
        generator = {"logpi": "sqrtpi", "e": "e"}.get(name) or name.replace("log", "root")
        out = _multiply(out, _generator_power(generator, int(c * STEP)))
    return out


def _generator_power(name: str, steps: int) -> Value:
    if name == "sqrtpi":
        return _BY_NAME[name] ** (2 * steps // STEP)
    if name == "e":
        return _BY_NAME[name] ** steps
    whole, rest = divmod(steps, STEP)
    return _multiply(_power(Fraction(int(name[4:])), whole), _settle(_BY_NAME[name] ** rest))


def _linear(x: Value) -> list[tuple[str, Fraction]]:
    """The terms of a rational combination of 1 ("e") and logs."""
    if isinstance(x, Fraction):
        return [("e", x)] if x else []
    if not x.denom.is_ground:
        raise PointError("exp", "of something that has no name here")
    out: list[tuple[str, Fraction]] = []
    for monomial, c in x.numer.terms():
        names = [(NAMES[g], e) for g, e in enumerate(monomial) if e]
        if len(names) > 1 or any(e != 1 or not n.startswith("log") for n, e in names):
            raise PointError("exp", "of something that has no name here")
        ratio = QQ.convert(c) / QQ.convert(x.denom.LC)  # type: ignore[no-untyped-call]
        out.append((names[0][0] if names else "e", Fraction(int(ratio.numerator), int(ratio.denominator))))
    return out


def _multiple_of_pi(x: Value) -> Fraction | None:
    """c where x = c·π with a rational c."""
    if isinstance(x, Fraction):
        return None
    quotient = _settle(x / PI)
    return quotient if isinstance(quotient, Fraction) else None


def root_of(x: Value, q: int) -> Value:
    """The root ≥ 0 of degree q of a rational number ≥ 0, square roots of its multiples by π too; raises PointError else."""
    if sign_of(x) < 0:
        raise PointError("domain", "the root of a negative number")
    if q == 2 and (factor := _multiple_of_pi(x)) is not None:
        return _multiply(root_of(factor, 2), _BY_NAME["sqrtpi"])
    if not isinstance(x, Fraction) or STEP % q:
        raise PointError("root", "of something that has no name here")
    if not x:
        return x
    out: Value = Fraction(1)
    for p, k in _factored_for_root(x, q):
        whole, rest = divmod(k, q)
        out = _multiply(out, Fraction(p) ** whole)
        if rest:
            out = _multiply(out, _generator_power(f"root{p}", rest * STEP // q))
    return out


def _factored_for_root(x: Fraction, q: int) -> list[tuple[int, int]]:
    """Prime powers; a large cofactor that is a q-th power counts as q times its root."""
    out: list[tuple[int, int]] = []
    for part, sign in ((x.numerator, 1), (x.denominator, -1)):
        for p, k in small_factors(part):
            if p in PRIMES or k % q == 0:
                out.append((p, sign * k))
                continue
            r, is_power = sympy.integer_nthroot(p, q)  # type: ignore[no-untyped-call]
            if not is_power:
                raise PointError("root", "of a number with a large prime factor")
            out.append((int(r), sign * q))
    return out


# --------------------------------------------------------------- evaluation


class _AtPoint:
    """The value of scalars at a point."""

    def __init__(self, world: Entrywise, point: Point) -> None:
        self.world, self.point = world, point
        self._memo: dict[Scalar, Value] = {}
        self._leaves: dict[Symbol, Value] = {}

    def _prepare(self) -> None:
        """Give every symbol of a variable or tangent its value; raises PointError where it has none."""
        for (kind, name), symbols in self.world.leaves.items():
            if kind == "number":
                self._leaves[symbols[0]] = PI
                continue
            given = (self.point.arrays if kind == "X" else self.point.tangents).get(name)
            if given is None or len(given) != len(symbols):
                raise PointError(name, "the point gives no value, or one of another size")
            for symbol, x in zip(symbols, given, strict=True):
                self._leaves[symbol] = _exact(x)

    def value(self, e: Scalar) -> Value:
        """Raises PointError off the domain, on a kink and where a value is not in the field."""
        found = self._memo.get(e)
        if found is None:
            found = self._memo[e] = self._value(e)
        return found

    def _value(self, e: Scalar) -> Value:
        if isinstance(e, Symbol):
            return self._symbol(e)
        if isinstance(e, Rational):
            return Fraction(int(e.p), int(e.q))
        if isinstance(e, sympy.Add):
            return self._fold(_add, e.args)
        if isinstance(e, sympy.Mul):
            closed = any(map(self._is_closed, e.args))  # behind a closed gate nothing is a kink
            return Fraction(0) if closed else self._fold(_multiply, e.args)
        if isinstance(e, sympy.log):
            return log_of(self.value(e.args[0]))
        if isinstance(e, sympy.exp):
            return exp_of(self.value(e.args[0]))
        if e is sympy.S.Exp1:
            return exp_of(Fraction(1))
        if isinstance(e, sympy.Pow):
            return self._power(self.value(e.base), self.value(e.exp))
        raise PointError(type(e).__name__, "has no exact value here")

    def _fold(self, operation: Callable[[Any, Any], Any], args: Sequence[Scalar]) -> Value:
        out = self.value(args[0])
        for a in args[1:]:
            out = operation(out, self.value(a))
        return out

    def _symbol(self, symbol: Symbol) -> Value:
        world = self.world
        if symbol in world.gates.arguments:
            sign = sign_of(self.value(world.gates.arguments[symbol]))
            if not sign and not self._is_flat(world.gates.arguments[symbol]):
                raise PointError("kink", "the argument of relu, step, sign or abs is 0")
            return Fraction(int(sign > 0))
        if symbol in world.angles:
            name, angle = world.angles[symbol]
            if self.value(angle):
                raise PointError(name, "only sin 0 and cos 0 have exact values here")
            return Fraction(int(name == "cos"))
        if symbol in world.chain:
            return self.value(world.chain[symbol])
        if symbol not in self._leaves:
            self._prepare()
        return self._leaves[symbol]

    def _is_closed(self, e: Scalar) -> bool:
        """Whether e is a switch, or a power of one, that is 0 here; one at its kink is not."""
        switch = e.base if isinstance(e, sympy.Pow) and e.exp.is_positive else e
        try:
            return switch in self.world.algebra.switches and not self.value(switch)
        except PointError:  # told by ``value``, unless another gate is closed
            return False

    def _is_flat(self, u: Scalar) -> bool:
        """Whether closed gates alone make the argument 0, here and all around."""
        open_: dict[Any, Any] = {}
        for monomial, c in self.world.algebra.expand(u).items():
            bodies = [(g, e, self.world.algebra.generators[g].body) for g, e in monomial]
            gates = [body for _, _, body in bodies if isinstance(body, Symbol) and body in self.world.algebra.switches]
            if all(self.value(h) for h in gates):
                rest = tuple((g, e) for g, e, body in bodies if body not in gates)
                open_[rest] = open_.get(rest, 0) + c
        return not any(open_.values())

    def _power(self, base: Value, exponent: Value) -> Value:
        if not isinstance(exponent, Fraction):
            return exp_of(_multiply(exponent, log_of(base)))
        return _power(base, exponent)

    def require(self, what: str, e: Scalar) -> None:
        """Check one condition of the domain."""
        if what != "size" and sign_of(self.value(e)) not in SIGNS[what]:
            raise PointError("domain", f"something has to be {what} and is not")


def _exact(x: Exact) -> Value:
    return _add(x.rational, _multiply(x.log2, _BY_NAME["log2"])) if x.log2 else x.rational


def _constants() -> tuple[Scalar, ...]:
    roots = (sympy.Pow(p, Rational(1, STEP)) for p in PRIMES)
    e = sympy.exp(Rational(1, STEP))
    return (*(sympy.log(p) for p in PRIMES), *roots, e, sympy.Pow(sympy.pi, Rational(1, 2)), sympy.log(sympy.pi))


def _shown(value: Value) -> Scalar:
    """As a SymPy number."""
    if isinstance(value, Fraction):
        return Rational(value.numerator, value.denominator)
    return value.as_expr(*_constants())


def values_at(statement: Statement, point: Point) -> dict[Key, tuple[Scalar, Scalar]]:
    """Both sides at a point, exactly, for every entry where no guard is 0.

    Keys: the values of the free indices (``free_index_order``), then the place in the array, from 1.
    Values: SymPy numbers made of rationals and log(2) (and the other constants of this module).  Raises
    PointError where the point violates a domain or an assumption, lies off the domain or on a kink, or
    where a value has no name here.
    """
    return {key: (_shown(a), _shown(b)) for key, (a, b) in _compared(statement, point).items()}


def reevaluate(statement: Statement, found: Counterexample) -> str | None:
    """None where this second evaluation confirms a counterexample, its values included; else what is wrong."""
    free = tuple(found.free_indices[i.name] for i in free_index_order(statement))
    axes = len(shape(statement.left))
    key = free + (found.entry[-axes:] if axes else ())
    try:
        values = _compared(statement, found.point)
        if key not in values:
            return "the side conditions exclude this entry"
        left, right = values[key]
        if not _differ(left, right):
            return "both sides are equal there"
        if _differ(left, read_number(found.left)) or _differ(right, read_number(found.right)):
            return f"the second evaluation gives {_shown(left)} and {_shown(right)}"
    except PointError as error:
        return str(error)
    return None


def _compared(statement: Statement, point: Point) -> dict[Key, tuple[Value, Value]]:
    try:
        return _evaluated(statement, point)
    except (Undefined, Limit, Vanishing) as error:
        raise PointError("statement", str(error)) from error
    except RecursionError as error:
        raise PointError("statement", "is nested too deeply") from error


def _evaluated(statement: Statement, point: Point) -> dict[Key, tuple[Value, Value]]:
    names, assumptions, _ = reachable(statement)
    context = relevant(statement.context, names)
    world = Entrywise(context, point.sizes, point=point, names=names)
    at = _AtPoint(world, point)
    for variable in context.variables.values():
        if variable.name not in context.definitions:
            _check_domain(world, variable, point)
    _check_assumptions(world, at, assumptions)
    free = free_index_order(statement)
    places = list(itertools.product(*(range(1, n + 1) for n in world.dims(shape(statement.left)))))
    out: dict[Key, tuple[Value, Value]] = {}
    for values in itertools.product(*(range(1, n + 1) for n in world.dims([i.dim for i in free]))):
        scope = Scope().at(free, values)
        if not all(at.value(world.entries(g, scope)[0]) for g in statement.guards):
            continue
        left, right = world.entries(statement.left, scope), world.entries(statement.right, scope)
        for place, a, b in zip(places, left, right, strict=True):
            out[(*values, *place)] = (at.value(a), at.value(b))
    for what, e in list(world.obligations):
        at.require(what, e)
    return out


def _check_domain(world: Entrywise, variable: Variable, point: Point) -> None:
    given = [_exact(x) for x in point.arrays.get(variable.name, ())]
    signs, numbers = SIGNS.get(variable.domain), NUMBERS.get(variable.domain)
    if (signs and any(sign_of(x) not in signs for x in given)) or (numbers and any(x not in numbers for x in given)):
        raise PointError(variable.name, f"an entry is not {variable.domain}")
    if variable.symmetric or variable.definite:
        rows, moved = _rows(world, variable, given), _rows(world, variable, point.tangents.get(variable.name, ()))
        if not _is_symmetric(rows):
            raise PointError(variable.name, "is not symmetric")
        if not _is_symmetric(moved):
            raise PointError(variable.name, "its differential is not symmetric")
        if variable.definite and not _is_definite(rows):
            raise PointError(variable.name, "is not positive definite")


def _rows(world: Entrywise, variable: Variable, given: Sequence[Any]) -> list[list[Any]]:
    """The rows of a matrix; a number is one of one entry, and where nothing is given there are none."""
    n = world.dim(variable.shape[0]) if variable.shape else 1
    return [list(given[k : k + n]) for k in range(0, len(given), n)]


def _is_symmetric(rows: list[list[Any]]) -> bool:
    return rows == [list(column) for column in zip(*rows, strict=False)]


def _is_definite(rows: list[list[Value]]) -> bool:
    """Sylvester: all leading minors are positive."""
    return all(sign_of(_determinant([row[:k] for row in rows[:k]])) > 0 for k in range(1, len(rows) + 1))


def _determinant(rows: list[list[Value]]) -> Value:
    """By the first row; that of no rows is 1."""
    if not rows:
        return Fraction(1)
    total: Value = Fraction(0)
    for j, x in enumerate(rows[0]):
        minor = [row[:j] + row[j + 1 :] for row in rows[1:]]
        total = _add(total, _multiply(_multiply(Fraction((-1) ** j), x), _determinant(minor)))
    return total


def _check_assumptions(world: Entrywise, at: _AtPoint, assumptions: Iterable[Assumption]) -> None:
    for assumption in assumptions:
        if isinstance(assumption, Equation):
            for left, right in world.everywhere(assumption.left, assumption.right):
                if any(_differ(at.value(a), at.value(b)) for a, b in zip(left, right, strict=True)):
                    raise PointError("assumption", "an equation does not hold")
        else:
            for (operand,) in world.everywhere(assumption.operand):
                if any(sign_of(at.value(e)) not in SIGNS[assumption.sign] for e in operand):
                    raise PointError("assumption", "a sign does not hold")


# ------------------------------------------------------------ numbers as text

_TOKEN = re.compile(r"\s*(?:(\d+)|(log|exp|sqrt|pi)|([-+*/^()]))")


def read_number(text: str) -> Value:
    """The number that a verdict's text names: ``3/7``, ``1/2 + 3*log(2)``, ``sqrt(2)``; raises PointError."""
    tokens: list[str] = []
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise PointError("value", "its text is not a number known here")
        tokens.append(match[0].strip())
        place = match.end()
    reader = _Reader(tokens)
    value = reader.sum()
    if reader.peek():
        raise PointError("value", "its text is not a number known here")
    return value


class _Reader:
    """Sums of products of powers, by descent."""

    def __init__(self, tokens: list[str]) -> None:
        self.tokens = [*tokens, ""]  # the end
        self.place = 0

    def peek(self) -> str:
        return self.tokens[self.place]

    def take(self, wanted: str = "") -> str:
        token = self.peek()
        if not token or (wanted and token != wanted):
            raise PointError("value", "its text is not a number known here")
        self.place += 1
        return token

    def sum(self) -> Value:
        total = self.product()
        while self.peek() in ("+", "-"):
            sign = Fraction(1 if self.take() == "+" else -1)
            total = _add(total, _multiply(sign, self.product()))
        return total

    def product(self) -> Value:
        if self.peek() == "-":
            self.take()
            return _multiply(Fraction(-1), self.product())
        total = self.power()
        while self.peek() in ("*", "/"):
            exponent = 1 if self.take() == "*" else -1
            total = _multiply(total, _power(self.power(), exponent))
        return total

    def power(self) -> Value:
        base = self.atom()
        if self.peek() != "^":
            return base
        self.take()
        exponent = self.atom()
        if not isinstance(exponent, Fraction):
            raise PointError("value", "its text is not a number known here")
        return _power(base, exponent)

    def atom(self) -> Value:
        token = self.take()
        if token.isdigit():
            return Fraction(int(token))
        if token == "pi":
            return PI
        if token == "(":
            value = self.sum()
            self.take(")")
            return value
        functions: dict[str, Callable[[Value], Value]] = {"log": log_of, "exp": exp_of, "sqrt": lambda x: root_of(x, 2)}
        if token not in functions:
            raise PointError("value", "its text is not a number known here")
        self.take("(")
        value = functions[token](self.sum())
        self.take(")")
        return value
