# SPDX-License-Identifier: MIT
"""The taps of a channel: regularised least squares, for as many of them as explain what was seen.

From what a known symbol shows of the channel on the used carriers, A, and the taps g of a channel no longer than the
prefix, or than half or a quarter of it where that explains A as well,

    A = F g + noise,   F[k, ℓ] = e^{-j2πkℓ/N}     F g = F (Fᴴ W F + λ)⁻¹ Fᴴ W A = S A

on used carriers only, so that guard bands do no harm. W = 1/p holds the carriers' noise relative to the rest, all ones
unless `colour` finds an interferer. With noise of the variance σ² p on A, carrier k's estimate has the error
σ² (S W⁻¹ Sᴴ)_kk, small inside the band and larger at its edges.

Windows begin a quarter of the prefix early, so that the first path lies a quarter of the prefix within them. The
shorter fits' taps begin an eighth of the prefix before it, since a path between two samples reaches out on both sides;
those of the whole begin an eighth before the window, for paths that came before the one that was found.
"""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.compiled import compiled
from lrisc_sdr.phy.layout import FloatVector, layout
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.waveform import Waveform

REGULARISATION = 1e-4
"""λ relative to the largest eigenvalue that F Fᴴ / K can have; errors of long channels stay below -50 dB."""


class Fit(NamedTuple):
    """S for channels of one length.

    Attributes:
        first: the fit's first tap among all.
        inverse: G, c64 `[taps, taps]`.
        leverage: error variance of each carrier's estimate for unit noise on A, f32 `[n_used]`.
        degrees: tr W (I - S) W⁻¹ (I - S)ᴴ, what the smoothing leaves over of K.
    """

    first: int
    inverse: ComplexArray
    leverage: FloatArray
    degrees: float


class Smoother(NamedTuple):
    """Everything for S that is fixed by the waveform and a noise profile.

    Attributes:
        steps: e^{j2πℓ/N}, the factor from one carrier to the next of each tap, c64 `[taps]`.
        profile: 1/W, f64 `[n_used]`.
        fits: for channels of a quarter, half and all of the prefix.
    """

    steps: ComplexArray
    profile: FloatVector
    fits: tuple[Fit, Fit, Fit]


@cache
def smoother(waveform: Waveform) -> Smoother:
    """Return the waveform's `Smoother` for white noise."""
    return weighted_smoother(waveform, layout(waveform).white)


