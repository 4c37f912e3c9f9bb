# SPDX-License-Identifier: MIT
"""The two cores of a Pluto that carry samples, as libiio shows them."""

from __future__ import annotations

import errno

from lrisc_sdr.virtual_pluto import state as limits
from lrisc_sdr.virtual_pluto.attributes import Attribute, AttributeFault, Channel, Device, constant
from lrisc_sdr.virtual_pluto.state import RadioState, whole
from lrisc_sdr.virtual_pluto.state_attributes import Heard, kept, registers

TX_CORE = "iio:device1"
RX_CORE = "iio:device2"


def tx_core(state: RadioState, heard: Heard) -> Device:
    """The device `cf-ad9361-dds-core-lpc`: words of 16 bits, and test tones that are not built here."""
    channels = []
    for k in range(2):
        stem = f"out_voltage{k}"
        attributes = {
            "calibphase": kept(state, f"{stem}_calibphase", "0.000000", f"{stem}_calibphase"),
            "calibscale": kept(state, f"{stem}_calibscale", "1.000000", f"{stem}_calibscale"),
            **_core_rate(state, "out", heard),
        }
        channels.append(Channel(f"voltage{k}", True, attributes, index=k, sample_format="le:S16/16>>0"))
    for k, name in enumerate(("TX1_I_F1", "TX1_I_F2", "TX1_Q_F1", "TX1_Q_F2")):
        stem = f"out_altvoltage{k}_{name}"
        attributes = {
            key: kept(state, f"{stem}_{key}", initial, f"{stem}_{key}")
            for key, initial in (("frequency", "0"), ("phase", "0"), ("raw", "0"), ("scale", "0.000000"))
        }
        attributes["sampling_frequency"] = Attribute(
            lambda: str(state.rate_sps), None, "out_altvoltage_sampling_frequency"
        )
        channels.append(Channel(f"altvoltage{k}", True, attributes, name))
    buffer = {"length_align_bytes": constant("8")}
    debug = {"direct_reg_access": registers(state, "tx")}
    return Device(TX_CORE, "cf-ad9361-dds-core-lpc", tuple(channels), debug=debug, buffer=buffer)


def rx_core(state: RadioState, heard: Heard) -> Device:
    """The device `cf-ad9361-lpc`: words of 12 bits."""
    channels = []
    for k in range(2):
        stem = f"in_voltage{k}"
        attributes = {
            "calibbias": kept(state, f"{stem}_calibbias", "0", f"{stem}_calibbias"),
            "calibphase": kept(state, f"{stem}_calibphase", "0.000000", f"{stem}_calibphase"),
            "calibscale": kept(state, f"{stem}_calibscale", "1.000000", f"{stem}_calibscale"),
            **_core_rate(state, "in", heard),
        }
        channels.append(Channel(f"voltage{k}", False, attributes, index=k, sample_format="le:S12/16>>0"))
    buffer = {"length_align_bytes": constant("8")}
    debug = {"direct_reg_access": registers(state, "rx")}
    return Device(RX_CORE, "cf-ad9361-lpc", tuple(channels), debug=debug, buffer=buffer)


def _core_rate(state: RadioState, side: str, heard: Heard) -> dict[str, Attribute]:
    """The rate of a core: the converter's, or an eighth of it, which is not built here."""

    def write(text: str) -> None:
        if whole(text, limits.RATE_WITH_FILTER_SPS) != state.rate_sps:
            raise AttributeFault(errno.EOPNOTSUPP)

    name = f"{side}_voltage_sampling_frequency"
    return {
        "sampling_frequency": Attribute(lambda: str(state.rate_sps), heard(write), name),
        "sampling_frequency_available": Attribute(
            lambda: f"{state.rate_sps} {state.rate_sps // 8}", None, f"{name}_available"
        ),
    }
