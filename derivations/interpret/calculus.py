"""∂, ∇ and d: what is differentiated by what, and in which layout (CONTRACT section 1)."""

from __future__ import annotations

from dataclasses import fields, is_dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any, cast

from derivations.expr import (
    NODE_TYPES,
    ONE,
    SCALAR,
    Add,
    Build,
    Builtin,
    Derivative,
    Diagonal,
    DiagonalMatrix,
    Differential,
    Entry,
    Expr,
    Index,
    IndexTerm,
    Let,
    Map,
    Num,
    Power,
    Size,
    Sym,
    Tangent,
    Times,
    Transpose,
    divide,
    free_symbols,
    subtract,
    walk,
)
from derivations.interpret.names import (
    BUILTIN_FUNCTIONS,
    Array,
    DefinedFunction,
    Meaning,
    UnknownFunction,
    spell,
)
from derivations.interpret.trees import application, untransposed
from derivations.read import tree as t
from derivations.source import Problem, Span

if TYPE_CHECKING:
    from derivations.interpret.notation import Elaborator

HALF = Num(Fraction(1, 2))


def derivative(e: Elaborator, tree: t.DerivativeOf) -> Expr:
    if tree.operand is None:
        raise Problem("unexpected-end", "expected what the operator acts on", tree.span)
    if tree.partial and len(tree.by) == 1 and (value := _explicit(e, tree)) is not None:
        return value
    return differentiate(e, _operand(e, tree.operand, tree.by), tree.by, tree.span)


def _explicit(e: Elaborator, tree: t.DerivativeOf) -> Expr | None:
    """∂v/∂t beside dv/dt, where v = ut + u and u depends on t: by the t that v shows, u held constant."""
    assert tree.operand is not None
    key, letter = spell(tree.operand) or "", spell(tree.by[0]) or ""
    meaning = e.table.meanings.get(key)
    if (key, letter) not in e.mode.both_derivatives or not isinstance(meaning, Array):
        return None
    by, value = e.expression(tree.by[0]), e.table.definitions.get(meaning.sym.name)
    if not isinstance(by, Sym) or value is None:
        return None
    between = sorted((s for s in free_symbols(value) if s.name in e.table.definitions and s != by), key=lambda s: s.name)
    nested = any(isinstance(n, (Derivative, Differential, Let)) for n in walk(value))
    if nested or not between or not e.algebra.choices.pick("∂ beside d"):
        return None
    e.algebra.tell(f"∂{key}/∂{letter} beside d{key}/d{letter} holds {', '.join(s.name for s in between)} constant")
    shown = Sym(f"{by.name}·shown", by.shape)
    return Let(shown, by, _laid_out(e, cast(Expr, _substituted(value, by, shown)), shown))


def _substituted(value: object, old: Sym, new: Sym) -> object:
    """The same data with one symbol in place of another."""
    if value == old:
        return new
    if isinstance(value, tuple):
        return tuple(_substituted(item, old, new) for item in value)
    if not isinstance(value, NODE_TYPES) or not is_dataclass(value):
        return value
    node: Any = value
    return replace(node, **{f.name: _substituted(getattr(value, f.name), old, new) for f in fields(node)})


def _operand(e: Elaborator, tree: t.Tree, by: tuple[t.Tree, ...]) -> Expr:
    """The operand of ∂/∂x; the bare name of a defined function stands for its value at x."""
    key = spell(tree)
    meaning = e.table.meanings.get(key or "")
    if key in BUILTIN_FUNCTIONS and meaning is None and len(by) >= 1:
        return Map(Builtin(BUILTIN_FUNCTIONS[key]), e.expression(by[0]))  # type: ignore[arg-type]
    if isinstance(meaning, (DefinedFunction, UnknownFunction)):
        return e.apply_meaning(meaning, _argument_of(e, meaning, by[0]), 0, tree.span)
    return e.expression(tree)


def _argument_of(e: Elaborator, meaning: DefinedFunction | UnknownFunction, by: t.Tree) -> Expr:
    """Where f stands for f(x): at the variable of ∂x, or of ∂x_i."""
    target = e.expression(by)
    match target:
        case Entry(array=Sym() as variable) if not isinstance(meaning, DefinedFunction) or meaning.parameter == variable:
            return variable
        case _:
            return target


