"""NumPy, JAX and PyTorch without buffers: every statement makes a new array, and reads as a formula."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from derivations.expr import Dim
from numeric.program import Arg, Program, Value
from numeric.targets.printer import TargetPrinter, lambdified, size_names, viewed

TargetName = Literal["numpy", "jax", "torch"]

COMMON = {
    "matmul": "{0} @ {1}", "add": "{0} + {1}", "subtract": "{0} - {1}", "multiply": "{0} * {1}", "divide": "{0} / {1}",
    "negative": "-{0}", "square": "{0} * {0}", "reciprocal": "1 / {0}", "positive": "{0} > 0", "transposed": "{0}",
    "sum": "{0}.sum({axis})", "max": "{0}.max({axis})", "inner": "({0} * {1}).sum()", "diagonal": "{0}.diagonal()",
    "exp": "{xp}.exp({0})", "log": "{xp}.log({0})", "tanh": "{xp}.tanh({0})", "sin": "{xp}.sin({0})", "cos": "{xp}.cos({0})",
    "abs": "{xp}.abs({0})", "sign": "{xp}.sign({0})", "sqrt": "{xp}.sqrt({0})", "relu": "{xp}.maximum({0}, 0)",
    "sigmoid": "0.5 * {xp}.tanh(0.5 * {0}) + 0.5", "softplus": "{xp}.logaddexp(0, {0})", "step": "1.0 * ({0} > 0)",
    "inverse": "{xp}.linalg.inv({0})", "det": "{xp}.linalg.det({0})", "logdet": "{xp}.linalg.slogdet({0})[1]",
    "eye": "{xp}.eye({size})", "pi": "math.pi", "filled": "{xp}.broadcast_to({0}, {dims})",
}  # fmt: skip
ADD_AT = {
    "numpy": '''def add_at(x, at, c):
    """x with c added at the places ``at``."""
    x = x.copy()
    x[at] += c
    return x
''',
    "jax": '''def add_at(x, at, c):
    """x with c added at the places ``at``."""
    return x.at[at].add(c)
''',
    "torch": '''def add_at(x, at, c):
    """x with c added at the places ``at``."""
    return x.index_put(at, torch.as_tensor(c, dtype=x.dtype), accumulate=True)
''',
}
OF_ONE_NUMBER = {"exp", "log", "tanh", "sin", "cos", "abs", "sign", "sqrt", "softplus", "sigmoid"}
STATIC_MATH = {"exp", "log", "tanh", "sin", "cos", "sqrt"}


@dataclass(frozen=True, slots=True)
class Library:
    """How a library is imported, called, and where it says things its own way."""

    name: TargetName
    alias: str
    imports: str
    templates: Mapping[str, str]


LIBRARIES: dict[str, Library] = {
    "numpy": Library("numpy", "np", "import numpy as np", COMMON),
    "jax": Library("jax", "jnp", "import jax\nimport jax.numpy as jnp", {
        **COMMON, "sigmoid": "jax.nn.sigmoid({0})", "softplus": "jax.nn.softplus({0})"}),
    "torch": Library("torch", "torch", "import torch", {
        **COMMON, "max": "{0}.amax({axis})", "relu": "{0}.clamp(min=0)", "sigmoid": "torch.sigmoid({0})",
        "softplus": "torch.logaddexp({0}, torch.zeros_like({0}))"}),
}  # fmt: skip


class FunctionalPrinter(TargetPrinter):
    """Statements as expressions of a library."""

    def __init__(self, program: Program, library: Library, names: Mapping[int, str] | None = None,
                 sizes: Callable[[Dim], str] | None = None) -> None:
        super().__init__(program)
        self.target = library
        self.library = library.alias
        self.templates = library.templates
        if names is not None:
            self.names = dict(names)
        self._sizes = sizes

    def size(self, dim: Dim) -> str:
        return self._sizes(dim) if self._sizes else super().size(dim)

    def view(self, arg: Arg) -> str:
        return viewed(self.names[arg.value], arg.order, len(self.program.values[arg.value].dims))

    def statement(self, number: int) -> str:
        value = self.program.values[number]
        method = getattr(self, f"op_{value.op}", None)
        if method is not None:
            return str(method(number, value))
        if self.is_static(number) and value.op in STATIC_MATH:
            return f"math.{value.op}({self.view(value.args[0])})"
        size = self.size(value.dims[0]) if value.dims else ""
        text = self.templates[value.op].format(
            *(self.view(a) for a in value.args), xp=self.library, axis="" if value.data is None else value.data,
            dims=self.dims(value.dims), size=size)
        return f"float({text})" if not value.dims and value.op in OF_ONE_NUMBER and self.target.name == "numpy" else text

    def is_static(self, number: int) -> bool:
        """Whether a value depends on sizes alone: then it is Python's number, not the library's."""
        value = self.program.values[number]
        return not value.dims and value.op not in ("input", "labels") and all(self.is_static(a.value) for a in value.args)

    # ---------------------------------------------------- what needs more than a template

    def op_power(self, number: int, value: Value) -> str:
        args = [self.view(a) for a in value.args]
        return f"{args[0]} ** {args[1] if len(args) > 1 else float(value.data)}"

    def rows(self, labels: str) -> str:
        return f"{self.library}.arange({labels}.shape[0])"

    def at(self, labels: Arg, rank: int, axis: int, row: int | None = None) -> str:
        """The places of the labels in an array of one or two axes."""
        name = self.names[labels.value] + ("" if row is None else f"[{row - 1}]")
        if rank == 1:
            return name
        other = ":" if row is not None or not self.program.values[labels.value].dims else self.rows(name)
        return f"{name}, {other}" if axis == 0 else f"{other}, {name}"

    def op_pick(self, number: int, value: Value) -> str:
        axis, row = value.data
        return f"{self.view(value.args[0])}[{self.at(value.args[1], len(value.args[0].order), axis, row)}]"

    def op_add_at(self, number: int, value: Value) -> str:
        assert isinstance(value.data, int)
        places = self.at(value.args[1], len(value.dims), value.data)
        places = f"({places})" if "," in places else f"({places},)"
        return f"add_at({self.view(value.args[0])}, {places}, {self.view(value.args[2])})"

    def op_onehot(self, number: int, value: Value) -> str:
        labels = self.names[value.args[0].value] + (f"[{value.data - 1}]" if isinstance(value.data, int) else "")
        column = "[:, None]" if len(value.dims) == 2 else ""
        return f"1.0 * ({labels}{column} == {self.library}.arange({self.size(value.dims[-1])}))"

    def op_index(self, number: int, value: Value) -> str:
        at = ", ".join(":" if p is None else str(p - 1) for p in value.data)
        return f"{self.view(value.args[0])}[{at}]"


class Function:
    """The lambdified program: called with data, labels, parameters and sizes, it returns the loss and the gradients."""

    def __init__(self, program: Program, library: Library) -> None:
        self.program = program
        self.printer = FunctionalPrinter(program, library)
        inputs = [n for n, v in enumerate(program.values) if v.op in ("input", "labels")]
        self.inputs = [str(program.values[n].data) for n in inputs]
        self.sizes = size_names(program)
        arguments = [self.printer.names[n] for n in inputs] + [f"n{n}" for n in range(1, len(self.sizes) + 1)]
        namespace = namespace_of(library)
        self.function, self.source = lambdified(
            self.printer, arguments, namespace, (program.loss, *program.gradients.values()))


def namespace_of(library: Library) -> dict[str, Any]:
    """The names that printed statements use."""
    import math

    found: dict[str, Any] = {"math": math, "float": float}
    if library.name == "numpy":
        import numpy as np

        def add_at(x: Any, at: Any, c: Any) -> Any:
            x = x.copy()
            x[at] += c
            return x

        return {**found, "np": np, "add_at": add_at}
    if library.name == "jax":
        import jax
        import jax.numpy as jnp

        return {**found, "jax": jax, "jnp": jnp, "add_at": lambda x, at, c: x.at[at].add(c)}
    import torch

    def put(x: Any, at: Any, c: Any) -> Any:
        return x.index_put(at, torch.as_tensor(c, dtype=x.dtype), accumulate=True)

    return {**found, "torch": torch, "add_at": put}
