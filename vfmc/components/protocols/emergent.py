"""What towers say of one another that were never trained together."""

from vfmc.components import Finding, Protocol, arg, named, prompts
from vfmc.components.towers_of import MEDIA
from vfmc.types import Text


class Emergent(Protocol):
    """Names classes of one modality by prompts of another that it was never paired with, and retrieves between all pairs of towers.

    Emergent alignment (ImageBind, arXiv 2305.05665 sec. 3.3). Each pair is looked up in the recipe: one that a loss of any phase compared
    is told as trained. Beside each number stand chance, the same number of the untrained model and, for sources that know what each input
    can tell, the most that the shared factors allow.
    """

    example = "emergent(query: vision, text: text, data: held_out, templates: scenes)"
    query: str = named("tower", reads=MEDIA, help="the tower whose samples are named")
    text: str = named("tower", reads=(Text,), help="the tower that embeds prompts and captions")
    among: list[str] = named("tower", [], many=True, help="further towers that retrieval is between")
    data: str = named("data", help="`held_out` of the training source, a source, `scenes`, or a folder")
    label: str | None = arg(
        None, help="what classes are, for a source that can label by several things (`size_material`)"
    )
    templates: str | list[str] = arg("plain", help="a set of templates by name, or templates with {}")
    limit: int = arg(480, ge=2, le=100_000, help="samples; ranks are among so many")
    untrained: bool = arg(True, help="measures the model at its first step as well")

    def consistent(self) -> None:
        prompts.consistent(self.templates)
        named = [self.query, self.text, *self.among]
        twice = next((name for name in named if named.count(name) > 1), None)
        if twice is not None:
            raise Finding(f"`{twice}` is named twice", argument="among", code="REF118", help="once is enough")
