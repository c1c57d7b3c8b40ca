"""Declarations: ``W \\in \\mathbb R^{n \\times m}``, ``\\ell : A \\to B``, ``A \\succ 0``, and assumptions."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from derivations.claims import Equation, FreeFunction, Labels, SignAssumption, Variable
from derivations.expr import Dim, Expr, Fill, MatMul, Shape, Sym, Transpose, negative
from derivations.interpret.dimensions import Dimensions
from derivations.interpret.names import Array, LabelName, SymbolTable, UnknownFunction, spell, spell_scripted
from derivations.interpret.notation import Elaborator
from derivations.limits import current
from derivations.read import tree as t
from derivations.shapes import canonical
from derivations.source import Problem, Span

Domain = Literal["real", "positive", "nonnegative", "nonzero", "binary", "sign"]
SIGNS: dict[str | None, Domain] = {None: "real", ">0": "positive", "≥0": "nonnegative", "≠0": "nonzero"}


def base_name(tree: t.Tree) -> t.Name:
    """The bare name under the scripts of a declared name."""
    base = tree.base if isinstance(tree, t.Scripted) else tree
    if not isinstance(base, t.Name):
        raise Problem("expected-name", "expected a name to declare", tree.span)
    return base


def squared_name(tree: t.Tree) -> t.Name | t.Scripted | None:
    """``\\sigma^2``, ``\\sigma_j^2`` where it names something: a name of its own."""
    match tree:
        case t.Scripted(base=t.Name() as base, power=t.Number(value=2), transpose=0, primes=0):
            squared = t.Name(f"{spell_scripted(base, (), tree.layer)}^2", span=tree.span)
            return t.Scripted(squared, tree.sub, span=tree.span) if tree.sub else squared
        case _:
            return None


def declare(table: SymbolTable, dimensions: Dimensions, elaborator: Elaborator, name: t.Tree, kind: t.Tree,
            families: frozenset[str]) -> str:
    """Enters one declaration; returns the key."""
    name = squared_name(name) or name
    base = base_name(name)
    key = spell(name)
    if key is None:
        raise Problem("expected-name", "expected a name to declare", name.span)
    match kind:
        case t.MapsTo(domain=domain, codomain=codomain):
            _declare_function(table, elaborator, key, base, domain, codomain)
        case t.SetOf(kind="integer"):
            table.size(key)
        case t.SetOf(kind="labels", values=values, dims=dims):
            rows = elaborator.size(dims[0]) if dims else None
            table.add(key, base, LabelName(Labels(key, rows, elaborator.size(values[0]))))
        case t.SetOf():
            family = _family_letter(name, families)
            shape = _shape(elaborator, kind)
            if family is not None:
                key = spell(t.Scripted(base, layer=name.layer)) or base.text if isinstance(name, t.Scripted) else key
                shape = (dimensions.fresh(), *shape)
            add_array(table, base, _variable(key, shape, kind), family is not None)
        case _:
            raise Problem("expected-set", "expected a set such as \\mathbb{R}^{n}", kind.span)
    return key


def _shape(elaborator: Elaborator, space: t.SetOf) -> Shape:
    if len(space.dims) > current().axes:
        raise Problem("too-many-axes", f"an array with {len(space.dims)} axes; the limit is {current().axes}", space.span)
    return canonical(tuple(elaborator.size(d) for d in space.dims))


def add_array(table: SymbolTable, base: t.Name, variable: Variable, family: bool = False) -> Sym:
    """A name for an array, declared or about to be defined; one declared anew with another shape is another array."""
    key = variable.name
    while (known := table.variables.get(variable.name)) and not table.dimensions.unify_shapes(known.shape, variable.shape):
        variable = replace(variable, name=f"{variable.name}′")
    sym = Sym(variable.name, variable.shape)
    table.add(key, base, Array(sym, family))
    table.variables[variable.name] = variable
    return sym


def _family_letter(name: t.Tree, families: frozenset[str]) -> str | None:
    """``u_k`` declares a family where k is bound somewhere in the document."""
    if isinstance(name, t.Scripted) and len(name.sub) == 1 and isinstance(name.sub[0], t.Name):
        letter = spell(name.sub[0])
        return letter if letter in families else None
    return None


def _variable(key: str, shape: Shape, kind: t.SetOf) -> Variable:
    if kind.kind == "symmetric":
        square = canonical(shape * 2) if len(shape) == 1 else shape
        return Variable(key, square, symmetric=True, definite=kind.sign == ">0")
    if kind.kind == "finite":
        return Variable(key, shape, domain=_finite_domain(kind))
    return Variable(key, shape, domain=SIGNS[kind.sign])


def _finite_domain(kind: t.SetOf) -> Domain:
    values = set()
    for value in kind.values:
        sign, body = (-1, value.operand) if isinstance(value, t.Negative) else (1, value)
        values.add(sign * body.value if isinstance(body, t.Number) else None)
    if values == {0, 1}:
        return "binary"
    if values == {-1, 1}:
        return "sign"
    raise Problem("expected-set", "finite sets other than {0,1}, {-1,1} and {1,…,K} are not supported", kind.span)


def _declare_function(table: SymbolTable, elaborator: Elaborator, key: str, base: t.Name,
                      domain: t.SetOf, codomain: t.SetOf) -> None:
    if domain.kind != "real" or codomain.kind != "real":
        raise Problem("expected-set", "a function is declared from and to real arrays here", domain.span)
    argument, value = _shape(elaborator, domain), _shape(elaborator, codomain)
    entrywise = argument == () and value == ()
    table.add(key, base, UnknownFunction(FreeFunction(key, None if entrywise else argument, value, codomain.sign == ">0")))


def declare_definite(table: SymbolTable, elaborator: Elaborator, tree: t.Tree) -> None:
    """``A \\succ 0``: symmetric and positive definite."""
    key = spell(tree)
    variable = table.variables.get(key or "")
    if variable is None and key is not None and key not in table.meanings:
        hint = f"declare it, for example ${key} \\in \\mathbb{{S}}^{{n}}$"
        raise Problem("undeclared", f"{key} is not declared", tree.span, hint)
    if variable is None or (len(variable.shape) != 2 and variable.shape != ()):
        raise Problem("expected-name", "expected a declared square matrix before ≻", tree.span)
    table.variables[variable.name] = replace(variable, symmetric=True, definite=True)


def assume_equation(table: SymbolTable, elaborator: Elaborator, left: t.Tree, right: t.Tree) -> None:
    """An equation with nothing new in it: an assumption; ``A = A^T`` makes A symmetric."""
    one, other = elaborator.algebra.whole(elaborator.expression(left), elaborator.expression(right), left.span | right.span)
    one, other = elaborator.algebra.dimensions.settle((one, other))
    for a, b in ((one, other), (other, one)):
        if isinstance(a, Sym) and b == Transpose(a) and a.name in table.variables:
            table.variables[a.name] = replace(table.variables[a.name], symmetric=True)
            return
    table.assumptions.append(Equation(one, other))


def assume_sign(table: SymbolTable, elaborator: Elaborator, left: t.Tree, relation: str, right: t.Tree) -> None:
    """``x > 0``, ``\\det(X) \\neq 0``, ``a < b``."""
    one, other = elaborator.expression(left), elaborator.expression(right)
    if relation in ("<", "≤"):
        one, other = other, one
        relation = {"<": ">", "≤": "≥"}[relation]
    zero = (isinstance(right, t.Number) and right.value == 0) or (isinstance(left, t.Number) and left.value == 0)
    difference = one if zero and not _is_zero(one) else elaborator.algebra.add(one, negative(other), left.span | right.span)
    if zero and _is_zero(one):
        difference = negative(other)
    _add_sign(table, elaborator.algebra.dimensions.settle(difference), relation, left.span | right.span)


def _is_zero(expr: Expr) -> bool:
    from derivations.expr import ZERO

    return expr == ZERO


def _add_sign(table: SymbolTable, operand: Expr, relation: str, span: Span) -> None:
    domains: dict[str, Domain] = {">": "positive", "≥": "nonnegative", "≠": "nonzero"}
    if relation not in domains:
        raise Problem("unsupported-notation", f"an assumption with {relation} is not supported", span)
    known = table.variables.get(operand.name) if isinstance(operand, Sym) and operand.name not in table.definitions else None
    if known is not None and known.domain == "real":  # what was declared before stays
        table.variables[known.name] = replace(known, domain=domains[relation])
    else:
        table.assumptions.append(SignAssumption(operand, relation))  # type: ignore[arg-type]


def class_sizes(table: SymbolTable) -> frozenset[Dim]:
    """The sizes that labels or one-hot rows range over: softmax of a matrix normalises along them."""
    found = {m.labels.classes for m in table.meanings.values() if isinstance(m, LabelName)}
    for assumption in table.assumptions:
        match assumption:
            case Equation(left=MatMul(left=Sym(shape=(_, classes)), right=Fill())):
                found.add(classes)
            case Equation(left=MatMul(left=Fill(), right=Sym(shape=shape))) if shape:
                found.add(shape[0])
            case Equation(left=MatMul(left=Transpose(operand=Fill()), right=Sym(shape=shape))) if shape:
                found.add(shape[0])
    return frozenset(found)
