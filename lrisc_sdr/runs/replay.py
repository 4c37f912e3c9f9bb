# SPDX-License-Identifier: MIT
"""Recorded captures through a receiver and the decoder, one after the other.

receiver process                              decoder process
capture ─► replay flowgraph  ══ZeroMQ══►  pictures
           or plain receiver
              └─► what it found, compared with the capture's annotations, or written in their place
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lrisc_sdr.capture import Annotation, Capture
from lrisc_sdr.capture.annotations import SYMBOLS_FIELD, identical, is_frame, placed
from lrisc_sdr.capture.frame_log import read_frame_log
from lrisc_sdr.capture.metadata import Fields
from lrisc_sdr.capture.pacing import Playback
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.link.messages import Result
from lrisc_sdr.pictures import save_png
from lrisc_sdr.runs.annotating import annotate
from lrisc_sdr.runs.closed_loop import merged
from lrisc_sdr.runs.decoding import FLOWGRAPH, STALL_S, Decoding
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.measuring import DECODED
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.received import report_received
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.results import receiver_totals, write_run
from lrisc_sdr.runs.settings import as_toml
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.runs.telling import tell_source
from lrisc_sdr.runs.watched_decoder import ReceiverCommand
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.waveform import waveform

PLAIN_RECEIVER = "lrisc_sdr.runs.plain_receiver"
STAGE = "receiving and decoding"
NO_SOURCE = "the capture has no source picture: name it with --source"


@dataclass(frozen=True)
class ReplaySettings:
    """How captures are received and decoded.

    Attributes:
        captures: the recordings.
        waveform: name of the waveform preset that they were sent with.
        model: name or folder of the model.
        sampling: how the decoder makes pictures.
        gnuradio: whether GNU Radio's replay flowgraph receives them, or the plain receiver.
        rate_sps: sampling rate of raw files; 0 is the waveform's `[samples/s]`.
        from_s, to_s: stretch of each capture; `to_s` 0 is its end `[s]`.
        speed: 1 is real time, 0 is as fast as can be.
        annotate: whether the frames that are found become the captures' annotations.
    """

    captures: tuple[Path, ...]
    waveform: str
    model: str
    sampling: Sampling
    gnuradio: bool
    rate_sps: float = 0.0
    from_s: float = 0.0
    to_s: float = 0.0
    speed: float = 0.0
    annotate: bool = False

    @property
    def playback(self) -> Playback:
        """What is played of each capture, and how fast."""
        return Playback(self.from_s, self.to_s, self.speed)


@dataclass
class _Replayed:
    """One capture's results, the receiver's counters, and the frames that it found."""

    results: list[Result] = field(default_factory=list)
    receiver: dict[str, Any] = field(default_factory=dict)
    frames: list[Fields] = field(default_factory=list)

    def keep(self, result: Result) -> None:
        """Add a result; a stray frame may have failed under the number of a picture that was whole."""
        self.results[:] = [old for old in self.results if old.ok or old.picture_id != result.picture_id]
        self.results.append(result)


def replay(
    settings: ReplaySettings, captures: Sequence[Capture], sources: Sequence[Source], run: RunFolder, progress: Progress
) -> Report:
    """Receive and decode captures and fill the run's folder, which is not yet published.

    Args:
        captures: those of the settings, opened.
        sources: the pictures that were sent, in the order in which they were, as far as known.

    Raises:
        InvalidCapture: there is no burst of this waveform in any of them.
        LriscError: a process or a source picture failed.
    """
    for number, source in enumerate(sources):
        path = run.folder("source") / f"{source.stem}.png"
        save_png(path, source.load())
        tell_source(number, source.name, path)
    replayed: list[_Replayed] = []
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        workplace = Path(temporary)
        with Decoding(settings.model, settings.sampling, run.folder(DECODED), workplace) as decoding:
            (model_id, *_) = decoding.wait_until_ready()
            progress(STAGE, 0, None)
            for path, capture in zip(settings.captures, captures, strict=True):
                one = _Replayed()
                replayed.append(one)
                done = sum(len(other.results) for other in replayed)

                def on_result(result: Result, one: _Replayed = one, done: int = done) -> None:
                    one.keep(result)
                    progress(STAGE, done + len(one.results), None)

                log = workplace / "frames"
                decoding.results.clear()
                one.receiver = decoding.receive(_command(settings, path, log), on_result)
                one.frames = found_frames(capture, settings, log)
    if not any(one.results for one in replayed):
        raise InvalidCapture(
            f"{', '.join(map(str, settings.captures))} {'has' if len(captures) == 1 else 'have'} no burst of waveform "
            f"{settings.waveform} in {sum(capture.n_samples for capture in captures)} samples: check --waveform, or "
            "record it again at a higher level"
        )
    report = _report(settings, captures, replayed, sources, run, model_id)
    write_run(run, report, as_toml(replay=settings))
    if settings.annotate:
        for capture, one in zip(captures, replayed, strict=True):
            annotate(capture, one.frames, settings.playback.span(capture))
    return report


def found_frames(capture: Capture, settings: ReplaySettings, log: Path) -> list[Fields]:
    """The annotations of a receiver's frames, placed in the capture."""
    start, _ = settings.playback.span(capture)
    chosen = waveform(settings.waveform)
    frames = []
    for entry in read_frame_log(log):
        at = start + entry["core:sample_start"]
        frame = placed(entry, chosen, at, capture.segment_at(at).frequency_hz)
        # The last symbol may end in its prefix, and the capture there.
        frame["core:sample_count"] = min(frame["core:sample_count"], capture.n_samples - frame["core:sample_start"])
        frames.append(frame)
    return frames


