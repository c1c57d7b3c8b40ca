"""What a rule of the prover is called, what it says and where it is from: one row a rule.

Rules that differentiate and rules that rewrite stand with their code (``derivative.py``, ``normal.py``); these
are the others.  ``Algebra.use`` notes a law wherever it is applied, so that a proof can be told in steps.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, eq=False)
class Law:
    """Compared by identity.  ``latex`` states it, ``source`` is a theorem, a paper or the word for what everybody knows."""

    name: str
    latex: str
    source: str
    kind: Literal["derivative", "rewrite"] = "rewrite"


def slope(name: str, latex: str, source: str) -> Law:
    """A rule of differentiation."""
    return Law(name, latex, source, "derivative")


PRODUCT_RULE = slope("product rule", r"\partial(u\,v) = (\partial u)\,v + u\,\partial v", "Matrix Cookbook (37)")
POWER_RULE = slope("power rule", r"\partial\,u^{q} = q\,u^{q-1}\,\partial u", "chain rule")

COUNTED = Law("a sum over nothing that varies", r"\sum_{j=1}^{n} 1 = n", "elementary")
DELTA_CASES = Law(
    "an argument by cases",
    r"f(u + \mathbb{1}[i = j]\,v) = f(u) + \mathbb{1}[i = j]\,\bigl(f(u + v) - f(u)\bigr)", "elementary",
)  # fmt: skip
LABEL_CASES = Law(
    "a label in an argument", r"f\Bigl(\sum_j Y_{ij} u_j\Bigr) = \sum_j Y_{ij} f(u_j)", "a row of labels has its 1 in one place"
)
EXP_LOG = Law("exp of a logarithm", r"\exp(c \log u) = u^{c}", "elementary")
RANK_ONE = Law(
    "determinant of a change of rank one",
    r"\det(I + a b^{\top}) = 1 + b^{\top} a", "matrix determinant lemma; Matrix Cookbook (24)",
)  # fmt: skip
CLEARED_DENOMINATOR = Law(
    "both sides times a denominator", r"u\,l = u\,r \;\Rightarrow\; l = r \quad (u \neq 0)", "elementary"
)
CLEARED_INVERSE = Law(
    "both sides times a matrix", r"M l = M r \;\Rightarrow\; l = r \quad (M \text{ invertible})", "elementary"
)
PRODUCT_AS_SUM = Law("a product as a sum of logarithms", r"\prod_i u_i = \exp \sum_i \log u_i", "elementary")
