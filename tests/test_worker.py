"""Documents in processes of their own: an ill one costs what it costs itself, and nothing else."""

from __future__ import annotations

import gc
import os
import pickle
import signal
import subprocess
import sys
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.claims import Claim
from derivations.limits import Limits
from derivations.messages import Done, Judged, OurFault, Request, unpacked
from derivations.pipeline import Watcher, verify
from derivations.report.explain import Understanding
from derivations.report.outline import Report
from derivations.source import Span
from derivations.verdicts import Proved, Unknown, Verdict
from derivations.worker import Nursery, Outcome, cores, judged
from tests.processes import descendants, ended, living, session

ILL = "ailing_nursery"
QUICK = Limits(claim_seconds=5.0, reading_seconds=5.0, document_seconds=60.0, memory_mb=600)
PATIENT = Limits(memory_mb=600)  # where no time is to run out, however busy the machine is
GIVEN = r"Let $a, b, s_{loop}, s_{memory}, s_{crash}, s_{bug}, s_{write} \in \mathbb{R}$." + "\n\n"
TRUE, FALSE = "$$(a + b)^2 = a^2 + 2ab + b^2$$\n\n", "$$(a + b)^2 = a^2 + b^2$$\n\n"


def ill(name: str) -> str:
    return f"$$s_{{{name}}} + s_{{{name}}} = 2 s_{{{name}}}$$\n\n"


def outcomes(texts: Sequence[str], limits: Limits = PATIENT, jobs: int = 5) -> list[Outcome]:
    requests = [Request(f"{number}.md", GIVEN + text) for number, text in enumerate(texts)]
    with Nursery(ILL) as nursery:
        return list(judged(requests, limits, jobs, nursery=nursery))


def words(outcome: Outcome) -> list[str]:
    assert isinstance(outcome, Report), outcome
    return [claim.word for claim in outcome.claims]


def reason(outcome: Outcome, number: int) -> str:
    assert isinstance(outcome, Report)
    verdict = outcome.claims[number].verdict
    assert isinstance(verdict, Unknown)
    assert verdict.code == "limit"
    return verdict.reason


@pytest.fixture(scope="module")
def ward() -> list[Outcome]:
    """Ill documents between healthy ones, all in one go."""
    texts = [
        TRUE + FALSE,
        TRUE + ill("memory") + FALSE,
        TRUE + ill("crash") + FALSE,
        TRUE + ill("bug"),
        "# memory\n\n" + TRUE,
        "# crash\n\n" + TRUE,
        TRUE + ill("write"),
        FALSE + TRUE,
    ]
    return outcomes(texts, PATIENT)


@pytest.fixture(scope="module")
def hanging() -> list[Outcome]:
    """Documents that come to no end, and a healthy one between them."""
    return outcomes([TRUE + ill("loop") + FALSE, TRUE + FALSE, "# loop\n\n" + TRUE], QUICK)


@pytest.mark.parametrize("place", [0, -1])
def test_healthy_documents_among_ill_ones_are_judged_as_alone(ward: list[Outcome], place: int) -> None:
    alone = verify(text=GIVEN + (FALSE + TRUE if place else TRUE + FALSE))
    assert words(alone) == (["refuted", "proved"] if place else ["proved", "refuted"])
    assert isinstance(ward[place], Report)
    assert [claim.verdict for claim in ward[place].claims] == [claim.verdict for claim in alone.claims]


@pytest.mark.parametrize(("place", "told"), [(1, "more than 600 MB of memory"), (2, "ended by SIGSEGV")])
def test_a_claim_that_ends_its_process_is_unknown_and_costs_no_other(ward: list[Outcome], place: int, told: str) -> None:
    assert words(ward[place]) == ["proved", "unknown", "refuted"]
    assert told in reason(ward[place], 1)


def test_a_claim_that_takes_too_long_is_unknown_and_costs_no_other(hanging: list[Outcome]) -> None:
    assert words(hanging[0]) == ["proved", "unknown", "refuted"]
    assert "more than 5 s" in reason(hanging[0], 1)
    assert words(hanging[1]) == ["proved", "refuted"]


def cannot_be_read(outcome: Outcome, told: str) -> bool:
    assert isinstance(outcome, Report)
    (problem,) = outcome.problems
    return problem.problem.code == "limit" and told in problem.problem.message and outcome.exit_status() == 2


