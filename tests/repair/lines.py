"""False lines, each with its correction written by hand, by kind of mistake.

``given`` are the sentences of the document, ``before`` the displays that define; the last display is ``left = wrong``,
and the repair has to mean ``left = right``.  ``says`` stands in the words of the edit.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mistake:
    kind: str
    given: tuple[str, ...]
    left: str
    wrong: str
    right: str
    says: str
    condition: str = ""


SOFTMAX = (
    r"X \in \mathbb{R}^{N \times K}",
    r"k \in \{1,\dots,K\}^N",
    r"L = -\frac1N\sum_{i=1}^N\log\frac{e^{X_{ik_i}}}{\sum_{j=1}^K e^{X_{ij}}}",
)
MATRICES = (r"A \in \mathbb{R}^{n \times n}", r"B \in \mathbb{R}^{n \times n}", r"X \in \mathbb{R}^{n \times n}",
            r"x \in \mathbb{R}^{n}", r"b \in \mathbb{R}^{n}")
DENSE = (r"X \in \mathbb{R}^{N \times D}", r"W \in \mathbb{R}^{D \times H}", r"\ell : \mathbb{R}^{N \times H} \to \mathbb{R}",
         r"Z = X W", r"L = \ell(Z)", r"G = \frac{\partial L}{\partial Z}")
GATED = (r"X \in \mathbb{R}^{N \times D}", r"W \in \mathbb{R}^{D \times H}", r"\ell : \mathbb{R}^{N \times H} \to \mathbb{R}",
         r"Z = X W", r"A = Relu(Z)", r"L = \ell(A)", r"G = \frac{\partial L}{\partial A}")
VECTOR = (r"z \in \mathbb{R}^{K}", r"p = softmax(z)", r"y \in \mathbb{R}^{K}", r"\mathbf{1}^T y = 1", r"L = -\sum_k y_k \log p_k")
SCALARS = (r"x \in \mathbb{R}", r"w \in \mathbb{R}", r"b \in \mathbb{R}")
FREE = (r"\phi : \mathbb{R} \to \mathbb{R}", r"z \in \mathbb{R}^{n}", r"u \in \mathbb{R}^{n}", r"f = u^T \phi(z)")

MISTAKES = (
    Mistake("hiding sum", SOFTMAX, r"\frac{\partial L}{\partial X_{im}}",
            r"\frac{1}{N} \sum_{i=1}^N \frac{e^{X_{im}}}{\sum_j e^{X_{ij}}}", r"\frac{1}{N} \frac{e^{X_{im}}}{\sum_j e^{X_{ij}}}",
            "it hides the free index i", r"\quad (m \neq k_i)"),
    Mistake("sign", VECTOR, r"\frac{\partial L}{\partial z}", "y - p", "p - y", "flip the sign"),
    Mistake("sign of a whole sum", SCALARS, "-w (x + b)", "w x + w b", "-w x - w b", "flip the sign"),
    Mistake("sign of a term", SCALARS, "(x - w)^2", "x^2 + 2 x w + w^2", "x^2 - 2 x w + w^2", "flip the sign of 2 x w"),
    Mistake("sign of the first term", SCALARS, "-x(x - w)", "x^2 + x w", "-x^2 + x w", "flip the sign of x^2"),
    Mistake("inner sign", SCALARS, r"\sigma(-x)", r"1 - \sigma(-x)", r"1 - \sigma(x)", "flip the sign of -x"),
    Mistake("layout", MATRICES, r"\frac{\partial}{\partial X} \operatorname{tr}(A X)", "A", "A^T", "transpose"),
    Mistake("layout of a product", DENSE, r"\frac{\partial L}{\partial W}", "G^T X", "X^T G", "transpose"),
    Mistake("transpose", DENSE, r"\frac{\partial L}{\partial W}", "X G", "X^T G", "transpose X"),
    Mistake("transpose too many", MATRICES, "(A B)^T", "B^T A", "B^T A^T", "transpose A"),
    Mistake("transpose of a layer", (r"X^{(2)} \in \mathbb{R}^{N \times D}", r"W_2 \in \mathbb{R}^{D \times H}",
                                     r"\ell : \mathbb{R}^{N \times H} \to \mathbb{R}", "Z = X^{(2)} W_2",
                                     r"L = \ell(Z)", r"G = \frac{\partial L}{\partial Z}"),
            r"\frac{\partial L}{\partial W_2}", "X^{(2)} G", "X^{(2)T} G", "transpose X^{(2)}"),
    Mistake("swap", MATRICES, "(A B)^T", "A^T B^T", "B^T A^T", "swap the factors A^T and B^T"),
    Mistake("outer product", (r"W \in \mathbb{R}^{n \times m}", r"x \in \mathbb{R}^{m}",
                              r"\ell : \mathbb{R}^{n} \to \mathbb{R}",
                              "z = W x", r"L = \ell(z)", r"g = \frac{\partial L}{\partial z}"),
            r"\frac{\partial L}{\partial W}", "g^T x", "g x^T", "swap and transpose"),
    Mistake("prime", FREE, r"\frac{\partial f}{\partial z}", r"u \odot \phi(z)", r"u \odot \phi'(z)", r"the derivative of \phi"),
    Mistake("prime too many", FREE, r"\frac{\partial f}{\partial u}", r"\phi'(z)", r"\phi(z)", r"drop the prime of \phi'"),
    Mistake("size", SOFTMAX, r"\sum_{i,j} X_{ij} \frac{1}{N}", r"\frac{1}{K} \sum_{i,j} X_{ij}", r"\frac{1}{N} \sum_{i,j} X_{ij}",
            "it is N, not K"),
    Mistake("missing 1/N", (r"X \in \mathbb{R}^{N \times D}", r"w \in \mathbb{R}^{D}", r"y \in \mathbb{R}^{N}",
                            r"L = \frac{1}{2N} \|X w - y\|^2"),
            r"\frac{\partial L}{\partial w}", r"X^T (X w - y)", r"\frac{1}{N} X^T (X w - y)",
            r"the factor \frac{1}{N} is missing"),
    Mistake("missing 2", MATRICES, r"\frac{\partial (x^T x)}{\partial x}", "x", "2 x", "the factor 2 is missing"),
    Mistake("factor", SCALARS, r"\frac{\partial (w x + b)}{\partial w}", "x (1 - b)", "x", "drop the factor (1 - b)"),
    Mistake("number", SCALARS, r"\frac{\partial w^3}{\partial w}", "2 w^2", "3 w^2", "3 for 2"),
    Mistake("exponent", SCALARS, r"\frac{\partial w^3}{\partial w}", "3 w^3", "3 w^2", "2 for 3"),
    Mistake("term", SCALARS, r"\frac{\partial (w x + b)}{\partial w}", "x + b", "x", "drop the term b"),
    Mistake("first term", SCALARS, r"\frac{\partial (b - w x)}{\partial w}", "b - x", "-x", "drop the term b"),
    Mistake("sum", (r"x \in \mathbb{R}^{n}", r"L = \sum_i x_i^2"),
            r"\frac{\partial L}{\partial x_j}", r"\sum_{k=1}^n 2 x_j", "2 x_j",
            r"drop \sum_{k=1}^n"),
    Mistake("index", MATRICES, "(A x)_i", r"\sum_j A_{ij} x_i", r"\sum_j A_{ij} x_j", "the index is j, not i"),
    Mistake("swapped indices", MATRICES, "(A^T B)_{ij}", r"\sum_k A_{ik} B_{kj}", r"\sum_k A_{ki} B_{kj}",
            "swap the indices of A"),
    Mistake("binder", MATRICES, "(A x)_i",
            r"\sum_{i=1}^n A_{ij} x_j", r"\sum_{j=1}^n A_{ij} x_j", r"\sum_{j=1}^{n} for"),
    Mistake("inverse transposed", (*MATRICES, r"\det(X) \neq 0"), r"\frac{\partial \log\det X}{\partial X}", "X^T", "X^{-T}",
            "X^{-T} for X^T"),
    Mistake("inverse too many", (*MATRICES, r"\det(X) \neq 0"), r"X^{-1} X A", "A^{-1}", "A", "A for A^{-1}"),
    Mistake("entrywise product", MATRICES, r"(A \odot B)_{ij} X_{ij}", r"((A B) \odot X)_{ij}", r"((A \odot B) \odot X)_{ij}",
            r"\odot for the matrix product"),
    Mistake("gate in place of a value", GATED, r"\frac{\partial L}{\partial Z}", r"G \odot Z", r"G \odot \mathbf{1}[Z > 0]",
            "gate"),
    Mistake("missing gate", GATED, r"\frac{\partial L}{\partial W}", "X^T G", r"X^T (G \odot \mathbf{1}[Z > 0])", "gate"),
    Mistake("symmetry", MATRICES, r"\frac{\partial (x^T A x)}{\partial x}", "2 A x", "A x + A^T x", "both of two terms"),
    Mistake("square of a sum", MATRICES, "(A + B)^2", "A^2 + 2 A B + B^2", "A^2 + A B + B A + B^2", "both of two terms"),
    Mistake("complement", (r"x \in \mathbb{R}", r"s = \sigma(x)"), r"\frac{\partial s}{\partial x}", "s", "s (1 - s)",
            "s (1 - s) for s"),
    Mistake("constant", SCALARS, r"\tanh'(x)", r"-(\tanh x)^2", r"1 - (\tanh x)^2", "1 -"),
    Mistake("identity", (*MATRICES,), "(A + I) B", "A B", "A B + B", "missing"),
    Mistake("other function", SCALARS, r"\sin(-x)", r"-\cos(x)", r"-\sin(x)", r"\sin for \cos"),
    Mistake("determinant", (*MATRICES, r"\det(X) \neq 0"), r"\frac{\partial \det(X)}{\partial X}", "X^{-T}", r"\det(X) X^{-T}",
            r"the factor \det(X) is missing"),
    Mistake("symbol", DENSE, r"\frac{\partial L}{\partial W}", "X^T Z", "X^T G", "G for Z"),
    Mistake("symbol for a number", VECTOR, r"\frac{\partial p_i}{\partial z_i}", r"1 \cdot (1 - p_i)", "p_i (1 - p_i)",
            "p_i for 1"),
    Mistake("missing factor", (r"x \in \mathbb{R}", r"w \in \mathbb{R}", r"\ell : \mathbb{R} \to \mathbb{R}", "z = w x",
                               r"L = \ell(z)", r"\delta = \frac{\partial L}{\partial z}"),
            r"\frac{\partial L}{\partial w}", r"\delta", r"\delta x", "the factor x is missing"),
    Mistake("missing term", SCALARS, "w (x + b)", "w x + b", "w x + w b", "w"),
    Mistake("two transposes", MATRICES, "(A B X)^T", "X^T B A", "X^T B^T A^T", "transpose"),
)
