"""`vfmc new`: a spec of your own to begin with."""

from __future__ import annotations

from pathlib import Path

import click

from vfmc.cli.common import Stop, write_text
from vfmc.cli.specs import doc, text_of

README = """# {name}

{doc}

    vfmc lint {name}.yaml                      # check the spec
    vfmc inspect {name}.yaml                   # what it means, and what it costs
    vfmc build {name}.yaml -o out/{name}       # the PyTorch code, to read
    vfmc train {name}.yaml --out runs/{name}   # train it
    vfmc eval runs/{name}                      # measure it

The data is named under `sources`. To train on your own: `vfmc train {name}.yaml --data pairs.csv`.
Every word of the spec is explained by `vfmc components show WORD`.
"""


@click.command("new")
@click.argument("name")
@click.option(
    "--like",
    default="clip_tiny",
    show_default=True,
    metavar="SPEC",
    help="The spec of the zoo to begin with.",
)
def command(name: str, like: str) -> None:
    """Start a spec of your own in the new folder NAME."""
    folder = Path(name)
    word = folder.name
    if not (word.isidentifier() and word.isascii()):
        mended = "".join(each if each.isascii() and each.isalnum() else "_" for each in word).strip("_")
        mended = f"m_{mended}" if mended[:1].isdigit() else mended
        raise Stop(
            f"`{word}` cannot be the name of a spec: letters, digits and underscores make one",
            f"such as `{mended}`" if mended else "",
        )
    if folder.exists():
        raise Stop(f"`{name}` is there already", "name another folder: nothing is written over")
    text = renamed(text_of(like), word)
    write_text(folder / f"{word}.yaml", text)
    write_text(folder / "README.md", README.format(name=word, doc=doc(like)))
    click.echo(f"wrote {folder}/{word}.yaml and a README.md; now: cd {folder} && vfmc lint {word}.yaml")


def renamed(text: str, name: str) -> str:
    """The text of a spec under another name; all else stays as it is."""
    from vfmc.source import Source
    from vfmc.syntax.read import read

    tree, _ = read(Source("spec.yaml", text))
    old = tree.root.get("name") if tree else None
    assert old is not None, "a spec of the zoo has a name"
    return f"{text[: old.span.start]}{name}{text[old.span.end :]}"
