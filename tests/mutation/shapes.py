"""Shapes, spaces and orders that do not fit: one change each, in every spec whose name begins so and whose text has the place."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mutation.mutant import Mutant, text_of
from vfmc.source import Source
from vfmc.syntax.read import read, write
from vfmc.syntax.tree import Mapping, Node, Sequence

# spec prefix, what is replaced (a pattern whose group is the token), by what; where the finding stands (a pattern in the new text)
SHAPES: tuple[tuple[str, str, str, str], ...] = (
    ("clip", r"linear, out: (\d+).*\n *- l2norm\n  text", "24", r"b: (text)"),
    ("", r"vit, width: (64)[^\n]*patch", "66", r"heads: (4), patch"),
    ("", r"vit[^\n]*heads: (4), patch", "5", r"heads: (5), patch"),
    ("", r"vit[^\n]*patch: (4|8)\b", "7", r"patch: (7)"),
    ("", r"text_transformer, width: \d+, depth: \d+, heads: (\d+)", "7", r"text_transformer, width: \d+, depth: \d+, heads: (7)"),
    ("", r"resnet, depth: (\d+)", "19", r"resnet, depth: (19)"),
    ("clip", r"causal: true[^\n]*\n(      - eot\n)", "", r"b: (text)"),
    ("clip", r"(- eot)", "- cls", r"- (cls)\n[^l]*linear[^\n]*\n *- l2norm\n\nlosses"),
    ("clip", r"\n(      - cls\n)", "", r"a: (vision)"),
    ("clip_vit", r'size: ("B/32")', '"B/33"', r'size: ("B/33")'),
    ("clip_vit", r'size: ("B/32")', '"Q/32"', r'size: ("Q/32")'),
    ("flip", r"heads: (12|4)\b", "7", r"heads: (7)"),
    ("flip", r"patches, size: (\d+)", "5", r"patches, size: (5)"),
    ("flip", r"(      - l2norm\n)  text", "", r"a: (\{use: vision[^\n]*\})"),
    ("flip", r"(      - \{use: position, kind: sincos\}\n      - \{use: drop, mask: hide\}\n)",
     "      - {use: drop, mask: hide}\n      - {use: position, kind: sincos}\n", r"use: (position), kind"),
    ("flip", r"ratio: (0.5)\}", "1.0}", r"ratio: (1.0)"),
    ("flip", r"from: (caption)", "crop", r"(?:use: (text_transformer|word_embedding))"),
    ("mae", r"out: (12|768), initializer: xavier, as: predict", "10", r"prediction: (\{.*\})"),
    ("mae", r"patch_pixels, of: crop, size: (\d+)", "8", r"prediction: (\{.*\})"),
    ("mae", r"(      - \{use: restore, mask: hidden\}\n)", "", r"as: embed\}\n      - \{use: (position)"),
    ("mae", r"(      - \{use: drop, mask: hide\})", "      - dropout", r"- (dropout)"),
    ("mae", r"ratio: (0.75)", "0.0", r"\"?on\"?: (hidden)"),
    ("mae", r"(      - \{use: patches[^\n]*\n)", "", r"use: (position), kind"),
    ("dino", r"\n(      - cls\n)", "", r"student: (\{use: student[^\n]*\})"),
    ("dino", r"size: (8|96)\b", "10", r"(?:patch: (4)|size: (\"S/16\"))"),
    ("dino", r"teacher: (\{use: teacher, of: large\})", "{use: student, of: large}", r"teacher: (\{use: student, of: large\})"),
    ("coca", r"from: words.cls\n    pipe:\n      - layernorm\n      - \{use: linear, out: (\d+)", "24", r"b: (text)"),
    ("coca", r"cross_decoder[^\n]*heads: (\d+)", "7", r"cross_decoder[^\n]*heads: (7)"),
    ("coca", r"attention_pool[^\n]*heads: (\d+)", "7", r"attention_pool[^\n]*heads: (7)"),
    ("coca", r"linear, out: (384|49408|64000)", "383", r"logits: (decoder)"),
    ("coca", r"from: (words.tokens)", "words.cls", r"use: (cross_decoder)"),
    ("simclr", r"(      - l2norm\n)\nlosses", "", r"of: (\{use: head[^}]*\})"),
    ("simclr", r"(      - mean\n)", "", r"use: (mlp)"),
    ("slip", r"(      - l2norm\n)  text", "", r"of: (\{use: head[^}]*\})"),
    ("supervised", r"linear, out: (\d+), as: head", "11", r"logits: (classifier)"),
    ("supervised_vit", r"(      - cls\n)", "", r"logits: (classifier)"),
    ("supervised_resnet", r"(      - mean\n)", "", r"use: (linear)"),
    ("imagebind", r"  audio:(?:\n    [^\n]*)*?linear, out: (\d+)", "24", r"b: (audio)"),
    ("imagebind", r"  audio:(?:\n    [^\n]*)*?\n(      - l2norm\n)", "", r"b: (audio)"),
    ("imagebind", r"  audio:(?:\n    [^\n]*)*?\n(      - cls\n)", "", r"b: (audio)"),
    ("imagebind", r"from: (mel)", "caption", r"  audio:(?:\n    [^\n]*)*?use: (vit)"),
    ("imagebind", r"frames: (2), (?:pre_norm|initializer)", "3", r"frames: (3)"),
    ("imagebind", r"signal_patches, size: (\d+)", "7", r"signal_patches, size: (7)"),
    ("imagebind", r"blocks, depth: \d+, heads: (\d+)", "7", r"blocks, depth: \d+, heads: (7)"),
)  # fmt: skip


def broken(spec: str, spelling: str, text: str) -> Iterator[Mutant]:
    """The patterns are those of the YAML spelling; the other is the broken YAML written anew, with the token that it has become."""
    yaml = text if spelling == "yaml" else text_of(spec, "yaml")
    for prefix, pattern, new, where in SHAPES:
        match = re.search(pattern, yaml) if spec.startswith(prefix) else None
        if match is None:
            continue
        end = match.end(1) + (new.endswith("}") and yaml[match.end(1)] == "}")
        made = yaml[: match.start(1)] + new + yaml[end:]
        at = re.search(where, made)
        if at is None:
            continue
        group = next(i for i in range(1, len(at.groups()) + 1) if at.group(i) is not None)
        start, stop = at.span(group)
        if spelling == "vfm":
            tree, found = read(Source("spec.yaml", made))
            assert tree is not None and not found, (spec, pattern)
            path = _path(tree.root, start)
            assert path is not None, (spec, pattern, where)
            made = write(tree, "vfm")
            other, _ = read(Source("spec.vfm", made))
            assert other is not None
            span = _at(other.root, path).span
            start, stop = span.start, span.end
        yield Mutant(spec, spelling, "shape", f"{pattern}->{new}".replace("\n", " "), made, start, stop)


def _path(node: Node, start: int) -> list[str | int] | None:
    """The keys and places that lead to the innermost value that begins at an offset, or to the one whose quotes do."""
    children: list[tuple[str | int, Node]] = []
    if isinstance(node, Mapping):
        children = [(entry.name, entry.value) for entry in node]
    elif isinstance(node, Sequence):
        children = list(enumerate(node))
    for key, child in children:
        if child.span.start == start and not isinstance(child, Sequence):
            return [key]
        if (inner := _path(child, start)) is not None:
            return [key, *inner]
    return None


def _at(node: Node, path: list[str | int]) -> Node:
    for key in path:
        found = node.get(str(key)) if isinstance(node, Mapping) else list(node)[int(key)]  # type: ignore[call-overload]
        if found is None:  # a call without arguments has become its name
            return node
        node = found
    return node
