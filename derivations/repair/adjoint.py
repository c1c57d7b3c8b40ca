"""The derivative of a scalar in matrix form, backwards through its definition.

A proposal, no more: what comes out is written down, read and proved like every other candidate.  One rule a node
(Giles, *Collected matrix derivative results for forward and reverse mode algorithmic differentiation*, 2008); where a
node has none here, there is no proposal.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction

from derivations.expr import (
    MINUS_ONE,
    NODE_TYPES,
    UNIT,
    Add,
    Builtin,
    Derivative,
    Det,
    Expr,
    Fill,
    Identity,
    Inverse,
    Map,
    MatMul,
    Norm,
    Num,
    Power,
    Size,
    Softmax,
    Sum,
    Sym,
    Tangent,
    Times,
    Trace,
    Transpose,
    free_symbols,
    number,
    walk,
)
from derivations.shapes import as_matrix, shape


class NoRule(Exception):
    """A node on the way has no matrix form here."""


def gradients(of: Expr, by: Sym, definitions: Mapping[str, Expr]) -> list[Expr]:
    """∂of/∂by in matrix form: first by the derivatives of what ``by`` goes into, then from the bottom; may be empty."""
    backwards = _Backwards(by, definitions, _depend(by, definitions))
    found: list[Expr] = []
    for through in (*(_gates(of, by, definitions) if isinstance(of, Sym) else ()), None):
        try:
            found.append(backwards.from_(of, through))
        except NoRule:
            continue
    return list(dict.fromkeys(found))


def differential(of: Expr, variables: tuple[Sym, ...], definitions: Mapping[str, Expr]) -> Expr | None:
    """d(of), forwards: every product by its rule; None where a node has none here."""
    try:
        return _Forwards({v.name: v for v in variables}, definitions).of(of)
    except NoRule:
        return None


def _depend(by: Sym, definitions: Mapping[str, Expr]) -> frozenset[str]:
    """The names whose definitions lead to ``by``, and itself."""
    known = {by.name}
    while True:
        more = {n for n, e in definitions.items() if n not in known and any(s.name in known for s in free_symbols(e))}
        if not more:
            return frozenset(known)
        known |= more


def _gates(loss: Sym, by: Sym, definitions: Mapping[str, Expr]) -> list[Sym]:
    """Defined arrays through which all that ``by`` does to the loss has to go, the nearest to ``by`` first."""
    depend = _depend(by, definitions)
    upstream = _reach(loss.name, definitions, None)
    between = [n for n in definitions if n in depend and n in upstream and n not in (by.name, loss.name)]
    gates = [n for n in between if by.name not in _reach(loss.name, definitions, n)]
    gates.sort(key=lambda n: len(_reach(n, definitions, None) & depend))
    return [Sym(n, shape(definitions[n])) for n in gates]


def _reach(name: str, definitions: Mapping[str, Expr], closed: str | None) -> frozenset[str]:
    """All names that a definition leads to, not through the one that is closed."""
    seen, todo = set[str](), [name]
    while todo:
        for s in free_symbols(definitions.get(todo.pop(), UNIT)):
            if s.name not in seen and s.name != closed:
                seen.add(s.name)
                todo.append(s.name)
    return frozenset(seen)


@dataclass(frozen=True, slots=True)
class _Backwards:
    by: Sym
    definitions: Mapping[str, Expr]
    depend: frozenset[str]

    def from_(self, of: Expr, through: Sym | None) -> Expr:
        """The derivative, beginning with the named one by ``through``."""
        if through is not None:
            assert isinstance(of, Sym)
            found = self.back(self.definitions[through.name], self._named(of, through))
        elif isinstance(of, Sym):
            found = self.back(self.definitions[of.name], UNIT) if of.name in self.definitions else None
        else:
            found = self.back(of, UNIT)
        if found is None:
            raise NoRule
        return self._in_names(found)

    def _in_names(self, e: Expr) -> Expr:
        """With the document's names for values that it has defined."""
        name = next((n for n, value in self.definitions.items() if value == e), None)
        if name is not None:
            return Sym(name, shape(e))
        parts = {f.name: getattr(e, f.name) for f in fields(e)}
        new = {key: self._in_names(value) for key, value in parts.items() if isinstance(value, NODE_TYPES) and key != "by"}
        if isinstance(e, Add):
            new["operands"] = tuple(map(self._in_names, e.operands))  # type: ignore[assignment]
        return replace(e, **new) if new else e  # type: ignore[arg-type]

    def _named(self, loss: Sym, through: Sym) -> Expr:
        """The derivative by its own name where the document has one."""
        derivative = Derivative(loss, through)
        names = (Sym(n, through.shape) for n, e in self.definitions.items() if e == derivative)
        return next(names, derivative)

    def back(self, e: Expr, g: Expr) -> Expr | None:
        """What ``g``, the derivative by ``e``, adds to that by the variable; None where ``e`` does not depend on it."""
        if not any(s.name in self.depend for s in free_symbols(e)):
            return None
        match e:
            case Sym():
                return g if e.name == self.by.name else self.back(self.definitions[e.name], g)
            case Add(operands=operands):
                return total([self.back(a, g) for a in operands])
            case Times(left=a, right=b):
                return total([self.back(a, _beside(a, b, g)), self.back(b, _beside(b, a, g))])
            case MatMul(left=a, right=b):
                return total([self.back(a, product(g, transposed(b))), self.back(b, product(transposed(a), g))])
            case Transpose(operand=a):
                return self.back(a, transposed(g))
            case Power(base=Norm(operand=a), exponent=Num(value=Fraction(numerator=2, denominator=1))):
                return self.back(a, entrywise(entrywise(number(2), a), g))
            case Power(base=a, exponent=Num(value=q)):
                rest = a if q == 2 else Power(a, Num(q - 1))
                return self.back(a, entrywise(entrywise(Num(q), rest), g))
            case Norm(operand=a):
                return self.back(a, entrywise(entrywise(Power(e, MINUS_ONE), a), g))
            case Trace(operand=MatMul(left=a, right=b)):
                return total([self.back(a, entrywise(g, transposed(b))), self.back(b, entrywise(g, transposed(a)))])
            case Trace(operand=a):
                return self.back(a, entrywise(g, Identity(as_matrix(shape(a))[0])))
            case Map(function=Builtin(name="log"), operand=Det(operand=a), order=0):
                return self.back(a, entrywise(g, transposed(Inverse(a))))
            case Det(operand=a):
                return self.back(a, entrywise(entrywise(g, e), transposed(Inverse(a))))
            case Inverse(operand=a):
                inner = product(product(transposed(e), g), transposed(e))
                return self.back(a, entrywise(MINUS_ONE, inner))
            case Map(operand=a):
                return self.back(a, entrywise(g, _slope(e)))
            case Softmax(operand=a, axis=axis):
                return self.back(a, _through_softmax(e, g, axis))
            case Sum(index=index, body=body) if not any(index in _indices(n) for n in walk(body)):
                return self.back(body, g)
            case _:
                raise NoRule


