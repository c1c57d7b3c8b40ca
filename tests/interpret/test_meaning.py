"""What lines are taken to mean: definitions, shapes, labels, indices, differentials, layouts.

Verdicts stand in for meanings where a line is true in one reading only.
"""

from __future__ import annotations

import pytest

from derivations.pipeline import verify
from derivations.report.outline import DocumentReport, message
from derivations.verdicts import Definition, Proved, Unreadable

MATRICES = [r"A \in \mathbb{R}^{n \times n}", r"B \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^n", r"y \in \mathbb{R}^n"]


def read(given: list[str], *displays: str) -> DocumentReport:
    text = "\n\n".join(f"$$\n{display}\n$$" for display in displays)
    return verify(text=text, given=given, repairs=False).documents[0]


def last(given: list[str], *displays: str) -> str:
    return read(given, *displays).displays[-1].word


def conventions(document: DocumentReport) -> str:
    verdict = document.displays[-1].claims[-1].verdict
    assert isinstance(verdict, (Proved, Definition))
    return " | ".join(verdict.conventions)


# ------------------------------------------------------------- definitions


def test_a_new_left_side_is_a_definition() -> None:
    document = read(MATRICES, "C = AB", "C x = A B x")
    assert [d.word for d in document.displays] == ["definition", "proved"]


def test_a_defined_left_side_is_a_claim() -> None:
    assert last(MATRICES, "C = AB", "C = BA") == "refuted"


def test_a_chain_defines_its_first_member_only() -> None:
    document = read(MATRICES, "C = AB = BA")
    assert [c.word for c in document.displays[0].claims] == ["definition", "refuted"]


def test_a_product_of_known_letters_is_no_new_word() -> None:
    assert last([*MATRICES, r"C \in \mathbb{R}^{n \times n}"], "ABC = CBA") == "refuted"


def test_entries_may_define_a_declared_array() -> None:
    assert last([*MATRICES, r"z \in \mathbb{R}^n"], r"z_i = \sum_k A_{ik} x_k", "z = Ax") == "proved"


def test_a_definition_of_itself_is_refused() -> None:
    assert last(MATRICES, "C = C + A") == "unreadable"


def test_defining_anew_uses_the_latest() -> None:
    assert last(MATRICES, "C = A", "C := B", "C x = B x") == "proved"


@pytest.mark.parametrize("name", ["h_{t+1}", r"\hat h", r"\mathbf{h}", "h'", "h^{(l+1)}", "h_{new}", "score"])
def test_names_of_every_kind_can_be_defined(name: str) -> None:
    assert last(MATRICES, f"{name} = A x", f"{name} = A x + x - x") == "proved"


def test_a_function_of_a_vector() -> None:
    assert last([*MATRICES, "f(x) = x^T A x"], r"\nabla f(x) = (A + A^T) x") == "proved"
    assert last([*MATRICES, "f(x) = x^T A x"], r"\nabla f(x) = 2 A x") == "refuted"


def test_an_own_sigma_loses_its_builtin_meaning() -> None:
    """σ as a name for something else; the logistic function would make the line false."""
    assert last([*MATRICES, r"\sigma(t) = t^2"], r"\sigma(x_i) = x_i^2") == "proved"
    assert last(MATRICES, r"\sigma(x_i) = x_i^2") == "refuted"


# ------------------------------------------------------- shapes and products


def test_an_undeclared_symbol_is_located() -> None:
    document = read(MATRICES, "A x = Q x")
    (claim,) = document.displays[0].claims
    assert isinstance(claim.verdict, Unreadable)
    assert claim.verdict.problem.code == "undeclared"
    assert claim.verdict.problem.span is not None
    assert document.source.slice(claim.verdict.problem.span) == "Q"


def test_a_product_that_cannot_conform_is_refuted_by_its_shapes() -> None:
    given = [r"A \in \mathbb{R}^{n \times m}", r"B \in \mathbb{R}^{n \times m}"]
    document = read(given, "A B = A")
    assert document.displays[0].word == "refuted"
    assert "n×m" in message(document.displays[0].claims[0].verdict)


