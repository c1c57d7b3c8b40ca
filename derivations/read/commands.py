"""LaTeX commands, as rows: what each one is to the formula reader."""

from __future__ import annotations

GREEK = frozenset({
    "alpha", "beta", "gamma", "delta", "epsilon", "varepsilon", "zeta", "eta", "theta", "vartheta", "iota", "kappa",
    "lambda", "mu", "nu", "xi", "omicron", "pi", "varpi", "rho", "varrho", "sigma", "varsigma", "tau", "upsilon", "phi",
    "varphi", "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma", "Upsilon", "Phi", "Psi",
    "Omega", "ell", "hbar", "infty",
})  # fmt: skip

# unicode that people type, as the command or character that means the same
UNICODE = {
    "α": "\\alpha", "β": "\\beta", "γ": "\\gamma", "δ": "\\delta", "ε": "\\epsilon", "ζ": "\\zeta", "η": "\\eta",
    "θ": "\\theta", "κ": "\\kappa", "λ": "\\lambda", "μ": "\\mu", "ν": "\\nu", "ξ": "\\xi", "π": "\\pi", "ρ": "\\rho",
    "σ": "\\sigma", "τ": "\\tau", "φ": "\\phi", "ϕ": "\\phi", "χ": "\\chi", "ψ": "\\psi", "ω": "\\omega", "Σ": "\\Sigma",
    "Γ": "\\Gamma", "Δ": "\\Delta", "Θ": "\\Theta", "Λ": "\\Lambda", "Φ": "\\Phi", "Ψ": "\\Psi", "Ω": "\\Omega",
    "ℓ": "\\ell", "∂": "\\partial", "∇": "\\nabla", "∑": "\\sum", "∏": "\\prod", "√": "\\sqrt", "·": "\\cdot",
    "×": "\\times", "⊙": "\\odot", "∘": "\\circ", "⊗": "\\otimes", "•": "\\bullet", "−": "-", "≠": "\\neq", "≤": "\\leq",
    "≥": "\\geq", "≈": "\\approx", "∈": "\\in", "→": "\\to", "⇒": "\\Rightarrow", "…": "\\dots", "‖": "\\|",
    "∝": "\\propto", "′": "'", "∞": "\\infty", "≡": "\\equiv", "≜": "\\triangleq", "（": "(", "）": ")", "，": ",",
    "；": ";", "。": ".", "：": ":", "＝": "=", "ϵ": "\\epsilon", "ϑ": "\\vartheta", "ι": "\\iota", "υ": "\\upsilon",
    "Ξ": "\\Xi", "Π": "\\Pi", "⋅": "\\cdot", "∗": "*", "⋯": "\\cdots", "∥": "\\|", "⟨": "\\langle", "⟩": "\\rangle",
    "←": "\\leftarrow", "≔": ":=", "⇔": "\\Leftrightarrow", "∴": "\\therefore", "≻": "\\succ", "⪰": "\\succeq",
    "∼": "\\sim", "⊤": "\\top", "∀": "\\forall", "±": "\\pm", "∫": "\\int",
}  # fmt: skip
SUPERSCRIPTS = {
    "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "-", "⁺": "+",
    "⁽": "(", "⁾": ")", "ⁿ": "n", "ⁱ": "i", "ᵀ": "\\top", "ᵗ": "t", "ˡ": "l",
}  # fmt: skip
SUBSCRIPTS = {
    "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9", "₋": "-", "₊": "+",
    "ᵢ": "i", "ⱼ": "j", "ₖ": "k", "ₗ": "l", "ₘ": "m", "ₙ": "n", "ₜ": "t", "ₓ": "x",
}  # fmt: skip

RELATIONS = {
    "=": "=", ":=": ":=", "\\triangleq": ":=", "\\coloneqq": ":=", "\\coloneq": ":=", "\\doteq": ":=", "\\equiv": "≡",
    "\\neq": "≠", "\\ne": "≠", "<": "<", ">": ">", "\\lt": "<", "\\gt": ">", "\\leq": "≤", "\\le": "≤", "\\leqslant": "≤",
    "\\geq": "≥", "\\ge": "≥", "\\geqslant": "≥", "\\in": "∈", ":": ":", "\\colon": ":", "\\succ": "≻", "\\succeq": "⪰",
    "\\approx": "≈", "\\simeq": "≈", "\\propto": "∝", "\\leftarrow": "←", "\\gets": "←", "\\sim": "∼", "\\ll": "≪",
    "\\gg": "≫", "\\cong": "≅", "\\subset": "⊂", "\\subseteq": "⊂", "\\prec": "≺", "\\mapsto": "↦",
}  # fmt: skip

