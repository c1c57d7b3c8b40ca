"""Documents that are meant to break something: rows of a table, each with what has to come of it.

Every document begins with a true and a false line, which have to be judged whatever follows.  Sizes are as small as
shows that a limit holds, so that all rows together take seconds; ``python -m tests.hostile`` runs larger ones.
"""

from __future__ import annotations

from dataclasses import dataclass

from derivations.limits import Limits

GIVEN = "\n".join(
    "  - " + sentence
    for sentence in (
        r"a, b, c, x \in \mathbb{R}", r"A, B, C \in \mathbb{R}^{n \times n}", r"u, v \in \mathbb{R}^{n}",
        r"X \in \mathbb{R}^{n \times m}",
    )
)  # fmt: skip
HEAD = f"---\ngiven:\n{GIVEN}\n---\n\n$$a + b = b + a$$\n\n$$a = 2 a$$\n\n"


@dataclass(frozen=True)
class Row:
    """``comes`` is a verdict of the last claim, or the code of a claim or a problem; ``bare``: without the two lines in front."""

    name: str
    text: str
    comes: str
    suffix: str = ".md"
    bare: bool = False

    @property
    def whole(self) -> str:
        return self.text if self.bare else HEAD + self.text


def line(name: str, left: str, comes: str, right: str = "a") -> Row:
    return Row(name, f"$${left} = {right}$$\n", comes)


def tower(inner: str, opening: str, closing: str, levels: int) -> str:
    return opening * levels + inner + closing * levels


def matrix(rows: int, columns: int, entry: str = "a") -> str:
    return "\\begin{bmatrix}" + "\\\\".join("&".join([entry] * columns) for _ in range(rows)) + "\\end{bmatrix}"