def test_the_sign_keeps_one_reading_through_the_document() -> None:
    """As the entrywise product the first line holds, so the second is read that way too."""
    document = read(MATRICES, "A * B = B * A", r"(A * B)_{ij} = A_{ij} B_{ij}")
    assert [d.word for d in document.displays] == ["proved", "proved"]
    assert "entrywise" in conventions(document)


def test_a_sign_with_one_true_line_in_each_reading_stays_the_matrix_product() -> None:
    document = read(MATRICES, r"(A * B)_{ij} = \sum_k A_{ik} B_{kj}", r"(A * B)_{ij} = A_{ij} B_{ij}")
    assert [d.word for d in document.displays] == ["proved", "refuted"]


def test_the_dot_of_two_columns_is_their_inner_product() -> None:
    assert last(MATRICES, r"x \cdot y = \sum_i x_i y_i") == "proved"


def test_a_vector_is_added_to_rows_or_columns() -> None:
    given = [r"X \in \mathbb{R}^{N \times D}", r"b \in \mathbb{R}^D", r"c \in \mathbb{R}^N"]
    document = read(given, "(X + b)_{ij} = X_{ij} + b_j", "(X + c)_{ij} = X_{ij} + c_i")
    assert [d.word for d in document.displays] == ["proved", "proved"]
    assert "every column" in conventions(document)


def test_zero_stands_for_an_array_of_zeros_and_one_does_not() -> None:
    assert last(MATRICES, "A - A = 0") == "proved"
    assert last([*MATRICES, r"E \in \mathbb{R}^{n \times n}"], "E = 1") != "proved"


def test_bars_are_a_determinant_or_an_absolute_value() -> None:
    assert last([*MATRICES, r"t \in \mathbb{R}"], "|AB| = |A||B|") == "proved"
    assert last([*MATRICES, r"t \in \mathbb{R}"], "|t|^2 = t^2") == "proved"


def test_a_letter_may_be_a_size_and_a_matrix() -> None:
    given = [r"K \in \mathbb{R}^{m \times d}", r"k \in \{1,\dots,K\}^m", r"\operatorname{tr}(K^TK) = 1"]
    assert last([*given, r"p \in \mathbb{R}^K"], r"\sum_{j=1}^K p_j = \mathbf 1^T p") == "proved"


# ------------------------------------------------------------------ indices


def test_binders_bind() -> None:
    """The inner Σ_i hides the outer i."""
    assert last(MATRICES, r"\sum_i x_i \sum_i y_i = \sum_i \sum_j x_i y_j") == "proved"
    assert last(MATRICES, r"\sum_i x_i \sum_i y_i = n \sum_i x_i y_i") == "refuted"


def test_a_label_under_a_row_is_that_rows_label() -> None:
    given = [r"X \in \mathbb{R}^{N \times C}", r"k \in \{1,\dots,C\}^N"]
    document = read(given, r"\sum_i X_{ik} = \sum_{i} X_{i,k_i}")
    assert document.displays[0].word == "proved"
    assert "k is read as k_i, the label of row i" in document.readings


def test_a_label_without_a_row_in_sight_is_refused() -> None:
    given = [r"X \in \mathbb{R}^{N \times C}", r"k \in \{1,\dots,C\}^N", r"v \in \mathbb{R}^C"]
    assert last(given, "v_k = v_k") == "unreadable"


def test_an_index_with_two_ranges_is_refused() -> None:
    given = [r"X \in \mathbb{R}^{N \times C}"]
    assert last(given, r"\sum_i X_{ii} = 1") == "unreadable"


def test_a_family_is_indexed_by_the_letter_of_its_sum() -> None:
    given = [r"u_k \in \mathbb{R}^d", r"v \in \mathbb{R}^d", r"f = \sum_{k=1}^K u_k^T v"]
    assert last(given, r"\frac{\partial f}{\partial v} = \sum_{k=1}^K u_k") == "proved"
    assert last(given, r"\frac{\partial f}{\partial u_k} = v") == "proved"
    assert last(given, r"\frac{\partial f}{\partial u_k} = u_k") == "refuted"


def test_side_conditions_restrict() -> None:
    """Off the diagonal the identity is zero; without the condition the line is false."""
    given = [r"x \in \mathbb{R}^n"]
    assert last(given, r"\frac{\partial x_i}{\partial x_j} = 0 \quad (i \neq j)") == "proved"
    assert last(given, r"\frac{\partial x_i}{\partial x_j} = 0") == "refuted"
    assert last(given, r"\frac{\partial x_i}{\partial x_j} = 1 \quad i = j") == "proved"


