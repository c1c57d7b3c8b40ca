"""Front matter and ``--given`` files: YAML whose sentences keep their places.

The text is composed into YAML nodes and never constructed into objects: a sentence of mathematics is
the text of a node, whatever YAML would make of it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, get_args

import yaml

from derivations.limits import current
from derivations.source import Problem, Source, Span

Layout: TypeAlias = Literal["mixed", "numerator", "denominator"]
LAYOUTS: tuple[str, ...] = get_args(Layout)
KEYS = ("title", "given", "layout", "train")
TRAIN_KEYS = ("loss", "features", "labels", "parameters")
MAX_DEPTH = 8
QUOTE = "put the sentence between single quotes"


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence of mathematics: ``source.slice(span)`` is its text.

    ``source`` is the file itself, or, where YAML quoting makes the text differ from what is in the
    file, a source of its own named ``file:line``.  ``place`` is always in the file.
    """

    source: Source
    span: Span
    place: Span

    @property
    def text(self) -> str:
        return self.source.slice(self.span)


@dataclass(frozen=True, slots=True)
class Train:
    """Which symbol plays which part in training; what is not said is None or empty."""

    loss: Sentence | None = None
    features: Sentence | None = None
    labels: Sentence | None = None
    parameters: tuple[Sentence, ...] = ()


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """What front matter says.  ``source`` is the file that the problems are in."""

    source: Source
    title: str | None = None
    sentences: tuple[Sentence, ...] = ()
    layout: Layout | None = None
    train: Train | None = None
    problems: tuple[Problem, ...] = ()


def parse_front_matter(source: Source, span: Span) -> FrontMatter:
    """The YAML between the two lines ``---`` of a document."""
    return _Parser(source, span).front_matter()


def parse_given_file(source: Source) -> FrontMatter:
    """A whole YAML file, as given with ``--given``."""
    return _Parser(source, Span(0, len(source.text))).front_matter()


def given_sentences(texts: Sequence[str]) -> tuple[Sentence, ...]:
    """Sentences from Python: ``verify(text=…, given=[…])``."""
    return tuple(_standing_alone(f"<given {number}>", text) for number, text in enumerate(texts, 1))


def _standing_alone(name: str, text: str, place: Span | None = None) -> Sentence:
    whole = Span(0, len(text))
    return Sentence(Source(name, text), whole, whole if place is None else place)


