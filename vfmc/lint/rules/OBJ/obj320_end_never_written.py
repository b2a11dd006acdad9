"""An end that no text has."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label, Severity

RULE = Rule(
    code="OBJ320",
    name="end-never-written",
    severity=Severity.ERROR,
    triggers=("eot",),
    what="A tower reads texts at their end, and the tokenizer writes none.",
    why="The end is found by its id: where no place has it the first token is read, which in a causal tower is the same for all texts that "
    "begin with the same word.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
inputs:
  caption: {use: text, length: 16, tokenizer: {use: bert, special_tokens: false}}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
inputs:
  caption: {use: text, length: 16, tokenizer: bert}
""",
    source="CLIP, arXiv 2103.00020 sec. 2.4 reads the largest id of a text, which is the end by the order of its vocabulary alone; "
    "other tokenizers put the end elsewhere, or leave it out (FLIP reads the first word)",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.values("eot", "apply"):
        for source in facts.graph.behind(value.id):
            tokenizer = getattr(source.component, "tokenizer", None)
            if tokenizer is not None and not getattr(tokenizer, "special_tokens", True):
                place = facts.place(tokenizer, "special_tokens", source.span)
                report(
                    value.span,
                    f"`eot` looks for the end of `{source.name}`, and its tokenizer writes none",
                    help="leave out special_tokens: false, or read the texts with `first`",
                    labels=(Label(place, "no end is written"),),
                )
