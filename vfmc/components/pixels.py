"""Facts about pixels that several views share: published normalisations, and the primitive operations as data."""

from __future__ import annotations

from typing import Any, Literal

from vfmc.components import Finding

# Channel means and standard deviations of [0, 1] pixels, as the code bases of the papers have them.
NORMALIZATIONS: dict[str, dict[str, list[float]]] = {
    "imagenet": {"mean": [0.485, 0.456, 0.406], "std": [0.229, 0.224, 0.225]},
    "openai_clip": {
        "mean": [0.48145466, 0.4578275, 0.40821073],
        "std": [0.26862954, 0.26130258, 0.27577711],
    },
    "inception": {"mean": [0.5, 0.5, 0.5], "std": [0.5, 0.5, 0.5]},
}


Normalize = str | dict[str, float | list[float]]
"""What a view takes: the name of a published normalisation, `none`, or {mean:, std:} of values in [0, 1] (of metres, of disparity)."""


EraseMode = Literal["pixel", "colour", "zero"]
"""What fills an erased box: normal noise for every pixel, one number of it for every channel, or the mean."""


def erased(p: float, mode: EraseMode) -> list[dict[str, Any]]:
    """Random erasing, which stands behind `normalize`, or none of it."""
    return [{"op": "erase", "p": p, "mode": mode}] if p else []


def normalize(choice: Normalize, argument: str = "normalize", channels: int = 3) -> list[dict[str, Any]]:
    """The last operation of a program, or none of it. Raises `Finding` for what does not fit the channels."""
    if choice == "none":
        return []
    found = _moments(choice, argument) if isinstance(choice, dict) else _published(choice, argument)
    for name, numbers in found.items():
        if len(numbers) not in (1, channels):
            what = f"`{name}`" if isinstance(choice, dict) else f"`{choice}`"
            only = "a channel" if channels == 1 else f"{channels} channels"
            raise Finding(
                f"{what} has {len(numbers)} numbers, and there is {only}"
                if channels == 1
                else f"{what} has {len(numbers)} numbers for {only}",
                argument=argument,
                code="DAT406",
                help="write {mean: 0.5, std: 0.5} with its own numbers, or none",
            )
    return [{"op": "normalize", **found}]


def _published(choice: str, argument: str) -> dict[str, list[float]]:
    if choice in NORMALIZATIONS:
        return NORMALIZATIONS[choice]
    from vfmc.source.suggest import nearest

    near = nearest(choice, [*NORMALIZATIONS, "none"])
    raise Finding(
        f"there is no normalisation `{choice}`",
        argument=argument,
        code="REF106",
        help=f"did you mean `{near}`?" if near else f"choose one of none, {', '.join(NORMALIZATIONS)}",
    )


def _moments(choice: dict[str, Any], argument: str) -> dict[str, list[float]]:
    for key in choice:
        if key not in ("mean", "std"):
            from vfmc.source.suggest import nearest

            near = nearest(key, [name for name in ("mean", "std") if name not in choice])
            raise Finding(
                f"a normalisation has no `{key}`",
                argument=f"{argument}.{key}",
                code="REF102",
                help=f"did you mean `{near}`?" if near else "it has a `mean` and a `std`",
            )
    if len(choice) < 2:
        raise Finding(
            "a normalisation has a `mean` and a `std`",
            argument=argument,
            code="REF118",
            help="such as {mean: 0.0418, std: 0.0295}, or a list with a number for every channel",
        )
    found = {}
    for name in ("mean", "std"):
        value = choice[name]
        found[name] = [float(number) for number in (value if isinstance(value, list) else [value])]
    if not all(number > 0 for number in found["std"]):
        raise Finding("a standard deviation is above 0", argument=argument, code="DAT403")
    return found


def sized(
    size: int, choice: Normalize, channels: int, interpolation: str = "bicubic"
) -> list[dict[str, Any]]:
    """The default view that `size:` on an input stands for: the shorter side is resized, the centre cut."""
    return [
        {"op": "resize", "size": size, "interpolation": interpolation},
        {"op": "center_crop", "size": [size, size]},
        *normalize(choice, channels=channels),
    ]
