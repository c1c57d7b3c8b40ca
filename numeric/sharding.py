"""Several devices: the same lambdified function under ``jax.jit``, its inputs spread over a mesh of devices.

Rows are spread along the mesh's axis ``data``, hidden sizes of the parameters along ``model``; JAX's compiler finds out what the
devices have to tell one another.  A batch whose rows do not divide is padded with rows of weight 0.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from derivations.claims import Variable
from derivations.expr import Dim
from numeric.batches import Step
from numeric.chain import Chain
from numeric.lower import BadInput, Foreign
from numeric.problem import Problem, counts_rows
from numeric.program import program_of
from numeric.settings import Settings
from numeric.step import Stepper
from numeric.tensor import Along, Call, Extent, Node, OfMatrix, Power, Product, Ref, Sum

WEIGHTS = "the weights of the rows"  # 1, or 0 for padding; no document can spell names so
COUNT = "the number of rows"  # those that are no padding


class ShardedStepper(Stepper):
    """Gradients from JAX on a mesh; they are written back to the flat array of the host."""

    def __init__(self, problem: Problem, settings: Settings) -> None:
        super().__init__(problem.chain, problem.sizes, settings.dtype, with_rate=False)
        self.problem = problem
        self.mesh = mesh_of(settings)
        self.plain = Foreign(program_of(problem.chain), "jax")
        self.padded: Foreign | None = None
        self.shards = self.mesh.shape.get("data", 1)
        self.parameter_shardings = {n: self._placed(*parameter_axes(problem, n, self.mesh.shape.get("model", 1)))
                                    for n in problem.chain.parameters}

    def _placed(self, *axes: str | None) -> Any:
        from jax.sharding import NamedSharding, PartitionSpec

        return NamedSharding(self.mesh, PartitionSpec(*(a if a in self.mesh.shape else None for a in axes)))

    def gradients_at(self, sizes: Mapping[str, int], rate: float = 1.0) -> Step:
        rows_name = self.problem.rows
        rows = sizes.get(rows_name or "", 1)
        length = -(-rows // self.shards) * self.shards if rows_name else rows
        foreign, names = self._foreign(length != rows), self.data
        here = {**self.sizes, **sizes, **({rows_name: length} if rows_name else {})}
        weights = (np.arange(length) < rows).astype(self.dtype)
        per_row = {n for n in names if rows_name and counts_rows(self.chain.context, n, rows_name)}

        def step(*data: Any) -> float:
            given = {n: padded(a, length) if n in per_row else a for n, a in zip(names, data, strict=True)}
            arrays = {**given, **self.parameters, WEIGHTS: weights, COUNT: float(rows)}
            loss, gradients = self._called(foreign, arrays, per_row | {WEIGHTS}, here)
            for name, buffer in self.gradients.items():
                buffer[...] = np.asarray(gradients[name])
            return loss

        return step

    def _foreign(self, pads: bool) -> Foreign:
        if pads and self.padded is None:
            self.padded = Foreign(program_of(weighted(self.chain, self.problem.rows or "")), "jax")
        return self.padded if pads and self.padded is not None else self.plain

    def _called(self, foreign: Foreign, arrays: Mapping[str, Any], per_row: set[str], sizes: Mapping[str, int]
                ) -> tuple[float, dict[str, Any]]:
        import jax

        with foreign.precision(arrays):
            placed = []
            for name in foreign.inner.inputs:
                value = arrays[name]
                if isinstance(value, float):
                    placed.append(value)
                elif name in self.parameter_shardings:
                    placed.append(jax.device_put(value, self.parameter_shardings[name]))
                else:
                    placed.append(jax.device_put(value, self._placed("data" if name in per_row else None)))
            loss, *gradients = foreign.call(*placed, *(sizes.get(n, 0) for n in foreign.inner.sizes))
            return float(loss), dict(zip(foreign.program.gradients, gradients, strict=True))


def mesh_of(settings: Settings) -> Any:
    """The devices in the order that was asked for.  Raises BadInput where there are too few."""
    import jax

    shape = dict(settings.mesh) or {"data": settings.devices}
    count = int(np.prod(list(shape.values())))
    if settings.devices not in (1, count):
        raise BadInput(f"{settings.devices} devices do not make a mesh of {' × '.join(map(str, shape.values()))}")
    found = jax.devices()
    if len(found) < count:
        raise BadInput(f"{count} devices were asked for, JAX has {len(found)}; "
                       f"XLA_FLAGS=--xla_force_host_platform_device_count={count} makes as many of one processor")
    return jax.make_mesh(tuple(shape.values()), tuple(shape), devices=found[:count],
                         axis_types=(jax.sharding.AxisType.Auto,) * len(shape))


def parameter_axes(problem: Problem, name: str, shards: int) -> list[str | None]:
    """Which axis of a parameter is spread: its last one of a hidden size, one that no data has.  Raises BadInput."""
    context = problem.chain.context
    given = {n for arrays in (problem.parts["train"], problem.constants) for a in arrays if a in context.variables
             for d in context.variables[a].shape for n in d.names}
    given |= {n for k in context.labels.values() for n in k.classes.names}
    shape = context.variables[name].shape
    hidden = [n for n, dim in enumerate(shape) if dim.names and not set(dim.names) & given]
    if not hidden or shards == 1:
        return [None] * len(shape)
    length = int(np.prod([problem.sizes[n] for n in shape[hidden[-1]].names])) * shape[hidden[-1]].coefficient
    if length % shards:
        raise BadInput(f"{shape[hidden[-1]]} = {length} does not divide over {shards} devices")
    return [("model" if n == hidden[-1] else None) for n in range(len(shape))]


def padded(array: Any, length: int) -> Any:
    """With rows of zeros behind."""
    if len(array) == length:
        return array
    return np.concatenate([array, np.zeros((length - len(array), *array.shape[1:]), array.dtype)])


# ------------------------------------------------------------------ weights


def weighted(chain: Chain, rows: str) -> Chain:
    """Every sum over rows with a weight for each, and their number as an input.

    With weights 1 and 0 all of it is computed as if the rows of weight 0 were not there: rows meet in sums alone.
    Raises BadInput where they meet in something else.
    """
    variables = {**chain.context.variables, WEIGHTS: Variable(WEIGHTS, (Dim(1, (rows,)),)), COUNT: Variable(COUNT, ())}
    lines = {n: replace(line, array=replace(line.array, body=_weighted(line.array.body, rows)))
             for n, line in chain.lines.items()}
    return replace(chain, context=replace(chain.context, variables=variables), lines=lines)


def _weighted(node: Node, rows: str) -> Node:
    def inside(child: Node) -> Node:
        return _weighted(child, rows)

    match node:
        case Extent(dim=dim) if rows in dim.names:
            if dim != Dim(1, (rows,)):
                raise BadInput(f"the document counts {dim}: choose a batch that divides over the devices")
            return Ref(COUNT, ())
        case Sum(terms=terms):
            return Sum(tuple(map(inside, terms)))
        case Product(summed=summed, factors=factors):
            extra = tuple(Ref(WEIGHTS, (a,)) for a in summed if a.dim == Dim(1, (rows,)))
            return Product(summed, (*map(inside, factors), *extra))
        case Power(base=base, exponent=exponent):
            return Power(inside(base), inside(exponent))
        case Call(function=function, operand=operand):
            return Call(function, inside(operand))
        case Along(function=function, operand=operand, axis=axis) if rows not in axis.dim.names:
            return Along(function, inside(operand), axis)
        case OfMatrix(operand=operand, inner=inner) if all(rows not in a.dim.names for a in inner):
            return replace(node, operand=inside(operand))
        case Along() | OfMatrix():
            raise BadInput("rows meet in a softmax, an inverse or a determinant: choose a batch that divides over the devices")
        case _:
            return node
