"""SentencePiece models."""

from vfmc.components import Finding, Tokenizer, arg


class Sentencepiece(Tokenizer):
    """Pieces of a trained SentencePiece model (arXiv 1808.06226), read from its file; CoCa's vocabulary has 64,000 of them.

    The special ids are those that the model was trained with (`--pad_id=0 --bos_id=1 --eos_id=2 --unk_id=3`): they are compared
    with the file. A model without padding takes an id of its own past its pieces: `vocabulary` one more, `pad` the last.
    """

    example = 'sentencepiece(path: "captions.model", vocabulary: 64000)'
    path: str = arg(help="the model, a file that ends in .model")
    vocabulary: int = arg(
        help="size of the embedding table: the pieces, and what else has an id", ge=4, le=1_000_000
    )
    start: int = arg(1, ge=0, help="id before the text")
    end: int = arg(2, ge=0, help="id after the text")
    pad: int = arg(0, ge=0, help="id that fills the row")

    def consistent(self) -> None:
        for name, id in self.special().items():
            if id >= self.vocabulary:
                raise Finding(
                    f"the id {id} does not lie below {self.vocabulary}", argument=name, code="SHP210"
                )
        if len(set(self.special().values())) < 3:
            raise Finding(
                f"start {self.start}, end {self.end} and padding {self.pad} must be three ids",
                argument="pad",
                code="SHP210",
                help="padding is left out of losses, and the end is not",
            )

    def vocabulary_size(self) -> int:
        return self.vocabulary

    def special(self) -> dict[str, int]:
        return {"start": self.start, "end": self.end, "pad": self.pad}
