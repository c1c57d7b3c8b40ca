"""NumPy: every result goes into a buffer that is made once for each shape and used again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import FunctionType
from typing import Any

import numpy as np

from derivations.expr import Dim
from numeric.program import RATE, Arg, Program, Value
from numeric.targets.printer import TargetPrinter, lambdified, size_names, statements_of, viewed

UFUNCS = {
    "add": "add", "subtract": "subtract", "multiply": "multiply", "divide": "divide", "matmul": "matmul",
    "negative": "negative", "exp": "exp", "log": "log", "tanh": "tanh", "sign": "sign", "abs": "absolute", "sin": "sin",
    "cos": "cos", "square": "square", "sqrt": "sqrt", "reciprocal": "reciprocal",
}  # fmt: skip
REDUCTIONS = {"sum": "add_reduce", "max": "maximum_reduce"}
HELPED = {"sigmoid", "softplus", "step", "relu"}
IN_PLACE = (UFUNCS.keys() | HELPED | {"power", "add_at"}) - {"matmul"}


@dataclass
class Plan:
    """Which buffer each value lives in; ``views`` are other looks at buffers, made when the buffers are."""

    buffers: dict[int, str] = field(default_factory=dict)
    shapes: dict[str, tuple[tuple[Dim, ...], bool]] = field(default_factory=dict)
    views: dict[str, tuple[str, tuple[int | None, ...] | str]] = field(default_factory=dict)
    indices: dict[str, tuple[tuple[Dim, ...], int]] = field(default_factory=dict)
    constants: dict[str, Value] = field(default_factory=dict)


class BufferedPrinter(TargetPrinter):
    """Statements with ``out=``: ``v5 = matmul(p2_T, v3_T, b2)``."""

    def __init__(self, program: Program) -> None:
        super().__init__(program)
        self.outputs = {value: f"g{n}" for n, value in enumerate(dict.fromkeys(program.gradients.values()), 1)}
        self.plan = planned(program, self.outputs)
        for n, value in enumerate(program.values):
            if is_fixed(program, n) and n not in self.outputs:
                self.names[n] = f"c{len(self.plan.constants) + 1}"
                self.plan.constants[self.names[n]] = value
        self.placed: set[str] = set()

    def is_constant(self, number: int) -> bool:
        return self.names[number] in self.plan.constants

    def before(self, number: int) -> list[tuple[str, str]]:
        """Where the labels' entries are, computed once for each layout."""
        value = self.program.values[number]
        if value.op == "add_at":
            labels, dims, axis = value.args[1].value, value.dims, value.data
        elif value.op == "pick" and self.picks_flat(value):
            labels, dims, axis = value.args[1].value, self.program.values[value.args[0].value].dims, value.data[0]
        else:
            return []
        assert isinstance(axis, int)
        name = self.index_of(labels, dims, axis)
        if len(dims) == 1 or name in self.placed:
            return []
        self.placed.add(name)
        self.plan.indices[name] = (dims, axis)
        text = self.names[labels]
        if axis == 0:  # the next class is a row of the buffer further
            text = f"multiply({text}, {name}_stride, {name}_buffer)"
        return [(name, f"add({text}, {name}_start, {name}_buffer)")]

    def picks_flat(self, value: Value) -> bool:
        """Whether entries are taken from a buffer, by place."""
        source = self.program.values[value.args[0].value]
        return len(source.dims) == 2 and value.data[1] is None and value.args[0].value in self.plan.buffers

    def view(self, arg: Arg) -> str:
        name = self.names[arg.value]
        value = self.program.values[arg.value]
        text = viewed(name, arg.order, len(value.dims))
        held = self.plan.buffers.get(arg.value) or (name if self.is_parameter(value) else None)
        if text == name or held is None:
            return text
        bound = held + text.removeprefix(name).replace(".T", "_T").replace("[:, None]", "_column")
        if not bound.isidentifier():
            return text
        self.plan.views[bound] = (held, tuple(arg.order))
        return bound

    def is_parameter(self, value: Value) -> bool:
        return value.op == "input" and value.data in self.program.chain.parameters

    def statement(self, number: int) -> str:
        value = self.program.values[number]
        args = [self.view(a) for a in value.args]
        out = self.plan.buffers.get(number)
        if value.op == "scalar":
            return self.op_scalar(number, value)
        if not value.dims:
            text = self.of_scalars(value, args)
            return f"filled({out}, {text})" if out else text
        if value.op in UFUNCS:
            return f"{UFUNCS[value.op]}({', '.join(args)}, {out})"
        if value.op in REDUCTIONS:
            return f"{REDUCTIONS[value.op]}({args[0]}, {value.data}, None, {out})"
        if value.op == "positive":
            return f"greater({args[0]}, zero, {out})"
        if value.op == "relu":
            return f"maximum({args[0]}, zero, out={out})"
        if value.op in HELPED:
            return f"{value.op}({args[0]}, {out})"
        if value.op == "power":
            return f"power({args[0]}, {args[1] if len(args) > 1 else float(value.data)}, {out})"
        if value.op == "pick":
            return self.picked(value, args, out)
        if value.op == "add_at":
            return f"add_at({args[0]}, {self.flat(value.args[0])}, {self.index(value)}, {args[2]}, {out})"
        if value.op in ("transposed", "filled"):
            return f"filled({out}, {args[0]})"
        return f"filled({out}, {self.other(value, args)})"

    def of_scalars(self, value: Value, args: list[str]) -> str:
        """Scalars stay Python's or the array's own kind: nothing is promoted."""
        signs = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}
        if value.op in signs:
            return f"{args[0]} {signs[value.op]} {args[1]}"
        if value.op in REDUCTIONS:
            return f"{REDUCTIONS[value.op]}({args[0]})"
        if value.op == "power":
            return f"number({args[0]})**{args[1] if len(args) > 1 else float(value.data)}"
        if value.op in UFUNCS and value.op != "matmul":
            return f"number({UFUNCS[value.op]}({args[0]}))"
        if value.op == "matmul":
            return f"matmul({args[0]}, {args[1]})"
        if value.op in HELPED:
            return f"number({value.op}(number({args[0]})))"
        if value.op == "pick":
            return f"{args[0]}[{args[1]}]"
        return self.other(value, args)

    def other(self, value: Value, args: list[str]) -> str:
        match value.op:
            case "inner":
                return f"vdot({args[0]}, {args[1]})"
            case "inverse" | "det" | "logdet":
                return f"{value.op}({args[0]})"
            case "pi":
                return "pi"
            case "eye":
                return f"eye({self.size(value.dims[0])})"
            case "diagonal":
                return f"{args[0]}.diagonal()"
            case "index":
                at = ", ".join(":" if p is None else str(p - 1) for p in value.data)
                return f"{args[0]}[{at}]"
            case "onehot" if value.data is None:
                count = self.size(value.dims[-1])
                return f"onehot({args[0]}{'[:, None]' if len(value.dims) == 2 else ''}, {count})"
            case "onehot":
                return f"onehot({args[0]}[{int(value.data) - 1}], {self.size(value.dims[-1])})"
            case _:
                raise NotImplementedError(value.op)

    # -------------------------------------------------------------- labels

    def picked(self, value: Value, args: list[str], out: str | None) -> str:
        source = self.program.values[value.args[0].value]
        axis, row = value.data
        if not self.picks_flat(value):
            at = [":"] * len(source.dims)
            at[axis] = args[1] if row is None else f"{args[1]}[{row - 1}]"
            if row is None and len(source.dims) == 2:
                at[1 - axis] = f"arange(len({args[1]}))"
            return f"filled({out}, {args[0]}[{', '.join(at)}])"
        return f"{self.flat(value.args[0])}.take({self.index_of(value.args[1].value, source.dims, axis)}, None, {out}, 'clip')"

    def flat(self, arg: Arg) -> str:
        """The entries of a buffer one after the other."""
        held = self.plan.buffers.get(arg.value)
        if held is None:
            return f"{self.names[arg.value]}.reshape(-1)"
        self.plan.views[f"{held}_flat"] = (held, "flat")
        return f"{held}_flat"

    def index(self, value: Value) -> str:
        return self.index_of(value.args[1].value, value.dims, value.data)

    def index_of(self, labels: int, dims: tuple[Dim, ...], axis: int) -> str:
        """Where each row's label stands among the entries of an array stored with ``dims``."""
        if len(dims) == 1:
            return self.names[labels]
        return f"at_{self.names[labels]}_{axis}_" + "_".join(self.size(d).replace("*", "x") for d in dims)


