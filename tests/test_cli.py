"""The command: what it prints where, and its exit status, with a verifier of the test's own."""

import json
import os
import pty
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivations import cli
from derivations.read.document import load
from derivations.report.outline import DocumentReport, Report
from derivations.verdicts import Unknown
from report_sample import ERROR, WARNING, display, document, unreadable

PAGE = "text $$a = b$$\n"


def invoke(*arguments: str, says: DocumentReport | Callable[..., Report] | None = None, stdin: bytes | None = None) -> Result:
    """Runs ``derivations verify`` with a verifier that reads its document and then says this."""

    def verifier(path=None, *, text=None, given_path=None, on_progress=None):  # type: ignore[no-untyped-def]
        if text is None:
            load(path)
        if given_path is not None:
            load(given_path)
        return Report((says or document(display("3.1")),))

    used = says if callable(says) else verifier
    return CliRunner().invoke(cli.main, ["verify", *arguments], input=stdin, obj=used)


@pytest.fixture
def page(tmp_path: Path) -> str:
    path = tmp_path / "page.md"
    path.write_text(PAGE)
    return str(path)


@pytest.mark.parametrize(
    ("says", "options", "status"),
    [
        (document(display("3.1")), [], 0),
        (document(display("2.1")), [], 1),
        (document(display("3.1"), display("4.1")), [], 0),
        (document(display("3.1"), display("4.1")), ["--strict"], 1),
        (document(unreadable()), [], 2),
        (document(), [], 0),
        (document(problems=(ERROR,)), [], 2),
        (document(display("2.1")), ["--ignore", "counterexample"], 0),
        (document(display("2.1")), ["--select", "unknown,unreadable"], 0),
        (document(display("2.1")), ["--time-limit", "5", "--jobs", "2"], 1),
    ],
)
@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_exit_status(page: str, says: DocumentReport, options: list[str], status: int, form: str) -> None:
    result = invoke(page, "--format", form, *options, says=says)
    assert result.exit_code == status, result.output


def test_full_is_the_default_and_plain_where_there_is_no_terminal(page: str) -> None:
    result = invoke(page, says=document(display("2.1")))
    assert "✗ 2.1 refuted [counterexample] doc.md:3:8" in result.stdout
    assert "\x1b" not in result.stdout
    assert result.stderr == ""


def test_json_is_alone_on_standard_output(page: str) -> None:
    """Problems of the document, for which the object has no place, go to standard error."""
    result = invoke(page, "--format", "json", says=document(display("2.1"), problems=(WARNING,)))
    assert json.loads(result.stdout)["summary"]["refuted"] == 1
    assert result.stderr == "given.yaml:1:1: warning [unknown-key] colour means nothing (known: given)\n"


