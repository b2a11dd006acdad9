"""A loss that predicts the next word may not be shown it (OBJ318): what the rule says is what the generated model does."""

from __future__ import annotations

import pytest
import torch
from checking import spec
from compiled import batch, objective

from vfmc.components import registry
from vfmc.lint.runner import lint
from vfmc.lint.settings import Settings
from vfmc.source import Severity

SPEC = """
vfmc: 1
name: captions
inputs:
  image: image
  caption: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 300}}
  other: {use: text, length: 9, tokenizer: {use: bpe, vocabulary: 300}}
views:
  crop: {use: center_crop, of: image, size: 8}
towers:
  pooled:
    from: crop
    pipe: [{use: patches, size: 4, width: 16}, {use: attention_pool, queries: 3, heads: 2}]
  words:
    from: caption
    pipe: [{use: word_embedding, width: 16}, WORDS]
  decoder:
    from: words
    pipe: [DECODER, layernorm, {use: linear, out: 300}]
losses:
  captions: {use: next_token, logits: decoder, labels: caption}
train:
  batch: 8
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 2 steps
"""
CAUSAL = "position, {use: blocks, depth: 1, heads: 2, causal: true}"
CROSS = "{use: cross_decoder, memory: pooled, depth: 1, heads: 2}"
# the words' stages, the decoder's, the stage that leaks
CASES = {
    "causal all the way": (CAUSAL, CROSS, ""),
    "words seen from both sides": (CAUSAL.replace("true", "false"), CROSS, "blocks"),
    "words and padding seen from both sides": (
        CAUSAL.replace("true", "false, padding: hidden"), CROSS, "blocks",
    ),
    "causal with hidden padding": (CAUSAL.replace("true", "true, padding: hidden"), CROSS, ""),
    "a decoder seen from both sides": (CAUSAL, "{use: blocks, depth: 1, heads: 2}", "blocks"),
    "pooled words": (CAUSAL, "{use: attention_pool, queries: 9, heads: 2}", "attention_pool"),
    "a decoder that looks at its own words": (CAUSAL, CROSS.replace("pooled", "words"), "cross_decoder"),
    "maps of every word alone": ("position, {use: mlp, hidden: [8], out: 16}", "{use: dropout, p: 0.1}", ""),
    "a prefix before the words": (f"{{use: prefix, cls: 1}}, {CAUSAL}, without_prefix", CROSS, ""),
    "a class token after the words": (f"append_cls, {CAUSAL}, without_prefix", CROSS, ""),
    "a class token that the words see": (
        f"append_cls, {CAUSAL.replace('true', 'false')}, without_prefix", CROSS, "blocks",
    ),
}  # fmt: skip


def leaking(text: str) -> list[tuple[str, str]]:
    """Stage and help of every finding of the rule; there is no other error."""
    found = [each for each in lint(spec(text), Settings()) if each.severity is Severity.ERROR]
    assert {each.code for each in found} <= {"OBJ318"}, [each.message for each in found]
    return [(each.message.split("`")[1], each.help) for each in found]


@pytest.mark.parametrize("case", CASES)
def test_the_rule_says_what_the_model_does(case: str) -> None:
    words, decoder, stage = CASES[case]
    text = SPEC.replace("WORDS", words).replace("DECODER", decoder)
    assert [found for found, _ in leaking(text)] == [stage] * bool(stage)

    made = objective(text).eval()
    scores: list[torch.Tensor] = []
    made.decoder.register_forward_hook(lambda *heard: scores.append(heard[-1]))
    data = batch(text, 2)
    data["caption"] = torch.arange(1, 19).reshape(2, 9)
    made.embed(data)
    made.embed(data | {"caption": torch.cat([data["caption"][:, :-2], data["caption"][:, -2:] + 20], dim=1)})
    before, after = (each[:, :-2] for each in scores)
    assert (before - after).abs().max().item() > 1e-9 if stage else torch.equal(before, after)


def test_another_text_may_be_seen_from_both_sides() -> None:
    text = SPEC.replace("WORDS", CAUSAL).replace("DECODER", CROSS.replace("pooled", "second"))
    second = "  second: {from: other, pipe: [{use: text_transformer, width: 16, depth: 1, heads: 2}]}\n"
    text = text.replace("  decoder:\n", second + "  decoder:\n")
    assert leaking(text) == []
    own = leaking(text.replace("from: other", "from: caption"))
    assert own == [("cross_decoder", "do not let `memory` be made of `caption`, or leave the stage out")]


def test_a_class_token_after_the_words_is_no_place_of_the_text() -> None:
    """Read as one, it would be the answer to the last word; types tell that before any rule."""
    text = SPEC.replace("WORDS", f"append_cls, {CAUSAL}")
    codes = [
        [
            each.code
            for each in spec(text.replace("DECODER", decoder)).check()
            if each.severity is Severity.ERROR
        ]
        for decoder in (CROSS, "{use: blocks, depth: 1, heads: 2, causal: true}")
    ]
    assert codes == [["SHP208"], ["SHP212"]]


def test_a_stage_that_says_nothing_is_taken_to_see_every_place() -> None:
    """So that a new stage is noticed; those that keep to their own place, or to those before it, say so."""
    says = {name: cls.sees for name in registry.names("stage") if (cls := registry.find("stage", name))}
    silent = {name for name, sees in says.items() if sees.__qualname__.startswith("Stage.")}
    assert {"attention_pool", "mean", "cls", "eot"} <= silent
    assert not {"blocks", "cross_decoder", "position", "word_embedding"} & silent
