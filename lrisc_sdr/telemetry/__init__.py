# SPDX-License-Identifier: MIT
"""What a run's processes tell whoever watches, live: the console. Telling costs next to nothing where nobody watches.

    receiver ──┐
    run        ├──XPUB──► one socket of this user ──SUB──► lrisc console
    worker   ──┘          (a private folder)

Messages may be lost; nothing that a run does or leaves depends on them.
"""

from lrisc_sdr.telemetry.dropping import TellOverflows
from lrisc_sdr.telemetry.publisher import Publisher, close, tell, tell_at_once, wanted
from lrisc_sdr.telemetry.receiver import WatchedReceiver
from lrisc_sdr.telemetry.running import announced, run_name

__all__ = [
    "Publisher", "TellOverflows", "WatchedReceiver", "announced", "close", "run_name", "tell", "tell_at_once", "wanted"
]  # fmt: skip