def test_several_documents_are_one_report(page: str) -> None:
    result = invoke(page, page, "--format", "json", says=document(display("3.1")))
    assert len(json.loads(result.stdout)["documents"]) == 2


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["missing.md"], "missing.md: error [no-file] there is no such file"),
        (["empty"], "empty: error [no-file] there is no document in this folder"),
        (["latin1.md"], "latin1.md: error [not-utf8] byte 0xe9 at line 2, column 2"),
        (["page.md", "--given", "missing.yaml"], "missing.yaml: error [no-file]"),
        (["page.md", "--given", "latin1.md"], "latin1.md: error [not-utf8]"),
    ],
)
@pytest.mark.parametrize("form", ["full", "concise", "json", "sarif"])
def test_files_that_cannot_be_read(
    arguments: list[str], message: str, form: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("latin1.md").write_bytes("a\nbé".encode("latin-1"))
    Path("page.md").write_text(PAGE)
    Path("empty").mkdir()
    result = invoke(*arguments, "--format", form)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert "Traceback" not in result.output


def test_one_bad_path_does_not_silence_the_others(page: str) -> None:
    result = invoke("missing.md", page, says=document(display("2.1")))
    assert result.exit_code == 2
    assert "2.1 refuted" in result.stdout
    assert "missing.md" in result.stderr


def test_standard_input() -> None:
    seen: list[tuple[str, str]] = []

    def verifier(path: str, *, text: str, **_: object) -> Report:
        seen.append((path, text))
        return Report((document(),))

    assert invoke("-", says=verifier, stdin="\ufeff中 $x$".encode()).exit_code == 0
    assert seen == [("-", "中 $x$")]
    assert invoke("-", says=verifier, stdin=b"\xff").exit_code == 2


def test_our_own_fault_is_not_a_refutation(page: str) -> None:
    def broken(*_: object, **__: object) -> Report:
        raise ZeroDivisionError("by \x1b zero")

    result = invoke(page, says=broken)
    assert result.exit_code == 2
    assert "our own fault" in result.stderr
    assert "\x1b" not in result.stderr


@pytest.mark.parametrize("form", ["full", "concise", "json"])
def test_a_report_that_cannot_be_printed_is_our_own_fault(page: str, form: str) -> None:
    unprintable = Unknown(object(), "code")  # type: ignore[arg-type]
    broken = replace(display("2.1"), claims=(replace(display("2.1").claims[0], verdict=unprintable),))
    result = invoke(page, "--format", form, says=document(broken))
    assert result.exit_code == 2
    assert "our own fault" in result.stderr


def test_an_interruption_is_not_a_refutation(page: str) -> None:
    def interrupted(*_: object, **__: object) -> Report:
        raise KeyboardInterrupt

    assert invoke(page, says=interrupted).exit_code == 130


def test_a_program_that_does_not_even_load_is_our_own_fault(page: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "derivations.worker", None)
    result = CliRunner().invoke(cli.main, ["verify", page])
    assert result.exit_code == 2
    assert "our own fault" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [[], ["--format", "xml", "page.md"], ["--jobs", "0", "page.md"], ["--time-limit", "0", "page.md"], ["--wrong", "page.md"]],
)
def test_wrong_usage(arguments: list[str]) -> None:
    assert invoke(*arguments).exit_code == 2


def test_version_and_help() -> None:
    for arguments, expected in (
        (["--version"], "derivations, version 0"),
        (["verify", "--help"], "Exit status: 0 nothing refuted"),
    ):
        result = CliRunner().invoke(cli.main, arguments)
        assert result.exit_code == 0
        assert expected in result.output


HALT = """
import sys, time
sys.path.insert(0, "tests")
from report_sample import Report, display, document
from derivations import cli
from derivations.commands import console

def slow(path, *, on_progress, **_):
    for done in range(3):
        on_progress(done, 3)
        time.sleep(SECONDS)
    return Report((document(display("2.1")),))

console.PATIENCE = 0.1
cli.main(["verify", "x"], obj=slow)
"""


def on_a_terminal(seconds: float, **environment: str) -> str:
    """What a real terminal gets (standard output and error together)."""
    ours, theirs = pty.openpty()
    clean = {name: value for name, value in os.environ.items() if name not in ("NO_COLOR", "TERM", "CI", "FORCE_COLOR")}
    command = [sys.executable, "-c", HALT.replace("SECONDS", str(seconds))]
    process = subprocess.Popen(
        command, stdout=theirs, stderr=theirs, stdin=subprocess.DEVNULL, env={**clean, "TERM": "xterm", **environment}
    )
    os.close(theirs)
    received = b""
    while chunk := _read(ours):
        received += chunk
    os.close(ours)
    assert process.wait() == 1
    return received.decode()


def _read(handle: int) -> bytes:
    try:
        return os.read(handle, 65536)
    except OSError:  # Linux says so when the other side has closed
        return b""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a pseudo-terminal")
def test_colours_and_a_progress_bar_on_a_terminal() -> None:
    quick, slow = on_a_terminal(0), on_a_terminal(0.2)
    assert "\x1b[31m✗ 2.1 refuted" in quick
    assert "claims" not in quick
    assert "claims" in slow
    assert "\x1b[31m" not in on_a_terminal(0, NO_COLOR="1")
    assert "\x1b[31m" not in on_a_terminal(0, TERM="dumb")


def test_a_poor_encoding_is_no_fault() -> None:
    script = HALT.replace("SECONDS", "0")
    environment = {**os.environ, "PYTHONIOENCODING": "latin-1", "PYTHONUTF8": "0"}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, env=environment)
    assert done.returncode == 1
    assert b"? 2.1 refuted" in done.stdout


def test_help_does_not_wait_for_sympy() -> None:
    """Start-up: neither --help nor importing a part of the package loads what judges or prints."""
    script = (
        "import sys, derivations.source, derivations.cli\n"
        "assert not {'sympy', 'rich', 'yaml', 'markdown_it'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
