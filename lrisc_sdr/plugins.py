# SPDX-License-Identifier: MIT
"""What other packages bring: Python entry points in four groups, found by their names where ours are.

    [project.entry-points."lrisc_sdr.codecs"]       name → make(name) gives an `lrisc_sdr.runs.sending.Encoder`
    [project.entry-points."lrisc_sdr.decoders"]     name → make(name) gives an `lrisc_sdr.link.decoders.PictureDecoder`
    [project.entry-points."lrisc_sdr.waveforms"]    name → an `lrisc_sdr.waveform.Waveform` of that name
    [project.entry-points."lrisc_sdr.radios"]       name → make(uri) gives an `lrisc_sdr.radio.Radio`

A codec and a decoder that belong together share a name, which `--model` takes. Nothing is imported before its name is
asked for. Worked examples: examples/plugins.
"""

from __future__ import annotations

from importlib import metadata
from typing import Any, Literal

from lrisc_sdr.errors import ConfigurationError

Group = Literal["codecs", "decoders", "waveforms", "radios"]


def names(group: Group) -> list[str]:
    """What there is in a group, sorted."""
    return sorted({entry.name for entry in _entries(group)})


def load(group: Group, name: str) -> Any:
    """What a package has put under a name; None where none has.

    Raises:
        ConfigurationError: several packages have, or the one that has cannot be imported.
    """
    found = {entry.value: entry for entry in _entries(group) if entry.name == name}
    if len(found) > 1:
        raise ConfigurationError(f"{name} is defined {len(found)} times ({', '.join(found)}): uninstall all but one")
    for entry in found.values():
        try:
            return entry.load()
        except Exception as error:  # whatever importing a foreign package may raise
            raise ConfigurationError(f"the package that brings {name} does not work: {error}") from error
    return None


def _entries(group: Group) -> metadata.EntryPoints:
    return metadata.entry_points(group=f"lrisc_sdr.{group}")
