# SPDX-License-Identifier: MIT
"""The context of a Pluto: its transceiver and the two cores that carry its samples, over the state of one radio."""

from __future__ import annotations

import errno
from collections.abc import Callable
from typing import Protocol

from lrisc_sdr import __version__
from lrisc_sdr.virtual_pluto import state as limits
from lrisc_sdr.virtual_pluto.attributes import Attribute, AttributeFault, Channel, Context, Device, constant
from lrisc_sdr.virtual_pluto.state import RadioState, flag, whole

PHY = "iio:device0"
TX_CORE = "iio:device1"
RX_CORE = "iio:device2"


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
        (_phy(state, heard), _tx_core(state, heard), _rx_core(state, heard)),
    )


Heard = Callable[[Callable[[str], None]], Callable[[str], None]]


def _number(state: RadioState, name: str, bounds: tuple[int, int], heard: Heard, filename: str) -> Attribute:
    def write(text: str) -> None:
        setattr(state, name, whole(text, bounds))

    return Attribute(lambda: str(getattr(state, name)), heard(write), filename)


def _switch(state: RadioState, name: str, heard: Heard, filename: str, inverted: bool = False) -> Attribute:
    def write(text: str) -> None:
        setattr(state, name, flag(text) is not inverted)

    return Attribute(lambda: str(int(getattr(state, name) is not inverted)), heard(write), filename)


def _kept(state: RadioState, key: str, initial: str, filename: str = "") -> Attribute:
    """A value that is kept and does nothing."""

    def write(text: str) -> None:
        state.memory[key] = text

    return Attribute(lambda: state.memory.get(key, initial), write, filename)


def _range(bounds: tuple[int, int], filename: str) -> Attribute:
    return constant(f"[{bounds[0]} 1 {bounds[1]}]", filename)


def _rate(state: RadioState, heard: Heard, side: str) -> dict[str, Attribute]:
    name = f"{side}_voltage_sampling_frequency"
    return {
        "sampling_frequency": Attribute(lambda: str(state.rate_sps), heard(state.set_rate), name),
        "sampling_frequency_available": Attribute(
            lambda: f"[{state.rate_limits[0]} 1 {state.rate_limits[1]}]", None, f"{name}_available"
        ),
    }


