# SPDX-License-Identifier: MIT
"""Who may see the page. Every request passes here first, the WebSocket's opening too.

Host     one of this server's own names: else a foreign name was made to point here (DNS rebinding)
token    where there is one: in the address once, in a cookie from then on
Origin   of what opens the WebSocket, or posts: this page and no other
"""

from __future__ import annotations

import ipaddress
import secrets
import socket
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any
from urllib.parse import parse_qs

Scope = MutableMapping[str, Any]
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]

LOCAL_NAMES = ("127.0.0.1", "localhost", "[::1]")
POLICY_VIOLATED = 1008
HEADERS = (
    (
        b"content-security-policy",
        (
            b"default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; connect-src 'self'; "
            b"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        ),
    ),
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"no-referrer"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
)


def is_loopback(host: str) -> bool:
    """Whether an address to bind stays on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


@dataclass(frozen=True)
class Access:
    """What is asked of a request.

    Attributes:
        host: the address that is bound.
        port: its port.
        token: what a client must know, or None on this machine.
    """

    host: str
    port: int
    token: str | None
    names: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        known = set(LOCAL_NAMES) if is_loopback(self.host) else {*LOCAL_NAMES, self.host, socket.gethostname()}
        object.__setattr__(self, "names", frozenset(name.lower() for name in known))

    @property
    def cookie(self) -> str:
        """The name of the cookie; cookies do not know ports."""
        return f"lrisc-console-{self.port}"

    def is_own_name(self, host: str) -> bool:
        """Whether a `Host` header names this server."""
        name, separator, port = host.lower().rpartition(":")
        if not separator or port != str(self.port):
            return self.port == 80 and self._is_known(host.lower())
        return self._is_known(name)

    def _is_known(self, name: str) -> bool:
        if name in self.names:
            return True
        if is_loopback(self.host):
            return False
        # An address is no name that could be made to point elsewhere.
        try:
            return bool(ipaddress.ip_address(name.strip("[]")))
        except ValueError:
            return False

    def is_own_origin(self, origin: str | None, host: str) -> bool:
        """Whether a request comes from this page."""
        return origin == f"http://{host}"

    def knows_token(self, given: str | None) -> bool:
        """Whether a client may come in."""
        return self.token is None or (given is not None and secrets.compare_digest(self.token, given))


class Door:
    """The application behind the checks.

    Args:
        app: what is behind.
        access: what is asked.
    """

    def __init__(self, app: App, access: Access) -> None:
        self._app = app
        self._access = access

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        hosts = [value for name, value in scope["headers"] if name == b"host"]
        headers = {name: value.decode("latin-1") for name, value in scope["headers"]}
        host = headers.get(b"host", "")
        changes = scope["type"] == "websocket" or scope["method"] not in ("GET", "HEAD")
        if len(hosts) != 1 or not self._access.is_own_name(host):
            await _refuse(scope, receive, send, 421, "this server has another name")
        elif changes and not self._access.is_own_origin(headers.get(b"origin"), host):
            await _refuse(scope, receive, send, 403, "only the page itself may ask for this")
        elif self._access.knows_token(self._cookie(headers)):
            await self._app(scope, receive, _with_headers(send))
        elif not changes and self._access.knows_token(_in_query(scope)):
            await self._let_in(send)
        else:
            await _refuse(scope, receive, send, 401, "open the address that `lrisc console` has printed")

    def _cookie(self, headers: dict[bytes, str]) -> str | None:
        try:
            found = SimpleCookie(headers.get(b"cookie", "")).get(self._access.cookie)
        except CookieError:
            return None
        return None if found is None else found.value

    async def _let_in(self, send: Send) -> None:
        """The token out of the address, into a cookie that no script and no other site can use."""
        cookie = f"{self._access.cookie}={self._access.token}; Path=/; HttpOnly; SameSite=Strict"
        start = [(b"location", b"/"), (b"set-cookie", cookie.encode()), (b"cache-control", b"no-store"), *HEADERS]
        await send({"type": "http.response.start", "status": 303, "headers": start})
        await send({"type": "http.response.body", "body": b""})


def _in_query(scope: Scope) -> str | None:
    given = parse_qs(scope["query_string"].decode("latin-1")).get("token")
    return given[0] if given else None


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, why: str) -> None:
    if scope["type"] == "websocket":
        await receive()
        # Before it is accepted this is an answer of HTTP, 403.
        await send({"type": "websocket.close", "code": POLICY_VIOLATED})
        return
    headers = [(b"content-type", b"text/plain; charset=utf-8"), (b"cache-control", b"no-store"), *HEADERS]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": f"{why}\n".encode()})


def _with_headers(send: Send) -> Send:
    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *HEADERS]
        await send(message)

    return sending
