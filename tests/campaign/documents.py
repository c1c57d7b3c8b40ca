"""Random documents in the notation of the contract, and spoiled lines of the documents that the tests keep."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import yaml

from derivations import expr as ex
from derivations.claims import Context, Statement
from derivations.expr import Expr, Sym, walk
from derivations.pipeline import verify
from derivations.report.outline import JudgedClaim
from derivations.verdicts import Proved, Refuted, ShapeWitness, Unknown
from tests.campaign.claims import KINDS, sides
from tests.campaign.expressions import VARIABLES, context
from tests.campaign.latex import NoNotation, Printer
from tests.campaign.meaning import Truth, truth
from tests.campaign.mutants import spoiled
from tests.campaign.run import MANY, SAID, Fault, Tally, wrongs

TESTS = Path(__file__).parents[1]
RENAMED_SIZES = {"n": "N", "m": "K", "h": "L"}
NUMBERS = ({"n": "2", "m": "3", "h": "4"}, {"n": "3", "m": "2", "h": "2"}, {"n": "1", "m": "2", "h": "3"})
RENAMED_LETTERS = {"i": "r", "j": "s", "k": "t"}


@dataclass(frozen=True)
class Line:
    """One display: a definition (``statement`` is None) or a claim."""

    left: Expr
    right: Expr
    mistake: str | None = None
    statement: Statement | None = None


@dataclass(frozen=True)
class Random:
    """A document before it is written down."""

    context: Context
    lines: tuple[Line, ...]

    def text(self, printer: Printer) -> str:
        return printer.document(self.context, ((line.left, line.right) for line in self.lines))


def random_document(seed: int, number: int) -> Random:
    """A few definitions and claims about them."""
    chance = random.Random(f"document {seed} {number}")
    base = context(chance, loss=False)
    lines: list[Line] = []
    definitions: dict[str, Expr] = {}
    for _ in range(200):
        if sum(line.statement is not None for line in lines) >= 4:
            break
        world = replace(base, definitions={**definitions})
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        if kind == "second":
            continue
        left, right = sides(kind, chance, world)
        if len(list(walk(right))) > 90 or any(v.name == "S" for v in _varied(left)):
            continue
        if isinstance(left, ex.Differential) and not {*_quantities(left.of)} <= {*left.variables}:
            continue  # where da stands somewhere, a document's d is that of everything
        if isinstance(left, ex.Derivative) and isinstance(right, (ex.Fill, ex.Num)):
            continue  # does not depend on it: a derivative of something constant
        mistake = None
        if chance.random() < 0.5:
            found = spoiled(right, chance)
            if found is None:
                continue
            mistake, right = found
        new: list[Line] = []
        if isinstance(left, ex.Derivative) and chance.random() < 0.5:
            name = Sym(f"L_{len(definitions) + 1}", ())
            new.append(Line(name, left.of))
            left = replace(left, of=name)
            world = replace(base, definitions={**definitions, name.name: new[0].right})
        statement = Statement(left, right, world)
        try:
            for line in (*new, Line(left, right)):
                Printer().claim(line.left, line.right)
        except NoNotation:
            continue
        if new:
            definitions = dict(world.definitions)
        lines += [*new, Line(left, right, mistake, statement)]
    return Random(base, tuple(lines))


def _varied(e: Expr) -> Iterator[Sym]:
    for node in walk(e):
        if isinstance(node, ex.Derivative):
            yield node.by
        if isinstance(node, ex.Differential):
            yield from node.variables


def _quantities(e: Expr) -> Iterator[Sym]:
    """What may vary in an expression."""
    return (n for n in walk(e) if isinstance(n, Sym) and n.name in VARIABLES)


def shuffled(document: Random, chance: random.Random) -> Random:
    """The same lines in another order, definitions first."""
    definitions = [line for line in document.lines if line.statement is None]
    claims = [line for line in document.lines if line.statement is not None]
    return Random(document.context, (*definitions, *chance.sample(claims, len(claims))))


def check_document(seed: int, number: int, tally: Tally) -> None:
    """A random document and the same with other letters, other sizes and another order: verdicts beside the truth."""
    document = random_document(seed, number)
    chance = random.Random(f"order {seed} {number}")
    other = shuffled(document, chance)
    texts = [document.text(Printer()), other.text(Printer(RENAMED_SIZES, RENAMED_LETTERS))]
    words: list[dict[int, str]] = []  # by identity of the line
    tally.counts["documents"] += 2
    for lines, text in zip((document.lines, other.lines), texts, strict=True):
        (judged,) = verify(text=text).documents
        found: dict[int, str] = {}
        if len(judged.claims) != len(lines):
            tally.faults.append(Fault("another number of claims than displays", f"document {number}", text))
            continue
        for line, claim in zip(lines, judged.claims, strict=True):
            found[id(line)] = claim.word
            for what in _line_wrongs(line, claim, number, tally):
                tally.faults.append(Fault(f"{claim.id} {what}", f"document {number}", text))
        words.append(found)
    for line in document.lines:
        pair = {found[id(line)] for found in words if id(line) in found}
        if {"proved", "refuted"} <= pair:
            tally.faults.append(Fault("other letters, another verdict", f"document {number}", "\n".join(texts)))
        if len(pair) > 1:
            tally.counts["lines with another verdict under other letters"] += 1


def check_numbers(seed: int, number: int, tally: Tally) -> None:
    """The same document with numbers for sizes: what is true for all sizes is not refuted at some, and what is proved is true."""
    document = random_document(seed, number)
    text = document.text(Printer(NUMBERS[number % len(NUMBERS)]))
    (judged,) = verify(text=text).documents
    tally.counts["documents"] += 1
    if len(judged.claims) != len(document.lines):
        tally.faults.append(Fault("another number of claims than displays", f"document {number} with numbers", text))
        return
    for line, claim in zip(document.lines, judged.claims, strict=True):
        if line.statement is None:
            continue
        known = truth(line.statement, 2, number)
        tally.counts[f"lines at numbers, {SAID[known.holds]} in general: {claim.word}"] += 1
        read = getattr(claim.verdict, "statement", None)
        found = [] if read is None else list(wrongs(claim.verdict, read, truth(read, 2, number), tally))
        if claim.word == "refuted" and known.holds and _misread(line, claim, number):
            found.append("true for all sizes and refuted at some")
        tally.faults += [Fault(f"{claim.id} {what}", f"document {number} with numbers", text) for what in found]


def _line_wrongs(line: Line, claim: JudgedClaim, number: int, tally: Tally) -> Iterator[str]:
    if line.statement is None:
        tally.counts[f"definitions: {claim.word}"] += 1
        return
    known = truth(line.statement, 2, number)
    said = SAID[known.holds]
    told = f" [{claim.verdict.code}]" if isinstance(claim.verdict, Unknown) else ""
    tally.counts[f"lines {said}: {claim.word}{told}"] += 1
    match claim.word:
        case "proved" if known.holds is False:
            yield f"false and proved ({_what_was_read(claim)})"
        case "refuted" if known.holds and _misread(line, claim, number):
            yield "true and refuted"
        case _:
            read = getattr(claim.verdict, "statement", None) or line.statement
            yield from wrongs(claim.verdict, read, known, tally)


def _misread(line: Line, claim: JudgedClaim, number: int) -> bool:
    """Whether a line is true at many more points and what was read in it is not.

    Where both seem to be true, the witness decides, as it does for any claim (``wrongs``).
    """
    assert isinstance(claim.verdict, Refuted)
    assert line.statement is not None
    if not isinstance(claim.verdict.witness, ShapeWitness) and truth(claim.verdict.statement, 16, "read").holds is not False:
        return False
    return truth(line.statement, MANY, f"{number} again").holds is not False


def _what_was_read(claim: JudgedClaim) -> str:
    """Where the fault lies: what was read is false as well, or something else was read."""
    assert isinstance(claim.verdict, Proved)
    holds = truth(claim.verdict.statement, 2, "read").holds
    return {True: "what was read is true", False: "what was read is false", None: "what was read has no number"}[holds]


# ------------------------------------------------------- spoiled documents


@dataclass(frozen=True)
class Spoiled:
    """A document with one display changed."""

    origin: str
    edit: str
    text: str
    given: tuple[str, ...]
    display: int


DISPLAY = re.compile(r"\$\$(.+?)\$\$", re.DOTALL)
CLAIM = re.compile(r"\$\$[^$]+?\$\$ *<!-- (?!definition)[^>]*-->")
LETTER = re.compile(r"(?<![A-Za-z\\{])([A-Zxyuvwab])(?![A-Za-z])")
FACTORS = re.compile(r"(?<![A-Za-z\\_^{])([A-Z](?:_[0-9])?) ([A-Z](?:_[0-9])?)(?![A-Za-z_^])")
SEVERAL = ("aligned", "cases", "\\quad", "\\qquad", "\\text", ":=", "\\begin")  # more than one plain equation
EXCHANGED = (("^\\top", ""), ("^T", ""), (" + ", " - "), (" - ", " + "), ("\\odot", ""), ("\\frac1N", ""), ("\\exp", "\\log"))
SUBSCRIPTS = re.compile(r"_\{([a-z])([a-z])\}")


def edits(side: str) -> Iterator[tuple[str, str]]:
    """Ways to spoil the right side of a line."""
    yield "sign", f" -\\left( {side} \\right)"
    yield "factor 2", f" 2 \\left( {side} \\right)"
    yield "transposed", f" \\left( {side} \\right)^\\top"
    for found in FACTORS.finditer(side):
        yield "factors swapped", side[: found.start()] + f"{found[2]} {found[1]}" + side[found.end() :]
    for found in SUBSCRIPTS.finditer(side):
        if found[1] != found[2]:
            yield "indices swapped", side[: found.start()] + f"_{{{found[2]}{found[1]}}}" + side[found.end() :]
            yield "index repeated", side[: found.start()] + f"_{{{found[1]}{found[1]}}}" + side[found.end() :]
    for found in LETTER.finditer(side):
        yield "next letter", side[: found.start()] + chr(ord(found[1]) + 1) + side[found.end() :]
    for one, other in EXCHANGED:
        if one in side:
            at = side.index(one)
            yield f"{one.strip()} for {other.strip() or 'nothing'}", side[:at] + other + side[at + len(one) :]


def spoiled_documents() -> list[Spoiled]:
    """All spoiled twins of lines that the catalogue and the notation table call true."""
    found: list[Spoiled] = []
    for path in sorted((TESTS / "catalogue").rglob("*.md")):
        text = path.read_text(encoding="utf-8")
        for display in DISPLAY.finditer(text):
            if not text[display.end() :].lstrip(" \n").startswith("<!-- proved"):
                continue
            for edit, changed in _spoiled_display(display[1]):
                whole = _without_claims(text[: display.start()]) + f"$${changed}$$\n"
                found.append(Spoiled(str(path.relative_to(TESTS)), edit, whole, (), len(DISPLAY.findall(whole)) - 1))
    rows: list[Mapping[str, list[str]]] = yaml.safe_load((TESTS / "notation.yaml").read_text(encoding="utf-8"))
    for n, row in enumerate(rows, 1):
        if row["verdict"] != "proved":
            continue
        for edit, changed in _spoiled_display(row["displays"][-1]):
            text = "\n\n".join(f"$$\n{d}\n$$" for d in [*row["displays"][:-1], changed])
            found.append(Spoiled(f"notation.yaml {n}", edit, text, tuple(row["given"]), len(row["displays"]) - 1))
    return found


def _without_claims(text: str) -> str:
    """Only the definitions among the displays: what the others say bears on nothing after them."""
    return CLAIM.sub("", text)


def _spoiled_display(display: str) -> Iterator[tuple[str, str]]:
    if display.count("=") != 1 or any(sign in display for sign in SEVERAL):
        return
    left, right = display.split("=")
    for edit, changed in edits(right):
        yield edit, f"{left}={changed}"


def _is_nonzero(statement: Statement) -> bool:
    """Whether the right side is known not to be 0: minus 0, and twice 0, is the same."""
    return truth(replace(statement, left=ex.negative(statement.right))).holds is False


def check_spoiled(one: Spoiled, tally: Tally) -> None:
    """A spoiled line is never proved, unless it happens to be true."""
    (judged,) = verify(text=one.text, given=one.given).documents
    if one.display >= len(judged.displays):
        tally.counts["spoiled lines lost"] += 1
        return
    for claim in judged.displays[one.display].claims:
        tally.counts[f"spoiled lines: {claim.word}"] += 1
        verdict = claim.verdict
        if isinstance(verdict, Unknown):
            tally.counts[f"spoiled lines: unknown [{verdict.code}]"] += 1
        statement = getattr(verdict, "statement", None)
        if statement is None:
            wrong = list(wrongs(verdict, Statement(ex.ZERO, ex.ZERO, Context()), Truth(None, 0), tally))
        else:
            known = truth(statement, 2, one.edit)
            if isinstance(verdict, Proved):
                tally.counts[f"spoiled lines proved, {SAID[known.holds]}"] += 1
            wrong = list(wrongs(verdict, statement, known, tally))
            if isinstance(verdict, Proved) and one.edit in ("sign", "factor 2") and _is_nonzero(statement):
                wrong.append("proved with another sign or factor")
        tally.faults += [Fault(f"{claim.id} {what}", f"{one.origin}, {one.edit}", one.text) for what in wrong]


__all__ = ["check_document", "check_spoiled", "random_document", "spoiled_documents"]
