"""``derivations report``: what it writes where, and its exit status, with a verifier of the test's own."""

import hashlib
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from derivations import cli
from derivations.read.document import load
from derivations.report.outline import DocumentReport, Report
from report_sample import display, document

PAGE = "text $$a = b$$\n"


def invoke(*arguments: str | Path, says: DocumentReport | None = None, stdin: bytes | None = None) -> Result:
    """With a verifier that reads its document and then says this."""

    def verifier(path=None, *, text=None, given_path=None, on_progress=None):  # type: ignore[no-untyped-def]
        source = load(path) if text is None else None
        report = says or document(display("3.1"))
        return Report((report if source is None else DocumentReport(source, report.displays, inputs=(source,)),))

    return CliRunner().invoke(cli.main, ["report", *map(str, arguments)], input=stdin, obj=verifier)


@pytest.fixture
def page(tmp_path: Path) -> Path:
    path = tmp_path / "page.md"
    path.write_bytes(b"\xef\xbb\xbf" + PAGE.encode())
    return path


@pytest.mark.parametrize(("says", "status"), [(document(display("3.1")), 0), (document(display("2.1")), 1), (document(), 0)])
def test_exit_status_is_that_of_the_verdicts(page: Path, says: DocumentReport, status: int) -> None:
    result = invoke(page, "-o", page.with_suffix(".html"), says=says)
    assert result.exit_code == status, result.output
    assert page.with_suffix(".html").read_text().startswith("<!DOCTYPE html>")
    assert result.stdout == ""
    assert result.stderr.endswith(f"Written to {page.with_suffix('.html')}.\n")


def test_the_hash_is_that_of_the_file(page: Path) -> None:
    """Of its bytes, byte order mark and all: what ``sha256sum`` prints."""
    invoke(page, "-o", page.with_suffix(".html"))
    assert hashlib.sha256(page.read_bytes()).hexdigest() in page.with_suffix(".html").read_text()


def test_standard_output_and_input(page: Path) -> None:
    result = invoke("-", "-o", "-", stdin=PAGE.encode())
    assert result.stdout.startswith("<!DOCTYPE html>")
    assert result.stderr == ""


def test_a_folder_becomes_pages_and_an_index(tmp_path: Path) -> None:
    (tmp_path / "in/sub").mkdir(parents=True)
    for name in ("a.md", "sub/a.md", "sub/b.tex"):
        (tmp_path / "in" / name).write_text(PAGE)
    result = invoke(tmp_path / "in", "-o", tmp_path / "out")
    assert result.exit_code == 0, result.output
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a.html", "index.html", "sub-a.html", "sub-b.tex.html"]
    result = invoke(tmp_path / "in", "-o", tmp_path / "all.html", says=document(display("2.1")))
    assert result.exit_code == 1
    assert 'href="all/sub-a.html"' in (tmp_path / "all.html").read_text()
    assert sorted(path.name for path in (tmp_path / "all").iterdir()) == ["a.html", "sub-a.html", "sub-b.tex.html"]


def test_one_document_into_a_folder_that_is_there(page: Path, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    assert invoke(page, "-o", tmp_path / "out").exit_code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["index.html", "page.html"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["page.md", "-o", "out.doc"], "expected a name that ends in .html"),
        (["page.md", "-o", "out"], "expected a name that ends in .html"),
        (["page.md", "page.md", "-o", "out.pdf"], "has to be a folder or an .html file"),
        (["page.md", "page.md", "-o", "-"], "has to be a folder or an .html file"),
        (["page.md", "-o", "missing/out.html"], "there is no folder missing"),
        (["page.md"], "Missing option '-o'"),
    ],
)
def test_wrong_usage_is_told_before_anything_is_judged(
    page: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], message: str
) -> None:
    monkeypatch.chdir(page.parent)
    result = CliRunner().invoke(cli.main, ["report", *arguments], obj=lambda *_, **__: pytest.fail("judged"))
    assert result.exit_code == 2
    assert message in result.stderr
    assert [path.name for path in page.parent.iterdir()] == ["page.md"]


def test_a_file_in_the_way_of_the_folder_of_pages(page: Path, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    result = invoke(page, page, "-o", tmp_path / "out.html")
    assert result.exit_code == 2
    assert "[no-file]" in result.stderr
    assert (tmp_path / "out").read_text() == "mine"


def test_what_could_not_be_judged_is_told_and_the_rest_is_written(page: Path, tmp_path: Path) -> None:
    result = invoke(page, tmp_path / "missing.md", "-o", tmp_path / "out")
    assert result.exit_code == 2
    assert "[no-file]" in result.stderr
    assert (tmp_path / "out/page.html").exists()


def test_a_missing_library_is_named(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Judging does without; a report says how to get it, and a notebook shows the text."""
    for name in [name for name in sys.modules if name.startswith("derivations.report.") and name.endswith(("html", "mathml"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "math_core", None)
    result = invoke(page, "-o", page.with_suffix(".html"))
    assert result.exit_code == 2
    assert "math_core is needed for this: pip install 'derivations[report]'" in result.stderr
    assert not page.with_suffix(".html").exists()
    assert "text/html" not in Report((document(display("3.1")),))._repr_mimebundle_()


def test_compile_names_a_missing_folder_before_anything_is_judged(page: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(page.parent)
    arguments = ["compile", "page.md", "-o", "missing/out.py"]
    result = CliRunner().invoke(cli.main, arguments, obj=lambda *_, **__: pytest.fail("judged"))
    assert result.exit_code == 2
    assert "-o missing/out.py: there is no folder missing" in result.stderr