@dataclass(frozen=True, slots=True)
class _Forwards:
    variables: Mapping[str, Sym]
    definitions: Mapping[str, Expr]

    def of(self, e: Expr) -> Expr | None:
        """The differential; None where nothing in it varies."""
        match e:
            case Sym(name=name, shape=axes):
                if name in self.variables:
                    return Tangent(name, axes)
                return self.of(self.definitions[name]) if name in self.definitions else None
            case Num() | Size() | Identity() | Fill():
                return None
            case Add(operands=operands):
                return total([self.of(a) for a in operands])
            case Times(left=a, right=b):
                return total([_with(self.of(a), lambda d: entrywise(d, b)), _with(self.of(b), lambda d: entrywise(a, d))])
            case MatMul(left=a, right=b):
                return total([_with(self.of(a), lambda d: product(d, b)), _with(self.of(b), lambda d: product(a, d))])
            case Transpose(operand=a):
                return _with(self.of(a), transposed)
            case Trace(operand=a):
                return _with(self.of(a), Trace)
            case Inverse(operand=a):
                return _with(self.of(a), lambda d: entrywise(MINUS_ONE, product(product(e, d), e)))
            case Map(function=Builtin(name="log"), operand=Det(operand=a), order=0):
                return _with(self.of(a), lambda d: Trace(product(Inverse(a), d)))
            case Det(operand=a):
                return _with(self.of(a), lambda d: entrywise(e, Trace(product(Inverse(a), d))))
            case Power(base=a, exponent=Num(value=q)):
                slope = entrywise(Num(q), a if q == 2 else Power(a, Num(q - 1)))
                return _with(self.of(a), lambda d: entrywise(slope, d))
            case Map(operand=a):
                return _with(self.of(a), lambda d: entrywise(_slope(e), d))
            case _:
                raise NoRule


def _with(part: Expr | None, rule: Callable[[Expr], Expr]) -> Expr | None:
    return None if part is None else rule(part)


def _indices(node: object) -> tuple[object, ...]:
    found = getattr(node, "indices", ())
    return found if isinstance(found, tuple) else ()


def _beside(a: Expr, b: Expr, g: Expr) -> Expr:
    """The derivative by one factor of an entrywise product; by a number that scales an array it is a sum of entries."""
    if shape(a) == () and shape(b) != ():
        rows = as_matrix(shape(b))
        return Trace(product(transposed(g), b)) if len(shape(b)) == 2 and rows[0] != rows[1] else _inner(g, b)
    return entrywise(b, g)


