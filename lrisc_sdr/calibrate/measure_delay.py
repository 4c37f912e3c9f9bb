# SPDX-License-Identifier: MIT
"""How long it takes from a transmitter to the receiver of the same device, as a program sees it.

A burst is handed over between two reads: it arrives so many samples after the last one that was read before. That
counts what the driver's queues hold, and all that lies between converters. Two converters that share a clock keep it
for as long as both streams run.
"""

from __future__ import annotations

import math
import time

import numpy as np

from lrisc_sdr.calibrate.arrival import arrival
from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.levels import suitable_gain_db
from lrisc_sdr.calibrate.link import PAUSE_S, Link, Progress, backoff_db
from lrisc_sdr.calibrate.listening import CHUNK_SAMPLES
from lrisc_sdr.calibrate.profile import Delay
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.errors import ConfigurationError

TIMES = 8
SYMBOLS = 512
READ_CHUNKS = 8


def measure_delay(link: Link, progress: Progress) -> Delay:
    """Send a short burst several times.

    Raises:
        ConfigurationError: two devices: their streams have no common time.
        FramesFailed: the burst was not heard.
        LriscError: see `Link.session`.
    """
    if not link.is_one_device or link.transmitter is None:
        raise ConfigurationError("a delay is measured from a radio to itself: two have no common time; leave --partner")
    config = link.transmitter.config
    attenuation_db = config.settings(link.waveform).tx_attenuation_db
    bursts = known_bursts(link.waveform, 1, SYMBOLS)
    gain_db = suitable_gain_db(link, bursts, attenuation_db)
    burst = bursts.bursts[0] * np.float32(10.0 ** (-backoff_db(config) / 20.0))
    # What the driver has queued meanwhile is read before the next burst, to the end of a buffer.
    queued = CHUNK_SAMPLES * math.ceil(2.0 * PAUSE_S * link.rate_sps / CHUNK_SAMPLES)
    rows = []
    with link.session(burst.size, TIMES, tx_attenuation_db=attenuation_db, rx_gain_db=gain_db) as session:
        session.settle()
        for number in range(TIMES):
            session.receiver.receive(queued)
            session.send(burst)
            rows.append(arrival(burst, session.receiver.receive(READ_CHUNKS * CHUNK_SAMPLES)))
            progress("bursts", number + 1, TIMES)
            time.sleep(PAUSE_S)
    middle = float(np.median(rows))
    return Delay(
        samples=middle,
        seconds=middle / link.rate_sps,
        spread_samples=float(np.ptp(rows)),
        rows=tuple(rows),
        provenance=provenance(link, "itself", rx_gain_db=gain_db, tx_attenuation_db=attenuation_db),
    )
