# SPDX-License-Identifier: MIT
"""Options of the verbs that can hand their frames to a decoder that runs already."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lrisc_sdr.errors import UsageError
from lrisc_sdr.runs.remote_decoder import Remote

Decoder = Annotated[
    str | None,
    typer.Option(
        help="Where a decoder listens (`lrisc decode --bind`), here or elsewhere: its pictures stay with it.",
        show_default="one of this run's own",
    ),
]
Key = Annotated[
    Path | None, typer.Option(help="Secret key of this receiver (`lrisc keys`), for a decoder on another machine.")
]
DecoderKey = Annotated[Path | None, typer.Option(help="Public key of that decoder, NAME.key.")]


def remote_decoder(
    decoder: str | None, key: Path | None, decoder_key: Path | None, not_with: dict[str, bool]
) -> Remote | None:
    """The decoder that the options name, if any.

    Args:
        not_with: other options that contradict it, and whether they are given.

    Raises:
        UsageError: the options contradict each other.
        ConfigurationError: the endpoint needs keys, or a file holds none.
    """
    if decoder is None:
        if key is not None or decoder_key is not None:
            raise UsageError("--key and --decoder-key are for --decoder: give its endpoint")
        return None
    if (key is None) != (decoder_key is None):
        raise UsageError("--key and --decoder-key go together: the receiver's secret key and the decoder's public one")
    if given := [option for option, is_given in not_with.items() if is_given]:
        raise UsageError(f"{', '.join(given)}: not with --decoder, which has its own (`lrisc decode --help`)")
    return Remote(decoder, key, decoder_key)
