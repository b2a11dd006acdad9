"""One tower, pixels of two scales."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT430",
    name="normalisations-differ",
    severity=Severity.ERROR,
    triggers=("normalize",),
    what="Views that feed one tower are normalised in different ways.",
    why="The same picture arrives with other numbers: features of the views are not comparable, and evaluation sees only one of the two.",
    bad="""\
vfmc: 1
name: example
extends: dino_tiny
views:
  small: {normalize: imagenet}
""",
    good="""\
vfmc: 1
name: example
extends: dino_tiny
""",
    source="weights of CLIP under ImageNet's mean and deviation are the most frequent silent mistake in issue lists of both libraries",
)


def check(facts: Facts, report: Report) -> None:
    fed: dict[str, dict[str, str]] = {}
    for scope in facts.graph.scopes.values():
        operand = facts.graph.values[scope.operand]
        normalize = getattr(operand.component, "normalize", None)
        if scope.parent is None and operand.make == "view" and isinstance(normalize, str):
            root = facts.graph.modules[scope.copy].follow if scope.copy in facts.graph.modules else None
            fed.setdefault(scope.tower if root is None else root.source, {})[operand.name] = normalize
    for tower, views in fed.items():
        for name, normalize in views.items():
            first = next(iter(views))
            if normalize != views[first]:
                value = next(v for v in facts.graph.values.values() if v.make == "view" and v.name == name)
                report(
                    facts.place(value.component, "normalize", value.span),
                    f"`{tower}` reads `{name}` normalised by {normalize}, and `{first}` by {views[first]}",
                    help=f"give both normalize: {views[first]}",
                )
