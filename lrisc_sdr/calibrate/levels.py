# SPDX-License-Identifier: MIT
"""A gain with which a receiver hears bursts well: neither at the converter's end nor among its steps."""

from __future__ import annotations

import numpy as np

from lrisc_sdr.calibrate.bursts import Bursts
from lrisc_sdr.calibrate.link import Link, backoff_db
from lrisc_sdr.calibrate.noise_floor import clipped_share
from lrisc_sdr.errors import ConfigurationError, FramesFailed
from lrisc_sdr.types import ComplexArray, ReceivedFrame

TARGET_DBFS = -15.0
"""Mean power of bursts, whose peaks are 10 dB above it."""
NEAR_DB = 6.0
TRIED_DB = (40.0, 20.0, 60.0, 0.0, 70.0)
MOST_CLIPPED = 1e-4


def burst_dbfs(samples: ComplexArray, frame: ReceivedFrame, length: int) -> float:
    """Mean power of a burst in the samples in which it was found, noise included `[dBFS]`."""
    part = samples[frame.start_sample : frame.start_sample + length]
    return 10.0 * float(np.log10(np.mean(np.abs(part) ** 2, dtype=np.float64)))


def suitable_gain_db(link: Link, bursts: Bursts, attenuation_db: float) -> float:
    """The gain of the configuration, or one that brings bursts to `TARGET_DBFS`.

    Raises:
        FramesFailed: no burst is heard with any gain.
        LriscError: see `Link.session`.
    """
    config = link.receiver.config
    if config.rx_gain_db is not None:
        return config.rx_gain_db
    assert link.transmitter is not None
    back_db = backoff_db(link.transmitter.config)
    for gain_db in TRIED_DB:
        try:
            with link.session(bursts.samples.size, tx_attenuation_db=attenuation_db, rx_gain_db=gain_db) as session:
                frames, heard = link.frames(session, bursts, back_db)
        except ConfigurationError:
            continue  # more than this receiver has
        if not frames or clipped_share(heard) > MOST_CLIPPED:
            continue
        level_db = burst_dbfs(heard, frames[0], bursts.bursts[frames[0].header.index].size)
        if abs(level_db - TARGET_DBFS) <= NEAR_DB:
            return gain_db
        return float(min(max(round(gain_db + TARGET_DBFS - level_db), 0), 70))
    raise FramesFailed("no burst was heard with any gain: check frequency, attenuation and antennas")
