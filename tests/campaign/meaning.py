"""What a statement is worth at a random point, in plain floats: the truth that the campaign compares verdicts with.

Nothing here is shared with a prover or with the search for counterexamples.  Arrays are dictionaries
{position ↦ number}.  A derivative is a complex step, which loses no digits; one that has another below it
is a difference quotient over four points.  Where the two sides of a statement differ by more than
``FALSE`` in proportion it is false; where they differ by less than ``TRUE`` they agree; between lies no answer.
"""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from itertools import product
from typing import Any

from derivations import expr as ex
from derivations.claims import Context, Equation, SignAssumption, Statement, Variable
from derivations.expr import Dim, Expr, Index, IndexTerm, LabelOf, Shape, Sym, free_indices, walk
from derivations.shapes import as_matrix, shape
from derivations.verdicts import Counterexample, Exact, Polynomial

TRUE, FALSE = 1e-7, 1e-5
TINY = 1e-60
STEP = 2e-3
Place = tuple[int, ...]
Array = dict[Place, Any]


class Undefined(Exception):
    """No value here: outside a domain, at a kink, or beyond floats."""


@dataclass
class World:
    """Numbers for everything free."""

    sizes: Mapping[str, int]
    context: Context
    arrays: Mapping[str, Array] = field(default_factory=dict)
    labels: Mapping[str, Array] = field(default_factory=dict)
    functions: Mapping[str, tuple[Polynomial, ...]] = field(default_factory=dict)
    indices: Mapping[Index, int] = field(default_factory=dict)
    cuts: Mapping[str, Array] = field(default_factory=dict)
    local: Mapping[str, Array] = field(default_factory=dict)
    known: dict[object, Array] = field(default_factory=dict)  # values here, by node and by the indices that it reads
    reads: dict[int, tuple[Expr, tuple[Index, ...]]] = field(default_factory=dict)

    def size(self, dim: Dim) -> int:
        return dim.coefficient * math.prod(self.sizes[name] for name in dim.names)

    def places(self, axes: Shape) -> Iterator[Place]:
        return product(*(range(1, self.size(d) + 1) for d in axes))

    def at(self, values: Mapping[Index, int]) -> World:
        indices = {**self.indices, **values}
        return World(
            self.sizes, self.context, self.arrays, self.labels, self.functions,
            indices, self.cuts, self.local, self.known, self.reads,
        )

    def cut(self, cuts: Mapping[str, Array]) -> World:
        local = {name: cuts.get(name, a) for name, a in self.local.items()}
        return replace(self, cuts={**self.cuts, **cuts}, local=local, known={})

    def inside(self, local: Mapping[str, Array]) -> World:
        return replace(self, local={**self.local, **local}, known={})

    def indices_of(self, e: Expr) -> tuple[Index, ...]:
        """The indices that a node reads, remembered by node."""
        found = self.reads.get(id(e))
        if found is None or found[0] is not e:
            found = self.reads[id(e)] = (e, tuple(free_indices(e)))
        return found[1]


# ---------------------------------------------------------------- expressions


LEAVES = (ex.Num, ex.Pi, ex.Size, Sym, ex.Tangent, ex.Delta)


def value(e: Expr, w: World) -> Array:
    """All entries of an expression."""
    if isinstance(e, LEAVES):
        return _value(e, w)
    key = (id(e), *(w.indices[i] for i in w.indices_of(e)))
    if key not in w.known:
        w.known[key] = _value(e, w)
    return w.known[key]


