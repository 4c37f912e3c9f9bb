# SPDX-License-Identifier: MIT
"""Every file names its licence, and the right one: GPL where GNU Radio or UHD is imported, MIT everywhere else."""

from __future__ import annotations

import ast
import shutil
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
GPL, MIT = "GPL-3.0-or-later", "MIT"
GPL_FOLDERS = ("lrisc_sdr/blocks/", "flowgraphs/", "tests/blocks/", "tests/flowgraphs/")
GPL_PACKAGES = ("gnuradio", "pmt", "PyQt5", "uhd", "lrisc_sdr.blocks")
# Tables, pictures, recordings and files that a program reads byte by byte.
DATA = {
    ".bin", ".csv", ".frames", ".ipynb", ".json", ".jsonl", ".npz", ".png", ".safetensors", ".sigmf-data",
    ".sigmf-meta", ".svg", ".txt", ".webp",
}  # fmt: skip
OTHERS = ("docs/vendor/", "lrisc_sdr/console/static/vendor/", "lrisc_sdr/codec/models/", "LICENSES/")
BARE = {".gitignore", ".gitattributes", ".dockerignore", "LICENSE", "py.typed", "SHA256SUMS"}


def tracked() -> list[str]:
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    return [name for name in listed.split("\0") if name and (ROOT / name).is_file()]


def named(name: str) -> str | None:
    """The licence in the first lines of a file."""
    head = (ROOT / name).read_text(encoding="utf-8", errors="replace").splitlines()[:20]
    for line in head:
        if "SPDX-License-Identifier:" in line:
            return (
                line.split("SPDX-License-Identifier:")[1]
                .replace("-->", "")
                .replace("*/", "")
                .replace("#}", "")
                .strip(" '\"#\n")
            )
    return None


def imports_gpl(source: str) -> bool:
    found: set[str] = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Call) and "import_module" in ast.unparse(node.func) and node.args:
            found.add(ast.unparse(node.args[0]).strip("'"))
    return any(name == package or name.startswith(f"{package}.") for name in found for package in GPL_PACKAGES)


def test_every_text_file_names_a_licence() -> None:
    silent = [
        name
        for name in tracked()
        if not name.startswith(OTHERS)
        and Path(name).name not in BARE
        and Path(name).suffix not in DATA
        and named(name) not in (GPL, MIT)
    ]
    assert not silent


def test_gpl_is_where_gnu_radio_or_uhd_is_imported_and_nowhere_else() -> None:
    wrong = []
    for name in tracked():
        if Path(name).suffix not in (".py", ".yml", ".grc") or name.startswith(OTHERS):
            continue
        is_gpl = name.startswith(GPL_FOLDERS)
        if not is_gpl and name.endswith(".py"):
            is_gpl = imports_gpl((ROOT / name).read_text(encoding="utf-8"))
        if named(name) != (GPL if is_gpl else MIT):
            wrong.append(name)
    assert not wrong


def test_the_licence_lists_what_is_not_mit_in_the_package() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    for name in tracked():
        if name.endswith(".py") and not name.startswith("tests/") and named(name) == GPL:
            assert name in text or any(folder in text and name.startswith(folder) for folder in GPL_FOLDERS), name


def test_what_others_made_comes_with_its_licence() -> None:
    overview = (ROOT / "LICENSES" / "README.md").read_text(encoding="utf-8")
    for folder in sorted((ROOT / "lrisc_sdr/console/static/vendor").iterdir()):
        assert list(folder.glob("LICENSE*")), folder.name
        assert f"vendor/{folder.name}/" in overview
    for folder in sorted((ROOT / "lrisc_sdr/codec/models").iterdir()):
        if folder.is_dir():
            assert f"models/{folder.name}/" in overview


@pytest.mark.parametrize(
    ("source", "is_gpl"),
    [
        ("from gnuradio import gr", True),
        ("def f():\n    import uhd", True),
        ("importlib.import_module('uhd')", True),
        ("from lrisc_sdr import blocks", True),
        ("from lrisc_sdr.blocks.graphs import load", True),
        ("from lrisc_sdr.radio import uhd", False),
        ("import gnuradiox", False),
    ],
)
def test_what_counts_as_an_import(source: str, is_gpl: bool) -> None:
    assert imports_gpl(source) is is_gpl
