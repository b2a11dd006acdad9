"""Predicting the next word."""

from typing import Any

from vfmc.components import Finding, LossKind, Ref, Saved, operand
from vfmc.types import Text, Tokens


class NextToken(LossKind):
    """Cross entropy of every word from those before it, padding left out: teacher forcing (CoCa, arXiv 2205.01917 eq. 3).

    The scores at place t are compared with the id at t + 1; the last place predicts nothing. The mean is over the words of the whole
    batch, as open_clip has it: `embed` sums the entropies and counts the words of every sample, and `combine` divides the sums, so
    that micro-batches and ranks with fewer words weigh less.
    """

    example = "next_token(logits: decoder, labels: caption)"
    couples = (
        "batch"  # a mean of means is not the mean: the sums of all micro-batches and ranks are divided once
    )
    predicts = {"logits": "labels"}
    writes = ("logits", "labels")
    logits: Ref = operand(Tokens, help="scores of every id of the vocabulary, at every place of the text")
    labels: Ref = operand(Text, help="the text")

    def text(self) -> Text:
        assert isinstance(self.labels.type, Text)
        return self.labels.type

    def signature(self) -> None:
        logits, text = self.logits.type, self.text()
        assert isinstance(logits, Tokens)
        if logits.width != text.vocabulary:
            raise Finding(
                f"there are {logits.width} scores at every place, and {text.vocabulary} ids of {text.tokenizer}",
                argument="logits",
                code="SHP211",
                help=f"let the decoder end with linear(out: {text.vocabulary})",
            )
        if logits.count != text.length or logits.prefix or logits.suffix:
            extra = logits.prefix + logits.suffix
            raise Finding(
                f"{logits.count} tokens are scored and the text has {text.length} ids",
                argument="logits",
                code="SHP212",
                help="decode the words without the class token: `.tokens` of the tower that appends it"
                if extra
                else "",
            )
        if text.length < 2:
            raise Finding("a text of one id has no next word", argument="labels", code="SHP209")

    def facts(self) -> dict[str, Any]:
        return {"pad": self.text().pad}

    def saved(self, samples: int) -> Saved:
        text = self.text()
        return Saved(samples * (text.length - 1) * (text.vocabulary + 2), apart=True)
