"""Texts that a trained model writes of pictures (or of what else its loss feeds the words with): ids in, sentences out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor

from vfmc.runtime import random
from vfmc.runtime.errors import RunError

if TYPE_CHECKING:
    from vfmc.runtime.trained import Trained


def operands(trained: Trained, loss: str | None = None) -> tuple[str, str, str]:
    """The loss that teaches to write (the only one if not named), the input that is the text, and what it is written of."""
    writes: dict[str, tuple[str, tuple[str, ...]]] = getattr(trained.objective, "writes", {})
    if not writes:
        raise RunError(
            f"{trained.package.name} learned to write nothing: it takes a loss `next_token` whose words look at something else, "
            "and a package built since it could be (`vfmc build` makes a newer one)"
        )
    if loss is None and len(writes) > 1:
        raise RunError(f"several losses teach to write: say which of {', '.join(writes)}")
    name = loss or next(iter(writes))
    if name not in writes:
        raise RunError(f"no loss '{name}' teaches to write: {', '.join(writes)} would")
    text, fed = writes[name]
    if len(fed) > 1:
        raise RunError(
            f"the texts of '{name}' are written of {', '.join(fed)} together: call `objective.generate`"
        )
    return name, text, fed[0]


def write(
    trained: Trained,
    values: Sequence[Any],
    loss: str | None = None,
    *,
    top_k: int | None = None,
    temperature: float = 1.0,
    seed: int = 0,
    batch: int = 256,
    decoded: bool = False,
) -> list[str]:
    """A text for every value; the likeliest word each time, or one drawn from the `top_k` likeliest.

    What is drawn depends on `seed` and the place of the value in the list alone, not on `batch`. Raises `RunError` if no loss
    teaches to write, or its tokeniser does not mark where texts begin and end.
    """
    name, text, fed = operands(trained, loss)
    tokenizer = trained.tokenizer(text)
    if tokenizer.start is None or tokenizer.end is None:
        raise RunError(
            f"the tokenizer of '{text}' marks no start or no end of a text, so none can be begun: let it have its special tokens"
        )
    written: list[str] = []
    for start in range(0, len(values), batch):
        part = values[start : start + batch]
        begun = torch.full((len(part), tokenizer.length), tokenizer.pad, device=trained.device)
        begun[:, 0] = tokenizer.start
        given = trained.prepared(part, fed, decoded)[0]
        positions = np.arange(start, start + len(part), dtype=np.int64)
        choose = {} if top_k is None else {"choose": drawn(positions, top_k, temperature, seed)}
        with torch.inference_mode(), trained.precision.context():
            ids: Tensor = trained.objective.generate(name, begun, given, **choose)  # type: ignore[operator]
        written += tokenizer.decode(ids.tolist())
    return written


def drawn(
    positions: np.ndarray, top_k: int, temperature: float, seed: int
) -> Callable[[Tensor, int], Tensor]:
    """Chooses one of the `top_k` likeliest ids, by their shares at this temperature and a number hashed from seed, position, place."""
    keys = random.keys(seed, positions)

    def choose(logits_BK: Tensor, place: int) -> Tensor:
        best, ids = logits_BK.double().topk(min(top_k, logits_BK.shape[-1]), dim=-1)
        reached = (best / temperature).softmax(-1).cumsum(-1)
        noise = torch.from_numpy(random.uniform(keys, random.stream("generate", place), 1)).to(reached.device)
        picked = (reached <= noise).sum(-1, keepdim=True).clamp(max=best.shape[-1] - 1)
        return ids.gather(-1, picked)[:, 0]

    return choose
