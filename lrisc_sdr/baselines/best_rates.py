# SPDX-License-Identifier: MIT
"""Find the best MCS for each SNR through the modem over AWGN, and what pictures look like with it:

    python -m lrisc_sdr.baselines.best_rates --pictures FOLDER

For each SNR, schemes are tried from the one of most bits whose threshold lies half a decibel above it, downwards, with
random bytes; the first that loses no more than 1 in 100 of `--transmissions` is the best. Then every picture is sent
with every codec, once, and its PSNR stands beside that of the same codec at capacity. Prints a table in Markdown.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from lrisc_sdr import framing, phy
from lrisc_sdr.baselines.digital import DigitalLink
from lrisc_sdr.baselines.ideal import IdealLink
from lrisc_sdr.baselines.image_codecs import IMAGE_CODECS
from lrisc_sdr.baselines.mcs import MCS_TABLE, Mcs, thresholds_db
from lrisc_sdr.baselines.qam import qam_llr, qam_map
from lrisc_sdr.baselines.transport import Transport, most_bytes
from lrisc_sdr.channel import Channel, ChannelSpec
from lrisc_sdr.errors import ConfigurationError, LriscError, PictureLost
from lrisc_sdr.evaluation.pixels import psnr_db
from lrisc_sdr.pictures import load
from lrisc_sdr.types import ByteArray, Latents, ReceivedLatents
from lrisc_sdr.waveform import waveform

SNRS_DB = (-2.0, 1.0, 4.0, 7.0, 10.0, 13.0, 19.0)

_LOOK_ABOVE_DB = 0.5
_SIDE_BYTES = 4


def send(latents: Latents, snr_db: float, waveform_name: str, seed: int) -> ReceivedLatents | None:
    """What arrives of a picture through frames, modem and AWGN, told the true SNR; None where it does not."""
    chosen = waveform(waveform_name)
    channel = Channel(ChannelSpec(snr_db=snr_db), chosen.rate_sps, chosen.noise_var, seed)
    bursts = [phy.transmit(frame, chosen) for frame in framing.segment(latents, seed % 65536, snr_db)]
    silence = np.zeros(4 * chosen.symbol_samples, dtype=np.complex64)
    sent = np.concatenate([silence, *(part for burst in bursts for part in (burst, silence))])
    assembler = framing.Assembler()
    for frame in phy.receive(np.concatenate([channel.process(sent), channel.flush()]), chosen):
        done = assembler.add(frame)
        if done is not None:
            return done
    return next(iter(assembler.flush()), None)


def arrives(scheme: Mcs, snr_db: float, n_symbols: int, waveform_name: str, seed: int) -> bool:
    """Whether random bytes arrive with a scheme through the modem."""
    transport = Transport(most_bytes(n_symbols, scheme.order, scheme.rate), n_symbols, scheme.order, scheme.rate)
    data = np.random.default_rng(seed).bytes(transport.n_bytes)
    latents = Latents(qam_map(transport.encode(data), scheme.order), bytes(_SIDE_BYTES), 1, 1, "00000000")
    received = send(latents, snr_db, waveform_name, seed)
    if received is None:
        return False
    try:
        return transport.decode(qam_llr(received.symbols, received.noise_var, scheme.order)) == data
    except PictureLost:
        return False


def best_scheme(snr_db: float, n_symbols: int, waveform_name: str, transmissions: int) -> Mcs | None:
    """The scheme of most bits that loses no more than 1 transmission in 100 through the modem, or None."""
    for scheme in sorted(MCS_TABLE, key=lambda row: -row.efficiency):
        if thresholds_db()[scheme.index] > snr_db + _LOOK_ABOVE_DB:
            continue
        lost = 0
        for seed in range(transmissions):
            lost += not arrives(scheme, snr_db, n_symbols, waveform_name, seed)
            if 100 * lost > transmissions:
                break
        else:
            return scheme
    return None


def picture_psnr(
    link: DigitalLink, image: ByteArray, budget: Callable[[int], int], snr_db: float, waveform_name: str
) -> float:
    """PSNR of one picture through the modem `[dB]`; nan where it is lost or does not fit."""
    try:
        received = send(link.encode(image, snr_db, budget), snr_db, waveform_name, seed=1)
        return float("nan") if received is None else psnr_db(link.decode(received), image)
    except (ConfigurationError, PictureLost):
        return float("nan")


def ideal_psnr(link: IdealLink, image: ByteArray, budget: Callable[[int], int], snr_db: float) -> float:
    """PSNR of one picture at capacity `[dB]`; nan where it does not fit."""
    try:
        return psnr_db(link.picture(image, snr_db, budget)[0], image)
    except ConfigurationError:
        return float("nan")


def main(arguments: Sequence[str]) -> int:
    """Measure what the arguments name; returns the exit code."""
    parser = argparse.ArgumentParser(prog="lrisc_sdr.baselines.best_rates", allow_abbrev=False)
    parser.add_argument("--pictures", type=Path, required=True)
    parser.add_argument("--names", nargs="*", help="file names without suffix; all PNG files without this option")
    parser.add_argument("--cbr", type=float, default=1 / 48)
    parser.add_argument("--snr-db", type=float, nargs="*", default=SNRS_DB)
    parser.add_argument("--codecs", nargs="*", default=list(IMAGE_CODECS))
    parser.add_argument("--waveform", default="pluto256")
    parser.add_argument("--transmissions", type=int, default=100)
    options = parser.parse_args(arguments)
    try:
        files = sorted(options.pictures.glob("*.png"))
        images = [load(file) for file in files if not options.names or file.stem in options.names]
        if not images:
            raise ConfigurationError(f"{options.pictures} holds none of the pictures")
        heads = " | ".join(f"{codec} | at capacity" for codec in options.codecs)
        sys.stdout.write(f"| SNR dB | MCS | bits a symbol | bytes | {heads} |\n")
        sys.stdout.write("|---" * (4 + 2 * len(options.codecs)) + "|\n")
        for snr_db in options.snr_db:
            sys.stdout.write(_row(snr_db, images, options) + "\n")
            sys.stdout.flush()
    except LriscError as error:
        sys.stderr.write(f"{error}\n")
        return error.exit_code
    return 0


def _budget(image: ByteArray, cbr: float, snr_db: float) -> Callable[[int], int]:
    def budget(side_bytes: int) -> int:
        return framing.plan(image.shape[0], image.shape[1], cbr, side_bytes, snr_db).payload_symbols

    return budget


def _row(snr_db: float, images: Sequence[ByteArray], options: argparse.Namespace) -> str:
    """One SNR's row: means over the pictures; a mean with a lost picture is nan. The scheme is the first's best."""
    budgets = [_budget(image, options.cbr, snr_db) for image in images]
    n_symbols = budgets[0](_SIDE_BYTES)
    scheme = best_scheme(snr_db, n_symbols, options.waveform, options.transmissions)
    cells = [f"{snr_db:g}", "none", "", ""]
    if scheme is not None:
        n_bytes = most_bytes(n_symbols, scheme.order, scheme.rate)
        cells = [f"{snr_db:g}", str(scheme.index), f"{scheme.efficiency:.3f}", str(n_bytes)]
    for codec in options.codecs:
        sent = float("nan")
        if scheme is not None:
            link = DigitalLink(codec, fixed_mcs=scheme.index)
            pairs = zip(images, budgets, strict=True)
            sent = float(np.mean([picture_psnr(link, *pair, snr_db, options.waveform) for pair in pairs]))
        pairs = zip(images, budgets, strict=True)
        bound = float(np.mean([ideal_psnr(IdealLink(codec), *pair, snr_db) for pair in pairs]))
        cells += [f"{sent:.2f}", f"{bound:.2f}"]
    return "| " + " | ".join(cells) + " |"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
