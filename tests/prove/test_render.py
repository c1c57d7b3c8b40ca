r"""Forms as expressions, and those as text: what is written has the form's value, and is spelled as a hand would.

Of every condition two things are looked at: its text, letter by letter, and in plain numbers its term, beside an expression
that was written by hand.  Where a document can spell what is printed, it reads back as the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.claims import Claim, Context, FreeFunction, Labels, Statement, Variable
from derivations.expr import (
    Affine,
    Apply,
    Build,
    Delta,
    Derivative,
    DiagonalMatrix,
    Dim,
    Expr,
    Identity,
    LabelOf,
    Let,
    Pi,
    Position,
    Power,
    Size,
    Trace,
    Vec,
    number,
)
from derivations.pipeline import understand
from derivations.prove.allsizes import NoProof, Proof, prepare, prove
from derivations.prove.render import LONGEST, Condition, Writer, formula, text
from tests.prove.identities import (
    at,
    claim,
    context,
    det,
    dims,
    eye,
    f,
    grad,
    index,
    inv,
    minus,
    mm,
    neg,
    ones,
    over,
    plus,
    root,
    square,
    sym,
    t,
    tangent,
    times,
    total,
    tr,
    twice,
)
from tests.prove.points import agree, world

n, m = dims("n m")
i, j, k = index("i", n), index("j", n), index("k", n)
s, a = sym("s"), sym("a")
x, y, z = sym("x", n), sym("y", n), sym("z", n)
A, B, S = sym("A", n, n), sym("B", n, n), sym("S", n, n)
W, X1, prime = sym("W_1", n, n), sym("X^{(1)}", n, n), sym("x'", n)
one, two = number(1), number(2)
k_of_j, label = LabelOf("k", j, n), LabelOf("y", None, n)
u = sym("u", n)


def phi(e: Expr, *shape: Dim) -> Expr:
    """Some function of an array."""
    return Apply("f", e, shape)


# ------------------------------------------------------------------------ text

TEXTS: dict[str, Expr] = {
    "3": number(3), "-1/2": number(Fraction(-1, 2)), r"\pi": Pi(), "n": Size(n), "2·m·n": Size(Dim(2, ("m", "n"))),
    "s": s, "ds": tangent(s), "dW_1": tangent(W), "I": Identity(n),
    # indices
    "x_{i}": at(x, i), "A_{ij}": at(A, i, j), "A_{i2}": at(A, i, Position(2, n)), "A_{i,12}": at(A, i, Position(12, n)),
    "A_{i_{1},j}": at(A, index("i_{1}", n), j), "x_{y}": at(x, label), "x_{k_{j}}": at(x, k_of_j),
    "x_{(k_1)_{j}}": at(x, LabelOf("k_1", j, n)), r"\delta_{ij}": Delta(i, j), r"\delta_{i,k_{j}}": Delta(i, k_of_j),
    # a subscript stands on a name that has none, or on brackets
    "(W_1)_{ij}": at(W, i, j), "(dW_1)_{ij}": at(tangent(W), i, j), "dA_{ij}": at(tangent(A), i, j), "(x')_{i}": at(prime, i),
    "X^{(1)}_{ij}": at(X1, i, j), "(A^{-1})_{ij}": at(inv(A), i, j), "(f(x))_{i}": at(phi(x, n), i),
    # signs and brackets of sums and products
    "s + a": plus(s, a), "s - a": minus(s, a), "s - 2 a": plus(s, times(number(-2), a)),
    "s - 1/2": plus(s, number(Fraction(-1, 2))),
    "-s - a": plus(neg(s), neg(a)), "-3 + s": plus(number(-3), s), "-(s + a)": neg(plus(s, a)), "-s a": neg(times(s, a)),
    "s (s + a)": times(s, plus(s, a)), "(s + a) s": times(plus(s, a), s), "A (A + B)": mm(A, plus(A, B)),
    "2 s": twice(s), "1 s": times(one, s), "1/2 s a": times(number(Fraction(1, 2)), s, a), "-2 s": times(number(-2), s),
    # numbers side by side
    r"2 \cdot 3^{1/2} s": times(two, root(number(3)), s), r"2^{1/2} \cdot 3^{1/2}": times(root(two), root(number(3))),
    r"2 \pi": times(two, Pi()),
    # a script stands on a name that has none, or on brackets
    "s^{2}": square(s), "n^{-1}": Power(Size(n), number(-1)), r"\pi^{2}": square(Pi()), "2^{1/2}": root(two),
    "x_{i}^{3}": Power(at(x, i), number(3)), r"\exp(s)^{2}": square(f("exp", s)), r"\det(A)^{-1}": Power(det(A), number(-1)),
    "(X^{(1)}_{ij})^{2}": square(at(X1, i, j)), "(x^{(1)})^{2}": square(sym("x^{(1)}")),
    r"(\exp(s^{2}))^{2}": square(f("exp", square(s))),
    "(s a)^{2}": square(times(s, a)), "(s + a)^{-2}": Power(plus(s, a), number(-2)), "(ds)^{2}": square(tangent(s)),
    r"(\delta_{ij})^{2}": square(Delta(i, j)), r"(\sum_{i} x_{i})^{2}": square(total(i, at(x, i))), "(f(x))^{2}": square(phi(x)),
    "A^T": t(A), "W_1^T": t(W), "(X^{(1)})^T": t(X1), "(A B)^T": t(mm(A, B)), "(A^{-1})^T": t(inv(A)),
    "A^{-1}": inv(A), "(X^{(1)})^{-1}": inv(X1), "(A^T)^{-1}": inv(t(A)), "(A + B)^{-1}": inv(plus(A, B)),
    # binders
    r"\sum_{i} x_{i}": total(i, at(x, i)), r"\sum_{i} (x_{i} + y_{i})": total(i, plus(at(x, i), at(y, i))),
    r"\sum_{i} \sum_{j} A_{ij}": total(i, total(j, at(A, i, j))), r"-\sum_{i} x_{i}": neg(total(i, at(x, i))),
    r"s - \sum_{i} x_{i}": minus(s, total(i, at(x, i))), "(x_{i} y_{j})_{ij}": Build((i, j), times(at(x, i), at(y, j))),
    # functions
    r"\exp(s + a)": f("exp", plus(s, a)), r"\log(s)": f("log", s), r"\sin(s)": f("sin", s), r"\cos(s)": f("cos", s),
    r"\mathbb{1}[s > 0]": f("step", s), r"\operatorname{abs}(s)": f("abs", s), r"\phi(s)": f(r"\phi", s),
    r"\phi'(s)": f(r"\phi", s, 1),
    r"\phi''(s + a)": f(r"\phi", plus(s, a), 2), r"\det(A + B)": det(plus(A, B)), "f(x)": phi(x),
    r"\frac{\partial f(x)}{\partial x_{i}}": Derivative(phi(x), x, (i,)), r"\frac{\partial f(A)}{\partial A}": grad(phi(A), A),
    r"\frac{\partial f(W_1)}{\partial (W_1)_{ij}}": Derivative(phi(W), W, (i, j)),
    r"\frac{\partial f(s)}{\partial s}": grad(phi(s), s),
    r"f(u)|_{u = A x}": Let(u, mm(A, x), phi(u)),
}  # fmt: skip


@pytest.mark.parametrize("shown", TEXTS)
def test_text(shown: str) -> None:
    assert text(TEXTS[shown]) == shown


READABLE = [
    "3", "s", r"\pi", "n", "x_{i}", "A_{ij}", "A_{i2}", "(W_1)_{ij}", "X^{(1)}_{ij}", "(A^{-1})_{ij}", "s - 2 a", "s - 1/2",
    "-s - a",
    "-3 + s", "-(s + a)", "s (s + a)", "1/2 s a", r"2 \cdot 3^{1/2} s", r"2^{1/2} \cdot 3^{1/2}", "s^{2}", "n^{-1}", "x_{i}^{3}",
    r"\exp(s)^{2}", r"\det(A)^{-1}", "(X^{(1)}_{ij})^{2}", r"(\exp(s^{2}))^{2}", "(s a)^{2}", "(s + a)^{-2}",
    r"(\sum_{i} x_{i})^{2}",
    r"\sum_{i} x_{i}", r"\sum_{i} (x_{i} + y_{i})", r"\sum_{i} \sum_{j} A_{ij}", r"-\sum_{i} x_{i}", r"s - \sum_{i} x_{i}",
    r"\exp(s + a)", r"\log(s)", r"\mathbb{1}[s > 0]", r"\operatorname{abs}(s)", r"\phi(s)", r"\phi'(s)", r"\phi''(s + a)",
    r"\det(A + B)",
    "f(x)", r"\frac{\partial f(x)}{\partial x_{i}}", "A^T", "W_1^T", "(X^{(1)})^T", "(A B)^T", "(A^{-1})^T", "A^{-1}",
    "(X^{(1)})^{-1}", "(A^T)^{-1}", "(A + B)^{-1}", "A (A + B)",
]  # fmt: skip


def test_texts_read_back() -> None:
    """As a line of a document that declares the names, each is what was printed; twice that it is not."""
    given = [
        r"s, a \in \mathbb{R}", r"x, y \in \mathbb{R}^{n}", r"A, B, W_1, X^{(1)} \in \mathbb{R}^{n \times n}", "s > 0",
        r"\phi: \mathbb{R} \to \mathbb{R}", r"f: \mathbb{R}^n \to \mathbb{R}",
    ]  # fmt: skip
    text_ = "\n\n".join(f"$${shown} = 2 ({shown})$$" for shown in READABLE)
    steps = [step for _, _, step in understand(text=text_, given=given).steps]
    assert len(steps) == len(READABLE)
    for shown, step in zip(READABLE, steps, strict=True):
        assert isinstance(step, Claim), (shown, step)
        read = step.statement
        assert isinstance(prove(replace(read, right=TEXTS[shown])), Proof), shown
        assert isinstance(prove(replace(read, right=twice(TEXTS[shown]))), NoProof), shown


@pytest.mark.parametrize("e", [Trace(A), at(x, Affine(((1, i),), 1, n))])
def test_no_other_node_is_written(e: Expr) -> None:
    with pytest.raises(AssertionError):
        text(e)


# ------------------------------------------------------------------ conditions

WORLD = context(
    *(s, a, x, y, z, A, B, W, X1),
    Variable("S", (n, n), symmetric=True), Variable("p", (n,), domain="positive"),
    labels=(Labels("k", n, n),),
)  # fmt: skip
p = sym("p", n)
NAMED = Context(WORLD.variables, definitions={
    "z": plus(mm(A, x), y), "M": plus(t(A), B), "L": phi(x), "c": plus(mm(t(x), y), s),
})  # fmt: skip
M, c = sym("M", n, n), sym("c")
G, H, K = index("g", n), index("h", n), index("r", n)  # free indices of the statement


def needed(e: Expr, world_: Context = WORLD) -> tuple[Condition, ...]:
    outcome = prove(claim(e, e, world_))
    assert isinstance(outcome, Proof), outcome
    return outcome.conditions


Row = tuple[Expr, str, Expr, Context]  # what is written, the condition's text, what it is asked of


def invertible(e: Expr, shown: str, world_: Context = WORLD) -> Row:
    return inv(e), f"{shown} invertible", e, world_


def not_zero(e: Expr, shown: str, world_: Context = WORLD) -> Row:
    return over(one, e), f"{shown} ≠ 0", e, world_


g_i = at(phi(x, n), G)
SLOPE = Derivative(phi(times(at(x, G), A)), A, (H, K))
SLOPES = at(Derivative(phi(times(at(x, G), y), n), y, (H,)), K)
CONDITIONS: list[Row] = [
    # matrices as products, wherever they are products of matrices
    invertible(plus(mm(t(X1), X1), eye(n)), "I + (X^{(1)})^T X^{(1)}"),
    invertible(plus(A, times(number(-2), B)), "-2 B + A"),
    invertible(plus(times(two, times(Size(n), times(s, A))), neg(B)), "-B + 2 n s A"),
    invertible(plus(times(square(at(x, G)), A), B), "B + x_{g}^{2} A"),
    invertible(plus(S, mm(t(A), S)), "A^T S + S"),
    invertible(plus(mm(A, inv(plus(A, B))), eye(n)), "I + A (B + A)^{-1}"),
    invertible(plus(mm(A, t(inv(plus(A, B)))), eye(n)), "I + A ((B + A)^{-1})^T"),
    invertible(plus(mm(B, A, t(B)), A), "A + B A B^T"),
    # and by their entries elsewhere
    invertible(plus(times(A, B), eye(n)), r"(\delta_{ji} + A_{ij} B_{ij})_{ij}"),
    invertible(plus(square(A), B), "(B_{ij} + A_{ij}^{2})_{ij}"),
    invertible(plus(A, mm(B, DiagonalMatrix(x))), "(B_{ij} x_{j} + A_{ij})_{ij}"),
    invertible(plus(A, mm(DiagonalMatrix(x), B)), "(x_{i} B_{ij} + A_{ij})_{ij}"),
    invertible(plus(A, mm(A, DiagonalMatrix(x), B)), r"(\sum_{l} A_{il} x_{l} B_{lj} + A_{ij})_{ij}"),
    invertible(plus(times(tr(B), A), eye(n)), r"(\delta_{ji} + \sum_{l} B_{ll} A_{ij})_{ij}"),
    invertible(plus(mm(x, t(y)), A), "(A_{ij} + x_{i} y_{j})_{ij}"),
    invertible(plus(Build((i, j), total(k, times(at(sym("T", n, n, n), i, j, k), at(x, k)))), A),
    r"(A_{ij} + \sum_{l} T_{ijl} x_{l})_{ij}"),
    invertible(f("exp", A), r"(\exp(A_{ij}))_{ij}"),
    invertible(grad(phi(A), A), r"\frac{\partial f(A)}{\partial A}"),
    # scalars
    not_zero(at(x, G), "x_{g}"), not_zero(at(A, G, G), "A_{gg}"), not_zero(at(inv(A), G, G), "(A^{-1})_{gg}"),
    not_zero(at(x, Position(2, n)), "x_{2}"), not_zero(tangent(s), "ds"), not_zero(at(tangent(W), G, G), "(dW_1)_{gg}"),
    not_zero(minus(s, mm(t(x), y)), r"s - \sum_{i} x_{i} y_{i}"), not_zero(plus(s, times(number(-3), tr(A))),
    r"s - 3 \sum_{i} A_{ii}"),
    not_zero(minus(times(root(number(3)), s), times(root(two), Pi())), r"3^{1/2} s - 2^{1/2} \pi"),
    not_zero(minus(times(two, times(root(number(3)), s)), one), r"2 \cdot 3^{1/2} s - 1"),
    not_zero(plus(times(Size(n), s), a), "n s + a"), not_zero(plus(s, times(Size(n), Size(n))), "s + n^{2}"),
    not_zero(plus(s, mm(t(x), A, y)), r"s + \sum_{i} \sum_{j} x_{i} A_{ij} y_{j}"),
    not_zero(f("cos", s), r"\cos(s)"), not_zero(minus(one, f("exp", s)), r"1 - \exp(s)"), not_zero(det(A), r"\det(A)"),
    not_zero(plus(s, f("sin", a)), r"s + \sin(a)"), not_zero(plus(s, det(plus(A, B))), r"s + \det(B + A)"),
    not_zero(plus(s, square(minus(det(A), one))), r"s + 1 - 2 \det(A) + \det(A)^{2}"),
    not_zero(f("log", at(p, G)), r"\log(p_{g})"), not_zero(plus(s, root(at(p, G))), "s + p_{g}^{1/2}"),
    not_zero(f("φ", s, 1), "φ'(s)"), not_zero(f("φ", minus(s, s)), "φ(0)"), not_zero(f("φ", times(s, a)), "φ(s a)"),
    not_zero(total(j, times(Delta(G, k_of_j), at(x, j))), r"\sum_{i} \delta_{g,k_{i}} x_{i}"),
    # functions of arrays
    not_zero(phi(x), "f(x)"), not_zero(phi(mm(A, x)), r"f((\sum_{j} A_{ij} x_{j})_{i})"), not_zero(phi(s), "f(s)"), not_zero(g_i,
    "(f(x))_{g}"),
    not_zero(at(grad(phi(x), x), G), r"\frac{\partial f(x)}{\partial x_{g}}"), not_zero(grad(phi(s), s),
    r"\frac{\partial f(s)}{\partial s}"),
    not_zero(at(grad(grad(phi(x), x), x), G, H),
             r"\frac{\partial \frac{\partial f(x)}{\partial x_{g}}}{\partial x_{h}}"),
    not_zero(at(grad(phi(x, n), x), G, H), r"\frac{\partial (f(x))_{g}}{\partial x_{h}}"),
    not_zero(grad(phi(times(s, x)), s), r"\sum_{i} x_{i} \frac{\partial f(u)}{\partial u_{i}}|_{u = (s x_{j})_{j}}"),
    (over(one, SLOPE), r"\frac{\partial f(u)}{\partial u_{hr}}|_{u = (A_{ij} x_{g})_{ij}} ≠ 0", over(SLOPE, at(x, G)), WORLD),
    (over(one, SLOPES), r"\frac{\partial (f(u))_{r}}{\partial u_{h}}|_{u = (y_{i} x_{g})_{i}} ≠ 0",
     over(SLOPES, at(x, G)), WORLD),
    not_zero(Derivative(Derivative(phi(A), A, (G, H)), A, (H, K)),
             r"\frac{\partial \frac{\partial f(A)}{\partial A_{gh}}}{\partial A_{hr}}"),
    # names of the document
    not_zero(at(z, G), "z_{g}", NAMED), not_zero(c, "c", NAMED),
    not_zero(at(M, G, H), "M_{gh}", NAMED),
    not_zero(at(t(M), G, H), "M_{hg}", NAMED), not_zero(at(grad(phi(x), x), G), r"\frac{\partial L}{\partial x_{g}}", NAMED),
    not_zero(f("φ", at(M, G, G)), "φ(B_{gg} + A_{gg})", NAMED),
]  # fmt: skip


@pytest.mark.parametrize("row", CONDITIONS, ids=[row[1] for row in CONDITIONS])
def test_conditions_by_hand(row: Row) -> None:
    """The last condition that arises: spelled so, and in numbers the same as what the hand wrote."""
    e, shown, term, where = row
    found = needed(e, where)
    assert shown in [condition.text for condition in found]
    (condition,) = [condition for condition in found if condition.text == shown]
    assert condition.term is not None
    both = claim(condition.term, term, where)
    assert agree(condition.term, term, world(both, 7))


def condition(kind: str, e: Expr, world_: Context = WORLD) -> list[str]:
    return [found.text for found in needed(e, world_) if found.kind == kind]


STEP = f("relu", s)
UNWRITTEN = {"an entry of v along a stacked axis ≠ 0", "a constant matrix invertible"}
ASKED: list[tuple[Expr, set[tuple[str, str]]]] = [
    # of conditions on one term the strongest is told
    (plus(over(one, s), f("log", s)), {("positive", "s > 0")}), (plus(root(s), f("log", s)), {("positive", "s > 0")}),
    (plus(root(s), over(one, s)), {("nonnegative", "s ≥ 0"), ("nonzero", "s ≠ 0")}),
    (plus(grad(STEP, s), over(one, s)), {("nonzero", "s ≠ 0")}),
    (plus(grad(STEP, s), neg(grad(STEP, s)), f("log", s)), {("positive", "s > 0")}),
    (plus(grad(STEP, s), root(s)), {("kink", "s ≠ 0"), ("nonnegative", "s ≥ 0")}), (grad(STEP, s), {("kink", "s ≠ 0")}),
    # a product is positive where its factors are
    (f("log", times(s, a)), {("positive", "s a > 0")}),
    (plus(f("log", times(s, a)), f("log", s)), {("positive", "s a > 0"), ("positive", "s > 0")}),
    (plus(f("log", times(s, a)), f("log", s), f("log", a)), {("positive", "s > 0"), ("positive", "a > 0")}),
    # what has no expression is told in words
    (over(one, sym("v", Dim(1, ("m", "n")))), {("nonzero", "v_{i} ≠ 0")}),
    (over(Vec(sym("Q", m, n)), sym("v", Dim(1, ("m", "n")))), {("nonzero", "an entry of v along a stacked axis ≠ 0")}),
    (inv(times(s, ones(n, n))), {("invertible", "a constant matrix invertible"), ("nonzero", "s ≠ 0")}),
    (s, set()),
]  # fmt: skip


@pytest.mark.parametrize(("e", "asked"), ASKED)
def test_conditions_of_one_expression(e: Expr, asked: set[tuple[str, str]]) -> None:
    found = needed(e, context(s, a))
    assert {(c.kind, c.text) for c in found} == asked
    assert len(found) == len(asked)
    assert {c.text for c in found if c.term is None} == {said for _, said in asked} & UNWRITTEN


def test_absolute_values_in_logarithms() -> None:
    """log v stands for log|v| where v may be negative."""
    known = context(s, Variable("q", (), domain="positive"))
    assert condition("nonzero", over(one, f("log", f("abs", s))), known) == ["s ≠ 0", r"\log(\operatorname{abs}(s)) ≠ 0"]
    assert condition("nonzero", over(one, f("log", sym("q"))), known) == [r"\log(q) ≠ 0"]
    assert condition("nonzero", over(one, f("log", s)), known) == [r"\log(s) ≠ 0"]  # s > 0 was asked for before


def test_an_array_of_what_depends_on_its_index_is_no_array_itself() -> None:
    """g(f(A_1:)_1, …, f(A_n:)_n) is not g(f(A_i:)), whose i would be nobody's."""
    row = Build((j,), at(A, i, j))
    e = over(one, Apply("g", Build((i,), at(phi(row, n), i)), ()))
    (found,) = needed(e)
    assert found.text == "g(((f((A_{ij})_{j}))_{i})_{i}) ≠ 0"
    assert found.term is not None
    both = claim(found.term, Apply("g", Build((i,), at(phi(row, n), i)), ()))
    assert agree(both.left, both.right, world(both, 3))
    whole = f(r"\exp", total(j, at(A, i, j)))  # made of a row as well, and yet with an index of its own
    (found,) = needed(over(one, Apply("g", Build((i,), whole), ())))
    assert found.text == r"g((\exp(\sum_{j} A_{ij}))_{i}) ≠ 0"


