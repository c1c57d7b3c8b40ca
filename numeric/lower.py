"""The one entrance: from a report to a function that computes a loss and its gradients.

Only proved claims get in (``chain.py``); they become arrays with named axes, then statements, then code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np

from derivations.claims import Context
from derivations.expr import Dim
from derivations.report.outline import Report
from numeric.chain import CannotCompile, Chain, Source, chain_of
from numeric.program import RATE, Program, program_of
from numeric.targets import functional
from numeric.targets import numba as numba_target
from numeric.targets import numpy as numpy_target

BACKENDS = ("numpy", "numba", "jax", "torch")


class BadInput(ValueError):
    """Data that cannot be trained with: says which, and where."""


def compile_gradients(
    report: Report, backend: str = "numpy", dtype: str = "float64", *, loss: str | None = None, parameters: Sequence[str] = (),
) -> Compiled:
    """The loss of a document and its gradients, from its proved lines.

    ``loss`` and ``parameters`` are names as the document spells them; without them its ``train:`` block counts.
    Raises CannotCompile, naming the line, where a needed line is neither proved nor repaired.
    """
    return compile_chain(chain_of(report, loss, parameters), backend, dtype)


def compile_chain(chain: Chain, backend: str, dtype: str) -> Compiled:
    """As ``compile_gradients``, from lines that were collected before."""
    return Compiled(chain, backend, dtype)


class Compiled:
    """A loss and its gradients, ready to run, and where they come from.

    Called with a mapping from the document's symbols to arrays (labels count from 0), it returns the loss, a number,
    and a dictionary from each parameter to its gradient, an array of the parameter's shape.
    """

    def __init__(self, chain: Chain, backend: str, dtype: str) -> None:
        if backend not in BACKENDS:
            raise BadInput(f"no backend {backend!r}: known are {', '.join(BACKENDS)}")
        if dtype not in ("float32", "float64"):
            raise BadInput(f"no dtype {dtype!r}: known are float32 and float64")
        self.chain = chain
        self.backend = backend
        self.dtype = np.dtype(dtype)
        self.program = program_of(chain)
        self.function = bindable(self.program, backend, self.dtype) or Foreign(self.program, backend)
        self._bound: dict[tuple[tuple[str, int], ...], tuple[Any, dict[str, Any], dict[str, Any]]] = {}

    @property
    def claims(self) -> tuple[str, ...]:
        """The ids of the claims that the code rests on."""
        return self.chain.claims

    @property
    def repaired(self) -> tuple[str, ...]:
        """Those among them that were refuted as written and count as repaired."""
        return self.chain.repaired

    @property
    def sources(self) -> tuple[Source, ...]:
        """Where each line comes from: claim, scope, conventions, the repaired line where there is one."""
        return self.chain.sources

    @property
    def conventions(self) -> tuple[str, ...]:
        """Readings under which the claims hold."""
        return tuple(dict.fromkeys(c for s in self.chain.sources for c in s.conventions))

    @property
    def rewrites(self) -> tuple[str, ...]:
        """The proved identities that lowering used, by their names in ``numeric.algebra.REWRITES``."""
        return tuple(self.program.rewrites)

    @property
    def document(self) -> str:
        """SHA-256 of the document's text."""
        return self.chain.digest

    @property
    def source(self) -> str:
        """The generated code."""
        return self.function.source

    @property
    def parameters(self) -> tuple[str, ...]:
        return self.chain.parameters

    @property
    def data(self) -> tuple[str, ...]:
        """The symbols besides the parameters that the code reads."""
        return tuple(name for name in self.program.inputs if name not in self.chain.parameters and name != RATE)

    def __call__(self, arrays: Mapping[str, Any]) -> tuple[float, dict[str, Any]]:
        ready = checked(self.chain.context, self.program.inputs, arrays, self.dtype)
        sizes = sizes_of(self.chain.context, ready)
        if isinstance(self.function, Foreign):
            return self.function(ready, sizes)
        function, parameters, gradients = self._at(sizes)
        for name, buffer in parameters.items():
            buffer[...] = ready[name]
        loss = function(*(ready[name] for name in self.data))[0]
        return float(loss), {name: array.copy() for name, array in gradients.items()}

    def _at(self, sizes: Mapping[str, int]) -> tuple[Any, dict[str, Any], dict[str, Any]]:
        key = tuple(sorted(sizes.items()))
        if key not in self._bound:
            if len(self._bound) >= 8:
                self._bound.clear()
            shapes = {name: numpy_target.lengths(self.chain.context.variables[name].shape, sizes) for name in self.parameters}
            held = {name: np.empty(shape, self.dtype) for name, shape in shapes.items()}
            found = {name: np.empty(shape, self.dtype) for name, shape in shapes.items()}
            assert not isinstance(self.function, Foreign)
            self._bound[key] = (self.function.at(sizes, held, found, self.dtype), held, found)
        return self._bound[key]


def bindable(program: Program, backend: str, dtype: Any) -> numpy_target.Function | numba_target.Function | None:
    """The program for a backend whose arrays are NumPy's, bound to them once a shape; None for another's."""
    match backend:
        case "numpy":
            return numpy_target.Function(program)
        case "numba":
            return numba_target.Function(program, dtype)
        case _:
            return None


