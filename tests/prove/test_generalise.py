"""Numbers as sizes made into letters."""

from __future__ import annotations

import pytest

from derivations.claims import Claim, Context, Equation, FreeFunction, SignAssumption, Statement, Variable
from derivations.expr import Affine, Dim, Expr, Index, Position, Size, Sum
from derivations.pipeline import verify
from derivations.prove.generalise import generalise
from derivations.prove.judge import judge
from derivations.source import Span
from derivations.verdicts import AllSizes, Proved
from tests.prove.identities import at, claim, context, mm, ones, plus, sym, t, twice


def verdict(given: list[str], display: str) -> object:
    (document,) = verify(text=f"$${display}$$", given=given).documents
    return document.displays[0].claims[0].verdict


def test_large_numeric_sizes_are_proved_for_all_sizes() -> None:
    """784 × 128 entries are nothing to look at one by one."""
    given = [r"A \in \mathbb{R}^{784 \times 128}", r"B \in \mathbb{R}^{128 \times 784}"]
    found = verdict(given, r"\operatorname{tr}(AB) = \operatorname{tr}(BA)")
    assert isinstance(found, Proved)
    assert isinstance(found.scope, AllSizes)


@pytest.mark.parametrize(
    ("given", "display"),
    [
        (r"x \in \mathbb{R}^{7}", r"\sum_i 1 x_i^0 = 8"),
        (r"x \in \mathbb{R}^{7}", r"\sum_i x_i = x_1 + x_2"),
        (r"A \in \mathbb{R}^{5 \times 6}", r"\operatorname{tr}(A A^T) = \operatorname{tr}(A) "),
    ],
)
def test_false_lines_stay_unproved(given: str, display: str) -> None:
    assert not isinstance(verdict([given], display), Proved)


def test_a_number_that_is_a_size_by_chance_stays_a_number() -> None:
    """Σᵢ 1 over 7 entries is 7, whatever letter stands for the size in a proof."""
    found = verdict([r"x \in \mathbb{R}^{7}", r"y \in \mathbb{R}^{7}"], r"\mathbf 1^T(x + y) = \sum_i (x_i + y_i)")
    assert isinstance(found, Proved)
    assert not isinstance(verdict([r"x \in \mathbb{R}^{7}"], r"\sum_i x_i = \frac{7}{6} \sum_i x_i"), Proved)


def vector(size: Dim, name: str = "x") -> Expr:
    return sym(name, size)


LARGE = Dim(784)
LETTER = Dim(1, ("n_{784}",))


@pytest.mark.parametrize(("size", "general"), [
    (LARGE, LETTER), (Dim(5), Dim(1, ("n_5",))), (Dim(4), Dim(4)), (Dim(2), Dim(2)), (Dim(1), Dim(1)),
    (Dim(1, ("n",)), Dim(1, ("n",))), (Dim(6, ("n",)), Dim(6, ("n",))),
])  # fmt: skip
def test_large_numbers_become_letters(size: Dim, general: Dim) -> None:
    """Up to 4 rows are looked at as they are; 6·n is no number."""
    e, wanted = vector(size), vector(general)
    statement = claim(twice(e), plus(e, e), context(sym("x", size)))
    found = generalise(statement)
    assert found == claim(twice(wanted), plus(wanted, wanted), context(sym("x", general)))
    assert (found is statement) is (size == general)


def test_every_part_of_a_statement_has_the_same_letters() -> None:
    """Sides, side conditions, definitions, declarations and assumptions."""
    def written(n: Dim) -> Statement:
        x, y = vector(n), vector(n, "y")
        i = Index("i", n)
        here = Context(
            {"x": Variable("x", (n,), domain="positive")}, {}, {"g": FreeFunction("g", (n,), (n,))},
            {"y": twice(x), "z": plus(y, x)}, (Equation(y, x), SignAssumption(x, ">")),
        )  # fmt: skip
        return Statement(vector(n, "z"), Sum(i, at(sym("A", n, n), i, i)), here, (Size(n),))

    assert generalise(written(LARGE)) == written(LETTER)


PLACE, SHIFTED = Position(3, LARGE), Affine(((1, Index("i", LARGE)),), 1, LARGE)
X = sym("x", LARGE)


@pytest.mark.parametrize("term", [PLACE, SHIFTED])
@pytest.mark.parametrize("where", ["side", "other side", "guard", "definition", "second definition", "assumption", "sign"])
def test_a_size_whose_places_are_named_is_kept(term: Position | Affine, where: str) -> None:
    """Wherever the place is named, as far as the statement reads it."""
    single, y, z = at(X, term), sym("y"), sym("z")
    statement = {
        "side": claim(single, mm(t(X), X)), "other side": claim(mm(t(X), X), single), "guard": claim(X, twice(X), None, single),
        "definition": claim(mm(t(X), X), y, context(definitions={"y": single})),
        "second definition": claim(mm(t(X), X), z, context(definitions={"y": single, "z": twice(y)})),
        "assumption": claim(X, twice(X), context(assumptions=(Equation(z, single),))),
        "sign": claim(X, twice(X), context(assumptions=(SignAssumption(single, ">"),))),
    }[where]  # fmt: skip
    assert generalise(statement) is statement


def test_what_is_not_read_keeps_nothing() -> None:
    """A definition that the statement does not use, and a size beside the one whose places are named."""
    unused = context(definitions={"y": at(X, PLACE)})
    assert generalise(claim(X, twice(X), unused)).left == vector(LETTER)
    beside = claim(plus(at(X, PLACE), mm(t(sym("y", Dim(9))), sym("y", Dim(9)))), sym("z"))
    assert generalise(beside).left == plus(at(X, PLACE), mm(t(sym("y", Dim(1, ("n_9",)))), sym("y", Dim(1, ("n_9",)))))


def test_letters_are_no_sizes_of_the_document() -> None:
    """A size that a document calls n_{784} is not 784."""
    false = claim(Size(LARGE), Size(LETTER))
    assert generalise(false) == claim(Size(Dim(1, ("n_{784}'",))), Size(LETTER))
    assert not isinstance(judge(Claim(Span(0, 0), "equality", false)), Proved)
    several = plus(Size(LARGE), Size(LETTER), Size(Dim(1, ("n_{784}'",))))
    found = generalise(claim(several, several)).left
    assert found == plus(Size(Dim(1, ("n_{784}''",))), Size(LETTER), Size(Dim(1, ("n_{784}'",))))
    assert isinstance(judge(Claim(Span(0, 0), "equality", claim(mm(t(ones(LARGE)), ones(LARGE)), Size(LARGE)))), Proved)


def test_a_size_that_is_called_like_a_letter() -> None:
    """tr(AA⁻¹) is n₅, which need not be 5; once it was proved to be."""
    given = [r"A \in \mathbb{R}^{n_5 \times n_5}", r"B \in \mathbb{R}^{5 \times 5}"]
    assert not isinstance(verdict(given, r"\operatorname{tr}(A A^{-1}) = \operatorname{tr}(B B^{-1})"), Proved)
    assert isinstance(verdict(given, r"\operatorname{tr}(A A^{-1}) = n_5"), Proved)