LIMITS = Limits()
LONG = LIMITS.formula_characters
ROWS = [
    # limits before work: just beyond each of them
    line("characters", "a +" + " " * LONG, "formula-too-long"),
    line("tokens", "+".join(["a"] * (LIMITS.formula_tokens // 2 + 1)), "too-many-tokens"),
    line("digits", "9" * (LIMITS.digits + 1), "number-too-long"),
    line("digits behind the point", "0." + "9" * (LIMITS.digits + 1), "number-too-long"),
    line("brackets", tower("a", "(", ")", LIMITS.formula_levels + 1), "nesting-limit"),
    line("braces", tower("a", "{", "}", LIMITS.formula_levels + 1), "nesting-limit"),
    line("fractions", tower("a", r"\frac{1}{", "}", LIMITS.formula_levels + 1), "nesting-limit"),
    line("roots", tower("a", r"\sqrt{", "}", LIMITS.formula_levels + 1), "nesting-limit"),
    line("exponents of exponents", "a" + "^{a" * (LIMITS.formula_levels + 1) + "}" * (LIMITS.formula_levels + 1), "nesting-limit"),
    line("left and right", tower("a", r"\left(", r"\right)", LIMITS.formula_levels + 1), "nesting-limit"),
    line("functions", tower("a", r"\log(", ")", LIMITS.formula_levels + 1), "nesting-limit"),
    line("bars", tower("a", r"\lvert ", r"\rvert ", LIMITS.formula_levels + 1), "nesting-limit"),
    line("sums over sums", "".join(rf"\sum_{{{k}}} " for k in "ijklpqrst" * 6) + "u_{i}", "nesting-limit"),
    line("factors", " ".join(["a"] * (LIMITS.factors + 1)), "too-many-factors"),
    line("an exponent", f"a^{{{LIMITS.exponent + 1}}}", "exponent-limit"),
    line("a negative exponent", f"a^{{-{LIMITS.exponent + 1}}}", "exponent-limit"),
    line("10^{10^9}", "10^{10^9}", "exponent-limit"),
    line("x^{10^9}", "x^{1000000000}", "exponent-limit"),
    line("an exponent that is computed", r"a^{99 \cdot 99}", "exponent-limit"),
    line("a tower of powers", "2^{2^{2^{2^{2^{2}}}}}", "exponent-limit"),
    line("an exponent of a matrix", "A^{100}", "unsupported-notation", "A"),
    line("a matrix that is written out", matrix(32, 32), "too-many-entries", "A"),
    line("a matrix of one row", matrix(1, LIMITS.entries + 1), "too-many-entries", "A"),
    line("a matrix of marks", "\\begin{bmatrix}" + "&" * 5000 + "\\end{bmatrix}", "too-many-entries", "A"),
    line("cases", r"\begin{cases}" + "".join(rf"{k} & a > {k} \\ " for k in range(LIMITS.cases)) + r"0 & \text{otherwise}\end{cases}",
         "too-many-cases"),
    line("derivatives of derivatives", r"\frac{\partial^{1000000} a}{\partial a^{1000000}}", "derivative-order"),
    Row("axes", r"Let $T \in \mathbb{R}^{" + r" \times ".join(["n"] * (LIMITS.axes + 1)) + "}$.\n\n"
        + r"$$T \in \mathbb{R}^{" + r" \times ".join(["n"] * (LIMITS.axes + 1)) + "}$$", "too-many-axes"),
    Row("macros that double", "$$" + "".join(rf"\newcommand{{\m{chr(97 + k)}}}{{\m{chr(98 + k)}\m{chr(98 + k)}}}" for k in range(24))
        + r"\ma = 1$$", "macro-limit"),
    Row("a macro in itself", r"$$\newcommand{\self}{x\self} \self = 1$$", "macro-limit"),
    Row("macros in a circle", r"$$\newcommand{\one}{\two}\newcommand{\two}{\one} \one = 1$$", "macro-limit"),
    Row("macro arguments that grow", r"$$\newcommand{\g}[1]{\h{#1#1}}\newcommand{\h}[1]{\g{#1#1}} \g{a} = 1$$", "macro-limit"),
    Row("quotes in quotes", "> " * 500 + "$$a = a$$", "nesting"),
    Row("lists in lists", "- " * 500 + "$$a = a$$", "nesting"),
    Row("formulas", "$a$ " * (LIMITS.formulas + 10) + "\n\n$$a = a$$", "too-many-formulas"),
    # budgets: understood, and too much to decide or not
    line("a large power of a sum", "(a+b+c+x)^{50}", "refuted"),
    line("powers of powers", "((((a^{99})^{99})^{99})^{99})^{99}", "undecided", "a^{99}"),
    line("numbers of powers of powers", "((((9^{99})^{99})^{99})^{99})^{99}", "undecided"),
    line("a product of long numbers", r" \cdot ".join(["9" * 300] * 50), "undecided"),
    line("a long number", "9" * 300, "refuted", "9" * 299 + "8"),
    line("a power of a sum of matrices", "(A+B)^8", "refuted", "A"),
    line("exponentials in exponentials", r"e^{e^{e^{e^{e^{e^{a}}}}}}", "undecided"),
    line("a determinant", r"\det" + matrix(8, 8), "unknown", "1"),
    line("nine axes at once", "A" + r" \otimes A" * 8, "undecided", "A" + r" \otimes A" * 8),
    line("gates in gates", tower("a", r"\max(0,", ")", 20), "proved", r"\max(0, a)"),
    line("logarithms in logarithms", tower("a", r"\log(", ")", 12), "vacuous"),
    line("many signs", "-" * 2000 + "a", "proved"),
    line("many terms", "+".join(["a"] * 1000), "proved", "1000 a"),
    line("many marks", "a" + "&" * 20_000, "unreadable"),
    line("an array with a million rows", r"\operatorname{tr}(Z)", "undeclared", r"\operatorname{tr}(Z^T)"),
    Row("a size of a million", "Let $Z \\in \\mathbb{R}^{1000000 \\times 1000000}$.\n\n$$\\operatorname{tr} Z = \\operatorname{tr} Z^T$$", "proved"),
    Row("a size of 250 digits", "Let $w \\in \\mathbb{R}^{" + "9" * 250 + "}$.\n\n$$w^T w = 2 w^T w$$", "unknown"),
    Row("labels of a million classes", "Let $k \\in \\{1,\\dots,1000000\\}^{1000000}$, $P \\in \\mathbb{R}^{1000000 \\times 1000000}$.\n\n"
        "$$\\sum_i P_{i k_i} = 0$$", "unknown"),
    Row("definitions that double", "$$p_{1} = a$$\n\n" + "".join(f"$$p_{{{k + 1}}} = p_{{{k}}} p_{{{k}}}$$\n\n" for k in range(1, 24))
        + "$$p_{24} = a$$", "refuted"),
    Row("definitions that double, of matrices", "$$P_{1} = A$$\n\n"
        + "".join(f"$$P_{{{k + 1}}} = P_{{{k}}} P_{{{k}}}$$\n\n" for k in range(1, 11)) + "$$P_{11} = P_{11}$$", "unknown"),
    Row("definitions in a chain", "$$d_{1} = a$$\n\n" + "".join(f"$$d_{{{k + 1}}} = d_{{{k}}} + a$$\n\n" for k in range(1, 150))
        + "$$d_{150} = a$$", "unknown"),
    Row("definitions in a circle", "$$p = q + 1$$\n\n$$q = p - 1$$\n\n$$p = 2$$", "definition"),
    Row("a definition of itself", "$$p = p + 1$$", "unreadable"),
    Row("a long chain", "$$a" + " = a" * 200 + "$$", "proved"),
    # what no formula is
    line("nothing", "", "expected-operand"),
    Row("dollars", "$" * 3000, "refuted"),
    Row("pairs of dollars", "$$ " * 1501, "unbalanced-math"),
    Row("openings", "\\[" * 2000, "unbalanced-math"),
    Row("backticks of every length", " ".join("`" * k for k in range(1, 200)) + "\n\n$$a = a$$", "proved"),
    Row("stars", "*" * 20_000, "refuted"),
    Row("square brackets", "[" * 20_000 + "](" * 5000, "refuted"),
    Row("less-than signs", "<" * 20_000, "refuted"),
    Row("comments", "<!--" * 5000, "refuted"),
    Row("fences", "```math\n" * 300, "unreadable"),
    Row("pipes", "|" * 20_000 + "\n" + "|-" * 10_000, "refuted"),
    Row("underscores", "$$a" + "_a" * 2000 + "= 1$$", "double-script"),
    Row("primes", "$$a" + "'" * 2000 + " = a$$", "definition"),
    Row("opened and never closed", "$$" + "(" * 5000 + " = a$$", "nesting-limit"),
    Row("closed and never opened", "$$" + "}" * 5000 + " = a$$", "expected-operand"),
    Row("environments", "$$" + r"\begin{aligned}" * 60 + "a = a" + r"\end{aligned}" * 60 + "$$", "proved"),
    Row("environments that are never closed", "$$" + r"\begin{aligned}" * 300 + "a = a$$", "proved"),
    Row("an environment of another name", r"$$\begin{bmatrix} a \end{pmatrix} = a$$", "unbalanced-environment"),
    Row("commands that are none", "$$" + r"\nonsense" * 2000 + " = a$$", "unknown-command"),
    Row("a name of 90 000 letters", r"$$\mathrm{" + "q" * 90_000 + "} = 1$$", "definition"),
    Row("a word of 5 000 letters", "$$" + "q" * 5000 + " = 1$$", "definition"),
    Row("dots", r"$$a + \dots + a + \dots + a = a$$", "unreadable"),
    Row("accents on accents", "$$a" + "\u0301" * 2000 + " = 1$$", "unreadable"),
    Row("every sign of a block", "$$" + "".join(map(chr, range(0x2200, 0x2300))) + " = a$$", "unreadable"),
    Row("private and unassigned characters", "$$\ue000 \U000e0001 \uffff = a$$", "unknown-character"),
    Row("NUL", "$$a\0 = a$$\0", "unreadable"),
    Row("carriage returns alone", "$$a = a$$\r$$a = 3 a$$\r\n\r$$a = a$$", "proved"),
    Row("separators of lines and paragraphs", "$$a\u2028=\u2029a\u0085$$", "proved"),
    Row("no break spaces", "$$a\u00a0=\u3000a\u200b$$", "unreadable"),
    Row("text from right to left", "$$a \u202e = a$$ \u2066", "unreadable"),
    Row("escape sequences", "$$\x1b[2J\x1b]0;title\x07 = a$$", "unreadable"),
    # front matter
    Row("front matter: aliases", "---\na: &a [x, x]\nb: &b [*a, *a]\nc: [*b, *b]\n---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: depth", "---\ngiven: " + "[" * 5000 + "]" * 5000 + "\n---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: mappings in mappings", "---\n" + "".join(" " * k + "a:\n" for k in range(200)) + "---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: length", "---\ntitle: " + "x" * (LIMITS.front_matter_characters + 1) + "\n---\n$$1 = 1$$", "front-matter-too-long", bare=True),
    Row("front matter: never closed", "---\ngiven:\n  - a \\in \\mathbb{R}\n\n$$a = a$$", "front-matter", bare=True),
    Row("front matter: a sequence of sequences", "---\ngiven: [[a], [[b]]]\n---\n$$1 = 1$$", "given", bare=True),
    Row("front matter: merge keys", "---\n<<: {given: [a]}\n---\n$$1 = 1$$", "unknown-key", bare=True),
    Row("front matter: a key twice", "---\ntitle: a\ntitle: b\n---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: control characters", "---\ntitle: a\x07b\n---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: a directive", "---\n%YAML 9.9\n---\n$$1 = 1$$", "front-matter", bare=True),
    Row("front matter: contradictory assumptions", "---\ngiven:\n  - a \\in \\mathbb{R}\n  - a > 0\n  - -a > 0\n---\n$$a = 2 a$$", "vacuous", bare=True),
    Row("front matter: an equation without solution", "---\ngiven:\n  - a \\in \\mathbb{R}\n  - a^2 = -1\n---\n$$a = 2 a$$", "unknown", bare=True),
    Row("front matter: zero is one", "---\ngiven:\n  - a \\in \\mathbb{R}\n  - 0 = 1\n---\n$$a = 2 a$$", "unknown", bare=True),
    Row("front matter: a size of zero", "---\ngiven:\n  - w \\in \\mathbb{R}^{0}\n---\n$$w = 2 w$$", "size", bare=True),
    Row("front matter: a negative size", "---\ngiven:\n  - w \\in \\mathbb{R}^{-3}\n---\n$$w = 2 w$$", "size", bare=True),
    # what would be proved of nothing
    line("an inverse that there is not", r"(u u^T)^{-1} u u^T", "unknown", "I"),
    line("a logarithm of what is negative", r"\log(-a^2 - 1)", "unknown", r"\log(-a^2 - 1)"),
    line("a root of what is negative", r"\sqrt{-1 - a^2}", "unknown", r"\sqrt{-1 - a^2} + 1"),
    line("a division by zero", r"\frac{a}{b - b}", "unknown", r"\frac{c}{b - b}"),
    line("zero to the power of minus one", "0^{-1}", "unknown", "1"),
    # LaTeX and notebooks
    Row("tex: input", r"\begin{document}\input{/etc/passwd}\[a = a\]\end{document}", "tex-input", ".tex", True),
    Row("tex: write", r"\immediate\write18{touch /tmp/pwned}\[1 = 1\]", "proved", ".tex", True),
    Row("tex: catcodes", r"\catcode`\$=12 \[1 = 1\]", "proved", ".tex", True),
    Row("tex: never closed", r"\begin{align} 1 &= 1", "unreadable", ".tex", True),
    Row("tex: csname", r"\[\csname input\endcsname{x} = 1\]", "unreadable", ".tex", True),
    Row("tex: verbatim", r"\begin{verbatim}\[1 = 2\]\end{verbatim}\[1 = 1\]", "proved", ".tex", True),
    Row("tex: percent signs", "%" * 50_000 + "\n\\[1 = 1\\]", "proved", ".tex", True),
    Row("tex: braces", "{" * 5000 + r"\[1 = 1\]", "proved", ".tex", True),
    Row("tex: a delimited macro", r"\def\a#1.{#1}\[\a x. = 1\]", "macro", ".tex", True),
    Row("notebook: no JSON", "{", "notebook", ".ipynb", True),
    Row("notebook: a list", "[]", "notebook", ".ipynb", True),
    Row("notebook: depth", "[" * 100_000, "notebook", ".ipynb", True),
    Row("notebook: cells that are none", '{"cells": [1, null, "x"]}', "empty", ".ipynb", True),
    Row("notebook: a cell without text", '{"cells": [{"cell_type": "markdown"}]}', "empty", ".ipynb", True),
    Row("notebook: text that is a number", '{"cells": [{"cell_type": "markdown", "source": 5}]}', "notebook", ".ipynb", True),
    Row("notebook: lines that are numbers", '{"cells": [{"cell_type": "markdown", "source": [1, 2]}]}', "notebook", ".ipynb", True),
    Row("notebook: a long number", '{"cells": [], "nbformat": ' + "9" * 5000 + "}", "notebook", ".ipynb", True),
    Row("notebook: surrogates", '{"cells": [{"cell_type": "markdown", "source": "$$1 = 1 \\ud800$$"}]}', "unreadable", ".ipynb", True),
    Row("notebook: NaN", '{"cells": NaN}', "notebook", ".ipynb", True),
    Row("notebook: nothing in it", '{"cells": []}', "no-claims", ".ipynb", True),
]  # fmt: skip
