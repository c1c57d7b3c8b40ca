"""A report as PDF: set by xelatex where there is one, else by Typst; a character without a glyph is an error.

Nothing of a document is ever run: TeX gets no shell, no start-up files and a folder of its own, Typst no files at all.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from derivations.files import scratch_folder
from derivations.report.latex import latex
from derivations.report.page import Page
from derivations.report.plain import safe
from derivations.report.typstpage import typst as typst_markup

Engine: TypeAlias = Literal["xelatex", "typst"]

LATEXMK = ("latexmk", "-norc", "-xelatex", "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "report.tex")
TIME_LIMIT = 180.0  # seconds for xelatex, all of its runs
# Runs a command; the end of standard input is the end of whoever started this, and ends the whole group
HEEDING = """
import os, signal, subprocess, sys, threading
def heed():
    sys.stdin.buffer.read()
    os.killpg(0, signal.SIGKILL)
threading.Thread(target=heed, daemon=True).start()
os._exit(subprocess.call(sys.argv[1:], stdin=subprocess.DEVNULL) & 255)
"""
LOST = re.compile(r"Missing character: There is no (.) ", re.DOTALL)
UNSHOWN = re.compile(r"the text [`\"]+(.*?)[`\"]+ could not be displayed", re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
TEX_ERROR = re.compile(r"^(! .+|l\.[0-9]+ .+)$", re.MULTILINE)
FONT_HINT = "install a font that has them: for Chinese, Japanese and Korean fonts-noto-cjk, for others fonts-noto-core"
NEITHER = "a PDF needs latexmk with xelatex, or the typst package: pip install 'derivations[pdf]'"


class CannotPrint(Exception):
    """There is no PDF; the message says why and what helps."""


class NoEngine(CannotPrint):
    """Nothing is installed that makes PDF."""


class NoGlyphs(CannotPrint):
    """The fonts at hand lack ``characters``."""

    def __init__(self, engine: str, characters: str) -> None:
        shown = ", ".join(f"{safe(one)} (U+{ord(one):04X})" for one in list(dict.fromkeys(characters))[:12])
        super().__init__(f"{engine} has no font with these characters: {shown}; {FONT_HINT}")


@dataclass(frozen=True, slots=True)
class Printed:
    data: bytes
    engine: Engine


def pdf(page: Page) -> Printed:
    """Raises CannotPrint: where all that is there lacks a glyph, or something went wrong."""
    failed: NoGlyphs | None = None
    for engine, make in _engines():
        try:
            return Printed(make(page), engine)
        except NoGlyphs as problem:
            failed = problem  # the other one has other fonts
    raise failed or NoEngine(NEITHER)


def _engines() -> Iterator[tuple[Engine, Callable[[Page], bytes]]]:
    if shutil.which("latexmk") and shutil.which("xelatex"):
        yield "xelatex", by_xelatex
    if has_typst():
        yield "typst", by_typst


def has_typst() -> bool:
    try:
        import typst  # noqa: F401
    except ImportError:
        return False
    return True


# ------------------------------------------------------------------ xelatex


def by_xelatex(page: Page) -> bytes:
    """Raises CannotPrint with what the log says, or NoGlyphs."""
    with scratch_folder() as folder:
        (Path(folder) / "report.tex").write_text(latex(page), "utf-8")
        status = _run(LATEXMK, folder)
        log = Path(folder) / "report.log"
        told = log.read_text("utf-8", "replace") if log.exists() else ""
        if lost := LOST.findall(told):
            raise NoGlyphs("xelatex", "".join(lost))
        result = Path(folder) / "report.pdf"
        if status != 0 or not result.exists():
            raise CannotPrint(f"xelatex failed: {_errors(told) or f'it ended with status {status} and no message'}")
        return result.read_bytes()


def _run(command: Sequence[str], folder: str) -> int:
    """The exit status; a run that takes too long is ended with all that it started, and so is one whose parent is gone."""
    environment = os.environ | {"openin_any": "p", "openout_any": "p", "shell_escape": "f", "max_print_line": "10000"}
    with subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HEEDING, *command], cwd=folder, env=environment, stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        try:
            return process.wait(TIME_LIMIT)
        except subprocess.TimeoutExpired:
            raise CannotPrint(f"xelatex did not end in {TIME_LIMIT:g} s") from None
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()


def _errors(log: str) -> str:
    return "; ".join(TEX_ERROR.findall(log)[:4])


# -------------------------------------------------------------------- typst


def by_typst(page: Page) -> bytes:
    """Raises NoGlyphs, or CannotPrint with what Typst says."""
    import typst

    markup = typst_markup(page).encode("utf-8")
    with scratch_folder() as folder:
        compiler = typst.Compiler(root=folder, font_paths=_font_folders())
        try:
            # PDF/A refuses characters that no font has; it asks for a date, which the result is to do without
            compiler.compile(markup, format="pdf", pdf_standards=["a-2b"], sys_inputs={"dated": "yes"})
            result = compiler.compile(markup, format="pdf")
        except typst.TypstError as error:
            if lost := UNSHOWN.findall(error.message):
                raise NoGlyphs("typst", ESCAPED.sub(lambda one: chr(int(one[1], 16)), "".join(lost))) from None
            raise CannotPrint(f"typst failed: {error.message}") from None
    assert isinstance(result, bytes)
    return result


def _font_folders() -> list[str]:
    """Where a TeX installation keeps its Chinese fonts, if there is one."""
    finder = shutil.which("kpsewhich")
    if finder is None:
        return []
    told = subprocess.run([finder, "FandolSong-Regular.otf"], capture_output=True, text=True, timeout=20, check=False).stdout
    return [str(Path(told.strip()).parent)] if told.strip() else []