def _value(e: Expr, w: World) -> Array:
    match e:
        case ex.Num(value=v):
            return {(): v.numerator / v.denominator}
        case ex.Pi():
            return {(): math.pi}
        case ex.Size(dim=dim):
            return {(): float(w.size(dim))}
        case ex.Sym(name=name):
            return _symbol(name, w)
        case ex.Tangent(name=name):
            return w.arrays[f"d {name}"]
        case ex.Fill(value=v):
            return dict.fromkeys(w.places(shape(e)), value(v, w)[()])
        case ex.Identity():
            return {p: float(len(set(p)) < 2) for p in w.places(shape(e))}
        case ex.Delta(left=left, right=right):
            return {(): float(place(left, w) == place(right, w))}
        case ex.Add(operands=operands):
            parts = [value(o, w) for o in operands]
            return {p: sum(part[p] for part in parts) for p in parts[0]}
        case ex.Times(left=left, right=right):
            one, two = value(left, w), value(right, w)
            if () in one and () not in two:
                one, two = two, one
            return {p: x * (two[()] if () in two else two[p]) for p, x in one.items()}
        case ex.Power(base=base, exponent=exponent):
            q = value(exponent, w)[()]
            return {p: power(b, q) for p, b in value(base, w).items()}
        case ex.MatMul(left=left, right=right):
            one, two = rows(left, w), list(zip(*rows(right, w), strict=True))
            return _array([[sum(x * y for x, y in zip(r, c, strict=True)) for c in two] for r in one], shape(e))
        case ex.Transpose(operand=a):
            return _array([list(r) for r in zip(*rows(a, w), strict=True)], shape(e))
        case ex.Inverse(operand=a):
            return _array(inverse(rows(a, w)), shape(e))
        case ex.Trace(operand=a):
            return {(): sum(r[i] for i, r in enumerate(rows(a, w)))}
        case ex.Det(operand=a):
            return {(): determinant(rows(a, w))}
        case ex.Diagonal(operand=a):
            return _array([[r[i]] for i, r in enumerate(rows(a, w))], shape(e))
        case ex.DiagonalMatrix(operand=a):
            column = [r[0] for r in rows(a, w)]
            return _array([[x if i == j else 0.0 for j in range(len(column))] for i, x in enumerate(column)], shape(e))
        case ex.Vec(operand=a):
            return _array([[x] for c in zip(*rows(a, w), strict=True) for x in c], shape(e))
        case ex.Kronecker(left=left, right=right):
            one, two = rows(left, w), rows(right, w)
            return _array([[x * y for x in r for y in r2] for r in one for r2 in two], shape(e))
        case ex.Norm(operand=a):
            return {(): power(sum(x * x for x in value(a, w).values()), 0.5)}
        case ex.Map(function=function, operand=a, order=order):
            f = scalar_function(function, order, w)
            return {p: f(x) for p, x in value(a, w).items()}
        case ex.Apply(name=name, operand=a):
            u = value(a, w)
            flat = [u[p] for p in sorted(u)]
            return {p: unspecified(name, n, flat, w) for n, p in enumerate(sorted(w.places(e.shape)))}
        case ex.Softmax(operand=a, axis=axis):
            return _softmax(value(a, w), axis, len(shape(a)))
        case ex.Sum(index=index, body=body):
            terms = [value(body, w.at({index: k})) for k in range(1, w.size(index.dim) + 1)]
            return {p: sum(t[p] for t in terms) for p in terms[0]}
        case ex.Product(index=index, body=body):
            return {(): math.prod(value(body, w.at({index: k}))[()] for k in range(1, w.size(index.dim) + 1))}
        case ex.Entry(array=a, indices=terms):
            try:
                return {(): value(a, w)[tuple(place(t, w) for t in terms)]}
            except KeyError as error:
                raise Undefined from error
        case ex.Build(indices=indices, body=body):
            return {
                p: value(body, w.at(dict(zip(indices, p, strict=True))))[()] for p in w.places(tuple(i.dim for i in indices))
            }
        case ex.Derivative(of=of, by=by, at=at):
            if at is not None:
                return slope(of, by, tuple(place(t, w) for t in at), w)
            return {p + q: x for q in w.places(by.shape) for p, x in slope(of, by, q, w).items()}
        case ex.Differential(of=of, variables=variables):
            held = {v.name: value(v, w) for v in variables}
            inner = w.cut(held)
            out = dict.fromkeys(w.places(shape(of)), 0.0)
            for v in variables:
                for q, x in w.arrays[f"d {v.name}"].items():
                    out = {p: y + x * s for (p, y), s in zip(out.items(), slope(of, v, q, inner).values(), strict=True)}
            return out
        case ex.Let(variable=variable, value=v, body=body):
            return value(body, w.inside({variable.name: value(v, w)}))
    raise AssertionError(e)


def _symbol(name: str, w: World) -> Array:
    if name in w.local:
        return w.local[name]
    if name in w.cuts:
        return w.cuts[name]
    if name in w.context.definitions:
        if name not in w.known:
            w.known[name] = value(w.context.definitions[name], replace(w, local={}, indices={}, known={}))
        return w.known[name]
    return w.arrays[name]


