"""A small ImageBind for the tests: image and text are aligned, then frozen, and depth and readings are bound to images."""

BODY = """
vfmc: 1
name: bind
inputs:
  image: image
  caption: {use: text, length: 12, tokenizer: {use: bpe, vocabulary: 280}}
  scene: {use: depth, encoding: metres}
  motion: {use: signal, channels: 6, rate: 8}
views:
  crop: {use: random_resized_crop, of: image, size: 16}
  map: {use: aligned, of: scene, with: crop}
  still: {use: center_crop, of: image, size: 16}
  window: {use: window, of: motion, seconds: 1}
towers:
  vision:
    from: crop
    pipe:
      - {use: vit, width: 16, depth: 2, heads: 2, patch: 8, frames: 2, pre_norm: true, drop_path: 0.3}
      - cls
      - {use: linear, out: 8, bias: false}
      - l2norm
  text:
    from: caption
    pipe:
      - {use: text_transformer, width: 16, depth: 2, heads: 2, causal: true}
      - eot
      - {use: linear, out: 8, bias: false}
      - l2norm
  depth:
    from: map
    pipe:
      - {use: vit, width: 16, depth: 2, heads: 2, patch: 8, stride: 4, stem_norm: true, bias_kv: true}
      - cls
      - {use: linear, out: 8, bias: false}
      - l2norm
  imu:
    from: window
    pipe:
      - {use: signal_patches, size: 2, width: 16, bias: false}
      - {use: layernorm, epsilon: 1.0e-5, as: stem_norm}
      - prefix
      - position
      - {use: blocks, depth: 2, heads: 2, bias_kv: true, drop_path: 0.7}
      - layernorm
      - cls
      - {use: dropout, p: 0.5}
      - {use: linear, out: 8, bias: false}
      - l2norm
losses:
  align: {use: contrastive, a: vision, b: text, scale: {use: learned, init: 14.2857, max: 100.0}}
  bind_depth: {use: contrastive, a: vision, b: depth, scale: {use: fixed, value: 5.0}}
  bind_imu: {use: contrastive, a: {use: vision, of: still}, b: imu, scale: {use: fixed, value: 5.0}, weight: 0.5}
sources:
  pairs: {use: scenes, size: 16, samples: 60, gives: [image, caption], feeds: [align], batch: 6}
  rooms: {use: scenes, size: 16, samples: 40, gives: [image, scene], feeds: [bind_depth], batch: 4}
  moves: {use: scenes, size: 16, samples: 50, gives: [image, motion], feeds: [bind_imu], batch: 8, seed: 1}
"""
TRAIN = """
data: {epoch_of: pairs}
train:
  batch: 4
  optimizer: {use: adamw, lr: 1.0e-2}
  schedule: {use: constant}
"""
TOGETHER = BODY + TRAIN + "  for: 6 steps\n"
PHASES = (
    BODY
    + TRAIN
    + """
  phases:
    - name: align
      for: 3 steps
      set: {bind_depth.weight: 0, bind_imu.weight: 0}
    - name: bind
      for: 3 steps
      set: {align.weight: 0, vision.frozen: true, text.frozen: true}
"""
)
