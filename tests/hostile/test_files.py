"""Files that are none, or not what they say: refused before they cost anything, with a message that names the place."""

from __future__ import annotations

import gzip
import io
import json
import os
import struct
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from derivations import cli
from derivations.limits import Limits
from derivations.messages import Request
from derivations.report.outline import Report
from derivations.source import Problem
from derivations.worker import judged

SMALL = Limits(file_bytes=10_000, reading_seconds=30)
PAGE = "$$1 = 1$$\n"


def pipe(path: Path) -> None:
    os.mkfifo(path)


def folder(path: Path) -> None:
    path.mkdir()


def circle(path: Path) -> None:
    path.symlink_to(path.name)


def to(target: str) -> Callable[[Path], None]:
    return lambda path: path.symlink_to(target)


def holding(data: bytes) -> Callable[[Path], None]:
    def write(path: Path) -> None:
        path.write_bytes(data)

    return write


def sparse(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(1 << 40)


def locked(path: Path) -> None:
    path.write_text(PAGE)
    path.chmod(0)


PATHS: list[tuple[str, Callable[[Path], None], str]] = [
    ("a pipe that nobody writes to", pipe, "no-file"),
    ("a folder", folder, "Is a directory"),
    ("a link to itself", circle, "symbolic links"),
    ("a link to nothing", to("nowhere"), "No such file"),
    ("endless zeros", to("/dev/zero"), "no-file"),
    ("endless noise", to("/dev/urandom"), "no-file"),
    ("nothing", to("/dev/null"), "no-file"),
    ("a terminal", to("/dev/tty"), ""),
    ("a terabyte of nothing", sparse, "file-too-long"),
    ("a file of a byte too much", holding(b"a" * 10_001), "file-too-long"),
    ("a table of processes", to("/proc/self/environ"), ""),
    ("bytes that are no text", holding(bytes(range(256))), "not-utf8"),
    ("half a character", holding(PAGE.encode() + b"\xe2\x82"), "not-utf8"),
    ("surrogates", holding(b"\xed\xa0\x80"), "not-utf8"),
    ("overlong zeros", holding(b"\xc0\x80"), "not-utf8"),
    ("UTF-16", holding(PAGE.encode("utf-16")), "not-utf8"),
    ("UTF-32", holding(PAGE.encode("utf-32")), "not-utf8"),
    ("a compressed file", holding(gzip.compress(b"0" * 5000)), "not-utf8"),
]


def what_came(outcome: object) -> str:
    match outcome:
        case Problem(code=code):
            return code
        case OSError():
            return str(outcome)
        case Report():
            return " ".join(located.problem.code for located in outcome.problems)
        case _:
            return repr(outcome)


@pytest.mark.parametrize("ending", ["md", "tex", "ipynb"])
@pytest.mark.parametrize("as_given", [False, True], ids=["document", "given file"])
def test_files_that_are_no_documents(ending: str, as_given: bool, tmp_path: Path) -> None:
    """All in one go, as documents and as what is given beside one."""
    requests = []
    (tmp_path / "page.md").write_text(PAGE)
    for number, (_, make, _) in enumerate(PATHS):
        path = tmp_path / f"{number}.{ending}"
        make(path)
        page = str(tmp_path / "page.md")
        requests.append(Request(page, given_path=str(path)) if as_given else Request(str(path)))
    for (name, _, expected), outcome in zip(PATHS, judged(requests, SMALL, 2), strict=True):
        if expected:
            assert expected in what_came(outcome), name
        assert "Fault" not in what_came(outcome), name


def test_standard_input_has_a_limit_too() -> None:
    result = CliRunner().invoke(cli.main, ["verify", "-"], input=b"a" * (Limits().file_bytes + 1))
    assert result.exit_code == 2
    assert "file-too-long" in result.stderr


@pytest.mark.parametrize("name", ["-rf", "--help", "a b.md", "a\nb.md", "\x1b[31m.md", "$(touch x).md", "a;touch x.md", "..md", "é中.md", "'.md"])
def test_names_of_files_are_names(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text(PAGE)
    (outcome,) = judged([Request(name)], SMALL)
    assert isinstance(outcome, Report)
    assert os.listdir(tmp_path) == [name]


# ------------------------------------------------- numbers to train with


def archive(**entries: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in entries.items():
            file.writestr(f"{name}.npy", data)
    return buffer.getvalue()


def npy(header: str, data: bytes = b"") -> bytes:
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + data


FLOATS = "{'descr': '<f8', 'fortran_order': False, 'shape': %s, }"
DATA: list[tuple[str, bytes]] = [
    ("empty.csv", b""), ("nul.csv", b"\0" * 100), ("binary.csv", bytes(range(256))), ("header.csv", b"a,b,y\n"),
    ("ragged.csv", b"1,2,0\n1,0\n"), ("nan.csv", b"1,nan,0\n"), ("inf.csv", b"1,1e999,0\n"), ("word.csv", b"1,x,0\n2,y,1\n"),
    ("label.csv", b"1,2,-1\n"), ("classes.csv", b"1,2,99999999999\n"), ("quote.csv", b'1,"2,0\n'), ("long.csv", b"1" * 200_000),
    ("field.csv", b'"' + b"a" * 200_000 + b'",0\n'), ("formula.csv", b"=cmd|' /C calc'!A0,0\n"), ("hex.csv", b"0x10,0\n1,1\n"),
    ("empty.npz", b""), ("text.npz", b"PK\x03\x04"), ("cut.npz", archive(X=npy(FLOATS % "(2, 2)", bytes(32)))[:60]),
    ("none.npz", archive()), ("huge.npz", archive(X=npy(FLOATS % "(1000000000, 1000000000)"))),
    ("negative.npz", archive(X=npy(FLOATS % "(-1, 4)"))), ("code.npz", archive(X=npy("__import__('os').system('touch x')"))),
    ("pickle.npz", archive(X=npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,), }", b"cos\nsystem\n(S'touch x'\ntR."))),
    ("short.npz", archive(X=npy(FLOATS % "(100, 100)", bytes(8)))), ("nan.npz", archive(X=npy(FLOATS % "(1, 1)", struct.pack("<d", float("nan"))))),
    ("traversal.npz", archive(**{"../../x": npy(FLOATS % "(1,)", bytes(8))})),
    ("empty.idx", b""), ("kind.idx", struct.pack(">HBBI", 0, 7, 1, 1) + b"x"), ("rank.idx", struct.pack(">HBB", 0, 8, 255)),
    ("huge.idx", struct.pack(">HBB4I", 0, 8, 4, *[2**32 - 1] * 4)), ("long.idx", struct.pack(">HBBI", 0, 8, 1, 1) + b"xx"),
    ("cut.idx.gz", gzip.compress(b"0" * 5000)[:40]), ("none.idx.gz", b"no gzip"),
    ("unknown.pkl", b"cos\nsystem\n(S'touch x'\ntR."), ("unknown.npy", npy(FLOATS % "(1,)", bytes(8))),
]  # fmt: skip
CHECKPOINTS: list[tuple[str, bytes]] = [
    ("empty", b""), ("short", b"1234"), ("a header of 2⁶³ bytes", b"\xff" * 8 + b"{}"), ("no JSON", struct.pack("<Q", 4) + b"nope"),
    ("a list", struct.pack("<Q", 2) + b"[]"), ("no metadata", struct.pack("<Q", 2) + b"{}"),
    ("deep JSON", struct.pack("<Q", 200_000) + b"[" * 200_000), ("NaN", struct.pack("<Q", 3) + b"NaN"),
    ("metadata that is a number", struct.pack("<Q", 18) + b'{"__metadata__":5}'),
    ("a pickle", b"\x80\x04cos\nsystem\n(S'touch x'\ntR."), ("zeros", bytes(5000)), ("text", b"hello " * 1000),
    ("offsets beyond the end", (lambda head: struct.pack("<Q", len(head)) + head)(json.dumps(
        {"__metadata__": {"sha256": "0" * 64, "derivations": "{}"}, "w": {"dtype": "F64", "shape": [1], "data_offsets": [0, 1 << 60]}}
    ).encode())),
    ("negative offsets", (lambda head: struct.pack("<Q", len(head)) + head)(json.dumps(
        {"__metadata__": {"sha256": "0" * 64, "derivations": "{}"}, "w": {"dtype": "F64", "shape": [1], "data_offsets": [0, -8]}}
    ).encode())),
]  # fmt: skip

TRAIN = """
import json, os, resource, sys
resource.setrlimit(resource.RLIMIT_AS, (3 << 30, 3 << 30))
from pathlib import Path
from numeric.data import NoData, load
from numeric.checkpoint import CheckpointError, read
told = {}
for path in sorted(Path(".").iterdir()):
    try:
        if path.suffix == ".safetensors":
            read(path)
        else:
            load(path)
        told[path.name] = "accepted"
    except (NoData, CheckpointError) as refusal:
        told[path.name] = str(refusal)
    except Exception as error:
        told[path.name] = f"CRASHED {type(error).__name__}: {error}"
print(json.dumps({"told": told, "left": sorted(os.listdir("."))}))
"""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What loading says, in a process with little memory."""
    pytest.importorskip("numpy")
    place = tmp_path_factory.mktemp("data")
    for name, data in DATA:
        (place / name).write_bytes(data)
    for number, (_, data) in enumerate(CHECKPOINTS):
        (place / f"{number}.safetensors").write_bytes(data)
    os.mkfifo(place / "pipe.csv")
    (place / "zeros.idx").symlink_to("/dev/zero")
    (place / "bomb.idx.gz").write_bytes(gzip.compress(bytes(1 << 26)) * 80)
    before = sorted(os.listdir(place))
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
    done = subprocess.run([sys.executable, "-c", TRAIN], capture_output=True, text=True, cwd=place, env=environment, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["left"] == before
    return {str(name): str(text) for name, text in said["told"].items()}


ACCEPTED = {"nan.csv", "inf.csv", "word.csv", "hex.csv", "nan.npz", "label.csv", "classes.csv", "long.csv", "formula.csv", "field.csv"}  # looked at when the document is known


@pytest.mark.parametrize("name", [name for name, _ in DATA] + ["pipe.csv", "zeros.idx", "bomb.idx.gz"])
def test_data_that_is_none_is_refused_by_name(name: str, refusals: dict[str, str]) -> None:
    assert "CRASHED" not in refusals[name], refusals[name]
    assert name in refusals[name] or (name in ACCEPTED and refusals[name] == "accepted"), refusals[name]


@pytest.mark.parametrize("number", range(len(CHECKPOINTS)), ids=[name for name, _ in CHECKPOINTS])
def test_checkpoints_that_are_none_are_refused_by_name(number: int, refusals: dict[str, str]) -> None:
    assert refusals[f"{number}.safetensors"].startswith(f"{number}.safetensors: "), refusals[f"{number}.safetensors"]
