# SPDX-License-Identifier: MIT
"""The channel from the preamble: regularised least squares to L taps, and what it leaves over.

With A = mean_j s_j Y_j X* over the R symbols and the taps g of a channel no longer than the prefix,

    A = F g + noise,   F[k, ℓ] = e^{-j2πkℓ/N}     ĥ = F (Fᴴ F + λ)⁻¹ Fᴴ A = S A

on used carriers only, so that guard bands do no harm. S = U diag(w) Uᴴ is fixed by the waveform; carrier k's estimate
has the error σ²/R · Σ_i |U_ki|² w_i² (`leverage` σ²/R), small inside the band and larger at its edges. Taps begin an
eighth of the prefix before the window's nominal delay, since a path between two samples reaches out on both sides.

The residual gives the noise, also what a mirror image adds to all symbols alike, which differences of symbols miss:

    Σ_jk |s_j Y_jk X*_k - ĥ_k|² = σ² [(R - 1) K + K - 2 tr S + tr S²] for white noise.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import Waveform

SCO_PPM = 30.0
"""Rms sampling clock offset that is expected before anything is known `[parts per million]`."""

REGULARISATION = 1e-4
"""λ relative to the largest eigenvalue that F Fᴴ / K can have; errors of long channels stay below -50 dB."""


@dataclass(frozen=True)
class Smoother:
    """S = `basis` · diag(`weights`) · `basis`ᴴ.

    Attributes:
        basis: U, c64 `[n_used, taps]`, orthonormal columns.
        weights: w, f32 `[taps]`.
        leverage: error variance of each carrier's estimate for unit noise on A, f32 `[n_used]`.
        degrees: K - 2 tr S + tr S², what the smoothing leaves over of K.
    """

    basis: ComplexArray
    weights: FloatArray
    leverage: FloatArray
    degrees: float


@dataclass(frozen=True)
class ChannelEstimate:
    """The channel during the preamble.

    Attributes:
        response: ĥ, c64 `[n_used]`, gain of a unit symbol on its carrier in the unitary transform.
        error_var: error variance of ĥ, f32 `[n_used]` `[the transform's units]`.
        noise_var: σ² of one carrier `[the transform's units]`.
        degrees: complex degrees of freedom behind `noise_var`.
        turn: phase that remained from one symbol to the next `[rad]`; ĥ is the channel in the preamble's middle.
        drift: delay that remained from one symbol to the next, a sampling clock's offset `[samples]`.
        drift_var: variance of `drift` `[samples²]`.
    """

    response: ComplexArray
    error_var: FloatArray
    noise_var: float
    degrees: float
    turn: float
    drift: float
    drift_var: float

    def turned(self, phase: float) -> ChannelEstimate:
        """The same channel seen through an oscillator that is ahead by `phase` `[rad]`."""
        return replace(self, response=(self.response * np.exp(-1j * phase)).astype(np.complex64))


@cache
def smoother(waveform: Waveform) -> Smoother:
    """Return the waveform's `Smoother`."""
    delays = np.arange(waveform.cp_samples) - waveform.cp_samples // 8
    phase = np.outer(waveform.used_carriers, delays) * (-2j * np.pi / waveform.n_fft)
    basis, singular, _ = np.linalg.svd(np.exp(phase) / np.sqrt(waveform.n_used), full_matrices=False)
    weights = singular**2 / (singular**2 + REGULARISATION)
    return Smoother(
        basis=basis.astype(np.complex64),
        weights=weights.astype(np.float32),
        leverage=(np.abs(basis) ** 2 @ weights**2).astype(np.float32),
        degrees=float(waveform.n_used - 2.0 * weights.sum() + np.sum(weights**2)),
    )


def estimate(preamble: ComplexArray, waveform: Waveform) -> ChannelEstimate:
    """Estimate from the preamble's carriers, c64 `[preamble_symbols, n_used]`."""
    smooth = smoother(waveform)
    signs = np.array(waveform.preamble_signs, dtype=np.float32)
    order = np.arange(len(signs)) - (len(signs) - 1) / 2.0
    # Without modulation all symbols are the channel's response; what differs is a turn from one to the next, and noise.
    responses = preamble * np.conj(waveform.preamble_carriers) * signs[:, None]
    response = _smoothed(responses.mean(axis=0), smooth)
    phasors = np.einsum("jk,k->j", responses.astype(np.complex128), np.conj(response))
    angles = np.angle(phasors * np.conj(phasors.sum()))
    turn = float(angles @ order / (order @ order))
    responses = responses * np.exp(-1j * turn * order).astype(np.complex64)[:, None]
    slope, centre = _centred_slope(response, waveform)
    drift, drift_var = _drift(responses, response, slope, waveform)
    responses *= np.exp(-1j * np.outer(drift * order, slope)).astype(np.complex64)
    response = _smoothed(responses.mean(axis=0), smooth)
    residual = responses - response
    # Turn and drift took one real degree of freedom each.
    degrees = (len(signs) - 1) * waveform.n_used + smooth.degrees - 1.0
    noise_var = float(np.sum(np.abs(residual.astype(np.complex128)) ** 2)) / degrees
    error_var = smooth.leverage * np.float32(noise_var / len(signs))
    return ChannelEstimate(response, error_var, noise_var, degrees, turn - centre * drift, drift, drift_var)


def carrier_phase(waveform: Waveform) -> NDArray[np.float64]:
    """Return -2πk/N, the phase of each used carrier for one sample of delay, f64 `[n_used]`."""
    phase: NDArray[np.float64] = waveform.used_carriers * (-2.0 * np.pi / waveform.n_fft)
    return phase


def _centred_slope(response: ComplexArray, waveform: Waveform) -> tuple[NDArray[np.float64], float]:
    """`carrier_phase` about its power-weighted mean, and that mean: there turn and drift are independent."""
    slope = carrier_phase(waveform)
    power = np.abs(response.astype(np.complex128)) ** 2 + 1e-30
    centre = float(slope @ power / power.sum())
    return slope - centre, centre


def _drift(
    responses: ComplexArray, response: ComplexArray, slope: NDArray[np.float64], waveform: Waveform
) -> tuple[float, float]:
    """Maximum a posteriori drift and its variance `[samples, samples²]`, from one Gauss-Newton step at zero.

    The prior is a clock offset of `SCO_PPM` rms: with few symbols the preamble alone says little.
    """
    order = np.arange(len(responses)) - (len(responses) - 1) / 2.0
    power = np.abs(response.astype(np.complex128)) ** 2
    noise_var = float(np.var(responses, axis=0, ddof=1).mean()) + 1e-12 * float(power.mean()) + 1e-30
    gradient = float(order @ (np.conj(response) * responses).imag @ slope)
    information = 2.0 / noise_var * float(order @ order) * float(slope**2 @ power)
    drift_var = 1.0 / (information + 1.0 / (SCO_PPM * 1e-6 * waveform.symbol_samples) ** 2)
    return 2.0 / noise_var * gradient * drift_var, drift_var


def _smoothed(response: ComplexArray, smooth: Smoother) -> ComplexArray:
    smoothed: ComplexArray = smooth.basis @ (smooth.weights * (np.conj(smooth.basis.T) @ response))
    return smoothed
