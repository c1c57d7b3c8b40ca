"""Training as a picture: losses, accuracies, first-layer weights, mistakes.

Matplotlib is imported here alone; no display is needed.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from derivations.files import write_atomically
from numeric.lower import BadInput
from numeric.result import Trained

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

KINDS = ("png", "svg", "pdf")
BLUE, ORANGE, GREY, INK = "#2f5d8a", "#c8702a", "#8a8a8a", "#222222"
STYLE = {
    "font.family": "sans-serif", "font.size": 9, "axes.titlesize": 10, "axes.titleweight": "bold", "axes.titlelocation": "left",
    "axes.spines.top": False, "axes.spines.right": False, "axes.edgecolor": GREY, "axes.labelcolor": INK, "text.color": INK,
    "xtick.color": GREY, "ytick.color": GREY, "xtick.labelcolor": INK, "ytick.labelcolor": INK, "axes.grid": True,
    "grid.color": "#e4e4e4", "grid.linewidth": 0.7, "axes.axisbelow": True, "legend.frameon": False, "svg.fonttype": "none",
    "text.parse_math": False,
}  # fmt: skip
UNITS = 32  # hidden units that are shown


def written(result: Trained, path: Path) -> Figure:
    """Draws and writes a .png, .svg or .pdf.  Raises BadInput for another kind, OSError where it cannot be written."""
    kind = path.suffix.removeprefix(".").lower()
    if kind not in KINDS:
        raise BadInput(f"{path}: pictures are {', '.join('.' + k for k in KINDS)}")
    import matplotlib as mpl

    figure = figure_of(result)
    with mpl.rc_context(STYLE):
        data = io.BytesIO()
        figure.savefig(data, format=kind, dpi=160, metadata={"Date": None} if kind == "svg" else None)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data.getvalue())
    return figure


def figure_of(result: Trained) -> Figure:
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with mpl.rc_context(STYLE):
        layout = ConstrainedLayoutEngine(w_pad=0.12, h_pad=0.12, wspace=0.03, hspace=0.03)
        figure = Figure(figsize=(9, 7.4), layout=layout)
        FigureCanvasAgg(figure)
        panels = figure.subplots(2, 2)
        figure.suptitle(title(result), x=0.012, ha="left", fontsize=12, fontweight="bold")
        losses(panels[0][0], result)
        scores(panels[0][1], result)
        weights(panels[1][0], result)
        outcomes(panels[1][1], result)
    return figure


def title(result: Trained) -> str:
    name = Path(result.problem.chain.document).name
    data = Path(result.problem.origin).name
    if result.test_accuracy is None:
        return f"{name} on {data}"
    score = f"R² {result.test_accuracy:.3f}" if result.model.metric == "r2" else f"{100 * result.test_accuracy:.1f} % right"
    return f"{name} on {data}: {score} on rows that it has not seen"


def epochs(result: Trained) -> list[int]:
    return [e.epoch for e in result.history]


def losses(axes: Axes, result: Trained) -> None:
    axes.set_title(f"Loss {result.problem.chain.loss}")
    axes.plot(epochs(result), [e.loss for e in result.history], color=BLUE, label="training", marker=mark(result))
    validation = [e.validation_loss for e in result.history]
    if None not in validation:
        axes.plot(epochs(result), validation, color=ORANGE, label="validation", marker=mark(result))  # type: ignore[arg-type]
    if all(e.loss > 0 for e in result.history):
        axes.set_yscale("log")
        plain_ticks(axes)
    epoch_axis(axes)
    axes.legend()


def epoch_axis(axes: Axes) -> None:
    from matplotlib.ticker import MaxNLocator

    axes.set_xlabel("epoch")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))


def plain_ticks(axes: Axes) -> None:
    """A logarithmic axis with numbers as people write them."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    low, high = axes.get_ylim()
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0) if high < 300 * low else (1.0,)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())


def mark(result: Trained) -> str:
    return "o" if len(result.history) == 1 else ""


def scores(axes: Axes, result: Trained) -> None:
    if result.model.metric is None:
        axes.set_title("Learning rate")
        axes.plot(epochs(result), [e.rate for e in result.history], color=BLUE, marker=mark(result))
        epoch_axis(axes)
        return
    factor = 1 if result.model.metric == "r2" else 100
    axes.set_title("R²" if factor == 1 else "Accuracy in %")
    for name, colour, values in (("training", BLUE, [e.train_accuracy for e in result.history]),
                                 ("validation", ORANGE, [e.validation_accuracy for e in result.history])):
        if None not in values:
            shown = [factor * v for v in values if v is not None]
            axes.plot(epochs(result), shown, color=colour, label=name, marker=mark(result))
    if result.test_accuracy is not None:
        axes.axhline(factor * result.test_accuracy, color=GREY, linestyle=":", label="test, at the end")
    epoch_axis(axes)
    axes.legend(loc="lower right")


def first_layer(result: Trained) -> tuple[str, Any] | None:
    """The parameter that the features are multiplied by, as (columns, units)."""
    context, chain = result.problem.chain.context, result.problem.chain
    if chain.features is None or len(context.variables[chain.features].shape) != 2:
        return None
    column = context.variables[chain.features].shape[1]
    for name in chain.parameters:
        shape = context.variables[name].shape
        if column in shape and not context.variables[name].symmetric:
            values = np.asarray(result.parameters[name])
            return name, values.reshape(len(values), -1) if shape[0] == column else values.T
    return None


