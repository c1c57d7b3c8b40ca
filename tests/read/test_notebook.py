"""Notebooks: their Markdown cells, with places as people see them."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations import verify
from derivations.read.document import Document
from derivations.read.notebook import read_notebook
from derivations.source import Problem, Source


def notebook(*cells: tuple[str, object]) -> str:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": [
        {"cell_type": kind, "metadata": {}, "source": text} for kind, text in cells
    ]})  # fmt: skip


def read(*cells: tuple[str, object]) -> Document:
    return read_notebook(Source("test.ipynb", notebook(*cells)))


def test_formulas_of_markdown_cells_are_found_where_they_stand() -> None:
    document = read(("markdown", "# 题 $a$"), ("code", "x = '$b$'"), ("markdown", ["so\n", "$$c\n", "= d$$\n"]))
    found = [(document.latex(one), document.source.where(one.span.start)) for one in document.formulas]
    assert found == [("a", "test.ipynb:cell 1:1:6"), ("c\n= d", "test.ipynb:cell 3:2:3")]


def test_what_one_cell_leaves_open_does_not_swallow_the_next() -> None:
    document = read(("markdown", "$$a"), ("markdown", "```\n$b$"), ("markdown", "$c$"))
    assert [document.latex(one) for one in document.formulas] == ["c"]
    (problem,) = document.problems
    assert problem.code == "unbalanced-math"
    assert [problem for _, problem in document.unclosed] == [problem]


@pytest.mark.parametrize("kind", ["markdown", "raw"])
def test_front_matter_in_the_first_cell(kind: str) -> None:
    document = read((kind, "---\ngiven:\n  - x \\in \\mathbb{R}\n---\n"), ("markdown", "$$y = x$$"))
    assert document.front_matter is not None
    assert [one.text for one in document.front_matter.sentences] == [r"x \in \mathbb{R}"]


def test_quotes_stay_shadows_in_their_cell() -> None:
    document = read(("markdown", "a"), ("markdown", "> $$x\n> = y$$"))
    assert [document.latex(one).split() for one in document.displays] == [["x", "=", "y"]]


def test_macros_of_one_cell_hold_in_the_next() -> None:
    cells = ("markdown", r"$$\newcommand{\R}{\mathbb{R}}$$ $x \in \R$"), ("markdown", "$$y = x$$ and\n\n$$y = \\nosuch$$")
    report = verify("test.ipynb", text=notebook(*cells))
    assert [claim.word for claim in report.claims] == ["definition", "unreadable"]
    source = report.documents[0].source
    assert source.where(report.claims[1].span.start) == "test.ipynb:cell 2:3:7"


def test_a_notebook_without_text_is_empty() -> None:
    assert [problem.code for problem in read(("code", "x = 1")).problems] == ["empty"]
    assert [problem.code for problem in read().problems] == ["empty"]


@pytest.mark.parametrize(
    ("text", "place"),
    [("", 0), ("{", 1), ('{"cells": [}', 11), ("[]", 0), ('{"cells": 3}', 0),
     ('{"cells": [{"cell_type": "markdown", "source": 3}]}', 0),
     ("[" * 100_000, 0), ('{"cells": ' + "9" * 5000 + "}", 0)],
)  # fmt: skip
def test_what_is_no_notebook_is_told_with_its_place(text: str, place: int) -> None:
    with pytest.raises(Problem) as raised:
        read_notebook(Source("test.ipynb", text))
    assert raised.value.code == "notebook"
    assert raised.value.span is not None
    assert raised.value.span.start == place


KEYS = st.sampled_from(["cells", "cell_type", "source", "worksheets"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10) | st.sampled_from(["markdown", "$$", "$a$", "\ud800"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=12,
)  # fmt: skip


@settings(deadline=None, max_examples=200)
@given(st.one_of(JSON.map(json.dumps), st.text(max_size=30), st.lists(st.text(max_size=20)).map(
    lambda texts: notebook(*(("markdown", text) for text in texts)))))  # fmt: skip
def test_nothing_but_problems_is_raised(text: str) -> None:
    try:
        document = read_notebook(Source("test.ipynb", text))
    except Problem:
        return
    assert len(document.text) == len(document.source.text)
    for formula in document.formulas:
        assert 0 <= formula.outer.start <= formula.span.end <= len(document.text)
        assert document.source.cell(formula.span.start) is not None


def test_a_sheet_without_cells_costs_nothing() -> None:
    """A file in the old format (nbformat 3), one of whose sheets is broken."""
    text = '{"worksheets": [{"cells": null}, {"cells": [{"cell_type": "markdown", "source": "$$a = b$$"}]}]}'
    assert len(read_notebook(Source("a.ipynb", text)).displays) == 1