def is_fixed(program: Program, number: int) -> bool:
    """Whether a value depends on sizes and the rate alone."""
    value = program.values[number]
    return value.op == "scalar" and all(program.values[a.value].data == RATE for a in value.args)


def planned(program: Program, outputs: Mapping[int, str]) -> Plan:
    """Buffers by liveness: a value takes the buffer of an operand that is read for the last time, where that fits."""
    plan = Plan()
    last = {a.value: n for n in statements_of(program) for a in program.values[n].args}
    free: dict[tuple[tuple[Dim, ...], bool], list[str]] = {}
    keep = {program.loss, *outputs}
    for number in statements_of(program):
        value = program.values[number]
        dying = [a for a in dict.fromkeys(value.args) if last[a.value] == number and a.value not in keep]
        mine = (value.dims, value.is_bool)
        if number in outputs:
            plan.buffers[number] = outputs[number]
        elif value.dims:
            reused = next((a.value for a in dying if fits(program, plan, a, value)), None) if value.op in IN_PLACE else None
            if reused is not None:
                plan.buffers[number] = plan.buffers[reused]
                dying = [a for a in dying if a.value != reused]
            elif free.get(mine):
                plan.buffers[number] = free[mine].pop()
            else:
                plan.buffers[number] = f"b{len(plan.shapes) + 1}"
                plan.shapes[plan.buffers[number]] = mine
        for value_number in dict.fromkeys(a.value for a in dying):
            held = plan.buffers.get(value_number)
            if held in plan.shapes:
                free.setdefault(plan.shapes[held], []).append(held)
    return plan


