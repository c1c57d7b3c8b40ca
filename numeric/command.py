"""What ``derivations compile``, ``train`` and ``predict`` do, less the options."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from derivations.files import write_atomically
from derivations.report.outline import Report
from derivations.report.plain import safe
from numeric import choices
from numeric.chain import CannotCompile, Chain, chain_of
from numeric.check import check_gradients
from numeric.checkpoint import CheckpointError, load_model
from numeric.data import NoData, Rows, load
from numeric.data.table import Arrays, finite
from numeric.emit import emit
from numeric.lower import BadInput, compile_chain
from numeric.model import Model, measured
from numeric.prediction import chosen, probabilities
from numeric.result import Epoch, Trained
from numeric.screen import Bar, Table, about_data, confusion_lines, percent, summary, wrapped
from numeric.settings import Settings
from numeric.sweep import Outcome, combinations, sweep, table
from numeric.targets.numpy import lengths
from numeric.train import Diverged, Run, prepared

Say = Callable[[str], None]
REFUSALS = (CannotCompile, BadInput, NoData, CheckpointError, Diverged)


def told(chain: Chain) -> list[str]:
    """What has to be known before code from this document runs: repaired lines, scopes, conventions."""
    lines = []
    for source in chain.sources:
        place = f"line {source.line} (claim {source.claim})"
        if source.repaired:
            scope = source.scope if isinstance(source.scope, tuple) else "for all sizes"
            lines.append(f"{place} is refuted as written; what runs is its repair, proved {scope}:\n"
                         f"  {safe(' '.join(source.repaired.split()))}")
        if isinstance(source.scope, tuple):
            lines.append(f"{place} is proved at named sizes only")
    return lines


def compile_command(report: Report, target: str, out: str | None, say: Say, warn: Say) -> None:
    """Writes the module to ``out``, or says it; raises one of ``REFUSALS``, or OSError where it cannot be written."""
    chain = chain_of(report)
    for line in told(chain):
        warn(line)
    text = emit(chain, target)
    if out is None:
        say(text)
        return
    write_atomically(out, text)
    warn(f"{out}: loss and gradients by {', '.join(chain.parameters)}, from the claims {', '.join(chain.claims)}")


# -------------------------------------------------------------------- train


@dataclass(frozen=True, slots=True)
class Request:
    """What the command line of ``train`` asked for; texts are still as they were written."""

    data: str
    settings: Settings
    sizes: tuple[str, ...] = ()
    constants: tuple[str, ...] = ()
    rates: str | None = None
    seeds: str = "0"
    mesh: str | None = None
    checkpoint: str | None = None
    keep_every: int | None = None
    resume: bool = False
    overwrite: bool = False
    plot: str | None = None
    save: str | None = None
    jobs: int | None = None
    as_json: bool = False
    colour: bool = False


def train_command(report: Report, request: Request, say: Say, warn: Say) -> Trained | list[Outcome]:
    """Trains and prints; raises one of ``REFUSALS``.  With ``as_json`` everything but the object goes to ``warn``."""
    sizes = choices.sizes(request.sizes)
    rates = [] if request.rates is None else choices.rates(request.rates)
    seeds = choices.numbers(request.seeds, "--seed")
    settings = replace(request.settings, constants=choices.constants(request.constants), mesh=choices.mesh(request.mesh))
    wanted = combinations(settings, sizes, rates, seeds)
    comment = warn if request.as_json else say
    for line in told(chain_of(report)):
        comment(wrapped(line))
    if len(wanted) > 1:
        return several(report, request, wanted, say, comment)
    return one(report, request, wanted[0], say, comment)


def one(report: Report, request: Request, settings: Settings, say: Say, comment: Say) -> Trained:
    run = prepared(report, request.data, settings, request.checkpoint, request.keep_every)
    check = check_gradients(compile_chain(run.problem.chain, "numpy", "float64"))
    comment(wrapped(str(check)))
    comment(wrapped(about_data(run.problem, run.batch)))
    result = followed(run, request, check, comment)
    if not request.as_json:
        for line in outcome_lines(result, request.colour):
            say(line)
    written(result, request, comment)
    if request.as_json:
        say(json.dumps(result.as_json(), ensure_ascii=False))
    return result


def followed(run: Run, request: Request, check: Any, comment: Say) -> Trained:
    """Trains with a table of the epochs, and a bar below it."""
    shown = Table(run.settings.epochs, run.model.metric, request.colour)
    with Bar(run.settings.epochs, run.batches.steps, run.model.metric) as bar:
        begun = False

        def on_epoch(epoch: Epoch, epochs: int) -> None:
            nonlocal begun
            bar.on_epoch(epoch)
            if not begun:
                bar.say(shown.header(), comment)
            if not begun or shown.shows(epoch):
                bar.say(shown.line(epoch), comment)
            begun = True

        return run.run(check, bar.on_step if bar.wanted else None, on_epoch, request.resume, request.overwrite)


def outcome_lines(result: Trained, colour: bool) -> list[str]:
    confusion = result.confusion()
    lines = [] if confusion is None else ["", *confusion_lines(confusion, result.model.classes, colour), ""]
    return [*lines, summary(result)]


def written(result: Trained, request: Request, comment: Say) -> None:
    """The files that were asked for."""
    if request.plot is not None:
        plotted(result, Path(request.plot))
        comment(f"{request.plot}: loss, weights and mistakes as a picture")
    if request.save is not None:
        result.save(request.save)
        comment(f"{request.save}: the model; derivations predict {request.save} --data FILE")
    if result.checkpoint is not None:
        comment(f"{result.checkpoint}: the state of training")


def plotted(result: Trained, path: Path) -> None:
    try:
        result.plot(path)
    except ImportError as error:
        raise BadInput(f"{error.name} is needed for pictures: pip install 'derivations[plot]'") from None


def several(report: Report, request: Request, wanted: list[Settings], say: Say, comment: Say) -> list[Outcome]:
    for name, value in (("--checkpoint", request.checkpoint), ("--plot", request.plot), ("--save", request.save)):
        if value is not None:
            raise BadInput(f"{name} belongs to one training, and {len(wanted)} were asked for")
    run = prepared(report, request.data, wanted[0])
    check = check_gradients(compile_chain(run.problem.chain, "numpy", "float64"))
    comment(wrapped(str(check)))
    comment(wrapped(about_data(run.problem, run.batch)))
    comment(f"{len(wanted)} trainings")

    def on_done(n: int, outcome: Outcome) -> None:
        sizes = ", ".join(f"{safe(name)} = {value}" for name, value in outcome.sizes.items())
        what = outcome.trouble or f"test {percent(outcome.test_accuracy, run.model.metric)}"
        line = f"{n + 1:>4}/{len(wanted)}  {sizes}{', ' if sizes else ''}rate {outcome.rate:g}, seed {outcome.seed}: {what}"
        comment(wrapped(line))

    outcomes = sweep(report, request.data, wanted, check=check, jobs=request.jobs, on_done=on_done)
    if request.as_json:
        runs = [o.as_json() for o in outcomes]
        say(json.dumps({"version": 1, "document": run.problem.chain.document, "runs": runs}, ensure_ascii=False))
    else:
        for line in ("", *table(outcomes, run.model.metric)):
            say(line)
    return outcomes


# ------------------------------------------------------------------ predict


def predict_command(checkpoint: str, data: str, label: str | None, out: str | None, as_json: bool, colour: bool, say: Say,
                    warn: Say) -> None:
    """Predicts the rows of some data with the model of a checkpoint, and measures where they are labelled."""
    model = load_model(checkpoint)
    if model.metric is None:
        raise BadInput(f"{model.chain.loss} compares nothing with labels: there is nothing to predict")
    rows, labels = rows_to_predict(model, data, label)
    scores = model.scores(rows.features)
    kind = model.prediction.kind if model.prediction else "real"
    predicted = scores if kind == "real" else chosen(kind, scores)
    likely = None if kind == "real" else probabilities(kind, scores).max(axis=1)
    score = None if labels is None else measured(model.metric, predicted, labels)
    if as_json:
        say(json.dumps(as_object(model, predicted, likely, score), ensure_ascii=False))
    elif out is None:
        say(as_csv(model, predicted, likely).rstrip("\n"))
    if out is not None:
        write_atomically(Path(out), as_csv(model, predicted, likely).encode())
        warn(f"{out}: {len(predicted):,} rows predicted")
    if score is not None and not as_json:
        warn(f"{'R²' if model.metric == 'r2' else 'accuracy'} {percent(score, model.metric)} on {len(predicted):,} rows")


def rows_to_predict(model: Model, data: str, label: str | None) -> tuple[Rows, Any | None]:
    """The rows, and their labels where they have any: a table with one column more than features has them in one."""
    (width,) = lengths(model.chain.context.variables[model.chain.features or ""].shape[1:], model.sizes)
    symbols = [n for n in (model.chain.labels, model.chain.features) if n]
    rows = unlabelled(data, width) if label is None else None
    if rows is None:
        found = load(data, symbols, label)
        if isinstance(found, Arrays):
            features = found.arrays.get(model.chain.features or "")
            if features is None:
                raise BadInput(f"{found.origin}: there is no {model.chain.features}; it has {', '.join(found.arrays)}")
            found = Rows(found.origin, np.asarray(features), found.arrays.get(model.chain.labels or ""))
        rows = found.test if found.test is not None else found
    if rows.features.shape[1] != width:
        raise BadInput(f"{rows.origin}: {rows.features.shape[1]} columns of features, the model was trained with {width}")
    if rows.columns and model.columns and rows.columns != model.columns:
        raise BadInput(f"{rows.origin}: its columns are {', '.join(rows.columns)}; the model was trained with "
                       f"{', '.join(model.columns)}")
    finite(rows)
    return rows, None if rows.labels is None else model.numbers(rows)


def unlabelled(data: str, width: int) -> Rows | None:
    """A table with as many columns as there are features; None for everything else."""
    with suppress(NoData):
        found = load(data, (), None, labelled=False)
        if isinstance(found, Rows) and found.labels is None and found.features.shape[1] == width:
            return found
    return None


def as_object(model: Model, predicted: Any, likely: Any | None, score: float | None) -> dict[str, Any]:
    """``{"version": 1, "predictions": …}``; classes by their names."""
    names: list[Any] = [model.classes[n] for n in predicted] if likely is not None else predicted.tolist()
    return {"version": 1, "document": model.chain.document, "predictions": names,
            "probabilities": None if likely is None else likely.tolist(),
            "accuracy" if model.metric == "accuracy" else "r2": score}


def as_csv(model: Model, predicted: Any, likely: Any | None) -> str:
    """A line a row; a class with the probability that the model gives it."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    if likely is None:
        writer.writerow(["row", "prediction"])
        writer.writerows([n + 1, f"{v:.7g}"] for n, v in enumerate(predicted))
    else:
        writer.writerow(["row", "prediction", "probability"])
        writer.writerows([n + 1, model.classes[v], f"{p:.4f}"] for n, (v, p) in enumerate(zip(predicted, likely, strict=True)))
    return text.getvalue()


__all__ = ["REFUSALS", "Request", "compile_command", "predict_command", "train_command"]
