"""The optimiser's groups: who is decayed, who moves how fast, who stays."""

from __future__ import annotations

import pytest
from test_plan import CLIP, DINO, planned


def groups(text: str, said: str = ""):
    text = text.replace("  for: 10 epochs\n", f"  groups: {said}\n  for: 10 epochs\n") if said else text
    return {group["name"]: group for group in planned(text).recipe["groups"]}


def weights(text: str, said: str = "") -> dict[str, str]:
    """Weight -> the name of its group."""
    return {name: group["name"] for group in groups(text, said).values() for name in group["weights"]}


def test_biases_norms_and_scales_are_not_decayed_and_everything_else_is():
    found = groups(CLIP)
    assert [(group["name"], group["lr"], group["decay"]) for group in found.values()] == [
        ("decay", 1.0, 1.0),
        ("no_decay", 1.0, 0.0),
    ]
    place = weights(CLIP)
    for name in (
        "vision.prefix.cls",
        "vision.position.table",
        "text.word_embedding.weight",
        "text.linear.weight",
    ):
        assert (
            place[name] == "decay"
        )  # as open_clip 3 and MAE do: only what has fewer than two dimensions is not
    for name in ("clip.scale.log", "vision.norm.weight", "text.blocks.1.mlp.fc2.bias", "vision.patches.bias"):
        assert place[name] == "no_decay"


def test_the_roles_that_are_not_decayed_can_be_said():
    text = CLIP.replace("  for: 10", "  no_decay: [position, prefix]\n  for: 10")
    found = groups(text)
    assert found["no_decay"]["weights"] == [
        "vision.prefix.cls",
        "vision.position.table",
        "text.position.table",
    ]


def test_every_weight_that_trains_stands_in_one_group_and_nothing_else_does():
    plan = planned(DINO)
    listed = [name for group in plan.recipe["groups"] for name in group["weights"]]
    assert len(listed) == len(set(listed))
    wanted = [name for name in plan.signature if not name.startswith("teacher.") and name != "dino.center"]
    assert sorted(listed) == sorted(wanted)


def test_a_window_in_which_weights_stay_makes_a_group_of_its_own():
    found = groups(DINO)
    assert found["head.last"] == {
        "name": "head.last",
        "weights": ["head.last.weight"],
        "lr": 1.0,
        "decay": 1.0,
        "frozen_until": {"value": 1, "unit": "epochs"},
    }


def test_a_clip_of_its_own_is_shared_by_all_that_the_selector_means():
    found = groups(CLIP, "[{of: vision, clip: 5.0}]")
    own = {name: group["clip"] for name, group in found.items() if "clip" in group}
    assert own == {"vision": {"of": "vision", "max": 5.0}, "vision no_decay": {"of": "vision", "max": 5.0}}
    assert all(name.startswith("vision.") for group in own for name in found[group]["weights"])


def test_later_groups_win_in_what_they_say_alone():
    found = groups(
        CLIP, "[{of: vision, lr: 0.1}, {of: vision.linear, weight_decay: 0.05}, {of: text.linear, lr: 0.1}]"
    )
    linear = found["vision vision.linear"]
    assert linear["weights"] == ["vision.linear.weight"] and (linear["lr"], linear["decay"]) == (0.1, 0.5)
    assert (
        found["vision, text.linear"]["lr"] == 0.1
        and "text.linear.weight" in found["vision, text.linear"]["weights"]
    )
    slow = found["vision no_decay"]
    assert (slow["lr"], slow["decay"]) == (0.1, 0.0) and "vision.patches.bias" in slow["weights"]
    assert "vision.patches.weight" not in found["decay"]["weights"]


def test_a_decay_of_its_own_is_a_factor_of_the_optimiser_s_and_absolute_where_that_moves():
    one = groups(CLIP, "[{of: vision.patches.weight, weight_decay: 0.4}]")["vision.patches.weight"]
    assert one["decay"] == pytest.approx(4.0) and "weight_decay" not in one
    moving = CLIP.replace("weight_decay: 0.1", "weight_decay: {use: cosine, start: 0.04, end: 0.4}")
    other = groups(moving, "[{of: vision.patches.weight, weight_decay: 0.4}]")["vision.patches.weight"]
    assert (other["decay"], other["weight_decay"]) == (1.0, 0.4)
    none = groups(moving, "[{of: vision.patches, weight_decay: 0.0}]")["no_decay"]
    assert "vision.patches.weight" in none["weights"]


