# SPDX-License-Identifier: MIT
"""The inner loops between converters, sample by sample: a radio in software has to keep up with its clients."""

from __future__ import annotations

import math

import numpy as np

from lrisc_sdr.compiled import compiled
from lrisc_sdr.types import ComplexArray, FloatArray
from lrisc_sdr.virtual_pluto.noise import white_noise
from lrisc_sdr.virtual_pluto.words import Codes

_BLOCK = 256
_BEND = 0.01
"""Samples by which the clocks slip within a block at most. Between the filters of its two ends the way is a straight
line, with an error of (2π f · slip)² / 8: 9e-5 of the signal at the band's edge, f = 0.42."""


@compiled
def radiate(samples: ComplexArray, image_gain: complex, dc_level: complex, amplitude: float, out: ComplexArray) -> None:
    """Write a (x + g x* + d), c64 `[n]`, with a the `amplitude`."""
    x, y = samples.view(np.float32), out.view(np.float32)
    a = np.float32(amplitude)
    g_re, g_im = np.float32(image_gain.real), np.float32(image_gain.imag)
    d_re, d_im = np.float32(dc_level.real), np.float32(dc_level.imag)
    for n in range(samples.size):
        re, im = x[2 * n], x[2 * n + 1]
        y[2 * n] = a * (re + g_re * re + g_im * im + d_re)
        y[2 * n + 1] = a * (im + g_im * re - g_re * im + d_im)


@compiled
def echo(samples: ComplexArray, taps: ComplexArray, out: ComplexArray) -> None:
    """Write y[n] = Σ_k h_k x[n − k], c64 `[n]`; `samples` begin with the `len(taps)` − 1 before the first."""
    x, y = samples.view(np.float32), out.view(np.float32)
    memory = taps.size - 1
    y[:] = np.float32(0.0)
    for k in range(taps.size):
        h_re, h_im = taps[k].real, taps[k].imag
        s = x[2 * (memory - k) : 2 * (memory - k) + y.size]
        for n in range(out.size):
            re, im = s[2 * n], s[2 * n + 1]
            y[2 * n] += h_re * re - h_im * im
            y[2 * n + 1] += h_re * im + h_im * re


@compiled
def arrive(
    samples: ComplexArray,
    start: float,
    step: float,
    turn: float,
    turn_step: float,
    taps: FloatArray,
    out: ComplexArray,
) -> None:
    """Add x(p_n) e^(j 2π c_n) to c64 `[n]`, with p_n = start + n · step and c_n = turn + n · turn_step.

    Args:
        samples: x, c64, from the interpolator's look-back before the first position to its look-ahead after the last.
        start: the first position `[samples]`, from samples[0].
        step: between positions; it differs from 1 by less than 0.01.
        turn: of the oscillators at the first of them `[cycles]`.
        turn_step: between them `[cycles]`.
        taps: the interpolator's, of all phases, f32 `[Q + 1, N]`, N a multiple of 8 (`channel.clock.phase_taps`).
        out: what is added to.
    """
    x, y = samples.view(np.float32), out.view(np.float32)
    slip = step - 1.0
    block = _BLOCK
    if abs(slip) * block > _BEND:
        block = max(int(_BEND / abs(slip)), 1)
    arrived, later = np.empty(2 * block, np.float32), np.empty(2 * block, np.float32)
    rotation = np.empty(2 * block, np.float32)
    for n in range(block):
        angle = 2.0 * math.pi * turn_step * n
        rotation[2 * n], rotation[2 * n + 1] = math.cos(angle), math.sin(angle)
    done = 0
    while done < out.size:
        position = start + step * done
        phase = position - math.floor(position)
        count = min(block, out.size - done)
        # A block ends where the phase leaves 0 … 1: with the next one, the taps begin a sample on.
        if slip > 0.0:
            count = min(count, int((1.0 - phase) / slip) + 1)
        elif slip < 0.0:
            count = min(count, int(phase / -slip) + 1)
        _between(x, position, phase, slip, count, taps, arrived, later)
        turns = turn + turn_step * done
        angle = 2.0 * math.pi * (turns - math.floor(turns))
        c, s = np.float32(math.cos(angle)), np.float32(math.sin(angle))
        z = y[2 * done : 2 * (done + count)]
        for n in range(count):
            c_n = c * rotation[2 * n] - s * rotation[2 * n + 1]
            s_n = s * rotation[2 * n] + c * rotation[2 * n + 1]
            z[2 * n] += c_n * arrived[2 * n] - s_n * arrived[2 * n + 1]
            z[2 * n + 1] += s_n * arrived[2 * n] + c_n * arrived[2 * n + 1]
        done += count


