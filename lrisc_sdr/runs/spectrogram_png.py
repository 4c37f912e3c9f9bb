# SPDX-License-Identifier: MIT
"""The spectrogram of a capture as a picture, its frames in boxes."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lrisc_sdr.capture.spectrogram import Spectrogram
from lrisc_sdr.errors import ConfigurationError, MissingExtra
from lrisc_sdr.runs.findings import Findings, Found

BELOW_DB = 6.0
"""Colours run from this much below the noise to the largest value, or over the uppermost `RANGE_DB`."""
RANGE_DB = 60.0
MAX_BOXES = 400
MAX_LABELS = 40
LABEL_SHARE = 0.015
"""Least width of a box with a label, of the whole picture's."""
COLOURS = {"whole": "#ffffff", "interrupted": "#ff9d2e"}


def draw(findings: Findings, path: Path) -> None:
    """Write the spectrogram as a PNG.

    Raises:
        MissingExtra: matplotlib is not installed.
        ConfigurationError: the file cannot be written.
    """
    figure_class, patches = _matplotlib("figure").Figure, _matplotlib("patches")
    figure = figure_class(figsize=(12, 5), dpi=120, layout="constrained")
    axes = figure.add_subplot()
    picture, rate_sps = findings.spectrogram, findings.capture.rate_sps
    unit, scale = ("MHz", 1e-6) if rate_sps >= 1e6 else ("kHz", 1e-3)
    levels, low, high = decibels(picture)
    at = _time_axis(findings)
    extent = (0.0, levels.shape[0], -rate_sps / 2 * scale, rate_sps / 2 * scale)
    image = axes.imshow(
        levels.T,
        origin="lower",
        aspect="auto",
        extent=extent,
        vmin=low,
        vmax=high,
        cmap="viridis",
        interpolation="nearest",
    )
    figure.colorbar(image, ax=axes, label="dBFS, peak in each cell", pad=0.01)
    for frame in findings.frames[:MAX_BOXES]:
        _box(axes, patches, findings, frame, at, scale)
    _ticks(axes, findings, at)
    centre = findings.capture.frequency_hz
    axes.set_ylabel(f"{unit} from {centre * 1e-6:g} MHz" if centre else unit)
    axes.set_title(_title(findings), loc="left", fontsize=10)
    _write(lambda: figure.savefig(path, format="png"), path)


def thumbnail(picture: Spectrogram, path: Path, width: int, height: int) -> None:
    """Write a small picture of a spectrogram, without axes.

    Raises:
        MissingExtra: matplotlib is not installed.
        ConfigurationError: the file cannot be written.
    """
    levels, low, high = decibels(picture)
    columns = _at_most(levels, width)
    rows = _at_most(np.ascontiguousarray(columns.T), height)
    shown = rows[np.arange(height) * rows.shape[0] // height][:, np.arange(width) * rows.shape[1] // width]
    image = _matplotlib("image")
    _write(lambda: image.imsave(path, shown, vmin=low, vmax=high, cmap="viridis", origin="lower", format="png"), path)


def decibels(picture: Spectrogram) -> tuple[NDArray[np.float32], float, float]:
    """Peak powers `[dBFS]`, and the range of the colours."""
    heard = picture.peak[picture.peak > 0.0]
    floor = float(heard.min()) if heard.size else 1e-12
    levels: NDArray[np.float32] = 10.0 * np.log10(np.maximum(picture.peak, floor))
    middle = float(np.median(10.0 * np.log10(heard))) if heard.size else -120.0
    quiet = float(np.percentile(levels, 20)) if heard.size else middle
    high = float(levels.max())
    low = max(min(quiet, middle) - BELOW_DB, high - RANGE_DB)
    return levels, low, max(high, low + 10.0)


def _at_most(values: NDArray[np.float32], count: int) -> NDArray[np.float32]:
    """The largest values of `count` groups of rows."""
    if values.shape[0] <= count:
        return values
    begins = np.arange(count) * values.shape[0] // count
    grouped: NDArray[np.float32] = np.maximum.reduceat(values, begins, axis=0)
    return grouped


def _time_axis(findings: Findings) -> Callable[[float], float | None]:
    """Where a time lies among the columns; None where nobody looked `[s] → [columns]`."""
    rate_sps, column = findings.capture.rate_sps, findings.spectrogram.column_samples

    def at(time_s: float) -> float | None:
        before, sample = 0, time_s * rate_sps
        for start, stop in findings.places:
            if start <= sample <= stop:
                return (before + sample - start) / column
            before += stop - start
        return None

    return at


def _box(
    axes: Any, patches: Any, findings: Findings, frame: Found, at: Callable[[float], float | None], scale: float
) -> None:
    waveform = findings.waveform
    assert waveform is not None
    left = at(frame.start / waveform.rate_sps)
    right = at((frame.start + frame.n_samples) / waveform.rate_sps)
    if left is None:
        return
    right = right if right is not None else float(findings.spectrogram.peak.shape[0])
    half_hz = (waveform.edge_carrier + 0.5) * waveform.rate_sps / waveform.n_fft
    corner = (left, (frame.cfo_hz - half_hz) * scale)
    colour = COLOURS[frame.result]
    axes.add_patch(
        patches.Rectangle(corner, right - left, 2 * half_hz * scale, fill=False, edgecolor=colour, linewidth=1.0)
    )
    if len(findings.frames) <= MAX_LABELS and right - left >= LABEL_SHARE * findings.spectrogram.peak.shape[0]:
        label = f"p{frame.picture_id} {frame.index + 1}/{frame.count}\n{frame.snr_db:.1f} dB"
        axes.text(left, corner[1] + 2 * half_hz * scale, label, color=colour, fontsize=7, va="bottom", clip_on=True)


def _ticks(axes: Any, findings: Findings, at: Callable[[float], float | None]) -> None:
    rate_sps = findings.capture.rate_sps
    if len(findings.places) > 1:
        starts = [start / rate_sps for start, _ in findings.places]
        for start in starts[1:]:
            axes.axvline(at(start), color="#ffffff", linewidth=0.5, alpha=0.4)
        shown = starts[:: len(starts) // 8]
        axes.set_xticks([at(start) for start in shown], [f"{start:.4g}" for start in shown])
        axes.set_xlabel(f"s, in {len(starts)} places between white lines")
        return
    length_s = findings.capture.n_samples / rate_sps
    unit, scale = ("s", 1.0) if length_s >= 2.0 else ("ms", 1e3)
    locator = _matplotlib("ticker").MaxNLocator(10)
    times = [time for time in locator.tick_values(0.0, length_s * scale) if 0.0 <= time <= length_s * scale]
    axes.set_xticks([at(time / scale) for time in times], [f"{time:g}" for time in times])
    axes.set_xlabel(unit)


def _title(findings: Findings) -> str:
    funnel, waveform = findings.funnel, findings.waveform
    frames = "no frames" if waveform is None else f"frames of {waveform.name}: {funnel.payload_ok} whole"
    broken = f", {funnel.interrupted} interrupted" if funnel.interrupted else ""
    return f"{findings.capture.path.name}: {frames}{broken}"


def _matplotlib(name: str) -> Any:
    try:
        return importlib.import_module(f"matplotlib.{name}")
    except ImportError as error:
        raise MissingExtra("matplotlib", "capture") from error


def _write(deed: Callable[[], object], path: Path) -> None:
    try:
        deed()
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; choose another file") from None
