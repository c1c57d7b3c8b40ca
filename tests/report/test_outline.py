"""The rules that no printer may decide: worst verdict, exit status, codes, numbers of a witness."""

from dataclasses import replace
from fractions import Fraction

import pytest

from derivations.report.outline import Report, code, entry, inputs, message, nested, polynomial_text, readable_number, worst
from derivations.report.terminal import concise, full
from derivations.verdicts import Polynomial, Refuted, Word
from report_sample import COUNTEREXAMPLE, ERROR, EVERYTHING, STATEMENT, WARNING, claim, display, document, unreadable


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("proved", "definition"), "proved"),
        (("proved", "unknown", "definition"), "unknown"),
        (("unknown", "unreadable"), "unreadable"),
        (("unreadable", "refuted", "proved"), "refuted"),
        ((), "definition"),
    ],
)
def test_a_display_has_the_worst_verdict_of_its_claims(words: tuple[Word, ...], expected: Word) -> None:
    assert worst(words) == expected


def test_claims_are_found_by_their_id() -> None:
    assert EVERYTHING["2.1"].word == "refuted"
    assert [one.id for one in EVERYTHING.refuted] == ["2.1", "5.1"]
    assert len(EVERYTHING.claims) == 7
    with pytest.raises(KeyError, match=r"no claim 9\.9"):
        EVERYTHING["9.9"]
    with pytest.raises(KeyError, match="2 documents"):
        Report(EVERYTHING.documents * 2)["2.1"]


def test_the_summary_counts_claims() -> None:
    assert EVERYTHING.summary == {"definition": 1, "proved": 2, "refuted": 2, "unknown": 1, "unreadable": 1}
    assert list(EVERYTHING.summary) == ["definition", "proved", "refuted", "unknown", "unreadable"]


@pytest.mark.parametrize(
    ("report", "status", "strict"),
    [
        (document(display("1.1"), display("3.1")), 0, 0),
        (document(display("3.1"), display("2.1")), 1, 1),
        (document(display("3.1"), display("4.1")), 0, 1),
        (document(display("3.1"), unreadable()), 0, 1),
        (document(display("2.1"), unreadable()), 1, 1),
        (document(unreadable()), 2, 2),
        (document(display("1.1"), unreadable()), 2, 2),
        (document(display("3.1"), problems=(WARNING,)), 0, 0),
        (document(display("3.1"), problems=(ERROR,)), 0, 1),
        (document(), 0, 0),
        (document(problems=(WARNING,)), 0, 0),
        (document(problems=(ERROR,)), 2, 2),
        (document(display("1.1"), problems=(ERROR,)), 0, 1),
    ],
)
def test_exit_status(report: object, status: int, strict: int) -> None:
    whole = Report((report,))  # type: ignore[arg-type]
    assert (whole.exit_status(), whole.exit_status(strict=True)) == (status, strict)


def test_the_worst_document_decides() -> None:
    good, bad, ill = document(display("3.1")), document(display("2.1")), document(unreadable())
    assert Report((good, bad)).exit_status() == 1
    assert Report((bad, ill, good)).exit_status() == 2
    assert Report(()).exit_status() == 0


def test_select_and_ignore_take_codes_and_verdicts() -> None:
    assert [one.id for one in EVERYTHING.selected(select=["refuted"]).claims] == ["2.1", "5.1"]
    assert [one.id for one in EVERYTHING.selected(select=["shapes", "undeclared"]).claims] == ["5.1", "6.1"]
    assert [one.id for one in EVERYTHING.selected(ignore=["proved", "counterexample"]).claims] == ["1.1", "4.1", "5.1", "6.1"]
    assert EVERYTHING.selected(ignore=["unknown-key"]).problems == ()
    assert EVERYTHING.selected() == EVERYTHING


def test_what_is_left_out_is_counted() -> None:
    """A page without the claims that were deselected does not call the document empty."""
    few, none = EVERYTHING.selected(select=["refuted"]), EVERYTHING.selected(select=["nothing-has-this"])
    assert (few.documents[0].hidden, none.documents[0].hidden) == (5, 7)
    assert full(few).endswith("2 refuted, 0 unknown, 0 unreadable (5 not shown)\n")
    assert "nothing was judged" not in full(none) + concise(none)
    assert Report((document(display("2.1"), problems=(ERROR,)),)).selected(ignore=["counterexample"]).exit_status() == 0
    assert full(none).endswith("none of the 7 claims is shown\n")


def test_codes() -> None:
    codes = {one.id: code(one.verdict) for one in EVERYTHING.claims}
    assert codes == {
        "1.1": None,
        "2.1": "counterexample",
        "3.1": None,
        "3.2": None,
        "4.1": "time-limit",
        "5.1": "shapes",
        "6.1": "undeclared",
    }


def test_what_differs_in_words() -> None:
    assert message(claim("2.1").verdict).endswith("at i = 1, m = 2 the left side is 1/3, the right 1/2 + 3 ln 2")
    whole = replace(COUNTEREXAMPLE, free_indices={}, entry=(1, 2), right="1/2")
    assert message(Refuted(whole)) == "entry (1, 2) of the left side is 1/3, of the right 1/2"
    both = replace(whole, free_indices={"t": 3})
    assert message(Refuted(both)) == "at t = 3, entry (1, 2) of the left side is 1/3, of the right 1/2"


def test_inputs_are_nested_as_the_arrays_are() -> None:
    """Row by row at the witness's sizes; a name of unknown shape stays flat."""
    verdict = claim("2.1").verdict
    assert isinstance(verdict, Refuted)
    assert inputs(verdict) == {
        "X^{(3)}": [["0", "log(2)"], ["1", "-1/2 + 3*log(2)/2"]],
        "b": "log(2)",
        "z": ["0", "0"],
        "dv": ["1", "0"],
        "k": ["1", "2"],
        "y": "2",
        "\\ell": "x_1^2 - 3*x_2",
    }
    without = Refuted(verdict.witness)
    assert inputs(without)["X^{(3)}"] == ["0", "log(2)", "1", "-1/2 + 3*log(2)/2"]
    assert STATEMENT.context.variables["X^{(3)}"].shape != ()


def test_nesting_keeps_row_major_order() -> None:
    values = [str(one) for one in range(6)]
    assert nested(values, (2, 3)) == [["0", "1", "2"], ["3", "4", "5"]]
    assert nested(values, (3, 1, 2)) == [[["0", "1"]], [["2", "3"]], [["4", "5"]]]
    assert nested(values, (2, 2)) == values


def test_the_place_of_an_entry() -> None:
    assert entry(COUNTEREXAMPLE) == {"i": 1, "m": 2}
    assert entry(replace(COUNTEREXAMPLE, free_indices={}, entry=(3, 4))) == {"row": 3, "column": 4}
    assert entry(replace(COUNTEREXAMPLE, free_indices={}, entry=(3,))) == {"row": 3}


def test_polynomials_in_words() -> None:
    assert polynomial_text(Polynomial(((Fraction(1), (3,)), (Fraction(-1), (1,)), (Fraction(1, 2), (0,))))) == "x^3 - x + 1/2"
    assert polynomial_text(Polynomial(())) == "0"


def test_readable_numbers() -> None:
    assert readable_number("1/2 + 3*log(2)") == "1/2 + 3 ln 2"
    assert readable_number("-log(2)/3") == "-ln 2/3"
    assert readable_number("1/2 + 3*log(2)^2/2") == "1/2 + 3 (ln 2)^2/2"
