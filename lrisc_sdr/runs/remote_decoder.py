# SPDX-License-Identifier: MIT
"""A decoder that runs already, here or on another machine: its pictures stay with it, their results come back.

receiver process ══frames══► `lrisc decode` ══results══► this process
"""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr.link.client import Client
from lrisc_sdr.link.endpoint import check_endpoint
from lrisc_sdr.link.messages import Flush, Reply, Result
from lrisc_sdr.link.security import ClientKeys
from lrisc_sdr.link.wire import pack
from lrisc_sdr.runs.watched_decoder import WatchedDecoder

SILENT_S = 30.0
ASK_S = 5.0


@dataclass(frozen=True)
class Remote:
    """Where a decoder is, and with which keys it is reached.

    Attributes:
        decoder: its endpoint.
        key: file of the receiver's secret key; None for a decoder on this machine that has no keys.
        decoder_key: file of the decoder's public key.

    Raises:
        ConfigurationError: the endpoint is beyond this machine and there are no keys, or a file holds none.
    """

    decoder: str
    key: Path | None = None
    decoder_key: Path | None = None

    def __post_init__(self) -> None:
        check_endpoint(self.decoder, has_keys=self.keys() is not None)

    def keys(self) -> ClientKeys | None:
        """The keys, read from their files."""
        if self.key is None or self.decoder_key is None:
            return None
        return ClientKeys.read(self.key, self.decoder_key)


class RemoteDecoder(WatchedDecoder):
    """Context manager: a connection to a decoder, which is asked now and then whether it is still there.

    Args:
        remote: where it is.
        workplace: a folder for the receiver's output.

    Attributes:
        stream: the stream of this run's frames; results of others are nothing to it.
    """

    def __init__(self, remote: Remote, workplace: Path) -> None:
        keys = remote.keys()
        secure = None if keys is None else keys.apply
        super().__init__(Client(remote.decoder, timeout_s=SILENT_S, secure=secure), workplace, None)
        self._remote = remote
        self.stream = os.urandom(8).hex()
        self._heard = time.monotonic()
        self._ask_at = self._heard

    def require_alive(self) -> None:
        """Raise `ProcessFailed` where the decoder has said nothing for `SILENT_S` although it was asked."""
        now = time.monotonic()
        if now - self._heard > SILENT_S:
            raise self._client.silence()
        if now >= self._ask_at:
            self._ask_at = now + ASK_S
            # A decoder that was started again knows nothing of us, and one that loads its model answers a flush alone.
            self.subscribe()
            self._client.post(pack(Flush(self._client.next_sequence(), self._client.stream)))

    def link_options(self) -> list[str]:
        """Options by which a receiver's process reaches the decoder."""
        remote = self._remote
        keys = [] if remote.key is None else [f"--key={remote.key}", f"--decoder-key={remote.decoder_key}"]
        return [f"--endpoint={remote.decoder}", f"--stream={self.stream}", *keys]

    def _watch(self) -> Reply | None:
        """The next reply, but for results of others' pictures."""
        reply = super()._watch()
        if reply is not None:
            self._heard = time.monotonic()
            self._ask_at = self._heard + ASK_S
        return None if isinstance(reply, Result) and reply.stream != self.stream else reply
