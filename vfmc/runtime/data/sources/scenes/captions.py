"""Sentences about a scene, in varied words and of varied completeness."""

from __future__ import annotations

from vfmc.runtime.data.sources.scenes.scene import STILL, Scene

COUNT = 8
"""Captions of a scene. The first names every factor, the others leave some out."""

_SOME = 0.6  # how likely a factor is named in any other caption

_FRAMES = ("a {}", "a picture of a {}", "this is a {}", "there is a {}", "here we see a {}")
_THINGS = ("thing", "body", "piece")


def captions(scene: Scene, moving: bool) -> list[str]:
    """`COUNT` sentences, such as `a hot small red wooden cube on the left slides right`; `moving` says whether
    they name the motion.
    """
    words = scene.words()
    named = [*STILL, "motion"] if moving else list(STILL)
    made = []
    for index in range(COUNT):
        u = scene.noise(f"captions.{index}", len(named) + 2)
        said = [name for name, own in zip(named, u, strict=False) if index == 0 or own < _SOME]
        kept = {name: words[name] for name in said}
        kind = kept.pop("shape", _THINGS[int(u[-1] * len(_THINGS))])
        order = ("temperature", "size", "colour", "material")
        phrase = " ".join([*(kept[name] for name in order if name in kept), kind])
        sentence = _FRAMES[int(u[-2] * len(_FRAMES))].format(phrase)
        tail = [kept[name] for name in ("place", "motion") if name in kept]
        made.append(" ".join([sentence, *tail]))
    return made
