# SPDX-License-Identifier: MIT
"""`lrisc calibrate`: one measurement of a radio into its profile."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from lrisc_sdr.calibrate.plots import require_plots, write_plot
from lrisc_sdr.calibrate.procedures import Outcome, What, Wish, calibrate, one_of
from lrisc_sdr.calibrate.storage import as_document
from lrisc_sdr.calibrate.summary import summary
from lrisc_sdr.cli import options, radio_options
from lrisc_sdr.cli.radio_options import radio_config
from lrisc_sdr.cli.watching import progress_bar
from lrisc_sdr.radio.opening import require_known
from lrisc_sdr.waveform import waveform as find_waveform


def run(
    what: Annotated[What, typer.Argument(help="What is measured.", show_default=False)],
    radio: radio_options.Radio = None,
    uri: radio_options.Uri = None,
    radio_file: radio_options.RadioFile = None,
    calibration: radio_options.Calibration = None,
    partner_uri: Annotated[
        str | None, typer.Option(help="The radio at the other end.", show_default="the radio itself")
    ] = None,
    partner_radio: Annotated[str | None, typer.Option(help="Its kind.", show_default="the same")] = None,
    carrier_hz: Annotated[
        float | None, typer.Option(min=1.0, help="frequency: a known carrier to listen to, in place of a partner.")
    ] = None,
    lo_hz: radio_options.LoHz = None,
    gain_db: Annotated[
        list[float] | None, typer.Option(help="Gain of the receiver in dB; rx-gain: several.", show_default="found")
    ] = None,
    attenuation_db: Annotated[
        list[float] | None,
        typer.Option(
            help="Attenuation of the transmitter in dB; tx-power, snr: several.",
            show_default="the calibration's, or 40",
        ),
    ] = None,
    backoff_db: Annotated[
        list[float] | None,
        typer.Option(
            help="Mean power below full scale in dB; tx-power: several.", show_default="the calibration's, or 12"
        ),
    ] = None,
    transmit: Annotated[
        bool, typer.Option("--transmit", help="Let the radio transmit, in a band that your own allow-list has.")
    ] = False,
    waveform: options.Waveform = options.DEFAULT_WAVEFORM,
    profile: Annotated[
        Path | None, typer.Option(help="Profile to write.", show_default="the user's, by serial number")
    ] = None,
    plot: Annotated[Path | None, typer.Option(help="PNG to write.", show_default="beside the profile")] = None,
    as_json: options.Json = False,
) -> None:
    """Measure one thing of a radio and write it into its profile, which every command applies from then on.

    frequency: the crystal, against a partner or a known carrier. tx-power: attenuation and back-off against the error
    vector. rx-gain: noise floor and SNR against the gain. iq: mirror images and carrier leaks. delay: from the
    transmitter to the receiver. snr: the receiver's estimates against known steps.

    rx-gain and iq measure the receiver alone without --transmit.
    """
    require_plots()
    gains, attenuations, backoffs = (tuple(values or ()) for values in (gain_db, attenuation_db, backoff_db))
    config = radio_config(
        radio,
        uri,
        radio_file,
        rx_lo_hz=lo_hz,
        tx_lo_hz=lo_hz,
        rx_gain_db=one_of(gains, "--gain-db", what, What.rx_gain),
        tx_attenuation_db=one_of(attenuations, "--attenuation-db", what, What.tx_power, What.snr),
        tx_backoff_db=one_of(backoffs, "--backoff-db", what, What.tx_power),
        calibration=calibration,
    )
    partner = None
    if partner_uri is not None:
        # At the same frequencies and levels, with a profile of its own.
        partner = replace(config, radio=partner_radio or config.radio, uri=partner_uri, calibration=None)
        require_known(partner.radio)
    wish = Wish(what, config, partner, find_waveform(waveform), transmit, carrier_hz, gains, attenuations, backoffs)
    with progress_bar() as progress:
        outcome = calibrate(wish, profile, progress)
    place = plot or outcome.path.with_name(f"{outcome.path.stem}-{what.value}.png")
    write_plot(outcome.table, f"{what.value}: {outcome.identity}", place)
    _print(outcome, what, as_json)
    print(f"{outcome.path} has it, and {place} its plot", file=sys.stderr)
    if profile is not None:
        print(f"only --calibration {profile} applies it", file=sys.stderr)


def _print(outcome: Outcome, what: What, as_json: bool) -> None:
    if as_json:
        document = {what.table: as_document(outcome.table), "profile": str(outcome.path)}
        print(json.dumps(document, allow_nan=False, indent=2))
        return
    told = summary(outcome.table)
    table = Table(box=None, pad_edge=False)
    for column in told.columns:
        table.add_column(column, justify="right")
    for row in told.rows:
        table.add_row(*("–" if v is None else v if isinstance(v, str) else f"{v:.6g}" for v in row))
    console = Console(width=None if sys.stdout.isatty() else 120)
    console.print(table)
    console.print(told.line, markup=False, highlight=False, soft_wrap=True)