def _report(
    settings: ReplaySettings,
    captures: Sequence[Capture],
    replayed: Sequence[_Replayed],
    sources: Sequence[Source],
    run: RunFolder,
    model_id: str,
) -> Report:
    parts = [
        report_received(run, one.results, sources, one.receiver, model_id, NO_SOURCE) for one in replayed if one.results
    ]
    report = parts[0]
    for part in parts[1:]:
        report.rows += part.rows
        report.failed += part.failed
        report.notes |= part.notes
    report.extra_totals = receiver_totals(merged([one.receiver for one in replayed]))
    recorded = same = 0
    for path, capture, one in zip(settings.captures, captures, replayed, strict=True):
        if not one.results:
            report.note(str(path), f"no burst of waveform {settings.waveform}: check --waveform")
        known = recorded_frames(capture, settings)
        recorded += len(known)
        same += identical(known, one.frames)
    report.extra_totals |= {"frames_annotated": recorded, "frames_identical": same}
    if same < recorded:
        report.note("frames_identical", _why_not_identical(settings, captures))
    return report


def recorded_frames(capture: Capture, settings: ReplaySettings) -> list[Fields]:
    """The frames that the capture's annotations know in the stretch that is played, and that it holds to their ends."""
    if capture.source is not capture.stored:
        return []
    start, stop = settings.playback.span(capture)
    chosen = waveform(settings.waveform)

    def is_cut(entry: Annotation) -> bool:
        # The last symbol may end in its prefix.
        return entry.n_samples + chosen.cp_samples < chosen.frame_samples(int(entry.fields[SYMBOLS_FIELD]))

    return [
        dict(entry.fields)
        for entry in capture.annotations
        if is_frame(entry.fields)
        and not is_cut(entry)
        and start <= entry.start
        and entry.start + entry.n_samples <= stop
    ]


def _why_not_identical(settings: ReplaySettings, captures: Sequence[Capture]) -> str:
    if settings.from_s > 0.0:
        return "the receiver's blocks begin elsewhere: symbols differ in their last bits"
    if any(capture.datatype != "cf32_le" for capture in captures):
        return (
            "the receiver of that time had samples of more bits than the recording: symbols differ in their last bits"
        )
    if any(capture.gaps() for capture in captures):
        return "samples are missing in the recording that its receiver had, or the receivers' versions differ"
    return "recorded by another version, or on another kind of processor"


def _command(settings: ReplaySettings, capture: Path, log: Path) -> ReceiverCommand:
    values: dict[str, object] = {
        "capture": capture,
        "waveform": settings.waveform,
        "rate-sps": settings.rate_sps,
        "from-s": settings.from_s,
        "to-s": settings.to_s,
        "speed": settings.speed,
        "frame-log": log,
    }
    options = tuple(f"--{name}={value}" for name, value in values.items())
    if settings.gnuradio:
        return ReceiverCommand("flowgraph", FLOWGRAPH, ("replay", *options, f"--stall-s={STALL_S}"))
    return ReceiverCommand("receiver", PLAIN_RECEIVER, options)