def operator(e: Elaborator, operator: t.DerivativeOf, rest: list[tuple[str, t.Tree]], tree: t.ProductOf) -> Expr:
    """``\\frac{\\partial}{\\partial X}`` acts on the factor that follows; further only where nothing else conforms."""
    if not rest:
        raise Problem("unexpected-end", "expected what the operator acts on", operator.span)
    operand: t.Tree = rest[0][1] if len(rest) == 1 else t.ProductOf((("", rest[0][1]), *rest[1:]), span=tree.span)
    return differentiate(e, e.expression(operand), operator.by, operator.span)


def differentiate(e: Elaborator, of: Expr, by: tuple[t.Tree, ...], span: Span) -> Expr:
    """Innermost variable last, in the document's layout."""
    result = of
    for target in reversed(by):
        result = _differentiate_once(e, result, e.expression(target), target.span)
    return result


def _differentiate_once(e: Elaborator, of: Expr, target: Expr, span: Span) -> Expr:
    match target:
        case Sym():
            return _laid_out(e, of, target)
        case Entry(array=Sym() as variable, indices=terms):
            return _symmetric(e, of, variable, terms) or Derivative(of, variable, terms)
        case Build(indices=kept, body=Entry(array=Sym() as variable, indices=terms)) if len(kept) == 1:
            return _row_derivative(e, of, variable, terms, kept[0], span)
        case Transpose(operand=Sym() as variable) if e.algebra.shape(of) == SCALAR:
            e.algebra.tell("the derivative by a transposed variable is the transposed derivative")
            return e.algebra.transpose(_laid_out(e, of, variable), span)
        case Transpose(operand=Sym() as variable) if len(variable.shape) == 1:
            return Derivative(of, variable)
        case Power(base=Sym() | Entry() as root, exponent=Num(value=2)) if e.algebra.shape(root) == e.algebra.shape(of) == SCALAR:
            return _by_square(e, of, root, span)
        case _:
            raise Problem("unsupported-notation", "expected a variable to differentiate by", span,
                          "name the expression, and differentiate by the name")


def _by_square(e: Elaborator, of: Expr, root: Expr, span: Span) -> Expr:
    """∂f/∂(σ²) where σ is what the document names: ∂f/∂σ divided by dσ²/dσ = 2σ."""
    e.algebra.tell("the derivative by a square is that by its root, divided by twice the root")
    return divide(_differentiate_once(e, of, root, span), Times(Num(Fraction(2)), root))


def _row_derivative(e: Elaborator, of: Expr, variable: Sym, terms: tuple[IndexTerm, ...], kept: Index, span: Span) -> Expr:
    """∂f/∂u_k for a member of a family, or for a row or column: a column of derivatives."""
    if e.algebra.shape(of) != SCALAR:
        raise Problem("unsupported-notation", "only scalars can be differentiated by a row or by a member of a family", span)
    return Build((kept,), Derivative(of, variable, terms))


def _is_symmetric(e: Elaborator, variable: Sym) -> bool:
    declared = e.table.variables.get(variable.name)
    return declared is not None and (declared.symmetric or declared.definite) and variable.name not in e.table.definitions


def _symmetric(e: Elaborator, of: Expr, variable: Sym, terms: tuple[IndexTerm, ...]) -> Expr | None:
    """One entry of the derivative by a symmetric matrix."""
    if not _is_symmetric(e, variable):
        return None
    if e.algebra.shape(of) != SCALAR:
        return None
    return Entry(_laid_out(e, of, variable), terms)


def _laid_out(e: Elaborator, of: Expr, variable: Sym) -> Expr:
    """∂of/∂variable in the layout of the document."""
    raw = Derivative(of, variable)
    s, v = e.algebra.shape(of), variable.shape
    layout = e.mode.layout
    if s == SCALAR and v == SCALAR:
        return raw
    if s == SCALAR:
        return _gradient(e, raw, variable, layout)
    if v == SCALAR:
        return e.algebra.transpose(raw, None) if layout == "denominator" and len(s) == 1 else raw
    if len(s) == 2 and s[0] == ONE and len(v) == 1:
        raw = Derivative(e.algebra.transpose(of, None), variable)
        s = (s[1],)
    if len(s) == 1 and len(v) == 1 and _jacobian_by_columns(e, layout):
        e.algebra.tell("Jacobians stand with one row for each variable (denominator layout)")
        return Transpose(raw)
    return raw


