"""What a spec's arguments hold, by their names: the tests' own knowledge of the language, not read from the compiler."""

from __future__ import annotations

import re

ENTRIES = ("inputs", "views", "masks", "towers", "losses", "sources")
NEEDED = ("vfmc", "name", "train")  # keys of the root that no spec can do without

# Arguments that name what is declared elsewhere in the spec.
OPERANDS = {
    "of", "a", "b", "mask", "on", "student", "teacher", "prediction", "target", "hide", "image", "text", "loss", "from",
    "logits", "labels", "memory", "query", "among", "with", "feeds", "gives", "epoch_of",
}  # fmt: skip
# Arguments that hold a call, or its bare name.
CALLS = {"tokenizer", "momentum", "scale", "lr", "weight_decay", "student_temperature", "teacher_temperature"}
# Arguments that hold one of a few words.
CHOICES = {
    "initializer", "kind", "activation", "pairs", "every", "form", "templates", "norm", "last_norm", "momentum_of", "reduction",
    "interpolation", "normalize", "encoding", "stem",
}  # fmt: skip
# Arguments of the settings that hold a duration.
DURATION = re.compile(r"^\d[\d.e]* *([a-z]+)$")

REQUIRED = {
    "text": ("length", "tokenizer"), "bpe": ("vocabulary",), "random": ("of", "ratio"), "patches": ("size", "width"),
    "drop": ("mask",), "restore": ("mask",), "blocks": ("depth", "heads"), "linear": ("out",), "mae": ("of",),
    "text_transformer": ("width", "depth", "heads"), "ema": ("of", "momentum"), "contrastive": ("a", "b", "scale"),
    "self_distill": ("student", "teacher"), "mse": ("prediction", "target"), "patch_pixels": ("of", "size"),
    "webdataset": ("urls",), "image_folder": ("root",), "adamw": ("lr",), "per": ("batch", "value"), "warmup": ("start", "end", "for"),
    "per_parameter_norm": ("max",), "zero_shot": ("text", "data"), "retrieval": ("image", "text", "data"),
    "knn": ("of", "data"), "reconstruction": ("loss", "data"), "padded_crop": ("of",), "dino_global": ("of",), "dino_local": ("of",),
    "random_resized_crop": ("of",), "random_square_crop": ("of",), "word_embedding": ("width",),
    "label": ("classes",), "sentencepiece": ("path",),
    "simclr": ("of",), "supervised_crop": ("of",), "center_crop": ("of",), "frames": ("of",), "mel": ("of",), "window": ("of",),
    "disparity": ("of",), "aligned": ("of", "with"), "mixup": ("of",), "mixed_label": ("of", "with"),
    "attention_pool": ("queries", "heads"), "cross_decoder": ("memory", "depth", "heads"), "mlp": ("hidden", "out"),
    "signal_patches": ("size", "width"), "cross_entropy": ("logits", "labels"),
    "binary_cross_entropy": ("logits", "labels"), "lamb": ("lr",), "next_token": ("logits", "labels"), "nt_xent": ("of",),
    "adafactor": ("lr",), "lars": ("lr",), "sgd": ("lr",), "step": ("at",), "classify": ("logits", "data"),
    "emergent": ("query", "text", "data"), "fixed": ("value",), "global_norm": ("max",), "per_module_norm": ("max",),
}  # fmt: skip

# Numbers that may as well be a list.
FREE_NUMBERS = {
    ("padded_crop", "size"), ("dino_global", "size"), ("dino_local", "size"), ("mae", "size"), ("random_resized_crop", "size"),
    ("random_square_crop", "size"), ("simclr", "size"), ("supervised_crop", "size"), ("center_crop", "size"), ("frames", "size"),
    ("disparity", "size"),
}  # fmt: skip
