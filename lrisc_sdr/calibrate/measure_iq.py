# SPDX-License-Identifier: MIT
"""Mirror images and carrier leaks, before and after their correction.

With bursts, whose carrier lies beside the receiver's, both sides are measured at once; without, a receiver's by its
noise. What the correction leaves is measured on fresh samples.
"""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np

from lrisc_sdr.calibrate.bursts import Bursts, known_bursts
from lrisc_sdr.calibrate.correction import correct, level_db
from lrisc_sdr.calibrate.imbalance import (
    BLOCK,
    LEAST_TURNS,
    TAPS_AFTER,
    Imbalances,
    image_by_circularity,
    imbalances,
    mean_of,
)
from lrisc_sdr.calibrate.levels import suitable_gain_db
from lrisc_sdr.calibrate.link import MOST_EXCHANGES, Link, Progress, Session, backoff_db
from lrisc_sdr.calibrate.profile import Provenance, Side
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.types import ComplexArray

BURSTS = 6
SYMBOLS = 8192
TRAINS = 2
OFFSET_HZ = 12.3e3
"""Of the transmitter's carrier from the receiver's; with both crystals' errors it stays within what is looked for."""
NOISE_SAMPLES = 1 << 22
NOISE_GAIN_DB = 60.0
LEAD = 64


def measure_both(link: Link, partner: str, progress: Progress) -> tuple[Side, Side]:
    """The receiver's side and the transmitter's, in this order.

    Args:
        link: both ends, of one device or of two.
        partner: the other radio, for the provenance.
        progress: told of every train.

    Raises:
        FramesFailed: too little was heard.
        LriscError: see `Link.session`.
    """
    assert link.transmitter is not None
    config = link.transmitter.config
    attenuation_db = config.settings(link.waveform).tx_attenuation_db
    back_db = backoff_db(config)
    bursts = known_bursts(link.waveform, BURSTS, SYMBOLS)
    gain_db = suitable_gain_db(link, bursts, attenuation_db)
    tuned = {"tx_lo_hz": config.tx_lo_hz + OFFSET_HZ, "tx_attenuation_db": attenuation_db, "rx_gain_db": gain_db}
    steps = 2 * TRAINS

    def measure(session: Session, before: Imbalances | None) -> Imbalances:
        blocks: list[tuple[float, Imbalances]] = []
        for train in range(TRAINS):
            blocks += _train(link, session, bursts, back_db, before)
            progress("trains", train + 1 + (0 if before is None else TRAINS), steps)
        if not blocks:
            raise FramesFailed("no burst was heard with a carrier beside the receiver's: check gain and antennas")
        return mean_of(blocks)

    with link.session(bursts.samples.size, steps * MOST_EXCHANGES, **tuned) as session:
        found = measure(session, None)
        left = measure(session, found)
    own = provenance(link, partner, rx_gain_db=gain_db, tx_attenuation_db=attenuation_db, tx_offset_hz=OFFSET_HZ)
    receiver = _side((found.rx_image, found.rx_dc), (left.rx_image, left.rx_dc), own, transmits=False)
    transmitter = _side((found.tx_image, found.tx_dc), (left.tx_image, left.tx_dc), own, transmits=True)
    return receiver, transmitter


def measure_receiver(link: Link, progress: Progress) -> Side:
    """The receiver's side, by its own noise; nothing is sent.

    Args:
        link: with a receiver; without a gain of its own it gets one at which its noise fills the converter.
        progress: told of both halves.

    Raises:
        LriscError: see `Link.session`.
    """
    configured_db = link.receiver.config.rx_gain_db
    gain_db = NOISE_GAIN_DB if configured_db is None else configured_db
    with link.session(rx_gain_db=gain_db) as session:
        found = image_by_circularity(session.listen(NOISE_SAMPLES))
        progress("noise", 1, 2)
        left = image_by_circularity(correct(session.listen(NOISE_SAMPLES), *found))
        progress("noise", 2, 2)
    return _side(found, left, provenance(link, "nobody", rx_gain_db=gain_db), transmits=False)


def _train(
    link: Link, session: Session, bursts: Bursts, back_db: float, before: Imbalances | None
) -> list[tuple[float, Imbalances]]:
    """Blocks of one train; with `before`, both its corrections are at work."""
    amplitude = np.float32(10.0 ** (-back_db / 20.0))
    if before is None:
        frames, heard = link.frames(session, bursts, back_db)
    else:
        corrected = correct(bursts.samples * amplitude, before.tx_image, before.tx_dc)
        frames, heard = link.heard(session, bursts, corrected)
        heard = correct(heard, before.rx_image, before.rx_dc)
    blocks = []
    for frame in frames:
        sent = bursts.bursts[frame.header.index] * amplitude
        blocks += _blocks(sent, heard, frame.start_sample, 2.0 * math.pi * frame.cfo_hz / link.rate_sps)
    return blocks


def _blocks(sent: ComplexArray, heard: ComplexArray, start: int, frequency: float) -> list[tuple[float, Imbalances]]:
    whole = start >= LEAD and start + sent.size + TAPS_AFTER <= heard.size
    if not whole or abs(frequency) * BLOCK < LEAST_TURNS * math.pi:
        return []
    return imbalances(sent, heard[start - LEAD :], LEAD, frequency)


def _side(found: tuple[complex, complex], left: tuple[complex, complex], own: Provenance, *, transmits: bool) -> Side:
    image, dc = found
    return Side(
        image=(image.real, image.imag),
        dc=(dc.real, dc.imag),
        image_dbc=level_db(image),
        corrected_image_dbc=level_db(left[0]),
        dc_dbfs=level_db(dc),
        corrected_dc_dbfs=level_db(left[1]),
        provenance=_of_side(own, transmits),
    )


def _of_side(own: Provenance, transmits: bool) -> Provenance:
    """A transmitter's leak belongs to its attenuation, a receiver's to its gain."""
    return replace(own, rx_gain_db=None) if transmits else replace(own, tx_attenuation_db=None)
