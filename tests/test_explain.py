"""What was understood is shown, and its print reads back as the same expressions."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from derivations.claims import Claim
from derivations.expr import (
    Build,
    Dim,
    Expr,
    Fill,
    Index,
    Num,
    Product,
    Sum,
    Sym,
    Transpose,
)
from derivations.interpret.names import DefinedFunction
from derivations.interpret.statements import Statements
from derivations.interpret.steps import Interpretation, interpret
from derivations.read.document import load
from derivations.read.files import read_source
from derivations.read.formula import read_display
from derivations.report.explain import claim_latex
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


def free_renamed(left: object, right: object) -> tuple[object, object]:
    return left, right


def claims(path: Path) -> tuple[Interpretation, Iterator[Claim]]:
    found = interpret(read_source(load(str(path))))
    return found, (step for display in found.displays for step in display.steps if isinstance(step, Claim))


def functions(found: Interpretation) -> dict[str, tuple[Sym, Expr]]:
    meanings = found.table.meanings
    return {name: (m.parameter, m.body) for name, m in meanings.items() if isinstance(m, DefinedFunction)}


def reread(found: Interpretation, claim: Claim, text: str) -> Claim:
    """The print of a claim, read in the world in which the claim was read."""
    origin = found.origins[claim.span]
    world = replace(origin.world.snapshot(), text=text)
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
