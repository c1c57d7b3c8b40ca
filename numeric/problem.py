"""A document and data put together: which array is which symbol, for training, validation and test; all of it looked at."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from derivations.claims import Context
from numeric.chain import Chain
from numeric.data import Arrays, Dataset, Rows
from numeric.data.parts import UNSCALED, Scaling, parted, scaling
from numeric.data.table import finite
from numeric.lower import BadInput, checked, sizes_of
from numeric.program import program_of
from numeric.settings import HIDDEN, Settings
from numeric.targets.numpy import lengths
from numeric.targets.printer import size_names

LabelKind = Literal["index", "onehot", "binary", "sign", "real"]
PARTS = ("train", "validation", "test")
FEW = 10_000  # classes, where nothing but the largest label says how many there are


@dataclass(frozen=True, slots=True)
class Labelling:
    """How labels of the data become the document's: ``classes`` are their names, in the order of their numbers from 0.

    ``words``: the data has the names themselves, not the numbers.
    """

    kind: LabelKind
    classes: tuple[str, ...] = ()
    words: bool = False

    def encoded(self, labels: Any, count: int) -> Any:
        match self.kind:
            case "onehot":
                return np.eye(count)[labels]
            case "sign":
                return labels * 2.0 - 1.0
            case _:
                return labels

    def decoded(self, values: Any) -> Any:
        """Classes from 0 again; real values as they are."""
        match self.kind:
            case "onehot":
                return values.argmax(axis=1)
            case "sign" | "binary":
                return (values > 0).astype(np.intp)
            case _:
                return values


@dataclass(frozen=True, slots=True)
class Problem:
    """What is trained with.  ``parts`` maps "train", "validation" and "test" to arrays by the document's names, one entry a row;
    ``constants`` are the other arrays.  ``rows`` is the size that counts rows, None where the document has none.
    """

    chain: Chain
    parts: Mapping[str, dict[str, Any]]
    constants: Mapping[str, Any]
    sizes: Mapping[str, int]
    rows: str | None
    labelling: Labelling | None
    scaling: Scaling
    origin: str
    columns: tuple[str, ...] = ()
    picture: tuple[int, int] | None = None
    digest: str = ""

    def count(self, part: str) -> int:
        return len(next(iter(self.parts[part].values()))) if self.rows else 1

    def sizes_with(self, rows: int) -> dict[str, int]:
        return {**self.sizes, self.rows: rows} if self.rows else dict(self.sizes)


def problem_of(chain: Chain, data: Dataset, settings: Settings) -> Problem:
    """Raises BadInput where the data does not fit the document, with row and column."""
    context = chain.context
    dtype = np.dtype(settings.dtype)
    wanted = [n for n in program_of(chain).inputs if n not in chain.parameters]
    constants = constants_of(chain, settings, wanted)
    if isinstance(data, Arrays):
        problem = _of_arrays(chain, data, wanted, constants, settings)
    else:
        problem = _of_rows(chain, data, wanted, constants, settings)
    missing = [n for n in wanted if n not in problem.constants and n not in problem.parts["train"]]
    if missing:
        raise BadInput(f"the document also needs {', '.join(missing)}, which the data does not have: --set {missing[0]}=NUMBER, "
                       "or an .npz file with arrays under the document's names")
    sizes = _sizes(problem, settings)
    parts = {}
    for name, part in problem.parts.items():
        try:
            parts[name] = checked(context, dict.fromkeys(part, 0), part, dtype) if problem.rows else {}
        except BadInput as trouble:
            raise BadInput(f"{name} rows of {data.origin}: {trouble}") from None
    held = checked(context, dict.fromkeys(problem.constants, 0), problem.constants, dtype)
    return replace(problem, parts=parts, constants=held, sizes=sizes, digest=digest_of(parts, held))


def constants_of(chain: Chain, settings: Settings, wanted: list[str]) -> dict[str, Any]:
    """Numbers given by hand, by the document's names; a backslash in front may be left out."""
    found = {}
    for name, value in settings.constants.items():
        known = next((n for n in (name, "\\" + name) if n in chain.context.variables), None)
        if known is None:
            raise BadInput(f"--set {name}: the document has no {name}; it needs {', '.join(wanted)}")
        if known in chain.context.definitions:
            raise BadInput(f"--set {name}: {known} is defined in the document, and so is no choice")
        if known in chain.parameters:
            raise BadInput(f"--set {name}: {known} is trained")
        _in_domain(chain.context, known, np.asarray(value), "--set")
        found[known] = value
    return found


def rows_of(chain: Chain) -> str | None:
    """The size that counts rows: the first axis of the features."""
    if chain.features is None:
        return None
    shape = chain.context.variables[chain.features].shape
    if not shape or len(shape[0].names) != 1 or shape[0].coefficient != 1:
        raise BadInput(f"the features {chain.features} have no axis that counts rows")
    return shape[0].names[0]


