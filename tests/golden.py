"""Golden files: what the report's data and its printers make of ``report_sample``, to be looked at when it changes.

    python -m tests.golden --renew      writes them anew
    python -m tests.golden              tells which differ
"""

from __future__ import annotations

import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from derivations.report.page import Page

FOLDER = Path(__file__).parent / "golden"
sys.path.insert(0, str(Path(__file__).parent))  # as pytest has it

FONT = re.compile(r"data:font/woff2;base64,[A-Za-z0-9+/=]+")  # its bytes are those of the installed fontTools and brotli
POLICY = re.compile(r"&#39;sha256-[A-Za-z0-9+/=]+&#39;")


def goldens() -> dict[str, Callable[[], str]]:
    """The files by name, and what makes their text."""
    return {"sample.page.txt": _page, "sample.html": _html, "index.html": _index, "sample.tex": _latex, "sample.typ": _typst}


def _sample() -> Page:
    from derivations.read.headings import Heading
    from derivations.report.page import page
    from report_sample import CONTEXT, EVERYTHING

    headings = (Heading(0, 1, "标题"), Heading(6, 2, "An $x^2$"))
    known = dataclasses.replace(EVERYTHING.documents[0], context=CONTEXT, headings=headings)
    return page(known, (("--given", "given.yaml"),))


def _page() -> str:
    return "".join(f"{line}\n" for line in outlined(_sample()))


def _html() -> str:
    from derivations.report.html import as_html

    return steady(as_html(_sample()))


def _latex() -> str:
    """Without the preamble, which is a file of its own."""
    from derivations.report.latex import latex
    from derivations.report.page import page
    from report_sample import EVERYTHING

    return latex(page(EVERYTHING.documents[0], (("--given", "given.yaml"),))).partition("\\begin{document}\n")[2]


def _typst() -> str:
    from derivations.report.page import page
    from derivations.report.typstpage import typst
    from report_sample import EVERYTHING

    written = typst(page(EVERYTHING.documents[0], (("--given", "given.yaml"),)))
    return written[written.index("#title-lines([") :]


def _index() -> str:
    from derivations.report.html import as_index
    from derivations.report.index import index
    from derivations.report.page import page
    from report_sample import EVERYTHING, display, document

    pages = [(page(document(display("3.1"))), "good.html"), (page(EVERYTHING.documents[0]), "all.html")]
    return steady(as_index(index(pages)))


def steady(html: str) -> str:
    """Without what changes with the versions of libraries."""
    return POLICY.sub("sha256", FONT.sub("data:font", html))


def outlined(data: object, depth: int = 0, name: str = "") -> Iterator[str]:
    """Data classes as an indented list, what is empty left out."""
    head = "  " * depth + (f"{name}: " if name else "")
    if dataclasses.is_dataclass(data) and not isinstance(data, type):
        yield f"{head}{type(data).__name__}"
        for one in dataclasses.fields(data):
            if one.name != "document":
                yield from outlined(getattr(data, one.name), depth + 1, one.name)
    elif isinstance(data, tuple) and data:
        yield head.rstrip()
        for part in data:
            yield from outlined(part, depth + 1)
    elif data not in ((), None, ""):
        yield f"{head}{data}" if isinstance(data, str) else f"{head}{data!r}"


def main() -> int:
    renew = sys.argv[1:] == ["--renew"]
    if sys.argv[1:] not in ([], ["--renew"]):
        print(__doc__)
        return 2
    changed = [name for name, make in goldens().items() if _changed(FOLDER / name, make(), renew)]
    print("\n".join(f"{'renewed' if renew else 'differs'}: {name}" for name in changed) or "all as they were")
    return 1 if changed and not renew else 0


def _changed(path: Path, text: str, renew: bool) -> bool:
    if path.exists() and path.read_text(encoding="utf-8") == text:
        return False
    if renew:
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return True


if __name__ == "__main__":
    sys.exit(main())