def test_a_document_that_cannot_be_read_within_its_limits_says_so(ward: list[Outcome], hanging: list[Outcome]) -> None:
    assert cannot_be_read(ward[4], "600 MB")
    assert cannot_be_read(ward[5], "SIGSEGV")
    assert cannot_be_read(hanging[2], "reading takes more than 5 s")


def test_our_own_fault_is_told_as_that(ward: list[Outcome]) -> None:
    assert isinstance(ward[3], OurFault)
    assert "ZeroDivisionError" in str(ward[3])
    assert "in _bug" in ward[3].trace


def test_what_judges_cannot_write_files(ward: list[Outcome]) -> None:
    assert isinstance(ward[6], OSError)
    assert not Path("/tmp/escaped").exists() or Path("/tmp/escaped").stat().st_size == 0


def test_a_document_out_of_time_keeps_what_was_judged() -> None:
    """The claims behind the slow one are not reached, those before it stay; a false one too, once no other reading is left."""
    limits = Limits(claim_seconds=60, document_seconds=6.0)
    (outcome,) = outcomes([TRUE + FALSE + ill("loop") + TRUE + FALSE], limits)
    assert words(outcome) == ["proved", "refuted", "unknown", "unknown", "unknown"]
    assert reason(outcome, 3) == "not reached: the document takes more than 6 s (document-seconds)"


def test_a_false_line_that_may_hold_in_another_reading_stays_open() -> None:
    """Jacobians may stand the other way round: that reading was not tried, so nothing is refuted by the usual one."""
    other = r"Let $A \in \mathbb{R}^{n \times n}$, $x \in \mathbb{R}^n$.$$\frac{\partial (Ax)}{\partial x} = A^\top$$"
    limits = Limits(claim_seconds=60, document_seconds=6.0)
    assert words(outcomes([other])[0]) == ["proved"]
    (cut,) = outcomes([other + ill("loop")], limits)
    assert words(cut) == ["unknown", "unknown"]
    assert reason(cut, 0).startswith("false in the usual reading; others were not tried")


class Tired(Watcher):
    """Meets a limit where a claim on B is judged for the second time, in another reading, if it is ``weary``."""

    def __init__(self, weary: bool) -> None:
        super().__init__()
        self.weary = weary
        self.met: set[Span] = set()

    def judge(self, claim: Claim) -> Verdict:
        if self.weary and claim.span in self.met and "'B'" in str(claim.statement.left):
            return Unknown("tired", "limit")
        self.met.add(claim.span)
        return super().judge(claim)


@pytest.mark.parametrize(("weary", "words"), [(False, ["refuted", "proved"]), (True, ["unknown", "proved"])])
def test_a_limit_in_another_reading_refutes_nothing(weary: bool, words: list[str]) -> None:
    """A^T would hold with Jacobians the other way round, which the line on B forbids, if only it could be judged there."""
    text = (r"Let $A, B \in \mathbb{R}^{n \times n}$, $x \in \mathbb{R}^n$."
            r"$$\frac{\partial (Ax)}{\partial x} = A^\top$$ $$\frac{\partial (Bx)}{\partial x} = B$$")  # fmt: skip
    assert [claim.word for claim in verify(text=text, repairs=False, watcher=Tired(weary)).claims] == words


def test_outcomes_come_in_the_order_of_the_requests() -> None:
    texts = [TRUE * 8, TRUE, FALSE, TRUE]
    found = outcomes(texts, jobs=3)
    assert [len(words(one)) for one in found] == [8, 1, 1, 1]
    assert words(found[2]) == ["refuted"]


def test_progress_is_told_by_document() -> None:
    seen: list[tuple[int, int, int]] = []
    requests = [Request("a.md", GIVEN + TRUE + FALSE), Request("b.md", GIVEN + TRUE)]
    list(judged(requests, PATIENT, 1, lambda *told: seen.append(told)))
    assert seen == [(0, 1, 2), (0, 2, 2), (0, 2, 3), (0, 3, 3), (1, 1, 1)]  # the third: what is refuted is to be repaired


