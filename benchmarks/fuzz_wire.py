# SPDX-License-Identifier: MIT
"""Mutated messages into the wire parser: `python -m benchmarks.fuzz_wire --messages 10000000 --seconds 600`.

Every message is made from good ones: bits and bytes changed, parts cut, joined, doubled and swapped, fields of the
header replaced by what no client may send, special values in the body. The parser may refuse it with `InvalidMessage`
or take it; what it takes must be within the caps and come back the same when it is packed again. Anything else is a
crash; its seed is in the report. One JSON object comes out; the exit code is 1 where there was a crash.
"""

from __future__ import annotations

import argparse
import json
import random
import struct
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lrisc_sdr.errors import InvalidMessage
from lrisc_sdr.link.envelope import PARTS, seal
from lrisc_sdr.link.messages import Accepted, Busy, Flush, Listen, Result, Watch
from lrisc_sdr.link.wire import FrameRequest, pack, pack_frame, sequence_of, unpack_reply, unpack_request
from lrisc_sdr.types import FrameHeader, ReceivedFrame

Parts = list[bytes]

STREAM = "0123456789abcdef"
SEALED = 0.95
CHECKED_EVERY = 64
LOOKED_EVERY = 4_096
ODD: tuple[Any, ...] = (
    None, True, -1, 0, 1, 255, 256, 65_536, 2**31, 2**53, 2**53 + 1, 2**63 - 1, 2**64 - 1, 0.0, -0.0, 1e308,
    float("nan"), float("inf"), float("-inf"), "", "frame", "flush", "watch", "\0", "\ud7ff", "x" * 5_000, b"",
    b"\xff" * 9, [], [[]], {}, {"kind": "frame"}, [0] * 100, "<c8", "|O",
)  # fmt: skip
SPECIAL = tuple(struct.pack("<f", value) for value in (float("nan"), float("inf"), -float("inf"), -0.0, -1.0, 1e-45))


def good_frame(n_symbols: int, n_carriers: int) -> Parts:
    """A message with a received frame."""
    rng = np.random.default_rng(n_symbols)
    return pack_frame(
        ReceivedFrame(
            header=FrameHeader(picture_id=7, index=1, count=3, n_symbols=n_symbols, side_bytes=40, side_repetition=2),
            symbols=rng.standard_normal(2 * n_symbols).astype(np.float32).view(np.complex64),
            noise_var=np.full(n_symbols, 0.25, np.float32),
            snr_db=10.5,
            cfo_hz=-1200.0,
            sco_ppm=0.5,
            evm_db=-20.0,
            channel=np.ones(n_carriers, np.complex64),
            start_sample=123_456,
        ),
        5,
        STREAM,
    )


def good_messages() -> list[Parts]:
    """One of every kind of request, and some replies, which a decoder must refuse."""
    return [
        good_frame(1, 0),
        good_frame(4, 4),
        good_frame(64, 16),
        pack(Flush(2, STREAM)),
        pack(Watch(3)),
        pack(Listen(4)),
        pack(Accepted(5)),
        pack(Busy(6)),
        pack(Result(picture_id=7, ok=False, error="lost")),
    ]


