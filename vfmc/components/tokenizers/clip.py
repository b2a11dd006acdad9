"""CLIP's byte-pair encoding."""

from vfmc.components import Tokenizer, arg


class Clip(Tokenizer):
    """Lower-cased byte-pair encoding with 49,408 ids (CLIP, arXiv 2103.00020 sec. 2.4)."""

    example = "clip"
    path: str | None = arg(
        None, help="the merges file, bpe_simple_vocab_16e6.txt.gz; else an installed package that carries it"
    )

    def vocabulary_size(self) -> int:
        return 49408

    def special(self) -> dict[str, int]:
        return {"start": 49406, "end": 49407, "pad": 0}