@compiled
def _between(
    x: FloatArray,
    position: float,
    phase: float,
    slip: float,
    count: int,
    taps: FloatArray,
    out: FloatArray,
    other: FloatArray,
) -> None:
    """Write the signal at `count` positions, I and Q by turns: straight lines between the filters of both ends."""
    n_phases, n_taps = taps.shape[0] - 1, taps.shape[1]
    first = 2 * (math.floor(position) - (n_taps // 2 - 1))
    s = x[first : first + 2 * (count + n_taps - 1)]
    begin = int(phase * n_phases + 0.5)
    end = int((phase + slip * (count - 1)) * n_phases + 0.5)
    if begin == end == 0:
        out[: 2 * count] = s[n_taps - 2 : n_taps - 2 + 2 * count]
        return
    _filter(s, taps[begin], out[: 2 * count])
    if end == begin:
        return
    _filter(s, taps[end], other[: 2 * count])
    slope = np.float32(1.0 / (count - 1))
    for n in range(count):
        share = np.float32(n) * slope
        out[2 * n] += share * (other[2 * n] - out[2 * n])
        out[2 * n + 1] += share * (other[2 * n + 1] - out[2 * n + 1])


@compiled
def _filter(x: FloatArray, taps: FloatArray, out: FloatArray) -> None:
    """Write y[n] = Σ_k h_k x[n + k], of real taps, over I and Q by turns; eight taps at a time stay in registers."""
    out[:] = np.float32(0.0)
    for k in range(0, taps.size, 8):
        h0, h1, h2, h3 = taps[k], taps[k + 1], taps[k + 2], taps[k + 3]
        h4, h5, h6, h7 = taps[k + 4], taps[k + 5], taps[k + 6], taps[k + 7]
        s = x[2 * k : 2 * k + out.size + 14]
        for n in range(out.size):
            near = h0 * s[n] + h1 * s[n + 2] + h2 * s[n + 4] + h3 * s[n + 6]
            out[n] += near + h4 * s[n + 8] + h5 * s[n + 10] + h6 * s[n + 12] + h7 * s[n + 14]


@compiled
def convert(
    samples: ComplexArray,
    gain: float,
    noise: ComplexArray,
    deviation: float,
    image_gain: complex,
    dc_level: complex,
    codes: Codes,
) -> float:
    """Write z + g z* + d with z = b x + σ n, b the `gain` and σ the `deviation`, as 12 bits, i16 `[2 n]`.

    Returns Σ |y|² before the converter's steps and limits, over full scale.
    """
    x, w = samples.view(np.float32), noise.view(np.float32)
    b, sigma = np.float32(gain), np.float32(deviation)
    g_re, g_im = np.float32(image_gain.real), np.float32(image_gain.imag)
    d_re, d_im = np.float32(dc_level.real), np.float32(dc_level.imag)
    full_scale = np.float32(2048.0)
    low, high = np.float32(-2048.0), np.float32(2047.0)
    energy = 0.0
    for n in range(samples.size):
        re = b * x[2 * n] + sigma * w[2 * n]
        im = b * x[2 * n + 1] + sigma * w[2 * n + 1]
        i = re + g_re * re + g_im * im + d_re
        q = im + g_im * re - g_re * im + d_im
        energy += i * i + q * q
        codes[2 * n] = np.int16(min(max(np.rint(i * full_scale), low), high))
        codes[2 * n + 1] = np.int16(min(max(np.rint(q * full_scale), low), high))
    return energy


def prepare() -> None:
    """Compile everything, once for all processes: a client does not wait for its first buffer as long as this takes."""
    samples, out = np.zeros(32, np.complex64), np.zeros(8, np.complex64)
    radiate(samples, 0j, 0j, 1.0, samples)
    echo(samples[:10], np.zeros(3, np.complex64), out)
    arrive(samples, 11.0, 1.0, 0.0, 0.0, np.zeros((2, 8), np.float32), out)
    white_noise(0, 0, out)
    convert(out, 1.0, out, 0.0, 0j, 0j, np.zeros(16, np.int16))
