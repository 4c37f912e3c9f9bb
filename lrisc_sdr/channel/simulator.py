# SPDX-License-Identifier: MIT
"""All impairments in the order in which a radio link has them, on a stream."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.channel.carrier import carrier_cycles, rotate, turn
from lrisc_sdr.channel.clock import LOOK_AHEAD, LOOK_BACK, interpolate
from lrisc_sdr.channel.converter import clip, quantise
from lrisc_sdr.channel.drops import drop_starts, kept
from lrisc_sdr.channel.fading import Waves, draw_waves, fade, knot_samples, taps_at
from lrisc_sdr.channel.frontend import add_dc, add_image
from lrisc_sdr.channel.interference import interference, start_state
from lrisc_sdr.channel.multipath import convolve, draw_taps, power_profile
from lrisc_sdr.channel.noise import add_noise
from lrisc_sdr.channel.phase_noise import phase_noise, start_phase
from lrisc_sdr.channel.slips import copies, slip_instants
from lrisc_sdr.channel.spec import CARRIER_HZ, ChannelSpec
from lrisc_sdr.types import ComplexArray

_CHUNK = 16384
"""Samples worked on at once, so that the intermediate results stay in the cache."""


class Channel:
    """A transmitter's back end, a medium and a receiver's front end.

        transmitter   converter ─► image ─► carrier leak ─► clipping
        medium        multipath, still or fading
        receiver      sampling clock ─► carrier offset ─► phase noise ─► noise ─► interferer ─► image ─► carrier leak
                      ─► converter
        host          slips of a sample, dropped buffers

    Every impairment draws from its own generator, so that switching one on does not change another, and sample by
    sample, so that any chunking gives the same output, bit for bit.

    Args:
        spec: the impairments.
        rate_sps: sampling rate `[samples/s]`.
        noise_var: `Waveform.noise_var`, the variance per sample for an SNR in dB.
        seed: of all randomness.

    Attributes:
        taps: the medium's impulse response at the first sample, c64, one tap a sample; without fading, at all.
    """

    def __init__(self, spec: ChannelSpec, rate_sps: float, noise_var: Callable[[float], float], seed: int = 0) -> None:
        self.spec = spec
        self.rate_sps = rate_sps
        streams = [np.random.default_rng(s) for s in np.random.SeedSequence(seed).spawn(8)]
        fixed, taps, self._noise_rng, self._phase_rng, drops, self._interference_rng, waves, slips = streams
        self.taps = (
            draw_taps(spec.n_taps, spec.tap_decay_db, spec.rice_db, taps)
            if spec.n_taps
            else np.array(spec.taps or (1.0,), dtype=np.complex64)
        )
        self._waves: Waves | None = None
        if spec.doppler_hz:
            power = power_profile(spec.n_taps, spec.tap_decay_db) if spec.n_taps else np.abs(self.taps) ** 2.0
            self._waves = draw_waves(power, spec.rice_db, spec.doppler_hz, waves)
            self._knot_samples = knot_samples(spec.doppler_hz, rate_sps)
            self.taps = taps_at(self._waves, np.zeros(1))[0]
        # Half of the power of image and leak on either side, with phases that no one knows.
        phasors = np.exp(2j * np.pi * fixed.random(4)) * np.sqrt(0.5)
        self._image_gains = phasors[:2] * _amplitude(spec.image_dbc)
        self._dc_levels = phasors[2:] * _amplitude(spec.dc_dbc)
        self._noise_var = None if spec.snr_db is None else noise_var(spec.snr_db)
        # The signal's own density is that of white noise at 0 dB.
        self._interference_density = None if spec.interference_db is None else noise_var(-spec.interference_db)
        if self._interference_density is not None:
            self._interferer = start_state(spec.interference_bandwidth, self._interference_rng)
        self._phase_rad = start_phase(spec.phase_noise_deg, self._phase_rng)
        self._echoes = np.zeros(self.taps.size - 1, dtype=np.complex64)
        self._sent = 0  # samples that the medium has taken
        self._pending = np.zeros(LOOK_BACK, dtype=np.complex64)
        self._pending_first = -LOOK_BACK  # position of _pending[0] in the transmitter's samples
        self._received = 0  # samples that left the receiver's converter
        self._drops = drop_starts((spec.drop_interval_s or 1.0) * rate_sps, drops)
        self._drop_starts = [next(self._drops)]
        self._slip_instants = slip_instants((spec.slip_interval_s or 1.0) * rate_sps, slips)
        self._slips = dict([next(self._slip_instants)])

    def response(self, n_fft: int, time_s: float = 0.0) -> ComplexArray:
        """Return the medium's frequency response in FFT order, c64 `[n_fft]`: H_k = Σ_m h_m e^(−j 2π k m / n_fft).

        Under fading it is that of one instant, `time_s` after the transmitter's first sample; a still medium has the
        same at all times.
        """
        taps = np.zeros(-(-self.taps.size // n_fft) * n_fft, dtype=np.complex128)
        taps[: self.taps.size] = self.taps if self._waves is None else taps_at(self._waves, np.array([time_s]))[0]
        return np.fft.fft(taps.reshape(-1, n_fft).sum(axis=0)).astype(np.complex64)

    def process(self, samples: ComplexArray) -> ComplexArray:
        """Return what the host gets for c64 `[n]`: a clock offset withholds a few samples, and drops are missing."""
        samples = np.ascontiguousarray(samples, dtype=np.complex64)
        pieces = [self._chunk(samples[first : first + _CHUNK]) for first in range(0, samples.size, _CHUNK)]
        return np.concatenate(pieces) if pieces else np.zeros(0, dtype=np.complex64)

    def flush(self) -> ComplexArray:
        """Return the rest: echoes, and what the clock offset withheld."""
        return self.process(np.zeros(self._echoes.size + LOOK_AHEAD + 1, dtype=np.complex64))

    def _chunk(self, samples: ComplexArray) -> ComplexArray:
        return self._host(self._receiver(self._medium(self._transmitter(samples))))

    def _transmitter(self, samples: ComplexArray) -> ComplexArray:
        spec = self.spec
        if spec.bits is not None:
            samples = quantise(samples, spec.bits, spec.full_scale_db)
        if spec.image_dbc is not None:
            samples = add_image(samples, self._image_gains[0])
        if spec.dc_dbc is not None:
            samples = add_dc(samples, self._dc_levels[0])
        return samples if spec.clip_db is None else clip(samples, spec.clip_db)

    def _medium(self, samples: ComplexArray) -> ComplexArray:
        first = self._sent
        self._sent += samples.size
        if self._waves is not None:
            faded, self._echoes = fade(samples, first, self._waves, self._knot_samples, self.rate_sps, self._echoes)
            return faded
        if self.taps.size == 1 and self.taps[0] == 1:
            return samples
        samples, self._echoes = convolve(samples, self.taps, self._echoes)
        return samples

    def _receiver(self, samples: ComplexArray) -> ComplexArray:
        spec = self.spec
        if spec.crystal_ppm or spec.drift_hz_per_s:
            samples = self._other_crystal(samples)
        if spec.phase_noise_deg:
            phase, self._phase_rad = phase_noise(
                samples.size,
                spec.phase_noise_deg,
                spec.phase_noise_hz,
                self.rate_sps,
                self._phase_rng,
                self._phase_rad,
            )
            samples = turn(samples, phase)
        if self._noise_var is not None:
            samples = add_noise(samples, self._noise_var, self._noise_rng)
        if self._interference_density is not None:
            interferer, self._interferer = interference(
                self._received,
                samples.size,
                spec.interference_centre,
                spec.interference_bandwidth,
                self._interference_density,
                self._interference_rng,
                self._interferer,
            )
            samples = samples + interferer
        if spec.image_dbc is not None:
            samples = add_image(samples, self._image_gains[1])
        if spec.dc_dbc is not None:
            samples = add_dc(samples, self._dc_levels[1])
        return samples if spec.bits is None else quantise(samples, spec.bits, spec.full_scale_db)

    def _other_crystal(self, samples: ComplexArray) -> ComplexArray:
        """Sample at p(m) = m + rate · cycles(m) / carrier and turn by cycles(m): one crystal makes both."""
        spec = self.spec
        self._pending = np.concatenate([self._pending, samples])
        end = self._pending_first + self._pending.size  # one past the newest sample
        offset = (self.rate_sps, spec.cfo_hz, spec.drift_hz_per_s)
        per_cycle = self.rate_sps / CARRIER_HZ
        next_position = self._received + carrier_cycles(self._received, 1, *offset)[0] * per_cycle
        most = max(0, int((end - next_position) * 1.01)) + 2  # the last position then lies past the newest sample
        cycles = carrier_cycles(self._received, most, *offset)
        positions: NDArray[np.float64] = self._received + np.arange(most) + cycles * per_cycle
        ready = int(np.searchsorted(positions, end - LOOK_AHEAD, side="left"))
        out = interpolate(self._pending, positions[:ready] - self._pending_first)
        done = int(np.floor(positions[ready])) - LOOK_BACK - self._pending_first
        done = min(max(done, 0), self._pending.size)
        self._pending = self._pending[done:]
        self._pending_first += done
        return rotate(out, cycles[:ready])

    def _host(self, samples: ComplexArray) -> ComplexArray:
        first = self._received
        self._received += samples.size
        times: NDArray[np.intp] | None = None
        if self.spec.slip_interval_s is not None:
            while next(reversed(self._slips)) < self._received:
                self._slips.update([next(self._slip_instants)])
            self._slips = {position: n for position, n in self._slips.items() if position >= first}
            times = copies(first, samples.size, self._slips)
        if self.spec.drop_interval_s is not None:
            while self._drop_starts[-1] < self._received:
                self._drop_starts.append(next(self._drops))
            length = self.spec.drop_samples
            self._drop_starts = [start for start in self._drop_starts if start + length > first]
            there = kept(first, samples.size, self._drop_starts, length)
            times = there.astype(np.intp) if times is None else times * there
        return samples if times is None else samples.repeat(times)


def _amplitude(level_dbc: float | None) -> float:
    return 0.0 if level_dbc is None else float(10.0 ** (level_dbc / 20.0))
