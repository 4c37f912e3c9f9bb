# SPDX-License-Identifier: MIT
"""A crystal's error: against another radio, by bursts, or against a carrier that is known."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.carrier import carrier_frequency
from lrisc_sdr.calibrate.crystal import Role, centre, clock_ppm, crystal_ppm
from lrisc_sdr.calibrate.levels import suitable_gain_db
from lrisc_sdr.calibrate.link import Link, Progress, backoff_db
from lrisc_sdr.calibrate.profile import Frequency, FrequencyRow
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.errors import ConfigurationError, FramesFailed

TRAINS = 6
BURSTS = 6
SYMBOLS = 4096
STRETCHES = 24
STRETCH_SAMPLES = 1 << 17
BESIDE = 0.125
"""How far beside a known carrier a receiver is tuned, over its rate: its own direct current is not the carrier."""


def measure_by_bursts(link: Link, role: Role, partner: str, progress: Progress) -> Frequency:
    """Send trains from one radio to the other; the partner's crystal counts as right after its own correction.

    Args:
        link: of two devices.
        role: of the device that is measured.
        partner: the other, for the provenance.
        progress: told of every train.

    Raises:
        ConfigurationError: one device hears itself: its crystal has no error against itself.
        FramesFailed: too few bursts were heard.
        LriscError: see `Link.session`.
    """
    if link.is_one_device or link.transmitter is None:
        raise ConfigurationError(
            "a radio's crystal has no error against itself: give --partner-uri, or --carrier-hz with a known carrier"
        )
    transmitter, receiver = link.transmitter.config, link.receiver.config
    attenuation_db = transmitter.settings(link.waveform).tx_attenuation_db
    bursts = known_bursts(link.waveform, BURSTS, SYMBOLS)
    gain_db = suitable_gain_db(link, bursts, attenuation_db)
    ppm, sco, times_s = [], [], []
    with link.session(bursts.samples.size, 3 * TRAINS, tx_attenuation_db=attenuation_db, rx_gain_db=gain_db) as session:
        began_s = time.monotonic()
        for train in range(TRAINS):
            sent_s = time.monotonic() - began_s
            frames, _ = link.frames(session, bursts, backoff_db(transmitter))
            offsets = np.array([frame.cfo_hz for frame in frames])
            ppm += list(crystal_ppm(offsets, receiver.rx_lo_hz, transmitter.tx_lo_hz, 0.0, role)) if frames else []
            sco += [frame.sco_ppm for frame in frames]
            length = bursts.samples.size / BURSTS
            times_s += [sent_s + frame.header.index * length / link.rate_sps for frame in frames]
            progress("bursts", train + 1, TRAINS)
    if len(ppm) < TRAINS * BURSTS // 2:
        raise FramesFailed(f"{len(ppm)} of {TRAINS * BURSTS} bursts were heard: check frequency, gain and antennas")
    mean_ppm, deviation_ppm = centre(np.array(ppm))
    return Frequency(
        crystal_ppm=mean_ppm,
        deviation_ppm=deviation_ppm,
        method="bursts",
        rows=tuple(FrequencyRow(float(t), float(p)) for t, p in zip(times_s, ppm, strict=True)),
        provenance=provenance(link, partner, rx_gain_db=gain_db, tx_attenuation_db=attenuation_db),
        clock_ppm=clock_ppm(np.array(sco), 0.0, role),
    )


def measure_by_carrier(link: Link, carrier_hz: float, progress: Progress) -> Frequency:
    """Listen to a known, unmodulated carrier; nothing is sent.

    Args:
        link: with a receiver; it is tuned beside the carrier.
        carrier_hz: its true frequency `[Hz]`.
        progress: told of every stretch.

    Raises:
        FramesFailed: there is no carrier.
        LriscError: see `Link.session`.
    """
    lo_hz = float(round(carrier_hz - BESIDE * link.rate_sps))
    rows = []
    with link.session(rx_lo_hz=lo_hz) as session:
        for number in range(STRETCHES):
            offset_hz = carrier_frequency(session.listen(STRETCH_SAMPLES)) * link.rate_sps
            ppm = crystal_ppm(np.array([offset_hz]), lo_hz, carrier_hz, 0.0, "receiver")[0]
            rows.append(FrequencyRow(number * STRETCH_SAMPLES / link.rate_sps, float(ppm)))
            progress("carrier", number + 1, STRETCHES)
    mean_ppm, deviation_ppm = centre(np.array([row.ppm for row in rows]))
    found = provenance(link, f"a carrier at {carrier_hz:.10g} Hz", rx_gain_db=link.receiver.config.rx_gain_db)
    return Frequency(mean_ppm, deviation_ppm, "carrier", tuple(rows), replace(found, rx_lo_hz=lo_hz))
