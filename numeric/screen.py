"""What training shows in a terminal, 80 columns wide: a line an epoch, a progress bar, the confusion matrix."""

from __future__ import annotations

import sys
import textwrap
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from derivations.report.plain import safe
from numeric.problem import Problem
from numeric.result import Epoch, Trained

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PATIENCE = 0.5  # seconds before a progress bar is worth the flicker
OFTEN = 0.1  # seconds between two looks of the bar
LINES = 20  # epochs that are shown of a long training
WIDTH = 80
WIDE = 20  # classes whose matrix still fits
BOLD, DIM, PLAIN = "\x1b[1m", "\x1b[2m", "\x1b[0m"


def wrapped(text: str) -> str:
    """Lines of at most 80 columns, broken between words; what goes on is set in."""
    lines = []
    for line in text.split("\n"):
        inside = " " * (len(line) - len(line.lstrip()) + 2)
        lines += textwrap.wrap(line, WIDTH, subsequent_indent=inside, break_long_words=False, break_on_hyphens=False,
                               drop_whitespace=True) or [""]
    return "\n".join(lines)


def percent(value: float | None, metric: str | None) -> str:
    if value is None:
        return "–"
    return f"{value:.3f}" if metric == "r2" else f"{100 * value:.1f} %"


def about_data(problem: Problem, batch: int) -> str:
    """What is trained with, in a sentence or two."""
    parts_of = (("train", "to train"), ("validation", "to validate"), ("test", "to test"))
    rows = [f"{problem.count(p):,} {what}" for p, what in parts_of if problem.rows and problem.count(p)]
    parts = [f"{safe(problem.origin)}: rows {', '.join(rows)}" if rows else f"{safe(problem.origin)}: no rows, one step an epoch"]
    if problem.labelling is not None and problem.labelling.classes:
        parts.append(f"{len(problem.labelling.classes)} classes")
    match problem.scaling.kind:
        case "standard":
            parts.append("columns standardised by the training rows")
        case "unit" if problem.scaling.divisor.size == 1:
            parts.append(f"features divided by {problem.scaling.divisor.item():g}")
        case "unit":
            parts.append("columns scaled to 0…1 by the training rows")
    text = "; ".join(parts)
    if problem.rows and batch >= problem.count("train"):
        text += "; all rows in one batch"
    return text


class Table:
    """The epochs, a line each; of a long training every so-manieth."""

    def __init__(self, epochs: int, metric: str | None, colour: bool) -> None:
        self.epochs, self.metric, self.colour = epochs, metric, colour
        self.every = max(1, round(epochs / LINES))
        self.head = "R²" if metric == "r2" else "accuracy"

    def header(self) -> str:
        measure = f"{'train':>9}{'validation':>12}  {self.head}" if self.metric else f"{'validation loss':>17}"
        text = f"{'epoch':>7}{'loss':>11}{measure}"
        return f"{BOLD}{text}{PLAIN}" if self.colour else text

    def shows(self, epoch: Epoch) -> bool:
        return epoch.epoch in (1, self.epochs) or epoch.epoch % self.every == 0

    def line(self, epoch: Epoch) -> str:
        start = f"{epoch.epoch:>7}{epoch.loss:>11.4g}"
        if self.metric is None:
            return start + f"{'–' if epoch.validation_loss is None else format(epoch.validation_loss, '.4g'):>17}"
        return start + f"{percent(epoch.train_accuracy, self.metric):>9}{percent(epoch.validation_accuracy, self.metric):>12}"


def confusion_lines(confusion: Any, classes: Sequence[str], colour: bool) -> list[str]:
    """Rows are the true classes; what was never mistaken is a dot.  Of many classes only the worst mistakes."""
    count = len(classes)
    if count > WIDE:
        return worst_mistakes(confusion, classes)
    short = [safe(c)[:12] for c in classes]
    cell = max(3, len(str(confusion.max()))) + 1
    if max(map(len, short)) < cell:
        heads = names = short
    else:
        heads = [chr(ord("a") + n) for n in range(count)]
        names = [f"{h} {c}" for h, c in zip(heads, short, strict=True)]
    side = max(len(c) for c in (*names, "true"))
    if side + count * cell + 11 > WIDTH:
        return worst_mistakes(confusion, classes)
    width = cell
    lines = [f"{'true':>{side}}  {''.join(f'{h:>{width}}' for h in heads)}  recall"]
    for n, name in enumerate(names):
        cells = [paint(f"{v or '·':>{width}}", n == m, v, colour) for m, v in enumerate(map(int, confusion[n]))]
        total = int(confusion[n].sum())
        lines.append(f"{name:>{side}}  {''.join(cells)}  {percent(confusion[n, n] / total, None) if total else '–':>7}")
    return lines


