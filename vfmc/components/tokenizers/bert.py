"""BERT's word pieces."""

from vfmc.components import Tokenizer, arg


class Bert(Tokenizer):
    """Lower-cased word pieces of BERT (arXiv 1810.04805); the ids are line numbers of vocab.txt."""

    example = "bert"
    path: str | None = arg(None, help="vocab.txt")
    vocabulary: int = arg(
        30522,
        ge=104,
        le=1_000_000,
        help="size of the embedding table; FLIP's has one row more than vocab.txt has lines",
    )
    special_tokens: bool = arg(True, help="put [CLS] before and [SEP] after the words")

    def vocabulary_size(self) -> int:
        return self.vocabulary

    def special(self) -> dict[str, int]:
        return {"start": 101, "end": 102, "pad": 0}
