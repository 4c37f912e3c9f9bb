# SPDX-License-Identifier: MIT
"""What is no burst does not acquire: noise, tones and other systems' signals of every kind."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest

from lrisc_sdr.channel.interference import interference, start_state
from lrisc_sdr.phy import Receiver
from lrisc_sdr.types import ComplexArray
from lrisc_sdr.waveform import Waveform

N_SAMPLES = 1 << 17
Stream = Callable[[np.random.Generator, Waveform], ComplexArray]


def noise(rng: np.random.Generator, n: int = N_SAMPLES) -> ComplexArray:
    """Complex white noise of unit power."""
    return (rng.standard_normal((n, 2), dtype=np.float32) * np.float32(np.sqrt(0.5))).view(np.complex64)[:, 0]


def tone(cycles_per_sample: float) -> ComplexArray:
    samples: ComplexArray = np.exp(2j * np.pi * cycles_per_sample * np.arange(N_SAMPLES))
    return samples


def tones(rng: np.random.Generator, count: int) -> ComplexArray:
    samples = np.zeros(N_SAMPLES, np.complex64)
    for frequency in rng.uniform(-0.45, 0.45, count):
        samples = samples + tone(frequency)
    return samples


def swept(period: int) -> ComplexArray:
    """A tone that runs through the whole band in `period` samples, again and again."""
    samples: ComplexArray = np.exp(1j * np.pi * (np.arange(N_SAMPLES) % period) ** 2 / period)
    return samples


def gated(samples: ComplexArray, period: int) -> ComplexArray:
    """On and off in turn, `period` samples each."""
    switched: ComplexArray = samples * (np.arange(N_SAMPLES) // period % 2)
    return switched


def signed(symbol: ComplexArray, waveform: Waveform) -> ComplexArray:
    """The preamble's signs over and over, on another symbol than the preamble's, c64 `[symbol_samples]`."""
    signs = np.resize(np.array(waveform.preamble_signs), N_SAMPLES // symbol.size + 1)
    samples: ComplexArray = np.outer(signs, symbol).ravel()[:N_SAMPLES]
    return samples


def ofdm(rng: np.random.Generator, n_fft: int, cp: int, edge: int) -> ComplexArray:
    """QPSK on carriers ±1 … ±`edge`: another layout, or the same without a preamble."""
    rows = N_SAMPLES // (n_fft + cp) + 1
    carriers = np.zeros((rows, n_fft), np.complex64)
    columns = np.concatenate((np.arange(1, edge + 1), np.arange(-edge, 0)))
    carriers[:, columns] = rng.choice([1, 1j, -1, -1j], (rows, 2 * edge))
    body = np.fft.ifft(carriers, norm="ortho")
    samples: ComplexArray = np.concatenate((body[:, n_fft - cp :], body), axis=1).ravel()[:N_SAMPLES]
    return samples


def short_training(rng: np.random.Generator) -> ComplexArray:
    """802.11's first training field over and over: a symbol of 16 samples, ten times, then data."""
    field = np.tile(noise(rng, 16), 10)
    data = ofdm(rng, 64, 16, 26)[: 400 - field.size]
    return np.tile(np.concatenate((field, data)), N_SAMPLES // 400 + 1)[:N_SAMPLES]


STREAMS: Mapping[str, Stream] = {
    "noise": lambda rng, waveform: noise(rng),
    "silence": lambda rng, waveform: np.zeros(N_SAMPLES, np.complex64),
    "direct current": lambda rng, waveform: np.ones(N_SAMPLES, np.complex64),
    "tone": lambda rng, waveform: tone(0.01234),
    "tone on a carrier": lambda rng, waveform: tone(5 / waveform.n_fft),
    "tone that repeats with the symbols": lambda rng, waveform: tone(7 / waveform.symbol_samples),
    "tone in noise": lambda rng, waveform: tone(-0.1234) + noise(rng),
    "tone in little noise": lambda rng, waveform: tone(-0.1234) + 0.1 * noise(rng),
    "two tones": lambda rng, waveform: tones(rng, 2),
    "thirty tones": lambda rng, waveform: tones(rng, 30),
    "slow sweep": lambda rng, waveform: swept(50_000),
    "sweep of a symbol": lambda rng, waveform: swept(waveform.symbol_samples),
    "sweep of four symbols": lambda rng, waveform: swept(4 * waveform.symbol_samples),
    "gated tone": lambda rng, waveform: gated(tone(0.01234), 3000) + 0.01 * noise(rng),
    "tone gated with the symbols": lambda rng, waveform: gated(tone(0.01234), waveform.symbol_samples),
    "gated noise": lambda rng, waveform: gated(noise(rng), 2000) + 1e-3 * noise(rng),
    "narrow noise": lambda rng, waveform: interference(0, N_SAMPLES, 0.1, 0.01, 100.0, rng, start_state(0.01, rng))[0],
    "frequency modulation": lambda rng, waveform: np.exp(60j * np.sin(2e-3 * np.arange(N_SAMPLES))),
    "impulses": lambda rng, waveform: np.where(np.arange(N_SAMPLES) % 777 == 0, 100.0, 0.0),
    "impulses with the symbols": lambda rng, waveform: np.where(
        np.arange(N_SAMPLES) % waveform.symbol_samples == 0, 100.0, 0.0
    ),
    "tone with the preamble's signs": lambda rng, waveform: signed(tone(0.0789)[: waveform.symbol_samples], waveform),
    "noise with the preamble's signs": lambda rng, waveform: signed(noise(rng, waveform.symbol_samples), waveform),
    "OFDM like 802.11": lambda rng, waveform: ofdm(rng, 64, 16, 26),
    "OFDM of the same layout": lambda rng, waveform: ofdm(
        rng, waveform.n_fft, waveform.cp_samples, waveform.edge_carrier
    ),
    "OFDM of twice the symbol": lambda rng, waveform: ofdm(rng, 2 * waveform.n_fft, waveform.cp_samples, 50),
    "802.11's training": lambda rng, waveform: short_training(rng),
}


@pytest.mark.parametrize("name", STREAMS)
def test_what_is_no_burst_does_not_acquire(preset: Waveform, rng: np.random.Generator, name: str) -> None:
    samples = STREAMS[name](rng, preset).astype(np.complex64)
    receiver = Receiver(preset)
    assert receiver.process(samples) + receiver.flush() == []
    assert receiver.counters.detected == 0


def test_a_burst_after_each_of_them_is_received(
    preset: Waveform, rng: np.random.Generator, make_frame: Callable[..., object], impair: Callable[..., ComplexArray]
) -> None:
    # Whatever they leave behind in the receiver (levels, means, candidates) must not cost the next burst.
    receiver = Receiver(preset)
    frames = []
    for index, make in enumerate(STREAMS.values()):
        frames += receiver.process(make(rng, preset)[: N_SAMPLES // 4].astype(np.complex64))
        frames += receiver.process(impair([make_frame(800, index)], preset, lead=2 * preset.symbol_samples))
    frames += receiver.flush()
    assert [frame.header.index for frame in frames] == list(range(len(STREAMS)))
