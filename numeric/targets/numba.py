"""Numba: the lambdified statements compiled to machine code, for batches so small that calling NumPy is what costs.

Every number has the kind that was asked for: beside float64 a float32 array would become float64.  Products go to
SciPy's BLAS, as Numba has it; nothing of NumPy's runs in the same step.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import numpy as np

from numeric.program import RATE, Arg, Program, Value
from numeric.targets.printer import TargetPrinter, lambdified, literal, size_names

TEMPLATES = {
    "matmul": "dot({0}, {1})", "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "divide": "{0} / {1}",
    "negative": "-{0}", "square": "{0} * {0}", "reciprocal": "number(1) / {0}", "positive": "{0} > number(0)",
    "transposed": "{0}", "inner": "inner({0}, {1})", "diagonal": "np.diag({0})",
    "exp": "np.exp({0})", "log": "np.log({0})", "tanh": "np.tanh({0})", "sin": "np.sin({0})", "cos": "np.cos({0})",
    "abs": "np.abs({0})", "sign": "np.sign({0})", "sqrt": "np.sqrt({0})", "relu": "np.maximum({0}, number(0))",
    "sigmoid": "number(0.5) * np.tanh(number(0.5) * {0}) + number(0.5)", "softplus": "np.logaddexp(number(0), {0})",
    "step": "({0} > number(0)) * number(1)", "pi": "number(np.pi)",
    "inverse": "np.linalg.inv(packed({0}))", "det": "np.linalg.det(packed({0}))",
    "logdet": "np.linalg.slogdet(packed({0}))[1]",
}  # fmt: skip


class NumbaPrinter(TargetPrinter):
    """Statements as Numba understands them; what it lacks is one of the functions of ``helpers``."""

    templates = TEMPLATES

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        for n, value in enumerate(program.values):
            if text := literal(value):
                self.names[n] = f"number({text.strip('()')})"

    def rank(self, arg: Arg) -> int:
        return len(self.program.values[arg.value].dims)

    def op_scalar(self, number: int, value: Value) -> str:
        return f"number({super().op_scalar(number, value)})"

    def op_sum(self, number: int, value: Value) -> str:
        return self.reduced("sum", value)

    def op_max(self, number: int, value: Value) -> str:
        return self.reduced("max", value)

    def reduced(self, what: str, value: Value) -> str:
        along = "all" if value.data is None or self.rank(value.args[0]) == 1 else value.data
        return f"{what}_{along}({self.view(value.args[0])})"

    def op_power(self, number: int, value: Value) -> str:
        args = [self.view(a) for a in value.args]
        return f"{args[0]} ** {args[1] if len(args) > 1 else f'number({float(value.data)})'}"

    def op_filled(self, number: int, value: Value) -> str:
        array, dims = self.view(value.args[0]), self.dims(value.dims)
        if not value.args[0].order:
            return f"np.full({dims}, {array})"
        return f"np.broadcast_to({array}, {dims}).copy()"

    def op_eye(self, number: int, value: Value) -> str:
        return f"eye({self.size(value.dims[0])}, number(0))"

    def op_pick(self, number: int, value: Value) -> str:
        axis, row = value.data
        array, labels = self.view(value.args[0]), self.labels(value.args[1], row)
        if len(value.args[0].order) == 1:
            return f"{array}[{labels}]"
        if self.is_single(value.args[1], row):
            return f"{array}[{labels}, :]" if axis == 0 else f"{array}[:, {labels}]"
        return f"pick_{axis}({array}, {labels})"

    def op_add_at(self, number: int, value: Value) -> str:
        array, at, c = self.view(value.args[0]), self.labels(value.args[1]), self.view(value.args[2])
        kind = "entry" if len(value.dims) == 1 else "row" if self.is_single(value.args[1]) else "rows"
        return f"add_{kind}_{value.data}({array}, {at}, {c})"

    def op_onehot(self, number: int, value: Value) -> str:
        row = value.data if isinstance(value.data, int) else None
        column = "[:, None]" if len(value.dims) == 2 else ""
        return f"({self.labels(value.args[0], row)}{column} == np.arange({self.size(value.dims[-1])})) * number(1)"

    def op_index(self, number: int, value: Value) -> str:
        return f"{self.view(value.args[0])}[{', '.join(':' if p is None else str(p - 1) for p in value.data)}]"

    def labels(self, arg: Arg, row: int | None = None) -> str:
        return self.names[arg.value] + ("" if row is None else f"[{row - 1}]")

    def is_single(self, arg: Arg, row: int | None = None) -> bool:
        return row is not None or not self.program.values[arg.value].dims


class Function:
    """The lambdified program, compiled; ``at(sizes, …)`` binds it to arrays.  Raises ImportError without Numba."""

    def __init__(self, program: Program, dtype: Any) -> None:
        import numba

        self.program = program
        printer = NumbaPrinter(program)
        names = printer.names
        parameters = program.chain.parameters
        inputs = [(names[n], str(v.data)) for n, v in enumerate(program.values) if v.op in ("input", "labels")]
        self.arguments = [name for name, data in inputs if data not in (*parameters, RATE)]
        self.parameters = {name: names[program.inputs[name]] for name in parameters if name in program.inputs}
        self.sizes = size_names(program)
        gradients = {f"g{n}": names[value] for n, value in enumerate(program.gradients.values(), 1)}
        arguments = [*self.arguments, *self.parameters.values(), *gradients, "rate",
                     *(f"n{n}" for n in range(1, len(self.sizes) + 1))]
        written = [(f"w{n}", f"put({out}, {value})") for n, (out, value) in enumerate(gradients.items(), 1)]
        function, self.source = lambdified(printer, arguments, helpers(np.dtype(dtype).name), (program.loss,), written)
        self.function = numba.njit(function)

    def at(self, sizes: Mapping[str, int], parameters: Mapping[str, Any], gradients: Mapping[str, Any], dtype: Any,
           rate: float = 1.0) -> Any:
        """As ``numeric.targets.numpy.Function.at``."""
        held = [parameters[name] for name in self.parameters] + [gradients[name] for name in self.program.gradients]
        return partial_behind(self.function, (*held, rate, *(sizes.get(name, 0) for name in self.sizes)))


def partial_behind(function: Callable[..., Any], rest: tuple[Any, ...]) -> Callable[..., Any]:
    """The function with its last arguments filled in."""
    return lambda *data: function(*data, *rest)


@cache
def helpers(dtype: str) -> dict[str, Any]:
    """The names that printed statements use, for one kind of numbers."""
    import numba

    functions = (inner, sum_all, sum_0, sum_1, max_all, max_0, max_1, pick_0, pick_1, add_entry_0, add_row_0, add_row_1,
                 add_rows_0, add_rows_1, eye, put)
    compiled = {f.__name__: numba.njit(f) for f in functions}
    return {"np": np, "number": np.dtype(dtype).type, "dot": np.dot, "packed": np.ascontiguousarray, **compiled}


# ------------------------------------------------------------------ in Numba's language


def inner(x: Any, y: Any) -> Any:
    """Σ x·y over all entries, summed in float64 and returned in the arrays' kind."""
    total = 0.0
    for a, b in zip(x.flat, y.flat):  # noqa: B905 (Numba knows no strict=)
        total += a * b
    return x.dtype.type(total)