def _jacobian_by_columns(e: Elaborator, layout: str) -> bool:
    return layout == "denominator" or (layout == "mixed" and bool(e.algebra.choices.pick("Jacobian")))


def _gradient(e: Elaborator, raw: Derivative, variable: Sym, layout: str) -> Expr:
    value: Expr = raw
    if _is_symmetric(e, variable):
        value = _symmetric_gradient(e, raw)
    transposed = layout == "numerator"
    square = len(variable.shape) == 2 and variable.shape[0] == variable.shape[1]  # there shapes show nothing
    if layout == "mixed" and not square and e.algebra.choices.pick("gradient"):
        e.algebra.tell("gradients are written transposed (numerator layout)")
        transposed = True
    return Transpose(value) if transposed else value


def _symmetric_gradient(e: Elaborator, raw: Derivative) -> Expr:
    kind = e.algebra.choices.pick("symmetric variable", 3)
    name = raw.by.name
    if kind == 1:
        e.algebra.tell(f"the derivative by the symmetric {name} treats all entries as independent")
        return raw
    both = Add((raw, Transpose(raw)))
    if kind == 2:
        e.algebra.tell(f"the derivative by the symmetric {name} is that by its independent entries")
        return subtract(both, DiagonalMatrix(Diagonal(raw)))
    return Times(HALF, both)


def nabla(e: Elaborator, tree: t.Nabla) -> Expr:
    """∇ of all the product that follows; of its first factor where that alone is a number: ``\\nabla f(x)^T d``."""
    factors = tree.operand.factors if isinstance(tree.operand, t.ProductOf) else (("", tree.operand),)
    first = factors[0][1]
    flipped = isinstance(first, t.Scripted) and first.transpose % 2 == 1 and _is_number(e, untransposed(first))
    if not flipped and (len(factors) == 1 or _is_number(e, tree.operand) or not _is_number(e, first)):
        return _nabla(e, tree)
    gradient = _nabla(e, replace(tree, operand=untransposed(first)))
    if flipped:
        gradient = e.algebra.transpose(gradient, first.span)
    if len(factors) == 1:
        return gradient
    rest = factors[1][1] if len(factors) == 2 else t.ProductOf(factors[1:], span=tree.operand.span)
    return e.algebra.product([("", gradient, first.span), (factors[1][0], e.expression(rest), rest.span)])


def _is_number(e: Elaborator, tree: t.Tree) -> bool:
    """Whether a formula conforms and its value is a number, or a function's is."""
    meaning = e.table.meanings.get(spell(tree) or "")
    if isinstance(meaning, UnknownFunction):
        return meaning.declared.value == SCALAR and meaning.declared.argument is not None
    if isinstance(meaning, DefinedFunction):
        return e.algebra.shape(meaning.body) == SCALAR
    return e.is_scalar(tree)


def _nabla(e: Elaborator, tree: t.Nabla) -> Expr:
    by = tree.by
    if by is None and tree.order == 1 and (value := _gradient_at(e, tree)) is not None:
        return value
    operand_key = spell(tree.operand)
    meaning = e.table.meanings.get(operand_key or "")
    variable = _only_argument(e, tree, meaning) if by is None else e.expression(by)
    of = (e.apply_meaning(meaning, variable, 0, tree.span)
          if isinstance(meaning, (DefinedFunction, UnknownFunction)) else e.expression(tree.operand))
    if not isinstance(variable, (Sym, Entry, Build)):
        raise Problem("unsupported-notation", "expected a variable under ∇", tree.span)
    if e.algebra.shape(of) != SCALAR:
        hint = "write \\frac{\\partial y}{\\partial x} for a Jacobian"
        raise Problem("shape", "∇ is taken of scalars here", tree.span, hint)
    if tree.order == 1 and isinstance(variable, Sym) and variable.shape != SCALAR:
        return _gradient(e, Derivative(of, variable), variable, "as the variable")  # ∇ is a column in every layout
    if tree.order == 1:
        return _differentiate_once(e, of, variable, tree.span)
    if not isinstance(variable, Sym) or len(variable.shape) > 1:
        raise Problem("unsupported-notation", "the Hessian is taken by a vector here", tree.span)
    return Derivative(Derivative(of, variable), variable)