def fits(program: Program, plan: Plan, arg: Arg, value: Value) -> bool:
    source = program.values[arg.value]
    held = plan.buffers.get(arg.value)
    straight = arg.order == tuple(range(len(source.dims)))
    return held in plan.shapes and straight and source.dims == value.dims and source.is_bool == value.is_bool


# ------------------------------------------------------------------ run time


def number(x: Any) -> float:
    return float(x)


def filled(out: Any, values: Any) -> Any:
    out[...] = values
    return out


def sigmoid(x: Any, out: Any = None) -> Any:
    """1/(1 + e^{-x}) without overflow."""
    out = np.multiply(x, 0.5, out)
    out = np.tanh(out, out if isinstance(out, np.ndarray) else None)
    out = np.multiply(out, 0.5, out if isinstance(out, np.ndarray) else None)
    return np.add(out, 0.5, out if isinstance(out, np.ndarray) else None)


def softplus(x: Any, out: Any = None) -> Any:
    """log(1 + e^x) without overflow."""
    return np.logaddexp(0, x, out)


def step(x: Any, out: Any = None) -> Any:
    """1 where x > 0, else 0."""
    return np.greater(x, 0) if out is None else np.greater(x, 0, out)


def add_at(x: Any, flat: Any, at: Any, c: Any, out: Any) -> Any:
    """x with c added at the places ``at`` of its entries one after the other; in place where ``out`` is x."""
    if out is not x:
        np.copyto(out, x)
        flat = out.reshape(-1)
    flat[at] += c
    return out


def onehot(k: Any, classes: int) -> Any:
    return k == np.arange(classes)