IMPLIES = frozenset({
    "\\Rightarrow", "\\implies", "\\therefore", "\\Longrightarrow", "\\iff", "\\Leftrightarrow", "\\because",
    "\\Longleftrightarrow", "\\rightarrow", "\\longrightarrow", "\\leadsto",
})  # fmt: skip

PRODUCTS = {
    "*": "*", "\\ast": "*", "\\cdot": "\\cdot", "\\bullet": "\\bullet", "\\times": "\\times", "\\otimes": "\\otimes",
    "@": "@", "/": "/",
}  # fmt: skip
HADAMARD = {"\\odot": "\\odot", "\\circ": "\\circ"}
JOINTS = frozenset({"+", "-", *PRODUCTS, *HADAMARD})  # a row that begins or ends with one of these is not whole

FONTS = {
    "mathbf": "bf", "boldsymbol": "bf", "bm": "bf", "pmb": "bf", "mathbfit": "bf", "symbf": "bf", "textbf": "bf",
    "mathrm": "rm", "operatorname": "rm", "operatorname*": "rm", "mathop": "rm", "mathit": "rm", "mathnormal": "rm",
    "textit": "rm", "mathsf": "sf", "mathtt": "tt", "mathcal": "cal", "mathscr": "scr", "mathfrak": "frak", "mathbb": "bb",
    "mathds": "bb",
}  # fmt: skip
WORD_FONTS = frozenset({"text", "textrm", "mbox", "textnormal", "intertext", "shortintertext", "textsf"})
ACCENTS = {
    "hat": "hat", "widehat": "hat", "tilde": "tilde", "widetilde": "tilde", "bar": "bar", "overline": "bar", "vec": "vec",
    "dot": "dot", "ddot": "ddot", "check": "check", "breve": "breve", "acute": "acute", "grave": "grave",
    "underline": "underline",
}  # fmt: skip

FUNCTION_COMMANDS = {
    "log": "log", "ln": "ln", "exp": "exp", "sin": "sin", "cos": "cos", "tanh": "tanh", "det": "det", "max": "max",
    "Tr": "tr", "tr": "tr", "diag": "diag", "sgn": "sign", "softmax": "softmax", "trace": "tr", "vecop": "vec",
}  # fmt: skip
UNSUPPORTED_FUNCTIONS = frozenset({
    "min", "sup", "inf", "lim", "limsup", "liminf", "arg", "argmax", "argmin", "gcd", "Pr", "tan", "cot", "sec", "csc",
    "sinh", "cosh", "coth", "arctan", "arcsin", "arccos", "dim", "ker", "int", "iint", "oint",
})  # fmt: skip
UNSUPPORTED_WORDS = frozenset({"Var", "Cov", "erf", "rank"})

OUT_OF_SCOPE = {  # commands with a meaning that is not supported, and what may be written instead
    "\\over": "write \\frac{a}{b}", "\\substack": "write the conditions side by side",
    "\\mid": "conditions of probabilities are not read", "\\to": None, "\\rightarrow": None, "\\notin": None,
    "\\exists": None, "\\setminus": None, "\\star": None, "\\div": "write /", "\\bigcup": None, "\\bigcap": None,
    "\\cup": None, "\\cap": None, "\\emptyset": None, "\\wedge": None, "\\vee": None, "\\lnot": None, "\\oplus": None,
    "\\ominus": None, "\\oslash": None, "\\bigoplus": None, "\\bigotimes": None, "\\bigodot": None, "\\coprod": None,
    "\\lfloor": None, "\\lceil": None, "\\binom": None, "\\dagger": None, "\\perp": None, "\\bot": None, "\\parallel": None,
    "\\overset": None, "\\underset": None, "\\xrightarrow": None, "\\triangle": None,
}  # fmt: skip

BUILTIN_WORDS = frozenset({
    "softmax", "Softmax", "relu", "Relu", "ReLU", "RELU", "tr", "Tr", "trace", "log", "ln", "exp", "diag", "Diag", "vec",
    "det", "max", "sign", "sgn", "abs", "tanh", "sigmoid", "logistic", "sin", "cos", "mean", "sqrt", "cross_entropy",
    "CrossEntropy", "logsumexp", "lse", "LSE", "logdet", "norm", "transpose", "step",
})  # fmt: skip

