"""A reconstruction that is asked what it sees."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="MSK322",
    name="loss-counts-visible-tokens",
    triggers=("mse",),
    what="Tokens were hidden and the loss counts the visible ones as well.",
    why="Copying what is visible is easy, and drowns what is to be learned: the loss looks small and features are worse.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
losses:
  pixels: {on: null}
""",
    good="""\
vfmc: 1
name: example
extends: mae_tiny
""",
    source="MAE, arXiv 2111.06377 sec. 3: the loss on masked patches only; on all of them fine-tuning loses half a point (its table 1)",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        if loss.component_name != "mse" or value.has("on"):
            continue
        hidden = next(
            (
                each
                for each in reversed(facts.graph.behind(value.id))
                if each.component.component_name == "restore"
            ),
            None,
        )
        if hidden is not None:
            mask = facts.graph.values[hidden.operand("mask")].name
            report(
                facts.place(loss, "on", facts.key("losses", name)),
                f"`{name}` counts tokens that the decoder was given",
                help=f"say on: {mask}",
            )
