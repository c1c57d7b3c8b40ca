"""The state of a training in one file: safetensors, with a checksum over every byte, written atomically.

The file holds parameters, the optimiser's state, the step, the generator's state, the order of the rows, the settings, and the
document itself: so it can be gone on from, and predicted with, and a file that belongs to something else is told.
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from derivations.files import clear_strays, write_atomically
from numeric.chain import Chain
from numeric.data.parts import Scaling
from numeric.model import Model
from numeric.portable import NotPortable, from_json, to_json
from numeric.problem import Labelling, Problem
from numeric.result import Epoch, Trained
from numeric.settings import Settings
from numeric.targets.numpy import lengths

VERSION = 1
NAME = "last.safetensors"
EMPTY = "0" * 64
CHECKSUM = f'"sha256":"{EMPTY}"'.encode()
FREE = {"epochs", "patience"}  # may differ on going on, while the rate does not depend on them


class CheckpointError(ValueError):
    """A checkpoint that cannot be used: names the file, and what in it does not fit."""


@dataclass(slots=True)
class Progress:
    """Where training stands.  ``order`` and ``position``: the rows of the epoch under way, and its steps done."""

    steps: int
    epoch: int = 0
    step: int = 0
    order: Any | None = None
    position: int = 0
    total: float = 0.0
    seconds: float = 0.0
    history: list[Epoch] = field(default_factory=list)
    least: float = math.inf
    waited: int = 0
    best: Any | None = None
    stopped: bool = False


@dataclass(frozen=True, slots=True)
class State:
    """``generator`` is that of NumPy's bit generator."""

    progress: Progress
    generator: Any


@dataclass(frozen=True, slots=True)
class Content:
    """A file that was read and whose checksum was found right."""

    path: Path
    tensors: dict[str, Any]
    about: dict[str, Any]


