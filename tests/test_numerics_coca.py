"""CoCa against open_clip with equal weights: embeddings, scores of words, both losses and every gradient, in float64.

open_clip leaves the decoder's last matrix as memory has it, so it is set before anything is compared.
"""

from __future__ import annotations

import math
import threading
from typing import Any, ClassVar

import pytest
import torch
from compiled import (
    assert_levels_agree,
    batch,
    compilation,
    default_dtype,
    distance,
    disturbed,
    gradients,
    objective,
    package,
)
from key_maps import shipped
from peers import peer
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from vfmc.runtime.data.example import example_batch
from vfmc.runtime.gradients import Part, accumulate
from vfmc.runtime.parallel import Ranks
from vfmc.runtime.precision import choose_precision

WORDS = 97
CPU = torch.device("cpu")
SPEC = """
vfmc: 1
name: small_coca
inputs:
  image: image
  caption: {use: text, length: 11, tokenizer: {use: bpe, vocabulary: 97}}
views:
  crop: {use: random_square_crop, of: image, size: 16}
towers:
  pooled:
    from: crop
    pipe:
      - {use: vit, width: 32, depth: 2, heads: 2, patch: 4, pre_norm: true, norm: false, epsilon: 1.0e-5, initializer: clip}
      - {use: attention_pool, queries: 6, cls: 1, heads: 5, width: 20, initializer: torch}
      - {use: layernorm, epsilon: 1.0e-5}
  vision:
    from: pooled.cls
    pipe:
      - {use: linear, out: 20, bias: false, initializer: clip}
      - l2norm
  words:
    from: caption
    pipe:
      - {use: text_transformer, width: 20, depth: 2, heads: 4, causal: true, append_cls: true, padding: PADDING, norm: false}
  text:
    from: words.cls
    pipe:
      - {use: layernorm, epsilon: 1.0e-5}
      - {use: linear, out: 20, bias: false, initializer: clip}
      - l2norm
  decoder:
    from: words.tokens
    pipe:
      - {use: cross_decoder, memory: pooled.tokens, depth: 2, heads: 4}
      - {use: layernorm, epsilon: 1.0e-5}
      - {use: linear, out: 97, bias: false, initializer: clip}
losses:
  clip: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.285714285714286, min: 1.0, max: 100.0}}
  captions: {use: next_token, logits: decoder, labels: caption, weight: 2.0}
sources: {pairs: digits}
train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3}, for: 1 epochs}
"""


def spec(padding: str = "hidden") -> str:
    return SPEC.replace("PADDING", padding)


def open_clip(padding: str = "hidden") -> Any:
    """The peer at the sizes of the spec above. Its pooler counts heads of 32, hence of its own width."""
    library = peer("open_clip")
    models = library.coca_model
    made = models.CoCa(
        20,
        {"context_length": 11, "vocab_size": WORDS, "width": 20, "heads": 4, "layers": 2},
        {
            "context_length": 11, "vocab_size": WORDS, "width": 20, "heads": 4, "layers": 2,
            "embed_cls": True, "output_tokens": True,
        },
        {
            "image_size": 16, "patch_size": 4, "width": 32, "layers": 2, "head_width": 16,
            "attentional_pool": True, "attn_pooler_queries": 6, "attn_pooler_heads": 5, "output_tokens": True,
        },
    )  # fmt: skip
    made.text.correct_cls_mask = padding == "hidden"
    decoder = models.MultimodalTransformer(20, 2, 4, context_length=11, output_dim=WORDS)
    torch.nn.init.normal_(decoder.text_projection, std=20**-0.5)
    made.text_decoder = decoder
    return made


def pair(padding: str, level: int) -> tuple[Any, Any]:
    """Theirs and ours with equal weights."""
    torch.manual_seed(3)
    with default_dtype(torch.float64):
        theirs = disturbed(open_clip(padding).double().train())
    ours = objective(spec(padding), level)
    weights = dict(theirs.named_parameters())
    ours.load_state_dict(shipped("open_clip_coca", spec(padding), weights, ours.state_dict()))
    return theirs, ours


