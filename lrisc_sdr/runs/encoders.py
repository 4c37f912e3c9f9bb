# SPDX-License-Identifier: MIT
"""Which encoder `--model` means."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lrisc_sdr import plugins

if TYPE_CHECKING:
    from lrisc_sdr.runs.sending import Encoder


def find_encoder(model: str) -> Encoder:
    """The encoder of a model by its name or folder, or the codec that another package brings under that name.

    Raises:
        UnknownModel: there is neither.
        ConfigurationError: the other package does not work.
        MissingExtra: torch is not installed, and the encoder needs it.
    """
    make = plugins.load("codecs", model)
    if make is not None:
        encoder: Encoder = make(model)
        return encoder
    from lrisc_sdr.codec import Codec

    return Codec.from_pretrained(model)
