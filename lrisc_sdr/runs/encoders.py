# SPDX-License-Identifier: MIT
"""Which encoder `--model` means."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from lrisc_sdr import plugins
from lrisc_sdr.errors import ConfigurationError

if TYPE_CHECKING:
    from lrisc_sdr.runs.sending import Encoder


def find_encoder(model: str, refine: int = 0, watch: Callable[[int], None] = lambda _: None) -> Encoder:
    """The encoder of a model by its name or folder, or the codec that another package brings under that name.

    Args:
        model: as `--model` names it.
        refine: gradient steps by which it refines what it sends (`lrisc_sdr.refinement`); 0 for none.
        watch: told after every such step how many of a picture are done.

    Raises:
        UnknownModel: there is neither.
        ConfigurationError: the other package does not work, or there is nothing to refine with.
        MissingExtra: torch is not installed, and the encoder needs it.
    """
    make = plugins.load("codecs", model)
    if make is not None:
        if refine:
            raise ConfigurationError(
                f"--refine is for models of this package's networks, and {model} is another's codec"
            )
        encoder: Encoder = make(model)
        return encoder
    if refine:
        from lrisc_sdr.refinement import RefiningEncoder

        return RefiningEncoder.from_pretrained(model, refine, watch=watch)
    from lrisc_sdr.codec import Codec

    return Codec.from_pretrained(model)
