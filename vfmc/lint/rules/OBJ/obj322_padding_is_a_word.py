"""A word that is never predicted."""

from vfmc.lint.rule import Facts, Report, Rule

WORDS = {"clip": "!"}  # what stands for padding in a vocabulary that has none

RULE = Rule(
    code="OBJ322",
    name="padding-is-a-word",
    triggers=("next_token",),
    profiles=("strict",),
    what="A loss leaves out padding whose id is that of a word.",
    why="CLIP's vocabulary has no padding: rows are filled with id 0, which is the exclamation mark. A captioner that leaves it out never "
    "learns to write one.",
    bad="""\
vfmc: 1
name: example
extends: coca_vit_b32
""",
    good="""\
vfmc: 1
name: example
extends: coca_base
""",
    source="open_clip's CoCa, whose captions are padded with 0 and scored with `ignore_index=0`",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        if loss.component_name != "next_token":
            continue
        text = facts.graph.values[value.operand("labels")]
        tokenizer = getattr(text.component, "tokenizer", None)
        word = WORDS.get(getattr(tokenizer, "component_name", ""))
        if word:
            report(
                facts.key("losses", name),
                f"`{name}` leaves out padding, which is the word `{word}` in the vocabulary of `{text.name}`",
                help="use a tokenizer with an id for padding, or weigh that this word is never written",
            )
