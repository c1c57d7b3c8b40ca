"""The computation graph: what is computed from what, and which gradients are claimed."""

from pathlib import Path
from xml.etree import ElementTree

import pytest

from derivations.pipeline import verify
from derivations.report.graph import Claimed, Edge, Graph, Node, claimed_gradients, graph
from derivations.report.outline import SYMBOLS, DocumentReport
from derivations.report.svg import graph_svg, svg

ROOT = Path(__file__).resolve().parents[2]
DENSE = """---
given:
  - X \\in \\mathbb{R}^{N \\times D}
  - W \\in \\mathbb{R}^{D \\times H}
---
$$Z = X W$$
$$L = \\operatorname{tr}(Z^T Z)$$
"""


def read(text: str) -> DocumentReport:
    return verify("d.md", text=text, repairs=False).documents[0]


@pytest.fixture(scope="module")
def reference() -> DocumentReport:
    return verify(ROOT / "docs" / "backpropagation.md", repairs=False).documents[0]


def test_the_reference_document(reference: DocumentReport) -> None:
    found = graph(reference)
    assert found is not None
    assert {node.name: (node.role, node.dims) for node in found.nodes} == {
        "X^{(0)}": ("input", ("N", "D")), "W_1": ("parameter", ("D", "H")), "X^{(1)}": ("definition", ("N", "H")),
        "X^{(2)}": ("definition", ("N", "H")), "W_2": ("parameter", ("H", "C")), "X^{(3)}": ("definition", ("N", "C")),
        "X^{(4)}": ("definition", ("N", "C")), "k": ("input", ("N",)), "loss": ("definition", ()), "L": ("loss", ()),
    }  # fmt: skip
    assert {(edge.source, edge.target) for edge in found.edges if edge.word is None} == {
        ("X^{(0)}", "X^{(1)}"), ("W_1", "X^{(1)}"), ("X^{(1)}", "X^{(2)}"), ("X^{(2)}", "X^{(3)}"), ("W_2", "X^{(3)}"),
        ("X^{(3)}", "X^{(4)}"), ("X^{(4)}", "loss"), ("k", "loss"), ("X^{(3)}", "L"), ("k", "L"),
    }  # fmt: skip
    assert {(edge.source, edge.target): edge.word for edge in found.edges if edge.word is not None} == {
        ("L", "X^{(3)}"): "refuted", ("X^{(3)}", "W_2"): "proved", ("X^{(3)}", "X^{(2)}"): "proved",
        ("X^{(2)}", "X^{(1)}"): "proved", ("X^{(1)}", "W_1"): "proved",
    }  # fmt: skip


def test_lines_that_only_name_a_gradient_claim_nothing(reference: DocumentReport) -> None:
    """7.1 is dW_2 = ∂L/∂W_2, 7.2 says what it is; of X^(3) both lines are wrong."""
    claims = {one.by: one.claims for one in claimed_gradients(reference)}
    assert claims == {"X^{(3)}": ("5.1", "5.2"), "W_2": ("7.2",), "X^{(2)}": ("7.4",), "X^{(1)}": ("8.1",), "W_1": ("9.1",)}


@pytest.mark.parametrize(
    ("line", "claimed"),
    [
        ("\\frac{\\partial L}{\\partial W} = 2X^TZ", [Claimed("L", "W", "proved", ("3.1",))]),
        ("\\frac{\\partial L}{\\partial W} = X^TZ", [Claimed("L", "W", "refuted", ("3.1",))]),
        ("2X^TZ = \\frac{\\partial L}{\\partial W}", [Claimed("L", "W", "proved", ("3.1",))]),
        ("\\frac{\\partial L}{\\partial W_{ij}} = (2X^TZ)_{ij}", [Claimed("L", "W", "proved", ("3.1",))]),
        ("\\left(\\frac{\\partial L}{\\partial W}\\right)^T = 2Z^TX", [Claimed("L", "W", "proved", ("3.1",))]),
        ("\\frac{\\partial L}{\\partial W} = 2X^TZ = X^TZ", [Claimed("L", "W", "refuted", ("3.1", "3.2"))]),
        ("dL = 2\\operatorname{tr}(Z^T X\\,dW)", [Claimed("L", "W", "proved", ("3.1",))]),
        ("L = \\operatorname{tr}(ZZ^T)", []),
        ("G = \\frac{\\partial L}{\\partial W}, \\qquad G = X^TZ", [Claimed("L", "W", "refuted", ("3.2",))]),
    ],
)
def test_what_a_line_claims(line: str, claimed: list[Claimed]) -> None:
    assert claimed_gradients(read(f"{DENSE}\n$${line}$$\n")) == claimed


