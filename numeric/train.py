"""Training with the compiled gradients: mini-batches, an update rule, measures after every epoch.

The loop is small on purpose: all that a step touches is made before the first one.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from derivations.report.outline import Report
from numeric.batches import Batches, Step
from numeric.chain import Chain, chain_of
from numeric.check import Check, check_gradients
from numeric.checkpoint import Checkpoints, Progress, State
from numeric.data import Source, load
from numeric.engine import Engine, engine_of
from numeric.initial import initial
from numeric.lower import BadInput, compile_chain
from numeric.model import Model, measured
from numeric.optimizers import OPTIMIZERS, Options, Rule
from numeric.prediction import chosen, computed, loss_of
from numeric.problem import Problem, problem_of
from numeric.result import Epoch, Trained
from numeric.schedules import Schedule
from numeric.settings import Settings

OnEpoch = Callable[[Epoch, int], None]
OnStep = Callable[[int, float], None]
USUAL_BATCH = 32
SAMPLE = 2000  # training rows that accuracy is measured on after an epoch: all of them would cost a third of it


class Diverged(ArithmeticError):
    """A quantity that became NaN or infinite: says at which step."""


def train(
    report: Report, data: Source, settings: Settings | None = None, *, check: Check | None = None,
    on_step: OnStep | None = None, on_epoch: OnEpoch | None = None, checkpoint: str | Path | None = None,
    keep_every: int | None = None, resume: bool = False, overwrite: bool = False, **changes: Any,
) -> Trained:
    """Trains the parameters that the document's ``train:`` block names, with its proved gradients.

    ``data`` is a name ("digits"), a file, (features, labels), or arrays under the document's names.  ``settings``, or single
    ones by keyword (``epochs=20, sizes={"H": 64}``), say how.  ``on_step(step, loss)`` and ``on_epoch(epoch, epochs)`` are
    called after each; ``on_step`` may stop training by raising StopIteration.  With ``checkpoint``, a folder, the state is
    kept after every epoch, and after every ``keep_every`` steps; ``resume`` goes on from there to the same result as a run
    that was never cut off.

    Before the first step the gradients are compared with differences of the loss (``check`` hands in a comparison that was
    made already).  Raises CannotCompile where a needed line is not proved, BadInput and NoData where the data does not fit
    the document, Diverged where the loss is no number any more, CheckpointError for a checkpoint that does not fit.
    """
    run = prepared(report, data, replace(settings or Settings(), **changes), checkpoint, keep_every)
    check = check or check_gradients(compile_chain(run.problem.chain, "numpy", "float64"))
    return run.run(check, on_step, on_epoch, resume, overwrite)


def prepared(report: Report, data: Source, settings: Settings, checkpoint: str | Path | None = None,
             keep_every: int | None = None) -> Run:
    """A training before its first step: the data fits the document, parameters have their first values."""
    chain = chain_of(report)
    problem = problem_of(chain, load(data, symbols_of(chain), settings.label), settings)
    kept = None if checkpoint is None else Checkpoints(Path(checkpoint), problem, settings, keep_every)
    try:
        return Run(problem, settings, kept)
    except MemoryError:
        shown = ", ".join(f"{n} = {v}" for n, v in problem.sizes.items())
        raise BadInput(f"parameters and buffers of these sizes do not fit into memory: {shown}") from None


def symbols_of(chain: Chain) -> list[str]:
    """The names that data can have: what is not defined, the labels first."""
    names = (*((chain.labels,) if chain.labels else ()), *chain.context.variables, *chain.context.labels)
    return [n for n in dict.fromkeys(names) if n not in chain.context.definitions]


@dataclass
class Run:
    """One training: everything that its steps touch."""

    problem: Problem
    settings: Settings
    kept: Checkpoints | None = None

    def __post_init__(self) -> None:
        settings, problem = self.settings, self.problem
        if not problem.count("train"):
            raise BadInput(f"{problem.origin}: no rows are left for training")
        plain = settings.optimizer == "sgd" and not settings.decay and settings.clip is None
        self.folds = plain and settings.backend in ("numpy", "numba") and settings.schedule == "constant" and not settings.warmup
        self.engine: Engine = engine_of(problem, settings, self.folds)
        self.model = Model(problem.chain, self.engine.parameters, problem.constants, problem.sizes, problem.scaling,
                           problem.labelling, settings.dtype, problem.columns, problem.picture)
        self.loss_alone = loss_of(problem.chain)
        self.sample = np.random.default_rng([settings.seed, 2]).permutation(problem.count("train"))[:SAMPLE]
        self._start()
        self.batch = self._batch()
        self.batches = self._batches()
        self.schedule = Schedule(settings.schedule, settings.epochs, self.batches.steps, settings.warmup, settings.factor,
                                 settings.every)
        self.rule: Rule = OPTIMIZERS[settings.optimizer].make(
            self.engine.flat, Options(momentum=settings.momentum, decay=settings.decay))

    def _start(self) -> None:
        rng = np.random.default_rng(self.settings.seed)
        for name, values in self.engine.parameters.items():
            values[...] = initial(self.problem.chain, name, self.problem.sizes, rng, self.settings.initial)

    def _batch(self) -> int:
        """Where the loss is a sum over rows, parts of them would change what is minimised: then all rows make one batch."""
        rows = self.problem.count("train")
        if self.settings.batch is not None:
            return min(self.settings.batch, rows)
        return min(USUAL_BATCH, rows) if self.problem.rows and self.is_mean else rows

    @property
    def is_mean(self) -> bool:
        """Whether every row twice makes the same loss as every row once."""
        few = {n: a[:8] for n, a in self.problem.parts["train"].items()}
        twice = {n: np.concatenate([a, a]) for n, a in few.items()}
        once, doubled = (self._loss(arrays, len(next(iter(arrays.values())))) for arrays in (few, twice))
        return math.isclose(once, doubled, rel_tol=1e-3, abs_tol=1e-6)

    def _batches(self) -> Batches:
        problem = self.problem
        return Batches(self.engine.data, problem.parts["train"], problem.constants, problem.count("train"), self.batch,
                       self._step)

    def _step(self, rows: int) -> Step:
        """Loss and update for a number of rows; ``update`` is the rule's affair where the rate is not folded in."""
        rate = self.settings.learning_rate if self.folds else 1.0
        return self.engine.gradients_at(self.problem.sizes_with(rows), rate)

    # ----------------------------------------------------------------- loop

    def run(self, check: Check, on_step: OnStep | None = None, on_epoch: OnEpoch | None = None, resume: bool = False,
            overwrite: bool = False) -> Trained:
        rng = np.random.default_rng([self.settings.seed, 1])
        progress = Progress(self.batches.steps)
        if self.kept is not None:
            self.kept.begin(overwrite or resume)
            if resume and (state := self.kept.load(self.engine.flat, self.rule.state)) is not None:
                progress = state.progress
                rng.bit_generator.state = state.generator
        with np.errstate(over="ignore", invalid="ignore", divide="ignore"):  # what is no number any more is told as Diverged
            return self._from(progress, rng, check, on_step, on_epoch)

    def _from(self, progress: Progress, rng: np.random.Generator, check: Check, on_step: OnStep | None, on_epoch: OnEpoch | None
              ) -> Trained:
        began = time.perf_counter() - progress.seconds
        while progress.epoch < self.settings.epochs and not progress.stopped:
            if progress.order is None:
                progress.order = rng.permutation(self.batches.rows)
            first = time.perf_counter()
            if not self._epoch(progress, self._watched(progress, rng, on_step)):
                break
            progress.seconds = time.perf_counter() - began
            self._look(progress)
            self._measured(progress, time.perf_counter() - first)
            self._keep(progress, rng)
            if on_epoch:
                on_epoch(progress.history[-1], self.settings.epochs)
        if progress.best is not None:
            self.engine.flat[...] = progress.best
        return self._result(progress, check, time.perf_counter() - began)

    def _keep(self, progress: Progress, rng: np.random.Generator) -> None:
        if self.kept is not None:
            self.kept.save(State(progress, rng.bit_generator.state), self.engine.flat, self.rule.state)

    def _watched(self, progress: Progress, rng: np.random.Generator, on_step: OnStep | None) -> OnStep | None:
        """What is called after every step: the caller, and checkpoints within an epoch."""
        every = self.kept.every if self.kept is not None else None
        if every is None:
            return on_step

        def after(step: int, loss: float) -> None:
            if step % every == 0 and progress.position < self.batches.steps:
                self._look(progress)
                self._keep(progress, rng)
            if on_step:
                on_step(step, loss)

        return after

    def _epoch(self, progress: Progress, on_step: OnStep | None) -> bool:
        """Steps through the rows once; False where a caller stopped it."""
        settings, schedule, rule = self.settings, self.schedule, self.rule
        flat, gradients = self.engine.flat, self.engine.flat_gradients
        rate, constant = settings.learning_rate, schedule.is_constant
        added = settings.decay if not OPTIMIZERS[settings.optimizer].decoupled else 0.0
        scratch = np.empty_like(flat) if added else None
        step, total, infinity = progress.step, progress.total, math.inf
        subtract, folds = np.subtract, self.folds
        for call, arguments, rows in self.batches.epoch(progress.order, progress.position):
            loss = call(*arguments)
            if not -infinity < loss < infinity:
                raise Diverged(self._what_diverged(float(loss), step, progress))
            if folds:
                subtract(flat, gradients, flat)
            else:
                if scratch is not None:
                    np.add(gradients, np.multiply(flat, added, scratch), gradients)
                if settings.clip is not None:
                    clipped(gradients, settings.clip)
                rule(flat, gradients, rate if constant else rate * schedule(step), step + 1)
            step += 1
            total += loss * rows
            if on_step:
                progress.step, progress.total, progress.position = step, float(total), progress.position + 1
                try:
                    on_step(step, float(loss))
                except StopIteration:
                    progress.stopped = True
                    return False
        progress.step, progress.total = step, float(total)
        return True

    def _look(self, progress: Progress) -> None:
        """Raises Diverged where a parameter is no number any more: such a state is not kept."""
        if not np.isfinite(self.engine.flat).all():
            raise Diverged(self._what_diverged(None, progress.step - 1, progress))

    def _what_diverged(self, loss: float | None, step: int, progress: Progress, where: str = "") -> str:
        bad = [n for n, a in self.engine.parameters.items() if not np.isfinite(a).all()]
        what = [] if loss is None else [f"the loss {self.problem.chain.loss} became {loss}{where}"]
        what += [f"{', '.join(bad)} had entries that are no numbers"] if bad else []
        kept = f"; {self.kept.path} keeps the state before" if self.kept is not None and self.kept.path.exists() else ""
        return f"step {step + 1} (epoch {progress.epoch + 1}): {'; '.join(what)}: a smaller rate may help{kept}"

    # ------------------------------------------------------------- measures

    def _measured(self, progress: Progress, seconds: float) -> None:
        """Closes an epoch: its measures go into the history, and early stopping looks at them."""
        validation = self.loss("validation")
        if validation is not None and not math.isfinite(validation):
            raise Diverged(self._what_diverged(validation, progress.step - 1, progress, " on the validation rows"))
        watched = validation if validation is not None else progress.total / self.batches.rows
        rate = self.settings.learning_rate * self.schedule(max(0, progress.step - 1))
        progress.history.append(Epoch(
            progress.epoch + 1, progress.total / self.batches.rows, self.score("train", self.sample), self.score("validation"),
            validation,
            rate, self.batches.steps / seconds))
        progress.epoch, progress.order, progress.position, progress.total = progress.epoch + 1, None, 0, 0.0
        if self.settings.patience is not None:
            if watched < progress.least:
                progress.least, progress.waited, progress.best = watched, 0, self.engine.flat.copy()
            else:
                progress.waited += 1
            progress.stopped = progress.waited >= self.settings.patience

    def loss(self, part: str) -> float | None:
        """The document's loss on all rows of a part; None where it has no rows."""
        arrays = self.problem.parts[part]
        if not self.problem.rows and part == "train":
            return self._loss({}, 1)
        rows = len(next(iter(arrays.values()))) if arrays else 0
        return self._loss(arrays, rows) if rows else None

    def _loss(self, arrays: dict[str, Any], rows: int) -> float:
        everything = {**arrays, **self.problem.constants, **self.engine.parameters}
        return float(computed(self.loss_alone, everything, self.problem.sizes_with(rows), np.dtype(self.settings.dtype)))

    def score(self, part: str, rows: Any = slice(None)) -> float | None:
        """Accuracy or R² on (some rows of) a part; None where there is nothing to measure."""
        labels = self.problem.parts[part].get(self.problem.chain.labels or "")
        if self.model.prediction is None or self.problem.labelling is None or labels is None or not len(labels):
            return None
        return measured(self.model.metric, self.predicted(part, rows), self.problem.labelling.decoded(labels[rows]))

    def predicted(self, part: str, rows: Any = slice(None)) -> Any:
        scores = self.model.raw_scores(self.problem.parts[part][self.problem.chain.features or ""][rows])
        kind = self.model.prediction.kind if self.model.prediction else "real"
        return scores if kind == "real" else chosen(kind, scores)

    def _result(self, progress: Progress, check: Check, seconds: float) -> Trained:
        problem = self.problem
        model = replace(self.model, parameters={n: a.copy() for n, a in self.engine.parameters.items()})
        labels = problem.parts["test"].get(problem.chain.labels or "")
        measures = self.model.prediction is not None and labels is not None and len(labels)
        return Trained(
            model, problem, self.settings, tuple(progress.history), self.score("test"), self.loss("test"), seconds, check,
            self.batch, progress.stopped, None if self.kept is None else str(self.kept.path),
            problem.labelling.decoded(labels) if measures and problem.labelling else None,
            self.predicted("test").copy() if measures else None,
        )


def clipped(gradients: Any, bound: float) -> None:
    """Scales all gradients together where their norm is larger than the bound."""
    norm = math.sqrt(float(np.dot(gradients, gradients)))
    if norm > bound:
        np.multiply(gradients, bound / norm, gradients)
