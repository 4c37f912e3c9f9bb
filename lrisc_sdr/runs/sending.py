# SPDX-License-Identifier: MIT
"""From pictures to frames: what a transmitter does before the first burst."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr import framing
from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.regions import Region
from lrisc_sdr.runs.report import PictureRow
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.types import ByteArray, Frame, Latents, Mode
from lrisc_sdr.waveform import Waveform


class Encoder(Protocol):
    """What a run needs of an encoder; `lrisc_sdr.codec.Codec` is one."""

    @property
    def model_id(self) -> str: ...

    def encode(
        self,
        image: ByteArray,
        snr_db: float,
        budget: Callable[[int], int],
        roi: NDArray[np.bool_] | None = None,
        mode: Mode = "adaptive",
    ) -> Latents: ...


@dataclass(frozen=True)
class SentPicture:
    """What the transmitter knows of a picture.

    Attributes:
        picture_id: the number in its frames' headers.
        snr_db_told: Es/N0 that the encoder was told `[dB]`.
        region: region of interest, bool `[height, width]`, or None.
        n_frames: frames it was cut into.
        air_samples: samples of all its bursts.
        encode_s: wall time of the encoder `[s]`.
        cbr_payload, cbr_frame, cbr_air: complex channel uses over source values, three ways of counting.
    """

    picture_id: int
    source: Source
    snr_db_told: float
    region: NDArray[np.bool_] | None
    height: int
    width: int
    n_frames: int
    air_samples: int
    encode_s: float
    cbr_payload: float
    cbr_frame: float
    cbr_air: float

    def row(self, waveform: Waveform) -> PictureRow:
        """The picture's row of a report, as far as its transmitter can fill it in."""
        return PictureRow(
            name=self.source.name,
            height=self.height,
            width=self.width,
            frames_sent=self.n_frames,
            snr_db_told=self.snr_db_told,
            cbr_payload=self.cbr_payload,
            cbr_frame=self.cbr_frame,
            cbr_air=self.cbr_air,
            encode_s=self.encode_s,
            air_s=self.air_samples / waveform.rate_sps,
        )


class Sending:
    """Encodes pictures one after the other; only one is in memory at a time.

    Args:
        encoder: the network.
        waveform: what the bursts will be sent on.
        cbr: what a picture may take, headers and side information included.
        snr_db: Es/N0 that the encoder is told `[dB]`.
        on_picture: called with every picture before it is encoded.
        region: region of interest of every picture, or None.
        mode: how the encoder chooses rates.

    Attributes:
        waveform: as the argument.
        snr_db: as the argument; may be changed between two pictures.
        sent: what is known of the pictures sent so far.
        over_budget: names of those that are too small for their own headers at this rate.
    """

    def __init__(
        self,
        encoder: Encoder,
        waveform: Waveform,
        cbr: float,
        snr_db: float,
        on_picture: Callable[[Source, ByteArray], None],
        region: Region | None = None,
        mode: Mode = "adaptive",
    ) -> None:
        self._encoder = encoder
        self.waveform = waveform
        self._cbr = cbr
        self.snr_db = snr_db
        self._on_picture = on_picture
        self._region = region
        self._mode: Mode = mode
        self.sent: list[SentPicture] = []
        self.over_budget: list[str] = []

    def frames(self, sources: Sequence[Source]) -> Iterator[Frame]:
        """The frames of all pictures, in order; `sent` grows with every picture.

        Raises:
            InvalidPicture: a source is no picture.
            ConfigurationError: a picture cannot be sent at this rate; the message names it.
        """
        for picture_id, source in enumerate(sources, start=len(self.sent)):
            image = source.load()
            self._on_picture(source, image)
            try:
                yield from self._encode(picture_id, source, image)
            except ConfigurationError as error:
                raise ConfigurationError(f"{source.name}: {error}") from error

    def _encode(self, picture_id: int, source: Source, image: ByteArray) -> list[Frame]:
        height, width = image.shape[:2]
        snr_db = self.snr_db
        region = None if self._region is None else self._region.mask(height, width)
        started = time.perf_counter()

        def plan(rate_map_bytes: int) -> framing.FramePlan:
            return framing.plan(height, width, self._cbr, rate_map_bytes, snr_db)

        latents = self._encoder.encode(image, snr_db, lambda n_bytes: plan(n_bytes).payload_symbols, region, self._mode)
        frames = framing.segment(latents, picture_id, snr_db)
        if plan(len(latents.rate_map)).over_budget:
            self.over_budget.append(source.name)
        air_samples = sum(self.waveform.air_symbols(frame.header.n_symbols) for frame in frames)
        self.sent.append(
            SentPicture(
                picture_id=picture_id,
                source=source,
                snr_db_told=snr_db,
                region=region,
                height=height,
                width=width,
                n_frames=len(frames),
                air_samples=air_samples,
                encode_s=time.perf_counter() - started,
                cbr_payload=framing.cbr_payload(latents.symbols.size, height, width),
                cbr_frame=framing.cbr_frame(frames, height, width),
                cbr_air=framing.cbr_air(air_samples, height, width),
            )
        )
        return frames