def sum_all(x: Any) -> Any:
    total = 0.0
    for a in x.flat:
        total += a
    return x.dtype.type(total)


def sum_0(x: Any) -> Any:
    out = np.zeros(x.shape[1], x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[j] += x[i, j]
    return out


def sum_1(x: Any) -> Any:
    out = np.zeros(x.shape[0], x.dtype)
    for i in range(x.shape[0]):
        for j in range(x.shape[1]):
            out[i] += x[i, j]
    return out


def max_all(x: Any) -> Any:
    return x.max()


def max_0(x: Any) -> Any:
    out = x[0].copy()
    for i in range(1, x.shape[0]):
        for j in range(x.shape[1]):
            out[j] = max(out[j], x[i, j])
    return out


def max_1(x: Any) -> Any:
    out = x[:, 0].copy()
    for i in range(x.shape[0]):
        for j in range(1, x.shape[1]):
            out[i] = max(out[i], x[i, j])
    return out


def pick_0(x: Any, k: Any) -> Any:
    """x[k_i, i] for every i."""
    out = np.empty(len(k), x.dtype)
    for i in range(len(k)):
        out[i] = x[k[i], i]
    return out


def pick_1(x: Any, k: Any) -> Any:
    """x[i, k_i] for every i."""
    out = np.empty(len(k), x.dtype)
    for i in range(len(k)):
        out[i] = x[i, k[i]]
    return out


def add_entry_0(x: Any, k: Any, c: Any) -> Any:
    out = x.copy()
    out[k] += c
    return out


def add_row_0(x: Any, k: Any, c: Any) -> Any:
    out = x.copy()
    for j in range(x.shape[1]):
        out[k, j] += c
    return out


def add_row_1(x: Any, k: Any, c: Any) -> Any:
    out = x.copy()
    for i in range(x.shape[0]):
        out[i, k] += c
    return out


def add_rows_0(x: Any, k: Any, c: Any) -> Any:
    """x with c added at (k_i, i) for every i."""
    out = x.copy()
    for i in range(len(k)):
        out[k[i], i] += c
    return out


def add_rows_1(x: Any, k: Any, c: Any) -> Any:
    """x with c added at (i, k_i) for every i."""
    out = x.copy()
    for i in range(len(k)):
        out[i, k[i]] += c
    return out


def eye(n: Any, zero: Any) -> Any:
    out = np.full((n, n), zero)
    for i in range(n):
        out[i, i] += 1
    return out


def put(out: Any, values: Any) -> None:
    out[...] = values
