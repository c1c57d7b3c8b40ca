"""Random well-shaped expressions: few names, used for several things, and letters bound again inside their own sums."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from derivations import expr as ex
from derivations.claims import Context, Equation, FreeFunction, Labels, Variable
from derivations.expr import Dim, Expr, Index, IndexTerm, LabelOf, Shape, Sym, number

N, M, H = (Dim(1, (name,)) for name in "nmh")
DIMS = (N, M, H)
VARIABLES: Mapping[str, Shape] = {
    "A": (N, M), "X": (N, M), "G": (N, M), "B": (M, H), "W": (M, H), "D": (N, N), "F": (N, N), "S": (N, N), "Q": (M, M),
    "x": (N,), "y": (N,), "u": (M,), "v": (M,), "a": (), "b": (),
}  # fmt: skip
POSITIVE: Mapping[str, Shape] = {"p": (N,), "R": (N, M)}
ONE_HOT, LABELS, ENTRYWISE, LOSS, LOSS_OF = "Y", "c", "\\phi", "\\ell", "Z"
LETTERS = "ijk"
Scope = Mapping[str, Index]


def context(chance: random.Random, loss: bool) -> Context:
    """The world of one claim; with ``loss``, a defined Z of which ℓ(Z) is an unspecified function."""
    variables = {n: Variable(n, s, symmetric=n == "S") for n, s in VARIABLES.items()}
    variables |= {n: Variable(n, s, domain="positive") for n, s in POSITIVE.items()}
    variables[ONE_HOT] = Variable(ONE_HOT, (N, M), domain="binary")
    functions = {ENTRYWISE: FreeFunction(ENTRYWISE, None, ()), LOSS: FreeFunction(LOSS, (N, H), ())}
    definitions = {}
    if loss:
        variables[LOSS_OF] = Variable(LOSS_OF, (N, H))
        definitions[LOSS_OF] = Writer(chance, loss=False).array((N, H), 2, {})
    sums_to_1 = Equation(ex.MatMul(Sym(ONE_HOT, (N, M)), ex.Fill(number(1), (M,))), ex.Fill(number(1), (N,)))
    return Context(variables, {LABELS: Labels(LABELS, N, M)}, functions, definitions, (sums_to_1,))


@dataclass
class Writer:
    """Draws expressions; ``scope`` maps a letter to the index that it means at this place."""

    chance: random.Random
    loss: bool = False
    made: int = field(default=0)

    # ------------------------------------------------------------- helpers

    def dim(self) -> Dim:
        return self.chance.choice(DIMS)

    def symbols(self, axes: Shape) -> list[Expr]:
        found: list[Expr] = [Sym(n, s) for n, s in VARIABLES.items() if s == axes]
        found += [ex.Transpose(Sym(n, s)) for n, s in VARIABLES.items() if len(s) == 2 and s[::-1] == axes and s != axes]
        if axes == (N, M):
            found += [Sym(ONE_HOT, axes), Sym("R", axes)]
        if axes == (N, H) and self.loss:
            found.append(Sym(LOSS_OF, axes))
        return found

    def leaf(self, axes: Shape) -> Expr:
        found = self.symbols(axes)
        if found:
            return self.chance.choice(found)
        if len(axes) == 2:
            left, right = (self.leaf((d,)) for d in axes)
            return ex.MatMul(left, ex.Transpose(right))
        if axes == (H,):
            return ex.MatMul(ex.Transpose(Sym("B", (M, H))), Sym("u", (M,)))
        return ex.Fill(number(1), axes)

    def bind(self, scope: Scope) -> tuple[Index, Scope]:
        """A binder, its letter often one that is bound already."""
        letter = self.chance.choice(LETTERS)
        index = Index(letter, self.chance.choice((N, N, M, M, H)))
        return index, {**scope, letter: index}

    def term(self, dim: Dim, scope: Scope) -> IndexTerm | None:
        found: list[IndexTerm] = [i for i in scope.values() if i.dim == dim]
        if dim == M:
            found += [LabelOf(LABELS, i, M) for i in scope.values() if i.dim == N and self.chance.random() < 0.4]
        return self.chance.choice(found) if found else None

    # -------------------------------------------------------------- scalars

    def scalar(self, depth: int, scope: Scope) -> Expr:
        self.made += 1
        if depth <= 0 or self.made > 40:
            return self.scalar_leaf(scope)
        ways: list[tuple[int, Callable[[int, Scope], Expr]]] = [
            (4, self._total), (3, self._trace), (3, self._inner), (2, self._product), (2, self._sum), (3, self._function),
            (2, self._entry), (1, self._squares), (1, self._log_sum), (1, self._cross_entropy), (1, self._per_row),
            (2 if self.loss else 0, self._loss), (1, self._divided),
        ]  # fmt: skip
        return self._one_of(ways)(depth - 1, scope)

    def _one_of(self, ways: list[tuple[int, Callable[[int, Scope], Expr]]]) -> Callable[[int, Scope], Expr]:
        return self.chance.choices([w for _, w in ways], [n for n, _ in ways])[0]

    def scalar_leaf(self, scope: Scope) -> Expr:
        places = [(n, s) for n, s in [*VARIABLES.items(), *POSITIVE.items(), (ONE_HOT, (N, M))] if s]
        self.chance.shuffle(places)
        for name, axes in places:
            terms = [self.term(d, scope) for d in axes]
            if all(t is not None for t in terms) and self.chance.random() < 0.9:
                return ex.Entry(Sym(name, axes), tuple(t for t in terms if t is not None))
        pairs = [(i, j) for i in scope.values() for j in scope.values() if i != j and i.dim == j.dim]
        if pairs and self.chance.random() < 0.3:
            return ex.Delta(*self.chance.choice(pairs))
        return self.chance.choice([Sym("a", ()), Sym("b", ()), number(self.chance.choice((2, 3, Fraction(1, 2))))])

    def _total(self, depth: int, scope: Scope) -> Expr:
        index, inner = self.bind(scope)
        body = self.scalar(depth, inner)
        if self.chance.random() < 0.5:
            second, deeper = self.bind(inner)
            body = ex.Sum(second, ex.Times(self.scalar_leaf(deeper), self.scalar(depth - 1, deeper)))
            if self.chance.random() < 0.5:
                body = ex.Times(self.scalar_leaf(inner), body)
        return ex.Sum(index, body)

    def _trace(self, depth: int, scope: Scope) -> Expr:
        d = self.dim()
        return ex.Trace(self.array((d, d), depth, scope))

    def _inner(self, depth: int, scope: Scope) -> Expr:
        d = self.dim()
        return ex.MatMul(ex.Transpose(self.array((d,), depth, scope)), self.array((d,), depth, scope))

    def _product(self, depth: int, scope: Scope) -> Expr:
        return ex.Times(self.scalar(depth, scope), self.scalar(depth, scope))

    def _sum(self, depth: int, scope: Scope) -> Expr:
        second = self.scalar(depth, scope)
        return ex.Add((self.scalar(depth, scope), second if self.chance.random() < 0.6 else ex.negative(second)))

    def _function(self, depth: int, scope: Scope) -> Expr:
        return self.mapped(self.scalar(depth, scope))

    def mapped(self, e: Expr) -> Expr:
        name = self.chance.choice(("exp", "tanh", "sigmoid", "relu", "sin", "cos", "log", "free", "free", "abs", "square"))
        if name == "free":
            return ex.Map(ex.Free(ENTRYWISE), e)
        if name == "square":
            return ex.Times(e, e)
        if name == "log":
            return ex.Map(ex.Builtin("log"), ex.Map(ex.Builtin("exp"), e)) if self.chance.random() < 0.2 else ex.Map(
                ex.Builtin("log"), ex.Map(ex.Builtin("sigmoid"), e)
            )
        if name == "exp":
            e = ex.Times(number(Fraction(1, 4)), e)
        return ex.Map(ex.Builtin(name), e)  # type: ignore[arg-type]

    def _entry(self, depth: int, scope: Scope) -> Expr:
        axes = self.chance.choice([(i.dim,) for i in scope.values()] or [()])
        if not axes:
            return self.scalar(depth, scope)
        if self.chance.random() < 0.5:
            axes = (*axes, self.chance.choice(list(scope.values())).dim)
        terms = tuple(self.term(d, scope) for d in axes)
        return ex.Entry(self.array(axes, depth, scope), tuple(t for t in terms if t is not None))

    def _squares(self, depth: int, scope: Scope) -> Expr:
        axes = self.chance.choice([(N,), (M,), (N, M)])
        return ex.Power(ex.Norm(self.array(axes, depth, scope)), number(2))

    def _log_sum(self, depth: int, scope: Scope) -> Expr:
        index, inner = self.bind(scope)
        return ex.Map(ex.Builtin("log"), ex.Sum(index, ex.Map(ex.Builtin("exp"), self.scalar(depth - 1, inner))))

    def _cross_entropy(self, depth: int, scope: Scope) -> Expr:
        """The mean over rows of minus the logarithm of the right class's share, by label or one-hot row."""
        scores = self.array((N, M), depth - 1, {})
        index = Index(self.chance.choice(LETTERS), N)
        shares = ex.Softmax(scores, 1)
        if self.chance.random() < 0.5:
            body: Expr = ex.Sum(index, ex.Map(ex.Builtin("log"), ex.Entry(shares, (index, LabelOf(LABELS, index, M)))))
        else:
            body = ex.Trace(ex.MatMul(ex.Transpose(Sym(ONE_HOT, (N, M))), ex.Map(ex.Builtin("log"), shares)))
        return ex.negative(ex.divide(body, ex.Size(N)) if self.chance.random() < 0.6 else body)

    def _per_row(self, depth: int, scope: Scope) -> Expr:
        index, inner = self.bind(scope)
        return ex.divide(ex.Sum(index, self.scalar(depth, inner)), ex.Size(index.dim))

    def _loss(self, depth: int, scope: Scope) -> Expr:
        return ex.Apply(LOSS, Sym(LOSS_OF, (N, H)), ())

    def _divided(self, depth: int, scope: Scope) -> Expr:
        below = ex.Map(ex.Builtin("exp"), self.scalar(depth - 1, scope))
        return ex.divide(self.scalar(depth, scope), ex.Add((number(1), below)))

    # --------------------------------------------------------------- arrays

    def array(self, axes: Shape, depth: int, scope: Scope) -> Expr:
        self.made += 1
        if not axes:
            return self.scalar(depth, scope)
        if depth <= 0 or self.made > 40 or self.chance.random() < 0.2:
            return self.leaf(axes)
        d = depth - 1
        ways: list[tuple[int, Callable[[], Expr]]] = [
            (3, lambda: ex.Add((self.array(axes, d, scope), self.array(axes, d, scope)))),
            (2, lambda: ex.Times(self.array(axes, d, scope), self.array(axes, d, scope))),
            (1, lambda: ex.Times(self.scalar(d, scope), self.array(axes, d, scope))),
            (3, lambda: self.mapped(self.array(axes, d, scope))),
            (1, lambda: ex.Softmax(self.array(axes, d, scope), len(axes) - 1)),
        ]
        if len(axes) == 2:
            first, last = axes
            ways += [
                (6, lambda: self.product((first,), (last,), d, scope)),
                (2, lambda: ex.Transpose(self.array((last, first), d, scope))),
                (1, lambda: ex.MatMul(self.array((first,), d, scope), ex.Transpose(self.array((last,), d, scope)))),
            ]
            if first == last:
                ways += [
                    (1, lambda: ex.DiagonalMatrix(self.array((first,), d, scope))),
                    (1, lambda: ex.Identity(first)),
                    (1, lambda: ex.Inverse(ex.Add((Sym("D", (N, N)), ex.Identity(N)))) if first == N else self.leaf(axes)),
                ]
        else:
            ways += [
                (6, lambda: self.product(axes, (), d, scope)),
                (1, lambda: ex.Fill(number(1), axes)),
                (1, lambda: ex.Diagonal(self.array((*axes, *axes), d, scope))),
            ]
        return self.chance.choices([w for _, w in ways], [n for n, _ in ways])[0]()

    def product(self, left: Shape, right: Shape, depth: int, scope: Scope) -> Expr:
        inner = self.dim()
        return ex.MatMul(self.array((*left, inner), depth, scope), self.array((inner, *right), depth, scope))
