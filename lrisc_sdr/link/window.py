# SPDX-License-Identifier: MIT
"""What a sender has in hand: requests without an answer, and how many of them are under way at once.

On a connection that breaks again and again a single frame must come through, with its answer: after a break one is
sent, and with every answer one more may be under way.
"""

from __future__ import annotations

from collections.abc import Callable

SIZE = 64


class Window:
    """At most `SIZE` requests by their sequence numbers.

    Args:
        post: hands a request to the socket.
    """

    def __init__(self, post: Callable[[list[bytes]], None]) -> None:
        self._post = post
        self._parts: dict[int, list[bytes]] = {}
        self._waiting: set[int] = set()  # to be sent (again) when there is room
        self._later: set[int] = set()  # to be sent again after a while
        self._room = SIZE

    def __len__(self) -> int:
        """Requests without an answer."""
        return len(self._parts)

    @property
    def put_off(self) -> bool:
        """Whether there are requests that the decoder did not take."""
        return bool(self._later)

    def put(self, sequence: int, parts: list[bytes]) -> None:
        """Send a request, now or when there is room."""
        self._parts[sequence] = parts
        self._waiting.add(sequence)
        self._fill()

    def accepted(self, sequence: int) -> bool:
        """The decoder has a request; whether it was not known before."""
        if self._parts.pop(sequence, None) is None:
            return False
        self._waiting.discard(sequence)
        self._later.discard(sequence)
        self._room = min(self._room + 1, SIZE)
        self._fill()
        return True

    def not_taken(self, sequence: int | None) -> None:
        """The decoder had no room for a request, or it was damaged on its way."""
        if sequence in self._parts and sequence not in self._waiting:
            self._later.add(sequence)

    def send_put_off(self) -> None:
        """Send what was not taken."""
        self._waiting |= self._later
        self._later.clear()
        self._fill()

    def send_all(self) -> None:
        """The connection was lost, and with it what was under way: all over again, one at first."""
        self._waiting = set(self._parts)
        self._later.clear()
        self._room = 1
        self._fill()

    def frames(self) -> dict[int, list[bytes]]:
        """The requests that are frames."""
        return {sequence: parts for sequence, parts in self._parts.items() if parts[2]}

    def _fill(self) -> None:
        """Send what waits, the oldest first."""
        under_way = len(self._parts) - len(self._waiting) - len(self._later)
        if self._waiting and under_way < self._room:
            for sequence in sorted(self._waiting)[: self._room - under_way]:
                self._waiting.discard(sequence)
                self._post(self._parts[sequence])
