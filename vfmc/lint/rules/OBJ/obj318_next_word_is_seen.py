"""An answer that leaks into its question."""

from collections.abc import Iterator

from vfmc.components import Stage
from vfmc.graph import Value
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Label, Severity

RULE = Rule(
    code="OBJ318",
    name="next-word-is-seen",
    severity=Severity.ERROR,
    what="The scores of a loss that predicts the next word are made of that very word: a stage on the way lets places see those after them.",
    why="The model copies the answer instead of predicting it: the loss falls towards 0, and what it writes by itself is noise.",
    bad="""\
vfmc: 1
name: example
extends: coca_tiny
towers:
  words: {pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4, append_cls: true, norm: false}]}
""",
    good="""\
vfmc: 1
name: example
extends: coca_tiny
towers:
  words: {pipe: [{use: text_transformer, width: 64, depth: 2, heads: 4, causal: true, append_cls: true, norm: false}]}
""",
    source="CoCa, arXiv 2205.01917 sec. 3.2: captioning needs causal masking in the unimodal and the multimodal decoder layers",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        for operand, answer in type(loss).predicts.items():
            predicted = value.operand(answer)
            label = Label(value.span, f"`{name}` predicts the next word of each place here")
            for stage, through in leaks(facts, value.operand(operand), predicted):
                word = stage.component.component_name
                text = facts.graph.values[predicted].name
                report(
                    stage.span,
                    f"`{word}` lets every place of `{text}` see the words after it, and `{name}` is to predict them",
                    labels=(label,),
                    help="say causal: true"
                    if hasattr(stage.component, "causal")
                    else f"do not let `{through}` be made of `{text}`, or leave the stage out",
                )


def leaks(facts: Facts, scores: int, text: int) -> Iterator[tuple[Value, str]]:
    """The stages behind the scores that mix places of what is made of the text, later ones too, each with its operand."""
    values = facts.graph.values
    made = {text}
    for value in values.values():  # operands come first
        if any(id in made for id in value.reads()):
            made.add(value.id)
    stack, seen = [scores], {scores, text}
    while stack:
        value = values[stack.pop()]
        for operand, ids in value.operands:
            fed = made.intersection(ids)
            mixed = fed and isinstance(value.component, Stage) and value.component.sees(operand) == "all"
            if mixed:
                yield value, operand
            if mixed and operand != "x":
                continue  # what it looks at may be anything, but not made of the text
            stack += fed - seen
            seen |= fed
