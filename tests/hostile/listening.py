"""Judges and prints the injections while listening to what Python does: files, processes, code that is compiled, connections.

A process of its own, since a listener stays for good.  Prints what was heard, and what should not stand in an output, as JSON.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterator
from html.parser import HTMLParser
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from derivations.pipeline import understand, verify
from derivations.report.explain import explanation
from derivations.report.github import as_github
from derivations.report.html import as_html
from derivations.report.junit import as_junit
from derivations.report.latex import latex
from derivations.report.machine import as_json
from derivations.report.outline import Report
from derivations.report.page import page
from derivations.report.sarif import as_sarif
from derivations.report.terminal import concise, full
from hostile.documents import HEAD
from hostile.injections import documents

HEARD = ("os.system", "os.exec", "os.posix_spawn", "os.spawn", "os.fork", "subprocess.Popen", "pty.spawn", "socket.", "compile",
         "exec", "code.__new__", "ctypes.", "os.remove", "os.rename", "os.mkdir", "os.rmdir", "os.chmod", "os.link", "os.symlink",
         "os.truncate", "os.putenv", "os.unsetenv", "os.listdir", "os.scandir", "shutil.", "tempfile.", "glob.", "pickle.",
         "builtins.input", "webbrowser.", "urllib.", "http.", "ftplib.", "smtplib.")  # fmt: skip
OURS = (".py", ".pyc", ".so", "/fonts/STIXTwoMath-Regular.ttf", "/derivations/report/templates/report.tex")
CONTROL = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]")
COMMANDS = re.compile(r"\\(?:input|include|includegraphics|write|immediate|openin|openout|catcode|csname|directlua|special|href|url|read)"
                      r"(?![A-Za-z])")  # fmt: skip
DANGEROUS = frozenset({"iframe", "object", "embed", "img", "link", "form", "base", "meta-refresh"})


class Tags(HTMLParser):
    """What a browser would run or fetch."""

    def __init__(self) -> None:
        super().__init__()
        self.scripts = 0
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.scripts += tag == "script"
        if tag in DANGEROUS:
            self.found.append(tag)
        for name, value in attributes:
            fetched = (value or "").strip().lower().startswith(("javascript:", "http:", "https:", "//", "file:"))
            if name.startswith("on") or (fetched and not name.startswith("xmlns")):
                self.found.append(f"{tag} {name}={value}")


def printed(report: Report) -> dict[str, str]:
    (document,) = report.documents
    shown = page(document)
    return {
        "full": full(report, False), "concise": concise(report), "json": as_json(report), "sarif": as_sarif(report),
        "junit": as_junit(report), "github": as_github(report), "html": as_html(shown), "latex": latex(shown),
    }  # fmt: skip


def wrongs(outputs: dict[str, str], scripts: int) -> Iterator[str]:
    """What should not stand in them."""
    for name in ("full", "concise", "explain", "json", "sarif", "github"):
        if found := CONTROL.search(outputs[name]):
            yield f"{name}: a control character {found.group()!r}"
    json.loads(outputs["json"])
    json.loads(outputs["sarif"])
    tags = Tags()
    tags.feed(outputs["html"])
    if tags.scripts != scripts or tags.found:
        yield f"html: {tags.scripts} scripts, {tags.found}"
    if found := COMMANDS.search(outputs["latex"].partition(r"\begin{document}")[2]):
        yield f"latex: {found.group()}"


def scripts_in(html: str) -> int:
    tags = Tags()
    tags.feed(html)
    assert not tags.found, tags.found
    return tags.scripts


def outputs_of(name: str, text: str) -> dict[str, str]:
    path = "doc.tex" if name.startswith("tex file") else "doc.md"
    return {**printed(verify(path, text=text, repairs=False)), "explain": explanation(understand(path, text=text))}


def main() -> None:
    heard: list[str] = []
    listening = ""

    def listen(event: str, arguments: tuple[object, ...]) -> None:
        if not listening:
            return
        if event == "open":
            if not str(arguments[0]).endswith(OURS):
                heard.append(f"{listening}: open {arguments[0]!r} {arguments[1]!r}")
        elif event.startswith(HEARD) and not _of_an_import():
            heard.append(f"{listening}: {event} {arguments!r} "[:300])

    benign = "---\ntitle: a\n---\n# a\n\n$$(1 + 1)^2 = 4 \\text{a}$$\n\n$$\\mathrm{word} = \\frac{1}{2}$$"
    scripts = scripts_in(outputs_of("benign", benign)["html"])
    outputs_of("benign", HEAD + benign.partition("---\n# a")[2])
    sys.addaudithook(listen)
    found: list[str] = []
    for name, text in documents().items():
        listening = name
        outputs = outputs_of(name, text)
        listening = ""
        found += [f"{name}: {wrong}" for wrong in wrongs(outputs, scripts)]
    listening = "an example of what is heard"
    touched: Callable[..., object] = eval
    touched("1 + 1")
    open("/dev/null").close()
    listening = ""
    print(json.dumps({"documents": len(documents()), "heard": heard, "found": found}))


def _of_an_import() -> bool:
    """Whether Python is loading a module, which compiles its source; or fontTools reads a font, by formulas of its own."""
    frame = sys._getframe(2)
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>" or "/fontTools/" in frame.f_code.co_filename:
            return True
        frame = frame.f_back  # type: ignore[assignment]
    return False


if __name__ == "__main__":
    main()