class Checkpoints:
    """The checkpoint of one training, in a folder; written after every epoch, and after every ``every`` steps."""

    def __init__(self, folder: Path, problem: Problem, settings: Settings, every: int | None = None) -> None:
        self.path, self.every = folder / NAME, every
        self.problem, self.settings = problem, settings
        self.about = about(problem, settings)

    def begin(self, may_exist: bool) -> None:
        """Makes the folder, and clears away what a killed run left half written."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clear_strays(self.path)
        if self.path.exists() and not may_exist:
            raise CheckpointError(f"{self.path} is there already: go on from it (--resume), or say --overwrite")

    def save(self, state: State, flat: Any, rule: Mapping[str, Any]) -> None:
        progress = state.progress
        tensors = {"parameters": flat, **{f"optimizer.{n}": a for n, a in rule.items()}, **model_tensors(self.problem)}
        if progress.order is not None:
            tensors["order"] = progress.order
        if progress.best is not None:
            tensors["best"] = progress.best
        told = {"epoch": progress.epoch, "step": progress.step, "position": progress.position, "total": progress.total,
                "seconds": progress.seconds, "least": progress.least if math.isfinite(progress.least) else None,
                "waited": progress.waited, "stopped": progress.stopped, "history": [asdict(e) for e in progress.history]}
        write(self.path, tensors, {**self.about, "progress": told, "generator": state.generator})

    def load(self, flat: Any, rule: Mapping[str, Any]) -> State | None:
        """Fills parameters and optimiser state in place; None where there is no checkpoint yet.  Raises CheckpointError."""
        if not self.path.exists():
            return None
        content = read(self.path)
        self._belongs(content)
        wanted = {"parameters": flat, **{f"optimizer.{n}": a for n, a in rule.items()}}
        for name, array in wanted.items():
            found = tensor(content, name)
            if found.shape != array.shape or found.dtype != array.dtype:
                raise CheckpointError(f"{self.path}: {name} is {found.dtype} of shape {found.shape}, "
                                      f"here {array.dtype} of shape {array.shape}")
        for name, array in wanted.items():
            array[...] = content.tensors[name]
        told = content.about["progress"]
        progress = Progress(
            0, told["epoch"], told["step"], content.tensors.get("order"), told["position"], told["total"], told["seconds"],
            [Epoch(**e) for e in told["history"]], math.inf if told["least"] is None else told["least"], told["waited"],
            content.tensors.get("best"), False)
        progress.stopped = told["stopped"] and self.settings.patience is not None and progress.waited >= self.settings.patience
        return State(progress, content.about["generator"])

    def _belongs(self, content: Content) -> None:
        """Raises CheckpointError at the first thing that is not as it was."""
        then, now = content.about, self.about
        if "progress" not in then:
            raise CheckpointError(f"{self.path} holds a model without the state of its training: it cannot be gone on from")
        for key, what in (("document", "another document, or another state of it"), ("claims", "other claims"),
                          ("sizes", "other sizes"), ("data", "other data")):
            if then.get(key) != now[key]:
                details = f": {shown(then.get(key))} there, {shown(now[key])} here" if key in ("sizes", "claims") else ""
                name = f" ({then.get('path')})" if key == "document" else ""
                raise CheckpointError(f"{self.path} was made with {what}{name}{details}")
        free = FREE if self.settings.schedule == "constant" else {"patience"}
        for name, value in now["settings"].items():
            if name not in free and then["settings"].get(name) != value:
                raise CheckpointError(f"{self.path} was made with {name} = {then['settings'].get(name)}, here it is {value}")


def shown(value: Any) -> str:
    return ", ".join(f"{n} = {v}" for n, v in value.items()) if isinstance(value, dict) else str(value)


def about(problem: Problem, settings: Settings) -> dict[str, Any]:
    """What a checkpoint says of itself besides numbers."""
    chain = problem.chain
    return {
        "version": VERSION, "path": chain.document, "document": chain.digest, "formulas": to_json(chain),
        "claims": list(chain.claims), "repaired": list(chain.repaired), "sizes": dict(problem.sizes),
        "data": problem.digest, "origin": problem.origin, "settings": settings.as_json(), "scaling": problem.scaling.kind,
        "labelling": None if problem.labelling is None else asdict(problem.labelling),
        "columns": list(problem.columns), "picture": problem.picture and list(problem.picture),
    }  # fmt: skip


def model_tensors(problem: Problem) -> dict[str, Any]:
    held = {f"constant.{n}": np.asarray(a) for n, a in problem.constants.items()}
    return {**held, "scaling.offset": problem.scaling.offset, "scaling.divisor": problem.scaling.divisor}


# -------------------------------------------------------------------- files


def write(path: Path, tensors: Mapping[str, Any], said: Mapping[str, Any]) -> None:
    """The same content makes the same bytes: the library writes what it is told besides arrays in no fixed order, so we do."""
    from safetensors.numpy import save

    data = save({n: np.ascontiguousarray(a) for n, a in tensors.items()})
    end = 8 + int.from_bytes(data[:8], "little")
    text = json.dumps(said, allow_nan=False, default=plain)
    header = {"__metadata__": {"derivations": text, "sha256": EMPTY}, **json.loads(data[8:end])}
    head = json.dumps(header, separators=(",", ":")).encode()
    head += b" " * (-len(head) % 8)  # arrays begin at a multiple of 8 bytes
    assert head.count(CHECKSUM) == 1, "the checksum has one place"
    whole = len(head).to_bytes(8, "little") + head + data[end:]
    digest = f'"sha256":"{hashlib.sha256(whole).hexdigest()}"'.encode()
    write_atomically(path, whole.replace(CHECKSUM, digest, 1))


def plain(value: Any) -> Any:
    """NumPy's numbers as Python's."""
    return value.item() if isinstance(value, np.generic) else value.tolist()


def read(path: Path) -> Content:
    """Raises CheckpointError for a file that is not whole, bit for bit; OSError where it cannot be opened."""
    path = path / NAME if path.is_dir() else path
    if path.exists() and not path.is_file():
        raise CheckpointError(f"{path}: this is a pipe or a device, expected a file")
    data = path.read_bytes()
    head = 8 + int.from_bytes(data[:8], "little")
    if len(data) < 8 or head > len(data):
        raise CheckpointError(f"{path}: cut short, or no checkpoint: its header would end at byte {head}, "
                              f"the file at {len(data)}")
    try:
        header = json.loads(data[8:head])
        told = header["__metadata__"]["sha256"]
        ends = [int(entry["data_offsets"][1]) for name, entry in header.items() if name != "__metadata__"]
        about_ = json.loads(header["__metadata__"]["derivations"])
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        raise CheckpointError(f"{path}: its header (bytes 9 to {head}) is damaged, or it is no checkpoint of ours") from None
    if len(data) != head + max(ends, default=0):
        raise CheckpointError(f"{path}: cut short or grown: its arrays end at byte {head + max(ends, default=0)}, "
                              f"the file at {len(data)}")
    if not isinstance(told, str) or hashlib.sha256(data[:head].replace(told.encode(), EMPTY.encode(), 1) + data[head:]
                                                   ).hexdigest() != told:
        raise CheckpointError(f"{path}: damaged: its checksum is not that of its {len(data)} bytes")
    if not isinstance(about_, dict) or about_.get("version") != VERSION:
        raise CheckpointError(f"{path}: a checkpoint of another version")
    from safetensors.numpy import load

    return Content(path, load(data), about_)


def tensor(content: Content, name: str) -> Any:
    if name not in content.tensors:
        raise CheckpointError(f"{content.path}: there is no {name} in it; it has {', '.join(sorted(content.tensors))}")
    return content.tensors[name]


# ------------------------------------------------------------------- models


def save_model(path: Path, result: Trained) -> None:
    """Parameters and what prediction needs, without the state of training."""
    path.parent.mkdir(parents=True, exist_ok=True)
    parameters = np.concatenate([np.ravel(result.parameters[n]) for n in result.problem.chain.parameters])
    write(path, {"parameters": parameters, **model_tensors(result.problem)}, about(result.problem, result.settings))


def load_model(path: str | Path) -> Model:
    """The model of a checkpoint, or of ``Trained.save``; the document is not needed.

    Raises CheckpointError, and OSError where the file cannot be opened.
    """
    content = read(Path(path))
    told = content.about
    try:
        chain = from_json(told["formulas"])
        labels = told["labelling"]
        labelling = None if labels is None else Labelling(labels["kind"], tuple(labels["classes"]), labels["words"])
        scaling = Scaling(told["scaling"], tensor(content, "scaling.offset"), tensor(content, "scaling.divisor"))
        constants = {n.removeprefix("constant."): a if a.ndim else float(a) for n, a in content.tensors.items()
                     if n.startswith("constant.")}
        return Model(chain, parameters_in(content, chain, told["sizes"]), constants, told["sizes"], scaling, labelling,
                     told["settings"]["dtype"], tuple(told["columns"]), told["picture"] and tuple(told["picture"]))
    except (KeyError, TypeError, NotPortable) as error:
        raise CheckpointError(f"{content.path}: its description does not make a model: {error}") from None


def parameters_in(content: Content, chain: Chain, sizes: Mapping[str, int]) -> dict[str, Any]:
    """The flat array cut into the parameters; with early stopping, the best ones."""
    flat = content.tensors.get("best", tensor(content, "parameters"))
    shapes = {n: lengths(chain.context.variables[n].shape, sizes) for n in chain.parameters}
    counts = [int(np.prod(shape)) for shape in shapes.values()]
    if sum(counts) != len(flat):
        raise CheckpointError(f"{content.path}: {len(flat)} parameters, its formulas have {sum(counts)} at its sizes")
    pieces = np.split(flat, np.cumsum(counts)[:-1])
    return {n: piece.reshape(shape) for (n, shape), piece in zip(shapes.items(), pieces, strict=True)}
