# SPDX-License-Identifier: MIT
"""`lrisc grc`: what is missing is one line; on a display Companion opens with the graph."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from PIL import ImageGrab

BLOCK_COLOUR = (241, 236, 255)
A_FEW_BLOCKS = 30_000

needs_companion = pytest.mark.skipif(
    importlib.util.find_spec("gnuradio") is None or importlib.util.find_spec("gi") is None,
    reason="GNU Radio Companion is not installed",
)


def lrisc_grc(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "lrisc_sdr.cli", "grc", *arguments]
    return subprocess.run(
        command, env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


@needs_companion
def test_without_a_display_it_ends_with_one_line() -> None:
    done = lrisc_grc("loopback", DISPLAY="", WAYLAND_DISPLAY="", GDK_BACKEND="x11")
    assert done.returncode == 4
    (line,) = [line for line in done.stderr.splitlines() if line.startswith("lrisc:")]
    assert "display" in line


def test_a_graph_that_is_none_ends_with_one_line(tmp_path: Path) -> None:
    for name in ("loopbak", str(tmp_path), str(tmp_path / "none.grc")):
        done = lrisc_grc(name)
        assert done.returncode == 7
        (line,) = done.stderr.splitlines()
        assert "loopback" in line


def test_without_companion_it_ends_with_one_line(tmp_path: Path) -> None:
    (tmp_path / "gi.py").write_text("raise ImportError('no gi')\n")
    done = lrisc_grc("loopback", PYTHONPATH=str(tmp_path))
    assert done.returncode == 3
    (line,) = done.stderr.splitlines()
    assert "gnuradio package" in line


@needs_companion
@pytest.mark.skipif(shutil.which("Xvfb") is None, reason="Xvfb is not installed")
def test_companion_opens_a_graph_of_the_project(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    screen = ["Xvfb", "-displayfd", str(writer), "-screen", "0", "1200x700x24", "-nolisten", "tcp"]
    server = subprocess.Popen(screen, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    with os.fdopen(reader) as file:
        display = f":{file.readline().strip()}"
    environment = os.environ | {"DISPLAY": display, "GRC_PREFS_PATH": str(tmp_path / "grc.conf"), "GDK_BACKEND": "x11"}
    process = subprocess.Popen(
        [sys.executable, "-m", "lrisc_sdr.cli", "grc", "loopback"],
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        deadline = time.monotonic() + 90
        while time.monotonic() < deadline and process.poll() is None and drawn(display) < A_FEW_BLOCKS:
            time.sleep(0.5)
        assert drawn(display) >= A_FEW_BLOCKS
    finally:
        process.terminate()
        output, _ = process.communicate(timeout=30)
        server.terminate()
        server.wait()
    assert "rror" not in output, output


def drawn(display: str) -> int:
    """Pixels of the colour that Companion gives to blocks."""
    colours = ImageGrab.grab(xdisplay=display).convert("RGB").getcolors(1 << 24) or []
    return sum(count for count, colour in colours if colour == BLOCK_COLOUR)
