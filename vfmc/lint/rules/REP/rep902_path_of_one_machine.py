"""A path that nobody else has."""

from vfmc.lint.rule import Facts, Report, Rule

RULE = Rule(
    code="REP902",
    name="path-of-one-machine",
    triggers=("path", "root", "files", "urls", "init"),
    profiles=("ci", "strict"),
    what="A spec names an absolute path.",
    why="It works on one machine.",
    bad="""\
vfmc: 1
name: example
extends: clip_tiny
sources:
  pairs: {use: csv, files: /home/ann/pairs.csv}
""",
    good="""\
vfmc: 1
name: example
extends: clip_tiny
sources:
  pairs: {use: csv, files: pairs.csv}
""",
    source="every shared configuration",
)


def check(facts: Facts, report: Report) -> None:
    for name, source in facts.program.sources.items():
        for argument in ("root", "files", "urls"):
            given = getattr(source, argument, None)
            paths = [given] if isinstance(given, str) else given if isinstance(given, list) else []
            if any(str(path).startswith(("/", "~")) for path in paths):
                report(
                    facts.place(source, argument, facts.span("sources", name)),
                    "this path is that of one machine",
                    help="give a path relative to where training starts, or name the data with --data",
                )
    for init in facts.program.inits:
        if init.path.startswith(("/", "~")):
            report(
                facts.span("towers", init.tower, "with", "init"),
                "this path is that of one machine",
                help="give a path beside the spec",
            )
