# SPDX-License-Identifier: MIT
"""The pictures in docs/grc.md: graphs in GNU Radio Companion, and the windows of a running one.

    .venv/bin/python tools/screenshots.py                     # needs Xvfb (Debian: xvfb), GNU Radio and torch
    .venv/bin/python tools/screenshots.py --out build/shots loopback

Companion and the graph run as a user starts them, on a display of their own and with settings of their own; the picture
is what is on that display.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from PIL import Image, ImageGrab

ROOT = Path(__file__).resolve().parents[1]
COMPANION = ("loopback", "loopback_qt")
RUNNING = "loopback_qt"
COMPANION_SIZE, RUNNING_SIZE = (1760, 820), (1240, 1040)
MOST_BYTES = 250_000
COLOURS = 128
START_S, CALM_S, RUN_S = 90.0, 3.0, 12.0
# A tenth of real time: the receiver keeps up on any machine, and the display shows single bursts.
PLAYED = "400k"


@contextlib.contextmanager
def display(width: int, height: int) -> Iterator[str]:
    """An X server that nobody sees; yields its name."""
    reader, writer = os.pipe()
    command = ["Xvfb", "-displayfd", str(writer), "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
    server = subprocess.Popen(command, pass_fds=[writer], stderr=subprocess.DEVNULL)
    os.close(writer)
    try:
        with os.fdopen(reader) as file:
            number = file.readline().strip()
        if not number:
            sys.exit("Xvfb did not start")
        yield f":{number}"
    finally:
        server.terminate()
        server.wait()


@contextlib.contextmanager
def program(command: Sequence[str], shown_on: str, home: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A program on the display, with an empty home and Companion's window as large as the display."""
    settings = {
        "main_window_width": COMPANION_SIZE[0],
        "main_window_height": COMPANION_SIZE[1],
        "blocks_window_position": COMPANION_SIZE[0] - 260,
        "console_window_visible": False,
        "variable_editor_visible": False,
    }
    lines = [f"{key} = {value}" for key, value in settings.items()]
    (home / "grc.conf").write_text("\n".join(["[main]", *lines, ""]), encoding="utf-8")
    environment = os.environ | {
        "DISPLAY": shown_on,
        "HOME": str(home),
        "GRC_PREFS_PATH": str(home / "grc.conf"),
        "QT_QPA_PLATFORM": "xcb",
        "GTK_THEME": "Adwaita",
        # What the package has compiled stays where it is.
        "XDG_CACHE_HOME": os.environ.get("XDG_CACHE_HOME", str(Path.home() / ".cache")),
    }
    with (home / "log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, cwd=home)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def look(shown_on: str) -> Image.Image:
    """What is on the display."""
    return ImageGrab.grab(xdisplay=shown_on).convert("RGB")


def when_drawn(process: subprocess.Popen[bytes], shown_on: str, log: Path, wait_s: float) -> Image.Image:
    """The display when something has been on it for `wait_s` seconds."""
    deadline = time.monotonic() + START_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            sys.exit(f"the program ended: {log.read_text(encoding='utf-8', errors='replace')[-2000:]}")
        if len(look(shown_on).getcolors(1 << 24) or ()) > 20:
            time.sleep(wait_s)
            return look(shown_on)
        time.sleep(0.5)
    sys.exit(f"nothing was drawn within {START_S:g} s")


def save(image: Image.Image, path: Path) -> None:
    """A PNG of few colours, cut to what is drawn."""
    image.crop(image.getbbox()).quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    size = path.stat().st_size
    sys.stdout.write(f"{path}: {size / 1000:.0f} kB\n")
    if size > MOST_BYTES:
        sys.exit(f"{path} has more than {MOST_BYTES / 1000:g} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description="Draw the pictures of docs/grc.md.")
    parser.add_argument("names", nargs="*", help="graphs to show in Companion, or 'running' [all]")
    parser.add_argument("--out", type=Path, default=ROOT / "docs" / "grc")
    options = parser.parse_args()
    if shutil.which("Xvfb") is None:
        sys.exit("Xvfb is not installed: apt-get install xvfb")
    names = options.names or [*COMPANION, "running"]
    options.out.mkdir(parents=True, exist_ok=True)
    for name in names:
        size = RUNNING_SIZE if name == "running" else COMPANION_SIZE
        with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary, display(*size) as shown_on:
            home = Path(temporary)
            if name == "running":
                frames = home / "picture.frames"
                subprocess.run([sys.executable, "-m", "lrisc_sdr.cli", "tx", "--file", frames, "--json"], check=True,
                               stdout=subprocess.DEVNULL)  # fmt: skip
                graph = str(ROOT / "flowgraphs" / f"{RUNNING}.py")
                command = [sys.executable, graph, "--frames", str(frames), "--channel", "desk", "--play-sps", PLAYED]
                wait_s = RUN_S
            else:
                command, wait_s = [sys.executable, "-m", "lrisc_sdr.cli", "grc", name], CALM_S
            with program(command, shown_on, home) as process:
                save(when_drawn(process, shown_on, home / "log", wait_s), options.out / f"{name}.png")


if __name__ == "__main__":
    main()
