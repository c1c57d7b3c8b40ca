"""What mutation testing changes; needs the extra ``mutants``."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("cosmic_ray", reason="cosmic-ray is not installed")

from tests import mutants

SOURCE = """\
Number: TypeAlias = int | float
def f(a: int | None, *, b: int | str = 0) -> int | str:
    c: int | str = a + 7
    return c
"""


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "one.py").write_text(SOURCE, encoding="utf-8")
    monkeypatch.setattr(mutants, "PROVE", tmp_path)
    return "one"


def test_annotations_are_left_alone(module: str) -> None:
    found = list(mutants.mutants(module))
    assert found
    for mutant in found:
        changed = mutants.mutated(mutant)
        assert changed.count("int | str") == SOURCE.count("int | str") or not changed
        assert "int | None" in changed or not changed
        assert "int | float" in changed or not changed


def test_what_is_chosen_is_python_and_differs(module: str) -> None:
    sample = mutants.chosen(list(mutants.mutants(module)), 1000, 1)
    texts = [mutants.mutated(mutant) for mutant in sample]
    assert len(set(texts)) == len(texts) > 10
    assert SOURCE not in texts
    for text in texts:
        compile(text, "one", "exec")
    assert SOURCE.replace("a + 7", "a - 7") in texts
    assert all("(a: int | None, /, b" not in text for text in texts)
