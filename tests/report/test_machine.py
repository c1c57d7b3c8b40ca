"""The JSON object of the contract, key by key."""

import json

from derivations.report.machine import as_json, as_object
from report_sample import EVERYTHING, Report, document, unreadable

CLAIM_KEYS = [
    "id",
    "line",
    "column",
    "end_line",
    "end_column",
    "latex",
    "kind",
    "verdict",
    "scope",
    "method",
    "conventions",
    "conditions",
    "code",
    "message",
    "witness",
    "repair",
]


def test_the_object_has_the_keys_of_the_contract() -> None:
    whole = as_object(EVERYTHING)
    assert list(whole) == ["version", "documents", "summary"]
    (one,) = whole["documents"]
    assert list(one) == ["path", "readings", "displays"]
    for display in one["displays"]:
        assert list(display) == ["line", "column", "latex", "verdict", "claims"]
        assert all(list(claim) == CLAIM_KEYS for claim in display["claims"])
    assert whole["summary"] == {"definition": 1, "proved": 2, "refuted": 2, "unknown": 1, "unreadable": 1}


def test_a_refuted_claim() -> None:
    display = as_object(EVERYTHING)["documents"][0]["displays"][1]
    assert (display["line"], display["column"], display["verdict"]) == (3, 6, "refuted")
    assert display["claims"] == [
        {
            "id": "2.1",
            "line": 3,
            "column": 8,
            "end_line": 3,
            "end_column": 22,
            "latex": "G = \\sum_i P_i",
            "kind": "gradient",
            "verdict": "refuted",
            "scope": None,
            "method": "exact evaluation",
            "conventions": ["k is read as k_i"],
            "conditions": [],
            "code": "counterexample",
            "message": "the sum hides the free i: at i = 1, m = 2 the left side is 1/3, the right 1/2 + 3 ln 2",
            "witness": {
                "sizes": {"N": 2, "C": 2},
                "inputs": {
                    "X^{(3)}": [["0", "log(2)"], ["1", "-1/2 + 3*log(2)/2"]],
                    "b": "log(2)",
                    "z": ["0", "0"],
                    "dv": ["1", "0"],
                    "k": ["1", "2"],
                    "y": "2",
                    "\\ell": "x_1^2 - 3*x_2",
                },
                "entry": {"i": 1, "m": 2},
                "left": "1/3",
                "right": "1/2 + 3*log(2)",
            },
            "repair": {"latex": "G = P_i", "edit": "drop \\sum_i", "scope": "all sizes"},
        }
    ]


def test_scopes() -> None:
    first, second = as_object(EVERYTHING)["documents"][0]["displays"][2]["claims"]
    assert first["scope"] == "all sizes"
    assert first["conditions"] == ["A invertible"]
    assert second["scope"] == [{"N": 2, "C": 3}, {"N": 3, "C": 2}]


def test_shapes_as_witness_and_the_place_of_what_is_unreadable() -> None:
    displays = as_object(EVERYTHING)["documents"][0]["displays"]
    assert displays[4]["claims"][0]["witness"] == {"shapes": {"X": "N × C", "Y": "C × N"}}
    assert displays[5]["claims"][0]["message"] == "q is not declared (line 5, column 7)"


def test_the_text_is_ascii_and_reads_back() -> None:
    text = as_json(EVERYTHING)
    assert text.isascii()
    assert "\x1b" not in text
    assert json.loads(text) == as_object(EVERYTHING)
    assert json.loads(as_json(Report((document(unreadable()),))))["summary"]["unreadable"] == 1
