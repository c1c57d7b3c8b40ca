"""Formulas as people write them: text on the left, the tree on the right.

The printed form of a tree, written by hand in the tables:

    x_{i,j}^{(l)}^{2}ᵀ'*      scripts: subscript, layer, power, transposition, primes, stars
    bf:x  hat:y  rm:in        fonts and accents
    [a b]  [a \\cdot b]        products;  (+ a -b) a sum;  (neg a)
    (paren a b) (square a) (curly a) (abs a) (norm a) (angle a b)
    (call f a b)  (bare f a)  a function with and without brackets
    (frac a b) (sqrt a) (root 3 a)
    (∂ f x y) (d f x)         derivatives, _ for no operand;  (∇ x f), (∇2 x f);  (D x) a differential
    (sum i=1..n body)         also i, i..n, i?i ≠ k
    (cases a if x > 0; b)  (bmatrix a b; c d)  (ind y = k)  …
    (real n m) (labels C over N) (finite 0 1)   sets
    a = b = c if m ≠ k        a chain with its condition;  several are parted by ";;"
    !code «text»              a problem and the text that it points at
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, is_dataclass

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from derivations.read import tree as t
from derivations.read.formula import read_display, read_inline, read_sentence
from derivations.source import Problem, Span

READERS = (read_display, read_inline, read_sentence)


@dataclass(frozen=True)
class Table:
    """A symbol table that knows what it is told."""

    words: frozenset[str] = frozenset()
    functions: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()
    sizes: frozenset[str] = frozenset()

    def is_word(self, text: str) -> bool:
        return text in self.words

    def is_function(self, text: str) -> bool:
        return text in self.functions

    def is_name(self, text: str) -> bool:
        return text in self.names or text in self.sizes or text in self.functions or text in self.words

    def is_size(self, text: str) -> bool:
        return text in self.sizes


EMPTY = Table()


def knows(**kinds: str) -> Table:
    """``knows(names="d x", functions="f")``."""
    return Table(**{kind: frozenset(names.split()) for kind, names in kinds.items()})


# ------------------------------------------------------------------ printing


def show(node: t.Tree) -> str:
    """The printed form of a tree."""
    match node:
        case t.Number(text=text):
            return text
        case t.Name(text=text, font=font, accents=accents):
            return ":".join([*accents, *([font] if font else []), text])
        case t.Scripted():
            return show_scripts(node)
        case t.Bracket(kind=kind, items=items):
            return form({"(": "paren", "[": "square", "{": "curly"}[kind], *map(show, items))
        case t.Bars(kind=kind, body=body):
            return form("abs" if kind == "|" else "norm", show(body))
        case t.Angle(items=items):
            return form("angle", *map(show, items))
        case t.Call(function=function, arguments=arguments, bracketed=bracketed):
            return form("call" if bracketed else "bare", show(function), *map(show, arguments))
        case t.Negative(operand=operand):
            return form("neg", show(operand))
        case t.SumOf(terms=terms):
            return form("+", *(("-" if sign < 0 else "") + show(x) for sign, x in terms))
        case t.ProductOf(factors=factors):
            return "[" + " ".join(f"{sign} {show(x)}".strip() for sign, x in factors) + "]"
        case t.Fraction_(numerator=above, denominator=below):
            return form("frac", show(above), show(below))
        case t.Root(radicand=radicand, degree=degree):
            return form("sqrt", show(radicand)) if degree is None else form("root", show(degree), show(radicand))
        case t.DerivativeOf(operand=of, by=by, partial=partial):
            return form("∂" if partial else "d", show(of) if of else "_", *map(show, by))
        case t.Nabla(operand=of, by=x, order=order):
            return form("∇" if order == 1 else f"∇{order}", show(x) if x else "_", show(of))
        case t.DifferentialOf(operand=operand):
            return form("D", show(operand))
        case t.BigOperator(kind=kind, binders=binders, body=body):
            return form(kind, *map(show_binder, binders), show(body))
        case t.Cases(rows=rows):
            return form("cases", "; ".join(show(v) + (f" if {show_chain(c)}" if c else "") for v, c in rows))
        case t.MatrixLiteral(kind=kind, rows=rows):
            return form(kind, "; ".join(" ".join(map(show, row)) for row in rows))
        case t.IndicatorOf(condition=condition):
            return form("ind", show_chain(condition))
        case t.Ellipsis_():
            return "…"
        case t.SetOf(kind=kind, dims=dims, values=values, sign=sign):
            over = ["over", *map(show, dims)] if values and dims else [*map(show, dims)]
            return form(kind, *map(show, values), *over, *([sign] if sign else []))
        case t.MapsTo(domain=domain, codomain=codomain):
            return form("map", show(domain), show(codomain))
    raise AssertionError(node)


def form(head: str, *parts: str) -> str:
    return f"({' '.join([head, *parts])})"


def show_scripts(node: t.Scripted) -> str:
    text = show(node.base)
    if node.sub:
        text += "_{" + ",".join(map(show, node.sub)) + "}"
    text += "".join(f"^{{({show(x)})}}" for x in node.layer)
    if node.power is not None:
        text += f"^{{{show(node.power)}}}"
    return text + "ᵀ" * node.transpose + "'" * node.primes + "*" * node.star


def show_binder(binder: t.Binder) -> str:
    text = show(binder.index)
    if binder.lower is not None:
        text += f"={show(binder.lower)}"
    if binder.upper is not None:
        text += f"..{show(binder.upper)}"
    return text + (f"?{show_chain(binder.condition)}" if binder.condition else "")


def show_chain(chain: t.Chain) -> str:
    text = show(chain.members[0])
    for relation, member in zip(chain.relations, chain.members[1:], strict=True):
        text += f" {relation} {show(member)}"
    return text + "".join(f" if {show_chain(c)}" for c in chain.conditions)


def printed(text: str, names: Table = EMPTY, reader: object = read_display) -> str:
    """What a reader makes of a text."""
    assert callable(reader)
    found = reader(text, Span(0, len(text)), names)
    return " ;; ".join(show_problem(x, text) if isinstance(x, Problem) else show_chain(x) for x in found)


def show_problem(problem: Problem, text: str) -> str:
    assert problem.span is not None
    return f"!{problem.code} «{text[problem.span.start:problem.span.end]}»"


def check(rows: list[tuple[str, str]]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(("text", "expected"), rows, ids=[text for text, _ in rows])


# --------------------------------------------------------------------- names


@check([
    ("x", "x"), ("ab", "[a b]"), (r"\alpha\beta", r"[\alpha \beta]"), (r"\ell", r"\ell"),
    (r"\mathbf v", "bf:v"), (r"\mathbf{v}", "bf:v"), (r"\boldsymbol{\theta}", r"bf:\theta"), (r"\bm X", "bf:X"),
    (r"\mathcal{L}", "cal:L"), (r"\mathrm{loss}", "rm:loss"), (r"\operatorname{loss}", "rm:loss"), (r"\mathsf X", "sf:X"),
    (r"\mathbf{dO}", "bf:dO"), (r"{\bf W}x", "[bf:W x]"), (r"\mathbf{W}_{1}", "bf:W_{1}"), (r"\mathbf{W_1}", "bf:W_{1}"),
    (r"\hat y", "hat:y"), (r"\hat{y}_i", "hat:y_{i}"), (r"\hat{y_i}", "hat:y_{i}"), (r"\bar{x}", "bar:x"),
    (r"\tilde x", "tilde:x"),
    (r"\widehat{y}", "hat:y"), (r"\overline x", "bar:x"), (r"\vec w", "vec:w"), (r"\dot x", "dot:x"),
    (r"\hat{\mathbf y}_w", "hat:bf:y_{w}"), (r"\mathbf{\hat y}", "hat:bf:y"), (r"\mathbf{\hat y}_w", "hat:bf:y_{w}"),
    (r"\hat{\bar x}", "hat:bar:x"), (r"\mathbf 1", "bf:1"), (r"\mathbb{1}", "bb:1"), (r"\mathbf{1}_n", "bf:1_{n}"),
    (r"\text{loss}_i", "rm:loss_{i}"), (r"\textcolor{red}{x}+1", "(+ x 1)"), (r"\boxed{x}", "x"), (r"\color{blue} x", "x"),
    ("12", "12"), ("0.5x", "[0.5 x]"), (r"\infty", r"\infty"), (r"(\dots)", "(paren …)"), ("(...)", "(paren …)"),
])  # fmt: skip
def test_names_and_numbers(text: str, expected: str) -> None:
    """A name keeps its font and accents, however its braces are placed."""
    assert printed(text) == expected


@check([
    ("α", r"\alpha"), ("∂L/∂W", "(∂ L W)"), ("∇_x f", "(∇ x f)"), ("x²", "x^{2}"), ("A⁻¹", "A^{(neg 1)}"), ("Xᵀ", "Xᵀ"),
    ("x₁₂", "x_{12}"),
    ("xᵢ", "x_{i}"), ("a·b", r"[a \cdot b]"), ("a⋅b", r"[a \cdot b]"), ("a − b", "(+ a -b)"), ("A⊙B", r"[A \odot B]"),
    ("‖x‖", "(norm x)"),
    ("⟨a,b⟩", "(angle a b)"), ("ℓ ≠ 0", r"\ell ≠ 0"), ("𝐖x", "[bf:W x]"), ("A ∈ ℝ^n", "A ∈ (real n)"),
    ("f（x）", "[f (paren x)]"),
    ("∑_i x", "(sum i x)"), ("√2", "(sqrt 2)"), ("𝟙[y=k]", "(ind y = k)"), ("x′", "x'"),
])  # fmt: skip
def test_unicode(text: str, expected: str) -> None:
    """Signs typed as characters are the commands that they look like."""
    assert printed(text) == expected


# ------------------------------------------------------------------- scripts


@check([
    ("X^T", "Xᵀ"), (r"X^\top", "Xᵀ"), (r"X^\intercal", "Xᵀ"), (r"X^{\mathrm T}", "Xᵀ"), (r"X^{\mathsf T}", "Xᵀ"),
    (r"x^\mathsf{T}", "xᵀ"),
    (r"X^\mathrm{T}", "Xᵀ"), (r"X^{\text{T}}", "Xᵀ"), (r"X^{\rm T}", "Xᵀ"), ("X^{T}", "Xᵀ"), ("X^{T}Y", "[Xᵀ Y]"),
    ("(AB)^T", "(paren [A B])ᵀ"),
    ("X^{(2)T}", "X^{(2)}ᵀ"), (r"X^{(2)\top}", "X^{(2)}ᵀ"), ("X^{T(2)}", "X^{(2)}ᵀ"), ("X^{(2)}", "X^{(2)}"),
    ("W^{[l]}", "W^{(l)}"),
    ("W^{(l+1)}", "W^{((+ l 1))}"), ("a^{[l](i)}", "a^{(l)}^{(i)}"), ("W_{ij}^{[l]}", "W_{[i j]}^{(l)}"),
    ("W^{[l]}_{ij}", "W_{[i j]}^{(l)}"),
    ("(W^{(2)})^T", "(paren W^{(2)})ᵀ"), ("A^{-1}", "A^{(neg 1)}"), ("A^{-1}B", "[A^{(neg 1)} B]"), ("A^{-T}", "A^{(neg 1)}ᵀ"),
    (r"A^{-\top}", "A^{(neg 1)}ᵀ"), (r"A^{-\mathsf{T}}", "A^{(neg 1)}ᵀ"), ("A^{-1T}", "A^{(neg 1)}ᵀ"), ("A^{2T}", "A^{2}ᵀ"),
    ("x^{1/2}", "x^{[1 / 2]}"),
    ("2^{-1}", "2^{(neg 1)}"), (r"e^{-\frac{x^2}{2}}", "e^{(neg (frac x^{2} 2))}"),
    ("e^{(x-1)/2}", "e^{[(paren (+ x -1)) / 2]}"),
    ("e^{(x)}", "e^{(paren x)}"), ("x^23", "[x^{2} 3]"), ("x^l", "x^{l}"), ("f'", "f'"), ("f''", "f''"), (r"f^\prime", "f'"),
    (r"f^{\prime\prime}", "f''"), ("f^{''}", "f''"), ("x^*", "x*"), (r"x^\star", "x*"), ("x'_i", "x_{i}'"),
    ("(x^2)^3", "(paren x^{2})^{3}"),
    (r"W^{\frac12}", "W^{(frac 1 2)}"), ("x^{2n}", "x^{[2 n]}"),
])  # fmt: skip
def test_superscripts(text: str, expected: str) -> None:
    """Transposition, layer, power, prime and star are told apart."""
    assert printed(text) == expected


@check([
    ("x_i", "x_{i}"), ("A_{ij}", "A_{[i j]}"), ("A_{i,j}", "A_{i,j}"), ("A_{i:}", "A_{i,:}"), ("A_{:,j}", "A_{:,j}"),
    ("A_{:j}", "A_{:,j}"),
    ("A_{i,:}", "A_{i,:}"), ("w_{22}", "w_{22}"), ("W_12", "[W_{1} 2]"), (r"W_{\text{in}}", "W_{rm:in}"),
    (r"W_\text{in}", "W_{rm:in}"),
    (r"W_{\mathrm{in}}", "W_{rm:in}"), (r"W_\mathrm{in}", "W_{rm:in}"), (r"x_{\max}", "x_{max}"), (r"x_\max", "x_{max}"),
    (r"x_{\min}", "x_{min}"),
    (r"\theta_{t+1}", r"\theta_{(+ t 1)}"), ("x_{i,y_i}", "x_{i,y_{i}}"), ("p_{iy_i}", "p_{[i y_{i}]}"),
    ("[A]_{ij}", "(square A)_{[i j]}"),
    ("(AB)_{ij}", "(paren [A B])_{[i j]}"), (r"\mathcal{L}_{\text{CE}}", "cal:L_{rm:CE}"), ("x_{di}", "x_{[d i]}"),
    ("W_{hd}", "W_{[h d]}"),
    (r"y_{\text{pred},i}", "y_{rm:pred,i}"), (r"f_\theta", r"f_{\theta}"), (r"x_{\hat y}", "x_{hat:y}"),
    ("x_{i_1}", "x_{i_{1}}"),
    (r"\theta_*", r"\theta_{*}"), ("h_{t-1}", "h_{(+ t -1)}"), ("x_{i}^{2}", "x_{i}^{2}"), ("x^2_i", "x_{i}^{2}"),
])  # fmt: skip
def test_subscripts(text: str, expected: str) -> None:
    """Parts between commas; runs of letters; words; a colon for a whole axis; ``d`` is a letter there."""
    assert printed(text) == expected


# ---------------------------------------------------------- sums and products


@check([
    ("a+b-c", "(+ a b -c)"), ("-a+b", "(+ -a b)"), ("-x", "(neg x)"), ("--x", "x"), ("a-(-b)", "(+ a -(paren (neg b)))"),
    (r"a\cdot b", r"[a \cdot b]"), ("a*b", "[a * b]"), (r"a\ast b", "[a * b]"), (r"A\times B", r"[A \times B]"),
    ("A@B", "[A @ B]"),
    (r"A\bullet B", r"[A \bullet B]"), (r"A\otimes B", r"[A \otimes B]"), ("a/b", "[a / b]"),
    (r"a\cdot -b", r"[a \cdot (neg b)]"),
    (r"A\odot B", r"[A \odot B]"), (r"A\circ B", r"[A \circ B]"), (r"AB\odot C", r"[[A B] \odot C]"),
    (r"A\odot BC", r"[A \odot [B C]]"),
    (r"a\cdot bc", r"[a \cdot [b c]]"), (r"A\odot B\cdot C", r"[A \odot [B \cdot C]]"), (r"A\odot B+C", r"(+ [A \odot B] C)"),
    ("2x", "[2 x]"), ("2(x+1)", "[2 (paren (+ x 1))]"), ("(a)(b)", "[(paren a) (paren b)]"), (r"x\,y", "[x y]"),
    (r"x\;y", "[x y]"),
    (r"W^Tx+b", "(+ [Wᵀ x] b)"), ("a/bc", "[a / [b c]]"), (r"\left(a+b\right)c", "[(paren (+ a b)) c]"),
    (r"\bigl[a\bigr]", "(square a)"),
    (r"\{a, b\}", "(curly a b)"), (r"\lbrace a\rbrace", "(curly a)"), ("{a+b}c", "[(+ a b) c]"),
    (r"a\times\\b", r"[a \times b]"),
    (r"\underbrace{a+b}_{\text{note}}c", "[(+ a b) c]"), (r"\overbrace{ab}^{n}", "[a b]"), ("x % note\n + y", "(+ x y)"),
    (r"x_1+\cdots+x_n", "(+ x_{1} … x_{n})"), (r"a_1 a_2\cdots a_n", "[a_{1} a_{2} … a_{n}]"), ("{}-x", "(neg x)"),
])  # fmt: skip
def test_sums_and_products(text: str, expected: str) -> None:
    """Juxtaposition binds tighter than signs, signs tighter than ⊙, ⊙ tighter than +."""
    assert printed(text) == expected


@check([
    (r"\frac{a}{b}", "(frac a b)"), (r"\tfrac12", "(frac 1 2)"), (r"\dfrac{1}{n}x", "[(frac 1 n) x]"),
    (r"\frac1{2}x", "[(frac 1 2) x]"),
    (r"\frac a b", "(frac a b)"), (r"\frac\alpha2", r"(frac \alpha 2)"), (r"{a \over b}", "(frac a b)"),
    (r"x^{a \over b}", "x^{(frac a b)}"),
    (r"{\partial L \over \partial x}", "(∂ L x)"), (r"\sqrt x", "(sqrt x)"), (r"\sqrt{x+1}y", "[(sqrt (+ x 1)) y]"),
    (r"\sqrt[3]{x}", "(root 3 x)"),
    (r"\sqrt2x", "[(sqrt 2) x]"), (r"\frac{1}{1+e^{-x}}", "(frac 1 (+ 1 e^{(neg x)}))"),
])  # fmt: skip
def test_fractions_and_roots(text: str, expected: str) -> None:
    """Without braces, TeX takes one digit or letter."""
    assert printed(text) == expected


@check([
    ("|x|", "(abs x)"), (r"\left|x\right|", "(abs x)"), (r"\lvert x\rvert", "(abs x)"), (r"|X|^{-1}", "(abs X)^{(neg 1)}"),
    ("|a||b|", "[(abs a) (abs b)]"),
    (r"\|x\|", "(norm x)"), (r"\|x\|_2^2", "(norm x)_{2}^{2}"), (r"\left\|x\right\|_2^2", "(norm x)_{2}^{2}"),
    (r"\lVert x\rVert_F", "(norm x)_{F}"),
    (r"\Big\|x\Big\|", "(norm x)"), (r"\|x\|_1", "(norm x)_{1}"), ("||x||^2", "(norm x)^{2}"),
    (r"\|a|b|c\|", "(norm [a (abs b) c])"),
    (r"|\|x\| - 1|", "(abs (+ (norm x) -1))"), (r"\left|\left|x\right|\right|", "(abs (abs x))"),
    (r"|(|x|)|", "(abs (paren (abs x)))"),
    (r"\Vert x\Vert", "(norm x)"), (r"\langle a,b\rangle", "(angle a b)"),
    (r"\left\langle Ax, y \right\rangle", "(angle [A x] y)"),
    (r"\ln|X|", "(bare ln (abs X))"), (r"2|x|", "[2 (abs x)]"),
])  # fmt: skip
def test_bars_and_angles(text: str, expected: str) -> None:
    """A bar closes where a bar of its kind is open, and opens elsewhere."""
    assert printed(text) == expected


# ----------------------------------------------------------------- functions


@check([
    (r"\log x", "(bare log x)"), (r"\log ab", "(bare log [a b])"), (r"\log(ab)c", "[(call log [a b]) c]"),
    (r"\sin x\cos y", "[(bare sin x) (bare cos y)]"),
    (r"\log x+y", "(+ (bare log x) y)"), (r"\log x\cdot y", r"[(bare log x) \cdot y]"), (r"\log^2 x", "(bare log^{2} x)"),
    (r"\log_2 x", "(bare log_{2} x)"),
    (r"\log\det X", "(bare log (bare det X))"), (r"\exp(-x)", "(call exp (neg x))"), (r"\exp\left[x\right]", "(call exp x)"),
    (r"\exp\{x\}", "(call exp x)"),
    (r"\operatorname{tr} AB", "(bare tr [A B])"), (r"\operatorname{tr}(AB)", "(call tr [A B])"),
    (r"\mathrm{tr}(A)", "(call tr A)"),
    (r"\max(0, x)", "(call max 0 x)"), (r"\max\{0,x\}", "(call max 0 x)"), (r"\max_j z_j", "(bare max_{j} z_{j})"),
    (r"\Tr(A)", "(call tr A)"),
    (r"\operatorname{diag}(x)", "(call diag x)"), (r"\operatorname*{softmax}_j(z)", "(call softmax_{j} z)"),
    (r"\text{ReLU}(x)", "(call ReLU x)"),
    (r"\mathrm{ReLU}(x)", "(call ReLU x)"), ("softmax(z)", "(call softmax z)"),
    (r"\text{softmax}(z)_i", "(call softmax z)_{i}"),
    (r"\tanh(z)^2", "(call tanh z)^{2}"), (r"(\tanh z)^2", "(paren (bare tanh z))^{2}"),
    (r"\log\sum_i e^{x_i}", "(bare log (sum i e^{x_{i}}))"),
    (r"\operatorname{cross\_entropy}(p, y)", "(call cross_entropy p y)"), ("cross_entropy(p,y)", "(call cross_entropy p y)"),
    (r"\log\frac{a}{b}", "(bare log (frac a b))"), (r"{\rm tr}(A)", "(call tr A)"),
    (r"\operatorname{tr}\left(A\right)", "(call tr A)"),
    (r"\mathrm{sigmoid}(x)", "(call sigmoid x)"), (r"\mathop{\mathrm{tr}}(A)", "(call tr A)"), ("f(x)", "[f (paren x)]"),
    (r"f_\theta(x)", r"[f_{\theta} (paren x)]"),
    (r"-\log p", "(neg (bare log p))"),
])  # fmt: skip
def test_functions(text: str, expected: str) -> None:
    """A function takes its bracket, or the run behind it up to the next function."""
    assert printed(text) == expected


@pytest.mark.parametrize(("text", "names", "expected"), [
    ("f(x)", knows(functions="f"), "(call f x)"),
    (r"\sigma(x)", knows(functions=r"\sigma"), r"(call \sigma x)"),
    (r"\sigma^2", knows(functions=r"\sigma"), r"\sigma^{2}"),
    (r"\sigma'(z^{(l)})", knows(functions=r"\sigma"), r"(call \sigma' z^{(l)})"),
    (r"\phi''(z)x", knows(functions=r"\phi"), r"[(call \phi'' z) x]"),
    ("max", knows(names="max"), "max"),
    ("tr(A)", knows(names="tr"), "[tr (paren A)]"),
    ("score", knows(words="score"), "score"),
    ("scorex", knows(words="score"), "[score x]"),
    ("logp", EMPTY, "(bare log p)"),
    ("score = Ax", EMPTY, "score = [A x]"),
    ("xy = z", EMPTY, "[x y] = z"),
    ("e^{(2)}", knows(names="e"), "e^{(2)}"),
])  # fmt: skip
def test_what_the_symbol_table_knows(text: str, names: Table, expected: str) -> None:
    """Names of the document come before the built-in ones."""
    assert printed(text, names) == expected


# --------------------------------------------------------------- derivatives


@check([
    (r"\frac{\partial L}{\partial W}", "(∂ L W)"), (r"\frac{\partial L}{\partial W_{ij}}", "(∂ L W_{[i j]})"),
    (r"\frac{\partial}{\partial X}", "(∂ _ X)"), (r"\partial_X f", "[(∂ _ X) f]"), (r"\partial_x^2 f", "[(∂ _ x x) f]"),
    (r"\frac{\partial}{\partial X}f", "[(∂ _ X) f]"), (r"\frac{d}{dx}", "(d _ x)"), (r"\frac{dL}{dX}", "(d L X)"),
    (r"\frac{d}{dx}(x^2)", "[(d _ x) (paren x^{2})]"),
    (r"\frac{\mathrm{d}L}{\mathrm{d}x}", "(d L x)"), (r"\frac{\mathrm d L}{\mathrm d x}", "(d L x)"),
    (r"\frac{d\ln|X|}{dX}", "(d (bare ln (abs X)) X)"),
    (r"\frac{\partial^2 f}{\partial x \partial y}", "(∂ f x y)"), (r"\frac{\partial^2 f}{\partial x^2}", "(∂ f x x)"),
    (r"\frac{d^2y}{dx^2}", "(d y x x)"),
    (r"\frac{\partial^2}{\partial x^2}", "(∂ _ x x)"), (r"\frac{\partial L}{\partial \sigma^2}", r"(∂ L \sigma^{2})"),
    (r"\frac{\partial^2 L}{\partial w\,\partial w^T}", "(∂ L w wᵀ)"),
    (r"\frac{\partial^3 f}{\partial x^2\partial y}", "(∂ f x x y)"),
    (r"\frac{\partial\mathbf{y}}{\partial\mathbf{x}}", "(∂ bf:y bf:x)"),
    (r"\frac{\partial x^TAx}{\partial x}", "(∂ [xᵀ A x] x)"),
    (r"\frac{\partial (a+b)}{\partial a}", "(∂ (paren (+ a b)) a)"),
    (r"\frac{\partial X^{(2)}}{\partial W^{(1)}}", "(∂ X^{(2)} W^{(1)})"),
    (r"\partial L/\partial W", "(∂ L W)"), (r"\partial L / \partial W_1 + x", "(+ (∂ L W_{1}) x)"),
    (r"\partial^2 f/\partial x\partial y", "(∂ f x y)"),
    (r"\partial L/(\partial x)", "(∂ L x)"), (r"\frac\partial{\partial x}", "(∂ _ x)"), (r"\frac d{dx}", "(d _ x)"),
    (r"\frac{d}{n}", "(frac d n)"),
    (r"\frac{\partial L}{\partial a}\frac{\partial a}{\partial z}", "[(∂ L a) (∂ a z)]"),
    (r"\dfrac{\partial L}{\partial d}", "(∂ L d)"),
    (r"\nabla f", "(∇ _ f)"), (r"\nabla f(x)", "(∇ _ [f (paren x)])"), (r"\nabla_x f", "(∇ x f)"),
    (r"\nabla_\theta J(\theta)", r"(∇ \theta [J (paren \theta)])"),
    (r"\nabla_x^2 f", "(∇2 x f)"), (r"\nabla^2_\theta \log p", r"(∇2 \theta (bare log p))"), (r"\nabla_{W_1} L", "(∇ W_{1} L)"),
    (r"\nabla_x\|x\|^2", "(∇ x (norm x)^{2})"), (r"\nabla_X\operatorname{tr}(XA)", "(∇ X (call tr [X A]))"),
    (r"\nabla_x (x^Tx)", "(∇ x (paren [xᵀ x]))"),
    (r"\nabla_x f+g", "(+ (∇ x f) g)"),
    ("dX", "(D X)"), ("dW_2", "(D W_{2})"), ("dX_{ij}", "(D X_{[i j]})"), ("dX^{(2)}", "(D X^{(2)})"),
    ("d(XW)", "(D (paren [X W]))"), (r"\mathrm{d}X", "(D X)"),
    (r"\mathrm d X", "(D X)"), (r"d\mathbf{x}", "(D bf:x)"), (r"d\hat y", "(D hat:y)"), (r"d\log x", "(D (bare log x))"),
    ("X\\,dX", "[X (D X)]"),
    (r"\operatorname{tr}(A\,dX)", "(call tr [A (D X)])"), (r"{\rm d}X", "(D X)"), ("x_{d}", "x_{d}"), ("nd", "[n d]"),
])  # fmt: skip
def test_derivatives(text: str, expected: str) -> None:
    """Fractions of ∂ or d, in one line, ∇, differentials."""
    assert printed(text) == expected


@pytest.mark.parametrize(("text", "names", "expected"), [
    ("dx", knows(sizes="d"), "(D x)"),
    ("dX", knows(sizes="d"), "(D X)"),
    ("d X", knows(sizes="d"), "(D X)"),
    (r"d\mathbf{x}", knows(sizes="d"), "(D bf:x)"),
    ("dX", knows(names="d"), "[d X]"),
    (r"\mathrm{d}x", knows(names="d"), "(D x)"),
    (r"\frac{d}{dk}", knows(names="d"), "(frac d [d k])"),
    (r"\frac{1}{\sqrt{d}}", knows(sizes="d"), "(frac 1 (sqrt d))"),
])  # fmt: skip
def test_d_may_be_a_name(text: str, names: Table, expected: str) -> None:
    """Beside a size d the line decides later; an array d is never a differential."""
    assert printed(text, names) == expected


# ------------------------------------------------------------- big operators


@check([
    (r"\sum_i x_i", "(sum i x_{i})"), (r"\sum_{i=1}^{n} x_i", "(sum i=1..n x_{i})"),
    (r"\sum_{i=1}^n\sum_{j=1}^m a_{ij}", "(sum i=1..n (sum j=1..m a_{[i j]}))"),
    (r"\sum_{i,j} a", "(sum i j a)"), (r"\sum_{ij} a", "(sum i j a)"), (r"\sum^n_{i=1} x", "(sum i=1..n x)"),
    (r"\sum x", "(sum x)"),
    (r"\sum_{j\neq i} x_j", "(sum j?j ≠ i x_{j})"), (r"\sum_{i=1, i\neq k}^n x", "(sum i=1..n?i ≠ k x)"),
    (r"\sum_{1\le i\le n} x", "(sum i=1..n x)"),
    (r"\sum_{i\in\{1,\dots,n\}} x", "(sum i=1..n x)"), (r"\sum_{i:y_i=k} x_i", "(sum i?y_{i} = k x_{i})"),
    (r"\sum_{\substack{i=1\\ i\neq j}}^n x", r"(sum i=1..n?i ≠ j x)"), (r"\sum_{j \le i} x", "(sum j?j ≤ i x)"),
    (r"\sum_{i=0}^{n-1} x", "(sum i=0..(+ n -1) x)"),
    (r"\sum_{t=1}^{T} h_t", "(sum t=1..T h_{t})"), (r"\sum_i a_i + b", "(+ (sum i a_{i}) b)"),
    (r"\sum_i a_i b_i\odot c", r"(sum i [[a_{i} b_{i}] \odot c])"),
    (r"\sum_i a_i \cdot b_i", r"(sum i [a_{i} \cdot b_{i}])"), (r"\prod_{i=1}^n x_i", "(prod i=1..n x_{i})"),
    (r"\frac1N\sum_i(x_i-y_i)^2",
     "[(frac 1 N) (sum i (paren (+ x_{i} -y_{i}))^{2})]"), (r"\sum\limits_{i=1}^n x", "(sum i=1..n x)"),
     (r"\sum_{\alpha} x", r"(sum \alpha x)"),
    (r"\sum_{d=1}^{D} x_d", "(sum d=1..D x_{d})"), (r"\sum_{i = 1}^{N} \sum_{m} a", "(sum i=1..N (sum m a))"),
])  # fmt: skip
def test_big_operators(text: str, expected: str) -> None:
    """Bounds and conditions of all kinds; the body reaches to the next + or −."""
    assert printed(text) == expected


# ----------------------------------------------- cases, matrices, indicators


@check([
    (r"\begin{cases} x & x > 0 \\ 0 & \text{otherwise} \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{cases} x & \text{if } x > 0 \\ 0 & \text{else} \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{cases} x, & \text{若 } x > 0, \\ 0, & \text{其他} \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{cases} 1 & i = j \\ 0 & i \neq j \end{cases}", "(cases 1 if i = j; 0 if i ≠ j)"),
    (r"\begin{cases} 1 & \text{where } i = j \text{ holds} \\ 0 \end{cases}", "(cases 1 if i = j; 0)"),
    (r"\begin{cases} x \quad x>0 \\ 0 \quad x\le 0 \end{cases}", "(cases x if x > 0; 0 if x ≤ 0)"),
    (r"\begin{cases} x, x>0 \\ 0, \text{otherwise} \\ \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{cases} x & if\ x>0 \\ 0 & \mathrm{otherwise} \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{cases} x & \mathrm{if}\ x>0 \\ 0 & \end{cases}", "(cases x if x > 0; 0)"),
    (r"\begin{dcases} x & x>0 \\ -x & x<0 \end{dcases}y", "[(cases x if x > 0; (neg x) if x < 0) y]"),
    (r"\begin{cases} 1 & y_{\text{in}} = k \\ 0 \end{cases}", "(cases 1 if y_{rm:in} = k; 0)"),
    (r"\left\{\begin{array}{ll} x & x > 0 \\ 0 & x\le 0\end{array}\right.", "(cases x if x > 0; 0 if x ≤ 0)"),
    (r"\left\{\begin{aligned} x && x > 0 \\ 0 && \text{else}\end{aligned}\right.", "(cases x if x > 0; 0)"),
    (r"\begin{bmatrix} a & b \\ c & d \end{bmatrix}", "(bmatrix a b; c d)"),
    (r"\begin{pmatrix} a \\ b \\ \end{pmatrix}^T", "(pmatrix a; b)ᵀ"),
    (r"\begin{vmatrix} a & b \\ c & d \end{vmatrix}", "(abs (vmatrix a b; c d))"),
    (r"\left[\begin{array}{cc} a & b+1 \\ c & d \end{array}\right]x", "[(square (matrix a (+ b 1); c d)) x]"),
    (r"\begin{bmatrix} \frac{1}{2} & -x_1 \end{bmatrix}", "(bmatrix (frac 1 2) (neg x_{1}))"),
    (r"\begin{bmatrix} x_1 & \cdots & x_n \end{bmatrix}", "(bmatrix x_{1} … x_{n})"),
])  # fmt: skip
def test_environments(text: str, expected: str) -> None:
    """Rows and cells; words around the condition of a case are dropped."""
    assert printed(text) == expected


@check([
    (r"\mathbb{1}[y = k]", "(ind y = k)"), (r"\mathbb 1[y=k]", "(ind y = k)"), (r"\mathbf 1_{y=k}", "(ind y = k)"),
    (r"\mathbf{1}\{y=k\}", "(ind y = k)"),
    (r"\mathbf 1_{\{y=k\}}", "(ind y = k)"), (r"1\{y=k\}", "(ind y = k)"), (r"\mathbb{I}(y=k)", "(ind y = k)"),
    (r"\mathbb{I}\left[y_i=k\right]x", "[(ind y_{i} = k) x]"),
    (r"\mathbf 1_{(x>0)}", "(ind x > 0)"), ("I(y = k)", "(ind y = k)"), (r"\mathbb 1_{[m\neq k]}", "(ind m ≠ k)"),
    ("[i = j]", "(ind i = j)"),
    (r"\delta(i=j)", "(ind i = j)"), (r"1_{x>0}", "(ind x > 0)"), (r"p_k - 1\{y=k\}", "(+ p_{k} -(ind y = k))"),
    (r"\mathrm 1[a>b]", "(ind a > b)"),
])  # fmt: skip
def test_indicators(text: str, expected: str) -> None:
    """An indicator is a 1 or an I with a relation in brackets or under it, or such a bracket alone."""
    assert printed(text) == expected


# -------------------------------------------------------- sets, declarations


@check([
    (r"x \in \mathbb{R}", "x ∈ (real)"), (r"X \in \mathbb{R}^{n\times m}", "X ∈ (real n m)"),
    (r"x\in\mathbb R^n", "x ∈ (real n)"),
    (r"W\in\mathbb{R}^{C\times K\times P}", "W ∈ (real C K P)"),
    (r"A\in\mathbb{R}^{2n\times (m+1)}", "A ∈ (real [2 n] (paren (+ m 1)))"),
    (r"\lambda\in\mathbb{R}_{>0}", r"\lambda ∈ (real >0)"), (r"x\in\mathbb{R}_{>0}^{k}", "x ∈ (real k >0)"),
    (r"x\in\mathbb{R}^n_{\ge 0}", "x ∈ (real n ≥0)"),
    (r"x\in\mathbb{R}_+", "x ∈ (real ≥0)"), (r"x\in\mathbb{R}^+", "x ∈ (real ≥0)"),
    (r"x\in\mathbb{R}\setminus\{0\}", "x ∈ (real ≠0)"),
    (r"A\in\mathbb{S}^n", "A ∈ (symmetric n)"), (r"A\in\mathbb{S}_{++}^n", "A ∈ (symmetric n >0)"),
    (r"x\in\R^n", "x ∈ (real n)"), (r"n\in\mathbb{N}", "n ∈ (integer)"),
    (r"k\in\{1,\dots,C\}^N", "k ∈ (labels C over N)"), (r"y\in\{1,\dots,K\}", "y ∈ (labels K)"),
    (r"y\in\{1,2,\ldots,K\}", "y ∈ (labels K)"),
    (r"Y\in\{0,1\}^{N\times C}", "Y ∈ (finite 0 1 over N C)"), (r"y\in\{-1,1\}^N", "y ∈ (finite (neg 1) 1 over N)"),
    (r"\ell : \mathbb{R}^{N\times C}\to\mathbb{R}", r"\ell : (map (real N C) (real))"),
    (r"\phi\colon\mathbb R\to\mathbb R", r"\phi : (map (real) (real))"),
    (r"f:\mathbb R^n\rightarrow\mathbb R", "f : (map (real n) (real))"), (r"A \succ 0", "A ≻ 0"), (r"A = A^T", "A = Aᵀ"),
    (r"\det(X) \neq 0", "(call det X) ≠ 0"),
    (r"x, y \in \mathbb{R}^n", "x ∈ (real n) ;; y ∈ (real n)"), (r"u_k\in\mathbb{R}^d", "u_{k} ∈ (real d)"),
    (r"A\in\mathbf{R}^{n}", "A ∈ (real n)"),
    (r"x_{ij} = X^{(3)}_{ij}", "x_{[i j]} = X_{[i j]}^{(3)}"),
    (r"\sigma(x)=1/(1+e^{-x})", r"[\sigma (paren x)] = [1 / (paren (+ 1 e^{(neg x)}))]"),
    (r"X\in\mathbb{R}^{n\times m}, \; b\in\mathbb{R}^m", "X ∈ (real n m) ;; b ∈ (real m)"),
])  # fmt: skip
def test_declarations(text: str, expected: str) -> None:
    """Sets with their sizes and signs; a list of names declares each of them."""
    assert printed(text, reader=read_sentence) == expected


# ---------------------------------------------------------- rows and chains


@check([
    ("a = b = c", "a = b = c"), ("a := b", "a := b"), (r"a \triangleq b", "a := b"), (r"a \coloneqq b", "a := b"),
    (r"a\equiv b", "a ≡ b"), (r"a\neq b", "a ≠ b"),
    (r"a \not= b", "a ≠ b"), (r"a\le b", "a ≤ b"), (r"a \leqslant b", "a ≤ b"), (r"a\approx b", "a ≈ b"),
    (r"a\propto b", "a ∝ b"), (r"a\sim b", "a ∼ b"),
    (r"x \leftarrow x - \eta g", r"x ← (+ x -[\eta g])"), (r"a \overset{!}{=} b", "a = b"),
    (r"a \stackrel{\text{def}}{=} b", "a := b"), (r"a \stackrel{(1)}= b", "a = b"),
    (r"\boxed{a = b}", "a = b"), (r"a = \boxed{b}", "a = b"),
    (r"a = b \\ c = d", "a = b ;; c = d"), (r"a = b \\ = c", "a = b = c"), (r"a = b \\ + c", "a = (+ b c)"),
    (r"a = b \\ - c = d", "a = (+ b -c) = d"),
    (r"a = b + \\ c", "a = (+ b c)"), (r"a = \\ b", "a = b"), (r"a = \\ = b", "a = b"),
    (r"a = \left(b \right. \\ \left. + c\right) = d", "a = (paren (+ b c)) = d"),
    (r"\begin{aligned} a &= b \\ &= c \end{aligned}", "a = b = c"), (r"\begin{aligned}[t] a &= b \end{aligned}", "a = b"),
    (r"\begin{align} a &= b & c &= d \\ e &= f \end{align}", "a = b ;; c = d ;; e = f"),
    (r"\begin{align*} a &= b && \text{(chain rule)} \end{align*}", "a = b"),
    (r"\begin{eqnarray} a &=& b \\ &=& c \end{eqnarray}", "a = b = c"),
    (r"\begin{array}{rcl} a &=& b \\ c &=& d\end{array}", "a = b ;; c = d"),
    (r"\begin{gather} a=b \\ c=d \end{gather}", "a = b ;; c = d"),
    (r"\begin{equation}\begin{split} a &= b \\ &+ c \end{split}\end{equation}", "a = (+ b c)"),
    (r"\begin{multline} a = b \\ + c \end{multline}", "a = (+ b c)"), (r"\begin{alignat}{2} a &= b \end{alignat}", "a = b"),
    (r"a &{}= b", "a = b"),
    (r"a = b \\[4pt] c = d", "a = b ;; c = d"), (r"a = b \\* c = d", "a = b ;; c = d"),
    (r"a = b, \qquad c = d", "a = b ;; c = d"), (r"a = b, c = d", "a = b ;; c = d"), (r"a = b; c = d", "a = b ;; c = d"),
    (r"a = b \quad c = d + e", "a = b ;; c = (+ d e)"),
    (r"a = b \Rightarrow c = d", "a = b ;; c = d"), (r"a = b \\ \Rightarrow c = d", "a = b ;; c = d"),
    (r"\therefore a = b", "a = b"), (r"a = b \iff c = d", "a = b ;; c = d"),
    (r"a = b \text{ and } c = d", "a = b ;; c = d"), (r"a = b \text{，所以 } c = d", "a = b ;; c = d"),
    (r"a = b \hspace{1cm} c = d + 1", "a = b ;; c = (+ d 1)"),
    (r"a = b.", "a = b"), (r"a = b,", "a = b"), (r"a = b\,.", "a = b"), ("a = b。", "a = b"), (r"a = b \tag{3}", "a = b"),
    (r"\label{eq:1} a = b", "a = b"),
    (r"a = b \quad (3)", "a = b"), (r"a = b \quad (*)", "a = b"), (r"a = b \nonumber \\", "a = b"), ("a = b % = c", "a = b"),
    (r"a = b\kern3pt", "a = b"),
    (r"\text{Hence } a = b", "a = b"), ("由 a = b 得 c = d", "a = b ;; c = d"), ("", ""), (r"\text{words only}", ""),
    ("x", "x"),
])  # fmt: skip
def test_rows(text: str, expected: str) -> None:
    """Rows, columns, statements side by side, punctuation, tags."""
    assert printed(text) == expected


@check([
    (r"a = b \quad (m \neq k)", "a = b if m ≠ k"), (r"a = b \quad m \neq k", "a = b if m ≠ k"),
    (r"a = b, \quad m \neq k", "a = b if m ≠ k"),
    (r"a = b \quad (m = k)", "a = b if m = k"), (r"a = b \quad m = k", "a = b if m = k"),
    (r"a = b (m \neq k)", "a = b if m ≠ k"),
    (r"a = b \quad \text{if } x > 0", "a = b if x > 0"), (r"a = b \text{ for } x > 0", "a = b if x > 0"),
    (r"a = b \quad \text{当 } m = k_i", "a = b if m = k_{i}"),
    (r"a = b \quad \text{若 } x \neq 0 \text{ 成立}", "a = b if x ≠ 0"), (r"a = b \quad [m \neq k]", "a = b if m ≠ k"),
    (r"a = b \quad \forall i", "a = b"),
    (r"a = b, \quad i = 1, \dots, N", "a = b"), (r"a = b \text{ where } z = Wx", "a = b ;; z = [W x]"),
    (r"a = b \text{，其中 } z = x+1", "a = b ;; z = (+ x 1)"),
    (r"a = b \quad (m\neq k) \\ c = d", "a = b if m ≠ k ;; c = d"), (r"a &= b & (m\neq k)", "a = b if m ≠ k"),
    (r"a = b, \quad x > 0, \quad y > 0", "a = b if x > 0 if y > 0"), (r"a = P(y=1)", "!expected-operator «=»"),
])  # fmt: skip
def test_side_conditions(text: str, expected: str) -> None:
    """A relation behind a claim restricts it: in brackets, behind a wide space, behind words."""
    assert printed(text) == expected


def test_in_a_sentence_relations_behind_a_comma_stand_on_their_own() -> None:
    assert printed("a = b, x > 0") == "a = b if x > 0"
    assert printed("a = b, x > 0", reader=read_sentence) == "a = b ;; x > 0"
    assert printed("a = b, x > 0", reader=read_inline) == "a = b ;; x > 0"


# ------------------------------------------------------------------ problems


@check([
    # what is out of scope is refused by name
    (r"x = \left.\frac{a}{b}\right|_{x=0}", r"!unsupported-notation «\right|»"), (r"y = f|_{x=0}", "!unsupported-notation «|»"),
    (r"y = \mathbb{E}[x]", r"!unsupported-notation «\mathbb{E}»"),
    (r"y = \mathbb E_{x}[f]", r"!unsupported-notation «\mathbb E»"),
    (r"y = \operatorname{Var}(x)", r"!unsupported-notation «\operatorname{Var}»"),
    (r"y = \arg\min_x f", r"!unsupported-notation «\arg»"),
    (r"y = \operatorname{argmax}_k x", r"!unsupported-notation «\operatorname{argmax}»"),
    (r"y = \lim_{n} x", r"!unsupported-notation «\lim»"),
    (r"y = \int f dx", r"!unsupported-notation «\int»"), (r"y = a \pm b", r"!unsupported-notation «\pm»"),
    (r"y = \min(a,b)", r"!unsupported-notation «\min»"),
    (r"y = \prod_{i<2j} x", "!unsupported-notation «i<2j»"),
    (r"y = \sum_{\substack{i=1\\ i<2j}} x", r"!unsupported-notation «i<2j»"),
    (r"y = \sum_{i,j=1}^n x", "!unsupported-notation «i,j=1»"), (r"y = A^\dagger", r"!unsupported-notation «\dagger»"),
    (r"y = x^{\odot 2}", r"!unsupported-notation «\odot»"), (r"y = \hat{x+y}", r"!unsupported-notation «\hat{x+y}»"),
    (r"x \notin S", r"!unsupported-notation «\notin»"),
    (r"y = a \over b", r"!unsupported-notation «\over»"), (r"y = \nabla_{x,y} f", r"!unsupported-notation «\nabla_{x,y}»"),
    (r"y = \binom{n}{k}", r"!unsupported-notation «\binom»"),
    (r"y = p(a|b)", "!unbalanced-brace «|»"), (r"y = (\text{two words})", r"!words «\text{two words}»"),
    (r"y = p(a \mid b)", r"!unsupported-notation «\mid»"),
    (r"x \to y", r"!unsupported-notation «\to»"),
    (r"y = {\begin{aligned} a \end{aligned}}", r"!unsupported-notation «\begin»"),
    # unknown
    (r"y = \foo x", r"!unknown-command «\foo»"), (r"y = a \not< b", r"!unknown-command «\not» ;; !unknown-command «\not»"),
    ("y = a # b", "!unknown-character «#»"), ("y = x\u0301", "!unknown-character «\u0301»"),
    # something is missing
    ("y = ", "!expected-operand «=»"), ("= y", "!expected-operand «=»"), ("y = a +", "!unexpected-end «+»"),
    ("y = (a", "!unbalanced-brace «(»"), ("y = a)", "!unbalanced-brace «)»"),
    ("y = {a", "!unbalanced-brace «{»"), ("y = a}", "!unbalanced-brace «}»"),
    (r"y = \left(a\right]", "!unbalanced-brace «(»"), (r"y = |a", "!unbalanced-brace «|»"),
    (r"y = \langle a, b", r"!unbalanced-brace «\langle»"), (r"y = \frac{a}", r"!unexpected-end «\frac»"),
    (r"y = \frac{}{b}", "!expected-operand «{}»"), ("y = ()", "!expected-operand «()»"),
    ("y = x_{}", "!expected-operand «{}»"), ("y = x_{i,,j}", "!expected-operand «,»"), ("y = x_", "!unexpected-end «_»"),
    ("y = x^", "!unexpected-end «^»"), ("y = x^-1", "!unsupported-notation «-»"),
    (r"y = a \cdot", r"!unexpected-end «\cdot»"), (r"y = \cdot a", r"!expected-operand «\cdot»"),
    (r"y = a / * b", "!expected-operand «*»"), (r"y = \nabla_x", r"!expected-operand «\nabla»"),
    ("y = x \\", "!unexpected-end «\\»"), (r"y = \begin{bmatrix} a & \\ b & c\end{bmatrix}", r"!expected-operand «\begin»"),
    ("y = x^0.5", "!expected-operand «0.5»"),
    (r"y = \begin{cases} & x > 0\end{cases}", "!expected-operand «&»"), (r"y = \text", r"!expected-operand «\text»"),
    (r"y = \text{a", "!unbalanced-brace «{»"),
    # too much
    ("y = x_i_j", "!double-script «_»"), ("y = x^2^3", "!double-script «3»"), (r"y = x \text{ and so on} z", "y = x ;; z"),
    (r"y = (x \text{ and } z)", "!expected-operator «\\text{ and }»"),
    ("y = a ! b", "!expected-operator «!»"), ("y = (a = b)", "!expected-operator «=»"), ("y = a & b", "y = [a b]"),
    # derivatives, sets, environments
    (r"y = \partial x", r"!derivative «\partial»"),
    (r"y = \frac{\partial f}{\partial x y}", "!derivative «y»"),
    (r"y = \frac{\partial^2 f}{\partial x}", r"!derivative-order «\frac{\partial^2 f}{\partial x}»"),
    (r"y = \frac{\partial^n f}{\partial x}", "!derivative-order «n»"),
    (r"x \in S", "!expected-set «S»"), (r"x \in \mathbb{Q}", r"!expected-set «\mathbb»"),
    (r"x \in \{0,\dots,n\}", r"!expected-set «\{0,\dots,n\}»"), (r"x\in\mathbb{R}_{>1}", "!expected-set «>1»"),
    (r"y = \begin{cases} a", r"!unbalanced-environment «\begin»"), (r"y = \begin a", r"!unbalanced-environment «\begin»"),
])  # fmt: skip
def test_problems(text: str, expected: str) -> None:
    """Every problem has a code and points at the culprit."""
    assert printed(text) == expected


@check([
    (r"a = b \\ c = \foo \\ e = f", r"a = b ;; !unknown-command «\foo» ;; e = f"),
    (r"a = {b \\ c = d", "!unbalanced-brace «{» ;; c = d"), (r"a = b} \\ c = d", "!unbalanced-brace «}» ;; c = d"),
    (r"a = (b) ) \\ c = d", "!unbalanced-brace «)» ;; c = d"), (r"a = # \\ c = d", "!unknown-character «#» ;; c = d"),
    (r"\begin{aligned} a &= \begin{cases} b \\ c &= d \end{aligned}", r"!unbalanced-environment «\begin» ;; c = d"),
    (r"a = \text{b \\ c = d", "!unbalanced-brace «{» ;; c = d"),
    (r"a = b, \quad c = \foo, \quad e = f", r"a = b ;; !unknown-command «\foo» ;; e = f"),
    (r"a = b = \foo = c = d", r"a = b ;; !unknown-command «\foo» ;; !unknown-command «\foo» ;; c = d"),
    (r"a = \foo", r"!unknown-command «\foo»"), (r"\foo = \foo", r"!unknown-command «\foo»"),
    (r"a = \foo = \bar", r"!unknown-command «\foo» ;; !unknown-command «\foo»"),
    (r"\foo = a = b", r"!unknown-command «\foo» ;; a = b"),
    (r"a = b \quad (m \neq \foo)", r"!unknown-command «\foo»"),
])  # fmt: skip
def test_a_bad_part_costs_only_itself(text: str, expected: str) -> None:
    """Rows, statements and the other members of a chain are read all the same."""
    assert printed(text) == expected


@pytest.mark.parametrize(("text", "said"), [
    (r"y = \mathbb{E}[x]", "expectations"), (r"y = a \pm b", "\\pm"), (r"y = \left.f\right|_{x=0}", "value at a point"),
    (r"y = (a", "expected )"),
    (r"y = \foo", "\\foo"), (r"y = \sum_{i<2j} x", "i = 1"), (r"x \in S", "\\mathbb{R}^{n"),
    (r"y = \frac{\partial f}{\partial x y}", "∂"), (r"y = a b & (c", "expected )"),
    ("y = x_i_j", "braces"), (r"y = \begin{cases} a", "\\end{cases}"), ("y = \x00", "U+0000"), ("y = ((x) z", "expected )"),
    (r"y = \frac{a}", "argument"),
])  # fmt: skip
def test_a_problem_says_what_was_expected(text: str, said: str) -> None:
    (problem,) = (x for x in read_display(text, Span(0, len(text)), EMPTY) if isinstance(x, Problem))
    assert said in f"{problem.message} {problem.hint or ''}"


# -------------------------------------------------------------------- places


def test_the_text_of_each_claim() -> None:
    """From the left member, or from the relation that begins the row, to the end of the right member."""
    text = r"\begin{aligned} ab &= c + d \\ &= e = f \end{aligned}"
    (chain,) = read_display(text, Span(0, len(text)), EMPTY)
    assert isinstance(chain, t.Chain)
    assert [text[s.start:s.end] for s in chain.link_spans] == ["ab &= c + d", "= e", "e = f"]
    assert [text[s.start:s.end] for s in chain.relation_spans] == ["=", "=", "="]


@check([
    (r"\frac{a}{b} + c", r"\frac{a}{b} + c"), (r"X^{(2)T} y", r"X^{(2)T} y"), (r"\log  ab", r"\log  ab"),
    (r"\sum_{i} x_{i}", r"\sum_{i} x_{i}"), ("-x", "-x"),
    (r"\hat{y}_i", r"\hat{y}_i"), (r"dX_{1}", "dX_{1}"), (r"1\{y=k\}", r"1\{y=k\}"),
    (r"\begin{cases} a \end{cases}", r"\begin{cases} a \end{cases}"), (r"|x|", "|x|"),
])  # fmt: skip
def test_the_span_of_a_member(text: str, expected: str) -> None:
    """A node spans all of its text."""
    source = f"% = \n y = {text} "
    (chain,) = read_display(source, Span(0, len(source)), EMPTY)
    assert isinstance(chain, t.Chain)
    span = chain.members[1].span
    assert source[span.start:span.end] == expected


def test_only_the_span_is_read() -> None:
    text = "$$ ) a = b } $$"
    (chain,) = read_display(text, Span(5, 11), EMPTY)
    assert isinstance(chain, t.Chain)
    assert show_chain(chain) == "a = b"
    assert chain.span == Span(5, 10)


# ----------------------------------------------------------------- any text

FRAGMENTS = (
    r"\frac", r"\sqrt", r"\hat", r"\mathbf", r"\mathrm", r"\left(", r"\right)", r"\left\{", r"\right.", r"\left.", r"\left|",
    r"\right|", "{", "}", "(", ")", "[", "]", "|",
    r"\|", r"\{", r"\}", r"\langle", r"\rangle", "^", "_", "'", "=", r"\neq", r"\in", ":", "<", ",", ";", ".", "+", "-", "*",
    "/", r"\cdot", r"\odot", r"\pm", "&", r"\\",
    r"\begin{aligned}", r"\end{aligned}", r"\begin{cases}", r"\end{cases}", r"\begin{bmatrix}", r"\end{bmatrix}",
    r"\begin{array}{ll}", r"\end{array}", r"\begin", r"\end",
    r"\sum", r"\prod", r"\log", r"\max", r"\nabla", r"\partial", "d", "x", "W", "T", "1", "12", r"\alpha", r"\mathbb{R}",
    r"\mathbb{1}", "I", r"\text{if}", r"\text{", r"\quad",
    r"\over", r"\bf", r"\rm", r"\overset", r"\boxed", r"\underbrace", r"\dots", "...", r"\Rightarrow", r"\label{a}",
    r"\hspace{1cm}", r"\not", r"\substack", r"\to", " ", "%\n",
    r"\foo", "#", "é", "若", "²", "₁", "\x00", "\ud800", "\u202e", "𝐖", "\\",
)  # fmt: skip
ARBITRARY = st.text(max_size=60)
PARTS = st.lists(st.sampled_from(FRAGMENTS), max_size=25)
LATEX = PARTS.map(" ".join) | PARTS.map("".join)
TABLES = st.sampled_from([
    EMPTY, knows(words="dx score", functions="f", names="T e", sizes="d"), knows(names="d I max", functions=r"\alpha"),
])  # fmt: skip


def spans(node: object) -> Iterator[Span]:
    """All places in a tree."""
    if isinstance(node, Span):
        yield node
    elif isinstance(node, tuple):
        for item in node:
            yield from spans(item)
    elif isinstance(node, t.Node) and is_dataclass(node):
        for part in fields(node):
            yield from spans(getattr(node, part.name))


def check_any(text: str, names: Table, readers: tuple[Callable[..., tuple[t.Chain | Problem, ...]], ...] = READERS) -> None:
    source, span = f"## {text} ##", Span(3, 3 + len(text))
    for reader in readers:
        for found in reader(source, span, names):
            assert isinstance(found, (t.Chain, Problem))
            places = [found.span] if isinstance(found, Problem) else list(spans(found))
            for place in places:
                assert place is not None
                assert span.start <= place.start <= place.end <= span.end, (found, place)


@settings(max_examples=200, derandomize=True, deadline=None)
@given(ARBITRARY, TABLES)
def test_any_text_is_read_or_refused(text: str, names: Table) -> None:
    """Nothing but chains and problems comes out, and every place lies within the formula."""
    check_any(text, names)


@settings(max_examples=700, derandomize=True, deadline=None)
@given(LATEX, TABLES)
def test_any_latex_is_read_or_refused(text: str, names: Table) -> None:
    """The same for fragments of formulas in any order."""
    check_any(text, names)


DEEP = {
    "braces": ("{", "x", "}"), "parentheses": ("(", "x", ")"), "fractions": (r"\frac{1}{", "x", "}"),
    "left": (r"\left(", "x", r"\right)"), "accents": (r"\hat ", "x", ""),
    "braced accents": (r"\hat{", "x", "}"), "fonts": (r"\mathbf{", "x", "}"), "bare fonts": (r"\mathbf", " x", ""),
    "minus": ("-", "x", ""), "roots": (r"\sqrt ", "x", ""),
    "subscripts": ("x_{", "i", "}"), "superscripts": ("x^{", "i", "}"), "functions": (r"\log ", "x", ""),
    "calls": ("exp(", "x", ")"), "boxes": (r"\boxed ", "x", ""),
    "sums": (r"\sum_i ", "x", ""), "gradients": (r"\nabla ", "x", ""), "partials": (r"\partial ", "x", ""),
    "differentials": ("d ", "x", ""), "indicators": ("1[x=", "x", "]"),
    "bars": (r"\left|", "x", r"\right|"), "norms": (r"\|", "x", r"\|"), "cases": (r"\begin{cases}", "x", r"\end{cases}"),
    "matrices": (r"\begin{bmatrix}", "x", r"\end{bmatrix}"),
    "angles": (r"\langle ", "x", r"\rangle"), "over": ("{", "x", r"\over y}"), "switches": (r"{\bf ", "x", "}"),
    "rows": (r"\begin{aligned}", "x", r"\end{aligned}"),
    "primes": ("", "x", "'"), "conditions": (r"\quad (", "m = k", ")"), "bounds": (r"\sum_{i = ", "1", "} x"),
    "overset": (r"\overset{a}{", "x", "}"),
}  # fmt: skip


@pytest.mark.parametrize("kind", DEEP)
def test_deep_nesting_is_refused_in_time(kind: str) -> None:
    """Thousands of levels, closed or not, end in a tree or a problem, never in a crash."""
    before, middle, after = DEEP[kind]
    for levels in (10, 45, 10_000):
        count = min(levels, 20_000 // len(before + after))
        check_any(before * count + middle + after * count, EMPTY, READERS[:1])
        check_any(before * count + middle, EMPTY, READERS[:1])


def test_nesting_has_a_limit_that_is_told() -> None:
    assert printed("(" * 40 + "x" + ")" * 40) == "(paren " * 40 + "x" + ")" * 40
    assert printed("(" * 60 + "x" + ")" * 60) == "!nesting-limit «(»"


@pytest.mark.parametrize("unit", ["a", "1", r"\a", " ", "若", "{", r"\text{", "\\"])
def test_a_formula_of_a_megabyte_is_refused(unit: str) -> None:
    text = unit * 1_000_000
    (problem,) = read_display(text, Span(0, len(text)), EMPTY)
    assert isinstance(problem, Problem)
    assert problem.code == "formula-too-long"


@pytest.mark.parametrize("unit", [
    "a", "1", "若", "'", "(", ")", "=", r"\\", r"+\\", ",", "x,", r"\quad x", "|", "||", "1(", "x_", "%", r"\text{", "{}",
    "x =",
    r"\left.", r"\over",
])  # fmt: skip
def test_long_monotony_is_read_in_time(unit: str) -> None:
    """The reader is linear in what a hostile text repeats."""
    check_any(unit * (20_000 // len(unit)), EMPTY, READERS[:1])