class Foreign:
    """A program in another library's arrays; raises ImportError where that is not installed."""

    def __init__(self, program: Program, backend: str) -> None:
        self.backend = backend
        self.program = program
        self.inner = functional.Function(program, functional.LIBRARIES[backend])
        self.source = self.inner.source
        self.call = self.inner.function
        if backend == "jax":
            import jax

            count = len(self.inner.inputs)
            self.call = jax.jit(self.call, static_argnums=tuple(range(count, count + len(self.inner.sizes))))

    def __call__(self, ready: Mapping[str, Any], sizes: Mapping[str, int]) -> tuple[float, dict[str, Any]]:
        with self.precision(ready):
            arrays = [self.array(ready[name]) for name in self.inner.inputs]
            loss, *gradients = self.call(*arrays, *(sizes.get(n, 0) for n in self.inner.sizes))
            return float(loss), dict(zip(self.program.gradients, gradients, strict=True))

    def precision(self, ready: Mapping[str, Any]) -> AbstractContextManager[Any]:
        """JAX makes float32 of float64 unless it is told not to."""
        if self.backend != "jax" or all(a.dtype != np.float64 for a in ready.values() if isinstance(a, np.ndarray)):
            return nullcontext()
        import jax

        return jax.enable_x64(True)  # type: ignore[no-any-return]

    def array(self, value: Any) -> Any:
        if isinstance(value, float):
            return value
        if self.backend == "torch":
            import torch

            return torch.from_numpy(value)
        import jax.numpy as jnp

        return jnp.asarray(value)


def checked(context: Context, wanted: Mapping[str, int], arrays: Mapping[str, Any], dtype: Any) -> dict[str, Any]:
    """The arrays that the code reads, with their kinds, ranks and values looked at; raises BadInput."""
    ready: dict[str, Any] = {}
    for name in wanted:
        if name not in arrays:
            raise BadInput(f"{name} is missing: the code reads {', '.join(wanted)}")
        if name in context.labels:
            ready[name] = labels(name, arrays[name], context.labels[name].rows is None)
        elif not context.variables[name].shape:
            ready[name] = scalar(name, arrays[name])
        else:
            ready[name] = finite(name, arrays[name], len(context.variables[name].shape), dtype)
    sizes = sizes_of(context, ready)
    for name, array in ready.items():
        if name in context.labels and (classes := size(context.labels[name].classes, sizes)) is not None:
            within(name, array, classes)
    return ready


def labels(name: str, values: Any, single: bool) -> Any:
    array = np.asarray(values)
    if array.ndim != (0 if single else 1):
        raise BadInput(f"{name} holds {'one label' if single else 'one label a row'}, not an array of shape {array.shape}")
    if not np.issubdtype(array.dtype, np.integer) and not (np.all(np.isfinite(array)) and np.all(array == np.floor(array))):
        raise BadInput(f"{name} holds labels: whole numbers from 0")
    array = array.astype(np.intp)
    if array.size and int(array.min()) < 0:
        row = int(np.argmin(array))
        raise BadInput(f"{name}: row {row + 1} has the negative label {int(array.flat[row])}; labels count from 0 here")
    return array


def within(name: str, array: Any, classes: int) -> None:
    """Raises BadInput where a label, counted from 0, is not one of the classes."""
    if array.size and int(array.max()) >= classes:
        row = int(np.argmax(array >= classes))
        raise BadInput(f"{name}: row {row + 1} has the label {int(array.flat[row])}; "
                       f"there are {classes} classes, counted from 0 here")


def scalar(name: str, value: Any) -> float:
    array = np.asarray(value, dtype=np.float64)
    if array.size != 1:
        raise BadInput(f"{name} is a number, not an array of shape {array.shape}")
    if not np.isfinite(array).all():
        raise BadInput(f"{name} is {array.item()}")
    return float(array.item())


def finite(name: str, values: Any, rank: int, dtype: Any) -> Any:
    array = np.asarray(values, dtype=dtype)
    if array.ndim != rank:
        raise BadInput(f"{name} has {rank} axes in the document, the array has {array.ndim}")
    if not np.isfinite(array).all():
        place = np.argwhere(~np.isfinite(array))[0] + 1
        where = "row " + str(place[0]) + (f", column {place[1]}" if rank > 1 else "")
        raise BadInput(f"{name}: {where} is {array[tuple(place - 1)]}")
    return array


def sizes_of(context: Context, arrays: Mapping[str, Any]) -> dict[str, int]:
    """The document's sizes, from the arrays; raises BadInput where two arrays disagree."""
    sizes: dict[str, int] = {}
    told: dict[str, str] = {}
    axes = [(name, n, dim) for name in arrays if name in context.variables for n, dim in enumerate(context.variables[name].shape)]
    axes += [(name, 0, rows) for name in arrays if name in context.labels and (rows := context.labels[name].rows) is not None]
    for name, n, dim in sorted(axes, key=lambda a: len(a[2].names)):
        length = arrays[name].shape[n]
        if len(dim.names) == 1 and dim.coefficient == 1:
            known = sizes.setdefault(dim.names[0], length)
            told.setdefault(dim.names[0], name)
            if known != length:
                raise BadInput(f"{dim} is {known} in {told[dim.names[0]]} and {length} in {name} (axis {n + 1})")
        else:
            known_ = size(dim, sizes)
            if known_ is not None and known_ != length:
                raise BadInput(f"axis {n + 1} of {name} is {dim} = {known_} in the document, and {length} in the array")
    return sizes


def size(dim: Dim, sizes: Mapping[str, int]) -> int | None:
    if any(name not in sizes for name in dim.names):
        return None
    return numpy_target.lengths((dim,), sizes)[0]


__all__ = ["BadInput", "CannotCompile", "Compiled", "compile_gradients"]