def test_an_indexed_left_side_stands_for_the_whole() -> None:
    document = read(MATRICES, r"\frac{\partial (Ax)_i}{\partial x_j} = A")
    assert document.displays[0].word == "proved"
    assert "whole array" in conventions(document)


# ------------------------------------------------- differentials and layouts

LAYER = [r"X \in \mathbb{R}^{N \times D}", r"W \in \mathbb{R}^{D \times C}", r"\ell : \mathbb{R}^{N \times C} \to \mathbb{R}",
         "Z = XW", r"L = \ell(Z)"]  # fmt: skip


def test_a_lone_d_names_the_gradient() -> None:
    document = read(LAYER, r"dW = X^T \frac{\partial L}{\partial Z}")
    assert document.displays[0].word == "proved"
    assert "dW names the gradient of L by W" in conventions(document)


def test_differentials_on_both_sides_are_differentials() -> None:
    assert last(LAYER, "dZ = dX\\, W + X\\, dW") == "proved"
    assert last(LAYER, "dZ = dX\\, W - X\\, dW") == "refuted"


def test_gradient_names_on_both_sides_hold_where_differentials_cannot() -> None:
    document = read(LAYER, r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Z} W^T", "dW = X^T dZ")
    assert document.displays[0].word == "proved"
    assert "names the gradient" in conventions(document)


def test_a_document_may_use_d_in_both_senses() -> None:
    gradient = r"\frac{\partial L}{\partial X} = \frac{\partial L}{\partial Z} W^T"
    document = read(LAYER, gradient, "dZ = dX\\, W + X\\, dW", "dW = X^T dZ")
    assert [d.word for d in document.displays] == ["proved", "proved", "proved"]


def test_constants_do_not_vary() -> None:
    """A has no d of its own anywhere: the rule for d(Ax) with A constant is meant."""
    assert last(MATRICES, "d(Ax) = A\\, dx") == "proved"
    assert last(MATRICES, "d(Ax) = A^T dx") == "refuted"


def test_jacobians_may_stand_either_way_but_one_way() -> None:
    given = [r"A \in \mathbb{R}^{m \times n}", r"B \in \mathbb{R}^{n \times m}", r"x \in \mathbb{R}^n", r"y \in \mathbb{R}^m"]
    assert last(given, r"\frac{\partial Ax}{\partial x} = A^T") == "proved"
    document = read(given, r"\frac{\partial Ax}{\partial x} = A", r"\frac{\partial By}{\partial y} = B^T")
    assert [d.word for d in document.displays] == ["proved", "refuted"]


