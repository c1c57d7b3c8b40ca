"""Ways of writing that are usual where a name is a function of another, each with a false twin."""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.verdicts import Refuted

ATTENTION = (
    r"\mathbf{K} \in \mathbb{R}^{m \times d}", r"\mathbf{V} \in \mathbb{R}^{m \times h}",
    r"\mathbf{Q} \in \mathbb{R}^{n \times d}", r"\ell : \mathbb{R}^{n \times h} \to \mathbb{R}",
    r"\mathbf{P} = \mathrm{softmax}(\mathbf{Q}\mathbf{K}^\top)",
    r"\mathbf{O} = \mathbf{P}\mathbf{V}", r"L = \ell(\mathbf{O})", r"\mathbf{dO} = \frac{\partial L}{\partial\mathbf{O}}",
)  # fmt: skip
LAYERS = (
    r"a^{[0]} \in \mathbb{R}^{p}", r"W^{[1]} \in \mathbb{R}^{q \times p}", r"b^{[1]} \in \mathbb{R}^{q}",
    r"W^{[2]} \in \mathbb{R}^{r \times q}", r"g : \mathbb{R} \to \mathbb{R}", r"z^{[1]} = W^{[1]}a^{[0]} + b^{[1]}",
    r"a^{[1]} = g(z^{[1]})", r"z^{[2]} = W^{[2]}a^{[1]}", r"\ell : \mathbb{R}^{r} \to \mathbb{R}", r"J = \ell(z^{[2]})",
)  # fmt: skip
SQUARES = (r"w \in \mathbb{R}^{d}", r"X \in \mathbb{R}^{n \times d}", r"y \in \mathbb{R}^{n}", r"J = \frac12\|Xw - y\|^2")
NORMAL = (r"x \in \mathbb{R}", r"\mu \in \mathbb{R}", r"\sigma \in \mathbb{R}_{>0}",
          r"p = \frac{1}{\sqrt{2\pi\sigma^2}} e^{-\frac{(x-\mu)^2}{2\sigma^2}}")
NAMED_SQUARE = (*NORMAL[:2], r"\sigma^2 \in \mathbb{R}_{>0}", NORMAL[3])
FACTORS = (r"X \in \mathbb{R}^{n \times d}", r"U \in \mathbb{R}^{n \times k}", r"V \in \mathbb{R}^{d \times k}",
           r"J = \|X - UV^T\|_F^2")
FORM = (r"x \in \mathbb{R}^{n}", r"d \in \mathbb{R}^{n}", r"A \in \mathbb{R}^{n \times n}", "f(x) = x^T A x")
SCORES = (  # L_i for every sample, L for all of them
    r"S \in \mathbb{R}^{N \times K}", r"y \in \{1,\dots,K\}^N", r"P = \mathrm{softmax}(S)",
    r"L_i = -\log P_{i,y_i}", r"L = \frac1N \sum_i L_i",
)  # fmt: skip
RELU = r"\frac{\partial \operatorname{ReLU}(x)_i}{\partial x_j} = \begin{cases} "
LATE = (r"y \in \mathbb{R}^{n}", r"\hat y \in \mathbb{R}^{n}", r"E = \frac12 \sum_k (\hat y_k - y_k)^2",
        r"\hat y_k = \sigma(z_k)", r"z \in \mathbb{R}^{n}")
NIELSEN = (
    r"z^l \in \mathbb{R}^{n}", r"W^{l+1} \in \mathbb{R}^{m \times n}", r"\ell : \mathbb{R}^{m} \to \mathbb{R}",
    r"a^l = \sigma(z^l)", r"z^{l+1} = W^{l+1}a^l", r"C = \ell(z^{l+1})", r"\delta^{l+1} = \frac{\partial C}{\partial z^{l+1}}",
)  # fmt: skip
NUMBERED = (r"x \in \mathbb{R}^{n}", r"W^1 \in \mathbb{R}^{m \times n}", r"W^2 \in \mathbb{R}^{k \times m}",
            r"t \in \mathbb{R}^{k}", r"a^1 = \tanh(W^1 x)", r"L = \frac12\|W^2 a^1 - t\|^2")
FILTER = (r"P^- \in \mathbb{S}^{n}", r"R \in \mathbb{S}^{m}", r"K \in \mathbb{R}^{n \times m}", r"H \in \mathbb{R}^{m \times n}",
          r"P^+ = (I-KH)P^-(I-KH)^T + KRK^T")