def counts_rows(context: Context, name: str, rows: str | None) -> bool:
    """Whether an array has one entry, or one row of entries, a row."""
    if name in context.labels:
        dim = context.labels[name].rows
        return dim is not None and dim.names == (rows,)
    shape = context.variables[name].shape
    return bool(shape) and shape[0].names == (rows,) and shape[0].coefficient == 1


# ------------------------------------------------------------------- arrays


def _of_arrays(chain: Chain, data: Arrays, wanted: list[str], constants: dict[str, Any], settings: Settings) -> Problem:
    context, rows = chain.context, rows_of(chain)
    given = {_known(chain, data, name): np.asarray(array) for name, array in data.arrays.items()}
    for name, array in given.items():
        if name not in context.labels and array.dtype.kind not in "fiub":
            raise BadInput(f"{data.origin}: {name} is of the kind {array.dtype}: expected numbers")
        rank = 0 if name in context.labels else len(context.variables[name].shape)
        if name not in context.labels and array.ndim != rank:
            raise BadInput(f"{data.origin}: {name} has {rank} axes in the document, the array has {array.ndim}")
    labelling = None
    if chain.labels is not None and chain.labels in given:
        labelling, given[chain.labels] = _labelled_array(chain, data, given[chain.labels])
    for name, array in given.items():
        if name not in context.labels:
            _all_finite(name, array, data.origin)
            _in_domain(context, name, array, data.origin)
    per_row = [n for n in given if rows is not None and counts_rows(context, n, rows)]
    held = {**{n: a for n, a in given.items() if n not in per_row}, **constants}
    if rows is None:
        return Problem(chain, {p: {} for p in PARTS}, held, {}, None, labelling, UNSCALED, data.origin)
    if chain.features not in given:
        raise BadInput(f"{data.origin}: there is no {chain.features}; it has {', '.join(given)}")
    count = len(given[chain.features])
    for name in per_row:
        if len(given[name]) != count:
            raise BadInput(f"{data.origin}: {chain.features} has {count} rows and {name} has {len(given[name])}")
    stratify = None
    if labelling is not None and labelling.kind != "real":
        stratify = labelling.decoded(given[chain.labels or ""])
    chosen = parted(count, stratify, settings.seed, settings.test, settings.validation)
    parts = {p: {n: given[n][getattr(chosen, p)] for n in per_row} for p in PARTS}
    kind = "none" if settings.scale == "auto" else settings.scale
    made = scaling(kind, parts["train"][chain.features], None)
    for part in parts.values():
        part[chain.features] = made(part[chain.features], settings.dtype)
    return Problem(chain, parts, held, {}, rows, labelling, made, data.origin)


def _known(chain: Chain, data: Arrays, name: str) -> str:
    for known in (name, "\\" + name):
        if known in chain.context.variables or known in chain.context.labels:
            return known
    names = (n for n in (*chain.context.variables, *chain.context.labels) if n not in chain.context.definitions)
    raise BadInput(f"{data.origin}: the document has no {name}; it has {', '.join(names)}")


def _labelled_array(chain: Chain, data: Arrays, labels: Any) -> tuple[Labelling | None, Any]:
    """Labels that are in the document's own form may stay in it; others are numbered first."""
    kind = label_kind(chain)
    if kind == "onehot" and labels.ndim == 2:
        return Labelling(kind, tuple(str(n) for n in range(labels.shape[1]))), labels
    if kind is None or (kind != "real" and labels.ndim != 1):
        return None, labels
    rows = Rows(data.origin, np.zeros((len(labels), 0)), labels)
    found, numbers = label_numbers(chain, rows, {})
    return found, found.encoded(numbers, len(found.classes))


def _all_finite(name: str, array: Any, origin: str) -> None:
    bad = ~np.isfinite(array)
    if bad.any():
        place = np.argwhere(bad)[0]
        where = ", ".join(f"{w} {n + 1}" for w, n in zip(("row", "column", "layer"), place, strict=False))
        raise BadInput(f"{origin}: {name}: {where or 'it'} is {array[tuple(place)]}")


def _in_domain(context: Context, name: str, array: Any, origin: str) -> None:
    """Raises BadInput at the first entry that the declaration of a name does not allow."""
    domain = context.variables[name].domain if name in context.variables else "real"
    allowed: Any = {
        "positive": (array > 0, "above 0"), "nonnegative": (array >= 0, "at least 0"), "nonzero": (array != 0, "not 0"),
        "binary": ((array == 0) | (array == 1), "0 or 1"), "sign": ((array == 1) | (array == -1), "1 or -1"),
    }.get(domain)  # fmt: skip
    if allowed is None or np.all(allowed[0]):
        return
    place = np.argwhere(~np.asarray(allowed[0]))[0]
    where = ", ".join(f"{w} {n + 1}" for w, n in zip(("row", "column"), place, strict=False))
    raise BadInput(f"{origin}: {name}{': ' + where if where else ''} is {np.asarray(array)[tuple(place)]}; "
                   f"the document declares it to be {allowed[1]}")