def _inner(a: Expr, b: Expr) -> Expr:
    return product(transposed(a), b) if len(shape(a)) == 1 else Trace(product(transposed(a), b))


def _slope(e: Map) -> Expr:
    """The derivative of an entrywise function; those of known ones by the functions themselves."""
    a = e.operand
    ones: Expr = Fill(UNIT, shape(a)) if shape(a) else UNIT
    if e.order == 0 and isinstance(e.function, Builtin):
        match e.function.name:
            case "exp":
                return e
            case "log":
                return Power(a, MINUS_ONE)
            case "relu":
                return Map(Builtin("step"), a)
            case "tanh":
                return Add((ones, entrywise(MINUS_ONE, Power(e, number(2)))))
            case "sigmoid":
                return entrywise(e, Add((ones, entrywise(MINUS_ONE, e))))
            case "sin":
                return Map(Builtin("cos"), a)
            case "cos":
                return entrywise(MINUS_ONE, Map(Builtin("sin"), a))
            case "abs":
                return Map(Builtin("sign"), a)
            case _:
                raise NoRule
    return Map(e.function, a, e.order + 1)


def _through_softmax(p: Softmax, g: Expr, axis: int) -> Expr:
    """p ∘ (g − Σ p ∘ g), the sum along the axis."""
    s = shape(p)
    if len(s) == 1:
        return entrywise(p, Add((g, entrywise(MINUS_ONE, entrywise(_inner(p, g), Fill(UNIT, s))))))
    if len(s) == 2 and axis == 1:
        ones = Fill(UNIT, (s[1],))
        sums = product(product(entrywise(p, g), ones), Transpose(ones))
        return entrywise(p, Add((g, entrywise(MINUS_ONE, sums))))
    raise NoRule


# ------------------------------------------------------- tidy constructors


def total(terms: list[Expr | None]) -> Expr | None:
    found = [t for t in terms if t is not None]
    if not found:
        return None
    flat = [part for t in found for part in (t.operands if isinstance(t, Add) else (t,))]
    twice = [entrywise(number(flat.count(t)), t) for t in dict.fromkeys(flat)]
    return twice[0] if len(twice) == 1 else Add(tuple(twice))


def transposed(a: Expr) -> Expr:
    """The transpose, pushed inwards."""
    if not shape(a):
        return a
    match a:
        case Transpose(operand=b):
            return b
        case Identity():
            return a
        case MatMul(left=b, right=c):
            return product(transposed(c), transposed(b))
        case Times(left=b, right=c):
            return entrywise(transposed(b), transposed(c))
        case Add(operands=operands):
            return Add(tuple(map(transposed, operands)))
        case _:
            return Transpose(a)


def product(a: Expr, b: Expr) -> Expr:
    """The matrix product, numbers in front."""
    if not shape(a) or not shape(b):
        return entrywise(a, b) if not shape(a) else entrywise(b, a)
    if isinstance(a, Identity):
        return b
    if isinstance(b, Identity):
        return a
    if isinstance(a, Times) and not shape(a.left):
        return entrywise(a.left, product(a.right, b))
    if isinstance(b, Times) and not shape(b.left):
        return entrywise(b.left, product(a, b.right))
    if isinstance(b, MatMul):
        return product(product(a, b.left), b.right)
    return MatMul(a, b)


def entrywise(a: Expr, b: Expr) -> Expr:
    """The entrywise product or a multiple, numbers in front and multiplied out."""
    if shape(b) == () and shape(a) != ():
        a, b = b, a
    if a == UNIT or (isinstance(a, Fill) and a.value == UNIT and shape(b)):
        return b
    if b == UNIT or (isinstance(b, Fill) and b.value == UNIT and shape(a)):
        return a
    if isinstance(a, Num) and isinstance(b, Num):
        return Num(a.value * b.value)
    if isinstance(b, Num):
        a, b = b, a
    if isinstance(b, Times) and not shape(b.left) and (isinstance(a, Num) or shape(a)):
        if isinstance(a, Num) and isinstance(b.left, Num):
            return entrywise(Num(a.value * b.left.value), b.right)
        return Times(a, b) if isinstance(a, Num) else entrywise(b.left, entrywise(a, b.right))
    if isinstance(a, Times) and not shape(a.left) and shape(a.right):
        return entrywise(a.left, entrywise(a.right, b))
    if isinstance(a, Times) and isinstance(a.left, Num) and not isinstance(b, Num):
        return entrywise(a.left, entrywise(a.right, b))
    return Times(a, b)