BATCH = (r"x \in \mathbb{R}^m", r"\gamma \in \mathbb{R}", r"\epsilon \in \mathbb{R}_{>0}", r"\ell : \mathbb{R}^m \to \mathbb{R}",
         r"\mu_B = \frac1m\sum_{i=1}^m x_i", r"\sigma_B^2 = \frac1m\sum_{i=1}^m (x_i-\mu_B)^2",
         r"\hat x_i = \frac{x_i-\mu_B}{\sqrt{\sigma_B^2+\epsilon}}", r"L = \ell(\gamma\hat x)")
BY_VARIANCE = (r"\frac{\partial L}{\partial\sigma_B^2} = -%s\sum_i\frac{\partial L}{\partial\hat x_i}"
               r"(x_i-\mu_B)(\sigma_B^2+\epsilon)^{-3/2}")
LOGIT = (r"X \in \mathbb{R}^{n \times d}", r"w \in \mathbb{R}^d", r"y \in \mathbb{R}^n", r"p = \sigma(Xw)",
         r"E(w) = -\sum_i (y_i\log p_i+(1-y_i)\log(1-p_i))")
PAIRS = (  # what is taken for granted, a true line, a false one
    (ATTENTION, r"\mathbf{dV} = \mathbf{P}^\top \mathbf{dO}", r"\mathbf{dV} = 2\mathbf{P}^\top \mathbf{dO}"),
    (LAYERS, r"dz^{[1]} = W^{[2]T} dz^{[2]} * g'(z^{[1]})", r"dz^{[1]} = W^{[2]T} dz^{[2]} * g(z^{[1]})"),
    (SQUARES, r"\nabla J(w) = X^T(Xw - y)", r"\nabla J(w) = X^T(Xw + y)"),
    (SQUARES, r"J(w) = \frac12 (Xw - y)^T(Xw - y)", r"J(w) = (Xw - y)^T(Xw - y)"),
    (SQUARES[:3], r"J(w, y) = \|Xw - y\|^2, \quad \nabla_w J(w, y) = 2X^T(Xw - y)",
     r"J(w, y) = \|Xw - y\|^2, \quad \nabla_w J(w, y) = 2X(Xw - y)^T"),
    ((r"f(x) = x^3",), r"\frac{df}{dx}(x) = 3x^2", r"\frac{df}{dx}(x) = 3x^3"),
    (NORMAL, r"\frac{\partial \log p}{\partial \sigma^2} = \frac{(x-\mu)^2}{2\sigma^4} - \frac{1}{2\sigma^2}",
     r"\frac{\partial \log p}{\partial \sigma^2} = \frac{(x-\mu)^2}{2\sigma^4} - \frac{1}{\sigma^2}"),
    (NAMED_SQUARE, r"\frac{\partial \log p}{\partial \sigma^2} = \frac{(x-\mu)^2}{2\sigma^4} - \frac{1}{2\sigma^2}",
     r"\frac{\partial \log p}{\partial \sigma^2} = \frac{(x-\mu)^2}{2\sigma^4} - \frac{1}{\sigma^2}"),
    (FORM, r"\nabla f(x)^T d = x^T(A + A^T)d", r"\nabla f(x)^T d = 2x^T A d"),
    (FORM, r"\nabla_x f(x)\nabla_x f^T = (A + A^T)xx^T(A + A^T)", r"\nabla_x f(x)\nabla_x f^T = 4 A xx^T A"),
    (FORM, r"d^T\nabla^2 f(x) d = 2 d^T A d", r"d^T\nabla^2 f(x) d = d^T A d"),
    (FORM, r"\nabla_x x^T d = d, \quad \nabla_x f(x) d^T x = (A + A^T) x d^T x + f(x) d",
     r"\nabla_x f(x) d^T x = (A + A^T) x d^T x"),
    ((r"\theta \in \mathbb{R}^{n}", r"p : \mathbb{R}^{n} \to \mathbb{R}_{>0}"),
     r"\nabla_\theta p(\theta) = p(\theta)\nabla_\theta \log p(\theta)",
     r"\nabla_\theta p(\theta) = \nabla_\theta \log p(\theta)"),
    (SCORES, r"\frac{\partial L}{\partial S_{ij}} = \frac1N(P_{ij} - \mathbb{1}[j = y_i])",
     r"\frac{\partial L}{\partial S_{ij}} = P_{ij} - \mathbb{1}[j = y_i]"),
    (SCORES, r"\frac{\partial L_i}{\partial S_{ij}} = P_{ij} - \mathbb{1}[j = y_i]", "L_i = L"),
    ((r"x \in \mathbb{R}^{n}",), RELU + r"1 & \text{if } i = j \text{ and } x_i > 0 \\ 0 & \text{otherwise} \end{cases}",
     RELU + r"1 & \text{if } i = j \text{ and } x_i < 0 \\ 0 & \text{otherwise} \end{cases}"),
    ((r"x \in \mathbb{R}^{n}",), RELU + r"1 & i = j,\ x_j > 0 \\ 0 & \text{otherwise} \end{cases}",
     RELU + r"1 & i = j \\ 0 & \text{otherwise} \end{cases}"),
    (FORM, r"x^T A d = d^T A x \quad (A = A^T)", r"x^T A d = d^T A x \quad (A = -A^T)"),
    (FORM, r"\sum_i x_i (d_i + 1) = 1 + x^T d \quad (\mathbf{1}^T x = 1)",
     r"\sum_i x_i (d_i + 1) = 1 + x^T d \quad (\mathbf{1}^T d = 1)"),
    (FACTORS, r"\nabla_V J = -2(X - UV^T)^T U", r"\nabla_V J = -2U^T(X - UV^T)"),
    (LATE, r"\frac{\partial E}{\partial z_k} = (\hat y_k - y_k)\hat y_k(1 - \hat y_k)",
     r"\frac{\partial E}{\partial z_k} = (\hat y_k - y_k)\hat y_k"),
    ((r"x_i \in \mathbb{R}^{d}", r"\mu = \frac1n \sum_{i=1}^n x_i"),
     r"\frac1n \sum_{i=1}^n (x_i - \mu)(x_i - \mu)^T = \frac1n \sum_{i=1}^n x_i x_i^T - \mu\mu^T",
     r"\frac1n \sum_{i=1}^n (x_i - \mu)(x_i - \mu)^T = \frac1n \sum_{i=1}^n x_i x_i^T + \mu\mu^T"),
    (NIELSEN, r"\frac{\partial C}{\partial z^l} = ((W^{l+1})^T\delta^{l+1})\odot\sigma'(z^l)",
     r"\frac{\partial C}{\partial z^l} = (W^{l+1}\delta^{l+1})\odot\sigma'(z^l)"),
    (NIELSEN, r"\frac{\partial C}{\partial W^{l+1}_{jk}} = a^l_k\delta^{l+1}_j",
     r"\frac{\partial C}{\partial W^{l+1}_{jk}} = z^l_k\delta^{l+1}_j"),
    (NUMBERED, r"\frac{\partial L}{\partial W^1} = ((W^2)^T(W^2 a^1 - t) \odot (1 - (a^1)^2))x^T",
     r"\frac{\partial L}{\partial W^1} = ((W^2)^T(W^2 a^1 - t) \odot (1 - a^1))x^T"),
    (FILTER, r"P^+ = P^- - KHP^- - P^-H^TK^T + K(HP^-H^T+R)K^T", r"P^+ = P^- - KHP^- + P^-H^TK^T + K(HP^-H^T+R)K^T"),
    (BATCH, BY_VARIANCE % r"\frac12", BY_VARIANCE % ""),
    (BATCH, r"\sigma_B^2 = \frac1m\sum_i x_i^2 - \mu_B^2", r"\sigma_B^2 = \frac1m\sum_i x_i^2 + \mu_B^2"),
    (LOGIT, r"\nabla\nabla E(w) = X^T\operatorname{diag}(p_i(1-p_i))X", r"\nabla\nabla E(w) = X^T\operatorname{diag}(p_i)X"),
    (FACTORS, r"J = \|X\|_F^2 - 2\langle X, UV^T\rangle_F + \|UV^T\|_F^2",
     r"J = \|X\|_F^2 - \langle X, UV^T\rangle_F + \|UV^T\|_F^2"),
    ((r"x \in \mathbb{R}", r"y \in \mathbb{R}", "f(x, y) = x^2y + y^3"),
     r"\partial_x\partial_y f = 2x, \quad \partial_x^2 f = 2y",
     r"\partial_x\partial_y f = 2y"),
    ((r"A \succ 0", r"A \in \mathbb{S}^{n}", r"x \in \mathbb{R}^{n}"), r"\nabla_x (x^T A x) = 2Ax", r"\nabla_x (x^T A x) = Ax"),
)  # fmt: skip


