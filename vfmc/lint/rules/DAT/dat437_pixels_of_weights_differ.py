"""Weights that saw other numbers for the same picture."""

from vfmc.lint.beside import of_pixels
from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT437",
    name="pixels-of-weights-differ",
    triggers=("path",),
    what="The settings beside the weights that a tower begins with say another mean, deviation, size or interpolation of its pictures than its view.",
    why="Training starts as if every picture had its colours shifted, and a frozen tower stays there.",
    unshown="it needs a file of settings beside a file of weights",
    tested="tests/test_lint_weights.py::test_weights_of_other_pixels",
    source="weights of CLIP under ImageNet's mean and deviation are a frequent silent mistake in issue lists of both libraries",
)


def check(facts: Facts, report: Report) -> None:
    for tower, differing in facts.beside:
        if not of_pixels(differing):
            continue
        report(
            facts.span("towers", tower, "with", "init"),
            f"{differing.file} says {differing.key}: {differing.theirs}, and `{tower}` reads pictures with {differing.ours}",
            help="give the view the numbers that the weights were trained with",
        )
