# SPDX-License-Identifier: MIT
"""What `lrisc check` finds in a capture: its frames, how far they came, and what is told of it as JSON."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from lrisc_sdr.capture import Capture
from lrisc_sdr.capture.levels import Levels
from lrisc_sdr.capture.spectrogram import Spectrogram
from lrisc_sdr.waveform import Waveform


@dataclass(frozen=True)
class Found:
    """A frame in a capture.

    Attributes:
        start: its first sample, at the waveform's rate.
        n_samples: its length there.
        picture_id: of its picture.
        index: its place in the picture, from 0.
        count: frames of that picture.
        snr_db: estimated Es/N0 `[dB]`.
        cfo_hz: carrier frequency offset `[Hz]`.
        evm_db: of the pilots `[dB]`.
        result: `whole`, or `interrupted` by a gap or another burst.
    """

    start: int
    n_samples: int
    picture_id: int
    index: int
    count: int
    snr_db: float
    cfo_hz: float
    evm_db: float
    result: str


@dataclass(frozen=True)
class Funnel:
    """How far the frames came.

    Attributes:
        detected: preambles found and verified.
        header_ok: of these, with a header whose CRC was right.
        payload_ok: frames received whole.
        interrupted: frames of which symbols were lost.
        cut: frames that the end of the capture, or of a place that was looked at, cut off.
        pictures_whole: pictures of which all frames came.
        pictures_partial: pictures that can be decoded with what came.
        pictures_lost: pictures whose side information did not come.
    """

    detected: int = 0
    header_ok: int = 0
    payload_ok: int = 0
    interrupted: int = 0
    cut: int = 0
    pictures_whole: int = 0
    pictures_partial: int = 0
    pictures_lost: int = 0


@dataclass(frozen=True)
class Findings:
    """What is in a capture.

    Attributes:
        capture: at its own rate.
        places: what was looked at, first sample and the one behind the last.
        levels: of the samples as they are stored.
        spectrogram: of the places one after the other.
        waveform: the one that the frames have; None where none was found.
        frames: the first 10,000, in the order in which they end.
        funnel: counts of all.
    """

    capture: Capture
    places: tuple[tuple[int, int], ...]
    levels: Levels
    spectrogram: Spectrogram
    waveform: Waveform | None
    frames: tuple[Found, ...]
    funnel: Funnel

    @property
    def looked_share(self) -> float:
        """Share of the samples that were looked at."""
        return sum(stop - start for start, stop in self.places) / self.capture.n_samples

    def document(self) -> dict[str, Any]:
        """Everything but the spectrogram, for JSON."""
        capture, band = self.capture, self.spectrogram.occupied_hz()
        return {
            "capture": str(capture.path),
            "datatype": capture.datatype,
            "n_samples": capture.n_samples,
            "rate_sps": capture.rate_sps,
            "duration_s": capture.n_samples / capture.rate_sps,
            "frequency_hz": capture.frequency_hz,
            "description": capture.description or None,
            "segments": len(capture.segments),
            "gaps": [{"start": start, "samples_lost": lost} for start, lost in capture.gaps()],
            "annotations": len(capture.annotations),
            "looked_share": self.looked_share,
            "places": [list(place) for place in self.places],
            "levels": asdict(self.levels),
            "occupied_hz": None if band is None else list(band),
            "waveform": None if self.waveform is None else self.waveform.name,
            "waveform_rate_sps": None if self.waveform is None else self.waveform.rate_sps,
            "funnel": asdict(self.funnel),
            "frames": [asdict(frame) for frame in self.frames],
        }