def logdet(a: Any) -> Any:
    return np.linalg.slogdet(a)[1]


FUNCTIONS: dict[str, Any] = {
    **{name: getattr(np, name) for name in UFUNCS.values()},
    "add_reduce": np.add.reduce, "maximum_reduce": np.maximum.reduce, "greater": np.greater, "maximum": np.maximum,
    "power": np.power, "vdot": np.vdot, "arange": np.arange, "pi": float(np.pi), "eye": np.eye, "inverse": np.linalg.inv,
    "det": np.linalg.det, "logdet": logdet, "onehot": onehot, "number": number, "filled": filled, "sigmoid": sigmoid,
    "softplus": softplus, "step": step, "relu": lambda x: max(x, 0.0), "add_at": add_at,
}  # fmt: skip


class Function:
    """The lambdified program; ``at(sizes, …)`` binds it to buffers of those sizes."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.printer = BufferedPrinter(program)
        names = self.printer.names
        parameters = program.chain.parameters
        inputs = [(names[n], v) for n, v in enumerate(program.values) if v.op in ("input", "labels")]
        self.arguments = [name for name, v in inputs if v.data not in (*parameters, RATE)]
        self.parameters = {name: names[program.inputs[name]] for name in parameters if name in program.inputs}
        self.function, self.source = lambdified(
            self.printer, self.arguments, FUNCTIONS, (program.loss, *program.gradients.values()))

    def at(self, sizes: Mapping[str, int], parameters: Mapping[str, Any], gradients: Mapping[str, Any], dtype: Any,
           rate: float = 1.0) -> Any:
        """A function of data and labels alone, for these sizes; gradients are written to ``gradients``."""
        plan = self.printer.plan
        bound: dict[str, Any] = {**FUNCTIONS, "rate": rate}
        for n, name in enumerate(size_names(self.program), 1):
            if name in sizes:
                bound[f"n{n}"] = sizes[name]
        for name, (dims, is_bool) in plan.shapes.items():
            bound[name] = np.empty(lengths(dims, sizes), np.bool_ if is_bool else dtype)
        for name, code in self.parameters.items():
            bound[code] = parameters[name]
        for name, number_ in self.program.gradients.items():
            bound.setdefault(self.printer.outputs[number_], gradients[name])
        for name, (held, look) in plan.views.items():
            bound[name] = bound[held].reshape(-1) if isinstance(look, str) else as_view(bound[held], look)
        bound["zero"] = np.zeros((), dtype)
        for name, (dims, axis) in plan.indices.items():
            shape = lengths(dims, sizes)
            rows = shape[1 - axis]
            bound[f"{name}_stride"] = np.array(shape[1], np.intp)
            bound[f"{name}_start"] = np.arange(rows, dtype=np.intp) * (1 if axis == 0 else shape[1])
            bound[f"{name}_buffer"] = np.empty(rows, np.intp)
        for name, value in plan.constants.items():
            bound[name] = np.array(constant(value, sizes, rate), dtype)
        return FunctionType(self.function.__code__, bound)


def lengths(dims: Sequence[Dim], sizes: Mapping[str, int]) -> tuple[int, ...]:
    found = []
    for dim in dims:
        length = dim.coefficient
        for name in dim.names:
            length *= sizes[name]
        found.append(length)
    return tuple(found)


def as_view(array: Any, order: Sequence[int | None]) -> Any:
    kept = [n for n in order if n is not None]
    array = array.transpose(kept)
    while order and order[0] is None:
        order = order[1:]
    return array[tuple(None if n is None else slice(None) for n in order)]


def constant(value: Value, sizes: Mapping[str, int], rate: float) -> float:
    """The number that a scalar is at these sizes and this rate."""
    coefficient, extents, powers = value.data
    found = float(coefficient)
    for dim, power in extents:
        found *= float(lengths((dim,), sizes)[0]) ** float(power)
    for power in powers:
        found *= rate ** float(power)
    return found
