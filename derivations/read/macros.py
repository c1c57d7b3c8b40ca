"""Author macros, expanded; every place of the result is still a place of the source.

``\\newcommand``, ``\\def`` and their kin are carried out as TeX does, as far as notation needs it: parameters in braces,
an optional first one, macros that use macros.  A text that is being read is a stack of frames: the source below,
on top the expansions that are under way.  Expansion costs what it may cost: what is beyond the limits ends in a ``Problem``.

A command that the formula reader gives a meaning to is not redefined: that is refused by name, and formulas that use
the command from there on are unreadable, since they no longer show what they say.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

from derivations.limits import current
from derivations.read import commands
from derivations.source import Problem, Span

MAX_PARAMETERS = 9

DEFINING = {
    "newcommand": "new", "renewcommand": "new", "providecommand": "provide", "DeclareRobustCommand": "new", "def": "def",
    "gdef": "def", "edef": "def", "xdef": "def", "let": "let", "DeclareMathOperator": "operator",
    "DeclarePairedDelimiter": "pair",
}  # fmt: skip
DEFINITION = re.compile(r"\\(?:" + "|".join(DEFINING) + r")(?![A-Za-z])")
COMMAND = re.compile(r"\\(?:[A-Za-z@]+|.)|(?<!\\)%[^\n]*", re.DOTALL)
TOKEN = re.compile(r"\\(?:[A-Za-z@]+|.)|.", re.DOTALL)
BLANKS = re.compile(r"(?:\s|%[^\n]*(?:\n|$))*")
GROUP_MARK = re.compile(r"\\.|[{}]", re.DOTALL)
NAME = re.compile(r"\s*(\\(?:[A-Za-z@]+|[^A-Za-z@]))\s*")
NO_ARGUMENT = frozenset({"}", "$", "&", "\\]", "\\)", "\\\\", "\\end"})  # where a formula or a part of it ends
PARAMETER = re.compile(r"#([1-9])")
PARAMETER_TEXT = re.compile(r"\s*((?:#[1-9]\s*)*)")

AUTHORS_OWN = frozenset({  # understood, but no command of LaTeX itself: authors define them
    "tr", "Tr", "diag", "softmax", "trace", "vecop", "argmax", "argmin", "sgn", "bm", "mathds", "implies", "coloneq",
    "coloneqq", "lt", "gt", "unicode",
})  # fmt: skip
OTHER_MEANINGS = frozenset({
    "frac", "dfrac", "tfrac", "cfrac", "sqrt", "sum", "prod", "partial", "nabla", "left", "right", "begin", "end", "top",
    "intercal", "prime", "underbrace", "overbrace", "text", "forall", "lVert", "rVert", "lvert", "rvert", "vert", "Vert",
    "langle", "rangle", "quad", "qquad", "mathbb", "not", "item", "label", "tag",
})  # fmt: skip


def _names(*tables: object) -> frozenset[str]:
    return frozenset(str(name).removeprefix("\\") for table in tables for name in table)  # type: ignore[attr-defined]


MEANINGFUL = (
    _names(
        commands.RELATIONS, commands.IMPLIES, commands.PRODUCTS, commands.HADAMARD, commands.FONTS, commands.WORD_FONTS,
        commands.ACCENTS, commands.FUNCTION_COMMANDS, commands.UNSUPPORTED_FUNCTIONS, commands.OUT_OF_SCOPE, commands.GREEK,
        commands.SPACING, commands.TRANSPARENT, commands.SWITCHES, commands.DOTS, OTHER_MEANINGS,
    ) - AUTHORS_OWN
)  # fmt: skip


# ------------------------------------------------------------------- places


@dataclass(frozen=True, slots=True)
class Places:
    """From an expanded text back to its source: pieces, each either copied (``exact``) or made by a macro."""

    starts: tuple[int, ...]
    sources: tuple[Span, ...]
    exact: tuple[bool, ...]

    def of(self, span: Span) -> Span:
        """The part of the source that the characters of a span come from."""
        if not self.starts:
            return span
        first = max(bisect_right(self.starts, span.start) - 1, 0)
        if span.end <= span.start:
            at = self._start(first, span.start)
            return Span(at, at)
        last = max(bisect_right(self.starts, span.end - 1) - 1, 0)
        begin = [self._start(first, span.start), *(one.start for one in self.sources[first + 1 : last + 1])]
        end = [*(one.end for one in self.sources[first:last]), self._end(last, span.end)]
        return Span(min(begin), max(end))

    def _start(self, piece: int, at: int) -> int:
        source = self.sources[piece]
        return min(source.start + at - self.starts[piece], source.end) if self.exact[piece] else source.start

    def _end(self, piece: int, at: int) -> int:
        source = self.sources[piece]
        return min(source.start + at - self.starts[piece], source.end) if self.exact[piece] else source.end


@dataclass(slots=True)
class Text:
    """Characters, each with the source range that it stands for."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    def cut(self, start: int, end: int) -> Text:
        return Text(self.text[start:end], self.starts[start:end], self.ends[start:end])


