"""What was understood is shown, and its print reads back as the same expressions."""

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.claims import Claim
from derivations.expr import (
    MINUS_ONE,
    Add,
    Build,
    Derivative,
    Dim,
    Entry,
    Expr,
    Fill,
    Index,
    Inverse,
    MatMul,
    Num,
    Power,
    Product,
    Sum,
    Sym,
    Times,
    Transpose,
)
from derivations.interpret.names import DefinedFunction
from derivations.interpret.statements import Statements
from derivations.interpret.steps import Interpretation, interpret
from derivations.pipeline import understand
from derivations.read.document import load
from derivations.read.files import read_source
from derivations.read.formula import read_display
from derivations.report.explain import claim_latex, explanation
from derivations.report.latexform import Printer, has_notation
from derivations.source import Problem, Span

ROOT = Path(__file__).resolve().parent.parent
CORPUS = ROOT.parent / "shared" / "corpus"
DOCUMENTS = [*sorted(CORPUS.glob("*.md")), *sorted((ROOT / "tests/catalogue").rglob("*.md"))]
DOCUMENTS = [path for path in DOCUMENTS if path.name != "README.md"]


# ------------------------------------------------------------- the same, up to names


def tidy(value: object, names: dict[Index, Index] | None = None) -> object:
    """Without what has two spellings: bound letters get numbers, a row of ones is the transposed column of ones."""
    names = {} if names is None else names
    match value:
        case Index():
            return names.get(value, replace(value, name=value.name.split("#")[0]))
        case Sum(index=index, body=body) | Product(index=index, body=body):
            bound = Index(f"bound {len(names)}", index.dim)
            return type(value)(bound, tidy(body, {**names, index: bound}))  # type: ignore[arg-type]
        case Build(indices=indices, body=body):
            inner = dict(names)
            for index in indices:
                inner[index] = Index(f"bound {len(inner)}", index.dim)
            return Build(tuple(inner[index] for index in indices), tidy(body, inner))  # type: ignore[arg-type]
        case Transpose(operand=Fill(value=one, shape=(dim,))):
            return Fill(one, (Dim(), dim))
        case tuple():
            return tuple(tidy(part, names) for part in value)
        case _ if hasattr(value, "__dataclass_fields__") and not isinstance(value, (Num, Sym, Dim)):
            parts = {key: tidy(getattr(value, key), names) for key in value.__dataclass_fields__}
            return type(value)(**parts)  # type: ignore[call-arg]
        case _:
            return value


def claims(path: Path) -> tuple[Interpretation, Iterator[Claim]]:
    found = interpret(read_source(load(str(path))))
    return found, (step for display in found.displays for step in display.steps if isinstance(step, Claim))


def functions(found: Interpretation) -> dict[str, tuple[Sym, Expr]]:
    meanings = found.table.meanings
    return {name: (m.parameter, m.body) for name, m in meanings.items() if isinstance(m, DefinedFunction)}


def reread(found: Interpretation, claim: Claim, text: str) -> Claim:
    """The print of a claim, read in the world in which the claim was read; it is printed in the usual layout."""
    origin = found.origins[claim.span]
    world = replace(origin.world.snapshot(), text=text, layout="mixed")
    (chain,) = read_display(text, Span(0, len(text)), world.table)
    if isinstance(chain, Problem):
        raise chain
    left, right = chain.members
    return Statements(world).claim(left, right, origin.conditions, claim.span)


def outcome(found: Interpretation, claim: Claim) -> str:
    printer = Printer()
    sides = (claim.statement.left, claim.statement.right)
    if not all(has_notation(side, printer) for side in sides):
        return "no notation"
    text = claim_latex(claim.statement, functions(found))
    try:
        again = reread(found, claim, text)
    except (Problem, ValueError) as problem:
        return f"not read: {text}: {problem}"
    if tidy((again.statement.left, again.statement.right)) == tidy(sides):
        return "same"
    return f"another: {text} | {claim_latex(again.statement, functions(found))}"


@pytest.mark.skipif(not DOCUMENTS, reason="there are no documents")
@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name)
def test_the_print_reads_back_as_the_same_expressions(path: Path) -> None:
    """On the whole corpus and the catalogue; arrays without a notation are shown as such, never as something else."""
    found, read = claims(path)
    wrong = [one for claim in read if (one := outcome(found, claim)) not in ("same", "no notation")]
    assert not wrong, "\n".join(wrong)


