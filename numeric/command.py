"""What ``derivations compile`` and ``derivations train`` do, less the options."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from derivations.report.outline import Report
from numeric.chain import CannotCompile, Chain, chain_of
from numeric.check import check_gradients
from numeric.data import NoData, load, split
from numeric.emit import emit
from numeric.lower import BadInput, compile_chain
from numeric.train import Epoch, Settings, Trained, train

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

Say = Callable[[str], None]
REFUSALS = (CannotCompile, BadInput, NoData)
PATIENCE = 0.5  # seconds before a progress bar is worth the flicker


def told(chain: Chain) -> list[str]:
    """What has to be known before code from this document runs: repaired lines, scopes, conventions."""
    lines = []
    for source in chain.sources:
        place = f"line {source.line} (claim {source.claim})"
        if source.repaired:
            lines.append(f"{place} is refuted as written; what runs is its repair, {source.scope}: {source.repaired}")
        if isinstance(source.scope, tuple):
            lines.append(f"{place} is proved at named sizes only")
    return lines


def sizes_from(texts: tuple[str, ...]) -> dict[str, int]:
    """``H=32`` or ``H=32,K=5`` → {"H": 32, "K": 5}; raises BadInput."""
    sizes: dict[str, int] = {}
    for text in (part for given in texts for part in given.split(",")):
        name, _, value = text.partition("=")
        if not value.strip().isdigit() or int(value) < 1:
            raise BadInput(f"expected a size like H=32, not {text!r}")
        sizes[name.strip()] = int(value)
    return sizes


def compile_command(report: Report, target: str, out: str | None, say: Say, warn: Say) -> None:
    """Writes the module to ``out``, or says it; raises one of ``REFUSALS``, or OSError where it cannot be written."""
    chain = chain_of(report)
    for line in told(chain):
        warn(line)
    text = emit(chain, target)
    if out is None:
        say(text)
        return
    Path(out).write_text(text, encoding="utf-8")
    warn(f"{out}: loss and gradients by {', '.join(chain.parameters)}, from the claims {', '.join(chain.claims)}")


def train_command(report: Report, data: str, sizes: tuple[str, ...], settings: Settings, as_json: bool,
                  say: Say, warn: Say) -> None:
    """Trains and prints; raises one of ``REFUSALS``.  With ``as_json`` everything but the object goes to ``warn``."""
    comment = warn if as_json else say
    chain = chain_of(report)
    for line in told(chain):
        comment(line)
    features, labels = load(data)
    parts = split(features, labels, settings.seed)
    check = check_gradients(compile_chain(chain, "numpy", "float64"))
    comment(str(check))
    wanted = replace(settings, sizes=sizes_from(sizes))
    with Bar(wanted.epochs) as bar:
        def on_epoch(epoch: Epoch, epochs: int) -> None:
            bar.update(epoch)
            if not as_json and not bar.shown and (epoch.epoch in (1, epochs) or epoch.epoch % max(1, epochs // 10) == 0):
                say(epoch_line(epoch, epochs))

        result = train(report, parts, wanted, check=check, on_epoch=on_epoch)
    say(json.dumps(result.as_json(), ensure_ascii=False) if as_json else summary(result))


def epoch_line(epoch: Epoch, epochs: int) -> str:
    return (f"epoch {epoch.epoch:{len(str(epochs))}d}/{epochs}  loss {epoch.loss:.4f}  train {epoch.train_accuracy:.1%}  "
            f"validation {epoch.validation_accuracy:.1%}")


def summary(result: Trained) -> str:
    sizes = ", ".join(f"{name} = {value}" for name, value in result.sizes.items())
    return f"test accuracy {result.test_accuracy:.1%} after {len(result.history)} epochs, {result.seconds:.2f} s ({sizes})"


class Bar:
    """A progress bar on standard error, where that is a terminal and training takes more than a moment."""

    def __init__(self, epochs: int) -> None:
        self.epochs = epochs
        self.began = time.monotonic()
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    @property
    def shown(self) -> bool:
        return self.progress is not None

    def update(self, epoch: Epoch) -> None:
        if self.progress is None and sys.stderr.isatty() and time.monotonic() - self.began > PATIENCE:
            self._start()
        if self.progress is not None and self.task is not None:
            words = f"loss {epoch.loss:.4f}, validation {epoch.validation_accuracy:.1%}"
            self.progress.update(self.task, completed=epoch.epoch, description=words)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        counted = TextColumn("{task.completed}/{task.total}")
        columns = TextColumn("{task.description}"), BarColumn(), counted, TimeRemainingColumn()
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self.task = self.progress.add_task("epochs", total=self.epochs)
        self.progress.start()
