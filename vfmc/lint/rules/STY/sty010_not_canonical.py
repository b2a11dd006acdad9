"""Another layout than the formatter's."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Span, TextEdit
from vfmc.syntax.read import written

RULE = Rule(
    code="STY010",
    name="not-canonical",
    fix="safe",
    profiles=("strict",),
    what="The text is not as `vfmc fmt` writes it.",
    why="One layout for all: differences in review are differences in meaning.",
    bad="""\
vfmc: 1
name:   example
extends: clip_tiny
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    source="gofmt, black, ruff format",
)


def check(facts: Facts, report: Report) -> None:
    own = facts.tree.root.span.source
    text = written(facts.tree)
    if isinstance(text, str) and text != own.text:
        line = next(
            (
                n
                for n, (a, b) in enumerate(zip(own.text.split("\n"), [*text.split("\n"), ""], strict=False))
                if a != b
            ),
            0,
        )
        start = own.line_starts[line]
        span = Span(own, start, start + max(1, len(own.line(line + 1))))
        report(
            span,
            "this is not as `vfmc fmt` writes it",
            help="run vfmc fmt",
            fix=[TextEdit(Span(own, 0, len(own.text)), text)],
        )
