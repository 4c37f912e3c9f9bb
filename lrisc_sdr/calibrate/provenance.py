# SPDX-License-Identifier: MIT
"""Where and how something was measured."""

from __future__ import annotations

from datetime import datetime, timezone

from lrisc_sdr import __version__
from lrisc_sdr.calibrate.link import Link
from lrisc_sdr.calibrate.profile import Provenance
from lrisc_sdr.radio.settings import RadioConfig


def provenance(
    link: Link,
    partner: str,
    *,
    rx_gain_db: float | None = None,
    tx_attenuation_db: float | None = None,
    tx_offset_hz: float = 0.0,
) -> Provenance:
    """The provenance of what was just measured.

    Args:
        link: both ends.
        partner: the other radio, "itself", or what was heard.
        rx_gain_db: of the receiver, where it was one for all `[dB]`.
        tx_attenuation_db: of the transmitter, where it was one for all `[dB]`.
        tx_offset_hz: by how much the transmitter was tuned beside its configuration `[Hz]`.
    """
    sends = link.transmitter is not None
    transmitter: RadioConfig = link.receiver.config if link.transmitter is None else link.transmitter.config
    return Provenance(
        measured_at=datetime.now(timezone.utc).isoformat(timespec="seconds").replace("+00:00", "Z"),
        software=f"lrisc-sdr {__version__}",
        partner=partner,
        waveform=link.waveform.name if sends else "",
        rate_sps=link.rate_sps,
        rx_lo_hz=link.receiver.config.rx_lo_hz,
        tx_lo_hz=transmitter.tx_lo_hz + tx_offset_hz,
        rx_gain_db=rx_gain_db,
        tx_attenuation_db=tx_attenuation_db,
    )