def test_a_square_variable_shows_no_layout() -> None:
    given = [r"X \in \mathbb{R}^{n \times n}", r"A \in \mathbb{R}^{n \times n}"]
    assert last(given, r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A^T") == "proved"
    assert last(given, r"\frac{\partial \operatorname{tr}(AX)}{\partial X} = A") == "refuted"


def test_transposed_gradients_are_told_where_shapes_show_them() -> None:
    given = [r"a \in \mathbb{R}^n", r"x \in \mathbb{R}^n"]
    document = read(given, r"\frac{\partial a^T x}{\partial x} = a^T")
    assert document.displays[0].word == "proved"
    assert "numerator layout" in conventions(document)


def test_a_symmetric_variable_has_a_symmetric_gradient() -> None:
    given = [r"S \in \mathbb{S}^n", r"A \in \mathbb{R}^{n \times n}"]
    assert last(given, r"\frac{\partial \operatorname{tr}(SA)}{\partial S} = \frac12 (A + A^T)") == "proved"
    document = read(given, r"\frac{\partial \operatorname{tr}(SA)}{\partial S} = A + A^T - A \circ I")
    assert document.displays[0].word == "proved"
    assert "independent entries" in conventions(document)
    assert last(given, r"\frac{\partial \operatorname{tr}(SA)}{\partial S} = 2A") == "refuted"


# -------------------------------------------------------- readings not ours


def test_the_matrix_exponential_may_be_meant() -> None:
    """False entry by entry, true as the matrix function: neither proved nor refuted."""
    assert last(MATRICES, "e^{A} e^{-A} = I") == "unknown"


def test_relations_that_are_no_equations_are_refused_by_name() -> None:
    document = read(MATRICES, r"x^T x \approx 1")
    (claim,) = document.displays[0].claims
    assert isinstance(claim.verdict, Unreadable)
    assert "\\approx" in claim.verdict.problem.message


def test_conditions_that_no_point_satisfies_prove_nothing() -> None:
    given = [r"X \in \mathbb{R}^{2 \times 5}"]
    assert last(given, r"(X^TX)^{-1} X^TX = I") == "unknown"
    assert last([r"t \in \mathbb{R}", "t > 0", "-t > 0"], "t = 2t") == "unknown"


def test_a_supposition_in_running_text_defines_nothing() -> None:
    """``$A = B^T$`` between two declared matrices is no definition of A; a formula is one, and told."""
    text = "Compare $A = B^T$, which is another matter.\n\n$$A + A^T = B + B^T$$\n"
    assert verify(text=text, given=MATRICES).documents[0].displays[-1].word == "refuted"
    document = verify(text="Here $A = B^T B$.\n\n$$A = A^T$$\n", given=MATRICES).documents[0]
    assert document.displays[-1].word == "proved"
    assert any("running text" in reading for reading in document.readings)


def test_two_declared_arrays_are_not_made_equal_by_a_display() -> None:
    assert [d.word for d in read(MATRICES, "A = B", "AB = BA").displays] == ["refuted", "refuted"]


def test_what_was_declared_of_a_name_outlives_its_definition() -> None:
    """x > 0 stays true of x = y z, S stays symmetric."""
    given = [r"x \in \mathbb{R}_{>0}", r"y \in \mathbb{R}", r"z \in \mathbb{R}"]
    assert last(given, "x = y z", r"\sqrt{(yz)^2} = yz") != "refuted"
    assert last(given[1:], "x = y z", r"\sqrt{(yz)^2} = yz") == "refuted"


def test_unit_vectors_take_their_sizes_from_where_they_stand() -> None:
    given = [r"X \in \mathbb{R}^{m \times n}", r"L \in \mathbb{R}^{m \times m}"]
    line = r"X^T L e_i e_j^T + e_j e_i^T L X = \frac{\partial (X^T L X)}{\partial X_{ij}}"
    assert last([*given, "L = L^T"], line) == "proved"


def test_a_chain_keeps_the_ranges_of_its_letters() -> None:
    given = [r"X \in \mathbb{R}^{n \times m}", r"A \in \mathbb{R}^{m \times p}"]
    line = r"\frac{\partial (XA)_{ij}}{\partial X_{kl}} = \delta_{ik} A_{lj} = (e_k e_l^T A)_{ij}"
    assert last(given, line) == "proved"


def test_the_parameter_of_a_function_is_any_number() -> None:
    assert last([r"g(s) = s^2"], "g'(s) = 2s") == "proved"
    assert last([r"g(s) = s^2"], "g'(s) = s") == "refuted"
    assert last([r"g(s) = s^2", r"S \in \mathbb{R}^{n \times n}"], r"\operatorname{tr} S = \sum_i s_{ii}") == "proved"


def test_running_text_defines_by_formulas() -> None:
    """A sum is a formula; ``$i = 1$`` and ``$m = k$`` are not definitions."""
    text = r"With $\hat y = A x + y$, $L = \|\hat y\|^2$ and $i = 1$: $$\frac{\partial L}{\partial \hat y_i} = 2 \hat y_i$$"
    document = verify(text=text, given=MATRICES, repairs=False).documents[0]
    assert document.displays[-1].word == "proved"


def test_a_numbered_name_beside_a_vector() -> None:
    """``h_1 = A h`` names a vector; ``x_1`` of a vector x stays its first entry."""
    given = [*MATRICES, r"h \in \mathbb{R}^n", "h_1 = A h", "h_2 = A h_1"]
    assert last(given, "h_2 = A^2 h") == "proved"
    assert last(given, "h_2 = A h") == "refuted"
    assert last([r"x \in \mathbb{R}^2"], r"\sum_i x_i = x_1 + x_2") == "proved"


# ------------------------------------- definitions anew, and after their use

SQUARE = [r"A \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^n", r"\eta \in \mathbb{R}"]


def test_the_latest_definition_counts_and_is_warned_of() -> None:
    lines = ("y := Ax", "y^Ty = x^TA^TAx", r"y \triangleq A^Tx", "y^Ty = x^TAA^Tx", "y^Ty = x^TA^TAx")
    document = read(SQUARE, *lines)
    assert [d.word for d in document.displays] == ["definition", "proved", "definition", "proved", "refuted"]
    (warning,) = document.problems
    assert warning.problem.code == "redefined"
    assert document.source.where(warning.problem.span.start) == "<text>:10:1"  # type: ignore[union-attr]


def test_an_equation_does_not_define_anew() -> None:
    document = read(SQUARE, "y = Ax", "y = A^Tx")
    assert [d.word for d in document.displays] == ["definition", "refuted"]
    assert not document.problems


def test_a_function_is_defined_anew() -> None:
    document = read(SQUARE, "f(x) := x^Tx", "f(x) := 2x^Tx", r"\nabla f(x) = 4x")
    assert [d.word for d in document.displays] == ["definition", "definition", "proved"]
    assert [w.problem.code for w in document.problems] == ["redefined"]


def test_an_update_is_no_definition() -> None:
    document = read(SQUARE, r"x := x - \eta Ax", r"\nabla_x x^Tx = 2x")
    assert [d.word for d in document.displays] == ["definition", "proved"]
    assert not document.problems


def afterwards(*parts: str) -> list[str]:
    shapes = r"Let $X \in \mathbb{R}^{n\times d}$, $w \in \mathbb{R}^d$, $y\in\mathbb{R}^n$."
    document = verify(text="\n\n".join([shapes, *parts]), repairs=False).documents[0]
    return [claim.word for claim in document.claims]


def test_where_behind_a_display_counts_for_it() -> None:
    gradient = r"$$\nabla_w L = X^Te$$"
    assert afterwards(r"$$L = \tfrac12 \|e\|^2$$", "where $e = Xw - y$.", gradient) == ["definition", "proved"]
    assert afterwards(r"$$L = \tfrac12 \|e\|^2$$", "where $e = 2Xw - y$.", gradient) == ["definition", "refuted"]


def test_a_display_behind_counts_too() -> None:
    lines = (r"$$L = \|u\|^2$$", "with", r"$$u = Xv, \qquad v = 2w$$", r"$$\nabla_w L = 8X^TXw$$")
    assert afterwards(*lines) == ["definition"] * 3 + ["proved"]
    assert afterwards(*lines[:-1], lines[-1].replace("8", "4")) == ["definition"] * 3 + ["refuted"]


def test_a_known_name_keeps_its_meaning() -> None:
    assert afterwards("$$e = Xw$$", "$$e^Te = w^TX^TXw$$", "where $e = Xw - y$.") == ["definition", "proved"]


def test_another_section_is_too_far() -> None:
    lines = (r"$$L = \operatorname{tr}(e e^T)$$", "# Later", "$$e = Xw$$", r"$$L = w^TX^TXw$$")
    assert afterwards(*lines)[0] != "proved"
    near = (lines[0], *lines[2:])
    assert afterwards(*near) == ["definition", "definition", "proved"]


def test_a_broken_member_costs_both_its_relations_and_no_other() -> None:
    document = read(SQUARE, r"x^TAx = \nosuch = x^TA^Tx = x^TAx")
    assert [c.word for c in document.displays[0].claims] == ["unreadable", "unreadable", "proved"]


# -------------------------------------------------- parts of an axis, and dots

SUMS = [r"x \in \mathbb{R}^n", r"y \in \mathbb{R}^n", r"A \in \mathbb{R}^{n \times n}", r"S \in \mathbb{S}^n"]


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"x^Ty = x_1 y_1 + \dots + x_n y_n", r"x^Ty = x_1 y_1 + \dots + x_n y_n + x_1"),
        (r"x^Ty = x_1 y_1 + x_2 y_2 + \cdots + x_n y_n", r"x^Tx = x_1 y_1 + x_2 y_2 + \cdots + x_n y_n"),
        (r"\nabla_x (x_1^2 + \cdots + x_n^2) = 2x", r"\nabla_x (x_1^2 + \cdots + x_n^2) = x"),
        (r"\log (e^{x_1} e^{x_2} \cdots e^{x_n}) = \sum_i x_i", r"\log (e^{x_1} e^{x_2} \cdots e^{x_n}) = 2 \sum_i x_i"),
        (r"-x_1 - \dots - x_n = -\sum_i x_i", r"-x_1 - \dots - x_n = \sum_i x_i"),
        (r"\sum_{i=2}^n x_i = \sum_{i=1}^n x_i - x_1", r"\sum_{i=2}^n x_i = \sum_{i=1}^n x_i - x_2"),
        (r"\sum_{\substack{i=1 \\ i \neq k}}^n x_i = \sum_i x_i - x_k", r"\sum_{\substack{i=1 \\ i \neq k}}^n x_i = \sum_i x_i"),
        (r"\sum_{i=0}^{n-1} x_i = \sum_i x_i", r"\sum_{i=0}^{n-1} x_i = \sum_i 2x_i"),
    ],
)  # fmt: skip
def test_parts_of_an_axis_and_dots(true: str, false: str) -> None:
    assert last(SUMS, true) == "proved"
    assert last(SUMS, false) == "refuted"


