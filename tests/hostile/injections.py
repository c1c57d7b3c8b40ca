"""Documents whose text would do something if any of it became code, a command, a file name, markup or a terminal's control."""

from __future__ import annotations

from hostile.documents import HEAD

MARK = "d3r1v4t10ns"  # what a payload would leave behind
PYTHON = (
    "__import__('os').system('touch /tmp/d3r1v4t10ns')",
    "eval('1')", "exec('import os')", "().__class__.__bases__[0].__subclasses__()", "open('/tmp/d3r1v4t10ns','w')",
    "lambda: 0", "x if x else y", "{x for x in ()}", "f'{1}'", "os.environ['HOME']", "globals()['a']", "breakpoint()",
    "a; import os", "a\nimport os", "Symbol('a')", "S(1)", "sympify('a')", "None", "True", "print",
)  # fmt: skip
NAMES = (r"\mathrm{%s}", r"\text{%s}", r"\operatorname{%s}", "%s")
TEX = (
    r"\input{/etc/passwd}", r"\include{../../etc/passwd}", r"\write18{touch /tmp/d3r1v4t10ns}", r"\immediate\write16{x}",
    r"\openin5=/etc/passwd", r"\catcode`\%=0", r"\def\frac#1#2{0}", r"\renewcommand{\sum}{}", r"\csname end\endcsname{document}",
    r"\href{javascript:alert(1)}{a}", r"\includegraphics{/etc/passwd}", r"\directlua{os.execute('touch /tmp/d3r1v4t10ns')}",
    r"\end{document}", r"\special{ps:}", r"\url{file:///etc/passwd}", r"\verb|a|", r"\text{}}\input{/etc/passwd}",
)  # fmt: skip
HTML = (
    "<script>alert(1)</script>", "</title><script>d3r1v4t10ns</script>", "<img src=x onerror=alert(1)>", "\"><svg/onload=alert(1)>",
    "<!--", "]]>", "&lt;script&gt;", "javascript:alert(1)", "{{ 7*7 }}", "{% include '/etc/passwd' %}", "<iframe src=//x>",
)  # fmt: skip
TERMINAL = (
    "\x1b[2J", "\x1b]0;d3r1v4t10ns\x07", "\x1b]8;;http://x\x1b\\", "\x9b31m", "\x07", "\b\b\b", "\u202e\u2066", "\u200f", "\x7f", "\x85",
)  # fmt: skip
YAML = (
    "given: !!python/object/apply:os.system ['touch /tmp/d3r1v4t10ns']", "given: !!python/name:os.system",
    "!!python/object:os.system {}", "title: !!binary aGVsbG8=", "title: !include /etc/passwd", "layout: ${HOME}",
    "given: ['$(touch /tmp/d3r1v4t10ns)']", "train:\n  loss: ../../../etc/passwd\n  features: a\n  labels: b\n  parameters: [c]",
)  # fmt: skip


def documents() -> dict[str, str]:
    """By name."""
    found: dict[str, str] = {}
    for n, payload in enumerate(PYTHON):
        name = NAMES[n % len(NAMES)] % payload
        found[f"python {n}"] = f"{HEAD}$${name} = a$$\n\nLet ${name} \\in \\mathbb{{R}}$.\n\n$${name} + a = a + {name}$$\n"
    for n, payload in enumerate(TEX):
        found[f"tex {n}"] = f"{HEAD}$${payload} a = a$$\n\n$$a = 3 a \\quad \\text{{{payload}}}$$\n"
        found[f"tex file {n}"] = f"\\section{{{payload}}}\n{payload}\n\\[1 = 2 {payload}\\]\n\\[1 = 1\\]\n"
    for n, payload in enumerate(HTML):
        found[f"html {n}"] = f"---\ntitle: '{payload}'\n---\n\n# {payload}\n\n$$1 = 2 \\text{{{payload}}}$$\n\n$$\\text{{{payload}}} = 1$$\n"
    for n, payload in enumerate(TERMINAL):
        found[f"terminal {n}"] = f"{HEAD}# {payload}\n\n$$a{payload} = 2 a$$\n\n$$\\text{{{payload}}} = a$$\n\n$$a = \\mathrm{{x{payload}y}}$$\n"
    for n, payload in enumerate(YAML):
        found[f"yaml {n}"] = f"---\n{payload}\n---\n\n$$1 = 1$$\n"
    return found