@pytest.mark.parametrize("level", [0, 1])
@pytest.mark.parametrize("padding", ["hidden", "shifted"])
def test_outputs_losses_and_gradients_equal_open_clips(padding: str, level: int) -> None:
    theirs, ours = pair(padding, level)
    data = batch(spec(padding), 5)
    assert len(set((data["caption"] != 0).sum(dim=1).tolist())) > 1, "captions of several lengths"

    found = theirs(data["crop"], data["caption"])
    operands = ours.embed(data)
    assert distance(operands["clip.a"], found["image_features"]) < 1e-12
    assert distance(operands["clip.b"], found["text_features"]) < 1e-12
    assert distance(ours.clip.scale(), found["logit_scale"]) < 1e-13
    scores: list[torch.Tensor] = []
    ours.decoder.register_forward_hook(lambda *heard: scores.append(heard[-1]))
    losses = ours(data)
    assert distance(scores[0][:, :-1], found["logits"]) < 1e-12

    contrastive, captions = peer("open_clip").CoCaLoss(caption_loss_weight=2.0, clip_loss_weight=1.0)(
        found["image_features"],
        found["text_features"],
        found["logits"],
        found["labels"],
        found["logit_scale"],
    )
    assert losses["clip"].item() == pytest.approx(contrastive.item(), rel=1e-12)
    assert 2 * losses["captions"].item() == pytest.approx(captions.item(), rel=1e-12)
    losses["total"].backward()
    (contrastive + captions).backward()
    slopes = {name: weight.grad for name, weight in theirs.named_parameters()}
    wanted = shipped("open_clip_coca", spec(padding), slopes, ours.state_dict())
    mine = gradients(ours)
    assert max(distance(mine[name], gradient) for name, gradient in wanted.items()) < 1e-10

    ours.eval()
    assert distance(ours.tower("vision", data["crop"]), found["image_features"]) < 1e-12
    assert distance(ours.tower("text", data["caption"]), found["text_features"]) < 1e-12


def test_the_two_masks_of_the_class_token_differ() -> None:
    """So that the test above can tell them apart; neither changes what the words before the end see."""
    hidden, shifted, seen = (objective(spec(kind)) for kind in ("hidden", "shifted", "seen"))
    caption = batch(spec(), 5)["caption"]
    texts = [made.tower("text", caption) for made in (hidden, shifted, seen)]
    assert distance(texts[0], texts[1]) > 1e-4 and distance(texts[0], texts[2]) > 1e-4
    words = [made.tower("words", caption) for made in (hidden, shifted, seen)]
    there = (caption != 0)[..., None]
    assert distance(words[0][:, :-1] * there, words[1][:, :-1] * there) < 1e-13
    assert distance(words[0][:, :-1] * there, words[2][:, :-1] * there) < 1e-13


def test_a_text_without_a_word_is_still_a_number() -> None:
    made = objective(spec())
    assert made.tower("text", torch.zeros(2, 11, dtype=torch.int64)).isfinite().all()


def test_the_golden_value_of_the_caption_loss() -> None:
    """clip_family.md 1.2: the mean over tokens, and not the mean of the captions' means."""
    functions = package(spec()).objective
    logits = torch.sin(torch.arange(70, dtype=torch.float64)).view(2, 5, 7)
    targets = torch.tensor([[1, 2, 3, 0, 0], [4, 5, 6, 1, 0]])
    ids = torch.cat([torch.full((2, 1), 5), targets], dim=1)
    scores = torch.cat([logits, torch.full((2, 1, 7), 9.0, dtype=torch.float64)], dim=1)
    sums = functions.next_token_sums(scores, ids, pad=0)
    assert functions.mean_of_sums(sums).item() == pytest.approx(2.0444664816, abs=1e-10)
    assert (sums[:, 0] / sums[:, 1]).mean().item() == pytest.approx(2.0539824861, abs=1e-10)


@pytest.mark.parametrize("name", ["coca_tiny", spec()], ids=["coca_tiny", "small"])
def test_losses_gradients_and_state_are_equal_at_every_level(name: str) -> None:
    assert_levels_agree(name)


def test_a_tower_that_is_read_twice_runs_once() -> None:
    for level, times in ((0, 2), (1, 1)):
        made = objective("coca_tiny", level)
        calls: dict[str, int] = {}

        def count(name: str, calls: dict[str, int] = calls) -> None:
            calls[name] = calls.get(name, 0) + 1

        for name, module in made.named_children():
            module.register_forward_hook(lambda *_, name=name, count=count: count(name))
        made(batch("coca_tiny", 3))
        assert calls == {"pooled": times, "words": times, "vision": 1, "text": 1, "decoder": 1}


@pytest.mark.parametrize("level", [0, 1])
def test_the_flop_counter_finds_what_the_ledger_predicts(level: int) -> None:
    """And the queries, which are projected once a batch, whatever its size."""
    ledger = compilation(spec(), 1).ledger
    assert ledger is not None
    predicted = ledger.forward["main"][level]
    loaded = package(spec(), level)
    samples = 3
    data = example_batch(loaded.data.PHASES["main"], samples, data_module=loaded.data)
    with torch.device("meta"):
        made = loaded.objective.Objective()
    counter = FlopCounterMode(display=False)
    with counter, sdpa_kernel(SDPBackend.MATH):
        made.embed({key: x.to("meta") for key, x in data.items()})
    queries = 2 * 6 * 20 * 20 * (2 if level == 0 else 1)
    assert counter.get_total_flops() == 2 * predicted * samples + queries