def slope(of: Expr, by: Sym, at: Place, w: World) -> Array:
    """∂of/∂(one entry)."""
    base = value(by, w)
    if at not in base:
        raise Undefined

    def moved(by_how_much: complex) -> Array:
        return value(of, w.cut({by.name: {p: x + by_how_much if p == at else x for p, x in base.items()}}))

    if not _differentiates(of, w) and not any(isinstance(x, complex) for x in base.values()):
        return {p: complex(x).imag / TINY for p, x in moved(TINY * 1j).items()}
    far, near, near2, far2 = (moved(k * STEP) for k in (-2, -1, 1, 2))
    return {p: (far[p] - 8 * near[p] + 8 * near2[p] - far2[p]) / (12 * STEP) for p in far}


def _differentiates(e: Expr, w: World) -> bool:
    """Whether something below, definitions and derivatives of free functions included, is itself a derivative."""
    todo, seen = [e], set[str]()
    while todo:
        for node in walk(todo.pop()):
            if isinstance(node, (ex.Derivative, ex.Differential)) or (isinstance(node, ex.Map) and node.order):
                return True
            if isinstance(node, Sym) and node.name not in seen and node.name in w.context.definitions:
                seen.add(node.name)
                todo.append(w.context.definitions[node.name])
    return False


def place(t: IndexTerm, w: World) -> int:
    match t:
        case Index():
            return w.indices[t]
        case ex.Position(value=v):
            return v
        case LabelOf(label=label, row=row):
            return int(w.labels[label][() if row is None else (place(row, w),)])
        case ex.Affine(terms=terms, offset=offset):
            return offset + sum(c * w.indices[i] for c, i in terms)


def rows(e: Expr, w: World) -> list[list[Any]]:
    entries, axes = value(e, w), shape(e)
    m, n = (w.size(d) for d in as_matrix(axes))
    return [[entries[(i, j)[: len(axes)]] for j in range(1, n + 1)] for i in range(1, m + 1)]


def _array(m: list[list[Any]], axes: Shape) -> Array:
    return {(i, j)[: len(axes)]: x for i, row in enumerate(m, 1) for j, x in enumerate(row, 1)}


def _softmax(u: Array, axis: int, axes: int) -> Array:
    if axis >= axes:
        return dict.fromkeys(u, 1.0)
    raised = {p: exp(x) for p, x in u.items()}
    total: dict[Place, Any] = {}
    for p, x in raised.items():
        rest = p[:axis] + p[axis + 1 :]
        total[rest] = total.get(rest, 0.0) + x
    return {p: x / total[p[:axis] + p[axis + 1 :]] for p, x in raised.items()}


# -------------------------------------------------------------------- numbers


def power(b: Any, q: Any) -> Any:
    if not isinstance(q, complex) and q == int(q):
        if q < 0 and abs(b) < 1e-9:
            raise Undefined
        return b ** int(q)
    if b.real < 1e-12:
        raise Undefined
    return cmath.exp(q * cmath.log(b)) if isinstance(b, complex) or isinstance(q, complex) else b**q


def eliminated(m: list[list[Any]]) -> tuple[list[list[Any]], Any]:
    """The right half of [m | I] after elimination of the left one, and the determinant."""
    n = len(m)
    work = [[*row, *(float(i == j) for j in range(n))] for i, row in enumerate(m)]
    det: Any = 1.0
    for c in range(n):
        pivot = max(range(c, n), key=lambda r: abs(work[r][c]))
        if abs(work[pivot][c]) < 1e-9:
            return [], 0.0
        if pivot != c:
            work[c], work[pivot], det = work[pivot], work[c], -det
        lead = work[c][c]
        det *= lead
        work[c] = [x / lead for x in work[c]]
        for r in range(n):
            if r != c:
                k = work[r][c]
                work[r] = [x - k * y for x, y in zip(work[r], work[c], strict=True)]
    return [row[n:] for row in work], det


def inverse(m: list[list[Any]]) -> list[list[Any]]:
    result, det = eliminated(m)
    if not result or abs(det) < 1e-6:
        raise Undefined
    return result


def determinant(m: list[list[Any]]) -> Any:
    if len(m) == 1:
        return m[0][0]
    return sum((-1) ** c * x * determinant([r[:c] + r[c + 1 :] for r in m[1:]]) for c, x in enumerate(m[0]))


def exp(x: Any) -> Any:
    if x.real > 300:
        raise Undefined
    return cmath.exp(x) if isinstance(x, complex) else math.exp(x)


def log(x: Any) -> Any:
    if x.real < 1e-12:
        raise Undefined
    return cmath.log(x) if isinstance(x, complex) else math.log(x)


