"""``derivations verify --fix``: writes proved repairs into a copy, or in place, or shows what they would change."""

from __future__ import annotations

import codecs
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from difflib import unified_diff
from typing import TYPE_CHECKING

import click

from derivations.commands.console import FAULT, STDIN, Told, be_lenient_with_encodings, documents, judging
from derivations.files import write_atomically

if TYPE_CHECKING:
    from derivations.fix import Fixed
    from derivations.limits import Limits
    from derivations.report.outline import JudgedClaim


@dataclass(frozen=True, slots=True)
class Where:
    """What was asked for: ``out`` names a copy, ``-`` standard output; neither that nor ``in_place`` shows a difference."""

    fix: bool
    out: str | None
    in_place: bool
    form: str | None


Codes = tuple[Iterable[str], Iterable[str]]


def fix_all(context: click.Context, paths: tuple[str, ...], given_path: str | None, limits: Limits, where: Where, codes: Codes
            ) -> int:
    """Repairs the documents one by one; the exit status is that of what is left.  ``codes``: only these, not those."""
    found = documents(context, paths)
    _refuse_what_makes_no_sense(where, found)
    be_lenient_with_encodings()
    wanted = _wanted(*map(frozenset, codes))
    return max(_one(context, path, given_path, limits, where, wanted) for path in found)


def _refuse_what_makes_no_sense(where: Where, paths: list[str]) -> None:
    if not where.fix:
        raise click.UsageError("-o and --in-place say where repairs go: they need --fix")
    if where.out and where.in_place:
        raise click.UsageError("-o and --in-place: one of them")
    if where.out and len(paths) > 1:
        raise click.UsageError(f"-o is for one document, and these are {len(paths)}: --in-place changes each where it is")
    if where.in_place and STDIN in paths:
        raise click.UsageError("standard input has no place: -o says where the result goes")
    if where.form is not None:
        raise click.UsageError("--fix has a form of its own: --format is for reports")


def _wanted(select: frozenset[str], ignore: frozenset[str]) -> Callable[[JudgedClaim], bool]:
    """Which claims are asked for, by code or verdict."""
    from derivations.report.outline import code

    def wanted(claim: JudgedClaim) -> bool:
        names = {claim.word, code(claim.verdict)}
        return (not select or not select.isdisjoint(names)) and ignore.isdisjoint(names)

    return wanted


def _one(context: click.Context, path: str, given_path: str | None, limits: Limits, where: Where,
         wanted: Callable[[JudgedClaim], bool]) -> int:
    with Told(path):
        from derivations.fix import fixed
        from derivations.read.document import at_most, contents, decode

        data = at_most(STDIN, sys.stdin.buffer) if path == STDIN else contents(path)
        file = decode(path, data)
        with judging(context.obj, path, given_path, limits) as judge:
            result = fixed(file, judge, wanted)
        _write(result, path, data, where)
        for line in _told(result, where, path):
            click.echo(line, err=where.out == STDIN or not (where.out or where.in_place))
        return (result.after if where.out or where.in_place else result.before).exit_status
    return FAULT


def _write(result: Fixed, path: str, data: bytes, where: Where) -> None:
    """The file's bytes as they were, apart from the repairs; a byte order mark stays."""
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    new = mark + result.text.encode("utf-8") if result.repaired else data
    if where.out == STDIN:
        click.echo(new, nl=False)
    elif where.out:
        write_atomically(where.out, new)
    elif where.in_place:
        if result.repaired:
            write_atomically(path, new)
    else:
        click.echo("".join(_difference(data.decode("utf-8-sig"), result.text, path)), nl=False)


def _difference(before: str, after: str, path: str) -> Iterator[str]:
    """As ``diff -u`` prints it, harmless to a terminal."""
    from derivations.report.plain import safe

    old, new = ([line.rstrip("\r") for line in text.split("\n")] for text in (before, after))
    for line in unified_diff(old, new, path, f"{path} (repaired)", lineterm=""):
        yield f"{safe(line)}\n"


def _told(result: Fixed, where: Where, path: str) -> Iterator[str]:
    """One line for each claim that was refuted, and a summary."""
    from derivations.report.plain import safe

    source = result.before.source
    for one in result.repaired:
        yield safe(f"{source.where(one.claim.span.start)}: repaired {one.claim.id}: {one.repair.edit}")
    for other in result.left:
        yield safe(f"{source.where(other.claim.span.start)}: left {other.claim.id}: {other.reason}")
    if not (result.repaired or result.left):
        yield f"{safe(path)}: nothing is refuted, nothing to repair"
        return
    target = where.out if where.out and where.out != STDIN else path if where.in_place and result.repaired else ""
    written = f"; written to {safe(target)}" if target else "" if where.out else "; nothing is written without -o or --in-place"
    yield f"{len(result.repaired)} repaired, {len(result.left)} left{written}"
