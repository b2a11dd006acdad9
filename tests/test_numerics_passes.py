"""Where each pass fires and where it must not: the reason stands in the ledger, the calls are counted, and every level agrees."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import assert_levels_agree, batch, compilation, gradients, objective, package

VISION = """
  vision:
    from: crop
    pipe:
      - {use: patches, size: 4, width: 48}
      - {use: prefix, cls: 1}
      - position
      - {use: blocks, depth: 2, heads: 4, drop_path: 0.0}
      - {use: layernorm, as: tokens}
      - cls
      - {use: linear, out: 24, bias: false}
      - l2norm"""
TEXT = """
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 24, depth: 2, heads: 3}
      - eot
      - l2norm"""
LOSS = """
  clip: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 10.0}}"""


def spec(
    vision: str = VISION, text: str = TEXT, losses: str = LOSS, values: str = "", masks: str = ""
) -> str:
    return f"""
vfmc: 1
name: passes
inputs:
  image: image
  caption: {{use: text, length: 8, tokenizer: {{use: bpe, vocabulary: 64}}}}
views:
  crop: {{use: random_square_crop, of: image, size: 16}}
{"masks:" + masks if masks else ""}
towers:{vision}{text}
{"values:" + values if values else ""}
losses:{losses}
sources: {{pairs: digits}}
train: {{batch: 4, optimizer: {{use: adamw, lr: 1.0e-3}}, for: 1 epochs}}
"""


def decisions(text: str, name: str) -> list[tuple[str, bool, str]]:
    """(spec path, taken, reason) of one pass in the first phase."""
    ledger = compilation(text, 1).ledger
    assert ledger is not None
    return [
        (entry.where, entry.taken, entry.reason)
        for entry in ledger.entries
        if entry.name == name and entry.graph == "main"
    ]


def refused(text: str, name: str, where: str, reason: str) -> None:
    """The pass left that place alone, for that reason; and the levels agree."""
    found = [(taken, why) for place, taken, why in decisions(text, name) if place.endswith(where)]
    assert len(found) == 1, decisions(text, name)
    assert found[0][0] is False
    assert reason in found[0][1]
    assert_levels_agree(text)


def calls(text: str, level: int, towers: tuple[str, ...] = ("vision", "text")) -> dict[str, int]:
    """How often `embed` calls each tower."""
    made, counts = objective(text, level), dict.fromkeys(towers, 0)
    for name in towers:
        getattr(made, name).register_forward_hook(
            lambda *_, name=name: counts.__setitem__(name, counts[name] + 1)
        )
    made.embed(batch(text, 3))
    return counts


# Dead tokens


def test_a_class_token_alone_is_read() -> None:
    taken = [(place, reason) for place, taken, reason in decisions(spec(), "dead_tokens") if taken]
    assert [place.rpartition("/")[2] for place, _ in taken] == ["cls", "eot"]
    assert_levels_agree(spec())


def test_dead_tokens_stay_where_a_mean_reads_them() -> None:
    refused(spec(VISION.replace("- cls", "- mean")), "dead_tokens", "vision/mean", "`mean` reads every token")


SEEN = "\n  seen: {use: vision, of: crop}"
BOTH = (
    LOSS.replace("a: vision", "a: seen")
    + "\n  pixels: {use: mse, prediction: seen.tokens, target: {use: patch_pixels, of: crop, size: 4}}"
)


def test_dead_tokens_stay_where_a_loss_reads_them_by_their_label() -> None:
    refused(
        spec(values=SEEN, losses=BOTH),
        "dead_tokens",
        "vision/cls",
        "something else reads the tokens of `tokens`",
    )


def test_dead_tokens_stay_where_a_loss_reads_every_token() -> None:
    refused(spec(values=SEEN, losses=BOTH), "dead_tokens", "losses.pixels", "the loss reads every token")


def test_dead_tokens_stay_where_a_stage_mixes_after_the_blocks() -> None:
    late = VISION.replace("      - position\n", "").replace("- {use: layernorm, as: tokens}", "- position")
    refused(spec(late), "dead_tokens", "vision/cls", "`position` mixes tokens after the blocks")


APART = """
  trunk: {pipe: [{use: vit, width: 24, depth: 2, heads: 4, patch: 4}]}
  vision: {from: crop, pipe: [trunk, cls, l2norm]}"""


def test_dead_tokens_are_found_through_a_nested_tower() -> None:
    taken = [place for place, taken, _ in decisions(spec(APART), "dead_tokens") if taken]
    assert any(place.endswith("vision/cls") for place in taken)
    assert_levels_agree(spec(APART))


def test_a_tower_read_in_two_ways_has_two_methods() -> None:
    """One application reads the class token alone, the other all tokens."""
    text = spec(
        APART + "\n  dense: {from: crop, pipe: [trunk, mean, l2norm]}",
        losses=TWICE.replace("b: vision", "b: dense"),
    )
    found = {place.rpartition("/")[2]: taken for place, taken, _ in decisions(text, "dead_tokens")}
    assert found == {"cls": True, "mean": False, "eot": True}
    assert_levels_agree(text)


@pytest.mark.parametrize("label", ["trunk", "trunk.early", "late"])
def test_labelled_values_of_nested_towers_are_what_losses_read(label: str) -> None:
    """The loss of a labelled value equals the one computed from that module's own output, caught by a hook."""
    towers = """
  trunk: {pipe: [{use: patches, size: 4, width: 48}, {use: prefix, cls: 1}, position, {use: blocks, depth: 1, heads: 4, as: early}, layernorm]}
  vision: {from: crop, pipe: [trunk, {use: blocks, depth: 1, heads: 4, as: late}, cls, {use: linear, out: 24}, l2norm]}"""
    text = spec(towers, values=SEEN, losses=BOTH.replace("seen.tokens", f"seen.{label}"))
    for level in (0, 1):
        made, data, seen = objective(text, level), batch(text, 3), []
        module = {
            "trunk": made.trunk.layernorm,
            "trunk.early": made.trunk.early[-1],
            "late": made.vision.late[-1],
        }[label]
        module.register_forward_hook(lambda _, given, out, seen=seen: seen.append(out))
        loss = made(data)["pixels"]
        patches = (
            data["crop"]
            .unflatten(2, (4, 4))
            .unflatten(4, (4, 4))
            .permute(0, 2, 4, 3, 5, 1)
            .flatten(3)
            .flatten(1, 2)
        )
        assert loss.item() == pytest.approx((seen[0][:, 1:] - patches).pow(2).mean().item(), rel=1e-13)
    assert_levels_agree(text)


