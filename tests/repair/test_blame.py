"""Where a mistake lies: in a member of a chain, in two that cancel, in an earlier line that a later one follows from."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.report.outline import message
from derivations.verdicts import Refuted

SCALARS = (r"w \in \mathbb{R}", r"b \in \mathbb{R}")
LAYERS = (r"X^{(0)} \in \mathbb{R}^{N \times D}", r"W_1 \in \mathbb{R}^{D \times H}", r"W_2 \in \mathbb{R}^{H \times C}",
          r"\ell : \mathbb{R}^{N \times C} \to \mathbb{R}", "X^{(1)} = X^{(0)} W_1", "X^{(2)} = Relu(X^{(1)})",
          "X^{(3)} = X^{(2)} W_2", r"L = \ell(X^{(3)})", r"G = \frac{\partial L}{\partial X^{(3)}}")  # fmt: skip
SOFTMAX = (r"W \in \mathbb{R}^{K \times D}", r"x \in \mathbb{R}^D", r"y \in \mathbb{R}^K", r"\mathbf{1}^T y = 1", "z = W x",
           "p = softmax(z)", r"L = -\sum_k y_k \log p_k")  # fmt: skip


def remarks(given: tuple[str, ...], *lines: str) -> list[tuple[str, ...] | None]:
    """What is said of each claim beside its counterexample; None where it is not refuted."""
    report = verify(text="\n".join(f"$${line}$$" for line in lines), given=given)
    return [c.verdict.remarks if isinstance(c.verdict, Refuted) else None for c in report.claims]


def test_a_wrong_middle_with_a_right_end() -> None:
    assert remarks(SCALARS, r"\frac{\partial w^3}{\partial w} = 2 w^2 = w^2 + 2 w^2") == [
        ("the ends agree: only this right side is wrong",),
        ("the ends agree: only this left side is wrong",),
    ]


def test_two_mistakes_that_cancel() -> None:
    """The link between them is true of what is wrong."""
    found = remarks(SCALARS, r"(w + b)^2 = w^2 - 2 w b + b^2 = (w - b)^2 = w^2 + 2 w b + b^2")
    back = "this takes back the mistake in line 1"
    assert found == [("two mistakes that cancel: this one, and that in line 1",), None, (back,)]


def test_two_mistakes_that_do_not_cancel() -> None:
    assert remarks(SCALARS, r"(w + b)^2 = w^2 - 2 w b + b^2 = w^2 + b^2") == [(), ()]


@pytest.mark.parametrize(
    ("given", "wrong", "following", "other"),
    [
        (LAYERS, r"\frac{\partial L}{\partial X^{(2)}} = 2 G W_2^T",
         r"\frac{\partial L}{\partial W_1} = X^{(0)T} (2 (G W_2^T) \odot \mathbb{1}[X^{(1)} > 0])",
         r"\frac{\partial L}{\partial W_1} = X^{(0)T} (3 (G W_2^T) \odot \mathbb{1}[X^{(1)} > 0])"),
        (LAYERS, r"\frac{\partial L}{\partial X^{(2)}} = 2 G W_2^T",
         r"2 G W_2^T + X^{(2)} = \frac{\partial L}{\partial X^{(2)}} + X^{(2)}",
         r"2 G W_2^T + X^{(2)} = \frac{\partial L}{\partial X^{(2)}} - X^{(2)}"),
        (SOFTMAX, r"\frac{\partial L}{\partial z_i} = y_i - p_i", r"\frac{\partial L}{\partial W} = (y - p) x^T",
         r"\frac{\partial L}{\partial W} = 2 (p - y) x^T"),
        ((*SCALARS, "z = w + b"), "z = w - b", "w^2 - w b = w z", "w^2 - 2 w b = w z"),
    ],
)  # fmt: skip
def test_what_only_follows_from_a_wrong_line(given: tuple[str, ...], wrong: str, following: str, other: str) -> None:
    """Judged against the truth, with the line told that it is correct given; not so where it has a mistake of its own."""
    assert remarks(given, wrong, following)[1] == ("correct given line 1",)
    assert "correct given" not in " ".join(remarks(given, wrong, other)[1] or ())


def test_a_line_that_holds_says_nothing() -> None:
    left = r"\frac{\partial L}{\partial X^{(2)}}"
    assert remarks(LAYERS, f"{left} = 2 G W_2^T", f"{left} = G W_2^T") == [(), None]


def test_the_remark_is_part_of_the_message() -> None:
    report = verify(text="$$z = w - b$$\n\n$$w^2 - w b = w z$$", given=(*SCALARS, "z = w + b"))
    assert message(report.claims[1].verdict).endswith("; correct given line 1")
