"""Which reader a file gets: by its suffix, Markdown where that says nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from derivations.read.authored import with_macros
from derivations.read.document import Document
from derivations.read.markdown import read_markdown
from derivations.read.notebook import read_notebook
from derivations.read.texfile import read_tex
from derivations.source import Source

READERS: dict[str, Callable[[Source], Document]] = {".tex": read_tex, ".ipynb": read_notebook}
SUFFIXES = (".md", ".markdown", ".tex", ".ipynb")  # what is looked for in a folder
HIDDEN = (".", "_build", "node_modules", "__pycache__")


def read_source(source: Source) -> Document:
    """A text as a document.  Raises Problem for a notebook that is none, and nothing else."""
    reader = READERS.get(Path(source.path).suffix.lower(), read_markdown)
    return with_macros(reader(source)) if reader is not read_tex else reader(source)


def documents_in(paths: Iterable[str]) -> list[str]:
    """The paths with each folder replaced by the documents below it, in order; hidden folders are left out."""
    found: list[str] = []
    for path in paths:
        found += _below(Path(path)) if Path(path).is_dir() else [path]
    return found


def _below(folder: Path) -> list[str]:
    inside = (one for one in folder.rglob("*") if one.suffix.lower() in SUFFIXES and one.is_file())
    return sorted(str(one) for one in inside if not any(part.startswith(HIDDEN) for part in one.relative_to(folder).parts))
