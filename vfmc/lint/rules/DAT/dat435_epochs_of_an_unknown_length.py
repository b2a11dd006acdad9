"""Epochs of a stream."""

from vfmc.lint.rule import Facts, Report, Rule
from vfmc.source import Severity

RULE = Rule(
    code="DAT435",
    name="epochs-of-an-unknown-length",
    severity=Severity.ERROR,
    triggers=("webdataset",),
    what="Training is counted in epochs and the source does not say how many samples it has.",
    why="Shards are not counted before training: it would stop at the start, on the machine that was waited for.",
    bad="""\
vfmc: 1
name: example
extends: clip_vit_b32
sources:
  pairs: {use: webdataset, urls: pairs-0000.tar, samples: null}
""",
    good="""\
vfmc: 1
name: example
extends: clip_vit_b32
sources:
  pairs: {use: webdataset, urls: pairs-0000.tar, samples: 10000}
""",
    source="webdataset has no length; open_clip wants --train-num-samples and says so at start",
)


def check(facts: Facts, report: Report) -> None:
    counted = any(phase.length.unit == "epochs" for phase in facts.program.phases)
    for name, source in facts.program.sources.items():
        if counted and source.component_name == "webdataset" and source.samples_known() is None:
            report(
                facts.key("sources", name),
                f"epochs of `{name}` have no known length",
                help="add samples: and their number, or count training in steps",
            )