class Mutator:
    """Makes messages that are nearly good.

    Args:
        seed: the same seed gives the same messages.
    """

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._good = good_messages()
        self._fields = [msgspec.msgpack.decode(parts[1]) for parts in self._good]
        self._ways: tuple[Callable[[Parts, int], None], ...] = (
            self._flip, self._flip, self._write, self._cut, self._insert, self._splice, self._odd_field,
            self._odd_field, self._odd_array, self._special, self._parts,
        )  # fmt: skip

    def message(self) -> Parts:
        """The next message: a good one, changed once or more often."""
        which = self._random.randrange(len(self._good))
        parts = list(self._good[which])
        for _ in range(1 + int(self._random.random() * self._random.random() * 6)):
            self._random.choice(self._ways)(parts, which)
        # Most have a right checksum: without, nothing behind it would be tried.
        sound = len(parts) == PARTS and parts[0] == self._good[which][0] and self._random.random() < SEALED
        return seal(*parts[1:]) if sound else parts

    def _flip(self, parts: Parts, _: int) -> None:
        self._edit(
            parts, lambda part, at: part[:at] + bytes([part[at] ^ 1 << self._random.randrange(8)]) + part[at + 1 :]
        )

    def _write(self, parts: Parts, _: int) -> None:
        byte = self._random.choice((0, 0x7F, 0x80, 0xC1, 0xC7, 0xD9, 0xDC, 0xDD, 0xDF, 0xFF))
        self._edit(parts, lambda part, at: part[:at] + bytes([byte]) + part[at + 1 :])

    def _cut(self, parts: Parts, _: int) -> None:
        self._edit(parts, lambda part, at: part[:at] if self._random.random() < 0.5 else part[at:])

    def _insert(self, parts: Parts, _: int) -> None:
        extra = self._random.randbytes(self._random.choice((1, 1, 4, 8, 64)))
        self._edit(parts, lambda part, at: part[:at] + extra + part[at:])

    def _splice(self, parts: Parts, _: int) -> None:
        other = self._random.choice(self._random.choice(self._good))
        self._edit(parts, lambda part, at: part[:at] + other[at:])

    def _odd_field(self, parts: Parts, which: int) -> None:
        fields = dict(self._fields[which])
        name = self._random.choice([*fields, "surprise"])
        if self._random.random() < 0.2:
            fields.pop(name, None)
        else:
            fields[name] = self._random.choice(ODD)
        self._replace(parts, fields)

    def _odd_array(self, parts: Parts, which: int) -> None:
        fields = dict(self._fields[which])
        arrays = [dict(array) for array in fields.get("arrays", [])]
        if arrays:
            array = self._random.choice(arrays)
            value = self._random.choice(ODD)
            array[self._random.choice([*array, "surprise"])] = [value] if self._random.random() < 0.5 else value
            self._replace(parts, {**fields, "arrays": arrays})

    def _special(self, parts: Parts, _: int) -> None:
        if len(parts) > 2 and len(parts[2]) >= 4:
            at = 4 * self._random.randrange(len(parts[2]) // 4)
            parts[2] = parts[2][:at] + self._random.choice(SPECIAL) + parts[2][at + 4 :]

    def _parts(self, parts: Parts, _: int) -> None:
        at = self._random.randrange(len(parts) + 1)
        if parts and self._random.random() < 0.5:
            parts.pop(at % len(parts))
        else:
            parts.insert(at, self._random.choice(self._random.choice(self._good)))

    def _edit(self, parts: Parts, change: Callable[[bytes, int], bytes]) -> None:
        filled = [index for index, part in enumerate(parts) if part]
        if filled:
            index = self._random.choice(filled)
            parts[index] = change(parts[index], self._random.randrange(len(parts[index])))

    @staticmethod
    def _replace(parts: Parts, fields: dict[str, Any]) -> None:
        if len(parts) > 1:
            parts[1] = msgspec.msgpack.encode(fields)


@dataclass
class Report:
    """
    Attributes:
        messages: how many were tried.
        outcomes: how many were taken, by kind, and how many refused.
        crashes: what went wrong, with the number of the message; the first ten.
        seconds: wall time `[s]`.
        rss_start_kib, rss_end_kib: resident memory after the first tenth and at the end `[KiB]`.
        seed: of the mutator.
    """

    seed: int
    messages: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    crashes: list[str] = field(default_factory=list)
    seconds: float = 0.0
    rss_start_kib: int = 0
    rss_end_kib: int = 0


def fuzz(messages: int, seconds: float, seed: int, rate: float = 0.0) -> Report:
    """Try so many messages, or as many as there is time for.

    Args:
        messages: at most.
        seconds: at most `[s]`.
        seed: of the mutator.
        rate: at most so many a second; 0 for as fast as they go.
    """
    report = Report(seed)
    mutator = Mutator(seed)
    began = time.monotonic()
    while report.messages < messages and (report.seconds < seconds or not report.messages):
        for _ in range(min(LOOKED_EVERY, messages - report.messages)):
            _try(mutator.message(), report)
        report.seconds = time.monotonic() - began
        if not report.rss_start_kib and (report.messages >= messages / 10 or report.seconds >= seconds / 10):
            report.rss_start_kib = resident_kib()
        if rate and (ahead := report.messages / rate - report.seconds) > 0:
            time.sleep(ahead)
            report.seconds = time.monotonic() - began
    report.rss_end_kib = resident_kib()
    return report


def _try(parts: Parts, report: Report) -> None:
    report.messages += 1
    try:
        try:
            request = unpack_request(parts)
        except InvalidMessage:
            report.outcomes["refused"] += 1
            sequence_of(parts)
        else:
            report.outcomes[type(request).__name__] += 1
            if report.messages % CHECKED_EVERY == 0:
                _check(request)
        try:
            unpack_reply(parts)
        except InvalidMessage:
            pass
    except Exception as error:  # noqa: BLE001 - this is what it looks for
        if len(report.crashes) < 10:
            report.crashes.append(f"message {report.messages}: {type(error).__name__}: {error}")


def _check(request: FrameRequest | Flush | Watch | Listen) -> None:
    """What was taken must be what a good client could have sent. Raises `AssertionError`."""
    if not isinstance(request, FrameRequest):
        again: object = unpack_request(pack(request))
        if again != request:
            raise AssertionError(f"{request} came back as {again}")
        return
    frame = request.frame
    once = pack_frame(frame, request.sequence, request.stream)
    taken = unpack_request(once)
    if not isinstance(taken, FrameRequest) or pack_frame(taken.frame, taken.sequence, taken.stream) != once:
        raise AssertionError("a frame came back as another")


def resident_kib(process: int | str = "self") -> int:
    """A process's memory that is resident `[KiB]`."""
    for line in Path(f"/proc/{process}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def main() -> int:
    """Fuzz as the command line says; returns the exit code."""
    parser = argparse.ArgumentParser(description="Mutated messages into the wire parser.")
    parser.add_argument("--messages", type=int, default=10_000_000)
    parser.add_argument("--seconds", type=float, default=600.0, help="at most")
    parser.add_argument("--rate", type=float, default=0.0, help="messages a second, at most; 0: as fast as they go")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    report = fuzz(options.messages, options.seconds, options.seed, options.rate)
    sys.stdout.write(json.dumps(vars(report)) + "\n")
    return 1 if report.crashes else 0


if __name__ == "__main__":
    sys.exit(main())
