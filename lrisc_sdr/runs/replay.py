# SPDX-License-Identifier: MIT
"""A recorded capture through a receiver and the decoder.

receiver process                              decoder process
capture ─► replay flowgraph  ══ZeroMQ══►  pictures
           or plain receiver
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from lrisc_sdr.capture import Capture
from lrisc_sdr.errors import InvalidCapture
from lrisc_sdr.pictures import save_png
from lrisc_sdr.runs.decoding import FLOWGRAPH, STALL_S, Decoding, ReceiverCommand
from lrisc_sdr.runs.folder import RunFolder
from lrisc_sdr.runs.measuring import DECODED
from lrisc_sdr.runs.progress import Progress
from lrisc_sdr.runs.received import report_received
from lrisc_sdr.runs.report import Report
from lrisc_sdr.runs.results import write_run
from lrisc_sdr.runs.settings import as_toml
from lrisc_sdr.runs.sources import Source

PLAIN_RECEIVER = "lrisc_sdr.runs.plain_receiver"
STAGE = "receiving and decoding"
NO_SOURCE = "the capture has no source picture: name it with --source"


@dataclass(frozen=True)
class ReplaySettings:
    """How a capture is received and decoded.

    Attributes:
        capture: the recording.
        waveform: name of the waveform preset that it was sent with.
        model: name or folder of the model.
        steps: diffusion steps.
        gnuradio: whether GNU Radio's replay flowgraph receives it, or the plain receiver.
    """

    capture: Path
    waveform: str
    model: str
    steps: int
    gnuradio: bool


def replay(
    settings: ReplaySettings, capture: Capture, sources: Sequence[Source], run: RunFolder, progress: Progress
) -> Report:
    """Receive and decode a capture and fill the run's folder, which is not yet published.

    Args:
        sources: the pictures that were sent, in the order in which they were, as far as known.

    Raises:
        InvalidCapture: there is no burst of this waveform in it.
        LriscError: a process or a source picture failed.
    """
    for source in sources:
        save_png(run.folder("source") / f"{source.stem}.png", source.load())
    with (
        tempfile.TemporaryDirectory(prefix="lrisc-") as temporary,
        Decoding(settings.model, settings.steps, run.folder(DECODED), Path(temporary)) as decoding,
    ):
        (model_id, *_) = decoding.wait_until_ready()
        progress(STAGE, 0, None)
        receiver = decoding.receive(_command(settings), lambda _: progress(STAGE, len(decoding.results), None))
    if not decoding.results:
        raise InvalidCapture(
            f"{settings.capture} has no burst of waveform {settings.waveform} in its {capture.n_samples} samples: "
            "check --waveform, or record it again at a higher level"
        )
    results = [result for _, result in sorted(decoding.results.items())]
    report = report_received(run, results, sources, receiver, model_id, NO_SOURCE)
    write_run(run, report, as_toml(replay=settings))
    return report


def _command(settings: ReplaySettings) -> ReceiverCommand:
    options = (f"--capture={settings.capture}", f"--waveform={settings.waveform}")
    if settings.gnuradio:
        return ReceiverCommand("flowgraph", FLOWGRAPH, ("replay", *options, f"--stall-s={STALL_S}"))
    return ReceiverCommand("receiver", PLAIN_RECEIVER, options)
