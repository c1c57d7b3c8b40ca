"""Reports are made once for all tests here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest

from derivations.pipeline import verify
from derivations.report.outline import Report

ROOT = Path(__file__).resolve().parents[2]


@cache
def judged(path: str) -> Report:
    return verify(ROOT / path)


@pytest.fixture(scope="session")
def report_on() -> Callable[[str], Report]:
    """The report on a document of the project, by its path."""
    return judged
