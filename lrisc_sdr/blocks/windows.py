# SPDX-License-Identifier: GPL-3.0-or-later
"""A flow graph with windows that fails loudly.

`supervise` would hold up the windows' own loop; `watch` looks at the blocks from that loop, tells of the first fault in
a box and on stderr, and closes the graph when the box is closed.
"""

from __future__ import annotations

import sys

from gnuradio import gr
from PyQt5 import QtCore, QtWidgets

from lrisc_sdr.blocks.guard import blocks_of, first_fault

LOOK_MS = 200


def watch(top_block: gr.top_block) -> None:
    """Watch a started graph whose top block is a Qt widget; returns at once."""
    blocks = blocks_of(top_block)
    timer = QtCore.QTimer(top_block)

    def look() -> None:
        error = first_fault(blocks)
        if error is None:
            return
        timer.stop()
        sys.stderr.write(f"{error}\n")
        box = QtWidgets.QMessageBox(
            QtWidgets.QMessageBox.Critical, top_block.windowTitle(), str(error), QtWidgets.QMessageBox.Close, top_block
        )
        box.finished.connect(lambda _: top_block.close())
        box.open()

    timer.timeout.connect(look)
    timer.start(LOOK_MS)
