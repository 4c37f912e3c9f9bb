# SPDX-License-Identifier: MIT
"""`lrisc check`: what is in a capture. It is read in chunks; one that is huge is looked at in places."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from lrisc_sdr import phy
from lrisc_sdr.capture import Capture, open_capture
from lrisc_sdr.capture.annotations import INTERRUPTED, WHOLE
from lrisc_sdr.capture.levels import LevelMeter
from lrisc_sdr.capture.spectrogram import Spectrogram, SpectrogramMeter
from lrisc_sdr.framing import Assembler
from lrisc_sdr.runs.findings import Findings, Found, Funnel
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.types import ComplexArray, ReceivedFrame
from lrisc_sdr.waveform import PRESETS, Waveform

CHUNK_SAMPLES = 1 << 18
MAX_SAMPLES = 1 << 26
"""A longer capture is looked at in places, of this many samples together: half a minute's work."""
PLACES = 64
MAX_FRAMES = 10_000
"""Frames that are told one by one."""
STAGE = "looking"


def check(
    path: Path,
    waveform: Waveform | None,
    rate_sps: float | None,
    progress: Progress,
    *,
    whole: bool = False,
) -> Findings:
    """Look at a capture.

    Args:
        path: of any kind that `open_capture` takes.
        waveform: of the frames; None tries that of the capture, or all that fit into its band.
        rate_sps: sampling rate of raw files `[samples/s]`.
        progress: told how many samples were looked at.
        whole: look at all of it, however long that takes.

    Raises:
        InvalidCapture: it is none.
    """
    capture = open_capture(path, rate_sps=rate_sps)
    places = look_at(capture.n_samples, capture.n_samples if whole else MAX_SAMPLES)
    candidates = [waveform] if waveform is not None else _candidates(capture)
    n_samples = sum(stop - start for start, stop in places)
    total = n_samples * (1 + len(candidates))
    meter, spectrogram = LevelMeter(), SpectrogramMeter(n_samples, capture.rate_sps)
    done = 0
    for samples in _samples(capture, places):
        spectrogram.add(samples)
        meter.add(samples)
        done += samples.size
        progress(STAGE, done, total)
    looks = []
    for candidate in candidates:
        tuned = open_capture(path, rate_sps=rate_sps, resample_sps=candidate.rate_sps, verify=False)
        look = _Look(candidate, tuned.rate_sps / capture.rate_sps)
        for start, stop in places:
            look.at(tuned, start, stop)
            done += stop - start
            progress(STAGE, done, total)
        looks.append(look)
    best = max(looks, key=_Look.score, default=None)
    seen = best is not None and best.funnel().detected > 0
    return Findings(
        capture=capture,
        places=places,
        levels=meter.measure(),
        spectrogram=spectrogram.measure(),
        waveform=best.waveform if best is not None and (seen or len(looks) == 1) else None,
        frames=tuple(best.frames) if best is not None else (),
        funnel=best.funnel() if best is not None else Funnel(),
    )


def survey(capture: Capture, progress: Progress) -> Spectrogram:
    """The spectrogram of a capture, of a huge one in places.

    Raises:
        InvalidCapture: it cannot be read.
    """
    places = look_at(capture.n_samples)
    n_samples = sum(stop - start for start, stop in places)
    spectrogram, done = SpectrogramMeter(n_samples, capture.rate_sps), 0
    for samples in _samples(capture, places):
        spectrogram.add(samples)
        done += samples.size
        progress(STAGE, done, n_samples)
    return spectrogram.measure()


def _samples(capture: Capture, places: Iterable[tuple[int, int]]) -> Iterator[ComplexArray]:
    for start, stop in places:
        yield from capture.chunks(CHUNK_SAMPLES, start, stop)


def look_at(n_samples: int, most: int = MAX_SAMPLES) -> tuple[tuple[int, int], ...]:
    """All samples, or, where they are more than `most`, `PLACES` places from the first sample to the last."""
    if n_samples <= most:
        return ((0, n_samples),)
    length = most // PLACES
    starts = [place * (n_samples - length) // (PLACES - 1) for place in range(PLACES)]
    return tuple((start, start + length) for start in starts)


def _candidates(capture: Capture) -> list[Waveform]:
    if capture.waveform is not None and capture.waveform in PRESETS:
        return [PRESETS[capture.waveform]]

    def fits(waveform: Waveform) -> bool:
        return 2 * waveform.edge_carrier / waveform.n_fft * waveform.rate_sps < capture.rate_sps

    return [waveform for waveform in PRESETS.values() if fits(waveform)]


class _Look:
    """One waveform's receiver on the places of a capture."""

    def __init__(self, waveform: Waveform, ratio: float) -> None:
        self.waveform = waveform
        self.frames: list[Found] = []
        self._ratio = ratio
        self._receiver = phy.Receiver(waveform)
        self._assembler = Assembler()

    def at(self, tuned: Capture, start: int, stop: int) -> None:
        """Receive from one sample to another, both at the capture's own rate."""
        first = round(start * self._ratio)
        # The receiver counts what it was given.
        moved = first - self._receiver.counters.samples
        for samples in tuned.stretches(CHUNK_SAMPLES, first, round(stop * self._ratio)):
            self._keep(self._receiver.flush() if samples is None else self._receiver.process(samples), moved)
        self._keep(self._receiver.flush(), moved)

    def score(self) -> tuple[int, int]:
        """Of two waveforms the one with more whole frames was sent, or the one with more right headers."""
        counters = self._receiver.counters
        return counters.payload_ok + counters.interrupted, counters.header_ok

    def funnel(self) -> Funnel:
        """The counts, with the pictures that are not whole yet as they are."""
        self._assembler.flush()
        counters, pictures = self._receiver.counters, self._assembler.counters
        return Funnel(
            counters.detected,
            counters.header_ok,
            counters.payload_ok,
            counters.interrupted,
            counters.cut,
            pictures.complete,
            pictures.partial,
            pictures.lost,
        )

    def _keep(self, frames: list[ReceivedFrame], moved: int) -> None:
        for frame in frames:
            self._assembler.add(frame)
            if len(self.frames) < MAX_FRAMES:
                self.frames.append(self._found(frame, moved))

    def _found(self, frame: ReceivedFrame, moved: int) -> Found:
        header = frame.header
        interrupted = bool((frame.noise_var == float("inf")).any())
        return Found(
            start=max(frame.start_sample + moved, 0),
            n_samples=self.waveform.frame_samples(header.n_symbols),
            picture_id=header.picture_id,
            index=header.index,
            count=header.count,
            snr_db=round(float(frame.snr_db), 3),
            cfo_hz=round(float(frame.cfo_hz), 2),
            evm_db=round(float(frame.evm_db), 3),
            result=INTERRUPTED if interrupted else WHOLE,
        )
