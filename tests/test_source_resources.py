"""Where the compiler finds its data: beside the package, or inside it in a wheel; and what it imports to start."""

import subprocess
import sys
from pathlib import Path

from vfmc import resources

ROOT = Path(__file__).parent.parent


def test_a_checkout_reads_its_own_folders():
    assert resources.path("grammar", "vfmc.lark") == ROOT / "grammar" / "vfmc.lark"
    assert resources.text("grammar", "vfmc.lark").startswith("//")
    assert "vfmc.lark" in resources.names("grammar", ".lark")
    assert resources.names("grammar", ".nothing") == []


def test_a_wheel_reads_the_folders_packed_into_it(tmp_path, monkeypatch):
    (tmp_path / "_data" / "grammar" / "deep").mkdir(parents=True)
    (tmp_path / "_data" / "grammar" / "deep" / "x.lark").write_text("é", encoding="utf-8")
    monkeypatch.setattr(resources, "_PACKAGE", tmp_path)
    assert resources.text("grammar", "deep", "x.lark") == "é"
    assert resources.names("grammar", ".lark") == ["deep/x.lark"]


def test_reading_yaml_imports_neither_lark_nor_a_heavy_library():
    code = (
        "import sys; from vfmc.source import Source; from vfmc.source.render import render; from vfmc.syntax.read import read\n"
        "render(read(Source('a.yaml', 'vfmc: 1'))[1])\n"
        "print([name for name in ('lark', 'torch', 'numpy', 'jinja2', 'rich', 'pydantic') if name in sys.modules])"
    )
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert out.stdout.strip() == "[]"
