"""What strangers may put into a repository that lints its specs in CI, each as a folder of files: material of test_hostile_commands.py.

`python tests/hostile.py VERB FOLDER` runs one verb of the real command line over every case in this process, and tells for each the
exit code, the user time, what it wrote, and whatever it did that no compiler of untrusted texts may do.
"""

from __future__ import annotations

import contextlib
import copy
import gc
import hashlib
import io
import json
import os
import resource
import sys
import tempfile
import threading
from pathlib import Path
from typing import Any

from hostile_sizes import blocks, fanned, grouped, in_phases

ROOT = Path(__file__).resolve().parent.parent
MARK = "pwned"  # what every injected text would make, call or print
CALL = f"__import__('os').system('touch {MARK}')"
QUOTES = [
    f'"); {CALL} #',
    f"'); {CALL} #",
    f'"""\n{CALL}\n"""',
    "{{ " + CALL + " }}",
    "{% set x = " + CALL + " %}",
    f"\\\n{CALL}\n",
]
SECTIONS = ("inputs", "views", "masks", "towers", "values", "losses", "sources", "eval", "export", "let")
OTHERS = ("name", "doc")
Files = dict[str, Any]


def base() -> dict[str, Any]:
    """A small spec that builds, as plain data."""
    from checking import BASE

    from vfmc.source import Source
    from vfmc.syntax.read import read
    from vfmc.syntax.tree import plain

    tree, _ = read(Source("spec.yaml", BASE))
    assert tree is not None
    found: Any = plain(tree.root)
    return dict(found)


def changed(place: str, value: Any) -> str:
    """The small spec with a value at a place such as `towers/encoder/pipe/0/size`, as JSON, which is YAML."""
    made = base()
    *way, last = place.split("/")
    node: Any = made
    for step in way:
        node = node.setdefault(step, {}) if isinstance(node, dict) else node[int(step)]
    node[int(last) if last.isdecimal() else last] = value
    return json.dumps(made)


def deep(levels: int) -> Any:
    node: Any = "crop"
    for _ in range(levels):
        node = {"use": "decoder", "of": node}
    return node


def theirs(place: str, arguments: dict[str, Any]) -> str:
    """A classifier on a stage that names Python code."""
    stage = {"use": "python", "class": place, "arguments": arguments, "gives": {"kind": "vector", "width": 8}}
    towers = {"own": {"from": "crop", "pipe": [stage]}, "head": {"pipe": [{"use": "linear", "out": 10}]}}
    made = base()
    made["towers"] = towers
    made["inputs"] |= {"label": {"use": "label", "classes": 10}}
    made["losses"] = {
        "classes": {"use": "cross_entropy", "logits": {"use": "head", "of": "own"}, "labels": "label"}
    }
    return json.dumps(
        {key: value for key, value in made.items() if key not in ("masks", "values", "eval", "export")}
    )


def fan() -> str:
    """Towers that each run the one before ten times."""
    made = base()
    made["towers"] |= {
        "t0": {"pipe": ["l2norm"]},
        **{f"t{i}": {"pipe": [f"t{i - 1}"] * 10} for i in range(1, 9)},
    }
    made["values"] = {"v": {"use": "t8", "of": "encoder"}}
    return json.dumps(made)


