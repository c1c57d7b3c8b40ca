"""A module of its own from a derivation: one function for each line, with the claim and its verdict above it.

Names in the module are made from the letters of the document's names and nothing else of them; formulas stand in
comments only.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from derivations.claims import Variable
from derivations.expr import Dim
from numeric.chain import Chain, Line, one_line
from numeric.program import Program, line_program
from numeric.targets.functional import ADD_AT, LIBRARIES, FunctionalPrinter, Library
from numeric.targets.printer import literal, statements_of
from numeric.tensor import GRADIENT, OneHot, Ref, walk

TAKEN = {"np", "jnp", "jax", "torch", "math", "float", "any", "ctx",
         "add_at", "loss_and_gradients", "loss", "Loss", "forward", "backward", "kept", "cotangent", "value", "d"}


def emit(chain: Chain, target: str) -> str:
    """The text of a module that computes the loss and its gradients; raises KeyError for an unknown target."""
    return _Emitter(chain, LIBRARIES[target]).module()


@dataclass
class _Emitter:
    chain: Chain
    library: Library

    def __post_init__(self) -> None:
        self.taken = set(TAKEN)
        context = self.chain.context
        sizes = dict.fromkeys(n for v in context.variables.values() for d in v.shape for n in d.names)
        sizes.update(dict.fromkeys(n for k in context.labels.values() for n in k.classes.names))
        self.names = {name: self._name(name) for name in self.inputs()}
        self.names |= {name: self._name(name) for name in self.chain.lines if not name.startswith(GRADIENT)}
        self.names |= {n: self._name("d" + n.removeprefix(GRADIENT)) for n in self.chain.lines if n.startswith(GRADIENT)}
        self.handed: dict[str, list[str]] = {}
        self.functions = {n: self._name(self._function_name(n)) for n in self.chain.lines}
        self.sizes = {name: self._name("n_" + name) for name in sizes}
        gradients = {n: Variable(n, context.variables[n.removeprefix(GRADIENT)].shape)
                     for n in self.chain.lines if n.startswith(GRADIENT)}
        self.context = replace(context, variables={**context.variables, **gradients})

    def _function_name(self, name: str) -> str:
        return "gradient_" + name.removeprefix(GRADIENT) if name.startswith(GRADIENT) else "value_" + name

    def _name(self, text: str) -> str:
        """An identifier from the letters and digits of a name, used once."""
        base = "_".join(re.findall(r"[A-Za-z0-9]+", text)) or "a"
        if not base[0].isalpha() or keyword.iskeyword(base):
            base = f"a_{base}"
        name, number = base, 1
        while name in self.taken:
            number += 1
            name = f"{base}_{number}"
        self.taken.add(name)
        return name

    def inputs(self) -> list[str]:
        """Features and labels, whatever else is given, then the parameters."""
        chain = self.chain
        read: dict[str, None] = {}
        for line in chain.lines.values():
            for node in walk(line.array.body):
                if isinstance(node, Ref) and node.name not in chain.lines:
                    read[node.name] = None
                if isinstance(node, OneHot):
                    read[node.labels] = None
        first = [n for n in (chain.features, chain.labels) if n is not None and n in read]
        rest = [n for n in read if n not in first and n not in chain.parameters]
        return [*first, *rest, *chain.parameters]

    # --------------------------------------------------------------- module

    def module(self) -> str:
        functions = [self.function(line) for line in self.order()]
        body = "\n\n".join([*functions, self.whole(), *self.extra()])
        helpers = ADD_AT[self.library.name] + "\n\n" if "add_at(" in body else ""
        imports = ("import math\n\n" if "math." in body else "") + self.library.imports
        return f'{self.header()}\n{imports}\n\n\n{helpers}{body}'

    def header(self) -> str:
        chain = self.chain
        lines = ['r"""Loss and gradients of a derivation, one function for each of its lines.', ""]
        lines += [f"Document: {comment(chain.document)} (SHA-256 {chain.digest})"]
        lines += [f"Claims: {', '.join(chain.claims)}; used in their proved repairs: {', '.join(chain.repaired) or 'none'}"]
        conventions = dict.fromkeys(c for s in chain.sources for c in s.conventions)
        conditions = dict.fromkeys(c for s in chain.sources for c in s.conditions)
        lines += [f"Convention: {comment(c)}" for c in conventions]
        lines += [f"Holds {comment(c)}" if c.startswith("away") else f"Needs: {comment(c)}" for c in conditions]
        lines += ["Labels count from 0.", '"""', ""]
        return "\n".join(lines)

    def order(self) -> list[Line]:
        """Values first, then gradients, each behind what it reads."""
        found: dict[str, Line] = {}

        def enter(name: str) -> None:
            line = self.chain.lines.get(name)
            if line is None or name in found:
                return
            for node in walk(line.array.body):
                if isinstance(node, Ref):
                    enter(node.name)
            found[name] = line

        enter(self.chain.loss)
        for name in self.chain.parameters:
            enter(GRADIENT + name)
        return list(found.values())

    # ------------------------------------------------------------ functions

    def function(self, line: Line) -> str:
        program = line_program(replace(self.chain, context=self.context), line.name)
        reads = [str(program.values[n].data) for n in program.inputs.values()]
        names = self.value_names(program)
        printer = FunctionalPrinter(program, self.library, names, self.size)
        body = [f"    {names[n]} = {printer.statement(n)}" for n in statements_of(program)]
        result = printer.names[program.loss]
        if body and body[-1].startswith(f"    {result} = "):
            result = body.pop().split(" = ", 1)[1]
        text = "\n".join([*body, f"    return {result}"])
        sizes = "".join(f"    {code} = {place}\n" for name, code in self.sizes.items()
                        if re.search(rf"\b{code}\b", text) and (place := self.where(name, reads)))
        arguments = ", ".join([*(self.names[n] for n in reads), *self.sizes_handed_in(line, text, reads)])
        return f"{self.above(line)}def {self.functions[line.name]}({arguments}):\n{self.docstring(line, reads)}{sizes}{text}\n"

    def sizes_handed_in(self, line: Line, text: str, reads: list[str]) -> list[str]:
        """Sizes that a line speaks of and none of its arrays has."""
        found = [code for name, code in self.sizes.items()
                 if re.search(rf"\b{code}\b", text) and not self.where(name, reads)]
        self.handed[line.name] = found
        return found

    def value_names(self, program: Program) -> dict[int, str]:
        names: dict[int, str] = {}
        for n, value in enumerate(program.values):
            if value.op in ("input", "labels"):
                names[n] = self.names[str(value.data)]
            else:
                names[n] = literal(value) or f"t{sum(x.startswith('t') and x[1:].isdigit() for x in names.values()) + 1}"
        return names

    def above(self, line: Line) -> str:
        if not line.sources:
            return f"# Defined: {comment(line.name)}\n"
        said = []
        for s in line.sources:
            scope = str(s.scope) if not isinstance(s.scope, tuple) else "named sizes only"
            said.append(f"# Claim {s.claim}, line {s.line}: {comment(s.latex)}")
            said.append(f"#   refuted as written; repaired and proved for {scope}: {comment(s.repaired)}" if s.repaired
                        else f"#   proved for {scope}")
        return "\n".join(said) + "\n"

    def docstring(self, line: Line, reads: list[str]) -> str:
        shapes = [f"{self.names[n]} {self.shape(n)}" for n in reads]
        of = line.name.removeprefix(GRADIENT)
        what = self.names[of] if of == line.name else f"The gradient of the loss by {self.names.get(of) or comment(of)}"
        return f'    r"""{what}.\n\n    Shapes: {", ".join(shapes)} → {self.shape(line.name)}.\n    """\n'

    def shape(self, name: str) -> str:
        labels = self.chain.context.labels.get(name)
        dims = ((labels.rows,) if labels.rows else ()) if labels else self.context.variables[name].shape
        lengths = ", ".join(comment(str(d)) for d in dims)
        return f"({lengths}{',' if len(dims) == 1 else ''})" if dims else "a number"

    def size(self, dim: Dim) -> str:
        factors = [self.sizes[n] for n in dim.names]
        return "*".join(factors if dim.coefficient == 1 and factors else [str(dim.coefficient), *factors])

    def where(self, size: str, reads: list[str]) -> str:
        """From which array a size is read; "" where none has it."""
        context = self.context
        for name in reads:
            labels = context.labels.get(name)
            dims = ((labels.rows,) if labels.rows else ()) if labels else context.variables[name].shape
            for axis, dim in enumerate(dims):
                if dim == Dim(1, (size,)):
                    return f"{self.names[name]}.shape[{axis}]"
        return ""

    # ---------------------------------------------------------------- whole

    def whole(self) -> str:
        chain = self.chain
        inputs = self.inputs()
        shapes = "\n".join(f"        {self.names[n]}: {self.shape(n)}" + (", labels from 0" if n in chain.context.labels else "")
                           for n in inputs)
        lines = [f"def loss_and_gradients({', '.join(self.names[n] for n in inputs)}):",
                 f'    r"""The loss, and its gradients by {", ".join(self.names[n] for n in chain.parameters)}.', "",
                 "    Shapes:", shapes, '    """']
        for name, code in self.sizes.items():
            if any(code in codes for codes in self.handed.values()):
                lines.append(f"    {code} = {self.where(name, inputs)}")
        lines += self.calls()
        gradients = ", ".join(self.names[GRADIENT + n] for n in chain.parameters)
        lines.append(f"    return {self.names[chain.loss]}, ({gradients}{',' if len(chain.parameters) == 1 else ''})")
        return "\n".join(lines) + "\n"

    def calls(self) -> Iterator[str]:
        for line in self.order():
            program = line_program(replace(self.chain, context=self.context), line.name)
            read = [self.names[str(program.values[n].data)] for n in program.inputs.values()]
            arguments = ", ".join([*read, *self.handed[line.name]])
            yield f"    {self.names[line.name]} = {self.functions[line.name]}({arguments})"

    def extra(self) -> list[str]:
        """What lets the library differentiate through the loss."""
        return {"numpy": list, "jax": self.jax_rule, "torch": self.torch_rule}[self.library.name]()

    def jax_rule(self) -> list[str]:
        chain = self.chain
        arguments = ", ".join(self.names[n] for n in self.inputs())
        data = [n for n in self.inputs() if n not in chain.parameters]
        kept = ", ".join(self.names[n] for n in data if n not in chain.context.labels)
        none = ["None" if n in chain.context.labels else f"jnp.full_like({self.names[n]}, jnp.nan)" for n in data]
        slots = [*none, *(f"cotangent * d[{n}]" for n in range(len(chain.parameters)))]
        keep = f"({kept},)" if kept else "()"
        unpack = f"    d, ({kept},) = kept\n" if kept else "    d, _ = kept\n"
        return [
            f'@jax.custom_vjp\ndef loss({arguments}):\n'
            '    """The loss; jax.grad takes the proved gradients.  By data, which is not derived, it is NaN."""\n'
            f"    return loss_and_gradients({arguments})[0]\n",
            f"def forward({arguments}):\n    value, d = loss_and_gradients({arguments})\n    return value, (d, {keep})\n",
            f"def backward(kept, cotangent):\n{unpack}    return ({', '.join(slots)},)\n",
            "loss.defvjp(forward, backward)\n",
        ]

    def torch_rule(self) -> list[str]:
        chain = self.chain
        arguments = ", ".join(self.names[n] for n in self.inputs())
        data = len(self.inputs()) - len(chain.parameters)
        slots = ["None"] * data + [f"cotangent * d[{n}]" for n in range(len(chain.parameters))]
        return [
            'class Loss(torch.autograd.Function):\n'
            '    """The loss; backward() takes the proved gradients.  By data, which is not derived, it refuses."""\n\n'
            f"    @staticmethod\n    def forward(ctx, {arguments}):\n"
            f"        if any(ctx.needs_input_grad[:{data}]):\n"
            '            raise RuntimeError("the document derives gradients by its parameters, not by data")\n'
            f"        value, d = loss_and_gradients({arguments})\n"
            "        ctx.save_for_backward(*d)\n        return value\n\n"
            "    @staticmethod\n    @torch.autograd.function.once_differentiable\n"
            "    def backward(ctx, cotangent):\n        d = ctx.saved_tensors\n"
            f"        return ({', '.join(slots)},)\n",
            f"def loss({arguments}):\n"
            '    """The loss, differentiable by the parameters."""\n'
            f"    return Loss.apply({arguments})\n",
        ]


def comment(text: str) -> str:
    """Text of the document, fit for a comment or a docstring: one line, nothing that ends it."""
    return "".join(c if c.isprintable() else "?" for c in one_line(text)).replace('"""', "'''")

