"""``[tool.derivations]`` and the hook for pre-commit."""

import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from derivations import cli
from derivations.config import Settings, settings
from derivations.limits import Limits
from derivations.report.outline import Report
from derivations.source import Problem
from report_sample import display, document

ROOT = Path(__file__).resolve().parent.parent


def test_the_nearest_table_counts(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text('[tool.derivations]\nselect = ["shapes"]\nignore = ["unknown"]\nstrict = true\n'
                                             'format = "concise"\ngiven = "shapes.yaml"\n')
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    (tmp_path / "a" / "pyproject.toml").write_text("[tool.other]\n")
    given = str(tmp_path / "shapes.yaml")
    assert settings(inner) == Settings("concise", given, True, ("shapes",), ("unknown",))


def test_without_a_table_nothing_changes(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert settings(tmp_path) == Settings()


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("stric = true", "knows no 'stric'"),
        ("strict = 1", "expected true or false for 'strict'"),
        ("select = 'a'", "expected a list of codes for 'select'"),
        ("ignore = [1]", "expected a list of codes for 'ignore'"),
        ("format = 'xml'", "expected one of full, concise"),
        ("given = []", "expected a file for 'given'"),
        ("strict = ", "not TOML"),
    ],
)
def test_wrong_tables_are_refused(table: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.derivations]\n{table}\n")
    with pytest.raises(Problem) as raised:
        settings(tmp_path)
    assert raised.value.code == "configuration"
    assert message in raised.value.message


def says(*names: str):  # type: ignore[no-untyped-def]
    return lambda path, **_: Report((document(*map(display, names)),))


def test_options_come_before_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("pyproject.toml").write_text('[tool.derivations]\nstrict = true\nformat = "concise"\n')
    run = CliRunner().invoke
    assert run(cli.main, ["verify", "x.md"], obj=says("3.1", "4.1")).exit_code == 1
    result = run(cli.main, ["verify", "x.md", "--no-strict", "--format", "json"], obj=says("3.1", "4.1"))
    assert result.exit_code == 0
    assert result.stdout.startswith("{")
    Path("pyproject.toml").write_text("[tool.derivations]\nnonsense = 1\n")
    result = run(cli.main, ["verify", "x.md"], obj=says("3.1"))
    assert result.exit_code == 2
    assert "[configuration]" in result.stderr


def test_folders_stand_for_their_documents(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("b.md", "a/c.tex", "a/d.ipynb", "a/e.py", ".git/f.md"):
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("")
    seen: list[str] = []

    def verifier(path: str, **_: object) -> Report:
        seen.append(path)
        return Report(())

    CliRunner().invoke(cli.main, ["verify", ".", "b.md"], obj=verifier)
    assert seen == ["a/c.tex", "a/d.ipynb", "b.md", "b.md"]


def test_the_hook_runs_the_command() -> None:
    (hook,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
    assert {"id", "name", "entry", "language", "files"} <= set(hook)
    program, *arguments = hook["entry"].split()
    assert program == "derivations"
    result = CliRunner().invoke(cli.main, [*arguments, "x.md", "y.tex"], obj=says("2.1"))
    assert result.exit_code == 1
    assert "refuted" in result.stdout


def test_limits_are_those_of_the_table(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[tool.derivations.limits]\nexponent = 7\nclaim-seconds = 0.5\n")
    assert settings(tmp_path).limits == replace(Limits(), exponent=7, claim_seconds=0.5)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("exponents = 7", "knows no 'exponents'"),
        ("exponent = 0", "expected a whole number above 0 and up to 1000000000 for 'limits.exponent'"),
        ("exponent = 1.5", "expected a whole number"),
        ("exponent = true", "expected a whole number"),
        ("exponent = 10000000000", "expected a whole number"),
        ("claim-seconds = nan", "expected a number of seconds"),
        ("claim-seconds = -1", "expected a number of seconds"),
        ("claim-seconds = '1'", "expected a number of seconds"),
    ],
)
def test_wrong_limits_are_refused(line: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(f"[tool.derivations.limits]\n{line}\n")
    with pytest.raises(Problem) as raised:
        settings(tmp_path)
    assert message in raised.value.message


def test_the_documentation_lists_the_limits() -> None:
    """As TOML that says what holds anyway."""
    text = (ROOT / "docs" / "limits.md").read_text()
    table = tomllib.loads(text.split("```toml\n")[1].split("```")[0])["tool"]["derivations"]["limits"]
    assert {name.replace("-", "_"): value for name, value in table.items()} == asdict(Limits())
