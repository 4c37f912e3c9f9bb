# SPDX-License-Identifier: GPL-3.0-or-later
"""A graph with windows, in a process of its own and without a display: it runs, and it fails loudly."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("gnuradio")
pytest.importorskip("PyQt5", reason="the distribution's python3-pyqt5 comes with GNU Radio's windows")

from lrisc_sdr.blocks import graphs
from lrisc_sdr.framing_file import write_frames
from lrisc_sdr.types import Frame, FrameHeader

# Closes the box of the fault as a user would, or the window after some frames; prints what was seen.
PROGRAM = """
import sys
from PyQt5 import QtCore, QtWidgets
from lrisc_sdr.blocks import graphs

module = graphs.load("loopback_qt")
made, turns = [], [0]

def look():
    turns[0] += 1
    for box in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(box, QtWidgets.QMessageBox):
            print("box:", box.text(), flush=True)
            box.done(0)
            return
    for window in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(window, module.loopback_qt) and window.isVisible():
            frames = sum(row["frames_received"] for row in window.ofdm_receiver.report()["pictures"].values())
            if frames > 6 or turns[0] > 600:
                print("frames:", frames, flush=True)
                window.close()

class Watched(module.loopback_qt):
    def __init__(self, **parameters):
        module.loopback_qt.__init__(self, **parameters)
        self.looking = QtCore.QTimer()
        self.looking.timeout.connect(look)
        self.looking.start(100)

Watched.__name__ = "loopback_qt"
module.main(Watched)
"""


def run(frames: Path, tmp_path: Path) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"QT_QPA_PLATFORM": "offscreen", "XDG_CONFIG_HOME": str(tmp_path)}
    command = [sys.executable, "-c", PROGRAM, "--frames", str(frames), "--play-sps", "4M"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)


def test_frames_arrive_again_and_again(tmp_path: Path) -> None:
    rng = np.random.default_rng(1)
    symbols = (rng.normal(size=3000) + 1j * rng.normal(size=3000)).astype(np.complex64) / np.float32(np.sqrt(2))
    path = tmp_path / "picture.frames"
    write_frames(path, [Frame(FrameHeader(7, index, 2, 3000, 40, 4), symbols) for index in range(2)])
    done = run(path, tmp_path)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout.rpartition("frames:")[2].split()[0]) > 6


def test_a_block_that_fails_tells_so_and_closes_the_window(tmp_path: Path) -> None:
    done = run(tmp_path / "none.frames", tmp_path)
    assert done.returncode == 0
    assert "box: block frame_source: none.frames is not a file that can be read" in done.stdout
    assert "block frame_source: none.frames" in done.stderr


def test_graphs_with_windows_are_not_run_without_them() -> None:
    assert not set(graphs.WINDOWED) & set(graphs.GRAPHS)
