"""Features of the language at both levels: equal losses and gradients in float64, one state dict."""

import pytest
from checking import changed
from compiled import batch, distance, gradients, objective

PAIR = changed(
    (
        "masks:\n",
        "  pair: {use: center_crop, of: image, size: 16, count: 2}\nmasks:\n  many: {use: random, of: pair, ratio: 0.5}\n",
    ),
)
LOSS = "  views: {use: self_distill, student: {use: other, of: pair%s}, teacher: {use: copy, of: pair}}\n"
STAGES = "[{use: patches, size: 4, width: 16}, {use: drop, mask: %s}, mean, {use: linear, out: 4}]"
COPY = "  copy: {pipe: [{use: ema, of: other, momentum: 0.9}]}\nlosses:\n"
FEATURES = {
    "a mask that the pipe names itself": changed(
        ("    takes: {hide: null}\n", ""), ("mask: hide", "mask: half"), (", hide: half}", "}")
    ),
    "an operand that is handed on to a nested tower": changed(
        ("  decoder:\n", "  outer: {takes: {seen: null}, pipe: [{use: encoder, hide: seen}]}\n  decoder:\n"),
        ("of: {use: encoder, of: crop, hide: half}", "of: {use: outer, of: crop, seen: half}"),
    ),
    "a value that has a name": changed(
        ("losses:\n", "values:\n  seen: {use: encoder, of: crop, hide: half}\nlosses:\n"),
        ("of: {use: encoder, of: crop, hide: half}", "of: seen"),
    ),
    "a labelled stage that is read": changed(
        ("depth: 2, heads: 2}", "depth: 2, heads: 2, as: early}"),
        (
            "losses:\n",
            "  probe: {pipe: [without_prefix, {use: linear, out: 48}]}\n"
            "values:\n  clean: {use: encoder, of: crop}\n  early: {use: encoder, of: crop, field: early}\nlosses:\n"
            "  again: {use: mse, prediction: {use: probe, of: early}, target: {use: patch_pixels, of: crop, size: 4}}\n",
        ),
    ),
    "a list of masks that is given": changed(
        (
            "losses:\n",
            f"  other: {{takes: {{hide: null}}, pipe: {STAGES % 'hide'}}}\n{COPY}{LOSS % ', hide: many'}",
        ),
        text=PAIR,
    ),
    "a list of masks that the pipe names itself": changed(
        ("losses:\n", f"  other: {{pipe: {STAGES % 'many'}}}\n{COPY}{LOSS % ''}"), text=PAIR
    ),
}


@pytest.mark.parametrize("feature", FEATURES)
def test_levels_agree_on(feature: str) -> None:
    text = FEATURES[feature]
    plain, passed = objective(text, 0), objective(text, 1)
    assert plain.state_dict().keys() == passed.state_dict().keys()
    data = batch(text)
    losses = [made(data) for made in (plain, passed)]
    for name in losses[0]:
        assert distance(losses[1][name], losses[0][name]) < 1e-12
    for each in losses:
        each["total"].backward()
    expected, found = gradients(plain), gradients(passed)
    assert expected.keys() == found.keys() and expected
    for name in expected:
        assert distance(found[name], expected[name]) < 1e-10, name
