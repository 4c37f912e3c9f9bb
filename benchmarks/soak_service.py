# SPDX-License-Identifier: MIT
"""The decoder service at the rate of a 4 Msps link for half an hour: does anything grow?

    python -m benchmarks.soak_service --minutes 30 --out soak.json

Pictures of 256 × 256 come as fast as a transmitter that never pauses could send them; nothing is decoded (`--decoder
null`). Every ten seconds memory, open files and spool of the broker and its worker are noted, and a line goes to
standard error. `grows` has what each has gained a minute by a straight line through the second half, and `flat` whether
that is less than 1 % of its mean in ten minutes. The file is written anew at every note.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.service.pictures import frames
from benchmarks.service.running import Service, service, take_results
from lrisc_sdr.link import Sender
from lrisc_sdr.link.spool.file import NAME
from lrisc_sdr.waveform import DEFAULT, waveform

NOTED_S = 10.0
FLAT_PER_MIN = 0.001
MADE = 64
WATCHED = ("broker_rss_kib", "worker_rss_kib", "fds", "spool_bytes")


def soak(minutes: float, out: Path | None, share: float) -> dict[str, Any]:
    """Run it; returns the document.

    Args:
        minutes: how long.
        out: where the document goes at every note, or None.
        share: of the link's rate.
    """
    made = [received[0] for _, received in frames(range(MADE))]
    wave = waveform(DEFAULT)
    rate = share * wave.rate_sps / wave.frame_samples(made[0].symbols.size)
    document: dict[str, Any] = {"asked_per_s": rate, "notes": []}
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        folder = Path(temporary) / "service"
        with service(folder, "--decoder", "null") as running:
            watcher = running.watch()
            with Sender(running.endpoint) as sender:
                began = noted = time.monotonic()
                sent = results = 0
                while (now := time.monotonic()) - began < 60 * minutes:
                    # What it lags behind is not made up for: a transmitter would not, either.
                    if (ahead := began + sent / rate - now) > 0:
                        results += len(take_results(watcher, min(ahead, 0.01)))
                        continue
                    frame = made[sent % MADE]
                    header = replace(frame.header, picture_id=sent % 65_536)
                    sender.send(replace(frame, header=header, start_sample=sent))
                    sent += 1
                    results += len(take_results(watcher))
                    if now - noted >= NOTED_S:
                        noted = now
                        note = {"s": now - began, "sent": sent, "results": results, **_figures(running, folder)}
                        document["notes"].append(note)
                        _tell(document, out)
                sender.flush()
                deadline = time.monotonic() + 60
                while results < sent and time.monotonic() < deadline:
                    results += len(take_results(watcher, 0.1))
            watcher.close()
        document |= {"sent": sent, "results": results, "per_s": sent / (60 * minutes)}
    _tell(document, out)
    return document


def _figures(running: Service, folder: Path) -> dict[str, int]:
    running.require_alive()
    pids = [running.pid, *running.workers()]
    rss = [_rss_kib(pid) for pid in pids]
    spool = sum(file.stat().st_size for file in folder.rglob(f"{NAME}*"))
    return {
        "broker_rss_kib": rss[0],
        "worker_rss_kib": sum(rss[1:]),
        "fds": sum(len(list(Path(f"/proc/{pid}/fd").iterdir())) for pid in pids),
        "spool_bytes": spool,
    }


def _rss_kib(pid: int) -> int:
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    return 0


def _tell(document: dict[str, Any], out: Path | None) -> None:
    notes = document["notes"]
    later = notes[len(notes) // 2 :]
    if len(later) > 2:
        minutes = [note["s"] / 60 for note in later]
        grows = {name: float(np.polyfit(minutes, [note[name] for note in later], 1)[0]) for name in WATCHED}
        means = {name: float(np.mean([note[name] for note in later])) for name in WATCHED}
        document["grows"] = grows
        document["flat"] = {name: bool(abs(grows[name]) <= FLAT_PER_MIN * means[name]) for name in WATCHED}
    if notes:
        sys.stderr.write(f"{json.dumps(notes[-1])}\n")
    if out is not None:
        part = out.with_name(f".{out.name}.part")
        part.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
        part.replace(out)


def main() -> int:
    """Soak as the command line says; returns the exit code: 1 where a picture was lost."""
    parser = argparse.ArgumentParser(description="The decoder service at the rate of a link, for long.")
    parser.add_argument("--minutes", type=float, default=30.0)
    parser.add_argument("--share", type=float, default=1.0, help="of the rate of a 4 Msps link")
    parser.add_argument("--out", type=Path)
    options = parser.parse_args()
    document = soak(options.minutes, options.out, options.share)
    sys.stdout.write(json.dumps({name: value for name, value in document.items() if name != "notes"}) + "\n")
    return 0 if document["results"] >= document["sent"] else 1


if __name__ == "__main__":
    sys.exit(main())
