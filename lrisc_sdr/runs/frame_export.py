# SPDX-License-Identifier: MIT
"""One frame of a capture in a NumPy archive, to be looked at: its samples and all that the receiver made of it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import numpy as np

from lrisc_sdr import phy
from lrisc_sdr.capture import Capture
from lrisc_sdr.errors import ConfigurationError, InputError
from lrisc_sdr.types import ReceivedFrame
from lrisc_sdr.waveform import Waveform


def find_frame(capture: Capture, waveform: Waveform, number: int) -> ReceivedFrame:
    """The frame of that number, from 1 in the order in which they end, as `lrisc check` lists them.

    Args:
        capture: at the waveform's rate.
        waveform: of its frames.
        number: from 1.

    Raises:
        InputError: there are not so many.
    """
    receiver, seen = phy.Receiver(waveform), 0
    for samples in capture.chunks():
        frames = receiver.process(samples)
        if number <= seen + len(frames):
            return frames[number - seen - 1]
        seen += len(frames)
    frames = receiver.flush()
    if number <= seen + len(frames):
        return frames[number - seen - 1]
    seen += len(frames)
    raise InputError(f"{capture.path.name} has {seen} frames of waveform {waveform.name}: there is no number {number}")


def export_frame(capture: Capture, waveform: Waveform, number: int, path: Path) -> ReceivedFrame:
    """Write a frame as `.npz`: `samples` c64 of its burst, with the prefix's length around it; `symbols` c64 and
    `noise_var` f32 of its payload; `channel` c64; and its header and estimates as numbers.

    Raises:
        InputError: there are not so many frames.
        ConfigurationError: the file cannot be written.
    """
    frame = find_frame(capture, waveform, number)
    margin = waveform.cp_samples
    length = waveform.frame_samples(frame.header.n_symbols) + 2 * margin
    first = max(frame.start_sample - margin, 0)
    part = path.with_name(f".{path.name}.part")
    try:
        with part.open("wb") as file:
            np.savez(
                file,
                samples=capture.read(first, length),
                first_sample=first,
                start_sample=frame.start_sample,
                rate_sps=capture.rate_sps,
                waveform=waveform.name,
                symbols=frame.symbols,
                noise_var=frame.noise_var,
                channel=frame.channel,
                snr_db=frame.snr_db,
                cfo_hz=frame.cfo_hz,
                sco_ppm=frame.sco_ppm,
                evm_db=frame.evm_db,
                **asdict(frame.header),
            )
        part.replace(path)
    except OSError as error:
        raise ConfigurationError(f"{path} cannot be written: {error.strerror}; choose another --out") from None
    finally:
        part.unlink(missing_ok=True)
    return frame