# --------------------------------------------------------------------- rows


def _of_rows(chain: Chain, data: Rows, wanted: list[str], constants: dict[str, Any], settings: Settings) -> Problem:
    context, rows = chain.context, rows_of(chain)
    if rows is None:
        raise BadInput(f"{data.origin} is a table, and the document names no features: give an .npz file with arrays under "
                       f"the document's names ({', '.join(wanted)})")
    finite(data)
    shape = context.variables[chain.features or ""].shape
    if len(shape) != 2:
        raise BadInput(f"{chain.features} has {len(shape)} axes in the document, the rows of {data.origin} make two")
    apart = data.test
    if apart is not None:
        finite(apart)
        if apart.features.shape[1] != data.features.shape[1]:
            raise BadInput(f"{apart.origin}: {apart.features.shape[1]} columns, the training rows have {data.features.shape[1]}")
    labelling, numbers, numbers_apart = None, None, None
    if chain.labels is not None:
        if data.labels is None or (apart is not None and apart.labels is None):
            raise BadInput(f"{data.origin} has no labels, and the document needs {chain.labels}")
        labelling, numbers = label_numbers(chain, data, settings.sizes)
        if apart is not None:
            _, numbers_apart = label_numbers(chain, apart, settings.sizes, labelling)
    stratify = numbers if labelling is not None and labelling.kind != "real" else None
    chosen = parted(len(data.features), stratify, settings.seed, settings.test if apart is None else 0.0, settings.validation)
    made = scaling(_scale(chain, data, settings), data.features[chosen.train], data.range)
    parts: dict[str, dict[str, Any]] = {}
    for name in PARTS:
        source, labels, at = data, numbers, getattr(chosen, name)
        if name == "test" and apart is not None:
            source, labels, at = apart, numbers_apart, slice(None)
        parts[name] = {chain.features or "": made(source.features[at], settings.dtype)}
        if labelling is not None and labels is not None:
            parts[name][chain.labels or ""] = labelling.encoded(labels[at], len(labelling.classes))
    return Problem(chain, parts, constants, {}, rows, labelling, made, data.origin, data.columns, data.picture)


def _scale(chain: Chain, data: Rows, settings: Settings) -> Any:
    """Where nothing is said: what the data proposes, for documents that tell classes apart.

    Without that, columns stay as they are: a line without an offset is another one through centred columns.
    """
    if settings.scale != "auto":
        return settings.scale
    return data.scale if label_kind(chain) not in (None, "real") else "none"


def label_kind(chain: Chain) -> LabelKind | None:
    """What the document takes its labels for."""
    if chain.labels is None:
        return None
    if chain.labels in chain.context.labels:
        return "index"
    variable = chain.context.variables[chain.labels]
    if variable.domain == "binary":
        return "onehot" if len(variable.shape) == 2 else "binary"
    return "sign" if variable.domain == "sign" else "real"


def label_numbers(chain: Chain, rows: Rows, sizes: Mapping[str, int], known: Labelling | None = None) -> tuple[Labelling, Any]:
    """Labels as classes counted from 0, or as real values; ``known`` is the labelling of the training rows."""
    kind, labels = label_kind(chain) or "real", rows.labels
    assert labels is not None
    if kind == "real":
        return Labelling(kind), _real(chain, rows)
    if labels.dtype.kind == "U":
        classes = known.classes if known and known.words else tuple(str(c) for c in np.unique(labels))
        _no_more_than_two(kind, classes, chain, rows)
        return Labelling(kind, classes, words=True), _looked_up(labels, classes, rows)
    if known is not None and known.words:
        return known, _looked_up(np.array([f"{v:g}" for v in labels]), known.classes, rows)
    values = _whole(labels, rows)
    if kind == "sign" and set(np.unique(values)) <= {-1, 1}:
        return Labelling(kind, ("-1", "1")), (values > 0).astype(np.intp)
    if (low := int(values.min())) < 0:
        raise BadInput(f"{rows.origin}: {rows.place(int(values.argmin()))} has the negative label {low}; labels count from 0")
    count = _classes(chain, kind, values, rows, sizes, known)
    if int(values.max()) >= count:
        row = int(np.argmax(values >= count))
        raise BadInput(f"{rows.origin}: {rows.place(row)} has the label {int(values[row])}; there are {count} classes, "
                       "counted from 0")
    names = rows.classes if len(rows.classes) == count else tuple(str(n) for n in range(count))
    return known or Labelling(kind, names), values


