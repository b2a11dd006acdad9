"""Captioning."""

from vfmc.components import Protocol, named


class Captioning(Protocol):
    """How many held-out samples get one of their own captions, word by word, from a loss that teaches to write (`next_token`).

    Beside it, how many would if the texts were dealt out at random. A measure for captions of few forms; those of
    people are judged by other means.
    """

    example = "captioning(loss: captions, data: digits)"
    loss: str = named("loss", help="the loss that teaches to write")
    data: str = named("data", help="`held_out` of the training source, `digits`, or a table of pairs")