# Shared applications


TWICE = (
    LOSS + "\n  again: {use: contrastive, a: text, b: vision, scale: {use: learned, init: 5.0}, weight: 0.5}"
)


def test_a_tower_named_twice_is_computed_once() -> None:
    assert calls(spec(losses=TWICE), 0) == {"vision": 2, "text": 2}
    assert calls(spec(losses=TWICE), 1) == {"vision": 1, "text": 1}
    assert_levels_agree(spec(losses=TWICE))


def test_a_named_value_is_computed_once_at_every_level() -> None:
    """Its labelled tokens too."""
    for level in (0, 1):
        made, seen = objective(spec(values=SEEN, losses=BOTH), level), []
        made.vision.patches.register_forward_hook(lambda *_, seen=seen: seen.append(1))
        made.embed(batch(spec(values=SEEN, losses=BOTH), 3))
        assert len(seen) == 1


def test_applications_that_draw_their_own_noise_are_not_shared() -> None:
    noisy = spec(VISION.replace("drop_path: 0.0", "drop_path: 0.4"), losses=TWICE)
    refused(noisy, "share_applications", "losses.again.b/vision", "draws its own noise in each application")
    assert calls(noisy, 1) == {"vision": 2, "text": 1}
    made = objective(noisy)
    operands = made.embed(batch(noisy, 6))
    assert (operands["clip.a"] - operands["again.b"]).abs().max() > 1e-3, "two applications, two draws"


def test_applications_to_other_values_are_not_shared() -> None:
    two = spec(losses=TWICE.replace("b: vision", "b: {use: vision, of: other}")).replace(
        "\ntowers:", "  other: {use: random_square_crop, of: image, size: 16}\ntowers:", 1
    )
    assert calls(two, 1) == {"vision": 2, "text": 1}
    assert_levels_agree(two)


# Frozen towers


FROZEN = TEXT.replace("    from: caption", "    with: {frozen: true}\n    from: caption")


def test_a_frozen_tower_is_detached_and_never_trained() -> None:
    text = spec(text=FROZEN)
    assert [taken for place, taken, _ in decisions(text, "detach_frozen") if place.endswith("text")] == [True]
    made = objective(text)
    assert not any(weight.requires_grad for weight in made.text.parameters())
    seen = []
    made.text.register_forward_hook(lambda *_: seen.append(torch.is_grad_enabled()))
    made(batch(text, 3))["total"].backward()
    assert seen == [False], "it runs without a graph"
    assert not any(
        name.startswith("text.") for name in gradients(made)
    ) and "vision.linear.weight" in gradients(made)
    listed = {weight for group in package(text).recipe["groups"] for weight in group["weights"]}
    assert not any(name.startswith("text.") for name in listed) and "vision.linear.weight" in listed
    assert_levels_agree(text)


THROUGH = """
  trunk:
    pipe:
      - {use: vit, width: 48, depth: 2, heads: 4, patch: 4}
      - cls
  vision:
    with: {frozen: true}
    pipe:
      - {use: linear, out: 24}
      - l2norm"""


def test_a_frozen_tower_through_which_gradient_must_flow_is_not_detached() -> None:
    text = spec(THROUGH, losses=LOSS.replace("a: vision", "a: {use: vision, of: {use: trunk, of: crop}}"))
    refused(text, "detach_frozen", "/vision", "gradient flows through it to")
    for level in (0, 1):
        made = objective(text, level)
        made(batch(text, 3))["total"].backward()
        assert gradients(made)["trunk.patches.weight"].abs().max() > 1e-6
        assert made.vision.linear.weight.grad is None