@dataclass(slots=True)
class Frame:
    content: Text
    at: int
    end: int
    closing: dict[int, int] | None = None  # each opening brace, and the one that closes it

    @property
    def text(self) -> str:
        return self.content.text


@dataclass(frozen=True, slots=True)
class Macro:
    """``body`` with ``#1`` … ``#9``; ``default`` is the first argument where it is left out in brackets."""

    body: str
    parameters: int = 0
    default: str | None = None
    paired: bool = False  # of \DeclarePairedDelimiter: a star or a size may follow


@dataclass
class Expanded:
    """A text under construction."""

    parts: list[str] = field(default_factory=list)
    length: int = 0
    pieces: list[tuple[int, Span, bool]] = field(default_factory=list)

    def add(self, text: str, source: Span, exact: bool) -> None:
        if not text:
            return
        if self.pieces and exact and self.pieces[-1][2] and self.pieces[-1][1].end == source.start:
            start, before, _ = self.pieces[-1]
            if before.end - before.start == self.length - start:
                self.pieces[-1] = (start, Span(before.start, source.end), True)
                self._append(text)
                return
        self.pieces.append((self.length, source, exact))
        self._append(text)

    def _append(self, text: str) -> None:
        self.parts.append(text)
        self.length += len(text)

    def back_to(self, mark: tuple[int, int, int]) -> None:
        """Undoes what was added since the mark."""
        parts, pieces, self.length = mark
        del self.parts[parts:]
        del self.pieces[pieces:]

    @property
    def mark(self) -> tuple[int, int, int]:
        return len(self.parts), len(self.pieces), self.length

    @property
    def text(self) -> str:
        return "".join(self.parts)

    def since(self, length: int) -> str:
        """What was added since the text had that length."""
        found: list[str] = []
        missing = self.length - length
        for part in reversed(self.parts):
            if missing <= 0:
                break
            found.append(part[max(0, len(part) - missing) :])
            missing -= len(part)
        return "".join(reversed(found))

    def places(self) -> Places:
        starts, sources, exact = zip(*self.pieces, strict=True) if self.pieces else ((), (), ())
        return Places(tuple(starts), tuple(sources), tuple(exact))


# ---------------------------------------------------------------- expansion


