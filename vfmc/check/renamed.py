"""`renamed`: beginnings of weight names as older checkpoints have them, with what they are called now."""

from __future__ import annotations

from vfmc.check.problems import Problems
from vfmc.graph import Module
from vfmc.source.suggest import nearest
from vfmc.syntax.tree import Mapping, Scalar


def read(root: Mapping, modules: dict[str, Module], problems: Problems) -> tuple[tuple[str, str], ...]:
    """The pairs of old and new beginnings; reports those that mean nothing."""
    node = root.get("renamed")
    if node is None or (isinstance(node, Scalar) and node.value is None):
        return ()
    if not isinstance(node, Mapping):
        problems.error(
            "REF118",
            "`renamed` gives new names to old ones",
            node.span,
            help="such as renamed: {visual.blocks: vision.blocks}",
        )
        return ()
    names = [f"{module.name}.{weight.name}" for module in modules.values() for weight in module.weights]
    stems = {".".join(name.split(".")[:n]) for name in names for n in range(1, name.count(".") + 2)}
    found = []
    for entry in node:
        new = entry.value.value if isinstance(entry.value, Scalar) else None
        if not isinstance(new, str):
            problems.error(
                "REF118", "a weight is renamed to a name", entry.value.span, help="such as vision.blocks"
            )
        elif new not in stems:
            near = nearest(new, stems)
            help = (
                f"did you mean `{near}`?"
                if near
                else "it is a tower, a stage as tower.stage, or the whole name of a weight"
            )
            problems.error("REF122", f"no weight is called `{new}`", entry.value.span, help=help)
        elif entry.name in stems:
            problems.error(
                "REF122",
                f"`{entry.name}` is still the name of weights",
                entry.key.span,
                help="the key is what older checkpoints say",
            )
        else:
            found.append((entry.name, new))
    return tuple(found)
