"""Normal forms as readers want them: what is shared stands once, names are put back, labels pick entries.

What is expected is written by hand.  Of each form it is looked at that it is the left side (proved, and in plain numbers),
that with 1 added it is not, and, where the document can spell it, that it reads back as the same.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.claims import Claim, Context, Labels, Statement, Variable
from derivations.expr import (
    UNIT,
    Apply,
    Delta,
    Dim,
    Expr,
    LabelOf,
    Pi,
    Position,
    Size,
    number,
)
from derivations.pipeline import understand
from derivations.prove import readable
from derivations.prove.allsizes import NoProof, Proof, prove
from derivations.prove.explain import readable as told
from derivations.prove.readable import _common_number
from derivations.report.explain import printer
from tests.prove.identities import (
    at,
    context,
    det,
    dims,
    f,
    grad,
    half,
    index,
    inv,
    minus,
    mm,
    neg,
    over,
    plus,
    root,
    square,
    sym,
    t,
    times,
    total,
    twice,
)
from tests.prove.points import agree, world

n, m = dims("n m")
i, j, p = index("i", n), index("j", n), index("p", m)
s, a, b, c, e = (sym(name) for name in "sabce")
x, y, z = (sym(name, n) for name in "xyz")
A, B, S, X, v = sym("A", n, n), sym("B", n, n), sym("S", n, n), sym("X", m, n), sym("v", m)
KNOWN = context(s, a, b, c, e, x, y, z, A, B, X, v, Variable("S",
(n, n), symmetric=True), labels=(Labels("k", m, n), Labels("l", m, n)))
GIVEN = [
    r"s, a, b, c, e \in \mathbb{R}", r"x, y, z \in \mathbb{R}^{n}", r"A, B \in \mathbb{R}^{n \times n}",
    r"X \in \mathbb{R}^{m \times n}",
    r"v \in \mathbb{R}^{m}", r"k, l \in \{1, \dots, n\}^m", r"f: \mathbb{R}^n \to \mathbb{R}", r"h: \mathbb{R} \to \mathbb{R}",
]  # fmt: skip
one = number(1)
q = index("q", m)  # free
k_q, l_q = LabelOf("k", q, n), LabelOf("l", q, n)
k_p, l_p = LabelOf("k", p, n), LabelOf("l", p, n)


def printed(left: Expr, known: Context = KNOWN, right: Expr | None = None, unfolded: tuple[str, ...] = ()) -> str:
    """The normal form of a line that holds, in print; it is the left side, and not with 1 added."""
    statement = Statement(left, left if right is None else right, known)
    outcome = prove(statement)
    assert isinstance(outcome, Proof), outcome
    entry, value, _ = told(statement, outcome.meeting, unfolded)
    same = Statement(left if entry is None else entry, value, known)
    assert isinstance(prove(same), Proof), value
    assert isinstance(prove(replace(same, right=plus(value, UNIT))), NoProof)
    assert agree(same.left, same.right, world(same, 5, positive=True))
    return printer(known, {}).latex(value)


FORMS: dict[str, Expr] = {
    "0": minus(s, s), "s": s, "-s": neg(s), "3": number(3), r"\frac{s}{2}": half(s), "1 - s": minus(one, s),
    # what all terms share
    "s (a + b)": plus(times(s, a), times(b, s)), "2 (s + 2 a)": plus(twice(s), times(number(4), a)), "-(s + a)": minus(neg(s), a),
    "a - s": plus(neg(s), a), r"\frac{1}{4} (2 s + a)": plus(half(s), times(number(Fraction(1, 4)), a)),
    "s^{2} (a + b)": plus(times(square(s), a), times(square(s), b)), "s^{2} + s": plus(square(s), s),
    r"\frac{1}{n} (s + a)": plus(over(s, Size(n)), over(a, Size(n))), r"\frac{s}{n} + a": plus(over(s, Size(n)), a),
    r"s (a + b) + c (a + e)": plus(times(s, a), times(s, b), times(c, a), times(c, e)),
    "s (a + b) + c": plus(times(s, a), times(s, b), c), "s (a + b) + c + e": plus(times(s, a), times(s, b), c, e),
    # sums
    r"s \sum_{i=1}^{n} x_{i} y_{i}": times(s, mm(t(x), y)),
    r"\frac{1}{n} \sum_{i=1}^{n} x_{i}": over(total(i, at(x, i)), Size(n)),
    r"\sum_{i=1}^{n} x_{i} (y_{i} + z_{i})": plus(mm(t(x), y), mm(t(x), z)),
    r"\sum_{i=1}^{n} (x_{i} + y_{i})": plus(total(i, at(x, i)), total(i, at(y, i))),
    r"\sum_{i=1}^{n} x_{i} + \sum_{i=1}^{n} y_{i} + \sum_{i=1}^{n} z_{i}": plus(*(total(i, at(u, i)) for u in (x, y, z))),
    r"\sum_{i=1}^{n} x_{i} (\sum_{j=1}^{n} A_{i,j} y_{j} + z_{i})": plus(mm(t(x), A, y), mm(t(x), z)),
    # an index of one term is an index of the other, one for one
    r"\sum_{i=1}^{n} \sum_{j=1}^{n} x_{i} A_{i,j} (y_{j} + z_{j})": plus(mm(t(x), A, y), mm(t(x), A, z)),
    r"\sum_{i=1}^{n} \sum_{j=1}^{n} x_{i} x_{j} (A_{i,j} + B_{i,j})": plus(mm(t(x), A, x), mm(t(x), B, x)),
    r"\sum_{j=1}^{n} S_{j,i} (y_{j} + z_{j})": plus(at(mm(S, y), i), at(mm(t(S), z), i)),
    r"\sum_{j=1}^{n} (A_{i,j} y_{j} + A_{j,i} z_{j})": plus(at(mm(A, y), i), at(mm(t(A), z), i)),
    r"s x_{i} + \sum_{j=1}^{n} x_{j}": plus(times(s, at(x, i)), total(j, at(x, j))),
    r"x_{i}^{2} + x_{i}": plus(square(at(x, i)), at(x, i)),
    r"\sum_{i=1}^{n} x_{i} + \sum_{i=1}^{m} v_{i}": plus(total(i, at(x, i)), total(p, at(v, p))),
    r"\sum_{i=1}^{n} \sum_{j=1}^{n} A_{i,j} + \sum_{i=1}^{n} x_{i}": plus(total(i, total(j, at(A, i, j))), total(i, at(x, i))),
    r"\sum_{i=1}^{m} \sum_{j=1}^{n} X_{i,j} x_{j} (v_{i} + s)": plus(mm(t(v), X, x), times(s, total(p, at(mm(X, x), p)))),
    # one exponential for one exponent, however it was taken apart
    r"\exp(s + a)": times(f("exp", s), f("exp", a)), r"\exp(A_{i,j} + x_{j})": f("exp", plus(at(A, i, j), at(x, j))),
    r"\exp(A_{i,j} + x_{i} + s)": f("exp", plus(at(x, i), s, at(A, i, j))),
    r"\exp(A_{i,j}) \exp(X_{q,j})": f("exp", plus(at(A, i, j), at(X, q, j))),
    r"s \exp(2 a - c)": times(s, f("exp", minus(twice(a), c))),
    # above and below a bar
    r"\frac{s}{n a}": over(s, times(Size(n), a)), r"\frac{s}{a^{2}}": over(s, square(a)),
    r"\frac{1}{n \sqrt{s}}": over(one, times(Size(n), root(s))),
    r"\frac{2 s}{3 a}": over(twice(s), times(number(3), a)), r"-\frac{s}{a}": neg(over(s, a)),
    r"\frac{\pi s}{2}": half(times(Pi(), s)),
    r"\frac{1}{s} \sum_{i=1}^{n} \frac{x_{i}}{y_{i}}": over(total(i, over(at(x, i), at(y, i))), s),
    # a label picks an entry; a row that is summed over keeps its sum
    "x_{k_{q}}": at(x, k_q), r"\sum_{i=1}^{m} x_{k_{i}}": total(p, at(x, k_p)), "X_{q,k_{q}}": at(X, q, k_q),
    r"\sum_{i=1}^{m} X_{i,k_{i}} y_{k_{i}}": total(p, times(at(X, p, k_p), at(y, k_p))),
    r"\mathbb{1}[k_{q} = l_{q}]": Delta(k_q, l_q),
    r"\mathbb{1}[i = k_{q}]": Delta(i, k_q), r"\sum_{j=1}^{m} \mathbb{1}[i = k_{j}]": total(p, Delta(i, k_p)),
    r"s \sum_{i=1}^{m} (y_{l_{i}} + x_{k_{i}})": times(s, plus(total(p, at(x, k_p)), total(p, at(y, l_p)))),
    # matrices and arguments as they are written
    r"\det(A + B)": det(plus(A, B)), r"\det(A)": times(square(det(A)), det(inv(A))),
    "((A + B)^{-1})_{i,j}": at(inv(plus(A, B)), i, j),
    r"\frac{(A^{-1})_{i,j}}{2}": at(inv(twice(A)), i, j), r"\frac{(A^{-1})_{i,j}}{n}": at(inv(times(Size(n), A)), i, j),
    "A_{i,j}": at(inv(inv(A)), i, j), r"f(A x + y)": Apply("f", plus(mm(A, x), y), ()), r"h'(s + a)": f("h", plus(s, a), 1),
    r"\sum_{i=1}^{n} x_{i} \left. \frac{\partial f(u)}{\partial u_{i}} \right|_{u = s x}":
        grad(Apply("f", times(s, x), ()), s),
}  # fmt: skip


@pytest.mark.parametrize("shown", FORMS)
def test_forms(shown: str) -> None:
    assert printed(FORMS[shown]) == shown


@pytest.mark.parametrize(("left", "shown"), [
    (f("exp", plus(at(x, j), at(A, i, j))), r"\exp(A_{i,j} + x_{j})"), (f("exp", plus(at(A, i, j), at(x, i))),
    r"\exp(A_{i,j} + x_{i})"),
    (plus(times(s, a), times(b, s), times(s, c)), "s (a + b + c)"), (plus(times(b, s), times(s, a)), "s (b + a)"),
])  # fmt: skip
def test_however_it_was_written(left: Expr, shown: str) -> None:
    assert printed(left) == shown


def test_forms_read_back() -> None:
    """As a line of a document that declares the names, each is what was printed; plus 1 it is not."""
    named = [shown for shown in FORMS if r"\right|" not in shown and "S_" not in shown]
    lines = "\n\n".join(f"$${shown} = 0 s + {shown}$$" for shown in named)
    steps = [step for _, _, step in understand(text=lines, given=GIVEN).steps]
    assert len(steps) == len(named)
    for shown, step in zip(named, steps, strict=True):
        assert isinstance(step, Claim), (shown, step)
        back = replace(step.statement, right=FORMS[shown])
        assert isinstance(prove(back), Proof), shown
        assert isinstance(prove(replace(back, right=plus(FORMS[shown], UNIT))), NoProof), shown


# ------------------------------------------------------------- names put back


def defining(**definitions: Expr) -> Context:
    return replace(KNOWN, definitions=definitions)


PRODUCT, MEAN, RATIO = defining(w=times(s, a)), defining(w=over(mm(t(x), y), Size(n))), defining(w=over(s, a))
DOT, DOUBLE = defining(w=mm(t(x), y)), defining(w=twice(mm(t(x), y)))
SUM, RECIPROCAL = defining(w=plus(s, a)), defining(w=over(one, plus(s, a)))
NAMES: list[tuple[Context, Expr, str]] = [
    (DOT, times(s, mm(t(x), y)), "s w"), (DOT, plus(times(s, mm(t(x), y)), a), "s w + a"), (DOT, square(mm(t(y), x)), "w^{2}"),
    (DOT, mm(t(x), y), r"\sum_{i=1}^{n} x_{i} y_{i}"), (DOT, twice(mm(t(x), y)), r"2 \sum_{i=1}^{n} x_{i} y_{i}"),
    (DOT, over(mm(t(x), y), Size(n)), r"\frac{w}{n}"), (DOT, f("h", mm(t(x), y)), "h(w)"), (DOT, times(s, mm(t(x), x)),
    r"s \sum_{i=1}^{n} x_{i}^{2}"),
    (DOUBLE, times(s, mm(t(x), y)), r"\frac{s w}{2}"), (DOUBLE, times(number(6), times(s, mm(t(x), y))), "3 s w"),
    (PRODUCT, times(square(s), square(a), b), "b w^{2}"), (PRODUCT, times(square(s), a), "s w"), (PRODUCT, times(s, b), "s b"),
    (PRODUCT, plus(times(s, a), b), "w + b"), (PRODUCT, times(Size(n), s, a), "n w"),
    (MEAN, times(s, mm(t(x), y)), "n s w"), (MEAN, over(times(s, mm(t(x), y)), Size(n)), "s w"),
    (RATIO, times(b, over(s, a)), "b w"), (RATIO, times(b, over(s, square(a))), r"\frac{b w}{a}"),
    (SUM, f("h", plus(s, a)), "h(w)"), (SUM, f("h", plus(twice(s), twice(a))), "h(2 w)"), (SUM, f("h", minus(neg(s), a)),
    "h(-w)"),
    (SUM, f("h", plus(half(s), half(a))), "h(0.5 w)"), (SUM, f("h", minus(s, a)), "h(s - a)"),
    (RECIPROCAL, over(b, plus(s, a)), "b w"), (RECIPROCAL, plus(s, over(b, plus(s, a))), "s + b w"),
    (defining(u=times(s, a), w=times(s, a, b)), times(s, a, b, c), "c w"),
    (defining(w=times(s, a, b), u=times(s, a)), times(s, a, c), "c u"),
    (PRODUCT, over(times(s, a), Size(n)), r"\frac{w}{n}"), (PRODUCT, over(b, times(s, a)), r"\frac{b}{s a}"),
    (defining(w=f("exp", times(s, a))), times(b, f("exp", times(s, a))), r"b \exp(s a)"),
    (defining(W=times(A, B)), plus(times(s, at(A, i, j), at(B, i, j)), at(A, i, j)), r"s W_{i,j} + A_{i,j}"),
    (defining(W=times(A, B)), times(s, square(at(A, i, j)), square(at(B, i, j))), r"s W_{i,j}^{2}"),
    (defining(W=t(times(A, B))), times(s, at(A, i, j), at(B, i, j)), r"s W_{j,i}"),
]  # fmt: skip


@pytest.mark.parametrize(("known", "left", "shown"), NAMES)
def test_names_are_put_back(known: Context, left: Expr, shown: str) -> None:
    """Where they stand for a product that is part of a term, or a sum inside of something."""
    assert printed(left, known) == shown


def test_names_of_one_side_are_not_put_back() -> None:
    """They would hide what was to be shown."""
    w = sym("w")
    assert printed(times(b, w), PRODUCT, right=times(w, b)) == "b w"
    assert printed(times(b, w), PRODUCT, right=times(s, a, b)) in ("s a b", "b s a")


# -------------------------------------------------------------- what is shared


@pytest.mark.parametrize(("values", "common"), [
    ((2, 4), 2), ((4, 6, 9), 1), ((Fraction(1, 2), Fraction(1, 3)), Fraction(1, 6)),
    ((Fraction(2, 3), Fraction(4, 3)), Fraction(2, 3)),
    ((-2, 4), 2), ((-2, -4), -2), ((-3,), -3), ((5,), 5), ((6, Fraction(3, 2)), Fraction(3, 2)),
])  # fmt: skip
def test_common_number(values: tuple[Fraction | int, ...], common: Fraction | int) -> None:
    """The greatest of which all are whole multiples."""
    assert _common_number([Fraction(value) for value in values]) == common


@pytest.mark.parametrize(("count", "shared"), [(readable.MOST_FACTORS - 1, True), (readable.MOST_FACTORS, False)])
def test_long_terms_are_not_searched(count: int, shared: bool) -> None:
    """Terms of 10 factors are looked through for common ones, those of 11 are not."""
    factors = [sym(f"v_{k}") for k in range(count)]
    shown = printed(plus(times(a, *factors), times(b, *factors)))
    assert ("(a + b)" in shown) is shared


def test_a_single_label() -> None:
    """y alone has no row: x_y, and 1 where i is y."""
    label = LabelOf("y", None, n)
    known = context(s, x, labels=(Labels("y", None, n),))
    assert printed(at(x, label), known) == "x_{y}"
    assert printed(Delta(i, label), known) == r"\mathbb{1}[i = y]"


def test_labels_of_labels() -> None:
    """A label in a label's place; two labels that pick each other keep one sum."""
    known = context(x, labels=(Labels("k", n, n), Labels("l", n, n)))
    inner = LabelOf("l", i, n)
    assert printed(at(x, LabelOf("k", inner, n)), known) in (r"x_{k_{l_{i}}}", r"\sum_{j=1}^{n} \mathbb{1}[j = l_{i}] x_{k_{j}}")
    both = total(i, total(j, times(Delta(j, LabelOf("k", i, n)), Delta(i, LabelOf("l", j, n)), at(x, i))))
    assert printed(both, known) in (
        r"\sum_{i=1}^{n} \mathbb{1}[i = l_{k_{i}}] x_{i}", r"\sum_{i=1}^{n} \mathbb{1}[i = k_{l_{i}}] x_{l_{i}}",
        r"\sum_{i=1}^{n} x_{i} \mathbb{1}[i = l_{k_{i}}]", r"\sum_{i=1}^{n} x_{l_{i}} \mathbb{1}[i = k_{l_{i}}]",
    )  # fmt: skip


