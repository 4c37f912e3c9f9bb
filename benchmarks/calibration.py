# SPDX-License-Identifier: MIT
"""Every calibration of a Pluto made of software, beside the truth: `python -m benchmarks.calibration`.

    python -m benchmarks.calibration --plots docs/calibration --profile calibration/examples/virtual-0.toml

The first radio is calibrated, against itself or against the second; both are served for libiio's clients, and what is
sent goes through the transmit guard with an allow-list of this run alone.
"""

from __future__ import annotations

import argparse
import contextlib
import math
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from lrisc_sdr.calibrate.procedures import What
from lrisc_sdr.calibrate.profile import Profile
from lrisc_sdr.calibrate.storage import read_profile
from lrisc_sdr.channel import preset
from lrisc_sdr.cli import main
from lrisc_sdr.virtual_pluto import FrontEnd, Imbalance, VirtualPluto, VirtualSettings

CRYSTALS_PPM = (-17.37, 3.1)
FRONT_END = FrontEnd(
    tx_imbalance=Imbalance(0.4, 2.0),
    rx_imbalance=Imbalance(-0.3, 1.5),
    tx_dc=0.010 + 0.004j,
    rx_dc=-0.006j,
    compression_dbfs=-6.0,
    noise_dbfs=-58.0,
    converter_noise_dbfs=-64.0,
)
DELAY_S = 250e-6
CHANNEL = replace(preset("awgn"), snr_db=30.0)
ORDER = (What.frequency, What.iq, What.rx_gain, What.tx_power, What.snr, What.delay)
BAND = """[[band]]
name = "virtual"
low_hz = 2.40e9
high_hz = 2.48e9
least_attenuation_db = 0
duty_cycle = 1
duty_window_s = 3600
longest_burst_s = 1
"""


@contextlib.contextmanager
def plutos(count: int) -> Iterator[tuple[str, ...]]:
    """Addresses of virtual Plutos with the figures above."""
    settings = VirtualSettings(
        CHANNEL,
        n_radios=count,
        crystal_ppm=CRYSTALS_PPM[:count],
        front_ends=(FRONT_END, FrontEnd())[:count],
        delay_s=DELAY_S,
    )
    with VirtualPluto(settings) as running:
        yield running.uris


def measure(what: What, plots: Path) -> int:
    """One calibration by its command, with what the ones before have found; returns the exit code."""
    words = ["calibrate", what.value, "--radio", "pluto", "--transmit", "--plot", str(plots / f"{what.value}.png")]
    if what not in (What.tx_power, What.snr):
        words += ["--attenuation-db", "25"]
    with plutos(2 if what is What.frequency else 1) as uris:
        words += ["--uri", uris[0]]
        if what is What.frequency:
            words += ["--partner-uri", uris[1]]
        if what is What.snr:
            for attenuation_db in range(18, 48, 3):
                words += ["--attenuation-db", str(attenuation_db)]
        return main(words)


def compare(profile: Profile) -> list[tuple[str, float, float]]:
    """What was found, and the truth."""
    rows: list[tuple[str, float, float]] = []
    if profile.frequency is not None:
        rows.append(("crystal [ppm]", profile.frequency.crystal_ppm, CRYSTALS_PPM[0] - CRYSTALS_PPM[1]))
    if profile.rx_gain is not None:
        floors = [(row.gain_db, row.noise_dbfs) for row in profile.rx_gain.rows]
        rows += [(f"noise floor at {gain_db:g} dB [dBFS]", dbfs, floor_dbfs(gain_db)) for gain_db, dbfs in floors]
    if profile.iq is not None:
        for name, side, truth in (
            ("receiver", profile.iq.rx, FRONT_END.rx_imbalance),
            ("transmitter", profile.iq.tx, FRONT_END.tx_imbalance),
        ):
            if side is not None and truth is not None:
                error = abs(complex(*side.image) - truth.image_gain)
                rows.append((f"{name}'s image after its correction [dBc]", 20 * math.log10(error), -50.0))
    if profile.delay is not None:
        rows.append(("delay [samples], and the air's part of it", profile.delay.samples, DELAY_S * 4e6))
    if profile.snr is not None:
        rows.append(("worst error of Es/N0 [dB]", profile.snr.worst_error_db, 0.0))
    return rows


def floor_dbfs(gain_db: float) -> float:
    """The noise floor of the first radio with the channel's reference gain of 40 dB: see `FrontEnd` `[dBFS]`."""
    assert FRONT_END.noise_dbfs is not None
    assert FRONT_END.converter_noise_dbfs is not None
    assert FRONT_END.rx_imbalance is not None
    front = 10 ** ((FRONT_END.noise_dbfs + gain_db - 40.0) / 10) + 10 ** (FRONT_END.converter_noise_dbfs / 10)
    return 10 * math.log10((1 + abs(FRONT_END.rx_imbalance.image_gain) ** 2) * front + 2.0**-22 / 6)


def run(arguments: list[str]) -> int:
    """Measure what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="benchmarks.calibration", allow_abbrev=False)
    parser.add_argument("--plots", type=Path, required=True)
    parser.add_argument("--profile", type=Path, required=True)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="lrisc-") as temporary:
        allowed = Path(temporary) / "transmit.toml"
        allowed.write_text(BAND, encoding="utf-8")
        allowed.chmod(0o600)
        os.environ |= {"LRISC_ALLOW_LIST": str(allowed), "XDG_CONFIG_HOME": temporary, "XDG_STATE_HOME": temporary}
        for what in ORDER:
            if code := measure(what, options.plots):
                return code
        written = Path(temporary) / "lrisc" / "calibration" / options.profile.name
        profile = read_profile(written)
        shutil.copyfile(written, options.profile)
    for name, found, truth in compare(profile):
        sys.stdout.write(f"{name:45} {found:10.3f}   {truth:10.3f}\n")
    return 0


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