def test_weights_begin_as_declared() -> None:
    """Root mean squares over 5 seeds: the pooler as torch's attention, the decoder by open_clip's rule, which open_clip never calls."""
    width, depth = 20, 2
    proj = (2 * depth * width) ** -0.5
    pool, layer = "pooled.attention_pool.", "decoder.cross_decoder.1."
    expected = {
        pool + "queries": 1.0,
        pool + "attention.q.weight": math.sqrt(2 / (width + width)),
        pool + "attention.kv.weight": math.sqrt(2 / (32 + width)),
        "words.append_cls.cls": 0.01,
        layer + "own.attention.qkv.weight": width**-0.5,
        layer + "cross.attention.q.weight": width**-0.5,
        layer + "cross.attention.kv.weight": width**-0.5,
        layer + "cross.attention.proj.weight": proj,
        layer + "cross.mlp.fc1.weight": (2 * width) ** -0.5,
        layer + "cross.mlp.fc2.weight": proj,
        "decoder.linear.weight": width**-0.5,
    }
    made = [package(spec()).build_objective(seed).state_dict() for seed in range(5)]
    for name, value in expected.items():
        found = sum(state[name].double().pow(2).mean().item() for state in made) / 5
        assert math.sqrt(found) == pytest.approx(value, rel=0.1), name
    assert all(not made[0][f"{layer}cross.attention.{name}.bias"].any() for name in ("q", "kv", "proj"))


class Paired(Ranks):
    """Two ranks as two threads of one process: `gather` waits for the other and joins both tensors."""

    meeting = threading.Barrier(2)
    table: ClassVar[dict[int, torch.Tensor]] = {}

    def gather(self, tensor: torch.Tensor, dim: int) -> torch.Tensor:
        self.table[self.rank] = tensor.detach().clone()
        self.meeting.wait(60)
        joined = torch.cat([self.table[rank] for rank in range(self.world)], dim)
        self.meeting.wait(60)
        return joined


def uneven(count: int) -> dict[str, torch.Tensor]:
    """A batch whose first captions have two words and whose last are full, so that a mean of means is another number."""
    data = batch(spec(), count)
    generator = torch.Generator().manual_seed(5)
    data["caption"] = torch.randint(1, WORDS, data["caption"].shape, generator=generator)
    data["caption"][: count // 2, 3:] = 0
    return data


def step(
    made: Any, data: dict[str, torch.Tensor], pieces: int, ranks: Ranks
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Losses and gradients of one step of the training loop, before the mean over the ranks."""
    [part] = Part.all_of(package(spec()).recipe, package(spec()).dims("main"))
    losses = accumulate(made, part, data, pieces, choose_precision("float64", CPU), ranks)
    return losses, dict(gradients(made))


@pytest.mark.parametrize("pieces", [1, 3])
def test_the_mean_over_words_is_exact_in_micro_batches(pieces: int) -> None:
    """Seven samples in three, two and two, with unequal numbers of words: losses and gradients of the dense step."""
    dense, made, data = objective(spec()), objective(spec()), uneven(7)
    losses = dense(data)
    losses["total"].backward()
    found, slopes = step(made, data, pieces, Ranks(0, 1, CPU))
    for name, loss in losses.items():
        assert found[name].item() == pytest.approx(loss.item(), rel=1e-13)
    for name, gradient in gradients(dense).items():
        assert (slopes[name] - gradient).abs().max() < 1e-12 * max(float(gradient.abs().max()), 1e-3), name
    with torch.no_grad():
        parts = [
            dense({key: x[rows] for key, x in data.items()})["captions"].item()
            for rows in (slice(3), slice(3, 7))
        ]
    assert abs(sum(parts) / 2 - losses["captions"].item()) > 1e-4, "a mean of means would have failed above"


@pytest.mark.parametrize("pieces", [1, 2])
def test_the_mean_over_words_is_exact_over_ranks(pieces: int) -> None:
    dense, data = objective(spec()), uneven(8)
    losses = dense(data)
    losses["total"].backward()
    made = [objective(spec()) for _ in range(2)]
    found: list[Any] = [None, None]

    def rank(number: int) -> None:
        own = {key: x[number * 4 : number * 4 + 4] for key, x in data.items()}
        found[number] = step(made[number], own, pieces, Paired(number, 2, CPU))

    threads = [threading.Thread(target=rank, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for name, loss in losses.items():
        assert found[0][0][name].item() == pytest.approx(loss.item(), rel=1e-13)
    for name, gradient in gradients(dense).items():
        mean = (found[0][1][name] + found[1][1][name]) / 2
        assert (mean - gradient).abs().max() < 1e-12 * max(float(gradient.abs().max()), 1e-3), name


def test_the_whole_scores_are_never_joined() -> None:
    """What ranks exchange of a caption is two numbers, whatever the vocabulary."""
    operands = objective(spec()).embed(batch(spec(), 3))
    assert {name: tuple(tensor.shape) for name, tensor in operands.items()} == {
        "clip.a": (3, 20), "clip.b": (3, 20), "captions.sums": (3, 2),
    }  # fmt: skip
