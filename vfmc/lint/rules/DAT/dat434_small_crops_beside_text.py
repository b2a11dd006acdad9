"""A crop that the caption does not describe."""

from vfmc.lint.rule import Facts, Report, Rule

LEAST = 0.2

RULE = Rule(
    code="DAT434",
    name="small-crops-beside-text",
    triggers=("scale",),
    preview=True,
    what="Crops of less than a fifth of the picture are compared with captions.",
    why="What the caption names is often not in the crop: the pair is wrong.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
views:
  crop: {use: random_resized_crop, of: image, size: 224, scale: [0.08, 1.0], flip: 0.0}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
views:
  crop: {use: random_resized_crop, of: image, size: 224, scale: [0.5, 1.0], flip: 0.0}
""",
    source="OpenCLIP crops from 0.9 of the area on, FLIP and SLIP from 0.5",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        behind = facts.graph.behind(value.id)
        if loss.component_name not in ("contrastive", "pairwise_sigmoid") or not any(
            each.type.medium == "text" for each in behind
        ):
            continue
        for view in behind:
            scale = getattr(view.component, "scale", None)
            if view.make == "view" and isinstance(scale, list) and scale[0] < LEAST:
                report(
                    facts.place(view.component, "scale", view.span),
                    f"crops of {scale[0]:.0%} of `{view.name}` are compared with a text by `{name}`",
                    help="begin at 0.5 of the area",
                )
