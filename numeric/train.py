"""Training with the compiled gradients: mini-batches, an update rule, accuracy.  The loop is small on purpose."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from derivations.claims import Training
from derivations.report.outline import Report
from numeric.chain import Chain, chain_of
from numeric.check import Check, check_gradients
from numeric.data import Split
from numeric.lower import BadInput, Compiled, checked, compile_chain, sizes_of, within
from numeric.optimizers import FOLDS_RATE, OPTIMIZERS, RATES
from numeric.program import scores_of
from numeric.step import Stepper
from numeric.targets.numpy import Function, lengths
from numeric.tensor import GRADIENT, Product, Ref, axes, walk

HIDDEN = 32  # a size that neither the data nor the caller fixes

OnEpoch = Callable[["Epoch", int], None]
OnStep = Callable[[float], None]


@dataclass(frozen=True, slots=True)
class Settings:
    """How to train; sizes that the data does not fix (``H``) are given in ``sizes``."""

    sizes: Mapping[str, int] = field(default_factory=dict)
    epochs: int = 30
    batch: int = 32
    rate: float | None = None
    optimizer: str = "adam"
    dtype: str = "float32"
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Epoch:
    epoch: int
    loss: float
    train_accuracy: float
    validation_accuracy: float


@dataclass(frozen=True, slots=True)
class Trained:
    """The result: ``parameters`` by the document's names, and all that ``--format json`` prints."""

    document: str
    claims: tuple[str, ...]
    repaired: tuple[str, ...]
    sizes: dict[str, int]
    history: tuple[Epoch, ...]
    test_accuracy: float
    seconds: float
    parameters: dict[str, Any]
    check: Check

    def as_json(self) -> dict[str, Any]:
        """CONTRACT section 3."""
        history = [{"epoch": e.epoch, "loss": e.loss, "train_accuracy": e.train_accuracy,
                    "validation_accuracy": e.validation_accuracy} for e in self.history]
        return {
            "version": 1, "document": self.document, "claims": list(self.claims), "repaired": list(self.repaired),
            "sizes": self.sizes, "history": history, "test_accuracy": self.test_accuracy, "seconds": self.seconds,
            "checkpoint": None,
        }


def train(report: Report, data: Split, settings: Settings | None = None, *, check: Check | None = None,
          on_step: OnStep | None = None, on_epoch: OnEpoch | None = None) -> Trained:
    """Trains the parameters that the document's ``train:`` block names.

    Before the first step the gradients are compared with differences of the loss (``check`` hands in a comparison
    that was made already).  Raises CannotCompile where a needed line is not proved, and BadInput where the data
    does not fit the document.
    """
    settings = settings or Settings()
    chain = chain_of(report)
    return _Run(chain, roles(report), data, settings).run(check, on_step, on_epoch)


def roles(report: Report) -> Training:
    training = report.documents[0].training
    if training is None or training.features is None or training.labels is None:
        raise BadInput("training needs a train: block with features and labels")
    return training