def test_files_that_cannot_be_read_are_told_as_such(tmp_path: Path) -> None:
    (tmp_path / "latin.md").write_bytes(b"\xe9")
    paths = [str(tmp_path / "missing.md"), str(tmp_path / "latin.md"), str(tmp_path)]
    missing, latin, folder = judged([Request(path) for path in paths], PATIENT)
    assert isinstance(missing, FileNotFoundError)
    assert missing.filename == paths[0]
    assert latin.code == "not-utf8"  # type: ignore[union-attr]
    assert latin.path == paths[1]  # type: ignore[union-attr]
    assert isinstance(folder, IsADirectoryError)


def test_understanding_has_the_same_walls() -> None:
    requests = [Request("a.md", GIVEN + text, task="understand") for text in (TRUE, "# loop\n\n")]
    with Nursery(ILL) as nursery:
        fine, hanging = judged(requests, QUICK, nursery=nursery)
    assert isinstance(fine, Understanding)
    assert hanging.code == "limit"  # type: ignore[union-attr]


def test_leaving_early_leaves_no_process_behind() -> None:
    """Of those that the call started: others may be about, left by other tests or kept by the library of processes."""
    before = descendants()
    found = judged([Request("a.md", GIVEN + TRUE), Request("b.md", GIVEN + TRUE * 20)], PATIENT, 2)
    next(found)
    started = descendants() - before
    assert started
    found.close()
    assert ended(lambda: started & living().keys())


def test_a_command_keeps_no_process_for_the_errors_that_it_told(tmp_path: Path) -> None:
    """An error holds on to what raised it until garbage is collected; processes do not wait for that."""
    before = descendants()
    gc.disable()
    try:
        assert CliRunner().invoke(cli.main, ["verify", str(tmp_path / "missing.md")]).exit_code == 2
        assert ended(lambda: descendants() - before, 0)
    finally:
        gc.enable()


SCRIPT = f"""
from derivations.limits import Limits
from derivations.messages import Request
from derivations.worker import Nursery, judged
print("ready", flush=True)
text = {GIVEN + TRUE + ill("loop")!r}
with Nursery({ILL!r}) as nursery:
    list(judged([Request("a.md", text)] * 3, Limits(), 2, lambda *_: print("judging", flush=True), nursery))
"""


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGKILL, signal.SIGTERM])
def test_a_parent_that_ends_takes_all_with_it(how: signal.Signals) -> None:
    """Ctrl-C (which the whole group gets), and what no program can answer."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    process = subprocess.Popen([sys.executable, "-c", SCRIPT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                               env=environment, start_new_session=True)  # fmt: skip
    assert process.stdout is not None
    for expected in (b"ready\n", b"judging\n"):
        assert process.stdout.readline() == expected
    assert len(session(process.pid)) >= 3
    if how is signal.SIGINT:
        os.killpg(process.pid, how)
    else:
        process.send_signal(how)
    process.wait(30)
    process.stdout.close()
    assert ended(lambda: session(process.pid))


def test_a_process_that_judges_gets_no_secrets() -> None:
    from derivations.worker import _environment

    os.environ["TOKEN_OF_CI"] = "secret"
    try:
        assert "TOKEN_OF_CI" not in _environment()
    finally:
        del os.environ["TOKEN_OF_CI"]
    assert "" not in _environment()["PYTHONPATH"].split(os.pathsep)


def test_messages_hold_data_of_ours_and_nothing_else() -> None:
    message = Judged(0, 1, Unknown("why", "limit", (str(Fraction(1, 2)),)))
    assert unpacked(pickle.dumps(message)) == message
    for evil in (os.system, eval, Path("/"), Done(os.getcwd), subprocess.Popen):
        with pytest.raises(pickle.UnpicklingError, match="not passed between processes"):
            unpacked(pickle.dumps(evil))


def test_there_is_at_least_one_core() -> None:
    assert cores() >= 1


def test_proofs_are_told_in_steps_where_a_report_asks_for_them() -> None:
    """And the verdicts are the same."""
    requests = [Request("a.md", "$W \\in \\mathbb{R}^{n}$ $$W + W = 2 W$$", task=task) for task in ("verify", "report")]
    plain, told = judged(requests, Limits())
    assert isinstance(plain, Report)
    assert isinstance(told, Report)
    (one,), (other,) = plain.claims, told.claims
    assert isinstance(one.verdict, Proved)
    assert isinstance(other.verdict, Proved)
    assert one.verdict.steps == ()
    assert [step.kind for step in other.verdict.steps][-2:] == ["normal form", "entry by entry"]
