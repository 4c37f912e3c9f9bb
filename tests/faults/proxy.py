# SPDX-License-Identifier: MIT
"""A TCP proxy between a client and a decoder that does to the stream what bad networks do."""

from __future__ import annotations

import asyncio
import contextlib
import random
import threading
from collections import Counter
from dataclasses import dataclass

CHUNK = 4_096


@dataclass(frozen=True)
class Faults:
    """
    Attributes:
        delay_s: every chunk waits up to so long `[s]`.
        cut_bytes: a connection ends abruptly after up to twice so many bytes; 0: never.
        corrupt_bytes: a bit is turned in up to twice so many bytes, again and again; 0: never.
        trickle_bytes: so many at a time, with a pause of a millisecond; 0: all at once.
        sound_bytes: that go through whole in every direction of a connection, before it begins.
    """

    delay_s: float = 0.0
    cut_bytes: int = 0
    corrupt_bytes: int = 0
    trickle_bytes: int = 0
    sound_bytes: int = 0


class Proxy:
    """Listens on a port of its own and passes on to another, on a thread of its own.

    Args:
        port: where the decoder listens, on this machine.
        faults: what is done to every connection.
        seed: of what is random.

    Attributes:
        port: where it listens.
        counted: `connections`, `cut`, `corrupted`.
    """

    def __init__(self, port: int, faults: Faults, seed: int = 0) -> None:
        self._target = port
        self._faults = faults
        self._random = random.Random(seed)
        self.counted: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._serve, "127.0.0.1", 0))
        self.port: int = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever)
        self._thread.start()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.counted["connections"] += 1
        with contextlib.suppress(OSError):
            there, back = await asyncio.open_connection("127.0.0.1", self._target)
            ways = [asyncio.ensure_future(self._pump(reader, back)), asyncio.ensure_future(self._pump(there, writer))]
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in ways:
                way.cancel()
            back.transport.abort()
        writer.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        faults, sound = self._faults, self._faults.sound_bytes
        left, whole = self._draw(faults.cut_bytes), self._draw(faults.corrupt_bytes)
        with contextlib.suppress(OSError):
            while chunk := await reader.read(faults.trickle_bytes or CHUNK):
                data = bytearray(chunk)
                sound -= len(data)
                if sound < 0:
                    left, whole = left - len(data), whole - len(data)
                    if faults.corrupt_bytes and whole < 0:
                        data[self._random.randrange(len(data))] ^= 1 << self._random.randrange(8)
                        whole = self._draw(faults.corrupt_bytes)
                        self.counted["corrupted"] += 1
                    if faults.cut_bytes and left < 0:
                        self.counted["cut"] += 1
                        return
                if faults.delay_s or faults.trickle_bytes:
                    await asyncio.sleep(self._random.uniform(0, faults.delay_s) if faults.delay_s else 0.001)
                writer.write(data)
                await writer.drain()

    def _draw(self, mean: int) -> int:
        return self._random.randrange(2 * mean) if mean else 0

    def close(self) -> None:
        """End all connections."""

        async def end() -> None:
            self._server.close()
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(30)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()
