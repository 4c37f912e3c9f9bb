# SPDX-License-Identifier: MIT
"""Candidates for the beginning of a burst."""

from __future__ import annotations

from typing import Any

import numpy as np

from lrisc_sdr.phy.detection import Detector, block_samples
from lrisc_sdr.waveform import PRESETS, Waveform


def candidates(samples: np.ndarray, preset: Waveform, chunk: int = 1 << 14) -> list[int]:
    detector = Detector(preset)
    before, behind = np.zeros(detector.overlap), np.zeros(-samples.size % chunk + 2 * (1 << 14))
    padded = np.concatenate((before, samples, behind)).astype(np.complex64)
    starts = range(0, padded.size - detector.overlap, chunk)
    return [c for i in starts for c in detector.process(padded[i : i + chunk + detector.overlap])]


def test_bursts_are_found_at_0_db(preset: Waveform, make_frame: Any, impair: Any) -> None:
    frames = [make_frame(800, i) for i in range(10)]
    length = preset.frame_samples(800) + 500
    found = candidates(impair(frames, preset, snr_db=0.0, cfo_hz=0.8 * preset.max_cfo_hz), preset)
    near = [any(abs(c - 777 - i * length) <= preset.n_fft // 2 for c in found) for i in range(10)]
    assert sum(near) >= 9
    assert len(found) <= 15


def test_noise_tones_and_silence_are_passed_over(preset: Waveform, rng: np.random.Generator) -> None:
    n = 1 << 17
    noise = rng.standard_normal((n, 2), dtype=np.float32).view(np.complex64)[:, 0]
    tone = np.exp(0.07j * np.arange(n))
    for stream in (noise, tone, tone + 0.1 * noise):
        # The end of a tone is an edge, at which a candidate or two are fair.
        assert [c for c in candidates(stream, preset) if c < n - 4 * preset.symbol_samples and c > 0] == []
    assert candidates(np.zeros(n), preset) == []


def test_another_presets_bursts_are_mostly_passed_over(preset: Waveform, make_frame: Any, impair: Any) -> None:
    for other in PRESETS.values():
        if other is not preset:
            samples = impair([make_frame(4096, i) for i in range(3)], other, snr_db=30.0)
            assert len(candidates(samples, preset)) <= 0.02 * samples.size / block_samples(preset)


def test_a_candidate_is_told_before_the_latency_is_over(preset: Waveform, make_frame: Any, impair: Any) -> None:
    samples = impair([make_frame(800)], preset, lead=100, gap=6 * preset.symbol_samples)
    detector, chunk = Detector(preset), block_samples(preset)
    padded = np.concatenate((np.zeros(detector.overlap), samples)).astype(np.complex64)
    for i in range(0, samples.size - chunk, chunk):
        found = detector.process(padded[i : i + chunk + detector.overlap])
        if found:
            break
    assert abs(found[0] - 100) <= preset.n_fft // 2
    assert i + chunk <= found[0] + detector.latency


def test_candidates_do_not_depend_on_the_level_or_the_chunks(make_frame: Any, impair: Any) -> None:
    preset = PRESETS["pluto256"]
    samples = impair([make_frame(800, i) for i in range(3)], preset)
    whole = candidates(samples, preset)
    assert len(whole) >= 3
    assert candidates(samples * np.float32(2.0**-10), preset) == whole
    assert candidates(samples, preset, 1 << 11) == whole
