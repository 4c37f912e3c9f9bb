# SPDX-License-Identifier: MIT
"""`python -m benchmarks.service.receiver ENDPOINT FOLDER PICTURES STREAM INTERVAL_S`: it may be killed.

It notes every acknowledged picture in `FOLDER/acknowledged`, and when it is started again it goes on with the others.
"""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

from benchmarks.service.pictures import frames
from lrisc_sdr.link import Sender


def acknowledged(folder: Path) -> set[int]:
    """The pictures that the decoder has taken, as the receiver knows it."""
    file = folder / "acknowledged"
    if not file.exists():
        return set()
    # The last line may have been cut short by a kill.
    lines = file.read_bytes().split(b"\n")[:-1]
    return {int(line) for line in lines}


def main(endpoint: str, folder: Path, n: int, stream: str, interval_s: float) -> None:
    """Send what is not acknowledged yet."""
    note = os.open(folder / "acknowledged", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    sent: dict[int, int] = {}

    def taken(sequence: int) -> None:
        if sequence in sent:
            os.write(note, b"%d\n" % sent.pop(sequence))

    todo = set(range(n)) - acknowledged(folder)
    with Sender(endpoint, acknowledged=taken, timeout_s=120) as sender:
        # The frames of a receiver that was killed are known again.
        sender.stream = stream
        for picture, received in frames(range(n)):
            if picture in todo:
                (frame,) = received
                sent[sender.send(frame)] = picture
                time.sleep(interval_s)
        sender.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), int(sys.argv[3]), sys.argv[4], float(sys.argv[5]))