def trees() -> dict[str, str]:
    """Specs that are well written and mean harm; in YAML here, and in the DSL too where it has words for them."""
    made = {f"{number} as {place}": changed(place, number) for number in (10**9, 10**18) for place in (
        "views/crop/size", "views/crop/count", "towers/encoder/pipe/0/size", "towers/encoder/pipe/0/width", "towers/encoder/pipe/4/depth",
        "towers/encoder/pipe/4/heads", "towers/encoder/pipe/3/cls", "losses/pixels/target/size", "train/batch", "train/accumulate",
    )}  # fmt: skip
    made |= {
        "deep operands": changed("values", {"v": deep(60)}),
        "a fan of values": changed("values", {"v0": ["crop"] * 10, **{f"v{i}": [f"v{i - 1}"] * 10 for i in range(1, 12)}}),
        "a fan of towers": fan(),
        "thousands of unused constants": changed("let", {f"c{i}": i for i in range(4000)}),
        "thousands of unknown names": changed("values", {f"v{i}": f"enk{i}" for i in range(3000)}),
        "thousands of towers": changed("towers", base()["towers"] | {f"t{i}": {"pipe": ["l2norm"]} for i in range(2000)}),
        "thousands of inputs": changed("inputs", base()["inputs"] | {f"i{i}": "image" for i in range(6000)}),
        "thousands of views": changed("views", base()["views"] | {f"v{i}": {"use": "padded_crop", "of": "image", "size": 16} for i in range(1800)}),
        "thousands of phases": changed("train/phases", [{"name": f"p{i}", "for": "1 epoch", "set": {"train.batch": 64}} for i in range(2000)]),
        "thousands of arguments": changed("towers/encoder/pipe/4", {"use": "blocks", **{f"k{i}": 3 for i in range(6000)}}),
        "thousands of stages": changed("towers/decoder/pipe", base()["towers"]["decoder"]["pipe"] + ["l2norm"] * 990),
        "thousands of blocks": json.dumps(blocks(base(), 190)),
        "thousands of blocks in all phases": json.dumps(in_phases(blocks(base(), 20), 64)),
        "thousands of applications": json.dumps(fanned(base(), 80, 80)),
        "thousands of applications in all phases": json.dumps(in_phases(fanned(base(), 20, 20), 64)),
        "thousands of losses": changed("losses", {f"l{i}": "mse" for i in range(2000)}),
        "thousands of sources": changed("sources", {f"s{i}": "digits" for i in range(2000)}),
        "thousands of protocols": changed("eval", {f"k{i}": {"use": "knn", "of": "encoder", "data": "digits"} for i in range(2000)}),
        "thousands of groups": changed("train/groups", [{"of": "encoder", "layer_decay": 0.5 + i / 1e4} for i in range(2000)]),
        "thousands of rules of the optimiser": json.dumps(in_phases(grouped(blocks(base(), 4), 20), 20)),
        "thousands of rules of one phase": json.dumps(grouped(blocks(base(), 4), 200)),
        "thousands of addresses": changed("train/phases", [
            {"name": "p", "for": "1 epoch", "set": {f"half.ratio{i}": 0.5 for i in range(4000)}}]),
        "constants that double": changed("let", {"a0": "x" * 100, **{f"a{i}": [f"$a{i - 1}"] * 10 for i in range(1, 12)}}),
        "a constant of itself": changed("let", {"a": "$b", "b": "$a"}),
        "extends a URL": changed("extends", "http://127.0.0.1:9/spec.yaml"),
        "extends a file URL": changed("extends", "file:///etc/passwd"),
        "extends what is above": changed("extends", "../outside.yaml"),
        "extends an absolute path": changed("extends", "/etc/passwd"),
        "extends itself": changed("extends", "spec.yaml"),
        "extends a NUL": changed("extends", "a\0b.yaml"),
        "extends half of a character": changed("extends", "a\ud800.yaml"),
        "extends what turns text": changed("extends", "a\u202eb.yaml"),
        "extends a line": changed("extends", "a\n::error::x.yaml"),
        "extends a folder": changed("extends", "."),
        "extends a long name": changed("extends", "x" * 5000),
        "an unknown stage with a path": changed("towers/encoder/pipe/1", "../../evil"),
        "an unknown stage with a module": changed("towers/encoder/pipe/1", "evil.Model"),
        "an unknown source of a plug-in": changed("sources/more", {"use": "evil"}),
        "shards behind a pipe": changed("sources/images", {"use": "webdataset", "urls": f"pipe:touch {MARK}", "samples": 10}),
        "shards at a URL": changed("sources/images", {"use": "webdataset", "urls": "http://127.0.0.1:9/{0000..9999}.tar", "samples": 10}),
        "a folder outside": changed("sources/images", {"use": "image_folder", "root": "../../../etc"}),
        "a table outside": changed("sources/images", {"use": "csv", "files": "/etc/passwd"}),
        "weights outside": changed("towers/encoder/with/init", {"path": "../../../etc/passwd"}),
        "weights at a URL": changed("towers/encoder/with/init", {"path": "http://127.0.0.1:9/weights.pt"}),
        "somebody's class": theirs("evil:Model", {}),
        "somebody's function": theirs("os:system", {"command": f"touch {MARK}", "more": QUOTES}),
        "two texts that are paths": changed("doc", "/etc/passwd"),
    }  # fmt: skip
    for number, text in enumerate(QUOTES):
        for place in (
            OTHERS
            if number > 1
            else ("towers/decoder/pipe/1/as", "inputs/label/use", "export/encoder", *OTHERS)
        ):
            made[f"text {number} at {place}"] = changed(place, text)
        made[f"text {number} as shards"] = changed(
            "sources/images", {"use": "webdataset", "urls": [text], "samples": 10}
        )
        for section in () if number > 1 else SECTIONS:
            tree = base()
            tree.setdefault(section, {})[text] = copy.deepcopy(
                next(iter((tree.get(section) or {"x": "crop"}).values()))
            )
            made[f"name {number} in {section}"] = json.dumps(tree)
    return made


