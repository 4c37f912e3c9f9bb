# SPDX-License-Identifier: MIT
"""Write the parts in docs/wire-vectors.json anew, from the headers and arrays in it: `python tools/wire_vectors.py`.

For a new version of the wire format. What must be refused keeps its header and body and gets a right checksum, unless
it says `"sealed": false`: then its parts stay as they are.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import msgspec
import numpy as np

from lrisc_sdr.link import messages
from lrisc_sdr.link.envelope import VERSION, seal
from lrisc_sdr.link.wire import pack, pack_frame
from lrisc_sdr.types import FrameHeader, ReceivedFrame

FILE = Path(__file__).parents[1] / "docs" / "wire-vectors.json"
ABOUT = (
    f"Messages of LRISC's wire format, version {VERSION}: header and arrays as values, parts as they are on the wire, "
    "in hexadecimal. 'refused' are those that a decoder must not take."
)
ARRAYS = {"symbols": np.complex64, "noise_var": np.float32, "channel": np.complex64}


def arrays_of(vector: dict[str, Any]) -> dict[str, Any]:
    """The arrays of a frame; an empty one where there is none of a name."""
    values = {name: np.array(rows, np.float32) for name, rows in vector["arrays"].items()}
    pairs = {name: array.view(np.complex64)[:, 0] if array.ndim == 2 else array for name, array in values.items()}
    return {name: pairs.get(name, np.empty(0, dtype)) for name, dtype in ARRAYS.items()}


def frame_of(vector: dict[str, Any]) -> ReceivedFrame:
    """The frame that a vector describes."""
    head = vector["header"]
    header = FrameHeader(**{name: head[name] for name in FrameHeader.__annotations__})
    estimates = ("snr_db", "cfo_hz", "sco_ppm", "evm_db", "start_sample")
    return ReceivedFrame(header=header, **arrays_of(vector), **{name: head[name] for name in estimates})


def written(vector: dict[str, Any]) -> list[bytes]:
    """The parts of a message that a vector describes."""
    head = vector["header"]
    if head["kind"] == "frame":
        return pack_frame(frame_of(vector), head["sequence"], head["stream"])
    return pack(msgspec.convert(head, messages.Request | messages.Reply))  # type: ignore[arg-type]


def main() -> int:
    """Write the file; returns the exit code."""
    vectors = json.loads(FILE.read_text(encoding="utf-8"))
    vectors["about"] = ABOUT
    for vector in vectors["messages"]:
        vector["parts"] = [part.hex() for part in written(vector)]
    for vector in vectors["refused"]:
        if vector.get("sealed", True):
            header, body = (bytes.fromhex(part) for part in vector["parts"][1:])
            vector["parts"] = [part.hex() for part in seal(header, body)]
    FILE.write_text(json.dumps(vectors, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