@pytest.mark.parametrize(
    ("true", "false"),
    [
        (r"\sum_{i<j} A_{ij} = \sum_{j<i} A_{ji}", r"\sum_{i<j} A_{ij} = \sum_{j<i} A_{ij}"),
        (r"\sum_{i,j} S_{ij} = \sum_i S_{ii} + 2\sum_{i<j} S_{ij}", r"\sum_{i,j} S_{ij} = \sum_i S_{ii} + \sum_{i<j} S_{ij}"),
        (r"\sum_{j \le i} A_{ij} x_j = \sum_{j<i} A_{ij} x_j + A_{ii} x_i", r"\sum_{j \le i} A_{ij} x_j = \sum_{j<i} A_{ij} x_j"),
    ],
)
def test_the_order_of_indices_proves_and_refutes_nothing(true: str, false: str) -> None:
    assert last(SUMS, true) == "proved"
    assert last(SUMS, false) == "unknown"


def test_the_second_letter_of_an_order_is_free_where_it_stands_outside() -> None:
    lines = (r"s_i = \sum_{j < i} x_j", r"\frac{\partial s_i}{\partial x_i} = 0")
    assert [d.word for d in read(SUMS, *lines).displays] == ["definition", "proved"]


@pytest.mark.parametrize("line", ["x^Ty = x_1 y_1 + \\dots + x_n x_n", r"x^Tx = 1 + \dots + x_n", r"x^Tx = x_1^2 + \dots",
                                  r"x^Tx = x_2 x_2 + \dots + x_n x_n"])