def texts() -> dict[str, tuple[str, bytes]]:
    """Files that are no specs, or only just: a name with its suffix, and bytes."""
    from checking import BASE, as_dsl
    from test_syntax_hostile import HOSTILE

    found = {
        f"{spelling} {name}": (f"spec.{spelling}", text.encode("utf-8", "surrogatepass"))
        for spelling, name, text, _ in HOSTILE
    }
    both = {"yaml": BASE, "vfm": as_dsl(BASE)}
    for spelling, text in both.items():
        file, written = f"spec.{spelling}", text.encode()
        found |= {
            f"{spelling} no UTF-8": (file, written + b"# \xff\xfe\xc0\x80"),
            f"{spelling} UTF-16": (file, text.encode("utf-16")),
            f"{spelling} a NUL in a name": (file, written.replace(b"encoder", b"enc\0der")),
            f"{spelling} bidi in a comment": (file, written + "# \u202e\u2066 ignored\n".encode()),
            f"{spelling} a homoglyph": (file, written.replace(b"encoder", "\u0435ncoder".encode(), 1)),
            f"{spelling} thousands of suppressions": (file, written + b"# vfmc: ignore[OBJ311] x\n" * 9000),
            f"{spelling} suppressions on suppressions": (file, written + b"# vfmc: ignore[OBJ311] x\nx\n" * 4000),
            f"{spelling} a suppression of spaces": (file, written + b"#" + b" " * 200_000 + b"vfmc: ignore[\n"),
            f"{spelling} a suppression of codes": (file, written + b"# vfmc: ignore[" + b"OBJ311," * 30_000 + b"] x\n"),
            f"{spelling} suppressions of thousands of codes": (file, written + "".join(f"# vfmc: ignore[Z{i}] q\n" for i in range(8000)).encode()),
            f"{spelling} one long line": (file, b"# vfmc: 1 " + b"x" * 3_000_000),
            f"{spelling} escapes of a terminal": (file, written + b"# \x1b]0;x\x07\x1b[2J\n"),
        }  # fmt: skip
    return found


