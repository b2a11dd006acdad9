"""Linear probes: planted clusters, chance, scikit-learn's classifier on the same features, and the protocols' facts."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from checking import changed, findings, only
from compiled import package, spec
from sklearn.linear_model import LogisticRegression
from torch import Tensor

from vfmc.components.linear_protocols import PROTOCOLS
from vfmc.runtime import open_run, train
from vfmc.runtime.evaluate import evaluate, held_out, linear
from vfmc.runtime.trained import Trained

MAE = (Path(__file__).parent.parent / "specs" / "mae_tiny.yaml").read_text(encoding="utf-8")
PROBED = changed(
    ("eval:\n", "eval:\n  linear: {use: linear_probe, of: features, data: digits}\n"),
    text=MAE,
)


def clusters(classes: int = 5, each: int = 60, width: int = 16) -> tuple[Tensor, Tensor]:
    """Points around random centres that a line divides."""
    draw = np.random.default_rng(0)
    centres = 4 * draw.standard_normal((classes, width))
    labels = np.repeat(np.arange(classes), each)
    points = centres[labels] + 0.5 * draw.standard_normal((len(labels), width))
    return torch.from_numpy(points).float(), torch.from_numpy(labels)


def facts(name: str, **more: Any) -> dict[str, Any]:
    return {**PROTOCOLS[name], **more}


def share(head: torch.nn.Module, x: Tensor, labels: Tensor) -> float:
    with torch.no_grad():
        return (head(x).argmax(-1) == labels).double().mean().item()


@pytest.mark.parametrize("name", sorted(PROTOCOLS))
def test_every_protocol_divides_planted_clusters_and_learns_nothing_from_permuted_labels(name: str) -> None:
    x, labels = clusters()
    train_rows = torch.arange(len(x)) % 3 > 0
    quick = {"epochs": 12, "batch": 50} if "schedule" in PROTOCOLS[name] else {}
    quick |= {"iterations": 200} if name == "dinov2" else {}
    if name in ("dino", "dino_base"):
        quick["rates"] = [0.1]  # its rate is for features of another size and for 100 epochs
    if name == "mae":
        quick = {"rates": [8.2]}  # that of its batch of 16,384, for one of 200
    if name == "simsiam":
        quick = {"rates": [2.05]}  # that of 4,096
    head, _ = linear.fit(lambda epoch: x[train_rows], labels[train_rows], 5, facts(name, **quick), 0)
    assert share(head, x[~train_rows], labels[~train_rows]) == 1.0
    mixed = labels[torch.from_numpy(np.random.default_rng(1).permutation(len(labels)))]
    head, _ = linear.fit(lambda epoch: x[train_rows], mixed[train_rows], 5, facts(name, **quick), 0)
    assert share(head, x[~train_rows], mixed[~train_rows]) < 0.45  # chance is 0.2, of 100 samples


def test_logistic_is_scikit_learn_s_optimum() -> None:
    draw = np.random.default_rng(2)
    x = draw.standard_normal((200, 6)) * [1, 5, 0.2, 3, 1, 10] + 2
    labels = draw.integers(0, 3, 200)
    x[:, 0] += labels
    head, _ = linear.fit(
        lambda epoch: torch.from_numpy(x).float(),
        torch.from_numpy(labels),
        3,
        facts("logistic", decays=[0.5]),
        0,
    )
    unit = (x - x.mean(0)) / x.std(0)
    reference = LogisticRegression(C=2.0, max_iter=10_000, tol=1e-10).fit(unit, labels)
    with torch.no_grad():
        found = head(torch.from_numpy(x).float()).softmax(-1).numpy()
    assert np.abs(found - reference.predict_proba(unit)).max() < 1e-4


def test_the_best_of_several_rates_is_kept_and_told() -> None:
    x, labels = clusters()
    head, chosen = linear.fit(
        lambda epoch: x, labels, 5, facts("simclr", rates=[1e-9, 0.1], epochs=5, batch=64), 0
    )
    assert [own["rate"] for own in chosen["candidates"]] == [1e-9 * 64 / 256, 0.1 * 64 / 256]
    assert chosen["rate"] == 0.1 * 64 / 256 and chosen["candidates"][1]["top1"] == 1.0
    assert share(head, x, labels) == 1.0


def test_the_same_seed_gives_the_same_classifier_and_leaves_torch_s_generator_alone() -> None:
    x, labels = clusters()
    before = torch.get_rng_state()
    found = [
        linear.fit(lambda epoch: x, labels, 5, facts("moco", epochs=3), seed)[0].state_dict()
        for seed in (0, 0, 1)
    ]
    assert torch.equal(torch.get_rng_state(), before)
    assert all(found[0][name].equal(found[1][name]) for name in found[0])
    assert not all(found[0][name].equal(found[2][name]) for name in found[0])


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("probe") / "run"
    train(package(PROBED).folder, folder, steps=30, device="cpu", quiet=True, workers=0)
    return folder


def test_a_run_s_probe_agrees_with_scikit_learn_on_the_same_features(run: Path) -> None:
    result = evaluate(run, only="linear", device="cpu", pictures=False)["linear"]
    trained = open_run(run, "cpu")
    settings = {"data": "digits", "image": {"tower": "features", "view": "crop"}}
    sides = {}
    for split in ("train", "test"):
        data = held_out.open_data(trained, settings, ("image", "label"), split, both=True)
        features, rest = held_out.encode_images(trained, data, settings["image"], "label")
        sides[split] = (features.numpy(), np.array(rest["label"]))
    mean, std = sides["train"][0].mean(0), sides["train"][0].std(0)
    model = LogisticRegression(C=1 / result["chosen"]["decay"], max_iter=3000)
    model.fit((sides["train"][0] - mean) / std, sides["train"][1])
    expected = model.score((sides["test"][0] - mean) / std, sides["test"][1])
    assert abs(result["top1"] - expected) < 0.01
    assert (
        result["top1"] > 0.85 and result["held_out"] and result["samples"] == 360 and result["train"] == 1437
    )


def test_the_result_tells_the_protocol_and_a_hash_that_follows_it(run: Path) -> None:
    trained = open_run(run, "cpu")
    asked = trained.package.recipe["evaluate"]["linear"]
    own = {key: value for key, value in PROTOCOLS["logistic"].items() if key != "departs"}
    assert asked["facts"] == own and asked["departs"] == PROTOCOLS["logistic"]["departs"]
    assert asked["image"] == {"tower": "features", "view": "crop"}
    quick = {**asked, "limit": 60, "facts": {**asked["facts"], "decays": [1.0]}}
    results = [measured(trained, settings) for settings in (quick, quick, {**quick, "seeds": [0, 1]})]
    assert results[0]["hash"] == results[1]["hash"] != results[2]["hash"]
    assert results[0]["top1_by_seed"].keys() == {"0"} and results[2]["top1_by_seed"].keys() == {"0", "1"}


def measured(trained: Trained, settings: dict[str, Any]) -> dict[str, Any]:
    from vfmc.runtime.evaluate import find

    return find("linear_probe")(trained, "linear", settings, False)


def test_augmented_features_change_with_the_epoch_and_not_with_the_run(run: Path) -> None:
    from vfmc.runtime.evaluate.protocols.linear_probe import _Cropped

    trained = open_run(run, "cpu")
    settings = {"data": "digits", "limit": 20, "image": {"tower": "features", "view": "crop"}}
    data = held_out.open_data(trained, settings, ("image", "label"), "train", both=True)
    one, other = (_Cropped(trained, data, settings["image"], 0) for _ in range(2))
    first = one(0)
    assert len(first) == 20
    assert (
        first.equal(other(0))
        and not first.equal(one(1))
        and not first.equal(_Cropped(trained, data, settings["image"], 1)(0))
    )


def test_a_probe_needs_one_vector_an_image() -> None:
    found = only(changed(("linear_probe, of: features", "linear_probe, of: encoder"), text=PROBED))
    assert (found.code, found.span.text) == ("REF105", "encoder")
    assert "gives a vector, and `encoder` gives tokens" in found.message and "pipe: [encoder, mean]" in (
        found.help or ""
    )
    assert not findings(PROBED)


def test_what_a_spec_says_stands_in_place_of_the_protocol_s() -> None:
    text = changed(
        (
            "linear_probe, of: features, data",
            "linear_probe, of: features, protocol: mae, epochs: 3, rates: [0.5], augment: false, data",
        ),
        text=PROBED,
    )
    asked = spec(text).compile_package(1).package
    assert asked is not None
    import json

    told = json.loads(asked.files["recipe.json"])["evaluate"]["linear"]
    usual = {key: value for key, value in PROTOCOLS["mae"].items() if key != "departs"}
    changes = {"epochs": 3, "rates": [0.5], "augment": False, "features": ["own"]}
    assert told["facts"] == {**usual, **changes} and told["taps"] is None
    assert told["departs"] == [
        *PROTOCOLS["mae"]["departs"],
        "epochs: 3 in place of 90",
        "rates: [0.5] in place of [0.1]",
        "augment: False in place of True",
        "features: `features` ends with `mean`, not with the class token",
    ]