SPACING = frozenset({
    "\\,", "\\;", "\\!", "\\:", "\\>", "\\ ", "\\/", "~", "\\displaystyle", "\\textstyle", "\\scriptstyle", "\\limits",
    "\\nolimits", "\\nonumber", "\\notag", "\\middle", "\\big", "\\Big", "\\bigg", "\\Bigg", "\\bigl", "\\bigr", "\\Bigl",
    "\\Bigr", "\\biggl", "\\biggr", "\\Biggl", "\\Biggr", "\\bigm", "\\Bigm", "\\mathstrut", "\\strut", "\\noindent",
    "\\null", "\\enspace", "\\thinspace", "\\negthinspace", "\\medspace", "\\hfill", "\\hline", "\\allowbreak", "\\relax",
    "\\mathord", "\\mathbin", "\\mathrel", "\\mathopen", "\\mathclose", "\\mathpunct", "\\mathinner", "\\unicode",
    "\\scriptscriptstyle", "\\normalsize",
})  # fmt: skip
WIDE_SPACES = frozenset({"\\quad", "\\qquad", "\\enskip"})
LENGTH_COMMANDS = frozenset({"\\hspace", "\\hspace*", "\\hskip", "\\mkern", "\\kern", "\\mskip"})
DROPPED_ARGUMENT = frozenset({
    "\\label", "\\tag", "\\tag*", "\\vspace", "\\vspace*", "\\phantom", "\\hphantom", "\\vphantom", "\\color",
    "\\textcolor", "\\colorbox", "\\cite", "\\eqref", "\\ref", "\\footnote",
})  # fmt: skip
TRANSPARENT = frozenset({"\\boxed", "\\fbox", "\\ensuremath", "\\smash", "\\cancel"})
SWITCHES = {  # {\bf x}
    "\\bf": "\\mathbf", "\\rm": "\\mathrm", "\\it": "\\mathit", "\\sf": "\\mathsf", "\\cal": "\\mathcal",
    "\\tt": "\\mathtt",
}  # fmt: skip
ARGUMENT_COMMANDS = frozenset({"\\frac", "\\tfrac", "\\dfrac", "\\cfrac", "\\sqrt"})  # what may be an argument without braces

ROW_ENVIRONMENTS = frozenset({
    "aligned", "align", "align*", "alignat", "alignat*", "alignedat", "split", "gather", "gather*", "gathered", "equation",
    "equation*", "multline", "multline*", "eqnarray", "eqnarray*", "array", "flalign", "flalign*", "displaymath", "math",
    "dmath", "dmath*", "subequations",
})  # fmt: skip
ALIGNING = frozenset({"aligned", "align", "align*", "alignat", "alignat*", "alignedat", "flalign", "flalign*", "split"})
COLUMN_ENVIRONMENTS = ALIGNING | {"array", "eqnarray", "eqnarray*"}
WITH_ENVIRONMENT_ARGUMENT = frozenset({"alignat", "alignat*", "alignedat", "array"})
MATRIX_ENVIRONMENTS = frozenset({"matrix", "pmatrix", "bmatrix", "Bmatrix", "vmatrix", "Vmatrix", "smallmatrix"})
CASES_ENVIRONMENTS = frozenset({"cases", "dcases", "cases*", "dcases*", "rcases"})

DOTS = frozenset({"\\dots", "\\cdots", "\\ldots", "\\dotsc", "\\dotsb", "\\dotsm", "\\vdots", "\\ddots"})

CONDITION_WORDS = frozenset({
    "if", "for", "when", "where", "whenever", "with", "如果", "若", "当", "其中", "对于", "对", "对所有", "si", "wenn",
    "falls", "für", "pour", "provided", "iff",
})  # fmt: skip
# an equation behind one of these is no condition
DEFINING_WORDS = frozenset({"where", "with", "其中", "wobei", "où", "mit", "avec"})
PLAIN_WORDS = dict.fromkeys(("mathrm", "operatorname", "mathit", "mathsf", "textbf", "textit"), frozenset({
    "if", "otherwise", "else", "for", "for all", "where", "and", "or", "when", "with", "so", "hence", "s.t.", "i.e.",
    "subject to",
}))  # fmt: skip