def cases() -> dict[str, Files]:
    """Every case as the files of a folder with a `spec.yaml` or `spec.vfm` among them; a pair is what `write` makes of it."""
    from vfmc.source import Source
    from vfmc.syntax.read import format_source

    found: dict[str, Files] = {name: {file: data} for name, (file, data) in texts().items()}
    for name, text in trees().items():
        found[f"yaml {name}"] = {"spec.yaml": text.encode()}
        twin = format_source(Source("spec.yaml", text), "vfm")[0] if "thousands" not in name else None
        if twin is not None:
            found[f"vfm {name}"] = {"spec.vfm": twin.encode()}
    small = json.dumps(base()).encode()
    extends = changed("extends", "other.yaml").encode()
    tokenizer = {"use": "text", "length": 8, "tokenizer": {"use": "clip", "path": "merges"}}
    tokenized = changed("inputs/caption", tokenizer).encode()
    chain = {
        f"b{i}.yaml": (
            f"extends: b{i + 1}.yaml\nlet: {{" + ", ".join(f"k{i}_{n}: 1" for n in range(3000)) + "}"
        ).encode()
        for i in range(20)
    }
    found |= {
        "a ring of files": {"spec.yaml": extends, "other.yaml": changed("extends", "spec.yaml").encode()},
        "a long chain of files": {"spec.yaml": changed("extends", "b0.yaml").encode(), **chain},
        "a base that is a link out": {"spec.yaml": extends, "other.yaml": ("link", "/etc/passwd")},
        "a base that is a device": {"spec.yaml": extends, "other.yaml": ("link", "/dev/zero")},
        "a base that is a pipe": {"spec.yaml": extends, "other.yaml": ("pipe", "")},
        "a base that is a folder": {"spec.yaml": extends, "other.yaml": ("folder", "")},
        "a base that is the terminal": {"spec.yaml": extends, "other.yaml": ("link", "/dev/tty")},
        "a spec that is a device": {"spec.yaml": ("link", "/dev/zero")},
        "a spec that is a pipe": {"spec.yaml": ("pipe", "")},
        "a spec that is a link to a pipe": {"spec.yaml": ("link", "other"), "other": ("pipe", "")},
        "a vfm spec that is a pipe": {"spec.vfm": ("pipe", "")},
        "a spec that is a folder": {"spec.yaml": ("folder", "")},
        "a spec that is the terminal": {"spec.yaml": ("link", "/dev/tty")},
        "a spec that is standard input": {"spec.yaml": ("link", "/dev/stdin")},
        "settings that are a pipe": {"spec.yaml": small, "vfmc.toml": ("pipe", "")},
        "a baseline that is a pipe": {"spec.yaml": small, "vfmc.toml": b'baseline = "b.json"', "b.json": ("pipe", "")},
        "settings of a tokenizer that is a pipe": {"spec.yaml": tokenized, "merges": ("pipe", "")},
        "settings of a tokenizer that is a device": {"spec.yaml": tokenized, "merges": ("link", "/dev/zero")},
        "settings of weights that are a pipe": {
            "spec.yaml": changed("towers/encoder/with/init", {"path": "weights.pt"}).encode(), "weights.pt": ("pipe", "")},
        "settings beside a lock that is a device": {"spec.yaml": small, "out/base/vfmc.lock": ("link", "/dev/zero")},
        "settings beside a lock that is a pipe": {"spec.yaml": small, "out/base/vfmc.lock": ("pipe", "")},
        "settings beside a lock that nests": {"spec.yaml": small, "out/base/vfmc.lock": b'{"outputs": ' + b"[" * 100_000},
        "settings beside outputs that are links": {"spec.yaml": small, **{
            f"out/base/{name}": ("link", "/dev/zero") for name in ("model.py", "data.py", "recipe.json", "spec.yaml")}},
        "settings beside a lock of other folders": {"spec.yaml": small, "victim": b"x", "out/base/away": ("link", "../.."), "out/base/vfmc.lock":
            json.dumps({"outputs": {"away/victim": hashlib.sha256(b"x").hexdigest()}}).encode()},
        "a spec that is a link to itself": {"spec.yaml": ("link", "spec.yaml")},
        "settings that are a device": {"spec.yaml": small, "vfmc.toml": ("link", "/dev/zero")},
        "settings that are huge": {"spec.yaml": small, "vfmc.toml": b"#" * 50_000_000},
        "settings that nest": {"spec.yaml": small, "vfmc.toml": b"select = " + b"[" * 20_000},
        "settings that are no UTF-8": {"spec.yaml": small, "vfmc.toml": b"profile = '\xff'"},
        "settings that are no table": {"spec.yaml": small, "pyproject.toml": b"[tool]\nvfmc = 3\n# [tool.vfmc\n"},
        "settings whose tool is none": {"spec.yaml": small, "pyproject.toml": b"tool = 3\n# [tool.vfmc\n"},
        "settings with a long selector": {"spec.yaml": small, "vfmc.toml": b'select = ["' + b"OBJ" * 300_000 + b'"]'},
        "settings with many selectors": {"spec.yaml": small, "vfmc.toml": b"select = [" + b'"OBJ311",' * 20_000 + b"]"},
        "settings with a long profile": {"spec.yaml": small, "vfmc.toml": b'profile = "' + b"x" * 900_000 + b'"'},
        "settings with stars": {"spec.yaml": small, "vfmc.toml": b'[per-file-ignores]\n"' + b"*a" * 2000 + b'*b" = ["OBJ"]'},
        "settings with odd codes": {"spec.yaml": small, "vfmc.toml": b'[per-file-ignores]\n"a" = [[1], {}]'},
        "a date for a setting": {"spec.yaml": small, "vfmc.toml": b"baseline = 2026-01-01\nexclude = 3"},
        "a baseline that is a device": {"spec.yaml": small, "vfmc.toml": b'baseline = "/dev/zero"'},
        "a baseline outside": {"spec.yaml": small, "vfmc.toml": b'baseline = "../../../../../etc/passwd"'},
        "a baseline that is a folder": {"spec.yaml": small, "vfmc.toml": b'baseline = "."'},
        "a baseline that nests": {"spec.yaml": small, "vfmc.toml": b'baseline = "b.json"', "b.json": b"[" * 100_000},
        "a baseline of odd numbers": {"spec.yaml": small, "vfmc.toml": b'baseline = "b.json"',
                                      "b.json": b'{"findings": [{"file": "a", "code": "b", "message": "c", "line": "d", "count": 1e999}]}'},
        "a baseline that is huge": {"spec.yaml": small, "vfmc.toml": b'baseline = "b.json"', "b.json": b" " * 60_000_000},
        "a baseline with a NUL": {"spec.yaml": small, "vfmc.toml": b'baseline = "a\\u0000b"'},
        "modules beside the spec": {"spec.yaml": trees()["somebody's class"].encode(), **{
            f"{name}.py": f"open({MARK!r}, 'w')".encode() for name in ("evil", "torch", "numpy", "lark", "jinja2", "tomllib", "sitecustomize")}},
    }  # fmt: skip
    return found