def last_word(given: tuple[str, ...], line: str) -> str:
    sentences = "".join("  - '" + sentence.replace("'", "''") + "'\n" for sentence in given)
    report = verify(text=f"---\ngiven:\n{sentences}---\n\n$$\n{line}\n$$\n")
    assert not report.problems
    return report.claims[-1].word


@pytest.mark.parametrize(("given", "line"), [(given, true) for given, true, _ in PAIRS])
def test_a_true_line_is_proved(given: tuple[str, ...], line: str) -> None:
    assert last_word(given, line) == "proved"


@pytest.mark.parametrize(("given", "line"), [(given, false) for given, _, false in PAIRS])
def test_its_false_twin_is_refuted(given: tuple[str, ...], line: str) -> None:
    assert last_word(given, line) == "refuted"


@pytest.mark.parametrize(("given", "line", "word"), [
    ((r"x \in \mathbb{R}", "f = x^1 + x^2"), "\\frac{df}{dx} = 1 + 2x", "proved"),  # nothing defines an x^1
    ((r"A \in \mathbb{R}^{n \times n}", "B = A^2"), "A^2 = A A", "proved"),
    ((r"A \in \mathbb{R}^{m \times n}",), "A A^+ A = A", "unreadable"),
    ((r"A \in \mathbb{R}^{m \times n}", r"\det(A^TA) \neq 0", "A^+ = (A^TA)^{-1}A^T"), "A A^+ A = A", "proved"),
    ((r"A \in \mathbb{R}^{m \times n}", r"\det(A^TA) \neq 0", "A^+ = (A^TA)^{-1}A^T"), "A^+ A = A A^+", "refuted"),
])
def test_superscripts_that_are_powers_stay_powers(given: tuple[str, ...], line: str, word: str) -> None:
    assert last_word(given, line) == word


