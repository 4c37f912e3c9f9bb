# SPDX-License-Identifier: MIT
"""The transceiver of a Pluto as libiio shows it: gains, rates, bandwidths and oscillators."""

from __future__ import annotations

from collections.abc import Callable

from lrisc_sdr.virtual_pluto import state as limits
from lrisc_sdr.virtual_pluto.attributes import Attribute, Channel, Device, constant
from lrisc_sdr.virtual_pluto.state import RadioState, whole
from lrisc_sdr.virtual_pluto.state_attributes import Heard, kept, number, registers, switch, whole_range

IDENTIFIER = "iio:device0"


def transceiver(state: RadioState, heard: Heard) -> Device:
    """The device `ad9361-phy`."""

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
        "rf_port_select": kept(state, "rx_port", "A_BALANCED", "in_voltage0_rf_port_select"),
        "rf_port_select_available": constant("A_BALANCED", "in_voltage_rf_port_select_available"),
        "rf_bandwidth": number(state, "rx_bandwidth_hz", limits.RX_BANDWIDTH_HZ, heard, "in_voltage_rf_bandwidth"),
        "rf_bandwidth_available": whole_range(limits.RX_BANDWIDTH_HZ, "in_voltage_rf_bandwidth_available"),
        "filter_fir_en": fir("in_voltage_filter_fir_en"),
        **{
            f"{name}_tracking_en": kept(state, name, "1", f"in_voltage_{name}_tracking_en")
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
        "rf_port_select": kept(state, "tx_port", "A", "out_voltage0_rf_port_select"),
        "rf_port_select_available": constant("A B", "out_voltage_rf_port_select_available"),
        "rf_bandwidth": number(state, "tx_bandwidth_hz", limits.TX_BANDWIDTH_HZ, heard, "out_voltage_rf_bandwidth"),
        "rf_bandwidth_available": whole_range(limits.TX_BANDWIDTH_HZ, "out_voltage_rf_bandwidth_available"),
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
        "calib_mode": kept(state, "calib_mode", "auto"),
        "calib_mode_available": constant("auto manual manual_tx_quad tx_quad rf_dc_offs rssi_gain_step"),
        "ensm_mode": Attribute(lambda: state.ensm_mode, heard(set_ensm)),
        "ensm_mode_available": constant(" ".join(limits.ENSM_MODES)),
        "filter_fir_config": Attribute(
            lambda: f"FIR Rx: {state.filter_taps},{state.filter_ratio} Tx: {state.filter_taps},{state.filter_ratio}",
            state.set_filter,
        ),
        "rx_path_rates": Attribute(rates(("ADC", "R2", "R1", "RF", "RXSAMP"))),
        "tx_path_rates": Attribute(rates(("DAC", "T2", "T1", "TF", "TXSAMP"))),
        "trx_rate_governor": kept(state, "governor", "nominal"),
        "trx_rate_governor_available": constant("nominal highest_osr"),
        "xo_correction": number(state, "correction_hz", limits.CORRECTION_HZ, heard, ""),
        "xo_correction_available": whole_range(limits.CORRECTION_HZ, ""),
    }
    debug = {
        "loopback": Attribute(lambda: str(state.loopback), heard(set_loopback)),
        "direct_reg_access": registers(state, "phy"),
    }
    return Device(IDENTIFIER, "ad9361-phy", channels, attributes, debug)


def _rate(state: RadioState, heard: Heard, side: str) -> dict[str, Attribute]:
    name = f"{side}_voltage_sampling_frequency"
    return {
        "sampling_frequency": Attribute(lambda: str(state.rate_sps), heard(state.set_rate), name),
        "sampling_frequency_available": Attribute(
            lambda: f"[{state.rate_limits[0]} 1 {state.rate_limits[1]}]", None, f"{name}_available"
        ),
    }


def _oscillator(state: RadioState, heard: Heard, index: int, side: str, bounds: tuple[int, int]) -> Channel:
    name = f"{side.upper()}_LO"
    stem = f"out_altvoltage{index}_{name}"
    attributes = {
        "frequency": number(state, f"{side}_lo_hz", bounds, heard, f"{stem}_frequency"),
        "frequency_available": whole_range(bounds, f"{stem}_frequency_available"),
        "powerdown": switch(state, f"{side}_powered", heard, f"{stem}_powerdown", inverted=True),
        "external": constant("0", f"{stem}_external"),
    }
    return Channel(f"altvoltage{index}", True, attributes, name)