def test_dots_without_a_pattern_are_unreadable(line: str) -> None:
    verdict = read(SUMS, line).displays[-1].claims[-1].verdict
    assert isinstance(verdict, Unreadable)
    assert verdict.problem.code == "ellipsis"


# ------------------------------------- one symbol twice, layouts, ∂ beside d


def test_a_function_and_an_array_of_one_name_are_kept_apart() -> None:
    given = [r"b \in \mathbb{R}^n", r"t \in \mathbb{R}"]
    lines = ("b(s) = s^2", "b(t) = t^2", "b'(t) = 2t", r"b^T b = \|b\|^2", "b'(t) = 3t")
    document = read(given, *lines)
    assert [d.word for d in document.displays] == ["definition", "proved", "proved", "proved", "refuted"]
    assert "b is a function where it stands before brackets, and an array elsewhere" in document.readings


def test_an_array_times_a_bracket_stays_a_product() -> None:
    given = [r"W \in \mathbb{R}^{m \times n}", r"x \in \mathbb{R}^n", r"y \in \mathbb{R}^n"]
    assert last(given, "W(x + y) = Wx + Wy") == "proved"
    assert last(given, "W(x) = Wx") == "proved"
    assert last(given, "W(x) = Wy") == "refuted"


def test_ones_behind_an_array_are_its_factor() -> None:
    """Y(1) = 1 with one row: a scalar beside a vector of open length defines no function Y, and refutes no product."""
    given = [r"Y \in \{0,1\}^{1 \times 2}", r"Q \in \mathbb{R}^{2 \times 2}", r"v \in \mathbb{R}^2"]
    given += [r"Y(\mathbf{1}) = \mathbf{1}"]
    (document,) = verify(text="$$(Y (Q)) v = Y Q v$$\n\n$$(Y (Q)) v = Y Q^T v$$", given=given).documents
    assert [claim.word for claim in document.claims] == ["proved", "unknown"]


