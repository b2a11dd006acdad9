"""A small supervised system, which tests of its parts vary."""

SUPERVISED = """
vfmc: 1
name: small_supervised
inputs:
  image: image
  label: {use: label, classes: 10}
views:
  crop: {use: padded_crop, of: image, size: 16, padding: 2, normalize: {mean: 0.5, std: 0.5}}
  mixed: {use: mixup, of: crop, mixup: 0.8, cutmix: 1.0, switch: 0.5}
  soft: {use: mixed_label, of: label, with: mixed, smoothing: 0.1}
towers:
  classifier:
    from: mixed
    pipe:
      - {use: vit, width: 32, depth: 2, heads: 2, patch: 4}
      - cls
      - {use: linear, out: 10}
losses:
  classes: {use: cross_entropy, logits: classifier, labels: soft}
sources:
  images: digits
eval:
  top: {use: classify, logits: classifier, data: digits}
train:
  batch: 16
  optimizer: {use: adamw, lr: 1.0e-3}
  for: 2 epochs
"""
