# SPDX-License-Identifier: MIT
"""Pages that follow from the code are those that the code gives now, and quoted messages are in the code."""

from __future__ import annotations

import ast
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

from lrisc_sdr.cli.registry import VERBS

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generated_docs", ROOT / "tools" / "generated_docs.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_command_lines_reference_is_current(generated: ModuleType, monkeypatch: pytest.MonkeyPatch) -> None:
    # Defaults may come from the environment.
    for name in ("LRISC_RADIO", "LRISC_RADIO_URI", "LRISC_RADIO_CONFIG", "LRISC_CALIBRATION"):
        monkeypatch.delenv(name, raising=False)
    assert (DOCS / "cli.md").read_text() == generated.command_line(), "run `make docs`"
    assert set(re.findall(r"^## (\S+)$", generated.command_line(), re.MULTILINE)) == set(VERBS)


def test_the_waveforms_tables_are_current(generated: ModuleType) -> None:
    page = (DOCS / "waveform.md").read_text()
    assert page == generated.with_presets(page), "run `make docs`"
    with pytest.raises(ValueError, match="no <!-- generated"):
        generated.with_presets("nothing")


def messages() -> list[str]:
    """Every text of the package, what is filled in as …."""
    texts = []
    for path in sorted((ROOT / "lrisc_sdr").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.JoinedStr):
                texts.append("".join(str(v.value) if isinstance(v, ast.Constant) else "…" for v in node.values))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                texts.append(node.value)
    return texts


def quoted(page: str) -> list[str]:
    """Messages in the first column of a page's tables."""
    rows = re.findall(r"^\| `((?:[^`\\]|\\`)+)`[^|]*\|", page, re.MULTILINE)
    return [row.replace("\\`", "`") for row in rows if " " in row]


@pytest.mark.parametrize("page", ["troubleshooting.md", "radios.md", "service.md"])
def test_messages_that_pages_quote_are_in_the_code(page: str) -> None:
    known = messages()
    wanted = quoted((DOCS / page).read_text())
    assert wanted
    for message in wanted:
        parts = [re.escape(part.strip()) for part in message.split("…") if part.strip()]
        pattern = re.compile(".*".join(parts), re.DOTALL)
        assert any(pattern.search(text) for text in known), message
