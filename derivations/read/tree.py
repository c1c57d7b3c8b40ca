"""Formula trees: what is written, before anything is known of what it means.

The formula reader makes them, interpretation consumes them.  Every node has the
span of its text in the source; spans do not take part in comparison.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import Literal, TypeAlias

from derivations.source import Span

NOWHERE = Span(0, 0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    span: Span = field(default=NOWHERE, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Number(Node):
    """``12``, ``0.5``; ``text`` as written (``w_{22}`` may mean two digits)."""

    value: Fraction
    text: str


@dataclass(frozen=True, slots=True)
class Name(Node):
    """One name without scripts: ``X``, ``\\alpha``, ``score``, ``\\hat y``, ``\\mathbf v``.

    ``text`` is the bare name: letters, or a command with its backslash (``\\alpha``, ``\\ell``, ``\\infty``).
    ``font`` is the font command's name (mathbf, boldsymbol, bm → ``bf``; mathrm, operatorname, text → ``rm``;
    mathcal → ``cal``; mathbb → ``bb``; …) or None; ``accents`` from outside in (``hat``, ``tilde``, ``bar`` …).
    """

    text: str
    font: str | None = None
    accents: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Scripted(Node):
    """A base with scripts, in whatever order they were written.

    ``sub``: the comma-separated parts of the subscript.  A part is a tree; a run such as ``ij``
    or ``ik_i`` is a ``Product`` of its atoms, ``22`` a ``Number``, ``:`` a ``Name(":")``.
    ``layer``: the trees of parenthesised or bracketed superscripts ``^{(l)}``, ``^{[l+1]}`` (normally one).
    ``transpose``: counts ``^T ^\\top ^\\intercal ^{\\mathrm T}``, ``^{-T}`` (which also sets ``power`` to −1).
    ``exponent``: the whole superscript as a formula, where the letter ``T`` is in it: of a number it may be a power.
    ``power``: any other superscript.  ``primes``: ``'`` and ``^\\prime``.  ``star``: ``^*``, ``^\\star``.
    """

    base: Tree
    sub: tuple[Tree, ...] = ()
    layer: tuple[Tree, ...] = ()
    power: Tree | None = None
    transpose: int = 0
    primes: int = 0
    star: int = 0
    exponent: Tree | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Bracket(Node):
    """``( … )``, ``[ … ]``, ``\\{ … \\}`` with comma-separated items; ``{ … }`` groups leave no node."""

    kind: Literal["(", "[", "{"]
    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Bars(Node):
    """``| … |`` (kind ``|``) or ``\\| … \\|`` (kind ``‖``); scripts come around it as ``Scripted``."""

    kind: Literal["|", "‖"]
    body: Tree


@dataclass(frozen=True, slots=True)
class Angle(Node):
    """``\\langle a, b \\rangle``."""

    items: tuple[Tree, ...]


@dataclass(frozen=True, slots=True)
class Call(Node):
    """A function applied: ``\\log ab`` (argument without brackets), ``Relu(X)``, ``\\phi'(z)``, ``\\max(0, x)``.

    ``function`` is a ``Name`` or ``Scripted``; ``(\\tanh x)^2`` is a ``Scripted`` around a bracket,
    ``\\log^2 x`` a call whose function is ``Scripted`` with a power.
    """

    function: Tree
    arguments: tuple[Tree, ...]
    bracketed: bool = True


@dataclass(frozen=True, slots=True)
class Negative(Node):
    operand: Tree


@dataclass(frozen=True, slots=True)
class SumOf(Node):
    """``a + b - c``: signs are +1 or −1 (``\\pm`` is refused)."""

    terms: tuple[tuple[int, Tree], ...]


@dataclass(frozen=True, slots=True)
class ProductOf(Node):
    """Factors at one level, left to right; each with the sign written before it.

    The first sign is ``""``; ``""`` elsewhere is juxtaposition; else one of
    ``* \\cdot \\bullet \\times \\odot \\circ \\otimes @ /``.  Juxtaposition binds tightest, so a product with any
    other sign has juxtaposed runs as nested ``ProductOf``; ``\\odot``, ``\\circ`` bind weakest, so their
    operands are whole products.  ``sign_spans`` are the places of the signs.
    """

    factors: tuple[tuple[str, Tree], ...]
    sign_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Fraction_(Node):
    """``\\frac{a}{b}``, ``\\tfrac``, ``\\dfrac``."""

    numerator: Tree
    denominator: Tree


@dataclass(frozen=True, slots=True)
class Root(Node):
    """``\\sqrt[n]{x}``; degree None is 2."""

    radicand: Tree
    degree: Tree | None = None


@dataclass(frozen=True, slots=True)
class DerivativeOf(Node):
    """``\\frac{\\partial^2 f}{\\partial x \\partial y}``, ``\\frac{d}{dx}``, ``\\partial a/\\partial b``.

    ``operand`` is None for an operator in front (``\\frac{\\partial}{\\partial X}``): it stands as a factor of a
    ``ProductOf`` and acts on what follows.  ``by`` lists the variables, one for each order (``\\partial x^2`` twice).
    """

    operand: Tree | None
    by: tuple[Tree, ...]
    partial: bool


@dataclass(frozen=True, slots=True)
class Nabla(Node):
    """``\\nabla_x f``, ``\\nabla_x^2 f``, ``\\nabla^2_\\theta \\log p``: operand as for a function without brackets.

    ``by`` is None for a bare ``\\nabla f``; ``order`` is 1 or 2.
    """

    operand: Tree
    by: Tree | None
    order: int = 1


@dataclass(frozen=True, slots=True)
class DifferentialOf(Node):
    """``dX``, ``dX^{(2)}``, ``dW_2``, ``dX_{ij}``, ``d(XW)``, ``\\mathrm d X``: scripts belong to the operand."""

    operand: Tree


@dataclass(frozen=True, slots=True)
class Binder(Node):
    """One bound index of a big operator, with bounds where written.

    ``condition`` as in ``\\sum_{j \\neq i}`` and ``\\sum_{i : y_i = k}``; with bounds too in ``\\sum_{i=1, i \\neq k}^n``.
    """

    index: Name
    lower: Tree | None = None
    upper: Tree | None = None
    condition: Chain | None = None


@dataclass(frozen=True, slots=True)
class BigOperator(Node):
    """``\\sum``, ``\\prod``; ``\\sum_{i,j}`` and ``\\sum_{ij}`` have two binders; no subscript, no binders.

    The body reaches to the next ``+``, ``-`` or relation at its level.
    """

    kind: Literal["sum", "prod"]
    binders: tuple[Binder, ...]
    body: Tree


@dataclass(frozen=True, slots=True)
class Cases(Node):
    """Rows (value, condition); the condition is None for ``otherwise``, ``else``, ``其他``… or an empty cell.

    Words around a relation in the condition are dropped (``\\text{where } x > 0 \\text{ holds}``).
    """

    rows: tuple[tuple[Tree, Chain | None], ...]


@dataclass(frozen=True, slots=True)
class MatrixLiteral(Node):
    """``bmatrix``, ``pmatrix``, …; an ``array`` in brackets is a ``matrix``; a ``vmatrix`` stands inside ``Bars``."""

    kind: str
    rows: tuple[tuple[Tree, ...], ...]


@dataclass(frozen=True, slots=True)
class IndicatorOf(Node):
    """``\\mathbb 1[…]``, ``\\mathbb 1_{…}``, ``\\mathbf 1\\{…\\}``, ``1\\{…\\}``, ``I(…)``, ``[…]`` with a relation inside."""

    condition: Chain


@dataclass(frozen=True, slots=True)
class Ellipsis_(Node):
    """``\\dots``, ``\\cdots``, ``\\ldots``, ``...``."""


@dataclass(frozen=True, slots=True)
class SetOf(Node):
    """The right side of ``\\in``, or of ``:`` and ``\\to``.

    kind ``real`` (dims; ``sign`` one of None ``>0`` ``≥0`` ``≠0``), ``symmetric`` (``\\mathbb S^n``; sign ``>0`` for
    ``\\mathbb S_{++}``), ``labels`` (``\\{1,\\dots,C\\}^N``: ``values`` = (C,), dims = (N,) or ()),
    ``finite`` (``\\{0,1\\}^{N\\times C}``: values and dims), ``integer``.
    """

    kind: Literal["real", "symmetric", "labels", "finite", "integer"]
    dims: tuple[Tree, ...] = ()
    values: tuple[Tree, ...] = ()
    sign: str | None = None


@dataclass(frozen=True, slots=True)
class MapsTo(Node):
    """``A \\to B`` behind a colon: ``\\ell : \\mathbb R^n \\to \\mathbb R``."""

    domain: SetOf
    codomain: SetOf


@dataclass(frozen=True, slots=True)
class Chain(Node):
    """``a = b = c`` or ``m \\neq k``: members and the relations between them.

    Relations: ``=`` ``:=`` (also ``\\triangleq``, ``\\coloneqq``, ``\\equiv`` → ``≡``) ``≠ < > ≤ ≥ ∈ : ≻ ⪰ ≈ ∝ ← ⇒``.
    ``x, y \\in S`` has a ``Bracket``-free tuple as first member: ``names`` holds all of them.
    ``conditions`` are the side conditions that restrict this chain (``\\quad (m \\neq k)``, ``\\text{for } x > 0``).
    ``link_spans[n]`` is the text of the n-th claim, from its left member (or, where the row begins with a relation,
    from that relation) to the end of its right member.
    """

    members: tuple[Tree, ...]
    relations: tuple[str, ...] = ()
    conditions: tuple[Chain, ...] = ()
    relation_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)
    link_spans: tuple[Span, ...] = field(default=(), compare=False, repr=False)


Tree: TypeAlias = (
    Number | Name | Scripted | Bracket | Bars | Angle | Call | Negative | SumOf | ProductOf | Fraction_ | Root
    | DerivativeOf | Nabla | DifferentialOf | BigOperator | Cases | MatrixLiteral | IndicatorOf | Ellipsis_
    | SetOf | MapsTo
)