def test_layer_decay_counts_layers_as_beit_and_mae_do():
    found = groups(CLIP, "[{of: vision, layer_decay: 0.5}]")
    rates = {name: group["lr"] for group in found.values() for name in group["weights"]}
    # depth 4: layers 0 (embeddings) to 5 (after the blocks); factor 0.5 ** (5 - layer)
    assert (
        rates["vision.patches.weight"]
        == rates["vision.position.table"]
        == rates["vision.prefix.cls"]
        == 0.5**5
    )
    assert [rates[f"vision.blocks.{i}.mlp.fc1.weight"] for i in range(4)] == [0.5**4, 0.5**3, 0.5**2, 0.5]
    assert rates["vision.norm.weight"] == rates["vision.linear.weight"] == 1.0
    assert rates["text.blocks.0.mlp.fc1.weight"] == 1.0
    assert found["vision layer 0"]["decay"] == 1.0 and found["vision layer 0 no_decay"]["decay"] == 0.0
    assert "vision.linear.weight" in found["decay"]["weights"]


def test_layers_of_two_stacks_of_blocks_in_one_tower_count_on():
    stages = (
        "{use: patches, size: 4, width: 64}",
        "{use: prefix, cls: 1}",
        "{use: blocks, depth: 2, heads: 4, as: early}",
        "{use: layernorm, as: mid}",
        "{use: blocks, depth: 3, heads: 4, as: late}",
        "{use: layernorm, as: norm}",
    )
    vit = "- {use: vit, width: 64, depth: 4, heads: 4, patch: 4}\n"
    text = CLIP.replace(vit, "".join(f"- {stage}\n      " for stage in stages).rstrip(" "))
    entries = groups(text, "[{of: vision, layer_decay: 0.5}]").values()
    rates = {name: group["lr"] for group in entries for name in group["weights"]}
    assert rates["vision.patches.weight"] == 0.5**6
    places = ("early.0", "early.1", "late.0", "late.2")
    found = [rates[f"vision.{place}.mlp.fc1.weight"] for place in places]
    assert found == [0.5**5, 0.5**4, 0.5**3, 0.5]
    assert rates["vision.mid.weight"] == 0.5**4  # with the block before it
    assert rates["vision.norm.weight"] == 1.0


def test_layer_decay_multiplies_the_factor_of_a_group():
    rates = groups(CLIP, "[{of: vision, layer_decay: 0.5}, {of: vision.blocks, lr: 3.0}]")
    last = next(group for group in rates.values() if "vision.blocks.3.mlp.fc1.weight" in group["weights"])
    assert last["lr"] == 1.5


def test_weights_frozen_for_good_keep_their_group_and_never_move():
    found = groups(
        CLIP,
        "[{of: vision.linear, frozen: true}, {of: text.linear, frozen: true}, {of: text, frozen: false}]",
    )
    assert found["vision.linear"]["frozen_until"] == {"value": 100, "unit": "%"}
    assert found["vision.linear"]["weights"] == ["vision.linear.weight"]
    assert "text.linear.weight" in found["decay"]["weights"]  # a later group let it move again


def test_frozen_towers_are_in_no_group():
    text = CLIP.replace("l2norm\n  text:", "l2norm\n    with: {frozen: true}\n  text:")
    assert not [name for name in weights(text) if name.startswith("vision.")]
    assert "text.linear.weight" in weights(text)


def test_selectors_by_layer_and_role_name_their_group():
    found = groups(CLIP, "[{of: {of: vision, layers: [0, 1], role: [bias, norm]}, lr: 0.0}]")
    group = found["vision layers 0-1 bias + norm no_decay"]
    assert group["lr"] == 0.0 and len(group["weights"]) == 2 * 8
    assert not [
        name for name in group["weights"] if not name.startswith(("vision.blocks.0.", "vision.blocks.1."))
    ]


def test_the_runtime_takes_the_groups_of_a_module_with_these_weights():
    torch = pytest.importorskip("torch")
    from vfmc.runtime.optimize import Optimizer
    from vfmc.runtime.schedule import Clock

    plan = planned(DINO)
    module = torch.nn.Module()
    module.named_parameters = lambda: [  # type: ignore[method-assign]
        (name, torch.nn.Parameter(torch.zeros(shape), requires_grad=not name.startswith("teacher.")))
        for name, shape in plan.signature.items()
        if name != "dino.center"
    ]
    optimizer = Optimizer(module, plan.recipe, torch.device("cpu"), Clock(1280, 128, 100))
    optimizer.set(2.0, 0.5)
    assert [(group["lr"], group["weight_decay"]) for group in optimizer.torch.param_groups] == [
        (2.0, 0.5), (2.0, 0.0), (2.0, 0.5),
    ]  # fmt: skip
    assert optimizer.frozen_until == [0, 0, 10]
