"""Raw pixels as the target."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="MSK323",
    name="target-not-normalised",
    triggers=("patch_pixels",),
    profiles=("strict",),
    what="Pixels are predicted without normalising each patch.",
    why="Low frequencies rule the error then; normalised patches gave better features.",
    bad="""\
vfmc: 1
name: example
extends: mae_tiny
losses:
  pixels: {target: {use: patch_pixels, of: crop, size: 2, normalize: false}}
""",
    good="""\
vfmc: 1
name: example
extends: mae_vit_b16
""",
    source="MAE, arXiv 2111.06377 table 1d: 84.9 against 85.4 % after fine-tuning",
)


def check(facts: Facts, report: Report) -> None:
    for value in facts.values("patch_pixels"):
        if not getattr(value.component, "normalize", True):
            report(
                facts.place(value.component, "normalize", value.span),
                "patches are predicted as they are",
                help="say normalize: true",
            )
