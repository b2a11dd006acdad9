"""A small client of the Language Server Protocol: real messages over the pipes of a real server."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

TIMEOUT = 60


class Client:
    """A server of its own. `open` and `change` return the diagnostics that follow."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.number, self.versions = folder, 0, {}  # type: ignore[var-annotated]
        self.notes: list[dict[str, Any]] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", "vfmc", "lsp", "--stdio"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=None,
        )
        self.capabilities = self.ask(
            "initialize", {"processId": None, "rootUri": folder.as_uri(), "capabilities": {}}
        )["capabilities"]
        self.tell("initialized", {})

    def close(self) -> int:
        self.ask("shutdown", None)
        self.tell("exit", None)
        return self.process.wait(TIMEOUT)

    def uri(self, name: str) -> str:
        return (self.folder / name).as_uri()

    def open(self, name: str, text: str) -> list[dict[str, Any]]:
        (self.folder / name).write_text(text)
        self.versions[name] = 1
        item = {"uri": self.uri(name), "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        return self.diagnostics(name)

    def change(self, name: str, text: str) -> list[dict[str, Any]]:
        self.versions[name] += 1
        item = {"uri": self.uri(name), "version": self.versions[name]}
        self.tell("textDocument/didChange", {"textDocument": item, "contentChanges": [{"text": text}]})
        return self.diagnostics(name)

    def at(self, method: str, name: str, text: str, mark: str, **more: Any) -> Any:
        """A question about the place of `mark` in the text (its first character; `|` in it is the cursor)."""
        before, bar, after = mark.partition("|")
        offset = text.index(before + after) + (len(before) if bar else 0)
        line = text.count("\n", 0, offset)
        character = len(text[text.rfind("\n", 0, offset) + 1 : offset].encode("utf-16-le")) // 2
        return self.ask(
            f"textDocument/{method}",
            {
                "textDocument": {"uri": self.uri(name)},
                "position": {"line": line, "character": character},
                **more,
            },
        )

    def diagnostics(self, name: str) -> list[dict[str, Any]]:
        while True:
            note = self.receive()
            if note.get("method") == "textDocument/publishDiagnostics" and note["params"]["uri"] == self.uri(
                name
            ):
                found: list[dict[str, Any]] = note["params"]["diagnostics"]
                return found
            self.notes.append(note)

    def ask(self, method: str, params: Any) -> Any:
        self.number += 1
        self._send({"jsonrpc": "2.0", "id": self.number, "method": method, "params": params})
        while True:
            message = self.receive()
            if message.get("id") == self.number and "method" not in message:
                assert "error" not in message, message
                return message.get("result")
            self.notes.append(message)

    def tell(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _send(self, message: dict[str, Any]) -> None:
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def receive(self) -> dict[str, Any]:
        assert self.process.stdout is not None
        length = 0
        while (line := self.process.stdout.readline().strip()) or not length:
            assert line or self.process.poll() is None, "the server has ended"
            if line.lower().startswith(b"content-length:"):
                length = int(line.split(b":")[1])
        found: dict[str, Any] = json.loads(self.process.stdout.read(length))
        return found


def applied(text: str, edits: list[dict[str, Any]]) -> str:
    """The text after edits of the protocol."""
    lines = text.split("\n")
    starts = [sum(len(line) + 1 for line in lines[:n]) for n in range(len(lines) + 1)]

    def offset(place: dict[str, int]) -> int:
        line = lines[place["line"]] if place["line"] < len(lines) else ""
        return starts[place["line"]] + len(
            line.encode("utf-16-le")[: 2 * place["character"]].decode("utf-16-le")
        )

    for edit in sorted(edits, key=lambda edit: offset(edit["range"]["start"]), reverse=True):
        text = text[: offset(edit["range"]["start"])] + edit["newText"] + text[offset(edit["range"]["end"]) :]
    return text
