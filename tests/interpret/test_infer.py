"""Shapes that follow from use: what is true is proved, what is false is refuted where nothing else can be meant."""

from __future__ import annotations

from pathlib import Path
from typing import TypedDict

import pytest
import yaml

from derivations.expr import ONE, Dim
from derivations.interpret.dimensions import Dimensions
from derivations.pipeline import verify
from derivations.report.outline import DocumentReport, message
from derivations.verdicts import Unreadable


class Row(TypedDict):
    title: str
    verdict: str
    lines: list[str]
    twin: str
    twin_verdict: str


ROWS: list[Row] = yaml.safe_load((Path(__file__).parent / "inferred.yaml").read_text(encoding="utf-8"))


def read(*lines: str) -> DocumentReport:
    return verify(text="\n\n".join(lines), repairs=False).documents[0]


@pytest.mark.parametrize("row", ROWS, ids=[row["title"] for row in ROWS])
def test_claims_get_their_verdict(row: Row) -> None:
    """The last line has the verdict of its row; what stands before it is understood."""
    *before, last = read(*row["lines"]).claims
    assert last.word == row["verdict"], message(last.verdict)
    assert {claim.word for claim in before} <= {"definition", "proved"}


@pytest.mark.parametrize("row", ROWS, ids=[row["title"] for row in ROWS])
def test_spoiled_twins(row: Row) -> None:
    """A false last line is refuted, or unreadable where something unsaid may be meant; never proved."""
    last = read(*row["lines"][:-1], f"$${row['twin']}$$").claims[-1]
    assert last.word == row["twin_verdict"], message(last.verdict)


# ------------------------------------------------------------------- readings

BIAS = r"$$\frac{\partial L}{\partial b} = y - t$$"
LAYER = (r"$$y = Wx + b, \qquad L = \frac12\|y - t\|^2$$",)


def test_what_was_inferred_is_told() -> None:
    told = read(*LAYER).readings
    for name, shape in (("W", "n×m"), ("x", "a column of m"), ("b", "a column of n"), ("t", "a column of n")):
        assert f"{name} is read as {shape}: inferred from use" in told


def test_a_document_that_declares_everything_infers_nothing() -> None:
    declared = r"$W \in \mathbb{R}^{n \times m}$, $x \in \mathbb{R}^m$, $b \in \mathbb{R}^n$, $t \in \mathbb{R}^n$"
    assert not [told for told in read(declared, *LAYER).readings if "inferred" in told]


def test_sizes_take_no_letter_of_the_document() -> None:
    told = read(r"$$n = W m, \qquad L = \|n - p\|^2$$").readings
    assert "W is read as q×r: inferred from use" in told


def test_there_are_sizes_for_every_array() -> None:
    """More arrays than letters, and no end of them."""
    lines = [rf"$$y_{{{k}}} = W_{{{k}}} x_{{{k}}}$$" for k in range(1, 30)]
    told = read(*lines).readings
    assert len({sentence.split(" is read as ")[1] for sentence in told if sentence.startswith("W")}) == 29


def test_declared_sizes_stay() -> None:
    told = read(r"Let $X \in \mathbb{R}^{N \times D}$.", r"$$Z = XW, \quad L = \|Z\|_F^2$$").readings
    assert "W is read as D×n: inferred from use" in told


def test_an_array_never_shrinks_to_a_number() -> None:
    """Otherwise every product would conform at size 1."""
    dimensions = Dimensions()
    size = dimensions.proper()
    assert not dimensions.unify(size, ONE)
    assert not dimensions.unify(ONE, size)
    assert dimensions.unify(dimensions.fresh(), size)
    assert dimensions.unify(size, Dim(3))


# ------------------------------------------------------- what is not refuted


def unreadable(*lines: str) -> tuple[str, str]:
    verdict = read(*lines).claims[-1].verdict
    assert isinstance(verdict, Unreadable), message(verdict)
    return verdict.problem.code, verdict.problem.message


def test_inferred_shapes_alone_refute_nothing() -> None:
    code, _ = unreadable(*LAYER, BIAS, r"$$\frac{\partial L}{\partial W} = x(y - t)^T$$")
    assert code == "nonconforming"


def test_declared_shapes_do() -> None:
    declared = r"$W \in \mathbb{R}^{n \times m}$, $x \in \mathbb{R}^m$, $b \in \mathbb{R}^n$, $t \in \mathbb{R}^n$"
    assert read(declared, *LAYER, BIAS, r"$$\frac{\partial L}{\partial W} = x(y - t)^T$$").claims[-1].word == "refuted"


def test_false_lines_bend_no_sizes() -> None:
    """A transposed gradient would make W square."""
    told = read(*LAYER, BIAS, r"$$\frac{\partial L}{\partial W} = x(y - t)^T$$").readings
    assert "W is read as n×m: inferred from use" in told


def test_a_property_that_words_may_have_given_is_named() -> None:
    code, text = unreadable(r"$$f = x^TAx$$", r"$$\nabla_x f = 2Ax$$")
    assert (code, text) == ("undeclared", "this holds if A is symmetric, which nothing says")


def test_a_number_may_be_a_size() -> None:
    _, text = unreadable(r"$$f = \frac{1}{N} \mathbf{1}^Tx, \quad y = x - f \mathbf{1}$$", r"$$\mathbf{1}^T y = 0$$")
    assert text == "this holds if N is the size n, which nothing says"


def test_a_scalar_that_is_defined_nowhere_depends_on_what_the_document_computes() -> None:
    lines = (r"$$y = Wx$$", r"$$\frac{\partial L}{\partial x} = W^T \frac{\partial L}{\partial y}$$")
    document = read(*lines)
    assert document.claims[-1].word == "proved"
    assert "L is read as some function of y: the document differentiates it and defines it nowhere" in document.readings
    _, text = unreadable(lines[0], lines[1].replace("= W", "= 2W"))
    assert text == "false as far as the document goes, but nothing says what L is"


def test_what_stands_in_the_differentiated_formula_is_known_well_enough_to_refute() -> None:
    """The targets y of a loss that is defined as a function of w: nobody says more of them, and a wrong sign is a wrong sign."""
    lines = (
        r"$$J(w) = \frac{1}{2m} \sum_{i=1}^m (\hat y_i - y_i)^2, \quad \hat y = Xw$$",
        r"$$\frac{\partial J}{\partial w_j} = \frac1m \sum_{i=1}^m (\hat y_i - y_i) x_{ij}$$",
    )
    assert read(*lines).claims[-1].word == "proved"
    assert read(lines[0], lines[1].replace(r"= \frac1m", r"= -\frac1m")).claims[-1].word == "refuted"
    assert read(lines[0], lines[1].replace("x_{ij}", "x_{ij}^2")).claims[-1].word == "refuted"


def test_a_likelihood_is_a_function_of_its_parameter_and_no_matrix_before_a_column() -> None:
    lines = (
        r"$$L(\theta) = \prod_{i=1}^n \theta^{x_i} (1 - \theta)^{1 - x_i}$$",
        r"$$\log L(\theta) = \sum_{i=1}^n \left[ x_i \log\theta + (1 - x_i) \log(1 - \theta) \right]$$",
    )
    assert [claim.word for claim in read(*lines).claims] == ["definition", "proved"]
    assert read(lines[0], lines[1].replace("(1 - x_i)", "(1 + x_i)")).claims[-1].word == "refuted"
