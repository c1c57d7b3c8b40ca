"""``[tool.derivations]`` in ``pyproject.toml``: defaults for the options of ``derivations verify``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from derivations.limits import NAMES, TIMES, Limits
from derivations.source import Problem

FORMATS = ("full", "concise", "json", "sarif", "junit", "github")
FILE = "pyproject.toml"
MOST = 10**9


@dataclass(frozen=True, slots=True)
class Settings:
    """What the project says; an option on the command line comes before it."""

    form: str = "full"
    given: str | None = None
    strict: bool = False
    select: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    limits: Limits = field(default_factory=Limits)


def settings(folder: Path) -> Settings:
    """Those of the nearest ``pyproject.toml`` at or above a folder that speaks of us; raises Problem for wrong ones."""
    for place in (folder, *folder.parents):
        path = place / FILE
        if path.is_file() and (table := _table(path)) is not None:
            return _settings(path, table)
    return Settings()


def _table(path: Path) -> object | None:
    try:
        whole = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem("configuration", f"{path}: not TOML: {error}") from None
    tools = whole.get("tool")
    return tools.get("derivations") if isinstance(tools, dict) else None


def _settings(path: Path, table: object) -> Settings:
    if not isinstance(table, dict):
        raise Problem("configuration", f"{path}: expected a table [tool.derivations]")
    unknown = sorted(set(table) - {"format", "given", "strict", "select", "ignore", "limits"})
    if unknown:
        raise Problem("configuration", f"{path}: [tool.derivations] knows no {unknown[0]!r}",
                      hint="it knows format, given, strict, select, ignore and limits")
    given = table.get("given")
    if given is not None and not isinstance(given, str):
        raise _wrong(path, "given", "a file")
    if not isinstance(table.get("strict", False), bool):
        raise _wrong(path, "strict", "true or false")
    if table.get("format", "full") not in FORMATS:
        raise _wrong(path, "format", f"one of {', '.join(FORMATS)}")
    return Settings(
        table.get("format", "full"), None if given is None else str(path.parent / given), table.get("strict", False),
        _codes(path, table, "select"), _codes(path, table, "ignore"), _limits(path, table),
    )  # fmt: skip


def _limits(path: Path, table: dict[str, Any]) -> Limits:
    """``[tool.derivations.limits]``: whole numbers, for times also fractions of a second."""
    said = table.get("limits", {})
    if not isinstance(said, dict):
        raise _wrong(path, "limits", "a table")
    unknown = sorted(set(said) - set(NAMES))
    if unknown:
        raise Problem("configuration", f"{path}: [tool.derivations.limits] knows no {unknown[0]!r}",
                      hint=f"it knows {', '.join(NAMES)}")
    for name, value in said.items():
        number = not isinstance(value, bool) and isinstance(value, (int, float) if name in TIMES else int)
        if not number or not 0 < value <= MOST:
            expected = "a number of seconds" if name in TIMES else "a whole number"
            raise _wrong(path, f"limits.{name}", f"{expected} above 0 and up to {MOST}")
    return replace(Limits(), **{name.replace("-", "_"): value for name, value in said.items()})


def _codes(path: Path, table: dict[str, Any], key: str) -> tuple[str, ...]:
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
        raise _wrong(path, key, "a list of codes")
    return tuple(value)


def _wrong(path: Path, key: str, expected: str) -> Problem:
    return Problem("configuration", f"{path}: expected {expected} for {key!r} in [tool.derivations]")