def _gradient_at(e: Elaborator, tree: t.Nabla) -> Expr | None:
    """``\\nabla f(Az)``: the gradient of f at a point that is no variable."""
    call = tree.operand
    if not isinstance(call, t.Call) or len(call.arguments) != 1:
        return None
    meaning = e.table.meanings.get(spell(call.function) or "")
    if not isinstance(meaning, (DefinedFunction, UnknownFunction)):
        return None
    argument = e.expression(call.arguments[0])
    if isinstance(argument, Sym) or e.algebra.shape(argument) == SCALAR:
        return None
    return e.apply_meaning(meaning, argument, 1, tree.span)


def _only_argument(e: Elaborator, tree: t.Nabla, meaning: Meaning | None) -> Expr:
    """The variable of a bare ∇f(x)."""
    if (parts := application(tree.operand)) is not None:
        return e.expression(parts[1])
    if isinstance(meaning, DefinedFunction):
        return meaning.parameter
    raise Problem("unsupported-notation", "∇ needs its variable as a subscript", tree.span, "write \\nabla_x f")


# --------------------------------------------------------- differentials


def differential(e: Elaborator, tree: t.Tree, span: Span) -> Expr:
    named = e.table.meanings.get(f"d{spell(tree)}")
    if isinstance(named, Array):
        return e.value_of(named, span)
    operand = e.expression(tree)
    if e.mode.differentials:
        return _tangent(e, operand)
    if e.table.is_size("d") and _is_multiple(e, operand, span):
        return Times(Size(e.table.size("d")), operand)
    return _named_gradient(e, operand, span)


def _is_multiple(e: Elaborator, operand: Expr, span: Span) -> bool:
    """Whether ``dr`` beside a size d is d times r: likely for a number, less so where ``dX`` may name a gradient."""
    if e.mode.gradient_of is None:
        return True
    array = operand.array if isinstance(operand, Entry) else operand
    gradient = isinstance(array, (Sym, Transpose)) and e.algebra.shape(array) != SCALAR
    return gradient == bool(e.algebra.choices.pick(f"{span.start}: d before a name"))


def _tangent(e: Elaborator, operand: Expr) -> Expr:
    match operand:
        case Sym() if operand in e.mode.varying:
            return Tangent(operand.name, operand.shape)
        case Entry(array=array, indices=terms):
            return Entry(_tangent(e, array), terms)
        case Transpose(operand=inner):
            return Transpose(_tangent(e, inner))
        case _:
            return Differential(operand, e.mode.varying)


def _named_gradient(e: Elaborator, operand: Expr, span: Span) -> Expr:
    """``dX`` as the name of the gradient ∂L/∂X."""
    loss = e.mode.gradient_of
    if loss is None:
        raise Problem("differential", "a differential stands here, but none on the other side", span,
                      "write d(...) on both sides, or the gradient as \\frac{\\partial L}{\\partial X}")
    match operand:
        case Sym(name=name):
            if name not in e.table.gradient_names:
                e.algebra.tell(f"d{name} names the gradient of {loss.name} by {name}")
            return _laid_out(e, loss, operand)
        case Entry(array=Sym() as variable, indices=terms):
            e.algebra.tell(f"d{variable.name} names the gradient of {loss.name} by {variable.name}")
            return _symmetric(e, loss, variable, terms) or Derivative(loss, variable, terms)
        case Transpose(operand=Sym() as variable):
            return e.algebra.transpose(_named_gradient(e, variable, span), span)
        case _:
            raise Problem("differential", "d(…) of an expression stands here without differentials on the other side", span)
