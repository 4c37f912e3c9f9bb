# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether this Python can load GNU Radio; the only module of this package that can be imported without it."""

from lrisc_sdr.errors import ConfigurationError


def require_gnuradio() -> None:
    """Load GNU Radio.

    Raises:
        ConfigurationError: it is not installed, or was made for another Python or numpy.
    """
    try:
        import gnuradio.gr  # noqa: F401 - whether it can be loaded
    except ImportError as error:
        reason = " ".join(str(error).split())
        raise ConfigurationError(
            f"this Python cannot load GNU Radio ({reason}): install the distribution's gnuradio package and make the "
            "virtual environment from the system's Python with --system-site-packages"
        ) from error
