"""Sums, products and functions of arrays in a form that can be computed well.

Every rewrite here that is more than arithmetic is an identity proved for all sizes in the document
``tests/catalogue/lowering.md``; ``REWRITES`` names its section, and ``Algebra.used`` says which were used.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from numeric.tensor import (
    MINUS_ONE,
    ONE,
    ZERO,
    Along,
    Axis,
    Call,
    Extent,
    Eye,
    Function,
    Node,
    Number,
    OfMatrix,
    OneHot,
    Pi,
    Power,
    Product,
    Ref,
    Sum,
    axes,
    fresh,
    key,
    operands,
    renamed,
    same,
)

REWRITES = {
    "softmax written out": "an exponential over the sum of its row's is the softmax",
    "softmax and a row shift": "softmax is unchanged by a shift of each row",
    "log of softmax": "the logarithm of a softmax is a difference",
    "label as an index": "a sum against one-hot rows picks the label's entry",
    "relu by its gate": "a rectified array is the array times its gate",
    "scalar factor": "a scalar factor moves through products",
    "sigmoid written out": "the reciprocal of one plus an exponential is the sigmoid",
    "log of sigmoid": "the logarithm of a sigmoid is a softplus",
}


@dataclass(frozen=True, slots=True)
class Array:
    """A defined array: its entry at ``at`` is ``body``."""

    at: tuple[Axis, ...]
    body: Node


@dataclass
class Algebra:
    """Builds nodes; knows the definitions, so that ``log P`` is seen to be the logarithm of a softmax."""

    definitions: Mapping[str, Array] = field(default_factory=dict)
    used: dict[str, None] = field(default_factory=dict)

    def _use(self, rewrite: str) -> None:
        assert rewrite in REWRITES
        self.used[rewrite] = None

    def look(self, node: Node) -> Node:
        """What a name stands for, where it is defined; anything else is itself."""
        if isinstance(node, Ref) and (array := self.definitions.get(node.name)) is not None:
            return renamed(array.body, dict(zip(array.at, node.at, strict=True)))
        return node

    # ------------------------------------------------------------------ sums

    def add(self, terms: Iterable[Node]) -> Node:
        """Like terms collected; a sum in a sum is one sum."""
        found: dict[object, tuple[Fraction, Node]] = {}
        for term in self._flat_terms(terms):
            coefficient, rest = split(term)
            known = found.get(key(rest), (Fraction(0), rest))
            found[key(rest)] = (known[0] + coefficient, known[1])
        kept = [self.product((), (Number(c), rest)) for c, rest in found.values() if c]
        kept = self._log_softmax(kept)
        if not kept:
            return ZERO
        return kept[0] if len(kept) == 1 else Sum(tuple(kept))

    def _flat_terms(self, terms: Iterable[Node]) -> list[Node]:
        flat: list[Node] = []
        for term in terms:
            coefficient, rest = split(term)
            if isinstance(rest, Sum):
                flat += self._flat_terms(self.product((), (Number(coefficient), t)) for t in rest.terms)
            else:
                flat.append(term)
        return flat

    def _log_softmax(self, terms: list[Node]) -> list[Node]:
        """c·X − c·log Σ exp X: the maximum of the row, which cancels, is taken out of both."""
        for term in terms:
            coefficient, norm = split(term)
            if not isinstance(norm, Along) or norm.function != "logsumexp":
                continue
            for other in terms:
                c, taken = split(other)
                axis = self._picked_from(taken, norm) if c == -coefficient else None
                if axis is not None:
                    self._use("softmax and a row shift")
                    rest = [t for t in terms if t is not term and t is not other]
                    shifted = self._shifted(taken, norm, axis)
                    new = (self.product((), (Number(c), shifted)),
                           self.product((), (Number(coefficient), Along("lognorm", norm.operand, norm.axis))))
                    return [*rest, *new]
        return terms

    def _picked_from(self, node: Node, norm: Along) -> Axis | None:
        """The axis along which ``node`` is the array under ``norm``, or an entry of it that a label picks."""
        inner = node
        if (label := label_axis(node)) is not None:
            assert isinstance(node, Product)
            inner = self.product((), [f for f in node.factors if not isinstance(f, OneHot)])
        for axis in axes(inner) if label is None else (label,):
            if axis.dim == norm.axis.dim and same(renamed(norm.operand, {norm.axis: axis}), inner):
                return axis
        return None

    def _shifted(self, node: Node, norm: Along, axis: Axis) -> Node:
        shifted = Along("shifted", renamed(norm.operand, {norm.axis: axis}), axis)
        if label_axis(node) is None:
            return shifted
        assert isinstance(node, Product)
        return Product(node.summed, (*(f for f in node.factors if isinstance(f, OneHot)), shifted))

    # -------------------------------------------------------------- products

    def product(self, summed: Iterable[Axis], factors: Iterable[Node]) -> Node:
        """Numbers first; deltas and one-hot rows used up as far as they can be; quotients recognised."""
        bound, flat = self._flat_factors(list(summed), factors)
        coefficient = Fraction(1)
        rest: list[Node] = []
        for factor in flat:
            if isinstance(factor, Number):
                coefficient *= factor.value
            else:
                rest.append(factor)
        if not coefficient:
            return ZERO
        bound, rest, again = self._deltas(bound, rest)
        if again:
            return self.product(bound, (Number(coefficient), *rest))
        if any(isinstance(f, OneHot) for f in rest) and (at := first(rest, Sum)) is not None:
            chosen = rest[at]
            assert isinstance(chosen, Sum)
            others = [f for n, f in enumerate(rest) if n != at]
            return self.add(self._copy(bound, (Number(coefficient), *others, term)) for term in chosen.terms)
        rest = self._quotients(self._powers(rest))
        here = {a for f in rest for a in axes(f)}
        for axis in [a for a in bound if a not in here]:
            bound.remove(axis)
            rest.append(Extent(axis.dim))
            rest = self._powers(rest)
        return self._assembled(coefficient, bound, rest)

    def _assembled(self, coefficient: Fraction, bound: list[Axis], rest: list[Node]) -> Node:
        if not rest:
            return Number(coefficient)
        if coefficient == 1 and not bound and len(rest) == 1:
            return rest[0]
        numbers = () if coefficient == 1 else (Number(coefficient),)
        return Product(tuple(bound), (*numbers, *rest))

    def _copy(self, bound: list[Axis], factors: tuple[Node, ...]) -> Node:
        """A product whose bound axes are its own."""
        copied = renamed(Product(tuple(bound), factors), {})
        assert isinstance(copied, Product)
        return self.product(copied.summed, copied.factors)

    def _flat_factors(self, bound: list[Axis], factors: Iterable[Node]) -> tuple[list[Axis], list[Node]]:
        """Products without sums, picked entries, and a sum that is the only factor are opened."""
        given = [f for f in factors if f != ONE]
        flat: list[Node] = []
        plain = [f for f in given if not is_scalar(f)]
        for factor in given:
            if isinstance(factor, Ref) and isinstance(body := self.look(factor), (OneHot, Eye)):
                factor = body
            if isinstance(factor, Product):
                alone = len(plain) == 1 and factor is plain[0]
                if not factor.summed or label_axis(factor) is not None or alone:
                    bound = [*bound, *factor.summed]
                    flat += factor.factors
                    continue
                if isinstance(factor.factors[0], Number):
                    flat.append(factor.factors[0])
                    factor = Product(factor.summed, factor.factors[1:])
            flat.append(factor)
        return bound, flat

    def _deltas(self, bound: list[Axis], factors: list[Node]) -> tuple[list[Axis], list[Node], bool]:
        """One step of: Σ_j δ_ij f_j = f_i; one-hot rows of one label agree; Σ_m onehot_m = 1."""
        for factor in factors:
            others = [f for f in factors if f is not factor]
            if isinstance(factor, Eye):
                if factor.left == factor.right:
                    return bound, others, True
                for old, new in ((factor.left, factor.right), (factor.right, factor.left)):
                    if old in bound:
                        return [a for a in bound if a != old], [renamed(f, {old: new}) for f in others], True
            if isinstance(factor, OneHot):
                for other in others:
                    if not isinstance(other, OneHot) or (other.labels, other.row) != (factor.labels, factor.row):
                        continue
                    self._use("label as an index")
                    old, new = (other.cls, factor.cls) if other.cls in bound else (factor.cls, other.cls)
                    gone = other if other.cls in bound else factor
                    left = [f for f in factors if f is not gone]
                    if old == new:
                        return bound, left, True
                    if old in bound:
                        return [a for a in bound if a != old], [renamed(f, {old: new}) for f in left], True
                if factor.cls in bound and not any(factor.cls in axes(f) for f in others):
                    return [a for a in bound if a != factor.cls], others, True
        return bound, factors, False

    def _powers(self, factors: list[Node]) -> list[Node]:
        """x·x⁻¹ and x·x of plain names and sizes are taken together."""
        found: dict[object, tuple[Node, Fraction]] = {}
        rest: list[Node] = []
        for factor in factors:
            base, exponent = (factor.base, factor.exponent) if isinstance(factor, Power) else (factor, ONE)
            if isinstance(exponent, Number) and isinstance(base, (Ref, Extent, Pi)):
                known = found.get(key(base), (base, Fraction(0)))
                found[key(base)] = (known[0], known[1] + exponent.value)
            else:
                rest.append(factor)
        return [*(self.power(base, Number(e)) for base, e in found.values() if e), *rest]

    def _quotients(self, factors: list[Node]) -> list[Node]:
        """exp A / Σ exp A is a softmax; exp x · sigmoid(−x) is sigmoid x."""
        for factor in factors:
            for numerator in factors:
                if not isinstance(numerator, Call) or numerator.function != "exp":
                    continue
                others = [f for f in factors if f is not factor and f is not numerator]
                if (axis := self._is_normaliser(factor, numerator.operand)) is not None:
                    self._use("softmax written out")
                    return self._quotients([*others, Along("softmax", numerator.operand, axis)])
                if isinstance(factor, Call) and factor.function == "sigmoid" and same(
                        self.product((), (MINUS_ONE, factor.operand)), numerator.operand):
                    self._use("sigmoid written out")
                    return self._quotients([*others, Call("sigmoid", numerator.operand)])
        return factors

    def _is_normaliser(self, factor: Node, exponent: Node) -> Axis | None:
        match factor:
            case Power(base=Product(summed=(j,), factors=(Call(function="exp", operand=operand),)), exponent=power):
                if power == MINUS_ONE:
                    for axis in axes(exponent):
                        if axis.dim == j.dim and same(renamed(operand, {j: axis}), exponent):
                            return axis
        return None

    # ------------------------------------------------------------- functions

    def power(self, base: Node, exponent: Node) -> Node:
        match base, exponent:
            case _, Number(value=value) if value == 1:
                return base
            case _, Number(value=value) if value == 0:
                return ONE
            case Number(value=b), Number(value=e) if e.denominator == 1 and (b or e > 0):
                return Number(Fraction(b) ** int(e))
            case Power(base=inner, exponent=Number(value=e)), Number(value=f) if f.denominator == 1 and e.denominator in (1, 2):
                return self.power(inner, Number(e * f))
            case Product(summed=(), factors=factors), Number(value=e) if e.denominator == 1:
                return self.product((), (self.power(f, exponent) for f in factors))
            case Product(), _ if (picked := self._inside_pick(base, lambda x: self.power(x, exponent))) is not None:
                return picked
            case Sum(terms=terms), Number(value=e) if e == -1 and (x := one_plus_exp(terms)) is not None:
                self._use("sigmoid written out")
                return Call("sigmoid", self.product((), (MINUS_ONE, x)))
            case Call(function="exp", operand=x), Number():
                return self.call("exp", self.product((), (exponent, x)))
            case _:
                return Power(base, exponent)

    def call(self, function: Function, operand: Node) -> Node:
        if isinstance(operand, Product) and (picked := self._inside_pick(operand, lambda x: self.call(function, x))) is not None:
            return picked
        if function == "log":
            return self._log(operand)
        if function == "exp" and operand == ZERO:
            return ONE
        if function == "exp" and isinstance(operand, Call) and operand.function == "log":
            return operand.operand
        return Call(function, operand)

    def _inside_pick(self, node: Node, function: Callable[[Node], Node]) -> Node | None:
        """A function of the label's entry is the label's entry of the function."""
        if not isinstance(node, Product) or len(node.summed) != 1 or label_axis(node) is None:
            return None
        self._use("label as an index")
        hot = [f for f in node.factors if isinstance(f, OneHot)]
        rest = self.product((), [f for f in node.factors if not isinstance(f, OneHot)])
        return self.product(node.summed, (*hot, function(rest)))

    def _log(self, operand: Node) -> Node:
        seen = self.look(operand)
        match seen:
            case Along(function="softmax", operand=x, axis=axis):
                self._use("log of softmax")
                bound = fresh(axis.dim, axis.name)
                return self.add((x, self.product((), (MINUS_ONE, Along("logsumexp", renamed(x, {axis: bound}), bound)))))
            case Call(function="sigmoid", operand=x):
                return self.product((), (MINUS_ONE, self._softplus(self.product((), (MINUS_ONE, x)))))
            case Call(function="exp", operand=x):
                return x
            case Product(summed=(j,), factors=(Call(function="exp", operand=x),)):
                return Along("logsumexp", x, j)
            case OfMatrix(function="det"):
                return OfMatrix("logdet", seen.operand, seen.inner, ())
            case Power(base=base, exponent=Number(value=e)) if e == -1:
                return self.product((), (MINUS_ONE, self.call("log", base)))
            case Sum(terms=terms) if (exponent := one_plus_exp(terms)) is not None:
                return self._softplus(exponent)
            case Sum(terms=terms) if (score := self._one_less_sigmoid(terms)) is not None:
                return self.product((), (MINUS_ONE, self._softplus(score)))
            case _:
                return Call("log", operand)

    def _softplus(self, operand: Node) -> Node:
        self._use("log of sigmoid")
        return Call("softplus", operand)

    def _one_less_sigmoid(self, terms: tuple[Node, ...]) -> Node | None:
        if len(terms) != 2 or ONE not in terms:
            return None
        coefficient, rest = split(next(t for t in terms if t != ONE))
        rest = self.look(rest)
        return rest.operand if coefficient == -1 and isinstance(rest, Call) and rest.function == "sigmoid" else None


def split(node: Node) -> tuple[Fraction, Node]:
    """The number in front, and the rest."""
    match node:
        case Number(value=value):
            return value, ONE
        case Product(summed=summed, factors=(Number(value=value), *rest)):
            if not summed and len(rest) == 1:
                return value, rest[0]
            return value, Product(summed, tuple(rest))
        case _:
            return Fraction(1), node


def first(nodes: list[Node], kind: type) -> int | None:
    return next((n for n, node in enumerate(nodes) if isinstance(node, kind)), None)


def is_scalar(node: Node) -> bool:
    return not axes(node) and not isinstance(node, Product)


def label_axis(node: Node) -> Axis | None:
    """The axis that a one-hot factor sums away: ``node`` is an entry picked by a label."""
    if isinstance(node, Product):
        for factor in node.factors:
            if isinstance(factor, OneHot) and factor.cls in node.summed:
                return factor.cls
    return None


def one_plus_exp(terms: tuple[Node, ...]) -> Node | None:
    if len(terms) == 2 and ONE in terms:
        other = next(t for t in terms if t != ONE)
        if isinstance(other, Call) and other.function == "exp":
            return other.operand
    return None






def mentions(node: Node, prefix: str) -> bool:
    """Whether a name that begins so stands in the node."""
    return (isinstance(node, Ref) and node.name.startswith(prefix)) or any(mentions(o, prefix) for o in operands(node))