def test_few_claims_have_no_notation() -> None:
    statements = [claim.statement for path in DOCUMENTS for claim in claims(path)[1]]
    without = [s for s in statements if not all(has_notation(side, Printer()) for side in (s.left, s.right))]
    assert len(without) <= len(statements) // 20


# --------------------------------------------------------------- the printer

N, M = Dim(names=("n",)), Dim(names=("m",))
FIRST, SECOND = Index("i", N), Index("j", M)
A, B = Sym("A", (N, M)), Sym("B", (N, M))
x, y, s, t = Sym("x", (N,)), Sym("y", (N,)), Sym("s", ()), Sym("t", ())


@pytest.mark.parametrize(
    ("expr", "text"),
    [
        (Times(A, B), r"A \odot B"),
        (MatMul(Transpose(A), B), r"A^{\top} B"),
        (MatMul(A, MatMul(Transpose(B), x)), r"A (B^{\top} x)"),
        (MatMul(Add((A, B)), Transpose(A)), r"(A + B) A^{\top}"),
        (Add((x, Times(MINUS_ONE, y))), "x - y"),
        (Times(MINUS_ONE, Add((x, y))), "-(x + y)"),
        (Times(s, Power(t, MINUS_ONE)), r"\frac{s}{t}"),
        (Power(s, Num(Fraction(1, 2))), r"\sqrt{s}"),
        (Power(s, Num(Fraction(-3, 2))), "s^{-3/2}"),
        (Num(Fraction(1, 3)), r"\frac{1}{3}"),
        (Num(Fraction(-5, 4)), "-1.25"),
        (Times(Num(Fraction(2)), Num(Fraction(3))), r"2 \cdot 3"),
        (Inverse(Sym("S", (N, N))), "S^{-1}"),
        (Sum(FIRST, Sum(SECOND, Entry(A, (FIRST, SECOND)))), r"\sum_{i=1}^{n} \sum_{j=1}^{m} A_{i,j}"),
        (Build((SECOND,), Entry(A, (FIRST, SECOND))), "A_{i,:}"),
        (Derivative(s, x), r"\frac{\partial s}{\partial x}"),
        (MatMul(Derivative(Times(s, s), A), Transpose(B)), r"(\frac{\partial}{\partial A} (s s)) B^{\top}"),
        (Transpose(Sym("X^{(2)}", (N, M))), r"(X^{(2)})^{\top}"),
    ],
)
def test_one_spelling(expr: Expr, text: str) -> None:
    assert Printer().latex(expr) == text


def test_bound_letters_stay_apart_from_free_ones() -> None:
    inner = Index("i#2", M)
    expr = Times(Entry(x, (FIRST,)), Sum(inner, Entry(A, (FIRST, inner))))
    assert Printer().latex(expr) == r"x_{i} \sum_{j=1}^{m} A_{i,j}"
    assert Printer(frozenset({"j"})).latex(expr) == r"x_{i} \sum_{l=1}^{m} A_{i,l}"


# --------------------------------------------------------------- the command

PAGE = r"""---
given:
  - X \in \mathbb{R}^{n \times d}
  - w \in \mathbb{R}^{d}
---
$$f = \| X w \|^2$$
$$\nabla_w f = 2 X^T X w$$
$$f = \nosuch$$
"""


def test_everything_that_was_understood_is_told() -> None:
    told = explanation(understand("page.md", text=PAGE)).splitlines()
    for line in (
        "X: n×d (declared)",
        "w: a column of d (declared)",
        "f: a scalar (defined)",
        r"f = (X w)^{\top} (X w)",
        r"1.1 (6:3)  defines f",
        r"2.1 (7:3)  \frac{\partial f}{\partial w} = 2 X^{\top} X w",
        r"3.1 (8:7)  not understood: [unknown-command] the command \nosuch is not known",
    ):
        assert f"  {line}" in told


def test_the_command(tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    result = CliRunner().invoke(cli.main, ["explain", str(path)])
    assert result.exit_code == 0
    assert "defines f" in result.stdout
    result = CliRunner().invoke(cli.main, ["explain", str(tmp_path / "none.md"), str(path)])
    assert result.exit_code == 2
    assert "[no-file]" in result.stderr
    assert "defines f" in result.stdout
