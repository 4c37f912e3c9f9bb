# SPDX-License-Identifier: MIT
"""Measure from which SNR each MCS works over AWGN, and write what `best_mcs` chooses by:

    python -m lrisc_sdr.baselines.measure_thresholds --output lrisc_sdr/baselines/thresholds.json

A transmission fills `--symbols` symbols, those of a 768×512 picture at CBR 1/48 with its headers paid. The threshold is
the lowest SNR on a grid of 0.1 dB at which no more than 1 in 100 of `--transmissions` is lost, taking losses to fall
with the SNR. `--first` and `--last` measure a part of the table and keep the rest of the file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from lrisc_sdr.baselines.mcs import MCS_TABLE, Mcs
from lrisc_sdr.baselines.qam import qam_llr, qam_map
from lrisc_sdr.baselines.transport import Transport, most_bytes
from lrisc_sdr.errors import PictureLost
from lrisc_sdr.types import ComplexArray


def survives(scheme: Mcs, snr_db: float, n_symbols: int, seed: int) -> bool:
    """Whether one transmission of random bytes over AWGN arrives."""
    rng = np.random.default_rng([seed, scheme.index])
    transport = Transport(most_bytes(n_symbols, scheme.order, scheme.rate), n_symbols, scheme.order, scheme.rate)
    data = rng.bytes(transport.n_bytes)
    variance = 10.0 ** (-snr_db / 10.0)
    noise = rng.standard_normal((n_symbols, 2), dtype=np.float32) * np.float32(np.sqrt(variance / 2))
    received: ComplexArray = qam_map(transport.encode(data), scheme.order) + noise.view(np.complex64)[:, 0]
    noise_var = np.full(n_symbols, variance, dtype=np.float32)
    try:
        return transport.decode(qam_llr(received, noise_var, scheme.order)) == data
    except PictureLost:
        return False


def threshold_db(scheme: Mcs, n_symbols: int, transmissions: int) -> float:
    """The lowest SNR of the grid at which at most one transmission in 100 is lost, by bisection `[dB]`."""

    def works(snr_db: float) -> bool:
        lost = 0
        for seed in range(transmissions):
            lost += not survives(scheme, snr_db, n_symbols, seed)
            if 100 * lost > transmissions:
                return False
        return True

    capacity_db = 10.0 * np.log10(2.0**scheme.efficiency - 1.0)
    too_low = int(np.floor(10.0 * capacity_db))
    enough = too_low + 40
    while enough - too_low > 1:
        middle = (too_low + enough) // 2
        if works(middle / 10):
            enough = middle
        else:
            too_low = middle
    return enough / 10


def main(arguments: Sequence[str]) -> int:
    """Measure what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.baselines.measure_thresholds", allow_abbrev=False)
    parser.add_argument("--output", type=Path, required=True)
    parser.add_argument("--symbols", type=int, default=24000)
    parser.add_argument("--transmissions", type=int, default=200)
    parser.add_argument("--first", type=int, default=0)
    parser.add_argument("--last", type=int, default=len(MCS_TABLE) - 1)
    options = parser.parse_args(arguments)
    rows: dict[str, dict[str, float]] = {}
    if options.output.is_file():
        rows = json.loads(options.output.read_text(encoding="utf-8"))["by_mcs"]
    for scheme in MCS_TABLE[options.first : options.last + 1]:
        threshold = threshold_db(scheme, options.symbols, options.transmissions)
        rows[str(scheme.index)] = {
            "threshold_db": threshold,
            "symbols": options.symbols,
            "transmissions": options.transmissions,
        }
        content = {
            "command": "python -m lrisc_sdr.baselines.measure_thresholds",
            "meaning": "Es/N0 over AWGN from which at most 1 in 100 transmissions of so many symbols is lost",
            "by_mcs": rows,
        }
        part = options.output.with_name(f".{options.output.name}.part")
        part.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        part.replace(options.output)
        sys.stdout.write(f"MCS {scheme.index}: {threshold:.1f} dB\n")
        sys.stdout.flush()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
