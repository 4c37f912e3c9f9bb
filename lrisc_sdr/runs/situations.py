# SPDX-License-Identifier: MIT
"""What the recordings in captures/ hold: one situation each, made of two small pictures, and what a receiver must find.

All randomness has its seed, so that the same versions make the same bits again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from lrisc_sdr import framing, phy
from lrisc_sdr.capture.annotations import INTERRUPTED, WHOLE
from lrisc_sdr.channel import Channel, ChannelSpec, preset
from lrisc_sdr.pictures import default_picture
from lrisc_sdr.runs.sending import Encoder
from lrisc_sdr.types import ByteArray, ComplexArray, Frame
from lrisc_sdr.waveform import Waveform

SMALLER = 3
HEIGHT, WIDTH = 100, 150
CBR = 1 / 12
TOLD_SNR_DB = 15.0
MAX_FRAME_SYMBOLS = 1024
GAP_SAMPLES = 4096
LEVEL = 10.0 ** (-15.0 / 20.0)
"""Of a burst of unit power; its peaks stay below full scale."""
LOST = "lost"


@dataclass(frozen=True)
class Sent:
    """A frame that was sent, and what a receiver of the recording must make of it.

    Attributes:
        frame: what was sent.
        start: the first sample of its burst in the recording; negative where it began before.
        result: `whole`, `interrupted` or `lost`.
    """

    frame: Frame
    start: int
    result: str


@dataclass(frozen=True)
class Made:
    """A recording to be: its samples, what was sent, and the gaps: the sample behind each, and how many are missing."""

    samples: ComplexArray
    sent: tuple[Sent, ...]
    gaps: tuple[tuple[int, int], ...] = ()


Frames = Sequence[Sequence[Frame]]
"""Those of every picture."""


@dataclass(frozen=True)
class Situation:
    """One recording of captures/.

    Attributes:
        story: what happens in it, one sentence.
        make: makes it of the pictures' frames.
    """

    story: str
    make: Callable[[Frames, Waveform], Made]


def encode_pictures(encoder: Encoder) -> Frames:
    """The frames of both pictures: the package's own one, made smaller, and its mirror image."""
    _, image = default_picture()
    blocks = image[: HEIGHT * SMALLER, : WIDTH * SMALLER].reshape(HEIGHT, SMALLER, WIDTH, SMALLER, 3)
    small = blocks.mean(axis=(1, 3)).round().astype(np.uint8)
    return [_encode(encoder, picture, number) for number, picture in enumerate((small, small[:, ::-1].copy()))]


def _encode(encoder: Encoder, image: ByteArray, number: int) -> Sequence[Frame]:
    def budget(n_bytes: int) -> int:
        return framing.plan(HEIGHT, WIDTH, CBR, n_bytes, TOLD_SNR_DB, MAX_FRAME_SYMBOLS).payload_symbols

    latents = encoder.encode(image, TOLD_SNR_DB, budget)
    return framing.segment(latents, number, TOLD_SNR_DB, MAX_FRAME_SYMBOLS)


def _in_turn(frames: Sequence[Frame], waveform: Waveform) -> tuple[ComplexArray, list[Sent]]:
    """Bursts with silence before, between and behind them."""
    silence = np.zeros(GAP_SAMPLES, dtype=np.complex64)
    pieces, sent, position = [silence], [], GAP_SAMPLES
    for frame in frames:
        burst = phy.transmit(frame, waveform)
        sent.append(Sent(frame, position, WHOLE))
        pieces += [burst, silence]
        position += burst.size + GAP_SAMPLES
    return np.concatenate(pieces), sent


def _over(samples: ComplexArray, spec: ChannelSpec, waveform: Waveform, seed: int) -> ComplexArray:
    channel = Channel(spec, waveform.rate_sps, waveform.noise_var, seed)
    received: ComplexArray = np.concatenate([channel.process(samples), channel.flush()])
    return received