def test_mixed_layouts_are_warned_of() -> None:
    given = [r"W \in \mathbb{R}^{n \times n}", r"x \in \mathbb{R}^n", r"b \in \mathbb{R}^n"]
    lines = [r"y = Wx + b, \quad L = \tfrac12 y^Ty", r"\frac{\partial L}{\partial b} = y"]
    lines += [r"\frac{\partial L}{\partial W} = xy^T"]
    text = "\n\n".join(f"$${line}$$" for line in lines)
    (mixed,) = verify(text=text, given=given).documents
    assert [(p.problem.code, p.is_warning) for p in mixed.problems] == [("mixed-layouts", True)]
    assert mixed.displays[-1].word == "refuted"
    (right,) = verify(text=text.replace("xy^T", "yx^T"), given=given).documents
    assert not right.problems


THROUGH = (r"u = t^2, \qquad v = ut + u",)


def test_a_derivative_follows_every_way_to_its_variable() -> None:
    """v shows t and hides one in u: the contract's ∂ takes both."""
    for sign in ("d", r"\partial"):
        left = rf"\frac{{{sign} v}}{{{sign} t}}"
        assert last([r"t \in \mathbb{R}"], *THROUGH, f"{left} = 3t^2 + 2t") == "proved"
        assert last([r"t \in \mathbb{R}"], *THROUGH, f"{left} = u") == "refuted"


def test_a_partial_derivative_beside_the_total_one_holds_the_rest_constant() -> None:
    total, partial = r"\frac{dv}{dt}", r"\frac{\partial v}{\partial t}"
    rule = rf"{total} = {partial} + \frac{{\partial v}}{{\partial u}} \frac{{du}}{{dt}}"
    document = read([r"t \in \mathbb{R}"], *THROUGH, f"{total} = 3t^2 + 2t", f"{partial} = u", rule)
    assert [d.word for d in document.displays] == ["definition", "proved", "proved", "proved"]
    assert "∂v/∂t beside dv/dt holds u constant" in conventions(document)
    assert last([r"t \in \mathbb{R}"], *THROUGH, f"{total} = 3t^2 + 2t", f"{partial} = 2u") == "refuted"


def test_a_partial_derivative_on_the_left_of_a_chain() -> None:
    lines = (r"u = t^2", r"\frac{\partial}{\partial t} u t = \frac{\partial u}{\partial t} t + u = 3t^2")
    assert [c.word for c in read([r"t \in \mathbb{R}"], *lines).displays[-1].claims] == ["proved", "proved"]
    wrong = lines[1].replace("3t^2", "2t^2")
    assert [c.word for c in read([r"t \in \mathbb{R}"], lines[0], wrong).displays[-1].claims] == ["proved", "refuted"]


# ------------------------------------------------ usual names, with a definition

USUAL = {
    r"\sigma": (r"\frac{1}{1+e^{-x}}", r"\sigma(x)(1-\sigma(x))", r"\sigma(x)(1+\sigma(x))"),
    r"\operatorname{sigmoid}": (r"\frac{1}{1+e^{-x}}", r"\operatorname{sigmoid}(x)(1-\operatorname{sigmoid}(x))",
                                r"\operatorname{sigmoid}(x)^2"),
    r"\mathrm{ReLU}": (r"\max(0, x)", r"\mathbb{1}[x > 0]", r"\mathbb{1}[x < 0]"),
}


@pytest.mark.parametrize("name", USUAL)
def test_usual_names_with_a_definition(name: str) -> None:
    """The definition is no claim; a wrong derivative after it is refuted."""
    body, slope, wrong = USUAL[name]
    lines = (f"{name}(x) = {body}", f"{name}'(x) = {slope}", f"{name}'(x) = {wrong}")
    assert [d.word for d in read([r"x \in \mathbb{R}"], *lines).displays] == ["definition", "proved", "refuted"]


