# SPDX-License-Identifier: MIT
"""What passes through the doors between the rooms: one frozen dataclass per concept.

Arrays are NumPy; `c64` is complex64 and `f32` is float32. Nothing here imports torch or GNU Radio, so that every
host, with radio or with GPU, speaks of the same things.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

ComplexArray = NDArray[np.complex64]
FloatArray = NDArray[np.float32]
ByteArray = NDArray[np.uint8]

Mode = Literal["adaptive", "uniform"]
"""How a codec chooses rates: one for each cell of a picture, with a map that is sent, or one for all of it."""


@dataclass(frozen=True)
class Latents:
    """A picture as the joint source-channel encoder leaves it.

    Attributes:
        symbols: c64 `[n]`, unit mean power over the picture.
        rate_map: the codec's side information, above all its entropy-coded rate map; only the codec that wrote it can
            read it.
        height: rows of the picture `[pixels]`.
        width: columns of the picture `[pixels]`.
        model_id: the first 8 hexadecimal digits of the model's sha256.
    """

    symbols: ComplexArray
    rate_map: bytes
    height: int
    width: int
    model_id: str


@dataclass(frozen=True)
class FrameHeader:
    """What every frame tells about itself and its picture; 64 bits and a CRC on the air.

    Attributes:
        picture_id: 0 to 65,535, the same in all frames of one picture.
        index: position of this frame in its picture, from 0.
        count: frames of the picture, 1 to 256.
        n_symbols: symbols in this frame after its header, the same in all frames of one picture.
        side_bytes: length of the picture's side information with its CRC `[bytes]`.
        side_repetition: how often every coded side bit is sent, 1 to 4.
    """

    picture_id: int
    index: int
    count: int
    n_symbols: int
    side_bytes: int
    side_repetition: int


@dataclass(frozen=True)
class Frame:
    """One burst's worth of a picture: a header and interleaved symbols, c64 `[header.n_symbols]`, unit mean power."""

    header: FrameHeader
    symbols: ComplexArray


@dataclass(frozen=True)
class ReceivedFrame:
    """A frame as the equaliser leaves it.

    Attributes:
        header: the decoded header; its CRC was right.
        symbols: c64 `[n]`, estimates of the transmitted symbols: unbiased, but shrunk in fades as deep as the channel
            estimate's error.
        noise_var: f32 `[n]`, E[|n|²] of each symbol, both real dimensions together; inf for an erasure.
        snr_db: estimated Es/N0 per data subcarrier `[dB]`.
        cfo_hz: estimated carrier frequency offset `[Hz]`; positive where the received carrier
            lies above the receiver's.
        sco_ppm: estimated sampling clock offset `[parts per million]`; positive where the
            transmitter's clock is faster.
        evm_db: error vector magnitude of the equalised pilots `[dB]`.
        channel: c64 `[n_fft]`, estimated frequency response in FFT order, 0 on unused carriers.
        start_sample: sample of the stream at which the frame's preamble begins.
    """

    header: FrameHeader
    symbols: ComplexArray
    noise_var: FloatArray
    snr_db: float
    cfo_hz: float
    sco_ppm: float
    evm_db: float
    channel: ComplexArray
    start_sample: int


@dataclass(frozen=True)
class ReceivedLatents:
    """A picture as the decoder gets it.

    Attributes:
        picture_id: the id of its frames.
        symbols: c64 `[n]`, in the order in which the encoder made them; 0 where erased.
        noise_var: f32 `[n]`, E[|n|²]; inf where the frame that carried the symbol was lost.
        rate_map: the entropy-coded rate map.
        height: rows of the picture `[pixels]`.
        width: columns of the picture `[pixels]`.
        model_id: the first 8 hexadecimal digits of the model's sha256.
        snr_db: mean over the received frames' estimates `[dB]`.
        cfo_hz: mean over the received frames' estimates `[Hz]`.
        frames_received: frames that arrived.
        frames_sent: frames that the picture was cut into.
    """

    picture_id: int
    symbols: ComplexArray
    noise_var: FloatArray
    rate_map: bytes
    height: int
    width: int
    model_id: str
    snr_db: float
    cfo_hz: float
    frames_received: int
    frames_sent: int
