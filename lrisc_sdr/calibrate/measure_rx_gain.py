# SPDX-License-Identifier: MIT
"""A receiver's noise floor, and the SNR of bursts, against its gain."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.knee import best_gain
from lrisc_sdr.calibrate.link import Link, Progress, backoff_db, in_order
from lrisc_sdr.calibrate.noise_floor import noise_power
from lrisc_sdr.calibrate.profile import GainRow, RxGain
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.errors import ConfigurationError

GAINS_DB = tuple(range(0, 75, 5))
NOISE_SAMPLES = 1 << 19
BURSTS = 4
SYMBOLS = 4096


def measure_rx_gain(link: Link, gains_db: Sequence[float], partner: str, progress: Progress) -> RxGain:
    """Go through the gains; those that the receiver refuses are left out.

    Args:
        link: with a transmitter for the SNR; without one the noise alone decides.
        gains_db: the gains `[dB]`.
        partner: who transmits, for the provenance.
        progress: told of every gain.

    Raises:
        ConfigurationError: the receiver refuses all gains.
        LriscError: see `Link.session`.
    """
    gains_db = in_order(gains_db, "gain")
    bursts = known_bursts(link.waveform, BURSTS, SYMBOLS)
    transmitter = link.transmitter
    attenuation_db = None if transmitter is None else transmitter.config.settings(link.waveform).tx_attenuation_db
    rows: list[GainRow] = []
    refused: ConfigurationError | None = None
    for number, gain_db in enumerate(gains_db):
        try:
            with link.session(rx_gain_db=gain_db) as session:
                power = noise_power(session.listen(NOISE_SAMPLES))
        except ConfigurationError as error:
            refused = error
            continue
        noise_dbfs = 10.0 * float(np.log10(max(power, 1e-20)))
        snr_db = None
        if transmitter is not None:
            with link.session(bursts.samples.size, rx_gain_db=gain_db) as session:
                frames, _ = link.frames(session, bursts, backoff_db(transmitter.config))
            snr_db = float(np.mean([frame.snr_db for frame in frames])) if frames else None
        rows.append(GainRow(float(gain_db), noise_dbfs, noise_dbfs - gain_db, snr_db))
        progress("gains", number + 1, len(gains_db))
    if not rows:
        raise refused or ConfigurationError("the receiver has none of these gains")
    best = best_gain(rows)
    found = provenance(link, partner if transmitter is not None else "nobody", tx_attenuation_db=attenuation_db)
    return RxGain(best.gain_db, best.noise_dbfs, tuple(rows), found)
