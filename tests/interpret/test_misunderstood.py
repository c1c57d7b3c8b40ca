"""What was not understood makes nothing true or false that rests on it."""

from __future__ import annotations

import pytest

from derivations.interpret.misunderstood import misunderstood, piece_around
from derivations.pipeline import verify

LOSS = (r"y \in \mathbb{R}^{n}", r"\hat{y} \in \mathbb{R}^{n}", r"z \in \mathbb{R}^{n}",
        r"E = \frac12 \sum_k (\hat y_k - y_k)^2")
CLAIM = r"$$\frac{\partial E}{\partial z} = 0$$"  # false of ŷ = f(z); true of a ŷ that hangs on nothing


def words(text: str, given: tuple[str, ...] = LOSS) -> list[str]:
    sentences = "".join(f"  - '{sentence}'\n" for sentence in given)
    return [claim.word for claim in verify(text=f"---\ngiven:\n{sentences}---\n\n{text}\n").claims]


def test_without_a_definition_the_derivative_is_zero() -> None:
    """What the other tests rest on."""
    assert words(CLAIM) == ["proved"]


@pytest.mark.parametrize(
    "definition", [r"\hat y = \lim z", r"\hat y_k = \undefinedcommand{z_k}", r"\mathbf{\hat y} = \argmax z"])
def test_a_definition_that_was_not_read_leaves_no_free_name(definition: str) -> None:
    assert words(CLAIM, (*LOSS, definition)) == ["unreadable"]
    assert words(f"$$x = 1, \\qquad {definition}$$\n\n{CLAIM}")[-1] == "unreadable"


def test_other_names_are_not_concerned() -> None:
    assert words(r"$$\hat y = \undefinedcommand{z}$$ $$\frac{\partial (y^T y)}{\partial y} = 2y$$")[-1] == "proved"
    assert words(r"$$\hat y = \undefinedcommand{z}$$ $$\frac{\partial (y^T y)}{\partial y} = y$$")[-1] == "refuted"


def test_an_assumption_that_was_not_read_refutes_nothing() -> None:
    """p sums to one, said with a command of the author's: then the claim is true."""
    given = (r"p \in \mathbb{R}^{n}", r"z \in \mathbb{R}^{n}", r"\undefinedcommand{p} = 1")
    claim = r"$$\sum_i p_i z_i = \sum_i p_i (z_i - 1) + 1$$"
    assert words(claim, given) == ["unknown"]
    assert words(claim, given[:2]) == ["refuted"]
    assert words(r"$$z = 2z$$", given) == ["refuted"]


def test_running_text_may_define() -> None:
    assert words(r"where $\hat y = \undefinedcommand{z}$:" + "\n\n$$\\hat y = y$$") == ["unknown"]


def test_an_update_defines_nothing() -> None:
    found = misunderstood(r"W = W - \eta \weird L", ["W", "L", r"\eta"])
    assert found.defines is None
    assert not found.speaks_of


def test_an_assumption_speaks_of_all_its_names() -> None:
    assert misunderstood(r"\weird{W} L = \eta", ["W", "L", r"\eta", "n"]).speaks_of == {"W", "L", r"\eta"}


def test_the_longest_name_is_meant() -> None:
    assert misunderstood(r"X^{(1)}_{ij} = \weird", ["X", "X^{(1)}"]).defines == "X^{(1)}"
    assert misunderstood(r"X^{(2)} = \weird", ["X", "X^{(1)}"]).defines is None


def test_a_row_is_cut_out_of_a_display() -> None:
    text = r"a &= \weird \\ b &= 2, \qquad c = 3"
    assert piece_around(text, text.index("weird")).strip() == r"a &= \weird"
    assert piece_around(text, text.index("c =")).strip() == "c = 3"


# ---------------------------------------------- gradients by the name of differentials

NO_LOSS = (r"W \in \mathbb{R}^{p \times q}", r"X \in \mathbb{R}^{q \times m}", r"g : \mathbb{R} \to \mathbb{R}",
           "Z = WX", "A = g(Z)")


@pytest.mark.parametrize(("line", "word"), [
    (r"dZ = dA \odot g'(Z)", "unknown"), ("dW = dZ X^T", "unknown"), ("dX = W^T dZ", "unknown"),
    (r"dA = g'(Z) \odot dZ", "proved"), ("dZ = dW X", "proved"),
    (r"dA = 2g'(Z) \odot dZ", "refuted"), (r"dZ = 2dA \odot g'(Z)", "refuted"), ("dW = 2dZ X^T", "refuted"),
])
def test_differentials_may_name_gradients_of_a_loss_that_is_not_written(line: str, word: str) -> None:
    (claim,) = verify(text=f"$$\n{line}\n$$", given=NO_LOSS, repairs=False).claims
    assert claim.word == word


# --------------------------------------------------------- a diagonal of entries

LOGISTIC = (r"Let $X$ be a matrix, $y \in \{0,1\}^n$ and $p = \sigma(X\beta)$.",
            r"$$\ell(\beta) = \sum_{i=1}^n (y_i\log p_i + (1-y_i)\log(1-p_i))$$")


@pytest.mark.parametrize("lines", [
    (r"$$W = \operatorname{diag}(p_i(1-p_i))$$", r"$$\nabla^2\ell(\beta) = %s X^T W X$$"),
    (r"$$\nabla^2\ell(\beta) = %s X^T W X, \qquad W = \operatorname{diag}(p_i(1-p_i))$$",),  # used before it is defined
])
def test_the_index_in_a_diagonal_goes_through_all_entries(lines: tuple[str, ...]) -> None:
    """No label: ``\\operatorname{diag}(p_i)`` of one number would be a number."""
    for sign, word in (("-", "proved"), ("", "refuted")):
        text = "\n\n".join((*LOGISTIC, *lines)).replace("%s", sign)
        words = [claim.word for claim in verify(text=text, repairs=False).claims]
        assert word in words
        assert set(words) <= {"definition", word}


def test_a_diagonal_of_a_number_is_not_understood() -> None:
    (claim,) = verify(text=r"$$\operatorname{diag}(a) = a$$", given=[r"a \in \mathbb{R}"]).claims
    assert claim.word == "unreadable"


# ------------------------------------------------------------- sums that are not written

SQUARE = r"Let $x \in \mathbb{R}^n$ and $A \in \mathbb{R}^{n \times n}$."
IMPLIED = r"$$\frac{\partial}{\partial x_k}(x_ix_i) = 2x_k$$"


@pytest.mark.parametrize("convention", [
    "We use Einstein's convention.", "We sum over repeated indices.", "使用爱因斯坦求和约定。", "$$y_i = A_{ij}x_j$$",
])
def test_where_sums_are_implied_an_index_on_one_side_refutes_nothing(convention: str) -> None:
    assert verify(text=f"{SQUARE}\n\n{convention}\n\n{IMPLIED}", repairs=False).claims[-1].word == "unknown"


def test_elsewhere_free_indices_stand_for_every_value() -> None:
    assert verify(text=f"{SQUARE}\n\n{IMPLIED}", repairs=False).claims[-1].word == "refuted"