class Expander:
    """Goes through a source text once, in order: ``copy`` what holds no formula, ``expand`` the rest."""

    def __init__(self, text: str) -> None:
        self.source = Text(text, range(len(text)), range(1, len(text) + 1))
        self.out = Expanded()
        self.limits = current()
        self.macros: dict[str, Macro] = {"ensuremath": Macro("#1", 1), "xspace": Macro("")}
        self.refused: dict[str, Problem] = {}
        self.problems: list[Problem] = []
        self.poisoned: list[tuple[int, Problem]] = []  # places of the result that cannot be read
        self.stack: list[Frame] = []
        self.uses = 0  # since the last use in the source itself
        self.made = 0
        self.total = 0
        self.begun = self.out.mark
        self.outermost = Span(0, 0)

    @cached_property
    def source_braces(self) -> dict[int, int]:
        return _closing_braces(self.source.text)

    def copy(self, start: int, end: int) -> None:
        self.out.add(self.source.text[start:end], Span(start, end), exact=True)

    def expand(self, start: int, end: int) -> None:
        """Appends the text between two places with its macros expanded and its definitions taken in."""
        self.stack = [Frame(self.source, start, end)]
        while self.stack:
            frame = self.stack[-1]
            found = COMMAND.search(frame.text, frame.at, frame.end)
            stop = found.start() if found else frame.end
            self._emit(frame, stop)
            if found is None:
                self.stack.pop()
            else:
                frame.at = found.end()
                self._command(frame, found.start(), found.group())

    # -- one command

    def _command(self, frame: Frame, start: int, command: str) -> None:
        name = command[1:]
        if command[0] == "%":
            self._blank(frame, start, frame.at)
        elif name in DEFINING:
            self._define(frame, start, name)
        elif name in self.macros:
            self._use(frame, start, name)
        elif not self.special(frame, start, name):
            if name in self.refused:
                self.poisoned.append((self.out.length, self.refused[name]))
            self._put(frame, start, frame.at)

    def special(self, frame: Frame, start: int, name: str) -> bool:
        """Commands that only a whole document has; True where it was dealt with."""
        return False

    def _emit(self, frame: Frame, stop: int) -> None:
        self._put(frame, frame.at, stop)
        frame.at = stop

    def _put(self, frame: Frame, start: int, end: int) -> None:
        if frame.content is self.source:
            self.out.add(frame.text[start:end], Span(start, end), exact=True)
            return
        self.made += end - start
        starts, ends = frame.content.starts, frame.content.ends
        while start < end:
            stop = start + 1
            if ends[start] == starts[start] + 1:
                while stop < end and starts[stop] == starts[stop - 1] + 1 and ends[stop] == starts[stop] + 1:
                    stop += 1
                self.out.add(frame.text[start:stop], Span(starts[start], ends[stop - 1]), exact=True)
            else:
                while stop < end and starts[stop] == starts[start] and ends[stop] == ends[start]:
                    stop += 1
                self.out.add(frame.text[start:stop], Span(starts[start], ends[start]), exact=False)
            start = stop

    def _blank(self, frame: Frame, start: int, end: int) -> None:
        """What holds no formula keeps its lines."""
        text = "".join("\n" if c == "\n" else " " for c in frame.text[start:end])
        exact = frame.content is self.source
        self.out.add(text, Span(start, end) if exact else self._place(frame, start, end), exact=exact)

    def _place(self, frame: Frame, start: int, end: int) -> Span:
        return Span(frame.content.starts[start], max(frame.content.ends[end - 1], frame.content.starts[start]))

    # -- arguments

    def _skip_blanks(self) -> Frame | None:
        """The frame in which something follows; expansions that have come to their end are left."""
        while True:
            frame = self.stack[-1]
            found = BLANKS.match(frame.text, frame.at, frame.end)
            at = found.end() if found else frame.at
            if at < frame.end:
                frame.at = at
                return frame
            if len(self.stack) == 1:
                return None
            self.stack.pop()

    def _argument(self) -> Text | None:
        """The next group, without its braces, or the next token; None where there is none."""
        frame = self._skip_blanks()
        if frame is None:
            return None
        start = frame.at
        if frame.text[start] == "{":
            stop = self._closing(frame, start)
            if stop is None:
                return None
            frame.at = stop + 1
            return frame.content.cut(start + 1, stop)
        found = TOKEN.match(frame.text, start, frame.end)
        if found is None or found.group() in NO_ARGUMENT:
            return None
        frame.at = found.end()
        return frame.content.cut(start, frame.at)

    def _closing(self, frame: Frame, start: int) -> int | None:
        """The brace that closes the group, where that is no longer than a macro may make it."""
        if frame.closing is None:  # all of them in one pass, where there is a use for them
            frame.closing = self.source_braces if frame.content is self.source else _closing_braces(frame.text)
        stop = frame.closing.get(start, frame.end)
        return stop if stop < frame.end and stop - start <= self.limits.macro_characters else None

    def _bracketed(self) -> Text | None:
        """An optional argument in brackets."""
        frame = self._skip_blanks()
        if frame is None or frame.text[frame.at] != "[":
            return None
        stop = frame.text.find("]", frame.at, min(frame.end, frame.at + self.limits.macro_characters))
        if stop < 0:
            return None
        found = frame.content.cut(frame.at + 1, stop)
        frame.at = stop + 1
        return found

    def _starred(self) -> bool:
        frame = self.stack[-1]
        starred = frame.text.startswith("*", frame.at, frame.end)
        frame.at += starred
        return starred

    # -- uses

    def _use(self, frame: Frame, start: int, name: str) -> None:
        if frame.content is self.source:
            self.uses, self.made, self.begun = 0, 0, self.out.mark
            self.outermost = Span(start, frame.at)
        place = self._place(frame, start, frame.at)
        macro = self.macros[name]
        arguments = self._arguments(macro)
        if arguments is None:
            self._give_up("macro", f"\\{name} takes {_count(macro.parameters)}: too few follow", "write each in braces")
            return
        top = self.stack[-1]
        if frame.content is self.source:
            place = self.outermost = Span(place.start, max(place.end, top.at))
        made = _substituted(macro.body, arguments, place)
        self.uses += 1
        self.total += len(made.text)
        if (excess := self._excess(made)) is not None:
            number, what = excess
            self._give_up("macro-limit", f"\\{name} expands to more than {number} {what}", "write the formula out")
            return
        if len(self.stack) > 1 and top.at >= top.end:
            self.stack.pop()
        self.stack.append(Frame(made, 0, len(made.text)))

    def _arguments(self, macro: Macro) -> list[Text] | None:
        if macro.paired and not self._starred():
            self._bracketed()
        found: list[Text] = []
        if macro.default is not None:
            here = Span(self.outermost.start, self.outermost.end)
            found.append(self._bracketed() or _made_by(macro.default, here))
        while len(found) < macro.parameters:
            argument = self._argument()
            if argument is None:
                return None
            found.append(argument)
        return found

    def _excess(self, made: Text) -> tuple[int, str] | None:
        """The limit that an expansion goes beyond, if any."""
        limits = self.limits
        if self.uses > limits.macro_uses:
            return limits.macro_uses, "macros"
        if len(self.stack) > limits.macro_levels:
            return limits.macro_levels, "macros inside one another"
        if self.made + len(made.text) > limits.macro_characters:
            return limits.macro_characters, "characters"
        if self.total > limits.macro_total:
            return limits.macro_total, "characters, with all macros before it"
        return None

    def _give_up(self, code: str, message: str, hint: str) -> None:
        """The use stays as written, and the formula that it stands in cannot be read."""
        problem = Problem(code, message, self.outermost, hint)
        if not any(known.message == message for known in self.problems):
            self.problems.append(problem)
        del self.stack[1:]
        self.out.back_to(self.begun)
        self.poisoned.append((self.out.length, problem))
        self.out.add(self.source.text[self.outermost.start : self.outermost.end], self.outermost, exact=True)
        self.stack[0].at = max(self.stack[0].at, self.outermost.end)

    # -- definitions

    def _define(self, frame: Frame, start: int, how: str) -> None:
        """Takes a definition in; nothing of it stays in the text."""
        place = self._place(frame, start, frame.at)
        try:
            name, macro = self._definition(DEFINING[how], place)
        except Problem as problem:
            self.problems.append(problem)
            return
        if DEFINING[how] == "provide" and (name in MEANINGFUL or name in self.macros):
            return
        if name in MEANINGFUL or not name[0].isalpha():
            self._redefine(name, macro, place)
        else:
            self.macros[name] = macro

    def _redefine(self, name: str, macro: Macro, place: Span) -> None:
        """Only a letter may become another letter, and that is told."""
        body = macro.body.strip()
        if name in commands.GREEK and body.removeprefix("\\") in commands.GREEK and not macro.parameters:
            message = f"\\{name} stands for {body} from here on"
            self.macros[name] = macro
            self.problems.append(Problem("redefined", message, place))
            return
        message = f"\\{name} has a meaning here, and is not redefined: formulas with it cannot be read from here on"
        problem = Problem("macro-redefined", message, place, "give the new command a name of its own")
        self.refused[name] = problem
        self.problems.append(problem)

    def _definition(self, how: str, place: Span) -> tuple[str, Macro]:
        self._starred_name = self._starred()
        name = self._defined_name(place)
        if how == "let":
            return name, self._let(place)
        if how == "def":
            return name, self._def(name, place)
        if how == "pair":
            left, right = self._body(name, place), self._body(name, place)
            return name, Macro(f"\\left{left} #1 \\right{right}", 1, paired=True)
        if how == "operator":
            font = "\\operatorname*" if self._starred_name else "\\operatorname"
            return name, Macro(f"{font}{{{self._body(name, place)}}}")
        count = self._bracketed()
        default = self._bracketed() if count is not None else None
        digits = count.text.strip() if count is not None else "0"
        if not (digits.isascii() and digits.isdigit() and int(digits[:3]) <= MAX_PARAMETERS):
            raise Problem("macro", f"\\{name} is given {digits[:10]} parameters: expected 0 to {MAX_PARAMETERS}", place)
        return name, Macro(self._body(name, place), int(digits), default.text if default is not None else None)

    def _defined_name(self, place: Span) -> str:
        argument = self._argument()
        found = NAME.fullmatch(argument.text) if argument is not None else None
        if found is None:
            raise Problem("macro", "expected the command that is defined, such as \\norm", place)
        return found[1][1:]

    def _let(self, place: Span) -> Macro:
        frame = self._skip_blanks()
        if frame is not None and frame.text[frame.at] == "=":
            frame.at += 1
        target = self._argument()
        if target is None:
            raise Problem("macro", "expected a command behind \\let", place)
        known = self.macros.get(target.text[1:]) if target.text.startswith("\\") else None
        return known or Macro(target.text)

    def _def(self, name: str, place: Span) -> Macro:
        frame = self._skip_blanks()
        found = PARAMETER_TEXT.match(frame.text, frame.at, frame.end) if frame is not None else None
        if frame is None or found is None or not frame.text.startswith("{", found.end(), frame.end):
            raise Problem("macro", f"\\def\\{name} has delimited parameters, which are not supported", place, "use \\newcommand")
        frame.at = found.end()
        return Macro(self._body(name, place), found[1].count("#"))

    def _body(self, name: str, place: Span) -> str:
        body = self._argument()
        if body is None:
            raise Problem("macro", f"the definition of \\{name} has no body: expected it in braces", place)
        return body.text