def test_softmax_by_its_entries_in_running_text() -> None:
    text = r"""Let $z \in \mathbb{R}^n$ and $\mathrm{softmax}(x)_i = e^{x_i}/\sum_j e^{x_j}$.

$$p = \mathrm{softmax}(z)$$

$$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} - p_j)$$

$$\frac{\partial p_i}{\partial z_j} = p_i(\delta_{ij} + p_j)$$
"""
    (document,) = verify(text=text, repairs=False).documents
    assert [d.word for d in document.displays] == ["definition", "proved", "refuted"]


# --------------------------------------------- what running text supposes, logarithms

ONE_HOT = r"""Let $y \in \mathbb{R}^K$, $z \in \mathbb{R}^K$, where $\sum_{k=1}^K y_k = 1$.

$$p = \mathrm{softmax}(z), \qquad L = -\sum_{k=1}^K y_k \log p_k$$

$$\frac{\partial L}{\partial z} = p - y$$
"""


def test_what_running_text_supposes_proves_nothing_and_saves_from_being_called_false() -> None:
    (document,) = verify(text=ONE_HOT, repairs=False).documents
    assert document.displays[-1].word == "unknown"
    (document,) = verify(text=ONE_HOT.replace("p - y", "p + y"), repairs=False).documents
    assert document.displays[-1].word == "refuted"
    given = [r"\sum_{k=1}^K y_k = 1", r"y \in \mathbb{R}^K"]
    (document,) = verify(text=ONE_HOT.replace(r", where $\sum_{k=1}^K y_k = 1$", ""), given=given[::-1], repairs=False).documents
    assert document.displays[-1].word == "proved"


def test_a_logarithm_on_the_left_defines_what_it_is_of() -> None:
    given = [r"x \in \mathbb{R}", r"\mu \in \mathbb{R}"]
    line = r"\log p = -\frac12 (x - \mu)^2"
    assert last(given, line, r"\frac{\partial \log p}{\partial \mu} = x - \mu") == "proved"
    assert last(given, line, r"\frac{\partial p}{\partial \mu} = (x - \mu) p") == "proved"
    assert last(given, line, r"\frac{\partial \log p}{\partial \mu} = \mu - x") == "refuted"


def test_a_declaration_behind_its_use_counts() -> None:
    text = r"""Let $x \in \mathbb{R}^n$.

$$a = f(x)$$

where $f : \mathbb{R} \to \mathbb{R}$.

$$\frac{\partial}{\partial x} \mathbf{1}^Ta = f'(x)$$
"""
    (document,) = verify(text=text, repairs=False).documents
    assert [d.word for d in document.displays] == ["definition", "proved"]


def test_a_sum_that_ends_too_early_defines_nothing() -> None:
    """``\\sum_i a_i + b_i``: the second i belongs to no sum, and the hint says so."""
    given = [r"a \in \mathbb{R}^n", r"b \in \mathbb{R}^n", r"t \in \mathbb{R}"]
    verdict = read(given, r"\ell(t) = \sum_{i=1}^n t a_i + b_i").displays[0].claims[0].verdict
    assert isinstance(verdict, Unreadable)
    assert verdict.problem.hint == "a sum ends at the next + or -: put what belongs to it between brackets"


@pytest.mark.parametrize(
    ("given", "display", "word"),
    [
        ([r"a \in \mathbb{R}", "a^2 = 4"], "a^4 = 16", "proved"),
        ([r"a \in \mathbb{R}", "a^2 = 4"], "a^4 = 15", "refuted"),
        ([r"a \in \mathbb{R}", "a^2 = -1"], "a = 2 a", "unknown"),
        ([r"a \in \mathbb{R}"], "a^2 = 4", "refuted"),
        ([r"a, b \in \mathbb{R}"], "a^2 = b", "refuted"),
        ([r"x \in \mathbb{R}^n"], r"\sigma^2 = x^\top x", "definition"),
    ],
)
def test_the_square_of_something_declared_is_no_new_name(given: list[str], display: str, word: str) -> None:
    """Found by a hostile document: a^2 = 4 of a declared a named a^2, and a^4 = 16 was refuted beside it."""
    assert verify(text=f"$${display}$$", given=given, repairs=False).claims[0].word == word
