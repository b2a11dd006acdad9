"""A few lines of a spec with a word or two misspelt: what the check tells of them, it suggests a word for, and the fixer writes."""

from __future__ import annotations

import re
from functools import cache
from random import Random

from fuzzing.mendable import broken, quoted, renumbered, said_above, said_at_an_end, spread
from vfmc.source import Source
from vfmc.syntax.read import read, write

HEAD = "vfmc: 1\nname: a\n"
FRAGMENTS = (  # the last one has a base, which takes longer
    "train: {batch: 4, optimizer: {use: adamw, lr: 1.0e-3, betas: [0.9, 0.99]}, for: 1 epoch}\n",
    "train:\n  batch: 8\n  optimizer: {use: sgd, lr: 0.1, momentum: 0.9}\n  schedule: {use: cosine, warmup: 2 steps}\n  for: 9 steps\n",
    "train: {clip: {use: global_norm, max: 1.0}, precision: fp32, seed: 3}\nprofile: {}\n",
    "let: {size: 8, rate: 0.1}\ntrain: {batch: $size, optimizer: {use: sgd, lr: $rate}}\n",
    "train:\n  phases:\n    - {name: first, for: 2 epochs}\n    - {name: second, for: 1 epoch, set: {train.batch: 8}}\n",
    "inputs: {image: image, label: {use: label, classes: 10}}\nviews:\n  crop: {use: center_crop, of: image, size: 8}\n",
    "inputs: {image: image}\nviews:\n  crop: {use: random_resized_crop, of: image, size: 8, scale: [0.5, 1.0]}\n",
    "inputs: {image: image}\nviews: {crop: {use: padded_crop, of: image, size: 8, padding: 1}}\nmasks: {half: {use: random, of: crop, ratio: 0.5}}\n",
    "inputs:\n  caption: {use: text, length: 8, tokenizer: {use: bpe, vocabulary: 300}}\n",
    "inputs: {sound: {use: audio, rate: 16000}}\nviews:\n  heard: {use: mel, of: sound, bins: 64}\n",
    "inputs: {image: image}\nviews: {crop: {use: center_crop, of: image, size: 8}}\n"
    "towers:\n  encoder: {from: crop, pipe: [{use: patches, size: 4, width: 8, bias: false}, mean, l2norm]}\n",
    "sources:\n  pairs: {use: csv, files: pairs.csv, separator: tab}\n",
    "sources: {pairs: {use: webdataset, urls: pairs.tar, samples: 100}, digits: digits}\n",
    "data: {mix: accumulate, workers: 2, absent: masked}\nparallel: {devices: 2}\n",
    "export: {}\nwithout: [losses.clip]\nextends: clip_tiny\n",
)  # fmt: skip
WORD = re.compile(r"(?<![\w.#])[a-z]\w{3,}")
WAYS = (said_at_an_end, said_above, spread, broken, quoted, renumbered)


@cache
def fragment(number: int, spelling: str) -> str:
    text = HEAD + FRAGMENTS[number]
    if spelling == "yaml":
        return text
    tree, wrong = read(Source("spec.yaml", text))
    assert tree is not None and not wrong
    return write(tree, spelling)


def misspelt(seed: int) -> tuple[str, str]:
    """Spelling and text of a number, always the same ones: at most about three hundred characters."""
    dice = Random(f"misspelt {seed}")
    spelling = dice.choice(("yaml", "vfm"))
    text = fragment(-1 if dice.random() < 0.02 else dice.randrange(len(FRAGMENTS) - 1), spelling)
    for _ in range(dice.choice((1, 1, 1, 2))):
        text = slipped(dice, text)
    for _ in range(dice.randint(0, 3)):
        text = dice.choice(WAYS)(dice, text, spelling)
    return spelling, text


def slipped(dice: Random, text: str) -> str:
    """A word with a letter left out, said twice, in the place of its neighbour, or another one."""
    places = [match for match in WORD.finditer(text) if match[0] not in ("vfmc", "name")]
    if not places:
        return text
    found = dice.choice(places)
    word, at = found[0], dice.randrange(1, len(found[0]) - 1)
    changed = dice.choice((
        word[:at] + word[at + 1 :],
        word[:at] + word[at] + word[at:],
        word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        word[:at] + dice.choice("aeiourstlnz") + word[at + 1 :],
    ))  # fmt: skip
    return text[: found.start()] + changed + text[found.end() :]
