"""The printers print what they printed: a change is looked at, then renewed with ``python -m tests.golden --renew``."""

import pytest

from golden import FOLDER, goldens


@pytest.mark.parametrize("name", sorted(goldens()))
def test_golden(name: str) -> None:
    made = goldens()[name]()
    assert made == (FOLDER / name).read_text(encoding="utf-8"), "look at it, then: python -m tests.golden --renew"


def test_no_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir()} == set(goldens())
