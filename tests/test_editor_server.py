"""The language server over its real protocol, for both spellings."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from language_client import Client, applied

from vfmc.resources import text as resource
from vfmc.source import Source
from vfmc.syntax.read import format_source

pytest.importorskip("pygls")

YAML = resource("specs", "clip_tiny.yaml")
DSL = format_source(Source("clip_tiny.yaml", YAML), "vfm")[0] or ""
BOTH = pytest.mark.parametrize(("name", "text"), [("a.yaml", YAML), ("a.vfm", DSL)], ids=["yaml", "vfm"])


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    made = Client(tmp_path_factory.mktemp("specs"))
    yield made
    assert made.close() == 0


def labels(found: Any) -> list[str]:
    return [item["label"] for item in found["items"]]


@BOTH
def test_findings_come_as_you_type_and_go_when_mended(client: Client, name: str, text: str) -> None:
    assert client.open(name, text) == []
    (found,) = client.change(name, text.replace("heads: 4", "heds: 4", 1))
    line = text[: text.index("heads: 4")].count("\n")
    assert (found["code"], found["range"]["start"]["line"]) == ("REF102", line)
    width = found["range"]["end"]["character"] - found["range"]["start"]["character"]
    assert width == 4 and "did you mean `heads`?" in found["message"] and found["severity"] == 1
    assert client.change(name, text) == []


@BOTH
def test_hover_shows_the_type_after_a_stage_and_what_the_word_means(
    client: Client, name: str, text: str
) -> None:
    client.open(name, text)
    shown = client.at("hover", name, text, "l2norm")["contents"]["value"]
    assert "-> a vector [B, 32] unit norm" in shown and "Divides every vector by its length" in shown
    first = "use: v|it, width" if "use: vit, width" in text else "v|it(width"
    shown = client.at("hover", name, text, first)["contents"]["value"]
    assert "-> tokens [B, 17, 64]" in shown and "**vit**: A vision transformer" in shown
    assert "attention heads" in client.at("hover", name, text, "heads")["contents"]["value"]
    tower = client.at("hover", name, text, "a: v|ision")["contents"]["value"]
    assert "tower `vision`: an image [B, 3, 16, 16] -> a vector [B, 32] unit norm" in tower
    assert client.at("hover", name, text, "1.0e-3" if "1.0e-3" in text else "1e-3") is None


@BOTH
def test_shapes_stand_after_the_stages(client: Client, name: str, text: str) -> None:
    client.open(name, text)
    whole = {"start": {"line": 0, "character": 0}, "end": {"line": 500, "character": 0}}
    hints = client.ask("textDocument/inlayHint", {"textDocument": {"uri": client.uri(name)}, "range": whole})
    assert [hint["label"] for hint in hints] == [
        "tokens [B, 17, 64]", "vector [B, 64]", "vector [B, 32]", "vector [B, 32]",
        "tokens [B, 16, 64]", "vector [B, 64]", "vector [B, 32]", "vector [B, 32]",
    ]  # fmt: skip


@BOTH
def test_definition_leads_to_the_declaration(client: Client, name: str, text: str) -> None:
    client.open(name, text)
    found = client.at("definition", name, text, "b: t|ext")
    line = text.split("\n")[found["range"]["start"]["line"]]
    assert line.strip() == "text:" or line.startswith("tower text")
    uses = client.at("references", name, text, "b: t|ext", context={"includeDeclaration": True})
    assert len(uses) == 5  # the tower, the loss, two evaluations, the export


def test_definition_leads_into_the_file_that_is_extended(client: Client) -> None:
    client.open("base.yaml", YAML)
    own = "vfmc: 1\nname: own\nextends: base.yaml\nlosses: {clip: {a: vision}}\n"
    assert client.open("own.yaml", own) == []
    found = client.at("definition", "own.yaml", own, "a: vi|sion")
    assert found["uri"] == client.uri("base.yaml")
    assert YAML.split("\n")[found["range"]["start"]["line"]].strip() == "vision:"


@BOTH
def test_rename_changes_every_use_and_nothing_else(client: Client, name: str, text: str) -> None:
    client.open(name, text)
    edit = client.at("rename", name, text, "b: t|ext", newName="words")
    renamed = applied(text, edit["changes"][client.uri(name)])
    assert client.change(name, renamed) == []
    assert "text_transformer" in renamed and ("use: text," in renamed or "text(length" in renamed)
    assert renamed.count("words") == 5 + text.count("words")
    client.change(name, text)
    for bad in ("vision", "self", "2x"):
        assert client.at("rename", name, text, "b: t|ext", newName=bad) is None


@BOTH
def test_completion_knows_components_arguments_names_and_choices(
    client: Client, name: str, text: str
) -> None:
    client.open(name, text)
    yaml = name.endswith("yaml")

    def proposals(old: str, new: str, cursor: str) -> list[str]:
        changed = text.replace(old, new, 1)
        assert changed != text
        client.change(name, changed)
        return labels(client.at("completion", name, changed, cursor))

    stage = proposals("l2norm", "l2n", "l2n|")
    assert "l2norm" in stage and "blocks" in stage and "contrastive" not in stage
    arguments = proposals(
        "heads: 4", "he", "he|, patch" if "he, patch" in text.replace("heads: 4", "he", 1) else "he|"
    )
    assert "heads" in arguments and "drop_path" in arguments and "depth" not in arguments
    losses = proposals(
        "use: contrastive" if yaml else "contrastive(",
        "use: con" if yaml else "con(",
        "use: con|" if yaml else "= con|(",
    )
    assert "contrastive" in losses and "blocks" not in losses
    names = proposals("b: text", "b: te", "b: te|")
    assert {"vision", "text", "crop"} <= set(names) and "clip" not in names
    choices = proposals("initializer: clip", "initializer: c", "initializer: c|")
    assert choices == ["truncated_normal", "clip", "imagebind"] or set(choices) >= {
        "clip",
        "truncated_normal",
    }


def test_completion_of_sections_and_keys_in_a_text_that_is_not_whole(client: Client) -> None:
    text = "vfmc: 1\nname: a\ninputs:\n  image: image\ntow"
    client.open("half.yaml", text)
    assert "towers" in labels(client.at("completion", "half.yaml", text, "tow|"))
    assert "inputs" not in labels(client.at("completion", "half.yaml", text, "tow|"))
    text = "vfmc: 1\nname: a\nextends: clip_tiny\ntowers:\n  vision:\n    pi"
    client.change("half.yaml", text)
    assert labels(client.at("completion", "half.yaml", text, "pi|")) == ["takes", "from", "pipe", "with"]
    client.change("half.yaml", "vfmc: 1\nname: a\nextends: clip_tiny\n")
    text = "vfmc: 1\nname: a\nextends: clip_tiny\nlosses:\n  clip: {scale: {use: "
    client.change("half.yaml", text)
    assert "learned" in labels(client.at("completion", "half.yaml", text, "{use: |"))


@BOTH
def test_quick_fixes_write_what_was_meant_and_suppress(client: Client, name: str, text: str) -> None:
    broken = text.replace("heads: 4", "heds: 4", 1)
    (found,) = client.open(name, broken)
    context = {"diagnostics": [found]}
    ask = {"textDocument": {"uri": client.uri(name)}, "range": found["range"], "context": context}
    (action,) = client.ask("textDocument/codeAction", ask)
    assert action["title"] == "write `heads`" and action["isPreferred"]
    assert applied(broken, action["edit"]["changes"][client.uri(name)]) == text
    unbound = text.replace("max: 100.0", "max: null" if name.endswith("yaml") else "max: none", 1)
    (found,) = client.change(name, unbound)
    ask = {
        "textDocument": {"uri": client.uri(name)},
        "range": found["range"],
        "context": {"diagnostics": [found]},
    }
    fix, ignore = client.ask("textDocument/codeAction", ask)
    assert client.change(name, applied(unbound, fix["edit"]["changes"][client.uri(name)])) == []
    assert client.change(name, applied(unbound, ignore["edit"]["changes"][client.uri(name)])) == []


@BOTH
def test_formatting_is_that_of_fmt(client: Client, name: str, text: str) -> None:
    client.open(name, text + "\n\n")
    options = {"tabSize": 2, "insertSpaces": True}
    edits = client.ask(
        "textDocument/formatting", {"textDocument": {"uri": client.uri(name)}, "options": options}
    )
    assert applied(text + "\n\n", edits) == format_source(Source(name, text), None)[0]


def test_places_are_counted_in_utf_16(client: Client) -> None:
    text = 'vfmc: 1\nname: a\nextends: clip_tiny\ntrain: {batch: 64, sed: 1}  # 😀\ndoc: "😀😀"\nlet: {x: "😀", x: 1}\n'
    found = client.open("emoji.yaml", text)
    places = {each["code"]: each["range"]["start"]["character"] for each in found}
    assert places["SYN010"] == len('let: {x: "') + 2 + len('", ')


def test_other_yaml_files_are_left_alone(client: Client) -> None:
    client.tell(
        "textDocument/didOpen",
        {
            "textDocument": {
                "uri": client.uri("other.yaml"),
                "languageId": "yaml",
                "version": 1,
                "text": "services: {a: 1}\n",
            }
        },
    )
    assert (
        client.ask(
            "textDocument/hover",
            {"textDocument": {"uri": client.uri("other.yaml")}, "position": {"line": 0, "character": 1}},
        )
        is None
    )


def test_what_the_server_can_do_is_announced(client: Client) -> None:
    can = client.capabilities
    for feature in (
        "hoverProvider", "completionProvider", "definitionProvider", "referencesProvider", "renameProvider", "codeActionProvider",
        "inlayHintProvider", "documentFormattingProvider",
    ):  # fmt: skip
        assert can.get(feature), feature


def test_a_broken_text_keeps_what_was_known_before(client: Client, tmp_path: Path) -> None:
    client.open("a.yaml", YAML)
    broken = YAML.replace("batch: 128", "batch: {")
    assert client.change("a.yaml", broken)
    assert "towers" not in labels(client.at("completion", "a.yaml", broken, "export:|"))
    assert client.change("a.yaml", YAML) == []


def test_what_a_base_says_is_told_where_it_is_extended(client: Client) -> None:
    """The base may be a file that nobody has open: its finding stands at what this text changes."""
    pipe = "[{use: vit, width: 64, depth: 4, heads: 4, patch: 4}, mean, {use: linear, out: 32}]"
    text = f"vfmc: 1\nname: heir\nextends: clip_tiny\ntowers:\n  vision: {{pipe: {pipe}}}\n"
    (found,) = [each for each in client.open("heir.yaml", text) if each["code"] == "OBJ301"]
    assert found["range"]["start"] == {"line": 4, "character": 2}
    assert "it is said in" in found["message"]
    assert any(each["location"]["uri"].endswith("clip_tiny.yaml") for each in found["relatedInformation"])


def test_a_spec_on_one_line_is_one(client: Client) -> None:
    (found,) = client.open("line.yaml", "{vfmc: 1, name: line, extends: clip_tiny, nonsense: 1}\n")
    assert found["code"] == "REF100"
