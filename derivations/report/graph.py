"""The computation graph of a document, as data: what is computed from what, and which gradients its lines claim.

A name's definition uses other names: edges forward.  A line that claims ∂L/∂W sends a gradient back along every edge
that leads from W towards L; it bears the worst verdict of the lines that claim it.  Names of gradients themselves
(``\\delta = \\partial L/\\partial Z``) are no nodes.

Places are in em, x to the right, y down: data and parameters above, the loss below (``layered.py``).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

from derivations.claims import Context, Statement
from derivations.expr import (
    Add,
    Delta,
    Derivative,
    Differential,
    Dim,
    Entry,
    Expr,
    IndexTerm,
    LabelOf,
    Sym,
    Times,
    Transpose,
    free_symbols,
    walk,
)
from derivations.report.layered import Place, arranged
from derivations.report.mathlist import Unsettable, math_list, width
from derivations.report.outline import DocumentReport, JudgedClaim, worst
from derivations.verdicts import Proved, Refuted, Word

MAX_NODES = 60  # beyond that nobody looks at a picture
LINE, PADDING = 1.25, 0.6  # em: of a line of text, inside a node's border
SMALL = 0.85  # size of what stands below a name
ASIDE = 0.45  # em that an edge, and the gradient that flows back beside it, stand off the middle

Role: TypeAlias = Literal["input", "parameter", "definition", "loss"]


@dataclass(frozen=True, slots=True)
class Claimed:
    """∂of/∂by, as claimed by the lines ``claims``; ``word`` is the worst of their verdicts."""

    of: str
    by: str
    word: Word
    claims: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Node:
    """A name in LaTeX with its shape: dimensions in LaTeX, or words (``scalar``, ``N labels``).

    (x, y) is the middle of a box of this width and height; ``gradients`` are the claims about the derivative by it.
    """

    name: str
    role: Role
    dims: tuple[str, ...]
    remark: str
    gradients: tuple[Claimed, ...]
    x: float = 0.0
    y: float = 0.0
    width: float = 0.0
    height: float = 0.0


@dataclass(frozen=True, slots=True)
class Edge:
    """From border to border, through ``points``; ``word`` is None for what flows forward."""

    source: str
    target: str
    points: tuple[Place, ...]
    word: Word | None = None


@dataclass(frozen=True, slots=True)
class Graph:
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...]
    width: float
    height: float

    @property
    def words(self) -> tuple[Word, ...]:
        """Verdicts that gradients have, in the order of the nodes."""
        return tuple(dict.fromkeys(claimed.word for node in self.nodes for claimed in node.gradients))


def graph(document: DocumentReport) -> Graph | None:
    """None for a document that defines nothing, or too much for a picture."""
    context = document.context
    uses = _uses(context)
    names = dict.fromkeys(name for target, found in uses.items() for name in (*found, target))
    if not uses or len(names) > MAX_NODES:
        return None
    claimed = [one for one in claimed_gradients(document) if one.of in uses and one.by in names]
    nodes = {name: _node(name, document, uses, claimed) for name in names}
    found = arranged({name: (node.width, node.height) for name, node in nodes.items()}, uses)
    put = {name: replace(node, x=found.at[name][0], y=found.at[name][1]) for name, node in nodes.items()}
    edges: list[Edge] = []
    for target, sources in uses.items():
        for source in sources:
            words = [one.word for one in claimed if one.by == source and target in _towards(one.of, uses)]
            edges += _edges(put[source], put[target], found.bends[source, target], worst(words) if words else None)
    return Graph(tuple(put.values()), tuple(edges), found.width, found.height)


# ----------------------------------------------------------- what uses what


def _uses(context: Context) -> dict[str, tuple[str, ...]]:
    """Each defined name, and the names in its definition; definitions that speak of gradients are left out."""
    found: dict[str, tuple[str, ...]] = {}
    backward: set[str] = set()
    for name, value in context.definitions.items():
        symbols = _names(value, context)
        if any(isinstance(node, (Derivative, Differential)) for node in walk(value)) or backward.intersection(symbols):
            backward.add(name)
        else:
            found[name] = symbols
    return found


def _names(value: Expr, context: Context) -> tuple[str, ...]:
    """Variables and labels that are read, in the order in which the document brings them up."""
    found = {symbol.name for symbol in free_symbols(value)}
    found |= {term.label for node in walk(value) for term in _terms(node) if isinstance(term, LabelOf)}
    return tuple(name for name in (*context.variables, *context.labels) if name in found)


def _terms(node: Expr) -> tuple[IndexTerm, ...]:
    match node:
        case Entry(indices=terms):
            return terms
        case Delta(left=left, right=right):
            return (left, right)
        case _:
            return ()


def _node(name: str, document: DocumentReport, uses: Mapping[str, object], claimed: Sequence[Claimed]) -> Node:
    gradients = tuple(one for one in claimed if one.by == name)
    dims, remark = _shape(name, document.context)
    node = Node(name, _role(name, document, uses, claimed), dims, remark, gradients)
    return replace(node, width=_breadth(node), height=(2 + len(gradients)) * LINE + PADDING)


def _role(name: str, document: DocumentReport, uses: Mapping[str, object], claimed: Sequence[Claimed]) -> Role:
    training = document.training
    if (training and name == training.loss) or any(one.of == name for one in claimed):
        return "loss" if not document.context.variables[name].shape else "definition"
    if name in uses:
        return "definition"
    if training and training.parameters:
        return "parameter" if name in training.parameters else "input"
    return "parameter" if any(one.by == name for one in claimed) else "input"


def _shape(name: str, context: Context) -> tuple[tuple[str, ...], str]:
    if name in context.labels:
        rows = context.labels[name].rows
        return ((), "label") if rows is None else ((_dim(rows),), "labels")
    dims = context.variables[name].shape
    if not dims:
        return (), "scalar"
    return tuple(map(_dim, dims)) if len(dims) > 1 else (_dim(dims[0]), "1"), ""


def _dim(dim: Dim) -> str:
    names = ["?" if "?" in name or "|" in name else name for name in dim.names]
    return " ".join(([] if dim.coefficient == 1 and names else [str(dim.coefficient)]) + names)


def _breadth(node: Node) -> float:
    shape = sum(map(latex_width, node.dims)) + 1.2 * max(0, len(node.dims) - 1) + 0.5 * len(node.remark)
    rows = [latex_width(node.name), SMALL * shape, *(SMALL * gradient_width(one) for one in node.gradients)]
    return max(rows) + 2 * PADDING


def gradient_width(claimed: Claimed) -> float:
    return latex_width(claimed.of) + latex_width(claimed.by) + 3.2 + 0.5 * len(", ".join(claimed.claims))


def latex_width(latex: str) -> float:
    try:
        return width(math_list(latex, frozenset({latex})))
    except Unsettable:
        return 0.5 * len(latex)


# ----------------------------------------------------- what is said of them


def claimed_gradients(document: DocumentReport) -> list[Claimed]:
    """One for each (of, by), in the document's order; differentials speak for what no gradient is claimed of."""
    found: dict[tuple[str, str], list[JudgedClaim]] = {}
    for claim, pairs in _pairs(document, _in_line):
        for pair in pairs:
            found.setdefault(pair, []).append(claim)
    for claim, pairs in _pairs(document, _in_differential):
        for pair in pairs:
            if all(one.kind == "differential" for one in found.get(pair, ())):
                found.setdefault(pair, []).append(claim)
    return [Claimed(*pair, worst(one.word for one in lines), tuple(one.id for one in lines)) for pair, lines in found.items()]


