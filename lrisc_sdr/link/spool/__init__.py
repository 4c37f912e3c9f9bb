# SPDX-License-Identifier: MIT
"""The decoder's durable spool: frames from their acknowledgement to their picture's result, in one SQLite file.

    put ─► frames, pictures ─► claim ─► decode ─► finish ─► results ─► pictures.jsonl

Nothing needs repair after a crash: a lease is in its picture's row, and a result and the end of its picture are one
transaction.
"""

from __future__ import annotations

from lrisc_sdr.link.spool.rows import Arrived, Channel, Finished, Lease, PictureRow, SpooledFrame, State
from lrisc_sdr.link.spool.spool import QUOTA_BYTES, Spool

__all__ = [
    "QUOTA_BYTES", "Arrived", "Channel", "Finished", "Lease", "PictureRow", "Spool", "SpooledFrame", "State"
]  # fmt: skip
