# SPDX-License-Identifier: MIT
"""`lrisc rx`: a radio through the receiver and the decoder, for as long as is wanted.

receiver process                          decoder process
radio ─► thread ─► receiver  ══ZeroMQ══►  pictures
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from lrisc_sdr.errors import FramesFailed
from lrisc_sdr.link.messages import Result
from lrisc_sdr.pictures import save_png
from lrisc_sdr.radio.protocol import RadioSettings
from lrisc_sdr.radio.recording import RECORD_TYPE
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.decoding import FLOWGRAPH, Decoding
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.graph_transmitting import radio_toml
from lrisc_sdr.runs.measuring import DECODED
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.received import report_received
from lrisc_sdr.runs.remote_decoder import Remote, RemoteDecoder
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.results import write_run
from lrisc_sdr.runs.settings import as_toml
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.runs.stream_recording import add_recording
from lrisc_sdr.runs.telling import tell_source
from lrisc_sdr.runs.watched_decoder import ReceiverCommand, WatchedDecoder
from lrisc_sdr.sampling import Sampling

RECEIVER = "lrisc_sdr.runs.radio_receiver"
STAGE = "receiving and decoding"
Engine = Literal["plain", "gnuradio"]
ELSEWHERE = "the pictures are in the decoder's folder, not in this run's"
NO_SOURCE = "a radio has no source picture: name it with --source"
RADIO_TOTALS = ("frames_missing", "buffers_dropped", "reconnects")


@dataclass(frozen=True)
class ReceiveSettings:
    """How pictures are received and decoded, and how many.

    Attributes:
        waveform: name of the waveform preset.
        model: name or folder of the model.
        sampling: how the decoder makes pictures.
        pictures: the run ends after so many; None for any number.
        duration_s: the run ends after so long; None for ever `[s]`.
        reconnect_s: how long a lost radio is looked for; GNU Radio does not `[s]`.
        record: the recording that is made of the stream, or None.
        record_type: its data type.
        engine: what moves the samples: this package alone, or GNU Radio.
        bind: the decoder's endpoint where transmitters shall hear what the channel made of their pictures.
        remote: a decoder that runs already, in place of one of this run's own; `model` and `sampling` are its, then.
    """

    waveform: str
    model: str
    sampling: Sampling
    pictures: int | None
    duration_s: float | None
    reconnect_s: float
    record: Path | None = None
    record_type: str = RECORD_TYPE
    engine: Engine = "plain"
    bind: str | None = None
    remote: Remote | None = None


def receive(
    settings: ReceiveSettings, config: RadioConfig, sources: Sequence[Source], run: RunFolder, progress: Progress
) -> Report:
    """Receive, until it is enough or interrupted, and fill the run's folder, which is not yet published.

    Args:
        sources: the pictures that are sent, in the order in which they are, as far as known.

    Raises:
        FramesFailed: no frame of any picture arrived.
        LriscError: a process, the radio or a source picture failed.
    """
    for number, source in enumerate(sources):
        path = run.folder("source") / f"{source.stem}.png"
        save_png(path, source.load())
        tell_source(number, source.name, path)
    results: list[Result] = []

    def keep(result: Result) -> None:
        # A stray frame may have failed under the number of a picture that was whole.
        results[:] = [old for old in results if old.ok or old.picture_id != result.picture_id]
        results.append(result)
        progress(STAGE, len(results), settings.pictures)

    with (
        tempfile.TemporaryDirectory(prefix="lrisc-") as temporary,
        _decoder(settings, run, Path(temporary)) as decoding,
    ):
        (model_id, *_) = decoding.wait_until_ready()
        progress(STAGE, 0, settings.pictures)
        file = Path(temporary) / "radio.toml"
        file.write_text(radio_toml(config), encoding="utf-8")
        receiver = decoding.receive(_command(settings, file), keep, until_interrupted=True)
    if not results:
        raise FramesFailed(
            f"no frame of waveform {settings.waveform} in {receiver['samples_received']} samples from the radio "
            f"{config.radio} {config.uri}: check frequency, gain and waveform, and that somebody transmits"
            + (f"; what was received is in {settings.record}" if receiver.get("recording", {}).get("path") else "")
        )
    here = settings.remote is None
    report = report_received(run, results, sources, receiver, model_id, NO_SOURCE if here else ELSEWHERE, here=here)
    settings = replace(settings, model=settings.model if here else model_id)
    report.extra_totals |= radio_totals(receiver)
    add_recording(report, receiver.get("recording"))
    read_back = RadioSettings(**receiver["read_back"])
    write_run(run, report, as_toml(receive=settings, radio=config, radio_read_back=read_back))
    return report


def _decoder(settings: ReceiveSettings, run: RunFolder, workplace: Path) -> WatchedDecoder:
    folder = run.folder(DECODED)
    if settings.remote is not None:
        return RemoteDecoder(settings.remote, workplace)
    return Decoding(settings.model, settings.sampling, folder, workplace, settings.bind)


def radio_totals(receiver: dict[str, Any]) -> dict[str, float | int | str | None]:
    """The radio's own counters, for the totals."""
    return {name: receiver.get(name) for name in RADIO_TOTALS}


def _command(settings: ReceiveSettings, config: Path) -> ReceiverCommand:
    if settings.engine == "gnuradio":
        return _graph(settings, config)
    options: dict[str, object] = {
        "config": config,
        "waveform": settings.waveform,
        "pictures": settings.pictures,
        "duration-s": settings.duration_s,
        "reconnect-s": settings.reconnect_s,
        "record": settings.record,
        "record-type": settings.record_type,
    }
    arguments = tuple(f"--{name}={value}" for name, value in options.items() if value is not None)
    return ReceiverCommand("receiver", RECEIVER, arguments)


def _graph(settings: ReceiveSettings, config: Path) -> ReceiverCommand:
    options: dict[str, object] = {
        "radio": config,
        "waveform": settings.waveform,
        "pictures": settings.pictures,
        "duration-s": settings.duration_s,
        "record": settings.record,
        "record-type": settings.record_type,
    }
    arguments = tuple(f"--{name}={value}" for name, value in options.items() if value is not None)
    return ReceiverCommand("flowgraph", FLOWGRAPH, ("receive", "--in-order", *arguments))
