"""``derivations report``: the typeset report."""

from __future__ import annotations

import errno
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from derivations.commands.console import (
    FAULT,
    STDIN,
    be_lenient_with_encodings,
    documents,
    own_up,
    refuse_bad_target,
    reports,
    settings,
    tell,
)
from derivations.files import is_same, write_atomically

if TYPE_CHECKING:
    from derivations.report.outline import DocumentReport
    from derivations.report.page import Page

INDEX = "index.html"
Options = tuple[tuple[str, str], ...]


def _html(page: Page) -> bytes:
    from derivations.report.html import as_html

    return as_html(page).encode()


def _latex(page: Page) -> bytes:
    from derivations.report.latex import latex

    return latex(page).encode()


def _pdf(page: Page) -> bytes:
    from derivations.report.pdf import pdf

    return pdf(page).data


PRINTERS: dict[str, Callable[[Page], bytes]] = {".html": _html, ".htm": _html, ".tex": _latex, ".pdf": _pdf}


@click.command()
@click.argument("paths", metavar="PATH...", nargs=-1, required=True)
@click.option("-o", "--output", "out", metavar="OUT", required=True,
              help='The file to write, by its ending (.html, .tex, .pdf); for several documents a folder or an .html file.')
@click.option("--given", "given_path", metavar="FILE", help="A YAML file with what the documents leave unsaid.")
@click.pass_context
def report(context: click.Context, paths: tuple[str, ...], out: str, given_path: str | None) -> None:
    """Writes the typeset report on a document; on several, or on a folder, a page each and an index of them.

    "-" as PATH is standard input, as OUT standard output, in HTML.

    Exit status: 0 nothing refuted, 1 something refuted, 2 wrong usage or our own fault.
    """
    ours = settings(context)
    be_lenient_with_encodings()
    found = documents(context, paths)
    several = len(found) > 1 or any(Path(path).is_dir() for path in paths) or Path(out).is_dir()
    given_path = given_path or ours.given
    _refuse_what_cannot_be_written(out, several, [*found, given_path])
    verified = reports(context.obj, found, given_path, ours.limits, task="report")
    judged = [document for one in verified if one for document in one.documents]
    options = (("--given", given_path),) if given_path else ()
    written = bool(judged) and _written(judged, options, out, several)
    context.exit(FAULT if None in verified or not written else max(document.exit_status for document in judged))


def _refuse_what_cannot_be_written(out: str, several: bool, sources: Sequence[str | None]) -> None:
    """Before anything is judged: that may take a while."""
    suffix = Path(out).suffix.lower()
    if several and (out == STDIN or suffix not in ("", ".html", ".htm")):
        raise click.UsageError(f"these are several documents: -o has to be a folder or an .html file, not {out}")
    if not several and out != STDIN and suffix not in PRINTERS:
        raise click.UsageError(f"-o {out}: expected a name that ends in {' or '.join(PRINTERS)}")
    refuse_bad_target(out, sources)


def _written(judged: Sequence[DocumentReport], options: Options, out: str, several: bool) -> bool:
    """False, with a message, where the report could not be made or written."""
    from derivations.report.pdf import CannotPrint

    try:
        if several:
            _write_all(judged, options, Path(out))
        else:
            _write_one(judged[0], options, out)
    except ModuleNotFoundError as error:
        tell(out, f"[no-library] {error.name} is needed for this: pip install 'derivations[report]'")
        return False
    except CannotPrint as problem:
        tell(out, f"[no-pdf] {problem}{_latex_instead(judged[0], options, out)}")
        return False
    except OSError as error:
        tell(str(error.filename or out), f"[no-file] {error.strerror or error}")
        return False
    except Exception as error:  # the roof: our own fault must not look like a refutation
        own_up("report", error)
        return False
    return True


def _write_one(document: DocumentReport, options: Options, out: str) -> None:
    from derivations.report.page import page

    shown = page(document, options)
    if out == STDIN:
        click.echo(_html(shown), nl=False)
        return
    write_atomically(out, PRINTERS[Path(out).suffix.lower()](shown))
    click.echo(f"{shown.conclusion} Written to {out}.", err=True)


def _latex_instead(document: DocumentReport, options: Options, out: str) -> str:
    """Written beside a PDF that could not be made, but never over the document; what is to be said of it."""
    from derivations.report.page import page

    target = str(Path(out).with_suffix(".tex"))
    if is_same(target, document.path):
        return ""
    write_atomically(target, _latex(page(document, options)))
    return f"; LaTeX is written instead, to {target}"


def _write_all(judged: Sequence[DocumentReport], options: Options, out: Path) -> None:
    """``out`` is the folder for pages and index, or the index, with the pages in a folder of its name beside it."""
    from derivations.report.html import as_index
    from derivations.report.index import index, names
    from derivations.report.page import page

    target, folder, prefix = (out, out.with_suffix(""), f"{out.stem}/") if out.suffix else (out / INDEX, out, "")
    folder.mkdir(exist_ok=True)
    pages = [(page(document, options), name) for document, name in zip(judged, names(d.path for d in judged), strict=True)]
    for place in [target, *(folder / name for _, name in pages)]:
        if any(is_same(place, document.path) for document in judged):
            raise FileExistsError(errno.EEXIST, "this is a document that was judged: it would be lost", str(place))
    for shown, name in pages:
        write_atomically(folder / name, _html(shown))
    whole = index([(shown, prefix + name) for shown, name in pages])
    write_atomically(target, as_index(whole))
    click.echo(f"{whole.conclusion} Written to {target}.", err=True)