# -------------------------------------------------------------------- one form


def writer(e: Expr, world_: Context = WORLD) -> Writer:
    return Writer(prepare(Statement(e, e, world_), 1000))


def test_letters_are_none_of_the_document() -> None:
    """i, j and so on, then i with a number; no name of a variable, a label, a function or a size."""
    known = context(
        sym("j", index("n", n).dim), Variable("M", (m, m)), labels=(Labels("k", n, m),), functions=(FreeFunction("p", None, ()),)
    )
    one_writer = writer(mm(t(sym("j", n)), sym("j", n)), known)
    one_writer.translator.algebra.type_of(n)
    fresh = Writer(one_writer.translator)
    assert [fresh.fresh("n").name for _ in range(9)] == ["i", "l", "m", "q", "r", "s", "t", "i_{1}", "i_{2}"]
    assert fresh.fresh("n").dim == n


def test_letters_of_the_document_stay() -> None:
    """A free index has the name that the document gave it, and no other index has it."""
    fresh = writer(at(x, i), context(x))
    fresh.translator.algebra.type_of(n)
    names = fresh.free([("~1", "n"), (":i", "n"), ("@0", "n"), (":k", "n")])
    assert names == {(":i", "n"): i, (":k", "n"): k, ("@0", "n"): j, ("~1", "n"): index("l", n)}


@pytest.mark.parametrize(("length", "cut"), [(LONGEST, False), (LONGEST + 1, True)])
def test_long_forms_are_cut(length: int, cut: bool) -> None:
    name = "x" * length
    outcome = prove(claim(sym(name), sym(name), context(sym(name))))
    assert isinstance(outcome, Proof)
    assert outcome.normal_form == ("x" * LONGEST + " … (1 terms)" if cut else name)


def test_forms_without_expression_are_counted() -> None:
    """v along the axis that vec made of two cannot be written."""
    v, Q = sym("v", Dim(1, ("m", "n"))), sym("Q", m, n)
    outcome = prove(claim(plus(Vec(Q), v), plus(v, Vec(Q)), context(v, Q)))
    assert isinstance(outcome, Proof)
    assert outcome.normal_form == "2 terms"
    assert formula(outcome.meeting.translator, {}) == "0"


def test_normal_forms_are_written_out() -> None:
    """Not by their name: it is what the name stands for that both sides come to."""
    outcome = prove(claim(c, plus(s, mm(t(y), x)), NAMED))
    assert isinstance(outcome, Proof)
    assert outcome.normal_form in (r"\sum_{i} x_{i} y_{i} + s", r"s + \sum_{i} x_{i} y_{i}")