def sign(x: Any) -> float:
    """0 at what is exactly 0, such as what a closed gate leaves; no number comes so close to 0 by chance."""
    if x == 0:
        return 0.0
    if abs(x.real) < 1e-9:
        raise Undefined
    return 1.0 if x.real > 0 else -1.0


def tanh(x: Any) -> Any:
    return cmath.tanh(x) if isinstance(x, complex) else math.tanh(x)


FUNCTIONS: Mapping[str, Callable[[Any], Any]] = {
    "exp": exp,
    "log": log,
    "tanh": tanh,
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "relu": lambda x: x if sign(x) > 0 else 0.0 * x,
    "step": lambda x: float(sign(x) > 0),
    "sign": sign,
    "abs": lambda x: x * sign(x),
    "sin": lambda x: cmath.sin(x) if isinstance(x, complex) else math.sin(x),
    "cos": lambda x: cmath.cos(x) if isinstance(x, complex) else math.cos(x),
}


def scalar_function(function: ex.Function, order: int, w: World) -> Callable[[Any], Any]:
    if isinstance(function, ex.Free):
        return lambda x: _polynomial(function.name, order, x, w)
    if order:
        inner = scalar_function(function, order - 1, w)
        return lambda x: (inner(x - 2 * STEP) - 8 * inner(x - STEP) + 8 * inner(x + STEP) - inner(x + 2 * STEP)) / (12 * STEP)
    if isinstance(function, ex.Builtin):
        return FUNCTIONS[function.name]
    name, body = function.parameter.name, function.body
    return lambda x: value(body, w.inside({name: {(): x}}))[()]


def _polynomial(name: str, order: int, x: Any, w: World) -> Any:
    """φ and its derivatives, φ being a polynomial: the witness's, or one of third degree that nothing else is true of."""
    if name in w.functions:
        coefficients = {powers[0] if powers else 0: float(c) for c, powers in w.functions[name][0].terms}
    else:
        s = 1 + sum(map(ord, name)) % 5
        coefficients = {0: 0.17, 1: -1.0, 2: 0.3, 3: 1 / s} if not _positive(name, w) else {0: 1.3, 2: 0.3 * s}
    return sum(c * math.perm(k, order) * x ** (k - order) for k, c in coefficients.items() if k >= order) + 0.0


def _positive(name: str, w: World) -> bool:
    declared = w.context.functions.get(name)
    return declared is not None and declared.positive


def unspecified(name: str, number: int, flat: list[Any], w: World) -> Any:
    """Some function of an array that nothing else is true of."""
    if name in w.functions:
        terms = w.functions[name][number].terms
        return sum(float(c) * math.prod(x**k for x, k in zip(flat, powers, strict=True)) for c, powers in terms) + 0.0
    chance = random.Random(f"{name} {number} {len(flat)}")
    out: Any = 3.0 if _positive(name, w) else 0.0
    for x in flat:
        if _positive(name, w):
            out += chance.uniform(0.1, 1) * x * x
        else:
            out += chance.uniform(0.1, 1) * x**3 - chance.uniform(0.1, 1) * x
            out += chance.uniform(-1, 1) * x * chance.choice(flat) * chance.choice(flat)
    return out


# --------------------------------------------------------------------- points


def roots(statement: Statement) -> list[Expr]:
    context = statement.context
    assumed = [e for a in context.assumptions for e in ((a.left, a.right) if isinstance(a, Equation) else (a.operand,))]
    return [statement.left, statement.right, *statement.guards, *context.definitions.values(), *assumed]


def size_names(statement: Statement) -> list[str]:
    found: set[str] = set()
    for root in roots(statement):
        for node in walk(root):
            found.update(n for d in shape(node) for n in d.names)
            for part in (getattr(node, name, None) for name in ("dim", "index", "by", "left", "right")):
                axes = part.shape if isinstance(part, Sym) else (part,) if isinstance(part, Dim) else ()
                axes = (part.dim,) if isinstance(part, (Index, LabelOf, ex.Position, ex.Affine)) else axes
                found.update(n for d in axes for n in d.names)
            if isinstance(node, (ex.Entry, ex.Build)):
                found.update(n for t in node.indices for n in t.dim.names)
    for variable in statement.context.variables.values():
        found.update(n for d in variable.shape for n in d.names)
    for labels in statement.context.labels.values():
        found.update(n for d in (labels.rows, labels.classes) if d for n in d.names)
    return sorted(found)


