"""A mirror that the caption does not know of."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="DAT433",
    name="mirrored-beside-text",
    triggers=("flip",),
    profiles=("strict",),
    what="Pictures are mirrored at random and compared with captions.",
    why="`a dog left of a cat` is wrong half of the time; letters and digits turn into none.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
views:
  crop: {use: random_resized_crop, of: image, size: 224, scale: [0.9, 1.0], flip: 0.5}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
views:
  crop: {use: random_resized_crop, of: image, size: 224, scale: [0.9, 1.0], flip: 0.0}
""",
    source="CLIP, arXiv 2103.00020 sec. 2.3 has a random square crop as its only augmentation",
)


def check(facts: Facts, report: Report) -> None:
    for name, loss, value in facts.losses():
        behind = facts.graph.behind(value.id)
        if loss.component_name not in ("contrastive", "pairwise_sigmoid") or not any(
            each.type.medium == "text" for each in behind
        ):
            continue
        for view in behind:
            if view.make == "view" and getattr(view.component, "flip", None):
                report(
                    facts.place(view.component, "flip", view.span),
                    f"`{view.name}` is mirrored and compared with a text by `{name}`",
                    help="say flip: 0.0",
                )