class _Run:
    def __init__(self, chain: Chain, training: Training, data: Split, settings: Settings) -> None:
        self.chain, self.data, self.settings = chain, data, settings
        self.features, self.labels = training.features or "", training.labels or ""
        self.compiled: Compiled = compile_chain(chain, "numpy", settings.dtype)
        self.dtype = np.dtype(settings.dtype)
        if settings.optimizer not in OPTIMIZERS:
            raise BadInput(f"no optimizer named {settings.optimizer!r}: known are {', '.join(OPTIMIZERS)}")
        extra = [name for name in self.compiled.data if name not in (self.features, self.labels)]
        if extra:
            raise BadInput(f"the document also needs {', '.join(extra)}: no values are known for it")
        scores = scores_of(chain)
        if scores is None:
            raise BadInput("the loss has no softmax: there are no classes to predict")
        self.scores, self.classes_first = Function(scores[0]), scores[1]
        self.parts = {name: self._part(name, part) for name, part in
                      (("train", data.train), ("validation", data.validation), ("test", data.test))}
        self.sizes = self._sizes()
        self._start()

    # ----------------------------------------------------------------- data

    def _part(self, name: str, part: tuple[Any, Any]) -> dict[str, Any]:
        """Features and labels of a part under the document's names, looked at row by row."""
        features, labels = part
        context = self.chain.context
        if self.labels not in context.labels:
            labels = self._encoded(labels)
        given = {self.features: features, self.labels: labels}
        try:
            return checked(context, dict.fromkeys(given, 0), given, self.dtype)
        except BadInput as problem:
            raise BadInput(f"{name} data: {problem}") from None

    def _encoded(self, labels: Any) -> Any:
        """Labels as one-hot rows where the document has those, as numbers where it has 0 and 1."""
        shape = self.chain.context.variables[self.labels].shape
        if len(shape) == 2:
            return np.eye(self.data.classes)[labels]
        if self.data.classes > 2:
            raise BadInput(f"{self.labels} has two classes in the document, the data has {self.data.classes}")
        return labels

    def _sizes(self) -> dict[str, int]:
        context = self.chain.context
        sizes = sizes_of(context, self.parts["train"])
        if self.labels in context.labels:
            for name in context.labels[self.labels].classes.names:
                sizes.setdefault(name, self.data.classes)
        for name, value in self.settings.sizes.items():
            if sizes.setdefault(name, value) != value:
                raise BadInput(f"--size {name}={value} contradicts the data: {name} is {sizes[name]} there")
        wanted = {n for p in self.chain.parameters for d in context.variables[p].shape for n in d.names}
        for name in sorted(wanted - sizes.keys()):
            sizes[name] = HIDDEN
        if unknown := sorted(self.settings.sizes.keys() - wanted - sizes_of(context, self.parts["train"]).keys()):
            raise BadInput(f"the document has no size {unknown[0]}")
        if self.labels in context.labels:
            (classes,) = lengths((context.labels[self.labels].classes,), sizes)
            for name, part in self.parts.items():
                try:
                    within(self.labels, part[self.labels], classes)
                except BadInput as problem:
                    raise BadInput(f"{name} data: {problem}") from None
        return sizes

    # ----------------------------------------------------------- parameters

    def _start(self) -> None:
        settings = self.settings
        self.rate = RATES[settings.optimizer] if settings.rate is None else settings.rate
        self.stepper = Stepper(self.chain, self.sizes, settings.dtype, with_rate=settings.optimizer in FOLDS_RATE)
        self.parameters = self.stepper.parameters
        rng = np.random.default_rng(settings.seed)
        for name, values in self.parameters.items():
            values[...] = self._initial(name, values.shape, rng)

    def _initial(self, name: str, shape: tuple[int, ...], rng: np.random.Generator) -> Any:
        """He's normal values for weights, by the inputs that each sum takes; 0 for what is only added."""
        fan_in = self._fan_in(name)
        if fan_in is None:
            return 0.0 if self.chain.context.variables[name].domain == "real" else 1.0
        return rng.normal(size=shape) * np.sqrt(2.0 / fan_in)

    def _fan_in(self, name: str) -> int | None:
        for line in self.chain.lines.values():
            if line.name.startswith(GRADIENT):
                continue
            for node in walk(line.array.body):
                if isinstance(node, Product) and any(axes(f) for f in node.factors if f != Ref(name, ())):
                    own = [f for f in node.factors if isinstance(f, Ref) and f.name == name]
                    over = {a for f in own for a in axes(f)} & set(node.summed)
                    if over and (len(over) < len(axes(own[0])) or len(axes(own[0])) == 1):
                        return int(np.prod(lengths([a.dim for a in over], self.sizes)))
        return None

    # ----------------------------------------------------------------- loop

    def run(self, check: Check | None, on_step: OnStep | None, on_epoch: OnEpoch | None) -> Trained:
        settings = self.settings
        check = check or check_gradients(self.compiled)
        optimizer = OPTIMIZERS[settings.optimizer](self.rate, self.stepper.flat)
        rows = len(self.parts["train"][self.features])
        batch = min(settings.batch, rows)
        steps = {length: self._step(length) for length in {batch, rows % batch or batch}}
        rng = np.random.default_rng([settings.seed, 1])
        history: list[Epoch] = []
        began = time.perf_counter()
        for number in range(1, settings.epochs + 1):
            order = rng.permutation(rows)
            total = 0.0
            for start in range(0, rows, batch):
                chosen = order[start:start + batch]
                loss = steps[len(chosen)](chosen)
                optimizer.update(self.stepper.flat, self.stepper.flat_gradients)
                total += loss * len(chosen)
                if on_step:
                    on_step(float(loss))
            if not np.isfinite(total):
                raise BadInput(f"the loss became {total} in epoch {number}: a smaller --lr may help")
            epoch = Epoch(number, float(total / rows), self.accuracy("train"), self.accuracy("validation"))
            history.append(epoch)
            if on_epoch:
                on_epoch(epoch, settings.epochs)
        seconds = time.perf_counter() - began
        return Trained(
            self.chain.document, self.chain.claims, self.chain.repaired, dict(self.sizes), tuple(history),
            self.accuracy("test"), seconds, {n: a.copy() for n, a in self.parameters.items()}, check,
        )

    def _step(self, rows: int) -> Callable[[Any], float]:
        """A function from the chosen rows to their loss; gradients land in the flat array."""
        part = self.parts["train"]
        held = {name: np.empty((rows, *array.shape[1:]), array.dtype) for name, array in part.items()}
        step = self.stepper.gradients_at(self._sizes_with(rows), self.rate)
        wanted = [held[name] for name in self.stepper.data]
        pairs = [(array, held[name]) for name, array in part.items()]

        def chosen_step(chosen: Any) -> float:
            for array, buffer in pairs:
                array.take(chosen, 0, buffer, "clip")
            return step(*wanted)

        return chosen_step

    def _inputs(self, function: Function) -> list[str]:
        values = function.program.values
        return [str(v.data) for v in values if v.op in ("input", "labels") and v.data not in self.chain.parameters]

    def _sizes_with(self, rows: int) -> dict[str, int]:
        dim = self.chain.context.variables[self.features].shape[0]
        return {**self.sizes, dim.names[0]: rows}

    def accuracy(self, part: str) -> float:
        """The share of rows whose highest score is the label's."""
        arrays = self.parts[part]
        rows = len(arrays[self.features])
        if not rows:
            return 0.0
        bound = self.scores.at(self._sizes_with(rows), self.parameters, {}, self.dtype)
        wanted = [arrays[name] for name in self._inputs(self.scores)]
        scores = bound(*wanted)[0]
        labels = arrays[self.labels]
        if scores.ndim == 1:
            return float(np.mean((scores > 0) == (labels > 0)))
        found = scores.argmax(0 if self.classes_first else 1)
        return float(np.mean(found == (labels if labels.ndim == 1 else labels.argmax(1))))
