"""The parameters of the zoo's generated modules, on the meta device: the published counts, the recipes' own, and those of peers."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from compiled import package
from peers import peer
from torch import nn

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*:FutureWarning")  # lightly's


def count(module: nn.Module) -> int:
    return sum(weight.numel() for weight in module.parameters())


def on_meta(name: str) -> Any:
    """The objective without memory for its weights."""
    with torch.device("meta"):
        return package(name).objective.Objective()


@pytest.mark.parametrize(
    ("name", "peers_name", "total", "vision", "text"),
    [
        ("clip_vit_b32", "ViT-B-32", 151_277_313, 87_849_216, 63_428_096),
        ("clip_vit_b16", "ViT-B-16", 149_620_737, 86_192_640, 63_428_096),
        ("clip_vit_l14", "ViT-L-14", 427_616_513, 303_966_208, 123_650_304),
    ],
)
def test_clip(name: str, peers_name: str, total: int, vision: int, text: int) -> None:
    """clip_family.md 1.3, and open_clip itself."""
    made = on_meta(name)
    assert (count(made), count(made.vision), count(made.text)) == (total, vision, text)
    assert package(name).recipe["parameters"] == {
        "total": total, "trainable": total, "frozen": 0, "copies": 0, "per_tower": {"vision": vision, "text": text, "clip": 1},
    }  # fmt: skip
    models = peer("open_clip")
    with torch.device("meta"):
        assert count(models.model.CLIP(**models.get_model_config(peers_name))) == total


def test_coca() -> None:
    """clip_family.md 1.3, and open_clip itself: its image and text towers are two of ours each."""
    made = on_meta("coca_vit_b32")
    found = (made.pooled, made.vision), (made.words, made.text), (made.decoder,)
    assert [sum(map(count, towers)) for towers in found] == [89_164_032, 63_428_608, 100_967_424]
    assert count(made) == package("coca_vit_b32").recipe["parameters"]["total"] == 253_560_065
    models = peer("open_clip")
    config = models.get_model_config("coca_ViT-B-32")
    config.pop("custom_text")
    with torch.device("meta"):
        theirs = models.coca_model.CoCa(**config)
        vocabulary = config["multimodal_cfg"]["vocab_size"]
        theirs.text_decoder = models.coca_model._build_text_decoder_tower(
            vocabulary, config["multimodal_cfg"]
        )
    assert count(theirs) == count(made)


@pytest.mark.parametrize(("name", "size"), [("mae_vit_b16", "base"), ("mae_vit_l16", "large")])
def test_mae(name: str, size: str) -> None:
    """transformers counts its two constant tables of positions as parameters."""
    made = on_meta(name)
    library = peer("transformers")
    sizes = {"base": (768, 12, 12), "large": (1024, 24, 16)}
    width, depth, heads = sizes[size]
    config = library.ViTMAEConfig(
        hidden_size=width, num_hidden_layers=depth, num_attention_heads=heads, intermediate_size=4 * width
    )
    with torch.device("meta"):
        theirs = library.ViTMAEForPreTraining(config)
    tables = 197 * width + 197 * 512
    assert count(made) == count(theirs) - tables
    assert package(name).recipe["parameters"]["total"] == count(made)
    vit = peer("timm").create_model(f"vit_{size}_patch16_224", num_classes=0, device="meta")
    assert count(made.encoder) == count(vit) - 197 * width


@pytest.mark.parametrize(
    ("name", "size", "width", "out"),
    [("flip_vit_b16", "base", 768, 512), ("flip_vit_l16", "large", 1024, 768)],
)
def test_flip(name: str, size: str, width: int, out: int) -> None:
    """timm's towers; the positions of the image are a constant table, those of the text are learned."""
    made = on_meta(name)
    blocks = peer("timm.models.vision_transformer")
    vit = peer("timm").create_model(f"vit_{size}_patch16_224", num_classes=0, device="meta")
    assert count(made.vision) == count(vit) - 197 * width + width * out
    with torch.device("meta"):
        text = 12 * count(blocks.Block(out, out // 64, qkv_bias=True))
    assert count(made.text) == text + 30523 * out + 32 * out + 2 * out + out * out
    assert (
        count(made)
        == count(made.vision) + count(made.text) + 1
        == package(name).recipe["parameters"]["total"]
    )


@pytest.mark.parametrize(
    ("name", "trunk", "peers_name"),
    [
        ("dino_vit_s16", 21_665_664, "vit_small_patch16_224"),
        ("dino_vit_b16", 85_798_656, "vit_base_patch16_224"),
    ],
)
def test_dino(name: str, trunk: int, peers_name: str) -> None:
    """ssl_mim.md 0.1 for the trunk, lightly for the head; the teacher is a copy, and counted as one."""
    made, recipe = on_meta(name), package(name).recipe["parameters"]
    assert count(made.trunk) == recipe["per_tower"]["trunk"] == trunk
    assert count(peer("timm").create_model(peers_name, num_classes=0, device="meta")) == trunk
    with torch.device("meta"):
        head = peer("lightly.models.modules").DINOProjectionHead(
            made.trunk.norm.weight.numel(), 2048, 256, 65536
        )
    learned = name == "dino_vit_s16"
    lengths = 0 if learned else 65536  # lightly holds the lengths as a parameter even where they do not learn
    assert count(made.head) == count(head) - lengths
    assert recipe["copies"] == count(made.teacher) == count(made.trunk) + count(made.head) == recipe["total"]
    assert recipe["trainable"] == sum(weight.numel() for weight in made.parameters() if weight.requires_grad)


def test_simclr() -> None:
    """timm's ResNet-50 without its head, lightly's projection head without the shift of its last norm."""
    made = on_meta("simclr_resnet50")
    assert count(made.trunk) == count(peer("timm").create_model("resnet50", num_classes=0, device="meta"))
    with torch.device("meta"):
        head = peer("lightly.models.modules").SimCLRProjectionHead(2048, 2048, 128, 2)
    assert count(made.head) == count(head) - 128
    assert (
        count(made)
        == count(made.trunk) + count(made.head)
        == package("simclr_resnet50").recipe["parameters"]["total"]
    )


def test_slip() -> None:
    """timm's ViT-B/16 and open_clip's text tower; projection and head by their formula (clip_family.md 2.15)."""
    made, models = on_meta("slip_vit_b16"), peer("open_clip")
    assert count(made.trunk) == count(
        peer("timm").create_model("vit_base_patch16_224", num_classes=0, device="meta")
    )
    with torch.device("meta"):
        clip = models.model.CLIP(**models.get_model_config("ViT-B-16"))
    assert count(made.text) == count(clip) - count(clip.visual) - 1
    layers = [nn.Linear(768, 4096), nn.BatchNorm1d(4096), nn.Linear(4096, 4096), nn.BatchNorm1d(4096), nn.Linear(4096, 256)]  # fmt: skip
    assert count(made.head) == sum(count(layer) for layer in layers)
    assert count(made.vision) == 768 * 512


@pytest.mark.parametrize(
    ("name", "peers_name", "total"),
    [
        ("supervised_vit_b16", "vit_base_patch16_224", 86_567_656),
        ("supervised_resnet50", "resnet50", 25_557_032),
    ],
)
def test_supervised(name: str, peers_name: str, total: int) -> None:
    """timm's classifiers."""
    made = on_meta(name)
    assert count(made) == count(made.classifier) == total == package(name).recipe["parameters"]["trainable"]
    assert count(peer("timm").create_model(peers_name, device="meta")) == total


@pytest.mark.parametrize("phase", [0, 1, 2])
def test_imagebind(phase: int) -> None:
    """The published tensors tower by tower (multimodal_interop.md 1.1 and 1.2), by the shapes that are listed there."""
    loaded = package("imagebind_huge")
    with torch.device("meta"):
        made = getattr(loaded.objective, loaded.recipe["phases"][phase]["objective"])()

    def tower(width: int, depth: int, tokens: int, stem: int, bias_kv: bool) -> int:
        block = 12 * width**2 + 13 * width + 2 * width * bias_kv
        norms = 2 * width + 2 * width  # of the stem, or before the blocks; of the head
        return stem * width + (tokens + 1) * width + width + norms + depth * block + 1024 * width

    text = 49408 * 1024 + 77 * 1024 + 24 * (12 * 1024**2 + 13 * 1024) + 2 * 1024 + 1024**2
    expected = {
        "vision": tower(1280, 32, 256, 3 * 2 * 14 * 14, False), "text": text,
        "audio": tower(768, 12, 228, 256, True), "depth": tower(384, 12, 196, 256, True),
        "thermal": tower(768, 12, 196, 256, True), "imu": tower(512, 6, 250, 48, True), "align": 1,
    }  # fmt: skip
    assert {name: count(child) for name, child in made.named_children()} == expected
    assert count(made) == sum(expected.values()) == 1_200_781_057 == loaded.recipe["parameters"]["total"]
    learning = {name.split(".")[0] for name, weight in made.named_parameters() if weight.requires_grad}
    assert learning == [{"vision", "text", "align"}, {"audio", "depth", "thermal"}, {"imu"}][phase]


@pytest.mark.parametrize(
    "name",
    [
        "clip_vit_b32",
        "coca_vit_b32",
        "mae_vit_b16",
        "flip_vit_b16",
        "dino_vit_s16",
        "simclr_resnet50",
        "supervised_vit_b16",
        "supervised_resnet50",
    ],
)
def test_the_recipe_names_every_weight_with_its_shape(name: str) -> None:
    state = {key: list(tensor.shape) for key, tensor in on_meta(name).state_dict().items()}
    assert list(package(name).recipe["weights"].items()) == list(state.items())
