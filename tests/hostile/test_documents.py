"""Hostile documents, behind the walls that the commands use: none crashes, hangs, or is judged wrongly."""

from __future__ import annotations

import pytest

from derivations.limits import Limits
from derivations.messages import Request
from derivations.report.outline import Report, code
from derivations.source import Problem
from derivations.worker import Outcome, judged
from hostile.documents import ROWS, Row

LIMITS = Limits(claim_seconds=60, reading_seconds=60, document_seconds=240, memory_mb=1024)


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Outcome]:
    requests = [Request(f"doc{row.suffix}", row.whole, repairs=False) for row in ROWS]
    return dict(zip((row.name for row in ROWS), judged(requests, LIMITS, 2), strict=True))


def met(outcome: Outcome) -> set[str | None]:
    """Everything that was said: verdicts of the claims from the third on, codes of all claims and problems."""
    if isinstance(outcome, Problem):
        return {outcome.code}
    assert isinstance(outcome, Report), outcome
    assert "limit" not in {located.problem.code for located in outcome.problems}, "not even read in time"
    found = {code(claim.verdict) for claim in outcome.claims} | {located.problem.code for located in outcome.problems}
    return found | ({outcome.claims[-1].word} if outcome.claims else set()) | (set() if outcome.claims else {"no-claims"})


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_hostile_documents_get_what_they_must(row: Row, outcomes: dict[str, Outcome]) -> None:
    outcome = outcomes[row.name]
    assert row.comes in met(outcome)
    if not row.bare:
        assert isinstance(outcome, Report)
        assert [claim.word for claim in outcome.claims[:2]] == ["proved", "refuted"]


def test_there_are_enough_of_them_and_each_has_a_name_of_its_own() -> None:
    assert len({row.name for row in ROWS}) == len(ROWS) >= 110
