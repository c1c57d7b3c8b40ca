"""A report built by hand: every verdict once, in a document with Chinese text, a long line and hostile characters."""

from fractions import Fraction

from derivations.claims import Context, Labels, Statement, Variable
from derivations.expr import Dim, Num
from derivations.report.outline import DocumentReport, JudgedClaim, JudgedDisplay, Kind, Located, Report
from derivations.source import Problem, Source, Span
from derivations.verdicts import (
    AllSizes,
    Counterexample,
    Definition,
    Exact,
    Point,
    Polynomial,
    Proved,
    Refuted,
    Repair,
    ShapeWitness,
    Unknown,
    Unreadable,
    Verdict,
)

LINES = (
    "# 标题",
    "定义 $$s = X W$$",
    "因此梯度 $$G = \\sum_i P_i \\quad (m \\neq k)$$ 完",
    "$$A = B, \\qquad " + "a + " * 60 + "a = q$$",
    "$$u = v$$ \x1b[31m\u202e\x07",
    "$$X = Y$$",
)
TEXT = "\n".join(LINES) + "\n"
SOURCE = Source("doc.md", TEXT)
N, C = Dim(names=("N",)), Dim(names=("C",))
CONTEXT = Context(
    variables={"X^{(3)}": Variable("X^{(3)}", (N, C)), "b": Variable("b", ()), "v": Variable("v", (C,))},
    labels={"k": Labels("k", N, C), "y": Labels("y", None, C)},
)
STATEMENT = Statement(Num(Fraction(1)), Num(Fraction(2)), CONTEXT)
LOG2 = Exact(log2=Fraction(1))
POINT = Point(
    sizes={"N": 2, "C": 2},
    arrays={
        "X^{(3)}": (Exact(), LOG2, Exact(Fraction(1)), Exact(Fraction(-1, 2), Fraction(3, 2))),
        "b": (LOG2,),
        "z": (Exact(),) * 2,
    },
    tangents={"v": (Exact(Fraction(1)), Exact())},
    labels={"k": (1, 2), "y": (2,)},
    functions={"\\ell": (Polynomial(((Fraction(1), (2, 0)), (Fraction(-3), (0, 1)))),)},
)
COUNTEREXAMPLE = Counterexample(POINT, {"i": 1, "m": 2}, (), "1/3", "1/2 + 3*log(2)", 3, 4)

VERDICTS: dict[str, tuple[str, Kind, Verdict]] = {
    "1.1": ("s = X W", "definition", Definition(("* is the matrix product",))),
    "2.1": (
        "G = \\sum_i P_i",
        "gradient",
        Refuted(
            COUNTEREXAMPLE,
            STATEMENT,
            Repair("G = P_i", "drop \\sum_i", AllSizes()),
            ("k is read as k_i",),
            "the sum hides the free i",
        ),
    ),
    "3.1": ("A = B", "equality", Proved(STATEMENT, AllSizes(), "normal form", ("layout mixed",), ("A invertible",))),
    "3.2": ("a + " * 60 + "a = q", "equality", Proved(STATEMENT, ({"N": 2, "C": 3}, {"N": 3, "C": 2}), "entry by entry")),
    "4.1": ("u = v", "equality", Unknown("the limit of 10 s was reached", "time-limit")),
    "5.1": ("X = Y", "equality", Refuted(ShapeWitness({"X": "N × C", "Y": "C × N"}))),
}


def place(part: str) -> Span:
    start = TEXT.index(part)
    return Span(start, start + len(part))


def claim(name: str) -> JudgedClaim:
    latex, kind, verdict = VERDICTS[name]
    return JudgedClaim(name, place(latex), latex, kind, verdict)


def display(*names: str) -> JudgedDisplay:
    claims = tuple(claim(name) for name in names)
    start = TEXT.rindex("$$", 0, claims[0].span.start)
    end = TEXT.index("$$", claims[-1].span.end) + 2
    return JudgedDisplay(Span(start, end), TEXT[start + 2 : end - 2], claims)


def unreadable(part: str = "q") -> JudgedDisplay:
    """An unreadable claim whose problem lies inside it."""
    problem = Problem("undeclared", f"{part} is not declared", place("q$$") if part == "q" else place(part), "say what it is")
    whole = place(LINES[4][:9])
    verdict = Unreadable(Problem(problem.code, problem.message, place("v$$"), problem.hint))
    return JudgedDisplay(whole, "u = v", (JudgedClaim("6.1", place("u = v"), "u = v", "equality", verdict),))


def document(*displays: JudgedDisplay, problems: tuple[Located, ...] = ()) -> DocumentReport:
    return DocumentReport(SOURCE, displays, ("k is read as k_i, the label of row i",), ("layout: mixed",), problems)


WARNING = Located(
    Source("given.yaml", "colour: red\n"), Problem("unknown-key", "colour means nothing", Span(0, 6), "known: given")
)
ERROR = Located(SOURCE, Problem("unbalanced-math", "never closed", place("# 标题")))
EVERYTHING = Report(
    (
        document(
            display("1.1"),
            display("2.1"),
            display("3.1", "3.2"),
            display("4.1"),
            display("5.1"),
            unreadable(),
            problems=(WARNING,),
        ),
    )
)
