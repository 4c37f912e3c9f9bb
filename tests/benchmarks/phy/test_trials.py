# SPDX-License-Identifier: MIT
"""Every measurement of our own on a few frames, under conditions in which the answer is known."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.phy import clipping, detection, estimation, false_alarms, header, impaired, interferer, latents, memory
from benchmarks.phy.signals import gaussian


def test_detection_of_a_strong_and_of_a_hopeless_signal() -> None:
    assert detection.trial(15.0, 20, 0) == {"detected": 1.0, "delivered": 1.0}
    assert detection.trial(-30.0, 20, 0) == {"detected": 0.0, "delivered": 0.0}


def test_headers() -> None:
    assert header.trial("pluto256", 15.0, 20, 0, 0) == {"detected": 20, "wrong": 0}
    worse = header.trial("pluto256", -9.0, 64, 0, 0)
    assert worse["wrong"] > 0.5 * worse["detected"] > 0


@pytest.mark.parametrize("medium", estimation.MEDIA)
def test_estimation_at_a_high_snr(medium: str) -> None:
    found = estimation.trial("pluto256", medium, 20.0, 20, 0)
    assert found["received"] == 1.0
    assert found["cfo_hz"] < 10.0 * found["cfo_limit_hz"] < found["cfo_preamble_limit_hz"] * 10.0
    assert abs(found["snr_bias_db"]) < 1.0
    assert found["noise_ratio"] == pytest.approx(1.0, abs=0.2)


def test_the_loss_of_the_latents_is_small_and_not_negative() -> None:
    found = latents.trial("pluto256", "flat", 15.0, 10, 0)
    assert found["received"] == 1.0
    assert 0.0 < found["mean_db"] < 1.5
    assert found["mean_db"] <= found["p90_db"] + 0.2
    assert found["weighted_db"] == pytest.approx(found["mean_db"], abs=1e-3)


def test_an_interferer_leaks() -> None:
    found = interferer.trial("pluto256", 15.0, 4, 0)
    assert found["received"] == 1.0
    assert found["leakage_db"] > 0.2


def test_clipping_distorts_as_the_theorem_says() -> None:
    found = clipping.levels(1, 0)
    np.testing.assert_allclose(found["measured_db"][:3], found["theory_db"][:3], atol=1.0)
    assert clipping.peaks(True, 500, 0)["papr_db"] < clipping.peaks(False, 500, 0)["papr_db"]


def test_a_receivers_memory_is_read_along_the_stream() -> None:
    found = memory.trial(20.0, 0.3, 0)
    assert found["stream_s"] >= 0.3
    assert found["resident_mib"] > 10.0
    assert len(found["at_s"]) == len(found["at_mib"]) > 1


@pytest.mark.parametrize("kind", false_alarms.KINDS)
def test_signals_without_a_preamble(kind: str) -> None:
    samples = false_alarms.KINDS[kind](np.random.default_rng(0))
    assert samples.dtype == np.complex64
    assert samples.shape == (false_alarms.CHUNK,)
    assert np.isfinite(samples).all()


def test_the_other_layout_is_that_of_80211() -> None:
    frame = false_alarms._frame_80211(5, np.random.default_rng(0))
    assert frame.size == 200 + 200 + 5 * 100
    np.testing.assert_allclose(frame[:180], frame[20:200], atol=1e-4)  # ten short symbols
    np.testing.assert_allclose(frame[240:320], frame[320:400], atol=1e-5)  # two long ones
    np.testing.assert_allclose(frame[400:420], frame[480:500], atol=1e-5)  # a prefix
    powers = [np.mean(np.abs(part) ** 2) for part in (frame[:200], frame[240:400], frame[400:])]
    np.testing.assert_allclose(powers, 52 / 80, rtol=0.1)


def test_a_peers_es_is_that_of_its_used_cells() -> None:
    rng = np.random.default_rng(0)
    cells = np.zeros((6, 64), dtype=np.complex64)
    cells[:, 5:45] = 3.0 * np.exp(2j * np.pi * rng.random((6, 40)))
    cells[5, 20:] = 0.0
    bodies = np.fft.ifft(cells, axis=1, norm="ortho")
    samples = np.concatenate((bodies[:, -16:], bodies), axis=1).reshape(-1).astype(np.complex64)
    assert impaired.noise_variance(samples, 64, 80, 10.0) == pytest.approx(0.9, rel=1e-3)


def test_a_peers_burst_begins_where_it_is_said_and_turns() -> None:
    rng = np.random.default_rng(1)
    tone = np.exp(0.3j * np.arange(4000)).astype(np.complex64)
    samples, start = impaired.offset_burst(tone, 500, 0.01, 50.0, rng)
    first = int(np.ceil(start))
    inside = samples[first + 20 : first + 3900]
    turn = np.angle(np.vdot(inside[:-1], inside[1:]))
    assert turn == pytest.approx(0.3 * (1.0 + 50e-6) + 0.02 * np.pi, abs=1e-4)
    assert np.abs(samples[: first - 20]).max() < 1e-2
    noise = impaired.received(np.zeros(10_000, dtype=np.complex64), 10.0, 0.0, rng)
    assert np.mean(np.abs(noise) ** 2) == pytest.approx(0.1, rel=0.05)
    assert np.mean(np.abs(gaussian(10_000, rng)) ** 2) == pytest.approx(1.0, rel=0.05)