Pairs: TypeAlias = tuple[tuple[str, str], ...]


def _pairs(document: DocumentReport, read: Callable[[Statement], Pairs]) -> Iterable[tuple[JudgedClaim, Pairs]]:
    """What each claim speaks of; one that goes on with a chain (``∂L/∂W = A = B``) speaks of what the chain does."""
    for display in document.displays:
        before: tuple[Expr, Pairs] | None = None
        for claim in display.claims:
            statement = _statement(claim)
            if statement is None:
                continue
            pairs = read(statement)
            if not pairs and before is not None and statement.left == before[0]:
                pairs = before[1]
            before = (statement.right, pairs)
            yield claim, pairs


def _statement(claim: JudgedClaim) -> Statement | None:
    match claim.verdict:
        case Proved(statement=statement) | Refuted(statement=statement):
            return statement
        case _:
            return None


def _in_line(statement: Statement) -> Pairs:
    """∂L/∂W = … claims ∂L/∂W; ∂L/∂W = ∂L/∂W only gives it a name."""
    sides = [_derivative(side, statement.context) for side in (statement.left, statement.right)]
    found = [side for side in sides if side is not None]
    return () if len(set(found)) < len(found) else tuple(found[:1])


def _in_differential(statement: Statement) -> Pairs:
    return tuple(
        (of, variable.name)
        for side in (statement.left, statement.right) if isinstance(side, Differential) and (of := _name(side.of))
        for variable in side.variables
    )  # fmt: skip


def _derivative(side: Expr, context: Context) -> tuple[str, str] | None:
    """(of, by) of a side that is one derivative, a transposed one, an entry of one, or a name of one."""
    match side:
        case Derivative(of=of, by=by):
            name = _name(of)
            return (name, by.name) if name else None
        case Transpose(operand=operand) | Entry(array=operand):
            return _derivative(operand, context)
        case Times(right=Add(operands=(Derivative() as raw, Transpose(operand=other)))) if raw == other:  # by a symmetric one
            return _derivative(raw, context)
        case Sym(name=name) if name in context.definitions:
            return _derivative(context.definitions[name], context)
        case _:
            return None


def _name(of: Expr) -> str | None:
    match of:
        case Sym(name=name) | Entry(array=Sym(name=name)):
            return name
        case _:
            return None


# -------------------------------------------------------------------- edges


def _towards(of: str, uses: Mapping[str, tuple[str, ...]]) -> frozenset[str]:
    """The name and all that it is computed from."""
    found, waiting = {of}, [of]
    while waiting:
        new = [name for name in uses.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting += new
    return frozenset(found)


def _edges(source: Node, target: Node, bends: tuple[Place, ...], word: Word | None) -> list[Edge]:
    """The edge, and beside it the gradient that flows back."""
    if word is None:
        return [Edge(source.name, target.name, _route(source, target, bends, 0.0))]
    back = _route(source, target, bends, ASIDE)[::-1]
    return [Edge(source.name, target.name, _route(source, target, bends, -ASIDE)), Edge(target.name, source.name, back, word)]


def _route(source: Node, target: Node, bends: tuple[Place, ...], aside: float) -> tuple[Place, ...]:
    first, last = (bends[0][0], bends[-1][0]) if bends else (target.x, source.x)
    start = (_port(source, first) + aside, source.y + source.height / 2)
    end = (_port(target, last) + aside, target.y - target.height / 2)
    return (start, *((x + aside, y) for x, y in bends), end)


def _port(node: Node, x: float) -> float:
    """Where on a node's border an edge begins that goes to ``x``: on that side, well inside the border."""
    reach = max(0.0, node.width / 2 - 2 * ASIDE)
    return node.x + max(-reach, min(reach, (x - node.x) / 3))
