# SPDX-License-Identifier: MIT
"""Pictures from `lrisc tx` to `lrisc rx` over two virtual Plutos: `python -m benchmarks.air [OPTIONS] FOLDER`.

Server, sender, receiver and decoder are processes of their own, as a user starts them, at 4 Msamples/s over the channel
`desk` with crystals 20 ppm apart. The band that it allows is in a file of its own; nothing is radiated.

It passes when every picture is decoded and 99 % of the frames that were sent arrive; otherwise its exit code is 1.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

LEAST_SHARE = 0.99
BAND = """
[[band]]
name = "virtual"
low_hz = 2.40e9
high_hz = 2.48e9
least_attenuation_db = 0
duty_cycle = 1
duty_window_s = 3600
longest_burst_s = 5
"""


def lrisc(*words: object, environment: dict[str, str] | None = None) -> subprocess.Popen[str]:
    """One of the package's commands, its standard output in a pipe."""
    command = [sys.executable, "-m", "lrisc_sdr.cli", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ | (environment or {}))


def send(folder: Path, options: argparse.Namespace, place: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """Send a folder's pictures; the reports of the transmitter and of the receiver."""
    (place / "allow.toml").write_text(BAND)
    (place / "allow.toml").chmod(0o600)
    environment = {"LRISC_ALLOW_LIST": str(place / "allow.toml"), "XDG_STATE_HOME": str(place)}
    pace = ["--paced"] if options.paced else []
    crystals = ("--crystal-ppm", 20, "--crystal-ppm", 0)
    server = lrisc("virtual-pluto", "--radios", 2, "--channel", "desk", *crystals, *pace, "--port", 0, "--json")
    try:
        assert server.stdout is not None
        first, second = json.loads(server.stdout.readline())["uris"]
        words = ["--radio", "pluto", "--engine", options.engine, "--model", options.model, "--json"]
        pictures = sorted(folder.glob("*.png"))
        sources = [word for picture in pictures for word in ("--source", picture)] if options.measure else []
        receiver = lrisc(
            "rx", *words, "--uri", second, "--gain-db", 40, "--pictures", len(pictures), "--steps", options.steps,
            *sources, "--out", place / "run",
        )  # fmt: skip
        wait_for_buffer(second)
        sender = lrisc(
            "tx", *pictures, *words, "--uri", first, "--transmit", "--attenuation-db", 10, "--told-snr-db", 15,
            environment=environment,
        )  # fmt: skip
        sent, _ = sender.communicate(timeout=options.timeout_s)
        received, _ = receiver.communicate(timeout=options.timeout_s)
    finally:
        server.kill()
    if sender.returncode or receiver.returncode not in (0, 6):
        raise SystemExit(f"lrisc tx ended with {sender.returncode}, lrisc rx with {receiver.returncode}")
    return json.loads(sent), json.loads(received)


def wait_for_buffer(uri: str) -> None:
    """Until somebody receives with a radio: a second client's buffer is refused then."""
    import iio

    device = iio.Context(uri).find_device("cf-ad9361-lpc")
    for name in ("voltage0", "voltage1"):
        device.find_channel(name).enabled = True
    while True:
        time.sleep(0.5)
        try:
            buffer = iio.Buffer(device, 1024)
        except OSError:
            return
        del buffer


def main() -> int:
    """Send, count and print; the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.air", description=__doc__)
    parser.add_argument("pictures", type=Path, help="folder of PNG files")
    parser.add_argument("--engine", choices=("plain", "gnuradio"), default="plain")
    parser.add_argument("--model", default="small")
    parser.add_argument("--steps", type=int, default=0, help="diffusion steps")
    parser.add_argument("--measure", action="store_true", help="compare the pictures with their sources, too")
    parser.add_argument("--paced", action="store_true", help="in real time")
    parser.add_argument("--timeout-s", type=float, default=600.0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="lrisc-") as place:
        began_s = time.perf_counter()
        sent, received = send(options.pictures, options, Path(place))
        took_s = time.perf_counter() - began_s
    totals, n_pictures = received["totals"], len(sent["pictures"])
    n_sent = sum(row["frames_sent"] for row in sent["pictures"])
    n_received = sum(row["frames_received"] for row in received["pictures"])
    passed = totals["pictures_decoded"] == n_pictures and n_received >= LEAST_SHARE * n_sent
    figures = {
        "engine": options.engine,
        "paced": options.paced,
        "pictures": f"{totals['pictures_decoded']} of {n_pictures}",
        "frames": f"{n_received} of {n_sent}",
        "snr_db": round(totals["snr_db_estimated"], 2),
        "cfo_hz": round(totals["cfo_hz_estimated"]),
        "psnr_db": round(totals["psnr_db"], 2) if options.measure else None,
        "buffers_dropped": totals["buffers_dropped"],
        "reconnects": totals["reconnects"],
        "air_s": round(sum(row["air_s"] for row in sent["pictures"]), 3),
        "wall_s": round(took_s, 1),
        "passed": passed,
    }
    sys.stdout.write(json.dumps(figures, indent=2) + "\n")
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
