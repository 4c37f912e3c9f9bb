# SPDX-License-Identifier: MIT
"""`lrisc tx --duplex`: one radio that sends pictures and receives them, decoded and measured.

this process                                receiver process            decoder process
pictures ─► frames ─► guard ─► radio  ≈≈►  radio ─► receiver  ══ZeroMQ══► pictures
    ▲                                                                        │
    └────────────── metrics, run folder ◄─────────── results, reports ◄──────┘

With GNU Radio both ways are in one flowgraph.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr.errors import ConfigurationError
from lrisc_sdr.link.messages import ChannelReport
from lrisc_sdr.radio.settings import RadioConfig
from lrisc_sdr.runs.back_channel import REPORT_S
from lrisc_sdr.runs.decoding import FLOWGRAPH, Decoding
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.graph_transmitting import GraphTransmission, radio_toml
from lrisc_sdr.runs.measuring import DECODED, measure_result
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.receiving import RECEIVER, radio_totals
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.results import add_result, receiver_totals, write_run
from lrisc_sdr.runs.sending import Sending
from lrisc_sdr.runs.settings import as_toml
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.runs.transmitting import Transmission, transmit
from lrisc_sdr.runs.versions import versions
from lrisc_sdr.runs.watched_decoder import ReceiverCommand
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.waveform import Waveform

# What is still on its way when the last sample was handed over: buffers, and the receiver's work.
TAIL_S = 1.5


@dataclass(frozen=True)
class DuplexSettings:
    """What a run with one radio was asked for.

    Attributes:
        model: name or folder of the model.
        waveform: name of a waveform preset.
        cbr: channel uses over source values that a picture may take.
        told_snr_db: Es/N0 that the encoder is told of the first picture, and without a closed loop of all `[dB]`.
        sampling: how the decoder makes pictures.
        closed_loop: the others' encoders are told what was measured of the picture before.
        snr_margin_db: by how much less than measured they are told `[dB]`.
        refine: gradient steps by which the transmitter refines a picture's symbols.
    """

    model: str
    waveform: str
    cbr: float
    told_snr_db: float
    sampling: Sampling
    closed_loop: bool
    snr_margin_db: float
    refine: int


def duplex(
    sources: Sequence[Source],
    settings: DuplexSettings,
    config: RadioConfig,
    way: Transmission,
    sending: Sending,
    waveform: Waveform,
    run: RunFolder,
    progress: Progress,
    model_id: str,
) -> Report:
    """Send pictures and receive them with the same radio, and fill the run's folder, which is not yet published.

    Raises:
        ConfigurationError: a radio with one direction at a time, or a closed loop within one flowgraph.
        LriscError: a picture or a setting is wrong, the guard refuses, a process failed, or the radio is lost.
    """
    if config.radio == "file":
        raise ConfigurationError("a recording has one direction: --duplex needs a radio")
    in_graph = isinstance(way, GraphTransmission)
    if in_graph and settings.closed_loop:
        raise ConfigurationError("one flowgraph sends all pictures at once: use --closed-loop with --engine plain")
    if config.radio == "loopback" and not in_graph:
        raise ConfigurationError("the simulated channel is within one process: use --engine gnuradio, or lrisc loop")
    with (
        tempfile.TemporaryDirectory(prefix="lrisc-") as temporary,
        Decoding(settings.model, settings.sampling, run.folder(DECODED), Path(temporary)) as decoding,
    ):
        place = Path(temporary)

        def send(poll: Callable[[], None], listening: Callable[[], bool]) -> None:
            while not listening():
                poll()

            def hear(picture_id: int) -> ChannelReport | None:
                end_s = time.monotonic() + REPORT_S
                while picture_id not in decoding.channel_reports and time.monotonic() < end_s:
                    poll()
                return decoding.channel_reports.get(picture_id)

            def watched(stage: str, done: int, total: int | None) -> None:
                poll()
                progress(stage, done, total)

            transmit(sources, sending, waveform, way, watched, hear if settings.closed_loop else None,
                     settings.snr_margin_db)  # fmt: skip
            end_s = time.monotonic() + TAIL_S
            while time.monotonic() < end_s:
                poll()

        decoding.wait_until_ready()
        if isinstance(way, GraphTransmission):
            groups = itertools.groupby(sending.frames(sources), lambda frame: frame.header.picture_id)
            arguments = way.arguments([list(group) for _, group in groups], place)
            command = ReceiverCommand("flowgraph", FLOWGRAPH, ("duplex", *arguments))
            receiver = decoding.receive(command, lambda _: progress("receiving", len(decoding.results), len(sources)))
        else:
            file = place / "radio.toml"
            file.write_text(radio_toml(config), encoding="utf-8")
            command = ReceiverCommand(
                "receiver", RECEIVER, (f"--config={file}", f"--waveform={settings.waveform}", "--progress")
            )
            receiver = decoding.receive(command, lambda _: None, meanwhile=send)
    report = Report([], versions=versions(model_id, receiver.get("gnuradio")))
    report.extra_totals = receiver_totals(receiver) | radio_totals(receiver)
    for sent in sending.sent:
        progress("measuring", len(report.rows), len(sources))
        row = sent.row(waveform)
        report.rows.append(row)
        result = decoding.results.get(sent.picture_id)
        add_result(report, row, result, receiver["pictures"].get(str(sent.picture_id), {}))
        if result is not None and result.ok:
            measure_result(run, report, row, result, sent.source.stem, sent.region)
    report.note("snr_db_true", "nobody knows it of a radio's channel")
    write_run(run, report, as_toml(duplex=settings, radio=config))
    return report
