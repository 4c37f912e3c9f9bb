# SPDX-License-Identifier: MIT
"""The one object that transmitter, receiver, captures and tests share: numerology, pilots, preamble, frame layout.

A burst is a matrix of OFDM symbols, every one with its cyclic prefix, and nothing else:

    ┌──────────┬──────────┬──────────┬──────────────────────────────┬──────────┐
    │ preamble │    …     │ preamble │ header, then payload         │ padding  │   columns: time
    │  s₀ · x  │          │ s_R₋₁ · x│ on data carriers, with pilots│ to a full│
    └──────────┴──────────┴──────────┴──────────────────────────────┴──────────┘

The R preamble symbols are one known symbol x with the signs s_j. The products s_j s_{j+1} of neighbours add up to zero,
so that tones, a direct current and anything else that repeats cancel in the detector's correlation over one symbol.

Used carriers are ±1 … ±`edge_carrier`; the carrier at zero is empty because a receiver's own offset lies there.
With the unitary transform X = FFT(x)/√N, a symbol s of unit mean power is sent as X = √(N/K) s on K used carriers,
which gives unit mean power per sample; complex white noise of variance σ² per sample then has Es/N0 = N / (K σ²).

The samples after the preamble are clipped in magnitude, and made larger by what that takes from them in the mean, so
that a carrier's mean value stays where the preamble's channel estimate expects it: what is sent is x + d, with d
uncorrelated with x. The power of d comes on top of 1: 0.02 % at 8 dB, 1.8 % at 3 dB.
"""

from __future__ import annotations

import difflib
import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr import plugins
from lrisc_sdr.clipping import clipping_distortion
from lrisc_sdr.coding import HEADER_SYMBOLS, interleaver
from lrisc_sdr.compiled import compiled
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.types import ByteArray, ComplexArray, FloatArray

IntArray = NDArray[np.int64]

LEAST_CLIP_DB = 3.0
"""Below this level clipping is no longer a small distortion of a signal."""

_PN_REGISTER = 15
_PN_PERIOD = (1 << _PN_REGISTER) - 1


@cache
def _pn_sequence() -> ByteArray:
    """One period, u8 `[32767]`, of the sequence x¹⁵ + x¹⁴ + 1 (ITU-T O.151, 2.1) from fifteen ones."""
    sequence = np.ones(_PN_PERIOD, dtype=np.uint8)
    lag = _PN_REGISTER - 1
    for i in range(_PN_REGISTER, _PN_PERIOD, lag):
        end = min(i + lag, _PN_PERIOD)
        sequence[i:end] = sequence[i - _PN_REGISTER : end - _PN_REGISTER] ^ sequence[i - lag : end - lag]
    return sequence


def _pn_signs(first: int, count: int) -> FloatArray:
    """Return f32 `[count]` of ±1 from position `first` of the periodic sequence."""
    positions = (first + np.arange(count, dtype=np.int64)) % _PN_PERIOD
    signs: FloatArray = 1.0 - 2.0 * _pn_sequence()[positions].astype(np.float32)
    return signs


@compiled
def _fill_pilots(sequence: ByteArray, first: int, values: FloatArray) -> None:
    count, n_pilots = values.shape
    half = n_pilots // 2
    position = first * half % _PN_PERIOD
    for row in range(count):
        for i in range(half):
            sign = np.float32(1 - 2 * np.int64(sequence[position]))
            values[row, half + i] = sign
            values[row, half - 1 - i] = sign * (1 - 2 * ((i + first + row) % 2))
            position = position + 1 if position + 1 < _PN_PERIOD else 0


def _read_only(array: NDArray[np.generic]) -> None:
    array.flags.writeable = False