def write(files: Files, folder: Path) -> Path:
    """Lays the files of a case down and gives its spec: ("link", TARGET) is a symbolic link, ("pipe", "") a FIFO, ("folder", "") one."""
    folder.mkdir(parents=True)
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        if isinstance(data, tuple):
            make: Any = {"link": lambda path, to: path.symlink_to(to), "pipe": lambda path, _: os.mkfifo(path),
                         "folder": lambda path, _: path.mkdir()}[data[0]]  # fmt: skip
            make(folder / name, data[1])
        else:
            (folder / name).write_bytes(data)
    return next(folder / name for name in files if name.startswith("spec."))


class Watch:
    """What Python does while it is on: connections, programs started, writing outside of one folder."""

    def __init__(self) -> None:
        self.inside: Path | None = None
        self.seen: list[str] = []
        sys.addaudithook(self)

    def __call__(self, event: str, given: tuple[Any, ...]) -> None:
        if self.inside is None:
            return
        if event.startswith(
            (
                "socket.",
                "subprocess.",
                "os.system",
                "os.exec",
                "os.spawn",
                "os.posix_spawn",
                "os.fork",
                "urllib.",
                "ctypes.",
                "pickle.",
            )
        ):
            self.seen.append(f"{event} {given!r:.100}")
        writes = event == "open" and isinstance(given[0], str | bytes | os.PathLike) and (
            (given[1] and any(mark in str(given[1]) for mark in "wax+")) or (given[2] or 0) & (os.O_WRONLY | os.O_RDWR))  # fmt: skip
        if writes or event in (
            "os.mkdir",
            "os.rename",
            "os.remove",
            "os.rmdir",
            "os.symlink",
            "os.link",
            "os.chmod",
            "shutil.rmtree",
        ):
            path = Path(os.path.abspath(os.fsdecode(given[0])))
            if (
                not path.is_relative_to(self.inside)
                and "__pycache__" not in path.parts
                and str(path) != os.devnull
            ):
                self.seen.append(f"{event} {path}")


def run_all(verb: str, folder: Path) -> None:
    from vfmc.cli.main import run

    watch = Watch()
    names = {name: files for name, files in cases().items() if os.environ.get("CASE", "") in name}
    for number, (name, files) in enumerate(names.items()):
        place = folder / str(number) / "work"
        spec = write(files, place)
        os.chdir(place)
        output = io.StringIO()
        gc.collect()
        gc.disable()  # as `main` does, which `run` is called by
        start = resource.getrusage(resource.RUSAGE_SELF).ru_utime
        with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
            watch.inside = place
            code = run([verb, spec.name])
            watch.inside = None
        seconds = resource.getrusage(resource.RUSAGE_SELF).ru_utime - start
        gc.enable()
        told = {"name": name, "code": code, "seconds": seconds, "seen": watch.seen, "said": output.getvalue()[:3000], "size": output.tell(),
                "mark": [str(path) for path in folder.rglob(MARK)], "folder": str(place), "threads": threading.active_count()}  # fmt: skip
        print(json.dumps(told), flush=True)
        watch.seen = []
    peak = next(
        int(line.split()[1]) // 1024
        for line in Path("/proc/self/status").read_text().splitlines()
        if line.startswith("VmHWM")
    )
    print(json.dumps({"peak": peak, "modules": sorted(sys.modules)}))


if __name__ == "__main__":
    sys.path[:0] = [str(ROOT), str(ROOT / "tests")]
    run_all(sys.argv[1], Path(sys.argv[2]) if len(sys.argv) > 2 else Path(tempfile.mkdtemp()))