def _clean(pictures: Frames, waveform: Waveform) -> Made:
    samples, sent = _in_turn([*pictures[0], *pictures[1]], waveform)
    return Made(samples, tuple(sent))


def _desk(pictures: Frames, waveform: Waveform) -> Made:
    samples, sent = _in_turn([*pictures[0], *pictures[1]], waveform)
    return Made(_over(samples, replace(preset("desk"), snr_db=20.0), waveform, 1), tuple(sent))


def _room(pictures: Frames, waveform: Waveform) -> Made:
    samples, sent = _in_turn(pictures[0], waveform)
    received = _over(samples, replace(preset("room"), snr_db=15.0, drop_interval_s=None), waveform, 2)
    hit = sent[1]
    length = waveform.frame_samples(hit.frame.header.n_symbols)
    first, missing = hit.start + length // 2, 1024
    after = [replace(one, start=one.start - missing) for one in sent[2:]]
    return Made(
        np.delete(received, slice(first, first + missing)),
        (sent[0], replace(hit, result=INTERRUPTED), *after),
        ((first, missing),),
    )


def _overlap(pictures: Frames, waveform: Waveform) -> Made:
    """A second transmitter, 15 dB louder, begins in the first one's payload."""
    weak, strong = pictures[0][0], pictures[1][0]
    samples, sent = _in_turn(pictures[0], waveform)
    burst = phy.transmit(strong, waveform)
    start = sent[0].start + waveform.frame_samples(weak.header.n_symbols) // 2 + 17
    # Two transmitters never have the same carrier.
    turn = np.exp(-2j * np.pi * 2e3 / waveform.rate_sps * np.arange(burst.size))
    samples = samples * np.float32(10.0 ** (-15.0 / 20.0))
    samples[start : start + burst.size] += (burst * turn).astype(np.complex64)
    received = _over(samples, ChannelSpec(snr_db=30.0), waveform, 3)
    return Made(received, (replace(sent[0], result=INTERRUPTED), Sent(strong, start, WHOLE), *sent[1:]))


def _noise(pictures: Frames, waveform: Waveform) -> Made:  # noqa: ARG001 - there are none
    silence = np.zeros(60_000, dtype=np.complex64)
    return Made(_over(silence, replace(preset("desk"), snr_db=0.0), waveform, 4), ())


def _cut(pictures: Frames, waveform: Waveform) -> Made:
    samples, sent = _in_turn(pictures[0], waveform)
    received = _over(samples, replace(preset("desk"), snr_db=20.0), waveform, 5)
    first = sent[0].start + waveform.frame_samples(sent[0].frame.header.n_symbols) // 3
    moved = [replace(one, start=one.start - first) for one in sent]
    return Made(received[first:], (replace(moved[0], result=LOST), *moved[1:]))


def _interferer(pictures: Frames, waveform: Waveform) -> Made:
    samples, sent = _in_turn(pictures[0], waveform)
    spec = replace(preset("desk"), snr_db=20.0, interference_db=6.0, interference_centre=0.12)
    return Made(_over(samples, spec, waveform, 6), tuple(sent))


SITUATIONS: dict[str, Situation] = {
    "clean": Situation("Both pictures over a wire: no noise, no offset, nothing.", _clean),
    "desk": Situation("Both pictures over the channel `desk` at 20 dB.", _desk),
    "room-drop": Situation(
        "The first picture over `room` at 15 dB; 1,024 samples are missing in the middle of its second frame.",
        _room,
    ),
    "overlap": Situation(
        "The first picture, and, from the middle of its first frame on, a frame of the second one that is 15 dB louder "
        "and 2 kHz lower. White noise, 30 dB below the louder frame.",
        _overlap,
    ),
    "noise": Situation("Nothing but noise.", _noise),
    "cut": Situation("The first picture over `desk` at 20 dB; the recording begins within its first frame.", _cut),
    "interferer": Situation(
        "The first picture over `desk` at 20 dB, with an interferer 160 kHz wide, 6 dB above the signal's density.",
        _interferer,
    ),
}
