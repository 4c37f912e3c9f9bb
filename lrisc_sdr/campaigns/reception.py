# SPDX-License-Identifier: MIT
"""One picture through the modem in this process: the stages of the link without GNU Radio.

latents ─► framing.segment ─► phy.transmit, gaps ─► Channel ─► phy.Receiver ─► framing.Assembler ─► received latents
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from lrisc_sdr import coding, framing, phy
from lrisc_sdr.channel import Channel, ChannelSpec
from lrisc_sdr.types import Frame, Latents, ReceivedFrame, ReceivedLatents
from lrisc_sdr.waveform import Waveform

GAP_SAMPLES = 4096
"""Silence before the first burst and after every burst, as the flowgraph's transmitter has it."""


@dataclass(frozen=True)
class Sent:
    """What went on the air, and its bill.

    Attributes:
        frames: the picture's frames.
        cbr_payload, cbr_frame, cbr_air: channel uses over 3·H·W: latents alone; with headers, side information and
            padding; every sample of the bursts.
        side_share: of all frames' symbols those that the side information takes.
    """

    frames: list[Frame]
    cbr_payload: float
    cbr_frame: float
    cbr_air: float
    side_share: float


@dataclass(frozen=True)
class Reception:
    """What came of it.

    Attributes:
        latents: None where the picture is lost.
        reason: why it is lost.
        frames_received: frames of the picture that arrived.
        snr_db_true: Es/N0 per data carrier with the channel's response, image and clipping as noise `[dB]`.
        modem_s: wall time of transmitter, channel and receiver `[s]`.
    """

    latents: ReceivedLatents | None
    reason: str | None
    frames_received: int
    snr_db_true: float | None
    modem_s: float


def send(latents: Latents, picture_id: int, told_snr_db: float, waveform: Waveform) -> Sent:
    """Cut a picture into frames and draw up the bill.

    Raises:
        ConfigurationError: no plan allows these latents.
    """
    frames = framing.segment(latents, picture_id, told_snr_db)
    size = (latents.height, latents.width)
    air = sum(waveform.air_symbols(frame.header.n_symbols) for frame in frames)
    header = frames[0].header
    side = coding.side_symbols(header.side_bytes, header.side_repetition)
    cbr_frame = framing.cbr_frame(frames, *size)
    return Sent(
        frames=frames,
        cbr_payload=framing.cbr_payload(latents.symbols.size, *size),
        cbr_frame=cbr_frame,
        cbr_air=framing.cbr_air(air, *size),
        side_share=framing.cbr_payload(side, *size) / cbr_frame,
    )


def receive(frames: list[Frame], spec: ChannelSpec, waveform: Waveform, seed: int) -> Reception:
    """Send frames of one picture through a channel and put together what arrives of them."""
    started = time.perf_counter()
    gap = np.zeros(GAP_SAMPLES, dtype=np.complex64)
    bursts = [part for frame in frames for part in (phy.transmit(frame, waveform), gap)]
    channel = Channel(spec, waveform.rate_sps, waveform.noise_var, seed)
    receiver = phy.Receiver(waveform)
    arrived = receiver.process(channel.process(np.concatenate([gap, *bursts])))
    arrived += receiver.process(channel.flush()) + receiver.flush()
    latents, reason = _assemble(arrived, frames[0].header.picture_id)
    own = {frame.header.index for frame in arrived if frame.header.picture_id == frames[0].header.picture_id}
    response = channel.response(waveform.n_fft)[waveform.used_carriers]
    true_db = spec.data_snr_db(float(np.mean(np.abs(response) ** 2)), waveform.clip_distortion)
    return Reception(latents, reason, len(own), true_db, time.perf_counter() - started)


def _assemble(arrived: list[ReceivedFrame], picture_id: int) -> tuple[ReceivedLatents | None, str | None]:
    assembler = framing.Assembler()
    finished = [assembler.add(frame) for frame in arrived] + assembler.flush()
    own = [latents for latents in finished if latents is not None and latents.picture_id == picture_id]
    if own:
        return max(own, key=lambda latents: latents.frames_received), None
    if picture_id in assembler.lost_ids:
        return None, "the side information did not survive the channel"
    return None, "no frame arrived"