def _phy(state: RadioState, heard: Heard) -> Device:
    def rates(names: tuple[str, ...]) -> Callable[[], str]:
        return lambda: (
            "BBPLL:983040000 " + " ".join(f"{name}:{rate}" for name, rate in zip(names, state.path_rates, strict=True))
        )

    def set_mode(text: str) -> None:
        state.set_choice("gain_mode", limits.GAIN_MODES, text)

    def set_ensm(text: str) -> None:
        state.set_choice("ensm_mode", limits.ENSM_MODES, text)

    def set_loopback(text: str) -> None:
        state.loopback = whole(text, (0, 2))

    def fir(filename: str) -> Attribute:
        return Attribute(lambda: str(int(state.filter_enabled)), heard(state.set_filter_enabled), filename)

    receive = {
        "hardwaregain": Attribute(lambda: f"{state.rx_gain_db:.6f} dB", state.set_rx_gain, "in_voltage0_hardwaregain"),
        "hardwaregain_available": constant(
            f"[{limits.RX_GAIN_DB[0]} 1 {limits.RX_GAIN_DB[1]}]", "in_voltage0_hardwaregain_available"
        ),
        "gain_control_mode": Attribute(lambda: state.gain_mode, set_mode, "in_voltage0_gain_control_mode"),
        "gain_control_mode_available": constant(" ".join(limits.GAIN_MODES), "in_voltage_gain_control_mode_available"),
        "rssi": Attribute(lambda: f"{110.0 - state.rx_gain_db / 2.0:.2f} dB", None, "in_voltage0_rssi"),
        "rf_port_select": _kept(state, "rx_port", "A_BALANCED", "in_voltage0_rf_port_select"),
        "rf_port_select_available": constant("A_BALANCED", "in_voltage_rf_port_select_available"),
        "rf_bandwidth": _number(state, "rx_bandwidth_hz", limits.RX_BANDWIDTH_HZ, heard, "in_voltage_rf_bandwidth"),
        "rf_bandwidth_available": _range(limits.RX_BANDWIDTH_HZ, "in_voltage_rf_bandwidth_available"),
        "filter_fir_en": fir("in_voltage_filter_fir_en"),
        **{
            f"{name}_tracking_en": _kept(state, name, "1", f"in_voltage_{name}_tracking_en")
            for name in ("bb_dc_offset", "rf_dc_offset", "quadrature")
        },
        **_rate(state, heard, "in"),
    }
    transmit = {
        "hardwaregain": Attribute(
            lambda: f"{-state.tx_attenuation_db + 0.0:.6f} dB", heard(state.set_tx_gain), "out_voltage0_hardwaregain"
        ),
        "hardwaregain_available": constant(
            f"[{-limits.MAX_ATTENUATION_DB:.6f} 0.250000 0.000000]", "out_voltage0_hardwaregain_available"
        ),
        "rssi": constant("0.00 dB", "out_voltage0_rssi"),
        "rf_port_select": _kept(state, "tx_port", "A", "out_voltage0_rf_port_select"),
        "rf_port_select_available": constant("A B", "out_voltage_rf_port_select_available"),
        "rf_bandwidth": _number(state, "tx_bandwidth_hz", limits.TX_BANDWIDTH_HZ, heard, "out_voltage_rf_bandwidth"),
        "rf_bandwidth_available": _range(limits.TX_BANDWIDTH_HZ, "out_voltage_rf_bandwidth_available"),
        "filter_fir_en": fir("out_voltage_filter_fir_en"),
        **_rate(state, heard, "out"),
    }
    channels = (
        _oscillator(state, heard, 0, "rx", limits.RX_LO_HZ),
        _oscillator(state, heard, 1, "tx", limits.TX_LO_HZ),
        Channel("voltage0", False, receive),
        Channel("voltage0", True, transmit),
        Channel("out", False, {"voltage_filter_fir_en": fir("in_out_voltage_filter_fir_en")}),
        Channel("temp0", False, {"input": constant("35000", "in_temp0_input")}),
    )
    attributes = {
        "calib_mode": _kept(state, "calib_mode", "auto"),
        "calib_mode_available": constant("auto manual manual_tx_quad tx_quad rf_dc_offs rssi_gain_step"),
        "ensm_mode": Attribute(lambda: state.ensm_mode, heard(set_ensm)),
        "ensm_mode_available": constant(" ".join(limits.ENSM_MODES)),
        "filter_fir_config": Attribute(
            lambda: f"FIR Rx: {state.filter_taps},{state.filter_ratio} Tx: {state.filter_taps},{state.filter_ratio}",
            state.set_filter,
        ),
        "rx_path_rates": Attribute(rates(("ADC", "R2", "R1", "RF", "RXSAMP"))),
        "tx_path_rates": Attribute(rates(("DAC", "T2", "T1", "TF", "TXSAMP"))),
        "trx_rate_governor": _kept(state, "governor", "nominal"),
        "trx_rate_governor_available": constant("nominal highest_osr"),
        "xo_correction": _number(state, "correction_hz", limits.CORRECTION_HZ, heard, ""),
        "xo_correction_available": _range(limits.CORRECTION_HZ, ""),
    }
    debug = {
        "loopback": Attribute(lambda: str(state.loopback), heard(set_loopback)),
        "direct_reg_access": _registers(state, "phy"),
    }
    return Device(PHY, "ad9361-phy", channels, attributes, debug)


