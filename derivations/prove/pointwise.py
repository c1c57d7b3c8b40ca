"""A statement made ready to be evaluated at points: what it needs, whether a point is admissible, what differs.

A ``Draft`` is a point whose arrays are still being chosen.  ``Question`` answers,
exactly, whether a draft satisfies all that the document has said (declared domains,
assumptions), can make it satisfy equations that are linear in one variable, and
compares both sides.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import product
from math import isqrt, prod

from derivations.claims import Equation, Labels, SignAssumption, Statement, Variable
from derivations.expr import (
    SCALAR,
    Apply,
    Derivative,
    Dim,
    Expr,
    Free,
    Index,
    Map,
    Shape,
    Sym,
    free_indices,
    free_symbols,
    subtract,
    walk,
)
from derivations.prove.dual import FLAT, Functions, Value, primal
from derivations.prove.evaluation import Code, Frame, Program, Values, World
from derivations.prove.exactmatrix import determinant, particular_solution
from derivations.prove.exactnumber import (
    LOG2,
    TWO_LOG,
    UNIT_POLY,
    Element,
    Number,
    TooLarge,
    Unrepresentable,
    Unsupported,
    nonzero,
    plain,
    sign,
    writable,
)
from derivations.shapes import ShapeError, shape
from derivations.verdicts import Exact, Point, Polynomial

HOLDS: Mapping[str, Callable[[int], bool]] = {
    "=": lambda s: s == 0,
    ">": lambda s: s > 0,
    "≥": lambda s: s >= 0,
    "≠": lambda s: s != 0,
}
SIGNS = {"positive": ">", "nonnegative": "≥", "nonzero": "≠"}
MEMBERS = {"binary": (0, 1), "sign": (-1, 1)}
STEPS = 60_000


class Inadmissible(Exception):
    """The point contradicts a declaration or an assumption."""


def number_of(value: Exact) -> Number:
    rational = plain(value.rational)
    return rational + TWO_LOG * plain(value.log2) if value.log2 else rational


def exact_of(value: Number) -> Exact:
    """The number as rational + log2·ln 2; ``Unrepresentable`` if it is none."""
    if not isinstance(value, Element):
        return Exact(Fraction(value))
    if value.den != UNIT_POLY or not value.num.keys() <= {(), ((LOG2, 1),)}:
        raise Unrepresentable("an entry that is not rational + rational · log(2)")
    return Exact(Fraction(value.num.get((), 0)), Fraction(value.num.get(((LOG2, 1),), 0)))


@dataclass(slots=True)
class Draft:
    """Values for everything free, flat and row-major."""

    sizes: Mapping[str, int]
    arrays: dict[str, list[Number]] = field(default_factory=dict)
    tangents: dict[str, list[Number]] = field(default_factory=dict)
    labels: dict[str, tuple[int, ...]] = field(default_factory=dict)
    functions: dict[str, tuple[Polynomial, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, point: Point) -> Draft:
        return cls(
            point.sizes,
            {n: [number_of(v) for v in a] for n, a in point.arrays.items()},
            {n: [number_of(v) for v in a] for n, a in point.tangents.items()},
            {n: tuple(v) for n, v in point.labels.items()},
            {n: tuple(p) for n, p in point.functions.items()},
        )

    def point(self) -> Point:
        return Point(
            dict(self.sizes),
            {n: tuple(map(exact_of, a)) for n, a in self.arrays.items()},
            {n: tuple(map(exact_of, a)) for n, a in self.tangents.items()},
            dict(self.labels),
            dict(self.functions),
        )

    def size(self, dim: Dim) -> int:
        return dim.coefficient * prod(self.sizes[n] for n in dim.names)

    def count(self, s: Shape) -> int:
        return prod(self.size(d) for d in s)


@dataclass(frozen=True, slots=True)
class Compared:
    """One entry of both sides at one assignment of the free indices."""

    free: tuple[int, ...]
    entry: tuple[int, ...]
    left: Number
    right: Number

    @property
    def differs(self) -> bool:
        return self.left is not self.right and nonzero(self.left - self.right)


@dataclass(frozen=True, slots=True)
class Assumed:
    """An assumption compiled: its residual (or operand) over its own free indices."""

    code: Code
    indices: tuple[Index, ...]
    sign: str | None
    residual: Expr


class Question:
    """A statement compiled; everything that it mentions is listed."""

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        context = statement.context
        self.program = Program(context)
        try:
            self._compile(statement)
        except ShapeError as error:
            raise Unsupported(str(error)) from error
        self.symbols = self._symbols()
        codes = [self.left, self.right, *self.guards, *(a.code for a in self.assumed)]
        self.reads: frozenset[str] = frozenset().union(*(c.reads for c in codes))
        self.exponents: frozenset[str] = frozenset().union(*(c.exponents for c in codes))
        self.bases: dict[str, Variable] = {
            name: context.variables.get(name) or Variable(name, self.symbols[name])
            for name in sorted(self.reads - context.definitions.keys())
        }
        self.labels: dict[str, Labels] = {name: self._labels(name) for name in sorted(self.program.labels)}
        self.constrained = frozenset[str]().union(*(a.code.reads for a in self.assumed)) & self.bases.keys()
        self.declared = [
            (variable, self.program.code(Sym(name, variable.shape)))
            for name, variable in sorted(context.variables.items())
            if name in self.reads and (variable.domain != "real" or variable.symmetric or variable.definite)
        ]
        self._refuse_constrained_tangents()
        self._jacobians: dict[tuple[int, str], Code] = {}
        self._latest: Frame | None = None
        self._spent = 0

    def _compile(self, statement: Statement) -> None:
        code = self.program.code
        self.left, self.right = code(statement.left), code(statement.right)
        self.guards = [code(g) for g in statement.guards]
        free = free_indices(statement.left) | free_indices(statement.right)
        free = free.union(*(free_indices(g) for g in statement.guards))
        self.free = tuple(sorted(free, key=lambda i: (i.name, str(i.dim))))
        if shape(statement.left) != shape(statement.right):
            raise Unsupported("sides of different shapes")
        self.shape = shape(statement.left)
        self.assumed = [self._assumption(a) for a in statement.context.assumptions]

    def _all_of(self, operand: Expr) -> Iterator[Expr]:
        """The nodes of an expression and of the definitions that it reads."""
        names = self.program.code(operand).reads & self.statement.context.definitions.keys()
        for e in (operand, *(self.statement.context.definitions[n] for n in sorted(names))):
            yield from walk(e)

    def _symbols(self) -> dict[str, Shape]:
        """The shapes of all variables that occur, through definitions; each must occur as declared."""
        context, statement = self.statement.context, self.statement
        shapes = {v.name: v.shape for v in context.variables.values()}
        shapes.update((name, shape(e)) for name, e in context.definitions.items() if name not in shapes)
        pending, done = [statement.left, statement.right, *statement.guards, *(a.residual for a in self.assumed)], set[str]()
        while pending:
            for symbol in free_symbols(pending.pop()):
                if shapes.setdefault(symbol.name, symbol.shape) != symbol.shape:
                    raise Unsupported(f"{symbol.name} occurs in another shape than declared")
                if symbol.name in context.definitions and symbol.name not in done:
                    done.add(symbol.name)
                    pending.append(context.definitions[symbol.name])
        return shapes

    def _assumption(self, assumption: Equation | SignAssumption) -> Assumed:
        if isinstance(assumption, Equation):
            operand, wanted = subtract(assumption.left, assumption.right), None
        else:
            operand, wanted = assumption.operand, assumption.sign
        indices = tuple(sorted(free_indices(operand), key=lambda i: i.name))
        code = self.program.code(operand)
        if any(isinstance(e, Apply) or (isinstance(e, Map) and isinstance(e.function, Free)) for e in self._all_of(operand)):
            raise Unsupported("an assumption about an unspecified function")
        return Assumed(code, indices, wanted, operand)

    def _labels(self, name: str) -> Labels:
        if name not in self.statement.context.labels:
            raise Unsupported(f"no labels {name} declared")
        return self.statement.context.labels[name]

    def _refuse_constrained_tangents(self) -> None:
        """The differential of a variable that an equation binds is not arbitrary: two readings, no verdict."""
        bound = frozenset[str]().union(*(a.code.reads for a in self.assumed if a.sign is None))
        for name in bound & self.program.tangents.keys():
            raise Unsupported(f"the differential of {name}, which an assumption constrains")

    def domain(self, variable: Variable) -> str:
        """The declared domain, or the one that an assumption about the variable itself states."""
        names = {wanted: domain for domain, wanted in SIGNS.items()}
        for assumed in self.assumed:
            if variable.domain == "real" and assumed.sign and assumed.residual == Sym(variable.name, variable.shape):
                return names[assumed.sign]
        return variable.domain

    # --------------------------------------------------------------- sizes

    def size_names(self) -> tuple[str, ...]:
        """The symbolic sizes of all that is compiled: through definitions, labels and assumptions too."""
        return tuple(sorted({name for dim in self.program.dims for name in dim.names}))

    def fits(self, sizes: Mapping[str, int]) -> bool:
        """Whether the fixed places that are mentioned exist."""
        draft = Draft(sizes)
        return all(1 <= p.value <= draft.size(p.dim) for p in self.program.places)

    # ---------------------------------------------------------- evaluation

    def frame(self, draft: Draft, extended: bool) -> tuple[Frame, World]:
        tangents: dict[str, Values] = {n: list(v) for n, v in draft.tangents.items()}
        functions = Functions(extended, self.program.differentiated)
        frame = Frame(draft.sizes, [0] * self.program.slot_count, tangents, draft.labels, draft.functions, functions, STEPS)
        self._spent, self._latest = self.spent, frame
        return frame, World({n: self._given(n, v) for n, v in draft.arrays.items()})

    def _given(self, name: str, values: Sequence[Value]) -> Values:
        """A binary entry that is 0 has no other value nearby."""
        variable = self.bases.get(name)
        binary = variable is not None and variable.domain == "binary"
        return [FLAT if binary and not v else v for v in values]

    @property
    def spent(self) -> int:
        """Steps of all evaluations so far."""
        return self._spent + (STEPS - self._latest.steps if self._latest else 0)

    def compare(self, draft: Draft, extended: bool) -> Iterator[Compared]:
        """All entries that the guards leave, both sides exact."""
        frame, world = self.frame(draft, extended)
        entries = list(product(*(range(1, draft.size(d) + 1) for d in self.shape)))
        for free in self._assignments(frame, self.free):
            if all(nonzero(primal(frame.scalar(g, world))) for g in self.guards):
                left, right = frame.value(self.left, world), frame.value(self.right, world)
                for entry, a, b in zip(entries, left, right, strict=True):
                    found = Compared(free, entry, primal(a), primal(b))
                    if found.differs and not (writable(found.left) and writable(found.right)):
                        raise TooLarge("the exact value is too large")
                    yield found

    def _assignments(self, frame: Frame, indices: Sequence[Index]) -> Iterator[tuple[int, ...]]:
        slots = [self.program.slot(i) for i in indices]
        for values in product(*(range(1, frame.size(i.dim) + 1) for i in indices)):
            for slot, value in zip(slots, values, strict=True):
                frame.slots[slot] = value
            yield values

    # -------------------------------------------------------- admissibility

    def require_admissible(self, draft: Draft, extended: bool) -> None:
        """Raise ``Inadmissible`` unless declarations and assumptions hold exactly."""
        frame, world = self.frame(draft, extended)
        for variable, code in self.declared:
            _require_declared(variable, [primal(v) for v in frame.value(code, world)])
        for assumed in self.assumed:
            wanted = HOLDS[assumed.sign or "="]
            if not all(wanted(sign(v)) for v in self._values(assumed.code, assumed.indices, frame, world)):
                raise Inadmissible("an assumption fails")

    def _values(self, code: Code, indices: Sequence[Index], frame: Frame, world: World) -> list[Number]:
        return [primal(v) for _ in self._assignments(frame, indices) for v in frame.value(code, world)]

    def solve(self, draft: Draft, extended: bool, rotation: int) -> Draft:
        """The draft changed so that the equations hold, one variable after the other, where they are linear in it."""
        equations = [a for a in self.assumed if a.sign is None]
        variables = [v for v in self.bases.values() if v.name in self.constrained and v.domain not in MEMBERS and not v.definite]
        for i in range(len(variables)):
            broken = [e for e in equations if any(self._residual(e, draft, extended))]
            if not broken:
                break
            variable = variables[(i + rotation) % len(variables)]
            own = [e for e in equations if variable.name in e.code.reads]
            if any(e in broken for e in own):
                draft = self._solve_for(variable, own, draft, extended, rotation)
        return draft

    def _residual(self, equation: Assumed, draft: Draft, extended: bool) -> list[Number]:
        return self._values(equation.code, equation.indices, *self.frame(draft, extended))

    def _solve_for(self, variable: Variable, equations: list[Assumed], draft: Draft, extended: bool, rotation: int) -> Draft:
        """One exact Newton step in one variable; kept only if its equations then hold.

        The last entries are solved for first, with a rotation others.
        """
        values = draft.arrays[variable.name]
        frame, world = self.frame(draft, extended)
        rows, right = list[list[Number]](), list[Number]()
        for e in equations:
            flat = self._values(self._jacobian(e, variable), e.indices, frame, world)
            rows += [flat[i : i + len(values)] for i in range(0, len(flat), len(values))]
            right += [-r for r in self._values(e.code, e.indices, frame, world)]
        classes = _tied(variable, len(values))
        merged = [[_total(row[k] for k in tied) for tied in classes] for row in rows]
        order = [(k + rotation) % len(classes) for k in range(len(classes))][::-1]
        step = particular_solution(merged, right, order)
        if step is None:
            return draft
        moved = list(values)
        for tied, change in zip(classes, step, strict=True):
            for k in tied:
                moved[k] = moved[k] + change
        changed = replace(draft, arrays={**draft.arrays, variable.name: moved})
        return draft if any(any(self._residual(e, changed, extended)) for e in equations) else changed

    def _jacobian(self, equation: Assumed, variable: Variable) -> Code:
        key = (equation.code.number, variable.name)
        if key not in self._jacobians:
            self._jacobians[key] = self.program.code(Derivative(equation.residual, Sym(variable.name, variable.shape)))
        return self._jacobians[key]


def _total(values: Iterable[Number]) -> Number:
    total: Number = 0
    for v in values:
        total = total + v
    return total


def side(count: int) -> int:
    """The side of a square matrix with that many entries."""
    return isqrt(count)


def _tied(variable: Variable, count: int) -> list[tuple[int, ...]]:
    """Entries that move together: S_ij and S_ji of a symmetric variable."""
    if not variable.symmetric or variable.shape == SCALAR:
        return [(k,) for k in range(count)]
    n = side(count)
    return [(i * n + j, j * n + i) if i != j else (i * n + i,) for i in range(n) for j in range(i + 1)]


def _require_declared(variable: Variable, values: Sequence[Number]) -> None:
    if variable.domain in SIGNS and not all(HOLDS[SIGNS[variable.domain]](sign(v)) for v in values):
        raise Inadmissible(f"{variable.name} is not {variable.domain}")
    if variable.domain in MEMBERS and not all(v in MEMBERS[variable.domain] for v in values):
        raise Inadmissible(f"{variable.name} is not {variable.domain}")
    if (variable.symmetric or variable.definite) and not _symmetric(values):
        raise Inadmissible(f"{variable.name} is not symmetric")
    if variable.definite and not _definite(values):
        raise Inadmissible(f"{variable.name} is not positive definite")


def _symmetric(values: Sequence[Number]) -> bool:
    n = side(len(values))
    return not any(nonzero(values[i * n + j] - values[j * n + i]) for i in range(n) for j in range(i))


def _definite(values: Sequence[Number]) -> bool:
    """Sylvester: all leading minors are positive."""
    n = side(len(values))
    minors = (determinant([values[i * n + j] for i in range(k) for j in range(k)], k) for k in range(1, n + 1))
    return all(sign(primal(m)) > 0 for m in minors)