def test_fixed_places() -> None:
    """Entries of small arrays that a line addresses one by one: inverses are cofactors, values have places."""
    two = Dim(2)
    Q, r = sym("Q", two, two), sym("r", two)
    corner = at(Q, Position(1, two), Position(1, two))
    known = context(Q, r)
    shown = printed(at(inv(Q), Position(1, two), Position(1, two)), known)
    assert shown == r"\frac{Q_{2,2}}{Q_{1,1} Q_{2,2} - Q_{1,2} Q_{2,1}}"
    assert printed(times(corner, at(Apply("f", r, (two,)), Position(2, two))), known) in ("(f(r))_{2} Q_{1,1}",
    "Q_{1,1} (f(r))_{2}")


def test_the_first_term() -> None:
    """One of many terms, with its number and its sums; of nothing, 0."""
    for left, shown in ((plus(times(number(3), mm(t(x), y)), square(s)), {r"3 \sum_{i=1}^{n} x_{i} y_{i}", "s^{2}"}),
    (minus(s, s), {"0"})):
        statement = Statement(left, left, KNOWN)
        outcome = prove(statement)
        assert isinstance(outcome, Proof)
        assert printer(KNOWN, {}).latex(told(statement, outcome.meeting)[2]) in shown


def test_a_matrix_with_an_index_of_its_own() -> None:
    """What the document writes with one index is not put in for another one."""
    r = index("r", n)
    left = plus(at(inv(plus(A, times(at(x, i), B))), j, r), total(r, at(inv(plus(A, times(at(x, r), B))), j, i)))
    shown = printed(left)
    assert shown in (
        r"((A + x_{i} B)^{-1})_{j,r} + \sum_{p=1}^{n} ((A + x_{p} B)^{-1})_{j,i}",
        r"((x_{i} B + A)^{-1})_{j,r} + \sum_{p=1}^{n} ((x_{p} B + A)^{-1})_{j,i}",
    )


def test_names_of_the_document_are_no_arguments() -> None:
    """Of u, v, w and so on the first that is free; with a prime where none is."""
    letters = ("u", "v", "w", "z", "U", "V", "Z")
    left = grad(Apply("f", times(s, x), ()), s)
    for count in (1, len(letters)):
        known = context(s, x, *(sym(letter) for letter in letters[:count]))
        by = next((letter for letter in letters[count:]), "u'")
        assert rf"\right|_{{{by} = s x}}" in printed(left, known)
