"""Sets and maps: the right sides of ``\\in`` and of a declaring colon."""

from __future__ import annotations

from derivations.read import tree as t
from derivations.read.calls import font_content
from derivations.read.commands import RELATIONS
from derivations.read.cursor import Cursor, whole_expression
from derivations.read.scan import Token
from derivations.source import Problem

SET_FONTS = frozenset({"\\mathbb", "\\mathbf", "\\mathcal", "\\mathds", "\\mathrm"})
SET_NAMES = {"\\R": "R", "\\Re": "R", "\\reals": "R", "\\N": "N", "\\Z": "Z", "R": "R", "N": "N", "Z": "Z"}
NUMBER_SETS: dict[str, str] = {"R": "real", "S": "symmetric", "N": "integer", "Z": "integer"}
SIGNS = {  # under or over a set
    ">0": ">0", "≥0": "≥0", "≠0": "≠0", "+": "≥0", "++": ">0", "*": "≠0", "\\setminus\\{0\\}": "≠0",
}  # fmt: skip
ARROWS = frozenset({"\\to", "\\rightarrow", "\\longrightarrow"})


def set_or_map(c: Cursor) -> t.SetOf | t.MapsTo:
    """``\\mathbb R^n``, or ``\\mathbb R^n \\to \\mathbb R``."""
    start = c.start()
    domain = _set(c)
    if not c.take_if(*ARROWS):
        return domain
    return t.MapsTo(domain, _set(c), span=c.since(start))


def _set(c: Cursor) -> t.SetOf:
    """``\\mathbb{R}_{>0}^{n \\times m}``, ``\\{0,1\\}^N``, ``\\mathbb{S}^n``."""
    token = c.take()
    if token.text in SET_FONTS:
        content = font_content(c, token)
        return _number_set(c, token, content[0] if content else "?")
    if token.text in SET_NAMES and token.kind in ("letters", "command"):
        return _number_set(c, token, SET_NAMES[token.text])
    if token.text in ("\\{", "\\lbrace"):
        return _finite_set(c, token)
    raise Problem("expected-set", "expected a set such as \\mathbb{R}^{n \\times m}", token.span)


def _number_set(c: Cursor, token: Token, letter: str) -> t.SetOf:
    dims: tuple[t.Tree, ...] = ()
    sign: str | None = None
    while c.text() in ("_", "^"):
        script = c.take()
        window = c.group_window("a size")
        if script.text == "_" or window.text() in ("+", "*"):
            sign = _sign(window)
        else:
            dims = _dims(window)
    if c.take_if("\\setminus"):
        _expect_zero(c)
        sign = "≠0"
    span = c.since(token.start)
    match NUMBER_SETS.get(letter):
        case "real":
            return t.SetOf("real", dims, (), sign, span=span)
        case "symmetric":
            return t.SetOf("symmetric", dims, (), sign, span=span)
        case "integer":
            return t.SetOf("integer", dims, span=span)
    raise Problem("expected-set", f"the set {letter} is not known", token.span,
                  "expected \\mathbb{R}, \\mathbb{S} or \\{…\\}")


def _sign(w: Cursor) -> str:
    """``_{>0}``, ``_{\\ge 0}``, ``_+``, ``_{++}``."""
    text = "".join(RELATIONS.get(x.text, x.text) for x in w.tokens[w.at : w.end])
    if text not in SIGNS:
        raise Problem("expected-set", f"the restriction {text} of a set is not known", w.whole, "expected >0 or \\ge 0")
    return SIGNS[text]


def _expect_zero(c: Cursor) -> None:
    """``\\setminus \\{0\\}``."""
    texts = [x.text for x in c.tokens[c.at : min(c.at + 3, c.end)]]
    if texts[1:2] != ["0"] or len(texts) < 3:
        raise Problem("expected-set", "expected \\{0\\} behind \\setminus", c.here_span())
    c.skip_to(c.at + 3)


def _dims(w: Cursor) -> tuple[t.Tree, ...]:
    value = whole_expression(w)
    if isinstance(value, t.Bracket) and len(value.items) == 1:
        value = value.items[0]
    if isinstance(value, t.ProductOf):
        signs = {sign for sign, _ in value.factors[1:]}
        if "\\times" in signs and signs <= {"", "\\times"}:
            return tuple(factor for _, factor in value.factors)
    return (value,)


def _finite_set(c: Cursor, token: Token) -> t.SetOf:
    """``\\{1,\\dots,C\\}^N`` are labels; ``\\{0,1\\}`` is what it says."""
    values = [c.expression()]
    while c.take_if(","):
        values.append(c.expression())
    if not c.take_if("\\}", "\\rbrace"):
        raise Problem("unbalanced-brace", "this \\{ is not closed", token.span, "expected \\}")
    dims: tuple[t.Tree, ...] = ()
    if c.take_if("^"):
        dims = _dims(c.group_window("a size"))
    span = c.since(token.start)
    if not any(isinstance(v, t.Ellipsis_) for v in values):
        return t.SetOf("finite", dims, tuple(values), span=span)
    first = values[0]
    if not isinstance(first, t.Number) or first.value != 1 or isinstance(values[-1], t.Ellipsis_):
        raise Problem("expected-set", "labels count from 1: expected \\{1,\\dots,K\\}", span)
    return t.SetOf("labels", dims, (values[-1],), span=span)