def _oscillator(state: RadioState, heard: Heard, index: int, side: str, bounds: tuple[int, int]) -> Channel:
    name = f"{side.upper()}_LO"
    stem = f"out_altvoltage{index}_{name}"
    attributes = {
        "frequency": _number(state, f"{side}_lo_hz", bounds, heard, f"{stem}_frequency"),
        "frequency_available": _range(bounds, f"{stem}_frequency_available"),
        "powerdown": _switch(state, f"{side}_powered", heard, f"{stem}_powerdown", inverted=True),
        "external": constant("0", f"{stem}_external"),
    }
    return Channel(f"altvoltage{index}", True, attributes, name)


def _registers(state: RadioState, device: str) -> Attribute:
    """Registers of 32 bits: "<address>" selects one, "<address> <value>" writes it; zero where nothing was written.

    The core's status register has a bit for every fault since it was cleared, and writing a one clears it.
    """
    selected = f"{device}-selected"

    def is_status(address: str) -> bool:
        return device in state.status and int(address, 16) == limits.STATUS_REGISTER

    def read() -> str:
        address = state.memory.get(selected, "0x0")
        value = state.memory.get(f"{device}-{address}", "0x0")
        return hex(state.status[device]) if is_status(address) else value

    def write(text: str) -> None:
        try:
            words = [int(word, 0) for word in text.split()]
        except ValueError:
            raise AttributeFault from None
        if len(words) not in (1, 2) or not all(0 <= word < 1 << 32 for word in words):
            raise AttributeFault
        address = hex(words[0])
        state.memory[selected] = address
        if len(words) == 2 and is_status(address):
            state.status[device] &= ~words[1]
        elif len(words) == 2 and len(state.memory) < 4096:
            state.memory[f"{device}-{address}"] = hex(words[1])

    return Attribute(read, write)


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


def _tx_core(state: RadioState, heard: Heard) -> Device:
    channels = []
    for k in range(2):
        stem = f"out_voltage{k}"
        attributes = {
            "calibphase": _kept(state, f"{stem}_calibphase", "0.000000", f"{stem}_calibphase"),
            "calibscale": _kept(state, f"{stem}_calibscale", "1.000000", f"{stem}_calibscale"),
            **_core_rate(state, "out", heard),
        }
        channels.append(Channel(f"voltage{k}", True, attributes, index=k, sample_format="le:S16/16>>0"))
    for k, name in enumerate(("TX1_I_F1", "TX1_I_F2", "TX1_Q_F1", "TX1_Q_F2")):
        stem = f"out_altvoltage{k}_{name}"
        attributes = {
            key: _kept(state, f"{stem}_{key}", initial, f"{stem}_{key}")
            for key, initial in (("frequency", "0"), ("phase", "0"), ("raw", "0"), ("scale", "0.000000"))
        }
        attributes["sampling_frequency"] = Attribute(
            lambda: str(state.rate_sps), None, "out_altvoltage_sampling_frequency"
        )
        channels.append(Channel(f"altvoltage{k}", True, attributes, name))
    buffer = {"length_align_bytes": constant("8")}
    debug = {"direct_reg_access": _registers(state, "tx")}
    return Device(TX_CORE, "cf-ad9361-dds-core-lpc", tuple(channels), debug=debug, buffer=buffer)


def _rx_core(state: RadioState, heard: Heard) -> Device:
    channels = []
    for k in range(2):
        stem = f"in_voltage{k}"
        attributes = {
            "calibbias": _kept(state, f"{stem}_calibbias", "0", f"{stem}_calibbias"),
            "calibphase": _kept(state, f"{stem}_calibphase", "0.000000", f"{stem}_calibphase"),
            "calibscale": _kept(state, f"{stem}_calibscale", "1.000000", f"{stem}_calibscale"),
            **_core_rate(state, "in", heard),
        }
        channels.append(Channel(f"voltage{k}", False, attributes, index=k, sample_format="le:S12/16>>0"))
    buffer = {"length_align_bytes": constant("8")}
    debug = {"direct_reg_access": _registers(state, "rx")}
    return Device(RX_CORE, "cf-ad9361-lpc", tuple(channels), debug=debug, buffer=buffer)
