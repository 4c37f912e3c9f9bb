# SPDX-License-Identifier: MIT
"""Consoles in processes of their own, what is told to them, and a browser."""

from __future__ import annotations

import http.client
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from lrisc_sdr.telemetry.messages import Told
from lrisc_sdr.telemetry.publisher import Publisher

CAPTURES = Path(__file__).resolve().parents[2] / "captures"
SECONDS = 60.0


class Console:
    """`lrisc console`, with a runtime folder of its own."""

    def __init__(self, *options: object) -> None:
        # The name of a socket is short; that of pytest's folders may not be.
        self.place = Path(tempfile.mkdtemp(prefix="lrisc-"))
        self.environment = os.environ | {"XDG_RUNTIME_DIR": str(self.place)}
        self.environment.pop("LRISC_TELEMETRY", None)
        self._errors = self.place / "stderr"
        words = ["console", "--port", "0", *map(str, options)]
        with self._errors.open("wb") as errors:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "lrisc_sdr.cli", *words], env=self.environment, stderr=errors
            )
        self.address = self._wait_for_address()
        self.port = urlsplit(self.address).port or 0
        self.host = f"127.0.0.1:{self.port}"
        self._publisher = Publisher(f"ipc://{self.place}/lrisc/telemetry")

    def _wait_for_address(self) -> str:
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            match = re.search(r"console at (\S+)", self.errors)
            if match:
                return match[1]
            assert self.process.poll() is None, self.errors
            time.sleep(0.05)
        raise AssertionError(self.errors)

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def tell(self, *messages: Told) -> None:
        deadline = time.monotonic() + SECONDS
        while not self._publisher.wanted():
            assert time.monotonic() < deadline
            time.sleep(0.01)
        for message in messages:
            self._publisher.tell(message)

    def ask(
        self, path: str = "/", method: str = "GET", body: bytes | None = None, **headers: str
    ) -> tuple[int, bytes, http.client.HTTPMessage]:
        """One request; a header's underscores stand for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = connection.getresponse()
            return answer.status, answer.read(), answer.headers
        finally:
            connection.close()

    def close(self) -> int:
        self._publisher.close()
        self.process.terminate()
        code = self.process.wait(SECONDS)
        shutil.rmtree(self.place)
        return code


@pytest.fixture(scope="module")
def start_console() -> Iterator[Callable[..., Console]]:
    pytest.importorskip("starlette")
    pytest.importorskip("uvicorn")
    pytest.importorskip("websockets")
    consoles: list[Console] = []

    def start(*options: object) -> Console:
        consoles.append(Console(*options))
        return consoles[-1]

    yield start
    for console in consoles:
        console.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    sync_api = pytest.importorskip("playwright.sync_api")
    chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    if chromium is None:
        pytest.skip("no Chromium: apt-get install chromium")
    with sync_api.sync_playwright() as playwright:
        # Root, as a container's user often is, has no sandbox to put the browser in.
        options = ["--no-sandbox"] if os.geteuid() == 0 else []
        opened = playwright.chromium.launch(executable_path=chromium, args=options)
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def console(start_console) -> Console:
    return start_console("--captures", CAPTURES)
