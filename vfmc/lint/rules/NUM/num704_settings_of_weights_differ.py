"""Weights of a network that computes something else."""

from vfmc.lint.beside import of_pixels
from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="NUM704",
    name="settings-of-weights-differ",
    severity=Severity.ERROR,
    triggers=("path",),
    what="The settings beside the weights that a tower begins with say another activation, epsilon or number of heads than the spec.",
    why="The shapes are equal, so the weights load; the tower then computes another function, and is some points worse for no reason that a log shows.",
    unshown="it needs a file of settings beside a file of weights",
    tested="tests/test_lint_weights.py::test_weights_of_another_network",
    source="OpenAI's CLIP is trained with QuickGELU: open_clip has twins of its models for it, and its users evaluate one in the other",
)


def check(facts: Facts, report: Report) -> None:
    for tower, differing in facts.beside:
        if of_pixels(differing):
            continue
        report(
            facts.span("towers", tower, "with", "init"),
            f"{differing.file} says {differing.key}: {differing.theirs}, and the spec has {differing.ours} ({differing.fact})",
            help="say it in the tower as the weights have it, or begin with other weights",
        )