def test_a_gradient_flows_back_along_every_edge_towards_the_loss() -> None:
    document = read(DENSE + "$$\\frac{\\partial L}{\\partial W} = 2X^TZ$$\n$$P = W + W$$\n")
    found = graph(document)
    assert found is not None
    assert [(edge.source, edge.target) for edge in found.edges if edge.word] == [("Z", "W")]  # not from P


def test_an_edge_has_the_worst_of_its_verdicts() -> None:
    lines = "$$M = \\operatorname{tr}(Z Z^T)$$\n$$\\frac{\\partial L}{\\partial W} = 2X^TZ$$\n"
    lines += "$$\\frac{\\partial M}{\\partial W} = X^TZ$$\n"
    found = graph(read(DENSE + lines))
    assert found is not None
    assert {(edge.source, edge.target): edge.word for edge in found.edges if edge.word} == {("Z", "W"): "refuted"}


@pytest.mark.parametrize("name", ["a<b", "a \\& b", "\\text{<script>}", "\\unknown{<script>}", "x_{<}"])
def test_names_are_text(name: str) -> None:
    node = Node(name, "input", (name,), "<b>", (Claimed(name, name, "proved", ("1<2",)),), 5.0, 5.0, 4.0, 4.0)
    root = ElementTree.fromstring(svg(Graph((node,), (Edge(name, name, ((0.0, 0.0), (1.0, 1.0))),), 10.0, 10.0)))
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags <= {"svg", "title", "desc", "g", "path", "rect", "text", "tspan"}
    assert "<" in "".join(root.itertext())


def test_names_of_gradients_are_no_nodes() -> None:
    found = graph(read(DENSE + "$$\\delta = \\frac{\\partial L}{\\partial Z}$$\n$$M = 2\\delta$$\n"))
    assert found is not None
    assert [node.name for node in found.nodes] == ["X", "W", "Z", "L"]


def test_without_definitions_there_is_no_picture() -> None:
    assert graph_svg(read("$$1 + 1 = 2$$\n")) is None
    assert graph_svg(read("---\ngiven: ['A \\in \\mathbb{R}^{n \\times n}']\n---\n$$(A^T)^T = A$$\n")) is None


def test_too_large_a_picture_is_none() -> None:
    lines = "".join(f"$$a_{{{n}}} = 2a_{{{n - 1}}}$$\n" for n in range(1, 80))
    assert graph_svg(read("---\ngiven: ['a_{0} \\in \\mathbb{R}']\n---\n" + lines)) is None


def test_the_picture_tells_verdicts_by_signs_and_in_words(reference: DocumentReport) -> None:
    drawn = graph_svg(reference)
    assert drawn is not None
    root = ElementTree.fromstring(drawn)
    texts = ["".join(one.itertext()) for one in root.iter("{http://www.w3.org/2000/svg}text")]
    assert texts.count(SYMBOLS["refuted"]) == 1
    assert texts.count(SYMBOLS["proved"]) == 4
    assert "✗ ∂L/∂X(3) 5.1, 5.2" in texts
    described = root.findtext("{http://www.w3.org/2000/svg}desc")
    assert described is not None
    assert "X^(3) from W_2, X^(2)" in described
    assert "∂L/∂X^(3): refuted (line 5.1, 5.2)" in described
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "desc", "g", "path", "rect", "text", "tspan"}
    assert not any(name in ("style", "href") or name.startswith("on") for element in root.iter() for name in element.attrib)
