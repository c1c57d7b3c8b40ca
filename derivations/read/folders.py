"""Which documents a command means; loads none of the readers."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

SUFFIXES = (".md", ".markdown", ".tex", ".ipynb")  # what is looked for in a folder
HIDDEN = (".", "_build", "node_modules", "__pycache__")


def documents_in(paths: Iterable[str]) -> list[str]:
    """The paths with each folder replaced by the documents below it, in order; hidden folders are left out."""
    found: list[str] = []
    for path in paths:
        found += _below(Path(path)) if Path(path).is_dir() else [path]
    return found


def _below(folder: Path) -> list[str]:
    inside = (one for one in folder.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
    return sorted(str(one) for one in inside if not any(part.startswith(HIDDEN) for part in one.relative_to(folder).parts))