class _Loader(yaml.SafeLoader):
    """Composes nodes; aliases and deep nesting are refused before they can cost anything."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            self._refuse("aliases (*name) have no use here")
        if self.depth >= MAX_DEPTH:
            self._refuse("nested too deeply")
        self.depth += 1
        node: yaml.Node | None = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def _refuse(self, problem: str) -> None:
        mark = self.peek_event().start_mark  # type: ignore[no-untyped-call]
        raise yaml.MarkedYAMLError(problem=problem, problem_mark=mark)


@dataclass(slots=True)
class _Parser:
    source: Source
    span: Span
    problems: list[Problem] = field(default_factory=list)

    def front_matter(self) -> FrontMatter:
        entries = self._entries()
        title, layout = entries.get("title"), entries.get("layout")
        return FrontMatter(
            self.source,
            title=self._scalar("title", title),
            sentences=self._sentences("given", entries.get("given")),
            layout=self._layout(layout),
            train=self._train(entries.get("train")),
            problems=tuple(self.problems),
        )

    # --------------------------------------------------------- structure

    def _entries(self) -> dict[str, yaml.Node]:
        """The known keys with their nodes."""
        root = self._compose()
        if isinstance(root, yaml.SequenceNode):  # the sentences alone
            return {"given": root}
        return {} if root is None else self._mapping(root, KEYS, "front-matter")

    def _compose(self) -> yaml.Node | None:
        text = self.source.slice(self.span)
        if len(text) > current().front_matter_characters:
            told = f"{len(text)} characters; the limit is {current().front_matter_characters}"
            self._problem("front-matter-too-long", told, Span(self.span.start, self.span.start))
            return None
        try:
            loader = _Loader(text)
            node: yaml.Node | None = loader.get_single_node()
        except yaml.MarkedYAMLError as error:
            self._malformed(error)
        except yaml.reader.ReaderError as error:
            at = self.span.start + error.position
            self._problem("front-matter", "a character that YAML does not allow", Span(at, at + 1))
        else:
            return node
        return None

    def _malformed(self, error: yaml.MarkedYAMLError) -> None:
        mark = error.problem_mark or error.context_mark
        at = self.span.start + (mark.index if mark else 0)
        message = f"not YAML: {error.problem or error.context}"
        self._problem("front-matter", message, Span(at, at), f"if a sentence stands here, {QUOTE}")

    def _mapping(self, node: yaml.Node, known: tuple[str, ...], what: str) -> dict[str, yaml.Node]:
        """Entries of a mapping by key; unknown and doubled keys are told and left out."""
        if not isinstance(node, yaml.MappingNode):
            expected = ", ".join(known)
            self._problem("front-matter", f"expected `key: value` lines with the keys {expected}", self._place(node))
            return {}
        found: dict[str, yaml.Node] = {}
        for key, value in node.value:
            name = str(key.value)
            if name not in known:
                hint = f"known keys: {', '.join(known)}"
                self._problem("unknown-key", f"the key {name[:40]!r} means nothing here", self._place(key), hint)
            elif name in found:
                self._problem("front-matter", f"the key {name!r} stands here a second time", self._place(key))
            else:
                found[name] = value
        return found

    # ------------------------------------------------------------ values

    def _scalar(self, key: str, node: yaml.Node | None) -> str | None:
        if node is None:
            return None
        if isinstance(node, yaml.ScalarNode):
            return str(node.value)
        self._problem("front-matter", f"expected text behind `{key}:`", self._place(node))
        return None

    def _layout(self, node: yaml.Node | None) -> Layout | None:
        match self._scalar("layout", node):
            case "mixed":
                return "mixed"
            case "numerator":
                return "numerator"
            case "denominator":
                return "denominator"
            case None:
                return None
            case other:
                place = self._place(node) if node else self.span
                self._problem("front-matter", f"no layout {other[:40]!r}: expected one of {', '.join(LAYOUTS)}", place)
                return None

    def _train(self, node: yaml.Node | None) -> Train | None:
        if node is None:
            return None
        entries = self._mapping(node, TRAIN_KEYS, "train")
        one = {key: self._sentence(entries[key]) for key in TRAIN_KEYS[:3] if key in entries}
        parameters = self._sentences("parameters", entries.get("parameters"))
        return Train(one.get("loss"), one.get("features"), one.get("labels"), parameters)

    def _sentences(self, key: str, node: yaml.Node | None) -> tuple[Sentence, ...]:
        """A list of sentences, or a single one."""
        if node is None or (isinstance(node, yaml.ScalarNode) and not node.value):
            return ()
        items = node.value if isinstance(node, yaml.SequenceNode) else [node]
        return tuple(sentence for item in items if (sentence := self._sentence(item)) is not None)

    def _sentence(self, node: yaml.Node) -> Sentence | None:
        sentence = self._scalar_sentence(node) if isinstance(node, yaml.ScalarNode) else self._raw(node)
        if not sentence.text.strip():
            self._problem("front-matter", "an empty entry: expected a sentence of mathematics", self._place(node))
            return None
        if isinstance(node, yaml.ScalarNode) and node.style == '"' and any(ord(c) < 32 for c in node.value):
            message = "between double quotes YAML reads \\t, \\n, \\f … as control characters"
            self._problem("front-matter", message, self._place(node), "use single quotes")
            return None
        return sentence

    # ------------------------------------------------------------ places

    def _scalar_sentence(self, node: yaml.ScalarNode) -> Sentence:
        """In place where the file shows the text itself; a source of its own where quoting changed it."""
        place = self._place(node)
        if node.style in ("|", ">"):
            begin = self.source.text.index("\n", place.start)
            return self._in_place(Span(begin, place.end), place)
        if node.style is None:
            return self._in_place(place, place)
        inner = Span(place.start + 1, place.end - 1)
        if self.source.slice(inner).split() == node.value.split():
            return self._in_place(inner, place)
        line, _ = self.source.position(place.start)
        return _standing_alone(f"{self.source.path}:{line}", str(node.value), place)

    def _raw(self, node: yaml.Node) -> Sentence:
        """A sentence that YAML took for a mapping (``\\ell : …``) or a list: its text as written."""
        start = self._place(node).start
        place = Span(start, max(self._place(leaf).end for leaf in _leaves(node)))
        return self._in_place(place, place)

    def _in_place(self, span: Span, place: Span) -> Sentence:
        text = self.source.slice(span)
        start = span.start + len(text) - len(text.lstrip())
        return Sentence(self.source, Span(start, start + len(text.strip())), place)

    def _place(self, node: yaml.Node) -> Span:
        return Span(self.span.start + node.start_mark.index, self.span.start + node.end_mark.index)

    def _problem(self, code: str, message: str, span: Span, hint: str | None = None) -> None:
        self.problems.append(Problem(code, message, span, hint))


def _leaves(node: yaml.Node) -> Iterator[yaml.Node]:
    """The node and all below it that have an end of their own (a block mapping ends where the next thing begins)."""
    if not isinstance(node, yaml.CollectionNode) or node.flow_style:
        yield node
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from _leaves(item)
    else:
        for key, value in node.value:
            yield from _leaves(key)
            yield from _leaves(value)
