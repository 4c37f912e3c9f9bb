# SPDX-License-Identifier: MIT
"""Who gets in: a real server, raw requests."""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import time

import pytest

from lrisc_sdr.console.access import Access
from lrisc_sdr.telemetry.messages import Begun

websockets = pytest.importorskip("websockets")
from websockets.sync.client import connect  # noqa: E402


def live(console, host: str | None = None, origin: str | None = "own", **headers: str):
    wanted = {name.replace("_", "-"): value for name, value in headers.items()}
    if origin == "own":
        origin = f"http://{console.host}"
    where = f"ws://{console.host}/live"
    return connect(where, origin=origin, additional_headers=wanted, open_timeout=60, compression=None)


def test_the_page_and_its_headers(console) -> None:
    status, body, headers = console.ask("/")
    assert status == 200
    assert b"lrisc" in body
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["x-content-type-options"] == "nosniff"
    assert "server" not in headers


def test_nothing_on_the_page_comes_from_elsewhere(console) -> None:
    _, body, _ = console.ask("/")
    assert b"//" not in body.replace(b"<!doctype html>", b"")
    for name in ("app.js", "style.css", "vendor/uplot/uPlot.iife.min.js", "vendor/uplot/LICENSE.txt"):
        assert console.ask(f"/static/{name}")[0] == 200, name
    assert b"MIT" in console.ask("/static/vendor/uplot/LICENSE.txt")[1]


@pytest.mark.parametrize(
    "host", ["evil.example", "evil.example:80", "127.0.0.1", "127.0.0.1:1", "", "127.0.0.1.evil.example"]
)
def test_another_host_name_is_refused(console, host) -> None:
    assert console.ask("/", Host=host)[0] in (400, 421)
    assert console.ask("/captures", Host=host)[0] in (400, 421)


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null", "https://127.0.0.1"])
def test_another_origin_does_not_open_the_stream(console, origin) -> None:
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        live(console, origin=origin)
    assert refused.value.response.status_code == 403


@pytest.mark.parametrize("origin", [None, "http://evil.example", "null"])
def test_another_origin_starts_no_replay(console, origin) -> None:
    headers = {} if origin is None else {"Origin": origin}
    assert console.ask("/replay", "POST", b'{"name": "clean"}', **headers)[0] == 403


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b'{"name": "../../etc/passwd"}', 404),
        (b'{"name": "no such"}', 404),
        (b'{"name": "clean", "from": -1}', 404),
        (b'{"name": "clean", "from": "x"}', 400),
        (b"[]", 400),
        (b"not json", 400),
        (b"[" * 2_000, 400),
        (b"x" * 100_000, 413),
    ],
)
def test_nonsense_starts_no_replay(console, body, status) -> None:
    assert console.ask("/replay", "POST", body, Origin=f"http://{console.host}")[0] == status


@pytest.mark.parametrize(
    "path",
    ["/static/../access.py", "/static/%2e%2e/access.py", "/static//etc/passwd", "/pictures/1/final", "/pictures/../x/y",
     "/pictures/000001/step-99999999999999999999", "/nothing"],
)  # fmt: skip
def test_there_is_nothing_else(console, path) -> None:
    assert console.ask(path)[0] == 404


def test_a_get_changes_nothing(console) -> None:
    for path in ("/replay", "/replay?name=clean", "/live"):
        assert console.ask(path)[0] in (404, 405)
    assert console.ask("/?replay=clean")[0] == 200
    with live(console) as stream:
        assert "replay" not in json.loads(stream.recv(60))


def _read_on(stream) -> None:
    while True:
        stream.recv(60)


def test_what_a_client_says_ends_its_stream(console) -> None:
    for said in ("hello", "x" * 100_000, b"\0" * 500):
        with live(console) as stream:
            stream.recv(60)
            stream.send(said)
            with pytest.raises(websockets.exceptions.ConnectionClosed) as closed:
                _read_on(stream)
            assert closed.value.rcvd is None or closed.value.rcvd.code in (1008, 1009)
    assert console.ask("/")[0] == 200


def test_headers_without_end(console) -> None:
    with socket.create_connection(("127.0.0.1", console.port), timeout=60) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {console.host}\r\n".encode())
        try:
            for _ in range(64):
                raw.sendall(b"X: " + b"y" * 4_096 + b"\r\n")
            assert raw.recv(100).split()[1] == b"400"
        except (BrokenPipeError, ConnectionResetError):
            pass
    assert console.ask("/")[0] == 200


def test_two_host_headers(console) -> None:
    with socket.create_connection(("127.0.0.1", console.port), timeout=60) as raw:
        raw.sendall(f"GET / HTTP/1.1\r\nHost: {console.host}\r\nHost: evil.example\r\n\r\n".encode())
        assert raw.recv(100).split()[1] in (b"400", b"421")


def test_no_more_clients_than_that(console) -> None:
    with contextlib.ExitStack() as streams:
        for _ in range(16):
            streams.enter_context(live(console))
        with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
            streams.enter_context(live(console))
        assert refused.value.response.status_code == 403
    deadline = time.monotonic() + 60
    while True:
        try:
            with live(console):
                break
        except websockets.exceptions.InvalidStatus:
            assert time.monotonic() < deadline
            time.sleep(0.1)


def test_without_the_token_nobody_gets_in(start_console) -> None:
    console = start_console("--token")
    token = console.address.partition("?token=")[2]
    assert len(token) >= 24
    assert token not in console.ask("/")[2].as_string()
    for path in (
        "/",
        "/static/app.js",
        "/captures",
        "/pictures/000001/final",
        "/?token=wrong",
        f"/?token={token[:-1]}",
    ):
        status, body, _ = console.ask(path)
        assert status == 401
        assert b"lrisc console" in body
    with pytest.raises(websockets.exceptions.InvalidStatus):
        live(console)
    status, _, headers = console.ask(f"/?token={token}")
    assert status == 303
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Strict" in cookie
    kept = cookie.partition(";")[0]
    assert console.ask("/", Cookie=kept)[0] == 200
    assert console.ask("/", Cookie=kept[:-1])[0] == 401
    console.tell(Begun(run="r", verb="loop", facts={}))
    with live(console, Cookie=kept) as stream:
        assert "version" in json.loads(stream.recv(60))


@pytest.mark.parametrize(
    ("bound", "host", "ours"),
    [
        ("127.0.0.1", "127.0.0.1:8080", True),
        ("127.0.0.1", "LocalHost:8080", True),
        ("127.0.0.1", "[::1]:8080", True),
        ("127.0.0.1", "192.0.2.1:8080", False),
        ("127.0.0.1", "localhost.evil.example:8080", False),
        ("0.0.0.0", "192.0.2.1:8080", True),
        ("0.0.0.0", "[2001:db8::1]:8080", True),
        ("0.0.0.0", "evil.example:8080", False),
        ("radio.example", "radio.example:8080", True),
        ("radio.example", "evil.example:8080", False),
    ],
)
def test_own_names(bound, host, ours) -> None:
    assert Access(bound, 8080, None).is_own_name(host) is ours


def test_a_second_console_says_where_the_first_is(console) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "lrisc_sdr.cli", "console", "--port", "0"],
        env=console.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert second.returncode == 3
    assert second.stderr == f"lrisc: another console watches already: http://{console.host}/\n"


def test_a_taken_port(console) -> None:
    second = subprocess.run(
        [sys.executable, "-m", "lrisc_sdr.cli", "console", "--port", str(console.port)],
        env=console.environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert second.returncode == 3
    assert "choose another --port" in second.stderr