def test_layers_without_brackets_are_repaired() -> None:
    """A repair is read in the document's writing."""
    given = "".join(f"  - '{sentence}'\n" for sentence in NIELSEN)
    false = r"\frac{\partial C}{\partial W^{l+1}} = a^l(\delta^{l+1})^T"
    (claim,) = verify(text=f"---\ngiven:\n{given}---\n$$\n{false}\n$$\n").refuted
    assert isinstance(claim.verdict, Refuted)
    assert claim.verdict.repair is not None
    assert last_word(NIELSEN, claim.verdict.repair.latex) == "proved"


@pytest.mark.parametrize("line", ["J(2) = 4", r"\frac{dJ}{dw}(2) = 4"])
def test_a_value_at_a_point_is_no_product(line: str) -> None:
    """J(2) = 4 is true of J = w²; read as a product it would be false."""
    assert last_word((r"w \in \mathbb{R}", "J = w^2"), line) == "unreadable"


ABSOLUTE = r"\frac{d|x|}{dx} = \begin{cases} 1 & x > 0 \\ %s & x = 0 \\ -1 & x < 0 \end{cases}"


@pytest.mark.parametrize("value", ["0", "1", r"-\frac12"])
def test_a_value_between_the_one_sided_derivatives_is_a_convention(value: str) -> None:
    (claim,) = verify(text=f"Let $x \\in \\mathbb{{R}}$.\n\n$${ABSOLUTE % value}$$\n").claims
    assert claim.word == "proved"
    assert any("at `x = 0` the value" in told for told in claim.verdict.conventions)  # type: ignore[union-attr]


@pytest.mark.parametrize("value", ["2", r"-\frac32"])
def test_another_value_at_a_kink_is_told(value: str) -> None:
    (claim,) = verify(text=f"Let $x \\in \\mathbb{{R}}$.\n\n$${ABSOLUTE % value}$$\n").claims
    assert claim.verdict.problem.code == "kink"  # type: ignore[union-attr]


def test_the_other_cases_are_judged_all_the_same() -> None:
    line = (ABSOLUTE % "0").replace("-1 &", "0 &")
    (claim,) = verify(text=f"Let $x \\in \\mathbb{{R}}$.\n\n$${line}$$\n").claims
    assert claim.word == "refuted"
