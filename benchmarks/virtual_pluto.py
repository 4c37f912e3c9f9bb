# SPDX-License-Identifier: MIT
"""Samples per second of virtual Plutos through pyadi-iio: `python -m benchmarks.virtual_pluto`.

The server, the sender and the receiver are processes of their own, as programs of users are. Speeds are the wall's,
while all three share the machine; processor seconds are the server's alone.

    RX         one radio that hears nothing but noise
    TX         one radio that plays buffer after buffer to nobody
    TX → RX    buffer after buffer from one radio to another whose crystal is 20 ppm off
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

BUFFER = 1 << 17
SECONDS = 3.0
TURNS = 3
CHANNEL = "desk"
RATE_SPS = 8_000_000


def processor_s(process: int) -> float:
    """User and system time of a process and its threads `[s]`."""
    fields = Path(f"/proc/{process}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def client(server: int, uri: str, direction: str, seconds: float, raw: bool) -> dict[str, float]:
    """Send or receive for a while: samples per second, and the server's processor seconds a million of them.

    Args:
        server: the server's process.
        uri: of the radio.
        direction: "rx" or "tx".
        seconds: how long, after a few buffers that are not counted.
        raw: libiio's buffers as they are, in place of pyadi-iio's complex numbers.
    """
    import adi
    import iio

    radio = adi.Pluto(uri)
    radio.sample_rate, radio.rx_lo, radio.tx_lo = RATE_SPS, 2_450_000_000, 2_450_000_000
    radio.gain_control_mode_chan0, radio.rx_hardwaregain_chan0, radio.tx_hardwaregain_chan0 = "manual", 40, -10
    radio.rx_buffer_size = BUFFER
    samples = 4096.0 * np.exp(2j * np.pi * np.arange(BUFFER) / 64)
    if raw:
        core = radio._rxadc if direction == "rx" else radio._txdac
        for channel in core.channels:
            channel.enabled = channel.id in ("voltage0", "voltage1")
        buffer: Any = iio.Buffer(core, BUFFER)
        words = bytearray(samples.astype(np.complex64).view(np.float32).astype(np.int16))

    def turn() -> None:
        if not raw and direction == "rx":
            radio.rx()
        elif not raw:
            radio.tx(samples)
        elif direction == "rx":
            buffer.refill()
            buffer.read()
        else:
            buffer.write(words)
            buffer.push()

    for _ in range(6):
        turn()
    count, began_s, spent_s = 0, time.perf_counter(), processor_s(server)
    while (elapsed_s := time.perf_counter() - began_s) < seconds:
        turn()
        count += BUFFER
    spent_s = processor_s(server) - spent_s
    buffer = None
    radio.tx_destroy_buffer()
    radio.rx_destroy_buffer()
    return {"msps": count / elapsed_s / 1e6, "processor_s": spent_s / count * 1e6}


def measure(directions: tuple[str, ...], raw: bool) -> dict[str, float]:
    """Run clients of one server, and return what the last of them found."""
    words = ["virtual-pluto", "--port", "0", "--channel", CHANNEL, "--radios", str(len(directions)), "--json"]
    words += ["--crystal-ppm", "20"] * (len(directions) == 2) + ["--crystal-ppm", "0"]
    command = [sys.executable, "-m", "lrisc_sdr.cli", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as server:
        assert server.stdout is not None
        uris = json.loads(server.stdout.readline())["uris"]
        clients = []
        # The sender begins before the receiver and ends after it.
        for position, (uri, direction) in enumerate(zip(uris, directions, strict=True)):
            seconds = SECONDS + 2.0 * (len(directions) - 1 - position)
            arguments = {"server": server.pid, "uri": uri, "direction": direction, "seconds": seconds, "raw": raw}
            child = [sys.executable, "-m", "benchmarks.virtual_pluto", json.dumps(arguments)]
            clients.append(subprocess.Popen(child, stdout=subprocess.PIPE))
            time.sleep(1.0 * (len(directions) - 1 - position))
        results = [json.loads(each.communicate()[0]) for each in clients]
        server.kill()
    return dict(results[-1])


def main() -> None:
    """Print a table: medians of turns, in which all ways take turns."""
    every: tuple[tuple[str, ...], ...] = (("rx",), ("tx",), ("tx", "rx"))
    ways = [(directions, raw) for directions in every for raw in (False, True)]
    found: list[list[dict[str, float]]] = [[] for _ in ways]
    for _ in range(TURNS):
        for row, (directions, raw) in zip(found, ways, strict=True):
            row.append(measure(directions, raw))
    for row, (directions, raw) in zip(found, ways, strict=True):
        name = " → ".join(direction.upper() for direction in directions)
        how = "libiio's buffers" if raw else "rx() and tx()"
        speed, spent = median(turn["msps"] for turn in row), median(turn["processor_s"] for turn in row)
        sys.stdout.write(f"{name:8} {how:18} {speed:6.1f} Msps   {spent:6.3f} processor s/Msample\n")


if __name__ == "__main__":
    if len(sys.argv) > 1:
        json.dump(client(**json.loads(sys.argv[1])), sys.stdout)
    else:
        main()
