"""Word pieces, trained on the captions at hand."""

from vfmc.components import Tokenizer, arg


class Wordpiece(Tokenizer):
    """Word pieces trained on the training captions when training starts, and kept with the run. Ids: pad 0, start 1, end 2, unknown 3."""

    example = "wordpiece(vocabulary: 512)"
    vocabulary: int = arg(help="ids at most", ge=8, le=1_000_000)

    def vocabulary_size(self) -> int:
        return self.vocabulary

    def special(self) -> dict[str, int]:
        return {"start": 1, "end": 2, "pad": 0}
