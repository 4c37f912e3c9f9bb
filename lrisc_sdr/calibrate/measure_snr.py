# SPDX-License-Identifier: MIT
"""The receiver's estimates of Es/N0 against known steps of the transmitter's attenuation."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.levels import suitable_gain_db
from lrisc_sdr.calibrate.link import Link, Progress, backoff_db, in_order
from lrisc_sdr.calibrate.profile import Snr, SnrRow
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.calibrate.steps import expected_snr_db
from lrisc_sdr.errors import FramesFailed, TransmitRefused

SPAN_DB = 30.0
STEP_DB = 3.0
BURSTS = 6
SYMBOLS = 4096


def measure_snr(link: Link, attenuations_db: Sequence[float], partner: str, progress: Progress) -> Snr:
    """Go through the attenuations with one gain, and fit what they lead to.

    Args:
        link: both ends, of one device or of two.
        attenuations_db: those that the guard refuses are left out; none: `SPAN_DB` from the configuration's on `[dB]`.
        partner: the other radio, for the provenance.
        progress: told of every attenuation.

    Raises:
        TransmitRefused: the guard refuses all attenuations.
        FramesFailed: bursts were heard at fewer than three attenuations.
        LriscError: see `Link.session`.
    """
    assert link.transmitter is not None
    config = link.transmitter.config
    first_db = config.settings(link.waveform).tx_attenuation_db
    steps_db = first_db + np.arange(0.0, SPAN_DB + STEP_DB, STEP_DB)
    wanted_db = in_order(attenuations_db or [float(step_db) for step_db in steps_db], "attenuation")
    bursts = known_bursts(link.waveform, BURSTS, SYMBOLS)
    gain_db = suitable_gain_db(link, bursts, wanted_db[0])
    heard: list[tuple[float, float]] = []
    refused: TransmitRefused | None = None
    for number, attenuation_db in enumerate(wanted_db):
        try:
            with link.session(bursts.samples.size, tx_attenuation_db=attenuation_db, rx_gain_db=gain_db) as session:
                frames, _ = link.frames(session, bursts, backoff_db(config))
        except TransmitRefused as error:
            refused = error
            continue
        if 2 * len(frames) > BURSTS:
            heard.append((attenuation_db, float(np.mean([frame.snr_db for frame in frames]))))
        progress("attenuations", number + 1, len(wanted_db))
    if refused is not None and not heard:
        raise refused
    if len(heard) < 3:
        raise FramesFailed(f"bursts were heard at {len(heard)} attenuations, and three are needed: start with less")
    attenuation, estimated = zip(*heard, strict=True)
    expected, ceiling_db = expected_snr_db(attenuation, estimated)
    rows = tuple(SnrRow(a, e, float(x)) for a, e, x in zip(attenuation, estimated, expected, strict=True))
    errors = np.array(estimated) - expected
    own = provenance(link, partner, rx_gain_db=gain_db)
    return Snr(float(np.mean(errors)), float(np.max(np.abs(errors))), rows, own, ceiling_db)
