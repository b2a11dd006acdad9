"""`vfmc lint`: check specs without building anything. It imports neither torch nor numpy."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from vfmc.cli.common import STDIN, Stop, expand, overrides, say, set_option, specs_among, write_text
from vfmc.cli.main import CLEAN, FINDINGS, USAGE
from vfmc.source import Diagnostic
from vfmc.source.render import DOCUMENTS, FORMATS, REVIEWS

FAIL_ON = ("error", "warning", "info", "never")


def rule_options(command: Any) -> Any:
    """Which rules are on."""
    for option in reversed((
        click.option("--select", multiple=True, metavar="CODES", help="Only rules whose codes begin so: OBJ, NUM701 ..."),
        click.option("--ignore", multiple=True, metavar="CODES", help="Without these."),
        click.option("--profile", type=click.Choice(["default", "ci", "strict"]), help="Which rules are on: ci wants reasons, strict has all."),
        click.option("--preview/--no-preview", default=None, help="Rules that are not yet stable as well."),
        click.option("--config", metavar="FILE", help="Settings; else the nearest vfmc.toml, or pyproject.toml with [tool.vfmc]."),
        click.option("--isolated", is_flag=True, help="Read no settings."),
    )):  # fmt: skip
        command = option(command)
    return command


def output_options(command: Any) -> Any:
    """What is written where."""
    for option in reversed((
        click.option("--format", "format", type=click.Choice(FORMATS), help="full is for people; github is chosen in GitHub Actions.  [default: full]"),
        click.option("--output-file", "-o", metavar="FILE", help="Write there instead of to the standard output."),
        click.option("--color/--no-color", default=None, help="Colour, or none; as the terminal wants it if not given."),
        click.option("--fail-on", type=click.Choice(FAIL_ON), help="Least severity that makes the exit code 1; what cannot be built does.  [default: warning]"),
        click.option("--statistics", is_flag=True, help="Count the findings of every rule instead of showing them, as text or (--format json) as data."),
        click.option("--timings", is_flag=True, help="Show how long stages and rules took, on the standard error."),
    )):  # fmt: skip
        command = option(command)
    return command


@click.command("lint")
@click.argument("paths", nargs=-1, metavar="[SPEC]...")
@click.option(
    "--fix",
    is_flag=True,
    help="Mend what can be mended without changing what a spec means; of the standard input, the mended text is written.",
)
@click.option(
    "--unsafe-fixes",
    is_flag=True,
    help="With --fix or --diff: mend also where that changes what a spec means.",
)
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what --fix would change.")
@click.option("--baseline", metavar="FILE", help="Do not tell the findings that stand in this file.")
@click.option(
    "--write-baseline", metavar="FILE", help="Write the findings of today to a baseline, and tell none."
)
@click.option(
    "--changed-only",
    is_flag=True,
    help="Only specs that changed since --base-ref, as git says, or that depend on what did.",
)
@click.option(
    "--base-ref",
    metavar="REF",
    default="HEAD",
    show_default=True,
    help="The branch or commit that --changed-only begins at.",
)
@click.option(
    "--only-specs",
    is_flag=True,
    help="Pass over files that are no specs, such as other YAML files that a tool hands over.",
)
@click.option(
    "--jobs",
    "-j",
    type=click.IntRange(min=1),
    help="Processes that lint.  [default: as many as there are cores, where there are many specs]",
)
@click.option("--watch", is_flag=True, help="Go on: lint again whenever a file changes.")
@click.option("--stdin-filename", default="<stdin>", metavar="NAME", help="With `-`: what the text is called; its suffix tells the spelling.")  # fmt: skip
@rule_options
@output_options
@set_option
def command(paths: tuple[str, ...], sets: tuple[str, ...], watch: bool, **options: Any) -> int:
    """Check specs: files, folders, names of the zoo, or `-` for the standard input; this folder if none is named.

    Exits with 0 if they are clean, 1 if there are findings, 2 if the command itself is wrong.
    """
    from vfmc.lint.settings import BadSettings

    if options["statistics"] and options["format"] not in (None, "full", "concise", "json"):
        raise Stop(
            f"there are no statistics in the format {options['format']}",
            "say --format json, or none for text",
        )
    nodes = overrides(sets)
    given = paths or (".",)
    try:
        return (_watched if watch else _once)(given, nodes, options)
    except BadSettings as wrong:
        raise Stop(str(wrong), wrong.help) from None


def _once(paths: tuple[str, ...], nodes: list[Any], options: dict[str, Any]) -> int:
    from vfmc.cli.lint_job import Job

    job = Job(files(paths, options), nodes, options)
    job.run()
    if options["write_baseline"]:
        click.echo(
            f"{job.write_baseline(Path(options['write_baseline']))} findings are put off in {options['write_baseline']}",
            err=True,
        )
        return CLEAN
    for line in job.messages:
        click.echo(line, err=True)
    if options["show_diff"]:
        click.echo(job.diff, nl=False)
        return FINDINGS if job.diff else CLEAN
    if job.filters:
        click.echo(job.mended, nl=False)
    _show(job, options)
    if options["timings"]:
        click.echo(job.timings_text(), err=True)
    return USAGE if job.wrong_command else FINDINGS if job.fails else CLEAN


def _watched(paths: tuple[str, ...], nodes: list[Any], options: dict[str, Any]) -> int:
    """Runs for ever. A first run that cannot be meant ends the command; later ones are somebody's half-written settings."""
    from vfmc.lint import behind
    from vfmc.lint.settings import BadSettings, places
    from vfmc.lint.watch import watch

    if STDIN in paths:
        raise Stop("--watch needs files: the standard input is read once", "name the spec instead of `-`")
    runs = 0

    def once() -> int:
        nonlocal runs
        runs += 1
        try:
            return _once(paths, nodes, options)
        except (BadSettings, Stop) as wrong:
            if runs == 1:
                raise
            (wrong if isinstance(wrong, Stop) else Stop(str(wrong), wrong.help)).show()
            return USAGE

    def looked() -> set[Path]:
        try:
            specs = files(paths, {**options, "changed_only": False})
        except (BadSettings, Stop):
            specs = []
        found = {Path(options[name]) for name in ("config", "baseline") if options[name]}
        for spec in specs:
            found |= behind.behind(spec)
        for folder in {Path(), *(Path(spec).parent for spec in specs)}:
            found |= set() if options["isolated"] else set(places(folder))
        return found

    return watch(once, looked)