def paint(text: str, diagonal: bool, value: int, colour: bool) -> str:
    if not colour:
        return text
    return f"{BOLD}{text}{PLAIN}" if diagonal else text if value else f"{DIM}{text}{PLAIN}"


def worst_mistakes(confusion: Any, classes: Sequence[str]) -> list[str]:
    mistakes = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:10]
    lines = ["the most frequent mistakes:"]
    for place in order:
        true, taken = np.unravel_index(place, mistakes.shape)
        if mistakes[true, taken]:
            lines.append(f"{mistakes[true, taken]:>7} × {safe(classes[true])[:24]} taken for {safe(classes[taken])[:24]}")
    return lines


def summary(result: Trained, sizes: bool = True) -> str:
    """What came out, in a line."""
    told = f" ({', '.join(f'{safe(name)} = {value}' for name, value in result.sizes.items())})" if sizes else ""
    epochs = f"{len(result.history)} epochs" + (", stopped early, best kept" if result.stopped else "")
    score = percent(result.test_accuracy, result.model.metric)
    if result.model.metric is None:
        loss = result.test_loss if result.test_loss is not None else result.history[-1].loss
        found = f"{'test loss' if result.test_loss is not None else 'loss'} {loss:.5g}"
    else:
        found = f"test {'R²' if result.model.metric == 'r2' else 'accuracy'} {score}"
    return wrapped(f"{found} after {epochs}, {result.seconds:.2f} s{told}")


class Bar:
    """A progress bar on standard error, where that is a terminal and training takes more than a moment."""

    def __init__(self, epochs: int, steps: int, metric: str | None) -> None:
        self.total, self.metric = epochs * steps, metric
        self.wanted = sys.stderr.isatty()
        self.began = self.looked = time.monotonic()
        self.done, self.first = 0, 0
        self.loss, self.score = float("nan"), ""
        self.progress: Progress | None = None
        self.task: TaskID | None = None

    def __enter__(self) -> Bar:
        return self

    def __exit__(self, *_: object) -> None:
        if self.progress is not None:
            self.progress.stop()

    def on_step(self, step: int, loss: float) -> None:
        self.loss = loss
        self.first = self.first or step
        self.done = step
        now = time.monotonic()
        if now - self.looked > OFTEN:
            self.looked = now
            self._show()

    def on_epoch(self, epoch: Epoch) -> None:
        shown = epoch.train_accuracy if epoch.validation_accuracy is None else epoch.validation_accuracy
        self.score = percent(shown, self.metric)

    def say(self, text: str, otherwise: Callable[[str], None]) -> None:
        """Above the bar, where both share a terminal; else as it is said without one."""
        if self.progress is not None and sys.stdout.isatty():
            from rich.text import Text

            self.progress.console.print(Text.from_ansi(text), soft_wrap=True)
        else:
            otherwise(text)

    def _show(self) -> None:
        if self.progress is None:
            if time.monotonic() - self.began < PATIENCE:
                return
            self._start()
        assert self.progress is not None
        assert self.task is not None
        rate = (self.done - self.first + 1) / max(1e-9, time.monotonic() - self.began)
        measure = f"  {'R²' if self.metric == 'r2' else 'acc'} {self.score}" if self.score and self.metric else ""
        words = f"loss {self.loss:.4f}{measure}  {rate:,.0f} steps/s"
        self.progress.update(self.task, completed=self.done, description=words)

    def _start(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        columns = (BarColumn(bar_width=20), TextColumn("{task.percentage:>3.0f} %"), TextColumn("{task.description}"),
                   TimeRemainingColumn(compact=True), TextColumn("left"))
        self.progress = Progress(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False,
                                 redirect_stderr=False)
        self.task = self.progress.add_task("", total=self.total)
        self.progress.start()