def worlds(statement: Statement, count: int, seed: object) -> Iterator[World]:
    """Random points at distinct sizes that meet the assumptions."""
    names = size_names(statement)
    for n in range(8 * count):
        chance = random.Random(f"{seed} {n}")
        pool = [2, 3, 4] if len(names) <= 3 else [2, 3, 4, 2, 3][: max(3, min(5, len(names)))] * (len(names) // 3 + 1)
        chosen = chance.sample(pool, len(names))
        w = _drawn(statement, dict(zip(names, chosen, strict=True)), chance)
        try:
            if all(_assumed(a, w) for a in statement.context.assumptions):
                yield w
                count -= 1
        except Undefined:
            continue
        if not count:
            return


def _drawn(statement: Statement, sizes: Mapping[str, int], chance: random.Random) -> World:
    context = statement.context
    w = World(sizes, context)
    symbols: dict[str, Shape] = {v.name: v.shape for v in context.variables.values() if v.name not in context.definitions}
    tangents: dict[str, Shape] = {}
    found: dict[str, tuple[Dim | None, Dim]] = {n: (v.rows, v.classes) for n, v in context.labels.items()}
    for node in (n for root in roots(statement) for n in walk(root)):
        match node:
            case Sym(name=name, shape=s) if name not in context.definitions:
                symbols.setdefault(name, s)
            case ex.Tangent(name=name, shape=s):
                tangents[name] = s
            case ex.Derivative(by=by) if by.name not in context.definitions:
                symbols.setdefault(by.name, by.shape)
            case ex.Differential(variables=variables):
                tangents.update((v.name, v.shape) for v in variables)
                symbols.update((v.name, v.shape) for v in variables if v.name not in context.definitions)
            case ex.Entry(indices=terms):
                found.update((t.label, (t.row.dim if t.row else None, t.dim)) for t in terms if isinstance(t, LabelOf))
            case ex.Delta(left=left, right=right):
                found.update((t.label, (t.row.dim if t.row else None, t.dim)) for t in (left, right) if isinstance(t, LabelOf))
            case _:
                pass
    one_hot = {n for a in context.assumptions if isinstance(a, Equation) for n in _one_hot_names(a, context)}
    arrays = {n: _entries(context.variables.get(n), s, w, chance, n in one_hot) for n, s in sorted(symbols.items())}
    for name, s in sorted(tangents.items()):
        known = context.variables.get(name)
        symmetric = known is not None and (known.symmetric or known.definite)
        arrays[f"d {name}"] = _entries(Variable(name, s, symmetric=symmetric), s, w, chance, False)
    labels = {
        name: {p: chance.randint(1, w.size(classes)) for p in w.places((many,) if many else ())}
        for name, (many, classes) in sorted(found.items())
    }
    return World(sizes, context, arrays, labels)


def _one_hot_names(equation: Equation, context: Context) -> Iterator[str]:
    for node in (*walk(equation.left), *walk(equation.right)):
        if isinstance(node, Sym) and node.name in context.variables and context.variables[node.name].domain == "binary":
            yield node.name


def _entries(variable: Variable | None, axes: Shape, w: World, chance: random.Random, one_hot: bool) -> Array:
    domain = variable.domain if variable else "real"
    places = list(w.places(axes))
    if one_hot and axes:
        chosen = {p[:-1]: chance.randint(1, w.size(axes[-1])) for p in places}
        return {p: float(chosen[p[:-1]] == p[-1]) for p in places}
    if domain == "binary":
        return {p: float(chance.randint(0, 1)) for p in places}
    if domain == "sign":
        return {p: chance.choice((-1.0, 1.0)) for p in places}
    signs = (1,) if domain in ("positive", "nonnegative") else (-1, 1)
    array = {p: chance.uniform(0.3, 1.6) * chance.choice(signs) for p in places}
    if variable and (variable.symmetric or variable.definite) and len(axes) == 2:
        array = {(p[0], p[1]): array[min(p), max(p)] for p in places}
    if variable and variable.definite:
        array = {p: x + (7 if len(set(p)) < 2 else 0) for p, x in array.items()}
    return array


def _assumed(a: Equation | SignAssumption, w: World) -> bool:
    if isinstance(a, Equation):
        return all(difference(*pair)[0] < TRUE for pair in compared(a.left, a.right, (), w))
    if isinstance(a.operand, ex.Det) and a.sign == ">":
        return determinant(rows(a.operand.operand, w)).real > 1e-6
    for here in assignments((a.operand,), w):
        for x in value(a.operand, here).values():
            if not {">": x > 1e-9, "≥": x >= 0, "≠": abs(x) > 1e-9}[a.sign]:
                return False
    return True


def assignments(parts: tuple[Expr, ...], w: World) -> Iterator[World]:
    """The world at every value of the free indices."""
    free = sorted({i for part in parts for i in free_indices(part)} - set(w.indices), key=lambda i: (i.name, str(i.dim)))
    for chosen in product(*(range(1, w.size(i.dim) + 1) for i in free)):
        yield w.at(dict(zip(free, chosen, strict=True)))


def compared(left: Expr, right: Expr, guards: tuple[Expr, ...], w: World) -> Iterator[tuple[Any, Any]]:
    try:
        for here in assignments((left, right, *guards), w):
            if any(not value(g, here)[()] for g in guards):
                continue
            one, two = value(left, here), value(right, here)
            yield from ((x, two[p]) for p, x in one.items())
    except (OverflowError, ZeroDivisionError) as error:
        raise Undefined from error


def difference(x: Any, y: Any) -> tuple[float, float]:
    scale = 1 + max(abs(x), abs(y))
    return abs(x - y) / scale, scale


@dataclass(frozen=True)
class Truth:
    """``holds`` is None where no point answered; ``world`` is one where the sides differ."""

    holds: bool | None
    points: int
    world: World | None = None


def truth(statement: Statement, points: int = 2, seed: object = 0) -> Truth:
    """Whether both sides agree at random points; looks no further than the first entry that differs."""
    answered, doubtful = 0, False
    for w in worlds(statement, points + 2, seed):
        if answered == points:
            break
        try:
            gaps = _gaps(statement, w)
        except Undefined:
            continue
        if not gaps:
            continue
        if gaps[-1] > FALSE:
            return Truth(False, answered + 1, w)
        doubtful = doubtful or max(gaps) > TRUE
        answered += 1
    return Truth(None if doubtful or not answered else True, answered)


def _gaps(statement: Statement, w: World) -> list[float]:
    """The differences in proportion, up to the first that is plain."""
    found = []
    for x, y in compared(statement.left, statement.right, statement.guards, w):
        gap, scale = difference(x, y)
        if not math.isfinite(gap) or scale > 1e8:
            raise Undefined
        found.append(gap)
        if gap > FALSE:
            break
    return found


def condition_fails(kind: str, term: Expr, w: World) -> bool:
    """Whether a condition of a proof is broken at a point."""
    for here in assignments((term,), w):
        try:
            if kind == "invertible":
                if abs(determinant(rows(term, here))) < 1e-9:
                    return True
                continue
            found = [x.real for x in value(term, here).values()]
        except Undefined:
            return True
        if not all({"positive": x > 0, "nonnegative": x >= 0}.get(kind, abs(x) > 1e-9) for x in found):
            return True
    return False


# ------------------------------------------------------------------ witnesses


def witness_differs(statement: Statement, found: Counterexample) -> bool | None:
    """Whether the sides differ at a counterexample, here too; None where no value comes out."""
    w = World(found.point.sizes, statement.context)
    shapes = {v.name: v.shape for v in statement.context.variables.values()}
    for root in roots(statement):
        shapes.update((n.name, n.shape) for n in walk(root) if isinstance(n, (Sym, ex.Tangent)))
        shapes.update((n.by.name, n.by.shape) for n in walk(root) if isinstance(n, ex.Derivative))
        shapes.update((v.name, v.shape) for n in walk(root) if isinstance(n, ex.Differential) for v in n.variables)

    def array(name: str, entries: tuple[Exact, ...]) -> Array:
        numbers = [float(x.rational) + float(x.log2) * math.log(2) for x in entries]
        return dict(zip(w.places(shapes[name]), numbers, strict=True))

    arrays = {n: array(n, a) for n, a in found.point.arrays.items()}
    arrays |= {f"d {n}": array(n, a) for n, a in found.point.tangents.items()}
    labels = {
        name: dict(zip(w.places((many,) if (many := statement.context.labels[name].rows) else ()), given, strict=True))
        for name, given in found.point.labels.items()
    }
    w = World(found.point.sizes, statement.context, arrays, labels, found.point.functions)
    try:
        pairs = list(compared(statement.left, statement.right, statement.guards, w))
    except (Undefined, KeyError):
        return None
    return any(abs(x - y) > FALSE * max(abs(x), abs(y)) for x, y in pairs)  # witnesses may be small
