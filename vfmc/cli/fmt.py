"""`vfmc fmt`: specs in canonical form, in either spelling."""

from __future__ import annotations

from pathlib import Path

import click

from vfmc.cli.common import STDIN, Findings, Stop, expand, open_spec, read_stdin, specs_among, write_text
from vfmc.cli.main import CLEAN, FINDINGS
from vfmc.source import Source


@click.command("fmt")
@click.argument("paths", nargs=-1, required=True, metavar="SPEC...")
@click.option(
    "--to",
    "spelling",
    type=click.Choice(["yaml", "vfm"]),
    help="Write this spelling, to the standard output or to `-o`.",
)
@click.option("-o", "--out", metavar="PATH", help="Write here: a file, or a folder for several specs.")
@click.option(
    "--only-specs",
    is_flag=True,
    help="Pass over files that are no specs, such as other YAML files that a tool hands over.",
)
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 if something would change.")
@click.option("--diff", "show_diff", is_flag=True, help="Write nothing; show what would change.")
@click.option(
    "--stdin-filename",
    default="<stdin>",
    metavar="NAME",
    help="With `-`: what the text is called; its suffix tells the spelling.",
)
def command(
    paths: tuple[str, ...],
    spelling: str | None,
    out: str | None,
    only_specs: bool,
    check: bool,
    show_diff: bool,
    stdin_filename: str,
) -> int:
    """Rewrite specs in place in canonical form; comments stay. `--to` converts between YAML and the DSL."""
    specs = expand(specs_among(paths) if only_specs else paths)
    if len(specs) > 1 and out and not Path(out).is_dir():
        raise Stop(
            f"`{out}` is not a folder, and there are {len(specs)} specs",
            "make the folder first, or give one spec",
        )
    if len(specs) > 1 and spelling and not out and not (check or show_diff):
        raise Stop(f"there are {len(specs)} specs to convert", "say the folder that they go to with -o")
    changed = 0
    failures = []
    for path in specs:
        try:
            source = read_stdin(stdin_filename) if path == STDIN else open_spec(path).source
            text = canonical(source, spelling)
        except Findings as found:
            failures += found.findings
            continue
        differs = text != source.text
        changed += differs
        if show_diff:
            click.echo(difference(source, text), nl=False)
        elif check:
            if differs:
                click.echo(f"would change {path}")
        elif out:
            write_text(target(path, out, spelling), text)
        elif path == STDIN or spelling:
            click.echo(text, nl=False)
        elif differs:
            if not Path(path).is_file():
                raise Stop(
                    f"`{path}` is a spec of the zoo and stays as it is",
                    f"take a copy of it: vfmc specs copy {path}",
                )
            write_text(Path(path).resolve(), text)
            click.echo(f"formatted {path}", err=True)
    if failures:
        raise Findings(failures)
    return FINDINGS if changed and (check or show_diff) else CLEAN


def canonical(source: Source, spelling: str | None) -> str:
    """The text in canonical form. What it means must be what it meant: anything else is our fault."""
    from vfmc.syntax.read import format_source, read, spelling_of

    text, found = format_source(source, spelling)
    if text is None:
        raise Findings(found)
    before, _ = read(source)
    after, wrong = read(Source(source.name, text), spelling or spelling_of(source))
    if wrong or before is None or after is None or before.root != after.root:
        raise RuntimeError(f"formatting would change what {source.name} means")
    return text


def target(path: str, out: str, spelling: str | None) -> Path:
    """The file that a formatted spec goes to."""
    place = Path(out)
    if not place.is_dir():
        return place
    name = Path("spec.yaml" if path == STDIN else path)
    suffix = f".{spelling}" if spelling else name.suffix or ".yaml"
    return place / f"{name.stem}{suffix}"


def difference(source: Source, text: str) -> str:
    """A unified diff from what is written to what would be."""
    from difflib import unified_diff

    old, new = source.text.splitlines(keepends=True), text.splitlines(keepends=True)
    lines = unified_diff(old, new, source.name, f"{source.name} (formatted)")
    return "".join(
        line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n" for line in lines
    )