def weighted_smoother(waveform: Waveform, profile: FloatVector) -> Smoother:
    """Return the `Smoother` for noise that is `profile`, f64 `[n_used]`, times that of a quiet carrier."""
    slope, cp_samples = layout(waveform).slope, waveform.cp_samples
    delays = np.arange(cp_samples) - cp_samples // 8
    fourier, early = np.exp(1j * np.outer(slope, delays)), cp_samples // 4
    quarter, half = (_fit(fourier, early, cp_samples // part, profile) for part in (4, 2))
    whole = _fit(fourier, 0, cp_samples, profile)
    steps = np.exp(2j * np.pi / waveform.n_fft * delays).astype(np.complex64)
    return Smoother(steps, profile, (quarter, half, whole))


def _fit(fourier: NDArray[np.complex128], first: int, taps: int, profile: FloatVector) -> Fit:
    """The `Fit` of `taps` of the columns of F, c128 `[n_used, cp_samples]`, from the `first` on."""
    n_used, fourier = len(fourier), fourier[:, first : first + taps]
    normal = (fourier.conj().T / profile) @ fourier
    inverse = np.linalg.inv(normal + REGULARISATION * n_used * np.eye(taps))
    # The diagonals of S W⁻¹ Sᴴ, the error that the noise leaves in the estimate, and of S.
    leverage = np.einsum("kl,kl->k", fourier @ (inverse @ normal @ inverse), fourier.conj()).real
    share = np.einsum("kl,kl->k", fourier @ inverse, fourier.conj()).real / profile
    degrees = float(np.sum(1.0 - 2.0 * share + leverage / profile))
    return Fit(first, inverse.astype(np.complex64), leverage.astype(np.float32), degrees)


@compiled
def smoothed(response: ComplexArray, noise_var: float, smooth: Smoother) -> tuple[ComplexArray, Fit]:
    """Return S A, c64 `[n_used]`, of A, c64 `[n_used]` with noise of variance `noise_var`, and what made it.

    Of the lengths that a channel may have, the one with the least expected error: leaving taps out that explain less
    than twice their share of the noise loses less of the channel than of the noise (Akaike's criterion).
    """
    energy, shortest, whole = 0.0, smooth.fits[0], smooth.steps.size
    matched = _matched(response, smooth, shortest.first, len(shortest.inverse))
    for k in range(response.size):
        energy += (response[k].real ** 2 + response[k].imag ** 2) / smooth.profile[k]
    fitted, explained = _solved(matched, shortest.inverse)
    # Most often the shortest leaves noise only, and the longer ones need not be tried.
    if energy - explained < noise_var * (response.size - fitted.size + 0.5 * (whole - fitted.size)):
        return _response(fitted, shortest.first, smooth.steps, response.size), shortest
    best, gain = shortest, explained - 2.0 * noise_var * fitted.size
    matched = _matched(response, smooth, 0, whole)
    for fit in smooth.fits[1:]:
        longer, explained = _solved(matched[fit.first : fit.first + len(fit.inverse)], fit.inverse)
        if explained - 2.0 * noise_var * longer.size > gain:
            best, gain, fitted = fit, explained - 2.0 * noise_var * longer.size, longer
    return _response(fitted, best.first, smooth.steps, response.size), best


@compiled
def _matched(response: ComplexArray, smooth: Smoother, first: int, taps: int) -> ComplexArray:
    """Fᴴ W A of some `taps`, c64 `[taps]`.

    Carriers ±k have F = cos ∓ j sin: their sum goes with the cosine, their difference with the sine, both of which
    turn from one carrier to the next; a table of them would be larger than the processor's cache.
    """
    steps, edge = smooth.steps[first : first + taps], response.size // 2
    cosine, sine = steps.real.copy(), steps.imag.copy()
    turn_re, turn_im = cosine.copy(), sine.copy()
    real, imaginary = np.zeros(taps, dtype=np.float32), np.zeros(taps, dtype=np.float32)
    for k in range(edge):
        above = response[edge + k] / np.float32(smooth.profile[edge + k])
        below = response[edge - 1 - k] / np.float32(smooth.profile[edge - 1 - k])
        even, odd = above + below, above - below
        even_re, even_im, odd_re, odd_im = even.real, even.imag, odd.real, odd.imag
        for tap in range(taps):
            along, across = cosine[tap], sine[tap]
            real[tap] += along * even_re - across * odd_im
            imaginary[tap] += along * even_im + across * odd_re
            cosine[tap] = along * turn_re[tap] - across * turn_im[tap]
            sine[tap] = along * turn_im[tap] + across * turn_re[tap]
    matched = np.empty(taps, dtype=np.complex64)
    for tap in range(taps):
        matched[tap] = complex(real[tap], imaginary[tap])
    return matched


@compiled
def _solved(matched: ComplexArray, inverse: ComplexArray) -> tuple[ComplexArray, float]:
    """The taps G Fᴴ W A, c64, and how much of Aᴴ W A they explain."""
    solved, explained = inverse @ matched, 0.0
    for tap in range(matched.size):
        explained += matched[tap].real * solved[tap].real + matched[tap].imag * solved[tap].imag
    return solved, explained


@compiled
def _response(fitted: ComplexArray, first: int, steps: ComplexArray, n_used: int) -> ComplexArray:
    """F g, c64 `[n_used]`, of taps g, c64 `[taps]`, turning them from carrier to carrier as `_matched` does."""
    taps, edge = fitted.size, n_used // 2
    turns = steps[first : first + taps]
    given_re, given_im = fitted.real.copy(), fitted.imag.copy()
    cosine, sine = turns.real.copy(), turns.imag.copy()
    turn_re, turn_im = cosine.copy(), sine.copy()
    result = np.empty(n_used, dtype=np.complex64)
    for k in range(edge):
        even_re, even_im, odd_re, odd_im = np.float32(0.0), np.float32(0.0), np.float32(0.0), np.float32(0.0)
        for tap in range(taps):
            along, across = cosine[tap], sine[tap]
            even_re += along * given_re[tap]
            even_im += along * given_im[tap]
            odd_re += across * given_im[tap]
            odd_im -= across * given_re[tap]
            cosine[tap] = along * turn_re[tap] - across * turn_im[tap]
            sine[tap] = along * turn_im[tap] + across * turn_re[tap]
        result[edge + k] = complex(even_re + odd_re, even_im + odd_im)
        result[edge - 1 - k] = complex(even_re - odd_re, even_im - odd_im)
    return result
