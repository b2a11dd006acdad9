"""What the keys of the language are for that are no component's arguments: the schema and editors show it."""

from __future__ import annotations

ROOT = {
    "vfmc": "the version of the language; every spec begins with it",
    "name": "what the system is called",
    "doc": "a sentence about the spec",
    "extends": "a file beside this one, or a spec of the zoo, that this one changes",
    "without": "addresses of what the base has and this spec has not",
    "let": "constants: name: value, read as $name",
    "renamed": "weights of older checkpoints: old beginning: new one",
    "inputs": "what a sample holds, native",
    "views": "what is derived from inputs in the data path",
    "masks": "which tokens are hidden",
    "towers": "encoders, decoders, heads: pipes of stages that own weights",
    "values": "named intermediate results",
    "losses": "the weighted terms of the objective",
    "sources": "where samples come from",
    "train": "how the weights are trained: batch, optimiser, schedule, phases",
    "data": "how samples are read, and how several sources share a step",
    "parallel": "how work is spread over devices",
    "profile": "which steps are traced",
    "eval": "what is measured on a trained model",
    "export": "towers that are products, by name",
}
TOWER = {
    "takes": "operands by name, with their defaults",
    "from": "the default operand",
    "pipe": "the stages, in order",
    "with": "what is said of the tower: frozen, init",
}
BESIDE = {  # keys that stand beside the arguments of a call
    "use": "the component: one of its kind, by name",
    "as": "a label: the name of the stage's weights, and of its value as tower.label",
    "weight": "what the term is multiplied by: a number or a schedule",
    "field": "a part of the value, such as cls",
}
CALL = "the component, or the tower that is applied"
KINDS = {
    "input": "an input", "view": "a view", "mask": "a mask", "stage": "a stage, or a tower that is one", "loss": "a loss", "source": "a source of samples",
    "protocol": "an evaluation", "optimizer": "an optimiser", "schedule": "a schedule", "clip": "a way to clip gradients", "tokenizer": "a tokenizer",
    "value": "a value",
}  # fmt: skip
