# SPDX-License-Identifier: MIT
"""The plots of the physical layer."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from benchmarks import plots
from benchmarks.plots import Panel, Plot

_SNR = "Es/N0 per carrier [dB]"
_BIAS = Panel("bias [dB]", limits=(-0.1, 0.1), low=-1.0, high=1.0)
_SPREAD = Panel("mean-square error over its bound", log=True, limits=(1.0, 1.2), low=0.5, high=30.0)

PLOTS: dict[str, Plot] = {
    "speed": Plot(
        "Samples per second of one thread",
        "points of the transform",
        {"": Panel("Msps"), "frames": Panel("Msps", log=True)},
        bars=True,
    ),
    "detection": Plot(
        "Frames found and read, 256 points",
        _SNR,
        {"detected": Panel("share of frames", limits=(0.9, 0.99)), "delivered": Panel("share of frames")},
    ),
    "header": Plot(
        "Header errors among detected frames",
        _SNR,
        {"": Panel("share of headers", log=True, limits=(1e-3,), low=1e-5, high=1.0)},
    ),
    "cfo": Plot("Carrier frequency offset, frames of 2,000 symbols", _SNR, {"": Panel("rms error [Hz]", log=True)}),
    "snr": Plot(
        "Estimate of Es/N0, frames of 2,000 symbols",
        _SNR,
        {
            "bias, flat": _BIAS,
            "mean-square error, flat": _SPREAD,
            "bias, 8 taps": _BIAS,
            "mean-square error, 8 taps": _SPREAD,
        },
    ),
    "noise-variance": Plot(
        "Calibration of noise_var",
        _SNR,
        {"": Panel("mean of |ŝ−s|² / noise_var", limits=(0.95, 1.0, 1.05), low=0.8, high=1.2)},
    ),
    "latents": Plot(
        "Loss of the latents' SNR against perfect knowledge",
        _SNR,
        {"": Panel("loss [dB]", limits=(0.0, 0.5), low=-0.1, high=2.0)},
    ),
    "interferer": Plot(
        "Loss of the other carriers beside an interferer", _SNR, {"": Panel("loss [dB]", limits=(0.0, 0.5))}
    ),
    "clipping": Plot(
        "Clipping at the transmitter, 256 points",
        "level over the mean power [dB]",
        {
            "distortion": Panel("signal over distortion [dB]"),
            "peaks": Panel("share of OFDM symbols with a higher peak", log=True),
        },
    ),
    "memory": Plot("Resident set of one receiver", "stream [s]", {"": Panel("MiB", low=0.0)}),
}


def draw(document: Mapping[str, Any], folder: Path) -> list[Path]:
    """Draw every plot of which the document has curves, as `benchmarks.plots.draw` does."""
    return plots.draw(document, folder, PLOTS)
