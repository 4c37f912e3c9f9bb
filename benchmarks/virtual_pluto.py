# SPDX-License-Identifier: MIT
"""Samples per second of a virtual Pluto through libiio: `python -m benchmarks.virtual_pluto`.

One radio, in a process of its own, that sends a cyclic buffer to itself over the channel.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time

import numpy as np

BUFFER = 1 << 18
SECONDS = 5.0
CHANNELS = ("ideal", "awgn", "desk")


def measure(channel: str) -> float:
    """Received samples per second `[samples/s]`."""
    import adi
    import iio

    words = ["virtual-pluto", "--port", "0", "--channel", channel, "--json"]
    with subprocess.Popen([sys.executable, "-m", "lrisc_sdr.cli", *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        radio = adi.Pluto(json.loads(process.stdout.readline())["uris"][0])
        radio.tx_cyclic_buffer = True
        radio.tx(8192.0 * np.exp(2j * np.pi * np.arange(4096) / 64))
        core = radio._rxadc
        for each in core.channels:
            each.enabled = True
        buffer = iio.Buffer(core, BUFFER)
        for _ in range(4):
            buffer.refill()
        count, began_s = 0, time.perf_counter()
        while (elapsed_s := time.perf_counter() - began_s) < SECONDS:
            buffer.refill()
            buffer.read()
            count += BUFFER
        del buffer
        radio.tx_destroy_buffer()
        process.kill()
    return count / elapsed_s


if __name__ == "__main__":
    for name in CHANNELS:
        sys.stdout.write(f"{name:8} {measure(name) / 1e6:6.1f} Msps\n")