def files(paths: tuple[str, ...], options: dict[str, Any]) -> list[str]:
    """The specs that are meant."""
    found = expand(specs_among(paths) if options["only_specs"] else paths)
    if any(Path(path).is_dir() for path in paths):
        from vfmc.lint import settings

        own = settings.find(Path())
        named = set(paths)
        found = [path for path in found if path in named or not own.excludes(Path(path))]
    if options["changed_only"]:
        from vfmc.lint import changed

        given = [Path(options[name]) for name in ("config", "baseline") if options[name]]
        alone = options["isolated"] or options["config"] is not None
        found = changed.only(found, options["base_ref"], given, search=not alone)
    from vfmc.cli.lint_job import default_format

    reviewed = (options["format"] or default_format(options["output_file"])) in REVIEWS
    return list(dict.fromkeys(map(_from_here, found))) if reviewed else found


def _from_here(path: str) -> str:
    """A file below this folder by its way from here: reviews match names with those of the repository."""
    file = Path(path)
    if not file.is_file() or (not file.is_absolute() and ".." not in file.parts):
        return path
    full, here = Path(os.path.abspath(file)), Path(os.path.abspath("."))
    return str(full.relative_to(here)) if full.is_relative_to(here) else path


def _show(job: Any, options: dict[str, Any]) -> None:
    """The findings in the format asked for."""
    from vfmc.cli.lint_job import default_format

    format = options["format"] or default_format(options["output_file"])
    target = options["output_file"]
    if options["statistics"]:
        text = job.statistics_data() if format == "json" else job.statistics()
    elif job.findings or format in DOCUMENTS:
        if target is None:
            say(job.findings, format, options["color"], err=job.filters, clean=job.clean)
            if format == "full":
                click.echo(explained(job.findings), err=job.filters)
            return
        from vfmc.source.render import render

        text = render(job.findings, format, False, job.clean)
    else:
        text = (
            "" if format in ("jsonl", "github") else f"{job.count} spec{'s' * (job.count != 1)}, no findings"
        )
    if target is not None:
        write_text(Path(target), text + "\n" if text else "")
    elif text:
        click.echo(text, err=job.filters)


def explained(findings: list[Diagnostic]) -> str:
    """The last line for people: where a rule says why it is one."""
    codes = {each.code for each in findings}
    return f"`vfmc rule {codes.pop()}` explains it." if len(codes) == 1 else "`vfmc rule CODE` explains each."


__all__ = ["STDIN", "command", "explained"]
