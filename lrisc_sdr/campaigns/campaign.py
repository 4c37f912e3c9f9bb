# SPDX-License-Identifier: MIT
"""What a campaign is asked for: one TOML file."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from lrisc_sdr.channel import preset
from lrisc_sdr.errors import ConfigurationError, UsageError
from lrisc_sdr.evaluation import scoring
from lrisc_sdr.evaluation.regions import check_edges
from lrisc_sdr.runs.settings import parse_cbr
from lrisc_sdr.settings_file import read_toml, to_dataclass
from lrisc_sdr.waveform import DEFAULT as DEFAULT_WAVEFORM
from lrisc_sdr.waveform import waveform


@dataclass(frozen=True)
class Keep:
    """Points whose pictures are kept for the report; an empty list stands for all.

    Attributes:
        pictures: names of the pictures, without their suffix; none is kept where this is empty.
        snr_db: of these SNRs `[dB]`.
        cbr: of these ratios.
    """

    pictures: tuple[str, ...] = ()
    snr_db: tuple[float, ...] = ()
    cbr: tuple[str, ...] = ()


@dataclass(frozen=True)
class Campaign:
    """
    Attributes:
        name: what reports call it.
        systems: one table a transmitter: its `kind`, the `name` of its rows, and the options of that kind.
        pictures: files and folders, relative to the campaign's file.
        limit: only so many of the pictures, the first by name; 0 for all.
        snr_db: Es/N0 per data carrier of the channel `[dB]`.
        cbr: channel uses over source values that a picture may take, as in "1/48"; everything is billed.
        channels: presets whose SNR is replaced by those above.
        seeds: of everything random in the channel.
        told_error_db: what the transmitter is told lies so far above the channel's SNR `[dB]`.
        waveform: name of a waveform preset.
        metrics: names of metrics.
        region: part of every picture whose inside and outside are also measured: top, left, bottom, right as fractions
            of the picture; empty for none.
        keep: which pictures are kept for the report.
    """

    name: str
    systems: tuple[dict[str, Any], ...]
    snr_db: tuple[float, ...]
    cbr: tuple[str, ...]
    pictures: tuple[str, ...] = ()
    limit: int = 0
    channels: tuple[str, ...] = ("awgn",)
    seeds: tuple[int, ...] = (0,)
    told_error_db: tuple[float, ...] = (0.0,)
    waveform: str = DEFAULT_WAVEFORM
    metrics: tuple[str, ...] = ("psnr_db", "ms_ssim", "lpips")
    region: tuple[float, ...] = ()
    keep: Keep = field(default_factory=Keep)


def read_campaign(path: Path, pictures: Sequence[Path] = ()) -> Campaign:
    """Read a campaign; `pictures` take the place of its own.

    Raises:
        ConfigurationError: no such file, not TOML, an unknown key or name (the message has the nearest), or a value
            that makes no sense.
    """
    where = f"campaign {path}"
    campaign = to_dataclass(read_toml(path, "campaign"), Campaign, where)
    try:
        _check(campaign)
    except (ConfigurationError, UsageError) as error:
        raise ConfigurationError(f"{where}: {error}") from error
    here = path.resolve().parent
    found = [str(picture) for picture in pictures] or [str((here / name).resolve()) for name in campaign.pictures]
    if not found:
        raise ConfigurationError(f"{where}: no pictures: name files or folders there, or give --pictures")
    systems = tuple({**table, **_resolved_paths(table, here)} for table in campaign.systems)
    return replace(campaign, pictures=tuple(found), systems=systems)


def ratio(text: str) -> float:
    """A channel bandwidth ratio as in "1/48". Raises `ConfigurationError`."""
    try:
        return parse_cbr(text)
    except (ConfigurationError, UsageError) as error:
        raise ConfigurationError(str(error).removeprefix("--")) from error


def _check(campaign: Campaign) -> None:
    for name in ("systems", "snr_db", "cbr", "channels", "seeds", "told_error_db", "metrics"):
        values = getattr(campaign, name)
        if not values:
            raise ConfigurationError(f"{name} is empty")
        if name != "systems" and len(set(values)) < len(values):
            raise ConfigurationError(f"{name} names a value twice")
    for text in (*campaign.cbr, *campaign.keep.cbr):
        ratio(text)
    for snr_db in (*campaign.snr_db, *campaign.told_error_db, *campaign.keep.snr_db):
        if not -60.0 <= snr_db <= 100.0:
            raise ConfigurationError(f"{snr_db} dB: choose a ratio from −60 to 100 dB")
    for channel in campaign.channels:
        preset(channel)
    if min(campaign.seeds) < 0:
        raise ConfigurationError("a seed is 0 or more")
    if campaign.limit < 0:
        raise ConfigurationError("limit is 0 or more")
    waveform(campaign.waveform)
    _known("metric", campaign.metrics, scoring.NAMES)
    _known("kept SNR", map(str, campaign.keep.snr_db), list(map(str, campaign.snr_db)))
    _known("kept ratio", campaign.keep.cbr, campaign.cbr)
    if campaign.region:
        check_edges(campaign.region)


def _known(what: str, names: Iterable[str], known: Sequence[str]) -> None:
    for name in names:
        if name not in known:
            near = difflib.get_close_matches(name, known, 1, cutoff=0.3)
            hint = f", did you mean {near[0]}?" if near else f": there are {', '.join(known)}"
            raise ConfigurationError(f"no {what} {name}{hint}")


def _resolved_paths(table: dict[str, Any], here: Path) -> dict[str, str]:
    """Models given by a path are relative to the campaign's file; a bare name is one of the package's."""
    model = table.get("model")
    return {"model": str((here / model).resolve())} if isinstance(model, str) and "/" in model else {}