def _closing_braces(text: str) -> dict[int, int]:
    found: dict[int, int] = {}
    waiting: list[int] = []
    for mark in GROUP_MARK.finditer(text):
        if mark.group() == "{":
            waiting.append(mark.start())
        elif mark.group() == "}" and waiting:
            found[waiting.pop()] = mark.start()
    return found


def _count(parameters: int) -> str:
    return "one argument" if parameters == 1 else f"{parameters} arguments"


def _made_by(text: str, place: Span) -> Text:
    return Text(text, [place.start] * len(text), [place.end] * len(text))


def _substituted(body: str, arguments: list[Text], place: Span) -> Text:
    """The body with its parameters replaced; a blank keeps ``\\mathbf #1`` from becoming one word."""
    texts: list[str] = []
    starts: list[int] = []
    ends: list[int] = []

    def add(part: Text) -> None:
        texts.append(part.text)
        starts.extend(part.starts)
        ends.extend(part.ends)

    at = 0
    for found in PARAMETER.finditer(body):
        number = int(found[1])
        before = body[at : found.start()]
        add(_made_by(before + (" " if re.search(r"\\[A-Za-z]+$", before) else ""), place))
        if number <= len(arguments):
            add(arguments[number - 1])
        at = found.end()
    add(_made_by(body[at:], place))
    return Text("".join(texts), starts, ends)
