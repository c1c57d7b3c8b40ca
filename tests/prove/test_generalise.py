"""Numbers as sizes made into letters."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.verdicts import AllSizes, Proved


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