def _classes(chain: Chain, kind: LabelKind, values: Any, rows: Rows, sizes: Mapping[str, int], known: Labelling | None) -> int:
    """How many classes there are: as known, as declared, as said, else one more than the largest label."""
    if known is not None:
        return len(known.classes)
    if kind in ("binary", "sign"):
        count = int(values.max()) + 1
        if count > 2:
            raise BadInput(f"{chain.labels} has two classes in the document; {rows.origin} has the label {count - 1} "
                           f"in {rows.place(int(values.argmax()))}")
        return 2
    context = chain.context
    dim = context.labels[chain.labels or ""].classes if kind == "index" else context.variables[chain.labels or ""].shape[1]
    if all(n in sizes for n in dim.names):
        return lengths((dim,), sizes)[0]
    count = max(int(values.max()) + 1, len(rows.classes))
    if count > FEW:
        raise BadInput(f"{rows.origin}: {rows.place(int(values.argmax()))} has the label {count - 1}: more than {FEW} classes "
                       f"need --size {dim}={count}")
    return count


def _no_more_than_two(kind: LabelKind, classes: tuple[str, ...], chain: Chain, rows: Rows) -> None:
    if kind in ("binary", "sign") and len(classes) > 2:
        raise BadInput(f"{chain.labels} has two classes in the document; {rows.origin} has {len(classes)}: "
                       f"{', '.join(classes[:5])}{' …' if len(classes) > 5 else ''}")


def _looked_up(labels: Any, classes: tuple[str, ...], rows: Rows) -> Any:
    at = {name: n for n, name in enumerate(classes)}
    for row, label in enumerate(labels):
        if str(label) not in at:
            raise BadInput(f"{rows.origin}: {rows.place(row)} has the label {str(label)!r}; the classes are {', '.join(classes)}")
    return np.array([at[str(label)] for label in labels], np.intp)


def _whole(labels: Any, rows: Rows) -> Any:
    if labels.ndim != 1:
        raise BadInput(f"{rows.origin}: one label a row, not an array of shape {labels.shape}")
    with np.errstate(invalid="ignore"):
        bad = ~np.isfinite(labels.astype(np.float64)) | (labels != np.floor(labels.astype(np.float64)))
    if bad.any():
        row = int(np.argmax(bad))
        raise BadInput(f"{rows.origin}: {rows.place(row)} has the label {labels[row]}: labels are whole numbers from 0")
    return labels.astype(np.intp)


def _real(chain: Chain, rows: Rows) -> Any:
    labels = rows.labels
    assert labels is not None
    if labels.dtype.kind == "U":
        row = next(n for n, text in enumerate(labels) if not _is_number(str(text)))
        raise BadInput(f"{rows.origin}: {rows.place(row)} has {str(labels[row])!r}, and {chain.labels} holds numbers")
    values = labels.astype(np.float64)
    if not np.isfinite(values).all():
        row = int(np.argwhere(~np.isfinite(values))[0][0])
        raise BadInput(f"{rows.origin}: {rows.place(row)} has {values[row]} for {chain.labels}")
    return values


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


# -------------------------------------------------------------------- sizes


def _sizes(problem: Problem, settings: Settings) -> dict[str, int]:
    """From the data, the labels, the caller; what nothing fixes is 32.  Raises BadInput where two of them disagree."""
    chain, context = problem.chain, problem.chain.context
    shaped = {n: np.asarray(a) for n, a in {**problem.constants, **problem.parts["train"]}.items()}
    sizes = sizes_of(context, {n: a for n, a in shaped.items() if a.ndim or n in context.labels})
    if problem.labelling is not None and chain.labels is not None and chain.labels in context.labels:
        for name in context.labels[chain.labels].classes.names:
            sizes.setdefault(name, len(problem.labelling.classes))
    known = size_names(program_of(chain))
    for name, value in settings.sizes.items():
        if name not in known:
            raise BadInput(f"the document has no size {name}; its sizes are {', '.join(known)}")
        if sizes.setdefault(name, value) != value and name != problem.rows:
            raise BadInput(f"--size {name}={value} contradicts the data: {name} is {sizes[name]} in {problem.origin}")
    for name in sorted({n for p in chain.parameters for d in context.variables[p].shape for n in d.names} - sizes.keys()):
        sizes[name] = HIDDEN
    return sizes


def digest_of(parts: Mapping[str, Mapping[str, Any]], constants: Mapping[str, Any]) -> str:
    """A fingerprint of all that is trained and judged with."""
    found = hashlib.sha256()
    for part, arrays in (*parts.items(), ("constants", constants)):
        for name, array in arrays.items():
            values = np.ascontiguousarray(array)
            found.update(f"{part} {name} {values.shape} {values.dtype}".encode())
            found.update(values.data if values.ndim else values.tobytes())
    return found.hexdigest()


