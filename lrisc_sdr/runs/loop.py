# SPDX-License-Identifier: MIT
"""A whole link on one machine: encode, send through the loopback flowgraph, decode, measure.

this process          flowgraph process                             decoder process
pictures ─► frames ══file══► transmitter ─► channel ─► receiver ══ZeroMQ══► pictures
    ▲                                                                          │
    └─────────────── metrics, run folder ◄──────── results, reports ◄──────────┘

In a closed loop the pictures go one after the other, and what the receiver measured of one is what the encoder of the
next is told.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from lrisc_sdr.capture.live import require_free
from lrisc_sdr.channel import Channel, ChannelSpec
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.pictures import save_png
from lrisc_sdr.regions import Region
from lrisc_sdr.runs.closed_loop import merged, next_snr_db
from lrisc_sdr.runs.decoding import FLOWGRAPH, STALL_S, Decoding
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.measuring import DECODED, measure_result
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.results import add_result, receiver_totals, write_run
from lrisc_sdr.runs.sending import Encoder, Sending
from lrisc_sdr.runs.settings import LinkSettings, as_toml
from lrisc_sdr.runs.sources import Source
from lrisc_sdr.runs.stream_recording import add_recording, merged_recordings
from lrisc_sdr.runs.telling import tell_source
from lrisc_sdr.runs.versions import versions
from lrisc_sdr.runs.watched_decoder import ReceiverCommand
from lrisc_sdr.types import ByteArray
from lrisc_sdr.waveform import Waveform, waveform


def loop(
    sources: Sequence[Source],
    settings: LinkSettings,
    spec: ChannelSpec,
    encoder: Encoder,
    run: RunFolder,
    progress: Progress,
) -> Report:
    """Send pictures over the simulated link and fill the run's folder, which is not yet published.

    Raises:
        LriscError: a picture, a setting or a process failed; pictures and frames that the channel destroyed are in the
            report instead.
    """
    chosen = waveform(settings.waveform)
    region = None if settings.roi is None else Region.parse(settings.roi)
    n = len(sources)
    if settings.closed_loop and settings.record is not None:
        for number in range(n):
            require_free(numbered(settings.record, number))
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        workplace = Path(temporary)
        frames = workplace / "run.frames"
        with Decoding(settings.model, settings.sampling, run.folder(DECODED), workplace) as decoding:

            def keep(source: Source, image: ByteArray) -> None:
                decoding.require_alive()
                path = run.folder("source") / f"{source.stem}.png"
                save_png(path, image)
                tell_source(len(sending.sent), source.name, path)
                progress("encoding", len(sending.sent), n)

            sending = Sending(encoder, chosen, settings.cbr, settings.told_snr_db, keep, region, settings.mode)

            def send(some: Sequence[Source], record: Path | None) -> dict[str, Any]:
                command = ReceiverCommand("flowgraph", FLOWGRAPH, _arguments(settings, spec, frames, record))
                write_frames(frames, sending.frames(some))
                decoding.wait_until_ready()
                progress("receiving and decoding", len(decoding.results), n)
                return decoding.receive(command, lambda _: progress("receiving and decoding", len(decoding.results), n))

            if settings.closed_loop:
                parts = []
                for number, source in enumerate(sources):
                    record = None if settings.record is None else numbered(settings.record, number)
                    parts.append(send([source], record))
                    heard = decoding.channel_reports.get(sending.sent[-1].picture_id)
                    sending.snr_db = next_snr_db(heard, settings.snr_margin_db)
                receiver = merged(parts)
                recordings = [part["recording"] for part in parts if "recording" in part]
            else:
                receiver = send(sources, settings.record)
                recordings = [receiver["recording"]] if "recording" in receiver else []
    report = Report([], regional=region is not None, versions=versions(encoder.model_id, receiver.get("gnuradio")))
    report.extra_totals = receiver_totals(receiver)
    add_recording(report, merged_recordings(recordings))
    for name in sending.over_budget:
        report.notes[f"{name}: cbr_frame"] = "the picture is too small for its own headers at this rate"
    snr_db_true = _true_snr_db(spec, chosen, settings.seed)
    if snr_db_true is None:
        report.note("snr_db_true", f"channel {settings.channel} has no noise")
    for sent in sending.sent:
        progress("measuring", len(report.rows), n)
        row = sent.row(chosen)
        row.snr_db_true = snr_db_true
        report.rows.append(row)
        result = decoding.results.get(sent.picture_id)
        add_result(report, row, result, receiver["pictures"].get(str(sent.picture_id), {}))
        if result is not None and result.ok:
            measure_result(run, report, row, result, sent.source.stem, sent.region)
    progress("measuring", n, n)
    write_run(run, report, as_toml(link=settings, channel=spec))
    return report


def numbered(record: Path, number: int) -> Path:
    """Where a closed loop records a picture, which has a recording of its own."""
    return record.with_name(f"{record.name}-{number:04}")


def _arguments(settings: LinkSettings, spec: ChannelSpec, frames: Path, record: Path | None) -> tuple[str, ...]:
    options: dict[str, object] = {
        "frames": frames,
        "waveform": settings.waveform,
        "channel": settings.channel,
        "snr-db": spec.snr_db,
        "seed": settings.seed,
        "record": record,
        "record-type": settings.record_type,
        "stall-s": STALL_S,
    }
    # One word each: a negative number must not look like an option.
    return ("loopback", *(f"--{name}={value}" for name, value in options.items() if value is not None))


def _true_snr_db(spec: ChannelSpec, chosen: Waveform, seed: int) -> float | None:
    """Es/N0 per data carrier with the response that this seed draws, mirror image and clipping as noise `[dB]`."""
    response = Channel(spec, chosen.rate_sps, chosen.noise_var, seed).response(chosen.n_fft)
    return spec.data_snr_db(float(np.mean(np.abs(response[chosen.used_carriers]) ** 2)), chosen.clip_distortion)