def test_a_frozen_tower_draws_no_noise_at_any_level() -> None:
    """A frozen tower is in evaluation mode (language.md, roles), so that its drop-path is off."""
    noisy = VISION.replace("drop_path: 0.0", "drop_path: 0.4").replace(
        "    from: crop", "    with: {frozen: true}\n    from: crop"
    )
    text = spec(noisy)
    for level in (0, 1):
        made, data = objective(text, level), batch(text, 4)
        assert (made.embed(data)["clip.a"] - made.tower("vision", data["crop"])).abs().max() < 1e-13
    assert_levels_agree(text)


# Visible patches


HIDE = "\n  half: {use: random, of: crop, ratio: 0.5}"
MASKED = """
  vision:
    takes: {hide: null}
    from: crop
    pipe:
      - {use: patches, size: 4, width: 48, as: embedded}
      - position
      - {use: drop, mask: hide}
      - {use: prefix, cls: 1}
      - {use: blocks, depth: 2, heads: 4}
      - layernorm
      - cls
      - {use: linear, out: 24, bias: false}
      - l2norm"""
HALF = LOSS.replace("a: vision", "a: {use: vision, of: crop, hide: half}")


def test_hidden_patches_are_not_embedded() -> None:
    text = spec(MASKED, losses=HALF, masks=HIDE)
    assert [taken for _, taken, _ in decisions(text, "visible_patches")] == [True]
    for level, embedded in ((0, 16), (1, 8)):
        made, seen = objective(text, level), []
        made.vision.embedded.register_forward_hook(lambda *given, seen=seen: seen.append(given[2].shape[1]))
        made.embed(batch(text, 3))
        assert seen == [embedded]
    assert_levels_agree(text)


def test_every_patch_is_embedded_where_blocks_mix_them_before_the_drop() -> None:
    early = MASKED.replace(
        "      - {use: drop, mask: hide}\n",
        "      - {use: blocks, depth: 1, heads: 4, as: early}\n      - {use: drop, mask: hide}\n",
    ).replace("depth: 2, heads: 4}", "depth: 2, heads: 4, as: late}")
    refused(
        spec(early, losses=HALF, masks=HIDE),
        "visible_patches",
        "vision/drop",
        "`early` mixes tokens before they are dropped",
    )


def test_every_patch_is_embedded_where_a_loss_reads_the_whole_grid() -> None:
    values = "\n  seen: {use: vision, of: crop, hide: half}"
    losses = (
        LOSS.replace("a: vision", "a: seen")
        + "\n  pixels: {use: mse, prediction: seen.embedded, target: {use: patch_pixels, of: crop, size: 4}}"
    )
    refused(
        spec(MASKED, losses=losses, masks=HIDE, values=values),
        "visible_patches",
        "vision/drop",
        "something else reads the tokens of `embedded`",
    )


# Batched views


def test_views_of_another_size_are_a_call_of_their_own() -> None:
    """Two lists of crops of two sizes: one call each, and one of the teacher."""
    taken = [(place, reason) for place, taken, reason in decisions("dino_tiny", "batch_views") if taken]
    assert [reason for _, reason in taken] == [
        "2 views run in one call",
        "2 views run in one call",
        "2 views run in one call",
    ]


def test_nothing_runs_at_level_0() -> None:
    ledger = compilation(spec(losses=TWICE), 0).ledger
    assert ledger is not None and not ledger.entries
    assert all(before == after for before, after in ledger.forward.values())


def test_the_explanation_names_every_decision() -> None:
    ledger = compilation(spec(VISION.replace("- cls", "- mean")), 1).ledger
    assert ledger is not None
    lines = ledger.text().splitlines()
    assert any(
        line.startswith("refused dead_tokens") and "`mean` reads every token" in line for line in lines
    )
    assert any(line.startswith("taken") and "MFLOP a sample less" in line for line in lines)
    made: Any = compilation(spec(VISION.replace("- cls", "- mean")), 1).package
    assert "`mean` reads every token" in made.files["README.md"]


@pytest.mark.parametrize("name", ["clip_vit_b32", "dino_vit_s16", "mae_vit_b16", "flip_vit_b16"])
def test_published_specs_are_optimised(name: str) -> None:
    """Whatever the sizes, the passes of each system fire."""
    ledger = compilation(name, 1).ledger
    assert ledger is not None
    wanted = {
        "clip_vit_b32": {"dead_tokens"}, "dino_vit_s16": {"dead_tokens", "batch_views"},
        "mae_vit_b16": {"dead_tokens", "visible_patches"}, "flip_vit_b16": {"dead_tokens", "visible_patches"},
    }  # fmt: skip
    assert {entry.name for entry in ledger.entries if entry.taken and entry.graph != "evaluation"} == wanted[
        name
    ]
