# SPDX-License-Identifier: MIT
"""The screenshots of docs/console.md: `python tools/console_screenshots.py`.

A console of its own sees two loopback runs with pictures of scikit-image (Chelsea the cat and the coffee are CC0, the
astronaut is NASA's and in the public domain), and Chromium draws the page: wide and light, narrow and dark.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import skimage.data
from PIL import Image
from playwright.sync_api import sync_playwright

DOCS = Path(__file__).resolve().parents[1] / "docs"
NAMES = ("coffee", "astronaut", "chelsea")
RUNS = (("--snr-db=6", "--steps=2"), ("--channel=desk", "--steps=4"))
SHOTS: dict[str, dict[str, Any]] = {
    "console-wide": {"viewport": {"width": 1360, "height": 900}, "color_scheme": "light"},
    "console-phone": {"viewport": {"width": 390, "height": 844}, "color_scheme": "dark"},
}
LARGEST = 300_000


def main() -> None:
    """Run, look, write."""
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        folder = Path(temporary)
        for name in NAMES:
            Image.fromarray(getattr(skimage.data, name)()).save(folder / f"{name}.png")
        environment = os.environ | {"XDG_RUNTIME_DIR": temporary}
        lrisc = [sys.executable, "-m", "lrisc_sdr.cli"]
        with subprocess.Popen(
            [*lrisc, "console", "--port=0"], env=environment, stderr=subprocess.PIPE, text=True
        ) as page:
            assert page.stderr is not None
            address = re.search(r"http://\S+", page.stderr.readline())
            assert address is not None
            try:
                pictures = [str(folder / f"{name}.png") for name in NAMES]
                for number, options in enumerate(RUNS):
                    command = [*lrisc, "loop", *pictures, *options, f"--out={folder / f'run-{number}'}"]
                    subprocess.run(command, env=environment, check=True, stdout=subprocess.DEVNULL)
                shoot(address[0])
            finally:
                page.terminate()


def shoot(address: str) -> None:
    """Write the screenshots."""
    with sync_playwright() as playwright:
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=options)
        for name, how in SHOTS.items():
            page = browser.new_page(**how)
            page.goto(address)
            page.locator("#steps img").nth(4).wait_for()
            page.locator("footer").scroll_into_view_if_needed()
            page.wait_for_timeout(3_000)
            page.evaluate("scrollTo(0, 0)")
            shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("RGB")
            path = DOCS / f"{name}.webp"
            shot.save(path, "WEBP", quality=82, method=6)
            size = path.stat().st_size
            sys.stdout.write(f"{path}: {shot.width}×{shot.height}, {size} bytes\n")
            if size > LARGEST:
                raise SystemExit(f"{path} is larger than {LARGEST} bytes")
            page.close()
        browser.close()


if __name__ == "__main__":
    main()
