"""Words that depend on the data."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="REP903",
    name="vocabulary-of-the-data",
    severity=Severity.INFO,
    triggers=("bpe", "wordpiece"),
    profiles=("strict",),
    what="The tokenizer is trained on the captions at hand.",
    why="Other data give other ids: weights of one run do not fit the words of another. A published model needs a fixed vocabulary.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
""",
    source="the tokenizers `bpe` and `wordpiece` say so",
)


def check(facts: Facts, report: Report) -> None:
    for name, kind in facts.program.inputs.items():
        tokenizer = getattr(kind, "tokenizer", None)
        if tokenizer is not None and tokenizer.component_name in ("bpe", "wordpiece"):
            report(
                facts.span("inputs", name, "tokenizer"),
                f"the ids of `{name}` depend on the data that it is trained on",
                help="use a published vocabulary: clip, bert, sentencepiece",
            )
