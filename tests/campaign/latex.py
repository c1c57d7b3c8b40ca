"""Expressions as formulas of a document, brackets around everything that is more than a name.

Only what the notation says without a second meaning is printed; the rest raises ``NoNotation``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import prod

from derivations import expr as ex
from derivations.claims import Context
from derivations.expr import Dim, Expr, Index, IndexTerm, Shape, Sym, free_indices, walk
from derivations.shapes import shape
from tests.campaign.adjoints import renamed
from tests.campaign.expressions import M

REAL, SYMMETRIC = "\\mathbb{R}", "\\mathbb{S}"
LETTERS = "ijklrst"
COMMANDS = {"exp": "\\exp", "log": "\\log", "tanh": "\\tanh", "sin": "\\sin", "cos": "\\cos"}


class NoNotation(Exception):
    """Nothing that a document could say plainly."""


@dataclass(frozen=True)
class Printer:
    """``sizes`` and ``letters`` rename sizes and indices throughout; sizes may become numbers, then all of them."""

    sizes: Mapping[str, str] = field(default_factory=dict)
    letters: Mapping[str, str] = field(default_factory=dict)

    # -------------------------------------------------------------- parts

    def dim(self, d: Dim) -> str:
        names = [self.sizes.get(n, n) for n in d.names]
        if any(name.isdigit() for name in names):
            return str(d.coefficient * prod(map(int, names)))
        return " ".join(names) if d.coefficient == 1 and names else f"{d.coefficient} {' '.join(names)}".strip()

    def space(self, axes: Shape, field_: str = "\\mathbb{R}") -> str:
        return field_ + ("^{" + " \\times ".join(self.dim(d) for d in axes) + "}" if axes else "")

    def index(self, t: IndexTerm) -> str:
        match t:
            case Index(name=name):
                if "_" in name:
                    raise NoNotation("a letter of our own")
                return self.letters.get(name, name)
            case ex.LabelOf(label=label, row=row) if row is not None:
                return f"{label}_{{{self.index(row)}}}"
            case _:
                raise NoNotation("an index term")

    def indices(self, terms: tuple[IndexTerm, ...]) -> str:
        return "_{" + " ".join(self.index(t) for t in terms) + "}"

    def document(self, context: Context, pairs: Iterable[tuple[Expr, Expr]]) -> str:
        """What is given, and a display for each pair of sides."""
        sentences = "".join(f"  - '{s.replace(chr(39), chr(39) * 2)}'\n" for s in self.given(context))
        return f"---\ngiven:\n{sentences}---\n" + "".join(f"\n$${self.claim(*pair)}$$\n" for pair in pairs)

    # -------------------------------------------------------- expressions

    def atom(self, e: Expr) -> str:
        """In brackets, unless it is one thing already."""
        text = self.tex(e)
        match e:
            case ex.Num(value=v) if v >= 0:
                return text
            case Sym() | ex.Size() | ex.Delta() | ex.Identity() | ex.Trace() | ex.Det() | ex.Diagonal() | ex.DiagonalMatrix():
                return text
            case ex.Entry() | ex.Apply() | ex.Softmax():
                return text
            case ex.Map(order=0):
                return text
            case _:
                return f"\\left( {text} \\right)"

    def call(self, name: str, e: Expr) -> str:
        return f"{name}\\left( {self.tex(e)} \\right)"

    def tex(self, e: Expr) -> str:
        match e:
            case ex.Num(value=v):
                return self.number(v)
            case ex.Size(dim=d):
                return f"\\left( {self.dim(d)} \\right)" if self.dim(d).isdigit() else self.dim(d)
            case Sym(name=name):
                return name
            case ex.Tangent(name=name):
                return f"d{name}"
            case ex.Fill(value=ex.Num(value=v), shape=axes) if v == 1 and len(axes) == 1:
                return "\\mathbf{1}"
            case ex.Fill(value=value, shape=axes) if len(axes) == 1:
                return f"{self.atom(value)} \\mathbf{{1}}"
            case ex.Identity():
                return "I"
            case ex.Delta(left=left, right=right):
                return f"\\delta_{{{self.index(left)} {self.index(right)}}}"
            case ex.Add(operands=operands):
                return self.sum_of(operands)
            case ex.Times(left=ex.Num(value=v), right=b) if v == -1:
                return f"- {self.atom(b)}"
            case ex.Times(left=a, right=ex.Power(base=b, exponent=ex.Num(value=v))) if v == -1 and not shape(b):
                return f"\\frac{{{self.tex(a)}}}{{{self.tex(b)}}}"
            case ex.Times(left=a, right=b):
                if shape(a) and shape(b):
                    return f"{self.atom(a)} \\odot {self.atom(b)}"
                first, second = (b, a) if shape(a) else (a, b)
                return f"{self.atom(first)} {self.atom(second)}"
            case ex.Power(base=ex.Norm(operand=a), exponent=ex.Num(value=v)) if v == 2:
                below = "_F" if len(shape(a)) == 2 else ""
                return f"\\lVert {self.tex(a)} \\rVert{below}^2"
            case ex.Power(base=b, exponent=ex.Num(value=v)) if not shape(b) and v.denominator == 1:
                return f"\\frac{{1}}{{{self.tex(b)}}}" if v == -1 else f"{self.atom(b)}^{{{v}}}"
            case ex.MatMul(left=a, right=b):
                return f"{self.atom(a)} {self.atom(b)}"
            case ex.Transpose(operand=a):
                return f"{self.atom(a)}^\\top"
            case ex.Inverse(operand=a):
                return f"{self.atom(a)}^{{-1}}"
            case ex.Trace(operand=a):
                return self.call("\\operatorname{tr}", a)
            case ex.Diagonal(operand=a) | ex.DiagonalMatrix(operand=a):
                return self.call("\\operatorname{diag}", a)
            case ex.Map():
                return self.function(e)
            case ex.Apply(name=name, operand=a):
                return self.call(name, a)
            case ex.Softmax(operand=a, axis=axis) if len(shape(a)) == 1 or (axis == 1 and shape(a)[0] != M):
                return self.call("\\operatorname{softmax}", a)
            case ex.Sum(index=index, body=body):
                index, body = self.lettered(index, body)
                return f"\\sum_{{{self.index(index)}=1}}^{{{self.dim(index.dim)}}} {self.atom(body)}"
            case ex.Entry(array=a, indices=terms):
                whole = self.tex(a) if isinstance(a, Sym) else f"\\left( {self.tex(a)} \\right)"
                return whole + self.indices(terms)
            case ex.Derivative(of=of, by=by, at=at) if not shape(of):
                below = by.name + (self.indices(at) if at is not None else "")
                if isinstance(of, (Sym, ex.Apply)):
                    return f"\\frac{{\\partial {self.tex(of)}}}{{\\partial {below}}}"
                return f"\\frac{{\\partial}}{{\\partial {below}}} \\left( {self.tex(of)} \\right)"
            case ex.Differential(of=of):
                return f"d\\left( {self.tex(of)} \\right)"
            case _:
                raise NoNotation(type(e).__name__)

    def lettered(self, index: Index, body: Expr) -> tuple[Index, Expr]:
        """Another letter where the own one is ours alone, or means something else inside."""
        others = {i.name for i in free_indices(body) if i != index}
        if "_" not in index.name and index.name not in others:
            return index, body
        free = [x for x in LETTERS if x not in others]
        if not free:
            raise NoNotation("out of letters")
        new = Index(free[0], index.dim)
        return new, renamed(body, index, new)

    def number(self, v: Fraction) -> str:
        return str(v) if v.denominator == 1 else f"{'-' if v < 0 else ''}\\frac{{{abs(v.numerator)}}}{{{v.denominator}}}"

    def sum_of(self, operands: tuple[Expr, ...]) -> str:
        parts = []
        arrays = any(shape(o) and not isinstance(o, ex.Fill) for o in operands)
        for k, operand in enumerate(operands):
            negated = isinstance(operand, ex.Times) and operand.left == ex.MINUS_ONE
            if isinstance(operand, ex.Times) and negated:
                operand = operand.right
            if isinstance(operand, ex.Fill) and arrays:
                operand = operand.value
            text = self.atom(operand) if isinstance(operand, (ex.Add, ex.Sum)) or negated else self.tex(operand)
            if text.startswith("-"):
                text = f"\\left( {text} \\right)"
            parts.append(("- " if negated else "+ " if k else "") + text)
        return " ".join(parts)

    def function(self, e: ex.Map) -> str:
        match e.function, e.order:
            case ex.Free(name=name), order:
                return self.call(name + "'" * order, e.operand)
            case ex.Builtin(name="step"), 0:
                return f"\\mathbb{{1}}\\left[ {self.tex(e.operand)} > 0 \\right]"
            case ex.Builtin(name="abs"), 0 if not shape(e.operand):
                return f"\\left| {self.tex(e.operand)} \\right|"
            case ex.Builtin(name=name), 0 if name in COMMANDS:
                return self.call(COMMANDS[name], e.operand)
            case ex.Builtin(name="sigmoid" | "relu" | "sign" as name), 0:
                return self.call(f"\\operatorname{{{name}}}", e.operand)
            case _:
                raise NoNotation("a function")

    # -------------------------------------------------------- declarations

    def given(self, context: Context) -> list[str]:
        """The sentences that declare everything in a context."""
        lines = []
        for v in context.variables.values():
            if v.name in context.definitions:
                continue
            if v.symmetric:
                lines.append(f"{v.name} \\in {self.space(v.shape[:1], SYMMETRIC)}")
            else:
                spaces = {"positive": "\\mathbb{R}_{>0}", "binary": "\\{0,1\\}"}
                lines.append(f"{v.name} \\in {self.space(v.shape, spaces.get(v.domain, REAL))}")
        for k in context.labels.values():
            if k.rows is not None:
                lines.append(f"{k.name} \\in \\{{1,\\dots,{self.dim(k.classes)}\\}}^{{{self.dim(k.rows)}}}")
        for f in context.functions.values():
            source = "\\mathbb{R}" if f.argument is None else self.space(f.argument)
            lines.append(f"{f.name} : {source} \\to \\mathbb{{R}}")
        lines += [f"{self.tex(a.left)} = {self.tex(a.right)}" for a in context.assumptions if hasattr(a, "left")]
        return lines

    def claim(self, left: Expr, right: Expr) -> str:
        """Both sides; differentials only where everything that varies is seen to."""
        if isinstance(left, ex.Differential):
            moved = {n.name for n in walk(right) if isinstance(n, ex.Tangent)}
            if moved != {v.name for v in left.variables}:
                raise NoNotation("a variable that is not seen to vary")
        return f"{self.tex(left)} = {self.tex(right)}"
