"""The formats for other tools: SARIF, JUnit XML, GitHub annotations; their structure as the standards have it."""

import json
import re
from xml.etree import ElementTree

from derivations.report.github import as_github
from derivations.report.junit import as_junit
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay
from derivations.report.sarif import as_sarif
from derivations.source import Cell, Problem, Source, Span
from derivations.verdicts import Unreadable
from report_sample import ERROR, EVERYTHING, WARNING, Report, display, document, unreadable

HOSTILE = Report((document(display("2.1"), display("4.1"), unreadable(), problems=(WARNING, ERROR)),))


def notebook() -> Report:
    source = Source("a b.ipynb", "x\n\n$$y$$\n", (Cell(1, 0), Cell(4, 3)))
    claim = JudgedClaim("1.1", Span(5, 6), "y", "equality", Unreadable(Problem("words", "a,b: 100%\nc", Span(5, 6))))
    return Report((DocumentReport(source, (JudgedDisplay(Span(3, 8), "y", (claim,)),)),))


def check_sarif(text: str) -> list[dict[str, object]]:
    """The required properties of SARIF 2.1.0, their types and their ranges; the results of the one run."""
    whole = json.loads(text)
    assert set(whole) == {"$schema", "version", "runs"}
    assert whole["version"] == "2.1.0"
    (run,) = whole["runs"]
    assert set(run) == {"tool", "columnKind", "results"}
    assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
    driver = run["tool"]["driver"]
    assert isinstance(driver["name"], str)
    rules = [rule["id"] for rule in driver["rules"]]
    assert len(rules) == len(set(rules))
    assert all(isinstance(rule["shortDescription"]["text"], str) for rule in driver["rules"])
    for result in run["results"]:
        assert set(result) == {"ruleId", "ruleIndex", "level", "message", "locations"}
        assert rules[result["ruleIndex"]] == result["ruleId"]
        assert result["level"] in ("none", "note", "warning", "error")
        assert result["message"]["text"]
        (location,) = result["locations"]
        assert set(location) <= {"physicalLocation", "logicalLocations"}
        physical = location["physicalLocation"]
        assert re.fullmatch(r"[A-Za-z0-9._~:/?#@!$&'()*+,;=%-]+", physical["artifactLocation"]["uri"])
        region = physical["region"]
        assert all(isinstance(value, int) and value >= 1 for value in region.values())
        assert (region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"])
    return run["results"]  # type: ignore[no-any-return]


def test_sarif_is_valid() -> None:
    assert [result["ruleId"] for result in check_sarif(as_sarif(EVERYTHING))].count("counterexample") == 1
    assert len(check_sarif(as_sarif(HOSTILE))) == 5
    assert check_sarif(as_sarif(Report(()))) == []


def test_sarif_has_what_is_wrong_and_nothing_else() -> None:
    assert check_sarif(as_sarif(Report((document(display("1.1"), display("3.1")),)))) == []


def test_sarif_places() -> None:
    (result,) = check_sarif(as_sarif(Report((document(display("2.1")),))))
    (location,) = result["locations"]  # type: ignore[misc]
    assert location["physicalLocation"]["region"] == {"startLine": 3, "startColumn": 8, "endLine": 3, "endColumn": 22}
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "doc.md"
    assert location["logicalLocations"] == [{"name": "claim 2.1"}]


def test_sarif_names_the_cell_of_a_notebook() -> None:
    (result,) = check_sarif(as_sarif(notebook()))
    (location,) = result["locations"]  # type: ignore[misc]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.ipynb"
    assert location["physicalLocation"]["region"]["startLine"] == 1
    assert location["logicalLocations"] == [{"name": "cell 4"}, {"name": "claim 1.1"}]


def check_junit(text: str) -> ElementTree.Element:
    """The elements and attributes that the usual schema knows, and counts that are right."""
    root = ElementTree.fromstring(text)
    assert root.tag == "testsuites"
    for suite in root:
        assert suite.tag == "testsuite"
        assert set(suite.attrib) == {"name", "tests", "failures", "errors", "skipped"}
        cases = suite.findall("testcase")
        assert len(cases) == len(suite) == int(suite.attrib["tests"])
        for tag, count in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
            assert len(suite.findall(f"testcase/{tag}")) == int(suite.attrib[count])
        for case in cases:
            assert set(case.attrib) == {"name", "classname"}
            assert len(case) <= 1
            assert all(child.tag == "skipped" or set(child.attrib) == {"message", "type"} for child in case)
    for count in ("tests", "failures", "errors"):
        assert int(root.attrib[count]) == sum(int(suite.attrib[count]) for suite in root)
    return root


def test_junit_is_valid() -> None:
    root = check_junit(as_junit(EVERYTHING))
    assert {key: root.attrib[key] for key in ("tests", "failures", "errors")} == {
        "tests": "6", "failures": "2", "errors": "1",
    }  # fmt: skip
    check_junit(as_junit(HOSTILE))
    check_junit(as_junit(notebook()))
    check_junit(as_junit(Report(())))


def test_junit_holds_no_character_that_xml_cannot() -> None:
    assert not re.search("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]", as_junit(HOSTILE))


def test_github_annotations() -> None:
    lines = as_github(HOSTILE).splitlines()
    assert len(lines) == 5
    assert all(re.fullmatch(r"::(error|warning) file=[^,:]+(,[A-Za-z]+=[^,:]+)*::.+", line) for line in lines)
    assert as_github(Report((document(display("2.1")),))).startswith(
        "::error file=doc.md,line=3,endLine=3,col=8,endColumn=22,title=claim 2.1 refuted [counterexample]::"
    )


def test_github_escapes_what_would_end_a_command() -> None:
    assert as_github(notebook()) == (
        "::error file=a b.ipynb,title=claim 1.1 unreadable [words]::cell 4, line 1: a,b: 100%25 c\n"
    )