def weights(axes: Axes, result: Trained) -> None:
    found = first_layer(result)
    if found is None:
        parameters(axes, result)
        return
    name, values = found
    axes.grid(visible=False)
    picture = result.problem.picture
    largest = float(np.quantile(np.abs(values), 1.0 if picture is None else 0.995)) or 1.0  # a few pixels may be far out
    if picture is not None:
        shown = min(UNITS, values.shape[1])
        some = f" (first {shown})" if shown < values.shape[1] else ""
        axes.set_title(f"What each unit looks at: {name}{some}")
        axes.imshow(mosaic(values[:, :shown], picture, largest), cmap=diverging(), vmin=-largest, vmax=largest,
                    interpolation="nearest")
        axes.set_axis_off()
        axes.set_anchor("NW")
        return
    axes.set_title(f"First-layer weights {name}")
    if values.shape[1] == 1:
        labels = list(result.problem.columns) or [str(n + 1) for n in range(len(values))]
        axes.barh(range(len(values)), values[:, 0], color=[BLUE if v >= 0 else ORANGE for v in values[:, 0]])
        axes.set_yticks(range(len(values)), labels if len(labels) <= 30 else [""] * len(values))
        axes.invert_yaxis()
        return
    image = axes.imshow(values, cmap=diverging(), vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
    axes.set_xlabel("unit")
    axes.set_ylabel("feature")
    axes.figure.colorbar(image, ax=axes, shrink=0.8)


def diverging() -> Any:
    from matplotlib.colors import LinearSegmentedColormap

    return LinearSegmentedColormap.from_list("", [ORANGE, "#ffffff", BLUE])


def mosaic(values: Any, picture: tuple[int, int], largest: float) -> Any:
    """(columns, units) → one picture a unit, in rows of eight, with gaps that stay empty."""
    height, width = picture
    across = min(8, values.shape[1])
    down = -(-values.shape[1] // across)
    gap = max(1, width // 8)
    found = np.full((down * (height + gap) - gap, across * (width + gap) - gap), np.nan)
    for n in range(values.shape[1]):
        top, left = (n // across) * (height + gap), (n % across) * (width + gap)
        found[top:top + height, left:left + width] = values[:, n].reshape(height, width)
    return found


def parameters(axes: Axes, result: Trained) -> None:
    """Where there is no first layer: the largest parameter as a matrix."""
    name, values = max(result.parameters.items(), key=lambda item: np.size(item[1]))
    matrix = np.atleast_2d(np.asarray(values).reshape(len(values), -1) if np.ndim(values) else np.asarray(values))
    largest = float(np.abs(matrix).max()) or 1.0
    axes.set_title(f"Parameter {name}")
    axes.grid(visible=False)
    image = axes.imshow(matrix, cmap=diverging(), vmin=-largest, vmax=largest, aspect="auto", interpolation="nearest")
    axes.figure.colorbar(image, ax=axes, shrink=0.8)


def outcomes(axes: Axes, result: Trained) -> None:
    found = result.confusion()
    if found is not None:
        confusion(axes, found, result.model.classes)
    elif result.model.metric == "r2" and result.test_labels is not None:
        predictions(axes, result)
    else:
        axes.set_axis_off()


def confusion(axes: Axes, found: Any, classes: tuple[str, ...]) -> None:
    """Mistakes in colour, what is right in grey: mistakes are what one looks for."""
    axes.set_title("Mistakes on the test rows")
    axes.grid(visible=False)
    count = len(classes)
    right = np.eye(count, dtype=bool)
    axes.imshow(np.where(right, 0.25, np.nan), cmap="Greys", vmin=0, vmax=1)
    mistakes = np.where(right | (found == 0), np.nan, found / max(1, found[~right].max(initial=0)))
    axes.imshow(np.ma.masked_invalid(mistakes), cmap="Oranges", vmin=-0.1, vmax=1.8)
    if count <= 20:
        size = 8.5 if count <= 12 else 6.5
        for i in range(count):
            for j in range(count):
                if found[i, j]:
                    axes.text(j, i, str(found[i, j]), ha="center", va="center", fontsize=size, color=INK)
        turned = any(len(c) > 3 for c in classes)
        axes.set_xticks(range(count), classes, rotation=45 if turned else 0, ha="right" if turned else "center", fontsize=size)
        axes.set_yticks(range(count), classes, fontsize=size)
    axes.set_xlabel("taken for")
    axes.set_ylabel("true class")
    axes.tick_params(length=0)
    axes.set_anchor("NW")
    for side in axes.spines.values():
        side.set_visible(False)


def predictions(axes: Axes, result: Trained) -> None:
    true, taken = np.ravel(result.test_labels), np.ravel(result.test_predictions)  # type: ignore[arg-type]
    ends = [float(min(true.min(), taken.min())), float(max(true.max(), taken.max()))]
    axes.set_title("Test rows: true and predicted values")
    axes.plot(ends, ends, color=GREY, linewidth=0.8)
    axes.scatter(true, taken, s=12, color=BLUE, alpha=0.6, linewidths=0)
    axes.set_xlabel("true")
    axes.set_ylabel("predicted")
