"""Random batches for `tiny`, a pure function of the step: what the loops's tests train on. Run as a script,
it trains.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from pathlib import Path

from vfmc.runtime.data.example import example_batch
from vfmc.runtime.feed import batch_of

SAMPLES = 48


class ExampleFeed:
    """Each rank takes its slice of the global batch of a step; the batch is `data/example.py`'s for the seed
    `step`.
    """

    samples_per_epoch = SAMPLES
    epochs = {}
    failures = 0

    def __init__(self, options, package, ranks):
        self.options, self.package, self.ranks = options, package, ranks

    def batches(self, phase, start, stop):
        dims = self.package.dims(phase.name)
        for step in range(start, stop):
            batches = {}
            for number, part in enumerate(phase.recipe["parts"]):
                size = batch_of(phase.recipe, part)
                share = self.ranks.slice_of(size, self.options.accumulate)
                first = self.ranks.rank * share
                whole = example_batch(self.package.data.PHASES[phase.name], size, seed=1000 * step + number)
                batches[part] = {name: t.narrow(dims[name], first, share) for name, t in whole.items()}
            yield batches

    def names(self, step):
        return {part: [f"example {step}/{i}" for i in range(3)] for part in self.package.recipe["parts"]}

    def close(self):
        pass


def digest(objective):
    """A hash of an objective's weights and buffers."""
    made = hashlib.sha256()
    for tensor in objective.state_dict().values():
        made.update(tensor.cpu().numpy().tobytes())
    return made.hexdigest()


if __name__ == "__main__":
    from vfmc.runtime import session
    from vfmc.runtime.loop import train

    ended = []
    finish = session.Session.finish
    session.Session.finish = lambda self, interrupted: ended.append(self) or finish(self, interrupted)
    folder, run, arguments = sys.argv[1], sys.argv[2], json.loads(sys.argv[3])
    result = train(Path(folder), Path(run), feed=ExampleFeed, device="cpu", **arguments)
    print(json.dumps({"step": result.step, "weights": digest(ended[0].objective)}))
    # All is said and written. Under heavy load gloo's threads sometimes abort an interpreter that tears down beside them.
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)
