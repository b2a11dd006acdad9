"""Where the features of a linear probe are read: what a tower ends with, or the modules inside of it."""

from __future__ import annotations

from typing import Any

from vfmc.graph import Value
from vfmc.graph.program import Program
from vfmc.types import Tokens

WORDS = {"cls": "the class token", "mean": "the mean of its places"}


def taps(
    program: Program, tower: str, features: list[Any]
) -> tuple[dict[str, Any] | None, list[Any], list[str]]:
    """How the runtime reads `features` of a tower: the modules to read, None for the tower's own vector; the features as they are then;
    what departs from those asked for.

    `{"blocks": "trunk.blocks", "norm": "trunk.norm", "prefix": 1, "suffix": 0}` are names of modules of the objective, `norm` None where
    nothing normalises the blocks' tokens, and how many tokens before and after the patches are none.
    """
    if features == ["own"]:
        return None, features, []
    stages = pipe(program, tower)
    plain = len(features) == 1 and features[0]["blocks"] == 1 and len(features[0]["of"]) == 1
    if plain:
        wanted = features[0]["of"][0]
        last = stages[-1].component.component_name if stages else ""
        told = [] if last == wanted else [f"features: `{tower}` ends with `{last}`, not with {WORDS[wanted]}"]
        return None, (["own"] if told else features), told
    depth = max(each["blocks"] for each in features)
    place = next(
        (i for i, value in reversed([*enumerate(stages)]) if value.component.component_name == "blocks"), None
    )
    if place is None:
        return (
            None,
            ["own"],
            [f"features: `{tower}` has no transformer blocks to read; its own vector is read"],
        )
    blocks = stages[place]
    tokens = program.evaluation.values[blocks.operand("x")].type  # passes may have left fewer of its result
    assert isinstance(tokens, Tokens)
    if blocks.component.argument("depth") < depth or not tokens.prefix:
        lacks = "class token" if not tokens.prefix else f"{depth} blocks"
        return None, ["own"], [f"features: `{tower}` has no {lacks}; its own vector is read"]
    after = stages[place + 1] if place + 1 < len(stages) else None
    normed = after is not None and after.component.component_name == "layernorm"
    return (
        {
            "blocks": blocks.module,
            "norm": after.module if after is not None and normed else None,
            "prefix": tokens.prefix,
            "suffix": tokens.suffix,
        },
        features,
        [],
    )


def pipe(program: Program, tower: str) -> list[Value]:
    """The stages that evaluation sends a picture through, through nested towers, in order."""
    graph, found = program.evaluation, []
    value = graph.values[graph.outputs[tower]]
    while value.make == "apply" and value.has("x"):
        found.append(value)
        value = graph.values[value.operand("x")]
    return found[::-1]