@dataclass(frozen=True)
class Waveform:
    """Numerology, pilots, preamble and frame layout of an OFDM burst.

    Attributes:
        name: how commands and captures call it.
        n_fft: samples of the transform.
        cp_samples: samples of the cyclic prefix.
        rate_sps: nominal sampling rate `[samples/s]`.
        edge_carrier: the outermost used carrier, above and below zero.
        pilots_above: carriers above zero, ascending, that with their mirror images below zero hold the pilots of every
            symbol after the preamble. An even comb of pilots repeats after N / distance samples, and a receiver that
            lost so many would not see it; uneven distances show it.
        preamble_signs: s_j of the preamble's symbols, ±1; the products of neighbours add up to zero.
        preamble_seed: position in the PN sequence at which the preamble's symbol begins.
        max_cfo_hz: largest carrier frequency offset that a receiver looks for; 25 ppm at 2.45 GHz is 61.25 kHz `[Hz]`.
        clip_db: where the transmitter limits the magnitude of the samples after the preamble, over their mean power
            `[dB]`; None does not. A transmitter of a given peak power gets the best ratio of signal to
            noise and distortion out of 9 dB where that ratio is 37 dB, out of 8 dB where it is 31, out of 7 dB where it
            is 26.

    Raises:
        ConfigurationError: the figures do not make a waveform.
    """

    name: str
    n_fft: int
    cp_samples: int
    rate_sps: float
    edge_carrier: int
    pilots_above: tuple[int, ...]
    preamble_signs: tuple[int, ...]
    preamble_seed: int
    max_cfo_hz: float = 62.5e3
    clip_db: float | None = 9.0

    def __post_init__(self) -> None:
        signs = self.preamble_signs
        products = [a * b for a, b in itertools.pairwise(signs)]
        for right, what in (
            (self.n_fft >= 16 and self.n_fft % 16 == 0, "n_fft is a multiple of 16"),
            (0 < self.cp_samples <= self.n_fft and self.cp_samples % 8 == 0, "cp_samples is a multiple of 8"),
            (0 < self.edge_carrier < self.n_fft // 2, "edge_carrier lies below n_fft / 2"),
            (self._pilots_ascend(), "pilots_above ascends from 1 or more to edge_carrier or less"),
            (len(signs) >= 3 and {abs(s) for s in signs} == {1} and sum(products) == 0, "preamble signs are balanced"),
            (self.rate_sps > 0 and 0 <= self.max_cfo_hz < self.rate_sps / 4, "rate_sps covers the frequency offset"),
            (self.clip_db is None or LEAST_CLIP_DB <= self.clip_db < math.inf, f"clip_db is {LEAST_CLIP_DB:g} or more"),
        ):
            if not right:
                raise ConfigurationError(f"waveform {self.name}: check that {what}")

    def __hash__(self) -> int:
        return self._hash

    @cached_property
    def _hash(self) -> int:
        """Tables are looked up by waveform for every frame. Numbers, unlike texts, have one hash in all processes."""
        numerology = (self.n_fft, self.cp_samples, self.rate_sps, self.edge_carrier, self.max_cfo_hz)
        return hash((*numerology, self.pilots_above, self.preamble_signs, self.preamble_seed))

    def _pilots_ascend(self) -> bool:
        ascending = all(a < b for a, b in itertools.pairwise((0, *self.pilots_above)))
        return len(self.pilots_above) > 0 and ascending and self.pilots_above[-1] <= self.edge_carrier

    @property
    def symbol_samples(self) -> int:
        """Samples of one OFDM symbol with its cyclic prefix."""
        return self.n_fft + self.cp_samples

    @property
    def n_used(self) -> int:
        """Carriers that carry anything."""
        return 2 * self.edge_carrier

    @property
    def n_pilots(self) -> int:
        """Pilots in every symbol after the preamble."""
        return 2 * len(self.pilots_above)

    @property
    def n_data(self) -> int:
        """Data carriers of one OFDM symbol."""
        return self.n_used - self.n_pilots

    @property
    def preamble_symbols(self) -> int:
        """OFDM symbols of the preamble."""
        return len(self.preamble_signs)

    @property
    def header_ofdm_symbols(self) -> int:
        """OFDM symbols that hold the coded header (the last one may hold payload too)."""
        return -(-HEADER_SYMBOLS // self.n_data)

    @property
    def carrier_amplitude(self) -> float:
        """√(N/K): amplitude of a unit symbol in the unitary transform of a burst of unit mean power."""
        return float(np.sqrt(self.n_fft / self.n_used))

    @property
    def clip_ratio(self) -> float:
        """g, the limit of the magnitude over the root mean square; inf without `clip_db`."""
        return math.inf if self.clip_db is None else float(10.0 ** (self.clip_db / 20.0))

    @property
    def clip_distortion(self) -> float:
        """Variance of what clipping adds to the unbiased estimate of a symbol of unit power; 0 without `clip_db`.

            (K/N) E|d|²/α²

        The distortion is taken to be white: its third-order part alone is three times as wide as the used carriers, and
        all of it folds over the band that the samples span. The sum over all orders, Σ a_n² ρ |ρ|^2n of the samples'
        autocorrelation ρ with the Laguerre coefficients a_n of the limiter, puts 0.05 dB more on data carriers. With
        Gaussian data from 4 to 8 dB, 1.00 to 1.01 times as much was measured at 256 and 1,024 points, 0.93 to 0.99
        times at 64. QPSK on few carriers has smaller peaks: 52 of them give 0.7 times as much at 8 dB, 0.93 at 4. Data
        that are constant or periodic over the carriers have peaks of any height and lose more.
        """
        return self.n_used / self.n_fft * clipping_distortion(self.clip_ratio)

    @cached_property
    def used_carriers(self) -> IntArray:
        """Signed indices of the used carriers, ascending, int64 `[n_used]`."""
        below = np.arange(-self.edge_carrier, 0, dtype=np.int64)
        carriers: IntArray = np.concatenate((below, -below[::-1]))
        _read_only(carriers)
        return carriers

    @cached_property
    def pilot_carriers(self) -> IntArray:
        """Signed indices of the pilots, ascending, int64 `[n_pilots]`, symmetric about zero."""
        above = np.array(self.pilots_above, dtype=np.int64)
        carriers: IntArray = np.concatenate((-above[::-1], above))
        _read_only(carriers)
        return carriers

    @cached_property
    def data_carriers(self) -> IntArray:
        """Signed indices of the data carriers in the order in which symbols are mapped on them, int64 `[n_data]`.

        Neighbours in the stream lie far apart in frequency, so that a header that fills part of a symbol is spread.
        """
        ascending = np.setdiff1d(self.used_carriers, self.pilot_carriers)
        carriers: IntArray = ascending[interleaver(self.n_data)]
        _read_only(carriers)
        return carriers

    @cached_property
    def pilot_columns(self) -> IntArray:
        """Where the pilots lie among `used_carriers`, int64 `[n_pilots]`."""
        return self._columns(self.pilot_carriers)

    @cached_property
    def data_columns(self) -> IntArray:
        """Where the data carriers lie among `used_carriers`, in mapping order, int64 `[n_data]`."""
        return self._columns(self.data_carriers)

    def _columns(self, carriers: IntArray) -> IntArray:
        columns = np.searchsorted(self.used_carriers, carriers).astype(np.int64)
        _read_only(columns)
        return columns

    @cached_property
    def null_carriers(self) -> IntArray:
        """Signed indices of guard carriers far enough from the used ones to hold noise only, ascending, int64.

        Neither zero nor the quarter of each guard band next to the used carriers is among them: clock errors leak.
        """
        first = self.edge_carrier + 1 + max(2, (self.n_fft // 2 - self.edge_carrier) // 4)
        above = np.arange(first, self.n_fft // 2, dtype=np.int64)
        carriers: IntArray = np.concatenate((-above[::-1], above))
        _read_only(carriers)
        return carriers

    @cached_property
    def preamble_carriers(self) -> ComplexArray:
        """The preamble's QPSK values on `used_carriers`, c64 `[n_used]`, unit power.

        X_-k = (-1)^k X*_k, so that x[n + N/2] = x*[n]: a mirror image, which repeats with the preamble and does not
        average out, looks like an echo half a symbol late, where a channel estimate of L taps does not see it.
        """
        signs = _pn_signs(self.preamble_seed, 2 * self.edge_carrier) * np.float32(np.sqrt(0.5))
        above = (signs[0::2] + 1j * signs[1::2]).astype(np.complex64)
        turned = np.conj(above) * (1 - 2 * (np.arange(1, self.edge_carrier + 1) % 2))
        values: ComplexArray = np.concatenate((turned[::-1], above)).astype(np.complex64)
        _read_only(values)
        return values

    @cached_property
    def padding(self) -> ComplexArray:
        """QPSK for the data carriers that a frame leaves over in its last symbol, c64 `[n_data]`, unit power.

        It follows the preamble in the PN sequence: a shorter period would repeat within a symbol and give it peaks.
        """
        signs = _pn_signs(self.preamble_seed + 2 * self.edge_carrier, 2 * self.n_data) * np.float32(np.sqrt(0.5))
        values: ComplexArray = (signs[0::2] + 1j * signs[1::2]).astype(np.complex64)
        _read_only(values)
        return values

    def pilots(self, first: int, count: int) -> FloatArray:
        """Return the pilots' values ±1, f32 `[count, n_pilots]`, from symbol `first` after the preamble.

        Every pilot of every symbol has its own sign, so that a receiver that has lost or gained whole symbols sees it;
        only from one half of the band to the other the products P_k P_-k alternate, over pilots and symbols: what
        mirror images add to two carriers has the sign of that product, and cancels in the pilots' common phase.
        """
        values = np.empty((count, self.n_pilots), dtype=np.float32)
        _fill_pilots(_pn_sequence(), first, values)
        return values

    def payload_ofdm_symbols(self, n_symbols: int) -> int:
        """OFDM symbols after the preamble of a frame of `n_symbols`: header, payload and padding."""
        return -(-(HEADER_SYMBOLS + n_symbols) // self.n_data)

    def frame_samples(self, n_symbols: int) -> int:
        """Length of the burst that carries a frame of `n_symbols` after its header `[samples]`."""
        return (self.preamble_symbols + self.payload_ofdm_symbols(n_symbols)) * self.symbol_samples

    def air_symbols(self, n_symbols: int) -> int:
        """Channel uses of one frame on the air: every sample of its burst, with prefixes, pilots and preamble."""
        return self.frame_samples(n_symbols)

    def noise_var(self, snr_db: float) -> float:
        """Variance of complex white noise per sample for Es/N0 = `snr_db` per data carrier: (N/K) / 10^(snr/10)."""
        return self.n_fft / self.n_used / float(10.0 ** (snr_db / 10.0))


DEFAULT = "pluto256"

_WIDE_PILOTS = (21, 37, 64, 82, 114, 135, 169, 182, 206, 234, 257, 279, 317, 343, 373, 383)

PRESETS: Mapping[str, Waveform] = MappingProxyType(
    {
        preset.name: preset
        for preset in (
            # The preambles' seeds give peak-to-average ratios of 4.0, 5.3 and 6.2 dB, the best of 4,681 tried. Pilots
            # are the best of 60,000 to 300,000 draws about even places (wifi64: of all): what they add
            # up to in a window that is late by any number of samples is at most 0.56, 0.44 and 0.34 of the whole.
            Waveform("wifi64", 64, 16, 20e6, 26, (5, 21, 25), (1, 1, 1, -1, 1), 9765),
            Waveform("pluto256", 256, 32, 4e6, 102, (7, 29, 45, 57, 76, 101), (1, 1, -1), 26362),
            Waveform("wide1024", 1024, 128, 20e6, 400, _WIDE_PILOTS, (1, 1, -1), 22218),
        )
    }
)


def waveform(name: str) -> Waveform:
    """Return the preset called `name`, or the waveform that another package brings under it.

    Raises:
        ConfigurationError: there is none; the message names the nearest.
    """
    if name in PRESETS:
        return PRESETS[name]
    found = plugins.load("waveforms", name)
    if isinstance(found, Waveform) and found.name == name:
        return found
    if found is not None:
        raise ConfigurationError(f"what a package brings as waveform {name} is no Waveform of that name")
    known = [*PRESETS, *plugins.names("waveforms")]
    nearest = difflib.get_close_matches(name, known, n=1, cutoff=0.3)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    raise ConfigurationError(f"no waveform is called {name!r}: {hint}there are {', '.join(known)}")
