# SPDX-License-Identifier: MIT
"""What a run was asked for, resolved: the contents of its `config.toml`."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass, replace
from fractions import Fraction
from pathlib import Path

from lrisc_sdr.channel import ChannelSpec, preset
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.sampling import Sampling
from lrisc_sdr.types import Mode

DEFAULT_CBR = "1/48"
DEFAULT_CHANNEL = "desk"
DEFAULT_MODEL = "small"
# What an encoder is told of a channel without noise, and of one that nobody knows yet.
NOISELESS_DB = 40.0
TOLD_SNR_DB = 10.0
# What a transmitter is safe with that has heard nothing of its receiver.
LOWEST_SNR_DB = -2.0


@dataclass(frozen=True)
class LinkSettings:
    """How pictures are encoded, sent and decoded.

    Attributes:
        model: name or folder of the model.
        waveform: name of a waveform preset.
        cbr: channel uses over source values that a picture may take, headers and side information included.
        told_snr_db: Es/N0 that the encoder is told, as a transmitter learns it from the last report `[dB]`.
        channel: name of the channel's preset.
        sampling: how the decoder makes pictures.
        seed: of everything random in the channel.
        refine: gradient steps by which the transmitter refines a picture's symbols.
        mode: how the encoder chooses rates.
        roi: region of interest as it was named, or None.
        closed_loop: pictures are sent one after the other; told_snr_db is what the first one's encoder is told, the
            others' are told what the receiver measured last.
        snr_margin_db: by how much less than measured they are told `[dB]`.
        record: the recording that is made of what the receiver gets; in a closed loop the beginning of their names.
        record_type: its data type.
    """

    model: str
    waveform: str
    cbr: float
    told_snr_db: float
    channel: str
    sampling: Sampling
    seed: int
    refine: int = 0
    mode: Mode = "adaptive"
    roi: str | None = None
    closed_loop: bool = False
    snr_margin_db: float = 1.0
    record: Path | None = None
    record_type: str = "cf32_le"


def parse_cbr(text: str) -> float:
    """A ratio such as 1/48 or 0.02.

    Raises:
        UsageError: it is not a number.
        ConfigurationError: no link has such a rate.
    """
    try:
        value = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        raise UsageError(f"--cbr {text}: give a ratio such as 1/48 or 0.02") from None
    if not 0 < value <= 1:
        raise ConfigurationError(f"--cbr {text}: a channel bandwidth ratio is above 0 and at most 1")
    return float(value)


def resolve_channel(name: str | None, snr_db: float | None) -> tuple[str, ChannelSpec]:
    """The channel's name and specification: `snr_db` alone means white noise, with a name it replaces the preset's.

    Raises:
        ConfigurationError: there is no such preset, or the SNR is not a number.
    """
    if snr_db is not None and not -60.0 <= snr_db <= 100.0:
        raise ConfigurationError(f"--snr-db {snr_db}: choose a ratio from −60 to 100 dB")
    chosen = name or (DEFAULT_CHANNEL if snr_db is None else "awgn")
    spec = preset(chosen)
    return chosen, spec if snr_db is None else replace(spec, snr_db=snr_db)


def told_snr_db(spec: ChannelSpec, told: float | None) -> float:
    """What the encoder is told: the channel's nominal SNR unless `told` replaces it."""
    if told is not None and not math.isfinite(told):
        raise ConfigurationError(f"--told-snr-db {told}: give a number of dB")
    value = spec.snr_db if told is None else told
    return NOISELESS_DB if value is None else value


def as_toml(**tables: object) -> str:
    """Dataclasses of numbers, text and paths as TOML tables; what is None is left out.

    The entries of a dataclass within one are written among its own.
    """
    lines: list[str] = []
    for name, table in tables.items():
        lines.append(f"[{name}]")
        lines += [f"{key} = {_toml_value(value)}" for key, value in _entries(table) if value is not None]
        lines.append("")
    return "\n".join(lines)


def _entries(table: object) -> Iterator[tuple[str, object]]:
    for entry in fields(table):  # type: ignore[arg-type]
        value = getattr(table, entry.name)
        if is_dataclass(value):
            yield from _entries(value)
        else:
            yield entry.name, value


def _toml_value(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, (tuple, list)):
        return "[" + ", ".join(_toml_value(item) for item in value) + "]"
    if isinstance(value, (str, Path)):
        return json.dumps(str(value), ensure_ascii=False)
    raise TypeError(f"no TOML for {type(value).__name__}")
