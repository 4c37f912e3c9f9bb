# SPDX-License-Identifier: MIT
"""The error vector of bursts against the transmitter's attenuation and digital back-off."""

from __future__ import annotations

from collections.abc import Sequence

from lrisc_sdr.calibrate.bursts import known_bursts
from lrisc_sdr.calibrate.error_vector import frames_error_vector_db
from lrisc_sdr.calibrate.knee import power_knee
from lrisc_sdr.calibrate.levels import suitable_gain_db
from lrisc_sdr.calibrate.link import MOST_EXCHANGES, Link, Progress, in_order
from lrisc_sdr.calibrate.profile import PowerRow, TxPower
from lrisc_sdr.calibrate.provenance import provenance
from lrisc_sdr.errors import TransmitRefused

ATTENUATIONS_DB = (0.0, 2.5, 5.0, 7.5, 10.0, 12.5, 15.0, 20.0, 25.0, 30.0)
BACKOFFS_DB = (6.0, 9.0, 12.0, 15.0)
BURSTS = 3
SYMBOLS = 4096


def measure_tx_power(
    link: Link, attenuations_db: Sequence[float], backoffs_db: Sequence[float], partner: str, progress: Progress
) -> TxPower:
    """Go through all combinations; the receiver's gain follows, so that it hears all of them equally loud.

    Args:
        link: with a transmitter; the receiver may be the same device.
        attenuations_db: those that the guard refuses are left out `[dB]`.
        backoffs_db: mean power below the converter's full scale `[dB]`.
        partner: who receives, for the provenance.
        progress: told of every attenuation.

    Raises:
        TransmitRefused: the guard refuses all attenuations.
        FramesFailed: nothing was heard.
        LriscError: see `Link.session`.
    """
    backoffs_db = in_order(backoffs_db, "back-off")
    bursts = known_bursts(link.waveform, BURSTS, SYMBOLS)
    permitted = _permitted(link, in_order(attenuations_db, "attenuation"), bursts.samples.size)
    middle_db = permitted[len(permitted) // 2]
    gain_db = suitable_gain_db(link, bursts, middle_db)
    rows: list[PowerRow] = []
    for number, attenuation_db in enumerate(permitted):
        # One gain for all back-offs: setting another would end the session.
        own_gain_db = float(min(max(round(gain_db + attenuation_db - middle_db), 0), 70))
        exchanges = MOST_EXCHANGES * len(backoffs_db)
        with link.session(
            bursts.samples.size, exchanges, tx_attenuation_db=attenuation_db, rx_gain_db=own_gain_db
        ) as session:
            for back_db in backoffs_db:
                frames, _ = link.frames(session, bursts, back_db)
                rows.append(PowerRow(attenuation_db, back_db, frames_error_vector_db(bursts.symbols, frames)))
        progress("attenuations", number + 1, len(permitted))
    knee = power_knee(rows)
    assert knee.evm_db is not None
    return TxPower(knee.attenuation_db, knee.backoff_db, knee.evm_db, tuple(rows), provenance(link, partner))


def _permitted(link: Link, attenuations_db: Sequence[float], air_samples: int) -> list[float]:
    refused: TransmitRefused | None = None
    permitted = []
    for attenuation_db in attenuations_db:
        try:
            link.require_permit(air_samples, tx_attenuation_db=attenuation_db)
            permitted.append(attenuation_db)
        except TransmitRefused as error:
            refused = error
    if not permitted:
        raise refused or TransmitRefused("no attenuation is permitted")
    return permitted
