"""Front matter: sentences keep their text and their place, whatever YAML thinks of them."""

import pytest

from derivations.read.given import FrontMatter, given_sentences, parse_front_matter, parse_given_file
from derivations.source import Source, Span


def parse(text: str) -> FrontMatter:
    return parse_given_file(Source("given.yaml", text))


def sentences(text: str) -> list[str]:
    front = parse(text)
    assert front.problems == ()
    return [sentence.text for sentence in front.sentences]


@pytest.mark.parametrize(
    ("entry", "text"),
    [
        (r"X^{(0)} \in \mathbb{R}^{N \times D}      # a matrix", r"X^{(0)} \in \mathbb{R}^{N \times D}"),
        (r"k \in \{1,\dots,C\}^N", r"k \in \{1,\dots,C\}^N"),
        (r"'\ell : \mathbb{R} \to \mathbb{R}'", r"\ell : \mathbb{R} \to \mathbb{R}"),
        (r"\ell : \mathbb{R}^{N \times C} \to \mathbb{R}", r"\ell : \mathbb{R}^{N \times C} \to \mathbb{R}"),
        (r"\ell : \mathbb{R} \to \mathbb{R}  # unquoted", r"\ell : \mathbb{R} \to \mathbb{R}"),
        ("'\\phi''(x) = 1'", "\\phi'(x) = 1"),
        (r'"\\sigma(x) = 1"', r"\sigma(x) = 1"),
        ('"x = 1"', "x = 1"),
        ("|\n    x = 1", "x = 1"),
        ("[W] ", "[W]"),
        ("null", "null"),
        ("1.50", "1.50"),
    ],
)
def test_sentences_as_written(entry: str, text: str) -> None:
    assert sentences(f"given:\n  - {entry}\n  - z = 2\n") == [text, "z = 2"]


def test_places_are_those_of_the_file() -> None:
    """Plain, quoted, literal and colon sentences are read in place; only changed text gets a source of its own."""
    source = Source("d.md", "---\ngiven:\n  - a = 1\n  - 'b = 2'\n  - |\n      c = 3\n  - 'f''(x) = 1'\n  - \\ell : A\n---\n")
    front = parse_front_matter(source, Span(4, source.text.rindex("---")))
    assert front.problems == ()
    found = [(one.source.path, one.source.position(one.span.start), one.text) for one in front.sentences]
    assert found == [
        ("d.md", (3, 5), "a = 1"),
        ("d.md", (4, 6), "b = 2"),
        ("d.md", (6, 7), "c = 3"),
        ("d.md:7", (1, 1), "f'(x) = 1"),
        ("d.md", (8, 5), "\\ell : A"),
    ]
    assert [source.position(one.place.start) for one in front.sentences][3] == (7, 5)


def test_folded_lines_are_one_sentence() -> None:
    (sentence,) = parse("given:\n  - x =\n      y\n").sentences
    assert sentence.text.split() == ["x", "=", "y"]
    assert sentence.source.path == "given.yaml"


def test_title_layout_and_training_parts() -> None:
    front = parse(
        "title: A title\nlayout: numerator\ntrain:\n  loss: L\n  features: X^{(0)}\n  labels: k\n  parameters: [W_1, W_2]\n"
    )
    assert front.problems == ()
    assert (front.title, front.layout) == ("A title", "numerator")
    assert front.train is not None
    parts = (front.train.loss, front.train.features, front.train.labels, *front.train.parameters)
    assert [part.text for part in parts if part] == ["L", "X^{(0)}", "k", "W_1", "W_2"]


def test_a_file_may_be_the_sentences_alone_and_nothing_may_be_said() -> None:
    assert sentences("- x = 1\n- y = 2\n") == ["x = 1", "y = 2"]
    assert sentences("given: x = 1\n") == ["x = 1"]
    assert sentences("") == []
    assert sentences("given:\n") == []


@pytest.mark.parametrize(
    ("text", "code", "position"),
    [
        ("given: [a\n", "front-matter", (2, 1)),
        ("given:\n  - {a} \\in b\n", "front-matter", (2, 9)),
        ("given:\n  - |A| \\neq 0\n", "front-matter", (2, 6)),
        ("given:\n  - '\n", "front-matter", (3, 1)),
        ('given:\n  - "\\sigma"\n', "front-matter", (2, 7)),
        ('given:\n  - "\\nabla"\n', "front-matter", (2, 5)),
        ("given:\n  - ''\n", "front-matter", (2, 5)),
        ("given: &a [*a]\n", "front-matter", (1, 12)),
        ("a: " + "[" * 5000, "front-matter", (1, 11)),
        ("just text\n", "front-matter", (1, 1)),
        ("colour: red\n", "unknown-key", (1, 1)),
        ("train:\n  loss: L\n  optimizer: adam\n", "unknown-key", (3, 3)),
        ("title: a\ntitle: b\n", "front-matter", (2, 1)),
        ("title: [a]\n", "front-matter", (1, 8)),
        ("layout: sideways\n", "front-matter", (1, 9)),
        ("title: a\x07b\n", "front-matter", (1, 9)),
        ("title: " + "x" * 300_000, "front-matter-too-long", (1, 1)),
        ("a: b\n--- \nc: d\n", "front-matter", (2, 1)),
    ],
)
def test_what_is_wrong_is_located(text: str, code: str, position: tuple[int, int]) -> None:
    front = parse(text)
    assert [problem.code for problem in front.problems] == [code]
    span = front.problems[0].span
    assert span is not None
    assert front.source.position(span.start) == position


def test_aliases_cannot_multiply() -> None:
    """Nine levels of nine aliases each: refused at the first one."""
    rows = ["a0: &a0 [x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 10)]
    (problem,) = parse("\n".join(rows)).problems
    assert "alias" in problem.message


def test_tags_construct_nothing() -> None:
    assert sentences("given:\n  - !!python/object/apply:os.system [exit]\n") != []


def test_sentences_from_python() -> None:
    (one, two) = given_sentences(["x = 1", "y = 2"])
    assert (one.text, two.text) == ("x = 1", "y = 2")
    assert two.source.path == "<given 2>"
