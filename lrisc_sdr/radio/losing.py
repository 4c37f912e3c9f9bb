# SPDX-License-Identifier: MIT
"""A driver whose device does not answer, or whose transmitter stays on: one error each, in one line."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from lrisc_sdr.radio.protocol import Radio, RadioLost, RadioStillOn

GAIN_STEP_DB = 0.5
"""A device that has been set to its lowest gain may read it back rounded by so much."""


def line(error: BaseException) -> str:
    """A driver's message in one line; of an error of the system, its text without the number."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split())


@contextlib.contextmanager
def losing(name: str, kind: type[Exception]) -> Iterator[None]:
    """Within it, a driver's exception means that its device has gone.

    Args:
        name: how messages call the device.
        kind: what the driver raises: libiio OSError, UHD and SoapySDR RuntimeError.

    Raises:
        RadioLost: in place of that exception.
    """
    try:
        yield
    except kind as error:
        raise RadioLost(f"{name} was lost: {line(error)}") from error


def silencing(opener: Callable[[str], Radio]) -> Callable[[str], None]:
    """How the transmitter of a device is switched off whose driver allows no second session.

    What is returned opens the device at a URI, which fails while another process has it, finds its transmitter off and
    closes it. It raises what the opener and `Radio.silence` raise.
    """

    def silence(uri: str) -> None:
        with contextlib.closing(opener(uri)) as radio:
            radio.silence()

    return silence


def require_silent(name: str, gain_db: float, lowest_db: float) -> None:
    """Whether a transmitter that has been switched off reads back its lowest gain, both `[dB]`.

    Raises:
        RadioStillOn: it does not.
    """
    if gain_db > lowest_db + GAIN_STEP_DB:
        raise RadioStillOn(f"{name} was switched off and reads back a gain of {gain_db:g} dB")
