# SPDX-License-Identifier: MIT
"""docs/waveform.md is enough to build a transmitter: one that is written from its words gives the same samples."""

from __future__ import annotations

import binascii
import math
import zlib

import numpy as np
import pytest
from numpy.typing import NDArray

from lrisc_sdr import framing, phy
from lrisc_sdr.types import Latents
from lrisc_sdr.waveform import PRESETS, Waveform

Bits = NDArray[np.int64]


def register(taps: tuple[int, int], count: int) -> Bits:
    """A sequence from as many ones as the longer tap is far back; with those ones."""
    bits = np.ones(max(taps) + count, dtype=np.int64)
    for i in range(max(taps), bits.size):
        bits[i] = bits[i - taps[0]] ^ bits[i - taps[1]]
    return bits


PN = register((15, 14), 32767)[:32767]
WHITE = np.tile(register((7, 4), 127)[7:], 2000)


def signs(first: int, count: int) -> Bits:
    return 1 - 2 * PN[(first + np.arange(count)) % 32767]


def stride(n: int) -> int:
    centre = round(n * (math.sqrt(5) - 1) / 2)
    return min((q for q in range(1, n) if math.gcd(q, n) == 1), key=lambda q: (abs(q - centre), -q))


def interleave(values: NDArray[np.generic]) -> NDArray[np.generic]:
    moved = np.empty_like(values)
    moved[np.arange(values.size) * stride(values.size) % values.size] = values
    return moved


def convolutional(bits: Bits) -> Bits:
    padded = np.concatenate([np.zeros(8, dtype=np.int64), bits, np.zeros(8, dtype=np.int64)])
    generators = [[int(c) for c in f"{g:09b}"] for g in (0o561, 0o753)]
    coded = [sum(g[k] * padded[t - k] for k in range(9)) % 2 for t in range(8, padded.size) for g in generators]
    return np.array(coded)


def qpsk(bits: Bits) -> NDArray[np.complex128]:
    levels = 1 - 2 * bits
    return (levels[0::2] + 1j * levels[1::2]) / math.sqrt(2)


def bits_of(data: bytes) -> Bits:
    return np.unpackbits(np.frombuffer(data, dtype=np.uint8)).astype(np.int64)


def header(
    picture_id: int, index: int, count: int, n_symbols: int, side_bytes: int, repetition: int
) -> NDArray[np.complex128]:
    fields = (
        (0, 2),
        (picture_id, 16),
        (index, 8),
        (count - 1, 8),
        (n_symbols // 8, 16),
        (side_bytes // 4, 12),
        (repetition - 1, 2),
    )
    text = "".join(f"{value:0{width}b}" for value, width in fields)
    data = int(text, 2).to_bytes(8, "big")
    protected = bits_of(data + binascii.crc_hqx(data, 0xFFFF).to_bytes(2, "big"))
    sent = interleave(np.tile(convolutional(protected), 4))
    return qpsk(sent ^ WHITE[: sent.size])


def side(latents: Latents, length: int, repetition: int) -> NDArray[np.complex128]:
    body = latents.height.to_bytes(2, "big") + latents.width.to_bytes(2, "big") + bytes.fromhex(latents.model_id)
    body += len(latents.symbols).to_bytes(4, "big") + len(latents.rate_map).to_bytes(2, "big") + latents.rate_map
    body = body.ljust(length - 4, b"\0")
    coded = np.repeat(convolutional(bits_of(body + zlib.crc32(body).to_bytes(4, "big"))), repetition)
    paired = coded.reshape(2, -1).T.reshape(-1)
    return qpsk(paired ^ WHITE[: paired.size])


def burst(w: Waveform, head: NDArray[np.complex128], symbols: NDArray[np.complex128]) -> NDArray[np.complex128]:
    half = w.edge_carrier
    k = np.arange(1, half + 1)
    c = signs(w.preamble_seed, 2 * half)
    preamble = np.zeros(w.n_fft, dtype=complex)
    preamble[k] = (c[0::2] + 1j * c[1::2]) / math.sqrt(2)
    preamble[-k] = (-1.0) ** k * np.conj(preamble[k])
    pilots = np.array(w.pilots_above)
    used = [carrier for carrier in range(-half, half + 1) if carrier != 0 and abs(carrier) not in w.pilots_above]
    n = len(used)
    stream = np.concatenate([head, symbols])
    missing = -stream.size % n
    c = signs(w.preamble_seed + 2 * half, 2 * n)
    stream = np.concatenate([stream, ((c[0::2] + 1j * c[1::2]) / math.sqrt(2))[:missing]])
    order = np.array([used[i * stride(n) % n] for i in range(n)])
    scale = math.sqrt(w.n_fft / (2 * half)) * math.sqrt(w.n_fft)
    parts = []
    for sign in w.preamble_signs:
        x = np.fft.ifft(sign * preamble) * scale
        parts.append(np.concatenate([x[-w.cp_samples :], x]))
    g = 10 ** (w.clip_db / 20) if w.clip_db is not None else math.inf
    alpha = 1 - math.exp(-g * g) + math.sqrt(math.pi) / 2 * g * math.erfc(g)
    for m, row in enumerate(stream.reshape(-1, n)):
        spectrum = np.zeros(w.n_fft, dtype=complex)
        spectrum[order] = row
        i = np.arange(len(pilots))
        spectrum[pilots] = signs(m * len(pilots), len(pilots))
        spectrum[-pilots] = (-1.0) ** (i + m) * spectrum[pilots]
        x = np.fft.ifft(spectrum) * scale
        x *= np.minimum(1, g / np.maximum(np.abs(x), 1e-12)) / alpha
        parts.append(np.concatenate([x[-w.cp_samples :], x]))
    return np.concatenate(parts)


@pytest.mark.parametrize("preset", PRESETS.values(), ids=PRESETS)
def test_a_transmitter_written_from_the_page_sends_the_same(preset: Waveform) -> None:
    rng = np.random.default_rng(4)
    drawn = (rng.standard_normal((2, 1499)) / math.sqrt(2)).astype(np.float32)
    latents = Latents((drawn[0] + 1j * drawn[1]).astype(np.complex64), b"rates of it", 300, 451, "0123abcd")
    frames = framing.segment(latents, picture_id=4711, snr_db=7.0, max_frame_symbols=800)
    first = frames[0].header
    assert (first.count, first.side_repetition) == (3, 2)
    total = first.count * first.n_symbols
    both = np.concatenate([side(latents, first.side_bytes, first.side_repetition), latents.symbols])
    whole = np.concatenate([both, qpsk(WHITE[: 2 * (total - both.size)])])
    for index, part in enumerate(interleave(whole).reshape(first.count, -1)):
        head = header(4711, index, first.count, first.n_symbols, first.side_bytes, first.side_repetition)
        expected = burst(preset, head, part)
        np.testing.assert_allclose(phy.transmit(frames[index], preset), expected, atol=2e-5)
