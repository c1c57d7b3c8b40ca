"""The two provers, one at a time, beside plain SymPy at the same sizes, in one run; and how their time grows.

    python benchmarks/prove.py [--rounds 3] [--pattern attention]

Identities are the true claims of the catalogue and of the reference document.  "SymPy" differentiates the left side with
``diff``, entry by entry, at the sizes that the entry-by-entry check uses first, and simplifies nothing: it yields a
derivative and compares it with nothing.  Claims whose left side is no derivative of a scalar have no such time.
Times are processor time, each the best of the rounds; the table of documents shows medians over claims.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import sympy

from derivations import expr as ex
from derivations.claims import Claim, Context, Statement, Variable
from derivations.expr import Derivative, Dim, Expr, Sym
from derivations.interpret.steps import interpret
from derivations.prove import allsizes, entrywise
from derivations.read.document import load
from derivations.read.markdown import read_markdown
from derivations.shapes import as_matrix, shape

ROOT = Path(__file__).parents[1]
CATALOGUE = ROOT / "tests" / "catalogue"


def claims_of(path: Path) -> list[Statement]:
    """The statements of a document, in its usual reading."""
    found = interpret(read_markdown(load(str(path))), (), ())
    return [step.statement for display in found.displays for step in display.steps if isinstance(step, Claim)]


def best(work: Callable[[], object], rounds: int) -> tuple[float, Any]:
    """Milliseconds of the best round, and what came out."""
    times, result = [], None
    for _ in range(rounds):
        start = time.process_time()
        result = work()
        times.append(1000 * (time.process_time() - start))
    return min(times), result


# ----------------------------------------------------------------- plain SymPy


class NotPlain(Exception):
    """No plain SymPy for this here."""


class Plain:
    """Expressions as SymPy matrices of symbols, the obvious way."""

    def __init__(self, context: Context, sizes: Mapping[str, int], by: Sym) -> None:
        self.context, self.sizes, self.by = context, sizes, by
        self.symbols: dict[str, sympy.Matrix] = {}

    def size(self, d: Dim) -> int:
        out = d.coefficient
        for name in d.names:
            out *= self.sizes[name]
        return out

    def variable(self, name: str, axes: ex.Shape) -> sympy.Matrix:
        if len(axes) > 2:
            raise NotPlain
        if name not in self.symbols:
            rows, columns = (self.size(d) for d in as_matrix(axes))
            count = len(self.symbols)
            self.symbols[name] = sympy.Matrix(rows, columns, lambda i, j: sympy.Symbol(f"v{count}_{i}_{j}", positive=True))
        return self.symbols[name]

    def at(self, term: ex.IndexTerm, indices: Mapping[ex.Index, int]) -> int:
        match term:
            case ex.Index():
                return indices.get(term, 0)
            case ex.Position(value=v):
                return v - 1
            case ex.LabelOf(row=row, dim=dim):
                return (self.at(row, indices) if row else 0) % self.size(dim)
            case _:
                raise NotPlain

    def matrix(self, e: Expr, indices: Mapping[ex.Index, int]) -> sympy.Matrix:
        def go(a: Expr) -> sympy.Matrix:
            return self.matrix(a, indices)

        match e:
            case ex.Num(value=v):
                return sympy.Matrix([[sympy.Rational(v.numerator, v.denominator)]])
            case ex.Size(dim=d):
                return sympy.Matrix([[self.size(d)]])
            case Sym(name=name, shape=axes):
                definition = self.context.definitions.get(name)
                return self.matrix(definition, {}) if definition is not None and e != self.by else self.variable(name, axes)
            case ex.Fill(value=v, shape=axes):
                rows, columns = (self.size(d) for d in as_matrix(axes))
                return go(v)[0] * sympy.ones(rows, columns)
            case ex.Identity(dim=d):
                return sympy.eye(self.size(d))
            case ex.Delta(left=left, right=right):
                return sympy.Matrix([[int(self.at(left, indices) == self.at(right, indices))]])
            case ex.Add(operands=operands):
                out = go(operands[0])
                for other in operands[1:]:
                    out = out + go(other)
                return out
            case ex.Times(left=a, right=b):
                one, two = go(a), go(b)
                if shape(a) == () or shape(b) == ():
                    return one[0] * two if shape(a) == () else two[0] * one
                return one.multiply_elementwise(two)
            case ex.Power(base=a, exponent=q):
                power = go(q)[0]
                return go(a).applyfunc(lambda x: x**power)
            case ex.MatMul(left=a, right=b):
                return go(a) * go(b)
            case ex.Transpose(operand=a):
                return go(a).T
            case ex.Inverse(operand=a):
                return go(a).inv()
            case ex.Trace(operand=a):
                return sympy.Matrix([[go(a).trace()]])
            case ex.Det(operand=a):
                return sympy.Matrix([[go(a).det()]])
            case ex.Norm(operand=a):
                return sympy.Matrix([[sympy.sqrt(sum(x**2 for x in go(a)))]])
            case ex.Map(function=ex.Builtin(name=name), operand=a, order=0) if hasattr(sympy, name) or name in OTHERS:
                return go(a).applyfunc(OTHERS.get(name) or getattr(sympy, name))
            case ex.Softmax(operand=a, axis=axis):
                raised = go(a).applyfunc(sympy.exp)
                if axis == 0:
                    totals = [sum(raised[:, j]) for j in range(raised.cols)]
                    return sympy.Matrix(raised.rows, raised.cols, lambda i, j: raised[i, j] / totals[j])
                totals = [sum(raised[i, :]) for i in range(raised.rows)]
                return sympy.Matrix(raised.rows, raised.cols, lambda i, j: raised[i, j] / totals[i])
            case ex.Sum(index=index, body=body):
                parts = [self.matrix(body, {**indices, index: k}) for k in range(self.size(index.dim))]
                out = parts[0]
                for other in parts[1:]:
                    out = out + other
                return out
            case ex.Entry(array=a, indices=terms):
                places = [self.at(t, indices) for t in terms]
                return sympy.Matrix([[go(a)[places[0], places[1] if len(places) > 1 else 0]]])
            case _:
                raise NotPlain


OTHERS = {"relu": lambda x: sympy.Max(0, x), "sigmoid": lambda x: 1 / (1 + sympy.exp(-x)), "abs": sympy.Abs}


def plain(statement: Statement, sizes: Mapping[str, int]) -> object:
    """Every entry of the derivative on the left, with ``diff`` alone."""
    left = statement.left
    if not isinstance(left, Derivative) or shape(left.of):
        raise NotPlain
    world = Plain(statement.context, sizes, left.by)
    whole = world.matrix(left.of, {})[0]
    return [sympy.diff(whole, x) for x in world.variable(left.by.name, left.by.shape)]


# ---------------------------------------------------------------------- tables


def documents(rounds: int, pattern: str) -> None:
    paths = [p for p in (*sorted(CATALOGUE.rglob("*.md")), ROOT / "docs" / "backpropagation.md") if pattern in str(p)]
    head = f"{'document':36}{'claims':>7}{'normal form ms':>16}{'longest':>9}"
    print(f"{head}{'entries ms':>12}{'longest':>9}{'SymPy ms':>10}{'of':>4}")
    every: dict[str, list[float]] = {"form": [], "entries": [], "plain": [], "form beside plain": [], "entries beside plain": []}
    for path in paths:
        here: dict[str, list[float]] = {"form": [], "entries": [], "plain": []}
        for statement in claims_of(path):
            form, outcome = best(lambda s=statement: allsizes.prove(s), rounds)
            if not isinstance(outcome, allsizes.Proof):
                continue
            sizes = entrywise.choose_sizes(statement)[0]

            def check(s: Statement = statement, at: dict[str, int] = sizes) -> object:
                entrywise._WORLDS.clear()  # as if this claim were the first of its document
                return entrywise.check(s, at, exact=False)

            entries, _ = best(check, rounds)
            here["form"].append(form)
            here["entries"].append(entries)
            try:
                taken, _ = best(lambda s=statement, at=sizes: plain(s, at), 1)
            except NotPlain:
                continue
            here["plain"].append(taken)
            every["form beside plain"].append(form)
            every["entries beside plain"].append(entries)
        if not here["form"]:
            continue
        for name, found in here.items():
            every[name] += found
        known = f"{statistics.median(here['plain']):>10.1f}" if here["plain"] else f"{'':>10}"
        columns = "".join(f"{statistics.median(here[n]):>{w}.1f}{max(here[n]):>9.1f}" for n, w in (("form", 16), ("entries", 12)))
        print(f"{path.stem:36}{len(here['form']):>7}{columns}{known}{len(here['plain']):>4}", flush=True)
    print()
    for name, found in every.items():
        if found:
            print(f"{name:24}{len(found):>6} claims: median {statistics.median(found):>7.1f} ms, "
                  f"longest {max(found):>8.1f} ms, together {sum(found) / 1000:>7.2f} s")


def layers(count: int, activation: ex.Function) -> Statement:
    """The squared norm of a network with this many hidden layers, by its first weights."""
    sizes = [Dim(1, (f"d{k}",)) for k in range(count + 2)]
    rows = Dim(1, ("N",))
    variables = {"X": Variable("X", (rows, sizes[0]))}
    weights = [Sym(f"W{k}", (sizes[k], sizes[k + 1])) for k in range(count + 1)]
    variables |= {w.name: Variable(w.name, w.shape) for w in weights}
    values: list[Expr] = [Sym("X", (rows, sizes[0]))]
    before: list[Expr] = []
    for w in weights[:-1]:
        before.append(ex.MatMul(values[-1], w))
        values.append(ex.Map(activation, before[-1]))
    output = ex.MatMul(values[-1], weights[-1])
    loss = ex.Trace(ex.MatMul(ex.Transpose(output), output))
    slope: Expr = ex.Times(ex.number(2), output)
    for k in range(count, 0, -1):
        back = ex.MatMul(slope, ex.Transpose(weights[k]))
        slope = ex.Times(back, ex.Map(activation, before[k - 1], 1))
    return Statement(Derivative(loss, weights[0]), ex.MatMul(ex.Transpose(values[0]), slope), Context(variables))


def terms(count: int) -> Statement:
    """The gradient of Σ_k tr(XᵀA_kX) is Σ_k (A_k + A_kᵀ) X."""
    n, m = Dim(1, ("n",)), Dim(1, ("m",))
    x = Sym("X", (n, m))
    matrices = [Sym(f"A{k}", (n, n)) for k in range(count)]
    traces = [ex.Trace(ex.MatMul(ex.MatMul(ex.Transpose(x), a), x)) for a in matrices]
    slopes = [ex.MatMul(ex.Add((a, ex.Transpose(a))), x) for a in matrices]
    variables = {s.name: Variable(s.name, s.shape) for s in (x, *matrices)}
    return Statement(Derivative(_added(traces), x), _added(slopes), Context(variables))


def _added(parts: list[Expr]) -> Expr:
    return parts[0] if len(parts) == 1 else ex.Add(tuple(parts))


def growth(rounds: int) -> None:
    free = ex.Free("phi")
    for name, make, counts in (
        ("hidden layers, any activation", lambda k: layers(k, free), range(1, 9)),
        ("terms", terms, (1, 2, 4, 8, 16)),
    ):
        print(f"\n{name:32}{'normal form ms':>16}{'steps':>8}{'entries ms':>12}")
        for k in counts:
            statement = make(k)
            form, outcome = best(lambda s=statement: allsizes.prove(s), rounds)
            sizes = entrywise.choose_sizes(statement)[0]

            def check(s: Statement = statement, at: dict[str, int] = sizes) -> object:
                entrywise._WORLDS.clear()
                return entrywise.check(s, at, exact=False)

            entries, answer = best(check, 1)
            steps = f"{outcome.steps}" if isinstance(outcome, allsizes.Proof) else "no proof"
            told = "" if isinstance(answer, entrywise.Equal) else f"  {answer}"
            print(f"{k:<32}{form:>16.1f}{steps:>8}{entries:>12.1f}{told}", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--pattern", default="", help="only documents whose path contains this")
    options = parser.parse_args()
    print(f"{platform.machine()}, {os.cpu_count()} cores, CPython {platform.python_version()}, SymPy {sympy.__version__}, "
          f"best of {options.rounds} rounds")
    documents(options.rounds, options.pattern)
    growth(options.rounds)


if __name__ == "__main__":
    main()
