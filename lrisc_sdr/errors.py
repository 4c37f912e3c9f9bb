# SPDX-License-Identifier: MIT
"""Every exception that lrisc_sdr raises on purpose.

    LriscError                      1   a fault of the software
    ├── UsageError                  2   the command line asks for something that does not exist
    ├── ConfigurationError          3   a setting, a file of settings or an installation is wrong
    │   ├── MissingExtra            3   an optional dependency is not installed
    │   └── UnknownModel            3   a model that this host does not have
    ├── HardwareError               4   a radio is absent or was lost
    ├── TransmitRefused             5   the transmit guard said no
    ├── FramesFailed                6   the run finished, some frames or pictures did not
    ├── InputError                  7   a file or a message is not what it should be
    │   ├── InvalidPicture          7   not a picture, or one of a size that is not served
    │   ├── InvalidCapture          7   not a capture, truncated, empty, or of another waveform
    │   ├── InvalidMessage          7   a wire message that breaks the format
    │   │   └── DamagedMessage      7   one that was changed on its way
    │   ├── SideInformationLost     7   the picture's rate map did not survive the channel
    │   └── PictureLost             7   the bits of a picture sent digitally did not survive the channel
    ├── SpoolFull                   1   the decoder's spool is at its quota, or its disk is full
    └── ProcessFailed               1   a process of a run died

The number is the exit code of the command that it ends. The message is one line that says what to do.
"""

from __future__ import annotations


class LriscError(Exception):
    """A fault with a message for the user and the exit code of the command that it ends."""

    exit_code = 1


class UsageError(LriscError):
    """The command line asks for something that does not exist."""

    exit_code = 2


class ConfigurationError(LriscError):
    """A setting, a file of settings or an installation is wrong."""

    exit_code = 3


class MissingExtra(ConfigurationError):
    """An optional dependency is not installed; the message names the extra that brings it."""

    def __init__(self, package: str, extra: str) -> None:
        super().__init__(f"{package} is not installed: pip install 'lrisc-sdr[{extra}]'")
        self._of = package, extra

    def __reduce__(self) -> tuple[type[MissingExtra], tuple[str, str]]:
        """Exceptions cross processes by what they were made of."""
        return MissingExtra, self._of


class UnknownModel(ConfigurationError):
    """A model that this host does not have."""


class HardwareError(LriscError):
    """A radio is absent or was lost."""

    exit_code = 4


class TransmitRefused(LriscError):
    """The transmit guard said no."""

    exit_code = 5


class FramesFailed(LriscError):
    """The run finished, but some frames or pictures did not."""

    exit_code = 6


class InputError(LriscError):
    """A file or a message is not what it should be."""

    exit_code = 7


class InvalidPicture(InputError):
    """Not a picture, or one of a size that is not served."""


class InvalidCapture(InputError):
    """Not a capture, truncated, empty, or of another waveform."""


class InvalidMessage(InputError):
    """A wire message that breaks the format."""


class DamagedMessage(InvalidMessage):
    """A wire message that was changed on its way: sent again, it may arrive whole."""


class SideInformationLost(InputError):
    """The picture's rate map did not survive the channel."""


class PictureLost(InputError):
    """The bits of a picture sent digitally did not survive the channel."""


class SpoolFull(LriscError):
    """The decoder's spool is at its quota, or its disk is full; nothing was taken, and nothing that it had is lost."""


class ProcessFailed(LriscError):
    """A process of a run died; the message says which."""
