# SPDX-License-Identifier: GPL-3.0-or-later
"""The recordings in captures/ through GNU Radio: the plain receiver's frames, bit for bit in the symbols."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("sigmf")

from gnuradio import gr

from lrisc_sdr import phy
from lrisc_sdr.blocks.capture_source import CaptureSource
from lrisc_sdr.blocks.frame_log import FrameLog
from lrisc_sdr.blocks.guard import supervise
from lrisc_sdr.blocks.receiver import Receiver
from lrisc_sdr.capture import open_capture
from lrisc_sdr.capture.annotations import frame_annotation
from lrisc_sdr.capture.frame_log import read_frame_log
from lrisc_sdr.runs.remaking import read_expected
from lrisc_sdr.waveform import waveform

FOLDER = Path(__file__).resolve().parents[2] / "captures"


@pytest.mark.parametrize("name", sorted(path.stem for path in FOLDER.glob("*.sigmf-meta")))
def test_a_replayed_capture_gives_exactly_its_frames(name: str, tmp_path: Path) -> None:
    graph = gr.top_block("test")
    graph.source = CaptureSource(str(FOLDER / name))
    graph.receiver, graph.log = Receiver("pluto256"), FrameLog(str(tmp_path / "log"))
    graph.connect(graph.source, graph.receiver)
    graph.msg_connect((graph.receiver, "frames"), (graph.log, "frames"))
    graph.start()
    supervise(graph)
    found = read_frame_log(tmp_path / "log")
    plain = phy.receive(open_capture(FOLDER / name).samples(), waveform("pluto256"))
    expected = [frame_annotation(frame, waveform("pluto256")) for frame in plain]
    for one in (*found, *expected):
        # A message's numbers are rounded in their last bit, which may show in the tenth of a hertz.
        del one["core:freq_lower_edge"], one["core:freq_upper_edge"]
    # With a digest of every symbol.
    assert found == expected
    wanted = [one for one in read_expected(FOLDER)["captures"][name] if one["result"] != "lost"]
    assert [(one["lrisc:picture_id"], one["lrisc:frame_index"], one["lrisc:result"]) for one in found] == [
        (one["picture_id"], one["index"], one["result"]) for one in wanted
    ]
