# SPDX-License-Identifier: MIT
"""The context of a Pluto: its transceiver and the two cores that carry its samples, over the state of one radio."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from lrisc_sdr import __version__
from lrisc_sdr.virtual_pluto.attributes import Context
from lrisc_sdr.virtual_pluto.cores import rx_core, tx_core
from lrisc_sdr.virtual_pluto.state import RadioState
from lrisc_sdr.virtual_pluto.transceiver import transceiver


class Settled(Protocol):
    """Makes a change of a transmitter at a moment of the air's time."""

    def __call__(self, change: Callable[[], None]) -> None: ...


def build_context(serial: str, state: RadioState, settled: Settled) -> Context:
    """The devices of a Pluto.

    Args:
        serial: of the radio.
        state: what the attributes show and set.
        settled: called with every change that is heard on the air.
    """

    def heard(write: Callable[[str], None]) -> Callable[[str], None]:
        return lambda text: settled(lambda: write(text))

    return Context(
        f"Virtual Pluto {__version__}",
        {
            "hw_model": "Analog Devices PlutoSDR (virtual, Z7010-AD9364)",
            "hw_model_variant": "0",
            "hw_serial": serial,
            "fw_version": f"lrisc-sdr {__version__}",
            "ad9361-phy,model": "ad9364",
            "ad9361-phy,xo_correction": str(state.correction_hz),
        },
        (transceiver(state, heard), tx_core(state, heard), rx_core(state, heard)),
    )
