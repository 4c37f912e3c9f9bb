# SPDX-License-Identifier: GPL-3.0-or-later
"""GNU Radio's Pluto source against a virtual Pluto.

The radio is in a process of its own: GNU Radio's constructors keep Python's lock while they wait for its answers.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator

import numpy as np
import pytest

pytest.importorskip("gnuradio.iio", reason="GNU Radio with gr-iio is not installed")

from gnuradio import blocks, gr, iio

from lrisc_sdr.blocks.streamed import kept
from lrisc_sdr.virtual_pluto.settings import VirtualSettings

SNR_DB = 10.0


@pytest.fixture
def uri() -> Iterator[str]:
    words = ["virtual-pluto", "--port", "0", "--snr-db", str(SNR_DB), "--json"]
    with subprocess.Popen([sys.executable, "-m", "lrisc_sdr.cli", *words], stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["uris"][0]
        process.kill()


def test_the_source_receives_at_the_gain_and_rate_it_set(uri: str, tool: Callable[..., bytes]) -> None:
    graph = gr.top_block()
    source = kept(iio.fmcomms2_source_fc32(uri, [True, True], 32768))
    source.set_frequency(2_400_000_000)
    source.set_samplerate(4_000_000)
    source.set_gain_mode(0, "manual")
    source.set_gain(0, 50)
    head = blocks.head(gr.sizeof_gr_complex, 1 << 17)
    sink = blocks.vector_sink_c()
    graph.connect(source, head, sink)
    graph.run()
    samples = np.array(sink.data())[1 << 16 :]  # the first two buffers are left from before
    settings = VirtualSettings()
    noise = settings.noise_var(SNR_DB) * 10.0 ** ((50.0 - settings.reference_gain_db - 12.0) / 10.0)
    assert np.mean(np.abs(samples) ** 2) == pytest.approx(noise, rel=0.05)
    assert tool("iio_attr", "-u", uri, "-i", "-c", "ad9361-phy", "voltage0", "sampling_frequency").strip() == b"4000000"
